/* policy/cube.c - the counts of a table with keys for what they count: so that a part meets its total, in this table
 * or in another, by looking a key up. A key is a sum of hashes, so that the order of dimensions doesn't matter. */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "policy/table.h"

#define PARTED 64 /* columns; a result has fewer */

struct row_dims {
	uint64_t hash[GRID_DIMS];
	bool total, generic[GRID_DIMS];
};

struct labels {
	size_t column[GRID_DIMS], n;
	size_t time;      /* of a life table's lines; the number of columns where it is none */
	uint64_t *shared; /* labels that stand under several headings, sorted */
	size_t shares;
};

/* Labels, codes and periods; and whatever stands before the first count and is no estimate. */
static void find_labels(const struct grid *g, struct labels *ret)
{
	bool counted = false, life = false;
	size_t i;

	ret->n = 0;
	ret->time = g->columns;
	for (i = 0; i < g->columns; i++)
		life |= (g->column[i].flags & COL_RISK) != 0;
	for (i = 0; life && i < g->columns && ret->time == g->columns; i++)
		if (g->column[i].role == ROLE_PERIOD && g->column[i].whole + g->column[i].real > 0)
			ret->time = i;
	for (i = 0; i < g->columns && ret->n < GRID_DIMS; i++) {
		const struct column *c = &g->column[i];
		bool index = c->flags & COL_INDEX && c->flags & COL_CLIMBS && c->flags & COL_NUMBERED;
		bool label = c->role == ROLE_LABEL || c->role == ROLE_CODE || c->role == ROLE_PERIOD ||
			     (c->role == ROLE_UNKNOWN && !header_is_count(c) && !(c->flags & COL_GROUP) && c->n == 0 &&
				     (c->other > 0 || (!counted && c->spread == 0)));

		counted |= header_is_count(c);
		if (label && !index)
			ret->column[ret->n++] = i;
	}
}

