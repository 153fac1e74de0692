/* policy/json_tables.c - JSON holds tables by other names: lists of objects, objects of lists of one length, objects of
 * objects, lists of lists below their headers, and numbers by name. Each is written as a table, and held to the rules on
 * tables. Places are those of the values in the file.
 * Forms: pandas' to_json (records, columns, index, split, table), jsonlite, Vega's data values, scripts by hand. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "policy/formats.h"
#include "policy/table.h"

#define DEPTH 64
#define CELLS 400000  /* of all tables together; a result has fewer */
#define COLUMNS 4000  /* of one table; one with more is not read, and blocked */
#define LIST 20       /* a list of more values that stands alone is looked at as a table's column */
#define ROUNDS 4      /* how often a value may be looked at: by rows, by columns, alone */

/* Where a value begins. true, false and null are each one value wherever they stand, and have no place. */
struct spot {
	const json_t *value;
	uint32_t offset;
};

struct lists {
	const char *bytes;
	struct spot *spot; /* by value */
	size_t spots;
	const struct policy *policy;
	const struct policy_file *file;
	struct report *report, *alone;
	struct scan *scan; /* of a report that nobody reads: the text was scanned as it stands */
	struct counts_list *counts;
	const json_t *headed; /* rows of a matrix that were judged below their names */
	size_t cells;
	bool failed, cell_told, wide;
};

/* Where we are: the key that names what is below, and the hash of its words. */
struct under {
	const char *key;
	uint64_t title;
	unsigned depth;
	bool setting; /* below "params" and the like: numbers that somebody chose */
};

/* A table in the making: names of columns, and rows of borrowed values. */
struct sheet {
	json_t *head, *rows;
	bool failed;
};

/* jsonlite writes one number as a list of it: what v holds alone, or v. */
static json_t *alone(json_t *v)
{
	while (json_array_size(v) == 1)
		v = json_array_get(v, 0);
	return v;
}

static bool is_scalar(const json_t *v)
{
	v = alone((json_t *)(uintptr_t)v);
	return !json_is_object(v) && !json_is_array(v);
}

/* --- words of keys --- */

static size_t fold_key(const char *key, char ret[HEADER_MAX])
{
	size_t n = strlen(key);

	return text_fold(key, n < HEADER_MAX ? n : HEADER_MAX, false, ret);
}

static enum role key_role(const char *key)
{
	struct column c = { 0 };
	char fold[HEADER_MAX];

	return header_type(fold, fold_key(key, fold), &c);
}

/* Names of containers say nothing of who is in them. */
static uint64_t key_title(const char *key, uint64_t before)
{
	static const char *const silent[] = { "data", "rows", "row", "results", "result", "values", "value", "table", "tables", "records", "groups",
		"group", "arms", "strata", "cells", "items", "list", "output", "outputs", "summary", "estimates", "series", "schema", "levels",
		"columns", "index", "counts", "by", NULL };
	char fold[HEADER_MAX];
	size_t n = fold_key(key, fold);

	return word_in(silent, fold, n) || key_role(key) != ROLE_UNKNOWN ? before : header_category(fold, n, true);
}

static bool key_is_setting(const char *key)
{
	static const char *const settings[] = { "params", "param", "parameters", "hyperparameters", "hyperparams", "settings", "config",
		"configuration", "options", "opts", "args", "arguments", "control", "tuning", "best_params", "environment", "versions", NULL };
	char fold[HEADER_MAX];
	size_t n = fold_key(key, fold);

	return word_in(settings, fold, n);
}

/* --- writing a table --- */

/* A field in quotes; what a spreadsheet would run is none in JSON, and gets a letter before it. */
static void add_field(struct out *o, const char *text, size_t n, bool first)
{
	size_t i;

	if (!first)
		out_byte(o, ',');
	out_byte(o, '"');
	if (n > 0 && strchr("=+-@\t\r", *text))
		out_byte(o, '_');
	for (i = 0; i < n && i < 1000; i++) {
		if (text[i] == '"')
			out_byte(o, '"');
		out_byte(o, (unsigned char)text[i] < 0x20 ? ' ' : text[i]);
	}
	out_byte(o, '"');
}

