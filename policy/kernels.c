/* policy/kernels.c - where patterns of characters are, 64 bytes at a time.
 *
 * First 64 characters are turned into seven words of 64 bits, one for each bit of an ASCII character: that is the only
 * step that is written for each set of instructions. What is a digit, a letter or a dash is then worked out of these
 * words by and, or and not. Patterns are found by shifting the words of classes, "a digit and a digit before" being
 * d & d << 1; what a pattern needs from the 64 characters before is shifted in from their word. No pattern is longer than
 * 64, so each word's bits depend on two words of each class, or three, and eight neighbouring words are worked on at
 * once as one vector, which the compiler makes of whatever registers there are. A bit stands where a pattern ends.
 *
 * Patterns are wider than the tests behind them, never narrower: t/unit/scan.c compares each kernel that the processor has
 * with the plain walk, and t/fuzz/scan.c does. They are as narrow as they can be without a look-up, since a place that
 * is judged costs as much as a hundred bytes that are not. */
#include <endian.h>
#include <string.h>

#include "policy/walk.h"
#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define X86 1
#endif

#define INLINE inline __attribute__((always_inline))

/* --- patterns --- */

typedef uint64_t lanes __attribute__((vector_size(8 * LANES), aligned(8), may_alias));

/* A word of bits and the one before it, of which only the upper bits are right where it was worked out. */
struct pair {
	lanes now, old;
};

#define LOAD(p) (*(const lanes *)(const void *)(p))
/* Where it stands n characters before. */
#define UP(x, n) ((x).now << (n) | (x).old >> (64 - (n)))
/* Here x, and n characters before y. */
#define BOTH(x, y, n) { (x).now & UP(y, n), (x).old & (y).old << (n) }
#define FIRST(x) ((x).now & ~UP(x, 1)) /* of a row */

static INLINE void get(struct pair *ret, const struct walk *w, enum class c, size_t k)
{
	ret->now = LOAD(&w->of[c][k]);
	ret->old = LOAD(&w->of[c][k - 1]);
}

static INLINE void next(lanes *ret, const struct walk *w, enum class c, size_t k)
{
	*ret = LOAD(&w->of[c][k + 1]);
}

static INLINE void put(struct walk *w, enum pattern p, size_t k, const lanes *v, lanes *any)
{
	memcpy(&w->found[p][k], v, sizeof(*v));
	if (any)
		*any |= *v;
}

/* Digits and joints in chains. "2026-01-15 12:30", which programs write in each line, is a chain of ten digits
 * that no number begins in: what is before ':' and a digit is part of a time. */
static INLINE void find_chains(struct walk *w, size_t k, const struct pair *d, const struct pair *d4, const struct pair *letter,
	const struct pair *word)
{
	struct pair dot, blank, dash, plus, under, d27, colon;

	get(&dot, w, DOT, k), get(&blank, w, BLANK, k), get(&dash, w, DASH, k);
	get(&plus, w, PLUS, k), get(&under, w, UNDER, k), get(&d27, w, DIGIT27, k), get(&colon, w, COLON, k);

	lanes behind, found;
	struct pair joint = { blank.now | dash.now | plus.now | under.now, blank.old | dash.old | plus.old | under.old };
	struct pair joined = { d->now | (joint.now & UP(*d, 1)), d->old | (joint.old & d->old << 1) };
	struct pair row2 = BOTH(joined, joined, 1), row4 = BOTH(row2, row2, 2), row6 = BOTH(row4, row2, 4), row8 = BOTH(row4, row4, 4);
	struct pair d8 = BOTH(*d4, *d4, 4);
	struct pair ten = BOTH(row8, row2, 8), nine = BOTH(d8, *d, 8), d2 = BOTH(*d, *d, 1);
	struct pair either = { ten.now | nine.now, ten.old | nine.old };
	struct pair dashes = { dash.now & ~dot.now, dash.old & ~dot.old };

	next(&behind, w, DIGIT, k);
	found = colon.now & (d->now >> 1 | behind << 63);
	found &= UP(d2, 1) & UP(blank, 3) & UP(d2, 4) & UP(dashes, 6) & UP(d2, 7) & UP(dashes, 9) & UP(*d4, 10) & UP(d27, 13) &
		~UP(joint, 14) & ~UP(*d, 14);
	found = UP(either, 1) & ~joined.now & ~found;
	put(w, CHAIN, k, &found, NULL);
	found = d2.now & UP(*d, 2) & UP(*letter, 3) & (UP(row6, 4) | (UP(row6, 5) & ~UP(*word, 4)));
	put(w, LETTERED, k, &found, NULL);
}

