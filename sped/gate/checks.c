/* gate/checks.c - checks of outputs, what they said, kept and bound together in the manifest; see room.h. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "spe/cleanup.h"
#include "spe/policy.h"
#include "spe/verdict.h"
#include "sped/base/buf.h"
#include "sped/gate/room.h"

#define COUNTS "verdict.counts" /* in tmp/ */

/* One file of an export, or one output of a job that nobody has asked for yet, by its number. */
struct place {
	char id[SPE_ID_TEXT];  /* of the export or job */
	bool job;
	json_int_t index;
	json_t *request;       /* owned: request.json, or jobs/JOB.json */
	const json_t *file;    /* borrowed from it */
	const json_t *policy;  /* borrowed from it; of a job's: from its task */
	char record[STORE_PATH], inputs[STORE_PATH], counts[STORE_PATH];
};

static void place_free(struct place *p)
{
	json_decref(p->request);
}
#define auto_place __attribute__((cleanup(place_free)))

static void place_names(struct place *p, const char *group)
{
	snprintf(p->record, sizeof(p->record), "%s%s%scheck-%" JSON_INTEGER_FORMAT ".json", group, p->id, p->job ? "." : "/", p->index);
	snprintf(p->inputs, sizeof(p->inputs), "%s%s/check-%" JSON_INTEGER_FORMAT ".inputs", group, p->id, p->index);
	snprintf(p->counts, sizeof(p->counts), "%s%s/check-%" JSON_INTEGER_FORMAT ".counts", group, p->id, p->index);
}

static int place_want(const struct gate *g, const struct call *c, struct place *p, struct spe_error *e)
{
	char path[STORE_PATH];

	TRY(want_id(c, "export", NULL, p->id, e));
	snprintf(path, sizeof(path), "exports/%s/request.json", p->id);
	if (!store_has(g, path))
		return spe_fail(e, SPE_E_NOT_FOUND, "there is no export %s", p->id);
	TRY(store_json(g, path, &p->request, e));
	TRY(permit_not_over(g, json_str(p->request, "workspace"), e));
	TRY(json_want_int(c->in, "request", "index", 0, SPE_EXPORT_FILES_MAX - 1, &p->index, e));
	p->file = json_array_get(json_object_get(p->request, "files"), (size_t)p->index);
	p->policy = json_object_get(p->request, "policy");
	if (!p->file)
		return spe_fail(e, SPE_E_NOT_FOUND, "export %s has no file %" JSON_INTEGER_FORMAT, p->id, p->index);
	place_names(p, "exports/");
	return 0;
}

static int job_place_want(const struct gate *g, const struct call *c, struct place *p, struct spe_error *e)
{
	p->job = true;
	TRY(want_id(c, "job", NULL, p->id, e));
	if (!store_has_job(g, p->id))
		return spe_fail(e, SPE_E_NOT_FOUND, "the vault has no outputs of job %s", p->id);
	TRY(store_job(g, p->id, &p->request, e));
	TRY(permit_not_over(g, json_str(p->request, "workspace"), e));
	TRY(json_want_int(c->in, "request", "index", 0, SPE_OUTPUTS_MAX - 1, &p->index, e));
	p->file = json_array_get(json_object_get(p->request, "outputs"), (size_t)p->index);
	if (!p->file)
		return spe_fail(e, SPE_E_NOT_FOUND, "job %s has no output %" JSON_INTEGER_FORMAT, p->id, p->index);
	place_names(p, "jobs/");
	return 0;
}

/* ---- CHECK, JOB_CHECK, REPLAY ---- */

static int check_begin(struct gate *g, struct call *c, const struct place *p, enum task_kind kind, const struct given *x,
	const char *policy_name, const char *policy_text, struct spe_error *e)
{
	struct task task = { .kind = kind, .start = { .profile = PROFILE_CHECK }, .index = p->index, .given = x->json };
	auto_json json_t *ticket = NULL;

	TRY(want_id(c, "task", &task.start.id, NULL, e));
	memcpy(task.export, p->id, sizeof(task.export));
	snprintf(task.permit, sizeof(task.permit), "%s", json_str(p->request, "workspace"));
	ticket = given_ticket(g, x, json_str(p->file, "name"), policy_name, policy_text);
	return task_begin_with(g, c, &task, ticket, x->input, x->count, e);
}

