/* What people ask for, as the engine answers it: one input is up to 24 calls, each a line "WHO METHOD PATH [FROM-TO]" and below it a
 * body until a line ".", which go the way that sped-api sends them; t/fuzz/README.md has the words that stand for what no seed can
 * know. Each input has a world of its own (request/world.h): engine and gate begin anew from the same files, in processes of their own.
 * The promise: nothing that is asked ends engine or gate, or leaks; each call has one answer, of one JSON document or a descriptor; an
 * error has code, message and the status of its code, is none of ours, and names no path of the host; nobody reads what is another
 * team's; what is refused, what only looks, and whatever somebody without a role asks for, changes nothing; and what the gate keeps
 * holds together in the end. */
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "spe/holding.h"
#include "spe/registry.h"
#include "spe/revocation.h"
#include "spe/sshsig.h"
#include "sped/base/hex.h"
#include "t/fuzz/request/world.h"

int engine_main(int argc, char **argv);
#define main engine_main
#include "sped/engine/main.c"
#undef main

#define CALLS 24 /* beginning costs as much as some hundred */
#define TURNS 500 /* until an answer is there */

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int __lsan_do_recoverable_leak_check(void);

enum { OURS = 1, THEIRS = 2, NO_ROLE = 4 }; /* whose outputs they may read; may change nothing at all */
static const struct who {
	const char *name;
	uint32_t uid;
	const char *roles; /* NULL: no row */
	unsigned is;
} people[] = { { "root", 0, NULL, OURS | THEIRS }, { "anna", 61001, "[\"operator\"]", OURS | THEIRS }, { "audi", 61002, "[\"auditor\"]", OURS | THEIRS },
	{ "hold", 61003, "[\"holder\"]", 0 }, { "wit", 61004, "[\"witness\"]", 0 }, { "aino", 61005, "[]", OURS }, { "mikko", 61006, "[]", OURS },
	{ "kari", 61007, "[]", OURS }, { "lars", 61008, "[]", OURS }, { "olli", 61009, "[]", THEIRS }, { "pia", 61010, "[]", THEIRS },
	{ "nora", 61011, "[]", NO_ROLE }, { "mal", 65001, NULL, NO_ROLE } };
#define PEOPLE (sizeof(people) / sizeof(people[0]))

static char place[200]; /* in it: etc, seed/engine, seed/gate, and the same of run */
static char *policy;
static struct engine e = { .next_call = 1 };
static int api = -1;          /* our end */
static bool tainted;          /* somebody is no more who they were */
static char last_id[9] = "00000000";
static const char *asked = "";

__attribute__((format(printf, 1, 2), noreturn)) static void broken(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "fuzz-request: broken promise: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n in: %s\n", asked);
	va_end(ap);
	_exit(77);
}

/* ---- places ---- */

static void must(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	abort();
}

