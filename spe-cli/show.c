/* spe-cli/show.c - see show.h. */
#include "spe-cli/show.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
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

/* --- on a terminal --- */

#define COLUMNS_MIN 40 /* under it a folded line is harder to read than a broken one */

int show_columns(void)
{
	struct winsize w = { 0 };

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) < 0)
		return 0;
	return w.ws_col == 0 || w.ws_col >= COLUMNS_MIN ? w.ws_col : COLUMNS_MIN;
}

static bool has_colour(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no && no[0]) && term && term[0] && strcmp(term, "dumb") != 0;
}

static const char *colour_of(const char *verdict)
{
	return strcmp(verdict, "block") == 0 ? "\033[31m" : strcmp(verdict, "review") == 0 ? "\033[33m" : "\033[32m";
}

static size_t width(const char *s);

/* The bytes of text that fit into so many columns and end before a blank; all of it where it has none there. */
static size_t piece(const char *text, size_t columns)
{
	size_t i, used = 0, end = 0;

	for (i = 0; text[i]; i++) {
		if (text[i] == ' ' && i > 0 && text[i - 1] != ' ')
			end = i;
		used += ((unsigned char)text[i] & 0xc0) != 0x80;
		if (used > columns && end > 0)
			return end;
	}
	return i;
}

/* text is clean; where *word is set, these bytes of it get the colour. */
static void fold(const char *text, int indent, const char *word, size_t len, const char *colour)
{
	size_t columns = (size_t)show_columns(), n, behind = 0, at;

	do {
		n = columns ? piece(text, columns - behind) : strlen(text);
		printf("%*s", (int)behind, "");
		at = word && word >= text && word + len <= text + n ? (size_t)(word - text) : n;
		printf("%.*s", (int)at, text);
		if (at < n)
			printf("%s%.*s\033[0m%.*s", colour, (int)len, word, (int)(n - at - len), word + len);
		printf("\n");
		text += n + strspn(text + n, " ");
		behind = (size_t)indent;
	} while (*text);
}

void show_fold(int indent, const char *fmt, ...)
{
	auto_free char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (!text)
		return;
	show_clean(text);
	fold(text, indent, NULL, 0, "");
}

void show_verdict(const char *before, const char *verdict, const char *after)
{
	auto_free char *head = strdup(before), *text = NULL;
	size_t at;

	if (!head || asprintf(&text, "%s%s%s", before, verdict, after) < 0) {
		text = NULL;
		return;
	}
	show_clean(head);
	show_clean(text);
	at = strlen(head);
	fold(text, 4 + (int)strspn(text, " "), has_colour() ? text + at : NULL, strlen(verdict), colour_of(verdict));
}

void show_error(const struct spe_error *e)
{
	show_note("spe-cli: %s", e->text);
	if (e->remedy[0])
		show_note("%s%s", strncmp(e->remedy, "try: ", 5) == 0 ? "" : "try: ", e->remedy);
}

char *show_dump(const json_t *j, size_t flags, int fd)
{
	auto_free char *text = json_dumps(j, isatty(fd) ? flags | JSON_ENSURE_ASCII : flags);
	auto_buf struct buf b = { 0 };
	const char *at = text, *del;

	if (!text || !isatty(fd))
		return spe_take_ptr(&text);
	for (; (del = strchr(at, 0x7f)); at = del + 1) {
		buf_add(&b, at, (size_t)(del - at));
		buf_str(&b, "\\u007f");
	}
	buf_str(&b, at);
	return b.bad ? NULL : spe_take_ptr(&b.p);
}

static void json_show(const json_t *j, size_t flags)
{
	auto_free char *text = show_dump(j, flags, STDOUT_FILENO);

	if (text)
		puts(text);
}

void show_json(const json_t *j)
{
	json_show(j, JSON_COMPACT | JSON_PRESERVE_ORDER);
}

