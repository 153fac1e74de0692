/* t/tools/other.c - t-other-keeper: a keeper as another version of sped would have left it, for t/0347-upgrade.t. It holds
 * job JOB, which has ended well, and captures one output of it where START comes as this version knows it and the gate gives the
 * task to it. Or the job runs, and what is read of it first is answered late; and with "ends" as it has ended meanwhile.
 * Prints the time that a capture may take.
 * t-other-keeper KEEPERS-DIR JOB START-BYTES STATE-BYTES captures|refuses|late|ends */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "spe/msg.h"
#include "spe/outputs.h"
#include "spe/ticket.h"

static size_t start_bytes, state_bytes;

static void tell_with(int conn, const struct msg_state *s, int fd)
{
	char told[512] = { 0 };

	memcpy(told, s, state_bytes < sizeof(*s) ? state_bytes : sizeof(*s));
	if (msg_send(conn, told, state_bytes, fd) < 0)
		exit(1);
}

static void tell(int conn, const struct msg_state *s)
{
	tell_with(conn, s, -1);
}

/* The engine waits for two seconds. Of what is read of the job only its groups are there. */
static void answer(int conn, struct msg_state *s, uint32_t look, bool ends)
{
	static bool first = true;
	int fd = look == LOOK_CGROUP ? memfd_create("cgroup", MFD_CLOEXEC) : -1;

	if (s->end == END_RUNNING && look != LOOK_NONE) {
		usleep(first ? 2300000 : 50000);
		first = false;
		if (ends) {
			s->end = END_EXIT;
			tell(conn, s);
			usleep(200000);
		}
	}
	if (fd >= 0 && (dprintf(fd, "1:memory:/spe/k%d\n", getpid()) < 0 || lseek(fd, 0, SEEK_SET) != 0))
		exit(1);
	tell_with(conn, s, fd);
	close(fd);
}

static void entry(int out, char kind, const char *name, const char *text)
{
	struct outputs_head h = { .kind = (uint8_t)kind, .name_len = htole32((uint32_t)strlen(name)), .size = htole64(strlen(text)) };

	if (write(out, &h, sizeof(h)) < 0 || write(out, name, strlen(name)) < 0 || write(out, text, strlen(text)) < 0)
		exit(1);
}

/* As spe-capture: the ticket waits with what to write to. */
static void capture(int task)
{
	char ticket[4096];
	size_t len;
	int out = -1;

	if (msg_recv_any(task, ticket, sizeof(ticket), &len, &out) < 0 || write(out, OUTPUTS_MAGIC, 16) != 16)
		exit(1);
	entry(out, 'F', "late.txt", "from another version\n");
	entry(out, 'E', "", "");
	close(out);
}

/* Shows START as it came: the task socket, or -1. *ret_conn hears the end. */
static int asked(const char *dir, const void *start, size_t len, int *ret_conn)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct msg_id answer;
	int task = -1;

	*ret_conn = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	snprintf(a.sun_path, sizeof(a.sun_path), "%.80s/gate", dir);
	if (connect(*ret_conn, (struct sockaddr *)&a, sizeof(a)) < 0 || msg_send(*ret_conn, start, len, -1) < 0 ||
		msg_recv(*ret_conn, &answer, sizeof(answer), &task) < 0)
		return -1;
	return task;
}

static void hear(int conn, struct msg_state *s, const char *dir, bool captures, bool ends)
{
	union {
		struct msg_start start;
		struct msg_stat stat;
		char bytes[4096];
	} m;
	size_t len = 0;
	int fd = -1;

	while (msg_recv_any(conn, &m, sizeof(m), &len, &fd) == 0) {
		if (m.start.type == MSG_FORGET)
			exit(0);
		if (m.start.type == MSG_STAT) {
			answer(conn, s, m.stat.look, ends);
		} else if (m.start.type == MSG_START) {
			int good = captures && len == start_bytes && m.start.id == s->id && m.start.profile == PROFILE_CAPTURE && fd < 0;
			struct msg_state no = { .type = MSG_STATE, .id = s->id, .end = END_SETUP, .value = EINVAL };
			int gate = -1, task = good ? asked(dir, &m, len, &gate) : -1;

			if (task >= 0) {
				printf("time %u\n", m.start.time_s);
				fflush(stdout);
				capture(task);
				s->profile = PROFILE_CAPTURE;
				tell(gate, s);
			}
			tell(conn, task >= 0 ? s : &no);
			close(task);
			close(gate);
		}
		if (fd >= 0)
			close(fd);
	}
}

int main(int argc, char **argv)
{
	struct msg_state s = { .type = MSG_STATE, .profile = PROFILE_JOB, .end = END_EXIT, .version = KEEPER_VERSION + 1 };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int door = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), conn;

	if (argc != 6)
		return 2;
	s.id = (uint32_t)strtoul(argv[2], NULL, 16);
	s.start_bytes = (uint32_t)(start_bytes = strtoul(argv[3], NULL, 10));
	state_bytes = strtoul(argv[4], NULL, 10);
	if (strcmp(argv[5], "late") == 0 || strcmp(argv[5], "ends") == 0)
		s.end = END_RUNNING;
	snprintf(a.sun_path, sizeof(a.sun_path), "%.80s/t%.8s", argv[1], argv[2]);
	unlink(a.sun_path);
	umask(0117);
	if (door < 0 || bind(door, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(door, 2) < 0)
		return 1;
	while ((conn = accept4(door, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		hear(conn, &s, argv[1], strcmp(argv[5], "refuses") != 0, strcmp(argv[5], "ends") == 0);
		close(conn);
	}
	return 1;
}
