/* gate/journal.c - see journal.h. */
#include "sped/gate/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/sshsig.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"

#define RECORDS_BYTES (1u << 20) /* of one answer */
#define WAIT_BYTES (256u << 10)  /* of lines that wait for the file */
#define LOOK_LINES 1024u         /* some ten milliseconds */
#define WRITE_BEHIND (8u << 10)  /* bytes whose way to disk begins before the leaves are made */

/* Where the chain ends. */
struct end {
	uint64_t records;
	off_t bytes;
	size_t marks;
	char head[SHA256_TEXT];
};

struct journal {
	int dir, fd, checks_fd, tree_fd;
	struct tree *tree;
	uint8_t key[32];
	char public_key[SSHKEY_TEXT_MAX];
	int64_t (*now_ms)(void);
	uint64_t records, checked;
	off_t bytes, room;   /* of records; of the file, whose rest is NULs */
	char head[SHA256_TEXT];
	struct end file_end; /* what the file has; the rest is in: */
	struct buf wait;
	size_t wait_leaves;  /* bytes of it whose leaves the tree has */
	bool wait_counts;    /* one of them was taken for good */
	char origin[ORIGIN_MAX + 1];
	char *newest;        /* checkpoint's line, or NULL */
	struct {
		off_t bytes;     /* of their file, and what j->checked was then */
		uint64_t checked;
		unsigned more;   /* that are not on disk yet */
	} checks_kept;
	bool unsynced;       /* the last records of the file are not on disk yet */
	bool news;           /* see journal_news */
	char told[TIME_TEXT]; /* see journal_told */
	char why[600];       /* not empty: the chain does not hold */
	off_t *mark;         /* where record 1, 1 + EVERY, ... begin, for reading from the middle */
	size_t marks, marks_room;
};

/* What a walk over the chain has seen so far. */
struct scan {
	uint64_t records;
	off_t bytes;          /* of whole lines */
	char head[SHA256_TEXT], told[TIME_TEXT];
	struct checkpoints checks;
	json_t *problems;
	size_t torn;          /* bytes behind the last whole line, NULs at the end not counted */
	struct tree *tree;
	journal_seen_fn *seen;
	void *arg;
	struct journal *mark; /* whose marks to set, or NULL */
};

static const char first[SHA256_TEXT] = "0000000000000000000000000000000000000000000000000000000000000000";

