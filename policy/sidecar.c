/* policy/sidecar.c - what a job says of its own outputs: outputs.json (policy/outputs.schema.json) or ACRO's results.json.
 * It is written by the session whose outputs are checked, so that nothing in it is believed: a claim can add a check,
 * and it can say that whole numbers are no counts where their values agree; it never takes a check on a named count
 * away. Statuses and checksums are not looked at, names are compared with the file's own and never followed.
 * Source of the format: ACRO, acro/record.py (results.json of version 1). */
#include "policy/prose.h"

#define SIDECAR_MAX (4u << 20) /* bytes; thousands of outputs */
#define DEPTH 32

const char *const sidecar_outputs[] = { "frequency-table", "percentage-table", "magnitude-table", "extreme", "percentile", "mode",
	"shape", "histogram", "box-plot", "scatter-plot", "correlation", "regression", "ratio", "survival", "factor-analysis",
	"cluster", "roc", "model", "text", "code", "unit-level", NULL };
const char *const sidecar_roles[] = { "count", "percent", "statistic", "label", "code", "sum", "mean", "largest", "second-largest",
	NULL };
static const char *const keys[] = { "name", "output", "description", "population", "unit", "n", "dof", "round_base", "suppressed",
	"contributions", "columns", NULL };

static void doubt(const struct grid *g, enum finding_severity severity, struct place at, const char *fix, const char *what)
{
	report_add(g->report, RULE_SIDECAR, severity, at, fix, "%s", what);
}

static void invalid(const struct grid *g, const char *what)
{
	report_add(g->report, RULE_SIDECAR, FINDING_REVIEW, (struct place){ 0 }, "write outputs.json as its schema says",
		"what the job says of its outputs can't be used: %s", what);
}

static bool is_word_of(const char *const *list, const char *word)
{
	return word && word_in(list, word, strlen(word));
}

/* --- finding what is said of this file --- */

static bool too_deep(const char *p, size_t n)
{
	size_t i, depth = 0;
	bool quoted = false;

	for (i = 0; i < n; i++) {
		if (quoted && p[i] == '\\')
			i++;
		else if (p[i] == '"')
			quoted = !quoted;
		else if (!quoted && (p[i] == '[' || p[i] == '{') && ++depth > DEPTH)
			return true;
		else if (!quoted && (p[i] == ']' || p[i] == '}'))
			depth -= depth > 0;
	}
	return false;
}

/* The whole name, or its last component; the claim's name is text and no path. */
static bool is_name(const struct grid *g, json_t *name)
{
	const char *own = g->file->name, *slash = strrchr(own, '/'), *said = json_string_value(name);

	return said && (strcmp(said, own) == 0 || (slash && strcmp(said, slash + 1) == 0));
}

static json_t *find_in_acro(const struct grid *g, json_t *results)
{
	json_t *result, *file;
	const char *uid;
	size_t i;

	json_object_foreach(results, uid, result)
		json_array_foreach(json_object_get(result, "files"), i, file)
			if (is_name(g, json_object_get(file, "name")))
				return result;
	return NULL;
}

static json_t *find_in_ours(const struct grid *g, json_t *files)
{
	json_t *file, *found = NULL;
	size_t i;

	json_array_foreach(files, i, file) {
		if (!is_name(g, json_object_get(file, "name")))
			continue;
		if (found)
			invalid(g, "it names this file twice");
		found = found ? found : file;
	}
	return found;
}

static void check_keys(const struct grid *g, json_t *claim)
{
	const char *key, *output = json_string_value(json_object_get(claim, "output"));
	json_t *value;

	json_object_foreach(claim, key, value)
		if (!is_word_of(keys, key)) {
			invalid(g, "it has a key that nobody knows");
			break;
		}
	if (json_object_get(claim, "output") && !is_word_of(sidecar_outputs, output))
		invalid(g, "its type of output is none of the schema's");
}

/* "(3)" and "three" would hide a count and say it; "<10" needs no sidecar. */
static bool hides(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (fold_is_digit(p[i]))
			return false;
	return prose_numeral(p, n) == 0;
}

