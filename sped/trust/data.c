/* trust/data.c - see data.h and spe-permit(5), Data. Conditions, cohorts and the rest are checked here for their form;
 * against the description of each table when it is staged (stage/). */
#include "sped/trust/data.h"

#include <stdio.h>
#include <string.h>

#include "spe/limits.h"
#include "spe/permit.h"
#include "sped/base/json.h"
#include "sped/trust/fields.h"

#define ROWS_MAX 1000
#define ROWS_DEPTH 8
#define VALUES_MAX 1000 /* of "in" */
#define VALUE_BYTES 1000
#define VARIABLES_MAX 4096 /* columns of a table */
#define COHORTS_MAX 8
#define STEPS_MAX 1000 /* of generalise, in one holding */
#define QUASI_MAX 64

/* ---- rows ---- */

enum takes { NOTHING, ONE, MANY, PAIR, TEXT };

static const struct op {
	const char *name;
	enum takes takes;
} ops[] = {
	{ "eq", ONE },
	{ "ne", ONE },
	{ "lt", ONE },
	{ "le", ONE },
	{ "gt", ONE },
	{ "ge", ONE },
	{ "in", MANY },
	{ "between", PAIR },
	{ "prefix", TEXT },
	{ "null", NOTHING },
	{ "not-null", NOTHING },
};

static const struct op *op_named(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (strcmp(ops[i].name, name) == 0)
			return &ops[i];
	return NULL;
}

static bool is_value(const json_t *v)
{
	size_t n = json_string_length(v);

	return json_is_number(v) || (json_is_string(v) && n > 0 && n <= VALUE_BYTES);
}

static bool are_values(const json_t *list, size_t min, size_t max)
{
	size_t i, n = json_array_size(list);

	if (!json_is_array(list) || n < min || n > max)
		return false;
	for (i = 0; i < n; i++) {
		const json_t *v = json_array_get(list, i);

		if (!is_value(v) || json_is_string(v) != json_is_string(json_array_get(list, 0)))
			return false;
	}
	return true;
}

static bool in_order(const json_t *low, const json_t *high)
{
	if (json_is_string(low))
		return strcmp(json_string_value(low), json_string_value(high)) <= 0;
	if (json_is_integer(low) && json_is_integer(high))
		return json_integer_value(low) <= json_integer_value(high);
	return json_number_value(low) <= json_number_value(high);
}

static int value_check(
	const json_t *row, const char *where, const struct op *op, struct spe_error *e)
{
	const json_t *v = json_object_get(row, "value");

	if (op->takes == NOTHING)
		return !v ? 0
			  : spe_fail(e, SPE_E_INPUT, "%s has a value; op %s takes none", where,
				    op->name);
	if (!v)
		return spe_fail(
			e, SPE_E_INPUT, "%s.value is missing; op %s wants one", where, op->name);
	if (op->takes == ONE && !is_value(v))
		return spe_fail(e, SPE_E_INPUT,
			"%s.value must be a number or a string of 1 to %d bytes", where,
			VALUE_BYTES);
	if (op->takes == TEXT && !(is_value(v) && json_is_string(v)))
		return spe_fail(e, SPE_E_INPUT, "%s.value must be a string of 1 to %d bytes", where,
			VALUE_BYTES);
	if (op->takes == MANY && !are_values(v, 1, VALUES_MAX))
		return spe_fail(e, SPE_E_INPUT,
			"%s.value must be a list of 1 to %d numbers, or of as many strings of 1 to %d bytes",
			where, VALUES_MAX, VALUE_BYTES);
	if (op->takes == PAIR &&
		!(are_values(v, 2, 2) && in_order(json_array_get(v, 0), json_array_get(v, 1))))
		return spe_fail(e, SPE_E_INPUT,
			"%s.value must be [low, high], two numbers or two strings", where);
	return 0;
}

