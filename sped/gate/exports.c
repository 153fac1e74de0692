/* gate/exports.c - requests that named outputs leave, and where each of them stands; see room.h.
 * The state of an export is read off its files: nothing says it a second time. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "spe/cleanup.h"
#include "spe/policy.h"
#include "sped/base/buf.h"
#include "sped/gate/outputs.h"
#include "sped/gate/room.h"
#include "sped/trust/day.h"

#define DESCRIPTION_MAX 2000 /* bytes; people have to read each */
#define CONTEXT_MAX 8000
#define EXPORTS_MAX 1000 /* of one answer */
/* A ustar name is at most 155 bytes of directories and 100 of the last component (POSIX.1-2017, pax, ustar), and
 * "spe-release-12345678/files/" comes before the directories of a file. */
#define OPEN_AGE_S 300 /* of a signature to read: clocks differ, and people type passphrases */
#define DIRECTORIES_MAX (155 - 27)

static void export_path(char ret[STORE_PATH], const char *id, const char *name)
{
	snprintf(ret, STORE_PATH, "exports/%s/%s", id, name);
}

const char *export_sha256(const struct gate *g, const char *id, const char *name)
{
	char path[STORE_PATH];

	export_path(path, id, name);
	return store_digest(g, path);
}

static bool export_has(const struct gate *g, const char *id, const char *name)
{
	return export_sha256(g, id, name) != NULL;
}

/* ---- asking for one ---- */

static bool components_ok(const char *name)
{
	char part[SPE_NAME_MAX + 1];
	const char *slash = strrchr(name, '/');
	size_t n;

	if (!outputs_name_ok(name) || (slash && slash - name > DIRECTORIES_MAX))
		return false;
	for (;; name += n + 1) {
		n = strcspn(name, "/");
		snprintf(part, sizeof(part), "%.*s", (int)n, name);
		if (!name_ok(part))
			return false;
		if (name[n] == '\0')
			return true;
	}
}

static const json_t *output_find(const json_t *job, const char *name)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(job, "outputs"), i, one)
		if (strcmp(json_str(one, "name"), name) == 0)
			return one;
	return NULL;
}

static bool is_beneath(const char *name, const char *directory)
{
	size_t n = strlen(directory);

	return strncmp(name, directory, n) == 0 && name[n] == '/';
}

/* Each output once, whatever the case of its letters, and none where another one needs a directory. */
static int differs_from(const json_t *list, const char *name, struct spe_error *e)
{
	json_t *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, one) {
		const char *other = json_str(one, "name");

		if (strcmp(other, name) == 0)
			return spe_fail(e, SPE_E_INPUT, "request.files names %s twice", name);
		if (strcasecmp(other, name) == 0)
			return spe_fail(e, SPE_E_INPUT, "request.files has %s and %s, which some file systems take for one", name,
				other);
		if (is_beneath(name, other) || is_beneath(other, name))
			return spe_fail(e, SPE_E_INPUT, "request.files has %s and %s, which can't lie side by side", name,
				other);
	}
	return 0;
}

static int file_want(const json_t *one, const json_t *job, json_t *list, struct spe_error *e)
{
	static const char *const fields[] = { "name", "description", NULL };
	const char *name, *description;
	const json_t *output;
	char where[40];

	snprintf(where, sizeof(where), "request.files[%zu]", json_array_size(list));
	if (!json_is_object(one))
		return spe_fail(e, SPE_E_INPUT, "%s must be an object", where);
	TRY(json_only(one, where, fields, e));
	TRY(json_want_string(one, where, "name", OUTPUTS_NAME_MAX, &name, e));
	TRY(json_want_string(one, where, "description", DESCRIPTION_MAX, &description, e));
	output = output_find(job, name);
	if (!output) {
		spe_fail(e, SPE_E_NOT_FOUND, "%s.name is no output of this job", where);
		spe_remedy(e, "try: spe-cli job show, which lists its outputs");
		return -SPE_E_NOT_FOUND;
	}
	if (!components_ok(name))
		return spe_fail(e, SPE_E_INPUT,
			"%s.name can't be kept in a release: \"..\" or more than %d bytes of directories", where,
			DIRECTORIES_MAX);
	TRY(differs_from(list, name, e));
	output = json_pack("{s:s,s:O,s:O,s:s}", "name", name, "sha256", json_object_get(output, "sha256"), "size",
		json_object_get(output, "size"), "description", description);
	return json_array_append_new(list, (json_t *)(uintptr_t)output) < 0 ? gate_memory(e) : 0;
}

