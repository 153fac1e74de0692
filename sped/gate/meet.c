/* gate/meet.c - exports of one permit that were under way at the same time: each was checked against what had been
 * released by then, so the later one is compared with what was approved since, before its own approval counts; and with what
 * was released since, before it is: an amendment or a key that is good for longer can approve one that was compared long ago.
 * What can't leave now can be asked for again, and is then checked against all of it. See room.h. */
#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
#include "spe/counts.h"
#include "spe/policy.h"
#include "spe/verdict.h"
#include "sped/base/buf.h"
#include "sped/gate/room.h"

#define MINE_MAX (4u << 20) /* counts in memory, and those of one file: 64 MiB and 16 */

struct set {
	struct count *p;
	size_t n;
};

static void set_free(struct set *s)
{
	free(s->p);
}
#define auto_set __attribute__((cleanup(set_free)))

/* What one file of an export counts; nothing where it counts nothing. */
static int set_load(const struct gate *g, const char *export, size_t index, struct set *ret, struct spe_error *e)
{
	char path[STORE_PATH], *bytes = NULL;
	auto_close int fd = -1;
	size_t len;
	int r;

	snprintf(path, sizeof(path), "exports/%s/check-%zu.counts", export, index);
	if (!store_has(g, path))
		return 0;
	fd = store_open_file(g, path, NULL, e);
	if (fd < 0)
		return fd;
	r = io_read_at(fd, VERDICT_COUNTS_MAX * sizeof(struct count), &bytes, &len);
	if (r < 0)
		return gate_fail(e, "read counts", r);
	*ret = (struct set){ (struct count *)(void *)bytes, len / sizeof(struct count) };
	return 0;
}

/* The files of an export, as many at once as MINE_MAX has room for: mostly all of them, which are read once then. */
struct mine {
	const struct export *x;
	size_t from, n, counts;    /* n files are held, from this one on, and so many counts */
	struct set set[SPE_EXPORT_FILES_MAX];
};

static void mine_drop(struct mine *m)
{
	while (m->n > 0)
		set_free(&m->set[--m->n]);
	m->counts = 0;
}
#define auto_mine __attribute__((cleanup(mine_drop)))

static size_t mine_files(const struct mine *m)
{
	const size_t n = json_array_size(json_object_get(m->x->request, "files"));

	return n < SPE_EXPORT_FILES_MAX ? n : SPE_EXPORT_FILES_MAX;
}

static int mine_load(const struct gate *g, struct mine *m, size_t from, struct spe_error *e)
{
	if (m->n > 0 && m->from == from)
		return 0;
	mine_drop(m);
	m->from = from;
	while (m->from + m->n < mine_files(m) && m->counts < MINE_MAX) {
		m->set[m->n] = (struct set){ NULL, 0 };
		TRY(set_load(g, m->x->id, m->from + m->n, &m->set[m->n], e));
		m->counts += m->set[m->n++].n;
	}
	return 0;
}

/* Whether counts of those that are held differ by few from those of one of the other export's files. */
static int held_meet(const struct gate *g, const struct mine *m, const char *other, int64_t t, struct spe_error *e)
{
	size_t i, k;

	for (k = 0; k < SPE_EXPORT_FILES_MAX && m->counts > 0; k++) {
		auto_set struct set theirs = { NULL, 0 };

		TRY(set_load(g, other, k, &theirs, e));
		for (i = 0; i < m->n; i++) {
			if (counts_meet(m->set[i].p, m->set[i].n, theirs.p, theirs.n, t) == 0)
				continue;
			spe_fail(e, SPE_E_CONFLICT, "export %s was approved after the check of export %s, and file %zu of this one has counts that differ "
				"from its counts by fewer than %lld persons", other, m->x->id, m->from + i + 1, (long long)t);
			spe_remedy(e, "%s export %s; asked for again, it is checked against that one",
				export_may(m->x, "reject") ? "reject or withdraw" : "withdraw", m->x->id);
			return -SPE_E_CONFLICT;
		}
	}
	return 0;
}

static int meets(const struct gate *g, struct mine *m, const char *other, int64_t t, struct spe_error *e)
{
	size_t from = 0;

	if (strcmp(other, m->x->id) == 0)
		return 0;
	do {
		TRY(mine_load(g, m, from, e));
		TRY(held_meet(g, m, other, t, e));
		from = m->from + m->n;
	} while (from < mine_files(m));
	return 0;
}

