/* engine/holdings.c - holdings and their tables. A table's file has a number; a
 * newer upload is a new number, and the old file goes once the new one is ready. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "spe/holding.h"
#include "spe/log.h"
#include "sped/engine/engine.h"

/* What came of the newest upload, and the file that is there: while another one is taken in, or where it was refused, still the one before. */
#define TABLES "SELECT t.number AS number, r.number AS ready, t.name AS \"table\", t.state AS state, coalesce(r.version,0) AS version, r.rows AS rows, " \
	       "r.bytes AS bytes, r.sha256 AS sha256, t.error AS error, r.misfits AS misfits_json, r.unknown AS unknown_json, " \
	       "r.numbers AS numbers_json, " \
	       "r.verified AS verified, r.same AS same FROM tab t LEFT JOIN tab r ON r.number=(SELECT max(number) FROM tab WHERE " \
	       "holding=t.holding AND name=t.name AND state='ready') WHERE t.holding=? AND t.number=(SELECT max(number) FROM tab WHERE " \
	       "holding=t.holding AND name=t.name) ORDER BY t.name"

static json_t *description(struct engine *e, const char *id)
{
	json_t *row = db_row(e, "SELECT description AS d_json FROM holding WHERE id=?", "s", id), *d;

	d = row ? json_incref(json_object_get(row, "d")) : NULL;
	json_decref(row);
	return d;
}

static json_t *owner(struct engine *e, const char *id)
{
	auto_json json_t *row = db_row(e, "SELECT owner FROM holding WHERE id=?", "s", id);

	return json_incref(json_object_get(row, "owner"));
}

static json_t *summary(struct engine *e, const json_t *d)
{
	json_t *tables = db_items(e, TABLES, "s", json_str(d, "id")), *t, *progress, *o;
	json_int_t verifying = 0;
	size_t i;

	json_array_foreach(json_object_get(tables, "items"), i, t) {
		if (json_int(t, "ready") && tasks_find(e, TASK_VERIFY, (uint32_t)json_int(t, "ready")))
			verifying = json_int(t, "ready");
		json_object_set_new(t, "same", *json_str(t, "verified") ? json_boolean(json_int(t, "same")) : json_null());
		progress = strcmp(json_str(t, "state"), "intake") == 0 ? tasks_progress(e, TASK_INTAKE, (uint32_t)json_int(t, "number"), true) : NULL;
		if (progress)
			json_object_set_new(t, "progress", progress);
		json_object_del(t, "number");
		json_object_del(t, "ready");
	}
	o = json_pack("{ssso?sssssO}", "holding", json_str(d, "id"), "person", owner(e, json_str(d, "id")), "title", json_str(d, "title"), "holder",
		json_str(d, "holder"), "tables", json_object_get(tables, "items"));

	if (verifying) {
		json_object_set_new(o, "verifying", json_true());
		progress = tasks_progress(e, TASK_VERIFY, (uint32_t)verifying, true);
		if (progress)
			json_object_set_new(o, "progress", progress);
	}
	json_decref(tables);
	return o;
}

/* Whose they are to change and to see: everybody's for operators, and for auditors to see; else one's own. */
static bool sees_all(const struct call *c)
{
	return c->roles & (ROLE_OPERATOR | ROLE_AUDITOR);
}

static int want_own(struct engine *e, struct call *c, const char *id)
{
	if ((c->roles & ROLE_OPERATOR) || (c->roles & ROLE_AUDITOR && c->method == HTTP_GET) ||
		db_number(e, "SELECT count(*) FROM holding WHERE id=? AND owner=?", "ss", id, c->person))
		return 0;
	spe_fail(&c->err, SPE_E_NOT_AUTHORISED, "holding %.100s is not one of those that %s brought or was given", id, c->person);
	spe_remedy(&c->err, "ask the operator for: spe-cli holding give HOLDING %.100s", c->person);
	return -SPE_E_NOT_AUTHORISED;
}

