/* spe-cli/http.c - see http.h. */
#include "spe-cli/http.h"

#include <errno.h>
#include <http_parser.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "sped/base/buf.h"

#define PIECE 65536
#define GO_MS 1000 /* a peer that knows nothing of 100 Continue gets the body after that */

struct exchange {
	struct http_call *c;
	int sock;
	http_parser parser;
	bool go, whole, deaf; /* deaf: what is left of the body is of no use */
	char name[32], value[96]; /* of the header that is being read, as far as they go in */
	bool in_value;
	int64_t got, length;
};

static void add(char *to, size_t room, const char *at, size_t len)
{
	size_t n = strlen(to);

	snprintf(to + n, room - n, "%.*s", (int)(len < room ? len : room), at);
}

static void header_over(struct exchange *x)
{
	long long at, to, of;

	if (strcasecmp(x->name, "ETag") == 0)
		snprintf(x->c->tag, sizeof(x->c->tag), "%.79s", x->value);
	if (strcasecmp(x->name, "Content-Range") == 0 && sscanf(x->value, "bytes %lld-%lld/%lld", &at, &to, &of) == 3 && at >= 0 && to >= at && of > to) {
		x->c->at = at;
		x->c->of = of;
	}
	x->name[0] = x->value[0] = '\0';
	x->in_value = false;
}

static int on_name(http_parser *p, const char *at, size_t len)
{
	struct exchange *x = p->data;

	if (x->in_value)
		header_over(x);
	add(x->name, sizeof(x->name), at, len);
	return 0;
}

static int on_value(http_parser *p, const char *at, size_t len)
{
	struct exchange *x = p->data;

	x->in_value = true;
	add(x->value, sizeof(x->value), at, len);
	return 0;
}

static int on_head(http_parser *p)
{
	struct exchange *x = p->data;

	header_over(x);
	x->length = p->content_length > INT64_MAX ? 0 : (int64_t)p->content_length;
	return x->c->begun && (p->status_code == 200 || p->status_code == 206) && x->c->begun(x->c->arg, p->status_code) != 0 ? -1 : 0;
}

static int on_body(http_parser *p, const char *at, size_t len)
{
	struct exchange *x = p->data;
	int r = x->c->take(x->c->arg, p->status_code, at, len);

	x->got += (int64_t)len;
	if (r == 0 && x->c->from < 0 && x->c->moved)
		x->c->moved(x->c->arg, x->got, x->length);
	return r;
}

/* Of an answer that announces the last one (1xx), or of the last one. */
static int on_end(http_parser *p)
{
	struct exchange *x = p->data;

	x->c->status = p->status_code;
	x->whole = p->status_code >= 200;
	x->go = true;
	if (x->whole) {
		x->c->keep = http_should_keep_alive(p);
		http_parser_pause(p, 1);
	}
	return 0;
}

static const http_parser_settings hears = { .on_header_field = on_name, .on_header_value = on_value, .on_headers_complete = on_head, .on_body = on_body, .on_message_complete = on_end };

/* One read. HTTP_ANSWERED where nothing is wrong: whole says whether that was all. */
static enum http_end hear(struct exchange *x)
{
	char room[PIECE];
	ssize_t n = recv(x->sock, room, sizeof(room), 0);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return HTTP_ANSWERED;
	if (n < 0)
		return HTTP_GONE;
	http_parser_execute(&x->parser, &hears, room, (size_t)n);
	if (x->whole)
		return HTTP_ANSWERED;
	if (HTTP_PARSER_ERRNO(&x->parser) == HPE_CB_body || HTTP_PARSER_ERRNO(&x->parser) == HPE_CB_headers_complete)
		return HTTP_STOPPED;
	if (n == 0) /* and the parser did not take this for the end of a body without a length */
		return HTTP_GONE;
	if (HTTP_PARSER_ERRNO(&x->parser) == HPE_OK && !x->parser.upgrade)
		return HTTP_ANSWERED;
	x->c->why = http_errno_description(HTTP_PARSER_ERRNO(&x->parser));
	return HTTP_ODD;
}

