/* spe-cli/draft.c - what a table's records have in common; see draft.h. Memory is bounded whatever the table's length:
 * of each column a short list of values, twenty at either end of its range, and its values' hashes until one comes twice. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/values.h"
#include "spe-cli/draft.h"
#include "spe/cleanup.h"
#include "spe/holding.h"
#include "spe/idnum.h"
#include "spe/limits.h"
#include "sped/base/json.h"

#define VALUE_MAX 64                  /* bytes of a value that may be one of a list */
#define HELD_MAX (16u << 20)          /* bytes of records that wait for the decision who is a person */
#define UNIQUE_MAX (1u << 21)         /* values; in longer tables none is said to be unique */
#define YEAR 2026                     /* for two-digit years of birth; of no weight for what a column is */

/* The values at one end of a range, each of another person. */
struct end {
	size_t count;
	double value[DRAFT_MANY];
	uint64_t person[DRAFT_MANY];
};

struct listed {
	char text[VALUE_MAX + 1];
	size_t persons;
	uint64_t person[DRAFT_MANY];
};

struct column {
	char header[SPE_HEADER_MAX + 1];
	char name[SPE_NAME_MAX + 1]; /* the same, where it can be one */
	bool no_integer, no_number, no_date; /* a value that is none was seen */
	bool no_comma;                       /* nor a number with a decimal comma, or a whole one */
	bool missing, long_list;
	uint64_t values, days; /* those that are there, and days in whatever form */
	const char *identity; /* the kind of its identity numbers; NULL: it has none */
	const char *alike;    /* another kind that they are as well; NULL: there is none */
	struct idnum_column found;
	bool loose;           /* it has some, and which ones can't be told */
	uint64_t fits[IDNUM_COUNT], looked;  /* as numbers of each kind; NONE: of any one of the Nordic and Baltic */
	uint64_t checks[IDNUM_COUNT];        /* those whose check digit says so too */
	struct listed *list;
	size_t lists;
	struct end least, most, longest;
	uint64_t *seen; /* a set of hashes, 0 being none; NULL: a value came twice, or there were too many */
	size_t seens, room;
};

struct draft {
	size_t count;
	struct column *column;
	size_t who;       /* the column of persons; count: there is none */
	const char *identifier;
	enum idnum_kind kind; /* of it; NONE: nordic */
	uint64_t rows, looked_rows;
	bool decided, odd_text;
	bool commas;      /* numbers of the table have decimal commas */
	struct buf held;  /* fields of records before that: length and bytes */
	struct end people; /* that there are as many as make many */
};

static uint64_t hash(const char *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a, then stirred */
	size_t i;

	for (i = 0; i < n; i++)
		h = (h ^ (uint8_t)p[i]) * 0x100000001b3u;
	h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
	h ^= h >> 32;
	return h ? h : 1;
}

/* ---- values ---- */

static size_t digits(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && p[i] >= '0' && p[i] <= '9')
		i++;
	return i;
}

/* Numbers are no codes: 007 is one, and 7 another thing. */
static bool is_integer(const char *p, size_t n)
{
	if (n > 0 && *p == '-') {
		p++;
		n--;
	}
	return n > 0 && n <= 18 && digits(p, n) == n && (n == 1 || *p != '0');
}

static bool is_number(const char *p, size_t n)
{
	char text[VALUE_MAX], *end;

	if (n == 0 || n >= sizeof(text))
		return false;
	memcpy(text, p, n);
	text[n] = '\0';
	if (strspn(text, "-+.0123456789eE") < n || (n > 1 && *p == '0' && digits(p, 2) == 2))
		return false;
	strtod(text, &end);
	return end == text + n && digits(text + (*text == '-' || *text == '+'), 1) == 1;
}

static bool is_comma(const char *p, size_t n)
{
	const char *comma = n > 0 ? memchr(p, ',', n) : NULL;
	const size_t before = comma ? (size_t)(comma - p) : 0;

	if (!comma)
		return is_integer(p, n);
	return (is_integer(p, before) || (before == 2 && memcmp(p, "-0", 2) == 0)) && before + 1 < n && n < VALUE_MAX &&
	       digits(comma + 1, n - before - 1) == n - before - 1;
}

