/* policy/regression.c - models: residual degrees of freedom, saturated models, nested samples, and what R and others
 * print in words below a model.
 * Sources: ESSnet guidelines (at least 10 residual degrees of freedom); Australian Bureau of Statistics, DataLab output
 * rules (R squared under 0.9, samples of related models apart by 10). */
#include <stdlib.h>

#include "policy/table.h"

static void tell_dof(struct report *r, const struct policy *p, struct place at)
{
	report_add(r, RULE_DOF, FINDING_BLOCK, at, "use fewer terms or more persons",
		"fewer than %lld residual degrees of freedom: the model says nearly what the persons' values are",
		(long long)p->min_dof);
}

static void tell_fit(struct report *r, const struct policy *p, struct place at)
{
	report_add(r, RULE_DOF, FINDING_REVIEW, at, "say that the model isn't saturated, or leave it out",
		"R squared is at least %lld %%: where all terms are categories the fitted values are the cells of a table",
		(long long)p->max_r2);
}

static size_t find_role(const struct grid *g, enum role role)
{
	size_t i;

	for (i = 0; i < g->columns && g->column[i].role != role; i++)
		;
	return i;
}

/* --- columns --- */

/* "Residuals 12" in an analysis of variance; other rows' degrees of freedom are those of a term. */
static bool is_residual_row(const struct grid *g, size_t row)
{
	static const char *const names[] = { "residual", "residuals", "error", "within", "resid", "jaannos", "residualer", NULL };
	char fold[HEADER_MAX];
	size_t i, n;

	for (i = 0; i < g->columns && i < GRID_DIMS; i++) {
		n = grid_fold(g, row, i, fold, sizeof(fold));
		if (word_of(names, fold, n))
			return true;
	}
	return false;
}

/* Beside a standard error plain degrees of freedom are residual ones; beside a test statistic alone they are not. */
static bool df_is_residual(const struct grid *g)
{
	static const char *const errors[] = { "se", "std_error", "std. error", "std.error", "std error", "stderr", "std err", NULL };
	static const char *const estimates[] = { "estimate", "coef", "coefficient", "b", "beta", "term", "parameter", "value", NULL };
	bool error = false, estimate = false;
	char fold[HEADER_MAX];
	size_t i, n;

	for (i = 0; i < g->columns; i++) {
		n = grid_fold(g, 0, i, fold, sizeof(fold));
		error |= word_of(errors, fold, n);
		estimate |= word_of(estimates, fold, n);
	}
	return error && estimate; /* else it is the df of a test of the whole model */
}

static void dof_column(const struct grid *g, size_t i)
{
	bool all = g->column[i].role == ROLE_DOF || df_is_residual(g);
	size_t row;

	for (row = 1; row < g->rows; row++) {
		const struct cell *c = grid_cell(g, row, i);

		if (c->kind == CELL_NUMBER && c->value >= 0 && c->value < (double)g->policy->min_dof && (all || is_residual_row(g, row)))
			tell_dof(g->report, g->policy, grid_place(g, row, i));
	}
}

static void fit_column(const struct grid *g, size_t i)
{
	size_t row;

	for (row = 1; row < g->rows && g->policy->max_r2 > 0; row++) {
		const struct cell *c = grid_cell(g, row, i);
		double percent = c->flags & CELL_PERCENT ? c->value : c->value * 100;

		if (c->kind == CELL_NUMBER && percent >= (double)g->policy->max_r2 && percent <= 100.0001) {
			tell_fit(g->report, g->policy, grid_place(g, row, i));
			return;
		}
	}
}

/* A correlation has two degrees of freedom less than persons. */
static void correlation_column(const struct grid *g, size_t i)
{
	size_t row;

	for (row = 1; row < g->rows; row++) {
		int64_t persons = grid_persons(g, row, i);

		if (grid_cell(g, row, i)->kind == CELL_NUMBER && persons >= 0 && persons - 2 < g->policy->min_dof) {
			tell_dof(g->report, g->policy, grid_place(g, row, i));
			return;
		}
	}
}

/* --- rows that are terms of one model --- */

