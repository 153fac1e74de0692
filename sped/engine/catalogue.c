/* engine/catalogue.c - what everybody registered may know of the holdings: their descriptions with counts of few people
 * hidden, searched by words, and as HealthDCAT-AP. It contains no records.
 * The index lives in memory and is made anew when the engine starts: descriptions are few, and a new version of this file
 * or another policy needs no change of the database then. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spe/log.h"
#include "sped/engine/engine.h"

#define MATCHES 10 /* variables named for each holding that was found */
#define CONTEXT_MAX 1024 /* bytes: a description may have 100 kB and a thousand variables */

static void run(struct engine *e, const char *sql)
{
	if (sqlite3_exec(e->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		spe_die("catalogue", "%s: %.80s", sqlite3_errmsg(e->db), sql);
}

/* ---- what is public of a description ---- */

static void hide_in(json_t *o, const char *field, int64_t min)
{
	const char *text = json_str(o, field);
	auto_buf struct buf b = { 0 };

	if (!*text)
		return;
	words_hide_few(text, min, &b);
	if (!b.bad && strcmp(b.p, text) != 0)
		json_object_set_new(o, field, json_string(b.p));
}

static void hide_in_each(json_t *list, int64_t min)
{
	json_t *word;
	size_t i;

	json_array_foreach(list, i, word) {
		auto_buf struct buf b = { 0 };

		words_hide_few(json_string_value(word), min, &b);
		if (!b.bad)
			json_array_set_new(list, i, json_string(b.p));
	}
}

/* A count under the policy's smallest is left out. */
static void hide_counts(json_t *catalogue, int64_t min)
{
	static const char *const counts[] = { "records", "persons" };
	size_t i;

	for (i = 0; i < 2; i++)
		if (json_object_get(catalogue, counts[i]) && json_int(catalogue, counts[i]) < min)
			json_object_del(catalogue, counts[i]);
}

json_t *catalogue_public(const struct engine *e, const json_t *description)
{
	const int64_t min = e->policy.min_count;
	json_t *d = json_deep_copy(description), *table, *column;
	size_t i, k;

	hide_in(d, "title", min);
	hide_in(d, "description", min);
	hide_in_each(json_object_get(d, "keyword"), min);
	hide_in(json_object_get(d, "catalogue"), "provenance", min);
	hide_counts(json_object_get(d, "catalogue"), min);
	json_array_foreach(json_object_get(d, "tables"), i, table) {
		hide_in(table, "title", min);
		hide_in(table, "description", min);
		json_object_del(table, "sha256"); /* who has a file may not find out here that it is this one */
		json_array_foreach(json_object_get(table, "columns"), k, column) {
			hide_in(column, "title", min);
			hide_in(column, "description", min);
		}
	}
	return d;
}

/* ---- the index ---- */

static void add_field(struct buf *b, const json_t *o, const char *field)
{
	const json_t *v = json_object_get(o, field), *item;
	size_t i;

	if (json_is_string(v))
		words_index(json_string_value(v), b);
	json_array_foreach((json_t *)(uintptr_t)v, i, item)
		if (json_is_string(item))
			words_index(json_string_value(item), b);
}

static void add_row(struct engine *e, const char *holding, const char *table, const char *variable, const struct buf *own,
	const struct buf *context)
{
	db_exec(e, "INSERT INTO temp.catalogue(holding,tab,variable,own,context) VALUES(?,?,?,?,?)", "sssss", holding, table, variable,
		own->p, context->p ? context->p : "");
}

static void add_column(struct engine *e, const char *holding, const char *table, const json_t *column, const struct buf *context)
{
	static const char *const fields[] = { "name", "title", "description", "codes", "identifier" };
	auto_buf struct buf own = { 0 };
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		add_field(&own, column, fields[i]);
	if (json_object_get(column, "identifier"))
		words_index("identity number", &own);
	add_row(e, holding, table, json_str(column, "name"), &own, context);
}

/* around: what each variable is found by of its holding and table, besides its own words. */
static void add_table(struct engine *e, const char *holding, const json_t *table, const struct buf *of_holding,
	const struct buf *around)
{
	auto_buf struct buf own = { 0 }, context = { 0 };
	json_t *column;
	size_t i;

	add_field(&own, table, "name");
	add_field(&own, table, "title");
	buf_fmt(&context, "%.*s %.*s", CONTEXT_MAX, around->p ? around->p : "", CONTEXT_MAX, own.p ? own.p : "");
	add_field(&own, table, "description");
	add_row(e, holding, json_str(table, "name"), "", &own, of_holding);
	json_array_foreach(json_object_get(table, "columns"), i, column)
		add_column(e, holding, json_str(table, "name"), column, &context);
}

static void add(struct engine *e, const json_t *description)
{
	static const char *const fields[] = { "id", "title", "keyword", "holder", "description" };
	auto_json json_t *d = catalogue_public(e, description);
	auto_buf struct buf own = { 0 }, around = { 0 }, none = { 0 };
	json_t *table;
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		add_field(&own, d, fields[i]);
		if (strcmp(fields[i], "description") != 0)
			add_field(&around, d, fields[i]);
	}
	add_row(e, json_str(d, "id"), "", "", &own, &none);
	json_array_foreach(json_object_get(d, "tables"), i, table)
		add_table(e, json_str(d, "id"), table, &own, &around);
}

void catalogue_remove(struct engine *e, const char *holding)
{
	db_exec(e, "DELETE FROM temp.catalogue WHERE holding=?", "s", holding);
}

void catalogue_add(struct engine *e, const json_t *description)
{
	catalogue_remove(e, json_str(description, "id")); /* looks at every row */
	add(e, description);
}

void catalogue_open(struct engine *e)
{
	auto_json json_t *all = NULL;
	json_t *row;
	size_t i;

	run(e, "CREATE VIRTUAL TABLE temp.catalogue USING fts5(holding UNINDEXED, tab UNINDEXED, variable UNINDEXED, own, context, "
	       "tokenize='trigram')");
	all = db_items(e, "SELECT description AS d_json FROM holding", "");
	json_array_foreach(json_object_get(all, "items"), i, row)
		add(e, json_object_get(row, "d"));
}

/* ---- looking ---- */

/* Only what a list shows of it is read: whole descriptions are long. */
static json_t *entry_of(struct engine *e, const char *holding)
{
	json_t *entry = db_row(e, "SELECT id AS holding, json_extract(description,'$.title') AS title, coalesce(json_extract(description,"
		"'$.description'),'') AS description, json_array_length(description,'$.tables') AS tables FROM holding WHERE id=?", "s", holding);

	if (!entry)
		return NULL;
	hide_in(entry, "title", e->policy.min_count);
	hide_in(entry, "description", e->policy.min_count);
	return entry;
}

/* The best few of each holding that was found, from all of them at once. */
static void add_matches(struct engine *e, json_t *by_holding, const char *own)
{
	auto_stmt sqlite3_stmt *q = db_query(e, "SELECT holding, tab, variable FROM temp.catalogue WHERE catalogue MATCH ? AND "
		"variable<>'' ORDER BY rank, tab, variable", "s", own);

	while (db_step(e, q)) {
		json_t *list = json_object_get(json_object_get(by_holding, (const char *)sqlite3_column_text(q, 0)), "matches");

		if (list && json_array_size(list) < MATCHES)
			json_array_append_new(list, json_pack("{ssss}", "table", (const char *)sqlite3_column_text(q, 1), "variable",
				(const char *)sqlite3_column_text(q, 2)));
	}
}

static void search(struct engine *e, const char *query, json_t *items)
{
	auto_json json_t *found = db_items(e, "SELECT holding FROM (SELECT holding, bm25(catalogue, 0, 0, 0, 10, 1) AS r FROM temp.catalogue "
					      "WHERE catalogue MATCH ? LIMIT 100000) GROUP BY holding ORDER BY min(r), holding", "s", query);
	auto_json json_t *by_holding = json_object();
	auto_buf struct buf own = { 0 };
	json_t *row;
	size_t i;
	char *at;

	buf_fmt(&own, "own : (%s)", query);
	while (own.p && (at = strstr(own.p, ") AND ("))) /* of several words each may be about another variable */
		memcpy(at, ") OR  (", 7);
	json_array_foreach(json_object_get(found, "items"), i, row) {
		json_t *entry = entry_of(e, json_str(row, "holding"));

		if (!entry)
			continue;
		json_object_set_new(entry, "matches", json_array());
		json_object_set(by_holding, json_str(row, "holding"), entry);
		json_array_append_new(items, entry);
	}
	add_matches(e, by_holding, own.p);
}

int catalogue_list(struct engine *e, struct call *c, json_t **ret)
{
	char words[200] = "";
	auto_buf struct buf query = { 0 };
	auto_json json_t *all = NULL;
	json_t *items = json_array(), *row;
	size_t i;

	call_query(c, "q", words, sizeof(words));
	words_query(words, &query);
	if (query.len > 0) {
		search(e, query.p, items);
	} else if (strspn(words, " ") == strlen(words)) {
		all = db_items(e, "SELECT id FROM holding ORDER BY id", "");
		json_array_foreach(json_object_get(all, "items"), i, row)
			json_array_append_new(items, entry_of(e, json_str(row, "id")));
	}
	*ret = json_pack("{so}", "items", items);
	return 200;
}

static int want(struct engine *e, struct call *c, json_t **ret)
{
	auto_json json_t *row = db_row(e, "SELECT description AS d_json FROM holding WHERE id=?", "s", c->part[1]);

	if (!row)
		return spe_fail(&c->err, SPE_E_NOT_FOUND, "there is no holding %.100s", c->part[1]);
	*ret = catalogue_public(e, json_object_get(row, "d"));
	return 0;
}

int catalogue_show(struct engine *e, struct call *c, json_t **ret)
{
	int r = want(e, c, ret);

	return r < 0 ? r : 200;
}

int catalogue_dcat(struct engine *e, struct call *c, json_t **ret)
{
	auto_json json_t *d = NULL;
	int r = want(e, c, &d);

	if (r == 0)
		r = dcat_dataset(d, ret, &c->err);
	return r < 0 ? r : 200;
}
