/* t/tools/alloc.c - t-alloc.so, for LD_PRELOAD: lets the n-th allocation of a program fail. In the environment:
 *   SPE_ALLOC_COUNT   a file of sizeof(struct shared) NULs at first, mapped: three numbers of the machine's, which are the allocations
 *                     and the failures over all lives of the program, and the allocation that fails next; and the ways that have failed
 *   SPE_ALLOC_FIRST   the first that fails; 0: none does
 *   SPE_ALLOC_STRIDE  how many later the next one fails after that; 0: none does
 *   SPE_ALLOC_WAYS    those fail that are asked for in a way, which is through callers, in which none has failed yet; STRIDE is for how
 *                     many milliseconds they are spared after each, in which the program is begun again and does some work
 *   SPE_ALLOC_TRACE   where each one was asked for goes to standard error
 * The file is opened before the program has confined itself. Allocations of the C library for itself count as well. */
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define WAYS 65536 /* a power of two */
#define CALLERS 8 /* three of them are ours */
#define OBJECTS 64

struct shared {
	_Atomic uint64_t count, hits, next, ways[WAYS];
};

static struct shared *shared;
static uint64_t stride;
static int traced, by_ways;
static struct {
	uintptr_t from, to;
} objects[OBJECTS]; /* where the program and its libraries lie in this life */
static size_t object_count;

/* What these stand for. Source: the GNU C Library manual, Replacing malloc. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t alignment, size_t n);

static int object(struct dl_phdr_info *info, size_t size, void *arg)
{
	uintptr_t end = info->dlpi_addr;
	size_t i;

	for (i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD && info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz > end)
			end = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
	if (object_count == OBJECTS)
		return 1;
	objects[object_count].from = info->dlpi_addr;
	objects[object_count++].to = end;
	return 0;
}

/* A way as a number other than 0 that is the same in each life, wherever its objects lie. */
static uint64_t way_of(void)
{
	void *where[CALLERS];
	uint64_t ret = 14695981039346656037u; /* FNV-1a. Source: draft-eastlake-fnv. */
	int i, callers = backtrace(where, CALLERS);
	size_t k;

	for (i = 0; i < callers; i++) {
		uintptr_t at = (uintptr_t)where[i];

		for (k = 0; k < object_count && (at < objects[k].from || at >= objects[k].to); k++)
			continue;
		ret = (ret ^ (k < object_count ? at - objects[k].from : 0)) * 1099511628211u;
		ret = (ret ^ k) * 1099511628211u;
	}
	return ret ? ret : 1;
}

/* Keeps a way; 0 if it was kept. */
static int is_new(uint64_t way)
{
	size_t i, at = (size_t)(way ^ way >> 32);

	for (i = 0; i < WAYS; i++) {
		uint64_t was = 0;

		if (atomic_compare_exchange_strong(&shared->ways[(at + i) % WAYS], &was, way))
			return 1;
		if (was == way)
			return 0;
	}
	return 0;
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("SPE_ALLOC_COUNT"), *text = getenv("SPE_ALLOC_STRIDE");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *p = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	stride = text ? strtoull(text, NULL, 10) : 0;
	if (fd >= 0)
		close(fd);
	void *first;

	traced = backtrace(&first, 1) == 1 && getenv("SPE_ALLOC_TRACE"); /* the first time it allocates by itself */
	by_ways = getenv("SPE_ALLOC_WAYS") && dl_iterate_phdr(object, NULL) == 0;
	unsetenv("LD_PRELOAD"); /* what it starts is not meant */
	if (p == MAP_FAILED)
		return;
	shared = p;
	text = getenv("SPE_ALLOC_FIRST");
	if (atomic_load(&shared->count) == 0 && text)
		atomic_store(&shared->next, strtoull(text, NULL, 10));
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int fails(void)
{
	void *where[CALLERS];
	uint64_t n, next;

	if (!shared)
		return 0;
	n = atomic_fetch_add(&shared->count, 1) + 1;
	next = atomic_load(&shared->next);
	if (by_ways ? next == 0 || (n = now_ms()) < next || !is_new(way_of()) : n != next)
		return 0;
	atomic_fetch_add(&shared->hits, 1);
	atomic_store(&shared->next, stride ? n + stride : 0);
	if (traced)
		backtrace_symbols_fd(where, backtrace(where, CALLERS), STDERR_FILENO);
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
