/* gate/decide.c - decisions: taken once, kept with their signatures, verified anew whenever they count; see room.h. */
#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/gate/room.h"

#define COMMENT_MAX 2000
#define NAMESPACE "spe-decision"

static void decision_path(char ret[STORE_PATH], const char *id, const char *person, const char *what)
{
	snprintf(ret, STORE_PATH, "exports/%s/decisions/%s.%s", id, person, what);
}

#define SAID "spe-approve-1"

/* To approve is to sign the manifest, and what is said with it in a statement of its own; whatever else is decided is a statement of that
 * format about it. One of these is enough. */
static const struct verdict {
	const char *name, *format;
} verdicts[] = { { "approve", NULL }, { "reject", "spe-reject-1" }, { "return", "spe-return-1" } };

static const struct verdict *verdict_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (strcmp(verdicts[i].name, name) == 0)
			return &verdicts[i];
	return NULL;
}

/* What is signed to reject or return, or to say something of an approval: the manifest's hash and the comment, on one line. */
static char *statement_make(const char *format, const char *manifest_sha256, const char *comment)
{
	auto_json json_t *j = json_pack("{s:s,s:s,s:s}", "format", format, "manifest", manifest_sha256,
		"comment", comment);
	auto_free char *text = j ? json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
	char *line = NULL;

	if (!text || asprintf(&line, "%s\n", text) < 0)
		return NULL;
	return line;
}

/* One decision, as it came or as it was kept. */
struct decision {
	const char *person, *comment, *armor, *statement; /* statement "" to approve */
	const char *said;          /* the signature of an approval's comment, or NULL */
	const struct verdict *verdict;
};

static bool has_statement(const struct decision *d)
{
	return d->verdict->format != NULL;
}

static int signature_check(const struct export *x, const struct decision *d, const char *key, struct spe_error *e)
{
	const char *text = has_statement(d) ? d->statement : x->manifest_text;
	size_t len = has_statement(d) ? strlen(d->statement) : x->manifest_len;

	return sshsig_verify(key, NAMESPACE, text, len, d->armor, strlen(d->armor), e);
}

/* Words under a person's name are that person's. */
static int said_check(const struct gate *g, const struct export *x, const struct decision *d, const char *key, struct spe_error *e)
{
	auto_free char *text = NULL;

	if (!d->said)
		return 0;
	text = statement_make(SAID, export_sha256(g, x->id, "manifest.json"), d->comment);
	return text ? sshsig_verify(key, NAMESPACE, text, strlen(text), d->said, strlen(d->said), e) : gate_memory(e);
}

static int statement_check(const struct gate *g, const struct export *x, const struct decision *d, struct spe_error *e)
{
	auto_free char *want = NULL;

	if (!has_statement(d))
		return 0;
	want = statement_make(d->verdict->format, export_sha256(g, x->id, "manifest.json"), d->comment);
	if (!want)
		return gate_memory(e);
	if (strcmp(want, d->statement) != 0)
		return spe_fail(e, SPE_E_INPUT, "request.statement is not the one that has to be signed to %s this manifest with this comment",
			d->verdict->name);
	return 0;
}

/* ---- those that were kept ---- */

static int kept_tampered(const struct export *x, const char *person, const char *why, struct spe_error *e)
{
	return spe_fail(e, SPE_E_TAMPERED, "exports/%s/decisions/%s.sig: %s", x->id, person, why);
}

