/* policy/csv.c - see spe/csv.h. One state machine; what it has of an unfinished record lives in the struct,
 * so that feeding byte by byte equals feeding at once. */
#include "spe/csv.h"

#include <stdlib.h>
#include <string.h>

#include "policy/inside.h"
#if defined(__SSE2__)
#include <immintrin.h>
#endif

enum state { AT_FIELD, PLAIN, QUOTED, QUOTE_SEEN, CR_SEEN, QUOTED_CR };

struct csv {
	char delimiter;
	enum state state;
	bool begun, ended; /* past the byte order mark; csv_feed said so */
	bool held;         /* a whole record waits behind empty lines */
	char *in;          /* fed and not yet read: in[at..in_len) */
	size_t at, in_len, in_room;
	char *bytes; /* the fields of this record, one after the other */
	size_t len, room;
	struct csv_field *field;
	size_t count, field_room;
	size_t start;                   /* of the open field in bytes */
	uint64_t line, line_start, pos; /* of the next byte */
	uint64_t record_line;
	uint64_t empty, empty_line; /* empty lines not handed out yet, and the first of them */
	size_t want;                /* fields of the first record; 0 before it */
	struct spe_error error;     /* code SPE_OK while good */
	char plain[256];            /* bytes that a plain field takes as they are */
};

static const struct csv_field nothing = { .p = "", .column = 1 };

int csv_new(struct csv **ret, char delimiter)
{
	struct csv *c = csv_may_delimit(delimiter) ? calloc(1, sizeof(*c)) : NULL;

	if (!c)
		return -SPE_E_INTERNAL;
	c->delimiter = delimiter;
	c->line = 1;
	memset(c->plain, 1, sizeof(c->plain));
	c->plain[0] = c->plain['\n'] = c->plain['\r'] = c->plain['"'] = 0;
	c->plain[(unsigned char)delimiter] = 0;
	*ret = c;
	return 0;
}

void csv_free(struct csv *c)
{
	if (!c)
		return;
	free(c->in);
	free(c->bytes);
	free(c->field);
	free(c);
}

int csv_feed(struct csv *c, const char *p, size_t len, struct spe_error *e)
{
	if (c->ended)
		return spe_fail(e, SPE_E_CONFLICT, "the table has ended already");
	if (len == 0) {
		c->ended = true;
		return 0;
	}
	if (c->at > 0) {
		memmove(c->in, c->in + c->at, c->in_len - c->at);
		c->in_len -= c->at;
		c->at = 0;
	}
	if (!room_for((void **)&c->in, &c->in_room, c->in_len, len + CSV_SLACK, 1))
		return spe_fail(e, SPE_E_INTERNAL, "no memory for %zu bytes of a table", len);
	memcpy(c->in + c->in_len, p, len);
	c->in_len += len;
	return 0;
}

/* Column of the next byte, from 1. */
static uint64_t column(const struct csv *c)
{
	return c->pos - c->line_start + 1;
}

static int bad(struct csv *c, const char *what)
{
	return spe_fail(&c->error, SPE_E_INPUT, "line %llu column %llu: %s",
		(unsigned long long)c->line, (unsigned long long)column(c), what);
}

static int no_memory(struct csv *c)
{
	return spe_fail(
		&c->error, SPE_E_INTERNAL, "no memory for line %llu", (unsigned long long)c->line);
}

/* Take n bytes from the input as content of the open field. */
static int take(struct csv *c, size_t n)
{
	if (c->len - c->start + n > CSV_FIELD_MAX)
		return bad(c, "this field is longer than 65536 bytes");
	if (c->len + n > CSV_RECORD_MAX)
		return bad(c, "this record is longer than 1048576 bytes");
	if (!room_for((void **)&c->bytes, &c->room, c->len, n, 1))
		return no_memory(c);
	memcpy(c->bytes + c->len, c->in + c->at, n);
	c->len += n;
	return 0;
}

static void skip(struct csv *c, size_t n)
{
	c->at += n;
	c->pos += n;
}

static void next_line(struct csv *c)
{
	skip(c, 1);
	c->line++;
	c->line_start = c->pos;
}

