/* t/bench/launch.c - bench-launch: a trivial job by the launcher, by bubblewrap, by plain vfork+exec and by
 * `spe-cli run`, taken in turn in one run. Called by t/bench/launch.
 * bench-launch KEEPERS-DIR WORKSPACE ROUNDS GAP-MS SPE-CLI NAME -- BWRAP-WORDS...
 * Before each launch it is idle for GAP-MS: back to back the kernel hides the cost of a cgroup attach. */
#include <spawn.h>
#include <sys/wait.h>

#include "t/tools/keeper.h"

#define ROUNDS_MAX 501
#define BPF 9 /* bubblewrap reads the jobs' filter from here */
enum { PLAIN, BWRAP, LAUNCHER, CLI, KINDS };
static const char *const names[KINDS] = { "plain vfork+exec", "bubblewrap", "launcher", "spe-cli run" };
static long long taken[KINDS][ROUNDS_MAX];

static long long run(char **argv)
{
	long long begun = now_us();
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		execv(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return -1;
	return now_us() - begun;
}

static int by_size(const void *a, const void *b)
{
	long long d = *(const long long *)a - *(const long long *)b;

	return (d > 0) - (d < 0);
}

static double figures(int kind, int n)
{
	qsort(taken[kind], (size_t)n, sizeof(taken[kind][0]), by_size);
	printf("%-18s median %6.2f ms   p10 %6.2f   p90 %6.2f\n", names[kind], (double)taken[kind][n / 2] / 1000,
		(double)taken[kind][n / 10] / 1000, (double)taken[kind][n * 9 / 10] / 1000);
	return (double)taken[kind][n / 2];
}

int main(int argc, char **argv)
{
	struct msg_start m = { .type = MSG_START, .profile = PROFILE_JOB, .version = 1, .pids = 64, .cpu_milli = 2000,
		.time_s = 60, .mem_bytes = 256 << 20, .work_bytes = 64 << 20, .out_bytes = 64 << 20 };
	char *job[] = { "/bin/true", NULL }, *cli[8] = { 0 };
	int i, k, rounds, gap;
	double plain, bwrap, launcher, whole;

	if (argc < 9)
		return 2;
	m.workspace = (uint32_t)atoi(argv[2]);
	rounds = atoi(argv[3]) > ROUNDS_MAX ? ROUNDS_MAX : atoi(argv[3]);
	gap = atoi(argv[4]);
	cli[0] = argv[5], cli[1] = "run", cli[2] = argv[6], cli[3] = "--", cli[4] = "/bin/true";
	for (i = 0; i < rounds; i++)
		for (k = 0; k < KINDS; k++) {
			struct msg_state st;

			usleep((unsigned)gap * 1000);
			lseek(BPF, 0, SEEK_SET);
			taken[k][i] = k == PLAIN ? run(job) : k == BWRAP ? run(argv + 8) : k == CLI ? run(cli) :
				keeper_run(argv[1], &m, job, &st);
			if (taken[k][i] < 0 || (k == LAUNCHER && (st.end != END_EXIT || st.value != 0))) {
				fprintf(stderr, "%s failed in round %d\n", names[k], i);
				return 1;
			}
		}
	printf("%d rounds, %d ms idle before each launch\n", rounds, gap);
	plain = figures(PLAIN, rounds), bwrap = figures(BWRAP, rounds), launcher = figures(LAUNCHER, rounds);
	whole = figures(CLI, rounds);
	printf("ratio launch-plain %.2f\nratio launch-bwrap %.2f\nratio run-bwrap %.2f\n", launcher / plain, launcher / bwrap,
		whole / bwrap);
	return 0;
}
