/* engine/workspaces.c - a permit made real: staging, who may enter, and its end.
 * Staging is WIPE (what an interrupted one left), then STAGE of the next data version. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "spe/cleanup.h"
#include "spe/holding.h"
#include "spe/log.h"
#include "sped/engine/engine.h"

enum { BEFORE_STAGING = 1, LEFT_OVER, OLD_VERSION }; /* task.index of a WIPE */

#define PROOF_PAUSE_S 600 /* after one that could not be made */
#define PROOF_SOON_S 10   /* where the gate is still at it, at first; then ever longer */
#define REFUSED_PAUSE_S 60

/* Permits are read once and kept as they were understood, by their text: nearly every call asks for one. */
#define KEPT 16
struct permit *workspace_permit(struct engine *e, const char *ws)
{
	static struct {
		char *text;
		struct permit *p;
	} kept[KEPT];
	static unsigned turn;
	auto_json json_t *row = db_row(e, "SELECT text FROM permit WHERE id=?", "s", ws);
	const char *text = json_str(row, "text");
	unsigned i;

	if (!row)
		return NULL;
	for (i = 0; i < KEPT && (!kept[i].text || strcmp(kept[i].text, text) != 0); i++)
		;
	if (i < KEPT)
		return permit_again(kept[i].p);
	i = turn++ % KEPT;
	free(kept[i].text);
	permit_free(kept[i].p);
	kept[i].p = NULL;
	kept[i].text = permit_parse(text, strlen(text), &kept[i].p, NULL) < 0 ? NULL : strdup(text);
	return permit_again(kept[i].p);
}

unsigned workspace_roles(struct engine *e, const char *ws, const char *person)
{
	return (unsigned)db_number(e, "SELECT roles FROM temp.role WHERE person=? AND workspace=?", "ss", person, ws);
}

int workspace_open(struct engine *e, struct call *c, const char *ws, unsigned want, unsigned *ret_roles)
{
	unsigned have = workspace_roles(e, ws, c->person);

	*ret_roles = have;
	if (have == 0 && !(c->roles & (ROLE_OPERATOR | ROLE_AUDITOR))) /* whether it exists is nobody else's business */
		return spe_fail(&c->err, SPE_E_NOT_FOUND, "there is no workspace %.100s of yours", ws);
	if (!db_number(e, "SELECT count(*) FROM workspace WHERE name=?", "s", ws))
		return spe_fail(&c->err, SPE_E_NOT_FOUND, "there is no workspace %.100s", ws);
	if (want && !(have & want))
		return spe_fail(&c->err, SPE_E_NOT_AUTHORISED, "%s is no %s of workspace %.100s", c->person,
			want & ROLE_CHECKER ? "checker" : "researcher", ws);
	return 0;
}

/* --- staging --------------------------------------------------------------------------------- */

static void fail(struct engine *e, int64_t number, const char *why)
{
	auto_json json_t *w = db_row(e, "SELECT name, version FROM workspace WHERE number=?", "i", number);

	char text[400];

	snprintf(text, sizeof(text), "%s", why);
	spe_one_line(text);
	gate_journal(e, gate_record(NULL, 0, "workspace.stage-failed", json_str(w, "name"), json_int(w, "version"),
		json_pack("{ss}", "reason", text)));
	db_exec(e, "UPDATE workspace SET state=CASE WHEN data_version>0 AND state='ready' THEN state ELSE 'failed' END, error=? "
		   "WHERE number=? AND state<>'ended'", "si", text, number);
	e->changed = true;
}

/* All places of the gate are taken just now, which is no fault of the workspace's: begin comes back to it. */
static bool no_place(const struct spe_error *err)
{
	return err->code == SPE_E_CONFLICT || err->code == SPE_E_BUSY;
}

