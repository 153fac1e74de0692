/* trust/evidence.c - see spe/evidence.h. */
#include "spe/evidence.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/hex.h"
#include "sped/base/json.h"
#include "sped/trust/day.h"

#define NAMESPACE "spe-checkpoint"
#define SIGNATURE ",\"signature\":"
#define RECORDS_MAX 1000
#define LINE_MAX_BYTES (256u << 10) /* of a record, as the journal has them */

static bool hex_read(const char *s, uint8_t ret[MERKLE_HASH])
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	if (strspn(s, digits) != 2 * MERKLE_HASH || s[2 * MERKLE_HASH])
		return false;
	for (i = 0; i < MERKLE_HASH; i++)
		ret[i] = (uint8_t)((strchr(digits, s[2 * i]) - digits) << 4 | (strchr(digits, s[2 * i + 1]) - digits));
	return true;
}

/* ---- checkpoints ---- */

int checkpoint_origin(const char *key, char ret[ORIGIN_MAX + 1], struct spe_error *e)
{
	char fingerprint[64];
	int r = sshkey_check(key, NULL, fingerprint, e);

	if (r == 0)
		snprintf(ret, ORIGIN_MAX + 1, "spe:%.59s", fingerprint);
	return r;
}

/* Signed text, as an object that ends with its signature. */
static int line_end(struct buf *text, const char *armor, struct spe_error *e)
{
	auto_json json_t *string = json_string(armor);
	auto_free char *quoted = json_dumps(string, JSON_ENCODE_ANY);

	if (text->len > 0)
		text->len--; /* the brace */
	buf_fmt(text, SIGNATURE "%s}", quoted ? quoted : "");
	return text->bad || !quoted ? spe_fail(e, SPE_E_INTERNAL, "out of memory") : 0;
}

int checkpoint_sign(const uint8_t key[32], const struct checkpoint *c, const char *time, char **ret, struct spe_error *e)
{
	auto_buf struct buf text = { 0 };
	auto_free char *armor = NULL;
	char root[SHA256_TEXT];
	int r;

	hex_text(root, c->root, sizeof(c->root));
	buf_fmt(&text, "{\"origin\":\"%s\",\"size\":%" PRIu64 ",\"root\":\"%s\",\"hash\":\"%s\",\"time\":\"%s\"}", c->origin,
		c->size, root, c->hash, time);
	if (text.bad)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	r = sshsig_sign(key, NAMESPACE, text.p, text.len, &armor, e);
	if (r < 0 || (r = line_end(&text, armor, e)) < 0)
		return r;
	*ret = spe_take_ptr(&text.p);
	return 0;
}

static int form_read(const char *line, size_t len, json_t **ret_json, struct checkpoint *ret, struct spe_error *e)
{
	static const char *const fields[] = { "origin", "size", "root", "hash", "time", "signature", NULL };
	const char *origin, *root, *hash, *time, *text, *what = "checkpoint";
	auto_json json_t *j = NULL;
	json_int_t size;
	int r = len > CHECKPOINT_MAX ? spe_fail(e, SPE_E_INPUT, "a checkpoint has at most %d bytes", CHECKPOINT_MAX) :
				       json_parse(line, len, what, &j, e);

	if (r < 0 || (r = json_only(j, what, fields, e)) < 0 ||
		(r = json_want_string(j, what, "origin", ORIGIN_MAX, &origin, e)) < 0 ||
		(r = json_want_int(j, what, "size", 1, INT64_C(1) << 62, &size, e)) < 0 ||
		(r = json_want_string(j, what, "root", SHA256_TEXT - 1, &root, e)) < 0 ||
		(r = json_want_string(j, what, "hash", SHA256_TEXT - 1, &hash, e)) < 0 ||
		(r = json_want_string(j, what, "time", 40, &time, e)) < 0 ||
		(r = json_want_string(j, what, "signature", SSHSIG_ARMOR_MAX, &text, e)) < 0)
		return r;
	if (!hex_read(root, ret->root))
		return spe_fail(e, SPE_E_INPUT, "checkpoint.root must be a SHA-256 of 64 hexadecimal digits");
	ret->size = (uint64_t)size;
	snprintf(ret->hash, sizeof(ret->hash), "%s", hash);
	snprintf(ret->origin, sizeof(ret->origin), "%s", origin);
	if (!day_instant(time, &ret->time))
		ret->time = INT64_MIN;
	*ret_json = json_incref(j);
	return 0;
}

