/* engine/registry.c - the gate's registry of keys, as the engine carries it: it holds what one operator has signed until a second
 * one has, and the gate verifies both. What is lost or changed here is proposed anew; nothing here can make a key count. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sped/base/hex.h"
#include "sped/engine/engine.h"
#include "spe/registry.h"

int registry_show(struct engine *e, struct call *c, json_t **ret)
{
	int r = gate_ask(e, GATE_REGISTRY, json_object(), ret, NULL, &c->err);

	return r < 0 ? r : 200;
}

int registry_entries(struct engine *e, struct call *c, json_t **ret)
{
	char text[24];
	int r = gate_ask(e, GATE_REGISTRY_ENTRIES, json_pack("{sI}", "from", (json_int_t)(call_query(c, "from", text, sizeof(text)) ?
		strtoll(text, NULL, 10) : 1)), ret, NULL, &c->err);

	return r < 0 ? r : 200;
}

/* What was proposed behind another entry than the newest can't come to be any more. */
static int stale_drop(struct engine *e, struct call *c, json_t **ret_now)
{
	auto_json json_t *now = NULL;
	int r = gate_ask(e, GATE_REGISTRY, json_object(), &now, NULL, &c->err);

	if (r < 0)
		return r;
	if (db_number(e, "SELECT count(*) FROM change WHERE behind<>?", "s", json_str(now, "head")))
		db_exec(e, "DELETE FROM change WHERE behind<>?", "s", json_str(now, "head"));
	if (ret_now)
		*ret_now = json_incref(now);
	return 0;
}

int registry_pending(struct engine *e, struct call *c, json_t **ret)
{
	int r = stale_drop(e, c, NULL);

	if (r < 0)
		return r;
	*ret = db_items(e, "SELECT id AS change, entry, signer, proposed FROM change ORDER BY id", "");
	return 200;
}

/* The gate's answer with the change's id. */
static int change_ask(struct engine *e, struct call *c, const char *action, const char *id, const char *entry, json_t *signatures, json_t **ret)
{
	auto_json json_t *answer = NULL;
	int r = gate_ask(e, GATE_REGISTRY_CHANGE, json_pack("{sossso}", "record", gate_record(c, 0, action, NULL, 0, json_pack("{ss}", "change", id)),
		"entry", entry, "signatures", signatures), &answer, NULL, &c->err);

	if (r < 0)
		return r;
	exports_unclear(e, "");
	json_object_set_new(answer, "change", json_string(id));
	*ret = json_incref(answer);
	return 0;
}

static int none_pending(struct engine *e, struct call *c)
{
	auto_json json_t *row = db_row(e, "SELECT id FROM change", "");

	if (!row)
		return 0;
	spe_fail(&c->err, SPE_E_CONFLICT, "change %s waits for a second signature; one goes after the other", json_str(row, "id"));
	spe_remedy(&c->err, "spe-cli registry pending, then registry confirm with the 16 digits that whoever proposed it tells, or registry withdraw %s",
		json_str(row, "id"));
	return -SPE_E_CONFLICT;
}

int registry_propose(struct engine *e, struct call *c, json_t **ret)
{
	static const char *const fields[] = { "entry", "signature", NULL };
	const char *entry, *signature;
	auto_json json_t *now = NULL;
	char id[SHA256_TEXT], when[24];
	int r;

	if ((r = json_only(c->body, "the request", fields, &c->err)) < 0 ||
	    (r = json_want_string(c->body, "the request", "entry", REGISTRY_ENTRY_MAX, &entry, &c->err)) < 0 ||
	    (r = json_want_string(c->body, "the request", "signature", SSHSIG_ARMOR_MAX, &signature, &c->err)) < 0 ||
	    (r = stale_drop(e, c, &now)) < 0 || (r = none_pending(e, c)) < 0)
		return r;
	if (sha256_text(entry, strlen(entry), id) < 0)
		return spe_fail(&c->err, SPE_E_INTERNAL, "out of memory");
	id[8] = '\0';
	r = change_ask(e, c, "registry.propose", id, entry, json_pack("[s]", signature), ret);
	if (r < 0)
		return r;
	db_now(when);
	if (strcmp(json_str(*ret, "state"), "pending") == 0)
		db_exec(e, "INSERT OR REPLACE INTO change(id,behind,entry,signature,signer,proposed) VALUES(?,?,?,?,?,?)", "ssssss", id,
			json_str(now, "head"), entry, signature,
			json_string_value(json_array_get(json_object_get(*ret, "signers"), 0)), when);
	return 201;
}

static int change_row(struct engine *e, struct call *c, json_t **ret)
{
	int r = stale_drop(e, c, NULL);

	if (r < 0)
		return r;
	*ret = db_row(e, "SELECT entry, signature FROM change WHERE id=?", "s", c->part[2]);
	if (*ret)
		return 0;
	spe_fail(&c->err, SPE_E_NOT_FOUND, "no change %.20s waits for a signature", c->part[2]);
	spe_remedy(&c->err, "spe-cli registry pending");
	return -SPE_E_NOT_FOUND;
}

int registry_confirm(struct engine *e, struct call *c, json_t **ret)
{
	static const char *const fields[] = { "signature", NULL };
	auto_json json_t *row = NULL;
	const char *signature;
	int r;

	if ((r = json_only(c->body, "the request", fields, &c->err)) < 0 ||
	    (r = json_want_string(c->body, "the request", "signature", SSHSIG_ARMOR_MAX, &signature, &c->err)) < 0 ||
	    (r = change_row(e, c, &row)) < 0 ||
	    (r = change_ask(e, c, "registry.confirm", c->part[2], json_str(row, "entry"), json_pack("[ss]", json_str(row, "signature"), signature),
		ret)) < 0)
		return r;
	db_exec(e, "DELETE FROM change", "");
	return 200;
}

int registry_withdraw(struct engine *e, struct call *c, json_t **ret)
{
	auto_json json_t *row = NULL;
	int r = change_row(e, c, &row);

	if (r < 0)
		return r;
	gate_journal(e, gate_record(c, 0, "registry.withdraw", NULL, 0, json_pack("{ss}", "change", c->part[2])));
	db_exec(e, "DELETE FROM change WHERE id=?", "s", c->part[2]);
	*ret = json_pack("{ssss}", "change", c->part[2], "state", "withdrawn");
	return 200;
}
