/* hostile/process.c - attempts on other processes and on descriptors: spe-init, another job, sped. */
#include "t/hostile/hostile.h"

#include <dirent.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>

static char here[16] = "here";

/* EFAULT: it was allowed, and nothing is mapped there. */
static int read_memory(pid_t pid)
{
	struct iovec mine = { here, sizeof(here) }, theirs = mine;

	return process_vm_readv(pid, &mine, 1, &theirs, 1, 0) < 0 && errno != EFAULT ? -errno : 0;
}

int read_init_memory(void) { return read_memory(told.init); }
int read_victim_memory(void) { return read_memory(told.victim); }

int write_init_memory(void)
{
	struct iovec mine = { here, 1 }, theirs = { NULL, 1 }; /* nothing is mapped there */

	return process_vm_writev(told.init, &mine, 1, &theirs, 1, 0) < 0 && errno != EFAULT ? -errno : 0;
}

int trace_init(void) { return answer(ptrace(PTRACE_SEIZE, told.init, NULL, NULL)); }

int trace_child(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(pause());
	return answer(ptrace(PTRACE_SEIZE, pid, NULL, NULL));
}

int steal_init_fd(void)
{
	int pidfd = (int)syscall(SYS_pidfd_open, told.init, 0);

	return pidfd < 0 ? -errno : answer(syscall(SYS_pidfd_getfd, pidfd, 4, 0));
}

int pidfd_signal(void)
{
	int pidfd = (int)syscall(SYS_pidfd_open, told.victim, 0);

	return pidfd < 0 ? -errno : answer(syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0));
}

int signal_victim(void) { return answer(kill(told.victim, 0)); }
int signal_sped(void) { return answer(kill(told.sped, 0)); }

/* A namespace's first process gets no signal of its own children that it did not ask for. */
int kill_init(void)
{
	if (is_off(S_pidns))
		return -NO_EFFECT; /* it would end this job before it can tell: t/0316-weak.t shows that */
	if (kill(1, SIGKILL) < 0)
		return -errno;
	usleep(20000);
	return kill(1, 0) == 0 ? -NO_EFFECT : 0;
}

/* Never raised, and by the filter not lowered: that would end nobody but this job, and look like a host that has drifted. */
int limit_init(void)
{
	struct rlimit l;

	if (prlimit(told.init, RLIMIT_NOFILE, NULL, &l) < 0)
		return -errno;
	l.rlim_cur = ++l.rlim_max;
	return answer(prlimit(told.init, RLIMIT_NOFILE, &l, NULL));
}

/* To what it is: who may do that may lower it. */
int lower_init(void)
{
	struct rlimit l;

	return answer(prlimit(told.init, RLIMIT_NOFILE, NULL, &l) < 0 ? -1 : prlimit(told.init, RLIMIT_NOFILE, &l, NULL));
}

/* --- descriptors ---------------------------------------------------------------------------- */

/* What a false report on it would do: a job that says how it ended. */
int report_socket(void)
{
	int type;
	socklen_t n = sizeof(type);

	return answer(getsockopt(4, SOL_SOCKET, SO_TYPE, &type, &n));
}

int filter_file(void) { return answer(pwrite(5, zero, 1, 0)); }

int any_fd(void)
{
	DIR *d = opendir("/proc/self/fd");
	struct dirent *e;
	int r = -EBADF;

	while (d && (e = readdir(d))) /* 900: how this process answers */
		if (*e->d_name != '.' && atoi(e->d_name) > 2 && atoi(e->d_name) != dirfd(d) && atoi(e->d_name) < 900)
			r = 0;
	return d ? r : -errno;
}

int any_terminal(void)
{
	int fd;

	for (fd = 0; fd < 3; fd++)
		if (isatty(fd))
			return 0;
	return -errno;
}
