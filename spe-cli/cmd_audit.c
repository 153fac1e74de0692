/* spe-cli/cmd_audit.c - audit search. */
#include <stdio.h>
#include <string.h>

#include "spe-cli/commands.h"
#include "spe-cli/talk.h"
#include "spe-cli/value.h"
#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX 1000

/* The columns, and the chain's hashes, which --json gives. */
static bool left_out(const char *field)
{
	static const char *const fields[] = {
		"seq", "time", "actor", "action", "workspace", "prev", "hash", "records of it",
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

/* What was asked for is recorded before it is done, and where it was refused that is another record, which names the first: people
 * read the two as one. Returns the records without such first ones. */
static json_t *records_joined(const json_t *items)
{
	json_t *joined = json_array(), *record;
	auto_json json_t *seen = json_object();
	char text[64];
	size_t i;

	json_array_foreach(items, i, record) {
		snprintf(text, sizeof(text), "%lld", (long long)json_int(record, "seq"));
		json_object_set(seen, text, record);
	}
	json_array_foreach(items, i, record) {
		json_int_t asked = json_int(json_object_get(record, "object"), "asked");

		snprintf(text, sizeof(text), "%lld", (long long)asked);
		if (asked <= 0 || !json_object_get(seen, text))
			continue;
		json_object_del(seen, text);
		snprintf(text, sizeof(text), "%lld, %lld", (long long)asked, (long long)json_int(record, "seq"));
		json_object_set_new(record, "records of it", json_string(text));
	}
	json_array_foreach(items, i, record) {
		snprintf(text, sizeof(text), "%lld", (long long)json_int(record, "seq"));
		if (!json_object_get(record, "records of it"))
			json_object_set_new(record, "records of it", json_string(text));
		if (json_object_get(seen, text))
			json_array_append(joined, record);
	}
	return joined;
}

static void query_add(struct buf *path, const struct cli *c, const char *option)
{
	auto_free char *encoded = cli_has(c, option) ? talk_path("%s", cli_value(c, option)) : NULL;

	if (encoded)
		buf_fmt(path, "&%s=%s", option, encoded);
}

/* Up to limit records from *from on, added to items; *from: where it goes on, 0 at the journal's end. sped gives fewer at once where
 * they are large or far between. */
static int records_get(struct cli *c, json_int_t *from, size_t limit, json_t *items, struct spe_error *e)
{
	const size_t most = json_array_size(items) + limit;
	int r = 0;

	do {
		auto_json json_t *answer = NULL;
		auto_buf struct buf path = { 0 };

		buf_fmt(&path, "/v1/audit/records?from=%lld&limit=%zu", (long long)*from, most - json_array_size(items));
		query_add(&path, c, "actor");
		query_add(&path, c, "action");
		query_add(&path, c, "workspace");
		r = talk_get(c->talk, path.bad ? NULL : path.p, &answer, e);
		json_array_extend(items, json_object_get(answer, "items"));
		*from = json_int(answer, "next");
	} while (r == 0 && *from > 0 && json_array_size(items) < most);
	return r;
}

static bool is_answer(const json_t *record, const json_t *items)
{
	const json_int_t asked = json_int(json_object_get(record, "object"), "asked");
	json_t *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)items, i, one)
		if (asked > 0 && json_int(one, "seq") == asked)
			return true;
	return false;
}

/* The first record behind those asked for, if there is one: whether there is more is said, and what was refused is shown as that also
 * where they end between the two records of it. */
static int rest_tell(struct cli *c, json_int_t from, json_t *items, struct spe_error *e)
{
	auto_json json_t *more = json_array();
	int r = from > 0 ? records_get(c, &from, 1, more, e) : 0;

	if (r < 0)
		return r;
	if (!cli_json(c) && is_answer(json_array_get(more, 0), items))
		json_array_extend(items, more);
	else if (json_array_size(more) > 0)
		from = json_int(json_array_get(more, 0), "seq");
	if (from > 0)
		show_note("more may follow: go on with --from %lld", (long long)from);
	return 0;
}

int cmd_audit_search(struct cli *c, struct spe_error *e)
{
	static const struct show_column columns[] = {
		{ "records of it", "RECORD" },
		{ "time", "TIME" },
		{ "actor", "ACTOR" },
		{ "action", "ACTION" },
		{ "workspace", "WORKSPACE" },
		{ "detail of it", "DETAIL" },
		{ NULL, NULL },
	};
	const char *limit_text = cli_has(c, "limit") ? cli_value(c, "limit") : NULL;
	auto_json json_t *items = json_array(), *joined = NULL;
	int64_t first, limit;
	json_int_t from;
	json_t *record;
	size_t i;
	int r;

	if ((r = value_count(cli_value(c, "from"), "from", INT64_C(1) << 52, &first, e)) < 0 ||
		(r = value_count(limit_text, "limit", LIMIT_MAX, &limit, e)) < 0)
		return r;
	from = first;
	r = records_get(c, &from, limit_text ? (size_t)limit : LIMIT_DEFAULT, items, e);
	if (r == 0)
		r = rest_tell(c, from, items, e);
	if (r < 0)
		return r;
	if (cli_json(c)) {
		show_list(true, items, columns);
		return 0;
	}
	joined = records_joined(items);
	json_array_foreach(joined, i, record)
		detail_add(record);
	show_list(false, joined, columns);
	return 0;
}
