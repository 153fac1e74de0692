/* engine/jobs.c - jobs: submitted, queued, run, captured. What a job's end means is put into
 * words here; of its exit status and output only what policy shows reaches the researcher. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/log.h"
#include "spe/ticket.h"
#include "sped/base/buf.h"
#include "sped/engine/engine.h"

#define TRIES_MAX 3
#define COMMAND_MAX 32768u /* as JSON: it is in the journal's record */
#define BUNDLES_MAX 200 /* of one person */
#define RECORDS_AT_ONCE 500
#define PAUSE_MS 60000         /* where the host lacks something */
#define ROOM_MIN (32u << 20) /* bytes of the disk below which nothing of a job is taken */
#define FILES_MIN (2 * SPE_OUTPUTS_MAX) /* files of the disk, the same: what a job leaves, and what is written beside it */

/* A life is a table: what is not here does not happen. */
enum job_state { JOB_QUEUED, JOB_RUNNING, JOB_ENDED, JOB_CAPTURED, JOB_GONE, JOB_STATES };
#define TO(state) (1u << (state))
static const char *const names[JOB_STATES] = { "queued", "running", "ended", "captured", "gone" };
static const unsigned may_become[JOB_STATES] = {
	[JOB_QUEUED] = TO(JOB_RUNNING) | TO(JOB_GONE),
	[JOB_RUNNING] = TO(JOB_ENDED) | TO(JOB_QUEUED), /* its keeper was killed: once more */
	[JOB_ENDED] = TO(JOB_CAPTURED) | TO(JOB_QUEUED),
};

static void become(struct engine *e, const char *id, enum job_state to)
{
	auto_json json_t *row = db_row(e, "SELECT state FROM job WHERE id=?", "s", id);
	unsigned from = 0;

	while (from < JOB_STATES && strcmp(names[from], json_str(row, "state")) != 0)
		from++;
	if (from == JOB_STATES || !(may_become[from] & TO(to)))
		spe_die("jobs", "job %s can't go from %s to %s", id, json_str(row, "state"), names[to]);
	db_exec(e, "UPDATE job SET state=? WHERE id=?", "ss", names[to], id);
	e->changed = true;
}

