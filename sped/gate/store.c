/* gate/store.c - state files, each with its digest in the journal before it exists; see room.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/gate/room.h"

/* ---- what the journal says ---- */

/* "exports/ID/decisions/P.json" is "decisions/P.json" in group "exports/ID"; "jobs/J.json" is "J.json" in "jobs". */
static const char *path_split(const char *path, char group[STORE_PATH])
{
	const char *first = strchr(path, '/'), *second = first ? strchr(first + 1, '/') : NULL;
	const char *cut = second ? second : first ? first : path;

	snprintf(group, STORE_PATH, "%.*s", (int)(cut - path), path);
	return *cut == '/' ? cut + 1 : cut;
}

static int digest_set(struct gate *g, const char *path, const char *sha256)
{
	char group[STORE_PATH];
	const char *name = path_split(path, group);
	json_t *of = json_object_get(g->files, group);

	if (!sha256)
		return of ? json_object_del(of, name), 0 : 0;
	if (!of) {
		of = json_object();
		if (json_object_set_new(g->files, group, of) < 0)
			return -ENOMEM;
	}
	return json_object_set_new(of, name, json_string(sha256)) < 0 ? -ENOMEM : 0;
}

const json_t *store_group(const struct gate *g, const char *group)
{
	return json_object_get(g->files, group);
}

const char *store_digest(const struct gate *g, const char *path)
{
	char group[STORE_PATH];
	const char *name = path_split(path, group);

	return json_string_value(json_object_get(store_group(g, group), name));
}

bool store_has(const struct gate *g, const char *path)
{
	return store_digest(g, path) != NULL;
}

static int undo_seen(struct gate *g)
{
	const char *path;
	json_t *before;

	json_object_foreach(g->last, path, before) {
		char job[SPE_ID_TEXT], export[SPE_ID_TEXT];

		if (digest_set(g, path, json_string_value(before)) < 0)
			return -ENOMEM;
		snprintf(export, sizeof(export), "%.8s", strncmp(path, "exports/", 8) == 0 ? path + 8 : "");
		json_object_del(g->ended, export); /* where it was not this that ended it, that is found out once more */
		snprintf(job, sizeof(job), "%.8s", strncmp(path, "jobs/", 5) == 0 ? path + 5 : "");
		if (strcmp(g->last_action, "job.removed") == 0 && json_object_set_new(g->removing, job, json_true()) < 0) /* it still lists them */
			return -ENOMEM;
	}
	json_object_clear(g->last);
	proof_undone(g, g->last_seq);
	return 0;
}

