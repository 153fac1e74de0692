/* t/fuzz/pdf.c - the promise of t/fuzz/promise.h for PDF. A fuzzer guesses neither places nor lengths: in the input each object
 * is a line "N 0 obj" and what follows it, '@' stands for the length of the stream behind it, and the target writes the table
 * of objects. The first byte says whether it does. */
#include <stdio.h>

#include "t/fuzz/promise.h"

#define OBJECTS 64

struct paper {
	char p[1 << 18];
	size_t n, at[OBJECTS], most;
};

static void put(struct paper *d, const char *p, size_t n)
{
	if (n <= sizeof(d->p) - 8192 && d->n <= sizeof(d->p) - 8192 - n) {
		memcpy(d->p + d->n, p, n);
		d->n += n;
	}
}

static void put_number(struct paper *d, const char *format, size_t v)
{
	char text[40];

	snprintf(text, sizeof(text), "%0*zu", strcmp(format, "ten") == 0 ? 10 : 1, v);
	put(d, text, strlen(text));
}

static size_t stream_length(const char *p, const char *end)
{
	const char *from = memmem(p, (size_t)(end - p), "stream\n", 7), *to;

	to = from ? memmem(from + 7, (size_t)(end - from - 7), "\nendstream", 10) : NULL;
	return to ? (size_t)(to - from) - 7 : 0;
}

static void note_object(struct paper *d, const char *line, size_t n)
{
	size_t i = 0, k = 0;

	for (; k < n && k < 3 && line[k] >= '0' && line[k] <= '9'; k++)
		i = i * 10 + (size_t)(line[k] - '0');
	if (n - k < 6 || memcmp(line + k, " 0 obj", 6) != 0 || i == 0 || i >= OBJECTS)
		return;
	d->at[i] = d->n;
	d->most = i > d->most ? i : d->most;
}

static void put_objects(struct paper *d, const char *p, size_t n)
{
	const char *end = p + n;

	while (p < end) {
		const char *stop = memchr(p, '\n', (size_t)(end - p)), *to = stop ? stop + 1 : end, *sign;

		note_object(d, p, (size_t)(to - p));
		sign = memchr(p, '@', (size_t)(to - p));
		put(d, p, (size_t)((sign ? sign : to) - p));
		if (sign) {
			put_number(d, "", stream_length(to, end));
			put(d, sign + 1, (size_t)(to - sign) - 1);
		}
		p = to;
	}
}

static void put_table(struct paper *d)
{
	size_t xref = d->n, i;

	put(d, "xref\n0 ", 7);
	put_number(d, "", d->most + 1);
	put(d, "\n0000000000 65535 f \n", 21);
	for (i = 1; i <= d->most; i++) {
		put_number(d, "ten", d->at[i]);
		put(d, " 00000 n \n", 10);
	}
	put(d, "trailer\n<</Size ", 16);
	put_number(d, "", d->most + 1);
	put(d, "/Root 1 0 R>>\nstartxref\n", 24);
	put_number(d, "", xref);
	put(d, "\n%%EOF\n", 7);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t key[PSN_KEY] = { 1 };
	static struct paper d;

	if (len < 2 || len > 1 << 16)
		return 0;
	if (data[0] & 1) {
		memset(d.at, 0, sizeof(d.at));
		d.n = d.most = 0;
		put(&d, "%PDF-1.4\n", 9);
		put_objects(&d, (const char *)data + 1, len - 1);
		put_table(&d);
		fuzz_file("a.pdf", d.p, d.n, key);
	} else {
		fuzz_file("a.pdf", data + 1, len - 1, key);
	}
	return 0;
}
