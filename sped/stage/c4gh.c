/* stage/c4gh.c - the segments of a Crypt4GH container; see c4gh.h.
 * Eight segments are read at once and opened where they lie, with contexts whose keys were set once: each segment
 * has its own nonce and nothing of the one before. So workers may open the eight after these meanwhile; they read in
 * turn, one at a time, and what they opened is given in the container's order. */
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sped/stage/c4gh.h"

#define NONCE 12
#define TAG 16
#define MANY 8 /* segments of a batch: half a mebibyte, which stays in the caches of a processor */

enum state { FREE, TAKEN, READY };

struct batch {
	enum state state;
	uint64_t number; /* 0, 1, 2 ... */
	size_t len, at;  /* bytes read; where the next segment to give begins */
	int r;
	struct spe_error e;
	uint8_t sealed[MANY * C4GH_SEALED];
};

/* What one thread opens segments with: a context for each data key, and which it was the last time. */
struct opener {
	EVP_CIPHER_CTX *ctx[C4GH_KEYS_MAX];
	size_t last;
	uint8_t *trial; /* where several keys are tried */
};

struct c4gh {
	struct c4gh_from from;
	struct c4gh_head head;
	struct opener opener[C4GH_WORKERS_MAX + 1]; /* the last is the caller's */
	pthread_t worker[C4GH_WORKERS_MAX];
	unsigned workers, begun;
	pthread_mutex_t reading, lock; /* lock: state, stop; never held while anything else is done */
	pthread_cond_t changed;
	bool stop, read_all; /* read_all: under reading */
	uint64_t next_read, next_given;
	struct batch *batch;
	size_t batches;
	bool bad, ended;
	/* of the piece that is given */
	const uint8_t *piece;
	size_t left;         /* plain bytes of the segment that were not looked at yet */
	size_t edit;         /* next in the list, and */
	uint64_t edit_left;  /* how much of the one before it is left */
	bool keep;           /* what that one says */
};

/* ---- opening ---- */

static bool opener_new(struct opener *o, const struct c4gh_head *h)
{
	size_t i;

	for (i = 0; i < h->keys; i++) {
		o->ctx[i] = EVP_CIPHER_CTX_new();
		if (!o->ctx[i] || EVP_DecryptInit_ex(o->ctx[i], EVP_chacha20_poly1305(), NULL, h->key[i], NULL) != 1)
			return false;
	}
	o->trial = h->keys > 1 ? malloc(C4GH_SEGMENT) : NULL;
	return h->keys == 1 || o->trial;
}

static void opener_end(struct opener *o)
{
	size_t i;

	for (i = 0; i < C4GH_KEYS_MAX; i++)
		EVP_CIPHER_CTX_free(o->ctx[i]);
	if (o->trial)
		OPENSSL_cleanse(o->trial, C4GH_SEGMENT);
	free(o->trial);
}

static bool open_with(EVP_CIPHER_CTX *c, uint8_t *nonce, size_t n, uint8_t *ret)
{
	uint8_t *text = nonce + NONCE, rest[TAG];
	int done;

	return EVP_DecryptInit_ex(c, NULL, NULL, NULL, nonce) == 1 && EVP_DecryptUpdate(c, ret, &done, text, (int)n) == 1 &&
	       EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG, text + n) == 1 && EVP_DecryptFinal_ex(c, rest, &done) == 1;
}

/* One segment of n bytes, in place behind its nonce. A key that is not the right one would leave noise there. */
static bool segment_open(struct opener *o, size_t keys, uint8_t *sealed, size_t n)
{
	size_t i, plain = n - NONCE - TAG;

	if (keys == 1)
		return open_with(o->ctx[0], sealed, plain, sealed + NONCE);
	for (i = 0; i < keys; i++) {
		size_t k = (o->last + i) % keys;

		if (open_with(o->ctx[k], sealed, plain, o->trial)) {
			memcpy(sealed + NONCE, o->trial, plain);
			o->last = k;
			return true;
		}
	}
	return false;
}

