/* gate/ingest.c - a job's captured outputs into the vault; see room.h. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/log.h"
#include "sped/gate/outputs.h"
#include "sped/gate/room.h"

int do_capture(struct gate *g, struct call *c, struct spe_error *e)
{
	struct task task = { .kind = TASK_CAPTURE };
	json_int_t max_files, max_bytes;
	auto_json json_t *ticket = NULL;

	TRY(want_id(c, "job", &task.start.id, NULL, e));
	TRY(begin_want(c, PROFILE_CAPTURE, BEGIN_WORKSPACE, &task.start, e));
	TRY(workspace_on(g, task.start.workspace, e));
	snprintf(task.permit, sizeof(task.permit), "%s", held_permit(g, task.start.workspace));
	TRY(json_want_int(c->in, "request", "max_files", 1, SPE_OUTPUTS_MAX, &max_files, e));
	TRY(json_want_int(c->in, "request", "max_bytes", 1, 1ll << 50, &max_bytes, e));
	task.max_files = (uint64_t)max_files;
	task.max_bytes = (uint64_t)max_bytes;
	ticket = json_pack("{s:s,s:I,s:I}", "kind", "capture", "max_files", max_files, "max_bytes", max_bytes);
	return task_begin(g, c, &task, ticket, -1, e);
}

/* fresh: what the vault did not have. */
static int file_take(struct gate *g, const struct task *t, const struct outputs_entry *f, json_t *outputs, json_t *fresh,
	struct spe_error *e)
{
	char sha256[SHA256_TEXT];
	json_t *one;
	bool new;

	TRY(vault_put(g, t->out, f->at, f->size, sha256, &new, e));
	if (new && json_array_append_new(fresh, json_string(sha256)) < 0)
		return gate_memory(e);
	one = json_pack("{s:s,s:I,s:s}", "name", f->name, "size", (json_int_t)f->size, "sha256", sha256);
	return json_array_append_new(outputs, one) < 0 ? gate_memory(e) : 0;
}

static json_t *skipped_list(const json_int_t count[SKIP_COUNT])
{
	json_t *list = json_array();
	int i;

	for (i = SKIP_NONE + 1; i < SKIP_COUNT; i++)
		if (count[i] > 0)
			json_array_append_new(list, json_pack("{s:s,s:I}", "reason",
				outputs_skip_name((enum outputs_skip)i), "count", count[i]));
	return list;
}

/* The whole form is looked at before a byte of it goes anywhere. */
static int stream_check(const struct task *t, struct spe_error *e)
{
	struct outputs_entry entry;
	struct outputs o;
	int r;

	TRY(outputs_open(&o, t->out, t->max_files, t->max_bytes, e));
	while ((r = outputs_next(&o, &entry, e)) == 1)
		;
	return r;
}

static int stream_take(struct gate *g, const struct task *t, json_t *outputs, json_t *fresh, json_t **ret_skipped, struct spe_error *e)
{
	json_int_t count[SKIP_COUNT] = { 0 };
	struct outputs_entry entry;
	struct outputs o;
	int r;

	TRY(outputs_open(&o, t->out, t->max_files, t->max_bytes, e));
	while ((r = outputs_next(&o, &entry, e)) == 1) {
		count[entry.skipped]++;
		if (entry.skipped == SKIP_NONE)
			TRY(file_take(g, t, &entry, outputs, fresh, e));
	}
	*ret_skipped = skipped_list(count);
	return r;
}

/* Nobody names them, now or later, and they are spoken of once less. Where the next start may find the job's file, they stay. */
static void fresh_drop(struct gate *g, const char *id, const json_t *outputs, const json_t *fresh)
{
	struct spe_error why;
	json_t *sha256, *one;
	size_t i;

	if (g->must_end || store_has_job(g, id))
		return;
	json_array_foreach((json_t *)(uintptr_t)outputs, i, one)
		refs_less(g, json_str(one, "sha256"));
	json_array_foreach((json_t *)(uintptr_t)fresh, i, sha256)
		if (vault_drop(g, json_string_value(sha256), &why) < 0)
			spe_log("ingest", "%s", why.text);
}

