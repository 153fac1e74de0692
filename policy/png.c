/* policy/png.c - rule file-type for PNG: every byte accounted for. Nothing may ride along: no large chunk that a
 * viewer skips, nothing behind IEND or behind the compressed picture, no picture larger than its header says.
 * Source: W3C PNG specification (third edition), chapters 5, 9, 10 and 11. */
#include <string.h>
#include <zlib.h>

#include "policy/inside.h"

#define SIDE_MAX 8192u /* a chart at 600 dpi on A3 */
#define PIXELS_MAX (64ull << 20)
#define OTHER_MAX 256u /* bytes of a chunk that is dropped; what is longer was meant to be there */

struct png {
	struct report *report;
	struct scan *scan;
	const uint8_t *p;
	size_t n, at; /* at: of the chunk being read */
	uint32_t width, height;
	uint8_t depth, colour, interlaced;
	unsigned seen;   /* bit per chunk of the list */
	bool data_ended; /* a chunk came after IDAT */
	bool failed;
	z_stream z;
	bool z_open, z_done;
	unsigned pass;              /* of an interlaced picture; 0 to 6 */
	uint32_t rows;              /* left in this pass */
	uint64_t row_bytes, row_at; /* with the filter byte */
	bool picture_done;
};

static void refuse(struct png *g, const char *why)
{
	if (!g->failed)
		report_add(g->report, RULE_TYPE, FINDING_BLOCK, (struct place){ .offset = g->at },
			"save the picture again as a plain PNG without metadata",
			"not a plain PNG: %s", why);
	g->failed = true;
}

static uint32_t u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* --- the picture's size --- */

static unsigned channels(const struct png *g)
{
	static const uint8_t list[7] = { 1, 0, 3, 1, 2, 0, 4 };

	return list[g->colour];
}

static uint64_t row_bytes(const struct png *g, uint32_t width)
{
	return 1 + ((uint64_t)width * channels(g) * g->depth + 7) / 8;
}

/* Adam7: where each pass begins and how far its pixels lie apart. */
static void pass_size(const struct png *g, unsigned pass, uint32_t *ret_w, uint32_t *ret_h)
{
	static const uint8_t x0[7] = { 0, 4, 0, 2, 0, 1, 0 }, dx[7] = { 8, 8, 4, 4, 2, 2, 1 };
	static const uint8_t y0[7] = { 0, 0, 4, 0, 2, 0, 1 }, dy[7] = { 8, 8, 8, 4, 4, 2, 2 };

	*ret_w = (g->width + dx[pass] - x0[pass] - 1) / dx[pass];
	*ret_h = (g->height + dy[pass] - y0[pass] - 1) / dy[pass];
}

/* Begin the pass in g->pass, or the next that has pixels; after the last the picture is done. */
static void begin_pass(struct png *g)
{
	uint32_t w = g->width, h = g->height;

	if (!g->interlaced && g->pass > 0)
		g->pass = 7;
	for (; g->pass < 7; g->pass++) {
		if (g->interlaced)
			pass_size(g, g->pass, &w, &h);
		if (w > 0 && h > 0)
			break;
	}
	g->picture_done = g->pass == 7;
	g->rows = h;
	g->row_bytes = row_bytes(g, w);
	g->row_at = 0;
}

static bool depth_ok(uint8_t colour, uint8_t depth)
{
	static const char *const depths[7] = { "\1\2\4\10\20", "", "\10\20", "\1\2\4\10", "\10\20",
		"", "\10\20" };

	return colour < 7 && depth != 0 && strchr(depths[colour], depth);
}

static void read_header(struct png *g, const uint8_t *p, uint32_t len)
{
	g->width = u32(p);
	g->height = u32(p + 4);
	g->depth = p[8];
	g->colour = p[9];
	g->interlaced = p[12];
	if (g->width == 0 || g->height == 0 || g->width > SIDE_MAX || g->height > SIDE_MAX ||
		(uint64_t)g->width * g->height > PIXELS_MAX)
		refuse(g, "its sides must be 1 to 8192 pixels, 64 Mi pixels in all");
	else if (!depth_ok(g->colour, g->depth) || p[10] != 0 || p[11] != 0 || g->interlaced > 1)
		refuse(g, "its header names an unknown colour type, depth or method");
	else
		begin_pass(g);
}

