/* policy/difference.c - the counts of a table against those of the tables before it in the file, of the other files of
 * the export and of what was released before: two counts of the same persons, or of a whole and its part, that differ by
 * fewer persons than the threshold give those persons away.
 * Source: OpenSAFELY documentation, statistical disclosure control, secondary disclosure by differencing; Hundepool and
 * others, Handbook on Statistical Disclosure Control, linked tables. */
#include <stdio.h>

#include "policy/table.h"

/* Where the other count is. */
enum holder { IN_TABLE, IN_FILE, IN_EXPORT, RELEASED };

struct view {
	const struct count *set;
	size_t n;
	enum holder holder;
};

/* An entry of this key and kind whose value is from low to high, and that isn't rounded where we are. */
static const struct count *find_between(const struct view *v, uint64_t key, enum count_kind kind, int64_t low, int64_t high, bool rounded)
{
	size_t i;

	if (low < 1)
		low = 1;
	if (low > high || high > UINT32_MAX)
		return NULL;
	for (i = counts_from(v->set, v->n, key, kind, (uint32_t)low); i < v->n; i++) {
		const struct count *c = &v->set[i];

		if (c->key != key || c->kind != (uint8_t)kind || c->value > high)
			return NULL;
		if (!rounded || c->base == 0)
			return c;
	}
	return NULL;
}

static const struct count *find_near(const struct view *v, uint64_t key, enum count_kind kind, int64_t value, int64_t t, bool rounded)
{
	const struct count *c = find_between(v, key, kind, value - t + 1, value - 1, rounded);

	return c ? c : find_between(v, key, kind, value + 1, value + t - 1, rounded);
}

/* More than two cells of a table with the same labels: what tells its rows apart was not read as a label, such as a
 * parameter with decimals. */
static bool is_vague(const struct cube *c, const struct entry *e)
{
	size_t i = cube_full(c, e->key), n = 0;

	for (; i < c->fulls && c->full[c->by_key[i]].key == e->key && n < 3; i++)
		n++;
	return n > 2;
}

static void tell(const struct grid *g, const struct cube *c, const struct entry *e, enum holder holder, unsigned file)
{
	static const char *const where[] = { "another cell of this table", "a table above in this file", "file number", "an earlier release" };
	enum finding_severity severity = (enum finding_severity)g->policy->differencing;
	char number[16] = "";

	if (holder == IN_EXPORT)
		snprintf(number, sizeof(number), " %u", file);
	if (severity > FINDING_REVIEW && (!e->sure || is_vague(c, e)))
		severity = FINDING_REVIEW;
	report_add(g->report, RULE_DIFFERENCE, severity, grid_place(g, e->row, e->column),
		"round all counts to one base, or join categories so that the two differ by more, or leave one out",
		"this count and one of the same persons, their whole or a part of them in %s%s%s differ by fewer than %lld persons",
		where[holder], number, holder == IN_EXPORT ? " of the export" : "", (long long)g->policy->min_count);
}

/* Same persons, or ours are the whole of which the other is a part. */
static bool full_meets(const struct grid *g, const struct entry *e, const struct view *v, unsigned *ret_file)
{
	int64_t t = g->policy->min_count;
	const struct count *c = find_near(v, e->key, COUNT_FULL, e->value, t, g->base != 0);

	if (!c)
		c = find_near(v, e->key, COUNT_DROPPED, e->value, t, g->base != 0);
	*ret_file = c ? c->file : 0;
	return c != NULL;
}

/* Ours are the part. */
static bool part_meets(const struct grid *g, const struct entry *e, const struct view *v, unsigned *ret_file)
{
	const struct count *c = find_near(v, e->key, COUNT_FULL, e->value, g->policy->min_count, g->base != 0);

	*ret_file = c ? c->file : 0;
	return c != NULL;
}

/* Within a table: a part against its whole, and two cells with the same labels, of which the larger one is told; without
 * labels nothing says that two cells are about the same. */
static bool meets_within(const struct grid *g, const struct entry *e, bool part, const struct view *v)
{
	int64_t t = g->policy->min_count;

	if (part)
		return find_near(v, e->key, COUNT_FULL, e->value, t, true);
	return e->key != g->population + g->title + g->unit && find_between(v, e->key, COUNT_FULL, e->value - t + 1, e->value - 1, true);
}

