/* spe/cleanup.h - cleaning up is part of the declaration; keeping is a visible act.
 * auto_close int fd = ...;   closed when the block ends, spe_take_fd(&fd) hands it on
 * auto_free char *p = ...;   freed when the block ends, spe_take_ptr(&p) hands it on */
#ifndef SPE_CLEANUP_H
#define SPE_CLEANUP_H
#include <stdlib.h>
#include <unistd.h>

static inline void spe_close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void spe_free_ptr(void *p)
{
	free(*(void **)p);
}

static inline int spe_take_fd(int *fd)
{
	int kept = *fd;

	*fd = -1;
	return kept;
}

static inline void *spe_take_ptr(void *p)
{
	void *kept = *(void **)p;

	*(void **)p = NULL;
	return kept;
}

#define auto_close __attribute__((cleanup(spe_close_fd)))
#define auto_free __attribute__((cleanup(spe_free_ptr)))
#endif