static int kept_check(const struct gate *g, const struct export *x, const char *person, const json_t *j, struct spe_error *e)
{
	auto_free char *armor = NULL, *statement = NULL;
	struct decision d = { .person = person, .verdict = verdict_find(json_str(j, "verdict")), .comment = json_str(j, "comment"),
		.said = json_string_value(json_object_get(j, "comment_signature")) };
	char path[STORE_PATH];
	struct spe_error why;
	size_t len;

	if (!d.verdict)
		return kept_tampered(x, person, "it is no verdict that there is", e);
	decision_path(path, x->id, person, "sig");
	TRY(store_read(g, path, &armor, &len, e));
	decision_path(path, x->id, person, "stmt");
	if (has_statement(&d))
		TRY(store_read(g, path, &statement, &len, e));
	d.armor = armor;
	d.statement = statement;
	if (strcmp(json_str(j, "person"), person) != 0 || strcmp(json_str(j, "export"), x->id) != 0)
		return kept_tampered(x, person, "it is the decision on another export or by another person", e);
	if (strcmp(json_str(j, "manifest_sha256"), export_sha256(g, x->id, "manifest.json")) != 0)
		return kept_tampered(x, person, "it is the decision on another manifest", e);
	if (!key_was_of(g, REGISTRY_CHECKER, person, json_str(j, "key")))
		return kept_tampered(x, person, "its key never was one of the checker", e);
	if (statement_check(g, x, &d, &why) < 0 || signature_check(x, &d, json_str(j, "key"), &why) < 0 ||
		said_check(g, x, &d, json_str(j, "key"), &why) < 0)
		return kept_tampered(x, person, why.text, e);
	return 0;
}

static bool has_field(const json_t *list, const char *field, const char *value)
{
	json_t *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, one)
		if (strcmp(json_str(one, field), value) == 0)
			return true;
	return false;
}

/* The key counted when it signed, and counts when the export is released: now, or then where it was. Releases from before the
 * registry were made on the keys of that time. */
static bool key_counts(const struct gate *g, const struct export *x, const json_t *j, const char **ret_team)
{
	const char *person = json_str(j, "person"), *key = json_str(j, "key");
	const json_t *released = export_released(g, x), *entry = json_object_get(j, "registry");
	uint64_t seq = released ? (uint64_t)json_int(released, "registry") : g->registry->seq;
	int64_t at = released ? json_int(released, "valid_at") : x->loaded_s;
	const struct registry_key *k;

	if (released && seq == 0)
		return true;
	k = registry_find(g->registry, REGISTRY_CHECKER, person, key, seq);
	if (!k || !registry_in_time(k, at))
		return false;
	*ret_team = k->team;
	if (!entry) /* signed before there was a registry */
		return true;
	k = registry_find(g->registry, REGISTRY_CHECKER, person, key, (uint64_t)json_integer_value(entry));
	return k && registry_in_time(k, json_int(j, "unix_time"));
}

/* Where the policy asks for different teams, who has none is of no other. */
static bool team_counts(const struct export *x, const char *team)
{
	json_t *one;
	size_t i;

	if (!json_flag(x->request, "different_teams"))
		return true;
	json_array_foreach(x->decisions, i, one)
		if (team && json_flag(one, "counts") && strcmp(json_str(one, "team"), team) == 0)
			return false;
	return team != NULL;
}

/* Whoever stopped being a checker by an amendment before the release, shares a key, or has one that does not count, does not
 * count. */
static bool counts(const struct gate *g, const struct export *x, const json_t *j, const char **ret_team)
{
	const char *person = json_str(j, "person");

	*ret_team = NULL;
	return permit_roles(x->then ? x->then : x->permit, person) == ROLE_CHECKER && key_counts(g, x, j, ret_team) &&
	       team_counts(x, *ret_team) && strcmp(person, json_str(x->request, "requester")) != 0 &&
	       !has_field(x->decisions, "key", json_str(j, "key"));
}

static int kept_add(const struct gate *g, struct export *x, const char *person, struct spe_error *e)
{
	auto_json json_t *j = NULL;
	char path[STORE_PATH];
	const char *team;
	bool approve, good;
	int64_t ms;

	decision_path(path, x->id, person, "json");
	TRY(store_json(g, path, &j, e));
	TRY(kept_check(g, x, person, j, e));
	approve = strcmp(json_str(j, "verdict"), "approve") == 0;
	good = counts(g, x, j, &team);
	x->approvals += approve && good;
	x->rejections += strcmp(json_str(j, "verdict"), "reject") == 0;
	x->returns += strcmp(json_str(j, "verdict"), "return") == 0;
	ms = json_int(j, "unix_time") * 1000;
	if (approve && good && ms > x->decided_ms)
		x->decided_ms = ms;
	if (json_object_set_new(j, "counts", json_boolean(approve && good)) < 0 ||
		json_object_set_new(j, "team", team ? json_string(team) : json_null()) < 0 || json_array_append(x->decisions, j) < 0)
		return gate_memory(e);
	return 0;
}

