/* t/bench/launch.c - bench-launch: a trivial job by the launcher, by `spe-cli run`, by plain vfork+exec and by the
 * sandboxes that people would take instead, in turn in one run. Called by t/bench/launch.
 * bench-launch KEEPERS-DIR WORKSPACE ROUNDS GAP-MS SPE-CLI NAME [-- PEER-NAME WORDS...]...
 * First spaced out: before each launch it is idle for GAP-MS, because back to back the kernel hides the cost of a cgroup
 * attach. Then back to back, one after the other, two and eight at a time, and the end of a job with many processes. */
#include <grp.h>
#include <poll.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/wait.h>

#include "t/tools/keeper.h"

#define ROUNDS_MAX 501
#define BPF 9 /* bubblewrap reads the jobs' filter from here; /proc/self/fd/9 below */
#define PEERS_MAX 5
#define WORDS_MAX 60
#define BURST 200
#define TURNS 7
#define WIDTH_MAX 8
#define AINO 61001 /* t/lib.sh */
#define NEW_ID "@ID@" /* a word that is another one in each launch */
enum { PLAIN, LAUNCHER, CLI, PEERS, KINDS = PEERS + PEERS_MAX };
static struct kind {
	const char *name;
	char **argv;
	long long taken[ROUNDS_MAX];
	double median;
} kinds[KINDS] = { { .name = "plain" }, { .name = "launcher" }, { .name = "run" } };
static int kind_count = PEERS, null;
static struct msg_start job_start = { .type = MSG_START, .profile = PROFILE_JOB, .version = 1, .pids = 64, .cpu_milli = 2000,
	.time_s = 60, .mem_bytes = 256 << 20, .work_bytes = 64 << 20, .out_bytes = 64 << 20 };

static pid_t begin(char **argv)
{
	const bool cli = argv == kinds[CLI].argv;
	static unsigned launches;
	char *words[WORDS_MAX + 1] = { NULL }, id[24];
	pid_t pid;
	int i;

	snprintf(id, sizeof(id), "bench-%d-%u", getpid(), launches++);
	for (i = 0; i < WORDS_MAX && argv[i]; i++)
		words[i] = strcmp(argv[i], NEW_ID) == 0 ? id : argv[i];
	pid = vfork();
	if (pid == 0) {
		dup2(open("/proc/self/fd/9", O_RDONLY), BPF); /* an offset of its own */
		dup2(null, 0);
		dup2(null, 1);
		if (cli && (dup2(null, 2) < 0 || setgroups(0, NULL) < 0 || setresgid(AINO, AINO, AINO) < 0 || setresuid(AINO, AINO, AINO) < 0))
			_exit(126);
		execv(words[0], words);
		_exit(127);
	}
	return pid;
}

static long long run(char **argv)
{
	long long begun = now_us();
	int status;
	pid_t pid = begin(argv);

	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return -1;
	return now_us() - begun;
}

static long long one(const char *keepers, int kind)
{
	struct msg_state st;
	long long us;

	if (kind != LAUNCHER)
		return run(kinds[kind].argv);
	us = keeper_run(keepers, &job_start, kinds[PLAIN].argv, &st);
	return st.end == END_EXIT && st.value == 0 ? us : -1;
}

static int by_size(const void *a, const void *b)
{
	long long d = *(const long long *)a - *(const long long *)b;

	return (d > 0) - (d < 0);
}

static void figures(struct kind *k, int n)
{
	qsort(k->taken, (size_t)n, sizeof(k->taken[0]), by_size);
	k->median = (double)k->taken[n / 2] / 1000;
	printf("%-12s median %6.2f ms   p10 %6.2f   p90 %6.2f\n", k->name, k->median, (double)k->taken[n / 10] / 1000,
		(double)k->taken[n * 9 / 10] / 1000);
}

/* --- back to back --- */

static void need(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "bench-launch: %s\n", what);
	exit(1);
}