static const char *at(const char *name)
{
	static char path[4][400];
	static unsigned turn;
	char *p = path[turn++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", place, name);
	return p;
}

static int open_dir(const char *name)
{
	int fd = open(at(name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	must(fd >= 0, name);
	return fd;
}

static void put(const char *name, const char *text)
{
	auto_close int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd >= 0 && io_write_all(fd, text, strlen(text)) == 0, name);
}

static char *get(const char *path)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	size_t len;

	return fd >= 0 && io_read_all(fd, 1 << 20, &text, &len) == 0 ? text : NULL;
}

static int gone(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static void remove_tree(const char *name)
{
	nftw(at(name), gone, 16, FTW_DEPTH | FTW_PHYS);
}

static void at_end(void)
{
	nftw(place, gone, 16, FTW_DEPTH | FTW_PHYS);
}

static size_t from_len;
static int copied(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	char to[400];

	snprintf(to, sizeof(to), "%s/run%s", place, path + from_len);
	if (type == FTW_D)
		return mkdir(to, 0700);
	if (type == FTW_SL)
		return symlink("nowhere", to);
	auto_close int in = open(path, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, st->st_mode & 0700);
	auto_free char *p = malloc((size_t)st->st_size + 1);

	return in < 0 || out < 0 || !p || read(in, p, (size_t)st->st_size) != st->st_size ? -1 : io_write_all(out, p, (size_t)st->st_size);
}

/* ---- the world ---- */

static void descriptors(const int *fds, int n)
{
	int i;

	for (i = 0; i < n; i++)
		must(dup2(fds[i], 100 + i) >= 0, "descriptors");
	for (i = 0; i < n; i++)
		must(dup2(100 + i, 3 + i) >= 0 && close(100 + i) == 0, "descriptors");
}

static void add_job(const char *id, const char *ws, const char *owner, const char *state, const char *secret, const char *outputs, int64_t serial)
{
	char command[100];

	snprintf(command, sizeof(command), "[\"echo\",\"%s\"]", secret);
	db_exec(&e, "INSERT INTO job(id,workspace,owner,state,command,mem,cpu,time,pids,submitted,profile,serial,outputs,skipped,kept,result,"
		"exit,reason,finished,data_version) VALUES(?,?,?,?,?,1073741824,1000,60,100,'2026-11-01T00:00:00Z','analysis',?,?,'[]',20,?,0,'',"
		"'2026-11-01T00:01:00Z',1)", "sssssiss", id, ws, owner, state, command, serial, outputs, outputs ? "succeeded" : NULL);
}

static void add_export(const char *id, const char *job, const char *ws, const char *who, const char *state, const char *secret, int64_t serial)
{
	char files[200];

	snprintf(files, sizeof(files), "[{\"name\":\"note.txt\",\"description\":\"%s\"}]", secret);
	db_exec(&e, "INSERT INTO export(id,workspace,job,requester,state,context,requested,files,needed,checked,serial) VALUES(?,?,?,?,?,?,"
		"'2026-11-01T00:02:00Z',?,2,1,?)", "sssssssi", id, ws, job, who, state, secret, files, serial);
}

static void add_permit(const char *id)
{
	auto_free char *text = world_permit(id, 1, NULL);
	char digest[SHA256_TEXT];

	sha256_text(text, strlen(text), digest);
	db_exec(&e, "INSERT INTO permit(id,version,text,digest) VALUES(?,1,?,?)", "sss", id, text, digest);
	db_exec(&e, "INSERT INTO workspace(name,state,version,data_version,tables,starts,ends) VALUES(?,'ready',1,1,'[]',0,1e11)", "s", id);
}

/* The engine's part of it. */
static void engine_made(void)
{
	size_t i;

	must(chdir(at("seed/engine")) == 0 && symlink("nowhere", "reserve") == 0, "seed/engine"); /* 8 MiB that each input would make */
	descriptors((int[]){ open("/dev/null", O_RDWR), 3, 3, 3, open_dir("seed/engine") }, 5);
	db_open(&e);
	for (i = 0; i < PEOPLE; i++)
		if (people[i].roles)
			db_exec(&e, "INSERT INTO person(id,uid,roles) VALUES(?,?,?)", "sis", people[i].name, (int64_t)people[i].uid, people[i].roles);
	db_exec(&e, "INSERT INTO holding(id,description,owner) VALUES('" HOLDING "','{\"id\":\"" HOLDING "\",\"title\":\"Sixty\",\"description\":"
		"\"For 3 people\",\"holder\":\"urn:spe:holder:test\",\"tables\":[{\"name\":\"people\",\"columns\":[{\"name\":\"pin\",\"datatype\":"
		"\"string\",\"identifier\":\"fi\"},{\"name\":\"age\",\"datatype\":\"integer\"}]}]}','hold')", "");
	db_exec(&e, "INSERT INTO tab(holding,name,state,rows,bytes,sha256,version,year) VALUES('" HOLDING "','people','ready',60,1000,"
		"'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',1,2026)", "");
	add_permit("FI-1");
	add_permit("FI-2");
	add_job(JOB_OURS, "FI-1", "aino", "captured", SECRET_OURS, "[{\"name\":\"note.txt\",\"size\":26,\"sha256\":"
		"\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}]", 1);
	add_job(JOB_WAITS, "FI-1", "mikko", "queued", SECRET_OURS, NULL, 2);
	add_job(JOB_THEIRS, "FI-2", "olli", "captured", SECRET_THEIRS, "[{\"name\":\"note.txt\",\"size\":26,\"sha256\":"
		"\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\"}]", 3);
	add_export(EXPORT_PENDING, JOB_OURS, "FI-1", "aino", "pending", SECRET_OURS, 1);
	add_export(EXPORT_RELEASED, JOB_OURS, "FI-1", "mikko", "released", SECRET_OURS, 2);
	add_export(EXPORT_THEIRS, JOB_THEIRS, "FI-2", "olli", "pending", SECRET_THEIRS, 3);
	gate_commit(&e, false);
	db_rest(&e);
	must(sqlite3_exec(e.db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL) == SQLITE_OK, "checkpoint");
}

static pid_t begun(void)
{
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid == 0) { /* a signal ends it, and is no find of its own */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGSEGV, SIG_DFL);
		signal(SIGABRT, SIG_DFL);
		signal(SIGILL, SIG_DFL);
		signal(SIGTRAP, SIG_DFL);
		signal(SIGALRM, SIG_IGN);
	}
	return pid;
}

