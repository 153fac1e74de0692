/* policy/sdc.c - rules on single cells and on the groups they stand in: small counts, zeros, full cells, dominance,
 * minima, maxima and percentiles.
 * Sources: ESSnet guidelines for the checking of output based on microdata research (2009; Data without Boundaries,
 * 2015); Hundepool and others, Handbook on Statistical Disclosure Control, 2nd edition, chapter 4.2 (sensitivity of
 * magnitudes) and 5.9 (group disclosure); Handbook on Statistical Disclosure Control for Outputs (2019). */
#include "policy/table.h"

#define OLD 89 /* years: the oldest age that is not rare by itself; HIPAA's safe harbour, 45 CFR 164.514 */
#define LISTED 10 /* findings of a kind that are listed; the rest is counted */

/* --- small counts and zeros --- */

static void small_cell(const struct grid *g, size_t row, size_t i)
{
	report_add(g->report, RULE_COUNT, FINDING_BLOCK, grid_place(g, row, i), "suppress the cell, or join categories",
		"this cell counts persons and is under %lld", (long long)g->policy->min_count);
}

static void zero_cell(const struct grid *g, size_t row, size_t i)
{
	report_add(g->report, RULE_ZERO, (enum finding_severity)g->policy->zeros, grid_place(g, row, i),
		"say in the export's description why a zero tells nothing about a person",
		"a count of persons is zero here; others in its column may follow below");
}

/* Midpoint-6 rounding leaves 0 and 3, 9, 15, ...: a 3 there is no small count. */
static bool is_midpoint(const struct column *c, const struct cell *cell)
{
	return c->role == ROLE_MIDPOINT && cell->flags & CELL_WHOLE && (int64_t)cell->value % 6 == 3;
}

static bool is_small(const struct grid *g, const struct column *c, const struct cell *cell)
{
	return cell->value > 0 && cell->value < (double)g->policy->min_count && !is_midpoint(c, cell);
}

static void count_column(struct grid *g, size_t i)
{
	const struct column *c = &g->column[i];
	int64_t base = g->policy->round_base;
	bool zero = false, odd = false;
	size_t row;

	for (row = 1; row < g->rows; row++) {
		const struct cell *cell = grid_cell(g, row, i);

		if (cell->kind != CELL_NUMBER && cell->kind != CELL_MIXED)
			continue;
		if (c->role != ROLE_COUNT && c->role != ROLE_MIDPOINT && !cell_is_count(g, row, i))
			continue;
		if (cell->value == 0 && !zero && c->role != ROLE_MIDPOINT && g->policy->zeros > FINDING_PASS) {
			zero = true;
			zero_cell(g, row, i);
		}
		if (base > 1 && !odd && !is_midpoint(c, cell) && (!(cell->flags & CELL_WHOLE) || (int64_t)cell->value % base != 0)) {
			odd = true;
			report_add(g->report, RULE_COUNT, FINDING_BLOCK, grid_place(g, row, i), "round all counts of persons",
				"this count is no multiple of %lld, to which the policy wants counts rounded; others may follow below",
				(long long)base);
		}
	}
}

static bool counts_anything(const struct grid *g, const struct column *c)
{
	return c->role == ROLE_COUNT || c->role == ROLE_MIDPOINT || c->spread + c->other > 0 || (c->real > 0 && c->whole > 0) ||
	       (g->text && c->role == ROLE_UNKNOWN);
}

static void small_cells(struct grid *g)
{
	size_t row, i;

	for (row = 1; row < g->rows; row++)
		for (i = 0; i < g->columns; i++) {
			const struct column *c = &g->column[i];
			const struct cell *cell = grid_cell(g, row, i);

			if (counts_anything(g, c) && (cell->kind == CELL_NUMBER || cell->kind == CELL_MIXED) && is_small(g, c, cell) &&
				cell_is_count(g, row, i))
				small_cell(g, row, i);
		}
	for (i = 0; i < g->columns; i++)
		if (counts_anything(g, &g->column[i]))
			count_column(g, i);
}

