/* engine/main.c - start and loop. See engine.h. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/log.h"
#include "sped/base/buf.h"
#include "sped/base/confine.h"
#include "sped/base/crypto.h"
#include "sped/engine/engine.h"

#define WAIT_MAX_S 30
#define WAITING_MAX 1024
#define CALLS_MAX 32 /* in one turn: their records go to the gate at once */

struct waiting {
	struct waiting *next;
	struct msg_call m;
	int64_t until; /* of now_s */
};
static unsigned waiting_count;

int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t now_s(void)
{
	return now_ms() / 1000;
}

struct answer {
	struct answer *next;
	struct msg_call m;
	int fd;
};

/* fd is taken. Nothing is answered before it is on disk: see settle. */
static void reply(struct engine *e, const struct call *c, unsigned status, unsigned flags, int fd)
{
	struct answer *a = calloc(1, sizeof(*a)), **end = &e->answers;

	if (!a)
		spe_die("api", "out of memory");
	a->m = (struct msg_call){ .type = MSG_REPLY, .id = c->id, .what = status, .flags = flags };
	snprintf(a->m.path, sizeof(a->m.path), "%s", c->reply_name);
	if (flags & MSG_F_BYTES && c->reply_ranged) {
		a->m.flags |= MSG_F_RANGE;
		a->m.from = c->from;
		a->m.to = c->to;
	}
	if (flags & MSG_F_BYTES)
		snprintf(a->m.digest, sizeof(a->m.digest), "%s", c->reply_digest);
	a->fd = fd;
	while (*end)
		end = &(*end)->next;
	*end = a;
}

static void reply_json(struct engine *e, const struct call *c, unsigned status, const json_t *j)
{
	int fd = -1, r = json_memfd(j, &fd);

	if (r < 0)
		spe_die("api", "no memfd: %s", strerror(-r));
	reply(e, c, status, 0, fd);
}

/* What a list is made of is text in the database already: as objects it would take three times as long. */
static void reply_text(struct engine *e, const struct call *c, unsigned status)
{
	int fd = -1, r = io_memfd(c->text, strlen(c->text), &fd);

	if (r < 0)
		spe_die("api", "no memfd: %s", strerror(-r));
	reply(e, c, status, 0, fd);
}

static void reply_error(struct engine *e, const struct call *c)
{
	auto_json json_t *j = json_pack("{s{ssssss}}", "error", "code", spe_code_name(c->err.code), "message", c->err.text,
		"remedy", c->err.remedy);

	reply_json(e, c, (unsigned)spe_code_http(c->err.code), j);
}

/* The end of a turn: what was recorded is on disk, together for all that was heard in it; then tasks begin, and then, with
 * what was written on disk too, the calls are answered. What nobody sees yet waits until something goes out, or until there
 * is nothing to do: then it costs nobody anything. */
static void settle(struct engine *e)
{
	struct answer *a, *next;
	int r;

	if (!e->answers && !e->quiet && !tasks_waiting(e))
		return;
	if (!e->frozen && tasks_waiting(e)) {
		gate_send(e);
		tasks_start_ahead(e);
	}
	gate_commit(e, false);
	if (!e->frozen)
		tasks_start(e);
	if (e->answers ? e->owed : e->quiet)
		db_sync(e);
	for (a = e->answers; a; a = next) {
		next = a->next;
		r = msg_send(FD_API, &a->m, sizeof(a->m), a->fd);
		if (r < 0)
			spe_die("api", "can't answer it: %s", strerror(-r));
		spe_close_fd(&a->fd);
		free(a);
	}
	e->answers = NULL;
}

/* /v1/a/b%2Fc?x=y -> parts "a", "b/c" and the query. text is cut up in place. */
static bool split(struct call *c, char *text)
{
	char *query = strchr(text, '?'), *at = text;

	if (query) {
		*query = '\0';
		snprintf(c->query, sizeof(c->query), "%s", query + 1);
	}
	if (strncmp(at, "/v1/", 4) != 0)
		return false;
	for (at += 4; at; ) {
		char *next = strchr(at, '/'), *from = at, *to = at;

		if (next)
			*next++ = '\0';
		if (c->parts == PARTS_MAX)
			return false;
		for (; *from; from++) {
			unsigned byte;

			if (*from == '%') {
				if (!isxdigit((unsigned char)from[1]) || !isxdigit((unsigned char)from[2]) ||
				    sscanf(from + 1, "%2x", &byte) != 1 || byte < 0x20)
					return false;
				*to++ = (char)byte;
				from += 2;
			} else
				*to++ = *from;
		}
		*to = '\0';
		spe_one_line(at); /* what is not UTF-8 names nothing here */
		c->part[c->parts++] = at;
		at = next;
	}
	return true;
}