static int leaf_check(
	const json_t *row, const char *where, const json_t *variables, struct spe_error *e)
{
	static const char *const fields[] = { "table", "variable", "op", "value", NULL };
	const char *table, *variable, *name;
	const struct op *op;
	char room[64];

	TRY(json_only(row, where, fields, e));
	TRY(field_name(row, where, "table", &table, e));
	if (!json_object_get(variables, table))
		return spe_fail(e, SPE_E_INPUT, "%s.table is \"%s\", which variables does not name",
			where, field_brief(table, room));
	TRY(field_name(row, where, "variable", &variable, e));
	TRY(json_want_string(row, where, "op", 100, &name, e));
	op = op_named(name);
	if (!op)
		return spe_fail(e, SPE_E_INPUT,
			"%s.op is \"%s\"; eq, ne, lt, le, gt, ge, in, between, prefix, null or not-null is wanted",
			where, field_brief(name, room));
	return value_check(row, where, op, e);
}

/* Conditions on the way down; all of one tree are about one table. */
struct tree {
	const json_t *variables;
	const char *table; /* of the first leaf; NULL: none yet */
	size_t leaves;
	int depth;
};

static int row_check(const json_t *row, const char *where, struct tree *t, struct spe_error *e);

static int rows_each(const json_t *list, const char *where, struct tree *t, struct spe_error *e)
{
	char at[FIELD_WHERE];
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		field_at(at, "%s[%zu]", where, i);
		if (!json_is_object(json_array_get(list, i)))
			return spe_fail(e, SPE_E_INPUT, "%s must be an object", at);
		TRY(row_check(json_array_get(list, i), at, t, e));
	}
	return 0;
}

/* {"any":[...]} or {"all":[...]}. */
static int group_check(const json_t *row, const char *where, const char *word, struct tree *t, struct spe_error *e)
{
	const char *const fields[] = { word, NULL };
	char at[FIELD_WHERE];
	json_t *list;

	TRY(json_only(row, where, fields, e));
	if (t->depth == ROWS_DEPTH)
		return spe_fail(e, SPE_E_INPUT, "%s is deeper than %d levels of any and all", where, ROWS_DEPTH);
	TRY(field_objects(row, where, word, ROWS_MAX, &list, e));
	field_at(at, "%s.%s", where, word);
	t->depth++;
	TRY(rows_each(list, at, t, e));
	t->depth--;
	return 0;
}

static int row_check(const json_t *row, const char *where, struct tree *t, struct spe_error *e)
{
	const char *table;

	if (json_object_get(row, "any"))
		return group_check(row, where, "any", t, e);
	if (json_object_get(row, "all"))
		return group_check(row, where, "all", t, e);
	TRY(leaf_check(row, where, t->variables, e));
	table = json_str(row, "table");
	if (t->depth > 0 && t->table && strcmp(t->table, table) != 0)
		return spe_fail(e, SPE_E_INPUT, "%s.table is \"%.60s\" beside \"%.60s\"; conditions in any or all are about one table",
			where, table, t->table);
	t->table = table;
	if (++t->leaves > ROWS_MAX)
		return spe_fail(e, SPE_E_INPUT, "%s is one condition too many; %d are taken", where, ROWS_MAX);
	return 0;
}

static int rows_check(
	const json_t *entry, const char *where, const json_t *variables, struct spe_error *e)
{
	struct tree t = { .variables = variables };
	char at[FIELD_WHERE];
	json_t *rows;
	size_t i;

	if (field_absent(entry, "rows"))
		return 0;
	TRY(json_want_array(entry, where, "rows", ROWS_MAX, &rows, e));
	for (i = 0; i < json_array_size(rows); i++) {
		field_at(at, "%s.rows[%zu]", where, i);
		if (!json_is_object(json_array_get(rows, i)))
			return spe_fail(e, SPE_E_INPUT, "%s must be an object", at);
		t.table = NULL;
		TRY(row_check(json_array_get(rows, i), at, &t, e));
	}
	return 0;
}

/* ---- variables ---- */

