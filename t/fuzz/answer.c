/* What a server answers, of any bytes: taken or refused. The promise: the call comes to an end, nobody is given more than
 * came, and what is called answered has a status of its own. */
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "spe-cli/http.h"

static int take(void *arg, unsigned status, const char *p, size_t len)
{
	size_t *left = arg;

	if (len > *left)
		__builtin_trap();
	*left -= len;
	return *left % 7 == 6; /* now and then it is enough */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t left = len;
	struct http_call c = { .method = "GET", .path = "/", .from = -1, .take = take, .arg = &left };
	enum http_end r;
	int ends[2];

	if (len > 100000 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return 0;
	if (len > 0 && send(ends[1], data, len, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)len)
		left = len; /* no room for all: it comes cut */
	shutdown(ends[1], SHUT_WR);
	r = http_call(ends[0], &c);
	if (r == HTTP_ANSWERED && (c.status < 200 || c.status > 999))
		__builtin_trap();
	if (r == HTTP_ODD && !c.why)
		__builtin_trap();
	close(ends[0]);
	close(ends[1]);
	return 0;
}
