/* gate/permits.c - data permits, verified when they come and whenever they matter; see room.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
#include "spe/revocation.h"
#include "sped/gate/room.h"
#include "sped/trust/day.h"

#define YEARS_MAX 10     /* Article 68(12): of a permit, and of its one extension */
#define REVOKE_AGE_S 300 /* clocks differ, and a token wants to be touched */
#define auto_revocation __attribute__((cleanup(revocation_free)))

static void permit_path(char ret[STORE_PATH], const char *id, int64_t version, const char *what)
{
	snprintf(ret, STORE_PATH, "permits/%s/%" PRId64 ".%s", id, version, what);
}

static bool is_revoked(const struct gate *g, const char *id)
{
	char path[STORE_PATH];

	snprintf(path, sizeof(path), "permits/%s/revoked.json", id);
	return store_has(g, path);
}

/* 0 where there is none. */
static int64_t newest_version(const struct gate *g, const char *id)
{
	char path[STORE_PATH];
	int64_t version = 0;

	do
		permit_path(path, id, ++version, "json");
	while (store_has(g, path));
	return version - 1;
}

static int version_load(const struct gate *g, const char *id, int64_t version, struct permit **ret, char **ret_text,
	struct spe_error *e)
{
	auto_permit struct permit *p = NULL;
	auto_free char *text = NULL;
	char path[STORE_PATH];
	size_t len;

	permit_path(path, id, version, "json");
	TRY(store_read(g, path, &text, &len, e));
	TRY(permit_parse(text, len, &p, e));
	if (strcmp(p->id, id) != 0 || p->version != version)
		return spe_fail(e, SPE_E_TAMPERED, "%s is another permit than its name says", path);
	if (ret_text)
		*ret_text = spe_take_ptr(&text);
	*ret = spe_take_ptr(&p);
	return 0;
}

int permit_newest(const struct gate *g, const char *id, struct permit **ret, char **ret_text, struct spe_error *e)
{
	int64_t version = newest_version(g, id);

	if (version == 0)
		return spe_fail(e, SPE_E_NOT_FOUND, "there is no permit %s", id);
	return version_load(g, id, version, ret, ret_text, e);
}

int permit_version(const struct gate *g, const char *id, int64_t version, struct permit **ret, struct spe_error *e)
{
	return version_load(g, id, version, ret, NULL, e);
}

int permit_ends(const struct gate *g, const char *id, int64_t *ret, struct spe_error *e)
{
	auto_permit struct permit *p = NULL;

	TRY(permit_newest(g, id, &p, NULL, e));
	*ret = is_revoked(g, id) ? 0 : p->until;
	return 0;
}

int permit_in_force(const struct gate *g, const struct permit *p, struct spe_error *e)
{
	time_t now = (time_t)(g->now_ms() / 1000);
	char day[TIME_TEXT];

	if (is_revoked(g, p->id))
		return spe_fail(e, SPE_E_REFUSED, "permit %s was revoked", p->id);
	if (now < p->from) {
		time_text(day, (int64_t)p->from * 1000, false);
		return spe_fail(e, SPE_E_REFUSED, "permit %s is valid from %.10s on", p->id, day);
	}
	if (now > p->until) {
		time_text(day, (int64_t)p->until * 1000, false);
		return spe_fail(e, SPE_E_REFUSED, "permit %s was valid until %.10s", p->id, day);
	}
	return permit_not_over(g, p->id, e); /* whatever the clock was set back to */
}

int permit_not_over(const struct gate *g, const char *id, struct spe_error *e)
{
	return permit_is_over(g, id) ? spe_fail(e, SPE_E_REFUSED, "permit %s has ended, and what was not released went with it", id) : 0;
}

int permit_erased_by(const struct gate *g, const char *id, int64_t *ret, struct spe_error *e)
{
	auto_revocation struct revocation r = { 0 };
	auto_permit struct permit *p = NULL;
	auto_free char *text = NULL;
	char path[STORE_PATH];
	size_t len;

	TRY(permit_newest(g, id, &p, NULL, e));
	*ret = p->erased_by;
	if (!is_revoked(g, id))
		return 0;
	snprintf(path, sizeof(path), "permits/%s/revoked.json", id);
	TRY(store_read(g, path, &text, &len, e));
	if (revocation_parse(text, len, &r, NULL) == 0 && r.time_s < p->until) /* of before it was signed has no time that counts */
		*ret = r.time_s + (p->erased_by - p->until);
	return 0;
}

