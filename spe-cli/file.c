/* spe-cli/file.c - files that were named on the command line; see cli.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe-cli/cli.h"
#include "spe/cleanup.h"
#include "sped/base/buf.h"

static int open_failed(const char *path, const char *what, int err, struct spe_error *e)
{
	if (err == ENOENT || err == ENOTDIR)
		return spe_fail(e, SPE_E_NOT_FOUND, "%s: %s is not there", path, what);
	return spe_fail(e, SPE_E_INPUT, "%s: %s can't be read: %s", path, what, strerror(err));
}

/* O_NONBLOCK: a fifo must not hold us; regular files do not care. */
int file_open(const char *path, const char *what, int *ret_fd, struct spe_error *e)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return open_failed(path, what, errno, e);
	if (!S_ISREG(st.st_mode))
		return spe_fail(e, SPE_E_INPUT, "%s: %s must be a regular file", path, what);
	*ret_fd = spe_take_fd(&fd);
	return 0;
}

int file_read(const char *path, const char *what, size_t max, char **ret, size_t *ret_len,
	struct spe_error *e)
{
	auto_close int fd = -1;
	int r = file_open(path, what, &fd, e);

	if (r < 0)
		return r;
	r = io_read_all(fd, max, ret, ret_len);
	if (r == -EFBIG)
		return spe_fail(
			e, SPE_E_TOO_LARGE, "%s: %s is larger than %zu bytes", path, what, max);
	return r < 0 ? open_failed(path, what, -r, e) : 0;
}

static int taken(const char *path, struct spe_error *e)
{
	spe_fail(e, SPE_E_CONFLICT, "%s is there already and is left as it is", path);
	spe_remedy(e, "try: another name with -o, or move it away");
	return -SPE_E_CONFLICT;
}

int file_new(const char *path, unsigned mode, int *ret_fd, struct spe_error *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);

	if (fd < 0 && errno == EEXIST)
		return taken(path, e);
	if (fd < 0)
		return spe_fail(e, SPE_E_INPUT, "%s can't be made: %s", path, strerror(errno));
	*ret_fd = fd;
	return 0;
}

/* Where neither is known, as on exFAT: the name is ours by an empty file, which the whole one replaces at once. */
static int name_claim(int dir, const char *from, const char *to)
{
	auto_close int fd = openat(dir, to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r = fd < 0 ? -errno : 0;

	if (r == 0 && renameat(dir, from, dir, to) < 0) {
		r = -errno;
		unlinkat(dir, to, 0);
	}
	return r;
}

/* NFS, and FUSE without rename2, know no rename that leaves what is there: there a second name does. */
int file_name_take(int dir, const char *from, const char *to)
{
	if (renameat2(dir, from, dir, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (linkat(dir, from, dir, to, 0) < 0)
		return errno == EPERM || errno == ENOSYS || errno == EOPNOTSUPP ? name_claim(dir, from, to) : -errno;
	unlinkat(dir, from, 0);
	return 0;
}

/* ---- a file that is whole or not there ---- */

static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM };
static char *volatile part_now; /* there is one at a time */

/* Its bytes may be ones that were not released, and nobody looks for it. SA_RESETHAND: the signal ends us once this returns. */
static void part_drop(int signal)
{
	if (part_now)
		unlink(part_now);
	raise(signal);
}

/* Those signals come later. */
static void signals_wait(sigset_t *ret_before)
{
	sigset_t later;
	size_t i;

	sigemptyset(&later);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&later, signals[i]);
	sigprocmask(SIG_BLOCK, &later, ret_before);
}

static void part_watch(char *part)
{
	const struct sigaction drop = { .sa_handler = part_drop, .sa_flags = (int)SA_RESETHAND };
	struct sigaction old;
	size_t i;

	part_now = part;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL) /* under nohup one is ignored */
			sigaction(signals[i], &drop, NULL);
}

int file_begin(const char *path, unsigned mode, struct file_out *ret, struct spe_error *e)
{
	struct file_out f = { .path = path, .fd = -1 };
	sigset_t before;
	struct stat st;

	if (lstat(path, &st) == 0)
		return taken(path, e);
	if (asprintf(&f.part, "%s.part-%ld", path, (long)getpid()) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	signals_wait(&before); /* there is none between a part and who takes it away */
	f.fd = open(f.part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (f.fd >= 0)
		part_watch(f.part);
	else
		spe_fail(e, SPE_E_INPUT, "%s can't be made: %s", path, strerror(errno));
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (f.fd < 0) {
		free(f.part);
		return -SPE_E_INPUT;
	}
	*ret = f;
	return 0;
}

int file_put(const struct file_out *f, const void *p, size_t len, struct spe_error *e)
{
	int r = io_write_all(f->fd, p, len);

	return r < 0 ? spe_fail(e, SPE_E_INTERNAL, "%s can't be written: %s", f->path, strerror(-r)) : 0;
}

/* No signal comes between an empty file of that name and the whole one. */
static int name_take(const struct file_out *f)
{
	sigset_t before;
	int r;

	signals_wait(&before);
	r = file_name_take(AT_FDCWD, f->part, f->path);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

int file_end(struct file_out *f, int r, struct spe_error *e)
{
	int done = 0;

	if (!f->part)
		return r;
	if (r == 0 && fsync(f->fd) < 0)
		r = spe_fail(e, SPE_E_INTERNAL, "%s can't be written: %s", f->path, strerror(errno));
	if (r == 0)
		done = name_take(f);
	if (done == -EEXIST)
		r = taken(f->path, e);
	else if (done < 0)
		r = spe_fail(e, SPE_E_INTERNAL, "%s can't be made: %s", f->path, strerror(-done));
	if (r < 0)
		unlink(f->part);
	spe_close_fd(&f->fd);
	part_now = NULL;
	free(f->part);
	f->part = NULL;
	return r;
}

int file_whole(const char *path, const void *p, size_t len, struct spe_error *e)
{
	struct file_out f = FILE_OUT;
	int r = file_begin(path, 0644, &f, e);

	return r < 0 ? r : file_end(&f, file_put(&f, p, len, e), e);
}
