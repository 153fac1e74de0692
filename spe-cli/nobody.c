/* spe-cli/nobody.c - identity numbers that no person has, for made-up data; see draft.h.
 * FI: individual numbers 900 to 999, for temporary use and tests (DVV). SE: serials 980 to 999 of births in the 1900s and 238
 * and 239 of later ones, which Skatteverket keeps for tests. NO: month + 80, Skatteetaten's made-up population. DK: day + 60,
 * replacement numbers, which the CPR register gives to nobody. Elsewhere there is no such range: births from 2060 on. */
#include <stdio.h>
#include <string.h>

#include "spe-cli/draft.h"
#include "spe/idnum.h"

struct day {
	unsigned d, m, y; /* y: of a century */
};

static unsigned take(uint64_t *i, unsigned n)
{
	unsigned v = (unsigned)(*i % n);

	*i /= n;
	return v;
}

/* Days that every month has. */
static struct day take_day(uint64_t *i, unsigned first, unsigned years)
{
	struct day x;

	x.d = 1 + take(i, 28);
	x.m = 1 + take(i, 12);
	x.y = first + take(i, years);
	return x;
}

/* The digits' sum by these weights. */
static unsigned weigh(const char *digits, const char *weights)
{
	unsigned sum = 0;

	for (; *weights; weights++, digits++)
		sum += (unsigned)(*digits - '0') * (unsigned)(*weights - '0');
	return sum;
}

static bool make_fi(uint64_t i, char ret[NOBODY_MAX])
{
	static const char table[] = "0123456789ABCDEFHJKLMNPRSTUVWXY";
	struct day x = take_day(&i, 30, 70); /* 1930 to 1999 */
	unsigned z = 900 + take(&i, 100);
	unsigned long n = ((x.d * 10000ul + x.m * 100ul + x.y) * 1000ul + z) % 31;

	snprintf(ret, NOBODY_MAX, "%02u%02u%02u-%03u%c", x.d, x.m, x.y, z, table[n]);
	return true;
}

static bool make_se(uint64_t i, char ret[NOBODY_MAX])
{
	struct day x = take_day(&i, 30, 80); /* 1930 to 2009 */
	const bool late = x.y >= 100;
	unsigned serial = late ? 238 + take(&i, 2) : 980 + take(&i, 20), sum = 0, k;
	char d[10];

	snprintf(d, sizeof(d), "%02u%02u%02u%03u", x.y % 100, x.m, x.d, serial);
	for (k = 0; k < 9; k++) { /* Luhn */
		unsigned v = (unsigned)(d[k] - '0') * (k % 2 ? 1 : 2);

		sum += v / 10 + v % 10;
	}
	snprintf(ret, NOBODY_MAX, "%s%.6s-%.3s%u", late ? "20" : "19", d, d + 6, (10 - sum % 10) % 10);
	return true;
}

static bool make_no(uint64_t i, char ret[NOBODY_MAX])
{
	struct day x = take_day(&i, 40, 60); /* 1940 to 1999 */
	char d[13];
	unsigned k;

	snprintf(d, sizeof(d), "%02u%02u%02u%03u", x.d, x.m + 80, x.y, take(&i, 500));
	k = (11 - weigh(d, "376189452") % 11) % 11;
	if (k == 10)
		return false;
	d[9] = (char)('0' + k);
	k = (11 - weigh(d, "5432765432") % 11) % 11;
	if (k == 10)
		return false;
	snprintf(ret, NOBODY_MAX, "%.10s%u", d, k);
	return true;
}

/* Those whose sum is kept, so that they are told from other countries' by form. */
static bool make_dk(uint64_t i, char ret[NOBODY_MAX])
{
	struct day x = take_day(&i, 40, 60);
	char d[12];
	unsigned k;

	snprintf(d, sizeof(d), "%02u%02u%02u%03u", x.d + 60, x.m, x.y, take(&i, 400));
	k = (11 - weigh(d, "432765432") % 11) % 11;
	snprintf(ret, NOBODY_MAX, "%.6s-%.3s%u", d, d + 6, k % 10);
	return k < 10;
}

static bool make_is(uint64_t i, char ret[NOBODY_MAX])
{
	struct day x = take_day(&i, 60, 40);
	char d[10];
	unsigned k;

	snprintf(d, sizeof(d), "%02u%02u%02u%02u", x.d, x.m, x.y, 20 + take(&i, 80));
	k = (11 - weigh(d, "32765432") % 11) % 11;
	snprintf(ret, NOBODY_MAX, "%.6s-%.2s%u0", d, d + 6, k % 10);
	return k < 10;
}

static bool make_ee(uint64_t i, char ret[NOBODY_MAX])
{
	struct day x = take_day(&i, 60, 40);
	unsigned g = 5 + take(&i, 2), k;
	char d[12];

	snprintf(d, sizeof(d), "%u%02u%02u%02u%03u", g, x.y, x.m, x.d, take(&i, 1000));
	k = weigh(d, "1234567891") % 11;
	if (k == 10)
		k = weigh(d, "3456789123") % 11 % 10;
	snprintf(ret, NOBODY_MAX, "%s%u", d, k);
	return true;
}

static bool make_lv(uint64_t i, char ret[NOBODY_MAX])
{
	static const unsigned weights[] = { 10, 5, 8, 4, 2, 1, 6, 3, 7, 9 };
	struct day x = take_day(&i, 60, 40);
	unsigned sum = 1, k;
	char d[12];

	snprintf(d, sizeof(d), "%02u%02u%02u2%03u", x.d, x.m, x.y, take(&i, 1000));
	for (k = 0; k < 10; k++)
		sum += weights[k] * (unsigned)(d[k] - '0');
	snprintf(ret, NOBODY_MAX, "%.6s-%.4s%u", d, d + 6, sum % 11 % 10);
	return true;
}

static const struct maker {
	const char *country;
	bool (*make)(uint64_t i, char ret[NOBODY_MAX]);
} makers[] = {
	{ "fi", make_fi }, { "se", make_se }, { "no", make_no }, { "dk", make_dk }, { "is", make_is }, { "ee", make_ee },
	{ "lt", make_ee }, { "lv", make_lv },
};
#define NORDIC 4 /* the first of them */

static enum idnum_kind kind_of(const char *identifier)
{
	int k;

	for (k = IDNUM_FI; k < IDNUM_COUNT; k++)
		if (strcmp(idnum_country((enum idnum_kind)k), identifier) == 0)
			return (enum idnum_kind)k;
	return IDNUM_NONE;
}

static const struct maker *maker_of(const char *identifier, uint64_t i)
{
	size_t k;

	for (k = 0; k < sizeof(makers) / sizeof(makers[0]); k++)
		if (strcmp(makers[k].country, identifier) == 0)
			return &makers[k];
	return &makers[i % NORDIC];
}

void nobody_number(const char *identifier, uint64_t i, char ret[NOBODY_MAX])
{
	const struct maker *m = maker_of(identifier, i);
	uint64_t at = i * 7919 + 1; /* neighbours differ in more than the day */
	char canonical[IDNUM_CANONICAL_MAX];

	/* What has no check digit, or could be another country's, is passed over. */
	while (!m->make(at, ret) || idnum_canonical(kind_of(identifier), ret, strlen(ret), 2026, canonical) == IDNUM_NONE)
		at += 104729;
}
