/* t/fuzz/csv.c - promise: fed in pieces of any size and asked for one or several, the same records and the same refusal; fields
 * lie in bounds. */
#include <stdbool.h>
#include <string.h>

#include "spe/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct seen {
	uint64_t hash, records;
	struct spe_error error;
};

static void mix(struct seen *s, const void *p, size_t n)
{
	const uint8_t *at = p;

	for (; n > 0; n--, at++)
		s->hash = (s->hash ^ *at) * 0x100000001b3u;
}

static void note(struct seen *s, const struct csv_record *r, size_t want)
{
	size_t i;

	if (r->count == 0 || r->count > CSV_FIELDS_MAX || (s->records > 0 && r->count != want) ||
		r->line == 0)
		__builtin_trap();
	mix(s, &r->line, sizeof(r->line));
	for (i = 0; i < r->count; i++) {
		if (r->field[i].len > CSV_FIELD_MAX || memchr(r->field[i].p, '\0', r->field[i].len))
			__builtin_trap();
		mix(s, r->field[i].p, r->field[i].len);
		mix(s, &r->field[i].column, sizeof(r->field[i].column));
		mix(s, &r->field[i].quoted, 1);
	}
	s->records++;
}

static void run(char delimiter, const uint8_t *p, size_t len, size_t step, struct seen *ret)
{
	struct csv *c = NULL;
	static struct csv_field room[3 * CSV_FIELDS_MAX];
	struct csv_record r, more[3];
	size_t at = 0, want = 0, i, ready;
	int got = 0;
	bool end = false;

	*ret = (struct seen){ 0 };
	if (csv_new(&c, delimiter) < 0)
		return;
	while (got == 0 && !end) {
		size_t n = len - at < step ? len - at : step;

		end = n == 0;
		csv_feed(c, (const char *)p + at, n, NULL);
		at += n;
		while ((got = csv_next(c, &r, &ret->error)) == 1) {
			ready = step & 1 ? csv_more(c, more, room, 3) : 0;
			note(ret, &r, want);
			want = r.count;
			for (i = 0; i < ready; i++)
				note(ret, &more[i], want);
		}
	}
	csv_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct seen once, pieces;

	if (len < 2)
		return 0;
	run(",;\t|:~ \x01"[data[0] & 7], data + 2, len - 2, len, &once);
	run(",;\t|:~ \x01"[data[0] & 7], data + 2, len - 2, data[1] % 17 + 1u, &pieces);
	if (once.hash != pieces.hash || once.records != pieces.records ||
		once.error.code != pieces.error.code ||
		strcmp(once.error.text, pieces.error.text) != 0)
		__builtin_trap();
	return 0;
}
