/* policy/oddcells.c - cells of a column of counts that are no plain numbers, so that no rule on numbers reads them: "ca. 7",
 * "(7)", "6-8", "seven", "VII", 0x7, -7. A range from 0 or 1 is a suppressed count, as statistical offices write it.
 * Source: section "precision and covert channels" of what checkers look for; SCB and SSB write "1-4" for suppressed counts. */
#include "policy/prose.h"

#define SHORT 16 /* characters; what is longer is a remark */

static void tell(const struct grid *g, size_t row, size_t i, enum finding_severity severity)
{
	if (severity == FINDING_BLOCK)
		report_add(g->report, RULE_COUNT, severity, grid_place(g, row, i), "suppress the cell, or join categories",
			"this cell counts persons, written so that no program reads it as a number, and is under %lld",
			(long long)g->policy->min_count);
	else
		report_add(g->report, RULE_COUNT, severity, grid_place(g, row, i), "write a number, or a sign for a suppressed count",
			"this cell stands among counts of persons and is no plain number");
}

/* Beside the number nothing but signs, and words such as "about". */
static bool is_plain(const char *p, size_t n)
{
	static const char *const words[] = { "ca", "c", "n", "about", "approx", "noin", "circa", "cirka", "omtrent", "omkring", "um", "kpl", "st",
		"stk", "hlo", "pers", NULL };
	size_t from, to = 0;

	while (to < n) {
		for (from = to; from < n && !(p[from] >= 'a' && p[from] <= 'z');)
			from++;
		for (to = from; to < n && p[to] >= 'a' && p[to] <= 'z';)
			to++;
		if (to > from && !word_of(words, p + from, to - from))
			return false;
	}
	return true;
}

static bool is_roman(const char *p, size_t n)
{
	static const char *const words[] = { "ii", "iii", "iv", "vi", "vii", "viii", "ix", NULL };

	return word_of(words, p, n);
}

/* "1-4", "0-9": the least and the most that a suppressed count may be. */
static bool is_suppressed(const char *p, size_t n, struct number low)
{
	struct number high;
	size_t i = low.used;

	while (i < n && p[i] == ' ')
		i++;
	if (low.value > 1 || i >= n || p[i] != '-')
		return false;
	for (i++; i < n && p[i] == ' ';)
		i++;
	high = number_read(p + i, n - i, '\0');
	return high.used > 0 && high.value - low.value >= 3;
}

/* ">3", "≥3": how many there are is not said. */
static bool is_more(const struct grid *g, size_t row, size_t i, const char *p, size_t at)
{
	static const char *const signs[] = { "\u2265", "\u2267", "\u2a7e" };
	size_t n, k;
	const char *raw = grid_text(g, row, i, &n);

	for (; n > 0 && *raw == ' '; n--)
		raw++;
	for (k = 0; n >= 3 && k < 3; k++)
		if (memcmp(raw, signs[k], 3) == 0)
			return true;
	return memchr(p, '>', at);
}

static enum finding_severity odd_text(const struct grid *g, size_t row, size_t i)
{
	char p[HEADER_MAX];
	size_t n = grid_fold_number(g, row, i, p, sizeof(p));
	struct number v;
	size_t at = 0;

	if (prose_numeral(p, n) > 0 || is_roman(p, n))
		return FINDING_REVIEW;
	while (at < n && !fold_is_digit(p[at]))
		at++;
	if (at == n || n > SHORT || is_more(g, row, i, p, at))
		return FINDING_PASS;
	v = number_read(p + at, n - at, g->delimiter);
	if (is_suppressed(p + at, n - at, v) || v.value >= (double)g->policy->min_count)
		return FINDING_PASS;
	return is_plain(p, n) && v.whole && v.value > 0 ? FINDING_BLOCK : FINDING_REVIEW;
}

/* "3 persons", "n=3", "(3)", "three": a number of persons even where no other cell is one. "N1" and "ii" are stages. */
static bool is_number_for_people(const struct grid *g, size_t row, size_t i)
{
	const struct cell *cell = grid_cell(g, row, i);
	char p[HEADER_MAX];
	size_t n = grid_fold_number(g, row, i, p, sizeof(p)), at = 0;

	if (cell->kind == CELL_MIXED)
		return cell->flags & CELL_WHOLE && cell->decimals == 0;
	if (cell->kind != CELL_TEXT)
		return false;
	while (at < n && !fold_is_digit(p[at]))
		at++;
	if (at > 0 && at < n && fold_is_word(p[at - 1]))
		return false;
	return prose_numeral(p, n) > 0 || odd_text(g, row, i) == FINDING_BLOCK;
}

bool odd_cells_count(const struct grid *g, size_t i)
{
	size_t row;

	for (row = 1; row < g->rows; row++)
		if (is_number_for_people(g, row, i))
			return true;
	return false;
}

void odd_cells_check(struct grid *g)
{
	size_t row, i;

	for (i = 0; i < g->columns; i++) {
		const struct column *c = &g->column[i];
		bool numbers = c->whole > 0 && c->whole >= c->other;

		if (c->role != ROLE_COUNT)
			continue;
		for (row = 1; row < g->rows; row++) {
			const struct cell *cell = grid_cell(g, row, i);
			enum finding_severity s = FINDING_PASS;

			if (!numbers && !is_number_for_people(g, row, i))
				continue;
			if (cell->kind == CELL_TEXT)
				s = odd_text(g, row, i);
			else if (cell->kind == CELL_NUMBER && cell->value < 0)
				s = FINDING_REVIEW;
			if (s > FINDING_PASS)
				tell(g, row, i, s);
		}
	}
}
