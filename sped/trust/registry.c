/* trust/registry.c - see spe/registry.h. */
#include "spe/registry.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
#include "spe/limits.h"
#include "sped/base/buf.h"
#include "sped/base/hex.h"
#include "sped/base/json.h"
#include "sped/trust/data.h"
#include "sped/trust/day.h"
#include "sped/trust/fields.h"

#define AHEAD_S 300 /* of clocks that differ */
#define AGE_S (30 * 86400) /* of a change that waits for its second signature: whoever signed it has to remember */

static const char *const role_names[REGISTRY_ROLES] = { "operator", "checker", "issuer", "peer" };

static int memory(struct spe_error *e)
{
	return spe_fail(e, SPE_E_INTERNAL, "out of memory");
}

const char *registry_role_name(enum registry_role role)
{
	return role_names[role];
}

int registry_role_of(const char *name)
{
	int i;

	for (i = 0; i < REGISTRY_ROLES; i++)
		if (strcmp(role_names[i], name) == 0)
			return i;
	return -1;
}

int registry_new(struct registry **ret, struct spe_error *e)
{
	struct registry *r = calloc(1, sizeof(*r));

	if (!r)
		return memory(e);
	memset(r->head, '0', sizeof(r->head) - 1);
	r->needed = 2;
	*ret = r;
	return 0;
}

static void key_clear(struct registry_key *k)
{
	free(k->name);
	free(k->team);
	free(k->key);
}

void registry_free(struct registry *r)
{
	size_t i;

	for (i = 0; r && i < r->count; i++)
		key_clear(&r->key[i]);
	if (r) {
		free(r->key);
		free(r->root);
	}
	free(r);
}

/* ---- asking ---- */

bool registry_stands(const struct registry_key *k, uint64_t seq)
{
	return k->added <= seq && (k->ended == 0 || k->ended > seq);
}

bool registry_in_time(const struct registry_key *k, int64_t now)
{
	return k->from <= now && now <= k->until;
}

static bool is_of(const struct registry_key *k, enum registry_role role, const char *name, const char *key)
{
	return k->role == role && (!name || strcmp(k->name, name) == 0) && strcmp(k->key, key) == 0;
}

const struct registry_key *registry_find(const struct registry *r, enum registry_role role, const char *name, const char *key,
	uint64_t seq)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		if (is_of(&r->key[i], role, name, key) && registry_stands(&r->key[i], seq))
			return &r->key[i];
	return NULL;
}

const struct registry_key *registry_ever(const struct registry *r, enum registry_role role, const char *name, const char *key)
{
	size_t i;

	for (i = r->count; i > 0; i--)
		if (is_of(&r->key[i - 1], role, name, key))
			return &r->key[i - 1];
	return NULL;
}

/* Is this the first of the keys of that operator that count? */
static bool is_counted(const struct registry *r, size_t i, int64_t now)
{
	const struct registry_key *k = &r->key[i];
	size_t n;

	if (k->role != REGISTRY_OPERATOR || !registry_stands(k, r->seq) || !registry_in_time(k, now))
		return false;
	for (n = 0; n < i; n++)
		if (r->key[n].role == REGISTRY_OPERATOR && registry_stands(&r->key[n], r->seq) && registry_in_time(&r->key[n], now) &&
			strcmp(r->key[n].name, k->name) == 0)
			return false;
	return true;
}

size_t registry_operators(const struct registry *r, int64_t now)
{
	size_t i, sum = 0;

	for (i = 0; i < r->count; i++)
		sum += is_counted(r, i, now);
	return sum;
}

/* ---- one change ---- */

struct change {
	bool revoke;
	struct registry_key k; /* strings borrowed of the entry */
};

struct entry {
	json_t *root;
	json_int_t seq, needed; /* needed 0: by operators */
	int64_t time;
	const char *before, *file;
	struct change *change;
	size_t count;
	uint64_t by_root; /* the newest entry by root that makes its signers operators, which is itself where root's */
};

