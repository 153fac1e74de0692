/* gate/tasks.c - tickets for the tasks, and what they wrote; see spe/ticket.h. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/holding.h"
#include "spe/msg.h"
#include "spe/psn.h"
#include "spe/ticket.h"
#include "sped/base/buf.h"
#include "sped/gate/room.h"

void task_drop(struct task *t)
{
	spe_close_fd(&t->out);
	spe_close_fd(&t->socket);
	spe_close_fd(&t->conn);
	json_decref(t->given);
	*t = (struct task){ .out = -1, .socket = -1, .conn = -1 };
}

struct task *task_find(struct gate *g, uint32_t id, enum task_kind kind)
{
	size_t i;

	for (i = 0; i < GATE_TASKS_MAX; i++)
		if (g->task[i].start.id == id && g->task[i].kind == kind)
			return &g->task[i];
	return NULL;
}

/* A free place, or that of the task that nobody has asked after for the longest time, but not one that is with its keeper: who has a
 * permit's keys is known until it ends, and what it staged until that is known. */
static struct task *oldest(struct gate *g)
{
	struct task *t = NULL;
	size_t i;

	for (i = 0; i < GATE_TASKS_MAX; i++)
		if ((!t || g->task[i].born < t->born) && !keeper_holds(&g->task[i]) && !prints_wanted(&g->task[i]))
			t = &g->task[i];
	return t;
}

static int place_find(struct gate *g, const struct task *task, struct task **ret, struct spe_error *e)
{
	struct task *t = task_find(g, task->start.id, task->kind);

	if (t && (keeper_holds(t) || prints_wanted(t)))
		return spe_fail(e, SPE_E_CONFLICT, "task %08x is with its keeper and not over", task->start.id);
	if (!t)
		t = oldest(g);
	if (!t)
		return spe_fail(e, SPE_E_CONFLICT, "%d tasks are with their keepers; wait for one to end", GATE_TASKS_MAX);
	*ret = t;
	return 0;
}

/* ---- beginning ---- */

