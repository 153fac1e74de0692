/* t/tools/staged.c - t-staged POLICY INDEX... FILE: what policy_check says of FILE by rule staged-data, with these indexes.
 * Prints "pass", or a line "review|block row line: sentence" for each finding. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spe/policy.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"

static char *get(const char *path, size_t *ret_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *p = NULL;

	if (fd < 0 || io_read_all(fd, 64 << 20, &p, ret_len) < 0) {
		perror(path);
		exit(99);
	}
	close(fd);
	return p;
}

int main(int argc, char **argv)
{
	struct policy_result result = { 0 };
	struct policy_prints prints[POLICY_PRINTS_MAX];
	struct policy_file f = { .prints = prints };
	struct spe_error e = { 0 };
	size_t len, i, found = 0;
	struct policy policy;
	json_t *one;
	char *text;

	if (argc < 4 || argc > POLICY_PRINTS_MAX + 3)
		return 2;
	text = get(argv[1], &len);
	for (i = 2; i + 1 < (size_t)argc; i++, f.prints_count++)
		prints[i - 2].p = (const uint8_t *)get(argv[i], &prints[i - 2].len);
	f.bytes = get(argv[i], &f.len);
	f.name = strrchr(argv[i], '/') ? strrchr(argv[i], '/') + 1 : argv[i];
	if (policy_parse(text, len, "policy", &policy, &e) < 0 || policy_check(&policy, &f, &result, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	json_array_foreach(json_object_get(result.record, "checks"), i, one) {
		if (strcmp(json_str(one, "id"), "staged-data") != 0)
			continue;
		found++;
		printf("%s %lld: %s\n", json_str(one, "outcome"), (long long)json_int(one, "line"), json_str(one, "detail"));
	}
	policy_result_free(&result);
	return found ? 0 : 1;
}
