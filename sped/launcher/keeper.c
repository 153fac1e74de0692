/* launcher/keeper.c - one process for each task at hand. It waits idle with a box in its cgroups, gets one START, holds
 * limits, clock and outputs, tells how the task ended, and runs the capture of the same job. When told to FORGET it
 * waits for the next task, with a box that nobody had and cgroups that remember nothing; or it goes, where they would.
 * It outlives sped and engine: its socket is found again by name. If it is killed its task dies with it and the engine
 * hears the end. */
#include "sped/launcher/launcher.h"

struct keeper {
	struct host h;
	uint32_t seq;              /* our pid */
	int door, conn, sped;      /* listening socket; the present engine; sped, while it lives */
	int gate;                  /* whose task is in hand: it gave the task socket, and hears the end */
	bool asked;                /* it has not given it yet */
	struct box_held {
		int chan, pidfd;
		pid_t pid;         /* of its first process; 0: there is no box */
	} box;
	int orders;                /* to the zygote, which makes boxes */
	pid_t zygote;
	int outputs;               /* read-only mount of the job's /outputs */
	char name[16];             /* of our socket */
	struct msg_start s;        /* the task in hand; id 0: idle */
	struct msg_state state;
	int64_t deadline_ms;
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The end of everything in it. Returns the status of its first process. */
static int drop_box(struct box_held *b)
{
	int status = SIGKILL;

	if (b->pid > 0 && kill(b->pid, SIGKILL) == 0)
		waitpid(b->pid, &status, 0);
	close(b->chan);
	close(b->pidfd);
	*b = (struct box_held){ -1, -1, 0 };
	return status;
}

static int make_zygote(struct keeper *k)
{
	int ends[2], r = cgroup_enter(&k->h.cg, k->seq);

	if (r < 0 || (r = msg_pair(ends)) < 0)
		return r;
	k->zygote = fork();
	if (k->zygote == 0) {
		close(k->door);
		close(k->conn);
		close(k->gate);
		close(k->orders);
		close(k->outputs);
		close(ends[0]);
		box_zygote(&k->h, ends[1]);
	}
	close(k->orders);
	k->orders = ends[0];
	close(ends[1]);
	return ERR(k->zygote);
}

/* A box with nothing in it but its first process, which waits for MSG_START. */
static int park(struct keeper *k)
{
	const struct msg_id order = { MSG_GO, 0 };
	auto_close int fd = -1;
	struct init_report n;
	int ends[2], r = k->zygote > 0 && waitpid(k->zygote, NULL, WNOHANG) == 0 ? 0 : make_zygote(k);

	if (r < 0 || (r = msg_pair(ends)) < 0)
		return r;
	r = msg_send(k->orders, &order, sizeof(order), ends[1]);
	close(ends[1]);
	if (r == 0)
		r = msg_recv(ends[0], &n, sizeof(n), &fd);
	k->box.chan = ends[0];
	if (r == 0 && n.end == NOTE_PID) {
		k->box.pid = n.value;
		k->box.pidfd = (int)syscall(SYS_pidfd_open, n.value, 0);
		return 0;
	}
	drop_box(&k->box);
	return r < 0 ? r : -n.value;
}

static void finish(struct keeper *k, uint32_t end, int32_t value, uint32_t step)
{
	int r = place_end(&k->h, &k->s, end == END_EXIT && value == 0);

	cgroup_read(&k->h.cg, &k->state.limits, &k->state.mem_peak_bytes);
	k->state.end = r < 0 ? END_SETUP : end;
	k->state.value = r < 0 ? -r : value;
	k->state.step = r < 0 ? 30 : step;
	k->deadline_ms = 0;
	if (end == END_SETUP) /* it may have heard half of what it was to do */
		drop_box(&k->box);
	msg_send(k->gate, &k->state, sizeof(k->state), -1); /* first: the engine asks it at once what the task wrote */
	close(k->gate);
	k->gate = -1;
	msg_send(k->conn, &k->state, sizeof(k->state), -1); /* lost: the next engine asks */
}

static bool running(const struct keeper *k)
{
	return k->s.id != 0 && k->state.end == END_RUNNING;
}

/* What spe-init tells last: all else in its pid namespace is gone. The engine does not wait for the namespaces to go. */
static void hear_box(struct keeper *k)
{
	struct init_report n;
	auto_close int fd = -1;

	if (msg_recv(k->box.chan, &n, sizeof(n), &fd) < 0) {
		close(k->box.chan);
		k->box.chan = -1;
	} else if (n.end == NOTE_OUTPUTS && k->outputs < 0 && fd >= 0) {
		k->outputs = spe_take_fd(&fd);
	} else if (n.end > END_RUNNING && n.end < END_COUNT && running(k)) {
		finish(k, n.end, n.value, n.step);
		drop_box(&k->box);
	}
}

/* The box's first process has ended, and with it everything in its pid namespace. */
static void hear_end(struct keeper *k)
{
	int status = drop_box(&k->box);

	if (running(k) && WIFEXITED(status) && k->s.profile != PROFILE_JOB)
		finish(k, END_EXIT, WEXITSTATUS(status), 0);
	else if (running(k)) /* killed before it could say anything: by a limit or from outside */
		finish(k, k->state.limits || k->s.profile != PROFILE_JOB ? END_SIGNAL : END_LOST,
			WIFSIGNALED(status) ? WTERMSIG(status) : SIGKILL, 0);
}

static void stop(struct keeper *k, uint32_t limit)
{
	if (!running(k))
		return;
	k->state.limits |= limit;
	k->deadline_ms = 0;
	if (k->asked) /* nothing has begun */
		return finish(k, END_SIGNAL, SIGKILL, 0);
	kill(k->box.pid, SIGKILL); /* the end of its pid namespace; and of all that ever was in its group, the zygote too */
	if (cgroup_kill(&k->h.cg) == 0 && waitpid(k->zygote, NULL, 0) > 0)
		k->zygote = 0;
}

static int begin(struct keeper *k, int task)
{
	const struct msg_id place = { MSG_GO, k->s.id };
	auto_close int fd = -1, root = -1;
	int r = k->s.profile == PROFILE_CAPTURE && k->outputs < 0 ? -ENODATA : cgroup_limit(&k->h.cg, &k->s);

	if (r == 0 && k->box.pid == 0)
		r = park(k);
	if (r == 0)
		r = place_make(&k->h, &k->s, box_uid(&k->s), &fd);
	if (r == 0 && k->s.profile == PROFILE_JOB)
		r = (fd = place_data(&k->h, &k->s)) < 0 ? fd : k->s.runtime == 0 ? 0 : (root = root_make(k->s.runtime)) < 0 ? root : 0;
	if (r == 0 && k->s.profile == PROFILE_CAPTURE)
		fd = openat(k->outputs, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r == 0 && (r = msg_send(k->box.chan, &k->s, sizeof(k->s), task)) == 0)
		r = msg_send(k->box.chan, &place, sizeof(place), fd);
	return r < 0 || root < 0 ? r : msg_send(k->box.chan, &place, sizeof(place), root);
}

/* A socket's name is how others find us; a bound socket may be renamed. sped counts who is idle. */
static void be_called(struct keeper *k, char kind, uint32_t number)
{
	char name[sizeof(k->name)];

	snprintf(name, sizeof(name), kind == 't' ? "%c%08x" : "%c%u", kind, number);
	if (renameat(k->h.keepers, k->name, k->h.keepers, name) < 0 ||
	    (k->door >= 0 && k->sped >= 0 && write(k->sped, &k->seq, sizeof(k->seq)) < 0))
		spe_log("keeper", "socket %s: %s", name, strerror(errno));
	snprintf(k->name, sizeof(k->name), "%s", name);
}

/* The gate's answer: a task socket, passed on unread; or an end, where it did not make such a task. */
static void hear_gate(struct keeper *k)
{
	auto_close int task = -1;
	struct msg_id m;
	int r = msg_recv(k->gate, &m, sizeof(m), &task);

	k->asked = r < 0;
	if (r < 0 || (r = begin(k, task)) < 0)
		finish(k, END_SETUP, -r, k->asked ? STEP_GATE : 20);
}

/* What a job is to do comes with START. All else was made by the gate, which is shown START as it came. */
static void start(struct keeper *k, const struct msg_start *s, int task)
{
	int r;

	if (k->s.id == 0)
		be_called(k, 't', s->id);
	k->s = *s;
	k->asked = s->profile != PROFILE_JOB;
	k->state = (struct msg_state){ .type = MSG_STATE, .id = s->id, .profile = s->profile, .version = KEEPER_VERSION,
		.start_bytes = sizeof(*s) };
	k->deadline_ms = now_ms() + (int64_t)s->time_s * 1000;
	if (!k->asked)
		r = begin(k, task);
	else if ((r = k->gate = socket_at(k->h.keepers, "gate", SOCK_SEQPACKET | SOCK_NONBLOCK, 0)) >= 0)
		r = msg_send(k->gate, s, sizeof(*s), -1);
	if (r < 0)
		finish(k, END_SETUP, -r, k->asked ? STEP_GATE : 20);
}

/* True: as idle as when it was new. */
static bool forget(struct keeper *k)
{
	if (running(k) || k->sped < 0)
		return false;
	close(k->outputs); /* and with it, what of the job is still in memory */
	close(k->conn);
	k->outputs = k->conn = -1;
	if (cgroup_forget(&k->h.cg) < 0 || (k->box.pid == 0 && park(k) < 0))
		return false;
	k->s = (struct msg_start){ 0 };
	be_called(k, 'i', k->seq);
	return true;
}

/* The seccomp program as the kernel has it; the process is held for a moment, which it does not notice. */
static int look_filter(pid_t pid)
{
	auto_close int fd = memfd_create("filter", MFD_CLOEXEC);
	struct sock_filter filter[BPF_MAXINSNS];
	siginfo_t stopped = { 0 };
	long n, i;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0 || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
		return -1;
	for (i = 0; i < 10000 && stopped.si_pid == 0 && waitid(P_PID, (id_t)pid, &stopped, WSTOPPED | WEXITED | WNOHANG | WNOWAIT) == 0; i++)
		usleep(200); /* the host may be busy; but not for ever: it may be frozen */
	n = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, NULL, filter);
	if (ptrace(PTRACE_DETACH, pid, NULL, NULL) < 0) /* only what has stopped can be let go: it would stop later, and for ever */
		kill(pid, SIGKILL);
	return n <= 0 || write(fd, filter, (size_t)n * sizeof(filter[0])) < 0 ? -1 : spe_take_fd(&fd);
}