static void wipe(struct engine *e, int64_t number, int64_t version, int why)
{
	struct msg_start m = task_helper(e, PROFILE_WIPE, (uint32_t)number, (uint32_t)version);
	struct spe_error err;

	if (tasks_make(e, TASK_WIPE, &m, GATE_WIPE, json_object(), -1, (uint32_t)number, why, &err))
		return;
	spe_log("workspaces", "data %lld-%lld not wiped: %s", (long long)number, (long long)version, err.text);
	if (why == BEFORE_STAGING && !no_place(&err))
		fail(e, number, err.text);
}

/* The gate gives no data before the permit's first day; workspaces_clock begins with it, and with what is resumed. */
bool workspace_waits(struct engine *e, int64_t number)
{
	return db_number(e, "SELECT count(*) FROM workspace WHERE number=? AND state='staging' AND (starts>=? OR halted&?)", "iii", number,
		(int64_t)time(NULL), (int64_t)HALT_RESTORED) > 0;
}

int workspace_restored(struct engine *e, const char *ws, struct spe_error *err)
{
	if (!db_number(e, "SELECT count(*) FROM workspace WHERE name=? AND halted&?", "si", ws, (int64_t)HALT_RESTORED))
		return 0;
	spe_fail(err, SPE_E_REFUSED, "workspace %.100s is halted since this host was restored from a backup", ws);
	spe_remedy(err, "an operator resumes it once what was revoked or rejected after the backup is so again: see sped(8), Restoring");
	return -SPE_E_REFUSED;
}

/* Those that are begun, with the wipes before them: what others wait with is not made yet. */
static bool many_staged(const struct engine *e)
{
	const struct task *t;
	unsigned n = 0;

	for (t = e->tasks; t; t = t->next)
		n += t->kind == TASK_STAGE || (t->kind == TASK_WIPE && t->index == BEFORE_STAGING);
	return n >= tasks_long_most(e);
}

void workspaces_stage(struct engine *e, int64_t number)
{
	struct task *again;

	if (tasks_find(e, TASK_WIPE, (uint32_t)number)) /* two would be in each other's way: begin comes back, with the newest permit */
		return;
	again = tasks_find(e, TASK_STAGE, (uint32_t)number);
	if (again) { /* its end begins anew */
		again->index = 1;
		tasks_kill(e, TASK_STAGE, (uint32_t)number);
	} else if (!workspace_waits(e, number) && !tasks_many(e) && !many_staged(e))
		wipe(e, number, db_number(e, "SELECT data_version+1 FROM workspace WHERE number=?", "i", number), BEFORE_STAGING);
}

static int this_year(void)
{
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	return tm.tm_year + 1900;
}

/* The permit's holder, where it names one, and the description's: an id alone may be somebody else's register. */
static int same_holder(const char *holding, const char *of_permit, const char *here, struct spe_error *err)
{
	if (!*of_permit || strcmp(of_permit, here) == 0)
		return 0;
	return spe_fail(err, SPE_E_REFUSED, "the permit names holding %.60s of holder %.100s, which is described here as of holder %.100s; "
		"correct the description, or ask for a permit that names this holder", holding, of_permit, *here ? here : "nobody");
}

/* One table of the permit: its newest ready file, or the sentence that says what is missing. Its two-digit years are understood by
 * the year in which it came, whenever it is staged. */
