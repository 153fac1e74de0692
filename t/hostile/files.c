/* hostile/files.c - attempts on files: the host's, the data, the root, programs, devices, what the kernel shows of processes. */
#include "t/hostile/hostile.h"

#include <dirent.h>
#include <glob.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* /mnt is where the test's host keeps what it has: sped's state among it. */
static int open_close(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : close(fd);
}

static int read_one(const char *path)
{
	char c;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, &c, 1);

	return n < 0 ? -errno : n == 0 ? -ENODATA : 0;
}

int read_host_file(void) { return read_one("/mnt/secret"); }
int read_host_secret(void) { return read_one("/mnt/shadow"); }
int list_vault(void) { return open_close("/mnt/state/gate", O_RDONLY | O_DIRECTORY); }
int read_state(void) { return read_one("/mnt/state/engine/state.db"); }
int list_workspaces(void) { return open_close("/mnt/state/workspaces", O_RDONLY | O_DIRECTORY); }
int list_holdings(void) { return open_close("/mnt/state/holdings", O_RDONLY | O_DIRECTORY); }
int list_keepers(void) { return open_close("/mnt/run/keepers", O_RDONLY | O_DIRECTORY); }
int dot_dots(void) { return read_one("/proc/self/root/../data/../../../mnt/secret"); }
int list_sys(void) { return open_close("/sys/class/net", O_RDONLY | O_DIRECTORY); }

int connect_sped(void)
{
	const struct sockaddr_un a = { AF_UNIX, "/mnt/run/sped.sock" };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return answer(connect(s, (const struct sockaddr *)&a, sizeof(a)));
}

int link_out(void)
{
	unlink("/work/out");
	return symlink("/mnt/secret", "/work/out") < 0 ? -EIO : read_one("/work/out");
}

/* The v1 file of CVE-2022-0492, or the file that would let a job out of its limits on v2. */
int open_cgroup(void)
{
	static const char *const paths[] = { "/sys/fs/cgroup/memory/release_agent", "/sys/fs/cgroup/memory/cgroup.procs", "/sys/fs/cgroup/cgroup.procs" };
	int r = -ENOENT;
	size_t i;

	for (i = 0; i < COUNT(paths) && r == -ENOENT; i++)
		r = open_close(paths[i], O_WRONLY);
	return r;
}

/* --- data, code, root ---------------------------------------------------------------------- */

static int with_data(int (*act)(const char *file))
{
	glob_t g;

	if (glob("/data/*/*.csv", 0, NULL, &g) != 0)
		return -EIO;
	return act(g.gl_pathv[0]);
}

static int overwrite(const char *f) { return open_close(f, O_WRONLY); }
static int remove_it(const char *f) { return answer(unlink(f)); }
static int open_up(const char *f) { return answer(chmod(f, 0666)); }
static int link_it(const char *f) { return answer(link(f, "/outputs/hard")); }
static int move_it(const char *f)
{
	char dir[256];

	snprintf(dir, sizeof(dir), "%s", f);
	*strrchr(dir, '/') = '\0';
	return answer(rename(dir, "/data/other"));
}

static int make_and_remove(const char *path)
{
	int r = open_close(path, O_WRONLY | O_CREAT | O_EXCL);

	if (r == 0)
		unlink(path);
	return r;
}

int write_data(void) { return make_and_remove("/data/new"); }
int change_data(void) { return with_data(overwrite); }
int unlink_data(void) { return with_data(remove_it); }
int rename_data(void) { return with_data(move_it); }
int chmod_data(void) { return with_data(open_up); }
int link_data(void) { return with_data(link_it); }
int write_code(void) { return make_and_remove("/code/new"); }
int write_usr(void) { return make_and_remove("/usr/new"); }
int write_etc(void) { return make_and_remove("/etc/new"); }
int write_top(void) { return answer(mkdir("/new", 0700)); }
int write_dev(void) { return make_and_remove("/dev/new"); }
int host_device(void) { return open_close("/mnt/hostdev/kmsg", O_WRONLY); }
int usr_device(void) { return told.device ? open_close(told.device, O_RDONLY) : -EIO; }

/* --- programs ------------------------------------------------------------------------------ */

