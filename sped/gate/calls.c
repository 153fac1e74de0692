/* gate/calls.c - opening the gate, and the table of what may be asked of it; see room.h. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/witnesses.h"
#include "sped/base/buf.h"
#include "sped/gate/room.h"

#define RECORD_DEPTH 32 /* of a record's object */

/* ---- sentences and fields ---- */

int gate_fail(struct spe_error *e, const char *what, int r)
{
	return spe_fail(e, SPE_E_INTERNAL, "can't %s: %s", what, strerror(-r));
}

int gate_memory(struct spe_error *e)
{
	return spe_fail(e, SPE_E_INTERNAL, "out of memory");
}

const char *gate_tampered(const struct gate *g)
{
	return g->tampered[0] ? g->tampered : journal_tampered(g->journal);
}

void gate_now(const struct gate *g, char ret[TIME_TEXT])
{
	time_text(ret, g->now_ms(), false);
}

int want_id(const struct call *c, const char *field, uint32_t *ret_number, char ret[SPE_ID_TEXT], struct spe_error *e)
{
	uint32_t number;
	const char *s;

	TRY(json_want_string(c->in, "request", field, 8, &s, e));
	if (!spe_id_parse(s, &number))
		return spe_fail(e, SPE_E_INPUT, "request.%s must be an id of eight hexadecimal digits", field);
	if (ret_number)
		*ret_number = number;
	if (ret)
		spe_id_text(ret, number);
	return 0;
}

int want_name(const struct call *c, const char *field, const char **ret, struct spe_error *e)
{
	TRY(json_want_string(c->in, "request", field, SPE_NAME_MAX, ret, e));
	if (!name_ok(*ret))
		return spe_fail(e, SPE_E_INPUT, "request.%s must be a name of letters, digits, '.', '_' and '-'", field);
	return 0;
}

int want_text(const json_t *o, const char *where, const char *field, size_t max, const char **ret, struct spe_error *e)
{
	const json_t *v = json_object_get(o, field);

	*ret = "";
	if (json_is_string(v) && json_string_length(v) == 0)
		return 0;
	return json_want_string(o, where, field, max, ret, e);
}

int want_sha256(const json_t *o, const char *where, const char *field, const char **ret, struct spe_error *e)
{
	TRY(json_want_string(o, where, field, SHA256_TEXT - 1, ret, e));
	if (strspn(*ret, "0123456789abcdef") != SHA256_TEXT - 1)
		return spe_fail(e, SPE_E_INPUT, "%s.%s must be a SHA-256 of 64 hexadecimal digits", where, field);
	return 0;
}

/* ---- the engine's record ---- */

/* What is read again lies in other objects, and a parser stops at some depth. */
static bool is_deeper(const json_t *j, int than)
{
	const char *key;
	json_t *one;
	size_t i;

	if (than == 0)
		return json_is_object(j) || json_is_array(j);
	json_object_foreach((json_t *)(uintptr_t)j, key, one)
		if (is_deeper(one, than - 1))
			return true;
	json_array_foreach((json_t *)(uintptr_t)j, i, one)
		if (is_deeper(one, than - 1))
			return true;
	return false;
}

