/* spe-cli/cmd_catalogue.c - catalogue search, show. */
#include "spe-cli/commands.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"

int cmd_catalogue_search(struct cli *c, struct spe_error *e)
{
	static const struct show_column columns[] = {
		{ "holding", "HOLDING" },
		{ "title", "TITLE" },
		{ "tables", "TABLES" },
		{ NULL, NULL },
	};
	auto_buf struct buf words = { 0 };
	auto_free char *path = NULL;
	int i;

	for (i = 0; i < c->operands; i++)
		buf_fmt(&words, "%s%s", i ? " " : "", c->operand[i]);
	if (words.bad)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	path = words.len ? talk_path("/v1/catalogue?q=%s", words.p) : talk_path("/v1/catalogue");
	return cmd_list(c, path, columns, e);
}

static void show_table(const json_t *table)
{
	static const struct show_column columns[] = {
		{ "name", "VARIABLE" },
		{ "datatype", "TYPE" },
		{ "identifier", "IDENTIFIER" },
		{ "title", "TITLE" },
		{ "description", "DESCRIPTION" },
		{ NULL, NULL },
	};
	const char *title = json_str(table, "title");

	show_line("%s", "");
	show_line("table %s%s%s", json_str(table, "name"), title[0] ? ": " : "", title);
	show_list(false, json_object_get(table, "columns"), columns);
}

int cmd_catalogue_show(struct cli *c, struct spe_error *e)
{
	static const struct show_column fields[] = {
		{ "id", "holding" },
		{ "title", "title" },
		{ "description", "description" },
		{ "holder", "holder" },
		{ "keyword", "keywords" },
		{ NULL, NULL },
	};
	auto_free char *path = talk_path("/v1/catalogue/%s", c->operand[0]);
	auto_json json_t *holding = NULL;
	const json_t *table;
	int r = talk_get(c->talk, path, &holding, e);
	size_t i;

	if (r < 0)
		return r;
	if (cli_json(c)) {
		show_json(holding);
		return 0;
	}
	show_fields(holding, fields);
	json_array_foreach(json_object_get(holding, "tables"), i, table)
		show_table(table);
	return 0;
}
