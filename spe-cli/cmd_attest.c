/* spe-cli/cmd_attest.c - attest: what the kernel says of running jobs. */
#include <string.h>

#include "spe-cli/commands.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "sped/base/json.h"

int cmd_attest(struct cli *c, struct spe_error *e)
{
	static const struct show_column columns[] = {
		{ "job", "JOB" },
		{ "verdict", "VERDICT" },
		{ "article", "ARTICLE" },
		{ "evidence", "EVIDENCE" },
		{ NULL, NULL },
	};
	auto_json json_t *answer = NULL;
	const json_t *items, *item;
	auto_free char *path = c->operands ? talk_path("/v1/attest/%s", c->operand[0]) : talk_path("/v1/attest");
	int r, status = 0;
	size_t i;

	r = talk_get(c->talk, path, &answer, e);
	if (r < 0)
		return r;
	items = json_object_get(answer, "items");
	if (json_array_size(items) == 0 && !cli_json(c)) {
		show_line("no job is running; attest reads running jobs");
		return 0;
	}
	show_list(cli_json(c), items, columns);
	json_array_foreach(items, i, item)
		if (strcmp(json_str(item, "verdict"), "ok") != 0)
			status = 1;
	return status;
}
