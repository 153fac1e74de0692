/* policy/sdc.c - rules on single cells and on the groups they stand in: small counts, zeros, full cells, dominance,
 * minima, maxima and percentiles.
 * Sources: ESSnet guidelines for the checking of output based on microdata research (2009; Data without Boundaries,
 * 2015); Hundepool and others, Handbook on Statistical Disclosure Control, 2nd edition, chapter 4.2 (sensitivity of
 * magnitudes) and 5.9 (group disclosure); Handbook on Statistical Disclosure Control for Outputs (2019). */
#include <stdio.h>

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
static bool is_midpoint(const struct grid *g, size_t row, size_t i)
{
	return g->column[i].role == ROLE_MIDPOINT && cell_is_midpoint(g, row, i);
}

static bool is_small(const struct grid *g, size_t row, size_t i)
{
	const struct cell *cell = grid_cell(g, row, i);

	return cell->value > 0 && cell->value < (double)g->policy->min_count && !is_midpoint(g, row, i);
}

/* Nobody has had the event or was lost when a life table begins. */
static bool is_begin(const struct grid *g, size_t row, size_t column)
{
	size_t i;

	if (!(g->column[column].flags & (COL_EVENT | COL_CENSOR)))
		return false;
	for (i = 0; i < g->columns; i++)
		if (g->column[i].role == ROLE_PERIOD && grid_cell(g, row, i)->kind == CELL_NUMBER)
			return grid_cell(g, row, i)->value == 0;
	return false;
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
		if (cell->value == 0 && !zero && c->role != ROLE_MIDPOINT && g->policy->zeros > FINDING_PASS && !is_begin(g, row, i)) {
			zero = true;
			zero_cell(g, row, i);
		}
		if (base > 1 && !odd && !is_midpoint(g, row, i) && (!(cell->flags & CELL_WHOLE) || (int64_t)cell->value % base != 0)) {
			odd = true;
			report_add(g->report, RULE_COUNT, FINDING_BLOCK, grid_place(g, row, i), "round all counts of persons: spe-cli protect does",
				"this count is no multiple of %lld, to which the policy wants counts rounded; others may follow below",
				(long long)base);
		}
	}
}

/* "<1%" is of a share, "<5 (1%)" of a count. */
static bool bounds_share(const struct grid *g, size_t row, size_t i)
{
	char fold[HEADER_MAX];
	size_t n = grid_fold(g, row, i, fold, sizeof(fold)), at = 0;

	while (at < n && fold[at] != '(' && fold[at] != '[' && fold[at] != '%')
		at++;
	return at < n && fold[at] == '%';
}

/* A count may be hidden as "<" and the next number, which says it: margins_check asks as much room of a hidden cell. */
static void low_bounds(struct grid *g, size_t i)
{
	enum role role = g->column[i].role;
	double most = (double)g->policy->min_count;
	bool told = false;
	size_t row;

	for (row = 1; row < g->rows; row++) {
		const struct cell *cell = grid_cell(g, row, i);
		bool exact = cell->value <= 2 && (role == ROLE_COUNT || role == ROLE_MIDPOINT);

		if (cell->kind != CELL_LESS || cell->value <= 1 || (cell->value - 2) * 2 >= most - 2 || bounds_share(g, row, i))
			continue;
		if (exact)
			report_add(g->report, RULE_COUNT, FINDING_BLOCK, grid_place(g, row, i), "write the policy's least count as the bound",
				"this cell hides a count of persons and its bound says that it is one");
		else if (!told)
			report_add(g->report, RULE_COUNT, FINDING_REVIEW, grid_place(g, row, i), "write the policy's least count as the bound",
				"this bound leaves fewer than half of the counts under %lld; others may follow below",
				(long long)g->policy->min_count);
		told |= !exact;
	}
}

static bool counts_anything(const struct grid *g, const struct column *c)
{
	return c->role == ROLE_COUNT || c->role == ROLE_MIDPOINT || g->described || c->spread + c->other > 0 || (c->real > 0 && c->whole > 0) ||
	       (g->text && c->role == ROLE_UNKNOWN);
}