static bool is_date(const char *p, size_t n)
{
	int m, d;

	if (n != 10 || digits(p, 4) != 4 || p[4] != '-' || digits(p + 5, 2) != 2 || p[7] != '-' || digits(p + 8, 2) != 2)
		return false;
	m = (p[5] - '0') * 10 + p[6] - '0';
	d = (p[8] - '0') * 10 + p[9] - '0';
	return m >= 1 && m <= 12 && d >= 1 && d <= 31;
}

static double number_of(const char *p, size_t n)
{
	char text[VALUE_MAX], *comma;

	if (n >= sizeof(text))
		return 0;
	memcpy(text, p, n);
	text[n] = '\0';
	comma = strchr(text, ',');
	if (comma)
		*comma = '.';
	return strtod(text, NULL); /* of a date: its year */
}

/* RFC 3629. */
static bool is_utf8(const char *p, size_t n)
{
	const uint8_t *s = (const uint8_t *)p, *end = s + n;

	while (s < end) {
		size_t more = *s < 0x80 ? 0 : *s >= 0xc2 && *s < 0xe0 ? 1 : *s >= 0xe0 && *s < 0xf0 ? 2 : *s >= 0xf0 && *s < 0xf5 ? 3 : 9, i;

		if (more >= (size_t)(end - s))
			return false;
		if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) || (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] > 0x8f))
			return false;
		for (i = 1; i <= more; i++)
			if ((s[i] & 0xc0) != 0x80)
				return false;
		s += more + 1;
	}
	return true;
}

/* Without a locale: characters are bytes that do not continue one. */
static size_t characters(const char *p, size_t n)
{
	size_t i, c = 0;

	for (i = 0; i < n; i++)
		c += ((uint8_t)p[i] & 0xc0) != 0x80;
	return c;
}

/* ---- ends ---- */

/* sign 1: the largest are kept, the last of them the least of these; -1: the smallest. */
static void end_see(struct end *x, int sign, double v, uint64_t person)
{
	size_t i, at;

	v *= sign;
	for (i = 0; i < x->count && x->person[i] != person; i++)
		;
	if (i < x->count && x->value[i] >= v)
		return;
	if (i == x->count && x->count == DRAFT_MANY) {
		if (x->value[DRAFT_MANY - 1] >= v)
			return;
		i = DRAFT_MANY - 1;
	}
	x->count += i == x->count;
	for (at = i; at > 0 && x->value[at - 1] < v; at--) {
		x->value[at] = x->value[at - 1];
		x->person[at] = x->person[at - 1];
	}
	x->value[at] = v;
	x->person[at] = person;
}

/* What as many persons reach or pass as make many. */
static bool end_of(const struct end *x, int sign, double *ret)
{
	*ret = sign * x->value[DRAFT_MANY - 1];
	return x->count == DRAFT_MANY;
}

/* ---- one value of a column ---- */

static void list_see(struct column *c, const char *p, size_t n, uint64_t person)
{
	struct listed *l;
	size_t i, k;

	if (c->long_list)
		return;
	for (i = 0; i < c->lists; i++)
		if (strlen(c->list[i].text) == n && memcmp(c->list[i].text, p, n) == 0)
			break;
	l = &c->list[i];
	if (i == c->lists && (n > VALUE_MAX || i == DRAFT_VALUES || memchr(p, '\0', n))) {
		c->long_list = true;
		return;
	}
	if (i == c->lists) {
		memset(l, 0, sizeof(*l));
		memcpy(l->text, p, n);
		c->lists++;
	}
	for (k = 0; k < l->persons; k++)
		if (l->person[k] == person)
			return;
	if (l->persons < DRAFT_MANY)
		l->person[l->persons++] = person;
}

static void unique_end(struct column *c)
{
	free(c->seen);
	c->seen = NULL;
}

static void unique_put(uint64_t *set, size_t room, uint64_t h, bool *ret_there)
{
	size_t at = h & (room - 1);

	while (set[at] && set[at] != h)
		at = (at + 1) & (room - 1);
	*ret_there = set[at] == h;
	set[at] = h;
}

static int unique_grow(struct column *c)
{
	uint64_t *more = calloc(c->room * 2, sizeof(*more));
	bool there;
	size_t i;

	if (!more)
		return -SPE_E_INTERNAL;
	for (i = 0; i < c->room; i++)
		if (c->seen[i])
			unique_put(more, c->room * 2, c->seen[i], &there);
	free(c->seen);
	c->seen = more;
	c->room *= 2;
	return 0;
}