static int ended(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static const char conf_text[] = "profiles = {analysis}\nupload-mib = 1\n";

static void make_etc(void)
{
	auto_free char *profile = get(FUZZ_TREE "/policy/profiles/analysis.profile");

	policy = get(FUZZ_TREE "/policy/rules/default.policy");
	must(policy && profile && mkdir(at("etc"), 0700) == 0 && mkdir(at("etc/policy"), 0700) == 0 && mkdir(at("etc/profiles"), 0700) == 0 &&
		mkdir(at("keepers"), 0700) == 0, "etc");
	put("etc/sped.conf", conf_text);
	put("etc/policy/default.policy", policy);
	put("etc/profiles/analysis.profile", profile);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *tmp = getenv("TMPDIR");
	pid_t pid;

	if (!getenv("ASAN_OPTIONS") && setenv("ASAN_OPTIONS", "detect_leaks=1", 1) == 0) /* base/confine.c, which is linked, says otherwise */
		execv("/proc/self/exe", *argv);
	snprintf(place, sizeof(place), "%s/spe-fuzz.XXXXXX", tmp ? tmp : access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	must(mkdtemp(place) != NULL, place);
	atexit(at_end);
	spe_log_name("fuzz-request");
	signal(SIGPIPE, SIG_IGN);
	make_etc();
	must(mkdir(at("seed"), 0700) == 0 && mkdir(at("seed/engine"), 0700) == 0 && mkdir(at("seed/gate"), 0700) == 0, "seed");
	from_len = strlen(at("seed"));
	pid = begun();
	if (pid == 0) {
		world_made(open_dir("seed/gate"), policy);
		engine_made();
		_exit(0);
	}
	must(ended(pid) == 0, "the world is not made");
	doctor_look();
	attest_look();
	return 0;
}

/* ---- what has changed ---- */

static uint64_t sum;
static void add(const void *p, size_t n)
{
	const uint8_t *b = p;

	for (; n > 0; n--)
		sum = (sum ^ *b++) * UINT64_C(0x100000001b3);
}

/* The journal says what was asked for, and grows with that. */
static int summed(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *name = path + strlen(place);

	if (type != FTW_F || strstr(name, "/gate/journal/") || strstr(name, "/gate/tmp/") || strstr(name, "/state.db"))
		return 0;
	add(name, strlen(name));
	add(&st->st_size, sizeof(st->st_size));
	add(&st->st_mtim, sizeof(st->st_mtim));
	return 0;
}

static uint64_t state_now(void)
{
	static sqlite3_stmt *rows[64];
	static int tables;
	sqlite3_stmt *q;
	int i, k;

	if (tables == 0) {
		must(sqlite3_prepare_v2(e.db, "SELECT name FROM sqlite_master WHERE type='table' ORDER BY name", -1, &q, NULL) == SQLITE_OK, "tables");
		while (sqlite3_step(q) == SQLITE_ROW && tables < 64) {
			char sql[100];

			snprintf(sql, sizeof(sql), "SELECT * FROM main.\"%s\"", sqlite3_column_text(q, 0));
			must(sqlite3_prepare_v2(e.db, sql, -1, &rows[tables++], NULL) == SQLITE_OK, sql);
		}
		sqlite3_finalize(q);
	}
	sum = UINT64_C(0xcbf29ce484222325);
	for (i = 0; i < tables; i++) {
		for (add(&i, sizeof(i)); sqlite3_step(rows[i]) == SQLITE_ROW; )
			for (k = 0; k < sqlite3_column_count(rows[i]); k++) {
				const void *p = sqlite3_column_text(rows[i], k);

				add(p ? p : "\1", p ? (size_t)sqlite3_column_bytes(rows[i], k) + 1 : 1);
			}
		sqlite3_reset(rows[i]);
	}
	nftw(at("run"), summed, 16, FTW_PHYS);
	return sum;
}

/* ---- words of an input ---- */

static char *now_text(char ret[24])
{
	db_now(ret);
	return ret;
}

static char *said_of_manifest(const char *format)
{
	auto_free char *text = get(at("run/gate/exports/" EXPORT_PENDING "/manifest.json"));
	char sha256[SHA256_TEXT], *line;

	sha256_text(text, strlen(text), sha256);
	return asprintf(&line, "{\"format\":\"%s\",\"manifest\":\"%s\",\"comment\":\"no\"}\n", format, sha256) < 0 ? NULL : line;
}

static char *next_entry(void)
{
	auto_json json_t *got = NULL, *changes = json_array();
	auto_free char *key = world_key("zoe");
	struct registry r = { 0 };
	struct spe_error err;
	char now[24];

	if (gate_ask(&e, GATE_REGISTRY, json_object(), &got, NULL, &err) < 0)
		return NULL;
	r.seq = (uint64_t)json_int(got, "entries");
	snprintf(r.head, sizeof(r.head), "%s", json_str(got, "head"));
	json_array_append_new(changes, json_pack("{s:s,s:s,s:s,s:n,s:n,s:n}", "set", "zoe", "role", "checker", "key", key, "team", "from", "until"));
	return registry_text(&r, now_text(now), 0, NULL, changes);
}

/* A text that can be signed; the caller's. NULL: there is none of that name. */
static char *named_text(const char *name)
{
	auto_json json_t *row = db_row(&e, "SELECT digest FROM permit WHERE id='FI-1'", "");
	char now[24], *text = NULL;

	if (strcmp(name, "last") == 0)
		return strdup(last_id);
	if (strcmp(name, "manifest") == 0)
		return get(at("run/gate/exports/" EXPORT_PENDING "/manifest.json"));
	if (strcmp(name, "approve") == 0)
		return said_of_manifest("spe-approve-1");
	if (strcmp(name, "reject") == 0)
		return said_of_manifest("spe-reject-1");
	if (strcmp(name, "return") == 0)
		return said_of_manifest("spe-return-1");
	if (strcmp(name, "entry") == 0)
		return next_entry();
	if (strcmp(name, "permit-2") == 0)
		return world_permit("FI-1", 2, json_str(row, "digest"));
	if (strcmp(name, "permit-new") == 0)
		return world_permit("FI-3", 1, NULL);
	if (strcmp(name, "revoke") == 0)
		return revocation_text("FI-1", 1, json_str(row, "digest"), "a reason", now_text(now));
	if (strcmp(name, "open") == 0 && asprintf(&text, "{\"format\":\"spe-open-1\",\"export\":\"" EXPORT_PENDING "\",\"what\":\"file\",\"name\":"
		"\"note.txt\",\"time\":\"%s\"}", now_text(now)) < 0)
		return NULL;
	return text;
}

/* "text:NAME" is that text; "sign:WHO:NAMESPACE:NAME" who's signature over it. */
static json_t *meant(const char *word)
{
	char who[20], ns[40], name[40];
	auto_free char *text = NULL, *armor = NULL;

	if (sscanf(word, "sign:%19[a-z]:%39[a-z-]:%39[a-z0-9-]", who, ns, name) == 3 && (text = named_text(name)))
		armor = world_sign(who, ns, text);
	else if (sscanf(word, "text:%39[a-z0-9-]", name) == 1)
		text = named_text(name);
	return armor ? json_string(armor) : text ? json_string(text) : NULL;
}

static char *body_meant(const char *p, size_t len)
{
	auto_json json_t *j = json_loadb(p, len, 0, NULL);
	bool any = false;
	const char *key;
	json_t *v, *new;

	json_object_foreach(j, key, v)
		if (json_is_string(v) && (new = meant(json_string_value(v)))) {
			json_object_set_new(j, key, new);
			any = true;
		}
	return any ? json_dumps(j, JSON_COMPACT) : NULL;
}

/* {last} is the id that was answered last. */
static bool path_meant(const char *from, size_t len, char to[601])
{
	size_t n = 0, i = 0;

	while (i < len && n + 8 < 600) {
		if (len - i >= 6 && memcmp(from + i, "{last}", 6) == 0) {
			memcpy(to + n, last_id, 8);
			n += 8;
			i += 6;
		} else if (from[i] <= ' ' || from[i] > '~') {
			return false; /* no URI: it never gets here */
		} else
			to[n++] = from[i++];
	}
	to[n] = '\0';
	return i == len && strncmp(to, "/v1/", 4) == 0;
}

/* ---- answers ---- */

static void remember_id(const json_t *j)
{
	static const char *const keys[] = { "upload", "bundle", "change", "job", "export" };
	uint32_t id;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (spe_id_parse(json_str(j, keys[i]), &id))
			spe_id_text(last_id, id);
}

static void check_error(const json_t *j, uint32_t status, const char *text)
{
	const json_t *inner = json_object_get(j, "error");
	const char *code = json_str(inner, "code");
	const enum spe_code c = spe_code_from_name(code);

	if (!*code || !*json_str(inner, "message") || !json_is_string(json_object_get(inner, "remedy")))
		broken("an error without code and message: %s", text);
	if (strcmp(spe_code_name(c), code) != 0 || (uint32_t)spe_code_http(c) != status)
		broken("status %u of: %s", status, text);
	if (status == 500)
		broken("an error of ours: %s", text);
}

static void check_answer(const struct who *w, const struct msg_call *m, int fd, bool preflight)
{
	auto_free char *text = NULL;
	auto_json json_t *j = NULL;
	json_error_t why;
	struct stat st;
	size_t len = 0;

	if (m->type == MSG_NONE)
		return;
	if (m->type != MSG_REPLY || (m->what == 100 && !preflight) || (m->what != 100 && (m->what < 200 || m->what > 599)))
		broken("type %u, status %u", m->type, m->what);
	if (m->what == 100)
		return;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || io_read_at(fd, 64 << 20, &text, &len) < 0)
		broken("an answer of %u without a file", m->what);
	if (getenv("SPE_FUZZ_SAY"))
		fprintf(stderr, "%s\n %u %.300s\n", asked, m->what, text);
	if (!tainted && ((!(w->is & OURS) && memmem(text, len, SECRET_OURS, strlen(SECRET_OURS))) ||
		(!(w->is & THEIRS) && memmem(text, len, SECRET_THEIRS, strlen(SECRET_THEIRS)))))
		broken("%s reads what is another team's: %.400s", w->name, text);
	if (m->flags & MSG_F_BYTES)
		return m->what < 300 ? (void)0 : broken("bytes with status %u", m->what);
	j = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	if (!j)
		broken("no JSON (%s): %.400s", why.text, text);
	if (strstr(text, place))
		broken("a path of the host: %.400s", text);
	if (m->what >= 400)
		check_error(j, m->what, text);
	remember_id(j);
}

/* Who looks for what one person did gets nobody else's records. */
static void check_filter(const char *path, int fd)
{
	static const char asks[] = "/v1/audit/records?actor=";
	auto_json json_t *j = NULL;
	struct call c = { .query = "" };
	char actor[SPE_NAME_MAX + 1];
	json_t *one;
	size_t i;

	if (strncmp(path, asks, sizeof(asks) - 1) != 0 || json_fd(fd, 64 << 20, "answer", &j, NULL) < 0)
		return;
	snprintf(c.query, sizeof(c.query), "%s", strchr(path, '?') + 1);
	if (!call_query(&c, "actor", actor, sizeof(actor)) || !*actor)
		return;
	json_array_foreach(json_object_get(j, "items"), i, one)
		if (strcmp(json_str(one, "actor"), actor) != 0)
			broken("%s's records among those of %s", json_str(one, "actor"), actor);
}

/* ---- a call ---- */

static void rest(void)
{
	e.quiet = true;
	settle(&e);
}

static void give_up(void)
{
	struct waiting *w;

	while ((w = e.waiting)) {
		e.waiting = w->next;
		free(w);
		waiting_count--;
	}
}

/* As the loop, but that who waits has waited long enough. False: for a task, and no keeper comes here. */
static bool await(uint32_t id, struct msg_call *m, int *fd)
{
	struct pollfd p = { api, POLLIN, 0 };
	struct waiting *w;
	int i;

	hear_api(&e);
	for (i = 0; i < TURNS; i++) {
		settle(&e);
		if (poll(&p, 1, 0) == 1) {
			if (msg_recv(api, m, sizeof(*m), fd) < 0 || m->id != id || e.waiting || poll(&p, 1, 0) == 1)
				broken("not one answer");
			rest();
			return true;
		}
		for (w = e.waiting; w; w = w->next)
			w->until = 1;
		look_again(&e);
	}
	if (!e.waiting || !tasks_waiting(&e))
		broken("no answer");
	give_up();
	rest();
	return false;
}

static int give(const struct msg_call *m, int body, struct msg_call *ret_reply)
{
	int fd = -1;

	must(msg_send(api, m, sizeof(*m), body) == 0, "call");
	if (!await(m->id, ret_reply, &fd))
		ret_reply->type = MSG_NONE;
	return fd;
}

/* A file's bytes come in a file, or go where the engine says. */
static int raw_body(const struct msg_call *before, int to, const char *p, size_t n)
{
	size_t most = to >= 0 ? strtoull(before->path, NULL, 10) : n;
	int fd = -1;

	if (to >= 0 && (io_write_all(to, p, n < most ? n : most) < 0 || n > most))
		return -1;
	must(to >= 0 || io_memfd(p, n, &fd) == 0, "body");
	return to >= 0 ? dup(to) : fd;
}

/* Whether what was answered may come with a change. */
static void check_change(const struct who *w, const struct msg_call *m, const struct msg_call *reply, uint64_t before)
{
	if (before == state_now())
		return;
	if (reply->what >= 400 || m->what == HTTP_GET || (!tainted && w->is & NO_ROLE))
		broken("%s changes something with method %u and status %u", w->name, m->what, reply->what);
}

static void call(const struct who *w, struct msg_call *m, bool raw, const char *body, size_t n)
{
	const uint64_t before = state_now();
	struct msg_call reply = { 0 };
	auto_close int text = -1, fd = -1, to = -1;
	auto_free char *own = raw ? NULL : body_meant(body, n);

	if (raw) {
		m->flags |= MSG_F_PREFLIGHT;
		to = give(m, -1, &reply);
		check_answer(w, &reply, to, true);
		check_change(w, m, &reply, before);
		text = reply.what == 100 ? raw_body(&reply, to, body, n) : -1;
		close(spe_take_fd(&to));
		if (text < 0)
			return;
		m->flags = (m->flags & ~MSG_F_PREFLIGHT) | MSG_F_BYTES;
		m->id++;
	} else if (n > 0)
		must(io_memfd(own ? own : body, own ? strlen(own) : n, &text) == 0, "body");
	fd = give(m, text, &reply);
	check_answer(w, &reply, fd, false);
	if (reply.what == 200)
		check_filter(m->path, fd);
	if (!raw)
		check_change(w, m, &reply, before);
	if (m->what != HTTP_GET && reply.what < 300 && (strncmp(m->path, "/v1/people", 10) == 0 || strncmp(m->path, "/v1/permits", 11) == 0))
		tainted = true;
}

static const struct who *who_is(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < PEOPLE; i++)
		if (strlen(people[i].name) == n && memcmp(people[i].name, p, n) == 0)
			return &people[i];
	return NULL;
}

