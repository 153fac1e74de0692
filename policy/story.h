/* policy/story.h - what a document says, without how it looks: texts and tables in their order. HTML, Word, spreadsheets and
 * OpenDocument are read into it, it is held to the rules on text and on tables, and what leaves is written from it.
 * Touches: memory that it was given. */
#ifndef SPE_POLICY_STORY_H
#define SPE_POLICY_STORY_H
#include "policy/formats.h"

#define SHEET_CELLS 400000u  /* of all tables of a document together; a result has fewer */
#define SHEET_ROWS 1048576u
#define SHEET_COLUMNS 16384u
#define SHEET_AGAIN (4u << 20) /* what cells over several rows or columns may become more */
#define STORY_ITEMS 100000u

struct sheet {
	struct sheet_cell {
		uint32_t row, column; /* from 0; rows ascend, and columns in a row */
		uint32_t at, len;     /* of its text in bytes */
		bool number;          /* as a number where the format knows the difference */
	} *cell;
	size_t cells, room;
	struct out bytes;
};

enum story_kind { STORY_TEXT, STORY_HEADING, STORY_FIXED, STORY_TABLE }; /* fixed: blanks and lines as they are */
struct story {
	struct story_item {
		enum story_kind kind;
		struct out text;    /* of a table: its name, where it has one */
		struct sheet sheet;
	} *item;
	size_t n, room, cells, again; /* again: bytes and columns of cells that stand in more places than one */
	struct out aside;       /* what is read and does not leave, such as a title */
	const char *wrong;      /* what the document has that it may not have, to end the sentence "it has ..." */
};

/* story_add - a new item at its end; NULL: wrong says why. Good until the next is added. */
struct story_item *story_add(struct story *s, enum story_kind kind);
/* story_cell - a cell behind the last one of the table that was added last, without blanks at its ends. Empty ones are none. */
bool story_cell(struct story *s, uint32_t row, uint32_t column, const char *p, size_t n, bool number);
/* story_again - the same for a cell that stands over several rows or columns, and stood in one of them already. */
bool story_again(struct story *s, uint32_t row, uint32_t column, const char *p, size_t n, bool number);
/* story_words - text in which many blanks are one. */
void story_words(struct out *o, const char *p, size_t n);
bool story_refuse(struct story *s, const char *wrong);
void story_free(struct story *s);

/* story_judge - all rules on text and tables. sheets: each table is a sheet, of which parts may be text. */
void story_judge(const struct content *c, const struct story *s, bool sheets);
/* story_fits - its tables are not so wide and so long that filling their gaps would make too much of them. */
bool story_fits(struct story *s, bool sheets);
/* story_plain - as it leaves: in one form, numbers with as many digits as the policy takes; adds what it finds out. */
bool story_plain(struct story *s, struct report *r, int64_t digits);

/* html.c */
bool html_read(struct story *s, const char *p, size_t n, uint64_t *ret_line);
void html_write(const struct story *s, struct out *o);

/* zip.c: the parts of an archive, every byte of which belongs to one of them or to the directory. */
#define ZIP_PARTS 256u
#define ZIP_NAME 128u
struct zip {
	struct zip_part {
		char name[ZIP_NAME];
		char *text; /* malloc'd; a NUL behind it */
		size_t len;
		bool stored, used;
	} part[ZIP_PARTS];
	size_t parts, unpacked;
	size_t at;         /* where it is wrong */
	const char *wrong;
};
/* zip_read - may says which names a document may have. False: wrong says why. */
bool zip_read(struct zip *z, const char *p, size_t n, bool (*may)(const char *name));
struct zip_part *zip_find(struct zip *z, const char *name);
void zip_free(struct zip *z);
/* An archive that is written: nothing is packed, so that it has one form. */
struct zip_out {
	struct out *out, directory;
	size_t begin;
	unsigned parts;
};
void zip_add(struct zip_out *z, const char *name, const char *p, size_t n);
void zip_end(struct zip_out *z);

/* xlsx.c, docx.c, odf.c: parts to a story, and a story to parts. z->wrong or s->wrong says why not. */
bool xlsx_read(struct story *s, struct zip *z);
void xlsx_write(const struct story *s, struct zip_out *z);
bool docx_read(struct story *s, struct zip *z);
void docx_write(const struct story *s, struct zip_out *z);
bool odf_read(struct story *s, struct zip *z, bool sheets);
void odf_write(const struct story *s, struct zip_out *z, bool sheets);

/* office.c: what all of Office's formats say of their parts. */
bool office_fail(struct zip *z, const char *wrong);
/* office_target - the part that relationship `id` of the part `of` points to, of a type that ends with type; NULL: none.
 * Of an id that is NULL the first of that type. */
struct zip_part *office_target(struct zip *z, const char *of, const char *id, const char *type);
/* office_parts - content types and relationships name the parts that are there and no others, all reached from the first. */
bool office_parts(struct zip *z);
#endif
