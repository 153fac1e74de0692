/* engine/attest.c - what the kernel says of running jobs, read back through their keepers and held against what was
 * asked for: one line for each letter of Regulation (EU) 2025/327, Article 73(1). Every job is read soon after
 * it began and again and again; one that is not as it should be is stopped, and the journal says why.
 * What is read is of a job's first process: what it has, all in the box inherit, and nothing in it can loosen.
 *
 * Every defence of a job, who puts it up, and how it is read back:
 *   uid of its own, no other group        box.c          status
 *   no capability, bounding set empty     box.c          status
 *   secure bits locked                    box.c          not: the kernel shows them to nobody else
 *   no new privileges                     box.c          status
 *   namespaces: user mnt pid net ipc uts  box.c          ns/
 *   cgroup time
 *   root that never held the host's,      init/root.c,   mountinfo
 *   read-only, nosuid, nodev; /data and   box.c
 *   /outputs noexec; no /sys; /proc of
 *   its own processes; five devices
 *   limits: memory, swap, processes,      cgroup.c       the group's files, and cgroup: that it is in them
 *   processors, disk reads
 *   limits of a process: cores, files,    box.c, init/   limits
 *   locked memory, queues, ranks, size
 *   wall clock time                       keeper.c       not: the keeper's own clock
 *   seccomp filter of the profile         init/setup.c   the filter itself, byte for byte
 *   memory written or executed            init/setup.c   in the filter where that holds it; else not: as secure bits
 *   Landlock: paths, TCP, signals,        init/setup.c   not: as secure bits
 *   abstract sockets
 *   session keyring of its own            init/setup.c   not: the filter forbids to ask for keys at all
 *   no inherited descriptor, no terminal  init/setup.c   not: of each process, see t/0310-inside.t
 * What can't be read back is put up by spe-init before anything of the job runs, which goes no further where one fails. */
#include <errno.h>
#include <stdio.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/log.h"
#include "spe/weak.h"
#include "sped/base/hex.h"
#include "sped/engine/engine.h"

#define LOOK_BYTES 32768 /* a box has some thirty mounts */
#define FIRST_MS 200     /* after START: the box is closed within milliseconds */
#define AGAIN_MS 10000
#define CLOSING_MS 120000 /* until then a job may still be unpacking its code, and has no filter yet because it does not run */
#define SPARE_PIDS 2     /* of every job: its first process, and the zygote */

static const struct {
	const char *name;
	enum look look;
} spaces[] = { { "user", LOOK_USER }, { "mnt", LOOK_MNT }, { "pid", LOOK_PID }, { "net", LOOK_NET }, { "ipc", LOOK_IPC },
	{ "uts", LOOK_UTS }, { "cgroup", LOOK_CGROUP_NS }, { "time_for_children", LOOK_TIME } };
#define SPACES (sizeof(spaces) / sizeof(spaces[0]))
static ino_t host[SPACES];

enum letter { LETTER_A, LETTER_B, LETTER_C, LETTER_D, LETTER_E, LETTER_F, LETTERS };
static const char *const articles[LETTERS] = { "73(1)(a) authorised persons", "73(1)(b) no unauthorised reading or copying",
	"73(1)(c) no change of the data", "73(1)(d) the permit's data alone", "73(1)(e) logs", "73(1)(f) monitored measures" };

struct reading {
	struct engine *e;
	struct task *t; /* not to be touched once gone: it is freed then */
	struct msg_start start; /* and what else the checks ask of it, as it was at first */
	bool adopted;
	pid_t keeper;
	bool gone;    /* the job ended while it was read */
	bool unread;  /* its keeper did not answer: nothing can be said */
	bool closing; /* its first process has no filter yet, or can't be stopped to read it */
	bool bad[LETTERS];
	char text[LETTERS][1000];
	char profile[PROFILE_NAME_ROOM];
	char file[LOOK_BYTES];
};

void attest_look(void)
{
	char path[40];
	struct stat st;
	size_t i;

	for (i = 0; i < SPACES; i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", spaces[i].name);
		host[i] = stat(path, &st) == 0 ? st.st_ino : 0;
	}
}

