/* spe/policy.h - the rules as pure code: bytes in, findings out, no files, no sockets.
 * Same bytes, same policy, same keys: same findings in the same order.
 * Runs in: spe-check and, offline, spe-cli check. */
#ifndef SPE_POLICY_H
#define SPE_POLICY_H
#include <jansson.h>
#include <stdint.h>

#include "spe/err.h"
#include "spe/counts.h"
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

enum output_class { CLASS_TABLE, CLASS_TEXT, CLASS_IMAGE, CLASS_OTHER, CLASS_COUNT };

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
	int show_names, show_sizes, show_exit, show_findings;
	/* All below may be left out of a file; policyfile.c has the defaults. */
	int64_t zeros, full_cells;   /* severity of a count of 0, of a cell that is its whole row or column (all but one) */
	int64_t full_percent;        /* a cell of at least this share of its row or column: review; 101: never */
	int64_t dominance_n, dominance_k; /* (n,k): the n largest make more than k % */
	int64_t p_percent;           /* p % rule */
	int64_t min_dof;             /* residual degrees of freedom */
	int64_t max_r2;              /* percent; from it on a regression counts as saturated: review */
	int64_t round_base;          /* counts must be multiples of it; 0 or 1: any */
	int64_t max_digits;          /* significant digits; what has more is rounded in the release */
	int64_t differencing;        /* severity of 0 < |a - b| < min_count */
	int64_t canaries;            /* planted rows for each staged table */
	int64_t max_files, day_files, day_bytes, day_releases; /* of one request; of one permit in 24 hours; 0: any */
	int64_t fetches, fetch_days; /* how often a release, and until how many days after it was made; 0: any */
	int64_t decisions_of[CLASS_COUNT]; /* at least so many for an export with such a file; 0: as decisions */
	int different_teams;         /* no two of those who approve are of one team */
	char verbatim[16][8];        /* types that can't be rebuilt and may leave as they are, once reviewed */
	size_t verbatim_count;
};

/* policy_parse - libconfuse text; name is used in "name:line: sentence". Returns 0 or -SPE_E_INPUT.
 * Unknown options, options given twice, missing ones and numbers outside their bounds are refused.
 * Not for two threads at once: libconfuse's lexer has globals. */
int policy_parse(const char *text, size_t len, const char *name, struct policy *ret,
	struct spe_error *e);

/* policy_options - every option of spe-policy(5) with the value that holds, by name and in its order; NULL without memory. */
json_t *policy_options(const struct policy *p);

/* policy_blank_comments - comments of a libconfuse text become blanks, so that its line numbers are right. Returns
 * where one begins that goes on over lines, or NULL; the text must be refused then, as what it ends at is no longer sure. */
const char *policy_blank_comments(char *text);
#define POLICY_OTHER_COMMENT "\"/*\" is not taken: begin each line of a comment with #"

/* One index of fingerprints (spe/prints.h). */
struct policy_prints {
	const uint8_t *p;
	size_t len;
};
#define POLICY_PRINTS_MAX 32 /* all that were staged under a permit and differ: some years of monthly data */

struct policy_file {
	const char *name;       /* as the researcher named it */
	const char *bytes;      /* NULL is fine where len is over the policy's max_bytes: nothing is read then */
	size_t len;
	const uint8_t *k_check; /* PSN_KEY bytes; NULL offline: pseudonyms are then judged by grammar, as review */
	const char *magic;      /* libmagic's MIME type of the bytes; NULL: nobody asked */
	/* The history; all NULL and 0 offline. Same bytes, policy and history: same result. */
	const char *sidecar;    /* outputs.json or ACRO's results.json of the same job (JSON text, not to be believed) */
	size_t sidecar_len;
	const struct policy_prints *prints; /* of what was staged under this permit, each time: outputs of older data leave later */
	size_t prints_count;
	const struct count *history; /* counts released before under this permit (spe/counts.h), sorted */
	size_t history_len;          /* entries */
	const struct count *siblings; /* counts of the files before this one in the same export, sorted */
	size_t siblings_len;
	uint64_t history_epoch; /* number of the history, for the record */
};

struct policy_result {
	json_t *record;
	char *rebuilt;         /* the bytes that may leave, malloc'd; NULL where the verdict is block or nothing was rebuilt */
	size_t rebuilt_len;
	struct count *counts;  /* of this file, sorted; malloc'd */
	size_t counts_len;
};
void policy_result_free(struct policy_result *r);

/* policy_check - all rules on one file. The record:
 *  {"file","sha256_in","sha256_out","bytes","bytes_out","type","class":"table|text|image|other","verdict":"pass|review|block",
 *   "checks":[{"id","outcome","line","column","where":[row,column]|offset,"detail","fix"}],"counts":N,
 *   "params_id":policy digest,"params":{...},"checker_version","history_epoch":N}
 * checks holds one entry {"id","outcome":"pass"} for every rule that ran and found nothing, and one for each
 * finding, ordered by rule, then place. column is the field number in a table, else the byte in its line.
 * sha256_out is of the rebuilt bytes, and bytes_out their number; both are null where the verdict is block; sha256_in is null
 * where the file is too large to be read. Steps 5 to 8 ran on the rebuilt bytes too. A rule that can't run (a limit) is a block
 * finding that says so. Verdict is the worst outcome.
 * Returns 0 or -SPE_E_INTERNAL (out of memory); then *ret is empty. */
int policy_check(const struct policy *p, const struct policy_file *f, struct policy_result *ret,
	struct spe_error *e);
#define POLICY_CHECKER_VERSION "spe-check 2"

/* policy_explain - what a rule looks for, why, whence it comes and what to do, for people: some lines of text.
 * NULL: there is no such rule. policy_rule - the i-th rule's id, NULL past the last. */
const char *policy_explain(const char *rule);
const char *policy_rule(size_t i);
#endif
