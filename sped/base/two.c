/* base/two.c - see two.h. The steps for the SHA extensions are in the order of Intel's paper on them (Gulley and others, 2013);
 * two streams together take half the time that one after the other takes. A third one gains nothing: the unit is busy then. */
#define OPENSSL_API_COMPAT 0x10100000L /* SHA256_Transform: the EVP interface has no states */
#include "sped/base/two.h"

#include <endian.h>
#include <openssl/sha.h>
#include <string.h>
#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>
#include <immintrin.h>
#define X86 1
#endif

#define BLOCK 64

static void one_plain(uint32_t state[8], const uint8_t *p, size_t blocks)
{
	SHA256_CTX c;

	SHA256_Init(&c);
	memcpy(c.h, state, sizeof(c.h));
	for (; blocks > 0; blocks--, p += BLOCK)
		SHA256_Transform(&c, p);
	memcpy(state, c.h, sizeof(c.h));
}

void sha256_two_plain(uint32_t a[8], const uint8_t *of_a, uint32_t b[8], const uint8_t *of_b, size_t blocks)
{
	one_plain(a, of_a, blocks);
	one_plain(b, of_b, blocks);
}

/* The block behind the one of the key, for what 32 bytes hash to, of 96 in all. */
static void mac_plain(const uint32_t inner[8], const uint32_t outer[8], const uint8_t *p, uint8_t ret[32])
{
	static const uint8_t behind[BLOCK - 32] = { [0] = 0x80, [30] = (BLOCK + 32) * 8 >> 8 };
	uint8_t block[BLOCK];
	uint32_t state[8], word;
	int turn, i;

	memcpy(block, p, BLOCK);
	for (turn = 0; turn < 2; turn++) {
		memcpy(state, turn ? outer : inner, sizeof(state));
		one_plain(state, block, 1);
		for (i = 0; i < 8; i++) {
			word = htobe32(state[i]);
			memcpy(block + 4 * i, &word, 4);
		}
		memcpy(block + 32, behind, sizeof(behind));
	}
	memcpy(ret, block, 32);
}

void sha256_two_macs_plain(const uint32_t inner[8], const uint32_t outer[8], const uint8_t *a, const uint8_t *b, uint8_t ret_a[32],
	uint8_t ret_b[32])
{
	mac_plain(inner, outer, a, ret_a);
	mac_plain(inner, outer, b, ret_b);
}

#if defined(X86)
#define SHA __attribute__((target("sha,sse4.1")))
#define INLINE inline __attribute__((always_inline))

static const uint32_t round_k[64] __attribute__((aligned(16))) = { 0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b,
	0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7,
	0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152,
	0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
	0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
	0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2 };

/* A state as the instructions want it, and four times four words of a block. */
struct half {
	__m128i abef, cdgh;
};
struct words {
	__m128i w[4];
};

static SHA INLINE struct half get_state(const uint32_t state[8])
{
	const __m128i abcd = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)state), 0xb1);
	const __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)(state + 4)), 0x1b);

	return (struct half){ _mm_alignr_epi8(abcd, efgh, 8), _mm_blend_epi16(efgh, abcd, 0xf0) };
}

/* Its eight words in their order. */
static SHA INLINE void order_state(struct half h, __m128i ret[2])
{
	const __m128i abef = _mm_shuffle_epi32(h.abef, 0x1b), cdgh = _mm_shuffle_epi32(h.cdgh, 0xb1);

	ret[0] = _mm_blend_epi16(abef, cdgh, 0xf0);
	ret[1] = _mm_alignr_epi8(cdgh, abef, 8);
}

static SHA INLINE void put_state(void *to, struct half h)
{
	__m128i words[2];

	order_state(h, words);
	_mm_storeu_si128(to, words[0]);
	_mm_storeu_si128((__m128i *)to + 1, words[1]);
}

#define BIG_ENDIAN_WORDS _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203)
static SHA INLINE struct words get_words(const uint8_t *p)
{
	const __m128i order = BIG_ENDIAN_WORDS;
	struct words x;
	int i;

#pragma GCC unroll 4
	for (i = 0; i < 4; i++)
		x.w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i)), order);
	return x;
}

static SHA INLINE void four_rounds(struct half *h, __m128i words, __m128i k)
{
	const __m128i x = _mm_add_epi32(words, k);

	h->cdgh = _mm_sha256rnds2_epu32(h->cdgh, h->abef, x);
	h->abef = _mm_sha256rnds2_epu32(h->abef, h->cdgh, _mm_shuffle_epi32(x, 0x0e));
}

