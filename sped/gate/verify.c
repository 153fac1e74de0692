/* gate/verify.c - all that lies here against all that was said of it; and the journal, to write and to read. */
#include <stdlib.h>
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
	uint64_t next = 0;

	TRY(json_want_int(c->in, "request", "from", 0, INT64_MAX, &from, e));
	TRY(json_want_int(c->in, "request", "limit", 1, RECORDS_MAX, &limit, e));
	TRY(filter_want(c, filter, e));
	TRY(journal_records(g->journal, (uint64_t)from, (size_t)limit, filter, &items, &next, e));
	c->out = json_pack("{s:O,s:o*}", "items", items, "next", next ? json_integer((json_int_t)next) : NULL);
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
	if (store_json(g, path, &job, NULL) == 0 && !permit_is_over(g, json_str(job, "workspace"))) /* else store_check has said so, or they go */
		outputs_check(g, path, json_object_get(job, "outputs"), problems);
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

/* The journal says under which permit and on which entry of the registry it was released. What was before it said so is read by
 * what is known now. */
static bool is_told(const struct gate *g, const struct export *x)
{
	return x->then && json_int(export_released(g, x), "registry") > 0;
}

static int64_t decisions_asked(const struct export *x)
{
	const int64_t asked[] = { json_int(x->request, "decisions_needed"), json_int(x->manifest, "decisions_needed"), x->then->decisions };
	int64_t most = 0;
	size_t i;

	for (i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		most = asked[i] > most ? asked[i] : most;
	return most;
}

/* By the rule by which the gate releases, with the people, keys and teams of that time. */
static bool had_decisions(const struct gate *g, const struct export *x)
{
	if (!x->manifest || x->rejections > 0 || x->returns > 0)
		return false;
	return is_told(g, x) ? (int64_t)x->approvals >= decisions_asked(x) : approvals_all(x) >= json_int(x->manifest, "decisions_needed");
}

/* What store_check has named already is not said twice; and where nothing is proven of the journal no release is made. */
static void release_look(struct gate *g, const struct export *x, const char *group, json_t *problems)
{
	struct spe_error e;
	char path[STORE_PATH];

	snprintf(path, sizeof(path), "releases/%s.tar", x->id);
	if (!store_has(g, path))
		return;
	if (!had_decisions(g, x))
		problem_add(problems, "%s was released without the decisions it needs", group);
	if (x->manifest && is_told(g, x) && !g->tampered[0] && release_check(g, x, store_digest(g, path), &e) < 0)
		problem_add(problems, "%s: %s", path, e.text);
}

static void export_check(struct gate *g, const char *group, json_t *problems)
{
	auto_export struct export x = { .request = NULL };
	struct spe_error e;

	if (export_load(g, group + strlen("exports/"), &x, &e) < 0)
		return problem_add(problems, "%s: %s", group, e.text);
	if (export_is(&x, "released") || !permit_is_over(g, export_workspace(&x)))
		outputs_check(g, group, json_object_get(x.manifest, "files"), problems);
	release_look(g, &x, group, problems);
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

/* ---- a step at a time ---- */

/* What is still to be done, "STEP ARGUMENT" each, the next at the end: a step may put others there. None takes longer than it takes
 * to hash one file, or to make one release; what came or went since a step was put there is looked at as it is then. */
struct verify {
	json_t *problems, *todo;
	struct journal_look *journal;
	size_t vault, exports, permits;
};

void verify_free(struct verify *v)
{
	if (!v)
		return;
	journal_look_free(v->journal);
	json_decref(v->problems);
	json_decref(v->todo);
	free(v);
}

static void later(struct verify *v, const char *step, const char *argument)
{
	json_array_append_new(v->todo, json_sprintf("%s %s", step, argument));
}

static void step_journal(struct gate *g, struct verify *v, const char *argument)
{
	if (!v->journal)
		v->journal = journal_look(g->journal, v->problems);
	if (!v->journal)
		problem_add(v->problems, "the journal can't be read: out of memory");
	else if (journal_look_on(v->journal))
		later(v, "journal", argument);
}

static void step_signed(struct gate *g, struct verify *v, const char *argument)
{
	keys_check(g, v->problems);
	registry_check(g, v->problems);
	v->permits = permits_check(g, v->problems);
}

static void step_names(struct gate *g, struct verify *v, const char *argument)
{
	store_check_names(g, argument + 2, argument[0] - '0', v->todo, v->problems);
}

static void step_groups(struct gate *g, struct verify *v, const char *argument)
{
	const char *group;
	json_t *of;

	json_object_foreach(g->files, group, of) {
		if (strncmp(group, "exports/", 8) == 0 && json_object_size(of) > 0)
			later(v, "export", group);
		later(v, "group", group);
	}
}

static void step_group(struct gate *g, struct verify *v, const char *group)
{
	const char *name;
	json_t *sha256;

	json_object_foreach((json_t *)(uintptr_t)store_group(g, group), name, sha256) {
		json_array_append_new(v->todo, json_sprintf("file %s/%s", group, name));
		if (strcmp(group, "jobs") == 0)
			later(v, "job", name);
	}
}

static void step_file(struct gate *g, struct verify *v, const char *path)
{
	store_check(g, path, v->problems);
}

static void step_job(struct gate *g, struct verify *v, const char *name)
{
	job_check(g, name, v->problems);
}

static void step_export(struct gate *g, struct verify *v, const char *group)
{
	if (json_object_size(store_group(g, group)) == 0) /* its record was undone since */
		return;
	export_check(g, group, v->problems);
	v->exports++;
}

static void vault_names(struct gate *g, struct verify *v, const char *path, const char *step, const char *unreadable)
{
	auto_json json_t *names = dir_names(g->dir, path);
	json_t *name;
	size_t i;

	if (!names)
		problem_add(v->problems, "%s %s", path, unreadable);
	json_array_foreach(names, i, name)
		json_array_append_new(v->todo, json_sprintf("%s %s/%s", step, path, json_string_value(name)));
}

static void step_vault(struct gate *g, struct verify *v, const char *argument)
{
	vault_names(g, v, "vault", "vault-directory", "can't be read");
}

static void step_vault_directory(struct gate *g, struct verify *v, const char *path)
{
	vault_names(g, v, path, "vault-file", "is no directory");
}

static void step_vault_file(struct gate *g, struct verify *v, const char *path)
{
	v->vault += vault_check(g, path, v->problems);
}

static const struct step {
	const char *name;
	void (*act)(struct gate *g, struct verify *v, const char *argument);
} steps[] = {
	{ "journal", step_journal },
	{ "signed", step_signed },
	{ "names", step_names },
	{ "groups", step_groups },
	{ "group", step_group },
	{ "file", step_file },
	{ "job", step_job },
	{ "export", step_export },
	{ "vault", step_vault },
	{ "vault-directory", step_vault_directory },
	{ "vault-file", step_vault_file },
};

/* The last is the first. */
static int verify_begin(struct gate *g, struct spe_error *e)
{
	static const char *const first[] = { "groups ", "vault ", "names 0 seen", "names 0 releases", "names 2 exports", "names 0 jobs", "names 0 salts",
		"names 0 prints", "names 1 permits", "names 0 registry", "names 0 keys", "signed ", "journal " };
	size_t i;

	g->verify = calloc(1, sizeof(*g->verify));
	if (!g->verify)
		return gate_memory(e);
	g->verify->problems = json_array();
	g->verify->todo = json_array();
	for (i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		if (json_array_append_new(g->verify->todo, json_string(first[i])) < 0)
			return gate_memory(e);
	return 0;
}

static void verify_step(struct gate *g, struct verify *v)
{
	const size_t last = json_array_size(v->todo) - 1;
	auto_json json_t *next = json_incref(json_array_get(v->todo, last));
	const char *text = json_string_value(next), *argument = strchr(text, ' ') + 1;
	size_t i;

	json_array_remove(v->todo, last);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (strlen(steps[i].name) == (size_t)(argument - 1 - text) && strncmp(steps[i].name, text, strlen(steps[i].name)) == 0)
			steps[i].act(g, v, argument);
}

static json_t *verify_answer(struct gate *g, const struct verify *v)
{
	if (g->tampered[0] && json_array_size(v->problems) == 0)
		problem_add(v->problems, "%s", g->tampered);
	return json_pack("{s:b,s:I,s:s,s:O,s:{s:I,s:I,s:I,s:I},s:{s:I,s:I,s:i}}", "ok", json_array_size(v->problems) == 0, "records",
		(json_int_t)journal_size(g->journal), "head", journal_head(g->journal), "problems", v->problems, "checked",
		"vault", (json_int_t)v->vault, "exports", (json_int_t)v->exports, "releases", (json_int_t)releases_count(g),
		"permits", (json_int_t)v->permits, "registry", "entries", (json_int_t)g->registry->seq, "operators",
		(json_int_t)registry_operators(g->registry, g->now_ms() / 1000), "needed", (int)g->registry->needed);
}

static void verify_end(struct gate *g)
{
	verify_free(g->verify);
	g->verify = NULL;
}

int do_verify(struct gate *g, struct call *c, struct spe_error *e)
{
	const bool bounded = json_object_get(c->in, "ms") != NULL;
	json_int_t ms = 0;
	int64_t until;

	if (bounded)
		TRY(json_want_int(c->in, "request", "ms", 0, 60000, &ms, e));
	if (!json_is_true(json_object_get(c->in, "more")))
		verify_end(g);
	if (!g->verify)
		TRY(verify_begin(g, e));
	until = gate_mono_ms() + ms;
	do
		verify_step(g, g->verify);
	while (json_array_size(g->verify->todo) > 0 && (!bounded || gate_mono_ms() < until));
	if (json_array_size(g->verify->todo) > 0) {
		c->out = json_pack("{s:b}", "more", 1);
		return 0;
	}
	c->out = verify_answer(g, g->verify);
	verify_end(g);
	return 0;
}