static int field_begin(struct csv *c, bool quoted)
{
	if (c->count == CSV_FIELDS_MAX)
		return bad(c, "this record has more than 4096 fields");
	if (!room_for((void **)&c->field, &c->field_room, c->count, 1, sizeof(*c->field)))
		return no_memory(c);
	if (c->count == 0)
		c->record_line = c->line;
	c->field[c->count] = (struct csv_field){ .column = (uint32_t)column(c), .quoted = quoted };
	c->start = c->len;
	return 0;
}

static void field_end(struct csv *c)
{
	c->field[c->count++].len = c->len - c->start;
}

/* Where fields begin the bytes no longer move: pointers instead of lengths alone. */
static void point_fields(struct csv *c)
{
	const char *p = c->bytes ? c->bytes : "";
	size_t i;

	for (i = 0; i < c->count; i++) {
		c->field[i].p = p;
		p += c->field[i].len;
	}
}

/* Each state takes what it can from the input. 1: a record is whole; 0: go on; negative: bad. */
static int on_field(struct csv *c, char b)
{
	int r = field_begin(c, b == '"');

	if (r < 0)
		return r;
	c->state = b == '"' ? QUOTED : PLAIN;
	if (b == '"')
		skip(c, 1);
	return 0;
}

static int on_plain(struct csv *c, char b)
{
	size_t n = 0;
	int r;

	while (c->at + n < c->in_len && c->plain[(unsigned char)c->in[c->at + n]])
		n++;
	if (n > 0) {
		r = take(c, n);
		skip(c, r < 0 ? 0 : n);
		return r;
	}
	if (b == '"')
		return bad(c,
			"a quote may stand only at a field's start, or doubled in a quoted field");
	if (b == '\0')
		return bad(c, "a NUL byte is not text");
	if (b == '\r') {
		c->state = CR_SEEN;
		skip(c, 1);
		return 0;
	}
	field_end(c);
	if (b == '\n') {
		next_line(c);
		c->state = AT_FIELD;
		return 1;
	}
	skip(c, 1);
	c->state = AT_FIELD;
	return 0;
}

static int on_quoted(struct csv *c, char b)
{
	size_t n = 0;
	int r;

	while (c->at + n < c->in_len && !strchr("\"\r\n", c->in[c->at + n]))
		n++; /* strchr finds NUL too */
	if (n > 0) {
		r = take(c, n);
		skip(c, r < 0 ? 0 : n);
		return r;
	}
	if (b == '\0')
		return bad(c, "a NUL byte is not text");
	if (b == '"') {
		c->state = QUOTE_SEEN;
		skip(c, 1);
		return 0;
	}
	r = take(c, 1);
	if (r < 0)
		return r;
	if (b == '\r') {
		c->state = QUOTED_CR;
		skip(c, 1);
	} else {
		next_line(c);
	}
	return 0;
}

static int on_quote_seen(struct csv *c, char b)
{
	int r;

	if (b == '"') {
		r = take(c, 1);
		skip(c, r < 0 ? 0 : 1);
		c->state = QUOTED;
		return r;
	}
	if (b != c->delimiter && b != '\n' && b != '\r')
		return bad(c, "a closing quote must be followed by a delimiter or the line's end");
	c->state = PLAIN; /* which ends the field the same way, and takes nothing more */
	return 0;
}

static int on_cr(struct csv *c, char b)
{
	if (b != '\n')
		return bad(c, "a carriage return without a line feed");
	if (c->state == QUOTED_CR) {
		c->state = QUOTED;
		return 0;
	}
	field_end(c);
	next_line(c);
	c->state = AT_FIELD;
	return 1;
}

static int step(struct csv *c, char b)
{
	switch (c->state) {
	case AT_FIELD:
		return on_field(c, b);
	case PLAIN:
		return on_plain(c, b);
	case QUOTED:
		return on_quoted(c, b);
	case QUOTE_SEEN:
		return on_quote_seen(c, b);
	case CR_SEEN:
	case QUOTED_CR:
		break;
	}
	return on_cr(c, b);
}

/* After the last byte. 1: it ended a record. */
static int finish(struct csv *c)
{
	int r;

	switch (c->state) {
	case QUOTED:
		return bad(c, "the quoted field is not closed");
	case CR_SEEN:
	case QUOTED_CR:
		return bad(c, "a carriage return without a line feed");
	case AT_FIELD:
		if (c->count == 0)
			return 0;
		r = field_begin(c, false);
		if (r < 0)
			return r;
		break;
	case PLAIN:
	case QUOTE_SEEN:
		break;
	}
	field_end(c);
	c->state = AT_FIELD;
	return 1;
}

