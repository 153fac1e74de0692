/* spe-cli/cmd_evidence.c - audit prove, bundle, witness, saw: what sped's journal says, for those who trust nobody here. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "spe-cli/commands.h"
#include "spe-cli/kept.h"
#include "spe-cli/talk.h"
#include "spe-cli/value.h"
#include "spe/cleanup.h"
#include "spe/limits.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"

#define RECORDS_MAX 1000 /* of one answer */
#define AGE_S 3600 /* of a checkpoint that was asked for: clocks differ */
#define auto_kept __attribute__((cleanup(kept_free)))

/* A line that is there and does not count is said. */
static void cut_note(const struct kept *k, const char *path)
{
	if (k->cut > 0)
		show_note("%s: %zu line%s cut off, as by a full disk, and count%s for nothing", path, k->cut, k->cut == 1 ? " was" : "s were",
			k->cut == 1 ? "s" : "");
}

static int kept_read(const char *path, struct kept *ret, struct spe_error *e)
{
	char *text = NULL;
	size_t len = 0;
	int r = file_read(path, "the file of checkpoints", KEPT_MAX, &text, &len, e);

	if (r < 0 || (r = kept_parse(text, len, path, ret, e)) < 0)
		return r;
	cut_note(ret, path);
	return 0;
}

/* One line; all was verified before anything is written. */
static int line_put(int fd, const char *line, struct spe_error *e)
{
	auto_buf struct buf b = { 0 };
	int r;

	buf_fmt(&b, "%s\n", line);
	r = b.bad ? -ENOMEM : io_write_all(fd, b.p, b.len);
	return r < 0 ? spe_fail(e, SPE_E_INTERNAL, "it can't be written: %s", strerror(-r)) : 0;
}

/* Evidence is asked for, verified, and what sped says it follows. */
static int evidence_get(struct cli *c, const char *query, const struct kept *kept, json_t **ret, struct checkpoint *ret_now,
	struct spe_error *e)
{
	auto_buf struct buf path = { 0 };
	auto_json json_t *j = NULL;
	int r;

	buf_fmt(&path, "/v1/audit/evidence?since=%" PRIu64 "%s", kept ? kept->newest.size : 0, query);
	r = talk_get(c->talk, path.bad ? NULL : path.p, &j, e);
	if (r == 0)
		r = evidence_verify(j, NULL, ret_now, e);
	if (r == 0 && kept && kept->count > 0)
		r = evidence_follows(j, ret_now, &kept->newest, e);
	if (r == 0)
		*ret = json_incref(j);
	return r;
}

/* ---- prove, bundle ---- */

/* Whole lines of it are evidence of less than was asked for, and say nothing of that: a file has its name once all is there. */
static int out_open(const struct cli *c, struct file_out *ret, struct spe_error *e)
{
	*ret = (struct file_out){ .path = "standard output", .fd = STDOUT_FILENO };
	return cli_has(c, "output") ? file_begin(cli_value(c, "output"), 0644, ret, e) : 0;
}

static int evidence_put(int fd, const json_t *j, struct spe_error *e)
{
	auto_free char *text = show_dump(j, JSON_COMPACT | JSON_PRESERVE_ORDER, fd);

	return text ? line_put(fd, text, e) : spe_fail(e, SPE_E_INTERNAL, "out of memory");
}

static int witness_read(const struct cli *c, struct kept *kept, struct spe_error *e)
{
	return cli_has(c, "witness") ? kept_read(cli_value(c, "witness"), kept, e) : 0;
}

/* Of no record: that the journal of now begins with that of then. Who has a checkpoint of then verifies it. */
static int prove_from(struct cli *c, struct spe_error *e)
{
	auto_json json_t *j = NULL;
	struct file_out out;
	struct checkpoint now;
	char path[80];
	int64_t size;
	int r = value_count(cli_value(c, "from"), "from", INT64_C(1) << 52, &size, e);

	if (r == 0 && size == 0)
		r = spe_fail(e, SPE_E_INPUT, "--from is 0; a number of records is wanted, 1 or more");
	snprintf(path, sizeof(path), "/v1/audit/evidence?limit=0&since=%" PRId64, size);
	if (r == 0)
		r = talk_get(c->talk, path, &j, e);
	if (r == 0)
		r = evidence_verify(j, NULL, &now, e);
	if (r == 0 && json_int(j, "since") != size)
		r = spe_fail(e, SPE_E_NOT_FOUND, "the journal has %" PRIu64 " records, and never had %" PRId64 " or was cut", now.size, size);
	if (r == 0)
		r = out_open(c, &out, e);
	return r < 0 ? r : file_end(&out, evidence_put(out.fd, j, e), e);
}