/* An export's file is checked by the policy that the export was asked for under. */
static int export_check(struct gate *g, struct call *c, const struct place *p, enum task_kind kind, const json_t *kept,
	struct spe_error *e)
{
	struct about about = { .permit = json_str(p->request, "workspace"), .file = p->file, .export = p->id,
		.index = (size_t)p->index, .kept = kept };
	auto_given struct given given = { .count = 0 };
	auto_json json_t *job = NULL;
	auto_free char *policy = NULL;
	char path[STORE_PATH];
	size_t len;

	TRY(store_job(g, json_str(p->request, "job"), &job, e));
	about.job = job;
	snprintf(path, sizeof(path), "exports/%s/policy", p->id);
	TRY(store_read(g, path, &policy, &len, e));
	TRY(given_gather(g, &about, &given, e));
	return check_begin(g, c, p, kind, &given, json_str(p->policy, "name"), policy, e);
}

/* Each file is checked against the counts of those before it. */
static int earlier_checked(const struct gate *g, const struct place *p, struct spe_error *e)
{
	json_int_t i;

	for (i = 0; i < p->index; i++) {
		char path[STORE_PATH];

		snprintf(path, sizeof(path), "exports/%s/check-%" JSON_INTEGER_FORMAT ".json", p->id, i);
		if (!store_has(g, path))
			return spe_fail(e, SPE_E_CONFLICT, "file %" JSON_INTEGER_FORMAT " of export %s has to be checked before file %"
				JSON_INTEGER_FORMAT, i, p->id, p->index);
	}
	return 0;
}

int do_check(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_place struct place p = { .request = NULL };

	TRY(place_want(g, c, &p, e));
	TRY(permit_on(g, json_str(p.request, "workspace"), e));
	TRY(earlier_checked(g, &p, e));
	return export_check(g, c, &p, TASK_CHECK, NULL, e);
}

int do_replay(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_place struct place p = { .request = NULL };
	auto_json json_t *kept = NULL;

	TRY(place_want(g, c, &p, e));
	if (!store_has(g, p.record))
		return spe_fail(e, SPE_E_CONFLICT, "file %" JSON_INTEGER_FORMAT " of export %s has not been checked yet", p.index, p.id);
	if (!store_has(g, p.inputs))
		return spe_fail(e, SPE_E_CONFLICT, "export %s was checked by an older sped, which kept no account of what it was given",
			p.id);
	TRY(store_json(g, p.inputs, &kept, e));
	return export_check(g, c, &p, TASK_REPLAY, kept, e);
}

static json_t *policy_pack(const struct policy *p)
{
	return json_pack("{s:s,s:s,s:I,s:I,s:I}", "name", p->name, "digest", p->digest, "min_count", (json_int_t)p->min_count,
		"max_bytes", (json_int_t)p->max_bytes, "max_rows", (json_int_t)p->max_rows);
}

int do_job_check(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_place struct place p = { .request = NULL };
	auto_given struct given given = { .count = 0 };
	struct about about = { .export = NULL };
	struct policy policy;
	const char *text;

	TRY(job_place_want(g, c, &p, e));
	TRY(permit_on(g, json_str(p.request, "workspace"), e));
	TRY(policy_want(g, c, &text, &policy, e));
	about.permit = json_str(p.request, "workspace");
	about.job = p.request;
	about.file = p.file;
	TRY(given_gather(g, &about, &given, e));
	if (json_object_set_new(given.json, "policy", policy_pack(&policy)) < 0)
		return gate_memory(e);
	return check_begin(g, c, &p, TASK_JOB_CHECK, &given, policy.name, text, e);
}

/* ---- VERDICT, JOB_VERDICT ---- */

