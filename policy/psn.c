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
#include "sped/base/two.h"

#define BODY 26  /* characters of base32 for 16 bytes */
#define CHECK 4  /* characters of the self-check: a false rate of 2^-20 */
#define BLOCK 64 /* of SHA-256 */

/* HMAC (RFC 2104) halfway: after ipad and after opad. */
struct keyed {
	SHA256_CTX inner, outer;
};

struct psn {
	struct keyed permit, check, shift;
	psn_many_fn *many;
	void *many_arg;
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

/* The last block of a message whose first 64 bytes are in a state already; n is at most LAST_MAX. */
#define LAST_MAX (BLOCK - 9)
static void last_fill(uint8_t block[BLOCK], const uint8_t *p, size_t n)
{
	const uint64_t bits = htobe64((BLOCK + n) * 8);
	size_t i;

	memset(block, 0, BLOCK);
	for (i = 0; i + 8 <= n; i += 8)
		memcpy(block + i, p + i, 8);
	for (; i < n; i++)
		block[i] = p[i];
	block[n] = 0x80;
	memcpy(block + BLOCK - sizeof(bits), &bits, sizeof(bits));
}

static void state_bytes(const uint32_t state[8], uint8_t ret[SHA256_BYTES])
{
	size_t i;

	for (i = 0; i < 8; i++) {
		const uint32_t word = htobe32(state[i]);

		memcpy(ret + 4 * i, &word, 4);
	}
}

static void last_block(SHA256_CTX *ctx, const uint8_t *p, size_t n, uint8_t ret[SHA256_BYTES])
{
	uint8_t block[BLOCK];

	last_fill(block, p, n);
	SHA256_Transform(ctx, block);
	state_bytes(ctx->h, ret);
	OPENSSL_cleanse(block, sizeof(block));
}

static void mac(const struct keyed *k, const uint8_t *p, size_t n, uint8_t ret[SHA256_BYTES])
{
	SHA256_CTX ctx = k->inner;

	if (n <= LAST_MAX) {
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

#define EACH(x) (0x0101010101010101u * (x))
/* 40 bits as eight bytes of five, the highest first and in the lowest byte. */
static inline uint64_t fives(uint64_t bits)
{
	uint64_t x;

#if defined(__x86_64__) && defined(__GNUC__)
	if (__builtin_cpu_supports("bmi2")) {
		__asm__("pdepq %2, %1, %0" : "=r"(x) : "r"(bits), "r"(EACH(0x1f)));
		return __builtin_bswap64(x);
	}
#endif
	x = bits >> 20 | (bits & 0xfffff) << 32; /* halves change places until each has five bits */
	x = (x >> 10 & 0x000003ff000003ffu) | (x & 0x000003ff000003ffu) << 16;
	return (x >> 5 & 0x001f001f001f001fu) | (x & 0x001f001f001f001fu) << 8;
}

/* Five bytes as eight characters of RFC 4648's base32 in lower case. */
static void base32_eight(char ret[8], const uint8_t p[5])
{
	uint64_t x = fives((uint64_t)p[0] << 32 | (uint64_t)p[1] << 24 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 8 | p[4]);

	x += EACH('a') - ((x + EACH(0x80 - 26)) >> 7 & EACH(1)) * ('a' + 26 - '2');
	x = htole64(x);
	memcpy(ret, &x, 8);
}

/* 16 bytes without padding. */
static void base32_body(char ret[BODY], const uint8_t p[16])
{
	const uint8_t last[5] = { p[15] };
	char eight[8];

	base32_eight(ret, p);
	base32_eight(ret + 8, p + 5);
	base32_eight(ret + 16, p + 10);
	base32_eight(eight, last);
	memcpy(ret + 24, eight, 2);
}

static void base32_check(char ret[CHECK], const uint8_t p[5])
{
	char eight[8];

	base32_eight(eight, p);
	memcpy(ret, eight, CHECK);
}

/* The four characters that vouch for a body. */
static void self_check(const struct keyed *k, const char body[BODY], char ret[CHECK])
{
	uint8_t hash[SHA256_BYTES];

	mac(k, (const uint8_t *)body, BODY, hash);
	base32_check(ret, hash);
}

#define TEXT 512
/* The message that says who it is; its length, or 0: it is too long. */
static size_t person_text(uint8_t *ret, size_t room, const char *domain, const char *value, size_t value_len)
{
	size_t domain_len;

	for (domain_len = 0; domain[domain_len] && domain_len + 2 < room; domain_len++)
		ret[2 + domain_len] = (uint8_t)domain[domain_len];
	if (domain_len + value_len + 4 > room)
		return 0;
	ret[0] = (uint8_t)(domain_len >> 8);
	ret[1] = (uint8_t)domain_len;
	ret[2 + domain_len] = (uint8_t)(value_len >> 8);
	ret[3 + domain_len] = (uint8_t)value_len;
	memcpy(ret + 4 + domain_len, value, value_len);
	return 4 + domain_len + value_len;
}

static int person_mac(const struct keyed *k, const char *domain, const char *value, size_t value_len,
	uint8_t ret[SHA256_BYTES])
{
	uint8_t text[TEXT];
	const size_t len = person_text(text, sizeof(text), domain, value, value_len);

	if (len == 0)
		return -SPE_E_INPUT;
	mac(k, text, len, ret);
	OPENSSL_cleanse(text, len);
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
	base32_body(ret + 1, hash);
	self_check(&p->check, ret + 1, ret + 1 + BODY);
	ret[PSN_TOKEN] = '\0';
	OPENSSL_cleanse(hash, sizeof(hash));
	return 0;
}

/* ---- many at once ---- */

void psn_many_with(struct psn *p, psn_many_fn *many, void *arg)
{
	p->many = many;
	p->many_arg = arg;
}

bool psn_pairs_can(void)
{
	return sha256_two_can();
}

void psn_pairs(void *arg, const uint32_t inner[8], const uint32_t outer[8], const struct psn_text *text, size_t n, uint8_t (*ret)[32])
{
	uint8_t block[PSN_MANY][BLOCK];
	size_t i, last;

	for (i = 0; i < n; i++)
		last_fill(block[i], text[i].p, text[i].len);
	for (i = 0; i < n; i += 2) {
		last = i + 1 < n ? i + 1 : i;
		sha256_two_macs(inner, outer, block[i], block[last], ret[i], ret[last]);
	}
	explicit_bzero(block, n * sizeof(block[0]));
}

static bool all_short(const struct psn_text *text, size_t n)
{
	size_t i;

	for (i = 0; i < n && text[i].len <= LAST_MAX;)
		i++;
	return i == n;
}

#define WORTH 12 /* messages; fewer leave most lanes empty and take longer than two by two, or one by one */
static void macs(const struct psn *p, const struct keyed *k, const struct psn_text *text, size_t n, uint8_t (*ret)[SHA256_BYTES])
{
	const bool pairs = n > 1 && psn_pairs_can() && all_short(text, n);
	uint32_t inner[8], outer[8];
	size_t i;

	if (!pairs && (!p->many || n < WORTH)) {
		for (i = 0; i < n; i++)
			mac(k, text[i].p, text[i].len, ret[i]);
		return;
	}
	for (i = 0; i < 8; i++) {
		inner[i] = k->inner.h[i];
		outer[i] = k->outer.h[i];
	}
	if (p->many && n >= WORTH)
		p->many(p->many_arg, inner, outer, text, n, ret);
	else
		psn_pairs(NULL, inner, outer, text, n, ret);
	OPENSSL_cleanse(inner, sizeof(inner));
	OPENSSL_cleanse(outer, sizeof(outer));
}

#define SHORT 64 /* bytes of a message; identity numbers have no more */
static int some_tokens(struct psn *p, const struct psn_ask *ask, size_t n)
{
	uint8_t message[PSN_MANY][SHORT], hash[PSN_MANY][SHA256_BYTES];
	struct psn_text text[PSN_MANY];
	size_t i;

	for (i = 0; i < n; i++) {
		text[i].len = person_text(message[i], SHORT, ask[i].domain, ask[i].value, ask[i].len);
		text[i].p = message[i];
		if (text[i].len == 0)
			return -SPE_E_INPUT;
	}
	macs(p, &p->permit, text, n, hash);
	for (i = 0; i < n; i++) {
		ask[i].ret_token[0] = 'p';
		base32_body(ask[i].ret_token + 1, hash[i]);
		text[i] = (struct psn_text){ (const uint8_t *)ask[i].ret_token + 1, BODY };
	}
	macs(p, &p->check, text, n, hash);
	for (i = 0; i < n; i++) {
		base32_check(ask[i].ret_token + 1 + BODY, hash[i]);
		ask[i].ret_token[PSN_TOKEN] = '\0';
	}
	explicit_bzero(message, n * sizeof(message[0]));
	explicit_bzero(hash, n * sizeof(hash[0]));
	return 0;
}

int psn_tokens(struct psn *p, const struct psn_ask *ask, size_t n)
{
	size_t some;
	int r = 0;

	for (; r == 0 && n > 0; n -= some, ask += some) {
		some = n < PSN_MANY ? n : PSN_MANY;
		r = some_tokens(p, ask, some);
	}
	return r;
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