void show_json_indented(const json_t *j)
{
	json_show(j, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
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

/* --- a command --- */

static void word_add(struct buf *b, const char *word)
{
	const char *p;

	if (word[0] && word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=@%+,-")] == '\0') {
		buf_str(b, word);
		return;
	}
	buf_str(b, "'");
	for (p = word; *p; p++)
		buf_add(b, *p == '\'' ? "'\\''" : p, *p == '\'' ? 4 : 1);
	buf_str(b, "'");
}

void show_as_command(json_t *o, const char *field)
{
	const json_t *words = json_object_get(o, field), *word;
	auto_buf struct buf b = { 0 };
	size_t i;

	json_array_foreach(words, i, word) {
		buf_str(&b, i > 0 ? " " : "");
		word_add(&b, json_is_string(word) ? json_string_value(word) : "");
	}
	if (json_is_array(words) && b.p && !b.bad)
		json_object_set_new(o, field, json_stringn(b.p, b.len));
}

/* --- numbers as people read them --- */

void show_bytes(long long bytes, char ret[SHOW_TEXT])
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double n = (double)bytes / 1024;
	size_t i = 0;

	if (bytes > -1024 && bytes < 1024) {
		snprintf(ret, SHOW_TEXT, "%lld B", bytes);
		return;
	}
	for (; n >= 1023.95 && i < 3; i++)
		n /= 1024;
	snprintf(ret, SHOW_TEXT, "%.1f %s", n, units[i]);
	if (strstr(ret, ".0 "))
		snprintf(ret, SHOW_TEXT, "%.0f %s", n, units[i]);
}

void show_ms(long long ms, char ret[SHOW_TEXT])
{
	static const struct {
		long long ms;
		const char *name;
	} units[] = { { 86400000, "d" }, { 3600000, "h" }, { 60000, "min" }, { 1000, "s" } };
	size_t i = 0;
	long long rest;

	if (ms < 9950) {
		snprintf(ret, SHOW_TEXT, "%.1f s", (double)ms / 1000);
		if (ms % 1000 == 0)
			snprintf(ret, SHOW_TEXT, "%lld s", ms / 1000);
		return;
	}
	ms = (ms + 500) / 1000 * 1000;
	while (ms < units[i].ms)
		i++;
	rest = ms % units[i].ms;
	if (i == 3 || rest < units[i + 1].ms)
		snprintf(ret, SHOW_TEXT, "%lld %s", ms / units[i].ms, units[i].name);
	else
		snprintf(ret, SHOW_TEXT, "%lld %s %lld %s", ms / units[i].ms, units[i].name,
			rest / units[i + 1].ms, units[i + 1].name);
}

void show_time(const char *utc, char ret[SHOW_TEXT])
{
	struct tm tm = { 0 };
	const char *end = strptime(utc, "%Y-%m-%dT%H:%M:%S", &tm);
	time_t t;

	snprintf(ret, SHOW_TEXT, "%s", utc);
	if (end && *end == '.')
		end += 1 + strspn(end + 1, "0123456789");
	if (!end || strcmp(end, "Z") != 0)
		return;
	t = timegm(&tm);
	if (localtime_r(&t, &tm) && strftime(ret, SHOW_TEXT, "%Y-%m-%d %H:%M:%S %Z", &tm) == 0)
		snprintf(ret, SHOW_TEXT, "%s", utc);
}

void show_as_bytes(json_t *o, const char *field)
{
	const json_t *v = json_object_get(o, field);
	char text[SHOW_TEXT];

	if (!json_is_integer(v))
		return;
	show_bytes(json_integer_value(v), text);
	json_object_set_new(o, field, json_string(text));
}

void show_as_seconds(json_t *o, const char *field)
{
	const json_t *v = json_object_get(o, field);
	char text[SHOW_TEXT];

	if (!json_is_integer(v) || json_integer_value(v) > INT32_MAX || json_integer_value(v) < 0)
		return;
	show_ms(json_integer_value(v) * 1000, text);
	json_object_set_new(o, field, json_string(text));
}

void show_as_time(json_t *o, const char *field)
{
	const char *v = json_string_value(json_object_get(o, field));
	char text[SHOW_TEXT];

	if (!v)
		return;
	show_time(v, text);
	json_object_set_new(o, field, json_string(text));
}

char *show_progress(const json_t *progress)
{
	const json_t *rows = json_object_get(progress, "rows"), *left = json_object_get(progress, "left"), *of = json_object_get(progress, "of");
	char bytes[SHOW_TEXT], all[SHOW_TEXT], time[SHOW_TEXT], size[2 * SHOW_TEXT + 8] = "", count[40] = "", end[SHOW_TEXT + 16] = "";
	char *text;

	if (json_integer_value(rows) > 0)
		snprintf(count, sizeof(count), ", %lld rows", (long long)json_integer_value(rows));
	if (of) {
		show_bytes(json_integer_value(json_object_get(progress, "bytes")), bytes);
		show_bytes(json_integer_value(of), all);
		snprintf(size, sizeof(size), ", %s of %s", bytes, all);
	}
	if (json_is_integer(left)) {
		show_ms(json_integer_value(left) * 1000, time);
		snprintf(end, sizeof(end), ", about %s left", time);
	}
	return asprintf(&text, "%lld %%%s%s%s", (long long)json_integer_value(json_object_get(progress, "percent")), count, size, end) < 0 ? NULL : text;
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
