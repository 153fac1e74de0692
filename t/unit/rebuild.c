/* t/unit/rebuild.c - what leaves: one canonical form, the same meaning, and the same again when it is rebuilt. */
#include "policy/formats.h"

#include <png.h>
#include <zlib.h>

#include "sped/base/buf.h"
#include "t/tap.h"

static struct report report;

static bool rebuild(const char *type, struct out *o, const char *p, size_t n, int64_t digits)
{
	memset(&report, 0, sizeof(report));
	if (strcmp(type, "csv") == 0 || strcmp(type, "tsv") == 0)
		return rebuild_table(&report, o, p, n, table_delimiter(p, n, *type == 't'), digits);
	if (strcmp(type, "json") == 0)
		return rebuild_json(&report, o, p, n, digits);
	if (strcmp(type, "png") == 0)
		return rebuild_png(&report, o, p, n);
	return rebuild_text(&report, o, p, n);
}

/* Rebuilding what was rebuilt must change nothing. */
static const char *again_differs(const char *type, const char *p, size_t n, int64_t digits)
{
	struct out o = { 0 };
	bool same = rebuild(type, &o, p, n, digits) && o.len == n && (n == 0 || memcmp(o.p, p, n) == 0);

	free(o.p);
	return same ? "" : " [twice it differs]";
}

static void becomes_with(const char *what, const char *type, const char *text, int64_t digits, const char *want)
{
	struct out o = { 0 };
	char got[4096];

	if (rebuild(type, &o, text, strlen(text), digits))
		snprintf(got, sizeof(got), "%.*s%s", (int)o.len, o.p ? o.p : "", again_differs(type, o.p ? o.p : "", o.len, digits));
	else
		snprintf(got, sizeof(got), "refused");
	is_str(got, want, what);
	free(o.p);
}

static void becomes(const char *what, const char *type, const char *text, const char *want)
{
	becomes_with(what, type, text, 6, want);
}

/* Rebuild, and say which findings came on the way: "rule outcome row:column;". */
static void finds(const char *what, const char *type, const char *text, const char *want)
{
	struct out o = { 0 };
	char got[512] = "";
	size_t i, at = 0;

	rebuild(type, &o, text, strlen(text), 6);
	for (i = 0; i < report.count && at < sizeof(got); i++)
		at += (size_t)snprintf(got + at, sizeof(got) - at, "%s %d %u:%u;", report.list[i].rule, report.list[i].severity,
			(unsigned)report.list[i].row, report.list[i].column);
	is_str(got, want, what);
	free(o.p);
}

static void texts(void)
{
	becomes("plain text", "txt", "a\nb\n", "a\nb\n");
	becomes("nothing", "txt", "", "");
	becomes("no last newline", "txt", "a", "a\n");
	becomes("CR LF, and a byte order mark", "txt", "\xef\xbb\xbf" "a\r\nb\r\n", "a\nb\n");
	becomes("blanks at the ends of lines", "md", "a \t \n b\t\n", "a\n b\n");
	becomes("two empty lines", "txt", "a\n\n\nb\n", "a\n\n\nb\n");
	becomes("three and more", "txt", "a\n\n \n\t\n\nb\n", "a\n\n\nb\n");
	becomes("empty lines at the end", "txt", "a\n\n\n", "a\n");
	becomes("nothing but empty lines", "txt", "\n\n \n", "");
	becomes("empty lines at the start", "txt", "\n\n\n\na\n", "\n\na\n");
	becomes("a letter and its mark", "txt", "a\xcc\x8a o\xcc\x88\n", "\xc3\xa5 \xc3\xb6\n");
	becomes("two marks in either order", "txt", "a\xcc\x81\xcc\xa3 a\xcc\xa3\xcc\x81\n", "\xe1\xba\xa1\xcc\x81 \xe1\xba\xa1\xcc\x81\n");
	becomes("a sign that is another", "txt", "\xe2\x84\xab \xe2\x84\xa6\n", "\xc3\x85 \xce\xa9\n");
	becomes("Korean letters", "txt", "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8\n", "\xea\xb0\x81\n");
	becomes("blanks of other widths", "txt", "1\xe2\x80\xaf" "840\xc2\xa0" "a\xc2\xa0\n", "1 840 a\n");
	becomes("units and signs stay", "txt", "m\xc2\xb2 \xc2\xb5g \xe2\x89\xa4 \xce\xb2\n", "m\xc2\xb2 \xc2\xb5g \xe2\x89\xa4 \xce\xb2\n");
	becomes("not UTF-8", "txt", "\xff\n", "refused");
}