/* 1: past the mark, or there is none; 0: more bytes are wanted to tell. */
static int past_mark(struct csv *c)
{
	size_t n = c->in_len - c->at < 3 ? c->in_len - c->at : 3;

	if (c->begun)
		return 1;
	if (n > 0 && memcmp(c->in + c->at, "\xef\xbb\xbf", n) == 0) {
		if (n < 3 && !c->ended)
			return 0;
		c->at += n == 3 ? 3 : 0;
	} else if (n == 0 && !c->ended) {
		return 0;
	}
	c->begun = true;
	return 1;
}

/* Fields of the next whole record into c->field; as csv_next. */
static int read_record(struct csv *c)
{
	int r = past_mark(c);

	if (r == 0)
		return 0;
	for (r = 0; r == 0;) {
		if (c->at == c->in_len)
			return c->ended ? finish(c) : 0;
		r = step(c, c->in[c->at]);
	}
	return r;
}

/* ---- whole records, where they lie ----
 * Nearly every record lies in the input from its first byte to its last. Its fields need not be copied then. Whatever is
 * otherwise, and whatever is bad, is left to the states above, which begin at its first byte. */

#define WINDOW 64
#define DOUBLED 2 /* a field is quoted, and quotes in it are doubled still */
/* Of so many bytes those that a plain field does not take, and perhaps other control characters. */
static inline uint64_t window(const struct csv *c, const char *p)
{
	uint64_t found = 0;
	int i;

#if defined(__SSE2__)
	const __m128i delimiter = _mm_set1_epi8(c->delimiter), quote = _mm_set1_epi8('"'), control = _mm_set1_epi8('\r');

	for (i = 0; i < WINDOW; i += 16) {
		const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
		const __m128i some = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, delimiter), _mm_cmpeq_epi8(v, quote)),
			_mm_cmpeq_epi8(_mm_min_epu8(v, control), v)); /* up to it */

		found |= (uint64_t)(unsigned)_mm_movemask_epi8(some) << i;
	}
#else
	for (i = 0; i < WINDOW; i++)
		found |= (uint64_t)!c->plain[(unsigned char)p[i]] << i;
#endif
	return found;
}

/* Goes through the bytes that a plain field does not take. */
struct walk {
	const char *base, *end;
	uint64_t left; /* of the window at base */
};

/* The next one; NULL: it is not to be had so easily. */
static inline const char *walk_next(const struct csv *c, struct walk *w)
{
	const char *at;

	while (!w->left) {
		w->base += WINDOW;
		if (w->end - w->base < WINDOW)
			return NULL;
		w->left = window(c, w->base);
	}
	at = w->base + __builtin_ctzll(w->left);
	w->left &= w->left - 1;
	return at;
}

/* The closing quote of a field, and whether quotes in it are doubled; NULL where it is not to be had so easily. */
static const char *walk_quoted(const struct csv *c, struct walk *w, bool *doubled, uint64_t *lines, const char **ret_start)
{
	const char *at;

	while ((at = walk_next(c, w))) {
		if (*at == '"') {
			if (at + 1 == w->end || at[1] != '"')
				return at;
			*doubled = true;
			at = walk_next(c, w);
		} else if (*at == '\n') {
			++*lines;
			*ret_start = at + 1;
		} else if (*at == '\r' || *at == '\0') {
			return NULL;
		}
	}
	return NULL;
}

/* A field's doubled quotes become single ones where they lie. */
static void fold(struct csv *c, struct csv_field *f)
{
	char *const start = c->in + (f->p - c->in), *to = start;
	size_t i;

	for (i = 0; i < f->len; i++) {
		*to++ = start[i];
		i += start[i] == '"';
	}
	f->len = (size_t)(to - start);
	f->quoted = true;
}

/* What ends a plain field. */
static inline const char *walk_plain(const struct csv *c, struct walk *w)
{
	const char *at;

	while ((at = walk_next(c, w)) && c->plain[(unsigned char)*at])
		;
	return at;
}

/* True: field has a record of as many fields as the first, and the input is behind it; false: it is not so easy, and nothing
 * has changed. */