static void small_cells(struct grid *g)
{
	size_t row, i;

	for (row = 1; row < g->rows; row++)
		for (i = 0; i < g->columns; i++) {
			const struct column *c = &g->column[i];
			const struct cell *cell = grid_cell(g, row, i);

			if (counts_anything(g, c) && (cell->kind == CELL_NUMBER || cell->kind == CELL_MIXED) && is_small(g, row, i) &&
				cell_is_count(g, row, i))
				small_cell(g, row, i);
		}
	for (i = 0; i < g->columns; i++)
		if (counts_anything(g, &g->column[i]))
			count_column(g, i);
	for (i = 0; i < g->columns; i++)
		if (header_is_count(&g->column[i]) || g->column[i].flags & COL_GROUP)
			low_bounds(g, i);
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
		c->flags & (COL_SAID | COL_ADDS) || !is_table(g))
		return;
	report_add(g->report, RULE_COUNT, FINDING_REVIEW, grid_place(g, c->small, i),
		"name the column after what it holds; suppress what counts persons",
		"this column holds whole numbers and the first under %lld is here; if they count persons it is too small",
		(long long)g->policy->min_count);
}

/* Whole numbers that no header names, but that add up to their totals as counts do. */
void cross_check(struct grid *g, const struct cube *c)
{
	size_t i;

	for (i = 0; i < c->fulls; i++) {
		const struct entry *e = &c->full[i];
		const struct column *col = &g->column[e->column];

		if (e->row > 0 && e->value > 0 && e->value < g->policy->min_count && col->flags & COL_ADDS && !(col->flags & COL_SAID) &&
			(col->role == ROLE_UNKNOWN || col->role == ROLE_TOTAL) && !cell_is_count(g, e->row, e->column))
			small_cell(g, e->row, e->column);
	}
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
static bool read_run(const struct grid *g, const struct cube *c, size_t i, size_t *at, struct run *ret)
{
	uint16_t dim = part_dim(&c->part[i]);
	size_t found = cube_full_on(c, c->part[i].key, at), k;
	const struct entry *full = found < c->fulls ? &c->full[c->by_key[found].full] : NULL;
	bool announced = full && full->announced;

	*ret = (struct run){ i, cube_run(c, i), 0 };
	if ((ret->n < 2 && !announced) || (dim < g->columns && (g->column[dim].role == ROLE_PERIOD || g->column[dim].flags & COL_MODEL)))
		return false;
	for (k = i; k < i + ret->n; k++) {
		const struct entry *e = cube_of(c, k);

		if (e->value < 0 || !e->sure || g->column[e->column].flags & COL_RISK)
			return false;
		ret->total += e->value;
	}
	if (full && full->value >= 0)
		ret->total = full->value;
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

/* The most usual value, and the share of those who have it. */
static void mode_check(const struct grid *g)
{
	static const char *const modes[] = { "mode", "modal_value", "modal value", "moodi", "tyyppiarvo", "typvarde", "typetall", "typetal",
		"tidasta gildi", NULL };
	char fold[HEADER_MAX];
	size_t i, row, share;
	bool mode = false;

	for (i = 0; i < g->columns && !mode; i++)
		mode = word_of(modes, fold, grid_fold(g, 0, i, fold, sizeof(fold)));
	for (share = i; mode && share < g->columns && g->column[share].role != ROLE_PERCENT && g->column[share].role != ROLE_SHARE;)
		share++;
	for (row = 1; mode && share < g->columns && row < g->rows; row++) {
		const struct cell *c = grid_cell(g, row, share);
		double percent = g->column[share].role == ROLE_SHARE ? c->value * 100 : c->value;

		if (c->kind == CELL_NUMBER && percent > (double)g->policy->full_percent && percent <= 100)
			report_add(g->report, RULE_GROUP, FINDING_REVIEW, grid_place(g, row, share), "leave the mode out",
				"more than %lld %% share this most usual value: it tells of nearly each of them what it is",
				(long long)g->policy->full_percent);
	}
}

void group_check(struct grid *g, const struct cube *c)
{
	size_t i, k, at = 0, told = 0;
	struct run r;

	report_ran(g->report, RULE_GROUP);
	mode_check(g);
	for (i = 0; i < c->parts; i += r.n)
		for (k = read_run(g, c, i, &at, &r) ? 0 : r.n; k < r.n; k++)
			full_cell(g, cube_of(c, i + k), &r, &told);
	if (told > LISTED)
		report_add(g->report, RULE_GROUP, FINDING_REVIEW, (struct place){ 0 }, "join categories",
			"%zu further cells hold nearly all persons of their row or column", told - LISTED);
}

/* --- dominance --- */

/* Handbook, table 4.1: (n,k) is unsafe where the n largest are over k % of the total, p % where what is left without the two
 * largest is under p % of the largest; and the upper protection level: how far above the total the bounds have to lie between
 * which others can place it. Contributions that are not known count as nothing, so that what is found unsafe is. */
double dominance_level(const struct policy *p, const double *largest, size_t n, double total)
{
	double sum = 0, rest = total, level = 0;
	size_t i;

	for (i = 0; i < n && i < (size_t)p->dominance_n; i++)
		sum += largest[i];
	for (i = 0; i < n && i < 2; i++)
		rest -= largest[i];
	if (p->dominance_n > 0 && p->dominance_k > 0)
		level = 100 / (double)p->dominance_k * sum - total;
	if (n > 0 && p->p_percent > 0 && (double)p->p_percent / 100 * largest[0] - rest > level)
		level = (double)p->p_percent / 100 * largest[0] - rest;
	return level > total * 1e-12 ? level : 0;
}

/* In percent of the total and in steps, so that a finding tells little of the contributions. */
static int level_percent(double level, double total)
{
	static const int steps[] = { 1, 2, 5, 10, 20, 50, 100 };
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]) && level * 100 > steps[i] * total; i++)
		;
	return i < sizeof(steps) / sizeof(steps[0]) ? steps[i] : 100;
}

