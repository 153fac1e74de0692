/* spe-cli/cmd_issuer.c - issuer add, list. */
#include "spe-cli/commands.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "sped/base/json.h"

int cmd_issuer_add(struct cli *c, struct spe_error *e)
{
	auto_json json_t *answer = NULL;
	auto_free char *key = NULL;
	int r = cmd_utf8(c->operand[0], "the issuer", e);

	if (r == 0)
		r = file_key(c->operand[1], &key, e);
	if (r == 0)
		r = cmd_utf8(key, "a public key", e);
	if (r == 0)
		r = talk_post(c->talk, "/v1/issuers",
			json_pack("{s:s,s:s}", "issuer", c->operand[0], "key", key), &answer, e);
	if (r == 0)
		cmd_answer(c, answer, "permits of %s are taken from now on", c->operand[0]);
	return r;
}

int cmd_issuer_list(struct cli *c, struct spe_error *e)
{
	static const struct show_column columns[] = {
		{ "issuer", "ISSUER" },
		{ "fingerprint", "KEY" },
		{ NULL, NULL },
	};

	return cmd_list(c, "/v1/issuers", columns, e);
}
