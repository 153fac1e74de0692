/* policy/pdf.h - what the files of PDF share: values as a tree, and the operators of a page.
 * Touches: memory that it was given. */
#ifndef SPE_POLICY_PDF_H
#define SPE_POLICY_PDF_H
#include "policy/formats.h"

#define PDF_NODES (1u << 20)
#define PDF_DEPTH 32

enum pdf_type { PDF_NULL, PDF_BOOL, PDF_NUMBER, PDF_NAME, PDF_STRING, PDF_ARRAY, PDF_DICT, PDF_REF, PDF_WORD };

/* A value. Entries of arrays, and keys and values of dictionaries in turn, hang behind child, one after another by next. */
struct pdf_node {
	uint8_t type;
	bool whole;           /* PDF_NUMBER: without a point */
	uint32_t child, next; /* 0: none */
	uint32_t at, len;     /* of its text: names and strings as they mean, numbers in their shortest form */
	double number;        /* of a reference: the object's number */
};

struct pdf_reader {
	const char *begin, *at, *end;
	struct pdf_node *node;
	size_t nodes, room;
	struct out text;
	const char *wrong; /* to end the sentence "it has ..." */
};

bool pdf_fail(struct pdf_reader *r, const char *wrong);
void pdf_blanks(struct pdf_reader *r);
bool pdf_word(struct pdf_reader *r, const char *word);
/* pdf_number - a whole number of up to seven digits, and nothing else; -1: none. */
long pdf_number(struct pdf_reader *r);
/* pdf_value - the next value to a node; refs: "5 0 R" is a reference; else a word is a value, too, as operators are. 0: wrong. */
uint32_t pdf_value(struct pdf_reader *r, bool refs);
void pdf_free(struct pdf_reader *r);
const char *pdf_text(const struct pdf_reader *r, uint32_t node); /* with a NUL behind it */
bool pdf_is(const struct pdf_reader *r, uint32_t node, const char *name); /* this name, or this word */
uint32_t pdf_entry(const struct pdf_reader *r, uint32_t dict, const char *key); /* 0: none */
/* pdf_write - names, numbers, strings and arrays of these; no references. */
void pdf_write(const struct pdf_reader *r, uint32_t node, struct out *o);
void pdf_write_name(struct out *o, const char *p, size_t n);

/* What an operator's numbers add up to on a page. */
struct pdf_font {
	char name[32];        /* in the resources */
	const uint16_t *code; /* characters that its 256 codes show; 0: none that is known */
	bool *shown;          /* which codes text has */
};
struct pdf_page {
	const struct content *c;
	struct pdf_reader *names; /* whose resources those below are of */
	uint32_t resources;       /* a dictionary */
	struct pdf_font *font;
	size_t fonts;
	enum pdf_place { PDF_PAGE, PDF_FORM, PDF_GLYPH } place;
	double box[4];
	size_t *marks;
	struct out *text; /* what is shown, a line for each string */
	bool *white;      /* text is drawn in white */
	bool *outside;    /* a shape lies outside the box, or goes far beyond it; NULL: nobody knows where the box is */
	size_t (*use)(void *user, const char *kind, const char *name); /* its number among those of its kind; 0: there is none */
	double (*line_opacity)(void *user, const char *name); /* of a state of graphics; -1: it says none. NULL: there are no states */
	void *user;
};
/* pdf_page_write - a stream of operators, written anew. NULL, or what it has that it may not have. */
const char *pdf_page_write(const struct pdf_page *p, const char *bytes, size_t n, struct out *o);
#endif
