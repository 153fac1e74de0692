/* engine/exports.c - requests that outputs leave. The state kept here is for lists and for
 * finding work; whether something may be released is for the gate alone, from its own disk. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "spe/cleanup.h"
#include "spe/log.h"
#include "spe/verdict.h"
#include "sped/engine/engine.h"

#define TRIES_MAX 3
#define FINDINGS_SHOWN 10 /* of one file, to its requester */
#define REPLAYS_MAX 4      /* at once, each one file at a time */
#define REPLAY_KEPT_S 60   /* for those who wait for the same */
#define RESUMED 1000       /* at once, after a start */
#define CLEARED 32         /* in a second, of those that are unclear */
#define REVIEWS_MAX 200    /* of a checker's list, the oldest first */
#define ITEM "SELECT id AS export, workspace, job, requester, state, context, requested, approvals, needed, reason FROM export "

/* --- asking and checking ------------------------------------------------------------------------ */

static void set_state(struct engine *e, const char *id, const char *state)
{
	db_exec(e, "UPDATE export SET state=? WHERE id=?", "ss", state, id);
	if (strcmp(state, "pending") != 0)
		db_exec(e, "DELETE FROM temp.decided WHERE export=?", "s", id);
	e->changed = true;
}

/* After so many seconds the gate is asked where it stands. */
static void ask_later(struct engine *e, const char *id, int seconds)
{
	db_exec(e, "INSERT OR REPLACE INTO temp.unclear(export,at) VALUES(?,?)", "si", id, now_s() + seconds);
}

/* How long until it is asked again of a release that was refused: what had no room may have it soon, other reasons stay. Each time
 * costs two records. */
static int pause_after(const struct spe_error *err)
{
	return err->code == SPE_E_INTERNAL ? 60 : 3600;
}

static json_t *row_of(struct engine *e, const char *id)
{
	return db_row(e, ITEM "WHERE id=?", "s", id);
}

#define PERMIT_OVER "its permit is over"

/* Its permit is over before it left, or there is too much to say of it: nobody may decide on it. */
static void over(struct engine *e, const char *id, const char *why)
{
	auto_json json_t *row = row_of(e, id);
	struct spe_error err;

	if (gate_ask(e, GATE_WITHDRAW, json_pack("{soss}", "record", gate_record(NULL, 0, "export.withdraw", json_str(row, "workspace"), 0,
		    json_pack("{ss}", "export", id)), "export", id), NULL, NULL, &err) == 0) {
		db_exec(e, "UPDATE export SET reason=? WHERE id=?", "ss", why, id);
		set_state(e, id, "withdrawn");
		return;
	}
	spe_log("exports", "export %s is not withdrawn: %s", id, err.text);
	ask_later(e, id, pause_after(&err));
}

/* It waits for what can't come any more: its permit is over. */
static bool waits_in_vain(struct engine *e, const char *ws, const char *state)
{
	return (strcmp(state, "pending") == 0 || strcmp(state, "approved") == 0) &&
	       db_number(e, "SELECT count(*) FROM workspace WHERE name=? AND state='ended'", "s", ws) > 0;
}

static int release(struct engine *e, json_t *record, const char *id, const char *ws, struct spe_error *err)
{
	const int r = workspace_restored(e, ws, err); /* who approved it may have been revoked after the backup */

	if (r < 0)
		json_decref(record);
	return r < 0 ? r : gate_ask(e, GATE_RELEASE, json_pack("{soss}", "record", record, "export", id), NULL, NULL, err);
}

/* Once more from the gate, which was asked for more than the engine has heard of. */
static void resume_one(struct engine *e, const char *id, const char *ws)
{
	auto_json json_t *got = NULL;
	struct spe_error err = { 0 };
	const char *state;

	db_exec(e, "DELETE FROM temp.unclear WHERE export=?", "s", id);
	if (gate_ask(e, GATE_EXPORT_SHOW, json_pack("{ss}", "export", id), &got, NULL, &err) < 0) {
		spe_log("exports", "export %s: %s", id, err.text);
		if (err.code == SPE_E_NOT_FOUND)
			db_exec(e, "DELETE FROM export WHERE id=?", "s", id); /* it was never accepted */
		else
			ask_later(e, id, 10);
		return;
	}
	db_exec(e, "DELETE FROM temp.asked WHERE export=?", "s", id);
	state = json_str(got, "state");
	if (waits_in_vain(e, ws, state)) {
		over(e, id, PERMIT_OVER);
		return;
	}
	if (strcmp(state, "approved") == 0) {
		if (release(e, gate_record(NULL, 0, "export.release", ws, 0, json_pack("{ss}", "export", id)), id, ws, &err) == 0)
			state = "released";
		else
			ask_later(e, id, pause_after(&err));
	}
	db_exec(e, "UPDATE export SET approvals=?, needed=? WHERE id=?", "iis", (int64_t)json_int(got, "approvals"), (int64_t)json_int(got, "needed"), id);
	set_state(e, id, state);
}

static bool is_over(struct engine *e, const char *id)
{
	return db_number(e, "SELECT count(*) FROM export x JOIN workspace w ON w.name=x.workspace WHERE x.id=? AND w.state='ended'", "s", id) > 0;
}

