/* engine/gate.c - asking the gate, one call at a time. No answer is a surprise. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/log.h"
#include "sped/engine/engine.h"

#define ANSWER_MAX (8u << 20)
#define RECORDS_MAX 32 /* at once: of the largest records half of what the gate takes */
#define PATIENCE_MS 120000 /* else it is stuck; what hashes whole files, or compares an export with others, may take as long as it takes, */
#define TELL_MS 60000      /* and is told of in the log */

static void put(struct engine *e, enum gate_op op, const json_t *req, int fd)
{
	struct msg_call m = { .type = MSG_CALL, .id = e->next_call, .what = op };
	auto_close int text = -1;
	int r = req ? json_memfd(req, &text) : 0;

	if (r == 0)
		r = msg_send(FD_GATE, &m, sizeof(m), req ? text : fd);
	if (r < 0)
		spe_die("gate", "can't ask it: %s", strerror(-r));
}

static int failed(int fd, struct spe_error *err)
{
	auto_json json_t *j = NULL;
	const json_t *inner;

	if (fd < 0 || json_fd(fd, ANSWER_MAX, "the gate's answer", &j, NULL) < 0)
		return spe_fail(err, SPE_E_INTERNAL, "the gate gave no reason");
	inner = json_object_get(j, "error");
	spe_fail(err, spe_code_from_name(json_str(inner, "code")), "%s", json_str(inner, "message"));
	spe_remedy(err, "%s", json_str(inner, "remedy"));
	return -(int)(err ? err->code : SPE_E_INTERNAL);
}

/* Before the first answer it reads its whole journal, however long that is: who ends it then has it begin again, for ever. */
static bool may_take_long(const struct engine *e, enum gate_op op)
{
	return e->next_call == 1 || op == GATE_INGEST || op == GATE_VERIFY || op == GATE_RECORDS || op == GATE_EVIDENCE || op == GATE_RELEASE || op == GATE_FETCH ||
		op == GATE_OPEN || op == GATE_CHECK || op == GATE_VERDICT || op == GATE_REPLAY || op == GATE_REPLAYED ||
		op == GATE_JOB_CHECK || op == GATE_REMOVE || op == GATE_JOB_VERDICT || op == GATE_RESULT || op == GATE_BACKUP ||
		op == GATE_END || op == GATE_DELETED || op == GATE_EXPORT || op == GATE_EXPORT_SHOW || op == GATE_DECIDE;
}

/* False: it is stuck. Clients are told meanwhile by the api. */
static bool answers(const struct engine *e, enum gate_op op)
{
	const int64_t begun = now_ms();
	struct pollfd p = { FD_GATE, POLLIN, 0 };
	int64_t told = 0;
	int r;

	while ((r = poll(&p, 1, TELL_MS)) != 1) {
		const int64_t ms = now_ms() - begun;

		if (r < 0 && errno != EINTR)
			return false;
		if (!may_take_long(e, op) && ms >= PATIENCE_MS)
			return false;
		if (ms >= TELL_MS && ms >= 2 * told) { /* each time after twice as long */
			spe_log("gate", "it has not answered for %lld seconds: it is stopped, or at something large; waiting for it", (long long)ms / 1000);
			told = ms;
		}
	}
	return true;
}

static int get(struct engine *e, enum gate_op op, json_t **ret, int *ret_fd, struct spe_error *err)
{
	struct msg_call m;
	auto_close int fd = -1;
	int r;

	if (!answers(e, op))
		spe_die("gate", "no answer for %d seconds; beginning again", PATIENCE_MS / 1000);
	if (msg_recv(FD_GATE, &m, sizeof(m), &fd) < 0 || m.type != MSG_REPLY ||
	    m.id != e->next_call)
		spe_die("gate", "no answer");
	e->next_call++;
	if (m.what != 200)
		return failed(fd, err);
	if (m.flags & MSG_F_BYTES) {
		e->given = m;
		if (ret_fd)
			*ret_fd = spe_take_fd(&fd);
		return ret_fd && *ret_fd >= 0 ? 0 : spe_fail(err, SPE_E_INTERNAL, "the gate gave no descriptor");
	}
	if (!ret || fd < 0)
		return 0;
	r = json_fd(fd, ANSWER_MAX, "the gate's answer", ret, err);
	return r < 0 ? spe_fail(err, SPE_E_INTERNAL, "the gate's answer is not understood") : 0;
}

static int ask(struct engine *e, enum gate_op op, const json_t *req, json_t **ret, int *ret_fd, struct spe_error *err)
{
	put(e, op, req, -1);
	return get(e, op, ret, ret_fd, err);
}

/* What these do is seen by nobody before the next commit, or after a record of the gate's own. */
static bool may_wait(enum gate_op op)
{
	return op == GATE_CAPTURE || op == GATE_INGEST || op == GATE_JOB_CHECK || op == GATE_JOB_VERDICT;
}

