/* spe/permit.h - the data permit: strict JSON, one field per letter of Article 68(10) of Regulation
 * (EU) 2025/327; see spe-permit(5). Pure: text in, struct out. Used by engine, gate, spe-stage and spe-cli.
 *
 * rows is a typed list, all of which must hold for a record to be staged:
 *   {"table":"colon","variable":"age","op":"ge","value":50}
 *   op: eq ne lt le gt ge (string, number or date by the value's type: a JSON number compares numbers, a string compares
 *   bytes, so ISO dates order), in (value is a list), between (value is [low, high], both included), prefix (string), null, not-null (no value). */
#ifndef SPE_PERMIT_H
#define SPE_PERMIT_H
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "spe/err.h"

#define PERMIT_FORMAT "spe-permit-1"
#define PERMIT_TEXT_MAX (48u << 10) /* it travels in a staging ticket, escaped, with the tables */

enum permit_role { ROLE_PI = 1, ROLE_RESEARCHER = 2, ROLE_CHECKER = 4 };
struct permit_person {
	const char *id;      /* as in the registry of people */
	unsigned roles;      /* ROLE_*; nobody is checker and researcher (or PI) at once */
};

struct permit {
	json_t *root;        /* owns every string below */
	char digest[65];     /* SHA-256 of the exact text */
	const char *id, *kind, *replaces, *issuer, *purpose; /* replaces NULL in version 1 */
	int64_t version;
	time_t from, until, erased_by; /* UTC; from at 00:00:00, until and erased_by to the end of their day */
	json_t *data;        /* array: holding, variables{table:[...]}, files[], rows[] */
	struct permit_person person[256];
	size_t person_count;
	int64_t cpus, memory_bytes, disk_bytes, time_s, processes, gpus;
	bool code;           /* bring-in: jobs may have code of their own */
	json_t *runtimes;    /* array of "host" or "sha256:..." */
	json_t *profiles;    /* array of names, the first for jobs that name none; NULL: what the host gives */
	json_t *types;       /* outputs.types: media types; */
	int64_t min_cell, max_bytes, decisions;
};

/* permit_parse - the caller frees with permit_free. Returns 0 or -SPE_E_INPUT with a sentence
 * that names the field ("permit.data[0].rows[2].op is \"like\"; ..."). */
int permit_parse(const char *text, size_t len, struct permit **ret, struct spe_error *e);
/* permit_can_be_kept - a permit that asks for what no program here does would bind nobody: -SPE_E_INPUT, naming the field. For
 * permits that are imported; those that were before stay. */
int permit_can_be_kept(const struct permit *p, struct spe_error *e);
void permit_free(struct permit *p);
/* permit_again - the same one once more, to be freed by itself; NULL for NULL or out of memory. */
struct permit *permit_again(const struct permit *p);
/* permit_roles - of this person, 0 for nobody. */
unsigned permit_roles(const struct permit *p, const char *person);
/* permit_takes - what of a table: variables, perhaps none, for a cohort; or a file as it lies there. */
enum permit_takes { PERMIT_NOTHING, PERMIT_VARIABLES, PERMIT_WHOLE };
enum permit_takes permit_takes(const struct permit *p, const char *holding, const char *table);
#endif
