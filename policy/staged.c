/* policy/staged.c - rule staged-data: rows, tuples, text and rare values of what was staged, known again in an output.
 *
 * A row of an output is one of the staged data where it is a whole staged row, or where a sampled value of it (an
 * anchor) makes with at least two others pairs that each are in the index and that fewer than five persons have.
 * A result may have such a row by chance, the more often the more rows were staged: so the same is asked of rows that
 * are put together from several rows of the output, eight times, and what those have counts against it, for two values
 * with the anchor, for three, and so on. Tables of means, counts or codes with their labels have no more hits than
 * their own mixtures; staged rows have many more.
 *
 * Planted rows are known by four of their values in one row or line, and their decoys, which nobody could have, in the
 * same way: two planted rows and more than decoys explain block; six values of one are for a person.
 *
 * Not seen: values changed beyond how they are written; numbers rounded to fewer digits, six at most; two columns
 * alone; arrays of columns in JSON; what five persons or more share; and a few columns of measurements with few digits
 * out of some ten thousands of rows and more, of which every pair occurs anyway, unless whole rows are there. */
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "policy/inside.h"
#include "policy/values.h"
#include "spe/cleanup.h"
#include "spe/csv.h"

#define CELLS_MAX (2u << 20)    /* values in memory; of larger tables every second, fourth, ... row is looked at */
#define RECORDS_MAX (1u << 20)
#define PROBES_MAX (48u << 20)  /* looks into segments for rows, and as many for text: some seconds at worst */
#define WIDEST 1024u            /* values of a row that are looked at, and how many of them as anchors */
#define ANCHORS_MAX 32u
#define RECORD_MAX 96u          /* values of one line of text */
#define MIXTURES 8u
#define LEVELS 5u              /* how many values stand with the anchor: 2, 3, 4, 6, 8 */
#define RUN_WORDS 16u           /* two known shingles within so many words are one text */
#define PIECE (256u << 10)
#define LOOKED 64u             /* different values of planted rows in one row */

struct segment {
	const uint8_t *counts, *starts, *entries;
	uint32_t count;
	uint8_t bits, shift;
};

struct index {
	struct segment *segment; /* pairs from the front, strong from the back of one list */
	size_t pairs, strong, room;
	unsigned least_shift;
	const uint8_t *rare;
	size_t rares;
	const uint8_t *canary; /* entries by value */
	size_t canaries;
	uint64_t maybe[1024];  /* bits: a canary's value may have this hash */
};

/* What a row of the output has of one planted row or decoy. */
struct share {
	uint32_t at; /* that row's number, or what is here is of another */
	uint16_t values, weight;
	bool known, sure;
};

struct record {
	uint32_t from, count; /* in cells */
	uint32_t line;
	uint64_t row;
};

struct staged {
	struct index index;
	struct report *report;
	size_t of; /* so many indexes share the work */
	bool table, json;
	bool within; /* of a table, what is within its fields */
	bool suppressed; /* the row in hand says of a count that it is not shown */
	uint32_t numbers[WIDEST], words[WIDEST]; /* cells of each column, of those that were looked at before */
	value *cell;
	size_t cells, cells_room;
	struct record *record;
	size_t records, records_room;
	struct share *share;  /* by number: planted rows even, decoys odd */
	uint32_t shares, look;
	value looked[LOOKED]; /* those of canaries in the row or line in hand */
	size_t looks;
	uint64_t row;   /* of the output, so far */
	unsigned every; /* row is looked at */
	size_t stride;  /* and of these, one of so many for tuples */
	uint64_t probes;
	struct found {
		uint64_t looked, whole, whole_large, known; /* rows; known: whole or a star */
		uint64_t stars[LEVELS], mixed[LEVELS];      /* with so many values or more */
		struct place first_known, first_large, first_rare, first_text;
		uint64_t rare_cells;
		value rare_seen[8];
		size_t rare_distinct;
		char rare_head[3];
		uint64_t shingles, runs, last_word;
		bool before; /* a known shingle, in this text */
		uint64_t planted, sure, decoys;
	} found;
};

/* ---- the index ---- */