static int files_want(const struct call *c, const json_t *job, json_t *list, struct spe_error *e)
{
	json_t *files, *one;
	size_t i;

	TRY(json_want_array(c->in, "request", "files", SPE_EXPORT_FILES_MAX, &files, e));
	if (json_array_size(files) == 0)
		return spe_fail(e, SPE_E_INPUT, "request.files is empty; name at least one output");
	json_array_foreach(files, i, one)
		TRY(file_want(one, job, list, e));
	return 0;
}

int policy_want(const struct gate *g, const struct call *c, const char **ret_text, struct policy *ret, struct spe_error *e)
{
	static const char *const fields[] = { "name", "text", NULL };
	const char *name;
	json_t *policy;

	TRY(json_want_object(c->in, "request", "policy", &policy, e));
	TRY(json_only(policy, "request.policy", fields, e));
	TRY(json_want_string(policy, "request.policy", "name", sizeof(ret->name) - 1, &name, e));
	TRY(json_want_string(policy, "request.policy", "text", POLICY_TEXT_MAX, ret_text, e));
	TRY(policy_parse(*ret_text, strlen(*ret_text), name, ret, e));
	if (json_object_get(g->policies, ret->digest))
		return 0;
	spe_fail(e, SPE_E_REFUSED, "policy %.60s is none of those that root has installed", name);
	spe_remedy(e, "try: restarting sped where its file was changed");
	return -SPE_E_REFUSED;
}

int export_policy(const struct gate *g, const struct export *x, struct policy *ret, struct spe_error *e)
{
	auto_free char *text = NULL;
	char path[STORE_PATH];
	size_t len;

	export_path(path, x->id, "policy");
	TRY(store_read(g, path, &text, &len, e));
	return policy_parse(text, len, json_str(json_object_get(x->request, "policy"), "name"), ret, e);
}

int gate_policy(struct gate *g, const char *text, size_t len, struct spe_error *e)
{
	char sha256[SHA256_TEXT];

	return sha256_text(text, len, sha256) < 0 || json_object_set_new(g->policies, sha256, json_true()) < 0 ? gate_memory(e) : 0;
}

static int requester_want(const struct call *c, const struct permit *p, const char **ret, struct spe_error *e)
{
	TRY(want_name(c, "requester", ret, e));
	if (!(permit_roles(p, *ret) & (ROLE_RESEARCHER | ROLE_PI)))
		return spe_fail(e, SPE_E_NOT_AUTHORISED, "%s is no researcher of permit %s", *ret, p->id);
	return 0;
}

static int job_want(const struct gate *g, const struct call *c, const struct permit *p, json_t **ret, struct spe_error *e)
{
	char id[SPE_ID_TEXT];

	TRY(want_id(c, "job", NULL, id, e));
	if (!store_has_job(g, id))
		return spe_fail(e, SPE_E_NOT_FOUND, "the vault has no outputs of job %s", id);
	TRY(store_job(g, id, ret, e));
	if (strcmp(json_str(*ret, "workspace"), p->id) != 0)
		return spe_fail(e, SPE_E_REFUSED, "job %s did not run under permit %s", id, p->id);
	return 0;
}

/* What it is asked for instead of: nothing that can still leave or has left. *ret is left alone where nothing is named. Whether there
 * is one of that number under another permit is not said. */
