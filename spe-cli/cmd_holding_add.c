/* spe-cli/cmd_holding_add.c - holding add: a description and its tables' files, large ones in as many goes as it takes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe-cli/commands.h"
#include "spe-cli/follow.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "spe/holding.h"
#include "spe/limits.h"
#include "sped/base/hex.h"
#include "sped/base/json.h"

struct upload {
	char *table;
	int fd;
};

struct uploads {
	struct upload one[SPE_HOLDINGS_MAX];
	int count;
};

static void uploads_end(struct uploads *u)
{
	while (u->count > 0) {
		spe_close_fd(&u->one[--u->count].fd);
		free(u->one[u->count].table);
	}
}

/* All files are opened before anything is sent, so that a wrong name costs nothing. */
static int upload_open(struct cli *c, struct uploads *u, const char *word, const json_t *holding,
	struct spe_error *e)
{
	const char *equals = strchr(word, '=');
	struct upload *one = &u->one[u->count];
	int r;

	if (!equals || equals == word || equals[1] == '\0')
		return cli_wrong(c, e, "\"%.80s\" is not TABLE=FILE", word);
	if (u->count == SPE_HOLDINGS_MAX)
		return spe_fail(e, SPE_E_INPUT, "more than %d tables at once", SPE_HOLDINGS_MAX);
	one->table = strndup(word, (size_t)(equals - word));
	if (!one->table)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	one->fd = -1;
	u->count++;
	if (!holding_table(holding, one->table))
		return spe_fail(
			e, SPE_E_INPUT, "the description has no table \"%.60s\"", one->table);
	r = file_open(equals + 1, "the table's file", &one->fd, e);
	return r;
}

static int description_read(const char *file, json_t **ret, struct spe_error *e)
{
	auto_free char *text = NULL;
	size_t len;
	int r = file_read(file, "the description", SPE_BODY_MAX, &text, &len, e);

	return r < 0 ? r : holding_parse(text, len, ret, e);
}

static const json_t *table_of(const json_t *holding, const char *table)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(holding, "tables"), i, item)
		if (strcmp(json_str(item, "table"), table) == 0)
			return item;
	return NULL;
}

/* A holding settles as a whole: no table is being read any more. */
static bool settled(const json_t *holding)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(holding, "tables"), i, item)
		if (strcmp(json_str(item, "state"), "intake") == 0)
			return false;
	return true;
}

/* The error is a sentence, or an object with code and message. */
static int table_failed(const json_t *table, struct spe_error *e)
{
	const json_t *error = json_object_get(table, "error");
	const char *code = json_str(error, "code");
	const char *sentence =
		json_is_string(error) ? json_string_value(error) : json_str(error, "message");
	enum spe_code known = code[0] ? spe_code_from_name(code) : SPE_E_INPUT;

	spe_fail(e, known, "table %s: %s", json_str(table, "table"),
		sentence[0] ? sentence : "the file could not be read against the description");
	spe_remedy(e, "%s", json_str(error, "remedy"));
	return -(int)known;
}

/* ---- a large file, in as many goes as it takes ---- */

#define IN_PIECES (8 << 20) /* smaller files are sent anew where a go fails */
#define AWAY_MAX 60         /* seconds without sped, or without a byte more */

static int table_announce(struct cli *c, const char *id, const struct upload *u, int64_t size, json_t **ret, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/holdings/%s/tables/%s/uploads", id, u->table);
	char digest[SHA256_TEXT];
	int r = sha256_fd_text(u->fd, digest, NULL);

	if (r < 0)
		return spe_fail(e, SPE_E_INPUT, "the file of table %s can't be read: %s", u->table, strerror(-r));
	return talk_post(c->talk, path, json_pack("{s:I,s:s}", "bytes", (json_int_t)size, "sha256", digest), ret, e);
}

/* What a go came to: more is to be done after a while where sped was away, or another connection is not quite over. */
static bool may_go_on(int r)
{
	return r == -SPE_E_NO_DAEMON || r == -SPE_E_BUSY || r == -SPE_E_CONFLICT;
}