/* The task's end can only be written and ours only be read; no name leads to either. */
static int out_make(const struct gate *g, int *ret_ours, int *ret_theirs)
{
	auto_close int tmp = io_openat(g->dir, "tmp", O_RDONLY | O_DIRECTORY, 0);
	auto_close int theirs = -1, ours = -1;

	if (tmp < 0)
		return tmp;
	unlinkat(tmp, "out", 0);
	theirs = io_openat(tmp, "out", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	if (theirs < 0)
		return theirs;
	ours = io_openat(tmp, "out", O_RDONLY | O_NOFOLLOW, 0);
	if (unlinkat(tmp, "out", 0) < 0)
		return -errno;
	if (ours < 0)
		return ours;
	*ret_ours = spe_take_fd(&ours);
	*ret_theirs = spe_take_fd(&theirs);
	return 0;
}

static int text_send(int sock, const char *text, size_t len, int out)
{
	auto_close int fd = -1;
	int r;

	if (len <= SPE_TICKET_MAX)
		return msg_send(sock, text, len, out);
	r = io_memfd(text, len, &fd);
	if (r == 0)
		r = msg_send(sock, "T", 1, out);
	return r < 0 ? r : msg_send(sock, "T", 1, fd);
}

static int ticket_send(int sock, const char *text, size_t len, int out, const int *input, size_t inputs)
{
	size_t i;
	int r;

	if (fcntl(sock, F_SETFL, O_NONBLOCK) < 0) /* a full socket is an error, not a wait */
		return -errno;
	r = text_send(sock, text, len, out);
	for (i = 0; i < inputs && r == 0; i++)
		r = msg_send(sock, "I", 1, input[i]);
	return r;
}

/* The keys in a ticket are gone from memory with it. */
static int ticket_text(const json_t *ticket, size_t max, struct buf *b, struct spe_error *e)
{
	char *text = ticket ? json_dumps(ticket, JSON_COMPACT) : NULL;

	if (!text)
		return gate_memory(e);
	buf_str(b, text);
	OPENSSL_cleanse(text, strlen(text));
	free(text);
	if (b->bad)
		return gate_memory(e);
	if (b->len > max)
		return spe_fail(e, SPE_E_TOO_LARGE, "the ticket of this task has %zu bytes; at most %zu are taken", b->len, max);
	return 0;
}

int task_begin_with(struct gate *g, struct call *c, const struct task *task, const json_t *ticket, const int *input, size_t inputs,
	struct spe_error *e)
{
	__attribute__((cleanup(buf_wipe))) struct buf text = { 0 };
	auto_close int ours = -1, theirs = -1, near = -1, far = -1;
	struct task *t = NULL;
	char id[SPE_ID_TEXT];
	int ends[2], r;

	TRY(place_find(g, task, &t, e));
	TRY(ticket_text(ticket, task->kind == TASK_PLAIN ? SPE_TICKET_LONG : SPE_TICKET_MAX, &text, e));
	r = out_make(g, &ours, &theirs);
	if (r == 0 && (r = msg_pair(ends)) == 0) {
		near = ends[0];
		far = ends[1];
		r = ticket_send(near, text.p, text.len, theirs, input, inputs);
	}
	if (r < 0)
		return gate_fail(e, "prepare a task", r);
	task_drop(t);
	*t = *task;
	json_incref(t->given);
	t->born = ++g->tasks;
	t->made_ms = gate_mono_ms();
	t->out = spe_take_fd(&ours);
	t->socket = spe_take_fd(&far);
	t->conn = -1;
	spe_id_text(id, t->start.id);
	c->out = json_pack("{s:s}", "task", id);
	return c->out ? 0 : gate_memory(e);
}

int task_begin(struct gate *g, struct call *c, const struct task *task, const json_t *ticket, int input, struct spe_error *e)
{
	return task_begin_with(g, c, task, ticket, &input, input >= 0, e);
}

static json_t *hex_string(uint8_t key[PSN_KEY])
{
	char text[2 * PSN_KEY + 1];
	json_t *s;

	hex_text(text, key, PSN_KEY);
	s = json_string(text);
	OPENSSL_cleanse(text, sizeof(text));
	OPENSSL_cleanse(key, PSN_KEY);
	return s;
}

static json_t *c4gh_string(const struct gate *g)
{
	uint8_t key[PSN_KEY];

	memcpy(key, g->c4gh, sizeof(key));
	return hex_string(key);
}

/* ---- staging ---- */

static int table_form(const json_t *one, const char *where, struct spe_error *e)
{
	static const char *const fields[] = { "holding", "table", "sha256", "description", "rows", "reference_year", NULL };
	const char *holding, *table, *sha256;
	json_t *description;
	json_int_t rows, year;

	TRY(json_only(one, where, fields, e));
	TRY(json_want_string(one, where, "holding", SPE_NAME_MAX, &holding, e));
	TRY(json_want_string(one, where, "table", SPE_NAME_MAX, &table, e));
	TRY(want_sha256(one, where, "sha256", &sha256, e));
	TRY(json_want_object(one, where, "description", &description, e));
	if (json_object_get(one, "rows"))
		TRY(json_want_int(one, where, "rows", 0, INT64_MAX, &rows, e));
	if (json_object_get(one, "reference_year"))
		TRY(json_want_int(one, where, "reference_year", 2000, 2199, &year, e));
	return holding_check_table(description, where, e);
}

static int table_check(const json_t *one, const char *where, const struct permit *p, struct spe_error *e)
{
	const char *holding = json_str(one, "holding"), *table = json_str(one, "table");
	const bool opaque = holding_is_opaque(json_object_get(one, "description"));

	TRY(table_form(one, where, e));
	switch (permit_takes(p, holding, table)) {
	case PERMIT_WHOLE:
		return opaque ? 0 : spe_fail(e, SPE_E_REFUSED, "permit %s passes table %.100s of holding %.100s through whole, which has variables",
			p->id, table, holding);
	case PERMIT_VARIABLES:
		return !opaque ? 0 : spe_fail(e, SPE_E_REFUSED, "permit %s names variables of table %.100s of holding %.100s, which is an opaque file",
			p->id, table, holding);
	default:
		return spe_fail(e, SPE_E_REFUSED, "permit %s names no variable of table %.100s of holding %.100s", p->id, table, holding);
	}
}

/* Registers of people who opted out are no part of a permit: nobody may use them. */
static int opt_out_check(const json_t *one, const char *where, const struct permit *p, struct spe_error *e)
{
	if (permit_takes(p, json_str(one, "holding"), json_str(one, "table")) != PERMIT_NOTHING)
		return spe_fail(e, SPE_E_REFUSED, "permit %s names holding %.100s, a register of people who opted out", p->id,
			json_str(one, "holding"));
	return table_form(one, where, e);
}

static int each_check(const json_t *tables, const char *name, int (*check)(const json_t *, const char *, const struct permit *, struct spe_error *),
	const struct permit *p, struct spe_error *e)
{
	json_t *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)tables, i, one) {
		char where[64];

		snprintf(where, sizeof(where), "request.%s[%zu]", name, i);
		if (!json_is_object(one))
			return spe_fail(e, SPE_E_INPUT, "%s must be an object", where);
		TRY(check(one, where, p, e));
	}
	return 0;
}