int cmd_audit_prove(struct cli *c, struct spe_error *e)
{
	auto_kept struct kept kept = { 0 };
	auto_json json_t *j = NULL;
	struct file_out out;
	struct checkpoint now;
	char query[60];
	int64_t record;
	int r;

	if ((c->operands == 1) == cli_has(c, "from"))
		return cli_wrong(c, e, "a record or --from is wanted, one of them");
	if (cli_has(c, "from") && cli_has(c, "witness"))
		return cli_wrong(c, e, "--witness goes with a record; what --from writes is verified by verify --witness");
	if (cli_has(c, "from"))
		return prove_from(c, e);
	if ((r = value_count(c->operand[0], "record", INT64_C(1) << 52, &record, e)) < 0 || (r = witness_read(c, &kept, e)) < 0)
		return r;
	snprintf(query, sizeof(query), "&limit=1&from=%" PRId64, record);
	r = evidence_get(c, query, &kept, &j, &now, e);
	if (r < 0)
		return r;
	if (json_int(json_array_get(json_object_get(j, "records"), 0), "seq") != record)
		return spe_fail(e, SPE_E_NOT_FOUND, "the journal has no record %" PRId64, record);
	json_object_del(j, "next");
	r = out_open(c, &out, e);
	return r < 0 ? r : file_end(&out, evidence_put(out.fd, j, e), e);
}

static void query_add(struct buf *path, const struct cli *c, const char *option)
{
	auto_free char *encoded = cli_has(c, option) ? talk_path("%s", cli_value(c, option)) : NULL;

	if (encoded)
		buf_fmt(path, "&%s=%s", option, encoded);
}

static int bundle_get(struct cli *c, const struct kept *kept, int64_t from, int64_t limit, int fd, struct spe_error *e)
{
	int64_t records = 0;
	int r;

	do {
		auto_buf struct buf query = { 0 };
		auto_json json_t *j = NULL;
		struct checkpoint now;

		buf_fmt(&query, "&from=%" PRId64 "&limit=%" PRId64, from,
			limit - records > RECORDS_MAX ? RECORDS_MAX : limit - records);
		query_add(&query, c, "actor");
		query_add(&query, c, "action");
		query_add(&query, c, "workspace");
		r = evidence_get(c, query.bad ? "" : query.p, kept, &j, &now, e);
		if (r < 0)
			return r;
		from = json_int(j, "next");
		records += (int64_t)json_array_size(json_object_get(j, "records"));
		json_object_del(j, "next");
		if (json_array_size(json_object_get(j, "records")) > 0 || (from == 0 && records == 0)) /* sped stops for others' sake */
			r = evidence_put(fd, j, e);
	} while (r == 0 && from > 0 && records < limit);
	if (r == 0 && cli_has(c, "output"))
		show_note("%" PRId64 " records", records);
	return r;
}

int cmd_audit_bundle(struct cli *c, struct spe_error *e)
{
	auto_kept struct kept kept = { 0 };
	struct file_out out;
	int64_t from, limit;
	int r = value_count(cli_value(c, "from"), "from", INT64_C(1) << 52, &from, e);

	if (r < 0 || (r = value_count(cli_value(c, "limit"), "limit", INT64_C(1) << 52, &limit, e)) < 0 ||
		(r = witness_read(c, &kept, e)) < 0 || (r = out_open(c, &out, e)) < 0)
		return r;
	if (!cli_has(c, "limit"))
		limit = INT64_MAX;
	return file_end(&out, bundle_get(c, &kept, from, limit, out.fd, e), e);
}

/* ---- witness, saw ---- */

