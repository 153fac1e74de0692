/* launcher/box.c - from root to a task's program, as a list of steps.
 * A zygote waits in the task's cgroups and in the root that boxes share; from it come a box's namespaces, which nobody
 * had before and nobody has after, and its first process, before any task is known: it waits for START, so that a job
 * begins without paying for attach and namespaces. They are the host's user namespace's: no capability of the box's own
 * could change them. The network's is the keeper's, for one box after another, since it costs as much as all others: there
 * is no interface in it that is up, nothing of it is a box's to set, and its sockets end with their processes. */
#include "sped/launcher/launcher.h"

#define LOCKED (SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED | \
		SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)
#define SPACES (CLONE_NEWNS | DEFENCE(pidns, CLONE_NEWPID) | DEFENCE(ipcns, CLONE_NEWIPC) | DEFENCE(utsns, CLONE_NEWUTS) | \
		DEFENCE(cgroupns, CLONE_NEWCGROUP))
#define SAFE (DEFENCE(nosuid, MOUNT_ATTR_NOSUID) | DEFENCE(nodev, MOUNT_ATTR_NODEV))
#define NOEXEC DEFENCE(noexec, MOUNT_ATTR_NOEXEC)
#define RDONLY DEFENCE(readonly, MOUNT_ATTR_RDONLY)
#define MS_SAFE (DEFENCE(nosuid, MS_NOSUID) | DEFENCE(nodev, MS_NODEV)) /* the same for mount(2) */
#define INSIDE(b) (WEAK(userns) ? box_uid(&(b)->s) : WEAK(caps) && is_job(b) ? 0 : SPE_UID_INSIDE) /* its uid, as it sees it */

struct box {
	const struct host *h;
	struct msg_start s;
	int chan, task, place, code; /* place: a job's data, a helper's directory */
	int table[SPE_HOLDINGS_MAX];
};

const char *const launcher_program[PROFILE_COUNT + 1] = { "spe-init", "spe-capture", "spe-stage",
	"spe-stage", "spe-check", "spe-stage", "spe-image", "spe-unpack" };

static bool is_job(const struct box *b)
{
	return b->s.profile == PROFILE_JOB;
}

static int note(const struct box *b, uint32_t kind, int32_t value, uint32_t step, int fd)
{
	const struct init_report n = { kind, value, step };

	return msg_send(b->chan, &n, sizeof(n), fd);
}

uid_t box_uid(const struct msg_start *s)
{
	if (s->profile == PROFILE_JOB || s->profile == PROFILE_CAPTURE)
		return SPE_UID_WORKSPACE + s->workspace;
	if (s->profile == PROFILE_CHECK)
		return SPE_UID_HELPER + (s->id & 0xffff);
	if (s->workspace)
		return SPE_UID_STAGE + s->workspace;
	return s->runtime ? SPE_UID_RUNTIME + (s->runtime & 0xffff) : SPE_UID_TABLE + (s->table[0] & 0xffff);
}

static int open_tables(struct box *b)
{
	uint32_t i;

	for (i = 0; b->s.profile == PROFILE_STAGE && i < b->s.tables; i++)
		if ((b->table[i] = place_table(b->h, b->s.table[i])) < 0)
			return b->table[i];
	return 0;
}

