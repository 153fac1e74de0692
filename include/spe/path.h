/* spe/path.h - where a column's value lies in a JSON object: subject.reference, code.coding[0].code,
 * identifier[system=urn:oid:1.2.246.21].value. Members of objects with dots between them; [N]: an element of a list, the
 * first being 0; [KEY=VALUE]: its first element that is an object with that string. Pure. */
#ifndef SPE_PATH_H
#define SPE_PATH_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATH_MAX_BYTES 500
#define PATH_STEPS_MAX 32     /* resources of FHIR reach a dozen */
#define PATH_INDEX_MAX 100000 /* elements that fit in the longest line are fewer */

enum path_kind { PATH_MEMBER, PATH_INDEX, PATH_WHERE };
struct path_step {
	enum path_kind kind;
	const char *name; /* MEMBER, and the key of WHERE; borrowed */
	size_t name_len;
	const char *value; /* WHERE */
	size_t value_len;
	uint32_t index; /* INDEX */
};

/* path_next - the step at *at, which moves behind it; *at is the path's start at first. 1; 0 at its end; -1: it is no path. */
int path_next(const char *path, const char **at, struct path_step *ret);
/* path_ok - all of it. */
bool path_ok(const char *path);
#endif
