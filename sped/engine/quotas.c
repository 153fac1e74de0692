/* engine/quotas.c - what one permit may take of this host, and whose turn it is where several want the same. What is used is counted
 * from the database whenever it is asked for; nothing of it is kept beside that but the bytes of outputs, in memory, by the database. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "spe/limits.h"
#include "sped/engine/engine.h"

#define NEARLY 90 /* per cent, from which doctor speaks of it */
#define HOUR_S 3600
#define DAY_HOURS 24

/* ---- counting ---- */

/* Of each hour what was submitted in it, or each job would want the day's jobs counted. */
static void submitted_open(struct engine *e)
{
	db_exec(e, "CREATE TEMP TABLE submitted(workspace TEXT NOT NULL, hour INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY(workspace, hour)) "
		   "WITHOUT ROWID", "");
	db_exec(e, "INSERT INTO temp.submitted SELECT workspace, strftime('%s',submitted)/? AS hour, sum(?+2*length(CAST(command AS BLOB))) FROM main.job "
		   "WHERE serial>coalesce((SELECT serial FROM main.job WHERE submitted<strftime('%Y-%m-%dT%H:%M:%SZ','now','-1 day') ORDER BY serial DESC "
		   "LIMIT 1),0) GROUP BY workspace, hour", "ii", (int64_t)HOUR_S, (int64_t)SPE_SUBMIT_BYTES);
}

void quotas_open(struct engine *e)
{
	/* Of a database from before these columns. */
	db_exec(e, "UPDATE job SET kept=(SELECT sum(json_extract(o.value,'$.size')+?) FROM json_each(outputs) o) WHERE kept IS NULL AND outputs IS NOT NULL", "i",
		(int64_t)KEPT_FILE_BYTES);
	db_exec(e, "UPDATE job_check SET workspace=(SELECT workspace FROM job WHERE id=job_check.job) WHERE workspace IS NULL", "");
	db_exec(e, "CREATE INDEX IF NOT EXISTS job_check_of ON job_check(workspace, state)", "");
	db_exec(e, "CREATE INDEX IF NOT EXISTS bundle_of ON bundle(workspace, bytes)", "");
	db_exec(e, "CREATE INDEX IF NOT EXISTS export_of_state ON export(workspace, state, serial)", "");
	db_exec(e, "CREATE INDEX IF NOT EXISTS job_kept ON job(workspace, kept) WHERE kept>0", "");
	/* The sum of job.kept, which would else be a walk over all jobs in every turn. */
	db_exec(e, "CREATE TEMP TABLE used(workspace TEXT PRIMARY KEY, bytes INTEGER NOT NULL) WITHOUT ROWID", "");
	db_exec(e, "INSERT INTO temp.used SELECT workspace, sum(kept) FROM main.job WHERE kept>0 GROUP BY workspace", "");
	db_exec(e, "CREATE TEMP TRIGGER used_more AFTER UPDATE OF kept ON main.job BEGIN INSERT INTO used(workspace,bytes) "
		   "VALUES(new.workspace,coalesce(new.kept,0)-coalesce(old.kept,0)) ON CONFLICT(workspace) DO UPDATE SET bytes=bytes+excluded.bytes; END", "");
	submitted_open(e);
}

#define COUNT(what) "SELECT count(*) FROM " what
int64_t quotas_used(struct engine *e, enum quota q, const char *ws)
{
	static const char *const counts[QUOTAS] = {
		[QUOTA_QUEUED] = COUNT("job WHERE workspace=? AND state='queued'"),
		[QUOTA_RUNNING] = COUNT("job WHERE workspace=? AND state='running'"),
		[QUOTA_CODE] = "SELECT coalesce(sum(bytes),0) FROM bundle WHERE workspace=?",
		[QUOTA_OUTPUTS] = "SELECT coalesce(sum(bytes),0) FROM temp.used WHERE workspace=?",
		[QUOTA_EXPORTS] = COUNT("export WHERE workspace=? AND state IN ('checking','pending','approved')"),
	};

	return db_number(e, counts[q], "s", ws);
}

