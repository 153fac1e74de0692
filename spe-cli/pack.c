/* spe-cli/pack.c - see pack.h. */
#include "spe-cli/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "spe/cleanup.h"
#include "spe/limits.h"
#include "sped/base/buf.h"

struct pack {
	struct archive *archive;
	uint64_t bytes; /* of the archive so far */
	unsigned files;
};

struct names {
	char **name;
	size_t count, room;
};

static void names_free(struct names *n)
{
	while (n->count > 0)
		free(n->name[--n->count]);
	free(n->name);
}

static int name_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int names_add(struct names *n, const char *name)
{
	size_t room = n->room ? n->room * 2 : 64;
	char **more;

	if (n->count == n->room) {
		more = realloc(n->name, room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		n->name = more;
		n->room = room;
	}
	n->name[n->count] = strdup(name);
	return n->name[n->count] ? (n->count++, 0) : -ENOMEM;
}

static bool left_out(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, ".git") == 0;
}

/* The sorted names in a directory; dir stays the caller's. */
static int names_read(int dir, struct names *n)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!d) {
		r = -errno;
		spe_close_fd(&fd);
		return r;
	}
	while (r == 0 && n->count <= PACK_FILES_MAX && (errno = 0, entry = readdir(d)))
		if (!left_out(entry->d_name))
			r = names_add(n, entry->d_name);
	if (r == 0 && errno && n->count <= PACK_FILES_MAX)
		r = -errno;
	closedir(d);
	if (n->count)
		qsort(n->name, n->count, sizeof(*n->name), name_compare);
	return r;
}

static bool name_plain(const char *name)
{
	for (; *name; name++)
		if (*name < 0x20 || *name > 0x7e || *name == '\\')
			return false;
	return true;
}

static const char *odd_kind(const struct stat *st)
{
	if (S_ISLNK(st->st_mode))
		return "a symbolic link";
	if (S_ISREG(st->st_mode) && st->st_nlink > 1)
		return "a file with several names (hard links)";
	if (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode))
		return NULL;
	if (S_ISFIFO(st->st_mode))
		return "a fifo";
	return S_ISSOCK(st->st_mode) ? "a socket" : "a device";
}

static int entry_check(struct pack *p, const char *path, const struct stat *st, struct spe_error *e)
{
	const char *odd = odd_kind(st);

	if (!name_plain(path)) {
		spe_fail(e, SPE_E_INPUT,
			"the code has a name with bytes that are not printable ASCII, or a backslash: %s",
			path);
		spe_remedy(e, "try: another name for it; nothing was sent");
		return -SPE_E_INPUT;
	}
	if (odd) {
		spe_fail(
			e, SPE_E_INPUT, "%s is %s; code is plain files and directories", path, odd);
		spe_remedy(e, "try: a copy in its place; nothing was sent");
		return -SPE_E_INPUT;
	}
	if (strlen(path) > PACK_PATH_MAX)
		return spe_fail(e, SPE_E_INPUT, "the path %.60s... is longer than %d bytes", path,
			PACK_PATH_MAX);
	if (++p->files > PACK_FILES_MAX)
		return spe_fail(
			e, SPE_E_TOO_LARGE, "the code has more than %d files", PACK_FILES_MAX);
	p->bytes += 512 + (S_ISREG(st->st_mode) ? ((uint64_t)st->st_size + 511) / 512 * 512 : 0);
	if (p->bytes > SPE_BUNDLE_MAX - 10240 || st->st_size > SPE_BUNDLE_MAX) {
		spe_fail(e, SPE_E_TOO_LARGE, "the code is larger than %u MiB at %s",
			SPE_BUNDLE_MAX >> 20, path);
		spe_remedy(e, "try: without data, which comes by staging; nothing was sent");
		return -SPE_E_TOO_LARGE;
	}
	return 0;
}

static int header_write(
	struct pack *p, const char *path, const struct stat *st, struct spe_error *e)
{
	struct archive_entry *entry = archive_entry_new();
	int r = ARCHIVE_FATAL;

	if (entry) {
		archive_entry_set_pathname(entry, path);
		archive_entry_set_filetype(entry, S_ISDIR(st->st_mode) ? AE_IFDIR : AE_IFREG);
		archive_entry_set_perm(
			entry, S_ISDIR(st->st_mode) || st->st_mode & S_IXUSR ? 0755 : 0644);
		archive_entry_set_size(entry, S_ISDIR(st->st_mode) ? 0 : st->st_size);
		archive_entry_set_mtime(entry, 0, 0);
		r = archive_write_header(p->archive, entry);
		archive_entry_free(entry);
	}
	if (r == ARCHIVE_OK)
		return 0;
	return spe_fail(e, SPE_E_INPUT, "%s can't be packed: %s", path,
		archive_error_string(p->archive) ? archive_error_string(p->archive)
						 : "out of memory");
}