/* The i-th four of the words, as they are sixteen rounds on. */
static SHA INLINE void next_words(struct words *x, int i)
{
	const __m128i b = x->w[(i + 1) & 3], c = x->w[(i + 2) & 3], d = x->w[(i + 3) & 3];

	x->w[i] = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(x->w[i], b), _mm_alignr_epi8(d, c, 4)), d);
}

static SHA INLINE void one_block(struct half *a, struct words x, struct half *b, struct words y)
{
	const struct half a_before = *a, b_before = *b;
	int four;

#pragma GCC unroll 16
	for (four = 0; four < 16; four++) {
		const __m128i k = _mm_load_si128((const __m128i *)(const void *)(round_k + 4 * four));

		four_rounds(a, x.w[four & 3], k);
		four_rounds(b, y.w[four & 3], k);
		if (four < 12) {
			next_words(&x, four & 3);
			next_words(&y, four & 3);
		}
	}
	*a = (struct half){ _mm_add_epi32(a->abef, a_before.abef), _mm_add_epi32(a->cdgh, a_before.cdgh) };
	*b = (struct half){ _mm_add_epi32(b->abef, b_before.abef), _mm_add_epi32(b->cdgh, b_before.cdgh) };
}

static SHA void two_sha(uint32_t a[8], const uint8_t *of_a, uint32_t b[8], const uint8_t *of_b, size_t blocks)
{
	struct half x = get_state(a), y = get_state(b);

	for (; blocks > 0; blocks--, of_a += BLOCK, of_b += BLOCK)
		one_block(&x, get_words(of_a), &y, get_words(of_b));
	put_state(a, x);
	put_state(b, y);
}

/* What a state hashes to is a block's first words as it is; behind it the end and the length, of 96 bytes. */
static SHA INLINE struct words words_of(struct half h)
{
	struct words x;

	order_state(h, x.w);
	x.w[2] = _mm_setr_epi32((int)0x80000000, 0, 0, 0);
	x.w[3] = _mm_setr_epi32(0, 0, 0, (BLOCK + 32) * 8);
	return x;
}

static SHA INLINE void put_bytes(uint8_t ret[32], struct half h)
{
	__m128i words[2];

	order_state(h, words);
	_mm_storeu_si128((__m128i *)(void *)ret, _mm_shuffle_epi8(words[0], BIG_ENDIAN_WORDS));
	_mm_storeu_si128((__m128i *)(void *)(ret + 16), _mm_shuffle_epi8(words[1], BIG_ENDIAN_WORDS));
}

static SHA void two_macs_sha(const uint32_t inner[8], const uint32_t outer[8], const uint8_t *a, const uint8_t *b, uint8_t ret_a[32],
	uint8_t ret_b[32])
{
	struct half x = get_state(inner), y = x, x_end = get_state(outer), y_end = x_end;

	one_block(&x, get_words(a), &y, get_words(b));
	one_block(&x_end, words_of(x), &y_end, words_of(y));
	put_bytes(ret_a, x_end);
	put_bytes(ret_b, y_end);
}

/* The compiler's __builtin_cpu_supports has no word for this one. */
static bool has_sha(void)
{
	unsigned a, b, c, d;

	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && b & bit_SHA && __builtin_cpu_supports("sse4.1");
}
#endif

bool sha256_two_can(void)
{
#if defined(X86)
	static int has; /* 1: no; 2: yes. CPUID takes long in a virtual machine */
	int h = __atomic_load_n(&has, __ATOMIC_RELAXED);

	if (h == 0) {
		h = 1 + has_sha();
		__atomic_store_n(&has, h, __ATOMIC_RELAXED);
	}
	return h == 2;
#else
	return false;
#endif
}

void sha256_two(uint32_t a[8], const uint8_t *of_a, uint32_t b[8], const uint8_t *of_b, size_t blocks)
{
#if defined(X86)
	if (sha256_two_can()) {
		two_sha(a, of_a, b, of_b, blocks);
		return;
	}
#endif
	sha256_two_plain(a, of_a, b, of_b, blocks);
}

void sha256_two_macs(const uint32_t inner[8], const uint32_t outer[8], const uint8_t *a, const uint8_t *b, uint8_t ret_a[32],
	uint8_t ret_b[32])
{
#if defined(X86)
	if (sha256_two_can()) {
		two_macs_sha(inner, outer, a, b, ret_a, ret_b);
		return;
	}
#endif
	sha256_two_macs_plain(inner, outer, a, b, ret_a, ret_b);
}
