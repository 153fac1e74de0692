/* spe-cli/findings.c - see findings.h. */
#include "spe-cli/findings.h"

#include <stdio.h>
#include <string.h>

#include "spe-cli/show.h"
#include "spe/cleanup.h"
#include "sped/base/json.h"

#define PLACES_SHOWN 6 /* of one rule in one file: more of the same is a number */

static const char *const severities[] = { "block", "review" };

static const char *either(const json_t *o, const char *one, const char *other)
{
	const char *s = json_str(o, one);

	return s[0] ? s : json_str(o, other);
}

const char *finding_rule(const json_t *finding)
{
	return either(finding, "rule", "id");
}

const char *finding_severity(const json_t *finding)
{
	return either(finding, "severity", "outcome");
}

const char *finding_text(const json_t *finding)
{
	return either(finding, "explanation", "detail");
}

int verdict_rank(const char *verdict)
{
	static const char *const order[] = { "pass", "review", "block" };
	int i;

	for (i = 0; i < 3; i++)
		if (strcmp(verdict, order[i]) == 0)
			return i;
	return i;
}

void finding_place(const json_t *finding, char *ret, size_t room)
{
	const json_t *where = json_object_get(finding, "where");
	json_int_t row = json_is_array(where) ? json_integer_value(json_array_get(where, 0)) : json_int(finding, "row");
	json_int_t line = json_int(finding, "line"), column = json_int(finding, "column");
	json_int_t offset = json_is_integer(where) ? json_integer_value(where) : json_int(finding, "offset");

	if (row > 0 && column > 0)
		snprintf(ret, room, "row %lld column %lld", (long long)row, (long long)column);
	else if (line > 0 && column > 0)
		snprintf(ret, room, "line %lld column %lld", (long long)line, (long long)column);
	else if (line > 0 || row > 0)
		snprintf(ret, room, "%s %lld", line > 0 ? "line" : "row", (long long)(line > 0 ? line : row));
	else if (offset > 0)
		snprintf(ret, room, "byte %lld", (long long)offset);
	else
		ret[0] = '\0';
}

const json_t *findings_of(const json_t *file)
{
	const json_t *checks = json_object_get(file, "checks");

	return json_is_array(checks) ? checks : json_object_get(file, "findings");
}

size_t findings_count(const json_t *file, const char *severity)
{
	const json_t *f, *passed = json_object_get(file, "passed");
	size_t i, n = 0;

	if (strcmp(severity, "pass") == 0 && json_is_integer(passed))
		return (size_t)json_integer_value(passed);
	json_array_foreach(findings_of(file), i, f)
		n += strcmp(finding_severity(f), severity) == 0;
	return n;
}

/* --- line by line, as compilers do --- */

static void line_show(const char *file, const json_t *f)
{
	json_int_t line = json_int(f, "line"), column = json_int(f, "column");
	auto_free char *before = NULL, *after = NULL;
	const char *fix = json_str(f, "fix");
	char at[64] = "";

	if (line > 0 && column > 0)
		snprintf(at, sizeof(at), ":%lld:%lld", (long long)line, (long long)column);
	else if (line > 0)
		snprintf(at, sizeof(at), ":%lld", (long long)line);
	if (asprintf(&before, "%s%s: ", file, at) < 0)
		before = NULL;
	if (line == 0)
		finding_place(f, at, sizeof(at));
	else
		at[0] = '\0';
	if (asprintf(&after, " %s: %s%s%s%s%s", finding_rule(f), at, at[0] ? ": " : "", finding_text(f), fix[0] ? "; try: " : "", fix) < 0)
		after = NULL;
	if (before && after)
		show_verdict(before, finding_severity(f), after);
}

void findings_lines(const char *file, const json_t *findings)
{
	const json_t *f;
	size_t i, s;

	for (s = 0; s < 2; s++)
		json_array_foreach(findings, i, f)
			if (strcmp(finding_severity(f), severities[s]) == 0)
				line_show(file, f);
}

/* --- rule by rule --- */

static bool same_group(const json_t *a, const json_t *b)
{
	return strcmp(finding_rule(a), finding_rule(b)) == 0 &&
	       strcmp(finding_severity(a), finding_severity(b)) == 0;
}

static bool begins_group(const json_t *findings, size_t at)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (same_group(json_array_get(findings, i), json_array_get(findings, at)))
			return false;
	return true;
}

static void fix_show(const char *fix)
{
	if (fix[0])
		show_fold(6, "    fix: %s", fix);
}

/* A fix that is that of the place before is said once, behind the last of them. */
static void group_show(const json_t *findings, const json_t *first)
{
	const json_t *f;
	const char *fix = "";
	size_t i, n = 0, shown = 0;
	char at[80];

	json_array_foreach(findings, i, f)
		n += same_group(f, first);
	snprintf(at, sizeof(at), " %s%s", finding_rule(first), n > 1 ? "" : ":");
	if (n > 1)
		snprintf(at, sizeof(at), " %s, %zu places:", finding_rule(first), n);
	show_verdict("  ", finding_severity(first), at);
	json_array_foreach(findings, i, f) {
		if (!same_group(f, first) || shown == PLACES_SHOWN)
			continue;
		if (shown++ > 0 && strcmp(fix, json_str(f, "fix")) != 0)
			fix_show(fix);
		fix = json_str(f, "fix");
		finding_place(f, at, sizeof(at));
		show_fold(6, "    %s%s%s", at, at[0] ? ": " : "", finding_text(f));
	}
	fix_show(fix);
	if (n > shown)
		show_line("    and %zu more like them", n - shown);
}

void findings_groups(const json_t *findings)
{
	const json_t *f;
	size_t i, s;

	for (s = 0; s < 2; s++)
		json_array_foreach(findings, i, f)
			if (strcmp(finding_severity(f), severities[s]) == 0 && begins_group(findings, i))
				group_show(findings, f);
}

const char *findings_decide(const char *class, const char *verdict)
{
	static const struct {
		const char *class, *question;
	} list[] = {
		{ "table", "does each number stand for a group, and is the group the one that the description says?" },
		{ "text", "does any sentence, number or error text tell of one person?" },
		{ "image", "does any point, step, label or tail stand for one person? No rule reads pictures as people do." },
		{ "other", "open it with care: no rule read all of it, and it leaves as it is." },
	};
	size_t i;

	if (strcmp(verdict, "block") == 0)
		return "nothing: what is blocked can't be approved; reject it, and say what would help.";
	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (strcmp(list[i].class, class) == 0)
			return list[i].question;
	return "does anything in it tell of one person?";
}
