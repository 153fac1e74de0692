/* policy/prints.c - the index of what is staged: spe/prints.h has its purpose, values.h its bytes. */
#include "spe/prints.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "policy/inside.h"
#include "policy/values.h"
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define TALLY_VALUES 65536u         /* different values of a column; with more it holds identifiers or free text */
#define TALLY_BYTES (16u << 20)     /* of all columns of a table */
#define TALLY_LONGEST 64            /* bytes; what is longer is a text */
#define HIGH_CARDINALITY 32         /* different values from which a rare one is told of */
#define NEAR 512u                   /* pairs remembered, so that one person's repeated pair counts once */
#define WAITING 1024u               /* pairs that go to their heaps together, in less time than one by one */
#define THIN_AFTER 16u              /* segments, after which each further eight hold half as many of the keys */
#define PIECE_MAX (PRINTS_SEGMENT * 2 + (1u << PRINTS_BITS_MAX) + (1u << PRINTS_BITS_MAX) / 8 + 64)
#define REFERENCE_COLUMNS 5u
#define LONG_TEXT 20 /* bytes in which five words fit */

#define ROWS 64u          /* read together, column by column; fewer of wide tables */
#define ROWS_VALUES 4096u

/* Keys of one kind that wait for their segment, in heaps by their upper bits: each is written where the one before it is, and
 * what is done with a heap later is done in the nearest caches. */
#define HEAP_BITS 7u
#define HEAPS (1u << HEAP_BITS)
#define CHUNK 1024u /* keys that lie together */
#define LINE 16u    /* of them in a line of the cache */
#define CHUNKS (PRINTS_SEGMENT / CHUNK + HEAPS)
struct keys {
	enum prints_part part;
	unsigned shift, segments;
	size_t count;
	uint32_t (*chunk)[CHUNK];
	uint16_t *before; /* of each chunk: the one that its heap filled before it */
	uint16_t *unused; /* chunks */
	size_t unused_count;
	struct heap {
		uint32_t count;
		uint16_t chunk; /* the newest */
	} heap[HEAPS];
};

/* How many persons hold each value of a column. */
struct slot {
	value v;
	uint32_t person, count;
};
struct value_tally {
	struct slot *slot;
	size_t room, used;
	uint64_t letters;
	bool given_up;
	bool asked; /* there are texts among the rows at hand */
};

struct prints {
	prints_sink_fn *sink;
	void *arg;
	int bad;
	struct keys pairs, strong;
	uint16_t *prefix; /* of a heap's keys, by bucket */
	uint8_t *piece;  /* one segment */
	uint64_t near[NEAR];
	uint32_t wait[WAITING]; /* keys of pairs, so many: */
	size_t waiting;
	size_t columns;
	value *v;      /* of some rows, one after the other */
	size_t together; /* how many */
	uint16_t *anchor; /* places of the anchors among a row's values */
	struct value_tally *tally;
	size_t tally_bytes;
	uint64_t rows;         /* of this table */
	struct heap strong_before[HEAPS]; /* where this table's began */
	unsigned strong_parts;
	bool personal;         /* this table has pseudonyms, days or measurements with a fraction */
	uint64_t *rare;        /* values, with the lowest bit where they are common */
	size_t rares, rares_room;
	struct entry {
		value v;
		uint32_t whose;
	} *canary;
	size_t canaries, canaries_room;
	uint32_t whose;        /* of the next planted row or decoy */
};

/* ---- segments ---- */

static void heap_cut(struct keys *k, struct heap *h, uint32_t count)
{
	while (h->count > count) {
		const uint32_t last = (h->count - 1) / CHUNK * CHUNK; /* before its newest chunk */

		h->count = last > count ? last : count;
		if (h->count > last)
			break;
		k->unused[k->unused_count++] = h->chunk;
		h->chunk = k->before[h->chunk];
	}
}

/* As they were; NULL: without any. */
static void keys_cut(struct keys *k, const struct heap *then)
{
	size_t i;

	for (i = 0; i < HEAPS; i++) {
		k->count -= k->heap[i].count;
		heap_cut(k, &k->heap[i], then ? then[i].count : 0);
		k->count += k->heap[i].count;
	}
}

