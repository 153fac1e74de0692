/* image/tree.c - writing beneath one directory: every name is opened beneath a descriptor, no link is followed, no file
 * that is there is opened to be written. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/image/image.h"
#include "sped/stage/stage.h" /* wipe_tree */

void tree_close(struct tree *t)
{
	spe_close_fd(&t->dir);
	t->dir = -1;
}

static int open_dir(int at, const char *name)
{
	return io_openat(at, name, O_RDONLY | O_DIRECTORY, 0); /* no link on the way, and none at its end */
}

/* What an entry says nothing of is made as if it had. */
static int make_dirs(int root, const char *path)
{
	auto_close int dir = open_dir(root, ".");

	while (dir >= 0 && *path) {
		size_t n = strcspn(path, "/");
		char name[256];
		int next;

		memcpy(name, path, n);
		name[n] = '\0';
		next = mkdirat(dir, name, 0755) < 0 && errno != EEXIST ? -errno : open_dir(dir, name);
		spe_close_fd(&dir);
		dir = next;
		path += n + (path[n] == '/');
	}
	return dir < 0 ? dir : spe_take_fd(&dir);
}

/* The directory in which path lies, kept for the next entry, which mostly lies there too. */
static int parent(struct tree *t, const char *path, bool make, const char **ret_last)
{
	const char *slash = strrchr(path, '/');
	const size_t n = slash ? (size_t)(slash - path) : 0;
	int dir;

	*ret_last = slash ? slash + 1 : path;
	if (t->dir >= 0 && strlen(t->path) == n && memcmp(t->path, path, n) == 0)
		return t->dir;
	tree_close(t);
	memcpy(t->path, path, n);
	t->path[n] = '\0';
	dir = open_dir(t->root, n ? t->path : ".");
	if (dir == -ENOENT && make)
		dir = make_dirs(t->root, t->path);
	t->dir = dir < 0 ? -1 : dir;
	return dir;
}

static int remove_dir(int dir, const char *name)
{
	auto_close int inside = open_dir(dir, name);
	uint64_t files;
	int r = inside < 0 ? inside : wipe_tree(inside, &files, NULL) < 0 ? -EIO : 0;

	return r < 0 ? r : unlinkat(dir, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

static int remove_name(int dir, const char *name)
{
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	return errno == EISDIR ? remove_dir(dir, name) : -errno;
}

int tree_remove(struct tree *t, const char *path)
{
	const char *last;
	int dir = parent(t, path, false, &last);

	if (dir == -ENOENT || dir == -ENOTDIR)
		return 0;
	return dir < 0 ? dir : remove_name(dir, last);
}

int tree_empty(struct tree *t, const char *path)
{
	auto_close int dir = open_dir(t->root, *path ? path : ".");
	uint64_t files;

	tree_close(t);
	if (dir == -ENOENT || dir == -ENOTDIR || dir == -ELOOP) /* of a link there is nothing beneath */
		return 0;
	return dir < 0 ? dir : wipe_tree(dir, &files, NULL) < 0 ? -EIO : 0;
}

int tree_dir(struct tree *t, const char *path)
{
	const char *last;
	int dir = *path ? parent(t, path, true, &last) : -1;
	struct stat st;

	if (dir < 0)
		return *path ? dir : 0;
	if (mkdirat(dir, last, 0755) == 0)
		return 0;
	if (errno != EEXIST || fstatat(dir, last, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return 0;
	return unlinkat(dir, last, 0) < 0 || mkdirat(dir, last, 0755) < 0 ? -errno : 0;
}

/* Room for a new name: what a lower layer has there goes. */
static int room(struct tree *t, const char *path, const char **ret_last)
{
	int dir = *path ? parent(t, path, true, ret_last) : -EISDIR, r = dir < 0 ? dir : remove_name(dir, *ret_last);

	return r < 0 ? r : dir;
}

int tree_file(struct tree *t, const char *path, bool exec, int *ret_fd)
{
	const char *last;
	int dir = room(t, path, &last);
	int fd = dir < 0 ? dir : io_openat(dir, last, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, exec ? 0555 : 0444);

	*ret_fd = fd;
	return fd < 0 ? fd : 0;
}

int tree_symlink(struct tree *t, const char *path, const char *text)
{
	const char *last;
	int dir = room(t, path, &last);

	return dir < 0 ? dir : symlinkat(text, dir, last) < 0 ? -errno : 0;
}

/* The target is looked for where no link leads; the name of what is found is given to the kernel, not followed either. */
int tree_link(struct tree *t, const char *path, const char *target)
{
	const char *slash = strrchr(target, '/'), *last, *from = slash ? slash + 1 : target;
	char dir_name[IMAGE_PATH];
	const size_t n = slash ? (size_t)(slash - target) : 0;
	struct stat st;
	int dir;

	if (strcmp(path, target) == 0)
		return -EINVAL;
	memcpy(dir_name, target, n);
	dir_name[n] = '\0';
	auto_close int source = open_dir(t->root, n ? dir_name : ".");

	if (source < 0 || fstatat(source, from, &st, AT_SYMLINK_NOFOLLOW) < 0 || !(S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)))
		return -ENOENT;
	dir = room(t, path, &last);
	if (dir < 0)
		return dir;
	return linkat(source, from, dir, last, 0) < 0 ? -errno : 0;
}
