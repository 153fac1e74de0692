/* t/unit/api.c - the real sped-api between raw HTTP and an engine that this test plays, message by message. */
#include "t/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/msg.h"
#include "sped/base/buf.h"

#define NOBODY 65534
#define FILES 200       /* descriptors of sped-api: a leak of one a request shows */
#define DISK (8u << 20) /* the largest file it may write: the disk is full beyond */
#define PATIENCE_S 10

static char dir[128];
static int engine = -1, program = -1, listener = -1, spool = -1;
static pid_t server;
static rlim_t files = FILES;

static void need(const char *what, bool good)
{
	if (good)
		return;
	printf("Bail out! %s: %s\n", what, strerror(errno));
	if (server > 0)
		kill(server, SIGKILL);
	exit(99);
}

/* ---- the program under test ---- */

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void patience(int fd)
{
	const struct timeval t = { .tv_sec = PATIENCE_S };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t));
}

static void become_nobody(void)
{
	if (getuid() == 0)
		need("setresuid", setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
					  setresuid(NOBODY, NOBODY, NOBODY) == 0);
}

static void limit(__rlimit_resource_t what, rlim_t most)
{
	const struct rlimit l = { most, most };

	need("setrlimit", setrlimit(what, &l) == 0);
}

static void child(int api_end)
{
	char *argv[] = { (char *)(uintptr_t) "sped-api", NULL };
	/* its runtime can't look for leaks in an undumpable process */
	char *env[] = { (char *)(uintptr_t) "ASAN_OPTIONS=detect_leaks=0", NULL };
	const int fds[] = { api_end, listener, spool, spool };
	int i;

	for (i = 0; i < 4; i++)
		need("dup", fcntl(fds[i], F_DUPFD, 100 + i) == 100 + i ||
				    dup2(fds[i], 100 + i) == 100 + i);
	need("dup", dup2(program, 110) == 110 && fcntl(110, F_SETFD, FD_CLOEXEC) == 0);
	for (i = 0; i < 4; i++)
		need("dup", dup2(100 + i, 3 + i) == 3 + i && close(100 + i) == 0);
	close_range(7, 109, 0);
	become_nobody();
	limit(RLIMIT_NOFILE, files);
	limit(RLIMIT_FSIZE, DISK);
	need("spool", fchdir(6) == 0);
	fexecve(110, argv, env);
	need("sped-api", false);
}

static void listen_at(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	snprintf(a.sun_path, sizeof(a.sun_path), "%.90s/sock", dir);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	need("listen", listener >= 0 && bind(listener, (struct sockaddr *)&a, sizeof(a)) == 0 &&
			       chmod(a.sun_path, 0666) == 0 && listen(listener, 512) == 0);
}

static void server_start(void)
{
	const int small = 4608; /* a few messages fill the socket */
	int ends[2];

	need("socketpair", msg_pair(ends) == 0);
	setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	engine = ends[0];
	patience(engine);
	server = fork();
	if (server == 0)
		child(ends[1]);
	need("fork", server > 0);
	close(ends[1]);
}

