/* capture/capture.h - an ended job's outputs as one stream.
 * Runs as: the job's uid, no capabilities, when nothing of the job runs any more.   Hears: one ticket.
 * Touches: the outputs directory, read-only, and the descriptor it writes to. Judges nothing. */
#ifndef SPE_CAPTURE_H
#define SPE_CAPTURE_H
#include <stdbool.h>
#include <stdint.h>

#include "spe/err.h"
#include "spe/outputs.h"

struct pack {
	int out;
	uint64_t files_left, bytes_left; /* the ticket's bounds */
	char *piece;
};

int pack_begin(struct pack *p, int out, uint64_t max_files, uint64_t max_bytes);
/* pack_file - the regular file behind fd, or 'S' where it is over a bound. Returns 0 or -errno; -EIO where it is
 * shorter than it was: somebody changes it. */
int pack_file(struct pack *p, const char *name, int fd, uint64_t size);
int pack_skip(struct pack *p, enum outputs_skip reason);
int pack_end(struct pack *p);

/* walk_outputs - everything beneath dir in the bytewise order of the whole names. Returns 0 or -errno. */
int walk_outputs(int dir, struct pack *p);

/* capture_ticket - parse the ticket, write the stream. Returns 0, or a negative code with the sentence. */
int capture_ticket(
	const char *text, size_t len, int dir, int out, bool *ret_began, struct spe_error *e);
#endif
