/* spe/revocation.h - what an operator signs to end a permit before its time: compact JSON without a newline,
 *  {"format":"spe-revoke-1","permit":ID,"version":N,"permit_sha256":HEX,"reason":TEXT,"time":T}
 * under an SSHSIG in namespace spe-revoke. version and permit_sha256 are of the newest version, so that nobody ends what they have not
 * seen. Pure: text in, struct out; no files, no clock. */
#ifndef SPE_REVOCATION_H
#define SPE_REVOCATION_H
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "spe/err.h"

#define REVOCATION_FORMAT "spe-revoke-1"
#define REVOCATION_NAMESPACE "spe-revoke"
#define REVOCATION_REASON_MAX 500           /* bytes */
#define REVOCATION_MAX 4096                 /* bytes of the text: a reason may be six times as long in JSON */

struct revocation {
	json_t *root;              /* owns the strings */
	const char *permit, *sha256, *reason;
	int64_t version, time_s;   /* since 1970 */
};
/* revocation_text - the caller's; NULL out of memory, or where reason is no UTF-8. time: "2026-11-23T21:00:00Z". */
char *revocation_text(const char *permit, int64_t version, const char *sha256, const char *reason, const char *time);
/* revocation_parse - every field has its form, and there is no other way to write the same. *ret is the caller's, for
 * revocation_free. Returns 0; -SPE_E_INPUT naming the field; -SPE_E_INTERNAL. */
int revocation_parse(const char *text, size_t len, struct revocation *ret, struct spe_error *e);
void revocation_free(struct revocation *r);
#endif
