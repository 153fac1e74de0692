/* spe-cli/cmd_catalogue.c - catalogue search, show, export. */
#include <stdio.h>
#include <string.h>

#include "spe-cli/commands.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"

/* What was found, as "table.variable"; in JSON it stays under "matches" alone. */
static void variables_join(json_t *items)
{
	json_t *item, *match;
	size_t i, k;

	json_array_foreach(items, i, item) {
		json_t *list = json_array();

		json_array_foreach(json_object_get(item, "matches"), k, match)
			json_array_append_new(list, json_sprintf("%s.%s", json_str(match, "table"), json_str(match, "variable")));
		json_object_set_new(item, "variables", list);
	}
}

int cmd_catalogue_search(struct cli *c, struct spe_error *e)
{
	static const struct show_column columns[] = {
		{ "holding", "HOLDING" },
		{ "title", "TITLE" },
		{ "tables", "TABLES" },
		{ "variables", "VARIABLES" },
		{ NULL, NULL },
	};
	auto_json json_t *answer = NULL;
	auto_buf struct buf words = { 0 };
	auto_free char *path = NULL;
	int i;

	for (i = 0; i < c->operands; i++)
		buf_fmt(&words, "%s%s", i ? " " : "", c->operand[i]);
	if (words.bad)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	path = words.len ? talk_path("/v1/catalogue?q=%s", words.p) : talk_path("/v1/catalogue");
	i = talk_get(c->talk, path, &answer, e);
	if (i < 0)
		return i;
	if (!cli_json(c))
		variables_join(json_object_get(answer, "items"));
	show_list(cli_json(c), json_object_get(answer, "items"), columns);
	return 0;
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

/* ---- export ---- */

static int dataset_get(struct cli *c, const char *holding, json_t **ret, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/catalogue/%s/dcat", holding);

	return talk_get(c->talk, path, ret, e);
}

/* All that are complete, under one context; the rest is named. */
static int catalogue_get(struct cli *c, json_t **ret, struct spe_error *e)
{
	auto_json json_t *list = NULL, *datasets = json_array(), *context = NULL;
	json_t *item;
	size_t i;
	int r = talk_get(c->talk, "/v1/catalogue", &list, e);

	json_array_foreach(json_object_get(list, "items"), i, item) {
		auto_json json_t *dataset = NULL;
		struct spe_error why = { 0 };
		int one = dataset_get(c, json_str(item, "holding"), &dataset, &why);

		if (one == -SPE_E_CONFLICT || one == -SPE_E_NOT_FOUND) {
			show_note("%s", why.text);
			continue;
		}
		if (one < 0) {
			*e = why;
			return one;
		}
		if (!context)
			context = json_incref(json_object_get(dataset, "@context"));
		json_object_del(dataset, "@context");
		json_array_append(datasets, dataset);
	}
	if (r < 0)
		return r;
	if (!context)
		return spe_fail(e, SPE_E_CONFLICT, "no holding has all that HealthDCAT-AP asks for");
	*ret = json_pack("{s:O,s:s,s:s,s:s,s:s,s:O}", "@context", context, "@id", "urn:spe:catalogue", "@type", "dcat:Catalog", "dct:title",
		"Holdings", "dct:description", "The holdings of this secure processing environment", "dcat:dataset", datasets);
	return *ret ? 0 : spe_fail(e, SPE_E_INTERNAL, "out of memory");
}

int cmd_catalogue_export(struct cli *c, struct spe_error *e)
{
	auto_json json_t *graph = NULL;
	auto_free char *text = NULL, *line = NULL;
	int r = c->operands > 0 ? dataset_get(c, c->operand[0], &graph, e) : catalogue_get(c, &graph, e);

	if (r < 0)
		return r;
	if (!cli_has(c, "output")) {
		(cli_json(c) ? show_json : show_json_indented)(graph);
		return 0;
	}
	text = json_dumps(graph, (cli_json(c) ? JSON_COMPACT : JSON_INDENT(1)) | JSON_PRESERVE_ORDER);
	if (!text || asprintf(&line, "%s\n", text) < 0) {
		line = NULL;
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	}
	return file_whole(cli_value(c, "output"), line, strlen(line), e);
}
