/* spe-cli/cmd_workspace.c - workspace list, show, stage. */
#include <stdio.h>
#include <string.h>

#include "spe-cli/commands.h"
#include "spe-cli/follow.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "sped/base/json.h"

int cmd_workspace_list(struct cli *c, struct spe_error *e)
{
	static const struct show_column columns[] = {
		{ "workspace", "WORKSPACE" },
		{ "state", "STATE" },
		{ "halted", "HALTED" },
		{ "roles", "ROLES" },
		{ "until", "UNTIL" },
		{ NULL, NULL },
	};

	return cmd_list(c, "/v1/workspaces", columns, e);
}

/* Numbers as people read them; the JSON has them as they came. */
static void humanise(json_t *w)
{
	json_t *limits = json_object_get(w, "limits"), *data;
	auto_free char *progress = json_object_get(w, "progress") ? show_progress(json_object_get(w, "progress")) : NULL;
	char cpus[32];
	size_t i;

	if (progress)
		json_object_set_new(w, "progress", json_string(progress));

	show_as_bytes(limits, "memory");
	show_as_bytes(limits, "disk");
	show_as_seconds(limits, "time");
	if (json_is_integer(json_object_get(limits, "cpus"))) {
		snprintf(cpus, sizeof(cpus), "%g", (double)json_int(limits, "cpus") / 1000);
		json_object_set_new(limits, "cpus", json_string(cpus));
	}
	show_as_time(w, "until");
	json_array_foreach(json_object_get(w, "data"), i, data)
		show_as_bytes(data, "bytes");
}

/* {"a":1,"b":0} as "a 1"; nothing where all is 0. */
static json_t *counts(const json_t *o)
{
	char text[400] = "";
	const char *name;
	json_t *n;
	size_t at = 0;

	json_object_foreach((json_t *)(uintptr_t)o, name, n)
		if (json_number_value(n) > 0 && at < sizeof(text))
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s %.*f", at ? ", " : "", name,
				json_is_real(n) ? 3 : 0, json_number_value(n));
	return json_string(text);
}

/* Operators are told where opt-outs that are heeded could not be looked for. */
static void note_unheeded(const json_t *data)
{
	const json_t *table;
	size_t i;

	json_array_foreach(data, i, table)
		if (json_is_null(json_object_get(json_object_get(table, "left_out"), "opt_out")))
			show_note("%s %s has no personal identity numbers: nobody who opted out is left out of it, whoever its rows are about",
				json_str(table, "holding"), json_str(table, "table"));
}

/* For operators: why rows are not there, and how well the rest hides. */
static void show_left_out(json_t *data)
{
	static const struct show_column columns[] = {
		{ "table", "TABLE" },
		{ "left_out", "ROWS LEFT OUT" },
		{ "invalid", "NUMBERS THAT ARE NONE" },
		{ "misfits", "VALUES THAT DO NOT FIT" },
		{ "risk", "RISK" },
		{ NULL, NULL },
	};
	static const char *const parts[] = { "left_out", "invalid", "misfits", "risk" };
	bool any = false;
	json_t *table;
	size_t i, k;

	note_unheeded(data);
	json_array_foreach(data, i, table)
		for (k = 0; k < sizeof(parts) / sizeof(parts[0]); k++) {
			const json_t *part = json_object_get(table, parts[k]);

			any |= part != NULL;
			json_object_set_new(table, parts[k], counts(part));
		}
	if (!any)
		return;
	show_line("%s", "");
	show_list(false, data, columns);
}

static void show_parts(const json_t *w)
{
	static const struct show_column people[] = {
		{ "person", "PERSON" },
		{ "roles", "ROLES" },
		{ NULL, NULL },
	};
	static const struct show_column data[] = {
		{ "holding", "HOLDING" },
		{ "table", "TABLE" },
		{ "file", "WHOLE FILE" },
		{ "rows", "ROWS" },
		{ "bytes", "SIZE" },
		{ "sha256", "SHA256" },
		{ NULL, NULL },
	};
	static const struct show_column registers[] = {
		{ "holding", "OPT-OUTS" },
		{ "table", "TABLE" },
		{ "rows", "ROWS" },
		{ "invalid", "NUMBERS THAT ARE NONE" },
		{ NULL, NULL },
	};
	static const struct show_column limits[] = {
		{ "cpus", "processors" },
		{ "memory", "memory" },
		{ "time", "time for a job" },
		{ "processes", "processes" },
		{ NULL, NULL },
	};

	show_fields(json_object_get(w, "limits"), limits);
	show_line("%s", "");
	show_list(false, json_object_get(w, "people"), people);
	show_line("%s", "");
	show_list(false, json_object_get(w, "data"), data);
	show_left_out(json_object_get(w, "data"));
	if (json_object_get(w, "opt_out")) {
		show_line("%s", "");
		show_list(false, json_object_get(w, "opt_out"), registers);
	}
}

int cmd_workspace_show(struct cli *c, struct spe_error *e)
{
	static const struct show_column fields[] = {
		{ "workspace", "workspace" },
		{ "state", "state" },
		{ "halted", "halted" },
		{ "progress", "progress" },
		{ "error", "error" },
		{ "permit_version", "permit version" },
		{ "purpose", "purpose" },
		{ "until", "until" },
		{ "runtimes", "runtimes" },
		{ "missing_runtimes", "runtimes not on this host" },
		{ "conditions", "conditions" },
		{ NULL, NULL },
	};
	auto_free char *path = talk_path("/v1/workspaces/%s", c->operand[0]);
	auto_json json_t *workspace = NULL;
	int r = talk_get(c->talk, path, &workspace, e);

	if (r < 0)
		return r;
	if (cli_json(c)) {
		show_json(workspace);
		return 0;
	}
	humanise(workspace);
	show_fields(workspace, fields);
	show_parts(workspace);
	return 0;
}

static bool staged(const json_t *workspace)
{
	return strcmp(json_str(workspace, "state"), "staging") != 0;
}

int workspace_settle(struct cli *c, const char *workspace, json_t **ret, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/workspaces/%s", workspace);
	const struct follow f = { path, "workspace", workspace, false, staged };
	auto_json json_t *w = NULL;
	int r = follow_until(c, &f, &w, e);

	if (r < 0)
		return r;
	if (strcmp(json_str(w, "state"), "ready") != 0) {
		spe_fail(e, SPE_E_INTERNAL, "workspace %s is %s%s%s", workspace,
			json_str(w, "state"), json_str(w, "error")[0] ? ": " : "",
			json_str(w, "error"));
		spe_remedy(e, "try: spe-cli workspace stage %s, once the cause is gone", workspace);
		return -SPE_E_INTERNAL;
	}
	note_unheeded(json_object_get(w, "data"));
	*ret = spe_take_ptr(&w);
	return 0;
}

int cmd_workspace_stage(struct cli *c, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/workspaces/%s/stage", c->operand[0]);
	auto_json json_t *answer = NULL;
	int r = talk_post(c->talk, path, NULL, &answer, e);

	if (r == 0)
		cmd_answer(c, answer, "workspace %s is being staged", c->operand[0]);
	return r;
}
