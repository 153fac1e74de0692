/* t/tools/engine.c - t-other-engine: an engine that was replaced by somebody's own, for t/0615-registry.t. In place of sped-engine
 * it sends the gate whatever stands in the file "calls" of the engine's directory, one {"op":NAME or NUMBER,"in":{}} a line, and
 * writes what comes back to "answers": {"op","status","answer"} or {"op","status","bytes":SIZE}. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/gate.h"
#include "spe/limits.h"
#include "spe/msg.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"

enum { GATE = 4, STATE = 7 }; /* as sped gives them to the engine */
#define ANSWER_MAX (64u << 20)

static const struct {
	const char *name;
	uint32_t op;
} ops[] = { { "journal", GATE_JOURNAL }, { "registry", GATE_REGISTRY }, { "registry-change", GATE_REGISTRY_CHANGE }, { "permit", GATE_PERMIT },
	{ "export", GATE_EXPORT }, { "manifest", GATE_MANIFEST }, { "export-show", GATE_EXPORT_SHOW }, { "open", GATE_OPEN },
	{ "decide", GATE_DECIDE }, { "release", GATE_RELEASE }, { "fetch", GATE_FETCH }, { "verify", GATE_VERIFY }, { "stage", GATE_STAGE },
	{ "job-check", GATE_JOB_CHECK }, { "replay", GATE_REPLAY } };

static uint32_t op_of(const json_t *call)
{
	const char *name = json_str(call, "op");
	size_t i;

	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (strcmp(ops[i].name, name) == 0)
			return ops[i].op;
	return (uint32_t)json_int(call, "op");
}

/* What the gate meant for a helper: the ticket, and the first bytes that it may read. */
static json_t *ticket_take(int sock, const json_t *call)
{
	auto_close int file = -1, first = -1;
	char text[SPE_TICKET_MAX], byte;
	auto_json json_t *ticket = NULL;
	char bytes[4096] = "";
	size_t n;

	if (msg_recv_any(sock, text, sizeof(text), &n, &file) >= 0)
		json_parse(text, n, "ticket", &ticket, NULL);
	if (msg_recv(sock, &byte, 1, &first) >= 0 && first >= 0 && pread(first, bytes, sizeof(bytes) - 1, 0) < 0)
		bytes[0] = '\0';
	return json_pack("{s:O,s:i,s:O?,s:s}", "op", json_object_get(call, "op"), "status", 200, "ticket", ticket, "input", bytes);
}

static json_t *ask(const json_t *call)
{
	static uint32_t next;
	struct msg_call m = { .type = MSG_CALL, .id = ++next, .what = op_of(call) };
	auto_close int request = -1, answer = -1;
	auto_json json_t *got = NULL;
	struct stat st;

	if (json_memfd(json_object_get(call, "in"), &request) < 0 || msg_send(GATE, &m, sizeof(m), request) < 0 ||
		msg_recv(GATE, &m, sizeof(m), &answer) < 0)
		exit(1);
	if (m.flags & MSG_F_BYTES && fstat(answer, &st) == 0 && S_ISSOCK(st.st_mode))
		return ticket_take(answer, call);
	if (!(m.flags & MSG_F_BYTES)) {
		json_fd(answer, ANSWER_MAX, "answer", &got, NULL);
		return json_pack("{s:O,s:i,s:O?}", "op", json_object_get(call, "op"), "status", (int)m.what, "answer", got);
	}
	return json_pack("{s:O,s:i,s:I}", "op", json_object_get(call, "op"), "status", (int)m.what, "bytes",
		(json_int_t)(fstat(answer, &st) == 0 ? st.st_size : -1));
}

static void calls_make(const char *text)
{
	auto_buf struct buf b = { 0 };
	const char *line, *end;

	for (line = text; *line; line = end + (*end == '\n')) {
		auto_json json_t *call = NULL, *got = NULL;
		auto_free char *said = NULL;

		end = line + strcspn(line, "\n");
		if (json_parse(line, (size_t)(end - line), "call", &call, NULL) < 0)
			exit(2);
		got = ask(call);
		said = got ? json_dumps(got, JSON_COMPACT) : NULL;
		buf_fmt(&b, "%s\n", said ? said : "");
	}
	if (io_replace(STATE, "answers", b.p ? b.p : "", b.len, 0644) < 0)
		exit(3);
}

int main(void)
{
	for (;;) {
		auto_close int fd = openat(STATE, "calls", O_RDONLY | O_CLOEXEC);
		auto_free char *text = NULL;
		size_t len;

		if (fd >= 0 && io_read_all(fd, ANSWER_MAX, &text, &len) == 0) {
			unlinkat(STATE, "calls", 0);
			calls_make(text);
		}
		usleep(20000);
	}
}