/* --- its data --- */

/* Inflated bytes: every row begins with a filter of 0 to 4, and no row is too many. */
static void take_rows(struct png *g, const uint8_t *p, size_t n)
{
	while (n > 0 && !g->failed) {
		uint64_t rest = g->row_bytes - g->row_at;
		size_t step = rest < n ? (size_t)rest : n;

		if (g->picture_done) {
			refuse(g, "it has more data than its size needs");
			return;
		}
		if (g->row_at == 0 && p[0] > 4)
			refuse(g, "a row has an unknown filter");
		g->row_at += step;
		p += step;
		n -= step;
		if (g->row_at < g->row_bytes)
			continue;
		g->row_at = 0;
		if (--g->rows == 0) {
			g->pass++;
			begin_pass(g);
		}
	}
}

static void read_data(struct png *g, const uint8_t *p, uint32_t len)
{
	uint8_t room[16384];
	int r = Z_OK;

	if (!g->z_open && inflateInit(&g->z) != Z_OK) {
		refuse(g, "there was no memory to unpack it");
		return;
	}
	g->z_open = true;
	g->z.next_in = (Bytef *)(uintptr_t)p;
	g->z.avail_in = len;
	while (!g->failed && g->z.avail_in > 0) {
		if (g->z_done) {
			refuse(g, "bytes follow its compressed data");
			return;
		}
		do {
			g->z.next_out = room;
			g->z.avail_out = sizeof(room);
			r = inflate(&g->z, Z_NO_FLUSH);
			take_rows(g, room, sizeof(room) - g->z.avail_out);
		} while (r == Z_OK && g->z.avail_out == 0 && !g->failed);
		g->z_done = r == Z_STREAM_END;
		if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
			refuse(g, "its compressed data is damaged");
	}
}

/* --- its other chunks --- */

static void read_palette(struct png *g, const uint8_t *p, uint32_t len)
{
	uint32_t most = g->colour == 3 ? 3u << g->depth : 768;

	if (len == 0 || len % 3 != 0 || len > most || g->colour == 0 || g->colour == 4)
		refuse(g, "its palette doesn't fit its colour type");
}

static void read_transparency(struct png *g, const uint8_t *p, uint32_t len)
{
	bool good = (g->colour == 0 && len == 2) || (g->colour == 2 && len == 6) ||
		    (g->colour == 3 && len >= 1 && len <= 1u << g->depth);

	if (!good)
		refuse(g, "its transparency doesn't fit its colour type");
}

static void read_background(struct png *g, const uint8_t *p, uint32_t len)
{
	if (len != (g->colour == 3 ? 1u : g->colour & 2 ? 6u : 2u))
		refuse(g, "its background doesn't fit its colour type");
}

static void read_bits(struct png *g, const uint8_t *p, uint32_t len)
{
	if (len != (g->colour == 3 ? 3u : channels(g)))
		refuse(g, "its significant bits don't fit its colour type");
}

/* A chunk that pictures don't need, such as the name of the software that drew it: searched, and not in what is rebuilt. */
static void read_other(struct png *g, const uint8_t *p, uint32_t len)
{
	if (len > OTHER_MAX)
		refuse(g, "it has a chunk of more than 256 bytes that pictures don't need");
	else
		scan_field(g->scan, (const char *)p, len, (struct place){ .offset = g->at }, false);
}

enum { ONCE = 1, BEFORE_PLTE = 2, BEFORE_DATA = 4 };

