/* stage/decode.c - a file's characters to UTF-8: as its description says, never guessed. */
#include <string.h>

#include "sped/stage/stage.h"

static const char *const names[] = { "utf-8", "iso-8859-1", "windows-1252", "utf-16", NULL };

void decoder_begin(struct decoder *d, const char *encoding)
{
	int i;

	memset(d, 0, sizeof(*d));
	for (i = 0; names[i]; i++)
		if (strcmp(names[i], encoding) == 0)
			d->encoding = (enum encoding)i;
}

static char *put(char *at, uint32_t c)
{
	if (c < 0x80) {
		*at++ = (char)c;
	} else if (c < 0x800) {
		*at++ = (char)(0xc0 | c >> 6);
		*at++ = (char)(0x80 | (c & 63));
	} else if (c < 0x10000) {
		*at++ = (char)(0xe0 | c >> 12);
		*at++ = (char)(0x80 | (c >> 6 & 63));
		*at++ = (char)(0x80 | (c & 63));
	} else {
		*at++ = (char)(0xf0 | c >> 18);
		*at++ = (char)(0x80 | (c >> 12 & 63));
		*at++ = (char)(0x80 | (c >> 6 & 63));
		*at++ = (char)(0x80 | (c & 63));
	}
	return at;
}

/* ---- UTF-8 is only looked through: RFC 3629, no overlong forms, no surrogates ---- */

/* Bytes of plain ASCII from p on, 32 and eight at a time. */
static size_t ascii(const char *p, size_t n)
{
	size_t i;
	uint64_t x, some[4];

	for (i = 0; i + 32 <= n; i += 32) {
		memcpy(some, p + i, 32);
		if ((some[0] | some[1] | some[2] | some[3]) & 0x8080808080808080u)
			break;
	}
	for (; i + 8 <= n; i += 8) {
		memcpy(&x, p + i, 8);
		if (x & 0x8080808080808080u)
			break;
	}
	return i;
}

/* The next byte of a character; false where none goes on so. low and high bound it where a form would be overlong. */
static bool utf8_step(struct decoder *d, unsigned char b)
{
	if (d->left > 0) {
		const unsigned char low = d->low ? d->low : 0x80, high = d->high ? d->high : 0xbf;

		d->low = d->high = 0;
		d->left--;
		return b >= low && b <= high;
	}
	if (b < 0x80)
		return true;
	if (b < 0xc2 || b > 0xf4)
		return false;
	d->left = b < 0xe0 ? 1 : b < 0xf0 ? 2 : 3;
	d->low = b == 0xe0 ? 0xa0 : b == 0xf0 ? 0x90 : 0;
	d->high = b == 0xed ? 0x9f : b == 0xf4 ? 0x8f : 0;
	return true;
}

static bool utf8(struct decoder *d, const char *p, size_t n, char *out, size_t *ret_n)
{
	size_t i = 0;

	while (i < n) {
		if (d->left == 0)
			i += ascii(p + i, n - i);
		if (i < n && !utf8_step(d, (unsigned char)p[i]))
			break;
		i += i < n;
	}
	if (out)
		memcpy(out, p, i);
	*ret_n = i;
	return i == n;
}

/* ---- one byte a character ---- */

/* windows-1252 from 0x80 to 0x9f, where iso-8859-1 has controls; 0: nothing. */
static const uint16_t windows[32] = { 0x20ac, 0, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0,
	0x17d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0, 0x17e, 0x178 };

static bool bytes(const struct decoder *d, const char *p, size_t n, char *out, size_t *ret_n)
{
	char *at = out;
	size_t i;

	for (i = 0; i < n; i++) {
		uint32_t c = (unsigned char)p[i];

		if (c >= 0x80 && c < 0xa0) {
			c = d->encoding == ENCODING_WINDOWS ? windows[c - 0x80] : 0;
			if (c == 0)
				break;
		}
		at = put(at, c);
	}
	*ret_n = (size_t)(at - out);
	return i == n;
}

/* ---- two bytes: by its mark, else little-endian, as Windows writes it ---- */

static bool unit(struct decoder *d, uint32_t c, char **at)
{
	if (d->surrogate) {
		if (c < 0xdc00 || c > 0xdfff)
			return false;
		*at = put(*at, 0x10000 + ((d->surrogate - 0xd800) << 10) + (c - 0xdc00));
		d->surrogate = 0;
		return true;
	}
	if (c >= 0xdc00 && c <= 0xdfff)
		return false;
	if (c >= 0xd800 && c <= 0xdbff)
		d->surrogate = c;
	else
		*at = put(*at, c);
	return true;
}

static bool utf16(struct decoder *d, const char *p, size_t n, char *out, size_t *ret_n)
{
	char *at = out;
	bool good = true;
	size_t i;

	for (i = 0; good && i < n; i++) {
		const uint32_t b = (unsigned char)p[i];

		if (d->left == 0) {
			d->low = (unsigned char)b;
			d->left = 1;
			continue;
		}
		d->left = 0;
		if (!d->begun && d->low == 0xfe && b == 0xff)
			d->big = true;
		else if (d->begun || d->low != 0xff || b != 0xfe)
			good = unit(d, d->big ? (uint32_t)d->low << 8 | b : b << 8 | d->low, &at);
		d->begun = true;
	}
	*ret_n = (size_t)(at - out);
	return good;
}

bool decoder_next(struct decoder *d, const char *p, size_t n, char *out, size_t *ret_n)
{
	switch (d->encoding) {
	case ENCODING_UTF8:
		return utf8(d, p, n, out, ret_n);
	case ENCODING_UTF16:
		return utf16(d, p, n, out, ret_n);
	default:
		return bytes(d, p, n, out, ret_n);
	}
}

bool decoder_end(const struct decoder *d)
{
	return d->left == 0 && d->surrogate == 0;
}

const char *decoder_name(const struct decoder *d)
{
	return names[d->encoding];
}