static void say(struct reading *r, enum letter l, bool good, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
static void say(struct reading *r, enum letter l, bool good, const char *fmt, ...)
{
	size_t at = strlen(r->text[l]);
	va_list ap;

	r->bad[l] |= !good;
	at += (size_t)snprintf(r->text[l] + at, sizeof(r->text[l]) - at, "%s%s", at ? "; " : "", good ? "" : "NOT: ");
	if (at >= sizeof(r->text[l]))
		return;
	va_start(ap, fmt);
	vsnprintf(r->text[l] + at, sizeof(r->text[l]) - at, fmt, ap);
	va_end(ap);
}

static int look_at(struct reading *r, uint32_t look)
{
	int fd = r->gone || r->unread ? -1 : tasks_look(r->e, r->t, look, &r->gone);

	r->unread |= fd == -ETIMEDOUT;
	return fd;
}

/* A file of the kernel as text; "" where it can't be read, which no check takes for good. */
static const char *read_look(struct reading *r, uint32_t look)
{
	auto_close int fd = look_at(r, look);
	size_t at = 0;
	ssize_t n = 0;

	while (fd >= 0 && at < sizeof(r->file) - 1 && (n = read(fd, r->file + at, sizeof(r->file) - 1 - at)) > 0)
		at += (size_t)n;
	r->file[fd < 0 || n < 0 ? 0 : at] = '\0';
	return r->file;
}

/* The number after "KEY:" in a status file; all ones where there is none. */
static unsigned long long number_of(const char *text, const char *key, int base)
{
	const char *at = strstr(text, key);

	return at ? strtoull(at + strlen(key), NULL, base) : ~0ull;
}

/* Real, effective, saved and of the file system. */
static bool one_id(const char *text, const char *key)
{
	const char *at = strstr(text, key);
	unsigned long id[4] = { 0 };
	char *end;
	int i;

	if (!at)
		return false;
	for (i = 0, end = (char *)(uintptr_t)at + strlen(key); i < 4; i++)
		id[i] = strtoul(end, &end, 10);
	return id[0] == id[1] && id[0] == id[2] && id[0] == id[3];
}

/* What is ending has no memory any more, and then no namespaces, before its keeper hears of it: all else in its pid namespace has to go
 * first. Returns its status. */
static const char *read_end(struct reading *r)
{
	const char *text = read_look(r, LOOK_STATUS);

	r->gone |= *text && !strstr(text, "\nVmSize:");
	return text;
}

static void read_status(struct reading *r)
{
	static const char *const caps[] = { "\nCapInh:", "\nCapPrm:", "\nCapEff:", "\nCapBnd:", "\nCapAmb:" };
	const char *text = read_end(r);
	unsigned long long uid = number_of(text, "\nUid:", 10), want = SPE_UID_WORKSPACE + r->start.workspace;
	unsigned long long mode = number_of(text, "\nSeccomp:", 10), filters = number_of(text, "\nSeccomp_filters:", 10);
	bool none = true;
	size_t i;

	/* D: as by vfork it waits for the command to be in its own memory, which on a busy host takes seconds. Who traces it then can't
	 * let it go again. */
	r->closing = mode == 0 || strstr(text, "\nState:\tD");
	for (i = 0; i < sizeof(caps) / sizeof(caps[0]); i++)
		none &= number_of(text, caps[i], 16) == 0;
	say(r, LETTER_A, uid == want && one_id(text, "\nUid:") && one_id(text, "\nGid:"), "uid %lld, the workspace's alone", (long long)uid);
	say(r, LETTER_A, strstr(text, "\nGroups:\t\n") || strstr(text, "\nGroups:\t \n"), "no other group");
	say(r, LETTER_B, mode == 2 && filters != ~0ull && filters > 0, "seccomp mode %lld with %lld filters", (long long)mode,
		(long long)filters);
	say(r, LETTER_B, none, "no capability, none in the bounding set");
	say(r, LETTER_B, number_of(text, "\nNoNewPrivs:", 10) == 1, "no new privileges");
}

static void read_spaces(struct reading *r)
{
	char missing[80] = "";
	size_t i;

	for (i = 0; i < SPACES && !r->gone; i++) {
		auto_close int fd = look_at(r, spaces[i].look);
		struct stat st;

		if (fd < 0 || fstat(fd, &st) < 0 || host[i] == 0 || st.st_ino == host[i])
			snprintf(missing + strlen(missing), sizeof(missing) - strlen(missing), " %s", spaces[i].name);
	}
	say(r, LETTER_B, *missing == '\0', "namespaces of its own: user, mount, pid, net, ipc, uts, cgroup, time%s%s", *missing ? "; lacking" : "",
		missing);
}

static bool among(const char *const *list, const char *word)
{
	while (*list && strcmp(*list, word) != 0)
		list++;
	return *list;
}

static bool has_option(const char *options, const char *word)
{
	size_t n = strlen(word);

	for (; *options; options += strcspn(options, ",") + (options[strcspn(options, ",")] == ','))
		if (strncmp(options, word, n) == 0 && (options[n] == ',' || options[n] == '\0'))
			return true;
	return false;
}

struct mounts {
	unsigned count, writable;
	bool data, root, odd;
	char what[120]; /* the first odd one */
};

static bool ends_in(const char *text, const char *end)
{
	size_t have = strlen(text), want = strlen(end);

	return have >= want && strcmp(text + have - want, end) == 0;
}

/* One line of mountinfo (proc_pid_mountinfo(5)): id parent dev root point options... - type source ... */
static void read_mount(struct mounts *m, char *line, const char *data, const char *root)
{
	static const char *const scratch[] = { "/work", "/tmp", "/dev/shm", "/outputs", NULL };
	static const char *const types[] = { "sysfs", "cgroup", "cgroup2", "debugfs", "tracefs", "securityfs", "bpf", "devpts", NULL };
	char *word[6], *save = NULL, *type = strstr(line, " - ");
	bool good;
	size_t i, n = 0;

	if (type) {
		*type = '\0';
		type += 3;
		type[strcspn(type, " ")] = '\0';
	}
	for (i = 0; i < 6 && (word[i] = strtok_r(i ? NULL : line, " ", &save)); i++)
		n++;
	if (!type || n < 6) {
		m->odd = true;
		return;
	}
	m->count++;
	m->writable += has_option(word[5], "rw");
	good = has_option(word[5], "nosuid") && !among(types, type) &&
		(has_option(word[5], "nodev") || strncmp(word[4], "/dev/", 5) == 0) &&
		(has_option(word[5], "ro") || among(scratch, word[4]) || strcmp(type, "proc") == 0);
	if (strcmp(word[4], "/data") == 0)
		m->data = ends_in(word[3], data) && has_option(word[5], "ro");
	if (strcmp(word[4], "/") == 0)
		m->root = ends_in(word[3], root) && has_option(word[5], "ro");
	if (!good && !m->odd)
		snprintf(m->what, sizeof(m->what), "%.60s (%.20s) is %.30s", word[4], type, word[5]);
	m->odd |= !good;
}

static void read_mounts(struct reading *r)
{
	struct mounts m = { 0 };
	char data[40], root[40] = "/", id[SPE_ID_TEXT], *line, *save = NULL;
	auto_json json_t *runtime = NULL;

	spe_id_text(id, r->start.id);
	runtime = db_row(r->e, "SELECT digest FROM job_runtime WHERE job=?", "s", id);
	snprintf(data, sizeof(data), "/%u/data-%u", r->start.workspace, r->start.version);
	if (r->start.runtime)
		snprintf(root, sizeof(root), "/runtimes/r%u/root", r->start.runtime);
	read_look(r, LOOK_MOUNTS);
	for (line = strtok_r(r->file, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		read_mount(&m, line, data, root);
	say(r, LETTER_C, m.count > 0 && !m.odd, "%u mounts, read-only but for %u of scratch, outputs and /proc%s%s", m.count, m.writable,
		m.odd ? "; " : "", m.what);
	say(r, LETTER_C, m.root, "the root is runtime %s, read-only", runtime ? json_str(runtime, "digest") : "host");
	say(r, LETTER_D, m.data, "/data is version %u of this workspace's data, read-only", r->start.version);
}

/* --- the filter --------------------------------------------------------------------------------- */

/* The slot that spe-filter made for the profile; the keeper holds the sealed file with which the job was begun. */
static bool find_slot(struct reading *r, int fd, struct profile_slot *ret, char filter[PROFILE_FILTER_MAX])
{
	off_t at;

	for (at = 0; pread(fd, ret, sizeof(*ret), at) == (ssize_t)sizeof(*ret); at += PROFILE_SLOT)
		if (strncmp(ret->name, r->profile, sizeof(ret->name)) == 0)
			return ret->filter_bytes <= PROFILE_FILTER_MAX &&
				pread(fd, filter, ret->filter_bytes, at + PROFILE_HEAD) == (ssize_t)ret->filter_bytes;
	return false;
}

static void read_filter(struct reading *r)
{
	static const char *const held[] = { "may be written and executed", "is written or executed (PR_SET_MDWE; not to be read back)",
		"is written or executed, by the filter" };
	static char want[PROFILE_FILTER_MAX], got[PROFILE_FILTER_MAX + 8];
	auto_close int made = look_at(r, LOOK_PROFILES), has = look_at(r, LOOK_FILTER);
	struct profile_slot slot = { .name = "" };
	char digest[SHA256_TEXT] = "";
	ssize_t n = has < 0 ? -1 : pread(has, got, sizeof(got), 0);

	if (r->closing || r->gone || r->unread)
		return;
	say(r, LETTER_B, made >= 0 && find_slot(r, made, &slot, want), "profile %s", r->profile);
	if (n < 0) {
		say(r, LETTER_B, true, "its filter can't be read back on this host (spe-cli doctor)");
		return;
	}
	sha256_text(got, (size_t)n, digest);
	say(r, LETTER_B, (size_t)n == slot.filter_bytes && memcmp(got, want, (size_t)n) == 0,
		"its filter is the one made of it when sped started, %zd instructions, sha256 %.16s", n / 8, digest);
	say(r, LETTER_B, slot.memory < 3, "memory %s", held[slot.memory % 3]);
}

/* --- limits ------------------------------------------------------------------------------------- */

/* The launcher's table of limits, row by row; only those of this host's version answer, and of these some may lack. */
enum amount { MEMORY, SWAP, PROCESSES, PROCESSORS, AMOUNTS, NOTHING = AMOUNTS };
static const enum amount rows[] = { MEMORY, SWAP, PROCESSES, PROCESSORS, NOTHING, MEMORY, MEMORY, PROCESSES, PROCESSORS };
enum { LIMIT_SWAP_1 = 6, LIMIT_QUOTA_1 = 8, LIMIT_IO_2, LIMIT_IO_1, LIMIT_PERIOD_1 }; /* from LIMIT_IO_2 on: the rows after these */

static unsigned long long wanted(const struct msg_start *s, enum amount a)
{
	const unsigned long long v[AMOUNTS] = { [MEMORY] = s->mem_bytes, [SWAP] = 0, [PROCESSES] = s->pids + SPARE_PIDS,
		[PROCESSORS] = s->cpu_milli * 100ull };

	return v[a];
}

/* Microseconds in 100 ms: the kernel lengthens quota and period on a host that is slow. In version 1 they are two files, and it may
 * do so between the readings. A keeper that does not know the period is of an older sped. */
static unsigned long long share_1(struct reading *r, unsigned long long quota)
{
	unsigned long long again = quota, period;

	do {
		quota = again;
		period = strtoull(read_look(r, LOOK_LIMIT + LIMIT_PERIOD_1), NULL, 10);
		again = strtoull(read_look(r, LOOK_LIMIT + LIMIT_QUOTA_1), NULL, 10);
	} while (again != quota);
	return quota * 100000 / (period ? period : 100000);
}

static void read_limits(struct reading *r)
{
	const struct msg_start *s = &r->start;
	bool good[AMOUNTS] = { false }, bad[AMOUNTS] = { false };
	uint32_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]) && !r->gone; i++) {
		const char *text = rows[i] == NOTHING ? "" : read_look(r, LOOK_LIMIT + i);
		unsigned long long v, want;
		char *end;

		if (!*text)
			continue;
		v = strtoull(text, &end, 10); /* "max" is no number */
		want = wanted(s, rows[i]);
		if (rows[i] == PROCESSORS && *end == ' ') /* and of which period: see share_1 */
			v = v * 100000 / (strtoull(end, NULL, 10) ? strtoull(end, NULL, 10) : 1);
		if (i == LIMIT_QUOTA_1)
			v = share_1(r, v);
		if (end > text && v <= want && v + (rows[i] == MEMORY ? 65536 : 1) > want) /* memory is in whole pages */
			good[rows[i]] = true;
		else
			bad[rows[i]] = true;
		if (i == LIMIT_SWAP_1) /* of memory and swap together no more than of memory */
			good[SWAP] = !bad[MEMORY];
	}
	say(r, LETTER_F, good[MEMORY] && !bad[MEMORY] && !bad[SWAP], "memory limit of %llu bytes%s", (unsigned long long)s->mem_bytes,
		good[SWAP] ? ", and no swap" : "; of swap the kernel keeps no account");
	say(r, LETTER_F, good[PROCESSES] && !bad[PROCESSES], "limit of %u processes", s->pids);
	say(r, LETTER_F, good[PROCESSORS] && !bad[PROCESSORS], "limit of %u thousandths of a processor", s->cpu_milli);
}

