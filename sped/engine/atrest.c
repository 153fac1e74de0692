/* engine/atrest.c - is what lies on the disk encrypted there? By the block device (dm-crypt, which LUKS is, also beneath LVM or
 * RAID), or by the file system (fscrypt). Looked at before the engine gives its sight up. */
#include <dirent.h>
#include <fcntl.h>
#include <linux/fscrypt.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/engine/atrest.h"

#define DEPTH 6 /* layers of devices */

static bool begins(const char *path, const char *with)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[64];
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text));

	return n >= (ssize_t)strlen(with) && memcmp(text, with, strlen(with)) == 0;
}

/* Source: cryptsetup, lib/utils_dm.h (DM_UUID_PREFIX): a dm device's uuid begins with what it is for. That of a layer of integrity, dm-integrity or
 * dm-verity, has CRYPT- too, and encrypts nothing; what is beneath it may. */
static bool is_crypt(const char *uuid)
{
	return begins(uuid, "CRYPT-") && !begins(uuid, "CRYPT-INTEGRITY-") && !begins(uuid, "CRYPT-VERITY-");
}

static bool all_crypt(const char *device, int depth)
{
	char path[1024];
	struct dirent *entry;
	bool found = false, all = true;
	DIR *d;

	snprintf(path, sizeof(path), "%s/dm/uuid", device);
	if (is_crypt(path))
		return true;
	snprintf(path, sizeof(path), "%s/slaves", device);
	d = depth > 0 ? opendir(path) : NULL;
	while (d && (entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		found = true;
		snprintf(path, sizeof(path), "%s/slaves/%s", device, entry->d_name);
		all &= all_crypt(path, depth - 1);
	}
	if (d)
		closedir(d);
	return found && all;
}

/* A partition's directory has no slaves; its disk may. */
bool atrest_device(const char *sys, unsigned major, unsigned minor)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%u:%u", sys, major, minor);
	if (all_crypt(path, DEPTH))
		return true;
	snprintf(path, sizeof(path), "%s/%u:%u/partition", sys, major, minor);
	if (access(path, F_OK) < 0)
		return false;
	snprintf(path, sizeof(path), "%s/%u:%u/..", sys, major, minor);
	return all_crypt(path, DEPTH);
}

static bool directory_is(int dir)
{
	struct fscrypt_get_policy_ex_arg arg = { .policy_size = sizeof(arg.policy) };

	return ioctl(dir, FS_IOC_GET_ENCRYPTION_POLICY_EX, &arg) == 0;
}

enum atrest atrest_look(int dir, const char *sys)
{
	struct stat st;

	if (directory_is(dir))
		return ATREST_FSCRYPT;
	if (fstat(dir, &st) < 0 || major(st.st_dev) == 0)
		return ATREST_UNKNOWN;
	return atrest_device(sys, major(st.st_dev), minor(st.st_dev)) ? ATREST_DMCRYPT : ATREST_PLAIN;
}