static void entry_clear(struct entry *n)
{
	json_decref(n->root);
	free(n->change);
}
#define auto_entry __attribute__((cleanup(entry_clear)))

static int sha256_want(const json_t *o, const char *field, const char **ret, struct spe_error *e)
{
	TRY(json_want_string(o, "entry", field, SHA256_TEXT - 1, ret, e));
	if (strspn(*ret, "0123456789abcdef") != SHA256_TEXT - 1)
		return spe_fail(e, SPE_E_INPUT, "entry.%s must be a SHA-256 of 64 hexadecimal digits", field);
	return 0;
}

static int key_want(const json_t *o, const char *where, struct registry_key *ret, struct spe_error *e)
{
	char canonical[SSHKEY_TEXT_MAX];
	struct spe_error why;
	const char *key;

	TRY(json_want_string(o, where, "key", SSHKEY_TEXT_MAX - 1, &key, e));
	if (sshkey_check(key, canonical, ret->fingerprint, &why) < 0)
		return spe_fail(e, SPE_E_INPUT, "%s.key: %s", where, why.text);
	if (strcmp(key, canonical) != 0)
		return spe_fail(e, SPE_E_INPUT, "%s.key must be the type and the key alone, with one blank between", where);
	ret->key = (char *)(uintptr_t)key;
	return 0;
}

/* Both ends of a day; without one, all time. */
static int days_want(const json_t *o, const char *where, struct registry_key *k, struct spe_error *e)
{
	struct day day;

	k->from = INT64_MIN;
	k->until = INT64_MAX;
	if (!field_absent(o, "from")) {
		TRY(day_want(o, where, "from", &day, e));
		k->from = day_number(day) * 86400;
	}
	if (!field_absent(o, "until")) {
		TRY(day_want(o, where, "until", &day, e));
		k->until = day_number(day) * 86400 + 86399;
	}
	return k->until < k->from ? spe_fail(e, SPE_E_INPUT, "%s.until is before %s.from", where, where) : 0;
}

static int name_want(const json_t *o, const char *where, const char *field, bool issuer, char **ret, struct spe_error *e)
{
	const char *name;

	TRY(issuer ? field_text(o, where, field, REGISTRY_ISSUER_MAX, false, &name, e) : field_name(o, where, field, &name, e));
	if (!issuer && strlen(name) > REGISTRY_PERSON_MAX)
		return spe_fail(e, SPE_E_INPUT, "%s.%s has %zu bytes; at most %d fit into a release", where, field, strlen(name),
			REGISTRY_PERSON_MAX);
	*ret = (char *)(uintptr_t)name;
	return 0;
}

static int set_read(const json_t *o, const char *where, struct registry_key *k, struct spe_error *e)
{
	static const char *const fields[] = { "set", "role", "key", "team", "from", "until", NULL };
	const char *role;
	int is;

	TRY(json_only(o, where, fields, e));
	TRY(json_want_string(o, where, "role", 20, &role, e));
	is = registry_role_of(role);
	if (is < 0)
		return spe_fail(e, SPE_E_INPUT, "%s.role must be operator, checker, issuer or peer", where);
	k->role = (enum registry_role)is;
	TRY(name_want(o, where, "set", is == REGISTRY_ISSUER, &k->name, e));
	TRY(key_want(o, where, k, e));
	if (!field_absent(o, "team"))
		TRY(name_want(o, where, "team", false, &k->team, e));
	if (k->team && is != REGISTRY_CHECKER)
		return spe_fail(e, SPE_E_INPUT, "%s.team is for checkers alone", where);
	return days_want(o, where, k, e);
}

