/* t/tools/launch.c - t-launch: plays the engine towards the launcher, for tests and benches.
 * t-launch [-r RUNTIME] KEEPERS-DIR WORKSPACE MEM-MIB SECONDS COUNT GAP-MS [PIDS] -- COMMAND...
 * Starts the command COUNT times as jobs of a workspace that has data-1, GAP-MS apart, and prints one
 * line for each: microseconds from START to its end, end, value, limits, step. */
#include "t/tools/keeper.h"

int main(int argc, char **argv)
{
	struct msg_start m = { .type = MSG_START, .profile = PROFILE_JOB, .version = 1, .pids = 64,
		.cpu_milli = 2000, .work_bytes = 64 << 20, .out_bytes = 64 << 20 };
	int i, count, gap, at = 7;

	if (argc > 2 && strcmp(argv[1], "-r") == 0) { /* the number of a runtime; else the host's */
		m.runtime = (uint32_t)atoi(argv[2]);
		argc -= 2;
		argv += 2;
	}
	if (argc < 9)
		return 2;
	m.workspace = (uint32_t)atoi(argv[2]);
	m.mem_bytes = (uint64_t)atoi(argv[3]) << 20;
	m.time_s = (uint32_t)atoi(argv[4]);
	count = atoi(argv[5]);
	gap = atoi(argv[6]);
	if (strcmp(argv[7], "--") != 0)
		m.pids = (uint32_t)atoi(argv[at++]);
	for (i = 0; i < count; i++) {
		struct msg_state st;
		long long us;

		usleep((unsigned)gap * 1000);
		us = keeper_run(argv[1], &m, argv + at + 1, &st);
		if (us < 0)
			return 1;
		printf("%lld us end %u value %d limits %u step %u peak %llu\n", us, st.end, st.value, st.limits, st.step,
			(unsigned long long)st.mem_peak_bytes);
		fflush(stdout);
	}
	return 0;
}
