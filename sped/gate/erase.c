/* gate/erase.c - the key of each permit, and the end of it: first the key, so that no pseudonym can be made or followed any
 * more; then, when data and outputs are gone (remains.c), a signed proof that stays. See room.h.
 * salts/PERMIT is 32 random bytes from which, with the master key, all that is secret of a permit is made; it is a state file
 * as others are, so a lost or changed one shows. Destroyed it is an empty one. */
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
#include "spe/psn.h"
#include "sped/base/buf.h"
#include "sped/gate/room.h"

#define NAMESPACE "spe-deletion"
#define SALT 32

static void path_of(char ret[STORE_PATH], const char *directory, const char *id)
{
	snprintf(ret, STORE_PATH, "%s/%s", directory, id);
}


bool permit_is_over(const struct gate *g, const char *id)
{
	return store_is_empty(json_object_get(store_group(g, "salts"), id));
}

static int salt_make(struct gate *g, const char *id, const char *path, struct spe_error *e)
{
	uint8_t salt[SALT];
	struct store_file f = { .p = salt, .len = sizeof(salt) };
	int r = io_random(salt, sizeof(salt));

	if (r < 0)
		return gate_fail(e, "make the key of a permit", r);
	snprintf(f.path, sizeof(f.path), "%s", path);
	r = store_write(g, "permit.key", id, json_pack("{s:s}", "permit", id), &f, 1, e);
	OPENSSL_cleanse(salt, sizeof(salt));
	return r;
}

/* HMAC-SHA256(MK, "sped/v1" 00 "permit" 00 salt). */
static int derive(const struct gate *g, const char salt[SALT], uint8_t ret[PSN_KEY])
{
	static const char label[] = "sped/v1\0permit"; /* with the string's own NUL */
	uint8_t text[sizeof(label) + SALT];
	int r;

	memcpy(text, label, sizeof(label));
	memcpy(text + sizeof(label), salt, SALT);
	r = hmac_sha256(g->master, sizeof(g->master), text, sizeof(text), ret);
	OPENSSL_cleanse(text, sizeof(text));
	return r;
}

int permit_master(struct gate *g, const char *id, uint8_t ret[PSN_KEY], struct spe_error *e)
{
	auto_free char *salt = NULL;
	char path[STORE_PATH];
	size_t len;
	int r;

	path_of(path, "salts", id);
	if (!store_has(g, path))
		TRY(salt_make(g, id, path, e));
	if (permit_is_over(g, id))
		return spe_fail(e, SPE_E_REFUSED, "the key of permit %s was destroyed when it ended", id);
	TRY(store_read(g, path, &salt, &len, e));
	if (len != SALT)
		return spe_fail(e, SPE_E_TAMPERED, "%s is no key", path);
	r = derive(g, salt, ret);
	OPENSSL_cleanse(salt, len);
	return r < 0 ? gate_memory(e) : 0;
}

/* Fingerprints tell of records too; what was released stays, and what was counted of that. Its keys are in no task either that a
 * keeper could still ask for. */
int permit_end(struct gate *g, const char *id, struct spe_error *e)
{
	auto_json json_t *prints = prints_of(g, id);
	struct store_file f[STORE_FILES_MAX] = { { .p = "" } };
	size_t i, count = 0;
	json_t *sha256;

	if (!prints)
		return gate_memory(e);
	for (i = 0; i < GATE_TASKS_MAX; i++)
		if (g->task[i].socket >= 0 && strcmp(g->task[i].permit, id) == 0)
			task_drop(&g->task[i]);
	if (!permit_is_over(g, id))
		path_of(f[count++].path, "salts", id);
	json_array_foreach(prints, i, sha256)
		if (count < STORE_FILES_MAX && prints_path(g, id, json_string_value(sha256), f[count].path))
			f[count++].p = "";
	g->remains.due = true;
	if (count == 0)
		return 0;
	TRY(backup_drop(g, e));
	TRY(store_write(g, "permit.keys-destroyed", id, json_pack("{s:s}", "permit", id), f, count, e));
	return 0;
}

/* That it is over is not the engine's to say: by the clock and the permit's own days, or by an operator's signature. */
int do_end(struct gate *g, struct call *c, struct spe_error *e)
{
	char day[TIME_TEXT];
	const char *id;
	int64_t at;

	TRY(want_name(c, "permit", &id, e));
	TRY(permit_ends(g, id, &at, e));
	if (at >= g->now_ms() / 1000 && !permit_is_over(g, id)) {
		time_text(day, at * 1000, false);
		return spe_fail(e, SPE_E_REFUSED, "permit %s is valid until %.10s and was not revoked: its key stays", id, day);
	}
	if (at > 0 && !permit_is_over(g, id))
		TRY(clock_believe(g, e));
	TRY(permit_end(g, id, e));
	c->out = json_pack("{s:s,s:b}", "permit", id, "destroyed", 1);
	return 0;
}