/* False: it can't be made now; it is asked for again later. */
static bool manifest(struct engine *e, const char *id)
{
	auto_json json_t *row = row_of(e, id), *got = NULL;
	struct spe_error err;

	if (gate_ask(e, GATE_MANIFEST, json_pack("{soss}", "record", gate_record(NULL, 0, "export.checked", json_str(row, "workspace"), 0,
		    json_pack("{ss}", "export", id)), "export", id), &got, NULL, &err) == 0) {
		db_exec(e, "UPDATE export SET needed=? WHERE id=?", "is", (int64_t)json_int(got, "needed"), id);
		set_state(e, id, json_str(got, "state"));
		if (waits_in_vain(e, json_str(row, "workspace"), json_str(got, "state")))
			ask_later(e, id, 0);
		return true;
	}
	spe_log("exports", "export %s has no manifest: %s", id, err.text);
	if (err.code == SPE_E_TOO_LARGE)
		over(e, id, err.text);
	else if (err.code == SPE_E_REFUSED && is_over(e, id))
		over(e, id, PERMIT_OVER);
	else if (err.code == SPE_E_CONFLICT)
		resume_one(e, id, json_str(row, "workspace"));
	else
		return false;
	return true;
}

/* False: the gate has no such check to give now; it is asked again later. */
static bool check(struct engine *e, const char *id, int index, int tries)
{
	struct msg_start m = task_helper(e, PROFILE_CHECK, 0, 0);
	struct spe_error err;
	uint32_t number = 0;
	struct task *t;

	spe_id_parse(id, &number);
	t = tasks_make(e, TASK_CHECK, &m, GATE_CHECK, json_pack("{sssi}", "export", id, "index", index), -1, number, index, &err);
	if (t) {
		t->tries = tries;
		t->of = db_number(e, "SELECT w.number FROM export x JOIN workspace w ON w.name=x.workspace WHERE x.id=?", "s", id);
	} else
		spe_log("exports", "export %s file %d can't be checked: %s", id, index, err.text);
	if (!t && err.code == SPE_E_REFUSED && is_over(e, id)) /* else it may be amended to begin later, or a clock be behind */
		over(e, id, PERMIT_OVER);
	return t;
}

/* of: the number of a workspace; 0: of all. */
static int checks_under_way(const struct engine *e, int64_t of)
{
	const struct task *t;
	int n = 0;

	for (t = e->tasks; t; t = t->next)
		n += t->kind == TASK_CHECK && (of == 0 || t->of == of);
	return n;
}

/* Of a workspace the export that waits longest, one file of each at a time. False: there is none, or none that can be. */
static bool check_next(struct engine *e, int64_t of, bool *ret_failed)
{
	auto_stmt sqlite3_stmt *q = db_query(e, "SELECT x.id, x.checked, json_array_length(x.files) FROM workspace w JOIN export x ON x.workspace=w.name "
		"WHERE w.number=? AND x.state='checking' ORDER BY x.serial", "i", of);

	while (db_step(e, q)) {
		char id[SPE_ID_TEXT];
		int next = sqlite3_column_int(q, 1);
		uint32_t number;

		if (!spe_id_parse((const char *)sqlite3_column_text(q, 0), &number) || tasks_find(e, TASK_CHECK, number))
			continue;
		spe_id_text(id, number);
		*ret_failed = next >= sqlite3_column_int(q, 2) ? !manifest(e, id) : !check(e, id, next, 0);
		if (*ret_failed) /* behind all others */
			db_exec(e, "UPDATE export SET serial=(SELECT max(serial)+1 FROM export) WHERE id=?", "s", id);
		return true;
	}
	return false;
}

/* The workspaces that have exports to check, but those that are paused. */
static json_t *to_check(struct engine *e, const int64_t not_before[TURNS_MASK + 1])
{
	auto_json json_t *all = db_items(e, "SELECT number, 0 AS running FROM workspace w WHERE (w.state='ended' OR (" IN_FORCE ")) AND "
		"EXISTS (SELECT 1 FROM export WHERE workspace=w.name AND state='checking')", "");
	json_t *items = json_object_get(all, "items");
	size_t i = 0;

	while (i < json_array_size(items))
		if (now_s() < not_before[json_int(json_array_get(items, i), "number") & TURNS_MASK])
			json_array_remove(items, i);
		else
			i++;
	return json_incref(items);
}

/* As many checks at once as jobs; in turns, so that who asks for many exports waits for them alone, and so does who has one that can't
 * be begun. What a permit that is not in force yet has asked for waits until it is; of one that is over it is withdrawn. */
void exports_schedule(struct engine *e)
{
	static struct turns turns;
	static int64_t not_before[TURNS_MASK + 1];
	auto_json json_t *items = NULL;
	json_t *w;
	size_t i;

	if (checks_under_way(e, 0) >= e->conf.slots)
		return;
	items = to_check(e, not_before);
	while (json_array_size(items) > 0 && checks_under_way(e, 0) < e->conf.slots) {
		bool failed = false;
		int64_t of;

		json_array_foreach(items, i, w)
			json_object_set_new(w, "running", json_integer(checks_under_way(e, json_int(w, "number"))));
		of = turns_next(&turns, items);
		if (check_next(e, of, &failed) && !failed)
			continue;
		if (failed)
			not_before[of] = now_s() + 1;
		json_array_foreach(items, i, w)
			if ((json_int(w, "number") & TURNS_MASK) == of) {
				json_array_remove(items, i); /* all that it waits for is under way, or has to wait */
				break;
			}
	}
}

