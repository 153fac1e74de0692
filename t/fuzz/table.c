/* t/fuzz/table.c - promise: any bytes as a table or a text, with any bytes as a sidecar, get a whole record; their counts are a
 * sorted set; the same bytes give the same record; and a file is no better for a sidecar that says nothing of it. The
 * first byte chooses the type; what follows the last NUL byte is the sidecar. */
#include <stdlib.h>
#include <string.h>

#include "spe/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct policy policy = { .name = "fuzz",
	.min_count = 10,
	.max_bytes = 1 << 20,
	.max_rows = 200,
	.decisions = 2,
	.types = { "csv", "tsv", "txt", "md", "json" },
	.type_count = 5,
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

static void check_set(const struct policy_result *r)
{
	size_t i;

	for (i = 0; i < r->counts_len; i++)
		if (r->counts[i].value == 0 || r->counts[i].kind > COUNT_DROPPED ||
			(i > 0 && r->counts[i - 1].key > r->counts[i].key))
			__builtin_trap();
}

static char *run(struct policy_file *f, struct policy_result *ret)
{
	struct spe_error e;
	char *text;

	if (policy_check(&policy, f, ret, &e) < 0)
		__builtin_trap();
	check_set(ret);
	text = json_dumps(ret->record, 0);
	if (!text)
		__builtin_trap();
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const names[] = { "a.csv", "a.tsv", "a.txt", "a.md" };
	struct policy_file f = { 0 };
	struct policy_result one = { 0 }, two = { 0 };
	const uint8_t *nul;
	char *first, *second, *bytes, *sidecar = NULL;

	if (len < 1 || len > 1 << 15)
		return 0;
	nul = memrchr(data, '\0', len);
	f.name = data[0] & 4 ? "a.json" : names[data[0] & 3];
	f.len = nul && nul > data ? (size_t)(nul - data) - 1 : len - 1;
	bytes = malloc(f.len + 1);
	memcpy(bytes, data + 1, f.len);
	f.bytes = bytes;
	if (nul && nul > data) {
		f.sidecar_len = (size_t)(data + len - nul) - 1;
		sidecar = malloc(f.sidecar_len + 1);
		memcpy(sidecar, nul + 1, f.sidecar_len);
		f.sidecar = sidecar;
	}
	first = run(&f, &one);
	f.history = one.counts; /* nothing differs from itself */
	f.history_len = one.counts_len;
	second = run(&f, &two);
	if (one.counts_len != two.counts_len || memcmp(one.counts ? (const void *)one.counts : "", two.counts ? (const void *)two.counts : "",
							 one.counts_len * sizeof(*one.counts)) != 0)
		__builtin_trap();
	free(first);
	free(second);
	policy_result_free(&one);
	policy_result_free(&two);
	free(bytes);
	free(sidecar);
	return 0;
}