static bool is_everything(const json_t *names)
{
	return json_array_size(names) == 1 && json_is_string(json_array_get(names, 0)) &&
	       strcmp(json_string_value(json_array_get(names, 0)), "*") == 0;
}

static int variables_check(
	const json_t *entry, const char *where, json_t **ret, struct spe_error *e)
{
	static const struct field_list names = { NULL, VARIABLES_MAX, name_ok,
		"a variable's name is wanted, or [\"*\"] for all" };
	char at[FIELD_WHERE], room[64];
	const char *table;
	json_t *list;

	TRY(json_want_object(entry, where, "variables", ret, e));
	if (json_object_size(*ret) == 0 && field_absent(entry, "files"))
		return spe_fail(
			e, SPE_E_INPUT, "%s.variables has no table; at least one is wanted", where);
	json_object_foreach (*ret, table, list) {
		if (!name_ok(table))
			return spe_fail(e, SPE_E_INPUT,
				"%s.variables has the table \"%s\", which is no name", where,
				field_brief(table, room));
		field_at(at, "%s.variables.%s", where, field_brief(table, room));
		if (!is_everything(list) && !(json_is_array(list) && json_array_size(list) == 0))
			TRY(field_list_check(list, at, &names, e));
	}
	return 0;
}

/* Of one table: nothing of it is staged, it is read for a cohort alone. */
static bool takes_nothing(const json_t *variables, const char *table)
{
	return json_array_size(json_object_get(variables, table)) == 0;
}

/* ---- files that are passed through whole ---- */

static int files_check(const json_t *entry, const char *where, const json_t *variables, size_t *tables, struct spe_error *e)
{
	static const struct field_list names = { "files", SPE_HOLDINGS_MAX, name_ok, "the name of an opaque table is wanted; each is named, none is meant by *" };
	const json_t *file;
	json_t *list;
	char room[64];
	size_t i;

	if (field_absent(entry, "files"))
		return 0;
	TRY(field_strings(entry, where, &names, &list, e));
	if (strcmp(json_str(entry, "form"), "anonymised") == 0)
		return spe_fail(e, SPE_E_INPUT, "%s.files are passed through as they lie there, so form can't be anonymised", where);
	json_array_foreach (list, i, file)
		if (json_object_get(variables, json_string_value(file)))
			return spe_fail(e, SPE_E_INPUT, "%s.files[%zu] is \"%s\", of which variables names columns", where, i,
				field_brief(json_string_value(file), room));
	*tables += json_array_size(list);
	return 0;
}

enum permit_takes permit_takes(const struct permit *p, const char *holding, const char *table)
{
	const json_t *entry, *file;
	size_t i, k;

	json_array_foreach (p->data, i, entry) {
		if (strcmp(json_str(entry, "holding"), holding) != 0)
			continue;
		if (json_object_get(json_object_get(entry, "variables"), table))
			return PERMIT_VARIABLES;
		json_array_foreach (json_object_get(entry, "files"), k, file)
			if (strcmp(json_string_value(file), table) == 0)
				return PERMIT_WHOLE;
	}
	return PERMIT_NOTHING;
}

/* ---- period ---- */

static bool is_day(const char *s)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int y, m, d;
	char end;

	if (strlen(s) != 10 || strspn(s, "0123456789-") != 10 || s[4] != '-' || s[7] != '-' ||
		sscanf(s, "%4d-%2d-%2d%c", &y, &m, &d, &end) != 3 || y < 1 || m < 1 || m > 12 || d < 1)
		return false;
	return d <= days[m - 1] || (m == 2 && d == 29 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0));
}

static int field_day(const json_t *o, const char *where, const char *field, const char **ret, struct spe_error *e)
{
	char room[64];

	TRY(json_want_string(o, where, field, 100, ret, e));
	return is_day(*ret) ? 0 : spe_fail(e, SPE_E_INPUT, "%s.%s is \"%s\"; a date like 2026-10-15 is wanted", where, field,
		field_brief(*ret, room));
}

