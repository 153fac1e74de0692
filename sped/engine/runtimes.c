/* engine/runtimes.c - runtimes: images that were taken in, and which of them a job may have. A runtime's tree has a number
 * and is never changed; the permit and people know it by the digest of its manifest, people by a name as well. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "spe/log.h"
#include "sped/engine/engine.h"

#define ITEM "SELECT name AS runtime, state, digest, tree, layers, entries, bytes, added, error FROM runtime "
#define HERE "state<>'removed' AND (name=? OR digest=?) ORDER BY state='ready' DESC, number DESC LIMIT 1"

int runtimes_list(struct engine *e, struct call *c, json_t **ret)
{
	*ret = db_items(e, ITEM "WHERE state<>'removed' ORDER BY name", "");
	return 200;
}

static int absent(struct call *c)
{
	return spe_fail(&c->err, SPE_E_NOT_FOUND, "there is no runtime %.100s; spe-cli runtime list shows which there are", c->part[1]);
}

int runtimes_show(struct engine *e, struct call *c, json_t **ret)
{
	auto_json json_t *more = db_row(e, "SELECT digest, dropped AS dropped_json, env AS env_json FROM runtime WHERE " HERE, "ss",
		c->part[1], c->part[1]);
	auto_json json_t *permits = NULL;

	if (!more)
		return absent(c);
	*ret = db_row(e, ITEM "WHERE " HERE, "ss", c->part[1], c->part[1]);
	json_object_set(*ret, "dropped", json_object_get(more, "dropped"));
	json_object_set(*ret, "env", json_object_get(more, "env"));
	if (c->roles & (ROLE_OPERATOR | ROLE_AUDITOR)) {
		permits = db_row(e, "SELECT json_group_array(p.id) AS ids_json FROM permit p WHERE EXISTS (SELECT 1 FROM "
				    "json_each(p.text,'$.environment.runtime') WHERE value=?)", "s", json_str(more, "digest"));
		json_object_set(*ret, "permits", json_object_get(permits, "ids"));
	}
	return 200;
}

bool runtimes_find(struct engine *e, const char *word, int64_t *ret_number, char ret_digest[SPE_NAME_MAX + 1])
{
	auto_json json_t *row = db_row(e, "SELECT number, digest FROM runtime WHERE state='ready' AND (name=? OR digest=?)", "ss", word, word);

	*ret_number = json_int(row, "number");
	snprintf(ret_digest, SPE_NAME_MAX + 1, "%s", row ? json_str(row, "digest") : word);
	return row;
}

json_t *runtimes_missing(struct engine *e, const struct permit *p)
{
	json_t *missing = json_array(), *one;
	size_t i;

	json_array_foreach(p->runtimes, i, one)
		if (strcmp(json_string_value(one), "host") != 0 &&
		    !db_number(e, "SELECT count(*) FROM runtime WHERE state='ready' AND digest=?", "s", json_string_value(one)))
			json_array_append(missing, one);
	return missing;
}

/* --- taking in ---------------------------------------------------------------------------------- */

static void drop(struct engine *e, uint32_t number)
{
	struct msg_start m;
	struct spe_error err;

	if (tasks_find(e, TASK_IMAGE_DROP, number) || tasks_many(e))
		return;
	m = task_helper(e, PROFILE_WIPE, 0, 0);
	m.runtime = number;
	if (!tasks_make(e, TASK_IMAGE_DROP, &m, GATE_WIPE, json_object(), -1, number, 0, &err))
		spe_log("runtimes", "runtime %u stays for now: %s", number, err.text);
}

