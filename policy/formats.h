/* policy/formats.h - what the readers of formats share: types by name, recognition by content, hidden content, and
 * rebuilding: what leaves is written anew from what was read.
 * Touches: memory that it was given. */
#ifndef SPE_POLICY_FORMATS_H
#define SPE_POLICY_FORMATS_H
#include "policy/inside.h"

#define LINE_MAX_BYTES 1048576u /* longer lines are attacks on a parser; csv.h has the same for records */

enum form { FORM_UNKNOWN, FORM_TABLE, FORM_TEXT, FORM_JSON, FORM_PNG, FORM_JPEG, FORM_PDF, FORM_MARKUP, FORM_OFFICE };

/* kind.c: what a file's name promises, and what its bytes are. */
struct type {
	const char *name; /* the extension, lower case; NULL: unknown */
	enum form form;
	enum output_class class;
	const char *kind; /* as kind_find names it; NULL: plain text */
	const char *mime; /* what libmagic may say, ending with blanks between; NULL: any text */
	bool rebuilt;     /* else it leaves as it is */
	bool asked;       /* only where the policy's verbatim says so, and always for review */
};
const struct type *type_find(const char *name);
/* kind_find - the format that bytes begin as, such as "PNG", "a ZIP archive"; NULL for text and for what nobody knows. */
const char *kind_find(const char *p, size_t n);
/* kind_check - content, extension and libmagic's answer must agree, and nothing else may begin further in. */
bool kind_check(struct report *r, const struct type *t, const char *p, size_t n, const char *magic);
/* kind_decode - UTF-16 and UTF-32 with a byte order mark as UTF-8. 0: they aren't; 1: *ret is theirs (malloc'd);
 * negative: no memory. What can't be decoded becomes a byte that is not UTF-8. */
int kind_decode(const char *p, size_t n, char **ret, size_t *ret_len);

/* hidden.c: what a reader does not see. */
struct hidden {
	bool json, table, tabs, markdown, stripped; /* tabs: they part fields and are no trailing blanks; stripped: no line leaves with such */
};
void hidden_check(struct report *r, const struct hidden *how, const char *p, size_t n);
/* hidden_is_table - text that is a table by another name: the same delimiters in each line, and numbers. */
bool hidden_is_table(const char *p, size_t n);

/* What the readers of documents hand what they read to. */
struct content {
	const struct policy *policy;
	const struct policy_file *file;
	struct report *report;
	struct scan *scan;
	struct counts_list *counts;
};
struct out;

/* jpeg.c, svg.c, story.c, pdf.c, office.c: formats that leave where the policy's verbatim says so. Each is a full reader of
 * a small part of its format, and blocks all the rest. What leaves is written anew to o. False: it is not. */
bool jpeg_check(const struct content *c, const char *p, size_t n, struct out *o);
bool svg_check(const struct content *c, const char *p, size_t n, struct out *o);
bool html_check(const struct content *c, const char *p, size_t n, struct out *o);
bool pdf_check(const struct content *c, const char *p, size_t n, struct out *o);
bool office_check(const struct content *c, const char *type, const char *p, size_t n, struct out *o);

/* chart_judge - story.c: text of a drawing, a line for each piece: identifiers, and the rules on what is said in words. The
 * numbers along an axis are no table. */
void chart_judge(const struct content *c, const char *p, size_t n);

/* quoted.c: text within the cells of a table that parses, and within the strings of JSON that does: the rules on text. */
void quoted_cells(const struct content *c, const char *p, size_t n, char delimiter);
void quoted_strings(const struct content *c, const char *p, size_t n);

/* Bytes that grow; failed once memory is out, and then stays as it is. */
struct out {
	char *p;
	size_t len, room;
	bool failed;
};
/* out_room - room for n more bytes at p + len; false where there is none. */
bool out_room(struct out *o, size_t n);
void out_add(struct out *o, const char *p, size_t n);
void out_byte(struct out *o, char c);

/* nfc.c: Unicode normalization form C (UAX 15). Appends p..p+n to o; blanks of all widths become ' '.
 * False where the bytes are not UTF-8 or a letter has more than 30 marks. */
bool nfc_add(struct out *o, const char *p, size_t n);

/* number.c: rounding numbers as they are written, never by way of a binary fraction. */
struct rounding {
	int64_t digits;         /* significant ones that stay; 0: all */
	char delimiter;         /* of the table; '\0' elsewhere: a comma is then no decimal mark */
	uint64_t numbers, longs; /* seen, and with more digits */
	struct place first;     /* of the longs */
};
/* round_number - p..p+n, a number or not, to o. True: o has it, rounded; false: it has to stay as it is. Counts. */
bool round_number(struct rounding *g, struct out *o, const char *p, size_t n, bool quoted, struct place at);
/* number_short - v of a drawing, at most 8 digits before its point, with at most five decimals and none that says nothing.
 * Returns its bytes. */
size_t number_short(double v, char ret[40]);
/* round_end - rule precision: review where more than one in twenty has more digits than the policy takes. */
void round_end(const struct rounding *g, struct report *r);

/* rebuild*.c: each appends the canonical form to o, adds what it finds out on the way to r, and returns false where the
 * bytes are not what their type says. What is canonical stays byte for byte. */
bool rebuild_text(struct report *r, struct out *o, const char *p, size_t n);
bool rebuild_table(struct report *r, struct out *o, const char *p, size_t n, char delimiter, int64_t digits);
bool rebuild_json(struct report *r, struct out *o, const char *p, size_t n, int64_t digits);
/* rebuild_png - adds review where low bits carry something that is no picture; they are 0 in what is rebuilt. */
bool rebuild_png(struct report *r, struct out *o, const char *p, size_t n);
/* table_delimiter - TAB for tsv; else of , ; TAB | the one of which the first line has most outside quotes. */
char table_delimiter(const char *p, size_t n, bool tsv);
#endif
