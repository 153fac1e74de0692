/* init/root.c - spe-root: the read-only root that boxes share, built once when sped starts: a mount
 * namespace that holds the host's /usr, a made-up /etc, a few devices, and nothing else of the host.
 * Runs as _spe in a user namespace of its own, with no right outside it. Writes 0 or -errno to descriptor 3 and waits there
 * until sped holds the namespace. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/log.h"
#include "spe/mount.h"

#define TOP "/proc" /* a directory that every host has; ours is mounted over it */
#define RO (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID)

/* From the host, read-only; what is a link or absent there is a link or absent here. */
static const char *const binds[] = {
	"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
	"/etc/R", "/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/ld.so.conf",
	"/etc/ld.so.conf.d", "/etc/localtime", "/etc/matplotlibrc", "/etc/python3", "/etc/python3.11",
	"/etc/java-17-openjdk", "/etc/julia", "/etc/mime.types", "/etc/magic", "/etc/timezone",
	"/var/cache/fontconfig",
};
static const char *const empty[] = { "/code", "/data", "/dev", "/etc", "/outputs", "/proc", "/tmp",
	"/var", "/var/cache", "/var/tmp", "/work", "/dev/shm" };
static const struct {
	const char *path, *text;
} files[] = {
	{ "/etc/passwd", "root:x:0:0::/:/bin/sh\njob:x:1000:1000:job:/work:/bin/sh\n" },
	{ "/etc/group", "root:x:0:\njob:x:1000:\n" },
	{ "/etc/hosts", "127.0.0.1 localhost\n" },
	{ "/etc/hostname", "workspace\n" },
	{ "/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n" },
};
static const struct {
	const char *name;
	unsigned minor; /* of major 1: kernel documentation, admin-guide/devices */
} devices[] = { { "null", 3 }, { "zero", 5 }, { "full", 7 }, { "urandom", 9 }, { "random", 8 } };
static const struct {
	const char *path, *target;
} links[] = { { "/dev/fd", "/proc/self/fd" }, { "/dev/stdin", "/proc/self/fd/0" },
	{ "/dev/stdout", "/proc/self/fd/1" }, { "/dev/stderr", "/proc/self/fd/2" } };

/* Paths below are ours, from the tables above; at is the new root, while still under the host's. */
static int bind(int at, const char *path, uint64_t attributes)
{
	const char *inside = path + 1;
	struct stat st;
	char target[256];
	ssize_t n;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (S_ISLNK(st.st_mode) && strncmp(path, "/etc/", 5) != 0) {
		n = readlink(path, target, sizeof(target) - 1);
		if (n < 0)
			return -errno;
		target[n] = '\0';
		return symlinkat(target, at, inside) < 0 ? -errno : 0;
	}
	auto_close int tree = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

	if (tree < 0)
		return errno == ENOENT ? 0 : -errno; /* a link to nothing */
	if (fstat(tree, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode)) {
		if (mkdirat(at, inside, 0755) < 0 && errno != EEXIST)
			return -errno;
	} else {
		auto_close int file = openat(at, inside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);

		if (file < 0)
			return -errno;
	}
	return mount_attach(tree, at, inside, attributes);
}

/* A device is taken only if it is the one its name says: never a link, never another. */
static int device(int at, const char *what, unsigned minor)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "/dev/%s", what);
	if (lstat(path, &st) < 0)
		return -errno;
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, minor))
		return -ENODEV;
	return bind(at, path, RO | MOUNT_ATTR_NOEXEC);
}

static int write_file(int at, const char *path, const char *text)
{
	auto_close int fd = openat(at, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);

	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

static int fill(int at)
{
	size_t i;
	int r = 0;

	for (i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
		if (mkdirat(at, empty[i] + 1, 0755) < 0)
			return -errno;
	for (i = 0; i < sizeof(files) / sizeof(files[0]) && r == 0; i++)
		r = write_file(at, files[i].path + 1, files[i].text);
	for (i = 0; i < sizeof(binds) / sizeof(binds[0]) && r == 0; i++)
		r = bind(at, binds[i], RO | MOUNT_ATTR_NODEV);
	for (i = 0; i < sizeof(devices) / sizeof(devices[0]) && r == 0; i++)
		r = device(at, devices[i].name, devices[i].minor);
	for (i = 0; i < sizeof(links) / sizeof(links[0]) && r == 0; i++)
		r = symlinkat(links[i].target, at, links[i].path + 1) < 0 ? -errno : 0;
	return r;
}

static int build(void)
{
	struct mount_attr attr = { .attr_set = RO | MOUNT_ATTR_NODEV };
	auto_close int top = -1, at = -1;
	int r;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	top = mount_tmpfs(0, 0755, 0);
	if (top < 0)
		return top;
	r = mount_attach(top, AT_FDCWD, TOP, 0);
	if (r < 0)
		return r;
	at = open(TOP, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (at < 0)
		return -errno;
	r = fill(at);
	if (r < 0)
		return r;
	if (mount_setattr(at, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0 || fchdir(at) < 0 ||
	    syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0)
		return -errno;
	return 0;
}

int main(void)
{
	char end;
	int r;

	spe_log_name("spe-root");
	r = build();
	if (write(3, &r, sizeof(r)) != sizeof(r))
		spe_die("root", "sped is gone");
	return r < 0 || read(3, &end, 1) < 0;
}
