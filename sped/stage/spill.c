/* stage/spill.c - many small records into order, in bounded memory: sorted runs on disk, merged (Knuth, volume 3, 5.4). The
 * file has no name: what ends this process removes it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sped/base/buf.h"
#include "sped/stage/stage.h"

#define SPILL_BYTES (4u << 20) /* held in memory; there are three of these for a table */
#define SPILL_PIECE 4096u      /* of each run, at least, while they are merged */

struct run {
	uint64_t at, end; /* in the file, what is not read yet */
	char *p;          /* its piece */
	size_t have, next; /* records in it */
};

struct spill {
	int dir, fd;
	size_t size;  /* of a record */
	size_t count, most;
	char *records;
	uint64_t written;
	struct run *run;
	size_t runs, runs_room, piece;
	size_t *heap, heaped;
	char *pieces;
	size_t next;  /* where nothing was written */
};

int spill_new(struct spill **ret, int dir, size_t record_bytes)
{
	struct spill *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->dir = dir;
	s->fd = -1;
	s->size = record_bytes;
	s->most = SPILL_BYTES / record_bytes;
	s->records = malloc(s->most * record_bytes);
	if (!s->records) {
		spill_free(s);
		return -ENOMEM;
	}
	*ret = s;
	return 0;
}

void spill_free(struct spill *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	free(s->records);
	free(s->run);
	free(s->heap);
	free(s->pieces);
	free(s);
}

static int compare(const void *a, const void *b, void *size)
{
	return memcmp(a, b, *(const size_t *)size);
}

static int file_open(struct spill *s)
{
	if (s->fd >= 0)
		return 0;
	s->fd = s->dir < 0 ? -ENOSPC : io_openat(s->dir, ".order", O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	if (s->fd < 0)
		return s->fd;
	return unlinkat(s->dir, ".order", 0) < 0 ? -errno : 0;
}

static int run_add(struct spill *s, uint64_t bytes)
{
	if (s->runs == s->runs_room) {
		const size_t room = s->runs_room ? s->runs_room * 2 : 16;
		struct run *run = reallocarray(s->run, room, sizeof(*run));

		if (!run)
			return -ENOMEM;
		s->run = run;
		s->runs_room = room;
	}
	s->run[s->runs++] = (struct run){ .at = s->written, .end = s->written + bytes };
	s->written += bytes;
	return 0;
}

static int run_write(struct spill *s)
{
	const size_t bytes = s->count * s->size;
	int r = file_open(s);

	qsort_r(s->records, s->count, s->size, compare, &s->size);
	if (r == 0)
		r = io_write_all(s->fd, s->records, bytes);
	if (r == 0)
		r = run_add(s, bytes);
	s->count = 0;
	return r;
}

int spill_add(struct spill *s, const void *record)
{
	memcpy(s->records + s->count++ * s->size, record, s->size);
	return s->count == s->most ? run_write(s) : 0;
}

/* ---- merging ---- */

static int run_fill(struct spill *s, struct run *r)
{
	const uint64_t left = r->end - r->at;
	const size_t want = left < s->piece ? (size_t)left : s->piece;
	size_t got = 0;

	while (got < want) {
		ssize_t n = pread(s->fd, r->p + got, want - got, (off_t)(r->at + got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		got += (size_t)n;
	}
	r->at += got;
	r->have = got / s->size;
	r->next = 0;
	return 0;
}

static const char *first(const struct spill *s, size_t run)
{
	return s->run[run].p + s->run[run].next * s->size;
}

static void sink(struct spill *s, size_t i)
{
	const size_t moved = s->heap[i];
	size_t child;

	for (; (child = 2 * i + 1) < s->heaped; i = child) {
		if (child + 1 < s->heaped && memcmp(first(s, s->heap[child + 1]), first(s, s->heap[child]), s->size) < 0)
			child++;
		if (memcmp(first(s, moved), first(s, s->heap[child]), s->size) <= 0)
			break;
		s->heap[i] = s->heap[child];
	}
	s->heap[i] = moved;
}

/* The room that records had is the runs' now. */
static int merge_begin(struct spill *s)
{
	size_t i;
	int r = 0;

	free(s->records);
	s->records = NULL;
	s->piece = SPILL_BYTES / s->runs > SPILL_PIECE ? SPILL_BYTES / s->runs : SPILL_PIECE;
	s->piece -= s->piece % s->size;
	s->pieces = malloc(s->piece * s->runs);
	s->heap = calloc(s->runs, sizeof(*s->heap));
	if (!s->pieces || !s->heap)
		return -ENOMEM;
	for (i = 0; r == 0 && i < s->runs; i++) {
		s->run[i].p = s->pieces + i * s->piece;
		s->heap[i] = i;
		r = run_fill(s, &s->run[i]);
	}
	s->heaped = s->runs;
	for (i = s->runs / 2; r == 0 && i > 0; i--)
		sink(s, i - 1);
	return r;
}

int spill_order(struct spill *s)
{
	int r = 0;

	if (s->runs == 0) {
		qsort_r(s->records, s->count, s->size, compare, &s->size);
		return 0;
	}
	if (s->count > 0)
		r = run_write(s);
	return r == 0 ? merge_begin(s) : r;
}

static int merge_next(struct spill *s, void *ret)
{
	struct run *r;
	int bad;

	if (s->heaped == 0)
		return 0;
	r = &s->run[s->heap[0]];
	memcpy(ret, r->p + r->next++ * s->size, s->size);
	if (r->next == r->have && r->at < r->end) {
		bad = run_fill(s, r);
		if (bad < 0)
			return bad;
	}
	if (r->next == r->have)
		s->heap[0] = s->heap[--s->heaped];
	if (s->heaped > 0)
		sink(s, 0);
	return 1;
}

int spill_next(struct spill *s, void *ret)
{
	if (s->runs > 0)
		return merge_next(s, ret);
	if (s->next == s->count)
		return 0;
	memcpy(ret, s->records + s->next++ * s->size, s->size);
	return 1;
}
