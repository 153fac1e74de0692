/* policy/pdf.c - PDF that may leave as it is once reviewed: one version of one document, all of its objects in use, nothing
 * that runs, loads, hides or embeds. Compressed parts are unpacked, within bounds, and searched as well.
 * Source: ISO 32000-2, chapters 7, 8.11, 9.3.6, 12.6; what can't be read here blocks. */
#include <string.h>
#include <zlib.h>

#include "policy/formats.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define UNPACKED_MAX ((size_t)64 << 20)
#define OBJECTS_MAX 65536u

static const struct sign {
	const char *name, *what;
} names[] = {
	{ "/Prev", "an earlier version of itself" },
	{ "/JS", "a script" },
	{ "/JavaScript", "a script" },
	{ "/OpenAction", "an action" },
	{ "/AA", "an action" },
	{ "/Launch", "an action" },
	{ "/SubmitForm", "an action" },
	{ "/GoToR", "an action" },
	{ "/URI", "an address elsewhere" },
	{ "/EmbeddedFile", "another file" },
	{ "/EmbeddedFiles", "another file" },
	{ "/Filespec", "another file" },
	{ "/RichMedia", "sound or film" },
	{ "/XFA", "a form" },
	{ "/AcroForm", "a form" },
	{ "/Encrypt", "encryption" },
	{ "/OCProperties", "layers that can be hidden" },
	{ "/OCG", "layers that can be hidden" },
	{ "/Metadata", "metadata" },
	{ "/PieceInfo", "private data of a program" },
	{ "/Annots", "notes" },
	{ "/LZWDecode", "a packing that is not read here" },
	{ "/ASCII85Decode", "a packing that is not read here" },
	{ "/ASCIIHexDecode", "a packing that is not read here" },
	{ "/RunLengthDecode", "a packing that is not read here" },
	{ "/Crypt", "encryption" },
	{ "/JPXDecode", "a packing that is not read here" },
	{ "/JBIG2Decode", "a packing that is not read here" },
};

struct pdf {
	struct report *report;
	struct scan *scan;
	size_t unpacked;
	bool told[COUNT(names)];
	uint8_t defined[OBJECTS_MAX / 8], used[OBJECTS_MAX / 8];
};

static void refuse(struct pdf *d, size_t at, const char *what)
{
	report_add(d->report, RULE_HIDDEN, FINDING_BLOCK, (struct place){ .offset = at },
		"save the picture as PNG, the table as CSV", "it has %s, which a reviewer doesn't see", what);
}

static bool is_regular(char c)
{
	return c > ' ' && !strchr("()<>[]{}/%", c);
}

static int hex(char c)
{
	c = c >= '0' && c <= '9' ? (char)(c - '0') : (char)((c | 0x20) - 'a' + 10);
	return c >= 0 && c <= 15 ? c : -1;
}

/* A name as it means: #4A is J. Returns its end. */
static const char *read_name(const char *p, const char *end, char ret[24])
{
	size_t n = 0;

	do {
		char c = *p++;

		if (c == '#' && end - p >= 2 && hex(p[0]) >= 0 && hex(p[1]) >= 0) {
			c = (char)(hex(p[0]) << 4 | hex(p[1]));
			p += 2;
		}
		if (n < 23)
			ret[n++] = c;
	} while (p < end && is_regular(*p));
	ret[n] = '\0';
	return p;
}

static void find_names(struct pdf *d, const char *p, size_t n)
{
	const char *end = p + n;
	char name[24];
	size_t i;

	while ((p = memchr(p, '/', (size_t)(end - p)))) {
		p = read_name(p, end, name);
		for (i = 0; i < COUNT(names); i++)
			if (!d->told[i] && strcmp(name, names[i].name) == 0) {
				d->told[i] = true;
				refuse(d, 0, names[i].what);
			}
	}
}

/* "N G obj" and "N G R": p is at the word; the number stands two words before. */
static uint32_t number_before(const char *begin, const char *p)
{
	uint32_t v = 0, unit = 1;
	int words;

	for (words = 0; words < 2; words++) {
		while (p > begin && (p[-1] == ' ' || p[-1] == '\n' || p[-1] == '\r'))
			p--;
		for (v = 0, unit = 1; p > begin && p[-1] >= '0' && p[-1] <= '9' && unit < 100000000; p--) {
			v += (uint32_t)(p[-1] - '0') * unit;
			unit *= 10;
		}
		if (unit == 1)
			return 0;
	}
	return v < OBJECTS_MAX ? v : 0;
}

