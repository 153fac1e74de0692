/* launcher/main.c - sped: opens what it needs once, begins the gate, the engine and the api,
 * keeps idle keepers at hand, and starts again whatever of these ends.
 * Root's options are numbers, its own programs and directories at start; nothing comes later. */
#include "sped/launcher/launcher.h"

#define POOL_MAX 64
#define KEEPERS_MAX 384 /* more than the engine hears at once */

enum { GATE, ENGINE, API, DAEMONS };
static const struct {
	const char *name, *user, *dir;
} daemons[DAEMONS] = { { "sped-gate", "_spe-gate", "gate" }, { "sped-engine", "_spe", "engine" },
	{ "sped-api", "_spe-api", "spool" } };
/* What root keeps: mounts and namespaces; ids and their maps; capability sets given up in
 * children; owners of staging places; files of other owners; ending tasks; reading back their namespaces. */
static const unsigned kept = 1u << CAP_SYS_ADMIN | 1u << CAP_SYS_CHROOT | 1u << CAP_SETUID | 1u << CAP_SETGID | 1u << CAP_SETPCAP |
	1u << CAP_CHOWN | 1u << CAP_DAC_OVERRIDE | 1u << CAP_KILL | 1u << CAP_SYS_PTRACE;

static struct sped {
	struct host host;
	const char *state, *run, *etc, *libexec;
	int pool, socket, gate, etc_dir, signals, taken; /* gate: where keepers reach it; taken: our end of host.sped */
	pid_t daemon[DAEMONS];
	pid_t keeper[KEEPERS_MAX]; /* minus its pid: it has a task */
	bool stopping, wanted; /* wanted: an idle keeper is missing */
	long wait_ms;
	time_t begun;
} s = { .state = SPE_STATEDIR, .run = SPE_RUNDIR, .etc = SPE_SYSCONFDIR, .libexec = SPE_LIBEXECDIR, .pool = 2 };

static int check(const char *what, int r)
{
	return r < 0 ? spe_die("start", "%s: %s", what, strerror(errno)), r : r;
}

static const struct passwd *user(const char *name)
{
	const struct passwd *pw = getpwnam(name);

	if (!pw)
		spe_die("start", "there is no user %s; see sped(8), INSTALLATION", name);
	return pw;
}

static int make_dir(int parent, const char *name, mode_t mode, uid_t uid, gid_t gid)
{
	int fd = check(name, place_dir(parent, name, mode));

	check(name, fchown(fd, uid, gid));
	check(name, uid == 0 ? fchmod(fd, mode) : 0); /* chown took the set-group-id bit */
	return fd;
}

static void become(const char *name, bool namespaces)
{
	const struct passwd *pw = user(name);
	int cap;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		check("bounding set", prctl(PR_CAPBSET_DROP, cap, 0, 0, 0));
	if (namespaces) { /* as root of a user namespace in which this user alone is known */
		check("namespaces", box_user_namespace(pw->pw_uid, pw->pw_gid, 0, CLONE_NEWNS));
		check(name, setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0 ? -1 : 0);
	} else {
		check(name, setgroups(0, NULL));
		check(name, setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid));
		check(name, setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid));
		check("capabilities", keep_capabilities(0));
	}
	check("no_new_privs", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	check("its death with ours", prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0));
}

/* One of our own programs, as another user, in a directory of the state: fds become 3, 4, ..., then that directory. */
static pid_t run(const char *program, int as, const char *dir, const int *fds, int n, bool namespaces)
{
	char *argv[] = { (char *)(uintptr_t)program, NULL }, path[4096];
	char *env[] = { "PATH=/usr/bin:/bin", "LANG=C.UTF-8", WEAK_ENV s.host.no_landlock ? "SPE_NO_LANDLOCK=1" : NULL, NULL };
	pid_t pid = check("fork", fork());
	sigset_t none;
	int i;

	if (pid > 0)
		return pid;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	snprintf(path, sizeof(path), "%s/%s", s.state, dir);
	check(path, chdir(path));
	for (i = 0; i < n; i++)
		check("descriptors", dup2(fds[i], 100 + i));
	check(path, dup2(check(path, place_dir(AT_FDCWD, ".", 0)), 100 + n));
	for (i = 0; i <= n; i++)
		check("descriptors", dup2(100 + i, 3 + i));
	check("descriptors", close_range(3 + (unsigned)n + 1, ~0u, 0));
	become(daemons[as].user, namespaces);
	snprintf(path, sizeof(path), "%s/%s", s.libexec, program);
	execve(path, argv, env);
	check(path, -1);
	_exit(1);
}

