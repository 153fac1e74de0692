/* policy/percent.c - counts that percentages betray: a share of a known number of persons is a count, exact to the
 * rounding of the share. A count is betrayed where all whole numbers that round to the share are under the threshold.
 * Source: Handbook on Statistical Disclosure Control for Outputs (2019), percentages; UK Longitudinal Linkage
 * Collaboration, rules for outputs: counts under 10, "also via percentages". */
#include "policy/table.h"

typedef const char *const words[];

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

bool percent_betrays(const struct policy *p, double share, unsigned decimals, double of)
{
	struct interval v = of_share(share, decimals, 100, of);

	return betrays(&v, p->min_count);
}

static void tell(const struct grid *g, size_t row, size_t i)
{
	report_add(g->report, RULE_PERCENT, FINDING_BLOCK, grid_place(g, row, i),
		"suppress the percentage too, or join categories",
		"this percentage and the number of persons it is of give a count under %lld", (long long)g->policy->min_count);
}

static void tell_rate(const struct grid *g, size_t row, size_t i)
{
	report_add(g->report, RULE_PERCENT, FINDING_BLOCK, grid_place(g, row, i), "suppress the rate too, or join categories",
		"this rate and what it is a rate of give a count under %lld", (long long)g->policy->min_count);
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

/* --- percentages within groups: of the row's arm, of its year --- */

#define GROUPED 5000 /* rows that are sorted into groups */

struct member {
	uint64_t group;
	uint32_t row;
};

static int compare_members(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

static bool is_suppressed(const struct grid *g, size_t row, size_t count, size_t percent)
{
	return grid_cell(g, row, count)->kind <= CELL_LESS && grid_cell(g, row, count)->kind != CELL_EMPTY &&
	       grid_cell(g, row, percent)->kind == CELL_NUMBER;
}

/* What the known counts of a group are shares of; seen: how many say so. false: they don't agree. */
static bool whole_of_group(const struct grid *g, const struct member *m, size_t n, size_t count, size_t percent, double *ret, size_t *ret_seen)
{
	struct interval whole = { 0, 1e18 };
	double scale = scale_of(&g->column[percent]), v, p;
	size_t i;

	*ret_seen = 0;
	for (i = 0; i < n; i++) {
		const struct cell *c = grid_cell(g, m[i].row, percent);
		struct interval one = of_share(c->value, c->decimals, scale, 1);

		if (!number_at(g, m[i].row, count, &v) || !number_at(g, m[i].row, percent, &p) || one.low <= 0)
			continue;
		++*ret_seen;
		whole.low = v / one.high > whole.low ? v / one.high : whole.low;
		whole.high = v / one.low < whole.high ? v / one.low : whole.high;
	}
	*ret = (whole.low + whole.high) / 2;
	return whole.low <= whole.high + 1;
}

/* The count is hidden and its share of the group isn't: it is under the threshold whichever way the share was rounded. */
static void suppressed_in_group(const struct grid *g, const struct member *m, size_t n, size_t count, size_t percent, double whole)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct cell *p = grid_cell(g, m[i].row, percent);
		struct interval v = of_share(p->value, p->decimals, scale_of(&g->column[percent]), whole);

		if (is_suppressed(g, m[i].row, count, percent) && v.low > .5 && v.high < (double)g->policy->min_count)
			tell(g, m[i].row, percent);
	}
}

static bool is_group_label(const struct grid *g, size_t i)
{
	enum role role = g->column[i].role;

	return (role == ROLE_LABEL || role == ROLE_CODE || role == ROLE_PERIOD) && g->column[i].distinct > 1;
}

/* Groups are the rows with the same label in column by, or with the same in all label columns but by. */
static size_t read_members(const struct grid *g, struct member *m, size_t by, bool but)
{
	size_t row, i;

	for (row = 1; row < g->rows; row++) {
		uint64_t h = 0;

		for (i = 0; i < g->columns && i < GRID_DIMS * 2; i++)
			if (is_group_label(g, i) && (i == by) != but)
				h = h * 31 + grid_hash(g, row, i);
		m[row - 1] = (struct member){ h, (uint32_t)row };
	}
	qsort(m, g->rows - 1, sizeof(*m), compare_members);
	return g->rows - 1;
}