static int field_table(const json_t *o, const char *where, const json_t *variables, const char **ret, struct spe_error *e)
{
	char room[64];

	TRY(field_name(o, where, "table", ret, e));
	return json_object_get(variables, *ret) ? 0 : spe_fail(e, SPE_E_INPUT,
		"%s.table is \"%s\", which variables does not name", where, field_brief(*ret, room));
}

static int period_check(const json_t *entry, const char *where, const json_t *variables, struct spe_error *e)
{
	static const char *const fields[] = { "from", "until", "variables", NULL };
	const char *from, *until, *table;
	char at[FIELD_WHERE], room[64];
	json_t *o, *days, *name;

	if (field_absent(entry, "period"))
		return 0;
	TRY(json_want_object(entry, where, "period", &o, e));
	field_at(at, "%s.period", where);
	TRY(json_only(o, at, fields, e));
	TRY(field_day(o, at, "from", &from, e));
	TRY(field_day(o, at, "until", &until, e));
	if (strcmp(from, until) > 0)
		return spe_fail(e, SPE_E_INPUT, "%s.until is before %s.from", at, at);
	TRY(json_want_object(o, at, "variables", &days, e));
	if (json_object_size(days) == 0)
		return spe_fail(e, SPE_E_INPUT, "%s.variables names no table; a date variable of each is wanted", at);
	json_object_foreach (days, table, name) {
		if (!json_object_get(variables, table))
			return spe_fail(e, SPE_E_INPUT, "%s.variables has the table \"%s\", which the permit's variables do not name",
				at, field_brief(table, room));
		if (!json_is_string(name) || !name_ok(json_string_value(name)))
			return spe_fail(e, SPE_E_INPUT, "%s.variables.%s must be the name of a date variable", at,
				field_brief(table, room));
	}
	return 0;
}

/* ---- generalise: {"table","variable","to",...} ---- */

enum needs { NO_MORE, WIDTH, LIMIT, LENGTH, BASE, AT, WORD };

static const struct step_kind {
	const char *to;
	enum needs needs;
	const char *field;
} step_kinds[] = {
	{ "year", NO_MORE, NULL },
	{ "month", NO_MORE, NULL },
	{ "age", AT, "at" },
	{ "band", WIDTH, "width" },
	{ "top", LIMIT, "value" },
	{ "bottom", LIMIT, "value" },
	{ "prefix", LENGTH, "length" },
	{ "round", BASE, "base" },
	{ "drop", NO_MORE, NULL },
	{ "constant", WORD, "value" },
};

static int step_more(const json_t *step, const char *where, const struct step_kind *k, struct spe_error *e)
{
	const json_t *v = k->field ? json_object_get(step, k->field) : NULL;
	const char *s;
	json_int_t n;

	switch (k->needs) {
	case NO_MORE:
		return 0;
	case AT:
		return field_day(step, where, "at", &s, e);
	case WORD:
		return field_text(step, where, "value", VALUE_BYTES, false, &s, e);
	case WIDTH:
		return json_want_int(step, where, "width", 1, 1000000000, &n, e);
	case LENGTH:
		return json_want_int(step, where, "length", 1, 1000, &n, e);
	case LIMIT:
		return json_is_number(v) ? 0 : spe_fail(e, SPE_E_INPUT, "%s.value must be a number", where);
	default:
		return json_is_number(v) && json_number_value(v) > 0 ? 0 : spe_fail(e, SPE_E_INPUT,
			"%s.base must be a number above 0", where);
	}
}

static int step_check(const json_t *step, const char *where, const json_t *variables, struct spe_error *e)
{
	const char *s, *to;
	char room[64];
	size_t i;

	TRY(field_table(step, where, variables, &s, e));
	TRY(field_name(step, where, "variable", &s, e));
	TRY(json_want_string(step, where, "to", 100, &to, e));
	for (i = 0; i < sizeof(step_kinds) / sizeof(step_kinds[0]); i++) {
		const struct step_kind *k = &step_kinds[i];
		const char *const fields[] = { "table", "variable", "to", k->field, NULL };

		if (strcmp(k->to, to) != 0)
			continue;
		TRY(json_only(step, where, fields, e));
		return step_more(step, where, k, e);
	}
	return spe_fail(e, SPE_E_INPUT,
		"%s.to is \"%s\"; year, month, age, band, top, bottom, prefix, round, drop or constant is wanted", where,
		field_brief(to, room));
}

