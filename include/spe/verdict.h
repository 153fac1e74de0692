/* spe/verdict.h - what spe-check writes, once, into its out descriptor; read by the gate.
 * A head, the record's JSON (policy_check), the counts of the file, sorted (spe/counts.h), and the bytes that may leave; nothing
 * follows them. The bytes that may leave are those that the rules rebuilt; for a type that the policy lets out as it is
 * ("verbatim") and where nothing was rebuilt they are the bytes that came in; where the verdict is block there are none.
 * Byte order of the host. A file that is not exactly so long as its head says says nothing. Where the check could not be done
 * there is no head: the file is one JSON object {"ok":false,"error":{"code","message","remedy"}}. */
#ifndef SPE_VERDICT_H
#define SPE_VERDICT_H
#include <stdint.h>

#include "spe/counts.h"
#include "spe/policy.h"

#define VERDICT_MAGIC "spe-verdict-1\0\0" /* 16 bytes with the final NUL */

struct verdict_head {
	char magic[16];
	uint64_t record_len;  /* bytes */
	uint64_t counts_len;  /* entries */
	uint64_t rebuilt_len; /* bytes */
};

#define VERDICT_RECORD_MAX (1u << 20)              /* SPE_FINDINGS_MAX findings take a tenth of it */
#define VERDICT_COUNTS_MAX (1u << 20)              /* entries: a table of so many counts is no result */
#define VERDICT_REBUILT_MAX (POLICY_BYTES_MAX * 2) /* quoting may make a table longer, not twice as long */
#define VERDICT_BYTES_MAX                                                                          \
	(sizeof(struct verdict_head) + VERDICT_RECORD_MAX +                                        \
		VERDICT_COUNTS_MAX * sizeof(struct count) + VERDICT_REBUILT_MAX)

/* What one check may have. The clock is the launcher's, the rest is set on both sides: a belt in the program, and the task's
 * groups around it. */
#define CHECK_SECONDS 60           /* of clock; 64 MiB of text take about a tenth of it */
#define CHECK_CPU_SECONDS 30
#define CHECK_EXIT_CPU 2           /* exit status where these are used up; 1: it says why itself, where it can */
#define CHECK_MEM_BYTES (512ull << 20) /* the largest file, its rebuilt form, and the rules' tables */

/* Bytes of what comes with the output, and entries of what was counted before. */
#define CHECK_SIDECAR_MAX (256u << 10)
#define CHECK_PRINTS_MAX (4ull << 30)
#define CHECK_HISTORY_MAX (64ull << 20)
#endif