static json_t *block_record(const struct place *p, json_int_t epoch, const char *why)
{
	return json_pack("{s:O,s:O,s:n,s:O,s:n,s:s,s:s,s:s,s:[{s:s,s:s,s:i,s:i,s:i,s:s,s:s}],s:i,s:O,s:{s:O,s:O,s:O},s:s,s:I}", "file",
		json_object_get(p->file, "name"), "sha256_in", json_object_get(p->file, "sha256"), "sha256_out", "bytes",
		json_object_get(p->file, "size"), "bytes_out", "type", "unknown", "class", "other", "verdict", "block", "checks",
		"id", "check-failed", "outcome", "block", "line", 0, "column", 0, "where", 0, "detail", why, "fix",
		"ask for the export again; if it fails again, make the file smaller or simpler", "counts", 0, "params_id",
		json_object_get(p->policy, "digest"), "params", "min_count", json_object_get(p->policy, "min_count"),
		"max_bytes", json_object_get(p->policy, "max_bytes"), "max_rows", json_object_get(p->policy, "max_rows"),
		"checker_version", "sped-gate 2", "history_epoch", epoch);
}

/* What one check came to, whatever its task did. */
struct outcome {
	json_t *record;
	bool has_counts;               /* in tmp/COUNTS, with this hash */
	char counts[SHA256_TEXT];
};

static void outcome_free(struct outcome *o)
{
	json_decref(o->record);
}
#define auto_outcome __attribute__((cleanup(outcome_free)))

static int rebuilt_keep(struct gate *g, const struct task *t, const struct said *s, char ret_sha256[SHA256_TEXT], struct spe_error *e)
{
	bool fresh;
	int r;

	TRY(vault_put(g, t->out, s->rebuilt_at, s->rebuilt, ret_sha256, &fresh, e));
	r = vault_sync(g, e);
	if (r == 0)
		return 0;
	refs_less(g, ret_sha256);
	if (fresh)
		vault_drop(g, ret_sha256, NULL);
	return r;
}

/* The bytes that may leave lie under the hash that the record names, or nobody finds them. Of a check that is done again
 * or ahead of any request nothing is kept: its bytes are hashed on their way to where the kept ones are. */
static int rebuilt_take(struct gate *g, const struct task *t, const struct said *s, const char **ret_why, struct spe_error *e)
{
	const json_t *out = json_object_get(s->record, "sha256_out");
	char sha256[SHA256_TEXT];

	if (json_is_null(out))
		return 0;
	TRY(t->kind == TASK_CHECK ? rebuilt_keep(g, t, s, sha256, e) : vault_hash(t->out, s->rebuilt_at, s->rebuilt, sha256, e));
	if (strcmp(sha256, json_string_value(out)) != 0)
		*ret_why = "the checker's record names other bytes to release";
	return 0;
}

static int said_take(struct gate *g, const struct task *t, const struct place *p, struct said *s, struct outcome *o,
	const char **ret_why, struct spe_error *e)
{
	int r = said_read(t->out, s, e);

	if (r == -SPE_E_INTERNAL)
		return r; /* it is done again */
	if (r < 0) {
		*ret_why = "the checker wrote no record";
		return 0;
	}
	*ret_why = said_odd(s, p->file, p->policy, json_int(t->given, "history_epoch"));
	if (!*ret_why && s->counts > 0 && t->kind != TASK_JOB_CHECK) {
		r = counts_take(g, t->out, s->counts_at, s->counts, COUNTS, o->counts, e);
		if (r == -SPE_E_INPUT)
			*ret_why = "the checker's counts are no set of counts";
		else if (r < 0)
			return r;
		o->has_counts = r == 0;
	}
	return *ret_why ? 0 : rebuilt_take(g, t, s, ret_why, e);
}

/* Why a check that ended so has no verdict; "" where it said so itself. */
static void reason_of(const struct msg_state *s, char ret[120])
{
	ret[0] = '\0';
	if (s->limits & LIMIT_TIME)
		snprintf(ret, 120, "the check took longer than its time limit of %d seconds", CHECK_SECONDS);
	else if (s->limits & LIMIT_MEMORY)
		snprintf(ret, 120, "the check needed more memory than the %llu MiB it may have", CHECK_MEM_BYTES >> 20);
	else if (!s->limits && (s->end == END_LOST || (s->end == END_SIGNAL && s->value == SIGKILL)))
		snprintf(ret, 120, "the check was killed from outside, each time it was tried");
	else if (s->end == END_EXIT && s->value == CHECK_EXIT_CPU)
		snprintf(ret, 120, "the check used more than its limit of %d seconds of processor time", CHECK_CPU_SECONDS);
	else if (s->end == END_SIGNAL)
		snprintf(ret, 120, "the check crashed with signal %d", s->value);
	else if (s->end != END_EXIT)
		snprintf(ret, 120, "the check could not be begun (step %u: %s)", s->step, strerror(s->value));
}

