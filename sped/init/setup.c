/* init/setup.c - see init.h. */
#include "sped/init/init.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>

#include "spe/cleanup.h"
#include "spe/mdwe.h"
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

/* The slot of the profile that the ticket names. */
static int read_slot(struct job *j, const char *name)
{
	off_t at = 0;

	while (pread(INIT_PROFILES, &j->slot, sizeof(j->slot), at) == (ssize_t)sizeof(j->slot)) {
		if (strncmp(j->slot.name, name, sizeof(j->slot.name)) == 0)
			break;
		at += PROFILE_SLOT;
		memset(&j->slot, 0, sizeof(j->slot));
	}
	if (j->slot.filter_bytes == 0)
		return -ENOENT;
	if (j->slot.filter_bytes > PROFILE_FILTER_MAX || j->slot.paths > PROFILE_PATHS_MAX)
		return -EINVAL;
	j->filter.filter = malloc(j->slot.filter_bytes);
	if (!j->filter.filter ||
	    pread(INIT_PROFILES, j->filter.filter, j->slot.filter_bytes, at + PROFILE_HEAD) != (ssize_t)j->slot.filter_bytes)
		return -EIO;
	j->filter.len = (unsigned short)(j->slot.filter_bytes / sizeof(struct sock_filter));
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
	memcpy(ret->profile, head.profile, sizeof(head.profile) - 1);
	return ret->envp ? 0 : -EBADMSG;
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
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO; /* no word of the bundle */
}

#define OTHERS 64 /* of a runtime: what stands beside these at its top, such as /opt */

static bool is_named(const struct job *j, const char *name)
{
	uint32_t i;

	for (i = 0; i < j->slot.paths && strcmp(j->slot.path[i].path + 1, name) != 0; i++)
		;
	return i < j->slot.paths || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
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

static uint32_t rights_of(const struct job *j, const char *path)
{
	uint32_t i;

	for (i = 0; i < j->slot.paths && strcmp(j->slot.path[i].path, path) != 0; i++)
		;
	return i < j->slot.paths ? j->slot.path[i].rights : 0;
}

/* What else a runtime has at its top is as its /usr: to be read, and run where that is. */
static int others(const struct job *j, struct confine_path *paths)
{
	const uint32_t may = rights_of(j, "/usr");
	DIR *d = opendir("/");
	const struct dirent *entry;
	int n = 0;

	while (d && may && n < OTHERS && (entry = readdir(d))) {
		int fd = is_named(j, entry->d_name) ? -1 : right_path(dirfd(d), entry->d_name);

		if (fd >= 0)
			paths[n++] = (struct confine_path){ .dir = fd, .exec = may & PROFILE_EXECUTE };
	}
	if (d)
		closedir(d);
	return n;
}

/* Keys of the host's sessions are out of reach by the filter too; where the kernel keeps none there is nothing to leave. */
static int own_keyring(const struct job *j)
{
	return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS ? -errno : 0;
}

/* No hyper-thread of its core runs another job meanwhile. Few kernels have it (EINVAL else; ENODEV: cores have one thread
 * each), and doctor says what the lack costs; where it is there it has to work. */
static int own_core(const struct job *j)
{
	return prctl(PR_SCHED_CORE, PR_SCHED_CORE_CREATE, 0, PR_SCHED_CORE_SCOPE_THREAD_GROUP, 0) < 0 && errno != EINVAL &&
		errno != ENODEV ? -errno : 0;
}

static int written_memory(const struct job *j)
{
	return j->slot.memory == PROFILE_MEMORY_KERNEL &&
		DEFENCE(mdwe, prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0)) < 0 ? -errno : 0;
}

static int landlock(const struct job *j)
{
	struct confine_path paths[PROFILE_PATHS_MAX + OTHERS + 1];
	const struct confine c = { .paths = paths };
	uint32_t i;
	int n = 0, r;

	for (i = 0; i < j->slot.paths; i++) {
		const uint32_t may = j->slot.path[i].rights;
		int dir = may ? right_path(AT_FDCWD, j->slot.path[i].path) : -1;

		if (dir >= 0) /* absent: nothing to open */
			paths[n++] = (struct confine_path){ dir, may & PROFILE_WRITE && !(may & PROFILE_DEVICE),
				may & PROFILE_EXECUTE, may & PROFILE_DEVICE, may & PROFILE_LIST };
	}
	n += others(j, paths + n);
	paths[n].dir = -1;
	r = confine_landlock(&c);
	while (n > 0)
		close(paths[--n].dir);
	return r;
}

static int filter(const struct job *j)
{
	return DEFENCE(seccomp, syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &j->filter)) < 0 ? -errno : 0;
}

int setup_confine(struct job *j, uint32_t *ret_step)
{
	static const struct {
		enum init_step step;
		int (*act)(const struct job *j);
	} steps[] = { { INIT_KEYRING, own_keyring }, { INIT_CORE, own_core }, { INIT_MEMORY, written_memory },
		{ INIT_LANDLOCK, landlock }, { INIT_FILTER, filter } /* last: it forbids the steps above */ };
	int r = read_slot(j, j->profile);
	size_t i;

	*ret_step = INIT_PROFILE;
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]) && r == 0; i++) {
		*ret_step = steps[i].step;
		r = steps[i].act(j);
	}
	close(INIT_PROFILES);
	return r;
}

static int stdio(void)
{
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int out = open("/outputs/stdout.txt", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	int err = open("/outputs/stderr.txt", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);

	return in < 0 || out < 0 || err < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0 ? -errno : 0;
}

static const char *search_path(char *const *env)
{
	while (*env && strncmp(*env, "PATH=", 5) != 0)
		env++;
	return *env ? *env + 5 : "/usr/local/bin:/usr/bin:/bin";
}

/* As execvpe(3), but along the job's own PATH: that of its runtime. Returns -errno. */
static int run_found(const struct job *j)
{
	const char *at = strchr(j->argv[0], '/') ? "" : search_path(j->envp);
	char path[4096];
	int r = -ENOENT;
	size_t n;

	if (!*at) {
		execvpe(j->argv[0], j->argv, j->envp);
		return -errno;
	}
	for (; *at; at += n + (at[n] == ':')) {
		n = strcspn(at, ":");
		if (n == 0 || snprintf(path, sizeof(path), "%.*s/%s", (int)n, at, j->argv[0]) >= (int)sizeof(path))
			continue;
		execvpe(path, j->argv, j->envp);
		if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
			return -errno;
		r = errno == EACCES ? -EACCES : r;
	}
	return r;
}

void setup_run(const struct job *j, int failed)
{
	int kept = fcntl(failed, F_DUPFD_CLOEXEC, 3);
	int r = dup3(kept, 3, O_CLOEXEC) < 0 || setsid() < 0 || chdir("/work") < 0 ? -errno : stdio();

	if (r == 0 && DEFENCE(fds, close_range(4, ~0u, 0)) < 0)
		r = -errno;
	if (r == 0)
		r = run_found(j);
	if (write(3, &r, sizeof(r)) < 0)
		_exit(126);
	_exit(127);
}