static int keys_new(struct keys *k, enum prints_part part)
{
	k->part = part;
	k->chunk = malloc(CHUNKS * sizeof(*k->chunk));
	k->before = malloc(CHUNKS * sizeof(*k->before));
	k->unused = malloc(CHUNKS * sizeof(*k->unused));
	if (!k->chunk || !k->before || !k->unused)
		return -SPE_E_INTERNAL;
	for (k->unused_count = 0; k->unused_count < CHUNKS; k->unused_count++)
		k->unused[k->unused_count] = (uint16_t)(CHUNKS - 1 - k->unused_count);
	return 0;
}

static void keys_free(struct keys *k)
{
	free(k->chunk);
	free(k->before);
	free(k->unused);
}

static unsigned bits_for(size_t n)
{
	unsigned bits = 0;

	while (bits < PRINTS_BITS_MAX && ((size_t)8 << bits) < n)
		bits++;
	return bits;
}

static uint16_t seen(size_t count)
{
	return count >= PRINTS_RARE ? 3 : count >= 3 ? 2 : (uint16_t)(count - 1);
}

static void put_entry(uint8_t *entries, size_t i, unsigned prefix, uint16_t often)
{
	const uint16_t entry = htole16((uint16_t)(prefix << 2 | often));

	memcpy(entries + 2 * i, &entry, 2);
}

/* Entries of one bucket: each of its prefixes once, with how often it is there. More than 255 are not kept: there would be
 * eight. */
static size_t fill_bucket(uint8_t *entries, const uint16_t *prefix, size_t n)
{
	uint16_t known[255];
	uint32_t often[255];
	size_t kept = 0, i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < kept && known[k] != prefix[i];)
			k++;
		if (k < kept) {
			often[k]++;
		} else if (kept < 255) {
			known[kept] = prefix[i];
			often[kept++] = 1;
		}
	}
	for (i = 0; i < kept; i++)
		put_entry(entries, i, known[i], seen(often[i]));
	return kept;
}

#if defined(__SSE2__)
#define FEW 16u /* keys of most buckets at most */

/* v behind itself by so many places, the last ones first. */
#define TURNED(v, places) _mm_or_si128(_mm_srli_si128(v, 2 * (places)), _mm_slli_si128(v, 16 - 2 * (places)))
/* Places where one of eight equals one of another eight; of the eight themselves, one another. */
static inline __m128i equal_in(__m128i v)
{
	return _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi16(v, TURNED(v, 1)), _mm_cmpeq_epi16(v, TURNED(v, 2))),
		_mm_or_si128(_mm_cmpeq_epi16(v, TURNED(v, 3)), _mm_cmpeq_epi16(v, TURNED(v, 4))));
}

static inline __m128i equal_between(__m128i v, __m128i w)
{
	const __m128i one = _mm_or_si128(_mm_cmpeq_epi16(v, w), _mm_cmpeq_epi16(v, TURNED(w, 4)));
	const __m128i two = _mm_or_si128(_mm_cmpeq_epi16(v, TURNED(w, 1)), _mm_cmpeq_epi16(v, TURNED(w, 5)));
	const __m128i three = _mm_or_si128(_mm_cmpeq_epi16(v, TURNED(w, 2)), _mm_cmpeq_epi16(v, TURNED(w, 6)));
	const __m128i four = _mm_or_si128(_mm_cmpeq_epi16(v, TURNED(w, 3)), _mm_cmpeq_epi16(v, TURNED(w, 7)));

	return _mm_or_si128(_mm_or_si128(one, two), _mm_or_si128(three, four));
}

/* The first n of eight; in place of the rest what no prefix is, each another one. */
static inline __m128i only(__m128i v, size_t n, short other)
{
	const __m128i place = _mm_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7), keep = _mm_cmpgt_epi16(_mm_set1_epi16((short)n), place);

	return _mm_or_si128(_mm_and_si128(keep, v), _mm_andnot_si128(keep, _mm_or_si128(place, _mm_set1_epi16(other))));
}

/* Most buckets have each prefix once: then all are entries at once. FEW of them may be looked at, and written. */
static inline bool fill_single(uint8_t *entries, const uint16_t *prefix, size_t n)
{
	const __m128i *const at = (const __m128i *)(const void *)prefix;
	const __m128i low = only(_mm_loadu_si128(at), n, 0x4000), high = only(_mm_loadu_si128(at + 1), n < 8 ? 0 : n - 8, 0x4010);
	__m128i equal = equal_in(low);

	if (n > 8)
		equal = _mm_or_si128(equal, _mm_or_si128(equal_in(high), equal_between(low, high)));
	if (_mm_movemask_epi8(equal))
		return false;
	_mm_storeu_si128((__m128i *)(void *)entries, _mm_slli_epi16(low, 2));
	_mm_storeu_si128((__m128i *)(void *)(entries + 16), _mm_slli_epi16(high, 2));
	return true;
}

