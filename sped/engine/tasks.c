/* engine/tasks.c - keepers: finding idle ones, starting tasks, hearing how they end, and after a
 * restart finding again those that hold jobs. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/log.h"
#include "spe/ticket.h"
#include "spe/verdict.h"
#include "sped/engine/engine.h"

/* A job's box is made while its record is written. What that may cost is the job's time, which passes meanwhile: a twentieth of a
 * minute or more, and where records have taken a second its box waits for them as others do. */
#define AHEAD_SHARE 20
#define AHEAD_TIME_S 60
#define AHEAD_RECORD_MS 1000

/* Of the gate's places for tasks (GATE_TASKS_MAX) fewer than half: for one that is new it forgets the oldest that no keeper has. */
#define MANY_WAIT 100

/* The same of those that are held back: of one person's, and of all. */
#define HELD_WAIT 64 /* the tables of one holding */
#define HELD_MANY 128

/* name is relative: the keepers' directory is our working directory. */
static int reach(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	auto_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0 || snprintf(a.sun_path, sizeof(a.sun_path), "%s", name) >= (int)sizeof(a.sun_path) ||
	    connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		return -1;
	return spe_take_fd(&fd);
}

static void drop(int *fd)
{
	auto_close int gone = spe_take_fd(fd);
}

/* As its keeper knows it, which may be of another version: what one of the two does not know is at the end. */
static int send_start(const struct task *t, int socket)
{
	char as_known[4096] = { 0 };

	if (t->start_bytes > sizeof(as_known))
		return -EMSGSIZE;
	memcpy(as_known, &t->start, t->start_bytes < sizeof(t->start) ? t->start_bytes : sizeof(t->start));
	return msg_send(t->conn, as_known, t->start_bytes, socket);
}

/* A STATE of any version: what it lacks is 0. */
static int recv_state(int conn, struct msg_state *ret, int *ret_fd)
{
	char told[1024];
	size_t len;
	int r = msg_recv_any(conn, told, sizeof(told), &len, ret_fd);

	if (r == 0 && len < KEEPER_STATE_0) {
		drop(ret_fd);
		r = -EBADMSG;
	}
	if (r < 0)
		return r;
	*ret = (struct msg_state){ 0 };
	memcpy(ret, told, len < sizeof(*ret) ? len : sizeof(*ret));
	return 0;
}

static DIR *list(void)
{
	int fd = openat(FD_KEEPERS, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d)
		spe_die("keepers", "can't list them: %s", strerror(errno));
	return d;
}

/* A keeper is called i... until it has read its START, and again once it has read FORGET: one that has a task of ours is
 * not given another. */
static bool given(const struct engine *e, const char *name)
{
	const struct task *t;

	for (t = e->tasks; t && (t->conn < 0 || strcmp(t->keeper, name) != 0); t = t->next)
		;
	return t;
}

static int idle(const struct engine *e, char ret_name[16])
{
	DIR *d = list();
	const struct dirent *entry;
	int fd = -1;

	while (fd < 0 && (entry = readdir(d))) {
		if (entry->d_name[0] != 'i' || given(e, entry->d_name))
			continue;
		fd = reach(entry->d_name);
		if (fd >= 0)
			snprintf(ret_name, 16, "%.15s", entry->d_name);
	}
	closedir(d);
	return fd;
}

static struct task *add(struct engine *e, enum task_kind kind, uint32_t ref, int index)
{
	struct task *t = calloc(1, sizeof(*t)), **end = &e->tasks;

	if (!t)
		spe_die("tasks", "out of memory");
	*t = (struct task){ .kind = kind, .ref = ref, .index = index, .socket = -1, .conn = -1, .bundle = -1, .tells = -1,
		.version = KEEPER_VERSION, .start_bytes = sizeof(struct msg_start) };
	while (*end)
		end = &(*end)->next;
	*end = t;
	return t;
}

struct task *tasks_add(struct engine *e, enum task_kind kind, const struct msg_start *start, int socket, uint32_t ref, int index)
{
	struct task *t = add(e, kind, ref, index);

	t->start = *start;
	t->socket = socket;
	return t;
}

