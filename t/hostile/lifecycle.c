/* hostile/lifecycle.c - what a command does as it ends, after it has ended, or beside others. t/0315-hostile.t looks at
 * what came of it from outside. */
#include "t/hostile/hostile.h"

#include <sys/resource.h>
#include <dirent.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

static void ignore_all(void)
{
	int n;

	for (n = 1; n < 64; n++)
		signal(n, SIG_IGN);
}

/* A process that nobody waits for and that takes no signal. */
static bool left_behind(void)
{
	if (fork() != 0)
		return false;
	setsid();
	if (fork() != 0)
		_exit(0);
	ignore_all();
	return true;
}

static int survive(void)
{
	if (left_behind())
		for (;;)
			usleep(1000);
	usleep(200000); /* so that it is left behind on a busy host too */
	return 0;
}

/* Goes on to change a file for a link to the data and back while its job ends and is captured. */
static int swap(void)
{
	int i, fd;

	for (i = 0; i < 20; i++) {
		char name[32];

		snprintf(name, sizeof(name), "/outputs/race%d", i);
		fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0 || write(fd, "plain\n", 6) != 6 || close(fd) < 0)
			return 1;
	}
	if (symlink("/data/people/people.csv", "/outputs/link") < 0 || mkdir("/outputs/dir", 0700) < 0)
		return 1;
	if (left_behind())
		for (i = 0;; i = (i + 1) % 20) {
			char name[32];

			snprintf(name, sizeof(name), "/outputs/race%d", i);
			syscall(SYS_renameat2, AT_FDCWD, name, AT_FDCWD, "/outputs/link", 2); /* RENAME_EXCHANGE */
			syscall(SYS_renameat2, AT_FDCWD, name, AT_FDCWD, "/outputs/dir", 2);
		}
	usleep(30000);
	return 0;
}

/* Directories within directories. What can't be a name any more is a descriptor. */
static void deep(const char *top, int depth)
{
	int at = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC), next;

	for (; at >= 0 && depth > 0; depth--) {
		next = mkdirat(at, "d", 0700) < 0 ? -1 : openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(at);
		at = next;
	}
	close(at);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || close(fd) < 0)
		perror(path);
}

/* Whatever a job before this one left. */
static int look_for_litter(void)
{
	static const char *const dirs[] = { "/outputs", "/work", "/tmp", "/dev/shm", "/code", "/var/tmp" };
	struct dirent *e;
	size_t i, looked = 0;
	DIR *d;

	for (i = 0; i < COUNT(dirs); i++) {
		d = opendir(dirs[i]);
		looked += d != NULL;
		while (d && (e = readdir(d)))
			if (*e->d_name != '.' && strcmp(e->d_name, "stdout.txt") != 0 &&
			    strcmp(e->d_name, "stderr.txt") != 0)
				printf("found %s/%s\n", dirs[i], e->d_name);
		if (d)
			closedir(d);
	}
	printf("looked in %zu\n", looked);
	return 0;
}

/* What capture has to pass over by name, and what nobody may follow when the scratch goes. It is found as long as this job is there. */
static int litter(void)
{
	static const char *const dirs[] = { "/outputs", "/work", "/tmp", "/dev/shm" };
	const struct sockaddr_un a = { AF_UNIX, "/outputs/socket" };
	char path[64];
	size_t i;

	for (i = 0; i < COUNT(dirs); i++) {
		snprintf(path, sizeof(path), "%s/out", dirs[i]);
		if (symlink("/mnt/canary", path) < 0)
			return 1;
		deep(dirs[i], i == 0 ? 4000 : 100);
	}
	put("/outputs/plain.txt", "plain\n");
	put("/outputs/..\n\033[2J.txt", "a name that types at terminals\n");
	put("/outputs/good.txt", "good\n");
	if (link("/outputs/plain.txt", "/outputs/hard.txt") < 0 || symlink("/proc/self/environ", "/outputs/environ.txt") < 0 ||
		symlink("/", "/outputs/root") < 0 || symlink("..", "/outputs/up") < 0 ||
		bind(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), (const struct sockaddr *)&a, sizeof(a)) < 0)
		return 1;
	return look_for_litter();
}

static int flood(void)
{
	while (write(1, zero, sizeof(zero)) > 0)
		;
	return 1;
}

static int64_t ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The share of one processor that this gets, in percent, at the best of some tries. */
static int burn(void)
{
	int64_t best = 0, wall, cpu;
	int i;

	for (i = 0; i < 3; i++) {
		wall = ms(CLOCK_MONOTONIC);
		cpu = ms(CLOCK_PROCESS_CPUTIME_ID);
		while (ms(CLOCK_MONOTONIC) - wall < 1000)
			;
		wall = ms(CLOCK_MONOTONIC) - wall;
		cpu = ms(CLOCK_PROCESS_CPUTIME_ID) - cpu;
		best = cpu * 100 / wall > best ? cpu * 100 / wall : best;
	}
	printf("%d\n", (int)best);
	return 0;
}

/* All that it may signal, of which one process is there to be ended. */
static int kill_all(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		return (int)sleep(60);
	return pid < 0 || kill(-1, SIGKILL) < 0 || waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status);
}

static int kill_parent(void) { return kill(getppid(), SIGKILL) | (sleep(1) != 0); }
static int crash(void) /* and would have its memory given away: a limit of 0 is less than that of 1 (core(5)) */
{
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	abort();
}

static int stay(void) { return (int)sleep(60); }

static const struct {
	const char *name;
	int (*act)(void);
} verbs[] = { { "survive", survive }, { "swap", swap }, { "litter", litter }, { "look", look_for_litter },
	{ "flood", flood }, { "burn", burn }, { "kill-all", kill_all }, { "kill-parent", kill_parent }, { "crash", crash },
	{ "stay", stay } };

int lifecycle(const char *verb)
{
	size_t i;

	for (i = 0; i < COUNT(verbs); i++)
		if (strcmp(verb, verbs[i].name) == 0)
			return verbs[i].act();
	fprintf(stderr, "usage: hostile sets|list|abi|host|try|again|VERB [key=value...]\n");
	return 2;
}
