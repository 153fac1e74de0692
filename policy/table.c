/* policy/table.c - rules on CSV and TSV: its form, formulas, one row per person; and the order of all rules on tables. */
#include "policy/table.h"

#include "policy/formats.h"

/* --- formulas --- */

/* Spreadsheets run a field that begins with one of these (CWE-1236, formula elements in a CSV file). */
static bool may_be_formula(const char *p, size_t n)
{
	return n > 0 && ((unsigned char)*p >= 0x80 || strchr("=+-@\t\r ", *p));
}

/* "-Inf", "-0.53***", "-0.53 (-1.20 to 0.10)", "-0.53 (<0.001)", and with a sign for plus or minus: no letter but those, so
 * no function, no cell's name and no program to call. */
static bool is_harmless(const char *p, size_t n, char delimiter)
{
	struct number number = number_read(p, n, delimiter);
	size_t i = number.used;

	if (n == 4 && strchr("+-", p[0]) && memcmp(p + 1, "inf", 3) == 0)
		return true;
	if (i == 0 || (i < n && !strchr(" (%[*", p[i]) && p[i] != FOLD_OTHER))
		return false;
	for (; i < n; i++) {
		if (n - i > 4 && memcmp(p + i, " to ", 4) == 0)
			i += 3;
		else if (!fold_is_digit(p[i]) && p[i] != FOLD_OTHER && !strchr(" ()[]%.,;:-*<", p[i]))
			return false;
	}
	return true;
}

static void check_formula(struct grid *g, size_t row, size_t i)
{
	size_t n, at = 0;
	const char *raw = grid_text(g, row, i, &n), *p = g->fold;

	if (!may_be_formula(raw, n))
		return;
	n = text_fold(raw, n, false, g->fold);
	if (n > 0 && p[0] == '\t')
		at = n;
	while (at < n && p[at] == ' ')
		at++;
	if (at == n && !(n > 0 && p[0] == '\t'))
		return;
	if (at < n && !strchr("=+-@\r", p[at]))
		return;
	if (at < n && (grid_cell(g, row, i)->kind <= CELL_LESS || number_is_estimate(p + at, n - at, g->delimiter) ||
			       is_harmless(p + at, n - at, g->delimiter)))
		return;
	report_add(g->report, RULE_FORMULA, FINDING_BLOCK, grid_place(g, row, i), "begin the text with a letter, or write a number",
		"this field begins like a spreadsheet formula and is not a number");
}

/* --- one row per person --- */

static void end_identity(const struct grid *g, const struct column *c, struct place at)
{
	bool distinct = c->distinct * 5 >= c->tracked * 4;

	if (c->cells < 5 || c->weak * 5 < c->cells * 4 || !distinct)
		return;
	report_add(g->report, RULE_IDNUM, c->flags & COL_LABEL && !(c->flags & COL_CONTEXT) ? FINDING_REVIEW : FINDING_BLOCK, at,
		"remove the column", "most of this column has the form of personal identity numbers");
}

/* Numbers of one length that do not climb by one are keys; texts are names, unless the header says labels. */
static bool is_key(const struct grid *g, const struct column *c)
{
	if (c->tracked <= PERSONS || c->distinct < c->tracked || c->flags & COL_LABEL || c->role == ROLE_COUNT ||
		c->role == ROLE_MIDPOINT || c->role == ROLE_SHARE || c->real > 0 || c->spread > c->other)
		return false;
	if (g->unnamed || (g->text && c->flags & COL_INDEX))
		return false; /* jobs, files and variables in a log; R's row names */
	return c->other > 0 || (c->same_width && c->width >= 4 && !(c->flags & COL_CLIMBS));
}