/* The same for few, each with all at once. FEW of them may be looked at. */
static size_t fill_few(uint8_t *entries, const uint16_t *prefix, size_t n)
{
	const __m128i *const at = (const __m128i *)(const void *)prefix;
	const __m128i low = _mm_loadu_si128(at), high = _mm_loadu_si128(at + 1);
	const unsigned there = (1u << n) - 1;
	size_t kept = 0, i;

	if (fill_single(entries, prefix, n))
		return n;
	for (i = 0; i < n; i++) {
		const __m128i this = _mm_set1_epi16((short)prefix[i]);
		const unsigned all = there & (unsigned)_mm_movemask_epi8(_mm_packs_epi16(_mm_cmpeq_epi16(low, this), _mm_cmpeq_epi16(high, this)));
		const unsigned two = all & (all - 1), three = two & (two - 1), four = three & (three - 1), five = four & (four - 1);

		put_entry(entries, kept, prefix[i], (uint16_t)((two != 0) + (three != 0) + (five != 0)));
		kept += (all & ((1u << i) - 1)) == 0; /* it is the first of its kind */
	}
	return kept;
}
#else
#define FEW 0u
#define fill_few fill_bucket
#endif

#define BUCKETS_MAX (1u << (PRINTS_BITS_MAX - HEAP_BITS)) /* of a heap */

/* The prefixes of some heaps' keys by their buckets; end: where each bucket's end. */
static void into_buckets(const struct keys *k, size_t first, size_t heaps, unsigned bits, size_t buckets, uint16_t *prefix, uint32_t *end)
{
	const uint32_t *key;
	uint32_t at = 0;
	size_t h, i, n;
	uint16_t c;
	int turn;

	memset(end, 0, buckets * sizeof(*end));
	for (turn = 0; turn < 2; turn++) {
		for (h = first; h < first + heaps; h++) {
			n = (k->heap[h].count + CHUNK - 1) % CHUNK + 1;
			for (i = k->heap[h].count, c = k->heap[h].chunk; i > 0; i -= n, n = CHUNK, c = k->before[c]) {
				for (key = k->chunk[c]; turn == 0 && key < k->chunk[c] + n; key++)
					end[(size_t)((uint64_t)*key >> (32 - bits)) & (buckets - 1)]++;
				for (; turn == 1 && key < k->chunk[c] + n; key++)
					prefix[end[(size_t)((uint64_t)*key >> (32 - bits)) & (buckets - 1)]++] = *key >> (18 - bits) & 0x3fff;
			}
		}
		for (i = 0; turn == 0 && i < buckets; i++) {
			at += end[i];
			end[i] = at - end[i];
		}
	}
}

/* Counts, starts and entries; returns their bytes. */
static size_t fill(uint8_t *piece, const struct keys *k, uint16_t *prefix, unsigned bits, uint32_t *ret_count)
{
	const size_t heaps = bits < HEAP_BITS ? HEAPS : 1, some = (size_t)1 << (bits < HEAP_BITS ? bits : bits - HEAP_BITS);
	const size_t buckets = (size_t)1 << bits, supers = (buckets + PRINTS_SUPER - 1) / PRINTS_SUPER;
	uint8_t *counts = piece, *starts = piece + buckets, *entries = starts + 4 * supers;
	uint32_t end[BUCKETS_MAX], kept = 0;
	size_t h, i, from, bucket = 0;

	for (h = 0; h < HEAPS; h += heaps) {
		into_buckets(k, h, heaps, bits, some, prefix, end);
		for (i = 0, from = 0; i < some; from = end[i++], bucket++) {
			const size_t n = end[i] - from;
			const uint32_t le = htole32(kept);
			uint8_t *const to = entries + 2 * (size_t)kept;

			if (bucket % PRINTS_SUPER == 0)
				memcpy(starts + bucket / PRINTS_SUPER * 4, &le, 4);
			counts[bucket] = (uint8_t)(n <= FEW ? fill_few(to, prefix + from, n) : fill_bucket(to, prefix + from, n));
			kept += counts[bucket];
		}
	}
	*ret_count = kept;
	return buckets + 4 * supers + 2 * (size_t)kept;
}

