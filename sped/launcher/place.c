/* launcher/place.c - where staging and intake write. Names are composed from numbers alone: workspaces/NUMBER/data-VERSION,
 * holdings/tNUMBER, runtimes/rNUMBER; ".new" behind while unfinished: nothing half-written stands under a name that is read. */
#include "sped/launcher/launcher.h"

int place_dir(int dir, const char *name, mode_t mode)
{
	const int how = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dir, name, how);

	if (fd < 0 && errno == ENOENT && mode && (mkdirat(dir, name, mode) == 0 || errno == EEXIST))
		fd = openat(dir, name, how);
	return fd < 0 ? -errno : fd;
}

/* The directory a place lies in, and the place's two names. */
static int parent(const struct host *h, const struct msg_start *s, bool make, char whole[32], char half[32])
{
	char number[16];

	snprintf(whole, 32, s->workspace ? "data-%u" : s->runtime ? "r%u" : "t%u", s->workspace ? s->version : s->runtime ? s->runtime : s->table[0]);
	snprintf(half, 32, "%.20s.new", whole);
	if (!s->workspace)
		return fcntl(s->runtime ? h->runtimes : h->holdings, F_DUPFD_CLOEXEC, 3);
	snprintf(number, sizeof(number), "%u", s->workspace);
	return place_dir(h->workspaces, number, make ? 0755 : 0);
}

static bool has_place(const struct msg_start *s)
{
	return (s->profile == PROFILE_STAGE && s->workspace) || s->profile == PROFILE_INTAKE || s->profile == PROFILE_IMAGE || s->profile == PROFILE_WIPE;
}

int place_make(const struct host *h, const struct msg_start *s, uid_t uid, int *ret_fd)
{
	bool wipe = s->profile == PROFILE_WIPE;
	auto_close int dir = -1, fd = -1;
	char whole[32], half[32];

	if (!has_place(s))
		return 0;
	dir = parent(h, s, !wipe, whole, half);
	if (dir < 0)
		return wipe && dir == -ENOENT ? -ESTALE : dir;
	/* what was whole is not from this rename on; then its own uid empties it */
	if (wipe && renameat(dir, whole, dir, half) < 0 && errno != ENOENT)
		return -errno;
	if (!wipe && mkdirat(dir, half, s->workspace ? 0755 : 0700) < 0)
		return -errno;
	fd = place_dir(dir, half, 0);
	if (fd < 0 || fchown(fd, uid, uid) < 0)
		return fd < 0 ? (wipe && fd == -ENOENT ? -ESTALE : fd) : -errno;
	*ret_fd = spe_take_fd(&fd);
	return 0;
}

int place_end(const struct host *h, const struct msg_start *s, bool good)
{
	char whole[32], half[32];
	auto_close int dir = good && has_place(s) ? parent(h, s, false, whole, half) : -1;

	if (!good || !has_place(s)) /* what is unfinished waits for WIPE */
		return 0;
	if (dir < 0)
		return dir;
	return (s->profile == PROFILE_WIPE ? unlinkat(dir, half, AT_REMOVEDIR) : renameat(dir, half, dir, whole)) < 0 ? -errno : ERR(fsync(dir));
}

int place_data(const struct host *h, const struct msg_start *s)
{
	char whole[32], half[32];
	auto_close int dir = parent(h, s, false, whole, half);
	int fd = dir < 0 ? dir : open_tree(dir, whole, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

int place_table(const struct host *h, uint32_t number)
{
	auto_close int dir = -1;
	char name[16];
	int fd;

	snprintf(name, sizeof(name), "t%u", number);
	dir = place_dir(h->holdings, name, 0);
	fd = dir < 0 ? dir : openat(dir, "table", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
