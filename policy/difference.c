/* policy/difference.c - the counts of a table against those of the tables before it in the file, of the other files of
 * the export and of what was released before: two counts of the same persons, or of a whole and its part, that differ by
 * fewer persons than the threshold give those persons away.
 * Source: OpenSAFELY documentation, statistical disclosure control, secondary disclosure by differencing; Hundepool and
 * others, Handbook on Statistical Disclosure Control, linked tables. */
#include <stdio.h>

#include "policy/table.h"

/* Where the other count is. */
enum holder { IN_TABLE, IN_FILE, IN_EXPORT, RELEASED };

/* Keys are asked for in their order, so that each is a few steps from the one before. */
struct view {
	const struct count *set;
	size_t n;
	enum holder holder;
	size_t from, to; /* the entries of the key that was asked for last */
	const uint64_t *known; /* as in counts_list */
};

#define KNOWN_BITS 23 /* a megabyte: of a million keys that are not there it lets one of eight by */

static bool is_known(const uint64_t *known, uint64_t key)
{
	return !known || known[key >> (64 - KNOWN_BITS) >> 6] >> (key >> (64 - KNOWN_BITS) & 63) & 1;
}

static void view_begin(struct view *v)
{
	v->from = v->to = 0;
}

static void view_find(struct view *v, uint64_t key)
{
	if (v->from < v->to && v->set[v->from].key == key)
		return;
	v->from = v->to;
	if (!is_known(v->known, key))
		return;
	v->from = counts_on(v->set, v->n, v->to, key);
	v->to = key < UINT64_MAX ? counts_on(v->set, v->n, v->from, key + 1) : v->n;
}

/* Two rounded counts may be near; few that are so by chance, perhaps, may not. */
static const struct count *find_near(const struct grid *g, struct view *v, uint64_t key, enum count_kind kind, int64_t value)
{
	const struct count *c;
	size_t n;

	view_find(v, key);
	n = v->to - v->from;
	c = n > 0 ? counts_near(v->set + v->from, n, key, kind, value, g->policy->min_count, g->base != 0) : NULL;
	if (n > 0 && !c && g->few_rounded)
		c = counts_near(v->set + v->from, n, key, kind, value, g->policy->min_count, false);
	return c;
}

/* More than two cells of a table with the same labels: what tells its rows apart was not read as a label, such as a
 * parameter with decimals. */
static bool is_vague(const struct cube *c, const struct entry *e)
{
	size_t i = cube_full(c, e->key);

	return i + 2 < c->fulls && c->by_key[i + 2].key == e->key;
}

/* What was found of each full entry: the first other place, so that findings come in the order of the table. */
struct found {
	bool found, crossed; /* crossed: perhaps not so */
	uint8_t holder;
	uint16_t file;
};

static void tell(const struct grid *g, const struct cube *c, const struct entry *e, const struct found *f)
{
	static const char *const where[] = { "another cell of this table", "a table above in this file", "file number", "an earlier release" };
	enum finding_severity severity = (enum finding_severity)g->policy->differencing;
	char number[16] = "";

	if (f->holder == IN_EXPORT)
		snprintf(number, sizeof(number), " %u", f->file);
	if (severity > FINDING_REVIEW && (!e->sure || f->crossed || is_vague(c, e)))
		severity = FINDING_REVIEW;
	report_add(g->report, RULE_DIFFERENCE, severity, grid_place(g, e->row, e->column),
		"round all counts to one base, or join categories so that the two differ by more, or leave one out",
		"this count and one of the same persons, their whole or a part of them in %s%s%s differ by fewer than %lld persons",
		where[f->holder], number, f->holder == IN_EXPORT ? " of the export" : "", (long long)g->policy->min_count);
}

/* Same persons, or ours are the whole of which the other is a part. */
static const struct count *full_meets(const struct grid *g, const struct entry *e, struct view *v)
{
	const struct count *c = find_near(g, v, e->key, COUNT_FULL, e->value), *whole;

	if (c && !(g->few_rounded && c->base != 0))
		return c;
	whole = find_near(g, v, e->key, COUNT_DROPPED, e->value);
	return whole ? whole : c;
}

/* Ours are the part. Most parts meet nothing that is a whole, and their values need not be looked up. */
static const struct count *part_meets(const struct grid *g, const struct cube *c, size_t i, struct view *v)
{
	int64_t value;

	view_find(v, c->part[i].key);
	if (v->from == v->to || v->set[v->from].kind != COUNT_FULL)
		return NULL;
	value = cube_of(c, i)->value;
	return value > 0 ? find_near(g, v, c->part[i].key, COUNT_FULL, value) : NULL;
}

/* Two cells of a table with the same labels, of which the larger one is told; without labels nothing says that two cells
 * are about the same. */
static bool meets_within(const struct grid *g, const struct entry *e, struct view *v)
{
	if (e->key == g->population + g->title + g->unit)
		return false;
	view_find(v, e->key);
	return counts_between(v->set + v->from, v->to - v->from, e->key, COUNT_FULL, e->value - g->policy->min_count + 1, e->value - 1,
		!g->few_rounded);
}

