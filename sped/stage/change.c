/* stage/change.c - a value made coarser on its way: the permit's generalise (spe-permit(5)), one step after another. Each
 * step takes one datatype and makes one, which is checked before the first row. A value that a step can't read is
 * staged as missing, never as it stands. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sped/base/json.h"
#include "sped/stage/stage.h"

#define STEPS_MAX 8
#define YEAR_TEXT 4 /* 2026, with which each day that moves begins */

struct step {
	const struct kind *kind;
	enum datatype type; /* of what comes in */
	bool whole;         /* width, limit and base are whole numbers */
	long long n;
	double x;
	struct day day;
	const char *text; /* borrowed from the permit */
	size_t len;
};
struct change {
	size_t count;
	struct step step[STEPS_MAX];
};

/* ---- days: proleptic Gregorian ---- */

bool day_read(const char *p, size_t len, struct day *ret)
{
	if (!value_fits(DATA_DATE, p, len))
		return false;
	*ret = (struct day){ (p[0] - '0') * 1000 + (p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0'),
		(p[5] - '0') * 10 + (p[6] - '0'), (p[8] - '0') * 10 + (p[9] - '0') };
	return true;
}

/* Days since 0000-03-01, whose years end with February (Hinnant, chrono-compatible low-level date algorithms). */
static long day_number(struct day d)
{
	const long y = d.m <= 2 ? d.y - 1 : d.y, era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
	const long of_year = (153 * (d.m + (d.m > 2 ? -3 : 9)) + 2) / 5 + d.d - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
}

static struct day day_of(long n)
{
	const long era = (n >= 0 ? n : n - 146096) / 146097, of_era = n - era * 146097;
	const long year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	const long of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
	const int m = (int)(month < 10 ? month + 3 : month - 9);

	return (struct day){ (int)(year + era * 400) + (m <= 2), m, (int)(of_year - (153 * month + 2) / 5) + 1 };
}

static void put_two(char *p, int n)
{
	p[0] = (char)('0' + n / 10);
	p[1] = (char)('0' + n % 10);
}

bool day_shift(const char *p, size_t len, int days, char ret[DAY_TEXT])
{
	struct day d;

	if (!day_read(p, len, &d))
		return false;
	d = day_of(day_number(d) + days);
	if (d.y < 0 || d.y > 9999)
		return false;
	put_two(ret, d.y / 100);
	put_two(ret + 2, d.y % 100);
	ret[4] = ret[7] = '-';
	put_two(ret + 5, d.m);
	put_two(ret + 8, d.d);
	return true;
}

/* ---- steps: the value at f, perhaps in room; false: it can't be read ---- */

static void set(struct csv_field *f, char *room, int n)
{
	f->p = room;
	f->len = (size_t)n;
}

static bool to_year(const struct step *s, struct csv_field *f, char *room)
{
	if (!value_fits(DATA_DATE, f->p, f->len))
		return false;
	f->len = 4;
	return true;
}

static bool to_month(const struct step *s, struct csv_field *f, char *room)
{
	if (!value_fits(DATA_DATE, f->p, f->len))
		return false;
	f->len = 7;
	return true;
}

/* Whole years from this day to that of the permit; nobody is born after it. */
static bool to_age(const struct step *s, struct csv_field *f, char *room)
{
	struct day born;
	int age;

	if (!day_read(f->p, f->len, &born))
		return false;
	age = s->day.y - born.y - (s->day.m * 100 + s->day.d < born.m * 100 + born.d);
	if (age < 0)
		return false;
	set(f, room, snprintf(room, CHANGE_ROOM, "%d", age));
	return true;
}

static bool integer(const struct csv_field *f, long long *ret)
{
	long double n;

	if (!value_fits(DATA_INTEGER, f->p, f->len) || !value_number(f->p, f->len, &n))
		return false;
	*ret = (long long)n;
	return true;
}

/* 40-44 for a width of 5; a day by its year. */
static bool to_band(const struct step *s, struct csv_field *f, char *room)
{
	long long v, low;
	struct day d;

	if (s->type == DATA_DATE ? !day_read(f->p, f->len, &d) : !integer(f, &v))
		return false;
	if (s->type == DATA_DATE)
		v = d.y;
	low = (v >= 0 ? v / s->n : -((-v + s->n - 1) / s->n)) * s->n;
	set(f, room, s->n == 1 ? snprintf(room, CHANGE_ROOM, "%lld", low)
			       : snprintf(room, CHANGE_ROOM, "%lld-%lld", low, low + s->n - 1));
	return true;
}

static void set_limit(const struct step *s, struct csv_field *f, char *room)
{
	set(f, room, s->whole ? snprintf(room, CHANGE_ROOM, "%lld", s->n) : snprintf(room, CHANGE_ROOM, "%.15g", s->x));
}

static bool to_top(const struct step *s, struct csv_field *f, char *room)
{
	long double v;

	if (!value_number(f->p, f->len, &v))
		return false;
	if (v > (s->whole ? (long double)s->n : (long double)s->x))
		set_limit(s, f, room);
	return true;
}

static bool to_bottom(const struct step *s, struct csv_field *f, char *room)
{
	long double v;

	if (!value_number(f->p, f->len, &v))
		return false;
	if (v < (s->whole ? (long double)s->n : (long double)s->x))
		set_limit(s, f, room);
	return true;
}

/* So many characters of UTF-8. */
static bool to_prefix(const struct step *s, struct csv_field *f, char *room)
{
	long long characters = 0;
	size_t i;

	for (i = 0; i < f->len; i++)
		if (((unsigned char)f->p[i] & 0xc0) != 0x80 && ++characters > s->n)
			break;
	f->len = i;
	return true;
}

/* v / x to a whole number, halves away from zero: of 0.15 / 0.1 too, where neither is quite what was written. */
static double times_of(double v, double x)
{
	const double q = v / x, whole = trunc(q), slack = fmin(1e-9 + fabs(q) * 4e-16, 1e-2);

	return fabs(fabs(q - whole) - 0.5) < slack ? whole + copysign(1, q) : round(q);
}

/* To the nearest multiple, halves away from zero. */
static bool to_round(const struct step *s, struct csv_field *f, char *room)
{
	long double v;
	long long n, size, over;
	double rounded;

	if (s->type == DATA_INTEGER) {
		if (!integer(f, &n))
			return false;
		size = n < 0 ? -n : n;
		over = size % s->n;
		size += over >= s->n - over ? s->n - over : -over; /* bases reach as far as integers: no sum or double of one does */
		set(f, room, snprintf(room, CHANGE_ROOM, "%lld", n < 0 ? -size : size));
		return true;
	}
	if (!value_number(f->p, f->len, &v))
		return false;
	rounded = times_of((double)v, s->x) * s->x + 0.0; /* no negative zero */
	if (!isfinite(rounded))
		return false;
	set(f, room, snprintf(room, CHANGE_ROOM, "%.15g", rounded)); /* digits that a double keeps */
	return true;
}

static bool to_constant(const struct step *s, struct csv_field *f, char *room)
{
	*f = (struct csv_field){ .p = s->text, .len = s->len };
	return true;
}

#define TYPE(t) (1u << DATA_##t)
static const struct kind {
	const char *to;
	unsigned takes;
	enum datatype makes; /* DATA_SAME: what it took */
	bool (*make)(const struct step *s, struct csv_field *f, char *room);
	const char *wants;
} kinds[] = {
	{ "year", TYPE(DATE), DATA_INTEGER, to_year, "a date" },
	{ "month", TYPE(DATE), DATA_STRING, to_month, "a date" },
	{ "age", TYPE(DATE), DATA_INTEGER, to_age, "a date" },
	{ "band", TYPE(DATE) | TYPE(INTEGER), DATA_STRING, to_band, "an integer or a date" },
	{ "top", TYPE(INTEGER) | TYPE(NUMBER), DATA_SAME, to_top, "an integer or a number" },
	{ "bottom", TYPE(INTEGER) | TYPE(NUMBER), DATA_SAME, to_bottom, "an integer or a number" },
	{ "prefix", TYPE(STRING), DATA_STRING, to_prefix, "a string" },
	{ "round", TYPE(INTEGER) | TYPE(NUMBER), DATA_SAME, to_round, "an integer or a number" },
	{ "constant", ~0u, DATA_STRING, to_constant, "anything" },
};

static const struct kind *kind_named(const char *to)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].to, to) == 0)
			return &kinds[i];
	return NULL;
}

