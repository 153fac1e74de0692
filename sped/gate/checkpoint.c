/* gate/checkpoint.c - signed sayings of how long the journal was, see journal.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"
#include "sped/gate/journal.h"

int checkpoint_write(int fd, const uint8_t key[32], const struct checkpoint *c, const char *time, char **ret_line)
{
	auto_buf struct buf line = { 0 };
	auto_free char *text = NULL;
	int r = checkpoint_sign(key, c, time, &text, NULL) < 0 ? -ENOMEM : 0;

	if (r < 0)
		return r;
	buf_fmt(&line, "%s\n", text);
	r = line.bad ? -ENOMEM : file_append(fd, line.p, line.len);
	if (r == 0)
		*ret_line = spe_take_ptr(&text);
	return r;
}

static const char *check_line(const char *line, size_t len, const char *key, struct checkpoint *ret)
{
	int r = key ? checkpoint_verify(line, len, key, ret, NULL) : checkpoint_parse(line, len, ret, NULL);

	return r == 0 ? NULL : r == -SPE_E_INPUT ? "is no checkpoint" : "is not what the gate signed";
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
	const char *why = check_line(line, len, key, &one);

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
	const char *why = newest ? check_line(newest, strlen(newest), key, &one) : NULL;

	if (why)
		problem_add(problems, "journal/checkpoints.jsonl line %lu %s", number, why);
	return 0;
}

/* Only lines that were not synced lack sectors, and only whole ones; whatever else has NULs was changed, and what is behind it stays. */
static int holes_check(int fd, off_t begin, unsigned long number, json_t *problems)
{
	struct tail t;
	int r = tail_read(fd, begin, &t);

	if (r == 0 && (t.odd || t.newlines > CHECKS_MORE))
		problem_add(problems, "journal/checkpoints.jsonl line %lu has NULs that no power cut leaves", number);
	return r;
}

/* At a start: where a power cut left sectors of the last lines unwritten, none of these was given to anybody, and they go. */
int checkpoints_load(int fd, const char *key, bool all, struct checkpoints *ret, json_t *problems)
{
	unsigned long number = 0;
	struct lines l;
	size_t len;
	char *p;
	int r = lines_open(&l, fd, 0);

	while (r == 0 && (r = lines_next(&l, &p, &len)) == 1 && (all || !memchr(p, '\0', len))) {
		r = take(ret, p, len, all ? key : NULL, ++number, problems);
		free(ret->newest);
		ret->newest = strdup(p);
	}
	if (r == -EBADMSG && (all || is_more_than_torn(p, len)))
		problem_add(problems, "journal/checkpoints.jsonl line %lu has no end", number + 1);
	if (r == -EBADMSG || r == 1) {
		r = !all && memchr(p, '\0', len) ? holes_check(fd, ret->whole, number + 1, problems) : 0;
		ret->torn = lseek(fd, 0, SEEK_END) - ret->whole;
	}
	lines_close(&l);
	return r < 0 ? r : newest_check(all ? NULL : ret->newest, key, number, problems);
}

void checkpoints_free(struct checkpoints *c)
{
	free(c->p);
	free(c->newest);
	*c = (struct checkpoints){ 0 };
}