/* What START will say, for the gate to hold the keeper's word against. */
static json_t *begin_of(const struct msg_start *m)
{
	json_t *begin = json_object(), *tables = m->tables ? json_array() : NULL;
	uint32_t i;

	for (i = 0; i < m->tables; i++)
		json_array_append_new(tables, json_integer(m->table[i]));
	if (tables)
		json_object_set_new(begin, "tables", tables);
	if (m->workspace)
		json_object_set_new(begin, "workspace", json_integer(m->workspace));
	if (m->version)
		json_object_set_new(begin, "version", json_integer(m->version));
	if (m->runtime)
		json_object_set_new(begin, "runtime", json_integer(m->runtime));
	return begin;
}

struct task *tasks_make(struct engine *e, enum task_kind kind, const struct msg_start *start, enum gate_op op, json_t *req, int upload,
	uint32_t ref, int index, struct spe_error *err)
{
	char id[SPE_ID_TEXT];
	int r;

	spe_id_text(id, start->id);
	json_object_set_new(req, "task", json_string(id));
	if (start->profile != PROFILE_CHECK)
		json_object_set_new(req, "begin", begin_of(start));
	r = upload >= 0 ? gate_intake(e, op, req, upload, err) : gate_ask(e, op, req, NULL, NULL, err);
	return r < 0 ? NULL : tasks_add(e, kind, start, -1, ref, index);
}

void tasks_add_job(struct engine *e, const struct msg_start *start, uint32_t ref, int tries, char *ticket, size_t len, int bundle)
{
	struct task *t;
	int ends[2];

	if (msg_pair(ends) < 0)
		spe_die("jobs", "job %08x can't be started: %s", ref, strerror(errno));
	t = tasks_add(e, TASK_JOB, start, ends[1], ref, 0);
	t->tries = tries;
	t->tells = ends[0];
	t->ticket = ticket;
	t->ticket_len = len;
	t->bundle = bundle;
}

static void drop_ticket(struct task *t)
{
	free(t->ticket);
	t->ticket = NULL;
	drop(&t->bundle);
	drop(&t->tells);
}

/* The job begins, unless its box waited too long: its time has been passing since START. */
static void tell(struct task *t)
{
	const bool late = now_ms() - t->begun_ms > (int64_t)t->start.time_s * 1000 / AHEAD_SHARE;

	t->untold = late || msg_send(t->tells, t->ticket, t->ticket_len, t->bundle) < 0;
	drop_ticket(t); /* without it the box ends */
}

/* Whether the keeper of a job's last try is not done with forgetting it: two may not have one name. */
static bool is_remembered(const struct task *t)
{
	char name[16];
	auto_close int fd = -1;

	snprintf(name, sizeof(name), "t%08x", t->start.id);
	fd = t->tries > 0 && t->kind == TASK_JOB ? reach(name) : -1;
	return fd >= 0;
}

/* False: no keeper is idle. True without a connection: it has to wait. */
static bool begin(struct engine *e, struct task *t)
{
	if (is_remembered(t))
		return true;
	t->conn = idle(e, t->keeper);
	if (t->conn < 0)
		return false;
	if (send_start(t, t->socket) < 0) {
		drop(&t->conn);
		return true;
	}
	t->begun_ms = now_ms();
	drop(&t->socket);
	return true;
}

/* ---- what is held back ---- */

/* These read whole tables or images, for hours where they are large or slow, and with as much memory as several jobs: of each kind as
 * many are begun at once as jobs, so that the gate's places are never all taken by them. */
static bool is_long(enum task_kind kind)
{
	return kind == TASK_STAGE || kind == TASK_INTAKE || kind == TASK_IMAGE || kind == TASK_VERIFY;
}

unsigned tasks_long_most(const struct engine *e)
{
	return e->conf.slots > 2 ? (unsigned)e->conf.slots : 2;
}

/* of: NULL for anybody's. */
static unsigned begun(const struct engine *e, enum task_kind kind, const int64_t *of)
{
	const struct task *t;
	unsigned n = 0;

	for (t = e->tasks; t; t = t->next)
		n += t->conn >= 0 && t->kind == kind && (!of || t->of == *of);
	return n;
}

