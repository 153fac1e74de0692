/* api/call.c - see api.h: one call of each waiting request is with the engine, or on its way there. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
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

int call_send(struct request *q, uint32_t flags, int fd, struct spe_error *e)
{
	auto_close int own = fd;
	struct pending *p = pending_count < API_PENDING ? calloc(1, sizeof(*p)) : NULL;

	if (!p) {
		spe_fail(e, SPE_E_BUSY, "too many requests are waiting");
		spe_remedy(e, "try: again in a moment");
		return -SPE_E_BUSY;
	}
	q->id = new_id();
	p->m = (struct msg_call){ .type = MSG_CALL,
		.id = q->id,
		.what = q->method,
		.uid = q->client->uid,
		.flags = flags | (q->ranged ? MSG_F_RANGE : 0),
		.from = q->from,
		.to = q->to };
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
		take(&m, &fd);
	}
}

void call_forget(struct request *q)
{
	struct request **at = find(q->id);

	if (q->id != 0 && *at == q)
		*at = q->next;
}