/* A text has many a line with one number below another line. */
static bool is_table(const struct grid *g)
{
	size_t i, numbers = 0;

	for (i = 0; i < g->columns; i++)
		numbers += g->column[i].whole + g->column[i].real > 0;
	return !g->text || g->rows > 2 || numbers > 1;
}

/* Whole numbers of which nothing says what they are. */
static void unknown_column(struct grid *g, size_t i)
{
	const struct column *c = &g->column[i];
	bool index = c->flags & COL_CLIMBS && (c->cells >= 3 || (c->flags & COL_INDEX && c->cells == 2));

	if ((c->role != ROLE_UNKNOWN && c->role != ROLE_TOTAL) || c->small == 0 || !(c->flags & COL_NUMBERED) || index ||
		c->flags & COL_SAID || !is_table(g))
		return;
	report_add(g->report, RULE_COUNT, FINDING_REVIEW, grid_place(g, c->small, i),
		"name the column after what it holds; suppress what counts persons",
		"this column holds whole numbers and the first under %lld is here; if they count persons it is too small",
		(long long)g->policy->min_count);
}

/* --- full cells: who knows one person of a row, or only that somebody is in it, knows where all of it is --- */

struct run {
	size_t from, n;
	int64_t total;
};

static bool has_estimates(const struct grid *g)
{
	size_t i;

	for (i = 0; i < g->columns; i++)
		if (g->column[i].role == ROLE_STAT || g->column[i].role == ROLE_MEAN)
			return true;
	return false;
}

/* A run of parts that make a whole: their total is shown, or nothing but counts and labels is. */
static bool read_run(const struct grid *g, const struct cube *c, size_t i, struct run *ret)
{
	uint16_t dim = c->part[i].dim;
	size_t full = cube_full(c, c->part[i].key), k;

	*ret = (struct run){ i, cube_run(c, i), 0 };
	if (ret->n < 2 || (dim < g->columns && (g->column[dim].role == ROLE_PERIOD || g->column[dim].flags & COL_MODEL)))
		return false;
	for (k = i; k < i + ret->n; k++) {
		if (c->part[k].value < 0 || !c->part[k].sure || g->column[c->part[k].column].flags & COL_RISK)
			return false;
		ret->total += c->part[k].value;
	}
	if (full < c->fulls && c->full[c->by_key[full]].value >= 0)
		ret->total = c->full[c->by_key[full]].value;
	else if (has_estimates(g))
		return false;
	return ret->total > 1;
}

static void full_cell(const struct grid *g, const struct entry *e, const struct run *r, size_t *told)
{
	bool full = e->value >= r->total - 1 && g->policy->full_cells > FINDING_PASS;
	bool most = g->policy->full_percent > 0 && e->value * 100 >= g->policy->full_percent * r->total;

	if (e->value <= 0 || e->value > r->total || (!full && !most) || (*told)++ >= LISTED)
		return;
	if (full)
		report_add(g->report, RULE_GROUP, (enum finding_severity)g->policy->full_cells, grid_place(g, e->row, e->column),
			"join categories, or say why this tells nothing about the persons",
			"this cell holds all persons of its row or column, or all but one: it tells of each of them what the category is");
	else
		report_add(g->report, RULE_GROUP, FINDING_REVIEW, grid_place(g, e->row, e->column),
			"join categories, or say why this tells nothing about the persons",
			"this cell holds at least %lld %% of its row or column: it tells of nearly each of them what the category is",
			(long long)g->policy->full_percent);
}

void group_check(struct grid *g, const struct cube *c)
{
	size_t i, k, told = 0;
	struct run r;

	report_ran(g->report, RULE_GROUP);
	for (i = 0; i < c->parts; i += cube_run(c, i))
		for (k = read_run(g, c, i, &r) ? 0 : r.n; k < r.n; k++)
			full_cell(g, &c->part[i + k], &r, &told);
	if (told > LISTED)
		report_add(g->report, RULE_GROUP, FINDING_REVIEW, (struct place){ 0 }, "join categories",
			"%zu further cells hold nearly all persons of their row or column", told - LISTED);
}

/* --- dominance --- */

/* Handbook, table 4.1: (n,k) is unsafe where the n largest are over k % of the total, p % where what is left without
 * the two largest is under p % of the largest. Contributions that are not known count as nothing, so that what is
 * found unsafe is. */
