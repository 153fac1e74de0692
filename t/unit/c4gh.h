/* t/unit/c4gh.h - what writes Crypt4GH containers, for the tests and benches of what reads them; by OpenSSL. */
#ifndef SPE_T_C4GH_H
#define SPE_T_C4GH_H
#include <endian.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sped/base/buf.h"
#include "sped/stage/c4gh.h"

static inline void box_public(const uint8_t secret[C4GH_KEY], uint8_t ret[C4GH_KEY])
{
	EVP_PKEY *k = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, secret, C4GH_KEY);
	size_t n = C4GH_KEY;

	if (!k || EVP_PKEY_get_raw_public_key(k, ret, &n) != 1)
		exit(99);
	EVP_PKEY_free(k);
}

/* nonce, ciphertext, tag. */
static inline void box_seal(struct buf *b, const uint8_t key[C4GH_KEY], uint64_t number, const void *p, size_t n)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t nonce[12] = { 0 }, tag[16], *out = malloc(n + 16);
	int done = 0;

	memcpy(nonce, &number, sizeof(number));
	if (!c || !out || EVP_EncryptInit_ex(c, EVP_chacha20_poly1305(), NULL, key, nonce) != 1 ||
	    EVP_EncryptUpdate(c, out, &done, p, (int)n) != 1 || EVP_EncryptFinal_ex(c, out + done, &done) != 1 ||
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16, tag) != 1)
		exit(99);
	buf_add(b, nonce, 12);
	buf_add(b, out, n);
	buf_add(b, tag, 16);
	EVP_CIPHER_CTX_free(c);
	free(out);
}

static inline void box_u32(struct buf *b, uint32_t v)
{
	v = htole32(v);
	buf_add(b, &v, sizeof(v));
}

static inline void box_begin(struct buf *b, uint32_t packets)
{
	buf_add(b, "crypt4gh\1\0\0", 12);
	box_u32(b, packets);
}

/* One header packet with this plaintext, from the writer to the reader. */
static inline void box_packet(
	struct buf *b, const uint8_t writer[C4GH_KEY], const uint8_t reader[C4GH_KEY], const void *p, size_t n)
{
	EVP_PKEY *own = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, writer, C4GH_KEY);
	EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, reader, C4GH_KEY);
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(own, NULL);
	uint8_t text[3 * C4GH_KEY], hash[64];
	size_t len = C4GH_KEY;

	if (EVP_PKEY_derive_init(c) != 1 || EVP_PKEY_derive_set_peer(c, peer) != 1 || EVP_PKEY_derive(c, text, &len) != 1)
		exit(99);
	memcpy(text + C4GH_KEY, reader, C4GH_KEY);
	box_public(writer, text + 2 * C4GH_KEY);
	if (EVP_Digest(text, sizeof(text), hash, NULL, EVP_blake2b512(), NULL) != 1)
		exit(99);
	box_u32(b, (uint32_t)(4 + 4 + C4GH_KEY + 12 + n + 16));
	box_u32(b, 0);
	buf_add(b, text + 2 * C4GH_KEY, C4GH_KEY);
	box_seal(b, hash, b->len, p, n);
	EVP_PKEY_CTX_free(c);
	EVP_PKEY_free(own);
	EVP_PKEY_free(peer);
}

static inline void box_key_packet(
	struct buf *b, const uint8_t writer[C4GH_KEY], const uint8_t reader[C4GH_KEY], const uint8_t data[C4GH_KEY])
{
	uint8_t text[8 + C4GH_KEY] = { 0 };

	memcpy(text + 8, data, C4GH_KEY);
	box_packet(b, writer, reader, text, sizeof(text));
}

static inline void box_edit_packet(
	struct buf *b, const uint8_t writer[C4GH_KEY], const uint8_t reader[C4GH_KEY], const uint64_t *edit, uint32_t n)
{
	struct buf text = { 0 };
	uint32_t i;

	box_u32(&text, 1);
	box_u32(&text, n);
	for (i = 0; i < n; i++) {
		uint64_t v = htole64(edit[i]);

		buf_add(&text, &v, sizeof(v));
	}
	box_packet(b, writer, reader, text.p, text.len);
	buf_free(&text);
}

/* All of the segments. */
static inline void box_segments(struct buf *b, const uint8_t data[C4GH_KEY], const char *p, size_t n)
{
	size_t at;

	for (at = 0; at < n; at += C4GH_SEGMENT)
		box_seal(b, data, 1000 + at, p + at, n - at < C4GH_SEGMENT ? n - at : C4GH_SEGMENT);
}

/* A whole container for one reader. */
static inline void box_whole(struct buf *b, const uint8_t reader_secret[C4GH_KEY], const char *p, size_t n)
{
	static const uint8_t writer[C4GH_KEY] = { 7, 1 }, data[C4GH_KEY] = { 9, 2 };
	uint8_t reader[C4GH_KEY];

	box_public(reader_secret, reader);
	box_begin(b, 1);
	box_key_packet(b, writer, reader, data);
	box_segments(b, data, p, n);
}
#endif
