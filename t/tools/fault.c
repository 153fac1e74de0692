/* t/tools/fault.c - t-fault: lets a program of sped die, or one of its calls fail, at the n-th system call.
 * t-fault -p PROGRAM -c COUNT [-f FIRST] [-s STRIDE] [-e|-m] [-l LOG] -- COMMAND...
 * Runs COMMAND, which is sped, and follows what it starts as far as PROGRAM (as in /proc/PID/comm). Of its system calls
 * those count that can be seen from outside the process: what a process did in between is gone with it, so death before
 * such a call is death anywhere since the one before; large equal writes count once in a while. At call FIRST, and at each STRIDE-th after it (0: no other), the
 * process is killed before the call is done. -e: instead the call fails with an errno that it may have, and is not
 * done; then calls that only read count too. -m: its allocations of memory count instead, and fail, if PROGRAM is one that
 * asks (t/tools/short.c).
 * COUNT is a file with the calls so far, over all processes and runs that are given the same file. LOG gets a line for each
 * hit. Ends as COMMAND does. */
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "t/tools/short.h"

#define TRACED 512
#define ERRNOS 3

struct call {
	int number;
	bool reads;        /* counts only where calls fail */
	int fails[ERRNOS]; /* 0: never made to fail */
};

static const struct call calls[] = {
	{ SYS_write, false, { ENOSPC, EIO, EPIPE } }, { SYS_pwrite64, false, { ENOSPC, EIO } }, { SYS_writev, false, { ENOSPC, EIO } },
	{ SYS_pwritev, false, { ENOSPC, EIO } }, { SYS_fsync, false, { EIO, ENOSPC } }, { SYS_fdatasync, false, { EIO, ENOSPC } },
	{ SYS_openat, false, { EMFILE, ENFILE, EIO } }, { SYS_openat2, false, { EMFILE, ENFILE, EIO } },
	{ SYS_renameat, false, { ENOSPC, EIO, EROFS } }, { SYS_renameat2, false, { ENOSPC, EIO, EROFS } }, { SYS_rename, false, { ENOSPC, EIO } },
	{ SYS_linkat, false, { ENOSPC, EIO } }, { SYS_unlinkat, false, { EIO, EROFS } }, { SYS_unlink, false, { EIO, EROFS } },
	{ SYS_mkdirat, false, { ENOSPC, EIO } }, { SYS_mkdir, false, { ENOSPC, EIO } }, { SYS_rmdir, false, { EIO } },
	{ SYS_ftruncate, false, { ENOSPC, EIO } }, { SYS_fallocate, false, { ENOSPC, EIO } }, { SYS_fchmod, false, { EIO } },
	{ SYS_fchown, false, { EIO } }, { SYS_fchmodat, false, { EIO } }, { SYS_fchownat, false, { EIO } }, { SYS_symlinkat, false, { ENOSPC } },
	{ SYS_copy_file_range, false, { ENOSPC, EIO } }, { SYS_sendfile, false, { EIO } }, { SYS_splice, false, { EIO } },
	{ SYS_sendmsg, false, { ENOBUFS, EPIPE } }, { SYS_sendto, false, { ENOBUFS, EPIPE } }, { SYS_connect, false, { EAGAIN, ECONNREFUSED } },
	{ SYS_bind, false, { EADDRINUSE } }, { SYS_listen, false, { EADDRINUSE } }, { SYS_shutdown, false, { 0 } },
	{ SYS_clone, false, { EAGAIN } }, { SYS_clone3, false, { EAGAIN } }, { SYS_fork, false, { EAGAIN } }, { SYS_vfork, false, { EAGAIN } },
	{ SYS_execve, false, { ENOMEM } }, { SYS_kill, false, { 0 } }, { SYS_pidfd_send_signal, false, { 0 } }, { SYS_exit_group, false, { 0 } },
	{ SYS_mount, false, { ENOMEM } }, { SYS_umount2, false, { 0 } }, { SYS_unshare, false, { 0 } }, { SYS_setsid, false, { 0 } },
	{ SYS_read, true, { EIO } }, { SYS_pread64, true, { EIO } }, { SYS_recvmsg, true, { ENOMEM, ECONNRESET } },
	{ SYS_recvfrom, true, { ECONNRESET } }, { SYS_accept4, true, { EMFILE, ENFILE } }, { SYS_mmap, true, { ENOMEM } },
	{ SYS_getdents64, true, { EIO } }, { SYS_socketpair, true, { EMFILE } }, { SYS_pipe2, true, { EMFILE } },
	{ SYS_memfd_create, true, { EMFILE } }, { SYS_eventfd2, true, { EMFILE } }, { SYS_timerfd_create, true, { EMFILE } },
	{ SYS_epoll_ctl, true, { ENOMEM } }, { SYS_statx, true, { EIO } }, { SYS_newfstatat, true, { EIO } }, { SYS_getrandom, true, { EINTR } },
	{ SYS_fstat, true, { EIO } }, { SYS_mprotect, true, { ENOMEM } }, { SYS_mremap, true, { ENOMEM } }, { SYS_readlinkat, true, { EIO } },
	{ SYS_readlink, true, { EIO } }, { SYS_lseek, true, { EIO } }, { SYS_poll, true, { ENOMEM } }, { SYS_readv, true, { EIO } },
	{ SYS_preadv, true, { EIO } }, { SYS_syncfs, true, { EIO, ENOSPC } }, { SYS_sync_file_range, true, { EIO, ENOSPC } },
	{ SYS_socket, true, { EMFILE, ENFILE } }, { SYS_dup2, true, { EMFILE } }, { SYS_dup3, true, { EMFILE } },
	{ SYS_seccomp, true, { ENOMEM } }, { SYS_landlock_create_ruleset, true, { EMFILE, ENOMEM } }, { SYS_landlock_add_rule, true, { ENOMEM } },
	{ SYS_landlock_restrict_self, true, { ENOMEM } }, { SYS_keyctl, true, { EDQUOT, ENOMEM } }, { SYS_setns, true, { ENOMEM } },
	{ SYS_open_tree, true, { EMFILE, ENOMEM } }, { SYS_move_mount, true, { ENOSPC, ENOMEM } }, { SYS_mount_setattr, true, { ENOMEM } },
	{ SYS_pivot_root, true, { ENOMEM } }, { SYS_chdir, true, { EIO } }, { SYS_fchdir, true, { EIO } }, { SYS_statfs, true, { EIO } },
	{ SYS_pidfd_open, true, { EMFILE, ENOMEM } }, { SYS_signalfd4, true, { EMFILE, ENOMEM } }, { SYS_fcntl, true, { EMFILE } },
};