static int64_t most(const struct engine *e, enum quota q)
{
	const int64_t of[QUOTAS] = { [QUOTA_QUEUED] = e->conf.permit_queued, [QUOTA_RUNNING] = e->conf.permit_running < e->conf.slots ?
			e->conf.permit_running : e->conf.slots, [QUOTA_CODE] = e->conf.permit_code_bytes, [QUOTA_OUTPUTS] = e->conf.permit_out_bytes,
		[QUOTA_EXPORTS] = e->conf.permit_exports };

	return of[q];
}

void quotas_submitted(struct engine *e, const char *ws, int64_t command)
{
	const int64_t hour = time(NULL) / HOUR_S;

	db_exec(e, "DELETE FROM temp.submitted WHERE workspace=? AND hour<=?", "si", ws, hour - DAY_HOURS);
	db_exec(e, "INSERT INTO temp.submitted(workspace,hour,bytes) VALUES(?,?,?) ON CONFLICT(workspace,hour) DO UPDATE SET bytes=bytes+excluded.bytes",
		"sii", ws, hour, SPE_SUBMIT_BYTES + 2 * command);
}

/* ---- refusing ---- */

/* How much of it there is: in MiB, the next whole one; of sizes that policy does not show, nothing. */
static void used_text(const struct engine *e, enum quota q, int64_t used, char ret[40])
{
	if (q == QUOTA_OUTPUTS && !e->policy.show_sizes)
		snprintf(ret, 40, "nearly all of it");
	else
		snprintf(ret, 40, "%lld MiB", (long long)((used + (1 << 20) - 1) >> 20));
}

static int refuse_bytes(struct engine *e, enum quota q, const char *ws, const char *what, int64_t used, int64_t more, const char *option,
	const char *remedy, struct spe_error *err)
{
	char text[40];

	used_text(e, q, used, text);
	spe_fail(err, SPE_E_QUOTA, "%s of workspace %.100s has room for %lld MiB (%s in sped.conf), of which %s is used; %lld MiB more may not be",
		what, ws, (long long)(most(e, q) >> 20), option, text, (long long)((more + (1 << 20) - 1) >> 20));
	spe_remedy(err, "%s", remedy);
	return -SPE_E_QUOTA;
}

int quotas_check(struct engine *e, enum quota q, const char *ws, int64_t more, struct spe_error *err)
{
	const int64_t used = quotas_used(e, q, ws);

	if (used + more <= most(e, q))
		return 0;
	switch (q) {
	case QUOTA_CODE:
		return refuse_bytes(e, q, ws, "the code that jobs wait with", used, more, "permit-code-mib",
			"try: again when jobs of this workspace have ended, or cancel some; code without a job goes after an hour", err);
	case QUOTA_OUTPUTS:
		return refuse_bytes(e, q, ws, "what is kept of outputs", used, more, "permit-outputs-mib",
			"remove what is not needed: spe-cli job remove JOB; outputs that an export names stay", err);
	case QUOTA_EXPORTS:
		spe_fail(err, SPE_E_QUOTA, "%lld exports of workspace %.100s wait for checks or decisions, and %lld may (permit-exports in sped.conf)",
			(long long)used, ws, (long long)most(e, q));
		spe_remedy(err, "try: again when some are decided, or spe-cli export withdraw EXPORT");
		return -SPE_E_QUOTA;
	default:
		spe_fail(err, SPE_E_QUOTA, "%lld jobs of workspace %.100s are queued, and %lld may be (permit-queued in sped.conf)", (long long)used, ws,
			(long long)most(e, q));
		spe_remedy(err, "try: again when some have begun, or spe-cli job cancel JOB");
		return -SPE_E_QUOTA;
	}
}

