/* policy/psn.c - see spe/psn.h. The 64 bytes of a padded HMAC key cost a compression each; their states are
 * kept, so that a token of a usual identifier costs four compressions and no allocation. */
#define OPENSSL_API_COMPAT \
	0x10100000L /* SHA256_Transform: the EVP interface has no keyed states to copy */
#include "spe/psn.h"

#include <endian.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "spe/err.h"
#include "sped/base/hex.h"

#define BODY 26  /* characters of base32 for 16 bytes */
#define CHECK 4  /* characters of the self-check: a false rate of 2^-20 */
#define BLOCK 64 /* of SHA-256 */

/* HMAC (RFC 2104) halfway: after ipad and after opad. */
struct keyed {
	SHA256_CTX inner, outer;
};

struct psn {
	struct keyed permit, check, shift;
};

static int derive(
	const uint8_t mk[PSN_KEY], const char *label, const char *id, uint8_t ret[PSN_KEY])
{
	uint8_t text[256];
	size_t label_len = strlen(label), id_len = strlen(id), n = 0;

	if (8 + label_len + 1 + id_len > sizeof(text))
		return -SPE_E_INPUT;
	memcpy(text, "sped/v1", 8);
	n = 8;
	memcpy(text + n, label, label_len + 1);
	n += label_len + 1;
	memcpy(text + n, id, id_len);
	return hmac_sha256(mk, PSN_KEY, text, n + id_len, ret) < 0 ? -SPE_E_INTERNAL : 0;
}

int psn_permit_key(const uint8_t mk[PSN_KEY], const char *permit_id, uint8_t ret[PSN_KEY])
{
	return derive(mk, "psn", permit_id, ret);
}

int psn_check_key(const uint8_t mk[PSN_KEY], uint8_t ret[PSN_KEY])
{
	return derive(mk, "check", "", ret);
}

int psn_shift_key(const uint8_t mk[PSN_KEY], const char *permit_id, uint8_t ret[PSN_KEY])
{
	return derive(mk, "shift", permit_id, ret);
}

static void key_half(SHA256_CTX *ctx, const uint8_t key[PSN_KEY], uint8_t pad)
{
	uint8_t block[BLOCK];
	size_t i;

	for (i = 0; i < BLOCK; i++)
		block[i] = (uint8_t)((i < PSN_KEY ? key[i] : 0) ^ pad);
	SHA256_Init(ctx);
	SHA256_Update(ctx, block, BLOCK);
	OPENSSL_cleanse(block, sizeof(block));
}

static void keyed_make(struct keyed *k, const uint8_t key[PSN_KEY])
{
	key_half(&k->inner, key, 0x36);
	key_half(&k->outer, key, 0x5c);
}

/* The last block of a message whose first 64 bytes are in the state already; n is at most 55. */
static void last_block(SHA256_CTX *ctx, const uint8_t *p, size_t n, uint8_t ret[SHA256_BYTES])
{
	uint8_t block[BLOCK] = { 0 };
	uint64_t bits = htobe64((BLOCK + n) * 8);
	size_t i;

	memcpy(block, p, n);
	block[n] = 0x80;
	memcpy(block + BLOCK - sizeof(bits), &bits, sizeof(bits));
	SHA256_Transform(ctx, block);
	for (i = 0; i < 8; i++) {
		uint32_t word = htobe32(ctx->h[i]);

		memcpy(ret + 4 * i, &word, 4);
	}
	OPENSSL_cleanse(block, sizeof(block));
}

static void mac(const struct keyed *k, const uint8_t *p, size_t n, uint8_t ret[SHA256_BYTES])
{
	SHA256_CTX ctx = k->inner;

	if (n <= BLOCK - 9) {
		last_block(&ctx, p, n, ret);
	} else {
		SHA256_Update(&ctx, p, n);
		SHA256_Final(ret, &ctx);
	}
	ctx = k->outer;
	last_block(&ctx, ret, SHA256_BYTES, ret);
	OPENSSL_cleanse(&ctx, sizeof(ctx));
}

int psn_new(struct psn **ret, const uint8_t k_permit[PSN_KEY], const uint8_t k_check[PSN_KEY])
{
	struct psn *p = calloc(1, sizeof(*p));

	if (!p)
		return -SPE_E_INTERNAL;
	keyed_make(&p->permit, k_permit);
	keyed_make(&p->check, k_check);
	*ret = p;
	return 0;
}

