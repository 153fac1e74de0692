/* spe-cli/cmd_audit.c - audit verify, search. */
#include <stdio.h>
#include <string.h>

#include "spe-cli/commands.h"
#include "spe-cli/talk.h"
#include "spe-cli/value.h"
#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX 100000

int cmd_audit_verify(struct cli *c, struct spe_error *e)
{
	static const struct show_column fields[] = {
		{ "records", "records" },
		{ "head", "head" },
		{ "checked", "checked" },
		{ "registry", "registry" },
		{ NULL, NULL },
	};
	auto_json json_t *answer = NULL;
	const json_t *item;
	int r = talk_get(c->talk, "/v1/audit/verify", &answer, e);
	size_t i;

	if (r < 0)
		return r;
	if (cli_json(c)) {
		show_json(answer);
	} else {
		show_fields(answer, fields);
		json_array_foreach(json_object_get(answer, "problems"), i, item)
			show_line("problem: %s",
				json_is_string(item) ? json_string_value(item) : "unnamed");
		show_line("%s", json_flag(answer, "ok") ? "verified" : "NOT verified");
	}
	return json_flag(answer, "ok") ? 0 : 1;
}

/* The columns, and the chain's hashes, which --json gives. */
static bool left_out(const char *field)
{
	static const char *const fields[] = {
		"seq", "time", "actor", "action", "workspace", "prev", "hash",
	};
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strcmp(field, fields[i]) == 0)
			return true;
	return false;
}

/* What a record says beyond its columns, as "field value, ...". */
static void detail_add(json_t *record)
{
	auto_buf struct buf b = { 0 };
	const char *field;
	json_t *v;

	json_object_foreach(record, field, v) {
		auto_free char *text = left_out(field) ? NULL : show_value(v);

		if (text && text[0])
			buf_fmt(&b, "%s%s %s", b.len ? ", " : "", field, text);
	}
	json_object_set_new(record, "detail of it", json_string(b.p ? b.p : ""));
}

static void query_add(struct buf *path, const struct cli *c, const char *option)
{
	auto_free char *encoded = cli_has(c, option) ? talk_path("%s", cli_value(c, option)) : NULL;

	if (encoded)
		buf_fmt(path, "&%s=%s", option, encoded);
}

int cmd_audit_search(struct cli *c, struct spe_error *e)
{
	static const struct show_column columns[] = {
		{ "seq", "RECORD" },
		{ "time", "TIME" },
		{ "actor", "ACTOR" },
		{ "action", "ACTION" },
		{ "workspace", "WORKSPACE" },
		{ "detail of it", "DETAIL" },
		{ NULL, NULL },
	};
	const char *limit_text = cli_has(c, "limit") ? cli_value(c, "limit") : NULL;
	auto_json json_t *answer = NULL;
	auto_buf struct buf path = { 0 };
	int64_t from, limit;
	json_t *record;
	size_t i;
	int r;

	if ((r = value_count(cli_value(c, "from"), "from", INT64_C(1) << 52, &from, e)) < 0 ||
		(r = value_count(limit_text, "limit", LIMIT_MAX, &limit, e)) < 0)
		return r;
	buf_fmt(&path, "/v1/audit/records?from=%lld&limit=%lld", (long long)from,
		(long long)(limit_text ? limit : LIMIT_DEFAULT));
	query_add(&path, c, "actor");
	query_add(&path, c, "action");
	query_add(&path, c, "workspace");
	r = talk_get(c->talk, path.bad ? NULL : path.p, &answer, e);
	if (r < 0)
		return r;
	json_array_foreach(json_object_get(answer, "items"), i, record)
		if (!cli_json(c))
			detail_add(record);
	show_list(cli_json(c), json_object_get(answer, "items"), columns);
	return 0;
}
