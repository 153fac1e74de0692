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

/* Whether they differ by few from those of one of the other export's files. */
static int file_meets(const struct gate *g, const struct set *mine, const char *other, size_t files, int64_t t, bool *ret,
	struct spe_error *e)
{
	size_t i;

	for (i = 0; i < files && !*ret; i++) {
		auto_set struct set theirs = { NULL, 0 };

		TRY(set_load(g, other, i, &theirs, e));
		*ret = counts_meet(mine->p, mine->n, theirs.p, theirs.n, t) > 0;
	}
	return 0;
}

/* others: {ID:N}, with so many files each. */
static int meets(const struct gate *g, const struct export *x, size_t index, const json_t *others, int64_t t, struct spe_error *e)
{
	auto_set struct set mine = { NULL, 0 };
	const char *other;
	bool met = false;
	json_t *files;

	TRY(set_load(g, x->id, index, &mine, e));
	if (mine.n == 0)
		return 0;
	json_object_foreach((json_t *)(uintptr_t)others, other, files) {
		TRY(file_meets(g, &mine, other, (size_t)json_integer_value(files), t, &met, e));
		if (!met)
			continue;
		spe_fail(e, SPE_E_CONFLICT, "export %s was approved after the check of export %s, and file %zu of this one has counts that differ "
			"from its counts by fewer than %lld persons", other, x->id, index + 1, (long long)t);
		spe_remedy(e, "%s export %s; asked for again, it is checked against that one",
			export_may(x, "reject") ? "reject or withdraw" : "withdraw", x->id);
		return -SPE_E_CONFLICT;
	}
	return 0;
}

static int request_load(const struct gate *g, const char *id, json_t **ret, struct spe_error *e)
{
	char path[STORE_PATH];

	snprintf(path, sizeof(path), "exports/%s/request.json", id);
	return store_json(g, path, ret, e);
}

/* Of one that is approved, as its signatures say, what was asked for; of another none. */
static int approved_load(const struct gate *g, const char *id, json_t **ret, struct spe_error *e)
{
	auto_export struct export y = { .request = NULL };
	int r = export_load(g, id, &y, e);

	if (r == -SPE_E_NOT_FOUND) /* its record was undone */
		return 0;
	TRY(r);
	*ret = export_is(&y, "approved") || export_is(&y, "released") ? json_incref(y.request) : NULL;
	return 0;
}

/* Approved or released, and not in the history that x was checked against. That it was released the journal says: nobody need
 * verify all its signatures again to compare with its counts. */
static int late_add(const struct gate *g, const struct export *x, const char *other, json_t *list, struct spe_error *e)
{
	auto_json json_t *request = NULL;
	char path[STORE_PATH];

	if (strcmp(other, x->id) == 0 || json_object_get(list, other))
		return 0;
	snprintf(path, sizeof(path), "releases/%s.tar", other);
	TRY(store_has(g, path) ? request_load(g, other, &request, e) : approved_load(g, other, &request, e));
	return request && json_object_set_new(list, other, json_integer((json_int_t)json_array_size(json_object_get(request, "files")))) < 0 ?
		       gate_memory(e) :
		       0;
}

/* Neither released, which the history has, nor withdrawn, nor still in its checks, and with as many decisions as any export of
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

/* With what was released since its check; with_approved: and with what is approved. */
static int compare(struct gate *g, const struct export *x, bool with_approved, struct spe_error *e)
{
	const char *permit = x->permit->id;
	size_t i, n = history_epoch(g, permit);
	auto_json json_t *others = json_object();
	int64_t t;

	TRY(least_count(g, x, &t, e));
	if (t == 0)
		return 0;
	for (i = epoch_of(x, n); i < n; i++)
		TRY(late_add(g, x, released_id(g, permit, i), others, e));
	for (i = with_approved ? asked_count(g, permit) : 0; i-- > 0;)
		if (may_be_approved(g, x->permit, asked_id(g, permit, i)))
			TRY(late_add(g, x, asked_id(g, permit, i), others, e));
	for (i = 0; json_object_size(others) > 0 && i < json_array_size(json_object_get(x->request, "files")); i++)
		TRY(meets(g, x, i, others, t, e));
	return 0;
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
