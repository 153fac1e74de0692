/* stage/c4gh_head.c - the header of a Crypt4GH container; see c4gh.h. Integers are little-endian.
 * A packet that doesn't open is somebody else's and says nothing; one that opens is understood whole or the container
 * is refused: what it means might be that less is to be read. */
#include <endian.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sped/base/buf.h"
#include "sped/stage/c4gh.h"

#define NONCE 12
#define TAG 16
#define BEFORE (4 + 4 + C4GH_KEY + NONCE) /* length, method, the writer's public key, nonce */

enum { KEYS_PACKET = 0, EDITS_PACKET = 1 };

struct reading {
	const struct c4gh_from *from;
	struct c4gh_head *head;
	EVP_PKEY *own;
	uint8_t own_public[C4GH_KEY];
	size_t packets, opened;
	uint8_t sealed[C4GH_PACKET_MAX], plain[C4GH_PACKET_MAX];
};

bool c4gh_is(const void *first, size_t len)
{
	static const char magic[C4GH_MAGIC] = "crypt4gh\1\0\0"; /* the last NUL is the string's own */

	return len >= C4GH_MAGIC && memcmp(first, magic, C4GH_MAGIC) == 0;
}

static int odd(const struct reading *k, const char *what, struct spe_error *e)
{
	spe_fail(e, SPE_E_INPUT, "%s: the header of the Crypt4GH container %s", k->from->where, what);
	spe_remedy(e, "encrypt the table again");
	return -SPE_E_INPUT;
}

/* n bytes of the header, in order. */
static int take(struct reading *k, void *p, size_t n, struct spe_error *e)
{
	size_t at = 0;

	while (at < n) {
		ssize_t got = pread(k->from->fd, (char *)p + at, n - at, k->head->size + (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return spe_fail(e, SPE_E_INTERNAL, "%s can't be read: %s", k->from->where, strerror(errno));
		if (got == 0)
			return odd(k, "is cut", e);
		at += (size_t)got;
	}
	k->head->size += (off_t)n;
	if (k->from->seen)
		k->from->seen(k->from->arg, p, n);
	return 0;
}

/* ---- keys ---- */

static int own_key(struct reading *k, struct spe_error *e)
{
	size_t n = C4GH_KEY;

	k->own = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, k->from->secret, C4GH_KEY);
	if (!k->own || EVP_PKEY_get_raw_public_key(k->own, k->own_public, &n) != 1 || n != C4GH_KEY)
		return spe_fail(e, SPE_E_INTERNAL, "X25519 is not to be had");
	return 0;
}

/* OpenSSL refuses a public key of small order, whose secret everybody would share. */
static bool agree(EVP_PKEY *own, const uint8_t writer[C4GH_KEY], uint8_t ret[C4GH_KEY])
{
	EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, writer, C4GH_KEY);
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(own, NULL);
	size_t n = C4GH_KEY;
	bool good = peer && c && EVP_PKEY_derive_init(c) == 1 && EVP_PKEY_derive_set_peer(c, peer) == 1 &&
		    EVP_PKEY_derive(c, ret, &n) == 1 && n == C4GH_KEY;

	EVP_PKEY_CTX_free(c);
	EVP_PKEY_free(peer);
	return good;
}

/* The first 32 bytes of BLAKE2b-512(shared || reader's public || writer's public). */
static bool packet_key(const struct reading *k, const uint8_t writer[C4GH_KEY], uint8_t ret[C4GH_KEY])
{
	uint8_t text[3 * C4GH_KEY], hash[EVP_MAX_MD_SIZE];
	bool good = agree(k->own, writer, text);

	memcpy(text + C4GH_KEY, k->own_public, C4GH_KEY);
	memcpy(text + 2 * C4GH_KEY, writer, C4GH_KEY);
	good = good && EVP_Digest(text, sizeof(text), hash, NULL, EVP_blake2b512(), NULL) == 1;
	memcpy(ret, hash, C4GH_KEY);
	OPENSSL_cleanse(text, sizeof(text));
	OPENSSL_cleanse(hash, sizeof(hash));
	return good;
}

/* nonce, n bytes of ciphertext, tag. */
static bool unseal(const uint8_t key[C4GH_KEY], const uint8_t *nonce, size_t n, uint8_t *ret)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	const uint8_t *text = nonce + NONCE;
	uint8_t tag[TAG], rest[TAG];
	int done = 0;
	bool good;

	memcpy(tag, text + n, TAG);
	good = c && EVP_DecryptInit_ex(c, EVP_chacha20_poly1305(), NULL, key, nonce) == 1 &&
	       EVP_DecryptUpdate(c, ret, &done, text, (int)n) == 1 &&
	       EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG, tag) == 1 && EVP_DecryptFinal_ex(c, rest, &done) == 1;
	EVP_CIPHER_CTX_free(c);
	return good;
}

/* ---- what a packet says ---- */

