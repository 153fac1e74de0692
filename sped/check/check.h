/* check/check.h - what the files of spe-check share. */
#ifndef SPE_CHECK_CHECK_H
#define SPE_CHECK_CHECK_H
#include <stddef.h>

#include "spe/err.h"
#include "spe/policy.h"

/* The order in which they come; the ticket names those that do (spe/ticket.h). Of prints there may be several. */
enum input { INPUT_OUTPUT, INPUT_SIDECAR, INPUT_PRINTS, INPUT_HISTORY, INPUT_SIBLINGS, INPUTS };
#define INPUTS_MAX (INPUTS - 1 + POLICY_PRINTS_MAX)

/* A file in memory; the byte behind the last one can be read and is 0. */
struct mapped {
	const char *p;
	size_t len;
};

/* input_map - all of fd, read only. Returns 0 or a negative code; what names it in the error. */
int input_map(int fd, struct mapped *ret, struct spe_error *e);
/* input_name - "output", "sidecar", ... */
const char *input_name(enum input i);
/* input_odd - NULL, or why a file of this size is no such input. */
const char *input_odd(enum input i, size_t len);
#endif
