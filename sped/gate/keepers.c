/* gate/keepers.c - what keepers, which are root, ask for and tell; see room.h, and START in spe/msg.h. The engine speaks of a task
 * and has a keeper begin it: it never holds what the task is given, and is not asked how it ended. */
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/log.h"
#include "sped/base/buf.h"
#include "sped/gate/room.h"

#define SHOWN_WITHIN_MS 1000      /* a keeper that connects shows START at once */
#define TOLD_WITHIN_MS 2000       /* it tells the gate that a task ended before it tells the engine; one that is killed does so a little later */
#define GIVEN_WITHIN_MS 3600000   /* no task that has a permit's keys or destroys something waits as long for an idle keeper */

/* ---- what a task is made for ---- */

static int number_want(const json_t *begin, const char *field, json_int_t max, uint32_t *ret, struct spe_error *e)
{
	json_int_t n = 0;

	if (json_object_get(begin, field))
		TRY(json_want_int(begin, "request.begin", field, 1, max, &n, e));
	*ret = (uint32_t)n;
	return 0;
}

static int tables_want(const json_t *begin, struct msg_start *ret, struct spe_error *e)
{
	json_t *tables, *one;
	size_t i;

	if (!json_object_get(begin, "tables"))
		return 0;
	TRY(json_want_array(begin, "request.begin", "tables", SPE_HOLDINGS_MAX, &tables, e));
	json_array_foreach(tables, i, one) {
		if (json_integer_value(one) < 1 || json_integer_value(one) > UINT32_MAX)
			return spe_fail(e, SPE_E_INPUT, "request.begin.tables[%zu] must be the number of a table", i);
		ret->table[ret->tables++] = (uint32_t)json_integer_value(one);
	}
	return 0;
}

int begin_want(const struct call *c, enum msg_profile profile, unsigned with, struct msg_start *ret, struct spe_error *e)
{
	static const char *const fields[] = { "workspace", "version", "runtime", "tables", NULL };
	json_t *begin;
	unsigned got;

	ret->profile = profile;
	TRY(json_want_object(c->in, "request", "begin", &begin, e));
	TRY(json_only(begin, "request.begin", fields, e));
	TRY(number_want(begin, "workspace", 65535, &ret->workspace, e));
	TRY(number_want(begin, "version", UINT32_MAX, &ret->version, e));
	TRY(number_want(begin, "runtime", UINT32_MAX, &ret->runtime, e));
	TRY(tables_want(begin, ret, e));
	got = (ret->workspace ? BEGIN_WORKSPACE : 0) | (ret->runtime ? BEGIN_RUNTIME : 0) | (ret->tables ? BEGIN_TABLES : 0);
	if (!got || (got & ~with) || (profile != PROFILE_WIPE && got != with))
		return spe_fail(e, SPE_E_INPUT, "request.begin does not say what such a task is begun with");
	/* data-0 would be a place that staging and wipe know, and held.c does not */
	if ((ret->version != 0) != (ret->workspace && profile != PROFILE_CAPTURE))
		return spe_fail(e, SPE_E_INPUT, ret->version ? "request.begin.version is of no such task" : "request.begin.version is missing");
	return 0;
}

/* ---- giving a task to its keeper ---- */

/* Tables and images are read as many at once as jobs run, each for hours: the next ones wait for them. */
static bool may_wait(const struct task *t)
{
	return t->kind == TASK_PLAIN && !t->permit[0] && t->start.profile != PROFILE_WIPE;
}

static void expire(struct gate *g)
{
	size_t i;

	for (i = 0; i < GATE_TASKS_MAX; i++)
		if (g->task[i].socket >= 0 && !may_wait(&g->task[i]) && gate_mono_ms() - g->task[i].made_ms > GIVEN_WITHIN_MS)
			task_drop(&g->task[i]);
}

/* NULL, or what START says otherwise than the engine did. */
static const char *other(const struct msg_start *made, const struct msg_start *shown)
{
	if (made->profile != shown->profile)
		return "another profile";
	if (made->workspace != shown->workspace)
		return "another workspace";
	if (made->version != shown->version)
		return "another version of the workspace's data";
	if (made->runtime != shown->runtime)
		return "another runtime";
	if (made->tables != shown->tables || memcmp(made->table, shown->table, made->tables * sizeof(made->table[0])) != 0)
		return "other tables";
	return NULL;
}

static struct task *made_for(struct gate *g, const struct msg_start *s, char why[100])
{
	size_t i;

	snprintf(why, 100, "no such task was made, or the gate was started again since");
	for (i = 0; i < GATE_TASKS_MAX; i++) {
		struct task *t = &g->task[i];
		const char *differs = other(&t->start, s);

		if (t->kind == TASK_NONE || t->start.id != s->id)
			continue;
		if (!differs && t->socket >= 0)
			return t;
		snprintf(why, 100, differs ? "it was made with %s" : "it was given already%s", differs ? differs : "");
	}
	return NULL;
}