static int bundles_dir(void)
{
	int fd;

	if (mkdirat(FD_STATE, "bundles", 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = io_openat(FD_STATE, "bundles", O_RDONLY | O_DIRECTORY, 0);
	return fd;
}

static int64_t copy(int from, int to)
{
	char piece[65536];
	int64_t at = 0;
	ssize_t n;

	while ((n = pread(from, piece, sizeof(piece), at)) > 0) {
		if (at + n > SPE_BUNDLE_MAX)
			return -EFBIG;
		if (io_write_all(to, piece, (size_t)n) < 0)
			return -errno;
		at += n;
	}
	return n < 0 ? -errno : fsync(to) < 0 ? -errno : at;
}

/* Bundles go when no job of theirs is waiting or running any more, or after an hour unused. */
static void sweep_bundles(struct engine *e)
{
	auto_json json_t *old = db_items(e, "SELECT id FROM bundle b WHERE NOT EXISTS (SELECT 1 FROM job WHERE bundle=b.id AND state IN "
					    "('queued','running','ended')) AND (EXISTS (SELECT 1 FROM job WHERE bundle=b.id) OR "
					    "made<strftime('%Y-%m-%dT%H:%M:%SZ','now','-1 hour'))", "");
	auto_close int dir = bundles_dir();
	json_t *b;
	size_t i;

	if (json_array_size(json_object_get(old, "items")) == 0)
		return;
	json_array_foreach(json_object_get(old, "items"), i, b)
		db_exec(e, "DELETE FROM bundle WHERE id=?", "s", json_str(b, "id"));
	gate_commit(e, false); /* a file without a row goes at the next start; a row without a file would be there for jobs to name */
	json_array_foreach(json_object_get(old, "items"), i, b)
		unlinkat(dir, json_str(b, "id"), 0);
}

/* Files whose rows went, or never came to be. */
static void bundles_resume(struct engine *e)
{
	DIR *d = fdopendir(bundles_dir());
	const struct dirent *entry;

	while (d && (entry = readdir(d)))
		if (entry->d_name[0] != '.' && !db_number(e, "SELECT count(*) FROM bundle WHERE id=?", "s", entry->d_name))
			unlinkat(dirfd(d), entry->d_name, 0);
	if (d)
		closedir(d);
}

/* Of a part of files as of bytes; a file system that makes them as it goes has none to count. */
static bool files_are_few(const struct statvfs *v, bool for_more)
{
	const uint64_t twentieth = (uint64_t)v->f_files / 20;

	return v->f_files > 0 && v->f_favail < (!for_more && twentieth > FILES_MIN ? FILES_MIN : twentieth);
}

/* What is put aside for people to make room with is not to go into what waits for that room; a twentieth of the disk is kept for
 * what is under way, and of a large disk as much as the outputs of one job: one that began when sped.conf gave more has more. */
bool disk_is_full(struct engine *e, bool for_more)
{
	const int64_t largest = db_number(e, "SELECT max(out) FROM job WHERE state IN ('running','ended')", "");
	const uint64_t job = ROOM_MIN + (uint64_t)(largest > e->conf.out_bytes ? largest : e->conf.out_bytes);
	struct statvfs v;
	uint64_t twentieth;

	if (fstatvfs(FD_STATE, &v) < 0)
		return false;
	twentieth = (uint64_t)v.f_blocks * v.f_frsize / 20;
	if (!for_more && twentieth > job)
		twentieth = job;
	return (uint64_t)v.f_bavail * v.f_frsize < (twentieth > ROOM_MIN ? twentieth : ROOM_MIN) || files_are_few(&v, for_more);
}

int room_on_disk(struct engine *e, struct call *c)
{
	return disk_is_full(e, true) ? spe_fail(&c->err, SPE_E_BUSY, "the host's disk is nearly full; the operator has to make room") : 0;
}

/* A reserve of the disk is kept from researchers, so that what is under way can end well. more: bytes, or 1 where that is not known yet. */
static int room_for(struct engine *e, struct call *c, const char *ws, int64_t more)
{
	int r;

	sweep_bundles(e);
	r = quotas_check(e, QUOTA_CODE, ws, more, &c->err);
	if (r < 0)
		return r;
	if (db_number(e, "SELECT count(*) FROM bundle WHERE owner=?", "s", c->person) >= BUNDLES_MAX) {
		spe_fail(&c->err, SPE_E_QUOTA, "%d bundles of yours wait for their jobs, which is as many as may", BUNDLES_MAX);
		spe_remedy(&c->err, "try: again when some of those jobs have ended");
		return -SPE_E_QUOTA;
	}
	return room_on_disk(e, c);
}

static int bundle_for(struct engine *e, struct call *c, char ret_ws[SPE_NAME_MAX + 1])
{
	unsigned have;

	if (!call_query(c, "workspace", ret_ws, SPE_NAME_MAX + 1))
		return spe_fail(&c->err, SPE_E_INPUT, "?workspace= is missing: the workspace whose job the bundle is for");
	return workspace_open(e, c, ret_ws, ROLE_RESEARCHER | ROLE_PI, &have);
}

int bundles_before(struct engine *e, struct call *c)
{
	char ws[SPE_NAME_MAX + 1];
	int r = bundle_for(e, c, ws);

	if (r == 0)
		r = room_for(e, c, ws, 1);
	return r < 0 ? r : 100;
}

int bundles_add(struct engine *e, struct call *c, json_t **ret)
{
	auto_close int dir = bundles_dir();
	auto_close int fd = -1;
	char id[SPE_ID_TEXT], now[24], ws[SPE_NAME_MAX + 1];
	struct stat st;
	int64_t size;
	int r = bundle_for(e, c, ws);

	if (r == 0 && fstat(c->fd, &st) < 0)
		r = spe_fail(&c->err, SPE_E_INTERNAL, "the code bundle can't be read: %s", strerror(errno));
	if (r == 0)
		r = room_for(e, c, ws, st.st_size);
	if (r < 0)
		return r;
	spe_id_text(id, db_new_id(e));
	fd = dir < 0 ? dir : io_openat(dir, id, O_WRONLY | O_CREAT | O_EXCL, 0600);
	size = fd < 0 ? fd : copy(c->fd, fd);
	if (size < 0) {
		unlinkat(dir, id, 0);
		return spe_fail(&c->err, size == -EFBIG ? SPE_E_TOO_LARGE : SPE_E_BUSY, "the code bundle could not be kept: %s",
			strerror((int)-size));
	}
	fsync(dir);
	gate_journal(e, gate_record(c, 0, "bundle.add", ws, 0, json_pack("{sssI}", "bundle", id, "bytes", (json_int_t)size)));
	db_now(now);
	db_exec(e, "INSERT INTO bundle(id,owner,made,workspace,bytes) VALUES(?,?,?,?,?)", "ssssi", id, c->person, now, ws, size);
	*ret = json_pack("{ss}", "bundle", id);
	return 201;
}

/* --- submitting ----------------------------------------------------------------------------- */

static int64_t least(int64_t asked, int64_t permit, int64_t host)
{
	int64_t most = permit > 0 && permit < host ? permit : host;

	return asked > 0 && asked < most ? asked : most;
}

static int words_ok(struct call *c, const json_t *command)
{
	size_t i, sum = 0;

	for (i = 0; i < json_array_size(command); i++) {
		const json_t *w = json_array_get(command, i);

		if (!json_is_string(w))
			return spe_fail(&c->err, SPE_E_INPUT, "command[%zu] must be a string", i);
		sum += json_string_length(w) + 1;
	}
	if (i == 0 || i > SPE_ARGV_MAX || sum > COMMAND_MAX || json_dumpb(command, NULL, 0, JSON_COMPACT) > COMMAND_MAX ||
	    json_string_length(json_array_get(command, 0)) == 0)
		return spe_fail(&c->err, SPE_E_INPUT, "command: 1 to %d words of together at most %u bytes are taken", SPE_ARGV_MAX,
			COMMAND_MAX);
	return 0;
}

struct request {
	json_t *command;
	const char *bundle, *runtime, *profile; /* runtime: as it was asked for; "" where it was not */
	char digest[SPE_NAME_MAX + 1]; /* the runtime as a permit names it */
	int64_t number;                /* 0: the host's */
	json_int_t mem, cpu, time, pids;
};

/* A field that may be absent or null, and is nothing else but a string. */
static int want_word(struct call *c, const char *field, const char **ret)
{
	const json_t *v = json_object_get(c->body, field);

	return !v || json_is_null(v) ? 0 : json_want_string(c->body, "the request", field, SPE_NAME_MAX, ret, &c->err);
}

/* 0, as absent or null: nothing was asked for. */
static bool asks_number(const json_t *v)
{
	return v && !json_is_null(v) && !(json_is_integer(v) && json_integer_value(v) == 0);
}

static int understand(struct call *c, struct request *q)
{
	static const char *const fields[] = { "bundle", "command", "runtime", "memory", "cpus", "time", "processes", "profile",
		NULL };
	const struct {
		const char *field;
		json_int_t *to, min, max;
	} numbers[] = { { "memory", &q->mem, SPE_MEM_MIN, SPE_MEM_MAX }, { "cpus", &q->cpu, 10, 1024000 },
		{ "time", &q->time, 1, SPE_TIME_MAX }, { "processes", &q->pids, 4, 32768 } };
	const struct {
		const char *field, **to;
	} words[] = { { "bundle", &q->bundle }, { "runtime", &q->runtime }, { "profile", &q->profile } };
	size_t i;
	int r = json_only(c->body, "the request", fields, &c->err);

	q->runtime = q->profile = "";
	if (r == 0)
		r = json_want_array(c->body, "the request", "command", SPE_ARGV_MAX, &q->command, &c->err);
	if (r == 0)
		r = words_ok(c, q->command);
	for (i = 0; i < 4 && r == 0; i++)
		if (asks_number(json_object_get(c->body, numbers[i].field)))
			r = json_want_int(c->body, "the request", numbers[i].field, numbers[i].min, numbers[i].max, numbers[i].to, &c->err);
	for (i = 0; i < 3 && r == 0; i++)
		r = want_word(c, words[i].field, words[i].to);
	return r;
}

static bool lists(const json_t *list, const char *word)
{
	size_t i;

	for (i = 0; i < json_array_size(list); i++)
		if (strcmp(json_string_value(json_array_get(list, i)), word) == 0)
			return true;
	return false;
}

/* The profile asked for, or the first that host and permit have in common; NULL where there is none. */
static const char *profile_of(const struct engine *e, const struct permit *p, const char *asked)
{
	size_t i;

	for (i = 0; i < e->conf.profiles; i++) {
		const char *name = e->conf.profile[i].name;

		if ((!p->profiles || lists(p->profiles, name)) && (!*asked || strcmp(asked, name) == 0))
			return name;
	}
	return NULL;
}

static int profile_refused(const struct engine *e, const struct permit *p, const char *asked, struct spe_error *err)
{
	char given[200] = "";
	size_t i;

	for (i = 0; i < e->conf.profiles; i++)
		if (!p->profiles || lists(p->profiles, e->conf.profile[i].name))
			snprintf(given + strlen(given), sizeof(given) - strlen(given), "%s%s", *given ? ", " : "", e->conf.profile[i].name);
	if (!*given)
		return spe_fail(err, SPE_E_REFUSED, "the permit of workspace %.100s names no profile that this host has", p->id);
	return spe_fail(err, SPE_E_REFUSED, "profile %.40s is not for jobs of workspace %.100s, whose permit and host give it %s", asked,
		p->id, given);
}

/* The host's where nothing was asked for and the permit allows it; else the only one of the permit. */
static const char *runtime_word(const struct permit *p, const struct request *q)
{
	if (*q->runtime)
		return q->runtime;
	return lists(p->runtimes, "host") || json_array_size(p->runtimes) != 1 ? "host" : json_string_value(json_array_get(p->runtimes, 0));
}

static int runtime_allowed(struct engine *e, const struct permit *p, struct request *q, struct spe_error *err)
{
	const char *word = runtime_word(p, q);
	bool here = strcmp(word, "host") == 0 || runtimes_find(e, word, &q->number, q->digest);

	if (strcmp(word, "host") == 0)
		snprintf(q->digest, sizeof(q->digest), "host");
	if (!here && !lists(p->runtimes, q->digest)) {
		spe_fail(err, SPE_E_REFUSED, "there is no runtime %.100s on this host", word);
		spe_remedy(err, "spe-cli runtime list");
		return -SPE_E_REFUSED;
	}
	if (!lists(p->runtimes, q->digest)) {
		spe_fail(err, SPE_E_REFUSED, "the permit does not name runtime %.100s", strcmp(word, q->digest) == 0 ? word : q->digest);
		spe_remedy(err, "spe-cli workspace show %.100s lists those that it names", p->id);
		return -SPE_E_REFUSED;
	}
	if (here)
		return 0;
	spe_fail(err, SPE_E_REFUSED, "the permit names runtime %.100s, which is not on this host; the operator has to import it", word);
	return -SPE_E_REFUSED;
}

/* What permit and host say of a job: when it is submitted, and once more when its turn comes. */
static int permitted(struct engine *e, const struct permit *p, struct request *q, struct spe_error *err)
{
	const char *profile = profile_of(e, p, q->profile);

	if (runtime_allowed(e, p, q, err) < 0)
		return -SPE_E_REFUSED;
	if (!profile)
		return profile_refused(e, p, q->profile, err);
	if (q->bundle && !p->code) {
		spe_fail(err, SPE_E_REFUSED, "permit %.100s lets no code be brought in", p->id);
		spe_remedy(err, "run a program of the runtime, without --code");
		return -SPE_E_REFUSED;
	}
	q->profile = profile;
	q->mem = least(q->mem, p->memory_bytes, e->conf.mem_bytes);
	q->cpu = least(q->cpu, p->cpus * 1000, e->conf.cpu_milli);
	q->time = least(q->time, p->time_s, e->conf.time_s);
	q->pids = least(q->pids, p->processes, e->conf.pids);
	return 0;
}

static int allowed(struct engine *e, struct call *c, const char *ws, const struct permit *p, struct request *q)
{
	auto_json json_t *row = db_row(e, "SELECT state, halted, starts, ends, error FROM workspace WHERE name=?", "s", ws);
	const char *state = json_str(row, "state");
	int64_t now = time(NULL);

	if (now < json_int(row, "starts"))
		return spe_fail(&c->err, SPE_E_REFUSED, "the permit of workspace %.100s is not valid yet", ws);
	if (strcmp(state, "ended") == 0 || now > json_int(row, "ends"))
		return spe_fail(&c->err, SPE_E_REFUSED, "the permit of workspace %.100s is over", ws);
	if (workspace_restored(e, ws, &c->err) < 0)
		return -SPE_E_REFUSED;
	if (strcmp(state, "ready") != 0) {
		spe_fail(&c->err, SPE_E_CONFLICT, "workspace %.100s is not ready: its data are %s", ws,
			strcmp(state, "failed") == 0 ? "not there; the operator has to look" : "being staged");
		spe_remedy(&c->err, "spe-cli workspace show %.100s", ws);
		return -SPE_E_CONFLICT;
	}
	if (json_int(row, "halted"))
		return spe_fail(&c->err, SPE_E_REFUSED, "workspace %.100s is halted by the operator", ws);
	if (permitted(e, p, q, &c->err) < 0)
		return -SPE_E_REFUSED;
	if (q->bundle && !db_number(e, "SELECT count(*) FROM bundle WHERE id=? AND owner=? AND workspace=?", "sss", q->bundle, c->person, ws))
		return spe_fail(&c->err, SPE_E_NOT_FOUND, "there is no bundle %.20s of yours for workspace %.100s", q->bundle, ws);
	if (room_on_disk(e, c) < 0)
		return -SPE_E_BUSY;
	if (quotas_check(e, QUOTA_OUTPUTS, ws, e->conf.out_bytes, &c->err) < 0 || quotas_check(e, QUOTA_QUEUED, ws, 1, &c->err) < 0)
		return -SPE_E_QUOTA;
	return quotas_submit(e, ws, (int64_t)json_dumpb(q->command, NULL, 0, JSON_COMPACT), &c->err);
}

static json_t *show(struct engine *e, const char *id);

static void insert(struct engine *e, const struct call *c, const char *ws, const struct request *q, const char *id)
{
	char *command = json_dumps(q->command, JSON_COMPACT), now[24];

	db_now(now);
	db_exec(e, "INSERT INTO job(id,workspace,owner,state,command,bundle,mem,cpu,time,pids,submitted,profile,serial) "
		   "VALUES(?,?,?,'queued',?,?,?,?,?,?,?,?,(SELECT coalesce(max(serial),0)+1 FROM job))", "sssssiiiiss", id, ws, c->person,
		command, q->bundle, (int64_t)q->mem, (int64_t)q->cpu, (int64_t)q->time, (int64_t)q->pids, now, q->profile);
	quotas_submitted(e, ws, (int64_t)strlen(command));
	if (q->number)
		db_exec(e, "INSERT INTO job_runtime(job,number,digest) VALUES(?,?,?)", "sis", id, q->number, q->digest);
	free(command);
}

int jobs_add(struct engine *e, struct call *c, json_t **ret)
{
	struct request q = { 0 };
	const char *ws = c->part[1];
	struct permit *p = NULL;
	char id[SPE_ID_TEXT];
	unsigned have;
	int r = workspace_open(e, c, ws, ROLE_RESEARCHER | ROLE_PI, &have);

	if (r == 0)
		r = understand(c, &q);
	if (r == 0) {
		p = workspace_permit(e, ws);
		r = p ? allowed(e, c, ws, p, &q) : spe_fail(&c->err, SPE_E_INTERNAL, "its permit is not readable");
	}
	if (r == 0) {
		spe_id_text(id, db_new_id(e));
		gate_journal(e, gate_record(c, have, "job.submit", ws, p->version, json_pack("{sssOss?ssss}", "job", id, "command", q.command,
			"bundle", q.bundle, "runtime", q.digest, "profile", q.profile)));
		insert(e, c, ws, &q, id);
		*ret = show(e, id);
	}
	permit_free(p);
	return r < 0 ? r : 202;
}

/* --- running ---------------------------------------------------------------------------------- */

struct verdict {
	const char *result;
	int exit; /* what a researcher may see: 0, 1, 124, 137; -1 none */
	char reason[600];
	char when[24]; /* "": now */
};

static void final(struct engine *e, const char *id, const struct verdict *v)
{
	char now[24];

	db_now(now);
	db_exec(e, "UPDATE job SET finished=?, result=?, reason=?, exit=CASE WHEN ?<0 THEN NULL ELSE ? END WHERE id=?", "sssiis",
		*v->when ? v->when : now, v->result, v->reason, (int64_t)v->exit, (int64_t)v->exit, id);
}

/* Nothing of it ran. */
static void not_begun(struct engine *e, const json_t *j, const char *why)
{
	const char *id = json_str(j, "id");
	struct verdict v = { "not-started", -1, "", "" };

	snprintf(v.reason, sizeof(v.reason), "%s", why);
	gate_journal(e, gate_record(NULL, 0, "job.not-started", json_str(j, "workspace"), json_int(j, "version"),
		json_pack("{ssss}", "job", id, "reason", v.reason)));
	final(e, id, &v);
	become(e, id, JOB_GONE);
}

static size_t number_of(const struct engine *e, const char *profile)
{
	size_t i = 0;

	while (i < e->conf.profiles && strcmp(e->conf.profile[i].name, profile) != 0)
		i++;
	return i;
}

static bool writes_and_executes(const struct engine *e, const char *profile)
{
	const size_t i = number_of(e, profile);

	return i < e->conf.profiles && e->conf.profile[i].write_execute;
}

static bool sets(const json_t *env, const char *word)
{
	const size_t n = strcspn(word, "=") + 1;
	size_t i;

	for (i = 0; i < json_array_size(env); i++)
		if (strncmp(json_string_value(json_array_get(env, i)), word, n) == 0)
			return true;
	return false;
}

/* What an image says of the environment, and ours where it says nothing; what may not be another's, spe-image left out. */
static json_t *environment_of(const struct engine *e, const json_t *image, const char *profile)
{
	static const char *const ours[] = { "PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/work", "TMPDIR=/tmp", "LANG=C.UTF-8",
		"TZ=UTC", "USER=job", "SPE_DATA=/data", "SPE_CODE=/code", "SPE_OUTPUTS=/outputs",
		"R_PROFILE=/etc/Rprofile.spe" /* last: for profiles where R can't compile as it runs */ };
	const size_t n = sizeof(ours) / sizeof(ours[0]) - writes_and_executes(e, profile);
	json_t *env = json_array();
	size_t i;

	json_array_extend(env, (json_t *)(uintptr_t)image);
	for (i = 0; i < n; i++)
		if (!sets(image, ours[i]))
			json_array_append_new(env, json_string(ours[i]));
	return env;
}

/* 0: it does not fit. */
static size_t ticket(char *to, const json_t *command, const json_t *env, const char *profile)
{
	struct ticket_job head = { (uint32_t)json_array_size(command), (uint32_t)json_array_size(env), "" };
	size_t at = sizeof(head), i;

	snprintf(head.profile, sizeof(head.profile), "%s", profile);
	memcpy(to, &head, sizeof(head));
	for (i = 0; i < head.argc + head.envc; i++) {
		const char *w = json_string_value(i < head.argc ? json_array_get(command, i) : json_array_get(env, i - head.argc));
		size_t n = strlen(w) + 1;

		if (n > SPE_TICKET_MAX - at)
			return 0;
		memcpy(to + at, w, n);
		at += n;
	}
	return at;
}

int64_t jobs_out_of(const struct engine *e, const json_t *j)
{
	return json_int(j, "out") > 0 ? json_int(j, "out") : e->conf.out_bytes;
}

struct msg_start jobs_start_of(struct engine *e, const json_t *j, uint32_t id)
{
	const size_t profile = number_of(e, json_str(j, "profile"));

	return (struct msg_start){ .type = MSG_START, .id = id, .profile = PROFILE_JOB, .workspace = (uint32_t)json_int(j, "number"),
		.version = (uint32_t)json_int(j, "data_version"), .time_s = (uint32_t)json_int(j, "time"),
		.pids = (uint32_t)json_int(j, "pids"), .cpu_milli = (uint32_t)json_int(j, "cpu"),
		.mem_bytes = (uint64_t)json_int(j, "mem"), .work_bytes = (uint64_t)e->conf.work_bytes,
		.out_bytes = (uint64_t)jobs_out_of(e, j), .runtime = (uint32_t)json_int(j, "runtime_number"),
		.disk_bps = (uint64_t)e->conf.disk_bps, .disk = { e->conf.disk[0], e->conf.disk[1] },
		.noexec = profile < e->conf.profiles && e->conf.profile[profile].noexec };
}

static const char *runtime_of(const json_t *j)
{
	const char *digest = json_str(j, "runtime");

	return *digest ? digest : "host";
}

/* Its image may have been taken in anew while it waited, after a restore: the tree has another number then. */
static void take_runtime(struct engine *e, json_t *j, int64_t number)
{
	auto_json json_t *image = NULL;

	if (number == json_int(j, "runtime_number"))
		return;
	image = db_row(e, "SELECT number AS runtime_number, env AS env_json FROM runtime WHERE number=?", "i", number);
	json_object_update(j, image);
	db_exec(e, "UPDATE job_runtime SET number=? WHERE job=?", "is", number, json_str(j, "id"));
}

/* It was submitted under another version of its permit perhaps, or to another host. False: that was its end. */
static bool may_begin(struct engine *e, const struct permit *p, json_t *j)
{
	struct request q = { .bundle = json_string_value(json_object_get(j, "bundle")), .runtime = runtime_of(j),
		.profile = json_str(j, "profile"), .mem = json_int(j, "mem"), .cpu = json_int(j, "cpu"), .time = json_int(j, "time"),
		.pids = json_int(j, "pids") };
	struct spe_error err;
	char why[600];

	if (!(workspace_roles(e, p->id, json_str(j, "owner")) & (ROLE_RESEARCHER | ROLE_PI))) {
		not_begun(e, j, "the permit was amended while the job waited, and whoever submitted it is no researcher any more");
		return false;
	}
	if (permitted(e, p, &q, &err) < 0) {
		snprintf(why, sizeof(why), "the permit or this host was changed while the job waited: %s; submit it again as it may be",
			err.text);
		not_begun(e, j, why);
		return false;
	}
	json_object_update_new(j, json_pack("{sIsIsIsI}", "mem", q.mem, "cpu", q.cpu, "time", q.time, "pids", q.pids));
	take_runtime(e, j, q.number);
	return true;
}

#define PERMIT_GRACE_S 5 /* the engine stops it at its permit's end; where that is away, its keeper does a little later */

/* How many seconds it may run: as the permit stands now, whatever comes of an amendment. */
static int64_t time_given(const json_t *j)
{
	const int64_t left = json_int(j, "ends") + PERMIT_GRACE_S - (int64_t)time(NULL), most = json_int(j, "time");

	return left < 1 ? 1 : left < most ? left : most;
}

static void run(struct engine *e, const json_t *j)
{
	const int64_t given = time_given(j);
	const char *id = json_str(j, "id"), *bundle = json_str(j, "bundle");
	auto_json json_t *env = environment_of(e, json_object_get(j, "env"), json_str(j, "profile"));
	auto_close int dir = bundles_dir(), fd = *bundle && dir >= 0 ? io_openat(dir, bundle, O_RDONLY, 0) : -1;
	struct msg_start m;
	uint32_t number;
	char now[24], *text;
	size_t len;

	if (*bundle && fd == -ENOENT) { /* a backup has none */
		not_begun(e, j, "its code is not on this host any more; submit it again");
		return;
	}
	if (*bundle && fd < 0)
		spe_die("jobs", "job %s: its bundle can't be read", id);
	text = malloc(SPE_TICKET_MAX);
	len = text ? ticket(text, json_object_get(j, "command"), env, json_str(j, "profile")) : 0;
	if (len == 0 || !spe_id_parse(id, &number))
		spe_die("jobs", "job %s can't be started: its ticket can't be made", id);
	gate_journal(e, gate_record(NULL, 0, "job.start", json_str(j, "workspace"), json_int(j, "version"), json_pack("{ssss}", "job", id,
		"runtime", runtime_of(j))));
	db_now(now);
	become(e, id, JOB_RUNNING);
	db_exec(e, "UPDATE job SET started=?, tries=tries+1, data_version=?, journalled=?, mem=?, cpu=?, time=?, pids=?, out=?, given=? WHERE id=?",
		"siiiiiiiis", now, (int64_t)json_int(j, "data_version"), e->journalled, (int64_t)json_int(j, "mem"), (int64_t)json_int(j, "cpu"),
		(int64_t)json_int(j, "time"), (int64_t)json_int(j, "pids"), e->conf.out_bytes, given, id);
	m = jobs_start_of(e, j, number);
	m.time_s = (uint32_t)given;
	tasks_add_job(e, &m, number, (int)json_int(j, "tries"), text, len, spe_take_fd(&fd));
}

/* A queued job j has its runtime: after a restore it has not until the operator imports the image again, and others go first. */
#define HAS_RUNTIME "NOT EXISTS (SELECT 1 FROM job_runtime n JOIN permit p ON p.id=j.workspace, json_each(p.text,'$.environment.runtime') r " \
	"WHERE n.job=j.id AND r.value=n.digest AND NOT EXISTS (SELECT 1 FROM runtime WHERE digest=n.digest AND state='ready'))"

/* Of those that have a job waiting, may run one more, and have room for all that it could leave behind besides what is kept and what
 * their running ones could. One whose permit can't be read has nobody in temp.role; chosen, it would only keep others from their turn.
 * 0: nobody waits. */
static int64_t next_workspace(struct engine *e)
{
	static struct turns turns;
	auto_json json_t *all = db_items(e, "SELECT w.number, (SELECT count(*) FROM job WHERE workspace=w.name AND state='running') AS running, "
		"(SELECT coalesce(sum(coalesce(out,?)),0) FROM job WHERE workspace=w.name AND state IN ('running','ended')) AS leaves FROM workspace w WHERE w.state='ready' AND w.halted=0 AND "
		IN_FORCE " AND EXISTS (SELECT 1 FROM temp.role WHERE workspace=w.name) AND "
		"EXISTS (SELECT 1 FROM job j WHERE workspace=w.name AND state='queued' AND " HAS_RUNTIME ") AND running<? AND "
		"leaves+?<=?-coalesce((SELECT bytes FROM temp.used WHERE workspace=w.name),0)", "iiii",
		e->conf.out_bytes, e->conf.permit_running, e->conf.out_bytes, e->conf.permit_out_bytes);

	return turns_next(&turns, json_object_get(all, "items"));
}

/* Those whose outputs wait for the first day of their permit would keep all others from running until then; of one that waits like that
 * no more jobs begin. What waits for the disk counts: else more and more of it would be in memory. */
static int64_t slots_taken(struct engine *e)
{
	return db_number(e, "SELECT count(*) FROM job j JOIN workspace w ON w.name=j.workspace WHERE j.state='running' OR (j.state='ended' AND " IN_FORCE ")", "");
}

/* In its workspace the oldest job that has its runtime. */
void jobs_schedule(struct engine *e)
{
	while (slots_taken(e) < e->conf.slots) {
		auto_json json_t *j = db_row(e,
			"SELECT j.id, j.workspace, j.owner, j.command AS command_json, j.bundle, j.profile, j.mem, j.cpu, j.time, j.pids, j.tries, "
			"w.number, w.data_version, w.version, w.ends, jr.number AS runtime_number, jr.digest AS runtime, rt.env AS env_json "
			"FROM job j JOIN workspace w ON w.name=j.workspace LEFT JOIN job_runtime jr ON jr.job=j.id "
			"LEFT JOIN runtime rt ON rt.number=jr.number WHERE j.state='queued' AND w.number=? AND " HAS_RUNTIME " ORDER BY j.serial LIMIT 1", "i",
			next_workspace(e));
		struct permit *p;

		p = j ? workspace_permit(e, json_str(j, "workspace")) : NULL;
		if (!p)
			return;
		if (may_begin(e, p, j))
			run(e, j);
		permit_free(p);
	}
}

/* --- the end, in words ------------------------------------------------------------------------- */

static void size_text(char text[32], int64_t bytes)
{
	snprintf(text, 32, bytes % (1 << 30) == 0 ? "%lld GiB" : "%lld MiB", (long long)(bytes >> (bytes % (1 << 30) == 0 ? 30 : 20)));
}

#define SAY(r, x, ...) (v->result = (r), v->exit = (x), snprintf(v->reason, sizeof(v->reason), __VA_ARGS__))

/* A defence that can't be had ends the start: this is its name. */
static const char *step_word(uint32_t step)
{
	static const char *const init[] = { "its ticket", "its code", "its profile", "a keyring of its own", "a core of its own",
		"memory that is never written and executed", "Landlock", "the seccomp filter", "its first process" };

	return step < INIT_TICKET ? "namespaces, mounts, ids or limits" : step - INIT_TICKET < sizeof(init) / sizeof(init[0]) ?
		init[step - INIT_TICKET] : "its box";
}

/* What spe-unpack says of a bundle; all else is no fault of whoever sent it. */
static bool of_the_bundle(int32_t why)
{
	static const int words[] = { EBADMSG, E2BIG, ENAMETOOLONG, ENOSPC, EEXIST, ENOTDIR, EISDIR, EINVAL, EILSEQ };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]) && words[i] != why; i++)
		;
	return i < sizeof(words) / sizeof(words[0]);
}

