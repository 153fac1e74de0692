/* policy/records.c - tables within texts that are records of persons, few as they may be: head() of the data in a log,
 * rows of a query, an example in a code book. The rules on long tables (table.c) need more rows than these have.
 * Source: OpenSAFELY, what may leave a log; ESSnet guidelines (2009): no unit-level rows. */
#include "policy/table.h"

enum trait { TRAIT_ID = 1, TRAIT_SEX = 2, TRAIT_AGE = 4, TRAIT_CODE = 8, TRAIT_DATE = 16, TRAIT_KEY = 32 };
#define FEW 10 /* rows; in fewer, columns without names may be anything */

static bool column_has(const struct grid *g, size_t i, bool (*is)(const char *, size_t))
{
	char fold[HEADER_MAX];
	size_t row, n, seen = 0, good = 0;

	for (row = 1; row < g->rows && row < 200; row++) {
		n = grid_fold(g, row, i, fold, sizeof(fold));
		seen += n > 0;
		good += n > 0 && is(fold, n);
	}
	return good > 0 && good * 10 >= seen * 8;
}

bool word_is_sex(const char *p, size_t n)
{
	static const char *const words[] = { "m", "f", "k", "n", "male", "female", "man", "woman", "mies", "nainen", "kvinna", "kvinne", "kvinde",
		"mann", "mand", "karl", "kona", NULL };

	return word_in(words, p, n);
}

bool records_have_sex(const struct grid *g)
{
	size_t i;

	for (i = 0; i < g->columns; i++)
		if (column_has(g, i, word_is_sex))
			return true;
	return false;
}

/* I21, C50.9, A10BA02 */
static bool is_code(const char *p, size_t n)
{
	return n >= 3 && n <= 7 && p[0] >= 'a' && p[0] <= 'z' && fold_is_digit(p[1]) && fold_is_digit(p[2]) &&
	       (n == 3 || p[3] == '.' || fold_is_word(p[3]));
}

static bool header_is(const struct grid *g, size_t i, const char *const *list)
{
	char fold[HEADER_MAX];
	size_t n = grid_fold(g, 0, i, fold, sizeof(fold));

	return word_of(list, fold, n) || (n > 3 && memcmp(fold + n - 3, "_id", 3) == 0) || (n > 2 && memcmp(fold + n - 2, "id", 2) == 0 && n < 6);
}

static bool is_nameless(const struct grid *g)
{
	size_t i, len, empty = 0;

	for (i = 0; i < g->columns; i++) {
		grid_text(g, 0, i, &len);
		empty += len == 0;
	}
	return empty * 2 > g->columns;
}

/* By its values: keys all differ, and ages rise and fall; what a table counts repeats, and its groups of ages are in order. */
static unsigned trait_by_shape(const struct grid *g, size_t i, bool named)
{
	const struct column *c = &g->column[i];

	if (g->rows - 1 < FEW || c->cells == 0 || c->whole < c->cells || c->least < 0)
		return 0;
	if (!named && c->most < 110 && c->distinct >= FEW && c->turns * 4 > c->tracked)
		return TRAIT_AGE;
	return c->least >= 1000 && c->distinct == c->tracked && c->same_width ? TRAIT_KEY : 0;
}

static unsigned trait_of(const struct grid *g, size_t i)
{
	static const char *const ids[] = { "id", "idno", "idnr", "pid", "nr", "lopnr", "key", "row_id", "person", "patient", "subject", NULL };
	const struct column *c = &g->column[i];
	bool keyed = c->cells > 0 && c->distinct == c->tracked && c->real == 0 && !(c->flags & COL_CLIMBS && c->least <= 1);

	if (c->flags & COL_PERSON || (keyed && (c->flags & COL_MAYBE || header_is(g, i, ids))))
		return TRAIT_ID;
	if (c->dates > 0 && c->dates * 5 >= c->cells * 4)
		return TRAIT_DATE;
	if (c->flags & COL_AGE && c->whole + c->real == c->cells && c->cells > 0 && !(c->flags & COL_CLIMBS))
		return TRAIT_AGE;
	if (column_has(g, i, word_is_sex))
		return TRAIT_SEX;
	return column_has(g, i, is_code) ? TRAIT_CODE : 0;
}

/* What results have and records don't. */
static bool is_result(const struct grid *g)
{
	size_t i;

	for (i = 0; i < g->columns; i++) {
		const struct column *c = &g->column[i];

		if (c->role == ROLE_COUNT || c->role == ROLE_MIDPOINT || c->role == ROLE_STAT || c->role == ROLE_MEAN || c->role == ROLE_PERCENT ||
			c->role == ROLE_SHARE || c->role == ROLE_R2 || c->role == ROLE_QUANTILE || c->role == ROLE_SUM || c->role == ROLE_TOTAL ||
			c->spread > 0)
			return true;
	}
	return g->described || g->counted != COUNTED_NOT;
}

void records_check(struct grid *g, bool called)
{
	unsigned traits = 0, count = 0, worded = 0, one;
	bool nameless, many, sexes, named;
	size_t i, len;

	if (!g->column || g->columns < 3 || g->rows < 2 || is_result(g) || (g->unnamed && table_is_steps(g)))
		return;
	nameless = is_nameless(g);
	sexes = g->unnamed && records_have_sex(g); /* then a word before each value, as "batch=11588", makes it no less a key */
	for (i = 0; i < g->columns && i < 64; i++) {
		one = trait_of(g, i);
		grid_text(g, 0, i, &len);
		named = len > 0;
		if (one == 0 && (named ? sexes : nameless)) {
			one = trait_by_shape(g, i, named);
			worded += named && one != 0 && !(traits & one);
		}
		count += one != 0 && !(traits & one);
		traits |= one;
	}
	if (nameless && !(traits & (TRAIT_SEX | TRAIT_AGE | TRAIT_DATE)))
		return; /* jobs and machines have keys and codes too */
	if (count < 2 || !(traits & (TRAIT_ID | TRAIT_AGE | TRAIT_DATE | TRAIT_KEY)))
		return;
	/* What nobody named may be a job's or a file's, and no person's, where no value is a sex. */
	many = count - worded > 2 && (!nameless || traits & TRAIT_SEX);
	report_add(g->report, RULE_MICRODATA, called || many || traits & TRAIT_ID ? FINDING_BLOCK : FINDING_REVIEW, grid_place(g, 1, 0),
		"leave the rows out; release counts or estimates", "rows of this table describe one person each");
}