void dominance_report(const struct grid *g, struct place at, double level, double total)
{
	char fix[160];

	snprintf(fix, sizeof(fix), "suppress the sum, so that no total places it nearer than %d %% above what it is, or join it with others; leave the largest values out",
		level_percent(level, total));
	report_add(g->report, RULE_DOMINANCE, FINDING_BLOCK, at, fix,
		"the largest contributions make too much of this total under the dominance or the p %% rule");
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

/* Suppressed sums that the total gives, alone or together, and one or two contributions make most of it. */
static void suppressed_together(struct grid *g, size_t sum)
{
	double rest = 0, largest[2] = { 0 };
	size_t row, i, hidden = 0, first = 0;
	bool total = false, known;

	for (row = 1; row < g->rows; row++) {
		const struct cell *c = grid_cell(g, row, sum);

		if (row_labels(g, row)->total) {
			total |= c->kind == CELL_NUMBER;
			rest += c->kind == CELL_NUMBER ? c->value : 0;
			continue;
		}
		rest -= c->kind == CELL_NUMBER ? c->value : 0;
		if (c->kind != CELL_MARK && c->kind != CELL_MISSING && c->kind != CELL_LESS)
			continue;
		first = hidden++ == 0 ? row : first;
		for (i = 0; i < g->columns; i++) {
			double v = cell_value(g, row, i, &known);

			if (!known || g->column[i].role != ROLE_LARGEST)
				continue;
			if (v > largest[0]) {
				largest[1] = largest[0];
				largest[0] = v;
			} else if (v > largest[1]) {
				largest[1] = v;
			}
		}
	}
	if (total && hidden > 0 && rest > 0 && largest[0] > 0 && dominance_level(g->policy, largest, 2, rest) > 0)
		report_add(g->report, RULE_DOMINANCE, FINDING_BLOCK, grid_place(g, first, sum), "suppress one more sum, or the total",
			hidden == 1 ? "this sum is suppressed, but its total and the sums beside it give it exactly, and one or two contributions make it"
				    : "the suppressed sums together, which the total gives, are still made by one or two contributions");
}

static void dominance_check(struct grid *g)
{
	bool told = false;
	double level;
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
		} else if (!m.negative && m.total > 0 && (level = dominance_level(g->policy, m.largest, m.n, m.total)) > 0) {
			dominance_report(g, grid_place(g, row, m.column), level, m.total);
		}
	}
	for (row = 0; row < g->columns; row++)
		if (g->column[row].role == ROLE_SUM || g->column[row].role == ROLE_TOTAL)
			suppressed_together(g, row);
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

/* Only labels are read; a table named "age-quantiles.csv" is of ages where all of it may be. */
static bool label_is_age(const struct grid *g, size_t row)
{
	size_t i;

	for (i = 0; i < g->columns && i < GRID_DIMS; i++)
		if ((g->column[i].role == ROLE_LABEL || g->column[i].other > 0) && grid_cell(g, row, i)->kind == CELL_TEXT &&
			label_at(g, row, i)->age)
			return true;
	return false;
}

