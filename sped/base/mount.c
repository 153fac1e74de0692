/* base/mount.c - see spe/mount.h. Root links this. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>

#include "spe/cleanup.h"
#include "spe/mount.h"
#include "spe/weak.h"

int mount_tmpfs(uint64_t size, unsigned mode, uid_t uid)
{
	const struct { const char *key; unsigned long long value; } options[] = { { "size", DEFENCE(tmpfs, size ? size : 1u << 20) },
		{ "nr_inodes", DEFENCE(tmpfs, size ? size / 4096 + 1024 : 512) /* 0: as many as there is room for */ },
		{ "mode", mode }, { "uid", uid }, { "gid", uid } };
	auto_close int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
	char text[32];
	size_t i;
	int fd;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		snprintf(text, sizeof(text), i == 2 ? "%llo" : "%llu", options[i].value);
		if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, options[i].key, text, 0) < 0)
			return -errno;
	}
	fd = fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0 ? -1 :
		fsmount(fs, FSMOUNT_CLOEXEC, DEFENCE(nosuid, MOUNT_ATTR_NOSUID) | DEFENCE(nodev, MOUNT_ATTR_NODEV));
	return fd < 0 ? -errno : fd;
}

int mount_attach(int mount, int dir, const char *at, uint64_t attributes)
{
	struct mount_attr attr = { .attr_set = attributes };

	if (attributes && mount_setattr(mount, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0)
		return -errno;
	return move_mount(mount, "", dir, at, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}