static void take_text(struct grid *g)
{
	const char *marker = json_string_value(json_object_get(g->claim, "suppressed"));
	const char *population = json_string_value(json_object_get(g->claim, "population"));
	const char *unit = json_string_value(json_object_get(g->claim, "unit"));
	char fold[256];
	size_t n;

	if (marker && strlen(marker) < sizeof(g->marker)) {
		n = text_fold(marker, strlen(marker), false, fold);
		if (n < sizeof(g->marker) && n > 0 && hides(fold, n)) {
			memcpy(g->marker, fold, n);
			g->marker[n] = '\0';
		}
	}
	if (population && strlen(population) < sizeof(fold))
		g->population = header_category(fold, text_fold(population, strlen(population), false, fold), true);
	if (unit && strlen(unit) < sizeof(fold))
		g->unit = hash_bytes(fold, text_fold(unit, strlen(unit), false, fold));
}

void sidecar_open(struct grid *g)
{
	const struct policy_file *f = g->file;
	json_t *results;

	if (!f->sidecar)
		return;
	report_ran(g->report, RULE_SIDECAR);
	if (f->sidecar_len > SIDECAR_MAX || too_deep(f->sidecar, f->sidecar_len)) {
		invalid(g, "it is too large or nested too deep");
		return;
	}
	g->sidecar = json_loadb(f->sidecar, f->sidecar_len, JSON_REJECT_DUPLICATES, NULL);
	results = json_object_get(g->sidecar, "results");
	g->acro = json_is_object(results);
	if (!g->acro && !json_is_array(json_object_get(g->sidecar, "files"))) {
		invalid(g, g->sidecar ? "it has neither \"files\" nor \"results\"" : "it is no JSON");
		return;
	}
	g->claim = g->acro ? find_in_acro(g, results) : find_in_ours(g, json_object_get(g->sidecar, "files"));
	if (g->claim && !g->acro) {
		check_keys(g, g->claim);
		take_text(g);
		g->claimed_n = json_integer_value(json_object_get(g->claim, "n"));
	}
}

void sidecar_close(struct grid *g)
{
	json_decref(g->sidecar);
	g->sidecar = g->claim = NULL;
}

/* --- columns --- */

static bool has_small(const struct grid *g, size_t i)
{
	return g->column[i].small > 0;
}

/* A count that a claim calls something else. */
static void hidden_count(const struct grid *g, size_t i)
{
	bool small = has_small(g, i);

	doubt(g, small ? FINDING_BLOCK : FINDING_REVIEW, grid_place(g, 0, i), "say \"count\" of columns that count persons",
		small ? "the job says that this column is no count, but its header says so and it has counts that are too small"
		      : "the job says that this column is no count, but its header says so");
}

static bool has_persons(const struct grid *g)
{
	size_t i;

	for (i = 0; i < g->columns; i++)
		if (g->column[i].role == ROLE_COUNT)
			return true;
	return false;
}

/* Values that agree with the claim: percentages are up to 100; codes and labels repeat or stand before the numbers; a
 * statistic stands beside the number of persons that it rests on. */
static bool agrees(const struct grid *g, size_t i, const char *role)
{
	const struct column *c = &g->column[i];

	if (g->cross && c->flags & COL_COUNTLIKE)
		return false;
	if (strcmp(role, "percent") == 0)
		return c->most <= 100;
	if (strcmp(role, "code") == 0 || strcmp(role, "label") == 0)
		return i == 0 || c->distinct * 2 <= c->tracked || g->column[i - 1].role == ROLE_LABEL || g->column[i - 1].role == ROLE_CODE;
	return has_persons(g);
}

static void claim_count(struct grid *g, size_t i)
{
	struct column *c = &g->column[i];

	if (c->real + c->other > 0) {
		doubt(g, FINDING_REVIEW, grid_place(g, 0, i), "say what the column holds",
			"the job says that this column counts persons, but not all of it are whole numbers");
		return;
	}
	c->role = c->role == ROLE_MIDPOINT ? ROLE_MIDPOINT : ROLE_COUNT;
	c->flags &= ~COL_SAID;
}

