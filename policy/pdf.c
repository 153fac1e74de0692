/* policy/pdf.c - PDF as plotting writes it: one version of one document, every byte of it read, every object in use, pages of
 * lines, areas and text in fonts whose letters are known. Pictures, embedded font files, scripts, notes, layers, forms to
 * fill in, attachments and metadata have no place in the lists below. What leaves is written anew from what was read.
 * Source: ISO 32000-2, 7.5 (file structure), 7.7 (document structure), 9.6 (fonts), annex D (encodings). */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "policy/pdf.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define OBJECTS_MAX 16384u
#define UNPACKED_MAX ((size_t)64 << 20)
#define RATIO_MAX 100u
#define PAGES_MAX 200u
#define FONTS_MAX 64u
#define FAINT 0.05

struct object {
	size_t at;     /* in the file, as its table of objects says */
	uint32_t node; /* 0: not read yet, or not there */
	const char *stream;
	size_t stream_len;
	bool there, used, form, shown, dropped, taken; /* taken: as a page's content, or a part of it */
	unsigned written; /* its number in what leaves; 0: none */
	size_t marks;  /* of a form: what each showing of it draws */
};

struct pdf {
	const struct content *c;
	struct pdf_reader r;
	struct object *object;
	size_t objects;
	size_t first_free, xref; /* where objects begin; where their table does */
	uint32_t trailer;
	struct out *out;
	size_t begin; /* of what is written */
	size_t *offset;
	size_t offset_room;
	unsigned numbers;
	struct known_font {
		const struct object *object;
		unsigned number;
		uint16_t code[256];
		bool shown[256], shaped[256], drawn; /* drawn: its letters are shapes of the document */
	} font[FONTS_MAX];
	size_t fonts;
	size_t unpacked, marks, pages;
	bool white, outside;
	struct out text, kids;
};

static bool fail(struct pdf *d, const char *wrong)
{
	return pdf_fail(&d->r, wrong);
}

/* --- the file --- */

/* "startxref", a number, "%%EOF", and at most the end of that line. */
static bool read_end(struct pdf *d)
{
	const char *end = d->r.end, *p;
	long at;

	if (end - d->r.begin > 2 && end[-1] == '\n')
		end--;
	if (end - d->r.begin > 2 && end[-1] == '\r')
		end--;
	if (end - d->r.begin < 64 || memcmp(end - 5, "%%EOF", 5) != 0)
		return fail(d, "no end, or bytes behind it");
	d->r.end = end - 5;
	for (p = d->r.end - 40; p < d->r.end - 9 && memcmp(p, "startxref", 9) != 0;)
		p++;
	d->r.at = p + 9;
	pdf_blanks(&d->r);
	at = p < d->r.end - 9 ? pdf_number(&d->r) : -1;
	pdf_blanks(&d->r);
	if (at <= 0 || at >= p - d->r.begin || d->r.at != d->r.end)
		return fail(d, "no table of its objects where its end says");
	d->r.end = p;
	d->xref = (size_t)at;
	return true;
}

/* "0000000016 00000 n" and the end of the line, 20 bytes. */
static bool read_row(struct pdf *d, size_t i)
{
	const char *p = d->r.at;
	size_t k, at = 0;

	if (d->r.end - p < 20 || p[10] != ' ' || p[16] != ' ' || (p[17] != 'n' && p[17] != 'f') || (p[18] != ' ' && p[18] != '\r') ||
		(p[19] != '\n' && p[19] != '\r'))
		return fail(d, "a table of objects of an unusual form");
	for (k = 0; k < 16; k++)
		if (k != 10 && !fold_is_digit(p[k]))
			return fail(d, "a table of objects of an unusual form");
	for (k = 0; k < 10; k++)
		at = at * 10 + (size_t)(p[k] - '0');
	if ((p[17] == 'f') != (i == 0) || (i > 0 && (memcmp(p + 11, "00000", 5) != 0 || at == 0 || at >= d->xref)) || (i == 0 && at != 0))
		return fail(d, "objects that are not in use");
	d->object[i] = (struct object){ .at = at, .there = i > 0 };
	d->r.at += 20;
	return true;
}

static bool read_table(struct pdf *d)
{
	long first, n;
	size_t i;

	d->r.at = d->r.begin + d->xref;
	if (!pdf_word(&d->r, "xref"))
		return fail(d, "a table of objects of an unusual form, such as a packed one");
	pdf_blanks(&d->r);
	first = pdf_number(&d->r);
	pdf_blanks(&d->r);
	n = pdf_number(&d->r);
	pdf_blanks(&d->r);
	if (first != 0 || n < 2 || n > (long)OBJECTS_MAX)
		return fail(d, "a table of objects in parts, or of too many");
	d->object = calloc((size_t)n, sizeof(*d->object));
	if (!d->object)
		return fail(d, "more than there is memory for");
	d->objects = (size_t)n;
	for (i = 0; i < d->objects; i++)
		if (!read_row(d, i))
			return false;
	pdf_blanks(&d->r);
	if (!pdf_word(&d->r, "trailer"))
		return fail(d, "a table of objects of an unusual form");
	d->trailer = pdf_value(&d->r, true);
	pdf_blanks(&d->r);
	return d->trailer && (d->r.at == d->r.end || fail(d, "bytes that belong to no object"));
}

/* --- objects --- */

static uint32_t entry(const struct pdf *d, uint32_t dict, const char *key)
{
	return pdf_entry(&d->r, dict, key);
}

/* The number of a stream's bytes, which may be an object behind it. */
static long length_of(struct pdf *d, uint32_t dict)
{
	uint32_t v = entry(d, dict, "Length");
	const char *kept = d->r.at;
	size_t i;
	long n = -1;

	if (!v)
		return -1;
	if (d->r.node[v].type == PDF_NUMBER)
		return d->r.node[v].whole && d->r.node[v].number >= 0 ? (long)d->r.node[v].number : -1;
	if (d->r.node[v].type != PDF_REF)
		return -1;
	i = (size_t)d->r.node[v].number;
	if (i >= d->objects || !d->object[i].there)
		return -1;
	d->object[i].used = true;
	d->r.at = d->r.begin + d->object[i].at;
	if (pdf_number(&d->r) == (long)i) {
		pdf_blanks(&d->r);
		if (pdf_number(&d->r) == 0) {
			pdf_blanks(&d->r);
			if (pdf_word(&d->r, "obj")) {
				pdf_blanks(&d->r);
				n = pdf_number(&d->r);
			}
		}
	}
	d->r.at = kept;
	return n;
}