static int unique_see(struct column *c, uint64_t h)
{
	bool there;

	if (!c->seen)
		return 0;
	unique_put(c->seen, c->room, h, &there);
	if (there || ++c->seens > UNIQUE_MAX)
		unique_end(c);
	else if (c->seens * 2 > c->room)
		return unique_grow(c);
	return 0;
}

static int value_see(struct column *c, const char *p, size_t n, uint64_t h, uint64_t person)
{
	if (n == 0 || (c->identity && idnum_absent(p, n)) ||
		(n == 2 && memcmp(p, "NA", 2) == 0 && !(c->no_integer && c->no_number && c->no_date && c->no_comma))) {
		c->missing = true;
		return 0;
	}
	c->no_integer |= !is_integer(p, n);
	c->no_number |= !is_number(p, n);
	c->no_date |= !is_date(p, n);
	c->no_comma |= !is_comma(p, n);
	c->values++;
	c->days += value_kind(value_read(p, n)) == VALUE_DATE;
	if (!c->no_number || !c->no_date || !c->no_comma) {
		end_see(&c->least, -1, number_of(p, n), person);
		end_see(&c->most, 1, number_of(p, n), person);
	}
	end_see(&c->longest, 1, (double)characters(p, n), person);
	list_see(c, p, n, person);
	return unique_see(c, h);
}

/* ---- who is a person ---- */

static void identity_look(struct column *c, const char *p, size_t n)
{
	char canonical[IDNUM_CANONICAL_MAX];
	int k;

	if (idnum_absent(p, n))
		return;
	idnum_column_see(&c->found, p, n);
	c->looked++;
	for (k = IDNUM_NONE; k <= IDNUM_LV; k++) {
		c->fits[k] += idnum_canonical((enum idnum_kind)k, p, n, YEAR, canonical) != IDNUM_NONE;
		c->checks[k] += idnum_match((enum idnum_kind)k, p, n) >= IDNUM_BARE;
	}
}

/* Four in five, as the checks of outputs have it (policy/direct.c): registers have a few that are none. */
static const char *identity_of(struct column *c)
{
	int k, best = IDNUM_FI;

	c->alike = NULL;

	for (k = IDNUM_FI; k <= IDNUM_LV; k++)
		if (c->fits[k] + c->checks[k] > c->fits[best] + c->checks[best])
			best = k;
	if (c->looked < 5 || (c->fits[best] * 5 < c->looked * 4 && c->fits[IDNUM_NONE] * 5 < c->looked * 4))
		return NULL;
	if (c->fits[IDNUM_NONE] > c->fits[best])
		return "nordic";
	for (k = best + 1; k <= IDNUM_LV; k++)
		if (c->fits[k] + c->checks[k] == c->fits[best] + c->checks[best])
			c->alike = idnum_country((enum idnum_kind)k);
	return idnum_country((enum idnum_kind)best);
}

static void decide(struct draft *d)
{
	size_t i;
	int k;

	for (i = 0; i < d->count; i++) {
		const char *identifier = identity_of(&d->column[i]);

		d->column[i].identity = identifier;
		d->column[i].loose = !identifier && idnum_column_has(&d->column[i].found);
		if (identifier && (d->who == d->count || (d->column[d->who].alike && !d->column[i].alike))) {
			d->who = i;
			d->identifier = identifier;
		}
	}
	for (k = IDNUM_FI; d->identifier && k <= IDNUM_LV; k++)
		if (strcmp(idnum_country((enum idnum_kind)k), d->identifier) == 0)
			d->kind = (enum idnum_kind)k;
	d->decided = true;
}

/* However the number is spelt. */
static uint64_t person_of(const struct draft *d, const struct csv_field *f)
{
	char canonical[IDNUM_CANONICAL_MAX];

	if (idnum_canonical(d->kind, f->p, f->len, YEAR, canonical) == IDNUM_NONE)
		return hash(f->p, f->len);
	return hash(canonical, strlen(canonical));
}