int copy_self(const char *to)
{
	char piece[65536];
	int in = open(told.self, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	ssize_t n;

	while (in >= 0 && out >= 0 && (n = read(in, piece, sizeof(piece))) > 0)
		if (write(out, piece, (size_t)n) != n)
			return -EIO;
	return in < 0 || out < 0 ? -errno : close(in) | close(out);
}

int run_self(const char *path, int fd, const char *word)
{
	char *argv[] = { (char *)(uintptr_t)"hostile", (char *)(uintptr_t)word, NULL }, *env[] = { NULL };
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (fd >= 0)
			fexecve(fd, argv, env);
		else
			execve(path, argv, env);
		_exit(errno);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -EIO;
	return WEXITSTATUS(status) == 42 ? 0 : WEXITSTATUS(status) ? -WEXITSTATUS(status) : -NO_EFFECT;
}

static int exec_copy(const char *path)
{
	int r = copy_self(path);

	if (r == 0)
		r = run_self(path, -1, "yes");
	unlink(path);
	return r;
}

int exec_outputs(void) { return exec_copy("/outputs/program"); }
int exec_shm(void) { return exec_copy("/dev/shm/program"); }
int run_suid(void) { return told.suid ? run_self(told.suid, -1, "root?") : -EIO; }

int map_outputs(void)
{
	int fd = open("/outputs/map", O_RDWR | O_CREAT | O_CLOEXEC, 0700);
	void *at = fd < 0 || ftruncate(fd, 4096) < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	int r = at == MAP_FAILED ? -errno : 0;

	unlink("/outputs/map");
	return r;
}

/* A memfd may be run; the filter goes with it. */
int exec_memfd(void)
{
	char path[32];
	int fd = memfd_create("program", 0);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return fd < 0 || copy_self(path) < 0 ? -EIO : run_self(NULL, fd, "unshare");
}

int open_handle(void)
{
	struct {
		struct file_handle head;
		unsigned char room[128];
	} h = { .head.handle_bytes = 128 };
	int mount, fd;

	if (name_to_handle_at(AT_FDCWD, "/work", &h.head, &mount, 0) < 0)
		return -errno;
	fd = open("/work", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return answer(open_by_handle_at(fd, &h.head, O_RDONLY | O_CLOEXEC));
}

static int open_init(const char *what, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", told.init, what);
	return open_close(path, flags);
}

/* CVE-2019-5736: the program that began the job, by its /proc/PID/exe. */
int overwrite_program(void)
{
	int r = -ENOENT, i;

	for (i = 0; i < 1000 && (r = open_init("exe", O_WRONLY)) < 0; i++)
		;
	return r;
}

/* --- /proc ---------------------------------------------------------------------------------- */

int open_init_mem(void) { return open_init("mem", O_RDONLY); }
int read_init_status(void) { return open_init("status", O_RDONLY); }
int open_init_environ(void) { return open_init("environ", O_RDONLY); }
int list_init_root(void) { return open_init("root", O_RDONLY | O_DIRECTORY); }
int list_init_fds(void) { return open_init("fd", O_RDONLY | O_DIRECTORY); }

/* Processes of anybody else. */
int see_processes(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	struct stat st;
	int others = 0;

	while (d && (e = readdir(d)))
		others += strspn(e->d_name, "0123456789") == strlen(e->d_name) && fstatat(dirfd(d), e->d_name, &st, 0) == 0 &&
			st.st_uid != geteuid();
	return !d ? -errno : others ? 0 : -ESRCH;
}

int write_core_pattern(void) { return open_close("/proc/sys/kernel/core_pattern", O_WRONLY); }
int write_sysrq(void) { return open_close("/proc/sysrq-trigger", O_WRONLY); }
int write_binfmt(void) { return open_close("/proc/sys/fs/binfmt_misc", O_RDONLY | O_DIRECTORY); }
int read_kcore(void) { return open_close("/proc/kcore", O_RDONLY); }
int read_kmsg(void) { return open_close("/proc/kmsg", O_RDONLY | O_NONBLOCK); }
int read_cmdline(void) { return read_one("/proc/cmdline"); }
int read_sched(void) { return read_one("/proc/stat"); }
int write_uid_map(void) { return open_close("/proc/self/uid_map", O_WRONLY); }
int write_own_mem(void) { return open_close("/proc/self/mem", O_WRONLY); }

static int write_oom(const char *value)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : answer(write(fd, value, strlen(value)));
}

int lower_oom(void) { return write_oom("-1000"); }
int raise_oom(void) { return write_oom("1000"); }

/* The path of its group as the host has it says which keeper holds the job. */
int see_cgroup_path(void)
{
	FILE *f = fopen("/proc/self/cgroup", "re");
	char line[256];
	int r = -ENOENT;

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "/spe/k"))
			r = 0;
	return f ? r : -errno;
}