bool dominance_unsafe(const struct policy *p, const double *largest, size_t n, double total)
{
	double sum = 0, rest = total;
	size_t i;

	for (i = 0; i < n && i < (size_t)p->dominance_n; i++)
		sum += largest[i];
	for (i = 0; i < n && i < 2; i++)
		rest -= largest[i];
	if (p->dominance_n > 0 && p->dominance_k > 0 && sum * 100 > (double)p->dominance_k * total * (1 + 1e-12))
		return true;
	return n > 0 && p->p_percent > 0 && rest * 100 < (double)p->p_percent * largest[0] * (1 - 1e-12);
}

struct magnitude {
	double largest[3], total;
	size_t n, column;
	bool negative;
};

static double cell_value(const struct grid *g, size_t row, size_t i, bool *ret_known)
{
	const struct cell *c = grid_cell(g, row, i);

	*ret_known = c->kind == CELL_NUMBER;
	return c->value;
}

/* The contributions that a row gives: ranked ones, else its maximum; the total, else mean times N. */
static bool read_magnitude(const struct grid *g, size_t row, struct magnitude *m)
{
	double mean = 0, max = 0;
	bool has_total = false, has_mean = false, has_max = false, known, seen[3] = { false };
	size_t i;

	*m = (struct magnitude){ 0 };
	for (i = 0; i < g->columns; i++) {
		const struct column *c = &g->column[i];
		double v = cell_value(g, row, i, &known);

		if (!known)
			continue;
		if ((c->role == ROLE_SUM || c->role == ROLE_TOTAL) && !has_total) {
			has_total = true;
			m->total = v;
			m->column = i;
		} else if (c->role == ROLE_MEAN) {
			has_mean = true;
			mean = v;
			m->column = has_total ? m->column : i;
		} else if (c->role == ROLE_MAX) {
			has_max = true;
			max = v;
		} else if (c->role == ROLE_LARGEST && c->rank >= 1 && c->rank <= 3) {
			seen[c->rank - 1] = true;
			m->largest[c->rank - 1] = v;
		}
		m->negative |= (c->role == ROLE_LARGEST || c->role == ROLE_MIN) && v < 0;
	}
	if (!seen[0] && has_max)
		m->largest[0] = max;
	m->n = !seen[0] && !has_max ? 0 : !seen[1] ? 1 : !seen[2] ? 2 : 3;
	if (!has_total && has_mean && row > 0) {
		int64_t persons = grid_persons(g, row, m->column);

		has_total = persons > 0;
		m->total = mean * (double)persons;
	}
	return has_total && m->n > 0;
}

static void dominance_check(struct grid *g)
{
	bool told = false;
	struct magnitude m;
	size_t row;

	report_ran(g->report, RULE_DOMINANCE);
	for (row = 1; row < g->rows; row++) {
		if (!read_magnitude(g, row, &m))
			continue;
		if ((m.negative || m.total <= 0) && !told && m.n > 1) {
			told = true;
			report_add(g->report, RULE_DOMINANCE, FINDING_REVIEW, grid_place(g, row, m.column),
				"say in the export's description how large single contributions are",
				"contributions under zero: the dominance rules say nothing of this sum");
		} else if (!m.negative && m.total > 0 && dominance_unsafe(g->policy, m.largest, m.n, m.total)) {
			report_add(g->report, RULE_DOMINANCE, FINDING_BLOCK, grid_place(g, row, m.column),
				"suppress the sum, or join it with others; leave the largest values out",
				"the largest contributions make too much of this total under the dominance or the p %% rule");
		}
	}
}

/* --- minima, maxima, percentiles --- */

static void tell_extreme(const struct grid *g, size_t row, size_t i, enum finding_severity severity)
{
	if (severity == FINDING_BLOCK)
		report_add(g->report, RULE_EXTREME, severity, grid_place(g, row, i), "leave the value out, or join groups",
			"this value is one person's or rests on fewer than %lld", (long long)g->policy->min_count);
	else
		report_add(g->report, RULE_EXTREME, severity, grid_place(g, row, i),
			"give percentiles instead, or say why no person can be told by the value",
			"minima and maxima are the values of single persons; others may follow");
}

