/* t/unit/judge.h - one file through all rules, and the answer as a line: "VERDICT: rule outcome line:column; ...". */
#ifndef SPE_T_JUDGE_H
#define SPE_T_JUDGE_H
#include <stdlib.h>

#include "spe/policy.h"
#include "t/tap.h"

static struct policy judge_policy = { .name = "test",
	.min_count = 10,
	.max_bytes = 64 << 20,
	.max_rows = 5000,
	.decisions = 2,
	.types = { "csv", "tsv", "txt", "md", "json", "log" },
	.type_count = 6,
	.zeros = FINDING_REVIEW,
	.full_cells = FINDING_REVIEW,
	.full_percent = 90,
	.dominance_n = 2,
	.dominance_k = 90,
	.p_percent = 10,
	.min_dof = 10,
	.max_r2 = 90,
	.max_digits = 6,
	.differencing = FINDING_BLOCK };

/* What precision and other rules of their own say is not looked at here: only the rules on tables, and "" for all. */
static inline void judge_file(const struct policy_file *f, const char *only, struct policy_result *ret, char *text, size_t room)
{
	struct spe_error e;
	json_t *check;
	size_t i, at;

	text[0] = '\0';
	if (policy_check(&judge_policy, f, ret, &e) < 0) {
		snprintf(text, room, "failed: %s", e.text);
		return;
	}
	at = 0;
	json_array_foreach(json_object_get(ret->record, "checks"), i, check)
	{
		const char *outcome = json_string_value(json_object_get(check, "outcome"));
		const char *id = json_string_value(json_object_get(check, "id"));

		if (strcmp(outcome, "pass") == 0 || (*only && !strstr(only, id)) || at >= room)
			continue;
		at += (size_t)snprintf(text + at, room - at, "%s%s %s %lld:%lld", at > 0 ? "; " : "", id, outcome,
			(long long)json_integer_value(json_object_get(check, "line")),
			(long long)json_integer_value(json_object_get(check, "column")));
	}
}

#define TABLE_RULES \
	"min-count percentage zero-count group-disclosure dominance margins extreme-value degrees-of-freedom survival " \
	"microdata differencing sidecar size"

static inline void judged(const char *what, const char *name, const char *bytes, const char *want)
{
	struct policy_file f = { .name = name, .bytes = bytes, .len = strlen(bytes) };
	struct policy_result result = { 0 };
	char got[8192];

	judge_file(&f, TABLE_RULES, &result, got, sizeof(got));
	is_str(got, want, what);
	policy_result_free(&result);
}
#endif
