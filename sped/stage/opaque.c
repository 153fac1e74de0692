/* stage/opaque.c - a file as it lies there, or as it lies in a Crypt4GH container: hashed, and copied where that is asked for. */
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/limits.h"
#include "sped/base/buf.h"
#include "sped/stage/c4gh.h"
#include "sped/stage/stage.h"

#define PIECE (256u << 10)

struct opaque {
	int in, out;
	const char *where;
	struct c4gh *box; /* NULL: the file is no container */
	EVP_MD_CTX *file, *content;
	struct progress *progress;
	off_t at;
	bool lost;
	uint64_t bytes;
	char piece[PIECE];
};

static void seen(void *arg, const void *p, size_t n)
{
	struct opaque *o = arg;

	o->lost |= EVP_DigestUpdate(o->file, p, n) != 1;
}

static int unbox(struct opaque *o, const struct source_with *with, struct spe_error *e)
{
	const struct c4gh_from from = { .fd = o->in, .secret = with->secret, .where = o->where, .seen = seen, .arg = o, .workers = with->workers };
	ssize_t n = pread(o->in, o->piece, C4GH_MAGIC, 0);

	if (n < 0)
		return spe_fail(e, SPE_E_INTERNAL, "%s can't be read", o->where);
	if (!c4gh_is(o->piece, (size_t)n))
		return 0;
	if (!from.secret)
		return spe_fail(e, SPE_E_INPUT, "%s is a Crypt4GH container, and there is no key for it here", o->where);
	return c4gh_open(&o->box, &from, e);
}

static int more(struct opaque *o, const void **ret, size_t *ret_len, struct spe_error *e)
{
	ssize_t n;

	if (o->box)
		return c4gh_next(o->box, ret, ret_len, e);
	do
		n = pread(o->in, o->piece, sizeof(o->piece), o->at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return spe_fail(e, SPE_E_INTERNAL, "%s can't be read", o->where);
	seen(o, o->piece, (size_t)n);
	o->at += n;
	*ret = o->piece;
	*ret_len = (size_t)n;
	return n > 0;
}

static int cant_write(const struct opaque *o, int r, struct spe_error *e)
{
	spe_fail(e, SPE_E_INTERNAL, "%s can't be written: %s", o->where, strerror(-r));
	if (r == -ENOSPC)
		spe_remedy(e, "make room where the data of workspaces lie, and stage again");
	return -SPE_E_INTERNAL;
}

static int copy(struct opaque *o, struct spe_error *e)
{
	const void *p;
	size_t n;
	int r;

	while ((r = more(o, &p, &n, e)) > 0) {
		o->lost |= EVP_DigestUpdate(o->content, p, n) != 1;
		o->bytes += n;
		if (o->progress)
			progress_tell(o->progress, 0, o->bytes);
		if (o->bytes > SPE_HOLDING_MAX)
			return spe_fail(e, SPE_E_TOO_LARGE, "%s has more than %llu bytes", o->where, SPE_HOLDING_MAX);
		r = o->out >= 0 ? io_write_all(o->out, p, n) : 0;
		if (r < 0)
			return cant_write(o, r, e);
	}
	return r;
}

int opaque_copy(int in, int out, const char *where, const struct source_with *with, struct opaque_done *ret, struct spe_error *e)
{
	auto_free struct opaque *o = calloc(1, sizeof(*o));
	int r;

	if (!o)
		return spe_fail(e, SPE_E_INTERNAL, "there is no memory to read %s", where);
	o->in = in;
	o->out = out;
	o->where = where;
	o->progress = with->progress;
	o->file = EVP_MD_CTX_new();
	o->content = EVP_MD_CTX_new();
	r = o->file && o->content && EVP_DigestInit_ex(o->file, EVP_sha256(), NULL) == 1 && EVP_DigestInit_ex(o->content, EVP_sha256(), NULL) == 1
		    ? unbox(o, with, e)
		    : spe_fail(e, SPE_E_INTERNAL, "SHA-256 is not to be had");
	if (r == 0)
		r = copy(o, e);
	ret->boxed = o->box;
	ret->bytes = o->bytes;
	c4gh_free(o->box); /* before the digests: its workers feed one */
	if (r == 0 && (o->lost || !digest_end(o->file, ret->file) || !digest_end(o->content, ret->content)))
		r = spe_fail(e, SPE_E_INTERNAL, "SHA-256 is not to be had");
	if (r == 0 && o->bytes == 0)
		r = spe_fail(e, SPE_E_INPUT, "%s is empty", where);
	EVP_MD_CTX_free(o->file);
	EVP_MD_CTX_free(o->content);
	return r;
}