/* "MAJOR:MINOR rbps=N ..." in version 2, "MAJOR:MINOR N" in version 1. */
static void read_disk(struct reading *r)
{
	const struct msg_start *s = &r->start;
	bool good = false;
	char want[64];
	int v;

	if (s->disk_bps == 0 || r->adopted) /* sped.conf may have been another when it began */
		return;
	for (v = 2; v > 0 && !good; v--) {
		int n = snprintf(want, sizeof(want), "%u:%u %s%llu", s->disk[0], s->disk[1], v == 2 ? "rbps=" : "", (unsigned long long)s->disk_bps);
		const char *text = read_look(r, LOOK_LIMIT + (v == 2 ? LIMIT_IO_2 : LIMIT_IO_1));

		good = strncmp(text, want, (size_t)n) == 0 && strchr(" \n", text[n]);
	}
	say(r, LETTER_F, good, "at most %llu bytes a second read of disk %u:%u", (unsigned long long)s->disk_bps, s->disk[0], s->disk[1]);
}

/* A limit holds for what is in its group: the keeper's, in each hierarchy that limits. */
static void read_groups(struct reading *r)
{
	char *text = (char *)(uintptr_t)read_look(r, LOOK_CGROUP), *line, *save = NULL, group[24];
	unsigned in = 0, out = 0;

	snprintf(group, sizeof(group), "/spe/k%d", r->keeper);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *names = strchr(line, ':'), *path = names ? strchr(names + 1, ':') : NULL;

		if (!path)
			continue;
		*path++ = '\0';
		if (strlen(path) >= strlen(group) && strcmp(path + strlen(path) - strlen(group), group) == 0)
			in++; /* the host may have put us beneath a group of its own */
		else if (has_option(names + 1, "memory") || has_option(names + 1, "pids") || has_option(names + 1, "cpu"))
			out++;
	}
	say(r, LETTER_F, in > 0 && out == 0, "in its limits' groups");
}

