/* spe-cli/cmd_registry.c - registry list, pending, confirm, withdraw, adopt, export; see registry.h. What is signed is what is
 * shown: the entry's own text, as it came. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "spe-cli/commands.h"
#include "spe-cli/registry.h"
#include "spe-cli/sign.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "spe/registry.h"
#include "sped/base/buf.h"
#include "sped/base/hex.h"
#include "sped/base/json.h"

#define CHANGES "/v1/registry/changes"

/* ---- one change ---- */

int registry_file(const char *path, char **ret, struct spe_error *e)
{
	char canonical[SSHKEY_TEXT_MAX];
	auto_free char *text = NULL;
	struct spe_error why;
	int r = file_key(path, &text, e);

	if (r < 0)
		return r;
	if (sshkey_check(text, canonical, NULL, &why) < 0)
		return spe_fail(e, SPE_E_INPUT, "%s: %s", path, why.text);
	*ret = strdup(canonical);
	return *ret ? 0 : spe_fail(e, SPE_E_INTERNAL, "out of memory");
}

int registry_options(const struct cli *c, struct spe_error *e)
{
	static const char *const options[] = { "team", "valid-from", "valid-until" };
	size_t i;
	int r = 0;

	for (i = 0; i < sizeof(options) / sizeof(options[0]) && r == 0; i++)
		if (cli_has(c, options[i]))
			r = cmd_utf8(cli_value(c, options[i]), options[i], e);
	return r;
}

json_t *registry_set(const struct cli *c, const char *name, const char *role, const char *key)
{
	return json_pack("{s:s,s:s,s:s,s:s?,s:s?,s:s?}", "set", name, "role", role, "key", key, "team",
		strcmp(role, "checker") == 0 ? cli_value(c, "team") : NULL, "from", cli_value(c, "valid-from"), "until",
		cli_value(c, "valid-until"));
}

json_t *registry_unset(const char *name, const char *key)
{
	return json_pack("{s:s,s:s}", "revoke", name, "key", key);
}

/* To people on stdout; where programs read that, on stderr, for nothing is signed unseen. */
static void say(const struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(const struct cli *c, const char *fmt, ...)
{
	auto_free char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0) {
		show_note("there is no memory to show what would be signed; nothing was");
		exit(1);
	}
	va_end(ap);
	if (cli_json(c))
		show_note("%s", text);
	else
		show_line("%s", text);
}

static void change_show(const struct cli *c, const json_t *one)
{
	const char *set = json_str(one, "set"), *team = json_str(one, "team"), *from = json_str(one, "from"), *until = json_str(one, "until");
	char fingerprint[64] = "a key that is none";

	sshkey_check(json_str(one, "key"), NULL, fingerprint, NULL);
	if (set[0])
		say(c, "  %s signs as %s%s%s with %s%s%s%s%s", set, json_str(one, "role"), team[0] ? " of team " : "", team, fingerprint,
			from[0] ? ", from " : "", from, until[0] ? ", until " : "", until);
	else
		say(c, "  %s signs no more with %s", json_str(one, "revoke"), fingerprint);
}

static void changes_show(const struct cli *c, const json_t *entry)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(entry, "changes"), i, one)
		change_show(c, one);
}

/* ---- its id ---- */

/* The SHA-256 of the entry's text, by us: sped could give the id of another entry, which the second operator
 * would then sign. The API goes by the first 8 digits, which can be ground; people see and compare 16. */
#define API_ID 8

static int entry_id(const char *text, const json_t *answer, char ret[SHA256_TEXT], struct spe_error *e)
{
	const char *change = json_str(answer, "change");

	if (sha256_text(text, strlen(text), ret) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "no SHA-256");
	if (strlen(change) == API_ID && strncmp(change, ret, API_ID) == 0)
		return 0;
	return spe_fail(e, SPE_E_TAMPERED, "sped calls change %.16s what is change %.16s; do not confirm it", ret, change);
}

static bool is_id_of(const char *id, const char *sha256)
{
	size_t n = strlen(id);

	return n >= API_ID && n < SHA256_TEXT && strncmp(sha256, id, n) == 0;
}

