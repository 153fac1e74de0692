/* base/crypto.c - see crypto.h. */
#include "sped/base/crypto.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>

static void (*no_memory)(void);

static void *more(void *p, size_t n, const char *file, int line)
{
	void *ret = realloc(p, n > 0 ? n : 1);

	if (!ret)
		no_memory();
	return ret;
}

static void *room(size_t n, const char *file, int line)
{
	return more(NULL, n, file, line);
}

static void no_more(void *p, const char *file, int line)
{
	free(p);
}

int crypto_memory(void (*none)(void))
{
	no_memory = none;
	return CRYPTO_set_mem_functions(room, more, no_more) == 1 ? 0 : -EBUSY;
}
