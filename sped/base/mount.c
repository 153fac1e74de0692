/* base/mount.c - see spe/mount.h. Root links this. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>

#include "spe/cleanup.h"
#include "spe/mount.h"

int mount_tmpfs(uint64_t size, unsigned mode, uid_t uid)
{
	auto_close int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
	char text[32];
	int fd;

	if (fs < 0)
		return -errno;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)(size ? size : 1u << 20));
	if (fsconfig(fs, FSCONFIG_SET_STRING, "size", text, 0) < 0)
		return -errno;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)(size ? size / 4096 + 1024 : 512));
	if (fsconfig(fs, FSCONFIG_SET_STRING, "nr_inodes", text, 0) < 0)
		return -errno;
	snprintf(text, sizeof(text), "%o", mode);
	if (fsconfig(fs, FSCONFIG_SET_STRING, "mode", text, 0) < 0)
		return -errno;
	snprintf(text, sizeof(text), "%u", uid);
	if (fsconfig(fs, FSCONFIG_SET_STRING, "uid", text, 0) < 0 ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "gid", text, 0) < 0 ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	return fd < 0 ? -errno : fd;
}

int mount_attach(int mount, int dir, const char *at, uint64_t attributes)
{
	struct mount_attr attr = { .attr_set = attributes };

	if (attributes && mount_setattr(mount, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0)
		return -errno;
	return move_mount(mount, "", dir, at, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}
