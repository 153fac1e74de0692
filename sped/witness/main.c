/* witness/main.c - one turn after another: what is new is given to whoever lacks it; see witness.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "spe/log.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"
#include "sped/witness/witness.h"

#define AGAIN_MIN_S 5    /* after a failure, and twice as long after each further one, */
#define AGAIN_MAX_S 3600 /* up to that */
#define PATIENCE_MS 20   /* between looks at processes that are sending */

/* What is known of one witness. */
struct state {
	struct checkpoint kept;  /* size 0: nothing */
	enum sent last;
	char detail[WITNESS_DETAIL_MAX + 1];
	uint64_t told_size;      /* of what sped was told last, */
	bool told;               /* if it was */
	pid_t pid;               /* that is sending; 0 */
	int fd;
	bool late;
	int64_t begun_s, due_s;  /* due_s: not before that */
	int again_s;             /* 0: it did not fail */
};

static struct {
	const char *config, *socket, *dir;
	struct witnesses who;
	struct state of[WITNESSES_MAX];
	int state; /* the directory */
	bool once;
} s = { .config = SPE_SYSCONFDIR, .socket = SPE_RUNDIR "/sped.sock", .dir = SPE_STATEDIR "-witness", .state = -1 };

static volatile sig_atomic_t stopping;

static void on_stop(int sig)
{
	stopping = 1;
}

static int64_t now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* ---- at the start ---- */

/* A command stands in it: only root may have written it. */
static void config_read(void)
{
	auto_close int dir = open(s.config, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_close int fd = dir < 0 ? -1 : openat(dir, "witnesses", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	auto_free char *text = NULL;
	struct spe_error e;
	struct stat st;
	size_t len = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		spe_die("start", "%s/witnesses can't be opened: %s", s.config, strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)))
		spe_die("start", "%s/witnesses is not root's own, or others may write it; it is not taken", s.config);
	if (io_read_all(fd, WITNESSES_TEXT_MAX, &text, &len) < 0)
		spe_die("start", "%s/witnesses can't be read", s.config);
	if (witnesses_parse(text ? text : "", len, "witnesses", &s.who, &e) < 0)
		spe_die("start", "%s", e.text);
}

