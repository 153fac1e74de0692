/* spe-cli/cmd_backup.c - backup, restore. Both read or write sped's own directories, which only root may. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <dirent.h>
#include <unistd.h>

#include "spe-cli/commands.h"
#include "spe-cli/ending.h"
#include "spe-cli/show.h"
#include "spe-cli/sums.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/hex.h"
#include "sped/base/json.h"

#define DEPTH 8
#define NOTE "backup.json"  /* comes last: what has none is half a backup */
#define HALF "restore.part" /* what is restored, until all of it is there: in its place half of it would be taken for a host */

/* Whose a copy is: of this user, or of whom it was. sums: each file is summed as it is read, or NULL. */
struct owner {
	bool same;
	uid_t uid;
	gid_t gid;
	struct sums *sums;
};

static int failed(struct spe_error *e, const char *what, const char *name, int r)
{
	bool denied = r == -EACCES || r == -EPERM;
	enum spe_code code = denied ? SPE_E_NOT_AUTHORISED : SPE_E_INTERNAL;

	spe_fail(e, code, "can't %s %.200s: %s", what, name, strerror(-r));
	if (denied)
		spe_remedy(e, "try: as root, who alone reads what sped keeps");
	return -(int)code;
}

static volatile sig_atomic_t ends_by; /* the signal that came while keys lie in what is not whole yet */

static void hear(int signal)
{
	ends_by = signal;
}

/* A signal that would end us ends the copying first: what is there of the keys may not stay. Under nohup one is ignored. */
static void signals_hear(void (*how)(int))
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	const struct sigaction action = { .sa_handler = how };
	struct sigaction old;
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
}

static int bytes_copy(int in, int out, struct sums *sums)
{
	char piece[1 << 16];
	ssize_t n = 0;
	int r = sums_begin(sums);

	while (!sums && (n = copy_file_range(in, NULL, out, NULL, 1 << 30, 0)) > 0 && !ends_by)
		;
	if (!sums && n == 0)
		return 0;
	while (r == 0 && !ends_by && (n = read(in, piece, sizeof(piece))) > 0) {
		r = sums_add(sums, piece, (size_t)n);
		if (r == 0)
			r = io_write_all(out, piece, (size_t)n);
	}
	return r < 0 ? r : ends_by ? -EINTR : n < 0 ? -errno : sums_end(sums);
}

static int own(int fd, const struct stat *st, const struct owner *o, mode_t mode)
{
	if (fchown(fd, o->same ? st->st_uid : o->uid, o->same ? st->st_gid : o->gid) < 0 || fchmod(fd, o->same ? st->st_mode & 07777 : mode) < 0)
		return -errno;
	return 0;
}