static int add_table(struct engine *e, json_t *tables, struct msg_start *m, const char *holding, const char *holder, const char *name,
	bool opt_out, struct spe_error *err)
{
	auto_json json_t *d = db_row(e, "SELECT description AS d_json FROM holding WHERE id=?", "s", holding);
	auto_json json_t *t = db_row(e, "SELECT number, sha256, rows, year FROM tab WHERE holding=? AND name=? AND state='ready' "
					"ORDER BY number DESC LIMIT 1", "ss", holding, name);
	const json_t *description = holding_table(json_object_get(d, "d"), name);

	if (!d)
		return spe_fail(err, SPE_E_NOT_FOUND, "the permit names holding %.100s, which is not registered here", holding);
	if (holding_opts_out(json_object_get(d, "d")) != opt_out)
		return spe_fail(err, SPE_E_REFUSED, "the permit names holding %.100s, a register of people who opted out", holding);
	if (same_holder(holding, holder, json_str(json_object_get(d, "d"), "holder"), err) < 0)
		return -SPE_E_REFUSED;
	if (!description)
		return spe_fail(err, SPE_E_NOT_FOUND, "the permit names table %.100s, which holding %.100s does not describe", name, holding);
	if (!t)
		return spe_fail(err, SPE_E_NOT_FOUND, "table %.100s of holding %.100s has no data yet", name, holding);
	if (m->tables == SPE_HOLDINGS_MAX)
		return spe_fail(err, SPE_E_INPUT, "the permit names more than %d tables", SPE_HOLDINGS_MAX);
	m->table[m->tables++] = (uint32_t)json_int(t, "number");
	json_array_append_new(tables, json_pack("{sssssssOsIsI}", "holding", holding, "table", name, "sha256", json_str(t, "sha256"),
		"description", description, "rows", json_int(t, "rows"), "reference_year", json_int(t, "year") ? json_int(t, "year") :
		(json_int_t)this_year()));
	return 0;
}

static int add_tables(struct engine *e, const struct permit *p, json_t *tables, struct msg_start *m, struct spe_error *err)
{
	const char *name;
	json_t *d, *list, *file;
	size_t i, k;
	int r = 0;

	json_array_foreach(p->data, i, d) {
		json_object_foreach(json_object_get(d, "variables"), name, list)
			if (r == 0)
				r = add_table(e, tables, m, json_str(d, "holding"), json_str(d, "holder"), name, false, err);
		json_array_foreach(json_object_get(d, "files"), k, file)
			if (r == 0)
				r = add_table(e, tables, m, json_str(d, "holding"), json_str(d, "holder"), json_string_value(file), false,
					err);
	}
	return r;
}

/* Every table of every register of people who opted out, or no staging: spe-stage knows whether the permit cites the exception. */
static int add_opt_outs(struct engine *e, json_t *tables, struct msg_start *m, struct spe_error *err)
{
	auto_json json_t *all = db_items(e, "SELECT h.id AS id, json_extract(t.value,'$.name') AS name FROM holding h, json_each(h.description,'$.tables') t "
					    "WHERE json_extract(h.description,'$.\"opt-out\"')=1 ORDER BY h.id, t.key", "");
	const json_t *t;
	size_t i;
	int r = 0;

	json_array_foreach(json_object_get(all, "items"), i, t) {
		r = add_table(e, tables, m, json_str(t, "id"), "", json_str(t, "name"), true, err);
		if (r < 0)
			break;
	}
	return r;
}

static void stage(struct engine *e, int64_t number)
{
	auto_json json_t *w = db_row(e, "SELECT name, version, data_version, state FROM workspace WHERE number=?", "i", number);
	struct msg_start m = task_helper(e, PROFILE_STAGE, (uint32_t)number, (uint32_t)json_int(w, "data_version") + 1);
	struct permit *p = strcmp(json_str(w, "state"), "ended") == 0 ? NULL : workspace_permit(e, json_str(w, "name"));
	auto_json json_t *tables = json_array(), *opt_out = json_array();
	struct spe_error err;
	int r = p ? add_tables(e, p, tables, &m, &err) : spe_fail(&err, SPE_E_INTERNAL, "its permit is not readable");

	permit_free(p);
	if (r == 0)
		r = add_opt_outs(e, opt_out, &m, &err);
	if (r == 0) {
		gate_journal(e, gate_record(NULL, 0, "workspace.stage", json_str(w, "name"), json_int(w, "version"),
			json_pack("{sIsI}", "data_version", (json_int_t)m.version, "canaries", (json_int_t)e->policy.canaries)));
		if (!tasks_make(e, TASK_STAGE, &m, GATE_STAGE, json_pack("{sssOsOsisI}", "permit", json_str(w, "name"), "tables", tables,
			    "opt_out", opt_out, "reference_year", this_year(), "canaries", (json_int_t)e->policy.canaries), -1, (uint32_t)number, 0,
			    &err) && !no_place(&err))
			r = -(int)err.code;
	}
	if (r < 0)
		fail(e, number, err.text);
}

