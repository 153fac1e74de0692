/* capture/pack.c - the stream of spe/outputs.h. */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sped/base/buf.h"
#include "sped/capture/capture.h"

#define PIECE (256u << 10)

static int put_head(
	struct pack *p, char kind, enum outputs_skip reason, const char *name, uint64_t size)
{
	const uint32_t name_len = (uint32_t)strlen(name);
	const struct outputs_head head = { .kind = (uint8_t)kind,
		.reason = (uint8_t)reason,
		.name_len = htole32(name_len),
		.size = htole64(size) };
	int r = io_write_all(p->out, &head, sizeof(head));

	return r < 0 ? r : io_write_all(p->out, name, name_len);
}

int pack_begin(struct pack *p, int out, uint64_t max_files, uint64_t max_bytes)
{
	*p = (struct pack){ .out = out, .files_left = max_files, .bytes_left = max_bytes };
	p->piece = malloc(PIECE);
	return p->piece ? io_write_all(out, OUTPUTS_MAGIC, 16) : -ENOMEM;
}

static int copy(struct pack *p, int fd, uint64_t size)
{
	while (size > 0) {
		ssize_t n = read(fd, p->piece, size < PIECE ? (size_t)size : PIECE);
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		r = io_write_all(p->out, p->piece, (size_t)n);
		if (r < 0)
			return r;
		size -= (uint64_t)n;
	}
	return 0;
}

int pack_file(struct pack *p, const char *name, int fd, uint64_t size)
{
	int r;

	if (p->files_left == 0)
		return pack_skip(p, SKIP_TOO_MANY);
	if (size > p->bytes_left)
		return pack_skip(p, SKIP_TOO_LARGE);
	p->files_left--;
	p->bytes_left -= size;
	r = put_head(p, 'F', SKIP_NONE, name, size);
	return r < 0 ? r : copy(p, fd, size);
}

int pack_skip(struct pack *p, enum outputs_skip reason)
{
	return put_head(p, 'S', reason, "", 0);
}

int pack_end(struct pack *p)
{
	int r = put_head(p, 'E', SKIP_NONE, "", 0);

	free(p->piece);
	p->piece = NULL;
	return r;
}
