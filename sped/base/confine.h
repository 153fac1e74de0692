/* base/confine.h - giving up power as a list: every program but sped calls it once,
 * before it reads a byte from anybody.
 * The launcher has already taken uid, groups, capabilities and the ambient environment away. */
#ifndef SPE_BASE_CONFINE_H
#define SPE_BASE_CONFINE_H
#include <stdbool.h>
#include <stdint.h>

#include "spe/err.h"

struct confine_path {
	int dir;          /* directory (or file) descriptor; -1 ends the list */
	bool write;       /* make, change and remove beneath it; else read only */
	bool exec;
	bool device;      /* a device file: read, write and ask it */
	bool list;        /* directories may be listed, nothing read */
};

struct confine {
	const struct confine_path *paths; /* Landlock: everything else is closed; NULL closes all */
	const char *const *calls;         /* seccomp allowlist by name, NULL-terminated; on top of
	                                   * what memory, time and exit need; the rest: EPERM */
	bool threads;     /* of this process: clone with the flags of one and no others; the kernel's newer call is not there */
	bool network;     /* TCP stays possible (nobody asks for it yet) */
	bool bare;        /* calls is all there is: not even what memory, time and exit need */
};

/* confine_enter - its limits, no_new_privs, prove there are no capabilities and that root can't come back,
 * Landlock, then the filter. Landlock is a refusal where the kernel has none, unless the
 * operator started sped with --no-landlock (environment SPE_NO_LANDLOCK=1, set by sped alone).
 * Returns 0 or -SPE_E_INTERNAL with the step that failed. */
int confine_enter(const struct confine *c, struct spe_error *e);
/* confine_landlock - the Landlock domain alone, for spe-init, whose child has a filter of its own. */
int confine_landlock(const struct confine *c);
/* confine_rlimits - those that are the same for all: no core dump, no locked memory, no queue, no rank. 0 or -errno. */
int confine_rlimits(void);
#endif
