/* spe/protect.h - a table of results made fit to leave: small counts suppressed, the others rounded or perturbed, and what
 * was made of them made anew. Pure: bytes in, bytes out.
 * Runs in: spe-cli protect. */
#ifndef SPE_PROTECT_H
#define SPE_PROTECT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spe/err.h"
#include "spe/policy.h"

#define PROTECT_MIDPOINT 6 /* the width that spe-policy(5) knows: columns are then called *_midpoint6 */
#define PROTECT_COLUMNS 64

/* perturb.c: one count. */
/* count_round - to the nearest multiple of base; halves go up. */
int64_t count_round(int64_t n, int64_t base);
/* count_midpoint - 0 stays, 1..width becomes its middle, and so on: ceil(n / width) * width - floor(width / 2). */
int64_t count_midpoint(int64_t n, int64_t width);

/* The table of perturbations of the cell key method, as the R package ptable writes it: a line for each true count i and each
 * perturbation v, with the interval (p_int_lb, p_int_ub] of cell keys that lead to it. Counts beyond the last i have its lines. */
struct ptable;
/* ptable_parse - CSV with a header; name is used in "name:line: sentence". Returns 0, -SPE_E_INPUT or -SPE_E_INTERNAL. */
int ptable_parse(const char *text, size_t len, const char *name, struct ptable **ret, struct spe_error *e);
void ptable_free(struct ptable *t);
/* ptable_perturb - the perturbed count. keys: the sum of the record keys of the persons counted, of which the part behind the
 * point is the cell's key. */
int64_t ptable_perturb(const struct ptable *t, int64_t n, double keys);

/* protect.c */
struct protect {
	int64_t redact;               /* counts of 1 to this are suppressed; 0: none */
	int64_t base;                 /* the others to its nearest multiple, totals being the sums of that; 0 or 1: no */
	int64_t midpoint;             /* or to midpoints: PROTECT_MIDPOINT; 0: no */
	const struct ptable *ptable;  /* or perturbed by this; NULL: no */
	const char *key_column;       /* its sums of record keys; left out of what is written */
	const char *const *columns;   /* headers of the columns that count; NULL: those whose headers and values say so */
	size_t column_count;
};

struct protect_told {
	size_t counts;       /* cells that count */
	size_t suppressed;   /* counts that were too small */
	size_t complements;  /* counts that would have given those away */
	size_t rounded;      /* counts that became another number */
	size_t totals;       /* counts that are sums of counts here, and were made anew from them */
	size_t shares;       /* percentages made anew */
	size_t shares_hidden, estimates_hidden; /* of suppressed counts */
	size_t shares_left;  /* percentages of nothing in the table: they still tell of the counts as they were */
	char columns[256];   /* headers of the columns that count, "; " between */
};

/* policy_protect - CSV or TSV; p gives max_rows. *ret is malloc'd. Returns 0, -SPE_E_INPUT, -SPE_E_TOO_LARGE, -SPE_E_INTERNAL.
 * Without rounding totals stay as they are, and further counts are suppressed until the audit of margins finds that none of
 * the small ones follows from the others. */
int policy_protect(const struct policy *p, const struct protect *how, const char *name, const char *bytes, size_t len, char **ret,
	size_t *ret_len, struct protect_told *told, struct spe_error *e);
#endif