int permit_on(const struct gate *g, const char *id, struct spe_error *e)
{
	auto_permit struct permit *p = NULL;

	TRY(permit_newest(g, id, &p, NULL, e));
	return permit_in_force(g, p, e);
}

/* ---- importing ---- */

struct term {
	struct day from, until;
};

static int term_of(const json_t *permit, struct term *ret, struct spe_error *e)
{
	json_t *valid;

	TRY(json_want_object(permit, "permit", "valid", &valid, e));
	TRY(day_want(valid, "permit.valid", "from", &ret->from, e));
	return day_want(valid, "permit.valid", "until", &ret->until, e);
}

static int64_t years_on(struct day d, int years)
{
	d.y += years;
	return day_number(d);
}

/* The earliest day of all versions here, the latest, and the newest's last; also of versions that this sped reads no more. */
static int terms_of(const struct gate *g, const char *id, int64_t newest, struct term *ret, struct day *ret_last, struct spe_error *e)
{
	int64_t version;

	for (version = 1; version <= newest; version++) {
		auto_json json_t *permit = NULL;
		char path[STORE_PATH];
		struct term one;

		permit_path(path, id, version, "json");
		TRY(store_json(g, path, &permit, e));
		TRY(term_of(permit, &one, e));
		if (version == 1 || day_number(one.from) < day_number(ret->from))
			ret->from = one.from;
		if (version == 1 || day_number(one.until) > day_number(ret->until))
			ret->until = one.until;
		*ret_last = one.until;
	}
	return 0;
}

/* Versions are held to the law together: each by itself may have ten years, which would come to any number of them. */
static int term_check(const struct gate *g, const struct permit *p, int64_t newest, struct spe_error *e)
{
	struct term now, all;
	struct day last;
	int64_t until;

	TRY(term_of(p->root, &now, e));
	TRY(terms_of(g, p->id, newest, &all, &last, e));
	if (day_number(now.from) < day_number(all.from))
		all.from = now.from;
	until = day_number(now.until);
	if (until <= years_on(all.from, YEARS_MAX))
		return 0;
	if (until > years_on(all.from, 2 * YEARS_MAX))
		return spe_fail(e, SPE_E_REFUSED, "permit.valid.until is more than %d years after %04d-%02d-%02d, from which permit %s is valid; "
			"Article 68(12) allows no more", 2 * YEARS_MAX, all.from.y, all.from.m, all.from.d, p->id);
	if (day_number(all.until) > years_on(all.from, YEARS_MAX))
		return until <= day_number(all.until) ? 0 : spe_fail(e, SPE_E_REFUSED,
			"permit %s was extended until %04d-%02d-%02d already; Article 68(12) allows one extension", p->id, all.until.y,
			all.until.m, all.until.d);
	if (until > years_on(last, YEARS_MAX))
		return spe_fail(e, SPE_E_REFUSED, "permit.valid.until extends permit %s by more than %d years after %04d-%02d-%02d; "
			"Article 68(12) allows no more", p->id, YEARS_MAX, last.y, last.m, last.d);
	return 0;
}

static int follows(const struct gate *g, const struct permit *p, struct spe_error *e)
{
	int64_t newest = newest_version(g, p->id);
	auto_permit struct permit *before = NULL;

	if (is_revoked(g, p->id))
		return spe_fail(e, SPE_E_REFUSED, "permit %s was revoked", p->id);
	if (permit_is_over(g, p->id)) /* in force again it would have no key, and perhaps a proof that its data are gone */
		return spe_fail(e, SPE_E_REFUSED, "permit %s has ended and its key is destroyed: what is to go on needs a permit with a new number", p->id);
	if (newest == 0 && p->version != 1)
		return spe_fail(e, SPE_E_CONFLICT, "permit.version is %" PRId64 ", but version 1 of %s is not here",
			p->version, p->id);
	if (newest == 0)
		return 0;
	TRY(version_load(g, p->id, newest, &before, NULL, e));
	if (p->version != newest + 1)
		return spe_fail(e, SPE_E_CONFLICT, "permit.version is %" PRId64 "; after the stored version %" PRId64
			" of %s comes %" PRId64, p->version, newest, p->id, newest + 1);
	if (strcmp(p->replaces, before->digest) != 0)
		return spe_fail(e, SPE_E_CONFLICT, "permit.replaces is not the SHA-256 of the stored version %" PRId64,
			newest);
	if (strcmp(p->issuer, before->issuer) != 0)
		return spe_fail(e, SPE_E_REFUSED, "permit %s was issued by another body; only that may amend it", p->id);
	return term_check(g, p, newest, e);
}

