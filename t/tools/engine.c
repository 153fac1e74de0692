/* t/tools/engine.c - t-other-engine: an engine that was replaced by somebody's own, for t/0615-registry.t and t/0617-tickets.t. In place
 * of sped-engine it does whatever stands in the file "calls" of the engine's directory, a line each, and writes what comes of it to
 * "answers". {"op":NAME or NUMBER,"in":{}} is a call of the gate: {"op","status","answer"}, {"op","status","bytes":SIZE} or, where a
 * socket came, {"op","status","socket":true}. {"reach":NAME} connects to a socket in the keepers' directory: {"reach","why"}.
 * {"start":{START's fields},"socket":true?} has an idle keeper begin a task: {"end","value","step"}, as it answers. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/gate.h"
#include "spe/limits.h"
#include "spe/msg.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"

enum { GATE = 4, KEEPERS = 5, STATE = 7 }; /* as sped gives them to the engine */
#define ANSWER_MAX (64u << 20)

static const struct {
	const char *name;
	uint32_t op;
} ops[] = { { "journal", GATE_JOURNAL }, { "registry", GATE_REGISTRY }, { "registry-change", GATE_REGISTRY_CHANGE }, { "permit", GATE_PERMIT },
	{ "export", GATE_EXPORT }, { "manifest", GATE_MANIFEST }, { "export-show", GATE_EXPORT_SHOW }, { "exports", GATE_EXPORTS }, { "open", GATE_OPEN },
	{ "decide", GATE_DECIDE }, { "release", GATE_RELEASE }, { "fetch", GATE_FETCH }, { "verify", GATE_VERIFY }, { "stage", GATE_STAGE },
	{ "job-check", GATE_JOB_CHECK }, { "job-verdict", GATE_JOB_VERDICT }, { "replay", GATE_REPLAY }, { "wipe", GATE_WIPE },
	{ "result", GATE_RESULT }, { "end", GATE_END }, { "deleted", GATE_DELETED }, { "revoke", GATE_REVOKE },
	{ "capture", GATE_CAPTURE }, { "check", GATE_CHECK }, { "permit-show", GATE_PERMIT_SHOW }, { "seen", GATE_SEEN },
	{ "consistency", GATE_CONSISTENCY } };

static uint32_t op_of(const json_t *call)
{
	const char *name = json_str(call, "op");
	size_t i;

	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (strcmp(ops[i].name, name) == 0)
			return ops[i].op;
	return (uint32_t)json_int(call, "op");
}

/* Connected to a socket in the keepers' directory, or -errno. */
static int reach(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	auto_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%d/%.80s", KEEPERS, name);
	return connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ? -errno : spe_take_fd(&fd);
}

static int idle_keeper(void)
{
	int fd = -1, tries;

	for (tries = 0; tries < 200 && fd < 0; tries++) {
		int dir = openat(KEEPERS, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		DIR *d = dir < 0 ? NULL : fdopendir(dir);
		const struct dirent *one;

		while (d && fd < 0 && (one = readdir(d)))
			fd = one->d_name[0] == 'i' ? reach(one->d_name) : -1;
		if (d)
			closedir(d);
		if (fd < 0)
			usleep(20000);
	}
	return fd;
}

static struct msg_start start_of(const json_t *j)
{
	struct msg_start m = { .type = MSG_START, .id = (uint32_t)strtoul(json_str(j, "id"), NULL, 16), .profile = (uint32_t)json_int(j, "profile"),
		.workspace = (uint32_t)json_int(j, "workspace"), .version = (uint32_t)json_int(j, "version"), .time_s = 60, .pids = 64,
		.cpu_milli = 1000, .mem_bytes = 256 << 20, .work_bytes = 1 << 20, .out_bytes = 16 << 20 };
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(j, "tables"), i, one)
		m.table[m.tables++ % SPE_HOLDINGS_MAX] = (uint32_t)json_integer_value(one);
	return m;
}

static json_t *start(const json_t *call)
{
	const struct msg_start m = start_of(json_object_get(call, "start"));
	struct msg_state s = { 0 };
	auto_close int keeper = idle_keeper(), fd = -1;
	int ends[2];

	if (keeper < 0 || msg_pair(ends) < 0 || msg_send(keeper, &m, sizeof(m), json_flag(call, "socket") ? ends[1] : -1) < 0 ||
		msg_recv(keeper, &s, sizeof(s), &fd) < 0)
		exit(1);
	close(ends[0]);
	close(ends[1]);
	return json_pack("{s:i,s:i,s:i}", "end", (int)s.end, "value", (int)s.value, "step", (int)s.step);
}

static json_t *try_reach(const char *name)
{
	auto_close int fd = reach(name);

	return json_pack("{s:s,s:s}", "reach", name, "why", fd < 0 ? strerror(-fd) : "it answers");
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
	if (answer >= 0 && fstat(answer, &st) == 0 && S_ISSOCK(st.st_mode))
		return json_pack("{s:O,s:i,s:b}", "op", json_object_get(call, "op"), "status", (int)m.what, "socket", 1);
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
		got = json_object_get(call, "start") ? start(call) : json_object_get(call, "reach") ? try_reach(json_str(call, "reach")) : ask(call);
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
