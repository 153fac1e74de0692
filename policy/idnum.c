/* policy/idnum.c - see spe/idnum.h. The form, the date and the check digit of each country's number.
 * Sources are named at each reader; t/unit/idnum.c holds published examples of every form. */
#include "spe/idnum.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "policy/inside.h"

#define LONGEST 13 /* 19121212-1212 */

/* What is read: digits in order, without separators; letters stand as they are in s. */
struct number {
	const char *s;
	size_t len;
	uint8_t d[LONGEST];
	size_t digits;
	char sep; /* between date and the rest; '\0': none */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int two(const uint8_t *d)
{
	return d[0] * 10 + d[1];
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool is_date(int year, int month, int day)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (month < 1 || month > 12 || day < 1 || day > days[month - 1])
		return false;
	return month != 2 || day < 29 || is_leap(year);
}

/* With two digits of the year alone: possible in the 1800s, 1900s or 2000s. */
static bool is_short_date(int yy, int month, int day)
{
	return is_date(1800 + yy, month, day) || is_date(1900 + yy, month, day) ||
	       is_date(2000 + yy, month, day);
}

static unsigned weigh(const uint8_t *d, const char *weights)
{
	unsigned sum = 0;

	for (; *weights; weights++, d++)
		sum += (unsigned)(*weights - '0') * *d;
	return sum;
}

/* head digits, perhaps one separator out of seps, tail digits: nothing else. */
static bool read_digits(struct number *n, size_t head, size_t tail, const char *seps)
{
	size_t i, at = 0;

	n->sep = '\0';
	n->digits = 0;
	for (i = 0; i < head + tail; i++) {
		if (i == head && at < n->len && !is_digit(n->s[at])) {
			if (!strchr(seps, n->s[at]) || n->s[at] == '\0')
				return false;
			n->sep = n->s[at++];
		}
		if (at >= n->len || !is_digit(n->s[at]))
			return false;
		n->d[n->digits++] = (uint8_t)(n->s[at++] - '0');
	}
	return at == n->len;
}

/* --- Finland: DVV, decree 690/2022 on the new signs --- */

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static int fi_century(char sign)
{
	if (sign == '+')
		return 1800;
	if (sign != '\0' && strchr("-UVWXY", sign))
		return 1900;
	return sign != '\0' && strchr("ABCDEF", sign) ? 2000 : 0;
}

static enum idnum_strength match_fi(struct number *n)
{
	static const char table[] = "0123456789ABCDEFHJKLMNPRSTUVWXY";
	uint32_t value = 0;
	uint8_t d[9];
	size_t i;

	if (n->len != 11 || fi_century(upper(n->s[6])) == 0)
		return IDNUM_NO_MATCH;
	for (i = 0; i < 9; i++) {
		char c = n->s[i < 6 ? i : i + 1];

		if (!is_digit(c))
			return IDNUM_NO_MATCH;
		d[i] = (uint8_t)(c - '0');
		value = value * 10 + d[i];
	}
	if (!is_date(fi_century(upper(n->s[6])) + two(d + 4), two(d + 2), two(d)) ||
		value % 1000 < 2)
		return IDNUM_NO_MATCH;
	return upper(n->s[10]) == table[value % 31] ? IDNUM_STRONG : IDNUM_NO_MATCH;
}

/* --- Sweden: Skatteverket, SKV 704 and 707; interim numbers: first letter of the serial --- */

static bool se_luhn(const uint8_t *d)
{
	static const uint8_t twice[10] = { 0, 2, 4, 6, 8, 1, 3, 5, 7, 9 }; /* the sum of the digits */
	unsigned sum = 0;
	size_t i;

	for (i = 0; i < 10; i += 2)
		sum += twice[d[i]] + d[i + 1];
	return sum % 10 == 0;
}

/* An interim number is read with its letter as the digit 1. */
static bool se_read(struct number *n, char copy[LONGEST + 1], bool *ret_interim)
{
	size_t letter;

	if (n->len < 10 || n->len > LONGEST)
		return false;
	memcpy(copy, n->s, n->len);
	letter = n->len - 4;
	*ret_interim = strchr("TRSUWXJKLMN", upper(copy[letter])) != NULL && copy[letter] != '\0';
	if (*ret_interim)
		copy[letter] = '1';
	n->s = copy;
	return read_digits(n, 6, 4, "-+ ") || read_digits(n, 8, 4, "-+ ");
}

/* Coordination numbers have day + 60. No calendar for them: of Skatteverket's official test numbers some have
 * month 00, day 60 or days such as 31 April. Organisations have a month from 20: not a person. */
static bool se_date(const uint8_t *ymd, int century)
{
	int yy = two(ymd), month = two(ymd + 2), day = two(ymd + 4);

	if (day >= 60)
		return month <= 12 && day <= 91;
	return century ? is_date(century * 100 + yy, month, day) : is_short_date(yy, month, day);
}

static enum idnum_strength match_se(struct number *n)
{
	char copy[LONGEST + 1];
	bool interim;
	const uint8_t *d;
	int century = 0;

