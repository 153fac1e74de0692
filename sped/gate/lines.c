/* gate/lines.c - lines in and lines out, see journal.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sped/base/buf.h"
#include "sped/gate/journal.h"

int lines_open(struct lines *l, int fd, off_t at)
{
	*l = (struct lines){ .fd = fd, .at = at, .room = malloc(JOURNAL_LINE_MAX + 1) };
	return l->room ? 0 : -ENOMEM;
}

void lines_close(struct lines *l)
{
	free(l->room);
	*l = (struct lines){ .fd = -1 };
}

/* More bytes behind those that no line was made of yet. Returns how many, 0 at the end, or -errno. */
static ssize_t more(struct lines *l)
{
	size_t room;
	ssize_t n;

	memmove(l->room, l->room + l->start, l->len - l->start);
	l->len -= l->start;
	l->start = 0;
	if (l->len == JOURNAL_LINE_MAX)
		return -E2BIG;
	room = JOURNAL_LINE_MAX - l->len;
	if (l->end && (off_t)room > l->end - l->at)
		room = (size_t)(l->end - l->at);
	do
		n = pread(l->fd, l->room + l->len, room, l->at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	l->len += (size_t)n;
	l->at += n;
	return n;
}

int lines_next(struct lines *l, char **ret, size_t *ret_len)
{
	ssize_t n = 1;

	for (;;) {
		char *p = l->room + l->start, *end = memchr(p, '\n', l->len - l->start);

		if (end || n == 0) {
			*ret = p;
			*ret_len = end ? (size_t)(end - p) : l->len - l->start;
			p[*ret_len] = '\0';
			l->start += *ret_len + (end ? 1 : 0);
			return end ? 1 : *ret_len > 0 ? -EBADMSG : 0;
		}
		n = more(l);
		if (n < 0)
			return (int)n;
	}
}

/* What a power cut left unwritten are sectors, of which the smallest have 512 bytes. A page may also be on disk as it was before
 * the newest lines came: then its NULs begin behind the last of those before. */
#define SECTOR 512

static void tail_byte(struct tail *t, char byte)
{
	const bool nul = byte == '\0';

	if (nul && t->zero < 0)
		t->zero = t->at;
	if (!nul && t->zero >= 0) {
		t->holes = true;
		t->odd |= (!t->line && t->zero % SECTOR != 0) || t->at % SECTOR != 0;
		t->zero = -1;
	}
	t->at++;
	if (nul)
		return;
	t->full = t->at;
	t->line = byte == '\n';
	t->newlines += t->line;
}

int tail_read(int fd, off_t begin, struct tail *t)
{
	char piece[65536];
	ssize_t n, i;

	*t = (struct tail){ .begin = begin, .at = begin, .full = begin, .zero = -1, .line = true };
	do {
		n = pread(fd, piece, sizeof(piece), t->at);
		for (i = 0; i < n; i++)
			tail_byte(t, piece[i]);
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -errno : 0;
}

int file_append(int fd, const char *p, size_t len)
{
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	r = io_write_all(fd, p, len);
	if (r == 0)
		sync_file_range(fd, st.st_size, (off_t)len, SYNC_FILE_RANGE_WRITE); /* what goes wrong is what fdatasync says */
	if (r < 0 && (ftruncate(fd, st.st_size) < 0 || fdatasync(fd) < 0))
		return -EUCLEAN;
	return r;
}

/* Records come many to a second. */
void time_text(char ret[TIME_TEXT], int64_t ms, bool with_ms)
{
	static _Thread_local time_t known = -1;
	static _Thread_local char text[TIME_TEXT];
	static _Thread_local size_t n;
	time_t s = (time_t)(ms / 1000);
	const int rest = (int)(ms % 1000);
	struct tm tm;

	if (s != known) {
		gmtime_r(&s, &tm);
		n = strftime(text, TIME_TEXT - 5, "%Y-%m-%dT%H:%M:%S", &tm);
		known = s;
	}
	memcpy(ret, text, n);
	if (with_ms) {
		const char point[] = { '.', (char)('0' + rest / 100), (char)('0' + rest / 10 % 10), (char)('0' + rest % 10) };

		memcpy(ret + n, point, sizeof(point));
	}
	memcpy(ret + n + (with_ms ? 4 : 0), "Z", 2);
}