void problem_add(json_t *problems, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	if (json_array_size(problems) >= PROBLEMS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (json_array_append_new(problems, json_string(text)) < 0)
		json_array_append_new(problems, json_string("a problem whose sentence is not UTF-8"));
}

static int mark_add(struct journal *j, uint64_t seq, off_t at)
{
	off_t *p;

	if ((seq - 1) % JOURNAL_CHECKPOINT_EVERY != 0)
		return 0;
	if (j->marks == j->marks_room) {
		p = realloc(j->mark, (2 * j->marks_room + 16) * sizeof(*p));
		if (!p)
			return -ENOMEM;
		j->mark = p;
		j->marks_room = 2 * j->marks_room + 16;
	}
	j->mark[j->marks++] = at;
	return 0;
}

static void checks_pass(struct scan *s)
{
	struct checkpoints *c = &s->checks;
	uint8_t root[MERKLE_HASH] = { 0 };

	for (; c->next < c->count && c->p[c->next].size == s->records; c->next++)
		if (strcmp(c->p[c->next].hash, s->head) != 0 || tree_root(s->tree, root) < 0 ||
			memcmp(c->p[c->next].root, root, sizeof(root)) != 0)
			problem_add(s->problems, "journal line %" PRIu64 " is not the one of the signed checkpoint %zu",
				s->records, c->next + 1);
}

static void own_seen(struct scan *s, const char *p, size_t len)
{
	auto_json json_t *record = NULL;

	if (!s->seen || !strstr(p, "\"actor\":\"" JOURNAL_ACTOR "\"") ||
		json_parse(p, len, "journal", &record, NULL) < 0)
		return;
	if (strcmp(json_str(record, "actor"), JOURNAL_ACTOR) == 0)
		s->seen(s->arg, record, s->records);
}

/* Without its milliseconds. */
static void told_set(char ret[TIME_TEXT], const char *p)
{
	static const char key[] = ",\"time\":\"";
	const char *time = strstr(p, key);

	if (time)
		snprintf(ret, TIME_TEXT, "%.19sZ", time + sizeof(key) - 1);
}

static int scan_line(struct scan *s, const char *p, size_t len)
{
	char hash[SHA256_TEXT] = "";
	const char *why = line_check(p, len, s->records + 1, s->head, hash);
	int r = s->mark ? mark_add(s->mark, s->records + 1, s->bytes) : 0;

	if (r == 0)
		r = tree_add(s->tree, p, len);
	s->records++;
	s->bytes += (off_t)len + 1;
	if (hash[0])
		memcpy(s->head, hash, sizeof(hash)); /* what the next line should name */
	if (why)
		problem_add(s->problems, "journal line %" PRIu64 " %s", s->records, why);
	checks_pass(s);
	told_set(s->told, p);
	own_seen(s, p, len);
	return r;
}

/* All of the last lines that are not whole: the beginning of one, or with sectors that were not written. Whatever else
 * is there no crash has left: a line is written with its newline at once, so a torn one is never all and another byte. */
static int tail_check(const struct journal *j, struct scan *s)
{
	struct tail t;
	char hash[SHA256_TEXT];
	auto_free char *line = NULL;
	size_t len;
	int r = tail_read(j->fd, s->bytes, &t);

	if (r < 0)
		return r;
	s->torn = (size_t)(t.full - t.begin);
	len = s->torn < JOURNAL_LINE_MAX ? s->torn : 0;
	line = malloc(len + 1);
	if (!line)
		return -ENOMEM;
	t.odd |= !t.holes && s->torn >= JOURNAL_LINE_MAX;
	if (!t.holes && len > 1 && (pread(j->fd, line, len, t.begin) != (ssize_t)len ||
		!line_check(line, len - 1, s->records + 1, s->head, hash)))
		t.odd = true;
	if (t.odd)
		problem_add(s->problems, "journal line %" PRIu64 " does not end where it should", s->records + 1);
	return 0;
}

/* Where they go on, so many at most. 1: there are more. */
static int lines_scan(struct journal *j, struct scan *s, size_t most)
{
	struct lines l;
	size_t len = 0;
	char *p = NULL;
	int r = lines_open(&l, j->fd, s->bytes);

	for (; r == 0 && most > 0 && (r = lines_next(&l, &p, &len)) == 1 && !memchr(p, '\0', len); most--)
		r = scan_line(s, p, len);
	lines_close(&l);
	if (r == 0 && most == 0)
		return 1;
	return r == -EBADMSG || r == -E2BIG || r == 1 ? tail_check(j, s) : r;
}

/* tree: takes the leaves. */
static int scan_begin(struct journal *j, struct scan *s, struct tree *tree, bool all)
{
	s->tree = tree;
	memcpy(s->head, first, sizeof(first));
	return checkpoints_load(j->checks_fd, j->public_key, all, &s->checks, s->problems);
}

/* As lines_scan, and at the end what is known by all of them. */
static int scan_on(struct journal *j, struct scan *s, size_t most)
{
	int r = lines_scan(j, s, most);

	if (r == 1)
		return r;
	if (r == 0)
		tree_flush(s->tree); /* what can't be written now waits */
	if (s->checks.next < s->checks.count)
		problem_add(s->problems, "the journal has %" PRIu64 " records, but a signed checkpoint says %" PRIu64
			": it was cut", s->records, s->checks.p[s->checks.next].size);
	return r;
}

/* ---- opening ---- */

static bool no_room(int error)
{
	return error == ENOSPC || error == EDQUOT;
}

static struct end end_now(const struct journal *j)
{
	struct end e = { .records = j->records, .bytes = j->bytes, .marks = j->marks };

	memcpy(e.head, j->head, sizeof(e.head));
	return e;
}

/* The torn last lines were never answered for: they go, and a record says so. What an earlier life left unsynced of the checkpoints is
 * on disk then: the next start takes CHECKS_MORE of them for unsynced and no more. */
static int torn_cut(struct journal *j, const struct scan *s, struct spe_error *e)
{
	auto_json json_t *record = json_pack("{s:s,s:s,s:s,s:{s:I,s:I}}", "actor", JOURNAL_ACTOR, "role", "gate", "action",
		"journal.recovered", "object", "bytes", (json_int_t)s->torn, "checkpoint_bytes", (json_int_t)s->checks.torn);

	if ((s->checks.torn > 0 && ftruncate(j->checks_fd, s->checks.whole) < 0) ||
		ftruncate(j->fd, s->bytes) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "can't cut a torn line of the journal: %s", strerror(errno));
	if (fdatasync(j->checks_fd) < 0 && !no_room(errno))
		return spe_fail(e, SPE_E_INTERNAL, "can't write the journal's checkpoints: %s", strerror(errno));
	j->room = s->bytes;
	j->file_end = end_now(j);
	return s->torn || s->checks.torn > 0 ? journal_append(j, record, "ok", NULL, NULL, e) : 0;
}

/* What an earlier life could not sync may stand in the page cache alone: it reads as if it were on disk, and no later sync
 * writes it. So what no checkpoint signs yet is written once more. A file system that has no room to write the same bytes again
 * has them where they are. */
static int tail_renew(struct journal *j)
{
	const uint64_t mark = j->checked / JOURNAL_CHECKPOINT_EVERY;
	off_t at = mark < j->marks ? j->mark[mark] : j->bytes;
	auto_free char *piece = malloc(WAIT_BYTES);
	int r = piece ? 0 : -ENOMEM;

	while (r == 0 && at < j->bytes) {
		const size_t most = j->bytes - at < (off_t)WAIT_BYTES ? (size_t)(j->bytes - at) : WAIT_BYTES;
		const ssize_t n = pread(j->fd, piece, most, at);

		r = n > 0 ? io_write_at(j->fd, piece, (size_t)n, at) : n < 0 ? -errno : -EIO;
		at += n > 0 ? n : 0;
	}
	if (r == 0 && fdatasync(j->fd) < 0)
		r = -errno;
	return no_room(-r) ? 0 : r;
}

static int chain_read(struct journal *j, journal_seen_fn *seen, void *arg, struct spe_error *e)
{
	auto_json json_t *problems = json_array();
	struct scan s = { .problems = problems, .seen = seen, .arg = arg, .mark = j };
	int r = scan_begin(j, &s, j->tree, false);

	if (r == 0)
		r = scan_on(j, &s, SIZE_MAX);
	j->records = s.records;
	j->bytes = s.bytes;
	memcpy(j->head, s.head, sizeof(j->head));
	memcpy(j->told, s.told, sizeof(j->told));
	j->checked = j->checks_kept.checked = s.checks.count ? s.checks.p[s.checks.count - 1].size : 0;
	j->checks_kept.bytes = s.checks.whole;
	j->newest = spe_take_ptr(&s.checks.newest);
	j->news = j->records > j->checked;
	if (r < 0)
		r = spe_fail(e, SPE_E_INTERNAL, "can't read the journal: %s", strerror(-r));
	else if (json_array_size(problems) > 0)
		snprintf(j->why, sizeof(j->why), "%s", json_string_value(json_array_get(problems, 0)));
	else if (j->news && (r = tail_renew(j)) < 0)
		r = spe_fail(e, SPE_E_INTERNAL, "can't write the journal's last records again: %s", strerror(-r));
	else
		r = torn_cut(j, &s, e);
	checkpoints_free(&s.checks);
	return r;
}

static int file_open(int dir, const char *name)
{
	return io_openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
}

static int files_open(struct journal *j, int dir)
{
	j->dir = io_openat(dir, ".", O_RDONLY | O_DIRECTORY, 0);
	j->fd = file_open(dir, "journal.jsonl");
	j->checks_fd = io_openat(dir, "checkpoints.jsonl", O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0600);
	j->tree_fd = file_open(dir, "tree");
	if (j->dir < 0 || j->fd < 0 || j->checks_fd < 0 || j->tree_fd < 0)
		return j->dir < 0 ? j->dir : j->fd < 0 ? j->fd : j->checks_fd < 0 ? j->checks_fd : j->tree_fd;
	return fsync(j->dir) < 0 ? -errno : tree_open(&j->tree, j->tree_fd, TREE_MEND);
}

int journal_open(struct journal **ret, int dir, const uint8_t key[32], int64_t (*now_ms)(void),
	journal_seen_fn *seen, void *arg, struct spe_error *e)
{
	struct journal *j = calloc(1, sizeof(*j));
	int r;

	if (!j)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	j->now_ms = now_ms;
	memcpy(j->key, key, sizeof(j->key));
	r = files_open(j, dir);
	if (r < 0)
		r = spe_fail(e, SPE_E_INTERNAL, "can't open the journal: %s", strerror(-r));
	if (r == 0)
		r = sshkey_public(key, j->public_key, e);
	if (r == 0)
		r = checkpoint_origin(j->public_key, j->origin, e);
	if (r == 0)
		r = chain_read(j, seen, arg, e);
	if (r < 0)
		journal_free(j);
	else
		*ret = j;
	return r;
}

/* ---- writing ---- */

/* More NULs behind what the file has, so that the longest line finds room. Where there is none the file grows with each record,
 * while it can. */
static bool room_make(struct journal *j)
{
	static const char nuls[65536];
	off_t end = j->bytes + JOURNAL_LINE_MAX;
	size_t i;

	if (j->room >= end)
		return true;
	for (i = 0; i < JOURNAL_ROOM / sizeof(nuls) && io_write_at(j->fd, nuls, sizeof(nuls), j->room) == 0; i++)
		j->room += (off_t)sizeof(nuls);
	return j->room >= end;
}

static void end_set(struct journal *j, const struct end *to)
{
	j->records = to->records;
	j->bytes = to->bytes;
	j->marks = to->marks;
	memcpy(j->head, to->head, sizeof(j->head));
}

/* The leaves of the lines that wait, but for those that have theirs. */
static void leaves_add(struct journal *j)
{
	const char *p, *end;

	if (j->wait_leaves == j->wait.len)
		return;
	p = j->wait.p + j->wait_leaves;
	end = j->wait.p + j->wait.len;
	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));

		if (tree_add(j->tree, p, (size_t)(newline - p)) < 0)
			snprintf(j->why, sizeof(j->why), "the tree over its records could not go on");
		p = newline + 1;
	}
	j->wait_leaves = j->wait.len;
}