	if (!se_read(n, copy, &interim))
		return IDNUM_NO_MATCH;
	d = n->d + (n->digits - 10);
	if (n->digits == 12) {
		century = two(n->d);
		if (century < 18 || century > 20)
			return IDNUM_NO_MATCH;
	}
	if (!se_date(d, century) || (d[6] == 0 && d[7] == 0 && d[8] == 0) || !se_luhn(d))
		return IDNUM_NO_MATCH;
	if (n->sep == '-' || n->sep == '+' || (century && !interim))
		return IDNUM_STRONG;
	return IDNUM_BARE;
}

/* --- Norway: Skatteetaten; the wider rule for the first check digit holds from 2032, read in parallel --- */

/* D-numbers: day + 40. H-numbers and NAV's synthetic ones: month + 40; Tenor's + 80; NHN's + 65. */
static bool no_date(const uint8_t *d)
{
	int day = two(d), month = two(d + 2);

	if (d[0] >= 8)
		return true; /* FH-numbers have no date */
	day -= day > 40 ? 40 : 0;
	month -= month > 80 ? 80 : month > 65 ? 65 : month > 40 ? 40 : 0;
	return is_short_date(two(d + 4), month, day);
}

static enum idnum_strength match_no(struct number *n)
{
	if (!read_digits(n, 6, 5, " -") || !no_date(n->d))
		return IDNUM_NO_MATCH;
	if ((weigh(n->d, "376189452") + n->d[9]) % 11 > 3)
		return IDNUM_NO_MATCH;
	return (weigh(n->d, "5432765432") + n->d[10]) % 11 == 0 ? IDNUM_BARE : IDNUM_NO_MATCH;
}

/* --- Denmark and Greenland: CPR-kontoret; the sum is no longer kept since October 2007 --- */

static int dk_year(const uint8_t *d)
{
	int yy = two(d + 4);

	if (d[6] <= 3)
		return 1900 + yy;
	if (d[6] == 4 || d[6] == 9)
		return (yy <= 36 ? 2000 : 1900) + yy;
	return (yy <= 57 ? 2000 : 1800) + yy;
}

static enum idnum_strength match_dk(struct number *n)
{
	int day;

	if (!read_digits(n, 6, 4, "- "))
		return IDNUM_NO_MATCH;
	day = two(n->d);
	if (!is_date(dk_year(n->d), two(n->d + 2), day > 60 ? day - 60 : day))
		return IDNUM_NO_MATCH;
	if (weigh(n->d, "4327654321") % 11 != 0)
		return IDNUM_WEAK;
	return n->sep == '-' ? IDNUM_STRONG : IDNUM_BARE;
}

/* --- Iceland: Thjodskra; no check digit in numbers given since 18 February 2026 --- */

static enum idnum_strength match_is(struct number *n)
{
	static const int centuries[10] = { 2000, 0, 0, 0, 0, 0, 0, 0, 1800, 1900 };
	int century;

