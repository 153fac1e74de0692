/* spe-cli/cmd_export.c - export request, list, show, comment, withdraw. */
#include <stdio.h>
#include <string.h>

#include "spe-cli/commands.h"
#include "spe-cli/follow.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "spe/limits.h"
#include "sped/base/json.h"

static const struct show_column list_columns[] = {
	{ "export", "EXPORT" },
	{ "workspace", "WORKSPACE" },
	{ "job", "JOB" },
	{ "requester", "REQUESTER" },
	{ "state", "STATE" },
	{ "approvals", "APPROVALS" },
	{ "needed", "NEEDED" },
	{ "requested", "REQUESTED" },
	{ NULL, NULL },
};

int cmd_export_list(struct cli *c, struct spe_error *e)
{
	auto_free char *path = c->operands ? talk_path("/v1/exports?workspace=%s", c->operand[0])
					   : talk_path("/v1/exports");

	return cmd_list_timed(c, path, "requested", list_columns, e);
}

/* Its size is not known before its check, and under some policies not told. */
static void file_show(const json_t *file, const char *unjudged)
{
	const char *verdict = json_str(file, "verdict");
	char size[40] = "";

	if (json_is_integer(json_object_get(file, "size")))
		snprintf(size, sizeof(size), " (%lld bytes)", (long long)json_int(file, "size"));
	show_line("%s: %s%s", json_str(file, "name"), verdict[0] ? verdict : unjudged, size);
	if (json_str(file, "description")[0])
		show_line("  \"%s\"", json_str(file, "description"));
	findings_show(json_object_get(file, "findings"), false);
}

/* Files that are not judged yet have no verdict and come last. */
void export_files(const json_t *export)
{
	static const char *const verdict[] = { "block", "review", "pass", "" };
	const char *unjudged = strcmp(json_str(export, "state"), "checking") == 0 ? "being checked" : "not checked";
	const json_t *file;
	size_t i, v;

	for (v = 0; v < sizeof(verdict) / sizeof(verdict[0]); v++)
		json_array_foreach(json_object_get(export, "files"), i, file)
			if (strcmp(json_str(file, "verdict"), verdict[v]) == 0)
				file_show(file, unjudged);
}

static void said_line(const json_t *one, const char *what, const char *text)
{
	char at[SHOW_TEXT], head[2 * SHOW_TEXT];

	show_time(json_str(one, "time"), at);
	snprintf(head, sizeof(head), "%s: %s by %s", at, what, json_str(one, "person"));
	show_fold(4, "%s%s%s", head, text[0] ? ": " : "", text);
}

/* What was said and what was decided, in the order of their times. */
void export_said(const json_t *export)
{
	const json_t *decisions = json_object_get(export, "decisions"), *thread = json_object_get(export, "thread");
	size_t i = 0, k = 0;

	while (i < json_array_size(decisions) || k < json_array_size(thread)) {
		const json_t *d = json_array_get(decisions, i), *t = json_array_get(thread, k);

		if (d && (!t || strcmp(json_str(d, "time"), json_str(t, "time")) <= 0)) {
			said_line(d, json_str(d, "verdict"), json_str(d, "comment"));
			i++;
		} else {
			said_line(t, "comment", json_str(t, "text"));
			k++;
		}
	}
}

/* The export that this one is asked for instead of: what was said there is what this one answers. */
int export_revised(struct cli *c, const json_t *export, struct spe_error *e)
{
	const char *id = json_str(export, "revises");
	auto_free char *path = talk_path("/v1/exports/%s", id);
	auto_json json_t *earlier = NULL;
	int r;

	if (!id[0])
		return 0;
	r = talk_get(c->talk, path, &earlier, e);
	if (r < 0)
		return r;
	show_line("export %s, which this one revises, is %s", id, json_str(earlier, "state"));
	export_said(earlier);
	return 0;
}

static bool checked(const json_t *export)
{
	return strcmp(json_str(export, "state"), "checking") != 0;
}

/* The text after "FILE=" of this file's next --describe, or NULL. */
static const char *description_next(const struct cli *c, const char *file, size_t *at)
{
	size_t n = strlen(file);
	const char *text;

	while ((text = cli_each(c, "describe", at)))
		if (strncmp(text, file, n) == 0 && text[n] == '=' && text[n + 1])
			return text + n + 1;
	return NULL;
}

static bool asked_for(const struct cli *c, const char *file, size_t n)
{
	int i;

	for (i = 1; i < c->operands; i++)
		if (strlen(c->operand[i]) == n && memcmp(c->operand[i], file, n) == 0)
			return true;
	return false;
}

static int describes_check(struct cli *c, struct spe_error *e)
{
	const char *text;
	size_t at = 0;

	if (c->operands - 1 > SPE_EXPORT_FILES_MAX)
		return spe_fail(
			e, SPE_E_INPUT, "an export takes at most %d files", SPE_EXPORT_FILES_MAX);
	while ((text = cli_each(c, "describe", &at))) {
		if (!strchr(text, '='))
			return cli_wrong(c, e, "--describe \"%.60s\" is not FILE=TEXT", text);
		if (!asked_for(c, text, strcspn(text, "=")))
			return cli_wrong(c, e,
				"--describe names %.*s, which is not among the files",
				(int)strcspn(text, "=") > 100 ? 100 : (int)strcspn(text, "="),
				text);
	}
	return 0;
}