/* False: no call, or one that sped-api does not hand on. */
static bool understood(char *line, const struct who **ret_who, struct msg_call *m)
{
	static const char *const methods[HTTP_COUNT] = { "GET", "POST", "PUT", "DELETE" };
	char *rest_of = NULL, *who = strtok_r(line, " ", &rest_of), *method = strtok_r(NULL, " ", &rest_of),
	     *path = strtok_r(NULL, " ", &rest_of), *range = strtok_r(NULL, " ", &rest_of);
	unsigned long long from, to;
	static uint32_t id;
	char text[601];

	id += 2;
	*m = (struct msg_call){ .type = MSG_CALL, .id = id };
	*ret_who = who ? who_is(who, strlen(who)) : NULL;
	while (method && m->what < HTTP_COUNT && strcmp(methods[m->what], method) != 0)
		m->what++;
	if (!*ret_who || !method || m->what == HTTP_COUNT || !path || !path_meant(path, strlen(path), text))
		return false;
	m->uid = (*ret_who)->uid;
	snprintf(m->path, sizeof(m->path), "%s", text);
	if (range && m->what == HTTP_GET && sscanf(range, "%17llu-%17llu", &from, &to) == 2 && from <= to) {
		m->flags = MSG_F_RANGE;
		m->from = from;
		m->to = to;
	}
	return true;
}

