/* spe-cli/talk.c - see talk.h. */
#include "spe-cli/talk.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "spe-cli/http.h"
#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"

#define CONNECT_S 10

struct talk {
	struct sockaddr_un socket;
	int fd; /* the connection of the last call, or -1 */
	bool progress, answered;
};

/* One call and what has come of it so far. */
struct call {
	struct http_call http;
	struct talk *t;
	int to; /* where a good answer's bytes go, or -1 for buf */
	struct talk_part *part; /* whose bytes these are, or NULL */
	struct spe_error *why;  /* of what part's owner found */
	int64_t got;
	struct buf answer;
	int local_errno; /* writing failed here */
	bool too_large;
	time_t began;
	bool shown;
};

int talk_new(struct talk **ret, const char *socket, bool progress, struct spe_error *e)
{
	struct talk *t = calloc(1, sizeof(*t));

	if (!t)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	*t = (struct talk){ .socket = { .sun_family = AF_UNIX }, .fd = -1, .progress = progress && isatty(STDERR_FILENO) };
	if (strlen(socket) >= sizeof(t->socket.sun_path)) {
		talk_free(t);
		return spe_fail(e, SPE_E_INPUT, "the socket's path is longer than %zu bytes", sizeof(t->socket.sun_path) - 1);
	}
	memcpy(t->socket.sun_path, socket, strlen(socket) + 1);
	*ret = t;
	return 0;
}

void talk_free(struct talk *t)
{
	if (!t)
		return;
	spe_close_fd(&t->fd);
	free(t);
}

bool talk_answered(const struct talk *t)
{
	return t->answered;
}

static void add_encoded(struct buf *b, const char *s)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *s; s++) {
		if (strchr(plain, *s))
			buf_add(b, s, 1);
		else
			buf_fmt(b, "%%%02X", (unsigned char)*s);
	}
}

char *talk_path(const char *fmt, ...)
{
	auto_buf struct buf b = { 0 };
	va_list ap;

	va_start(ap, fmt);
	for (; *fmt; fmt++) {
		if (fmt[0] == '%' && fmt[1] == 's') {
			add_encoded(&b, va_arg(ap, const char *));
			fmt++;
		} else {
			buf_add(&b, fmt, 1);
		}
	}
	va_end(ap);
	return b.bad ? NULL : spe_take_ptr(&b.p);
}

static int on_answer(void *arg, unsigned status, const char *p, size_t len)
{
	struct call *k = arg;

	k->got += (int64_t)len;
	if (k->to >= 0 && status < 400) {
		k->too_large = k->got + (k->part ? k->part->at : 0) > TALK_FILE_MAX;
		k->local_errno = k->too_large ? 0 : -io_write_all(k->to, p, len);
		return k->local_errno != 0 || k->too_large;
	}
	k->too_large = k->answer.len + len > TALK_JSON_MAX;
	if (!k->too_large)
		buf_add(&k->answer, p, len);
	return k->too_large || k->answer.bad;
}

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void on_moved(void *arg, int64_t done, int64_t total)
{
	struct call *k = arg;

	if (k->part && k->part->of > 0) {
		done += k->part->at;
		total = k->part->of;
	}
	if (!k->t->progress || total <= 0 || (k->http.from < 0 && k->to < 0) || seconds() - k->began < 1)
		return;
	fprintf(stderr, "\r%3d %% of %lld MB ", (int)(done * 100 / total), (long long)(total / 1000000));
	k->shown = true;
}

static int no_daemon(const struct talk *t, int why, struct spe_error *e)
{
	if (why == EACCES || why == EPERM) {
		spe_fail(e, SPE_E_NOT_AUTHORISED, "you may not open sped's socket %s", t->socket.sun_path);
		spe_remedy(e, "ask the operator of this host to let you in");
		return -SPE_E_NOT_AUTHORISED;
	}
	spe_fail(e, SPE_E_NO_DAEMON, "sped does not answer on %s: %s", t->socket.sun_path, strerror(why));
	spe_remedy(e, "try: systemctl status sped, or name its socket with --socket");
	return -SPE_E_NO_DAEMON;
}