bool check_was_killed(const struct msg_state *s)
{
	return !s->limits && (s->end == END_LOST || (s->end == END_SIGNAL && s->value == SIGKILL));
}

void exports_ended(struct engine *e, struct task *t, const struct msg_state *s)
{
	char id[SPE_ID_TEXT], task[SPE_ID_TEXT];
	struct spe_error err;

	spe_id_text(id, t->ref);
	spe_id_text(task, t->start.id);
	if (check_was_killed(s) && t->tries < TRIES_MAX) {
		check(e, id, t->index, t->tries + 1);
		return;
	}
	if (gate_ask(e, GATE_VERDICT, json_pack("{sssssi}", "task", task, "export", id, "index", t->index), NULL, NULL, &err) < 0)
		spe_log("exports", "export %s file %d: %s", id, t->index, err.text); /* it is checked again */
	else
		db_exec(e, "UPDATE export SET checked=? WHERE id=?", "is", (int64_t)t->index + 1, id);
}

static void decided(struct engine *e, const char *id, const char *person)
{
	db_exec(e, "INSERT OR IGNORE INTO temp.decided(export,person) VALUES(?,?)", "ss", id, person);
}

/* standing: what the gate's journal says of it, NULL: it has not heard of it, which was never accepted then. */
static void resume(struct engine *e, const json_t *x, const json_t *standing)
{
	const char *id = json_str(x, "id");
	const json_t *people = json_object_get(standing, "decided"), *one;
	bool checked = json_flag(standing, "checked"), over = json_flag(standing, "over");
	size_t i;

	json_array_foreach(people, i, one)
		decided(e, id, json_string_value(one));
	if (!standing)
		db_exec(e, "DELETE FROM export WHERE id=?", "s", id);
	else if (!checked && !over)
		db_exec(e, "UPDATE export SET state='checking', checked=0 WHERE id=?", "s", id); /* again from the first file */
	else if (over || strcmp(json_str(x, "state"), "pending") != 0 || json_int(x, "approvals") >= json_int(x, "needed") ||
		 json_int(x, "approvals") != (json_int_t)json_array_size(people))
		resume_one(e, id, json_str(x, "workspace"));
	else if (json_array_size(people) > 0)
		ask_later(e, id, 0); /* what they come to may have changed with the permit */
}

/* What the gate says of at most RESUMED exports, by their ids, which are called name in items. */
static int standing_of(struct engine *e, json_t *items, const char *name, json_t **ret, struct spe_error *err)
{
	auto_json json_t *ids = json_array(), *got = NULL;
	json_t *x;
	size_t i;
	int r;

	json_array_foreach(items, i, x)
		json_array_append(ids, json_object_get(x, name));
	r = gate_ask(e, GATE_EXPORTS, json_pack("{sO}", "exports", ids), &got, NULL, err);
	*ret = json_object();
	json_array_foreach(json_object_get(got, "items"), i, x)
		json_object_set(*ret, json_str(x, "export"), x);
	return r;
}

static void resume_some(struct engine *e, json_t *some)
{
	auto_json json_t *standing = NULL;
	struct spe_error err;
	json_t *x;
	size_t i;

	if (standing_of(e, some, "id", &standing, &err) < 0)
		spe_die("exports", "the gate does not say where they stand: %s", err.text);
	json_array_foreach(some, i, x)
		resume(e, x, json_object_get(standing, json_str(x, "id")));
}

/* What was begun before a restart: checks again from the first file; what has its decisions goes on; what has as many as the
 * engine knows of waits as before, but where its permit is over. Who has decided is in memory from here on, for the checkers' lists. */
void exports_resume(struct engine *e)
{
	int64_t after = 0;
	size_t n;

	do {
		auto_json json_t *some = db_items(e, "SELECT id, state, workspace, approvals, needed, serial FROM export WHERE state IN "
			"('checking','pending','approved') AND serial>? ORDER BY serial LIMIT ?", "ii", after, (int64_t)RESUMED);
		json_t *items = json_object_get(some, "items");

		n = json_array_size(items);
		after = json_int(json_array_get(items, n - 1), "serial");
		if (n > 0)
			resume_some(e, items);
	} while (n == RESUMED);
	db_exec(e, "INSERT OR REPLACE INTO temp.unclear SELECT x.id, 0 FROM export x JOIN workspace w ON w.name=x.workspace WHERE w.state='ended' "
		   "AND x.state IN ('pending','approved')", "");
}

/* Once a second, a few of them: what is unclear is asked of the gate. */
void exports_clock(struct engine *e)
{
	auto_json json_t *some = db_items(e, "SELECT id, workspace FROM temp.unclear JOIN export ON id=export WHERE at<=? ORDER BY at LIMIT ?", "ii",
		now_s(), (int64_t)CLEARED);
	json_t *x;
	size_t i;

	db_exec(e, "DELETE FROM temp.unclear WHERE NOT EXISTS (SELECT 1 FROM export WHERE id=export)", "");
	db_exec(e, "DELETE FROM temp.asked WHERE NOT EXISTS (SELECT 1 FROM export WHERE id=export)", "");
	json_array_foreach(json_object_get(some, "items"), i, x)
		resume_one(e, json_str(x, "id"), json_str(x, "workspace"));
}

