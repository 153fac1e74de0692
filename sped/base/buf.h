/* base/buf.h - bytes: a growable buffer, whole files with a bound, memfds, and the reader that
 * cannot pass the end. Context: any unprivileged program; no globals. */
#ifndef SPE_BASE_BUF_H
#define SPE_BASE_BUF_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct buf {
	char *p;    /* always NUL-terminated once something was added */
	size_t len;
	size_t room;
	bool bad;   /* an allocation failed; stays so, ask once at the end */
};

void buf_free(struct buf *b); /* cleanses nothing; see buf_wipe */
void buf_wipe(struct buf *b); /* overwrites, then frees */
#define auto_buf __attribute__((cleanup(buf_free)))
void buf_add(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* io_read_all - the rest of fd, at most max bytes, into *ret (NUL-terminated, *ret_len without it;
 * the caller frees). Returns 0; -EFBIG over max; else -errno. */
int io_read_all(int fd, size_t max, char **ret, size_t *ret_len);
/* io_read_at - as io_read_all, from offset 0 by pread, leaving the position alone. */
int io_read_at(int fd, size_t max, char **ret, size_t *ret_len);
/* io_write_all - all of it or -errno. */
int io_write_all(int fd, const void *p, size_t n);
/* io_write_at - as io_write_all, by pwrite, leaving the position alone. */
int io_write_at(int fd, const void *p, size_t n, off_t at);
/* io_memfd - a memfd holding these bytes, sealed against any change. Returns 0 or -errno. */
int io_memfd(const void *p, size_t n, int *ret_fd);
/* io_openat - openat2 beneath dir: no symlinks, no magic links, no other mount, O_CLOEXEC.
 * Returns the descriptor or -errno. */
int io_openat(int dir, const char *name, int flags, unsigned mode);
/* io_replace - write name in dir so that after a power cut it is the old or the new whole:
 * temporary file, fsync, rename, fsync of dir. Returns 0 or -errno. */
int io_replace(int dir, const char *name, const void *p, size_t n, unsigned mode);
/* io_random - n bytes from getrandom(2). Returns 0 or -errno. */
int io_random(void *p, size_t n);

struct rd {
	const uint8_t *p, *end;
	bool bad;
};
uint32_t rd_u32(struct rd *r);                 /* little-endian */
uint32_t rd_u32be(struct rd *r);
uint64_t rd_u64(struct rd *r);
const uint8_t *rd_bytes(struct rd *r, size_t n); /* NULL once bad */
/* rd_string32be - an RFC 4251 string: big-endian length, bytes; NULL once bad. */
const uint8_t *rd_string32be(struct rd *r, size_t *ret_len);
#endif
