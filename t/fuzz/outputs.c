/* t/fuzz/outputs.c - the capture stream: whatever was written is read to its end or refused, no entry lies
 * outside it, no name means another place, and what is refused stays so. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sped/gate/outputs.h"

#define MAX_FILES 20
#define MAX_BYTES 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void entry_holds(const struct outputs_entry *e, uint64_t len)
{
	if (e->skipped == SKIP_NONE && (!outputs_name_ok(e->name) || strstr(e->name, "/.") || e->name[0] == '/'))
		__builtin_trap();
	if (e->skipped == SKIP_NONE && (e->at > len || e->size > len - e->at || e->size > MAX_BYTES))
		__builtin_trap();
	if (e->skipped >= SKIP_COUNT || (e->skipped != SKIP_NONE && e->name[0]))
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static int fd = -1;
	struct outputs_entry e;
	struct spe_error why;
	struct outputs o;
	unsigned files = 0;
	int r;

	if (fd < 0)
		fd = memfd_create("stream", MFD_CLOEXEC);
	if (ftruncate(fd, 0) < 0 || pwrite(fd, data, len, 0) != (ssize_t)len)
		return 0;
	r = outputs_open(&o, fd, MAX_FILES, MAX_BYTES, &why);
	if (r < 0)
		return 0;
	while ((r = outputs_next(&o, &e, &why)) == 1) {
		entry_holds(&e, len);
		files += e.skipped == SKIP_NONE;
	}
	if (files > MAX_FILES || (r == 0 && o.at != len))
		__builtin_trap();
	if (r < 0 && outputs_next(&o, &e, &why) != r)
		__builtin_trap();
	return 0;
}