static size_t find_persons(const struct grid *g)
{
	size_t i;

	for (i = 0; i < g->columns; i++)
		if (g->column[i].role == ROLE_COUNT && g->column[i].dim == 0)
			break;
	return i;
}

static bool is_one_model(const struct grid *g, size_t persons)
{
	size_t i;

	for (i = 0; i < g->columns; i++)
		if (g->column[i].flags & COL_MODEL)
			return false;
	return g->column[persons].distinct == 1 && g->column[persons].tracked == g->rows - 1 && g->rows > 2;
}

static bool has_standard_errors(const struct grid *g)
{
	return find_role(g, ROLE_STAT) < g->columns && df_is_residual(g);
}

static void terms_check(const struct grid *g)
{
	size_t persons = find_persons(g);
	const struct cell *c;

	if (persons == g->columns || !has_standard_errors(g) || !is_one_model(g, persons))
		return;
	c = grid_cell(g, 1, persons);
	if (c->kind == CELL_NUMBER && c->value - (double)(g->rows - 1) < (double)g->policy->min_dof)
		tell_dof(g->report, g->policy, grid_place(g, 1, persons));
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Samples of models of one table that differ by few persons: who is in one and not in the other. */
static void nested_check(const struct grid *g)
{
	size_t persons = find_persons(g), row, n = 0;
	bool model = find_role(g, ROLE_R2) < g->columns || has_standard_errors(g);
	double *values;

	if (persons == g->columns || !model || g->base != 0)
		return;
	values = malloc(g->rows * sizeof(*values));
	if (!values) {
		report_add(g->report, RULE_DOF, FINDING_BLOCK, (struct place){ 0 }, "release several smaller tables",
			"there was no memory to hold the models' samples against each other");
		return;
	}
	for (row = 1; row < g->rows; row++)
		if (grid_cell(g, row, persons)->kind == CELL_NUMBER)
			values[n++] = grid_cell(g, row, persons)->value;
	qsort(values, n, sizeof(*values), compare);
	for (row = 1; row < n; row++)
		if (values[row] > values[row - 1] && values[row] - values[row - 1] < (double)g->policy->min_count) {
			report_add(g->report, RULE_DOF, FINDING_REVIEW, grid_place(g, 0, persons),
				"fit all models to the same persons",
				"two models of this table rest on samples that differ by fewer than %lld persons",
				(long long)g->policy->min_count);
			break;
		}
	free(values);
}

void regression_check(struct grid *g)
{
	size_t i;

	report_ran(g->report, RULE_DOF);
	for (i = 0; i < g->columns; i++) {
		enum role role = g->column[i].role;

		if (g->policy->min_dof > 0 && (role == ROLE_DOF || role == ROLE_DF))
			dof_column(g, i);
		else if (g->policy->min_dof > 0 && role == ROLE_CORRELATION)
			correlation_column(g, i);
		else if (role == ROLE_R2)
			fit_column(g, i);
	}
	if (g->policy->min_dof > 0)
		terms_check(g);
	nested_check(g);
}

/* --- words below a model: text is one line, folded --- */

static const char *find(const char *p, size_t n, const char *what)
{
	return memmem(p, n, what, strlen(what));
}

/* The number at the end of p[0..n), or at its start. */
static bool number_before(const char *p, size_t n, double *ret)
{
	size_t end, from;
	struct number number;

	while (n > 0 && p[n - 1] == ' ')
		n--;
	for (end = from = n; from > 0 && (fold_is_digit(p[from - 1]) || strchr(".,", p[from - 1]));)
		from--;
	number = number_read(p + from, end - from, '.');
	*ret = number.value;
	return number.used > 0;
}

static bool number_after(const char *p, size_t n, double *ret)
{
	struct number number;

	while (n > 0 && strchr(" :=\t", *p)) {
		p++;
		n--;
	}
	number = number_read(p, n, '.');
	*ret = number.value;
	return number.used > 0;
}

/* Behind a word that stands alone: "df" but not "pdf". */
static const char *find_word(const char *p, size_t n, const char *word)
{
	size_t len = strlen(word);
	const char *at = p, *end = p + n;

	while ((at = memmem(at, (size_t)(end - at), word, len))) {
		if ((at == p || !(fold_is_word(at[-1]) || at[-1] == '_')) && (at + len == end || !(fold_is_word(at[len]) || at[len] == '_')))
			return at + len;
		at += len;
	}
	return NULL;
}

/* "t(8) = 2.1", "F(1, 8) = 5.2", "r(8) = .7", as articles write tests */
static bool article_dof(const char *p, size_t n, double *ret)
{
	const char *bracket = memchr(p, '(', n);
	size_t i;

	for (; bracket; bracket = memchr(bracket + 1, '(', n - (size_t)(bracket + 1 - p))) {
		struct number v;
		size_t at = (size_t)(bracket + 1 - p);

		if (at < 2 || at + 1 >= n)
			continue;
		i = at - 2;
		if (!strchr("tfr", p[i]) || p[i] == '\0' || (i > 0 && (fold_is_word(p[i - 1]) || strchr("._$", p[i - 1]))))
			continue;
		v = number_read(p + at, n - at, '\0');
		at += v.used;
		if (p[i] == 'f') {
			while (v.used > 0 && at < n && strchr(", ;", p[at]))
				at++;
			v = at < n ? number_read(p + at, n - at, '\0') : (struct number){ 0 };
			at += v.used;
		}
		if (v.used == 0 || at >= n || p[at] != ')')
			continue;
		for (at++; at < n && p[at] == ' ';)
			at++;
		*ret = v.value;
		if (at < n && strchr("=<>", p[at]))
			return true;
	}
	return false;
}

/* Of a t test or a correlation: "t = -3.3, df = 5.1"; of an F test: "denom df = 6". A chi-squared test's are no persons. */
static bool test_dof(const char *p, size_t n, double *ret)
{
	static const char *const names[] = { "denom df", "den df", "dendf", "residual df", "resid df", "df residual", "df resid", "df.residual",
		"df_resid", "df_residual", "ddf" };
	const char *t = find_word(p, n, "t"), *at;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		at = find_word(p, n, names[i]);
		if (at && number_after(at, n - (size_t)(at - p), ret))
			return true;
	}
	at = find_word(p, n, "df");
	if (at && (find(p, n, "ttest") || find(p, n, "t-test") || (t && strchr(" =", *t))))
		return number_after(at, n - (size_t)(at - p), ret);
	return article_dof(p, n, ret);
}

