/* t/fuzz/words.c - whatever somebody looks for is a query of quoted plain words and nothing else; whatever a description says,
 * hiding its counts of few once hides them all. */
#include <stdlib.h>
#include <string.h>

#include "sped/engine/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* (("a" OR "b") AND ("c")): what is not within quotes. */
static void query_check(const char *q)
{
	int depth = 0;

	while (*q) {
		if (*q == '"') {
			size_t n;

			q += q[1] == ' '; /* where a word begins */
			n = strspn(q + 1, "abcdefghijklmnopqrstuvwxyz0123456789");
			if (n < 3 || q[n + 1] != '"')
				__builtin_trap();
			q += n + 2;
		} else if (strncmp(q, " OR ", 4) == 0) {
			q += 4;
		} else if (strncmp(q, " AND ", 5) == 0) {
			q += 5;
		} else {
			depth += *q == '(' ? 1 : *q == ')' ? -1 : 99;
			q++;
		}
		if (depth < 0 || depth > 1)
			__builtin_trap();
	}
	if (depth != 0)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	auto_buf struct buf once = { 0 }, twice = { 0 }, query = { 0 }, index = { 0 };
	char *text = malloc(len + 1);

	if (!text)
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	words_hide_few(text, 10, &once);
	words_hide_few(once.p, 10, &twice);
	if (strcmp(once.p, twice.p) != 0)
		__builtin_trap();
	words_query(text, &query);
	query_check(query.p ? query.p : "");
	words_index(text, &index);
	if (index.p && index.p[strspn(index.p, "abcdefghijklmnopqrstuvwxyz0123456789 -")])
		__builtin_trap();
	free(text);
	return 0;
}