/* Who brings many tables waits for them alone: who has fewest under way comes first. One that is to end ends as soon as it has begun. */
static bool held_back(const struct engine *e, const struct task *t)
{
	const struct task *o;
	unsigned mine;

	if (t->conn >= 0 || t->doomed || !is_long(t->kind))
		return false;
	if (begun(e, t->kind, NULL) >= tasks_long_most(e))
		return true;
	mine = begun(e, t->kind, &t->of);
	for (o = e->tasks; o && mine > 0; o = o->next)
		if (o->conn < 0 && o->kind == t->kind && o->of != t->of && begun(e, o->kind, &o->of) < mine)
			return true;
	return false;
}

int tasks_long_check(const struct engine *e, int64_t of, struct spe_error *err)
{
	const struct task *t;
	unsigned mine = 0, all = 0;

	for (t = e->tasks; t; t = t->next)
		if (t->conn < 0 && is_long(t->kind)) {
			all++;
			mine += t->of == of;
		}
	if (mine < HELD_WAIT && all < HELD_MANY)
		return 0;
	spe_fail(err, SPE_E_BUSY, "%d files%s wait to be read by this host, which is as many as may", mine < HELD_WAIT ? HELD_MANY : HELD_WAIT,
		mine < HELD_WAIT ? "" : " of yours");
	spe_remedy(err, "try: again when some are done");
	return -SPE_E_BUSY;
}

/* What waits longer is not overtaken, but by what is not held back. The clock of a short job is not left running while a disk is slow. */
void tasks_start_ahead(struct engine *e)
{
	struct task *t;

	for (t = e->tasks; t; t = t->next) {
		if (t->conn >= 0 || held_back(e, t))
			continue;
		if (!t->ticket || t->doomed || t->start.time_s < AHEAD_TIME_S || e->record_ms > AHEAD_RECORD_MS || !begin(e, t))
			return;
	}
}

void tasks_start(struct engine *e)
{
	struct task *t;

	gate_commit(e, false);
	for (t = e->tasks; t; t = t->next)
		if (t->ticket && t->conn >= 0)
			tell(t);
	for (t = e->tasks; t; t = t->next) {
		if (t->conn >= 0 || held_back(e, t))
			continue;
		gate_commit(e, false);
		if (!begin(e, t))
			return;
		if (t->conn >= 0 && t->doomed)
			tasks_kill(e, t->kind, t->ref);
		if (t->conn >= 0 && t->ticket)
			tell(t);
	}
}

bool tasks_untold(const struct task *t, const struct msg_state *s)
{
	if (s->limits & LIMIT_KILLED)
		return false;
	return (s->end == END_SETUP && s->step == INIT_TICKET && s->value == EPIPE) || (t->untold && (s->limits & LIMIT_TIME));
}

bool tasks_waiting(const struct engine *e)
{
	const struct task *t;

	for (t = e->tasks; t; t = t->next)
		if (t->conn < 0 && !held_back(e, t))
			return true;
	return false;
}

bool tasks_many(const struct engine *e)
{
	const struct task *t;
	unsigned waiting = 0;

	for (t = e->tasks; t; t = t->next)
		waiting += t->conn < 0 && t->kind != TASK_JOB && !is_long(t->kind);
	return waiting >= MANY_WAIT;
}

struct task *tasks_find(struct engine *e, enum task_kind kind, uint32_t ref)
{
	struct task *t;

	for (t = e->tasks; t && (t->kind != kind || t->ref != ref); t = t->next)
		;
	return t;
}

