/* policy/jpeg.c - JPEG: one baseline picture, each segment of the length and the content that such a picture needs, tables
 * that are those of the standard at some quality and that are used, and nothing behind its end. libjpeg then decodes every
 * block, where a warning is a refusal, and writes the blocks again with tables of its own: nothing else leaves.
 * Sources: ITU-T T.81, annexes B and K; JFIF 1.02; libjpeg's manual, "Lossless transcoding". Only memory is read and written. */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include "policy/formats.h"

#define SIDE_MAX 8192u
#define PIXELS_MAX (16u << 20) /* libjpeg holds 6 bytes for each */

static void refuse(const struct content *c, size_t at, const char *why)
{
	report_add(c->report, RULE_TYPE, FINDING_BLOCK, (struct place){ .offset = at }, "save the picture as PNG, or again as a plain "
											"JPEG without metadata",
		"not a plain JPEG: %s", why);
}

/* --- segments --- */

struct segments {
	const uint8_t *p;
	size_t n, at;
	const char *wrong;
	bool first, ended;
	bool quant[4], quant_used[4], huff[8], huff_used[8]; /* huff: those of DC, then those of AC */
	uint8_t component[3];
	unsigned components, restart;
	bool frame, scan;
};

static bool fail(struct segments *s, const char *why)
{
	if (!s->wrong)
		s->wrong = why;
	return false;
}

/* Annex K.1 in zigzag order. */
static const uint8_t plain_tables[2][64] = {
	{ 16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51,
		56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120,
		92, 101, 103, 99 },
	{ 17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
		99 },
};

/* As libjpeg scales them; every writer of charts uses it. Other tables could spell anything. */
static bool is_plain_table(const uint8_t *p)
{
	unsigned table, quality, i;

	for (table = 0; table < 2; table++)
		for (quality = 1; quality <= 100; quality++) {
			unsigned scale = quality < 50 ? 5000 / quality : 200 - quality * 2;

			for (i = 0; i < 64; i++) {
				unsigned v = (plain_tables[table][i] * scale + 50) / 100;

				if (p[i] != (v < 1 ? 1 : v > 255 ? 255 : v))
					break;
			}
			if (i == 64)
				return true;
		}
	return false;
}

static bool read_quant(struct segments *s, const uint8_t *p, size_t n)
{
	for (; n >= 65; p += 65, n -= 65) {
		if (p[0] > 3 || s->quant[p[0]])
			return fail(s, "a table of 16 bits, or one twice");
		if (!is_plain_table(p + 1))
			return fail(s, "its quantization is that of no quality");
		s->quant[p[0]] = true;
	}
	return n == 0 || fail(s, "a table has the wrong length");
}

static bool read_huff(struct segments *s, const uint8_t *p, size_t n)
{
	while (n >= 17) {
		unsigned i, codes = 0, id = (p[0] >> 4) * 4u + (p[0] & 15);

		for (i = 1; i <= 16; i++)
			codes += p[i];
		if ((p[0] & 0xec) || s->huff[id] || codes == 0 || codes > 256 || codes > n - 17)
			return fail(s, "a table of codes is odd, or comes twice");
		s->huff[id] = true;
		p += 17 + codes;
		n -= 17 + codes;
	}
	return n == 0 || fail(s, "a table has the wrong length");
}

static bool read_frame(struct segments *s, const uint8_t *p, size_t n)
{
	unsigned high, wide, i;

	if (s->frame || n < 6 || (p[5] != 1 && p[5] != 3) || n != 6 + 3u * p[5])
		return fail(s, "its frame is not that of one picture in grey or colour");
	high = (unsigned)p[1] << 8 | p[2];
	wide = (unsigned)p[3] << 8 | p[4];
	if (p[0] != 8 || high == 0 || wide == 0 || high > SIDE_MAX || wide > SIDE_MAX || high * wide > PIXELS_MAX)
		return fail(s, "its sides must be 1 to 8192 pixels, 16 Mi pixels in all, of 8 bits");
	s->components = p[5];
	for (i = 0; i < s->components; i++) {
		const uint8_t *c = p + 6 + 3 * i;

		if ((c[1] & 0xf) < 1 || (c[1] & 0xf) > 2 || c[1] >> 4 < 1 || c[1] >> 4 > 2 || c[2] > 3 || c[0] != i + 1)
			return fail(s, "its components are unusual");
		s->component[i] = c[0];
		s->quant_used[c[2]] = true;
	}
	return s->frame = true;
}