static int revises_want(const struct gate *g, const struct call *c, const struct permit *p, json_t **ret, struct spe_error *e)
{
	auto_export struct export x = { .request = NULL };
	char id[SPE_ID_TEXT];

	if (!json_object_get(c->in, "revises"))
		return 0;
	TRY(want_id(c, "revises", NULL, id, e));
	TRY(export_load(g, id, &x, e));
	if (strcmp(export_workspace(&x), p->id) != 0)
		return spe_fail(e, SPE_E_NOT_FOUND, "there is no export %s", id);
	if (!export_is(&x, "blocked") && !export_is(&x, "rejected") && !export_is(&x, "returned") && !export_is(&x, "withdrawn")) {
		spe_fail(e, SPE_E_CONFLICT, "export %s is %s; only one that is blocked, rejected, returned or withdrawn is revised", id, x.state);
		if (export_may(&x, "withdraw"))
			spe_remedy(e, "try: spe-cli export withdraw %s", id);
		return -SPE_E_CONFLICT;
	}
	*ret = json_string(id);
	return *ret ? 0 : gate_memory(e);
}

static json_t *request_pack(const struct gate *g, const char *id, const struct permit *p, const struct policy *policy,
	const json_t *job, const char *requester, const char *context, json_t *files)
{
	int64_t needed = p->decisions > policy->decisions ? p->decisions : policy->decisions;
	char now[TIME_TEXT];

	gate_now(g, now);
	return json_pack("{s:s,s:s,s:s,s:{s:s,s:I,s:s},s:s,s:s,s:s,s:s,s:I,s:b,s:{s:s,s:s,s:I,s:I,s:I},s:O}", "format",
		"spe-request-1", "export", id, "workspace", p->id, "permit", "id", p->id, "version",
		(json_int_t)p->version, "digest", p->digest, "job", json_str(job, "job"), "requester", requester,
		"requested", now, "context", context, "decisions_needed", (json_int_t)needed, "different_teams",
		policy->different_teams, "policy", "name",
		policy->name, "digest", policy->digest, "min_count", (json_int_t)policy->min_count, "max_bytes",
		(json_int_t)policy->max_bytes, "max_rows", (json_int_t)policy->max_rows, "files", files);
}

static int request_store(struct gate *g, const char *id, const char *workspace, const json_t *request, const char *policy,
	struct spe_error *e)
{
	auto_free char *text = json_dumps(request, JSON_COMPACT | JSON_PRESERVE_ORDER);
	/* The request comes last: an export is there once it is. */
	struct store_file f[2] = { { .p = policy, .len = strlen(policy) }, { .p = text, .len = text ? strlen(text) : 0 } };

	json_t *object = leaving_pack(g, id, json_object_get(request, "files"));

	if (!text || json_object_set(object, "job", json_object_get(request, "job")) < 0) {
		json_decref(object);
		return gate_memory(e);
	}
	export_path(f[0].path, id, "policy");
	export_path(f[1].path, id, "request.json");
	return store_write(g, "export.request", workspace, object, f, 2, e);
}

static json_t *files_answer(const json_t *files)
{
	json_t *list = json_array(), *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)files, i, one)
		json_array_append_new(list, json_pack("{s:O,s:O,s:O}", "name", json_object_get(one, "name"), "size",
			json_object_get(one, "size"), "sha256", json_object_get(one, "sha256")));
	return json_pack("{s:o}", "files", list);
}

static uint64_t bytes_of(const json_t *files)
{
	uint64_t bytes = 0;
	json_t *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)files, i, one)
		bytes += (uint64_t)json_int(one, "size");
	return bytes;
}