int record_check(json_t *record, struct spe_error *e)
{
	static const char *const fields[] = { "actor", "role", "action", "workspace", "permit_version", "object",
		"outcome", NULL };
	const char *where = "request.record", *actor, *role, *s;
	json_t *object;

	if (!json_is_object(record))
		return spe_fail(e, SPE_E_INPUT, "%s must be an object", where);
	TRY(json_only(record, where, fields, e));
	TRY(json_want_string(record, where, "actor", 200, &actor, e));
	TRY(json_want_string(record, where, "role", 100, &role, e));
	TRY(json_want_string(record, where, "action", 100, &s, e));
	TRY(json_want_object(record, where, "object", &object, e));
	if (json_object_get(record, "workspace") && !json_is_null(json_object_get(record, "workspace")))
		TRY(want_text(record, where, "workspace", SPE_NAME_MAX, &s, e));
	if (json_object_get(record, "outcome"))
		TRY(json_want_string(record, where, "outcome", 100, &s, e));
	if (json_object_get(record, "permit_version") && !json_is_null(json_object_get(record, "permit_version")) &&
		!json_is_integer(json_object_get(record, "permit_version")))
		return spe_fail(e, SPE_E_INPUT, "%s.permit_version must be a whole number", where);
	if (strcmp(actor, JOURNAL_ACTOR) == 0 || strcmp(role, "gate") == 0)
		return spe_fail(e, SPE_E_INPUT, "%s.actor and role may not be those of the gate", where);
	if (is_deeper(object, RECORD_DEPTH))
		return spe_fail(e, SPE_E_INPUT, "%s.object is nested more than %d deep", where, RECORD_DEPTH);
	if (json_dumpb(record, NULL, 0, JSON_COMPACT) > JOURNAL_RECORD_MAX)
		return spe_fail(e, SPE_E_TOO_LARGE, "%s has more than %u bytes", where, JOURNAL_RECORD_MAX);
	return 0;
}

/* With more in its object, which is taken and may be NULL. NULL: out of memory. */
static json_t *record_with(const struct call *c, json_t *more)
{
	auto_json json_t *record = json_copy(json_object_get(c->in, "record")), *extra = more, *object = NULL;

	if (!record)
		return NULL;
	if (extra) {
		object = json_copy(json_object_get(record, "object"));
		if (!object || json_object_update(object, extra) < 0 || json_object_set(record, "object", object) < 0)
			return NULL;
	}
	return json_incref(record);
}

int record_append(struct gate *g, const struct call *c, const char *outcome, json_t *more, struct spe_error *e)
{
	auto_json json_t *record = record_with(c, more);

	return record ? journal_append(g->journal, record, outcome, NULL, NULL, e) : gate_memory(e);
}

static int record_append_ahead(struct gate *g, const struct call *c, struct spe_error *e)
{
	return journal_append_ahead(g->journal, json_object_get(c->in, "record"), "ok", e);
}

int record_append_later(struct gate *g, const struct call *c, const char *outcome, json_t *more, struct spe_error *e)
{
	auto_json json_t *record = record_with(c, more);

	return record ? journal_append_later(g->journal, record, outcome, e) : gate_memory(e);
}

/* ---- what may be asked ---- */

enum record_when { NO_RECORD, BEFORE, AHEAD, SIGNED, ITSELF, GIVEN };
enum effect { READS, CHANGES };

