/* image/entry.c - one entry of a layer: what it may be, and what becomes of it. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/image/image.h"

static int odd(const struct entry_task *k, const char *name, const char *what, struct spe_error *e)
{
	return spe_fail(e, SPE_E_INPUT, "layer %u of %u: the name \"%.120s\" %s", k->layer->number, k->layer->of, name, what);
}

static int failed(const struct entry_task *k, const char *name, int r, struct spe_error *e)
{
	switch (r) {
	case -ELOOP:
		return odd(k, name, "goes through a symbolic link", e);
	case -ENOTDIR:
		return odd(k, name, "goes through a file", e);
	case -EISDIR:
		return odd(k, name, "is the top itself", e);
	case -EFBIG:
		return spe_fail(e, SPE_E_TOO_LARGE, "the image has more than %llu bytes of files; see runtime-mib in sped.conf(5)",
			(unsigned long long)k->tree->max_bytes);
	case -EBADMSG:
		return odd(k, name, "has less or other content than it says", e);
	case -ENOSPC:
	case -EDQUOT:
		return spe_fail(e, SPE_E_BUSY, "the runtime can't be written: the host's disk is full");
	default:
		return spe_fail(e, SPE_E_INTERNAL, "layer %u of %u: \"%.120s\" can't be written: %s", k->layer->number, k->layer->of, name,
			strerror(-r));
	}
}

/* The clean name, and whether it is to be looked at: 1, 0 where it is a place of ours. */
static int name_of(const struct entry_task *k, struct archive_entry *entry, char ret[IMAGE_PATH], struct spe_error *e)
{
	const char *path = archive_entry_pathname(entry), *why = path ? name_clean(path, ret) : "is not UTF-8";
	enum place place = why ? PLACE_NONE : name_place(ret);

	if (why)
		return odd(k, path ? path : "?", why, e);
	if (place == PLACE_ODD)
		return odd(k, ret, "differs by case alone from one that a job has something else at", e);
	if (place == PLACE_ETC && (archive_entry_filetype(entry) != AE_IFDIR || archive_entry_hardlink(entry)))
		return odd(k, ret, "has to be a directory: a job's own files are mounted there", e);
	return place != PLACE_OURS;
}

static int whiteout(const struct entry_task *k, const char *name, struct spe_error *e)
{
	const char *gone, *slash = strrchr(name, '/');
	int kind = name_whiteout(name, &gone), r = 0;
	char path[IMAGE_PATH];
	const size_t n = slash ? (size_t)(slash - name) : 0;

	if (kind < 0)
		return odd(k, name, "is a whiteout of nothing that there could be", e);
	memcpy(path, name, n);
	path[n] = '\0';
	if (kind == 2)
		r = tree_empty(k->tree, path);
	if (kind == 1) {
		if (n > 0)
			path[n] = '/';
		memcpy(path + n + (n > 0), gone, strlen(gone) + 1); /* shorter than name */
		if (name_place(path) == PLACE_NONE || name_place(path) == PLACE_ETC)
			r = tree_remove(k->tree, path);
	}
	return r < 0 ? failed(k, name, r, e) : kind > 0;
}

/* Hard links and symbolic ones carry a second name. */
static int link_check(const struct entry_task *k, struct archive_entry *entry, const char *name, struct spe_error *e)
{
	const char *target = archive_entry_hardlink(entry), *text = archive_entry_symlink(entry), *why = NULL;
	char clean[IMAGE_PATH];

	if (target) {
		why = name_clean(target, clean);
		if (why || archive_entry_size(entry) > 0)
			return odd(k, name, why ? "is a hard link out of the image" : "is a hard link with content", e);
		return strcmp(name, clean) != 0 ? 0 : odd(k, name, "is a hard link to itself", e);
	}
	if (archive_entry_filetype(entry) != AE_IFLNK)
		return 0;
	why = text ? name_text_odd(text) : "is not UTF-8";
	return why ? odd(k, name, "is a symbolic link whose text is empty, too long, no UTF-8 or has a control character", e) : 0;
}