static int signed_by_issuer(const struct gate *g, const struct permit *p, const char *text, const char *armor,
	struct spe_error *e)
{
	const struct registry_key *issuer;

	TRY(signer_find(g, REGISTRY_ISSUER, p->issuer, armor, &issuer, e));
	return sshsig_verify(issuer->key, "spe-permit", text, strlen(text), armor, strlen(armor), e);
}

static int permit_store(struct gate *g, const struct permit *p, const char *text, const char *armor, struct spe_error *e)
{
	/* The text comes last: a version is there once its text is. */
	struct store_file f[2] = { { .p = armor, .len = strlen(armor) }, { .p = text, .len = strlen(text) } };

	permit_path(f[0].path, p->id, p->version, "sig");
	permit_path(f[1].path, p->id, p->version, "json");
	return store_write(g, "permit.import", p->id,
		json_pack("{s:s,s:I}", "permit", p->id, "version", (json_int_t)p->version), f, 2, e);
}

static int is_newest(const struct gate *g, const struct permit *p)
{
	char path[STORE_PATH];
	const char *digest;

	permit_path(path, p->id, p->version, "json");
	digest = store_digest(g, path);
	return digest && p->version == newest_version(g, p->id) && strcmp(digest, p->digest) == 0;
}

int do_permit(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_permit struct permit *p = NULL;
	const char *text, *armor;

	TRY(json_want_string(c->in, "request", "permit", PERMIT_TEXT_MAX, &text, e));
	TRY(json_want_string(c->in, "request", "signature", SSHSIG_ARMOR_MAX, &armor, e));
	TRY(permit_parse(text, strlen(text), &p, e));
	TRY(signed_by_issuer(g, p, text, armor, e));
	if (!is_newest(g, p)) {
		TRY(permit_can_be_kept(p, e));
		TRY(follows(g, p, e));
		TRY(permit_store(g, p, text, armor, e));
		g->ends_s = 0;
	}
	c->out = json_pack("{s:s,s:I,s:s}", "permit", p->id, "version", (json_int_t)p->version, "digest", p->digest);
	return 0;
}

int do_permit_show(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_permit struct permit *p = NULL;
	auto_free char *text = NULL;
	const char *id;

	TRY(want_name(c, "permit", &id, e));
	TRY(permit_newest(g, id, &p, &text, e));
	c->out = json_pack("{s:s,s:I,s:s,s:s,s:b}", "permit", id, "version", (json_int_t)p->version, "digest", p->digest,
		"text", text, "revoked", is_revoked(g, id));
	return 0;
}

/* ---- revoking ---- */

/* It says just this of just this permit, and was signed just now: nobody keeps one for later. */
static int revocation_fits(const struct gate *g, const struct permit *p, const struct revocation *r, struct spe_error *e)
{
	const int64_t now = g->now_ms() / 1000;

	if (strcmp(r->permit, p->id) != 0)
		return spe_fail(e, SPE_E_INPUT, "request.statement is of permit %s, not of %s", r->permit, p->id);
	if (r->version != p->version || strcmp(r->sha256, p->digest) != 0) {
		spe_fail(e, SPE_E_CONFLICT, "request.statement is of another text than version %" PRId64 " of permit %s, the newest", p->version, p->id);
		spe_remedy(e, "try: spe-cli permit show %.60s, and sign anew", p->id);
		return -SPE_E_CONFLICT;
	}
	if (r->time_s < now - REVOKE_AGE_S || r->time_s > now + REVOKE_AGE_S)
		return spe_fail(e, SPE_E_NOT_AUTHORISED, "request.statement.time is more than %d seconds off", REVOKE_AGE_S);
	return 0;
}

/* Any one operator may: it takes away and gives nothing, and can't wait for a second. */
static int signed_by_operator(const struct gate *g, const char *text, const char *armor, const struct registry_key **ret, struct spe_error *e)
{
	TRY(registry_unchanged(g, e));
	TRY(signer_find(g, REGISTRY_OPERATOR, NULL, armor, ret, e));
	return sshsig_verify((*ret)->key, REVOCATION_NAMESPACE, text, strlen(text), armor, strlen(armor), e);
}

static int revoke_store(struct gate *g, const struct permit *p, const struct registry_key *by, const char *text, const char *armor,
	struct spe_error *e)
{
	/* The text comes last: a permit is revoked once that is there. */
	struct store_file f[2] = { { .p = armor, .len = strlen(armor) }, { .p = text, .len = strlen(text) } };