/* Numbers behind words: a letter, and up to three characters that are none. */
static INLINE void find_told(struct walk *w, size_t k, const struct pair *d, const struct pair *d4, const struct pair *letter,
	const struct pair *word, lanes *seldom)
{
	struct pair dot, dash, alpha;

	get(&dot, w, DOT, k), get(&dash, w, DASH, k), get(&alpha, w, ALPHA, k);

	struct pair near = { UP(*letter, 1) | (~UP(*word, 1) & (UP(*letter, 2) | (~UP(*word, 2) & (UP(*letter, 3) |
								(~UP(*word, 3) & UP(*letter, 4)))))),
		letter->old << 1 | (~(word->old << 1) & (letter->old << 2 | (~(word->old << 2) & (letter->old << 3 |
								(~(word->old << 3) & letter->old << 4))))) };
	struct pair five = BOTH(*d4, *d, 4), part = BOTH(dash, *d, 1), point = BOTH(dot, *d, 1);
	struct pair point2 = { point.now & (UP(point, 2) | UP(point, 3) | UP(point, 4)),
		point.old & (point.old << 2 | point.old << 3 | point.old << 4) };
	lanes found = FIRST(five) & ~UP(dot, 5) & (UP(near, 4) | UP(part, 5));

	put(w, TOLD, k, &found, NULL);
	found = d4->now & UP(point, 4) & (UP(near, 5) | UP(near, 6) | UP(near, 7));
	put(w, DEGREES, k, &found, seldom);
	found = point.now & (UP(point2, 2) | UP(point2, 3) | UP(point2, 4));
	put(w, IPV4, k, &found, seldom);
	found = d->now & UP(*d, 1) & UP(alpha, 2) & UP(alpha, 3) & ~UP(*word, 4);
	put(w, IBAN, k, &found, seldom);
}

/* Colons two to five apart, and dashes three apart. */
static INLINE void find_colons(struct walk *w, size_t k, lanes *seldom)
{
	struct pair colon, dash;

	get(&colon, w, COLON, k), get(&dash, w, DASH, k);

#define NEAR(x) { UP(x, 2) | UP(x, 3) | UP(x, 4) | UP(x, 5), (x).old << 2 | (x).old << 3 | (x).old << 4 | (x).old << 5 }
	struct pair near = NEAR(colon), second = { colon.now & near.now, colon.old & near.old };
	struct pair third = NEAR(second), apart = BOTH(dash, dash, 3), apart2 = BOTH(apart, apart, 3);
	lanes found = colon.now & (third.now | UP(colon, 1));
#undef NEAR

	put(w, COLONS, k, &found, seldom);
	found = apart2.now & UP(apart2, 6);
	put(w, DASHES, k, &found, seldom);
}