static void many_marks(void)
{
	char text[128] = "a";
	struct out o = { 0 };
	int i;

	for (i = 0; i < 30; i++)
		strcat(text, "\xcc\x81");
	ok(rebuild("txt", &o, text, strlen(text), 6), "thirty marks on a letter");
	for (i = 0; i < 30; i++)
		strcat(text, "\xcc\x81");
	o.len = 0;
	ok(!rebuild("txt", &o, text, strlen(text), 6), "sixty are refused");
	free(o.p);
}

static void tables(void)
{
	becomes("a table", "csv", "a,n\nx,10\n", "a,n\nx,10\n");
	becomes("no last newline, CR LF, a mark", "csv", "\xef\xbb\xbf" "a,n\r\nx,10", "a,n\nx,10\n");
	becomes("quotes that nothing needs", "csv", "\"a\",\"n\"\n\"x\",\"10\"\n", "a,n\nx,10\n");
	becomes("quotes that are needed", "csv", "\"a,b\",\"n\"\"\"\n\"x\ny\",1\n", "\"a,b\",\"n\"\"\"\n\"x\ny\",1\n");
	becomes("CR LF in quotes", "csv", "a,b\n\"x\r\ny\",1\n", "a,b\n\"x\ny\",1\n");
	becomes("blanks behind", "csv", "a ,b\t\nx  , 10 \n", "a,b\nx,10\n");
	becomes("indented labels", "csv", "a,b\n  x,10\n", "a,b\n  x,10\n");
	becomes("semicolons", "csv", "a;b\n\"x;y\";\"1,5\"\n", "a;b\n\"x;y\";1,5\n");
	becomes("tabs", "tsv", "a\tb\nx, y\t10\n", "a\tb\nx, y\t10\n");
	becomes("bars", "csv", "a|b\nx,y|10\n", "a|b\nx,y|10\n");
	becomes("empty fields", "csv", "a,b\n,\n\"\",1\n", "a,b\n,\n,1\n");
	becomes("an empty field alone", "csv", "a\n1\n\"\"\n", "a\n1\n\"\"\n");
	becomes("an empty line among rows of one", "csv", "a\n\n1\n", "a\n\"\"\n1\n");
	becomes("empty lines at the end", "csv", "a,b\n1,2\n\n\r\n", "a,b\n1,2\n");
	becomes("letters with marks", "csv", "a\xcc\x8a,b\n\"x\xcc\x88\",1\n", "\xc3\xa5,b\n\xe1\xba\x8d,1\n");
	becomes("a letter that becomes a delimiter", "csv", "a;b\nx\xcd\xbey;1\n", "a;b\n\"x;y\";1\n");
	becomes("a quote within", "csv", "a,b\nx\"y,1\n", "refused");
	becomes("an open quote", "csv", "a,b\n\"x,1\n", "refused");
	becomes("words behind a quote", "csv", "a,b\n\"x\"y,1\n", "refused");
}

/* One number of a column: what it becomes with six digits. */
static void number_with(const char *from, const char *to, int64_t digits)
{
	char text[128], want[128];

	snprintf(text, sizeof(text), "x;y\n%s;\n", from);
	snprintf(want, sizeof(want), "x;y\n%s;\n", to);
	becomes_with(from, "csv", text, digits, want);
}

