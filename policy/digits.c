/* policy/digits.c - identity numbers in text. How sure a match must be:
 *   block on one:   the check passes and a separator, a letter or a century says what it is
 *   block on three: bare digits whose check passes; or on one, with a word like "hetu" within 40 characters.
 *                   Random ten-digit numbers pass the British check in one case of eleven, and times of day the
 *                   Swedish one in ten, so most of a file's numbers must pass, else a person looks
 *   block on five:  a Danish or Icelandic form and date without check digit, lawful since 2007 and 2026
 * Numbers are read as they stand, and again with single separators between digits left out. */
#include <string.h>

#include "policy/scan.h"

#define ALIKE 16 /* kept of one kind and form: chance makes so many British ones that they would leave no room for others */
#define DISTINCT_BARE 3
#define DISTINCT_WEAK 5
#define GROUPS 16
#define DIGITS 12

static const char fix_number[] = "remove the number; results never need one";

const char *scan_kind(enum idnum_kind k)
{
	static const char *const names[IDNUM_COUNT] = {
		[IDNUM_NONE] = "an identity number",
		[IDNUM_FI] = "a Finnish personal identity code",
		[IDNUM_SE] = "a Swedish personal identity number",
		[IDNUM_NO] = "a Norwegian national identity number",
		[IDNUM_DK] = "a Danish or Greenlandic CPR number",
		[IDNUM_IS] = "an Icelandic kennitala",
		[IDNUM_EE] = "an Estonian or Lithuanian personal code",
		[IDNUM_LT] = "an Estonian or Lithuanian personal code",
		[IDNUM_LV] = "a Latvian personal code",
		[IDNUM_FO] = "a Faroese P-tal",
		[IDNUM_NHS] = "an NHS or CHI number",
	};

	return names[k < IDNUM_COUNT ? k : IDNUM_NONE];
}

static void add_number(struct scan *s, enum finding_severity severity, enum idnum_kind kind,
	const char *head, struct place p, const char *why)
{
	report_add(s->report, RULE_IDNUM, severity, p, fix_number, "%s%s (%.2s...)%s", s->where,
		scan_kind(kind), head, why);
}

/* Keep a number that alone proves nothing; digits as they read without separators. */
static void keep(struct scan *s, enum idnum_kind kind, const char *digits, size_t n, size_t from,
	bool weak, bool usual)
{
	uint64_t hash = hash_text(digits, n);
	struct scan_hit *h;
	size_t i, alike = 0;

	if (!weak)
		s->passed[usual][n]++;
	for (i = 0; i < s->hits; i++) {
		h = &s->hit[i];
		if (h->hash == hash && h->weak == weak)
			return;
		alike += h->kind == kind && h->digits == n && h->weak == weak && h->usual == usual;
	}
	if (alike == ALIKE)
		return;
	if (s->hits == SCAN_HITS) {
		s->full |= usual && kind != IDNUM_NHS;
		return;
	}
	h = &s->hit[s->hits++];
	*h = (struct scan_hit){ .at = place_of(s, from),
		.kind = kind,
		.hash = hash,
		.head = { digits[0], digits[1], '\0' },
		.digits = (uint8_t)n,
		.weak = weak,
		.usual = usual };
}

/* --- how a number is written --- */

/* As it stands; in groups that people use; in the British 3-3-4; in any other groups. */
enum grouping { SOLID, USUAL, BRITISH, ODD };

/* Digit groups from one place on with single separators between them. */
struct groups {
	char digits[DIGITS + 1];
	uint8_t len[GROUPS];
	char joint[GROUPS]; /* joint[i] stands before group i */
	size_t count, n;
	bool mixed; /* separators of two sorts */
};

/* How many digits of p..p+n, copied to ret (room for 16). */
static size_t digits_of(const char *p, size_t n, char *ret)
{
	size_t i, len = 0;

	for (i = 0; i < n && len < 15; i++)
		if (fold_is_digit(p[i]))
			ret[len++] = p[i];
	return len;
}

/* Digits that also read as a date of this century with hour and minute, as programs write them. */
static bool is_time(const char *d, size_t n)
{
	const char *hour = d + n - 4;
	int a = two_digits(d), b = two_digits(d + 4);

	if (two_digits(hour) > 23 || two_digits(hour + 2) > 59)
		return false;
	return n == 12 ? a == 20 : (a >= 20 && a <= 29) || (b >= 20 && b <= 29);
}