/* For each group its rows; act 0: how many groups agree, -1 where one does not; act 1: tell. */
static int look_at_groups(const struct grid *g, const struct member *m, size_t n, size_t count, size_t percent, bool act)
{
	size_t i, k, seen;
	int agree = 0;
	double whole;

	for (i = 0; i < n; i = k) {
		bool fits;

		for (k = i; k < n && m[k].group == m[i].group; k++)
			;
		fits = whole_of_group(g, m + i, k - i, count, percent, &whole, &seen);
		if (!fits)
			return -1;
		agree += seen >= 2;
		if (act && seen > 0)
			suppressed_in_group(g, m + i, k - i, count, percent, whole);
	}
	return agree;
}

static bool has_suppressed(const struct grid *g, size_t count, size_t percent)
{
	size_t row;

	for (row = 1; row < g->rows; row++)
		if (is_suppressed(g, row, count, percent))
			return true;
	return false;
}

/* A column of percentages and the counts that may be its. */
struct pair {
	size_t count, percent;
	int enough; /* groups that have to agree: one where counts are hidden, else two, since a single one may by chance */
	bool found;
};

/* Whether counts are shares within groups of some kind: groups are the same for all columns and made once. false:
 * no memory. */
static bool within_groups(const struct grid *g, struct pair *pair, size_t n)
{
	size_t by, i, members;
	struct member *m;
	int but;

	if (g->rows <= 2 || g->rows > GROUPED || n == 0)
		return true;
	m = calloc(g->rows, sizeof(*m));
	if (!m)
		return false;
	for (by = 0; by < g->columns && by < GRID_DIMS * 2; by++)
		for (but = 0; but < 2 && is_group_label(g, by); but++) {
			members = read_members(g, m, by, but == 1);
			for (i = 0; i < n; i++) {
				if (pair[i].found || look_at_groups(g, m, members, pair[i].count, pair[i].percent, false) < pair[i].enough)
					continue;
				pair[i].found = true;
				look_at_groups(g, m, members, pair[i].count, pair[i].percent, true);
			}
		}
	free(m);
	return true;
}

/* The count to the left, else to the right; the number of columns where there is none. */
static size_t nearest_count(const struct grid *g, size_t percent)
{
	size_t i;

	for (i = percent; i > 0; i--)
		if (g->column[i - 1].role == ROLE_COUNT || g->column[i - 1].role == ROLE_MIDPOINT)
			return i - 1;
	for (i = percent + 1; i < g->columns && g->column[i].role != ROLE_COUNT && g->column[i].role != ROLE_MIDPOINT; i++)
		;
	return i < g->columns ? i : g->columns;
}

#define WHOLES 16 /* counts of a row that shares may be of: the first ones */

struct wholes {
	size_t column[WHOLES], n;
};

static void find_wholes(const struct grid *g, struct wholes *ret)
{
	size_t i;

	for (i = ret->n = 0; i < g->columns && ret->n < WHOLES; i++)
		if (g->column[i].role == ROLE_COUNT || g->column[i].role == ROLE_MIDPOINT)
			ret->column[ret->n++] = i;
}

/* The share of a row: of a column of them, or in the bracket behind the count. */
static bool share_at(const struct grid *g, size_t row, size_t count, size_t percent, double *ret, unsigned *ret_decimals)
{
	const struct cell *c = grid_cell(g, row, percent);

	if (count == percent)
		return c->flags & CELL_WHOLE && grid_bracket(g, row, percent, ret, ret_decimals) && *ret > 0;
	*ret = c->value;
	*ret_decimals = c->decimals;
	return c->kind == CELL_NUMBER && c->value > 0;
}

/* Wherever all three are shown, the count is that share of the other count. */
static bool is_share_of(const struct grid *g, size_t count, size_t percent, size_t of)
{
	double share, n, whole, slack = g->base == MIDPOINT6 ? 6 : g->base;
	size_t row, seen = 0;
	unsigned decimals;

	for (row = 1; row < g->rows; row++) {
		struct interval v;

		if (!number_at(g, row, count, &n) || !number_at(g, row, of, &whole) || !share_at(g, row, count, percent, &share, &decimals))
			continue;
		v = of_share(share, decimals, scale_of(&g->column[percent]), whole);
		if (n < v.low - slack || n > v.high + slack)
			return false;
		seen++;
	}
	return seen > 0;
}