static void numbers(void)
{
	static const char *const pairs[][2] = { { "0.123456", "0.123456" }, { "0.1234565", "0.123457" },
		{ "0.12345649", "0.123456" }, { "-0.1234567", "-0.123457" }, { "+1.2345678", "+1.23457" },
		{ "12.3456789", "12.3457" }, { "123456.7", "123457" }, { "1234567.89", "1234568" },
		{ "999999.5", "1000000" }, { "0.99999999", "1.00000" }, { "0.0999999996", "0.100000" },
		{ "9.9999999", "10.0000" }, { "0.000012345678", "0.0000123457" }, { "0,123456789", "0,123457" },
		{ "1.23456789e-10", "1.23457e-10" }, { "1.23456789E+05", "1.23457E+05" }, { ".123456789", ".123457" },
		{ "1.0000000", "1.00000" }, { "0.000000000", "0.000000000" }, { "123456789e-12", "123457000e-12" },
		{ "999999999e-12", "1000000000e-12" },
		/* whole numbers, dates, versions, addresses, keys: as they are */
		{ "123456789", "123456789" }, { "1 234 567", "1 234 567" }, { "1.234.567", "1.234.567" },
		{ "2024-01-15", "2024-01-15" }, { "20240115", "20240115" }, { "15.01.2024", "15.01.2024" },
		{ "1.2.3456789", "1.2.3456789" }, { "192.168.100.100", "192.168.100.100" },
		{ "2024-01-15 12:30:45.123456789", "2024-01-15 12:30:45.123456789" }, { "2e-16", "2e-16" },
		{ "< 2.2e-16", "< 2.2e-16" }, { "2.2250738585072014e-308", "2.22507e-308" }, { "1e-300", "1e-300" },
		{ "v1.23456789", "v1.23456789" }, { "10.1234567/abc", "10.1234567/abc" }, { "0x1.23456789p3", "0x1.23456789p3" },
		{ "123,456", "123,456" }, { "1.840,5", "1.840,5" }, { "1.840,56789", "1.840,57" }, { "-", "-" }, { "NA", "NA" },
		/* estimates with their intervals */
		{ "0.1234567 (0.0123456789-0.9876543)", "0.123457 (0.0123457-0.987654)" },
		{ "1.2345678 [1.0000001, 2.3456789]", "1.23457 [1.00000, 2.34568]" }, { "12.3456789%", "12.3457%" },
		{ "<0.000123456789", "<0.000123457" }, { "-0.1234567 (-0.2345678; -0.0123456789)",
			"-0.123457 (-0.234568; -0.0123457)" } };
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const char *to = pairs[i][1];
		char quoted[128];

		snprintf(quoted, sizeof(quoted), strchr(to, ';') ? "\"%s\"" : "%s", to);
		if (strchr(to, ';')) {
			char from[128];

			snprintf(from, sizeof(from), "\"%s\"", pairs[i][0]);
			number_with(from, quoted, 6);
		} else {
			number_with(pairs[i][0], quoted, 6);
		}
	}
	number_with("2.4", "2.4", 1);
	number_with("2.45", "2.5", 1);
	number_with("0.1234567890123456789", "0.1234567890123456789", 0);
	becomes("a decimal comma in a table of commas", "csv", "x,y\n\"0,123456789\",1\n", "x,y\n\"0,123457\",1\n");
	becomes("thousands in a table of commas", "csv", "x,y\n\"1,234,567\",1\n", "x,y\n\"1,234,567\",1\n");
	becomes("thousands with a long fraction", "csv", "x,y\n\"1,234.56789\",1\n", "x,y\n\"1,234.57\",1\n");
	becomes("thousands that would grow", "csv", "x,y\n\"999,999.99\",1\n", "x,y\n\"999,999\",1\n");
	becomes("keys and versions by their header", "csv", "version,Sample ID,x\n1.23456789,2.3456789,3.4567891\n",
		"version,Sample ID,x\n1.23456789,2.3456789,3.45679\n");
}