static void read_rlimits(struct reading *r)
{
	const struct {
		const char *name;
		unsigned long long most;
	} limits[] = { { "\nMax core file size", 1 }, { "\nMax open files", 4096 }, { "\nMax locked memory", 65536 },
		{ "\nMax msgqueue size", 0 }, { "\nMax nice priority", 0 }, { "\nMax realtime priority", 0 },
		{ "\nMax pending signals", 4096 }, { "\nMax file size", r->adopted ? SPE_OUT_MAX + SPE_WORK_MAX + SPE_MEM_MAX : r->start.out_bytes + r->start.work_bytes + r->start.mem_bytes } };
	const char *text = read_look(r, LOOK_RLIMITS);
	char odd[60] = "";
	size_t i;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]) && !*odd; i++) {
		const char *at = strstr(text, limits[i].name);
		unsigned long long v = number_of(text, limits[i].name, 10);

		if (at && at[strlen(limits[i].name) + strspn(at + strlen(limits[i].name), " ")] == 'u')
			v = ~0ull; /* unlimited */
		if (v > limits[i].most || (i == 0 && v != 1 /* with 0 a helper would get its memory */)) /* all ones where there is no such line */
			snprintf(odd, sizeof(odd), ": %s", limits[i].name + 1);
	}
	say(r, LETTER_B, *odd == '\0', "no core dump, and limits on files, locked memory, queues and ranks%s", odd);
}