struct traced {
	pid_t pid;
	int error; /* what the call that it is in has to return */
	struct user_regs_struct last;
	unsigned row; /* large writes of one length into one file, one after the other */
};

static struct traced traced[TRACED];
static size_t traceds;
static const char *program, *count_file, *log_file;
static unsigned long long count, next = UINT64_MAX, stride, hits;
static bool failing, memory;

static void fail(const char *what)
{
	fprintf(stderr, "t-fault: %s: %s\n", what, strerror(errno));
	exit(125);
}

static struct traced *find(pid_t pid)
{
	size_t i;

	for (i = 0; i < traceds; i++)
		if (traced[i].pid == pid)
			return &traced[i];
	if (traceds == TRACED)
		return NULL;
	traced[traceds] = (struct traced){ .pid = pid };
	return &traced[traceds++];
}

static void forget(pid_t pid)
{
	struct traced *t = find(pid);

	if (t)
		*t = traced[--traceds];
}

static void comm(pid_t pid, char ret[32])
{
	char path[64];
	ssize_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, ret, 31);
		close(fd);
	}
	ret[n > 0 ? n - 1 : 0] = '\0';
}

static const struct call *call_of(long number)
{
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].number == number)
			return &calls[i];
	return NULL;
}

/* Room is written in such rows: of each the first two count, and every 64th. */
static bool is_one_of_many(struct traced *t, const struct user_regs_struct *r)
{
	bool same = t->last.orig_rax == r->orig_rax && t->last.rdi == r->rdi && t->last.rdx == r->rdx && r->rdx >= 65536;

	t->row = same ? t->row + 1 : 0;
	t->last = *r;
	return t->row > 1 && t->row % 64 != 0;
}

