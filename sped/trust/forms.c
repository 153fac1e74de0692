/* trust/forms.c - see forms.h. */
#include "sped/trust/forms.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "spe/cleanup.h"
#include "spe/csv.h"
#include "spe/path.h"
#include "sped/base/json.h"
#include "sped/trust/fields.h"

static const char *const formats[] = { "csv", "ndjson", "fixed", "opaque", NULL };

/* What is said of one format alone. */
static const struct only {
	const char *field;
	bool of_column;
	const char *formats[3];
} only[] = {
	{ "file", false, { "opaque" } },
	{ "encoding", false, { "csv", "ndjson", "fixed" } },
	{ "invalid-numbers", false, { "csv", "ndjson", "fixed" } },
	{ "columns", false, { "csv", "ndjson", "fixed" } },
	{ "delimiter", false, { "csv" } },
	{ "decimal", false, { "csv", "fixed" } },
	{ "resource-type", false, { "ndjson" } },
	{ "short-lines", false, { "fixed" } },
	{ "header", true, { "csv" } },
	{ "path", true, { "ndjson" } },
	{ "from", true, { "fixed" } },
	{ "to", true, { "fixed" } },
};

static int only_check(const json_t *o, const char *where, const char *format, bool of_column, struct spe_error *e)
{
	size_t i, k;

	for (i = 0; i < sizeof(only) / sizeof(only[0]); i++) {
		bool good = only[i].of_column != of_column || !json_object_get(o, only[i].field);

		for (k = 0; k < 3 && only[i].formats[k]; k++)
			good |= strcmp(only[i].formats[k], format) == 0;
		if (!good)
			return spe_fail(e, SPE_E_INPUT, "%s.%s is not for a table of the format %s", where, only[i].field, format);
	}
	return 0;
}

static int columns_only(const json_t *table, const char *where, const char *format, struct spe_error *e)
{
	const json_t *columns = json_object_get(table, "columns"), *column;
	char at[FIELD_WHERE];
	size_t i;
	int r = 0;

	json_array_foreach (columns, i, column) {
		field_at(at, "%s.columns[%zu]", where, i);
		if (r == 0)
			r = only_check(column, at, format, true, e);
	}
	return r;
}

/* ---- CSV ---- */

static int csv_check(const json_t *table, const char *where, struct spe_error *e)
{
	char room[64];
	const char *s;
	int r = json_object_get(table, "delimiter") ? json_want_string(table, where, "delimiter", 100, &s, e) : 1;

	if (r != 0 || (csv_may_delimit(*s) && s[1] == '\0'))
		return r < 0 ? r : 0;
	return spe_fail(e, SPE_E_INPUT, "%s.delimiter is \"%s\"; one character of ASCII is wanted, no letter, digit or quote, none of .-+_ and no "
		"line's end", where, field_brief(s, room));
}

/* ---- one JSON object a line ---- */

static const char *path_of(const json_t *column)
{
	const char *path = json_str(column, "path");

	return *path ? path : json_str(column, "name");
}

/* Whether a path leads into what another one stands for. */
static bool within_another(const json_t *paths, const char *path)
{
	char above[PATH_MAX_BYTES + 1];
	size_t i;

	for (i = 1; path[i]; i++) {
		if (path[i] != '.' && path[i] != '[')
			continue;
		memcpy(above, path, i);
		above[i] = '\0';
		if (json_object_get(paths, above))
			return true;
	}
	return false;
}

static int paths_check(const json_t *table, const char *where, struct spe_error *e)
{
	const json_t *columns = json_object_get(table, "columns"), *column;
	auto_json json_t *paths = json_object();
	char room[64];
	size_t i;

	json_array_foreach (columns, i, column) {
		const char *path = path_of(column);

		if (!path_ok(path))
			return spe_fail(e, SPE_E_INPUT, "%s.columns[%zu].path is \"%s\"; names with dots between them are wanted, and behind "
				"a list's [0] or [KEY=VALUE], as code.coding[0].code", where, i, field_brief(path, room));
		if (json_object_get(paths, path))
			return spe_fail(e, SPE_E_INPUT, "%s.columns[%zu].path is that of another column", where, i);
		if (json_object_set_new(paths, path, json_true()) < 0)
			return spe_fail(e, SPE_E_INTERNAL, "there is no memory for %s", where);
	}
	json_array_foreach (columns, i, column)
		if (within_another(paths, path_of(column)))
			return spe_fail(e, SPE_E_INPUT, "%s.columns[%zu].path leads into the value of another column", where, i);
	return 0;
}

