/* spe-cli/cmd_whoami.c - whoami, doctor. */
#include <string.h>

#include "spe-cli/commands.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "sped/base/json.h"

int cmd_whoami(struct cli *c, struct spe_error *e)
{
	static const struct show_column columns[] = {
		{ "workspace", "WORKSPACE" },
		{ "roles", "ROLES" },
		{ NULL, NULL },
	};
	auto_json json_t *me = NULL;
	int r = talk_get(c->talk, "/v1/whoami", &me, e);
	auto_free char *roles = NULL;

	if (r < 0)
		return r;
	if (cli_json(c)) {
		show_json(me);
		return 0;
	}
	roles = show_value(json_object_get(me, "roles"));
	if (json_str(me, "person")[0])
		show_line("%s (uid %lld)%s%s", json_str(me, "person"),
			(long long)json_int(me, "uid"), roles && roles[0] ? ": " : "",
			roles ? roles : "");
	else
		show_line(
			"uid %lld is not registered; an operator can do that with spe-cli user add",
			(long long)json_int(me, "uid"));
	if (json_array_size(json_object_get(me, "workspaces")) > 0)
		show_list(false, json_object_get(me, "workspaces"), columns);
	return 0;
}

int cmd_doctor(struct cli *c, struct spe_error *e)
{
	static const struct show_column columns[] = {
		{ "check", "CHECK" },
		{ "verdict", "VERDICT" },
		{ "detail", "DETAIL" },
		{ "cost", "COST" },
		{ NULL, NULL },
	};
	auto_json json_t *answer = NULL;
	const json_t *item;
	int r = talk_get(c->talk, "/v1/doctor", &answer, e), status = 0;
	size_t i;

	if (r < 0)
		return r;
	show_list(cli_json(c), json_object_get(answer, "items"), columns);
	json_array_foreach(json_object_get(answer, "items"), i, item)
		if (strcmp(json_str(item, "verdict"), "fail") == 0)
			status = 1;
	return status;
}
