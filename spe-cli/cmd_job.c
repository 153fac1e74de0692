/* spe-cli/cmd_job.c - job list, show, wait, cancel, log. */
#include <string.h>

#include "spe-cli/commands.h"
#include "spe-cli/follow.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "sped/base/json.h"

static const struct show_column output_columns[] = {
	{ "name", "OUTPUT" },
	{ "size", "BYTES" },
	{ NULL, NULL },
};

int cmd_job_list(struct cli *c, struct spe_error *e)
{
	static const struct show_column columns[] = {
		{ "job", "JOB" },
		{ "workspace", "WORKSPACE" },
		{ "state", "STATE" },
		{ "owner", "OWNER" },
		{ "submitted", "SUBMITTED" },
		{ "reason", "REASON" },
		{ NULL, NULL },
	};
	auto_free char *path = c->operands ? talk_path("/v1/jobs?workspace=%s", c->operand[0])
					   : talk_path("/v1/jobs");

	return cmd_list(c, path, columns, e);
}

static void show_outputs(const json_t *job)
{
	static const struct show_column skipped[] = {
		{ "reason", "NOT KEPT" },
		{ "count", "FILES" },
		{ NULL, NULL },
	};

	if (json_array_size(json_object_get(job, "outputs")) > 0)
		show_list(false, json_object_get(job, "outputs"), output_columns);
	if (json_array_size(json_object_get(job, "skipped")) > 0)
		show_list(false, json_object_get(job, "skipped"), skipped);
}

static bool completed(const json_t *job)
{
	return strcmp(json_str(job, "result"), "completed") == 0;
}

static bool over(const json_t *job)
{
	return strcmp(json_str(job, "state"), "captured") == 0 ||
	       strcmp(json_str(job, "state"), "gone") == 0;
}

int job_end(struct cli *c, const char *id, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/jobs/%s", id);
	const struct follow f = { path, "job", id, true, over };
	auto_json json_t *job = NULL;
	int r = follow_until(c, &f, &job, e);

	if (r < 0)
		return r;
	if (cli_json(c)) {
		show_json(job);
	} else {
		show_line("job %s: %s", id,
			json_str(job, "reason")[0] ? json_str(job, "reason")
						   : json_str(job, "result"));
		show_outputs(job);
	}
	return completed(job) ? 0 : 1;
}

int cmd_job_wait(struct cli *c, struct spe_error *e)
{
	return job_end(c, c->operand[0], e);
}

int cmd_job_show(struct cli *c, struct spe_error *e)
{
	static const struct show_column fields[] = {
		{ "job", "job" },
		{ "workspace", "workspace" },
		{ "state", "state" },
		{ "owner", "owner" },
		{ "command", "command" },
		{ "submitted", "submitted" },
		{ "started", "started" },
		{ "finished", "finished" },
		{ "result", "result" },
		{ "reason", "reason" },
		{ "exit", "exit status" },
		{ "limits", "limits" },
		{ NULL, NULL },
	};
	auto_free char *path = talk_path("/v1/jobs/%s", c->operand[0]);
	auto_json json_t *job = NULL;
	int r = talk_get(c->talk, path, &job, e);

	if (r < 0)
		return r;
	if (cli_json(c)) {
		show_json(job);
		return 0;
	}
	show_fields(job, fields);
	show_outputs(job);
	return 0;
}

int cmd_job_cancel(struct cli *c, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/jobs/%s/cancel", c->operand[0]);
	auto_json json_t *job = NULL;
	int r = talk_post(c->talk, path, NULL, &job, e);

	if (r == 0)
		cmd_answer(c, job, "job %s is cancelled", c->operand[0]);
	return r;
}

static json_t *logs_of(const json_t *job)
{
	json_t *logs = json_array(), *item;
	size_t i;

	json_array_foreach(json_object_get(job, "outputs"), i, item)
		if (strcmp(json_str(item, "name"), "stdout.txt") == 0 ||
			strcmp(json_str(item, "name"), "stderr.txt") == 0)
			json_array_append(logs, item);
	return logs;
}

int cmd_job_log(struct cli *c, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/jobs/%s", c->operand[0]);
	auto_json json_t *job = NULL, *logs = NULL;
	int r = talk_get(c->talk, path, &job, e);

	if (r < 0)
		return r;
	logs = logs_of(job);
	show_list(cli_json(c), logs, output_columns);
	if (json_array_size(logs) == 0)
		show_note("job %s has no log%s", c->operand[0], over(job) ? "" : " yet");
	else
		show_note(
			"logs are outputs, stdout.txt and stderr.txt: spe-cli export request %s asks for them",
			c->operand[0]);
	return 0;
}