static void add_value(struct out *o, const json_t *v, bool first)
{
	const char *word = json_is_null(v) ? "NA" : json_is_true(v) ? "true" : "false";
	char *number = json_is_number(v) ? json_dumps(v, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15)) : NULL;

	if (number) {
		if (!first)
			out_byte(o, ',');
		out_add(o, number, strlen(number));
	} else if (json_is_string(v)) {
		add_field(o, json_string_value(v), json_string_length(v), first);
	} else { /* null: among labels a category, among counts one that is not shown */
		add_field(o, word, strlen(word), first);
	}
	free(number);
}

static void add_line(struct out *o, const json_t *row)
{
	size_t i;

	for (i = 0; i < json_array_size(row); i++)
		add_value(o, json_array_get(row, i), i == 0);
	out_byte(o, '\n');
}

/* --- places --- */

static bool has_place(const json_t *v)
{
	return json_is_number(v) || json_is_string(v);
}

/* Numbers and strings that are no keys, in the order of the text, which the library keeps. */
static size_t gather(const json_t *v, struct spot *ret, size_t n)
{
	const char *key;
	json_t *one;
	size_t i;

	if (has_place(v)) {
		if (ret)
			ret[n].value = v;
		return n + 1;
	}
	for (i = 0; i < json_array_size(v); i++)
		n = gather(json_array_get(v, i), ret, n);
	json_object_foreach((json_t *)(uintptr_t)v, key, one)
		n = gather(one, ret, n);
	return n;
}

static const char *string_end(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		p += *p == '\\' && end - p > 1;
	return p < end ? p + 1 : end;
}

static bool is_key(const char *p, const char *end)
{
	while (p < end && strchr(" \t\r\n", *p))
		p++;
	return p < end && *p == ':';
}

/* The library has read the text: only where tokens begin is left to find. Returns how many there are. */
static size_t find_spots(const char *bytes, size_t n, struct spot *ret, size_t room)
{
	const char *p = bytes, *end = bytes + n, *from;
	size_t found = 0;

	while (p < end) {
		from = p;
		if (*p == '"') {
			p = string_end(p, end);
			if (is_key(p, end))
				continue;
		} else if (*p == '-' || fold_is_digit(*p)) {
			while (p < end && (fold_is_digit(*p) || strchr("+-.eE", *p)))
				p++;
		} else {
			p++;
			continue;
		}
		if (found < room)
			ret[found].offset = (uint32_t)(from - bytes);
		found++;
	}
	return found;
}