/* P-tal alone is nine digits with a date: only its own word makes it one. */
static bool near_ptal(const struct scan *s, size_t from)
{
	size_t a, b, c, d;

	if (s->named)
		return true;
	if (!word_before(s, from, 4, &a, &b))
		return false;
	if (b - a == 4 && small(s->v[a]) == 'p' && small(s->v[a + 3]) == 'l')
		return true; /* ptal */
	return b - a == 3 && small(s->v[a]) == 't' && small(s->v[a + 2]) == 'l' &&
	       word_before(s, a, 1, &c, &d) && d - c == 1 && small(s->v[c]) == 'p';
}

/* One reading of from..to, which is text[0..n), grouped or not. */
static void judge(
	struct scan *s, size_t from, size_t to, const char *text, size_t n, enum grouping g)
{
	enum idnum_kind kind = IDNUM_NONE;
	char digits[16], head[3] = { small(text[0]), small(text[1]), '\0' };
	size_t len = digits_of(text, n, digits);
	enum idnum_strength strength = idnum_best(text, n, &kind);
	bool timely = (len == 10 || len == 12) && !memchr(text, '+', n) && is_time(digits, len);
	bool usual = g != ODD && !(kind == IDNUM_NHS && g == USUAL);

	if (len >= 10 && len <= 12) {
		s->runs[usual][len]++;
		s->runs[false][len] += g == USUAL && usual; /* a British number would have been kept as unusual */
	}
	if (strength == IDNUM_NO_MATCH || (strength == IDNUM_WEAK && (g == BRITISH || g == ODD)))
		return;
	if (strength == IDNUM_STRONG && g == SOLID && (kind == IDNUM_FI || !timely))
		add_number(s, FINDING_BLOCK, kind, head, place_of(s, from), " is written out");
	else if (kind == IDNUM_FO && n == len) {
		if (near_ptal(s, from))
			add_number(s, FINDING_BLOCK, kind, head, place_of(s, from),
				" is written out beside a word that announces one");
	} else if (near_context(s, from, to))
		add_number(s, FINDING_BLOCK, kind, head, place_of(s, from),
			" is written out beside a word that announces one");
	else if (strength > IDNUM_WEAK)
		keep(s, kind, digits, len, from, false, usual);
	else if (g == SOLID && kind != IDNUM_FO && n > len && (kind != IDNUM_IS || digits[0] < '8'))
		keep(s, kind, digits, len, from, true, true);
}

/* The number beside a comma is long too: a list, not a decimal comma. */
static bool list_comma(const struct scan *s, size_t comma, int step)
{
	size_t i = comma + (size_t)step, n = 0;

	while (i < s->len && fold_is_digit(s->v[i]) && n < 9) {
		n++;
		i += (size_t)step;
	}
	return s->json || n >= 9;
}

/* Part of a larger number: 0.1234567890, 1234567890.5, 12:1234567890, +4512345678. */
static bool part_before(const struct scan *s, size_t from)
{
	char c = before(s, from), other = from > 1 ? s->v[from - 2] : '\n';

	if (c == '+')
		return true;
	if (!fold_is_digit(other))
		return c == '.' && !is_word(other);
	return c == '.' || (c == ':' && !s->json) || (c == ',' && !list_comma(s, from - 1, -1));
}

/* "8112289874.0" is how programs print a column of whole numbers in which one is missing. */
static bool is_whole(const struct scan *s, size_t point)
{
	size_t i = point + 1;

	while (at(s, i) == '0')
		i++;
	return i > point + 1 && !is_word(at(s, i)) && !(is_joint(at(s, i)) && at(s, i) != ' ' && fold_is_digit(at(s, i + 1)));
}

static bool part_after(const struct scan *s, size_t to)
{
	char c = at(s, to);

	if (!fold_is_digit(at(s, to + 1)) || ((c == '.' || c == ',') && is_whole(s, to)))
		return false;
	return c == '.' || c == ':' || (c == ',' && !list_comma(s, to, 1));
}

/* --- with separators left out --- */

static bool all_one(const struct groups *g)
{
	size_t i = 0;

	while (i < g->count && g->len[i] == 1)
		i++;
	return i == g->count;
}

/* Groups that people write: date first, 2-2-2 or 4-2-2, the British 3-3-4, or every digit apart. */
static enum grouping grouping_of(const struct groups *g)
{
	const uint8_t *len = g->len;

