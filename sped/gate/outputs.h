/* gate/outputs.h - the reader of a capture stream (spe/outputs.h): whatever a job named its files, whatever
 * became of the process that packed them, no read passes the end and no name means another place.
 * By pread in pieces; contents are skipped, the caller copies them from the place that an entry gives.
 * Context: sped-gate and its fuzz target; no globals. */
#ifndef SPE_GATE_OUTPUTS_H
#define SPE_GATE_OUTPUTS_H
#include <stdbool.h>
#include <stdint.h>

#include "spe/err.h"
#include "spe/limits.h"
#include "spe/outputs.h"

#define OUTPUTS_NAME_MAX (OUTPUTS_DEPTH * (SPE_NAME_MAX + 1) - 1)
#define OUTPUTS_PIECE 16384u

struct outputs {
	int fd;
	uint64_t at, size;       /* of the stream */
	uint64_t max_files, max_bytes;
	uint64_t files, bytes;   /* so far */
	uint64_t piece_at;       /* where piece[] lies in the stream */
	uint32_t piece_len;
	bool bad;
	char last[OUTPUTS_NAME_MAX + 1];
	uint8_t piece[OUTPUTS_PIECE];
};

struct outputs_entry {
	enum outputs_skip skipped;       /* SKIP_NONE: a file */
	char name[OUTPUTS_NAME_MAX + 1]; /* of a file */
	uint64_t at, size;               /* of its content in the stream */
};

/* outputs_open - fd is read by pread; max_files and max_bytes bound what is believed. 0 or -SPE_E_INPUT. */
int outputs_open(struct outputs *o, int fd, uint64_t max_files, uint64_t max_bytes, struct spe_error *e);
/* outputs_next - 1: *ret is the next entry; 0: the stream is read to its proper end; -SPE_E_INPUT, and so ever after:
 * the sentence gives the offset. */
int outputs_next(struct outputs *o, struct outputs_entry *ret, struct spe_error *e);
/* outputs_name_ok - one to four components, each as people may name files. */
bool outputs_name_ok(const char *name);
/* outputs_skip_name - "link", "special", ... */
const char *outputs_skip_name(enum outputs_skip s);
#endif