/* Of a file "decisions/PERSON.json". */
static bool decision_person(const char *name, char ret[SPE_NAME_MAX + 1])
{
	size_t n = strlen(name);

	if (strncmp(name, "decisions/", 10) != 0 || n < 16 || n - 15 > SPE_NAME_MAX || strcmp(name + n - 5, ".json") != 0)
		return false;
	snprintf(ret, SPE_NAME_MAX + 1, "%.*s", (int)(n - 15), name + 10);
	return true;
}

json_t *deciders(const struct gate *g, const char *id)
{
	json_t *list = json_array(), *sha256;
	char group[STORE_PATH], person[SPE_NAME_MAX + 1];
	const char *name;

	snprintf(group, sizeof(group), "exports/%s", id);
	json_object_foreach((json_t *)(uintptr_t)store_group(g, group), name, sha256)
		if (decision_person(name, person) && json_array_append_new(list, json_string(person)) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

/* In the order in which they were made, which is that of the journal. */
int decisions_load(const struct gate *g, struct export *x, struct spe_error *e)
{
	char group[STORE_PATH];
	const char *name;
	json_t *sha256;

	x->decisions = json_array();
	if (!x->decisions)
		return gate_memory(e);
	snprintf(group, sizeof(group), "exports/%s", x->id);
	json_object_foreach((json_t *)(uintptr_t)store_group(g, group), name, sha256) {
		char person[SPE_NAME_MAX + 1];

		if (!decision_person(name, person))
			continue;
		if (!x->manifest)
			return spe_fail(e, SPE_E_TAMPERED, "%s/%s is there, but no manifest", group, name);
		TRY(kept_add(g, x, person, e));
	}
	return 0;
}

/* ---- a new one ---- */

/* Of an approval that says something, and of nothing else. */
static int said_want(const struct call *c, struct decision *d, struct spe_error *e)
{
	const bool given = json_object_get(c->in, "comment_signature") != NULL, wanted = !has_statement(d) && d->comment[0];

	d->said = NULL;
	if (given && !wanted)
		return spe_fail(e, SPE_E_INPUT, "request.comment_signature is of an approval with a comment, and of nothing else");
	if (given)
		return json_want_string(c->in, "request", "comment_signature", SSHSIG_ARMOR_MAX, &d->said, e);
	if (!wanted)
		return 0;
	spe_fail(e, SPE_E_INPUT, "request.comment of an approval needs a signature of its own, request.comment_signature");
	spe_remedy(e, "try: a newer spe-cli, or to approve without a comment");
	return -SPE_E_INPUT;
}

static int decision_want(const struct call *c, struct decision *d, struct spe_error *e)
{
	const char *verdict;

	d->statement = "";
	TRY(want_name(c, "person", &d->person, e));
	TRY(json_want_string(c->in, "request", "verdict", 10, &verdict, e));
	d->verdict = verdict_find(verdict);
	if (!d->verdict)
		return spe_fail(e, SPE_E_INPUT, "request.verdict must be approve, reject or return");
	TRY(json_want_string(c->in, "request", "signature", SSHSIG_ARMOR_MAX, &d->armor, e));
	d->comment = "";
	if (json_object_get(c->in, "comment"))
		TRY(want_text(c->in, "request", "comment", COMMENT_MAX, &d->comment, e));
	TRY(said_want(c, d, e));
	return has_statement(d) ? json_want_string(c->in, "request", "statement", 3 * COMMENT_MAX + 1000, &d->statement, e) :
			      0;
}

static int may_decide(const struct gate *g, const struct export *x, const char *person, const char *verdict,
	struct spe_error *e)
{
	TRY(permit_in_force(g, x->permit, e));
	if (strcmp(person, json_str(x->request, "requester")) == 0)
		return spe_fail(e, SPE_E_NOT_AUTHORISED, "%s asked for export %s and may not decide on it", person, x->id);
	if (permit_roles(x->permit, person) != ROLE_CHECKER)
		return spe_fail(e, SPE_E_NOT_AUTHORISED, "%s is no checker of permit %s", person, x->permit->id);
	if (has_field(x->decisions, "person", person))
		return spe_fail(e, SPE_E_CONFLICT, "%s has decided on export %s already", person, x->id);
	if (!export_may(x, verdict))
		return spe_fail(e, SPE_E_CONFLICT, "export %s is %s; only one that is pending is decided on", x->id,
			x->state);
	return 0;
}

/* The first of a team counts, so the second is told. */
static int team_check(const struct export *x, const struct registry_key *signer, struct spe_error *e)
{
	if (team_counts(x, signer->team))
		return 0;
	if (!signer->team)
		return spe_fail(e, SPE_E_NOT_AUTHORISED, "%s has no team in the registry, and the policy asks for checkers of different teams",
			signer->name);
	return spe_fail(e, SPE_E_NOT_AUTHORISED, "another checker of team %s has approved already, and the policy asks for different teams",
		signer->team);
}

static json_t *decision_pack(const struct gate *g, const struct export *x, const struct decision *d,
	const struct registry_key *signer)
{
	char now[TIME_TEXT];

	gate_now(g, now);
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:s,s:s,s:s,s:s,s:I,s:s*}", "format", "spe-decision-1", "export", x->id, "person",
		d->person, "verdict", d->verdict->name, "time", now, "unix_time", (json_int_t)(g->now_ms() / 1000), "comment",
		d->comment, "manifest_sha256", export_sha256(g, x->id, "manifest.json"), "key",
		signer->key, "fingerprint", signer->fingerprint, "registry", (json_int_t)g->registry->seq,
		"comment_signature", d->said);
}

