/* base/two.c - see two.h. The steps for the SHA extensions are in the order of Intel's paper on them (Gulley and others, 2013);
 * two streams together take 0.63 of the time that one after the other takes. A third one gains nothing: the unit is busy then. */
#define OPENSSL_API_COMPAT 0x10100000L /* SHA256_Transform: the EVP interface has no states */
#include "sped/base/two.h"

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

static SHA INLINE void put_state(uint32_t state[8], struct half h)
{
	const __m128i abef = _mm_shuffle_epi32(h.abef, 0x1b), cdgh = _mm_shuffle_epi32(h.cdgh, 0xb1);

	_mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(abef, cdgh, 0xf0));
	_mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(cdgh, abef, 8));
}

static SHA INLINE struct words get_words(const uint8_t *p)
{
	const __m128i order = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
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

/* The i-th four of the words sixteen rounds on. */
static SHA INLINE void next_words(struct words *x, int i)
{
	const __m128i b = x->w[(i + 1) & 3], c = x->w[(i + 2) & 3], d = x->w[(i + 3) & 3];

	x->w[i] = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(x->w[i], b), _mm_alignr_epi8(d, c, 4)), d);
}

static SHA INLINE void one_block(struct half *a, const uint8_t *of_a, struct half *b, const uint8_t *of_b)
{
	struct words x = get_words(of_a), y = get_words(of_b);
	int from, i;

	for (from = 0;; from += 16) {
#pragma GCC unroll 4
		for (i = 0; i < 4; i++) {
			const __m128i k = _mm_load_si128((const __m128i *)(const void *)(round_k + from + 4 * i));

			four_rounds(a, x.w[i], k);
			four_rounds(b, y.w[i], k);
		}
		if (from == 48)
			break;
#pragma GCC unroll 4
		for (i = 0; i < 4; i++) {
			next_words(&x, i);
			next_words(&y, i);
		}
	}
}

static SHA void two_sha(uint32_t a[8], const uint8_t *of_a, uint32_t b[8], const uint8_t *of_b, size_t blocks)
{
	struct half x = get_state(a), y = get_state(b);

	for (; blocks > 0; blocks--, of_a += BLOCK, of_b += BLOCK) {
		const struct half x_before = x, y_before = y;

		one_block(&x, of_a, &y, of_b);
		x = (struct half){ _mm_add_epi32(x.abef, x_before.abef), _mm_add_epi32(x.cdgh, x_before.cdgh) };
		y = (struct half){ _mm_add_epi32(y.abef, y_before.abef), _mm_add_epi32(y.cdgh, y_before.cdgh) };
	}
	put_state(a, x);
	put_state(b, y);
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