static void save_count(void)
{
	FILE *f = fopen(count_file, "we");

	if (!f)
		fail(count_file);
	fprintf(f, "%llu\n", count);
	fclose(f);
}

static void told(pid_t pid, long number, const char *what)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)number);
	FILE *f = log_file ? fopen(log_file, "ae") : NULL;

	if (f) {
		fprintf(f, "%llu %s %d %s %s\n", count, program, (int)pid, memory ? "memory" : name ? name : "?", what);
		fclose(f);
	}
	free(name);
}

/* Where in its programs an address lies, for addr2line. */
static void place_of(pid_t pid, unsigned long long address, char *ret, size_t room)
{
	char path[64], line[512], file[256];
	unsigned long long from, to, offset;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	f = fopen(path, "re");
	snprintf(ret, room, "?");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%llx-%llx %*s %llx %*s %*s %255s", &from, &to, &offset, file) == 4 && address >= from && address < to)
			snprintf(ret, room, "%s+0x%llx", strrchr(file, '/') ? strrchr(file, '/') + 1 : file, address - from + offset);
	if (f)
		fclose(f);
}

/* The program asks for memory. */
static void asked(struct traced *t, const struct user_regs_struct *was)
{
	char where[300];

	if (was->orig_rax != SYS_read || was->rdx != SHORT_ASKS || ++count < next)
		return;
	next = stride > 0 ? count + stride : UINT64_MAX;
	save_count();
	place_of(t->pid, was->rsi, where, sizeof(where));
	t->error = ENOMEM;
	told(t->pid, SYS_read, where);
}

/* A call of the program begins. Its filter has been asked for its number and some arguments: only those change that make
 * it do nothing, a descriptor and a pointer. */
static void entered(struct traced *t, const struct user_regs_struct *was)
{
	const struct call *c = call_of((long)was->orig_rax);
	struct user_regs_struct regs = *was;
	size_t n = 0;

	if (memory)
		asked(t, was);
	if (memory || !c || (c->reads && !failing) || (c->number == SYS_fcntl && was->rsi != F_DUPFD && was->rsi != F_DUPFD_CLOEXEC))
		return;
	while (failing && n < ERRNOS && c->fails[n] != 0)
		n++;
	if ((failing && n == 0) || is_one_of_many(t, was))
		return;
	count++;
	if (count < next)
		return;
	next = stride > 0 ? count + stride : UINT64_MAX;
	save_count();
	if (!failing) {
		told(t->pid, c->number, "killed");
		kill(t->pid, SIGKILL);
		return;
	}
	t->error = c->fails[hits++ % n];
	told(t->pid, c->number, strerrorname_np(t->error));
	regs.rdi = regs.rsi = (unsigned long long)-1;
	if (c->number == SYS_mmap || c->number == SYS_mprotect || c->number == SYS_mremap || c->number == SYS_execve || c->number == SYS_getrandom ||
		c->number == SYS_unlink || c->number == SYS_rename || c->number == SYS_pivot_root || c->number == SYS_chdir)
		regs.rdi = (unsigned long long)1 << 63; /* no address */
	if (ptrace(PTRACE_SETREGS, t->pid, NULL, &regs) < 0)
		t->error = 0;
}

static void left(struct traced *t, const struct user_regs_struct *was)
{
	struct user_regs_struct regs = *was;

	if (t->error == 0)
		return;
	regs.rax = (unsigned long long)-t->error;
	t->error = 0;
	ptrace(PTRACE_SETREGS, t->pid, NULL, &regs);
}