static int decision_store(struct gate *g, const struct export *x, const struct decision *d,
	const struct registry_key *signer, struct spe_error *e)
{
	auto_json json_t *j = decision_pack(g, x, d, signer);
	auto_free char *text = j ? json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
	struct store_file f[3] = { { .p = d->armor, .len = strlen(d->armor) },
		{ .p = d->statement, .len = strlen(d->statement) }, { .p = text, .len = text ? strlen(text) : 0 } };
	size_t count = has_statement(d) ? 3 : 2;

	if (!text)
		return gate_memory(e);
	if (!has_statement(d))
		f[1] = f[2];
	decision_path(f[0].path, x->id, d->person, "sig");
	if (has_statement(d))
		decision_path(f[1].path, x->id, d->person, "stmt");
	decision_path(f[count - 1].path, x->id, d->person, "json"); /* last: the decision is there once it is */
	return store_write(g, "export.decision", export_workspace(x),
		json_pack("{s:s,s:s,s:s,s:O}", "export", x->id, "person", d->person, "verdict", d->verdict->name,
			"manifest_sha256", json_object_get(j, "manifest_sha256")),
		f, count, e);
}

int do_decide(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_export struct export x = { .request = NULL };
	const struct registry_key *signer;
	struct decision d;
	char id[SPE_ID_TEXT];
	const char *from;

	TRY(want_id(c, "export", NULL, id, e));
	TRY(decision_want(c, &d, e));
	TRY(export_load(g, id, &x, e));
	TRY(may_decide(g, &x, d.person, d.verdict->name, e));
	TRY(statement_check(g, &x, &d, e));
	TRY(registry_unchanged(g, e));
	TRY(signer_find(g, REGISTRY_CHECKER, d.person, d.armor, &signer, e));
	TRY(signature_check(&x, &d, signer->key, e));
	TRY(said_check(g, &x, &d, signer->key, e));
	if (has_field(x.decisions, "key", signer->key))
		return spe_fail(e, SPE_E_NOT_AUTHORISED, "the key %s has signed a decision on export %s already",
			signer->fingerprint, id);
	if (!has_statement(&d))
		TRY(team_check(&x, signer, e));
	if (!has_statement(&d))
		TRY(export_meets_none(g, &x, e));
	TRY(decision_store(g, &x, &d, signer, e));
	from = x.state;
	export_free(&x);
	TRY(export_load(g, id, &x, e));
	TRY(export_moved(g, &x, d.verdict->name, from, e));
	c->out = json_pack("{s:s,s:I,s:I}", "state", x.state, "approvals", (json_int_t)x.approvals, "needed",
		(json_int_t)x.needed);
	return 0;
}