/* What nobody should ask for is told to those who read the journal. */
static int refuse(struct gate *g, const struct msg_start *s, const char *why, struct spe_error *e)
{
	char task[SPE_ID_TEXT];
	auto_json json_t *record = NULL;

	spe_id_text(task, s->id);
	record = json_pack("{s:s,s:s,s:s,s:{s:s,s:i,s:I,s:s}}", "actor", JOURNAL_ACTOR, "role", "gate", "action", "ticket.refused", "object",
		"task", task, "profile", (int)(s->profile % PROFILE_COUNT), "workspace", (json_int_t)s->workspace, "reason", why);
	if (!gate_tampered(g))
		TRY(record ? journal_append_later(g->journal, record, "refused", e) : gate_memory(e));
	return spe_fail(e, SPE_E_REFUSED, "task %s is not given out: %s", task, why);
}

int keeper_start(struct gate *g, const struct msg_start *s, int *conn, int *ret_socket, struct spe_error *e)
{
	const char *wiped;
	struct task *t;
	char why[100];

	expire(g);
	t = made_for(g, s, why);
	if (!t)
		return refuse(g, s, why, e);
	if (gate_tampered(g))
		return spe_fail(e, SPE_E_TAMPERED, "the gate gives nothing out any more: %s", gate_tampered(g));
	if (t->permit[0] && permit_is_over(g, t->permit))
		return refuse(g, s, "its permit is over", e);
	wiped = held_start(g, t);
	if (wiped)
		return refuse(g, s, wiped, e);
	if (t->start.profile != PROFILE_CAPTURE) /* the record of the ticket */
		TRY(journal_sync(g->journal, e));
	t->conn = spe_take_fd(conn);
	*ret_socket = spe_take_fd(&t->socket);
	return 0;
}

/* Of any version of root's programs: what one of the two does not know is at the end, and has to be nothing there. */
static int start_recv(int conn, struct msg_start *ret)
{
	static const char nothing[4096];
	char shown[sizeof(nothing)];
	auto_close int fd = -1;
	size_t len, known;
	int r = msg_recv_any(conn, shown, sizeof(shown), &len, &fd);

	if (r < 0)
		return r;
	known = len < sizeof(*ret) ? len : sizeof(*ret);
	*ret = (struct msg_start){ 0 };
	memcpy(ret, shown, known);
	return len < offsetof(struct msg_start, table) || ret->type != MSG_START || memcmp(shown + known, nothing, len - known) != 0 ? -EBADMSG : 0;
}

static bool is_root(int conn)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	return getsockopt(conn, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 && who.uid == 0;
}

static void drop_of(struct gate *g, int conn)
{
	size_t i;

	for (i = 0; i < GATE_TASKS_MAX; i++)
		if (g->task[i].conn == conn)
			task_drop(&g->task[i]);
}

void keeper_hear(struct gate *g, int door)
{
	auto_close int conn = accept4(door, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), socket = -1;
	struct pollfd p = { conn, POLLIN, 0 };
	struct spe_error e;
	struct msg_start s;
	struct msg_id answer = { .type = MSG_GO };
	int keeper = conn;

	if (conn < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		spe_die("keepers", "can't be heard: %s", strerror(errno));
	if (conn < 0)
		return;
	if (!is_root(conn))
		return spe_log("keepers", "somebody else than root asks for a task; see run/keepers/gate");
	if (poll(&p, 1, SHOWN_WITHIN_MS) != 1 || start_recv(conn, &s) < 0)
		return spe_log("keepers", "a keeper showed no START");
	if (keeper_start(g, &s, &conn, &socket, &e) < 0)
		return spe_log("keepers", "%s", e.text);
	answer.id = s.id;
	if (msg_send(keeper, &answer, sizeof(answer), socket) < 0) {
		spe_log("keepers", "task %08x can't be given to its keeper", s.id);
		drop_of(g, keeper); /* which hears the end of this, and does not wait */
	}
}

/* ---- how a task ended ---- */

/* One that is gone without a word was killed, and its task with it. */
static void state_recv(struct task *t)
{
	char told[1024];
	auto_close int fd = -1;
	size_t len = 0;
	int r = msg_recv_any(t->conn, told, sizeof(told), &len, &fd);

	t->end = (struct msg_state){ 0 };
	if (r == 0 && len >= KEEPER_STATE_0)
		memcpy(&t->end, told, len < sizeof(t->end) ? len : sizeof(t->end));
	if (t->end.type != MSG_STATE || t->end.id != t->start.id || t->end.end == END_RUNNING)
		t->end = (struct msg_state){ .type = MSG_STATE, .end = END_LOST };
	close(t->conn);
	t->conn = -1;
}

int task_end(struct task *t, struct spe_error *e)
{
	struct pollfd p = { t->conn, POLLIN, 0 };
	const uint32_t id = t->start.id;

	if (t->socket >= 0) {
		task_drop(t);
		return spe_fail(e, SPE_E_NOT_FOUND, "task %08x was not begun; begin it again", id);
	}
	if (t->conn >= 0 && poll(&p, 1, TOLD_WITHIN_MS) != 1)
		return spe_fail(e, SPE_E_CONFLICT, "task %08x is not over", id);
	if (t->conn >= 0)
		state_recv(t);
	return 0;
}

bool keeper_holds(const struct task *t)
{
	struct pollfd p = { t->conn, POLLIN, 0 };

	return t->kind != TASK_NONE && t->conn >= 0 && poll(&p, 1, 0) == 0;
}

bool task_ended_well(const struct task *t)
{
	return t->end.end == END_EXIT && t->end.value == 0;
}