static int type_check(const struct entry_task *k, struct archive_entry *entry, const char *name, struct spe_error *e)
{
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
	case AE_IFDIR:
	case AE_IFLNK:
	case AE_IFCHR:
	case AE_IFBLK:
	case AE_IFIFO:
	case AE_IFSOCK:
		return 0;
	default:
		return archive_entry_hardlink(entry) ? 0 : odd(k, name, "is of no kind that is known", e);
	}
}

int entry_scan(void *arg, struct archive *a, struct archive_entry *entry, struct spe_error *e)
{
	const struct entry_task *k = arg;
	char name[IMAGE_PATH];
	int r = name_of(k, entry, name, e);

	if (++k->tree->entries > SPE_ENTRIES_MAX)
		return spe_fail(e, SPE_E_TOO_LARGE, "the image has more than %u entries", SPE_ENTRIES_MAX);
	if (r <= 0)
		return r;
	r = whiteout(k, name, e);
	if (r != 0)
		return r < 0 ? r : 0;
	TRY(type_check(k, entry, name, e));
	return link_check(k, entry, name, e);
}

static int copy(struct tree *t, struct archive *a, int fd)
{
	char data[65536];
	la_ssize_t n;
	int r = 0;

	while (r == 0 && (n = archive_read_data(a, data, sizeof(data))) != 0) {
		if (n < 0)
			return -EBADMSG;
		t->bytes += (uint64_t)n;
		r = t->bytes > t->max_bytes ? -EFBIG : io_write_all(fd, data, (size_t)n);
	}
	return r;
}

static int file_write(struct tree *t, struct archive *a, struct archive_entry *entry, const char *name)
{
	auto_close int fd = -1;
	int r = archive_entry_size(entry) > 0 && (uint64_t)archive_entry_size(entry) > t->max_bytes - t->bytes ? -EFBIG : 0;

	if (r == 0)
		r = tree_file(t, name, archive_entry_perm(entry) & 0111, &fd);
	return r < 0 ? r : copy(t, a, fd);
}

static int link_write(struct tree *t, const char *name, const char *target)
{
	char clean[IMAGE_PATH];

	return name_clean(target, clean) ? -EINVAL : tree_link(t, name, clean);
}

/* Whatever is dropped is still an entry: what a lower layer has there goes. */
static int drop(struct tree *t, const char *name, uint64_t *count)
{
	++*count;
	return *name ? tree_remove(t, name) : 0;
}

static int write_by_type(struct tree *t, struct archive *a, struct archive_entry *entry, const char *name)
{
	const char *target = archive_entry_hardlink(entry);

	if (target)
		return link_write(t, name, target);
	switch (archive_entry_filetype(entry)) {
	case AE_IFDIR:
		return tree_dir(t, name);
	case AE_IFLNK:
		return tree_symlink(t, name, archive_entry_symlink(entry));
	case AE_IFCHR:
	case AE_IFBLK:
		return drop(t, name, &t->devices);
	case AE_IFIFO:
		return drop(t, name, &t->fifos);
	case AE_IFSOCK:
		return drop(t, name, &t->sockets);
	default:
		return file_write(t, a, entry, name);
	}
}

int entry_write(void *arg, struct archive *a, struct archive_entry *entry, struct spe_error *e)
{
	const struct entry_task *k = arg;
	struct tree *t = k->tree;
	const char *gone;
	char name[IMAGE_PATH];
	int r = name_of(k, entry, name, e);

	if (r == 0 && *name)
		t->places += archive_entry_filetype(entry) != AE_IFDIR; /* the directories themselves stay */
	if (r <= 0 || name_whiteout(name, &gone) != 0)
		return r < 0 ? r : 0;
	t->setid += (archive_entry_perm(entry) & 06000) != 0 && archive_entry_filetype(entry) == AE_IFREG;
	t->xattrs += archive_entry_xattr_count(entry) > 0 || archive_entry_acl_count(entry, ARCHIVE_ENTRY_ACL_TYPE_POSIX1E) > 0;
	r = write_by_type(t, a, entry, name);
	if (r == -ENOENT && archive_entry_hardlink(entry))
		return odd(k, name, "is a hard link to what the image does not have", e);
	return r < 0 ? failed(k, name, r, e) : 0;
}
