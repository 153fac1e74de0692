/* spe-cli/layout.c - an OCI image layout as one archive, see pack.h. What is in its files is sped's to read. */
#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "spe-cli/pack.h"
#include "spe/cleanup.h"

#define BLOBS "blobs/sha256"

struct layout {
	struct archive *archive;
	int dir;
	const char *name; /* of the directory, for sentences */
};

static int failed(const struct layout *l, const char *path, const char *why, struct spe_error *e)
{
	return spe_fail(e, SPE_E_INPUT, "%.200s/%.120s can't be packed: %s", l->name, path, why);
}

static int header_write(struct layout *l, const char *path, const struct stat *st)
{
	struct archive_entry *entry = archive_entry_new();
	int r = ARCHIVE_FATAL;

	if (!entry)
		return r;
	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, st->st_size);
	archive_entry_set_mtime(entry, 0, 0);
	r = archive_write_header(l->archive, entry);
	archive_entry_free(entry);
	return r;
}

static int content_write(struct layout *l, int fd, const char *path, off_t left, struct spe_error *e)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		if (n > left)
			return failed(l, path, "it grows while it is read", e);
		if (archive_write_data(l->archive, buf, (size_t)n) != n)
			return failed(l, path, archive_error_string(l->archive), e);
		left -= n;
	}
	if (n < 0 || left > 0)
		return failed(l, path, n < 0 ? strerror(errno) : "it shrinks while it is read", e);
	return 0;
}

static int file_pack(struct layout *l, const char *path, struct spe_error *e)
{
	auto_close int fd = openat(l->dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return failed(l, path, strerror(errno), e);
	if (!S_ISREG(st.st_mode))
		return failed(l, path, "it is no plain file", e);
	if (header_write(l, path, &st) != ARCHIVE_OK)
		return failed(l, path, archive_error_string(l->archive) ? archive_error_string(l->archive) : "out of memory", e);
	return content_write(l, fd, path, st.st_size, e);
}

/* Whatever else lies there is no blob, and nothing that a manifest could name. */
static int blobs_pack(struct layout *l, struct spe_error *e)
{
	auto_close int fd = openat(l->dir, BLOBS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	char path[120];
	int r = 0;

	if (!d)
		return failed(l, BLOBS, strerror(errno), e);
	spe_take_fd(&fd);
	while (r == 0 && (entry = readdir(d))) {
		if (strspn(entry->d_name, "0123456789abcdef") != 64 || entry->d_name[64] != '\0')
			continue;
		snprintf(path, sizeof(path), BLOBS "/%.64s", entry->d_name);
		r = file_pack(l, path, e);
	}
	closedir(d);
	return r;
}

static int all_pack(struct layout *l, int out, struct spe_error *e)
{
	int r;

	if (!l->archive || archive_write_set_format_pax_restricted(l->archive) != ARCHIVE_OK ||
		archive_write_open_fd(l->archive, out) != ARCHIVE_OK)
		return spe_fail(e, SPE_E_INTERNAL, "the archive can't be begun");
	r = file_pack(l, "oci-layout", e);
	if (r == 0)
		r = file_pack(l, "index.json", e);
	if (r == 0)
		r = blobs_pack(l, e);
	if (r == 0 && archive_write_close(l->archive) != ARCHIVE_OK)
		return spe_fail(e, SPE_E_INTERNAL, "the archive can't be ended: %s", archive_error_string(l->archive));
	return r;
}

int pack_layout(const char *dir, int *ret_fd, struct spe_error *e)
{
	const char *tmp = getenv("TMPDIR");
	struct layout l = { .dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), .name = dir };
	auto_close int out = open(tmp && *tmp ? tmp : "/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	int r;

	if (l.dir < 0)
		return spe_fail(e, SPE_E_INPUT, "the image %s can't be read: %s", dir, strerror(errno));
	l.archive = archive_write_new();
	r = out < 0 ? spe_fail(e, SPE_E_INPUT, "there is no place for the archive: %s; TMPDIR names another", strerror(errno)) :
		      all_pack(&l, out, e);
	archive_write_free(l.archive);
	close(l.dir);
	if (r == 0)
		*ret_fd = spe_take_fd(&out);
	return r;
}