/* Tables of references and containers of objects are in use without being named. */
static bool is_own_use(const char *p, const char *end)
{
	size_t n = (size_t)(end - p) < 400 ? (size_t)(end - p) : 400;
	const char *stream = memmem(p, n, "stream", 6);

	n = stream ? (size_t)(stream - p) : n;
	return memmem(p, n, "/XRef", 5) || memmem(p, n, "/ObjStm", 7) || memmem(p, n, "/Linearized", 11);
}

static void find_objects(struct pdf *d, const char *begin, size_t n, bool top)
{
	const char *p = begin, *end = begin + n;
	uint32_t number;

	for (; top && (p = memmem(p, (size_t)(end - p), " obj", 4)); p += 4) {
		number = number_before(begin, p);
		if (!is_own_use(p, end))
			d->defined[number / 8] |= (uint8_t)(1u << number % 8);
	}
	for (p = begin; (p = memmem(p, (size_t)(end - p), " R", 2)); p += 2) {
		number = number_before(begin, p);
		d->used[number / 8] |= (uint8_t)(1u << number % 8);
	}
}

/* Text in mode 3 is not drawn. */
static bool has_unseen_text(const char *p, size_t n)
{
	const char *end = p + n;

	for (; (p = memmem(p, (size_t)(end - p), "3 Tr", 4)); p += 4)
		if (p + 4 == end || !is_regular(p[4]))
			return true;
	return false;
}

static void search(struct pdf *d, const char *p, size_t n, bool top)
{
	find_names(d, p, n);
	find_objects(d, p, n, top);
	if (has_unseen_text(p, n))
		refuse(d, 0, "text that is not drawn");
	scan_text(d->scan, p, n);
}

/* One stream; what is no zlib data is a picture or a font, or blocked by the name of its packing. */
static size_t unpack(struct pdf *d, const char *p, size_t n)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)p, .avail_in = (uInt)n };
	struct out o = { 0 };
	int code = Z_OK;

	if (inflateInit(&z) != Z_OK)
		return refuse(d, 0, "more than there is memory for"), 0;
	while (code == Z_OK && d->unpacked < UNPACKED_MAX && out_room(&o, 65536)) {
		z.next_out = (Bytef *)o.p + o.len;
		z.avail_out = 65536;
		code = inflate(&z, Z_NO_FLUSH);
		o.len += 65536 - z.avail_out;
		d->unpacked += 65536 - z.avail_out;
	}
	if (code == Z_OK)
		refuse(d, 0, "compressed parts of more than 64 MiB");
	if (code == Z_STREAM_END)
		search(d, o.p, o.len, false);
	n = z.total_in;
	inflateEnd(&z);
	free(o.p);
	return code == Z_STREAM_END ? n : 0;
}

static void find_streams(struct pdf *d, const char *begin, size_t n)
{
	const char *p = begin, *end = begin + n;

	while ((p = memmem(p, (size_t)(end - p), "stream", 6))) {
		p += 6;
		p += p < end && *p == '\r';
		p += p < end && *p == '\n';
		if (d->unpacked < UNPACKED_MAX && p < end && *p == 'x')
			p += unpack(d, p, (size_t)(end - p));
	}
}

static void check_end(struct pdf *d, const char *p, size_t n)
{
	const char *at = memmem(p, n, "%%EOF", 5), *end = p + n, *starts;

	if (!at) {
		refuse(d, n, "no end");
		return;
	}
	for (at += 5; at < end && (*at == '\n' || *at == '\r');)
		at++;
	if (at < end)
		refuse(d, (size_t)(at - p), "bytes behind its end, or a second version");
	starts = memmem(p, n, "startxref", 9);
	if (!starts || memmem(starts + 9, (size_t)(end - starts - 9), "startxref", 9))
		refuse(d, 0, "no table of its objects, or two");
}

void pdf_check(struct report *r, struct scan *s, const char *p, size_t n)
{
	struct pdf *d = calloc(1, sizeof(*d));
	size_t i;

	if (!d) {
		report_add(r, RULE_HIDDEN, FINDING_BLOCK, (struct place){ 0 }, "ask for smaller outputs",
			"there was no memory to read it");
		return;
	}
	d->report = r;
	d->scan = s;
	check_end(d, p, n);
	search(d, p, n, true);
	find_streams(d, p, n);
	for (i = 1; i < OBJECTS_MAX; i++)
		if (d->defined[i / 8] & ~d->used[i / 8] & 1u << i % 8) {
			refuse(d, 0, "an object that nothing refers to");
			break;
		}
	free(d);
}
