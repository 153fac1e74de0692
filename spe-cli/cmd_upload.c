/* spe-cli/cmd_upload.c - upload: the files of tables that have not come whole, or wait to be taken in. `holding add` brings them. */
#include <stdio.h>

#include "spe-cli/commands.h"
#include "spe-cli/show.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "sped/base/json.h"

/* "3 MiB of 470 MiB" */
static void as_share(json_t *row)
{
	char have[SHOW_TEXT], all[SHOW_TEXT], text[2 * SHOW_TEXT + 8];

	show_bytes(json_int(row, "offset"), have);
	show_bytes(json_int(row, "bytes"), all);
	snprintf(text, sizeof(text), "%s of %s", have, all);
	json_object_set_new(row, "offset", json_string(text));
}

int cmd_upload_list(struct cli *c, struct spe_error *e)
{
	static const struct show_column columns[] = {
		{ "upload", "UPLOAD" },
		{ "holding", "HOLDING" },
		{ "table", "TABLE" },
		{ "person", "BY" },
		{ "offset", "CAME" },
		{ "state", "STATE" },
		{ NULL, NULL },
	};
	auto_json json_t *answer = NULL;
	json_t *items, *row;
	size_t i;
	int r = talk_get(c->talk, "/v1/uploads", &answer, e);

	if (r < 0)
		return r;
	items = json_object_get(answer, "items");
	json_array_foreach(items, i, row)
		if (!cli_json(c))
			as_share(row);
	show_list(cli_json(c), items, columns);
	return 0;
}

int cmd_upload_remove(struct cli *c, struct spe_error *e)
{
	return cmd_remove(c, "uploads", "upload", e);
}