/* A second view of what is mounted at a path of ours. */
static int view(const char *at, uint64_t attributes)
{
	struct mount_attr attr = { .attr_set = attributes };
	auto_close int tree = open_tree(AT_FDCWD, at, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return -errno;
	return spe_take_fd(&tree);
}

/* Where this leads is within the box: its root never held the host's. */
static int mount_scratch(const struct box *b, const char *at, uint64_t bytes, unsigned mode, unsigned long flags)
{
	const uid_t id = box_uid(&b->s);
	char options[128];

	snprintf(options, sizeof(options), "size=%llu,nr_inodes=%llu,mode=%o,uid=%u,gid=%u", DEFENCE(tmpfs, (unsigned long long)bytes),
		DEFENCE(tmpfs, (unsigned long long)bytes / 4096 + 1024) /* 0: as many as there is room for */, mode, id, id);
	return ERR(mount("scratch", at, "tmpfs", MS_SAFE | DEFENCE(noexec, flags | (b->s.noexec ? MS_NOEXEC : 0)), options));
}

static int mount_job(struct box *b)
{
	const struct {
		const char *at;
		uint64_t bytes;
		unsigned mode;
		unsigned long flags;
	} scratch[] = { { "/code", SPE_BUNDLE_MAX * 2ull, 0755, 0 }, { "/work", b->s.work_bytes, 0700, 0 },
		{ "/tmp", b->s.work_bytes, 0700, 0 }, { "/dev/shm", b->s.mem_bytes / 2, 0700, MS_NOEXEC },
		{ "/outputs", b->s.out_bytes, 0700, MS_NOEXEC } };
	struct mount_attr ro = { .attr_set = RDONLY }, data = { .attr_set = RDONLY | SAFE | NOEXEC };
	auto_close int outputs = -1, code = -1;
	size_t i;
	int r = 0;

	for (i = 0; is_job(b) && i < COUNT(scratch) && r == 0; i++)
		r = mount_scratch(b, scratch[i].at, scratch[i].bytes, scratch[i].mode, scratch[i].flags);
	if (!is_job(b) || r < 0)
		return r;
	if (mount_setattr(b->place, "", AT_EMPTY_PATH | AT_RECURSIVE, &data, sizeof(data)) < 0 ||
	    move_mount(b->place, "", AT_FDCWD, "/data", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return -errno;
	if ((outputs = view("/outputs", RDONLY)) < 0 || (code = view("/code", 0)) < 0)
		return outputs < 0 ? outputs : code;
	b->code = openat(code, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (b->code < 0 || mount_setattr(AT_FDCWD, "/code", 0, &ro, sizeof(ro)) < 0)
		return -errno;
	return note(b, NOTE_OUTPUTS, 0, 0, outputs);
}

static int mount_proc(struct box *b)
{
	char options[48];

	snprintf(options, sizeof(options), "hidepid=%s%s", WEAK(hidepid) ? "off" : "ptraceable", WEAK(subset) ? "" : ",subset=pid");
	return ERR(mount("proc", "/proc", "proc", MS_SAFE | DEFENCE(noexec, MS_NOEXEC), options));
}

/* A job of another runtime than the host's leaves for that one's namespace, which never held the host's root. */
static int enter_runtime(struct box *b)
{
	auto_close int root = -1;
	struct msg_id m = { 0 };
	int r = is_job(b) && b->s.runtime ? msg_recv(b->chan, &m, sizeof(m), &root) : 0;

	if (r < 0 || !is_job(b) || !b->s.runtime)
		return r;
	return setns(root, CLONE_NEWNS) < 0 || unshare(CLONE_NEWNS) < 0 ? -errno : mount_proc(b);
}

static int name_host(struct box *b)
{
	return DEFENCE(utsns, sethostname("workspace", 9)) < 0 || chdir("/") < 0 ? -errno : 0;
}

/* Made under the user's own uid, which alone is known in it: what the kernel counts per user (pending signals, watches)
 * is charged to that uid, not to root. Capabilities outlast the change of uid, and end at the namespace's border. */
int box_user_namespace(uid_t uid, gid_t gid, unsigned inside, int flags)
{
	char uids[32], gids[32];
	int r;

	snprintf(uids, sizeof(uids), "%u %u 1", inside, uid);
	snprintf(gids, sizeof(gids), "%u %u 1", inside, gid);
	if (setgroups(0, NULL) < 0 || prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) < 0 ||
	    setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0 || unshare(CLONE_NEWUSER | flags) < 0 ||
	    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0 /* the files below are its own then */)
		return -errno;
	r = cgroup_put(AT_FDCWD, "/proc/self/setgroups", "deny");
	if (r == 0)
		r = cgroup_put(AT_FDCWD, "/proc/self/uid_map", uids);
	return r < 0 ? r : cgroup_put(AT_FDCWD, "/proc/self/gid_map", gids);
}

/* And a time namespace, which only here it may set: the clocks of what the program begins say nothing of the host's. */
static int own_user_namespace(struct box *b)
{
	const uid_t id = box_uid(&b->s);
	int r = DEFENCE(userns, box_user_namespace(id, id, INSIDE(b), DEFENCE(timens, CLONE_NEWTIME)));
	struct timespec t;
	char text[80];

	clock_gettime(CLOCK_MONOTONIC, &t);
	snprintf(text, sizeof(text), "monotonic -%lld 0\nboottime -%lld 0\n", (long long)t.tv_sec, (long long)t.tv_sec);
	return r < 0 || WEAK(userns) ? r : DEFENCE(timens, cgroup_put(AT_FDCWD, "/proc/self/timens_offsets", text));
}

static int become_user(struct box *b)
{
	const unsigned id = INSIDE(b);
	int cap = 0;

	while (!WEAK(caps) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
		cap++;
	if (!WEAK(caps) && errno != EINVAL) /* behind the last one that the kernel has */
		return -errno;
	return DEFENCE(caps, prctl(PR_SET_SECUREBITS, LOCKED, 0, 0, 0)) < 0 || setresgid(id, id, id) < 0 || setresuid(id, id, id) < 0 ? -errno : 0;
}

/* The limits that keep something from the host: RLIMIT_CORE 1, not 0, with which a core_pattern pipe still receives the
 * memory; and what fills its disks. The rest a program sets itself (confine_rlimits). */
static int limit_files(struct box *b)
{
	const rlim_t bytes = b->s.out_bytes + (is_job(b) ? b->s.work_bytes + b->s.mem_bytes : 0); /* a job's places have sizes of their own */
	const struct rlimit core = { 1, 1 }, most = { bytes, bytes };

	return DEFENCE(rlimits, setrlimit(RLIMIT_CORE, &core)) < 0 || DEFENCE(rlimits, setrlimit(RLIMIT_FSIZE, &most)) < 0 ? -errno : 0;
}

int keep_capabilities(unsigned set)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { set, set, 0 } };

	return (int)syscall(SYS_capset, &head, data);
}

static int no_capabilities(struct box *b)
{
	struct pollfd keeper = { b->chan, 0, 0 }; /* only its end makes this ready */

	return DEFENCE(caps, keep_capabilities(0)) < 0 || DEFENCE(nnp, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) < 0 ||
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 /* the keeper's death is the task's */ ||
		DEFENCE(dumpable, prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)) < 0 ? -errno : poll(&keeper, 1, 0) != 0 ? -EPIPE : 0;
}

/* Descriptors as spe/ticket.h numbers them; parked high first so that none is stepped on.
 * The program itself is the last one, and closes as it runs. */
static int number_fds(struct box *b)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), n = 0, i;
	int want[TASK_TABLES + SPE_HOLDINGS_MAX + 4] = { null, null, null, b->task,
		is_job(b) ? b->chan : b->place < 0 ? null : b->place };

	n = TASK_PLACE + 1;
	if (is_job(b)) {
		want[n++] = b->h->filter;
		want[n++] = b->code;
		want[n++] = b->h->program[PROFILE_COUNT];
	}
	for (i = 0; i < SPE_HOLDINGS_MAX && b->table[i] >= 0; i++)
		want[n++] = b->table[i];
	b->task = n;
	want[n++] = b->h->program[b->s.profile];
	want[n++] = b->chan;
	for (i = 0; i < n; i++)
		if (null < 0 || (want[i] = fcntl(want[i], F_DUPFD_CLOEXEC, 200)) < 0)
			return -errno;
	for (i = 0; i < n; i++)
		if (dup3(want[i], i, i < n - 2 ? 0 : O_CLOEXEC) < 0)
			return -errno;
	b->chan = n - 1;
	return ERR(close_range((unsigned)n, ~0u, 0));
}

