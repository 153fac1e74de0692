/* policy/json.c - rule file-type for JSON: RFC 8259, strict, bounded. Its text is searched by scan.c. A notebook is JSON
 * too, and what its cells printed is in it (nbformat 4). */
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

static bool has_parts(const json_t *cell, const char *name)
{
	const json_t *parts = json_object_get(cell, name);

	return json_array_size(parts) > 0 || json_object_size(parts) > 0;
}

static bool is_notebook(const json_t *j)
{
	return json_is_integer(json_object_get(j, "nbformat")) &&
	       (json_is_array(json_object_get(j, "cells")) || json_is_array(json_object_get(j, "worksheets")));
}

/* Version 3 and older keep cells elsewhere and are not taken. */
static void check_notebook(struct report *r, const json_t *j)
{
	const json_t *cells = json_object_get(j, "cells");
	bool full = !json_is_array(cells);
	size_t i;

	for (i = 0; i < json_array_size(cells); i++) {
		const json_t *cell = json_array_get(cells, i);

		full |= has_parts(cell, "outputs") || has_parts(cell, "attachments");
	}
	report_add(r, RULE_HIDDEN, full ? FINDING_BLOCK : FINDING_REVIEW, (struct place){ 0 },
		full ? "clear all outputs and attachments, and save tables as CSV" : "release results, not code",
		full ? "this is a notebook, and outputs or attachments of its cells are in it"
		     : "this is a notebook without outputs: code, which a person has to read");
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
	else if (is_notebook(j))
		check_notebook(r, j);
	json_decref(j);
}
