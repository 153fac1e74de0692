/* hostile/kernel.c - attempts by system calls that need more than fixed arguments. Those that do not are in table.c. */
#include "t/hostile/hostile.h"

#include <linux/perf_event.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <time.h>

int see_host_name(void)
{
	struct utsname u;

	return uname(&u) < 0 || strcmp(u.nodename, "workspace") == 0 ? -ENOENT : 0;
}

/* --- namespaces ---------------------------------------------------------------------------- */

int enter_netns(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : answer(setns(fd, CLONE_NEWNET));
}

static int cloned(long pid)
{
	if (pid == 0)
		_exit(0);
	return answer(pid);
}

int clone_userns(void) { return cloned(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)); }

int clone3_userns(void)
{
	struct clone_args a = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };

	return cloned(syscall(SYS_clone3, &a, sizeof(a)));
}

/* A child that shares memory, and a thread: neither is without the filter. */
int vfork_userns(void)
{
	volatile int r = -EIO;
	pid_t pid = vfork();

	if (pid == 0) {
		r = answer(syscall(SYS_unshare, CLONE_NEWUSER));
		_exit(0);
	}
	return pid < 0 ? -errno : r;
}

static void *in_thread(void *ret)
{
	*(int *)ret = answer(syscall(SYS_unshare, CLONE_NEWUTS)) == 0 ? 0 : -errno;
	return NULL;
}

int thread_userns(void)
{
	pthread_t t;
	int r = -EIO;

	return pthread_create(&t, NULL, in_thread, &r) != 0 || pthread_join(t, NULL) != 0 ? -EIO : r;
}

int mount_in_userns(void)
{
	return syscall(SYS_unshare, CLONE_NEWUSER | CLONE_NEWNS) < 0 ? -errno : answer(mount("none", "/work", "tmpfs", 0, NULL));
}

/* CVE-2022-0492, by a user namespace of its own. */
int release_agent(void)
{
	int fd;

	if (syscall(SYS_unshare, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWCGROUP) < 0)
		return -errno;
	if (mount("none", "/work", "cgroup", 0, "memory") < 0 && mount("none", "/work", "cgroup2", 0, NULL) < 0)
		return -errno;
	fd = open("/work/release_agent", O_WRONLY | O_CLOEXEC);
	return fd < 0 && errno == ENOENT ? answer(open("/work/cgroup.procs", O_WRONLY | O_CLOEXEC)) : answer(fd);
}

/* --- other ways into the kernel ------------------------------------------------------------ */

int call_int80(void)
{
#ifdef __x86_64__
	long r = 20; /* getpid of 32 bits */

	__asm__ volatile("int $0x80" : "+a"(r) : : "memory", "r8", "r9", "r10", "r11");
	return r == getpid() ? 0 : -ENOSYS;
#else
	return -ENOSYS;
#endif
}

int call_x32(void)
{
	return answer(syscall(0x40000000 + SYS_getpid));
}

int raise_caps(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct all[2] = { { ~0u, ~0u, 0 }, { 0x1ff, 0x1ff, 0 } };

	return answer(syscall(SYS_capset, &head, all));
}

/* To what it is already. */
int set_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return answer(clock_settime(CLOCK_REALTIME, &t));
}

int adjust_clock(void)
{
	struct timex t = { .modes = ADJ_TICK, .tick = 1 }; /* no such tick: EINVAL once it is allowed */

	return answer(adjtimex(&t));
}

static const unsigned char returns[] = { 0xc3 }; /* x86: ret */

static int run_at(void *at)
{
	void (*f)(void) = (void (*)(void))(uintptr_t)at;

	if (at == MAP_FAILED)
		return -errno;
	f();
	return 0;
}

int write_execute(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at != MAP_FAILED)
		memcpy(at, returns, sizeof(returns));
	return run_at(at);
}

int then_execute(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(at, returns, sizeof(returns));
	return mprotect(at, 4096, PROT_READ | PROT_EXEC) < 0 ? -errno : run_at(at);
}

int perf_open(void)
{
	struct perf_event_attr a = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(a), .config = PERF_COUNT_SW_TASK_CLOCK,
		.exclude_kernel = 1, .exclude_hv = 1 };

	return answer(syscall(SYS_perf_event_open, &a, 0, -1, -1, 0));
}

int real_time(void)
{
	struct sched_param p = { .sched_priority = 1 };

	return answer(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &p));
}
