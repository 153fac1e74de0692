/* t/unit/two.c - SHA-256 of two streams at once is what OpenSSL says of each: of any number of blocks, wherever they lie, with the
 * processor's instructions for it and without. */
#define OPENSSL_API_COMPAT 0x10100000L
#include "sped/base/two.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "t/tap.h"

static uint64_t state = 20261130;

static uint32_t draw(uint32_t below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((state >> 32) * below >> 32);
}

typedef void two_fn(uint32_t a[8], const uint8_t *of_a, uint32_t b[8], const uint8_t *of_b, size_t blocks);

/* Two texts of so many blocks, each at a place of its own; how many of both states are not OpenSSL's. */
static int differ(two_fn *two, size_t blocks)
{
	static uint8_t bytes[2][64 * 40];
	const uint8_t *p[2] = { bytes[0] + draw(64), bytes[1] + draw(64) };
	SHA256_CTX want[2];
	uint32_t got[2][8];
	size_t i, k;

	for (i = 0; i < 2; i++) {
		for (k = 0; k < sizeof(bytes[i]); k++)
			bytes[i][k] = (uint8_t)draw(256);
		SHA256_Init(&want[i]);
		for (k = 0; k < 8; k++)
			want[i].h[k] = draw(UINT32_MAX);
		memcpy(got[i], want[i].h, sizeof(got[i]));
		SHA256_Update(&want[i], p[i], blocks * 64);
	}
	two(got[0], p[0], got[1], p[1], blocks);
	return (memcmp(got[0], want[0].h, sizeof(got[0])) != 0) + (memcmp(got[1], want[1].h, sizeof(got[1])) != 0);
}

static void all_are_openssls(two_fn *two, const char *what)
{
	int wrong = 0, i;

	for (i = 0; i < 2000; i++)
		wrong += differ(two, draw(39));
	is_int(wrong, 0, what);
}

typedef void macs_fn(const uint32_t inner[8], const uint32_t outer[8], const uint8_t *a, const uint8_t *b, uint8_t ret_a[32],
	uint8_t ret_b[32]);

/* The states behind the key's two blocks. */
static void key_states(const uint8_t key[64], uint32_t inner[8], uint32_t outer[8])
{
	uint8_t block[64];
	SHA256_CTX c;
	size_t i, turn;

	for (turn = 0; turn < 2; turn++) {
		for (i = 0; i < sizeof(block); i++)
			block[i] = key[i] ^ (turn ? 0x5c : 0x36);
		SHA256_Init(&c);
		SHA256_Update(&c, block, sizeof(block));
		memcpy(turn ? outer : inner, c.h, sizeof(c.h));
	}
}

/* A message of n bytes as the second block, and what OpenSSL says of it. */
static void message_make(const uint8_t key[64], uint8_t block[64], uint8_t want[32])
{
	const size_t n = draw(56);
	size_t i;

	memset(block, 0, 64);
	for (i = 0; i < n; i++)
		block[i] = (uint8_t)draw(256);
	HMAC(EVP_sha256(), key, 64, block, n, want, NULL);
	block[n] = 0x80;
	block[62] = (uint8_t)((64 + n) * 8 >> 8);
	block[63] = (uint8_t)((64 + n) * 8);
}

static void macs_are_openssls(macs_fn *macs, const char *what)
{
	uint8_t key[64], block[2][64], want[2][32], got[2][32];
	uint32_t inner[8], outer[8];
	int wrong = 0, i;
	size_t k;

	for (i = 0; i < 2000; i++) {
		for (k = 0; k < sizeof(key); k++)
			key[k] = (uint8_t)draw(256);
		key_states(key, inner, outer);
		message_make(key, block[0], want[0]);
		message_make(key, block[1], want[1]);
		macs(inner, outer, block[0], block[1], got[0], got[1]);
		wrong += memcmp(want, got, sizeof(want)) != 0;
	}
	is_int(wrong, 0, what);
}

int main(void)
{
	printf("# the processor %s instructions for it\n", sha256_two_can() ? "has" : "has no");
	all_are_openssls(sha256_two, "2000 times two texts at once, as fast as it goes");
	all_are_openssls(sha256_two_plain, "and one after the other");
	macs_are_openssls(sha256_two_macs, "2000 times two messages with a key");
	macs_are_openssls(sha256_two_macs_plain, "and one after the other");
	return tap_end();
}