static bool read_file_age(const struct grid *g)
{
	const char *slash = strrchr(g->file->name, '/'), *name = slash ? slash + 1 : g->file->name;
	char fold[HEADER_MAX];
	size_t n = text_fold(name, strlen(name) < HEADER_MAX ? strlen(name) : HEADER_MAX, false, fold), end = 0, i, seen = 0;

	while (end < n && fold_is_word(fold[end]) && fold[end] != '_')
		end++;
	if (!header_says_age(fold, end))
		return false;
	for (i = 0; i < g->columns; i++) {
		const struct column *c = &g->column[i];

		if (c->role != ROLE_MIN && c->role != ROLE_MAX && c->role != ROLE_QUANTILE && c->role != ROLE_MEAN)
			continue;
		seen++;
		if (c->least < 0 || c->most >= 130)
			return false;
	}
	return seen >= 2;
}

static bool file_is_age(struct grid *g)
{
	if (g->of_ages == 0)
		g->of_ages = read_file_age(g) ? 1 : -1;
	return g->of_ages > 0;
}

static bool is_old(struct grid *g, size_t row, size_t i, double value)
{
	return value > OLD && value < 130 && (g->about_age || g->column[i].flags & COL_AGE || label_is_age(g, row) || file_is_age(g));
}

/* "18-85", "18 to 85", "(18, 85)": the larger one, in p[0..n). */
static bool range_end(const char *p, size_t n, char delimiter, double *ret)
{
	struct number low, high;
	size_t i = 0;

	while (i < n && strchr(" ([", p[i]))
		i++;
	low = number_read(p + i, n - i, delimiter);
	i += low.used;
	while (i < n && p[i] == ' ')
		i++;
	if (low.used == 0 || i >= n)
		return false;
	if (p[i] == '-' || p[i] == ',' || p[i] == ';' || p[i] == FOLD_OTHER)
		i++;
	else if (n - i > 3 && memcmp(p + i, "to ", 3) == 0)
		i += 3;
	else
		return false;
	while (i < n && p[i] == ' ')
		i++;
	high = number_read(p + i, n - i, delimiter);
	*ret = high.value > low.value ? high.value : low.value;
	return high.used > 0;
}

/* The largest value that a cell of a range gives: all of it, or what its bracket holds. */
static bool cell_range(const struct grid *g, size_t row, size_t i, bool bracket, double *ret)
{
	char fold[HEADER_MAX];
	size_t n = grid_fold(g, row, i, fold, sizeof(fold)), at = 0;

	while (bracket && at < n && fold[at] != '(' && fold[at] != '[')
		at++;
	return at < n && range_end(fold + at, n - at, g->delimiter, ret);
}

static enum finding_severity rate_extreme(struct grid *g, size_t row, size_t i, bool most, double value)
{
	int64_t persons = grid_persons(g, row, i);

	return (persons >= 0 && persons < g->policy->min_count) || (most && is_old(g, row, i, value)) ? FINDING_BLOCK : FINDING_REVIEW;
}

static enum finding_severity extreme_cell(struct grid *g, size_t row, size_t i, enum role role, double share)
{
	const struct cell *c = grid_cell(g, row, i);
	double most = c->value;

	if (c->kind == CELL_TEXT || c->kind == CELL_MIXED) {
		if (role == ROLE_MAX && cell_range(g, row, i, false, &most))
			return rate_extreme(g, row, i, true, most);
		if (c->kind == CELL_TEXT)
			return FINDING_PASS;
	}
	if (c->kind != CELL_NUMBER && c->kind != CELL_MIXED)
		return FINDING_PASS;
	if (g->column[i].flags & COL_NUMBERED && role == ROLE_MAX && g->column[i].role == ROLE_PERIOD)
		return FINDING_PASS;
	if (role == ROLE_QUANTILE)
		return is_thin(g, grid_persons(g, row, i), share) ? FINDING_BLOCK : FINDING_PASS;
	return rate_extreme(g, row, i, role == ROLE_MAX, c->value);
}

static void note_extreme(const struct grid *g, size_t row, size_t i, enum finding_severity s, bool *told)
{
	if (s == FINDING_BLOCK || (s == FINDING_REVIEW && !*told))
		tell_extreme(g, row, i, s);
	*told |= s == FINDING_REVIEW;
}