static const struct op {
	const char *name;
	/* BEFORE: it is on disk before the verb begins; AHEAD: with the gate's own record, which comes before whatever the verb does, or
	 * before the answer; SIGNED: as AHEAD, behind a checkpoint; ITSELF: the verb appends it, when it knows more; GIVEN: the gate's own,
	 * of the ticket that it gives */
	enum record_when record;
	enum effect effect;      /* CHANGES: refused once something was found tampered with */
	int (*act)(struct gate *g, struct call *c, struct spe_error *e);
	const char *fields[11]; /* and NULL */
} ops[GATE_COUNT] = {
	[GATE_JOURNAL] = { "journal", NO_RECORD, CHANGES, do_journal, { "records", "later" } },
	[GATE_KEYS] = { "keys", NO_RECORD, READS, do_keys, { NULL } },
	[GATE_REGISTRY] = { "registry", NO_RECORD, READS, do_registry, { NULL } },
	[GATE_REGISTRY_ENTRIES] = { "registry-entries", NO_RECORD, READS, do_registry_entries, { "from" } },
	[GATE_REGISTRY_CHANGE] = { "registry-change", BEFORE, CHANGES, do_registry_change, { "record", "entry", "signatures" } },
	[GATE_PERMIT] = { "permit", BEFORE, CHANGES, do_permit, { "record", "permit", "signature" } },
	[GATE_PERMIT_SHOW] = { "permit-show", NO_RECORD, READS, do_permit_show, { "permit" } },
	[GATE_REVOKE] = { "revoke", BEFORE, CHANGES, do_revoke, { "record", "permit", "statement", "signature" } },
	[GATE_END] = { "end", BEFORE, CHANGES, do_end, { "record", "permit" } },
	[GATE_DELETED] = { "deleted", ITSELF, CHANGES, do_deleted, { "record", "permit", "data_versions" } },
	[GATE_OVERDUE] = { "overdue", NO_RECORD, READS, do_overdue, { NULL } },
	[GATE_PROOF] = { "proof", NO_RECORD, READS, do_proof, { "permit" } },
	[GATE_STAGE] = { "stage", GIVEN, CHANGES, do_stage, { "task", "permit", "tables", "opt_out", "reference_year", "canaries", "begin" } },
	[GATE_INTAKE] = { "intake", GIVEN, CHANGES, do_intake, { "task", "holding", "table", "description", "sha256", "begin" } },
	[GATE_IMAGE] = { "image", NO_RECORD, CHANGES, do_image, { "task", "max_bytes", "begin" } },
	[GATE_WIPE] = { "wipe", GIVEN, CHANGES, do_wipe, { "task", "begin" } },
	[GATE_RESULT] = { "result", ITSELF, CHANGES, do_result, { "record", "task" } },
	[GATE_CAPTURE] = { "capture", NO_RECORD, CHANGES, do_capture, { "job", "max_files", "max_bytes", "begin" } },
	[GATE_INGEST] = { "ingest", ITSELF, CHANGES, do_ingest, { "record", "job", "nothing", "before", "later" } },
	[GATE_EXPORT] = { "export", AHEAD, CHANGES, do_export,
		{ "record", "export", "job", "permit", "requester", "context", "files", "policy", "revises", "most" } },
	[GATE_REMOVE] = { "remove", AHEAD, CHANGES, do_remove, { "record", "job" } },
	[GATE_REFS] = { "refs", NO_RECORD, READS, do_refs, { "ms" } },
	[GATE_CHECK] = { "check", GIVEN, CHANGES, do_check, { "task", "export", "index" } },
	[GATE_VERDICT] = { "verdict", NO_RECORD, CHANGES, do_verdict, { "task", "export", "index" } },
	[GATE_MANIFEST] = { "manifest", AHEAD, CHANGES, do_manifest, { "record", "export" } },
	[GATE_EXPORT_SHOW] = { "export-show", NO_RECORD, READS, do_export_show, { "export" } },
	[GATE_EXPORTS] = { "exports", NO_RECORD, READS, do_exports, { "exports" } },
	[GATE_OPEN] = { "open", AHEAD, CHANGES, do_open, { "record", "export", "what", "name", "person", "statement", "signature" } },
	[GATE_DECIDE] = { "decide", AHEAD, CHANGES, do_decide,
		{ "record", "export", "person", "verdict", "signature", "comment", "statement", "comment_signature" } },
	[GATE_COMMENT] = { "comment", AHEAD, CHANGES, do_comment, { "record", "export", "person", "text" } },
	[GATE_RELEASE] = { "release", SIGNED, CHANGES, do_release, { "record", "export" } },
	[GATE_FETCH] = { "fetch", AHEAD, CHANGES, do_fetch, { "record", "export", "from", "to", "digest" } },
	[GATE_WITHDRAW] = { "withdraw", AHEAD, CHANGES, do_withdraw, { "record", "export" } },
	[GATE_VERIFY] = { "verify", NO_RECORD, READS, do_verify, { "ms", "more" } },
	[GATE_JOB_CHECK] = { "job-check", GIVEN, CHANGES, do_job_check, { "task", "job", "index", "policy" } },
	[GATE_JOB_VERDICT] = { "job-verdict", NO_RECORD, CHANGES, do_job_verdict, { "task", "job", "index" } },
	[GATE_REPLAY] = { "replay", GIVEN, CHANGES, do_replay, { "task", "export", "index" } },
	[GATE_REPLAYED] = { "replayed", NO_RECORD, CHANGES, do_replayed, { "task", "export", "index" } },
	[GATE_RECORDS] = { "records", NO_RECORD, READS, do_records,
		{ "from", "limit", "actor", "action", "workspace" } },
	[GATE_EVIDENCE] = { "evidence", NO_RECORD, READS, do_evidence,
		{ "from", "limit", "actor", "action", "workspace", "since" } },
	[GATE_PROGRESS] = { "progress", NO_RECORD, READS, do_progress, { "task" } },
	[GATE_BACKUP] = { "backup", BEFORE, CHANGES, do_backup, { "record", "drop" } },
	[GATE_CONSISTENCY] = { "consistency", NO_RECORD, READS, do_consistency, { "sizes", "now" } },
	[GATE_SEEN] = { "seen", BEFORE, CHANGES, do_seen, { "record", "checkpoint", "since", "consistency" } },
	[GATE_SEEN_LIST] = { "seen-list", NO_RECORD, READS, do_seen_list, { NULL } },
	[GATE_TABLES] = { "tables", NO_RECORD, CHANGES, do_tables, { "task", "tables", "begin" } },
};