json_t *tasks_progress(struct engine *e, enum task_kind kind, uint32_t ref, bool all)
{
	const struct task *t = tasks_find(e, kind, ref);
	auto_json json_t *said = NULL;
	char task[SPE_ID_TEXT];
	struct spe_error err;
	json_int_t bytes, of, ms;
	json_t *told;

	if (!t || t->conn < 0)
		return NULL;
	spe_id_text(task, t->start.id);
	if (gate_ask(e, GATE_PROGRESS, json_pack("{ss}", "task", task), &said, NULL, &err) < 0)
		return NULL;
	bytes = json_int(said, "bytes");
	of = json_int(said, "of");
	ms = json_int(said, "ms");
	if (bytes <= 0 || bytes > of)
		return NULL;
	told = json_pack("{sI}", "percent", (json_int_t)((double)bytes * 100 / (double)of));
	json_object_set_new(told, "left", ms < 1000 ? json_null() : json_integer((json_int_t)((double)ms * (double)(of - bytes) / (double)bytes / 1000)));
	if (all)
		json_object_update_new(told, json_pack("{sOsIsIsI}", "rows", json_object_get(said, "rows"), "bytes", bytes, "of", of, "elapsed", ms / 1000));
	return told;
}

bool tasks_kill(struct engine *e, enum task_kind kind, uint32_t ref)
{
	struct task *t = tasks_find(e, kind, ref);
	const struct msg_id m = { MSG_KILL, t ? t->start.id : 0 };

	if (t)
		t->doomed = true; /* it may have no keeper yet */
	gate_commit(e, false);
	return t && (t->conn < 0 || msg_send(t->conn, &m, sizeof(m), -1) == 0);
}

int tasks_capture(struct engine *e, struct task *t, struct spe_error *err)
{
	char job[SPE_ID_TEXT];
	auto_json json_t *j = NULL;
	int64_t out;

	spe_id_text(job, t->ref);
	j = db_row(e, "SELECT out FROM job WHERE id=?", "s", job);
	out = jobs_out_of(e, j);
	t->start = task_helper(e, PROFILE_CAPTURE, t->start.workspace, 0);
	t->start.id = t->ref;
	t->start.out_bytes = (uint64_t)out + (16u << 20); /* names and heads come on top of the outputs, which still fill memory */
	t->start.mem_bytes += t->start.out_bytes;
	t->start.time_s += (uint32_t)(t->start.out_bytes >> 23); /* 8 MiB a second: a slow disk beside other work */
	t->kind = TASK_CAPTURE;
	if (gate_ask(e, GATE_CAPTURE, json_pack("{sssisIso}", "job", job, "max_files", SPE_OUTPUTS_MAX, "max_bytes",
		    (json_int_t)out, "begin", begin_of(&t->start)), NULL, NULL, err) < 0)
		return -(int)err->code;
	gate_commit(e, true);
	if (send_start(t, -1) < 0)
		spe_log("keepers", "job %s: its keeper does not hear", job);
	return 0;
}

void tasks_forget(struct engine *e, struct task *t)
{
	const struct msg_id m = { MSG_FORGET, t->start.id };
	struct task **at = &e->tasks;

	while (*at && *at != t)
		at = &(*at)->next;
	if (*at)
		*at = t->next;
	if (t->conn >= 0) {
		gate_commit(e, true);
		msg_send(t->conn, &m, sizeof(m), -1);
		close(t->conn);
	}
	spe_close_fd(&t->socket);
	drop_ticket(t);
	free(t);
}

static void ended(struct engine *e, struct task *t, const struct msg_state *said)
{
	bool wipe = t->kind == TASK_WIPE || t->kind == TASK_DROP || t->kind == TASK_IMAGE_DROP;
	const struct msg_state gone = { .type = MSG_STATE, .id = said->id, .profile = said->profile, .end = END_EXIT };
	/* nothing is there: it is wiped */
	const struct msg_state *s = wipe && said->end == END_SETUP && said->value == ESTALE ? &gone : said;

	e->changed = true;
	switch (t->kind) {
	case TASK_JOB:
	case TASK_CAPTURE:
		jobs_ended(e, t, s);
		return; /* its keeper is needed on */
	case TASK_STAGE:
	case TASK_WIPE:
		workspaces_ended(e, t, s);
		break;
	case TASK_INTAKE:
	case TASK_DROP:
		holdings_ended(e, t, s);
		break;
	case TASK_VERIFY:
		holdings_verified(e, t, s);
		break;
	case TASK_IMAGE:
	case TASK_IMAGE_DROP:
		runtimes_ended(e, t, s);
		break;
	case TASK_CHECK:
		exports_ended(e, t, s);
		break;
	case TASK_REPLAY:
		exports_replayed(e, t, s);
		break;
	case TASK_JOB_CHECK:
		jobs_checked(e, t, s);
		break;
	}
	tasks_forget(e, t);
}