static int compare_hash(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

bool column_labels(const struct column *c)
{
	bool index = c->flags & COL_INDEX && c->flags & COL_CLIMBS;

	return (c->role == ROLE_LABEL || c->role == ROLE_CODE || c->role == ROLE_PERIOD || (c->role == ROLE_UNKNOWN && c->other > 0)) &&
	       c->distinct > 1 && !index;
}

#define CROSSED 256 /* rows that are looked at; as many as distinct values are told apart in */

/* A table has a row for each of its labels' combinations, or for a third of them; persons share some and lack most. */
static bool is_crossed(const struct grid *g)
{
	uint64_t h[CROSSED] = { 0 };
	size_t n = g->rows - 1 < CROSSED ? g->rows - 1 : CROSSED, row, i;
	double all = 1;
	bool key = false;

	for (i = 0; i < g->columns; i++) {
		const struct column *c = &g->column[i];

		if (!column_labels(c))
			continue;
		if (c->flags & COL_LABEL && c->distinct == c->tracked)
			key = true; /* a week may be called by its number and by its date */
		else
			all *= (double)c->distinct;
		for (row = 1; row <= n; row++)
			h[row - 1] = h[row - 1] * 31 + grid_hash(g, row, i);
	}
	qsort(h, n, sizeof(*h), compare_hash);
	for (i = 1; i < n; i++)
		if (h[i] == h[i - 1])
			return false;
	return (double)n * 3 >= all * (double)(key ? n : 1);
}

static bool varies(const struct grid *g, const struct column *c)
{
	return c->most >= (double)g->policy->min_count && c->distinct > 1;
}

static bool has_named_counts(const struct grid *g)
{
	size_t i;

	for (i = 0; i < g->columns; i++) {
		const struct column *c = &g->column[i];

		if ((c->role == ROLE_COUNT || c->role == ROLE_MIDPOINT || c->flags & COL_ADDS) && varies(g, c))
			return true;
	}
	return false;
}

static bool has_counts(const struct grid *g)
{
	size_t i;

	if (has_named_counts(g))
		return true;
	for (i = 0; i < g->columns; i++)
		if (header_is_count(&g->column[i]) && varies(g, &g->column[i]))
			return g->rows > 1 && is_crossed(g);
	return false;
}

/* Full dates, many and different: of visits or births. Counts by day are a time series. */
static bool is_dates(const struct grid *g, const struct column *c)
{
	if (c->dates * 5 < c->cells * 4 || c->dates == 0)
		return false;
	return (c->flags & COL_BIRTH && c->distinct > 5) || (c->tracked > PERSONS && c->distinct * 2 > c->tracked && !has_counts(g));
}

static bool is_place(const struct column *c)
{
	return c->role == ROLE_PLACE && c->fine > 0;
}

/* Lists of diagnoses and drugs name each code and count it; a person still reads the names. */
static bool counts_codes(const struct grid *g)
{
	bool counted = false, coded = false;
	size_t i;

	for (i = 0; i < g->columns; i++) {
		counted |= g->column[i].role == ROLE_COUNT;
		coded |= (g->column[i].flags & COL_SYSTEM) != 0;
	}
	return counted && coded;
}

bool column_describes(const struct grid *g, size_t i)
{
	static const char *const words[] = { "label", "labels", "description", "definition", "type", "format", "values", "codes", "unit",
		"meaning", "kuvaus", "selite", "tyyppi", "beskrivelse", "beskrivning", "betydelse", "lysing", NULL };
	char fold[HEADER_MAX];
	size_t n = grid_fold(g, 0, i, fold, sizeof(fold));

	return word_in(words, fold, n);
}

/* A dictionary of variables has names, and words that say what each is, and counts nobody. */
static bool is_dictionary(const struct grid *g)
{
	bool told = false;
	size_t i;

	for (i = 0; i < g->columns; i++) {
		told |= column_describes(g, i);
		if (header_is_count(&g->column[i]))
			return false;
	}
	return told;
}

static void end_person(const struct grid *g, const struct column *c, struct place at)
{
	static const char fix[] = "remove the column; release counts or estimates";
	bool many = c->tracked > PERSONS && c->distinct * 10 >= c->tracked * 9, rows = g->all_rows > 1;

	if (rows && (c->flags & COL_PERSON || (c->flags & COL_MAYBE && many && !counts_codes(g) && !is_dictionary(g))))
		report_add(g->report, RULE_MICRODATA, FINDING_BLOCK, at, fix,
			"this column's header names something that belongs to one person");
	else if (rows && is_dates(g, c))
		report_add(g->report, RULE_MICRODATA, FINDING_BLOCK, at, fix, "this column holds full dates, as records of persons do");
	else if (rows && is_place(c))
		report_add(g->report, RULE_MICRODATA, c->distinct >= 5 ? FINDING_BLOCK : FINDING_REVIEW, at,
			"give a region, or coordinates of one decimal", "this column holds coordinates fine enough for one address");
	else if (rows && c->flags & COL_MAYBE && !is_dictionary(g))
		report_add(g->report, RULE_MICRODATA, FINDING_REVIEW, at, "name the column after what it holds, such as \"term\"",
			"this column's header may name something that belongs to one person");
	else if (is_key(g, c))
		report_add(g->report, RULE_MICRODATA, FINDING_REVIEW, at, "release one row per group, not one per person",
			"this column has a different value in each row, as a list of persons has");
}

static void end_rows(const struct grid *g)
{
	long long max = g->policy->max_rows;
	size_t i;

	if (g->all_rows <= (uint64_t)max + 1 && g->all_rows == g->rows)
		return;
	for (i = 0; i < g->report->count; i++)
		if (g->report->rule[i] == RULE_SIZE)
			return; /* of another table in this text */
	report_add(g->report, RULE_SIZE, FINDING_BLOCK, (struct place){ 0 }, "release a smaller table",
		"the table has more than %lld rows, which is what the policy takes, or more than %u cells", max, GRID_CELLS);
	report_add(g->report, RULE_MICRODATA, FINDING_BLOCK, (struct place){ 0 }, "release one row per group, not one per person",
		"a table of more than %lld rows reads as one row per person", max);
}

/* --- rows that are unlike each other in what describes persons --- */

static bool is_describing(const struct grid *g, const struct column *c)
{
	return c->cells * 2 > g->rows && c->real == 0 && c->spread == 0 && c->distinct > 1 && c->distinct * 2 <= c->tracked &&
	       !header_is_count(c) && c->role != ROLE_STAT;
}

static size_t count_unique(uint64_t *h, size_t n)
{
	size_t i, unique = 0;

	qsort(h, n, sizeof(*h), compare_hash);
	for (i = 0; i < n; i++)
		unique += (i == 0 || h[i] != h[i - 1]) && (i + 1 == n || h[i] != h[i + 1]);
	return unique;
}

static size_t count_describing(const struct grid *g)
{
	size_t i, n = 0;

	for (i = 0; i < g->columns; i++)
		n += is_describing(g, &g->column[i]);
	return n;
}

/* Ages that rise and fall from row to row: a table has them in order, and says how many each is of. */
static size_t find_ages(const struct grid *g)
{
	size_t i;

	for (i = 0; i < g->columns; i++) {
		const struct column *c = &g->column[i];

		if (c->flags & COL_AGE && (c->role == ROLE_CODE || c->role == ROLE_UNKNOWN) && c->other + c->spread == 0 && c->least >= 0 &&
			c->most < 130 && c->tracked > PERSONS && c->distinct > 10 && c->turns * 3 > c->tracked)
			break;
	}
	return i;
}

static bool ages_of_persons(const struct grid *g)
{
	size_t i = find_ages(g);

	if (i == g->columns || has_named_counts(g))
		return false;
	report_add(g->report, RULE_MICRODATA, FINDING_BLOCK, grid_place(g, 0, i), "release one row per group, with counts",
		"ages in no order, and no column counts anybody: this reads as one row per person");
	return true;
}

/* --- values without labels: a column of what each person has --- */

#define POINTS 50 /* of a curve; more are one a person */

static bool header_has(const struct grid *g, size_t i, const char *const *list)
{
	char fold[HEADER_MAX];
	size_t k, from, to, n = grid_fold(g, 0, i, fold, sizeof(fold));

	for (from = 0; from < n; from = to + 1) {
		for (to = from; to < n && fold_is_word(fold[to]) && fold[to] != '_'; to++)
			;
		for (k = 0; list[k]; k++)
			if (strlen(list[k]) == to - from && memcmp(list[k], fold + from, to - from) == 0)
				return true;
	}
	return false;
}

static bool any_header(const struct grid *g, const char *const *list)
{
	size_t i;

	for (i = 0; i < g->columns && i < POINTS; i++)
		if (header_has(g, i, list))
			return true;
	return false;
}

/* One row for each cut-off is one for each person whose value it is. */
static void curve_points(const struct grid *g)
{
	static const char *const hits[] = { "sensitivity", "sens", "tpr", "recall", "sensitiivisyys", "sensitivitet", "naemi", NULL };
	static const char *const misses[] = { "specificity", "spec", "fpr", "precision", "ppv", "tarkkuus", "specificitet", "spesifisitet", "fnr",
		"1-specificity", "tnr", NULL };

	if (g->rows - 1 > POINTS && any_header(g, hits) && any_header(g, misses) && !has_named_counts(g))
		report_add(g->report, RULE_MICRODATA, FINDING_REVIEW, grid_place(g, 1, 0), "give the curve at 50 points or fewer",
			"a curve of more than %d points: each may be one person's value", POINTS);
}

/* A step rises from line to line, but for some that were done at once, or stands in many; an error has decimals. What does neither may
 * be a person's number. */
static bool is_step(const struct column *c)
{
	return c->distinct * 2 <= c->tracked || (c->whole + c->real == c->cells && (c->turns * 4 <= c->tracked || c->real * 2 > c->cells));
}

bool table_is_steps(const struct grid *g)
{
	static const char *const steps[] = { "iter", "iteration", "iterations", "epoch", "step", "draw", "draws", "chain", "sim", "simulation",
		"rep", "replicate", "replication", "bootstrap", "boot", "permutation", "fold", "seed", "trial", "sample", "batch", "imputation",
		"lower", "upper", "lcl", "ucl", "ci", "se", "p", NULL };
	size_t i;

	if (!g->unnamed)
		return any_header(g, steps);
	for (i = 0; i < g->columns && !(header_has(g, i, steps) && is_step(&g->column[i])); i++)
		;
	return i < g->columns && !records_have_sex(g);
}

/* What an estimate has beside it, and a measurement hasn't. */
static bool has_error(const struct grid *g)
{
	static const char *const errors[] = { "se", "sd", "std", "stderr", "error", "conf", "ci", "lower", "upper", "lwr", "upr", "lcl", "ucl", NULL };

	return any_header(g, errors);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_section(const struct grid *g, size_t row)
{
	size_t i, len;
	const char *p = grid_text(g, row, 0, &len);

	for (i = 0; i < len; i++)
		if (fold_is_digit(p[i]) && (i == 0 || i + 1 == len || !is_letter(p[i - 1]) || !is_letter(p[i + 1])))
			return false; /* a person's number; "T2D" is none */
	for (i = 1; i < g->columns && len > 0; i++)
		if (grid_cell(g, row, i)->kind != CELL_EMPTY)
			return false;
	return len > 0;
}

/* "Smoking,", "Yes,31.2", "No,68.8", "Diabetes,", "Yes,...": the labels tell the rows apart once those over them are part of them. */
static bool has_sections(const struct grid *g)
{
	uint64_t h[CROSSED] = { 0 }, section = 0;
	size_t n = g->rows - 1, row;

	if (n > CROSSED || !column_labels(&g->column[0]) || !is_section(g, 1))
		return false;
	for (row = 1; row <= n; row++) {
		const uint64_t own = grid_hash(g, row, 0);

		h[row - 1] = is_section(g, row) ? own : section * 31 + own;
		section = is_section(g, row) ? own : section;
	}
	qsort(h, n, sizeof(*h), compare_hash);
	for (row = 1; row < n; row++)
		if (h[row] == h[row - 1])
			return false;
	return true;
}

/* "heart_rate", "pain_score" and "weight" are words of estimates too: over many rows that labels don't tell apart, no group's. */
static bool may_be_measured(const struct grid *g)
{
	size_t i, labels = 0;

	for (i = 0; i < g->columns; i++)
		labels += column_labels(&g->column[i]);
	return labels > 0 && g->rows - 1 > PERSONS && !has_error(g) && !table_is_steps(g) && !is_crossed(g) && !has_sections(g);
}

/* Tables of results have estimates or counts; records have columns that describe a person, and little else repeats. */
bool table_is_result(const struct grid *g)
{
	bool estimates = false;
	size_t i;

	for (i = 0; i < g->columns; i++) {
		enum role role = g->column[i].role;

		if (role == ROLE_R2 || g->column[i].spread > 0)
			return true;
		estimates |= role == ROLE_STAT || role == ROLE_MEAN || role == ROLE_PERCENT || role == ROLE_SHARE;
	}
	return (estimates && !may_be_measured(g)) || has_counts(g);
}

static bool is_ones_value(const struct grid *g, const struct column *c, bool named)
{
	return c->role != ROLE_COUNT && c->role != ROLE_R2 && !(c->flags & COL_CLIMBS) && c->other + c->spread == 0 && c->tracked > PERSONS &&
	       (c->real > 0 || (c->flags & COL_NUMBERED && !named)) && c->distinct * 10 >= c->tracked * (c->real > 0 ? 8 : 5) &&
	       (c->turns * 3 > c->tracked || (named && g->rows - 1 > POINTS));
}

/* 0.5, 1.5, 2.5, ...: somebody chose where a curve is drawn. */
static bool is_even(const struct grid *g, size_t i)
{
	double step = 0;
	size_t row;

	if (g->column[i].flags & (COL_CLIMBS | COL_INDEX) || g->column[i].tracked + 1 < g->rows)
		return false;
	for (row = 2; row < g->rows; row++) {
		double now = grid_cell(g, row, i)->value - grid_cell(g, row - 1, i)->value;

		if (row == 2)
			step = now;
		if (step <= 0 || now < step * .99 || now > step * 1.01)
			return false;
	}
	return g->rows > 2;
}

/* Predictions, residuals, measurements: a list of numbers, and at most their row numbers. */
static void lists_of_values(const struct grid *g)
{
	static const char *const of_each[] = { "predicted", "prediction", "predictions", "pred", "fitted", "fit", "residual", "residuals", "resid",
		"propensity", "leverage", "cooksd", "lp", "theoretical", "prob", "probability", "phat", "yhat", "ennuste", "prediktion",
		"martingale", "deviance", "schoenfeld", "dfbeta", NULL };
	bool named = any_header(g, of_each);
	size_t i, found = g->columns;

	if (g->text || g->rows - 1 <= PERSONS || has_counts(g) || table_is_steps(g))
		return;
	for (i = 0; i < g->columns; i++) {
		const struct column *c = &g->column[i];
		bool index = c->flags & COL_INDEX || (c->flags & COL_CLIMBS && i == 0 && !(c->flags & COL_LABEL));

		if (is_even(g, i) || (column_labels(c) && !index && c->role != ROLE_UNKNOWN) || c->role == ROLE_MEAN || c->role == ROLE_QUANTILE || c->other > 0)
			return;
		if (found == g->columns && is_ones_value(g, c, named))
			found = i;
	}
	if (found < g->columns)
		report_add(g->report, RULE_MICRODATA, FINDING_REVIEW, grid_place(g, 1, found), "give quantiles, or a table of groups with counts",
			"a list of values without labels: each may be one person's");
}

/* In a log, each setting with each other one: a search, of which no two rows are alike either. */
bool table_is_search(const struct grid *g)
{
	double all = 1;
	size_t i;

	for (i = 0; i < g->columns; i++)
		all *= is_describing(g, &g->column[i]) ? (double)g->column[i].distinct : 1;
	return g->unnamed && count_describing(g) > 1 && all * 2 <= (double)(g->rows - 1) * 3;
}

static bool unlike_rows(const struct grid *g)
{
	size_t n = g->rows > 0 ? g->rows - 1 : 0, row, i;
	bool unlike;
	uint64_t *h;

	if (n <= PERSONS || table_is_result(g) || count_describing(g) < 3 || table_is_search(g) || (g->unnamed && table_is_steps(g)))
		return false;
	h = calloc(n, sizeof(*h));
	if (!h) {
		report_add(g->report, RULE_MICRODATA, FINDING_BLOCK, (struct place){ 0 }, "release several smaller tables",
			"there was no memory to hold the table's rows against each other");
		return true;
	}
	for (i = 0; i < g->columns; i++) {
		const struct column *c = &g->column[i];

		if (!is_describing(g, c) && !(c->flags & COL_NUMBERED && !(c->flags & (COL_CLIMBS | COL_INDEX))))
			continue;
		for (row = 1; row < g->rows; row++)
			h[row - 1] = h[row - 1] * 31 + grid_hash(g, row, i);
	}
	unlike = count_unique(h, n) * 10 > n * 6;
	if (unlike)
		report_add(g->report, RULE_MICRODATA, g->unnamed ? FINDING_REVIEW : FINDING_BLOCK, grid_place(g, 1, 0),
			"release one row per group, with counts",
			"most rows differ in columns that describe persons, and no column counts any: this reads as one row per person");
	free(h);
	return unlike;
}

void microdata_check(struct grid *g)
{
	size_t i, before = g->report->count;

	report_ran(g->report, RULE_MICRODATA);
	for (i = 0; i < g->columns; i++) {
		end_identity(g, &g->column[i], grid_place(g, 0, i));
		end_person(g, &g->column[i], grid_place(g, 0, i));
	}
	g->unkeyed = unlike_rows(g) || ages_of_persons(g);
	curve_points(g);
	if (!rows_check(g, g->report->count > before))
		lists_of_values(g);
	end_rows(g);
}

/* --- all rules --- */

static void header_counts(const struct grid *g)
{
	size_t i;

	for (i = 0; i < g->columns && !g->text; i++)
		if (g->column[i].n > 0 && g->column[i].n < g->policy->min_count)
			report_add(g->report, RULE_COUNT, FINDING_BLOCK, grid_place(g, 0, i), "leave the group out, or join groups",
				"this header counts persons and its N is under %lld", (long long)g->policy->min_count);
}

/* Totals tell which columns are counts, a claim is held against that, and changes what is a count. */
static bool make_cube(struct grid *g, struct cube *ret)
{
	if (!cube_make(g, ret))
		return false;
	cube_find_cross(g, ret);
	if (!g->claim)
		return true;
	sidecar_columns(g);
	header_forget(g);
	cube_free(ret);
	if (!cube_make(g, ret))
		return false;
	cube_find_cross(g, ret);
	return true;
}

void table_rules(struct grid *g, struct counts_list *counts)
{
	struct cube c;

	if (!header_read(g) || !make_cube(g, &c)) {
		report_add(g->report, RULE_COUNT, FINDING_BLOCK, (struct place){ 0 }, "release several smaller tables",
			"there was no memory to look at the table's columns");
		return;
	}
	header_counts(g);
	sdc_check(g);
	odd_cells_check(g);
	cross_check(g, &c);
	percent_check(g);
	group_check(g, &c);
	margins_check(g, &c, &counts->audited);
	regression_check(g);
	survival_check(g);
	microdata_check(g);
	fields_check(g);
	difference_check(g, &c, counts);
	sidecar_end(g);
	cube_free(&c);
}

/* --- the file --- */

static const char fix_table[] = "write the table with one header line and a standard CSV writer";

static void refuse(struct report *r, const char *fix, const char *why)
{
	report_add(r, RULE_TYPE, FINDING_BLOCK, (struct place){ 0 }, fix, "not a table: %s", why);
}

/* write.table() of R gives the names of rows no name, as it has them: the second record has one field more than the first. */
static bool lacks_name(const struct grid *g, const char *bytes, size_t n)
{
	const char *second = g->rows == 1 ? memchr(bytes, '\n', n) : NULL;
	size_t len = second ? n - (size_t)(++second - bytes) : 0;
	struct csv_record record = { 0 };
	struct csv *c = NULL;
	bool more;

	len = len < (256u << 10) ? len : 256u << 10;
	more = second && csv_new(&c, g->delimiter) == 0 && csv_feed(c, second, len, NULL) == 0 &&
	       (second + len < bytes + n || csv_feed(c, NULL, 0, NULL) == 0) && csv_next(c, &record, NULL) == 1 && record.count == g->columns + 1;
	csv_free(c);
	return more;
}

static bool column_is_named(const struct grid *g, size_t i)
{
	char fold[HEADER_MAX];

	return scan_has_context(fold, grid_fold(g, 0, i, fold, sizeof(fold)));
}

/* "nhs_number" stands in the cell before: a table of fields and their values. Asked of what may be a number alone. */
static bool cell_is_named(const struct grid *g, size_t row, size_t i, const char *p, size_t n)
{
	char fold[HEADER_MAX];
	size_t k, digits = 0;

	for (k = 0; n >= 9 && k < n && digits < 9; k++)
		digits += fold_is_digit(p[k]);
	return digits == 9 && i > 0 && scan_has_context(fold, grid_fold(g, row, i - 1, fold, sizeof(fold)));
}

static void scan_cells(struct grid *g, struct scan *s)
{
	bool *named = calloc(g->columns + 1, sizeof(*named));
	size_t row, i, n;

	report_ran(g->report, RULE_FORMULA);
	for (i = 0; named && i < g->columns; i++)
		named[i] = column_is_named(g, i);
	for (row = 0; row < g->rows; row++)
		for (i = 0; i < g->columns; i++) {
			const char *p = grid_text(g, row, i, &n);

			check_formula(g, row, i);
			scan_field(s, p, n, grid_place(g, row, i), (row > 0 && (!named || named[i])) || cell_is_named(g, row, i, p, n));
		}
	free(named);
}

/* What was not kept is looked at for identifiers all the same. */
static void scan_rest(const struct grid *g, struct scan *s, const char *bytes, size_t n)
{
	struct csv_record record;
	struct csv *c = NULL;
	uint64_t row = 0;
	size_t at = 0, i;

	if (g->all_rows == g->rows || csv_new(&c, g->delimiter) < 0)
		return;
	while (at <= n) {
		size_t piece = n - at < (256u << 10) ? n - at : 256u << 10;

		if (csv_feed(c, bytes + at, piece, NULL) < 0)
			break;
		while (csv_next(c, &record, NULL) == 1)
			for (i = 0, row++; row > g->rows && i < record.count; i++)
				scan_field(s, record.field[i].p, record.field[i].len,
					(struct place){ .row = row, .line = record.line, .column = (uint32_t)i + 1 }, false);
		at += piece;
		if (piece == 0)
			break;
	}
	csv_free(c);
}

/* Numbers over every column of numbers, and neither in order, as years and ends of classes are, nor two whole ones: a
 * line of values. */
static void headless_check(const struct grid *g)
{
	size_t i, numbers = 0, named = 0, rises = 0, whole = 0;
	char fold[HEADER_MAX];
	struct cell head;
	double last = 0;

	for (i = 0; g->column && i < g->columns; i++) { /* NULL: there was no memory, which table_rules told */
		const struct column *c = &g->column[i];

		if (c->whole + c->real == 0 || c->other + c->spread > 0)
			continue;
		cell_read(&head, fold, grid_fold(g, 0, i, fold, sizeof(fold)), g->delimiter, NULL);
		rises += numbers > 0 && head.value > last;
		last = head.value;
		numbers++;
		named += head.kind != CELL_NUMBER || (head.flags & CELL_WHOLE && head.value >= 1900 && head.value <= 2100); /* a year */
		whole += (head.flags & CELL_WHOLE) != 0;
	}
	if (numbers > 0 && named == 0 && (rises + 1 < numbers || (numbers < 3 && whole < 2)))
		report_add(g->report, RULE_COUNT, FINDING_REVIEW, grid_place(g, 0, 0), "begin the file with a line that names each column",
			"the first line holds values where the columns have their names: nobody can tell what the numbers count");
}

bool table_check(const struct policy *p, const struct policy_file *f, struct report *r, struct scan *s, const char *bytes,
	size_t n, bool tsv, uint64_t title, struct counts_list *counts)
{
	struct grid *g = calloc(1, sizeof(*g));
	struct spe_error e = { 0 };
	bool good = false;

	if (!g) {
		refuse(r, fix_table, "there was no memory to read it");
		return false;
	}
	g->policy = p;
	g->report = r;
	g->file = f;
	g->unit = hash_bytes("persons", 7);
	g->title = title;
	sidecar_open(g);
	if (grid_csv(g, bytes, n, table_delimiter(bytes, n, tsv), &e) < 0) {
		refuse(r, lacks_name(g, bytes, n) ? "name the first column too: row.names = FALSE, or col.names = NA, in write.table(); or write.csv()" :
			fix_table, e.text);
	} else if (g->rows == 0) {
		refuse(r, fix_table, "it has no header line");
	} else {
		good = true;
		scan_cells(g, s);
		scan_rest(g, s, bytes, n);
		table_rules(g, counts);
		across_check(g);
		headless_check(g);
	}
	sidecar_close(g);
	grid_clear(g);
	free(g);
	return good;
}