static bool read_interval(struct segments *s, const uint8_t *p, size_t n)
{
	if (n != 2 || s->restart || (p[0] == 0 && p[1] == 0))
		return fail(s, "its interval of restarts is odd");
	s->restart = (unsigned)p[0] << 8 | p[1];
	return true;
}

static bool read_head(struct segments *s, const uint8_t *p, size_t n)
{
	if (!s->first || n != 14 || memcmp(p, "JFIF\0\1", 6) != 0 || p[6] > 2 || p[7] > 2 || p[12] != 0 || p[13] != 0)
		return fail(s, "its first segment holds more than a resolution");
	return true;
}

/* The picture's data: stuffed zeros, restarts in their order where they were announced, and then its end. */
static bool read_data(struct segments *s)
{
	unsigned next = 0;

	for (; s->at + 1 < s->n; s->at++) {
		uint8_t marker = s->p[s->at + 1];

		if (s->p[s->at] != 0xff)
			continue;
		if (marker == 0xd9)
			return true;
		if (marker >= 0xd0 && marker <= 0xd7 && s->restart && marker == 0xd0 + next)
			next = (next + 1) % 8;
		else if (marker != 0)
			return fail(s, "there is a marker within its data");
		s->at++;
	}
	return fail(s, "it is cut off");
}

static bool read_scan(struct segments *s, const uint8_t *p, size_t n)
{
	unsigned i;

	if (!s->frame || s->scan || n != 4 + 2u * s->components || p[0] != s->components)
		return fail(s, "its scan is not that of the whole picture");
	for (i = 0; i < s->components; i++) {
		const uint8_t *c = p + 1 + 2 * i;

		if (c[0] != s->component[i] || (c[1] & 0xcc))
			return fail(s, "its scan is not that of the whole picture");
		s->huff_used[c[1] >> 4] = true;
		s->huff_used[4 + (c[1] & 3)] = true;
	}
	p += 1 + 2 * s->components;
	if (p[0] != 0 || p[1] != 63 || p[2] != 0)
		return fail(s, "its scan is not that of the whole picture");
	s->scan = true;
	return true;
}

static const struct kind {
	uint8_t marker;
	bool (*read)(struct segments *s, const uint8_t *p, size_t n);
	const char *wrong;
} kinds[] = {
	{ 0xe0, read_head, NULL },
	{ 0xdb, read_quant, NULL },
	{ 0xc4, read_huff, NULL },
	{ 0xc0, read_frame, NULL },
	{ 0xdd, read_interval, NULL },
	{ 0xda, read_scan, NULL },
	{ 0xfe, NULL, "it has a comment" },
	{ 0xc2, NULL, "it is progressive; save it as baseline" },
};

static bool read_segment(struct segments *s)
{
	size_t len = (size_t)s->p[s->at + 2] << 8 | s->p[s->at + 3], i;
	uint8_t marker = s->p[s->at + 1];

	if (len < 2 || len > s->n - s->at - 2)
		return fail(s, "it is cut off");
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && kinds[i].marker != marker; i++)
		;
	if (i == sizeof(kinds) / sizeof(kinds[0]))
		return fail(s, marker > 0xe0 && marker <= 0xef ? "it has a segment for programs, such as EXIF" :
								   "it has a segment that plain pictures don't have");
	if (!kinds[i].read)
		return fail(s, kinds[i].wrong);
	if (!kinds[i].read(s, s->p + s->at + 4, len - 2))
		return false;
	s->first = false;
	s->at += len + 2;
	return marker != 0xda || read_data(s);
}