static void put(struct prints *p, const void *bytes, size_t n)
{
	if (p->bad == 0 && n > 0)
		p->bad = p->sink(p->arg, bytes, n);
}

static void put_part(struct prints *p, struct prints_head h, const void *bytes)
{
	const size_t n = bytes ? h.bytes : 0; /* NULL: the caller puts them */

	h.count = htole32(h.count);
	h.bytes = htole32(h.bytes);
	put(p, &h, sizeof(h));
	put(p, bytes, n);
}

static void flush(struct prints *p, struct keys *k)
{
	struct prints_head h = { .part = (uint8_t)k->part, .shift = (uint8_t)k->shift };

	if (k->count == 0)
		return;
	h.bits = (uint8_t)bits_for(k->count);
	h.bytes = (uint32_t)fill(p->piece, k, p->prefix, h.bits, &h.count);
	put_part(p, h, p->piece);
	keys_cut(k, NULL);
	k->segments++;
	if (k->segments >= THIN_AFTER && (k->segments - THIN_AFTER) % 8 == 0 && k->shift < PRINTS_SHIFT_MAX)
		k->shift++;
}

static inline void add(struct prints *p, struct keys *k, uint32_t key)
{
	struct heap *const h = &k->heap[key >> (32 - HEAP_BITS)];

	if (h->count % CHUNK == 0) {
		const uint16_t c = k->unused[--k->unused_count];

		k->before[c] = h->chunk;
		h->chunk = c;
	}
	if (h->count % LINE == 0) /* the next line will be there when it is written to */
		__builtin_prefetch(&k->chunk[h->chunk][h->count % CHUNK + LINE], 1);
	k->chunk[h->chunk][h->count++ % CHUNK] = key;
	if (++k->count == PRINTS_SEGMENT)
		flush(p, k);
}

/* Both entries have to be in one segment. */
static void add_strong(struct prints *p, uint64_t key)
{
	if (!strong_sampled(key, p->strong.shift))
		return;
	if (p->strong.count + 2 > PRINTS_SEGMENT)
		flush(p, &p->strong);
	add(p, &p->strong, (uint32_t)(key >> 32));
	add(p, &p->strong, strong_second(key));
}

/* ---- rare values ---- */

static struct slot *slot_of(struct slot *slot, size_t room, value v)
{
	size_t i = (size_t)(v >> 32) & (room - 1);

	while (slot[i].v != 0 && slot[i].v != v)
		i = (i + 1) & (room - 1);
	return &slot[i];
}

static void tally_drop(struct prints *p, struct value_tally *t)
{
	p->tally_bytes -= t->room * sizeof(*t->slot);
	free(t->slot);
	*t = (struct value_tally){ .given_up = true };
}

static bool tally_grow(struct prints *p, struct value_tally *t)
{
	const size_t room = t->room ? t->room * 2 : 64;
	struct slot *slot;
	size_t i;

	if (t->used >= TALLY_VALUES || p->tally_bytes + room * sizeof(*slot) > TALLY_BYTES)
		return false;
	slot = calloc(room, sizeof(*slot));
	if (!slot)
		return false;
	for (i = 0; i < t->room; i++)
		if (t->slot[i].v)
			*slot_of(slot, room, t->slot[i].v) = t->slot[i];
	p->tally_bytes += (room - t->room) * sizeof(*slot);
	free(t->slot);
	t->slot = slot;
	t->room = room;
	return true;
}

/* Where a person's records stand together each person counts once; elsewhere a value may seem less rare. */
static void tally_add(struct prints *p, struct value_tally *t, value v, uint32_t person)
{
	struct slot *s;

	if (t->used * 2 >= t->room && !tally_grow(p, t)) {
		tally_drop(p, t);
		return;
	}
	s = slot_of(t->slot, t->room, v);
	if (!s->v) {
		s->v = v;
		t->used++;
		t->letters += value_weight(v);
	} else if (s->count >= PRINTS_RARE || s->person == person) {
		return; /* more is not asked */
	}
	s->person = person;
	s->count++;
}