int holdings_list(struct engine *e, struct call *c, json_t **ret)
{
	auto_json json_t *all = db_items(e, "SELECT description AS d_json FROM holding WHERE ?1 IS NULL OR owner=?1 ORDER BY id", "s",
		sees_all(c) ? NULL : c->person);
	json_t *items = json_array(), *row;
	size_t i;

	json_array_foreach(json_object_get(all, "items"), i, row)
		json_array_append_new(items, summary(e, json_object_get(row, "d")));
	*ret = json_pack("{so}", "items", items);
	return 200;
}

static int want(struct engine *e, struct call *c, json_t **ret)
{
	*ret = description(e, c->part[1]);
	if (*ret)
		return want_own(e, c, c->part[1]);
	return spe_fail(&c->err, SPE_E_NOT_FOUND, "there is no holding %.100s", c->part[1]);
}

int holdings_show(struct engine *e, struct call *c, json_t **ret)
{
	auto_json json_t *d = NULL;
	int r = want(e, c, &d);

	if (r < 0)
		return r;
	*ret = summary(e, d);
	json_object_set(*ret, "description", d);
	return 200;
}

static bool same_reading(const json_t *a, const json_t *b)
{
	auto_json json_t *x = holding_reading(a), *y = holding_reading(b);

	return x && y && json_equal(x, y);
}

/* Columns of a table whose data are here may not change under them, nor how the file is read: in another encoding or with another
 * delimiter the same bytes say something else. */
static int same_columns(struct engine *e, struct call *c, const json_t *old, const json_t *new)
{
	json_t *t;
	size_t i;

	json_array_foreach(json_object_get(old, "tables"), i, t) {
		const json_t *now = holding_table(new, json_str(t, "name"));

		if (!db_number(e, "SELECT count(*) FROM tab WHERE holding=? AND name=? AND state IN ('ready','intake')", "ss",
			    json_str(old, "id"), json_str(t, "name")))
			continue;
		if (!now || holding_is_opaque(t) != holding_is_opaque(now) ||
			(!holding_is_opaque(t) && !json_equal(json_object_get(t, "columns"), json_object_get(now, "columns"))))
			return spe_fail(&c->err, SPE_E_CONFLICT, "table %.100s has data with other columns; remove the holding first",
				json_str(t, "name"));
		if (!same_reading(t, now))
			return spe_fail(&c->err, SPE_E_CONFLICT, "table %.100s has data with another format, encoding, delimiter, decimal, "
				"resource-type or short-lines; remove the holding first", json_str(t, "name"));
	}
	return 0;
}

/* Every staging asks for the tables of such a holding, or fails, and leaves out who is in them. A holder who was given one
 * brings its files, and with them says again what it is. new: NULL where it is to go. */
static int may_opt_out(struct call *c, const json_t *old, const json_t *new)
{
	const json_t *d = new && holding_opts_out(new) ? new : old;

	if ((c->roles & ROLE_OPERATOR) || !d || !holding_opts_out(d) || (old && new && json_equal(old, new)))
		return 0;
	spe_fail(&c->err, SPE_E_NOT_AUTHORISED, "holding %.100s is a register of people who opted out: operators alone add, change and "
		"remove those", json_str(d, "id"));
	spe_remedy(&c->err, "ask an operator of this host to do it");
	return -SPE_E_NOT_AUTHORISED;
}

