/* spe-cli/nobody.c - identity numbers that no person has, for made-up data; see draft.h.
 * FI: individual numbers 900 to 999, for temporary use and tests (DVV). SE: serials 980 to 999 of births in the 1900s, which
 * Skatteverket keeps for tests. NO: month + 80, Skatteetaten's made-up population. DK: day + 60, replacement numbers, which the
 * CPR register gives to nobody. Elsewhere there is no such range: births from 2060 on. */
#include <stdio.h>
#include <string.h>

#include "spe-cli/draft.h"
#include "spe/idnum.h"

#define DAYS (28u * 12u) /* of a year: those that every month has */
#define TRIES 10u        /* of so many neighbours at least one has a check digit, and is no other country's: t/unit/draft.c */

struct day {
	unsigned d, m, y; /* y: of a century */
};
struct place {
	uint64_t i;          /* which one it is, and */
	unsigned tries, try; /* which of these neighbours, all of which are the i-th one's */
};

static unsigned take(struct place *p, unsigned n)
{
	unsigned v = (unsigned)(p->i % n);

	p->i /= n;
	return v;
}

static struct day take_day(struct place *p, unsigned first, unsigned years)
{
	struct day x;

	x.d = 1 + take(p, 28);
	x.m = 1 + take(p, 12);
	x.y = first + take(p, years);
	return x;
}

static unsigned take_serial(struct place *p, unsigned n)
{
	return take(p, n / p->tries) * p->tries + p->try;
}

/* The digits' sum by these weights. */
static unsigned weigh(const char *digits, const char *weights)
{
	unsigned sum = 0;

	for (; *weights; weights++, digits++)
		sum += (unsigned)(*digits - '0') * (unsigned)(*weights - '0');
	return sum;
}

static bool make_fi(struct place p, char ret[NOBODY_MAX])
{
	static const char table[] = "0123456789ABCDEFHJKLMNPRSTUVWXY";
	struct day x = take_day(&p, 30, 70); /* 1930 to 1999 */
	unsigned z = 900 + take_serial(&p, 100);
	unsigned long n = ((x.d * 10000ul + x.m * 100ul + x.y) * 1000ul + z) % 31;

	snprintf(ret, NOBODY_MAX, "%02u%02u%02u-%03u%c", x.d, x.m, x.y, z, table[n]);
	return true;
}

static bool make_se(struct place p, char ret[NOBODY_MAX])
{
	struct day x = take_day(&p, 30, 70); /* 1930 to 1999: of later births two serials a day are for tests */
	unsigned serial = 980 + take_serial(&p, 20), sum = 0, k;
	char d[10];

	snprintf(d, sizeof(d), "%02u%02u%02u%03u", x.y, x.m, x.d, serial);
	for (k = 0; k < 9; k++) { /* Luhn */
		unsigned v = (unsigned)(d[k] - '0') * (k % 2 ? 1 : 2);

		sum += v / 10 + v % 10;
	}
	snprintf(ret, NOBODY_MAX, "19%.6s-%.3s%u", d, d + 6, (10 - sum % 10) % 10);
	return true;
}