/* Read back from the kernel; the box's first process is not what a job could change. */
static int look(const struct keeper *k, uint32_t what)
{
	static const char *const files[LOOK_PROFILES] = { "", "status", "mountinfo", "limits", "cgroup", "ns/user", "ns/mnt", "ns/pid",
		"ns/net", "ns/ipc", "ns/uts", "ns/cgroup", "ns/time_for_children" };
	char path[48];

	if (what >= LOOK_LIMIT)
		return cgroup_look(&k->h.cg, what - LOOK_LIMIT);
	if (what >= LOOK_PROFILES)
		return !running(k) ? -1 : what == LOOK_FILTER ? look_filter(k->box.pid) : fcntl(k->h.filter, F_DUPFD_CLOEXEC, 3);
	snprintf(path, sizeof(path), "/proc/%d/%s", k->box.pid, files[what]);
	return running(k) && what ? open(path, O_RDONLY | O_CLOEXEC) : -1;
}

static bool may_start(const struct keeper *k, const struct msg_start *m, bool task)
{
	bool here = m->profile == PROFILE_CAPTURE ?
		k->s.id == m->id && k->s.workspace == m->workspace && k->s.profile <= PROFILE_CAPTURE && !running(k) : k->s.id == 0;
	bool runtime = m->profile == PROFILE_IMAGE || (m->profile == PROFILE_WIPE && m->runtime);
	bool table = m->profile == PROFILE_INTAKE || (m->profile == PROFILE_WIPE && m->workspace == 0 && !runtime);

	return here && m->id != 0 && m->profile < PROFILE_COUNT && task == (m->profile == PROFILE_JOB) && m->workspace <= 65535 &&
	       m->time_s > 0 && m->time_s <= SPE_TIME_MAX && m->mem_bytes >= SPE_MEM_MIN &&
	       m->mem_bytes <= SPE_MEM_MAX && m->pids > 0 && m->cpu_milli >= 10 && m->cpu_milli <= 1024000 &&
	       m->tables <= SPE_HOLDINGS_MAX && (!table || (m->tables == 1 && m->workspace == 0)) &&
	       (m->runtime == 0 || m->profile == PROFILE_JOB || (runtime && m->workspace == 0 && m->tables == 0)) && (m->runtime || m->profile != PROFILE_IMAGE) &&
	       (table || runtime || m->workspace != 0 || m->profile == PROFILE_CHECK || (m->profile == PROFILE_STAGE && m->tables > 0));
}