static int see(struct draft *d, const struct csv_field *field)
{
	const uint64_t person = d->who < d->count ? person_of(d, &field[d->who]) : 0;
	size_t i;
	int r = 0;

	d->rows++;
	end_see(&d->people, 1, 1, person);
	for (i = 0; r == 0 && i < d->count; i++) {
		const char *p = field[i].p;
		const size_t n = field[i].len;

		d->odd_text |= !is_utf8(p, n);
		r = value_see(&d->column[i], p, n, i == d->who ? person : hash(p, n), person);
	}
	return r;
}

/* The records that waited, in their order. */
static int release(struct draft *d)
{
	auto_free struct csv_field *field = calloc(d->count, sizeof(*field));
	size_t at = 0, i;
	int r = field ? 0 : -SPE_E_INTERNAL;

	decide(d);
	while (r == 0 && at < d->held.len) {
		for (i = 0; i < d->count; i++) {
			memcpy(&field[i].len, d->held.p + at, sizeof(field[i].len));
			field[i].p = d->held.p + at + sizeof(field[i].len);
			at += sizeof(field[i].len) + field[i].len;
		}
		r = see(d, field);
	}
	buf_wipe(&d->held);
	d->held = (struct buf){ 0 };
	return r;
}

int draft_record(struct draft *d, const struct csv_record *record)
{
	size_t i;

	if (d->decided)
		return see(d, record->field);
	for (i = 0; i < d->count; i++) {
		identity_look(&d->column[i], record->field[i].p, record->field[i].len);
		buf_add(&d->held, &record->field[i].len, sizeof(record->field[i].len));
		buf_add(&d->held, record->field[i].p, record->field[i].len);
	}
	if (d->held.bad)
		return -SPE_E_INTERNAL;
	return ++d->looked_rows == DRAFT_ROWS_LOOKED || d->held.len > HELD_MAX ? release(d) : 0;
}

/* ---- the header ---- */

static bool has_control(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((uint8_t)p[i] < ' ' || p[i] == 0x7f || (i + 1 < n && (uint8_t)p[i] == 0xc2 && (uint8_t)p[i + 1] < 0xa0))
			return true;
	return false;
}

/* A file without one has a person's record in its first line. */
static bool is_value(const struct csv_field *f)
{
	return idnum_best(f->p, f->len, &(enum idnum_kind){ IDNUM_NONE }) != IDNUM_NO_MATCH || is_number(f->p, f->len) ||
	       is_date(f->p, f->len);
}

static bool name_there(const struct column *columns, size_t i)
{
	size_t k;

	for (k = 0; k < i && strcmp(columns[k].name, columns[i].name) != 0; k++)
		;
	return k < i;
}

/* Of a header in any words: what of it may be in a name, or which column it is. */
static void name_make(struct column *columns, size_t i)
{
	struct column *c = &columns[i];
	size_t n = 0;
	const char *p;

	for (p = c->header; *p && n < SPE_NAME_MAX; p++)
		if (((uint8_t)*p & 0xc0) != 0x80)
			c->name[n++] = strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-", *p) ? *p : '_';
	c->name[n] = '\0';
	if (!name_ok(c->name) || name_there(columns, i))
		snprintf(c->name, sizeof(c->name), "column-%zu", i + 1);
}

static int name_take(struct column *columns, const struct csv_field *f, size_t i, const char *where, struct spe_error *e)
{
	struct column *c = &columns[i];
	size_t k;

	if (is_value(f)) {
		spe_fail(e, SPE_E_INPUT, "%s: column %zu of the first line has a value; a line of column names is wanted", where, i + 1);
		return -SPE_E_INPUT;
	}
	if (f->len == 0 || f->len > SPE_HEADER_MAX || !is_utf8(f->p, f->len) || has_control(f->p, f->len)) {
		spe_fail(e, SPE_E_INPUT, "%s: column %zu has a name that can't be used", where, i + 1);
		spe_remedy(e, "a name has 1 to 200 bytes of UTF-8 and no control characters");
		return -SPE_E_INPUT;
	}
	memcpy(c->header, f->p, f->len);
	for (k = 0; k < i; k++)
		if (strcmp(columns[k].header, c->header) == 0)
			return spe_fail(e, SPE_E_INPUT, "%s: column %zu has the name of column %zu", where, i + 1, k + 1);
	name_make(columns, i);
	return name_there(columns, i) ? spe_fail(e, SPE_E_INPUT, "%s: column %zu has the name of another column", where, i + 1) : 0;
}