static int ndjson_check(const json_t *table, const char *where, struct spe_error *e)
{
	const char *encoding = json_str(table, "encoding"), *s;

	if (*encoding && strcmp(encoding, "utf-8") != 0)
		return spe_fail(e, SPE_E_INPUT, "%s.encoding must be utf-8, or absent: JSON has no other", where);
	if (json_object_get(table, "resource-type")) {
		int r = field_name(table, where, "resource-type", &s, e);

		if (r < 0)
			return r;
	}
	return paths_check(table, where, e);
}

/* ---- columns at fixed places ---- */

struct place {
	json_int_t from, to;
};

static int place_compare(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

static int place_of(const json_t *column, const char *where, struct place *ret, struct spe_error *e)
{
	int r = json_want_int(column, where, "from", 1, CSV_RECORD_MAX, &ret->from, e);

	if (r == 0)
		r = json_want_int(column, where, "to", 1, CSV_RECORD_MAX, &ret->to, e);
	if (r == 0 && (ret->to < ret->from || ret->to - ret->from >= CSV_FIELD_MAX))
		return spe_fail(e, SPE_E_INPUT, "%s.to must be from, or up to %u characters behind it", where, CSV_FIELD_MAX - 1);
	return r;
}

static int fixed_check(const json_t *table, const char *where, struct spe_error *e)
{
	static const char *const policies[] = { "refuse", "blank", NULL };
	const json_t *columns = json_object_get(table, "columns"), *column;
	auto_free struct place *place = calloc(json_array_size(columns), sizeof(*place));
	char at[FIELD_WHERE];
	size_t i;
	int r = place ? 0 : spe_fail(e, SPE_E_INTERNAL, "there is no memory for %s", where);

	if (r == 0 && json_object_get(table, "short-lines"))
		r = field_word(table, where, "short-lines", policies, "refuse or blank is wanted", NULL, e);
	json_array_foreach (columns, i, column) {
		field_at(at, "%s.columns[%zu]", where, i);
		if (r == 0)
			r = place_of(column, at, &place[i], e);
	}
	if (r < 0)
		return r;
	qsort(place, json_array_size(columns), sizeof(*place), place_compare);
	for (i = 1; i < json_array_size(columns); i++)
		if (place[i].from <= place[i - 1].to)
			return spe_fail(e, SPE_E_INPUT, "%s.columns has two columns with character %lld; none may lie in another", where,
				(long long)place[i].from);
	return 0;
}

/* ---- what is passed through whole ---- */

static int opaque_check(const json_t *table, const char *where, struct spe_error *e)
{
	const char *file;
	size_t n;
	int r = field_name(table, where, "file", &file, e);

	if (r < 0)
		return r;
	n = strlen(file);
	if (n >= 4 && strcasecmp(file + n - 4, ".csv") == 0) /* which what is staged of tables has */
		return spe_fail(e, SPE_E_INPUT, "%s.file ends in .csv; a table of values is described with its columns", where);
	return 0;
}

/* ---- */

int forms_check(const json_t *table, const char *where, struct spe_error *e)
{
	const char *format = "csv";
	int r = 0;

	if (json_object_get(table, "format"))
		r = field_word(table, where, "format", formats, "csv, ndjson, fixed or opaque is wanted", &format, e);
	if (r == 0)
		r = only_check(table, where, format, false, e);
	if (r == 0)
		r = columns_only(table, where, format, e);
	if (r < 0)
		return r;
	return strcmp(format, "ndjson") == 0 ? ndjson_check(table, where, e)
	       : strcmp(format, "fixed") == 0 ? fixed_check(table, where, e)
	       : strcmp(format, "opaque") == 0 ? opaque_check(table, where, e)
					       : csv_check(table, where, e);
}