int gate_ask(struct engine *e, enum gate_op op, json_t *req, json_t **ret, int *ret_fd, struct spe_error *err)
{
	auto_json json_t *owned = req;

	if (!req) /* out of memory, or text that is no UTF-8 */
		return spe_fail(err, SPE_E_INTERNAL, "the request could not be handed on");
	gate_commit(e, may_wait(op));
	e->unsynced_journal |= op == GATE_INGEST;
	return ask(e, op, owned, ret, ret_fd, err);
}

int gate_intake(struct engine *e, enum gate_op op, json_t *req, int upload, struct spe_error *err)
{
	auto_json json_t *owned = req;

	gate_commit(e, false);
	put(e, op, owned, -1);
	put(e, GATE_INPUT, NULL, upload);
	return get(e, op, NULL, NULL, err);
}

int gate_left_nothing(struct engine *e, json_t *req, json_t **ret, struct spe_error *err)
{
	auto_json json_t *owned = req;
	const bool later = !e->waiting;

	if (!req || json_object_update_new(req, json_pack("{so*sbsb}", "before", e->records, "nothing", true, "later", later)) < 0)
		spe_die("journal", "nothing may happen unrecorded: out of memory");
	e->journalled += (int64_t)json_array_size(e->records);
	e->records = NULL;
	e->unsynced_journal = true;
	if (ask(e, GATE_INGEST, owned, ret, NULL, err) < 0)
		spe_die("journal", "nothing may happen unrecorded: %s", err->text);
	e->unsynced_journal = later;
	return 0;
}

json_t *gate_record(const struct call *c, unsigned ws_roles, const char *action, const char *ws, int64_t version,
	json_t *object)
{
	char actor[SPE_NAME_MAX + 1];
	json_t *r = json_object();

	if (c && !c->person[0])
		snprintf(actor, sizeof(actor), "uid:%u", c->uid);
	json_object_set_new(r, "actor", json_string(!c ? "sped" : c->person[0] ? c->person : actor));
	json_object_set_new(r, "role", json_string(c ? call_role(c, ws_roles) : "system"));
	json_object_set_new(r, "action", json_string(action));
	if (ws && *ws)
		json_object_set_new(r, "workspace", json_string(ws));
	if (version)
		json_object_set_new(r, "permit_version", json_integer(version));
	json_object_set_new(r, "object", object ? object : json_object());
	return r;
}

void gate_journal(struct engine *e, json_t *record)
{
	if (!e->records)
		e->records = json_array();
	if (json_array_append_new(e->records, record) < 0)
		spe_die("journal", "nothing may happen unrecorded: out of memory");
	if (json_array_size(e->records) == RECORDS_MAX)
		gate_commit(e, false);
}

static bool to_send(const struct engine *e, bool later)
{
	return json_array_size(e->records) > 0 || (!later && e->unsynced_journal);
}

static void send(struct engine *e, bool later)
{
	auto_json json_t *req = json_pack("{so*sb}", "records", e->records, "later", later);

	e->journalled += e->journalled ? (int64_t)json_array_size(e->records) : 0;
	e->records = NULL;
	if (!req || (!json_object_get(req, "records") && json_object_set_new(req, "records", json_array()) < 0))
		spe_die("journal", "nothing may happen unrecorded: out of memory");
	e->unsynced_journal = later;
	e->sent = true;
	put(e, GATE_JOURNAL, req, -1);
}

void gate_send(struct engine *e)
{
	if (!e->sent && to_send(e, false))
		send(e, false);
}

static int heard(struct engine *e, struct spe_error *err)
{
	const int64_t begun = now_ms();
	auto_json json_t *got = NULL;
	int r = get(e, GATE_JOURNAL, e->journalled ? NULL : &got, NULL, err);

	if (got)
		e->journalled = json_int(got, "seq");
	e->sent = false;
	e->record_ms = now_ms() - begun;
	return r;
}

int gate_records(struct engine *e, bool later, struct spe_error *err)
{
	int r = e->sent ? heard(e, err) : 0;

	if (r < 0 || !to_send(e, later))
		return r;
	send(e, later);
	return heard(e, err);
}

bool gate_unsettled(const struct engine *e)
{
	return to_send(e, false) || e->sent || e->open;
}

void gate_commit(struct engine *e, bool later)
{
	struct spe_error err;

	if (gate_records(e, later, &err) < 0)
		spe_die("journal", "nothing may happen unrecorded: %s", err.text);
	db_commit(e);
}

void gate_call_record(struct engine *e, const struct call *c, const char *outcome)
{
	static const char *const methods[HTTP_COUNT] = { "read", "call", "put", "delete" };
	char path[256] = "";
	size_t at = 0;
	json_t *r;
	int i;

	for (i = 0; i < c->parts && at < sizeof(path); i++)
		at += (size_t)snprintf(path + at, sizeof(path) - at, "/%s", c->part[i]);
	r = gate_record(c, 0, methods[c->method], NULL, 0, json_pack("{ss}", "path", path));
	json_object_set_new(r, "outcome", json_string(outcome));
	gate_journal(e, r);
}
