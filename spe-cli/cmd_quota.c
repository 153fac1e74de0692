/* spe-cli/cmd_quota.c - quota: what each permit uses of what it may. */
#include <stdio.h>
#include <string.h>

#include "spe-cli/commands.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "sped/base/json.h"

/* {"used":N or null,"most":N} as "3 of 1000", bytes in MiB, the next whole one of what is used. */
static void as_share(json_t *row, const char *name, bool bytes)
{
	const json_t *share = json_object_get(row, name), *used = json_object_get(share, "used");
	long long most = json_int(share, "most"), n = json_integer_value(used);
	char text[80], of[32];

	if (bytes)
		n = (n + (1 << 20) - 1) >> 20;
	snprintf(of, sizeof(of), "%lld%s", bytes ? most >> 20 : most, bytes ? " MiB" : "");
	if (json_is_integer(used))
		snprintf(text, sizeof(text), "%lld of %s", n, of);
	else
		snprintf(text, sizeof(text), "of %s", of); /* a size that policy does not show */
	json_object_set_new(row, name, json_string(text));
}

int cmd_quota(struct cli *c, struct spe_error *e)
{
	static const struct show_column columns[] = {
		{ "workspace", "WORKSPACE" },
		{ "queued", "QUEUED" },
		{ "running", "RUNNING" },
		{ "code", "CODE" },
		{ "outputs", "OUTPUTS" },
		{ "exports", "EXPORTS" },
		{ NULL, NULL },
	};
	auto_json json_t *answer = NULL;
	json_t *items, *row;
	size_t i, k;
	int r = talk_get(c->talk, "/v1/quotas", &answer, e);

	if (r < 0)
		return r;
	items = json_object_get(answer, "items");
	json_array_foreach(items, i, row)
		for (k = 1; columns[k].field && !cli_json(c); k++)
			as_share(row, columns[k].field, strcmp(columns[k].field, "code") == 0 || strcmp(columns[k].field, "outputs") == 0);
	show_list(cli_json(c), items, columns);
	return 0;
}