static int run_program(struct box *b)
{
	char *argv[] = { (char *)(uintptr_t)launcher_program[b->s.profile], NULL };
	char *env[] = { "PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", WEAK_ENV
		b->h->no_landlock ? "SPE_NO_LANDLOCK=1" : NULL, NULL };

	if (!is_job(b) && setsid() < 0) /* spe-init begins a job's */
		return -errno;
	return ERR((int)syscall(SYS_execveat, b->task, "", argv, env, AT_EMPTY_PATH));
}

typedef int box_step(struct box *b);
static box_step *const parked[] = { mount_proc, name_host };
static box_step *const begun[] = { enter_runtime, open_tables, mount_job, own_user_namespace, become_user, limit_files,
	no_capabilities, number_fds, run_program };

static void take(struct box *b, box_step *const *steps, size_t n, uint32_t first)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		int r = steps[i](b);

		if (r < 0) {
			note(b, END_SETUP, -r, first + i, -1);
			_exit(1);
		}
	}
}

static void live(struct box *b)
{
	struct msg_id place = { 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	take(b, parked, COUNT(parked), 10);
	if (msg_recv(b->chan, &b->s, sizeof(b->s), &b->task) < 0 || msg_recv(b->chan, &place, sizeof(place), &b->place) < 0)
		_exit(1);
	take(b, begun, COUNT(begun), 12);
}

void box_zygote(const struct host *h, int orders)
{
	struct box b = { .h = h, .chan = -1, .task = -1, .place = -1, .code = -1 };
	int i, r = cgroup_attach(&h->cg, getpid());
	struct msg_id order;
	pid_t pid;

	for (i = 0; i < SPE_HOLDINGS_MAX; i++)
		b.table[i] = -1;
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (r == 0)
		r = setns(h->root, CLONE_NEWNS) < 0 || unshare(DEFENCE(netns, CLONE_NEWNET)) < 0 ? -errno : 0;
	while ((r == 0 || b.chan < 0) && msg_recv(orders, &order, sizeof(order), &b.chan) == 0) { /* never a task outside its limits */
		pid = r < 0 ? -1 : (pid_t)syscall(SYS_clone, CLONE_PARENT | SPACES | SIGCHLD, NULL, NULL, NULL, NULL);
		if (pid == 0)
			live(&b);
		note(&b, pid < 0 ? END_SETUP : NOTE_PID, pid > 0 ? pid : r < 0 ? -r : errno, 1, -1);
		close(b.chan);
	}
	_exit(0);
}