static int change_read(const json_t *o, const char *where, struct change *ret, struct spe_error *e)
{
	static const char *const fields[] = { "revoke", "key", NULL };

	*ret = (struct change){ .revoke = json_object_get(o, "revoke") != NULL };
	if (!ret->revoke)
		return set_read(o, where, &ret->k, e);
	TRY(json_only(o, where, fields, e));
	TRY(name_want(o, where, "revoke", true, &ret->k.name, e));
	return key_want(o, where, &ret->k, e);
}

static int changes_read(struct entry *n, struct spe_error *e)
{
	char where[FIELD_WHERE];
	json_t *list;

	TRY(json_want_array(n->root, "entry", "changes", REGISTRY_CHANGES_MAX, &list, e));
	if (json_array_size(list) == 0 && n->needed == 0)
		return spe_fail(e, SPE_E_INPUT, "entry.changes is empty");
	n->change = calloc(json_array_size(list) + 1, sizeof(n->change[0]));
	if (!n->change)
		return memory(e);
	for (; n->count < json_array_size(list); n->count++) {
		const json_t *one = json_array_get(list, n->count);

		field_at(where, "entry.changes[%zu]", n->count);
		if (!json_is_object(one))
			return spe_fail(e, SPE_E_INPUT, "%s must be an object", where);
		TRY(change_read(one, where, &n->change[n->count], e));
		if (n->needed > 0 && !n->change[n->count].revoke && n->change[n->count].k.role != REGISTRY_OPERATOR)
			return spe_fail(e, SPE_E_INPUT, "%s: root names operators alone", where);
	}
	return 0;
}

/* ---- one entry ---- */

/* What was signed can be written in one way only. */
static int is_canonical(const json_t *root, const char *text, size_t len, struct spe_error *e)
{
	auto_free char *again = json_dumps(root, JSON_COMPACT | JSON_PRESERVE_ORDER);

	if (!again)
		return memory(e);
	if (strlen(again) + 1 != len || memcmp(again, text, len - 1) != 0 || text[len - 1] != '\n')
		return spe_fail(e, SPE_E_INPUT, "an entry is one line of compact JSON and a newline");
	return 0;
}

static int by_read(struct entry *n, struct spe_error *e)
{
	static const char *const operators[] = { "format", "seq", "before", "time", "by", "changes", NULL };
	static const char *const root[] = { "format", "seq", "before", "time", "by", "needed", "file", "changes", NULL };
	const char *by;

	TRY(json_want_string(n->root, "entry", "by", 20, &by, e));
	if (strcmp(by, "operators") == 0)
		return json_only(n->root, "entry", operators, e);
	if (strcmp(by, "root") != 0)
		return spe_fail(e, SPE_E_INPUT, "entry.by must be operators or root");
	TRY(json_only(n->root, "entry", root, e));
	TRY(json_want_int(n->root, "entry", "needed", 1, REGISTRY_SIGNERS_MAX, &n->needed, e));
	return sha256_want(n->root, "file", &n->file, e);
}

static int entry_read(const char *text, size_t len, struct entry *n, struct spe_error *e)
{
	const char *s;

	if (len == 0 || len > REGISTRY_ENTRY_MAX)
		return spe_fail(e, SPE_E_INPUT, "an entry has 1 to %u bytes", REGISTRY_ENTRY_MAX);
	TRY(json_parse(text, len, "entry", &n->root, e));
	TRY(json_want_string(n->root, "entry", "format", 100, &s, e));
	if (strcmp(s, REGISTRY_FORMAT) != 0)
		return spe_fail(e, SPE_E_INPUT, "entry.format is not " REGISTRY_FORMAT);
	TRY(json_want_int(n->root, "entry", "seq", 1, INT64_C(1) << 52, &n->seq, e));
	TRY(sha256_want(n->root, "before", &n->before, e));
	TRY(json_want_string(n->root, "entry", "time", 20, &s, e));
	if (!day_instant(s, &n->time))
		return spe_fail(e, SPE_E_INPUT, "entry.time must be like 2026-10-15T09:00:00Z");
	TRY(by_read(n, e));
	TRY(changes_read(n, e));
	return is_canonical(n->root, text, len, e);
}