/* The verbs. False: this keeper is no longer wanted. */
static bool hear_engine(struct keeper *k)
{
	union {
		struct msg_start start;
		struct msg_stat stat;
		struct msg_id id;
		struct msg_state state; /* no to what is not understood */
	} m = { .id = { 0 } };
	auto_close int fd = -1;
	size_t len = 0;
	int r = msg_recv_any(k->conn, &m, sizeof(m), &len, &fd);

	if (r < 0) {
		close(k->conn);
		k->conn = -1;
	} else if (len == sizeof(m.start) && m.start.type == MSG_START && may_start(k, &m.start, fd >= 0)) {
		start(k, &m.start, fd);
	} else if (len == sizeof(m.id) && m.id.type == MSG_KILL && m.id.id == k->s.id && k->s.id) {
		stop(k, LIMIT_KILLED);
	} else if (len == sizeof(m.id) && m.id.type == MSG_FORGET && m.id.id == k->s.id && k->s.id) {
		return forget(k);
	} else if (len == sizeof(m.stat) && m.stat.type == MSG_STAT) {
		fd = look(k, m.stat.look);
		msg_send(k->conn, &k->state, sizeof(k->state), fd);
	} else {
		m.state = (struct msg_state){ .type = MSG_STATE, .id = m.id.id, .end = END_SETUP, .value = EINVAL };
		msg_send(k->conn, &m.state, sizeof(m.state), -1);
	}
	return true;
}

