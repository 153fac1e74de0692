/* stage/form.h - tables whose records are lines and not CSV: JSON objects (ndjson.c), columns at fixed places (fixed.c).
 * Fed and asked as the reader of spe/csv.h is, with its bounds: a line has at most CSV_RECORD_MAX bytes, a value CSV_FIELD_MAX. */
#ifndef SPE_STAGE_FORM_H
#define SPE_STAGE_FORM_H
#include <jansson.h>
#include <stdbool.h>

#include "spe/csv.h"
#include "spe/err.h"

#define FORM_DEPTH_MAX 64 /* objects and lists in each other (OUTPUT-RULES 7) */

struct form;
/* form_new - *ret is NULL where the table is CSV. Returns 0 or -SPE_E_INTERNAL. The JSON must outlive it. */
int form_new(struct form **ret, const json_t *table);
void form_free(struct form *f);
int form_feed(struct form *f, const char *p, size_t len, struct spe_error *e);
int form_next(struct form *f, struct csv_record *ret, struct spe_error *e);
void form_where(const struct form *f, uint64_t *ret_line, uint64_t *ret_column);
/* form_unknown - {PATH:N} of values that were there and that the description does not have, by the described thing that they
 * lie in, "" being the record; the caller's. Never a name or value of the file's own. */
json_t *form_unknown(const struct form *f);

/* ---- what a kind of line is ---- */

/* A line without its end, and what is wrong with it: set by what reads it. */
struct form_line {
	const char *p;
	size_t len;
	bool cut;      /* the file ends with it, without a newline */
	size_t column; /* in bytes, from 1 */
	const char *what;
	char room[160];
};
struct form_kind {
	const char *format;
	void *(*begin)(const json_t *table); /* NULL: no memory */
	void (*end)(void *inside);
	/* 0: field has the table's columns, which live until the next call; -SPE_E_INPUT: l->what says why; -SPE_E_INTERNAL */
	int (*line)(void *inside, struct form_line *l, struct csv_field *field);
	json_t *(*unknown)(const void *inside);
};
extern const struct form_kind form_ndjson, form_fixed;
#endif
