/* policy/nfc.c - Unicode normalization form C: one way to write each letter, and one blank. Source: UAX 15. */
#include <string.h>

#include "policy/formats.h"
#include "policy/nfc.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define MARKS_MAX 30 /* on one letter: UAX 15, stream-safe text */
#define RUN_MAX (MARKS_MAX + 20)

/* Hangul syllables are composed by arithmetic: chapter 3.12 of the standard. */
enum {
	SYLLABLES = 0xac00,
	LEADS = 0x1100,
	VOWELS = 0x1161,
	TRAILS = 0x11a7,
	LEAD_COUNT = 19,
	VOWEL_COUNT = 21,
	TRAIL_COUNT = 28
};

static int by_whole(const void *key, const void *row)
{
	uint32_t c = *(const uint32_t *)key, whole = *(const uint32_t *)row; /* the first member of each row */

	return (c > whole) - (c < whole);
}

static uint8_t class_of(uint32_t c)
{
	size_t low = 0, high = COUNT(classes);

	if (c < 0x300)
		return 0;
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (c < classes[mid].first)
			high = mid;
		else if (c > classes[mid].last)
			low = mid + 1;
		else
			return classes[mid].class;
	}
	return 0;
}

/* A letter and its marks, or a few letters that may join. */
struct run {
	uint32_t c[RUN_MAX];
	size_t n;
	bool over;
};

static void run_add(struct run *r, uint32_t c)
{
	if (r->n == RUN_MAX)
		r->over = true;
	else
		r->c[r->n++] = c;
}

/* Canonical decomposition, as far as it goes: four levels are the deepest. */
static void decompose(struct run *r, uint32_t c, int depth)
{
	const struct pair *p;
	const struct single *s;
	uint32_t i = c - SYLLABLES;

	if (c < 0xc0 || depth == 8)
		return run_add(r, c);
	if (c >= SYLLABLES && i < LEAD_COUNT * VOWEL_COUNT * TRAIL_COUNT) {
		run_add(r, LEADS + i / (VOWEL_COUNT * TRAIL_COUNT));
		run_add(r, VOWELS + i / TRAIL_COUNT % VOWEL_COUNT);
		if (i % TRAIL_COUNT > 0)
			run_add(r, TRAILS + i % TRAIL_COUNT);
		return;
	}
	p = bsearch(&c, pairs, COUNT(pairs), sizeof(pairs[0]), by_whole);
	s = p ? NULL : bsearch(&c, singles, COUNT(singles), sizeof(singles[0]), by_whole);
	if (!p && !s)
		return run_add(r, c);
	decompose(r, p ? p->first : s->other, depth + 1);
	if (p)
		decompose(r, p->second & ~NEVER, depth + 1);
}

/* Marks of different classes have one order; those of the same keep theirs. */
static void sort_marks(struct run *r)
{
	size_t i, k;

	for (i = 1; i < r->n; i++) {
		uint32_t c = r->c[i];
		uint8_t class = class_of(c);

		for (k = i; class > 0 && k > 0 && class_of(r->c[k - 1]) > class; k--)
			r->c[k] = r->c[k - 1];
		r->c[k] = c;
	}
}

/* 0 where the two don't join. */
static uint32_t join(uint32_t a, uint32_t b)
{
	size_t i;

	if (a >= LEADS && a < LEADS + LEAD_COUNT && b >= VOWELS && b < VOWELS + VOWEL_COUNT)
		return SYLLABLES + ((a - LEADS) * VOWEL_COUNT + (b - VOWELS)) * TRAIL_COUNT;
	if (a >= SYLLABLES && a < SYLLABLES + LEAD_COUNT * VOWEL_COUNT * TRAIL_COUNT && (a - SYLLABLES) % TRAIL_COUNT == 0 &&
		b > TRAILS && b < TRAILS + TRAIL_COUNT)
		return a + (b - TRAILS);
	for (i = 0; i < COUNT(pairs); i++)
		if (pairs[i].first == a && pairs[i].second == b)
			return pairs[i].whole;
	return 0;
}

static void compose(struct run *r)
{
	size_t i, kept = 1, start = 0;
	uint8_t last = 0;
	bool open = r->n > 0 && class_of(r->c[0]) == 0;

	for (i = 1; i < r->n; i++) {
		uint32_t c = r->c[i], whole;
		uint8_t class = class_of(c);
		bool blocked = kept > start + 1 && last >= class;

		whole = open && !blocked ? join(r->c[start], c) : 0;
		if (whole) {
			r->c[start] = whole;
			continue;
		}
		if (class == 0) {
			start = kept;
			open = true;
		}
		last = class;
		r->c[kept++] = c;
	}
	r->n = r->n > 0 ? kept : 0;
}

static bool is_blank(uint32_t c)
{
	return c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x205f || c == 0x3000;
}

static void put(struct out *o, uint32_t c)
{
	char *p = o->p + o->len;

	if (c < 0x80) {
		p[0] = (char)c;
		o->len += 1;
	} else if (c < 0x800) {
		p[0] = (char)(0xc0 | c >> 6);
		p[1] = (char)(0x80 | (c & 0x3f));
		o->len += 2;
	} else if (c < 0x10000) {
		p[0] = (char)(0xe0 | c >> 12);
		p[1] = (char)(0x80 | (c >> 6 & 0x3f));
		p[2] = (char)(0x80 | (c & 0x3f));
		o->len += 3;
	} else {
		p[0] = (char)(0xf0 | c >> 18);
		p[1] = (char)(0x80 | (c >> 12 & 0x3f));
		p[2] = (char)(0x80 | (c >> 6 & 0x3f));
		p[3] = (char)(0x80 | (c & 0x3f));
		o->len += 4;
	}
}

static bool flush(struct out *o, struct run *r)
{
	size_t i;

	sort_marks(r);
	compose(r);
	if (r->over || !out_room(o, r->n * 4))
		return false;
	for (i = 0; i < r->n; i++)
		put(o, is_blank(r->c[i]) ? ' ' : r->c[i]);
	r->n = 0;
	return true;
}

/* Letters, by class, that all the same join with what is before them, or fall apart into marks. */
static const uint32_t followers[] = { 0x9be, 0x9d7, 0xb3e, 0xb56, 0xb57, 0xbbe, 0xbd7, 0xcc2, 0xcd5, 0xcd6, 0xd3e, 0xd57,
	0xdcf, 0xddf, 0xf73, 0xf75, 0xf81, 0x102e, 0x1b35, 0x11127 };

/* Whether c begins anew: it is no mark, and joins with nothing before it. */
static bool is_start(uint32_t c)
{
	size_t i;

	if (c < 0x300)
		return true;
	if (class_of(c) != 0 || (c >= 0x1160 && c < 0x1200) || (c >= 0x11300 && c < 0x11a00))
		return false;
	for (i = 0; i < COUNT(followers) && followers[i] <= c; i++)
		if (followers[i] == c)
			return false;
	return true;
}

bool nfc_add(struct out *o, const char *p, size_t n)
{
	const char *end = n > 0 ? p + n : p;
	struct run r = { .n = 0 };

	while (p < end) {
		uint32_t c;

		if ((unsigned char)*p < 0x80 && r.n == 0 && (p + 1 == end || (unsigned char)p[1] < 0x80)) {
			out_byte(o, *p++);
			continue;
		}
		c = text_next(&p, end);
		if (c == UINT32_MAX)
			return false;
		if (is_start(c) && !flush(o, &r))
			return false;
		decompose(&r, c, 0);
	}
	return flush(o, &r) && !o->failed;
}
