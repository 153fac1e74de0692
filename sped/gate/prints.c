/* gate/prints.c - the index of each staging, from the task's out file to prints/PERMIT@SHA256; see room.h and spe/ticket.h.
 * It is taken as soon as root says that the staging ended: root has put the data in their place by then, and the engine, which asks for the
 * result, may never do so. Until it is kept no output is checked under that permit.
 * It is a state file as others are: its digest is in the journal before it is there, and compared whenever it is read. All of a permit's
 * stay until it ends: what a job made of data that were staged before leaves later. The name is that of the bytes, so that data
 * that did not change have one, and a check that is done again gets those that it had. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/log.h"
#include "sped/base/buf.h"
#include "sped/gate/room.h"

#define INCOMING "prints.new"
#define LINE "the task's result"
#define AGAIN_MS 30000 /* what could not be kept is tried again after so long */

/* ---- which there are ---- */

/* prints/PERMIT is one of before there could be several. */
static bool is_of(const char *name, const char *permit)
{
	const size_t n = strlen(permit);

	return strncmp(name, permit, n) == 0 && (name[n] == '\0' || name[n] == '@'); /* which no permit's id has */
}

bool prints_path(const struct gate *g, const char *permit, const char *sha256, char ret[STORE_PATH])
{
	snprintf(ret, STORE_PATH, "prints/%s@%s", permit, sha256);
	if (!store_has(g, ret))
		snprintf(ret, STORE_PATH, "prints/%s", permit);
	return store_has(g, ret) && strcmp(store_digest(g, ret), sha256) == 0;
}

json_t *prints_of(const struct gate *g, const char *permit)
{
	json_t *list = json_array(), *sha256;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)store_group(g, "prints"), name, sha256)
		if (is_of(name, permit) && !store_is_empty(sha256) && json_array_append(list, sha256) < 0)
			break;
	if (!name)
		return list;
	json_decref(list);
	return NULL;
}

/* ---- what a staging wrote ---- */

static int prints_full(const char *permit, struct spe_error *e)
{
	spe_fail(e, SPE_E_REFUSED, "%d different data were staged under permit %s, and the fingerprints of all are kept until it ends: no more are",
		POLICY_PRINTS_MAX, permit);
	spe_remedy(e, "what is to go on needs a permit with a new number");
	return -SPE_E_REFUSED;
}

/* The first line of a file, of at most max bytes; a file without a newline is one. *ret_len is without it. */
static int line_read(int fd, size_t max, char **ret, size_t *ret_len)
{
	auto_buf struct buf b = { 0 };
	char piece[65536];

	while (b.len <= max) {
		ssize_t n = pread(fd, piece, sizeof(piece), (off_t)b.len);
		const char *end = n > 0 ? memchr(piece, '\n', (size_t)n) : NULL;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		buf_add(&b, piece, end ? (size_t)(end - piece) : (size_t)n);
		if (b.bad)
			return -ENOMEM;
		if (end || n == 0)
			break;
	}
	if (b.len > max)
		return -EFBIG;
	*ret_len = b.len;
	*ret = b.p;
	b.p = NULL;
	return 0;
}