void exports_unclear(struct engine *e, const char *ws)
{
	db_exec(e, "INSERT OR REPLACE INTO temp.unclear SELECT id, 0 FROM export WHERE state IN ('pending','approved') AND (? IN ('', workspace))", "s", ws);
}

static int understand(struct engine *e, struct call *c, const char **ret_job, json_t **ret_files, const char **ret_context)
{
	static const char *const fields[] = { "job", "files", "context", "revises", NULL }, *const file_fields[] = { "name", "description", NULL };
	json_t *f;
	size_t i;
	int r = json_only(c->body, "the request", fields, &c->err);

	if (r == 0)
		r = json_want_string(c->body, "the request", "job", 8, ret_job, &c->err);
	if (r == 0)
		r = json_want_array(c->body, "the request", "files", SPE_EXPORT_FILES_MAX, ret_files, &c->err);
	if (r < 0)
		return r;
	if (json_array_size(*ret_files) == 0)
		return spe_fail(&c->err, SPE_E_INPUT, "files: name at least one output");
	*ret_context = json_str(c->body, "context");
	if (strlen(*ret_context) > 4000)
		return spe_fail(&c->err, SPE_E_INPUT, "context has more than 4000 bytes");
	json_array_foreach(*ret_files, i, f) {
		const char *text;
		char where[40];

		snprintf(where, sizeof(where), "files[%zu]", i);
		if ((r = json_only(f, where, file_fields, &c->err)) < 0 || (r = json_want_string(f, where, "name", 500, &text, &c->err)) < 0 ||
		    (r = json_want_string(f, where, "description", 2000, &text, &c->err)) < 0)
			return r;
	}
	return 0;
}

static int ask(struct engine *e, struct call *c, unsigned have, const json_t *job, json_t *files, const char *context, const char *id)
{
	const char *ws = json_str(job, "workspace");
	auto_json json_t *got = NULL;
	char *text = json_dumps(files, JSON_COMPACT), now[24];
	json_t *req;
	int r;

	db_now(now);
	db_exec(e, "INSERT INTO export(id,workspace,job,requester,state,context,requested,files,serial) VALUES(?,?,?,?,'checking',?,?,?,"
		   "(SELECT coalesce(max(serial),0)+1 FROM export))", "sssssss", id, ws, json_str(job, "id"), c->person, context, now, text);
	free(text);
	req = json_pack("{sossssssssss sOs{ssss}sO*sI}", "record", gate_record(c, have, "export.request", ws, 0,
		json_pack("{ssss}", "export", id, "job", json_str(job, "id"))), "export", id, "job", json_str(job, "id"), "permit", ws,
		"requester", c->person, "context", context, "files", files, "policy", "name", e->conf.policy, "text", e->policy_text,
		"revises", json_object_get(c->body, "revises"), "most", (json_int_t)e->conf.permit_exports);
	r = gate_ask(e, GATE_EXPORT, req, &got, NULL, &c->err);
	if (r == -SPE_E_INTERNAL) { /* it may have been kept; where not, its row goes then, and nobody may have seen it */
		db_exec(e, "INSERT INTO temp.asked(export) VALUES(?)", "s", id);
		ask_later(e, id, 0);
	} else if (r < 0)
		db_exec(e, "DELETE FROM export WHERE id=?", "s", id);
	return r;
}

int exports_add(struct engine *e, struct call *c, json_t **ret)
{
	auto_json json_t *job = NULL;
	const char *id_of_job = "", *context = "";
	json_t *files = NULL;
	char id[SPE_ID_TEXT];
	unsigned have = 0;
	int r = understand(e, c, &id_of_job, &files, &context);

	if (r < 0)
		return r;
	job = db_row(e, "SELECT id, workspace, state FROM job WHERE id=?", "s", id_of_job);
	if (!job || workspace_open(e, c, json_str(job, "workspace"), ROLE_RESEARCHER | ROLE_PI, &have) < 0)
		return spe_fail(&c->err, SPE_E_NOT_FOUND, "there is no job %.20s of yours", id_of_job);
	if (strcmp(json_str(job, "state"), "captured") != 0)
		return spe_fail(&c->err, SPE_E_CONFLICT, "job %.20s is %s: its outputs are not captured yet", id_of_job, json_str(job, "state"));
	r = room_on_disk(e, c);
	if (r == 0)
		r = quotas_check(e, QUOTA_EXPORTS, json_str(job, "workspace"), 1, &c->err); /* the gate counts its own besides */
	if (r < 0)
		return r;
	spe_id_text(id, db_new_id(e));
	r = ask(e, c, have, job, files, context, id);
	if (r < 0)
		return r;
	*ret = row_of(e, id);
	return 202;
}

/* --- looking ------------------------------------------------------------------------------------- */

static int mine(struct engine *e, struct call *c, unsigned want, json_t **ret, unsigned *have)
{
	auto_json json_t *row = row_of(e, c->part[1]);
	int r = row ? workspace_open(e, c, json_str(row, "workspace"), want, have) : -SPE_E_NOT_FOUND;

	if (r == -SPE_E_NOT_FOUND)
		return spe_fail(&c->err, SPE_E_NOT_FOUND, "there is no export %.20s of yours", c->part[1]);
	if (r == 0)
		*ret = json_incref(row);
	return r;
}