static char *statement(const struct gate *g, const struct permit *p, json_int_t versions)
{
	char now[TIME_TEXT];
	auto_json json_t *j = NULL;

	gate_now(g, now);
	j = json_pack("{s:s,s:s,s:I,s:s,s:s,s:[s,s,s,s],s:I}", "format", "spe-deletion-1", "permit", p->id, "version", (json_int_t)p->version,
		"permit_sha256", p->digest, "time", now, "erased", "keys", "fingerprints", "staged-data", "outputs", "data_versions", versions);
	return j ? json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
}

static int proof_write(struct gate *g, const struct permit *p, json_int_t versions, struct spe_error *e)
{
	auto_free char *text = statement(g, p, versions), *armor = NULL;
	struct store_file f[2] = { { .p = text, .len = text ? strlen(text) : 0 } };

	if (!text)
		return gate_memory(e);
	TRY(sshsig_sign(g->release, NAMESPACE, text, strlen(text), &armor, e));
	f[1].p = armor;
	f[1].len = strlen(armor);
	snprintf(f[0].path, sizeof(f[0].path), "permits/%s/deletion.json", p->id);
	snprintf(f[1].path, sizeof(f[1].path), "permits/%s/deletion.sig", p->id);
	return store_write(g, "permit.deleted", p->id, json_pack("{s:s}", "permit", p->id), f, 2, e);
}

/* Who stages has the keys until it ends. */
static int no_staging(const struct gate *g, const char *id, struct spe_error *e)
{
	size_t i;

	for (i = 0; i < GATE_TASKS_MAX; i++)
		if (strcmp(g->task[i].permit, id) == 0 && keeper_holds(&g->task[i]))
			return spe_fail(e, SPE_E_CONFLICT, "a staging of permit %s has not ended", id);
	return 0;
}

/* That something is still left is no record: it is asked for again and again. */
static int prove(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_permit struct permit *p = NULL;
	char path[STORE_PATH];
	json_int_t versions;
	const char *id;

	TRY(want_name(c, "permit", &id, e));
	TRY(json_want_int(c->in, "request", "data_versions", 0, INT64_MAX, &versions, e));
	TRY(permit_newest(g, id, &p, NULL, e));
	if (!permit_is_over(g, id))
		return spe_fail(e, SPE_E_CONFLICT, "the key of permit %s is still there: keys go first, then data", id);
	TRY(no_staging(g, id, e));
	TRY(workspaces_gone(g, id, e));
	TRY(remains_step(g, REMAINS_MS, e));
	if (!remains_none(g, id) && g->remains.why[0])
		return spe_fail(e, SPE_E_INTERNAL, "what is left of permit %s stays for now: %s", id, g->remains.why);
	c->out = json_pack("{s:s,s:b}", "permit", id, "more", !remains_none(g, id));
	if (!c->out)
		return gate_memory(e);
	if (json_flag(c->out, "more"))
		return 0;
	TRY(record_append(g, c, "ok", NULL, e));
	snprintf(path, sizeof(path), "permits/%s/deletion.json", id);
	return store_has(g, path) ? 0 : proof_write(g, p, versions, e);
}

int do_deleted(struct gate *g, struct call *c, struct spe_error *e)
{
	int r = prove(g, c, e);

	if (r == 0)
		return 0;
	json_decref(c->out);
	c->out = NULL;
	if (!g->must_end && !gate_tampered(g)) /* what the next start finishes has to be the last record */
		record_append(g, c, spe_code_name((enum spe_code)-r), NULL, NULL);
	return r;
}

int do_proof(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_free char *text = NULL, *armor = NULL;
	char path[STORE_PATH];
	const char *id;
	size_t len;

	TRY(want_name(c, "permit", &id, e));
	snprintf(path, sizeof(path), "permits/%s/deletion.json", id);
	if (!store_has(g, path))
		return spe_fail(e, SPE_E_NOT_FOUND, "there is no proof of deletion for permit %s: its data are not gone yet", id);
	TRY(store_read(g, path, &text, &len, e));
	snprintf(path, sizeof(path), "permits/%s/deletion.sig", id);
	TRY(store_read(g, path, &armor, &len, e));
	c->out = json_pack("{s:s,s:s,s:s}", "permit", id, "statement", text, "signature", armor);
	return 0;
}