/* N * min(q, 1 - q) persons are beyond a percentile; a median needs N alone. */
static bool is_thin(const struct grid *g, int64_t persons, double q)
{
	double share = q == .5 ? 1 : q < .5 ? q : 1 - q;

	return persons >= 0 && (double)persons * share < (double)g->policy->min_count - 1e-9;
}

static bool row_is_age(const struct grid *g, size_t row)
{
	static const char *const ages[] = { "age", "ika", "alder", "aldur", "vanus", "alter" };
	char fold[HEADER_MAX];
	size_t i, k, n;

	for (i = 0; i < g->columns; i++) {
		if (g->column[i].role != ROLE_LABEL && g->column[i].other == 0)
			continue;
		n = grid_fold(g, row, i, fold, sizeof(fold));
		for (k = 0; k < sizeof(ages) / sizeof(ages[0]); k++)
			if (n >= strlen(ages[k]) && memcmp(fold, ages[k], strlen(ages[k])) == 0 &&
				(n == strlen(ages[k]) || !fold_is_word(fold[strlen(ages[k])])))
				return true;
	}
	return false;
}

static bool is_old(const struct grid *g, size_t row, size_t i, const struct cell *c)
{
	return c->value > OLD && c->value < 130 && (g->column[i].flags & COL_AGE || row_is_age(g, row));
}

static enum finding_severity extreme_cell(const struct grid *g, size_t row, size_t i, enum role role, double share)
{
	const struct cell *c = grid_cell(g, row, i);
	int64_t persons;

	if (c->kind != CELL_NUMBER && c->kind != CELL_MIXED)
		return FINDING_PASS;
	if (g->column[i].flags & COL_NUMBERED && role == ROLE_MAX && g->column[i].role == ROLE_PERIOD)
		return FINDING_PASS;
	persons = grid_persons(g, row, i);
	if (role == ROLE_QUANTILE)
		return is_thin(g, persons, share) ? FINDING_BLOCK : FINDING_PASS;
	if ((persons >= 0 && persons < g->policy->min_count) || (role == ROLE_MAX && is_old(g, row, i, c)))
		return FINDING_BLOCK;
	return FINDING_REVIEW;
}

/* In tables of characteristics rows are called "Max"; the value stands in whatever column. */
static void extreme_row(struct grid *g, size_t row, bool *told)
{
	struct column by_row;
	enum role role = row_role(g, row, &by_row);
	size_t i;

	if (role != ROLE_MIN && role != ROLE_MAX && role != ROLE_QUANTILE)
		return;
	for (i = 0; i < g->columns; i++) {
		enum finding_severity s;

		if (g->column[i].role != ROLE_UNKNOWN && g->column[i].role != ROLE_TOTAL && g->column[i].role != ROLE_STAT)
			continue;
		s = extreme_cell(g, row, i, role, by_row.share);
		if (s == FINDING_BLOCK || (s == FINDING_REVIEW && !*told))
			tell_extreme(g, row, i, s);
		*told |= s == FINDING_REVIEW;
	}
}

static void extreme_check(struct grid *g)
{
	bool told = false;
	size_t row, i;

	report_ran(g->report, RULE_EXTREME);
	for (row = 1; row < g->rows; row++) {
		for (i = 0; i < g->columns; i++) {
			const struct column *c = &g->column[i];
			enum finding_severity s;

			if (c->role != ROLE_MIN && c->role != ROLE_MAX && c->role != ROLE_QUANTILE)
				continue;
			s = extreme_cell(g, row, i, c->role, c->share);
			if (s == FINDING_BLOCK || (s == FINDING_REVIEW && !told))
				tell_extreme(g, row, i, s);
			told |= s == FINDING_REVIEW;
		}
		if (row < 2000)
			extreme_row(g, row, &told);
	}
}

void sdc_check(struct grid *g)
{
	size_t i;

	report_ran(g->report, RULE_COUNT);
	report_ran(g->report, RULE_ZERO);
	small_cells(g);
	for (i = 0; i < g->columns; i++)
		unknown_column(g, i);
	dominance_check(g);
	extreme_check(g);
}