static void at_call(pid_t pid)
{
	struct traced *t = find(pid);
	struct __ptrace_syscall_info info;
	struct user_regs_struct regs;
	char name[32];

	comm(pid, name);
	if (!t || strcmp(name, program) != 0 || ptrace(PTRACE_GETREGS, pid, NULL, &regs) < 0 ||
		ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		entered(t, &regs);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		left(t, &regs);
}

/* A fault of its own ends a process whatever it is, but not the first of a pid namespace that is traced: that one would meet it
 * again for ever. The line is for the sweep, which knows what each process had no memory for. */
static bool is_fault(pid_t pid, int sig)
{
	struct user_regs_struct regs;
	char name[32], where[300];

	if ((sig != SIGSEGV && sig != SIGBUS && sig != SIGILL && sig != SIGFPE && sig != SIGABRT) || ptrace(PTRACE_GETREGS, pid, NULL, &regs) < 0)
		return false;
	comm(pid, name);
	place_of(pid, regs.rip, where, sizeof(where));
	fprintf(stderr, "t-fault: %s %d: signal %d at %s\n", name, (int)pid, sig, where);
	return true;
}

/* What sped starts and is not meant goes on by itself. */
static bool is_meant(pid_t pid)
{
	char name[32];

	comm(pid, name);
	return strcmp(name, program) == 0 || strcmp(name, "sped") == 0 || strcmp(name, "sped-keeper") == 0 ||
		(strcmp(name, "spe-init") == 0 && strcmp(program, "spe-unpack") == 0);
}

static void stopped(pid_t pid, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	if (!find(pid))
		fail("too many processes");
	if (sig == (SIGTRAP | 0x80)) {
		at_call(pid);
		sig = 0;
	} else if (event == PTRACE_EVENT_STOP) {
		if (sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU) {
			ptrace(PTRACE_LISTEN, pid, NULL, NULL);
			return;
		}
		sig = 0;
	} else if (event == PTRACE_EVENT_EXEC && !is_meant(pid)) {
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
		forget(pid);
		return;
	} else if (event != 0) {
		sig = 0;
	} else if (is_fault(pid, sig)) {
		kill(pid, SIGKILL);
	}
	ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(intptr_t)sig);
}

static pid_t begin(char **argv)
{
	int go[2];
	pid_t pid;
	char byte;

	if (pipe2(go, O_CLOEXEC) < 0)
		fail("pipe");
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		if (read(go[0], &byte, 1) == 1)
			execvp(argv[0], argv);
		_exit(125);
	}
	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)(intptr_t)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
				       PTRACE_O_TRACEEXEC)) < 0 ||
		write(go[1], "g", 1) != 1)
		fail("seize");
	close(go[0]);
	close(go[1]);
	return pid;
}

static volatile sig_atomic_t ending; /* a signal for the command */

static void pass_on(int sig)
{
	ending = sig;
}

static unsigned long long counted(void)
{
	unsigned long long n = 0;
	FILE *f = fopen(count_file, "re");

	if (f) {
		if (fscanf(f, "%llu", &n) != 1)
			n = 0;
		fclose(f);
	}
	return n;
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = pass_on };
	unsigned long long first = 0;
	int opt, status;
	pid_t main_pid, pid;

	while ((opt = getopt(argc, argv, "+p:c:f:s:eml:")) != -1)
		switch (opt) {
		case 'p': program = optarg; break;
		case 'c': count_file = optarg; break;
		case 'f': first = strtoull(optarg, NULL, 10); break;
		case 's': stride = strtoull(optarg, NULL, 10); break;
		case 'e': failing = true; break;
		case 'm': memory = true; break;
		case 'l': log_file = optarg; break;
		default: return 2;
		}
	if (!program || !count_file || optind == argc)
		return 2;
	count = counted();
	if (first > 0)
		next = first > count || stride == 0 ? first : first + ((count - first) / stride + 1) * stride;
	if (first > 0 && stride == 0 && first <= count)
		next = UINT64_MAX; /* it has been */
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	main_pid = begin(argv + optind);
	for (;;) {
		pid = waitpid(-1, &status, __WALL);
		if (ending) {
			kill(main_pid, ending);
			ending = 0;
		}
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			fail("wait");
		if (WIFSTOPPED(status)) {
			stopped(pid, status);
			continue;
		}
		forget(pid);
		if (pid == main_pid)
			break;
	}
	save_count();
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return WEXITSTATUS(status);
}
