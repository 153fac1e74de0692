/* fuzz/profile.c - profile_parse: any bytes. The promise: what is taken has a name, its floors and no forbidden right; what is
 * refused has a sentence. */
#include <stdlib.h>
#include <string.h>

#include "spe/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int holds(const struct profile *p)
{
	size_t i;
	int root = 0;

	for (i = 0; i < p->paths; i++) {
		if (strcmp(p->path[i].path, "/data") == 0 && (p->path[i].rights & ~PROFILE_READ))
			return 0;
		if (strcmp(p->path[i].path, "/outputs") == 0 && (p->path[i].rights & PROFILE_EXECUTE))
			return 0;
		root += strcmp(p->path[i].path, "/") == 0 && p->path[i].rights == PROFILE_LIST;
	}
	return root == 1 && p->values >= 3 && p->name[0] && p->paths <= PROFILE_PATHS_MAX && p->calls <= PROFILE_CALLS_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct profile p;
	struct spe_error e = { 0 };
	int r = profile_parse((const char *)data, len, "fuzz", &p, &e);

	if (r == 0 ? !holds(&p) : e.text[0] == '\0')
		__builtin_trap();
	return 0;
}
