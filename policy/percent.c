/* policy/percent.c - counts that percentages betray: a share of a known number of persons is a count, exact to the
 * rounding of the share. A count is betrayed where all whole numbers that round to the share are under the threshold.
 * Source: Handbook on Statistical Disclosure Control for Outputs (2019), percentages; UK Longitudinal Linkage
 * Collaboration, rules for outputs: counts under 10, "also via percentages". */
#include "policy/table.h"

struct interval {
	double low, high; /* of the count */
};

/* What a share of `of` persons can stand for: half a unit of its last digit to both sides. */
static struct interval of_share(double share, unsigned decimals, double scale, double of)
{
	double half = .5;

	for (; decimals > 0; decimals--)
		half /= 10;
	return (struct interval){ (share - half) * of / scale - 1e-9, (share + half) * of / scale + 1e-9 };
}

static int64_t first_in(const struct interval *v)
{
	int64_t i = v->low <= 0 ? 0 : v->low < 1e15 ? (int64_t)v->low : 1000000000000000;

	return (double)i < v->low ? i + 1 : i;
}

static int64_t last_in(const struct interval *v)
{
	return v->high < 0 ? -1 : v->high < 1e15 ? (int64_t)v->high : 1000000000000000;
}

/* All that fit are 1..t-1; none fits: the two numbers don't belong together. */
static bool betrays(const struct interval *v, int64_t t)
{
	int64_t first = first_in(v), last = last_in(v);

	return first <= last && first >= 1 && last < t;
}

static void tell(const struct grid *g, size_t row, size_t i)
{
	report_add(g->report, RULE_PERCENT, FINDING_BLOCK, grid_place(g, row, i),
		"suppress the percentage too, or join categories",
		"this percentage and the number of persons it is of give a count under %lld", (long long)g->policy->min_count);
}

static double scale_of(const struct column *c)
{
	return c->role == ROLE_SHARE ? 1 : 100;
}

static bool number_at(const struct grid *g, size_t row, size_t i, double *ret)
{
	const struct cell *c = grid_cell(g, row, i);

	*ret = c->value;
	return (c->kind == CELL_NUMBER || c->kind == CELL_MIXED) && c->value > 0;
}

/* --- a column of counts beside one of percentages --- */

/* Whether the counts are shares of one number: it lies where the intervals of all rows meet. */
static bool find_whole(const struct grid *g, size_t count, size_t percent, double *ret)
{
	struct interval whole = { 0, 1e18 };
	double scale = scale_of(&g->column[percent]), n, p;
	size_t row, seen = 0, hidden = 0;

	for (row = 1; row < g->rows; row++) {
		const struct cell *c = grid_cell(g, row, percent);
		struct interval one = of_share(c->value, c->decimals, scale, 1);

		hidden += grid_cell(g, row, count)->kind <= CELL_LESS && c->kind == CELL_NUMBER;
		if (!number_at(g, row, count, &n) || !number_at(g, row, percent, &p) || one.low <= 0)
			continue;
		seen++;
		whole.low = n / one.high > whole.low ? n / one.high : whole.low;
		whole.high = n / one.low < whole.high ? n / one.low : whole.high;
	}
	*ret = (whole.low + whole.high) / 2;
	return (seen >= 2 || (seen == 1 && hidden > 0)) && whole.low <= whole.high + 1;
}

/* Counts are shown, some suppressed, and the percentage of a suppressed one still stands. */
static void suppressed_count(const struct grid *g, size_t count, size_t percent, double whole)
{
	size_t row;

	for (row = 1; row < g->rows; row++) {
		const struct cell *c = grid_cell(g, row, count), *p = grid_cell(g, row, percent);
		struct interval v;

		if (c->kind == CELL_NUMBER || c->kind == CELL_MIXED || c->kind == CELL_TEXT || p->kind != CELL_NUMBER)
			continue;
		v = of_share(p->value, p->decimals, scale_of(&g->column[percent]), whole);
		if (betrays(&v, g->policy->min_count))
			tell(g, row, percent);
	}
}

/* The count is what the percentage is of. */
static void denominator(const struct grid *g, size_t count, size_t percent)
{
	bool pinned = false;
	size_t row;

	for (row = 1; row < g->rows; row++) {
		const struct cell *p = grid_cell(g, row, percent);
		struct interval v;
		double n;

		if (p->kind != CELL_NUMBER || !number_at(g, row, count, &n) || p->value > scale_of(&g->column[percent]))
			continue;
		v = of_share(p->value, p->decimals, scale_of(&g->column[percent]), n);
		if (betrays(&v, g->policy->min_count))
			tell(g, row, percent);
		else if (!pinned && g->base > 0 && g->base != MIDPOINT6 && first_in(&v) == last_in(&v) && first_in(&v) % g->base != 0) {
			pinned = true;
			report_add(g->report, RULE_PERCENT, FINDING_REVIEW, grid_place(g, row, percent),
				"compute percentages from the rounded counts",
				"counts are rounded here, and this percentage gives an exact one; others may follow below");
		}
	}
}

static void beside(const struct grid *g, size_t percent)
{
	size_t i, nearest = g->columns;
	double whole = 0;

	for (i = 0; i < g->columns; i++) { /* the count to the left, else to the right */
		if (g->column[i].role != ROLE_COUNT && g->column[i].role != ROLE_MIDPOINT)
			continue;
		if (nearest == g->columns || i < percent)
			nearest = i;
	}
	if (nearest == g->columns)
		return;
	if (find_whole(g, nearest, percent, &whole))
		suppressed_count(g, nearest, percent, whole);
	else
		denominator(g, nearest, percent);
}

/* --- N in the header or in the sidecar, and the share in the cell: "<10 (1.5%)", "1.5%" --- */

static bool bracket_share(const struct grid *g, size_t row, size_t i, double *ret, unsigned *ret_decimals)
{
	char fold[HEADER_MAX];
	size_t n = grid_fold(g, row, i, fold, sizeof(fold)), at = 0;
	struct number number;

	while (at < n && fold[at] != '(' && fold[at] != '[')
		at++;
	for (at++; at < n && fold[at] == ' ';)
		at++;
	if (at >= n)
		return false;
	number = number_read(fold + at, n - at, g->delimiter);
	*ret = number.value;
	*ret_decimals = (unsigned)number.decimals;
	return number.used > 0;
}

static void in_cell(const struct grid *g, size_t row, size_t i, int64_t of)
{
	const struct cell *c = grid_cell(g, row, i);
	struct interval v;
	double share = c->value;
	unsigned decimals = c->decimals;
	bool percent = c->kind == CELL_NUMBER && c->flags & CELL_PERCENT;

	if (c->kind == CELL_LESS && c->flags & CELL_SHARE)
		percent = bracket_share(g, row, i, &share, &decimals);
	if (!percent || share > 100)
		return;
	v = of_share(share, decimals, 100, (double)of);
	if (betrays(&v, g->policy->min_count))
		tell(g, row, i);
}

void percent_check(struct grid *g)
{
	size_t row, i;

	report_ran(g->report, RULE_PERCENT);
	for (i = 0; i < g->columns; i++) {
		const struct column *c = &g->column[i];
		int64_t of = c->n > 0 ? c->n : g->claimed_n;

		if (c->role == ROLE_PERCENT || c->role == ROLE_SHARE)
			beside(g, i);
		else if (of > 0 && (c->role == ROLE_UNKNOWN || c->role == ROLE_TOTAL || c->role == ROLE_LABEL || c->role == ROLE_COUNT))
			for (row = 1; row < g->rows; row++)
				in_cell(g, row, i, of);
	}
}
