/* spe-cli/cmd_peer.c - peer add, revoke, list, show: other speds, whose checkpoints this one keeps. */
#include <string.h>

#include "spe-cli/commands.h"
#include "spe-cli/registry.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "spe/evidence.h"
#include "sped/base/json.h"

int cmd_peer_add(struct cli *c, struct spe_error *e)
{
	return registry_enrol(c, "peer", e);
}

int cmd_peer_revoke(struct cli *c, struct spe_error *e)
{
	return registry_revoke(c, "peer", e);
}

/* What is kept of the peer with this key; NULL: nothing. */
static const json_t *seen_of(const json_t *seen, const json_t *peer)
{
	char origin[ORIGIN_MAX + 1];
	json_t *one;
	size_t i;

	if (checkpoint_origin(json_str(peer, "key"), origin, NULL) < 0)
		return NULL;
	json_array_foreach(json_object_get(seen, "items"), i, one)
		if (strcmp(json_str(one, "origin"), origin) == 0)
			return one;
	return NULL;
}

static int peers_get(struct cli *c, json_t *ret, struct spe_error *e)
{
	auto_json json_t *registry = NULL, *seen = NULL;
	json_t *one;
	size_t i;
	int r = talk_get(c->talk, "/v1/registry", &registry, e);

	if (r == 0)
		r = talk_get(c->talk, "/v1/audit/seen", &seen, e);
	json_array_foreach(r < 0 ? NULL : json_object_get(registry, "items"), i, one) {
		const json_t *kept = seen_of(seen, one);

		if (strcmp(json_str(one, "role"), "peer") != 0 || json_int(one, "ended") != 0)
			continue;
		json_array_append_new(ret, json_pack("{s:O,s:O,s:O,s:O*,s:O*,s:O*}", "peer", json_object_get(one, "name"), "state",
			json_object_get(one, "state"), "fingerprint", json_object_get(one, "fingerprint"), "records", json_object_get(kept, "size"),
			"seen", json_object_get(kept, "time"), "checkpoint", json_object_get(kept, "checkpoint")));
	}
	return r;
}

int cmd_peer_list(struct cli *c, struct spe_error *e)
{
	static const struct show_column columns[] = { { "peer", "PEER" }, { "state", "STATE" }, { "records", "RECORDS" }, { "seen", "SEEN" },
		{ "fingerprint", "KEY" }, { NULL, NULL } };
	auto_json json_t *peers = json_array();
	int r = peers_get(c, peers, e);

	if (r == 0)
		show_list(cli_json(c), peers, columns);
	return r;
}

int cmd_peer_show(struct cli *c, struct spe_error *e)
{
	auto_json json_t *peers = json_array();
	int r = peers_get(c, peers, e);
	json_t *one;
	size_t i;

	json_array_foreach(r < 0 ? NULL : peers, i, one)
		if (strcmp(json_str(one, "peer"), c->operand[0]) == 0 && json_object_get(one, "checkpoint")) {
			if (cli_json(c))
				show_json(one);
			else
				show_line("%s", json_str(one, "checkpoint"));
			return 0;
		}
	return r < 0 ? r : spe_fail(e, SPE_E_NOT_FOUND, "no checkpoint is kept of a peer %.100s", c->operand[0]);
}
