/* gate/said.c - what spe-check wrote (spe/verdict.h), believed as far as its form and the file it speaks of go; see room.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/verdict.h"
#include "sped/base/buf.h"
#include "sped/gate/room.h"

#define CHECKS_MAX 400 /* findings of one file and the rules that passed */
#define PARAMS_MAX 32

static int read_at(int fd, void *p, size_t n, uint64_t at)
{
	char *to = p;

	while (n > 0) {
		ssize_t got = pread(fd, to, n, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EBADMSG;
		to += got;
		at += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

static int odd(struct spe_error *e)
{
	return spe_fail(e, SPE_E_INPUT, "the checker wrote no record");
}

/* What can't be read says nothing about the checker. */
static int unread(int r, struct spe_error *e)
{
	return r == -EBADMSG ? odd(e) : gate_fail(e, "read what a check wrote", r);
}

/* Every length has its bound before any is added to another. */
static int head_read(int fd, struct verdict_head *ret, struct spe_error *e)
{
	uint64_t whole;
	struct stat st;
	int r = fstat(fd, &st) < 0 ? -errno : read_at(fd, ret, sizeof(*ret), 0);

	if (r < 0)
		return unread(r, e);
	if (memcmp(ret->magic, VERDICT_MAGIC, sizeof(ret->magic)) != 0)
		return odd(e);
	if (ret->record_len == 0 || ret->record_len > VERDICT_RECORD_MAX || ret->counts_len > VERDICT_COUNTS_MAX ||
		ret->rebuilt_len > (uint64_t)VERDICT_REBUILT_MAX)
		return odd(e);
	whole = sizeof(*ret) + ret->record_len + ret->counts_len * sizeof(struct count) + ret->rebuilt_len;
	return (uint64_t)st.st_size == whole ? 0 : odd(e);
}

int said_read(int fd, struct said *ret, struct spe_error *e)
{
	struct verdict_head head;
	auto_free char *text = NULL;
	int r;

	TRY(head_read(fd, &head, e));
	text = malloc((size_t)head.record_len);
	if (!text)
		return gate_memory(e);
	r = read_at(fd, text, (size_t)head.record_len, sizeof(head));
	if (r < 0)
		return unread(r, e);
	ret->counts_at = sizeof(head) + head.record_len;
	ret->counts = head.counts_len;
	ret->rebuilt_at = ret->counts_at + head.counts_len * sizeof(struct count);
	ret->rebuilt = head.rebuilt_len;
	return json_parse(text, (size_t)head.record_len, "record", &ret->record, NULL) < 0 ? odd(e) : 0;
}

void said_why(int fd, char ret[200])
{
	auto_json json_t *j = NULL;

	ret[0] = '\0';
	if (json_fd(fd, 4096, "failure", &j, NULL) < 0)
		return;
	snprintf(ret, 200, "%s", json_str(json_object_get(j, "error"), "message"));
	spe_one_line(ret);
}

static int severity(const char *word)
{
	static const char *const words[] = { "pass", "review", "block" };
	int i;

	for (i = 0; i < 3; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

/* What is between these bounds leaves with findings.json: everything in a record has a form and a length, and nothing
 * besides is taken. */
static bool text_within(const json_t *j, const char *key, size_t min, size_t max)
{
	const json_t *s = json_object_get(j, key);

	return json_is_string(s) && json_string_length(s) >= min && json_string_length(s) <= max;
}

static bool is_rule(const char *id)
{
	const char *known;
	size_t i;

	for (i = 0; (known = policy_rule(i)); i++)
		if (strcmp(known, id) == 0)
			return true;
	return false;
}

static bool where_is_place(const json_t *where)
{
	return json_is_integer(where) || (json_is_array(where) && json_array_size(where) == 2 &&
		json_is_integer(json_array_get(where, 0)) && json_is_integer(json_array_get(where, 1)));
}

static bool check_is_plain(const json_t *one)
{
	static const char *const fields[] = { "id", "outcome", "line", "column", "where", "detail", "fix", NULL };

	if (json_only(one, "check", fields, NULL) < 0 || !is_rule(json_str(one, "id")) || severity(json_str(one, "outcome")) < 0)
		return false;
	if (json_object_size(one) == 2)
		return strcmp(json_str(one, "outcome"), "pass") == 0;
	return json_object_size(one) == 7 && json_is_integer(json_object_get(one, "line")) &&
		json_is_integer(json_object_get(one, "column")) && where_is_place(json_object_get(one, "where")) &&
		text_within(one, "detail", 1, sizeof(((struct finding *)0)->explanation)) &&
		text_within(one, "fix", 0, sizeof(((struct finding *)0)->fix));
}

static bool params_are_plain(const json_t *params)
{
	const char *key;
	json_t *v;

	if (!json_is_object(params) || json_object_size(params) > PARAMS_MAX)
		return false;
	json_object_foreach((json_t *)(uintptr_t)params, key, v)
		if (!json_is_integer(v) || strlen(key) > 24 || key[strspn(key, "abcdefghijklmnopqrstuvwxyz_0123456789")])
			return false;
	return true;
}

static bool record_is_plain(const json_t *record)
{
	static const char *const classes[] = { "table", "text", "image", "other" };
	const char *type = json_str(record, "type");
	size_t i, k = 0;
	json_t *one;

	while (k < 4 && strcmp(classes[k], json_str(record, "class")) != 0)
		k++;
	if (k == 4 || !text_within(record, "type", 1, 8) || type[strspn(type, "abcdefghijklmnopqrstuvwxyz0123456789")] ||
		!json_is_integer(json_object_get(record, "counts")) || !params_are_plain(json_object_get(record, "params")) ||
		strcmp(json_str(record, "checker_version"), POLICY_CHECKER_VERSION) != 0)
		return false;
	json_array_foreach(json_object_get(record, "checks"), i, one)
		if (!check_is_plain(one))
			return false;
	return true;
}

/* The worst outcome of the checks, or -1 where one is none. */
static int worst(const json_t *checks)
{
	int all = -1;
	json_t *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)checks, i, one) {
		int this = severity(json_str(one, "outcome"));

		if (this < 0 || json_str(one, "id")[0] == '\0')
			return -1;
		all = this > all ? this : all;
	}
	return all;
}

/* What may leave has a hash and a size; what is blocked has neither, and no bytes. */
static const char *leaving_odd(const struct said *s, bool block)
{
	const json_t *out = json_object_get(s->record, "sha256_out"), *bytes = json_object_get(s->record, "bytes_out");

	if (block)
		return json_is_null(out) && json_is_null(bytes) && s->rebuilt == 0 ?
			NULL : "the checker blocks the file and gives bytes to release";
	if (!json_is_string(out) || !json_is_integer(bytes) || (uint64_t)json_integer_value(bytes) != s->rebuilt)
		return "the checker's record names other bytes to release";
	return NULL;
}

const char *said_odd(const struct said *s, const json_t *file, const json_t *policy, json_int_t epoch)
{
	static const char *const fields[] = { "file", "sha256_in", "sha256_out", "bytes", "bytes_out", "type", "class", "verdict",
		"checks", "counts", "params_id", "params", "checker_version", "history_epoch", NULL };
	const json_t *record = s->record, *in = json_object_get(record, "sha256_in"), *checks = json_object_get(record, "checks");
	int verdict = severity(json_str(record, "verdict"));
	bool block = verdict == FINDING_BLOCK;

	if (json_only(record, "record", fields, NULL) < 0 || verdict < 0 || !record_is_plain(record))
		return "the checker wrote no record";
	if (!json_equal(json_object_get(record, "file"), json_object_get(file, "name")))
		return "the checker's record is of another file";
	if (!json_equal(in, json_object_get(file, "sha256")) && !(block && json_is_null(in)))
		return "the checker's record is of other bytes";
	/* What is too large to be checked was not read to its end. */
	if (!json_is_null(in) && !json_equal(json_object_get(record, "bytes"), json_object_get(file, "size")))
		return "the checker's record is of another size";
	if (!json_equal(json_object_get(record, "params_id"), json_object_get(policy, "digest")))
		return "the checker's record is of another policy";
	if (json_int(record, "history_epoch") != epoch)
		return "the checker's record is of another history";
	if (json_array_size(checks) > CHECKS_MAX || worst(checks) != verdict)
		return "the checker's verdict does not follow from its findings";
	return leaving_odd(s, block);
}