/* Exactly st_size bytes: a file that changes meanwhile is named, not guessed at. */
static int content_write(
	struct pack *p, int fd, const char *path, const struct stat *st, struct spe_error *e)
{
	char buf[65536];
	off_t left = st->st_size;
	ssize_t n = 1;

	while (n > 0) {
		n = read(fd, buf, sizeof(buf));
		if (n < 0)
			return spe_fail(
				e, SPE_E_INPUT, "%s can't be read: %s", path, strerror(errno));
		if (n > left || (n == 0 && left > 0))
			return spe_fail(e, SPE_E_INPUT, "%s changed while it was read", path);
		if (n > 0 && archive_write_data(p->archive, buf, (size_t)n) != n)
			return spe_fail(e, SPE_E_INTERNAL, "%s can't be packed: %s", path,
				archive_error_string(p->archive));
		left -= n;
	}
	return 0;
}

static int walk(struct pack *p, int dir, const char *path, int depth, struct spe_error *e);

static int entry_pack(
	struct pack *p, int dir, const char *name, const char *path, int depth, struct spe_error *e)
{
	struct stat before, st;
	int r;

	if (fstatat(dir, name, &before, AT_SYMLINK_NOFOLLOW) < 0)
		return spe_fail(e, SPE_E_INPUT, "%s can't be read: %s", path, strerror(errno));
	r = entry_check(p, path, &before, e);
	if (r < 0)
		return r;
	auto_close int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0)
		return spe_fail(e, SPE_E_INPUT, "%s can't be read: %s", path, strerror(errno));
	if (st.st_ino != before.st_ino || st.st_dev != before.st_dev ||
		st.st_size != before.st_size)
		return spe_fail(e, SPE_E_INPUT, "%s changed while it was read", path);
	r = header_write(p, path, &st, e);
	if (r < 0)
		return r;
	return S_ISDIR(st.st_mode) ? walk(p, fd, path, depth + 1, e)
				   : content_write(p, fd, path, &st, e);
}

static int walk(struct pack *p, int dir, const char *path, int depth, struct spe_error *e)
{
	__attribute__((cleanup(names_free))) struct names n = { 0 };
	int r = names_read(dir, &n);
	size_t i;

	if (r < 0)
		return spe_fail(e, SPE_E_INPUT, "%s can't be read: %s",
			path[0] ? path : "the code directory", strerror(-r));
	if (depth > PACK_DEPTH_MAX)
		return spe_fail(e, SPE_E_INPUT, "%s: directories deeper than %d are not packed",
			path, PACK_DEPTH_MAX);
	for (i = 0; i < n.count && r == 0; i++) {
		auto_free char *inner = NULL;

		if (asprintf(&inner, "%s%s%s", path, path[0] ? "/" : "", n.name[i]) < 0) {
			inner = NULL;
			return spe_fail(e, SPE_E_INTERNAL, "out of memory");
		}
		r = entry_pack(p, dir, n.name[i], inner, depth, e);
	}
	return r;
}

static int pack_all(struct archive *a, int dir, int out, struct spe_error *e)
{
	struct pack p = { .archive = a };
	int r;

	if (!a || archive_write_set_format_ustar(a) != ARCHIVE_OK ||
		archive_write_open_fd(a, out) != ARCHIVE_OK)
		return spe_fail(e, SPE_E_INTERNAL, "the archive can't be begun");
	r = walk(&p, dir, "", 0, e);
	if (r == 0 && p.files == 0)
		return spe_fail(e, SPE_E_INPUT, "the code directory is empty");
	if (r == 0 && archive_write_close(a) != ARCHIVE_OK)
		return spe_fail(e, SPE_E_INTERNAL, "the archive can't be ended: %s",
			archive_error_string(a));
	return r;
}

int pack_directory(const char *dir, int *ret_fd, struct spe_error *e)
{
	auto_close int from = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_close int out = memfd_create("spe-bundle", MFD_CLOEXEC);
	struct archive *a;
	int r;

	if (from < 0 && errno == ENOENT)
		return spe_fail(e, SPE_E_NOT_FOUND, "there is no code directory %s", dir);
	if (from < 0)
		return spe_fail(e, SPE_E_INPUT, "the code directory %s can't be read: %s", dir,
			strerror(errno));
	if (out < 0)
		return spe_fail(e, SPE_E_INTERNAL, "no memory file: %s", strerror(errno));
	a = archive_write_new();
	r = pack_all(a, from, out, e);
	archive_write_free(a);
	if (r == 0)
		*ret_fd = spe_take_fd(&out);
	return r;
}
