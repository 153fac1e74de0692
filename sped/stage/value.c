/* stage/value.c - what a field holds. No locale: the programs that link this never call setlocale. */
#include <stdlib.h>
#include <string.h>

#include "sped/base/json.h"
#include "sped/stage/stage.h"

#define NUMBER_MAX 63
#define INTEGER_DIGITS 18 /* fits 64 bits whatever the digits */

enum datatype datatype_of(const json_t *column)
{
	const char *s = json_str(column, "datatype");

	return strcmp(s, "integer") == 0  ? DATA_INTEGER
	       : strcmp(s, "number") == 0 ? DATA_NUMBER
	       : strcmp(s, "date") == 0   ? DATA_DATE
					  : DATA_STRING;
}

bool value_missing(enum datatype t, const char *p, size_t len)
{
	return len == 0 || (t != DATA_STRING && len == 2 && memcmp(p, "NA", 2) == 0);
}

static size_t digits(const char *p, const char *end)
{
	const char *at = p;

	while (at < end && *at >= '0' && *at <= '9')
		at++;
	return (size_t)(at - p);
}

static bool is_integer(const char *p, size_t len)
{
	const char *end = p + len;

	if (len > 0 && (*p == '-' || *p == '+'))
		p++;
	return p < end && end - p <= INTEGER_DIGITS && digits(p, end) == (size_t)(end - p);
}

/* [+-] digits [. digits] [e [+-] digits], with at least one digit before the exponent. */
static bool is_number(const char *p, size_t len)
{
	const char *end = p + len;
	size_t whole, part = 0, power;

	if (p < end && (*p == '-' || *p == '+'))
		p++;
	p += whole = digits(p, end);
	if (p < end && *p == '.') {
		p++;
		p += part = digits(p, end);
	}
	if (whole + part == 0)
		return false;
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < end && (*p == '-' || *p == '+'))
			p++;
		p += power = digits(p, end);
		if (power == 0)
			return false;
	}
	return p == end;
}

/* Integers keep all digits; the rest becomes the double that a JSON reader would make of it. */
bool value_number(const char *p, size_t len, long double *ret)
{
	char text[NUMBER_MAX + 1];

	if (len > NUMBER_MAX || !is_number(p, len))
		return false;
	memcpy(text, p, len);
	text[len] = '\0';
	*ret = is_integer(p, len) ? (long double)strtoll(text, NULL, 10)
				  : (long double)strtod(text, NULL);
	return true;
}

static int number_at(const char *p, size_t n)
{
	int v = 0;

	for (; n > 0; n--, p++)
		v = v * 10 + (*p - '0');
	return v;
}

static bool is_day(const char *p, size_t len)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int y, m, d;

	if (len != 10 || digits(p, p + 4) != 4 || p[4] != '-' || digits(p + 5, p + 7) != 2 ||
		p[7] != '-' || digits(p + 8, p + 10) != 2)
		return false;
	y = number_at(p, 4);
	m = number_at(p + 5, 2);
	d = number_at(p + 8, 2);
	if (m < 1 || m > 12 || d < 1)
		return false;
	return d <= days[m - 1] ||
	       (m == 2 && d == 29 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0));
}

bool value_fits(enum datatype t, const char *p, size_t len)
{
	switch (t) {
	case DATA_INTEGER:
		return is_integer(p, len);
	case DATA_NUMBER:
		return len <= NUMBER_MAX && is_number(p, len);
	case DATA_DATE:
		return is_day(p, len);
	default:
		return true;
	}
}
