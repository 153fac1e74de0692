/* spe-cli/cmd_run.c - run: pack the code, submit the job, wait for its end. */
#include <string.h>

#include "spe-cli/commands.h"
#include "spe-cli/pack.h"
#include "spe-cli/talk.h"
#include "spe-cli/value.h"
#include "spe/cleanup.h"
#include "spe/limits.h"
#include "sped/base/json.h"

struct run {
	int64_t memory, cpus, time, processes;
	json_t *command;
};

static int command_read(const struct cli *c, json_t *command, struct spe_error *e)
{
	int i, r;

	if (c->tails > SPE_ARGV_MAX)
		return spe_fail(e, SPE_E_INPUT, "the command has more than %d words", SPE_ARGV_MAX);
	for (i = 0; i < c->tails; i++) {
		r = cmd_utf8(c->tail[i], "the command", e);
		if (r < 0)
			return r;
		json_array_append_new(command, json_string(c->tail[i]));
	}
	return 0;
}

static int limits_read(const struct cli *c, struct run *run, struct spe_error *e)
{
	int r = value_bytes(cli_value(c, "memory"), "memory", &run->memory, e);

	if (r == 0)
		r = value_milli(cli_value(c, "cpus"), "cpus", &run->cpus, e);
	if (r == 0)
		r = value_seconds(cli_value(c, "time"), "time", &run->time, e);
	if (r == 0)
		r = value_count(
			cli_value(c, "processes"), "processes", INT32_MAX, &run->processes, e);
	return r;
}

/* "" where no code goes along. */
static int bundle_send(struct cli *c, char ret[16], struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/bundles?workspace=%s", c->operand[0]);
	const char *dir = cli_value(c, "code");
	auto_json json_t *answer = NULL;
	auto_close int fd = -1;
	int r;

	ret[0] = '\0';
	if (!dir)
		return 0;
	r = pack_directory(dir, &fd, e);
	if (r == 0)
		r = talk_send(c->talk, "POST", path, fd, &answer, e);
	if (r == 0 && strlen(json_str(answer, "bundle")) != 8)
		return spe_fail(e, SPE_E_INTERNAL, "sped's answer names no bundle");
	if (r == 0)
		memcpy(ret, json_str(answer, "bundle"), 9);
	return r;
}

static json_t *request(const struct cli *c, const struct run *run, const char *bundle)
{
	const char *runtime = cli_value(c, "runtime");

	return json_pack("{s:s?,s:s*,s:O,s:s*,s:I,s:I,s:I,s:I}", "bundle", bundle[0] ? bundle : NULL,
		"profile", cli_value(c, "profile"), "command", run->command, "runtime", runtime, "memory",
		(json_int_t)run->memory, "cpus", (json_int_t)run->cpus, "time",
		(json_int_t)run->time, "processes", (json_int_t)run->processes);
}

static int submit(struct cli *c, const struct run *run, json_t **ret, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/workspaces/%s/jobs", c->operand[0]);
	json_t *body;
	char bundle[16];
	int r = cli_has(c, "runtime") ? cmd_utf8(cli_value(c, "runtime"), "the runtime", e) : 0;

	if (r == 0 && cli_has(c, "profile"))
		r = cmd_utf8(cli_value(c, "profile"), "the profile", e);
	if (r == 0)
		r = bundle_send(c, bundle, e);
	if (r < 0)
		return r;
	body = request(c, run, bundle);
	return body ? talk_post(c->talk, path, body, ret, e)
		    : spe_fail(e, SPE_E_INTERNAL, "out of memory");
}

int cmd_run(struct cli *c, struct spe_error *e)
{
	auto_json json_t *command = json_array(), *answer = NULL;
	struct run run = { .command = command };
	int r = limits_read(c, &run, e);

	if (r == 0)
		r = command_read(c, command, e);
	if (r == 0)
		r = submit(c, &run, &answer, e);
	if (r < 0)
		return r;
	if (!cli_has(c, "detach")) {
		show_note("job %s is submitted", json_str(answer, "job"));
		return job_end(c, json_str(answer, "job"), e);
	}
	cmd_answer(c, answer, "%s", json_str(answer, "job"));
	return 0;
}
