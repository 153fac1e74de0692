/* policy/across.c - records that lie on their side: a column for each person, which nobody named, and a row for each thing that
 * is known of them, as df.T of pandas and t() of R make them. They are stood up and held to the rules on one row per person.
 * Source: ESSnet guidelines (2009): no unit-level rows. */
#include "policy/table.h"

#define FEW 10 /* columns; a table of results may have some that are only numbered */

/* "", "17", "X17", "person_17" */
static bool is_numbered(const struct grid *g, size_t column)
{
	char fold[HEADER_MAX];
	size_t n = grid_fold(g, 0, column, fold, sizeof(fold)), i = 0;

	while (i + 1 < n && !fold_is_digit(fold[i]))
		i++;
	while (i < n && fold_is_digit(fold[i]))
		i++;
	return i == n;
}

/* Each person's column has words and numbers; what a table of results has below each other is of one kind. */
static bool is_across(const struct grid *g)
{
	size_t i, mixed = 0;

	for (i = 1; i < g->columns; i++) {
		const struct column *c = &g->column[i];

		if (!is_numbered(g, i))
			return false;
		mixed += c->other > 0 && c->whole + c->real > 0;
	}
	return i > FEW && mixed * 10 >= (i - 1) * 8;
}

static bool stand_up(const struct grid *g, struct grid *ret)
{
	size_t row, i, n;

	ret->columns = g->rows;
	for (i = 0; i < g->columns; i++) {
		if (!grid_row(ret, g->line[0], 0))
			return false;
		for (row = 0; row < g->rows; row++) {
			const char *p = grid_text(g, row, i, &n);

			if (!grid_add(ret, p, n, 0))
				return false;
		}
	}
	return grid_close(ret) && header_read(ret);
}

static enum finding_severity worst(const struct report *r)
{
	enum finding_severity s = FINDING_PASS;
	size_t i;

	for (i = 0; i < r->count; i++)
		s = r->list[i].severity > s ? r->list[i].severity : s;
	return s;
}

void across_check(struct grid *g)
{
	enum finding_severity s = FINDING_BLOCK;
	struct report *r = NULL;
	struct grid *up = NULL;

	if (!g->column || !is_across(g))
		return;
	r = calloc(1, sizeof(*r));
	up = calloc(1, sizeof(*up));
	if (r && up) {
		*up = (struct grid){ .policy = g->policy, .report = r, .file = g->file, .delimiter = g->delimiter, .unit = g->unit };
		if (stand_up(g, up)) {
			microdata_check(up);
			s = worst(r);
		}
		grid_clear(up);
	}
	if (s != FINDING_PASS)
		report_add(g->report, RULE_MICRODATA, s, grid_place(g, 1, 1), "release one row per group, with counts",
			"the columns have no names, and each reads as one person's record");
	free(up);
	free(r);
}