/* What could not be written is not in the journal. Where somebody counts on it, or it can't be taken back, there is no more. */
static int take_back(struct journal *j, bool counted_on, int r)
{
	j->room = j->file_end.bytes;
	if (ftruncate(j->fd, j->room) < 0 || fdatasync(j->fd) < 0)
		snprintf(j->why, sizeof(j->why), "a half written record could not be taken back");
	else if (counted_on)
		snprintf(j->why, sizeof(j->why), "its last records could not be written to disk");
	else
		j->unsynced = false;
	end_set(j, &j->file_end);
	return r;
}

/* A disk that has begun leaves time for the leaves; but those of what may be taken back come last. */
static int all_sync(struct journal *j)
{
	if (j->wait_counts && j->wait.len > WRITE_BEHIND) /* what goes wrong is what fdatasync says */
		sync_file_range(j->fd, j->file_end.bytes, (off_t)j->wait.len, SYNC_FILE_RANGE_WRITE);
	if (j->wait_counts)
		leaves_add(j);
	return fdatasync(j->fd) < 0 ? take_back(j, j->wait_counts || j->unsynced, -errno) : 0;
}

static int waiting_write(struct journal *j)
{
	int r = j->wait.len > 0 ? io_write_at(j->fd, j->wait.p, j->wait.len, j->file_end.bytes) : 0;

	return r < 0 ? take_back(j, j->wait_counts, r) : 0;
}