static int files_ask(struct cli *c, json_t *files, struct spe_error *e)
{
	int r = describes_check(c, e), i;

	for (i = 1; i < c->operands && r == 0; i++) {
		size_t at = 0;
		const char *text = description_next(c, c->operand[i], &at);

		if (!text) {
			spe_fail(e, SPE_E_INPUT,
				"%s has no description; checkers need to know what it shows",
				c->operand[i]);
			spe_remedy(e, "try: --describe \"%.100s=what it shows\"", c->operand[i]);
			return -SPE_E_INPUT;
		}
		if (description_next(c, c->operand[i], &at))
			return cli_wrong(c, e, "%s is described twice; checkers read one text of a file", c->operand[i]);
		if ((r = cmd_utf8(c->operand[i], "a file's name", e)) == 0 &&
			(r = cmd_utf8(text, "a description", e)) == 0)
			json_array_append_new(files,
				json_pack("{s:s,s:s}", "name", c->operand[i], "description", text));
	}
	return r;
}

/* Blocked, or sent back or withdrawn before it was told of: it does not leave. */
static bool stands(const json_t *export)
{
	const char *state = json_str(export, "state");

	return strcmp(state, "pending") == 0 || strcmp(state, "approved") == 0 || strcmp(state, "released") == 0;
}

static int export_wait(struct cli *c, const char *id, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/exports/%s", id);
	const struct follow f = { path, "export", id, true, checked };
	auto_json json_t *export = NULL;
	int r = follow_until(c, &f, &export, e);

	if (r < 0)
		return r;
	if (cli_json(c)) {
		show_json(export);
	} else {
		export_files(export);
		show_line("export %s is %s%s%s", id, json_str(export, "state"), json_str(export, "reason")[0] ? ": " : "",
			json_str(export, "reason"));
		if (strcmp(json_str(export, "state"), "pending") == 0)
			show_line("next: checkers decide; spe-cli export show %s says how far they are", id);
	}
	return stands(export) ? 0 : spe_code_exit(SPE_E_REFUSED);
}

int cmd_export_request(struct cli *c, struct spe_error *e)
{
	const char *context = cli_has(c, "context") ? cli_value(c, "context") : "";
	auto_json json_t *files = json_array(), *answer = NULL;
	const char *revises = cli_has(c, "revises") ? cli_value(c, "revises") : NULL;
	int r = cmd_utf8(context, "the context", e);

	if (r == 0 && revises)
		r = cmd_utf8(revises, "an export's id", e);

	if (r == 0)
		r = cmd_utf8(c->operand[0], "a job's id", e);
	if (r == 0)
		r = files_ask(c, files, e);
	if (r == 0)
		r = talk_post(c->talk, "/v1/exports",
			json_pack("{s:s,s:O,s:s,s:s*}", "job", c->operand[0], "files", files, "context",
				context, "revises", revises),
			&answer, e);
	if (r < 0)
		return r;
	if (!cli_has(c, "detach")) {
		show_note("export %s is asked for", json_str(answer, "export"));
		return export_wait(c, json_str(answer, "export"), e);
	}
	cmd_answer(c, answer, "%s", json_str(answer, "export"));
	return 0;
}

int cmd_export_show(struct cli *c, struct spe_error *e)
{
	static const struct show_column fields[] = {
		{ "export", "export" },
		{ "workspace", "workspace" },
		{ "job", "job" },
		{ "requester", "requester" },
		{ "requested", "requested" },
		{ "state", "state" },
		{ "reason", "reason" },
		{ "approvals", "approvals" },
		{ "needed", "needed" },
		{ "stale", "STALE" },
		{ "revises", "revises" },
		{ "context", "context" },
		{ NULL, NULL },
	};
	auto_free char *path = talk_path("/v1/exports/%s", c->operand[0]);
	auto_json json_t *export = NULL;
	int r = talk_get(c->talk, path, &export, e);

	if (r < 0)
		return r;
	if (cli_json(c)) {
		show_json(export);
		return 0;
	}
	show_as_time(export, "requested");
	show_fields(export, fields);
	export_files(export);
	export_said(export);
	if (strcmp(json_str(export, "state"), "returned") == 0)
		show_line("next: change what the comment asks for, run again, and: spe-cli export request JOB FILE... --revises %s",
			c->operand[0]);
	return export_revised(c, export, e);
}

int cmd_export_comment(struct cli *c, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/exports/%s/comments", c->operand[0]);
	auto_json json_t *answer = NULL;
	const char *text;
	int r = cli_want(c, "comment", &text, e);

	if (r == 0)
		r = cmd_utf8(text, "the comment", e);
	if (r == 0)
		r = talk_post(c->talk, path, json_pack("{s:s}", "text", text), &answer, e);
	if (r == 0 && cli_json(c))
		show_json(answer);
	else if (r == 0)
		export_said(answer);
	return r;
}

int cmd_export_withdraw(struct cli *c, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/exports/%s/withdraw", c->operand[0]);
	auto_json json_t *answer = NULL;
	int r = talk_post(c->talk, path, NULL, &answer, e);

	if (r == 0)
		cmd_answer(c, answer, "export %s is withdrawn", c->operand[0]);
	return r;
}