int holdings_add(struct engine *e, struct call *c, json_t **ret)
{
	char *text = json_dumps(c->body, JSON_COMPACT);
	auto_json json_t *d = NULL, *old = NULL;
	int r = text ? holding_parse(text, strlen(text), &d, &c->err) : -SPE_E_INTERNAL;

	if (r == 0) {
		old = description(e, json_str(d, "id"));
		r = old ? want_own(e, c, json_str(d, "id")) : 0;
	}
	if (r == 0)
		r = may_opt_out(c, old, d);
	if (r == 0) {
		r = old ? same_columns(e, c, old, d) : 0;
	}
	if (r == 0) {
		gate_journal(e, gate_record(c, 0, "holding.describe", NULL, 0, json_pack("{ss}", "holding", json_str(d, "id"))));
		db_exec(e, "INSERT INTO holding(id,description,owner) VALUES(?,?,?) ON CONFLICT(id) DO UPDATE SET "
			   "description=excluded.description", "sss", json_str(d, "id"), text, c->roles & ROLE_HOLDER ? c->person : NULL);
		catalogue_add(e, d);
		*ret = summary(e, d);
		r = 201;
	}
	free(text);
	return r;
}

static void drop(struct engine *e, uint32_t number)
{
	struct msg_start m;
	struct spe_error err;

	if (tasks_find(e, TASK_DROP, number) || backup_lasts() || tasks_many(e))
		return;
	m = task_helper(e, PROFILE_WIPE, 0, 0);
	m.tables = 1;
	m.table[0] = number;
	if (!tasks_make(e, TASK_DROP, &m, GATE_WIPE, json_object(), -1, number, 0, &err))
		spe_log("holdings", "table %u stays for now: %s", number, err.text);
}

/* Removed, refused or replaced, but not known to be gone. */
void holdings_wipe(struct engine *e)
{
	auto_stmt sqlite3_stmt *q = db_query(e, "SELECT number FROM tab t WHERE NOT wiped AND (state IN ('removed','failed') OR EXISTS "
		"(SELECT 1 FROM tab n WHERE n.holding=t.holding AND n.name=t.name AND n.state='ready' AND n.number>t.number))", "");

	while (db_step(e, q))
		drop(e, (uint32_t)sqlite3_column_int64(q, 0));
}

json_t *holdings_numbers(struct engine *e)
{
	auto_stmt sqlite3_stmt *q = db_query(e, "SELECT max(number) FROM tab WHERE state='ready' GROUP BY holding, name ORDER BY 1", "");
	json_t *l = json_array();

	while (db_step(e, q))
		json_array_append_new(l, json_integer(sqlite3_column_int64(q, 0)));
	return l;
}

/* A refused one is kept for what is said of it. */
static void forget_wiped(struct engine *e)
{
	db_exec(e, "DELETE FROM tab WHERE wiped AND state<>'failed'", "");
}

int holdings_table(struct engine *e, struct call *c, const char *holding, const char *name, json_t **ret)
{
	auto_json json_t *d = description(e, holding);
	int r = d ? want_own(e, c, holding) : spe_fail(&c->err, SPE_E_NOT_FOUND, "there is no holding %.100s", holding);

	if (r == 0 && !holding_table(d, name))
		r = spe_fail(&c->err, SPE_E_NOT_FOUND, "holding %.100s describes no table %.100s", holding, name);
	if (r == 0)
		*ret = json_incref(d);
	return r;
}

int holdings_take_in(struct engine *e, struct call *c, const json_t *d, const char *name, int upload, const char *sha256, uint32_t *ret_number)
{
	const char *holding = json_str(d, "id");
	struct msg_start m;
	struct task *t;

	if (db_number(e, "SELECT count(*) FROM tab WHERE holding=? AND name=? AND state='intake'", "ss", holding, name))
		return spe_fail(&c->err, SPE_E_CONFLICT, "an upload of this table is being taken in; wait for it");
	if (tasks_long_check(e, c->uid, &c->err) < 0)
		return -SPE_E_BUSY;
	gate_journal(e, gate_record(c, 0, "holding.upload", NULL, 0, json_pack("{ssss}", "holding", holding, "table", name)));
	db_exec(e, "INSERT INTO tab(holding,name,state,year) VALUES(?,?,'intake',strftime('%Y','now'))", "ss", holding, name);
	m = task_helper(e, PROFILE_INTAKE, 0, 0);
	m.tables = 1;
	*ret_number = m.table[0] = (uint32_t)sqlite3_last_insert_rowid(e->db);
	t = tasks_make(e, TASK_INTAKE, &m, GATE_INTAKE, json_pack("{sssssOss*}", "holding", holding, "table", name, "description",
		holding_table(d, name), "sha256", sha256), upload, m.table[0], 0, &c->err);
	if (t) {
		t->of = c->uid;
		return 0;
	}
	db_exec(e, "UPDATE tab SET state='failed', error=?, wiped=1 WHERE number=?", "si", c->err.text, (int64_t)m.table[0]);
	return -(int)c->err.code;
}

