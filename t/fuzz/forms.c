/* t/fuzz/forms.c - whatever a table of another format than CSV holds: fed in pieces of any size it has the same records and the
 * same refusal; fields lie in their bounds and can be staged as CSV; a line of objects is taken exactly where jansson takes it,
 * and what it says is no part of any sentence. The first byte chooses the table, the second the pieces. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "spe/holding.h"
#include "sped/base/json.h"
#include "sped/stage/form.h"
#include "sped/stage/stage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static json_t *table[3];

static void set_up(void)
{
	static const char *const text[] = {
		"{\"name\":\"t\",\"format\":\"ndjson\",\"columns\":[{\"name\":\"a\",\"datatype\":\"number\"},"
		"{\"name\":\"b\",\"datatype\":\"string\",\"path\":\"b.c[0].d\"},{\"name\":\"c\",\"datatype\":\"string\",\"path\":\"b.c[s=x].d\"},"
		"{\"name\":\"d\",\"datatype\":\"string\",\"path\":\"e[1]\"}]}",
		"{\"name\":\"t\",\"format\":\"fixed\",\"columns\":[{\"name\":\"a\",\"datatype\":\"string\",\"from\":2,\"to\":4},"
		"{\"name\":\"b\",\"datatype\":\"string\",\"from\":7,\"to\":7}]}",
		"{\"name\":\"t\",\"format\":\"fixed\",\"short-lines\":\"blank\",\"columns\":[{\"name\":\"b\",\"datatype\":\"string\",\"from\":5,\"to\":9},"
		"{\"name\":\"a\",\"datatype\":\"string\",\"from\":1,\"to\":4}]}" };
	struct spe_error e;
	int i;

	for (i = 0; i < 3; i++) {
		table[i] = json_loads(text[i], 0, NULL);
		if (holding_check_table(table[i], "t", &e) < 0)
			abort();
	}
}

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

static void note(struct seen *s, const struct csv_record *r, const json_t *t)
{
	size_t i, k;

	if (r->count != json_array_size(json_object_get(t, "columns")) || r->line == 0)
		__builtin_trap();
	mix(s, &r->line, sizeof(r->line));
	for (i = 0; i < r->count; i++) {
		const struct csv_field *f = &r->field[i];

		if (f->len > CSV_FIELD_MAX || memchr(f->p, '\0', f->len))
			__builtin_trap();
		for (k = 0; k < f->len; k++)
			if (f->p[k] == '\r' && (k + 1 == f->len || f->p[k + 1] != '\n'))
				__builtin_trap();
		mix(s, f->p, f->len);
		mix(s, "|", 1);
	}
	s->records++;
}

static void run(const json_t *t, const uint8_t *p, size_t len, size_t step, struct seen *ret)
{
	struct csv_record r;
	struct form *f;
	json_t *unknown;
	size_t at = 0;
	int got = 0;
	bool end = false;

	*ret = (struct seen){ 0 };
	if (form_new(&f, t) < 0 || !f)
		abort();
	while (got == 0 && !end) {
		size_t n = len - at < step ? len - at : step;

		end = n == 0;
		form_feed(f, (const char *)p + at, n, NULL);
		at += n;
		while ((got = form_next(f, &r, &ret->error)) == 1)
			note(ret, &r, t);
	}
	unknown = form_unknown(f);
	mix(ret, &(uint64_t){ json_object_size(unknown) }, 8);
	json_decref(unknown);
	form_free(f);
}

/* One line: what jansson says of it, but for numbers that are too large for it, which it refuses with a code of its own. */
static void agree(const struct seen *s, const uint8_t *p, size_t len)
{
	struct decoder d;
	json_error_t error;
	json_t *j;
	size_t n;
	static char text[3 * (1u << 18) + 4];

	decoder_begin(&d, "utf-8"); /* which is seen to before */
	if (!decoder_next(&d, (const char *)p, len, text, &n) || !decoder_end(&d))
		return;
	if (len == 0 || memchr(p, '\n', len) || memchr(p, '\r', len) || memchr(p, '\0', len) || (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0))
		return;
	j = json_loadb((const char *)p, len, JSON_REJECT_DUPLICATES, &error);
	if (s->records > 0 && !j && json_error_code(&error) != json_error_numeric_overflow)
		__builtin_trap();
	if (s->records == 0 && json_is_object(j) && !strstr(s->error.text, "deeper than") && !strstr(s->error.text, "the value of column"))
		__builtin_trap();
	json_decref(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct seen once, pieces;
	const json_t *t;

	if (!table[0])
		set_up();
	if (len < 2 || len > 1u << 18)
		return 0;
	t = table[data[0] % 3];
	run(t, data + 2, len - 2, len, &once);
	run(t, data + 2, len - 2, data[1] % 17 + 1u, &pieces);
	if (once.hash != pieces.hash || once.records != pieces.records || once.error.code != pieces.error.code ||
		strcmp(once.error.text, pieces.error.text) != 0)
		__builtin_trap();
	if (data[0] % 3 == 0)
		agree(&once, data + 2, len - 2);
	return 0;
}
