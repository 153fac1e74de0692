/* spe-cli/dummy.c - made-up data of a described table's shape; see draft.h. No record is looked at: who has the description
 * can make the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "spe-cli/draft.h"
#include "sped/base/json.h"

#define MISSING 20 /* one in so many values of a column that is not required */
#define DAY 86400

struct dummy {
	const json_t *columns;
	uint64_t rows, row, seed, table;
	bool begun;
};

/* Steele, Lea, Flood 2014: SplitMix64. The same on every machine. */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static uint64_t word_hash(const char *s)
{
	uint64_t h = 0;

	for (; *s; s++)
		h = mix(h ^ (uint8_t)*s);
	return h;
}

int dummy_new(struct dummy **ret, const json_t *table, uint64_t rows, uint64_t seed, struct spe_error *e)
{
	struct dummy *d = calloc(1, sizeof(*d));

	if (!d)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	d->columns = json_object_get(table, "columns");
	d->rows = rows;
	d->seed = mix(seed);
	d->table = word_hash(json_str(table, "name"));
	*ret = d;
	return 0;
}

void dummy_free(struct dummy *d)
{
	free(d);
}

/* A number that follows from row, column and seed alone. */
static uint64_t draw(const struct dummy *d, size_t column, uint64_t salt)
{
	return mix(mix(mix(d->seed ^ d->table) ^ d->row) ^ (uint64_t)column << 32 ^ salt);
}

/* As in staged data, whatever the holder's own file has between values: a comma. */
static void put_quoted(struct buf *b, const char *s)
{
	if (!s[strcspn(s, ",;|\t\"\r\n")] && *s) {
		buf_str(b, s);
		return;
	}
	buf_str(b, "\"");
	for (; *s; s++)
		buf_add(b, *s == '"' ? "\"\"" : s, *s == '"' ? 2 : 1);
	buf_str(b, "\"");
}

/* ---- each kind of value ---- */

static void put_identifier(const struct dummy *d, const json_t *column, size_t i, struct buf *b)
{
	const bool unique = json_flag(column, "unique");
	uint64_t person = unique || d->rows == 0 ? d->row : mix(d->seed ^ draw(d, i, 1)) % d->rows;
	char number[NOBODY_MAX];

	/* not row by row: a table sorted by person would be a special case */
	nobody_number(json_str(column, "identifier"), (d->seed & 0xffff) * 100003 + person, number);
	buf_str(b, number);
}

static void put_listed(const struct dummy *d, const json_t *values, size_t i, struct buf *b)
{
	const json_t *v = json_array_get(values, draw(d, i, 2) % json_array_size(values));

	if (json_is_integer(v))
		buf_fmt(b, "%lld", (long long)json_integer_value(v));
	else if (json_is_number(v))
		buf_fmt(b, "%.15g", json_number_value(v));
	else
		put_quoted(b, json_is_string(v) ? json_string_value(v) : "");
}

static double bound(const json_t *column, const char *field, double otherwise)
{
	const json_t *v = json_object_get(column, field);

	return json_is_number(v) ? json_number_value(v) : otherwise;
}

static void put_integer(const struct dummy *d, const json_t *column, size_t i, struct buf *b)
{
	double least = bound(column, "minimum", 0), most = bound(column, "maximum", least > 0 ? 2 * least : 99);
	uint64_t span = most > least && most - least < 9e15 ? (uint64_t)(most - least) + 1 : 1;

	buf_fmt(b, "%lld", (long long)least + (long long)(json_flag(column, "unique") ? d->row : draw(d, i, 3) % span));
}

static void put_number(const struct dummy *d, const json_t *column, size_t i, struct buf *b)
{
	double least = bound(column, "minimum", 0), most = bound(column, "maximum", least > 0 ? 2 * least : 99);

	buf_fmt(b, "%.2f", least + (most - least) * (double)(draw(d, i, 4) % 1000001) / 1e6);
}

static long long day_of(const json_t *column, const char *field, const char *otherwise)
{
	const char *s = json_str(column, field);
	struct tm tm = { 0 };

	if (sscanf(*s ? s : otherwise, "%d-%d-%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday) != 3)
		return 0;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return timegm(&tm) / DAY;
}

static void put_date(const struct dummy *d, const json_t *column, size_t i, struct buf *b)
{
	long long least = day_of(column, "minimum", "2000-01-01"), most = day_of(column, "maximum", "2024-12-31");
	time_t at = (time_t)(least + (most > least ? (long long)(draw(d, i, 5) % (uint64_t)(most - least + 1)) : 0)) * DAY;
	struct tm tm;

	gmtime_r(&at, &tm);
	buf_fmt(b, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

static void put_text(const struct dummy *d, const json_t *column, size_t i, struct buf *b)
{
	const json_int_t length = json_int(column, "length");
	size_t n = length > 0 && length < 64 ? (size_t)length : 8, k;

	if (json_flag(column, "unique") && n >= 8) {
		buf_fmt(b, "x%0*llu", (int)(n < 20 ? n - 1 : 19), (unsigned long long)d->row);
		return;
	}
	for (k = 0; k < n; k++)
		buf_add(b, &"abcdefghijklmnopqrstuvwxyz"[draw(d, i, 6 + k) % 26], 1);
}

static void put_value(const struct dummy *d, const json_t *column, size_t i, struct buf *b)
{
	const char *type = json_str(column, "datatype");
	const json_t *values = json_object_get(column, "values");

	if (json_object_get(column, "identifier"))
		put_identifier(d, column, i, b);
	else if (!json_flag(column, "required") && draw(d, i, 0) % MISSING == 0)
		buf_str(b, json_array_size(d->columns) == 1 ? "\"\"" : "");
	else if (json_array_size(values) > 0)
		put_listed(d, values, i, b);
	else if (strcmp(type, "integer") == 0)
		put_integer(d, column, i, b);
	else if (strcmp(type, "number") == 0)
		put_number(d, column, i, b);
	else if (strcmp(type, "date") == 0)
		put_date(d, column, i, b);
	else
		put_text(d, column, i, b);
}

int dummy_next(struct dummy *d, struct buf *b)
{
	const bool header = !d->begun;
	const json_t *column;
	size_t i;

	if (d->begun && d->row == d->rows)
		return 0;
	d->begun = true;
	json_array_foreach (d->columns, i, column) {
		if (i > 0)
			buf_str(b, ",");
		if (header)
			buf_str(b, json_str(column, "name"));
		else
			put_value(d, column, i, b);
	}
	buf_str(b, "\n");
	d->row += !header;
	return b->bad ? -SPE_E_INTERNAL : 1;
}