/* What waits is in the file; with sync on disk, as is what came before it. */
static int settle(struct journal *j, bool sync)
{
	const bool more = j->wait.len > 0;
	int r = waiting_write(j);

	if (r == 0 && sync && (more || j->unsynced))
		r = all_sync(j);
	if (r == 0) {
		leaves_add(j);
		j->unsynced = !sync && (more || j->unsynced);
		j->file_end = end_now(j);
		if (j->room < j->bytes)
			j->room = j->bytes;
	}
	j->wait.len = j->wait_leaves = 0;
	j->wait_counts = false;
	return r;
}

static int line_add(struct journal *j, const json_t *record, const char *outcome, struct spe_error *e)
{
	const size_t before = j->wait.len;
	char hash[SHA256_TEXT];
	int r;

	memcpy(hash, j->head, sizeof(hash));
	r = line_make(&j->wait, record, outcome, j->records + 1, j->now_ms(), hash);
	if (r == 0 && j->wait.len - before > JOURNAL_LINE_MAX)
		r = spe_fail(e, SPE_E_TOO_LARGE, "a journal record has %zu bytes; at most %u are taken", j->wait.len - before,
			JOURNAL_LINE_MAX);
	else if (r < 0 || mark_add(j, j->records + 1, j->bytes) < 0)
		r = spe_fail(e, SPE_E_INTERNAL, "a journal record can't be made");
	if (r < 0) {
		j->wait.len = before;
		j->wait.bad = false;
		return r;
	}
	j->records++;
	j->bytes += (off_t)(j->wait.len - before);
	memcpy(j->head, hash, sizeof(j->head));
	return 0;
}

static int failed(int r, struct spe_error *e)
{
	return r < 0 ? spe_fail(e, SPE_E_INTERNAL, "can't write the journal: %s", strerror(-r)) : 0;
}

/* After a sync: what it says has to be on disk before it. Where it fails the record stands, and the next one tries again. */
static void checkpoint_due(struct journal *j)
{
	if (j->records - j->checked >= JOURNAL_CHECKPOINT_EVERY)
		journal_checkpoint_later(j, NULL);
}

enum when { NOW, LATER, AHEAD };

