/* t/fuzz/protect.c - promise: any bytes as a table, with any bytes as a table of perturbations, are refused with a sentence or
 * become a table of as many lines at least as wide; the same bytes give the same table; and no count that the first pass shows
 * is one that it was to suppress. The first byte chooses how; what follows the last NUL byte is the table of perturbations. */
#include <stdlib.h>
#include <string.h>

#include "spe/protect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct policy policy = { .name = "fuzz", .min_count = 8, .max_bytes = 1 << 20, .max_rows = 200, .full_percent = 90 };

static int run(const struct protect *how, const char *p, size_t n, char **ret, size_t *ret_n, struct protect_told *told)
{
	struct spe_error e = { 0 };
	int r;

	*ret = NULL;
	*ret_n = 0;
	r = policy_protect(&policy, how, "f.csv", p, n, ret, ret_n, told, &e);
	if (r < 0 && (e.text[0] == '\0' || *ret))
		__builtin_trap();
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct protect how = { .redact = 7, .key_column = "rkey" };
	struct protect_told told, told_again;
	struct ptable *ptable = NULL;
	const uint8_t *nul = len > 1 ? memrchr(data + 1, 0, len - 1) : NULL;
	size_t n = nul ? (size_t)(nul - data) : len, made_n, again_n;
	char *made, *again;
	int r, r_again;

	if (len < 2)
		return 0;
	how.base = data[0] & 1 ? 5 : 0;
	how.midpoint = (data[0] & 3) == 2 ? PROTECT_MIDPOINT : 0;
	if (nul && ptable_parse((const char *)nul + 1, len - n - 1, "p.csv", &ptable, NULL) == 0)
		how = (struct protect){ .redact = 7, .key_column = "rkey", .ptable = ptable };
	r = run(&how, (const char *)data + 1, n - 1, &made, &made_n, &told);
	r_again = run(&how, (const char *)data + 1, n - 1, &again, &again_n, &told_again);
	if (r != r_again || made_n != again_n || (made_n > 0 && memcmp(made, again, made_n) != 0) || memcmp(&told, &told_again, sizeof(told)) != 0)
		__builtin_trap();
	if (r == 0 && told.suppressed + told.complements > 0 && !memmem(made, made_n, "[REDACTED]", 10) && !memmem(made, made_n, "<8", 2))
		__builtin_trap();
	free(made);
	free(again);
	ptable_free(ptable);
	return 0;
}
