/* spe-cli/registry.h - changes of the gate's registry of keys (spe/registry.h): made here, signed here, sent. */
#ifndef SPE_CLI_REGISTRY_H
#define SPE_CLI_REGISTRY_H
#include <jansson.h>

#include "spe-cli/cli.h"

/* registry_propose - sign these changes with --key as the entry that comes next and send it; says what is to be done then.
 * changes is stolen; NULL: out of memory. */
int registry_propose(struct cli *c, json_t *changes, struct spe_error *e);
/* registry_options - are those that registry_set reads text? Asked before it: a change without them must not be signed. */
int registry_options(const struct cli *c, struct spe_error *e);
/* registry_set, registry_unset - a change; NULL where memory is out, or what was given is not UTF-8. */
json_t *registry_set(const struct cli *c, const char *name, const char *role, const char *key);
json_t *registry_unset(const char *name, const char *key);
/* registry_file - the key in a file, "TYPE BASE64" alone, the caller's. */
int registry_file(const char *path, char **ret, struct spe_error *e);
/* registry_enrol - the key in the file of operand 1, as one of operand 0 in a role. */
int registry_enrol(struct cli *c, const char *role, struct spe_error *e);
/* registry_revoke - the key in the file of operand 1, or every key of operand 0 that stands in one of the roles. */
int registry_revoke(struct cli *c, const char *role, struct spe_error *e);
#endif
