/* t/fuzz/jpeg.c - the promise of t/fuzz/promise.h for JPEG. */
#include "t/fuzz/promise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t key[PSN_KEY] = { 1 };

	if (len < 1 << 15)
		fuzz_file("a.jpg", data, len, key);
	return 0;
}
