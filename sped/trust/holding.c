/* trust/holding.c - see spe/holding.h. */
#include "spe/holding.h"

#include <stdio.h>
#include <string.h>

#include "spe/cleanup.h"
#include "spe/limits.h"
#include "sped/base/hex.h"
#include "sped/base/json.h"
#include "sped/trust/fields.h"
#include "sped/trust/forms.h"

#define COLUMNS_MAX 4096 /* fields of a record in spe/csv.h */
#define TITLE_MAX 500
#define DESCRIPTION_MAX 8000
#define VALUES_MAX 1000 /* longer code lists are published elsewhere */
#define VALUE_MAX 200   /* bytes of a code or a short label */
#define PEOPLE_MAX 16   /* columns of a table that name persons */

static const char *const datatypes[] = { "string", "integer", "number", "date", NULL };
static const char *const identifiers[] = { "nordic", "fi", "se", "no", "dk", "is", "ee", "lt", "lv", "fo",
	NULL };

/* Title and description, optional in tables and columns. */
static int words_check(const json_t *o, const char *where, struct spe_error *e)
{
	const char *s;
	int r = 0;

	if (json_object_get(o, "title"))
		r = field_text(o, where, "title", TITLE_MAX, false, &s, e);
	if (r == 0 && json_object_get(o, "description"))
		r = field_text(o, where, "description", DESCRIPTION_MAX, true, &s, e);
	return r;
}

static int identifier_check(const json_t *column, const char *where, struct spe_error *e)
{
	if (json_object_get(column, "person") && (!json_is_boolean(json_object_get(column, "person")) || !json_object_get(column, "identifier")))
		return spe_fail(e, SPE_E_INPUT, "%s.person must be true or false, of a column with an identifier", where);
	if (!json_object_get(column, "identifier"))
		return 0;
	if (strcmp(json_str(column, "datatype"), "string") != 0)
		return spe_fail(e, SPE_E_INPUT,
			"%s has an identifier, so its datatype must be string", where);
	return field_word(column, where, "identifier", identifiers,
		"nordic, fi, se, no, dk, is, ee, lt, lv or fo is wanted", NULL, e);
}

/* ---- the shape of a column's values, from which made-up data come ---- */

static bool value_fits(const json_t *v, const char *datatype)
{
	int y, m, d, n = 0;

	if (strcmp(datatype, "integer") == 0)
		return json_is_integer(v);
	if (strcmp(datatype, "number") == 0)
		return json_is_number(v);
	if (!json_is_string(v))
		return false;
	if (strcmp(datatype, "date") == 0)
		return sscanf(json_string_value(v), "%4d-%2d-%2d%n", &y, &m, &d, &n) == 3 && n == 10 && json_string_length(v) == 10 &&
		       y >= 0 && m >= 1 && m <= 12 && d >= 1 && d <= 31;
	return json_string_length(v) <= VALUE_MAX;
}

static bool in_order(const json_t *a, const json_t *b)
{
	if (json_is_string(a))
		return strcmp(json_string_value(a), json_string_value(b)) <= 0;
	return json_number_value(a) <= json_number_value(b);
}

static int bounds_check(const json_t *column, const char *where, struct spe_error *e)
{
	static const char *const words[] = { "minimum", "maximum" };
	const char *datatype = json_str(column, "datatype");
	size_t i;

	for (i = 0; i < 2; i++) {
		const json_t *v = json_object_get(column, words[i]);

		if (v && (strcmp(datatype, "string") == 0 || !value_fits(v, datatype)))
			return spe_fail(e, SPE_E_INPUT, "%s.%s must be a value of the column's datatype, which may not be string", where, words[i]);
	}
	if (json_object_get(column, "minimum") && json_object_get(column, "maximum") &&
		!in_order(json_object_get(column, "minimum"), json_object_get(column, "maximum")))
		return spe_fail(e, SPE_E_INPUT, "%s.minimum is larger than its maximum", where);
	return 0;
}

static int values_check(const json_t *column, const char *where, struct spe_error *e)
{
	const json_t *values = json_object_get(column, "values"), *v;
	size_t i;

	if (!values)
		return 0;
	if (json_array_size(values) == 0 || json_array_size(values) > VALUES_MAX)
		return spe_fail(e, SPE_E_INPUT, "%s.values must be a list of 1 to %d values", where, VALUES_MAX);
	json_array_foreach (values, i, v)
		if (!value_fits(v, json_str(column, "datatype")))
			return spe_fail(e, SPE_E_INPUT, "%s.values[%zu] is no value of the column's datatype", where, i);
	return 0;
}