/* A job's keeper that was asked while it was busy answers later, also when the job's end was told: that is not its capture's. What a
 * keeper does not understand it answers with version 0. */
static bool late(struct task *t, const struct msg_state *s)
{
	const bool is = t->owed > 0 && (s->end == END_RUNNING ||
		(s->profile == PROFILE_JOB && s->version > 0 && (t->kind == TASK_CAPTURE || t->again_ms)));

	t->owed -= is;
	return is;
}

void tasks_hear(struct engine *e, struct task *t)
{
	struct msg_state s;
	int fd = -1, r = recv_state(t->conn, &s, &fd);

	if (fd >= 0)
		close(fd);
	if (r < 0)
		s = (struct msg_state){ .type = MSG_STATE, .id = t->start.id, .profile = t->start.profile, .end = END_LOST };
	else if (t->adopted) { /* it may not have answered when it was */
		t->version = s.version;
		t->start_bytes = s.start_bytes ? s.start_bytes : KEEPER_START_0;
	}
	if ((r < 0 || !late(t, &s)) && s.end != END_RUNNING)
		ended(e, t, &s);
}

int tasks_look(struct engine *e, struct task *t, uint32_t look, bool *gone)
{
	const struct msg_stat ask = { MSG_STAT, t->start.id, look };
	struct pollfd p = { t->conn, POLLIN, 0 };
	struct msg_state s;
	int fd = -1;

	while (poll(&p, 1, 0) == 1 && recv_state(t->conn, &s, &fd) == 0) { /* an answer that came late */
		spe_close_fd(&fd);
		if (late(t, &s) || s.end == END_RUNNING)
			continue;
		*gone = true;
		ended(e, t, &s);
		return -1;
	}
	if (t->owed > 0 || msg_send(t->conn, &ask, sizeof(ask), -1) < 0)
		return -ETIMEDOUT;
	t->owed++;
	if (poll(&p, 1, 2000) != 1 || recv_state(t->conn, &s, &fd) < 0)
		return -ETIMEDOUT;
	if (s.end == END_RUNNING) {
		t->owed--;
		return fd;
	}
	spe_close_fd(&fd);
	if (poll(&p, 1, 2000) == 1 && recv_state(t->conn, &(struct msg_state){ 0 }, &fd) == 0) {
		spe_close_fd(&fd); /* that it ended came first, unasked; this was the answer */
		t->owed--;
	}
	*gone = true;
	ended(e, t, &s);
	return -1;
}

/* A keeper whose work can't be used any more: told to go, and waited for. */
static void dismiss(int conn, uint32_t id)
{
	const struct msg_id m = { MSG_FORGET, id };
	struct pollfd p = { conn, POLLIN, 0 };
	struct msg_state s;
	int fd = -1;

	msg_send(conn, &m, sizeof(m), -1);
	while (poll(&p, 1, 10000) == 1 && recv_state(conn, &s, &fd) == 0)
		;
	close(conn);
}

