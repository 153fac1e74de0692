/* A call of HTTP: what is sent, and of what comes back which is an answer, from a server that does as each test says. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spe-cli/http.h"
#include "t/tap.h"

#define LARGE (4 << 20)

static int ends[2], told = -1; /* told: what the server heard, in a memfd */
static char taken[65536];
static size_t taken_len, stop_at;

static int take(void *arg, unsigned status, const char *p, size_t len)
{
	if (taken_len + len > sizeof(taken) || (stop_at && taken_len + len >= stop_at))
		return 1;
	memcpy(taken + taken_len, p, len);
	taken_len += len;
	return 0;
}

/* Reads until what came ends in `until`, or `bytes` came in all; "" and 0: nothing. */
static void server_hears(const char *until, size_t bytes)
{
	static char text[65536 + 1];
	size_t all = 0, len = 0;
	ssize_t n;

	while ((*until && (len < strlen(until) || memcmp(text + len - strlen(until), until, strlen(until)) != 0)) || (!*until && all < bytes)) {
		if (len == 65536)
			len = 0;
		n = read(ends[1], text + len, *until ? 1 : 65536 - len);
		if (n <= 0 || write(told, text + len, (size_t)n) != n)
			_exit(1);
		len += (size_t)n;
		all += (size_t)n;
	}
}

struct script {
	const char *until, *answer; /* after a request's head */
	size_t bytes;               /* and so much more of it */
	const char *then;           /* the last answer */
	bool shut;                  /* the end of the connection follows; it does in any case where the server has no more to say */
};

static pid_t serve(const struct script *s)
{
	pid_t pid;

	if (told >= 0)
		close(told);
	told = memfd_create("told", 0);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0 || told < 0)
		exit(1);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		server_hears(s->until, 0);
		if (s->answer && write(ends[1], s->answer, strlen(s->answer)) < 0)
			_exit(1);
		server_hears("", s->bytes);
		if (s->then && write(ends[1], s->then, strlen(s->then)) < 0)
			_exit(1);
		if (!s->shut)
			server_hears("never", 0);
		_exit(0);
	}
	close(ends[1]);
	return pid;
}

static enum http_end call(const struct script *s, struct http_call *c)
{
	pid_t pid = serve(s);
	enum http_end r;

	taken_len = 0;
	memset(taken, 0, sizeof(taken));
	c->take = take;
	r = http_call(ends[0], c);
	close(ends[0]);
	waitpid(pid, NULL, 0);
	return r;
}

static struct http_call get(void)
{
	return (struct http_call){ .method = "GET", .path = "/v1/x?y=z", .from = -1 };
}

static enum http_end answered(const char *answer, bool shut, struct http_call *c)
{
	const struct script s = { "\r\n\r\n", answer, 0, NULL, shut };

	*c = get();
	return call(&s, c);
}

