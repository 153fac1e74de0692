/* gate/remove.c - outputs that a researcher needs no more, out of the vault; see room.h. What an export ever named stays, with the
 * description of outputs that its checks were given, and so does what another job left too: the vault has each content once, so it
 * is counted who speaks of it. Of a permit that is over nothing of that stays (remains.c). First a record says that a job's outputs are on their way out, then the vault's files go, then the
 * job's file is written without them: a crash between any two of these is finished by the next start. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
#include "sped/gate/room.h"

/* ---- who speaks of what ---- */

static bool key_of(const char *sha256, uint8_t ret[16])
{
	size_t i;

	for (i = 0; i < 16; i++) {
		unsigned byte;

		if (strspn(sha256, "0123456789abcdef") < 2 || sscanf(sha256, "%2x", &byte) != 1)
			return false;
		ret[i] = (uint8_t)byte;
		sha256 += 2;
	}
	return true;
}

static struct ref *ref_at(const struct refs *x, const uint8_t key[16])
{
	static const uint8_t none[16];
	uint64_t at;

	memcpy(&at, key, sizeof(at));
	for (at &= x->room - 1; memcmp(x->slot[at].key, none, 16) != 0 && memcmp(x->slot[at].key, key, 16) != 0; at = (at + 1) & (x->room - 1))
		;
	return &x->slot[at];
}

static int refs_grow(struct refs *x, size_t room)
{
	struct refs more = { .slot = calloc(room, sizeof(*more.slot)), .room = room, .todo = x->todo, .at = x->at };
	size_t i;

	if (!more.slot)
		return -ENOMEM;
	for (i = 0; i < x->room; i++)
		if (x->slot[i].count > 0) {
			*ref_at(&more, x->slot[i].key) = x->slot[i];
			more.used++;
		}
	free(x->slot);
	*x = more;
	return 0;
}

static int count_one(struct refs *x, const char *sha256)
{
	uint8_t key[16];
	struct ref *r;

	if (!key_of(sha256, key))
		return -EBADMSG;
	if (2 * (x->used + 1) > x->room && refs_grow(x, x->room * 2) < 0)
		return -ENOMEM;
	r = ref_at(x, key);
	x->used += r->count == 0;
	memcpy(r->key, key, sizeof(r->key));
	r->count++;
	return 0;
}

/* A job's outputs; or, of a check, what was made of an export's file, which may leave. */
static int count_file(const struct gate *g, const char *path, struct refs *x, struct spe_error *e)
{
	auto_json json_t *of = NULL;
	json_t *o;
	size_t i;

	TRY(store_json(g, path, &of, e));
	json_array_foreach(json_object_get(of, "outputs"), i, o)
		if (count_one(x, json_str(o, "sha256")) < 0)
			return gate_memory(e);
	return json_is_string(json_object_get(of, "sha256_out")) && count_one(x, json_str(of, "sha256_out")) < 0 ? gate_memory(e) : 0;
}

/* Not what a look ahead found. */
static bool is_counted(const char *group, const char *name)
{
	size_t n = strlen(name);

	if (strcmp(group, "jobs") == 0)
		return n == strlen("01234567.json");
	return strncmp(group, "exports/", 8) == 0 && strncmp(name, "check-", 6) == 0 && strcmp(name + n - 5, ".json") == 0;
}

/* What is there now is to be read; what comes later is counted as it comes. */
static int refs_begin(struct gate *g, struct spe_error *e)
{
	auto_json json_t *todo = json_array();
	const char *group, *name;
	json_t *of, *sha256;

	json_object_foreach(g->files, group, of)
		json_object_foreach(of, name, sha256)
			if (is_counted(group, name) && !store_is_empty(sha256) && json_array_append_new(todo, json_sprintf("%s/%s", group, name)) < 0)
				return gate_memory(e);
	if (!todo || refs_grow(&g->refs, 1024) < 0)
		return gate_memory(e);
	g->refs.todo = json_incref(todo);
	return 0;
}