static int append(struct journal *j, const json_t *record, const char *outcome, enum when when, struct spe_error *e)
{
	bool roomy;
	int r = 0;

	if (j->why[0])
		return spe_fail(e, SPE_E_TAMPERED, "the journal takes no more records: %s", j->why);
	roomy = room_make(j);
	if (!roomy || j->wait.len > WAIT_BYTES) /* what waits has its room, what comes may find none */
		r = failed(settle(j, false), e);
	if (r == 0)
		r = line_add(j, record, outcome, e);
	if (r == 0)
		j->news |= strncmp(json_str(record, "action"), "checkpoint.", 11) != 0;
	if (r == 0 && (!roomy || when == NOW))
		r = failed(settle(j, when == NOW), e);
	j->wait_counts |= when == LATER && j->wait.len > 0;
	return r;
}

int journal_append(struct journal *j, const json_t *record, const char *outcome, uint64_t *ret_seq,
	char ret_hash[SHA256_TEXT], struct spe_error *e)
{
	int r = append(j, record, outcome, NOW, e);

	if (r < 0)
		return r;
	if (ret_hash)
		memcpy(ret_hash, j->head, sizeof(j->head));
	if (ret_seq)
		*ret_seq = j->records;
	checkpoint_due(j);
	return 0;
}

int journal_append_later(struct journal *j, const json_t *record, const char *outcome, struct spe_error *e)
{
	return append(j, record, outcome, LATER, e);
}

int journal_append_ahead(struct journal *j, const json_t *record, const char *outcome, struct spe_error *e)
{
	return append(j, record, outcome, AHEAD, e);
}

int journal_write(struct journal *j, struct spe_error *e)
{
	return failed(settle(j, false), e);
}

int journal_sync(struct journal *j, struct spe_error *e)
{
	int r = failed(settle(j, true), e);

	if (r == 0)
		checkpoint_due(j);
	return r;
}

static int checks_failed(int r, struct spe_error *e)
{
	return r < 0 ? spe_fail(e, SPE_E_INTERNAL, "can't write a checkpoint: %s", strerror(-r)) : 0;
}

/* Which of them are on disk nobody knows: all go that were not, and the next one is signed of more. */
static void checks_take_back(struct journal *j)
{
	if (ftruncate(j->checks_fd, j->checks_kept.bytes) < 0 || fdatasync(j->checks_fd) < 0)
		snprintf(j->why, sizeof(j->why), "half written checkpoints could not be taken back");
	j->checked = j->checks_kept.checked;
	j->checks_kept.more = 0;
	j->news = true;
	free(spe_take_ptr(&j->newest));
}

int journal_checks_sync(struct journal *j, struct spe_error *e)
{
	int r = 0;

	if (j->checks_kept.more > 0 && fdatasync(j->checks_fd) < 0) {
		r = -errno;
		checks_take_back(j);
	} else if (j->checks_kept.more > 0) {
		j->checks_kept.bytes = lseek(j->checks_fd, 0, SEEK_END);
		j->checks_kept.checked = j->checked;
	}
	j->checks_kept.more = 0;
	return checks_failed(r, e);
}

int journal_checkpoint_later(struct journal *j, struct spe_error *e)
{
	struct checkpoint c = { .size = j->records };
	char now[TIME_TEXT], *line;
	int r;

	if (j->why[0] || j->records == 0 || j->checked == j->records)
		return 0;
	r = failed(settle(j, true), e);
	if (r < 0)
		return r;
	memcpy(c.hash, j->head, sizeof(c.hash));
	memcpy(c.origin, j->origin, sizeof(c.origin));
	time_text(now, j->now_ms(), false);
	r = tree_root(j->tree, c.root);
	if (r == 0)
		r = checkpoint_write(j->checks_fd, j->key, &c, now, &line);
	if (r == -EUCLEAN)
		checks_take_back(j);
	if (r < 0)
		return checks_failed(r, e);
	free(j->newest);
	j->newest = line;
	j->checked = j->records;
	j->news = false;
	return ++j->checks_kept.more < CHECKS_MORE ? 0 : journal_checks_sync(j, e);
}

int journal_checkpoint(struct journal *j, struct spe_error *e)
{
	int r = journal_checkpoint_later(j, e);

	return r < 0 ? r : journal_checks_sync(j, e);
}

void journal_free(struct journal *j)
{
	if (!j)
		return;
	if (!j->why[0])
		settle(j, false);
	if (j->room > j->bytes && !j->why[0] && ftruncate(j->fd, j->bytes) < 0)
		j->room = 0; /* the NULs stay, which the next start expects as well */
	tree_free(j->tree);
	spe_close_fd(&j->dir);
	spe_close_fd(&j->fd);
	spe_close_fd(&j->checks_fd);
	spe_close_fd(&j->tree_fd);
	free(j->newest);
	buf_free(&j->wait);
	explicit_bzero(j->key, sizeof(j->key));
	free(j->mark);
	free(j);
}

