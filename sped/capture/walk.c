/* capture/walk.c - a tree that a job made: every name, link and node in it may be a trap. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/limits.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"
#include "sped/capture/capture.h"

#define ENTRIES_MAX 10000      /* of one directory: a fuller one is passed over whole, one 'S' */
#define ENTRIES_ALL_MAX 100000 /* of the tree: then one 'S' and the end */
#define PATH_ROOM (OUTPUTS_DEPTH * (SPE_NAME_MAX + 1))

struct walk {
	struct pack *pack;
	uint64_t seen;
	bool full; /* ENTRIES_ALL_MAX was met */
};

struct entry {
	char name[257]; /* of a directory with '/' behind, which gives whole names their order */
	mode_t mode;
};

struct list {
	struct entry *p;
	size_t n, room;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static int list_add(struct list *l, int dir, const char *name)
{
	struct entry *e;
	struct stat st;
	size_t len = strlen(name);

	if (l->n == l->room) {
		size_t room = l->room ? l->room * 2 : 64;

		e = reallocarray(l->p, room, sizeof(*e));
		if (!e)
			return -ENOMEM;
		l->p = e;
		l->room = room;
	}
	if (len > 255 || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return len > 255 ? -ENAMETOOLONG : -errno;
	e = &l->p[l->n++];
	e->mode = st.st_mode;
	memcpy(e->name, name, len + 1);
	if (S_ISDIR(st.st_mode))
		memcpy(e->name + len, "/", 2);
	return 0;
}

/* All entries of the directory, sorted. -E2BIG where there are too many; takes fd. */
static int list_read(int fd, struct list *ret)
{
	DIR *d = fdopendir(fd);
	struct dirent *entry;
	int r = 0;

	if (!d) {
		r = -errno;
		close(fd);
		return r;
	}
	for (errno = 0; r == 0 && (entry = readdir(d)); errno = 0) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		r = ret->n == ENTRIES_MAX ? -E2BIG : list_add(ret, fd, entry->d_name);
	}
	if (r == 0)
		r = -errno;
	closedir(d);
	if (r == 0 && ret->n > 0)
		qsort(ret->p, ret->n, sizeof(ret->p[0]), by_name);
	return r;
}

static int walk_dir(struct walk *w, int parent, const char *name, const char *path, int depth);

/* Which parts of a file were never written is a message, too, and no result has such parts. Where the file system can't say,
 * the only hole is the file's end. */
static bool has_holes(int fd, off_t size)
{
	off_t hole = lseek(fd, 0, SEEK_HOLE);

	return lseek(fd, 0, SEEK_SET) != 0 || (hole >= 0 && hole < size);
}

/* Asked again of what was opened: only this answer counts. */
static int walk_file(struct walk *w, int dir, const char *name, const char *path)
{
	auto_close int fd = io_openat(dir, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY, 0);
	struct stat st;

	if (fd < 0)
		return pack_skip(w->pack, fd == -ELOOP ? SKIP_LINK : SKIP_UNREADABLE);
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return pack_skip(w->pack, SKIP_SPECIAL);
	if (st.st_nlink != 1)
		return pack_skip(w->pack, SKIP_HARDLINK);
	if (has_holes(fd, st.st_size))
		return pack_skip(w->pack, SKIP_HOLES);
	return pack_file(w->pack, path, fd, (uint64_t)st.st_size);
}

static int walk_entry(struct walk *w, int dir, const struct entry *e, const char *path, int depth)
{
	char name[257], whole[PATH_ROOM + 1];

	memcpy(name, e->name, strlen(e->name) + 1); /* as long as its own array at most */
	if (S_ISDIR(e->mode))
		name[strlen(name) - 1] = '\0';
	if (S_ISLNK(e->mode))
		return pack_skip(w->pack, SKIP_LINK);
	if (!S_ISDIR(e->mode) && !S_ISREG(e->mode))
		return pack_skip(w->pack, SKIP_SPECIAL);
	if (!name_ok(name))
		return pack_skip(w->pack, SKIP_NAME);
	if (S_ISDIR(e->mode) && depth == OUTPUTS_DEPTH)
		return pack_skip(w->pack, SKIP_DEPTH);
	stpcpy(stpcpy(whole, path), e->name);
	return S_ISDIR(e->mode) ? walk_dir(w, dir, name, whole, depth + 1)
				: walk_file(w, dir, name, whole);
}

static int walk_list(struct walk *w, int dir, const struct list *l, const char *path, int depth)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < l->n && !w->full; i++) {
		w->full = ++w->seen > ENTRIES_ALL_MAX;
		r = w->full ? pack_skip(w->pack, SKIP_TOO_MANY)
			    : walk_entry(w, dir, &l->p[i], path, depth);
	}
	return r;
}

/* path is "" or ends in '/'; depth counts the components that names in here have. */
static int walk_dir(struct walk *w, int parent, const char *name, const char *path, int depth)
{
	auto_close int dir = io_openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	int again =
		dir < 0 ? dir
			: io_openat(dir, ".", O_RDONLY | O_DIRECTORY, 0); /* list_read closes it */
	struct list l = { 0 };
	int r;

	if (again < 0)
		return depth > 1 || again == -EACCES ? pack_skip(w->pack, SKIP_UNREADABLE) : again;
	r = list_read(again, &l);
	if (r == -E2BIG)
		r = pack_skip(w->pack, SKIP_TOO_MANY);
	else if (r == -EACCES)
		r = pack_skip(w->pack, SKIP_UNREADABLE);
	else if (r == 0)
		r = walk_list(w, dir, &l, path, depth);
	free(l.p);
	return r;
}

int walk_outputs(int dir, struct pack *p)
{
	struct walk w = { .pack = p };

	return walk_dir(&w, dir, ".", "", 1);
}
