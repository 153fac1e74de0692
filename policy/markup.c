/* policy/markup.c - SVG and HTML that may leave as they are once reviewed: what runs, loads or hides blocks. A browser is
 * forgiving, so that the text is searched in a plain form: small letters, no blanks where they mean nothing.
 * Sources: SVG 1.1 and 2, HTML living standard; OWASP, cross site scripting. */
#include <string.h>

#include "policy/formats.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define MARKS_MAX 200 /* one mark for each person is a list of persons */
#define FAR 20000     /* units; no canvas is so large */

static const struct sign {
	const char *text, *what;
	bool svg_only;
} signs[] = {
	{ "<script", "a script", false },
	{ "javascript:", "a script", false },
	{ "<foreignobject", "an element of another format", false },
	{ "<iframe", "another document", false },
	{ "<frame", "another document", false },
	{ "<object", "another document", false },
	{ "<embed", "another document", false },
	{ "<applet", "a program", false },
	{ "<form", "a form", false },
	{ "<base", "another address for its links", false },
	{ "<doctype", "a document type", true },
	{ "<!doctype", "a document type", true },
	{ "<!entity", "an entity", false },
	{ "<![cdata[", "a section of raw data", false },
	{ "<?xml-stylesheet", "a style sheet from elsewhere", false },
	{ "<link", "a link to another file", false },
	{ "@import", "a style sheet from elsewhere", false },
	{ "<image", "another picture", false },
	{ "<metadata", "metadata", false },
	{ "<meta http-equiv", "an instruction to the browser", false },
	{ "rdf:rdf", "metadata", false },
	{ "<!--", "a comment", false },
	{ "data:", "embedded data", false },
	{ "href=\"http", "an address elsewhere", false },
	{ "href='http", "an address elsewhere", false },
	{ "href=\"//", "an address elsewhere", false },
	{ "src=", "something loaded", false },
	{ "url(http", "an address elsewhere", false },
	{ "url(\"", "an address elsewhere", false },
	{ "url('", "an address elsewhere", false },
	{ "url(//", "an address elsewhere", false },
	{ "display:none", "content that is not shown", false },
	{ "display=\"none", "content that is not shown", false },
	{ "visibility:hidden", "content that is not shown", false },
	{ "visibility=\"hidden", "content that is not shown", false },
	{ "opacity:0;", "content that can't be seen", false },
	{ "opacity:0\"", "content that can't be seen", false },
	{ "opacity:0}", "content that can't be seen", false },
	{ "opacity:0.0", "content that can't be seen", false },
	{ "opacity=\"0\"", "content that can't be seen", false },
	{ "opacity=\"0.0", "content that can't be seen", false },
	{ "font-size:0", "content that can't be seen", false },
	{ "font-size=\"0\"", "content that can't be seen", false },
	{ " hidden>", "content that is not shown", false },
	{ " hidden ", "content that is not shown", false },
	{ "application/json", "data for a script", false },
	{ "\\", "an escape in a style", true },
};

static void refuse(struct report *r, size_t at, const char *what)
{
	report_add(r, RULE_HIDDEN, FINDING_BLOCK, (struct place){ .offset = at }, "save the picture as PNG, the table as CSV",
		"it has %s, which a reviewer doesn't see", what);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* Small letters; one blank for many, none around = : ; and quotes. from: where each byte came from is not kept. */
static size_t plain_form(const char *p, size_t n, char *ret)
{
	size_t i, len = 0;

	for (i = 0; i < n; i++) {
		char c = p[i] >= 'A' && p[i] <= 'Z' ? (char)(p[i] + 32) : is_space(p[i]) ? ' ' : p[i];

		if (c == '\0')
			continue;
		if (c == ' ' && len > 0 && strchr(" =:;(<\"", ret[len - 1]))
			continue;
		if (strchr("=:;)>", c) && len > 0 && ret[len - 1] == ' ')
			len--;
		ret[len++] = c;
	}
	return len;
}

static void find_signs(struct report *r, bool svg, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < COUNT(signs); i++) {
		const char *at = signs[i].svg_only && !svg ? NULL : memmem(p, n, signs[i].text, strlen(signs[i].text));

		if (at)
			refuse(r, 0, signs[i].what);
	}
}