/* The connection of the last call where it is still open and silent, else a new one. */
static int reach(struct talk *t, struct spe_error *e)
{
	const struct timeval patience = { .tv_sec = CONNECT_S };
	struct pollfd p = { t->fd, POLLIN, 0 };
	auto_close int fd = -1;

	if (t->fd >= 0 && poll(&p, 1, 0) == 0)
		return 0;
	spe_close_fd(&t->fd);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0 ||
		connect(fd, (const struct sockaddr *)&t->socket, sizeof(t->socket)) < 0)
		return no_daemon(t, errno, e);
	t->fd = spe_take_fd(&fd);
	return 0;
}

static int call_failed(const struct call *k, enum http_end end, struct spe_error *e)
{
	int why = k->local_errno ? k->local_errno : k->http.local_errno;

	if (k->why && k->why->code != SPE_OK) /* it says so itself */
		return -(int)k->why->code;
	if (k->too_large)
		return spe_fail(
			e, SPE_E_TOO_LARGE, "sped's answer is larger than what is taken here");
	if (why)
		return spe_fail(e, SPE_E_INTERNAL, "%s failed: %s", k->local_errno ? "writing the file" : "reading the file",
			why == ENODATA ? "it became shorter" : strerror(why));
	if (end == HTTP_GONE)
		return spe_fail(e, SPE_E_NO_DAEMON, "sped ended the connection without an answer");
	return spe_fail(e, SPE_E_INTERNAL, "talking with sped failed: %s", end == HTTP_ODD ? k->http.why : "out of memory");
}

/* {"error":{"code","message","remedy"}} */
static int refusal(const struct call *k, long status, struct spe_error *e)
{
	auto_json json_t *answer = NULL;
	const json_t *error;
	enum spe_code code;

	if (json_parse(k->answer.p ? k->answer.p : "", k->answer.len, "answer", &answer, NULL) < 0)
		answer = NULL;
	error = json_object_get(answer, "error");
	if (!json_str(error, "message")[0])
		return spe_fail(e, SPE_E_INTERNAL,
			"sped answered with HTTP status %ld and no sentence", status);
	code = spe_code_from_name(json_str(error, "code"));
	spe_fail(e, code == SPE_OK ? SPE_E_INTERNAL : code, "%s", json_str(error, "message"));
	spe_remedy(e, "%s", json_str(error, "remedy"));
	return -(int)(code == SPE_OK ? SPE_E_INTERNAL : code);
}

static int call_act(struct call *k, struct spe_error *e)
{
	unsigned status;
	enum http_end end;
	int r;

	if (!k->http.path)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	r = reach(k->t, e);
	if (r < 0)
		return r;
	k->http.take = on_answer;
	k->http.moved = on_moved;
	k->http.arg = k;
	k->began = seconds();
	end = http_call(k->t->fd, &k->http);
	status = k->http.status;
	if (end != HTTP_ANSWERED || !k->http.keep)
		spe_close_fd(&k->t->fd);
	if (k->shown)
		fprintf(stderr, "\r\033[K");
	if (end != HTTP_ANSWERED)
		return call_failed(k, end, e);
	k->t->answered = true;
	if (status >= 400)
		return refusal(k, (long)status, e);
	if (status > 299)
		return spe_fail(e, SPE_E_INTERNAL, "sped answered with the odd HTTP status %u", status);
	return k->answer.bad ? spe_fail(e, SPE_E_INTERNAL, "out of memory") : 0;
}

static int call_json(struct call *k, json_t **ret, struct spe_error *e)
{
	int r = call_act(k, e);

	if (r == 0 && json_parse(k->answer.p ? k->answer.p : "", k->answer.len, "sped's answer", ret, e) < 0) {
		r = -SPE_E_INTERNAL; /* not the caller's fault */
		if (e)
			e->code = SPE_E_INTERNAL;
	}
	buf_free(&k->answer);
	return r;
}

int talk_get(struct talk *t, const char *path, json_t **ret, struct spe_error *e)
{
	struct call k = { .t = t, .http = { .method = "GET", .path = path, .from = -1 }, .to = -1 };

	return call_json(&k, ret, e);
}

int talk_delete(struct talk *t, const char *path, json_t **ret, struct spe_error *e)
{
	struct call k = { .t = t, .http = { .method = "DELETE", .path = path, .from = -1 }, .to = -1 };

	return call_json(&k, ret, e);
}

int talk_post(struct talk *t, const char *path, json_t *body, json_t **ret, struct spe_error *e)
{
	struct call k = { .t = t, .http = { .method = "POST", .path = path, .type = "application/json", .from = -1 }, .to = -1 };
	auto_json json_t *sent = body ? body : json_object();
	auto_free char *text = json_dumps(sent, JSON_COMPACT);

	if (!text)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	k.http.body = text;
	k.http.body_len = strlen(text);
	return call_json(&k, ret, e);
}

