/* spe-cli/cmd_issuer.c - issuer add, revoke, list. */
#include "spe-cli/commands.h"
#include "spe-cli/registry.h"
#include "spe/cleanup.h"
#include "sped/base/json.h"

int cmd_issuer_add(struct cli *c, struct spe_error *e)
{
	auto_free char *key = NULL;
	int r = cmd_utf8(c->operand[0], "the issuer", e);

	if (r == 0)
		r = registry_file(c->operand[1], &key, e);
	return r < 0 ? r : registry_propose(c, json_pack("[o]", registry_set(c, c->operand[0], "issuer", key)), e);
}

int cmd_issuer_revoke(struct cli *c, struct spe_error *e)
{
	return registry_revoke(c, "issuer", e);
}

int cmd_issuer_list(struct cli *c, struct spe_error *e)
{
	static const struct show_column columns[] = {
		{ "issuer", "ISSUER" },
		{ "state", "STATE" },
		{ "fingerprint", "KEY" },
		{ NULL, NULL },
	};

	return cmd_list(c, "/v1/issuers", columns, e);
}
