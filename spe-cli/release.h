/* spe-cli/release.h - a release bundle, read strictly: ustar, regular files under the one directory
 * spe-release-EXPORT/, no links, no extensions, nothing after the end, every size bounded.
 * Nothing is written anywhere. */
#ifndef SPE_CLI_RELEASE_H
#define SPE_CLI_RELEASE_H
#include <stddef.h>
#include <stdint.h>

#include "spe/err.h"
#include "sped/base/hex.h"

#define RELEASE_DIR "spe-release-"
#define RELEASE_FILES_MAX 400 /* 50 outputs, one signature for each of 256 people, the rest */
#define RELEASE_KEPT_MAX \
	((size_t)16 << 20) /* of what is read and not only hashed: findings are the largest */
#define RELEASE_OUTPUT_MAX (INT64_C(1) << 30) /* one output */

struct release_file {
	char *name; /* below the directory */
	char sha256[SHA256_TEXT];
	uint64_t size;
	char *bytes; /* with a NUL after them; NULL for files/..., which are only hashed */
};

struct release {
	char id[9];                /* of the export, from the directory's name */
	struct release_file *file; /* in the order of the archive */
	size_t count;
};

/* release_read - Returns 0, -SPE_E_TAMPERED with what is odd, or -SPE_E_INTERNAL. The caller frees. */
int release_read(int fd, struct release **ret, struct spe_error *e);
void release_free(struct release *r);
/* release_find - by name; NULL where there is none. */
const struct release_file *release_find(const struct release *r, const char *name);
#endif