static void precision(void)
{
	char text[512] = "x\n0.1234567\n";
	int i;

	finds("one number of one", "csv", "x\n0.1234567\n", "precision 1 2:1;");
	for (i = 0; i < 19; i++)
		strcat(text, "0.5\n");
	finds("one of twenty", "csv", text, "");
	text[strlen(text) - 4] = '\0';
	finds("one of nineteen", "csv", text, "precision 1 2:1;");
	finds("in JSON", "json", "[0.1234567]", "precision 1 0:0;");
	finds("short ones", "json", "[0.5, 1234567890]", "");
}

static void hidden_in_tables(void)
{
	char text[256] = "a,b\n1,2\n";
	int i;

	finds("a plain table", "csv", "a,b\n1,2\n3,4\n", "");
	finds("a field of two lines", "csv", "a,b\n\"x\ny\",2\n", "hidden-content 1 2:1;");
	finds("an empty row between", "csv", "a,b\n1,2\n,\nc,d\n", "hidden-content 1 4:1;");
	finds("empty rows at the end", "csv", "a,b\n1,2\n,\n,\n", "");
	finds("the header again", "csv", "a,b\n1,2\na,b\n3,4\n", "hidden-content 1 3:1;");
	finds("a comment", "csv", "a,b\n# made by,2\n", "hidden-content 1 2:1;");
	finds("a number sign", "csv", "#,b\n#1,2\n", "");
	for (i = 0; i < 20; i++)
		strcat(text, ",\n");
	finds("twenty empty rows", "csv", text, "");
	strcat(text, ",\n3,4\n");
	finds("content behind 21", "csv", text, "hidden-content 2 24:1;");
}

static void json_texts(void)
{
	becomes("an object", "json", "{\"a\":[1,2.5,\"x\"],\"b\":{},\"c\":[]}",
		"{\n \"a\": [\n  1,\n  2.5,\n  \"x\"\n ],\n \"b\": {},\n \"c\": []\n}\n");
	becomes("the order of keys", "json", "{\"z\":1,\"a\":2}", "{\n \"z\": 1,\n \"a\": 2\n}\n");
	becomes("blanks", "json", " [ 1 ,\t2\r\n] \n\n", "[\n 1,\n 2\n]\n");
	becomes("escapes that nothing needs", "json", "[\"\\u0061\\/\\u00e5\"]", "[\n \"a/\xc3\xa5\"\n]\n");
	becomes("escapes that are needed", "json", "[\"a\\n\\\"\\\\\\t\"]", "[\n \"a\\n\\\"\\\\\\t\"\n]\n");
	becomes("a pair of surrogates", "json", "[\"\\ud83d\\ude00\"]", "[\n \"\xf0\x9f\x98\x80\"\n]\n");
	becomes("marks", "json", "[\"a\\u030a\"]", "[\n \"\xc3\xa5\"\n]\n");
	becomes("long numbers", "json", "[0.123456789,1.5,-1.23456789e-7,12345678901234]",
		"[\n 0.123457,\n 1.5,\n -1.23457e-7,\n 12345678901234\n]\n");
	becomes("0.1 stays 0.1", "json", "0.1", "0.1\n");
	becomes("words", "json", "[true,false,null]", "[\n true,\n false,\n null\n]\n");
	becomes("deep ones stay on one line", "json", "[[[[[[[[[[1,2]]]]]]]]]]",
		"[\n [\n  [\n   [\n    [\n     [\n      [\n       [\n        [[1, 2]]\n       ]\n      ]\n     ]\n    ]\n   ]\n  ]\n ]\n]\n");
	becomes("an open string", "json", "[\"a", "refused");
	becomes("another word", "json", "[nil]", "refused");
}

