/* policy/rebuild_json.c - JSON in its one canonical form: each value on its own line down to a few levels, strings without
 * escapes that are not needed, long numbers rounded, the order of keys kept. It is written from the tokens, not from
 * values: 0.1 stays 0.1. Only what json_check took comes here; a token that is odd all the same is refused. */
#include <stdio.h>
#include <string.h>

#include "policy/formats.h"

#define INDENT_MAX 8 /* levels; deeper ones stay on one line */

struct text {
	const char *at, *end;
	struct out *out;
	struct out string;
	struct rounding rounding;
	unsigned depth;
	uint64_t line;
};

static void skip_blanks(struct text *t)
{
	while (t->at < t->end && memchr(" \t\r\n", *t->at, 4))
		t->line += *t->at++ == '\n';
}

static void new_line(struct text *t)
{
	unsigned i;

	if (t->depth > INDENT_MAX)
		return;
	out_byte(t->out, '\n');
	for (i = 0; i < t->depth; i++)
		out_byte(t->out, ' ');
}

static void put_character(struct out *o, uint32_t c)
{
	char b[4];

	if (c < 0x80) {
		out_byte(o, (char)c);
	} else if (c < 0x800) {
		b[0] = (char)(0xc0 | c >> 6);
		b[1] = (char)(0x80 | (c & 0x3f));
		out_add(o, b, 2);
	} else if (c < 0x10000) {
		b[0] = (char)(0xe0 | c >> 12);
		b[1] = (char)(0x80 | (c >> 6 & 0x3f));
		b[2] = (char)(0x80 | (c & 0x3f));
		out_add(o, b, 3);
	} else {
		b[0] = (char)(0xf0 | c >> 18);
		b[1] = (char)(0x80 | (c >> 12 & 0x3f));
		b[2] = (char)(0x80 | (c >> 6 & 0x3f));
		b[3] = (char)(0x80 | (c & 0x3f));
		out_add(o, b, 4);
	}
}

static void add_escaped(struct out *o, char c)
{
	static const char from[] = "\n\r\t\b\f\"\\", to[] = "nrtbf\"\\";
	const char *at = c ? strchr(from, c) : NULL;
	char text[8];

	if (at) {
		out_byte(o, '\\');
		out_byte(o, to[at - from]);
	} else if ((unsigned char)c < 0x20) {
		snprintf(text, sizeof(text), "\\u%04x", (unsigned)c);
		out_add(o, text, 6);
	} else {
		out_byte(o, c);
	}
}

/* Where the string ends whose quote is at t->at; NULL where it doesn't. */
static const char *string_end(const struct text *t)
{
	const char *p = t->at + 1;

	while (p < t->end && *p != '"')
		p += *p == '\\' ? 2 : 1;
	return p < t->end ? p : NULL;
}

static bool add_string(struct text *t)
{
	const char *end = string_end(t), *p = t->at + 1;
	size_t start, i;
	struct out plain = { 0 };
	bool good;

	if (!end)
		return false;
	for (t->string.len = 0; p < end;)
		put_character(&t->string, text_character(&p, end, true));
	good = !t->string.failed && nfc_add(&plain, t->string.p, t->string.len);
	out_byte(t->out, '"');
	start = t->out->len;
	for (i = 0; good && i < plain.len; i++)
		add_escaped(t->out, plain.p[i]);
	out_byte(t->out, '"');
	t->at = end + 1;
	free(plain.p);
	return good && t->out->len > start;
}

static bool add_number(struct text *t)
{
	const char *from = t->at;
	size_t n;

	while (t->at < t->end && memchr("+-.eE0123456789", *t->at, 15))
		t->at++;
	n = (size_t)(t->at - from);
	if (!round_number(&t->rounding, t->out, from, n, false, (struct place){ .line = t->line }))
		out_add(t->out, from, n);
	return n > 0;
}

static bool add_word(struct text *t)
{
	static const char *const words[] = { "true", "false", "null", NULL };
	size_t i;

	for (i = 0; words[i]; i++) {
		size_t n = strlen(words[i]);

		if ((size_t)(t->end - t->at) >= n && memcmp(t->at, words[i], n) == 0) {
			out_add(t->out, words[i], n);
			t->at += n;
			return true;
		}
	}
	return false;
}

/* '[' or '{' or their ends, commas and colons; the order of tokens is jansson's to check. */
static void add_mark(struct text *t, char c)
{
	t->at++;
	if (c == ']' || c == '}') {
		t->depth -= t->depth > 0;
		if (t->depth < INDENT_MAX && t->out->len > 0 && t->out->p[t->out->len - 1] != (c == ']' ? '[' : '{'))
			new_line(t);
		out_byte(t->out, c);
		return;
	}
	out_byte(t->out, c);
	if (c == ':') {
		out_byte(t->out, ' ');
		return;
	}
	t->depth += c != ',';
	skip_blanks(t);
	if (c == ',' && t->depth > INDENT_MAX)
		out_byte(t->out, ' ');
	else if (t->at < t->end && *t->at != ']' && *t->at != '}')
		new_line(t);
}

static bool add_token(struct text *t)
{
	char c = *t->at;

	if (c == '"')
		return add_string(t);
	if (c == '-' || (c >= '0' && c <= '9'))
		return add_number(t);
	if (memchr("[]{},:", c, 6)) {
		add_mark(t, c);
		return true;
	}
	return add_word(t);
}

bool rebuild_json(struct report *r, struct out *o, const char *p, size_t n, int64_t digits)
{
	struct text t = { .at = p, .end = p + n, .out = o, .rounding = { .digits = digits }, .line = 1 };
	bool good = out_room(o, n + 64);

	for (skip_blanks(&t); good && t.at < t.end && !o->failed; skip_blanks(&t))
		good = add_token(&t);
	out_byte(o, '\n');
	if (good)
		round_end(&t.rounding, r);
	free(t.string.p);
	return good && !o->failed;
}