static void prepare(void)
{
	const char *built = getenv("top_builddir"), *tmp = getenv("TMPDIR");
	char path[4096];

	snprintf(path, sizeof(path), "%s/sped/bin/sped-api", built ? built : ".");
	program = open(path, O_PATH | O_CLOEXEC);
	need(path, program >= 0);
	snprintf(dir, sizeof(dir), "%.90s/spe-api.XXXXXX", tmp ? tmp : P_tmpdir);
	need("mkdtemp", mkdtemp(dir) && chmod(dir, 0711) == 0);
	need("spool", mkdir(path_of("spool"), 0700) == 0);
	need("chown", getuid() != 0 || (chown(path_of("spool"), NOBODY, NOBODY) == 0 &&
					       chown(dir, NOBODY, NOBODY) == 0));
	spool = open(path_of("spool"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	need("spool", spool >= 0);
	signal(SIGPIPE, SIG_IGN);
	listen_at();
}

/* ---- the client ---- */

struct answer {
	int status;
	char head[2048];
	char *body;
	size_t len;
};

static int dial(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%.90s/sock", dir);
	need("connect", fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	patience(fd);
	return fd;
}

static bool say_bytes(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		ssize_t w = send(fd, at, n, MSG_NOSIGNAL);

		if (w <= 0)
			return false;
		at += w;
		n -= (size_t)w;
	}
	return true;
}

__attribute__((format(printf, 2, 3))) static void say(int fd, const char *fmt, ...)
{
	char text[8192];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	need("request", n > 0 && (size_t)n < sizeof(text));
	say_bytes(fd, text, (size_t)n);
}

/* Byte by byte, so that what follows in a pipeline stays in the socket. */
static bool hear_head(int fd, struct answer *a)
{
	size_t n = 0;

	while (n < sizeof(a->head) - 1 && recv(fd, a->head + n, 1, 0) == 1) {
		a->head[++n] = '\0';
		if (n >= 4 && memcmp(a->head + n - 4, "\r\n\r\n", 4) == 0)
			return true;
	}
	return false;
}

static bool hear(int fd, struct answer *a)
{
	const char *length;
	size_t got = 0;

	free(a->body);
	*a = (struct answer){ 0 };
	if (!hear_head(fd, a) || sscanf(a->head, "HTTP/1.1 %d", &a->status) != 1)
		return false;
	length = strcasestr(a->head, "\r\nContent-Length: ");
	a->len = length ? strtoul(length + 18, NULL, 10) : 0;
	a->body = calloc(1, a->len + 1);
	need("calloc", a->body != NULL);
	while (got < a->len) {
		ssize_t r = recv(fd, a->body + got, a->len - got, 0);

		if (r <= 0)
			return false;
		got += (size_t)r;
	}
	return true;
}

static bool closed(int fd)
{
	char c;
	ssize_t n = recv(fd, &c, 1, 0);

	return n == 0 || (n < 0 && errno == ECONNRESET);
}

/* ---- the engine ---- */

struct heard {
	struct msg_call m;
	int fd;
};

static bool engine_hears(struct heard *h)
{
	h->fd = -1;
	return msg_recv(engine, &h->m, sizeof(h->m), &h->fd) == 0 && h->m.type == MSG_CALL;
}

static bool engine_silent(void)
{
	struct pollfd p = { engine, POLLIN, 0 };

	return poll(&p, 1, 60) == 0;
}

static void engine_says(uint32_t id, uint32_t status, uint32_t flags, int fd, const char *name)
{
	struct msg_call m = { .type = MSG_REPLY, .id = id, .what = status, .flags = flags };

	snprintf(m.path, sizeof(m.path), "%s", name);
	need("reply", msg_send(engine, &m, sizeof(m), fd) == 0);
}

static void engine_says_json(uint32_t id, uint32_t status, const char *json)
{
	auto_close int fd = -1;

	need("memfd", io_memfd(json, strlen(json), &fd) == 0);
	engine_says(id, status, 0, fd, "");
}

/* What lies behind a descriptor that the engine got. */
static char *text_of(int fd, size_t *ret_len)
{
	char *p = NULL;

	if (fd < 0 || io_read_all(fd, 64 << 20, &p, ret_len) < 0)
		return NULL;
	return p;
}

/* A whole exchange on a fresh connection: is everything still well? */
static bool is_well(void)
{
	auto_close int fd = dial();
	struct answer a = { 0 };
	struct heard h;
	bool good;

	say(fd, "GET /v1/whoami HTTP/1.1\r\nHost: localhost\r\n\r\n");
	good = engine_hears(&h);
	if (good)
		engine_says_json(h.m.id, 200, "{\"uid\":1}");
	good = good && hear(fd, &a) && a.status == 200 && strcmp(a.body, "{\"uid\":1}") == 0;
	free(a.body);
	return good;
}

/* Sent raw; the answer has this status and code, and the engine hears nothing. */
static void refused(const char *request, int status, const char *code, const char *what)
{
	auto_close int fd = dial();
	struct answer a = { 0 };

	say_bytes(fd, request, strlen(request));
	hear(fd, &a);
	if (is_int(a.status, status, what) && code)
		has_str(a.body, code, "... and says why");
	ok(engine_silent(), "... and the engine hears nothing");
	free(a.body);
}

/* ---- root has no limit of connections ---- */

static void root_is_not_counted(void)
{
	int fd[100], i, served = 0;
	struct answer a = { 0 };

	for (i = 0; i < 100; i++) {
		fd[i] = dial();
		say(fd[i], "GET /v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n");
	}
	for (i = 0; i < 100; i++) {
		served += hear(fd[i], &a) && a.status == 200;
		close(fd[i]);
	}
	free(a.body);
	is_int(served, 100, "a hundred connections of root are all served");
}

static int dial_as(uid_t uid)
{
	int fd;

	need("seteuid", seteuid(uid) == 0);
	fd = dial();
	need("seteuid", seteuid(0) == 0);
	return fd;
}

static int status_as(uid_t uid)
{
	auto_close int fd = dial_as(uid);
	struct answer a = { 0 };

	say(fd, "GET /v1/openapi.json HTTP/1.1\r\nHost: l\r\n\r\n");
	hear(fd, &a);
	free(a.body);
	return a.status;
}

/* As one person's subordinate uids would. */
static void many_uids_leave_room_for_root(void)
{
	enum { N = 448 };
	int fd[N], i;

	for (i = 0; i < N; i++)
		fd[i] = dial_as(100000 + (uid_t)i / 64);
	is_int(status_as(200000), 503, "where many uids hold all connections that others may have, one more is refused");
	is_int(status_as(0), 200, "... and root is served");
	for (i = 0; i < N; i++)
		close(fd[i]);
	usleep(200000);
	is_int(status_as(200000), 200, "... and everybody when they are gone");
}

static void with_root(void)
{
	files = 1024;
	server_start();
	root_is_not_counted();
	many_uids_leave_room_for_root();
	kill(server, SIGKILL);
	need("wait", waitpid(server, NULL, 0) == server);
	close(engine);
	files = FILES;
}

/* ---- without a body ---- */

static void a_get_is_relayed(void)
{
	auto_close int fd = dial();
	struct answer a = { 0 };
	struct heard h;

	say(fd, "GET /v1/jobs?workspace=FI-1%%20x&wait=3 HTTP/1.1\r\nHost: localhost\r\n\r\n");
	ok(engine_hears(&h), "the engine hears of a GET");
	is_int(h.m.what, HTTP_GET, "... that it is one");
	is_int(h.m.uid, getuid(), "... whose it is");
	is_int(h.m.flags, 0, "... no flag");
	is_int(h.fd, -1, "... no body");
	is_str(h.m.path, "/v1/jobs?workspace=FI-1%20x&wait=3",
		"... path and query as they were sent");
	engine_says_json(h.m.id, 404, "{\"error\":{\"code\":\"not-found\"}}");
	ok(hear(fd, &a), "the client hears");
	is_int(a.status, 404, "... the engine's status");
	is_str(a.body, "{\"error\":{\"code\":\"not-found\"}}", "... the engine's bytes");
	has_str(a.head, "Content-Type: application/json\r\n", "... that they are JSON");
	has_str(a.head, "Cache-Control: no-store\r\n", "... that no one may keep them");
	has_str(a.head, "X-Content-Type-Options: nosniff\r\n", "... nor guess at them");
	say(fd, "DELETE /v1/holdings/a HTTP/1.1\r\nHost: localhost\r\n\r\n");
	ok(engine_hears(&h) && h.m.what == HTTP_DELETE && h.fd < 0,
		"the same connection goes on with a DELETE");
	engine_says_json(h.m.id, 200, "{}");
	ok(hear(fd, &a) && a.status == 200, "... and hears");
	free(a.body);
}

static void the_description_comes_from_memory(void)
{
	auto_close int fd = dial();
	struct answer a = { 0 };
	int i;

	for (i = 0; i < 2; i++) {
		say(fd, "GET /v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n");
		ok(hear(fd, &a) && a.status == 200, "the description of the API is served");
		has_str(a.body, "\"openapi\"", "... and is one");
		ok(a.len > 2 && strrchr(a.body, '}') >= a.body + a.len - 3, "... to its end");
	}
	ok(engine_silent(), "... without the engine");
	free(a.body);
}

static void odd_requests_are_refused(void)
{
	char longer[1024];

	refused("HEAD /v1/jobs HTTP/1.1\r\nHost: l\r\n\r\n", 405, NULL, "HEAD");
	refused("OPTIONS /v1/jobs HTTP/1.1\r\nHost: l\r\n\r\n", 405, "bad-input", "OPTIONS");
	refused("PATCH /v1/jobs HTTP/1.1\r\nHost: l\r\nContent-Length: 2\r\n\r\n{}", 405,
		"bad-input", "PATCH");
	refused("get /v1/jobs HTTP/1.1\r\nHost: l\r\n\r\n", 405, "bad-input",
		"a method in small letters");
	refused("GET /v2/jobs HTTP/1.1\r\nHost: l\r\n\r\n", 404, "not-found", "another version");
	refused("GET /v1 HTTP/1.1\r\nHost: l\r\n\r\n", 404, "not-found",
		"nothing behind the version");
	refused("GET http://l/v1/jobs HTTP/1.1\r\nHost: l\r\n\r\n", 404, "not-found",
		"a proxy's kind of address");
	refused("GET /v1/a\x01"
		"b HTTP/1.1\r\nHost: l\r\n\r\n",
		400, "bad-input", "a control byte");
	refused("GET /v1/\xc3\xa4 HTTP/1.1\r\nHost: l\r\n\r\n", 400, "bad-input",
		"a byte over 126");
	refused("GET /v1/jobs HTTP/1.1\r\nHost: l\r\nContent-Length: 2\r\n\r\n{}", 400, "bad-input",
		"a GET with a body");
	refused("POST /v1/jobs HTTP/1.1\r\nHost: l\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}",
		415, "bad-input", "a body that is said to be something else");
	refused("POST /v1/jobs HTTP/1.1\r\nHost: l\r\nContent-Type: application/jsonx\r\nContent-Length: 2\r\n\r\n{}",
		415, "bad-input", "a content type that only begins well");
	snprintf(longer, sizeof(longer), "GET /v1/%0597d HTTP/1.1\r\nHost: l\r\n\r\n", 7);
	refused(longer, 414, "too-large", "601 bytes of path");
}

static void six_hundred_bytes_pass(void)
{
	auto_close int fd = dial();
	struct answer a = { 0 };
	struct heard h;

	say(fd, "GET /v1/%0596d?b HTTP/1.1\r\nHost: l\r\n\r\n", 7);
	hear(fd, &a);
	is_int(a.status, 414, "602 bytes with a query do not pass");
	auto_close int again = dial();

	say(again, "GET /v1/%0594d?b HTTP/1.1\r\nHost: l\r\n\r\n", 7);
	ok(engine_hears(&h), "600 bytes pass");
	is_int((long long)strlen(h.m.path), 600, "... all of them");
	engine_says_json(h.m.id, 200, "{}");
	ok(hear(again, &a) && a.status == 200, "... and are answered");
	free(a.body);
}

static const struct {
	const char *what, *bytes;
	size_t len;
} malformed[] = {
#define ROW(what, bytes)                       \
	{                                      \
		what, bytes, sizeof(bytes) - 1 \
	}
	ROW("a word", "GARBAGE\r\n\r\n"),
	ROW("no path", "GET\r\n\r\n"),
	ROW("a method and a blank", "GET \r\n\r\n"),
	ROW("a zero in the path of a bad method", "GIT /v1/\0jobs HTTP/1.1\r\nHost: l\r\n\r\n"),
	ROW("spaces in the path", "GET /v1/a b c HTTP/1.1\r\nHost: l\r\n\r\n"),
	ROW("no host", "GET /v1/jobs HTTP/1.1\r\n\r\n"),
	ROW("a strange version", "GET /v1/jobs HTTP/9.9\r\nHost: l\r\n\r\n"),
	ROW("a header without a colon", "GET /v1/jobs HTTP/1.1\r\nHost: l\r\nnonsense\r\n\r\n"),
	ROW("a negative length",
		"POST /v1/jobs HTTP/1.1\r\nHost: l\r\nContent-Length: -2\r\n\r\n{}"),
	ROW("a length of letters",
		"POST /v1/jobs HTTP/1.1\r\nHost: l\r\nContent-Length: x\r\n\r\n{}"),
	ROW("a length over all",
		"POST /v1/jobs HTTP/1.1\r\nHost: l\r\nContent-Length: 99999999999999999999999\r\n\r\n{}"),
	ROW("TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
#undef ROW
};

static void malformed_lines_end_the_connection(void)
{
	struct answer a = { 0 };
	size_t i;

	for (i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		auto_close int fd = dial();

		say_bytes(fd, malformed[i].bytes, malformed[i].len);
		errno = 0;
		ok(hear(fd, &a) ? a.status >= 400 && a.status <= 505 : errno != EAGAIN,
			malformed[i].what);
		ok(engine_silent(), "... stays outside");
	}
	free(a.body);
	auto_close int zeros = dial();

	say_bytes(zeros, "\0\0\0\0\r\n\r\n",
		8); /* read as an empty line, which may go before a request */
	ok(engine_silent(), "zeros are not a request");
	ok(is_well(), "the next request is served");
}

/* ---- with a body ---- */

static void post_head(int fd, const char *path, size_t len)
{
	say(fd, "POST %s HTTP/1.1\r\nHost: l\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %zu\r\n\r\n",
		path, len);
}

static bool preflight_hears(struct heard *h, int method)
{
	return engine_hears(h) && h->m.flags == MSG_F_PREFLIGHT && h->fd < 0 &&
	       h->m.what == (uint32_t)method;
}

static void a_body_comes_in_pieces(void)
{
	const char json[] = "{\"job\":\"00000001\",\"context\":\"a body that comes slowly\"}";
	auto_close int fd = dial();
	struct answer a = { 0 };
	struct heard h;
	size_t i, n = 0;

	post_head(fd, "/v1/exports", sizeof(json) - 1);
	for (i = 0; i < sizeof(json) - 1; i += 7) {
		say_bytes(fd, json + i, sizeof(json) - 1 - i < 7 ? sizeof(json) - 1 - i : 7);
		usleep(2000);
	}
	ok(engine_hears(&h), "the call comes when the body is whole; one so small is not announced");
	is_int(h.m.uid, getuid(), "... with the caller");
	is_str(h.m.path, "/v1/exports", "... and the path");
	is_int(h.m.flags, 0, "... as JSON");
	auto_close int body = h.fd;
	auto_free char *text = text_of(body, &n);

	is_str(text, json, "... every byte of it");
	ok(fcntl(body, F_GET_SEALS) & F_SEAL_WRITE, "... and nobody can change it now");
	engine_says_json(h.m.id, 202, "{\"export\":\"0000000a\"}");
	ok(hear(fd, &a) && a.status == 202, "the client hears");
	free(a.body);
}

static void a_chunked_body_is_one_body(void)
{
	auto_close int fd = dial();
	struct answer a = { 0 };
	struct heard h;
	size_t n = 0;

	say(fd, "POST /v1/halt HTTP/1.1\r\nHost: l\r\nTransfer-Encoding: chunked\r\n\r\n");
	ok(preflight_hears(&h, HTTP_POST), "chunks have a preflight too");
	engine_says(h.m.id, 100, 0, -1, "");
	say(fd, "7\r\n{\"works\r\n10\r\npace\":\"FI-1 ab\"}\r\n0\r\n\r\n");
	ok(engine_hears(&h), "the call comes");
	auto_close int body = h.fd;
	auto_free char *text = text_of(body, &n);

	is_str(text, "{\"workspace\":\"FI-1 ab\"}", "... in one piece");
	engine_says_json(h.m.id, 200, "{}");
	ok(hear(fd, &a) && a.status == 200, "the client hears");
	say(fd, "POST /v1/jobs/00000001/cancel HTTP/1.1\r\nHost: l\r\nContent-Length: 0\r\n\r\n");
	ok(engine_hears(&h) && h.m.flags == 0 && h.fd < 0, "an empty body is no body");
	engine_says_json(h.m.id, 200, "{}");
	ok(hear(fd, &a) && a.status == 200, "... and is answered");
	free(a.body);
}

static void a_preflight_refuses(void)
{
	auto_close int fd = dial();
	struct answer a = { 0 };
	struct heard h;

	say(fd, "PUT /v1/holdings/a/tables/b HTTP/1.1\r\nHost: l\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n");
	ok(preflight_hears(&h, HTTP_PUT), "a PUT has a preflight");
	engine_says_json(h.m.id, 403, "{\"error\":{\"code\":\"not-authorised\"}}");
	ok(hear(fd, &a), "a refusal comes at once");
	is_int(a.status, 403, "... with the engine's status, not 100");
	is_str(a.body, "{\"error\":{\"code\":\"not-authorised\"}}", "... and the engine's bytes");
	has_str(a.head, "Connection: close\r\n", "... and the connection is not used again");
	ok(closed(fd), "... but closed");
	ok(engine_silent(), "... and no call follows");
	free(a.body);
}

static void noise(char *p, size_t n)
{
	uint32_t x = 2463534242u;

	for (; n > 0; n--) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		*p++ = (char)(x & 0xff);
	}
}

static void bytes_go_by_file(void)
{
	const size_t n = 5u << 20;
	auto_close int fd = dial();
	auto_free char *sent = malloc(n);
	struct answer a = { 0 };
	struct heard h;
	size_t got = 0;

	need("malloc", sent != NULL);
	noise(sent, n);
	say(fd, "PUT /v1/holdings/a/tables/b HTTP/1.1\r\nHost: l\r\nExpect: 100-continue\r\nContent-Length: %zu\r\n\r\n",
		n);
	ok(preflight_hears(&h, HTTP_PUT), "five megabytes are announced");
	engine_says(h.m.id, 100, 0, -1, "");
	ok(hear(fd, &a) && a.status == 100, "the client may go on");
	ok(say_bytes(fd, sent, n), "... and does");
	ok(engine_hears(&h), "the call comes");
	is_int(h.m.flags, MSG_F_BYTES, "... with plain bytes");
	auto_close int body = h.fd;

	is_int(fcntl(body, F_GETFL) & O_ACCMODE, O_RDONLY, "... open for reading alone");
	is_int(lseek(body, 0, SEEK_CUR), 0, "... from their start");
	auto_free char *text = text_of(body, &got);

	ok(got == n && memcmp(text, sent, n) == 0, "... the same five megabytes");
	engine_says_json(h.m.id, 202, "{}");
	ok(hear(fd, &a) && a.status == 202, "the client hears");
	free(a.body);
}

static void no_bytes_are_a_file_too(void)
{
	auto_close int fd = dial();
	struct answer a = { 0 };
	struct heard h;
	size_t n = 9;

	say(fd, "POST /v1/bundles?x=1 HTTP/1.1\r\nHost: l\r\nContent-Type: application/x-tar\r\nContent-Length: 0\r\n\r\n");
	ok(preflight_hears(&h, HTTP_POST), "an empty bundle is announced");
	engine_says(h.m.id, 100, 0, -1, "");
	ok(engine_hears(&h) && h.m.flags == MSG_F_BYTES && h.fd >= 0, "... and comes as a file");
	auto_close int body = h.fd;
	auto_free char *text = text_of(body, &n);

	ok(text && n == 0, "... of no bytes");
	engine_says_json(h.m.id, 400, "{}");
	ok(hear(fd, &a) && a.status == 400, "the client hears");
	free(a.body);
}

static void large_bodies_are_refused_by_their_head(void)
{
	refused("POST /v1/jobs HTTP/1.1\r\nHost: l\r\nContent-Length: 1048577\r\n\r\n", 413,
		"too-large", "a JSON body over 1 MiB");
	refused("POST /v1/bundles HTTP/1.1\r\nHost: l\r\nContent-Length: 67108865\r\n\r\n", 413,
		"too-large", "a bundle over 64 MiB");
	refused("PUT /v1/holdings/a/tables/b HTTP/1.1\r\nHost: l\r\nContent-Length: 1099511627777\r\n\r\n",
		413, "too-large", "a table over 1 TiB");
}

/* Chunks until the server says no. Returns how many bytes went out. */
static size_t pour(int fd, size_t most)
{
	static char piece[65536];
	struct pollfd p = { fd, POLLIN, 0 };
	size_t out = 0;

	memset(piece, 'x', sizeof(piece));
	while (out < most && poll(&p, 1, 0) == 0) {
		say(fd, "10000\r\n");
		if (!say_bytes(fd, piece, sizeof(piece)))
			break;
		say(fd, "\r\n");
		out += sizeof(piece);
	}
	return out;
}

static void a_body_that_grows_is_refused_on_its_way(
	const char *request, int status, const char *code, const char *what)
{
	auto_close int fd = dial();
	struct answer a = { 0 };
	struct heard h;

	say(fd, "%s HTTP/1.1\r\nHost: l\r\nTransfer-Encoding: chunked\r\n\r\n", request);
	need("preflight", engine_hears(&h));
	engine_says(h.m.id, 100, 0, -1, "");
	ok(pour(fd, 128u << 20) < 128u << 20, what);
	hear(fd, &a);
	is_int(a.status, status, "... with a status");
	has_str(a.body, code, "... and a sentence, before it ended");
	pour(fd, 128u << 20);
	shutdown(fd, SHUT_WR);
	ok(closed(fd), "... and the connection is closed");
	ok(engine_silent(), "... and no call follows");
	free(a.body);
}

/* ---- files as answers ---- */

static int a_file(const char *p, size_t n)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	need("file", fd >= 0 && io_write_all(fd, p, n) == 0);
	return fd;
}

static void a_file_is_answered(
	const char *path, const char *name, size_t n, const char *type, const char *disposition)
{
	auto_close int fd = dial();
	auto_free char *sent = malloc(n + 1);
	struct answer a = { 0 };
	struct heard h;

	need("malloc", sent != NULL);
	noise(sent, n);
	auto_close int file = a_file(sent, n);

	say(fd, "GET %s HTTP/1.1\r\nHost: l\r\n\r\n", path);
	need("call", engine_hears(&h));
	engine_says(h.m.id, 200, MSG_F_BYTES, file, name);
	ok(hear(fd, &a) && a.status == 200, path);
	ok(a.len == n && memcmp(a.body, sent, n) == 0, "... byte for byte");
	has_str(a.head, type, "... called what it is");
	has_str(a.head, "X-Content-Type-Options: nosniff\r\n", "... and not to be guessed at");
	if (disposition)
		has_str(a.head, disposition, "... with a name");
	else
		ok(!strstr(a.head, "Content-Disposition"), "... without a name");
	free(a.body);
}

static void files_are_answered(void)
{
	const char *octets = "Content-Type: application/octet-stream\r\n";

	a_file_is_answered("/v1/exports/0000000a/release", "spe-release-0000000a.tar", 5u << 20,
		"Content-Type: application/x-tar\r\n",
		"Content-Disposition: attachment; filename=\"spe-release-0000000a.tar\"\r\n");
	a_file_is_answered("/v1/exports/0000000a/files/release", "", 100, octets, NULL);
	a_file_is_answered("/v1/exports/0000000a/files/a/manifest?x", "", 0, octets, NULL);
	a_file_is_answered(
		"/v1/exports/0000000a/manifest", "", 1, "Content-Type: application/json\r\n", NULL);
	a_file_is_answered("/v1/exports/0000000a/files/a.csv", "a\"\r\nX: y", 3, octets, NULL);
}

/* RANGE and what comes with it in the head; what the engine hears of it, and then gives of ten digits. */
static void a_range_is_asked_for(const char *head, uint32_t flags, uint64_t from, uint64_t to, const char *digest, int status, const char *want)
{
	static const char *const tag = "0123456789012345678901234567890123456789012345678901234567890123";
	struct msg_call m = { .type = MSG_REPLY, .what = 200, .flags = MSG_F_BYTES | flags };
	auto_close int fd = dial(), file = -1;
	struct answer a = { 0 };
	struct heard h;

	need("memfd", io_memfd("0123456789", 10, &file) == 0);
	say(fd, "GET /v1/exports/0000000a/release HTTP/1.1\r\nHost: l\r\n%s\r\n", head);
	ok(engine_hears(&h) && h.m.flags == flags, head);
	ok(!flags || (h.m.from == from && h.m.to == to), "... with its bounds");
	is_str(h.m.digest, digest, "... and what it may go on with");
	m.id = h.m.id;
	m.from = from == RANGE_LAST ? 10 - to : from;
	m.to = from == RANGE_LAST || to > 9 ? 9 : to;
	snprintf(m.digest, sizeof(m.digest), "%s", tag);
	need("reply", msg_send(engine, &m, sizeof(m), file) == 0);
	ok(hear(fd, &a) && a.status == status, "... is answered");
	has_str(status == 416 ? a.head : a.body, want, "... with what it asked for");
	is_int(strlen(a.body) == strlen(want) || status == 416, 1, "... and no more");
	ok(strstr(a.head, "ETag: \"0123456789") != NULL, "... and a tag of all of it");
	free(a.body);
}

static void ranges_are_answered(void)
{
	char same[200];

	a_range_is_asked_for("", 0, 0, 0, "", 200, "0123456789");
	a_range_is_asked_for("Range: bytes=2-4\r\n", MSG_F_RANGE, 2, 4, "", 206, "234");
	a_range_is_asked_for("Range: Bytes=7-\r\n", MSG_F_RANGE, 7, RANGE_END, "", 206, "789");
	a_range_is_asked_for("Range: bytes=-2\r\n", MSG_F_RANGE, RANGE_LAST, 2, "", 206, "89");
	a_range_is_asked_for("Range: bytes=10-\r\n", MSG_F_RANGE, 10, RANGE_END, "", 416, "Content-Range: bytes */10\r\n");
	a_range_is_asked_for("Range: bytes=2-4\r\nIf-Range: \"x\"\r\n", MSG_F_RANGE, 2, 4, "-", 206, "234");
	snprintf(same, sizeof(same), "Range: bytes=0-0\r\nIf-Range: \"%064d\"\r\n", 7);
	a_range_is_asked_for(same, MSG_F_RANGE, 0, 0, "0000000000000000000000000000000000000000000000000000000000000007", 206, "0");
	a_range_is_asked_for("Range: bytes=4-2\r\n", 0, 0, 0, "", 200, "0123456789");
	a_range_is_asked_for("Range: bytes=1-2,4-5\r\n", 0, 0, 0, "", 200, "0123456789");
	a_range_is_asked_for("Range: bytes=-\r\n", 0, 0, 0, "", 200, "0123456789");
	a_range_is_asked_for("Range: bytes=1-9999999999999999999\r\n", 0, 0, 0, "", 200, "0123456789");
}

static void odd_replies_are_our_fault(void)
{
	auto_close int fd = dial();
	struct answer a = { 0 };
	struct heard h;
	int ends[2];

	need("pipe", pipe2(ends, O_CLOEXEC) == 0);
	say(fd, "GET /v1/a HTTP/1.1\r\nHost: l\r\n\r\n");
	need("call", engine_hears(&h));
	engine_says(h.m.id, 200, MSG_F_BYTES, ends[0], "");
	ok(hear(fd, &a) && a.status == 500 && strstr(a.body, "\"internal\""),
		"a pipe is no answer");
	say(fd, "GET /v1/a HTTP/1.1\r\nHost: l\r\n\r\n");
	need("call", engine_hears(&h));
	engine_says(h.m.id, 200, 0, -1, "");
	ok(hear(fd, &a) && a.status == 500, "nothing is no answer");
	say(fd, "GET /v1/a HTTP/1.1\r\nHost: l\r\n\r\n");
	need("call", engine_hears(&h));
	engine_says_json(h.m.id, 1000, "{}");
	ok(hear(fd, &a) && a.status == 500, "1000 is no status");
	engine_says_json(h.m.id, 200, "{}");
	engine_says_json(12345678, 200, "{}");
	ok(is_well(), "replies that nobody waits for are dropped");
	close(ends[0]);
	close(ends[1]);
	free(a.body);
}

/* ---- several at once ---- */

static void nobody_waits_for_another(void)
{
	auto_close int slow = dial();
	auto_close int half = dial();
	auto_close int upload = dial();
	struct answer a = { 0 };
	struct heard first, h;
	int i, well = 0;

	say(slow, "GET /v1/jobs/00000001?wait=30 HTTP/1.1\r\nHost: l\r\n\r\n");
	need("call", engine_hears(&first));
	say(half, "GET /v1/jobs HTTP/1.1\r\nHo");
	post_head(upload, "/v1/exports", 20000);
	need("preflight", engine_hears(&h));
	engine_says(h.m.id, 100, 0, -1, "");
	say(upload, "{\"job\"");
	for (i = 0; i < 20; i++)
		well += is_well();
	is_int(well, 20,
		"twenty go past one that waits, one that stutters and one that sends slowly");
	say(half, "st: l\r\n\r\n");
	ok(engine_hears(&h) && strcmp(h.m.path, "/v1/jobs") == 0,
		"the one that stuttered is heard");
	engine_says_json(h.m.id, 200, "{\"half\":1}");
	ok(hear(half, &a) && strcmp(a.body, "{\"half\":1}") == 0, "... and answered");
	engine_says_json(first.m.id, 200, "{\"slow\":1}");
	ok(hear(slow, &a) && strcmp(a.body, "{\"slow\":1}") == 0,
		"the one that waited is answered at last");
	free(a.body);
}

static void a_full_engine_gets_all_later(void)
{
	enum { N = 60 };
	struct heard h[N];
	struct answer a = { 0 };
	int fd[N], i, right = 0;
	char text[64];

	for (i = 0; i < N; i++) {
		fd[i] = dial();
		say(fd[i], "GET /v1/jobs/%08x HTTP/1.1\r\nHost: l\r\n\r\n", i);
	}
	usleep(200000);
	for (i = 0; i < N; i++)
		need("call", engine_hears(&h[i]));
	for (i = N - 1; i >= 0; i--)
		engine_says_json(h[i].m.id, 200, h[i].m.path);
	for (i = 0; i < N; i++) {
		snprintf(text, sizeof(text), "/v1/jobs/%08x", i);
		right += hear(fd[i], &a) && strcmp(a.body, text) == 0;
		close(fd[i]);
	}
	is_int(right, N,
		"sixty calls at a busy engine, answered backwards: each client hears its own answer");
	free(a.body);
}

static void clients_may_leave(void)
{
	struct heard h;
	int i, file = a_file("abc", 3);

	for (i = 0; i < 2 * FILES; i++) {
		int fd = dial();

		say(fd, "GET /v1/exports/0000000a/release HTTP/1.1\r\nHost: l\r\n\r\n");
		need("call", engine_hears(&h));
		close(fd);
		engine_says(h.m.id, 200, MSG_F_BYTES, file, "");
	}
	close(file);
	ok(is_well(), "four hundred that left before their file came leave nothing behind");
	for (i = 0; i < 2 * FILES; i++) {
		int fd = dial();

		say(fd, "PUT /v1/holdings/a/tables/b HTTP/1.1\r\nHost: l\r\nContent-Length: 1000\r\n\r\n");
		need("preflight", engine_hears(&h));
		engine_says(h.m.id, 100, 0, -1, "");
		say(fd, "some");
		close(fd);
	}
	ok(is_well(), "nor do four hundred that left in the middle of a body");
	ok(engine_silent(), "... of whom the engine hears nothing");
}

static void a_pipeline_keeps_its_order(void)
{
	auto_close int fd = dial();
	struct answer a = { 0 };
	struct heard h;
	char path[32];
	int i, right = 0;

	for (i = 0; i < 5; i++)
		say(fd, "GET /v1/jobs/%08x HTTP/1.1\r\nHost: l\r\n\r\n", i);
	for (i = 0; i < 5; i++) {
		snprintf(path, sizeof(path), "/v1/jobs/%08x", i);
		if (!engine_hears(&h) || strcmp(h.m.path, path) != 0)
			break;
		engine_says_json(h.m.id, 200, path);
		right += hear(fd, &a) && strcmp(a.body, path) == 0;
	}
	is_int(right, 5, "five requests in one breath are answered in their order");
	free(a.body);
}

static void one_uid_cannot_take_all(void)
{
	enum { N = 300 };
	int fd[N], i, served = 0, busy = 0;
	struct answer a = { 0 };

	for (i = 0; i < N; i++)
		fd[i] = dial();
	usleep(200000);
	for (i = 0; i < N; i++)
		say(fd[i], "GET /v1/openapi.json HTTP/1.1\r\nHost: l\r\n\r\n");
	for (i = 0; i < N; i++) {
		bool heard = hear(fd[i], &a);

		served += heard && a.status == 200;
		busy += heard && a.status == 503 && strstr(a.body, "\"busy\"") &&
			strstr(a.head, "Connection: close");
	}
	is_int(served, 64, "of three hundred connections of one uid, sixty-four are served");
	is_int(busy, N - 64, "... and all others hear that they are too many");
	for (i = 0; i < N; i++)
		close(fd[i]);
	free(a.body);
	usleep(200000);
	ok(is_well(), "when they are gone there is room again");
}

/* ---- the end ---- */

static void without_an_engine_it_ends(void)
{
	auto_close int fd = dial();
	struct heard h;
	int status = 0;

	say(fd, "GET /v1/jobs HTTP/1.1\r\nHost: l\r\n\r\n");
	need("call", engine_hears(&h));
	close(engine);
	need("wait", waitpid(server, &status, 0) == server);
	server = 0;
	ok(WIFEXITED(status), "without an engine it ends by itself");
	is_int(WEXITSTATUS(status), 1, "... with status 1");
	ok(closed(fd), "... and its clients know");
}

static void nothing_is_left(void)
{
	ok(rmdir(path_of("spool")) == 0, "nothing is left in its directory");
	unlink(path_of("sock"));
	if (rmdir(dir) < 0)
		printf("# %s stays: %s\n", dir, strerror(errno));
}

int main(void)
{
	prepare();
	if (getuid() == 0)
		with_root();
	else
		printf("# not root: that root's connections are not counted is not tested\n");
	server_start();
	become_nobody();
	a_get_is_relayed();
	the_description_comes_from_memory();
	odd_requests_are_refused();
	six_hundred_bytes_pass();
	malformed_lines_end_the_connection();
	a_body_comes_in_pieces();
	a_chunked_body_is_one_body();
	a_preflight_refuses();
	bytes_go_by_file();
	no_bytes_are_a_file_too();
	large_bodies_are_refused_by_their_head();
	a_body_that_grows_is_refused_on_its_way(
		"POST /v1/exports", 413, "too-large", "a JSON body that grows on is refused");
	a_body_that_grows_is_refused_on_its_way(
		"PUT /v1/holdings/a/tables/b", 503, "no room", "a full disk is told");
	files_are_answered();
	ranges_are_answered();
	odd_replies_are_our_fault();
	nobody_waits_for_another();
	a_full_engine_gets_all_later();
	clients_may_leave();
	a_pipeline_keeps_its_order();
	one_uid_cannot_take_all();
	without_an_engine_it_ends();
	nothing_is_left();
	return tap_end();
}
