/* policy/prose.h - what a text says outside its tables: sentences (prose.c), and what R and Python print that is no
 * table: vectors, str(), summary() (listing.c), lines that are made alike (alike.c). textgrid.c hands each line to all.
 * Touches: memory that it was given. */
#ifndef SPE_POLICY_PROSE_H
#define SPE_POLICY_PROSE_H
#include "policy/table.h"

struct line {
	const char *p;
	uint32_t n, number, offset;
};

/* What a line of code asks for, so that what is printed behind it is known for what it is. */
enum call {
	CALL_NONE,
	CALL_TABLE, /* table(), crosstab(), value_counts(): counts */
	CALL_ROWS,  /* head(), tail(), sample(): records */
	CALL_EACH,  /* residuals(), predict(): a value for each person */
	CALL_BOX,   /* boxplot.stats(): whiskers and outliers */
	CALL_RANGE  /* range(), max() */
};

struct prose {
	const struct policy *policy;
	struct report *report;
	uint32_t begins[26]; /* by the first letter: the second ones of words that a rule begins with */
	bool extreme_told;
	uint64_t extreme_line; /* where one that blocks was told last */
	/* listing.c */
	enum call call;
	bool age;          /* the call is about ages */
	bool listed, each, cell_told; /* told already */
	bool matrix;       /* within [[ ]] of Python */
	int64_t obs;       /* rows that str() or glimpse() told; -1: nothing told */
	size_t values, next; /* of the vector at hand; the number that its next name has */
	bool rising, falling, open; /* sorted so far; within [ ] of Python */
	bool bare;                  /* lines with nothing but numbers, and nothing that says what they are */
	double last;
	struct place begin;
	size_t persons;             /* lines so far that give one sex and one age */
	struct place person;        /* the first */
	bool summary;      /* within summary() of a data frame */
	char header[HEADER_MAX]; /* the line before it, folded */
	size_t header_len;
	char before[HEADER_MAX];
	size_t before_len;
};

#define PROSE_AHEAD 80 /* bytes of the next line that a sentence may run into */
void prose_begin(struct prose *p, const struct policy *policy, struct report *report);
/* prose_line - sentences: fold[0..own) is a line, folded, and what is behind it up to n the next one, into which a
 * sentence may run. */
void prose_line(struct prose *p, const char *fold, size_t own, size_t n, struct place at);
/* prose_numeral - what a folded number word from one to nine says, in any of the languages; 0: it is none. */
unsigned prose_numeral(const char *p, size_t n);
/* prose_extreme - a minimum, a maximum or an outlier is shown; block: it is rare by itself. */
void prose_extreme(struct prose *p, struct place at, bool block);
/* listing_line - what is printed; each line in order, empty ones too. */
void listing_line(struct prose *p, const char *fold, size_t n, struct place at);
void listing_end(struct prose *p);
/* listing_frame - a whole text: a table that R wrote as code, as dput() does. */
void listing_frame(struct prose *p, const char *text, size_t n);

/* alike.c: lines that a sign parts into as many pieces each. */
struct alike {
	char sign;
	bool header;          /* the first line names the pieces */
	size_t pieces, stamp; /* of which the first say when a line was written */
	size_t rownames;      /* 1: the first piece has no name */
	size_t words;         /* pieces that differ and are no numbers */
};
#define ALIKE_SIGNS 7
/* alike_find - where the lines end that from i on, of n, are made alike and may be records; i where there are none. none: zeros at
 * first, and kept for the lines behind. alike_fill - n of them into a grid that was cleared; false: no memory. */
size_t alike_find(const struct line *line, size_t i, size_t n, size_t none[ALIKE_SIGNS], struct alike *ret);
bool alike_fill(struct grid *g, const struct line *line, size_t n, const struct alike *a);
#endif