	if (g->count == 3 && len[0] == 3 && len[1] == 3 && len[2] == 4)
		return BRITISH;
	if ((len[0] == 6 || len[0] == 8) && g->count == 2)
		return USUAL;
	if (len[0] == 6 && g->count == 3)
		return USUAL;
	if (g->count >= 4 && (len[0] == 2 || len[0] == 4) && len[1] == 2 && len[2] == 2)
		return USUAL;
	return all_one(g) ? USUAL : ODD;
}

/* Written in pairs, or a year and pairs. */
static bool in_pairs(const struct groups *g)
{
	size_t i;

	for (i = 1; i < g->count; i++)
		if (g->len[i] != 2)
			return false;
	return g->len[0] == 2 || g->len[0] == 4;
}

static bool joins(const struct scan *s, size_t i)
{
	return is_joint(at(s, i)) && fold_is_digit(at(s, i + 1));
}

static bool joined_before(const struct scan *s, size_t from)
{
	return from >= 2 && is_joint(s->v[from - 1]) && fold_is_digit(s->v[from - 2]);
}

/* Groups from..to that make 10 to 12 digits. Inside a longer chain of groups only usual ones count, and of them none in
 * pairs, of which rows of small numbers are full; and so with separators of two sorts, which numbers with decimals side
 * by side have; a number like 211062-5629 was read as it stands already. */
static void window(struct scan *s, size_t from, size_t to, const struct groups *g)
{
	enum grouping how = grouping_of(g);
	bool whole = !joins(s, to) && !joined_before(s, from);

	if (g->count == 2 && g->joint[1] == '-' && (g->len[0] == 6 || g->len[0] == 8))
		return;
	if (((how == ODD || g->len[0] == 1 || in_pairs(g)) && !whole) || part_before(s, from) || part_after(s, to))
		return;
	if (how == ODD && (g->mixed || (g->count == 2 && g->joint[1] == '.')))
		return;
	judge(s, from, to, g->digits, g->n, how);
}

static bool add_group(struct groups *g, const struct scan *s, size_t i, size_t to, size_t most)
{
	if (g->n + (to - i) > most || g->count == GROUPS)
		return false;
	memcpy(g->digits + g->n, s->v + i, to - i);
	g->n += to - i;
	g->joint[g->count] = g->count > 0 ? s->v[i - 1] : '\0';
	g->mixed |= g->count > 1 && g->joint[g->count] != g->joint[g->count - 1];
	g->len[g->count++] = (uint8_t)(to - i);
	return true;
}

static void chain(struct scan *s, size_t from)
{
	struct groups g = { .n = 0 };
	size_t i = from, to;

	for (;; i = to + 1) {
		to = digits_end(s, i);
		if (is_word(at(s, to)) || !add_group(&g, s, i, to, DIGITS))
			return;
		if (g.count > 1 && g.n >= 10)
			window(s, from, to, &g);
		if (!joins(s, to))
			return;
	}
}

/* A Finnish code with its date in groups, or every character apart: 13 10 52-308T, 1 3 1 0 5 2 - 3 0 8 T. */
static void spaced_fi(struct scan *s, size_t from)
{
	struct groups g = { .n = 0 };
	char text[12];
	size_t i = from, n, step;

	for (;;) {
		size_t to = digits_end(s, i);

		if (!add_group(&g, s, i, to, 6))
			return;
		i = to;
		if (g.n == 6)
			break;
		if (!joins(s, i++))
			return;
	}
	if (g.count == 1 || g.mixed || (g.len[0] != 2 && !all_one(&g)) || joined_before(s, from))
		return;
	step = all_one(&g) && at(s, i) == g.joint[1] && !fold_is_digit(at(s, i + 1)) ? 2 : 1;
	memcpy(text, g.digits, 6);
	for (n = 6, i += step - 1; n < 11; i += step)
		text[n++] = at(s, i);
	if (is_word(at(s, i - step + 1)) || idnum_match(IDNUM_FI, text, 11) != IDNUM_STRONG)
		return;
	text[2] = '\0';
	add_number(s, FINDING_BLOCK, IDNUM_FI, text, place_of(s, from), " is written out in groups");
}

/* --- as it stands --- */