static int send_file(struct talk *t, const char *method, const char *path, int fd, int64_t at, json_t **ret, struct spe_error *e)
{
	struct call k = { .t = t, .http = { .method = method, .path = path, .type = "application/octet-stream", .from = fd, .from_at = at }, .to = -1 };
	struct stat st;

	if (fstat(fd, &st) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "the file can't be read: %s", strerror(errno));
	k.http.from_size = st.st_size > at ? st.st_size - at : 0;
	return call_json(&k, ret, e);
}

int talk_send(struct talk *t, const char *method, const char *path, int fd, json_t **ret,
	struct spe_error *e)
{
	return send_file(t, method, path, fd, 0, ret, e);
}

int talk_send_from(struct talk *t, const char *path, int fd, int64_t at, json_t **ret, struct spe_error *e)
{
	return send_file(t, "PUT", path, fd, at, ret, e);
}

int talk_bytes(struct talk *t, const char *path, char **ret, size_t *ret_len, struct spe_error *e)
{
	struct call k = { .t = t, .http = { .method = "GET", .path = path, .from = -1 }, .to = -1 };
	int r = call_act(&k, e);

	if (r == 0 && !k.answer.p)
		r = spe_fail(e, SPE_E_INTERNAL, "sped's answer is empty");
	if (r == 0) {
		*ret_len = k.answer.len;
		*ret = spe_take_ptr(&k.answer.p);
	}
	buf_free(&k.answer);
	return r;
}

/* "SHA256" in quotes, as sped tags what it names by its bytes. */
static bool is_tag(const char *tag)
{
	return strlen(tag) == 66 && tag[0] == '"' && tag[65] == '"' && strspn(tag + 1, "0123456789abcdef") == 64;
}

static int on_begun(void *arg, unsigned status)
{
	struct call *k = arg;
	struct talk_part *p = k->part;
	const char *tag = k->http.tag;
	const bool same = is_tag(tag) && strncmp(tag + 1, p->digest, 64) == 0;

	p->of = k->http.of;
	if (!is_tag(tag) || (status == 206 && (!same || k->http.at != p->at)))
		return spe_fail(k->why, SPE_E_INTERNAL, "sped answered with other bytes than were asked for");
	if (status == 206)
		return 0;
	p->at = 0;
	if (ftruncate(p->fd, 0) < 0 || lseek(p->fd, 0, SEEK_SET) < 0)
		return spe_fail(k->why, SPE_E_INTERNAL, "the file can't be written: %s", strerror(errno));
	snprintf(p->digest, sizeof(p->digest), "%.64s", tag + 1);
	return p->known(p->arg, p, k->why);
}

int talk_part(struct talk *t, const char *path, struct talk_part *p, struct spe_error *e)
{
	char range[64], tag[80];
	struct call k = { .t = t, .http = { .method = "GET", .path = path, .from = -1, .begun = on_begun }, .to = p->fd, .part = p, .why = e };
	int r;

	if (p->digest[0]) {
		snprintf(range, sizeof(range), "%lld-%lld", (long long)p->at, (long long)(p->at + p->piece - 1));
		snprintf(tag, sizeof(tag), "\"%.64s\"", p->digest);
		k.http.range = range;
		k.http.if_tag = tag;
	}
	p->status = 0;
	if (lseek(p->fd, p->at, SEEK_SET) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "the file can't be written: %s", strerror(errno));
	e->code = SPE_OK;
	r = call_act(&k, e);
	p->status = k.http.status;
	p->at = lseek(p->fd, 0, SEEK_CUR);
	if (r == 0 && k.http.status == 200)
		p->of = p->at;
	buf_free(&k.answer);
	return r;
}

int talk_open(struct talk *t, const char *path, json_t *body, int fd, struct spe_error *e)
{
	struct call k = { .t = t, .http = { .method = "POST", .path = path, .type = "application/json", .from = -1 }, .to = fd };
	auto_json json_t *sent = body;
	auto_free char *text = json_dumps(sent, JSON_COMPACT);
	int r;

	if (!text)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	k.http.body = text;
	k.http.body_len = strlen(text);
	r = call_act(&k, e);
	buf_free(&k.answer);
	return r;
}
