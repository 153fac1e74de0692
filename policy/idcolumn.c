/* policy/idcolumn.c - whether a column has identity numbers of which nobody said that it has; see spe/idnum.h. */
#include <string.h>

#include "policy/inside.h"
#include "spe/idnum.h"

#define NUMBERS_MIN 5 /* values: fewer could be it by chance */
#define DAYS_MIN 10   /* different ones, or half as many as there are numbers without check digit */

static bool is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* What is neither letter nor digit says nothing: "n/a", "<NA>", "000000-0000". */
bool idnum_absent(const char *s, size_t len)
{
	static const char *const words[] = { "na", "nan", "nat", "nil", "none", "nul", "null", NULL };
	bool filled = true; /* with one digit that no number has throughout */
	char text[4];
	size_t n = 0, i;

	for (i = 0; i < len; i++) {
		const char c = is_letter(s[i]) ? (char)(s[i] | 0x20) : s[i];

		if ((unsigned char)c >= 0x80)
			return false;
		if (!is_letter(c) && !fold_is_digit(c))
			continue;
		if (n < sizeof(text))
			text[n] = c;
		n++;
		filled &= c == text[0] && (c == '0' || c == '9');
		if (n > sizeof(text) && !filled)
			return false;
	}
	return filled || (n <= sizeof(text) && word_in(words, text, n));
}

size_t idnum_with_zero(const char *s, size_t len, char ret[IDNUM_CANONICAL_MAX])
{
	size_t i;

	if (len != 9 && len != 10)
		return 0;
	for (i = 0; i < len && fold_is_digit(s[i]); i++)
		;
	if (i < len)
		return 0;
	ret[0] = '0';
	memcpy(ret + 1, s, len);
	return len + 1;
}

static void different_see(struct idnum_column *c, const char *s, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
	size_t i;

	for (i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)s[i]) * 0x100000001b3u;
	for (i = 0; i < c->differents; i++)
		if (c->different[i] == hash)
			return;
	if (c->differents < IDNUM_DIFFERENT)
		c->different[c->differents++] = hash;
}

/* The year first, as numbers of samples have it. */
static bool begins_with_year(const char *s)
{
	const int month = (s[2] - '0') * 10 + s[3] - '0', day = (s[4] - '0') * 10 + s[5] - '0';

	return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* The day stands first, with 40 or 60 more in some numbers: only how many different ones there are is asked. */
static uint32_t day_bit(const char *s)
{
	const int day = (s[0] - '0') * 10 + s[1] - '0';

	return (uint32_t)1 << (unsigned)(day > 60 ? day - 60 : day > 40 ? day - 40 : day) % 32;
}

/* Its form and day are right, and no check digit says more. Iceland's system numbers, 8 or 9 first, have not even a day. */
static void weak_see(struct idnum_column *c, const char *s, size_t len)
{
	const bool iceland = idnum_match(IDNUM_IS, s, len) != IDNUM_NO_MATCH;

	if (iceland && *s >= '8')
		return;
	c->weak++;
	c->iceland += iceland;
	c->years += begins_with_year(s);
	c->days |= day_bit(s);
	different_see(c, s, len);
}

void idnum_column_see(struct idnum_column *c, const char *s, size_t len)
{
	enum idnum_kind k;
	enum idnum_strength best, other;
	char longer[IDNUM_CANONICAL_MAX];
	size_t n;

	while (len > 0 && (*s == ' ' || s[len - 1] == ' ')) {
		s += *s == ' ';
		len--;
	}
	if (idnum_absent(s, len))
		return;
	c->seen++;
	best = idnum_best(s, len, &k);
	n = best < IDNUM_BARE ? idnum_with_zero(s, len, longer) : 0;
	other = n > 0 ? idnum_best(longer, n, &k) : IDNUM_NO_MATCH;
	if (other > best) {
		best = other;
		s = longer;
		len = n;
		c->zeros++;
	}
	c->numbers += best >= IDNUM_BARE;
	if (best != IDNUM_NO_MATCH)
		weak_see(c, s, len);
}

static bool most(const struct idnum_column *c, uint64_t n)
{
	return n * 5 >= c->seen * 4;
}

/* Nobody's birthdays are all in a few days of the month, where numbers that begin with a year, or count seconds or samples, have
 * one or two. */
static bool has_days(const struct idnum_column *c)
{
	uint32_t rest = c->days;
	uint64_t days = 0;

	for (; rest; rest &= rest - 1)
		days++;
	return days >= DAYS_MIN || days * 2 >= c->weak;
}

/* Without check digits codes, dates and times read as numbers too: of those there have to be many different ones. */
static bool has_weak(const struct idnum_column *c)
{
	return (c->differents == IDNUM_DIFFERENT || c->differents * 2 >= c->weak) && has_days(c);
}

/* Four in five: registers have a few that are none. Those without check digits may not be sorted by year; Iceland's have a century at
 * their end, which says enough. */
bool idnum_column_has(const struct idnum_column *c)
{
	return c->seen >= NUMBERS_MIN && (most(c, c->numbers) || (has_weak(c) && (most(c, c->iceland) || (most(c, c->weak) && !most(c, c->years)))));
}
