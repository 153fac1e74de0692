/* spe/policy.h - the rules as pure code: bytes in, findings out, no files, no sockets.
 * Same bytes, same policy, same keys: same findings in the same order.
 * Runs in: spe-check and, offline, spe-cli check. */
#ifndef SPE_POLICY_H
#define SPE_POLICY_H
#include <jansson.h>
#include <stdint.h>

#include "spe/err.h"
#include "spe/limits.h"

enum finding_severity { FINDING_PASS, FINDING_REVIEW, FINDING_BLOCK };

struct finding {
	const char *rule;      /* "min-count", "identity-number", "pseudonym", "file-type", ... */
	enum finding_severity severity;
	uint64_t row;          /* record of a table from 1, the header being 1; 0: not in a table */
	uint64_t line;         /* from 1; 0: the whole file */
	uint32_t column;       /* field number from 1 for tables, else byte; 0: none */
	uint64_t offset;       /* bytes from the start, for files without lines */
	char explanation[240]; /* what and which rule number; identifiers masked to two characters; for people */
	char fix[160];         /* the smallest change that would help */
};

#define POLICY_TEXT_MAX 65536u   /* bytes of a policy file */
#define POLICY_BYTES_MAX (64ll << 20)
#define POLICY_ROWS_MAX 1000000ll
#define POLICY_COUNT_MAX 1000ll

/* One policy file, parsed (spe-policy(5)). Every number has its source in policy/rules/. */
struct policy {
	char name[64];
	char digest[65];             /* SHA-256 of the file's text */
	int64_t min_count;           /* counts 1..min_count-1 block */
	int64_t max_bytes;           /* of one file */
	int64_t max_rows;            /* of one table */
	int64_t decisions;           /* checkers who must approve */
	char types[16][8];           /* extensions that may leave: "csv" "tsv" "txt" "md" "json" "log" "png" */
	size_t type_count;
	/* what researchers see of a job before any release; see spe-policy(5) */
	int show_names, show_sizes, show_exit;
};

/* policy_parse - libconfuse text; name is used in "name:line: sentence". Returns 0 or -SPE_E_INPUT.
 * Unknown options, options given twice, missing ones and numbers outside their bounds are refused.
 * Not for two threads at once: libconfuse's lexer has globals. */
int policy_parse(const char *text, size_t len, const char *name, struct policy *ret,
	struct spe_error *e);

/* policy_blank_comments - comments of a libconfuse text become blanks, so that its line numbers are right. */
void policy_blank_comments(char *text);

struct policy_file {
	const char *name;       /* as the researcher named it */
	const char *bytes;      /* NULL is fine where len is over the policy's max_bytes: nothing is read then */
	size_t len;
	const uint8_t *k_check; /* PSN_KEY bytes; NULL offline: pseudonyms are then judged by grammar, as review */
};

/* policy_check - all rules on one file. The record:
 *  {"file","sha256_in","sha256_out","bytes","type","verdict":"pass|review|block",
 *   "checks":[{"id","outcome","line","column","where":[row,column]|offset,"detail","fix"}],
 *   "params_id":policy digest,"params":{"min_count","max_bytes","max_rows"},"checker_version","history_epoch":0}
 * checks holds one entry {"id","outcome":"pass"} for every rule that ran and found nothing, and one for each
 * finding, ordered by rule, then place. column is the field number in a table, else the byte in its line.
 * sha256_out is sha256_in, since nothing is rebuilt; both are null where the file is too large to be read, and
 * sha256_out is null where the verdict is block. A rule that can't run (a limit) is a block finding that says so.
 * The caller owns *ret. Returns 0 or -SPE_E_INTERNAL (out of memory). */
int policy_check(const struct policy *p, const struct policy_file *f, json_t **ret,
	struct spe_error *e);
#define POLICY_CHECKER_VERSION "spe-check 1"
#endif
