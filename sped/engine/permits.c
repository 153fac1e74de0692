/* engine/permits.c - permits as the gate has verified them, and the workspaces they make. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "spe/log.h"
#include "spe/revocation.h"
#include "spe/sshsig.h"
#include "sped/engine/engine.h"

#define ITEM "SELECT p.id AS permit, p.version, json_extract(p.text,'$.kind') AS kind, json_extract(p.text,'$.issuer.hdab') AS issuer, " \
	     "json_extract(p.text,'$.valid.from') AS \"from\", json_extract(p.text,'$.valid.until') AS until, CASE WHEN p.revoked THEN " \
	     "'revoked' WHEN w.starts>strftime('%s','now') THEN 'not-yet' WHEN w.ends<strftime('%s','now') THEN 'expired' ELSE 'valid' " \
	     "END AS state, w.name AS workspace, p.digest FROM permit p JOIN workspace w ON w.name=p.id "

int permits_list(struct engine *e, struct call *c, json_t **ret)
{
	*ret = db_items(e, ITEM "ORDER BY p.id", "");
	return 200;
}

int permits_show(struct engine *e, struct call *c, json_t **ret)
{
	auto_json json_t *text = db_row(e, "SELECT text FROM permit WHERE id=?", "s", c->part[1]);

	if (!text)
		return spe_fail(&c->err, SPE_E_NOT_FOUND, "there is no permit %.100s", c->part[1]);
	*ret = db_row(e, ITEM "WHERE p.id=?", "s", c->part[1]);
	json_object_set(*ret, "text", json_object_get(text, "text"));
	return 200;
}

/* That its data are gone: the statement and its signature, as the gate keeps them. */
int permits_deletion(struct engine *e, struct call *c, json_t **ret)
{
	int r = gate_ask(e, GATE_PROOF, json_pack("{ss}", "permit", c->part[1]), ret, NULL, &c->err);

	return r < 0 ? r : 200;
}

/* What the gate took in is what the state says. True: staging begins anew, which is the caller's to do. */
static bool keep(struct engine *e, const struct permit *p, const char *text)
{
	bool known = db_number(e, "SELECT count(*) FROM permit WHERE id=? AND digest=?", "ss", p->id, p->digest) > 0;

	db_exec(e, "INSERT INTO permit(id,version,text,digest) VALUES(?,?,?,?) ON CONFLICT(id) DO UPDATE SET "
		   "version=excluded.version, text=excluded.text, digest=excluded.digest", "siss", p->id, p->version, text, p->digest);
	db_exec(e, "INSERT INTO workspace(name,state,version,starts,ends) VALUES(?,'staging',?,?,?) ON CONFLICT(name) DO UPDATE SET "
		   "state=CASE WHEN state='ended' OR ? THEN state ELSE 'staging' END, version=excluded.version, starts=excluded.starts, "
		   "ends=excluded.ends", "siiii", p->id, p->version, (int64_t)p->from, (int64_t)p->until, (int64_t)known);
	roles_keep(e, p);
	exports_unclear(e, p->id);
	return !known && db_number(e, "SELECT count(*) FROM workspace WHERE name=? AND state<>'ended'", "s", p->id);
}

