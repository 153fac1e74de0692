/* spe-cli/cmd_job.c - job list, show, wait, cancel, log. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "spe-cli/commands.h"
#include "spe-cli/follow.h"
#include "spe-cli/show.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "sped/base/json.h"

#define CHECKS_WAIT 20 /* seconds: the checks of usual outputs are done in two */

static const struct show_column output_columns[] = {
	{ "name", "NAME" },
	{ "size", "SIZE" },
	{ "pass", "PASS" },
	{ "review", "REVIEW" },
	{ "block", "BLOCK" },
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

	return cmd_list_timed(c, path, "submitted", columns, e);
}

/* For people: sizes in their units, the numbers of each check beside the name. What is not known stays empty. */
static json_t *outputs_table(const json_t *outputs)
{
	static const char *const numbers[] = { "pass", "review", "block" };
	json_t *table = json_array(), *copy;
	const json_t *o;
	size_t i, k;

	json_array_foreach(outputs, i, o) {
		const json_t *checks = json_object_get(o, "checks");

		copy = json_copy((json_t *)(uintptr_t)o);
		show_as_bytes(copy, "size");
		for (k = 0; k < 3; k++)
			if (json_is_integer(json_object_get(checks, numbers[k])))
				json_object_set(copy, numbers[k], json_object_get(checks, numbers[k]));
		json_array_append_new(table, copy);
	}
	return table;
}

static json_int_t blocks(const json_t *output)
{
	return json_int(json_object_get(output, "checks"), "block");
}

/* What to do now: ask for the first file that could leave, or mend what could not. */
static void next_show(const json_t *job)
{
	const json_t *o;
	size_t i, blocked = 0, files = 0;
	const char *name = "";

	json_array_foreach(json_object_get(job, "outputs"), i, o) {
		files++;
		blocked += blocks(o) > 0;
		if (!name[0] && blocks(o) == 0)
			name = json_str(o, "name");
	}
	if (files == 0)
		return;
	if (blocked > 0)
		show_fold(2, "blocked: %zu of %zu; spe-cli export request %s FILE --describe \"FILE=what it shows\" names the rules; change what the script writes: a file with a block can't leave",
			blocked, files, json_str(job, "job"));
	if (blocked < files)
		show_fold(2, "next: spe-cli export request %s %s --describe \"%s=what it shows\"", json_str(job, "job"),
			name[0] ? name : "FILE", name[0] ? name : "FILE");
}

static void show_outputs(const json_t *job)
{
	static const struct show_column skipped[] = {
		{ "reason", "NOT KEPT" },
		{ NULL, NULL },
	};
	auto_json json_t *table = outputs_table(json_object_get(job, "outputs"));

	if (json_array_size(table) > 0)
		show_list(false, table, output_columns);
	if (strcmp(json_str(job, "checks"), "pending") == 0)
		show_line("the checks are not done yet: spe-cli job show %s", json_str(job, "job"));
	if (json_array_size(json_object_get(job, "skipped")) > 0)
		show_list(false, json_object_get(job, "skipped"), skipped);
	next_show(job);
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

/* The checks go on by themselves; *job is asked for again until they are done or it has been some time. Where that fails it stays as it
 * is known. */
static void checks_wait(struct cli *c, const char *path, json_t **job)
{
	auto_free char *until = NULL;
	json_t *again = NULL;
	struct spe_error e = { 0 };

	if (strcmp(json_str(*job, "checks"), "pending") != 0)
		return;
	show_note("the outputs are being checked");
	if (asprintf(&until, "%s?wait=%d&until=checked", path, CHECKS_WAIT) < 0)
		until = NULL;
	if (talk_get(c->talk, until, &again, &e) < 0) {
		show_note("they are not waited for: %s", e.text);
		return;
	}
	json_decref(*job);
	*job = again;
}

/* "1.2 s"; times have whole seconds, so that shorter is "under 1 s". */
static void took_add(json_t *job)
{
	const char *from = json_str(job, "started"), *to = json_str(job, "finished");
	struct tm a = { 0 }, b = { 0 };
	char text[SHOW_TEXT] = "under 1 s";
	long long s;

	if (!strptime(from, "%Y-%m-%dT%H:%M:%S", &a) || !strptime(to, "%Y-%m-%dT%H:%M:%S", &b))
		return;
	s = (long long)timegm(&b) - (long long)timegm(&a);
	if (s < 0)
		return;
	if (s > 0)
		show_ms(s * 1000, text);
	json_object_set_new(job, "took", json_string(text));
}

/* "2 processors, 2 GiB of memory, 30 min, 512 processes" */
static void limits_add(json_t *job)
{
	const json_t *l = json_object_get(job, "limits");
	json_int_t cpus = json_int(l, "cpus"), processes = json_int(l, "processes");
	char memory[SHOW_TEXT], time[SHOW_TEXT], text[256];

	if (!json_is_object(l))
		return;
	show_bytes(json_int(l, "memory"), memory);
	show_ms(json_int(l, "time") * 1000, time);
	snprintf(text, sizeof(text), "%g processor%s, %s of memory, %s, %lld processes", (double)cpus / 1000, cpus == 1000 ? "" : "s",
		memory, time, (long long)processes);
	json_object_set_new(job, "limits", json_string(text));
}

int job_end(struct cli *c, const char *id, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/jobs/%s", id);
	const struct follow f = { path, "job", id, true, over };
	auto_json json_t *job = NULL;
	int r = follow_until(c, &f, &job, e);

	if (r < 0)
		return r;
	checks_wait(c, path, &job);
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
		{ "runtime", "runtime" },
		{ "submitted", "submitted" },
		{ "started", "started" },
		{ "finished", "finished" },
		{ "took", "took" },
		{ "result", "result" },
		{ "reason", "reason" },
		{ "exit", "exit status" },
		{ "profile", "profile" },
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
	took_add(job);
	limits_add(job);
	show_as_command(job, "command");
	show_as_time(job, "submitted");
	show_as_time(job, "started");
	show_as_time(job, "finished");
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

int cmd_job_remove(struct cli *c, struct spe_error *e)
{
	int i, r = 0;

	for (i = 0; i < c->operands && r == 0; i++) {
		auto_free char *path = talk_path("/v1/jobs/%s/outputs", c->operand[i]);
		auto_json json_t *job = NULL;
		size_t left;

		r = talk_delete(c->talk, path, &job, e);
		if (r < 0)
			break;
		left = json_array_size(json_object_get(job, "outputs"));
		if (left == 0)
			cmd_answer(c, job, "the outputs of job %s are removed", c->operand[i]);
		else
			cmd_answer(c, job, "the outputs of job %s are removed, but for %zu that an export needs", c->operand[i], left);
	}
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
	auto_json json_t *job = NULL, *logs = NULL, *table = NULL;
	const char *first;
	int r = talk_get(c->talk, path, &job, e);

	if (r < 0)
		return r;
	logs = logs_of(job);
	table = outputs_table(logs);
	show_list(cli_json(c), cli_json(c) ? logs : table, output_columns);
	first = json_str(json_array_get(logs, 0), "name");
	if (json_array_size(logs) == 0)
		show_note("job %s has no log%s", c->operand[0], over(job) ? "" : " yet");
	else
		show_note(
			"logs are outputs, stdout.txt and stderr.txt: spe-cli export request %s %s --describe \"%s=what it shows\" asks for one",
			c->operand[0], first, first);
	return 0;
}
