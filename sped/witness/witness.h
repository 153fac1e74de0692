/* witness/witness.h - spe-witness: gives the signed checkpoints of sped's journal to those whom root named in "witnesses".
 * Runs as: _spe-witness, begun by the service manager and not by sped.  Hears: sped and other speds, as any client does.
 * Touches: its state directory, the files of witnesses that it may write; runs their commands. Leaves alone: all else.
 *
 * It is a program of its own because none of sped's may do this: root runs nothing for anybody and reads nothing of others; the gate
 * has keys open and runs no program; the engine runs none either and opens no file but its own. This one holds no secret: a
 * checkpoint says how long the journal is and nothing of what is in it. Whoever owns it can keep checkpoints back, which
 * doctor shows, and can make none up.
 * Where it keeps what each witness has: STATE/NAME, the newest line that was taken. What can't be given is tried again; a later
 * checkpoint says all that an earlier one did, so nothing is lost by it. */
#ifndef SPE_WITNESS_H
#define SPE_WITNESS_H
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "spe/err.h"
#include "spe/evidence.h"
#include "spe/witnesses.h"

enum sent { SENT_KEPT, SENT_FAILED, SENT_DISAGREES };
/* A checkpoint that sped has signed, and of each number of records that was asked for that it goes on from it. */
struct now {
	char *line;
	struct checkpoint c;
	json_t *proofs;
};
/* now_get - socket: sped's. sign: of the head. Returns 0; what sped answered; -SPE_E_NOT_AUTHORISED where it is not signed as it says. */
int now_get(const char *socket, const uint64_t *sizes, size_t count, bool sign, struct now *ret, struct spe_error *e);
void now_free(struct now *n);
/* now_follows - as evidence_follows. */
int now_follows(const struct now *n, const struct checkpoint *kept, struct spe_error *e);

/* send_begin - a process of its own, so that nothing here waits for a witness: its pid, or -errno. *ret_fd: what it says, to be read.
 * It ends with one of enum sent as its exit status. */
int send_begin(const struct witness *w, const char *socket, const struct now *n, int *ret_fd);
/* send_end - how it ended, by its wait status and what it said, in words that say nothing but that. */
enum sent send_end(const struct witness *w, int status, bool late, int fd, char detail[WITNESS_DETAIL_MAX + 1]);
#endif
