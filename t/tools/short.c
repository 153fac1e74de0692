/* t/tools/short.c - linked with a helper's own objects: a program that asks t-fault -m before each allocation of memory whether
 * there is any. It asks by a call that every filter allows and that does nothing: SHORT_ASKS bytes read from no descriptor.
 * Where nobody follows it, the answer is yes. With -Wl,--wrap, for programs without libraries of their own, as SHORT_WRAPPED. */
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "t/tools/short.h"

static int fails(const void *asking)
{
	int before = errno, no;

	no = syscall(SYS_read, -1, asking, SHORT_ASKS) < 0 && errno == ENOMEM;
	errno = no ? ENOMEM : before;
	return no;
}

#ifdef SHORT_WRAPPED
#define NAME(name) __wrap_##name
#define REAL(name) __real_##name
#else
#define NAME(name) name
#define REAL(name) __libc_##name /* what they stand for. Source: the GNU C Library manual, Replacing malloc. */
#endif
#define ASKING __builtin_return_address(0)

void *REAL(malloc)(size_t n);
void *REAL(calloc)(size_t n, size_t size);
void *REAL(realloc)(void *p, size_t n);
#ifdef SHORT_WRAPPED
void *NAME(malloc)(size_t n);
void *NAME(calloc)(size_t n, size_t size);
void *NAME(realloc)(void *p, size_t n);
#endif

void *NAME(malloc)(size_t n)
{
	return fails(ASKING) ? NULL : REAL(malloc)(n);
}

void *NAME(calloc)(size_t n, size_t size)
{
	return fails(ASKING) ? NULL : REAL(calloc)(n, size);
}

void *NAME(realloc)(void *p, size_t n)
{
	return n > 0 && fails(ASKING) ? NULL : REAL(realloc)(p, n);
}

#ifndef SHORT_WRAPPED
void *__libc_memalign(size_t alignment, size_t n);

void *aligned_alloc(size_t alignment, size_t n)
{
	return fails(ASKING) ? NULL : __libc_memalign(alignment, n);
}

int posix_memalign(void **ret, size_t alignment, size_t n)
{
	void *p = fails(ASKING) ? NULL : __libc_memalign(alignment, n);

	if (!p)
		return ENOMEM;
	*ret = p;
	return 0;
}
#endif
