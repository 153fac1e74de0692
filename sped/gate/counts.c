/* gate/counts.c - what leaves under a permit: its budget, and what all of it counts, for differencing; see room.h.
 * Sets of counts are merged as streams, so that no history is ever in memory. Which releases there are, and in which
 * order, the journal says; counts/PERMIT/ only keeps their merged set from being made anew for every check. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/counts.h"
#include "spe/verdict.h"
#include "sped/base/buf.h"
#include "sped/gate/room.h"

#define DAY_S 86400
#define EXPORTS_DAY 10 /* times permit-exports: more than people read, few enough to be kept for years */
#define PIECE 512   /* entries of a stream in memory */
#define MERGED 64   /* streams at once; more are merged in turns */

/* ---- what was asked for and released ---- */

json_t *leaving_pack(const struct gate *g, const char *export, const json_t *files)
{
	json_int_t bytes = 0;
	json_t *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)files, i, one)
		bytes += json_int(one, "size");
	return json_pack("{s:s,s:I,s:I,s:I}", "export", export, "unix_time", (json_int_t)(g->now_ms() / 1000), "count",
		(json_int_t)json_array_size(files), "bytes", bytes);
}

/* The list of that name, made where it is not there; NULL where memory is out. */
static json_t *list_of(struct gate *g, const char *permit, const char *what)
{
	json_t *both = json_object_get(g->permits, permit);

	if (!both) {
		both = json_pack("{s:[],s:[]}", "released", "asked");
		if (json_object_set_new(g->permits, permit, both) < 0)
			return NULL;
	}
	return json_object_get(both, what);
}

int leaving_seen(struct gate *g, const json_t *record)
{
	const char *action = json_str(record, "action"), *what = strcmp(action, "export.release") == 0 ? "released" : "asked";
	const json_t *object = json_object_get(record, "object");
	json_t *list;

	if (strcmp(action, "export.release") != 0 && strcmp(action, "export.request") != 0)
		return 0;
	list = list_of(g, json_str(record, "workspace"), what);
	return json_array_append_new(list, json_pack("{s:s,s:O*,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "export", json_str(object, "export"), "job",
			json_object_get(object, "job"), "unix_time",
			json_int(object, "unix_time"), "count", json_int(object, "count"), "bytes", json_int(object, "bytes"), "registry",
			json_int(object, "registry"), "valid_at", json_int(object, "valid_at"), "checkpoint", json_int(object, "checkpoint"), "permit_version",
			json_int(object, "permit_version"))) < 0 ? -ENOMEM : 0;
}

static const json_t *list_have(const struct gate *g, const char *permit, const char *what)
{
	return json_object_get(json_object_get(g->permits, permit), what);
}

size_t history_epoch(const struct gate *g, const char *permit)
{
	return json_array_size(list_have(g, permit, "released"));
}

const char *released_id(const struct gate *g, const char *permit, size_t i)
{
	return json_str(json_array_get(list_have(g, permit, "released"), i), "export");
}

const json_t *export_released(const struct gate *g, const struct export *x)
{
	const json_t *list = list_have(g, json_str(x->request, "workspace"), "released");
	json_t *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, one)
		if (strcmp(json_str(one, "export"), x->id) == 0)
			return one;
	return NULL;
}

size_t asked_count(const struct gate *g, const char *permit)
{
	return json_array_size(list_have(g, permit, "asked"));
}

const char *asked_id(const struct gate *g, const char *permit, size_t i)
{
	return json_str(json_array_get(list_have(g, permit, "asked"), i), "export");
}

bool asked_may_be_of(const struct gate *g, const char *permit, size_t i, const char *job)
{
	const char *of = json_str(json_array_get(list_have(g, permit, "asked"), i), "job");

	return !*of || strcmp(of, job) == 0;
}

int asked_is_of(struct gate *g, const char *permit, size_t i, const char *job, struct spe_error *e)
{
	return json_object_set_new(json_array_get(list_have(g, permit, "asked"), i), "job", json_string(job)) < 0 ? gate_memory(e) : 0;
}

/* ---- the budget ---- */

struct spent {
	int64_t files, bytes, releases;
	int64_t oldest; /* when the first of it was released; 0: it waits */
};

static void spend(struct spent *s, const json_t *one)
{
	s->files += json_int(one, "count");
	s->bytes += json_int(one, "bytes");
	s->releases++;
}