int checkpoint_parse(const char *line, size_t len, struct checkpoint *ret, struct spe_error *e)
{
	auto_json json_t *j = NULL;

	return form_read(line, len, &j, ret, e);
}

/* The signed bytes are the line up to its signature, closed by a brace. What follows has to be what a gate writes there: nobody
 * signed it, and a newline in it would make two lines of one where it is kept. */
int checkpoint_verify(const char *line, size_t len, const char *key, struct checkpoint *ret, struct spe_error *e)
{
	char signer[SSHKEY_TEXT_MAX], origin[ORIGIN_MAX + 1];
	auto_buf struct buf text = { 0 };
	auto_json json_t *j = NULL;
	const char *armor, *end;
	int r = form_read(line, len, &j, ret, e);

	if (r < 0)
		return r;
	armor = json_str(j, "signature");
	end = strstr(line, SIGNATURE);
	if (!end)
		return spe_fail(e, SPE_E_INPUT, "the checkpoint is not written as a gate does");
	buf_add(&text, line, (size_t)(end - line));
	buf_str(&text, "}");
	if (text.bad)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	r = key ? (snprintf(signer, sizeof(signer), "%s", key), 0) : sshsig_key_of(armor, strlen(armor), signer, e);
	if (r < 0 || (r = checkpoint_origin(signer, origin, e)) < 0)
		return r;
	if (strcmp(origin, ret->origin) != 0)
		return spe_fail(e, SPE_E_NOT_AUTHORISED, "the checkpoint is of %s, not of %s", ret->origin, origin);
	r = sshsig_verify(signer, NAMESPACE, text.p, text.len, armor, strlen(armor), e);
	if (r < 0 || (r = line_end(&text, armor, e)) < 0)
		return r;
	if (text.len != len || memcmp(text.p, line, len) != 0)
		return spe_fail(e, SPE_E_INPUT, "the checkpoint is not written as a gate does");
	return 0;
}

/* ---- evidence ---- */

json_t *proof_json(const struct merkle_proof *p)
{
	json_t *list = json_array();
	char text[SHA256_TEXT];
	size_t i;

	for (i = 0; i < p->count; i++) {
		hex_text(text, p->node[i], MERKLE_HASH);
		json_array_append_new(list, json_string(text));
	}
	if (json_array_size(list) == p->count)
		return list;
	json_decref(list);
	return NULL;
}

static int proof_want(const json_t *o, const char *where, const char *field, struct merkle_proof *ret, struct spe_error *e)
{
	json_t *list, *one;
	size_t i;
	int r = json_want_array(o, where, field, MERKLE_PATH_MAX, &list, e);

	ret->count = 0;
	if (r < 0)
		return r;
	json_array_foreach(list, i, one)
		if (!json_is_string(one) || !hex_read(json_string_value(one), ret->node[ret->count++]))
			return spe_fail(e, SPE_E_INPUT, "%s.%s[%zu] must be 64 hexadecimal digits", where, field, i);
	return 0;
}

