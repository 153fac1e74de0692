/* policy/sort.c - sorting what begins with a hash: counts, and the cells of a table by what they count. */
#include <string.h>

#include "policy/inside.h"

#define UNIT_MAX 64  /* bytes of an entry that is put in its place */
#define FEW 64       /* entries that qsort has sorted before a table of places is made */
#define BUCKET_MAX 24 /* entries up to which putting each in its place is the fastest */
#define BITS_MAX 18

static uint64_t key_of(const char *p)
{
	uint64_t key;

	memcpy(&key, p, sizeof(key));
	return key;
}

/* from[0..n) into p in order, each put before those that are larger. */
static void put_in_place(char *p, const char *from, size_t n, size_t unit, int (*compare)(const void *, const void *))
{
	size_t i, at;

	for (i = 0; i < n; i++) {
		const char *one = from + i * unit;

		for (at = i; at > 0 && compare(p + (at - 1) * unit, one) > 0; at--)
			memcpy(p + at * unit, p + (at - 1) * unit, unit);
		memcpy(p + at * unit, one, unit);
	}
}

static void sort_bucket(char *p, const char *from, size_t n, size_t unit, int (*compare)(const void *, const void *))
{
	if (n <= BUCKET_MAX) {
		put_in_place(p, from, n, unit, compare);
		return;
	}
	memcpy(p, from, n * unit);
	qsort(p, n, unit, compare);
}

/* Hashes are spread evenly, so that their first bits say about where each entry belongs: a few are left to be told apart.
 * Where they are not, because all have one key, this is qsort. */
void sort_hashed(void *list, size_t n, size_t unit, int (*compare)(const void *, const void *))
{
	unsigned bits = 4;
	uint32_t *end;
	char *p = list, *room, few[BUCKET_MAX * UNIT_MAX];
	size_t i, from;

	if (n < 2) /* nothing has no address */
		return;
	if (n <= BUCKET_MAX && unit <= UNIT_MAX) {
		memcpy(few, list, n * unit);
		put_in_place(list, few, n, unit, compare);
		return;
	}
	while (bits < BITS_MAX && (size_t)4 << bits < n)
		bits++;
	end = n >= FEW && n < UINT32_MAX && unit <= UNIT_MAX ? calloc((1u << bits) + 1, sizeof(*end)) : NULL;
	room = end ? malloc(n * unit) : NULL;
	if (!room) {
		free(end);
		qsort(list, n, unit, compare);
		return;
	}
	for (i = 0; i < n; i++)
		end[(key_of(p + i * unit) >> (64 - bits)) + 1]++;
	for (i = 1; i <= 1u << bits; i++)
		end[i] += end[i - 1];
	for (i = 0; i < n; i++) /* end[b] is where bucket b begins, and once it is full where it ends */
		memcpy(room + unit * end[key_of(p + i * unit) >> (64 - bits)]++, p + i * unit, unit);
	for (i = from = 0; i < 1u << bits; from = end[i++])
		sort_bucket(p + from * unit, room + from * unit, end[i] - from, unit, compare);
	free(room);
	free(end);
}