/* ---- may it come next? ---- */

static int follows(const struct registry *r, const struct entry *n, int64_t now, struct spe_error *e)
{
	if (n->seq != (int64_t)r->seq + 1 || strcmp(n->before, r->head) != 0) {
		spe_fail(e, SPE_E_CONFLICT, "it was made as entry %lld behind another than the newest, which is %" PRIu64, (long long)n->seq,
			r->seq);
		spe_remedy(e, "try: proposing the change anew");
		return -SPE_E_CONFLICT;
	}
	if (now != 0 && n->time > now + AHEAD_S)
		return spe_fail(e, SPE_E_INPUT, "entry.time has not come yet; is the clock right?");
	if (now != 0 && n->needed == 0 && n->time < now - AGE_S) {
		spe_fail(e, SPE_E_CONFLICT, "it was proposed more than %d days ago", AGE_S / 86400);
		spe_remedy(e, "try: proposing the change anew");
		return -SPE_E_CONFLICT;
	}
	return 0;
}

static int may_set(const struct registry *r, const struct registry_key *k, struct spe_error *e)
{
	size_t i;

	for (i = 0; i < r->count; i++) {
		const struct registry_key *old = &r->key[i];
		bool same = strcmp(old->name, k->name) == 0;

		if (strcmp(old->key, k->key) == 0 && !same)
			return spe_fail(e, SPE_E_CONFLICT, "the key %s is or was that of %.100s; each needs one of their own",
				k->fingerprint, old->name);
		if (strcmp(old->key, k->key) == 0 && old->revoked)
			return spe_fail(e, SPE_E_CONFLICT, "the key %s was revoked; %.100s needs a new one", k->fingerprint, k->name);
		if (same && registry_stands(old, r->seq) && old->role != k->role)
			return spe_fail(e, SPE_E_CONFLICT, "%.100s is registered as %s and can't be %s too", k->name,
				role_names[old->role], role_names[k->role]);
	}
	return 0;
}

/* The one that stands, whatever the role; a key has one owner, so the first is it. */
static struct registry_key *standing(const struct registry *r, const char *name, const char *key, uint64_t seq)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		if (strcmp(r->key[i].name, name) == 0 && strcmp(r->key[i].key, key) == 0 && registry_stands(&r->key[i], seq))
			return &r->key[i];
	return NULL;
}

static bool is_same(const struct registry_key *a, const struct registry_key *b)
{
	return a->role == b->role && a->from == b->from && a->until == b->until && strcmp(a->team ? a->team : "", b->team ? b->team : "") == 0;
}

/* Two changes of one entry may not speak of the same key, nor give one person two roles. */
static int may_stand_beside(const struct entry *n, size_t i, struct spe_error *e)
{
	const struct change *c = &n->change[i];
	size_t k;

	for (k = 0; k < i; k++) {
		const struct change *other = &n->change[k];

		if (strcmp(other->k.key, c->k.key) == 0)
			return spe_fail(e, SPE_E_INPUT, "entry.changes[%zu] and [%zu] are of the same key", k, i);
		if (!c->revoke && !other->revoke && strcmp(other->k.name, c->k.name) == 0 && other->k.role != c->k.role)
			return spe_fail(e, SPE_E_INPUT, "entry.changes[%zu] and [%zu] give %.100s two roles", k, i, c->k.name);
	}
	return 0;
}

static int may_change(const struct registry *r, const struct entry *n, size_t i, struct spe_error *e)
{
	const struct change *c = &n->change[i];
	const struct registry_key *old = standing(r, c->k.name, c->k.key, r->seq);

	TRY(may_stand_beside(n, i, e));
	if (c->revoke)
		return old ? 0 : spe_fail(e, SPE_E_NOT_FOUND, "%s is no key of %.100s", c->k.fingerprint, c->k.name);
	TRY(may_set(r, &c->k, e));
	if (old && is_same(old, &c->k))
		return spe_fail(e, SPE_E_CONFLICT, "%.100s has the key %s already", c->k.name, c->k.fingerprint);
	if (!old && r->count + n->count >= REGISTRY_KEYS_MAX)
		return spe_fail(e, SPE_E_TOO_LARGE, "there are %zu keys already", r->count);
	return 0;
}

