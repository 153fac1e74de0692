/* policy/json.c - rule file-type for JSON: RFC 8259, strict, bounded. Its text is searched by scan.c. */
#include "policy/inside.h"

#define DEPTH 64 /* deeper nesting is an attack on a parser, not a result */

static void refuse(struct report *r, uint64_t line, uint32_t column, const char *why)
{
	report_add(r, RULE_TYPE, FINDING_BLOCK, (struct place){ .line = line, .column = column },
		"write the file with a standard JSON writer", "not JSON: %s", why);
}

/* Where the string that begins at i ends: its closing quote, or n. */
static size_t string_end(const char *p, size_t n, size_t i)
{
	for (i++; i < n && p[i] != '"'; i++)
		i += p[i] == '\\';
	return i;
}

/* Brackets outside strings; jansson alone would go to 2048. */
static bool too_deep(const char *p, size_t n)
{
	size_t i, depth = 0;

	for (i = 0; i < n; i++) {
		if (p[i] == '"')
			i = string_end(p, n, i);
		else if (p[i] == ']' || p[i] == '}')
			depth -= depth > 0;
		else if ((p[i] == '[' || p[i] == '{') && ++depth > DEPTH)
			return true;
	}
	return false;
}

void json_check(struct report *r, const char *bytes, size_t n)
{
	json_error_t err;
	json_t *j;

	if (too_deep(bytes, n)) {
		refuse(r, 0, 0, "it is nested deeper than 64 levels");
		return;
	}
	j = json_loadb(bytes, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &err);
	if (!j) /* jansson's own sentence may quote the file */
		refuse(r, err.line > 0 ? (uint64_t)err.line : 0,
			err.column > 0 ? (uint32_t)err.column : 0, "it doesn't parse here");
	json_decref(j);
}
