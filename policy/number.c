/* policy/number.c - rounding numbers in text as they are written: digits are dropped and the last one that stays goes up
 * from five on, in decimal, so that no binary fraction comes between. More digits than a result has are room for a
 * message. Whole numbers, dates, versions and what has more than one point stay as they are. */
#include <string.h>

#include "policy/formats.h"

#define NUMBER_MAX 512 /* bytes; what is longer is no number */
#define KEEP_WHOLE 4   /* with fewer whole digits one of the fraction stays: 2.4 is no count of 2 */

/* A number's parts: sign, whole digits with or without marks of thousands, decimal mark, fraction, exponent. */
struct parts {
	size_t whole, whole_end, mark, fraction_end, end; /* mark: whole_end where there is none */
	bool grouped;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t digits_end(const char *p, size_t n, size_t i)
{
	while (i < n && is_digit(p[i]))
		i++;
	return i;
}

/* Groups of three behind the first one to three digits, all with the same mark. Their end, or 0. */
static size_t groups_end(const char *p, size_t n, size_t from, size_t i)
{
	char mark = i < n ? p[i] : '\0';
	size_t groups = 0;

	if (i - from > 3 || i == from || (mark != ',' && mark != '.' && mark != ' ' && mark != '\''))
		return 0;
	while (i < n && p[i] == mark && digits_end(p, n, i + 1) == i + 4) {
		i += 4;
		groups++;
	}
	/* One group alone may be a fraction of three digits; with a second mark behind it is not. */
	if (groups == 0 || (i < n && p[i] == mark) || ((mark == ',' || mark == '.') && groups == 1 &&
			!(i + 1 < n && (p[i] == ',' || p[i] == '.') && is_digit(p[i + 1]))))
		return 0;
	return i;
}

static size_t exponent_end(const char *p, size_t n, size_t i)
{
	size_t at = i + 1;

	if (i >= n || (p[i] | 0x20) != 'e')
		return i;
	at += at < n && (p[at] == '+' || p[at] == '-');
	return at < n && is_digit(p[at]) ? digits_end(p, n, at) : i;
}

/* The number at the start of p; end is 0 where there is none. comma: it may be the decimal mark. */
static struct parts parts_of(const char *p, size_t n, bool comma)
{
	struct parts s = { 0 };
	size_t i = n > 0 && (p[0] == '-' || p[0] == '+'), grouped;