static void one_call(char *line, const char *body, size_t n)
{
	const struct who *w;
	struct msg_call m;
	auto_free char *said = strdup(line);
	bool raw;

	if (!understood(line, &w, &m))
		return;
	asked = said;
	raw = m.what == HTTP_PUT || (m.what == HTTP_POST && strncmp(m.path, "/v1/bundles", 11) == 0 && (!m.path[11] || m.path[11] == '?'));
	call(w, &m, raw, body, m.what == HTTP_GET || m.what == HTTP_DELETE ? 0 : n);
	schedule(&e);
	rest();
	asked = "";
}

static void calls(char *p, const char *end)
{
	int i;

	for (i = 0; i < CALLS && p < end; i++) {
		char *line = p, *body = memchr(p, '\n', (size_t)(end - p)), *stop;

		body = body ? body + 1 : (char *)(uintptr_t)end;
		if (body < end || body[-1] == '\n')
			body[-1] = '\0';
		stop = body < end && body[0] == '.' && body + 1 < end && body[1] == '\n' ? body : memmem(body, (size_t)(end - body), "\n.\n", 3);
		p = stop ? stop + (stop == body ? 2 : 3) : (char *)(uintptr_t)end;
		one_call(line, body, (size_t)((stop ? stop : end) - body));
	}
}

