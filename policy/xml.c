/* policy/xml.c - see xml.h. */
#include <string.h>

#include "policy/xml.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static bool refuse(struct xml *x, const char *what)
{
	if (!x->wrong)
		x->wrong = what;
	return false;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool starts(const struct xml *x, const char *word)
{
	size_t n = strlen(word);

	return (size_t)(x->end - x->at) >= n && memcmp(x->at, word, n) == 0;
}

static void skip_blanks(struct xml *x)
{
	while (x->at < x->end && is_space(*x->at))
		x->line += *x->at++ == '\n';
}

/* --- characters --- */

static void put_character(struct out *o, uint32_t c)
{
	char b[4] = { (char)(0xf0 | c >> 18), (char)(0x80 | (c >> 12 & 0x3f)), (char)(0x80 | (c >> 6 & 0x3f)),
		(char)(0x80 | (c & 0x3f)) };
	unsigned from = c < 0x80 ? 3 : c < 0x800 ? 2 : c < 0x10000 ? 1 : 0;

	if (from == 3)
		b[3] = (char)c;
	else if (from == 2)
		b[2] = (char)(0xc0 | c >> 6);
	else if (from == 1)
		b[1] = (char)(0xe0 | c >> 12);
	out_add(o, b + from, 4 - from);
}

/* The production Char without what has no place in a text. */
static bool is_character(uint32_t c)
{
	if (c < 0x20)
		return c == '\t' || c == '\n' || c == '\r';
	return c != 0x7f && c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff) && (c & 0xfffe) != 0xfffe;
}

static const struct entity {
	const char *name;
	uint32_t c;
	bool html;
} entities[] = {
	{ "amp", '&', false }, { "lt", '<', false }, { "gt", '>', false }, { "quot", '"', false }, { "apos", '\'', false },
	{ "nbsp", 0xa0, true }, { "ndash", 0x2013, true }, { "mdash", 0x2014, true }, { "le", 0x2264, true }, { "ge", 0x2265, true },
	{ "plusmn", 0xb1, true }, { "times", 0xd7, true }, { "middot", 0xb7, true }, { "micro", 0xb5, true }, { "minus", 0x2212, true },
	{ "hellip", 0x2026, true }, { "sup2", 0xb2, true }, { "alpha", 0x3b1, true }, { "beta", 0x3b2, true }, { "chi", 0x3c7, true },
};