static int files_seen(struct gate *g, const json_t *record, const json_t *files, uint64_t seq)
{
	const char *path;
	json_t *sha256;

	json_object_clear(g->last);
	snprintf(g->last_action, sizeof(g->last_action), "%s", json_str(record, "action"));
	g->last_seq = seq;
	json_object_foreach((json_t *)(uintptr_t)files, path, sha256) {
		const char *old = store_digest(g, path);
		json_t *before = old ? json_string(old) : json_null();

		if (json_object_set_new(g->last, path, before) < 0 ||
			digest_set(g, path, json_string_value(sha256)) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* One who rejects or returns it is enough, and for good; and what is blocked nobody decides on. */
static int ended_seen(struct gate *g, const json_t *record)
{
	const json_t *object = json_object_get(record, "object");
	const char *verdict = strcmp(json_str(record, "action"), "export.decision") == 0 ? json_str(object, "verdict") : "";

	if (!json_flag(object, "blocked") && strcmp(verdict, "reject") != 0 && strcmp(verdict, "return") != 0)
		return 0;
	return json_object_set_new(g->ended, json_str(object, "export"), json_true()) < 0 ? -ENOMEM : 0;
}

/* A job that left nothing: its record is all that there is of it. */
static int nothing_seen(struct gate *g, const json_t *record)
{
	const char *job = json_str(json_object_get(record, "object"), "job");

	return json_object_set(g->nothing, job, json_object_get(record, "workspace")) < 0 ? -ENOMEM : 0;
}

/* NULL: out of memory. */
static json_t *object_of(json_t *in, const char *key)
{
	json_t *o = json_object_get(in, key);

	if (!o && json_object_set_new(in, key, json_object()) < 0)
		return NULL;
	return json_object_get(in, key);
}

static int add_to(json_t *in, const char *key, json_int_t more)
{
	return json_object_set_new(in, key, json_integer(json_int(in, key) + more));
}

/* Before persons were told nobody had begun what could be gone on with. */
static int fetched_seen(struct gate *g, const json_t *record)
{
	const json_t *object = json_object_get(record, "object");
	const char *person = json_str(object, "person");
	json_int_t bytes = json_int(object, "bytes");
	json_t *of = object_of(g->fetched, json_str(object, "export")), *people = of ? object_of(of, "people") : NULL,
	       *who = people ? object_of(people, person) : NULL;

	if (!who)
		return -ENOMEM;
	if (bytes > 0)
		return add_to(who, "bytes", bytes);
	return add_to(of, "times", 1) < 0 || add_to(who, "times", *person != 0) < 0 ? -ENOMEM : 0;
}

void store_seen(void *arg, const json_t *record, uint64_t seq)
{
	const json_t *object = json_object_get(record, "object"), *files = json_object_get(object, "files");
	const char *action = json_str(record, "action");
	struct gate *g = arg;
	int r = 0;

	if (strcmp(action, "keys.made") == 0 && !g->made)
		g->made = json_incref(json_object_get(record, "object"));
	else if (strcmp(action, "gate.undone") == 0)
		r = undo_seen(g);
	else if (files)
		r = files_seen(g, record, files, seq);
	else if (strcmp(action, "job.ingest") == 0)
		r = nothing_seen(g, record);
	else if (strcmp(action, "job.removing") == 0)
		r = removal_seen(g, record);
	else if (strcmp(action, "export.fetched") == 0 || strcmp(action, "export.resumed") == 0)
		r = fetched_seen(g, record);
	else if (strncmp(action, "clock.", 6) == 0)
		clock_seen(g, record);
	else if (strncmp(action, "permit.", 7) == 0)
		r = remains_seen(g, record);
	else
		r = held_seen(g, record);
	if (r == 0 && files && strcmp(action, "job.removed") == 0)
		json_object_del(g->removing, json_str(object, "job"));
	if (r == 0 && files)
		r = ended_seen(g, record);
	if (r == 0 && files)
		r = leaving_seen(g, record);
	if (r == 0 && files)
		r = proof_seen(g, record, seq);
	if (r < 0)
		g->must_end = true;
}

bool store_is_empty(const json_t *sha256)
{
	char nothing[SHA256_TEXT];

	return json_is_string(sha256) && sha256_text("", 0, nothing) == 0 && strcmp(json_string_value(sha256), nothing) == 0;
}

bool store_is_left(const struct gate *g, const char *path)
{
	char group[STORE_PATH];
	const char *name = path_split(path, group);
	const json_t *sha256 = json_object_get(store_group(g, group), name);

	return sha256 && !store_is_empty(sha256);
}

/* ---- directories ---- */

/* made: NULL, or where to keep the directory that name was made in, which is then to be synced; the first of them. */
static int dir_enter(int dir, const char *name, int *made)
{
	int fd = io_openat(dir, name, O_RDONLY | O_DIRECTORY, 0);

	if (fd != -ENOENT || !made)
		return fd;
	if (mkdirat(dir, name, 0700) < 0 && errno != EEXIST)
		return -errno;
	if (*made < 0)
		*made = io_openat(dir, ".", O_RDONLY | O_DIRECTORY, 0);
	else if (fsync(dir) < 0)
		return -errno;
	return *made < 0 ? *made : io_openat(dir, name, O_RDONLY | O_DIRECTORY, 0);
}

/* The directory that path lies in, with made as above; *ret_name is the last component. */
static int parent_open(const struct gate *g, const char *path, int *made, const char **ret_name)
{
	int dir = io_openat(g->dir, ".", O_RDONLY | O_DIRECTORY, 0);
	const char *slash;
	char name[STORE_PATH];

	while (dir >= 0 && (slash = strchr(path, '/'))) {
		int next;

		snprintf(name, sizeof(name), "%.*s", (int)(slash - path), path);
		next = dir_enter(dir, name, made);
		close(dir);
		dir = next;
		path = slash + 1;
	}
	*ret_name = path;
	return dir;
}

static bool is_leftover(const char *name)
{
	size_t n = strlen(name);

	return name[0] == '.' && (n < 3 || (n > 5 && strcmp(name + n - 4, ".new") == 0));
}

json_t *dir_names(int dir, const char *path)
{
	int fd = io_openat(dir, path, O_RDONLY | O_DIRECTORY, 0);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	json_t *names = json_array();
	struct dirent *one;

	if (!d) {
		spe_close_fd(&fd);
		json_decref(names);
		return NULL;
	}
	while ((one = readdir(d)))
		if (!is_leftover(one->d_name) && json_array_append_new(names, json_string(one->d_name)) < 0)
			json_array_append_new(names, json_string("(a name that is not UTF-8)"));
	closedir(d);
	return names;
}

/* ---- reading ---- */

static int differs(struct spe_error *e, const char *path)
{
	return spe_fail(e, SPE_E_TAMPERED, "%s is not what the journal says it was", path);
}

static int gone(const struct gate *g, const char *path, int r, struct spe_error *e)
{
	if (r != -ENOENT)
		return spe_fail(e, SPE_E_INTERNAL, "can't read %s: %s", path, strerror(-r));
	if (store_has(g, path))
		return spe_fail(e, SPE_E_TAMPERED, "%s is in the journal but not on disk", path);
	return spe_fail(e, SPE_E_NOT_FOUND, "there is no %s", path);
}

static int unknown(struct spe_error *e, const char *path)
{
	return spe_fail(e, SPE_E_TAMPERED, "%s is on disk but not in the journal", path);
}

int store_read(const struct gate *g, const char *path, char **ret, size_t *ret_len, struct spe_error *e)
{
	auto_close int fd = io_openat(g->dir, path, O_RDONLY | O_NOFOLLOW, 0);
	const char *want = store_digest(g, path);
	auto_free char *text = NULL;
	char sha256[SHA256_TEXT];
	size_t len;
	int r;

	if (fd < 0)
		return gone(g, path, fd, e);
	if (!want)
		return unknown(e, path);
	r = io_read_at(fd, STORE_TEXT_MAX, &text, &len);
	if (r == -EFBIG)
		return differs(e, path);
	if (r < 0 || (r = sha256_text(text, len, sha256)) < 0)
		return gate_fail(e, "read a file of the gate", r);
	if (strcmp(sha256, want) != 0)
		return differs(e, path);
	*ret = spe_take_ptr(&text);
	*ret_len = len;
	return 0;
}

int store_json(const struct gate *g, const char *path, json_t **ret, struct spe_error *e)
{
	auto_free char *text = NULL;
	size_t len;

	TRY(store_read(g, path, &text, &len, e));
	return json_parse(text, len, path, ret, e);
}

bool store_has_job(const struct gate *g, const char *id)
{
	char path[STORE_PATH];

	snprintf(path, sizeof(path), "jobs/%s.json", id);
	return json_object_get(g->nothing, id) || store_has(g, path);
}

int store_job(const struct gate *g, const char *id, json_t **ret, struct spe_error *e)
{
	json_t *workspace = json_object_get(g->nothing, id);
	char path[STORE_PATH];

	snprintf(path, sizeof(path), "jobs/%s.json", id);
	if (!workspace)
		return store_json(g, path, ret, e);
	*ret = json_pack("{s:s,s:s,s:O,s:[],s:[]}", "format", "spe-job-1", "job", id, "workspace", workspace, "outputs", "skipped");
	return *ret ? 0 : gate_memory(e);
}

int store_open_file(const struct gate *g, const char *path, uint64_t *ret_size, struct spe_error *e)
{
	auto_close int fd = io_openat(g->dir, path, O_RDONLY | O_NOFOLLOW, 0);
	const char *want = store_digest(g, path);
	char sha256[SHA256_TEXT];
	int r;

	if (fd < 0)
		return gone(g, path, fd, e);
	if (!want)
		return unknown(e, path);
	r = sha256_fd_text(fd, sha256, ret_size);
	if (r < 0)
		return gate_fail(e, "hash a file of the gate", r);
	if (strcmp(sha256, want) != 0)
		return differs(e, path);
	return spe_take_fd(&fd);
}

/* ---- writing ---- */

/* A file on its way to its place. All of a record's are written, and their way to disk begun, before the first is synced, so
 * that the rest is there with it; all are in their places before their directories are synced. The record comes between: what
 * waits for a disk is then three times as much for any number of files. */
struct making {
	int dir, made, fd;  /* where it belongs; where a directory above that was made, or -1; the file */
	int source;         /* where it is until then */
	bool own;           /* it was made here, from what is in memory */
	char from[280];
	const char *name;
};

struct makings {
	struct making m[STORE_FILES_MAX];
	size_t count;
	size_t bad; /* the one that could not be made */
};

static int making_begin(const struct gate *g, const struct store_file *f, struct making *m)
{
	m->dir = parent_open(g, f->path, &m->made, &m->name);
	if (m->dir < 0)
		return m->dir;
	m->source = f->from ? io_openat(g->dir, "tmp", O_RDONLY | O_DIRECTORY, 0) : io_openat(m->dir, ".", O_RDONLY | O_DIRECTORY, 0);
	if (m->source < 0)
		return m->source;
	if (snprintf(m->from, sizeof(m->from), f->from ? "%s" : ".%s.new", f->from ? f->from : m->name) >= (int)sizeof(m->from))
		return -ENAMETOOLONG;
	m->own = !f->from;
	m->fd = io_openat(m->source, m->from, m->own ? O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW : O_RDONLY | O_NOFOLLOW, 0600);
	return m->fd < 0 ? m->fd : m->own ? io_write_all(m->fd, f->p, f->len) : 0;
}

static void making_end(struct making *m, bool good)
{
	if (!good && m->own && m->fd >= 0)
		unlinkat(m->source, m->from, 0);
	spe_close_fd(&m->fd);
	spe_close_fd(&m->source);
	spe_close_fd(&m->made);
	spe_close_fd(&m->dir);
}

static bool same_dir(const struct store_file *a, const struct store_file *b)
{
	const size_t n = (size_t)(strrchr(a->path, '/') - a->path);

	return strncmp(a->path, b->path, n + 1) == 0 && !strchr(b->path + n + 1, '/');
}

static void makings_end(struct makings *all, bool good)
{
	size_t i;

	for (i = 0; i < STORE_FILES_MAX; i++)
		making_end(&all->m[i], good);
}

/* Beside their places, and synced there. The caller ends them, also where this fails. */
static int files_begin(const struct gate *g, const struct store_file *f, size_t count, struct makings *ret)
{
	struct making *m = ret->m;
	size_t i;
	int r = count <= STORE_FILES_MAX ? 0 : -E2BIG;

	for (i = 0; i < STORE_FILES_MAX; i++)
		m[i] = (struct making){ -1, -1, -1, -1, false, "", NULL };
	ret->count = count;
	ret->bad = 0;
	for (i = 0; i < count && r == 0; i++)
		r = making_begin(g, &f[ret->bad = i], &m[i]);
	for (i = 0; i < count && r == 0; i++) /* what goes wrong is what fsync says */
		sync_file_range(m[i].fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	for (i = 0; i < count && r == 0; i++)
		r = fsync(m[ret->bad = i].fd) < 0 || (m[i].made >= 0 && fsync(m[i].made) < 0) ? -errno : 0;
	return r;
}

static int files_place(const struct store_file *f, struct makings *all)
{
	struct making *m = all->m;
	size_t i;
	int r = 0;

	for (i = 0; i < all->count && r == 0; i++)
		r = renameat(m[all->bad = i].source, m[i].from, m[i].dir, m[i].name) < 0 ? -errno : 0;
	for (i = 0; i < all->count && r == 0; i++)
		if (i + 1 == all->count || !same_dir(&f[i], &f[i + 1]))
			r = fsync(m[all->bad = i].dir) < 0 ? -errno : 0;
	return r;
}

static json_t *own_record(const char *action, const char *workspace, json_t *object)
{
	return json_pack("{s:s,s:s,s:s,s:s?,s:o}", "actor", JOURNAL_ACTOR, "role", "gate", "action", action,
		"workspace", workspace, "object", object);
}

static int own_append(struct gate *g, json_t *record, struct spe_error *e)
{
	uint64_t seq;

	if (!record)
		return gate_memory(e);
	TRY(journal_append(g->journal, record, "ok", &seq, NULL, e));
	store_seen(g, record, seq);
	return 0;
}

int store_fetched(struct gate *g, const char *export, const char *workspace, const char *person, uint64_t bytes, struct spe_error *e)
{
	auto_json json_t *record = own_record(bytes ? "export.resumed" : "export.fetched", workspace, json_pack("{s:s,s:s}", "export", export, "person",
		person));

	if (bytes)
		json_object_set_new(json_object_get(record, "object"), "bytes", json_integer((json_int_t)bytes));
	return own_append(g, record, e);
}

int store_note(struct gate *g, const char *action, const char *workspace, json_t *object, struct spe_error *e)
{
	auto_json json_t *record = own_record(action, workspace, object);

	return own_append(g, record, e);
}

int store_removing(struct gate *g, const char *job, const char *workspace, struct spe_error *e)
{
	return store_note(g, "job.removing", workspace, json_pack("{s:s}", "job", job), e);
}

int store_nothing(struct gate *g, const char *job, const char *workspace, struct spe_error *e)
{
	auto_json json_t *record = own_record("job.ingest", workspace, json_pack("{s:s,s:i}", "job", job, "outputs", 0));

	if (!record)
		return gate_memory(e);
	TRY(journal_append_later(g->journal, record, "ok", e));
	store_seen(g, record, journal_size(g->journal));
	return 0;
}

static json_t *files_object(struct store_file *f, size_t count)
{
	json_t *files = json_object();
	size_t i;

	for (i = 0; i < count; i++)
		if ((!f[i].from && sha256_text(f[i].p, f[i].len, f[i].sha256) < 0) ||
			json_object_set_new(files, f[i].path, json_string(f[i].sha256)) < 0) {
			json_decref(files);
			return NULL;
		}
	return files;
}

/* Their record, and then they are in their places. */
static int files_write(struct gate *g, const char *action, json_t *record, const struct store_file *f, struct makings *all, struct spe_error *e)
{
	int r;

	TRY(journal_checks_sync(g->journal, e)); /* a release names one */
	TRY(own_append(g, record, e));
	r = files_place(f, all);
	if (r == 0)
		return 0;
	spe_fail(e, SPE_E_INTERNAL, "can't write %s: %s", f[all->bad].path, strerror(-r));
	if (store_recover(g, NULL) < 0 || strcmp(action, "export.release") == 0)
		g->must_end = true; /* a release is never undone: the next start finishes it, before any other record */
	return -SPE_E_INTERNAL;
}

int store_write(struct gate *g, const char *action, const char *workspace, json_t *object, struct store_file *f,
	size_t count, struct spe_error *e)
{
	auto_json json_t *files = files_object(f, count);
	auto_json json_t *record = own_record(action, workspace, object);
	struct makings all;
	int r;

	if (!files || !record || json_object_set(object, "files", files) < 0)
		return gate_memory(e);
	r = files_begin(g, f, count, &all);
	if (r < 0)
		r = spe_fail(e, SPE_E_INTERNAL, "can't write %s: %s", f[all.bad].path, strerror(-r));
	else
		r = files_write(g, action, record, f, &all, e);
	makings_end(&all, r == 0);
	return r;
}

int store_write_json(struct gate *g, const char *action, const char *workspace, json_t *object, const char *path,
	const json_t *j, struct spe_error *e)
{
	auto_free char *text = json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER);
	struct store_file f = { .p = text, .len = text ? strlen(text) : 0 };

	if (!text) {
		json_decref(object);
		return gate_memory(e);
	}
	snprintf(f.path, sizeof(f.path), "%s", path);
	return store_write(g, action, workspace, object, &f, 1, e);
}

int store_remake(struct gate *g, struct store_file *f, size_t count, struct spe_error *e)
{
	auto_json json_t *files = files_object(f, count);
	struct makings all;
	size_t i;
	int r = files ? 0 : -ENOMEM;

	for (i = 0; i < count && r == 0; i++) {
		const char *want = store_digest(g, f[i].path);

		if (!want || strcmp(want, f[i].sha256) != 0)
			return differs(e, f[i].path);
	}
	if (r == 0) {
		r = files_begin(g, f, count, &all);
		if (r == 0)
			r = files_place(f, &all);
		makings_end(&all, r == 0);
	}
	return r < 0 ? gate_fail(e, "make a file anew", r) : 0;
}

/* ---- after a crash ---- */

/* Of one file that the last record speaks of. UNKNOWN: it could not be read just now. */
enum made { MADE_NEW, MADE_OLD, MADE_OTHER, MADE_UNKNOWN };

static enum made made_is(const struct gate *g, const char *path, const json_t *before)
{
	auto_close int fd = io_openat(g->dir, path, O_RDONLY | O_NOFOLLOW, 0);
	const char *old = json_string_value(before), *new = store_digest(g, path);
	char sha256[SHA256_TEXT];

	if (fd == -ENOENT)
		return old ? MADE_OTHER : MADE_OLD;
	if (!new || fd == -ELOOP || fd == -ENXIO)
		return MADE_OTHER;
	if (fd < 0 || sha256_fd_text(fd, sha256, NULL) < 0)
		return MADE_UNKNOWN;
	if (strcmp(sha256, new) == 0)
		return MADE_NEW;
	return old && strcmp(sha256, old) == 0 ? MADE_OLD : MADE_OTHER;
}

static int remove_file(const struct gate *g, const char *path)
{
	const char *name;
	auto_close int dir = parent_open(g, path, NULL, &name);

	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
		return -errno;
	return fsync(dir) < 0 ? -errno : 0;
}

static int undo(struct gate *g, struct spe_error *e)
{
	auto_json json_t *record = own_record("gate.undone", NULL,
		json_pack("{s:I}", "seq", (json_int_t)g->last_seq));
	const char *path;
	json_t *before;

	json_object_foreach(g->last, path, before) {
		int r = json_is_null(before) ? remove_file(g, path) : 0;

		if (r < 0)
			return gate_fail(e, "remove a half made file", r);
	}
	return own_append(g, record, e);
}

/* What goes with a permit is gone with the first of its files, its key too, and nothing brings it back: what the record says is done to
 * its end. All of them are empty then. */
static int end_finish(struct gate *g, struct spe_error *e)
{
	struct store_file f[STORE_FILES_MAX] = { { .p = "" } };
	const char *path;
	json_t *before;
	size_t count = 0;

	json_object_foreach(g->last, path, before) {
		if (count == STORE_FILES_MAX)
			return gate_fail(e, "finish the end of a permit", -E2BIG);
		f[count].p = "";
		snprintf(f[count++].path, sizeof(f[0].path), "%s", path);
	}
	return store_remake(g, f, count, e);
}

static int half_made(struct gate *g, struct spe_error *e)
{
	static const char *const ends[] = { "permit.keys-destroyed", "export.erased", "job.erased" };
	size_t i;

	if (strcmp(g->last_action, "export.release") == 0) /* release_pending makes it */
		return 0;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (strcmp(g->last_action, ends[i]) == 0)
			return end_finish(g, e);
	return undo(g, e);
}

/* They have their names: whether those are on disk is known by a sync alone. */
static int dirs_sync(struct gate *g, struct spe_error *e)
{
	const char *path, *name;
	json_t *before;

	json_object_foreach(g->last, path, before) {
		auto_close int dir = parent_open(g, path, NULL, &name);

		if (dir != -ENOENT && (dir < 0 || fsync(dir) < 0))
			return gate_fail(e, "sync a directory", dir < 0 ? dir : -errno);
	}
	return 0;
}

/* Only the very last record can be without its files: whatever follows it was written after them.
 * Files that are neither as before nor as promised were not made so by a crash: they stay, for do_verify to name. */
int store_recover(struct gate *g, struct spe_error *e)
{
	bool old = false;
	const char *path;
	json_t *before;

	if (json_object_size(g->last) == 0 || g->last_seq != journal_size(g->journal))
		return 0;
	json_object_foreach(g->last, path, before) {
		enum made made = made_is(g, path, before);

		if (made == MADE_UNKNOWN)
			return spe_fail(e, SPE_E_INTERNAL, "can't tell whether %s was written", path);
		if (made == MADE_OTHER)
			return 0;
		old |= made == MADE_OLD;
	}
	return old ? half_made(g, e) : dirs_sync(g, e);
}

/* ---- all of it ---- */

void store_check(const struct gate *g, const char *path, json_t *problems)
{
	struct spe_error e;
	int fd;

	if (!store_has(g, path)) /* its record was undone since */
		return;
	fd = store_open_file(g, path, NULL, &e);
	if (fd < 0)
		problem_add(problems, "%s", e.text);
	else
		close(fd);
}

void store_check_names(const struct gate *g, const char *path, int depth, json_t *todo, json_t *problems)
{
	auto_json json_t *names = dir_names(g->dir, path);
	json_t *name;
	size_t i;

	if (!names)
		return problem_add(problems, "%s can't be read", path);
	json_array_foreach(names, i, name) {
		char below[STORE_PATH];
		struct stat st;

		snprintf(below, sizeof(below), "%s/%s", path, json_string_value(name));
		if (fstatat(g->dir, below, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) && depth > 0)
			json_array_append_new(todo, json_sprintf("names %d %s", depth - 1, below));
		else if (!store_has(g, below) && strcmp(below, "keys/master.key") != 0 &&
			strcmp(below, "keys/release.key") != 0)
			problem_add(problems, "%s is on disk but not in the journal", below);
	}
}
