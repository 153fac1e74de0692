/* policy/pdf_read.c - the values of PDF, strictly. Source: ISO 32000-2, 7.2 (words), 7.3 (objects). */
#include <stdio.h>
#include <string.h>

#include "policy/pdf.h"

#define STRING_MAX 32767u
#define PDF_KEYS 1000u /* of a dictionary */

bool pdf_fail(struct pdf_reader *r, const char *wrong)
{
	if (!r->wrong)
		r->wrong = wrong;
	return false;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f';
}

static bool is_regular(char c)
{
	return c > ' ' && c < 0x7f && !strchr("()<>[]{}/%", c);
}

void pdf_blanks(struct pdf_reader *r)
{
	while (r->at < r->end && is_space(*r->at))
		r->at++;
}

bool pdf_word(struct pdf_reader *r, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(r->end - r->at) < n || memcmp(r->at, word, n) != 0 || (r->at + n < r->end && is_regular(r->at[n])))
		return false;
	r->at += n;
	return true;
}

long pdf_number(struct pdf_reader *r)
{
	const char *p = r->at;
	long v = 0;

	for (; p < r->end && fold_is_digit(*p) && p - r->at < 10; p++)
		v = v * 10 + (*p - '0');
	if (p == r->at || p - r->at > 10 || (p < r->end && is_regular(*p)))
		return -1;
	r->at = p;
	return v;
}

static uint32_t add_node(struct pdf_reader *r, enum pdf_type type)
{
	if (r->nodes == 0 && room_for((void **)&r->node, &r->room, 0, 1, sizeof(*r->node)))
		r->node[r->nodes++] = (struct pdf_node){ .type = PDF_NULL };
	if (r->nodes == 0 || r->nodes >= PDF_NODES || !room_for((void **)&r->node, &r->room, r->nodes, 1, sizeof(*r->node)))
		return pdf_fail(r, "more values than are read"), 0;
	r->node[r->nodes] = (struct pdf_node){ .type = (uint8_t)type, .at = (uint32_t)r->text.len };
	return (uint32_t)r->nodes++;
}

/* What was added to the text since the node was made is its own. */
static uint32_t end_text(struct pdf_reader *r, uint32_t node)
{
	r->node[node].len = (uint32_t)(r->text.len - r->node[node].at);
	out_byte(&r->text, '\0');
	if (r->text.failed || r->text.len > UINT32_MAX / 2)
		return pdf_fail(r, "more than there is memory for"), 0;
	return node;
}