static bool reading_good(const struct reading *r)
{
	int l;

	for (l = 0; l < LETTERS; l++)
		if (r->bad[l])
			return false;
	return true;
}

/* NULL: out of memory, no answer, or the job ended meanwhile. */
static struct reading *read_job(struct engine *e, struct task *t)
{
	struct reading *r = calloc(1, sizeof(*r));
	auto_json json_t *job = NULL;
	char id[SPE_ID_TEXT];
	struct ucred keeper = { 0 };
	socklen_t len = sizeof(keeper);

	if (!r)
		return NULL;
	spe_id_text(id, t->ref);
	job = db_row(e, "SELECT profile FROM job WHERE id=?", "s", id);
	snprintf(r->profile, sizeof(r->profile), "%s", json_str(job, "profile"));
	r->e = e;
	r->t = t;
	r->start = t->start;
	r->adopted = t->adopted;
	getsockopt(t->conn, SOL_SOCKET, SO_PEERCRED, &keeper, &len);
	r->keeper = keeper.pid;
	read_status(r);
	if (!r->closing) /* or its first steps would be traced, in which it can't be stopped */
		read_filter(r);
	read_spaces(r);
	read_mounts(r);
	read_rlimits(r);
	read_limits(r);
	read_disk(r);
	read_groups(r);
	read_end(r); /* that it ended meanwhile is no drift */
	if (!r->gone && !r->unread)
		return r;
	free(r);
	return NULL;
}