	if (!read_digits(n, 6, 4, "- "))
		return IDNUM_NO_MATCH;
	if (n->d[0] >= 8)
		return IDNUM_WEAK; /* system numbers since November 2021: random */
	century = centuries[n->d[9]];
	if (century == 0 || !is_date(century + two(n->d + 4), two(n->d + 2), two(n->d)) ||
		two(n->d + 6) < 20)
		return IDNUM_NO_MATCH; /* companies, with day + 40, are nobody */
	if ((weigh(n->d, "32765432") + n->d[8]) % 11 != 0)
		return IDNUM_WEAK;
	return n->sep == '-' ? IDNUM_STRONG : IDNUM_BARE;
}

/* --- Estonia EVS 585:2007, Lithuania: the same number in both --- */

static enum idnum_strength match_ee(struct number *n)
{
	unsigned check;

	if (!read_digits(n, 11, 0, "") || n->d[0] < 1 || n->d[0] > 6)
		return IDNUM_NO_MATCH;
	if (!is_date(1800 + (n->d[0] - 1) / 2 * 100 + two(n->d + 1), two(n->d + 3), two(n->d + 5)))
		return IDNUM_NO_MATCH;
	check = weigh(n->d, "1234567891") % 11;
	if (check == 10)
		check = weigh(n->d, "3456789123") % 11 % 10;
	return check == n->d[10] ? IDNUM_BARE : IDNUM_NO_MATCH;
}

/* --- Latvia: numbers since July 2017 begin with 32 and hold no date --- */

static enum idnum_strength match_lv(struct number *n)
{
	static const uint8_t weights[10] = { 10, 5, 8, 4, 2, 1, 6, 3, 7, 9 };
	unsigned sum = 1;
	size_t i;

	if (!read_digits(n, 6, 5, "- "))
		return IDNUM_NO_MATCH;
	if (two(n->d) != 32 && (n->d[6] > 2 || !is_date(1800 + n->d[6] * 100 + two(n->d + 4),
						       two(n->d + 2), two(n->d))))
		return IDNUM_NO_MATCH;
	for (i = 0; i < 10; i++)
		sum += weights[i] * n->d[i];
	if (sum % 11 % 10 != n->d[10])
		return IDNUM_NO_MATCH;
	return n->sep == '-' ? IDNUM_STRONG : IDNUM_BARE;
}

/* --- Faroe Islands: P-tal; nine digits, no check is known --- */

static enum idnum_strength match_fo(struct number *n)
{
	if (!read_digits(n, 6, 3, "- ") || !is_short_date(two(n->d + 4), two(n->d + 2), two(n->d)))
		return IDNUM_NO_MATCH;
	return IDNUM_WEAK;
}

/* --- United Kingdom: NHS number (ISB 0149); CHI numbers of Scotland begin with a date --- */

static bool nhs_range(const uint8_t *d)
{
	if (d[0] == 4 || d[0] == 6 || d[0] == 7 || d[0] == 9)
		return true; /* England and Wales; 9: reserved for tests */
	if (d[0] == 3 && d[1] >= 2)
		return true; /* Northern Ireland */
	return d[0] <= 3 && is_short_date(two(d + 4), two(d + 2), two(d));
}

static enum idnum_strength match_nhs(struct number *n)
{
	char plain[10];
	unsigned check;

	if (n->len == 12 && n->s[3] == n->s[7] && (n->s[3] == ' ' || n->s[3] == '-')) {
		memcpy(plain, n->s, 3);
		memcpy(plain + 3, n->s + 4, 3);
		memcpy(plain + 6, n->s + 8, 4);
		n->s = plain;
		n->len = 10;
	}
	if (!read_digits(n, 10, 0, "") || !nhs_range(n->d))
		return IDNUM_NO_MATCH;
	check = (11 - (10u * n->d[0] + weigh(n->d + 1, "98765432")) % 11) % 11;
	return check == n->d[9] ? IDNUM_BARE : IDNUM_NO_MATCH;
}

static const struct {
	const char *country;
	enum idnum_strength (*match)(struct number *n);
} kinds[IDNUM_COUNT] = {
	[IDNUM_NONE] = { "", NULL },
	[IDNUM_FI] = { "fi", match_fi },
	[IDNUM_SE] = { "se", match_se },
	[IDNUM_NO] = { "no", match_no },
	[IDNUM_DK] = { "dk", match_dk },
	[IDNUM_IS] = { "is", match_is },
	[IDNUM_EE] = { "ee", match_ee },
	[IDNUM_LT] = { "lt", match_ee },
	[IDNUM_LV] = { "lv", match_lv },
	[IDNUM_FO] = { "fo", match_fo },
	[IDNUM_NHS] = { "nhs", match_nhs },
};

const char *idnum_country(enum idnum_kind k)
{
	return k < IDNUM_COUNT ? kinds[k].country : "";
}

enum idnum_strength idnum_match(enum idnum_kind k, const char *s, size_t len)
{
	struct number n = { .s = s, .len = len };

