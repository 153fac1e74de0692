/* engine/atrest.h - is a directory's disk encrypted? */
#ifndef SPE_ENGINE_ATREST_H
#define SPE_ENGINE_ATREST_H
#include <stdbool.h>

enum atrest {
	ATREST_PLAIN,
	ATREST_DMCRYPT, /* its block device, or all that it is made of */
	ATREST_FSCRYPT, /* the directory, by its file system */
	ATREST_UNKNOWN  /* a file system without a device of its own, as btrfs, ZFS, overlay and tmpfs are */
};
/* atrest_look - sys: /sys/dev/block. */
enum atrest atrest_look(int dir, const char *sys);
/* atrest_device - is this one, or all that it is made of, dm-crypt? */
bool atrest_device(const char *sys, unsigned major, unsigned minor);
#endif
