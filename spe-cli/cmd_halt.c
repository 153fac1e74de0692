/* spe-cli/cmd_halt.c - halt, resume. */
#include "spe-cli/commands.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "sped/base/json.h"

/* Either a workspace or --all: stopping everything must be meant. */
static int order(struct cli *c, const char *path, json_t **ret, struct spe_error *e)
{
	const char *workspace = c->operands ? c->operand[0] : NULL;
	int r;

	if (!workspace == !cli_has(c, "all"))
		return cli_wrong(c, e, "name one workspace, or give --all");
	r = workspace ? cmd_utf8(workspace, "the workspace", e) : 0;
	return r < 0 ? r
		     : talk_post(
			       c->talk, path, json_pack("{s:s?}", "workspace", workspace), ret, e);
}

int cmd_halt(struct cli *c, struct spe_error *e)
{
	auto_json json_t *answer = NULL;
	int r = order(c, "/v1/halt", &answer, e);

	if (r == 0)
		cmd_answer(c, answer, "%s: %lld jobs are stopped; none starts until spe-cli resume",
			c->operands ? c->operand[0] : "all workspaces",
			(long long)json_int(answer, "stopped"));
	return r;
}

int cmd_resume(struct cli *c, struct spe_error *e)
{
	auto_json json_t *answer = NULL;
	int r = order(c, "/v1/resume", &answer, e);

	if (r == 0)
		cmd_answer(c, answer, "%s: jobs start again",
			c->operands ? c->operand[0] : "all workspaces");
	return r;
}
