/* spe/counts.h - released counts, for differencing between tables and between releases.
 * A count has a full key, a hash of what it counts: its dimension values, folded, in any order, without "all" and
 * "total", and its unit; not its file, not its title. For each dimension it also has an entry whose key leaves that dimension
 * out: so that a part meets its total by one look-up, whichever was released first.
 * A set of counts is an array sorted by key, kind, value; as a file it is that array, in the byte order of the host.
 * Pure; runs in spe-check and the gate. Source: output rules for statistical disclosure control, differencing. */
#ifndef SPE_COUNTS_H
#define SPE_COUNTS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum count_kind { COUNT_FULL, COUNT_DROPPED };
struct count {
	uint64_t key;
	uint32_t value;
	uint8_t kind;     /* enum count_kind */
	uint8_t base;     /* all counts of its table are multiples of it: rounded; else 0 */
	uint16_t file;    /* entries of siblings: the number of the file in its export; else 0 */
};

/* counts_sort - into the order of a set, doubles removed; returns how many are left. */
size_t counts_sort(struct count *list, size_t n);
int counts_compare(const struct count *a, const struct count *b); /* that order */
/* counts_find - the first entry with this key, or n. */
size_t counts_find(const struct count *set, size_t n, uint64_t key);
/* counts_from - the first entry that is not before this key, kind and value, or n. */
size_t counts_from(const struct count *set, size_t n, uint64_t key, enum count_kind kind, uint32_t value);
/* counts_on - the first entry from number `at` on whose key is not less, or n: in few steps where it is near. */
size_t counts_on(const struct count *set, size_t n, size_t at, uint64_t key);
bool counts_has(const struct count *set, size_t n, const struct count *c);
/* counts_between - the first entry of this key and kind whose value is from low to high; rounded: that is not rounded
 * itself. counts_near - whose value is another by less than t. Borrowed, or NULL. */
const struct count *counts_between(const struct count *set, size_t n, uint64_t key, enum count_kind kind, int64_t low,
	int64_t high, bool rounded);
const struct count *counts_near(const struct count *set, size_t n, uint64_t key, enum count_kind kind, int64_t value, int64_t t,
	bool rounded);
/* counts_meet - how many entries of a and b are counts of the same persons, or of a whole and its part, that differ by less
 * than t; two rounded ones don't meet. Both are sets. */
size_t counts_meet(const struct count *a, size_t an, const struct count *b, size_t bn, int64_t t);
#endif