/* What the entry gives a person a new key, role or time by; revoking one's own is fine. */
static bool gains(const struct entry *n, const char *name)
{
	size_t i;

	for (i = 0; i < n->count; i++)
		if (!n->change[i].revoke && strcmp(n->change[i].k.name, name) == 0)
			return true;
	return false;
}

/* Operators who could sign this instead. */
static size_t others(const struct registry *r, const struct entry *n)
{
	size_t i, sum = 0;

	for (i = 0; i < r->count; i++)
		sum += is_counted(r, i, n->time) && !gains(n, r->key[i].name);
	return sum;
}

static int signer_check(const struct registry *r, const struct registry_entry *given, const struct entry *n, const char *armor,
	const struct registry_key **ret, struct spe_error *e)
{
	char key[SSHKEY_TEXT_MAX], fingerprint[64] = "";
	const struct registry_key *k;

	TRY(sshsig_key_of(armor, strlen(armor), key, e));
	k = registry_find(r, REGISTRY_OPERATOR, NULL, key, r->seq);
	if (!k) {
		sshkey_check(key, NULL, fingerprint, NULL);
		return spe_fail(e, SPE_E_NOT_AUTHORISED, "the signature is by %s, which is no operator's key in the registry", fingerprint);
	}
	if (!registry_in_time(k, n->time) || (given->now != 0 && !registry_in_time(k, given->now)))
		return spe_fail(e, SPE_E_NOT_AUTHORISED, "the key %s of %s is not valid at this time", k->fingerprint, k->name);
	if (gains(n, k->name) && others(r, n) >= r->needed)
		return spe_fail(e, SPE_E_NOT_AUTHORISED, "%s may not sign a change of their own keys while other operators can", k->name);
	TRY(sshsig_verify(k->key, REGISTRY_NAMESPACE, given->text, given->len, armor, strlen(armor), e));
	*ret = k;
	return 0;
}

static int signers_check(const struct registry *r, const struct registry_entry *given, struct entry *n, const char **ret,
	struct spe_error *e)
{
	const struct registry_key *signer[REGISTRY_SIGNERS_MAX];
	size_t i, k;

	if (given->signatures > REGISTRY_SIGNERS_MAX || (n->needed > 0 && given->signatures > 0))
		return spe_fail(e, SPE_E_INPUT, "there are more signatures than are taken");
	n->by_root = n->needed > 0 ? (uint64_t)n->seq : 0;
	for (i = 0; i < given->signatures; i++) {
		TRY(signer_check(r, given, n, given->armor[i], &signer[i], e));
		for (k = 0; k < i; k++)
			if (strcmp(signer[k]->name, signer[i]->name) == 0)
				return spe_fail(e, SPE_E_NOT_AUTHORISED, "%s has signed it already; another operator has to", signer[i]->name);
		if (signer[i]->root > n->by_root)
			n->by_root = signer[i]->root;
		if (ret)
			ret[i] = signer[i]->name;
	}
	return 0;
}

