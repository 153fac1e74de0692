/* spe/weak.h - DEFENCE(name, what) is `what`, and says which defence it is. Only when configured with
 * --enable-weak-for-tests can it be left out: it is 0 where name is a word of SPE_WEAK=name,name... in sped's
 * environment, which sped hands down. t/0316-weak.t shows so what each defence stops, and that nothing else did.
 * In any other build neither the names nor the question are in the binaries: t/0315-hostile.t looks. */
#ifndef SPE_WEAK_H
#define SPE_WEAK_H
#include "config.h"

#ifdef SPE_WEAK_FOR_TESTS
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static inline bool spe_weak(const char *name)
{
	const char *at = getenv("SPE_WEAK");
	size_t n = strlen(name);

	for (; at && *at; at += strcspn(at, ","), at += *at == ',')
		if (strncmp(at, name, n) == 0 && (at[n] == ',' || at[n] == '\0'))
			return true;
	return false;
}

static inline char *spe_weak_env(void)
{
	static char none[] = "SPE_WEAK=";
	char *at = getenv("SPE_WEAK");

	return at ? at - strlen(none) : none; /* getenv(3): within its NAME=VALUE */
}

#define WEAK(name) spe_weak(#name)
#define WEAK_ENV spe_weak_env(), /* a word of an environment */
#else
#define WEAK(name) 0
#define WEAK_ENV
#endif
#define DEFENCE(name, what) (WEAK(name) ? 0 : (what))
#endif