static void step_numbers(struct step *s, const json_t *step)
{
	const json_t *v = json_object_get(step, "value") ? json_object_get(step, "value")
		: json_object_get(step, "width")         ? json_object_get(step, "width")
		: json_object_get(step, "length")        ? json_object_get(step, "length")
							 : json_object_get(step, "base");
	const char *at = json_str(step, "at");

	s->whole = json_is_integer(v);
	s->n = json_integer_value(v);
	s->x = json_number_value(v);
	s->text = json_string_value(v);
	s->len = json_string_length(v);
	day_read(at, strlen(at), &s->day);
}

static int step_add(struct change *c, const json_t *step, enum datatype *type, const char *where, struct spe_error *e)
{
	static const char *const names[] = { "string", "integer", "number", "date" };
	const char *name = json_str(step, "variable"), *to = json_str(step, "to");
	struct step *s = &c->step[c->count];

	if (c->count == STEPS_MAX)
		return spe_fail(e, SPE_E_INPUT, "%s: the permit generalises \"%s\" in more than %d steps", where, name, STEPS_MAX);
	s->kind = kind_named(to);
	s->type = *type;
	step_numbers(s, step);
	if (!s->kind || !(s->kind->takes & 1u << *type))
		return spe_fail(e, SPE_E_INPUT, "%s: the permit generalises the %s \"%s\" to %s, which wants %s", where, names[*type],
			name, to, s->kind ? s->kind->wants : "nothing after it");
	if (*type == DATA_INTEGER && s->kind->makes == DATA_SAME && !s->whole)
		return spe_fail(e, SPE_E_INPUT, "%s: the permit generalises the integer \"%s\" to %s with a number that is not whole",
			where, name, to);
	if (s->kind->makes != DATA_SAME)
		*type = s->kind->makes;
	c->count++;
	return 0;
}