/* ---- an input ---- */

static uint8_t *seen[2]; /* what was come by, for libFuzzer: by the engine, by the gate */

static void tell_seen(int which)
{
	size_t n;
	uint8_t *own = world_counters(&n);

	memcpy(seen[which], own, n);
}

static pid_t begin_gate(int engine_end)
{
	pid_t pid = begun();

	if (pid > 0)
		return pid;
	descriptors((int[]){ engine_end, open("/dev/null", O_RDWR), open_dir("etc"), open_dir("run/gate") }, 4);
	close_range(7, ~0u, 0);
	world_gate(policy);
	tell_seen(1);
	_exit(0);
}

static void begin_engine(int gate)
{
	int ends[2];

	must(msg_pair(ends) == 0, "sockets");
	descriptors((int[]){ ends[0], gate, open_dir("keepers"), open_dir("etc"), open_dir("run/engine"), ends[1] }, 6);
	api = 8;
	must(chdir(at("run/engine")) == 0, "engine");
	conf_load(&e);
	db_open(&e);
	roles_open(&e);
	catalogue_open(&e);
	must(fchdir(FD_KEEPERS) == 0, "keepers");
	begin(&e);
	schedule(&e);
	rest();
}

static void is_whole(void)
{
	auto_json json_t *got = NULL;
	struct spe_error err;
	char *text;

	if (gate_ask(&e, GATE_VERIFY, json_object(), &got, NULL, &err) < 0)
		broken("the gate verifies nothing: %s", err.text);
	text = json_dumps(got, JSON_COMPACT);
	if (!json_flag(got, "ok"))
		broken("the gate finds: %s", text);
	free(text);
}

