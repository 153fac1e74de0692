/* t/bench/api.c - many clients of sped at once, or of any HTTP/1.1 server on a unix socket.
 * bench-api [-n CLIENTS] [-w WAITING] [-s SECONDS] [-o ANSWERS] SOCKET <CALLS: each line of CALLS is
 *   LABEL UID METHOD PATH [BODY]
 * and is asked by one of the clients that connect as UID (so this runs as root): CLIENTS together, at least one of each UID, with a
 * connection each. A client asks the next line of its UID when it has its answer, at most WAITING (1 where -n is not said) at once.
 * METHOD APPROVE takes an export's id for a path: its manifest is fetched, signed with the key of UID, and the decision sent, which
 * is what is timed.
 * -s: the lines are taken again and again for so long, then all that was asked is waited for.
 * -o: what was answered, a line "LABEL UID STATUS BODY" each.
 * Prints for each label "LABEL COUNT calls RATE/s p50 MS p99 MS max MS", and how many were answered other than with 2xx.
 * bench-api -k UID prints the public key that belongs to UID: the keys here are made of the number alone. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/sshsig.h"
#include "sped/base/buf.h"

#define LABELS_MAX 32
#define UIDS_MAX 1024

struct line {
	uint32_t uid;
	size_t label;
	char *method, *path, *body;
	struct line *next; /* of the same uid */
};

struct label {
	char name[32];
	double *ms, first, last; /* first: when the first was asked; last: when the last was answered; ms each */
	size_t count, room, bad;
};

struct queue { /* of one uid */
	uint32_t uid;
	struct line *first, *next, **end;
	size_t lines;
};

struct client {
	int fd;
	struct queue *queue;
	struct line *line; /* NULL: idle */
	bool manifest;     /* of an APPROVE: that is what was asked for */
	double asked;
	struct buf got;
};

static struct label label[LABELS_MAX];
static size_t labels, uids;
static struct queue queue[UIDS_MAX];
static const char *socket_path;
static FILE *answers;
static double ends; /* when no more is asked, in ms; 0: when the lines are through */
static int poller;
static struct client *clients;
static size_t client_count, waiting, waiting_max;

static void die(const char *what)
{
	fprintf(stderr, "bench-api: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Nobody's but this bench's: whoever reads it here has them all. */
static void key_of(uint32_t uid, uint8_t key[32])
{
	size_t i;

	for (i = 0; i < 32; i++)
		key[i] = (uint8_t)((uid >> (i % 4 * 8)) + i);
}

/* ---- what is asked ---- */

static size_t label_of(const char *name)
{
	size_t i = 0;

	while (i < labels && strcmp(label[i].name, name) != 0)
		i++;
	if (i == LABELS_MAX)
		die("too many labels");
	if (i == labels)
		snprintf(label[labels++].name, sizeof(label[0].name), "%s", name);
	return i;
}

static struct queue *queue_of(uint32_t uid)
{
	size_t i = 0;

	while (i < uids && queue[i].uid != uid)
		i++;
	if (i == UIDS_MAX)
		die("too many uids");
	if (i == uids)
		queue[uids++] = (struct queue){ .uid = uid, .end = &queue[i].first };
	return &queue[i];
}

static char *word(char **at)
{
	char *from = *at;

	*at += strcspn(*at, " ");
	if (**at)
		*(*at)++ = '\0';
	return from;
}

static void line_add(char *text)
{
	struct line *l = calloc(1, sizeof(*l));
	struct queue *q;
	char *at;

	text[strcspn(text, "\n")] = '\0';
	at = l ? strdup(text) : NULL;
	if (!at)
		die("memory");
	l->label = label_of(word(&at));
	l->uid = (uint32_t)strtoul(word(&at), NULL, 10);
	l->method = word(&at);
	l->path = word(&at);
	l->body = at;
	q = queue_of(l->uid);
	*q->end = l;
	q->end = &l->next;
	q->lines++;
}

static void lines_read(void)
{
	char *text = NULL;
	size_t room = 0, i;

	while (getline(&text, &room, stdin) > 0)
		line_add(text);
	free(text);
	for (i = 0; i < uids; i++)
		queue[i].next = queue[i].first;
	if (uids == 0)
		die("no calls");
}

/* ---- clients ---- */

static void client_connect(struct client *c)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", socket_path);
	spe_close_fd(&c->fd);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || seteuid(c->queue->uid) < 0 || connect(c->fd, (struct sockaddr *)&a, sizeof(a)) < 0 || seteuid(0) < 0 ||
		fcntl(c->fd, F_SETFL, O_NONBLOCK) < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &ev) < 0)
		die(socket_path);
}

