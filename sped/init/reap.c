/* init/reap.c - see init.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spe/msg.h"
#include "spe/weak.h"
#include "sped/init/init.h"

void reap_report(uint32_t end, int value, uint32_t step)
{
	const struct init_report n = { end, value, step };

	if (write(INIT_REPORT, &n, sizeof(n)) != sizeof(n)) /* a message as well, and no profile forbids it */
		_exit(1); /* the keeper is gone, and with it we */
}

/* Whether a directory takes no more: by a file without a name, so that nothing is left; statfs is not in every profile. */
static uint32_t full(const char *path, uint32_t of_files, uint32_t of_bytes)
{
	int fd = open(path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	uint32_t met = fd < 0 ? (errno == ENOSPC ? of_files : 0) : write(fd, "", 1) < 0 && errno == ENOSPC ? of_bytes : 0;

	close(fd);
	return met;
}

/* Logs that nobody wrote into are no outputs. SEEN_EMPTY where nothing else is there either: the top alone. */
static uint32_t drop_empty_logs(void)
{
	static const char *const logs[] = { "/outputs/stdout.txt", "/outputs/stderr.txt" };
	struct statvfs v;
	struct stat st;
	int i;

	for (i = 0; i < 2; i++)
		if (lstat(logs[i], &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
			unlink(logs[i]);
	return statvfs("/outputs", &v) == 0 && v.f_files - v.f_ffree == 1 && v.f_bfree == v.f_blocks ? SEEN_EMPTY : 0;
}

int reap_wait(pid_t job, int failed)
{
	int status = 0, got = 0, error = 0;
	uint32_t met;
	pid_t pid;

	while ((pid = waitpid(-1, &got, 0)) != job)
		if (pid < 0 && errno != EINTR)
			return -errno;
	status = got;
	DEFENCE(reap, kill(-1, SIGKILL));
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	chmod("/outputs", 0700); /* what the job took from itself there the capture would lack as well; it says where it does */
	met = full("/outputs", LIMIT_FILES, LIMIT_OUTPUTS) | full("/work", LIMIT_WORK, LIMIT_WORK) | full("/tmp", LIMIT_WORK, LIMIT_WORK) |
		full("/dev/shm", LIMIT_SHM, LIMIT_SHM);
	met |= drop_empty_logs();
	if (read(failed, &error, sizeof(error)) == sizeof(error))
		reap_report(END_NOEXEC, -error, 0);
	else if (WIFSIGNALED(status))
		reap_report(END_SIGNAL, WTERMSIG(status), met);
	else
		reap_report(END_EXIT, WEXITSTATUS(status), met);
	return 0;
}
