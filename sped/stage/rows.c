/* stage/rows.c - the permit's conditions on records. A missing value fulfils nothing but null, and one that does not fit its
 * description fulfils nothing at all; so ne is not the opposite of eq. */
#include <stdlib.h>
#include <string.h>

#include "sped/base/json.h"
#include "sped/stage/stage.h"

struct value {
	bool number;
	const char *p; /* borrowed from the permit */
	size_t len;
	long double n;
};

struct condition {
	size_t column;
	enum datatype type;
	bool (*holds)(const struct condition *c, const struct value *field);
	struct value *values; /* in: sorted; between: two; the rest: one or none */
	size_t count;
};

/* A group, or a condition alone. */
struct rows {
	bool any;         /* one of them is enough */
	struct rows *of;  /* NULL: condition */
	size_t count;
	struct condition condition;
};

static int bytes_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t n = a_len < b_len ? a_len : b_len;
	int r = n ? memcmp(a, b, n) : 0;

	return r ? r : (a_len > b_len) - (a_len < b_len);
}

static int compare(const void *a, const void *b)
{
	const struct value *x = a, *y = b;

	if (x->number)
		return (x->n > y->n) - (x->n < y->n);
	return bytes_compare(x->p, x->len, y->p, y->len);
}

static bool holds_eq(const struct condition *c, const struct value *f)
{
	return compare(f, c->values) == 0;
}

static bool holds_ne(const struct condition *c, const struct value *f)
{
	return compare(f, c->values) != 0;
}

static bool holds_lt(const struct condition *c, const struct value *f)
{
	return compare(f, c->values) < 0;
}

static bool holds_le(const struct condition *c, const struct value *f)
{
	return compare(f, c->values) <= 0;
}

static bool holds_gt(const struct condition *c, const struct value *f)
{
	return compare(f, c->values) > 0;
}

static bool holds_ge(const struct condition *c, const struct value *f)
{
	return compare(f, c->values) >= 0;
}

static bool holds_in(const struct condition *c, const struct value *f)
{
	return bsearch(f, c->values, c->count, sizeof(*f), compare);
}

static bool holds_between(const struct condition *c, const struct value *f)
{
	return compare(f, &c->values[0]) >= 0 && compare(f, &c->values[1]) <= 0;
}

static bool holds_prefix(const struct condition *c, const struct value *f)
{
	return f->len >= c->values->len && memcmp(f->p, c->values->p, c->values->len) == 0;
}

static bool holds_null(const struct condition *c, const struct value *f)
{
	return !f->p;
}

static bool holds_not_null(const struct condition *c, const struct value *f)
{
	return f->p;
}

static const struct op {
	const char *name;
	bool (*holds)(const struct condition *c, const struct value *field);
} ops[] = {
	{ "eq", holds_eq },
	{ "ne", holds_ne },
	{ "lt", holds_lt },
	{ "le", holds_le },
	{ "gt", holds_gt },
	{ "ge", holds_ge },
	{ "in", holds_in },
	{ "between", holds_between },
	{ "prefix", holds_prefix },
	{ "null", holds_null },
	{ "not-null", holds_not_null },
};

static bool condition_holds(const struct condition *c, const struct csv_field *field, size_t *misfit)
{
	struct value f = {
		.number = c->count > 0 && c->values->number, .p = field->p, .len = field->len
	};

	if (value_missing(c->type, field->p, field->len))
		f.p = NULL;
	else if (!value_fits(c->type, field->p, field->len)) {
		*misfit = c->column;
		return false;
	}
	if (c->count == 0)
		return c->holds(c, &f);
	if (!f.p || (f.number && !value_number(field->p, field->len, &f.n)))
		return false;
	return c->holds(c, &f);
}

bool rows_hold(const struct rows *r, const struct csv_record *record, size_t *misfit)
{
	size_t i;

	if (!r->of && r->count > 0)
		return condition_holds(&r->condition, &record->field[r->condition.column], misfit);
	for (i = 0; i < r->count; i++)
		if (rows_hold(&r->of[i], record, misfit) == r->any)
			return r->any;
	return !r->any;
}

