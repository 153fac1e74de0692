/* t/tools/keeper.h - playing the engine towards the launcher, for tests and benches. */
#ifndef SPE_TOOLS_KEEPER_H
#define SPE_TOOLS_KEEPER_H
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "spe/msg.h"
#include "spe/ticket.h"

static long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ll + t.tv_nsec / 1000;
}

/* One that is idle and not among the n pids of taken: who just got START keeps its name for a moment. */
static int idle_keeper_but(const char *dir, const int *taken, int n)
{
	int tries;

	for (tries = 0; tries < 20000; tries++) {
		DIR *d = opendir(dir);
		struct dirent *e;

		while (d && (e = readdir(d))) {
			struct sockaddr_un a = { .sun_family = AF_UNIX };
			int pid = e->d_name[0] == 'i' ? atoi(e->d_name + 1) : 0, i, fd;

			for (i = 0; i < n && taken[i] != pid; i++)
				;
			if (pid == 0 || i < n)
				continue;
			fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
			snprintf(a.sun_path, sizeof(a.sun_path), "%.70s/%.30s", dir, e->d_name);
			if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0) {
				closedir(d);
				return fd;
			}
			close(fd);
		}
		if (d)
			closedir(d);
		usleep(100);
	}
	fprintf(stderr, "no idle keeper in %s\n", dir);
	exit(1);
}

static int idle_keeper(const char *dir)
{
	return idle_keeper_but(dir, NULL, 0);
}

static size_t ticket(char *buf, char **argv)
{
	struct ticket_job head = { 0, 2, "analysis" };
	size_t at = sizeof(head);
	const char *const env[] = { "PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/work" };
	int i;

	for (; argv[head.argc]; head.argc++) {
		memcpy(buf + at, argv[head.argc], strlen(argv[head.argc]) + 1);
		at += strlen(argv[head.argc]) + 1;
	}
	for (i = 0; i < 2; i++) {
		memcpy(buf + at, env[i], strlen(env[i]) + 1);
		at += strlen(env[i]) + 1;
	}
	memcpy(buf, &head, sizeof(head));
	return at;
}

/* One job of a workspace that has data-1: START to its end, in microseconds; -1 where that fails. */
static long long keeper_run(const char *dir, struct msg_start *m, char **argv, struct msg_state *ret)
{
	static char buf[SPE_TICKET_MAX];
	int ends[2], keeper = idle_keeper(dir), fd;
	size_t len = ticket(buf, argv);
	long long begun;

	if (getrandom(&m->id, sizeof(m->id), 0) != sizeof(m->id))
		return -1;
	m->id |= 1;
	begun = now_us();
	if (msg_pair(ends) < 0 || msg_send(ends[0], buf, len, -1) < 0 || msg_send(keeper, m, sizeof(*m), ends[1]) < 0)
		return -1;
	close(ends[0]);
	close(ends[1]);
	if (msg_recv(keeper, ret, sizeof(*ret), &fd) < 0)
		return -1;
	begun = now_us() - begun;
	msg_send(keeper, &(struct msg_id){ MSG_FORGET, m->id }, sizeof(struct msg_id), -1);
	close(keeper);
	return begun;
}
#endif