/* What was found of each full entry: the first other place, so that findings come in the order of the table. */
struct found {
	bool found;
	uint8_t holder;
	uint16_t file;
};

static void note(struct found *f, enum holder holder, unsigned file)
{
	if (!f->found)
		*f = (struct found){ true, (uint8_t)holder, (uint16_t)file };
}

static void compare_table(const struct grid *g, const struct cube *c, const struct view *v, struct found *found)
{
	size_t i;

	for (i = 0; g->base == 0 && i < c->fulls; i++)
		if (c->full[i].value > 0 && meets_within(g, &c->full[i], false, v))
			note(&found[i], IN_TABLE, 0);
	for (i = 0; g->base == 0 && i < c->parts; i++)
		if (c->part[i].value > 0 && meets_within(g, &c->part[i], true, v))
			note(&found[cube_entry(c, c->part[i].row, c->part[i].column)], IN_TABLE, 0);
}

static void compare_view(const struct grid *g, const struct cube *c, const struct view *v, struct found *found)
{
	unsigned file;
	size_t i;

	for (i = 0; v->n > 0 && i < c->fulls; i++)
		if (c->full[i].value > 0 && full_meets(g, &c->full[i], v, &file))
			note(&found[i], v->holder, file);
	for (i = 0; v->n > 0 && i < c->parts; i++)
		if (c->part[i].value > 0 && part_meets(g, &c->part[i], v, &file))
			note(&found[cube_entry(c, c->part[i].row, c->part[i].column)], v->holder, file);
}

/* The counts of this table alone, as a set. */
static bool take(const struct grid *g, const struct cube *c, struct counts_list *ret)
{
	size_t i;

	if (!room_for((void **)&ret->p, &ret->room, 0, c->fulls + c->parts + 1, sizeof(*ret->p)))
		return false;
	for (i = 0; i < c->fulls + c->parts; i++) {
		const struct entry *e = i < c->fulls ? &c->full[i] : &c->part[i - c->fulls];

		if (e->value > 0)
			ret->p[ret->n++] = (struct count){ .key = e->key,
				.value = (uint32_t)e->value,
				.kind = i < c->fulls ? COUNT_FULL : COUNT_DROPPED,
				.base = (uint8_t)g->base };
	}
	ret->n = counts_sort(ret->p, ret->n);
	return true;
}

static bool merge(struct counts_list *list, const struct counts_list *own)
{
	if (list->n + own->n > CUBE_ENTRIES || !room_for((void **)&list->p, &list->room, list->n, own->n + 1, sizeof(*list->p)))
		return false;
	memcpy(list->p + list->n, own->p, own->n * sizeof(*own->p));
	list->n = counts_sort(list->p, list->n + own->n);
	return true;
}

void difference_check(struct grid *g, const struct cube *c, struct counts_list *list)
{
	const struct policy_file *f = g->file;
	struct found *found = calloc(c->fulls + 1, sizeof(*found));
	struct counts_list own = { 0 };
	bool good = found && !c->cut && take(g, c, &own);
	const struct view table = { own.p, own.n, IN_TABLE },
			  views[] = { { list->p, list->n, IN_FILE }, { f->siblings, f->siblings ? f->siblings_len : 0, IN_EXPORT },
				  { f->history, f->history ? f->history_len : 0, RELEASED } };
	size_t i;

	report_ran(g->report, RULE_DIFFERENCE);
	if (good && g->policy->differencing > FINDING_PASS) {
		compare_table(g, c, &table, found);
		for (i = 0; i < sizeof(views) / sizeof(views[0]); i++)
			compare_view(g, c, &views[i], found);
		for (i = 0; i < c->fulls; i++)
			if (found[i].found)
				tell(g, c, &c->full[i], (enum holder)found[i].holder, found[i].file);
	}
	if (!good || !merge(list, &own))
		report_add(g->report, RULE_DIFFERENCE, FINDING_BLOCK, (struct place){ 0 }, "release several smaller tables",
			"the table has more counts than can be compared with other tables");
	free(own.p);
	free(found);
}
