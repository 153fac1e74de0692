/* spe/mount.h - mounts by descriptor (Linux 5.12 and later). Root links this. */
#ifndef SPE_MOUNT_H
#define SPE_MOUNT_H
#include <stdint.h>
#include <sys/types.h>

/* mount_attach - at a path beneath dir, after its attributes (MOUNT_ATTR_...) are set. 0 or -errno. */
int mount_attach(int mount, int dir, const char *at, uint64_t attributes);
#endif