/* A value that one column has often is no rare one for being rare in another. */
static void keep_value(struct prints *p, value v, bool common)
{
	if (p->rares >= (common ? PRINTS_RARE_MAX : PRINTS_RARE_MAX / 2))
		return;
	if (!room_for((void **)&p->rare, &p->rares_room, p->rares, 1, sizeof(*p->rare)))
		p->bad = -SPE_E_INTERNAL;
	else
		p->rare[p->rares++] = (v & VALUE_HASH) | common;
}

static void tally_end(struct prints *p, struct value_tally *t)
{
	size_t i;

	for (i = 0; i < t->room; i++)
		if (t->slot[i].v)
			keep_value(p, t->slot[i].v,
				t->used < HIGH_CARDINALITY || t->slot[i].count >= PRINTS_RARE);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void put_rare(struct prints *p)
{
	struct prints_head h = { .part = PART_RARE };
	size_t i, next;
	uint32_t n = 0;

	if (p->rares > 1)
		qsort(p->rare, p->rares, sizeof(*p->rare), compare);
	for (i = 0; i < p->rares; i = next) {
		bool common = false;

		for (next = i; next < p->rares && (p->rare[next] & VALUE_HASH) == (p->rare[i] & VALUE_HASH); next++)
			common |= p->rare[next] & 1;
		if (!common)
			p->rare[n++] = htole64(p->rare[i]);
	}
	h.count = n;
	h.bytes = n * (uint32_t)sizeof(*p->rare);
	if (n > 0)
		put_part(p, h, p->rare);
}

/* ---- planted rows ---- */

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->v == y->v ? (x->whose > y->whose) - (x->whose < y->whose) : x->v < y->v ? -1 : 1;
}

int prints_canary(struct prints *p, bool planted, const struct csv_field *field, size_t columns)
{
	size_t i;

	if (p->bad < 0)
		return p->bad;
	if (columns != p->columns)
		return -SPE_E_INPUT;
	if (p->canaries + columns > PRINTS_CANARY_MAX)
		return p->bad = -SPE_E_TOO_LARGE;
	if (!room_for((void **)&p->canary, &p->canaries_room, p->canaries, columns, sizeof(*p->canary)))
		return p->bad = -SPE_E_INTERNAL;
	for (i = 0; i < columns; i++) {
		const value v = value_read(field[i].p, field[i].len);

		if (v)
			p->canary[p->canaries++] = (struct entry){ v, p->whose | !planted };
	}
	p->whose += 2;
	return 0;
}

/* Each value of a row once. */
static void put_canaries(struct prints *p)
{
	struct prints_head h = { .part = PART_CANARY };
	size_t i;

	if (p->canaries == 0 || p->bad < 0)
		return;
	qsort(p->canary, p->canaries, sizeof(*p->canary), compare_entries);
	for (i = 0; i < p->canaries; i++)
		h.count += i == 0 || compare_entries(&p->canary[i - 1], &p->canary[i]) != 0;
	h.bytes = h.count * PRINTS_CANARY;
	put_part(p, h, NULL);
	for (i = 0; i < p->canaries; i++) {
		const uint64_t v = htole64(p->canary[i].v);
		const uint32_t whose = htole32(p->canary[i].whose);

		if (i > 0 && compare_entries(&p->canary[i - 1], &p->canary[i]) == 0)
			continue;
		put(p, &v, sizeof(v));
		put(p, &whose, sizeof(whose));
	}
}

/* ---- tables ---- */

int prints_new(struct prints **ret, prints_sink_fn *sink, void *arg)
{
	struct prints *p = calloc(1, sizeof(*p));

	if (!p)
		return -SPE_E_INTERNAL;
	p->sink = sink;
	p->arg = arg;
	p->prefix = malloc((PRINTS_SEGMENT + FEW) * sizeof(*p->prefix));
	p->piece = malloc(PIECE_MAX);
	if (keys_new(&p->pairs, PART_PAIRS) < 0 || keys_new(&p->strong, PART_STRONG) < 0 || !p->prefix || !p->piece) {
		prints_free(p);
		return -SPE_E_INTERNAL;
	}
	put(p, PRINTS_MAGIC, PRINTS_MAGIC_LEN);
	*ret = p;
	return p->bad;
}

