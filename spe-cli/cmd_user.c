/* spe-cli/cmd_user.c - user add, list, key. */
#include <string.h>

#include "spe-cli/commands.h"
#include "spe-cli/talk.h"
#include "spe-cli/value.h"
#include "spe/cleanup.h"
#include "sped/base/json.h"

static int role_add(struct cli *c, json_t *roles, const char *role, struct spe_error *e)
{
	if (strcmp(role, "operator") != 0 && strcmp(role, "auditor") != 0 &&
		strcmp(role, "holder") != 0)
		return cli_wrong(c, e,
			"there is no role \"%.60s\"; researchers and checkers are named by permits, --role takes operator, auditor or holder",
			role);
	json_array_append_new(roles, json_string(role));
	return 0;
}

int cmd_user_add(struct cli *c, struct spe_error *e)
{
	auto_json json_t *answer = NULL, *roles = json_array();
	const char *person = c->operand[0], *uid_text, *role;
	int64_t uid;
	size_t at = 0;
	int r;

	if ((r = cli_want(c, "uid", &uid_text, e)) < 0 ||
		(r = value_count(uid_text, "uid", 0xfffffffe, &uid, e)) < 0)
		return r;
	if (!name_ok(person))
		return spe_fail(e, SPE_E_INPUT,
			"\"%.60s\" can't be a person's id: letters, digits, '.', '_' and '-', a letter or digit first",
			person);
	while ((role = cli_each(c, "role", &at)))
		if ((r = role_add(c, roles, role, e)) < 0)
			return r;
	r = talk_post(c->talk, "/v1/people",
		json_pack(
			"{s:s,s:I,s:O}", "person", person, "uid", (json_int_t)uid, "roles", roles),
		&answer, e);
	if (r == 0)
		cmd_answer(c, answer, "%s is registered with uid %lld", person, (long long)uid);
	return r;
}

static void fingerprints(json_t *person)
{
	json_t *prints = json_array();
	const json_t *key;
	size_t i;

	json_array_foreach(json_object_get(person, "keys"), i, key)
		json_array_append(prints, json_object_get(key, "fingerprint"));
	json_object_set_new(person, "prints", prints);
}

int cmd_user_list(struct cli *c, struct spe_error *e)
{
	static const struct show_column columns[] = {
		{ "person", "PERSON" },
		{ "uid", "UID" },
		{ "roles", "ROLES" },
		{ "prints", "KEYS" },
		{ NULL, NULL },
	};
	auto_json json_t *answer = NULL;
	int r = talk_get(c->talk, "/v1/people", &answer, e);
	json_t *person;
	size_t i;

	if (r < 0)
		return r;
	json_array_foreach(json_object_get(answer, "items"), i, person)
		if (!cli_json(c))
			fingerprints(person);
	show_list(cli_json(c), json_object_get(answer, "items"), columns);
	return 0;
}

int cmd_user_key(struct cli *c, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/people/%s/keys", c->operand[0]);
	auto_json json_t *answer = NULL;
	auto_free char *key = NULL;
	int r = file_key(c->operand[1], &key, e);

	if (r == 0)
		r = cmd_utf8(key, "a public key", e);
	if (r == 0)
		r = talk_post(c->talk, path, json_pack("{s:s}", "key", key), &answer, e);
	if (r == 0)
		cmd_answer(c, answer, "%s signs with %s from now on", c->operand[0],
			json_str(answer, "fingerprint"));
	return r;
}