/* Tables as they are staged: the words of a wide register's description are more than a ticket has room for. */
static json_t *each_bare(const json_t *tables)
{
	json_t *all = json_array(), *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)tables, i, one) {
		json_t *bare = json_copy(one);

		if (json_object_set_new(bare, "description", holding_bare(json_object_get(one, "description"))) < 0 || json_array_append_new(all, bare) < 0) {
			json_decref(all);
			return NULL;
		}
	}
	return all;
}

/* mk: of this permit alone, for what is secret of it; the check of a token is the same in all. */
static json_t *stage_ticket(struct gate *g, const uint8_t mk[PSN_KEY], const struct permit *p, const char *text, json_int_t year,
	json_int_t canaries, json_t *tables, json_t *opt_out)
{
	uint8_t k_permit[PSN_KEY], k_check[PSN_KEY], k_shift[PSN_KEY];

	if (psn_permit_key(mk, p->id, k_permit) < 0 || psn_check_key(g->master, k_check) < 0 || psn_shift_key(mk, p->id, k_shift) < 0)
		return NULL;
	return json_pack("{s:s,s:s,s:o,s:o,s:o,s:o,s:I,s:I,s:o,s:o}", "kind", "stage", "permit", text, "k_permit", hex_string(k_permit),
		"k_check", hex_string(k_check), "k_shift", hex_string(k_shift), "c4gh", c4gh_string(g), "reference_year", year, "canaries", canaries, "tables",
		each_bare(tables), "opt_out", each_bare(opt_out));
}

/* What the numbers from at on were taken in as is what the engine says that they are. */
static int each_held(const struct gate *g, const struct msg_start *s, size_t at, const json_t *tables, struct spe_error *e)
{
	json_t *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)tables, i, one)
		if (at + i < s->tables)
			TRY(table_held(g, s->table[at + i], one, e));
	return 0;
}

int do_stage(struct gate *g, struct call *c, struct spe_error *e)
{
	struct task task = { .kind = TASK_PLAIN };
	auto_permit struct permit *p = NULL;
	auto_json json_t *ticket = NULL;
	auto_free char *text = NULL;
	json_int_t year, canaries = 0;
	auto_json json_t *nobody = json_array();
	json_t *tables, *opt_out = nobody;
	uint8_t mk[PSN_KEY];
	const char *id;

	TRY(want_id(c, "task", &task.start.id, NULL, e));
	TRY(want_name(c, "permit", &id, e));
	snprintf(task.permit, sizeof(task.permit), "%s", id);
	TRY(json_want_int(c->in, "request", "reference_year", 2000, 2199, &year, e));
	if (json_object_get(c->in, "canaries"))
		TRY(json_want_int(c->in, "request", "canaries", 0, 100, &canaries, e));
	TRY(json_want_array(c->in, "request", "tables", SPE_HOLDINGS_MAX, &tables, e));
	if (json_object_get(c->in, "opt_out"))
		TRY(json_want_array(c->in, "request", "opt_out", SPE_HOLDINGS_MAX, &opt_out, e));
	TRY(permit_newest(g, id, &p, &text, e));
	TRY(permit_in_force(g, p, e));
	TRY(begin_want(c, PROFILE_STAGE, BEGIN_WORKSPACE | BEGIN_TABLES, &task.start, e));
	if (task.start.tables != json_array_size(tables) + json_array_size(opt_out))
		return spe_fail(e, SPE_E_INPUT, "request.begin.tables must be as many as tables and opt_out together");
	TRY(workspace_check(g, task.start.workspace, p->id, e));
	TRY(prints_room(g, p->id, e));
	TRY(each_held(g, &task.start, 0, tables, e));
	TRY(each_held(g, &task.start, json_array_size(tables), opt_out, e));
	TRY(each_check(tables, "tables", table_check, p, e));
	TRY(each_check(opt_out, "opt_out", opt_out_check, p, e));
	TRY(permit_master(g, p->id, mk, e));
	ticket = stage_ticket(g, mk, p, text, year, canaries, tables, opt_out);
	OPENSSL_cleanse(mk, sizeof(mk));
	return task_begin(g, c, &task, ticket, -1, e);
}