static void client_send(struct client *c, const char *method, const char *path, const char *body)
{
	auto_buf struct buf b = { 0 };

	buf_fmt(&b, "%s %s HTTP/1.1\r\nHost: sped\r\n", method, path);
	if (*body)
		buf_fmt(&b, "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(body));
	buf_fmt(&b, "\r\n%s", body);
	c->got.len = 0;
	c->asked = now_ms();
	if (b.bad || send(c->fd, b.p, b.len, MSG_NOSIGNAL) != (ssize_t)b.len)
		die("send"); /* less than any socket buffer */
}

static void client_ask(struct client *c)
{
	struct queue *q = c->queue;
	char path[64];

	if (ends > 0 && !q->next)
		q->next = q->first;
	c->line = q->next;
	if (!c->line)
		return;
	waiting++;
	q->next = c->line->next;
	c->manifest = strcmp(c->line->method, "APPROVE") == 0;
	if (c->manifest)
		snprintf(path, sizeof(path), "/v1/exports/%.8s/manifest", c->line->path);
	client_send(c, c->manifest ? "GET" : c->line->method, c->manifest ? path : c->line->path, c->manifest ? "" : c->line->body);
}

/* Whoever has nothing to wait for, each in turn. */
static void all_ask(void)
{
	static size_t turn;
	size_t i;

	if (ends > 0 && now_ms() >= ends)
		return;
	for (i = 0; i < client_count && waiting < waiting_max; i++) {
		struct client *c = &clients[turn++ % client_count];

		if (!c->line)
			client_ask(c);
	}
}

static void decision_send(struct client *c, const char *manifest, size_t len)
{
	auto_free char *armor = NULL, *text = NULL;
	struct spe_error e;
	uint8_t key[32];
	char path[64];
	json_t *body;

	key_of(c->line->uid, key);
	if (sshsig_sign(key, "spe-decision", manifest, len, &armor, &e) < 0)
		die(e.text);
	body = json_pack("{ssss}", "verdict", "approve", "signature", armor);
	text = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	snprintf(path, sizeof(path), "/v1/exports/%.8s/decisions", c->line->path);
	c->manifest = false;
	client_send(c, "POST", path, text);
}

static void counted(const struct client *c, long status)
{
	struct label *l = &label[c->line->label];
	double end = now_ms();

	if (l->count == l->room) {
		l->room = 2 * l->room + 1024;
		l->ms = realloc(l->ms, l->room * sizeof(*l->ms));
		if (!l->ms)
			die("memory");
	}
	if (l->count == 0 || c->asked < l->first)
		l->first = c->asked;
	l->last = end;
	l->ms[l->count++] = end - c->asked;
	l->bad += status < 200 || status > 299;
}

/* The length of the answer that is there, its status and where its body begins; 0: more has to come. */
static size_t answer_whole(struct client *c, long *ret_status, char **ret_body)
{
	char *end, *length;

	buf_add(&c->got, "", 1);
	if (c->got.bad)
		die("memory");
	c->got.len--;
	end = strstr(c->got.p, "\r\n\r\n");
	if (!end || c->got.len < 12)
		return 0;
	*ret_status = strtol(c->got.p + 9, NULL, 10);
	*ret_body = end + 4;
	length = strcasestr(c->got.p, "\r\nContent-Length:");
	if (!length || length > end)
		die("an answer has no length");
	return (size_t)(end + 4 - c->got.p) + strtoul(length + 17, NULL, 10);
}

static void answered(struct client *c, long status, char *body, size_t whole)
{
	bool over = strcasestr(c->got.p, "\r\nConnection: close") && strcasestr(c->got.p, "\r\nConnection: close") < body;

	if (c->manifest && status == 200) {
		decision_send(c, body, whole - (size_t)(body - c->got.p));
		return;
	}
	counted(c, status);
	if (answers)
		fprintf(answers, "%s %u %ld %s\n", label[c->line->label].name, c->line->uid, status, body);
	if (over)
		client_connect(c);
	c->line = NULL;
	waiting--;
	all_ask();
}

static void client_hear(struct client *c)
{
	char piece[65536], *body = NULL;
	long status = 0;
	size_t whole;
	ssize_t n;

	while ((n = read(c->fd, piece, sizeof(piece))) > 0)
		buf_add(&c->got, piece, (size_t)n);
	if (n == 0 && c->line)
		die("a connection ended in the middle of an answer");
	if (n == 0) {
		spe_close_fd(&c->fd);
		return;
	}
	whole = c->line ? answer_whole(c, &status, &body) : 0;
	if (whole > 0 && c->got.len >= whole)
		answered(c, status, body, whole);
}

/* Of each uid one, and then of each as many more as it has lines for, in turn. */
static void clients_make(size_t n)
{
	size_t i, turn;

	n = n < uids ? uids : n;
	clients = calloc(n, sizeof(*clients));
	if (!clients)
		die("memory");
	for (turn = 0; turn < n; turn++)
		for (i = 0; i < uids && client_count < n; i++)
			if (turn < queue[i].lines || ends > 0) {
				clients[client_count] = (struct client){ .fd = -1, .queue = &queue[i] };
				client_connect(&clients[client_count++]);
			}
}

static void play(size_t n)
{
	struct epoll_event ev[64];
	int i, got;

	clients_make(n);
	all_ask();
	while (waiting > 0) {
		got = epoll_wait(poller, ev, 64, 60000);
		if (got <= 0)
			die("no answer for a minute");
		for (i = 0; i < got; i++)
			client_hear(ev[i].data.ptr);
	}
}

static int smaller(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void tell(void)
{
	size_t i;

	for (i = 0; i < labels; i++) {
		struct label *l = &label[i];

		if (l->count == 0)
			continue;
		qsort(l->ms, l->count, sizeof(double), smaller);
		printf("%s %zu calls %.0f/s p50 %.2f ms p99 %.2f ms max %.2f ms", l->name, l->count, 1e3 * (double)l->count / (l->last - l->first),
			l->ms[l->count / 2], l->ms[l->count * 99 / 100], l->ms[l->count - 1]);
		printf(l->bad ? " refused %zu\n" : "\n", l->bad);
	}
}

static int key_show(uint32_t uid)
{
	char text[SSHKEY_TEXT_MAX];
	struct spe_error e;
	uint8_t key[32];

	key_of(uid, key);
	if (sshkey_public(key, text, &e) < 0)
		return 1;
	printf("%s\n", text);
	return 0;
}

int main(int argc, char **argv)
{
	size_t n = 1;
	int o;

	while ((o = getopt(argc, argv, "k:n:w:s:o:")) != -1)
		switch (o) {
		case 'k': return key_show((uint32_t)strtoul(optarg, NULL, 10));
		case 'n': n = strtoul(optarg, NULL, 10); break;
		case 'w': waiting_max = strtoul(optarg, NULL, 10); break;
		case 's': ends = now_ms() + 1e3 * strtod(optarg, NULL); break;
		case 'o': answers = fopen(optarg, "we"); break;
		default: optind = argc + 1;
		}
	if (optind != argc - 1 || n == 0) {
		fputs("usage: bench-api [-n CLIENTS] [-w WAITING] [-s SECONDS] [-o ANSWERS] SOCKET <CALLS; bench-api -k UID\n", stderr);
		return 2;
	}
	socket_path = argv[optind];
	waiting_max = waiting_max ? waiting_max : n;
	poller = epoll_create1(EPOLL_CLOEXEC);
	lines_read();
	play(n);
	tell();
	return answers && fclose(answers) != 0 ? 1 : 0;
}