static int outcome_make(struct gate *g, struct task *t, const struct place *p, struct outcome *o, struct spe_error *e)
{
	struct said s = { .record = NULL };
	char failed[200], sentence[260], reason[120];
	const char *why = NULL;
	int r = 0;

	TRY(task_end(t, e));
	reason_of(&t->end, reason);
	if (task_ended_well(t)) {
		r = said_take(g, t, p, &s, o, &why, e);
	} else if (*reason) {
		why = reason;
	} else {
		said_why(t->out, failed);
		snprintf(sentence, sizeof(sentence), *failed ? "the check could not be done: %s" : "the check did not end well%s", failed);
		why = sentence;
	}
	if (why) {
		o->has_counts = false;
		json_decref(s.record);
		s.record = block_record(p, json_int(t->given, "history_epoch"), why);
	}
	o->record = s.record;
	return r < 0 ? r : o->record ? 0 : gate_memory(e);
}

static int task_want(struct gate *g, const struct call *c, const struct place *p, enum task_kind kind, struct task **ret,
	struct spe_error *e)
{
	uint32_t id;

	TRY(want_id(c, "task", &id, NULL, e));
	*ret = task_find(g, id, kind);
	if (!*ret || strcmp((*ret)->export, p->id) != 0 || (*ret)->index != p->index)
		return spe_fail(e, SPE_E_NOT_FOUND, "the gate has no such check %08x; begin it again", id);
	return 0;
}

/* All that the next check and a replay need; the record last: the file is checked once it is there. */
static int verdict_store(struct gate *g, const struct place *p, const struct task *t, const struct outcome *o, struct spe_error *e)
{
	auto_free char *inputs = json_dumps(t->given, JSON_COMPACT | JSON_PRESERVE_ORDER);
	auto_free char *record = json_dumps(o->record, JSON_COMPACT | JSON_PRESERVE_ORDER);
	const struct store_file counts = { .from = COUNTS };
	struct store_file f[3];
	json_t *object;
	size_t n = 0;

	if (!inputs || !record)
		return gate_memory(e);
	if (o->has_counts) {
		f[n] = counts;
		memcpy(f[n].sha256, o->counts, sizeof(f[n].sha256));
		snprintf(f[n++].path, sizeof(f[0].path), "%s", p->counts);
	}
	f[n] = (struct store_file){ .p = inputs, .len = strlen(inputs) };
	snprintf(f[n++].path, sizeof(f[0].path), "%s", p->inputs);
	f[n] = (struct store_file){ .p = record, .len = strlen(record) };
	snprintf(f[n++].path, sizeof(f[0].path), "%s", p->record);
	object = json_pack("{s:s,s:I,s:O,s:O*}", "export", p->id, "index", p->index, "verdict", json_object_get(o->record, "verdict"),
		"note", json_object_get(t->given, "note"));
	return store_write(g, "check.verdict", json_str(p->request, "workspace"), object, f, n, e);
}

static int verdict_make(struct gate *g, struct call *c, const struct place *p, struct spe_error *e)
{
	auto_outcome struct outcome o = { .record = NULL };
	struct task *t;

	TRY(task_want(g, c, p, TASK_CHECK, &t, e));
	TRY(outcome_make(g, t, p, &o, e));
	TRY(verdict_store(g, p, t, &o, e));
	task_drop(t);
	return 0;
}

/* The record is there already: what a second check wrote is of no use, and its file goes. */
static void drop_second(struct gate *g, const struct call *c, enum task_kind kind)
{
	struct task *t;
	uint32_t id;

	if (want_id(c, "task", &id, NULL, NULL) == 0 && (t = task_find(g, id, kind)))
		task_drop(t);
}