static void kept_read(size_t i)
{
	auto_close int fd = openat(s.state, s.who.one[i].name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	auto_free char *line = NULL;
	size_t len = 0;

	if (fd < 0 && errno == ENOENT)
		return;
	if (fd < 0 || io_read_all(fd, CHECKPOINT_MAX, &line, &len) < 0 || checkpoint_verify(line ? line : "", len, NULL, &s.of[i].kept, NULL) < 0)
		spe_die("start", "%s/%s is no checkpoint; remove it where you know why", s.dir, s.who.one[i].name);
}

static void state_read(void)
{
	size_t i;

	s.state = open(s.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s.state < 0)
		spe_die("start", "%s can't be opened: %s", s.dir, strerror(errno));
	for (i = 0; i < s.who.count; i++)
		kept_read(i);
}

/* ---- one witness ---- */

static void detail_set(struct state *x, enum sent how, const char *text)
{
	x->last = how;
	snprintf(x->detail, sizeof(x->detail), "%.*s", WITNESS_DETAIL_MAX, text);
	spe_one_line(x->detail);
}

static void failed(struct state *x)
{
	x->again_s = x->again_s == 0 ? AGAIN_MIN_S : 2 * x->again_s < AGAIN_MAX_S ? 2 * x->again_s : AGAIN_MAX_S;
	x->due_s = now_s() + x->again_s;
	x->told = false;
}

static void kept_write(size_t i, const struct now *n)
{
	struct state *x = &s.of[i];
	int r = io_replace(s.state, s.who.one[i].name, n->line, strlen(n->line), 0644);

	if (r < 0)
		spe_log(s.who.one[i].name, "what it has can't be noted: %s", strerror(-r));
	x->kept = n->c;
	x->again_s = 0;
	x->told = false;
}

static bool has_it(const struct state *x, const struct now *n)
{
	return x->kept.size == n->c.size && memcmp(x->kept.root, n->c.root, MERKLE_HASH) == 0 && strcmp(x->kept.origin, n->c.origin) == 0;
}

/* What it holds already is held against what sped says now; where they differ it gets nothing: it is the one that is right. */
static void begin(size_t i, const struct now *n)
{
	struct state *x = &s.of[i];
	struct spe_error e;
	int r = x->kept.size ? now_follows(n, &x->kept, &e) : 0;

	if (r == -SPE_E_TAMPERED) {
		if (x->last != SENT_DISAGREES)
			spe_log(s.who.one[i].name, "%s", e.text);
		x->told &= x->last == SENT_DISAGREES;
		detail_set(x, SENT_DISAGREES, e.text);
		return;
	}
	if (r < 0 || has_it(x, n) || now_s() < x->due_s || x->pid > 0) /* r: it was asked of another size */
		return;
	r = send_begin(&s.who.one[i], s.socket, n, &x->fd);
	x->pid = r > 0 ? r : 0;
	x->begun_s = now_s();
	x->late = false;
	if (r < 0) {
		detail_set(x, SENT_FAILED, strerror(-r));
		failed(x);
	}
}

static void ended(size_t i, int status, const struct now *n)
{
	struct state *x = &s.of[i];
	char detail[WITNESS_DETAIL_MAX + 1];
	enum sent how = send_end(&s.who.one[i], status, x->late, x->fd, detail);

	close(x->fd);
	x->pid = 0;
	detail_set(x, how, detail);
	if (how == SENT_KEPT)
		return kept_write(i, n);
	spe_log(s.who.one[i].name, "%s", x->detail);
	failed(x);
}

/* True once nobody is sending any more. One that does not end though it was killed hangs in the kernel: it is left, and nothing
 * else is begun for that witness until it is gone. */
static bool wait_turn(const struct now *n)
{
	bool all = true;
	size_t i;

	for (i = 0; i < s.who.count; i++) {
		struct state *x = &s.of[i];
		int status;

		if (x->pid == 0)
			continue;
		if (waitpid(x->pid, &status, WNOHANG) == x->pid) {
			kill(-x->pid, SIGKILL); /* what a command left behind */
			ended(i, status, n);
			continue;
		}
		if (now_s() - x->begun_s <= s.who.timeout_s) {
			all = false;
		} else if (!x->late) {
			x->late = true;
			kill(-x->pid, SIGKILL);
			x->begun_s = now_s(); /* as long again to be gone */
			all = false;
		}
	}
	return all;
}

/* ---- telling sped ---- */

static const char *const words[] = { [SENT_KEPT] = "kept", [SENT_FAILED] = "failed", [SENT_DISAGREES] = "disagrees" };

static void tell(size_t i)
{
	auto_free char *path = talk_path("/v1/audit/witnesses/%s", s.who.one[i].name);
	auto_json json_t *answer = NULL;
	struct state *x = &s.of[i];
	struct talk *t = NULL;
	struct spe_error e;
	int r = talk_new(&t, s.socket, false, &e);

	if (r == 0)
		r = talk_post(t, path, json_pack("{s:s,s:I,s:s}", "state", words[x->last], "size", (json_int_t)x->kept.size, "detail", x->detail),
			&answer, &e);
	talk_free(t);
	x->told = r == 0;
	if (r < 0)
		spe_log("sped", "%s", e.text);
}

/* ---- turns ---- */

/* False where sped did not answer or somebody lacks it still. */
static bool turn(bool sign)
{
	uint64_t sizes[WITNESSES_MAX];
	struct now n;
	struct spe_error e;
	bool good = true;
	size_t i;

	for (i = 0; i < s.who.count; i++)
		sizes[i] = s.of[i].kept.size;
	if (now_get(s.socket, sizes, s.who.count, sign, &n, &e) < 0) {
		spe_log("sped", "%s", e.text);
		return false;
	}
	for (i = 0; i < s.who.count; i++)
		begin(i, &n);
	while (!wait_turn(&n))
		poll(NULL, 0, PATIENCE_MS);
	for (i = 0; i < s.who.count; i++) {
		if (!s.of[i].told)
			tell(i);
		good &= has_it(&s.of[i], &n) && s.of[i].last == SENT_KEPT;
	}
	now_free(&n);
	return good;
}

static int seconds_between(void)
{
	const int tenth = s.who.every_s / 10;

	return tenth < 1 ? 1 : tenth > 30 ? 30 : tenth;
}

static void options(int argc, char **argv)
{
	int o;

	while ((o = getopt(argc, argv, "1c:r:s:")) != -1)
		switch (o) {
		case '1': s.once = true; break;
		case 'c': s.config = optarg; break;
		case 'r': s.socket = optarg; break;
		case 's': s.dir = optarg; break;
		default: optind = argc + 1;
		}
	if (optind == argc)
		return;
	fputs("usage: spe-witness [-1] [-c CONFIG] [-r SOCKET] [-s STATE]\n", stderr);
	exit(2);
}

/* Nothing that it runs is more than it is itself. */
static void become(void)
{
	const struct sigaction stop = { .sa_handler = on_stop };

	if (getuid() == 0 || geteuid() == 0)
		spe_die("start", "it runs commands, so it does not run as root; see sped(8), Witnesses");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		spe_die("start", "no_new_privs: %s", strerror(errno));
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	umask(0022);
}

int main(int argc, char **argv)
{
	bool good, first = true;
	int64_t next;

	spe_log_name("spe-witness");
	options(argc, argv);
	become();
	config_read();
	state_read();
	do {
		good = turn(first || stopping);
		first = first && !good; /* of its own start there has to be one */
		next = now_s() + seconds_between();
		while (!s.once && !stopping && now_s() < next)
			poll(NULL, 0, 200);
	} while (!s.once && !stopping);
	if (!s.once)
		good = turn(true);
	return good ? 0 : 1;
}