static int compare_spot(const void *a, const void *b)
{
	const struct spot *x = a, *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

static bool note_spots(struct lists *l, const json_t *j, size_t n)
{
	size_t values = gather(j, NULL, 0);

	l->spot = calloc(values + 1, sizeof(*l->spot));
	if (!l->spot)
		return false;
	gather(j, l->spot, 0);
	if (find_spots(l->bytes, n, l->spot, values) != values)
		return true; /* keys twice, which rebuilding refuses */
	l->spots = values;
	qsort(l->spot, values, sizeof(*l->spot), compare_spot);
	return true;
}

static const struct spot *spot_of(const struct lists *l, const json_t *v)
{
	struct spot is = { .value = v };

	return v && l->spots > 0 ? bsearch(&is, l->spot, l->spots, sizeof(is), compare_spot) : NULL;
}

/* A field of the table, or one beside it that stands in the text. */
static const struct spot *spot_near(const struct lists *l, const json_t *rows, size_t row, size_t column)
{
	const json_t *line = json_array_get(rows, row > 1 ? row - 2 : 0);
	const struct spot *s = spot_of(l, json_array_get(line, column > 0 ? column - 1 : 0));
	size_t i;

	for (i = 0; !s && i < json_array_size(line); i++)
		s = spot_of(l, json_array_get(line, i));
	return s;
}

static struct place place_of(const struct lists *l, const struct spot *s)
{
	const char *line = memrchr(l->bytes, '\n', s->offset);

	return (struct place){ .line = text_lines(l->bytes, s->offset) + 1,
		.column = s->offset - (line ? (uint32_t)(line + 1 - l->bytes) : 0) + 1,
		.offset = s->offset };
}

/* Findings from the first on were made of these rows. */
static void place_findings(const struct lists *l, struct report *r, size_t first, const json_t *rows)
{
	size_t i;

	for (i = first; i < r->count; i++) {
		struct finding *f = &r->list[i];
		const struct spot *s = f->row > 0 ? spot_near(l, rows, f->row, f->column) : NULL;
		struct place at;

		if (!s)
			continue;
		at = place_of(l, s);
		f->row = 0;
		f->line = at.line;
		f->offset = at.offset;
		f->column = at.column;
	}
}

/* Of what may be settings only what is sure counts: a 3 is no person. */
static void keep_blocks(struct lists *l)
{
	size_t i;

	for (i = 0; i < l->alone->count; i++) {
		const struct finding *f = &l->alone->list[i];

		if (f->severity == FINDING_BLOCK)
			report_add(l->report, l->alone->rule[i], FINDING_BLOCK, (struct place){ f->row, f->line, f->column, f->offset }, f->fix, "%s",
				f->explanation);
	}
	l->alone->count = 0;
	l->alone->more = 0;
}

static bool sheet_new(struct sheet *s)
{
	*s = (struct sheet){ json_array(), json_array(), false };
	s->failed = !s->head || !s->rows;
	return !s->failed;
}

static void sheet_name(struct sheet *s, const char *name)
{
	s->failed |= json_array_append_new(s->head, json_string(name)) < 0;
}

/* sheet_row - a new row; what is put into it later is borrowed. */
static json_t *sheet_row(struct sheet *s)
{
	json_t *row = json_array();

	if (json_array_append_new(s->rows, row) == 0)
		return row;
	s->failed = true;
	return NULL;
}

static void sheet_put(struct sheet *s, json_t *row, json_t *v)
{
	s->failed |= !row || (v && is_scalar(v) ? json_array_append(row, alone(v)) : json_array_append_new(row, json_null())) < 0;
}

/* Judges, and frees what was borrowed. whole: all findings count, not only what blocks. */
static void sheet_judge(struct lists *l, struct sheet *s, const struct under *u, bool whole)
{
	size_t rows = json_array_size(s->rows), columns = json_array_size(s->head), i;
	struct report *r = whole ? l->report : l->alone;
	size_t before = r->count;
	struct out o = { 0 };

	l->cells += columns * rows;
	if (columns > 0 && rows > 0 && !s->failed && l->cells <= ROUNDS * (size_t)CELLS) {
		add_line(&o, s->head);
		for (i = 0; i < rows; i++)
			add_line(&o, json_array_get(s->rows, i));
		if (!o.failed)
			table_check(l->policy, l->file, r, l->scan, o.p, o.len, false, u->title, l->counts);
		place_findings(l, r, before, s->rows);
		if (!whole)
			keep_blocks(l);
	}
	l->failed |= s->failed || o.failed;
	free(o.p);
	json_decref(s->head);
	json_decref(s->rows);
}

/* --- lists of objects --- */

/* An object of numbers and words alone, which becomes columns of its own: "n (exposed)". */
static bool is_flat(const json_t *v)
{
	const char *key;
	json_t *one;

	if (!json_is_object(v) || json_object_size(v) == 0)
		return false;
	json_object_foreach((json_t *)(uintptr_t)v, key, one)
		if (!is_scalar(one))
			return false;
	return true;
}

/* Every key of every row: what the first lacks is looked at too. NULL: no memory. */
static json_t *all_keys(json_t *const *object, size_t n, bool *ret_wide)
{
	json_t *keys = json_object(), *v, *inner, *one;
	const char *key, *name;
	size_t i;

	for (i = 0; keys && i < n; i++)
		json_object_foreach(object[i], key, v) {
			if (json_object_size(keys) >= COLUMNS) {
				*ret_wide = true;
				break;
			}
			if (is_scalar(v) && !json_object_get(keys, key) && json_object_set_new(keys, key, json_null()) < 0)
				goto fail;
			if (!is_flat(v))
				continue;
			inner = json_object_get(keys, key);
			if (!json_is_object(inner)) {
				inner = json_object();
				if (json_object_set_new(keys, key, inner) < 0)
					goto fail;
			}
			json_object_foreach(v, name, one)
				if (!json_object_get(inner, name) && json_object_set_new(inner, name, json_null()) < 0)
					goto fail;
		}
	return keys;
fail:
	json_decref(keys);
	return NULL;
}

static void name_columns(struct sheet *s, json_t *keys)
{
	const char *key, *name;
	json_t *v, *one;
	char both[2 * HEADER_MAX];

	json_object_foreach(keys, key, v) {
		if (!json_is_object(v))
			sheet_name(s, key);
		else
			json_object_foreach(v, name, one) {
				snprintf(both, sizeof(both), "%.120s (%.120s)", name, key);
				s->failed |= json_array_append_new(s->head, json_string_nocheck(both)) < 0;
			}
	}
}

static void put_object(struct sheet *s, json_t *row, json_t *keys, const json_t *object)
{
	const char *key, *name;
	json_t *v, *one, *own;

	json_object_foreach(keys, key, v) {
		own = json_object_get(object, key);
		if (!json_is_object(v))
			sheet_put(s, row, own);
		else
			json_object_foreach(v, name, one)
				sheet_put(s, row, json_object_get(own, name));
	}
}

static bool is_number(json_t *v)
{
	return json_is_number(alone(v));
}

/* labels: NULL, or the name of each row. */
static void judge_objects(struct lists *l, json_t *const *object, const char *const *labels, size_t n, const struct under *u, bool whole)
{
	json_t *keys = all_keys(object, n, &l->wide), *row;
	struct sheet s;
	size_t i;

	l->failed |= !keys;
	if (keys && json_object_size(keys) > 0 && sheet_new(&s)) {
		if (labels)
			sheet_name(&s, "group");
		name_columns(&s, keys);
		for (i = 0; i < n && !s.failed && (i + 1) * json_array_size(s.head) <= CELLS; i++) {
			row = sheet_row(&s);
			if (labels && row)
				s.failed |= json_array_append_new(row, json_string(labels[i])) < 0;
			put_object(&s, row, keys, object[i]);
		}
		sheet_judge(l, &s, u, whole);
		l->cells += i < n ? ROUNDS * (size_t)CELLS : 0;
	}
	json_decref(keys);
}

/* --- objects of objects: the keys are labels, or columns --- */

static bool is_result_key(const char *key)
{
	enum role r = key_role(key);

	return r == ROLE_COUNT || r == ROLE_MIDPOINT || r == ROLE_PERCENT || r == ROLE_SHARE || r == ROLE_STAT || r == ROLE_SUM || r == ROLE_MEAN ||
	       r == ROLE_MIN || r == ROLE_MAX || r == ROLE_QUANTILE || r == ROLE_LARGEST;
}

static size_t count_results(json_t *object)
{
	const char *key;
	json_t *v;
	size_t n = 0;

	json_object_foreach(object, key, v)
		n += is_result_key(key);
	return n;
}

/* "0", "1", ... in the order of the text: the rows' names where nobody gave them any, as pandas writes columns. */
static bool is_numbered(json_t *object)
{
	const char *key;
	char want[24];
	json_t *v;
	size_t n = 0;

	json_object_foreach(object, key, v) {
		snprintf(want, sizeof(want), "%zu", n++);
		if (strcmp(key, want) != 0)
			return false;
	}
	return n > 1;
}

static size_t count_numbers(json_t *object)
{
	const char *key;
	json_t *v;
	size_t n = 0;

	json_object_foreach(object, key, v)
		n += is_number(v);
	return n;
}

/* "ICD", true; not null, "", "-" or "<10", which stand among numbers as among words. A letter is a value. */
static bool is_word(json_t *v)
{
	char fold[HEADER_MAX];
	struct cell c;
	size_t n;

	v = alone(v);
	if (!json_is_string(v))
		return !is_number(v) && !json_is_null(v);
	n = json_string_length(v) < HEADER_MAX ? json_string_length(v) : HEADER_MAX;
	n = text_fold(json_string_value(v), n, false, fold);
	cell_read(&c, fold, n, ',', NULL);
	return n > 0 && c.kind != CELL_MISSING && c.kind != CELL_LESS && (c.kind != CELL_MARK || (n == 1 && fold_is_word(fold[0])));
}

static size_t count_words(json_t *object)
{
	const char *key;
	json_t *v;
	size_t n = 0;

	json_object_foreach(object, key, v)
		n += is_word(v);
	return n;
}

/* Whether the members are columns: rows without names, numbers alone in one and words in another while no more keys name
 * results inside than outside, more values than a table has columns, or outside the keys that name results. Where some have
 * words and no number the last says nothing: a schema has such. */
static bool has_columns(json_t *object)
{
	json_t *first = json_object_iter_value(json_object_iter(object)), *v;
	size_t outer = count_results(object), inner = count_results(first), longest = json_object_size(first);
	bool numbers = false, words = false;
	const char *key;

	json_object_foreach(object, key, v) {
		size_t n = count_numbers(v);

		numbers |= n > 0 && n == json_object_size(v);
		words |= n == 0 && count_words(v) > 0;
	}
	return is_numbered(first) || (numbers && words && inner <= outer) || (outer > inner && !words) ||
	       (outer == inner && longest > PERSONS && longest > json_object_size(object));
}

/* Two or more flat objects with a key in common. */
static bool is_nested_table(json_t *object)
{
	const char *key, *name;
	json_t *v, *one, *first = NULL;
	size_t shared = 0, flat = 0;

	json_object_foreach(object, key, v) {
		if (!is_flat(v))
			continue;
		flat++;
		if (!first)
			first = v;
		else
			json_object_foreach(first, name, one)
				shared += json_object_get(v, name) != NULL;
	}
	return flat > 1 && flat == json_object_size(object) && shared > 0;
}

/* {"n": {"a": 3, "b": 40}, "mean": {...}}: what is outside are columns. */
static void judge_by_columns(struct lists *l, json_t *object, const struct under *u)
{
	json_t *labels = json_object(), *v, *one, *row;
	const char *key, *name;
	struct sheet s;

	json_object_foreach(object, key, v)
		json_object_foreach(v, name, one)
			l->failed |= labels && !json_object_get(labels, name) && json_object_set_new(labels, name, json_null()) < 0;
	l->failed |= !labels;
	if (labels && sheet_new(&s)) {
		sheet_name(&s, is_numbered(labels) ? "" : "group");
		json_object_foreach(object, key, v)
			sheet_name(&s, key);
		json_object_foreach(labels, name, one) {
			if (json_array_size(s.rows) * json_array_size(s.head) > CELLS)
				break;
			row = sheet_row(&s);
			if (row)
				s.failed |= json_array_append_new(row, json_string(name)) < 0;
			json_object_foreach(object, key, v)
				sheet_put(&s, row, json_object_get(v, name));
		}
		sheet_judge(l, &s, u, true);
	}
	json_decref(labels);
}

static void judge_by_rows(struct lists *l, json_t *object, const struct under *u)
{
	size_t n = json_object_size(object), i = 0;
	json_t **rows = calloc(n + 1, sizeof(json_t *)), *v;
	const char **labels = calloc(n + 1, sizeof(*labels)), *key;

	l->failed |= !rows || !labels;
	if (rows && labels) {
		json_object_foreach(object, key, v) {
			labels[i] = key;
			rows[i++] = v;
		}
		judge_objects(l, rows, labels, n, u, true);
	}
	free(rows);
	free(labels);
}

/* --- lists of one length in an object are its columns --- */

static bool is_row(const json_t *v)
{
	size_t i;

	for (i = 0; i < json_array_size(v); i++)
		if (!is_scalar(json_array_get(v, i)))
			return false;
	return json_array_size(v) > 0;
}

/* A list of one is that value. */
static bool is_list(const json_t *v)
{
	return json_array_size(v) > 1 && is_row(v);
}

static void judge_lists(struct lists *l, json_t *object, size_t n, const struct under *u)
{
	const char *key;
	json_t *v, *row;
	bool counts = n > LIST;
	struct sheet s;
	size_t i;

	if (!sheet_new(&s)) {
		l->failed = true;
		return;
	}
	json_object_foreach(object, key, v)
		if (json_array_size(v) == n && is_list(v) && json_array_size(s.head) < COLUMNS) {
			sheet_name(&s, key);
			counts |= key_role(key) == ROLE_COUNT;
		} else if (json_array_size(v) == n && is_list(v)) {
			l->wide = true;
		}
	for (i = 0; i < n && !s.failed && (i + 1) * json_array_size(s.head) <= CELLS; i++) {
		row = sheet_row(&s);
		json_object_foreach(object, key, v)
			if (json_array_size(v) == n && is_list(v) && json_array_size(row) < json_array_size(s.head))
				sheet_put(&s, row, json_array_get(v, i));
	}
	l->cells += i < n ? ROUNDS * (size_t)CELLS : 0;
	sheet_judge(l, &s, u, counts && !u->setting);
}

/* {"columns": [...], "data": [[...], ...]} and lists of lists below a list of names. */
static void judge_matrix(struct lists *l, const json_t *head, const json_t *rows, size_t from, const struct under *u)
{
	struct sheet s;
	json_t *row;
	size_t i, k;

	if (!sheet_new(&s)) {
		l->failed = true;
		return;
	}
	l->wide |= json_array_size(head) > COLUMNS;
	for (i = 0; i < json_array_size(head) && i < COLUMNS; i++)
		sheet_name(&s, json_is_string(json_array_get(head, i)) ? json_string_value(json_array_get(head, i)) : "");
	for (i = from; i < json_array_size(rows) && !s.failed && (i + 1) * json_array_size(s.head) <= CELLS; i++) {
		row = sheet_row(&s);
		for (k = 0; k < json_array_size(s.head); k++)
			sheet_put(&s, row, json_array_get(json_array_get(rows, i), k));
	}
	l->cells += i < json_array_size(rows) ? ROUNDS * (size_t)CELLS : 0;
	sheet_judge(l, &s, u, true);
}

static bool all_strings(const json_t *list)
{
	size_t i;

	for (i = 0; i < json_array_size(list); i++)
		if (!json_is_string(json_array_get(list, i)))
			return false;
	return json_array_size(list) > 0;
}

static bool is_matrix(const json_t *rows, size_t columns)
{
	size_t i;

	for (i = 0; i < json_array_size(rows); i++)
		if (!is_row(json_array_get(rows, i)) || json_array_size(json_array_get(rows, i)) != columns)
			return false;
	return json_array_size(rows) > 0;
}

/* [[3, 40], [5, 60]], as of a table of two variables: nothing says that it counts persons, nor that it doesn't. */
static void look_at_cells(struct lists *l, const json_t *rows)
{
	const json_t *first = json_array_get(rows, 0), *few = NULL;
	const struct spot *s;
	size_t i, k;

	if (l->cell_told || rows == l->headed || !json_is_array(first) || !is_matrix(rows, json_array_size(first)))
		return;
	for (i = 0; i < json_array_size(rows); i++)
		for (k = 0; k < json_array_size(json_array_get(rows, i)); k++) {
			const json_t *v = alone(json_array_get(json_array_get(rows, i), k));
			const double value = json_number_value(v);

			if (json_is_number(v) && (value < 0 || value != floor(value)))
				return;
			if (!few && value > 0 && value < (double)l->policy->min_count)
				few = v;
		}
	if (!few)
		return;
	s = spot_of(l, few);
	l->cell_told = true;
	report_add(l->report, RULE_COUNT, FINDING_REVIEW, s ? place_of(l, s) : (struct place){ 0 }, "write a table whose columns say what they hold",
		"a matrix of whole numbers has one under %lld; if they count persons it is too small", (long long)l->policy->min_count);
}

static void judge_columns(struct lists *l, json_t *object, const struct under *u)
{
	const json_t *head = json_object_get(object, "columns"), *data = json_object_get(object, "data");
	size_t seen[16], lengths = 0, i, n;
	const char *key;
	json_t *v;

	if (all_strings(head) && is_matrix(data, json_array_size(head))) {
		judge_matrix(l, head, data, 0, u);
		l->headed = data;
		return;
	}
	json_object_foreach(object, key, v) {
		n = json_array_size(v);
		for (i = 0; i < lengths && seen[i] != n; i++)
			;
		if (i < lengths || lengths == sizeof(seen) / sizeof(seen[0]) || !is_list(v))
			continue;
		seen[lengths++] = n;
		judge_lists(l, object, n, u);
	}
}

/* --- numbers by name --- */

/* A count, or what says that one is not shown. */
static bool is_tallied(json_t *v)
{
	const char *said;
	char fold[HEADER_MAX];
	struct cell c;

	v = alone(v);
	said = json_is_null(v) ? "NA" : json_string_value(v);
	if (json_is_number(v))
		return json_number_value(v) >= 0 && json_number_value(v) == floor(json_number_value(v));
	if (!said)
		return false;
	cell_read(&c, fold, fold_key(said, fold), ',', NULL);
	return c.kind != CELL_TEXT && c.kind != CELL_EMPTY;
}

/* {"Nord": 412, "Vest": "<10", "Total": 2010}; below a key that counts, other values among them change nothing. */
static bool is_tally(json_t *object, bool counted, bool *ret_total)
{
	size_t whole = 0, shown = 0, fold_n;
	char fold[HEADER_MAX];
	const char *key;
	json_t *v;

	json_object_foreach(object, key, v) {
		if (is_tallied(v)) {
			whole += is_number(v);
			shown += !is_number(v);
		} else if (!counted) {
			return false;
		}
		fold_n = fold_key(key, fold);
		*ret_total |= header_is_total(fold, fold_n);
	}
	return whole > 0 && whole + shown > (counted ? 0 : 1);
}

/* True where it was: the object is then no row of a table. */
static bool judge_tally(struct lists *l, json_t *object, const struct under *u)
{
	bool counted = u->key && key_role(u->key) == ROLE_COUNT, total = false;
	const char *key;
	json_t *v, *row;
	struct sheet s;

	if (!is_tally(object, counted, &total) || (!counted && !total) || !sheet_new(&s))
		return false;
	sheet_name(&s, "group");
	sheet_name(&s, counted ? u->key : "");
	json_object_foreach(object, key, v) {
		if (!is_tallied(v))
			continue;
		row = sheet_row(&s);
		if (row)
			s.failed |= json_array_append_new(row, json_string(key)) < 0;
		sheet_put(&s, row, v);
	}
	sheet_judge(l, &s, u, counted);
	return counted;
}

/* --- all of it --- */

static void look_into(struct lists *l, json_t *v, const struct under *u);

static struct under below(const struct under *u, const char *key)
{
	return (struct under){ key ? key : u->key, key ? key_title(key, u->title) : u->title, u->depth + 1, u->setting || (key && key_is_setting(key)) };
}

static void look_into_members(struct lists *l, json_t *object, const struct under *u, bool flat_too)
{
	const char *key;
	json_t *v;

	json_object_foreach(object, key, v) {
		struct under next = below(u, key);

		if (!is_scalar(v) && (flat_too || !is_flat(v)))
			look_into(l, v, &next);
	}
}

/* Objects one after another are one table. */
static void look_into_list(struct lists *l, json_t *list, const struct under *u)
{
	size_t n = json_array_size(list), from, to, i;
	json_t **object = calloc(n + 1, sizeof(json_t *)), *first = json_array_get(list, 0);
	struct under next = below(u, NULL);

	l->failed |= !object;
	for (from = 0; object && from < n; from = to + 1) {
		for (to = from; to < n && json_is_object(json_array_get(list, to)); to++)
			object[to - from] = json_array_get(list, to);
		if (to > from)
			judge_objects(l, object, NULL, to - from, u, to - from > 1 && !u->setting);
	}
	free(object);
	if (n > 1 && all_strings(first) && is_matrix(list, json_array_size(first)))
		judge_matrix(l, first, list, 1, u);
	else if (!u->setting)
		look_at_cells(l, list);
	for (i = 0; i < n; i++) {
		if (json_is_object(json_array_get(list, i)))
			look_into_members(l, json_array_get(list, i), u, false);
		else
			look_into(l, json_array_get(list, i), &next);
	}
}

static void look_into_object(struct lists *l, json_t *object, const struct under *u)
{
	bool nested = is_nested_table(object);

	if (nested && has_columns(object)) {
		judge_by_columns(l, object, u);
	} else if (nested) {
		judge_by_rows(l, object, u);
	} else if (!u->setting && !judge_tally(l, object, u)) {
		judge_objects(l, &object, NULL, 1, u, false);
	}
	judge_columns(l, object, u);
	look_into_members(l, object, u, !nested);
}

static void look_into(struct lists *l, json_t *v, const struct under *u)
{
	if (u->depth > DEPTH || l->cells > ROUNDS * (size_t)CELLS)
		return;
	if (json_is_array(v))
		look_into_list(l, v, u);
	else if (json_is_object(v))
		look_into_object(l, v, u);
}

bool json_tables_check(const struct policy *p, const struct policy_file *f, struct report *r, const char *bytes, size_t n,
	struct counts_list *counts)
{
	struct report *unread = calloc(2, sizeof(*unread));
	struct scan scan;
	struct lists l = { .bytes = bytes, .policy = p, .file = f, .report = r, .alone = unread + 1, .scan = &scan, .counts = counts, .failed = !unread };
	struct under top = { NULL, 0, 0, false };
	json_t *j = unread ? json_loadb(bytes, n, JSON_DECODE_ANY, NULL) : NULL;

	if (j && !note_spots(&l, j, n)) {
		l.failed = true;
	} else if (j) {
		scan_begin(&scan, unread, NULL, false);
		look_into(&l, j, &top);
		if (is_list(j) && json_array_size(j) > LIST) {
			json_t *whole = json_pack("{s:O}", "value", j);

			l.failed |= !whole;
			if (whole)
				judge_lists(&l, whole, json_array_size(j), &top);
			json_decref(whole);
		}
		scan_end(&scan);
	}
	if (l.wide || l.cells > ROUNDS * (size_t)CELLS)
		report_add(r, RULE_SIZE, FINDING_BLOCK, (struct place){ 0 }, "release less, or several files",
			"this JSON has more values in lists than are read");
	json_decref(j);
	free(l.spot);
	free(unread);
	return !l.failed;
}
