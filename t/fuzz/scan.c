/* t/fuzz/scan.c - promise: in any text the fast walk finds what the plain one finds, whatever instructions it is done with.
 * The first byte chooses JSON, a key, whether the text is one field, and whether a few kinds are looked for. */
#include <stdlib.h>
#include <string.h>

#include "policy/inside.h"
#include "spe/psn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void search(enum scan_way way, unsigned how, const char *p, size_t n, struct report *r)
{
	static const uint8_t key[PSN_KEY] = { 1 };
	struct scan s;

	memset(r, 0, sizeof(*r));
	scan_begin(&s, r, how & 2 ? key : NULL, how & 1);
	s.way = way;
	s.few = how & 16;
	if (how & 4)
		scan_field(&s, p, n, (struct place){ .row = 2, .column = 1 }, how & 8);
	else
		scan_text(&s, p, n);
	scan_end(&s);
}

/* How many findings of a report are like this one; the order differs. */
static size_t like(const struct report *r, const struct finding *f)
{
	size_t i, n = 0;

	for (i = 0; i < r->count; i++)
		n += r->list[i].offset == f->offset && r->list[i].severity == f->severity &&
		     strcmp(r->list[i].explanation, f->explanation) == 0;
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct report plain, fast;
	enum scan_way way;
	char *copy;
	size_t i;

	if (len < 1 || len > 1 << 16)
		return 0;
	copy = malloc(len);
	memcpy(copy, data + 1, len - 1);
	search(SCAN_PLAIN, data[0], copy, len - 1, &plain);
	for (way = SCAN_GFNI; way < SCAN_PLAIN; way++) {
		if (!scan_can(way))
			continue;
		search(way, data[0], copy, len - 1, &fast);
		if (plain.more + fast.more > 0)
			continue;
		if (fast.count != plain.count)
			__builtin_trap();
		for (i = 0; i < plain.count; i++)
			if (like(&plain, &plain.list[i]) != like(&fast, &plain.list[i]))
				__builtin_trap();
	}
	free(copy);
	return 0;
}