/* What was left out of each table, what did not fit, and how well the rest hides; and of the registers of people who opted out
 * what could not be read, of whom nobody was left out: for those who audit. */
static void tables_journal(struct engine *e, const struct task *t, const json_t *result)
{
	static const char *const told[] = { "holding", "table", "file", "rows_in", "rows_out", "bytes", "sha256", "left_out", "invalid", "misfits",
		"risk" };
	auto_json json_t *w = db_row(e, "SELECT name, version FROM workspace WHERE number=?", "i", (int64_t)t->ref);
	json_t *table;
	size_t i, k;

	json_array_foreach(json_object_get(result, "tables"), i, table) {
		json_t *object = json_pack("{sI}", "data_version", (json_int_t)t->start.version);

		for (k = 0; k < sizeof(told) / sizeof(told[0]); k++)
			if (json_object_get(table, told[k]))
				json_object_set(object, told[k], json_object_get(table, told[k]));
		gate_journal(e, gate_record(NULL, 0, "workspace.table", json_str(w, "name"), json_int(w, "version"), object));
	}
	json_array_foreach(json_object_get(result, "opt_out"), i, table) {
		json_t *object = json_deep_copy(table);

		json_object_set_new(object, "data_version", json_integer((json_int_t)t->start.version));
		gate_journal(e, gate_record(NULL, 0, "workspace.opt-out", json_str(w, "name"), json_int(w, "version"), object));
	}
}

static void staged(struct engine *e, struct task *t, const json_t *result)
{
	auto_free char *tables = NULL, *opt_out = json_dumps(json_object_get(result, "opt_out"), JSON_COMPACT);
	json_t *x;
	size_t i;

	tables_journal(e, t, result);
	json_array_foreach(json_object_get(result, "tables"), i, x)
		json_object_set(x, "rows", json_object_get(x, "rows_out"));
	tables = json_dumps(json_object_get(result, "tables"), JSON_COMPACT);
	db_exec(e, "UPDATE workspace SET state='ready', error=NULL, data_version=?, tables=?, opt_out=? WHERE number=? "
		   "AND state<>'ended'", "issi", (int64_t)t->start.version, tables, opt_out, (int64_t)t->ref);
	if (sqlite3_changes(e->db) == 0) /* the permit has ended meanwhile */
		wipe(e, t->ref, t->start.version, LEFT_OVER);
}

static void stage_ended(struct engine *e, struct task *t, const struct msg_state *s)
{
	auto_json json_t *w = db_row(e, "SELECT name, version FROM workspace WHERE number=?", "i", (int64_t)t->ref);
	auto_json json_t *result = NULL;
	char task[SPE_ID_TEXT];
	struct spe_error err;
	int r;

	spe_id_text(task, t->start.id);
	r = gate_ask(e, GATE_RESULT, json_pack("{ssso}", "task", task, "record", gate_record(NULL, 0, "workspace.staged",
		json_str(w, "name"), json_int(w, "version"), NULL)), &result, NULL, &err);
	if (t->index || s->limits & LIMIT_KILLED) {
		wipe(e, t->ref, t->start.version, BEFORE_STAGING);
	} else if (r == 0 && s->end == END_EXIT && s->value == 0 && json_flag(result, "ok")) {
		staged(e, t, result);
	} else {
		const char *said = json_str(json_object_get(result, "error"), "message");

		fail(e, t->ref, *said ? said : tasks_why(s));
		wipe(e, t->ref, t->start.version, LEFT_OVER);
	}
}