static INLINE void find_rest(struct walk *w, size_t k, const struct pair *d, const struct pair *word, bool few, lanes *seldom)
{
	struct pair dot, dash, plus, under, alpha, p;
	lanes behind, other, bad, d27, at, found;

	get(&dot, w, DOT, k), get(&dash, w, DASH, k), get(&plus, w, PLUS, k), get(&under, w, UNDER, k);
	get(&alpha, w, ALPHA, k), get(&p, w, LETTER_P, k);

	d27 = LOAD(&w->of[DIGIT27][k]);
	behind = LOAD(&w->of[DIGIT27][k - 1]);

	struct pair token = { alpha.now | d27, alpha.old | behind };
	struct pair coded = { d->now | alpha.now | plus.now | under.now | (dash.now & ~dot.now),
		d->old | alpha.old | plus.old | under.old | (dash.old & ~dot.old) };
	struct pair row = few ? token : coded;
	struct pair row2 = BOTH(row, row, 1), row4 = BOTH(row2, row2, 2), row8 = BOTH(row4, row4, 4), row16 = BOTH(row8, row8, 8);
	struct pair row24 = BOTH(row16, row8, 16), row31 = BOTH(row16, row16, 15);

	found = few ? FIRST(row31) : FIRST(row24);
	put(w, CODED, k, &found, NULL);
	next(&behind, w, DIGIT27, k);
	found = p.now & ~UP(*word, 1) & (lanes)((d27 | behind) != 0);
	next(&other, w, DIGIT, k);
	bad = d->now & ~d27;
	behind = other & ~behind;
#define DOWN(n) (bad |= bad >> (n) | behind << (64 - (n)), behind |= behind >> (n))
	DOWN(1), DOWN(2), DOWN(4), DOWN(8), DOWN(15);
#undef DOWN
	found &= ~bad; /* which no pseudonym has, in 31 characters */
	put(w, WORDS, k, &found, NULL);
	behind = other;
	at = LOAD(&w->of[AT][k]);
	found = at | (plus.now & (d->now >> 1 | behind << 63));
	put(w, SIGNS, k, &found, seldom);
}

static INLINE void find(struct walk *w, size_t n, bool few)
{
	size_t k;

	for (k = 1; k <= n; k += LANES) {
		struct pair d, alpha, other;
		lanes seldom = { 0 };

		get(&d, w, DIGIT, k), get(&alpha, w, ALPHA, k), get(&other, w, OTHER, k);

		struct pair letter = { alpha.now | other.now, alpha.old | other.old };
		struct pair word = { letter.now | d.now, letter.old | d.old };
		struct pair d2 = BOTH(d, d, 1), d4 = BOTH(d2, d2, 2);

		find_chains(w, k, &d, &d4, &letter, &word);
		if (!few) {
			find_told(w, k, &d, &d4, &letter, &word, &seldom);
			find_colons(w, k, &seldom);
		}
		find_rest(w, k, &d, &word, few, &seldom);
		put(w, SELDOM, k, &seldom, NULL);
	}
}

/* --- classes of characters, from the bits of ASCII --- */

static INLINE void sort(struct walk *w, size_t k, size_t n)
{
	size_t i;

	for (i = 0; i < n; i += LANES) {
		lanes b0 = LOAD(&w->plane[0][i]), b1 = LOAD(&w->plane[1][i]), b2 = LOAD(&w->plane[2][i]), b3 = LOAD(&w->plane[3][i]),
		      b4 = LOAD(&w->plane[4][i]), b5 = LOAD(&w->plane[5][i]), b6 = LOAD(&w->plane[6][i]);
		lanes row2 = b5 & ~b6 & ~b4, row3 = b5 & ~b6 & b4; /* of the table of ASCII: ' ' to '/', '0' to '?' */
		lanes none = ~(b3 | b2 | b1 | b0), low = b1 & b0, ends = row2 & b3 & b2;
		lanes alpha = b6 & ~(none & ~b4) & ~(b4 & b3 & (b2 | low));

#define CLASS(c, v)                                                          \
	do {                                                                 \
		lanes is = (v);                                              \
		memcpy(&w->of[c][k + i], &is, sizeof(is));                   \
	} while (0)
		CLASS(DIGIT, row3 & ~(b3 & (b2 | b1)));
		CLASS(DIGIT27, row3 & ~b3 & (b2 | b1));
		CLASS(ALPHA, alpha);
		CLASS(CAPITAL, alpha & ~b5);
		CLASS(LETTER_P, b6 & b4 & none);
		CLASS(DOT, ends & b1 & ~b0);
		CLASS(BLANK, row2 & none);
		CLASS(COLON, row3 & b3 & ~b2 & b1 & ~b0);
		CLASS(DASH, ends & (b1 | b0));
		CLASS(PLUS, row2 & b3 & ~b2 & low);
		CLASS(UNDER, b6 & ~b5 & b4 & b3 & b2 & low);
		CLASS(AT, b6 & ~b5 & ~b4 & none);
		CLASS(OTHER, ~b6 & ~b5 & ~b4 & ~b3 & ~b2 & ~b1 & b0);
#undef CLASS
	}
}

