/* gate/backup.c - a copy of what the gate keeps, as of one moment, for whoever may read the host's disk; see room.h.
 * Its files are never written in place, so that second names of them are a copy which costs nothing; the journal, which
 * grows, is copied up to its last record. Neither keys nor what is derived from them is in it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/gate/room.h"

#define BACKUP "backup"
#define HALF "backup.new"
#define DEPTH 4

struct copied {
	json_int_t files, bytes;
};

/* ---- away with it ---- */

static int tree_remove(int dir, const char *name, int depth)
{
	auto_json json_t *names = NULL;
	auto_close int below = io_openat(dir, name, O_RDONLY | O_DIRECTORY, 0);
	json_t *one;
	size_t i;

	if (below == -ENOENT)
		return 0;
	if (below == -ENOTDIR)
		return unlinkat(dir, name, 0) < 0 && errno != ENOENT ? -errno : 0;
	if (below < 0 || depth == 0)
		return below < 0 ? below : -ELOOP;
	names = dir_names(dir, name);
	if (!names)
		return -ENOMEM;
	json_array_foreach(names, i, one) {
		int r = tree_remove(below, json_string_value(one), depth - 1);

		if (r < 0)
			return r;
	}
	return unlinkat(dir, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

int backup_drop(const struct gate *g, struct spe_error *e)
{
	int r = tree_remove(g->dir, BACKUP, DEPTH + 1);

	if (r == 0)
		r = tree_remove(g->dir, HALF, DEPTH + 1);
	if (r == 0 && fsync(g->dir) < 0)
		r = -errno;
	return r < 0 ? gate_fail(e, "remove the backup's files", r) : 0;
}

/* ---- making it ---- */

static int tree_link(int from, int to, const char *name, int depth, struct copied *n)
{
	auto_json json_t *names = NULL;
	auto_close int source = io_openat(from, name, O_RDONLY | O_NOFOLLOW, 0), below = -1;
	struct stat st;
	json_t *one;
	size_t i;

	if (source < 0 || fstat(source, &st) < 0)
		return source < 0 ? source : -errno;
	if (!S_ISDIR(st.st_mode)) {
		n->files++;
		n->bytes += (json_int_t)st.st_size;
		return linkat(from, name, to, name, 0) < 0 ? -errno : 0;
	}
	if (depth == 0)
		return -ELOOP;
	names = dir_names(from, name);
	if (!names || mkdirat(to, name, 0700) < 0)
		return names ? -errno : -ENOMEM;
	below = io_openat(to, name, O_RDONLY | O_DIRECTORY, 0);
	if (below < 0)
		return below;
	json_array_foreach(names, i, one) {
		int r = tree_link(source, below, json_string_value(one), depth - 1, n);

		if (r < 0)
			return r;
	}
	return 0;
}

static int bytes_copy(int from, int to, const char *name, off_t length)
{
	auto_close int in = io_openat(from, name, O_RDONLY | O_NOFOLLOW, 0);
	auto_close int out = io_openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	char piece[65536];
	off_t at = 0;

	if (in < 0 || out < 0)
		return in < 0 ? in : out;
	while (at < length) {
		off_t left = length - at;
		ssize_t n = pread(in, piece, left < (off_t)sizeof(piece) ? (size_t)left : sizeof(piece), at);
		int r = n < 0 ? -errno : n == 0 ? -EIO : io_write_all(out, piece, (size_t)n);

		if (r < 0)
			return r;
		at += n;
	}
	return 0;
}

static off_t size_of(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : st.st_size;
}

/* The tree over the records is made anew from them. */
static int journal_copy(const struct gate *g, int to)
{
	auto_close int from = io_openat(g->dir, "journal", O_RDONLY | O_DIRECTORY, 0), below = -1;
	int r;

	if (from < 0 || mkdirat(to, "journal", 0700) < 0)
		return from < 0 ? from : -errno;
	below = io_openat(to, "journal", O_RDONLY | O_DIRECTORY, 0);
	r = below < 0 ? below : bytes_copy(from, below, "journal.jsonl", journal_bytes(g->journal));
	return r < 0 ? r : bytes_copy(from, below, "checkpoints.jsonl", size_of(from, "checkpoints.jsonl"));
}

static int all_copy(const struct gate *g, struct copied *n)
{
	static const char *const groups[] = { "registry", "vault", "permits", "prints", "jobs", "exports", "releases", "counts",
		"seen" };
	auto_close int to = -1;
	size_t i;
	int r;

	if (mkdirat(g->dir, HALF, 0700) < 0)
		return -errno;
	to = io_openat(g->dir, HALF, O_RDONLY | O_DIRECTORY, 0);
	if (to < 0)
		return to;
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		r = tree_link(g->dir, to, groups[i], DEPTH, n);
		if (r < 0)
			return r;
	}
	r = journal_copy(g, to);
	return r < 0 ? r : renameat(g->dir, HALF, g->dir, BACKUP) < 0 ? -errno : 0;
}

int do_backup(struct gate *g, struct call *c, struct spe_error *e)
{
	bool drop = json_is_true(json_object_get(c->in, "drop"));
	json_t *salts = (json_t *)(uintptr_t)store_group(g, "salts");
	struct copied n = { 0, 0 };
	struct spe_error ignored;
	int r;

	TRY(backup_drop(g, e));
	if (!drop) {
		TRY(journal_checkpoint(g->journal, e)); /* whoever restores it can be held to this */
		r = all_copy(g, &n);
		if (r < 0) {
			backup_drop(g, &ignored);
			return gate_fail(e, "make the backup", r);
		}
	}
	c->out = json_pack("{s:I,s:s,s:I,s:I}", "records", (json_int_t)journal_size(g->journal), "head", journal_head(g->journal), "files", n.files,
		"bytes", n.bytes);
	if (!drop && json_object_set_new(c->out, "salts", salts ? json_copy(salts) : json_object()) < 0)
		return gate_memory(e);
	return 0;
}