static void wait_for_change(struct engine *e, const struct call *c, const struct msg_call *m, int64_t until)
{
	struct waiting *w = calloc(1, sizeof(*w));

	if (!w)
		spe_die("calls", "out of memory");
	w->m = *m;
	w->until = until;
	w->next = e->waiting;
	e->waiting = w;
	waiting_count++;
}

static time_t patience(const struct call *c)
{
	char text[16] = "0";
	long s;

	call_query(c, "wait", text, sizeof(text));
	s = strtol(text, NULL, 10);
	return s < 0 || waiting_count >= WAITING_MAX ? 0 : s > WAIT_MAX_S ? WAIT_MAX_S : s;
}

static void answer(struct engine *e, struct call *c, const struct msg_call *m, int64_t until)
{
	auto_json json_t *j = NULL;
	int r = routes_call(e, c, m->flags & MSG_F_PREFLIGHT, &j);

	e->soon |= r == CALL_SOON;
	if (r == CALL_SOON)
		wait_for_change(e, c, m, now_s());
	else if (r == CALL_WAIT)
		wait_for_change(e, c, m, until ? until : now_s() + patience(c));
	else if (r == 100) /* with the file to write the body to, where it has one of ours */
		reply(e, c, 100, c->reply_fd >= 0 ? MSG_F_BYTES : 0, spe_take_fd(&c->reply_fd));
	else if (r < 0)
		reply_error(e, c);
	else if (c->reply_fd >= 0)
		reply(e, c, (unsigned)r, MSG_F_BYTES, spe_take_fd(&c->reply_fd));
	else if (c->text)
		reply_text(e, c, (unsigned)r);
	else
		reply_json(e, c, (unsigned)r, j);
}

/* until: 0 for a fresh call, else when a waiting one's time is up. */
static void serve(struct engine *e, const struct msg_call *m, int fd, int64_t until)
{
	struct call c = { .method = (enum http_method)m->what, .uid = m->uid, .id = m->id, .fd = -1, .reply_fd = -1,
		.again = until != 0, .ranged = m->flags & MSG_F_RANGE, .from = m->from, .to = m->to };
	auto_json json_t *body = NULL;
	char text[sizeof(m->path)];

	memcpy(text, m->path, sizeof(text));
	text[sizeof(text) - 1] = '\0';
	snprintf(c.digest, sizeof(c.digest), "%.64s", m->digest);
	people_who(e, &c);
	if (m->what >= HTTP_COUNT || !split(&c, text)) {
		spe_fail(&c.err, SPE_E_NOT_FOUND, "there is nothing at this address");
		reply_error(e, &c);
		return;
	}
	if (m->flags & MSG_F_BYTES)
		c.fd = fd;
	else if (fd >= 0 && routes_call(e, &c, true, &body) == 100 /* else nothing of it is read */ &&
		 json_fd(fd, SPE_BODY_MAX, "the request", &body, &c.err) < 0) {
		reply_error(e, &c);
		return;
	}
	c.body = body ? json_incref(body) : NULL;
	c.last = until ? now_s() >= until : patience(&c) == 0;
	answer(e, &c, m, until);
	json_decref(c.body);
	free(c.text);
	if (c.reply_fd >= 0)
		close(c.reply_fd);
}

/* Calls that came together are put on disk together. */
static void hear_api(struct engine *e)
{
	struct pollfd p = { FD_API, POLLIN, 0 };
	int n;

	for (n = 0; n < CALLS_MAX && poll(&p, 1, 0) == 1; n++) {
		auto_close int fd = -1;
		struct msg_call m;

		if (msg_recv(FD_API, &m, sizeof(m), &fd) < 0 || m.type != MSG_CALL)
			spe_die("api", "it is gone");
		if (m.until_ms == 0 || (uint64_t)now_ms() < m.until_ms) /* else its caller has been told that nothing answers */
			serve(e, &m, fd, 0);
	}
}

/* Something changed, or a time is up: ask the handlers again. */
static void look_again(struct engine *e)
{
	struct waiting *w = e->waiting, *next;
	int64_t now = now_s();

	e->waiting = NULL;
	e->soon = false;
	for (; w; w = next) {
		next = w->next;
		waiting_count--;
		if (e->changed || now >= w->until) {
			serve(e, &w->m, -1, w->until);
			free(w);
		} else {
			w->next = e->waiting;
			e->waiting = w;
			waiting_count++;
		}
	}
	e->changed = false;
}

static void turn(struct engine *e)
{
	struct pollfd p[300] = { { FD_API, POLLIN, 0 }, { FD_GATE, POLLIN, 0 } };
	struct task *of[300], *t;
	nfds_t n = 2, i;
	int ready;

	for (t = e->tasks; t && n < 300; t = t->next)
		if (t->conn >= 0) {
			of[n] = t;
			p[n++] = (struct pollfd){ t->conn, POLLIN, 0 };
		}
	db_rest(e);
	ready = poll(p, n, e->soon ? 0 : tasks_waiting(e) ? 2 : gate_unsettled(e) ? 10 : e->waiting ? 500 : 1000);
	if (ready < 0 && errno != EINTR)
		spe_die("loop", "poll: %s", strerror(errno));
	e->quiet = ready <= 0;
	if (p[1].revents)
		spe_die("gate", "it is gone");
	for (i = 2; i < n; i++)
		if (p[i].revents) {
			tasks_hear(e, of[i]); /* may end other tasks: look at one, then poll again */
			break;
		}
	if (p[0].revents)
		hear_api(e);
}