int permits_add(struct engine *e, struct call *c, json_t **ret)
{
	auto_json json_t *got = NULL, *state = NULL, *missing = NULL;
	const char *text, *signature;
	struct permit *p = NULL;
	json_t *v;
	int r;

	v = json_object_get(c->body, "permit");
	text = json_string_value(v);
	signature = json_string_value(json_object_get(c->body, "signature"));
	if (!text || !signature)
		return spe_fail(&c->err, SPE_E_INPUT, "the request: permit and signature are wanted, both as strings");
	r = permit_parse(text, json_string_length(v), &p, &c->err);
	if (r < 0)
		return r;
	r = gate_ask(e, GATE_PERMIT, json_pack("{sossss}", "record", gate_record(c, 0, "permit.import", p->id, p->version,
		json_pack("{ssss}", "permit", p->id, "digest", p->digest)), "permit", text, "signature", signature), &got, NULL, &c->err);
	if (r == 0) {
		if (keep(e, p, text))
			workspaces_stage(e, db_number(e, "SELECT number FROM workspace WHERE name=?", "s", p->id));
		state = db_row(e, "SELECT number, state FROM workspace WHERE name=?", "s", p->id);
		missing = runtimes_missing(e, p);
		*ret = json_pack("{sssIsssssssO}", "permit", p->id, "version", (json_int_t)p->version, "workspace", p->id, "digest", p->digest,
			"state", json_str(state, "state"), "missing_runtimes", missing);
		if (workspace_waits(e, json_int(state, "number")))
			json_object_set(*ret, "staged_on", json_object_get(json_object_get(p->root, "valid"), "from"));
	}
	permit_free(p);
	return r < 0 ? r : 201;
}

/* What the gate took and the engine, which was killed then, did not keep: a newer version, when it begins and ends, a revocation.
 * True as for keep. */
bool permit_recall(struct engine *e, const char *id)
{
	auto_json json_t *got = NULL;
	const char *text;
	struct permit *p = NULL;
	bool anew = false;

	if (gate_ask(e, GATE_PERMIT_SHOW, json_pack("{ss}", "permit", id), &got, NULL, NULL) < 0)
		return false;
	text = json_str(got, "text");
	if (permit_parse(text, strlen(text), &p, NULL) < 0)
		return false;
	if (!db_number(e, "SELECT count(*) FROM permit WHERE id=? AND digest=?", "ss", id, p->digest)) {
		spe_log("permits", "version %lld of permit %s was taken and not kept: it is now", (long long)p->version, id);
		anew = keep(e, p, text);
	}
	db_exec(e, "UPDATE workspace SET starts=?1, ends=?2 WHERE name=?3 AND (starts<>?1 OR ends<>?2)", "iis", (int64_t)p->from,
		(int64_t)p->until, id);
	db_exec(e, "UPDATE permit SET revoked=? WHERE id=? AND revoked<>?", "isi", (int64_t)json_flag(got, "revoked"), id,
		(int64_t)json_flag(got, "revoked"));
	permit_free(p);
	return anew;
}

void permits_recall(struct engine *e)
{
	auto_json json_t *all = db_items(e, "SELECT id FROM permit", "");
	json_t *p;
	size_t i;

	json_array_foreach(json_object_get(all, "items"), i, p)
		permit_recall(e, json_str(p, "id"));
}

int permits_revoke(struct engine *e, struct call *c, json_t **ret)
{
	static const char *const fields[] = { "statement", "signature", NULL };
	const char *statement, *signature;
	auto_json json_t *got = NULL;
	int r;

	if ((r = json_only(c->body, "the request", fields, &c->err)) < 0 ||
	    (r = json_want_string(c->body, "the request", "statement", REVOCATION_MAX, &statement, &c->err)) < 0 ||
	    (r = json_want_string(c->body, "the request", "signature", SSHSIG_ARMOR_MAX, &signature, &c->err)) < 0)
		return r;
	if (!db_number(e, "SELECT count(*) FROM permit WHERE id=?", "s", c->part[1]))
		return spe_fail(&c->err, SPE_E_NOT_FOUND, "there is no permit %.100s", c->part[1]);
	r = gate_ask(e, GATE_REVOKE, json_pack("{sossssss}", "record", gate_record(c, 0, "permit.revoke", c->part[1], 0,
		json_pack("{ssss}", "permit", c->part[1], "statement", statement)), "permit", c->part[1], "statement", statement, "signature", signature),
		&got, NULL, &c->err);
	if (r < 0)
		return r;
	db_exec(e, "UPDATE permit SET revoked=1 WHERE id=?", "s", c->part[1]); /* a crash before that: see permits_recall */
	workspaces_clock(e);
	*ret = json_pack("{ssssss}", "permit", c->part[1], "state", "revoked", "by", json_str(got, "by"));
	return 200;
}