/* How many operators' names are left; those who are taken out by this entry do not count. */
static int leaves_enough(const struct registry *r, const struct entry *n, struct spe_error *e)
{
	size_t i, k, left = 0;

	for (i = 0; i < r->count; i++) {
		const struct registry_key *old = &r->key[i];
		bool stays = old->role == REGISTRY_OPERATOR && registry_stands(old, r->seq) && !gains(n, old->name);

		for (k = 0; k < n->count && stays; k++)
			stays = !n->change[k].revoke || strcmp(n->change[k].k.key, old->key) != 0;
		for (k = 0; k < i && stays; k++)
			stays = r->key[k].role != REGISTRY_OPERATOR || !registry_stands(&r->key[k], r->seq) || strcmp(r->key[k].name, old->name) != 0;
		left += stays;
	}
	for (i = 0; i < n->count; i++) {
		bool first = !n->change[i].revoke && n->change[i].k.role == REGISTRY_OPERATOR;

		for (k = 0; k < i && first; k++)
			first = n->change[k].revoke || strcmp(n->change[k].k.name, n->change[i].k.name) != 0;
		left += first;
	}
	return left >= r->needed ? 0 :
		spe_fail(e, SPE_E_CONFLICT, "that would leave %zu operator%s, but %u sign every change", left, left == 1 ? "" : "s", r->needed);
}

static int could(const struct registry *r, const struct registry_entry *given, struct entry *n, const char **ret, struct spe_error *e)
{
	bool of_operators = false;
	size_t i;

	TRY(entry_read(given->text, given->len, n, e));
	TRY(follows(r, n, given->now, e));
	for (i = 0; i < n->count; i++) {
		const struct registry_key *old = standing(r, n->change[i].k.name, n->change[i].k.key, r->seq);

		TRY(may_change(r, n, i, e));
		of_operators |= n->change[i].revoke ? old->role == REGISTRY_OPERATOR : n->change[i].k.role == REGISTRY_OPERATOR;
	}
	TRY(signers_check(r, given, n, ret, e));
	return n->needed == 0 && of_operators ? leaves_enough(r, n, e) : 0;
}

int registry_could(const struct registry *r, const struct registry_entry *given, const char **ret, struct spe_error *e)
{
	auto_entry struct entry n = { 0 };

	return could(r, given, &n, ret, e);
}

/* ---- adding ---- */

static int room_make(struct registry *r, size_t more, struct spe_error *e)
{
	struct registry_key *wider;

	if (r->room - r->count >= more)
		return 0;
	wider = realloc(r->key, (r->count + more) * 2 * sizeof(*wider));
	if (!wider)
		return memory(e);
	r->key = wider;
	r->room = (r->count + more) * 2;
	return 0;
}

static int key_add(struct registry *r, const struct registry_key *k, const struct entry *n, size_t signers)
{
	struct registry_key new = *k;

	new.added = (uint64_t)n->seq;
	new.root = n->by_root;
	new.signers = signers;
	new.name = strdup(k->name);
	new.key = strdup(k->key);
	new.team = k->team ? strdup(k->team) : NULL;
	if (!new.name || !new.key || (k->team && !new.team)) {
		key_clear(&new);
		return -SPE_E_INTERNAL;
	}
	r->key[r->count++] = new;
	return 0;
}

static int root_room_make(struct registry *r, struct spe_error *e)
{
	struct registry_root *wider = realloc(r->root, (r->roots + 1) * sizeof(*wider));

	if (!wider)
		return memory(e);
	r->root = wider;
	return 0;
}

/* New keys first, which can fail; what stood before then ends. */
static int changes_make(struct registry *r, const struct entry *n, size_t signers, struct spe_error *e)
{
	const size_t before = r->count;
	size_t i, k;

	TRY(room_make(r, n->count, e));
	for (i = 0; i < n->count; i++)
		if (!n->change[i].revoke && key_add(r, &n->change[i].k, n, signers) < 0) {
			while (r->count > before)
				key_clear(&r->key[--r->count]);
			return memory(e);
		}
	for (i = 0; i < n->count; i++)
		for (k = 0; k < before; k++)
			if (strcmp(r->key[k].key, n->change[i].k.key) == 0 && registry_stands(&r->key[k], r->seq)) {
				r->key[k].ended = (uint64_t)n->seq;
				r->key[k].revoked = n->change[i].revoke;
			}
	return 0;
}

