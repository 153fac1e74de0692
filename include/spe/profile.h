/* spe/profile.h - a profile: how a job is confined on top of what is done to every box. People write one file for each,
 * spe-profile(5); spe-filter reads them once when sped starts and leaves what came of them in a sealed memory file, of which
 * spe-init takes the one that its ticket names. Root passes that file on unread. */
#ifndef SPE_PROFILE_H
#define SPE_PROFILE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spe/err.h"

#define PROFILE_NAME_ROOM 32
#define PROFILE_TEXT_MAX 65536u /* bytes of a file */
#define PROFILE_FILES_MAX 16    /* profiles of one host */
#define PROFILE_CALLS_MAX 480   /* x86-64 has some 380 */
#define PROFILE_VALUES_MAX 96   /* allowed values of arguments */
#define PROFILE_PATHS_MAX 32
#define PROFILE_PATH_ROOM 24

/* What may be done beneath a path; Landlock holds it, whatever the mounts allow. */
#define PROFILE_READ 1u
#define PROFILE_WRITE 2u
#define PROFILE_EXECUTE 4u
#define PROFILE_DEVICE 8u
#define PROFILE_LIST 16u        /* names alone */

struct profile_path {
	char path[PROFILE_PATH_ROOM];
	uint32_t rights;
};

/* One allowed value of one argument of a call; several for a call are alternatives. */
struct profile_value {
	int call;
	unsigned arg;
	uint64_t mask, value;
};

/* One file, parsed. Calls are numbers of this architecture. */
struct profile {
	char name[PROFILE_NAME_ROOM];
	char digest[65];         /* SHA-256 of the file's text */
	bool write_execute;      /* memory may be writable and executable: for compilers at run time */
	size_t calls, values, paths;
	int call[PROFILE_CALLS_MAX];
	struct profile_value value[PROFILE_VALUES_MAX];
	struct profile_path path[PROFILE_PATHS_MAX];
};

/* profile_parse - libconfuse text; name is used in "name:line: sentence". Returns 0 or -SPE_E_INPUT. What no profile may allow
 * is refused here by name, and what none may forgo is in *ret whatever the text says. Not for two threads at once. */
int profile_parse(const char *text, size_t len, const char *name, struct profile *ret, struct spe_error *e);

/* --- the sealed memory file ---------------------------------------------------------------- */

/* How memory is kept from being writable and executable. */
enum profile_memory { PROFILE_MEMORY_FREE, PROFILE_MEMORY_KERNEL /* PR_SET_MDWE */, PROFILE_MEMORY_FILTER /* by rules of the filter */ };

/* Slot i begins at byte i * PROFILE_SLOT; its filter PROFILE_HEAD further on. */
#define PROFILE_HEAD 4096u
#define PROFILE_FILTER_MAX 32768u /* bytes: BPF_MAXINSNS of 8 */
#define PROFILE_SLOT (PROFILE_HEAD + PROFILE_FILTER_MAX)
struct profile_slot {
	char name[PROFILE_NAME_ROOM];
	uint32_t filter_bytes;
	uint32_t memory;         /* enum profile_memory */
	uint32_t paths;
	struct profile_path path[PROFILE_PATHS_MAX];
};
_Static_assert(sizeof(struct profile_slot) <= PROFILE_HEAD, "the filter comes behind it");
#endif