/* Who can't keep all keys apart names one for each part of the file. */
static int keys_packet(struct reading *k, struct rd *r, struct spe_error *e)
{
	struct c4gh_head *h = k->head;
	uint32_t method = rd_u32(r);
	const uint8_t *key = rd_bytes(r, C4GH_KEY);
	size_t i;

	if (!key)
		return odd(k, "has a key that is cut", e);
	if (method != 0)
		return odd(k, "names a cipher other than ChaCha20-Poly1305", e);
	for (i = 0; i < h->keys; i++)
		if (CRYPTO_memcmp(h->key[i], key, C4GH_KEY) == 0)
			return 0;
	if (h->keys == C4GH_KEYS_MAX)
		return odd(k, "has more than 16 data keys", e);
	memcpy(h->key[h->keys++], key, C4GH_KEY);
	return 0;
}

static int edits_packet(struct reading *k, struct rd *r, struct spe_error *e)
{
	struct c4gh_head *h = k->head;
	uint32_t n = rd_u32(r), i;

	if (h->edited)
		return odd(k, "has two edit lists", e);
	if (r->bad || n > (size_t)(r->end - r->p) / sizeof(uint64_t))
		return odd(k, "has an edit list that is cut", e);
	h->edited = true;
	h->edit = calloc(n ? n : 1, sizeof(*h->edit));
	if (!h->edit)
		return spe_fail(e, SPE_E_INTERNAL, "%s: there is no memory", k->from->where);
	for (i = 0; i < n; i++)
		h->edit[h->edits++] = rd_u64(r);
	return 0;
}

static int packet_read(struct reading *k, size_t n, struct spe_error *e)
{
	struct rd r = { k->plain, k->plain + n, false };
	uint32_t type = rd_u32(&r);

	k->opened++;
	if (!r.bad && type == KEYS_PACKET)
		return keys_packet(k, &r, e);
	if (!r.bad && type == EDITS_PACKET)
		return edits_packet(k, &r, e);
	return odd(k, "has a packet of a kind that is not known", e);
}

static int packet(struct reading *k, struct spe_error *e)
{
	uint8_t key[C4GH_KEY];
	struct rd r = { k->sealed, k->sealed + 8, false };
	uint32_t n, method;
	size_t text;
	int done = take(k, k->sealed, 8, e);

	if (done < 0)
		return done;
	n = rd_u32(&r);
	method = rd_u32(&r);
	if (n < 8 || n > C4GH_PACKET_MAX)
		return odd(k, "has a packet of a size that can't be", e);
	done = take(k, k->sealed + 8, n - 8, e);
	if (done < 0 || method != 0 || n < BEFORE + TAG) /* of a later version, and not for us */
		return done;
	text = n - BEFORE - TAG;
	if (packet_key(k, k->sealed + 8, key) && unseal(key, k->sealed + BEFORE - NONCE, text, k->plain))
		done = packet_read(k, text, e);
	OPENSSL_cleanse(key, sizeof(key));
	return done;
}

static int packets(struct reading *k, struct spe_error *e)
{
	struct rd r = { k->sealed, k->sealed + 4, false };
	size_t i;
	int done = take(k, k->sealed, C4GH_MAGIC, e);

	if (done == 0 && !c4gh_is(k->sealed, C4GH_MAGIC))
		return odd(k, "does not begin as one of version 1", e);
	if (done == 0)
		done = take(k, k->sealed, 4, e);
	if (done < 0)
		return done;
	k->packets = rd_u32(&r);
	if (k->packets > C4GH_PACKETS_MAX)
		return odd(k, "has more than 1000 packets", e);
	for (i = 0; done == 0 && i < k->packets; i++)
		done = packet(k, e);
	return done;
}

static int for_others(const struct reading *k, struct spe_error *e)
{
	if (k->opened > 0)
		return odd(k, "has no data key for this environment", e);
	spe_fail(e, SPE_E_INPUT, "%s is encrypted for others: none of its %zu header packets opens with this environment's key",
		k->from->where, k->packets);
	spe_remedy(e, "encrypt it to the key that spe-cli holding key shows");
	return -SPE_E_INPUT;
}

int c4gh_head_read(struct c4gh_head *ret, const struct c4gh_from *from, struct spe_error *e)
{
	struct reading *k = calloc(1, sizeof(*k));
	int r;

	memset(ret, 0, sizeof(*ret));
	if (!k)
		return spe_fail(e, SPE_E_INTERNAL, "%s: there is no memory", from->where);
	k->from = from;
	k->head = ret;
	r = own_key(k, e);
	if (r == 0)
		r = packets(k, e);
	if (r == 0 && ret->keys == 0)
		r = for_others(k, e);
	EVP_PKEY_free(k->own);
	OPENSSL_cleanse(k, sizeof(*k));
	free(k);
	return r;
}

void c4gh_head_free(struct c4gh_head *h)
{
	free(h->edit);
	OPENSSL_cleanse(h, sizeof(*h));
}
