/* policy/counts.c - sets of released counts; see spe/counts.h. */
#include "spe/counts.h"

#include "policy/inside.h"

static int compare(const void *a, const void *b)
{
	const struct count *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	if (x->base != y->base)
		return x->base < y->base ? -1 : 1;
	return (x->file > y->file) - (x->file < y->file);
}

int counts_compare(const struct count *a, const struct count *b)
{
	return compare(a, b);
}

size_t counts_sort(struct count *list, size_t n)
{
	size_t i, kept = 0;

	for (i = 1; i < n && compare(&list[i - 1], &list[i]) < 0; i++)
		;
	if (i >= n)
		return n; /* a set already */
	sort_hashed(list, n, sizeof(*list), compare);
	for (i = 1; i < n; i++)
		if (compare(&list[kept], &list[i]) != 0)
			list[++kept] = list[i];
	return kept + 1;
}

size_t counts_from(const struct count *set, size_t n, uint64_t key, enum count_kind kind, uint32_t value)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct count *c = &set[middle];

		if (c->key != key ? c->key < key : c->kind != (uint8_t)kind ? c->kind < (uint8_t)kind : c->value < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* set[low].key is less, set[high].key is not or high is n. */
static size_t between(const struct count *set, size_t low, size_t high, uint64_t key)
{
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (set[middle].key < key)
			low = middle;
		else
			high = middle;
	}
	return high;
}

/* Keys are hashes, which are spread evenly: what is far away is near to where its key's share of all keys is. */
size_t counts_on(const struct count *set, size_t n, size_t at, uint64_t key)
{
	size_t low = at, high, step = 1, guess = (size_t)((unsigned __int128)key * n >> 64);

	if (at >= n || set[at].key >= key)
		return at;
	if (guess > low && set[guess].key >= key) {
		for (high = guess; step < high - low && set[high - step].key >= key; step *= 2)
			high -= step;
		return between(set, step < high - low ? high - step : low, high, key);
	}
	low = guess > low ? guess : low;
	for (; step < n - low && set[low + step].key < key; step *= 2)
		low += step;
	return between(set, low, step < n - low ? low + step : n, key);
}

/* Mostly the first one is behind it already, or is it. */
bool counts_has(const struct count *set, size_t n, const struct count *c)
{
	size_t low = 0, high = n > 0 && compare(&set[0], c) >= 0 ? 0 : n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&set[middle], c) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && compare(&set[low], c) == 0;
}

size_t counts_find(const struct count *set, size_t n, uint64_t key)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && set[low].key == key ? low : n;
}

const struct count *counts_between(const struct count *set, size_t n, uint64_t key, enum count_kind kind, int64_t low,
	int64_t high, bool rounded)
{
	size_t i;

	if (low < 1)
		low = 1;
	if (low > high || high > UINT32_MAX)
		return NULL;
	for (i = counts_from(set, n, key, kind, (uint32_t)low); i < n; i++) {
		const struct count *c = &set[i];

		if (c->key != key || c->kind != (uint8_t)kind || c->value > high)
			return NULL;
		if (!rounded || c->base == 0)
			return c;
	}
	return NULL;
}

const struct count *counts_near(const struct count *set, size_t n, uint64_t key, enum count_kind kind, int64_t value, int64_t t,
	bool rounded)
{
	const struct count *c = counts_between(set, n, key, kind, value - t + 1, value - 1, rounded);

	return c ? c : counts_between(set, n, key, kind, value + 1, value + t - 1, rounded);
}

size_t counts_meet(const struct count *a, size_t an, const struct count *b, size_t bn, int64_t t)
{
	size_t met = 0, i;

	for (i = 0; i < an; i++) {
		const struct count *c = &a[i];
		const bool rounded = c->base != 0;

		met += counts_near(b, bn, c->key, COUNT_FULL, c->value, t, rounded) ||
			(c->kind == COUNT_FULL && counts_near(b, bn, c->key, COUNT_DROPPED, c->value, t, rounded));
	}
	return met;
}
