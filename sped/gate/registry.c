/* gate/registry.c - whose keys count: the entries of spe/registry.h as files, each read and verified anew at start; see room.h.
 * The first operators come from root's file; whatever comes after needs operators' signatures, so that neither the engine nor
 * who owns its database can name anybody. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/gate/room.h"

#define SHOWN_MAX 100           /* entries of one answer, */
#define SHOWN_BYTES (1u << 20)  /* and about so many bytes */

/* signature 0: the entry itself. */
static void entry_path(char ret[STORE_PATH], uint64_t seq, size_t signature)
{
	if (signature == 0)
		snprintf(ret, STORE_PATH, "registry/%" PRIu64 ".json", seq);
	else
		snprintf(ret, STORE_PATH, "registry/%" PRIu64 ".%zu.sig", seq, signature);
}

static int64_t now_s(const struct gate *g)
{
	return g->now_ms() / 1000;
}

/* ---- reading ---- */

struct read {
	char *text, *armor[REGISTRY_SIGNERS_MAX];
	size_t len, signatures;
};

static void read_free(struct read *x)
{
	size_t i;

	free(x->text);
	for (i = 0; i < x->signatures; i++)
		free(x->armor[i]);
}
#define auto_read __attribute__((cleanup(read_free)))

static int entry_read(const struct gate *g, uint64_t seq, struct read *ret, struct spe_error *e)
{
	char path[STORE_PATH];
	size_t len;

	entry_path(path, seq, 0);
	TRY(store_read(g, path, &ret->text, &ret->len, e));
	for (; ret->signatures < REGISTRY_SIGNERS_MAX; ret->signatures++) {
		entry_path(path, seq, ret->signatures + 1);
		if (!store_has(g, path))
			break;
		TRY(store_read(g, path, &ret->armor[ret->signatures], &len, e));
	}
	return 0;
}

static struct registry_entry entry_of(const struct read *x)
{
	struct registry_entry n = { .text = x->text, .len = x->len, .signatures = x->signatures };
	size_t i;

	for (i = 0; i < x->signatures; i++)
		n.armor[i] = x->armor[i];
	return n;
}

static int entry_load(const struct gate *g, struct registry *r, uint64_t seq, struct spe_error *e)
{
	auto_read struct read x = { NULL };
	struct registry_entry n;
	struct spe_error why;
	char path[STORE_PATH];
	int done;

	entry_path(path, seq, 0);
	TRY(entry_read(g, seq, &x, e));
	n = entry_of(&x);
	done = registry_add(r, &n, &why);
	if (done == -SPE_E_INTERNAL)
		return spe_fail(e, SPE_E_INTERNAL, "%s", why.text);
	return done < 0 ? spe_fail(e, SPE_E_TAMPERED, "%s: %s", path, why.text) : 0;
}

/* As far as it holds, so that it can be looked at. */
static int entries_load(const struct gate *g, struct registry *r, struct spe_error *e)
{
	char path[STORE_PATH];
	uint64_t seq;

	for (seq = 1;; seq++) {
		entry_path(path, seq, 0);
		if (!store_has(g, path))
			return 0;
		TRY(entry_load(g, r, seq, e));
	}
}

int registry_load(struct gate *g, struct spe_error *e)
{
	struct registry *r = NULL;
	int done;

	TRY(registry_new(&r, e));
	done = entries_load(g, r, e);
	registry_free(g->registry);
	g->registry = r;
	return done;
}

int registry_unchanged(const struct gate *g, struct spe_error *e)
{
	const char *name;
	json_t *sha256;

	json_object_foreach((json_t *)(uintptr_t)store_group(g, "registry"), name, sha256) {
		char path[STORE_PATH];
		int fd;

		snprintf(path, sizeof(path), "registry/%s", name);
		fd = store_open_file(g, path, NULL, e);
		if (fd < 0)
			return fd;
		spe_close_fd(&fd);
	}
	return 0;
}

void registry_check(const struct gate *g, json_t *problems)
{
	struct registry *r = NULL;
	struct spe_error e;

	if (registry_new(&r, &e) < 0 || entries_load(g, r, &e) < 0)
		problem_add(problems, "%s", e.text);
	registry_free(r);
}

/* ---- whose signature is it? ---- */

static int not_a_key(const char *key, enum registry_role role, const char *who, const char *why, struct spe_error *e)
{
	char fingerprint[64] = "";

	sshkey_check(key, NULL, fingerprint, NULL);
	return spe_fail(e, SPE_E_NOT_AUTHORISED, "the signature is by %s, which %s of %s%s", fingerprint, why, who ? "" : "any ",
		who ? who : registry_role_name(role));
}

int signer_find(const struct gate *g, enum registry_role role, const char *who, const char *armor, const struct registry_key **ret,
	struct spe_error *e)
{
	char key[SSHKEY_TEXT_MAX];

	TRY(sshsig_key_of(armor, strlen(armor), key, e));
	*ret = registry_find(g->registry, role, who, key, g->registry->seq);
	if (*ret)
		return registry_in_time(*ret, now_s(g)) ? 0 : not_a_key(key, role, who, "is not valid today as a key", e);
	*ret = registry_ever(g->registry, role, who, key);
	return not_a_key(key, role, who, *ret && (*ret)->revoked ? "was revoked as a key" : "is not a registered key", e);
}

