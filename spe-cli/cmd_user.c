/* spe-cli/cmd_user.c - user add, list, key, revoke. */
#include <string.h>

#include "spe-cli/commands.h"
#include "spe-cli/registry.h"
#include "spe-cli/talk.h"
#include "spe-cli/value.h"
#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"

static int role_add(struct cli *c, json_t *roles, const char *role, struct spe_error *e)
{
	if (strcmp(role, "operator") != 0 && strcmp(role, "auditor") != 0 &&
		strcmp(role, "holder") != 0 && strcmp(role, "witness") != 0)
		return cli_wrong(c, e,
			"there is no role \"%.60s\"; researchers and checkers are named by permits, --role takes operator, auditor, holder or witness",
			role);
	json_array_append_new(roles, json_string(role));
	return 0;
}

int cmd_user_add(struct cli *c, struct spe_error *e)
{
	auto_json json_t *answer = NULL, *roles = json_array();
	auto_buf struct buf said = { 0 };
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
		else
			buf_fmt(&said, "%s%s", said.len ? ", " : ": ", role);
	r = talk_post(c->talk, "/v1/people",
		json_pack(
			"{s:s,s:I,s:O}", "person", person, "uid", (json_int_t)uid, "roles", roles),
		&answer, e);
	if (r == 0)
		cmd_answer(c, answer, "%s is registered with uid %lld and %s role%s", person, (long long)uid, said.len ? "the" : "no",
			said.len && !said.bad ? said.p : "");
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

/* One entry for all of them, so that two signatures do. */
int cmd_user_key(struct cli *c, struct spe_error *e)
{
	size_t at = 0;
	const char *given = cli_each(c, "role", &at), *role = given ? given : "checker";
	auto_json json_t *changes = json_array();
	int i, r;

	if (strcmp(role, "checker") != 0 && strcmp(role, "operator") != 0)
		return cli_wrong(c, e, "nobody signs as \"%.60s\"; --role takes checker or operator here", role);
	if (cli_each(c, "role", &at))
		return cli_wrong(c, e, "--role is given twice; a key has one role");
	if (strcmp(role, "operator") == 0 && cli_has(c, "team"))
		return cli_wrong(c, e, "--team is for checkers; operators have none");
	if (c->operands % 2 != 0)
		return cli_wrong(c, e, "each person needs the file of a key");
	r = registry_options(c, e);
	for (i = 0; i < c->operands && r == 0; i += 2) {
		auto_free char *key = NULL;

		r = cmd_utf8(c->operand[i], "a person's id", e);
		if (r == 0)
			r = registry_file(c->operand[i + 1], &key, e);
		if (r == 0 && json_array_append_new(changes, registry_set(c, c->operand[i], role, key)) < 0)
			r = spe_fail(e, SPE_E_INTERNAL, "out of memory");
	}
	if (r < 0)
		return r;
	return registry_propose(c, json_incref(changes), e);
}

int cmd_user_revoke(struct cli *c, struct spe_error *e)
{
	return registry_revoke(c, NULL, e);
}