int do_verdict(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_place struct place p = { .request = NULL };
	auto_json json_t *record = NULL;

	TRY(place_want(g, c, &p, e));
	if (store_has(g, p.record))
		drop_second(g, c, TASK_CHECK);
	else
		TRY(verdict_make(g, c, &p, e));
	TRY(store_json(g, p.record, &record, e));
	c->out = json_pack("{s:O,s:O}", "verdict", json_object_get(record, "verdict"), "record", record);
	return 0;
}

static json_int_t outcomes(const json_t *record, const char *which)
{
	json_int_t n = 0;
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(record, "checks"), i, one)
		n += strcmp(json_str(one, "outcome"), which) == 0;
	return n;
}

static int job_verdict_make(struct gate *g, struct call *c, struct place *p, struct spe_error *e)
{
	auto_outcome struct outcome o = { .record = NULL };
	struct task *t;

	TRY(task_want(g, c, p, TASK_JOB_CHECK, &t, e));
	p->policy = json_object_get(t->given, "policy");
	TRY(outcome_make(g, t, p, &o, e));
	TRY(store_write_json(g, "job.check", json_str(p->request, "workspace"),
		json_pack("{s:s,s:I,s:O}", "job", p->id, "index", p->index, "verdict", json_object_get(o.record, "verdict")), p->record,
		o.record, e));
	task_drop(t);
	return 0;
}

int do_job_verdict(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_place struct place p = { .job = true };
	auto_json json_t *record = NULL;

	TRY(job_place_want(g, c, &p, e));
	if (store_has(g, p.record))
		drop_second(g, c, TASK_JOB_CHECK);
	else
		TRY(job_verdict_make(g, c, &p, e));
	TRY(store_json(g, p.record, &record, e));
	c->out = json_pack("{s:O,s:I,s:I,s:I}", "verdict", json_object_get(record, "verdict"), "pass", outcomes(record, "pass"), "review",
		outcomes(record, "review"), "block", outcomes(record, "block"));
	return 0;
}

/* ---- REPLAYED ---- */

/* The first key of the record whose value is another, "" where there is none; of the findings the first that is another. */
static void differing(const json_t *kept, const json_t *made, char ret[80])
{
	const json_t *a = json_object_get(kept, "checks"), *b = json_object_get(made, "checks"), *v;
	const char *key;
	size_t i = 0;

	ret[0] = '\0';
	json_object_foreach((json_t *)(uintptr_t)kept, key, v)
		if (!json_equal(v, json_object_get(made, key)))
			break;
	if (!key)
		json_object_foreach((json_t *)(uintptr_t)made, key, v)
			if (!json_object_get(kept, key))
				break;
	if (!key)
		return;
	if (strcmp(key, "checks") != 0 || !json_is_array(a) || !json_is_array(b)) {
		snprintf(ret, 80, "%.60s", key);
		return;
	}
	while (json_equal(json_array_get(a, i), json_array_get(b, i)))
		i++;
	snprintf(ret, 80, "checks[%zu]", i);
}

/* Where the records are the same and their bytes are not, the order of keys is another. */
static int bytes_differ(const struct gate *g, const struct place *p, const json_t *made, bool *ret, struct spe_error *e)
{
	auto_free char *text = json_dumps(made, JSON_COMPACT | JSON_PRESERVE_ORDER);
	char sha256[SHA256_TEXT];

	if (!text || sha256_text(text, strlen(text), sha256) < 0)
		return gate_memory(e);
	*ret = strcmp(sha256, store_digest(g, p->record)) != 0;
	return 0;
}

/* Of old one was told, and not as a list. */
static bool same_prints(const json_t *had, const json_t *has)
{
	return json_is_string(had) ? json_array_size(has) == 1 && json_equal(had, json_array_get(has, 0)) : had ? json_equal(had, has) : !has;
}

static int replay_compare(struct gate *g, const struct place *p, const struct task *t, const struct outcome *o, char ret[160],
	struct spe_error *e)
{
	auto_json json_t *kept = NULL, *given = NULL;
	const char *counts = store_digest(g, p->counts);
	char key[80];
	bool other = false;

