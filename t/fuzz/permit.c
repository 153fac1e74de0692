/* t/fuzz/permit.c - a permit that is taken keeps the law's bounds, whatever its text. */
#include <stdint.h>
#include <string.h>

#include "spe/permit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define DAY 86400

static void check(const struct permit *p)
{
	unsigned all = 0;
	size_t i;

	for (i = 0; i < p->person_count; i++) {
		unsigned roles = p->person[i].roles;

		all |= roles;
		if (roles == 0 || ((roles & ROLE_CHECKER) && roles != ROLE_CHECKER) ||
			permit_roles(p, p->person[i].id) != roles)
			__builtin_trap();
	}
	if (!(all & ROLE_PI) || p->from >= p->until || p->until > p->erased_by ||
		p->until - p->from > 3654ll * DAY || p->erased_by - p->until > 183ll * DAY)
		__builtin_trap();
	if (p->version < 1 || (p->version == 1) != !p->replaces || p->decisions < 1 ||
		p->decisions > 9 || p->min_cell < 1 || p->max_bytes < 1 || p->cpus < 1 ||
		p->time_s < 1 || p->processes < 1 || p->memory_bytes < 1 || p->disk_bytes < 1)
		__builtin_trap();
	if (json_array_size(p->data) == 0 || json_array_size(p->runtimes) == 0 ||
		json_array_size(p->types) == 0 || strlen(p->digest) != 64 || !p->id[0] ||
		!p->kind[0] || !p->issuer[0] || !p->purpose[0])
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct spe_error e = { 0 };
	struct permit *p = NULL;
	int r = permit_parse((const char *)data, len, &p, &e);

	if (r == 0)
		check(p);
	else if (r != -SPE_E_INPUT || p || strncmp(e.text, "permit", 6) != 0)
		__builtin_trap();
	permit_free(p);
	return 0;
}