static void begin_daemons(void)
{
	int api[2], gate[2], i;

	check("sockets", msg_pair(api) < 0 || msg_pair(gate) < 0 ? -1 : 0);
	const int fds[DAEMONS][4] = { /* 3: who asks it; then whom it asks; each: sped.conf's directory */
		[GATE] = { gate[1], s.gate, s.etc_dir },
		[ENGINE] = { api[1], gate[0], s.host.keepers, s.etc_dir },
		[API] = { api[0], s.socket, s.etc_dir } };
	const int n[DAEMONS] = { 3, 4, 3 };

	s.begun = time(NULL);
	for (i = 0; i < DAEMONS; i++)
		s.daemon[i] = run(daemons[i].name, i, daemons[i].dir, fds[i], n[i], false);
	for (i = 0; i < 2; i++) {
		close(api[i]);
		close(gate[i]);
	}
}

/* One is gone: the others have nobody to talk to. All three read their state from disk. */
static void end_daemons(void)
{
	int i;

	for (i = DAEMONS - 1; i >= 0; i--)
		if (s.daemon[i] > 0) { /* at the end the gate is left to sign a checkpoint, once it hears no engine any more */
			kill(s.daemon[i], s.stopping && i == GATE ? 0 : SIGKILL);
			waitpid(s.daemon[i], NULL, 0);
			s.daemon[i] = 0;
		}
	s.wait_ms = time(NULL) - s.begun > 10 ? 50 : s.wait_ms < 900 ? s.wait_ms * 2 + 50 : 999;
	if (!s.stopping)
		usleep((useconds_t)s.wait_ms * 1000);
}

/* After a moment in which no task began: attaching to cgroups holds up every fork on the host for milliseconds. */
static void fill_pool(void)
{
	int i, idle = 0;

	for (i = 0; i < KEEPERS_MAX; i++)
		idle += s.keeper[i] > 0;
	for (i = 0; i < KEEPERS_MAX && idle < s.pool; i++) {
		if (s.keeper[i] != 0)
			continue;
		s.keeper[i] = fork();
		if (s.keeper[i] == 0) {
			close(s.signals); /* nothing else is open here but what struct host holds */
			close(s.taken);
			close(s.socket);
			close(s.gate);
			close(s.etc_dir);
			keeper_live(&s.host);
		}
		s.keeper[i] = s.keeper[i] < 0 ? 0 : s.keeper[i];
		idle += s.keeper[i] > 0;
	}
	s.wanted = idle < s.pool; /* what could not be forked now may be in a moment */
}

/* A keeper has a task now, or has none any more; or it is dead, and what it left is swept. */
static void hear_keeper(pid_t pid, bool dead)
{
	char name[16];
	int i;

	for (i = 0; i < KEEPERS_MAX; i++)
		if (s.keeper[i] == pid || s.keeper[i] == -pid)
			s.keeper[i] = dead ? 0 : -s.keeper[i];
	s.wanted = true;
	if (!dead)
		return;
	snprintf(name, sizeof(name), "i%d", pid);
	unlinkat(s.host.keepers, name, 0);
	cgroup_remove(&s.host.cg, (uint32_t)pid);
}

static void reap(void)
{
	int i, status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (i = 0; i < DAEMONS && s.daemon[i] != pid; i++)
			;
		if (i == DAEMONS)
			hear_keeper(pid, true);
		if (i == DAEMONS)
			continue;
		spe_log("daemons", "%s ended (%s %d); starting all three again", daemons[i].name,
			WIFEXITED(status) ? "status" : "signal", WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
		s.daemon[i] = 0;
		end_daemons();
		begin_daemons();
	}
}

static void turn(void)
{
	struct pollfd p[] = { { s.signals, POLLIN, 0 }, { s.taken, POLLIN, 0 } };
	struct signalfd_siginfo si;
	int ready = poll(p, COUNT(p), s.wanted ? 30 : -1);
	uint32_t pid;

	if (ready <= 0)
		return fill_pool();
	if (p[1].revents && read(s.taken, &pid, sizeof(pid)) == sizeof(pid))
		hear_keeper((pid_t)pid, false);
	if (p[0].revents && read(s.signals, &si, sizeof(si)) == sizeof(si)) {
		s.stopping = si.ssi_signo != SIGCHLD; /* tasks go on; the next engine finds them */
		if (!s.stopping)
			reap();
	}
}

