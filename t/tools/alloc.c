/* t/tools/alloc.c - t-alloc.so, for LD_PRELOAD: lets the n-th allocation of a program fail. In the environment:
 *   SPE_ALLOC_COUNT   a file of 24 NULs at first, mapped: three numbers of the machine's, which are the allocations and the failures
 *                     over all lives of the program, and the allocation that fails next
 *   SPE_ALLOC_FIRST   the first that fails
 *   SPE_ALLOC_STRIDE  how many later the next one fails after that; 0: none does
 *   SPE_ALLOC_TRACE   where each one was asked for goes to standard error
 * The file is opened before the program has confined itself. Allocations of the C library for itself count as well. */
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct shared {
	_Atomic uint64_t count, hits, next;
};

static struct shared *shared;
static uint64_t stride;
static int traced;

/* What these stand for. Source: the GNU C Library manual, Replacing malloc. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t alignment, size_t n);

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("SPE_ALLOC_COUNT"), *text = getenv("SPE_ALLOC_STRIDE");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *p = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	stride = text ? strtoull(text, NULL, 10) : 0;
	if (fd >= 0)
		close(fd);
	void *first;

	traced = getenv("SPE_ALLOC_TRACE") && backtrace(&first, 1) == 1; /* the first time it allocates by itself */
	unsetenv("LD_PRELOAD"); /* what it starts is not meant */
	if (p == MAP_FAILED)
		return;
	shared = p;
	text = getenv("SPE_ALLOC_FIRST");
	if (atomic_load(&shared->count) == 0 && text)
		atomic_store(&shared->next, strtoull(text, NULL, 10));
}

static int fails(void)
{
	void *where[24];
	uint64_t n;

	if (!shared)
		return 0;
	n = atomic_fetch_add(&shared->count, 1) + 1;
	if (n != atomic_load(&shared->next))
		return 0;
	atomic_fetch_add(&shared->hits, 1);
	atomic_store(&shared->next, stride ? n + stride : 0);
	if (traced)
		backtrace_symbols_fd(where, backtrace(where, 24), STDERR_FILENO);
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return n > 0 && fails() ? NULL : __libc_realloc(p, n);
}

void *reallocarray(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, bytes);
}

void *aligned_alloc(size_t alignment, size_t n)
{
	return fails() ? NULL : __libc_memalign(alignment, n);
}

int posix_memalign(void **ret, size_t alignment, size_t n)
{
	void *p = fails() ? NULL : __libc_memalign(alignment, n);

	if (!p)
		return ENOMEM;
	*ret = p;
	return 0;
}
