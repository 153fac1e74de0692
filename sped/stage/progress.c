/* stage/progress.c - how far a task is: numbers alone, into the beginning of its out file, which its result then overwrites. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "spe/ticket.h"
#include "sped/stage/stage.h"

#define TELL_MS 250 /* between two of them */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void progress_begin(struct progress *p, int out)
{
	*p = (struct progress){ .out = out, .begun_ms = now_ms() };
}

void progress_expect(struct progress *p, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && st.st_size > 0)
		p->of += (uint64_t)st.st_size;
}

static void put(struct progress *p, uint64_t rows, uint64_t bytes, int64_t ms)
{
	char text[TASK_PROGRESS + 1];
	int n = snprintf(text, sizeof(text), "{\"progress\":{\"rows\":%llu,\"bytes\":%llu,\"of\":%llu,\"ms\":%lld}}", (unsigned long long)rows,
		(unsigned long long)(bytes < p->of ? bytes : p->of), (unsigned long long)p->of, (long long)ms);

	if (n < 0 || n >= (int)TASK_PROGRESS)
		return;
	memset(text + n, ' ', TASK_PROGRESS - (size_t)n);
	text[TASK_PROGRESS - 1] = '\n';
	if (pwrite(p->out, text, TASK_PROGRESS, 0) < 0) /* what matters is written later, and then an error */
		p->out = -1;
}

void progress_tell(struct progress *p, uint64_t rows, uint64_t bytes)
{
	const int64_t ms = now_ms() - p->begun_ms;

	if (p->out < 0 || ms - p->told_ms < TELL_MS)
		return;
	p->told_ms = ms;
	put(p, p->rows + rows, p->bytes + bytes, ms);
}

void progress_done(struct progress *p, uint64_t rows, int fd)
{
	struct stat st;

	p->rows += rows;
	if (fstat(fd, &st) == 0 && st.st_size > 0)
		p->bytes += (uint64_t)st.st_size;
	progress_tell(p, 0, 0);
}
