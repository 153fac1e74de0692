/* api/main.c - see api.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "spe/log.h"
#include "sped/api/api.h"
#include "sped/base/confine.h"
#include "sped/base/json.h"

/* libmicrohttpd's and ours; no socket(), no exec, no kill. */
static const char *const calls[] = { "accept4", "accept", "epoll_ctl", "epoll_wait", "epoll_pwait",
	"recvfrom", "recvmsg", "sendto", "sendmsg", "sendfile", "getsockopt", "setsockopt",
	"shutdown", "openat", "memfd_create", NULL };

static void limits(void)
{
	struct rlimit files;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file size limit is a full disk to us */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < API_FILES) {
		files.rlim_cur = files.rlim_max < API_FILES ? files.rlim_max : API_FILES;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

static int nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

/* Makes its epoll and event descriptors; accepts nobody before MHD_run. */
static struct MHD_Daemon *start(void)
{
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
		serve_request, NULL, MHD_OPTION_LISTEN_SOCKET, FD_LISTEN,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)API_CONNECTIONS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)API_MEMORY,
		MHD_OPTION_CONNECTION_MEMORY_INCREMENT, (size_t)API_MEMORY / 4,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)API_TIMEOUT_S,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
		MHD_OPTION_URI_LOG_CALLBACK, serve_begin, NULL, MHD_OPTION_NOTIFY_COMPLETED,
		serve_end, NULL, MHD_OPTION_NOTIFY_CONNECTION, client_notify, NULL, MHD_OPTION_END);
}

static int patience(struct MHD_Daemon *http)
{
	MHD_UNSIGNED_LONG_LONG ms;
	const int late = call_late(); /* first: what it resumes is at once */

	if (MHD_get_timeout(http, &ms) != MHD_YES)
		return late;
	if (ms > INT_MAX)
		ms = INT_MAX;
	return late >= 0 && (MHD_UNSIGNED_LONG_LONG)late < ms ? late : (int)ms;
}

/* Returns 0 or -errno when the engine is gone. */
static int turn(struct MHD_Daemon *http, int http_fd)
{
	struct pollfd p[] = { { FD_ENGINE, POLLIN, 0 }, { http_fd, POLLIN, 0 } };
	int r;

	if (call_pending())
		p[0].events |= POLLOUT;
	if (poll(p, 2, patience(http)) < 0)
		return errno == EINTR ? 0 : -errno;
	r = p[0].revents ? call_hear() : 0;
	if (r == 0)
		r = call_flush();
	if (r == 0 && MHD_run(http) != MHD_YES)
		r = -EIO;
	return r;
}

static void no_memory(void)
{
	spe_die("memory", "there is none left");
}

int main(void)
{
	const struct confine_path paths[] = { { .dir = FD_SPOOL, .write = true }, { .dir = -1 } };
	const struct confine c = { .paths = paths, .calls = calls };
	struct spe_error e;
	struct MHD_Daemon *http;
	int r;

	spe_log_name("sped-api");
	json_memory(no_memory);
	limits();
	r = nonblocking(FD_ENGINE);
	if (r == 0)
		r = nonblocking(FD_LISTEN);
	if (r < 0)
		spe_die("start", "sped gave no sockets: %s", strerror(-r));
	http = start();
	if (!http)
		spe_die("start", "the HTTP server can't start: %s", strerror(errno));
	if (confine_enter(&c, &e) < 0)
		spe_die("start", "%s", e.text);
	while (r == 0)
		r = turn(http, MHD_get_daemon_info(http, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd);
	spe_die("engine", "it is gone: %s", strerror(-r));
}