/* "90, <10, 4.4" below "124, 44, 35.5": the share is of another count of the row. */
static void share_of_another(const struct grid *g, const struct wholes *wholes, size_t count, size_t percent)
{
	unsigned decimals;
	size_t i, row;
	double share, n;

	for (i = 0; i < wholes->n; i++) {
		size_t of = wholes->column[i];

		if (of == count || !is_share_of(g, count, percent, of))
			continue;
		for (row = 1; row < g->rows; row++) {
			const struct cell *c = grid_cell(g, row, count);
			struct interval v;

			if (c->kind > CELL_LESS || c->kind == CELL_EMPTY || !number_at(g, row, of, &n) ||
				!share_at(g, row, count, percent, &share, &decimals))
				continue;
			v = of_share(share, decimals, scale_of(&g->column[percent]), n);
			if (betrays(&v, g->policy->min_count))
				tell(g, row, percent);
		}
		return;
	}
}

/* "mortality rate (%)", and "died" over "4.4 %": a percentage by its sign, unless its name says of what else. */
static bool has_signs(const struct grid *g, size_t i)
{
	const struct column *c = &g->column[i];
	char fold[HEADER_MAX + 2];
	struct column unused = { 0 };
	bool sign = true;
	size_t n, row;
	char *rate;

	if ((c->role != ROLE_UNKNOWN && c->role != ROLE_STAT) || c->real + c->whole == 0 || c->other + c->spread > 0)
		return false;
	n = grid_fold(g, 0, i, fold, HEADER_MAX);
	for (row = 1; sign && row < g->rows && !memchr(fold, '%', n); row++)
		sign = grid_cell(g, row, i)->kind != CELL_NUMBER || grid_cell(g, row, i)->flags & CELL_PERCENT;
	if (!sign || n + 2 > HEADER_MAX)
		return false;
	rate = memmem(fold, n, "rate", 4);
	if (rate && (rate == fold || !fold_is_word(rate[-1]) || rate[-1] == '_') && (rate + 4 == fold + n || !fold_is_word(rate[4])))
		memset(rate, ' ', 4);
	memcpy(fold + n, " %", 2);
	return header_type(fold, n + 2, &unused) == ROLE_PERCENT;
}

/* true: the two are to be looked at by groups. */
static bool beside(const struct grid *g, size_t percent, struct pair *ret)
{
	size_t nearest = nearest_count(g, percent);
	double whole = 0;

	if (nearest >= g->columns)
		return false;
	if (find_whole(g, nearest, percent, &whole)) {
		suppressed_count(g, nearest, percent, whole);
		return false;
	}
	*ret = (struct pair){ nearest, percent, has_suppressed(g, nearest, percent) ? 1 : 2, false };
	return true;
}

static void all_beside(const struct grid *g)
{
	struct pair *pair = calloc(g->columns + 1, sizeof(*pair));
	struct wholes wholes;
	size_t i, n = 0;
	bool done;

	find_wholes(g, &wholes);
	for (i = 0; pair && i < g->columns; i++)
		if ((g->column[i].role == ROLE_PERCENT || g->column[i].role == ROLE_SHARE || has_signs(g, i)) && !(g->column[i].flags & COL_GROUP))
			n += beside(g, i, &pair[n]);
	done = pair && within_groups(g, pair, n);
	for (i = 0; i < n; i++)
		if (!pair[i].found) {
			denominator(g, pair[i].count, pair[i].percent);
			share_of_another(g, &wholes, pair[i].count, pair[i].percent);
		}
	for (i = 0; i < g->columns; i++)
		if ((g->column[i].role == ROLE_COUNT || g->column[i].role == ROLE_UNKNOWN) && g->column[i].spread > 0 && g->column[i].marks > 0 &&
			g->column[i].n == 0)
			share_of_another(g, &wholes, i, i);
	if (!done)
		report_add(g->report, RULE_PERCENT, FINDING_BLOCK, (struct place){ 0 }, "release several smaller tables",
			"there was no memory to look at percentages");
	free(pair);
}

/* --- rates: 383.6 in 100,000 of 782 person-years are three events --- */