	TRY(store_json(g, p->record, &kept, e));
	TRY(store_json(g, p->inputs, &given, e));
	differing(kept, o->record, key);
	TRY(bytes_differ(g, p, o->record, &other, e));
	if (!*key && (counts ? !o->has_counts || strcmp(counts, o->counts) != 0 : o->has_counts))
		snprintf(key, sizeof(key), "the counts");
	else if (!*key && other)
		snprintf(key, sizeof(key), "the order of its keys");
	if (!same_prints(json_object_get(given, "prints"), json_object_get(t->given, "prints")) && *key)
		snprintf(ret, 160, "%s (the data were staged again since)", key);
	else
		snprintf(ret, 160, "%s", key);
	return 0;
}

int do_replayed(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_place struct place p = { .request = NULL };
	auto_outcome struct outcome o = { .record = NULL };
	char differs[160];
	struct task *t;

	TRY(place_want(g, c, &p, e));
	TRY(task_want(g, c, &p, TASK_REPLAY, &t, e));
	TRY(outcome_make(g, t, &p, &o, e));
	TRY(replay_compare(g, &p, t, &o, differs, e));
	task_drop(t);
	c->out = json_pack("{s:O,s:b,s:s?}", "file", json_object_get(p.file, "name"), "same", !*differs, "differs",
		*differs ? differs : NULL);
	return 0;
}

/* ---- MANIFEST ---- */

static int records_load(const struct gate *g, const struct export *x, json_t *ret, struct spe_error *e)
{
	size_t i, count = json_array_size(json_object_get(x->request, "files"));

	for (i = 0; i < count; i++) {
		char path[STORE_PATH];
		json_t *record = NULL;

		snprintf(path, sizeof(path), "exports/%s/check-%zu.json", x->id, i);
		if (!store_has(g, path))
			return spe_fail(e, SPE_E_CONFLICT, "file %zu of export %s has not been checked yet", i, x->id);
		TRY(store_json(g, path, &record, e));
		if (json_array_append_new(ret, record) < 0)
			return gate_memory(e);
	}
	return 0;
}

static const char *class_of(const json_t *record)
{
	const char *class = json_str(record, "class");

	return *class ? class : "other"; /* of a check that failed */
}

int64_t decisions_wanted(const struct policy *p, const json_t *records)
{
	static const char *const names[CLASS_COUNT] = { "table", "text", "image", "other" };
	int64_t most = 0;
	json_t *one;
	size_t i, k;

	json_array_foreach((json_t *)(uintptr_t)records, i, one) {
		for (k = 0; k < CLASS_OTHER && strcmp(names[k], class_of(one)) != 0; k++)
			;
		if (p->decisions_of[k] > most)
			most = p->decisions_of[k];
	}
	return most;
}

/* What is decided on are the bytes that leave: their hash and size, null and 0 where they may not. sha256_in is of those
 * that the job wrote. The name is the requested one: it fits the rule on names, which leaves no room in it to hide
 * much, and readers find the figures by it. */
static json_t *manifest_file(const json_t *file, const json_t *record)
{
	const json_t *out = json_object_get(record, "sha256_out"), *bytes = json_object_get(record, "bytes_out");
	json_t *size = json_incref((json_t *)(uintptr_t)(json_is_integer(bytes) ? bytes : json_object_get(file, "size")));

	if (json_is_null(out)) {
		json_decref(size);
		size = json_integer(0);
	}
	return json_pack("{s:O,s:O,s:o,s:O,s:O,s:s,s:O}", "name", json_object_get(file, "name"), "sha256", out, "size", size,
		"sha256_in", json_object_get(file, "sha256"), "description", json_object_get(file, "description"), "class",
		class_of(record), "verdict", json_object_get(record, "verdict"));
}

static json_t *manifest_files(const struct export *x, const json_t *records)
{
	json_t *list = json_array(), *one;
	size_t i;

	json_array_foreach(json_object_get(x->request, "files"), i, one)
		json_array_append_new(list, manifest_file(one, json_array_get(records, i)));
	return list;
}

/* Each class of files in it may ask for more decisions than the policy does for any. */
static int needed_by(const struct gate *g, const struct export *x, const json_t *records, json_int_t *ret, struct spe_error *e)
{
	struct policy policy = { .name = "" };
	int64_t wanted;

	TRY(export_policy(g, x, &policy, e));
	wanted = decisions_wanted(&policy, records);
	*ret = json_int(x->request, "decisions_needed");
	if (wanted > *ret)
		*ret = wanted;
	return 0;
}