int draft_new(struct draft **ret, const struct csv_record *header, const char *where, struct spe_error *e)
{
	struct draft *d = calloc(1, sizeof(*d));
	size_t i;
	int r = 0;

	if (d)
		d->column = calloc(header->count, sizeof(*d->column));
	if (!d || !d->column) {
		free(d);
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	}
	d->count = d->who = header->count;
	for (i = 0; r == 0 && i < d->count; i++) {
		struct column *c = &d->column[i];

		r = name_take(d->column, &header->field[i], i, where, e);
		c->list = calloc(DRAFT_VALUES + 1, sizeof(*c->list));
		c->room = 64;
		c->seen = calloc(c->room, sizeof(*c->seen));
		if (r == 0 && (!c->list || !c->seen))
			r = spe_fail(e, SPE_E_INTERNAL, "out of memory");
	}
	if (r < 0) {
		draft_free(d);
		return r;
	}
	*ret = d;
	return 0;
}

void draft_free(struct draft *d)
{
	size_t i;

	if (!d)
		return;
	for (i = 0; i < d->count; i++) {
		free(d->column[i].list);
		free(d->column[i].seen);
	}
	buf_wipe(&d->held);
	free(d->column);
	free(d);
}

/* ---- the description ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct listed *)a)->text, ((const struct listed *)b)->text);
}

static int by_number(const void *a, const void *b)
{
	double x = strtod(((const struct listed *)a)->text, NULL), y = strtod(((const struct listed *)b)->text, NULL);

	return (x > y) - (x < y);
}

/* Those that many share, where the column looks like a list of codes; else NULL. */
static json_t *values_of(struct column *c, bool numbers)
{
	json_t *values = json_array();
	size_t i;

	qsort(c->list, c->lists, sizeof(*c->list), numbers ? by_number : by_text);
	for (i = 0; !c->long_list && i < c->lists; i++) {
		const struct listed *l = &c->list[i];

		if (l->persons == DRAFT_MANY && idnum_best(l->text, strlen(l->text), &(enum idnum_kind){ IDNUM_NONE }) == IDNUM_NO_MATCH)
			json_array_append_new(values, numbers ? json_integer(strtoll(l->text, NULL, 10)) : json_string(l->text));
	}
	if (json_array_size(values) > 0)
		return values;
	json_decref(values);
	return NULL;
}

/* Outward to a round number: of what lies beyond it nothing is said. */
static double outward(double v, double step, int sign)
{
	if (step <= 0)
		return v;
	return sign < 0 ? floor(v / step) * step : ceil(v / step) * step;
}

static void put_bounds(const struct column *c, json_t *j, const char *type)
{
	double least, most, step;
	char day[16];

	if (!end_of(&c->least, -1, &least) || !end_of(&c->most, 1, &most) || least > most)
		return;
	if (strcmp(type, "date") == 0) {
		snprintf(day, sizeof(day), "%04d-01-01", (int)least);
		json_object_set_new(j, "minimum", json_string(day));
		snprintf(day, sizeof(day), "%04d-12-31", (int)most);
		json_object_set_new(j, "maximum", json_string(day));
		return;
	}
	step = most > least ? pow(10, floor(log10(most - least))) : 0;
	least = outward(least, step, -1);
	most = outward(most, step, 1);
	if (!(fabs(least) < 9e15 && fabs(most) < 9e15))
		return;
	json_object_set_new(j, "minimum", strcmp(type, "integer") == 0 ? json_integer((json_int_t)least) : json_real(least));
	json_object_set_new(j, "maximum", strcmp(type, "integer") == 0 ? json_integer((json_int_t)most) : json_real(most));
}

/* Up to 8 as it is, then in steps that say little of the longest. */
static void put_length(const struct column *c, json_t *j)
{
	double longest;
	json_int_t n = 1;

	if (!end_of(&c->longest, 1, &longest))
		return;
	while ((double)n < longest)
		n += n < 8 ? 1 : n < 32 ? 4 : n;
	json_object_set_new(j, "length", json_integer(n));
}

static const char *type_of(const struct draft *d, size_t i)
{
	const struct column *c = &d->column[i];

	if (c->identity || c->loose || c->longest.count == 0)
		return "string";
	return !c->no_integer ? "integer" : !(d->commas ? c->no_comma : c->no_number) ? "number" : !c->no_date ? "date" : "string";
}

