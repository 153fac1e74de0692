/* stage/write.c - RFC 4180 with commas and LF, quotes where needed alone. What goes wrong stays so; ask once. */
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "sped/base/buf.h"
#include "sped/stage/stage.h"

#define ROOM (256u << 10)

struct writer {
	int fd;
	int bad; /* -errno */
	EVP_MD_CTX *md;
	uint64_t bytes;
	size_t fields; /* of this record */
	bool blank;    /* it has one field, an empty one */
	size_t len;
	char p[ROOM];
};

int writer_new(struct writer **ret, int fd)
{
	struct writer *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->fd = fd;
	w->md = EVP_MD_CTX_new();
	if (!w->md || EVP_DigestInit_ex(w->md, EVP_sha256(), NULL) != 1) {
		writer_free(w);
		return -ENOMEM;
	}
	*ret = w;
	return 0;
}

void writer_free(struct writer *w)
{
	if (!w)
		return;
	EVP_MD_CTX_free(w->md);
	free(w);
}

static void flush(struct writer *w)
{
	if (w->bad == 0 && EVP_DigestUpdate(w->md, w->p, w->len) != 1)
		w->bad = -ENOMEM;
	if (w->bad == 0)
		w->bad = io_write_all(w->fd, w->p, w->len);
	w->bytes += w->len;
	w->len = 0;
}

static void put(struct writer *w, const char *p, size_t n)
{
	while (n > 0) {
		size_t take = n < ROOM - w->len ? n : ROOM - w->len;

		memcpy(w->p + w->len, p, take);
		w->len += take;
		p += take;
		n -= take;
		if (w->len == ROOM)
			flush(w);
	}
}

static bool needs_quotes(const char *p, size_t n)
{
	for (; n > 0; n--, p++)
		if (*p == ',' || *p == '"' || *p == '\n' || *p == '\r')
			return true;
	return false;
}

static void put_quoted(struct writer *w, const char *p, size_t n)
{
	put(w, "\"", 1);
	while (n > 0) {
		const char *quote = memchr(p, '"', n);
		size_t take = quote ? (size_t)(quote - p) + 1 : n;

		put(w, p, take);
		if (quote)
			put(w, "\"", 1);
		p += take;
		n -= take;
	}
	put(w, "\"", 1);
}

static void writer_field(struct writer *w, const char *p, size_t len)
{
	if (w->fields++ > 0)
		put(w, ",", 1);
	w->blank = w->fields == 1 && len == 0;
	if (needs_quotes(p, len))
		put_quoted(w, p, len);
	else
		put(w, p, len);
}

/* One empty field alone would read as an empty line, which readers skip. */
static void writer_end(struct writer *w)
{
	if (w->fields == 1 && w->blank)
		put(w, "\"\"", 2);
	put(w, "\n", 1);
	w->fields = 0;
}

void writer_row(struct writer *w, const struct csv_field *field, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		writer_field(w, field[i].p, field[i].len);
	writer_end(w);
}

int writer_finish(struct writer *w, uint64_t *ret_bytes, char ret_digest[SHA256_TEXT])
{
	uint8_t hash[EVP_MAX_MD_SIZE];

	flush(w);
	if (w->bad == 0 && EVP_DigestFinal_ex(w->md, hash, NULL) != 1)
		w->bad = -ENOMEM;
	if (w->bad == 0) {
		hex_text(ret_digest, hash, SHA256_BYTES);
		*ret_bytes = w->bytes;
	}
	return w->bad;
}
