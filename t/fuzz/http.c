/* What a client writes to the socket, of any bytes, as sped-api takes it: the first byte says how the engine behind it answers, the
 * second in how large pieces the rest comes. The promise: what reaches the engine is a call with a plain path, of the client's uid,
 * with no more of a body than may be and a range that is one; and what comes back is HTTP with a status, whose JSON is JSON and whose
 * range is the one that the engine gave. */
#include <ctype.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "spe/cleanup.h"

int api_main(void);
#define main api_main
#include "sped/api/main.c"
#undef main

#define TURNS 200
#define ANSWERED "{\"a\":[1,2,3],\"b\":\"0123456789\"}"
#define DIGEST "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct MHD_Daemon *http;
static int engine;

static void must(bool good)
{
	if (!good)
		__builtin_trap();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const struct sockaddr_un nobody = { .sun_family = AF_UNIX }; /* an address of the kernel's choice */
	const char *tmp = getenv("TMPDIR");
	int ends[2], listens = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), spool = open(tmp ? tmp : "/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	must(msg_pair(ends) == 0 && listens >= 0 && spool >= 0 && bind(listens, (const struct sockaddr *)&nobody, sizeof(nobody.sun_family)) == 0 &&
		listen(listens, 1) == 0);
	engine = fcntl(ends[1], F_DUPFD_CLOEXEC, 20);
	listens = fcntl(listens, F_DUPFD_CLOEXEC, 20);
	spool = fcntl(spool, F_DUPFD_CLOEXEC, 20);
	ends[0] = fcntl(ends[0], F_DUPFD_CLOEXEC, 20);
	must(dup2(ends[0], FD_ENGINE) == FD_ENGINE && dup2(listens, FD_LISTEN) == FD_LISTEN && dup2(spool, FD_SPOOL) == FD_SPOOL);
	close(ends[0]);
	close(listens);
	close(spool);
	must(nonblocking(FD_ENGINE) == 0 && nonblocking(engine) == 0 && nonblocking(FD_LISTEN) == 0);
	signal(SIGPIPE, SIG_IGN);
	http = start();
	must(http);
	return 0;
}

/* ---- the engine ---- */

static void call_check(const struct msg_call *m, int fd)
{
	size_t n = strnlen(m->path, sizeof(m->path)), i;
	struct stat st;

	must(m->type == MSG_CALL && m->id != 0 && m->what < HTTP_COUNT && m->uid == getuid() && n <= API_PATH_MAX && strncmp(m->path, "/v1/", 4) == 0);
	for (i = 0; i < n; i++)
		must(m->path[i] > ' ' && m->path[i] <= '~');
	must(!(m->flags & ~(MSG_F_BYTES | MSG_F_PREFLIGHT | MSG_F_RANGE)) && (fd < 0 || !(m->flags & MSG_F_PREFLIGHT)));
	must(fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)));
	must(fd < 0 || m->flags & MSG_F_BYTES || (st.st_size > 0 && st.st_size <= SPE_BODY_MAX));
	must(fd < 0 || (m->what != HTTP_GET && m->what != HTTP_DELETE));
	must(!(m->flags & MSG_F_BYTES) || (fd >= 0 && (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDWR));
	if (m->flags & MSG_F_RANGE)
		must(m->what == HTTP_GET && (m->from == RANGE_LAST || m->to == RANGE_END || m->from <= m->to));
	n = strnlen(m->digest, sizeof(m->digest));
	must(n == 0 || strcmp(m->digest, "-") == 0 || (n == 64 && strspn(m->digest, "0123456789abcdef") == n));
}

/* Of the range that is asked for what there is; all of it where a range may not go on with it. */
static void give_range(const struct msg_call *m, uint64_t size, struct msg_call *reply)
{
	if (!(m->flags & MSG_F_RANGE) || (m->digest[0] && strcmp(m->digest, DIGEST) != 0))
		return;
	reply->flags |= MSG_F_RANGE;
	reply->from = m->from == RANGE_LAST ? m->to < size ? size - m->to : 0 : m->from;
	reply->to = m->from == RANGE_LAST ? RANGE_END : m->to;
}