/* Before there was a registry the gate took keys on the engine's word; what was signed then still has to fit. */
static bool is_old(const json_t *list, const char *field, const char *who, const char *key)
{
	json_t *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, one)
		if (strcmp(json_str(one, field), who) == 0 && strcmp(json_str(one, "key"), key) == 0)
			return true;
	return false;
}

bool key_was_of(const struct gate *g, enum registry_role role, const char *who, const char *key)
{
	return registry_ever(g->registry, role, who, key) ||
		(role == REGISTRY_CHECKER && is_old(g->old_people, "person", who, key)) ||
		(role == REGISTRY_ISSUER && is_old(g->old_issuers, "issuer", who, key));
}

/* ---- changing ---- */

static json_t *change_text(const json_t *one)
{
	const char *set = json_str(one, "set");
	char fingerprint[64] = "";

	sshkey_check(json_str(one, "key"), NULL, fingerprint, NULL);
	return set[0] ? json_sprintf("set %s %s %s", json_str(one, "role"), set, fingerprint) :
			json_sprintf("revoke %s %s", json_str(one, "revoke"), fingerprint);
}

/* For the journal: who signed, and each change in a few words. */
static json_t *change_object(const struct registry *r, const char *text, size_t len, const char *const *signer, size_t signatures)
{
	auto_json json_t *entry = NULL, *changes = json_array(), *signers = json_array();
	char sha256[SHA256_TEXT];
	json_t *one;
	size_t i;

	if (!changes || !signers || sha256_text(text, len, sha256) < 0 || json_parse(text, len, "entry", &entry, NULL) < 0)
		return NULL;
	for (i = 0; i < signatures; i++)
		json_array_append_new(signers, json_string(signer[i]));
	json_array_foreach(json_object_get(entry, "changes"), i, one)
		if (json_array_append_new(changes, change_text(one)) < 0)
			return NULL;
	return json_pack("{s:I,s:s,s:O,s:O,s:O}", "entry", (json_int_t)r->seq + 1, "sha256", sha256, "by", json_object_get(entry, "by"), "signers",
		signers, "changes", changes);
}

static int entry_store(struct gate *g, const struct registry_entry *n, const char *const *signer, struct spe_error *e)
{
	json_t *object = change_object(g->registry, n->text, n->len, signer, n->signatures);
	struct store_file f[REGISTRY_SIGNERS_MAX + 1] = { { .from = NULL } };
	size_t i;

	if (!object)
		return gate_memory(e);
	for (i = 0; i < n->signatures; i++) {
		entry_path(f[i].path, g->registry->seq + 1, i + 1);
		f[i].p = n->armor[i];
		f[i].len = strlen(n->armor[i]);
	}
	entry_path(f[i].path, g->registry->seq + 1, 0); /* last: the entry is there once it is */
	f[i].p = n->text;
	f[i].len = n->len;
	TRY(store_write(g, "registry.change", NULL, object, f, i + 1, e));
	if (registry_add(g->registry, n, e) < 0) {
		g->must_end = true;
		return -SPE_E_INTERNAL;
	}
	return 0;
}

static json_t *signers_json(const char *const *signer, size_t count)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < count; i++)
		json_array_append_new(list, json_string(signer[i]));
	return list;
}

static int change_want(const struct call *c, struct registry_entry *n, struct spe_error *e)
{
	json_t *list, *one;
	size_t i;

	TRY(json_want_string(c->in, "request", "entry", REGISTRY_ENTRY_MAX, &n->text, e));
	n->len = strlen(n->text);
	TRY(json_want_array(c->in, "request", "signatures", REGISTRY_SIGNERS_MAX, &list, e));
	json_array_foreach(list, i, one) {
		if (!json_is_string(one) || json_string_length(one) > SSHSIG_ARMOR_MAX)
			return spe_fail(e, SPE_E_INPUT, "request.signatures[%zu] must be a signature of at most %d bytes", i, SSHSIG_ARMOR_MAX);
		n->armor[n->signatures++] = json_string_value(one);
	}
	return n->signatures > 0 ? 0 : spe_fail(e, SPE_E_NOT_AUTHORISED, "an operator has to sign it");
}

int do_registry_change(struct gate *g, struct call *c, struct spe_error *e)
{
	struct registry_entry n = { .now = now_s(g) };
	const char *signer[REGISTRY_SIGNERS_MAX];
	uint64_t seq = g->registry->seq + 1;
	bool made;

	TRY(change_want(c, &n, e));
	if (g->registry->seq == 0) {
		spe_fail(e, SPE_E_REFUSED, "the registry has no operators yet");
		spe_remedy(e, "try: as root, write the file operators beside sped.conf and start sped again; see sped(8)");
		return -SPE_E_REFUSED;
	}
	TRY(registry_could(g->registry, &n, signer, e));
	made = n.signatures == g->registry->needed;
	if (made) {
		TRY(registry_unchanged(g, e));
		TRY(entry_store(g, &n, signer, e));
	}
	c->out = json_pack("{s:s,s:I,s:o,s:i}", "state", made ? "made" : "pending", "entry", (json_int_t)seq, "signers",
		signers_json(signer, n.signatures), "needed", (int)g->registry->needed);
	return 0;
}