void workspaces_ended(struct engine *e, struct task *t, const struct msg_state *s)
{
	struct spe_error err;
	char task[SPE_ID_TEXT];
	int r;

	if (t->kind == TASK_STAGE) {
		stage_ended(e, t, s);
		return;
	}
	spe_id_text(task, t->start.id);
	r = gate_ask(e, GATE_RESULT, json_pack("{ssso}", "task", task, "record", gate_record(NULL, 0, "workspace.wipe", NULL, 0,
		json_pack("{sisi}", "number", (int)t->ref, "data_version", (int)t->start.version))), NULL, NULL, &err);
	if (r < 0 || s->end != END_EXIT || s->value != 0) { /* a proof of deletion wants that the gate knows */
		spe_log("workspaces", "data %u-%u not wiped: %s", t->ref, t->start.version, r < 0 ? err.text : tasks_why(s));
		e->wipe_failed = true;
		if (t->index == BEFORE_STAGING)
			fail(e, t->ref, "what an interrupted staging left could not be removed; see the log of sped");
	} else if (t->index == BEFORE_STAGING && !workspace_waits(e, t->ref)) { /* amended meanwhile, it may begin later */
		stage(e, t->ref);
	} else if (t->index == OLD_VERSION) {
		db_exec(e, "UPDATE workspace SET wiped=? WHERE number=?", "ii", (int64_t)t->start.version, (int64_t)t->ref);
	}
}

/* --- the end ---------------------------------------------------------------------------------- */

/* Keys go first: what is still there of the data then is of nobody who could be found. */
static int keys_end(struct engine *e, const char *name, int64_t version, struct spe_error *err)
{
	return gate_ask(e, GATE_END, json_pack("{soss}", "record", gate_record(NULL, 0, "permit.end", name, version,
		json_pack("{ss}", "permit", name)), "permit", name), NULL, NULL, err);
}

/* All of its data is gone, with what a staging may have left over; what the gate has of it goes by the gate's own clock. 0, or for how
 * many seconds the next proof waits where it was not made. */
static int64_t prove(struct engine *e, int64_t number, const char *name, int64_t version, int64_t versions)
{
	auto_json json_t *got = NULL;
	struct spe_error err;
	int r = keys_end(e, name, version, &err); /* where it ended under an earlier version of this program */

	if (r == 0)
		r = gate_ask(e, GATE_DELETED, json_pack("{sosssI}", "record", gate_record(NULL, 0, "permit.deletion", name, version,
			json_pack("{ss}", "permit", name)), "permit", name, "data_versions", (json_int_t)versions), &got, NULL, &err);
	if (r < 0) {
		spe_log("workspaces", "no proof of deletion for %s, which is tried again: %s", name, err.text);
		return PROOF_PAUSE_S;
	}
	if (json_flag(got, "more"))
		return PROOF_SOON_S;
	db_exec(e, "UPDATE workspace SET proven=1 WHERE number=?", "i", number);
	db_exec(e, "UPDATE job SET outputs='[]', kept=0 WHERE workspace=? AND outputs IS NOT NULL", "s", name);
	return 0;
}

static void prove_all(struct engine *e)
{
	static int64_t not_before, soon = PROOF_SOON_S;
	auto_json json_t *gone = NULL;
	int64_t pause = 0;
	json_t *w;
	size_t i;

	if (now_s() < not_before)
		return;
	gone = db_items(e, "SELECT number, name, version, data_version FROM workspace WHERE state='ended' AND wiped>data_version AND "
		"proven<=0", "");
	json_array_foreach(json_object_get(gone, "items"), i, w) {
		const int64_t more = prove(e, json_int(w, "number"), json_str(w, "name"), json_int(w, "version"), json_int(w, "data_version"));

		pause = more > pause ? more : pause;
	}
	if (pause == PROOF_SOON_S) {
		pause = soon;
		soon = soon * 2 < PROOF_PAUSE_S ? soon * 2 : PROOF_PAUSE_S;
	} else {
		soon = PROOF_SOON_S;
	}
	not_before = now_s() + pause;
}