/* x->at is behind "&#". */
static uint32_t number_entity(struct xml *x)
{
	unsigned base = x->at < x->end && *x->at == 'x' ? 16 : 10, digits = 0;
	uint32_t v = 0;

	for (x->at += base == 16; x->at < x->end && digits < 8; x->at++, digits++) {
		char c = (char)(*x->at | 0x20);
		unsigned d = *x->at >= '0' && *x->at <= '9' ? (unsigned)(*x->at - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 99;

		if (d >= base)
			break;
		v = v * base + d;
	}
	return digits > 0 && x->at < x->end && *x->at++ == ';' && is_character(v) ? v : 0;
}

/* HTML gives the numbers 128 to 159 another meaning, which nobody needs. */
static bool add_entity(struct xml *x)
{
	size_t i, n;
	uint32_t c;

	x->at++;
	if (x->at < x->end && *x->at == '#') {
		x->at++;
		c = number_entity(x);
		if (c == 0 || (c >= 0x80 && c < 0xa0))
			return refuse(x, "a character written as an odd number");
		put_character(&x->decoded, c);
		return true;
	}
	for (i = 0; i < COUNT(entities); i++) {
		n = strlen(entities[i].name);
		if ((entities[i].html && !x->html) || !starts(x, entities[i].name) || x->at + n >= x->end || x->at[n] != ';')
			continue;
		put_character(&x->decoded, entities[i].c);
		x->at += n + 1;
		return true;
	}
	return refuse(x, "an entity that is not known");
}

/* One character of text or of a value; CR LF and CR are LF. */
static bool add_character(struct xml *x)
{
	uint32_t c;

	if (*x->at == '&')
		return add_entity(x);
	c = text_next(&x->at, x->end);
	if (!is_character(c))
		return refuse(x, "a character that no text has");
	if (c == '\r') {
		x->at += x->at < x->end && *x->at == '\n';
		c = '\n';
	}
	x->line += c == '\n';
	put_character(&x->decoded, c);
	return true;
}

/* --- names --- */

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name_character(char c)
{
	return is_name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
}

/* A name of ASCII letters; HTML makes no difference between small and capital ones. */
static bool read_name(struct xml *x, char ret[XML_NAME])
{
	size_t n = 0;

	if (x->at == x->end || !is_name_start(*x->at))
		return refuse(x, "a tag that is not well formed");
	for (; x->at < x->end && is_name_character(*x->at); x->at++) {
		char c = *x->at;

		if (n == XML_NAME - 1)
			return refuse(x, "a name of more than 63 characters");
		ret[n++] = x->html && c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	ret[n] = '\0';
	return true;
}

static uint8_t space_of_uri(const struct xml *x, const char *uri)
{
	size_t i;

	if (*uri == '\0')
		return XML_NONE;
	for (i = 0; x->spaces && x->spaces[i]; i++)
		if (strcmp(x->spaces[i], uri) == 0)
			return (uint8_t)(i + 1);
	return XML_OTHER;
}

/* A name's prefix goes; its namespace comes. Attributes without prefix are in none. */
static bool resolve(struct xml *x, char name[XML_NAME], bool attribute, uint8_t *ret)
{
	char *colon = strchr(name, ':');
	size_t i, n = colon ? (size_t)(colon - name) : 0;

	*ret = XML_NONE;
	if (x->html)
		return colon ? refuse(x, "a name with a colon") : true;
	if (!colon && attribute)
		return true;
	if (colon && (n == 0 || colon[1] == '\0' || strchr(colon + 1, ':')))
		return refuse(x, "a tag that is not well formed");
	if (n == 3 && memcmp(name, "xml", 3) == 0) {
		*ret = XML_XML;
	} else {
		for (i = x->binds; i > 0; i--)
			if (strlen(x->bind[i - 1].prefix) == n && memcmp(x->bind[i - 1].prefix, name, n) == 0)
				break;
		if (i == 0 && colon)
			return refuse(x, "a name whose namespace is not said");
		*ret = i == 0 ? XML_NONE : x->bind[i - 1].space;
	}
	if (colon)
		memmove(name, colon + 1, strlen(colon + 1) + 1);
	return true;
}

/* --- tags --- */

static bool read_value(struct xml *x)
{
	size_t start = x->decoded.len, i;
	char quote;

	skip_blanks(x);
	if (x->at == x->end || *x->at != '=')
		return refuse(x, "an attribute without a value");
	x->at++;
	skip_blanks(x);
	if (x->at == x->end || (*x->at != '"' && *x->at != '\''))
		return refuse(x, "an attribute without quotes");
	for (quote = *x->at++; x->at < x->end && *x->at != quote;) {
		if (*x->at == '<')
			return refuse(x, "a tag that is not well formed");
		if (!add_character(x))
			return false;
		if (x->decoded.len - start > XML_PIECE)
			return refuse(x, "a value of more than 64 KiB");
	}
	if (x->at == x->end)
		return refuse(x, "a tag that does not end");
	x->at++;
	for (i = start; !x->decoded.failed && i < x->decoded.len; i++)
		if (is_space(x->decoded.p[i]))
			x->decoded.p[i] = ' ';
	return true;
}

static bool read_attribute(struct xml *x)
{
	struct xml_attr *a = &x->attr[x->attrs];

	if (x->attrs == XML_ATTRS)
		return refuse(x, "an element with more than 64 attributes");
	if (!read_name(x, a->name))
		return false;
	a->at = x->decoded.len;
	if (!read_value(x))
		return false;
	a->len = x->decoded.len - a->at;
	out_byte(&x->decoded, '\0');
	x->attrs++;
	return true;
}

/* All attributes up to the tag's end, which stays. */
static bool read_attributes(struct xml *x, const char *ends)
{
	x->attrs = 0;
	x->decoded.len = 0;
	for (;;) {
		const char *before = x->at;

		skip_blanks(x);
		if (x->at == x->end)
			return refuse(x, "a tag that does not end");
		if (strchr(ends, *x->at))
			break;
		if (x->at == before)
			return refuse(x, "a tag that is not well formed");
		if (!read_attribute(x))
			return false;
	}
	if (x->decoded.failed)
		return refuse(x, "more than there is memory for");
	for (size_t i = 0; i < x->attrs; i++)
		x->attr[i].value = x->decoded.p + x->attr[i].at;
	return true;
}

static bool bind(struct xml *x, const char *prefix, const struct xml_attr *a)
{
	if (x->binds == XML_BINDS || strlen(prefix) >= sizeof(x->bind[0].prefix) || strlen(a->value) != a->len)
		return refuse(x, "an odd namespace");
	memcpy(x->bind[x->binds].prefix, prefix, strlen(prefix) + 1); /* it fits: asked above */
	x->bind[x->binds++].space = space_of_uri(x, a->value);
	return true;
}

/* Attributes that say namespaces are taken out of the list. */
static bool take_namespaces(struct xml *x)
{
	size_t i, kept = 0;

	for (i = 0; i < x->attrs; i++) {
		struct xml_attr *a = &x->attr[i];
		bool plain = strcmp(a->name, "xmlns") == 0;

		if (x->html || (!plain && strncmp(a->name, "xmlns:", 6) != 0)) {
			if (kept != i)
				x->attr[kept] = *a;
			kept++;
		} else if (!bind(x, plain ? "" : a->name + 6, a)) {
			return false;
		}
	}
	x->attrs = kept;
	return true;
}

static bool resolve_all(struct xml *x)
{
	size_t i, k;

	for (i = 0; i < x->attrs; i++) {
		if (!resolve(x, x->attr[i].name, true, &x->attr[i].space))
			return false;
		for (k = 0; k < i; k++)
			if (x->attr[k].space == x->attr[i].space && strcmp(x->attr[k].name, x->attr[i].name) == 0)
				return refuse(x, "an attribute twice");
	}
	return resolve(x, x->name, false, &x->space);
}

static bool is_void(const char *name)
{
	static const char *const names[] = { "br", "hr", "meta", "col", "img", "input", "link", "base", "embed", "source", "track",
		"wbr", "area", "param", NULL };

	return word_in(names, name, strlen(name));
}

static enum xml_event open_tag(struct xml *x)
{
	size_t binds = x->binds;

	x->at++;
	if (!read_name(x, x->name) || !read_attributes(x, "/>"))
		return XML_BAD;
	x->closing = *x->at == '/';
	x->at += x->closing;
	if (x->at == x->end || *x->at++ != '>')
		return refuse(x, "a tag that is not well formed"), XML_BAD;
	if (!take_namespaces(x) || !resolve_all(x))
		return XML_BAD;
	if (x->html && x->closing != is_void(x->name) && x->closing)
		return refuse(x, "an element that ends with its tag"), XML_BAD;
	x->closing |= x->html && is_void(x->name);
	if (x->depth == XML_DEPTH)
		return refuse(x, "elements nested deeper than 64 levels"), XML_BAD;
	if (x->depth == 0 && x->begun)
		return refuse(x, "more than one outermost element"), XML_BAD;
	x->begun = true;
	x->open[x->depth].space = x->space;
	x->open[x->depth].binds = binds;
	memcpy(x->open[x->depth++].name, x->name, XML_NAME);
	return XML_OPEN;
}

/* The element at hand ends; its name is that of the event. */
static enum xml_event close_element(struct xml *x)
{
	struct xml_open *o = &x->open[x->depth - 1];

	x->space = o->space;
	memcpy(x->name, o->name, XML_NAME);
	x->binds = o->binds;
	x->closing = false;
	x->attrs = 0;
	return XML_CLOSE;
}

static enum xml_event close_tag(struct xml *x)
{
	char name[XML_NAME];
	uint8_t space;

	x->at += 2;
	if (!read_name(x, name))
		return XML_BAD;
	skip_blanks(x);
	if (x->at == x->end || *x->at++ != '>')
		return refuse(x, "a tag that does not end"), XML_BAD;
	if (x->depth == 0 || !resolve(x, name, false, &space))
		return refuse(x, "a tag that ends nothing"), XML_BAD;
	if (space != x->open[x->depth - 1].space || strcmp(name, x->open[x->depth - 1].name) != 0)
		return refuse(x, "elements that are not closed where they should be"), XML_BAD;
	return close_element(x);
}

/* --- text --- */

static bool add_section(struct xml *x)
{
	x->at += 9;
	while (!starts(x, "]]>")) {
		uint32_t c;

		if (x->at == x->end || x->decoded.len > XML_PIECE)
			return refuse(x, "a section of raw data without an end");
		c = text_next(&x->at, x->end);
		if (!is_character(c) || c == '\r')
			return refuse(x, "a character that no text has");
		x->line += c == '\n';
		put_character(&x->decoded, c);
	}
	x->at += 3;
	return true;
}

static enum xml_event read_text(struct xml *x)
{
	x->decoded.len = 0;
	while (x->at < x->end) {
		bool good;

		if (!x->html && starts(x, "<![CDATA["))
			good = add_section(x);
		else if (*x->at == '<')
			break;
		else
			good = starts(x, "]]>") ? refuse(x, "a section of raw data without a beginning") : add_character(x);
		if (!good)
			return XML_BAD;
		if (x->decoded.len > XML_PIECE)
			return refuse(x, "a text of more than 64 KiB"), XML_BAD;
	}
	x->len = x->decoded.len;
	out_byte(&x->decoded, '\0');
	if (x->decoded.failed)
		return refuse(x, "more than there is memory for"), XML_BAD;
	x->text = x->decoded.p;
	if (x->depth == 0 && !xml_blank(x))
		return refuse(x, "text outside its elements"), XML_BAD;
	return XML_TEXT;
}

/* --- the beginning --- */

static bool is_word(const struct xml_attr *a, const char *name, const char *small)
{
	size_t i;

	if (strcmp(a->name, name) != 0 || a->len != strlen(small))
		return false;
	for (i = 0; i < a->len; i++)
		if ((a->value[i] >= 'A' && a->value[i] <= 'Z' ? a->value[i] + 32 : a->value[i]) != small[i])
			return false;
	return true;
}

static bool read_declaration(struct xml *x)
{
	size_t i;

	x->at += 5;
	if (!read_attributes(x, "?"))
		return false;
	for (i = 0; i < x->attrs; i++) {
		const struct xml_attr *a = &x->attr[i];
		bool good = i == 0 ? is_word(a, "version", "1.0") : is_word(a, "encoding", "utf-8") || is_word(a, "standalone", "yes") ||
								       is_word(a, "standalone", "no");

		if (!good)
			return refuse(x, "a declaration of another XML or of another encoding");
	}
	if (x->attrs == 0 || x->attrs > 3 || !starts(x, "?>"))
		return refuse(x, "a declaration that is not well formed");
	x->at += 2;
	return true;
}

static bool read_doctype(struct xml *x)
{
	static const char plain[] = "<!doctype html>";
	size_t i;

	for (i = 0; i < sizeof(plain) - 1; i++)
		if (x->end - x->at <= (ptrdiff_t)i || (x->at[i] >= 'A' && x->at[i] <= 'Z' ? x->at[i] + 32 : x->at[i]) != plain[i])
			return refuse(x, "a document type other than that of HTML");
	x->at += sizeof(plain) - 1;
	return true;
}

static bool begin(struct xml *x)
{
	x->line = 1;
	if (starts(x, "\xef\xbb\xbf"))
		x->at += 3;
	if (!x->html && starts(x, "<?xml") && x->end - x->at > 5 && is_space(x->at[5]) && !read_declaration(x))
		return false;
	skip_blanks(x);
	if (x->html && starts(x, "<!") && !starts(x, "<!--") && !read_doctype(x))
		return false;
	skip_blanks(x);
	return true;
}

static enum xml_event next_tag(struct xml *x)
{
	if (starts(x, "<!--"))
		return refuse(x, "a comment"), XML_BAD;
	if (starts(x, "<!"))
		return refuse(x, "a document type or an entity"), XML_BAD;
	if (starts(x, "<?"))
		return refuse(x, "an instruction for a program"), XML_BAD;
	return starts(x, "</") ? close_tag(x) : open_tag(x);
}

enum xml_event xml_next(struct xml *x)
{
	if (x->wrong || (x->line == 0 && !begin(x)))
		return XML_BAD;
	if (x->ended)
		x->depth--;
	x->ended = false;
	if (x->closing) {
		x->ended = true;
		return close_element(x);
	}
	if (x->at == x->end) {
		if (x->depth > 0 || !x->begun)
			return refuse(x, "no end"), XML_BAD;
		return XML_DONE;
	}
	if (*x->at != '<' || (!x->html && starts(x, "<![CDATA[")))
		return read_text(x);
	x->ended = starts(x, "</");
	return next_tag(x);
}

void xml_free(struct xml *x)
{
	free(x->decoded.p);
	x->decoded = (struct out){ 0 };
}

bool xml_is(const struct xml *x, uint8_t space, const char *name)
{
	return x->space == space && strcmp(x->name, name) == 0;
}

const char *xml_value(const struct xml *x, uint8_t space, const char *name)
{
	size_t i;

	for (i = 0; i < x->attrs; i++)
		if (x->attr[i].space == space && strcmp(x->attr[i].name, name) == 0)
			return x->attr[i].value;
	return NULL;
}

bool xml_blank(const struct xml *x)
{
	size_t i;

	for (i = 0; i < x->len; i++)
		if (!is_space(x->text[i]))
			return false;
	return true;
}

bool xml_skip(struct xml *x, bool texts, const char *(*look)(const struct xml *x))
{
	unsigned depth = x->depth;
	enum xml_event e;

	while ((e = xml_next(x)) != XML_BAD) {
		const char *wrong = e == XML_OPEN && look ? look(x) : NULL;

		if (e == XML_TEXT && !texts && !xml_blank(x))
			wrong = "text where none is shown";
		if (wrong)
			return refuse(x, wrong);
		if (e == XML_DONE || (e == XML_CLOSE && x->depth == depth))
			return true;
	}
	return false;
}

void xml_add(struct out *o, const char *p, size_t n)
{
	static const struct {
		char c;
		const char *as;
	} escapes[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" } };
	size_t i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < COUNT(escapes) && escapes[k].c != p[i]; k++)
			;
		if (k < COUNT(escapes))
			out_add(o, escapes[k].as, strlen(escapes[k].as));
		else
			out_byte(o, p[i]);
	}
}