static void table_free(struct prints *p)
{
	size_t i;

	for (i = 0; p->tally && i < p->columns; i++)
		free(p->tally[i].slot);
	free(p->tally);
	free(p->v);
	free(p->anchor);
	p->tally = NULL;
	p->v = NULL;
	p->anchor = NULL;
	p->tally_bytes = 0;
}

void prints_free(struct prints *p)
{
	if (!p)
		return;
	table_free(p);
	keys_free(&p->pairs);
	keys_free(&p->strong);
	free(p->prefix);
	free(p->piece);
	free(p->rare);
	free(p->canary);
	free(p);
}

/* Codes and their labels: few columns, one of them a text of its own in each row. */
static bool is_reference(const struct prints *p)
{
	size_t i;

	if (p->personal || p->columns > REFERENCE_COLUMNS || p->rows < 8 || p->strong.segments != p->strong_parts)
		return false;
	for (i = 0; i < p->columns; i++)
		if (p->tally[i].used == p->rows && p->tally[i].letters >= 6 * p->rows)
			return true;
	return false;
}

static void table_end(struct prints *p)
{
	size_t i;

	if (p->tally && is_reference(p)) {
		keys_cut(&p->pairs, NULL);
		keys_cut(&p->strong, p->strong_before);
	} else {
		for (i = 0; p->tally && i < p->columns; i++)
			tally_end(p, &p->tally[i]);
	}
	flush(p, &p->pairs);
	table_free(p);
}

/* About three pairs for every four columns; each of n values makes n - 1 where it is an anchor. */
static unsigned pair_shift(size_t columns)
{
	const uint64_t pairs = (uint64_t)columns * columns - columns, want = columns < 6 ? 4 : columns * 3 / 4;
	unsigned shift = 0;

	while (pairs >> shift > want)
		shift++;
	return shift;
}

int prints_table(struct prints *p, size_t columns)
{
	if (columns > CSV_FIELDS_MAX)
		return -SPE_E_INPUT;
	table_end(p);
	if (p->strong.count > PRINTS_SEGMENT / 2)
		flush(p, &p->strong);
	p->columns = columns;
	p->together = ROWS_VALUES / (columns + 1) < ROWS ? ROWS_VALUES / (columns + 1) + 1 : ROWS;
	p->v = calloc((columns + 1) * p->together, sizeof(*p->v));
	p->tally = calloc(columns + 1, sizeof(*p->tally));
	p->anchor = calloc(columns + 1, sizeof(*p->anchor));
	if (!p->v || !p->tally || !p->anchor)
		p->bad = -SPE_E_INTERNAL;
	p->pairs.shift = pair_shift(columns);
	p->pairs.segments = 0;
	memcpy(p->strong_before, p->strong.heap, sizeof(p->strong_before));
	p->strong_parts = p->strong.segments;
	p->rows = 0;
	p->personal = false;
	memset(p->near, 0, sizeof(p->near));
	return p->bad;
}

/* ---- rows ---- */

/* What waits goes to its heaps. What was chosen for a thicker sample than there is now is not missed. */
static void add_waiting(struct prints *p)
{
	const unsigned shift = p->pairs.shift;
	size_t i;

	for (i = 0; i < p->waiting && p->pairs.shift == shift; i++)
		add(p, &p->pairs, p->wait[i]);
	p->waiting = 0;
}

static inline void add_pair(struct prints *p, value a, value b, uint32_t person)
{
	const uint64_t key = pair_key(a, b);
	uint64_t *const near = &p->near[key % NEAR];

	p->wait[p->waiting] = (uint32_t)(key >> 32);
	p->waiting += *near != (key ^ person);
	*near = key ^ person;
	if (p->waiting == WAITING)
		add_waiting(p);
}

/* Each anchor with each other value, two anchors with each other once. */
static void add_pairs(struct prints *p, const value *v, size_t n, const uint16_t *anchor, size_t anchors, uint32_t person)
{
	size_t k, j;

	for (k = 0; k < anchors; k++) {
		const value a = v[anchor[k]];
		size_t before = 0; /* of the anchors that come first */

		for (j = 0; j < n; j++) {
			if (before < k && anchor[before] == j)
				before++;
			else if (j != anchor[k])
				add_pair(p, a, v[j], person);
		}
	}
}

static void add_text(struct prints *p, const char *text, size_t n)
{
	struct words w;
	uint64_t key;

	if (!words_begin(&w, text, n))
		return;
	while (words_next(&w, &key))
		if (key)
			add_strong(p, key);
}