static int by_rate(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double middle(double *rates)
{
	qsort(rates, TURNS, sizeof(rates[0]), by_rate);
	return rates[TURNS / 2];
}

static double burst_of_programs(char **argv, int width)
{
	long long begun = now_us();
	int started = 0, ended = 0, status;

	while (ended < BURST) {
		while (started < BURST && started - ended < width) {
			need(begin(argv) > 0, "fork");
			started++;
		}
		need(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0, "a peer failed");
		ended++;
	}
	return BURST * 1e6 / (double)(now_us() - begun);
}

static int pid_of(int keeper)
{
	struct ucred who = { .pid = 0 };
	socklen_t len = sizeof(who);

	need(getsockopt(keeper, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0, "peer");
	return who.pid;
}

/* By a keeper that none of the others at hand has. */
static int send_job(const char *keepers, char **argv, const int *taken, int n)
{
	static char buf[SPE_TICKET_MAX];
	static unsigned id = 1u << 30;
	size_t len = ticket(buf, argv);
	int keeper = idle_keeper_but(keepers, taken, n), ends[2];

	job_start.id = ++id;
	need(msg_pair(ends) == 0 && msg_send(ends[0], buf, len, -1) == 0 &&
		msg_send(keeper, &job_start, sizeof(job_start), ends[1]) == 0, "START");
	close(ends[0]);
	close(ends[1]);
	return keeper;
}

static double burst_of_jobs(const char *keepers, char **argv, int width)
{
	struct pollfd p[WIDTH_MAX];
	long long begun = now_us();
	int started = 0, ended = 0, i, fd, taken[WIDTH_MAX] = { 0 };

	for (i = 0; i < WIDTH_MAX; i++)
		p[i] = (struct pollfd){ -1, POLLIN, 0 };
	while (ended < BURST) {
		for (i = 0; i < width && started < BURST; i++)
			if (p[i].fd < 0) {
				p[i].fd = send_job(keepers, argv, taken, width);
				taken[i] = pid_of(p[i].fd);
				started++;
			}
		need(poll(p, (nfds_t)width, 30000) > 0, "a job hangs");
		for (i = 0; i < width; i++)
			if (p[i].fd >= 0 && p[i].revents) {
				struct msg_state st;

				need(msg_recv(p[i].fd, &st, sizeof(st), &fd) == 0 && st.end == END_EXIT && st.value == 0, "a job failed");
				msg_send(p[i].fd, &(struct msg_id){ MSG_FORGET, st.id }, sizeof(struct msg_id), -1);
				close(p[i].fd);
				p[i].fd = -1;
				taken[i] = 0;
				ended++;
			}
	}
	return BURST * 1e6 / (double)(now_us() - begun);
}

/* By turns, and the median of each: the machine is not equally fast from one moment to the next. */
static void bursts(const char *keepers, int width)
{
	double plain[TURNS], ours[TURNS], bwrap[TURNS] = { 0 };
	int i, k;

	for (i = 0; i < TURNS; i++) {
		plain[i] = burst_of_programs(kinds[PLAIN].argv, width);
		ours[i] = burst_of_jobs(keepers, kinds[PLAIN].argv, width);
		for (k = PEERS; k < kind_count; k++)
			if (strcmp(kinds[k].name, "bwrap") == 0)
				bwrap[i] = burst_of_programs(kinds[k].argv, width);
	}
	printf("%d at a time: plain %.0f/s, launcher %.0f/s, bwrap %.0f/s\n", width, middle(plain), middle(ours), middle(bwrap));
	if (middle(bwrap) > 0)
		printf("ratio burst-%d-bwrap %.2f\n", width, middle(bwrap) / middle(ours));
}

/* From KILL to the end of everything in a job that forked fifty processes. */
static void teardown(const char *keepers)
{
	char *many[] = { "/bin/sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 "
		"34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50; do sleep 100 & done; wait", NULL };
	long long taken[9];
	int i, fd;

	for (i = 0; i < 9; i++) {
		int keeper = send_job(keepers, many, NULL, 0);
		struct msg_state st;

		usleep(300000);
		taken[i] = now_us();
		need(msg_send(keeper, &(struct msg_id){ MSG_KILL, job_start.id }, sizeof(struct msg_id), -1) == 0 &&
			msg_recv(keeper, &st, sizeof(st), &fd) == 0, "KILL");
		taken[i] = now_us() - taken[i];
		msg_send(keeper, &(struct msg_id){ MSG_FORGET, st.id }, sizeof(struct msg_id), -1);
		close(keeper);
	}
	qsort(taken, 9, sizeof(taken[0]), by_size);
	printf("teardown of 50 processes: median %.2f ms\n", (double)taken[4] / 1000);
}

static void spaced(const char *keepers, int rounds, int gap)
{
	int i, k;

	for (i = 0; i < rounds; i++)
		for (k = 0; k < kind_count; k++) {
			usleep((unsigned)gap * 1000);
			kinds[k].taken[i] = one(keepers, k);
			need(kinds[k].taken[i] >= 0, kinds[k].name);
		}
	printf("%d rounds, %d ms idle before each launch\n", rounds, gap);
	for (k = 0; k < kind_count; k++)
		figures(&kinds[k], rounds);
	printf("ratio launch-plain %.2f\n", kinds[LAUNCHER].median / kinds[PLAIN].median);
	for (k = PEERS; k < kind_count; k++)
		printf("ratio launch-%s %.2f\nratio run-%s %.2f\n", kinds[k].name, kinds[LAUNCHER].median / kinds[k].median,
			kinds[k].name, kinds[CLI].median / kinds[k].median);
}

int main(int argc, char **argv)
{
	static char *plain[] = { "/bin/true", NULL }, *cli[8] = { 0 };
	int i;

	if (argc < 7)
		return 2;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	job_start.workspace = (uint32_t)atoi(argv[2]);
	cli[0] = argv[5], cli[1] = "run", cli[2] = argv[6], cli[3] = "--", cli[4] = "/bin/true";
	kinds[PLAIN].argv = plain, kinds[CLI].argv = cli;
	for (i = 7; i + 2 < argc && kind_count < KINDS; i++)
		if (strcmp(argv[i], "--") == 0) {
			argv[i] = NULL;
			kinds[kind_count].name = argv[i + 1];
			kinds[kind_count++].argv = argv + i + 2;
		}
	spaced(argv[1], atoi(argv[3]) > ROUNDS_MAX ? ROUNDS_MAX : atoi(argv[3]), atoi(argv[4]));
	for (i = 1; i <= WIDTH_MAX; i *= i == 2 ? 4 : 2)
		bursts(argv[1], i);
	teardown(argv[1]);
	return 0;
}
