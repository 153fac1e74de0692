/* stage/index.c - the fingerprints of all tables (spe/prints.h): written as they come, hashed on their way. */
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spe/ticket.h"
#include "sped/stage/stage.h"

struct index {
	struct prints *prints;
	int fd;
	int bad; /* errno */
	uint64_t bytes;
	EVP_MD_CTX *md;
};

/* At its own place: the result comes later, before it. */
static int put(void *arg, const void *p, size_t n)
{
	struct index *x = arg;
	const char *at = p;

	if (EVP_DigestUpdate(x->md, p, n) != 1)
		return -SPE_E_INTERNAL;
	while (n > 0) {
		ssize_t done = pwrite(x->fd, at, n, (off_t)(TASK_PRINTS + x->bytes));

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			x->bad = done < 0 ? errno : EIO;
			return -SPE_E_INTERNAL;
		}
		x->bytes += (uint64_t)done;
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

int index_new(struct index **ret, int fd, struct spe_error *e)
{
	struct index *x = calloc(1, sizeof(*x));

	if (x) {
		x->fd = fd;
		x->md = EVP_MD_CTX_new();
	}
	if (!x || !x->md || EVP_DigestInit_ex(x->md, EVP_sha256(), NULL) != 1 || prints_new(&x->prints, put, x) < 0) {
		spe_fail(e, SPE_E_INTERNAL, "the fingerprints can't be begun: %s", x && x->bad ? strerror(x->bad) : "no memory");
		index_free(x);
		return -SPE_E_INTERNAL;
	}
	*ret = x;
	return 0;
}

void index_free(struct index *x)
{
	if (!x)
		return;
	prints_free(x->prints);
	EVP_MD_CTX_free(x->md);
	free(x);
}

struct prints *index_prints(struct index *x)
{
	return x->prints;
}

int index_finish(struct index *x, json_t **ret, struct spe_error *e)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	char digest[SHA256_TEXT];

	if (prints_end(x->prints) < 0 || EVP_DigestFinal_ex(x->md, hash, NULL) != 1)
		return spe_fail(e, SPE_E_INTERNAL, "the fingerprints can't be written: %s",
			x->bad ? strerror(x->bad) : "no memory");
	hex_text(digest, hash, SHA256_BYTES);
	*ret = json_pack("{s:I,s:s}", "bytes", (json_int_t)x->bytes, "sha256", digest);
	return *ret ? 0 : spe_fail(e, SPE_E_INTERNAL, "there is no memory");
}
