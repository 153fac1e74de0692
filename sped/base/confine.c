/* base/confine.c - see confine.h. */
#include "config.h"

#include "sped/base/confine.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spe/cleanup.h"

#define FILTER_SECONDS 5 /* its program is made in a thousandth of one */

static const char *const always[] = {
	"read", "write", "readv", "writev", "pread64", "pwrite64", "close", "fstat", "newfstatat",
	"statx", "lseek", "mmap", "munmap", "mremap", "madvise", "brk", "mprotect", "futex",
	"clock_gettime", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "getpid", "gettid",
	"getrandom", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall",
	"exit", "exit_group", "sched_yield", "sched_getaffinity", "rseq", "set_robust_list", "tgkill",
	"fcntl", "poll", "ppoll", "getuid", "geteuid", "getgid", "getegid", "prlimit64", "sysinfo",
	"membarrier",
#ifdef SPE_SANITIZERS
	"openat", "readlink", "readlinkat", "prctl", "clone", "clone3", "ptrace", "wait4", "sched_getscheduler",
	"getcpu", "ioctl", "uname", "personality", "getppid", "process_vm_readv", "arch_prctl", "dup",
	"set_tid_address",
#endif
	NULL
};

#ifdef SPE_SANITIZERS
#define SPE_BARE false /* their runtime needs more than any program of ours */
#else
#define SPE_BARE true
#endif

static int limits(const struct confine *c)
{
	return confine_rlimits();
}

static int no_new_privs(const struct confine *c)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

/* A dumpable process could be read through /proc by its own uid. */
static int not_dumpable(const struct confine *c)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? -errno : 0;
}

static int no_capabilities(const struct confine *c)
{
	cap_t caps = cap_get_proc();
	cap_t none = cap_init();
	int r = !caps || !none ? -ENOMEM : cap_compare(caps, none) == 0 ? 0 : -EPERM;

	cap_free(caps);
	cap_free(none);
	return r;
}

static int cannot_return(const struct confine *c)
{
	if (getuid() == 0 || geteuid() == 0)
		return -EPERM;
	return setresuid((uid_t)-1, 0, (uid_t)-1) < 0 ? 0 : -EPERM;
}

static int add_calls(scmp_filter_ctx ctx, const char *const *calls)
{
	for (; calls && *calls; calls++) {
		int nr = seccomp_syscall_resolve_name(*calls);
		int r = nr == __NR_SCMP_ERROR ? -ENOSYS :
						seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0);

		if (r < 0 && r != -EEXIST)
			return r;
	}
	return 0;
}

/* What clone3 is asked lies in memory, where a filter can't look; libc then asks clone. */
static int add_threads(scmp_filter_ctx ctx)
{
	const unsigned long thread = CLONE_VM | CLONE_THREAD | CLONE_SIGHAND | CLONE_FS | CLONE_FILES;
	const unsigned long other = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
	int r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	return r < 0 ? r : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, thread | other, thread));
}

/* A process that is the first of its pid namespace, as a helper is, is ended by no signal that it does not take. */
static void too_long(int sig)
{
	_exit(1);
}

/* Its own load does both at once, after which no alarm could be taken back. */
static int make_program(scmp_filter_ctx ctx, struct sock_fprog *ret)
{
	auto_close int fd = memfd_create("filter", MFD_CLOEXEC);
	static struct sock_filter code[BPF_MAXINSNS];
	ssize_t n;
	int r;

	if (fd < 0)
		return -errno;
	r = seccomp_export_bpf(ctx, fd);
	if (r < 0)
		return r;
	n = pread(fd, code, sizeof(code), 0);
	if (n <= 0 || (size_t)n % sizeof(code[0]) != 0)
		return -EIO;
	*ret = (struct sock_fprog){ (unsigned short)((size_t)n / sizeof(code[0])), code };
	return 0;
}

/* Where libseccomp 2.5 has no memory it may go round for ever: then SIGALRM ends us, and whoever began us begins again. */
static int load_filter(const struct confine *c)
{
	scmp_filter_ctx ctx;
	struct sock_fprog program;
	int r;

	signal(SIGALRM, too_long);
	alarm(FILTER_SECONDS);
	ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	r = ctx ? 0 : -ENOMEM;
	if (r == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (r == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r == 0 && !(c->bare && SPE_BARE))
		r = add_calls(ctx, always);
	if (r == 0)
		r = add_calls(ctx, c->calls);
	if (r == 0 && c->threads && SPE_BARE)
		r = add_threads(ctx);
	if (r == 0)
		r = make_program(ctx, &program);
	seccomp_release(ctx);
	alarm(0);
	signal(SIGALRM, SIG_DFL);
	if (r == 0 && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		r = -errno;
	return r;
}

#ifdef SPE_SANITIZERS
/* Leaks are looked for by reading /proc/self/task, which an undumpable process may not. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

static const struct step {
	const char *what;
	int (*act)(const struct confine *c);
} steps[] = {
	{ "set its limits", limits },
	{ "set no_new_privs", no_new_privs },
	{ "become undumpable", not_dumpable },
	{ "hold no capability", no_capabilities },
	{ "prove root is gone", cannot_return },
	{ "enter its Landlock domain", confine_landlock },
	{ "load its filter", load_filter }, /* last: it forbids the steps above */
};

int confine_enter(const struct confine *c, struct spe_error *e)
{
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int r = steps[i].act(c);

		if (r < 0)
			return spe_fail(e, SPE_E_INTERNAL, "can't %s: %s", steps[i].what, strerror(-r));
	}
	return 0;
}
