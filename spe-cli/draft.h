/* spe-cli/draft.h - a table's file to a draft of its description, and a description to made-up data.
 * A draft tells of what many share and never of one person: a value, a bound or a width is in it only where at least
 * DRAFT_MANY persons stand behind it, bounds rounded outward besides; where no column says who they are, nothing but names and
 * datatypes.
 * Pure: records in, JSON out; a description in, CSV out. */
#ifndef SPE_CLI_DRAFT_H
#define SPE_CLI_DRAFT_H
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "spe/csv.h"
#include "spe/err.h"
#include "sped/base/buf.h"

#define DRAFT_MANY 20u    /* more than twice the ten that the strictest policy here asks of a count */
#define DRAFT_VALUES 50u  /* longer lists are no code lists that a person wrote */
#define DRAFT_ROWS_LOOKED 1000u /* in which a column's kind of identity number is told; the rest must fit it */

/* ---- draft.c ---- */
struct draft;
/* draft_new - from the header's record. where opens sentences. -SPE_E_INPUT where the names are none. */
int draft_new(struct draft **ret, const struct csv_record *header, const char *where, struct spe_error *e);
void draft_free(struct draft *d);
int draft_record(struct draft *d, const struct csv_record *record); /* 0 or -SPE_E_INTERNAL */
/* draft_table - one entry of a holding's tables, the caller's; NULL out of memory. */
json_t *draft_table(struct draft *d, const char *name, char delimiter);
/* draft_has_persons - once draft_table was called: a column says who they are. */
bool draft_has_persons(const struct draft *d);
/* draft_is_utf8 - once draft_table was called: all values were. */
bool draft_is_utf8(const struct draft *d);
/* draft_alike - the name of the i-th column whose identity numbers are of two kinds alike, so that the draft gives it no
 * identifier. NULL: no more. */
const char *draft_alike(const struct draft *d, size_t i, const char *ret_kinds[2]);
/* draft_loose - the name of the i-th column that has identity numbers which are to be described by hand, or, *ret_zeros, of which some
 * lost their leading zero. NULL: no more. */
const char *draft_loose(const struct draft *d, size_t i, bool *ret_zeros);
/* draft_days - the name of the i-th column of days in another form than 2026-10-15. NULL: no more. */
const char *draft_days(const struct draft *d, size_t i);
/* draft_more - the name of the i-th further column with identity numbers, of people beside who a row is about. NULL: no more. */
const char *draft_more(const struct draft *d, size_t i);

/* ---- dummy.c ---- */
struct dummy;
/* dummy_new - for one table of a holding. The same seed, table and rows make the same bytes anywhere; person number i is
 * the same in all tables of that seed. */
int dummy_new(struct dummy **ret, const json_t *table, uint64_t rows, uint64_t seed, struct spe_error *e);
void dummy_free(struct dummy *d);
/* dummy_next - the next line, the header first, added to b; 0: there are no more; 1; or -SPE_E_INTERNAL. */
int dummy_next(struct dummy *d, struct buf *b);

/* ---- nobody.c ---- */
#define NOBODY_MAX 16
/* nobody_number - the i-th identity number that no person has, of the identifier's word (spe/holding.h). Each is one that
 * idnum_canonical takes for it. nobody_count - so many of them, whichever the first, all differ. */
void nobody_number(const char *identifier, uint64_t i, char ret[NOBODY_MAX]);
uint64_t nobody_count(const char *identifier);
#endif
