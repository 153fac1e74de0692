/* stage/c4gh.h - Crypt4GH 1.0 containers (GA4GH, hts-specs crypt4gh.tex): header packets to keys and an edit list,
 * segments to plain bytes. OpenSSL has every primitive: X25519, BLAKE2b-512, ChaCha20-Poly1305 (RFC 8439).
 * Touches: the container's descriptor, by pread. Leaves alone: key files, and whose key it was.
 * The format does not notice that whole segments are missing or in another order: who reads a container compares the
 * SHA-256 of what was in it with one had from elsewhere (intake.c). */
#ifndef SPE_STAGE_C4GH_H
#define SPE_STAGE_C4GH_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "spe/err.h"

#define C4GH_KEY 32
#define C4GH_MAGIC 12                   /* crypt4gh, version 1 */
#define C4GH_SEGMENT 65536              /* plain bytes of one; the last may have fewer */
#define C4GH_SEALED (C4GH_SEGMENT + 28) /* with its nonce and tag */
#define C4GH_PACKETS_MAX 1000u          /* recipients: each costs an agreement of keys */
#define C4GH_PACKET_MAX 65536u          /* bytes of one: an edit list of some 8,000 numbers */
#define C4GH_KEYS_MAX 16u               /* data keys: each may be tried on every segment */
#define C4GH_WORKERS_MAX 8u
#define C4GH_AHEAD 1u                   /* workers of a task: one decrypts while the other half reads; none where threads are not to be had */

/* Where a container is read from, and with which key. */
struct c4gh_from {
	int fd;
	const uint8_t *secret; /* X25519, C4GH_KEY bytes; needed until c4gh_open has returned */
	const char *where;     /* opens every sentence */
	void (*seen)(void *arg, const void *p, size_t n); /* gets the container's own bytes in order; may be NULL */
	void *arg;
	unsigned workers;      /* threads that decrypt ahead; 0: the caller's own decrypts */
};

/* ---- c4gh_head.c ---- */
struct c4gh_head {
	uint8_t key[C4GH_KEYS_MAX][C4GH_KEY];
	size_t keys;
	bool edited;
	uint64_t *edit; /* skip, keep, skip, keep ... */
	size_t edits;
	off_t size;     /* where the segments begin */
};
/* c4gh_is - do these first bytes begin such a container? No text does: the version has NULs. */
bool c4gh_is(const void *first, size_t len);
/* c4gh_head_read - 0; -SPE_E_INPUT what is no header, or none for this key. c4gh_head_free either way; it cleanses. */
int c4gh_head_read(struct c4gh_head *ret, const struct c4gh_from *from, struct spe_error *e);
void c4gh_head_free(struct c4gh_head *h);

/* ---- c4gh.c ---- */
struct c4gh;
int c4gh_open(struct c4gh **ret, const struct c4gh_from *from, struct spe_error *e);
void c4gh_free(struct c4gh *c); /* waits for the workers, cleanses */
/* c4gh_next - 1: a piece of what is inside, good until the next call; 0: all of it was read; else negative, for good. */
int c4gh_next(struct c4gh *c, const void **ret, size_t *ret_len, struct spe_error *e);
#endif