/* What a row's label says of its cells is said of all that aren't labels or counts. */
static bool is_cell_of_row(const struct grid *g, size_t row, size_t i)
{
	const struct column *c = &g->column[i];

	if (g->described)
		return c->role != ROLE_LABEL && c->other == 0 && !cell_is_count(g, row, i);
	if ((c->role == ROLE_LABEL && !(c->flags & COL_GROUP)) || c->role == ROLE_PERIOD || c->role == ROLE_SHARE || c->role == ROLE_PERCENT ||
		(c->role == ROLE_CODE && !(c->flags & COL_AGE)) || c->role == ROLE_MIN || c->role == ROLE_MAX || c->role == ROLE_QUANTILE)
		return false;
	return !(header_is_count(c) && !(c->flags & COL_GROUP)) && !cell_is_count(g, row, i);
}

/* In tables of characteristics rows are called "Max"; the value stands in whatever column. */
static void extreme_row(struct grid *g, size_t row, bool *told)
{
	double share, most;
	enum role role = row_role(g, row, &share);
	bool within = (role == ROLE_MEAN || role == ROLE_QUANTILE || role == ROLE_UNKNOWN) && row_labels(g, row)->range;
	size_t i;

	if (role != ROLE_MIN && role != ROLE_MAX && role != ROLE_QUANTILE && !within)
		return;
	for (i = 0; i < g->columns; i++) {
		if (!is_cell_of_row(g, row, i))
			continue;
		if (within && cell_range(g, row, i, role != ROLE_UNKNOWN, &most))
			note_extreme(g, row, i, rate_extreme(g, row, i, true, most), told);
		else if (role != ROLE_MEAN && role != ROLE_UNKNOWN)
			note_extreme(g, row, i, extreme_cell(g, row, i, role, share), told);
	}
}

/* "median (range)" over a column */
static void range_column(struct grid *g, size_t i, bool *told)
{
	double most;
	size_t row;

	if (g->column[i].role == ROLE_LABEL || !label_at(g, 0, i)->range)
		return;
	for (row = 1; row < g->rows; row++)
		if (cell_range(g, row, i, true, &most))
			note_extreme(g, row, i, rate_extreme(g, row, i, true, most), told);
}

/* A histogram from the smallest to the largest value, as programs cut it unless they are told where: the first and the
 * last edge are two persons'. */
static void edges_check(struct grid *g, bool *told)
{
	static const char *const edges[] = { "left", "right", "edge", "edges", "breaks", "bin_left", "bin_right", "bin_start", "bin_end",
		"bin_edge", "lower_edge", "upper_edge", "bin_lower", "bin_upper", "xmin", "xmax", "bin_min", "bin_max", NULL };
	char fold[HEADER_MAX];
	bool counts = false;
	size_t i;

	for (i = 0; i < g->columns; i++)
		counts |= header_is_count(&g->column[i]);
	for (i = 0; counts && i < g->columns && g->rows > 3; i++) {
		const struct column *c = &g->column[i];
		uint64_t odd = c->fine;

		if (!word_in(edges, fold, grid_fold(g, 0, i, fold, sizeof(fold))) || odd * 2 < c->cells || c->turns > 0)
			continue;
		note_extreme(g, 1, i, FINDING_REVIEW, told);
		return;
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

			if (c->role == ROLE_MIN || c->role == ROLE_MAX || c->role == ROLE_QUANTILE)
				note_extreme(g, row, i, extreme_cell(g, row, i, c->role, c->share), &told);
		}
		extreme_row(g, row, &told);
	}
	for (i = 0; i < g->columns; i++)
		range_column(g, i, &told);
	edges_check(g, &told);
}

/* Small whole numbers under "Placebo (N=154)" beside means: most such are counts. */
static void group_column(struct grid *g, size_t i)
{
	const struct column *c = &g->column[i];
	double unused;
	size_t row;

	if (!(c->flags & COL_GROUP) || c->role != ROLE_UNKNOWN || c->flags & (COL_NUMBERED | COL_SAID))
		return;
	for (row = 1; row < g->rows; row++) {
		const struct cell *cell = grid_cell(g, row, i);

		if (cell->kind != CELL_NUMBER || !(cell->flags & CELL_WHOLE) || cell->decimals > 0 || cell->value < 1 ||
			cell->value >= (double)g->policy->min_count || row_role(g, row, &unused) != ROLE_UNKNOWN)
			continue;
		report_add(g->report, RULE_COUNT, FINDING_REVIEW, grid_place(g, row, i),
			"say in the row's label what it holds; suppress what counts persons",
			"a whole number under %lld stands below a group's name here; if it counts persons it is too small",
			(long long)g->policy->min_count);
		return;
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
	for (i = 0; i < g->columns; i++)
		group_column(g, i);
	dominance_check(g);
	extreme_check(g);
}