static int witness_open(const char *path, int *ret_fd, struct kept *ret, struct spe_error *e)
{
	auto_close int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	char *text = NULL;
	size_t len = 0;
	int r;

	if (fd < 0)
		return spe_fail(e, SPE_E_INPUT, "%s can't be opened: %s", path, strerror(errno));
	r = io_read_all(fd, KEPT_MAX, &text, &len);
	if (r < 0)
		return spe_fail(e, SPE_E_INPUT, "%s can't be read: %s", path, strerror(-r));
	r = kept_parse(text, len, path, ret, e);
	if (r < 0)
		return r;
	cut_note(ret, path);
	*ret_fd = spe_take_fd(&fd);
	return 0;
}

/* A full disk may have cut a line off: it ends first, and who reads the file leaves it out. */
static int witness_add(int fd, const struct kept *k, const char *line, struct spe_error *e)
{
	auto_buf struct buf b = { 0 };

	buf_fmt(&b, "%s%s", k->torn ? "\n" : "", line);
	return b.bad ? spe_fail(e, SPE_E_INTERNAL, "out of memory") : line_put(fd, b.p, e);
}

/* Who shows an old checkpoint again and again hides what was recorded since, and contradicts nothing. But sped records that one is
 * asked for before it answers, and so signs a new one. */
static int now_check(const struct checkpoint *now, const struct kept *kept, struct spe_error *e)
{
	const int64_t age = now->time == INT64_MIN ? INT64_MAX : (int64_t)time(NULL) - now->time;

	if (kept->count > 0 && now->size == kept->newest.size && now->time == kept->newest.time)
		return spe_fail(e, SPE_E_TAMPERED, "the checkpoint of %" PRIu64 " records is shown again, though asking for one is recorded: what came since is hidden",
			now->size);
	if (age > AGE_S || age < -AGE_S)
		return spe_fail(e, SPE_E_TAMPERED, "the checkpoint was not signed now, as one is when it is asked for: newer records are hidden, or a clock is wrong");
	return 0;
}

static int witness_show(struct cli *c, const char *line, const struct checkpoint *now, const struct kept *kept, struct spe_error *e)
{
	auto_json json_t *shown = NULL;
	char when[SHOW_TEXT];
	int r = 0;

	if (cli_json(c) && !isatty(STDOUT_FILENO))
		return line_put(STDOUT_FILENO, line, e);
	r = json_parse(line, strlen(line), "checkpoint", &shown, e);
	if (r < 0 || cli_json(c))
		return r < 0 ? r : evidence_put(STDOUT_FILENO, shown, e);
	show_time(json_str(shown, "time"), when);
	show_line("%" PRIu64 " records of %s, signed %s; they begin with the %" PRIu64 " that were seen before", now->size, now->origin, when,
		kept->newest.size);
	return 0;
}

int cmd_audit_witness(struct cli *c, struct spe_error *e)
{
	auto_kept struct kept kept = { 0 };
	auto_json json_t *j = NULL;
	struct checkpoint now;
	auto_close int fd = -1;
	int r = witness_open(c->operand[0], &fd, &kept, e);

	if (r == 0)
		r = evidence_get(c, "&limit=0", &kept, &j, &now, e);
	if (r == 0)
		r = witness_add(fd, &kept, json_str(j, "checkpoint"), e);
	if (r == 0 && fsync(fd) < 0)
		r = spe_fail(e, SPE_E_INTERNAL, "%s can't be written: %s", c->operand[0], strerror(errno));
	if (r == 0)
		r = witness_show(c, json_str(j, "checkpoint"), &now, &kept, e);
	return r < 0 ? r : now_check(&now, &kept, e);
}

int cmd_audit_saw(struct cli *c, struct spe_error *e)
{
	auto_kept struct kept kept = { 0 };
	auto_json json_t *answer = NULL;
	int r = kept_read(c->operand[0], &kept, e);

	if (r < 0)
		return r;
	if (kept.count == 0)
		return spe_fail(e, SPE_E_INPUT, "%s has no checkpoint", c->operand[0]);
	r = talk_post(c->talk, "/v1/audit/seen", json_pack("{s:s%}", "checkpoint", kept.text + kept.last, kept.last_len), &answer, e);
	if (r < 0)
		return r;
	if (cli_json(c))
		show_json(answer);
	else
		show_line("the journal of sped has that %s has %lld records", json_str(answer, "origin"),
			(long long)json_int(answer, "size"));
	return 0;
}