/* Where a column has them, and none has points: a table has one of both. */
static bool has_commas(const struct draft *d)
{
	bool commas = false;
	size_t i;

	for (i = 0; i < d->count; i++) {
		const struct column *c = &d->column[i];

		if (c->identity || c->loose || c->longest.count == 0 || !c->no_integer)
			continue;
		if (!c->no_number)
			return false;
		commas |= !c->no_comma;
	}
	return commas;
}

static json_t *column_json(struct draft *d, size_t i)
{
	struct column *c = &d->column[i];
	const char *type = type_of(d, i);
	const bool many = d->people.count == DRAFT_MANY, text = strcmp(type, "string") == 0;
	json_t *j = json_pack("{s:s,s:s}", "name", c->name, "datatype", type), *values = NULL;

	if (!j)
		return NULL;
	if (strcmp(c->name, c->header) != 0)
		json_object_set_new(j, "header", json_string(c->header));
	if (c->identity && !c->alike)
		json_object_set_new(j, "identifier", json_string(c->identity));
	else if (c->identity)
		json_object_set_new(j, "description", json_sprintf("Personal identity numbers of the kind %s or %s.", c->identity, c->alike));
	else if (c->loose)
		json_object_set_new(j, "description", json_sprintf("Personal identity numbers%s.", c->found.zeros > 0 ? " without their leading zeros" : ""));
	if (i == d->who && !c->alike && draft_more(d, 0))
		json_object_set_new(j, "person", json_true());
	if (many && !c->missing)
		json_object_set_new(j, "required", json_true());
	if (many && c->seen && d->rows > 0 && !c->missing)
		json_object_set_new(j, "unique", json_true());
	if (c->identity || c->loose)
		return j;
	if (text || strcmp(type, "integer") == 0)
		values = values_of(c, !text);
	if (values)
		json_object_set_new(j, "values", values);
	else if (text)
		put_length(c, j);
	else
		put_bounds(c, j, type);
	return j;
}

json_t *draft_table(struct draft *d, const char *name, char delimiter)
{
	json_t *columns = json_array(), *table = NULL;
	size_t i;

	if (!d->decided && release(d) < 0)
		return NULL;
	d->commas = delimiter != ',' && has_commas(d);
	for (i = 0; i < d->count; i++)
		if (json_array_append_new(columns, column_json(d, i)) < 0)
			break;
	if (i == d->count)
		table = json_pack("{s:s,s:s%,s:O}", "name", name, "delimiter", &delimiter, (size_t)1, "columns", columns);
	if (table && d->commas)
		json_object_set_new(table, "decimal", json_string(","));
	json_decref(columns);
	return table;
}

bool draft_has_persons(const struct draft *d)
{
	return d->who < d->count;
}

bool draft_is_utf8(const struct draft *d)
{
	return !d->odd_text;
}

const char *draft_alike(const struct draft *d, size_t i, const char *ret_kinds[2])
{
	size_t k;

	for (k = 0; k < d->count; k++)
		if (d->column[k].alike && i-- == 0) {
			ret_kinds[0] = d->column[k].identity;
			ret_kinds[1] = d->column[k].alike;
			return d->column[k].name;
		}
	return NULL;
}

const char *draft_loose(const struct draft *d, size_t i, bool *ret_zeros)
{
	size_t k;

	for (k = 0; k < d->count; k++) {
		const struct column *c = &d->column[k];

		*ret_zeros = c->found.zeros > 0;
		if ((c->loose || (c->identity && *ret_zeros)) && i-- == 0)
			return c->name;
	}
	return NULL;
}

/* As staging has it, where days move (sped/stage/days.c). */
const char *draft_days(const struct draft *d, size_t i)
{
	size_t k;

	for (k = 0; k < d->count; k++) {
		const struct column *c = &d->column[k];

		if (c->no_date && !c->identity && !c->loose && c->values >= 5 && c->days * 5 >= c->values * 4 && i-- == 0)
			return c->name;
	}
	return NULL;
}

const char *draft_more(const struct draft *d, size_t i)
{
	size_t k;

	for (k = 0; k < d->count; k++)
		if (d->column[k].identity && k != d->who && i-- == 0)
			return d->column[k].name;
	return NULL;
}