	s.whole = i;
	i = digits_end(p, n, i);
	grouped = groups_end(p, n, s.whole, i);
	s.grouped = grouped > 0;
	s.whole_end = s.mark = s.fraction_end = i = grouped ? grouped : i;
	if (i < n && (p[i] == '.' || (p[i] == ',' && comma)) && (is_digit(i + 1 < n ? p[i + 1] : ' ') || i > s.whole)) {
		s.fraction_end = digits_end(p, n, i + 1);
		if (s.fraction_end == i + 1 && i == s.whole)
			return (struct parts){ 0 };
	}
	if (s.fraction_end == s.whole)
		return (struct parts){ 0 };
	s.end = exponent_end(p, n, s.fraction_end);
	return s;
}

/* Significant digits of the whole part, and zeros that a fraction begins with. */
static size_t whole_digits(const char *p, const struct parts *s)
{
	size_t i = s->whole, count = 0;

	for (; i < s->whole_end; i++)
		count += is_digit(p[i]) && (count > 0 || p[i] != '0');
	return count;
}

/* How many digits of the fraction stay. */
static size_t fraction_keeps(const char *p, const struct parts *s, size_t digits)
{
	size_t whole = whole_digits(p, s), i = s->mark + 1;

	if (whole > 0)
		return whole < digits ? digits - whole : whole < KEEP_WHOLE;
	while (i < s->fraction_end && p[i] == '0')
		i++;
	return i == s->fraction_end ? i - s->mark - 1 : i - s->mark - 1 + digits;
}

/* One more in the last place of p..p+n, whose digits may have marks between them; false: all were nines. */
static bool count_up(char *p, size_t from, size_t n)
{
	while (n-- > from) {
		if (!is_digit(p[n]))
			continue;
		if (p[n] != '9')
			return p[n]++, true;
		p[n] = '0';
	}
	return false;
}

static bool only_nines(const char *p, size_t n)
{
	for (; n > 0; n--, p++)
		if (is_digit(*p) && *p != '9')
			return false;
	return true;
}

/* A whole number with an exponent: digits beyond the last become zeros. */
static bool round_mantissa(char *p, size_t *len, const struct parts *s, size_t digits)
{
	size_t i = s->whole, count = 0, cut;

	for (; i < s->whole_end && count < digits; i++)
		count += is_digit(p[i]) && (count > 0 || p[i] != '0');
	for (cut = i; i < s->whole_end; i++)
		if (p[i] != '0')
			break;
	if (i == s->whole_end || s->grouped)
		return false;
	i = p[cut] >= '5';
	memset(p + cut, '0', s->whole_end - cut);
	if (i && !count_up(p, s->whole, cut)) {
		memmove(p + s->whole + 1, p + s->whole, *len - s->whole);
		p[s->whole] = '1';
		++*len;
	}
	return true;
}

/* p has room for one more byte. True where it changed. */
static bool round_once(char *p, size_t *len, bool comma, size_t digits)
{
	struct parts s = parts_of(p, *len, comma);
	size_t keep, cut;
	bool up;

	if (s.fraction_end == s.mark)
		return s.end > s.fraction_end && round_mantissa(p, len, &s, digits);
	keep = fraction_keeps(p, &s, digits);
	if (s.fraction_end - s.mark - 1 <= keep)
		return false;
	cut = s.mark + 1 + keep;
	up = p[cut] >= '5';
	if (keep == 0)
		cut = s.mark;
	memmove(p + cut, p + s.fraction_end, *len - s.fraction_end);
	*len -= s.fraction_end - cut;
	/* 999,999.99 stays below rather than lose its marks. */
	if (up && s.grouped && only_nines(p + s.whole, cut - s.whole))
		return true;
	if (up && !count_up(p, s.whole, cut)) {
		memmove(p + s.whole + 1, p + s.whole, *len - s.whole);
		p[s.whole] = '1';
		++*len;
	}
	return true;
}

/* p..p+n, rounded, to o; false where it stays as it is. A carry such as 0.9999999 to 1.000000 needs a second look, and
 * leaves zeros. */
static bool round_copy(struct out *o, const char *p, size_t n, bool comma, size_t digits)
{
	char copy[NUMBER_MAX + 4];
	size_t len = n;
	int i;

	memcpy(copy, p, n);
	if (!round_once(copy, &len, comma, digits))
		return false;
	for (i = 0; i < 2 && memchr(copy, '0', len) && round_once(copy, &len, comma, digits); i++)
		;
	out_add(o, copy, len);
	return true;
}

/* What may stand right before or behind a number that is one: not a part of a word, a date, a version, an address. */
static bool is_edge(char c)
{
	return memchr(" ()[];,<>=*%~", c, 13) != NULL;
}

static bool stands_alone(const char *p, size_t n, size_t from, size_t to)
{
	bool before = from == 0 || is_edge(p[from - 1]) || (p[from - 1] == '-' && from > 1);
	bool after = to == n || is_edge(p[to]) || (p[to] == '-' && to + 1 < n && is_digit(p[to + 1]));

	return before && after && !(to + 1 < n && p[to] == ',' && is_digit(p[to + 1]));
}

/* One number of a field, from..to, or what is between them. */
static size_t take(struct rounding *g, struct out *o, const char *p, size_t n, size_t from, bool comma, struct place at)
{
	struct parts s = parts_of(p + from, n - from, comma);
	size_t digits = (size_t)g->digits;

	if (s.end == 0 || s.end > NUMBER_MAX || !stands_alone(p, n, from, from + s.end)) {
		size_t end = digits_end(p, n, from);

		/* past all that hangs together with it */
		while (end < n && (is_digit(p[end]) || ((p[end] == '.' || p[end] == ',') && end + 1 < n && is_digit(p[end + 1]))))
			end++;
		end = end > from ? end : from + 1;
		out_add(o, p + from, end - from);
		return end;
	}
	g->numbers++;
	/* Most numbers are short: bytes are more than digits. */
	if (s.fraction_end - s.whole <= digits || !round_copy(o, p + from, s.end, comma, digits))
		out_add(o, p + from, s.end);
	else if (g->longs++ == 0)
		g->first = at;
	return from + s.end;
}

/* Only what numbers, intervals and tests are written with. */
static bool is_figures(const char *p, size_t n)
{
	static const char marks[128] = { [' '] = 1, ['('] = 1, [')'] = 1, ['['] = 1, [']'] = 1, ['%'] = 1, ['.'] = 1, [','] = 1,
		[';'] = 1, ['-'] = 1, ['+'] = 1, ['e'] = 1, ['E'] = 1, ['<'] = 1, ['>'] = 1, ['='] = 1, ['*'] = 1, ['~'] = 1,
		['\''] = 1 };
	size_t i, digits = 0;

	for (i = 0; i < n; i++) {
		if (is_digit(p[i]))
			digits++;
		else if ((unsigned char)p[i] > 127 || !marks[(unsigned char)p[i]])
			return false;
	}
	return digits > 0;
}

bool round_number(struct rounding *g, struct out *o, const char *p, size_t n, bool quoted, struct place at)
{
	bool comma = g->delimiter != '\0' && (g->delimiter != ',' || quoted);
	size_t i = 0, start = o->len;

	if (!is_figures(p, n))
		return false;
	if (g->digits <= 0) {
		g->numbers++;
		return false;
	}
	while (i < n) {
		bool sign = (p[i] == '-' || p[i] == '+') && (i == 0 || is_edge(p[i - 1]));

		if (is_digit(p[i]) || sign || p[i] == '.') {
			i = take(g, o, p, n, i, comma, at);
		} else {
			out_byte(o, p[i]);
			i++;
		}
	}
	if (o->failed)
		o->len = start;
	return !o->failed;
}

void round_end(const struct rounding *g, struct report *r)
{
	report_ran(r, RULE_PRECISION);
	if (g->longs * 20 > g->numbers)
		report_add(r, RULE_PRECISION, FINDING_REVIEW, g->first, "round numbers before writing them",
			"%llu of %llu numbers have more than %lld significant digits; the release has them rounded",
			(unsigned long long)g->longs, (unsigned long long)g->numbers, (long long)g->digits);
}

size_t number_short(double v, char ret[40])
{
	size_t n = (size_t)snprintf(ret, 40, "%.5f", v);

	while (ret[n - 1] == '0')
		n--;
	n -= ret[n - 1] == '.';
	ret[n] = '\0';
	if (strcmp(ret, "-0") != 0)
		return n;
	ret[0] = '0';
	ret[1] = '\0';
	return 1;
}
