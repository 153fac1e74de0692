/* stage/many.c - HMAC-SHA-256 of many short messages at once: by Intel's multi-buffer library where it was built with it, which
 * takes as many as the processor has lanes for; else, and where that is quicker, they are taken two by two or one after the
 * other (policy/psn.c). */
#include "config.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sped/base/hex.h"
#include "sped/stage/stage.h"

#ifdef HAVE_IPSEC_MB
#define NO_COMPAT_IMB_API_053 /* names of its first versions, some of them OpenSSL's */
#include <intel-ipsec-mb.h>

struct many {
	IMB_MGR *mgr;
	IMB_JOB job[PSN_MANY];
	DECLARE_ALIGNED(uint32_t inner[8], 16);
	DECLARE_ALIGNED(uint32_t outer[8], 16);
};

void many_macs(void *arg, const uint32_t inner[8], const uint32_t outer[8], const struct psn_text *text, size_t n, uint8_t (*ret)[SHA256_BYTES])
{
	struct many *m = arg;
	size_t i;

	memcpy(m->inner, inner, sizeof(m->inner));
	memcpy(m->outer, outer, sizeof(m->outer));
	for (i = 0; i < n; i++) {
		IMB_JOB *j = &m->job[i];

		j->src = text[i].p;
		j->msg_len_to_hash_in_bytes = text[i].len;
		j->auth_tag_output = ret[i];
	}
	if (IMB_SUBMIT_HASH_BURST(m->mgr, m->job, (uint32_t)n, IMB_AUTH_HMAC_SHA_256) != n)
		abort(); /* what is in ret is nobody's pseudonym */
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Whether it says of a message what OpenSSL says. */
static bool agrees(struct many *m)
{
	static const uint8_t key[PSN_KEY] = "many", message[] = "one and the same";
	const struct psn_text text = { message, sizeof(message) };
	uint8_t block[64], want[SHA256_BYTES], got[1][SHA256_BYTES];
	uint32_t inner[8], outer[8];
	size_t i;

	for (i = 0; i < sizeof(block); i++)
		block[i] = (uint8_t)((i < PSN_KEY ? key[i] : 0) ^ 0x36);
	IMB_SHA256_ONE_BLOCK(m->mgr, block, inner);
	for (i = 0; i < sizeof(block); i++)
		block[i] ^= 0x36 ^ 0x5c;
	IMB_SHA256_ONE_BLOCK(m->mgr, block, outer);
	many_macs(m, inner, outer, &text, 1, got);
	return hmac_sha256(key, PSN_KEY, message, sizeof(message), want) == 0 && memcmp(want, got[0], sizeof(want)) == 0;
}

int many_new(struct many **ret)
{
	struct many *m = aligned_alloc(64, (sizeof(*m) + 63) / 64 * 64);
	size_t i;

	if (!m)
		return -SPE_E_INTERNAL;
	memset(m, 0, sizeof(*m));
	m->mgr = alloc_mb_mgr(0);
	if (m->mgr)
		init_mb_mgr_auto(m->mgr, NULL);
	for (i = 0; i < PSN_MANY; i++) {
		m->job[i].hash_alg = IMB_AUTH_HMAC_SHA_256;
		m->job[i].cipher_mode = IMB_CIPHER_NULL;
		m->job[i].chain_order = IMB_ORDER_HASH_CIPHER;
		m->job[i].auth_tag_output_len_in_bytes = SHA256_BYTES;
		m->job[i].u.HMAC._hashed_auth_key_xor_ipad = (const uint8_t *)m->inner;
		m->job[i].u.HMAC._hashed_auth_key_xor_opad = (const uint8_t *)m->outer;
	}
	if (!m->mgr || imb_get_errno(m->mgr) != 0 || !agrees(m)) {
		many_free(m);
		return -SPE_E_INTERNAL;
	}
	*ret = m;
	return 0;
}

/* The least of some turns: what else runs makes them longer, never shorter. */
static int64_t takes(psn_many_fn *macs, void *arg)
{
	static const uint32_t key[8];
	static const uint8_t message[18];
	struct psn_text text[PSN_MANY];
	uint8_t got[PSN_MANY][SHA256_BYTES];
	int64_t least = INT64_MAX, began, t;
	size_t i;

	for (i = 0; i < PSN_MANY; i++)
		text[i] = (struct psn_text){ message, sizeof(message) };
	for (i = 0; i < 8; i++) {
		began = now_ns();
		macs(arg, key, key, text, PSN_MANY, got);
		t = now_ns() - began;
		least = t < least ? t : least;
	}
	return least;
}

bool many_is_quicker(struct many *m)
{
	return takes(many_macs, m) < takes(psn_pairs, NULL);
}

void many_free(struct many *m)
{
	if (!m)
		return;
	if (m->mgr) {
		OPENSSL_cleanse(m->mgr, imb_get_mb_mgr_size());
		free_mb_mgr(m->mgr);
	}
	OPENSSL_cleanse(m, sizeof(*m));
	free(m);
}

#else

void many_macs(void *arg, const uint32_t inner[8], const uint32_t outer[8], const struct psn_text *text, size_t n, uint8_t (*ret)[SHA256_BYTES])
{
	abort(); /* many_new made none */
}

int many_new(struct many **ret)
{
	return -SPE_E_INTERNAL;
}

bool many_is_quicker(struct many *m)
{
	return false;
}

void many_free(struct many *m)
{
}

#endif