/* Every job's and check's file is read, once for as long as the gate runs. */
int refs_step(struct gate *g, int64_t ms, struct spe_error *e)
{
	const int64_t until = gate_mono_ms() + ms;
	struct refs *x = &g->refs;

	if (!x->slot)
		TRY(refs_begin(g, e));
	for (; x->todo && x->at < json_array_size(x->todo); x->at++) {
		TRY(count_file(g, json_string_value(json_array_get(x->todo, x->at)), x, e));
		if (gate_mono_ms() >= until) {
			x->at++;
			break;
		}
	}
	if (x->at < json_array_size(x->todo))
		return 0;
	json_decref(x->todo);
	x->todo = NULL;
	return 0;
}

bool refs_ready(const struct gate *g)
{
	return g->refs.slot && !g->refs.todo;
}

#define ALL_MS (1000ll * 86400 * 365)
static int refs_make(struct gate *g, struct spe_error *e)
{
	return refs_ready(g) ? 0 : refs_step(g, ALL_MS, e);
}

int do_refs(struct gate *g, struct call *c, struct spe_error *e)
{
	json_int_t ms;

	TRY(json_want_int(c->in, "request", "ms", 0, 60000, &ms, e));
	TRY(refs_step(g, ms, e));
	c->out = json_pack("{s:b}", "more", g->refs.todo != NULL);
	return 0;
}

void refs_free(struct refs *x)
{
	free(x->slot);
	json_decref(x->todo);
}

int refs_add(struct gate *g, const char *sha256, struct spe_error *e)
{
	return g->refs.slot && count_one(&g->refs, sha256) < 0 ? gate_memory(e) : 0;
}

bool refs_less(struct gate *g, const char *sha256)
{
	uint8_t key[16];
	struct ref *r;

	if (!g->refs.slot || !key_of(sha256, key))
		return false;
	r = ref_at(&g->refs, key);
	if (r->count > 0)
		r->count--; /* its place is kept: others may lie behind it */
	return r->count == 0;
}

/* Once less; with the last one the vault's file goes. */
static int ref_drop(struct gate *g, const char *sha256, struct spe_error *e)
{
	uint8_t key[16];

	if (!key_of(sha256, key))
		return spe_fail(e, SPE_E_TAMPERED, "a job's file names no SHA-256");
	return refs_less(g, sha256) ? vault_drop(g, sha256, e) : 0;
}

/* Where the files are not written they speak of all of it still. */
int refs_drop(struct gate *g, const json_t *gone, const char *action, const char *workspace, json_t *object, struct store_file *f, size_t count,
	struct spe_error *e)
{
	const size_t all = json_array_size(gone);
	size_t n = 0;
	int r = 0;

	while (n < all && r == 0)
		r = ref_drop(g, json_string_value(json_array_get(gone, n++)), e);
	if (r == 0)
		r = store_write(g, action, workspace, json_incref(object), f, count, e);
	json_decref(object);
	while (r < 0 && n > 0)
		if (refs_add(g, json_string_value(json_array_get(gone, --n)), NULL) < 0)
			g->must_end = true;
	return r;
}

/* ---- what stays ---- */

/* {NAME:true} of what exports of this job name, whatever became of them: people may have signed for it. And of what lies next to
 * it, without which no check of it can be done again. */
static int named_by_exports(struct gate *g, const json_t *job, const char *id, json_t *named, struct spe_error *e)
{
	const char *permit = json_str(job, "workspace");
	const json_t *sidecar = given_sidecar(job);
	size_t i, k;

	for (i = 0; i < asked_count(g, permit); i++) {
		auto_json json_t *request = NULL;
		char path[STORE_PATH];
		json_t *f;

		snprintf(path, sizeof(path), "exports/%s/request.json", asked_id(g, permit, i));
		if (!store_has(g, path) || !asked_may_be_of(g, permit, i, id)) /* its record was undone, or it is another job's */
			continue;
		TRY(store_json(g, path, &request, e));
		TRY(asked_is_of(g, permit, i, json_str(request, "job"), e));
		if (strcmp(json_str(request, "job"), id) != 0)
			continue;
		json_array_foreach(json_object_get(request, "files"), k, f)
			if (json_object_set_new(named, json_str(f, "name"), json_true()) < 0)
				return gate_memory(e);
	}
	if (sidecar && json_object_size(named) > 0 && json_object_set_new(named, json_str(sidecar, "name"), json_true()) < 0)
		return gate_memory(e);
	return 0;
}