/* All that lies behind the line, no less and no more, to tmp/; its digest is what the task said. */
static int index_copy(struct gate *g, int out, uint64_t at, uint64_t bytes, const char *want, struct spe_error *e)
{
	auto_close int tmp = io_openat(g->dir, "tmp", O_RDONLY | O_DIRECTORY, 0);
	auto_close int new = -1;
	char sha256[SHA256_TEXT];
	struct stat st;
	int r = tmp < 0 ? tmp : fstat(out, &st) < 0 ? -errno : 0;

	if (r == 0 && (uint64_t)st.st_size != at + bytes)
		return spe_fail(e, SPE_E_INPUT, LINE ".prints.bytes is not how many bytes follow it");
	if (r == 0)
		r = new = io_openat(tmp, INCOMING, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
	if (r >= 0)
		r = copy_hashed(out, at, bytes, new, sha256);
	if (r < 0)
		return gate_fail(e, "copy the fingerprints of a staging", r);
	if (strcmp(sha256, want) != 0)
		return spe_fail(e, SPE_E_INPUT, LINE ".prints.sha256 is not that of the bytes behind it");
	return 0;
}

static int index_keep(struct gate *g, const struct task *t, const json_t *result, uint64_t at, struct spe_error *e)
{
	auto_json json_t *had = prints_of(g, t->permit);
	struct store_file f = { .from = INCOMING };
	json_int_t bytes;
	const char *sha256;
	json_t *prints;
	int r;

	TRY(json_want_object(result, LINE, "prints", &prints, e));
	TRY(json_want_int(prints, LINE ".prints", "bytes", 0, INT64_MAX / 2, &bytes, e));
	TRY(want_sha256(prints, LINE ".prints", "sha256", &sha256, e));
	r = index_copy(g, t->out, at, (uint64_t)bytes, sha256, e);
	if (r < 0) {
		unlinkat(g->dir, "tmp/" INCOMING, 0); /* a full disk is not kept full by it */
		return r;
	}
	if (!had)
		return gate_memory(e);
	if (!prints_path(g, t->permit, sha256, f.path)) {
		if (json_array_size(had) >= POLICY_PRINTS_MAX)
			return prints_full(t->permit, e);
		snprintf(f.path, sizeof(f.path), "prints/%s@%s", t->permit, sha256);
	}
	snprintf(f.sha256, sizeof(f.sha256), "%s", sha256);
	return store_write(g, "workspace.prints", t->permit, json_pack("{s:I}", "bytes", bytes), &f, 1, e);
}

int prints_result(struct gate *g, struct task *t, json_t **ret, struct spe_error *e)
{
	auto_json json_t *result = NULL;
	auto_free char *line = NULL;
	size_t len;
	int r = line_read(t->out, GATE_RESULT_MAX, &line, &len);

	if (r == -EFBIG)
		return spe_fail(e, SPE_E_TOO_LARGE, LINE " is larger than %u bytes", GATE_RESULT_MAX);
	if (r < 0)
		return gate_fail(e, "read a task's result", r);
	TRY(json_parse(line ? line : "", len, LINE, &result, e));
	if (prints_wanted(t) && json_flag(result, "ok") && !permit_is_over(g, t->permit)) /* what is erased stays so */
		TRY(index_keep(g, t, result, len + 1, e));
	t->indexed = true;
	*ret = json_incref(result);
	return 0;
}

/* ---- when ---- */

static bool is_staging(const struct task *t)
{
	return t->kind == TASK_PLAIN && t->permit[0];
}

bool prints_wanted(const struct task *t)
{
	return is_staging(t) && t->socket < 0 && t->conn < 0 && task_ended_well(t) && !t->indexed;
}

static void take(struct gate *g, struct task *t)
{
	auto_json json_t *result = NULL;
	struct spe_error e;

	if (t->conn >= 0 && task_end(t, &e) < 0)
		return;
	if (!prints_wanted(t) || (t->index_ms && gate_mono_ms() - t->index_ms < AGAIN_MS))
		return;
	if (prints_result(g, t, &result, &e) == 0)
		return;
	t->index_ms = gate_mono_ms();
	spe_log("prints", "the fingerprints of what task %08x staged under permit %s are not kept: %s", t->start.id, t->permit, e.text);
}

void prints_take(struct gate *g)
{
	size_t i;

	for (i = 0; i < GATE_TASKS_MAX && !gate_tampered(g) && !g->must_end; i++)
		if (is_staging(&g->task[i]) && g->task[i].socket < 0 && !keeper_holds(&g->task[i]))
			take(g, &g->task[i]);
}

int prints_due(const struct gate *g, const char *permit, struct spe_error *e)
{
	size_t i;

	for (i = 0; i < GATE_TASKS_MAX; i++)
		if (prints_wanted(&g->task[i]) && strcmp(g->task[i].permit, permit) == 0)
			return spe_fail(e, SPE_E_CONFLICT, "fingerprints of data that were staged under permit %s are not kept yet; nothing is checked without them",
				permit);
	return 0;
}

int prints_room(const struct gate *g, const char *permit, struct spe_error *e)
{
	auto_json json_t *had = prints_of(g, permit);
	size_t i, n = json_array_size(had);

	if (!had)
		return gate_memory(e);
	for (i = 0; i < GATE_TASKS_MAX; i++)
		n += is_staging(&g->task[i]) && strcmp(g->task[i].permit, permit) == 0 && (g->task[i].socket >= 0 || keeper_holds(&g->task[i]) || prints_wanted(&g->task[i]));
	return n < POLICY_PRINTS_MAX ? 0 : prints_full(permit, e);
}
