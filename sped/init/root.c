/* init/root.c - spe-root: a read-only root for boxes, as a mount namespace that holds nothing else of the host.
 * Of the host's /usr, built once when sped starts and shared: with a made-up /etc and a few devices.
 * Of a runtime, built for a job: what was taken in, with the same devices and made-up files mounted over whatever the
 * image had there. Each place is opened with no link followed and has to be what intake put there; else there is no root.
 * Runs as _spe in a user namespace of its own, with no right outside it; its working directory is the runtime's tree.
 * Reads from descriptor 3 which runtime (0: the host's), writes 0 or -errno there, and waits until sped holds the namespace. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/log.h"
#include "spe/weak.h"

#define TOP "/proc" /* a directory that every host has; ours is mounted over it */
#define NODEV DEFENCE(nodev, MOUNT_ATTR_NODEV)
#define RO (DEFENCE(readonly, MOUNT_ATTR_RDONLY) | DEFENCE(nosuid, MOUNT_ATTR_NOSUID))

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
	{ "/etc/resolv.conf", "" }, /* there is no network */
	/* For R where memory is never written and executed (spe-profile(5)): its compiler at run time would only warn that it can't. */
	{ "/etc/Rprofile.spe", "if (file.exists(\"/etc/R/Rprofile.site\")) sys.source(\"/etc/R/Rprofile.site\", baseenv())\n"
			       "options(PCRE_use_JIT = FALSE)\n" },
};
/* Places of a runtime that its image has no say in: spe-image made them, empty. /dev and the files above are covered
 * here, the others by the launcher. */
static const char *const places[] = { "code", "data", "dev", "outputs", "proc", "sys", "tmp", "work" };
static const struct {
	const char *name;
	unsigned minor; /* of major 1: kernel documentation, admin-guide/devices */
} devices[] = { { "null", 3 }, { "zero", 5 }, { "full", 7 }, { "urandom", 9 }, { "random", 8 } };
static const struct {
	const char *path, *target;
} links[] = { { "/dev/fd", "/proc/self/fd" }, { "/dev/stdin", "/proc/self/fd/0" },
	{ "/dev/stdout", "/proc/self/fd/1" }, { "/dev/stderr", "/proc/self/fd/2" } };

/* At a path beneath dir, after its attributes are set. */
static int mount_attach(int mount, int dir, const char *at, uint64_t attributes)
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

static int fill(int at, bool host)
{
	size_t i;
	int r = 0;

	for (i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
		if (mkdirat(at, empty[i] + 1, 0755) < 0)
			return -errno;
	for (i = 0; i < sizeof(files) / sizeof(files[0]) && r == 0; i++)
		r = write_file(at, files[i].path + 1, files[i].text);
	for (i = 0; host && i < sizeof(binds) / sizeof(binds[0]) && r == 0; i++)
		r = bind(at, binds[i], RO | NODEV);
	if (r == 0 && WEAK(root) && (r = bind(at, "/mnt", RO | NODEV)) == 0) /* what of the host is not in the table */
		r = bind(at, "/sys", RO | NODEV);
	for (i = 0; i < sizeof(devices) / sizeof(devices[0]) && r == 0; i++)
		r = device(at, devices[i].name, devices[i].minor);
	for (i = 0; i < sizeof(links) / sizeof(links[0]) && r == 0; i++)
		r = symlinkat(links[i].target, at, links[i].path + 1) < 0 ? -errno : 0;
	return r;
}

/* A plain name, or one beneath a plain directory; never through a link or another mount. A descriptor or -errno. */
static int place(int at, const char *name, mode_t type)
{
	struct open_how how = { .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV };
	auto_close int fd = (int)syscall(SYS_openat2, at, name, &how, sizeof(how));
	struct stat st;

	int r = fd < 0 || fstat(fd, &st) < 0 ? -errno : (st.st_mode & S_IFMT) == type ? 0 : -ENOTSUP;

	if (r < 0)
		spe_log("root", "/%s is not as intake left it: %s", name, strerror(-r));
	return r < 0 ? r : spe_take_fd(&fd);
}

/* What lies in ours at name, over what the runtime has there. */
static int cover(int at, int ours, const char *name, mode_t type)
{
	auto_close int tree = open_tree(ours, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW);
	auto_close int on = place(at, name, type);

	if (tree < 0 || on < 0)
		return on < 0 ? on : -errno;
	return move_mount(tree, "", on, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0 ? -errno : 0;
}

static int cover_all(int at, int ours)
{
	size_t i;
	int r = 0;

	for (i = 0; i < sizeof(places) / sizeof(places[0]) && r == 0; i++) {
		auto_close int fd = place(at, places[i], S_IFDIR);

		r = fd < 0 ? fd : 0;
	}
	for (i = 0; i < sizeof(files) / sizeof(files[0]) && r == 0; i++)
		r = cover(at, ours, files[i].path + 1, S_IFREG);
	return r < 0 ? r : cover(at, ours, "dev", S_IFDIR);
}

/* What is mounted over TOP now. */
static int open_top(void)
{
	int at = open(TOP, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return at < 0 ? -errno : at;
}

static int runtime_over(int ours)
{
	auto_close int tree = open_tree(AT_FDCWD, ".", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	int r = tree < 0 ? -errno : mount_attach(tree, AT_FDCWD, TOP, RO | NODEV);
	auto_close int at = r < 0 ? r : open_top();

	r = at < 0 ? at : cover_all(at, ours);
	return r < 0 ? r : spe_take_fd(&at);
}

static int build(bool host)
{
	struct mount_attr attr = { .attr_set = RO | NODEV };
	auto_close int ours = -1, runtime = -1;
	int r;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	if (mount("root", TOP, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,nr_inodes=512,mode=755") < 0)
		return -errno;
	ours = open_top();
	r = ours < 0 ? ours : fill(ours, host);
	if (r == 0 && mount_setattr(ours, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		r = -errno;
	if (r == 0 && !host)
		r = runtime = runtime_over(ours);
	if (r < 0)
		return r;
	if (fchdir(host ? ours : runtime) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0)
		return -errno;
	return 0;
}

int main(void)
{
	uint32_t runtime;
	char end;
	int r;

	spe_log_name("spe-root");
	if (read(3, &runtime, sizeof(runtime)) != sizeof(runtime))
		spe_die("root", "nobody says of what");
	r = build(runtime == 0);
	if (r < 0)
		spe_log("root", "runtime %u is no root for a job: %s", runtime, strerror(-r));
	if (write(3, &r, sizeof(r)) != sizeof(r))
		spe_die("root", "sped is gone");
	return r < 0 || read(3, &end, 1) < 0;
}