static bool read_stream(struct pdf *d, struct object *o)
{
	long n;

	if (!pdf_word(&d->r, "stream"))
		return true;
	n = d->r.node[o->node].type == PDF_DICT ? length_of(d, o->node) : -1;
	d->r.at += d->r.at < d->r.end && *d->r.at == '\r';
	if (n < 0 || d->r.at == d->r.end || *d->r.at++ != '\n' || n > d->r.end - d->r.at)
		return fail(d, "a part whose length is not said");
	o->stream = d->r.at;
	o->stream_len = (size_t)n;
	d->r.at += n;
	pdf_blanks(&d->r);
	if (!pdf_word(&d->r, "endstream"))
		return fail(d, "a part that is longer than it says");
	pdf_blanks(&d->r);
	return true;
}

/* "N 0 obj", its value, "endobj", where the table says that it is. */
static bool read_object(struct pdf *d)
{
	size_t at = (size_t)(d->r.at - d->r.begin);
	long i = pdf_number(&d->r), generation;
	struct object *o;

	pdf_blanks(&d->r);
	generation = pdf_number(&d->r);
	pdf_blanks(&d->r);
	if (i <= 0 || (size_t)i >= d->objects || generation != 0 || !pdf_word(&d->r, "obj"))
		return fail(d, "bytes that belong to no object");
	o = &d->object[i];
	if (o->node || o->at != at)
		return fail(d, "an object that is not where its table says, or one twice");
	o->node = pdf_value(&d->r, true);
	if (!o->node)
		return false;
	pdf_blanks(&d->r);
	if (!read_stream(d, o))
		return false;
	if (!pdf_word(&d->r, "endobj"))
		return fail(d, "an object without an end");
	pdf_blanks(&d->r);
	return true;
}

/* "%PDF-1.4", and a line of some bytes that say that it is no text. */
static bool read_head(struct pdf *d)
{
	size_t n = 0;

	d->r.at = d->r.begin;
	d->r.end = d->r.begin + d->xref;
	if (d->r.end - d->r.at < 20 || memcmp(d->r.at, "%PDF-1.", 7) != 0 || d->r.at[7] < '0' || d->r.at[7] > '7')
		return fail(d, "another version than 1.0 to 1.7");
	d->r.at += 8;
	if (*d->r.at != '\n' && *d->r.at != '\r')
		return fail(d, "bytes behind its version");
	pdf_blanks(&d->r);
	if (*d->r.at == '%')
		while (++d->r.at < d->r.end && *d->r.at != '\n' && *d->r.at != '\r')
			if (++n > 12)
				return fail(d, "a comment");
	pdf_blanks(&d->r);
	return true;
}

static bool read_objects(struct pdf *d)
{
	size_t i;

	if (!read_head(d))
		return false;
	while (d->r.at < d->r.end)
		if (!read_object(d))
			return false;
	for (i = 1; i < d->objects; i++)
		if (!d->object[i].node)
			return fail(d, "an object that is not where its table says");
	return true;
}

/* What a value is, through a reference; ret: the object that it is, where it is one. 0: not there. */
static uint32_t resolve(struct pdf *d, uint32_t v, struct object **ret)
{
	size_t i = v && d->r.node[v].type == PDF_REF ? (size_t)d->r.node[v].number : 0;

	if (ret)
		*ret = NULL;
	if (!v || d->r.node[v].type != PDF_REF)
		return v;
	if (i >= d->objects || !d->object[i].there || d->r.node[d->object[i].node].type == PDF_REF)
		return 0;
	d->object[i].used = true;
	if (ret)
		*ret = &d->object[i];
	return d->object[i].node;
}

static uint32_t value_of(struct pdf *d, uint32_t dict, const char *key)
{
	return resolve(d, entry(d, dict, key), NULL);
}

/* Only these keys; the list ends with NULL. */
static bool only(struct pdf *d, uint32_t dict, const char *const *keys, const char *wrong)
{
	uint32_t k;

	if (d->r.node[dict].type != PDF_DICT)
		return fail(d, wrong);
	for (k = d->r.node[dict].child; k; k = d->r.node[d->r.node[k].next].next)
		if (!word_in(keys, pdf_text(&d->r, k), d->r.node[k].len))
			return fail(d, wrong);
	return true;
}

/* What is read and does not leave: strings are searched, objects count as used, parts are none. Each object is read once,
 * whatever refers to it. */
static bool drop(struct pdf *d, uint32_t v, unsigned depth)
{
	struct object *o;
	uint32_t child;

	v = resolve(d, v, &o);
	if (!v || depth > 8 || (o && o->stream))
		return fail(d, "a part that plain documents don't have");
	if (o && o->dropped)
		return true;
	if (o)
		o->dropped = true;
	if (d->r.node[v].type == PDF_STRING)
		scan_field(d->c->scan, pdf_text(&d->r, v), d->r.node[v].len, (struct place){ 0 }, false);
	for (child = d->r.node[v].child; child; child = d->r.node[child].next)
		if (!drop(d, child, depth + 1))
			return false;
	return true;
}

/* --- streams --- */

static bool inflate_all(struct pdf *d, const struct object *o, struct out *to)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)o->stream, .avail_in = (uInt)o->stream_len };
	int code = Z_OK;

	if (inflateInit(&z) != Z_OK)
		return fail(d, "more than there is memory for");
	while (code == Z_OK && d->unpacked + to->len < UNPACKED_MAX && to->len / RATIO_MAX <= o->stream_len && out_room(to, 65536)) {
		z.next_out = (Bytef *)to->p + to->len;
		z.avail_out = 65536;
		code = inflate(&z, Z_NO_FLUSH);
		to->len += 65536 - z.avail_out;
	}
	inflateEnd(&z);
	d->unpacked += to->len;
	if (code == Z_OK)
		return fail(d, "a part that unpacks to too much");
	return (code == Z_STREAM_END && z.avail_in == 0 && !to->failed) || fail(d, "a damaged part, or bytes behind it");
}

