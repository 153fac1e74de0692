/* spe-cli/findings.h - what checks found, to people. The fields are those of policy_check's record ("checks": "id", "outcome",
 * "detail", "where") or of sped's answers ("findings": "rule", "severity", "explanation"). */
#ifndef SPE_CLI_FINDINGS_H
#define SPE_CLI_FINDINGS_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

const char *finding_rule(const json_t *finding);
const char *finding_severity(const json_t *finding); /* "pass", "review", "block" */
const char *finding_text(const json_t *finding);
/* finding_place - "row 3 column 2", "line 7", "byte 120"; "" for the whole file. */
void finding_place(const json_t *finding, char *ret, size_t room);

/* findings_of - of a file, however it is called there; NULL where it was not checked. */
const json_t *findings_of(const json_t *file);
/* findings_count - how many of that severity; what passed is told by its own number where only that came. */
size_t findings_count(const json_t *file, const char *severity);

/* findings_lines - one line each, block before review: FILE:LINE:COLUMN: severity rule: text; try: fix. */
void findings_lines(const char *file, const json_t *findings);
/* findings_groups - rule by rule, block before review, with place and fix: for checkers. */
void findings_groups(const json_t *findings);
/* findings_decide - what is left to a person, in one sentence. */
const char *findings_decide(const char *class, const char *verdict);
/* verdict_rank - 2 block, 1 review, 0 pass; 3 for what has none, which is as bad as it gets. */
int verdict_rank(const char *verdict);
#endif