static void not_started(struct verdict *v, const struct msg_state *s)
{
	if (s->end == END_NOEXEC && s->value == ENOENT)
		SAY("not-started", 1, "the command is not in the runtime; check its name, or its path under /code");
	else if (s->end == END_NOEXEC)
		SAY("not-started", 1, "the command can't be executed: %s", strerror(s->value));
	else if (s->step == INIT_UNPACK && of_the_bundle(s->value))
		SAY("not-started", 1, "the code bundle is no archive of plain files and directories, or is too large for /code");
	else
		SAY("not-started", -1, "the workspace could not be made (%s: %s); this is not your fault, ask the operator", step_word(s->step),
			strerror(s->value));
}

/* As the launcher makes a tmpfs: a file for each page, and some that are empty. */
static int64_t files_of(int64_t bytes)
{
	return bytes / 4096 + 1024;
}

static void put_in_words(const struct engine *e, struct verdict *v, const struct msg_state *s, const json_t *j)
{
	char size[32];

	size_text(size, json_int(j, "mem"));
	if (s->limits & LIMIT_KILLED)
		SAY("killed", 137, "the job was cancelled or halted");
	else if (s->limits & LIMIT_TIME && json_int(j, "given") > 0 && json_int(j, "given") < json_int(j, "time"))
		SAY("time", 124, "its permit ended, as it stood when the job began");
	else if (s->limits & LIMIT_TIME)
		SAY("time", 124, "the time limit of %lld s ended the job", (long long)json_int(j, "time"));
	else if (s->end == END_EXIT && s->value == 0)
		SAY("completed", 0, "the command ended without error");
	else if (s->limits & LIMIT_MEMORY)
		SAY("memory", 137, "the memory limit of %s was reached; /work, /tmp and /outputs count too", size);
	else if (s->end == END_SETUP || s->end == END_NOEXEC)
		not_started(v, s);
	else if ((s->end == END_SIGNAL && s->value == SIGXFSZ) || (s->end == END_EXIT && s->value == 128 + SIGXFSZ))
		SAY("file-size", 1, "a limit on the size of one file was reached, lower than that of /work and /outputs: the command had set it itself");
	else if (s->limits & LIMIT_FILES)
		SAY("outputs-files", 1, "/outputs was full: it takes %lld files and directories", (long long)files_of(jobs_out_of(e, j)));
	else if (s->limits & LIMIT_OUTPUTS)
		SAY("outputs-full", 1, "/outputs was full: it takes %s", (size_text(size, jobs_out_of(e, j)), size));
	else if (s->limits & LIMIT_WORK)
		SAY("work-full", 1, "/work or /tmp was full: each takes %s and %lld files", (size_text(size, e->conf.work_bytes), size),
			(long long)files_of(e->conf.work_bytes));
	else if (s->limits & LIMIT_SHM)
		SAY("shm-full", 1, "/dev/shm was full: it takes half of the job's memory, %s", (size_text(size, json_int(j, "mem") / 2), size));
	else if (s->limits & LIMIT_PIDS)
		SAY("processes", 1, "the limit of %lld processes was reached", (long long)json_int(j, "pids"));
	else if (s->end == END_SIGNAL)
		SAY("failed", 137, "a signal ended the command; its own words are in stderr.txt, which you may ask to export");
	else
		SAY("failed", 1, "the command ended with a failure; its own words are in stderr.txt, which you may ask to export");
}

