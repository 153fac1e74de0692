/* t/fuzz/registry.c - entries of a registry and root's file, from anybody. Promises: an entry by operators that nobody has
 * signed adds nothing; what root's file gives makes an entry that is taken, or is refused; and no key has two owners;
 * all that is read of an export has a head. */
#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
#include "spe/registry.h"
#include "sped/base/json.h"
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void take_root(struct registry *r, const char *text, size_t len)
{
	static const char sha256[] = "1111111111111111111111111111111111111111111111111111111111111111";
	auto_json json_t *changes = NULL;
	auto_free char *line = NULL;
	unsigned needed = 0;

	if (registry_root(r, text, len, "operators", &needed, &changes, NULL) < 0)
		return;
	line = registry_text(r, "2026-11-01T12:00:00Z", needed, sha256, changes);
	struct registry_entry n = { .text = line, .len = strlen(line), .now = 1793534400 };

	if (registry_add(r, &n, NULL) == 0 && (r->seq != 1 || strcmp(r->file, sha256) != 0))
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct registry_entry n = { .text = (const char *)data, .len = len };
	struct registry *r = NULL, *other = NULL, *all = NULL;
	char head[65];
	size_t i, k;

	if (registry_new(&r, NULL) < 0 || registry_new(&other, NULL) < 0)
		abort();
	if (registry_add(r, &n, NULL) == 0 && (r->seq != 1 || r->file[0] == '\0'))
		__builtin_trap();
	take_root(other, (const char *)data, len);
	if (registry_lines((const char *)data, len, 1, head, &all, NULL) == 0 && (all->seq > 0) != (head[0] != '\0'))
		__builtin_trap();
	registry_free(all);
	for (i = 0; i < other->count; i++)
		for (k = 0; k < i; k++)
			if (strcmp(other->key[i].key, other->key[k].key) == 0)
				__builtin_trap();
	registry_free(r);
	registry_free(other);
	return 0;
}