static void input(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);
	int ends[2];
	pid_t gate;

	must(text && msg_pair(ends) == 0 && nftw(at("seed"), copied, 16, FTW_PHYS) == 0, "run");
	memcpy(text, data, len);
	text[len] = '\0';
	gate = begin_gate(ends[1]);
	close(ends[1]);
	begin_engine(ends[0]);
	calls(text, text + len);
	free(text);
	is_whole();
	close(FD_GATE);
	if (ended(gate) != 0)
		broken("the gate ended");
	if (__lsan_do_recoverable_leak_check() != 0)
		broken("it leaks");
	tell_seen(0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t *own;
	size_t i, n;
	int status;
	pid_t pid;

	if (len > 16384)
		return 0;
	own = world_counters(&n);
	for (i = 0; i < 2 && !seen[i]; i++)
		must((seen[i] = mmap(NULL, n + 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) != MAP_FAILED, "mmap");
	remove_tree("run");
	pid = begun();
	if (pid == 0) {
		input(data, len);
		_exit(0);
	}
	status = ended(pid);
	if (status != 0) {
		fprintf(stderr, "fuzz-request: the engine ended with status %x\n", (unsigned)status);
		at_end();
		__builtin_trap();
	}
	for (i = 0; i < n; i++)
		own[i] |= seen[0][i] | seen[1][i];
	return 0;
}
