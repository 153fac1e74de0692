/* gate/checks.c - what spe-check found, kept and bound together in the manifest; see room.h. */
#include <inttypes.h>
#include <openssl/crypto.h>
#include <string.h>

#include "spe/cleanup.h"
#include "spe/policy.h"
#include "spe/psn.h"
#include "sped/base/buf.h"
#include "sped/gate/room.h"

#define CHECKS_MAX 4096      /* findings of one file and the rules that passed */
#define RECORD_MAX (1u << 20)

/* One file of an export, by its number. */
struct place {
	char id[SPE_ID_TEXT];
	json_int_t index;
	json_t *request;    /* owned */
	const json_t *file; /* borrowed from it */
	const json_t *policy;
	char path[STORE_PATH]; /* of its record */
};

static void place_free(struct place *p)
{
	json_decref(p->request);
}
#define auto_place __attribute__((cleanup(place_free)))

static int place_want(const struct gate *g, const struct call *c, struct place *p, struct spe_error *e)
{
	char path[STORE_PATH];

	TRY(want_id(c, "export", NULL, p->id, e));
	snprintf(path, sizeof(path), "exports/%s/request.json", p->id);
	if (!store_has(g, path))
		return spe_fail(e, SPE_E_NOT_FOUND, "there is no export %s", p->id);
	TRY(store_json(g, path, &p->request, e));
	TRY(json_want_int(c->in, "request", "index", 0, SPE_EXPORT_FILES_MAX - 1, &p->index, e));
	p->file = json_array_get(json_object_get(p->request, "files"), (size_t)p->index);
	p->policy = json_object_get(p->request, "policy");
	if (!p->file)
		return spe_fail(e, SPE_E_NOT_FOUND, "export %s has no file %" JSON_INTEGER_FORMAT, p->id, p->index);
	snprintf(p->path, sizeof(p->path), "exports/%s/check-%" JSON_INTEGER_FORMAT ".json", p->id, p->index);
	return 0;
}

/* ---- CHECK ---- */

static json_t *check_ticket(const struct gate *g, const struct place *p, const struct permit *permit, const char *policy)
{
	char text[2 * PSN_KEY + 1];
	uint8_t key[PSN_KEY];
	json_t *ticket;

	if (psn_check_key(g->master, key) < 0)
		return NULL;
	hex_text(text, key, sizeof(key));
	ticket = json_pack("{s:s,s:b,s:O,s:s,s:O,s:s,s:I,s:I,s:O}", "kind", "check", "input", 1, "name",
		json_object_get(p->file, "name"), "policy", policy, "policy_name", json_object_get(p->policy, "name"),
		"k_check", text, "min_count", (json_int_t)permit->min_cell, "max_bytes", (json_int_t)permit->max_bytes, "types", permit->types);
	OPENSSL_cleanse(key, sizeof(key));
	OPENSSL_cleanse(text, sizeof(text));
	return ticket;
}

int do_check(struct gate *g, struct call *c, struct spe_error *e)
{
	struct task task = { .kind = TASK_CHECK };
	auto_permit struct permit *permit = NULL;
	auto_json json_t *ticket = NULL;
	auto_free char *policy = NULL;
	auto_place struct place p = { .request = NULL };
	auto_close int input = -1;
	char path[STORE_PATH];
	size_t len;

	TRY(want_id(c, "task", &task.id, NULL, e));
	TRY(place_want(g, c, &p, e));
	TRY(permit_newest(g, json_str(p.request, "workspace"), &permit, NULL, e));
	snprintf(path, sizeof(path), "exports/%s/policy", p.id);
	TRY(store_read(g, path, &policy, &len, e));
	input = vault_open(g, json_str(p.file, "sha256"), json_str(p.file, "name"), false, e);
	if (input < 0)
		return input;
	memcpy(task.export, p.id, sizeof(task.export));
	task.index = p.index;
	ticket = check_ticket(g, &p, permit, policy);
	return task_begin(g, &task, ticket, input, &c->out_fd, e);
}