/* Until the socket takes more, or an answer is there already: a refusal does not wait for the body's end. */
static enum http_end turn(struct exchange *x, short events, int ms, bool *ret_may_send)
{
	struct pollfd p = { x->sock, events, 0 };
	int n = poll(&p, 1, ms);

	*ret_may_send = n > 0 && !(p.revents & POLLIN) && p.revents & POLLOUT;
	x->go |= n == 0;
	return n > 0 && (p.revents & (POLLIN | POLLHUP | POLLERR)) ? hear(x) : HTTP_ANSWERED;
}

/* Returns what was taken, 0 for nothing yet. */
static size_t say(struct exchange *x, const char *p, size_t len)
{
	ssize_t n = send(x->sock, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	x->deaf = n < 0 && errno != EAGAIN && errno != EINTR; /* its answer may be there all the same */
	return n < 0 ? 0 : (size_t)n;
}

static enum http_end say_all(struct exchange *x, const char *p, size_t len)
{
	enum http_end r = HTTP_ANSWERED;
	size_t at = 0;
	bool may;

	while (at < len && r == HTTP_ANSWERED && !x->whole && !x->deaf) {
		at += say(x, p + at, len - at);
		if (at < len && !x->deaf)
			r = turn(x, POLLIN | POLLOUT, -1, &may);
	}
	return r;
}

static enum http_end say_file(struct exchange *x)
{
	char room[PIECE];
	int64_t at = 0;
	enum http_end r = HTTP_ANSWERED;
	bool may;

	while (!x->go && r == HTTP_ANSWERED)
		r = turn(x, POLLIN, GO_MS, &may);
	while (at < x->c->from_size && r == HTTP_ANSWERED && !x->whole && !x->deaf) {
		int64_t left = x->c->from_size - at;
		ssize_t n;

		r = turn(x, POLLIN | POLLOUT, -1, &may);
		if (r != HTTP_ANSWERED || !may)
			continue;
		n = pread(x->c->from, room, left < PIECE ? (size_t)left : PIECE, x->c->from_at + at);
		if (n <= 0) {
			x->c->local_errno = n < 0 ? errno : ENODATA;
			return HTTP_STOPPED;
		}
		at += (int64_t)say(x, room, (size_t)n);
		if (x->c->moved)
			x->c->moved(x->c->arg, at, x->c->from_size);
	}
	return r;
}

static void head(const struct http_call *c, struct buf *b)
{
	buf_fmt(b, "%s %s HTTP/1.1\r\nHost: sped\r\nAccept: */*\r\n", c->method, c->path);
	if (c->type)
		buf_fmt(b, "Content-Type: %s\r\nContent-Length: %lld\r\n", c->type, c->from >= 0 ? (long long)c->from_size : (long long)c->body_len);
	if (c->range)
		buf_fmt(b, "Range: bytes=%s\r\nIf-Range: %s\r\n", c->range, c->if_tag);
	buf_str(b, c->from >= 0 ? "Expect: 100-continue\r\n\r\n" : "\r\n");
	if (c->from < 0 && c->body)
		buf_add(b, c->body, c->body_len);
}

enum http_end http_call(int sock, struct http_call *c)
{
	struct exchange x = { .c = c, .sock = sock };
	auto_buf struct buf b = { 0 };
	enum http_end r;

	c->status = 0;
	c->local_errno = 0;
	c->keep = false;
	c->tag[0] = '\0';
	c->at = 0;
	c->of = -1;
	head(c, &b);
	if (b.bad) {
		c->local_errno = ENOMEM;
		return HTTP_STOPPED;
	}
	http_parser_init(&x.parser, HTTP_RESPONSE);
	x.parser.data = &x;
	r = say_all(&x, b.p, b.len);
	if (r == HTTP_ANSWERED && c->from >= 0 && !x.whole && !x.deaf)
		r = say_file(&x);
	c->keep = false; /* where the answer came before the body's end */
	while (r == HTTP_ANSWERED && !x.whole)
		r = hear(&x);
	return r;
}