static int compare_hash(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t heading_hash(const struct grid *g, size_t row)
{
	uint32_t heading = g->row[row].heading;

	return heading > 0 ? grid_hash(g, heading, g->row[heading].label) : 0;
}

static uint64_t labels_hash(const struct grid *g, const struct labels *l, size_t row)
{
	uint64_t h = 0;
	size_t i;

	for (i = 0; i < l->n; i++)
		if (grid_cell(g, row, l->column[i])->kind != CELL_EMPTY)
			h = h * 31 + grid_hash(g, row, l->column[i]);
	return h;
}

/* "No" under "ascites" is another group than "No" under "spiders", and so is what both headings have below them. */
static bool find_shared(const struct grid *g, struct labels *l)
{
	struct { uint64_t label; uint32_t heading; } *all;
	size_t row, n = 0, i;

	for (row = 1; row < g->rows; row++)
		n += g->row[row].heading > 0;
	if (n == 0)
		return true;
	all = malloc(n * sizeof(*all));
	l->shared = malloc(n * sizeof(*l->shared));
	for (row = 1, n = 0; all && l->shared && row < g->rows; row++)
		if (g->row[row].heading > 0) {
			all[n].label = labels_hash(g, l, row);
			all[n++].heading = g->row[row].heading;
		}
	if (!all || !l->shared) {
		free(all);
		return false;
	}
	qsort(all, n, sizeof(*all), compare_hash);
	for (i = 1; i < n; i++)
		if (all[i].label == all[i - 1].label && all[i].heading != all[i - 1].heading)
			l->shared[l->shares++] = all[i].label;
	free(all);
	return true;
}

static bool is_shared(const struct grid *g, const struct labels *l, size_t row)
{
	uint64_t h = l->shares > 0 ? labels_hash(g, l, row) : 0;

	return l->shares > 0 && bsearch(&h, l->shared, l->shares, sizeof(h), compare_hash);
}

/* The label's words; numbers and "yes" together with the header. 0: none, or a word for all. */
static uint64_t label_hash(const struct grid *g, size_t row, size_t column, bool counted, bool *ret_total)
{
	const struct cell *c = grid_cell(g, row, column);
	uint64_t context = heading_hash(g, row);
	const struct label *l;

	if (c->kind == CELL_EMPTY)
		return 0;
	if (c->kind == CELL_NUMBER)
		return hash_bytes((const char *)&c->value, sizeof(c->value)) ^ (context ? context : g->column[column].hash);
	l = label_at(g, row, column);
	if (l->total) {
		*ret_total = true;
		return 0;
	}
	if (l->generic && !counted)
		return l->category ^ (context ? context : g->column[column].hash);
	return counted ? l->counted : l->category;
}

static void read_row(const struct grid *g, const struct labels *l, size_t row, struct row_dims *ret)
{
	double unused;
	bool counted = row_role(g, row, &unused) == ROLE_COUNT;
	size_t i;

	ret->total = false;
	for (i = 0; i < l->n; i++)
		ret->hash[i] = label_hash(g, row, l->column[i], counted, &ret->total);
	for (i = 0; i < l->n && ret->hash[i] == 0; i++)
		;
	if (i < l->n && is_shared(g, l, row))
		ret->hash[i] = ret->hash[i] * 31 + heading_hash(g, row);
}

static_assert(GRID_CELLS < 1u << 24 && CUBE_FULLS < 1u << 24, "rows and entries fit a part's 24 bits");

/* A part of the last full entry. */
static bool add_part(struct cube *c, uint64_t key, uint64_t hash, uint16_t dim, uint32_t section)
{
	if (hash == 0)
		return true;
	if (c->parts == CUBE_ENTRIES) {
		c->cut = true;
		return true;
	}
	if (!room_for((void **)&c->part, &c->part_room, c->parts, 1, sizeof(*c->part)))
		return false;
	c->part[c->parts++] = (struct part){ key - hash, (uint64_t)dim << 48 | (uint64_t)section << 24 | (c->fulls - 1) };
	return true;
}

static bool add_full(struct cube *c, const struct entry *e)
{
	if (c->fulls == CUBE_FULLS) {
		c->cut = true;
		return true;
	}
	if (!room_for((void **)&c->full, &c->full_room, c->fulls, 1, sizeof(*c->full)))
		return false;
	c->full[c->fulls++] = *e;
	return true;
}

/* "(N=250)" over a column is the whole of what stands below. */
static bool add_announced(const struct grid *g, size_t column, struct cube *c)
{
	const struct column *col = &g->column[column];
	struct entry e = { .key = g->population + g->title + g->unit + col->dim,
		.value = col->n,
		.column = (uint32_t)column,
		.sure = true,
		.announced = true };

	return !(col->flags & COL_GROUP) || col->n > UINT32_MAX || add_full(c, &e);
}

/* Who had the event or was lost since the line before: two tables with other times count other persons. */
static uint64_t step_hash(const struct grid *g, const struct labels *l, size_t row, size_t column)
{
	const struct cell *now, *before;

	if (l->time == g->columns || !(g->column[column].flags & (COL_EVENT | COL_CENSOR)) || g->column[column].flags & COL_RISK || row < 2)
		return 0;
	now = grid_cell(g, row, l->time);
	before = grid_cell(g, row - 1, l->time);
	if (now->kind != CELL_NUMBER || before->kind != CELL_NUMBER || before->value >= now->value)
		return 0;
	return hash_bytes((const char *)&before->value, sizeof(before->value));
}

static bool add_cell(const struct grid *g, const struct labels *l, const struct row_dims *d, size_t row, size_t column, struct cube *c)
{
	const struct column *col = &g->column[column];
	const struct cell *cell = grid_cell(g, row, column);
	bool known = cell->kind == CELL_NUMBER || cell->kind == CELL_MIXED;
	struct entry e = { .key = g->population + g->title + g->unit + col->dim,
		.value = -1,
		.row = (uint32_t)row,
		.column = (uint32_t)column,
		.less = cell->kind == CELL_LESS && cell->value >= 1 && cell->value < UINT16_MAX ? (uint16_t)cell->value : 0,
		.sure = col->role == ROLE_COUNT || col->role == ROLE_MIDPOINT || cell_is_count(g, row, column),
		.total = d->total || (col->role == ROLE_TOTAL) };
	size_t i;

	if (known && (!(cell->flags & CELL_WHOLE) || cell->value > UINT32_MAX))
		return true;
	if (known)
		e.value = (int64_t)cell->value;
	for (i = 0; i < l->n; i++)
		e.key += d->hash[i];
	e.key += step_hash(g, l, row, column);
	if (!add_full(c, &e))
		return false;
	for (i = 0; i < l->n; i++)
		if (!add_part(c, e.key, d->hash[i], (uint16_t)l->column[i], g->row[row].heading))
			return false;
	return add_part(c, e.key, col->dim, DIM_HEADER, 0) && add_part(c, e.key, g->population, DIM_HEADER - 1, 0) &&
	       add_part(c, e.key, g->title, DIM_HEADER - 2, 0);
}

/* Parts by key, dimension, section and place; full entries by key and place. */
static int compare_pairs(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	if (x[0] != y[0])
		return x[0] < y[0] ? -1 : 1;
	return (x[1] > y[1]) - (x[1] < y[1]);
}

static bool sort(struct cube *c)
{
	size_t i;

	c->by_key = malloc((c->fulls + 1) * sizeof(*c->by_key));
	if (!c->by_key)
		return false;
	for (i = 0; i < c->fulls; i++)
		c->by_key[i] = (struct keyed){ c->full[i].key, i };
	sort_hashed(c->by_key, c->fulls, sizeof(*c->by_key), compare_pairs);
	sort_hashed(c->part, c->parts, sizeof(*c->part), compare_pairs);
	return true;
}

/* Two columns are two groups, also where only a number tells them apart: "Lev" and "Lev+5FU". */
static void part_columns(struct grid *g)
{
	char a[HEADER_MAX], b[HEADER_MAX];
	size_t i, k, n, m;

	for (i = 0; i < g->columns && i < PARTED; i++)
		for (k = i + 1; k < g->columns && k < PARTED; k++) {
			if (g->column[i].dim == 0 || g->column[i].dim != g->column[k].dim)
				continue;
			n = grid_fold(g, 0, i, a, sizeof(a));
			m = grid_fold(g, 0, k, b, sizeof(b));
			n = (size_t)(memchr(a, '(', n) ? (const char *)memchr(a, '(', n) - a : (ptrdiff_t)n);
			m = (size_t)(memchr(b, '(', m) ? (const char *)memchr(b, '(', m) - b : (ptrdiff_t)m);
			if (n != m || memcmp(a, b, n) != 0)
				g->column[k].dim ^= hash_bytes(b, m);
		}
}

static bool cell_counts(const struct grid *g, size_t row, size_t column)
{
	const struct column *c = &g->column[column];

	return (grid_cell(g, row, column)->kind == CELL_NUMBER && header_is_count(c) && c->real + c->spread == 0) ||
	       cell_is_count(g, row, column);
}

/* A count that no word names is of all, "n" beside "n_event", but then it is nowhere smaller: "Obs" beside "Lev" is an arm. */
static bool is_whole(const struct grid *g, size_t whole, size_t part)
{
	size_t row, under = 0;

	for (row = 1; row < g->rows && row < 1000; row++) {
		const struct cell *a = grid_cell(g, row, whole), *b = grid_cell(g, row, part);

		under += a->kind == b->kind && a->value < b->value && cell_counts(g, row, whole) && cell_counts(g, row, part);
	}
	return under == 0;
}

static bool has_parts(const struct grid *g, size_t whole)
{
	size_t i;

	for (i = 0; i < g->columns && i < PARTED; i++) {
		const struct column *c = &g->column[i];

		if (i == whole || c->dim == 0)
			continue;
		if (c->n > g->column[whole].n && c->flags & g->column[whole].flags & COL_GROUP)
			return false;
		if ((header_is_count(c) || c->flags & COL_GROUP) && !is_whole(g, whole, i))
			return false;
	}
	return true;
}

static void name_wholes(struct grid *g)
{
	char fold[HEADER_MAX];
	size_t i, n;

	for (i = 0; i < g->columns && i < PARTED; i++) {
		struct column *c = &g->column[i];

		n = grid_fold(g, 0, i, fold, sizeof(fold));
		if (c->dim == 0 && n > 0 && c->role != ROLE_TOTAL && (header_is_count(c) || c->flags & COL_GROUP) &&
			!header_is_total(fold, n) && !has_parts(g, i))
			c->dim = header_category(fold, n, false);
	}
}

/* A count that is not shown below a group's name: "<10", "*". */
static bool is_hidden(const struct grid *g, size_t row, size_t column)
{
	const struct cell *c = grid_cell(g, row, column);
	double unused;
	enum role role;

	if (!(g->column[column].flags & COL_GROUP) || (c->kind != CELL_MARK && c->kind != CELL_LESS))
		return false;
	role = row_role(g, row, &unused);
	return role == ROLE_UNKNOWN || role == ROLE_COUNT;
}

static bool read_rows(struct grid *g, const struct labels *l, struct cube *ret)
{
	struct row_dims d;
	size_t row, i;

	for (i = 0; i < g->columns; i++)
		if (!add_announced(g, i, ret))
			return false;
	for (row = 1; row < g->rows; row++) {
		bool read = false;

		for (i = 0; i < g->columns && !g->row[row].is_heading; i++) {
			if (!header_is_count(&g->column[i]) && !cell_is_count(g, row, i) && !is_hidden(g, row, i))
				continue;
			if (!read)
				read_row(g, l, row, &d);
			read = true;
			if (!add_cell(g, l, &d, row, i, ret))
				return false;
			if (ret->cut)
				return true;
		}
	}
	return true;
}

bool cube_make(struct grid *g, struct cube *ret)
{
	struct labels l = { .n = 0 };
	bool good;

	*ret = (struct cube){ 0 };
	part_columns(g);
	name_wholes(g);
	find_labels(g, &l);
	good = find_shared(g, &l) && read_rows(g, &l, ret);
	if (ret->cut)
		ret->fulls = ret->parts = 0; /* what is left out could be what matters: difference_check blocks it */
	good = good && sort(ret);
	if (!good)
		cube_free(ret);
	free(l.shared);
	return good;
}

void cube_free(struct cube *c)
{
	free(c->full);
	free(c->part);
	free(c->by_key);
	*c = (struct cube){ 0 };
}

size_t cube_full(const struct cube *c, uint64_t key)
{
	size_t low = 0, high = c->fulls;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c->by_key[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low < c->fulls && c->by_key[low].key == key ? low : c->fulls;
}

size_t cube_full_on(const struct cube *c, uint64_t key, size_t *at)
{
	while (*at < c->fulls && c->by_key[*at].key < key)
		++*at;
	return *at < c->fulls && c->by_key[*at].key == key ? *at : c->fulls;
}

size_t cube_entry(const struct cube *c, uint32_t row, uint32_t column)
{
	size_t low = 0, high = c->fulls;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct entry *e = &c->full[middle];

		if (e->row < row || (e->row == row && e->column < column))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t cube_run(const struct cube *c, size_t i)
{
	size_t n = 1;

	while (i + n < c->parts && c->part[i + n].key == c->part[i].key && c->part[i + n].rest >> 24 == c->part[i].rest >> 24)
		n++;
	return n;
}

/* The sum of a run's known values; -1 where one is suppressed. */
static int64_t run_sum(const struct cube *c, size_t i, size_t n)
{
	int64_t sum = 0;

	for (; n > 0; n--, i++) {
		int64_t value = cube_of(c, i)->value;

		if (value < 0)
			return -1;
		sum += value;
	}
	return sum;
}

/* Totals of money, days and doses add up too. */
static bool counts_things(const struct grid *g)
{
	static const char *const things[] = { "eur", "euro", "euros", "sek", "nok", "dkk", "isk", "usd", "gbp", "cost", "costs", "price",
		"kustannus", "kustannukset", "kostnad", "kostnader", "omkostninger", "kostnadur", "days", "bed_days", "hours", "minutes",
		"visits", "beds", "doses", "ddd", "packages", "prescriptions", "samples", "tests", "km", "kg", "ml", "mg", "items",
		"units", "vuoropaivat", "kaynnit", "besok", "liggedage", "vardtillfallen", "points", "score", "bytes", "lines", "files",
		"seconds", "genes", "variants", "snps", "papers", "studies", "articles", "tokens", "steps", NULL };
	const char *slash = strrchr(g->file->name, '/'), *name = slash ? slash + 1 : g->file->name;
	char fold[HEADER_MAX];
	size_t i, from, to;

	for (i = 0; i <= g->columns && i <= PARTED; i++) {
		size_t n = i < g->columns ? grid_fold(g, 0, i, fold, sizeof(fold))
					  : text_fold(name, strlen(name) < HEADER_MAX ? strlen(name) : HEADER_MAX, false, fold);

		for (from = to = 0; from < n; from = to + 1) {
			for (to = from; to < n && fold_is_word(fold[to]) && fold[to] != '_'; to++)
				;
			if (word_of(things, fold + from, to - from))
				return true;
		}
	}
	return false;
}

static size_t class_of(uint16_t dim)
{
	return dim == DIM_HEADER ? GRID_DIMS : dim < GRID_DIMS ? dim : GRID_DIMS + 1;
}

struct sums {
	uint32_t added, missed;
};

/* 1: the run adds up to its total; -1: it does not; 0: there is none, or something is not known. at: for the next run. */
static int run_adds(const struct cube *c, size_t i, size_t n, size_t *at, size_t *ret_total)
{
	int64_t sum;

	*ret_total = n < 2 ? c->fulls : cube_full_on(c, c->part[i].key, at);
	if (*ret_total == c->fulls)
		return 0;
	*ret_total = c->by_key[*ret_total].full;
	sum = run_sum(c, i, n);
	return sum <= 0 || c->full[*ret_total].value <= 0 || c->full[*ret_total].announced ? 0
		: sum == c->full[*ret_total].value						   ? 1
												   : -1;
}

/* All or most of what adds up in one direction: rows to their last column, or columns to their last row. */
static void mark_columns(struct grid *g, const struct cube *c, const struct sums *all)
{
	size_t i, k, n, total, at = 0;

	for (i = 0; i < c->parts; i += n) {
		const struct sums *s = &all[class_of(part_dim(&c->part[i]))];

		n = cube_run(c, i);
		if (s->added == 0 || s->missed * 4 > s->added * (s->added > 1 ? 1 : 0) || run_adds(c, i, n, &at, &total) != 1)
			continue;
		g->column[c->full[total].column].flags |= COL_ADDS;
		for (k = i; k < i + n; k++)
			g->column[cube_of(c, k)->column].flags |= COL_ADDS;
	}
}

void cube_find_cross(struct grid *g, struct cube *c)
{
	struct sums all[GRID_DIMS + 2] = { { 0 } };
	size_t i, n, total, at = 0, added = 0, missed = 0;

	for (i = 0; i < c->parts; i += n) {
		int adds;

		n = cube_run(c, i);
		adds = run_adds(c, i, n, &at, &total);
		all[class_of(part_dim(&c->part[i]))].added += adds > 0;
		all[class_of(part_dim(&c->part[i]))].missed += adds < 0;
		added += adds > 0;
		missed += adds < 0;
	}
	if (added == 0 || counts_things(g))
		return;
	mark_columns(g, c, all);
	g->cross = added >= missed;
	for (i = 0; i < c->fulls; i++)
		c->full[i].sure |= g->cross || g->column[c->full[i].column].flags & COL_ADDS;
}
