/* t/fuzz/evidence.c - evidence of a journal, from anybody. Promises: what is accepted names records of its checkpoint's
 * journal alone, each by its own line; and nothing follows a longer journal. */
#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
#include "spe/evidence.h"
#include "sped/base/json.h"
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct checkpoint now, kept = { .size = 3 };
	auto_json json_t *j = NULL;
	json_t *one;
	size_t i;

	if (json_parse((const char *)data, len, "evidence", &j, NULL) < 0 || evidence_verify(j, NULL, &now, NULL) < 0)
		return 0;
	json_array_foreach(json_object_get(j, "records"), i, one)
		if (json_int(one, "seq") < 1 || (uint64_t)json_int(one, "seq") > now.size)
			__builtin_trap();
	memcpy(kept.origin, now.origin, sizeof(kept.origin));
	kept.size = now.size + 1;
	if (evidence_follows(j, &now, &kept, NULL) == 0)
		__builtin_trap();
	return 0;
}