/* --- without special instructions --- */

/* The bits at this place of eight bytes. */
static inline uint64_t bits_at(uint64_t bytes, unsigned bit)
{
	return (bytes >> bit & 0x0101010101010101) * 0x0102040810204080 >> 56;
}

static void read_words(struct walk *w, size_t k, const char *p, size_t blocks)
{
	unsigned bit;
	size_t i;

	for (; blocks > 0; blocks--, k++) {
		uint64_t bits[PLANES] = { 0 }, bytes;

		for (i = 0; i < BLOCK; i += 8, p += 8) {
			memcpy(&bytes, p, 8);
#pragma GCC unroll 7
			for (bit = 0; bit < PLANES; bit++)
				bits[bit] |= bits_at(le64toh(bytes), bit) << i;
		}
#pragma GCC unroll 7
		for (bit = 0; bit < PLANES; bit++)
			w->plane[bit][k] = bits[bit];
	}
}

static bool survey_words(const char *p, size_t blocks, bool json, uint64_t *ret_ends, size_t *ret_lines)
{
	size_t k, i;

	for (k = 0; k < blocks; k++) {
		ret_ends[k] = 0;
		for (i = 0; i < BLOCK; i++)
			ret_ends[k] |= (uint64_t)(p[k * BLOCK + i] == '\n') << i;
	}
	*ret_lines = text_lines(p, blocks * BLOCK);
	return text_is_plain(p, blocks * BLOCK, json);
}

static void sort_plain(struct walk *w, size_t k, size_t n)
{
	sort(w, k, n);
}

static uint64_t words_plain(const char *p, size_t n)
{
	uint64_t bits = 0;
	size_t i;

	for (i = 0; i < n; i++)
		bits |= (uint64_t)is_word(p[i]) << i;
	return bits;
}

static void find_plain(struct walk *w, size_t n, bool few)
{
	if (few)
		find(w, n, true);
	else
		find(w, n, false);
}

static uint64_t which_plain(const uint64_t *words, size_t n)
{
	uint64_t bits = 0;
	size_t k;

	for (k = 0; k < n; k++)
		bits |= (uint64_t)(words[k] != 0) << k;
	return bits;
}

#if X86
/* --- SSE2, which every x86-64 has --- */

static void read_sse2(struct walk *w, size_t k, const char *p, size_t blocks)
{
	int bit;
	size_t i;

	for (; blocks > 0; blocks--, k++) {
		uint64_t bits[PLANES] = { 0 };

		for (i = 0; i < BLOCK; i += 16, p += 16) {
			__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);

#pragma GCC unroll 7
			for (bit = PLANES - 1; bit >= 0; bit--) {
				v = _mm_add_epi8(v, v); /* the next bit is the highest */
				bits[bit] |= (uint64_t)(uint32_t)_mm_movemask_epi8(v) << i;
			}
		}
#pragma GCC unroll 7
		for (bit = 0; bit < (int)PLANES; bit++)
			w->plane[bit][k] = bits[bit];
	}
}

static bool survey_sse2(const char *p, size_t blocks, bool json, uint64_t *ret_ends, size_t *ret_lines)
{
	size_t k, i;

	for (k = 0; k < blocks; k++) {
		ret_ends[k] = 0;
		for (i = 0; i < BLOCK; i += 16) {
			__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + k * BLOCK + i));

			ret_ends[k] |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('\n'))) << i;
		}
	}
	*ret_lines = text_lines(p, blocks * BLOCK);
	return text_is_plain(p, blocks * BLOCK, json);
}

/* --- AVX2 --- */

