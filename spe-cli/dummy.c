/* spe-cli/dummy.c - made-up data of a described table's shape; see draft.h. No record is looked at: who has the description
 * can make the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "spe-cli/draft.h"
#include "spe/holding.h"
#include "sped/base/json.h"

#define MISSING 20 /* one in so many values of a column that is not required */
#define DAY 86400

struct dummy {
	const json_t *columns;
	uint64_t rows, row, seed, table;
	size_t who; /* the column that says whose a row is */
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

	if (unique && d->rows > 0 && i != d->who) /* nobody is their own mother */
		person = (person + i + 1) % d->rows;
	/* not row by row: a table sorted by person would be a special case */
	nobody_number(json_str(column, "identifier"), (d->seed & 0xffff) * 100003 + person, number);
	buf_str(b, number);
}

static void put_listed(const struct dummy *d, const json_t *column, size_t i, struct buf *b)
{
	const json_t *values = json_object_get(column, "values");
	const json_t *v = json_array_get(values, json_flag(column, "unique") ? d->row : draw(d, i, 2) % json_array_size(values));

	if (json_is_integer(v))
		buf_fmt(b, "%lld", (long long)json_integer_value(v));
	else if (json_is_number(v))
		buf_fmt(b, "%.15g", json_number_value(v));
	else
		put_quoted(b, json_is_string(v) ? json_string_value(v) : "");
}

static long long day_of(const char *s)
{
	struct tm tm = { 0 };

	if (sscanf(s, "%d-%d-%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday) != 3)
		return 0;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return timegm(&tm) / DAY;
}

/* False: the column has no such bound. Days are counted. */
static bool bound(const json_t *column, const char *field, double *ret)
{
	const json_t *v = json_object_get(column, field);

	if (json_is_number(v))
		*ret = json_number_value(v);
	else if (json_is_string(v))
		*ret = (double)day_of(json_string_value(v));
	return json_is_number(v) || json_is_string(v);
}

struct range {
	double least, most;
};

/* Where a bound is missing there is room up to it for as many values as a unique column has. */
static struct range range_of(const struct dummy *d, const json_t *column)
{
	const bool days = strcmp(json_str(column, "datatype"), "date") == 0;
	const double room = json_flag(column, "unique") && d->rows > 0 ? (double)(d->rows - 1) : 0;
	struct range r = { days ? (double)day_of("2000-01-01") : 0, days ? (double)day_of("2024-12-31") : 99 };
	const double span = r.most - r.least;
	const bool least = bound(column, "minimum", &r.least), most = bound(column, "maximum", &r.most);

	if (least && !most)
		r.most = !days && r.least > 0 ? 2 * r.least : r.least + span;
	if (least && !most && r.most < r.least + room)
		r.most = r.least + room;
	if (most && !least && (r.least > r.most || (!days && r.most < 0)))
		r.least = r.most - span;
	if (!least && r.least > r.most - room)
		r.least = r.most - room;
	return r;
}

/* How many different values it can have, where that is less than any number of rows. */
static double different(const struct dummy *d, const json_t *column)
{
	const json_int_t length = json_int(column, "length");
	const char *type = json_str(column, "datatype");
	const json_t *values = json_object_get(column, "values");
	const struct range r = range_of(d, column);
	double n = 1;
	json_int_t i;

	if (json_object_get(column, "identifier"))
		return (double)nobody_count(json_str(column, "identifier"));
	if (json_array_size(values) > 0)
		return (double)json_array_size(values);
	if (strcmp(type, "integer") == 0 || strcmp(type, "date") == 0)
		return r.most - r.least + 1;
	if (strcmp(type, "number") == 0)
		return r.most > r.least ? 1e15 : 1;
	for (i = 0; i < (length > 0 && length < 8 ? length : 8); i++)
		n *= 26;
	return n;
}

/* Which of span + 1 values, each once in a unique column. */
static uint64_t which(const struct dummy *d, const json_t *column, size_t i, uint64_t salt, const struct range *r)
{
	uint64_t count = r->most > r->least && r->most - r->least < 9e15 ? (uint64_t)(r->most - r->least) + 1 : 1;

	return json_flag(column, "unique") ? d->row : draw(d, i, salt) % count;
}

static void put_integer(const struct dummy *d, const json_t *column, size_t i, struct buf *b)
{
	const struct range r = range_of(d, column);

	buf_fmt(b, "%lld", (long long)r.least + (long long)which(d, column, i, 3, &r));
}

/* With as many decimals as tell a hundred values within the bounds apart, two at least. */
static void put_number(const struct dummy *d, const json_t *column, size_t i, struct buf *b)
{
	const struct range r = range_of(d, column);
	const bool unique = json_flag(column, "unique");
	double part = unique ? (double)d->row / (double)d->rows : (double)(draw(d, i, 4) % 1000001) / 1e6, step = r.most - r.least, value;
	char text[400];
	int decimals = 2;

	while (step > 0 && step < 1 && decimals < 15) {
		decimals++;
		step *= 10;
	}
	value = r.least + (r.most - r.least) * part;
	snprintf(text, sizeof(text), "%.*f", decimals, value);
	if (unique || strlen(text) > 30 || strtod(text, NULL) < r.least || strtod(text, NULL) > r.most)
		snprintf(text, sizeof(text), "%.15g", value);
	buf_str(b, text);
}

static void put_date(const struct dummy *d, const json_t *column, size_t i, struct buf *b)
{
	const struct range r = range_of(d, column);
	time_t at = (time_t)((long long)r.least + (long long)which(d, column, i, 5, &r)) * DAY;
	struct tm tm;

	gmtime_r(&at, &tm);
	buf_fmt(b, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

static void put_text(const struct dummy *d, const json_t *column, size_t i, struct buf *b)
{
	const json_int_t length = json_int(column, "length");
	size_t n = length > 0 && length < 64 ? (size_t)length : 8, k;
	char text[64];
	uint64_t row = d->row;

	for (k = n; k-- > 0; row /= 26)
		text[k] = "abcdefghijklmnopqrstuvwxyz"[json_flag(column, "unique") ? row % 26 : draw(d, i, 6 + k) % 26];
	buf_add(b, text, n);
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
		put_listed(d, column, i, b);
	else if (strcmp(type, "integer") == 0)
		put_integer(d, column, i, b);
	else if (strcmp(type, "number") == 0)
		put_number(d, column, i, b);
	else if (strcmp(type, "date") == 0)
		put_date(d, column, i, b);
	else
		put_text(d, column, i, b);
}

static int may_have(const struct dummy *d, const json_t *column, struct spe_error *e)
{
	double n = different(d, column);

	if (!json_flag(column, "unique") || (double)d->rows <= n)
		return 0;
	spe_fail(e, SPE_E_INPUT, "column %.100s is unique and has at most %.0f values: %llu rows are too many",
		json_str(column, "name"), n, (unsigned long long)d->rows);
	spe_remedy(e, "try: --rows %.0f", n);
	return -SPE_E_INPUT;
}

int dummy_new(struct dummy **ret, const json_t *table, uint64_t rows, uint64_t seed, struct spe_error *e)
{
	struct dummy *d = calloc(1, sizeof(*d));
	const json_t *column;
	size_t i;
	int r = 0;

	if (!d)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	d->columns = json_object_get(table, "columns");
	d->rows = rows;
	d->who = holding_person(table);
	d->seed = mix(seed);
	d->table = word_hash(json_str(table, "name"));
	json_array_foreach (d->columns, i, column)
		if (r == 0)
			r = may_have(d, column, e);
	if (r < 0)
		dummy_free(d);
	else
		*ret = d;
	return r;
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