int change_new(struct change **ret, const json_t *generalise, const char *table, const char *variable, enum datatype *type,
	const char *where, struct spe_error *e)
{
	struct change *c = NULL;
	const json_t *step;
	size_t i;
	int r = 0;

	json_array_foreach (generalise, i, step) {
		if (strcmp(json_str(step, "table"), table) != 0 || strcmp(json_str(step, "variable"), variable) != 0)
			continue;
		if (!c)
			c = calloc(1, sizeof(*c));
		r = c ? step_add(c, step, type, where, e) : spe_fail(e, SPE_E_INTERNAL, "%s: there is no memory", where);
		if (r < 0) {
			change_free(c);
			return r;
		}
	}
	*ret = c;
	return 0;
}

bool change_begins_with_age(const struct change *c)
{
	return c && c->step[0].kind->make == to_age;
}

bool change_leaves_month(const struct change *c)
{
	size_t i;

	for (i = 0; c && i < c->count; i++) {
		const struct step *s = &c->step[i];

		if (s->kind->make == to_year || s->kind->make == to_band || s->kind->make == to_constant ||
			(s->kind->make == to_prefix && s->n <= YEAR_TEXT))
			return false;
	}
	return true;
}

void change_free(struct change *c)
{
	free(c);
}

void change_constant(const struct change *c, struct csv_field *f)
{
	const struct step *last = &c->step[c->count - 1];

	if (last->kind->make == to_constant)
		to_constant(last, f, NULL);
}

bool change_value(const struct change *c, struct csv_field *f, char room[CHANGE_ROOM])
{
	size_t i;

	for (i = 0; i < c->count; i++)
		if (!c->step[i].kind->make(&c->step[i], f, room))
			return false;
	return true;
}