static bool is_recent(const struct gate *g, const json_t *one)
{
	return json_int(one, "unix_time") > g->now_ms() / 1000 - DAY_S;
}

/* Asked for, and on its way out: else many requests at once would each find the whole budget. What can't be read counts. */
static bool is_under_way(const struct gate *g, const json_t *one)
{
	auto_export struct export x = { .request = NULL };
	int r = export_load(g, json_str(one, "export"), &x, NULL);

	if (r < 0)
		return r != -SPE_E_NOT_FOUND; /* its record was undone */
	return export_is(&x, "checking") || export_is(&x, "pending") || export_is(&x, "approved");
}

/* What is over can wait no more: of most the journal's index says so. */
static bool is_over(const struct gate *g, const char *id)
{
	char path[STORE_PATH];

	snprintf(path, sizeof(path), "releases/%s.tar", id);
	return store_has(g, path) || export_sha256(g, id, "withdrawn.json") || !export_sha256(g, id, "request.json");
}

/* As far as is known without reading it. */
static bool may_wait(const struct gate *g, const json_t *one)
{
	const char *id = json_str(one, "export");

	return !is_over(g, id) && !json_object_get(g->ended, id);
}

/* What is blocked, rejected or returned is remembered: it will not wait again. */
static bool is_waiting(struct gate *g, const json_t *one)
{
	return may_wait(g, one) && (is_under_way(g, one) || json_object_set_new(g->ended, json_str(one, "export"), json_true()) < 0);
}

/* Nothing is asked when it is released: so what waits counts for as long as it does, and no 24 hours see more leave.
 * most: what may wait counts too, and none of it is read. */
static void spent_today(struct gate *g, const char *permit, bool most, struct spent *s)
{
	const json_t *one;
	size_t i;

	*s = (struct spent){ 0 };
	json_array_foreach((json_t *)(uintptr_t)list_have(g, permit, "released"), i, one)
		if (is_recent(g, one)) {
			spend(s, one);
			if (s->oldest == 0 || json_int(one, "unix_time") < s->oldest)
				s->oldest = json_int(one, "unix_time");
		}
	json_array_foreach((json_t *)(uintptr_t)list_have(g, permit, "asked"), i, one)
		if (most ? may_wait(g, one) : is_waiting(g, one))
			spend(s, one);
}

static int over(const struct gate *g, const char *permit, const struct policy *p, const struct spent *s, int64_t spent,
	int64_t more, int64_t most, const char *what, struct spe_error *e)
{
	char when[TIME_TEXT];

	if (most == 0 || spent + more <= most)
		return 0;
	spe_fail(e, SPE_E_REFUSED, "policy %s lets %" PRId64 " %s leave in 24 hours under permit %s; %" PRId64
		" have left or are on their way, and this request has %" PRId64, p->name, most, what, permit, spent, more);
	time_text(when, (s->oldest + DAY_S) * 1000, false);
	if (more > most)
		spe_remedy(e, "ask for less in one request");
	else if (s->oldest == 0)
		spe_remedy(e, "ask for less, withdraw a request, or ask again when some are decided");
	else
		spe_remedy(e, "ask for less, withdraw a request, or ask again after %s", when);
	return -SPE_E_REFUSED;
}

static int over_any(const struct gate *g, const char *permit, const struct policy *p, const struct spent *s, size_t files, uint64_t bytes,
	struct spe_error *e)
{
	TRY(over(g, permit, p, s, s->files, (int64_t)files, p->day_files, "files", e));
	TRY(over(g, permit, p, s, s->bytes, (int64_t)bytes, p->day_bytes, "bytes", e));
	return over(g, permit, p, s, s->releases, 1, p->day_releases, "exports", e);
}

int budget_check(struct gate *g, const char *permit, const struct policy *p, size_t files, uint64_t bytes,
	struct spe_error *e)
{
	struct spent s;

	if (p->max_files > 0 && (int64_t)files > p->max_files) {
		spe_fail(e, SPE_E_REFUSED, "request.files has %zu outputs; policy %s takes at most %" PRId64 " in one request", files,
			p->name, p->max_files);
		spe_remedy(e, "ask for them in several requests");
		return -SPE_E_REFUSED;
	}
	if (p->day_files == 0 && p->day_bytes == 0 && p->day_releases == 0)
		return 0;
	spent_today(g, permit, true, &s);
	if (over_any(g, permit, p, &s, files, bytes, NULL) == 0) /* even if all of it waits */
		return 0;
	spent_today(g, permit, false, &s);
	return over_any(g, permit, p, &s, files, bytes, e);
}

