/* engine/lists.c - long lists by pages, the newest first, and who belongs to which workspace, in memory: both cost the
 * same whether there are a hundred jobs or a million. */
#include <stdio.h>
#include <stdlib.h>

#include "spe/log.h"
#include "sped/engine/engine.h"

/* ---- who belongs where ---- */

/* From the permits as they are in the database; who has decided on what is asked of the gate (exports_resume). Nothing is kept of it. */
void roles_open(struct engine *e)
{
	auto_json json_t *all = NULL;
	json_t *row;
	size_t i;

	db_exec(e, "CREATE TEMP TABLE role(person TEXT, workspace TEXT, roles INTEGER, PRIMARY KEY(person, workspace)) WITHOUT ROWID", "");
	db_exec(e, "CREATE INDEX temp.role_of ON role(workspace)", "");
	db_exec(e, "CREATE TEMP TABLE decided(export TEXT, person TEXT, PRIMARY KEY(export, person)) WITHOUT ROWID", "");
	db_exec(e, "CREATE TEMP TABLE unclear(export TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID", "");
	db_exec(e, "CREATE TEMP TABLE asked(export TEXT PRIMARY KEY) WITHOUT ROWID", "");
	all = db_items(e, "SELECT id FROM permit", "");
	json_array_foreach(json_object_get(all, "items"), i, row) {
		struct permit *p = workspace_permit(e, json_str(row, "id"));

		if (p)
			roles_keep(e, p);
		else
			spe_log("permits", "permit %s is not readable: its jobs wait for a version of sped that reads it", json_str(row, "id"));
		permit_free(p);
	}
}

void roles_keep(struct engine *e, const struct permit *p)
{
	size_t i;

	db_exec(e, "DELETE FROM temp.role WHERE workspace=?", "s", p->id);
	for (i = 0; i < p->person_count; i++)
		db_exec(e, "INSERT OR REPLACE INTO temp.role(person,workspace,roles) VALUES(?,?,?)", "ssi", p->person[i].id, p->id,
			(int64_t)p->person[i].roles);
}

/* ---- pages ---- */

/* Serial numbers, the largest first. */
struct page {
	int64_t at[LIST_MAX + 1], limit;
	int n;
};

/* What q gives is merged in as far as it belongs on the page. False: nothing of it did. */
static bool merge(struct engine *e, struct page *p, sqlite3_stmt *q)
{
	struct page old = *p;
	bool more = db_step(e, q), any = false;
	int i = 0;

	for (p->n = 0; p->n < p->limit && (more || i < old.n);)
		if (more && (i == old.n || sqlite3_column_int64(q, 0) > old.at[i])) {
			p->at[p->n++] = sqlite3_column_int64(q, 0);
			more = db_step(e, q);
			any = true;
		} else {
			p->at[p->n++] = old.at[i++];
		}
	return any;
}

static void merge_all(struct engine *e, struct page *p, const struct list *l, int64_t before)
{
	auto_stmt sqlite3_stmt *q = db_query(e, l->all, "ii", before, p->limit);

	merge(e, p, q);
}

static void merge_one(struct engine *e, struct page *p, const struct list *l, const char *ws, int64_t before)
{
	auto_stmt sqlite3_stmt *q = db_query(e, l->one, "sii", ws, before, p->limit);

	merge(e, p, q);
}

/* Of each workspace as many as are newer than what is on the page already: those with the newest first, so that most give few. */
static void merge_mine(struct engine *e, struct page *p, const struct list *l, const char *person, int64_t before)
{
	auto_stmt sqlite3_stmt *q = db_query(e, l->mine, "is", before, person);

	while (db_step(e, q) && (p->n < p->limit || sqlite3_column_int64(q, 1) > p->at[p->n - 1]))
		merge_one(e, p, l, (const char *)sqlite3_column_text(q, 0), before);
}

static int limit_of(struct call *c, int64_t *ret)
{
	char text[16] = "";
	char *end = text;
	long n = LIST_MAX;

	if (call_query(c, "limit", text, sizeof(text)))
		n = strtol(text, &end, 10);
	if (*end != '\0' || (text[0] && end == text) || n < 1 || n > LIST_MAX)
		return spe_fail(&c->err, SPE_E_INPUT, "limit must be a whole number from 1 to %d", LIST_MAX);
	*ret = n;
	return 0;
}

/* The serial number of the last one of the page before, which the caller has seen. */
static int before_of(struct engine *e, struct call *c, const struct list *l, bool all, int64_t *ret)
{
	auto_json json_t *row = NULL;
	char id[SPE_ID_TEXT] = "";

	if (!call_query(c, "before", id, sizeof(id)) && !id[0])
		return 0;
	row = db_row(e, l->where, "s", id);
	if (!row || (!all && !workspace_roles(e, json_str(row, "workspace"), c->person)))
		return spe_fail(&c->err, SPE_E_INPUT, "before must be the %s that a list ended with", l->id);
	*ret = json_int(row, "serial");
	return 0;
}

static void row_add(struct engine *e, const struct list *l, int64_t serial, struct buf *b, char last[SPE_ID_TEXT])
{
	auto_stmt sqlite3_stmt *q = db_query(e, l->row, "i", serial);

	if (!db_step(e, q))
		return;
	buf_str(b, *last ? "," : "");
	buf_add(b, sqlite3_column_text(q, 1), (size_t)sqlite3_column_bytes(q, 1));
	snprintf(last, SPE_ID_TEXT, "%s", (const char *)sqlite3_column_text(q, 0));
}

/* One more than the page has was asked for: is there another page? */
static char *text_of(struct engine *e, const struct list *l, const struct page *p)
{
	char last[SPE_ID_TEXT] = "";
	struct buf b = { 0 };
	int i;

	buf_str(&b, "{\"items\":[");
	for (i = 0; i < p->n && i < p->limit - 1; i++)
		row_add(e, l, p->at[i], &b, last);
	buf_str(&b, "]");
	if (i < p->n && *last)
		buf_fmt(&b, ",\"next\":\"%s\"", last);
	buf_add(&b, "}", 2);
	if (b.bad)
		spe_die("lists", "out of memory");
	return b.p;
}

int list_page(struct engine *e, struct call *c, const struct list *l)
{
	static struct page p;
	char ws[SPE_NAME_MAX + 1];
	const bool all = c->roles & (ROLE_OPERATOR | ROLE_AUDITOR);
	int64_t before = INT64_MAX;
	int r = limit_of(c, &p.limit);

	if (r == 0)
		r = before_of(e, c, l, all, &before);
	if (r < 0)
		return r;
	p.n = 0;
	p.limit++;
	if (!call_query(c, "workspace", ws, sizeof(ws)))
		all ? merge_all(e, &p, l, before) : merge_mine(e, &p, l, c->person, before);
	else if (all || workspace_roles(e, ws, c->person))
		merge_one(e, &p, l, ws, before);
	c->text = text_of(e, l, &p);
	return 200;
}
