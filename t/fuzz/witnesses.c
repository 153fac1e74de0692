/* t/fuzz/witnesses.c - root's file of witnesses. Promises: what is taken has good names, each once, paths that begin with a slash
 * and as many words as there is room for; and it is taken again as it was understood. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "spe/witnesses.h"
#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void again(const struct witnesses *w)
{
	struct buf b = { 0 };
	struct witnesses other;
	size_t i, k;

	buf_fmt(&b, "every %d\ntimeout %d\n", w->every_s, w->timeout_s);
	for (i = 0; i < w->count; i++) {
		buf_fmt(&b, "%s %s", w->one[i].name, witness_kind_name(w->one[i].kind));
		for (k = 0; k < w->one[i].words; k++)
			buf_fmt(&b, " %s", w->one[i].word[k]);
		buf_str(&b, "\n");
	}
	if (b.len <= WITNESSES_TEXT_MAX) {
		if (witnesses_parse(b.p, b.len, "again", &other, NULL) < 0 || other.count != w->count || other.every_s != w->every_s)
			__builtin_trap();
		for (i = 0; i < w->count; i++)
			if (strcmp(other.one[i].name, w->one[i].name) != 0 || other.one[i].words != w->one[i].words)
				__builtin_trap();
		witnesses_free(&other);
	}
	buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct witnesses w;
	size_t i, k;

	if (witnesses_parse((const char *)data, len, "witnesses", &w, NULL) < 0)
		return 0;
	if (w.count > WITNESSES_MAX || w.every_s < 1 || w.every_s > WITNESS_EVERY_MAX_S || w.timeout_s < 1)
		__builtin_trap();
	for (i = 0; i < w.count; i++) {
		if (!name_ok(w.one[i].name) || w.one[i].words < 1 || w.one[i].words > WITNESS_WORDS_MAX || w.one[i].word[0][0] != '/' ||
			w.one[i].word[w.one[i].words])
			__builtin_trap();
		for (k = 0; k < i; k++)
			if (strcmp(w.one[k].name, w.one[i].name) == 0)
				__builtin_trap();
	}
	again(&w);
	witnesses_free(&w);
	return 0;
}
