/* spe-cli/cmd_shared.c - see commands.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spe-cli/commands.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "sped/base/json.h"

/* Long lists come by pages: "next" is what the next one begins behind. */
static int all_get(struct cli *c, const char *path, json_t *items, struct spe_error *e)
{
	auto_free char *next = strdup(path);

	while (next) {
		auto_json json_t *answer = NULL;
		int r = talk_get(c->talk, next, &answer, e);

		if (r < 0)
			return r;
		if (json_array_extend(items, json_object_get(answer, "items")) < 0)
			return spe_fail(e, SPE_E_INTERNAL, "out of memory");
		if (json_str(answer, "next")[0] == '\0')
			return 0;
		free(next);
		if (asprintf(&next, "%s%cbefore=%s", path, strchr(path, '?') ? '&' : '?', json_str(answer, "next")) < 0)
			next = NULL;
	}
	return spe_fail(e, SPE_E_INTERNAL, "out of memory");
}

int cmd_list_timed(struct cli *c, const char *path, const char *time, const struct show_column *columns, struct spe_error *e)
{
	auto_json json_t *items = json_array();
	json_t *item;
	size_t i;
	int r = all_get(c, path, items, e);

	if (r < 0)
		return r;
	json_array_foreach(items, i, item)
		if (time && !cli_json(c))
			show_as_time(item, time);
	show_list(cli_json(c), items, columns);
	return 0;
}

int cmd_list(struct cli *c, const char *path, const struct show_column *columns, struct spe_error *e)
{
	return cmd_list_timed(c, path, NULL, columns, e);
}

void cmd_answer(const struct cli *c, const json_t *answer, const char *fmt, ...)
{
	auto_free char *text = NULL;
	va_list ap;

	if (cli_json(c)) {
		show_json(answer);
		return;
	}
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	show_line("%s", text ? text : "");
}

int cmd_remove(struct cli *c, const char *list, const char *what, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/%s/%s", list, c->operand[0]);
	auto_json json_t *answer = NULL;
	int r = talk_delete(c->talk, path, &answer, e);

	if (r == 0)
		cmd_answer(c, answer, "%s %s is removed", what, json_str(answer, what));
	return r;
}

int cmd_utf8(const char *text, const char *what, struct spe_error *e)
{
	return show_is_text(text, strlen(text))
		       ? 0
		       : spe_fail(e, SPE_E_INPUT, "%s must be UTF-8 text", what);
}

static const char *either(const json_t *o, const char *one, const char *other)
{
	const char *s = json_str(o, one);

	return s[0] ? s : json_str(o, other);
}

static void place(const json_t *finding, char *ret, size_t room)
{
	json_int_t line = json_int(finding, "line"), column = json_int(finding, "column");
	json_int_t offset = json_int(finding, "offset");

	if (line > 0 && column > 0)
		snprintf(ret, room, "line %lld column %lld: ", (long long)line, (long long)column);
	else if (line > 0)
		snprintf(ret, room, "line %lld: ", (long long)line);
	else if (offset > 0)
		snprintf(ret, room, "byte %lld: ", (long long)offset);
	else
		ret[0] = '\0';
}

void finding_show(const json_t *finding)
{
	const char *text = either(finding, "explanation", "detail");
	char where[80];

	place(finding, where, sizeof(where));
	show_line("  %s %s%s%s%s", either(finding, "severity", "outcome"),
		either(finding, "rule", "id"), text[0] ? ": " : "", where, text);
	if (json_str(finding, "fix")[0])
		show_line("    fix: %s", json_str(finding, "fix"));
}

void findings_show(const json_t *findings, bool all)
{
	static const char *const severity[] = { "block", "review", "pass" };
	const json_t *item;
	size_t i, s;

	for (s = 0; s < (all ? 3 : 2); s++)
		json_array_foreach(findings, i, item)
			if (strcmp(either(item, "severity", "outcome"), severity[s]) == 0)
				finding_show(item);
}