static words person_time = { "person_years", "personyears", "pyears", "py", "person_time", "persontime", "pyrs", "patient_years",
	"person_ar", "personar", "henkilovuodet", "henkilovuosia", "henkilovuotta", "personaar", "personarsverk", "risktid",
	"person_days", "person_months", "years_at_risk", NULL };
static words populations = { "population", "pop", "vaesto", "vakiluku", "befolkning", "folkmangd", "folketall", "folketal",
	"ibuafjoldi", "mannfjoldi", "rahvaarv", "inhabitants", "midyear_population", "denominator", "persons_at_risk", NULL };
/* A rate of a standard population is of nobody's number. */
static words standard = { "standardised", "standardized", "std", "asr", "asir", "asmr", "adjusted", "adj", "vakioitu", "aldersstandardiserad",
	"standardiserad", "standardisert", "standardiseret", "lower", "upper", "lcl", "ucl", "ci", "se", "sd", "ratio", "irr", "smoothed",
	"weighted", "mean", "median", "crude_lower", "low", "high", NULL };

static size_t joined_name(const struct grid *g, size_t i, char ret[HEADER_MAX])
{
	char fold[HEADER_MAX];
	size_t n = grid_fold(g, 0, i, fold, sizeof(fold)), k, len = 0;

	for (k = 0; k < n; k++) {
		bool digits = fold[k] == ' ' || fold[k] == ',' || fold[k] == '.' || fold[k] == '_';

		if (digits && len > 0 && fold_is_digit(ret[len - 1]) && k + 3 < n && fold_is_digit(fold[k + 1]) && fold_is_digit(fold[k + 2]) &&
			fold_is_digit(fold[k + 3]))
			continue; /* "100 000" */
		if (fold_is_word(fold[k]) && fold[k] != '_')
			ret[len++] = fold[k];
		else if (len > 0 && ret[len - 1] != '_')
			ret[len++] = '_';
	}
	while (len > 0 && ret[len - 1] == '_')
		len--;
	return len;
}

static bool has_word(const char *const *list, const char *p, size_t n)
{
	size_t from, to;

	if (word_of(list, p, n))
		return true;
	for (from = 0; from < n; from = to + 1) {
		size_t second;

		for (to = from; to < n && p[to] != '_'; to++)
			;
		for (second = to + 1; second < n && p[second] != '_'; second++)
			;
		if (word_of(list, p + from, to - from) || (second <= n && to < n && word_of(list, p + from, second - from)))
			return true;
	}
	return false;
}

/* "rate_per_100000_py" is of 100,000; 0: it says no number. */
static double rate_scale(const char *p, size_t n)
{
	static words pers = { "per", "pr", "kohti", "kohden", "a", "och", "/", NULL };
	size_t from, to;
	bool per = false;

	if (has_word(standard, p, n))
		return 0;
	for (from = 0; from < n; from = to + 1) {
		struct number number;

		for (to = from; to < n && p[to] != '_'; to++)
			;
		number = number_read(p + from, to - from, ';');
		if (number.used == to - from && number.whole && (per || from == 0 || to < n) && number.value >= 100 && number.value <= 10000000 &&
			(int64_t)number.value % 100 == 0 && (per || has_word((words){ "rate", "ilmaantuvuus", "incidens", "insidens", "tidni", "cases",
				"mortality", "incidence", "1000", "10000", "100000", "dodelighet", "dodlighet", "kuolleisuus", NULL }, p, n)))
			return number.value;
		per |= word_of(pers, p + from, to - from);
	}
	return 0;
}

static size_t find_column(const struct grid *g, const char *const *list)
{
	char name[HEADER_MAX];
	size_t i, n;

	for (i = 0; i < g->columns; i++) {
		n = joined_name(g, i, name);
		if (has_word(list, name, n) && rate_scale(name, n) == 0)
			break;
	}
	return i;
}

/* The count that a rate is of: the last one before it that a header names, but not who it is out of. */
static size_t find_events(const struct grid *g, size_t rate, size_t of)
{
	size_t i, found = g->columns;

	for (i = 0; i < rate; i++)
		if (i != of && g->column[i].role == ROLE_COUNT && (found == g->columns || g->column[i].dim != 0))
			found = i;
	return found;
}