const char *gate_op_name(uint32_t op)
{
	return op < GATE_COUNT && ops[op].name ? ops[op].name : "unknown";
}

static int begin(struct gate *g, const struct op *op, struct call *c, struct spe_error *e)
{
	const bool ahead = op->record == AHEAD || op->record == SIGNED;

	TRY(json_only(c->in, "request", op->fields, e));
	if (op->effect == CHANGES && gate_tampered(g))
		return spe_fail(e, SPE_E_TAMPERED, "the gate changes nothing any more: %s", gate_tampered(g));
	if (op->record == BEFORE || ahead || op->record == ITSELF)
		TRY(record_check(json_object_get(c->in, "record"), e));
	if (op->record != BEFORE && !ahead)
		return 0;
	if (op->record == SIGNED)
		TRY(journal_checkpoint_later(g->journal, e));
	TRY(op->record == BEFORE ? record_append(g, c, "ok", NULL, e) : record_append_ahead(g, c, e));
	c->asked = journal_size(g->journal);
	return 0;
}

/* What was asked is in the journal; that it did not come to be has to be there too, and of which record it says so. */
static void refuse(struct gate *g, struct call *c, int r)
{
	if (c->asked == 0 || c->asked > journal_size(g->journal)) /* or it could not be written either */
		return;
	if (!g->must_end && !gate_tampered(g) && /* what the next start finishes has to be the last record */
		record_append(g, c, spe_code_name((enum spe_code)-r), json_pack("{s:I}", "asked", (json_int_t)c->asked), NULL) < 0)
		g->must_end = true;
}

/* Who begins the task holds keys or bytes of outputs from here on, or destroys data, so that this was asked for is not left to them to say. */
static int given_note(struct gate *g, const struct op *op, struct call *c, struct spe_error *e)
{
	static const char *const fields[] = { "permit", "holding", "table", "job", "export", "index" };
	static const char *const wiped[] = { "tables", "runtime" }; /* what is destroyed */
	auto_json json_t *record = json_pack("{s:s,s:s,s:s+,s:{}}", "actor", JOURNAL_ACTOR, "role", "gate", "action", "ticket.", op->name, "object");
	const json_t *begin = json_object_get(c->in, "begin");
	json_t *object = json_object_get(record, "object");
	size_t i;

	if (json_object_get(begin, "workspace"))
		json_object_update_new(object, json_pack("{s:O,s:O*}", "workspace", json_object_get(begin, "workspace"), "version",
			json_object_get(begin, "version")));
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (json_object_get(c->in, fields[i]))
			json_object_set(object, fields[i], json_object_get(c->in, fields[i]));
	for (i = 0; op->act == do_wipe && i < sizeof(wiped) / sizeof(wiped[0]); i++)
		if (json_object_get(begin, wiped[i]))
			json_object_set(object, wiped[i], json_object_get(begin, wiped[i]));
	TRY(record ? journal_append_later(g->journal, record, "ok", e) : gate_memory(e));
	return held_seen(g, record) < 0 ? gate_memory(e) : 0;
}

