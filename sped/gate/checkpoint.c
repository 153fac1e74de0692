/* gate/checkpoint.c - signed sayings of how long the journal was, see journal.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
#include "spe/sshsig.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"
#include "sped/gate/journal.h"

#define NAMESPACE "spe-checkpoint"
#define SIGNATURE ",\"signature\":"

int checkpoint_write(int fd, const uint8_t key[32], const struct checkpoint *c, const char *time)
{
	auto_buf struct buf text = { 0 };
	auto_free char *armor = NULL, *quoted = NULL;
	auto_json json_t *string = NULL;

	buf_fmt(&text, "{\"size\":%" PRIu64 ",\"hash\":\"%s\",\"time\":\"%s\"}", c->size, c->hash, time);
	if (text.bad || sshsig_sign(key, NAMESPACE, text.p, text.len, &armor, NULL) < 0)
		return -ENOMEM;
	string = json_string(armor);
	quoted = json_dumps(string, JSON_ENCODE_ANY);
	if (!quoted)
		return -ENOMEM;
	text.len--;
	buf_fmt(&text, SIGNATURE "%s}\n", quoted);
	return text.bad ? -ENOMEM : file_append(fd, text.p, text.len, true);
}

/* The signed bytes are the line up to its signature, closed by a brace. */
static const char *signature_check(const char *line, const json_t *j, const char *key)
{
	const char *armor = json_str(j, "signature"), *end = strstr(line, SIGNATURE);
	auto_buf struct buf text = { 0 };

	if (!end)
		return "has no signature";
	buf_add(&text, line, (size_t)(end - line));
	buf_str(&text, "}");
	if (text.bad || sshsig_verify(key, NAMESPACE, text.p, text.len, armor, strlen(armor), NULL) < 0)
		return "is not what the gate signed";
	return NULL;
}

static const char *line_check(const char *line, size_t len, const char *key, struct checkpoint *ret)
{
	static const char *const fields[] = { "size", "hash", "time", "signature", NULL };
	auto_json json_t *j = NULL;
	const char *hash;
	json_int_t size;

	if (json_parse(line, len, "checkpoint", &j, NULL) < 0 || json_only(j, "checkpoint", fields, NULL) < 0 ||
		json_want_int(j, "checkpoint", "size", 1, INT64_MAX, &size, NULL) < 0 ||
		json_want_string(j, "checkpoint", "hash", SHA256_TEXT - 1, &hash, NULL) < 0)
		return "is no checkpoint";
	ret->size = (uint64_t)size;
	snprintf(ret->hash, sizeof(ret->hash), "%s", hash);
	return key ? signature_check(line, j, key) : NULL;
}

static int add(struct checkpoints *c, const struct checkpoint *one)
{
	struct checkpoint *p;

	if ((c->count & (c->count + 1)) == 0) { /* 0, 1, 3, 7, ...: doubled each time */
		p = realloc(c->p, (2 * c->count + 1) * sizeof(*p));
		if (!p)
			return -ENOMEM;
		c->p = p;
	}
	c->p[c->count++] = *one;
	return 0;
}

static int take(struct checkpoints *c, const char *line, size_t len, const char *key, unsigned long number,
	json_t *problems)
{
	struct checkpoint one;
	const char *why = line_check(line, len, key, &one);

	c->whole += (off_t)len + 1;
	if (!why && c->count > 0 && one.size < c->p[c->count - 1].size)
		why = "is of fewer records than the one before";
	if (why) {
		problem_add(problems, "journal/checkpoints.jsonl line %lu %s", number, why);
		return 0;
	}
	return add(c, &one);
}

/* We write a line with its newline at once: a torn one is a beginning of it, never all and another byte. */
static bool is_more_than_torn(const char *p, size_t len)
{
	return len > 2 && memcmp(p + len - 3, "\"}", 2) == 0;
}

static int newest_check(const char *newest, const char *key, unsigned long number, json_t *problems)
{
	struct checkpoint one;
	const char *why = newest ? line_check(newest, strlen(newest), key, &one) : NULL;

	if (why)
		problem_add(problems, "journal/checkpoints.jsonl line %lu %s", number, why);
	return 0;
}

int checkpoints_load(int fd, const char *key, bool all, struct checkpoints *ret, json_t *problems)
{
	auto_free char *newest = NULL;
	unsigned long number = 0;
	struct lines l;
	size_t len;
	char *p;
	int r = lines_open(&l, fd, 0);

	while (r == 0 && (r = lines_next(&l, &p, &len)) == 1) {
		r = take(ret, p, len, all ? key : NULL, ++number, problems);
		free(newest);
		newest = all ? NULL : strdup(p);
	}
	if (r == -EBADMSG) {
		ret->torn = true;
		r = 0;
		if (all || is_more_than_torn(p, len))
			problem_add(problems, "journal/checkpoints.jsonl line %lu has no end", number + 1);
	}
	lines_close(&l);
	return r < 0 ? r : newest_check(newest, key, number, problems);
}

void checkpoints_free(struct checkpoints *c)
{
	free(c->p);
	*c = (struct checkpoints){ 0 };
}