static json_t *job_row(struct engine *e, const char *id)
{
	return db_row(e, "SELECT j.id, j.workspace, j.state, j.mem, j.time, j.given, j.pids, j.out, j.tries, w.number, w.version, "
			 "(SELECT digest FROM job_runtime WHERE job=j.id) AS runtime FROM job j JOIN workspace w ON w.name=j.workspace WHERE j.id=?", "s", id);
}

/* The end of one that was lost; NULL: it begins once more. */
static const char *why_over(const json_t *j, struct verdict *v)
{
	if (json_int(j, "cancelled"))
		SAY("killed", 137, "the job was cancelled or halted");
	else if (strcmp(json_str(j, "workspace_state"), "ended") == 0)
		SAY("lost", -1, "the job was ended from outside, and its permit is over");
	else if (json_int(j, "tries") >= TRIES_MAX)
		SAY("lost", -1, "the job was ended from outside three times; ask the operator");
	return v->result;
}

/* Its keeper or first process was killed from outside: an accepted job is not lost by that. */
void jobs_lost(struct engine *e, uint32_t which)
{
	auto_json json_t *all = db_items(e, "SELECT j.id, j.workspace, j.tries, j.state, j.cancelled, w.state AS workspace_state "
		"FROM job j JOIN workspace w ON w.name=j.workspace WHERE j.state IN ('running','ended')", "");
	json_t *j;
	size_t i;

	json_array_foreach(json_object_get(all, "items"), i, j) {
		const char *id = json_str(j, "id");
		struct verdict v = { 0 };
		uint32_t number;

		if (!spe_id_parse(id, &number) || (which && number != which) ||
		    (!which && (tasks_find(e, TASK_JOB, number) || tasks_find(e, TASK_CAPTURE, number))))
			continue;
		gate_journal(e, gate_record(NULL, 0, "job.lost", json_str(j, "workspace"), 0, json_pack("{ss}", "job", id)));
		if (!why_over(j, &v)) {
			become(e, id, JOB_QUEUED);
			continue;
		}
		if (strcmp(json_str(j, "state"), "running") == 0)
			become(e, id, JOB_ENDED);
		final(e, id, &v);
		become(e, id, JOB_CAPTURED);
	}
}