static bool easy_record(struct csv *c, struct csv_field *field)
{
	const char *const begin = c->in + c->at, *p = begin, *line_start = begin - column(c) + 1, *to;
	struct walk w = { .base = begin, .end = c->in + c->in_len };
	uint64_t lines = 0;
	const bool commas = c->delimiter == ',';
	bool folds = false;
	size_t n = 0, i;

	if (!c->begun || c->state != AT_FIELD || c->count > 0 || w.end - begin < WINDOW || *p == '\n' || *p == '\r')
		return false;
	w.left = window(c, begin);
	for (;; p = to + 1) {
		const char *const first = line_start;
		const bool quoted = *p == '"';
		bool doubled = false;

		if (n == c->want)
			return false;
		if (quoted) {
			const char *const open = walk_next(c, &w), *const close = walk_quoted(c, &w, &doubled, &lines, &line_start);

			to = close && open == p ? walk_next(c, &w) : NULL;
			if (!to || to != close + 1 || close - p > CSV_FIELD_MAX)
				return false;
			field[n++] = (struct csv_field){ p + 1, (size_t)(close - p - 1), (uint32_t)(p - first + 1), doubled ? DOUBLED : true, false };
			folds |= doubled;
		} else {
			to = walk_plain(c, &w);
			if (!to || *to == '"' || to - p > CSV_FIELD_MAX)
				return false;
			field[n++] = (struct csv_field){ p, (size_t)(to - p), (uint32_t)(p - first + 1), false, commas };
		}
		if (*to == c->delimiter)
			continue;
		if (*to == '\r')
			to = walk_next(c, &w) == to + 1 ? to + 1 : NULL;
		if (!to || *to != '\n')
			return false;
		break;
	}
	p = to + 1;
	if (n < c->want || p - begin > CSV_RECORD_MAX)
		return false;
	c->record_line = c->line;
	c->line += lines + 1;
	c->pos += (uint64_t)(p - begin);
	c->line_start = c->pos;
	c->at += (size_t)(p - begin);
	for (i = 0; folds && i < n; i++)
		if (field[i].quoted == DOUBLED)
			fold(c, &field[i]);
	return true;
}

static bool is_empty_line(const struct csv *c)
{
	return c->count == 1 && c->field[0].len == 0 && !c->field[0].quoted;
}

static int hand_out(struct csv *c, struct csv_record *ret, const struct csv_field *f, size_t count,
	uint64_t line)
{
	if (c->want == 0)
		c->want = count;
	if (count != c->want)
		return spe_fail(&c->error, SPE_E_INPUT,
			"line %llu column 1: this record has %zu fields and the first has %zu",
			(unsigned long long)line, count, c->want);
	*ret = (struct csv_record){ f, count, line };
	return 1;
}

/* Nothing of a record is held, and how many fields it will have is known. */
static bool is_between(const struct csv *c)
{
	return !c->held && c->empty == 0 && c->want > 0;
}

static int next_record(struct csv *c, struct csv_record *ret)
{
	int r;

	if (is_between(c) && easy_record(c, c->field))
		return hand_out(c, ret, c->field, c->want, c->record_line);
	while (!c->held) {
		r = read_record(c);
		if (r <= 0)
			return r;
		if (!is_empty_line(c)) {
			c->held = true;
			break;
		}
		if (c->empty++ == 0)
			c->empty_line = c->record_line;
		c->count = c->len = 0;
	}
	if (c->empty > 0) {
		c->empty--;
		return hand_out(c, ret, &nothing, 1, c->empty_line++);
	}
	c->held = false;
	point_fields(c);
	r = hand_out(c, ret, c->field, c->count, c->record_line);
	c->count = c->len = 0; /* the fields stay where they are until the next byte is read */
	return r;
}

int csv_next(struct csv *c, struct csv_record *ret, struct spe_error *e)
{
	int r = c->error.code == SPE_OK ? next_record(c, ret) : -(int)c->error.code;

	if (r < 0 && e)
		*e = c->error;
	return r;
}

size_t csv_more(struct csv *c, struct csv_record *ret, struct csv_field *room, size_t max)
{
	size_t n;

	for (n = 0; n < max && c->error.code == SPE_OK && is_between(c) && easy_record(c, room); n++, room += c->want)
		ret[n] = (struct csv_record){ room, c->want, c->record_line };
	return n;
}

void csv_where(const struct csv *c, uint64_t *ret_line, uint64_t *ret_column)
{
	*ret_line = c->line;
	*ret_column = column(c);
}
