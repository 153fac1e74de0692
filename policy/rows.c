/* policy/rows.c - tables whose rows nothing tells apart: a column of what each person has, the same labels again and
 * again. A table of results names each of its rows once, by labels, or by a number that rises or falls within them.
 * Source: ESSnet guidelines (2009): no unit-level rows; OUTPUT-RULES 4.5. */
#include "policy/table.h"

#define FEW 10     /* rows with numbers that nothing tells apart: fewer are a short list of estimates */
#define MANY 100   /* rows; nobody writes that many by hand */

struct key {
	uint64_t hash;
	uint32_t row;
};

static int compare_key(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	return x->hash != y->hash ? (x->hash > y->hash) - (x->hash < y->hash) : (x->row > y->row) - (x->row < y->row);
}

/* Ages name the rows of a table only where they are in order, which is asked below. */
static bool is_label(const struct column *c)
{
	return column_labels(c) && !(c->flags & COL_AGE && c->other == 0);
}

static bool is_index(const struct column *c, size_t i)
{
	return c->flags & COL_CLIMBS && (c->flags & COL_INDEX || (i == 0 && !(c->flags & COL_LABEL) && c->role != ROLE_PERIOD));
}

/* A label is given once for the rows below it, where cells are joined. */
static void read_keys(const struct grid *g, struct key *key, size_t n)
{
	size_t i, row, len;

	for (row = 0; row < n; row++)
		key[row] = (struct key){ 0, (uint32_t)row + 1 };
	for (i = 0; i < g->columns; i++) {
		uint64_t last = 0;

		if (!is_label(&g->column[i]))
			continue;
		for (row = 0; row < n; row++) {
			grid_text(g, row + 1, i, &len);
			last = len > 0 ? grid_hash(g, row + 1, i) : last;
			key[row].hash = (key[row].hash ^ last) * 0x9e3779b97f4a7c15u;
		}
	}
	qsort(key, n, sizeof(*key), compare_key);
}

static size_t count_again(const struct key *key, size_t n)
{
	size_t i, again = 0;

	for (i = 1; i < n; i++)
		again += key[i].hash == key[i - 1].hash;
	return again;
}

static bool is_number(const struct column *c)
{
	return c->other + c->spread == 0 && c->whole + c->real > 0;
}

/* Within rows that share their labels, its values rise or fall from each to the next. */
static bool is_ordered(const struct grid *g, const struct key *key, size_t n, size_t i)
{
	bool rises = false, falls = false;
	size_t k;

	for (k = 1; k < n; k++) {
		const struct cell *was = grid_cell(g, key[k - 1].row, i), *is = grid_cell(g, key[k].row, i);

		if (key[k].hash != key[k - 1].hash)
			continue;
		if (was->kind != CELL_NUMBER || is->kind != CELL_NUMBER || was->value == is->value)
			return false;
		rises |= is->value > was->value;
		falls |= is->value < was->value;
	}
	return rises != falls;
}

/* Steps of one width: somebody chose where a curve is drawn. */
static bool is_even(const struct grid *g, const struct key *key, size_t n, size_t i)
{
	double step = 0;
	size_t k;

	for (k = 1; k < n; k++) {
		double now = grid_cell(g, key[k].row, i)->value - grid_cell(g, key[k - 1].row, i)->value;

		if (key[k].hash != key[k - 1].hash)
			continue;
		if (step == 0)
			step = now;
		if (now * step <= 0 || now / step < .99 || now / step > 1.01)
			return false;
	}
	return true;
}

/* What the columns that are no labels are. */
struct rest {
	size_t numbers, first; /* columns; the first of them that is in no order */
	size_t ordered;        /* column; columns where there is none */
	bool chosen;           /* it goes in even steps */
};

static struct rest read_rest(const struct grid *g, const struct key *key, size_t n)
{
	struct rest r = { .first = g->columns, .ordered = g->columns };
	size_t i;

	for (i = 0; i < g->columns; i++) {
		const struct column *c = &g->column[i];

		if (!is_number(c) || is_label(c) || is_index(c, i))
			continue;
		r.numbers++;
		if (is_ordered(g, key, n, i)) {
			r.chosen |= is_even(g, key, n, i) && !(c->flags & COL_AGE);
			r.ordered = r.ordered < g->columns ? r.ordered : i;
		} else if (r.first == g->columns) {
			r.first = i;
		}
	}
	return r;
}

/* Numbers alone, in columns without names, and more of them than a short list has. */
static bool is_block(const struct grid *g, const struct rest *r, size_t again, size_t n)
{
	size_t i, nameless = 0, len;

	for (i = 0; i < g->columns; i++) {
		grid_text(g, 0, i, &len);
		nameless += len == 0;
	}
	return again + 1 == n && nameless * 2 > g->columns && r->numbers == g->columns && n * r->numbers > PERSONS;
}

static bool is_square(const struct grid *g, const struct rest *r)
{
	return r->numbers == g->rows - 1;
}

static void tell(struct grid *g, size_t column, size_t again, size_t n, bool told)
{
	bool many = n > MANY && again * 2 > n;

	told = g->unkeyed || (told && !many); /* in other words */
	g->unkeyed = true;
	if (told)
		return;
	report_add(g->report, RULE_MICRODATA, many && !g->unnamed ? FINDING_BLOCK : FINDING_REVIEW, grid_place(g, 1, column),
		"release one row per group, with counts; or give each row a label of its own",
		"%zu of %zu rows have the labels of another row, or none: each may be one person's", again, n);
}

bool rows_check(struct grid *g, bool told)
{
	size_t n = g->rows > 0 ? g->rows - 1 : 0, again, i;
	struct key *key;
	struct rest r;
	bool block;

	if (n < 2 || table_is_result(g) || table_is_steps(g) || table_is_search(g))
		return false;
	key = malloc(n * sizeof(*key));
	if (!key) {
		report_add(g->report, RULE_MICRODATA, FINDING_BLOCK, (struct place){ 0 }, "release several smaller tables",
			"there was no memory to tell the table's rows apart");
		return true;
	}
	read_keys(g, key, n);
	again = count_again(key, n);
	r = read_rest(g, key, n);
	free(key);
	block = is_block(g, &r, again, n);
	if (again * 10 < n || r.chosen || (n <= PERSONS && r.numbers == 0) || (!block && (n < FEW || is_square(g, &r))))
		return false;
	for (i = 0; i < g->columns && !is_label(&g->column[i]);)
		i++;
	if (r.ordered < g->columns && (r.numbers > 1 || (n <= PERSONS && i == g->columns))) /* it tells the rows apart, and the others are what they have */
		return false;
	if (r.numbers == 0 && i == g->columns)
		return false; /* one word over and over */
	tell(g, r.first < g->columns ? r.first : r.ordered < g->columns ? r.ordered : i, again, n, told);
	return true;
}