/* As its signatures say. */
static int is_approved(const struct gate *g, const char *id, bool *ret, struct spe_error *e)
{
	auto_export struct export y = { .request = NULL };
	int r = export_load(g, id, &y, e);

	*ret = r == 0 && export_is(&y, "approved");
	return r == -SPE_E_NOT_FOUND ? 0 : r; /* its record was undone */
}

/* Neither released, which the history has, nor withdrawn, nor sent back, nor still in its checks, and with as many decisions as any export of
 * this permit needs at least: to read each would take a checker who has hundreds before them as many times as long. */
static bool may_be_approved(const struct gate *g, const struct permit *p, const char *id)
{
	static const struct {
		const char *before, *behind;
		bool there;
	} files[] = { { "releases/", ".json", false }, { "exports/", "/withdrawn.json", false }, { "exports/", "/manifest.json", true } };
	auto_json json_t *who = NULL;
	char path[STORE_PATH];
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s%s%s", files[i].before, id, files[i].behind);
		if (store_has(g, path) != files[i].there)
			return false;
	}
	if (json_object_get(g->ended, id))
		return false;
	who = deciders(g, id);
	return !who || (int64_t)json_array_size(who) >= p->decisions;
}

/* How many releases each of the export's files was checked against; the least of them. */
static size_t epoch_of(const struct export *x, size_t now)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(x->findings, "files"), i, one)
		if ((size_t)json_int(one, "history_epoch") < now)
			now = (size_t)json_int(one, "history_epoch");
	return now;
}

static int least_count(const struct gate *g, const struct export *x, int64_t *ret, struct spe_error *e)
{
	struct policy policy = { .name = "" };

	TRY(export_policy(g, x, &policy, e));
	*ret = policy.differencing == FINDING_PASS ? 0 : policy.min_count > x->permit->min_cell ? policy.min_count : x->permit->min_cell;
	return 0;
}

/* What was released and what was checked stay what they are: where they did not meet, they never will. */
static size_t apart_of(const struct gate *g, const struct export *x, int64_t t)
{
	const json_t *one = json_object_get(g->apart, x->id);

	return json_int(one, "persons") == t ? (size_t)json_int(one, "released") : 0;
}

/* With what was released since its check; with as few files read as there are new ones. */
static int compare_released(struct gate *g, struct mine *m, int64_t t, struct spe_error *e)
{
	const char *permit = m->x->permit->id;
	size_t n = history_epoch(g, permit), i = epoch_of(m->x, n), apart = apart_of(g, m->x, t);
	int r = 0;

	for (i = i < apart ? apart : i; i < n; i++) {
		r = meets(g, m, released_id(g, permit, i), t, e);
		if (r < 0)
			break;
	}
	if (json_object_set_new(g->apart, m->x->id, json_pack("{s:I,s:I}", "persons", (json_int_t)t, "released", (json_int_t)i)) < 0)
		return gate_memory(e);
	return r;
}

static int compare_approved(const struct gate *g, struct mine *m, int64_t t, struct spe_error *e)
{
	const char *permit = m->x->permit->id;
	bool approved;
	size_t i;

	for (i = asked_count(g, permit); i-- > 0;) {
		const char *other = asked_id(g, permit, i);

		if (strcmp(other, m->x->id) == 0 || !may_be_approved(g, m->x->permit, other))
			continue;
		TRY(is_approved(g, other, &approved, e));
		if (approved)
			TRY(meets(g, m, other, t, e));
	}
	return 0;
}

/* with_approved: and with what is approved. */
static int compare(struct gate *g, const struct export *x, bool with_approved, struct spe_error *e)
{
	auto_mine struct mine m = { .x = x };
	int64_t t;

	TRY(least_count(g, x, &t, e));
	if (t == 0)
		return 0;
	TRY(compare_released(g, &m, t, e));
	return with_approved ? compare_approved(g, &m, t, e) : 0;
}

int export_meets_none(struct gate *g, const struct export *x, struct spe_error *e)
{
	return compare(g, x, true, e);
}

/* Two that an amendment approves at once don't keep each other: the first that leaves keeps the second. */
int release_meets_none(struct gate *g, const struct export *x, struct spe_error *e)
{
	return compare(g, x, false, e);
}