/* ---- VERDICT ---- */

static int severity(const char *word)
{
	static const char *const words[] = { "pass", "review", "block" };
	int i;

	for (i = 0; i < 3; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

/* The worst outcome of the checks, or -1 where one is none. */
static int worst(const json_t *checks)
{
	int all = -1;
	json_t *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)checks, i, one) {
		int this = severity(json_str(one, "outcome"));

		if (this < 0 || json_str(one, "id")[0] == '\0')
			return -1;
		all = this > all ? this : all;
	}
	return all;
}

/* NULL, or why this record says nothing about this file. */
static const char *record_odd(const json_t *record, const struct place *p)
{
	static const char *const fields[] = { "file", "sha256_in", "sha256_out", "bytes", "type", "verdict", "checks",
		"params_id", "params", "checker_version", "history_epoch", NULL };
	const json_t *in = json_object_get(record, "sha256_in"), *out = json_object_get(record, "sha256_out");
	const json_t *sha256 = json_object_get(p->file, "sha256"), *checks = json_object_get(record, "checks");
	int verdict = severity(json_str(record, "verdict"));
	bool block = verdict == FINDING_BLOCK;

	if (json_only(record, "record", fields, NULL) < 0 || verdict < 0 || !json_is_object(json_object_get(record, "params")))
		return "the checker wrote no record";
	if (!json_equal(json_object_get(record, "file"), json_object_get(p->file, "name")))
		return "the checker's record is of another file";
	if (!json_equal(in, sha256) && !(block && json_is_null(in)))
		return "the checker's record is of other bytes";
	if (!json_equal(out, sha256) && !(block && json_is_null(out)))
		return "the checker's record names other bytes to release";
	/* What is too large to be checked was not read to its end. */
	if (!json_is_null(in) && !json_equal(json_object_get(record, "bytes"), json_object_get(p->file, "size")))
		return "the checker's record is of another size";
	if (!json_equal(json_object_get(record, "params_id"), json_object_get(p->policy, "digest")))
		return "the checker's record is of another policy";
	if (json_array_size(checks) > CHECKS_MAX || worst(checks) != verdict)
		return "the checker's verdict does not follow from its findings";
	return NULL;
}

static json_t *block_record(const struct place *p, const char *why)
{
	return json_pack("{s:O,s:O,s:n,s:O,s:s,s:s,s:[{s:s,s:s,s:i,s:i,s:i,s:s,s:s}],s:O,s:{s:O,s:O,s:O},s:s,s:i}", "file",
		json_object_get(p->file, "name"), "sha256_in", json_object_get(p->file, "sha256"), "sha256_out", "bytes",
		json_object_get(p->file, "size"), "type", "unknown", "verdict", "block", "checks", "id", "check-failed",
		"outcome", "block", "line", 0, "column", 0, "where", 0, "detail", why, "fix",
		"ask for the export again; if it fails again, make the file smaller or simpler", "params_id",
		json_object_get(p->policy, "digest"), "params", "min_count", json_object_get(p->policy, "min_count"),
		"max_bytes", json_object_get(p->policy, "max_bytes"), "max_rows", json_object_get(p->policy, "max_rows"),
		"checker_version", "sped-gate 1", "history_epoch", 0);
}

static json_t *record_make(const struct task *t, const struct place *p, bool ended, const char *reason)
{
	json_t *record = NULL;
	const char *why = NULL;

	if (!ended)
		why = *reason ? reason : "the check did not end well";
	else if (json_fd(t->out, RECORD_MAX, "the record", &record, NULL) < 0)
		why = "the checker wrote no record";
	else
		why = record_odd(record, p);
	if (!why)
		return record;
	json_decref(record);
	return block_record(p, why);
}

