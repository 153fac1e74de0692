/* image/layer.c - one layer as a stream: the member of the archive, uncompressed, as entries of a tar archive; hashed on
 * both sides of the compression on its way. */
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

#include "sped/base/hex.h"
#include "sped/image/image.h"

#define RATIO_FROM (64u << 20) /* bytes: what little can grow by any factor harms nobody */

struct stream {
	const struct layer *layer;
	struct archive *outer, *raw, *tar; /* each reads from the one before */
	EVP_MD_CTX *packed, *plain;
	uint64_t packed_bytes, plain_bytes, max_bytes;
	bool too_large, too_dense;
};

/* archive_read_callback: the next piece of from, hashed and counted; its end is the end, an error an error. */
static la_ssize_t piece(struct archive *a, struct archive *from, EVP_MD_CTX *md, uint64_t *bytes, const void **ret)
{
	la_int64_t at;
	size_t n = 0;
	int r;

	do
		r = archive_read_data_block(from, ret, &n, &at);
	while (r == ARCHIVE_OK && n == 0);
	if (r != ARCHIVE_OK)
		n = 0;
	*bytes += n;
	if ((r != ARCHIVE_OK && r != ARCHIVE_EOF) || EVP_DigestUpdate(md, *ret, n) != 1) {
		archive_set_error(a, EIO, "the layer ends early");
		return ARCHIVE_FATAL;
	}
	return (la_ssize_t)n;
}

static la_ssize_t read_packed(struct archive *a, void *arg, const void **ret)
{
	struct stream *s = arg;

	return piece(a, s->outer, s->packed, &s->packed_bytes, ret);
}

static la_ssize_t read_plain(struct archive *a, void *arg, const void **ret)
{
	struct stream *s = arg;
	la_ssize_t n = piece(a, s->raw, s->plain, &s->plain_bytes, ret);

	s->too_large |= s->plain_bytes > s->max_bytes;
	s->too_dense |= s->plain_bytes > RATIO_FROM && s->plain_bytes / SPE_RATIO_MAX > s->packed_bytes;
	if (!s->too_large && !s->too_dense)
		return n;
	archive_set_error(a, EFBIG, "the layer is too large");
	return ARCHIVE_FATAL;
}

static int raw_open(struct stream *s)
{
	struct archive_entry *entry;

	s->raw = archive_read_new();
	if (!s->raw || archive_read_support_format_raw(s->raw) != ARCHIVE_OK || archive_read_support_format_empty(s->raw) != ARCHIVE_OK)
		return -ENOMEM;
	if (s->layer->packing == PACKED_GZIP && archive_read_support_filter_gzip(s->raw) != ARCHIVE_OK)
		return -ENOTSUP;
	if (s->layer->packing == PACKED_ZSTD && archive_read_support_filter_zstd(s->raw) != ARCHIVE_OK)
		return -ENOTSUP;
	if (archive_read_open(s->raw, s, NULL, read_packed, NULL) != ARCHIVE_OK)
		return -EBADMSG;
	return archive_read_next_header(s->raw, &entry) == ARCHIVE_OK ? 0 : -EBADMSG;
}

static int stream_open(struct stream *s, const struct outer *o, struct spe_error *e)
{
	int64_t size;
	int r;

	TRY(outer_read(o, s->layer->member, &s->outer, &size, e));
	if (s->layer->size >= 0 && s->layer->size != size)
		return spe_fail(e, SPE_E_TAMPERED, "layer %u of %u has %lld bytes; its descriptor says %lld", s->layer->number, s->layer->of,
			(long long)size, (long long)s->layer->size);
	s->packed = EVP_MD_CTX_new();
	s->plain = EVP_MD_CTX_new();
	s->tar = archive_read_new();
	if (!s->packed || !s->plain || !s->tar || EVP_DigestInit_ex(s->packed, EVP_sha256(), NULL) != 1 ||
		EVP_DigestInit_ex(s->plain, EVP_sha256(), NULL) != 1 || archive_read_support_format_tar(s->tar) != ARCHIVE_OK)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	r = raw_open(s);
	if (r == 0 && archive_read_open(s->tar, s, NULL, read_plain, NULL) != ARCHIVE_OK)
		r = -EBADMSG;
	return r == 0 ? 0 : spe_fail(e, SPE_E_INPUT, "layer %u of %u is no tar archive, or not compressed as its media type says",
			s->layer->number, s->layer->of);
}