static struct value value_of(const json_t *v)
{
	struct value x = { .number = json_is_number(v) };

	if (json_is_integer(v))
		x.n = (long double)json_integer_value(v);
	else if (x.number)
		x.n = (long double)json_real_value(v);
	else {
		x.p = json_string_value(v);
		x.len = json_string_length(v);
	}
	return x;
}

static bool take_values(struct condition *c, const json_t *v)
{
	size_t i, n = json_is_array(v) ? json_array_size(v) : v ? 1 : 0;

	if (n == 0)
		return true;
	c->values = calloc(n, sizeof(*c->values));
	if (!c->values)
		return false;
	for (i = 0; i < n; i++)
		c->values[i] = value_of(json_is_array(v) ? json_array_get(v, i) : v);
	c->count = n;
	if (c->holds == holds_in)
		qsort(c->values, n, sizeof(*c->values), compare);
	return true;
}

static const json_t *column_named(const json_t *table, const char *name, size_t *ret_i)
{
	const json_t *columns = json_object_get(table, "columns"), *column;
	size_t i;

	json_array_foreach (columns, i, column)
		if (strcmp(json_str(column, "name"), name) == 0) {
			*ret_i = i;
			return column;
		}
	return NULL;
}

/* "50" would come after "100": what is compared must be of the column's type. */
static int type_check(
	const struct condition *c, const char *where, const char *name, struct spe_error *e)
{
	const bool number = c->count > 0 && c->values->number;

	if (c->count == 0 || c->type == DATA_STRING || number == (c->type != DATA_DATE))
		return 0;
	spe_fail(e, SPE_E_INPUT,
		"%s: a condition of the permit compares the %s variable \"%s\" with a %s", where,
		c->type == DATA_DATE ? "date" : "numeric", name, number ? "number" : "string");
	spe_remedy(e,
		"write numbers without quotes, dates as \"2026-10-15\", in a new version of the permit");
	return -SPE_E_INPUT;
}

/* "2015" and "2015-02" come before all days of theirs, so that "ge" and "lt" of them are what they say. */
static bool is_begin_of_days(const struct condition *c, const struct value *v)
{
	char day[11] = "0000-01-01";

	if ((c->holds != holds_ge && c->holds != holds_lt) || (v->len != 4 && v->len != 7))
		return false;
	memcpy(day, v->p, v->len);
	return value_fits(DATA_DATE, day, 10);
}

/* Bytes of "01.01.2015" come before all days: a bound of another form would let every record through. */
static int days_check(const struct condition *c, const char *where, const char *name, struct spe_error *e)
{
	size_t i;

	if (c->type != DATA_DATE || c->holds == holds_prefix)
		return 0;
	for (i = 0; i < c->count; i++)
		if (!value_fits(DATA_DATE, c->values[i].p, c->values[i].len) && !is_begin_of_days(c, &c->values[i])) {
			spe_fail(e, SPE_E_INPUT, "%s: a condition of the permit compares the date variable \"%s\" with a value that is no day",
				where, name);
			spe_remedy(e, "write whole days as \"2026-10-15\" in a new version of the permit");
			return -SPE_E_INPUT;
		}
	return 0;
}

static int no_memory(const char *where, struct spe_error *e)
{
	return spe_fail(e, SPE_E_INTERNAL, "%s: there is no memory for the permit's conditions", where);
}

static int condition_column(struct condition *c, const char *name, const json_t *table, const char *where, struct spe_error *e)
{
	const json_t *column = column_named(table, name, &c->column);

	if (!column)
		return spe_fail(e, SPE_E_INPUT,
			"%s: a condition of the permit names the variable \"%s\", which the description does not have",
			where, name);
	if (json_object_get(column, "identifier"))
		return spe_fail(e, SPE_E_INPUT,
			"%s: a condition of the permit is about \"%s\", which identifies people; none may be",
			where, name);
	c->type = datatype_of(column);
	return 0;
}

