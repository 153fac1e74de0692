/* t/fuzz/png.c - the promise of t/fuzz/promise.h for PNG. A fuzzer guesses neither checksums nor packed data: the input is the
 * picture's chunks with its data unpacked, and the target packs them. The first byte says whether it does. */
#include <zlib.h>

#include "t/fuzz/promise.h"

struct png {
	uint8_t p[1 << 18];
	size_t n;
};

static void put32(struct png *g, size_t v)
{
	int i;

	for (i = 3; i >= 0; i--)
		g->p[g->n++] = (uint8_t)(v >> 8 * i);
}

static void put_chunk(struct png *g, const uint8_t *type, const uint8_t *p, size_t n)
{
	size_t at;

	put32(g, n);
	at = g->n;
	memcpy(g->p + at, type, 4);
	memcpy(g->p + at + 4, p, n);
	g->n += n + 4;
	put32(g, crc32(0, g->p + at, (uInt)n + 4));
}

/* Chunks: two bytes of length, four of type, the data. */
static void pack(struct png *g, const uint8_t *p, size_t n)
{
	memcpy(g->p, "\x89PNG\r\n\x1a\n", 8);
	g->n = 8;
	while (n >= 6) {
		size_t len = (size_t)p[0] << 8 | p[1];
		uint8_t packed[1 << 17];
		uLongf room = sizeof(packed);

		len = len > n - 6 ? n - 6 : len;
		if (memcmp(p + 2, "IDAT", 4) != 0)
			put_chunk(g, p + 2, p + 6, len);
		else if (compress2(packed, &room, p + 6, len, 1) == Z_OK)
			put_chunk(g, p + 2, packed, room);
		p += len + 6;
		n -= len + 6;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t key[PSN_KEY] = { 1 };
	static struct png g;

	if (len < 2 || len > 1 << 14)
		return 0;
	if (data[0] & 1) {
		pack(&g, data + 1, len - 1);
		fuzz_file("a.png", g.p, g.n, key);
	} else {
		fuzz_file("a.png", data + 1, len - 1, key);
	}
	return 0;
}