static const json_t *described(const json_t *files, size_t i)
{
	return json_array_get(files, i);
}

/* Findings as the API has them, from the gate's records. */
static json_t *findings(const json_t *record)
{
	json_t *list = json_array(), *f;
	size_t i;

	json_array_foreach(json_object_get(record, "checks"), i, f) {
		const json_t *where = json_object_get(f, "where");

		if (strcmp(json_str(f, "outcome"), "pass") == 0)
			continue;
		json_array_append_new(list, json_pack("{sssssIsIsIsIssss}", "rule", json_str(f, "id"), "severity", json_str(f, "outcome"),
			"row", json_integer_value(json_array_get(where, 0)), "line", json_int(f, "line"), "column", json_int(f, "column"),
			"offset", json_integer_value(where), "explanation", json_str(f, "detail"), "fix", json_str(f, "fix")));
	}
	return list;
}

static json_int_t passed(const json_t *record)
{
	const json_t *checks = json_object_get(record, "checks"), *f;
	json_int_t n = 0;
	size_t i;

	json_array_foreach(checks, i, f)
		n += strcmp(json_str(f, "outcome"), "pass") == 0;
	return n;
}

static json_t *files_of(struct engine *e, const char *id, const json_t *got)
{
	auto_json json_t *row = db_row(e, "SELECT files AS files_json FROM export WHERE id=?", "s", id);
	json_t *list = json_array(), *d;
	size_t i;

	json_array_foreach(json_object_get(row, "files"), i, d) {
		const json_t *record = described(json_object_get(got, "files"), i), *out = json_object_get(record, "bytes_out");

		json_array_append_new(list, json_pack("{ssssss?ss?ss?so}", "name", json_str(d, "name"), "description", json_str(d, "description"),
			"verdict", json_string_value(json_object_get(record, "verdict")), "sha256",
			json_string_value(json_object_get(record, "sha256_out")), "sha256_in",
			json_string_value(json_object_get(record, "sha256_in")), "findings", findings(record)));
		auto_json json_t *more = json_pack("{sIsOsOsOsI}", "size", json_is_integer(out) ? json_integer_value(out) : json_int(record, "bytes"),
			"bytes", json_object_get(record, "bytes"), "bytes_out", out, "class", json_object_get(record, "class"), "passed",
			passed(record));

		if (more) /* the record is there */
			json_object_update(json_array_get(list, i), more);
	}
	return list;
}

/* Before a release its requester sees no digest (it confirms guesses), few findings, and in them
 * nothing quoted: each would be a way out for data without any decision. */
static void hide(struct engine *e, json_t *files)
{
	json_t *f, *x;
	size_t i, k;

	json_array_foreach(files, i, f) {
		json_t *list = json_object_get(f, "findings");

		json_object_del(f, "sha256");
		json_object_del(f, "sha256_in");
		if (!e->policy.show_sizes) {
			json_object_del(f, "size");
			json_object_del(f, "bytes");
			json_object_del(f, "bytes_out");
		}
		while (json_array_size(list) > FINDINGS_SHOWN)
			json_array_remove(list, FINDINGS_SHOWN);
		json_array_foreach(list, k, x) {
			const char *text = json_str(x, "explanation");

			json_object_set_new(x, "explanation", json_stringn(text, strcspn(text, "(")));
		}
	}
}

/* Nobody sees another's vote before the export is decided; then whoever may see it reads what was decided, and why. */
static json_t *decisions(const struct call *c, unsigned have, const json_t *got)
{
	bool all = strcmp(json_str(got, "state"), "pending") != 0 || (c->roles & ROLE_AUDITOR && !(have & ROLE_CHECKER));
	json_t *list = json_array(), *d;
	size_t i;

	json_array_foreach(json_object_get(got, "decisions"), i, d)
		if (all || strcmp(json_str(d, "person"), c->person) == 0)
			json_array_append(list, d);
	return list;
}

static int complete(struct engine *e, struct call *c, unsigned have, json_t *row)
{
	auto_json json_t *got = NULL;
	int r = gate_ask(e, GATE_EXPORT_SHOW, json_pack("{ss}", "export", json_str(row, "export")), &got, NULL, &c->err);

	if (r < 0)
		return r;
	json_object_set(row, "state", json_object_get(got, "state"));
	json_object_set(row, "approvals", json_object_get(got, "approvals"));
	json_object_set(row, "needed", json_object_get(got, "needed"));
	if (json_object_get(got, "stale"))
		json_object_set(row, "stale", json_object_get(got, "stale"));
	json_object_set_new(row, "files", files_of(e, json_str(row, "export"), got));
	if ((have & ROLE_CHECKER) || c->roles & ROLE_AUDITOR || strcmp(json_str(got, "state"), "released") == 0)
		json_object_set(row, "manifest_sha256", json_object_get(got, "manifest_sha256"));
	else
		hide(e, json_object_get(row, "files"));
	json_object_set_new(row, "decisions", decisions(c, have, got));
	json_object_set(row, "thread", json_object_get(got, "thread"));
	if (json_object_get(got, "revises"))
		json_object_set(row, "revises", json_object_get(got, "revises"));
	if ((have & ROLE_CHECKER) && strcmp(json_str(got, "state"), "pending") == 0)
		json_object_del(row, "approvals");
	return 0;
}