/* ---- root's file ---- */

static int root_take(struct gate *g, const char *text, size_t len, struct spe_error *e)
{
	auto_free char *line = NULL;
	auto_json json_t *changes = NULL;
	char sha256[SHA256_TEXT], now[TIME_TEXT];
	struct registry_entry n = { .now = now_s(g) };
	unsigned needed;

	if (sha256_text(text, len, sha256) < 0)
		return gate_memory(e);
	if (strcmp(sha256, g->registry->file) == 0)
		return 0;
	TRY(registry_root(g->registry, text, len, "operators", &needed, &changes, e));
	gate_now(g, now);
	line = registry_text(g->registry, now, needed, sha256, changes);
	if (!line)
		return gate_memory(e);
	n.text = line;
	n.len = strlen(line);
	TRY(registry_could(g->registry, &n, NULL, e));
	return entry_store(g, &n, NULL, e);
}

int gate_operators(struct gate *g, const char *text, size_t len, struct spe_error *e)
{
	int r;

	g->root_problem[0] = '\0';
	if (gate_tampered(g))
		return 0;
	r = root_take(g, text, len, e);
	if (r == -SPE_E_INTERNAL || g->must_end)
		return -SPE_E_INTERNAL;
	if (r < 0)
		snprintf(g->root_problem, sizeof(g->root_problem), "%s", e->text);
	return r;
}

void gate_no_operators(struct gate *g, const char *why)
{
	snprintf(g->root_problem, sizeof(g->root_problem), "%s", why);
}

/* ---- looking ---- */

static json_t *day_json(int64_t s)
{
	char text[TIME_TEXT];

	if (s == INT64_MIN || s == INT64_MAX)
		return json_null();
	time_text(text, s * 1000, false);
	return json_sprintf("%.10s", text);
}

static const char *state_of(const struct gate *g, const struct registry_key *k)
{
	int64_t now = now_s(g);

	if (k->ended != 0)
		return k->revoked ? "revoked" : "replaced";
	return now < k->from ? "not-yet" : now > k->until ? "expired" : "valid";
}

static json_t *key_json(const struct gate *g, const struct registry_key *k)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:s?,s:o,s:o,s:I,s:I,s:s}", "name", k->name, "role", registry_role_name(k->role), "key", k->key,
		"fingerprint", k->fingerprint, "team", k->team, "from", day_json(k->from), "until", day_json(k->until), "added",
		(json_int_t)k->added, "ended", (json_int_t)k->ended, "state", state_of(g, k));
}

static void old_add(const struct gate *g, json_t *out, const json_t *list, const char *field, enum registry_role role)
{
	json_t *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, one)
		if (!registry_ever(g->registry, role, json_str(one, field), json_str(one, "key")))
			json_array_append_new(out, json_pack("{s:O,s:s,s:O,s:O}", "name", json_object_get(one, field), "role",
				registry_role_name(role), "key", json_object_get(one, "key"), "fingerprint", json_object_get(one, "fingerprint")));
}

int do_registry(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_json json_t *items = json_array(), *old = json_array();
	const struct registry *r = g->registry;
	size_t i;

	for (i = 0; i < r->count; i++)
		if (json_array_append_new(items, key_json(g, &r->key[i])) < 0)
			return gate_memory(e);
	old_add(g, old, g->old_people, "person", REGISTRY_CHECKER);
	old_add(g, old, g->old_issuers, "issuer", REGISTRY_ISSUER);
	c->out = json_pack("{s:I,s:s,s:i,s:I,s:s,s:O,s:O}", "entries", (json_int_t)r->seq, "head", r->head, "needed", (int)r->needed, "operators",
		(json_int_t)registry_operators(r, now_s(g)), "problem", gate_tampered(g) ? gate_tampered(g) : g->root_problem, "items", items,
		"unsigned", old);
	return 0;
}

static json_t *entry_json(const struct read *x)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < x->signatures; i++)
		json_array_append_new(list, json_string(x->armor[i]));
	return json_pack("{s:s,s:o}", "entry", x->text, "signatures", list);
}

int do_registry_entries(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_json json_t *items = json_array();
	json_int_t from, seq;
	size_t bytes = 0;

	TRY(json_want_int(c->in, "request", "from", 1, INT64_C(1) << 52, &from, e));
	for (seq = from; seq <= (json_int_t)g->registry->seq && seq < from + SHOWN_MAX && bytes < SHOWN_BYTES; seq++) {
		auto_read struct read x = { NULL };

		TRY(entry_read(g, (uint64_t)seq, &x, e));
		bytes += x.len;
		if (json_array_append_new(items, entry_json(&x)) < 0)
			return gate_memory(e);
	}
	c->out = json_pack("{s:O,s:I}", "items", items, "next", seq <= (json_int_t)g->registry->seq ? seq : (json_int_t)0);
	return 0;
}