/* ---- intake, wiping, results ---- */

int do_intake(struct gate *g, struct call *c, struct spe_error *e)
{
	struct task task = { .kind = TASK_PLAIN };
	auto_json json_t *ticket = NULL, *given = NULL;
	const char *holding, *table, *sha256 = NULL;
	json_t *description;

	TRY(want_id(c, "task", &task.start.id, NULL, e));
	if (json_object_get(c->in, "sha256"))
		TRY(want_sha256(c->in, "request", "sha256", &sha256, e));
	TRY(want_name(c, "holding", &holding, e));
	TRY(want_name(c, "table", &table, e));
	TRY(json_want_object(c->in, "request", "description", &description, e));
	TRY(holding_check_table(description, "request.description", e));
	TRY(begin_want(c, PROFILE_INTAKE, BEGIN_TABLES, &task.start, e));
	if (c->input < 0)
		return spe_fail(e, SPE_E_INPUT, "intake has no upload");
	given = json_pack("{s:s,s:s,s:o,s:o}", "holding", holding, "table", table, "columns", columns_digest(description), "reading",
		reading_digest(description));
	if (!given)
		return gate_memory(e);
	task.given = given;
	ticket = json_pack("{s:s,s:b,s:s,s:s,s:o,s:o,s:s*}", "kind", "intake", "input", 1, "holding", holding, "table", table,
		"description", holding_bare(description), "c4gh", c4gh_string(g), "sha256", sha256);
	return task_begin(g, c, &task, ticket, c->input, e);
}

int do_image(struct gate *g, struct call *c, struct spe_error *e)
{
	struct task task = { .kind = TASK_PLAIN };
	auto_json json_t *ticket = NULL;
	json_int_t max;

	TRY(want_id(c, "task", &task.start.id, NULL, e));
	TRY(json_want_int(c->in, "request", "max_bytes", 1, INT64_MAX / 2, &max, e));
	TRY(begin_want(c, PROFILE_IMAGE, BEGIN_RUNTIME, &task.start, e));
	if (c->input < 0)
		return spe_fail(e, SPE_E_INPUT, "intake has no upload");
	ticket = json_pack("{s:s,s:b,s:I}", "kind", "image", "input", 1, "max_bytes", max);
	return task_begin(g, c, &task, ticket, c->input, e);
}

/* What is to be compared; the ticket holds no key, and nothing is written. */
int do_tables(struct gate *g, struct call *c, struct spe_error *e)
{
	struct task task = { .kind = TASK_PLAIN };
	auto_json json_t *ticket = NULL;
	json_t *tables, *one;
	const char *s;
	size_t i;

	TRY(want_id(c, "task", &task.start.id, NULL, e));
	TRY(begin_want(c, PROFILE_STAGE, BEGIN_TABLES, &task.start, e));
	TRY(json_want_array(c->in, "request", "tables", SPE_HOLDINGS_MAX, &tables, e));
	json_array_foreach(tables, i, one) {
		if (!json_is_object(one))
			return spe_fail(e, SPE_E_INPUT, "request.tables[%zu] must be an object", i);
		TRY(want_sha256(one, "request.tables", "sha256", &s, e));
	}
	if (task.start.tables != json_array_size(tables))
		return spe_fail(e, SPE_E_INPUT, "request.begin.tables must be as many as tables");
	TRY(each_held(g, &task.start, 0, tables, e));
	ticket = json_pack("{s:s,s:O}", "kind", "verify", "tables", tables);
	return task_begin(g, c, &task, ticket, -1, e);
}

