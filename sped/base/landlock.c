/* base/landlock.c - the Landlock domain, by system calls alone: spe-init links nothing but libc.
 * Source: kernel documentation, userspace-api/landlock. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/weak.h"
#include "sped/base/confine.h"

/* Rights newer than Debian 12's headers (kernel documentation, userspace-api/landlock). */
#define FS_TRUNCATE (1ull << 14)
#define FS_IOCTL_DEV (1ull << 15)
#define NET_BIND_TCP (1ull << 0)
#define NET_CONNECT_TCP (1ull << 1)
#define SCOPE_ABSTRACT_UNIX (1ull << 0)
#define SCOPE_SIGNAL (1ull << 1)
struct ruleset {
	uint64_t fs, net, scoped;
};

static uint64_t handled_fs(int abi)
{
	uint64_t fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;

	if (abi >= 2)
		fs |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		fs |= FS_TRUNCATE;
	if (abi >= 5)
		fs |= FS_IOCTL_DEV;
	return fs;
}

static int allow_path(int rules, const struct confine_path *p, uint64_t handled)
{
	uint64_t rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
	struct landlock_path_beneath_attr beneath = { .parent_fd = p->dir };
	struct stat st;

	if (p->write)
		rights |= LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
			  LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
			  LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM |
			  LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SOCK |
			  LANDLOCK_ACCESS_FS_REFER | FS_TRUNCATE;
	if (p->device)
		rights |= LANDLOCK_ACCESS_FS_WRITE_FILE | FS_IOCTL_DEV;
	if (p->exec)
		rights |= LANDLOCK_ACCESS_FS_EXECUTE;
	if (fstat(p->dir, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		rights &= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
			  LANDLOCK_ACCESS_FS_EXECUTE | FS_TRUNCATE | FS_IOCTL_DEV;
	if (p->list)
		rights = LANDLOCK_ACCESS_FS_READ_DIR;
	beneath.allowed_access = rights & handled;
	return syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0 ?
		       -errno :
		       0;
}

int confine_landlock(const struct confine *c)
{
	const char *off = getenv("SPE_NO_LANDLOCK");
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset set = { 0 };
	const struct confine_path *p;
	size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;

	if (off && strcmp(off, "1") == 0)
		return 0;
	if (abi < 1)
		return abi < 0 ? -errno : -ENOSYS;
	set.fs = handled_fs(abi);
	set.net = abi >= 4 && !c->network ? NET_BIND_TCP | NET_CONNECT_TCP : 0;
	set.scoped = abi >= 6 ? SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL : 0;
	auto_close int rules = (int)syscall(SYS_landlock_create_ruleset, &set, size, 0);

	if (rules < 0)
		return -errno;
	for (p = c->paths; p && p->dir >= 0; p++) {
		int r = allow_path(rules, p, set.fs);

		if (r < 0)
			return r;
	}
#ifdef SPE_SANITIZERS /* their runtime reads /proc/self and libraries when it reports */
	auto_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct confine_path all = { .dir = root };

	if (root >= 0 && allow_path(rules, &all, set.fs) < 0)
		return -errno;
#endif
	return DEFENCE(landlock, syscall(SYS_landlock_restrict_self, rules, 0)) < 0 ? -errno : 0;
}
