/* spe-cli/value.h - numbers as people type them. Pure. */
#ifndef SPE_CLI_VALUE_H
#define SPE_CLI_VALUE_H
#include <stdint.h>

#include "spe/err.h"

/* Each names option in its sentence and returns 0 or -SPE_E_INPUT. NULL text leaves *ret 0: the
 * permit's. bytes: 512M, 2G; K M G T of 1024. milli: 1.5 is 1500, at most three decimals. seconds:
 * 90, 90s, 30m, 2h, 1d. */
int value_bytes(const char *text, const char *option, int64_t *ret, struct spe_error *e);
int value_milli(const char *text, const char *option, int64_t *ret, struct spe_error *e);
int value_seconds(const char *text, const char *option, int64_t *ret, struct spe_error *e);
int value_count(
	const char *text, const char *option, int64_t max, int64_t *ret, struct spe_error *e);
#endif