/* By its own days, or at any time. One that the gate refuses, whose clock it may be, is tried again later. */
static void end(struct engine *e, int64_t number, const char *name, int64_t version, bool by_clock)
{
	static int64_t not_before;
	struct spe_error err;
	int r;

	if (by_clock && now_s() < not_before)
		return;
	r = keys_end(e, name, version, &err);
	if (r == -SPE_E_REFUSED && by_clock)
		not_before = now_s() + REFUSED_PAUSE_S;
	if (r == -SPE_E_REFUSED) { /* what is wiped does not come back: it is not for the engine's database alone to say */
		spe_log("workspaces", "workspace %s does not end: %s", name, err.text);
		if (permit_recall(e, name))
			workspaces_stage(e, number);
		return;
	}
	gate_journal(e, gate_record(NULL, 0, "workspace.end", name, version, NULL));
	db_exec(e, "UPDATE workspace SET state='ended' WHERE number=?", "i", number);
	jobs_stop_all(e, name);
	exports_unclear(e, name); /* what is not released by now never is */
	tasks_kill(e, TASK_STAGE, (uint32_t)number);
	if (r < 0)
		spe_log("workspaces", "the key of permit %s stays for now: %s", name, err.text);
	e->changed = true;
}

/* Whose permit's first day has come, and what could not be staged so far: sped was ended, or others waited, or it was halted. */
static void begin(struct engine *e)
{
	auto_stmt sqlite3_stmt *q = db_query(e, "SELECT number FROM workspace WHERE state='staging' AND starts<? AND NOT halted&?",
		"ii", (int64_t)time(NULL), (int64_t)HALT_RESTORED);

	while (db_step(e, q))
		if (!tasks_find(e, TASK_WIPE, (uint32_t)sqlite3_column_int64(q, 0)) &&
		    !tasks_find(e, TASK_STAGE, (uint32_t)sqlite3_column_int64(q, 0)))
			workspaces_stage(e, sqlite3_column_int64(q, 0));
}

/* Jobs that were to be stopped with their permit's end or by a halt, when this program was ended in the middle of that. */
static void stop_left(struct engine *e)
{
	auto_json json_t *left = db_items(e, "SELECT name FROM workspace w WHERE (state='ended' OR halted&?) AND EXISTS (SELECT 1 FROM job WHERE "
		"workspace=w.name AND (state='queued' OR (state='running' AND NOT cancelled)))", "i", (int64_t)HALT_OPERATOR);
	json_t *w;
	size_t i;

	json_array_foreach(json_object_get(left, "items"), i, w)
		jobs_stop_all(e, json_str(w, "name"));
}

/* Once a second: permits that are over, what is left of them, those that begin, and replaced data that no job has open. */
void workspaces_clock(struct engine *e)
{
	static int64_t wiped_at;
	auto_stmt sqlite3_stmt *q = db_query(e, "SELECT w.number, w.name, w.version, p.revoked FROM workspace w JOIN permit p ON "
						"p.id=w.name WHERE w.state<>'ended' AND (p.revoked OR w.ends<?)", "i", (int64_t)time(NULL));
	auto_stmt sqlite3_stmt *old = NULL;

	while (db_step(e, q))
		end(e, sqlite3_column_int64(q, 0), (const char *)sqlite3_column_text(q, 1), sqlite3_column_int64(q, 2),
			!sqlite3_column_int(q, 3));
	stop_left(e);
	begin(e);
	prove_all(e);
	if (e->wipe_failed && now_s() - wiped_at < 600)
		return;
	e->wipe_failed = false;
	wiped_at = now_s();
	old = db_query(e, "SELECT number, wiped+1 FROM workspace w WHERE wiped+(state<>'ended')<data_version+(state='ended') AND NOT EXISTS (SELECT 1 FROM job WHERE "
			  "workspace=w.name AND state IN ('running','ended') AND data_version<=w.wiped+1)", "");
	while (db_step(e, old) && !tasks_many(e))
		if (!tasks_find(e, TASK_WIPE, (uint32_t)sqlite3_column_int64(old, 0)) &&
		    !tasks_find(e, TASK_STAGE, (uint32_t)sqlite3_column_int64(old, 0)))
			wipe(e, sqlite3_column_int64(old, 0), sqlite3_column_int64(old, 1), OLD_VERSION);
}

/* --- calls --------------------------------------------------------------------------------------- */