/* Every character of Unicode and its decomposition, against what the tables say of themselves: NFC of NFC is NFC. */
static void all_characters(void)
{
	struct out once = { 0 }, twice = { 0 };
	uint32_t c;
	size_t bad = 0;

	for (c = 0xa0; c < 0x30000; c++) {
		char text[8];
		size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		text[0] = (char)(n == 2 ? 0xc0 | c >> 6 : n == 3 ? 0xe0 | c >> 12 : 0xf0 | c >> 18);
		text[n - 1] = (char)(0x80 | (c & 0x3f));
		if (n > 2)
			text[n - 2] = (char)(0x80 | (c >> 6 & 0x3f));
		if (n > 3)
			text[1] = (char)(0x80 | (c >> 12 & 0x3f));
		once.len = twice.len = 0;
		bad += !nfc_add(&once, text, n) || !nfc_add(&twice, once.p, once.len) || once.len != twice.len ||
		       memcmp(once.p, twice.p, once.len) != 0;
	}
	is_int((long long)bad, 0, "each character has one form");
	free(once.p);
	free(twice.p);
}

/* --- pictures --- */

struct picture {
	uint32_t w, h;
	int depth, colour, interlace;
	const unsigned char *rows; /* w * channels * h, 8 bits; or NULL: a pattern of flat areas */
	png_color palette[4];
	int entries;
	png_byte alpha[4];
	int alphas;
	bool hints;
};

static void keep(png_structp png, png_bytep p, size_t n)
{
	buf_add(png_get_io_ptr(png), p, n);
}

static void nothing(png_structp png)
{
	(void)png;
}

static void encode(const struct picture *g, struct buf *b)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png_create_info_struct(png);
	png_color palette[4];
	static char key[] = "Software", program[] = "Matplotlib";
	png_text text = { 0 };
	size_t row;
	uint32_t y;
	int pass, passes;

	text.compression = PNG_TEXT_COMPRESSION_NONE;
	text.key = key;
	text.text = program;
	memcpy(palette, g->palette, sizeof(palette));
	png_set_write_fn(png, b, keep, nothing);
	png_set_IHDR(png, info, g->w, g->h, g->depth, g->colour, g->interlace, 0, 0);
	if (g->entries)
		png_set_PLTE(png, info, palette, g->entries);
	if (g->alphas)
		png_set_tRNS(png, info, g->alpha, g->alphas, NULL);
	if (g->hints) {
		png_set_text(png, info, &text, 1);
		png_set_sRGB(png, info, 0);
		png_set_pHYs(png, info, 3937, 3937, PNG_RESOLUTION_METER);
	}
	png_write_info(png, info);
	passes = png_set_interlace_handling(png);
	row = png_get_rowbytes(png, info);
	for (pass = 0; pass < passes; pass++)
		for (y = 0; y < g->h; y++)
			png_write_row(png, g->rows + row * y);
	png_write_end(png, info);
	png_destroy_write_struct(&png, &info);
}

/* The names of the chunks, each once. */
static void chunks_of(const struct out *o, char ret[256])
{
	size_t at = 8;

	*ret = '\0';
	while (at + 12 <= o->len) {
		const unsigned char *p = (const unsigned char *)o->p + at;
		char name[6];

		snprintf(name, sizeof(name), "%.4s ", (const char *)p + 4);
		if (!strstr(ret, name))
			strcat(ret, name);
		at += 12 + ((size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3]);
	}
}

/* All pixels as RGBA. */
static unsigned char *pixels_of(const char *p, size_t n, size_t *ret_len)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	unsigned char *all;

	if (!png_image_begin_read_from_memory(&image, p, n))
		return NULL;
	image.format = PNG_FORMAT_RGBA;
	*ret_len = PNG_IMAGE_SIZE(image);
	all = malloc(*ret_len);
	png_image_finish_read(&image, NULL, all, 0, NULL);
	return all;
}

static bool same_pixels(const struct buf *b, const struct out *o)
{
	size_t n = 0, m = 0;
	unsigned char *x = pixels_of(b->p, b->len, &n), *y = pixels_of(o->p, o->len, &m);
	bool same = x && y && n == m && memcmp(x, y, n) == 0;

	free(x);
	free(y);
	return same;
}

