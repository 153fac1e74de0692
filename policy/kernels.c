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

#define UP(x, n) ((x).now << (n) | (x).old >> (64 - (n)))
#define OF(name) name
#define TARGET
#include "policy/patterns.h"

#if X86
/* Two words are shifted as one. */
#define GFNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi,bmi2,popcnt")))
#define UP(x, n) ((lanes)_mm512_shldi_epi64((__m512i)(x).now, (__m512i)(x).old, n))
#define OF(name) name##_pairs
#define TARGET GFNI
#include "policy/patterns.h"
#endif

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
	__m512i most = _mm512_setzero_si512();
	__mmask64 odd = 0;
	size_t k, lines = 0;

	for (k = 0; k < blocks; k++, p += BLOCK) {
		__m512i v = _mm512_loadu_si512((const void *)p);
		__mmask64 others = _mm512_cmpneq_epi8_mask(v, _mm512_set1_epi8('\n'));

		/* unsigned: what is below a blank comes out far above */
		most = _mm512_mask_max_epu8(most, others, most, _mm512_sub_epi8(v, _mm512_set1_epi8(' ')));
		if (json)
			odd |= _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\\'));
		ret_ends[k] = ~others;
		lines += (size_t)__builtin_popcountll(~others);
	}
	*ret_lines = lines;
	return (odd | _mm512_cmpgt_epu8_mask(most, _mm512_set1_epi8('~' - ' '))) == 0;
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

/* --- AVX-512 with GFNI and VBMI: a byte of each bit of eight characters in one multiplication of matrices, the eight bytes of
 * a bit side by side in one permutation, and eight words of a bit in one vector by three steps of pairs. --- */

/* Eight words, one for each bit of the 64 characters. */
static GFNI INLINE __m512i gfni_bits(const char *p)
{
	const __m512i backwards = _mm512_set_epi64(0x38393a3b3c3d3e3f, 0x3031323334353637, 0x28292a2b2c2d2e2f, 0x2021222324252627,
		0x18191a1b1c1d1e1f, 0x1011121314151617, 0x08090a0b0c0d0e0f, 0x0001020304050607);
	const __m512i by_bit = _mm512_set_epi64(0x3f372f271f170f07, 0x3e362e261e160e06, 0x3d352d251d150d05, 0x3c342c241c140c04,
		0x3b332b231b130b03, 0x3a322a221a120a02, 0x3931292119110901, 0x3830282018100800);
	__m512i v = _mm512_permutexvar_epi8(backwards, _mm512_loadu_si512((const void *)p));

	v = _mm512_gf2p8affine_epi64_epi8(_mm512_set1_epi64((int64_t)0x8040201008040201), v, 0);
	return _mm512_permutexvar_epi8(by_bit, v);
}

static GFNI void read_gfni(struct walk *w, size_t k, const char *p, size_t blocks)
{
	for (; blocks >= LANES; blocks -= LANES, k += LANES, p += LANES * BLOCK) {
		__m512i z[LANES], even[4], odd[4], v[8];
		size_t i;

#pragma GCC unroll 8
		for (i = 0; i < LANES; i++)
			z[i] = gfni_bits(p + i * BLOCK);
#pragma GCC unroll 4
		for (i = 0; i < 4; i++) {
			even[i] = _mm512_unpacklo_epi64(z[2 * i], z[2 * i + 1]);
			odd[i] = _mm512_unpackhi_epi64(z[2 * i], z[2 * i + 1]);
		}
#pragma GCC unroll 2
		for (i = 0; i < 2; i++) {
			v[4 * i] = _mm512_shuffle_i64x2(even[2 * i], even[2 * i + 1], 0x88);
			v[4 * i + 1] = _mm512_shuffle_i64x2(odd[2 * i], odd[2 * i + 1], 0x88);
			v[4 * i + 2] = _mm512_shuffle_i64x2(even[2 * i], even[2 * i + 1], 0xdd);
			v[4 * i + 3] = _mm512_shuffle_i64x2(odd[2 * i], odd[2 * i + 1], 0xdd);
		}
#pragma GCC unroll 4
		for (i = 0; i < 4; i++) {
			_mm512_storeu_si512(&w->plane[i][k], _mm512_shuffle_i64x2(v[i], v[4 + i], 0x88));
			if (i + 4 < PLANES)
				_mm512_storeu_si512(&w->plane[i + 4][k], _mm512_shuffle_i64x2(v[i], v[4 + i], 0xdd));
		}
	}
	read_avx512(w, k, p, blocks);
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

static GFNI void find_gfni(struct walk *w, size_t n, bool few)
{
	if (few)
		find_pairs(w, n, true);
	else
		find_pairs(w, n, false);
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

static bool has_gfni(void)
{
	return has_avx512() && __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("gfni");
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
	{ SCAN_GFNI, has_gfni, { survey_avx512, read_gfni, sort_avx512, find_gfni, words_avx512, which_avx512 } },
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