static bool is_text(value v)
{
	return value_kind(v) == VALUE_TEXT || value_kind(v) == VALUE_CODE;
}

static bool is_personal(value v)
{
	const enum value_kind kind = value_kind(v);

	return kind == VALUE_TOKEN || kind == VALUE_DATE || (kind == VALUE_REAL && value_weight(v) >= 3);
}

/* One column of some rows; the person whom each is about, where the column says so. True: it has texts. */
static bool read_column(struct prints *p, size_t c, const struct csv_field *field, size_t rows, uint32_t *person)
{
	const struct value_tally *const t = &p->tally[c];
	const size_t columns = p->columns;
	value *to = p->v + c;
	bool texts = false;
	size_t r;

	values_read(to, columns, field + c, rows);
	for (r = 0, field += c; r < rows; r++, field += columns, to += columns) {
		const value v = *to;

		if (!p->personal)
			p->personal = is_personal(v);
		if (value_kind(v) < VALUE_TEXT)
			continue;
		if (value_kind(v) == VALUE_TOKEN) {
			person[r] = (uint32_t)(v >> 32) << 1;
			continue;
		}
		texts = true;
		if (field->len >= LONG_TEXT)
			add_text(p, field->p, field->len);
		if (t->room) /* it is there by the time all columns are read */
			__builtin_prefetch(&t->slot[(size_t)(v >> 32) & (t->room - 1)], 1);
	}
	return texts;
}

static void tally_column(struct prints *p, size_t c, const struct csv_field *field, size_t rows, const uint32_t *person)
{
	size_t r;

	for (r = 0; r < rows && !p->tally[c].given_up; r++) {
		const value v = p->v[r * p->columns + c];

		if (is_text(v) && value_weight(v) >= 3 && field[r * p->columns + c].len <= TALLY_LONGEST)
			tally_add(p, &p->tally[c], v, person[r]);
	}
}

/* What is told of a row as a whole, of its values in v. */
static void add_row(struct prints *p, value *v, uint32_t person)
{
	const unsigned shift = p->pairs.shift;
	const size_t columns = p->columns;
	size_t i, there = 0, anchors = 0;
	unsigned weight = 0;
	uint64_t sum = 0;

	for (i = 0; i < columns; i++) {
		const value one = v[i];

		if (!one)
			continue;
		sum += row_part(one);
		weight += value_weight(one);
		p->anchor[anchors] = (uint16_t)there;
		anchors += value_is_anchor(one, shift);
		v[there++] = one;
	}
	if (there >= ROW_VALUES && weight >= ROW_WEIGHT)
		add_strong(p, row_key(sum, there));
	if (anchors > 0)
		add_pairs(p, v, there, p->anchor, anchors, person);
}

static void add_rows(struct prints *p, const struct csv_field *field, size_t rows)
{
	uint32_t person[ROWS];
	size_t i;

	for (i = 0; i < rows; i++) /* where nobody is named, the row itself */
		person[i] = (uint32_t)++p->rows << 1 | 1;
	for (i = 0; i < p->columns; i++)
		p->tally[i].asked = read_column(p, i, field, rows, person) && !p->tally[i].given_up;
	for (i = 0; i < p->columns; i++)
		if (p->tally[i].asked)
			tally_column(p, i, field, rows, person);
	for (i = 0; i < rows; i++)
		add_row(p, p->v + i * p->columns, person[i]);
	add_waiting(p);
}

int prints_rows(struct prints *p, const struct csv_field *field, size_t columns, size_t rows)
{
	size_t some;

	if (p->bad == 0 && columns != p->columns)
		return -SPE_E_INPUT;
	for (; p->bad == 0 && rows > 0; rows -= some, field += some * columns) {
		some = rows < p->together ? rows : p->together;
		add_rows(p, field, some);
	}
	return p->bad;
}

int prints_row(struct prints *p, const struct csv_field *field, size_t columns)
{
	return prints_rows(p, field, columns, 1);
}

int prints_end(struct prints *p)
{
	table_end(p);
	p->columns = 0;
	flush(p, &p->strong);
	put_rare(p);
	put_canaries(p);
	put_part(p, (struct prints_head){ .part = PART_END }, NULL);
	return p->bad;
}