static void claim_other(struct grid *g, size_t i, const char *role)
{
	static const struct {
		const char *name;
		enum role role;
		uint8_t rank;
	} sums[] = { { "sum", ROLE_SUM, 0 }, { "mean", ROLE_MEAN, 0 }, { "largest", ROLE_LARGEST, 1 }, { "second-largest", ROLE_LARGEST, 2 } };
	struct column *c = &g->column[i];
	size_t k;

	if (c->role == ROLE_COUNT || c->role == ROLE_MIDPOINT) {
		hidden_count(g, i);
		return;
	}
	for (k = 0; k < sizeof(sums) / sizeof(sums[0]); k++)
		if (strcmp(sums[k].name, role) == 0 && c->role != ROLE_MAX && c->role != ROLE_MIN) {
			c->role = sums[k].role;
			c->rank = sums[k].rank;
			c->flags &= ~COL_COUNTLIKE;
			return;
		}
	if (strcmp(role, "percent") == 0 && c->most <= 100 && c->role == ROLE_UNKNOWN)
		c->role = ROLE_PERCENT;
	else if (c->flags & COL_NUMBERED && has_small(g, i) && agrees(g, i, role))
		c->flags |= COL_SAID;
	else if (c->flags & COL_NUMBERED && c->role == ROLE_UNKNOWN && has_small(g, i))
		doubt(g, FINDING_REVIEW, grid_place(g, 0, i), "say \"count\" of columns that count persons",
			"the job says that this column is no count, but its values may well be counts");
}

static void claim_column(struct grid *g, json_t *claim)
{
	const char *name = json_string_value(json_object_get(claim, "name")), *role = json_string_value(json_object_get(claim, "role"));
	char fold[HEADER_MAX], own[HEADER_MAX];
	size_t n, i;

	if (!name || !is_word_of(sidecar_roles, role)) {
		invalid(g, "a column has no name, or a role that is none of the schema's");
		return;
	}
	n = text_fold(name, strlen(name) < HEADER_MAX ? strlen(name) : HEADER_MAX, false, fold);
	for (i = 0; i < g->columns; i++) {
		if (grid_fold(g, 0, i, own, sizeof(own)) != n || memcmp(own, fold, n) != 0)
			continue;
		if (strcmp(role, "count") == 0)
			claim_count(g, i);
		else
			claim_other(g, i, role);
		return;
	}
	if (!g->text)
		invalid(g, "it names a column that this table doesn't have");
}

/* --- rounding --- */

static bool all_multiples(const struct grid *g, int64_t base)
{
	size_t row, i;

	for (i = 0; i < g->columns; i++)
		for (row = 1; header_is_count(&g->column[i]) && row < g->rows; row++) {
			const struct cell *c = grid_cell(g, row, i);

			if (c->kind == CELL_NUMBER && (!(c->flags & CELL_WHOLE) || (int64_t)c->value % base != 0))
				return false;
		}
	return true;
}

static void claim_base(struct grid *g, int64_t base)
{
	if (base <= 1 || base > 100)
		return;
	if (!all_multiples(g, base)) {
		doubt(g, FINDING_REVIEW, (struct place){ 0 }, "say what the counts are rounded to, or round them",
			"the job says that counts are rounded, but they are no multiples of what it says");
		return;
	}
	g->based = true;
	g->few_rounded = false;
	if (base >= 5)
		g->base = (int)base;
}

/* ACRO's cross tables hold counts unless an aggregate was asked for. */
static void acro_columns(struct grid *g)
{
	json_t *properties = json_object_get(g->claim, "properties");
	const char *method = json_string_value(json_object_get(properties, "method")),
		   *type = json_string_value(json_object_get(g->claim, "type"));
	size_t i;

	claim_base(g, json_integer_value(json_object_get(properties, "round_base")));
	if (!type || strcmp(type, "table") != 0 || !method || strcmp(method, "crosstab") != 0)
		return;
	if (json_is_string(json_object_get(properties, "aggfunc")) || strstr(g->file->name, "mean"))
		return;
	for (i = 0; i < g->columns; i++)
		if (g->column[i].role == ROLE_UNKNOWN && g->column[i].flags & COL_NUMBERED && i > 0)
			g->column[i].role = ROLE_COUNT;
}