static int table_pieces(struct cli *c, const char *upload, const struct upload *u, int64_t size, int64_t at, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/uploads/%s", upload);
	int away = 0, r = 0;

	while (at < size) {
		auto_json json_t *answer = NULL, *now = NULL;
		auto_free char *piece = NULL;
		int64_t before = at;

		if (!path || asprintf(&piece, "%s?offset=%lld", path, (long long)at) < 0)
			return spe_fail(e, SPE_E_INTERNAL, "out of memory");
		r = talk_send_from(c->talk, piece, u->fd, at, &answer, e);
		if (r < 0 && !may_go_on(r))
			return r;
		if (r < 0 && away == 0)
			show_note("table %s: %s; going on when it can", u->table, e->text);
		if (talk_get(c->talk, path, &now, NULL) == 0)
			at = json_int(now, "offset");
		away = at > before ? 0 : away + 1;
		if (away > AWAY_MAX)
			return r < 0 ? r : spe_fail(e, SPE_E_INTERNAL, "table %s does not get on", u->table);
		if (away > 0)
			sleep(1);
	}
	return 0;
}

static int table_large(struct cli *c, const char *id, const struct upload *u, int64_t size, struct spe_error *e)
{
	auto_json json_t *upload = NULL, *answer = NULL;
	auto_free char *finish = NULL;
	int r = table_announce(c, id, u, size, &upload, e);
	int64_t at = json_int(upload, "offset");

	if (r == 0 && strcmp(json_str(upload, "state"), "intake") == 0)
		return 0; /* all of it came, and somebody waited for it before */
	if (r == 0 && at > 0)
		show_note("table %s: %lld bytes are there already", u->table, (long long)at);
	if (r == 0)
		r = table_pieces(c, json_str(upload, "upload"), u, size, at, e);
	if (r < 0)
		return r;
	finish = talk_path("/v1/uploads/%s/finish", json_str(upload, "upload"));
	return talk_post(c->talk, finish, NULL, &answer, e);
}

static int tables_send(struct cli *c, const char *id, const struct uploads *u, struct spe_error *e)
{
	int i, r = 0;

	for (i = 0; i < u->count && r == 0; i++) {
		auto_free char *path = talk_path("/v1/holdings/%s/tables/%s", id, u->one[i].table);
		auto_json json_t *answer = NULL;
		struct stat st;

		show_note("table %s is sent", u->one[i].table);
		if (fstat(u->one[i].fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= IN_PIECES)
			r = table_large(c, id, &u->one[i], st.st_size, e);
		else
			r = talk_send(c->talk, "PUT", path, u->one[i].fd, &answer, e);
	}
	return r;
}

static void table_ready(const json_t *table)
{
	const char *name = json_str(table, "table"), *path, *column;
	json_t *n;

	show_line("table %s is ready: %lld rows", name, (long long)json_int(table, "rows"));
	json_object_foreach(json_object_get(table, "unknown"), path, n)
		show_note("table %s: in %s, %lld that the description does not have; they are never staged", name,
			*path ? path : "its records", (long long)json_integer_value(n));
	json_object_foreach(json_object_get(table, "numbers"), column, n)
		show_note("table %s: column \"%s\" has %lld values that read as personal identity numbers, and no identifier: they are staged as "
			  "they stand", name, column, (long long)json_integer_value(n));
}

static int tables_wait(struct cli *c, const char *id, const struct uploads *u, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/holdings/%s", id);
	const struct follow f = { path, "holding", id, false, settled };
	auto_json json_t *holding = NULL;
	int r = follow_until(c, &f, &holding, e), i;

	for (i = 0; i < u->count && r == 0; i++) {
		const json_t *table = table_of(holding, u->one[i].table);

		if (strcmp(json_str(table, "state"), "ready") != 0)
			return table_failed(table, e);
		if (!cli_json(c))
			table_ready(table);
	}
	if (r == 0 && cli_json(c))
		show_json(holding);
	return r;
}

int cmd_holding_add(struct cli *c, struct spe_error *e)
{
	__attribute__((cleanup(uploads_end))) struct uploads u = { .count = 0 };
	auto_json json_t *holding = NULL, *answer = NULL;
	int r = description_read(c->operand[0], &holding, e), i;
	const char *id = json_str(holding, "id");

	for (i = 1; i < c->operands && r == 0; i++)
		r = upload_open(c, &u, c->operand[i], holding, e);
	if (r == 0)
		r = talk_post(c->talk, "/v1/holdings", json_incref(holding), &answer, e);
	if (r == 0 && u.count == 0)
		cmd_answer(c, answer, "holding %s is registered; its tables are missing", id);
	if (r == 0 && u.count > 0)
		r = tables_send(c, id, &u, e);
	if (r == 0 && u.count > 0)
		r = tables_wait(c, id, &u, e);
	return r;
}