int do_export(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_json json_t *job = NULL, *request = NULL, *files = json_array(), *revises = NULL;
	const char *permit_id, *requester, *context, *policy_text;
	auto_permit struct permit *p = NULL;
	struct policy policy;
	json_int_t most = 1 << 20;
	char id[SPE_ID_TEXT];

	TRY(want_id(c, "export", NULL, id, e));
	if (export_has(g, id, "request.json"))
		return spe_fail(e, SPE_E_CONFLICT, "export %s exists", id);
	TRY(want_name(c, "permit", &permit_id, e));
	TRY(permit_newest(g, permit_id, &p, NULL, e));
	TRY(permit_in_force(g, p, e));
	TRY(requester_want(c, p, &requester, e));
	TRY(job_want(g, c, p, &job, e));
	TRY(want_text(c->in, "request", "context", CONTEXT_MAX, &context, e));
	TRY(policy_want(g, c, &policy_text, &policy, e));
	TRY(files_want(c, job, files, e));
	TRY(revises_want(g, c, p, &revises, e));
	if (json_object_get(c->in, "most"))
		TRY(json_want_int(c->in, "request", "most", 1, 1 << 20, &most, e));
	TRY(asked_check(g, permit_id, most, e));
	TRY(waiting_check(g, permit_id, most, e));
	TRY(budget_check(g, permit_id, &policy, json_array_size(files), bytes_of(files), e));
	request = request_pack(g, id, p, &policy, job, requester, context, files);
	if (!request || (revises && json_object_set(request, "revises", revises) < 0))
		return gate_memory(e);
	TRY(request_store(g, id, p->id, request, policy_text, e));
	c->out = files_answer(files);
	return 0;
}

/* ---- where it stands ---- */

void export_free(struct export *x)
{
	json_decref(x->request);
	json_decref(x->manifest);
	json_decref(x->findings);
	json_decref(x->decisions);
	free(x->manifest_text);
	permit_free(x->permit);
	permit_free(x->then);
	memset(x, 0, sizeof(*x));
}

bool export_is(const struct export *x, const char *state)
{
	return strcmp(x->state, state) == 0;
}

const char *export_workspace(const struct export *x)
{
	return json_str(x->request, "workspace");
}

bool manifest_blocks(const json_t *manifest)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(manifest, "files"), i, one)
		if (strcmp(json_str(one, "verdict"), "block") == 0 || !json_is_string(json_object_get(one, "sha256")))
			return true;
	return false;
}

static const char *state_of(const struct gate *g, const struct export *x)
{
	char path[STORE_PATH];

	snprintf(path, sizeof(path), "releases/%s.tar", x->id);
	if (export_has(g, x->id, "withdrawn.json"))
		return "withdrawn";
	if (store_has(g, path))
		return "released";
	if (!x->manifest)
		return "checking";
	if (manifest_blocks(x->manifest))
		return "blocked";
	if (x->rejections > 0)
		return "rejected";
	if (x->returns > 0)
		return "returned";
	return (int64_t)x->approvals >= x->needed ? "approved" : "pending";
}

/* Of findings that went with the permit, what the manifest has of each file, in the words of the findings. */
static int findings_left(struct export *x, struct spe_error *e)
{
	json_t *files = json_array(), *one;
	size_t i;

	json_array_foreach(json_object_get(x->manifest, "files"), i, one) {
		json_t *left = json_copy(one);

		json_object_set(left, "sha256_out", json_object_get(one, "sha256"));
		json_object_set(left, "bytes_out", json_object_get(one, "size"));
		json_array_append_new(files, left);
	}
	x->findings = json_pack("{s:o}", "files", files);
	return x->findings ? 0 : gate_memory(e);
}

static int manifest_load(const struct gate *g, struct export *x, struct spe_error *e)
{
	char path[STORE_PATH];

	export_path(path, x->id, "manifest.json");
	TRY(store_read(g, path, &x->manifest_text, &x->manifest_len, e));
	TRY(json_parse(x->manifest_text, x->manifest_len, path, &x->manifest, e));
	export_path(path, x->id, "findings.json");
	if (!store_is_left(g, path) && permit_is_over(g, x->permit->id))
		return findings_left(x, e);
	TRY(store_json(g, path, &x->findings, e));
	if (strcmp(json_str(x->manifest, "findings_sha256"), store_digest(g, path)) != 0)
		return spe_fail(e, SPE_E_TAMPERED, "%s is not the one that the manifest names", path);
	return 0;
}