int exports_show(struct engine *e, struct call *c, json_t **ret)
{
	char since[16] = "";
	unsigned have;
	int r = mine(e, c, 0, ret, &have);

	if (r == 0 && call_query(c, "since", since, sizeof(since)) && !c->last && strcmp(since, json_str(*ret, "state")) == 0)
		return CALL_WAIT;
	if (r == 0)
		r = complete(e, c, have, *ret);
	return r < 0 ? r : 200;
}

int exports_list(struct engine *e, struct call *c, json_t **ret)
{
	static const struct list l = { LIST_OF("export"), "export", "SELECT id, json_object('export',id,'workspace',workspace,'job',job,'requester',"
		"requester,'state',state,'context',context,'requested',requested,'approvals',CASE WHEN state<>'pending' THEN approvals END,'needed',"
		"needed) FROM export WHERE serial=? AND id NOT IN (SELECT export FROM temp.asked)" };

	return list_page(e, c, &l);
}

/* How many there are on each. */
static int comments_add(struct engine *e, struct call *c, json_t *items)
{
	auto_json json_t *standing = NULL;
	const json_t *by_id;
	json_t *x;
	size_t i;
	int r = standing_of(e, items, "export", &standing, &c->err);

	json_array_foreach(items, i, x) {
		by_id = json_object_get(standing, json_str(x, "export"));
		json_object_set_new(x, "comments", json_integer(json_int(by_id, "comments")));
	}
	return r < 0 ? r : 200;
}

int reviews_list(struct engine *e, struct call *c, json_t **ret)
{
	json_t *items;

	*ret = db_items(e, "SELECT id AS export, workspace, job, requester, state, context, requested, needed FROM export WHERE state='pending' AND "
			   "requester<>? AND workspace IN (SELECT workspace FROM temp.role WHERE person=? AND roles&?) AND NOT EXISTS (SELECT 1 FROM "
			   "temp.decided WHERE export=id AND person=?) AND workspace NOT IN (SELECT name FROM workspace WHERE state='ended') ORDER BY serial LIMIT ?", "ssisi", c->person, c->person, (int64_t)ROLE_CHECKER, c->person,
		(int64_t)REVIEWS_MAX + 1);
	items = json_object_get(*ret, "items");
	json_object_set_new(*ret, "more", json_boolean(json_array_size(items) > REVIEWS_MAX));
	json_array_remove(items, REVIEWS_MAX);
	return comments_add(e, c, items);
}

/* --- deciding and fetching ------------------------------------------------------------------------ */

static json_t *export_record(const struct call *c, unsigned have, const char *action, const json_t *row)
{
	return gate_record(c, have, action, json_str(row, "workspace"), 0, json_pack("{ss}", "export", json_str(row, "export")));
}

/* signed_by: what the gate wants to see of a checker, or NULL. */
static int open_bytes(struct engine *e, struct call *c, const char *what, const char *name, const char *action, json_t *signed_by)
{
	auto_json json_t *row = NULL;
	json_t *req;
	unsigned have;
	int r = mine(e, c, ROLE_CHECKER, &row, &have);

	if (r < 0)
		return r;
	req = json_pack("{sossssss}", "record", export_record(c, have, action, row), "export", c->part[1], "what", what, "name", name);
	if (signed_by)
		json_object_set_new(req, "person", json_string(c->person));
	json_object_update_missing(req, signed_by);
	r = gate_ask(e, GATE_OPEN, req, NULL, &c->reply_fd, &c->err);
	return r < 0 ? r : 200;
}

int exports_manifest(struct engine *e, struct call *c, json_t **ret)
{
	return open_bytes(e, c, "manifest", "", "review.manifest", NULL);
}

int exports_findings(struct engine *e, struct call *c, json_t **ret)
{
	return open_bytes(e, c, "findings", "", "review.findings", NULL);
}

int exports_file(struct engine *e, struct call *c, json_t **ret)
{
	static const char *const fields[] = { "statement", "signature", NULL };
	char text[8];
	bool original = call_query(c, "original", text, sizeof(text)) && strcmp(text, "true") == 0;
	int r = json_only(c->body, "the request", fields, &c->err);

	return r < 0 ? r : open_bytes(e, c, original ? "original" : "file", c->part[3], original ? "review.original" : "review.open", c->body);
}

/* The gate keeps what is asked before it says so, and where it stands is known by what it says the next time. */
static void may_have_been_done(struct engine *e, const struct call *c, int r)
{
	if (r == -SPE_E_INTERNAL || r == -SPE_E_CONFLICT)
		ask_later(e, c->part[1], 0);
}

/* Operators name the checkers' keys, and with auditors read others' votes in the journal, whatever exports_show hides. */
static int only_checker(struct call *c)
{
	if (!(c->roles & (ROLE_OPERATOR | ROLE_AUDITOR)))
		return 0;
	spe_fail(&c->err, SPE_E_NOT_AUTHORISED, "%s is %s of this host, and may not decide on exports", c->person,
		c->roles & ROLE_OPERATOR ? "an operator" : "an auditor");
	spe_remedy(&c->err, "another checker of the permit decides, or an operator takes that role away: spe-cli user add");
	return -SPE_E_NOT_AUTHORISED;
}