int quotas_submit(struct engine *e, const char *ws, int64_t command, struct spe_error *err)
{
	const int64_t used = db_number(e, "SELECT coalesce(sum(bytes),0) FROM temp.submitted WHERE workspace=? AND hour>?", "si", ws,
		(int64_t)time(NULL) / HOUR_S - DAY_HOURS);

	if (used + SPE_SUBMIT_BYTES + 2 * command <= SPE_SUBMIT_DAY)
		return 0;
	spe_fail(err, SPE_E_QUOTA, "jobs of workspace %.100s that were submitted in 24 hours take %lld MiB of journal and database, and %lld may", ws,
		(long long)(used >> 20), SPE_SUBMIT_DAY >> 20);
	spe_remedy(err, "try: again in some hours; what is long in a command may be in a file of --code");
	return -SPE_E_QUOTA;
}

/* ---- showing ---- */

static const char *const names[QUOTAS] = { "queued", "running", "code", "outputs", "exports" };

/* hidden: of sizes that policy does not show to who asks. */
static json_t *row_of(struct engine *e, const char *ws, bool hidden)
{
	json_t *row = json_pack("{ss}", "workspace", ws);
	enum quota q;

	for (q = 0; q < QUOTAS; q++)
		json_object_set_new(row, names[q], json_pack("{sosI}", "used", q == QUOTA_OUTPUTS && hidden ? json_null() :
			json_integer(quotas_used(e, q, ws)), "most", (json_int_t)most(e, q)));
	return row;
}

/* Operators and auditors see all, researchers their own. */
int quotas_list(struct engine *e, struct call *c, json_t **ret)
{
	const bool all = c->roles & (ROLE_OPERATOR | ROLE_AUDITOR);
	auto_json json_t *rows = db_items(e, "SELECT name FROM workspace WHERE ? OR name IN (SELECT workspace FROM temp.role WHERE person=? AND roles&?) "
		"ORDER BY name", "isi", (int64_t)all, c->person, (int64_t)(ROLE_RESEARCHER | ROLE_PI));
	json_t *items = json_array(), *w;
	size_t i;

	json_array_foreach(json_object_get(rows, "items"), i, w)
		json_array_append_new(items, row_of(e, json_str(w, "name"), !all && !e->policy.show_sizes));
	*ret = json_pack("{so}", "items", items);
	return 200;
}

void quotas_doctor(struct engine *e, json_t *items)
{
	auto_json json_t *rows = db_items(e, "SELECT name FROM workspace ORDER BY name", "");
	json_t *w;
	size_t i;
	enum quota q;

	json_array_foreach(json_object_get(rows, "items"), i, w) {
		char full[120] = "";

		for (q = 0; q < QUOTAS; q++) {
			const int64_t percent = quotas_used(e, q, json_str(w, "name")) * 100 / most(e, q);
			size_t at = strlen(full);

			if (q != QUOTA_RUNNING && percent >= NEARLY) /* that all that may run do is as it should be */
				snprintf(full + at, sizeof(full) - at, "%s%s %lld %%", at ? ", " : "", names[q], (long long)percent);
		}
		if (*full)
			json_array_append_new(items, json_pack("{ss+ssssss+}", "check", "quota of ", json_str(w, "name"), "verdict", "warn", "detail", full,
				"cost", "beyond it calls of this permit are refused, of no other; ", "spe-cli quota lists all"));
	}
}

/* ---- whose turn it is ---- */

int64_t turns_next(struct turns *t, const json_t *items)
{
	int64_t best = 0, fewest = 0;
	json_t *w;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)items, i, w) {
		const int64_t number = json_int(w, "number") & TURNS_MASK, running = json_int(w, "running");

		if (best && (running > fewest || (running == fewest && t->last[number] >= t->last[best])))
			continue;
		best = number;
		fewest = running;
	}
	t->last[best] = ++t->turn;
	return best;
}