/* ---- proposing ---- */

static int answer_show(const struct cli *c, const char *text, json_t *answer, struct spe_error *e)
{
	auto_free char *signers = show_value(json_object_get(answer, "signers"));
	auto_json json_t *entry = NULL;
	char sha256[SHA256_TEXT];
	bool made = strcmp(json_str(answer, "state"), "made") == 0;
	int r = entry_id(text, answer, sha256, e);

	if (r == 0)
		r = json_parse(text, strlen(text), "entry", &entry, e);
	if (r < 0)
		return r;
	if (cli_json(c)) {
		json_object_set_new(answer, "entry_sha256", json_string(sha256));
		show_json(answer);
		return 0;
	}
	show_line(made ? "entry %lld of the registry, signed by %s:" : "proposed as entry %lld of the registry, signed by %s:",
		(long long)json_int(answer, "entry"), signers ? signers : "");
	changes_show(c, entry);
	if (!made)
		show_line("another operator has to sign it: spe-cli registry confirm %.16s", sha256);
	return 0;
}

/* As the entry behind the newest one that sped knows of; whether that is so the gate says. */
static int entry_make(struct cli *c, json_t *changes, char **ret, struct spe_error *e)
{
	auto_json json_t *now = NULL;
	struct registry r = { 0 };
	time_t t = time(NULL);
	char text[24];
	struct tm tm;
	int done = talk_get(c->talk, "/v1/registry", &now, e);

	if (done < 0)
		return done;
	r.seq = (uint64_t)json_int(now, "entries");
	snprintf(r.head, sizeof(r.head), "%s", json_str(now, "head"));
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
	*ret = registry_text(&r, text, 0, NULL, changes);
	return *ret ? 0 : spe_fail(e, SPE_E_INTERNAL, "out of memory");
}

int registry_propose(struct cli *c, json_t *stolen, struct spe_error *e)
{
	auto_json json_t *changes = stolen, *answer = NULL, *entry = NULL;
	auto_free char *text = NULL, *armor = NULL;
	int r = changes ? 0 : spe_fail(e, SPE_E_INTERNAL, "out of memory");

	if (r == 0)
		r = entry_make(c, changes, &text, e);
	if (r == 0)
		r = json_parse(text, strlen(text), "the entry", &entry, e);
	if (r == 0) { /* keys to adopt or revoke come from sped */
		say(c, "signing:");
		changes_show(c, entry);
	}
	if (r == 0)
		r = sign_bytes(cli_value(c, "key"), REGISTRY_NAMESPACE, text, strlen(text), &armor, e);
	if (r == 0)
		r = talk_post(c->talk, CHANGES, json_pack("{s:s,s:s}", "entry", text, "signature", armor), &answer, e);
	return r < 0 ? r : answer_show(c, text, answer, e);
}

/* ---- looking ---- */

int cmd_registry_list(struct cli *c, struct spe_error *e)
{
	static const struct show_column columns[] = { { "name", "NAME" }, { "role", "ROLE" }, { "state", "STATE" }, { "team", "TEAM" },
		{ "from", "FROM" }, { "until", "UNTIL" }, { "fingerprint", "KEY" }, { NULL, NULL } };
	auto_json json_t *answer = NULL;
	json_t *items, *one;
	int r = talk_get(c->talk, "/v1/registry", &answer, e);
	size_t i;

	if (r < 0)
		return r;
	items = json_object_get(answer, "items");
	json_array_foreach(json_object_get(answer, "unsigned"), i, one) {
		json_object_set_new(one, "state", json_string("unsigned"));
		json_array_append(items, one);
	}
	show_list(cli_json(c), items, columns);
	if (!cli_json(c) && json_array_size(json_object_get(answer, "unsigned")) > 0)
		show_note("unsigned keys do not count; they are proposed by: spe-cli registry adopt");
	return 0;
}