int registry_add(struct registry *r, const struct registry_entry *given, struct spe_error *e)
{
	auto_entry struct entry n = { 0 };
	char head[SHA256_TEXT];

	TRY(could(r, given, &n, NULL, e));
	if (n.needed == 0 && given->signatures != r->needed)
		return spe_fail(e, SPE_E_NOT_AUTHORISED, "it has %zu of the %u signatures that it needs", given->signatures, r->needed);
	if (sha256_text(given->text, given->len, head) < 0)
		return memory(e);
	TRY(n.needed > 0 ? root_room_make(r, e) : 0);
	TRY(changes_make(r, &n, given->signatures, e));
	r->seq = (uint64_t)n.seq;
	memcpy(r->head, head, sizeof(head));
	if (n.needed > 0) {
		r->needed = (unsigned)n.needed;
		r->root[r->roots++] = (struct registry_root){ r->seq, r->needed };
		snprintf(r->file, sizeof(r->file), "%s", n.file);
	}
	return 0;
}

char *registry_text(const struct registry *r, const char *time, unsigned needed, const char *file, json_t *changes)
{
	auto_json json_t *j = json_pack("{s:s,s:I,s:s,s:s,s:s}", "format", REGISTRY_FORMAT, "seq", (json_int_t)r->seq + 1, "before", r->head,
		"time", time, "by", needed > 0 ? "root" : "operators");
	auto_buf struct buf line = { 0 };
	auto_free char *text = NULL;

	if (!j || (needed > 0 && (json_object_set_new(j, "needed", json_integer(needed)) < 0 ||
		json_object_set_new(j, "file", json_string(file)) < 0)) || json_object_set(j, "changes", changes) < 0)
		return NULL;
	text = json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER);
	buf_fmt(&line, "%s\n", text ? text : "");
	return text && !line.bad ? spe_take_ptr(&line.p) : NULL;
}

/* ---- all of it, from somebody ---- */

static int line_take(struct registry *r, const char *line, size_t len, size_t number, struct spe_error *e)
{
	static const char *const fields[] = { "entry", "signatures", NULL };
	struct registry_entry n = { .text = NULL };
	auto_json json_t *j = NULL;
	json_t *list, *one;
	struct spe_error why;
	char where[40];
	size_t i;

	snprintf(where, sizeof(where), "line %zu", number);
	TRY(json_parse(line, len, where, &j, e));
	TRY(json_only(j, where, fields, e));
	TRY(json_want_string(j, where, "entry", REGISTRY_ENTRY_MAX, &n.text, e));
	TRY(json_want_array(j, where, "signatures", REGISTRY_SIGNERS_MAX, &list, e));
	n.len = strlen(n.text);
	json_array_foreach(list, i, one) {
		if (!json_is_string(one) || json_string_length(one) > SSHSIG_ARMOR_MAX)
			return spe_fail(e, SPE_E_INPUT, "%s.signatures[%zu] must be a signature", where, i);
		n.armor[n.signatures++] = json_string_value(one);
	}
	return registry_add(r, &n, &why) < 0 ? spe_fail(e, SPE_E_TAMPERED, "%s: %s", where, why.text) : 0;
}

int registry_lines(const char *text, size_t len, uint64_t want, char head[65], struct registry **ret, struct spe_error *e)
{
	struct registry *r = NULL;
	const char *end;
	size_t number = 0;
	int done = registry_new(&r, e);

	if (head)
		head[0] = '\0';
	while (done == 0 && len > 0) {
		end = memchr(text, '\n', len);
		if (!end) {
			done = spe_fail(e, SPE_E_INPUT, "line %zu has no end", number + 1);
			break;
		}
		done = line_take(r, text, (size_t)(end - text), ++number, e);
		if (done == 0 && head && r->seq == want)
			memcpy(head, r->head, sizeof(r->head));
		len -= (size_t)(end + 1 - text);
		text = end + 1;
	}
	if (done == 0)
		*ret = r;
	else
		registry_free(r);
	return done;
}