static json_t *role_list(unsigned roles)
{
	json_t *l = json_array();

	if (roles & ROLE_PI)
		json_array_append_new(l, json_string("principal-investigator"));
	if (roles & ROLE_RESEARCHER)
		json_array_append_new(l, json_string("researcher"));
	if (roles & ROLE_CHECKER)
		json_array_append_new(l, json_string("checker"));
	return l;
}

int workspaces_list(struct engine *e, struct call *c, json_t **ret)
{
	json_t *w;
	size_t i;

	*ret = db_items(e, "SELECT w.name AS workspace, w.state, w.halted, json_extract(p.text,'$.valid.until') AS until, r.roles FROM workspace w JOIN permit p "
			   "ON p.id=w.name LEFT JOIN temp.role r ON r.person=? AND r.workspace=w.name WHERE ? OR r.roles>0 ORDER BY w.name", "si", c->person,
		(int64_t)((c->roles & (ROLE_OPERATOR | ROLE_AUDITOR)) != 0));
	json_array_foreach(json_object_get(*ret, "items"), i, w) {
		json_object_set_new(w, "halted", json_boolean(json_int(w, "halted")));
		json_object_set_new(w, "roles", role_list((unsigned)json_int(w, "roles")));
	}
	return 200;
}

static json_t *people_of(const struct permit *p)
{
	json_t *l = json_array();
	size_t i;

	for (i = 0; i < p->person_count; i++)
		json_array_append_new(l, json_pack("{ssso}", "person", p->person[i].id, "roles", role_list(p->person[i].roles)));
	return l;
}

static int64_t least(int64_t permit, int64_t host)
{
	return permit > 0 && permit < host ? permit : host;
}

/* Who was left out and why is for those who run the host; what was read and not staged is nobody else's business. */
static json_t *data_shown(const json_t *tables, bool all)
{
	static const char *const hidden[] = { "sha256", "planted", "left_out", "invalid", "misfits", "risk" };
	json_t *shown = json_array(), *v;
	size_t i, k;

	json_array_foreach((json_t *)(uintptr_t)tables, i, v) {
		if (!all && *json_str(v, "sha256") == '\0')
			continue;
		json_object_del(v, "rows_in"); /* of the whole holding */
		json_object_del(v, "rows_out"); /* it is rows */
		for (k = 0; !all && k < sizeof(hidden) / sizeof(hidden[0]); k++)
			json_object_del(v, hidden[k]);
		json_array_append(shown, v);
	}
	return shown;
}

/* It counts and names what is in holdings, also in what the permit does not have. */
static void error_hide(json_t *row)
{
	if (*json_str(row, "error"))
		json_object_set_new(row, "error", json_string("the data could not be staged; operators of this host see why"));
}

int workspaces_show(struct engine *e, struct call *c, json_t **ret)
{
	const bool all = c->roles & (ROLE_OPERATOR | ROLE_AUDITOR);
	unsigned have;
	struct permit *p = NULL;
	json_t *row, *v;
	int r = workspace_open(e, c, c->part[1], 0, &have);

	if (r < 0)
		return r;
	p = workspace_permit(e, c->part[1]);
	row = db_row(e, "SELECT number, name AS workspace, state, version AS permit_version, tables AS data_json, "
			"opt_out AS opt_out_json, error, halted FROM workspace WHERE name=?", "s", c->part[1]);
	if (!p || !row) {
		permit_free(p);
		json_decref(row);
		return spe_fail(&c->err, SPE_E_INTERNAL, "the permit of workspace %.100s is not readable", c->part[1]);
	}
	json_object_set_new(row, "halted", json_boolean(json_int(row, "halted")));
	if (!all || json_array_size(json_object_get(row, "opt_out")) == 0)
		json_object_del(row, "opt_out");
	if (!all)
		error_hide(row);
	json_object_set_new(row, "data", data_shown(json_object_get(row, "data"), all));
	v = strcmp(json_str(row, "state"), "staging") != 0 ? NULL : tasks_progress(e, TASK_STAGE, (uint32_t)json_int(row, "number"), all);
	if (v)
		json_object_set_new(row, "progress", v);
	json_object_del(row, "number");
	json_object_set_new(row, "purpose", json_string(p->purpose));
	v = json_object_get(p->root, "valid");
	json_object_set(row, "until", json_object_get(v, "until"));
	json_object_set_new(row, "people", people_of(p));
	json_object_set(row, "runtimes", p->runtimes);
	json_object_set_new(row, "missing_runtimes", runtimes_missing(e, p));
	json_object_set(row, "conditions", json_object_get(p->root, "conditions"));
	json_object_set_new(row, "limits", json_pack("{sIsIsIsI}", "cpus", (json_int_t)least(p->cpus * 1000, e->conf.cpu_milli), "memory",
		(json_int_t)least(p->memory_bytes, e->conf.mem_bytes), "time", (json_int_t)least(p->time_s, e->conf.time_s), "processes",
		(json_int_t)least(p->processes, e->conf.pids)));
	permit_free(p);
	*ret = row;
	return 200;
}

