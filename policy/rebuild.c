/* policy/rebuild.c - text in its one canonical form, and the bytes that all rebuilding grows: UTF-8 in normalization form
 * C without a mark, lines ending in LF without blanks before it, two empty lines in a row at most, one LF at the end. What
 * has one form only carries no message in its form. */
#include <string.h>

#include "policy/formats.h"

#define EMPTY_LINES 2

bool out_room(struct out *o, size_t n)
{
	if (!o->failed && !room_for((void **)&o->p, &o->room, o->len, n, 1))
		o->failed = true;
	return !o->failed;
}

void out_add(struct out *o, const char *p, size_t n)
{
	if (n == 0 || !out_room(o, n))
		return;
	memcpy(o->p + o->len, p, n);
	o->len += n;
}

void out_byte(struct out *o, char c)
{
	if (o->len == o->room && !out_room(o, 1))
		return;
	o->p[o->len++] = c;
}

static bool is_ascii(const char *p, size_t n)
{
	uint64_t v, any = 0;
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		memcpy(&v, p + i, 8);
		any |= v;
	}
	for (; i < n; i++)
		any |= (unsigned char)p[i];
	return !(any & 0x8080808080808080u);
}

/* Blanks have many widths, of which readers see none: one is left. */
static void one_blank(struct out *o, size_t start)
{
	size_t from = start, to = start;

	if (o->failed || is_ascii(o->p + start, o->len - start))
		return;
	while (from < o->len) {
		size_t blank = text_blank(o->p + from, o->p + o->len);

		o->p[to++] = blank ? ' ' : o->p[from];
		from += blank ? blank : 1;
	}
	o->len = to;
}

static bool add_line(struct out *o, const char *p, size_t n)
{
	size_t start = o->len;

	if (is_ascii(p, n))
		out_add(o, p, n);
	else if (!nfc_add(o, p, n))
		return false;
	one_blank(o, start);
	while (o->len > start && (o->p[o->len - 1] == ' ' || o->p[o->len - 1] == '\t' || o->p[o->len - 1] == '\r'))
		o->len--;
	return !o->failed;
}

bool rebuild_text(struct report *r, struct out *o, const char *p, size_t n)
{
	const char *line = p, *end = p + n;
	size_t empty = 0;

	(void)r;
	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		line += 3;
	if (!out_room(o, n + 1))
		return false;
	while (line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t start = o->len;

		if (!add_line(o, line, (size_t)((stop ? stop : end) - line)))
			return false;
		line = stop ? stop + 1 : end;
		empty = o->len == start ? empty + 1 : 0;
		if (empty <= EMPTY_LINES)
			out_byte(o, '\n');
	}
	/* Nothing follows the last empty lines. */
	while (o->len >= 2 && o->p[o->len - 1] == '\n' && o->p[o->len - 2] == '\n')
		o->len--;
	if (o->len == 1 && o->p[0] == '\n')
		o->len = 0;
	return !o->failed;
}