static bool tables_used(struct segments *s)
{
	if (!s->scan)
		return fail(s, "it has no picture");
	if (memcmp(s->quant, s->quant_used, sizeof(s->quant)) != 0 || memcmp(s->huff, s->huff_used, sizeof(s->huff)) != 0)
		return fail(s, "it has tables that it doesn't use, or uses such as it doesn't have");
	return true;
}

static bool read_segments(struct segments *s)
{
	if (s->n < 4 || s->p[0] != 0xff || s->p[1] != 0xd8)
		return fail(s, "it doesn't begin as one");
	for (s->at = 2, s->first = true; s->at + 4 <= s->n && s->p[s->at] == 0xff && s->p[s->at + 1] != 0xd9;)
		if (!read_segment(s))
			return false;
	if (s->at + 2 > s->n || s->p[s->at] != 0xff || s->p[s->at + 1] != 0xd9)
		return fail(s, "it doesn't end where it should");
	s->at += 2;
	return s->at == s->n ? tables_used(s) : fail(s, "bytes follow its end");
}

/* --- the picture --- */

struct picture {
	struct jpeg_error_mgr errors; /* first: libjpeg hands back its address */
	jmp_buf failed;
	struct jpeg_decompress_struct in;
	struct jpeg_compress_struct out;
	unsigned char *bytes;
	unsigned long len;
};

static void on_error(j_common_ptr j)
{
	longjmp(((struct picture *)(void *)j->err)->failed, 1);
}

/* Damaged data is a warning to libjpeg, which would draw something; here it is an end. */
static void on_message(j_common_ptr j, int level)
{
	if (level < 0)
		on_error(j);
}

static void on_text(j_common_ptr j)
{
	(void)j;
}

static void write_again(struct picture *g)
{
	jvirt_barray_ptr *blocks = jpeg_read_coefficients(&g->in);

	jpeg_mem_dest(&g->out, &g->bytes, &g->len);
	jpeg_copy_critical_parameters(&g->in, &g->out);
	g->out.optimize_coding = TRUE;
	g->out.restart_interval = 0;
	g->out.density_unit = 0;
	g->out.X_density = g->out.Y_density = 1;
	jpeg_write_coefficients(&g->out, blocks);
	jpeg_finish_compress(&g->out);
	jpeg_finish_decompress(&g->in);
}

/* libjpeg comes back here where it fails; what it holds is freed by the caller. */
static bool try_again(struct picture *g, const char *p, size_t n)
{
	if (setjmp(g->failed))
		return false;
	jpeg_create_decompress(&g->in);
	jpeg_create_compress(&g->out);
	jpeg_mem_src(&g->in, (const unsigned char *)p, n);
	jpeg_read_header(&g->in, TRUE);
	write_again(g);
	return true;
}

static bool draw(const char *p, size_t n, struct out *o)
{
	struct picture *g = calloc(1, sizeof(*g));
	bool good;

	if (!g)
		return false;
	g->in.err = g->out.err = jpeg_std_error(&g->errors);
	g->errors.error_exit = on_error;
	g->errors.emit_message = on_message;
	g->errors.output_message = on_text;
	good = try_again(g, p, n);
	jpeg_destroy_compress(&g->out);
	jpeg_destroy_decompress(&g->in);
	if (good)
		out_add(o, (const char *)g->bytes, g->len);
	free(g->bytes);
	free(g);
	return good && !o->failed;
}

bool jpeg_check(const struct content *c, const char *p, size_t n, struct out *o)
{
	struct segments s = { .p = (const uint8_t *)p, .n = n };

	if (!read_segments(&s))
		refuse(c, s.at, s.wrong);
	else if (!draw(p, n, o))
		refuse(c, 0, "its data is damaged");
	else
		return true;
	return false;
}