static size_t segment_size(const struct batch *b, size_t at)
{
	return b->len - at < C4GH_SEALED ? b->len - at : C4GH_SEALED;
}

static void batch_open(struct c4gh *c, struct opener *o, struct batch *b)
{
	size_t at, n;

	for (at = 0; b->r == 0 && at < b->len; at += n) {
		n = segment_size(b, at);
		if (n >= NONCE + TAG && segment_open(o, c->head.keys, b->sealed + at, n))
			continue;
		b->r = spe_fail(&b->e, SPE_E_INPUT, "%s: segment %llu of the Crypt4GH container is cut or damaged", c->from.where,
			(unsigned long long)(b->number * MANY + at / C4GH_SEALED + 1));
		spe_remedy(&b->e, "send it again; if that does not help, encrypt the table again");
	}
}

/* The next eight; fewer, or none, at the end. */
static void batch_read(struct c4gh *c, struct batch *b)
{
	const off_t begin = c->head.size + (off_t)(c->next_read * sizeof(b->sealed));

	b->number = c->next_read++;
	b->len = b->at = 0;
	b->r = 0;
	while (b->len < sizeof(b->sealed)) {
		ssize_t n = pread(c->from.fd, b->sealed + b->len, sizeof(b->sealed) - b->len, begin + (off_t)b->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			b->r = spe_fail(&b->e, SPE_E_INTERNAL, "%s can't be read: %s", c->from.where, strerror(errno));
		if (n <= 0) {
			c->read_all = true;
			break;
		}
		b->len += (size_t)n;
	}
	if (c->from.seen)
		c->from.seen(c->from.arg, b->sealed, b->len);
}

/* ---- the workers ---- */

static struct batch *batch_of(struct c4gh *c, uint64_t number)
{
	return &c->batch[number % c->batches];
}

static void set_state(struct c4gh *c, struct batch *b, enum state s)
{
	pthread_mutex_lock(&c->lock);
	b->state = s;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

/* False where everything is to end. */
static bool wait_state(struct c4gh *c, const struct batch *b, enum state s)
{
	bool stop;

	pthread_mutex_lock(&c->lock);
	while (b->state != s && !c->stop)
		pthread_cond_wait(&c->changed, &c->lock);
	stop = c->stop;
	pthread_mutex_unlock(&c->lock);
	return !stop;
}

/* The next batch of the container, read; NULL where there is none. */
static struct batch *batch_take(struct c4gh *c)
{
	struct batch *b = NULL;

	pthread_mutex_lock(&c->reading);
	if (!c->read_all) {
		b = batch_of(c, c->next_read);
		if (wait_state(c, b, FREE)) {
			set_state(c, b, TAKEN);
			batch_read(c, b);
		} else {
			b = NULL;
		}
	}
	pthread_mutex_unlock(&c->reading);
	return b;
}

struct worker {
	struct c4gh *c;
	struct opener *o;
};

static void *work(void *arg)
{
	struct worker w = *(struct worker *)arg;
	struct batch *b;

	free(arg);
	while ((b = batch_take(w.c))) {
		batch_open(w.c, w.o, b);
		set_state(w.c, b, READY);
	}
	return NULL;
}

/* Threads that can't be had are done without. */
static void workers_begin(struct c4gh *c)
{
	while (c->begun < c->workers) {
		struct worker *w = malloc(sizeof(*w));

		if (!w)
			break;
		*w = (struct worker){ c, &c->opener[c->begun] };
		if (pthread_create(&c->worker[c->begun], NULL, work, w) != 0) {
			free(w);
			break;
		}
		c->begun++;
	}
}

/* ---- giving ---- */

/* The batch whose turn it is, opened. */
static struct batch *batch_wait(struct c4gh *c)
{
	struct batch *b = batch_of(c, c->next_given);

	if (c->begun > 0) {
		wait_state(c, b, READY);
	} else if (b->state == FREE) {
		batch_read(c, b);
		batch_open(c, &c->opener[C4GH_WORKERS_MAX], b);
		b->state = READY;
	}
	return b;
}

/* The next segment into piece and left. 1, 0 or negative. */
static int segment_next(struct c4gh *c, struct spe_error *e)
{
	while (!c->ended) {
		struct batch *b = batch_wait(c);

		if (b->r < 0) {
			c->bad = true;
			if (e)
				*e = b->e;
			return b->r;
		}
		if (b->at < b->len) {
			size_t n = segment_size(b, b->at);

			c->piece = b->sealed + b->at + NONCE;
			c->left = n - NONCE - TAG;
			b->at += n;
			return 1;
		}
		c->next_given++;
		c->ended = b->len < sizeof(b->sealed);
		set_state(c, b, FREE);
	}
	return 0;
}

/* The list's next number; behind the last of an odd list all is kept, behind that of an even one nothing. */
static void edit_next(struct c4gh *c)
{
	const struct c4gh_head *h = &c->head;

	if (c->edit < h->edits) {
		c->edit_left = h->edit[c->edit];
		c->keep = c->edit % 2 == 1;
		c->edit++;
	} else {
		c->edit_left = UINT64_MAX;
		c->keep = h->edits % 2 == 1;
	}
}

int c4gh_next(struct c4gh *c, const void **ret, size_t *ret_len, struct spe_error *e)
{
	for (;;) {
		size_t n;

		if (c->left == 0) {
			int r = c->bad ? spe_fail(e, SPE_E_INTERNAL, "%s was given up", c->from.where) : segment_next(c, e);

			if (r <= 0)
				return r;
		}
		while (c->edit_left == 0)
			edit_next(c);
		n = c->left < c->edit_left ? c->left : (size_t)c->edit_left;
		*ret = c->piece;
		*ret_len = n;
		c->piece += n;
		c->left -= n;
		c->edit_left -= c->edit_left == UINT64_MAX ? 0 : n;
		if (c->keep && n > 0)
			return 1;
	}
}

/* ---- from beginning to end ---- */

static int begin(struct c4gh *c, struct spe_error *e)
{
	unsigned i;
	int r = c4gh_head_read(&c->head, &c->from, e);

	if (r < 0)
		return r;
	c->from.secret = NULL;
	c->keep = !c->head.edited;
	c->edit_left = c->head.edited ? 0 : UINT64_MAX;
	c->batches = c->workers + 2; /* one that is given, and one more for whoever is quickest */
	c->batch = calloc(c->batches, sizeof(*c->batch));
	if (!c->batch || !opener_new(&c->opener[C4GH_WORKERS_MAX], &c->head))
		return spe_fail(e, SPE_E_INTERNAL, "%s: there is no memory", c->from.where);
	for (i = 0; i < c->workers; i++)
		if (!opener_new(&c->opener[i], &c->head))
			return spe_fail(e, SPE_E_INTERNAL, "%s: there is no memory", c->from.where);
	workers_begin(c);
	return 0;
}

int c4gh_open(struct c4gh **ret, const struct c4gh_from *from, struct spe_error *e)
{
	struct c4gh *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return spe_fail(e, SPE_E_INTERNAL, "%s: there is no memory", from->where);
	c->from = *from;
	c->workers = from->workers < C4GH_WORKERS_MAX ? from->workers : C4GH_WORKERS_MAX;
	pthread_mutex_init(&c->reading, NULL);
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->changed, NULL);
	r = begin(c, e);
	if (r < 0) {
		c4gh_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

static void workers_end(struct c4gh *c)
{
	pthread_mutex_lock(&c->lock);
	c->stop = true;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
	while (c->begun > 0)
		pthread_join(c->worker[--c->begun], NULL);
}

void c4gh_free(struct c4gh *c)
{
	size_t i;

	if (!c)
		return;
	workers_end(c);
	for (i = 0; i <= C4GH_WORKERS_MAX; i++)
		opener_end(&c->opener[i]);
	if (c->batch)
		OPENSSL_cleanse(c->batch, c->batches * sizeof(*c->batch));
	free(c->batch);
	c4gh_head_free(&c->head);
	pthread_mutex_destroy(&c->reading);
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->changed);
	free(c);
}
