/* gate/engine.c - one call of the engine and its answer; see room.h. A message of another form ends the program. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "spe/cleanup.h"
#include "spe/log.h"
#include "sped/base/buf.h"
#include "sped/gate/room.h"

/* The next call; false once the engine has closed its end. */
static bool call_recv(int engine, struct msg_call *m, int *ret_fd)
{
	int r = msg_recv(engine, m, sizeof(*m), ret_fd);

	if (r == -EPIPE)
		return false;
	if (r < 0)
		spe_die("engine", "a message can't be read: %s", strerror(-r));
	if (m->type != MSG_CALL || *ret_fd < 0)
		spe_die("engine", "a message of type %u%s is no call", m->type, *ret_fd < 0 ? " without a descriptor" : "");
	return true;
}

static json_t *error_json(const struct spe_error *e)
{
	json_t *j = json_pack("{s:{s:s,s:s,s:s}}", "error", "code", spe_code_name(e->code), "message", e->text, "remedy",
		e->remedy);

	/* A cut character makes a sentence that is not UTF-8. */
	return j ? j : json_pack("{s:{s:s,s:s,s:s}}", "error", "code", spe_code_name(e->code), "message",
		"the request was refused", "remedy", "");
}

static void reply_send(int engine, uint32_t id, int status, const json_t *j, const struct call *c)
{
	struct msg_call m = { .type = MSG_REPLY, .id = id, .what = (uint32_t)status };
	auto_close int text = -1;
	int r = j ? json_memfd(j, &text) : 0;

	if (!j) {
		m.flags = MSG_F_BYTES | (c->ranged ? MSG_F_RANGE : 0);
		m.from = c->from;
		m.to = c->to;
		snprintf(m.digest, sizeof(m.digest), "%s", c->digest);
	}
	if (r == 0)
		r = msg_send(engine, &m, sizeof(m), j ? text : c->out_fd);
	if (r < 0)
		spe_die("engine", "an answer can't be sent: %s", strerror(-r));
}

static void answer(struct gate *g, int engine, const struct msg_call *m, int request, int input)
{
	auto_json json_t *in = NULL, *refusal = NULL;
	struct call c = { .input = input, .out_fd = -1 };
	struct spe_error e = { 0 };
	int r = json_fd(request, GATE_REQUEST_MAX, "request", &in, &e);

	c.in = in;
	if (r == 0)
		r = gate_call(g, m->what, &c, &e);
	if (r == -SPE_E_INTERNAL || r == -SPE_E_TAMPERED)
		spe_log(gate_op_name(m->what), "%s", e.text);
	if (r < 0)
		refusal = error_json(&e);
	if (r < 0 && !refusal)
		spe_die("engine", "out of memory");
	reply_send(engine, m->id, r < 0 ? spe_code_http(e.code) : 200, r < 0 ? refusal : c.out, &c);
	json_decref(c.out);
	spe_close_fd(&c.out_fd);
	if (g->must_end)
		spe_die("start", "memory and disk may differ: beginning again");
}

bool engine_hear(struct gate *g, int engine)
{
	auto_close int request = -1, input = -1;
	struct msg_call m, second;

	if (!call_recv(engine, &m, &request))
		return false;
	if ((m.what == GATE_INTAKE || m.what == GATE_IMAGE) && (!call_recv(engine, &second, &input) || second.what != GATE_INPUT))
		spe_die("engine", "an intake came without its upload");
	answer(g, engine, &m, request, input);
	return true;
}
