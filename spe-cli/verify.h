/* spe-cli/verify.h - is a release what its checkers signed and the gate let out? Offline, as
 * nobody. Pure but for the descriptor: trusts no byte of the release before a signature covers it. */
#ifndef SPE_CLI_VERIFY_H
#define SPE_CLI_VERIFY_H
#include <jansson.h>

#include "spe-cli/kept.h"
#include "spe-cli/release.h"
#include "spe-cli/signers.h"
#include "spe/err.h"

/* Where a part is NULL, what the release itself holds is used, whose origin is not proven. */
struct verify_keys {
	const char *gate; /* "TYPE BASE64" */
	const struct signers *checkers;
	const char *registry; /* as spe-cli registry export wrote it */
	size_t registry_len;
	const struct kept *kept; /* checkpoints of its journal, had from whoever kept them; NULL: not asked */
};

/* verify_release - every step, also after one has failed where that can be. *ret, the caller's:
 * {"release":ID,"workspace":WS,"verified":BOOL,"checkers":[PERSON...],"steps":[{"step","ok","detail"}]};
 * the fields from the manifest only once it could be read. Returns 0 whatever the verdict, or
 * -SPE_E_INTERNAL. */
int verify_release(int fd, const struct verify_keys *keys, json_t **ret, struct spe_error *e);
/* verify_and_keep - the same; *ret_release is what was verified, the caller's, or NULL where it could not be read: who goes on with
 * it reads no file again that may have become another. */
int verify_and_keep(int fd, const struct verify_keys *keys, json_t **ret, struct release **ret_release, struct spe_error *e);
#endif