static int shape_check(const json_t *column, const char *where, struct spe_error *e)
{
	static const char *const flags[] = { "required", "unique" };
	json_int_t length;
	size_t i;
	int r = 0;

	for (i = 0; i < 2; i++)
		if (json_object_get(column, flags[i]) && !json_is_boolean(json_object_get(column, flags[i])))
			return spe_fail(e, SPE_E_INPUT, "%s.%s must be true or false", where, flags[i]);
	if (json_object_get(column, "length"))
		r = json_want_int(column, where, "length", 1, 65536, &length, e);
	if (r == 0)
		r = bounds_check(column, where, e);
	return r < 0 ? r : values_check(column, where, e);
}

static int column_check(const json_t *column, const char *where, struct spe_error *e)
{
	static const char *const fields[] = { "name", "datatype", "title", "description",
		"identifier", "person", "header", "required", "unique", "length", "minimum", "maximum", "values",
		"codes", "path", "from", "to", NULL };
	const char *s;
	int r = json_only(column, where, fields, e);

	if (r == 0)
		r = field_name(column, where, "name", &s, e);
	if (r == 0)
		r = field_word(column, where, "datatype", datatypes,
			"string, integer, number or date is wanted", NULL, e);
	if (r == 0)
		r = words_check(column, where, e);
	if (r == 0)
		r = shape_check(column, where, e);
	if (r == 0 && json_object_get(column, "header"))
		r = field_text(column, where, "header", SPE_HEADER_MAX, false, &s, e);
	if (r == 0 && json_object_get(column, "codes"))
		r = field_text(column, where, "codes", 100, false, &s, e);
	return r < 0 ? r : identifier_check(column, where, e);
}

/* No two entries have one name. A set, because 4096 columns compared pair by pair would be 8 million comparisons. */
static int names_differ(const json_t *list, const char *where, struct spe_error *e)
{
	auto_json json_t *seen = json_object();
	const json_t *entry;
	size_t i;

	json_array_foreach (list, i, entry) {
		const char *name = json_str(entry, "name");

		if (json_object_get(seen, name))
			return spe_fail(
				e, SPE_E_INPUT, "%s[%zu].name repeats \"%.60s\"", where, i, name);
		if (json_object_set_new(seen, name, json_true()) < 0)
			return spe_fail(e, SPE_E_INTERNAL, "there is no memory for %s", where);
	}
	return 0;
}

/* Of several people in a row one is whose row it is. */
static int people_check(const json_t *columns, const char *where, struct spe_error *e)
{
	const json_t *column;
	size_t i, people = 0, whose = 0;

	json_array_foreach (columns, i, column) {
		people += json_object_get(column, "identifier") != NULL;
		whose += json_is_true(json_object_get(column, "person"));
	}
	if (people > PEOPLE_MAX)
		return spe_fail(e, SPE_E_INPUT, "%s has %zu identifiers; at most %d are taken", where, people, PEOPLE_MAX);
	if (people > 1 && whose != 1)
		return spe_fail(e, SPE_E_INPUT, "%s has %zu identifiers; the one that says whose row it is, and no other, has \"person\":true",
			where, people);
	return 0;
}

static int digest_check(const json_t *table, const char *where, struct spe_error *e)
{
	const char *s;
	int r = json_want_string(table, where, "sha256", SHA256_TEXT - 1, &s, e);

	if (r == 0 && strspn(s, "0123456789abcdef") != SHA256_TEXT - 1)
		return spe_fail(e, SPE_E_INPUT, "%s.sha256 must have 64 digits of 0 to 9 and a to f", where);
	return r;
}