int holdings_before(struct engine *e, struct call *c)
{
	auto_json json_t *d = NULL;
	int r = holdings_table(e, c, c->part[1], c->part[3], &d);

	if (r == 0)
		r = tasks_long_check(e, c->uid, &c->err);
	return r < 0 ? r : 100;
}

int holdings_put(struct engine *e, struct call *c, json_t **ret)
{
	auto_json json_t *d = NULL;
	uint32_t number;
	int r = holdings_table(e, c, c->part[1], c->part[3], &d);

	if (r == 0)
		r = holdings_take_in(e, c, d, c->part[3], c->fd, NULL, &number);
	if (r < 0)
		return r;
	*ret = json_pack("{ssssss}", "holding", c->part[1], "table", c->part[3], "state", "intake");
	return 202;
}

static void taken_in(struct engine *e, uint32_t number, const json_t *result)
{
	char *misfits = json_dumps(json_object_get(result, "misfits"), JSON_COMPACT);
	char *unknown = json_dumps(json_object_get(result, "unknown"), JSON_COMPACT);
	char *numbers = json_dumps(json_object_get(result, "numbers"), JSON_COMPACT);

	/* the version that it replaces is still there: it is dropped below */
	db_exec(e, "UPDATE tab SET version=1+(SELECT max(o.version) FROM tab o WHERE o.holding=tab.holding AND o.name=tab.name) WHERE number=?",
		"i", (int64_t)number);
	db_exec(e, "UPDATE tab SET state='ready', rows=?, bytes=?, sha256=?, misfits=?, unknown=?, numbers=? WHERE number=?", "iissssi",
		(int64_t)json_int(result, "rows"), (int64_t)json_int(result, "bytes"), json_str(result, "sha256"), misfits,
		unknown, numbers, (int64_t)number);
	free(misfits);
	free(unknown);
	free(numbers);
	holdings_wipe(e);
}

static void not_taken_in(struct engine *e, uint32_t number, const char *reason)
{
	char why[400];

	snprintf(why, sizeof(why), "%s", reason);
	spe_one_line(why);
	gate_journal(e, gate_record(NULL, 0, "holding.refuse", NULL, 0, json_pack("{siss}", "number", (int)number, "reason", why)));
	db_exec(e, "UPDATE tab SET state='failed', error=? WHERE number=?", "si", why, (int64_t)number);
	drop(e, number);
}

void holdings_ended(struct engine *e, struct task *t, const struct msg_state *s)
{
	auto_json json_t *result = NULL;
	bool good = s->end == END_EXIT && s->value == 0;
	const char *why = "", *said;
	struct spe_error err;
	char task[SPE_ID_TEXT];

	spe_id_text(task, t->start.id);
	if (gate_ask(e, GATE_RESULT, json_pack("{ssso}", "task", task, "record", gate_record(NULL, 0,
		    t->kind == TASK_DROP ? "holding.erase" : "holding.intake", NULL, 0, json_pack("{si}", "number", (int)t->ref))),
		    &result, NULL, &err) < 0)
		why = tasks_why(s);
	if (t->kind == TASK_DROP) {
		if (!good)
			spe_log("holdings", "table %u stays for now: %s", t->ref, tasks_why(s));
		db_exec(e, "UPDATE tab SET wiped=? WHERE number=?", "ii", (int64_t)good, (int64_t)t->ref);
		forget_wiped(e);
		return;
	}
	said = json_str(json_object_get(result, "error"), "message");
	if (good && json_flag(result, "ok"))
		taken_in(e, t->ref, result);
	else
		not_taken_in(e, t->ref, *why ? why : *said ? said : tasks_why(s));
	uploads_ended(e, t->ref, (good && json_flag(result, "ok")) || *said); /* last: what it was for is written by then */
}