/* *ret is {"change","entry":TEXT,"signer","proposed"}, with the entry read as "read" and its "entry_sha256". */
static int pending_get(struct cli *c, json_t **ret, struct spe_error *e)
{
	json_t *answer = NULL, *one;
	int r = talk_get(c->talk, CHANGES, &answer, e);
	size_t i;

	json_array_foreach(r < 0 ? NULL : json_object_get(answer, "items"), i, one) {
		const char *text = json_str(one, "entry");
		json_t *entry = NULL;
		char sha256[SHA256_TEXT];

		if (r == 0)
			r = entry_id(text, one, sha256, e);
		if (r == 0)
			r = json_parse(text, strlen(text), "the proposed entry", &entry, e);
		if (r < 0)
			break;
		json_object_set_new(one, "read", entry);
		json_object_set_new(one, "entry_sha256", json_string(sha256));
	}
	if (r < 0)
		json_decref(answer);
	else
		*ret = answer;
	return r;
}

int cmd_registry_pending(struct cli *c, struct spe_error *e)
{
	auto_json json_t *answer = NULL;
	int r = pending_get(c, &answer, e);
	json_t *one;
	size_t i;

	json_array_foreach(r < 0 ? NULL : json_object_get(answer, "items"), i, one) {
		const json_t *read = json_object_get(one, "read");

		if (cli_json(c)) {
			json_object_set(one, "entry", (json_t *)(uintptr_t)read);
			json_object_del(one, "read");
			show_json(one);
			continue;
		}
		show_line("change %.16s, signed by %s at %s:", json_str(one, "entry_sha256"), json_str(one, "signer"), json_str(one, "proposed"));
		changes_show(c, read);
		show_line("another operator signs it by: spe-cli registry confirm %.16s", json_str(one, "entry_sha256"));
	}
	if (r == 0 && !cli_json(c) && json_array_size(json_object_get(answer, "items")) == 0)
		show_line("no change waits for a signature");
	return r;
}

/* ---- the second signature ---- */

/* By 8 of its digits or more. *ret is the caller's. */
static int pending_find(struct cli *c, const char *id, json_t **ret, struct spe_error *e)
{
	auto_json json_t *answer = NULL;
	int r = pending_get(c, &answer, e);
	json_t *one;
	size_t i;

	if (r < 0)
		return r;
	json_array_foreach(json_object_get(answer, "items"), i, one)
		if (is_id_of(id, json_str(one, "entry_sha256"))) {
			*ret = json_incref(one);
			return 0;
		}
	spe_fail(e, SPE_E_NOT_FOUND, "no change %.20s waits for a signature", id);
	spe_remedy(e, "try: spe-cli registry pending");
	return -SPE_E_NOT_FOUND;
}

static char *change_path(const json_t *pending)
{
	return talk_path(CHANGES "/%s", json_str(pending, "change"));
}

int cmd_registry_confirm(struct cli *c, struct spe_error *e)
{
	auto_json json_t *pending = NULL, *answer = NULL;
	auto_free char *armor = NULL, *path = NULL;
	const char *text;
	int r = pending_find(c, c->operand[0], &pending, e);

	if (r < 0)
		return r;
	text = json_str(pending, "entry");
	path = change_path(pending);
	say(c, "signing change %.16s, after %s:", json_str(pending, "entry_sha256"), json_str(pending, "signer"));
	changes_show(c, json_object_get(pending, "read"));
	r = sign_bytes(cli_value(c, "key"), REGISTRY_NAMESPACE, text, strlen(text), &armor, e);
	if (r == 0)
		r = talk_post(c->talk, path, json_pack("{s:s}", "signature", armor), &answer, e);
	return r < 0 ? r : answer_show(c, text, answer, e);
}

int cmd_registry_withdraw(struct cli *c, struct spe_error *e)
{
	auto_json json_t *pending = NULL, *answer = NULL;
	auto_free char *path = NULL;
	int r = pending_find(c, c->operand[0], &pending, e);

	if (r < 0)
		return r;
	path = change_path(pending);
	r = talk_delete(c->talk, path, &answer, e);
	if (r == 0)
		cmd_answer(c, answer, "change %s is withdrawn", c->operand[0]);
	return r;
}

