/* trust/revocation.c - see spe/revocation.h. */
#include "spe/revocation.h"

#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
#include "sped/base/hex.h"
#include "sped/base/json.h"
#include "sped/trust/data.h"
#include "sped/trust/day.h"
#include "sped/trust/fields.h"

#define WHERE "revocation"

static json_t *pack(const char *permit, int64_t version, const char *sha256, const char *reason, const char *time)
{
	return json_pack("{s:s,s:s,s:I,s:s,s:s,s:s}", "format", REVOCATION_FORMAT, "permit", permit, "version", (json_int_t)version,
		"permit_sha256", sha256, "reason", reason, "time", time);
}

char *revocation_text(const char *permit, int64_t version, const char *sha256, const char *reason, const char *time)
{
	auto_json json_t *j = pack(permit, version, sha256, reason, time);

	return j ? json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
}

void revocation_free(struct revocation *r)
{
	json_decref(r->root);
	*r = (struct revocation){ 0 };
}

static int fields_read(struct revocation *r, const char **ret_time, struct spe_error *e)
{
	static const char *const fields[] = { "format", "permit", "version", "permit_sha256", "reason", "time", NULL };
	const char *format;
	json_int_t version;

	TRY(json_only(r->root, WHERE, fields, e));
	TRY(json_want_string(r->root, WHERE, "format", 40, &format, e));
	if (strcmp(format, REVOCATION_FORMAT) != 0)
		return spe_fail(e, SPE_E_INPUT, WHERE ".format must be " REVOCATION_FORMAT);
	TRY(field_name(r->root, WHERE, "permit", &r->permit, e));
	TRY(json_want_int(r->root, WHERE, "version", 1, INT64_C(1) << 52, &version, e));
	TRY(json_want_string(r->root, WHERE, "permit_sha256", SHA256_TEXT - 1, &r->sha256, e));
	if (strspn(r->sha256, "0123456789abcdef") != SHA256_TEXT - 1)
		return spe_fail(e, SPE_E_INPUT, WHERE ".permit_sha256 must be a SHA-256 of 64 hexadecimal digits");
	TRY(field_text(r->root, WHERE, "reason", REVOCATION_REASON_MAX, false, &r->reason, e));
	TRY(json_want_string(r->root, WHERE, "time", 20, ret_time, e));
	if (!day_instant(*ret_time, &r->time_s))
		return spe_fail(e, SPE_E_INPUT, WHERE ".time must be like 2026-10-15T09:00:00Z");
	r->version = version;
	return 0;
}

static int read_all(const char *text, size_t len, struct revocation *r, struct spe_error *e)
{
	auto_free char *again = NULL;
	const char *time;

	TRY(json_parse(text, len, WHERE, &r->root, e));
	TRY(fields_read(r, &time, e));
	again = revocation_text(r->permit, r->version, r->sha256, r->reason, time);
	if (!again)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	if (strlen(again) != len || memcmp(again, text, len) != 0)
		return spe_fail(e, SPE_E_INPUT, "a revocation is compact JSON, its fields in their order, and nothing behind it");
	return 0;
}

int revocation_parse(const char *text, size_t len, struct revocation *ret, struct spe_error *e)
{
	struct revocation r = { 0 };
	int done;

	if (len == 0 || len > REVOCATION_MAX)
		return spe_fail(e, SPE_E_INPUT, "a revocation has 1 to %d bytes", REVOCATION_MAX);
	done = read_all(text, len, &r, e);
	if (done < 0)
		revocation_free(&r);
	else
		*ret = r;
	return done;
}
