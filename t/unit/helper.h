/* t/unit/helper.h - run a helper as the launcher would: ticket on descriptor 3, place on 4, tables from 5, as
 * somebody who is not root. */
#ifndef SPE_T_HELPER_H
#define SPE_T_HELPER_H
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spe/msg.h"
#include "sped/base/buf.h"

#define HELPER_UID 65534

static bool helper_stays_root; /* to see that it is refused */

/* A descriptor with these bytes, read from the start. */
static inline int helper_file(const void *p, size_t n)
{
	int fd = memfd_create("t", MFD_CLOEXEC);

	if (fd < 0 || io_write_all(fd, p, n) < 0 || lseek(fd, 0, SEEK_SET) < 0) {
		perror("memfd");
		exit(99);
	}
	return fd;
}

static inline char *helper_read(int fd)
{
	size_t n;
	char *p;

	if (io_read_at(fd, 1u << 26, &p, &n) < 0)
		exit(99);
	return p ? p : strdup("");
}

/* An empty directory that the helper's uid may write to. */
static inline int helper_dir(char path[64])
{
	int fd;

	strcpy(path, P_tmpdir "/spe-unit.XXXXXX");
	if (!mkdtemp(path) || (geteuid() == 0 && chown(path, HELPER_UID, HELPER_UID) < 0))
		exit(99);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		exit(99);
	return fd;
}

static inline bool helper_has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

static inline void helper_child(int program, const int *fds, int n)
{
	static char *const argv[] = { (char *)"helper", NULL };
	/* Leaks are looked for by ptrace, which a confined process does not have. */
	char *const env[] = { (char *)"ASAN_OPTIONS=detect_leaks=0",
		helper_has_landlock() ? NULL : (char *)"SPE_NO_LANDLOCK=1", NULL };
	int i, high[72];

	for (i = 0; i < n; i++)
		high[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 100);
	program = fcntl(program, F_DUPFD_CLOEXEC, 200);
	for (i = 0; i < n; i++)
		dup2(high[i], 3 + i);
	if (geteuid() == 0 && !helper_stays_root && (setgroups(0, NULL) < 0 || setresgid(HELPER_UID, HELPER_UID, HELPER_UID) < 0 ||
			       setresuid(HELPER_UID, HELPER_UID, HELPER_UID) < 0))
		_exit(98);
	syscall(SYS_execveat, program, "", argv, env, AT_EMPTY_PATH);
	_exit(97);
}

/* fds[0] is filled in; fds[1] is the place, the rest tables. Returns the exit status, 128 and more for a signal. */
static inline int helper_run(const char *name, const char *ticket, int out, int input, int *fds, int n)
{
	const char *top = getenv("top_builddir");
	char path[512];
	int pair[2], status, program;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/sped/bin/%s", top ? top : ".", name);
	program = open(path, O_PATH | O_CLOEXEC);
	if (program < 0 || msg_pair(pair) < 0 || msg_send(pair[0], ticket, strlen(ticket), out) < 0 ||
	    (input >= 0 && msg_send(pair[0], "I", 1, input) < 0)) {
		perror(path);
		exit(99);
	}
	fds[0] = pair[1];
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		helper_child(program, fds, n);
	close(pair[0]);
	close(pair[1]);
	close(program);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
#endif
