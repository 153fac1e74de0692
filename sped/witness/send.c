/* witness/send.c - one checkpoint to one witness, in a process that may hang or fail; see witness.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"
#include "sped/witness/witness.h"

#define SAYS 3 /* where the process says how it went */

/* ---- a file ---- */

/* A full disk may have cut a line off. */
static bool ends_within_a_line(const char *path, off_t size)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char c;

	return fd >= 0 && size > 0 && pread(fd, &c, 1, size - 1) == 1 && c != '\n';
}

/* The last whole checkpoint of its last lines; false where there is none, or it can't be read. */
static bool last_of(const char *path, struct checkpoint *ret)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char b[4 * CHECKPOINT_MAX + 1], *line;
	struct spe_error e;
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return false;
	n = pread(fd, b, sizeof(b) - 1, st.st_size > (off_t)sizeof(b) - 1 ? st.st_size - (off_t)sizeof(b) + 1 : 0);
	for (; n > 0; n = line - b - 1) { /* n: up to the line's end */
		b[n -= b[n - 1] == '\n'] = '\0';
		line = memrchr(b, '\n', (size_t)n);
		line = line ? line + 1 : b;
		if (strlen(line) == (size_t)(b + n - line) && checkpoint_verify(line, strlen(line), NULL, ret, &e) == 0)
			return true;
	}
	return false;
}

/* What it holds is asked of it, not of what was noted here: that may be gone, as after a restore of an older backup. */
static int file_goes_on(const char *path, const char *socket, struct spe_error *e)
{
	struct now fresh = { NULL };
	struct checkpoint has;
	int r;

	if (!last_of(path, &has))
		return 0;
	r = now_get(socket, &has.size, 1, false, &fresh, e);
	if (r == 0)
		r = now_follows(&fresh, &has, e);
	now_free(&fresh);
	return r;
}

/* At its end, whatever is there: it may be open for nothing but that (chattr +a). A line that was cut off ends first; who reads the
 * file leaves it out. */
static int file_add(const char *path, const char *socket, const char *line, struct spe_error *e)
{
	auto_close int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
	auto_buf struct buf b = { 0 };
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "it can't be opened: %s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return spe_fail(e, SPE_E_INPUT, "it is no regular file");
	if ((r = file_goes_on(path, socket, e)) < 0)
		return r;
	buf_fmt(&b, "%s%s\n", ends_within_a_line(path, st.st_size) ? "\n" : "", line);
	r = b.bad ? -ENOMEM : io_write_all(fd, b.p, b.len);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	return r < 0 ? spe_fail(e, SPE_E_INTERNAL, "it can't be written: %s", strerror(-r)) : 0;
}

/* ---- a command ---- */

/* With nothing of ours but the line, and no more rights than this user has. */
static void command_become(const struct witness *w, const char *line)
{
	const struct rlimit none = { 0, 0 };
	char name[sizeof("SPE_WITNESS=") + SPE_NAME_MAX];
	char *env[] = { "PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", name, NULL };
	auto_buf struct buf b = { 0 };
	int in = -1, null = open("/dev/null", O_RDWR | O_CLOEXEC);

	buf_fmt(&b, "%s\n", line);
	if (b.bad || null < 0 || io_memfd(b.p, b.len, &in) < 0 || lseek(in, 0, SEEK_SET) < 0 || dup2(in, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
		setrlimit(RLIMIT_CORE, &none) < 0 || close_range(STDERR_FILENO + 1, ~0u, 0) < 0)
		_exit(126);
	snprintf(name, sizeof(name), "SPE_WITNESS=%s", w->name);
	execve(w->word[0], (char *const *)(uintptr_t)w->word, env);
	_exit(127);
}

/* ---- another spe ---- */

static uint64_t seen_size(const json_t *list, const char *origin)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(list, "items"), i, one)
		if (strcmp(json_str(one, "origin"), origin) == 0)
			return (uint64_t)json_int(one, "size");
	return 0;
}

static json_t *told(const struct now *n, uint64_t since)
{
	json_t *j = json_pack("{s:s}", "checkpoint", n->line), *one;
	size_t i;

	json_array_foreach(n->proofs, i, one)
		if (json_int(one, "since") == (json_int_t)since)
			json_object_update(j, one);
	return j;
}

/* What it has is asked of it, what goes on from that of our own sped. That may be newer than what was to be sent. */
static int spe_tell(struct talk *t, const char *socket, const struct now *n, struct spe_error *e)
{
	auto_json json_t *list = NULL, *answer = NULL;
	struct now fresh = { NULL };
	uint64_t since;
	int r = talk_get(t, "/v1/audit/seen", &list, e);

	if (r < 0)
		return r;
	since = seen_size(list, n->c.origin);
	if (since > n->c.size)
		return spe_fail(e, SPE_E_TAMPERED, "it has seen more records than there are: the journal was cut");
	r = now_get(socket, &since, 1, false, &fresh, e);
	if (r == 0)
		r = talk_post(t, "/v1/audit/seen", told(&fresh, since), &answer, e);
	if (r == 0 && !json_flag(answer, "kept"))
		r = spe_fail(e, SPE_E_REFUSED, "no peer with this gate's key is in its registry");
	now_free(&fresh);
	return r;
}

static int spe_send(const char *there, const char *socket, const struct now *n, struct spe_error *e)
{
	struct talk *t = NULL;
	int r = talk_new(&t, there, false, e);

	if (r == 0)
		r = spe_tell(t, socket, n, e);
	talk_free(t);
	return r;
}

/* ---- the process ---- */

static void act(const struct witness *w, const char *socket, const struct now *n)
{
	struct spe_error e = { 0 };
	int r;

	if (w->kind == WITNESS_COMMAND)
		command_become(w, n->line);
	r = w->kind == WITNESS_FILE ? file_add(w->word[0], socket, n->line, &e) : spe_send(w->word[0], socket, n, &e);
	if (r < 0 && write(SAYS, e.text, strlen(e.text)) < 0)
		_exit(SENT_FAILED);
	_exit(r == 0 ? SENT_KEPT : r == -SPE_E_TAMPERED ? SENT_DISAGREES : SENT_FAILED);
}

int send_begin(const struct witness *w, const char *socket, const struct now *n, int *ret_fd)
{
	sigset_t none;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		signal(SIGPIPE, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		signal(SIGINT, SIG_DFL);
		if (setsid() < 0 || dup2(ends[1], SAYS) < 0)
			_exit(126);
		act(w, socket, n);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return -EAGAIN;
	}
	*ret_fd = ends[0];
	return pid;
}

enum sent send_end(const struct witness *w, int status, bool late, int fd, char detail[WITNESS_DETAIL_MAX + 1])
{
	ssize_t n = w->kind == WITNESS_COMMAND ? 0 : read(fd, detail, WITNESS_DETAIL_MAX);
	const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	detail[n > 0 ? n : 0] = '\0';
	spe_one_line(detail);
	if (late)
		snprintf(detail, WITNESS_DETAIL_MAX + 1, "it took longer than the timeout and was ended");
	else if (code < 0)
		snprintf(detail, WITNESS_DETAIL_MAX + 1, "ended by signal %d", WTERMSIG(status));
	else if (w->kind == WITNESS_COMMAND)
		snprintf(detail, WITNESS_DETAIL_MAX + 1, "exit status %d", code);
	if (late || code < 0)
		return SENT_FAILED;
	return code == 0 ? SENT_KEPT : w->kind != WITNESS_COMMAND && code == SENT_DISAGREES ? SENT_DISAGREES : SENT_FAILED;
}
