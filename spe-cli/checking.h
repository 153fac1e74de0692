/* spe-cli/checking.h - several files under one policy, offline, as the checks of one export would do it: with their sidecar,
 * what libmagic takes them for, and the counts of those before.
 * Touches: files named on the command line, outputs.json and results.json beside them, libmagic's table; all of them are opened
 * before the first is understood, so that guard_enter can stand between. */
#ifndef SPE_CLI_CHECKING_H
#define SPE_CLI_CHECKING_H
#include <magic.h>

#include "spe-cli/cli.h"
#include "spe/policy.h"

#define CHECKING_SIDECAR_MAX ((size_t)256 << 10) /* as the gate takes */

struct checking_sidecar {
	char *path, *bytes;
	size_t len;
};

struct checking_file {
	const char *path, *name; /* what it is called in an export is its last component */
	int fd;
	const struct checking_sidecar *sidecar;
	bool is_sidecar; /* is named for what it says of the others, and can't leave */
	struct policy_result result;
	char *bytes;
	size_t len;
};

struct checking {
	struct policy policy;
	struct checking_file *file;
	size_t files;
	struct checking_sidecar *sidecar;
	size_t sidecars;
	magic_t magic;
	struct count *count;
	size_t counts;
};

/* checking_open - everything that has to be opened; sidecar is a path or NULL: then outputs.json or results.json beside a file,
 * else one that is among the paths. */
int checking_open(struct checking *k, char *const *path, size_t paths, const char *sidecar, struct spe_error *e);
/* checking_file_check - the next one, in order: its counts are held against those of the files before. */
int checking_file_check(struct checking *k, size_t i, struct spe_error *e);
void checking_free(struct checking *k);
/* checking_policy - the policy that --policy names, or the one that came with spe-cli. */
int checking_policy(const struct cli *c, struct policy *ret, struct spe_error *e);
#endif
