/* t/bench/syscall.c - bench-syscall: what one system call costs here, in nanoseconds; run by t/bench/syscall in a job and
 * outside. For each call it prints "NAME MEDIAN LEAST" of 201 rounds of 2,000 calls. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 201
#define CALLS 2000 /* shorter than a turn of the scheduler: some rounds are undisturbed on a busy machine */
static int zero;

static void getppid_call(void)
{
	syscall(SYS_getppid);
}

static void read_call(void)
{
	char byte;

	if (read(zero, &byte, 1) != 1)
		abort();
}

static void personality_call(void)
{
	personality(0xffffffff);
}

static void open_close_call(void)
{
	close(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

static const struct {
	const char *name;
	void (*call)(void);
} calls[] = { { "getppid", getppid_call }, { "read", read_call }, { "personality", personality_call }, { "open-close", open_close_call } };

static int by_size(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return (d > 0) - (d < 0);
}

static double round_ns(void (*call)(void))
{
	struct timespec a, b;
	int i;

	clock_gettime(CLOCK_MONOTONIC, &a);
	for (i = 0; i < CALLS; i++)
		call();
	clock_gettime(CLOCK_MONOTONIC, &b);
	return ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / CALLS;
}

int main(void)
{
	double ns[ROUNDS];
	size_t i;
	int k;

	zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	if (zero < 0)
		return 1;
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		for (k = 0; k < ROUNDS; k++)
			ns[k] = round_ns(calls[i].call);
		qsort(ns, ROUNDS, sizeof(ns[0]), by_size);
		printf("%s %.1f %.1f\n", calls[i].name, ns[ROUNDS / 2], ns[0]);
	}
	return 0;
}
