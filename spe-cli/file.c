/* spe-cli/file.c - files that were named on the command line; see cli.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

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

int file_new(const char *path, unsigned mode, int *ret_fd, struct spe_error *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);

	if (fd < 0 && errno == EEXIST) {
		spe_fail(e, SPE_E_CONFLICT, "%s is there already and is left as it is", path);
		spe_remedy(e, "try: another name with -o, or move it away");
		return -SPE_E_CONFLICT;
	}
	if (fd < 0)
		return spe_fail(e, SPE_E_INPUT, "%s can't be made: %s", path, strerror(errno));
	*ret_fd = fd;
	return 0;
}