/* "on 7 degrees of freedom" of a residual error or deviance, "on 1 and 7 DF", "df residuals: 7" */
static bool residual_dof(const char *p, size_t n, double *ret)
{
	const char *at = find(p, n, "degrees of freedom");

	if (at && find(p, n, "residual"))
		return number_before(p, (size_t)(at - p), ret);
	if (!find(p, n, "df")) /* all that follows has it, but what articles write */
		return article_dof(p, n, ret);
	at = find(p, n, " df,");
	if (at && find(p, n, "f-statistic"))
		return number_before(p, (size_t)(at - p), ret);
	at = find(p, n, "df residuals");
	if (at)
		return number_after(at + 12, n - (size_t)(at + 12 - p), ret);
	return test_dof(p, n, ret);
}

void regression_text(const struct policy *p, struct report *r, const char *line, size_t n, struct place place)
{
	static const char *const fits[] = { "multiple r-squared", "r-squared", "r squared" };
	double v;
	size_t i;

	report_ran(r, RULE_DOF);
	if (p->min_dof > 0 && residual_dof(line, n, &v) && v < (double)p->min_dof)
		tell_dof(r, p, place);
	for (i = 0; i < sizeof(fits) / sizeof(fits[0]) && p->max_r2 > 0 && find(line, n, "squared"); i++) {
		const char *at = find(line, n, fits[i]);
		size_t skip = strlen(fits[i]);

		if (at && number_after(at + skip, n - (size_t)(at - line) - skip, &v)) {
			if (v * 100 >= (double)p->max_r2 && v <= 1)
				tell_fit(r, p, place);
			return;
		}
	}
}
