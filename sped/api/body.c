/* api/body.c - see api.h: bodies on their way to the engine. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
#include "sped/api/api.h"

static int fail(struct spe_error *e, int r)
{
	if (r == -ENOSPC || r == -EDQUOT || r == -EFBIG || r == -ENOMEM || r == -EMFILE ||
		r == -ENFILE) {
		spe_fail(e, SPE_E_BUSY, "there is no room for the body: %s", strerror(-r));
		spe_remedy(e, "try: again later, or tell the operator");
		return -SPE_E_BUSY;
	}
	return spe_fail(e, SPE_E_INTERNAL, "the body can't be kept: %s", strerror(-r));
}

int body_open(struct request *q, struct spe_error *e)
{
	if (!q->raw)
		return 0;
	if (q->reply_fd >= 0) { /* a piece of an upload: what came of it stays there whatever ends us, and we can't read it */
		q->spool = spe_take_fd(&q->reply_fd);
		q->appends = true;
		q->max = strtoull(q->reply.path, NULL, 10);
		return 0;
	}
	/* Without a name: whatever ends us, the kernel removes it. */
	q->spool = openat(FD_SPOOL, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	return q->spool < 0 ? fail(e, -errno) : 0;
}

int body_add(struct request *q, const char *p, size_t n, struct spe_error *e)
{
	int r = 0;

	if (n > q->max - q->got)
		return spe_fail(e, SPE_E_TOO_LARGE, "the body is larger than %llu bytes",
			(unsigned long long)q->max);
	q->got += n;
	if (q->raw)
		r = io_write_all(q->spool, p, n);
	else
		buf_add(&q->json, p, n);
	if (q->json.bad)
		r = -ENOMEM;
	return r < 0 ? fail(e, r) : 0;
}

/* Opened anew, so that whoever gets it can't write, and begins at the start. */
static int reopen(int fd)
{
	char path[32];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	return again < 0 ? -errno : again;
}

int body_take(struct request *q, int *ret_fd, struct spe_error *e)
{
	int fd = -1, r = 0;

	if (q->appends)
		fd = spe_take_fd(&q->spool);
	else if (q->raw)
		r = fd = reopen(q->spool);
	else if (q->json.len > 0)
		r = io_memfd(q->json.p, q->json.len, &fd);
	body_free(q);
	if (r < 0)
		return fail(e, r);
	*ret_fd = fd;
	return 0;
}

void body_free(struct request *q)
{
	buf_wipe(
		&q->json); /* a body may hold a permit or a signature that its sender keeps to himself */
	spe_close_fd(&q->spool);
	q->spool = -1;
}
