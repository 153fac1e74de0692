/* api/call.c - see api.h: one call of each waiting request is with the engine, or on its way there. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "spe/cleanup.h"
#include "spe/log.h"
#include "sped/api/api.h"

struct pending {
	struct pending *next;
	struct msg_call m;
	int fd;
};

static struct request *waiting;
static struct pending *first, **last = &first;
static unsigned pending_count;
static uint32_t last_id;

static struct request **find(uint32_t id)
{
	struct request **at = &waiting;

	while (*at && (*at)->id != id)
		at = &(*at)->next;
	return at;
}

static uint32_t new_id(void)
{
	do
		last_id++;
	while (last_id == 0 || *find(last_id));
	return last_id;
}

static void drop_first(void)
{
	struct pending *p = first;

	first = p->next;
	if (!first)
		last = &first;
	pending_count--;
	spe_close_fd(&p->fd);
	free(p);
}

bool call_pending(void)
{
	return first;
}

int call_flush(void)
{
	while (first) {
		int r = msg_send(FD_ENGINE, &first->m, sizeof(first->m), first->fd);

		if (r == -EAGAIN)
			return 0;
		if (r < 0)
			return r;
		drop_first();
	}
	return 0;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* The query's "wait", where it has one. */
static unsigned asked_to_wait(const char *path)
{
	const char *at = strchr(path, '?');
	unsigned long s = 0;

	while (at && strncmp(at + 1, "wait=", 5) != 0)
		at = strchr(at + 1, '&');
	if (at)
		s = strtoul(at + 6, NULL, 10);
	return s > API_WAIT_MAX_S ? API_WAIT_MAX_S : (unsigned)s;
}

int call_send(struct request *q, uint32_t flags, int fd, unsigned limit_s, struct spe_error *e)
{
	auto_close int own = fd;
	struct pending *p = pending_count < API_PENDING ? calloc(1, sizeof(*p)) : NULL;

	if (!p) {
		spe_fail(e, SPE_E_BUSY, "too many requests are waiting");
		spe_remedy(e, "try: again in a moment");
		return -SPE_E_BUSY;
	}
	q->id = new_id();
	q->until_ms = limit_s ? now_ms() + (uint64_t)(limit_s + asked_to_wait(q->path)) * 1000 : UINT64_MAX;
	p->m = (struct msg_call){ .type = MSG_CALL,
		.id = q->id,
		.what = q->method,
		.uid = q->client->uid,
		.flags = flags | (q->ranged ? MSG_F_RANGE : 0),
		.from = q->from,
		.to = q->to,
		.until_ms = limit_s ? q->until_ms - API_BEGUN_S * 1000 : 0 };
	snprintf(p->m.digest, sizeof(p->m.digest), "%s", q->digest);
	snprintf(p->m.path, sizeof(p->m.path), "%s", q->path);
	p->fd = spe_take_fd(&own);
	*last = p;
	last = &p->next;
	pending_count++;
	q->next = waiting;
	waiting = q;
	MHD_suspend_connection(q->conn);
	return 0; /* the main loop flushes, and knows what to do when the engine is gone */
}

static void take(const struct msg_call *m, int *fd)
{
	struct request **at = find(m->id), *q = *at;

	if (!q)
		return; /* its client is gone */
	*at = q->next;
	q->id = 0;
	q->reply = *m;
	q->reply.path[sizeof(q->reply.path) - 1] = '\0';
	q->reply.digest[sizeof(q->reply.digest) - 1] = '\0';
	q->reply_fd = spe_take_fd(fd);
	MHD_resume_connection(q->conn);
}

static bool silent; /* and the log has it */

int call_late(void)
{
	const uint64_t now = now_ms();
	struct request **at = &waiting, *q;
	uint64_t next = UINT64_MAX;

	while ((q = *at)) {
		if (q->until_ms > now) {
			next = q->until_ms < next ? q->until_ms : next;
			at = &q->next;
			continue;
		}
		*at = q->next;
		q->id = 0;
		q->late = true;
		MHD_resume_connection(q->conn);
		if (!silent)
			spe_log("engine", "it does not answer: clients are told to try again");
		silent = true;
		next = now; /* libmicrohttpd looks at what is resumed when it is run */
	}
	return next == UINT64_MAX ? -1 : (int)(next - now);
}

int call_hear(void)
{
	for (;;) {
		auto_close int fd = -1;
		struct msg_call m;
		int r = msg_recv(FD_ENGINE, &m, sizeof(m), &fd);

		if (r == -EAGAIN)
			return 0;
		if (r == 0 && m.type != MSG_REPLY)
			r = -EBADMSG;
		if (r < 0)
			return r;
		if (silent)
			spe_log("engine", "it answers again");
		silent = false;
		take(&m, &fd);
	}
}

void call_forget(struct request *q)
{
	struct request **at = find(q->id);

	if (q->id != 0 && *at == q)
		*at = q->next;
}
