/* policy/scan.h - what the files of the search share: how it looks at text, and what it asks at a place.
 * Touches: the struct scan it was given. Leaves alone: all else. */
#ifndef SPE_POLICY_SCAN_H
#define SPE_POLICY_SCAN_H
#include "policy/inside.h"

/* The characters of a view are ASCII and FOLD_LETTER, FOLD_OTHER; a view that was not folded has capitals. */
#define IS_DIGIT 1
#define IS_HEX 2    /* digits, a to f */
#define IS_LETTER 4 /* FOLD_LETTER too */
#define IS_JOINT 8  /* joins two groups of digits of one number */
#define IS_LINK 16
#define IS_TOKEN 64                   /* small or large letters, 2 to 7 */
#define IS_CODED 32                   /* data in base64, its form for URLs, base32, hexadecimal */
extern const uint8_t scan_class[256]; /* in fast.c */

static inline bool is_of(char c, unsigned classes)
{
	return (scan_class[(unsigned char)c] & classes) != 0;
}

static inline char small(char c)
{
	return (char)(c | ((unsigned char)(c - 'A') < 26) << 5);
}

static inline bool is_word(char c)
{
	return is_of(c, IS_DIGIT | IS_LETTER);
}

/* Line ends stand before the first and behind the last character. */
static inline char at(const struct scan *s, size_t i)
{
	return i < s->len ? small(s->v[i]) : '\n';
}

static inline char before(const struct scan *s, size_t i)
{
	return i > 0 ? small(s->v[i - 1]) : '\n';
}

static inline bool word_starts(const struct scan *s, size_t i)
{
	return i == 0 || !is_word(s->v[i - 1]);
}

static inline size_t digits_end(const struct scan *s, size_t i)
{
	while (i < s->len && fold_is_digit(s->v[i]))
		i++;
	return i;
}

static inline size_t word_end(const struct scan *s, size_t i)
{
	while (i < s->len && is_word(s->v[i]))
		i++;
	return i;
}

static inline int two_digits(const char *p)
{
	return (p[0] - '0') * 10 + (p[1] - '0');
}

static inline uint64_t hash_text(const char *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

	for (; n > 0; n--, p++)
		h = (h ^ (unsigned char)small(*p)) * 0x100000001b3u;
	return h;
}

static inline bool is_joint(char c)
{
	return is_of(c, IS_JOINT);
}

static inline bool is_coded(char c)
{
	return is_of(c, IS_CODED);
}
/* Joins, or is the sign of a century. */
static inline bool is_link(char c)
{
	return is_of(c, IS_DIGIT | IS_LINK);
}
#define RUN_CODED 24 /* characters from which a run is decoded */

/* scan.c */
size_t byte_of(struct scan *s, size_t i); /* of text, for a character of the view */
struct place place_of_byte(struct scan *s, size_t byte);
struct place place_of(struct scan *s, size_t i);
/* tally - a hit that is for people to judge; true: list it now (the first ones that are distinct). */
bool tally(struct scan *s, enum tally which, const char *text, size_t n, size_t i);
void told_begin(struct scan *s); /* direct.c: the endings */
#define TOKEN_DIGIT \
	64 /* characters in which a pseudonym in pieces has its first digit; with fewer it is words */
bool near_context(const struct scan *s, size_t from, size_t to);
/* word_before - the word that ends before i, at most so many other characters between, none of them a line end;
 * false: none. */
bool word_before(const struct scan *s, size_t i, size_t gap, size_t *ret_from, size_t *ret_to);
/* scan_inner - text that was found encoded in s's text, at place p. */
void scan_inner(struct scan *s, const char *text, size_t n, struct place p);

/* fast.c: the places worth judging in [from, to). */
void walk_fast(struct scan *s);
/* survey_fast - judges the long lines of text[from..to) and counts its line ends; whether text[first..last) is plain. */
bool survey_fast(struct scan *s, size_t first, size_t from, size_t to, size_t last, size_t *ret_lines);

/* ends_tell - a word ends at most three other characters before i, and its last letters are those of one that announces a
 * record or a place. */
static inline bool ends_tell(const struct scan *s, size_t i)
{
	const char *p = s->v + i;
	size_t gap = 0;

	if (i < 6)
		return i > 1;
	while (gap < 3 && !is_word(p[-1]) && p[-1] != '\n') {
		gap++;
		p--;
	}
	if (small(p[-1]) < 'a' || small(p[-1]) > 'z' || !is_word(p[-2]))
		return false;
	return is_word(p[-3]) ? word_may_be(s->endings, p - 3, 3) : word_may_be(s->endings, p - 2, 2);
}

/* context_may_be - false: p[0..n), n up to 64, has no word that announces an identity number. */
bool context_may_be(const struct scan *s, const char *p, size_t n);

/* What is asked where; each looks whether a candidate begins there. A fast walk may ask at more places than needed,
 * never twice at one. */
void judge_number(struct scan *s, size_t i); /* number.c: a word that begins with a digit */
void judge_solid(struct scan *s, size_t from, size_t to); /* the same where all are digits and none is joined to them */
void number_end(struct scan *s);
void judge_iban(struct scan *s,
	size_t i); /* direct.c: a word whose third and fourth character are digits */
void judge_mail(struct scan *s, size_t i);  /* '@' */
void judge_plus(struct scan *s, size_t i);  /* '+' before a digit */
void judge_phone(struct scan *s, size_t i); /* a word that begins with "00" */
void judge_ipv4(struct scan *s, size_t i);  /* a word that begins with a digit */
void judge_colons(struct scan *s,
	size_t i); /* the first character of a run of hexadecimal digits, ':', '-' and '.' */
void judge_told(
	struct scan *s, size_t i); /* a word with five digits in a row: does a word announce it? */
void judge_degrees(
	struct scan *s, size_t i); /* the first digit of a decimal number with four decimals */
void judge_split(struct scan *s, size_t i);               /* token.c: a word that begins with p */
void judge_tail(struct scan *s, const char *p, size_t n); /* neighbouring fields */
void judge_run(struct scan *s, size_t from, size_t to);   /* blob.c: a whole run of is_coded */
void judge_lines(struct scan *s, size_t from, size_t to); /* of text, not of the view */
#define LINE_LONG 200 /* bytes from which a line is judged */
void judge_line(struct scan *s, size_t from, size_t to);  /* one of them */
void judge_tokens(struct scan *s, size_t from,
	size_t to); /* token.c: a whole word of 31 characters or more */
static inline bool is_hexish(char c)
{
	return is_of(c, IS_HEX) || c == ':';
}
#endif
