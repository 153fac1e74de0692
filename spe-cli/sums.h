/* spe-cli/sums.h - the SHA-256 of every file of a backup: kept with its keys, elsewhere, and asked for at its restore. */
#ifndef SPE_CLI_SUMS_H
#define SPE_CLI_SUMS_H
#include <stddef.h>

#include "spe/err.h"

#define SUMS "SUMS" /* as sha256sum writes and reads them, of paths in the backup */

/* NULL is fine where a struct sums is wanted: nothing is summed. */
struct sums;
/* sums_new - to be filled and written. sums_read - those in dir, to be compared with; NULL where it has none. */
int sums_new(struct sums **ret, struct spe_error *e);
int sums_read(int dir, struct sums **ret, struct spe_error *e);
void sums_free(struct sums *s);
int sums_write(const struct sums *s, int dir, struct spe_error *e);

/* sums_enter - what follows is name, below what was entered before; sums_leave takes what that gave. */
size_t sums_enter(struct sums *s, const char *name);
void sums_leave(struct sums *s, size_t before);
/* Of one file, from its first byte to its last. sums_end is -EBADMSG where it is not the one that was summed, -errno else. */
int sums_begin(struct sums *s);
int sums_add(struct sums *s, const void *p, size_t len);
int sums_end(struct sums *s);
/* sums_fault - what sums_end found, or 0. sums_all - every file that was summed has been seen. Both 0 or -SPE_E_TAMPERED. */
int sums_fault(const struct sums *s, struct spe_error *e);
int sums_all(const struct sums *s, struct spe_error *e);
#endif
