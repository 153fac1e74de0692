/* spe/evidence.h - what a gate says of its journal to somebody who sees nothing else of it: signed checkpoints, and records
 * with the proof that they are in it. Text in, struct out; no files, no clock.
 * A checkpoint is one line of JSON:
 *  {"origin":"spe:FINGERPRINT","size":RECORDS,"root":HEX,"hash":HEX,"time":T,"signature":ARMOR}
 * root is the Merkle tree's over the lines without their newlines (spe/merkle.h), hash the last line's, origin names the
 * key that signs, as ssh-keygen -l does. The signature is an SSHSIG, namespace spe-checkpoint, over the line's bytes
 * before ,"signature": and a closing brace.
 * Evidence is one object of JSON:
 *  {"format":"spe-evidence-1","gate":KEY,"checkpoint":LINE,"records":[{"seq":N,"line":LINE,"path":[HEX]}],
 *   "since":RECORDS,"consistency":[HEX],"next":N}
 * path is the inclusion proof of leaf N - 1; consistency that of the first since records; the last three may be absent. */
#ifndef SPE_EVIDENCE_H
#define SPE_EVIDENCE_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spe/err.h"
#include "spe/merkle.h"
#include "spe/sshsig.h"

#define EVIDENCE_FORMAT "spe-evidence-1"
#define ORIGIN_MAX 64
#define CONSISTENCY_MAX 500 /* numbers of records that are asked after at once: an answer of a mebibyte */
#define CHECKPOINT_MAX 2048 /* bytes of a line: an Ed25519 signature has 300 */

struct checkpoint {
	char origin[ORIGIN_MAX + 1];
	uint64_t size;
	uint8_t root[MERKLE_HASH];
	char hash[2 * MERKLE_HASH + 1];
	int64_t time; /* by the gate's clock, seconds since 1970; INT64_MIN: none that could be read. Not of checkpoint_sign */
};
/* checkpoint_origin - of a public key "TYPE BASE64". */
int checkpoint_origin(const char *key, char ret[ORIGIN_MAX + 1], struct spe_error *e);
/* checkpoint_sign - the line without a newline, the caller's. key: raw Ed25519. */
int checkpoint_sign(const uint8_t key[32], const struct checkpoint *c, const char *time, char **ret, struct spe_error *e);
/* checkpoint_parse - the form alone. Returns 0 or -SPE_E_INPUT. */
int checkpoint_parse(const char *line, size_t len, struct checkpoint *ret, struct spe_error *e);
/* checkpoint_verify - that it is to the byte what a gate writes, and its signature, by key or where that is NULL by the key that
 * origin names. line has a NUL behind len. Returns 0;
 * -SPE_E_INPUT; -SPE_E_NOT_AUTHORISED. */
int checkpoint_verify(const char *line, size_t len, const char *key, struct checkpoint *ret, struct spe_error *e);

/* evidence_verify - the checkpoint's signature, by key or by what its origin names, and every record's proof. Returns 0;
 * -SPE_E_INPUT: no evidence; -SPE_E_NOT_AUTHORISED; -SPE_E_TAMPERED names the record. */
int evidence_verify(const json_t *j, const char *key, struct checkpoint *ret, struct spe_error *e);
/* evidence_follows - the journal of the checkpoint that evidence_verify gave begins with that of kept, which was seen
 * before. Returns 0; -SPE_E_TAMPERED; -SPE_E_NOT_FOUND where the evidence says nothing of so many records. */
int evidence_follows(const json_t *j, const struct checkpoint *now, const struct checkpoint *kept, struct spe_error *e);
/* proof_json - a list of hexadecimal nodes, or NULL. */
json_t *proof_json(const struct merkle_proof *p);
#endif