int waiting_check(struct gate *g, const char *permit, int64_t most, struct spe_error *e)
{
	const json_t *asked = list_have(g, permit, "asked"), *one;
	int64_t waiting = 0;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)asked, i, one)
		waiting += may_wait(g, one);
	if (waiting < most) /* even if all of them did */
		return 0;
	waiting = 0;
	json_array_foreach((json_t *)(uintptr_t)asked, i, one)
		waiting += is_waiting(g, one);
	if (waiting < most)
		return 0;
	spe_fail(e, SPE_E_QUOTA, "%" PRId64 " exports of permit %s wait for checks or decisions, and %" PRId64 " may (permit-exports in sped.conf)", waiting,
		permit, most);
	spe_remedy(e, "try: again when some are decided, or spe-cli export withdraw EXPORT");
	return -SPE_E_QUOTA;
}

/* What is blocked or withdrawn at once waits for nothing, and is kept for as long as the gate is. */
int asked_check(const struct gate *g, const char *permit, int64_t most, struct spe_error *e)
{
	const json_t *asked = list_have(g, permit, "asked"), *one;
	int64_t today = 0, oldest = INT64_MAX;
	char when[TIME_TEXT];
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)asked, i, one)
		if (is_recent(g, one) && export_sha256(g, json_str(one, "export"), "request.json")) {
			today++;
			oldest = json_int(one, "unix_time") < oldest ? json_int(one, "unix_time") : oldest;
		}
	if (today < EXPORTS_DAY * most)
		return 0;
	spe_fail(e, SPE_E_QUOTA, "%" PRId64 " exports of permit %s were asked for in 24 hours, and %d times as many may be as may wait (%" PRId64
		", permit-exports in sped.conf)", today, permit, EXPORTS_DAY, most);
	time_text(when, (oldest + DAY_S) * 1000, false);
	spe_remedy(e, "try: again after %s", when);
	return -SPE_E_QUOTA;
}

/* ---- streams of counts ---- */

struct stream {
	int fd;
	uint64_t at, left;   /* bytes, entries not read yet */
	uint16_t file;       /* what "file" becomes */
	size_t n, i;
	struct count piece[PIECE];
};

/* The order of policy/counts.c. */
static int compare(const struct count *x, const struct count *y)
{
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	if (x->base != y->base)
		return x->base < y->base ? -1 : 1;
	return (x->file > y->file) - (x->file < y->file);
}

