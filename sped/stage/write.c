/* stage/write.c - RFC 4180 with commas and LF, quotes where needed alone. Rows go into blocks; one lane writes a block
 * while another takes fingerprints of its rows, a third thread hashes it and the next one is filled. What goes wrong stays so; ask once. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "sped/base/buf.h"
#include "sped/stage/stage.h"

#define BLOCKS 16u /* so many that no lane waits for another one's turn on a busy processor */
#define BLOCK_BYTES (256u << 10) /* a row that is longer makes its block longer */
#define WRITE_BACK (8u << 20) /* bytes that begin their way to disk together, so that fsync has little to wait for */
#define BLOCK_SPANS (1u << 15)
#define TOLD_FIELDS 1024u /* whose fingerprints are taken at once */
#define ASIDE (1u << 31) /* of a span's length: the value is in aside */

/* A value as it was, for its fingerprint: in the block's bytes, or aside where quotes were doubled. */
struct span {
	uint32_t at, len;
};

struct block {
	char *p;
	size_t len, room;
	struct span *span;
	size_t spans, spans_room;
	struct buf aside;
	bool header; /* the first row is told to nobody */
};

struct writer {
	int fd, bad; /* -errno */
	struct digests *digests;
	uint64_t bytes, on_their_way; /* the latter to disk already */
	struct prints *prints; /* NULL: nobody asks for them */
	int prints_bad;
	size_t columns;
	struct csv_field *field; /* of the rows whose fingerprints are taken, */
	size_t fields;           /* so many */
	struct lane *out, *told;
	struct block block[BLOCKS], *now;
};

/* ---- what the lanes do ---- */

static void write_block(void *arg, unsigned slot)
{
	struct writer *w = arg;
	const struct block *b = &w->block[slot];

	if (w->bad == 0)
		w->bad = io_write_all(w->fd, b->p, b->len);
	w->bytes += b->len;
	if (w->bytes - w->on_their_way >= WRITE_BACK) { /* nothing waits for it; what goes wrong is what fsync says in the end */
		sync_file_range(w->fd, (off_t)w->on_their_way, (off_t)(w->bytes - w->on_their_way), SYNC_FILE_RANGE_WRITE);
		w->on_their_way = w->bytes;
	}
}

static void tell_block(void *arg, unsigned slot)
{
	struct writer *w = arg;
	const struct block *b = &w->block[slot];
	size_t at = b->header ? w->columns : 0, some, i;

	if (b->aside.bad) /* spans lead out of it; writer_finish says that there was no memory */
		return;
	for (; w->prints_bad == 0 && at < b->spans; at += some) {
		some = b->spans - at < w->fields ? b->spans - at : w->fields;
		for (i = 0; i < some; i++) {
			const struct span *s = &b->span[at + i];

			w->field[i].p = (s->len & ASIDE ? b->aside.p : b->p) + s->at;
			w->field[i].len = s->len & ~ASIDE;
		}
		w->prints_bad = prints_rows(w->prints, w->field, w->columns, some / w->columns);
	}
}

/* ---- making ready ---- */

static int blocks_new(struct writer *w)
{
	unsigned i;

	for (i = 0; i < BLOCKS; i++) {
		struct block *b = &w->block[i];

		b->room = BLOCK_BYTES;
		b->p = malloc(b->room);
		b->spans_room = BLOCK_SPANS > w->columns ? BLOCK_SPANS : w->columns;
		b->span = w->prints ? calloc(b->spans_room, sizeof(*b->span)) : NULL;
		if (!b->p || (w->prints && !b->span))
			return -ENOMEM;
	}
	return 0;
}

int writer_new(struct writer **ret, int fd, size_t columns, struct prints *prints, struct digests *digests)
{
	struct writer *w = calloc(1, sizeof(*w));
	int r = w ? 0 : -ENOMEM;

	if (r == 0) {
		w->fd = fd;
		w->columns = columns;
		w->prints = prints;
		w->fields = columns < TOLD_FIELDS ? TOLD_FIELDS / columns * columns : columns;
		w->field = calloc(w->fields, sizeof(*w->field));
		r = w->field ? blocks_new(w) : -ENOMEM;
	}
	if (r == 0 && (lane_new(&w->out, BLOCKS, write_block, w) < 0 || (prints && lane_new(&w->told, BLOCKS, tell_block, w) < 0)))
		r = -ENOMEM;
	if (r < 0) {
		writer_free(w);
		return r;
	}
	w->digests = digests;
	digests_begin(digests, DIGEST_WRITTEN);
	w->now = &w->block[0];
	w->now->header = true;
	*ret = w;
	return 0;
}

void writer_free(struct writer *w)
{
	unsigned i;

	if (!w)
		return;
	lane_free(w->out);
	lane_free(w->told);
	if (w->digests)
		digests_end(w->digests, DIGEST_WRITTEN, NULL);
	for (i = 0; i < BLOCKS; i++) {
		free(w->block[i].p);
		free(w->block[i].span);
		buf_free(&w->block[i].aside);
	}
	free(w->field);
	free(w);
}

/* ---- blocks ---- */

/* The block to all who want it, who count alike, and an empty one. */
static void flush(struct writer *w)
{
	unsigned slot;

	digests_give(w->digests, DIGEST_WRITTEN, w->now->p, w->now->len);
	lane_give(w->out);
	if (w->told)
		lane_give(w->told);
	slot = lane_take(w->out);
	digests_wait(w->digests, DIGEST_WRITTEN, BLOCKS - 1);
	if (w->told)
		lane_take(w->told);
	w->now = &w->block[slot];
	w->now->len = w->now->spans = w->now->aside.len = 0;
	w->now->header = false;
}