/* As spe-init saw it once all else in the job had ended. */
static bool left_nothing(const struct msg_state *s)
{
	return s->profile == PROFILE_JOB && (s->end == END_EXIT || s->end == END_SIGNAL) && (s->step & SEEN_EMPTY);
}

/* Its outputs stay where they are: with the keeper, which the sped that began it still understands. */
static void strand(struct task *t, const char *id)
{
	t->stranded = true;
	spe_log("keepers", "job %s: its keeper is of another version of sped and does not capture for this one; its outputs are "
		"kept. Start the sped that was here before, wait until the job is captured, and upgrade again", id);
}

static json_t *of_outputs(struct engine *e, const char *id, const json_t *job)
{
	return json_pack("{ssso}", "job", id, "record", gate_record(NULL, 0, "job.outputs", json_str(job, "workspace"),
		json_int(job, "version"), json_pack("{ss}", "job", id)));
}

static int64_t bytes_of(const json_t *got)
{
	int64_t bytes = 0;
	json_t *o;
	size_t i;

	json_array_foreach(json_object_get(got, "outputs"), i, o)
		bytes += json_int(o, "size") + KEPT_FILE_BYTES;
	return bytes;
}

/* got: what the gate has of it; NULL: nothing. */
static void keep(struct engine *e, const char *id, const json_t *got)
{
	char *outputs = json_dumps(json_object_get(got, "outputs"), JSON_COMPACT), *skipped = json_dumps(json_object_get(got, "skipped"), JSON_COMPACT);

	e->told = got;
	db_exec(e, "UPDATE job SET outputs=?, skipped=?, kept=? WHERE id=?", "ssis", outputs ? outputs : "[]", skipped ? skipped : "[]", bytes_of(got), id);
	free(outputs);
	free(skipped);
	if (!got)
		db_exec(e, "UPDATE job SET reason=reason||'; its outputs could not be captured' WHERE id=?", "s", id);
	become(e, id, JOB_CAPTURED);
	if (got && e->policy.show_findings)
		db_exec(e, "INSERT OR IGNORE INTO job_check(job,state,workspace) SELECT id, 'pending', workspace FROM job WHERE id=?", "s", id);
	e->told = false;
}

/* Its keeper has them as long as it takes, and its name too where this engine ends. */
static void capture_later(struct task *t, const char *id, const struct spe_error *err)
{
	if (!t->again_ms || t->again_for != err->code) /* once for each reason is enough for whoever reads the log */
		spe_log("jobs", "the outputs of job %s wait, and are captured once they can be: %s", id, err->text);
	t->again_ms = now_ms() + PAUSE_MS;
	t->again_for = err->code;
}

/* Where a permit is over its outputs wait for nothing: they are given up, so that all of it can be wiped. */
static bool may_leave(struct engine *e, const char *id)
{
	return db_number(e, "SELECT count(*) FROM job j JOIN workspace w ON w.name=j.workspace WHERE j.id=? AND w.state<>'ended'", "s", id) > 0;
}

