/* stage/digests.c - SHA-256 of a table's file as it is read and of the staged one as it is written, by a thread beside those that
 * do so. Where there is some of both they are hashed together (sped/base/two.h); one waits for the other until somebody waits
 * for it. */
#define OPENSSL_API_COMPAT 0x10100000L /* SHA256_CTX: the EVP interface has no states */
#include <openssl/sha.h>
#include <pthread.h>
#include <stdlib.h>

#include "sped/base/two.h"
#include "sped/stage/stage.h"

#define QUEUE 32u
#define BLOCK 64u

struct stream {
	SHA256_CTX md;
	struct piece {
		const uint8_t *p;
		size_t len;
	} queue[QUEUE];
	unsigned given, done; /* pieces so far; they differ by at most QUEUE */
	bool open;            /* more may come */
	bool wanted;          /* somebody waits */
};

struct digests {
	pthread_t thread;
	bool alone; /* no thread could be made: the giver does the work */
	bool stop;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct stream stream[DIGESTS];
};

/* ---- hashing ---- */

static void hash_some(struct stream *s, struct piece *piece, size_t n)
{
	SHA256_Update(&s->md, piece->p, n);
	piece->p += n;
	piece->len -= n;
}

/* To the end of the block that is begun. */
static void fill_block(struct stream *s, struct piece *piece)
{
	const size_t want = s->md.num ? BLOCK - s->md.num : 0;

	hash_some(s, piece, want < piece->len ? want : piece->len);
}

static void count_blocks(struct stream *s, struct piece *piece, size_t blocks)
{
	const uint64_t bits = ((uint64_t)s->md.Nh << 32 | s->md.Nl) + blocks * BLOCK * 8;

	s->md.Nh = (SHA_LONG)(bits >> 32);
	s->md.Nl = (SHA_LONG)bits;
	piece->p += blocks * BLOCK;
	piece->len -= blocks * BLOCK;
}

/* As far as both go: one of them to its end. */
static void hash_two(struct stream *a, struct piece *of_a, struct stream *b, struct piece *of_b)
{
	size_t blocks;

	fill_block(a, of_a);
	fill_block(b, of_b);
	blocks = (of_a->len < of_b->len ? of_a->len : of_b->len) / BLOCK;
	if (blocks > 0 && a->md.num == 0 && b->md.num == 0) {
		sha256_two(a->md.h, of_a->p, b->md.h, of_b->p, blocks);
		count_blocks(a, of_a, blocks);
		count_blocks(b, of_b, blocks);
	}
	if (of_a->len < BLOCK)
		hash_some(a, of_a, of_a->len);
	if (of_b->len < BLOCK)
		hash_some(b, of_b, of_b->len);
}

/* ---- the thread ---- */

static struct piece *oldest(struct stream *s)
{
	return s->given != s->done ? &s->queue[s->done % QUEUE] : NULL;
}

/* Whether something of a stream is to be hashed by itself. */
static bool is_due(struct stream *s, struct stream *other)
{
	return oldest(s) && (s->wanted || !other->open || !sha256_two_can());
}

/* With what there is of both, or of one that need not wait. False: there is nothing to do. */
static bool work(struct digests *d)
{
	struct stream *const a = &d->stream[0], *const b = &d->stream[1];
	struct piece *const of_a = oldest(a), *const of_b = oldest(b);
	const bool two = of_a && of_b && sha256_two_can(), one = is_due(a, b);

	if (!two && !one && !is_due(b, a))
		return false;
	pthread_mutex_unlock(&d->lock);
	if (two)
		hash_two(a, of_a, b, of_b);
	else if (one)
		hash_some(a, of_a, of_a->len);
	else
		hash_some(b, of_b, of_b->len);
	pthread_mutex_lock(&d->lock);
	a->done += of_a && of_a->len == 0;
	b->done += of_b && of_b->len == 0;
	pthread_cond_broadcast(&d->changed);
	return true;
}

static void *run(void *arg)
{
	struct digests *d = arg;

	pthread_mutex_lock(&d->lock);
	for (;;) {
		while (work(d))
			;
		if (d->stop)
			break;
		pthread_cond_wait(&d->changed, &d->lock);
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

int digests_new(struct digests **ret)
{
	struct digests *d = calloc(1, sizeof(*d));

	if (!d)
		return -SPE_E_INTERNAL;
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->changed, NULL);
	d->alone = pthread_create(&d->thread, NULL, run, d) != 0;
	*ret = d;
	return 0;
}

void digests_free(struct digests *d)
{
	if (!d)
		return;
	if (!d->alone) {
		pthread_mutex_lock(&d->lock);
		d->stop = true;
		pthread_cond_broadcast(&d->changed);
		pthread_mutex_unlock(&d->lock);
		pthread_join(d->thread, NULL);
	}
	pthread_mutex_destroy(&d->lock);
	pthread_cond_destroy(&d->changed);
	free(d);
}

/* ---- who gives ---- */

static void wait_for(struct digests *d, struct stream *s, unsigned behind)
{
	s->wanted = true;
	while (s->given - s->done > behind) {
		pthread_cond_broadcast(&d->changed);
		pthread_cond_wait(&d->changed, &d->lock);
	}
	s->wanted = false;
}

void digests_begin(struct digests *d, enum digest_of of)
{
	struct stream *s = &d->stream[of];

	pthread_mutex_lock(&d->lock);
	wait_for(d, s, 0);
	SHA256_Init(&s->md);
	s->open = true;
	pthread_mutex_unlock(&d->lock);
}

void digests_give(struct digests *d, enum digest_of of, const void *p, size_t n)
{
	struct stream *s = &d->stream[of];

	if (d->alone) {
		SHA256_Update(&s->md, p, n);
		return;
	}
	pthread_mutex_lock(&d->lock);
	wait_for(d, s, QUEUE - 1);
	s->queue[s->given++ % QUEUE] = (struct piece){ p, n };
	pthread_cond_broadcast(&d->changed);
	pthread_mutex_unlock(&d->lock);
}

void digests_wait(struct digests *d, enum digest_of of, unsigned behind)
{
	pthread_mutex_lock(&d->lock);
	wait_for(d, &d->stream[of], behind);
	pthread_mutex_unlock(&d->lock);
}

void digests_end(struct digests *d, enum digest_of of, char ret[SHA256_TEXT])
{
	struct stream *s = &d->stream[of];
	uint8_t hash[SHA256_BYTES];

	pthread_mutex_lock(&d->lock);
	wait_for(d, s, 0);
	s->open = false;
	pthread_cond_broadcast(&d->changed);
	pthread_mutex_unlock(&d->lock);
	SHA256_Final(hash, &s->md);
	if (ret)
		hex_text(ret, hash, SHA256_BYTES);
}