#define AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))
static AVX2 INLINE uint64_t avx2_bits(__m256i low, __m256i high)
{
	return (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32 | (uint32_t)_mm256_movemask_epi8(low);
}

static AVX2 void read_avx2(struct walk *w, size_t k, const char *p, size_t blocks)
{
	int bit;

	for (; blocks > 0; blocks--, k++, p += BLOCK) {
		__m256i low = _mm256_loadu_si256((const __m256i *)(const void *)p),
			high = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32));

#pragma GCC unroll 7
		for (bit = PLANES - 1; bit >= 0; bit--) {
			low = _mm256_add_epi8(low, low); /* the next bit is the highest */
			high = _mm256_add_epi8(high, high);
			w->plane[bit][k] = avx2_bits(low, high);
		}
	}
}

static AVX2 void sort_avx2(struct walk *w, size_t k, size_t n)
{
	sort(w, k, n);
}

/* Signed: bytes from 0x80 are under a blank. */
static AVX2 bool survey_avx2(const char *p, size_t blocks, bool json, uint64_t *ret_ends, size_t *ret_lines)
{
	__m256i blank = _mm256_set1_epi8(' '), end = _mm256_set1_epi8('\n'), del = _mm256_set1_epi8('\x7f');
	__m256i escape = json ? _mm256_set1_epi8('\\') : del, odd = _mm256_setzero_si256();
	size_t k, i, lines = 0;

	for (k = 0; k < blocks; k++, p += BLOCK) {
		__m256i ends[2];

		for (i = 0; i < 2; i++) {
			__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32 * i));
			__m256i other = _mm256_or_si256(_mm256_cmpeq_epi8(v, del), _mm256_cmpeq_epi8(v, escape));

			ends[i] = _mm256_cmpeq_epi8(v, end);
			odd = _mm256_or_si256(odd, _mm256_or_si256(other, _mm256_andnot_si256(ends[i], _mm256_cmpgt_epi8(blank, v))));
		}
		ret_ends[k] = avx2_bits(ends[0], ends[1]);
		lines += (size_t)__builtin_popcountll(ret_ends[k]);
	}
	*ret_lines = lines;
	return _mm256_testz_si256(odd, odd);
}

/* Letters and digits. */
static AVX2 INLINE __m256i avx2_word(__m256i v)
{
	__m256i small = _mm256_or_si256(v, _mm256_set1_epi8(0x20));
	__m256i letter = _mm256_and_si256(_mm256_cmpgt_epi8(small, _mm256_set1_epi8('a' - 1)),
		_mm256_cmpgt_epi8(_mm256_set1_epi8('z' + 1), small));
	__m256i digit = _mm256_and_si256(_mm256_cmpgt_epi8(v, _mm256_set1_epi8('0' - 1)),
		_mm256_cmpgt_epi8(_mm256_set1_epi8('9' + 1), v));

	return _mm256_or_si256(_mm256_or_si256(letter, digit), _mm256_cmpeq_epi8(v, _mm256_set1_epi8(FOLD_LETTER)));
}

static AVX2 uint64_t words_avx2(const char *p, size_t n)
{
	char copy[BLOCK] = { 0 };

	memcpy(copy, p, n);
	return avx2_bits(avx2_word(_mm256_loadu_si256((const __m256i *)(const void *)copy)),
		avx2_word(_mm256_loadu_si256((const __m256i *)(const void *)(copy + 32))));
}

static AVX2 void find_avx2(struct walk *w, size_t n, bool few)
{
	if (few)
		find(w, n, true);
	else
		find(w, n, false);
}

static AVX2 uint64_t which_avx2(const uint64_t *words, size_t n)
{
	uint64_t bits = 0;
	size_t k;

	for (k = 0; k < n; k += LANES) {
		__m256i a = _mm256_loadu_si256((const __m256i *)(const void *)(words + k)),
			b = _mm256_loadu_si256((const __m256i *)(const void *)(words + k + 4)), none = _mm256_setzero_si256();
		int low = _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(a, none))),
		    high = _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(b, none)));

		bits |= (uint64_t)(~(low | high << 4) & 0xff) << k;
	}
	return n < 64 ? bits & (((uint64_t)1 << n) - 1) : bits;
}

/* --- AVX-512 --- */

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,bmi,bmi2,popcnt")))