void psn_free(struct psn *p)
{
	if (p)
		OPENSSL_cleanse(p, sizeof(*p));
	free(p);
}

/* RFC 4648's base32 in lower case, without padding: the first chars characters of it. */
static void base32(char *ret, const uint8_t *p, size_t bytes, size_t chars)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint32_t acc = 0;
	unsigned bits = 0;
	size_t i, at = 0;

	for (i = 0; i < chars; i++) {
		if (bits < 5) {
			acc = acc << 8 | (at < bytes ? p[at] : 0);
			at++;
			bits += 8;
		}
		bits -= 5;
		ret[i] = digits[acc >> bits & 31];
	}
}

/* The four characters that vouch for a body. */
static void self_check(const struct keyed *k, const char body[BODY], char ret[CHECK])
{
	uint8_t hash[SHA256_BYTES];

	mac(k, (const uint8_t *)body, BODY, hash);
	base32(ret, hash, 5, CHECK);
}

/* Of the message that says who it is. */
static int person_mac(const struct keyed *k, const char *domain, const char *value, size_t value_len,
	uint8_t ret[SHA256_BYTES])
{
	size_t domain_len = strlen(domain);
	uint8_t text[512];

	if (domain_len + value_len + 4 > sizeof(text))
		return -SPE_E_INPUT;
	text[0] = (uint8_t)(domain_len >> 8);
	text[1] = (uint8_t)domain_len;
	memcpy(text + 2, domain, domain_len);
	text[2 + domain_len] = (uint8_t)(value_len >> 8);
	text[3 + domain_len] = (uint8_t)value_len;
	memcpy(text + 4 + domain_len, value, value_len);
	mac(k, text, 4 + domain_len + value_len, ret);
	OPENSSL_cleanse(text, 4 + domain_len + value_len);
	return 0;
}

void psn_shift_with(struct psn *p, const uint8_t k_shift[PSN_KEY])
{
	keyed_make(&p->shift, k_shift);
}

int psn_shift(struct psn *p, const char *domain, const char *value, size_t value_len, int *ret_days)
{
	uint8_t hash[SHA256_BYTES];
	uint64_t word;
	int r = person_mac(&p->shift, domain, value, value_len, hash);

	if (r < 0)
		return r;
	memcpy(&word, hash, sizeof(word));
	*ret_days = (int)(be64toh(word) % (2 * PSN_SHIFT + 1)) - PSN_SHIFT;
	OPENSSL_cleanse(hash, sizeof(hash));
	return 0;
}

int psn_token(struct psn *p, const char *domain, const char *value, size_t value_len,
	char ret[PSN_TOKEN + 1])
{
	uint8_t hash[SHA256_BYTES];
	int r = person_mac(&p->permit, domain, value, value_len, hash);

	if (r < 0)
		return r;
	ret[0] = 'p';
	base32(ret + 1, hash, 16, BODY);
	self_check(&p->check, ret + 1, ret + 1 + BODY);
	ret[PSN_TOKEN] = '\0';
	OPENSSL_cleanse(hash, sizeof(hash));
	return 0;
}

/* s, lower-cased, into ret; false where it isn't p[a-z2-7]{30}. */
static bool fold(const char *s, size_t len, char ret[PSN_TOKEN])
{
	size_t i;

	if (len != PSN_TOKEN)
		return false;
	for (i = 0; i < len; i++) {
		char c = s[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (!(c >= 'a' && c <= 'z') && !(i > 0 && c >= '2' && c <= '7'))
			return false;
		ret[i] = c;
	}
	return ret[0] == 'p';
}

bool psn_is_grammar(const char *s, size_t len)
{
	char token[PSN_TOKEN];

	return fold(s, len, token);
}

bool psn_is_token(const uint8_t k_check[PSN_KEY], const char *s, size_t len)
{
	char token[PSN_TOKEN], check[CHECK];
	struct keyed k;

	if (!fold(s, len, token))
		return false;
	keyed_make(&k, k_check);
	self_check(&k, token + 1, check);
	OPENSSL_cleanse(&k, sizeof(k));
	return memcmp(check, token + 1 + BODY, CHECK) == 0;
}
