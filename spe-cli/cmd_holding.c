/* spe-cli/cmd_holding.c - holding list, verify, give, key, remove. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spe-cli/commands.h"
#include "spe-cli/follow.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"

/* One row for each table, with the holding's own fields in it. */
static json_t *rows_of(const json_t *items)
{
	json_t *rows = json_array();
	const json_t *holding, *table;
	size_t i, k;

	json_array_foreach(items, i, holding)
		json_array_foreach(json_object_get(holding, "tables"), k, table) {
			json_t *row = json_copy((json_t *)(uintptr_t)table);

			json_object_set(row, "holding", json_object_get(holding, "holding"));
			json_object_set(row, "holder", json_object_get(holding, "holder"));
			json_object_set(row, "person", json_object_get(holding, "person"));
			json_array_append_new(rows, row);
		}
	return rows;
}

int cmd_holding_list(struct cli *c, struct spe_error *e)
{
	static const struct show_column columns[] = {
		{ "holding", "HOLDING" },
		{ "table", "TABLE" },
		{ "state", "STATE" },
		{ "version", "VERSION" },
		{ "rows", "ROWS" },
		{ "bytes", "BYTES" },
		{ "holder", "HOLDER" },
		{ "person", "GIVEN TO" },
		{ "error", "ERROR" },
		{ NULL, NULL },
	};
	auto_json json_t *answer = NULL, *rows = NULL;
	int r = talk_get(c->talk, "/v1/holdings", &answer, e);

	if (r < 0)
		return r;
	rows = rows_of(json_object_get(answer, "items"));
	show_list(cli_json(c), cli_json(c) ? json_object_get(answer, "items") : rows, columns);
	return 0;
}

int cmd_holding_remove(struct cli *c, struct spe_error *e)
{
	return cmd_remove(c, "holdings", "holding", e);
}

int cmd_holding_give(struct cli *c, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/holdings/%s/give", c->operand[0]);
	const char *person = c->operands > 1 ? c->operand[1] : NULL;
	auto_json json_t *answer = NULL;
	int r = person ? cmd_utf8(person, "a person's id", e) : 0;

	if (r == 0)
		r = talk_post(c->talk, path, json_pack("{s:s?}", "person", person), &answer, e);
	if (r == 0)
		cmd_answer(c, answer, person ? "holding %s is given to %s" : "holding %s is nobody's but the operators'", c->operand[0], person);
	return r;
}

static bool verified(const json_t *holding)
{
	return !json_flag(holding, "verifying");
}

/* The first that differs, or was not compared, is the error. */
static int compared(const struct cli *c, const json_t *holding, struct spe_error *e)
{
	const json_t *table;
	bool any = false;
	size_t i;
	int r = 0;

	json_array_foreach(json_object_get(holding, "tables"), i, table) {
		const char *name = json_str(table, "table");
		const json_t *same = json_object_get(table, "same");

		if (!*json_str(table, "sha256")) /* no file of it was ever taken in */
			continue;
		any = true;
		if (json_is_true(same) && !cli_json(c))
			show_line("table %s is as it was taken in: sha256 %s", name, json_str(table, "sha256"));
		else if (json_is_false(same) && r == 0)
			r = spe_fail(e, SPE_E_TAMPERED, "table %s is not the file that was taken in: its SHA-256 differs", name);
		else if (json_is_null(same) && r == 0)
			r = spe_fail(e, SPE_E_INTERNAL, "table %s could not be compared; sped's log says why", name);
	}
	return any || r < 0 ? r : spe_fail(e, SPE_E_CONFLICT, "holding %s has no table that could be compared", json_str(holding, "holding"));
}

int cmd_holding_verify(struct cli *c, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/holdings/%s", c->operand[0]), *verb = talk_path("/v1/holdings/%s/verify", c->operand[0]);
	const struct follow f = { path, "holding", c->operand[0], false, verified };
	auto_json json_t *answer = NULL, *after = NULL;
	int r = talk_post(c->talk, verb, NULL, &answer, e);

	if (r == 0)
		r = follow_until(c, &f, &after, e);
	if (r < 0)
		return r;
	if (cli_json(c))
		show_json(after);
	return compared(c, after, e);
}

/* As a public key file of Crypt4GH's tools. */
static int key_write(struct cli *c, const char *base64, struct spe_error *e)
{
	const char *file = cli_value(c, "output");
	auto_buf struct buf b = { 0 };

	buf_fmt(&b, "-----BEGIN CRYPT4GH PUBLIC KEY-----\n%s\n-----END CRYPT4GH PUBLIC KEY-----\n", base64);
	if (b.bad)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	if (!file) {
		fwrite(b.p, 1, b.len, stdout);
		return 0;
	}
	return file_whole(file, b.p, b.len, e);
}

int cmd_holding_key(struct cli *c, struct spe_error *e)
{
	auto_json json_t *keys = NULL;
	const char *base64;
	int r = talk_get(c->talk, "/v1/keys", &keys, e);

	if (r < 0)
		return r;
	base64 = json_str(keys, "crypt4gh");
	if (strlen(base64) != 44 || strspn(base64, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") != 44)
		return spe_fail(e, SPE_E_INTERNAL, "sped gave no Crypt4GH key");
	if (!cli_json(c) || cli_has(c, "output"))
		r = key_write(c, base64, e);
	if (r < 0 || !cli_json(c))
		return r;
	json_object_del(keys, "release");
	show_json(keys);
	return 0;
}
