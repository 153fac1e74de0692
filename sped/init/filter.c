/* init/filter.c - spe-filter: the jobs' seccomp program, an allowlist, compiled once when sped
 * starts and written to descriptor 3; spe-init loads it into every job. Runs as _spe, no capabilities.
 * Kept free of argument rules: read, write, mmap, futex, brk, madvise (the kernel then answers
 * from its bitmap). Refused calls give EPERM, clone3 and unknown calls ENOSYS so that libraries fall
 * back; a foreign architecture kills. */
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "spe/log.h"
#include "spe/weak.h"
#include "sped/base/confine.h"

#define REFUSED (WEAK(marks) ? ENOANO : EPERM) /* a test can tell its answer from another defence's */
#define LOW32 0xffffffffu /* the kernel reads 32 bits of these: a 64-bit compare can be fooled */

static const char *const allowed[] = { "access", "alarm", "arch_prctl", "bind", "brk", "capget",
	"chdir", "chmod", "clock_getres", "clock_gettime", "clock_nanosleep", "close", "close_range",
	"connect", "copy_file_range", "creat", "dup", "dup2", "dup3", "epoll_create", "epoll_create1",
	"epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd", "eventfd2", "execve",
	"execveat", "exit", "exit_group", "faccessat", "faccessat2", "fadvise64", "fallocate", "fchdir",
	"fchmod", "fchmodat", "fcntl", "fdatasync", "fgetxattr", "flistxattr", "fork", "fstat",
	"fstatfs", "fsync", "ftruncate", "futex", "futex_waitv", "futimesat", "get_robust_list",
	"getcpu", "getcwd", "getdents", "getdents64", "getegid", "geteuid", "getgid", "getgroups",
	"getitimer", "getpeername", "getpgid", "getpgrp", "getpid", "getppid", "getpriority", "getrandom",
	"getresgid", "getresuid", "getrlimit", "getrusage", "getsid", "getsockname", "getsockopt",
	"gettid", "gettimeofday", "getuid", "getxattr", "kill", "lgetxattr", "link", "linkat", "listen",
	"listxattr", "llistxattr", "lseek", "lstat", "madvise", "membarrier", "memfd_create", "mincore",
	"mkdir", "mkdirat", "mlock", "mlock2", "mlockall", "mmap", "mprotect", "mremap", "msync", "munlock",
	"munlockall", "munmap", "nanosleep", "newfstatat", "open", "openat", "openat2", "pause", "pipe",
	"pipe2", "poll", "ppoll", "pread64", "preadv", "preadv2", "prlimit64", "pselect6", "pwrite64",
	"pwritev", "pwritev2", "read", "readahead", "readlink", "readlinkat", "readv", "recvfrom",
	"recvmmsg", "recvmsg", "rename", "renameat", "renameat2", "restart_syscall", "rmdir", "rseq",
	"rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo", "rt_sigreturn",
	"rt_sigsuspend", "rt_sigtimedwait", "rt_tgsigqueueinfo", "sched_get_priority_max",
	"sched_get_priority_min", "sched_getaffinity", "sched_getattr", "sched_getparam",
	"sched_getscheduler", "sched_rr_get_interval", "sched_setaffinity", "sched_yield", "select",
	"sendfile", "sendmmsg", "sendmsg", "sendto", "set_robust_list", "set_tid_address", "setitimer",
	"setpgid", "setpriority", "setrlimit", "setsid", "setsockopt", "shutdown", "sigaltstack",
	"signalfd", "signalfd4", "splice", "stat", "statfs", "statx", "symlink", "symlinkat", "sync_file_range", "sysinfo", "tee", "tgkill", "time", "timer_create", "timer_delete",
	"timer_getoverrun", "timer_gettime", "timer_settime", "timerfd_create", "timerfd_gettime",
	"timerfd_settime", "times", "tkill", "truncate", "umask", "uname", "unlink", "unlinkat", "utime",
	"utimensat", "utimes", "vfork", "wait4", "waitid", "write", "writev", "accept", "accept4", "dup",
	"get_mempolicy", "shmget", "shmat", "shmctl", "shmdt", "semget", "semop", "semctl", "semtimedop" };

/* One allowed value of one argument; several rows for a call are alternatives. */
static const struct {
	const char *call;
	unsigned arg;
	uint64_t mask, value;
} narrowed[] = {
	/* no new namespace of any kind */
	{ "clone", 0, CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |
			CLONE_NEWUTS | CLONE_NEWCGROUP, 0 },
	/* sockets within the job only; the network namespace is empty besides */
	{ "socket", 0, LOW32, AF_UNIX },
	{ "socketpair", 0, LOW32, AF_UNIX },
	/* no TIOCSTI, no TIOCLINUX: what programs ask of descriptors that are no terminals */
	{ "ioctl", 1, LOW32, TCGETS },
	{ "ioctl", 1, LOW32, TIOCGWINSZ },
	{ "ioctl", 1, LOW32, FIONREAD },
	{ "ioctl", 1, LOW32, FIONBIO },
	{ "ioctl", 1, LOW32, FIOCLEX },
	{ "ioctl", 1, LOW32, FIONCLEX },
	{ "ioctl", 1, LOW32, TIOCGPGRP },
	{ "prctl", 0, LOW32, PR_SET_NAME },
	{ "prctl", 0, LOW32, PR_GET_NAME },
	{ "prctl", 0, LOW32, PR_SET_PDEATHSIG },
	{ "prctl", 0, LOW32, PR_GET_DUMPABLE },
	{ "prctl", 0, LOW32, PR_CAPBSET_READ },
	{ "prctl", 0, LOW32, PR_SET_NO_NEW_PRIVS },
	{ "prctl", 0, LOW32, PR_SET_VMA },
	{ "personality", 0, LOW32, 0xffffffff },
	{ "personality", 0, LOW32, 0 },
};

static int add(scmp_filter_ctx ctx, const char *call, uint32_t action)
{
	int nr = seccomp_syscall_resolve_name(call);
	int r = nr == __NR_SCMP_ERROR ? -ENOSYS : seccomp_rule_add(ctx, action, nr, 0);

	return r == -EEXIST ? 0 : r;
}

static int fill(scmp_filter_ctx ctx)
{
	size_t i;
	int r = 0;

	for (i = 0; i < sizeof(allowed) / sizeof(allowed[0]) && r == 0; i++)
		r = add(ctx, allowed[i], SCMP_ACT_ALLOW);
	for (i = 0; i < sizeof(narrowed) / sizeof(narrowed[0]) && r == 0; i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, seccomp_syscall_resolve_name(narrowed[i].call), 1,
			SCMP_CMP(narrowed[i].arg, SCMP_CMP_MASKED_EQ, narrowed[i].mask, narrowed[i].value));
	if (r == 0) /* flags are behind a pointer: libraries fall back to clone */
		r = add(ctx, "clone3", SCMP_ACT_ERRNO(ENOSYS));
	return r;
}

static int export_to(int fd)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(REFUSED));
	int r = ctx ? 0 : -ENOMEM;

	if (r == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (r == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r == 0)
		r = fill(ctx);
	if (r == 0)
		r = seccomp_export_bpf(ctx, fd);
	seccomp_release(ctx);
	return r;
}

int main(void)
{
	const struct confine c = { 0 };
	struct spe_error e;
	int r;

	spe_log_name("spe-filter");
	if (confine_enter(&c, &e) < 0)
		spe_die("confine", "%s", e.text);
	r = export_to(3);
	if (r < 0)
		spe_die("filter", "%s", strerror(-r));
	return 0;
}