/* The permit that it was released under. One that this sped reads no more is as one that was not kept: all else is there. */
static int then_load(const struct gate *g, struct export *x, struct spe_error *e)
{
	const int64_t version = json_int(export_released(g, x), "permit_version");
	const int r = version > 0 ? permit_version(g, x->permit->id, version, &x->then, e) : 0;

	return r == -SPE_E_INPUT ? 0 : r;
}

static int load(const struct gate *g, struct export *x, struct spe_error *e)
{
	char path[STORE_PATH];

	export_path(path, x->id, "request.json");
	if (!store_has(g, path))
		return spe_fail(e, SPE_E_NOT_FOUND, "there is no export %s", x->id);
	TRY(store_json(g, path, &x->request, e));
	TRY(permit_newest(g, json_str(x->request, "workspace"), &x->permit, NULL, e));
	TRY(then_load(g, x, e));
	x->loaded_s = g->now_ms() / 1000;
	x->needed = json_int(x->request, "decisions_needed");
	if (export_has(g, x->id, "manifest.json"))
		TRY(manifest_load(g, x, e));
	if (json_int(x->manifest, "decisions_needed") > x->needed) /* by what the files are */
		x->needed = json_int(x->manifest, "decisions_needed");
	if (x->permit->decisions > x->needed) /* an amendment may ask for more, never for fewer */
		x->needed = x->permit->decisions;
	TRY(decisions_load(g, x, e));
	x->state = state_of(g, x);
	return 0;
}

int export_load(const struct gate *g, const char *id, struct export *ret, struct spe_error *e)
{
	int r;

	memset(ret, 0, sizeof(*ret));
	snprintf(ret->id, sizeof(ret->id), "%s", id);
	r = load(g, ret, e);
	if (r < 0)
		export_free(ret);
	return r;
}

/* Before the manifest: as far as the checks have come. */
static json_t *records_so_far(const struct gate *g, const struct export *x)
{
	json_t *list = json_array();
	size_t i, count = json_array_size(json_object_get(x->request, "files"));

	for (i = 0; i < count; i++) {
		char path[STORE_PATH];
		json_t *record = NULL;

		snprintf(path, sizeof(path), "exports/%s/check-%zu.json", x->id, i);
		if (store_has(g, path) && store_json(g, path, &record, NULL) == 0)
			json_array_append_new(list, record);
	}
	return list;
}

/* Checkers read it before their work, not when they sign; and who waits for a release why there is none. */
static int stale_add(struct gate *g, const struct export *x, json_t *out, struct spe_error *e)
{
	struct spe_error why;
	int r = export_is(x, "pending") ? export_meets_none(g, x, &why) : export_is(x, "approved") ? release_meets_none(g, x, &why) : 0;

	if (r == -SPE_E_CONFLICT)
		return json_object_set_new(out, "stale", json_string(why.text)) < 0 ? gate_memory(e) : 0;
	if (r < 0)
		*e = why;
	return r;
}

int do_export_show(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_json json_t *so_far = NULL, *thread = NULL;
	const json_t *files;
	auto_export struct export x = { .request = NULL };
	char id[SPE_ID_TEXT];

	TRY(want_id(c, "export", NULL, id, e));
	TRY(export_load(g, id, &x, e));
	TRY(thread_load(g, id, &thread, e));
	so_far = x.findings ? NULL : records_so_far(g, &x);
	files = x.findings ? json_object_get(x.findings, "files") : so_far;
	c->out = json_pack("{s:s,s:I,s:I,s:s?,s:O,s:O,s:O,s:O,s:O*}", "state", x.state, "approvals", (json_int_t)x.approvals,
		"needed", (json_int_t)x.needed, "manifest_sha256", export_sha256(g, id, "manifest.json"), "requester",
		json_object_get(x.request, "requester"), "decisions", x.decisions, "thread", thread, "files", files, "revises",
		json_object_get(x.request, "revises"));
	return stale_add(g, &x, c->out, e);
}

