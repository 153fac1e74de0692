/* trust/forms.h - what a table's file is: CSV, one JSON object a line, columns at fixed places. Pure. */
#ifndef SPE_TRUST_FORMS_H
#define SPE_TRUST_FORMS_H
#include <jansson.h>

#include "spe/err.h"

/* forms_check - a table's format, and the fields of it and of its columns that depend on that; names and datatypes are good
 * already. Returns 0 or -SPE_E_INPUT naming the field. */
int forms_check(const json_t *table, const char *where, struct spe_error *e);
#endif
