/* spe/prints.h - fingerprints of staged tables, by which rows, tuples, text and rare values are known again in outputs.
 * Written by spe-stage while it stages, kept by the gate, read by spe-check; never seen by a job or a client.
 * What is hashed, and the bytes: policy/values.h. The index has
 *  - each row as a whole, in any order of its columns;
 *  - pairs of its values, a sample that gets thinner as tables get wider and longer: about four for a row of six columns;
 *  - every fourth run of five words of its texts;
 *  - values of text and code columns (at least 32 and at most 65,536 different ones) that fewer than five persons hold;
 *  - all values of rows that were planted, and of their decoys.
 * Bounds: under 40 MiB of memory however long the tables are; some 12 bytes of index for a row of six columns up to some
 * millions of rows, then ever fewer. Figures: t/bench/README.md.
 * Tables of at most five columns that have labels for codes, and neither pseudonyms nor days, are left out: results
 * quote them, and they say nothing about anybody. Pure: the index leaves through a function of the caller. */
#ifndef SPE_PRINTS_H
#define SPE_PRINTS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spe/csv.h"

struct prints;
/* The next bytes of the index. 0, or a negative code that the writer hands on. */
typedef int prints_sink_fn(void *arg, const void *p, size_t n);

/* Each returns 0; -SPE_E_INTERNAL out of memory; or what the sink returned, again and again. */
int prints_new(struct prints **ret, prints_sink_fn *sink, void *arg);
void prints_free(struct prints *p);
/* prints_table - the next records belong to a new table with so many columns. */
int prints_table(struct prints *p, size_t columns);
/* prints_row - one staged record, as it was written; the header is none. */
int prints_row(struct prints *p, const struct csv_field *field, size_t columns);
/* prints_rows - so many of them, one after the other: many at once are less work. */
int prints_rows(struct prints *p, const struct csv_field *field, size_t columns, size_t rows);
/* prints_canary - a row of nobody: one that is planted, and then also given to prints_row, or a decoy, which is not. */
int prints_canary(struct prints *p, bool planted, const struct csv_field *field, size_t columns);
/* prints_end - what is still held, and the end. */
int prints_end(struct prints *p);
#endif