/* By the journal alone: nothing is read. */
static int standing_add(const struct gate *g, const char *id, json_t *items)
{
	char path[STORE_PATH];
	json_t *who;

	if (!export_has(g, id, "request.json"))
		return 0;
	who = deciders(g, id);
	snprintf(path, sizeof(path), "releases/%s.tar", id);
	return who ? json_array_append_new(items, json_pack("{s:s,s:b,s:b,s:I,s:o}", "export", id, "checked", export_has(g, id, "manifest.json"), "over",
		store_has(g, path) || export_has(g, id, "withdrawn.json"), "comments", (json_int_t)thread_count(g, id), "decided", who)) : -1;
}

int do_exports(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_json json_t *items = json_array();
	json_t *list, *one;
	size_t i;

	TRY(json_want_array(c->in, "request", "exports", EXPORTS_MAX, &list, e));
	json_array_foreach(list, i, one) {
		const char *id = json_string_value(one);
		uint32_t number;

		if (!id || !spe_id_parse(id, &number))
			return spe_fail(e, SPE_E_INPUT, "request.exports[%zu] must be an id of eight hexadecimal digits", i);
		if (standing_add(g, id, items) < 0)
			return gate_memory(e);
	}
	c->out = json_pack("{s:O}", "items", items);
	return 0;
}

/* ---- looking at one, taking one back ---- */

static int text_open(const struct gate *g, const struct export *x, const char *name, int *ret_fd, struct spe_error *e)
{
	auto_free char *text = NULL;
	char path[STORE_PATH];
	size_t len;
	int r;

	export_path(path, x->id, name);
	TRY(store_read(g, path, &text, &len, e));
	r = io_memfd(text, len, ret_fd);
	return r < 0 ? gate_fail(e, "hand out a text", r) : 0;
}

static const json_t *by_name(const json_t *files, const char *name)
{
	json_t *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)files, i, one)
		if (strcmp(json_str(one, "name"), name) == 0)
			return one;
	return NULL;
}

/* The bytes that may leave, which people decide on; or those that the job wrote. */
static int file_open(const struct gate *g, const struct export *x, const char *name, bool original, int *ret_fd,
	struct spe_error *e)
{
	const json_t *asked = by_name(json_object_get(x->request, "files"), name);
	const json_t *one = original ? asked : by_name(json_object_get(x->manifest, "files"), name);

	if (!asked)
		return spe_fail(e, SPE_E_NOT_FOUND, "export %s has no file of this name", x->id);
	if (!original && !x->manifest)
		return spe_fail(e, SPE_E_CONFLICT, "export %s has not been checked yet", x->id);
	if (json_is_null(json_object_get(one, "sha256")))
		return spe_fail(e, SPE_E_CONFLICT, "%s was blocked: there are no bytes of it that may leave", name);
	*ret_fd = vault_open(g, json_str(one, "sha256"), name, true, e);
	return *ret_fd < 0 ? *ret_fd : 0;
}

/* Who is asking the gate can't see: so a checker of the permit has signed for just this file, just now. */
static int reader_check(const struct gate *g, const struct call *c, const struct export *x, const char *what, const char *name,
	struct spe_error *e)
{
	auto_json json_t *read = NULL, *want = NULL;
	auto_free char *text = NULL;
	const char *person, *statement, *armor, *time;
	const struct registry_key *k;
	int64_t at;