int holding_check_table(const json_t *table, const char *where, struct spe_error *e)
{
	static const char *const fields[] = { "name", "title", "description", "delimiter", "sha256",
		"invalid-numbers", "encoding", "decimal", "format", "resource-type", "short-lines", "file", "columns", NULL };
	static const char *const invalid[] = { "refuse", "keep", NULL };
	static const char *const encodings[] = { "utf-8", "iso-8859-1", "windows-1252", "utf-16", NULL };
	static const char *const decimals[] = { ".", ",", NULL };
	char at[FIELD_WHERE];
	const char *s;
	json_t *columns = NULL;
	size_t i;
	int r = json_only(table, where, fields, e);

	if (r == 0)
		r = field_name(table, where, "name", &s, e);
	if (r == 0)
		r = words_check(table, where, e);
	if (r == 0 && json_object_get(table, "sha256"))
		r = digest_check(table, where, e);
	if (r == 0 && json_object_get(table, "invalid-numbers"))
		r = field_word(table, where, "invalid-numbers", invalid, "refuse or keep is wanted", NULL, e);
	if (r == 0 && json_object_get(table, "encoding"))
		r = field_word(table, where, "encoding", encodings, "utf-8, iso-8859-1, windows-1252 or utf-16 is wanted", NULL, e);
	if (r == 0 && json_object_get(table, "decimal"))
		r = field_word(table, where, "decimal", decimals, "a point or a comma is wanted", NULL, e);
	if (r == 0 && !holding_is_opaque(table))
		r = field_objects(table, where, "columns", COLUMNS_MAX, &columns, e);
	for (i = 0; r == 0 && i < json_array_size(columns); i++) {
		field_at(at, "%s.columns[%zu]", where, i);
		r = column_check(json_array_get(columns, i), at, e);
	}
	field_at(at, "%s.columns", where);
	if (r == 0)
		r = names_differ(columns, at, e);
	if (r == 0)
		r = people_check(columns, at, e);
	return r < 0 ? r : forms_check(table, where, e);
}

size_t holding_person(const json_t *table)
{
	const json_t *columns = json_object_get(table, "columns"), *column;
	size_t i, who = SIZE_MAX;

	json_array_foreach (columns, i, column)
		if (json_object_get(column, "identifier") && (who == SIZE_MAX || json_is_true(json_object_get(column, "person"))))
			who = i;
	return who;
}

/* A register of people who opted out (Article 71): each of its tables says who. */
static int opt_out_check(const json_t *holding, struct spe_error *e)
{
	const json_t *tables = json_object_get(holding, "tables"), *table;
	size_t i;

	if (!json_object_get(holding, "opt-out"))
		return 0;
	if (!json_is_boolean(json_object_get(holding, "opt-out")))
		return spe_fail(e, SPE_E_INPUT, "holding.opt-out must be true or false");
	json_array_foreach (tables, i, table)
		if (holding_opts_out(holding) && holding_person(table) == SIZE_MAX)
			return spe_fail(e, SPE_E_INPUT, "holding.tables[%zu] has no identifier; a register of people who opted out names people",
				i);
	return 0;
}

bool holding_opts_out(const json_t *holding)
{
	return json_is_true(json_object_get(holding, "opt-out"));
}

json_t *holding_reading(const json_t *table)
{
	static const char *const fields[][2] = { { "format", "csv" }, { "encoding", "utf-8" }, { "delimiter", "," }, { "decimal", "." },
		{ "resource-type", "" }, { "short-lines", "refuse" } };
	json_t *reading = json_object();
	size_t i;

	for (i = 0; reading && i < sizeof(fields) / sizeof(fields[0]); i++) {
		const char *said = json_str(table, fields[i][0]);

		json_object_set_new(reading, fields[i][0], json_string(*said ? said : fields[i][1]));
	}
	return reading;
}

static void words_drop(json_t *o)
{
	static const char *const words[] = { "title", "description", "required", "unique", "length", "minimum", "maximum", "values", "codes" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		json_object_del(o, words[i]);
}

json_t *holding_bare(const json_t *table)
{
	json_t *bare = json_deep_copy(table), *column;
	size_t i;

	words_drop(bare);
	json_array_foreach (json_object_get(bare, "columns"), i, column)
		words_drop(column);
	return bare;
}

bool holding_is_opaque(const json_t *table)
{
	return strcmp(json_str(table, "format"), "opaque") == 0;
}

static int files_differ(const json_t *tables, struct spe_error *e)
{
	const json_t *table;
	size_t i, k;

	json_array_foreach (tables, i, table)
		for (k = 0; k < i; k++)
			if (holding_is_opaque(table) && strcmp(json_str(table, "file"), json_str(json_array_get(tables, k), "file")) == 0)
				return spe_fail(e, SPE_E_INPUT, "holding.tables[%zu].file repeats that of another table", i);
	return 0;
}

static int tables_check(const json_t *holding, struct spe_error *e)
{
	char at[FIELD_WHERE];
	json_t *tables;
	size_t i;
	int r = field_objects(holding, "holding", "tables", SPE_HOLDINGS_MAX, &tables, e);

	for (i = 0; r == 0 && i < json_array_size(tables); i++) {
		field_at(at, "holding.tables[%zu]", i);
		r = holding_check_table(json_array_get(tables, i), at, e);
	}
	if (r == 0)
		r = names_differ(tables, "holding.tables", e);
	return r < 0 ? r : files_differ(tables, e);
}

/* ---- what a public catalogue says besides (HealthDCAT-AP) ---- */

static int hdab_check(const json_t *c, struct spe_error *e)
{
	static const char *const fields[] = { "name", "email", NULL };
	const char *where = "holding.catalogue.hdab", *s;
	json_t *hdab;
	int r = json_want_object(c, "holding.catalogue", "hdab", &hdab, e);

	if (r == 0)
		r = json_only(hdab, where, fields, e);
	if (r == 0)
		r = field_text(hdab, where, "name", 200, false, &s, e);
	return r < 0 ? r : field_text(hdab, where, "email", 200, false, &s, e);
}

static int catalogue_counts(const json_t *c, struct spe_error *e)
{
	static const char *const counts[] = { "records", "persons", "minimum-age", "maximum-age" };
	json_int_t n;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < sizeof(counts) / sizeof(counts[0]); i++)
		if (json_object_get(c, counts[i]))
			r = json_want_int(c, "holding.catalogue", counts[i], 0, INT64_MAX, &n, e);
	return r;
}