/* A stream with no other keys than these; packed with one filter or none. */
static bool unpack(struct pdf *d, const struct object *o, const char *const *keys, struct out *to)
{
	uint32_t filter;

	if (!o || !o->stream || !only(d, o->node, keys, "a part that plain documents don't have"))
		return fail(d, "a part that plain documents don't have");
	filter = value_of(d, o->node, "Filter");
	if (filter && d->r.node[filter].type == PDF_ARRAY && d->r.node[filter].child && !d->r.node[d->r.node[filter].child].next)
		filter = d->r.node[filter].child;
	if (!filter) {
		if (d->unpacked + o->stream_len > UNPACKED_MAX)
			return fail(d, "a part that unpacks to too much");
		d->unpacked += o->stream_len;
		out_add(to, o->stream, o->stream_len);
		return !to->failed || fail(d, "more than there is memory for");
	}
	return pdf_is(&d->r, filter, "FlateDecode") ? inflate_all(d, o, to) : fail(d, "a packing that is not read here");
}

/* --- writing --- */

static void add(struct out *o, const char *text)
{
	out_add(o, text, strlen(text));
}

static void add_number(struct out *o, size_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%zu", n);
	add(o, text);
}

/* The number of a new object. Without memory it is 1, and nothing leaves. */
static unsigned next_number(struct pdf *d)
{
	if (!room_for((void **)&d->offset, &d->offset_room, d->numbers, 2, sizeof(*d->offset))) {
		fail(d, "more than there is memory for");
		return 1;
	}
	return ++d->numbers;
}

static void write_object(struct pdf *d, unsigned number, const struct out *value)
{
	if (d->out->len - d->begin + value->len > (uint64_t)d->c->policy->max_bytes) {
		fail(d, "more bytes than the policy takes, once it is written anew");
		return;
	}
	d->offset[number] = d->out->len - d->begin;
	add_number(d->out, number);
	add(d->out, " 0 obj\n");
	out_add(d->out, value->p, value->len);
	add(d->out, "\nendobj\n");
}

/* head: the dictionary without its end. */
static void write_stream(struct pdf *d, unsigned number, const char *head, const struct out *bytes)
{
	struct out o = { 0 };

	add(&o, head);
	add(&o, "/Length ");
	add_number(&o, bytes->len);
	add(&o, ">>\nstream\n");
	out_add(&o, bytes->p, bytes->len);
	add(&o, "endstream");
	write_object(d, number, &o);
	d->out->failed |= o.failed;
	free(o.p);
}

static bool numbers_of(struct pdf *d, uint32_t array, size_t n, double *ret, struct out *o)
{
	uint32_t v = array && d->r.node[array].type == PDF_ARRAY ? d->r.node[array].child : 0;
	size_t i;

	for (i = 0; v && i < n; i++, v = d->r.node[v].next) {
		if (d->r.node[v].type != PDF_NUMBER)
			return fail(d, "a box of an unusual form");
		ret[i] = d->r.node[v].number;
	}
	if (v || i < n)
		return fail(d, "a box of an unusual form");
	pdf_write(&d->r, array, o);
	return true;
}

/* --- fonts --- */

/* Names of letters; those of one letter are themselves. Adobe Glyph List, as far as charts go. */
static const struct glyph {
	const char *name;
	uint16_t c;
} glyphs[] = { { ".notdef", 0 }, { "space", ' ' }, { "exclam", '!' }, { "quotedbl", '"' }, { "numbersign", '#' }, { "dollar", '$' },
	{ "percent", '%' }, { "ampersand", '&' }, { "quotesingle", '\'' }, { "parenleft", '(' }, { "parenright", ')' },
	{ "asterisk", '*' }, { "plus", '+' }, { "comma", ',' }, { "hyphen", '-' }, { "period", '.' }, { "slash", '/' }, { "zero", '0' },
	{ "one", '1' }, { "two", '2' }, { "three", '3' }, { "four", '4' }, { "five", '5' }, { "six", '6' }, { "seven", '7' },
	{ "eight", '8' }, { "nine", '9' }, { "colon", ':' }, { "semicolon", ';' }, { "less", '<' }, { "equal", '=' }, { "greater", '>' },
	{ "question", '?' }, { "at", '@' }, { "bracketleft", '[' }, { "backslash", '\\' }, { "bracketright", ']' },
	{ "asciicircum", '^' }, { "underscore", '_' }, { "grave", '`' }, { "quoteleft", 0x2018 }, { "quoteright", 0x2019 },
	{ "braceleft", '{' }, { "bar", '|' }, { "braceright", '}' }, { "asciitilde", '~' }, { "minus", 0x2212 }, { "plusminus", 0xb1 },
	{ "multiply", 0xd7 }, { "mu", 0xb5 }, { "degree", 0xb0 }, { "section", 0xa7 }, { "periodcentered", 0xb7 }, { "endash", 0x2013 },
	{ "emdash", 0x2014 }, { "ellipsis", 0x2026 }, { "bullet", 0x2022 }, { "quotedblleft", 0x201c }, { "quotedblright", 0x201d },
	{ "onesuperior", 0xb9 }, { "twosuperior", 0xb2 }, { "threesuperior", 0xb3 }, { "onehalf", 0xbd }, { "lessequal", 0x2264 },
	{ "greaterequal", 0x2265 }, { "adieresis", 0xe4 }, { "odieresis", 0xf6 }, { "udieresis", 0xfc }, { "aring", 0xe5 },
	{ "ae", 0xe6 }, { "oslash", 0xf8 }, { "eacute", 0xe9 }, { "egrave", 0xe8 }, { "aacute", 0xe1 }, { "iacute", 0xed },
	{ "oacute", 0xf3 }, { "uacute", 0xfa }, { "yacute", 0xfd }, { "eth", 0xf0 }, { "thorn", 0xfe }, { "otilde", 0xf5 },
	{ "ecircumflex", 0xea }, { "ccedilla", 0xe7 }, { "ntilde", 0xf1 }, { "agrave", 0xe0 }, { "germandbls", 0xdf },
	{ "scaron", 0x161 }, { "zcaron", 0x17e }, { "ccaron", 0x10d }, { "Adieresis", 0xc4 }, { "Odieresis", 0xd6 },
	{ "Udieresis", 0xdc }, { "Aring", 0xc5 }, { "AE", 0xc6 }, { "Oslash", 0xd8 }, { "Eacute", 0xc9 }, { "Aacute", 0xc1 },
	{ "Eth", 0xd0 }, { "Thorn", 0xde }, { "Otilde", 0xd5 }, { "Scaron", 0x160 }, { "Zcaron", 0x17d }, { "dotlessi", 0x131 },
	{ "acute", 0xb4 }, { "circumflex", 0x2c6 }, { "tilde", 0x2dc }, { "macron", 0xaf }, { "breve", 0x2d8 }, { "dotaccent", 0x2d9 },
	{ "dieresis", 0xa8 }, { "ring", 0x2da }, { "cedilla", 0xb8 }, { "hungarumlaut", 0x2dd }, { "ogonek", 0x2db }, { "caron", 0x2c7 } };

