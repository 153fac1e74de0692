/* trust/day.c - see day.h. */
#include "sped/trust/day.h"

#include <string.h>

#include "sped/base/json.h"
#include "sped/trust/fields.h"

static bool two_digits(const char *s, int *ret)
{
	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return false;
	*ret = (s[0] - '0') * 10 + s[1] - '0';
	return true;
}

static int month_days(int y, int m)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return m == 2 && (y % 4 == 0 && (y % 100 != 0 || y % 400 == 0)) ? 29 : days[m - 1];
}

/* "2026-10-15" and whatever follows; years 2000 to 2199. */
static bool day_parse(const char *s, struct day *ret)
{
	int century, year;

	if (!two_digits(s, &century) || !two_digits(s + 2, &year) || s[4] != '-' ||
		!two_digits(s + 5, &ret->m) || s[7] != '-' || !two_digits(s + 8, &ret->d))
		return false;
	ret->y = century * 100 + year;
	return ret->y >= 2000 && ret->y < 2200 && ret->m >= 1 && ret->m <= 12 && ret->d >= 1 &&
	       ret->d <= month_days(ret->y, ret->m);
}

int64_t day_number(struct day a)
{
	int64_t n = 0;
	int y, m;

	for (y = 1970; y < a.y; y++)
		n += month_days(y, 2) == 29 ? 366 : 365;
	for (m = 1; m < a.m; m++)
		n += month_days(a.y, m);
	return n + a.d - 1;
}

int day_want(const json_t *o, const char *where, const char *field, struct day *ret, struct spe_error *e)
{
	const char *s;
	char room[64];
	int r = json_want_string(o, where, field, 100, &s, e);

	if (r < 0)
		return r;
	if (strlen(s) != 10 || !day_parse(s, ret))
		return spe_fail(e, SPE_E_INPUT, "%s.%s is \"%s\"; a date like 2026-10-15 is wanted",
			where, field, field_brief(s, room));
	return 0;
}

bool day_instant(const char *s, int64_t *ret)
{
	struct day day;
	int h, m, sec;

	if (strlen(s) != 20 || !day_parse(s, &day) || s[10] != 'T' || !two_digits(s + 11, &h) || h >= 24 || s[13] != ':' ||
		!two_digits(s + 14, &m) || m >= 60 || s[16] != ':' || !two_digits(s + 17, &sec) || sec >= 60 || s[19] != 'Z')
		return false;
	if (ret)
		*ret = day_number(day) * 86400 + h * 3600 + m * 60 + sec;
	return true;
}