static void stream_close(struct stream *s)
{
	archive_read_free(s->tar);
	archive_read_free(s->raw);
	archive_read_free(s->outer);
	EVP_MD_CTX_free(s->packed);
	EVP_MD_CTX_free(s->plain);
}

/* What stopped the reading, in order of what says most. */
static int stream_bad(const struct stream *s, struct spe_error *e)
{
	const struct layer *l = s->layer;

	if (s->too_dense)
		return spe_fail(e, SPE_E_TOO_LARGE, "layer %u of %u grows by more than %u times when it is uncompressed", l->number, l->of, SPE_RATIO_MAX);
	if (s->too_large)
		return spe_fail(e, SPE_E_TOO_LARGE, "layer %u of %u has more than %llu bytes; see runtime-mib in sped.conf(5)", l->number, l->of,
			(unsigned long long)s->max_bytes);
	return spe_fail(e, SPE_E_INPUT, "layer %u of %u is no whole tar archive", l->number, l->of);
}

static int entries_read(struct stream *s, layer_visit *visit, void *arg, struct spe_error *e)
{
	struct archive_entry *entry;
	int got;

	while ((got = archive_read_next_header(s->tar, &entry)) == ARCHIVE_OK || got == ARCHIVE_WARN) {
		int r = visit(arg, s->tar, entry, e);

		if (r < 0) /* a bomb may show as an entry that ends early */
			return s->too_dense || s->too_large ? stream_bad(s, e) : r;
	}
	return got == ARCHIVE_EOF ? 0 : stream_bad(s, e);
}

/* What lies behind the last entry is part of what the digests are of. */
static int drain(struct stream *s, struct spe_error *e)
{
	const void *p;
	la_ssize_t n;

	while ((n = read_plain(s->raw, s, &p)) > 0)
		;
	if (n == 0)
		while ((n = piece(s->outer, s->outer, s->packed, &s->packed_bytes, &p)) > 0)
			;
	return n < 0 ? stream_bad(s, e) : 0;
}

static int digest_compare(EVP_MD_CTX *md, const char *want, const struct layer *l, const char *what, struct spe_error *e)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	char text[SHA256_TEXT];

	if (EVP_DigestFinal_ex(md, hash, NULL) != 1)
		return spe_fail(e, SPE_E_INTERNAL, "SHA-256 is not to be had");
	hex_text(text, hash, SHA256_BYTES);
	if (!*want || strcmp(text, want) == 0)
		return 0;
	return spe_fail(e, SPE_E_TAMPERED, "layer %u of %u has the SHA-256 %s; its %s says %s", l->number, l->of, text, what, want);
}

static int stream_read(struct stream *s, const struct outer *o, layer_visit *visit, void *arg, struct spe_error *e)
{
	TRY(stream_open(s, o, e));
	TRY(entries_read(s, visit, arg, e));
	TRY(drain(s, e));
	TRY(digest_compare(s->packed, s->layer->sha256, s->layer, "descriptor", e));
	return digest_compare(s->plain, s->layer->diff_id, s->layer, "diff_id", e);
}

int layer_read(const struct outer *o, const struct layer *l, uint64_t max_bytes, layer_visit *visit, void *arg, struct spe_error *e)
{
	struct stream s = { .layer = l, .max_bytes = max_bytes };
	int r = stream_read(&s, o, visit, arg, e);

	stream_close(&s);
	return r;
}