/* By a descriptor of their directory: sockets are found however long its path is. */
int socket_at(int dir, const char *name, int type, mode_t mode)
{
	auto_close int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	snprintf(a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%d/%s", dir, name);
	if (mode == 0)
		return connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ? -errno : spe_take_fd(&fd);
	unlinkat(dir, name, 0);
	umask(0777 & ~mode);
	check(name, bind(fd, (struct sockaddr *)&a, sizeof(a)));
	check(name, listen(fd, 512));
	umask(0022);
	return spe_take_fd(&fd);
}

static void make_filter(void)
{
	int status = 1;
	pid_t pid;

	s.host.filter = check("memfd", memfd_create("spe-filter", MFD_CLOEXEC | MFD_ALLOW_SEALING));
	pid = run("spe-filter", ENGINE, "engine", (int[]){ s.host.filter, s.etc_dir }, 2, false);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		spe_die("start", "spe-filter did not make the jobs' seccomp program");
	check("seals", fcntl(s.host.filter, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE));
}

/* The program that makes it begins in the runtime's tree, and lives until its mount namespace is held here. */
int root_make(uint32_t runtime)
{
	int ends[2], root = -1, r = msg_pair(ends);
	char path[40] = "engine";
	pid_t pid;

	if (r < 0)
		return r;
	if (runtime)
		snprintf(path, sizeof(path), "runtimes/r%u/root", runtime);
	pid = run("spe-root", ENGINE, path, &ends[1], 1, true);
	close(ends[1]);
	r = write(ends[0], &runtime, sizeof(runtime)) < 0 || read(ends[0], &r, sizeof(r)) != sizeof(r) ? -EIO : r;
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", pid);
	r = r < 0 ? r : ERR(root = open(path, O_RDONLY | O_CLOEXEC));
	close(ends[0]);
	waitpid(pid, NULL, 0);
	return r < 0 ? r : root;
}

static void open_host(void)
{
	auto_close int state = check(s.state, place_dir(AT_FDCWD, s.state, 0)), run_dir = check(s.run, place_dir(AT_FDCWD, s.run, 0));
	char path[4096];
	int i, ends[2];

	check(s.state, fchmod(state, 0711));
	for (i = 0; i < DAEMONS; i++)
		close(make_dir(state, daemons[i].dir, 0700, user(daemons[i].user)->pw_uid, user(daemons[i].user)->pw_gid));
	s.etc_dir = check(s.etc, place_dir(AT_FDCWD, s.etc, 0));
	s.host.holdings = make_dir(state, "holdings", 0700, 0, 0);
	s.host.workspaces = make_dir(state, "workspaces", 0700, 0, 0);
	s.host.runtimes = make_dir(state, "runtimes", 0700, 0, 0);
	s.host.keepers = make_dir(run_dir, "keepers", 02750, 0, user(daemons[ENGINE].user)->pw_gid);
	s.gate = socket_at(s.host.keepers, "gate", SOCK_SEQPACKET | SOCK_NONBLOCK, 0600); /* not for the engine */
	s.socket = socket_at(run_dir, "sped.sock", SOCK_STREAM | SOCK_NONBLOCK, 0666); /* who is calling is asked of the kernel */
	for (i = 0; i <= PROFILE_COUNT; i++) {
		snprintf(path, sizeof(path), "%s/%s", s.libexec, launcher_program[i]);
		s.host.program[i] = check(path, open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW));
	}
	if ((i = cgroup_open(&s.host.cg)) < 0)
		spe_log("start", "cgroup v%d can't limit memory, pids and cpu: %s; every task would be refused", s.host.cg.version, strerror(-i));
	check("descriptors", SCARCE(-i) || msg_pair(ends) < 0 ? -1 : 0); /* what is short now may be there at the next start */
	s.taken = ends[0];
	s.host.sped = ends[1];
}

static void options(int argc, char **argv)
{
	int o;

	while ((o = getopt(argc, argv, "s:r:c:l:p:L")) != -1)
		switch (o) {
		case 's': s.state = optarg; break;
		case 'r': s.run = optarg; break;
		case 'c': s.etc = optarg; break;
		case 'l': s.libexec = optarg; break;
		case 'p': s.pool = atoi(optarg); break;
		case 'L': s.host.no_landlock = true; break;
		default: s.pool = 0;
		}
	if (optind == argc && s.pool >= 1 && s.pool <= POOL_MAX)
		return;
	fputs("usage: sped [-L] [-s STATE] [-r RUN] [-c CONFIG] [-l LIBEXEC] [-p POOL]\n", stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	sigset_t set;

	spe_log_name("sped");
	options(argc, argv);
	umask(0022);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	s.signals = check("signals", signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
	signal(SIGPIPE, SIG_IGN);
	open_host();
	if ((s.host.root = root_make(0)) < 0)
		spe_die("start", "the root that jobs share can't be made: %s", strerror(-s.host.root));
	check("can't keep the capabilities it needs (is this root?)", keep_capabilities(kept));
	make_filter();
	fill_pool();
	begin_daemons();
	spe_log("start", PACKAGE_STRING " serves %s/sped.sock", s.run);
	while (!s.stopping)
		turn();
	end_daemons();
	return 0;
}