static bool turn(struct keeper *k)
{
	int parked = running(k) || k->box.pid ? 0 : park(k);
	struct pollfd p[] = { { k->door, POLLIN, 0 }, { k->conn, POLLIN, 0 }, { k->box.pidfd, POLLIN, 0 },
		{ running(k) ? k->box.chan : -1, POLLIN, 0 }, { k->sped, 0, 0 },
		{ running(k) && (k->asked || !(k->state.limits & LIMIT_KILLED)) ? k->gate : -1, POLLIN, 0 } };
	int64_t left = k->deadline_ms ? k->deadline_ms - now_ms() : 1000000;

	if (parked < 0)
		spe_log("keeper", "no box is ready: %s; the next task makes its own", strerror(-parked));
	if (left <= 0)
		stop(k, LIMIT_TIME);
	if (poll(p, COUNT(p), left <= 0 || left > 1000000 ? 1000000 : (int)left) < 0)
		return errno == EINTR;
	if (p[3].revents) /* looked at after the pidfd: what it said before it ended is heard before its end */
		hear_box(k);
	else if (p[2].revents)
		hear_end(k);
	else if (p[5].revents && k->asked)
		hear_gate(k);
	else if (p[5].revents) /* the gate is gone, and with it who would take what comes of this: no key outlives it here */
		stop(k, LIMIT_KILLED);
	if (p[4].revents) { /* sped is gone: an idle keeper is of the old program */
		k->sped = -1;
		if (k->s.id == 0)
			return false;
	}
	if (p[1].revents)
		return hear_engine(k);
	if (p[0].revents) {
		close(k->conn);
		k->conn = accept4(k->door, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); /* who does not read stops no clock */
	}
	return true;
}

void keeper_live(const struct host *h)
{
	struct keeper k = { .h = *h, .seq = (uint32_t)getpid(), .conn = -1, .box = { -1, -1, 0 }, .orders = -1,
		.outputs = -1, .sped = h->sped, .door = -1, .gate = -1 };
	sigset_t set;
	int r;

	sigemptyset(&set); /* jobs begin with none blocked */
	sigprocmask(SIG_SETMASK, &set, NULL);
	prctl(PR_SET_NAME, "sped-keeper", 0, 0, 0);
	setsid();
	cgroup_remove(&h->cg, k.seq); /* of one that was killed and had our number */
	park(&k);
	snprintf(k.name, sizeof(k.name), "n%u", k.seq); /* a name under which nobody looks for it before it listens */
	r = socket_at(h->keepers, k.name, SOCK_SEQPACKET, 0660);
	be_called(&k, 'i', k.seq);
	k.door = r;
	while (turn(&k))
		;
	unlinkat(h->keepers, k.name, 0);
	stop(&k, LIMIT_KILLED);
	drop_box(&k.box);
	if (k.zygote > 0)
		kill(k.zygote, SIGKILL);
	while (waitpid(-1, &r, 0) > 0 || errno == EINTR)
		;
	cgroup_remove(&h->cg, k.seq);
	_exit(0);
}