static uint32_t le32_at(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static bool segment_take(struct index *x, const struct prints_head *h, const uint8_t *p)
{
	const unsigned bits = h->bits <= PRINTS_BITS_MAX ? h->bits : 0;
	const size_t buckets = (size_t)1 << bits, supers = (buckets + PRINTS_SUPER - 1) / PRINTS_SUPER;
	struct segment s = { .counts = p, .starts = p + buckets, .entries = p + buckets + 4 * supers,
		.count = h->count, .bits = h->bits, .shift = h->shift };

	if (h->bits != bits || h->shift > PRINTS_SHIFT_MAX || h->count > PRINTS_SEGMENT ||
		h->bytes != buckets + 4 * supers + 2 * (size_t)h->count ||
		x->pairs + x->strong == PRINTS_SEGMENTS_MAX)
		return false;
	if (h->part == PART_PAIRS)
		x->segment[x->pairs++] = s;
	else
		x->segment[PRINTS_SEGMENTS_MAX - ++x->strong] = s;
	if (h->part == PART_PAIRS && s.shift < x->least_shift)
		x->least_shift = s.shift;
	return true;
}

static value canary_value(const struct index *x, size_t i)
{
	value v;

	memcpy(&v, x->canary + PRINTS_CANARY * i, sizeof(v));
	return le64toh(v);
}

static uint32_t canary_whose(const struct index *x, size_t i)
{
	return le32_at(x->canary + PRINTS_CANARY * i + sizeof(value));
}

static unsigned maybe_of(value v)
{
	return (unsigned)(v >> 48);
}

static bool canaries_take(struct index *x, const struct prints_head *h, const uint8_t *p)
{
	size_t i;

	if (x->canary || h->count > PRINTS_CANARY_MAX || h->bytes != PRINTS_CANARY * h->count)
		return false;
	x->canary = p;
	x->canaries = h->count;
	for (i = 0; i < x->canaries; i++) {
		const unsigned bit = maybe_of(canary_value(x, i));

		if (canary_whose(x, i) >= 2 * PRINTS_CANARY_MAX || (i > 0 && canary_value(x, i) < canary_value(x, i - 1)))
			return false;
		x->maybe[bit / 64] |= 1ull << bit % 64;
	}
	return true;
}

static bool part_take(struct index *x, const struct prints_head *h, const uint8_t *p)
{
	if (h->part == PART_PAIRS || h->part == PART_STRONG)
		return segment_take(x, h, p);
	if (h->part == PART_CANARY)
		return canaries_take(x, h, p);
	if (h->part != PART_RARE || x->rare || h->bytes != 8 * (size_t)h->count || h->count > PRINTS_RARE_MAX)
		return false;
	x->rare = p;
	x->rares = h->count;
	return true;
}

/* False where it is not what a writer wrote, whole. */
static bool index_read(struct index *x, const uint8_t *p, size_t n)
{
	const uint8_t *end = p + n;
	struct prints_head h;

	if (n < PRINTS_MAGIC_LEN || memcmp(p, PRINTS_MAGIC, PRINTS_MAGIC_LEN) != 0)
		return false;
	x->least_shift = 64;
	for (p += PRINTS_MAGIC_LEN; (size_t)(end - p) >= sizeof(h); p += h.bytes) {
		memcpy(&h, p, sizeof(h));
		p += sizeof(h);
		h.count = le32toh(h.count);
		h.bytes = le32toh(h.bytes);
		if (h.part == PART_END)
			return h.bytes == 0 && p == end;
		if (h.bytes > (size_t)(end - p) || !part_take(x, &h, p))
			return false;
	}
	return false;
}

/* How often a key came while this segment was written: 0, 1, 2, 3 or PRINTS_RARE. */
static unsigned segment_seen(const struct segment *s, uint32_t key)
{
	static const unsigned seen[4] = { 1, 2, 3, PRINTS_RARE };
	const uint32_t prefix = key >> (18 - s->bits), bucket = prefix >> 14, first = bucket & ~(PRINTS_SUPER - 1);
	uint64_t at = le32_at(s->starts + first / PRINTS_SUPER * 4);
	uint32_t i;

	for (i = first; i < bucket; i++)
		at += s->counts[i];
	for (i = 0; i < s->counts[bucket] && at < s->count; i++, at++) {
		const uint8_t *e = s->entries + 2 * at;
		const unsigned entry = e[0] | (unsigned)e[1] << 8;

		if (entry >> 2 == (prefix & 0x3fff))
			return seen[entry & 3];
	}
	return 0;
}

/* In the index, and held by few. */
static bool pair_is_known(const struct staged *s, value a, value b)
{
	const uint32_t key = (uint32_t)(pair_key(a, b) >> 32);
	unsigned seen = 0;
	size_t i;

	for (i = 0; i < s->index.pairs && seen < PRINTS_RARE; i++) {
		const struct segment *g = &s->index.segment[i];

		if (value_is_anchor(a, g->shift) || value_is_anchor(b, g->shift))
			seen += segment_seen(g, key);
	}
	return seen > 0 && seen < PRINTS_RARE;
}

static bool strong_is_known(const struct staged *s, uint64_t key)
{
	const struct segment *g = s->index.segment + PRINTS_SEGMENTS_MAX - s->index.strong;
	const struct segment *end = s->index.segment + PRINTS_SEGMENTS_MAX;
	unsigned seen = 0;

	for (; g < end && seen < PRINTS_RARE; g++) {
		unsigned one, other;

		if (!strong_sampled(key, g->shift))
			continue;
		one = segment_seen(g, (uint32_t)(key >> 32));
		other = one ? segment_seen(g, strong_second(key)) : 0;
		seen += one < other ? one : other;
	}
	return seen > 0 && seen < PRINTS_RARE;
}

static bool rare_is_known(const struct index *x, value v)
{
	size_t low = 0, high = x->rares;

	v &= VALUE_HASH;
	while (low < high) {
		const size_t mid = (low + high) / 2;
		uint64_t at;

		memcpy(&at, x->rare + 8 * mid, sizeof(at));
		at = le64toh(at);
		if (at == v)
			return true;
		if (at < v)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

/* ---- planted rows ---- */

#define SHARE_VALUES 4u  /* with fewer, results over the same codes and years have them */
#define SHARE_WEIGHT 12u
#define SHARE_SURE 6u    /* so many of one row say something alone */

static int shares_make(struct staged *s)
{
	size_t i;

	for (i = 0; i < s->index.canaries; i++)
		if (canary_whose(&s->index, i) >= s->shares)
			s->shares = canary_whose(&s->index, i) + 1;
	s->share = s->shares ? calloc(s->shares, sizeof(*s->share)) : NULL;
	return s->shares && !s->share ? -SPE_E_INTERNAL : 0;
}

static void share_add(struct staged *s, struct share *h, value v, bool planted)
{
	if (h->at != s->look) {
		h->at = s->look;
		h->values = h->weight = 0;
	}
	h->values = (uint16_t)(h->values + (value_weight(v) >= 2));
	h->weight = (uint16_t)(h->weight + value_weight(v));
	if (!h->sure && planted && h->values >= SHARE_SURE) {
		h->sure = true;
		s->found.sure++;
	}
	if (h->known || h->values < SHARE_VALUES || h->weight < SHARE_WEIGHT)
		return;
	h->known = true;
	*(planted ? &s->found.planted : &s->found.decoys) += 1;
}

static void canary_begin(struct staged *s)
{
	s->look++;
	s->looks = 0;
}

/* Whether it is the first such value in the row or line in hand. */
static bool is_new(struct staged *s, value v)
{
	size_t i;

	for (i = 0; i < s->looks; i++)
		if (s->looked[i] == v)
			return false;
	if (s->looks < LOOKED)
		s->looked[s->looks++] = v;
	return s->looks < LOOKED;
}

static void canary_look(struct staged *s, value v)
{
	const struct index *x = &s->index;
	size_t low = 0, high = x->canaries;

	if (!v || !(x->maybe[maybe_of(v) / 64] >> maybe_of(v) % 64 & 1) || !is_new(s, v))
		return;
	while (low < high) {
		const size_t mid = (low + high) / 2;

		if (canary_value(x, mid) < v)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < x->canaries && canary_value(x, low) == v; low++) {
		const uint32_t whose = canary_whose(x, low);

		share_add(s, &s->share[whose], v, whose % 2 == 0);
	}
}

/* ---- reading the output ---- */

static bool cell_add(struct staged *s, value v)
{
	if (!room_for((void **)&s->cell, &s->cells_room, s->cells, 1, sizeof(*s->cell)))
		return false;
	s->cell[s->cells++] = v;
	return true;
}

/* Where memory would not do, every second record goes, and from then on only every second comes. */
static void thin_out(struct staged *s)
{
	size_t i, kept = 0, at = 0;

	for (i = 0; i < s->records; i += 2) {
		struct record r = s->record[i];

		memmove(s->cell + at, s->cell + r.from, r.count * sizeof(*s->cell));
		r.from = (uint32_t)at;
		at += r.count;
		s->record[kept++] = r;
	}
	s->records = kept;
	s->cells = at;
	s->every *= 2;
}

static bool record_begin(struct staged *s, uint64_t line)
{
	if (s->cells > CELLS_MAX || s->records > RECORDS_MAX)
		thin_out(s);
	if (!room_for((void **)&s->record, &s->records_room, s->records, 1, sizeof(*s->record)))
		return false;
	s->record[s->records] = (struct record){ .from = (uint32_t)s->cells, .line = (uint32_t)line, .row = s->row };
	return true;
}

static void record_end(struct staged *s)
{
	struct record *r = &s->record[s->records];

	r->count = (uint32_t)s->cells - r->from;
	s->records += r->count > 0;
}

static struct place place_of(const struct staged *s, const struct record *r, size_t column)
{
	return (struct place){ .row = s->table ? r->row : 0, .line = r->line, .column = s->table ? (uint32_t)column : 0 };
}

/* ---- text ---- */

static struct place text_place(const struct staged *s, const char *p, const char *at, uint64_t line, uint32_t column)
{
	for (; !s->table && at > p; at--)
		line += at[-1] == '\n';
	return (struct place){ .row = s->table ? s->row : 0, .line = line, .column = column };
}

/* Shingles that follow each other within some words are one piece of text. */
static void text_look(struct staged *s, const char *p, size_t n, uint64_t line, uint32_t column)
{
	struct found *f = &s->found;
	struct words w;
	uint64_t key;

	f->before = false;
	if (!words_begin(&w, p, n))
		return;
	while (words_next(&w, &key)) {
		if (key == 0 || s->probes > PROBES_MAX)
			continue;
		s->probes += s->index.strong;
		if (!strong_is_known(s, key))
			continue;
		if (f->shingles++ == 0)
			f->first_text = text_place(s, p, w.start, line, column);
		f->runs += f->before && w.count - f->last_word <= RUN_WORDS;
		f->before = true;
		f->last_word = w.count;
	}
}

/* ---- rare values ---- */

enum mark { MARK_NONE, MARK_MAYBE, MARK_SURE };

/* What stands for a count that is not shown; a dash or NA in a column of words is only a word that is missing. */
static enum mark mark_of(const char *p, size_t n)
{
	static const char *const sure[] = { "*", "..", "...", "redacted", "[redacted]", "[REDACTED]", "suppressed", NULL },
				 *const maybe[] = { "-", "--", "x", "c", "na", "NA", NULL };

	if (n == 0)
		return MARK_NONE;
	if (*p == '<' || word_in(sure, p, n))
		return MARK_SURE;
	return word_in(maybe, p, n) ? MARK_MAYBE : MARK_NONE;
}

static bool is_number(const char *p, size_t n)
{
	const enum value_kind kind = value_kind(value_read(p, n));

	return fold_is_digit(*p) && (kind == VALUE_NUMBER || kind == VALUE_REAL || memchr(p, '(', n) || memchr(p, '%', n));
}

static void contents_add(struct staged *s, const struct csv_record *r)
{
	size_t i;

	for (i = 0; i < r->count && i < WIDEST; i++) {
		const struct csv_field *f = &r->field[i];
		const bool number = f->len > 0 && is_number(f->p, f->len);

		s->numbers[i] += number;
		s->words[i] += f->len > 0 && !number && mark_of(f->p, f->len) == MARK_NONE;
	}
}

/* What columns hold, by what stands in the first piece below the line with their names. */
static void contents_look(struct staged *s, const char *p, size_t n, char delimiter)
{
	struct csv_record record;
	struct csv *c = NULL;
	size_t row = 0;

	memset(s->numbers, 0, sizeof(s->numbers));
	memset(s->words, 0, sizeof(s->words));
	if (s->index.rares > 0 && csv_new(&c, delimiter) == 0 && csv_feed(c, p, n < PIECE ? n : PIECE, NULL) == 0 &&
		csv_feed(c, NULL, 0, NULL) == 0)
		while (csv_next(c, &record, NULL) > 0)
			if (row++ > 0)
				contents_add(s, &record);
	csv_free(c);
}

/* Row r says of a count that it is not shown. */
static bool is_suppressed(const struct staged *s, const struct csv_record *r)
{
	size_t i;

	for (i = 0; i < r->count && i < WIDEST; i++) {
		const enum mark mark = mark_of(r->field[i].p, r->field[i].len);

		if (mark != MARK_NONE && s->numbers[i] >= s->words[i] && (mark == MARK_SURE || s->numbers[i] > 0))
			return true;
	}
	return false;
}

/* Words of results, which a text column may have too. */
static bool is_usual(const char *p, size_t n)
{
	static const char *const words[] = { "all", "any", "average", "case", "cases", "category", "code", "control",
		"controls", "count", "excluded", "false", "female", "females", "group", "high", "included", "intercept", "low",
		"male", "males", "max", "maximum", "mean", "median", "men", "min", "minimum", "missing", "never", "normal",
		"not available", "not known", "other", "others", "overall", "positive", "negative", "reference", "sum", "total",
		"totals", "treatment", "true", "unknown", "women", "yes", NULL };
	char low[16];
	size_t i;

	if (n > sizeof(low))
		return false;
	for (i = 0; i < n; i++)
		low[i] = (char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] | 32 : p[i]);
	return word_in(words, low, n);
}

/* In running text a word alone says little: only what looks like a code counts there. */
static void rare_look(struct staged *s, value v, const char *p, size_t n, struct place at)
{
	const enum value_kind kind = value_kind(v);
	const bool field = s->table && !s->within;
	struct found *f = &s->found;
	size_t i;

	if (value_weight(v) < (field ? 3 : 4) || (kind != VALUE_CODE && (kind != VALUE_TEXT || !field)))
		return;
	if (is_usual(p, n) || !rare_is_known(&s->index, v))
		return;
	if (f->rare_cells++ == 0) {
		f->first_rare = at;
		snprintf(f->rare_head, sizeof(f->rare_head), "%.*s", n < 4 ? 1 : 2, p);
	}
	for (i = 0; i < f->rare_distinct; i++)
		if (f->rare_seen[i] == v)
			return;
	if (f->rare_distinct < sizeof(f->rare_seen) / sizeof(f->rare_seen[0]))
		f->rare_seen[f->rare_distinct++] = v;
}

/* ---- values in text ---- */

/* How a text is parted: commas between digits part too, or are in numbers; signs that codes may have part too. */
enum parting { PART_COMMAS, PART_NUMBERS, PART_SIGNS };

static bool is_between_digits(const char *p, const char *start, const char *end)
{
	return p > start && p + 1 < end && fold_is_digit(p[-1]) && fold_is_digit(p[1]);
}

#define DAY_LONG 10

/* 31/01/2020 has two. */
static bool is_of_day(const char *p, const char *start, const char *end)
{
	const char *from = p, *to = p;
	size_t slashes = 0;

	while (from > start && p - from < DAY_LONG && (fold_is_digit(from[-1]) || from[-1] == '/'))
		from--;
	while (to < end && to - p < DAY_LONG && (fold_is_digit(*to) || *to == '/'))
		slashes += *to++ == '/';
	for (to = from; to < p; to++)
		slashes += *to == '/';
	return slashes == 2 && is_between_digits(p, start, end);
}

/* What parts two values in text; a comma or colon within a number may belong to it. JSON's \t and \n part as what they are. */
static bool is_parting(const struct staged *s, const char *p, const char *start, const char *end, enum parting how)
{
	if (*p == ',' || *p == ':')
		return (how != PART_NUMBERS && *p == ',') || !is_between_digits(p, start, end);
	if (s->json && (*p == '\\' || (p > start && p[-1] == '\\')))
		return true;
	if (how == PART_SIGNS && (*p == '_' || (*p == '/' && !is_of_day(p, start, end))))
		return true;
	return strchr(" \t\n\r;|=()\"~&", *p) && *p;
}

/* The values of a text, to the record that was begun. */
static bool tokens_add(struct staged *s, const char *p, const char *end, struct place at, enum parting how)
{
	const char *start = p, *token = p;

	for (;; p++) {
		if (p < end && !is_parting(s, p, start, end, how))
			continue;
		if (p > token && s->cells - s->record[s->records].from < RECORD_MAX) {
			const value v = value_read(token, (size_t)(p - token));

			canary_look(s, v);
			if (!s->table)
				at.column = (uint32_t)(token - start) + 1;
			if (how != PART_NUMBERS && !s->suppressed)
				rare_look(s, v, token, (size_t)(p - token), at);
			if (v && s->row % s->every == 0 && !cell_add(s, v))
				return false;
		}
		if (p >= end)
			break;
		token = p + 1;
	}
	return true;
}

static bool tokens_take(struct staged *s, const char *p, const char *end, uint64_t line, enum parting how)
{
	if (!record_begin(s, line))
		return false;
	canary_begin(s);
	if (!tokens_add(s, p, end, (struct place){ .line = line }, how))
		return false;
	record_end(s);
	return true;
}

/* Whether there is something that this way of parting parts, and others don't. */
static bool has_parting(const char *p, const char *end, enum parting how)
{
	const char *at;
	size_t signs = 0;

	for (at = p; at < end; at++) {
		if (how == PART_NUMBERS && *at == ',' && is_between_digits(at, p, end))
			return true;
		signs += how == PART_SIGNS && (*at == '/' || *at == '_');
	}
	return signs > 1;
}

static bool line_take(struct staged *s, const char *p, const char *end, uint64_t line)
{
	enum parting how;

	s->row++;
	for (how = PART_COMMAS; how <= PART_SIGNS; how++)
		if ((how == PART_COMMAS || has_parting(p, end, how)) && !tokens_take(s, p, end, line, how))
			return false;
	return true;
}

/* ---- tables ---- */

/* How many values a field has that was pasted together from some. */
static size_t parts_of(const struct staged *s, const struct csv_field *f, enum parting how)
{
	size_t parts = 0, i;
	bool in = false;

	for (i = 0; i < f->len; i++) {
		const bool parting = is_parting(s, f->p + i, f->p, f->p + f->len, how);

		parts += !in && !parting;
		in = !parting;
	}
	return parts;
}

static bool is_whole(const struct staged *s, const struct record *r, bool *ret_large);

/* A whole row in one field, though the fields beside it have more. */
static void field_look(struct staged *s, size_t from, struct place at)
{
	const struct record field = { .from = (uint32_t)from, .count = (uint32_t)(s->cells - from) };
	struct found *f = &s->found;
	bool large;

	if (!is_whole(s, &field, &large))
		return;
	f->whole++;
	if (f->known++ == 0)
		f->first_known = at;
	if (large && f->whole_large++ == 0)
		f->first_large = at;
}

/* What is within the fields of a row that have three values or more, as a line of text: so rows of the output stay alike. */
static bool fields_take(struct staged *s, const struct csv_record *r, enum parting how)
{
	size_t i, from;

	if (!record_begin(s, r->line))
		return false;
	canary_begin(s);
	for (i = 0; i < r->count; i++) {
		const struct csv_field *f = &r->field[i];
		const struct place at = { .row = s->row, .line = r->line, .column = (uint32_t)i + 1 };

		if (f->len < 5 || (how != PART_COMMAS && !has_parting(f->p, f->p + f->len, how)) || parts_of(s, f, how) < 3)
			continue;
		from = s->cells;
		if (!tokens_add(s, f->p, f->p + f->len, at, how))
			return false;
		field_look(s, from, at);
	}
	record_end(s);
	return true;
}

static bool row_take(struct staged *s, const struct csv_record *r)
{
	size_t i;

	s->row++;
	s->suppressed = s->index.rares > 0 && is_suppressed(s, r);
	if (s->within)
		return fields_take(s, r, PART_COMMAS) && fields_take(s, r, PART_NUMBERS) && fields_take(s, r, PART_SIGNS);
	canary_begin(s);
	if (!record_begin(s, r->line))
		return false;
	for (i = 0; i < r->count; i++) {
		const struct csv_field *f = &r->field[i];
		const value v = value_read(f->p, f->len);

		canary_look(s, v);
		if (!s->suppressed && s->row > 1)
			rare_look(s, v, f->p, f->len, place_of(s, &s->record[s->records], i + 1));
		if (f->len > 20)
			text_look(s, f->p, f->len, r->line, (uint32_t)i + 1);
		if (s->row % s->every == 0 && !cell_add(s, v)) /* also what is not there: columns stay in place */
			return false;
	}
	record_end(s);
	return true;
}

/* The character that parts most of the first line; the one that was given where it is there at all. */
static char delimiter_of(const char *p, size_t n, char given)
{
	static const char list[] = ",;\t|";
	const char *end = memchr(p, '\n', n);
	size_t most = 0, i, k, length = end ? (size_t)(end - p) : n;
	char best = given;

	for (i = 0; i < sizeof(list) - 1; i++) {
		size_t count = 0;

		for (k = 0; k < length; k++)
			count += p[k] == list[i];
		if (list[i] == given && count > 0 && given != ',')
			return given;
		if (count > most) {
			most = count;
			best = list[i];
		}
	}
	return best;
}

/* 0; -SPE_E_INPUT: no table; -SPE_E_INTERNAL: no memory. */
static int table_read(struct staged *s, const char *p, size_t n, char delimiter)
{
	struct csv_record record;
	size_t at, piece;
	struct csv *c;
	int r = csv_new(&c, delimiter), more;

	contents_look(s, p, n, delimiter);
	for (at = 0; r == 0; at += piece) {
		piece = n - at < PIECE ? n - at : PIECE;
		r = csv_feed(c, p + at, piece, NULL);
		while (r == 0 && (more = csv_next(c, &record, NULL)) != 0)
			r = more < 0 ? more : row_take(s, &record) ? 0 : -SPE_E_INTERNAL;
		if (piece == 0)
			break;
	}
	csv_free(c);
	return r;
}

/* ---- lines of text ---- */

/* A line of text is a record; in JSON what stands between two braces or brackets is. */
static int lines_read(struct staged *s, const char *p, size_t n)
{
	const char *end = p + n, *start = p;
	const bool json = n > 0 && (*p == '{' || *p == '[');
	uint64_t line = 1, start_line = 1;

	s->json = json;
	for (;; p++) {
		const bool ends = p >= end || (*p == '\n' && !json) || strchr("{}[]", *p);

		if (ends && p > start && !line_take(s, start, p, start_line))
			return -SPE_E_INTERNAL;
		if (p >= end)
			break;
		line += *p == '\n';
		if (ends) {
			start = p + 1;
			start_line = line;
		}
	}
	return 0;
}

/* ---- rows ---- */

/* A row, or a mixture: each value from another row, of which `row` says which. */
struct tuple {
	size_t count;
	value v[WIDEST];
	uint32_t row[WIDEST];
};

static void tuple_make(const struct staged *s, size_t row, unsigned mixture, struct tuple *t)
{
	size_t k;

	t->count = s->record[row].count < WIDEST ? s->record[row].count : WIDEST;
	for (k = 0; k < t->count; k++) {
		const size_t from = mixture ? (row + mixture * (k * 7919 + 1) + k * k) % s->records : row;
		const struct record *r = &s->record[from];

		t->row[k] = (uint32_t)from;
		t->v[k] = k < r->count ? s->cell[r->from + k] : 0;
	}
}

/* With how many others an anchor makes pairs that few have, each value once; in a mixture none of its own row counts. */
static unsigned arms_of(const struct staged *s, const struct tuple *t, size_t anchor, bool mixture)
{
	const value a = t->v[anchor];
	unsigned weight = value_weight(a), arms = 0;
	value last = 0;
	size_t j;

	for (j = 0; j < t->count; j++) {
		const value b = t->v[j];

		if (b == a || b == last || !b || (mixture && t->row[j] == t->row[anchor]) || !pair_is_known(s, a, b))
			continue;
		last = b;
		weight += value_weight(b);
		arms++;
	}
	return weight >= ROW_WEIGHT ? arms : 0;
}

/* Counts the best anchor of a row or mixture; true where there is one. */
static bool star_count(const struct staged *s, size_t row, unsigned mixture, struct tuple *t, uint64_t level[LEVELS])
{
	static const unsigned least[LEVELS] = { 2, 3, 4, 6, 8 };
	unsigned anchors = 0, arms = 0;
	size_t i;

	tuple_make(s, row, mixture, t);
	for (i = 0; i < t->count && anchors < ANCHORS_MAX; i++) {
		unsigned here;

		if (!t->v[i] || !value_is_anchor(t->v[i], s->index.least_shift))
			continue;
		anchors++;
		here = arms_of(s, t, i, mixture > 0);
		arms = here > arms ? here : arms;
	}
	for (i = 0; i < LEVELS; i++)
		level[i] += arms >= least[i];
	return arms >= least[0];
}

/* A whole row; *ret_large where it is enough to be looked at alone. */
static bool is_whole(const struct staged *s, const struct record *r, bool *ret_large)
{
	size_t there = 0, informative = 0, i;
	unsigned weight = 0;
	uint64_t sum = 0;

	for (i = 0; i < r->count; i++) {
		const value v = s->cell[r->from + i];

		if (!v)
			continue;
		sum += row_part(v);
		there++;
		weight += value_weight(v);
		informative += value_weight(v) >= 2;
	}
	*ret_large = informative >= 4;
	return there >= ROW_VALUES && weight >= ROW_WEIGHT && strong_is_known(s, row_key(sum, there));
}

static void row_look(struct staged *s, size_t i, struct tuple *t)
{
	const struct record *r = &s->record[i];
	struct found *f = &s->found;
	bool large, whole = is_whole(s, r, &large), star = false;
	unsigned m;

	if (i % s->stride == 0) {
		f->looked++;
		star = star_count(s, i, 0, t, f->stars);
		for (m = 1; m <= MIXTURES; m++)
			star_count(s, i, m, t, f->mixed);
	}
	f->whole += whole;
	if (whole && large && f->whole_large++ == 0)
		f->first_large = place_of(s, r, 0);
	if ((whole || star) && f->known++ == 0)
		f->first_known = place_of(s, r, 0);
}

/* So that the tuples of all rows that are looked at take no more than some seconds. */
static size_t stride_of(const struct staged *s)
{
	uint64_t probes = 0;
	size_t i;

	for (i = 0; i < s->records; i++) {
		const uint64_t n = s->record[i].count < WIDEST ? s->record[i].count : WIDEST;
		const uint64_t anchors = s->index.least_shift < 64 ? (n >> s->index.least_shift) + 1 : 0;

		probes += n * (anchors < ANCHORS_MAX ? anchors : ANCHORS_MAX);
	}
	return (size_t)(probes * s->index.pairs * (MIXTURES + 1) * s->of / PROBES_MAX + 1);
}

static int rows_look(struct staged *s)
{
	auto_free struct tuple *t = malloc(sizeof(*t));
	size_t i;

	if (!t)
		return -SPE_E_INTERNAL;
	s->stride = stride_of(s);
	for (i = 0; i < s->records; i++)
		row_look(s, i, t);
	return 0;
}

/* ---- findings ---- */

/* Many rows have no anchor and so no star: three of a hundred stand for more. */
static bool many(uint64_t n, uint64_t all)
{
	return n >= 3 && n * 33 >= all;
}

/* Stars that mixtures don't explain: more than what one of them has, by four and a half standard deviations of a
 * Poisson number and then some, so that one table of a hundred thousand is wrong. */
static bool is_beyond_chance(const struct found *f)
{
	size_t i;

	for (i = 0; i < LEVELS; i++) {
		const double chance = ((double)f->mixed[i] + (i < 2 ? 2 : 0.5)) / MIXTURES;
		const double above = (double)f->stars[i] - chance - (i < 2 ? 3 : 1.5);

		if (many(f->stars[i], f->looked) && above >= 0 && above * above >= 20 * chance)
			return true;
	}
	return false;
}

static void rows_report(struct staged *s)
{
	const struct found *f = &s->found;

	if (is_beyond_chance(f) || many(f->whole, s->records))
		report_add(s->report, RULE_STAGED, FINDING_BLOCK, f->first_known,
			"release counts or estimates, not rows of the data",
			"%llu of %zu rows hold values that stand together in rows of the staged data that few have; the first is here",
			(unsigned long long)f->known, s->records);
	else if (f->whole_large > 0)
		report_add(s->report, RULE_STAGED, FINDING_REVIEW, f->first_large,
			"remove the row, or say in the export's description what it is",
			"%llu of the rows are rows of the staged data that few have, whole; the first is here",
			(unsigned long long)f->whole_large);
}

static void text_report(struct staged *s)
{
	const struct found *f = &s->found;

	if (f->runs > 0)
		report_add(s->report, RULE_STAGED, FINDING_BLOCK, f->first_text, "remove the text",
			"words stand here as in a text of the staged data that few share; of the runs of five words looked at %llu are the same",
			(unsigned long long)f->shingles);
	else if (f->shingles > 0)
		report_add(s->report, RULE_STAGED, FINDING_REVIEW, f->first_text,
			"remove the words, or say in the export's description where they are from",
			"five words stand here as in a text of the staged data that few share");
}

static void rare_report(struct staged *s)
{
	const struct found *f = &s->found;

	if (f->rare_cells > 0)
		report_add(s->report, RULE_STAGED, f->rare_distinct >= 5 ? FINDING_BLOCK : FINDING_REVIEW, f->first_rare,
			"join it with other categories, or suppress the row",
			"%llu cells hold values that fewer than %u persons have in the staged data; the first begins with %s",
			(unsigned long long)f->rare_cells, PRINTS_RARE, f->rare_head);
}

/* Two and a half standard deviations more than decoys explain. */
static bool planted_beyond_chance(const struct found *f)
{
	const double chance = ((double)f->decoys + 1) / CANARY_DECOYS, above = (double)f->planted - chance - 1.5;

	return above >= 0 && (f->decoys == 0 || above * above >= 6 * chance);
}

static void planted_report(struct staged *s)
{
	const bool many = planted_beyond_chance(&s->found);

	if (many || s->found.sure > 0)
		report_add(s->report, RULE_STAGED, many ? FINDING_BLOCK : FINDING_REVIEW, (struct place){ 0 },
			"release counts or estimates, not rows of the data",
			"%llu of the rows that were planted in the staged data are here; no result has them",
			(unsigned long long)(many ? s->found.planted : s->found.sure));
}

static void stopped_report(struct staged *s)
{
	if (s->probes > PROBES_MAX)
		report_add(s->report, RULE_STAGED, FINDING_BLOCK, (struct place){ 0 }, "release a smaller file",
			"the file has so much text that it was not compared with the staged data to its end");
}

static void begin(struct staged *s)
{
	s->cells = s->records = 0;
	s->row = 0;
	s->every = 1;
	s->found = (struct found){ 0 };
	if (s->shares > 0)
		memset(s->share, 0, s->shares * sizeof(*s->share));
}

static void found_report(struct staged *s)
{
	rows_report(s);
	text_report(s);
	rare_report(s);
	planted_report(s);
}

static int look(struct staged *s, const char *bytes, size_t n, char delimiter)
{
	int r = -SPE_E_INPUT;

	s->table = delimiter != '\0';
	s->every = 1;
	if (s->table)
		r = table_read(s, bytes, n, delimiter_of(bytes, n, delimiter));
	if (r == -SPE_E_INPUT) { /* not one table from here on: by its lines, from the beginning */
		s->table = s->suppressed = false;
		begin(s);
		text_look(s, bytes, n, 1, 0);
		r = lines_read(s, bytes, n);
	}
	r = r == 0 ? rows_look(s) : r;
	if (r < 0 || !s->table)
		return r;
	found_report(s); /* and rows that were pasted into a field each */
	begin(s);
	s->within = true;
	r = table_read(s, bytes, n, delimiter_of(bytes, n, delimiter));
	return r == 0 ? rows_look(s) : r;
}

static int compare(struct staged *s, const struct policy_prints *prints, const char *bytes, size_t n, char delimiter)
{
	int r;

	s->index.segment = calloc(PRINTS_SEGMENTS_MAX, sizeof(*s->index.segment));
	if (!s->index.segment)
		return -SPE_E_INTERNAL;
	if (!index_read(&s->index, prints->p, prints->len)) {
		report_add(s->report, RULE_STAGED, FINDING_BLOCK, (struct place){ 0 },
			"stage the workspace again, and ask for the check again",
			"the fingerprints of the staged data are damaged, so the file was not compared with it");
		return 0;
	}
	r = shares_make(s);
	return r < 0 ? r : look(s, bytes, n, delimiter);
}

static bool is_same(const struct finding *a, const struct finding *b)
{
	return a->severity == b->severity && a->row == b->row && a->line == b->line && a->column == b->column && a->offset == b->offset &&
		strcmp(a->explanation, b->explanation) == 0;
}

/* What is in the data of one staging is mostly in that of the next: of those from `from` on, what one from first on says is not said again. */
static void same_drop(struct report *r, size_t first, size_t from)
{
	size_t i, k, kept = from;

	for (i = from; i < r->count; i++) {
		for (k = first; k < from && !is_same(&r->list[k], &r->list[i]); k++)
			;
		if (k < from)
			continue;
		r->list[kept] = r->list[i];
		r->rule[kept++] = r->rule[i];
	}
	r->count = kept;
}

static void staged_one(const struct policy_prints *prints, size_t of, struct report *r, const char *bytes, size_t n, char delimiter)
{
	struct staged *s = calloc(1, sizeof(*s));

	report_ran(r, RULE_STAGED);
	if (s)
		s->of = of;
	if (!s || (s->report = r, compare(s, prints, n > 0 ? bytes : "", n, delimiter)) < 0)
		report_add(r, RULE_STAGED, FINDING_BLOCK, (struct place){ 0 }, "release a smaller file",
			"there was no memory to compare the file with the staged data");
	if (!s)
		return;
	found_report(s);
	stopped_report(s);
	free(s->index.segment);
	free(s->cell);
	free(s->record);
	free(s->share);
	free(s);
}

void staged_check(const struct policy_file *f, struct report *r, const char *bytes, size_t n, char delimiter_or_0)
{
	const size_t first = r->count;
	size_t i;

	for (i = 0; i < f->prints_count; i++) {
		const size_t from = r->count;

		staged_one(&f->prints[i], f->prints_count, r, bytes, n, delimiter_or_0);
		same_drop(r, first, from);
	}
}
