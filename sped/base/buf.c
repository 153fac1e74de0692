/* base/buf.c - see buf.h. */
#include "sped/base/buf.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spe/cleanup.h"

void buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ 0 };
}

void buf_wipe(struct buf *b)
{
	if (b->p)
		explicit_bzero(b->p, b->room);
	buf_free(b);
}

static bool grow(struct buf *b, size_t more)
{
	size_t need, room;
	char *p;

	if (b->bad || __builtin_add_overflow(b->len, more, &need) || need > SIZE_MAX / 4) {
		b->bad = true;
		return false;
	}
	if (need + 1 <= b->room)
		return true;
	room = b->room ? b->room : 256;
	while (room < need + 1)
		room *= 2;
	p = realloc(b->p, room);
	if (!p) {
		b->bad = true;
		return false;
	}
	b->p = p;
	b->room = room;
	return true;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	if (!grow(b, n))
		return;
	if (n)
		memcpy(b->p + b->len, p, n);
	b->len += n;
	b->p[b->len] = '\0';
}

void buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		b->bad = true;
	else if (grow(b, (size_t)n)) {
		vsnprintf(b->p + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

/* By pread where at is not negative, else from the descriptor's own position. */
static int read_whole(int fd, off_t at, size_t max, char **ret, size_t *ret_len)
{
	struct buf b = { 0 };
	char piece[16384];

	for (;;) {
		ssize_t n = at < 0 ? read(fd, piece, sizeof(piece)) :
				     pread(fd, piece, sizeof(piece), at);
		int r = 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			r = -errno;
		else if (n > 0 && (size_t)n > max - b.len)
			r = -EFBIG;
		else
			buf_add(&b, piece, (size_t)n);
		if (r == 0 && b.bad)
			r = -ENOMEM;
		if (r < 0) {
			buf_free(&b);
			return r;
		}
		if (n == 0)
			break;
		if (at >= 0)
			at += n;
	}
	*ret = b.p;
	*ret_len = b.len;
	return 0;
}

int io_read_all(int fd, size_t max, char **ret, size_t *ret_len)
{
	return read_whole(fd, -1, max, ret, ret_len);
}

int io_read_at(int fd, size_t max, char **ret, size_t *ret_len)
{
	return read_whole(fd, 0, max, ret, ret_len);
}

int io_write_all(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		ssize_t w = write(fd, at, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -errno;
		at += w;
		n -= (size_t)w;
	}
	return 0;
}

int io_write_at(int fd, const void *p, size_t n, off_t at)
{
	const char *from = p;

	while (n > 0) {
		ssize_t w = pwrite(fd, from, n, at);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return w < 0 ? -errno : -EIO;
		from += w;
		n -= (size_t)w;
		at += w;
	}
	return 0;
}

int io_memfd(const void *p, size_t n, int *ret_fd)
{
	auto_close int fd = memfd_create("spe", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r;

	if (fd < 0)
		return -errno;
	r = io_write_all(fd, p, n);
	if (r < 0)
		return r;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0 ||
	    lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	*ret_fd = spe_take_fd(&fd);
	return 0;
}

int io_openat(int dir, const char *name, int flags, unsigned mode)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.mode = flags & (O_CREAT | O_TMPFILE) & ~O_DIRECTORY ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
			   RESOLVE_NO_XDEV,
	};
	long fd = syscall(SYS_openat2, dir, name, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

int io_replace(int dir, const char *name, const void *p, size_t n, unsigned mode)
{
	char temporary[280];
	auto_close int fd = -1;
	int r;

	if (snprintf(temporary, sizeof(temporary), ".%s.new", name) >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	fd = io_openat(dir, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);
	if (fd < 0)
		return fd;
	r = io_write_all(fd, p, n);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r == 0 && renameat(dir, temporary, dir, name) < 0)
		r = -errno;
	if (r < 0) {
		unlinkat(dir, temporary, 0);
		return r;
	}
	return fsync(dir) < 0 ? -errno : 0;
}

int io_random(void *p, size_t n)
{
	char *at = p;

	while (n > 0) {
		ssize_t got = getrandom(at, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		at += got;
		n -= (size_t)got;
	}
	return 0;
}

const uint8_t *rd_bytes(struct rd *r, size_t n)
{
	const uint8_t *at = r->p;

	if (r->bad || (size_t)(r->end - r->p) < n) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	return at;
}

uint32_t rd_u32(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 4);
	uint32_t v = 0;

	if (p)
		memcpy(&v, p, 4);
	return le32toh(v);
}

uint32_t rd_u32be(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 4);
	uint32_t v = 0;

	if (p)
		memcpy(&v, p, 4);
	return be32toh(v);
}

uint64_t rd_u64(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 8);
	uint64_t v = 0;

	if (p)
		memcpy(&v, p, 8);
	return le64toh(v);
}

const uint8_t *rd_string32be(struct rd *r, size_t *ret_len)
{
	*ret_len = rd_u32be(r);
	return rd_bytes(r, *ret_len);
}