void jobs_capture(struct engine *e, struct task *t)
{
	struct spe_error err;
	char id[SPE_ID_TEXT];
	int r;

	spe_id_text(id, t->ref);
	r = disk_is_full(e, false) && may_leave(e, id) ? spe_fail(&err, SPE_E_BUSY, "the disk of the state directory is full") :
							 tasks_capture(e, t, &err);
	if (r == 0)
		return;
	if (r == -SPE_E_TAMPERED)
		spe_die("jobs", "the gate takes no outputs: %s", err.text);
	if (r != -SPE_E_REFUSED || may_leave(e, id)) { /* a permit that is not over may be amended to begin later, or a clock be behind */
		capture_later(t, id, &err);
		return;
	}
	/* its permit is over: nothing of it could ever leave */
	spe_log("jobs", "job %s has no outputs: %s", id, err.text);
	keep(e, id, NULL);
	tasks_forget(e, t);
}

/* Once a second: captures that waited long enough. */
void jobs_clock(struct engine *e)
{
	struct task *t, *next;

	for (t = e->tasks; t; t = next) {
		next = t->next;
		if (!t->again_ms || now_ms() < t->again_ms)
			continue;
		t->again_ms = INT64_MAX;
		jobs_capture(e, t);
	}
}

static void captured(struct engine *e, struct task *t, const char *id, const json_t *job, const struct msg_state *s)
{
	auto_json json_t *got = NULL;
	struct spe_error err = { 0 };
	json_t *req = of_outputs(e, id, job);
	int r = left_nothing(s) ? gate_left_nothing(e, req, &got, &err) : gate_ask(e, GATE_INGEST, req, &got, NULL, &err);
	const bool left = s->end != END_LOST && !(s->end == END_SETUP && s->value == ENODATA);

	if (r < 0 && t->version != KEEPER_VERSION && s->end != END_LOST) {
		strand(t, id);
		return;
	}
	if (r < 0 && left && (err.code == SPE_E_INTERNAL || disk_is_full(e, false))) { /* not by what the job left */
		capture_later(t, id, &err);
		return;
	}
	if (r < 0 && left && t->index++ < TRIES_MAX) {
		jobs_capture(e, t); /* the gate or the capture was ended: the outputs are still there */
		return;
	}
	if (r < 0 && s->end == END_LOST) {
		tasks_forget(e, t);
		jobs_lost(e, (uint32_t)strtoul(id, NULL, 16));
		return;
	}
	if (r < 0)
		spe_log("jobs", "job %s has no outputs: %s (end %u, %d)", id, err.text, s->end, s->value);
	keep(e, id, r < 0 ? NULL : got);
	tasks_forget(e, t);
}

/* In words and in the database, as the journal has it. */
static void over(struct engine *e, const char *id, const struct verdict *v)
{
	e->told = true;
	final(e, id, v);
	become(e, id, JOB_ENDED);
	e->told = false;
}

static void put_end_in_words(const struct engine *e, struct verdict *v, const struct msg_state *s, const json_t *job, bool drifted)
{
	put_in_words(e, v, s, job);
	if (drifted)
		v->result = "drift", snprintf(v->reason, sizeof(v->reason), "it was not confined any more as it should be, and was stopped; "
			"this is not your fault, ask the operator");
}

static void ran(struct engine *e, struct task *t, const char *id, const json_t *job, const struct msg_state *s)
{
	struct verdict v = { 0 };

	put_end_in_words(e, &v, s, job, t->drifted && (s->limits & LIMIT_KILLED));
	gate_journal(e, gate_record(NULL, 0, "job.end", json_str(job, "workspace"), json_int(job, "version"),
		json_pack("{sssssssisisisisI}", "job", id, "runtime", runtime_of(job), "result", v.result, "end", (int)s->end, "value", (int)s->value, "limits", (int)s->limits,
			"step", (int)s->step, "peak_bytes", (json_int_t)s->mem_peak_bytes)));
	over(e, id, &v);
	if (left_nothing(s)) /* there is nothing to capture */
		captured(e, t, id, job, s);
	else
		jobs_capture(e, t);
}

void jobs_ended(struct engine *e, struct task *t, const struct msg_state *told)
{
	const uint32_t seen = LIMIT_OUTPUTS | LIMIT_WORK | LIMIT_SHM | LIMIT_FILES; /* by spe-init */
	const uint32_t harmless = seen | LIMIT_PIDS;                    /* no end comes of them */
	struct msg_state state = *told, *s = &state;
	auto_json json_t *job = NULL;
	char id[SPE_ID_TEXT];

	if (s->profile == PROFILE_JOB && (s->end == END_EXIT || s->end == END_SIGNAL))
		state.limits |= s->step & seen;
	spe_id_text(id, t->ref);
	job = job_row(e, id);
	if (s->profile == PROFILE_CAPTURE || t->kind == TASK_CAPTURE)
		captured(e, t, id, job, s);
	else if ((s->end == END_LOST && !(s->limits & ~harmless)) || tasks_untold(t, s)) {
		tasks_forget(e, t);
		jobs_lost(e, (uint32_t)strtoul(id, NULL, 16));
	} else if (strcmp(json_str(job, "state"), "ended") == 0)
		jobs_capture(e, t); /* known already: the engine was ended before the capture */
	else
		ran(e, t, id, job, s);
}

/* --- what the journal knows and the database does not ------------------------------------------- */

/* From a workspace's records behind `from`: {JOB: the record of its end}, of jobs that neither began again nor were lost after it; and in
 * starts, which may be NULL, {JOB: the record of its last start}. */
static json_t *ends_in_journal(struct engine *e, const char *ws, json_int_t from, json_t *starts)
{
	json_t *ends = json_object();
	struct spe_error err;
	json_int_t next;

	do {
		auto_json json_t *got = NULL;
		json_t *record;
		size_t i;

		if (gate_ask(e, GATE_RECORDS, json_pack("{sIsiss}", "from", from, "limit", RECORDS_AT_ONCE, "workspace", ws), &got, NULL, &err) < 0)
			spe_die("jobs", "the journal can't be read: %s", err.text);
		next = json_int(got, "next"); /* of others there may be more than the gate reads at once */
		json_array_foreach(json_object_get(got, "items"), i, record) {
			const char *action = json_str(record, "action");
			json_t *object = json_object_get(record, "object");

			if (strcmp(action, "job.end") == 0)
				json_object_set(ends, json_str(object, "job"), record);
			else if (strcmp(action, "job.start") == 0 || strcmp(action, "job.lost") == 0)
				json_object_del(ends, json_str(object, "job"));
			if (starts && strcmp(action, "job.start") == 0)
				json_object_set(starts, json_str(object, "job"), record);
			from = json_int(record, "seq") + 1;
		}
		if (next > 0)
			from = next;
		else if (i > 0)
			next = from;
	} while (next > 0);
	return ends;
}

/* The database knows it as queued. */
static void begun(struct engine *e, const char *id, const json_t *record)
{
	char when[24];

	snprintf(when, sizeof(when), "%.19sZ", json_str(record, "time"));
	e->told = true;
	become(e, id, JOB_RUNNING);
	db_exec(e, "UPDATE job SET started=?, tries=tries+1, journalled=?, out=?, data_version=(SELECT data_version FROM workspace WHERE "
		"name=workspace) WHERE id=?", "siis", when, (int64_t)json_int(record, "seq"), e->conf.out_bytes, id);
	e->told = false;
}

static void recall(struct engine *e, const char *id, const json_t *record)
{
	const json_t *said = json_object_get(record, "object");
	const struct msg_state s = { .type = MSG_STATE, .profile = PROFILE_JOB, .end = (uint32_t)json_int(said, "end"),
		.value = (int32_t)json_int(said, "value"), .limits = (uint32_t)json_int(said, "limits"), .step = (uint32_t)json_int(said, "step") };
	auto_json json_t *job = job_row(e, id), *got = NULL;
	struct verdict v = { 0 };

	snprintf(v.when, sizeof(v.when), "%.19sZ", json_str(record, "time")); /* without its milliseconds */
	put_end_in_words(e, &v, &s, job, strcmp(json_str(said, "result"), "drift") == 0);
	if (strcmp(json_str(job, "state"), "running") == 0)
		over(e, id, &v);
	if (gate_ask(e, GATE_INGEST, of_outputs(e, id, job), &got, NULL, NULL) == 0)
		keep(e, id, got); /* else its outputs are gone: it is lost */
	spe_log("jobs", "the end of job %s is known from the journal", id);
}

