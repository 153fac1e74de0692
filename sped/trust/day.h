/* trust/day.h - dates: proleptic Gregorian, UTC, no time zone files; years 2000 to 2199. Pure. */
#ifndef SPE_TRUST_DAY_H
#define SPE_TRUST_DAY_H
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "spe/err.h"

struct day {
	int y, m, d;
};
/* day_number - days since 1970-01-01. */
int64_t day_number(struct day a);
/* day_want - a field like 2026-10-15. Returns 0 or -SPE_E_INPUT naming where.field. */
int day_want(const json_t *o, const char *where, const char *field, struct day *ret, struct spe_error *e);
/* day_instant - is it like 2026-10-15T09:00:00Z; ret (may be NULL): seconds since 1970. */
bool day_instant(const char *s, int64_t *ret);
#endif
