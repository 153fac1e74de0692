/* init/unpack.c - spe-unpack: the code bundle, a tar archive of plain files and directories, to /code.
 * Runs as the workspace's uid in the job's box, begun by spe-init before the job; gives up
 * everything but one directory before it looks at a byte. Exit status: an errno. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/confine.h"
#include "spe/ticket.h"

#define ENTRIES_MAX 20000

/* Each directory on the way is made and opened beneath the last; only plain components pass. */
static int open_parent(int code, const char *path, const char **ret_last)
{
	int dir = fcntl(code, F_DUPFD_CLOEXEC, 3);

	while (dir >= 0) {
		const char *slash = strchr(path, '/');
		char name[256];
		int next;

		if (!slash) {
			*ret_last = path;
			return dir;
		}
		if (slash - path >= (long)sizeof(name))
			next = -ENAMETOOLONG;
		else {
			memcpy(name, path, (size_t)(slash - path));
			name[slash - path] = '\0';
			next = strcmp(name, "..") == 0 ? -EBADMSG : 0;
			if (next == 0 && *name && strcmp(name, ".") != 0) {
				if (mkdirat(dir, name, 0755) < 0 && errno != EEXIST)
					next = -errno;
				else
					next = io_openat(dir, name, O_RDONLY | O_DIRECTORY, 0);
			} else if (next == 0) {
				next = fcntl(dir, F_DUPFD_CLOEXEC, 3);
			}
		}
		close(dir);
		dir = next;
		path = slash + 1;
	}
	return dir;
}

/* What libarchive could not do: the bundle is odd, or there was no memory, or it could not be read. */
static int bad(struct archive *a)
{
	const int why = archive_errno(a);

	return why == ENOMEM || why == EIO ? -why : -EBADMSG;
}

static int copy(struct archive *a, int fd)
{
	char piece[65536];
	la_ssize_t n;
	int r = 0;

	while (r == 0 && (n = archive_read_data(a, piece, sizeof(piece))) != 0)
		r = n < 0 ? bad(a) : io_write_all(fd, piece, (size_t)n);
	return r;
}

static int entry(struct archive *a, struct archive_entry *e, int code)
{
	const char *path = archive_entry_pathname(e), *last = NULL;
	mode_t type = archive_entry_filetype(e);
	auto_close int dir = -1, fd = -1;

	if (!path || *path == '/' || archive_entry_hardlink(e) || archive_entry_symlink(e) ||
	    (type != AE_IFREG && type != AE_IFDIR))
		return -EBADMSG;
	dir = open_parent(code, path, &last);
	if (dir < 0)
		return dir;
	if (*last == '\0' || strcmp(last, ".") == 0)
		return type == AE_IFDIR ? 0 : -EBADMSG;
	if (strcmp(last, "..") == 0)
		return -EBADMSG;
	if (type == AE_IFDIR)
		return mkdirat(dir, last, 0755) < 0 && errno != EEXIST ? -errno : 0;
	fd = io_openat(dir, last, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW,
		archive_entry_perm(e) & 0100 ? 0755 : 0644);
	return fd < 0 ? fd : copy(a, fd);
}

/* A name in a pax header that is not ASCII is a warning without a locale, and has the bytes that it had. For a locale the runtime
 * would be asked, which is our root: nothing of it is to be in us. */
static bool usable(struct archive *a, int got)
{
	return got == ARCHIVE_OK || (got == ARCHIVE_WARN && bad(a) == -EBADMSG);
}

static int unpack(int bundle, int code)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	int r = !a ? -ENOMEM : archive_read_support_format_tar(a) == ARCHIVE_OK &&
			archive_read_open_fd(a, bundle, 65536) == ARCHIVE_OK ? 0 : bad(a);
	int got = ARCHIVE_OK, n = 0;

	while (r == 0 && usable(a, got = archive_read_next_header(a, &e)))
		r = ++n > ENTRIES_MAX ? -E2BIG : entry(a, e, code);
	if (r == 0 && got != ARCHIVE_EOF)
		r = bad(a);
	archive_read_free(a);
	return r;
}

static int confined(int bundle, int code)
{
	const struct confine_path paths[] = { { .dir = code, .write = true }, { .dir = -1 } };
	static const char *const calls[] = { "openat2", "mkdirat", "mkdir", "dup3", "umask", NULL };
	const struct confine c = { .paths = paths, .calls = calls };
	struct spe_error e;

	umask(0);
	return confine_enter(&c, &e) < 0 ? -EPERM : unpack(bundle, code);
}

int main(void)
{
	return -confined(TASK_SOCKET, TASK_PLACE) & 0xff;
}