/* ---- root's file ---- */

static int odd(struct spe_error *e, const char *what, size_t number, const char *why)
{
	return spe_fail(e, SPE_E_INPUT, "%s: line %zu: %s", what, number, why);
}

static int line_read(char *line, const char *what, size_t number, unsigned *needed, json_t *list, struct spe_error *e)
{
	char key[SSHKEY_TEXT_MAX], *rest = line + strcspn(line, " \t");
	struct spe_error why;
	json_t *one;
	size_t i;

	if (line[0] == '#' || line[strspn(line, " \t")] == '\0')
		return 0;
	if (*rest)
		*rest++ = '\0';
	rest += strspn(rest, " \t");
	if (strcmp(line, "needed") == 0) {
		if (strcmp(rest, "1") != 0 && strcmp(rest, "2") != 0)
			return odd(e, what, number, "needed 1 or needed 2 is wanted");
		*needed = (unsigned)(rest[0] - '0');
		return 0;
	}
	if (!name_ok(line) || strlen(line) > REGISTRY_PERSON_MAX)
		return odd(e, what, number, "NAME TYPE KEY is wanted, NAME of letters, digits, '.', '_' and '-'");
	if (sshkey_check(rest, key, NULL, &why) < 0)
		return odd(e, what, number, why.text);
	json_array_foreach(list, i, one)
		if (strcmp(json_str(one, "key"), key) == 0)
			return odd(e, what, number, "this key is there twice");
	return json_array_append_new(list, json_pack("{s:s,s:s}", "name", line, "key", key)) < 0 ? memory(e) : 0;
}

static bool list_has(const json_t *list, const struct registry_key *k)
{
	json_t *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, one)
		if (strcmp(json_str(one, "key"), k->key) == 0 && strcmp(json_str(one, "name"), k->name) == 0)
			return true;
	return false;
}

static int root_changes(const struct registry *r, const json_t *list, json_t *changes, struct spe_error *e)
{
	int bad = 0;
	json_t *one;
	size_t i;

	for (i = 0; i < r->count; i++)
		if (r->key[i].role == REGISTRY_OPERATOR && registry_stands(&r->key[i], r->seq) && !list_has(list, &r->key[i]))
			bad |= json_array_append_new(changes, json_pack("{s:s,s:s}", "revoke", r->key[i].name, "key", r->key[i].key));
	json_array_foreach((json_t *)(uintptr_t)list, i, one)
		if (!registry_find(r, REGISTRY_OPERATOR, json_str(one, "name"), json_str(one, "key"), r->seq))
			bad |= json_array_append_new(changes, json_pack("{s:O,s:s,s:O,s:n,s:n,s:n}", "set", json_object_get(one, "name"), "role",
				"operator", "key", json_object_get(one, "key"), "team", "from", "until"));
	return bad ? memory(e) : 0;
}

int registry_root(const struct registry *r, const char *text, size_t len, const char *what, unsigned *ret_needed,
	json_t **ret_changes, struct spe_error *e)
{
	auto_json json_t *list = json_array(), *changes = json_array();
	auto_free char *copy = strndup(text, len);
	unsigned needed = 2;
	size_t number = 0;
	char *line, *next;

	if (!list || !changes || !copy)
		return memory(e);
	if (len > REGISTRY_OPERATORS_MAX || strlen(copy) != len)
		return spe_fail(e, SPE_E_INPUT, "%s is no list of operators", what);
	for (line = copy; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		TRY(line_read(line, what, ++number, &needed, list, e));
	}
	if (json_array_size(list) == 0) /* cut short or emptied by mistake: keys that are revoked do not come back */
		return spe_fail(e, SPE_E_INPUT, "%s names nobody; at least one line of NAME TYPE KEY is wanted", what);
	TRY(root_changes(r, list, changes, e));
	*ret_needed = needed;
	*ret_changes = json_incref(changes);
	return 0;
}
