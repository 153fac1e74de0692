/* policy/json_tables.c - lists of objects in JSON, and single objects, are tables by another name: each is written as one,
 * members as columns, and held to the rules on tables. Places are rows and columns of that table. */
#include <string.h>

#include "policy/formats.h"

#define DEPTH 64
#define CELLS 400000 /* of all lists together; a result has fewer */

struct lists {
	const struct policy *policy;
	const struct policy_file *file;
	struct report *report, *alone;
	struct scan *scan; /* of a report that nobody reads: the text was scanned as it stands */
	struct counts_list *counts;
	size_t cells;
	bool failed;
};

static bool is_scalar(const json_t *v)
{
	return !json_is_object(v) && !json_is_array(v);
}

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
	char *text = json_is_number(v) ? json_dumps(v, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15)) : NULL;

	if (text) {
		if (!first)
			out_byte(o, ',');
		out_add(o, text, strlen(text));
	} else if (json_is_string(v)) {
		add_field(o, json_string_value(v), json_string_length(v), first);
	} else {
		add_field(o, json_is_true(v) ? "true" : json_is_false(v) ? "false" : "", json_is_true(v) ? 4 : json_is_false(v) ? 5 : 0, first);
	}
	free(text);
}

static size_t add_header(struct out *o, json_t *object)
{
	size_t columns = 0;
	const char *key;
	json_t *v;

	json_object_foreach(object, key, v)
		if (is_scalar(v))
			add_field(o, key, strlen(key), columns++ == 0);
	out_byte(o, '\n');
	return columns;
}

/* The members that the first object has, in its order. */
static void add_row(struct out *o, json_t *first, const json_t *object)
{
	size_t columns = 0;
	const char *key;
	json_t *v;

	json_object_foreach(first, key, v)
		if (is_scalar(v))
			add_value(o, json_object_get(object, key), columns++ == 0);
	out_byte(o, '\n');
}

/* Of a single object only what is sure counts: a setting of 3 is no person. */
static void keep_blocks(struct lists *l)
{
	size_t i;

	for (i = 0; i < l->alone->count; i++)
		if (l->alone->list[i].severity == FINDING_BLOCK)
			report_add(l->report, l->alone->rule[i], FINDING_BLOCK, (struct place){ .row = l->alone->list[i].row,
				.column = l->alone->list[i].column }, l->alone->list[i].fix, "%s", l->alone->list[i].explanation);
	l->alone->count = 0;
	l->alone->more = 0;
}

static void judge(struct lists *l, json_t *const *object, size_t n)
{
	struct out o = { 0 };
	size_t columns = add_header(&o, object[0]), i;

	l->cells += columns * n;
	for (i = 0; columns > 0 && i < n && l->cells <= CELLS; i++)
		add_row(&o, object[0], object[i]);
	l->failed |= o.failed;
	if (columns > 0 && !o.failed && l->cells <= CELLS)
		table_check(l->policy, l->file, n > 1 ? l->report : l->alone, l->scan, o.p, o.len, false, l->counts);
	free(o.p);
	if (n == 1)
		keep_blocks(l);
}

static void look_into(struct lists *l, json_t *v, unsigned depth);

/* Objects one after another are one table. */
static void look_into_list(struct lists *l, json_t *list, unsigned depth)
{
	size_t n = json_array_size(list), from, to, i;
	json_t **object = calloc(n + 1, sizeof(json_t *));

	l->failed |= !object;
	for (from = 0; object && from < n; from = to + 1) {
		for (to = from; to < n && json_is_object(json_array_get(list, to)); to++)
			object[to - from] = json_array_get(list, to);
		if (to > from)
			judge(l, object, to - from);
	}
	free(object);
	for (i = 0; i < n; i++) {
		json_t *one = json_array_get(list, i), *v;
		const char *key;

		if (!json_is_object(one))
			look_into(l, one, depth + 1);
		else
			json_object_foreach(one, key, v)
				look_into(l, v, depth + 1);
	}
}

static void look_into(struct lists *l, json_t *v, unsigned depth)
{
	const char *key;
	json_t *one;

	if (depth > DEPTH || l->cells > CELLS)
		return;
	if (json_is_array(v)) {
		look_into_list(l, v, depth);
	} else if (json_is_object(v)) {
		judge(l, &v, 1);
		json_object_foreach(v, key, one)
			look_into(l, one, depth + 1);
	}
}

bool json_tables_check(const struct policy *p, const struct policy_file *f, struct report *r, const char *bytes, size_t n,
	struct counts_list *counts)
{
	struct report *unread = calloc(2, sizeof(*unread));
	struct scan scan;
	struct lists l = { p, f, r, unread + 1, &scan, counts, 0, unread == NULL };
	json_t *j = unread ? json_loadb(bytes, n, JSON_DECODE_ANY, NULL) : NULL;

	if (j) {
		scan_begin(&scan, unread, NULL, false);
		look_into(&l, j, 0);
		scan_end(&scan);
	}
	if (l.cells > CELLS)
		report_add(r, RULE_SIZE, FINDING_BLOCK, (struct place){ 0 }, "release less, or several files",
			"this JSON has more values in lists than are read");
	json_decref(j);
	free(unread);
	return !l.failed;
}
