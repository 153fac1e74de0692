/* t/fuzz/prints.c - promise: any bytes as an index and any bytes as an output end in a report whose findings are text,
 * none of which quotes more than two characters; and a writer takes any table, every third row of it planted or a decoy
 * too, and its reader takes what it wrote.
 * The first byte chooses; "\n--\n" parts the index, or the staged table, from the output. */
#include <stdlib.h>
#include <string.h>

#include "policy/inside.h"
#include "spe/csv.h"
#include "spe/prints.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct bytes {
	uint8_t *p;
	size_t len, room;
};

static int keep(void *arg, const void *p, size_t n)
{
	struct bytes *b = arg;

	if (!room_for((void **)&b->p, &b->room, b->len, n, 1))
		return -SPE_E_INTERNAL;
	memcpy(b->p + b->len, p, n);
	b->len += n;
	return 0;
}

static void stage(const char *text, size_t n, struct bytes *ret)
{
	struct csv_record record;
	struct prints *p;
	bool begun = false;
	size_t rows = 0;
	struct csv *c;

	if (prints_new(&p, keep, ret) < 0 || csv_new(&c, ',') < 0)
		abort();
	if (n > 0)
		csv_feed(c, text, n, NULL);
	csv_feed(c, NULL, 0, NULL);
	while (csv_next(c, &record, NULL) == 1) {
		if (!begun && prints_table(p, record.count) < 0)
			__builtin_trap();
		begun = true;
		if (prints_row(p, record.field, record.count) < 0)
			__builtin_trap();
		if (++rows % 3 == 0 && prints_canary(p, rows % 5 < 3, record.field, record.count) < 0)
			__builtin_trap();
	}
	if (prints_end(p) < 0)
		__builtin_trap();
	csv_free(c);
	prints_free(p);
}

static void look(const uint8_t *index, size_t index_len, const char *text, size_t n, char delimiter, bool whole)
{
	const struct policy_prints prints = { index, index_len };
	const struct policy_file f = { .prints = &prints, .prints_count = 1 };
	struct report *r = calloc(1, sizeof(*r));
	char *copy = malloc(n ? n : 1);
	size_t i;

	memcpy(copy, text, n);
	staged_check(&f, r, copy, n, delimiter);
	if (index_len > 0 && !(r->ran & 1u << RULE_STAGED))
		__builtin_trap();
	for (i = 0; i < r->count; i++) {
		if (r->rule[i] != RULE_STAGED || strlen(r->list[i].explanation) < 20 || !r->list[i].fix[0])
			__builtin_trap();
		if (whole && strstr(r->list[i].explanation, "damaged"))
			__builtin_trap();
	}
	free(copy);
	free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char delimiters[] = { ',', ';', '\t', '\0' };
	const uint8_t *cut = len > 1 ? memmem(data + 1, len - 1, "\n--\n", 4) : NULL;
	struct bytes index = { 0 };
	size_t first, rest;

	if (len < 1 || len > 1 << 16)
		return 0;
	first = cut ? (size_t)(cut - data) - 1 : len - 1;
	rest = cut ? len - first - 5 : 0;
	if (data[0] & 4)
		stage((const char *)data + 1, first, &index);
	else if (first > 0)
		keep(&index, data + 1, first);
	look(index.p, index.len, cut ? (const char *)cut + 4 : "", rest, delimiters[data[0] & 3], data[0] & 4);
	free(index.p);
	return 0;
}