/* ---- reading ---- */

struct journal_look {
	struct journal *j;
	struct scan s;
	struct tree *tree;
	size_t before; /* problems that there were */
	int r;
};

static int look_begin(struct journal_look *x)
{
	struct journal *j = x->j;
	int r = j->why[0] ? 0 : settle(j, false);

	if (r == 0) {
		tree_flush(j->tree);
		r = tree_open(&x->tree, j->tree_fd, TREE_COMPARE);
	}
	if (r == 0) {
		tree_compare(x->tree, j->tree);
		r = scan_begin(j, &x->s, x->tree, true);
	}
	return r;
}

struct journal_look *journal_look(struct journal *j, json_t *problems)
{
	struct journal_look *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	*x = (struct journal_look){ .j = j, .s.problems = problems, .before = json_array_size(problems) };
	x->r = look_begin(x);
	return x;
}

static void look_end(const struct journal_look *x)
{
	const struct journal *j = x->j;
	const struct scan *s = &x->s;

	if (x->r < 0)
		problem_add(s->problems, "the journal can't be read: %s", strerror(-x->r));
	if (s->torn)
		problem_add(s->problems, "journal line %" PRIu64 " has no end", s->records + 1);
	if (x->r == 0 && tree_differs(x->tree))
		problem_add(s->problems, "journal/tree is not the tree over the records; a restart of the gate makes it anew");
	if (j->why[0] && json_array_size(s->problems) == x->before)
		problem_add(s->problems, "%s", j->why);
	if (!j->why[0] && (s->records != j->records || strcmp(s->head, j->head) != 0))
		problem_add(s->problems, "the journal ends with record %" PRIu64 ", but the last one written was %" PRIu64,
			s->records, j->records);
}

/* What came since it was begun is in the file before its end is looked for. */
bool journal_look_on(struct journal_look *x)
{
	if (x->r >= 0 && !x->j->why[0])
		x->r = settle(x->j, false);
	if (x->r >= 0)
		x->r = scan_on(x->j, &x->s, LOOK_LINES);
	if (x->r == 1)
		return true;
	look_end(x);
	return false;
}

void journal_look_free(struct journal_look *x)
{
	if (!x)
		return;
	checkpoints_free(&x->s.checks);
	tree_free(x->tree);
	free(x);
}

void journal_check(struct journal *j, json_t *problems)
{
	struct journal_look *x = journal_look(j, problems);

	if (!x)
		problem_add(problems, "the journal can't be read: %s", strerror(ENOMEM));
	while (x && journal_look_on(x))
		;
	journal_look_free(x);
}

static bool matches(const json_t *record, const json_t *filter)
{
	const char *key;
	json_t *want;

	json_object_foreach((json_t *)(uintptr_t)filter, key, want)
		if (!json_equal(json_object_get(record, key), want))
			return false;
	return true;
}

/* What a walk over some records takes along: their JSON, or their lines with proofs. */
struct walk {
	uint64_t from;
	size_t limit, bytes;
	const json_t *filter;
	uint64_t proofs; /* in the journal of so many records, with this root; 0: none */
	uint8_t root[MERKLE_HASH];
	json_t *items;
	uint64_t next; /* where to go on, or 0 */
	size_t read;   /* of those from `from` on */
};

static int item_add(struct journal *j, struct walk *w, const char *p, size_t len, json_t *record)
{
	uint64_t seq = (uint64_t)json_int(record, "seq");
	struct merkle_proof proof;
	int r;

	if (!w->proofs)
		return json_array_append(w->items, record) < 0 ? -ENOMEM : 0;
	r = tree_inclusion(j->tree, seq - 1, w->proofs, w->root, p, len, &proof);
	if (r < 0)
		return r;
	return json_array_append_new(w->items, json_pack("{s:I,s:s%,s:o}", "seq", (json_int_t)seq, "line", p, len, "path",
		proof_json(&proof))) < 0 ? -ENOMEM : 0;
}

/* The number that a line begins with, by which it need not be read; of one that begins otherwise it is no small one. */
static uint64_t line_seq(const char *p)
{
	static const char begin[] = "{\"seq\":";

	return strncmp(p, begin, sizeof(begin) - 1) == 0 ? strtoull(p + sizeof(begin) - 1, NULL, 10) : UINT64_MAX;
}