/* What was asked for is on disk before anybody hears what came of it; what may come there later outlives this program. */
static int settled(struct gate *g, const struct op *op, struct call *c, int r, struct spe_error *e)
{
	struct spe_error why;
	const bool ahead = op->record == AHEAD || op->record == SIGNED;
	int s = ahead ? journal_sync(g->journal, &why) : journal_write(g->journal, &why);

	if (s == 0 || r < 0)
		return r;
	json_decref(c->out);
	c->out = NULL;
	spe_close_fd(&c->out_fd);
	c->out_fd = -1;
	*e = why;
	return s;
}

int gate_call(struct gate *g, uint32_t op, struct call *c, struct spe_error *e)
{
	const bool ended = g->must_end;
	int r;

	c->out = NULL;
	c->out_fd = -1;
	c->ranged = false;
	c->digest[0] = '\0';
	c->asked = 0;
	if (op >= GATE_COUNT || !ops[op].act)
		return spe_fail(e, SPE_E_INPUT, "the gate does not know call %u", op);
	prints_take(g);
	if (g->must_end && !ended) /* what the next start finishes has to be the last record */
		return spe_fail(e, SPE_E_INTERNAL, "memory and disk may differ: the gate begins again");
	TRY(begin(g, &ops[op], c, e));
	r = ops[op].act(g, c, e);
	if (r == 0 && !c->out && c->out_fd < 0)
		r = gate_memory(e);
	if (r == 0 && ops[op].record == GIVEN) {
		r = given_note(g, &ops[op], c, e);
		if (r < 0) /* what is not recorded is not given: no task outlives this */
			g->must_end = true;
	}
	if (r < 0)
		refuse(g, c, r);
	return settled(g, &ops[op], c, r, e);
}

/* ---- opening ---- */

