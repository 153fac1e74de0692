/* launcher/root.c - the read-only root that boxes share: a mount namespace that holds the
 * host's /usr, a made-up /etc, four devices, and nothing else of the host. Built once. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/launcher/launcher.h"

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

int root_tmpfs(uint64_t size, unsigned mode, uid_t uid)
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

int root_attach(int mount, int dir, const char *at, uint64_t attributes)
{
	struct mount_attr attr = { .attr_set = attributes };

	if (attributes && mount_setattr(mount, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0)
		return -errno;
	return move_mount(mount, "", dir, at, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}

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
	return root_attach(tree, at, inside, attributes);
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

static int build(const char *mount_point)
{
	struct mount_attr attr = { .attr_set = RO | MOUNT_ATTR_NODEV };
	auto_close int top = -1, at = -1;
	int r;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	top = root_tmpfs(0, 0755, 0);
	if (top < 0)
		return top;
	r = root_attach(top, AT_FDCWD, mount_point, 0);
	if (r < 0)
		return r;
	at = open(mount_point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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

int root_make(const char *mount_point, int *ret_ns)
{
	int pipes[2], r = -EIO, status;
	char path[40];
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) { /* lives until its namespace is held by the parent */
		r = build(mount_point);
		if (write(pipes[1], &r, sizeof(r)) == sizeof(r))
			pause();
		_exit(0);
	}
	close(pipes[1]);
	if (pid < 0)
		r = -errno;
	else if (read(pipes[0], &r, sizeof(r)) != sizeof(r))
		r = -EIO;
	if (r == 0) {
		snprintf(path, sizeof(path), "/proc/%d/ns/mnt", pid);
		*ret_ns = open(path, O_RDONLY | O_CLOEXEC);
		r = *ret_ns < 0 ? -errno : 0;
	}
	close(pipes[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	return r;
}