static int may_put(struct engine *e, struct call *c)
{
	const char *name = c->part[1];
	auto_json json_t *row = db_row(e, "SELECT state FROM runtime WHERE name=? AND state IN ('intake','ready')", "s", name);

	if (!name_ok(name) || strcmp(name, "host") == 0)
		return spe_fail(&c->err, SPE_E_INPUT, "\"%.100s\" can't name a runtime: 1 to %d letters, digits, '.', '_' and '-' are taken, and not host",
			name, SPE_NAME_MAX);
	if (!row)
		return 0;
	if (strcmp(json_str(row, "state"), "intake") == 0)
		return spe_fail(&c->err, SPE_E_CONFLICT, "runtime %s is being taken in; wait for it", name);
	spe_fail(&c->err, SPE_E_CONFLICT, "there is a runtime %s; a runtime is never changed", name);
	spe_remedy(&c->err, "give another name, or spe-cli runtime remove %s", name);
	return -SPE_E_CONFLICT;
}

int runtimes_put(struct engine *e, struct call *c, json_t **ret)
{
	struct msg_start m;
	int r = may_put(e, c);
	char now[24];

	if (r < 0)
		return r;
	db_now(now);
	gate_journal(e, gate_record(c, 0, "runtime.import", NULL, 0, json_pack("{ss}", "runtime", c->part[1])));
	db_exec(e, "UPDATE runtime SET state='removed' WHERE name=? AND state='failed'", "s", c->part[1]);
	db_exec(e, "DELETE FROM runtime WHERE state='removed' AND wiped", "");
	db_exec(e, "INSERT INTO runtime(name,state,added) VALUES(?,'intake',?)", "ss", c->part[1], now);
	m = task_helper(e, PROFILE_IMAGE, 0, 0);
	m.runtime = (uint32_t)sqlite3_last_insert_rowid(e->db);
	if (!tasks_make(e, TASK_IMAGE, &m, GATE_IMAGE, json_pack("{sI}", "max_bytes", (json_int_t)e->conf.runtime_bytes), c->fd, m.runtime, 0,
		    &c->err)) {
		db_exec(e, "UPDATE runtime SET state='failed', error=?, wiped=1 WHERE number=?", "si", c->err.text, (int64_t)m.runtime);
		return -(int)c->err.code;
	}
	*ret = json_pack("{ssss}", "runtime", c->part[1], "state", "intake");
	return 202;
}

static void refuse(struct engine *e, uint32_t number, const char *reason)
{
	auto_json json_t *row = db_row(e, "SELECT name FROM runtime WHERE number=?", "i", (int64_t)number);
	char why[400];

	snprintf(why, sizeof(why), "%s", reason);
	spe_one_line(why);
	gate_journal(e, gate_record(NULL, 0, "runtime.refuse", NULL, 0, json_pack("{ssss}", "runtime", json_str(row, "name"), "reason", why)));
	db_exec(e, "UPDATE runtime SET state='failed', error=? WHERE number=?", "si", why, (int64_t)number);
	drop(e, number);
}

/* In the journal before anybody can use it. */
static void take(struct engine *e, uint32_t number, const json_t *result)
{
	auto_json json_t *row = db_row(e, "SELECT name FROM runtime WHERE number=?", "i", (int64_t)number);
	auto_json json_t *same = db_row(e, "SELECT name FROM runtime WHERE state='ready' AND digest=?", "s", json_str(result, "digest"));
	char *dropped, *env, why[200];

	if (same) {
		snprintf(why, sizeof(why), "this image is here already, as runtime %s", json_str(same, "name"));
		refuse(e, number, why);
		return;
	}
	gate_journal(e, gate_record(NULL, 0, "runtime.ready", NULL, 0, json_pack("{sssisOsO}", "runtime", json_str(row, "name"), "number",
		(int)number, "digest", json_object_get(result, "digest"), "tree", json_object_get(result, "tree"))));
	dropped = json_dumps(json_object_get(result, "dropped"), JSON_COMPACT);
	env = json_dumps(json_object_get(result, "env"), JSON_COMPACT);
	db_exec(e, "UPDATE runtime SET state='ready', digest=?, tree=?, layers=?, entries=?, bytes=?, dropped=?, env=? WHERE number=?", "ssiiissi",
		json_str(result, "digest"), json_str(result, "tree"), (int64_t)json_int(result, "layers"), (int64_t)json_int(result, "entries"),
		(int64_t)json_int(result, "bytes"), dropped, env, (int64_t)number);
	free(dropped);
	free(env);
}