int exports_decide(struct engine *e, struct call *c, json_t **ret)
{
	static const char *const fields[] = { "verdict", "signature", "comment", "statement", "comment_signature", NULL };
	auto_json json_t *row = NULL;
	json_t *req;
	unsigned have;
	int r = mine(e, c, ROLE_CHECKER, &row, &have);

	if (r == 0)
		r = only_checker(c);
	if (r == 0)
		r = json_only(c->body, "the request", fields, &c->err);
	if (r < 0)
		return r;
	req = json_pack("{sossss}", "record", export_record(c, have, "export.decide", row), "export", c->part[1], "person", c->person);
	json_object_update_missing(req, c->body);
	r = gate_ask(e, GATE_DECIDE, req, ret, NULL, &c->err);
	if (r < 0) {
		may_have_been_done(e, c, r);
		return r;
	}
	db_exec(e, "UPDATE export SET approvals=?, needed=? WHERE id=?", "iis", (int64_t)json_int(*ret, "approvals"),
		(int64_t)json_int(*ret, "needed"), c->part[1]);
	decided(e, c->part[1], c->person);
	if (strcmp(json_str(*ret, "state"), "approved") == 0) {
		const char *ws = json_str(row, "workspace");

		r = release(e, export_record(NULL, 0, "export.release", row), c->part[1], ws, &c->err);
		if (r == 0)
			json_object_set_new(*ret, "state", json_string("released"));
		else {
			ask_later(e, c->part[1], pause_after(&c->err));
			spe_log("exports", "export %s is approved and not released yet: %s", c->part[1], c->err.text);
		}
		if (r == -SPE_E_INTERNAL || workspace_restored(e, ws, NULL) < 0)
			r = 0; /* the decision stands */
	}
	set_state(e, c->part[1], json_str(*ret, "state"));
	json_object_set_new(*ret, "export", json_string(c->part[1]));
	return r < 0 ? r : 200;
}

int exports_comment(struct engine *e, struct call *c, json_t **ret)
{
	static const char *const fields[] = { "text", NULL };
	auto_json json_t *row = NULL;
	const char *text;
	unsigned have;
	int r = mine(e, c, ROLE_RESEARCHER | ROLE_PI | ROLE_CHECKER, &row, &have);

	if (r == 0)
		r = json_only(c->body, "the request", fields, &c->err);
	if (r == 0)
		r = json_want_string(c->body, "the request", "text", 2000, &text, &c->err);
	if (r == 0)
		r = gate_ask(e, GATE_COMMENT, json_pack("{sossssss}", "record", export_record(c, have, "export.comment", row), "export",
			c->part[1], "person", c->person, "text", text), ret, NULL, &c->err);
	return r < 0 ? r : 200;
}

int exports_release(struct engine *e, struct call *c, json_t **ret)
{
	auto_json json_t *row = NULL, *record = NULL;
	json_t *req;
	unsigned have;
	int r = mine(e, c, c->roles & ROLE_AUDITOR ? 0 : ROLE_RESEARCHER | ROLE_PI | ROLE_CHECKER, &row, &have);

	if (r < 0)
		return r;
	if (db_number(e, "SELECT count(*) FROM temp.unclear WHERE export=?", "s", c->part[1]) > 0)
		resume_one(e, c->part[1], json_str(row, "workspace"));
	record = export_record(c, have, "export.fetch", row);
	req = json_pack("{sOss}", "record", record, "export", c->part[1]);
	if (c->ranged) {
		const json_int_t from = c->from == RANGE_LAST ? -1 : (json_int_t)c->from;

		json_object_update_new(json_object_get(record, "object"), json_pack("{sIsI}", "from", from, "to", (json_int_t)c->to));
		json_object_update_new(req, json_pack("{sIsIss*}", "from", from, "to", (json_int_t)c->to, "digest", *c->digest ? c->digest : NULL));
	}
	r = gate_ask(e, GATE_FETCH, req, NULL, &c->reply_fd, &c->err);
	if (r == 0) {
		c->reply_ranged = e->given.flags & MSG_F_RANGE;
		c->from = e->given.from;
		c->to = e->given.to;
		snprintf(c->reply_digest, sizeof(c->reply_digest), "%.64s", e->given.digest);
	}
	snprintf(c->reply_name, sizeof(c->reply_name), "spe-release-%.8s.tar", c->part[1]);
	return r < 0 ? r : 200;
}

int exports_withdraw(struct engine *e, struct call *c, json_t **ret)
{
	auto_json json_t *row = NULL;
	unsigned have;
	int r = mine(e, c, ROLE_RESEARCHER | ROLE_PI, &row, &have);

	if (r < 0)
		return r;
	r = gate_ask(e, GATE_WITHDRAW, json_pack("{soss}", "record", export_record(c, have, "export.withdraw", row), "export", c->part[1]), NULL,
		NULL, &c->err);
	if (r < 0) {
		may_have_been_done(e, c, r);
		return r;
	}
	set_state(e, c->part[1], "withdrawn");
	*ret = row_of(e, c->part[1]);
	return 200;
}

/* --- checking again ------------------------------------------------------------------------------------ */

