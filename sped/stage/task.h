/* stage/task.h - the ticket as a helper gets it, and its answer (spe/ticket.h).
 * Used by spe-stage and spe-capture. */
#ifndef SPE_STAGE_TASK_H
#define SPE_STAGE_TASK_H
#include <jansson.h>
#include <stddef.h>

#include "spe/err.h"

struct task {
	char *text; /* the ticket, not parsed yet */
	size_t len;
	int out;    /* where the result goes */
	int input;  /* -1: none came */
	int place;  /* what the launcher added */
	int tables; /* the first of the tables' descriptors */
};

/* task_receive - both messages, which wait already, with out. Needs recvmsg, so it comes before the filter. */
int task_receive(int sock, struct task *ret, struct spe_error *e);
void task_close(struct task *t); /* cleanses the text: it may hold keys */
/* task_error - {"ok":false,"error":{...}}, the caller's; NULL without memory. */
json_t *task_error(const struct spe_error *e);
/* task_answer - j to the out descriptor. Returns 0 or -errno. */
int task_answer(const struct task *t, const json_t *j);
#endif