/* Where counts are shown they say whether the rate is theirs. */
static bool rate_fits(const struct grid *g, size_t rate, size_t of, size_t events, double scale)
{
	size_t row, good = 0, bad = 0;
	double n, r, k;

	for (row = 1; row < g->rows && events < g->columns; row++) {
		struct interval v;

		if (!number_at(g, row, rate, &r) || !number_at(g, row, of, &n) || !number_at(g, row, events, &k))
			continue;
		v = of_share(r, grid_cell(g, row, rate)->decimals, scale, n);
		if (k >= v.low * .99 - 1 && k <= v.high * 1.01 + 1)
			good++;
		else
			bad++;
	}
	return bad <= good / 4;
}

static void rate_column(const struct grid *g, size_t rate, double scale, size_t of, bool years)
{
	size_t events, row;

	if (of == rate)
		return;
	events = find_events(g, rate, of);
	if (!rate_fits(g, rate, of, events, scale))
		return;
	for (row = 1; row < g->rows; row++) {
		const struct cell *r = grid_cell(g, row, rate);
		struct interval v;
		double n;

		if (r->kind != CELL_NUMBER || !number_at(g, row, of, &n) || (events < g->columns && grid_cell(g, row, events)->kind == CELL_NUMBER))
			continue;
		v = of_share(r->value, r->decimals, scale, n);
		if (years) { /* person-years are rounded themselves */
			v.low -= .1;
			v.high += .1;
		}
		if (betrays(&v, g->policy->min_count))
			tell_rate(g, row, rate);
	}
}

static void rates(const struct grid *g)
{
	size_t of = find_column(g, person_time), i;
	bool years = of < g->columns;
	char name[HEADER_MAX];

	if (!years)
		of = find_column(g, populations);
	for (i = 0; i < g->columns && of < g->columns; i++) {
		double scale;

		if (g->column[i].role == ROLE_COUNT || g->column[i].role == ROLE_LABEL || g->column[i].real + g->column[i].whole == 0)
			continue;
		scale = rate_scale(name, joined_name(g, i, name));
		if (scale > 0)
			rate_column(g, i, scale, of, years);
	}
}

/* --- N in the header or in the sidecar, and the share in the cell: "<10 (1.5%)", "1.5%" --- */

static void in_cell(const struct grid *g, size_t row, size_t i, int64_t of)
{
	const struct cell *c = grid_cell(g, row, i);
	struct interval v;
	double share = c->value;
	unsigned decimals = c->decimals;
	bool percent = c->kind == CELL_NUMBER && c->flags & CELL_PERCENT;

	if (c->kind == CELL_LESS && c->value >= 1 && c->flags & CELL_WHOLE)
		percent = grid_bracket(g, row, i, &share, &decimals);
	if (!percent || share > 100)
		return;
	v = of_share(share, decimals, 100, (double)of);
	if (betrays(&v, g->policy->min_count))
		tell(g, row, i);
}

/* "current (N=240)" over 0.008: all of the column are shares of it. */
static void of_group(const struct grid *g, size_t i)
{
	const struct column *c = &g->column[i];
	size_t row;

	for (row = 1; row < g->rows; row++) {
		const struct cell *p = grid_cell(g, row, i);
		struct interval v = of_share(p->value, p->decimals, scale_of(c), (double)c->n);

		if (p->kind == CELL_NUMBER && betrays(&v, g->policy->min_count))
			tell(g, row, i);
	}
}

void percent_check(struct grid *g)
{
	size_t row, i;

	report_ran(g->report, RULE_PERCENT);
	for (i = 0; i < g->columns; i++) {
		const struct column *c = &g->column[i];
		int64_t of = c->n > 0 ? c->n : g->claimed_n;

		if ((c->role == ROLE_PERCENT || c->role == ROLE_SHARE) && c->flags & COL_GROUP)
			of_group(g, i);
		else if (of > 0 && (c->role == ROLE_UNKNOWN || c->role == ROLE_TOTAL || c->role == ROLE_LABEL || c->role == ROLE_COUNT))
			for (row = 1; row < g->rows; row++)
				in_cell(g, row, i, of);
	}
	all_beside(g);
	rates(g);
}