static int capture_check(struct gate *g, struct task *t, const char *workspace, const char *id, struct spe_error *e)
{
	TRY(task_end(t, e));
	TRY(permit_not_over(g, workspace, e));
	if (!task_ended_well(t))
		return spe_fail(e, SPE_E_CONFLICT, "the capture of job %s did not end well (end %u, value %d)", id, t->end.end, t->end.value);
	TRY(workspace_check(g, t->start.workspace, workspace, e)); /* root ran job and capture there */
	return stream_check(t, e);
}

static int job_make(struct gate *g, const struct task *t, const char *workspace, const char *id, const char *path, json_t *outputs,
	json_t *fresh, struct spe_error *e)
{
	auto_json json_t *skipped = NULL, *job = NULL;

	TRY(stream_take(g, t, outputs, fresh, &skipped, e));
	TRY(vault_sync(g, e));
	job = json_pack("{s:s,s:s,s:s,s:O,s:O}", "format", "spe-job-1", "job", id, "workspace", workspace, "outputs",
		outputs, "skipped", skipped);
	if (!job)
		return gate_memory(e);
	return store_write_json(g, "job.ingest", workspace,
		json_pack("{s:s,s:I}", "job", id, "outputs", (json_int_t)json_array_size(outputs)), path, job, e);
}

/* Good or not, what was captured is done with: it would keep a disk full that it did not fit on. */
static int job_take(struct gate *g, struct call *c, uint32_t number, const char *id, const char *path, struct spe_error *e)
{
	const char *workspace = json_str(json_object_get(c->in, "record"), "workspace");
	struct task *t = task_find(g, number, TASK_CAPTURE);
	auto_json json_t *outputs = json_array(), *fresh = json_array();
	int r;

	if (!name_ok(workspace))
		return spe_fail(e, SPE_E_INPUT, "request.record.workspace must say whose outputs these are");
	if (json_is_true(json_object_get(c->in, "nothing")))
		return store_nothing(g, id, workspace, e);
	if (!t)
		return spe_fail(e, SPE_E_NOT_FOUND, "the gate has no capture of job %s; begin it again", id);
	r = capture_check(g, t, workspace, id, e);
	if (r == 0 && (r = job_make(g, t, workspace, id, path, outputs, fresh, e)) < 0)
		fresh_drop(g, id, outputs, fresh);
	task_drop(t);
	return r;
}

/* *ret_digest: of the job's file; NULL where it left nothing. */
static int ingest(struct gate *g, struct call *c, const char **ret_digest, struct spe_error *e)
{
	char id[SPE_ID_TEXT], path[STORE_PATH];
	auto_json json_t *job = NULL;
	uint32_t number;

	TRY(want_id(c, "job", &number, id, e));
	snprintf(path, sizeof(path), "jobs/%s.json", id);
	if (!store_has_job(g, id))
		TRY(job_take(g, c, number, id, path, e));
	TRY(store_job(g, id, &job, e));
	*ret_digest = store_digest(g, path);
	c->out = json_pack("{s:O,s:O}", "outputs", json_object_get(job, "outputs"), "skipped",
		json_object_get(job, "skipped"));
	return c->out ? 0 : gate_memory(e);
}

int do_ingest(struct gate *g, struct call *c, struct spe_error *e)
{
	const char *digest = NULL;
	json_t *more = NULL;
	int r, done;

	if (json_object_get(c->in, "before"))
		TRY(records_append_later(g, c, "before", e));
	r = ingest(g, c, &digest, e);
	if (r == 0)
		more = json_pack("{s:I,s:s*}", "outputs",
			(json_int_t)json_array_size(json_object_get(c->out, "outputs")), "digest", digest);
	done = r < 0 ? record_append(g, c, spe_code_name((enum spe_code)-r), more, NULL) : record_append_later(g, c, "ok", more, e);
	if (r == 0 && done == 0 && json_is_false(json_object_get(c->in, "later")))
		done = journal_sync(g->journal, e);
	if (r == 0 && done < 0) {
		json_decref(c->out);
		c->out = NULL;
	}
	return r < 0 ? r : done;
}
