/* trust/data.h - letter (a) of a permit: which variables of which holdings, of whom, and how they are made coarser.
 * Pure: JSON in, sentences out. */
#ifndef SPE_TRUST_DATA_H
#define SPE_TRUST_DATA_H
#include <jansson.h>

#include "spe/err.h"

/* One field after another: the first that is off ends it. */
#define TRY(x)                       \
	do {                         \
		int done = (x);      \
		if (done < 0)        \
			return done; \
	} while (0)

/* permit_data_check - root's "data", borrowed in *ret. Returns 0 or -SPE_E_INPUT naming the field. */
int permit_data_check(const json_t *root, json_t **ret, struct spe_error *e);
#endif