static int generalise_check(const json_t *entry, const char *where, const json_t *variables, struct spe_error *e)
{
	char at[FIELD_WHERE];
	json_t *list;
	size_t i;

	if (field_absent(entry, "generalise"))
		return 0;
	TRY(field_objects(entry, where, "generalise", STEPS_MAX, &list, e));
	for (i = 0; i < json_array_size(list); i++) {
		field_at(at, "%s.generalise[%zu]", where, i);
		TRY(step_check(json_array_get(list, i), at, variables, e));
	}
	return 0;
}

/* ---- risk: {"table","quasi-identifiers","sensitive"?,"min-k"?,"max-t"?} ---- */

static int floors_check(const json_t *risk, const char *where, struct spe_error *e)
{
	const json_t *t = json_object_get(risk, "max-t");
	const char *s;
	json_int_t n;

	if (!field_absent(risk, "min-k"))
		TRY(json_want_int(risk, where, "min-k", 1, 1000000, &n, e));
	if (!field_absent(risk, "sensitive"))
		TRY(field_name(risk, where, "sensitive", &s, e));
	if (field_absent(risk, "max-t"))
		return 0;
	if (field_absent(risk, "sensitive"))
		return spe_fail(e, SPE_E_INPUT, "%s has max-t and no sensitive; t is measured on a sensitive variable", where);
	return json_is_number(t) && json_number_value(t) >= 0 && json_number_value(t) <= 1 ? 0
		: spe_fail(e, SPE_E_INPUT, "%s.max-t must be a number of 0 to 1", where);
}

static int risk_check(const json_t *entry, const char *where, const json_t *variables, struct spe_error *e)
{
	static const char *const fields[] = { "table", "quasi-identifiers", "sensitive", "min-k", "max-t", NULL };
	static const struct field_list names = { "quasi-identifiers", QUASI_MAX, name_ok, "a variable's name is wanted" };
	char at[FIELD_WHERE];
	json_t *list;
	size_t i, j;

	if (field_absent(entry, "risk"))
		return 0;
	TRY(field_objects(entry, where, "risk", SPE_HOLDINGS_MAX, &list, e));
	for (i = 0; i < json_array_size(list); i++) {
		const json_t *risk = json_array_get(list, i);
		const char *table;

		field_at(at, "%s.risk[%zu]", where, i);
		TRY(json_only(risk, at, fields, e));
		TRY(field_table(risk, at, variables, &table, e));
		TRY(field_strings(risk, at, &names, NULL, e));
		TRY(floors_check(risk, at, e));
		for (j = 0; j < i; j++)
			if (strcmp(table, json_str(json_array_get(list, j), "table")) == 0)
				return spe_fail(e, SPE_E_INPUT, "%s.table repeats \"%.60s\"; one measure a table is taken", at, table);
	}
	return 0;
}

/* ---- cohorts ---- */

static const json_t *entry_named(const json_t *data, const char *holding)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (data, i, entry)
		if (strcmp(json_str(entry, "holding"), holding) == 0)
			return entry;
	return NULL;
}

static int cohort_form(const json_t *entry, const char *where, struct spe_error *e)
{
	static const char *const fields[] = { "holding", "table", NULL };
	char at[FIELD_WHERE];
	const char *s;
	json_t *list;
	size_t i;

	if (field_absent(entry, "cohort"))
		return 0;
	TRY(field_objects(entry, where, "cohort", COHORTS_MAX, &list, e));
	for (i = 0; i < json_array_size(list); i++) {
		field_at(at, "%s.cohort[%zu]", where, i);
		TRY(json_only(json_array_get(list, i), at, fields, e));
		TRY(field_name(json_array_get(list, i), at, "holding", &s, e));
		TRY(field_name(json_array_get(list, i), at, "table", &s, e));
	}
	return 0;
}