static bool dotted(const struct scan *s, size_t from, size_t to)
{
	bool front = from >= 2 && s->v[from - 1] == '.' && fold_is_digit(s->v[from - 2]);

	return front || (at(s, to) == '.' && fold_is_digit(at(s, to + 1)));
}

void judge_solid(struct scan *s, size_t from, size_t to)
{
	enum idnum_kind kind;
	size_t n = to - from;

	if (n < 9 || n > 12 || part_before(s, from) || part_after(s, to))
		return;
	if (idnum_best(s->v + from, n, &kind) != IDNUM_NO_MATCH)
		judge(s, from, to, s->v + from, n, SOLID);
	else if (n >= 10) /* as judge counts it */
		s->runs[true][n]++;
}

/* A word that begins with digits: from..to, of which the first n are digits. */
static void number_word(struct scan *s, size_t from, size_t to, size_t n)
{
	char sign = at(s, to);
	size_t end = to, tail = digits_end(s, to + 1);

	if (from + n < to) { /* 131052a308t */
		if (to - from == 11 && n == 6 && !dotted(s, from, to))
			judge(s, from, to, s->v + from, to - from, SOLID);
		return;
	}
	if (tail == to + 1) /* 20000101-T220 */
		tail = digits_end(s, to + 2) - 1;
	if ((n == 6 || n == 8) && (sign == '-' || sign == '+') && tail >= to + 4)
		end = word_end(s, to + 1);
	if (end > to + 3 && end <= to + 6 && !dotted(s, from, end))
		judge(s, from, end, s->v + from, end - from, SOLID);
	else
		judge_solid(s, from, to);
}

void judge_number(struct scan *s, size_t i)
{
	size_t digits = digits_end(s, i) - i;

	if (digits > DIGITS)
		return;
	number_word(s, i, word_end(s, i), digits);
	if (digits <= 10) {
		chain(s, i);
		spaced_fi(s, i);
	}
}

/* --- the whole --- */

/* Three distinct ones of a class, and at least half of the numbers of their lengths pass. */
static bool most_pass(const struct scan *s, bool usual, size_t least, size_t most)
{
	uint64_t passed = 0, runs = 0;
	size_t i, distinct = 0;

	for (i = 0; i < s->hits; i++)
		distinct += !s->hit[i].weak && s->hit[i].usual == usual && s->hit[i].digits >= least && s->hit[i].digits <= most;
	for (i = least; i <= most; i++) {
		passed += s->passed[usual][i];
		runs += s->passed[usual][i] > 0 ? s->runs[usual][i] : 0;
	}
	return distinct >= DISTINCT_BARE && passed * 2 >= runs;
}

/* Of all lengths together, or of its own: a list of other numbers excuses none of another length. */
static bool is_sure(const struct scan *s, const struct scan_hit *h)
{
	return most_pass(s, h->usual, 10, 12) || (h->digits >= 10 && h->digits <= 12 && most_pass(s, h->usual, h->digits, h->digits));
}

static void end_weak(struct scan *s, const struct scan_hit *h, size_t weak)
{
	bool sure = weak >= DISTINCT_WEAK;

	add_number(s, sure ? FINDING_BLOCK : FINDING_REVIEW, h->kind, h->head, h->at,
		sure ? " is one of five or more of its form"
		     : " may be written out: form and date fit, there is no check digit");
}

/* A single British number is left alone: chance makes one of eleven ten-digit numbers pass. */
static void end_bare(struct scan *s, const struct scan_hit *h, bool sure)
{
	if (sure)
		add_number(s, FINDING_BLOCK, h->kind, h->head, h->at,
			" is one of three or more whose check digits pass");
	else if (h->usual && h->kind != IDNUM_NHS)
		add_number(s, FINDING_REVIEW, h->kind, h->head, h->at,
			" may be written out: its check digit passes, which chance can do");
}

void number_end(struct scan *s)
{
	size_t i, weak = 0;

	for (i = 0; i < s->hits; i++)
		weak += s->hit[i].weak;
	for (i = 0; i < s->hits; i++) {
		const struct scan_hit *h = &s->hit[i];

		if (h->weak)
			end_weak(s, h, weak);
		else
			end_bare(s, h, is_sure(s, h));
	}
	if (s->full)
		add_number(s, FINDING_REVIEW, IDNUM_NONE, s->hit[0].head, s->hit[0].at,
			" may be written out, as may more numbers of this file than are kept");
}
