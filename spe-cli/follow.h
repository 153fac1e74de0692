/* spe-cli/follow.h - wait for a state, telling each state on the way on stderr; the last is the
 * caller's to tell. */
#ifndef SPE_CLI_FOLLOW_H
#define SPE_CLI_FOLLOW_H
#include <jansson.h>
#include <stdbool.h>

#include "spe-cli/cli.h"

struct follow {
	const char *path; /* of the thing, as "/v1/jobs/3f9c0a12" */
	const char *what; /* to people: "job" */
	const char *id;
	bool long_poll; /* takes wait, and until or since; else it is asked again, the more seldom the longer it takes */
	bool (*done)(const json_t *thing);
};

/* follow_until - ask until done; *ret is the last answer, the caller's. A sped that is away for up
 * to half a minute, as in an upgrade, is waited for once it has answered any call. */
int follow_until(struct cli *c, const struct follow *f, json_t **ret, struct spe_error *e);
#endif
