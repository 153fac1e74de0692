/* gate/verify.c - all that lies here against all that was said of it; and the journal, to write and to read. */
#include <string.h>

#include "spe/cleanup.h"
#include "sped/gate/room.h"

#define RECORDS_MAX 1000 /* of one answer */

int records_append_later(struct gate *g, const struct call *c, const char *field, struct spe_error *e)
{
	json_t *records, *record;
	size_t i;

	TRY(json_want_array(c->in, "request", field, RECORDS_MAX, &records, e));
	json_array_foreach(records, i, record)
		TRY(record_check(record, e));
	json_array_foreach(records, i, record) {
		const char *outcome = json_str(record, "outcome");

		TRY(journal_append_later(g->journal, record, *outcome ? outcome : "ok", e));
	}
	return 0;
}

/* Several at once are on disk together. */
int do_journal(struct gate *g, struct call *c, struct spe_error *e)
{
	TRY(records_append_later(g, c, "records", e));
	if (!json_is_true(json_object_get(c->in, "later")))
		TRY(journal_sync(g->journal, e));
	c->out = json_pack("{s:I,s:s}", "seq", (json_int_t)journal_size(g->journal), "hash", journal_head(g->journal));
	return 0;
}

static int filter_want(const struct call *c, json_t *filter, struct spe_error *e)
{
	static const char *const fields[] = { "actor", "action", "workspace" };
	const char *s;
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!json_object_get(c->in, fields[i]))
			continue;
		TRY(json_want_string(c->in, "request", fields[i], 200, &s, e));
		if (json_object_set_new(filter, fields[i], json_string(s)) < 0)
			return gate_memory(e);
	}
	return 0;
}

int do_records(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_json json_t *filter = json_object(), *items = NULL;
	json_int_t from, limit;

	TRY(json_want_int(c->in, "request", "from", 0, INT64_MAX, &from, e));
	TRY(json_want_int(c->in, "request", "limit", 1, RECORDS_MAX, &limit, e));
	TRY(filter_want(c, filter, e));
	TRY(journal_records(g->journal, (uint64_t)from, (size_t)limit, filter, &items, e));
	c->out = json_pack("{s:O}", "items", items);
	return 0;
}

int do_evidence(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_json json_t *filter = json_object();
	json_int_t from, limit, since;

	TRY(json_want_int(c->in, "request", "from", 0, INT64_MAX, &from, e));
	TRY(json_want_int(c->in, "request", "limit", 0, RECORDS_MAX, &limit, e));
	TRY(json_want_int(c->in, "request", "since", 0, INT64_MAX, &since, e));
	TRY(filter_want(c, filter, e));
	if (g->tampered[0])
		return spe_fail(e, SPE_E_TAMPERED, "nothing is signed any more: %s", g->tampered);
	return journal_evidence(g->journal, (uint64_t)from, (size_t)limit, filter, (uint64_t)since, &c->out, e);
}

/* Whether the files that a manifest names still are in the vault; what is in them vault_check tells. */
static void outputs_check(const struct gate *g, const char *group, const json_t *files, json_t *problems)
{
	json_t *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)files, i, one) {
		struct spe_error e;
		int fd;

		if (json_is_null(json_object_get(one, "sha256"))) /* it was blocked: nothing of it may leave */
			continue;
		fd = vault_open(g, json_str(one, "sha256"), json_str(one, "name"), false, &e);

		if (fd < 0)
			problem_add(problems, "%s: %s", group, e.text);
		else
			spe_close_fd(&fd);
	}
}

static void job_check(const struct gate *g, const char *name, json_t *problems)
{
	auto_json json_t *job = NULL;
	char path[STORE_PATH];

	snprintf(path, sizeof(path), "jobs/%s", name);
	if (store_json(g, path, &job, NULL) == 0) /* else store_check has said so */
		outputs_check(g, path, json_object_get(job, "outputs"), problems);
}

static void jobs_check(const struct gate *g, json_t *problems)
{
	const char *name;
	json_t *sha256;

	json_object_foreach((json_t *)(uintptr_t)store_group(g, "jobs"), name, sha256)
		job_check(g, name, problems);
}

/* Also of people who were checkers then and are no more. */
static json_int_t approvals_all(const struct export *x)
{
	json_int_t count = 0;
	json_t *one;
	size_t i;

	json_array_foreach(x->decisions, i, one)
		count += strcmp(json_str(one, "verdict"), "approve") == 0;
	return count;
}

/* A release has to have had its decisions. What store_check has named already is not said twice. */
static void export_check(const struct gate *g, const char *group, json_t *problems)
{
	auto_export struct export x = { .request = NULL };
	struct spe_error e;
	char path[STORE_PATH];

	if (export_load(g, group + strlen("exports/"), &x, &e) < 0)
		return problem_add(problems, "%s: %s", group, e.text);
	outputs_check(g, group, json_object_get(x.manifest, "files"), problems);
	snprintf(path, sizeof(path), "releases/%s.tar", x.id);
	if (store_has(g, path) && (x.rejections > 0 || x.returns > 0 || approvals_all(&x) < json_int(x.manifest, "decisions_needed") ||
		!x.manifest))
		problem_add(problems, "%s was released without the decisions it needs", group);
}

static size_t exports_check(const struct gate *g, json_t *problems)
{
	const char *group;
	size_t count = 0;
	json_t *of;

	json_object_foreach(g->files, group, of)
		if (strncmp(group, "exports/", 8) == 0 && json_object_size(of) > 0) {
			export_check(g, group, problems);
			count++;
		}
	return count;
}

static size_t releases_count(const struct gate *g)
{
	const char *name;
	size_t count = 0;
	json_t *sha256;

	json_object_foreach((json_t *)(uintptr_t)store_group(g, "releases"), name, sha256)
		count += strstr(name, ".tar") != NULL;
	return count;
}

static void keys_check(struct gate *g, json_t *problems)
{
	struct gate now = { .dir = g->dir, .made = g->made };
	struct spe_error e;

	if (!g->made)
		problem_add(problems, "the journal does not say which keys the gate has");
	else if (keys_load(&now, &e) < 0 || keys_prove(&now, &e) < 0)
		problem_add(problems, "%s", e.text);
	explicit_bzero(&now, sizeof(now));
}

int do_verify(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_json json_t *problems = json_array();
	size_t vault, exports, permits;

	if (!problems)
		return gate_memory(e);
	journal_check(g->journal, problems);
	keys_check(g, problems);
	store_check(g, problems);
	registry_check(g, problems);
	vault = vault_check(g, problems);
	permits = permits_check(g, problems);
	jobs_check(g, problems);
	exports = exports_check(g, problems);
	if (g->tampered[0] && json_array_size(problems) == 0)
		problem_add(problems, "%s", g->tampered);
	c->out = json_pack("{s:b,s:I,s:s,s:O,s:{s:I,s:I,s:I,s:I},s:{s:I,s:I,s:i}}", "ok", json_array_size(problems) == 0, "records",
		(json_int_t)journal_size(g->journal), "head", journal_head(g->journal), "problems", problems, "checked",
		"vault", (json_int_t)vault, "exports", (json_int_t)exports, "releases", (json_int_t)releases_count(g),
		"permits", (json_int_t)permits, "registry", "entries", (json_int_t)g->registry->seq, "operators",
		(json_int_t)registry_operators(g->registry, g->now_ms() / 1000), "needed", (int)g->registry->needed);
	return 0;
}