static int condition_fill(struct condition *c, const json_t *row, const json_t *table,
	const char *where, struct spe_error *e)
{
	const char *name = json_str(row, "variable"), *op = json_str(row, "op");
	size_t i;
	int r = condition_column(c, name, table, where, e);

	if (r < 0)
		return r;
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (strcmp(ops[i].name, op) == 0)
			c->holds = ops[i].holds;
	if (!c->holds || !take_values(c, json_object_get(row, "value")))
		return no_memory(where, e);
	r = type_check(c, where, name, e);
	return r < 0 ? r : days_check(c, where, name, e);
}

static int period_fill(struct condition *c, const json_t *period, const json_t *table, const char *where, struct spe_error *e)
{
	const char *name = json_str(json_object_get(period, "variables"), json_str(table, "name"));
	int r = condition_column(c, name, table, where, e);

	if (r < 0)
		return r;
	if (c->type != DATA_DATE)
		return spe_fail(e, SPE_E_INPUT, "%s: the permit's period is about \"%s\", which is no date", where, name);
	c->values = calloc(2, sizeof(*c->values));
	if (!c->values)
		return no_memory(where, e);
	c->values[0] = value_of(json_object_get(period, "from"));
	c->values[1] = value_of(json_object_get(period, "until"));
	c->count = 2;
	c->holds = holds_between;
	return 0;
}

/* ---- groups ---- */

static const json_t *group_of(const json_t *row)
{
	const json_t *any = json_object_get(row, "any");

	return any ? any : json_object_get(row, "all");
}

/* The table that a tree of conditions is about: that of its first leaf. */
static const char *table_of(const json_t *row)
{
	const json_t *group;

	while ((group = group_of(row)))
		row = json_array_get(group, 0);
	return json_str(row, "table");
}

static int rows_fill(struct rows *r, const json_t *row, const json_t *table, const char *where, struct spe_error *e);

static int group_fill(struct rows *r, const json_t *list, const json_t *table, const char *where, struct spe_error *e)
{
	const json_t *row;
	size_t i;
	int done = 0;

	r->of = calloc(json_array_size(list) + 2, sizeof(*r->of)); /* one for the period */
	if (!r->of)
		return no_memory(where, e);
	json_array_foreach (list, i, row)
		if (done == 0 && strcmp(table_of(row), json_str(table, "name")) == 0)
			done = rows_fill(&r->of[r->count++], row, table, where, e);
	return done;
}

static int rows_fill(struct rows *r, const json_t *row, const json_t *table, const char *where, struct spe_error *e)
{
	const json_t *group = group_of(row);

	if (!group) {
		r->count = 1;
		return condition_fill(&r->condition, row, table, where, e);
	}
	r->any = json_object_get(row, "any");
	return group_fill(r, group, table, where, e);
}

int rows_new(struct rows **ret, const json_t *rows, const json_t *period, const json_t *table, const char *where,
	struct spe_error *e)
{
	struct rows *r = calloc(1, sizeof(*r));
	int done = r ? group_fill(r, rows, table, where, e) : no_memory(where, e);

	if (done == 0 && json_object_get(json_object_get(period, "variables"), json_str(table, "name"))) {
		struct rows *last = &r->of[r->count++];

		last->count = 1;
		done = period_fill(&last->condition, period, table, where, e);
	}
	if (done < 0) {
		rows_free(r);
		return done;
	}
	*ret = r;
	return 0;
}

static void rows_empty(struct rows *r)
{
	size_t i;

	for (i = 0; r->of && i < r->count; i++)
		rows_empty(&r->of[i]);
	free(r->of);
	free(r->condition.values);
}

void rows_free(struct rows *r)
{
	if (r)
		rows_empty(r);
	free(r);
}
