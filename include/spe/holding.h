/* spe/holding.h - the description of a holding: CSVW-style JSON, strict. Pure: text in, struct out.
 * {"id":"colon-trial","title":"...","description":"...","holder":"urn:spe:holder:x","keyword":["..."],
 *  "tables":[{"name":"colon","title":"...","description":"...","delimiter":",",
 *    "columns":[{"name":"pin","datatype":"string","title":"...","description":"...","identifier":"nordic"},
 *               {"name":"age","datatype":"integer"}]}]}
 * Optional: title of tables and columns, description of tables and columns, keyword, delimiter (","), identifier, and a
 * table's "sha256": of its file as it was before it was put into a Crypt4GH container, where it comes in one.
 * "opt-out" true: a register of people who opted out (Article 71 of Regulation (EU) 2025/327), which no permit may name and whose
 * people are left out of every staging whose permit does not cite the exception.
 * "invalid-numbers" of a table: "keep" registers it with identity numbers that are none, counted as misfits, which a permit
 * then handles (spe-permit(5)); else such a table is refused.
 * Of a column's values, optional too, for people and for made-up data (holding dummy), and no rule for records: "required" and
 * "unique" true, "length" in characters, "minimum" and "maximum" (rough), "values" (codes that many share).
 * "codes" of a column: its code system, as ICD-10. "catalogue" of the holding, for its export as HealthDCAT-AP, each part optional:
 *  {"categories":["EHRS"],"provenance":"...","contact":E-MAIL,"access":"https://...","hdab":{"name","email"},"records":N,
 *   "persons":N,"minimum-age":N,"maximum-age":N}.
 * "encoding" of a table: utf-8 (where it is absent), iso-8859-1, windows-1252 or utf-16; "decimal": what numbers have, "." or ",".
 * "format" of a table: csv (where it is absent), ndjson, fixed or opaque, see trust/forms.h and spe-cli(1). ndjson: "resource-type", and "path"
 * of a column (spe/path.h); fixed: "short-lines" refuse or blank, and "from" and "to" of each column, in characters from 1.
 * opaque: one file that nobody reads, with no columns, and "file", the name by which a workspace has it.
 * "header" of a CSV column: what the file's first line calls it, in any words of at most SPE_HEADER_MAX bytes; else its name.
 * datatype: string integer number date. identifier: nordic (FI SE NO DK IS told apart by form) or one of
 * fi se no dk is ee lt lv fo; such a column is never staged but as a pseudonym. A table has at
 * most 16; of several, "person" true is in the one that says whose row it is; the others name people beside them (mother, spouse),
 * and are empty, or NA, where they name nobody.
 * Names of ids, tables and columns: name_ok of base/json.h. */
#ifndef SPE_HOLDING_H
#define SPE_HOLDING_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "spe/err.h"

#define SPE_HEADER_MAX 200 /* bytes of UTF-8 */

/* holding_parse - the strict description as JSON, the caller's. Returns 0 or -SPE_E_INPUT naming the field. */
int holding_parse(const char *text, size_t len, json_t **ret, struct spe_error *e);
/* holding_check_table - one entry of "tables" alone, as a ticket carries it; where names it in sentences. */
int holding_check_table(const json_t *table, const char *where, struct spe_error *e);
/* holding_table - the entry of this name in "tables", borrowed, or NULL. */
const json_t *holding_table(const json_t *holding, const char *name);
/* holding_is_opaque - one entry of tables: a file that is passed through whole, where a permit says so. */
bool holding_is_opaque(const json_t *table);
/* holding_reading - how the bytes of its file become its columns' values, {"format","encoding",...} with what is meant where a
 * field is absent: of two tables the same where the same file says the same. The caller's, or NULL. */
json_t *holding_reading(const json_t *table);
/* holding_bare - one entry of tables without what is for people and made-up data alone: all that intake and staging read, and some
 * 60 bytes a column. The caller's, or NULL. */
json_t *holding_bare(const json_t *table);
/* holding_person - the column that says whose a row is; SIZE_MAX: none does. */
size_t holding_person(const json_t *table);
/* holding_opts_out - it is a register of people who opted out. */
bool holding_opts_out(const json_t *holding);
#endif