static int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int dirs_make(int dir, struct spe_error *e)
{
	static const char *const names[] = { "keys", "registry", "vault", "journal", "permits", "prints", "jobs", "exports", "releases",
		"counts", "salts", "seen", "tmp" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (mkdirat(dir, names[i], 0700) < 0 && errno != EEXIST)
			return gate_fail(e, "make the gate's directories", -errno);
	return fsync(dir) < 0 ? gate_fail(e, "sync the gate's directory", -errno) : 0;
}

/* Nothing in tmp/ was promised to anybody. */
static int tmp_clean(int dir, struct spe_error *e)
{
	auto_json json_t *names = dir_names(dir, "tmp");
	auto_close int tmp = io_openat(dir, "tmp", O_RDONLY | O_DIRECTORY, 0);
	json_t *name;
	size_t i;

	if (!names || tmp < 0)
		return gate_fail(e, "read tmp", tmp < 0 ? tmp : -ENOMEM);
	json_array_foreach(names, i, name)
		if (unlinkat(tmp, json_string_value(name), 0) < 0)
			return gate_fail(e, "clean tmp", -errno);
	return 0;
}

static int started(struct gate *g, struct spe_error *e)
{
	auto_json json_t *record = json_pack("{s:s,s:s,s:s,s:{s:s}}", "actor", JOURNAL_ACTOR, "role", "gate", "action",
		"gate.started", "object", "key", g->release_key);

	return record ? journal_append(g->journal, record, "ok", NULL, NULL, e) : gate_memory(e);
}

/* "releases/ID.tar" in the last record and not on disk: a crash came between the two. */
static int release_pending(struct gate *g, struct spe_error *e)
{
	char id[SPE_ID_TEXT];
	const char *path;
	json_t *before;

	if (strcmp(g->last_action, "export.release") != 0 || g->last_seq != journal_size(g->journal))
		return 0;
	json_object_foreach(g->last, path, before)
		if (strstr(path, ".tar")) {
			snprintf(id, sizeof(id), "%.8s", path + strlen("releases/"));
			return release_finish(g, id, e);
		}
	return 0;
}

/* What is found wrong here ends all changing, but not the program: somebody has to be able to ask what it is. */
static int settle(struct gate *g, struct spe_error *e)
{
	struct spe_error why = { 0 };
	int r = keys_prove(g, &why);

	if (r == 0)
		r = store_recover(g, &why);
	if (r == 0)
		r = old_keys_load(g, &why);
	if (r == 0)
		r = registry_load(g, &why);
	if (r == 0)
		r = clock_tell(g, &why); /* before a record has its time, but for those of what a kill left */
	if (r == 0 && release_pending(g, &why) < 0 && why.code == SPE_E_INTERNAL)
		r = -SPE_E_INTERNAL;
	if (r == 0)
		r = started(g, &why);
	if (r == 0)
		r = removals_finish(g, &why);
	if (r == -SPE_E_INTERNAL || g->must_end)
		return spe_fail(e, SPE_E_INTERNAL, "%s", why.text);
	if (r < 0)
		snprintf(g->tampered, sizeof(g->tampered), "%s", why.text);
	else
		r = journal_checkpoint(g->journal, e);
	return r == -SPE_E_INTERNAL ? r : 0;
}

static int fill(struct gate *g, struct spe_error *e)
{
	g->policies = json_object();
	g->old_people = json_array();
	g->old_issuers = json_array();
	g->files = json_object();
	g->nothing = json_object();
	g->workspaces = json_object();
	g->tables = json_object();
	g->proofs = json_object();
	g->fetched = json_object();
	g->removing = json_object();
	g->erased = json_object();
	g->overdue = json_object();
	g->ended = json_object();
	g->apart = json_object();
	g->last = json_object();
	g->permits = json_object();
	if (!g->policies || !g->old_people || !g->old_issuers || !g->files || !g->nothing || !g->workspaces || !g->tables || !g->proofs || !g->fetched || !g->removing || !g->erased || !g->overdue || !g->ended || !g->apart || !g->last || !g->permits)
		return gate_memory(e);
	TRY(registry_new(&g->registry, e));
	TRY(dirs_make(g->dir, e));
	TRY(tmp_clean(g->dir, e));
	TRY(keys_load(g, e));
	auto_close int dir = io_openat(g->dir, "journal", O_RDONLY | O_DIRECTORY, 0);

	if (dir < 0)
		return gate_fail(e, "open the journal", dir);
	TRY(journal_open(&g->journal, dir, g->release, g->now_ms, store_seen, g, e));
	clock_begin(g);
	if (!journal_tampered(g->journal))
		return settle(g, e);
	old_keys_load(g, NULL); /* as far as it holds, so that it can be looked at */
	registry_load(g, NULL);
	return 0;
}

int gate_open(struct gate **ret, int dir, int64_t (*now_ms)(void), struct spe_error *e)
{
	struct gate *g = calloc(1, sizeof(*g));
	size_t i;
	int r;

	if (!g)
		return gate_memory(e);
	g->dir = dir;
	g->every_s = WITNESS_EVERY_DEFAULT_S;
	g->now_ms = now_ms ? now_ms : clock_ms;
	g->clock_synced = clock_synced;
	g->remains.due = true;
	for (i = 0; i < GATE_TASKS_MAX; i++)
		g->task[i] = (struct task){ .out = -1, .socket = -1, .conn = -1 };
	r = fill(g, e);
	if (r < 0)
		gate_free(g);
	else
		*ret = g;
	return r;
}

void gate_free(struct gate *g)
{
	size_t i;

	if (!g)
		return;
	for (i = 0; i < GATE_TASKS_MAX; i++)
		task_drop(&g->task[i]);
	verify_free(g->verify);
	journal_free(g->journal);
	json_decref(g->policies);
	json_decref(g->old_people);
	json_decref(g->old_issuers);
	registry_free(g->registry);
	json_decref(g->files);
	json_decref(g->nothing);
	json_decref(g->workspaces);
	json_decref(g->tables);
	json_decref(g->proofs);
	json_decref(g->fetched);
	json_decref(g->removing);
	json_decref(g->erased);
	json_decref(g->overdue);
	remains_free(&g->remains);
	json_decref(g->ended);
	json_decref(g->apart);
	refs_free(&g->refs);
	json_decref(g->last);
	json_decref(g->permits);
	json_decref(g->made);
	OPENSSL_cleanse(g, sizeof(*g));
	free(g);
}
