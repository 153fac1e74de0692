/* init/init.h - spe-init: pid 1 of a workspace's job.
 * Runs as: the workspace's uid, no capabilities, in the box that the launcher made.
 * Hears: one ticket from the engine (spe/ticket.h). Touches: the box it is in. Leaves alone: all else.
 * setup.c  the ticket, the last confinement, the job's process
 * unpack.c spe-unpack: the code bundle to /code; a program of its own, confined before it reads
 * reap.c   waits, ends what is left, reports */
#ifndef SPE_INIT_H
#define SPE_INIT_H
#include <linux/filter.h>
#include <stddef.h>
#include <sys/types.h>

#include "spe/profile.h"
#include "spe/ticket.h"

struct job {
	char **argv, **envp;
	int bundle;               /* -1: none */
	char profile[PROFILE_NAME_ROOM];
	struct profile_slot slot;
	struct sock_fprog filter;
	char *text;               /* holds what argv and envp point to */
};


int setup_read(struct job *ret);                  /* 0 or -errno */
/* setup_confine - what the profile says, for this process and all after it. 0, or -errno with the step that can't be taken. */
int setup_confine(struct job *j, uint32_t *ret_step);
void setup_run(const struct job *j, int failed) __attribute__((noreturn)); /* in the child: execs, or writes errno to failed */
int setup_unpack(int bundle, char *const *env);   /* env: as sped gave it. 0 or -errno; -EBADMSG: not an archive of plain files */
void reap_report(uint32_t end, int value, uint32_t step);
int reap_wait(pid_t job, int failed);             /* until the job has ended and nothing is left */
#endif