/* Room for a row of so many bytes at most. False: there is no memory. */
static bool row_room(struct writer *w, size_t bytes)
{
	struct block *b = w->now;
	char *p;

	if (b->len > 0 && (b->room - b->len < bytes || (w->told && b->spans + w->columns > b->spans_room)))
		flush(w);
	b = w->now;
	if (b->room - b->len >= bytes)
		return true;
	p = realloc(b->p, b->len + bytes);
	if (!p)
		return false;
	b->p = p;
	b->room = b->len + bytes;
	return true;
}

/* ---- rows ---- */

#define EACH(x) (0x0101010101010101u * (x))
/* Whether one of eight bytes is what a field without quotes may not have. All of these are below '-', as little else is. */
static inline bool has_special(uint64_t x)
{
	const uint64_t comma = x ^ EACH(','), quote = x ^ EACH('"'), feed = x ^ EACH('\n'), carriage = x ^ EACH('\r');

	if (!((x - EACH('-')) & ~x & EACH(0x80)))
		return false;
	return (((comma - EACH(1)) & ~comma) | ((quote - EACH(1)) & ~quote) | ((feed - EACH(1)) & ~feed) | ((carriage - EACH(1)) & ~carriage)) &
	       EACH(0x80);
}

/* n bytes, as they are; true where one of them is special. What lies around them is left alone. */
static inline bool copy(char *at, const char *p, size_t n)
{
	uint64_t x;
	uint32_t low, high;
	bool special = false;
	size_t i;

	if (n < 4) {
		for (i = 0; i < n; i++) {
			at[i] = p[i];
			special |= p[i] == ',' || p[i] == '"' || p[i] == '\n' || p[i] == '\r';
		}
		return special;
	}
	if (n < 8) { /* two halves that overlap */
		memcpy(&low, p, 4);
		memcpy(&high, p + n - 4, 4);
		memcpy(at, &low, 4);
		memcpy(at + n - 4, &high, 4);
		return has_special(low | (uint64_t)high << 32);
	}
	for (i = 0; i + 8 < n; i += 8) {
		memcpy(&x, p + i, 8);
		memcpy(at + i, &x, 8);
		special |= has_special(x);
	}
	memcpy(&x, p + n - 8, 8);
	memcpy(at + n - 8, &x, 8);
	return special | has_special(x);
}

/* A field in quotes, its value as a span. */
static char *put_quoted(struct block *b, char *at, const char *p, size_t n, struct span *s)
{
	const char *const end = p + n;
	const bool doubled = memchr(p, '"', n);

	if (doubled) {
		*s = (struct span){ (uint32_t)b->aside.len, (uint32_t)n | ASIDE };
		buf_add(&b->aside, p, n);
	} else {
		*s = (struct span){ (uint32_t)(at + 1 - b->p), (uint32_t)n };
	}
	*at++ = '"';
	if (!doubled) {
		memcpy(at, p, n);
		at += n;
		p = end;
	}
	for (; p < end; p++) {
		if (*p == '"')
			*at++ = '"';
		*at++ = *p;
	}
	*at++ = '"';
	return at;
}

/* With what lies behind it; that is written over. */
static inline void copy_plain(char *at, const char *p, size_t n)
{
	size_t i;

	memcpy(at, p, CSV_SLACK);
	for (i = CSV_SLACK; i < n; i += CSV_SLACK)
		memcpy(at + i, p + i, CSV_SLACK);
}

static inline char *put_field(struct block *b, char *at, const struct csv_field *f, struct span *s)
{
	if (f->plain)
		copy_plain(at, f->p, f->len);
	else if (copy(at, f->p, f->len))
		return put_quoted(b, at, f->p, f->len, s);
	*s = (struct span){ (uint32_t)(at - b->p), (uint32_t)f->len };
	return at + f->len;
}

void writer_row(struct writer *w, const struct csv_field *field)
{
	size_t bytes = 2 + CSV_SLACK, i;
	struct block *b;
	struct span aside = { 0 }, *s;
	char *at;

	for (i = 0; i < w->columns; i++)
		bytes += 2 * field[i].len + 3;
	if (!row_room(w, bytes)) {
		w->now->aside.bad = true;
		return;
	}
	b = w->now;
	at = b->p + b->len;
	for (i = 0; i < w->columns; i++) {
		s = w->told ? &b->span[b->spans++] : &aside;
		at = put_field(b, at, &field[i], s);
		*at++ = ',';
	}
	at[-1] = '\n';
	if (w->columns == 1 && field[0].len == 0) { /* one empty field alone would read as an empty line, which readers skip */
		memcpy(at - 1, "\"\"\n", 3);
		at += 2;
	}
	b->len = (size_t)(at - b->p);
}

int writer_canary(struct writer *w, bool planted, const struct csv_field *field)
{
	int r;

	if (!w->told)
		return 0;
	flush(w);
	lane_drain(w->told);
	r = prints_canary(w->prints, planted, field, w->columns);
	if (w->prints_bad == 0)
		w->prints_bad = r;
	return w->prints_bad;
}

int writer_finish(struct writer *w, uint64_t *ret_bytes, char ret_digest[SHA256_TEXT], int *ret_prints)
{
	unsigned i;

	flush(w);
	lane_drain(w->out);
	if (w->told)
		lane_drain(w->told);
	for (i = 0; i < BLOCKS; i++)
		if (w->block[i].aside.bad && w->bad == 0)
			w->bad = -ENOMEM;
	digests_end(w->digests, DIGEST_WRITTEN, ret_digest);
	w->digests = NULL; /* it has ended */
	*ret_prints = w->prints_bad;
	if (w->bad == 0)
		*ret_bytes = w->bytes;
	return w->bad;
}