	if (k <= IDNUM_NONE || k >= IDNUM_COUNT || len < 9 || len > LONGEST)
		return IDNUM_NO_MATCH;
	return kinds[k].match(&n);
}

/* The sum of an NHS number, which a number that is one has divided by eleven without a rest. */
static bool nhs_divides(const char *s)
{
	unsigned digits = 0, sum = 0, i;

	for (i = 0; i < 10; i++) { /* the first one ten times, the last one once */
		digits += (unsigned)(s[i] - '0');
		sum += digits;
	}
	return sum % 11 == 0;
}

/* Ten digits with the check digit of a Swedish number. */
static bool se_checks(const char *s)
{
	uint8_t d[10];
	size_t i;

	for (i = 0; i < 10; i++) {
		if (!is_digit(s[i]))
			return false;
		d[i] = (uint8_t)(s[i] - '0');
	}
	return se_luhn(d);
}

#define KIND(k) (1u << IDNUM_##k)
/* Kinds that a text of this length and shape can be; the month of ten digits is at the same place in all. */
static unsigned possible(const char *s, size_t len)
{
	unsigned nhs;

	switch (len) {
	case 9:
		return KIND(FO);
	case 10:
		if (!is_digit(s[6]))
			return KIND(FO) | KIND(SE);
		nhs = nhs_divides(s) ? KIND(NHS) : 0;
		if (s[2] > '1' || (s[2] == '1' && s[3] > '2'))
			return nhs | (s[0] >= '8' ? KIND(IS) : 0);
		return nhs | (se_checks(s) ? KIND(SE) : 0) | KIND(DK) | KIND(IS);
	case 11:
		if (!is_digit(s[6]))
			return KIND(FI) | KIND(SE) | KIND(DK) | KIND(IS);
		return KIND(NO) | KIND(EE) | KIND(LT) | KIND(LV);
	case 12:
		if (!is_digit(s[3]))
			return KIND(NHS);
		return is_digit(s[6]) ? KIND(SE) : KIND(SE) | KIND(NO) | KIND(LV);
	default:
		return KIND(SE);
	}
}

enum idnum_strength idnum_best(const char *s, size_t len, enum idnum_kind *ret)
{
	enum idnum_strength most = IDNUM_NO_MATCH;
	unsigned fits = len >= 9 && len <= LONGEST ? possible(s, len) : 0;
	enum idnum_kind k;