static const struct chunk {
	char type[5];
	uint8_t rules;
	int32_t len; /* -1: its reader knows */
	void (*read)(struct png *g, const uint8_t *p, uint32_t len);
} chunks[] = {
	{ "IHDR", ONCE | BEFORE_PLTE | BEFORE_DATA, 13, read_header },
	{ "PLTE", ONCE | BEFORE_DATA, -1, read_palette },
	{ "IDAT", 0, -1, read_data },
	{ "IEND", ONCE, 0, NULL },
	{ "tRNS", ONCE | BEFORE_DATA, -1, read_transparency },
	{ "bKGD", ONCE | BEFORE_DATA, -1, read_background },
	{ "gAMA", ONCE | BEFORE_PLTE | BEFORE_DATA, 4, NULL },
	{ "cHRM", ONCE | BEFORE_PLTE | BEFORE_DATA, 32, NULL },
	{ "sRGB", ONCE | BEFORE_PLTE | BEFORE_DATA, 1, NULL },
	{ "sBIT", ONCE | BEFORE_PLTE | BEFORE_DATA, -1, read_bits },
	{ "pHYs", ONCE | BEFORE_DATA, 9, NULL },
	{ "any ", 0, -1, read_other },
};
enum { IHDR, PLTE, IDAT, IEND, CHUNKS = sizeof(chunks) / sizeof(chunks[0]) };

static bool seen(const struct png *g, unsigned chunk)
{
	return g->seen & 1u << chunk;
}

/* CHUNKS where a viewer must know it and we don't; the last row where a viewer may skip it. */
static unsigned find_chunk(const uint8_t *type)
{
	unsigned i = 0;

	while (i < CHUNKS && memcmp(chunks[i].type, type, 4) != 0)
		i++;
	/* A small first letter: a viewer may skip it. */
	if (i == CHUNKS && type[0] >= 'a' && type[0] <= 'z')
		i = CHUNKS - 1;
	return i;
}

static const char *order_wrong(const struct png *g, unsigned i)
{
	if (!seen(g, IHDR) && i != IHDR)
		return "its header must come first";
	if ((chunks[i].rules & ONCE) && seen(g, i))
		return "a chunk comes twice";
	if (((chunks[i].rules & BEFORE_PLTE) && seen(g, PLTE)) ||
		((chunks[i].rules & BEFORE_DATA) && seen(g, IDAT)) ||
		(i == IDAT && g->data_ended) || (i == IEND && !seen(g, IDAT)) ||
		(i == IDAT && g->colour == 3 && !seen(g, PLTE)))
		return "its chunks are out of order";
	return NULL;
}

/* One chunk at g->at; returns its whole length, or 0. */
static size_t read_chunk(struct png *g)
{
	const uint8_t *p = g->p + g->at;
	size_t rest = g->n - g->at;
	uint32_t len = rest >= 12 ? u32(p) : UINT32_MAX;
	unsigned i = rest >= 12 ? find_chunk(p + 4) : CHUNKS;
	const char *wrong;

	if (len > rest - 12 || rest < 12)
		return refuse(g, "it is cut off"), 0;
	if (i == CHUNKS)
		return refuse(g, "it has a chunk that pictures don't need"), 0;
	if (crc32(crc32(0, NULL, 0), p + 4, len + 4) != u32(p + 8 + len))
		return refuse(g, "a checksum is wrong"), 0;
	wrong = order_wrong(g, i);
	if (wrong || (chunks[i].len >= 0 && len != (uint32_t)chunks[i].len))
		return refuse(g, wrong ? wrong : "a chunk has the wrong length"), 0;
	g->data_ended |= i != IDAT && seen(g, IDAT);
	g->seen |= 1u << i;
	if (chunks[i].read)
		chunks[i].read(g, p + 8, len);
	return g->failed ? 0 : (size_t)len + 12;
}

void png_check(struct report *r, struct scan *s, const char *bytes, size_t n)
{
	struct png g = { .report = r, .scan = s, .p = (const uint8_t *)bytes, .n = n };

	if (n < 8 || memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) != 0)
		refuse(&g, "it doesn't begin as one");
	for (g.at = 8; !g.failed && !seen(&g, IEND);)
		g.at += read_chunk(&g);
	if (!g.failed && g.at < n)
		refuse(&g, "bytes follow its end");
	if (!g.failed && (!g.picture_done || !g.z_done))
		refuse(&g, "it has less data than its size needs");
	if (g.z_open)
		inflateEnd(&g.z);
}
