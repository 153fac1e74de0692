/* policy/survival.c - life tables: from one line to the next somebody had the event or was lost. Steps of fewer persons
 * than the threshold, and a last line with fewer at risk, tell of single persons.
 * Source: Handbook on Statistical Disclosure Control for Outputs (2019), survival; ACRO, survival_safe_threshold. */
#include "policy/table.h"

struct life {
	size_t risk, event, censor; /* columns; the number of columns where there is none */
	size_t steps, first;        /* too small ones of this group, and the first's row */
	double last_risk;
	size_t last_row;
	uint64_t group;
};

static size_t find_flag(const struct grid *g, unsigned flag)
{
	size_t i;

	for (i = 0; i < g->columns; i++)
		if (g->column[i].flags & flag)
			break;
	return i;
}

/* The group that a row belongs to: its labels that are no times. */
static uint64_t group_of(const struct grid *g, size_t row)
{
	uint64_t h = 0;
	size_t i;

	for (i = 0; i < g->columns; i++)
		if (g->column[i].role == ROLE_LABEL || g->column[i].role == ROLE_CODE)
			if (!(g->column[i].flags & COL_INDEX))
				h += grid_hash(g, row, i);
	return h;
}

static double number_or(const struct grid *g, size_t row, size_t i, double otherwise)
{
	const struct cell *c = i < g->columns ? grid_cell(g, row, i) : NULL;

	return c && c->kind == CELL_NUMBER ? c->value : otherwise;
}

static void end_group(const struct grid *g, struct life *l)
{
	double t = (double)g->policy->min_count;

	if (l->steps > 0)
		report_add(g->report, RULE_SURVIVAL, FINDING_BLOCK, grid_place(g, l->first, l->event < g->columns ? l->event : l->censor < g->columns ? l->censor : l->risk),
			"group times until each step has enough events and losses",
			"fewer than %lld persons had the event or were lost in this step, and in %zu more of its group",
			(long long)g->policy->min_count, l->steps - 1);
	if (l->last_row > 0 && l->last_risk > 0 && l->last_risk < t)
		report_add(g->report, RULE_SURVIVAL, FINDING_BLOCK, grid_place(g, l->last_row, l->risk),
			"end the table while enough persons are at risk",
			"fewer than %lld persons are at risk in the last line of this group", (long long)g->policy->min_count);
	l->steps = l->last_row = 0;
}

/* Who left between the lines: what the columns say, and where counts are not rounded what those at risk say. */
static double loss(const struct grid *g, const struct life *l, size_t row, bool next)
{
	double said = number_or(g, row, l->event, 0) + number_or(g, row, l->censor, 0), fell = 0;

	if (next && g->base == 0)
		fell = number_or(g, row, l->risk, 0) - number_or(g, row + 1, l->risk, 0);
	return fell > said ? fell : said;
}

#define FEW_TIMES 21u /* and the header */

/* Times since somebody began, and not years of the calendar. */
static bool is_time(const struct column *c)
{
	return c->role == ROLE_PERIOD && c->cells > 0 && c->other == 0 && !(c->least >= 1800 && c->most <= 2200);
}

static bool has_times(const struct grid *g)
{
	size_t i;

	for (i = 0; i < g->columns; i++)
		if (is_time(&g->column[i]))
			return true;
	return false;
}

/* Where no column has who was lost: those at risk at later times are never more. */
static bool falls(const struct grid *g, const struct life *l)
{
	size_t row;

	for (row = 2; row < g->rows; row++)
		if (group_of(g, row) == group_of(g, row - 1) && number_or(g, row, l->risk, 0) > number_or(g, row - 1, l->risk, 1e18))
			return false;
	return g->rows > 2;
}

static bool is_step_table(const struct grid *g, const struct life *l)
{
	size_t i;

	if (l->risk == g->columns)
		return false;
	if (l->event == g->columns && l->censor == g->columns) /* few times are fixed ones, as curve_check asks for */
		return g->rows > FEW_TIMES && has_times(g) && falls(g, l);
	for (i = 0; i < g->columns; i++)
		if (g->column[i].role == ROLE_PERIOD || g->column[i].role == ROLE_STAT)
			return true;
	return g->rows > 3;
}

/* "estimate" from 0 to 1 that falls or rises all the way, but where a group ends. */
static bool is_curve(const struct grid *g, size_t i, const char *fold, size_t n)
{
	static const char *const names[] = { "estimate", "est", "prob", "probability", NULL };
	const struct column *c = &g->column[i];

	return word_in(names, fold, n) && c->real > 0 && c->least >= 0 && c->most <= 1 && c->turns * 20 <= c->tracked;
}

/* A curve without numbers at risk: each of its steps may be one person. */
static void curve_check(const struct grid *g)
{
	bool survival = false, time = false, curve = false, bound = false;
	char fold[HEADER_MAX];
	size_t i, n;

	for (i = 0; i < g->columns; i++) {
		n = grid_fold(g, 0, i, fold, sizeof(fold));
		survival |= (n >= 4 && memcmp(fold, "surv", 4) == 0) || (n == 6 && memcmp(fold, "cumhaz", 6) == 0);
		curve |= is_curve(g, i, fold, n);
		bound |= memmem(fold, n, "low", 3) || memmem(fold, n, "lwr", 3) || memmem(fold, n, "lcl", 3);
		time |= g->column[i].role == ROLE_PERIOD && g->column[i].distinct > 20;
	}
	if ((survival || (curve && bound)) && time && g->rows > 51)
		report_add(g->report, RULE_SURVIVAL, FINDING_REVIEW, grid_place(g, 1, 0),
			"give the curve at fixed times, with the numbers at risk",
			"a survival curve of more than 50 steps without numbers at risk: each step may be one person");
}

void survival_check(struct grid *g)
{
	struct life l = { .risk = find_flag(g, COL_RISK), .event = find_flag(g, COL_EVENT), .censor = find_flag(g, COL_CENSOR) };
	size_t row;

	report_ran(g->report, RULE_SURVIVAL);
	if (l.risk == g->columns)
		curve_check(g);
	if (!is_step_table(g, &l))
		return;
	for (row = 1; row < g->rows; row++) {
		uint64_t group = group_of(g, row);
		bool next = row + 1 < g->rows && group_of(g, row + 1) == group;
		double lost;

		if (row > 1 && group != l.group)
			end_group(g, &l);
		l.group = group;
		lost = loss(g, &l, row, next);
		if (lost > 0 && lost < (double)g->policy->min_count && l.steps++ == 0)
			l.first = row;
		l.last_risk = number_or(g, row, l.risk, l.last_risk);
		l.last_row = row;
	}
	end_group(g, &l);
}
