/* check/inputs.c - what a check reads: mapped while descriptors can still be mapped; see check.h. */
#include "sped/check/check.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "spe/verdict.h"

static const struct {
	const char *name;
	uint64_t most; /* bytes; of the output the policy says how many are read */
	size_t unit;
} kinds[INPUTS] = {
	[INPUT_OUTPUT] = { "output", INT64_MAX, 1 },
	[INPUT_SIDECAR] = { "sidecar", CHECK_SIDECAR_MAX, 1 },
	[INPUT_PRINTS] = { "prints", CHECK_PRINTS_MAX, 1 },
	[INPUT_HISTORY] = { "history", CHECK_HISTORY_MAX * sizeof(struct count), sizeof(struct count) },
	[INPUT_SIBLINGS] = { "siblings", CHECK_HISTORY_MAX * sizeof(struct count), sizeof(struct count) },
};

const char *input_name(enum input i)
{
	return kinds[i].name;
}

const char *input_odd(enum input i, size_t len)
{
	if (len > kinds[i].most)
		return "larger than any such input is";
	return len % kinds[i].unit ? "not made of whole entries" : NULL;
}

/* The file lies over memory of zeros that is a byte longer, so that whoever reads on meets a NUL and not the end of the map. */
int input_map(int fd, struct mapped *ret, struct spe_error *e)
{
	struct stat st;
	char *p;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < 0 || st.st_size > INT64_MAX / 2)
		return spe_fail(e, SPE_E_INTERNAL, "an input is no file that can be read");
	p = mmap(NULL, (size_t)st.st_size + 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return spe_fail(e, SPE_E_INTERNAL, "no memory for an input: %s", strerror(errno));
	if (st.st_size > 0 &&
		mmap(p, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED)
		return spe_fail(e, SPE_E_INTERNAL, "an input can't be mapped: %s", strerror(errno));
	*ret = (struct mapped){ p, (size_t)st.st_size };
	return 0;
}