static int hex(char c)
{
	if (fold_is_digit(c))
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* --- names, numbers, strings --- */

static uint32_t read_name(struct pdf_reader *r)
{
	uint32_t node = add_node(r, PDF_NAME);
	size_t start = r->text.len;

	for (r->at++; node && r->at < r->end && is_regular(*r->at); r->at++) {
		if (*r->at == '#' || r->text.len - start == 127)
			return pdf_fail(r, "a name in another spelling, or a long one"), 0;
		out_byte(&r->text, *r->at);
	}
	return node ? end_text(r, node) : 0;
}

/* A sign, digits and a point, rounded to five decimals and in their shortest form: longer ones are no finer lines. */
static uint32_t read_number(struct pdf_reader *r)
{
	const char *p = r->at + (strchr("+-", *r->at) != NULL), *whole = p, *part;
	uint32_t node = add_node(r, PDF_NUMBER);
	char text[40];
	size_t n;

	while (p < r->end && fold_is_digit(*p))
		p++;
	part = p;
	if (p < r->end && *p == '.')
		for (p++; p < r->end && fold_is_digit(*p);)
			p++;
	if (!node || p - whole == (p > part) || (p < r->end && is_regular(*p)))
		return pdf_fail(r, "a number that is none"), 0;
	if (part - whole > 7 || p - part > 20)
		return pdf_fail(r, "numbers that are too long"), 0;
	snprintf(text, sizeof(text), "%.*s", (int)(p - r->at), r->at);
	n = number_short(strtod(text, NULL), text);
	out_add(&r->text, text, n);
	r->at = p;
	if (!end_text(r, node))
		return 0;
	r->node[node].number = strtod(pdf_text(r, node), NULL);
	r->node[node].whole = !memchr(text, '.', n);
	return node;
}

/* Behind a backslash: a character, up to three octal digits, or a line's end that is none. */
static bool add_escape(struct pdf_reader *r)
{
	static const char from[] = "nrtbf()\\", to[] = "\n\r\t\b\f()\\";
	char c = ++r->at < r->end ? *r->at : '\0';
	const char *at = c ? strchr(from, c) : NULL;
	unsigned v = 0, n = 0;

	if (at) {
		out_byte(&r->text, to[at - from]);
		r->at++;
		return true;
	}
	for (; n < 3 && r->at < r->end && *r->at >= '0' && *r->at <= '7'; n++)
		v = v * 8 + (unsigned)(*r->at++ - '0');
	if (n == 0 || v > 255)
		return pdf_fail(r, "an escape that is none");
	out_byte(&r->text, (char)v);
	return true;
}

static uint32_t read_string(struct pdf_reader *r)
{
	uint32_t node = add_node(r, PDF_STRING);
	size_t start = r->text.len;
	unsigned depth = 1;

	for (r->at++; node && r->at < r->end && r->text.len - start < STRING_MAX;) {
		if (*r->at == '\\') {
			if (!add_escape(r))
				return 0;
			continue;
		}
		depth += *r->at == '(';
		depth -= *r->at == ')';
		if (depth == 0) {
			r->at++;
			return end_text(r, node);
		}
		if (*r->at == '\r' || *r->at == '\n')
			return pdf_fail(r, "a string of two lines"), 0;
		out_byte(&r->text, *r->at++);
	}
	return pdf_fail(r, "a string without an end"), 0;
}

static uint32_t read_hex(struct pdf_reader *r)
{
	uint32_t node = add_node(r, PDF_STRING);
	size_t start = r->text.len;

	for (r->at++; node && r->end - r->at >= 2 && *r->at != '>' && r->text.len - start < STRING_MAX; r->at += 2) {
		if (hex(r->at[0]) < 0 || hex(r->at[1]) < 0)
			return pdf_fail(r, "a string of odd digits"), 0;
		out_byte(&r->text, (char)(hex(r->at[0]) << 4 | hex(r->at[1])));
	}
	if (!node || r->at == r->end || *r->at++ != '>')
		return pdf_fail(r, "a string without an end"), 0;
	return end_text(r, node);
}

static uint32_t read_word(struct pdf_reader *r, bool refs)
{
	uint32_t node = add_node(r, PDF_WORD);

	for (; node && r->at < r->end && is_regular(*r->at) && r->text.len - r->node[node].at < 16; r->at++)
		out_byte(&r->text, *r->at);
	if (!node || !end_text(r, node) || r->node[node].len == 0)
		return pdf_fail(r, "a word that is not known"), 0;
	if (pdf_is(r, node, "true") || pdf_is(r, node, "false"))
		r->node[node].type = PDF_BOOL;
	else if (pdf_is(r, node, "null"))
		r->node[node].type = PDF_NULL;
	else if (refs)
		return pdf_fail(r, "a word that is not known"), 0;
	return node;
}

/* --- what is made of others --- */

static uint32_t value_at(struct pdf_reader *r, bool refs, unsigned depth);

static uint32_t read_list(struct pdf_reader *r, bool refs, unsigned depth, bool dict)
{
	uint32_t node = add_node(r, dict ? PDF_DICT : PDF_ARRAY), last = 0;
	size_t n = 0;

	for (r->at += dict ? 2 : 1; node && (!dict || n < 2 * PDF_KEYS); n++) {
		uint32_t v;

		pdf_blanks(r);
		if (dict ? r->end - r->at >= 2 && r->at[0] == '>' && r->at[1] == '>' : r->at < r->end && *r->at == ']') {
			r->at += dict ? 2 : 1;
			if (dict && n % 2)
				return pdf_fail(r, "a dictionary with a key too many"), 0;
			return node;
		}
		if (dict && n % 2 == 0 && (r->at == r->end || *r->at != '/'))
			return pdf_fail(r, "a dictionary with a key that is none"), 0;
		v = value_at(r, refs, depth + 1);
		if (!v)
			return 0;
		if (dict && n % 2 == 0 && pdf_entry(r, node, pdf_text(r, v)))
			return pdf_fail(r, "a dictionary with a key twice"), 0;
		if (last)
			r->node[last].next = v;
		else
			r->node[node].child = v;
		last = v;
	}
	return pdf_fail(r, "a dictionary of more keys than are read"), 0;
}

/* "5 0 R" or a number. */
static uint32_t read_number_or_ref(struct pdf_reader *r, bool refs)
{
	const char *begin = r->at;
	long number = refs ? pdf_number(r) : -1, generation = -1;
	uint32_t node;

	if (number > 0) {
		pdf_blanks(r);
		generation = r->at < r->end && fold_is_digit(*r->at) ? pdf_number(r) : -1;
		pdf_blanks(r);
	}
	if (generation == 0 && pdf_word(r, "R")) {
		node = add_node(r, PDF_REF);
		if (node)
			r->node[node].number = (double)number;
		return node;
	}
	r->at = begin;
	return read_number(r);
}

static uint32_t value_at(struct pdf_reader *r, bool refs, unsigned depth)
{
	pdf_blanks(r);
	if (r->at == r->end || depth == PDF_DEPTH)
		return pdf_fail(r, depth == PDF_DEPTH ? "values nested deeper than 32 levels" : "no end"), 0;
	switch (*r->at) {
	case '/':
		return read_name(r);
	case '(':
		return read_string(r);
	case '[':
		return read_list(r, refs, depth, false);
	case '<':
		return r->end - r->at >= 2 && r->at[1] == '<' ? read_list(r, refs, depth, true) : read_hex(r);
	case '%':
		return pdf_fail(r, "a comment"), 0;
	default:
		return fold_is_digit(*r->at) || strchr("+-.", *r->at) ? read_number_or_ref(r, refs) : read_word(r, refs);
	}
}

uint32_t pdf_value(struct pdf_reader *r, bool refs)
{
	return value_at(r, refs, 0);
}

void pdf_free(struct pdf_reader *r)
{
	free(r->node);
	free(r->text.p);
	r->node = NULL;
	r->text = (struct out){ 0 };
	r->nodes = r->room = 0;
}

const char *pdf_text(const struct pdf_reader *r, uint32_t node)
{
	return r->text.p + r->node[node].at;
}

bool pdf_is(const struct pdf_reader *r, uint32_t node, const char *name)
{
	const struct pdf_node *n = &r->node[node];

	return (n->type == PDF_NAME || n->type == PDF_WORD) && n->len == strlen(name) && memcmp(pdf_text(r, node), name, n->len) == 0;
}

uint32_t pdf_entry(const struct pdf_reader *r, uint32_t dict, const char *key)
{
	uint32_t k, v;

	for (k = r->node[dict].type == PDF_DICT ? r->node[dict].child : 0; k; k = r->node[v].next) {
		v = r->node[k].next;
		if (pdf_is(r, k, key))
			return v;
		if (v == 0)
			break;
	}
	return 0;
}

/* --- writing --- */

void pdf_write_name(struct out *o, const char *p, size_t n)
{
	out_byte(o, '/');
	out_add(o, p, n);
}

static void write_string(struct out *o, const char *p, size_t n)
{
	char text[8];
	size_t i;

	out_byte(o, '(');
	for (i = 0; i < n; i++) {
		if (strchr("()\\", p[i]) && p[i]) {
			out_byte(o, '\\');
			out_byte(o, p[i]);
		} else if (p[i] >= 0x20 && p[i] < 0x7f) {
			out_byte(o, p[i]);
		} else {
			snprintf(text, sizeof(text), "\\%03o", (unsigned)(unsigned char)p[i]);
			out_add(o, text, 4);
		}
	}
	out_byte(o, ')');
}

void pdf_write(const struct pdf_reader *r, uint32_t node, struct out *o)
{
	const struct pdf_node *n = &r->node[node];
	uint32_t v;

	switch (n->type) {
	case PDF_NAME:
		pdf_write_name(o, pdf_text(r, node), n->len);
		return;
	case PDF_STRING:
		write_string(o, pdf_text(r, node), n->len);
		return;
	case PDF_ARRAY:
		out_byte(o, '[');
		for (v = n->child; v; v = r->node[v].next) {
			if (v != n->child)
				out_byte(o, ' ');
			pdf_write(r, v, o);
		}
		out_byte(o, ']');
		return;
	default:
		out_add(o, pdf_text(r, node), n->len);
	}
}
