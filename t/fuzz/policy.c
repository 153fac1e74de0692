/* t/fuzz/policy.c - promise: any bytes under any type get a whole record with a verdict that its findings bear
 * out; a policy text that is taken keeps to its bounds. The first byte chooses. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "spe/policy.h"
#include "spe/psn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct policy policy = { .name = "fuzz",
	.min_count = 10,
	.max_bytes = 1 << 20,
	.max_rows = 100,
	.decisions = 2,
	.types = { "csv", "tsv", "txt", "md", "json", "log", "png" },
	.type_count = 7 };

static void one_policy(const uint8_t *data, size_t len)
{
	struct policy p;
	struct spe_error e = { 0 };

	if (policy_parse((const char *)data, len, "f", &p, &e) < 0) {
		if (strncmp(e.text, "f:", 2) != 0)
			__builtin_trap();
		return;
	}
	if (p.min_count < 1 || p.min_count > POLICY_COUNT_MAX || p.max_bytes < 1 ||
		p.max_rows < 1 || p.decisions < 1 || p.type_count < 1 || p.type_count > 7)
		__builtin_trap();
}

/* A fuzzer doesn't guess checksums: write the right ones. */
static void mend_png(uint8_t *p, size_t n)
{
	size_t at = 8;

	while (n >= 12 && at <= n - 12) {
		size_t len = (size_t)p[at] << 24 | (size_t)p[at + 1] << 16 |
			     (size_t)p[at + 2] << 8 | p[at + 3];
		unsigned long crc;
		int i;

		if (len > n - 12 - at)
			return;
		crc = crc32(0, p + at + 4, (uInt)len + 4);
		for (i = 0; i < 4; i++)
			p[at + 8 + len + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
		at += len + 12;
	}
}

static int rank(const char *outcome)
{
	return strcmp(outcome, "block") == 0 ? 2 : strcmp(outcome, "review") == 0 ? 1 : 0;
}

static void one_file(const char *name, const char *bytes, size_t len, const uint8_t *key)
{
	struct policy_file f = { .name = name, .bytes = bytes, .len = len, .k_check = key };
	struct policy_result result = { 0 };
	struct spe_error e;
	json_t *record, *check;
	int most = 0;
	size_t i;

	if (policy_check(&policy, &f, &result, &e) < 0)
		__builtin_trap();
	record = result.record;
	json_array_foreach(json_object_get(record, "checks"), i, check)
	{
		int r = rank(json_string_value(json_object_get(check, "outcome")));

		most = r > most ? r : most;
	}
	if (i < 7 || i > 230 || most != rank(json_string_value(json_object_get(record, "verdict"))))
		__builtin_trap();
	policy_result_free(&result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const names[] = { "a.csv", "a.tsv", "a.txt", "a.md", "a.json", "a.log",
		"a.png", "a.png" };
	static const uint8_t key[PSN_KEY] = { 1 };
	char *copy, name[400];
	unsigned which;

	if (len < 1 || len > 1 << 16)
		return 0;
	which = data[0] % 10;
	copy = malloc(len);
	memcpy(copy, data + 1, len - 1);
	copy[len - 1] = '\0';
	if (which == 7)
		mend_png((uint8_t *)copy, len - 1);
	if (which == 8) {
		one_policy(data + 1, len - 1);
	} else if (which == 9) {
		snprintf(name, sizeof(name), "%s", copy);
		one_file(name, "x", 1, key);
	} else {
		one_file(names[which], copy, len - 1, data[0] & 0x80 ? NULL : key);
	}
	free(copy);
	return 0;
}