static json_t *manifest_pack(const struct export *x, const json_t *records, json_int_t needed, const char *findings_sha256)
{
	const json_t *q = x->request, *policy = json_object_get(q, "policy");

	return json_pack("{s:s,s:s,s:O*,s:O,s:O,s:O,s:O,s:O,s:O,s:I,s:b,s:{s:O,s:O},s:s,s:o}", "format", "spe-manifest-1", "export",
		x->id, "revises", json_object_get(q, "revises"), "workspace", json_object_get(q, "workspace"), "permit", json_object_get(q, "permit"), "job",
		json_object_get(q, "job"), "requester", json_object_get(q, "requester"), "requested",
		json_object_get(q, "requested"), "context", json_object_get(q, "context"), "decisions_needed",
		needed, "different_teams", json_flag(q, "different_teams"), "policy", "name", json_object_get(policy, "name"), "digest",
		json_object_get(policy, "digest"), "findings_sha256", findings_sha256, "files",
		manifest_files(x, records));
}

/* People read these and sign them: indented, with a newline at the end. */
static int text_make(const json_t *j, struct buf *ret)
{
	char *text = j ? json_dumps(j, JSON_INDENT(2) | JSON_PRESERVE_ORDER) : NULL;

	if (text) {
		buf_str(ret, text);
		buf_str(ret, "\n");
	}
	ret->bad |= !text;
	free(text);
	return ret->bad ? -SPE_E_INTERNAL : 0;
}

static int manifest_make(struct gate *g, const struct export *x, struct spe_error *e)
{
	auto_json json_t *records = json_array(), *findings = NULL, *manifest = NULL;
	auto_buf struct buf findings_text = { 0 }, manifest_text = { 0 };
	struct store_file f[2] = { { .len = 0 }, { .len = 0 } };
	char sha256[SHA256_TEXT];
	json_int_t needed;

	TRY(records_load(g, x, records, e));
	TRY(needed_by(g, x, records, &needed, e));
	findings = json_pack("{s:s,s:s,s:O}", "format", "spe-findings-1", "export", x->id, "files", records);
	if (text_make(findings, &findings_text) < 0 || sha256_text(findings_text.p, findings_text.len, sha256) < 0)
		return gate_memory(e);
	manifest = manifest_pack(x, records, needed, sha256);
	if (text_make(manifest, &manifest_text) < 0)
		return gate_memory(e);
	if (findings_text.len > STORE_TEXT_MAX || manifest_text.len > STORE_TEXT_MAX)
		return spe_fail(e, SPE_E_TOO_LARGE, "the findings on export %s have %zu bytes; ask for fewer files at a time",
			x->id, findings_text.len);
	f[0].p = findings_text.p;
	f[0].len = findings_text.len;
	f[1].p = manifest_text.p; /* last: the export is checked once it is there */
	f[1].len = manifest_text.len;
	snprintf(f[0].path, sizeof(f[0].path), "exports/%s/findings.json", x->id);
	snprintf(f[1].path, sizeof(f[1].path), "exports/%s/manifest.json", x->id);
	return store_write(g, "export.manifest", export_workspace(x), json_pack("{s:s,s:o*}", "export", x->id, "blocked",
		manifest_blocks(manifest) ? json_true() : NULL), f, 2, e);
}

int do_manifest(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_export struct export x = { .request = NULL };
	char id[SPE_ID_TEXT];

	TRY(want_id(c, "export", NULL, id, e));
	TRY(export_load(g, id, &x, e));
	if (export_is(&x, "withdrawn"))
		return spe_fail(e, SPE_E_CONFLICT, "export %s was withdrawn", id);
	if (export_may(&x, "manifest")) {
		TRY(permit_not_over(g, export_workspace(&x), e));
		TRY(manifest_make(g, &x, e));
		export_free(&x);
		TRY(export_load(g, id, &x, e));
		TRY(export_moved(g, &x, "manifest", "checking", e));
	}
	c->out = json_pack("{s:s,s:I,s:s,s:O}", "state", x.state, "needed", (json_int_t)x.needed, "manifest_sha256", export_sha256(g, id, "manifest.json"),
		"files", json_object_get(x.findings, "files"));
	return 0;
}
