/* engine/people.c - who is behind a uid, and whose keys the gate has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sped/engine/engine.h"

static const struct {
	const char *name;
	unsigned role;
} roles[] = { { "operator", ROLE_OPERATOR }, { "auditor", ROLE_AUDITOR }, { "holder", ROLE_HOLDER }, { "witness", ROLE_WITNESS } };
#define ROLES (sizeof(roles) / sizeof(roles[0]))

static unsigned roles_of(const json_t *list, bool *ret_bad)
{
	unsigned sum = 0;
	size_t i, k;

	for (i = 0; i < json_array_size(list); i++) {
		const char *s = json_string_value(json_array_get(list, i));

		for (k = 0; k < ROLES && (!s || strcmp(s, roles[k].name) != 0); k++)
			;
		if (k == ROLES)
			*ret_bad = true;
		else
			sum |= roles[k].role;
	}
	return sum;
}

/* root is the operator from the first day; everybody else is who the registry says. */
void people_who(struct engine *e, struct call *c)
{
	auto_json json_t *row = db_row(e, "SELECT id, roles AS roles_json FROM person WHERE uid=?", "i", (int64_t)c->uid);
	bool bad = false;

	if (row) {
		snprintf(c->person, sizeof(c->person), "%s", json_str(row, "id"));
		c->roles = roles_of(json_object_get(row, "roles"), &bad);
	} else if (c->uid == 0) {
		snprintf(c->person, sizeof(c->person), "root");
	}
	if (c->uid == 0)
		c->roles |= ROLE_OPERATOR;
}

static json_t *role_names(unsigned have)
{
	json_t *list = json_array();
	size_t k;

	for (k = 0; k < ROLES; k++)
		if (have & roles[k].role)
			json_array_append_new(list, json_string(roles[k].name));
	return list;
}

static json_t *ws_role_names(unsigned have)
{
	json_t *list = json_array();

	if (have & ROLE_PI)
		json_array_append_new(list, json_string("principal-investigator"));
	if (have & ROLE_RESEARCHER)
		json_array_append_new(list, json_string("researcher"));
	if (have & ROLE_CHECKER)
		json_array_append_new(list, json_string("checker"));
	return list;
}

int people_whoami(struct engine *e, struct call *c, json_t **ret)
{
	auto_stmt sqlite3_stmt *q = db_query(e, "SELECT workspace, roles FROM temp.role WHERE person=? ORDER BY workspace", "s", c->person);
	json_t *list = json_array();

	while (db_step(e, q))
		json_array_append_new(list, json_pack("{ssso}", "workspace", (const char *)sqlite3_column_text(q, 0), "roles",
			ws_role_names((unsigned)sqlite3_column_int(q, 1))));
	*ret = json_pack("{ss?sIsoso}", "person", c->person[0] ? c->person : NULL, "uid", (json_int_t)c->uid, "roles",
		role_names(c->roles), "workspaces", list);
	return 200;
}

static bool is_persons(const char *key_role)
{
	return strcmp(key_role, "issuer") != 0 && strcmp(key_role, "peer") != 0;
}

static void add_keys(json_t *people, const json_t *keys)
{
	json_t *p, *k;
	size_t i, j;

	json_array_foreach(people, i, p) {
		json_t *own = json_array();

		json_array_foreach(json_object_get(keys, "items"), j, k)
			if (strcmp(json_str(k, "name"), json_str(p, "person")) == 0 && is_persons(json_str(k, "role")) &&
			    json_int(k, "ended") == 0)
				json_array_append_new(own, json_pack("{ssssssss}", "fingerprint", json_str(k, "fingerprint"), "key",
					json_str(k, "key"), "role", json_str(k, "role"), "state", json_str(k, "state")));
		json_object_set_new(p, "keys", own);
	}
}

int people_list(struct engine *e, struct call *c, json_t **ret)
{
	auto_json json_t *keys = NULL;
	int r = gate_ask(e, GATE_REGISTRY, json_object(), &keys, NULL, &c->err);

	if (r < 0)
		return r;
	*ret = db_items(e, "SELECT id AS person, uid, roles AS roles_json FROM person ORDER BY id", "");
	add_keys(json_object_get(*ret, "items"), keys);
	return 200;
}

int people_add(struct engine *e, struct call *c, json_t **ret)
{
	static const char *const fields[] = { "person", "uid", "roles", NULL };
	auto_json json_t *other = NULL;
	json_int_t uid;
	const char *person;
	json_t *list;
	bool bad = false;
	char *text;
	int r;

	if ((r = json_only(c->body, "the request", fields, &c->err)) < 0 ||
	    (r = json_want_string(c->body, "the request", "person", SPE_NAME_MAX, &person, &c->err)) < 0 ||
	    (r = json_want_int(c->body, "the request", "uid", 0, 0x6fffffff, &uid, &c->err)) < 0 ||
	    (r = json_want_array(c->body, "the request", "roles", ROLES, &list, &c->err)) < 0)
		return r;
	roles_of(list, &bad);
	if (!name_ok(person) || strcmp(person, "root") == 0 || strcmp(person, "sped") == 0)
		return spe_fail(&c->err, SPE_E_INPUT, "person: letters, digits, dot, dash and underscore are taken, not root or sped");
	if (bad)
		return spe_fail(&c->err, SPE_E_INPUT, "roles: operator, auditor, holder and witness are known; researchers and checkers come from permits");
	other = db_row(e, "SELECT id FROM person WHERE uid=? AND id<>?", "is", (int64_t)uid, person);
	if (other) {
		spe_fail(&c->err, SPE_E_CONFLICT, "uid %lld is that of %s", (long long)uid, json_str(other, "id"));
		spe_remedy(&c->err, "first spe-cli user add %s with a --uid that nobody has, and the --role it has", json_str(other, "id"));
		return -SPE_E_CONFLICT;
	}
	gate_journal(e, gate_record(c, 0, "person.set", NULL, 0, json_pack("{sssIsO}", "person", person, "uid", uid, "roles", list)));
	text = json_dumps(list, JSON_COMPACT);
	db_exec(e, "INSERT INTO person(id,uid,roles) VALUES(?,?,?) ON CONFLICT(id) DO UPDATE SET uid=excluded.uid, "
		   "roles=excluded.roles", "sis", person, (int64_t)uid, text);
	free(text);
	*ret = json_pack("{sssIsOs[]}", "person", person, "uid", uid, "roles", list, "keys");
	return 201;
}

int issuers_list(struct engine *e, struct call *c, json_t **ret)
{
	auto_json json_t *registry = NULL;
	json_t *items = json_array(), *k;
	size_t i;
	int r = gate_ask(e, GATE_REGISTRY, json_object(), &registry, NULL, &c->err);

	json_array_foreach(r < 0 ? NULL : json_object_get(registry, "items"), i, k)
		if (strcmp(json_str(k, "role"), "issuer") == 0 && json_int(k, "ended") == 0)
			json_array_append_new(items, json_pack("{ssssssss}", "issuer", json_str(k, "name"), "key", json_str(k, "key"), "fingerprint",
				json_str(k, "fingerprint"), "state", json_str(k, "state")));
	*ret = json_pack("{so}", "items", items);
	return r < 0 ? r : 200;
}

int keys_show(struct engine *e, struct call *c, json_t **ret)
{
	int r = gate_ask(e, GATE_KEYS, json_object(), ret, NULL, &c->err);

	return r < 0 ? r : 200;
}
