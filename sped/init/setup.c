/* init/setup.c - see init.h. */
#include "sped/init/init.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/seccomp.h>

#include "spe/cleanup.h"
#include "spe/msg.h"
#include "spe/weak.h"
#include "sped/base/confine.h"

/* n NUL-terminated words from *at into a new NULL-terminated list. */
static char **words(char **at, const char *end, uint32_t n)
{
	char **list = calloc(n + 1, sizeof(*list));
	uint32_t i;

	for (i = 0; list && i < n; i++) {
		char *stop = memchr(*at, '\0', (size_t)(end - *at));

		if (!stop) {
			free(list);
			return NULL;
		}
		list[i] = *at;
		*at = stop + 1;
	}
	return list;
}

static int read_filter(struct sock_fprog *ret)
{
	struct stat st;
	struct sock_filter *f;

	if (fstat(INIT_FILTER, &st) < 0)
		return -errno;
	if (st.st_size <= 0 || st.st_size > (off_t)(BPF_MAXINSNS * sizeof(*f)))
		return -EINVAL;
	f = malloc((size_t)st.st_size);
	if (!f || pread(INIT_FILTER, f, (size_t)st.st_size, 0) != st.st_size)
		return -EIO;
	ret->len = (unsigned short)((size_t)st.st_size / sizeof(*f));
	ret->filter = f;
	return 0;
}

int setup_read(struct job *ret)
{
	char *text = malloc(SPE_TICKET_MAX), *at, *end;
	struct ticket_job head;
	size_t len;
	int r = text ? msg_recv_any(TASK_SOCKET, text, SPE_TICKET_MAX, &len, &ret->bundle) : -ENOMEM;

	if (r < 0)
		return r;
	if (len < sizeof(head))
		return -EBADMSG;
	memcpy(&head, text, sizeof(head));
	at = text + sizeof(head);
	end = text + len;
	if (head.argc == 0 || head.argc > SPE_ARGV_MAX || head.envc > SPE_ARGV_MAX)
		return -EBADMSG;
	ret->argv = words(&at, end, head.argc);
	ret->envp = ret->argv ? words(&at, end, head.envc) : NULL;
	ret->text = text;
	return ret->envp ? read_filter(&ret->filter) : -EBADMSG;
}

int setup_unpack(int bundle, char *const *env)
{
	char *none[] = { NULL };
	int status = 0, kept;
	pid_t pid = fork();

	if (pid == 0) {
		kept = fcntl(INIT_UNPACKER, F_DUPFD_CLOEXEC, 100);
		if (dup2(bundle, TASK_SOCKET) < 0 || dup2(INIT_CODE, TASK_PLACE) < 0 || close_range(5, 99, 0) < 0)
			_exit(errno);
		syscall(SYS_execveat, kept, "", none, env, AT_EMPTY_PATH);
		_exit(errno);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EBADMSG;
}

static const struct {
	const char *path;
	bool write, exec, device, list;
} rights[] = { { "/", 0, 0, 0, 1 }, { "/usr", 0, 1, 0, 0 }, { "/bin", 0, 1, 0, 0 }, { "/sbin", 0, 1, 0, 0 }, { "/lib", 0, 1, 0, 0 },
	{ "/lib32", 0, 1, 0, 0 }, { "/lib64", 0, 1, 0, 0 }, { "/libx32", 0, 1, 0, 0 }, { "/etc", 0, 0, 0, 0 },
	{ "/var", 0, 0, 0, 0 }, { "/proc", 0, 0, 0, 0 }, { "/data", 0, 0, 0, 0 }, { "/code", 0, 1, 0, 0 },
	{ "/work", 1, 1, 0, 0 }, { "/outputs", 1, 0, 0, 0 }, { "/tmp", 1, 1, 0, 0 }, { "/dev/shm", 1, 0, 0, 0 },
	{ "/dev/null", 0, 0, 1, 0 }, { "/dev/zero", 0, 0, 1, 0 }, { "/dev/full", 0, 0, 1, 0 },
	{ "/dev/urandom", 0, 0, 1, 0 }, { "/dev/random", 0, 0, 1, 0 }, { "/dev", 0, 0, 0, 0 } };
#define RIGHTS (sizeof(rights) / sizeof(rights[0]))
#define OTHERS 64 /* of a runtime: what stands beside these at its top, such as /opt */

static bool has_right(const char *name)
{
	size_t i;

	for (i = 0; i < RIGHTS && strcmp(rights[i].path + 1, name) != 0; i++)
		;
	return i < RIGHTS || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* A link gives no right to what it leads to: an image may have any. */
static int right_path(int dir, const char *name)
{
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && !S_ISLNK(st.st_mode))
		return fd;
	spe_close_fd(&fd);
	return -1;
}

/* What else a runtime has at its top, to be read and run. */
static size_t others(struct confine_path *paths)
{
	DIR *d = opendir("/");
	const struct dirent *entry;
	size_t n = 0;

	while (d && n < OTHERS && (entry = readdir(d))) {
		int fd = has_right(entry->d_name) ? -1 : right_path(dirfd(d), entry->d_name);

		if (fd >= 0)
			paths[n++] = (struct confine_path){ .dir = fd, .exec = true };
	}
	if (d)
		closedir(d);
	return n;
}

int setup_confine(const struct job *j)
{
	struct confine_path paths[RIGHTS + OTHERS + 1];
	const struct confine c = { .paths = paths };
	size_t i, n = 0;
	int r;

	for (i = 0; i < RIGHTS; i++) {
		int dir = right_path(AT_FDCWD, rights[i].path);

		if (dir >= 0) /* absent: nothing to open */
			paths[n++] = (struct confine_path){ dir, rights[i].write, rights[i].exec, rights[i].device,
				rights[i].list };
	}
	n += others(paths + n);
	paths[n].dir = -1;
	r = confine_landlock(&c);
	for (i = 0; i < n; i++)
		close(paths[i].dir);
	if (r == 0 && DEFENCE(seccomp, syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &j->filter)) < 0)
		r = -errno;
	return r;
}

static int stdio(void)
{
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int out = open("/outputs/stdout.txt", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	int err = open("/outputs/stderr.txt", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);

	return in < 0 || out < 0 || err < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0 ? -errno : 0;
}

void setup_run(const struct job *j, int failed)
{
	int kept = fcntl(failed, F_DUPFD_CLOEXEC, 3);
	int r = setsid() < 0 || chdir("/work") < 0 ? -errno : stdio();

	if (r == 0 && (dup3(kept, 3, O_CLOEXEC) < 0 || DEFENCE(fds, close_range(4, ~0u, 0)) < 0))
		r = -errno;
	if (r == 0) {
		execvpe(j->argv[0], j->argv, j->envp);
		r = -errno;
	}
	if (write(3, &r, sizeof(r)) < 0)
		_exit(126);
	_exit(127);
}
