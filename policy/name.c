/* policy/name.c - rule file-name: a name is a channel too, and it is shown to people and to shells. */
#include <string.h>

#include "policy/inside.h"
#include "spe/outputs.h"

#define BLOB 16 /* characters of a run that may carry data */

static const char fix_name[] =
	"use a short name of letters, digits, '-' and '_', then one dot and the type";

static void refuse(struct report *r, const char *what)
{
	report_add(r, RULE_NAME, FINDING_BLOCK, (struct place){ 0 }, fix_name, "the file's name %s",
		what);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Letters 0 and 1 by case, digits 2; 3: not part of a run. */
static int class_of(char c)
{
	if (fold_is_digit(c))
		return 2;
	return is_letter(c) ? c <= 'Z' : 3;
}

/* Data in base64, base32 or hexadecimal: a long run that jumps between letters and digits, or has as many digits
 * in a row, or changes class every other character. Words with a year behind them do none of it. */
static bool is_blob(const char *p, size_t n)
{
	size_t i, jumps = 0, changes = 0, digits = n > 0 && class_of(p[0]) == 2, most = digits;

	if (n < BLOB)
		return false;
	for (i = 1; i < n; i++) {
		int a = class_of(p[i - 1]), b = class_of(p[i]);

		digits = b == 2 ? digits + 1 : 0;
		most = digits > most ? digits : most;
		changes += a != b;
		jumps += a != b && (a == 2 || b == 2);
	}
	return most >= BLOB || jumps >= 3 || changes * 2 > n;
}

static bool has_blob(const char *name)
{
	size_t n;

	for (; *name; name += n ? n : 1) {
		for (n = 0; name[n] && class_of(name[n]) < 3; n++)
			;
		if (is_blob(name, n))
			return true;
	}
	return false;
}

/* [A-Za-z0-9][A-Za-z0-9._-]{0,99} */
static bool component_ok(const char *p, size_t n)
{
	size_t i;

	if (n == 0 || n > SPE_NAME_MAX || class_of(p[0]) == 3)
		return false;
	for (i = 0; i < n; i++)
		if (class_of(p[i]) == 3 && p[i] != '.' && p[i] != '_' && p[i] != '-')
			return false;
	return true;
}

static bool components_ok(const char *name, size_t *ret_depth)
{
	for (*ret_depth = 0;;) {
		size_t n = strcspn(name, "/");

		if (!component_ok(name, n))
			return false;
		++*ret_depth;
		if (name[n] == '\0')
			return true;
		name += n + 1;
	}
}

void name_check(struct report *r, const char *name)
{
	const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
	const char *dot = strchr(last, '.');
	size_t depth;

	report_ran(r, RULE_NAME);
	if (!components_ok(name, &depth))
		refuse(r,
			"has a part that is empty, over 100 characters, or not of A-Z a-z 0-9 . _ -");
	else if (depth > OUTPUTS_DEPTH)
		refuse(r, "lies more than four directories deep");
	if (strstr(name, ".."))
		refuse(r, "has two dots in a row");
	else if (!dot || strchr(dot + 1, '.'))
		refuse(r, "must have one dot, before its type");
	if (has_blob(name))
		refuse(r, "has a run of 16 or more characters that reads as encoded data");
}