static AVX512 bool survey_avx512(const char *p, size_t blocks, bool json, uint64_t *ret_ends, size_t *ret_lines)
{
	__mmask64 odd = 0;
	size_t k, lines = 0;

	for (k = 0; k < blocks; k++, p += BLOCK) {
		__m512i v = _mm512_loadu_si512((const void *)p);
		__mmask64 ends = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\n'));

		/* unsigned: what is below comes out far above */
		odd |= ~ends & _mm512_cmpgt_epu8_mask(_mm512_sub_epi8(v, _mm512_set1_epi8(' ')), _mm512_set1_epi8('~' - ' '));
		if (json)
			odd |= _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\\'));
		ret_ends[k] = ends;
		lines += (size_t)__builtin_popcountll(ends);
	}
	*ret_lines = lines;
	return odd == 0;
}

static AVX512 void read_avx512(struct walk *w, size_t k, const char *p, size_t blocks)
{
	int bit;

	for (; blocks > 0; blocks--, k++, p += BLOCK) {
		__m512i v = _mm512_loadu_si512((const void *)p);

#pragma GCC unroll 7
		for (bit = PLANES - 1; bit >= 0; bit--)
			w->plane[bit][k] = _mm512_test_epi8_mask(v, _mm512_set1_epi8((char)(1 << bit)));
	}
}

static AVX512 void sort_avx512(struct walk *w, size_t k, size_t n)
{
	sort(w, k, n);
}

static AVX512 uint64_t words_avx512(const char *p, size_t n)
{
	__m512i v = _mm512_maskz_loadu_epi8(n < 64 ? ((uint64_t)1 << n) - 1 : UINT64_MAX, (const void *)p);
	__m512i letter = _mm512_sub_epi8(_mm512_or_si512(v, _mm512_set1_epi8(0x20)), _mm512_set1_epi8('a'));

	return _mm512_cmple_epu8_mask(letter, _mm512_set1_epi8('z' - 'a')) | _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(FOLD_LETTER)) |
	       _mm512_cmple_epu8_mask(_mm512_sub_epi8(v, _mm512_set1_epi8('0')), _mm512_set1_epi8(9));
}

static AVX512 void find_avx512(struct walk *w, size_t n, bool few)
{
	if (few)
		find(w, n, true);
	else
		find(w, n, false);
}

static AVX512 uint64_t which_avx512(const uint64_t *words, size_t n)
{
	uint64_t bits = 0;
	size_t k;

	for (k = 0; k < n; k += LANES) {
		__m512i v = _mm512_loadu_si512((const void *)(words + k));

		bits |= (uint64_t)_mm512_test_epi64_mask(v, v) << k;
	}
	return n < 64 ? bits & (((uint64_t)1 << n) - 1) : bits;
}

static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}

static bool has_avx512(void)
{
	return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512vl");
}
#endif

/* --- which one --- */

static bool always(void)
{
	return true;
}

/* The best first. */
static const struct {
	enum scan_way way;
	bool (*has)(void);
	struct kernel kernel;
} kernels[] = {
#if X86
	{ SCAN_AVX512, has_avx512, { survey_avx512, read_avx512, sort_avx512, find_avx512, words_avx512, which_avx512 } },
	{ SCAN_AVX2, has_avx2, { survey_avx2, read_avx2, sort_avx2, find_avx2, words_avx2, which_avx2 } },
	{ SCAN_SSE2, always, { survey_sse2, read_sse2, sort_plain, find_plain, words_plain, which_plain } },
#endif
	{ SCAN_WORDS, always, { survey_words, read_words, sort_plain, find_plain, words_plain, which_plain } },
};
#define KERNELS (sizeof(kernels) / sizeof(kernels[0]))

bool scan_can(enum scan_way way)
{
	size_t i;

	for (i = 0; i < KERNELS; i++)
		if (kernels[i].way == way)
			return kernels[i].has();
	return way == SCAN_FAST || way == SCAN_PLAIN;
}

const struct kernel *kernel_of(enum scan_way way)
{
	size_t i = 0;

	while (i < KERNELS - 1 && (way == SCAN_FAST ? !kernels[i].has() : kernels[i].way != way))
		i++;
	return &kernels[i].kernel;
}
