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

#define HASH_TAIL 75u          /* ,"hash":"64 digits"} */
#define TAIL (HASH_TAIL + 74u) /* and ,"prev":"64 digits" before it */
#define RECORDS_BYTES (1u << 20) /* of one answer */

struct journal {
	int dir, fd, checks_fd, tree_fd;
	struct tree *tree;
	uint8_t key[32];
	char public_key[SSHKEY_TEXT_MAX];
	int64_t (*now_ms)(void);
	uint64_t records, checked;
	off_t bytes, room;   /* of records; of the file, whose rest is NULs */
	char head[SHA256_TEXT];
	char origin[ORIGIN_MAX + 1];
	char *newest;        /* checkpoint's line, or NULL */
	bool unsynced;       /* the last records are not on disk yet */
	bool news;           /* see journal_news */
	char why[600];       /* not empty: the chain does not hold */
	off_t *mark;         /* where record 1, 1 + EVERY, ... begin, for reading from the middle */
	size_t marks, marks_room;
};

/* What a walk over the chain has seen so far. */
struct scan {
	uint64_t records;
	off_t bytes;          /* of whole lines */
	char head[SHA256_TEXT];
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

/* NULL where the line is the next of the chain, else what is wrong with it. */
static const char *line_check(const char *p, size_t len, uint64_t seq, const char *prev, char ret_hash[SHA256_TEXT])
{
	char start[40], hash[SHA256_TEXT];
	size_t n = (size_t)snprintf(start, sizeof(start), "{\"seq\":%" PRIu64 ",", seq);

	if (len < TAIL + n || memcmp(p + len - HASH_TAIL, ",\"hash\":\"", 9) != 0 ||
		memcmp(p + len - 2, "\"}", 2) != 0)
		return "has no hash where one belongs";
	memcpy(ret_hash, p + len - HASH_TAIL + 9, SHA256_TEXT - 1);
	ret_hash[SHA256_TEXT - 1] = '\0';
	if (sha256_text(p, len - HASH_TAIL, hash) < 0 || strcmp(hash, ret_hash) != 0)
		return "does not have the hash that it names";
	if (memcmp(p + len - TAIL, ",\"prev\":\"", 9) != 0 ||
		memcmp(p + len - TAIL + 9, prev, SHA256_TEXT - 1) != 0)
		return "does not follow the line before it";
	return memcmp(p, start, n) == 0 ? NULL : "does not have the number after the line before it";
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
	own_seen(s, p, len);
	return r;
}

/* Runs of NULs in what lies behind the last whole line. */
struct tail {
	off_t begin, at, full; /* full: behind its last byte that is no NUL */
	off_t zero;            /* where the run began, or -1 */
	bool odd;              /* a run that no power cut leaves */
	bool holes;
};

/* What a power cut left unwritten are sectors, of which the smallest have 512 bytes. */
#define SECTOR 512

static void tail_byte(struct tail *t, bool nul)
{
	if (nul && t->zero < 0)
		t->zero = t->at;
	if (!nul && t->zero >= 0) {
		t->holes = true;
		t->odd |= (t->zero != t->begin && t->zero % SECTOR != 0) || t->at % SECTOR != 0;
		t->zero = -1;
	}
	t->at++;
	if (!nul)
		t->full = t->at;
}

static int tail_read(int fd, struct tail *t)
{
	char piece[65536];
	ssize_t n, i;

	do {
		n = pread(fd, piece, sizeof(piece), t->at);
		for (i = 0; i < n; i++)
			tail_byte(t, piece[i] == '\0');
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -errno : 0;
}

/* All of the last lines that are not whole: the beginning of one, or with sectors that were not written. Whatever else
 * is there no crash has left: a line is written with its newline at once, so a torn one is never all and another byte. */
static int tail_check(const struct journal *j, struct scan *s)
{
	struct tail t = { .begin = s->bytes, .at = s->bytes, .full = s->bytes, .zero = -1 };
	char hash[SHA256_TEXT];
	auto_free char *line = NULL;
	size_t len;
	int r = tail_read(j->fd, &t);

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

static int lines_scan(struct journal *j, struct scan *s)
{
	struct lines l;
	size_t len = 0;
	char *p = NULL;
	int r = lines_open(&l, j->fd, 0);

	while (r == 0 && (r = lines_next(&l, &p, &len)) == 1 && !memchr(p, '\0', len))
		r = scan_line(s, p, len);
	lines_close(&l);
	return r == -EBADMSG || r == -E2BIG || r == 1 ? tail_check(j, s) : r;
}

/* tree: takes the leaves. */
static int scan(struct journal *j, struct scan *s, struct tree *tree, bool all)
{
	int r;

	s->tree = tree;
	memcpy(s->head, first, sizeof(first));
	r = checkpoints_load(j->checks_fd, j->public_key, all, &s->checks, s->problems);
	if (r == 0)
		r = lines_scan(j, s);
	if (r == 0)
		r = tree_flush(tree);
	if (s->checks.next < s->checks.count)
		problem_add(s->problems, "the journal has %" PRIu64 " records, but a signed checkpoint says %" PRIu64
			": it was cut", s->records, s->checks.p[s->checks.next].size);
	return r;
}

/* ---- opening ---- */

/* The torn last line was never answered for: it goes, and a record says so. */
static int torn_cut(struct journal *j, const struct scan *s, struct spe_error *e)
{
	auto_json json_t *record = json_pack("{s:s,s:s,s:s,s:{s:I}}", "actor", JOURNAL_ACTOR, "role", "gate",
		"action", "journal.recovered", "object", "bytes", (json_int_t)s->torn);

	if ((s->checks.torn && ftruncate(j->checks_fd, s->checks.whole) < 0) ||
		ftruncate(j->fd, s->bytes) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "can't cut a torn line of the journal: %s", strerror(errno));
	j->room = s->bytes;
	return s->torn ? journal_append(j, record, "ok", NULL, NULL, e) : 0;
}

static int chain_read(struct journal *j, journal_seen_fn *seen, void *arg, struct spe_error *e)
{
	auto_json json_t *problems = json_array();
	struct scan s = { .problems = problems, .seen = seen, .arg = arg, .mark = j };
	int r = scan(j, &s, j->tree, false);

	j->records = s.records;
	j->bytes = s.bytes;
	memcpy(j->head, s.head, sizeof(j->head));
	j->checked = s.checks.count ? s.checks.p[s.checks.count - 1].size : 0;
	j->newest = spe_take_ptr(&s.checks.newest);
	j->news = j->records > j->checked;
	if (r < 0)
		r = spe_fail(e, SPE_E_INTERNAL, "can't read the journal: %s", strerror(-r));
	else if (json_array_size(problems) > 0)
		snprintf(j->why, sizeof(j->why), "%s", json_string_value(json_array_get(problems, 0)));
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

void journal_free(struct journal *j)
{
	if (!j)
		return;
	if (j->room > j->bytes && !j->why[0] && ftruncate(j->fd, j->bytes) < 0)
		j->room = 0; /* the NULs stay, which the next start expects as well */
	tree_free(j->tree);
	spe_close_fd(&j->dir);
	spe_close_fd(&j->fd);
	spe_close_fd(&j->checks_fd);
	spe_close_fd(&j->tree_fd);
	free(j->newest);
	explicit_bzero(j->key, sizeof(j->key));
	free(j->mark);
	free(j);
}

/* ---- writing ---- */

static int text_add(const char *p, size_t n, void *b)
{
	buf_add(b, p, n);
	return 0;
}

/* ,"NAME":VALUE, null where it is missing. Written straight into the line: a record with its name copied into another object
 * first costs as much again as its hash. */
static void field_add(struct buf *b, const json_t *record, const char *name)
{
	const json_t *v = json_object_get(record, name);

	buf_str(b, ",\"");
	buf_str(b, name);
	buf_str(b, "\":");
	if (!v)
		buf_str(b, "null");
	else if (json_dump_callback(v, text_add, b, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENCODE_ANY) < 0)
		b->bad = true;
}

/* The line without its hash and closing brace. */
static void line_text(struct journal *j, const json_t *record, const char *outcome, struct buf *b)
{
	static const char *const fields[] = { "actor", "role", "action", "workspace", "permit_version", "object" };
	auto_json json_t *ended = json_pack("{s:s}", "outcome", outcome);
	char now[TIME_TEXT];
	size_t i;

	time_text(now, j->now_ms(), true);
	buf_fmt(b, "{\"seq\":%" PRIu64 ",\"time\":\"%s\"", j->records + 1, now);
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		field_add(b, record, fields[i]);
	field_add(b, ended, "outcome");
	buf_str(b, ",\"prev\":\"");
	buf_str(b, j->head);
	buf_str(b, "\"");
	b->bad |= !ended;
}

/* More NULs behind the last record. Where there is no room for them the file grows with each record, while it can. */
static void room_make(struct journal *j, size_t len)
{
	static const char nuls[65536];
	size_t i;

	if (j->room >= j->bytes + (off_t)len)
		return;
	for (i = 0; i < JOURNAL_ROOM / sizeof(nuls); i++)
		if (io_write_at(j->fd, nuls, sizeof(nuls), j->bytes + (off_t)(i * sizeof(nuls))) < 0)
			break;
	j->room = j->bytes + (off_t)(i * sizeof(nuls));
}

/* All of it, or the file ends with the record before. */
static int line_write(struct journal *j, const char *p, size_t len, bool sync)
{
	int r;

	room_make(j, len);
	r = io_write_at(j->fd, p, len, j->bytes);
	if (r == 0 && sync && fdatasync(j->fd) < 0)
		r = -errno;
	if (r == 0)
		return 0;
	j->room = j->bytes;
	return ftruncate(j->fd, j->bytes) < 0 || fdatasync(j->fd) < 0 ? -EUCLEAN : r;
}

/* b: the line with its hash and newline. */
static int line_add(struct journal *j, const struct buf *b, const char *hash, bool sync, struct spe_error *e)
{
	int r;

	if (b->bad || mark_add(j, j->records + 1, j->bytes) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	if (b->len > JOURNAL_LINE_MAX)
		return spe_fail(e, SPE_E_TOO_LARGE, "a journal record has %zu bytes; at most %u are taken", b->len,
			JOURNAL_LINE_MAX);
	r = line_write(j, b->p, b->len, sync);
	if (r == -EUCLEAN)
		snprintf(j->why, sizeof(j->why), "a half written record could not be taken back");
	if (r < 0)
		return spe_fail(e, SPE_E_INTERNAL, "can't write the journal: %s", strerror(-r));
	if (tree_add(j->tree, b->p, b->len - 1) < 0)
		snprintf(j->why, sizeof(j->why), "the tree over its records could not go on");
	j->unsynced = !sync;
	j->records++;
	j->bytes += (off_t)b->len;
	memcpy(j->head, hash, sizeof(j->head));
	return 0;
}

/* After a sync: what it says has to be on disk before it. Where it fails the record stands, and the next one tries again. */
static void checkpoint_due(struct journal *j)
{
	if (j->records - j->checked >= JOURNAL_CHECKPOINT_EVERY)
		journal_checkpoint(j, NULL);
}

static int append(struct journal *j, const json_t *record, const char *outcome, bool sync, char ret_hash[SHA256_TEXT],
	struct spe_error *e)
{
	auto_buf struct buf b = { 0 };
	char hash[SHA256_TEXT];
	size_t marks = j->marks;
	int r;

	if (j->why[0])
		return spe_fail(e, SPE_E_TAMPERED, "the journal takes no more records: %s", j->why);
	line_text(j, record, outcome, &b);
	if (b.bad || sha256_text(b.p, b.len, hash) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "a journal record can't be made");
	buf_str(&b, ",\"hash\":\"");
	buf_str(&b, hash);
	buf_str(&b, "\"}\n");
	r = line_add(j, &b, hash, sync, e);
	if (r < 0) {
		j->marks = marks;
		return r;
	}
	j->news |= strncmp(json_str(record, "action"), "checkpoint.", 11) != 0;
	if (ret_hash)
		memcpy(ret_hash, hash, sizeof(hash));
	if (sync)
		checkpoint_due(j);
	return 0;
}

int journal_append(struct journal *j, const json_t *record, const char *outcome, uint64_t *ret_seq,
	char ret_hash[SHA256_TEXT], struct spe_error *e)
{
	int r = append(j, record, outcome, true, ret_hash, e);

	if (r == 0 && ret_seq)
		*ret_seq = j->records;
	return r;
}

int journal_append_later(struct journal *j, const json_t *record, const char *outcome, struct spe_error *e)
{
	return append(j, record, outcome, false, NULL, e);
}

static int records_sync(struct journal *j, struct spe_error *e)
{
	if (j->unsynced && fdatasync(j->fd) < 0) {
		snprintf(j->why, sizeof(j->why), "its last records could not be written to disk");
		return spe_fail(e, SPE_E_INTERNAL, "can't write the journal: %s", strerror(errno));
	}
	j->unsynced = false;
	return 0;
}

int journal_sync(struct journal *j, struct spe_error *e)
{
	int r = records_sync(j, e);

	if (r == 0)
		checkpoint_due(j);
	return r;
}

int journal_checkpoint(struct journal *j, struct spe_error *e)
{
	struct checkpoint c = { .size = j->records };
	char now[TIME_TEXT], *line;
	int r;

	if (j->why[0] || j->records == 0 || j->checked == j->records)
		return 0;
	r = records_sync(j, e);
	if (r < 0)
		return r;
	memcpy(c.hash, j->head, sizeof(c.hash));
	memcpy(c.origin, j->origin, sizeof(c.origin));
	time_text(now, j->now_ms(), false);
	r = tree_root(j->tree, c.root);
	if (r == 0)
		r = checkpoint_write(j->checks_fd, j->key, &c, now, &line);
	if (r < 0)
		return spe_fail(e, SPE_E_INTERNAL, "can't write a checkpoint: %s", strerror(-r));
	free(j->newest);
	j->newest = line;
	j->checked = j->records;
	j->news = false;
	return 0;
}

/* ---- reading ---- */

void journal_check(struct journal *j, json_t *problems)
{
	struct scan s = { .problems = problems };
	size_t before = json_array_size(problems);
	struct tree *tree = NULL;
	int r = tree_flush(j->tree);

	if (r == 0)
		r = tree_open(&tree, j->tree_fd, TREE_COMPARE);
	if (r == 0)
		r = scan(j, &s, tree, true);
	checkpoints_free(&s.checks);
	if (r < 0)
		problem_add(problems, "the journal can't be read: %s", strerror(-r));
	if (s.torn)
		problem_add(problems, "journal line %" PRIu64 " has no end", s.records + 1);
	if (r == 0 && tree_differs(tree))
		problem_add(problems, "journal/tree is not the tree over the records; a restart of the gate makes it anew");
	tree_free(tree);
	if (j->why[0] && json_array_size(problems) == before)
		problem_add(problems, "%s", j->why);
	if (!j->why[0] && (s.records != j->records || strcmp(s.head, j->head) != 0))
		problem_add(problems, "the journal ends with record %" PRIu64 ", but the last one written was %" PRIu64,
			s.records, j->records);
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
	uint64_t proofs; /* in the journal of so many records; 0: none */
	json_t *items;
	uint64_t next; /* where to go on, or 0 */
};

static int item_add(struct journal *j, struct walk *w, const char *p, size_t len, json_t *record)
{
	uint64_t seq = (uint64_t)json_int(record, "seq");
	struct merkle_proof proof;
	int r;

	if (!w->proofs)
		return json_array_append(w->items, record) < 0 ? -ENOMEM : 0;
	r = tree_inclusion(j->tree, seq - 1, w->proofs, p, len, &proof);
	if (r < 0)
		return r;
	return json_array_append_new(w->items, json_pack("{s:I,s:s%,s:o}", "seq", (json_int_t)seq, "line", p, len, "path",
		proof_json(&proof))) < 0 ? -ENOMEM : 0;
}

static int line_take(struct journal *j, struct walk *w, const char *p, size_t len)
{
	auto_json json_t *record = NULL;
	int r;

	if (json_parse(p, len, "journal", &record, NULL) < 0 || json_int(record, "seq") < (json_int_t)w->from ||
		!matches(record, w->filter))
		return 0;
	if (json_array_size(w->items) == w->limit || w->bytes >= RECORDS_BYTES) {
		w->next = (uint64_t)json_int(record, "seq");
		return 1;
	}
	w->bytes += len;
	r = item_add(j, w, p, len, record);
	return r < 0 || w->proofs ? r : json_array_size(w->items) == w->limit;
}

static int records_walk(struct journal *j, struct walk *w, struct spe_error *e)
{
	size_t mark = w->from ? (size_t)((w->from - 1) / JOURNAL_CHECKPOINT_EVERY) : 0, len;
	struct lines l;
	char *p;
	int r;

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

int journal_records(struct journal *j, uint64_t from, size_t limit, const json_t *filter, json_t **ret,
	struct spe_error *e)
{
	auto_json json_t *items = json_array();
	struct walk w = { .from = from, .limit = limit, .filter = filter, .items = items };
	int r = records_walk(j, &w, e);

	if (r == 0)
		*ret = json_incref(items);
	return r;
}

static int consistency_add(struct journal *j, uint64_t since, uint64_t size, json_t *out, struct spe_error *e)
{
	struct merkle_proof proof;
	int r;

	if (since > size) /* whoever saw so many sees by the checkpoint that they are gone */
		return 0;
	r = tree_consistency(j->tree, since, size, &proof);
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
	r = now ? journal_checkpoint(j, e) : 0;
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
	if (r == 0 && limit > 0)
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

/* The line of the checkpoint of so many records, or NULL; the caller's. */
static char *checkpoint_of(const struct journal *j, uint64_t size, int *ret_r)
{
	struct checkpoint c;
	char *p, *found = NULL;
	struct lines l;
	size_t len;
	int r = lines_open(&l, j->checks_fd, 0);

	while (r == 0 && !found && (r = lines_next(&l, &p, &len)) == 1) {
		r = 0;
		if (checkpoint_parse(p, len, &c, NULL) == 0 && c.size == size)
			found = strdup(p);
	}
	lines_close(&l);
	*ret_r = r;
	return found;
}

int journal_proof(struct journal *j, const uint64_t *seqs, size_t count, uint64_t size, json_t **ret, struct spe_error *e)
{
	auto_json json_t *items = json_array(), *out = NULL;
	auto_free char *line = NULL;
	size_t i;
	int r = 0;

	if (j->why[0])
		return spe_fail(e, SPE_E_TAMPERED, "nothing is proven of this journal: %s", j->why);
	line = size <= j->records ? checkpoint_of(j, size, &r) : NULL;
	if (r < 0 && r != -EBADMSG)
		return spe_fail(e, SPE_E_INTERNAL, "can't read the journal's checkpoints: %s", strerror(-r));
	if (!line)
		return spe_fail(e, SPE_E_TAMPERED, "journal/checkpoints.jsonl has no checkpoint of %" PRIu64 " records", size);
	for (i = 0; i < count; i++) {
		struct walk w = { .from = seqs[i], .limit = 1, .proofs = size, .items = json_array() };

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

uint64_t journal_size(const struct journal *j)
{
	return j->records;
}

off_t journal_bytes(const struct journal *j)
{
	return j->bytes;
}

const char *journal_head(const struct journal *j)
{
	return j->head;
}

const char *journal_tampered(const struct journal *j)
{
	return j->why[0] ? j->why : NULL;
}
