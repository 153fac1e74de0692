/* stage/value.c - what a field holds. No locale: the programs that link this never call setlocale. */
#include <endian.h>
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

#define EACH(x) (0x0101010101010101u * (x))
/* 2026-10-15: its eight digits at once. */
static bool is_day(const char *p, size_t len)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	uint64_t x;
	uint16_t last;
	int y, m, d;

	if (len != 10 || p[4] != '-' || p[7] != '-')
		return false;
	memcpy(&x, p, sizeof(x));
	memcpy(&last, p + 8, sizeof(last));
	x = le64toh(x);
	x = ((x & 0xffffffff) | (x >> 40 & 0xffff) << 32 | (uint64_t)le16toh(last) << 48) ^ EACH('0');
	if ((x | (x + EACH(0x80 - 10))) & EACH(0x80))
		return false;
	x = x * 10 + (x >> 8); /* by twos */
	y = (int)(x & 0xff) * 100 + (int)(x >> 16 & 0xff);
	m = (int)(x >> 32 & 0xff);
	d = (int)(x >> 48 & 0xff);
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
