/* t/fuzz/office.c - the promise of t/fuzz/promise.h for XLSX, DOCX, ODS and ODT. A fuzzer guesses no checksums: the input is
 * the parts, each a name, a line's end, its text, and a NUL, and the target makes the archive of them. The first byte chooses
 * the type, and whether it does. */
#include <zlib.h>

#include "t/fuzz/promise.h"

struct archive {
	uint8_t p[1 << 18], directory[1 << 15];
	size_t n, directory_n;
	unsigned parts;
};

static void put(uint8_t *p, size_t *n, unsigned bytes, size_t v)
{
	for (; bytes > 0; bytes--, v >>= 8)
		p[(*n)++] = (uint8_t)(v & 0xff);
}

static void put_head(uint8_t *p, size_t *n, const uint8_t *text, size_t len, size_t name)
{
	put(p, n, 8, 20);
	put(p, n, 2, 0);
	put(p, n, 4, crc32(0, text, (uInt)len));
	put(p, n, 4, len);
	put(p, n, 4, len);
	put(p, n, 2, name);
	put(p, n, 2, 0);
}

static void add_part(struct archive *a, const uint8_t *name, size_t name_n, const uint8_t *text, size_t n)
{
	size_t at = a->n;

	if (name_n > 100 || a->directory_n > sizeof(a->directory) - 200)
		return;
	put(a->p, &a->n, 4, 0x04034b50);
	put_head(a->p, &a->n, text, n, name_n);
	memcpy(a->p + a->n, name, name_n);
	memcpy(a->p + a->n + name_n, text, n);
	a->n += name_n + n;
	put(a->directory, &a->directory_n, 4, 0x02014b50);
	put(a->directory, &a->directory_n, 2, 20);
	put_head(a->directory, &a->directory_n, text, n, name_n);
	put(a->directory, &a->directory_n, 2, 0);
	put(a->directory, &a->directory_n, 8, 0);
	put(a->directory, &a->directory_n, 4, at);
	memcpy(a->directory + a->directory_n, name, name_n);
	a->directory_n += name_n;
	a->parts++;
}

static void pack(struct archive *a, const uint8_t *p, size_t n)
{
	size_t begin;

	a->n = a->directory_n = a->parts = 0;
	while (n > 0) {
		const uint8_t *end = memchr(p, '\0', n), *line;
		size_t len = end ? (size_t)(end - p) : n;

		line = memchr(p, '\n', len);
		if (line)
			add_part(a, p, (size_t)(line - p), line + 1, len - (size_t)(line - p) - 1);
		p += len + (end != NULL);
		n -= len + (end != NULL);
	}
	begin = a->n;
	memcpy(a->p + a->n, a->directory, a->directory_n);
	a->n += a->directory_n;
	put(a->p, &a->n, 8, 0x06054b50);
	put(a->p, &a->n, 2, a->parts);
	put(a->p, &a->n, 2, a->parts);
	put(a->p, &a->n, 4, a->directory_n);
	put(a->p, &a->n, 4, begin);
	put(a->p, &a->n, 2, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const names[] = { "a.xlsx", "a.docx", "a.ods", "a.odt" };
	static const uint8_t key[PSN_KEY] = { 1 };
	static struct archive a;

	if (len < 2 || len > 1 << 16)
		return 0;
	if (data[0] & 4) {
		fuzz_file(names[data[0] & 3], data + 1, len - 1, key);
	} else {
		pack(&a, data + 1, len - 1);
		fuzz_file(names[data[0] & 3], a.p, a.n, key);
	}
	return 0;
}
