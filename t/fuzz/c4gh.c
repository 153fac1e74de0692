/* t/fuzz/c4gh.c - whatever a container holds, no more comes out than is in it, and what is refused is refused with a
 * sentence. The first byte chooses: the rest as it is; or the rest as the plaintexts of packets (a byte of length before
 * each), sealed here for the reader, before three segments, so that what is behind the seals is reached too. */
#include <openssl/crypto.h>
#include <sys/mman.h>
#include <unistd.h>

#include "t/unit/c4gh.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const uint8_t secret[C4GH_KEY] = { 1 }, writer[C4GH_KEY] = { 2 }, key[C4GH_KEY] = { 3 };
static char inside[2 * C4GH_SEGMENT + 77];

static void seal(struct buf *b, const uint8_t *p, size_t len)
{
	uint8_t reader[C4GH_KEY];
	uint32_t packets = 1;
	size_t at, n;

	box_public(secret, reader);
	for (at = 0; at < len && packets < 20; at += 1 + n, packets++)
		n = p[at] < len - at ? p[at] : len - at - 1;
	box_begin(b, packets);
	for (at = 0, packets = 1; at < len && packets < 20; at += 1 + n, packets++) {
		n = p[at] < len - at ? p[at] : len - at - 1;
		box_packet(b, writer, reader, p + at + 1, n);
	}
	box_key_packet(b, writer, reader, key);
	box_segments(b, key, inside, sizeof(inside));
}

static void open_it(const struct buf *b, unsigned workers)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC), r;
	const struct c4gh_from from = { .fd = fd, .secret = secret, .where = "holding h table t", .workers = workers };
	struct spe_error e = { 0 };
	struct c4gh *c = NULL;
	size_t all = 0, n;
	const void *p;

	if (fd < 0 || io_write_all(fd, b->p, b->len) < 0)
		abort();
	r = c4gh_open(&c, &from, &e);
	while (r == 0 && (r = c4gh_next(c, &p, &n, &e)) > 0) {
		all += n;
		if (n == 0 || n > C4GH_SEGMENT || all > b->len)
			__builtin_trap();
		r = 0;
	}
	if (r < 0 && (r != -SPE_E_INPUT || strncmp(e.text, from.where, strlen(from.where)) != 0))
		__builtin_trap();
	c4gh_free(c);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf b = { 0 };

	if (len < 1)
		return 0;
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	buf_add(&b, "", 0);
	if (data[0] & 1)
		seal(&b, data + 1, len - 1);
	else
		buf_add(&b, data + 1, len - 1);
	open_it(&b, data[0] >> 1 & 1);
	buf_free(&b);
	return 0;
}
