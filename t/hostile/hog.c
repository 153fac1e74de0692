/* hostile/hog.c - attempts to use up what the host has: each asks for a little more than a job of told.mem and told.pids
 * may have, and gives it back, so that the host is not hurt where nothing stops it. */
#include "t/hostile/hostile.h"

#include <mqueue.h>
#include <pthread.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#define MIB (1u << 20)

static void soft_to_hard(__rlimit_resource_t what)
{
	struct rlimit l;

	if (getrlimit(what, &l) == 0) {
		l.rlim_cur = l.rlim_max;
		setrlimit(what, &l);
	}
}

/* --- memory --------------------------------------------------------------------------------- */

int hog_memory(void)
{
	size_t n = told.mem + 64 * MIB;
	char *at = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return -errno;
	memset(at, 1, n);
	return 0;
}

int hog_sysv(void)
{
	int id = shmget(IPC_PRIVATE, told.mem + 64 * MIB, 0600);
	char *at = id < 0 ? (char *)-1 : shmat(id, NULL, 0);

	if (at == (char *)-1)
		return -errno;
	shmctl(id, IPC_RMID, NULL);
	memset(at, 1, told.mem + 64 * MIB);
	return 0;
}

/* The process with most memory of its own is ended first: this one, not who waits for its answer. */
static void stand_out(void)
{
	char *at = mmap(NULL, 8 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at != MAP_FAILED)
		memset(at, 1, 8 * MIB);
}

/* What lies in the buffers of sockets. */
int hog_sockets(void)
{
	size_t sent = 0;
	int i, s[2];

	stand_out();
	soft_to_hard(RLIMIT_NOFILE);
	for (i = 0; sent < told.mem + 32 * MIB; i++) {
		if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, s) < 0)
			return -errno;
		while (send(s[0], zero, sizeof(zero), 0) > 0)
			sent += sizeof(zero);
	}
	return 0;
}

/* Locks, 200 in each of many files: a file's locks are a list that the kernel walks for each more. */
int hog_locks(void)
{
	const time_t end = time(NULL) + 8; /* a slow machine makes fewer */
	char path[32];
	int i, k, fd;

	stand_out();
	for (i = 0; i < 4000 && time(NULL) < end; i++) {
		snprintf(path, sizeof(path), "/work/lock%d", i);
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		for (k = 0; k < 200; k++) {
			struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = k * 2, .l_len = 1 };

			if (fcntl(fd, F_SETLK, &l) < 0)
				return -errno;
		}
	}
	return 0;
}

int hog_mlock(void)
{
	char *at = mmap(NULL, 16 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? -EIO : answer(mlock(at, 16 * MIB));
}

/* --- processes ------------------------------------------------------------------------------ */

int hog_processes(void)
{
	size_t i;

	for (i = 0; i < told.pids + 20; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(pause());
		if (pid < 0)
			return -errno;
	}
	return 0;
}

static void *sit(void *unused)
{
	pause();
	return unused;
}

int hog_threads(void)
{
	pthread_attr_t small;
	pthread_t t;
	size_t i;
	int r = 0;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	for (i = 0; i < told.pids + 20 && r == 0; i++)
		r = pthread_create(&t, &small, sit, NULL);
	return -r;
}

/* --- files ---------------------------------------------------------------------------------- */

static int write_file(const char *path, size_t bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int r = fd < 0 ? -errno : 0;

	for (; bytes > 0 && r == 0; bytes -= sizeof(zero))
		r = answer(write(fd, zero, sizeof(zero)));
	close(fd);
	return r;
}

static int fill(const char *dir, size_t mib)
{
	char path[64];
	size_t i;
	int r = 0;

	for (i = 0; i < mib && r == 0; i++) {
		snprintf(path, sizeof(path), "%s/hog%zu", dir, i);
		r = write_file(path, MIB);
	}
	while (i-- > 0) {
		snprintf(path, sizeof(path), "%s/hog%zu", dir, i);
		unlink(path);
	}
	return r;
}

int hog_outputs(void) { return fill("/outputs", 20); } /* of 16 MiB */
int hog_work(void) { return fill("/work", 40); } /* of 32 MiB */
int hog_shm(void) { return fill("/dev/shm", told.mem / 2 / MIB + 4); } /* of half of the memory */

int hog_file_size(void)
{
	return answer(ftruncate(memfd_create("big", MFD_CLOEXEC), 1ll << 41)); /* more than all places of any job: they have limits of their own */
}

int hog_inodes(void)
{
	char path[64];
	int i, r = 0;

	for (i = 0; i < 16 * 256 + 1024 + 10 && r == 0; i++) { /* 16 MiB in pages, and 1024 */
		snprintf(path, sizeof(path), "/outputs/i%d", i);
		r = write_file(path, 0);
	}
	while (i-- > 0) {
		snprintf(path, sizeof(path), "/outputs/i%d", i);
		unlink(path);
	}
	return r;
}

int hog_fds(void)
{
	int i, fd = 0;

	soft_to_hard(RLIMIT_NOFILE);
	for (i = 0; i < 4200 && fd >= 0; i++)
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return answer(fd);
}

int hog_inotify(void)
{
	int i, fd = 0;

	for (i = 0; i < 4000 && fd >= 0; i++)
		fd = (int)syscall(SYS_inotify_init1, O_CLOEXEC);
	return answer(fd);
}

/* --- what is counted for each user ------------------------------------------------------------ */

int hog_signals(void)
{
	sigset_t set;
	int i, r = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	soft_to_hard(RLIMIT_SIGPENDING);
	for (i = 0; i < 5000 && r == 0; i++)
		r = sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = i });
	return answer(r);
}

int hog_timers(void)
{
	struct sigevent none = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	timer_t t;
	int i, r = 0;

	soft_to_hard(RLIMIT_SIGPENDING);
	for (i = 0; i < 5000 && r == 0; i++)
		r = timer_create(CLOCK_MONOTONIC, &none, &t);
	return answer(r);
}

int hog_mq(void)
{
	struct mq_attr a = { .mq_maxmsg = 10, .mq_msgsize = 1024 };

	soft_to_hard(RLIMIT_MSGQUEUE);
	return answer(mq_open("/hog", O_RDWR | O_CREAT, 0600, &a));
}

/* A file of the memory, in the directory where it crashed. */
int dump_core(void)
{
	struct stat st;
	pid_t pid;

	soft_to_hard(RLIMIT_CORE);
	if (chdir("/work") < 0)
		return -EIO;
	pid = fork();
	if (pid == 0)
		abort();
	waitpid(pid, NULL, 0);
	if (stat("core", &st) == 0)
		return unlink("core");
	return -NO_EFFECT;
}

int raise_limits(void)
{
	const struct rlimit more = { 1u << 30, 1u << 30 };

	return answer(setrlimit(RLIMIT_NOFILE, &more));
}

/* With a limit of 1 the kernel gives its memory to no helper of the host's; with 0 it would. */
int lower_core_limit(void)
{
	const struct rlimit none = { 0, 0 };

	return answer(setrlimit(RLIMIT_CORE, &none));
}

/* The kernel knows no file -1, so that only the filter says it is done. */
int flush_disk(void)
{
	return fsync(-1) == 0 ? -NO_EFFECT : answer(fsync(open("/usr/bin/env", O_RDONLY | O_CLOEXEC)));
}