/* The next entry, or NULL at the end; *ret_r says where it can't be read. */
static const struct count *stream_head(struct stream *s, int *ret_r)
{
	size_t want = s->left < PIECE ? (size_t)s->left : PIECE, got = 0, i;

	if (s->i < s->n)
		return &s->piece[s->i];
	if (want == 0)
		return NULL;
	while (got < want * sizeof(struct count)) {
		ssize_t n = pread(s->fd, (char *)s->piece + got, want * sizeof(struct count) - got, (off_t)(s->at + got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			*ret_r = n < 0 ? -errno : -EBADMSG;
			return NULL;
		}
		got += (size_t)n;
	}
	for (i = 0; i < want; i++)
		s->piece[i].file = s->file;
	s->at += got;
	s->left -= want;
	s->n = want;
	s->i = 0;
	return s->piece;
}

struct writer {
	int fd;
	size_t n;
	uint64_t entries;
	struct count last, piece[PIECE];
};

static int writer_flush(struct writer *w)
{
	int r = io_write_all(w->fd, w->piece, w->n * sizeof(struct count));

	w->n = 0;
	return r;
}

static int writer_put(struct writer *w, const struct count *c)
{
	if (w->entries > 0 && compare(&w->last, c) == 0)
		return 0;
	w->last = *c;
	w->entries++;
	w->piece[w->n++] = *c;
	return w->n == PIECE ? writer_flush(w) : 0;
}

static struct stream *stream_least(struct stream *s, size_t n, const struct count **ret, int *ret_r)
{
	struct stream *least = NULL;
	size_t i;

	*ret = NULL;
	for (i = 0; i < n && *ret_r == 0; i++) {
		const struct count *head = stream_head(&s[i], ret_r);

		if (head && (!*ret || compare(head, *ret) < 0)) {
			*ret = head;
			least = &s[i];
		}
	}
	return least;
}

static int streams_merge(struct stream *s, size_t n, struct writer *w)
{
	const struct count *head;
	struct stream *from;
	int r = 0;

	while ((from = stream_least(s, n, &head, &r)) && r == 0) {
		r = writer_put(w, head);
		from->i++;
		if (r < 0)
			break;
	}
	return r == 0 ? writer_flush(w) : r;
}

/* ---- files of counts ---- */

static int tmp_new(const struct gate *g, const char *name)
{
	auto_close int tmp = io_openat(g->dir, "tmp", O_RDONLY | O_DIRECTORY, 0);

	return tmp < 0 ? tmp : io_openat(tmp, name, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
}

/* Read only, for a task; no name leads to it any more. */
static int tmp_last(const struct gate *g, const char *name)
{
	auto_close int tmp = io_openat(g->dir, "tmp", O_RDONLY | O_DIRECTORY, 0);
	int fd = tmp < 0 ? tmp : io_openat(tmp, name, O_RDONLY | O_NOFOLLOW, 0);

	if (fd >= 0)
		unlinkat(tmp, name, 0);
	return fd;
}

static int counts_odd(struct spe_error *e)
{
	return spe_fail(e, SPE_E_INPUT, "the checker's counts are no set of counts");
}

/* Sorted, without doubles, and of known kinds: what is merged later has to be. */
static int take_checked(struct stream *s, struct writer *w, struct spe_error *e)
{
	const struct count *c;
	int r = 0;

	while ((c = stream_head(s, &r))) {
		if (c->kind > COUNT_DROPPED || (w->entries > 0 && compare(&w->last, c) >= 0))
			return counts_odd(e);
		r = writer_put(w, c);
		if (r < 0)
			break;
		s->i++;
	}
	if (r == 0)
		r = writer_flush(w);
	return r < 0 ? gate_fail(e, "keep counts", r) : 0;
}

int counts_take(const struct gate *g, int fd, uint64_t at, uint64_t entries, const char *name, char ret_sha256[SHA256_TEXT],
	struct spe_error *e)
{
	auto_free struct stream *s = calloc(1, sizeof(*s));
	auto_free struct writer *w = calloc(1, sizeof(*w));
	auto_close int to = tmp_new(g, name);
	int r;

	if (!s || !w)
		return gate_memory(e);
	if (to < 0)
		return gate_fail(e, "keep counts", to);
	s->fd = fd;
	s->at = at;
	s->left = entries;
	w->fd = to;
	TRY(take_checked(s, w, e));
	r = sha256_fd_text(to, ret_sha256, NULL); /* whoever puts it into its place syncs it */
	return r < 0 ? gate_fail(e, "keep counts", r) : 0;
}

struct merge {
	const struct gate *g;
	struct stream *s; /* MERGED of them; the first is what was merged before */
	size_t n;
	bool turn;        /* which temporary file is written next */
	uint64_t entries;
};

static void merge_free(struct merge *m)
{
	size_t i;

	for (i = 0; m->s && i < m->n; i++)
		spe_close_fd(&m->s[i].fd);
	free(m->s);
}
#define auto_merge __attribute__((cleanup(merge_free)))

static const char *merge_name(const struct merge *m)
{
	return m->turn ? "counts.b" : "counts.a";
}

static int merge_begin(struct merge *m, const struct gate *g, struct spe_error *e)
{
	m->g = g;
	m->s = calloc(MERGED, sizeof(*m->s));
	return m->s ? 0 : gate_memory(e);
}

/* fd is the merge's from here on. */
static int merge_add(struct merge *m, int fd, uint16_t file, struct spe_error *e)
{
	struct stat st;

	m->s[m->n] = (struct stream){ .fd = fd, .file = file };
	m->n++;
	if (fstat(fd, &st) < 0 || st.st_size % (off_t)sizeof(struct count))
		return counts_odd(e);
	m->s[m->n - 1].left = (uint64_t)st.st_size / sizeof(struct count);
	return 0;
}

/* All streams become one, in a temporary file, whose name is merge_name's before the call. */
static int merge_down(struct merge *m, struct spe_error *e)
{
	auto_free struct writer *w = calloc(1, sizeof(*w));
	int fd = tmp_new(m->g, merge_name(m)), r;

	if (fd < 0)
		return gate_fail(e, "merge counts", fd);
	if (w)
		w->fd = fd;
	r = w ? streams_merge(m->s, m->n, w) : -ENOMEM;
	while (m->n > 0)
		spe_close_fd(&m->s[--m->n].fd);
	if (r < 0) {
		close(fd);
		return gate_fail(e, "merge counts", r);
	}
	m->entries = w->entries;
	m->turn = !m->turn;
	return merge_add(m, fd, 0, e);
}

/* check-N.counts of one file of an export, where it has any. file: what its entries are told to be of. */
static int merge_file(struct merge *m, const char *export, size_t index, uint16_t file, struct spe_error *e)
{
	char path[STORE_PATH];
	int fd;

	snprintf(path, sizeof(path), "exports/%s/check-%zu.counts", export, index);
	if (!store_has(m->g, path))
		return 0;
	if (m->n == MERGED)
		TRY(merge_down(m, e));
	fd = store_open_file(m->g, path, NULL, e);
	return fd < 0 ? fd : merge_add(m, fd, file, e);
}

int siblings_open(const struct gate *g, const char *export, size_t index, int *ret_fd, struct spe_error *e)
{
	auto_merge struct merge m = { .n = 0 };
	size_t i;
	int fd;

	*ret_fd = -1;
	TRY(merge_begin(&m, g, e));
	_Static_assert(SPE_EXPORT_FILES_MAX <= MERGED, "merged in one turn, or their numbers are lost");
	for (i = 0; i < index; i++)
		TRY(merge_file(&m, export, i, (uint16_t)(i + 1), e));
	if (m.n == 0)
		return 0;
	TRY(merge_down(&m, e));
	m.turn = !m.turn;
	fd = tmp_last(g, merge_name(&m));
	if (fd < 0)
		return gate_fail(e, "merge counts", fd);
	*ret_fd = fd;
	return 0;
}

/* ---- the history ---- */

/* What a permit's directory in counts/ says it holds, signed by a key that nobody else has: only the gate wrote it. */
static int seal(const struct gate *g, const json_t *list, char ret[SHA256_TEXT])
{
	static const char label[] = "sped/v1\0counts";
	auto_json json_t *bare = json_copy((json_t *)(uintptr_t)list);
	uint8_t key[SHA256_BYTES], mac[SHA256_BYTES];
	auto_free char *text = NULL;
	int r;

	json_object_del(bare, "seal");
	text = bare ? json_dumps(bare, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	r = text ? hmac_sha256(g->master, sizeof(g->master), label, sizeof(label) - 1, key) : -ENOMEM;
	if (r == 0)
		r = hmac_sha256(key, sizeof(key), text, strlen(text), mac);
	explicit_bzero(key, sizeof(key));
	if (r == 0)
		hex_text(ret, mac, sizeof(mac));
	return r;
}

/* counts/PERMIT, made where it is not there. */
static int dir_open(const struct gate *g, const char *permit)
{
	auto_close int counts = io_openat(g->dir, "counts", O_RDONLY | O_DIRECTORY, 0);

	if (counts < 0)
		return counts;
	if (mkdirat(counts, permit, 0700) == 0)
		fsync(counts);
	else if (errno != EEXIST)
		return -errno;
	return io_openat(counts, permit, O_RDONLY | O_DIRECTORY, 0);
}

static bool lists_first(const struct gate *g, const char *permit, const json_t *exports)
{
	const json_t *id;
	size_t i;

	if (json_array_size(exports) > history_epoch(g, permit))
		return false;
	json_array_foreach((json_t *)(uintptr_t)exports, i, id)
		if (!json_is_string(id) || strcmp(json_string_value(id), released_id(g, permit, i)) != 0)
			return false;
	return true;
}

/* The kept set: how many releases it covers, and it; 0 and -1 where there is none that the gate wrote of them. */
static size_t kept_open(const struct gate *g, const char *permit, int *ret_fd)
{
	auto_close int dir = dir_open(g, permit);
	auto_close int file = dir < 0 ? -1 : io_openat(dir, "list.json", O_RDONLY | O_NOFOLLOW, 0);
	auto_close int set = dir < 0 ? -1 : io_openat(dir, "set", O_RDONLY | O_NOFOLLOW, 0);
	auto_json json_t *list = NULL;
	char sha256[SHA256_TEXT], mac[SHA256_TEXT];
	const json_t *exports;

	*ret_fd = -1;
	if (file < 0 || set < 0 || json_fd(file, STORE_TEXT_MAX, "list", &list, NULL) < 0)
		return 0;
	exports = json_object_get(list, "exports");
	if (seal(g, list, mac) < 0 || strcmp(mac, json_str(list, "seal")) != 0 || strcmp(json_str(list, "permit"), permit) != 0 ||
		!lists_first(g, permit, exports))
		return 0;
	if (sha256_fd_text(set, sha256, NULL) < 0 || strcmp(sha256, json_str(list, "sha256")) != 0)
		return 0;
	*ret_fd = spe_take_fd(&set);
	return json_array_size(exports);
}

static json_t *list_pack(const struct gate *g, const char *permit, size_t epoch, const char *sha256)
{
	json_t *exports = json_array(), *list;
	char mac[SHA256_TEXT];
	size_t i;

	for (i = 0; i < epoch; i++)
		json_array_append_new(exports, json_string(released_id(g, permit, i)));
	list = json_pack("{s:s,s:s,s:s,s:o}", "format", "spe-counts-1", "permit", permit, "sha256", sha256, "exports", exports);
	if (!list || seal(g, list, mac) < 0 || json_object_set_new(list, "seal", json_string(mac)) < 0) {
		json_decref(list);
		return NULL;
	}
	return list;
}

/* The set first: a crash before its list is there leaves a list of another set, and both are made anew. */
static int keep(const struct gate *g, const char *permit, size_t epoch, int fd, const char *name)
{
	auto_close int tmp = io_openat(g->dir, "tmp", O_RDONLY | O_DIRECTORY, 0);
	auto_close int dir = dir_open(g, permit);
	auto_json json_t *list = NULL;
	auto_free char *text = NULL;
	char sha256[SHA256_TEXT];
	int r = tmp < 0 ? tmp : dir < 0 ? dir : fsync(fd) < 0 ? -errno : sha256_fd_text(fd, sha256, NULL);

	if (r < 0)
		return r;
	list = list_pack(g, permit, epoch, sha256);
	text = list ? json_dumps(list, JSON_COMPACT) : NULL;
	if (!text)
		return -ENOMEM;
	if (renameat(tmp, name, dir, "set") < 0 || fsync(dir) < 0)
		return -errno;
	return io_replace(dir, "list.json", text, strlen(text), 0600);
}

/* The first epoch releases, from a set of the first have of them on. Where that is all there are, it is kept. */
static int history_make(struct gate *g, const char *permit, size_t epoch, size_t have, int *set, int *ret_fd, struct spe_error *e)
{
	auto_merge struct merge m = { .n = 0 };
	size_t i, k;
	int r;

	TRY(merge_begin(&m, g, e));
	if (*set >= 0)
		TRY(merge_add(&m, spe_take_fd(set), 0, e));
	for (i = have; i < epoch; i++)
		for (k = 0; k < SPE_EXPORT_FILES_MAX; k++)
			TRY(merge_file(&m, released_id(g, permit, i), k, 0, e));
	TRY(merge_down(&m, e));
	m.turn = !m.turn;
	if (epoch == history_epoch(g, permit)) {
		r = keep(g, permit, epoch, m.s[0].fd, merge_name(&m));
		if (r < 0)
			return gate_fail(e, "keep the counts of a permit", r);
		*ret_fd = -1;
		return kept_open(g, permit, ret_fd) == epoch ? 0 : gate_fail(e, "read the counts of a permit", -EIO);
	}
	*ret_fd = tmp_last(g, merge_name(&m));
	return *ret_fd < 0 ? gate_fail(e, "merge counts", *ret_fd) : 0;
}

int history_open(struct gate *g, const char *permit, size_t epoch, int *ret_fd, struct spe_error *e)
{
	auto_close int set = -1;
	size_t have;

	*ret_fd = -1;
	if (epoch > history_epoch(g, permit))
		return spe_fail(e, SPE_E_CONFLICT, "permit %s has no %zu releases", permit, epoch);
	if (epoch == 0)
		return 0;
	have = kept_open(g, permit, &set);
	if (have == epoch) {
		*ret_fd = spe_take_fd(&set);
		return 0;
	}
	if (have > epoch) {
		spe_close_fd(&set);
		set = -1;
		have = 0;
	}
	return history_make(g, permit, epoch, have, &set, ret_fd, e);
}