static int record_verify(const json_t *one, size_t i, const struct checkpoint *c, struct spe_error *e)
{
	static const char *const fields[] = { "seq", "line", "path", NULL };
	struct merkle_proof p;
	uint8_t leaf[MERKLE_HASH];
	char where[40], start[40];
	const char *line;
	json_int_t seq;
	int r;

	snprintf(where, sizeof(where), "evidence.records[%zu]", i);
	if (!json_is_object(one))
		return spe_fail(e, SPE_E_INPUT, "%s must be an object", where);
	if ((r = json_only(one, where, fields, e)) < 0 ||
		(r = json_want_int(one, where, "seq", 1, INT64_MAX, &seq, e)) < 0 ||
		(r = json_want_string(one, where, "line", LINE_MAX_BYTES, &line, e)) < 0 ||
		(r = proof_want(one, where, "path", &p, e)) < 0)
		return r;
	snprintf(start, sizeof(start), "{\"seq\":%" PRId64 ",", (int64_t)seq);
	if (strncmp(line, start, strlen(start)) != 0)
		return spe_fail(e, SPE_E_TAMPERED, "record %" PRId64 " of the evidence is another one", (int64_t)seq);
	if (merkle_leaf(line, strlen(line), leaf) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	if (!merkle_included(leaf, (uint64_t)seq - 1, c->size, &p, c->root))
		return spe_fail(e, SPE_E_TAMPERED, "record %" PRId64 " is not in the journal of the checkpoint of %" PRIu64
			" records", (int64_t)seq, c->size);
	return 0;
}

int evidence_verify(const json_t *j, const char *key, struct checkpoint *ret, struct spe_error *e)
{
	static const char *const fields[] = { "format", "gate", "checkpoint", "records", "since", "consistency", "next", NULL };
	const char *format, *gate, *line, *what = "evidence";
	json_t *records, *one;
	size_t i;
	int r;

	if ((r = json_only(j, what, fields, e)) < 0 || (r = json_want_string(j, what, "format", 40, &format, e)) < 0 ||
		(r = json_want_string(j, what, "gate", SSHKEY_TEXT_MAX - 1, &gate, e)) < 0 ||
		(r = json_want_string(j, what, "checkpoint", CHECKPOINT_MAX, &line, e)) < 0 ||
		(r = json_want_array(j, what, "records", RECORDS_MAX, &records, e)) < 0)
		return r;
	if (strcmp(format, EVIDENCE_FORMAT) != 0)
		return spe_fail(e, SPE_E_INPUT, "evidence.format must be " EVIDENCE_FORMAT);
	if (key && strcmp(key, gate) != 0)
		return spe_fail(e, SPE_E_NOT_AUTHORISED, "evidence.gate is another key than the one that was given");
	r = checkpoint_verify(line, strlen(line), gate, ret, e);
	if (r < 0)
		return r;
	json_array_foreach(records, i, one) {
		r = record_verify(one, i, ret, e);
		if (r < 0)
			return r;
	}
	return 0;
}

int evidence_follows(const json_t *j, const struct checkpoint *now, const struct checkpoint *kept, struct spe_error *e)
{
	struct merkle_proof p = { 0 };
	int r;

	if (strcmp(now->origin, kept->origin) != 0)
		return spe_fail(e, SPE_E_TAMPERED, "the checkpoint is of %s, the one that was kept of %s", now->origin,
			kept->origin);
	if (now->size < kept->size)
		return spe_fail(e, SPE_E_TAMPERED, "the journal has %" PRIu64 " records, but had %" PRIu64 ": it was cut",
			now->size, kept->size);
	if (now->size != kept->size) {
		if (json_int(j, "since") != (json_int_t)kept->size)
			return spe_fail(e, SPE_E_NOT_FOUND, "the evidence does not say how the journal of %" PRIu64
				" records went on", kept->size);
		r = proof_want(j, "evidence", "consistency", &p, e);
		if (r < 0)
			return r;
	}
	if (!merkle_consistent(kept->size, kept->root, now->size, now->root, &p))
		return spe_fail(e, SPE_E_TAMPERED, "the journal of %" PRIu64 " records does not begin with the %" PRIu64
			" that were there: it was rewritten", now->size, kept->size);
	return 0;
}