/* A part is nowhere larger than its whole: where we have far more persons than the other file has under some labels
 * and far fewer under others, the two are of different persons, and what is near is so by chance; a person says so. */
#define MORE 1u
#define FEWER 2u
#define SAME_KEY 64 /* counts of one key that are looked at */

static void compare_order(const struct grid *g, const struct cube *c, struct view *v, uint8_t *order)
{
	size_t i, k;

	view_begin(v);
	for (i = 0; i < c->fulls; i++) {
		const struct entry *e = &c->full[c->by_key[i].full];

		if (e->value <= 0)
			continue;
		view_find(v, e->key);
		for (k = v->from; k < v->to && v->set[k].kind == COUNT_FULL && k < v->from + SAME_KEY; k++) {
			int64_t more = e->value - (int64_t)v->set[k].value;

			order[v->set[k].file] |= (uint8_t)(more >= g->policy->min_count ? MORE : -more >= g->policy->min_count ? FEWER : 0);
		}
	}
}

static void note(const struct grid *g, struct found *f, enum holder holder, const struct entry *e, const struct count *c, const uint8_t *order)
{
	bool crossed = (c && order && holder == IN_EXPORT && order[c->file] & (e->value > (int64_t)c->value ? FEWER : MORE)) ||
		       (g->few_rounded && (!c || c->base != 0));

	if (!f->found || (f->crossed && !crossed))
		*f = (struct found){ true, crossed, (uint8_t)holder, c ? c->file : 0 };
}

static void compare_table(const struct grid *g, const struct cube *c, struct view *v, struct found *found)
{
	bool compared = g->base == 0 || g->few_rounded;
	size_t i;

	view_begin(v);
	for (i = 0; compared && i < c->fulls; i++) {
		size_t full = c->by_key[i].full;

		if (c->full[full].value > 0 && meets_within(g, &c->full[full], v))
			note(g, &found[full], IN_TABLE, &c->full[full], NULL, NULL);
	}
	view_begin(v);
	for (i = 0; compared && i < c->parts; i++)
		if (part_meets(g, c, i, v))
			note(g, &found[part_full(&c->part[i])], IN_TABLE, cube_of(c, i), NULL, NULL);
}

static void compare_view(const struct grid *g, const struct cube *c, struct view *v, struct found *found, uint8_t *order)
{
	const struct count *near;
	size_t i;

	if (v->n > 0 && v->holder == IN_EXPORT)
		compare_order(g, c, v, order);
	view_begin(v);
	for (i = 0; v->n > 0 && i < c->fulls; i++) {
		size_t full = c->by_key[i].full;

		if (c->full[full].value > 0 && (near = full_meets(g, &c->full[full], v)) != NULL)
			note(g, &found[full], v->holder, &c->full[full], near, order);
	}
	view_begin(v);
	for (i = 0; v->n > 0 && i < c->parts; i++)
		if ((near = part_meets(g, c, i, v)) != NULL)
			note(g, &found[part_full(&c->part[i])], v->holder, cube_of(c, i), near, order);
}

static void take_one(const struct grid *g, const struct entry *e, uint64_t key, enum count_kind kind, struct counts_list *ret)
{
	if (e->value > 0)
		ret->p[ret->n++] = (struct count){ .key = key, .value = (uint32_t)e->value, .kind = (uint8_t)kind, .base = (uint8_t)g->base };
}

/* The counts of this table alone, as a set: full entries and parts are in the order of their keys. */
static bool take(const struct grid *g, const struct cube *c, struct counts_list *ret)
{
	size_t full = 0, part = 0, kept = 0, from;

	if (!room_for((void **)&ret->p, &ret->room, 0, c->fulls + c->parts + 1, sizeof(*ret->p)))
		return false;
	while (full < c->fulls || part < c->parts) {
		uint64_t key = part == c->parts || (full < c->fulls && c->by_key[full].key < c->part[part].key) ? c->by_key[full].key : c->part[part].key;

		from = ret->n;
		for (; full < c->fulls && c->by_key[full].key == key; full++)
			take_one(g, &c->full[c->by_key[full].full], key, COUNT_FULL, ret);
		for (; part < c->parts && c->part[part].key == key; part++)
			take_one(g, cube_of(c, part), key, COUNT_DROPPED, ret);
		ret->n = counts_sort(ret->p + from, ret->n - from);
		memmove(ret->p + kept, ret->p + from, ret->n * sizeof(*ret->p));
		ret->n = kept += ret->n;
	}
	return true;
}

/* --- the counts of all tables of the file so far --- */

static size_t run_end(const struct counts_list *list, size_t run)
{
	return run + 1 < list->runs ? list->from[run + 1] : list->n;
}

/* The last two sets become one: from the back, since the last is the smaller. */
static bool merge_last(struct counts_list *list)
{
	struct count *first = list->p + list->from[list->runs - 2];
	size_t a = list->from[list->runs - 1] - list->from[list->runs - 2], b = list->n - list->from[list->runs - 1];
	struct count *second = malloc((b + 1) * sizeof(*second));

	if (!second)
		return false;
	memcpy(second, first + a, b * sizeof(*second));
	while (b > 0)
		if (a > 0 && counts_compare(&first[a - 1], &second[b - 1]) > 0) {
			first[a + b - 1] = first[a - 1];
			a--;
		} else {
			first[a + b - 1] = second[b - 1];
			b--;
		}
	free(second);
	list->runs--;
	return true;
}