static int verdict_make(struct gate *g, struct call *c, const struct place *p, struct spe_error *e)
{
	auto_json json_t *record = NULL;
	const char *reason;
	struct task *t;
	uint32_t id;
	bool ended = json_flag(c->in, "ended");

	TRY(want_id(c, "task", &id, NULL, e));
	TRY(want_text(c->in, "request", "reason", 300, &reason, e));
	if (!json_is_boolean(json_object_get(c->in, "ended")))
		return spe_fail(e, SPE_E_INPUT, "request.ended must be true or false");
	t = task_find(g, id, TASK_CHECK);
	if (!t || strcmp(t->export, p->id) != 0 || t->index != p->index)
		return spe_fail(e, SPE_E_NOT_FOUND, "the gate has no such check %08x; begin it again", id);
	record = record_make(t, p, ended, reason);
	if (!record)
		return gate_memory(e);
	TRY(store_write_json(g, "check.verdict", json_str(p->request, "workspace"),
		json_pack("{s:s,s:I,s:O}", "export", p->id, "index", p->index, "verdict",
			json_object_get(record, "verdict")),
		p->path, record, e));
	task_drop(t);
	return 0;
}

int do_verdict(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_place struct place p = { .request = NULL };
	auto_json json_t *record = NULL;

	TRY(place_want(g, c, &p, e));
	if (!store_has(g, p.path))
		TRY(verdict_make(g, c, &p, e));
	TRY(store_json(g, p.path, &record, e));
	c->out = json_pack("{s:O,s:O}", "verdict", json_object_get(record, "verdict"), "record", record);
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

static json_t *manifest_files(const struct export *x, const json_t *records)
{
	json_t *list = json_array(), *one;
	size_t i;

	json_array_foreach(json_object_get(x->request, "files"), i, one)
		json_array_append_new(list, json_pack("{s:O,s:O,s:O,s:O,s:O}", "name", json_object_get(one, "name"),
			"sha256", json_object_get(one, "sha256"), "size", json_object_get(one, "size"), "description",
			json_object_get(one, "description"), "verdict",
			json_object_get(json_array_get(records, i), "verdict")));
	return list;
}

static json_t *manifest_pack(const struct export *x, const json_t *records, const char *findings_sha256)
{
	const json_t *q = x->request, *policy = json_object_get(q, "policy");

	return json_pack("{s:s,s:s,s:O,s:O,s:O,s:O,s:O,s:O,s:O,s:{s:O,s:O},s:s,s:o}", "format", "spe-manifest-1", "export",
		x->id, "workspace", json_object_get(q, "workspace"), "permit", json_object_get(q, "permit"), "job",
		json_object_get(q, "job"), "requester", json_object_get(q, "requester"), "requested",
		json_object_get(q, "requested"), "context", json_object_get(q, "context"), "decisions_needed",
		json_object_get(q, "decisions_needed"), "policy", "name", json_object_get(policy, "name"), "digest",
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

	TRY(records_load(g, x, records, e));
	findings = json_pack("{s:s,s:s,s:O}", "format", "spe-findings-1", "export", x->id, "files", records);
	if (text_make(findings, &findings_text) < 0 || sha256_text(findings_text.p, findings_text.len, sha256) < 0)
		return gate_memory(e);
	manifest = manifest_pack(x, records, sha256);
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
	return store_write(g, "export.manifest", export_workspace(x), json_pack("{s:s}", "export", x->id), f, 2, e);
}

int do_manifest(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_export struct export x = { .request = NULL };
	char id[SPE_ID_TEXT];

	TRY(want_id(c, "export", NULL, id, e));
	TRY(export_load(g, id, &x, e));
	if (export_is(&x, "withdrawn"))
		return spe_fail(e, SPE_E_CONFLICT, "export %s was withdrawn", id);
	if (!x.manifest) {
		TRY(manifest_make(g, &x, e));
		export_free(&x);
		TRY(export_load(g, id, &x, e));
	}
	c->out = json_pack("{s:s,s:s,s:O}", "state", x.state, "manifest_sha256", export_sha256(g, id, "manifest.json"),
		"files", json_object_get(x.findings, "files"));
	return 0;
}