void holdings_resume(struct engine *e)
{
	auto_stmt sqlite3_stmt *q = db_query(e, "SELECT number FROM tab WHERE state='intake'", "");

	while (db_step(e, q))
		not_taken_in(e, (uint32_t)sqlite3_column_int64(q, 0), "sped was restarted while the file was being taken in; send it again");
}

/* At start and every ten minutes: a wipe may fail, as when its process is killed. What there are too many of is done by the minute. */
void holdings_clock(struct engine *e)
{
	static int64_t looked;

	if (looked && now_s() - looked < 600)
		return;
	looked = now_s();
	holdings_wipe(e);
	if (tasks_many(e))
		looked -= 540;
}

int holdings_remove(struct engine *e, struct call *c, json_t **ret)
{
	auto_json json_t *d = NULL;
	int r = want(e, c, &d);

	if (r == 0)
		r = may_opt_out(c, d, NULL);
	if (r < 0)
		return r;
	if (db_number(e, "SELECT count(*) FROM permit p JOIN workspace w ON w.name=p.id, json_each(p.text,'$.data') j "
			 "WHERE w.state<>'ended' AND json_extract(j.value,'$.holding')=?", "s", c->part[1]))
		return spe_fail(&c->err, SPE_E_CONFLICT, "a permit uses holding %.100s", c->part[1]);
	if (db_number(e, "SELECT count(*) FROM tab WHERE holding=? AND state='intake'", "s", c->part[1]))
		return spe_fail(&c->err, SPE_E_CONFLICT, "an upload of holding %.100s is being taken in; wait for it", c->part[1]);
	gate_journal(e, gate_record(c, 0, "holding.remove", NULL, 0, json_pack("{ss}", "holding", c->part[1])));
	db_exec(e, "UPDATE tab SET state='removed' WHERE holding=?", "s", c->part[1]);
	db_exec(e, "DELETE FROM holding WHERE id=?", "s", c->part[1]);
	catalogue_remove(e, c->part[1]);
	forget_wiped(e);
	holdings_wipe(e);
	*ret = json_pack("{sssb}", "holding", c->part[1], "removed", 1);
	return 200;
}

int holdings_give(struct engine *e, struct call *c, json_t **ret)
{
	static const char *const fields[] = { "person", NULL };
	const json_t *whom = json_object_get(c->body, "person");
	const char *person = json_string_value(whom);
	auto_json json_t *d = NULL;
	int r = json_only(c->body, "the request", fields, &c->err);

	if (r == 0)
		r = want(e, c, &d);
	if (r < 0)
		return r;
	if (!whom || (!json_is_null(whom) && !person))
		return spe_fail(&c->err, SPE_E_INPUT, "person: a name is wanted, or null for nobody");
	if (person && !db_number(e, "SELECT count(*) FROM person p, json_each(p.roles) r WHERE p.id=? AND r.value='holder'", "s", person))
		return spe_fail(&c->err, SPE_E_NOT_FOUND, "there is no person %.100s with the role holder", person);
	gate_journal(e, gate_record(c, 0, "holding.give", NULL, 0, json_pack("{ssss?}", "holding", c->part[1], "person", person)));
	db_exec(e, "UPDATE holding SET owner=? WHERE id=?", "ss", person, c->part[1]);
	*ret = json_pack("{ssss?}", "holding", c->part[1], "person", person);
	return 200;
}

