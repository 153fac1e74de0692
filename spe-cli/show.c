/* spe-cli/show.c - see show.h. */
#include "spe-cli/show.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"

/* One UTF-8 character (RFC 3629): its length, 0 where the bytes are none. */
static size_t rune(const unsigned char *p, size_t n, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = p[0] < 0x80 ? 1 : p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4, i;
	uint32_t c = len == 1 ? p[0] : p[0] & (0x7fu >> len);

	if (len == 0 || p[0] > 0xf4 || len > n)
		return 0;
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret = c;
	return len;
}

/* Line and paragraph separators, direction marks, overrides and isolates. */
static bool steers(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x61c || (c >= 0x200e && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

void show_clean(char *text)
{
	unsigned char *to = (unsigned char *)text;
	const unsigned char *from = to;
	size_t n = strlen(text), len;
	uint32_t c;

	for (; n > 0; from += len, n -= len) {
		c = 0;
		len = rune(from, n, &c);
		if (len == 0 || steers(c)) {
			*to++ = c == '\n' || c == '\t' ? ' ' : '?';
			len = len ? len : 1;
		} else {
			memmove(to, from, len);
			to += len;
		}
	}
	*to = '\0';
}

void show_escape(const char *p, size_t len)
{
	const unsigned char *at = (const unsigned char *)p;
	size_t n, i;
	uint32_t c;

	for (; len > 0; at += n, len -= n) {
		n = rune(at, len, &c);
		if (n > 0 && (!steers(c) || c == '\n' || c == '\t')) {
			fwrite(at, 1, n, stdout);
			continue;
		}
		n = n ? n : 1;
		for (i = 0; i < n; i++)
			printf("\\x%02x", at[i]);
	}
}

bool show_is_text(const char *p, size_t len)
{
	const unsigned char *at = (const unsigned char *)p;
	size_t n;
	uint32_t c;

	for (; len > 0; at += n, len -= n) {
		n = rune(at, len, &c);
		if (n == 0 || c == 0)
			return false;
	}
	return true;
}

__attribute__((format(printf, 2, 0))) static void clean_line(FILE *to, const char *fmt, va_list ap)
{
	auto_free char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0) {
		text = NULL;
		return;
	}
	show_clean(text);
	fprintf(to, "%s\n", text);
}

void show_line(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	clean_line(stdout, fmt, ap);
	va_end(ap);
}

void show_note(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	va_start(ap, fmt);
	clean_line(stderr, fmt, ap);
	va_end(ap);
}

void show_error(const struct spe_error *e)
{
	show_note("spe-cli: %s", e->text);
	if (e->remedy[0])
		show_note("%s%s", strncmp(e->remedy, "try: ", 5) == 0 ? "" : "try: ", e->remedy);
}

/* On a terminal everything beyond ASCII is escaped; DEL is the one control character that JSON
 * leaves. */
void show_json(const json_t *j)
{
	size_t flags = JSON_COMPACT | JSON_PRESERVE_ORDER;
	auto_free char *text =
		json_dumps(j, isatty(STDOUT_FILENO) ? flags | JSON_ENSURE_ASCII : flags);
	char *p;

	if (!text)
		return;
	for (p = text; isatty(STDOUT_FILENO) && (p = strchr(p, 0x7f));)
		*p = '?';
	puts(text);
}

static char *list_value(const json_t *v)
{
	auto_buf struct buf b = { 0 };
	const json_t *item;
	size_t i;

	json_array_foreach(v, i, item) {
		auto_free char *one = show_value(item);

		if (!one)
			return NULL;
		buf_fmt(&b, "%s%s", i ? ", " : "", one);
	}
	if (!b.bad && b.p)
		return spe_take_ptr(&b.p);
	return b.bad ? NULL : strdup("");
}

char *show_value(const json_t *v)
{
	char *text = NULL;

	switch (v ? json_typeof(v) : JSON_NULL) {
	case JSON_STRING:
		text = strdup(json_string_value(v));
		break;
	case JSON_ARRAY:
		return list_value(v);
	case JSON_NULL:
		return strdup("");
	case JSON_TRUE:
		return strdup("yes");
	case JSON_FALSE:
		return strdup("no");
	default:
		text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY | JSON_PRESERVE_ORDER);
	}
	if (text)
		show_clean(text);
	return text;
}

static size_t width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void row(char *const *cell, const size_t *widths, size_t columns)
{
	size_t i;

	for (i = 0; i < columns; i++) {
		const char *text = cell[i] && cell[i][0] ? cell[i] : "-";

		if (i + 1 < columns)
			printf("%s%*s", text, (int)(widths[i] - width(text) + 2), "");
		else
			printf("%s", text);
	}
	printf("\n");
}

static void table_free(char ***cells)
{
	char **p;

	for (p = *cells; p && *p; p++)
		free(*p);
	free(*cells);
}

/* Cells row by row, the titles first; each is an allocated string, NULL ends them. */
static char **table_cells(const json_t *items, const struct show_column *columns, size_t count)
{
	char **cells = calloc((json_array_size(items) + 1) * count + 1, sizeof(*cells));
	size_t at = 0, i, k;
	const json_t *item;

	for (k = 0; cells && k < count; k++)
		cells[at++] = strdup(columns[k].title);
	json_array_foreach(items, i, item)
		for (k = 0; cells && k < count; k++) {
			cells[at] = show_value(json_object_get(item, columns[k].field));
			if (!cells[at])
				break;
			at++;
		}
	return cells;
}

void show_list(bool json, const json_t *items, const struct show_column *columns)
{
	__attribute__((cleanup(table_free))) char **cells = NULL;
	size_t widths[16] = { 0 }, count = 0, i;
	const json_t *item;

	if (json) {
		json_array_foreach(items, i, item)
			show_json(item);
		return;
	}
	while (columns[count].field)
		count++;
	cells = table_cells(items, columns, count);
	for (i = 0; i < count; i++)
		widths[i] = 1; /* of the dash that stands for nothing */
	for (i = 0; cells && cells[i]; i++)
		if (width(cells[i]) > widths[i % count])
			widths[i % count] = width(cells[i]);
	for (i = 0; cells && cells[i]; i += count)
		row(cells + i, widths, count);
}

void show_fields(const json_t *o, const struct show_column *fields)
{
	for (; fields->field; fields++) {
		auto_free char *text = show_value(json_object_get(o, fields->field));

		if (text && text[0])
			printf("%s: %s\n", fields->title, text);
	}
}
