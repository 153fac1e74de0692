/* spe-cli/kept.h - evidence of a journal, and the checkpoints of it that somebody kept. No sockets. */
#ifndef SPE_CLI_KEPT_H
#define SPE_CLI_KEPT_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "spe/err.h"
#include "spe/evidence.h"

#define KEPT_MAX ((size_t)64 << 20)     /* bytes of checkpoints: one an hour for ten years */
#define EVIDENCE_MAX ((size_t)256 << 20) /* bytes of evidence */

struct kept {
	char *text; /* lines, oldest first; each was verified, and ends with a newline */
	size_t len, count;
	size_t cut; /* lines that are not in text, as they were cut off */
	bool torn;  /* what was read does not end with a newline */
	size_t last, last_len; /* the last of them in text */
	struct checkpoint newest; /* of the most records */
};
/* kept_parse - text is taken; empty is fine. Every line is a checkpoint that the key of the first one's origin signed; one that was
 * cut off within that, by a full disk, is left out and counted.
 * Returns 0, or what checkpoint_verify does with the line's number. */
int kept_parse(char *text, size_t len, const char *path, struct kept *ret, struct spe_error *e);
void kept_free(struct kept *k);
/* kept_next - one after another; *at begins at 0. False after the last. */
bool kept_next(const struct kept *k, size_t *at, struct checkpoint *ret);
/* kept_upto - how many records the largest has that has at most size; 0: none. */
uint64_t kept_upto(const struct kept *k, uint64_t size);
/* evidence_lines - every line of the file: its checkpoint, records, and that it follows what was kept (may be NULL). *ret is
 * {"verified","origin","records":[...],"steps":[{"step","ok","detail"}]}. Returns 0 or -SPE_E_INTERNAL. */
int evidence_lines(const char *text, size_t len, const char *key, const struct kept *kept, json_t **ret, struct spe_error *e);
#endif
