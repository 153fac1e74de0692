/* policy/cube.c - the counts of a table with keys for what they count: so that a part meets its total, in this table
 * or in another, by looking a key up. A key is a sum of hashes, so that the order of dimensions doesn't matter. */
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
};

/* Values that say nothing without the header of their column. */
static bool is_generic(const char *p, size_t n)
{
	static const char *const values[] = { "yes", "no", "y", "n", "ja", "nej", "nei", "kylla", "ei", "true", "false", "na",
		"missing", "unknown", "other", "none", "puuttuu", "tuntematon", "saknas", "okand", "ukjent", "ukendt", "muu", "annat",
		"andre", "low", "high", "medium", "positive", "negative", NULL };

	return word_of(values, p, n);
}

/* Labels, codes and periods; and whatever stands before the first count and is no estimate. */
static void find_labels(const struct grid *g, struct labels *ret)
{
	bool counted = false;
	size_t i;

	ret->n = 0;
	for (i = 0; i < g->columns && ret->n < GRID_DIMS; i++) {
		const struct column *c = &g->column[i];
		bool index = c->flags & COL_INDEX && c->flags & COL_CLIMBS && c->flags & COL_NUMBERED;
		bool label = c->role == ROLE_LABEL || c->role == ROLE_CODE || c->role == ROLE_PERIOD ||
			     (c->role == ROLE_UNKNOWN && !header_is_count(c) && (c->other > 0 || !counted));

		counted |= header_is_count(c);
		if (label && !index)
			ret->column[ret->n++] = i;
	}
}

/* The label's words; numbers and "yes" together with the header. 0: none, or a word for all. */
static uint64_t label_hash(const struct grid *g, size_t row, size_t column, bool counted, bool *ret_total)
{
	const struct cell *c = grid_cell(g, row, column);
	char fold[HEADER_MAX];
	size_t n;

	if (c->kind == CELL_EMPTY)
		return 0;
	if (c->kind == CELL_NUMBER)
		return hash_bytes((const char *)&c->value, sizeof(c->value)) ^ g->column[column].hash;
	n = grid_fold(g, row, column, fold, sizeof(fold));
	if (header_is_total(fold, n)) {
		*ret_total = true;
		return 0;
	}
	if (is_generic(fold, n) && !counted)
		return hash_bytes(fold, n) ^ g->column[column].hash;
	return header_category(fold, n, counted);
}

static void read_row(const struct grid *g, const struct labels *l, size_t row, struct row_dims *ret)
{
	struct column by_row;
	bool counted = row_role(g, row, &by_row) == ROLE_COUNT;
	size_t i;

	ret->total = false;
	for (i = 0; i < l->n; i++)
		ret->hash[i] = label_hash(g, row, l->column[i], counted, &ret->total);
}

static bool add_part(struct cube *c, const struct entry *full, uint64_t hash, uint16_t dim)
{
	struct entry *e;

	if (hash == 0)
		return true;
	if (c->parts == CUBE_ENTRIES) {
		c->cut = true;
		return true;
	}
	if (!room_for((void **)&c->part, &c->part_room, c->parts, 1, sizeof(*c->part)))
		return false;
	e = &c->part[c->parts++];
	*e = *full;
	e->key -= hash;
	e->dim = dim;
	return true;
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
	if (c->fulls == CUBE_ENTRIES) {
		c->cut = true;
		return true;
	}
	if (!room_for((void **)&c->full, &c->full_room, c->fulls, 1, sizeof(*c->full)))
		return false;
	c->full[c->fulls++] = e;
	for (i = 0; i < l->n; i++)
		if (!add_part(c, &e, d->hash[i], (uint16_t)l->column[i]))
			return false;
	return add_part(c, &e, col->dim, DIM_HEADER) && add_part(c, &e, g->population, DIM_HEADER - 1) &&
	       add_part(c, &e, g->title, DIM_HEADER - 2);
}

static int compare_parts(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->dim != y->dim)
		return x->dim < y->dim ? -1 : 1;
	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return (x->column > y->column) - (x->column < y->column);
}

static int compare_index(const void *a, const void *b, void *full)
{
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	const struct entry *f = full;

	if (f[i].key != f[j].key)
		return f[i].key < f[j].key ? -1 : 1;
	return (i > j) - (i < j);
}

static bool sort(struct cube *c)
{
	size_t i;

	c->by_key = malloc((c->fulls + 1) * sizeof(*c->by_key));
	if (!c->by_key)
		return false;
	for (i = 0; i < c->fulls; i++)
		c->by_key[i] = (uint32_t)i;
	if (c->fulls > 0)
		qsort_r(c->by_key, c->fulls, sizeof(*c->by_key), compare_index, c->full);
	if (c->parts > 0)
		qsort(c->part, c->parts, sizeof(*c->part), compare_parts);
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

bool cube_make(struct grid *g, struct cube *ret)
{
	struct labels l;
	struct row_dims d;
	size_t row, i;

	*ret = (struct cube){ 0 };
	part_columns(g);
	find_labels(g, &l);
	for (row = 1; row < g->rows; row++) {
		bool read = false;

		for (i = 0; i < g->columns; i++) {
			if (!header_is_count(&g->column[i]) && !cell_is_count(g, row, i))
				continue;
			if (!read)
				read_row(g, &l, row, &d);
			read = true;
			if (!add_cell(g, &l, &d, row, i, ret)) {
				cube_free(ret);
				return false;
			}
		}
	}
	if (!sort(ret)) {
		cube_free(ret);
		return false;
	}
	return true;
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

		if (c->full[c->by_key[middle]].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low < c->fulls && c->full[c->by_key[low]].key == key ? low : c->fulls;
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

size_t cube_parts(const struct cube *c, uint64_t key)
{
	size_t low = 0, high = c->parts;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c->part[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low < c->parts && c->part[low].key == key ? low : c->parts;
}

size_t cube_run(const struct cube *c, size_t i)
{
	size_t n = 1;

	while (i + n < c->parts && c->part[i + n].key == c->part[i].key && c->part[i + n].dim == c->part[i].dim)
		n++;
	return n;
}

/* The sum of a run's known values; -1 where one is suppressed. */
static int64_t run_sum(const struct cube *c, size_t i, size_t n)
{
	int64_t sum = 0;

	for (; n > 0; n--, i++) {
		if (c->part[i].value < 0)
			return -1;
		sum += c->part[i].value;
	}
	return sum;
}

void cube_find_cross(struct grid *g, struct cube *c)
{
	size_t i, n, added = 0, missed = 0;

	for (i = 0; i < c->parts; i += n) {
		size_t full = cube_full(c, c->part[i].key);
		int64_t sum;

		n = cube_run(c, i);
		if (n < 2 || full == c->fulls)
			continue;
		sum = run_sum(c, i, n);
		if (sum > 0 && sum == c->full[c->by_key[full]].value)
			added++;
		else if (sum > 0)
			missed++;
	}
	g->cross = added > 0 && added >= missed;
	for (i = 0; g->cross && i < c->fulls; i++)
		c->full[i].sure = true;
	for (i = 0; g->cross && i < c->parts; i++)
		c->part[i].sure = true;
}