static void drawn(const char *what, const struct picture *g, const char *chunks, bool same, size_t findings)
{
	struct buf b = { 0 };
	struct out o = { 0 };
	char got[256];

	encode(g, &b);
	ok(rebuild("png", &o, b.p, b.len, 6), what);
	is_int((long long)report.count, (long long)findings, "findings");
	chunks_of(&o, got);
	is_str(got, chunks, "its chunks");
	is_int(same_pixels(&b, &o), same, same ? "the same picture" : "without what nobody sees");
	is_str(again_differs("png", o.p, o.len, 6), "", "once and for all");
	free(o.p);
	buf_free(&b);
}

static void pictures(void)
{
	static unsigned char flat[64 * 64 * 4], noisy[64 * 64 * 4], wide[64 * 64 * 8];
	struct picture g = { .w = 64, .h = 64, .depth = 8, .colour = PNG_COLOR_TYPE_RGB, .rows = flat, .hints = true };
	uint32_t random = 1;
	size_t i;

	for (i = 0; i < sizeof(flat); i++)
		flat[i] = i < sizeof(flat) / 2 ? 255 : 17;
	for (i = 0; i < sizeof(noisy); i++) {
		random = random * 1664525u + 1013904223u;
		noisy[i] = (unsigned char)(200 | (random >> 31));
	}
	for (i = 0; i < sizeof(wide); i++)
		wide[i] = (unsigned char)(i / 4096);
	drawn("a chart", &g, "IHDR sRGB pHYs IDAT IEND ", true, 0);
	g.interlace = PNG_INTERLACE_ADAM7;
	drawn("interlaced", &g, "IHDR sRGB pHYs IDAT IEND ", true, 0);
	g.interlace = 0;
	g.hints = false;
	g.colour = PNG_COLOR_TYPE_GRAY;
	drawn("grey", &g, "IHDR IDAT IEND ", true, 0);
	g.depth = 1;
	drawn("black and white", &g, "IHDR IDAT IEND ", true, 0);
	g.depth = 16;
	g.rows = wide;
	g.hints = true; /* without, readers take 16 bits for another scale of brightness */
	drawn("sixteen bits", &g, "IHDR sRGB pHYs IDAT IEND ", true, 0);
	g.hints = false;
	g.depth = 8;
	g.rows = noisy;
	g.colour = PNG_COLOR_TYPE_RGB;
	drawn("a message in low bits", &g, "IHDR IDAT IEND ", false, 1);
	g.colour = PNG_COLOR_TYPE_RGB_ALPHA;
	drawn("with alpha", &g, "IHDR IDAT IEND ", false, 1);
}

/* Colours that differ by two, one bit of a message each or the cells of a map. */
static void near_colours(void)
{
	static unsigned char rows[64 * 64 * 3];
	struct picture g = { .w = 64, .h = 64, .depth = 8, .colour = PNG_COLOR_TYPE_RGB, .rows = rows };
	uint32_t random = 1;
	size_t i;

	for (i = 0; i < sizeof(rows); i++) {
		random = random * 1664525u + 1013904223u;
		rows[i] = (unsigned char)(253 | random >> 31 << 1);
	}
	drawn("a message in the second lowest bits", &g, "IHDR IDAT IEND ", false, 1);
	for (i = 0; i < sizeof(rows); i++) {
		random = random * 1664525u + 1013904223u;
		rows[i] = (unsigned char)((i / 3 % 2 ? 100 : 200) + (random >> 31 << 1));
	}
	drawn("in stripes", &g, "IHDR IDAT IEND ", false, 1);
	for (i = 0; i < sizeof(rows); i++)
		rows[i] = (unsigned char)((i / 3 % 64 / 8 + i / 3 / 64 / 8) % 2 ? 253 : 255);
	drawn("cells of two such colours", &g, "IHDR IDAT IEND ", true, 0);
	for (i = 0; i < sizeof(rows); i++)
		rows[i] = (unsigned char)(100 + i / 3 % 64 * 2);
	drawn("a gradient of such steps", &g, "IHDR IDAT IEND ", true, 0);
}