	for (k = IDNUM_FI; fits >> k; k++) {
		enum idnum_strength m = fits & 1u << k ? idnum_match(k, s, len) : IDNUM_NO_MATCH;

		if (m > most) {
			most = m;
			*ret = k;
		}
	}
	return most;
}

/* --- one spelling per person --- */

/* The year of a two-digit one: not after the reference year; '+' says a hundred years or more; a 29 February
 * moves on to a century that has it. -1 where there is none. */
static int se_year(const uint8_t *ymd, char sep, int reference_year)
{
	int year = reference_year - reference_year % 100 + two(ymd), i;

	if (year > reference_year)
		year -= 100;
	if (sep == '+')
		year -= 100;
	for (i = 0; i < 3 && year >= 1800; i++, year -= 100)
		if (two(ymd + 4) >= 60 || is_date(year, two(ymd + 2), two(ymd + 4)))
			return year;
	return -1;
}

static bool se_canonical(const char *s, size_t len, int reference_year, char *ret)
{
	struct number n = { .s = s, .len = len };
	char copy[LONGEST + 1], letter = upper(s[len - 4]);
	bool interim;
	size_t i;
	int year;

	if (!se_read(&n, copy, &interim))
		return false;
	year = n.digits == 12 ? two(n.d) * 100 + two(n.d + 2) : se_year(n.d, n.sep, reference_year);
	if (year < 0)
		return false;
	snprintf(ret, IDNUM_CANONICAL_MAX, "%04d", year % 10000);
	for (i = 0; i < 8; i++)
		ret[4 + i] = (char)('0' + n.d[n.digits - 8 + i]);
	if (interim)
		ret[8] = letter;
	ret[12] = '\0';
	return true;
}

static bool canonical(enum idnum_kind k, const char *s, size_t len, int reference_year, char *ret)
{
	size_t i, at = 0;

	if (k == IDNUM_SE)
		return se_canonical(s, len, reference_year, ret);
	for (i = 0; i < len; i++)
		if (k == IDNUM_FI || is_digit(s[i]))
			ret[at++] = upper(s[i]);
	ret[at] = '\0';
	return true;
}

/* The one kind whose check it passes; NONE where there is none or more than one. A dash says little: Norwegians write theirs with
 * one too, and it would be a Latvian's. */
static enum idnum_kind only_kind(const char *s, size_t len)
{
	enum idnum_kind k, found = IDNUM_NONE;

	for (k = IDNUM_FI; k <= IDNUM_LV; k++) {
		if (idnum_match(k, s, len) < IDNUM_BARE)
			continue;
		if (found != IDNUM_NONE)
			return IDNUM_NONE;
		found = k;
	}
	return found;
}

/* Of somebody born in Iceland since numbers have no check digit there, by that year: whatever its digits, it may be right. */
static bool is_uncheckable(const char *s, size_t len, int reference_year)
{
	struct number n = { .s = s, .len = len };

	return match_is(&n) == IDNUM_WEAK && n.d[0] < 8 && n.d[9] == 0 && two(n.d + 4) >= 26 && 2000 + two(n.d + 4) <= reference_year;
}

/* Of somebody born on a 1 January since 1960, as all Danes are whose number has no check (CPR-kontoret, "Personnumre uden
 * kontrolciffer", 2023): it may be right. Written so, it reads as a Swedish coordination number, or an Icelander's. */
static bool dk_uncheckable(const char *s, size_t len)
{
	struct number n = { .s = s, .len = len };

	return match_dk(&n) == IDNUM_WEAK && two(n.d) == 1 && two(n.d + 2) == 1 && two(n.d + 4) >= 60;
}

static enum idnum_kind any_kind(const char *s, size_t len, int reference_year)
{
	const enum idnum_kind k = only_kind(s, len);

	return (k != IDNUM_IS && is_uncheckable(s, len, reference_year)) || dk_uncheckable(s, len) ? IDNUM_NONE : k;
}

/* Digits, letters and signs of ASCII are what they are. */
static bool is_plain(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!is_digit(s[i]) && !(s[i] >= 'A' && s[i] <= 'Z') && s[i] != '-' && s[i] != '+')
			return false;
	return len > 0;
}

/* As people write it to as it is read: *ret_n characters from where this returns. NULL: too long for any. */
static const char *trim(const char *s, size_t len, char fold[64], size_t *ret_n)
{
	size_t n, at = 0;

	if (len > 64)
		return NULL;
	*ret_n = len;
	if (is_plain(s, len))
		return s;
	n = text_fold(s, len, false, fold); /* other scripts' digits and dashes are spellings too */
	while (n > at && strchr(" \t\r\n", fold[n - 1]))
		n--;
	while (at < n && strchr(" \t\r\n", fold[at]))
		at++;
	*ret_n = n - at;
	return fold + at;
}