static int line_take(struct journal *j, struct walk *w, const char *p, size_t len)
{
	const uint64_t number = line_seq(p);
	auto_json json_t *record = NULL;
	int r;

	if (number >= w->from && number != UINT64_MAX && w->read++ == JOURNAL_WALK) {
		w->next = number;
		return 1;
	}
	if (number < w->from || json_parse(p, len, "journal", &record, NULL) < 0 ||
		json_int(record, "seq") < (json_int_t)w->from || !matches(record, w->filter))
		return 0;
	if (json_array_size(w->items) == w->limit || w->bytes >= RECORDS_BYTES) {
		w->next = (uint64_t)json_int(record, "seq");
		return 1;
	}
	w->bytes += len;
	r = item_add(j, w, p, len, record);
	if (r < 0 || w->proofs || json_array_size(w->items) < w->limit)
		return r;
	w->next = number < j->records ? number + 1 : 0; /* whether one of those matches is not looked for */
	return 1;
}

static int records_walk(struct journal *j, struct walk *w, struct spe_error *e)
{
	size_t mark = w->from ? (size_t)((w->from - 1) / JOURNAL_CHECKPOINT_EVERY) : 0, len;
	struct lines l;
	char *p;
	int r = j->why[0] ? 0 : settle(j, false);

	if (r < 0)
		return failed(r, e);
	if (mark >= j->marks && j->marks > 0)
		mark = j->marks - 1;
	r = lines_open(&l, j->fd, j->marks ? j->mark[mark] : 0);
	l.end = j->bytes;
	while (r == 0 && l.end > 0 && (r = lines_next(&l, &p, &len)) == 1)
		r = line_take(j, w, p, len);
	lines_close(&l);
	if (r == -EUCLEAN)
		return spe_fail(e, SPE_E_TAMPERED, "journal/tree is not the tree over the records that were written");
	if (r < 0 && r != -EBADMSG && r != -E2BIG)
		return spe_fail(e, SPE_E_INTERNAL, "can't read the journal: %s", strerror(-r));
	return 0;
}

int journal_records(struct journal *j, uint64_t from, size_t limit, const json_t *filter, json_t **ret, uint64_t *ret_next,
	struct spe_error *e)
{
	auto_json json_t *items = json_array();
	struct walk w = { .from = from, .limit = limit, .filter = filter, .items = items };
	int r = records_walk(j, &w, e);

	if (r == 0)
		*ret = json_incref(items);
	if (r == 0 && ret_next)
		*ret_next = w.next;
	return r;
}

/* The line of the checkpoint of so many records, the caller's, or NULL; and the root that it signs. The newest is in memory. */
static char *checkpoint_of(const struct journal *j, uint64_t size, uint8_t ret_root[MERKLE_HASH], int *ret_r)
{
	struct checkpoint c;
	char *p, *found = NULL;
	struct lines l;
	size_t len;
	int r;

	*ret_r = 0;
	if (j->newest && checkpoint_parse(j->newest, strlen(j->newest), &c, NULL) == 0 && c.size == size) {
		memcpy(ret_root, c.root, sizeof(c.root));
		return strdup(j->newest);
	}
	r = lines_open(&l, j->checks_fd, 0);
	while (r == 0 && !found && (r = lines_next(&l, &p, &len)) == 1) {
		r = 0;
		if (checkpoint_parse(p, len, &c, NULL) < 0 || c.size != size)
			continue;
		memcpy(ret_root, c.root, sizeof(c.root));
		found = strdup(p);
	}
	lines_close(&l);
	*ret_r = r;
	return found;
}

/* *ret_line, the caller's, and its root. */
static int checkpoint_want(const struct journal *j, uint64_t size, uint8_t ret_root[MERKLE_HASH], char **ret_line, struct spe_error *e)
{
	int r = 0;
	char *line = size <= j->records ? checkpoint_of(j, size, ret_root, &r) : NULL;

	if (r < 0 && r != -EBADMSG)
		return spe_fail(e, SPE_E_INTERNAL, "can't read the journal's checkpoints: %s", strerror(-r));
	if (!line)
		return spe_fail(e, SPE_E_TAMPERED, "journal/checkpoints.jsonl has no checkpoint of %" PRIu64 " records", size);
	*ret_line = line;
	return 0;
}

static int consistency_add(struct journal *j, uint64_t since, uint64_t size, json_t *out, struct spe_error *e)
{
	auto_free char *line = NULL;
	uint8_t root[MERKLE_HASH];
	struct merkle_proof proof;
	int r;

	if (since > size) /* whoever saw so many sees by the checkpoint that they are gone */
		return 0;
	r = checkpoint_want(j, size, root, &line, e);
	if (r < 0)
		return r;
	r = tree_consistency(j->tree, since, size, root, &proof);
	if (r == -EUCLEAN)
		return spe_fail(e, SPE_E_TAMPERED, "journal/tree is not the tree over the records that were written");
	if (r < 0 || json_object_set_new(out, "since", json_integer((json_int_t)since)) < 0 ||
		json_object_set_new(out, "consistency", proof_json(&proof)) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "can't read the journal's tree: %s", strerror(r < 0 ? -r : ENOMEM));
	return 0;
}

