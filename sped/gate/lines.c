/* gate/lines.c - lines in and lines out, see journal.h. */
#include <errno.h>
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

int file_append(int fd, const char *p, size_t len)
{
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	r = io_write_all(fd, p, len);
	if (r == 0 && fdatasync(fd) < 0)
		r = -errno;
	if (r < 0 && (ftruncate(fd, st.st_size) < 0 || fdatasync(fd) < 0))
		return -EUCLEAN;
	return r;
}

void time_text(char ret[TIME_TEXT], int64_t ms, bool with_ms)
{
	time_t s = (time_t)(ms / 1000);
	size_t n;
	struct tm tm;

	gmtime_r(&s, &tm);
	n = strftime(ret, TIME_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);
	if (with_ms)
		snprintf(ret + n, TIME_TEXT - n, ".%03dZ", (int)(ms % 1000));
	else
		snprintf(ret + n, TIME_TEXT - n, "Z");
}