/* ---- are the files what was taken in? ---- */

int holdings_verify(struct engine *e, struct call *c, json_t **ret)
{
	auto_json json_t *d = description(e, c->part[1]), *tables = json_array(), *all = NULL;
	struct msg_start m = task_helper(e, PROFILE_STAGE, 0, 0);
	struct task *task;
	json_t *t;
	size_t i;
	int r = d ? 0 : spe_fail(&c->err, SPE_E_NOT_FOUND, "there is no holding %.100s", c->part[1]);

	if (r == 0 && !(c->roles & ROLE_AUDITOR))
		r = want_own(e, c, c->part[1]);
	if (r == 0)
		r = tasks_long_check(e, c->uid, &c->err);
	if (r < 0)
		return r;
	all = db_items(e, "SELECT number, name, sha256 FROM tab t WHERE holding=? AND state='ready' AND number=(SELECT max(number) FROM tab WHERE "
			  "holding=t.holding AND name=t.name AND state='ready') ORDER BY number LIMIT 64", "s", c->part[1]);
	json_array_foreach(json_object_get(all, "items"), i, t) {
		if (tasks_find(e, TASK_VERIFY, (uint32_t)json_int(t, "number")))
			return spe_fail(&c->err, SPE_E_CONFLICT, "holding %.100s is being verified", c->part[1]);
		m.table[m.tables++] = (uint32_t)json_int(t, "number");
		json_array_append_new(tables, json_pack("{sssOsO}", "holding", c->part[1], "table", json_object_get(t, "name"), "sha256",
			json_object_get(t, "sha256")));
	}
	if (m.tables == 0)
		return spe_fail(&c->err, SPE_E_CONFLICT, "holding %.100s has no data to verify", c->part[1]);
	gate_journal(e, gate_record(c, 0, "holding.verify", NULL, 0, json_pack("{ss}", "holding", c->part[1])));
	task = tasks_make(e, TASK_VERIFY, &m, GATE_TABLES, json_pack("{sO}", "tables", tables), -1, m.table[0], 0, &c->err);
	if (!task)
		return -(int)c->err.code;
	task->of = c->uid;
	for (i = 0; i < m.tables; i++) /* what was found before is of no weight any more */
		db_exec(e, "UPDATE tab SET verified=NULL WHERE number=?", "i", (int64_t)m.table[i]);
	*ret = json_pack("{sssb}", "holding", c->part[1], "verifying", 1);
	return 202;
}

void holdings_verified(struct engine *e, struct task *t, const struct msg_state *s)
{
	auto_json json_t *result = NULL;
	const bool good = s->end == END_EXIT && s->value == 0;
	char task[SPE_ID_TEXT], now[24];
	struct spe_error err;
	json_t *one;
	size_t i;

	spe_id_text(task, t->start.id);
	if (gate_ask(e, GATE_RESULT, json_pack("{ssso}", "task", task, "record", gate_record(NULL, 0, "holding.verified", NULL, 0,
		    json_pack("{si}", "number", (int)t->ref))), &result, NULL, &err) < 0 || !good || !json_flag(result, "ok")) {
		spe_log("holdings", "table %u and the others of its holding were not verified: %s", t->ref, tasks_why(s));
		return;
	}
	db_now(now);
	json_array_foreach(json_object_get(result, "tables"), i, one) {
		if (i == t->start.tables)
			break;
		gate_journal(e, gate_record(NULL, 0, "holding.compared", NULL, 0, json_pack("{sOsOsO}", "holding", json_object_get(one, "holding"),
			"table", json_object_get(one, "table"), "same", json_object_get(one, "same"))));
		db_exec(e, "UPDATE tab SET verified=?, same=? WHERE number=?", "sii", now, (int64_t)json_flag(one, "same"), (int64_t)t->start.table[i]);
	}
}