int journal_consistency(struct journal *j, const uint64_t *sizes, size_t count, bool now, json_t **ret, struct spe_error *e)
{
	auto_json json_t *proofs = json_array(), *out = NULL;
	size_t i;
	int r;

	if (j->why[0])
		return spe_fail(e, SPE_E_TAMPERED, "nothing is proven of this journal: %s", j->why);
	r = now ? journal_checkpoint(j, e) : journal_checks_sync(j, e); /* what is given out stands */
	for (i = 0; r == 0 && i < count; i++) {
		json_t *one = json_object();

		if (sizes[i] > 0 && sizes[i] <= j->checked) {
			r = consistency_add(j, sizes[i], j->checked, one, e);
			json_array_append(proofs, one);
		}
		json_decref(one);
	}
	if (r < 0)
		return r;
	out = json_pack("{s:s,s:O}", "checkpoint", j->newest ? j->newest : "", "proofs", proofs);
	if (!out)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	*ret = json_incref(out);
	return 0;
}

bool journal_news(const struct journal *j)
{
	return j->news;
}

int journal_evidence(struct journal *j, uint64_t from, size_t limit, const json_t *filter, uint64_t since, json_t **ret,
	struct spe_error *e)
{
	auto_json json_t *items = json_array(), *out = NULL;
	struct walk w = { .from = from, .limit = limit, .filter = filter, .items = items };
	int r;

	if (j->why[0])
		return spe_fail(e, SPE_E_TAMPERED, "nothing is proven of this journal: %s", j->why);
	r = journal_checkpoint(j, e);
	w.proofs = j->records;
	if (r == 0 && limit > 0 && tree_root(j->tree, w.root) == 0)
		r = records_walk(j, &w, e);
	if (r < 0)
		return r;
	out = json_pack("{s:s,s:s,s:s?,s:O}", "format", EVIDENCE_FORMAT, "gate", j->public_key, "checkpoint", j->newest,
		"records", items);
	if (!out || (w.next && json_object_set_new(out, "next", json_integer((json_int_t)w.next)) < 0))
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	r = since ? consistency_add(j, since, j->records, out, e) : 0;
	if (r == 0)
		*ret = json_incref(out);
	return r;
}

int journal_proof(struct journal *j, const uint64_t *seqs, size_t count, uint64_t size, json_t **ret, struct spe_error *e)
{
	auto_json json_t *items = json_array(), *out = NULL;
	auto_free char *line = NULL;
	uint8_t root[MERKLE_HASH];
	size_t i;
	int r;

	if (j->why[0])
		return spe_fail(e, SPE_E_TAMPERED, "nothing is proven of this journal: %s", j->why);
	r = checkpoint_want(j, size, root, &line, e);
	if (r < 0)
		return r;
	for (i = 0; i < count; i++) {
		struct walk w = { .from = seqs[i], .limit = 1, .proofs = size, .items = json_array() };

		memcpy(w.root, root, sizeof(w.root));
		r = records_walk(j, &w, e);
		if (r == 0 && (json_array_size(w.items) != 1 || json_int(json_array_get(w.items, 0), "seq") != (json_int_t)seqs[i]))
			r = spe_fail(e, SPE_E_TAMPERED, "the journal has no record %" PRIu64, seqs[i]);
		if (r == 0 && json_array_extend(items, w.items) < 0)
			r = spe_fail(e, SPE_E_INTERNAL, "out of memory");
		json_decref(w.items);
		if (r < 0)
			return r;
	}
	out = json_pack("{s:s,s:s,s:s,s:O}", "format", EVIDENCE_FORMAT, "gate", j->public_key, "checkpoint", line, "records", items);
	if (!out)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	*ret = json_incref(out);
	return 0;
}

uint64_t journal_signed(const struct journal *j)
{
	return j->checked;
}

uint64_t journal_size(const struct journal *j)
{
	return j->records;
}

off_t journal_bytes(const struct journal *j)
{
	return j->bytes;
}

const char *journal_told(const struct journal *j)
{
	return j->told;
}

const char *journal_head(const struct journal *j)
{
	return j->head;
}

const char *journal_tampered(const struct journal *j)
{
	return j->why[0] ? j->why : NULL;
}