static int cohorts_there(const json_t *data, struct spe_error *e)
{
	const json_t *entry, *cohort;
	size_t i, j;

	json_array_foreach (data, i, entry)
		json_array_foreach (json_object_get(entry, "cohort"), j, cohort) {
			const char *holding = json_str(cohort, "holding"), *table = json_str(cohort, "table");

			if (!json_object_get(json_object_get(entry_named(data, holding), "variables"), table))
				return spe_fail(e, SPE_E_INPUT,
					"permit.data[%zu].cohort[%zu] is table \"%.60s\" of holding \"%.60s\", which the permit's variables do not name",
					i, j, table, holding);
		}
	return 0;
}

/* Is each cohort that limits this table in the list of those that can be made? */
static bool cohorts_made(const json_t *made, const json_t *entry, const char *key)
{
	char other[2 * SPE_NAME_MAX + 2];
	const json_t *cohort;
	size_t i;

	json_array_foreach (json_object_get(entry, "cohort"), i, cohort) {
		snprintf(other, sizeof(other), "%s/%s", json_str(cohort, "holding"), json_str(cohort, "table"));
		if (strcmp(other, key) != 0 && !json_object_get(made, other))
			return false;
	}
	return true;
}

/* Tables whose cohorts can be made before them, again and again until nothing is added. */
static int cohorts_in_order(const json_t *data, size_t tables, struct spe_error *e)
{
	json_t *made = json_object();
	const json_t *entry, *list;
	const char *table;
	size_t i, before;

	do {
		before = json_object_size(made);
		json_array_foreach (data, i, entry)
			json_object_foreach (json_object_get(entry, "variables"), table, list) {
				char key[2 * SPE_NAME_MAX + 2];

				snprintf(key, sizeof(key), "%s/%s", json_str(entry, "holding"), table);
				if (cohorts_made(made, entry, key))
					json_object_set_new(made, key, json_true());
			}
	} while (json_object_size(made) > before);
	before = json_object_size(made);
	json_decref(made);
	return before == tables ? 0 : spe_fail(e, SPE_E_INPUT,
		"permit.data has cohorts that wait for each other; one of them must be of all persons");
}

/* What is read and not staged is a cohort, else it would be read for nothing. */
static int nothing_is_for_a_cohort(const json_t *data, struct spe_error *e)
{
	const json_t *entry, *list, *other, *cohort;
	const char *table;
	size_t i, j, k;

	json_array_foreach (data, i, entry)
		json_object_foreach (json_object_get(entry, "variables"), table, list) {
			bool named = !takes_nothing(json_object_get(entry, "variables"), table);

			json_array_foreach (data, j, other)
				json_array_foreach (json_object_get(other, "cohort"), k, cohort)
					named |= strcmp(json_str(cohort, "table"), table) == 0 &&
						 strcmp(json_str(cohort, "holding"), json_str(entry, "holding")) == 0;
			if (!named)
				return spe_fail(e, SPE_E_INPUT,
					"permit.data[%zu].variables.%.60s has no entry; only a table that is a cohort may have none",
					i, table);
		}
	return 0;
}

/* Dates of one person that are moved in one place and stay in another tell by how much. */
static int dates_agree(const json_t *data, struct spe_error *e)
{
	const json_t *first = json_array_get(data, 0), *entry;
	size_t i;

	json_array_foreach (data, i, entry)
		if ((strcmp(json_str(entry, "dates"), "shifted") == 0) != (strcmp(json_str(first, "dates"), "shifted") == 0))
			return spe_fail(e, SPE_E_INPUT,
				"permit.data[%zu].dates differs from permit.data[0].dates; all are shifted or none", i);
	return 0;
}

/* ---- the whole ---- */