#define GONE_AT_ONCE 100

/* Others are served between two pieces of what a permit that is over has left. */
static bool goes(const json_t *output, const json_t *named, bool over, size_t gone)
{
	return over ? gone < GONE_AT_ONCE : !json_object_get(named, json_str(output, "name"));
}

/* ret: the job's file without what goes; ret_gone: the digests of that. */
static int divide(struct gate *g, const char *id, json_t **ret, json_t **ret_gone, struct spe_error *e)
{
	auto_json json_t *job = NULL, *named = json_object(), *stay = json_array(), *gone = json_array();
	bool over;
	json_t *o;
	size_t i;

	TRY(store_job(g, id, &job, e));
	over = permit_is_over(g, json_str(job, "workspace"));
	if (!over)
		TRY(named_by_exports(g, job, id, named, e));
	json_array_foreach(json_object_get(job, "outputs"), i, o)
		if (goes(o, named, over, json_array_size(gone)) ? json_array_append(gone, json_object_get(o, "sha256")) < 0 : json_array_append(stay, o) < 0)
			return gate_memory(e);
	if (json_object_set(job, "outputs", stay) < 0)
		return gate_memory(e);
	*ret = json_incref(job);
	*ret_gone = json_incref(gone);
	return 0;
}

/* ---- REMOVE ---- */

int removal_seen(struct gate *g, const json_t *record)
{
	return json_object_set_new(g->removing, json_str(json_object_get(record, "object"), "job"), json_true()) < 0 ? -ENOMEM : 0;
}

static int outputs_drop(struct gate *g, const char *id, const json_t *job, const json_t *gone, struct spe_error *e)
{
	auto_free char *text = json_dumps(job, JSON_COMPACT | JSON_PRESERVE_ORDER);
	struct store_file f = { .p = text, .len = text ? strlen(text) : 0 };

	if (!text)
		return gate_memory(e);
	snprintf(f.path, sizeof(f.path), "jobs/%s.json", id);
	return refs_drop(g, gone, "job.removed", json_str(job, "workspace"), json_pack("{s:s,s:I}", "job", id, "outputs",
		(json_int_t)json_array_size(gone)), &f, 1, e);
}

/* From here on there is no way back: what fails is done again at the next start. */
static int removal_finish(struct gate *g, const char *id, const json_t *job, const json_t *gone, struct spe_error *e)
{
	int r = outputs_drop(g, id, job, gone, e);

	if (r < 0)
		g->must_end = true;
	return r;
}

int outputs_erase(struct gate *g, const char *id, bool *ret_more, struct spe_error *e)
{
	auto_json json_t *job = NULL, *gone = NULL;

	TRY(divide(g, id, &job, &gone, e));
	*ret_more = json_array_size(gone) > 0;
	return *ret_more ? outputs_drop(g, id, job, gone, e) : 0;
}

int removals_finish(struct gate *g, struct spe_error *e)
{
	auto_json json_t *all = json_copy(g->removing);
	const char *id;
	json_t *yes;

	json_object_foreach(all, id, yes) {
		auto_json json_t *job = NULL, *gone = NULL;

		TRY(refs_make(g, e));
		TRY(divide(g, id, &job, &gone, e));
		TRY(removal_finish(g, id, job, gone, e));
	}
	return 0;
}

int do_remove(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_json json_t *job = NULL, *gone = NULL;
	char id[SPE_ID_TEXT];

	TRY(want_id(c, "job", NULL, id, e));
	if (!store_has_job(g, id))
		return spe_fail(e, SPE_E_NOT_FOUND, "the vault has no outputs of job %s", id);
	TRY(divide(g, id, &job, &gone, e));
	if (json_array_size(gone) > 0) {
		TRY(refs_make(g, e));
		TRY(store_removing(g, id, json_str(job, "workspace"), e));
		TRY(removal_finish(g, id, job, gone, e));
	}
	c->out = json_pack("{s:O,s:I}", "outputs", json_object_get(job, "outputs"), "removed", (json_int_t)json_array_size(gone));
	return 0;
}