static int file_copy(int in, const struct stat *st, int to, const char *as, const struct owner *o)
{
	auto_close int out = io_openat(to, as, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	int r = out < 0 ? out : bytes_copy(in, out, o->sums);

	return r < 0 ? r : own(out, st, o, 0600);
}

/* name in from, as in to, and all that is below. Whatever is neither file nor directory ends it. */
static int tree_copy(int from, const char *name, int to, const char *as, const struct owner *o, int depth)
{
	auto_close int in = io_openat(from, name, O_RDONLY | O_NOFOLLOW, 0), out = -1;
	struct stat st;
	struct dirent *one;
	int r = 0, again;
	DIR *d;

	if (in < 0 || fstat(in, &st) < 0)
		return in < 0 ? in : -errno;
	if (S_ISREG(st.st_mode))
		return file_copy(in, &st, to, as, o);
	if (!S_ISDIR(st.st_mode) || depth == 0)
		return -ELOOP;
	if (mkdirat(to, as, 0700) < 0 && errno != EEXIST)
		return -errno;
	out = io_openat(to, as, O_RDONLY | O_DIRECTORY, 0);
	if (out < 0)
		return out;
	again = io_openat(from, name, O_RDONLY | O_DIRECTORY, 0);
	d = again < 0 ? NULL : fdopendir(again);
	if (!d) {
		spe_close_fd(&again);
		return -ENOMEM;
	}
	while (r == 0 && !ends_by && (errno = 0, one = readdir(d)))
		if (strcmp(one->d_name, ".") != 0 && strcmp(one->d_name, "..") != 0) {
			const size_t before = sums_enter(o->sums, one->d_name);

			r = tree_copy(in, one->d_name, out, one->d_name, o, depth - 1);
			sums_leave(o->sums, before);
		}
	if (r == 0)
		r = ends_by ? -EINTR : -errno; /* 0 at the end of the directory alone */
	closedir(d);
	return r < 0 ? r : own(out, &st, o, 0700);
}

static int copy(int from, const char *name, int to, const char *as, const struct owner *o, struct spe_error *e)
{
	const size_t before = sums_enter(o->sums, as);
	int r = tree_copy(from, name, to, as, o, DEPTH);

	sums_leave(o->sums, before);
	if (r == -EBADMSG && sums_fault(o->sums, e) < 0)
		return -SPE_E_TAMPERED;
	return r < 0 ? failed(e, "copy", name, r) : 0;
}

static int open_dir(const char *path, int *ret, struct spe_error *e)
{
	*ret = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret < 0 ? failed(e, "open", path, -errno) : 0;
}

static int open_new(const char *path, int *ret, struct spe_error *e)
{
	if (mkdir(path, 0700) < 0) {
		spe_fail(e, SPE_E_INPUT, "can't make the directory %.200s: %s", path, strerror(errno));
		spe_remedy(e, "try: a new name in a directory that is there");
		return -SPE_E_INPUT;
	}
	return open_dir(path, ret, e);
}

static void below_remove(int dir, int depth)
{
	int again = io_openat(dir, ".", O_RDONLY | O_DIRECTORY, 0);
	DIR *d = again < 0 ? NULL : fdopendir(again);
	struct dirent *one;

	if (!d) {
		spe_close_fd(&again);
		return;
	}
	while ((one = readdir(d))) {
		auto_close int below = -1;

		if (strcmp(one->d_name, ".") == 0 || strcmp(one->d_name, "..") == 0)
			continue;
		below = depth > 0 ? io_openat(dir, one->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0) : -1;
		if (below >= 0)
			below_remove(below, depth - 1);
		unlinkat(dir, one->d_name, below >= 0 ? AT_REMOVEDIR : 0);
	}
	closedir(d);
}

/* What was begun in it: half of a copy helps nobody, and would keep its name from the next try. */
static void half_remove(int dir, const char *path)
{
	below_remove(dir, DEPTH + 1);
	rmdir(path);
}

static const char *state_of(const struct cli *c)
{
	const char *state = cli_value(c, "state");

	return state ? state : SPE_STATEDIR;
}

static int settle(int dir, struct spe_error *e)
{
	return syncfs(dir) < 0 ? failed(e, "write to disk", "the copy", -errno) : 0;
}

/* --- backup --- */

static const struct owner root = { .uid = 0 };

/* Those that the gate needs; the other two there are only on a host of before the registry. */
static int own_keys_copy(int state, int to, struct spe_error *e)
{
	static const char *const names[] = { "master.key", "release.key", "people.jsonl", "issuers.jsonl" };
	auto_close int from = io_openat(state, "gate/keys", O_RDONLY | O_DIRECTORY, 0), below = -1;
	size_t i;
	int r = from < 0 ? from : mkdirat(to, "keys", 0700) < 0 ? -errno : 0;

	if (r == 0)
		r = below = io_openat(to, "keys", O_RDONLY | O_DIRECTORY, 0);
	for (i = 0; r >= 0 && i < sizeof(names) / sizeof(names[0]); i++) {
		r = tree_copy(from, names[i], below, names[i], &root, 0);
		if (r == -ENOENT && i >= 2)
			r = 0;
	}
	return r < 0 ? failed(e, "copy", "gate/keys", r) : 0;
}

static int salt_copy(int from, int to, const char *permit, const char *want, struct spe_error *e)
{
	auto_close int copied = -1;
	char sha256[SHA256_TEXT];
	int r = tree_copy(from, permit, to, permit, &root, 0);

	if (r == 0)
		r = copied = io_openat(to, permit, O_RDONLY | O_NOFOLLOW, 0);
	if (r >= 0)
		r = sha256_fd_text(copied, sha256, NULL);
	if (r < 0)
		return failed(e, "copy the key of permit", permit, r);
	if (strcmp(sha256, want) == 0)
		return 0;
	spe_fail(e, SPE_E_CONFLICT, "the key of permit %.100s is another than it was a moment ago: the permit ended meanwhile", permit);
	spe_remedy(e, "try: again; what says so once more is named by spe-cli audit verify");
	return -SPE_E_CONFLICT;
}

/* Those of the copied journal alone, as they were then: one more or less is a problem to who restores them. */
static int salts_copy(int state, int to, json_t *salts, struct spe_error *e)
{
	auto_close int from = io_openat(state, "gate/salts", O_RDONLY | O_DIRECTORY, 0), below = -1;
	const char *permit;
	json_t *sha256;
	int r = from < 0 ? from : mkdirat(to, "salts", 0700) < 0 ? -errno : 0;

	if (r == 0)
		r = below = io_openat(to, "salts", O_RDONLY | O_DIRECTORY, 0);
	if (r < 0)
		return failed(e, "copy", "gate/salts", r);
	json_object_foreach(salts, permit, sha256) {
		r = salt_copy(from, below, permit, json_string_value(sha256), e);
		if (r < 0)
			return r;
	}
	return 0;
}

static int keys_copy(int state, int to, json_t *salts, struct spe_error *e)
{
	int r = json_is_object(salts) ? own_keys_copy(state, to, e) :
		spe_fail(e, SPE_E_INTERNAL, "sped does not say which permits have keys: it is of another version than this program");

	if (r == 0)
		r = salts_copy(state, to, salts, e);
	return r < 0 ? r : settle(to, e);
}

/* Those of the copied database alone: what comes while it is copied is not in it. sped keeps them until the copy is over. */
static int tables_copy(int state, int to, const json_t *tables, struct sums *sums, struct spe_error *e)
{
	const struct owner same = { .same = true, .sums = sums };
	auto_close int from = io_openat(state, "holdings", O_RDONLY | O_DIRECTORY, 0), below = -1;
	struct stat st;
	const json_t *one;
	char name[32];
	size_t i;
	int r;

	if (!json_is_array(tables))
		return spe_fail(e, SPE_E_INTERNAL, "sped does not say which tables it has: it is of another version than this program");
	if (from < 0 || fstat(from, &st) < 0)
		return failed(e, "open", "holdings", from < 0 ? from : -errno);
	if (mkdirat(to, "holdings", 0700) < 0)
		return failed(e, "make", "holdings", -errno);
	below = io_openat(to, "holdings", O_RDONLY | O_DIRECTORY, 0);
	r = below < 0 ? below : own(below, &st, &same, 0700);
	if (r < 0)
		return failed(e, "make", "holdings", r);
	sums_enter(sums, "holdings");
	json_array_foreach((json_t *)(uintptr_t)tables, i, one) {
		snprintf(name, sizeof(name), "t%lld", (long long)json_integer_value(one));
		r = copy(from, name, below, name, &same, e);
		if (r < 0)
			return r;
	}
	sums_leave(sums, 0);
	return 0;
}

static int data_copy(const struct cli *c, int state, int to, const json_t *made, struct sums *sums, struct spe_error *e)
{
	const struct owner roots = { .uid = 0, .sums = sums };
	int r = copy(state, "gate/backup", to, "gate", &roots, e);

	if (r == 0)
		r = copy(state, "engine/backup.db", to, "state.db", &roots, e);
	if (r == 0 && !cli_has(c, "without-holdings"))
		r = tables_copy(state, to, json_object_get(made, "tables"), sums, e);
	return r < 0 ? r : settle(to, e);
}

static int note_write(int to, const json_t *made, struct spe_error *e)
{
	auto_json json_t *note = json_pack("{sssOsO}", "format", "spe-backup-1", "records", json_object_get(made, "records"), "head",
		json_object_get(made, "head"));
	auto_free char *text = note ? json_dumps(note, JSON_COMPACT) : NULL;
	int r = text ? io_replace(to, NOTE, text, strlen(text), 0600) : -ENOMEM;

	return r < 0 ? failed(e, "write", NOTE, r) : 0;
}

static bool is_beneath(const char *path, const char *top)
{
	auto_free char *below = realpath(path, NULL), *above = realpath(top, NULL);
	const size_t n = above ? strlen(above) : 0;

	return !below || !above || (strncmp(below, above, n) == 0 && (below[n] == '/' || below[n] == '\0'));
}

static int keys_new(const char *path, const char *data, int *ret, struct spe_error *e)
{
	int r = open_new(path, ret, e);

	if (r == 0 && is_beneath(path, data)) {
		r = spe_fail(e, SPE_E_INPUT, "%.200s is in %.200s: who has the backup would have its keys", path, data);
		spe_remedy(e, "try: --keys with a directory that is kept elsewhere");
	}
	return r;
}

/* What was copied is summed where the sums have a place that who has the copy has not. */
static int data_sum(const struct cli *c, int state, int to, int keys, const json_t *made, struct spe_error *e)
{
	struct sums *sums = NULL;
	int r = keys < 0 ? 0 : sums_new(&sums, e);

	if (r == 0)
		r = data_copy(c, state, to, made, sums, e);
	if (r == 0 && sums)
		r = sums_write(sums, keys, e);
	sums_free(sums);
	return r < 0 || keys < 0 ? r : settle(keys, e);
}

static int all_copy(struct cli *c, int state, int to, int keys, json_t **ret, struct spe_error *e)
{
	auto_json json_t *made = NULL, *gone = NULL;
	struct spe_error why;
	int r = talk_post(c->talk, "/v1/backup", NULL, &made, e), away;

	if (r < 0)
		return r;
	if (keys >= 0) /* before the rest, which may take hours: permits come and end */
		r = keys_copy(state, keys, json_object_get(made, "salts"), e);
	if (r == 0)
		r = data_sum(c, state, to, keys, made, e);
	if (r == 0 && ends_by)
		r = failed(e, "make", "the backup", -EINTR);
	if (r == 0)
		r = note_write(to, made, e);
	away = talk_delete(c->talk, "/v1/backup", &gone, &why); /* second names would keep what is to go */
	if (r == 0 && away < 0)
		show_note("the backup is whole, but sped keeps its own copy until the next one: %s", why.text);
	if (r == 0)
		*ret = json_incref(made);
	return r;
}

/* sped has one copy of its own, which another backup would take away as it is copied. Whoever is dead holds no lock. */
static int state_lock(int state, struct spe_error *e)
{
	if (flock(state, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return failed(e, "lock", "the state directory", -errno);
	spe_fail(e, SPE_E_CONFLICT, "another backup of this host is being made");
	spe_remedy(e, "try: again once that one is over");
	return -SPE_E_CONFLICT;
}

static int backup(struct cli *c, int state, const char *path, const char *keys_path, json_t **ret, struct spe_error *e)
{
	auto_close int to = -1, keys = -1;
	int r = open_new(path, &to, e);

	if (r < 0)
		return r;
	if (keys_path)
		r = keys_new(keys_path, path, &keys, e);
	if (r == 0)
		r = all_copy(c, state, to, keys, ret, e);
	if (r < 0)
		half_remove(to, path);
	if (r < 0 && keys >= 0)
		half_remove(keys, keys_path);
	return r;
}

int cmd_backup(struct cli *c, struct spe_error *e)
{
	const char *path = c->operand[0], *keys_path = cli_value(c, "keys");
	auto_json json_t *made = NULL;
	auto_close int state = -1;
	int r = open_dir(state_of(c), &state, e);

	if (r == 0)
		r = state_lock(state, e);
	if (r < 0)
		return r;
	signals_hear(hear);
	r = backup(c, state, path, keys_path, &made, e);
	signals_hear(SIG_DFL);
	if (r < 0 && ends_by)
		raise(ends_by);
	if (r < 0)
		return r;
	cmd_answer(c, made, "%s: %lld records, the last %.16s...; %s", path, (long long)json_int(made, "records"), json_str(made, "head"),
		keys_path ? "its keys are in the other directory: keep them elsewhere" : "without the keys, which --keys DIR copies");
	return 0;
}

/* --- restore --- */

static int owner_of(const char *user, struct owner *ret, struct spe_error *e)
{
	const struct passwd *p = getpwnam(user);

	if (!p)
		return spe_fail(e, SPE_E_INPUT, "this host has no user %s: install spe first", user);
	*ret = (struct owner){ .uid = p->pw_uid, .gid = p->pw_gid };
	return 0;
}

static const char *const places[] = { "holdings", "engine", "gate" }; /* of sped, in its directory */
#define PLACES (sizeof(places) / sizeof(places[0]))

static bool is_empty(int fd)
{
	DIR *d = fdopendir(fd);
	const struct dirent *one;

	if (!d) {
		spe_close_fd(&fd);
		return false;
	}
	while ((one = readdir(d)) && (strcmp(one->d_name, ".") == 0 || strcmp(one->d_name, "..") == 0))
		;
	closedir(d);
	return !one;
}

/* A host that has anything of its own is not written over. */
static int fresh(int state, const char *path, struct spe_error *e)
{
	struct stat st;
	size_t i;

	for (i = 0; i < PLACES; i++) {
		int fd = io_openat(state, places[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

		if (fd < 0 && fd != -ENOENT)
			return failed(e, "open", places[i], fd);
		if (fd >= 0 && !is_empty(fd)) {
			spe_fail(e, SPE_E_CONFLICT, "%.200s/%s has something in it already", path, places[i]);
			spe_remedy(e, fstatat(state, HALF "/gate", &st, AT_SYMLINK_NOFOLLOW) == 0 ?
				"where a restore was cut off here and sped has not run since: remove holdings, engine, gate and " HALF ", and try again" :
				"restore onto a host where sped has never run, or give another --state");
			return -SPE_E_CONFLICT;
		}
	}
	return 0;
}

static int needed(int dir, const char *path, const char *const *names, struct spe_error *e)
{
	struct stat st;

	for (; *names; names++)
		if (fstatat(dir, *names, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return spe_fail(e, SPE_E_INPUT, "%.200s has no %s", path, *names);
	return 0;
}

static int whole(int from, const char *path, json_t **ret, struct spe_error *e)
{
	auto_close int fd = io_openat(from, NOTE, O_RDONLY | O_NOFOLLOW, 0);
	auto_free char *text = NULL;
	size_t len;

	if (fd < 0 || io_read_all(fd, 4096, &text, &len) < 0)
		return spe_fail(e, SPE_E_INPUT, "%.200s has no %s: it is no backup, or half of one", path, NOTE);
	if (json_parse(text, len, NOTE, ret, e) < 0)
		return -SPE_E_INPUT;
	if (strcmp(json_str(*ret, "format"), "spe-backup-1") != 0)
		return spe_fail(e, SPE_E_INPUT, "%s: format must be spe-backup-1", NOTE);
	return 0;
}

/* Of the backup before it takes hours to copy; once more of the copy, which nobody else writes. */
static int signed_whole(int dir, int keys, struct checkpoint *ret, struct spe_error *e)
{
	auto_close int gate = io_openat(dir, "gate", O_RDONLY | O_DIRECTORY, 0);

	return gate < 0 ? failed(e, "open", "gate", gate) : ending_verify(gate, keys, ret, e);
}

/* The engine looks for it at its next start: what was staged and imported is not here. */
static int mark(int engine, const struct owner *o, struct spe_error *e)
{
	auto_close int fd = io_openat(engine, "restored", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	struct stat st;
	int r = fd < 0 ? fd : fstat(fd, &st) < 0 ? -errno : own(fd, &st, o, 0600);

	return r < 0 ? failed(e, "mark", "the restored database", r) : 0;
}

static int engine_restore(int from, int to, struct sums *sums, struct spe_error *e)
{
	auto_close int below = -1;
	struct owner engine;
	struct stat st;
	int r = owner_of("_spe", &engine, e);

	if (r < 0)
		return r;
	engine.sums = sums;
	if (mkdirat(to, "engine", 0700) < 0 || (below = io_openat(to, "engine", O_RDONLY | O_DIRECTORY, 0)) < 0 ||
		fstat(below, &st) < 0 || own(below, &st, &engine, 0700) < 0)
		return failed(e, "make", "engine", -errno);
	r = copy(from, "state.db", below, "state.db", &engine, e);
	return r < 0 ? r : mark(below, &engine, e);
}

static int gate_restore(int from, int keys, int to, struct sums *sums, struct checkpoint *ret, struct spe_error *e)
{
	auto_close int below = -1;
	struct owner gate;
	int r = owner_of("_spe-gate", &gate, e);

	gate.sums = sums;
	if (r == 0)
		r = copy(from, "gate", to, "gate", &gate, e);
	gate.sums = NULL; /* keys are where the sums are */
	if (r < 0)
		return r;
	below = io_openat(to, "gate", O_RDONLY | O_DIRECTORY, 0);
	if (below < 0)
		return failed(e, "open", "gate", below);
	r = copy(keys, "keys", below, "keys", &gate, e);
	if (r == 0)
		r = copy(keys, "salts", below, "salts", &gate, e);
	return r < 0 ? r : ending_verify(below, below, ret, e);
}

/* Into their places, once all of it is whole; or none of them. */
static int places_take(int to, int state, struct spe_error *e)
{
	size_t i;
	int r;

	for (i = 0; i < PLACES; i++) {
		if (renameat(to, places[i], state, places[i]) == 0 || (errno == ENOENT && i == 0)) /* a backup may have no holdings */
			continue;
		r = failed(e, "move into its place", places[i], -errno);
		while (i-- > 0)
			renameat(state, places[i], to, places[i]);
		return r;
	}
	return 0;
}

/* Each file is compared as it is copied: nobody changes it in between. */
static int data_restore(int from, int keys, int to, struct sums *sums, struct checkpoint *ret, struct spe_error *e)
{
	const struct owner same = { .same = true, .sums = sums };
	struct stat st;
	int r = gate_restore(from, keys, to, sums, ret, e);

	if (r == 0)
		r = engine_restore(from, to, sums, e);
	if (r == 0 && fstatat(from, "holdings", &st, AT_SYMLINK_NOFOLLOW) == 0)
		r = copy(from, "holdings", to, "holdings", &same, e);
	return r < 0 ? r : sums_all(sums, e);
}

static int all_restore(int from, int keys, int state, int to, struct checkpoint *ret, struct spe_error *e)
{
	struct sums *sums = NULL;
	int r = sums_read(keys, &sums, e);

	if (r == 0 && !sums)
		show_note("there is no " SUMS " with the keys: whether the database and the holdings were changed is not seen");
	if (r == 0)
		r = data_restore(from, keys, to, sums, ret, e);
	sums_free(sums);
	if (r == 0)
		r = settle(to, e);
	if (r == 0 && ends_by) /* as all was verified */
		r = failed(e, "restore", "it", -EINTR);
	if (r == 0)
		r = places_take(to, state, e);
	return r < 0 ? r : settle(state, e);
}

/* What an earlier try left there, as it was cut off, goes first. */
static int half_open(int state, int *ret, struct spe_error *e)
{
	int r = mkdirat(state, HALF, 0700) < 0 && errno != EEXIST ? -errno : 0;

	if (r == 0)
		r = *ret = io_openat(state, HALF, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (r < 0)
		return failed(e, "make", HALF, r);
	below_remove(*ret, DEPTH + 1);
	return 0;
}

static int restore(int from, int keys, int state, struct checkpoint *ret, struct spe_error *e)
{
	auto_close int to = -1;
	int r;

	signals_hear(hear);
	r = half_open(state, &to, e);
	if (r == 0) {
		r = all_restore(from, keys, state, to, ret, e);
		below_remove(to, DEPTH + 1);
		unlinkat(state, HALF, AT_REMOVEDIR);
	}
	signals_hear(SIG_DFL);
	if (r < 0 && ends_by)
		raise(ends_by);
	return r;
}

int cmd_restore(struct cli *c, struct spe_error *e)
{
	auto_json json_t *note = NULL;
	static const char *const data[] = { "gate", "state.db", NULL }, *const of_keys[] = { "keys/master.key", "keys/release.key", "salts", NULL };
	auto_close int from = -1, keys = -1, state = -1;
	struct checkpoint end;
	int r;

	if (!cli_has(c, "keys"))
		return cli_wrong(c, e, "give --keys DIR, as backup --keys wrote it: without its keys the gate reads nothing");
	if ((r = open_dir(c->operand[0], &from, e)) < 0 || (r = whole(from, c->operand[0], &note, e)) < 0 ||
		(r = needed(from, c->operand[0], data, e)) < 0 || (r = open_dir(cli_value(c, "keys"), &keys, e)) < 0 ||
		(r = needed(keys, cli_value(c, "keys"), of_keys, e)) < 0 || (r = open_dir(state_of(c), &state, e)) < 0 ||
		(r = fresh(state, state_of(c), e)) < 0 || (r = signed_whole(from, keys, &end, e)) < 0 || (r = restore(from, keys, state, &end, e)) < 0)
		return r;
	json_object_set_new(note, "records", json_integer((json_int_t)end.size)); /* nobody signed what it said */
	json_object_set_new(note, "head", json_string(end.hash));
	cmd_answer(c, note, "%s: %lld records, the last %.16s...; start sped, then: spe-cli audit verify; all workspaces are halted: revoke and reject "
		"again what was since the backup, then: spe-cli resume --all",
		state_of(c), (long long)end.size, end.hash);
	return 0;
}
