/* base/mount.c - see spe/mount.h. Root links this. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>

#include "spe/mount.h"

int mount_attach(int mount, int dir, const char *at, uint64_t attributes)
{
	struct mount_attr attr = { .attr_set = attributes };

	if (attributes && mount_setattr(mount, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0)
		return -errno;
	return move_mount(mount, "", dir, at, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}
