/* gate/keys.c - the gate's own keys; see room.h. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/gate/room.h"

/* ---- its own ---- */

static int key_make(int dir, const char *name, uint8_t key[32])
{
	char leftover[64];
	int r = io_random(key, 32);

	snprintf(leftover, sizeof(leftover), ".%s.new", name);
	unlinkat(dir, leftover, 0); /* of an interrupted start; it can't be opened for writing */
	return r < 0 ? r : io_replace(dir, name, key, 32, 0400);
}

static int key_read(int dir, const char *name, bool make, uint8_t key[32])
{
	auto_close int fd = io_openat(dir, name, O_RDONLY | O_NOFOLLOW, 0);
	struct stat st;

	if (fd == -ENOENT && make)
		return key_make(dir, name, key);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size != 32 || pread(fd, key, 32, 0) != 32)
		return -EBADMSG;
	return 0;
}

/* Lost keys are not made anew under a journal that was signed with them. */
static bool is_first_start(const struct gate *g)
{
	struct stat st;

	return fstatat(g->dir, "journal/journal.jsonl", &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_size == 0;
}

/* The key of X25519 to which holders encrypt: HMAC-SHA256(MK, "sped/v1" 00 "crypt4gh" 00), as those of pseudonyms are made
 * (spe/psn.h). So it needs no file of its own, and is the same again where the master key came back from a backup. */
static int c4gh_key(struct gate *g, struct spe_error *e)
{
	static const char label[] = "sped/v1\0crypt4gh"; /* with the string's own NUL */
	uint8_t public[32];
	size_t n = sizeof(public);
	EVP_PKEY *key = NULL;

	if (hmac_sha256(g->master, sizeof(g->master), label, sizeof(label), g->c4gh) == 0)
		key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, g->c4gh, sizeof(g->c4gh));
	if (!key || EVP_PKEY_get_raw_public_key(key, public, &n) != 1) {
		EVP_PKEY_free(key);
		return gate_memory(e);
	}
	EVP_EncodeBlock((unsigned char *)g->c4gh_public, public, sizeof(public));
	EVP_PKEY_free(key);
	return 0;
}

int keys_load(struct gate *g, struct spe_error *e)
{
	auto_close int dir = io_openat(g->dir, "keys", O_RDONLY | O_DIRECTORY, 0);
	bool make = is_first_start(g);
	int r = dir < 0 ? dir : key_read(dir, "master.key", make, g->master);

	if (r < 0)
		return gate_fail(e, "read keys/master.key", r);
	r = key_read(dir, "release.key", make, g->release);
	if (r < 0)
		return gate_fail(e, "read keys/release.key", r);
	TRY(c4gh_key(g, e));
	return sshkey_public(g->release, g->release_key, e);
}

/* A name for the master key that gives nothing of it away. */
static int master_name(const struct gate *g, char ret[SHA256_TEXT])
{
	static const char what[] = "spe-gate master key";
	uint8_t mac[SHA256_BYTES];
	int r = hmac_sha256(g->master, sizeof(g->master), what, sizeof(what), mac);

	hex_text(ret, mac, sizeof(mac));
	OPENSSL_cleanse(mac, sizeof(mac));
	return r;
}

int keys_prove(struct gate *g, struct spe_error *e)
{
	auto_json json_t *record = NULL;
	char name[SHA256_TEXT];

	if (master_name(g, name) < 0)
		return gate_memory(e);
	if (!g->made) {
		record = json_pack("{s:s,s:s,s:s,s:{s:s,s:s}}", "actor", JOURNAL_ACTOR, "role", "gate", "action",
			"keys.made", "object", "release", g->release_key, "master", name);
		if (!record)
			return gate_memory(e);
		g->made = json_incref(json_object_get(record, "object"));
		return journal_append(g->journal, record, "ok", NULL, NULL, e);
	}
	if (strcmp(json_str(g->made, "release"), g->release_key) != 0)
		return spe_fail(e, SPE_E_TAMPERED, "keys/release.key is not the key that the journal began with");
	if (strcmp(json_str(g->made, "master"), name) != 0)
		return spe_fail(e, SPE_E_TAMPERED, "keys/master.key is not the key that the journal began with");
	return 0;
}

int do_keys(struct gate *g, struct call *c, struct spe_error *e)
{
	c->out = json_pack("{s:s,s:s}", "release", g->release_key, "crypt4gh", g->c4gh_public);
	return 0;
}

/* ---- those of people and issuers from before the registry: they count no more, and are kept for what was signed with them ---- */

static int list_load(const struct gate *g, const char *path, json_t **ret, struct spe_error *e)
{
	auto_json json_t *list = json_array();
	auto_free char *text = NULL;
	char *line, *end;
	size_t len = 0;

	if (store_has(g, path))
		TRY(store_read(g, path, &text, &len, e));
	for (line = text; line && *line; line = end + 1) {
		auto_json json_t *one = NULL;

		end = strchr(line, '\n');
		if (!end)
			return spe_fail(e, SPE_E_TAMPERED, "%s ends in the middle of a line", path);
		TRY(json_parse(line, (size_t)(end - line), path, &one, e));
		if (json_array_append(list, one) < 0)
			return gate_memory(e);
	}
	json_decref(*ret);
	*ret = json_incref(list);
	return 0;
}

int old_keys_load(struct gate *g, struct spe_error *e)
{
	TRY(list_load(g, "keys/people.jsonl", &g->old_people, e));
	return list_load(g, "keys/issuers.jsonl", &g->old_issuers, e);
}