/* Most numbers of Swedish registers are twelve digits, which are canonical as they stand. False: perhaps, in the long way. */
static bool se_twelve(const char *s, size_t len, char ret[IDNUM_CANONICAL_MAX])
{
	uint8_t d[12];
	size_t i;
	int century;

	if (len != 12)
		return false;
	for (i = 0; i < 12; i++) {
		if (!is_digit(s[i]))
			return false;
		d[i] = (uint8_t)(s[i] - '0');
	}
	century = two(d);
	if (century < 18 || century > 20 || !se_date(d + 2, century) || (d[8] | d[9] | d[10]) == 0 || !se_luhn(d + 2))
		return false;
	memcpy(ret, s, 12);
	ret[12] = '\0';
	return true;
}

enum idnum_kind idnum_canonical(enum idnum_kind k, const char *s, size_t len, int reference_year,
	char ret[IDNUM_CANONICAL_MAX])
{
	char fold[64];
	const char *p;
	size_t n;

	if (k == IDNUM_SE && se_twelve(s, len, ret))
		return k;
	p = trim(s, len, fold, &n);
	if (!p)
		return IDNUM_NONE;
	if (k == IDNUM_NONE)
		k = any_kind(p, n, reference_year);
	if (k == IDNUM_NONE || idnum_match(k, p, n) == IDNUM_NO_MATCH)
		return IDNUM_NONE;
	return canonical(k, p, n, reference_year, ret) ? k : IDNUM_NONE;
}

/* --- what is wrong with one that is none --- */

static bool has_form(enum idnum_kind k, const char *s, size_t len)
{
	struct number n = { .s = s, .len = len };
	char copy[LONGEST + 1], digits[LONGEST + 1];
	bool interim;

	if (len > LONGEST)
		return false;
	switch (k) {
	case IDNUM_FI: /* as nine digits with what stands between and behind them */
		if (len != 11 || fi_century(upper(s[6])) == 0)
			return false;
		memcpy(digits, s, 6);
		memcpy(digits + 6, s + 7, 3);
		n.s = digits;
		n.len = 9;
		return read_digits(&n, 9, 0, "");
	case IDNUM_SE:
		return se_read(&n, copy, &interim);
	case IDNUM_NO:
	case IDNUM_LV:
		return read_digits(&n, 6, 5, "- ");
	case IDNUM_DK:
	case IDNUM_IS:
		return read_digits(&n, 6, 4, "- ");
	case IDNUM_FO:
		return read_digits(&n, 6, 3, "- ");
	default:
		return read_digits(&n, 11, 0, "");
	}
}

/* Would other check characters, the last one or Norway's last two, make it right? */
static bool check_is_all(enum idnum_kind k, const char *s, size_t len)
{
	static const char checks[] = "0123456789ABCDEFHJKLMNPRSTUVWXY";
	const unsigned letters = k == IDNUM_FI ? 31 : 10, count = k == IDNUM_NO ? 100 : letters;
	char other[LONGEST];
	unsigned i;

	memcpy(other, s, len);
	for (i = 0; i < count; i++) {
		other[len - 1] = checks[i % letters];
		if (k == IDNUM_NO)
			other[len - 2] = checks[i / letters];
		if (idnum_match(k, other, len) != IDNUM_NO_MATCH)
			return true;
	}
	return false;
}

enum idnum_fault idnum_fault(enum idnum_kind k, const char *s, size_t len)
{
	enum idnum_kind from = k == IDNUM_NONE ? IDNUM_FI : k, to = k == IDNUM_NONE ? IDNUM_LV : k;
	const bool any = k == IDNUM_NONE;
	enum idnum_fault fault = IDNUM_FORM;
	unsigned sound = 0;
	char fold[64];
	size_t n;
	const char *p = trim(s, len, fold, &n);

	if (p && n == 0)
		return IDNUM_MISSING;
	for (k = from; p && k <= to; k++) {
		if (!has_form(k, p, n))
			continue;
		sound += idnum_match(k, p, n) >= IDNUM_BARE;
		if (check_is_all(k, p, n))
			fault = IDNUM_CHECK;
		else if (fault == IDNUM_FORM)
			fault = IDNUM_DATE;
	}
	sound += any && sound == 1 && (is_uncheckable(p, n, 2099) || dk_uncheckable(p, n)); /* idnum_canonical knew the year, and refused it */
	return sound > 1 ? IDNUM_AMBIGUOUS : fault;
}