static bool is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

/* onload= and its kin, as an attribute. */
static bool has_handler(const char *p, size_t n)
{
	const char *at = p, *end = p + n;

	while ((at = memmem(at, (size_t)(end - at), "on", 2))) {
		const char *to = at + 2;
		bool begins = at > p && strchr(" \"'/", at[-1]);

		while (to < end && is_letter(*to))
			to++;
		if (begins && to > at + 2 && to < end && *to == '=')
			return true;
		at += 2;
	}
	return false;
}

/* A letter written as its number escapes every search: &#x6f;n... */
static bool has_escaped_letter(const char *p, size_t n)
{
	const char *at = p, *end = p + n;

	for (; (at = memmem(at, (size_t)(end - at), "&#", 2)); at += 2) {
		bool hex = at + 2 < end && at[2] == 'x';
		unsigned v = 0, digits = 0;
		const char *d = at + 2 + hex;

		for (; d < end && digits < 8; d++, digits++) {
			if (*d >= '0' && *d <= '9')
				v = v * (hex ? 16 : 10) + (unsigned)(*d - '0');
			else if (hex && *d >= 'a' && *d <= 'f')
				v = v * 16 + (unsigned)(*d - 'a') + 10;
			else
				break;
		}
		if ((v >= '0' && v <= '9') || (v >= 'A' && v <= 'Z') || (v >= 'a' && v <= 'z') || v == ':' || v == '<')
			return true;
	}
	return false;
}

static size_t count_of(const char *p, size_t n, const char *what)
{
	const char *at = p, *end = p + n;
	size_t count = 0;

	for (; (at = memmem(at, (size_t)(end - at), what, strlen(what))); at++)
		count++;
	return count;
}

/* x="-5000" and the like. */
static bool is_far(const char *p, size_t n)
{
	static const char *const names[] = { " x=\"", " y=\"", " cx=\"", " cy=\"", " dx=\"", " dy=\"", "left:", "top:",
		"text-indent:", "translate(" };
	size_t i;

	for (i = 0; i < COUNT(names); i++) {
		const char *at = p, *end = p + n;

		while ((at = memmem(at, (size_t)(end - at), names[i], strlen(names[i])))) {
			long v = 0;
			bool minus;

			at += strlen(names[i]);
			minus = at < end && *at == '-';
			for (at += minus; at < end && *at >= '0' && *at <= '9'; at++)
				v = v < FAR ? v * 10 + (*at - '0') : v;
			if (v >= FAR || (minus && v >= 1000))
				return true;
		}
	}
	return false;
}

/* What is between the tags, so that a number in three elements is one number; ret has room for n bytes. */
static size_t strip_tags(const char *p, size_t n, char *ret)
{
	size_t i, len = 0;
	bool tag = false;

	for (i = 0; i < n; i++) {
		if (p[i] == '<')
			tag = true;
		if (!tag)
			ret[len++] = p[i];
		if (p[i] == '>')
			tag = false;
	}
	return len;
}

void markup_check(struct report *r, struct scan *s, bool svg, const char *p, size_t n)
{
	char *plain = malloc(n + 1);
	size_t len;

	if (!plain) {
		refuse(r, 0, "more than there is memory for");
		return;
	}
	len = plain_form(p, n, plain);
	find_signs(r, svg, plain, len);
	if (has_handler(plain, len))
		refuse(r, 0, "an instruction that runs when something happens");
	if (has_escaped_letter(plain, len))
		refuse(r, 0, "letters written as numbers");
	if (is_far(plain, len))
		refuse(r, 0, "content far outside the page");
	if (count_of(plain, len, "<circle") + count_of(plain, len, "<use") + count_of(plain, len, "<ellipse") > MARKS_MAX)
		refuse(r, 0, "more than 200 marks, one for each person perhaps,");
	scan_text(s, p, n);
	len = strip_tags(p, n, plain);
	scan_text(s, plain, len);
	free(plain);
}