	TRY(want_name(c, "person", &person, e));
	if (permit_roles(x->permit, person) != ROLE_CHECKER)
		return spe_fail(e, SPE_E_NOT_AUTHORISED, "%s is no checker of permit %s", person, x->permit->id);
	TRY(json_want_string(c->in, "request", "statement", 4 * OUTPUTS_NAME_MAX, &statement, e));
	TRY(json_want_string(c->in, "request", "signature", SSHSIG_ARMOR_MAX, &armor, e));
	TRY(json_parse(statement, strlen(statement), "request.statement", &read, e));
	TRY(json_want_string(read, "request.statement", "time", 20, &time, e));
	want = json_pack("{s:s,s:s,s:s,s:s,s:s}", "format", "spe-open-1", "export", x->id, "what", what, "name", name, "time", time);
	text = want ? json_dumps(want, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
	if (!text)
		return gate_memory(e);
	if (strcmp(text, statement) != 0)
		return spe_fail(e, SPE_E_INPUT, "request.statement is not the one that opens this file");
	if (!day_instant(time, &at) || at < g->now_ms() / 1000 - OPEN_AGE_S || at > g->now_ms() / 1000 + OPEN_AGE_S)
		return spe_fail(e, SPE_E_NOT_AUTHORISED, "request.statement.time is more than %d seconds off", OPEN_AGE_S);
	TRY(registry_unchanged(g, e));
	TRY(signer_find(g, REGISTRY_CHECKER, person, armor, &k, e));
	return sshsig_verify(k->key, "spe-open", statement, strlen(statement), armor, strlen(armor), e);
}

/* What people decided on stays readable, and what was released is out, though not what that was made of. All else is closed with the
 * permit, and then goes. */
static int may_open(const struct gate *g, const struct export *x, const char *what, struct spe_error *e)
{
	if (strcmp(what, "manifest") == 0 || (export_is(x, "released") && strcmp(what, "original") != 0))
		return 0;
	if (permit_is_over(g, export_workspace(x)))
		return spe_fail(e, SPE_E_NOT_FOUND, "permit %s has ended, and the %s of export %s went with it", export_workspace(x), what, x->id);
	return strcmp(what, "findings") == 0 ? 0 : permit_in_force(g, x->permit, e);
}

int do_open(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_export struct export x = { .request = NULL };
	const char *what, *name = "";
	char id[SPE_ID_TEXT];
	int fd = -1, r;

	TRY(want_id(c, "export", NULL, id, e));
	TRY(json_want_string(c->in, "request", "what", 20, &what, e));
	TRY(export_load(g, id, &x, e));
	if (strcmp(what, "file") == 0 || strcmp(what, "original") == 0) {
		TRY(json_want_string(c->in, "request", "name", OUTPUTS_NAME_MAX, &name, e));
		TRY(reader_check(g, c, &x, what, name, e));
		TRY(may_open(g, &x, what, e));
		r = file_open(g, &x, name, what[0] == 'o', &fd, e);
	} else if (strcmp(what, "manifest") == 0 || strcmp(what, "findings") == 0) {
		if (!x.manifest)
			return spe_fail(e, SPE_E_CONFLICT, "export %s has not been checked yet", id);
		TRY(may_open(g, &x, what, e));
		r = text_open(g, &x, what[0] == 'm' ? "manifest.json" : "findings.json", &fd, e);
	} else {
		return spe_fail(e, SPE_E_INPUT, "request.what must be manifest, findings, file or original");
	}
	if (r == 0)
		c->out_fd = fd;
	return r;
}

int do_withdraw(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_export struct export x = { .request = NULL };
	auto_json json_t *j = NULL;
	char id[SPE_ID_TEXT], path[STORE_PATH], now[TIME_TEXT];
	const char *from;

	TRY(want_id(c, "export", NULL, id, e));
	TRY(export_load(g, id, &x, e));
	if (!export_may(&x, "withdraw"))
		return spe_fail(e, SPE_E_CONFLICT, "export %s is %s and can't be withdrawn", id, x.state);
	gate_now(g, now);
	export_path(path, id, "withdrawn.json");
	j = json_pack("{s:s,s:s,s:s}", "format", "spe-withdrawn-1", "export", id, "time", now);
	TRY(store_write_json(g, "export.withdraw", export_workspace(&x), json_pack("{s:s}", "export", id), path, j, e));
	from = x.state;
	export_free(&x);
	TRY(export_load(g, id, &x, e));
	TRY(export_moved(g, &x, "withdraw", from, e));
	c->out = json_pack("{s:s,s:s}", "export", id, "state", x.state);
	return 0;
}
