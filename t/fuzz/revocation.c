/* t/fuzz/revocation.c - what is said to end a permit, from whoever owns the engine. Promise: what is taken can be written in no other
 * way, and names a permit, a version and a reason that fit on their lines. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "spe/revocation.h"
#include "sped/base/json.h"
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct revocation r;
	char *again;

	if (revocation_parse((const char *)data, len, &r, NULL) < 0)
		return 0;
	if (!name_ok(r.permit) || r.version < 1 || strlen(r.sha256) != 64 || strlen(r.reason) > REVOCATION_REASON_MAX || strchr(r.reason, '\n'))
		__builtin_trap();
	again = revocation_text(r.permit, r.version, r.sha256, r.reason, json_str(r.root, "time"));
	if (!again || strlen(again) != len || memcmp(again, data, len) != 0)
		__builtin_trap();
	free(again);
	revocation_free(&r);
	return 0;
}