void runtimes_ended(struct engine *e, struct task *t, const struct msg_state *s)
{
	bool good = s->end == END_EXIT && s->value == 0;
	auto_json json_t *result = NULL;
	const char *why = "";
	struct spe_error err;
	char task[SPE_ID_TEXT];

	spe_id_text(task, t->start.id);
	if (gate_ask(e, GATE_RESULT, json_pack("{ssso}", "task", task, "record", gate_record(NULL, 0,
		    t->kind == TASK_IMAGE_DROP ? "runtime.erase" : "runtime.intake", NULL, 0, json_pack("{si}", "number", (int)t->ref))),
		    &result, NULL, &err) < 0)
		why = tasks_why(s);
	if (t->kind == TASK_IMAGE_DROP) {
		if (!good)
			spe_log("runtimes", "runtime %u stays for now: %s", t->ref, tasks_why(s));
		db_exec(e, "UPDATE runtime SET wiped=? WHERE number=?", "ii", (int64_t)good, (int64_t)t->ref);
		db_exec(e, "DELETE FROM runtime WHERE state='removed' AND wiped", "");
		return;
	}
	if (good && json_flag(result, "ok"))
		take(e, t->ref, result);
	else
		refuse(e, t->ref, *why ? why : json_str(json_object_get(result, "error"), "message"));
}

/* What was under way. */
void runtimes_resume(struct engine *e)
{
	auto_stmt sqlite3_stmt *q = db_query(e, "SELECT number FROM runtime WHERE state='intake'", "");

	while (db_step(e, q))
		refuse(e, (uint32_t)sqlite3_column_int64(q, 0), "sped was restarted while the image was being taken in; send it again");
}

/* At start and every ten minutes, or by the minute, as for tables: what was to go and is not known to be gone. */
void runtimes_clock(struct engine *e)
{
	static int64_t looked;
	auto_stmt sqlite3_stmt *q = NULL;

	if (looked && now_s() - looked < 600)
		return;
	looked = now_s();
	q = db_query(e, "SELECT number FROM runtime WHERE state IN ('failed','removed') AND NOT wiped", "");
	while (db_step(e, q))
		drop(e, (uint32_t)sqlite3_column_int64(q, 0));
	if (tasks_many(e))
		looked -= 540;
}

int runtimes_remove(struct engine *e, struct call *c, json_t **ret)
{
	auto_json json_t *row = db_row(e, "SELECT number, name, state, digest FROM runtime WHERE " HERE, "ss", c->part[1], c->part[1]);
	int64_t number = json_int(row, "number"), jobs;

	if (!row)
		return absent(c);
	if (strcmp(json_str(row, "state"), "intake") == 0)
		return spe_fail(&c->err, SPE_E_CONFLICT, "runtime %s is being taken in; wait for it", json_str(row, "name"));
	jobs = db_number(e, "SELECT count(*) FROM job_runtime r JOIN job j ON j.id=r.job WHERE (r.number=? OR (r.digest=? AND ?)) AND j.state IN "
			    "('queued','running','ended')", "isi", number, json_str(row, "digest"), (int64_t)(strcmp(json_str(row, "state"), "ready") == 0));
	if (jobs > 0)
		return spe_fail(&c->err, SPE_E_CONFLICT, "%lld jobs that wait or run need runtime %s; wait for them, or cancel them", (long long)jobs,
			json_str(row, "name"));
	gate_journal(e, gate_record(c, 0, "runtime.remove", NULL, 0, json_pack("{sOsO}", "runtime", json_object_get(row, "name"), "digest",
		json_object_get(row, "digest"))));
	db_exec(e, "UPDATE runtime SET state='removed' WHERE number=?", "i", number);
	if (db_number(e, "SELECT wiped FROM runtime WHERE number=?", "i", number))
		db_exec(e, "DELETE FROM runtime WHERE number=?", "i", number);
	else
		drop(e, (uint32_t)number);
	*ret = json_pack("{sOsb}", "runtime", json_object_get(row, "name"), "removed", 1);
	return 200;
}