static void engine_answers(uint8_t how)
{
	auto_close int fd = -1, out = -1;
	struct msg_call m, reply;

	while (msg_recv(engine, &m, sizeof(m), &fd) == 0) {
		call_check(&m, fd);
		close(spe_take_fd(&fd));
		reply = (struct msg_call){ .type = MSG_REPLY, .id = m.id, .what = how & 1 ? 403 : 200 };
		must(io_memfd(ANSWERED, sizeof(ANSWERED) - 1, &out) == 0);
		if (m.flags & MSG_F_PREFLIGHT && !(how & 1)) {
			reply.what = 100;
			close(spe_take_fd(&out));
			if (how & 4) { /* into this file, and so much of it */
				snprintf(reply.path, sizeof(reply.path), "%d", how >> 4);
				reply.flags = MSG_F_BYTES;
				out = openat(FD_SPOOL, ".", O_TMPFILE | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
			}
		} else if (how & 2 && !(how & 1)) {
			reply.flags = MSG_F_BYTES;
			snprintf(reply.path, sizeof(reply.path), "a.txt");
			snprintf(reply.digest, sizeof(reply.digest), DIGEST);
			give_range(&m, sizeof(ANSWERED) - 1, &reply);
		}
		must(msg_send(engine, &reply, sizeof(reply), out) == 0);
		close(spe_take_fd(&out));
	}
}

/* ---- the client ---- */

static const char *header(const char *head, const char *name)
{
	const char *p = strcasestr(head, name);

	return p ? p + strlen(name) : NULL;
}

/* The first answer, if all of it is there. */
static void answer_check(char *p, size_t len)
{
	char *body = memmem(p, len, "\r\n\r\n", 4);
	const char *length, *range;
	unsigned long long n, from, to, of;
	int status;
	json_t *j;

	must(len < 13 || (strncmp(p, "HTTP/1.", 7) == 0 && isdigit((unsigned char)p[9])));
	if (len < 13 || !body)
		return;
	*body = '\0';
	body += 4;
	status = atoi(p + 9);
	must((status >= 200 && status <= 599) || status == 100);
	length = header(p, "\r\nContent-Length: ");
	if (status == 100 || !length)
		return;
	n = strtoull(length, NULL, 10);
	if (n > len - (size_t)(body - p))
		return; /* of HEAD, or cut */
	range = header(p, "\r\nContent-Range: bytes ");
	if (status == 206)
		must(range && sscanf(range, "%llu-%llu/%llu", &from, &to, &of) == 3 && from <= to && to < of && of == sizeof(ANSWERED) - 1 &&
			n == to - from + 1 && memcmp(body, &ANSWERED[from], n) == 0);
	if (header(p, "\r\nContent-Type: application/json") && n > 0 && status != 206) {
		j = json_loadb(body, n, 0, NULL);
		must(j);
		must(status < 400 || status == 403 || json_is_object(json_object_get(j, "error")));
		json_decref(j);
	}
}

static void run(uint8_t how)
{
	MHD_run(http);
	must(call_flush() == 0);
	engine_answers(how);
	must(call_hear() == 0);
	MHD_run(http);
}

static bool hear(int fd, struct buf *b)
{
	char piece[4096];
	ssize_t n;

	while ((n = recv(fd, piece, sizeof(piece), MSG_DONTWAIT)) > 0)
		buf_add(b, piece, (size_t)n);
	return n < 0 && errno == EAGAIN;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct sockaddr_un addr = { .sun_family = AF_UNIX };
	auto_buf struct buf b = { 0 };
	int ends[2], i, quiet = 0;
	size_t piece, at = 2, was;

	if (len < 2 || len > 65536)
		return 0;
	piece = data[1] ? data[1] * 16u : len;
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0 && nonblocking(ends[0]) == 0);
	must(MHD_add_connection(http, ends[0], (const struct sockaddr *)&addr, sizeof(addr)) == MHD_YES);
	for (i = 0; i < TURNS && quiet < 4; i++) {
		ssize_t n = at < len ? send(ends[1], data + at, len - at < piece ? len - at : piece, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;

		at = n > 0 ? at + (size_t)n : at;
		was = b.len;
		run(data[0]);
		if (!hear(ends[1], &b))
			break;
		quiet = at == len && b.len == was ? quiet + 1 : 0;
	}
	if (b.len > 0)
		answer_check(b.p, b.len);
	close(ends[1]);
	for (i = 0; i < 8; i++)
		run(data[0]);
	return 0;
}
