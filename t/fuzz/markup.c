/* t/fuzz/markup.c - the promise of t/fuzz/promise.h for SVG and HTML. The first byte chooses. */
#include "t/fuzz/promise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t key[PSN_KEY] = { 1 };

	if (len > 1 && len < 1 << 16)
		fuzz_file(data[0] & 1 ? "a.svg" : "a.html", data + 1, len - 1, key);
	return 0;
}
