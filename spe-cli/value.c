/* spe-cli/value.c - see value.h. */
#include "spe-cli/value.h"

#include <stdbool.h>
#include <string.h>

#define VALUE_MAX (INT64_C(1) << 53) /* what JSON numbers carry everywhere */

/* Digits from *p on; false where there is none or the number is too large. */
static bool digits(const char **p, int64_t *ret)
{
	const char *start = *p;
	int64_t n = 0;

	for (; **p >= '0' && **p <= '9'; (*p)++) {
		n = n * 10 + (**p - '0');
		if (n > VALUE_MAX)
			return false;
	}
	*ret = n;
	return *p != start;
}

static bool times(int64_t *n, int64_t by)
{
	return !__builtin_mul_overflow(*n, by, n) && *n <= VALUE_MAX;
}

static bool with_unit(const char *text, const char *letters, const int64_t *units, int64_t *ret)
{
	const char *unit;

	if (!digits(&text, ret) || *ret == 0)
		return false;
	if (*text == '\0')
		return true;
	unit = strchr(letters, *text);
	return unit && text[1] == '\0' && times(ret, units[unit - letters]);
}

int value_bytes(const char *text, const char *option, int64_t *ret, struct spe_error *e)
{
	static const int64_t units[] = { 1 << 10, 1 << 20, 1 << 30, INT64_C(1) << 40 };
	int64_t n = 0;

	if (text && !with_unit(text, "KMGT", units, &n))
		return spe_fail(e, SPE_E_INPUT,
			"--%s: \"%.40s\" is not a size; a number of bytes or with K, M, G or T, as 2G",
			option, text);
	*ret = n;
	return 0;
}

int value_seconds(const char *text, const char *option, int64_t *ret, struct spe_error *e)
{
	static const int64_t units[] = { 1, 60, 3600, 86400 };
	int64_t n = 0;

	if (text && !with_unit(text, "smhd", units, &n))
		return spe_fail(e, SPE_E_INPUT,
			"--%s: \"%.40s\" is not a time; a number of seconds or with s, m, h or d, as 30m",
			option, text);
	*ret = n;
	return 0;
}

static bool decimals(const char *text, int64_t *ret)
{
	int64_t whole, part = 0;
	int scale = 1000;

	if (!digits(&text, &whole) || !times(&whole, 1000))
		return false;
	if (*text == '.') {
		if (text[1] == '\0')
			return false;
		for (text++; *text >= '0' && *text <= '9' && scale > 1; text++) {
			scale /= 10;
			part += (*text - '0') * scale;
		}
	}
	*ret = whole + part;
	return *text == '\0' && *ret > 0;
}

int value_milli(const char *text, const char *option, int64_t *ret, struct spe_error *e)
{
	int64_t n = 0;

	if (text && !decimals(text, &n))
		return spe_fail(e, SPE_E_INPUT,
			"--%s: \"%.40s\" is not a number of processors with at most three decimals, as 1.5",
			option, text);
	*ret = n;
	return 0;
}

int value_count(
	const char *text, const char *option, int64_t max, int64_t *ret, struct spe_error *e)
{
	const char *p = text;
	int64_t n = 0;

	if (text && (!digits(&p, &n) || *p || n > max))
		return spe_fail(e, SPE_E_INPUT,
			"--%s: \"%.40s\" is not a whole number from 0 to %lld", option, text,
			(long long)max);
	*ret = n;
	return 0;
}
