/* gate/remains.c - what remains of permits that are over: outputs of their jobs, and of exports that never left the bytes that could have,
 * what was found in them and what they counted. It goes by the gate's own clock, in pieces, so that others are served meanwhile; what
 * was released stays, with all that says how it came to be. Each piece is one record and its files. A crash needs no note: what is
 * still there is found again, and until a record says that all of a permit is gone its key is the note, which went first. See room.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
#include "spe/log.h"
#include "sped/gate/room.h"

#define AGAIN_S 60     /* after what could not be done, and between looks for data that should be gone */
#define WAIT_MS 1000   /* for a task of the permit, and as long waits at most what is due by the clock */
#define ID_PATH "jobs/01234567.json"

/* ---- what the journal says ---- */

int remains_seen(struct gate *g, const json_t *record)
{
	const char *action = json_str(record, "action"), *permit = json_str(json_object_get(record, "object"), "permit");
	json_t *in = strcmp(action, "permit.erased") == 0 ? g->erased : strcmp(action, "permit.overdue") == 0 ? g->overdue : NULL;

	return in && json_object_set_new(in, permit, json_true()) < 0 ? -ENOMEM : 0;
}

bool remains_none(const struct gate *g, const char *permit)
{
	return json_object_get(g->erased, permit) != NULL;
}

/* ---- one piece ---- */

/* State files that are emptied together. */
struct emptied {
	struct store_file f[STORE_FILES_MAX];
	size_t count;
};

static void add(const struct gate *g, struct emptied *x, const char *path)
{
	if (x->count == STORE_FILES_MAX || !store_is_left(g, path))
		return;
	x->f[x->count].p = "";
	snprintf(x->f[x->count++].path, sizeof(x->f[0].path), "%s", path);
}

/* What looks ahead found in outputs that nobody had asked for yet. */
static int looks_erase(struct gate *g, const char *id, const char *permit, bool *ret_more, struct spe_error *e)
{
	struct emptied x = { .count = 0 };
	char path[STORE_PATH];
	size_t i;

	for (i = 0; i < SPE_OUTPUTS_MAX; i++) {
		snprintf(path, sizeof(path), "jobs/%s.check-%zu.json", id, i);
		add(g, &x, path);
	}
	*ret_more = x.count > 0;
	return *ret_more ? store_write(g, "job.erased", permit, json_pack("{s:s}", "job", id), x.f, x.count, e) : 0;
}

static int job_erase(struct gate *g, const char *id, bool *ret_more, struct spe_error *e)
{
	auto_json json_t *job = NULL;
	const char *permit;

	TRY(store_job(g, id, &job, e));
	permit = json_str(job, "workspace");
	if (!json_object_get(g->remains.permits, permit))
		return 0;
	TRY(looks_erase(g, id, permit, ret_more, e));
	return *ret_more ? 0 : outputs_erase(g, id, ret_more, e);
}

/* What one check said, was given and counted, and the bytes that it made, which are spoken of once less. */
static int check_erase(struct gate *g, const char *id, const char *permit, size_t i, bool *ret_more, struct spe_error *e)
{
	static const char *const kinds[] = { "json", "inputs", "counts" };
	auto_json json_t *record = NULL, *gone = json_array();
	struct emptied x = { .count = 0 };
	char path[STORE_PATH];
	size_t k;

	for (k = 3; k-- > 0;) { /* the record is read last */
		snprintf(path, sizeof(path), "exports/%s/check-%zu.%s", id, i, kinds[k]);
		add(g, &x, path);
	}
	*ret_more = x.count > 0;
	if (!*ret_more)
		return 0;
	if (store_is_left(g, path))
		TRY(store_json(g, path, &record, e));
	if (json_is_string(json_object_get(record, "sha256_out")) && json_array_append(gone, json_object_get(record, "sha256_out")) < 0)
		return gate_memory(e);
	return refs_drop(g, gone, "export.erased", permit, json_pack("{s:s}", "export", id), x.f, x.count, e);
}

static int export_erase(struct gate *g, const char *id, const char *permit, bool *ret_more, struct spe_error *e)
{
	struct emptied x = { .count = 0 };
	char path[STORE_PATH];
	size_t i;

	snprintf(path, sizeof(path), "releases/%s.tar", id);
	if (store_has(g, path))
		return 0;
	for (i = 0; i < SPE_EXPORT_FILES_MAX && !*ret_more; i++)
		TRY(check_erase(g, id, permit, i, ret_more, e));
	if (*ret_more)
		return 0;
	snprintf(path, sizeof(path), "exports/%s/findings.json", id);
	add(g, &x, path);
	return x.count > 0 ? store_write(g, "export.erased", permit, json_pack("{s:s}", "export", id), x.f, x.count, e) : 0;
}

/* ---- all of it ---- */

static int begin(struct gate *g, struct spe_error *e)
{
	auto_json json_t *permits = json_object(), *todo = json_array();
	const char *group, *name;
	json_t *of;
	size_t i;

	json_object_foreach(g->files, group, of)
		if (strncmp(group, "permits/", 8) == 0 && permit_is_over(g, group + 8) && !remains_none(g, group + 8) &&
			json_object_set_new(permits, group + 8, json_true()) < 0)
			return gate_memory(e);
	g->remains.due = false;
	if (json_object_size(permits) == 0)
		return 0;
	json_object_foreach((json_t *)(uintptr_t)store_group(g, "jobs"), name, of)
		if (strlen(name) == strlen(ID_PATH) - strlen("jobs/") && json_array_append_new(todo, json_pack("[s#]", name, 8)) < 0)
			return gate_memory(e);
	json_object_foreach(permits, name, of)
		for (i = 0; i < asked_count(g, name); i++)
			if (json_array_append_new(todo, json_pack("[s,s]", asked_id(g, name, i), name)) < 0)
				return gate_memory(e);
	g->remains.permits = json_incref(permits);
	g->remains.todo = json_incref(todo);
	g->remains.at = 0;
	return 0;
}