static json_t *reading_json(const struct reading *r, const char *job, const char *ws)
{
	json_t *list = json_array();
	int l;

	for (l = 0; l < LETTERS; l++)
		json_array_append_new(list, json_pack("{ssssssssss}", "job", job, "workspace", ws, "article", articles[l], "verdict",
			r->bad[l] ? "fail" : "ok", "evidence", r->text[l]));
	return list;
}

/* --- asked for ------------------------------------------------------------------------------- */

static struct task *next_job(struct engine *e, uint32_t after_ref, bool any)
{
	struct task *t, *best = NULL;

	for (t = e->tasks; t; t = t->next)
		if (t->kind == TASK_JOB && t->conn >= 0 && !t->again_ms && !t->doomed && (any || t->ref > after_ref) && (!best || t->ref < best->ref))
			best = t;
	return best;
}

int attest_show(struct engine *e, struct call *c, json_t **ret)
{
	json_t *items = json_array();
	char id[SPE_ID_TEXT];
	struct task *t = next_job(e, 0, true);
	uint32_t ref;
	bool seen = false;

	for (; t; t = next_job(e, ref, false)) { /* a reading may end jobs: go on by number */
		auto_free struct reading *r = NULL;
		auto_json json_t *w = NULL, *lines = NULL;

		ref = t->ref;
		spe_id_text(id, ref);
		if (c->parts > 1 && strcmp(c->part[1], id) != 0)
			continue;
		seen = true;
		w = db_row(e, "SELECT workspace FROM job WHERE id=?", "s", id);
		r = read_job(e, t);
		if (!r)
			continue;
		if (t->version != KEEPER_VERSION)
			say(r, LETTER_F, true, "begun by another version of sped: where it differs that is why, and it is not stopped");
		say(r, LETTER_A, true, "started for one of the persons in the permit, whom the kernel named on the socket");
		say(r, LETTER_E, true, "its start, this reading and its end are records of the journal, kept for 365 days at least");
		say(r, LETTER_F, true, "read anew every %d s, and stopped where it differs", AGAIN_MS / 1000);
		lines = reading_json(r, id, json_str(w, "workspace"));
		json_array_extend(items, lines);
	}
	if (c->parts > 1 && !seen) {
		json_decref(items);
		return spe_fail(&c->err, SPE_E_NOT_FOUND, "job %s is not running; spe-cli job list shows which are", c->part[1]);
	}
	*ret = json_pack("{so}", "items", items);
	return 200;
}

/* --- unasked ----------------------------------------------------------------------------------- */

static void drift(struct engine *e, struct task *t, const struct reading *r)
{
	char id[SPE_ID_TEXT];
	auto_json json_t *job = NULL;
	int l = 0;

	while (!r->bad[l])
		l++;
	spe_id_text(id, t->ref);
	job = db_row(e, "SELECT workspace FROM job WHERE id=?", "s", id);
	spe_log("attest", "job %s is stopped: %s", id, r->text[l]);
	gate_journal(e, gate_record(NULL, 0, "job.drift", json_str(job, "workspace"), 0, json_pack("{ssssss}", "job", id, "article", articles[l], "evidence",
		r->text[l])));
	t->drifted = true;
	tasks_kill(e, TASK_JOB, t->ref);
}

void attest_clock(struct engine *e)
{
	struct task *t;

	for (t = e->tasks; t; t = t->next) {
		auto_free struct reading *r = NULL;

		if (t->kind != TASK_JOB || t->again_ms || t->doomed || t->conn < 0 || t->version != KEEPER_VERSION || (t->read_ms && now_ms() < t->read_ms))
			continue;
		if (t->read_ms == 0) {
			t->seen_ms = now_ms();
			t->read_ms = t->seen_ms + FIRST_MS;
			continue;
		}
		t->read_ms = now_ms() + AGAIN_MS;
		r = read_job(e, t);
		if (r && r->closing && now_ms() - t->seen_ms < CLOSING_MS)
			t->read_ms = now_ms() + FIRST_MS;
		else if (r && DEFENCE(attest, !reading_good(r)))
			drift(e, t, r);
		return; /* one at a time: the list may have changed */
	}
}