static void confine(void)
{
	const struct confine_path paths[] = { { .dir = FD_STATE, .write = true }, { .dir = FD_KEEPERS }, { .dir = -1 } };
	static const char *const calls[] = { "socket", "connect", "sendmsg", "recvmsg", "openat", "openat2", "unlink",
		"unlinkat", "ftruncate", "fsync", "fdatasync", "fstatfs", "memfd_create", "getdents64", "fchmod", "fchown", "access",
		"stat", "lstat", "getcwd", "readlink", "rename", "renameat", "socketpair", "dup", "copy_file_range", "geteuid",
		"pread64", "pwrite64", "getsockopt", "mkdir", "mkdirat", "fallocate", "uname",
		"adjtimex", "clock_adjtime", NULL };
	const struct confine c = { .paths = paths, .calls = calls };
	struct spe_error err;

	if (confine_enter(&c, &err) < 0)
		spe_die("confine", "%s", err.text);
}

static int check_file(const char *path)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	auto_free char *text = NULL;
	const char *name = strrchr(path, '/');
	struct witnesses w;
	struct conf conf;
	struct spe_error err;
	size_t len;
	int r;

	if (fd < 0 || io_read_all(fd, 65536, &text, &len) < 0) {
		fprintf(stderr, "%s: can't be read: %s\n", path, strerror(errno));
		return 2;
	}
	r = strcmp(name ? name + 1 : path, "witnesses") == 0 ? witnesses_parse(text ? text : "", len, path, &w, &err) :
							      conf_parse(text ? text : "", path, &conf, &err);
	if (r < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 2;
	}
	return 0;
}

/* Whether any row was written since the last time, or a second passed: what waits its turn is in the database. */
static bool news(struct engine *e)
{
	static int seen = -1;
	static int64_t last_ms;
	const int now = sqlite3_total_changes(e->db);

	if (now == seen && !e->changed && now_ms() - last_ms < 1000)
		return false;
	seen = now;
	last_ms = now_ms();
	return true;
}

static void schedule(struct engine *e)
{
	static int64_t clock_ms;

	if (news(e)) {
		jobs_schedule(e);
		exports_schedule(e);
		jobs_check(e);
	}
	attest_clock(e);
	if (now_ms() - clock_ms > 1000) {
		clock_ms = now_ms();
		jobs_clock(e);
		workspaces_clock(e);
		holdings_clock(e);
		runtimes_clock(e);
		uploads_clock(e);
		exports_clock(e);
	}
}

/* A journal that was changed stops everything but looking, so that an auditor can ask what is wrong. */
static void begin(struct engine *e)
{
	struct spe_error err;

	gate_journal(e, gate_record(NULL, 0, "sped.start", NULL, 0, NULL));
	if (gate_records(e, false, &err) < 0) {
		if (err.code != SPE_E_TAMPERED)
			spe_die("journal", "nothing may happen unrecorded: %s", err.text);
		spe_log("journal", "%s; nothing is done until an auditor has looked", err.text);
		e->frozen = true;
		return;
	}
	backup_restored(e);
	permits_recall(e);
	tasks_reclaim(e);
	jobs_recall(e);
	jobs_lost(e, 0);
	jobs_resume(e);
	holdings_resume(e);
	uploads_resume(e);
	runtimes_resume(e);
	exports_resume(e);
}

static void no_memory(void)
{
	spe_die("memory", "there is none left; beginning again from what is on disk");
}

int main(int argc, char **argv)
{
	static struct engine e = { .next_call = 1 };

	spe_log_name("sped-engine");
	if (argc == 3 && strcmp(argv[1], "-n") == 0)
		return check_file(argv[2]);
	if (argc != 1) {
		fputs("usage: sped-engine -n SPED.CONF|WITNESSES   (it is sped that starts it otherwise)\n", stderr);
		return 2;
	}
	json_memory(no_memory);
	if (crypto_memory(no_memory) < 0)
		spe_die("start", "OpenSSL takes no other allocator");
	doctor_look();
	attest_look();
	conf_load(&e);
	db_open(&e);
	roles_open(&e);
	catalogue_open(&e);
	if (fchdir(FD_KEEPERS) < 0)
		spe_die("start", "the keepers' directory: %s", strerror(errno));
	confine();
	begin(&e);
	for (;;) {
		if (!e.frozen)
			schedule(&e);
		look_again(&e);
		settle(&e);
		turn(&e);
	}
}