int workspaces_restage(struct engine *e, struct call *c, json_t **ret)
{
	auto_json json_t *w = db_row(e, "SELECT number, state FROM workspace WHERE name=?", "s", c->part[1]);

	if (!w)
		return spe_fail(&c->err, SPE_E_NOT_FOUND, "there is no workspace %.100s", c->part[1]);
	if (strcmp(json_str(w, "state"), "ended") == 0)
		return spe_fail(&c->err, SPE_E_CONFLICT, "workspace %.100s has ended", c->part[1]);
	if (workspace_restored(e, c->part[1], &c->err) < 0)
		return -SPE_E_REFUSED;
	if (strcmp(json_str(w, "state"), "staging") == 0)
		return spe_fail(&c->err, SPE_E_CONFLICT, workspace_waits(e, json_int(w, "number")) ?
			"workspace %.100s is staged on the day its permit begins" : "workspace %.100s is being staged", c->part[1]);
	gate_journal(e, gate_record(c, 0, "workspace.restage", c->part[1], 0, NULL));
	db_exec(e, "UPDATE workspace SET state='staging', error=NULL WHERE name=?", "s", c->part[1]);
	workspaces_stage(e, json_int(w, "number"));
	*ret = json_pack("{ssss}", "workspace", c->part[1], "state", "staging");
	return 202;
}

static int halt(struct engine *e, struct call *c, bool on, json_t **ret)
{
	static const char *const fields[] = { "workspace", NULL };
	const json_t *which = json_object_get(c->body, "workspace");
	const char *ws = json_string_value(which);
	int stopped = 0;

	if (json_only(c->body, "the request", fields, &c->err) < 0)
		return -SPE_E_INPUT;
	if (!which || (!json_is_null(which) && !ws))
		return spe_fail(&c->err, SPE_E_INPUT, "workspace: a name is wanted, or null for all");

	if (ws && !db_number(e, "SELECT count(*) FROM workspace WHERE name=?", "s", ws))
		return spe_fail(&c->err, SPE_E_NOT_FOUND, "there is no workspace %.100s", ws);
	gate_journal(e, gate_record(c, 0, on ? "workspace.halt" : "workspace.resume", ws, 0, NULL));
	db_exec(e, "UPDATE workspace SET halted=CASE WHEN ? THEN halted|? ELSE 0 END WHERE name=? OR ? IS NULL", "iiss", (int64_t)on,
		(int64_t)HALT_OPERATOR, ws, ws);
	if (on)
		stopped = jobs_stop_all(e, ws);
	else
		exports_unclear(e, ws ? ws : ""); /* what is approved since a restore leaves now */
	*ret = json_pack("{si}", "stopped", stopped);
	return 200;
}

int halt_all(struct engine *e, struct call *c, json_t **ret)
{
	return halt(e, c, true, ret);
}

int resume_all(struct engine *e, struct call *c, json_t **ret)
{
	return halt(e, c, false, ret);
}