/* A start that the database lost is behind all that it knows of, as what is written is lost from its end on. */
static void queued_recall(struct engine *e)
{
	auto_json json_t *all = db_items(e, "SELECT workspace, (SELECT max(journalled) FROM job) AS known FROM job WHERE state='queued' GROUP BY workspace", "");
	json_t *w, *record;
	const char *id;
	size_t i;

	json_array_foreach(json_object_get(all, "items"), i, w) {
		auto_json json_t *starts = json_object(), *ends = ends_in_journal(e, json_str(w, "workspace"), json_int(w, "known"), starts);

		json_object_foreach(ends, id, record) {
			if (!json_object_get(starts, id) || !db_number(e, "SELECT count(*) FROM job WHERE id=? AND state='queued'", "s", id))
				continue;
			begun(e, id, json_object_get(starts, id));
			recall(e, id, record);
		}
	}
}

void jobs_recall(struct engine *e)
{
	auto_json json_t *all = db_items(e, "SELECT id, workspace, journalled FROM job WHERE state IN ('running','ended')", "");
	json_t *j;
	size_t i;

	json_array_foreach(json_object_get(all, "items"), i, j) {
		const char *id = json_str(j, "id");
		auto_json json_t *ends = NULL;
		uint32_t number;

		if (!spe_id_parse(id, &number) || tasks_find(e, TASK_JOB, number) || tasks_find(e, TASK_CAPTURE, number))
			continue;
		ends = ends_in_journal(e, json_str(j, "workspace"), json_int(j, "journalled"), NULL);
		if (json_object_get(ends, id))
			recall(e, id, json_object_get(ends, id));
	}
	queued_recall(e);
}

/* --- what a request for its outputs would find ---------------------------------------------------- */

/* What was found is not worth more than three tries. */
static void check_skip(struct engine *e, const char *id, int index)
{
	db_exec(e, "UPDATE job_check SET tries=CASE WHEN tries<? THEN tries+1 ELSE 0 END, next=CASE WHEN tries<? THEN ? ELSE ? END WHERE job=?",
		"iiiis", (int64_t)TRIES_MAX, (int64_t)TRIES_MAX, (int64_t)index, (int64_t)index + 1, id);
}

void jobs_checked(struct engine *e, struct task *t, const struct msg_state *s)
{
	char id[SPE_ID_TEXT], task[SPE_ID_TEXT], place[24];
	auto_json json_t *got = NULL;

	spe_id_text(id, t->ref);
	spe_id_text(task, t->start.id);
	if (check_was_killed(s) || gate_ask(e, GATE_JOB_VERDICT, json_pack("{sssssi}", "task", task, "job", id, "index", t->index), &got, NULL,
					    NULL) < 0) {
		check_skip(e, id, t->index);
		return;
	}
	snprintf(place, sizeof(place), "$.\"%d\"", t->index);
	db_exec(e, "UPDATE job_check SET tries=0, next=?, found=json_set(found,?,json_array(?,?,?)) WHERE job=?", "isiiis", (int64_t)t->index + 1,
		place, (int64_t)json_int(got, "pass"), (int64_t)json_int(got, "review"), (int64_t)json_int(got, "block"), id);
}

static int check_output(struct engine *e, const char *id, int index)
{
	struct msg_start m = task_helper(e, PROFILE_CHECK, 0, 0);
	struct spe_error err;
	uint32_t number = 0;

	spe_id_parse(id, &number);
	if (tasks_make(e, TASK_JOB_CHECK, &m, GATE_JOB_CHECK, json_pack("{sssis{ssss}}", "job", id, "index", index, "policy", "name",
		    e->conf.policy, "text", e->policy_text), -1, number, index, &err))
		return 0;
	spe_log("jobs", "job %s: output %d is not checked ahead: %s", id, index, err.text);
	return -(int)err.code;
}

static bool check_under_way(const struct engine *e)
{
	const struct task *t;

	for (t = e->tasks; t && t->kind != TASK_JOB_CHECK; t = t->next)
		;
	return t;
}

/* Nothing else may wait for it: one output at a time, and only while no other task does. Of a workspace whose exports are being checked
 * none is looked at; exports of others keep nobody from it, or whoever asks for many would. While a permit is not in force its outputs wait.
 * 0: nobody's is. */
static int64_t next_check(struct engine *e)
{
	static struct turns turns;
	auto_json json_t *all = NULL;

	if (now_ms() < e->check_again_ms || !e->policy.show_findings || tasks_waiting(e) || check_under_way(e))
		return 0;
	all = db_items(e, "SELECT number, 0 AS running FROM workspace w WHERE (w.state='ended' OR (" IN_FORCE ")) AND "
		"EXISTS (SELECT 1 FROM job_check WHERE workspace=w.name AND state='pending') "
		"AND NOT EXISTS (SELECT 1 FROM export WHERE workspace=w.name AND state='checking')", "");
	return turns_next(&turns, json_object_get(all, "items"));
}

void jobs_check(struct engine *e)
{
	const int64_t of = next_check(e);
	auto_json json_t *row = of ? db_row(e, "SELECT c.job AS id, c.next, j.outputs AS outputs_json FROM workspace w JOIN job_check c ON c.workspace=w.name "
		"JOIN job j ON j.id=c.job WHERE w.number=? AND c.state='pending' ORDER BY c.rowid LIMIT 1", "i", of) : NULL;
	const json_t *outputs = json_object_get(row, "outputs");
	int64_t most = e->policy.max_files > 0 && e->policy.max_files < SPE_EXPORT_FILES_MAX ? e->policy.max_files : SPE_EXPORT_FILES_MAX;
	int64_t i = json_int(row, "next");
	int r = 0;

	if (!row)
		return;
	while (i < most && i < (int64_t)json_array_size(outputs) && json_int(json_array_get(outputs, (size_t)i), "size") > e->policy.max_bytes)
		i++;
	if (i < most && i < (int64_t)json_array_size(outputs))
		r = check_output(e, json_str(row, "id"), (int)i);
	else {
		e->told = true; /* that nothing is left to look at is found again */
		db_exec(e, "UPDATE job_check SET state='done' WHERE job=?", "s", json_str(row, "id"));
		e->told = false;
	}
	e->changed = true;
	if (r == -SPE_E_INTERNAL || r == -SPE_E_CONFLICT) /* a conflict: all of the gate's places for tasks are taken just now */
		e->check_again_ms = now_ms() + PAUSE_MS;
	else if (r < 0)
		db_exec(e, "UPDATE job_check SET state='none' WHERE job=?", "s", json_str(row, "id"));
}

/* How many rules said what: no rule's name, nothing of the content. */
static void show_checks(struct engine *e, const char *id, json_t *job)
{
	auto_json json_t *row = e->policy.show_findings ? db_row(e, "SELECT state, found AS found_json FROM job_check WHERE job=?", "s", id) : NULL;
	json_t *o;
	size_t i;

	json_object_set_new(job, "checks", json_string(row ? json_str(row, "state") : "none"));
	json_array_foreach(json_object_get(job, "outputs"), i, o) {
		const json_t *found;
		char key[24];

		snprintf(key, sizeof(key), "%zu", i);
		found = json_object_get(json_object_get(row, "found"), key);
		if (found)
			json_object_set_new(o, "checks", json_pack("{sOsOsO}", "pass", json_array_get(found, 0), "review",
				json_array_get(found, 1), "block", json_array_get(found, 2)));
	}
}

/* --- looking and stopping -------------------------------------------------------------------- */

static json_t *show(struct engine *e, const char *id)
{
	json_t *j = db_row(e, "SELECT id AS job, workspace, state, owner, command AS command_json, submitted, started, finished, result, "
			      "reason, exit, outputs AS outputs_json, skipped AS skipped_json, profile, mem, cpu, time, pids, "
			      "coalesce((SELECT digest FROM job_runtime WHERE job=job.id),'host') AS runtime FROM job WHERE id=?", "s", id);
	static const char *const hidden[] = { "mem", "cpu", "time", "pids" };
	json_t *o;
	size_t i;

	if (!j)
		return NULL;
	if (strcmp(json_str(j, "state"), "queued") == 0 && !db_number(e, "SELECT count(*) FROM job j WHERE j.id=? AND " HAS_RUNTIME, "s", id))
		json_object_set_new(j, "reason", json_string("it waits for its runtime, which is not on this host; the operator has to import it"));
	else if (strcmp(json_str(j, "state"), "queued") == 0 && quotas_check(e, QUOTA_OUTPUTS, json_str(j, "workspace"), e->conf.out_bytes, NULL) < 0)
		json_object_set_new(j, "reason", json_string("it waits for room for its outputs: spe-cli job remove JOB makes some"));
	json_object_set_new(j, "limits", json_pack("{sOsOsOsO}", "memory", json_object_get(j, "mem"), "cpus", json_object_get(j, "cpu"),
		"time", json_object_get(j, "time"), "processes", json_object_get(j, "pids")));
	for (i = 0; i < 4; i++)
		json_object_del(j, hidden[i]);
	json_array_foreach(json_object_get(j, "outputs"), i, o) {
		json_object_del(o, "sha256"); /* a digest is a channel: it confirms guesses */
		if (!e->policy.show_sizes)
			json_object_del(o, "size");
		if (!e->policy.show_names)
			json_object_set_new(o, "name", json_string(""));
	}
	show_checks(e, id, j);
	json_array_foreach(json_object_get(j, "skipped"), i, o)
		json_object_del(o, "count"); /* a number that the job chose */
	if (!e->policy.show_exit && json_is_string(json_object_get(j, "result"))) {
		json_object_set_new(j, "exit", json_null());
		json_object_set_new(j, "result", json_string("ended"));
		json_object_set_new(j, "reason", json_string("the job has ended; this host's policy does not show how"));
	}
	return j;
}

