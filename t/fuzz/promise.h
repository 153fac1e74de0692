/* t/fuzz/promise.h - what every check of a file promises, and traps where it is broken: any bytes get a whole record with a
 * verdict that its findings bear out; what leaves, leaves once more as the same bytes, and never with a block. */
#ifndef SPE_FUZZ_PROMISE_H
#define SPE_FUZZ_PROMISE_H
#include <stdlib.h>
#include <string.h>

#include "spe/policy.h"
#include "spe/psn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct policy fuzz_policy = { .name = "fuzz",
	.min_count = 10,
	.max_bytes = 1 << 20,
	.max_rows = 100,
	.decisions = 2,
	.types = { "csv", "tsv", "txt", "md", "json", "log", "png" },
	.type_count = 7,
	.max_digits = 6,
	.verbatim = { "svg", "html", "pdf", "xlsx", "docx", "ods", "odt", "jpg", "ipynb" },
	.verbatim_count = 9 };

static int fuzz_rank(const char *outcome)
{
	return strcmp(outcome, "block") == 0 ? 2 : strcmp(outcome, "review") == 0 ? 1 : 0;
}

static int fuzz_worst(const json_t *record)
{
	const json_t *check;
	int most = 0;
	size_t i;

	json_array_foreach(json_object_get(record, "checks"), i, check)
	{
		int r = fuzz_rank(json_string_value(json_object_get(check, "outcome")));

		most = r > most ? r : most;
	}
	if (i < 3 || i > 240)
		__builtin_trap();
	return most;
}

static void fuzz_again(const char *name, const struct policy_result *first, const uint8_t *key)
{
	struct policy_file f = { .name = name, .bytes = first->rebuilt, .len = first->rebuilt_len, .k_check = key };
	struct policy_result result = { 0 };
	struct spe_error e;

	if (policy_check(&fuzz_policy, &f, &result, &e) < 0 || !result.rebuilt || result.rebuilt_len != f.len ||
		memcmp(result.rebuilt, f.bytes, f.len) != 0)
		__builtin_trap();
	policy_result_free(&result);
}

/* The bytes lie in memory of their own, so that one behind them is seen. */
static void fuzz_file(const char *name, const void *bytes, size_t len, const uint8_t *key)
{
	char *copy = malloc(len + 1);
	struct policy_file f = { .name = name, .bytes = copy, .len = len, .k_check = key };
	struct policy_result result = { 0 };
	struct spe_error e;
	int most;

	memcpy(copy, bytes, len);
	copy[len] = '\0';
	if (policy_check(&fuzz_policy, &f, &result, &e) < 0)
		__builtin_trap();
	most = fuzz_worst(result.record);
	if (most != fuzz_rank(json_string_value(json_object_get(result.record, "verdict"))) || (result.rebuilt != NULL) != (most < 2))
		__builtin_trap();
	if (result.rebuilt)
		fuzz_again(name, &result, key);
	policy_result_free(&result);
	free(copy);
}
#endif