static void end(struct remains *x)
{
	json_decref(x->permits);
	json_decref(x->todo);
	x->permits = x->todo = NULL;
	x->why[0] = '\0';
}

void remains_free(struct remains *x)
{
	end(x);
}

/* Nobody asks for what they wrote any more. False: a keeper still has one. */
static bool tasks_gone(struct gate *g, const char *permit)
{
	bool gone = true;
	size_t i;

	for (i = 0; i < GATE_TASKS_MAX; i++)
		if (strcmp(g->task[i].permit, permit) == 0 && keeper_holds(&g->task[i]))
			gone = false;
		else if (strcmp(g->task[i].permit, permit) == 0)
			task_drop(&g->task[i]);
	return gone;
}

static int finish(struct gate *g, struct spe_error *e)
{
	auto_json json_t *permits = json_copy(g->remains.permits);
	const char *permit;
	json_t *yes;

	TRY(backup_drop(g, e)); /* which was made meanwhile */
	json_object_foreach(permits, permit, yes) {
		if (!tasks_gone(g, permit))
			continue;
		TRY(store_note(g, "permit.erased", permit, json_pack("{s:s}", "permit", permit), e));
		json_object_del(g->remains.permits, permit);
	}
	if (json_object_size(g->remains.permits) == 0)
		end(&g->remains);
	else
		g->remains.at_ms = gate_mono_ms() + WAIT_MS;
	return 0;
}

/* What can't go now keeps nothing else from it. */
static int put_last(struct remains *x)
{
	json_t *one = json_array_get(x->todo, x->at);

	return json_array_append(x->todo, one) < 0 ? -1 : json_array_remove(x->todo, x->at);
}

/* Who has which of the vault's files is counted first. */
static int step(struct gate *g, struct spe_error *e)
{
	struct remains *x = &g->remains;
	const json_t *one;
	bool more = false;
	int r;

	if (!x->permits)
		return begin(g, e);
	if (!refs_ready(g))
		return refs_step(g, 0, e);
	if (x->at == json_array_size(x->todo))
		return finish(g, e);
	one = json_array_get(x->todo, x->at);
	r = json_array_size(one) == 1 ? job_erase(g, json_string_value(json_array_get(one, 0)), &more, e) :
		export_erase(g, json_string_value(json_array_get(one, 0)), json_string_value(json_array_get(one, 1)), &more, e);
	if (r < 0)
		return put_last(x) < 0 ? gate_memory(e) : r;
	x->at += !more;
	return 0;
}

static bool is_due(const struct gate *g)
{
	return g->remains.due || g->remains.permits;
}

int remains_wait(const struct gate *g)
{
	const int64_t left = g->remains.at_ms - gate_mono_ms();

	return !is_due(g) || gate_tampered(g) || left > WAIT_MS ? WAIT_MS : left < 0 ? 0 : (int)left;
}

int remains_step(struct gate *g, int64_t ms, struct spe_error *e)
{
	const int64_t until = gate_mono_ms() + ms;

	while (is_due(g) && !g->must_end && gate_mono_ms() >= g->remains.at_ms) {
		int r = step(g, e);

		if (r < 0)
			snprintf(g->remains.why, sizeof(g->remains.why), "%s", e->text);
		if (r < 0 || gate_mono_ms() >= until)
			g->remains.at_ms = gate_mono_ms() + (r < 0 ? AGAIN_S * 1000 : REMAINS_MS);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- what should be gone by now ---- */

static int overdue_one(struct gate *g, const char *permit, struct spe_error *e)
{
	char path[STORE_PATH], day[TIME_TEXT];
	int64_t at;

	snprintf(path, sizeof(path), "permits/%s/deletion.json", permit);
	if (!permit_is_over(g, permit) || store_has(g, path) || json_object_get(g->overdue, permit))
		return 0;
	TRY(permit_erased_by(g, permit, &at, e));
	if (g->now_ms() / 1000 <= at)
		return 0;
	time_text(day, at * 1000, false);
	day[10] = '\0';
	spe_log("end", "data of permit %s were to be gone by %s, and it is not known that they are", permit, day);
	return store_note(g, "permit.overdue", permit, json_pack("{s:s,s:s}", "permit", permit, "erased_by", day), e);
}

static void overdue_look(struct gate *g)
{
	const char *group;
	struct spe_error e;
	json_t *of;

	if (gate_mono_ms() < g->overdue_ms || clock_believe(g, &e) < 0)
		return;
	g->overdue_ms = gate_mono_ms() + AGAIN_S * 1000;
	json_object_foreach(g->files, group, of)
		if (!g->must_end && strncmp(group, "permits/", 8) == 0 && overdue_one(g, group + 8, &e) < 0)
			spe_log("end", "%s", e.text);
}

int do_overdue(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_json json_t *items = json_array();
	const char *permit;
	char path[STORE_PATH];
	json_t *yes;

	json_object_foreach(g->overdue, permit, yes) {
		snprintf(path, sizeof(path), "permits/%s/deletion.json", permit);
		if (!store_has(g, path) && json_array_append_new(items, json_string(permit)) < 0)
			return gate_memory(e);
	}
	c->out = json_pack("{s:O}", "items", items);
	return 0;
}

void remains_clock(struct gate *g)
{
	struct spe_error e;

	if (remains_step(g, REMAINS_MS, &e) < 0)
		spe_log("end", "what is left of a permit that is over stays for now: %s", e.text);
	if (!g->must_end)
		overdue_look(g);
}