int do_wipe(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_json json_t *ticket = json_pack("{s:s}", "kind", "wipe");
	struct task task = { .kind = TASK_PLAIN };

	TRY(want_id(c, "task", &task.start.id, NULL, e));
	TRY(begin_want(c, PROFILE_WIPE, BEGIN_WORKSPACE | BEGIN_RUNTIME | BEGIN_TABLES, &task.start, e));
	return task_begin(g, c, &task, ticket, -1, e);
}

/* What a task says of itself counts only where root says that it ended as it says. */
static int told_read(struct gate *g, struct task *t, json_t **ret, struct spe_error *e)
{
	const struct msg_state *s = &t->end;

	if (t->start.profile == PROFILE_WIPE && s->end == END_SETUP && s->value == ESTALE) { /* there was nothing */
		*ret = json_pack("{s:b,s:i}", "ok", 1, "files", 0);
		return *ret ? 0 : gate_memory(e);
	}
	if (s->end != END_EXIT)
		return spe_fail(e, SPE_E_CONFLICT, "task %08x did not end by itself (end %u, value %d)", t->start.id, s->end, s->value);
	TRY(t->permit[0] ? prints_result(g, t, ret, e) : json_fd(t->out, GATE_RESULT_MAX, "the task's result", ret, e));
	if (!json_flag(*ret, "ok") || s->value == 0)
		return 0;
	json_decref(*ret);
	*ret = NULL;
	return spe_fail(e, SPE_E_CONFLICT, "task %08x says that it is done, and ended with status %d", t->start.id, s->value);
}

static int result_read(struct gate *g, struct call *c, struct spe_error *e)
{
	struct task *t;
	uint32_t id;
	int r;

	TRY(want_id(c, "task", &id, NULL, e));
	t = task_find(g, id, TASK_PLAIN);
	if (!t)
		return spe_fail(e, SPE_E_NOT_FOUND, "the gate has no task %08x; begin it again", id);
	TRY(task_end(t, e));
	r = told_read(g, t, &c->out, e);
	if (r == 0)
		r = held_note(g, t, c->out, e);
	if (r != -SPE_E_INTERNAL || !prints_wanted(t)) /* fingerprints that could not be kept are tried again */
		task_drop(t);
	return r;
}

int do_result(struct gate *g, struct call *c, struct spe_error *e)
{
	int r = result_read(g, c, e);
	int done = record_append(g, c, r < 0 ? spe_code_name((enum spe_code)-r) : "ok", NULL, r < 0 ? NULL : e);

	if (r == 0 && done < 0) {
		json_decref(c->out);
		c->out = NULL;
	}
	return r < 0 ? r : done;
}

/* Four numbers from who reads foreign data: whatever else stands there is not passed on. */
static int progress_take(const json_t *said, json_t **ret, struct spe_error *e)
{
	static const char *const fields[] = { "rows", "bytes", "of", "ms" };
	json_t *told = json_object(), *progress;
	json_int_t n;
	size_t i;
	int r = json_want_object(said, "the task's line", "progress", &progress, e);

	for (i = 0; r == 0 && i < sizeof(fields) / sizeof(fields[0]); i++) {
		r = json_want_int(progress, "the task's progress", fields[i], 0, INT64_MAX, &n, e);
		if (r == 0)
			json_object_set_new(told, fields[i], json_integer(n));
	}
	if (r == 0)
		*ret = json_incref(told);
	json_decref(told);
	return r;
}

int do_progress(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_json json_t *said = NULL;
	const struct task *t;
	char line[TASK_PROGRESS];
	uint32_t id;
	ssize_t n;

	TRY(want_id(c, "task", &id, NULL, e));
	t = task_find(g, id, TASK_PLAIN);
	n = t ? pread(t->out, line, sizeof(line), 0) : 0;
	if (n != sizeof(line) || line[n - 1] != '\n' || json_parse(line, (size_t)n, "the task's line", &said, NULL) < 0 ||
		progress_take(said, &c->out, NULL) < 0)
		return spe_fail(e, SPE_E_NOT_FOUND, "task %08x does not say how far it is", id);
	return 0;
}