/* All files of an export, one after the other; kept until somebody has asked for what came of it. */
struct replay {
	struct replay *next;
	uint32_t number;
	int files, at;
	json_t *items;
	int failed;          /* the negative code of err */
	struct spe_error err;
	int64_t ended;       /* of now_s; 0: under way */
};

static struct replay *replay_find(const struct engine *e, uint32_t number)
{
	struct replay *r = e->replays;

	while (r && r->number != number)
		r = r->next;
	return r;
}

static void replay_drop(struct engine *e, struct replay *r)
{
	struct replay **at = &e->replays;

	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	json_decref(r->items);
	free(r);
}

static bool replay_same(const struct replay *r)
{
	json_t *one;
	size_t i;

	json_array_foreach(r->items, i, one)
		if (!json_flag(one, "same"))
			return false;
	return r->failed == 0;
}

static void replay_end(struct engine *e, struct replay *r)
{
	char id[SPE_ID_TEXT];
	auto_json json_t *row = NULL;
	json_t *record;

	spe_id_text(id, r->number);
	row = row_of(e, id);
	r->ended = now_s();
	e->changed = true;
	record = gate_record(NULL, 0, "export.replayed", json_str(row, "workspace"), 0, json_pack("{sssb}", "export", id, "same",
		(int)replay_same(r)));
	if (r->failed)
		json_object_set_new(record, "outcome", json_string(spe_code_name(r->err.code)));
	gate_journal(e, record);
}

static void replay_next(struct engine *e, struct replay *r, int tries)
{
	struct msg_start m = task_helper(e, PROFILE_CHECK, 0, 0);
	char id[SPE_ID_TEXT];
	struct task *t;

	if (r->at == r->files) {
		replay_end(e, r);
		return;
	}
	spe_id_text(id, r->number);
	t = tasks_make(e, TASK_REPLAY, &m, GATE_REPLAY, json_pack("{sssi}", "export", id, "index", r->at), -1, r->number, r->at, &r->err);
	r->failed = t ? 0 : -(int)r->err.code;
	if (t)
		t->tries = tries;
	else
		replay_end(e, r);
}

void exports_replayed(struct engine *e, struct task *t, const struct msg_state *s)
{
	char id[SPE_ID_TEXT], task[SPE_ID_TEXT];
	struct replay *r = replay_find(e, t->ref);
	json_t *got = NULL;

	if (!r || r->ended || r->at != t->index)
		return;
	if (check_was_killed(s) && t->tries < TRIES_MAX) {
		replay_next(e, r, t->tries + 1);
		return;
	}
	spe_id_text(id, t->ref);
	spe_id_text(task, t->start.id);
	r->failed = gate_ask(e, GATE_REPLAYED, json_pack("{sssssi}", "task", task, "export", id, "index", t->index), &got, NULL, &r->err);
	if (r->failed) {
		replay_end(e, r);
		return;
	}
	json_array_append_new(r->items, got);
	r->at++;
	replay_next(e, r, 0);
}

static int replay_new(struct engine *e, struct call *c, const json_t *row, unsigned have, struct replay **ret)
{
	auto_json json_t *files = NULL;
	struct replay *r, *next;
	int n = 0;

	for (r = e->replays; r; r = next) {
		next = r->next;
		n += r->ended == 0;
		if (r->ended && now_s() - r->ended > REPLAY_KEPT_S)
			replay_drop(e, r);
	}
	if (n >= REPLAYS_MAX)
		return spe_fail(&c->err, SPE_E_BUSY, "%d exports are being checked again; ask when one of them is done", REPLAYS_MAX);
	if (strcmp(json_str(row, "state"), "checking") == 0)
		return spe_fail(&c->err, SPE_E_CONFLICT, "export %.8s has not been checked yet", c->part[1]);
	gate_journal(e, export_record(c, have, "export.replay", row));
	files = db_row(e, "SELECT files AS files_json FROM export WHERE id=?", "s", c->part[1]);
	r = calloc(1, sizeof(*r));
	if (!r)
		spe_die("exports", "out of memory");
	spe_id_parse(c->part[1], &r->number);
	r->files = (int)json_array_size(json_object_get(files, "files"));
	r->items = json_array();
	r->next = e->replays;
	e->replays = *ret = r;
	replay_next(e, r, 0);
	return 0;
}

/* Who asks waits for the answer, however long it takes; who asks while another waits is told the same. */
int exports_replay(struct engine *e, struct call *c, json_t **ret)
{
	bool all = c->roles & (ROLE_AUDITOR | ROLE_OPERATOR);
	auto_json json_t *row = NULL;
	struct replay *r;
	uint32_t number;
	unsigned have;
	int code = mine(e, c, all ? 0 : ROLE_CHECKER, &row, &have);

	if (code < 0)
		return code;
	r = spe_id_parse(c->part[1], &number) ? replay_find(e, number) : NULL;
	if (r && r->ended && !c->again) { /* what another was told is not what is asked for now */
		replay_drop(e, r);
		r = NULL;
	}
	if (!r) {
		code = replay_new(e, c, row, have, &r);
		if (code < 0)
			return code;
	}
	if (!r->ended)
		return CALL_WAIT;
	if (r->failed) {
		c->err = r->err;
		return r->failed;
	}
	*ret = json_pack("{sOsb}", "items", r->items, "same", (int)replay_same(r));
	return 200;
}
