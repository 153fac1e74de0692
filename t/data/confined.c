/* t/data/confined.c - what a compiled program tries in a job, and how it fares: "NAME: yes" or "NAME: no (errno)", each in a
 * child of its own, since some are ended for trying. Built by t/0340-profiles.t, statically and dynamically. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef F_NOTIFY
#define F_NOTIFY 1026
#endif
static const unsigned char ret = 0xc3; /* x86: return */

static int run_at(void *p)
{
	if (p == MAP_FAILED)
		return -1;
	void (*f)(void) = (void (*)(void))p;

	f();
	return 0;
}

static int map_wx(void)
{
	unsigned char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p != MAP_FAILED)
		*p = ret;
	return run_at(p);
}

static int write_then_execute(void)
{
	unsigned char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*p = ret;
	return mprotect(p, 4096, PROT_READ | PROT_EXEC) < 0 ? -1 : run_at(p);
}

static int unix_socket(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }
static int inet_socket(void) { return socket(AF_INET, SOCK_STREAM, 0); }
static int shared_memory(void) { return shmget(IPC_PRIVATE, 4096, 0600); }
static int watch_usr(void) { return fcntl(open("/usr/bin", O_RDONLY | O_DIRECTORY), F_NOTIFY, 1); }
static int proc(void) { return open("/proc/self/status", O_RDONLY); }
static int host_memory(void) { struct sysinfo s; return sysinfo(&s); }
static int host_disk(void) { struct statfs s; return statfs("/usr", &s); }
static int write_work(void) { return open("/work/x", O_WRONLY | O_CREAT, 0700); }
static int io_uring(void) { return (int)syscall(425, 1, NULL) < 0 && errno == EFAULT ? 0 : -(errno != 0); }
static int core_of_file(void)
{
	char c;
	struct iovec v = { &c, 1 };

	return (int)preadv2(open("/usr/bin/env", O_RDONLY), &v, 1, 0, RWF_NOWAIT);
}

static int foreign_call(void)
{
	int r = 20; /* getpid of 32-bit programs */

	__asm__ volatile("int $0x80" : "+a"(r) : : "memory", "r8", "r9", "r10", "r11");
	return r;
}

static int newer_call(void) { return (int)syscall(1023); }
static int core_limit(void) { return setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }); }
static int core_limit_high(void) { return (int)syscall(SYS_setrlimit, RLIMIT_CORE | 1ul << 32, &(struct rlimit){ 0, 0 }); }
static int limit_of_init(void) { return prlimit(1, RLIMIT_NOFILE, &(struct rlimit){ 64, 64 }, NULL); }
static int other_limits(void)
{
	struct rlimit now;
	int i;

	for (i = 0; i < RLIM_NLIMITS; i++)
		if (getrlimit(i, &now) < 0 || (i != RLIMIT_CORE && setrlimit(i, &now) < 0))
			return -1;
	return 0;
}
static int flush(void) { return fsync(-1) < 0 || fdatasync(-1) < 0 ? -1 : 0; } /* the kernel would know no such file */

static int x32_call(void) { return (int)syscall(0x40000000 | SYS_getpid); }

static const struct {
	const char *name;
	int (*act)(void);
} tries[] = { { "map memory to write and execute", map_wx }, { "write memory, then execute it", write_then_execute },
	{ "unix socket", unix_socket }, { "inet socket", inet_socket }, { "shared memory", shared_memory },
	{ "watch /usr/bin by F_NOTIFY", watch_usr }, { "read /proc", proc }, { "ask for the host's memory", host_memory },
	{ "ask for the host's disk", host_disk }, { "write to /work", write_work }, { "io_uring", io_uring },
	{ "ask whether a file is cached", core_of_file }, { "32-bit call", foreign_call }, { "x32 call", x32_call },
	{ "a call that is newer", newer_call }, { "no limit of core dumps", core_limit }, { "the same, with bits that are not read", core_limit_high },
	{ "its other limits", other_limits }, { "a limit of spe-init", limit_of_init }, { "flush a disk", flush } };

int main(void)
{
	size_t i;

	setvbuf(stdout, NULL, _IONBF, 0);
	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		int status = 0;
		pid_t pid = fork();

		if (pid == 0) {
			errno = 0;
			_exit(tries[i].act() < 0 ? errno : 0);
		}
		waitpid(pid, &status, 0);
		if (WIFSIGNALED(status))
			printf("%s: killed (%d)\n", tries[i].name, WTERMSIG(status));
		else if (WEXITSTATUS(status))
			printf("%s: no (%s)\n", tries[i].name, strerrorname_np(WEXITSTATUS(status)));
		else
			printf("%s: yes\n", tries[i].name);
	}
	return 0;
}