static bool make_no(struct place p, char ret[NOBODY_MAX])
{
	struct day x = take_day(&p, 40, 60); /* 1940 to 1999 */
	char d[13];
	unsigned k;

	snprintf(d, sizeof(d), "%02u%02u%02u%03u", x.d, x.m + 80, x.y, take_serial(&p, 500));
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
static bool make_dk(struct place p, char ret[NOBODY_MAX])
{
	struct day x = take_day(&p, 40, 60);
	char d[12];
	unsigned k;

	snprintf(d, sizeof(d), "%02u%02u%02u%03u", x.d + 60, x.m, x.y, take_serial(&p, 400));
	k = (11 - weigh(d, "432765432") % 11) % 11;
	snprintf(ret, NOBODY_MAX, "%.6s-%.3s%u", d, d + 6, k % 10);
	return k < 10;
}

static bool make_is(struct place p, char ret[NOBODY_MAX])
{
	struct day x = take_day(&p, 60, 40);
	char d[10];
	unsigned k;

	snprintf(d, sizeof(d), "%02u%02u%02u%02u", x.d, x.m, x.y, 20 + take_serial(&p, 80));
	k = (11 - weigh(d, "32765432") % 11) % 11;
	snprintf(ret, NOBODY_MAX, "%.6s-%.2s%u0", d, d + 6, k % 10);
	return k < 10;
}

static bool make_ee(struct place p, char ret[NOBODY_MAX])
{
	struct day x = take_day(&p, 60, 40);
	unsigned g = 5 + take(&p, 2), k;
	char d[12];

	snprintf(d, sizeof(d), "%u%02u%02u%02u%03u", g, x.y, x.m, x.d, take_serial(&p, 1000));
	k = weigh(d, "1234567891") % 11;
	if (k == 10)
		k = weigh(d, "3456789123") % 11 % 10;
	snprintf(ret, NOBODY_MAX, "%s%u", d, k);
	return true;
}

static bool make_lv(struct place p, char ret[NOBODY_MAX])
{
	static const unsigned weights[] = { 10, 5, 8, 4, 2, 1, 6, 3, 7, 9 };
	struct day x = take_day(&p, 60, 40);
	unsigned sum = 1, k;
	char d[12];

	snprintf(d, sizeof(d), "%02u%02u%02u2%03u", x.d, x.m, x.y, take_serial(&p, 1000));
	for (k = 0; k < 10; k++)
		sum += weights[k] * (unsigned)(d[k] - '0');
	snprintf(ret, NOBODY_MAX, "%.6s-%.4s%u", d, d + 6, sum % 11 % 10);
	return true;
}

/* A P-tal does not say the century, and has no check. */
static bool make_fo(struct place p, char ret[NOBODY_MAX])
{
	struct day x = take_day(&p, 60, 40);

	snprintf(ret, NOBODY_MAX, "%02u%02u%02u-%03u", x.d, x.m, x.y, take_serial(&p, 1000));
	return true;
}

static const struct maker {
	const char *country;
	bool (*make)(struct place p, char ret[NOBODY_MAX]);
	unsigned tries;     /* of a day's serials, so that its check digit can be made */
	unsigned years, serials;
} makers[] = {
	{ "fi", make_fi, 1, 70, 100 }, { "se", make_se, 1, 70, 20 }, { "no", make_no, TRIES, 60, 500 }, { "dk", make_dk, 2, 60, 400 },
	{ "is", make_is, 2, 40, 80 }, { "ee", make_ee, 1, 40, 2 * 1000 }, { "lt", make_ee, 1, 40, 2 * 1000 }, { "lv", make_lv, 1, 40, 1000 },
	{ "fo", make_fo, 1, 40, 1000 },
};
#define NORDIC 4u /* the first of them */

static enum idnum_kind kind_of(const char *identifier)
{
	int k;

	for (k = IDNUM_FI; k < IDNUM_COUNT; k++)
		if (strcmp(idnum_country((enum idnum_kind)k), identifier) == 0)
			return (enum idnum_kind)k;
	return IDNUM_NONE;
}

static const struct maker *maker_of(const char *identifier)
{
	size_t k;

	for (k = 0; k < sizeof(makers) / sizeof(makers[0]); k++)
		if (strcmp(makers[k].country, identifier) == 0)
			return &makers[k];
	return NULL;
}

uint64_t nobody_count(const char *identifier)
{
	const struct maker *m = maker_of(identifier);
	uint64_t least = UINT64_MAX, n;
	size_t k;

	if (m)
		return (uint64_t)DAYS * m->years * (m->serials / m->tries);
	for (k = 0; k < NORDIC; k++) {
		n = (uint64_t)DAYS * makers[k].years * (makers[k].serials / TRIES);
		least = n < least ? n : least;
	}
	return least * NORDIC;
}

/* Neighbours differ in more than the day: the factor is a prime, so that no two of as many as there are come to one place. */
void nobody_number(const char *identifier, uint64_t i, char ret[NOBODY_MAX])
{
	const struct maker *named = maker_of(identifier), *m = named ? named : &makers[i % NORDIC];
	struct place p = { (named ? i : i / NORDIC) * 7919 + 1, named ? m->tries : TRIES, 0 };
	char canonical[IDNUM_CANONICAL_MAX];

	/* What has no check digit, or could be another country's, is passed over. */
	while (!m->make(p, ret) || idnum_canonical(kind_of(identifier), ret, strlen(ret), 2026, canonical) == IDNUM_NONE) {
		p.try = (p.try + 1) % p.tries;
		p.i += p.try == 0; /* never, by the rules of today */
	}
}
