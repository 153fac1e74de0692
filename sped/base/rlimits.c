/* base/rlimits.c - what one process may have, by system calls alone: spe-init links nothing but libc. */
#include <errno.h>
#include <sys/resource.h>

#include "spe/weak.h"
#include "sped/base/confine.h"

static const struct {
	int what;
	rlim_t most;
} limits[] = {
	{ RLIMIT_CORE, 1 },        /* not 0: with 0 a core_pattern pipe on the host still receives the memory (core(5)) */
	{ RLIMIT_NOFILE, 4096 },   /* more than any analysis; the kernel's own memory for them is bounded */
	{ RLIMIT_MEMLOCK, 65536 }, /* none can be kept from being reclaimed */
	{ RLIMIT_MSGQUEUE, 0 },
	{ RLIMIT_NICE, 0 },
	{ RLIMIT_RTPRIO, 0 },      /* nobody is served before the host's own programs */
	{ RLIMIT_SIGPENDING, 4096 },
};

int confine_rlimits(void)
{
	struct rlimit l;
	size_t i;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		if (getrlimit(limits[i].what, &l) < 0)
			return -errno;
		l.rlim_cur = l.rlim_max = limits[i].most < l.rlim_max ? limits[i].most : l.rlim_max;
		if (DEFENCE(rlimits, setrlimit(limits[i].what, &l)) < 0)
			return -errno;
	}
	return 0;
}