static const char *heard(void)
{
	static char text[2048];
	ssize_t n = pread(told, text, sizeof(text) - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static void an_answer_is_taken_whole(void)
{
	struct http_call c;

	is_int(answered("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false, &c), HTTP_ANSWERED, "an answer");
	is_int(c.status, 200, "its status");
	is_str(taken, "hello", "its body");
	ok(c.keep, "and another call may follow");
	is_str(heard(), "GET /v1/x?y=z HTTP/1.1\r\nHost: sped\r\nAccept: */*\r\n\r\n", "the request is one of HTTP/1.1, without a body");
	is_int(answered("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno", true, &c), HTTP_ANSWERED, "a refusal");
	is_int(c.status, 404, "its status");
	ok(!c.keep, "after which the connection ends");
	is_int(answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", false, &c), HTTP_ANSWERED, "chunks");
	is_str(taken, "abcde", "are one body");
	is_int(answered("HTTP/1.1 200 OK\r\n\r\nuntil the end", true, &c), HTTP_ANSWERED, "a body without a length");
	is_str(taken, "until the end", "goes on until the end");
	is_int(answered("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 1\r\n\r\n.", false, &c), HTTP_ANSWERED, "what comes before it");
	is_int(c.status, 202, "is not the answer");
}

static void what_is_no_answer_is_none(void)
{
	static char long_head[200000];
	struct http_call c;

	is_int(answered("", true, &c), HTTP_GONE, "no byte at all");
	is_int(answered("HTTP/1.1 200 OK\r\nContent-Le", true, &c), HTTP_GONE, "half a head");
	is_int(answered("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", true, &c), HTTP_GONE, "half a body");
	is_int(answered("HTTP/1.1 100 Continue\r\n\r\n", true, &c), HTTP_GONE, "the announcement of an answer");
	is_int(answered("SSH-2.0-OpenSSH_9.2\r\n", false, &c), HTTP_ODD, "another protocol");
	has_str(c.why, "constant", "which is said");
	is_int(answered("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", false, &c), HTTP_ODD, "two lengths");
	is_int(answered("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", false, &c), HTTP_ODD, "a length that no number holds");
	is_int(answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", false, &c), HTTP_ODD, "a chunk without a length");
	is_int(answered("GET / HTTP/1.1\r\n\r\n", false, &c), HTTP_ODD, "a request");
	memset(long_head, 'a', sizeof(long_head) - 1);
	memcpy(long_head, "HTTP/1.1 200 OK\r\nX: ", 20);
	is_int(answered(long_head, true, &c), HTTP_ODD, "a head without an end");
	stop_at = 3;
	is_int(answered("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false, &c), HTTP_STOPPED, "more than is taken");
	stop_at = 0;
	is_int(c.local_errno, 0, "is not the file's fault");
}

static void a_body_goes_along(void)
{
	const struct script s = { "}", "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", 0, NULL, false };
	struct http_call c = { .method = "POST", .path = "/v1/y", .type = "application/json", .body = "{\"a\":1}", .body_len = 7, .from = -1 };

	is_int(call(&s, &c), HTTP_ANSWERED, "a body of JSON");
	is_int(c.status, 201, "is answered");
	is_str(heard(), "POST /v1/y HTTP/1.1\r\nHost: sped\r\nAccept: */*\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}",
		"it comes with its type and length");
}

static struct http_call put(int64_t promised)
{
	struct http_call c = { .method = "PUT", .path = "/v1/z", .type = "application/octet-stream", .from_size = promised };
	static uint32_t bytes[LARGE / 4];
	uint32_t i;

	c.from = memfd_create("file", 0);
	for (i = 0; i < LARGE / 4; i++)
		bytes[i] = i * 2654435761u;
	if (write(c.from, bytes, LARGE) != LARGE)
		exit(1);
	return c;
}

static void a_file_is_sent_when_it_may_come(void)
{
	const struct script polite = { "\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n", LARGE, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false },
		silent = { "\r\n\r\n", NULL, LARGE, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false };
	struct http_call c = put(LARGE);
	char *one, *two;
	off_t at;

	is_int(call(&polite, &c), HTTP_ANSWERED, "a file");
	is_int(c.status, 200, "is answered");
	has_str(heard(), "Content-Length: 4194304\r\nExpect: 100-continue\r\n\r\n", "it waits for the word");
	at = (off_t)(strstr(heard(), "\r\n\r\n") + 4 - heard());
	one = mmap(NULL, LARGE, PROT_READ, MAP_PRIVATE, c.from, 0);
	two = mmap(NULL, LARGE + (size_t)at, PROT_READ, MAP_PRIVATE, told, 0);
	ok(one != MAP_FAILED && two != MAP_FAILED && memcmp(one, two + at, LARGE) == 0, "and comes as it is");
	is_int(call(&silent, &c), HTTP_ANSWERED, "who does not say the word gets it all the same");
	close(c.from);
}

static void a_refusal_ends_the_sending(void)
{
	const char *no = "HTTP/1.1 413 Too Large\r\nContent-Length: 9\r\n\r\ntoo large";
	const struct script at_once = { "\r\n\r\n", no, 0, NULL, true }, later = { "\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n", 65536, no, true };
	struct http_call c = put(LARGE);

	is_int(call(&at_once, &c), HTTP_ANSWERED, "a refusal by the head");
	is_int(c.status, 413, "is the answer");
	is_int(lseek(told, 0, SEEK_END), (long long)strlen(heard()), "and nothing is sent");
	ok(!c.keep, "on a connection of no more use");
	is_int(call(&later, &c), HTTP_ANSWERED, "a refusal while the body goes");
	is_int(c.status, 413, "is the answer too");
	is_str(taken, "too large", "with its words");
	close(c.from);
}

static void a_file_that_became_shorter_is_told(void)
{
	const struct script s = { "\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n", LARGE + 1, NULL, true };
	struct http_call c = put(LARGE + 1);

	is_int(call(&s, &c), HTTP_STOPPED, "a file shorter than was promised");
	is_int(c.local_errno, ENODATA, "is told from a peer that ended");
	close(c.from);
}

int main(void)
{
	an_answer_is_taken_whole();
	what_is_no_answer_is_none();
	a_body_goes_along();
	a_file_is_sent_when_it_may_come();
	a_refusal_ends_the_sending();
	a_file_that_became_shorter_is_told();
	return tap_end();
}