static void adopt(struct engine *e, int conn, uint32_t id, const char *text)
{
	const struct msg_stat ask = { MSG_STAT, id, LOOK_NONE };
	const struct msg_id end = { MSG_KILL, id };
	auto_json json_t *j = db_row(e, "SELECT j.mem, j.cpu, j.time, j.pids, j.out, j.data_version, j.cancelled, w.number, (SELECT "
		"number FROM job_runtime WHERE job=j.id) AS runtime_number FROM job j JOIN workspace w ON w.name=j.workspace WHERE j.id=?", "s", text);
	struct pollfd p = { conn, POLLIN, 0 };
	struct msg_state s;
	struct task *t;
	int fd = -1;
	bool silent;

	if (msg_send(conn, &ask, sizeof(ask), -1) < 0 || (!(silent = poll(&p, 1, 10000) == 0) && recv_state(conn, &s, &fd) < 0)) {
		close(conn);
		return;
	}
	if (silent) /* it is there, and busy: what it will say is heard as any other end */
		s = (struct msg_state){ .profile = PROFILE_JOB, .end = END_RUNNING, .version = KEEPER_ASKS_GATE, .start_bytes = sizeof(struct msg_start) };
	if (s.version < KEEPER_ASKS_GATE) { /* with it goes the job, which is then lost and begun again */
		spe_log("keepers", "job %s was begun before sped was upgraded: its outputs can't be captured any more, and it is run again", text);
		dismiss(conn, id);
		return;
	}
	t = add(e, s.profile == PROFILE_CAPTURE ? TASK_CAPTURE : TASK_JOB, id, 0);
	t->conn = conn;
	t->start = jobs_start_of(e, j, id);
	t->adopted = true;
	t->owed = silent;
	t->version = s.version;
	t->start_bytes = s.start_bytes ? s.start_bytes : KEEPER_START_0;
	spe_log("keepers", "job %s is taken over%s", text, t->version == KEEPER_VERSION ? "" : " from a sped of another version");
	if (s.end != END_RUNNING)
		ended(e, t, &s);
	else if (s.profile == PROFILE_CAPTURE) /* what it writes to is gone with the last gate */
		msg_send(conn, &end, sizeof(end), -1);
	else if (json_int(j, "cancelled")) /* it may not have been told before that engine ended */
		tasks_kill(e, TASK_JOB, id);
}

void tasks_reclaim(struct engine *e)
{
	DIR *d = list();
	const struct dirent *entry;
	uint32_t id;

	while ((entry = readdir(d))) {
		int conn = entry->d_name[0] == 't' && spe_id_parse(entry->d_name + 1, &id) ? reach(entry->d_name) : -1;

		if (conn < 0)
			continue;
		if (db_number(e, "SELECT count(*) FROM job WHERE id=? AND state IN ('running','ended')", "s", entry->d_name + 1))
			adopt(e, conn, id, entry->d_name + 1);
		else
			dismiss(conn, id);
	}
	closedir(d);
}

struct msg_start task_helper(struct engine *e, enum msg_profile profile, uint32_t workspace, uint32_t version)
{
	static const struct {
		uint64_t mem_mib, out_bytes;
		uint32_t time_s;
	} fits[PROFILE_COUNT] = { [PROFILE_CAPTURE] = { 256, 0, 600 },
		[PROFILE_STAGE] = { (SPE_PERSONS_MAX >> 20) + 512, 1ull << 42, 6 * 3600 }, [PROFILE_INTAKE] = { 512, 1ull << 42, 6 * 3600 },
		[PROFILE_CHECK] = { CHECK_MEM_BYTES >> 20, VERDICT_BYTES_MAX, CHECK_SECONDS },
		[PROFILE_WIPE] = { 128, 1u << 20, 3600 }, [PROFILE_IMAGE] = { 1024, 1ull << 42, 2 * 3600 } };
	struct msg_start m = { .type = MSG_START, .id = db_new_id(e), .profile = profile, .workspace = workspace,
		.version = version, .time_s = fits[profile].time_s, .pids = 64, .cpu_milli = 2000,
		.mem_bytes = fits[profile].mem_mib << 20, .out_bytes = fits[profile].out_bytes,
		.disk = { e->conf.disk[0], e->conf.disk[1] }, .disk_bps = UINT64_MAX }; /* what its keeper's last job had is lifted */

	return m;
}

const char *tasks_why(const struct msg_state *s)
{
	if (s->limits & LIMIT_TIME)
		return "the process that reads the data took longer than its time limit";
	if (s->limits & LIMIT_MEMORY)
		return "the process that reads the data needed more memory than it may have";
	if (s->end == END_SETUP && s->value == ENOTSUP)
		return "no process may begin, because this host can't limit it; spe-cli doctor says what is missing";
	if (s->end == END_SETUP && s->step == STEP_GATE)
		return "the gate gave the process that reads the data nothing to do: sped was started again, or asked for what is refused; the "
		       "journal says which (ticket.refused)";
	if (s->end == END_SETUP)
		return "the process that reads the data could not be begun; the operator's log says why";
	return "the process that reads the data did not end well; try again, and tell the operator if it stays so";
}
