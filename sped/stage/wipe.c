/* stage/wipe.c - a workspace's data, a holding's table or a runtime removed: names beneath one descriptor, no links followed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/limits.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"
#include "sped/stage/stage.h"

#define DEPTH_MAX ((int)SPE_DEPTH_MAX + 2) /* of a runtime; staging makes one level */

static int wipe_dir(int parent, const char *name, int depth, uint64_t *files);

static int wipe_entry(int dir, const char *name, int depth, uint64_t *files)
{
	int r;

	if (unlinkat(dir, name, 0) == 0) {
		++*files;
		return 0;
	}
	if (errno != EISDIR)
		return -errno;
	if (depth == DEPTH_MAX)
		return -ELOOP;
	r = wipe_dir(dir, name, depth + 1, files);
	if (r == 0 && unlinkat(dir, name, AT_REMOVEDIR) < 0)
		r = -errno;
	return r;
}

static int wipe_names(DIR *d, int depth, uint64_t *files, bool *ret_any)
{
	struct dirent *entry;

	*ret_any = false;
	rewinddir(d);
	for (errno = 0; (entry = readdir(d)); errno = 0) {
		int r;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		r = wipe_entry(dirfd(d), entry->d_name, depth, files);
		if (r < 0)
			return r;
		*ret_any = true;
	}
	return -errno;
}

/* Names are read again until there are none: removing while reading may pass some over. */
static int wipe_dir(int parent, const char *name, int depth, uint64_t *files)
{
	auto_close int fd = io_openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	bool any = true;
	DIR *d;
	int r = 0;

	if (fd < 0)
		return fd;
	fchmod(fd,
		0700); /* staged directories are read-only; where it isn't ours, removing says so */
	d = fdopendir(fd);
	if (!d)
		return -errno;
	spe_take_fd(&fd);
	while (r == 0 && any)
		r = wipe_names(d, depth, files, &any);
	closedir(d);
	return r;
}

int wipe_tree(int dir, uint64_t *ret_files, struct spe_error *e)
{
	int r;

	*ret_files = 0;
	r = wipe_dir(dir, ".", 0, ret_files);
	if (r == -ELOOP)
		return spe_fail(
			e, SPE_E_INTERNAL, "the directory is deeper than %d levels", DEPTH_MAX);
	return r < 0 ? spe_fail(e, SPE_E_INTERNAL, "the directory can't be emptied: %s",
			       strerror(-r))
		     : 0;
}

int wipe_run(const json_t *ticket, const struct task *t, json_t **ret, struct spe_error *e)
{
	static const char *const fields[] = { "kind", NULL };
	uint64_t files;
	int r = json_only(ticket, "ticket", fields, e);

	if (r == 0)
		r = wipe_tree(t->place, &files, e);
	if (r == 0)
		*ret = json_pack("{s:b,s:I}", "ok", 1, "files", (json_int_t)files);
	return r;
}