static int handling_check(const json_t *entry, const char *where, struct spe_error *e)
{
	static const char *const misfits[] = { "null", "refuse", "keep", NULL };
	static const char *const invalid[] = { "refuse", "reject", "mark", NULL };
	static const char *const dates[] = { "shifted", "as-they-are", NULL };

	if (!field_absent(entry, "misfits"))
		TRY(field_word(entry, where, "misfits", misfits, "null, refuse or keep is wanted", NULL, e));
	if (!field_absent(entry, "invalid-numbers"))
		TRY(field_word(entry, where, "invalid-numbers", invalid, "refuse, reject or mark is wanted", NULL, e));
	if (!field_absent(entry, "dates"))
		TRY(field_word(entry, where, "dates", dates, "shifted or as-they-are is wanted", NULL, e));
	return 0;
}

static int entry_check(const json_t *entry, const char *where, size_t *tables, size_t *files, struct spe_error *e)
{
	static const char *const fields[] = { "holding", "holder", "categories", "form", "format",
		"variables", "files", "rows", "period", "cohort", "misfits", "invalid-numbers", "dates", "generalise", "risk", NULL };
	static const char *const forms[] = { "pseudonymised", "anonymised", NULL };
	static const char *const formats[] = { "csv", NULL };
	static const struct field_list categories = { "categories", 32, name_ok,
		"a code of a category of data (Article 51) is wanted, such as EHRS" };
	const char *s;
	json_t *variables;

	TRY(json_only(entry, where, fields, e));
	TRY(field_name(entry, where, "holding", &s, e));
	if (!field_absent(entry, "holder"))
		TRY(field_text(entry, where, "holder", 200, false, &s, e));
	if (!field_absent(entry, "categories"))
		TRY(field_strings(entry, where, &categories, NULL, e));
	TRY(field_word(
		entry, where, "form", forms, "pseudonymised or anonymised is wanted", NULL, e));
	TRY(field_word(entry, where, "format", formats, "csv is wanted", NULL, e));
	TRY(variables_check(entry, where, &variables, e));
	*tables += json_object_size(variables);
	TRY(files_check(entry, where, variables, files, e));
	TRY(rows_check(entry, where, variables, e));
	TRY(period_check(entry, where, variables, e));
	TRY(cohort_form(entry, where, e));
	TRY(handling_check(entry, where, e));
	TRY(generalise_check(entry, where, variables, e));
	return risk_check(entry, where, variables, e);
}

static int holdings_differ(const json_t *data, struct spe_error *e)
{
	size_t i, j;

	for (i = 1; i < json_array_size(data); i++)
		for (j = 0; j < i; j++) {
			const char *holding = json_str(json_array_get(data, i), "holding");

			if (strcmp(holding, json_str(json_array_get(data, j), "holding")) == 0)
				return spe_fail(e, SPE_E_INPUT,
					"permit.data[%zu].holding repeats \"%.60s\"; name each holding once",
					i, holding);
		}
	return 0;
}

int permit_data_check(const json_t *root, json_t **ret, struct spe_error *e)
{
	char at[FIELD_WHERE];
	size_t i, tables = 0, files = 0; /* no file is a cohort or has one */

	TRY(field_objects(root, "permit", "data", SPE_HOLDINGS_MAX, ret, e));
	for (i = 0; i < json_array_size(*ret); i++) {
		field_at(at, "permit.data[%zu]", i);
		TRY(entry_check(json_array_get(*ret, i), at, &tables, &files, e));
	}
	if (tables + files > SPE_HOLDINGS_MAX)
		return spe_fail(e, SPE_E_INPUT,
			"permit.data names %zu tables; at most %d are taken", tables + files,
			SPE_HOLDINGS_MAX);
	TRY(holdings_differ(*ret, e));
	TRY(cohorts_there(*ret, e));
	TRY(cohorts_in_order(*ret, tables, e));
	TRY(nothing_is_for_a_cohort(*ret, e));
	return dates_agree(*ret, e);
}
