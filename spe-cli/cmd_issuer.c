/* spe-cli/cmd_issuer.c - issuer add, revoke, list. */
#include "spe-cli/commands.h"
#include "spe-cli/registry.h"

int cmd_issuer_add(struct cli *c, struct spe_error *e)
{
	return registry_enrol(c, "issuer", e);
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