	snprintf(f[0].path, sizeof(f[0].path), "permits/%s/revoked.sig", p->id);
	snprintf(f[1].path, sizeof(f[1].path), "permits/%s/revoked.json", p->id);
	return store_write(g, "permit.revoke", p->id, json_pack("{s:s,s:I,s:s,s:s}", "permit", p->id, "version", (json_int_t)p->version, "by",
		by->name, "fingerprint", by->fingerprint), f, 2, e);
}

int do_revoke(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_permit struct permit *p = NULL;
	auto_revocation struct revocation r = { 0 };
	const struct registry_key *by;
	const char *id, *text, *armor;

	TRY(want_name(c, "permit", &id, e));
	TRY(json_want_string(c->in, "request", "statement", REVOCATION_MAX, &text, e));
	TRY(json_want_string(c->in, "request", "signature", SSHSIG_ARMOR_MAX, &armor, e));
	TRY(revocation_parse(text, strlen(text), &r, e));
	TRY(permit_newest(g, id, &p, NULL, e));
	TRY(revocation_fits(g, p, &r, e));
	TRY(signed_by_operator(g, text, armor, &by, e));
	if (!is_revoked(g, id)) {
		TRY(revoke_store(g, p, by, text, armor, e));
		g->ends_s = g->now_ms() / 1000;
	}
	c->out = json_pack("{s:s,s:b,s:s}", "permit", id, "revoked", 1, "by", by->name);
	return 0;
}

/* ---- all of them ---- */

static int version_check(const struct gate *g, const char *id, int64_t version, struct spe_error *e)
{
	auto_free char *text = NULL, *armor = NULL;
	auto_permit struct permit *p = NULL;
	char path[STORE_PATH], key[SSHKEY_TEXT_MAX];
	size_t len;

	TRY(version_load(g, id, version, &p, &text, e));
	permit_path(path, id, version, "sig");
	TRY(store_read(g, path, &armor, &len, e));
	TRY(sshsig_key_of(armor, len, key, e));
	if (!key_was_of(g, REGISTRY_ISSUER, p->issuer, key))
		return spe_fail(e, SPE_E_TAMPERED, "it is not signed by a key that ever was of %s", p->issuer);
	return sshsig_verify(key, "spe-permit", text, strlen(text), armor, len, e);
}

/* What an earlier version of the gate took on the engine's word has no signature, and no other format has none. */
static int revoked_check(const struct gate *g, const char *id, struct spe_error *e)
{
	auto_free char *text = NULL, *armor = NULL;
	auto_revocation struct revocation r = { 0 };
	auto_json json_t *old = NULL;
	char path[STORE_PATH], key[SSHKEY_TEXT_MAX];
	size_t len;

	snprintf(path, sizeof(path), "permits/%s/revoked.json", id);
	TRY(store_read(g, path, &text, &len, e));
	if (json_parse(text, len, "revoked", &old, NULL) == 0 && strcmp(json_str(old, "format"), "spe-revoked-1") == 0)
		return 0;
	TRY(revocation_parse(text, len, &r, e));
	snprintf(path, sizeof(path), "permits/%s/revoked.sig", id);
	TRY(store_read(g, path, &armor, &len, e));
	TRY(sshsig_key_of(armor, len, key, e));
	if (strcmp(r.permit, id) != 0 || !registry_ever(g->registry, REGISTRY_OPERATOR, NULL, key))
		return spe_fail(e, SPE_E_TAMPERED, "its revocation is not signed by a key that ever was an operator's");
	return sshsig_verify(key, REVOCATION_NAMESPACE, text, strlen(text), armor, len, e);
}

size_t permits_check(const struct gate *g, json_t *problems)
{
	const char *group;
	size_t count = 0;
	json_t *of;

	json_object_foreach(g->files, group, of) {
		int64_t version, newest;

		if (strncmp(group, "permits/", 8) != 0)
			continue;
		newest = newest_version(g, group + 8);
		count += (size_t)newest;
		for (version = 1; version <= newest; version++) {
			struct spe_error e = { 0 };

			if (version_check(g, group + 8, version, &e) < 0)
				problem_add(problems, "version %" PRId64 " of permit %s: %s", version, group + 8, e.text);
		}
		if (is_revoked(g, group + 8)) {
			struct spe_error e = { 0 };

			if (revoked_check(g, group + 8, &e) < 0)
				problem_add(problems, "permit %s: %s", group + 8, e.text);
		}
	}
	return count;
}