static bool is_url(const char *s)
{
	return strncmp(s, "https://", 8) == 0 && s[8] && !s[strcspn(s, " \"<>\\^`{|}")];
}

static int catalogue_check(const json_t *c, struct spe_error *e)
{
	static const char *const fields[] = { "categories", "provenance", "contact", "access", "hdab", "records", "persons", "minimum-age",
		"maximum-age", NULL };
	static const struct field_list categories = { "categories", 32, name_ok,
		"a code of a category of data (Article 51) is wanted, such as EHRS" };
	const char *where = "holding.catalogue", *s;
	int r = json_is_object(c) ? json_only(c, where, fields, e) : spe_fail(e, SPE_E_INPUT, "%s must be an object", where);

	if (r == 0 && json_object_get(c, "categories"))
		r = field_strings(c, where, &categories, NULL, e);
	if (r == 0 && json_object_get(c, "provenance"))
		r = field_text(c, where, "provenance", DESCRIPTION_MAX, true, &s, e);
	if (r == 0 && json_object_get(c, "contact"))
		r = field_text(c, where, "contact", 200, false, &s, e);
	if (r == 0 && json_object_get(c, "access")) {
		r = field_text(c, where, "access", 500, false, &s, e);
		if (r == 0 && !is_url(s))
			r = spe_fail(e, SPE_E_INPUT, "%s.access must be an address that begins with https://", where);
	}
	if (r == 0 && json_object_get(c, "hdab"))
		r = hdab_check(c, e);
	return r < 0 ? r : catalogue_counts(c, e);
}

static int holding_check(const json_t *holding, struct spe_error *e)
{
	static const char *const fields[] = { "id", "title", "description", "holder", "keyword", "opt-out",
		"catalogue", "tables", NULL };
	static const struct field_list keyword = { "keyword", 100, field_text_ok,
		"a word or phrase on one line is wanted" };
	const char *s;
	int r = json_only(holding, "holding", fields, e);

	if (r == 0)
		r = field_name(holding, "holding", "id", &s, e);
	if (r == 0)
		r = field_text(holding, "holding", "title", TITLE_MAX, false, &s, e);
	if (r == 0)
		r = field_text(holding, "holding", "description", DESCRIPTION_MAX, true, &s, e);
	if (r == 0)
		r = field_text(holding, "holding", "holder", 200, false, &s, e);
	if (r == 0 && json_object_get(holding, "keyword"))
		r = field_strings(holding, "holding", &keyword, NULL, e);
	if (r == 0 && json_object_get(holding, "catalogue"))
		r = catalogue_check(json_object_get(holding, "catalogue"), e);
	if (r == 0)
		r = tables_check(holding, e);
	return r < 0 ? r : opt_out_check(holding, e);
}

int holding_parse(const char *text, size_t len, json_t **ret, struct spe_error *e)
{
	auto_json json_t *j = NULL;
	int r;

	if (len > SPE_BODY_MAX)
		return spe_fail(e, SPE_E_INPUT, "holding has %zu bytes; at most %u are taken", len,
			SPE_BODY_MAX);
	r = json_parse(text, len, "holding", &j, e);
	if (r == 0)
		r = holding_check(j, e);
	if (r < 0)
		return r;
	*ret = spe_take_ptr(&j);
	return 0;
}

const json_t *holding_table(const json_t *holding, const char *name)
{
	const json_t *tables = json_object_get(holding, "tables"), *table;
	size_t i;

	json_array_foreach (tables, i, table)
		if (strcmp(json_str(table, "name"), name) == 0)
			return table;
	return NULL;
}
