/* stage/spill.c - many records into order, in bounded memory: sorted runs on disk, merged (Knuth, volume 3, 5.4). The
 * file has no name: what ends this process removes it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sped/base/buf.h"
#include "sped/stage/stage.h"

#define SPILL_PIECE 4096u /* of each run, at least, while they are merged */
#define HEAD sizeof(uint32_t) /* a record's length stands before it */

struct run {
	uint64_t at, end; /* in the file, what is not read yet */
	char *p;          /* its piece */
	size_t room, have, next; /* bytes; next: of the first record that was not given */
};

struct spill {
	int dir, fd;
	size_t most;      /* bytes in memory */
	char *records;
	size_t len;
	uint32_t *place;  /* where each of them is */
	size_t count, places;
	uint64_t written;
	struct run *run;
	size_t runs, runs_room;
	size_t *heap, heaped;
	bool given;       /* the first run's first record */
	size_t next;      /* where nothing was written */
};

int spill_new(struct spill **ret, int dir, size_t bytes)
{
	struct spill *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->dir = dir;
	s->fd = -1;
	s->most = bytes;
	s->records = malloc(bytes);
	if (!s->records) {
		spill_free(s);
		return -ENOMEM;
	}
	*ret = s;
	return 0;
}

void spill_free(struct spill *s)
{
	size_t i;

	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	for (i = 0; i < s->runs; i++)
		free(s->run[i].p);
	free(s->records);
	free(s->place);
	free(s->run);
	free(s->heap);
	free(s);
}

static uint32_t length(const char *record)
{
	uint32_t n;

	memcpy(&n, record, HEAD);
	return n;
}

static int compare(const char *a, const char *b)
{
	const uint32_t x = length(a), y = length(b);
	const int r = memcmp(a + HEAD, b + HEAD, x < y ? x : y);

	return r ? r : (x > y) - (x < y);
}

static int by_record(const void *a, const void *b, void *records)
{
	return compare((const char *)records + *(const uint32_t *)a, (const char *)records + *(const uint32_t *)b);
}

static void sort(struct spill *s)
{
	if (s->count > 1) /* of none there is no room either */
		qsort_r(s->place, s->count, sizeof(*s->place), by_record, s->records);
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

/* In pieces, each of whole records. */
static int records_write(struct spill *s)
{
	auto_buf struct buf b = { 0 };
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < s->count; i++) {
		const char *record = s->records + s->place[i];

		buf_add(&b, record, HEAD + length(record));
		if (b.len < 1u << 16 && i + 1 < s->count)
			continue;
		r = b.bad ? -ENOMEM : io_write_all(s->fd, b.p, b.len);
		b.len = 0;
	}
	return r;
}

static int run_write(struct spill *s)
{
	int r = file_open(s);

	sort(s);
	if (r == 0)
		r = records_write(s);
	if (r == 0)
		r = run_add(s, s->len);
	s->count = s->len = 0;
	return r;
}

static int place_add(struct spill *s)
{
	if (s->count == s->places) {
		const size_t places = s->places ? s->places * 2 : 1024;
		uint32_t *place = reallocarray(s->place, places, sizeof(*place));

		if (!place)
			return -ENOMEM;
		s->place = place;
		s->places = places;
	}
	s->place[s->count++] = (uint32_t)s->len;
	return 0;
}

int spill_add(struct spill *s, const void *record, size_t n)
{
	const uint32_t head = (uint32_t)n;
	int r = HEAD + n > s->most ? -EFBIG : 0;

	if (r == 0 && HEAD + n > s->most - s->len)
		r = run_write(s);
	if (r == 0)
		r = place_add(s);
	if (r < 0)
		return r;
	memcpy(s->records + s->len, &head, HEAD);
	memcpy(s->records + s->len + HEAD, record, n);
	s->len += HEAD + n;
	return 0;
}

/* ---- merging ---- */

/* At least so many bytes from the next record on lie in its piece. */
static int run_fill(struct spill *s, struct run *r, size_t need)
{
	char *p = r->p;

	if (r->have - r->next >= need)
		return 0;
	if (need > r->room && !(p = realloc(p, need)))
		return -ENOMEM;
	r->p = p;
	r->room = need > r->room ? need : r->room;
	r->have -= r->next;
	memmove(p, p + r->next, r->have);
	r->next = 0;
	while (r->have < r->room && r->at < r->end) {
		const uint64_t left = r->end - r->at;
		const size_t want = left < r->room - r->have ? (size_t)left : r->room - r->have;
		ssize_t n = pread(s->fd, p + r->have, want, (off_t)r->at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		r->have += (size_t)n;
		r->at += (uint64_t)n;
	}
	return r->have < need ? -EIO : 0;
}

static const char *first(const struct spill *s, size_t run)
{
	return s->run[run].p + s->run[run].next;
}

static int run_ready(struct spill *s, size_t run)
{
	int r = run_fill(s, &s->run[run], HEAD);

	return r < 0 ? r : run_fill(s, &s->run[run], HEAD + length(first(s, run)));
}

static void sink(struct spill *s, size_t i)
{
	const size_t moved = s->heap[i];
	size_t child;

	for (; (child = 2 * i + 1) < s->heaped; i = child) {
		if (child + 1 < s->heaped && compare(first(s, s->heap[child + 1]), first(s, s->heap[child])) < 0)
			child++;
		if (compare(first(s, moved), first(s, s->heap[child])) <= 0)
			break;
		s->heap[i] = s->heap[child];
	}
	s->heap[i] = moved;
}

/* The room that records had is the runs' now. */
static int merge_begin(struct spill *s)
{
	const size_t piece = s->most / s->runs > SPILL_PIECE ? s->most / s->runs : SPILL_PIECE;
	size_t i;
	int r = 0;

	free(s->records);
	free(s->place);
	s->records = NULL;
	s->place = NULL;
	s->heap = calloc(s->runs, sizeof(*s->heap));
	if (!s->heap)
		return -ENOMEM;
	for (i = 0; r == 0 && i < s->runs; i++) {
		s->run[i].p = malloc(piece);
		s->run[i].room = piece;
		s->heap[i] = i;
		r = s->run[i].p ? run_ready(s, i) : -ENOMEM;
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
		sort(s);
		return 0;
	}
	if (s->count > 0)
		r = run_write(s);
	return r == 0 ? merge_begin(s) : r;
}

/* Behind the record that was given. */
static int merge_step(struct spill *s)
{
	const size_t run = s->heap[0];
	struct run *r = &s->run[run];
	int bad = 0;

	r->next += HEAD + length(first(s, run));
	if (r->next == r->have && r->at == r->end)
		s->heap[0] = s->heap[--s->heaped];
	else
		bad = run_ready(s, run);
	if (bad == 0 && s->heaped > 0)
		sink(s, 0);
	return bad;
}

int spill_next(struct spill *s, const void **ret, size_t *ret_n)
{
	const char *record;
	int bad = s->given ? merge_step(s) : 0;

	s->given = false;
	if (bad < 0)
		return bad;
	if (s->runs > 0 ? s->heaped == 0 : s->next == s->count)
		return 0;
	record = s->runs > 0 ? first(s, s->heap[0]) : s->records + s->place[s->next++];
	s->given = s->runs > 0;
	*ret = record + HEAD;
	*ret_n = length(record);
	return 1;
}