void sidecar_columns(struct grid *g)
{
	json_t *column;
	size_t i;

	if (!g->claim)
		return;
	if (g->acro) {
		acro_columns(g);
		return;
	}
	json_array_foreach(json_object_get(g->claim, "columns"), i, column)
		claim_column(g, column);
	claim_base(g, json_integer_value(json_object_get(g->claim, "round_base")));
}

/* --- after the rules --- */

static bool found_small_count(const struct grid *g)
{
	size_t i;

	for (i = 0; i < g->report->count; i++)
		if (g->report->rule[i] == RULE_COUNT && g->report->list[i].severity == FINDING_BLOCK)
			return true;
	return false;
}

/* "threshold": 0 where the bytes have small counts. */
static void acro_summary(const struct grid *g)
{
	json_t *file, *said;
	size_t i;

	json_array_foreach(json_object_get(g->claim, "files"), i, file) {
		said = json_object_get(json_object_get(json_object_get(file, "sdc"), "summary"), "threshold");
		if (is_name(g, json_object_get(file, "name")) && json_is_integer(said) && json_integer_value(said) == 0 && found_small_count(g))
			doubt(g, FINDING_BLOCK, (struct place){ 0 }, "release what the check in the session saw",
				"the job says that no cell of this table is under its threshold, but some are");
	}
}

static void claimed_dof(const struct grid *g, double dof)
{
	if (g->policy->min_dof > 0 && dof >= 0 && dof < (double)g->policy->min_dof)
		report_add(g->report, RULE_DOF, FINDING_BLOCK, (struct place){ 0 }, "use fewer terms or more persons",
			"the job says that this output has fewer than %lld residual degrees of freedom", (long long)g->policy->min_dof);
}

static void acro_dof(const struct grid *g)
{
	const char *summary = json_string_value(json_object_get(g->claim, "summary")), *at = summary ? strstr(summary, "dof=") : NULL;
	struct number number;

	if (!at)
		return;
	number = number_read(at + 4, strlen(at + 4), '.');
	if (number.used > 0)
		claimed_dof(g, number.value);
}

/* More persons in the table than the job says there are in all. */
static bool exceeds_n(const struct grid *g)
{
	size_t i;

	for (i = 0; i < g->columns; i++)
		if (g->column[i].role == ROLE_COUNT && g->column[i].most > (double)g->claimed_n)
			return true;
	return false;
}

static void claimed_n(const struct grid *g)
{
	if (!json_is_integer(json_object_get(g->claim, "n")))
		return;
	if (g->claimed_n >= 0 && g->claimed_n < g->policy->min_count)
		report_add(g->report, RULE_COUNT, FINDING_BLOCK, (struct place){ 0 }, "leave the output out, or join groups",
			"the job says that this output rests on fewer than %lld persons", (long long)g->policy->min_count);
	if (exceeds_n(g))
		doubt(g, FINDING_REVIEW, (struct place){ 0 }, "say how many persons the output rests on",
			"the job says that this output rests on fewer persons than the table counts");
}

static void claimed_contributions(const struct grid *g)
{
	json_t *c = json_object_get(g->claim, "contributions"), *list = json_object_get(c, "largest");
	double largest[3], total = json_number_value(json_object_get(c, "total")), level;
	size_t n = json_array_size(list), i;

	for (i = 0; i < n && i < 3; i++) {
		largest[i] = json_number_value(json_array_get(list, i));
		if (largest[i] < 0 || (i > 0 && largest[i] > largest[i - 1]))
			return invalid(g, "contributions go from the largest down, and none is under zero");
	}
	level = n > 0 && total > 0 ? dominance_level(g->policy, largest, i, total) : 0;
	if (level > 0)
		dominance_report(g, (struct place){ 0 }, level, total);
}

void sidecar_end(struct grid *g)
{
	json_t *dof = json_object_get(g->claim, "dof");

	if (!g->claim)
		return;
	if (g->acro) {
		acro_summary(g);
		acro_dof(g);
		return;
	}
	claimed_n(g);
	if (json_is_number(dof))
		claimed_dof(g, json_number_value(dof));
	claimed_contributions(g);
}