/* Whether a picture whose pixels all have this alpha says nothing once it is drawn anew. */
static bool is_cleared(unsigned char alpha)
{
	static unsigned char rows[16 * 16 * 4];
	struct picture g = { .w = 16, .h = 16, .depth = 8, .colour = PNG_COLOR_TYPE_RGB_ALPHA, .rows = rows };
	struct buf b = { 0 };
	struct out o = { 0 };
	unsigned char *all;
	size_t i, n = 0;

	for (i = 0; i < sizeof(rows); i++)
		rows[i] = (unsigned char)(i % 4 == 3 ? alpha : i * 7);
	encode(&g, &b);
	all = rebuild("png", &o, b.p, b.len, 6) ? pixels_of(o.p, o.len, &n) : NULL;
	for (i = 0; all && i < n && all[i] == 0; i++)
		;
	free(all);
	free(o.p);
	buf_free(&b);
	return i == sizeof(rows);
}

static void palettes(void)
{
	static unsigned char index[64 * 256];
	struct picture g = { .w = 64, .h = 64, .depth = 8, .colour = PNG_COLOR_TYPE_PALETTE, .rows = index, .entries = 4,
		.palette = { { 255, 255, 255 }, { 10, 20, 30 }, { 10, 20, 30 }, { 99, 98, 97 } } };
	struct buf b = { 0 };
	struct out o = { 0 };
	size_t i;

	for (i = 0; i < sizeof(index); i++)
		index[i] = i < 1000 ? 0 : 1 + i % 2;
	drawn("two entries of one colour, and one that no pixel has", &g, "IHDR PLTE IDAT IEND ", true, 0);
	encode(&g, &b);
	rebuild("png", &o, b.p, b.len, 6);
	is_int(o.p[24], 1, "two colours are left, in one bit each");
	buf_free(&b);
	free(o.p);
	g.alpha[0] = 128;
	g.alphas = 1;
	drawn("a transparent entry", &g, "IHDR PLTE tRNS IDAT IEND ", true, 0);
	ok(is_cleared(0) && is_cleared(1) && is_cleared(12), "colours under an opacity that nobody sees are gone");
	ok(!is_cleared(13), "others are there");
	g.alpha[0] = 12;
	g.alpha[1] = 1;
	g.alphas = 2;
	drawn("entries that nobody sees", &g, "IHDR PLTE tRNS IDAT IEND ", false, 0);
	b = (struct buf){ 0 };
	o = (struct out){ 0 };
	encode(&g, &b);
	rebuild("png", &o, b.p, b.len, 6);
	is_int(o.p[24], 1, "they are one, beside the one that is seen");
	buf_free(&b);
	free(o.p);
	for (i = 0; i < sizeof(index); i++)
		index[i] = (unsigned char)(1 + (i * 2654435761u >> 16 & 1));
	g.h = 256;
	g.alpha[1] = 253;
	drawn("two of one colour whose opacities differ by two", &g, "IHDR PLTE IDAT IEND ", false, 1);
}

static void damaged_pictures(void)
{
	static const unsigned char rows[64 * 64 * 3];
	struct picture g = { .w = 64, .h = 64, .depth = 8, .colour = PNG_COLOR_TYPE_RGB, .rows = rows };
	struct buf b = { 0 };
	size_t n, bad = 0;

	encode(&g, &b);
	for (n = 0; n < b.len; n++) {
		struct out o = { 0 };

		bad += rebuild("png", &o, b.p, n, 6);
		free(o.p);
	}
	is_int((long long)bad, 0, "a picture that is cut off anywhere is refused");
	buf_free(&b);
}

int main(void)
{
	texts();
	many_marks();
	tables();
	numbers();
	precision();
	hidden_in_tables();
	json_texts();
	all_characters();
	pictures();
	near_colours();
	palettes();
	damaged_pictures();
	return tap_end();
}