/* The job, if this person may see it; want 0: any role of the workspace, or operator. */
static int mine(struct engine *e, struct call *c, unsigned want, json_t **ret, unsigned *have)
{
	auto_json json_t *j = show(e, c->part[1]);
	const char *ws = j ? json_str(j, "workspace") : "";
	int r = j ? workspace_open(e, c, ws, want, have) : -SPE_E_NOT_FOUND;

	if (r == -SPE_E_NOT_FOUND)
		return spe_fail(&c->err, SPE_E_NOT_FOUND, "there is no job %.20s of yours", c->part[1]);
	if (r == 0)
		*ret = json_incref(j);
	return r;
}

/* until=over: it has ended and its outputs are kept; until=checked: and were looked at, where policy lets them be. */
static bool not_yet(const struct call *c, const json_t *job)
{
	const char *state = json_str(job, "state");
	char until[16] = "";
	bool over = strcmp(state, "captured") == 0 || strcmp(state, "gone") == 0;

	if (!call_query(c, "until", until, sizeof(until)))
		return false;
	return !over || (strcmp(until, "checked") == 0 && strcmp(json_str(job, "checks"), "pending") == 0);
}

int jobs_show(struct engine *e, struct call *c, json_t **ret)
{
	char since[16] = "";
	unsigned have;
	int r = mine(e, c, 0, ret, &have);

	if (r == 0 && !c->last && not_yet(c, *ret))
		return CALL_WAIT;
	if (r == 0 && call_query(c, "since", since, sizeof(since)) && !c->last && strcmp(since, json_str(*ret, "state")) == 0)
		return CALL_WAIT;
	return r < 0 ? r : 200;
}

int jobs_list(struct engine *e, struct call *c, json_t **ret)
{
#define ROW(result, reason) "SELECT id, json_object('job',id,'workspace',workspace,'state',state,'owner',owner,'submitted',submitted," \
	"'result'," result ",'reason'," reason ") FROM job WHERE serial=?"
	static const struct list shown = { LIST_OF("job"), "job", ROW("result", "reason") };
	static const struct list hidden = { LIST_OF("job"), "job", ROW("NULL", "NULL") };

	return list_page(e, c, e->policy.show_exit ? &shown : &hidden);
}

bool jobs_waits(const struct task *t)
{
	return t->again_ms && t->again_ms != INT64_MAX;
}

/* Outputs that wait with a keeper take memory for as long as that may be. */
static bool give_up(struct engine *e, const char *id, uint32_t number)
{
	struct task *t = tasks_find(e, TASK_CAPTURE, number);

	if (!t)
		t = tasks_find(e, TASK_JOB, number);
	if (!t || !jobs_waits(t))
		return false;
	keep(e, id, NULL);
	tasks_forget(e, t);
	return true;
}

static bool stop(struct engine *e, const char *id, const char *state)
{
	struct verdict v = { "killed", -1, "the job was cancelled or halted before it began", "" };
	uint32_t number;

	if (!spe_id_parse(id, &number))
		return false;
	if (strcmp(state, "queued") == 0) {
		final(e, id, &v);
		become(e, id, JOB_GONE);
		return true;
	}
	if (strcmp(state, "ended") == 0)
		return give_up(e, id, number);
	if (strcmp(state, "running") != 0 || !tasks_find(e, TASK_JOB, number))
		return false;
	db_exec(e, "UPDATE job SET cancelled=1 WHERE id=?", "s", id); /* where its keeper is lost before it tells of the end */
	tasks_kill(e, TASK_JOB, number);
	return true;
}

int jobs_cancel(struct engine *e, struct call *c, json_t **ret)
{
	auto_json json_t *j = NULL;
	unsigned have;
	int r = mine(e, c, c->roles & ROLE_OPERATOR ? 0 : ROLE_RESEARCHER | ROLE_PI, &j, &have);

	if (r < 0)
		return r;
	gate_journal(e, gate_record(c, have, "job.cancel", json_str(j, "workspace"), 0, json_pack("{ss}", "job", c->part[1])));
	if (!stop(e, c->part[1], json_str(j, "state")))
		return spe_fail(&c->err, SPE_E_CONFLICT, "job %.20s is %s: it can't be cancelled any more", c->part[1], json_str(j, "state"));
	*ret = show(e, c->part[1]);
	return 200;
}

/* ---- removing what a job left ---- */

static json_t *of_removal(const char *id, json_t *record)
{
	return json_pack("{soss}", "record", record, "job", id);
}

/* The gate has journalled it, and says what stays; removed before, it says the same again. */
static int remove_outputs(struct engine *e, const char *id, json_t *record, struct spe_error *err)
{
	auto_json json_t *got = NULL;
	auto_free char *outputs = NULL;
	int r = gate_ask(e, GATE_REMOVE, of_removal(id, record), &got, NULL, err);

	if (r == 0) {
		outputs = json_dumps(json_object_get(got, "outputs"), JSON_COMPACT);
		db_exec(e, "UPDATE job SET outputs=?, kept=? WHERE id=?", "sis", outputs ? outputs : "[]", bytes_of(got), id);
		db_exec(e, "DELETE FROM job_check WHERE job=?", "s", id); /* what was seen of them goes by their order */
	}
	if (r != -SPE_E_INTERNAL) /* else the gate may be halfway: it is asked again at the next start, or when somebody does */
		db_exec(e, "UPDATE job SET removing=0 WHERE id=?", "s", id);
	e->changed = true;
	return r;
}

#define COUNT_MS 50 /* at a time: others wait as long */

/* The first removal after a start wants all of the vault's files counted: in pieces, so that others are served. */
int jobs_remove(struct engine *e, struct call *c, json_t **ret)
{
	auto_json json_t *j = NULL, *got = NULL;
	unsigned have;
	int r = mine(e, c, ROLE_RESEARCHER | ROLE_PI, &j, &have);

	if (r < 0)
		return r;
	if (strcmp(json_str(j, "state"), "captured") != 0)
		return spe_fail(&c->err, SPE_E_CONFLICT, "job %.20s is %s: no outputs of it are kept", c->part[1], json_str(j, "state"));
	if (gate_ask(e, GATE_REFS, json_pack("{si}", "ms", COUNT_MS), &got, NULL, &c->err) < 0)
		return -(int)c->err.code;
	if (json_flag(got, "more"))
		return CALL_SOON;
	db_exec(e, "UPDATE job SET removing=1 WHERE id=?", "s", c->part[1]); /* committed before the gate is asked */
	r = remove_outputs(e, c->part[1], gate_record(c, have, "job.remove", json_str(j, "workspace"), 0, json_pack("{ss}", "job", c->part[1])), &c->err);
	if (r < 0)
		return r;
	*ret = show(e, c->part[1]);
	return 200;
}

void jobs_resume(struct engine *e)
{
	auto_json json_t *all = db_items(e, "SELECT id, workspace FROM job WHERE removing=1", "");
	struct spe_error err;
	json_t *j;
	size_t i;

	bundles_resume(e);
	json_array_foreach(json_object_get(all, "items"), i, j)
		if (remove_outputs(e, json_str(j, "id"), gate_record(NULL, 0, "job.remove", json_str(j, "workspace"), 0,
			json_pack("{ss}", "job", json_str(j, "id"))), &err) < 0)
			spe_log("jobs", "outputs of job %s stay: %s", json_str(j, "id"), err.text);
}

int jobs_stop_all(struct engine *e, const char *ws)
{
	auto_json json_t *all = db_items(e, "SELECT id, state FROM job WHERE state IN ('queued','running') AND (workspace=? OR ? IS NULL)",
		"ss", ws, ws);
	json_t *j;
	size_t i;
	int n = 0;

	json_array_foreach(json_object_get(all, "items"), i, j)
		n += stop(e, json_str(j, "id"), json_str(j, "state"));
	return n;
}