/* Without those that the list has already; returns how many are left. */
static size_t leave_known(const struct counts_list *list, struct count *own, size_t n)
{
	size_t run, i, at, left;

	for (run = 0; run < list->runs; run++, n = left)
		for (i = left = 0, at = list->from[run]; i < n; i++) {
			if (!is_known(list->known, own[i].key)) {
				own[left++] = own[i];
				continue;
			}
			at = counts_on(list->p, run_end(list, run), at, own[i].key);
			if (!counts_has(list->p + at, run_end(list, run) - at, &own[i]))
				own[left++] = own[i];
		}
	return n;
}

/* So that most of what a table is compared with in vain costs one look, however many tables there were. */
static void note_known(struct counts_list *list, const struct count *own, size_t n)
{
	size_t i;

	if (!list->known) {
		list->known = calloc(1u << KNOWN_BITS >> 6, sizeof(*list->known));
		own = list->p;
		n = list->n;
	}
	for (i = 0; list->known && i < n; i++)
		list->known[own[i].key >> (64 - KNOWN_BITS) >> 6] |= 1ull << (own[i].key >> (64 - KNOWN_BITS) & 63);
}

static bool merge(struct counts_list *list, struct counts_list *own)
{
	size_t n = own->n;

	if (n == 0)
		return true;
	if (list->n + n > CUBE_ENTRIES || list->runs == COUNT_RUNS)
		return false;
	n = leave_known(list, own->p, n);
	if (n == 0)
		return true;
	if (!list->p) { /* the first table's counts are all there is */
		list->p = own->p;
		list->n = n;
		list->room = own->room;
		list->runs = 1;
		own->p = NULL;
		return true;
	}
	if (!room_for((void **)&list->p, &list->room, list->n, n + 1, sizeof(*list->p)))
		return false;
	memcpy(list->p + list->n, own->p, n * sizeof(*own->p));
	list->from[list->runs++] = list->n;
	list->n += n;
	note_known(list, own->p, n);
	while (list->runs > 1 && list->from[list->runs - 1] - list->from[list->runs - 2] < 8 * (list->n - list->from[list->runs - 1]))
		if (!merge_last(list))
			return false;
	return true;
}

/* What a table's counts are compared with, in the order in which places are told. */
static size_t make_views(const struct policy_file *f, const struct counts_list *list, struct view ret[COUNT_RUNS + 2])
{
	size_t i, n = 0;

	for (i = 0; i < list->runs; i++)
		ret[n++] = (struct view){ list->p + list->from[i], run_end(list, i) - list->from[i], IN_FILE, 0, 0, list->known };
	ret[n++] = (struct view){ f->siblings, f->siblings ? f->siblings_len : 0, IN_EXPORT, 0, 0, NULL };
	ret[n++] = (struct view){ f->history, f->history ? f->history_len : 0, RELEASED, 0, 0, NULL };
	return n;
}

/* Counts that neither this nor a later table is compared with, as "n % n %" under names of groups: somebody must know. */
static void tell_vague(struct grid *g, const struct cube *c)
{
	if (g->policy->differencing > FINDING_PASS && g->repeats && c->fulls > 0)
		report_add(g->report, RULE_DIFFERENCE, FINDING_REVIEW, grid_place(g, 0, 0),
			"give each column a name of its own",
			"columns of one name don't tell the table's counts apart, so they are not compared with those of other tables");
}

void difference_check(struct grid *g, const struct cube *c, struct counts_list *list)
{
	const struct policy_file *f = g->file;
	struct found *found = calloc(c->fulls + 1, sizeof(*found));
	uint8_t *order = f->siblings_len > 0 ? calloc(UINT16_MAX + 1, 1) : NULL;
	struct counts_list own = { 0 };
	bool good = found && (order || f->siblings_len == 0) && !c->cut && take(g, c, &own);
	struct view table = { own.p, own.n, IN_TABLE, 0, 0, NULL }, views[COUNT_RUNS + 2];
	size_t n = make_views(f, list, views), i;

	report_ran(g->report, RULE_DIFFERENCE);
	if (good && g->vague) {
		tell_vague(g, c);
		own.n = 0;
	} else if (good && g->policy->differencing > FINDING_PASS) {
		if (!g->unkeyed) /* its cells with the same labels are of as many persons */
			compare_table(g, c, &table, found);
		for (i = 0; i < n; i++)
			compare_view(g, c, &views[i], found, order);
		for (i = 0; i < c->fulls; i++)
			if (found[i].found)
				tell(g, c, &c->full[i], &found[i]);
	}
	if (!good || !merge(list, &own))
		report_add(g->report, RULE_DIFFERENCE, FINDING_BLOCK, (struct place){ 0 }, "release several smaller tables",
			"the table has more counts than can be compared with other tables");
	free(own.p);
	free(found);
	free(order);
}