/* ---- naming ---- */

int registry_enrol(struct cli *c, const char *role, struct spe_error *e)
{
	auto_free char *key = NULL;
	int r = cmd_utf8(c->operand[0], role, e);

	if (r == 0)
		r = registry_options(c, e);
	if (r == 0)
		r = registry_file(c->operand[1], &key, e);
	return r < 0 ? r : registry_propose(c, json_pack("[o]", registry_set(c, c->operand[0], role, key)), e);
}

/* ---- revoking, and what was there before ---- */

/* role NULL: a person's. */
static bool is_role(const char *have, const char *role)
{
	return role ? strcmp(have, role) == 0 : strcmp(have, "issuer") != 0 && strcmp(have, "peer") != 0;
}

int registry_revoke(struct cli *c, const char *role, struct spe_error *e)
{
	auto_json json_t *answer = NULL, *changes = json_array();
	const char *name = c->operand[0];
	auto_free char *key = NULL;
	json_t *one;
	size_t i;
	int r = c->operands > 1 ? registry_file(c->operand[1], &key, e) : 0;

	if (r == 0)
		r = talk_get(c->talk, "/v1/registry", &answer, e);
	if (r < 0)
		return r;
	json_array_foreach(json_object_get(answer, "items"), i, one)
		if (strcmp(json_str(one, "name"), name) == 0 && is_role(json_str(one, "role"), role) &&
			json_int(one, "ended") == 0 && (!key || strcmp(json_str(one, "key"), key) == 0))
			json_array_append_new(changes, registry_unset(name, json_str(one, "key")));
	if (json_array_size(changes) == 0) {
		spe_fail(e, SPE_E_NOT_FOUND, "the registry has no such key of %.100s", name);
		spe_remedy(e, "try: spe-cli registry list");
		return -SPE_E_NOT_FOUND;
	}
	return registry_propose(c, json_incref(changes), e);
}

int cmd_registry_adopt(struct cli *c, struct spe_error *e)
{
	auto_json json_t *answer = NULL, *changes = json_array();
	json_t *one;
	size_t i;
	int r = talk_get(c->talk, "/v1/registry", &answer, e);

	if (r < 0)
		return r;
	json_array_foreach(json_object_get(answer, "unsigned"), i, one)
		if (json_array_size(changes) < REGISTRY_CHANGES_MAX)
			json_array_append_new(changes, registry_set(c, json_str(one, "name"), json_str(one, "role"), json_str(one, "key")));
	if (json_array_size(changes) == 0)
		return spe_fail(e, SPE_E_CONFLICT, "there are no keys from before the registry");
	return registry_propose(c, json_incref(changes), e);
}

/* ---- for those who trust nobody here ---- */

static int entries_get(struct cli *c, const struct file_out *out, struct spe_error *e)
{
	json_int_t from = 1;
	int r = 0;

	while (r == 0 && from > 0) {
		auto_json json_t *answer = NULL;
		auto_buf struct buf lines = { 0 };
		char path[60];
		json_t *one;
		size_t i;

		snprintf(path, sizeof(path), "/v1/registry/entries?from=%lld", (long long)from);
		r = talk_get(c->talk, path, &answer, e);
		json_array_foreach(r < 0 ? NULL : json_object_get(answer, "items"), i, one) {
			auto_free char *line = show_dump(one, JSON_COMPACT | JSON_PRESERVE_ORDER, out->fd);

			buf_fmt(&lines, "%s\n", line ? line : "");
		}
		from = json_int(answer, "next");
		if (r == 0)
			r = lines.bad ? spe_fail(e, SPE_E_INTERNAL, "out of memory") : file_put(out, lines.p, lines.len, e);
	}
	return r;
}

int cmd_registry_export(struct cli *c, struct spe_error *e)
{
	struct file_out out = { .path = "the registry", .fd = STDOUT_FILENO };
	int r = cli_has(c, "output") ? file_begin(cli_value(c, "output"), 0644, &out, e) : 0;

	return r < 0 ? r : file_end(&out, entries_get(c, &out, e), e);
}
