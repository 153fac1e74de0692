/* spe/prints.h - fingerprints of staged tables, by which rows and rare values are known again in outputs.
 * Written by spe-stage while it stages, kept by the gate, read by spe-check; never seen by a job.
 * Values are normalised before hashing (numbers as numbers, dates as dates, text folded), and a row's hash does not
 * depend on the order of its columns. Pure. */
#ifndef SPE_PRINTS_H
#define SPE_PRINTS_H
#include <stddef.h>
#include <stdint.h>

#include "spe/csv.h"

/* A writer for one workspace's tables, in bounded memory (t/bench/README.md gives its size per million rows). */
struct prints;
int prints_new(struct prints **ret);
void prints_free(struct prints *p);
/* prints_table - the next records belong to a new table with so many columns. 0 or -ENOMEM. */
int prints_table(struct prints *p, size_t columns);
/* prints_row - one staged record, as it was written. 0 or -ENOMEM. */
int prints_row(struct prints *p, const struct csv_field *field, size_t columns);
/* prints_end - the index; the caller frees *ret. */
int prints_end(struct prints *p, uint8_t **ret, size_t *ret_len);
#endif