/* -1: a name that is not known. */
static int letter_of(const char *name)
{
	size_t i;

	if (((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z')) && name[1] == '\0')
		return *name;
	for (i = 0; i < COUNT(glyphs); i++)
		if (strcmp(glyphs[i].name, name) == 0)
			return glyphs[i].c;
	return -1;
}

/* Codes 128 to 159 of WinAnsiEncoding; the rest is Latin-1. */
static const uint16_t windows[32] = { 0x20ac, 0, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0,
	0x17d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0, 0x17e, 0x178 };

static void plain_codes(uint16_t code[256], bool latin)
{
	unsigned i;

	for (i = 0x20; i < 256; i++)
		code[i] = i < 0x7f ? (uint16_t)i : !latin || i == 0x7f ? 0 : i < 0xa0 ? windows[i - 0x80] : (uint16_t)i;
}

/* "[45/minus 96/quoteleft ...]" to codes and to o. */
static bool read_differences(struct pdf *d, uint32_t array, uint16_t code[256], struct out *o)
{
	unsigned at = 256;
	uint32_t v;

	if (!array || d->r.node[array].type != PDF_ARRAY)
		return fail(d, "a font of an unusual form");
	for (v = d->r.node[array].child; v; v = d->r.node[v].next) {
		const struct pdf_node *n = &d->r.node[v];
		int c = n->type == PDF_NAME ? letter_of(pdf_text(&d->r, v)) : -1;

		if (n->type == PDF_NUMBER && n->whole && n->number >= 0 && n->number < 256)
			at = (unsigned)n->number;
		else if (n->type != PDF_NAME || c < 0 || at > 255)
			return fail(d, "a font with letters that are not known");
		else
			code[at++] = (uint16_t)c;
	}
	add(o, "/Differences ");
	pdf_write(&d->r, array, o);
	return true;
}

static bool read_encoding(struct pdf *d, uint32_t v, bool needed, uint16_t code[256], struct out *o)
{
	static const char *const keys[] = { "Type", "BaseEncoding", "Differences", NULL };
	static const char *const names[] = { "WinAnsiEncoding", "StandardEncoding", NULL };
	uint32_t base;

	v = resolve(d, v, NULL);
	if (!v)
		return !needed || fail(d, "a font of an unusual form");
	if (d->r.node[v].type == PDF_NAME) {
		if (needed || !word_in(names, pdf_text(&d->r, v), d->r.node[v].len))
			return fail(d, "a font of an unusual form");
		plain_codes(code, pdf_is(&d->r, v, "WinAnsiEncoding"));
		add(o, "/Encoding ");
		pdf_write(&d->r, v, o);
		return true;
	}
	if (!only(d, v, keys, "a font of an unusual form"))
		return false;
	base = value_of(d, v, "BaseEncoding");
	add(o, "/Encoding<</Type/Encoding");
	if (base) {
		if (d->r.node[base].type != PDF_NAME || !word_in(names, pdf_text(&d->r, base), d->r.node[base].len))
			return fail(d, "a font of an unusual form");
		plain_codes(code, pdf_is(&d->r, base, "WinAnsiEncoding"));
		add(o, "/BaseEncoding ");
		pdf_write(&d->r, base, o);
	}
	if (!read_differences(d, value_of(d, v, "Differences"), code, o))
		return false;
	add(o, ">>");
	return true;
}

static bool is_standard(const char *name)
{
	static const char *const names[] = { "Helvetica", "Helvetica-Bold", "Helvetica-Oblique", "Helvetica-BoldOblique", "Times-Roman",
		"Times-Bold", "Times-Italic", "Times-BoldItalic", "Courier", "Courier-Bold", "Courier-Oblique", "Courier-BoldOblique",
		"Symbol", "ZapfDingbats", NULL };

	return word_in(names, name, strlen(name));
}

static bool write_plain_font(struct pdf *d, uint32_t font, uint16_t code[256], struct out *o)
{
	static const char *const keys[] = { "Type", "Subtype", "Name", "BaseFont", "Encoding", NULL };
	uint32_t base = value_of(d, font, "BaseFont"), i;

	if (!only(d, font, keys, "a font that is embedded, or of an unusual form") || !base || d->r.node[base].type != PDF_NAME ||
		!is_standard(pdf_text(&d->r, base)))
		return fail(d, "a font that is embedded, or of an unusual form");
	plain_codes(code, false);
	add(o, "<</Type/Font/Subtype/Type1/BaseFont ");
	pdf_write(&d->r, base, o);
	if (!read_encoding(d, entry(d, font, "Encoding"), false, code, o))
		return false;
	/* signs, not letters: what they show is not searched, and each counts as a mark */
	if (pdf_is(&d->r, base, "ZapfDingbats"))
		for (i = 0x21; i < 256; i++)
			code[i] = 0x25cf;
	add(o, ">>");
	return true;
}

static size_t no_resource(void *user, const char *kind, const char *name)
{
	(void)user;
	(void)kind;
	(void)name;
	return 0;
}

static bool write_shape(struct pdf *d, const struct object *o, unsigned number)
{
	static const char *const keys[] = { "Length", "Filter", NULL };
	static const struct out none = { 0 };
	struct out bytes = { 0 }, shape = { 0 }, text = none;
	struct pdf_page page = { .c = d->c, .place = PDF_GLYPH, .marks = &d->marks, .text = &text, .white = &d->white, .use = no_resource };
	const char *wrong = NULL;
	bool good = unpack(d, o, keys, &bytes);

	if (good)
		wrong = pdf_page_write(&page, bytes.p ? bytes.p : "", bytes.len, &shape);
	if (good && !wrong)
		write_stream(d, number, "<<", &shape);
	free(bytes.p);
	free(shape.p);
	free(text.p);
	return good && (!wrong || fail(d, wrong));
}

/* Each letter's shape, in the order of the dictionary; each is of a letter that the font's codes have. */
static bool write_shapes(struct pdf *d, uint32_t dict, const uint16_t code[256], bool shaped[256], struct out *o)
{
	uint32_t k, v;
	unsigned i;

	if (!dict || d->r.node[dict].type != PDF_DICT)
		return fail(d, "a font of an unusual form");
	add(o, "/CharProcs<<");
	for (k = d->r.node[dict].child; k; k = d->r.node[v].next) {
		int c = letter_of(pdf_text(&d->r, k));
		struct object *shape;
		unsigned number;

		v = d->r.node[k].next;
		for (i = 0; i < 256 && (c <= 0 || code[i] != c); i++)
			;
		resolve(d, v, &shape);
		if (i < 256)
			shaped[i] = true;
		if (i == 256 || !shape || shape->written)
			return fail(d, "a letter's shape that no text can have");
		shape->written = number = next_number(d);
		if (!write_shape(d, shape, number))
			return false;
		pdf_write(&d->r, k, o);
		add(o, " ");
		add_number(o, number);
		add(o, " 0 R");
	}
	add(o, ">>");
	return true;
}

/* Letters' units are a fraction of a letter's height, 1/1000 or so, and no letter is much wider than high. */
static bool letters_seen(const double m[6], const double *wide, size_t n)
{
	double most = fmax(hypot(m[0], m[1]), hypot(m[2], m[3])), det = fabs(m[0] * m[3] - m[1] * m[2]);
	size_t i;

	if (!(most > 0 && most <= 1 && det / most >= 0.0001 && det / most >= most / 4))
		return false;
	for (i = 0; i < n; i++)
		if (!(wide[i] * most >= 0 && wide[i] * most <= 3))
			return false;
	return true;
}

static bool write_drawn_font(struct pdf *d, uint32_t font, uint16_t code[256], bool shaped[256], struct out *o)
{
	static const char *const keys[] = { "Type", "Subtype", "Name", "BaseFont", "FirstChar", "LastChar", "FontBBox", "FontMatrix",
		"CharProcs", "Encoding", "Widths", "FontDescriptor", "Resources", NULL };
	uint32_t first = value_of(d, font, "FirstChar"), last = value_of(d, font, "LastChar"), widths = value_of(d, font, "Widths");
	double v[6], box[4], wide[256];
	size_t n;

	if (!only(d, font, keys, "a font of an unusual form") || !first || !last || !widths || d->r.node[first].type != PDF_NUMBER ||
		d->r.node[last].type != PDF_NUMBER || d->r.node[first].number < 0 || d->r.node[last].number > 255 ||
		d->r.node[first].number > d->r.node[last].number)
		return fail(d, "a font of an unusual form");
	n = (size_t)(d->r.node[last].number - d->r.node[first].number) + 1;
	add(o, "<</Type/Font/Subtype/Type3/FirstChar ");
	pdf_write(&d->r, first, o);
	add(o, "/LastChar ");
	pdf_write(&d->r, last, o);
	add(o, "/FontBBox ");
	if (!numbers_of(d, value_of(d, font, "FontBBox"), 4, box, o))
		return false;
	add(o, "/FontMatrix ");
	if (!numbers_of(d, value_of(d, font, "FontMatrix"), 6, v, o))
		return false;
	add(o, "/Widths ");
	if (!numbers_of(d, widths, n, wide, o) || !read_encoding(d, entry(d, font, "Encoding"), true, code, o) ||
		!write_shapes(d, value_of(d, font, "CharProcs"), code, shaped, o))
		return false;
	if (!letters_seen(v, wide, n))
		return fail(d, "a font whose letters are too small or too wide to be read");
	add(o, ">>");
	return (!entry(d, font, "FontDescriptor") || drop(d, entry(d, font, "FontDescriptor"), 0)) &&
	       (!entry(d, font, "Resources") || drop(d, entry(d, font, "Resources"), 0)) &&
	       (!entry(d, font, "Name") || drop(d, entry(d, font, "Name"), 0));
}

/* --- resources --- */

struct resources {
	struct pdf *d;
	uint32_t dict;
	struct pdf_font font[FONTS_MAX];
	size_t fonts, states, spaces, objects;
	struct out text; /* as it leaves */
};

/* What a resource is called in what leaves; see pdf_page.c. */
static void add_key(struct resources *s, char letter, size_t number)
{
	out_byte(&s->text, '/');
	out_byte(&s->text, letter);
	add_number(&s->text, number);
}

/* A font of the document, written when it is met first. */
static struct known_font *find_font(struct pdf *d, const struct object *object, uint32_t font)
{
	struct known_font *f = d->font;
	uint32_t kind = value_of(d, font, "Subtype");
	struct out o = { 0 };
	bool good;

	while (f < d->font + d->fonts && f->object != object)
		f++;
	if (f < d->font + d->fonts)
		return f;
	if (d->fonts == FONTS_MAX)
		return fail(d, "more fonts than are read"), NULL;
	d->fonts++;
	*f = (struct known_font){ .object = object, .number = next_number(d) };
	if (kind && pdf_is(&d->r, kind, "Type1"))
		good = write_plain_font(d, font, f->code, &o);
	else if (kind && pdf_is(&d->r, kind, "Type3"))
		good = f->drawn = write_drawn_font(d, font, f->code, f->shaped, &o);
	else
		good = fail(d, "a font that is embedded, or of an unusual form");
	if (good)
		write_object(d, f->number, &o);
	d->out->failed |= o.failed;
	free(o.p);
	return good ? f : NULL;
}

static bool take_font(struct resources *s, uint32_t key, uint32_t v)
{
	struct pdf *d = s->d;
	struct pdf_font *f = &s->font[s->fonts];
	struct object *object;
	uint32_t font = resolve(d, v, &object);
	struct known_font *known;

	if (s->fonts == FONTS_MAX || d->r.node[key].len >= sizeof(f->name) || !font || !object || d->r.node[font].type != PDF_DICT)
		return fail(d, "fonts of an unusual form");
	known = find_font(d, object, font);
	if (!known)
		return false;
	snprintf(f->name, sizeof(f->name), "%s", pdf_text(&d->r, key));
	f->code = known->code;
	f->shown = known->shown;
	s->fonts++;
	add_key(s, 'F', s->fonts);
	add(&s->text, " ");
	add_number(&s->text, known->number);
	add(&s->text, " 0 R");
	return true;
}

static bool take_state(struct resources *s, uint32_t key, uint32_t v)
{
	static const char *const keys[] = { "Type", "CA", "ca", "LW", "SMask", "BM", "AIS", NULL };
	static const char *const numbers[] = { "CA", "ca", "LW", NULL };
	static const char *const wrong = "a state of an unusual form, such as a mask";
	struct pdf *d = s->d;
	uint32_t dict = resolve(d, v, NULL), mask = dict ? value_of(d, dict, "SMask") : 0, mode = dict ? value_of(d, dict, "BM") : 0,
		 shape = dict ? value_of(d, dict, "AIS") : 0;
	size_t i;

	if (!dict || !only(d, dict, keys, wrong) || (mask && !pdf_is(&d->r, mask, "None")) || (mode && !pdf_is(&d->r, mode, "Normal")) ||
		(shape && (d->r.node[shape].type != PDF_BOOL || strcmp(pdf_text(&d->r, shape), "false") != 0)))
		return fail(d, wrong);
	(void)key;
	add_key(s, 'G', ++s->states);
	add(&s->text, "<</Type/ExtGState");
	for (i = 0; numbers[i]; i++) {
		uint32_t n = value_of(d, dict, numbers[i]);

		if (!n)
			continue;
		if (d->r.node[n].type != PDF_NUMBER || (i == 1 && d->r.node[n].number < FAINT))
			return fail(d, "content that can't be seen");
		pdf_write_name(&s->text, numbers[i], strlen(numbers[i]));
		add(&s->text, " ");
		pdf_write(&d->r, n, &s->text);
	}
	add(&s->text, ">>");
	return true;
}

/* A profile of three colours is that of every screen; its bytes stay behind. */
static bool take_space(struct resources *s, uint32_t key, uint32_t v)
{
	static const char *const keys[] = { "Alternate", "N", "Length", "Filter", NULL };
	struct pdf *d = s->d;
	uint32_t list = resolve(d, v, NULL), n;
	struct object *profile;

	(void)key;
	add_key(s, 'C', ++s->spaces);
	add(&s->text, "/DeviceRGB");
	if (list && pdf_is(&d->r, list, "DeviceRGB"))
		return true;
	if (!list || d->r.node[list].type != PDF_ARRAY || !d->r.node[list].child || !pdf_is(&d->r, d->r.node[list].child, "ICCBased"))
		return fail(d, "colours of an unusual form");
	if (!resolve(d, d->r.node[d->r.node[list].child].next, &profile) || !profile || !profile->stream ||
		!only(d, profile->node, keys, "colours of an unusual form"))
		return fail(d, "colours of an unusual form");
	n = value_of(d, profile->node, "N");
	return (n && d->r.node[n].number == 3) || fail(d, "colours of an unusual form");
}

static bool write_form(struct pdf *d, struct object *o);

static bool take_object(struct resources *s, uint32_t key, uint32_t v)
{
	struct object *form;

	resolve(s->d, v, &form);
	if (!form || !form->stream)
		return fail(s->d, "a picture, or a form of an unusual kind");
	if (!form->written && !write_form(s->d, form))
		return false;
	(void)key;
	add_key(s, 'X', ++s->objects);
	add(&s->text, " ");
	add_number(&s->text, form->written);
	add(&s->text, " 0 R");
	return true;
}

static bool take_nothing(struct resources *s, uint32_t key, uint32_t v)
{
	(void)key;
	(void)v;
	return fail(s->d, "patterns or shadings");
}

static bool take_all(struct resources *s, const char *name, bool (*take)(struct resources *s, uint32_t key, uint32_t v))
{
	struct pdf *d = s->d;
	uint32_t dict = value_of(d, s->dict, name), k, v;

	if (!entry(d, s->dict, name))
		return true;
	if (!dict || d->r.node[dict].type != PDF_DICT)
		return fail(d, "resources of an unusual form");
	pdf_write_name(&s->text, name, strlen(name));
	add(&s->text, "<<");
	for (k = d->r.node[dict].child; k; k = d->r.node[v].next) {
		v = d->r.node[k].next;
		if (!take(s, k, v))
			return false;
	}
	add(&s->text, ">>");
	return true;
}

static bool take_resources(struct resources *s, bool page)
{
	static const char *const keys[] = { "Font", "ExtGState", "ColorSpace", "XObject", "Pattern", "Shading", "ProcSet", NULL };
	struct pdf *d = s->d;

	add(&s->text, "<<");
	if (s->dict && (!only(d, s->dict, keys, "resources of an unusual form, such as layers") ||
			       (!page && entry(d, s->dict, "Font") && d->r.node[value_of(d, s->dict, "Font")].child) ||
			       (entry(d, s->dict, "ProcSet") && !drop(d, entry(d, s->dict, "ProcSet"), 0)) ||
			       (page && !take_all(s, "Font", take_font)) || !take_all(s, "ExtGState", take_state) ||
			       !take_all(s, "ColorSpace", take_space) || (page && !take_all(s, "XObject", take_object)) ||
			       !take_all(s, "Pattern", take_nothing) || !take_all(s, "Shading", take_nothing)))
		return fail(d, "resources of an unusual form");
	add(&s->text, ">>");
	return true;
}

/* Numbers as take_... count them: in the order of the dictionary. */
static size_t find_resource(void *user, const char *kind, const char *name)
{
	struct resources *s = user;
	struct pdf *d = s->d;
	uint32_t dict = s->dict ? value_of(d, s->dict, kind) : 0, k, v;
	struct object *form;
	size_t i = 1;

	for (k = dict ? d->r.node[dict].child : 0; k && !pdf_is(&d->r, k, name); i++)
		k = d->r.node[d->r.node[k].next].next;
	v = k ? d->r.node[k].next : 0;
	resolve(d, v, &form);
	if (form) {
		form->shown = true;
		s->d->marks += form->marks > 1 ? form->marks - 1 : 0; /* whoever shows it counts one */
	}
	return k ? i : 0;
}

static double line_opacity(void *user, const char *name)
{
	struct resources *s = user;
	uint32_t dict = s->dict ? value_of(s->d, s->dict, "ExtGState") : 0, state = dict ? value_of(s->d, dict, name) : 0,
		 n = state ? value_of(s->d, state, "CA") : 0;

	return n && s->d->r.node[n].type == PDF_NUMBER ? fmax(s->d->r.node[n].number, 0) : -1;
}

static bool write_form(struct pdf *d, struct object *o)
{
	static const char *const keys[] = { "Type", "Subtype", "BBox", "Length", "Filter", "FormType", "Matrix", "Resources", "Group", NULL };
	struct resources *s = calloc(1, sizeof(*s));
	struct out bytes = { 0 }, form = { 0 }, head = { 0 };
	struct pdf_page page = { .c = d->c, .place = PDF_FORM, .marks = &d->marks, .text = &d->text, .white = &d->white,
		.use = find_resource, .line_opacity = line_opacity, .user = s };
	uint32_t kind = value_of(d, o->node, "Subtype");
	const char *wrong = NULL;
	const size_t before = d->marks;
	double v[4];
	bool good = s && kind && pdf_is(&d->r, kind, "Form") && !entry(d, o->node, "Matrix") && unpack(d, o, keys, &bytes);

	o->written = next_number(d);
	o->form = true;
	if (good) {
		s->d = d;
		s->dict = value_of(d, o->node, "Resources");
		add(&head, "<</Type/XObject/Subtype/Form/BBox ");
		good = numbers_of(d, value_of(d, o->node, "BBox"), 4, v, &head) && take_resources(s, false) &&
		       (!entry(d, o->node, "Group") || drop(d, entry(d, o->node, "Group"), 0));
	}
	if (good)
		wrong = pdf_page_write(&page, bytes.p ? bytes.p : "", bytes.len, &form);
	o->marks = d->marks - before;
	d->marks = before;
	if (good && !wrong) {
		add(&head, "/Resources");
		out_add(&head, s->text.p, s->text.len);
		out_byte(&head, '\0');
		write_stream(d, o->written, head.failed ? "<<" : head.p, &form);
	}
	free(bytes.p);
	free(form.p);
	free(head.p);
	free(s ? s->text.p : NULL);
	free(s);
	return good && !wrong ? true : fail(d, wrong ? wrong : "a picture, or a form of an unusual kind");
}

/* --- pages --- */

/* A part that pages name a thousand times is as much work as a thousand parts. */
static bool unpack_once(struct pdf *d, struct object *o, struct out *bytes)
{
	static const char *const keys[] = { "Length", "Filter", NULL };

	if (o && o->taken)
		return fail(d, "a part of a page that is there twice");
	if (o)
		o->taken = true;
	return unpack(d, o, keys, bytes);
}

static bool unpack_contents(struct pdf *d, uint32_t v, struct out *bytes)
{
	struct object *o;
	uint32_t part;

	part = resolve(d, v, &o);
	if (part && d->r.node[part].type == PDF_ARRAY) {
		for (part = d->r.node[part].child; part; part = d->r.node[part].next) {
			resolve(d, part, &o);
			if (!unpack_once(d, o, bytes))
				return false;
			out_byte(bytes, '\n');
		}
		return true;
	}
	return unpack_once(d, o, bytes);
}

struct inherited {
	uint32_t box, resources;
};

static bool write_page_parts(struct pdf *d, struct resources *s, uint32_t page, const double box[4], unsigned contents)
{
	struct pdf_page p = { .c = d->c, .place = PDF_PAGE, .marks = &d->marks, .text = &d->text, .white = &d->white,
		.outside = &d->outside, .use = find_resource,
		.line_opacity = line_opacity, .user = s, .font = s->font, .fonts = s->fonts };
	struct out bytes = { 0 }, plain = { 0 };
	const char *wrong = NULL;
	bool good = unpack_contents(d, entry(d, page, "Contents"), &bytes);

	memcpy(p.box, box, sizeof(p.box));
	if (good)
		wrong = pdf_page_write(&p, bytes.p ? bytes.p : "", bytes.len, &plain);
	if (good && !wrong)
		write_stream(d, contents, "<<", &plain);
	free(bytes.p);
	free(plain.p);
	return good && (!wrong || fail(d, wrong));
}

static bool write_page(struct pdf *d, uint32_t page, struct inherited from)
{
	static const char *const keys[] = { "Type", "Parent", "MediaBox", "Resources", "Contents", "Annots", "Group", NULL };
	struct resources *s = calloc(1, sizeof(*s));
	uint32_t notes = value_of(d, page, "Annots");
	unsigned number = next_number(d), contents = next_number(d);
	struct out o = { 0 };
	double box[4];
	bool good = s != NULL || fail(d, "more than there is memory for");

	d->marks = 0;
	add(&o, "<</Type/Page/Parent 2 0 R/MediaBox ");
	good = good && only(d, page, keys, "a page with more than a picture of lines and text, such as actions or a smaller box") &&
	       (!notes || !d->r.node[notes].child || fail(d, "notes")) &&
	       (!entry(d, page, "Group") || drop(d, entry(d, page, "Group"), 0)) && numbers_of(d, from.box, 4, box, &o);
	if (good) {
		s->d = d;
		s->dict = from.resources;
		good = take_resources(s, true) && write_page_parts(d, s, page, box, contents);
	}
	if (good) {
		add(&o, "/Resources");
		out_add(&o, s->text.p, s->text.len);
		add(&o, "/Contents ");
		add_number(&o, contents);
		add(&o, " 0 R>>");
		write_object(d, number, &o);
		add_number(&d->kids, number);
		add(&d->kids, " 0 R ");
	}
	d->out->failed |= o.failed;
	free(o.p);
	free(s ? s->text.p : NULL);
	free(s);
	return good;
}

static bool write_pages(struct pdf *d, uint32_t node, struct inherited from, unsigned depth)
{
	static const char *const keys[] = { "Type", "Kids", "Count", "Parent", "MediaBox", "Resources", NULL };
	uint32_t kids = value_of(d, node, "Kids"), v, type = value_of(d, node, "Type");

	if (d->r.node[node].type != PDF_DICT || depth > 8 || ++d->pages > PAGES_MAX)
		return fail(d, "more pages than are read");
	from.box = entry(d, node, "MediaBox") ? value_of(d, node, "MediaBox") : from.box;
	from.resources = entry(d, node, "Resources") ? value_of(d, node, "Resources") : from.resources;
	if (type && pdf_is(&d->r, type, "Page"))
		return write_page(d, node, from);
	if (!kids || d->r.node[kids].type != PDF_ARRAY || !only(d, node, keys, "pages of an unusual form"))
		return fail(d, "pages of an unusual form");
	for (v = d->r.node[kids].child; v; v = d->r.node[v].next) {
		uint32_t kid = resolve(d, v, NULL);

		if (!kid || !write_pages(d, kid, from, depth + 1))
			return fail(d, "pages of an unusual form");
	}
	return true;
}

/* --- the document --- */

static void write_head(struct pdf *d)
{
	d->begin = d->out->len;
	next_number(d); /* the catalog */
	next_number(d); /* the pages */
	add(d->out, "%PDF-1.4\n");
}

static void write_tail(struct pdf *d)
{
	struct out o = { 0 };
	char row[32];
	size_t xref;
	unsigned i;

	add(&o, "<</Type/Catalog/Pages 2 0 R>>");
	write_object(d, 1, &o);
	o.len = 0;
	add(&o, "<</Type/Pages/Kids[");
	out_add(&o, d->kids.p, d->kids.len);
	add(&o, "]/Count ");
	for (i = 0, xref = 0; i < d->kids.len; i++)
		xref += d->kids.p[i] == 'R';
	add_number(&o, xref);
	add(&o, ">>");
	write_object(d, 2, &o);
	xref = d->out->len - d->begin;
	add(d->out, "xref\n0 ");
	add_number(d->out, d->numbers + 1);
	add(d->out, "\n0000000000 65535 f \n");
	for (i = 1; i <= d->numbers; i++) {
		snprintf(row, sizeof(row), "%010zu 00000 n \n", d->offset[i]);
		add(d->out, row);
	}
	add(d->out, "trailer\n<</Size ");
	add_number(d->out, d->numbers + 1);
	add(d->out, "/Root 1 0 R>>\nstartxref\n");
	add_number(d->out, xref);
	add(d->out, "\n%%EOF\n");
	d->out->failed |= o.failed;
	free(o.p);
}

/* Letters' shapes that no text has, and forms that no page has, are seen by nobody. */
static bool all_used(struct pdf *d)
{
	size_t i, k;

	for (i = 1; i < d->objects; i++)
		if (!d->object[i].used || (d->object[i].form && !d->object[i].shown))
			return fail(d, "an object that nothing refers to");
	for (i = 0; i < d->fonts; i++)
		for (k = 0; k < 256; k++)
			if (d->font[i].drawn && d->font[i].shaped[k] && !d->font[i].shown[k])
				return fail(d, "a letter's shape that no text has");
	return true;
}

static bool write_document(struct pdf *d)
{
	static const char *const trailer[] = { "Size", "Root", "Info", "ID", NULL };
	static const char *const catalog[] = { "Type", "Pages", "PageMode", "PageLayout", NULL };
	uint32_t root, pages;

	if (!only(d, d->trailer, trailer, "an earlier version of itself, encryption, or another unusual end"))
		return false;
	root = value_of(d, d->trailer, "Root");
	if (!root || !only(d, root, catalog, "more than pages, such as scripts, layers, forms, attachments or metadata"))
		return fail(d, "no document");
	pages = value_of(d, root, "Pages");
	write_head(d);
	if (!pages || !write_pages(d, pages, (struct inherited){ 0 }, 0))
		return fail(d, "no pages");
	if (entry(d, d->trailer, "Info") && !drop(d, entry(d, d->trailer, "Info"), 0))
		return false;
	write_tail(d);
	return all_used(d);
}

static void judge_text(const struct pdf *d)
{
	const struct content *c = d->c;

	chart_judge(c, d->text.p, d->text.len);
	if (d->white)
		report_add(c->report, RULE_HIDDEN, FINDING_REVIEW, (struct place){ 0 }, "draw text in a colour that is seen",
			"text is drawn in white, which is not seen on white");
	if (d->outside)
		report_add(c->report, RULE_HIDDEN, FINDING_REVIEW, (struct place){ 0 }, "leave out of a drawing what its limits cut off",
			"it has shapes outside its page, where nobody sees them");
}

bool pdf_check(const struct content *c, const char *p, size_t n, struct out *o)
{
	struct pdf *d = calloc(1, sizeof(*d));
	bool good;

	report_ran(c->report, RULE_HIDDEN);
	if (!d)
		return false;
	d->c = c;
	d->out = o;
	d->r = (struct pdf_reader){ .begin = p, .at = p, .end = p + n };
	good = read_end(d) && read_table(d) && read_objects(d) && write_document(d) && !d->r.wrong && !d->text.failed && !d->kids.failed;
	if (good)
		judge_text(d);
	else
		report_add(c->report, RULE_HIDDEN, FINDING_BLOCK, (struct place){ .offset = (uint64_t)(d->r.at - p) },
			"save a picture as PNG: savefig(\"x.png\"), ggsave(\"x.png\"), graph export x.png; or draw it by pdf() in R, in Python with pdf.fonttype 3", "it has %s", d->r.wrong ? d->r.wrong : "more than there is memory for");
	pdf_free(&d->r);
	free(d->object);
	free(d->offset);
	free(d->text.p);
	free(d->kids.p);
	free(d);
	return good && !o->failed;
}
