/* policy/kind.c - what a file is: by its name, by its bytes, by what libmagic says. All three must agree.
 * Rule file-type. Formats that hold other files, saved objects and programs are told by their first bytes, and formats
 * that begin as text also where they begin at a later line: such a file is two files.
 * Sources of the signatures: the formats' own descriptions (RFC 1952, 8878; PKWARE APPNOTE; ISO 32000; PS3.10; R
 * Internals, "Serialization Formats"; Stata, "dta"; Apache Parquet and Arrow; HDF5; SQLite; PEP 3154). */
#include <string.h>

#include "policy/formats.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define TEXT NULL

static const char office_mime[] = "application/vnd. application/zip application/octet-stream ";
static const struct type types[] = {
	{ "csv", FORM_TABLE, CLASS_TABLE, TEXT, NULL, true, false },
	{ "tsv", FORM_TABLE, CLASS_TABLE, TEXT, NULL, true, false },
	{ "txt", FORM_TEXT, CLASS_TEXT, TEXT, NULL, true, false },
	{ "md", FORM_TEXT, CLASS_TEXT, TEXT, NULL, true, false },
	{ "log", FORM_TEXT, CLASS_TEXT, TEXT, NULL, true, false },
	{ "json", FORM_JSON, CLASS_OTHER, TEXT, NULL, true, false },
	{ "png", FORM_PNG, CLASS_IMAGE, "PNG", "image/png ", true, false },
	{ "ipynb", FORM_JSON, CLASS_OTHER, TEXT, NULL, false, true },
	{ "r", FORM_TEXT, CLASS_TEXT, TEXT, NULL, false, true },
	{ "rmd", FORM_TEXT, CLASS_TEXT, TEXT, NULL, false, true },
	{ "qmd", FORM_TEXT, CLASS_TEXT, TEXT, NULL, false, true },
	{ "py", FORM_TEXT, CLASS_TEXT, TEXT, NULL, false, true },
	{ "sql", FORM_TEXT, CLASS_TEXT, TEXT, NULL, false, true },
	{ "do", FORM_TEXT, CLASS_TEXT, TEXT, NULL, false, true },
	{ "sas", FORM_TEXT, CLASS_TEXT, TEXT, NULL, false, true },
	{ "jl", FORM_TEXT, CLASS_TEXT, TEXT, NULL, false, true },
	{ "tex", FORM_TEXT, CLASS_TEXT, TEXT, NULL, false, true },
	{ "jpg", FORM_JPEG, CLASS_IMAGE, "JPEG", "image/jpeg ", true, true },
	{ "jpeg", FORM_JPEG, CLASS_IMAGE, "JPEG", "image/jpeg ", true, true },
	{ "pdf", FORM_PDF, CLASS_OTHER, "PDF", "application/pdf ", true, true },
	{ "svg", FORM_MARKUP, CLASS_IMAGE, "SVG", "image/svg+xml text/ ", true, true },
	{ "html", FORM_MARKUP, CLASS_OTHER, "HTML", "text/ ", true, true },
	{ "xlsx", FORM_OFFICE, CLASS_OTHER, "a ZIP archive", office_mime, true, true },
	{ "docx", FORM_OFFICE, CLASS_OTHER, "a ZIP archive", office_mime, true, true },
	{ "ods", FORM_OFFICE, CLASS_OTHER, "a ZIP archive", office_mime, true, true },
	{ "odt", FORM_OFFICE, CLASS_OTHER, "a ZIP archive", office_mime, true, true },
	{ NULL, FORM_UNKNOWN, CLASS_OTHER, TEXT, NULL, false, false },
};

const struct type *type_find(const char *name)
{
	const struct type *t = types;

	while (t->name && strcmp(t->name, name) != 0)
		t++;
	return t;
}

/* --- what bytes begin as --- */

static bool has(const char *p, size_t n, size_t at, const char *magic, size_t len)
{
	return n >= len && at <= n - len && memcmp(p + at, magic, len) == 0;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool begins(const char *p, size_t n, const char *magic, size_t len)
{
	size_t i;

	for (i = 0; i < len && i < n; i++)
		if (lower(p[i]) != magic[i])
			return false;
	return i == len;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The word svg as the first element behind an XML declaration. */
static bool has_svg(const char *p, size_t n)
{
	size_t i, most = n < 4096 ? n : 4096;

	for (i = 0; i + 4 < most; i++)
		if (p[i] == '<' && begins(p + i, n - i, "<svg", 4))
			return true;
	return false;
}

/* Two letters are no signature: "MZ twins" is text. The program's header must be where the stub says. */
static bool has_pe(const char *p, size_t n)
{
	return n >= 64 && (memchr(p, '\0', 64) || has(p, n, 60, "\x40\0\0\0", 4));
}

static bool has_zeros(const char *p, size_t n)
{
	return has(p, n, 6, "\0\0\0\0", 4);
}

static bool has_webp(const char *p, size_t n)
{
	return has(p, n, 8, "WEBP", 4) || has(p, n, 8, "WAVE", 4) || has(p, n, 8, "AVI ", 4);
}

/* PAR1 is also a gene; a whole file ends with it again. */
static bool has_tail(const char *p, size_t n)
{
	return n >= 12 && memcmp(p, p + n - 4, 4) == 0;
}

static bool has_blocks(const char *p, size_t n)
{
	return n >= 10 && is_digit(p[3]) && (has(p, n, 4, "1AY&SY", 6) || has(p, n, 4, "\x17rE8P\x90", 6));
}

static bool has_stata(const char *p, size_t n)
{
	return n >= 4 && (p[1] == 1 || p[1] == 2) && p[2] == 1 && p[3] == 0;
}

/* Which version wrote it and the oldest that reads it: 2.3.0 or 3.5.0. */
static bool has_r_version(const char *p, size_t n)
{
	return n >= 18 && (p[2] == '2' || p[2] == '3') && p[3] == '\n' && is_digit(p[4]) && p[10] == '\n' &&
	       (has(p, n, 11, "131840\n", 7) || has(p, n, 11, "197888\n", 7));
}

/* Field 1 a small version, field 2 or 3 a printable producer's name: ONNX and its kin. */
static bool has_model(const char *p, size_t n)
{
	size_t i, len;

	if (n < 8 || p[1] < 1 || p[1] > 15 || (p[2] != 0x12 && p[2] != 0x1a))
		return false;
	len = (unsigned char)p[3];
	if (len < 2 || len > 64 || n < 4 + len)
		return false;
	for (i = 0; i < len; i++)
		if (p[4 + i] < 0x20 || p[4 + i] > 0x7e)
			return false;
	return true;
}

static bool has_tensors(const char *p, size_t n)
{
	return has(p, n, 4, "\0\0\0\0{\"", 6);
}

static bool has_pickle(const char *p, size_t n)
{
	return n >= 3 && p[1] >= 2 && p[1] <= 5 && (p[1] < 4 || (unsigned char)p[2] == 0x95 || p[n - 1] == '.');
}

enum {
	WORDS = 1, /* begins a text: blanks and a byte order mark may come before, case means nothing */
	LINES = 2, /* a text that has it at a later line's start is two files */
	DEEP = 4   /* so long that it is no chance anywhere within another format */
};
#define M(what, at, magic, flags, more) { what, magic, at, sizeof(magic) - 1, flags, more }
static const struct format {
	const char *what, *magic;
	uint16_t at;
	uint8_t len, flags;
	bool (*more)(const char *p, size_t n);
} formats[] = {
	/* archives and compressed data */
	M("a ZIP archive", 0, "PK\3\4", 0, NULL),
	M("a ZIP archive", 0, "PK\5\6", 0, NULL),
	M("a ZIP archive", 0, "PK\7\10", 0, NULL),
	M("gzip data", 0, "\x1f\x8b", 0, NULL),
	M("compressed data", 0, "\x1f\x9d", 0, NULL),
	M("bzip2 data", 0, "BZh", 0, has_blocks),
	M("xz data", 0, "\xfd" "7zXZ\0", DEEP, NULL),
	M("Zstandard data", 0, "\x28\xb5\x2f\xfd", 0, NULL),
	M("LZ4 data", 0, "\x04\x22\x4d\x18", 0, NULL),
	M("a 7z archive", 0, "7z\xbc\xaf\x27\x1c", DEEP, NULL),
	M("a RAR archive", 0, "Rar!\x1a\x07", DEEP, NULL),
	M("a tar archive", 257, "ustar\0", 0, NULL),
	M("a tar archive", 257, "ustar  \0", 0, NULL),
	M("zlib data", 0, "x\x9c", 0, NULL),
	M("zlib data", 0, "x\xda", 0, NULL),
	M("zlib data", 0, "x\x01", 0, NULL),
	/* saved objects and data sets */
	M("a Python pickle", 0, "\x80", 0, has_pickle),
	M("a Python pickle", 0, "ccopy_reg\n", WORDS | LINES, NULL),
	M("a Python pickle", 0, "c__main__\n", WORDS, NULL),
	M("a Python pickle", 0, "cnumpy", WORDS, NULL),
	M("a Python pickle", 0, "(dp0\n", WORDS, NULL),
	M("a Python pickle", 0, "(lp0\n", WORDS, NULL),
	M("an R data file", 0, "rda2\n", WORDS, NULL),
	M("an R data file", 0, "rda3\n", WORDS, NULL),
	M("an R data file", 0, "rdx2\n", WORDS, NULL),
	M("an R data file", 0, "rdx3\n", WORDS, NULL),
	M("an R data file", 0, "rdb2\n", WORDS, NULL),
	M("an R data file", 0, "rdb3\n", WORDS, NULL),
	M("an R data file", 0, "X\n\0\0\0", 0, NULL),
	M("an R data file", 0, "B\n\2\0\0\0", 0, NULL),
	M("an R data file", 0, "B\n\3\0\0\0", 0, NULL),
	M("an R data file", 0, "A\n", 0, has_r_version),
	M("a Stata file", 0, "<stata_dta>", WORDS | LINES | DEEP, NULL),
	M("a Stata file", 0, "\x69", 0, has_stata),
	M("a Stata file", 0, "\x6c", 0, has_stata),
	M("a Stata file", 0, "\x6e", 0, has_stata),
	M("a Stata file", 0, "\x6f", 0, has_stata),
	M("a Stata file", 0, "\x71", 0, has_stata),
	M("a Stata file", 0, "\x72", 0, has_stata),
	M("a Stata file", 0, "\x73", 0, has_stata),
	M("a Stata file", 0, "\x74", 0, has_stata),
	M("a Stata file", 0, "\x75", 0, has_stata),
	M("a Stata file", 0, "\x76", 0, has_stata),
	M("an SPSS file", 0, "$FL2", 0, NULL),
	M("an SPSS file", 0, "$FL3", 0, NULL),
	M("a SAS file", 0, "\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x60", DEEP, NULL),
	M("a SAS file", 0, "header record*******library", WORDS | LINES | DEEP, NULL),
	M("a Parquet file", 0, "PAR1", 0, has_tail),
	M("a Feather file", 0, "FEA1", 0, has_tail),
	M("an Arrow file", 0, "ARROW1\0", DEEP, NULL),
	M("a NumPy array", 0, "\x93NUMPY", DEEP, NULL),
	M("an HDF5 file", 0, "\x89HDF\r\n\x1a\n", DEEP, NULL),
	M("an HDF5 file", 512, "\x89HDF\r\n\x1a\n", 0, NULL),
	M("an HDF5 file", 1024, "\x89HDF\r\n\x1a\n", 0, NULL),
	M("an HDF5 file", 2048, "\x89HDF\r\n\x1a\n", 0, NULL),
	M("a netCDF file", 0, "CDF\1", 0, NULL),
	M("a netCDF file", 0, "CDF\2", 0, NULL),
	M("an SQLite database", 0, "SQLite format 3\0", DEEP, NULL),
	M("a saved model", 0, "\x08", 0, has_model),
	M("a saved model", 0, "GGUF\3\0", DEEP, NULL),
	M("a saved model", 4, "TFL3", 0, NULL),
	M("a saved model", 4, "\0\0\0\0{\"", 0, has_tensors),
	/* programs */
	M("a program", 0, "\x7f" "ELF", 0, NULL),
	M("a program", 0, "MZ", 0, has_pe),
	M("a program", 0, "\xfe\xed\xfa\xce", 0, NULL),
	M("a program", 0, "\xfe\xed\xfa\xcf", 0, NULL),
	M("a program", 0, "\xce\xfa\xed\xfe", 0, NULL),
	M("a program", 0, "\xcf\xfa\xed\xfe", 0, NULL),
	M("a program", 0, "\xca\xfe\xba\xbe", 0, NULL),
	M("a program", 0, "\0asm", 0, NULL),
	/* documents */
	M("PDF", 0, "%pdf-", WORDS | LINES, NULL),
	M("PostScript", 0, "%!ps", WORDS | LINES, NULL),
	M("an old Office document", 0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", DEEP, NULL),
	M("RTF", 0, "{\\rtf", WORDS | LINES, NULL),
	M("SVG", 0, "<?xml", WORDS, has_svg),
	M("SVG", 0, "<svg", WORDS | LINES, NULL),
	M("SVG", 0, "<!doctype svg", WORDS | LINES, NULL),
	M("XML", 0, "<?xml", WORDS | LINES, NULL),
	M("HTML", 0, "<!doctype", WORDS | LINES, NULL),
	M("HTML", 0, "<html", WORDS | LINES, NULL),
	M("HTML", 0, "<head", WORDS, NULL),
	M("HTML", 0, "<body", WORDS, NULL),
	M("HTML", 0, "<table", WORDS, NULL),
	M("HTML", 0, "<script", WORDS | LINES, NULL),
	M("HTML", 0, "<iframe", WORDS | LINES, NULL),
	M("HTML", 0, "<object", WORDS | LINES, NULL),
	M("HTML", 0, "<embed", WORDS | LINES, NULL),
	M("MHT", 0, "mime-version:", WORDS, NULL),
	M("MHT", 0, "from: <saved by", WORDS, NULL),
	M("uuencoded data", 0, "begin 644 ", WORDS | LINES, NULL),
	M("uuencoded data", 0, "begin 600 ", WORDS | LINES, NULL),
	M("uuencoded data", 0, "begin-base64 ", WORDS | LINES, NULL),
	M("yEnc data", 0, "=ybegin ", WORDS | LINES, NULL),
	M("PEM data", 0, "-----begin ", WORDS | LINES, NULL),
	/* pictures */
	M("PNG", 0, "\x89PNG\r\n\x1a\n", DEEP, NULL),
	M("JPEG", 0, "\xff\xd8\xff", 0, NULL),
	M("GIF", 0, "GIF87a", DEEP, NULL),
	M("GIF", 0, "GIF89a", DEEP, NULL),
	M("TIFF", 0, "II*\0", 0, NULL),
	M("TIFF", 0, "MM\0*", 0, NULL),
	M("WebP or sound", 0, "RIFF", 0, has_webp),
	M("a bitmap", 0, "BM", 0, has_zeros),
	M("a DICOM picture", 128, "DICM", 0, NULL),
};

static bool is_format(const struct format *f, const char *p, size_t n)
{
	bool found = f->flags & WORDS ? begins(p, n, f->magic, f->len) : has(p, n, f->at, f->magic, f->len);

	return found && (!f->more || f->more(p, n));
}

static void skip_blanks(const char **p, size_t *n)
{
	size_t i = has(*p, *n, 0, "\xef\xbb\xbf", 3) ? 3 : 0;

	while (i < *n && memchr(" \t\r\n\f\v", (*p)[i], 6))
		i++;
	*p += i;
	*n -= i;
}

const char *kind_find(const char *p, size_t n)
{
	const char *text = p;
	size_t rest = n, i;

	skip_blanks(&text, &rest);
	for (i = 0; i < COUNT(formats); i++) {
		bool words = formats[i].flags & WORDS;

		if (is_format(&formats[i], words ? text : p, words ? rest : n))
			return formats[i].what;
	}
	return NULL;
}

/* --- what begins further in --- */

static void refuse(struct report *r, struct place at, const char *what)
{
	report_add(r, RULE_TYPE, FINDING_BLOCK, at, "write results as plain text or CSV, one format in one file",
		"%s begins within this file, which is then two files in one", what);
}

static const char *line_kind(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < COUNT(formats); i++)
		if ((formats[i].flags & LINES) && is_format(&formats[i], p, n))
			return formats[i].what;
	return NULL;
}

/* Only lines that begin with one of the signatures' first characters are looked at. */
static void check_lines(struct report *r, const char *p, size_t n)
{
	const char *at = p, *end = p + n;
	struct place place = { .line = 1 };

	while ((at = memchr(at, '\n', (size_t)(end - at)))) {
		const char *what = NULL;

		place.line++;
		if (++at == end)
			return;
		if (end - at > 1 && !is_digit(at[1]) && memchr("<%{-=bBchH", *at, 10))
			what = line_kind(at, (size_t)(end - at));
		if (what) {
			place.offset = (uint64_t)(at - p);
			refuse(r, place, what);
			return;
		}
	}
}

/* An end of central directory in the last 64 KiB: unpackers look for it from the end. */
static const char *zip_tail(const char *p, size_t n, size_t *ret_at)
{
	size_t i, least = n > 65557 ? n - 65557 : 0;

	for (i = n >= 22 ? n - 22 + 1 : 0; i > least; i--) {
		*ret_at = i - 1;
		if (has(p, n, i - 1, "PK\5\6", 4))
			return "a ZIP archive";
	}
	return NULL;
}

static void check_depth(struct report *r, const char *p, size_t n)
{
	const char *what;
	size_t at, i;

	what = zip_tail(p, n, &at);
	for (i = 0; !what && i < COUNT(formats); i++) {
		const struct format *f = &formats[i];
		const char *found = f->flags & DEEP && f->len <= n ?
			memmem(p + 1, n - 1, f->magic, f->len) : NULL;

		what = found ? f->what : NULL;
		at = found ? (size_t)(found - p) : 0;
	}
	if (what)
		refuse(r, (struct place){ .offset = at }, what);
}

/* --- agreement --- */

/* What libmagic calls text that it knows by its words, besides text/...; and what it says where it knows nothing. It
 * guesses programs, pictures and sounds from two or three letters, which may begin a text too: kind_find knows better. */
static const char *const texts[] = { "text/", "message/", "inode/x-empty", "application/x-empty", "application/csv",
	"application/json", "application/x-ndjson", "application/geo+json", "application/octet-stream",
	"application/javascript", "application/x-javascript", "application/x-tex", "application/x-setupscript",
	"application/x-wine-extension-ini", "application/x-mswinurl", "application/x-dosexec", "application/x-subrip",
	"application/sql", "application/x-sh", "application/x-texinfo", "application/x-matlab",
	"application/x-ipynb+json", "image/x-portable-", "image/x-xpmi", "audio/x-mod", NULL };

static bool agrees_text(const char *magic)
{
	const char *const *t;

	for (t = texts; *t; t++)
		if (strncmp(magic, *t, strlen(*t)) == 0)
			return true;
	return false;
}

/* One of the words of list begins magic. */
static bool agrees(const struct type *t, const char *magic)
{
	const char *word = t->mime;

	if (!t->mime)
		return agrees_text(magic);
	for (; *word; word += strcspn(word, " ") + 1)
		if (strncmp(magic, word, strcspn(word, " ")) == 0)
			return true;
	return false;
}

/* For the reader: the type in a media type has no characters that need care. */
static void refuse_magic(struct report *r, const char *magic)
{
	report_add(r, RULE_TYPE, FINDING_BLOCK, (struct place){ 0 }, "name the file after what it is",
		"its first bytes are those of %.60s, whatever its name says", magic);
}

/* A piece of a page, as R and pandas write them. By that alone no other file is a page: Markdown may begin so, too. */
static bool is_fragment(const struct type *t, const char *p, size_t n)
{
	skip_blanks(&p, &n);
	return strcmp(t->kind, "HTML") == 0 && begins(p, n, "<div", 4);
}

bool kind_check(struct report *r, const struct type *t, const char *p, size_t n, const char *magic)
{
	const char *what = kind_find(p, n);

	if (what && (!t->kind || strcmp(what, t->kind) != 0)) {
		report_add(r, RULE_TYPE, FINDING_BLOCK, (struct place){ 0 },
			"write results as plain text or CSV", "this is %s, whatever its name says", what);
		return !t->kind;
	}
	if (t->kind && !what && !is_fragment(t, p, n)) {
		report_add(r, RULE_TYPE, FINDING_BLOCK, (struct place){ 0 }, "name the file after what it is",
			"this does not begin as %s, whatever its name says", t->kind);
		return false;
	}
	if (magic && !agrees(t, magic))
		refuse_magic(r, magic);
	if (!t->kind)
		check_lines(r, p, n);
	else if (t->form == FORM_JPEG || t->form == FORM_PDF || t->form == FORM_MARKUP)
		check_depth(r, p, n);
	return true;
}

/* --- UTF-16 and UTF-32 --- */

static uint32_t unit(const unsigned char *p, unsigned width, bool little)
{
	uint32_t c = 0;
	unsigned i;

	for (i = 0; i < width; i++)
		c |= (uint32_t)p[i] << 8 * (little ? i : width - 1 - i);
	return c;
}

static size_t put(char *o, uint32_t c)
{
	if (c < 0x80)
		return o[0] = (char)c, 1;
	if (c < 0x800)
		return o[0] = (char)(0xc0 | c >> 6), o[1] = (char)(0x80 | (c & 0x3f)), 2;
	if (c < 0x10000 && (c < 0xd800 || c > 0xdfff)) {
		o[0] = (char)(0xe0 | c >> 12);
		o[1] = (char)(0x80 | (c >> 6 & 0x3f));
		o[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	if (c < 0x10000 || c > 0x10ffff)
		return o[0] = (char)0xff, 1; /* no character: strict UTF-8 will say so */
	o[0] = (char)(0xf0 | c >> 18);
	o[1] = (char)(0x80 | (c >> 12 & 0x3f));
	o[2] = (char)(0x80 | (c >> 6 & 0x3f));
	o[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static size_t decode(const unsigned char *p, size_t n, unsigned width, bool little, char *o)
{
	size_t i, len = 0;

	for (i = 0; i + width <= n; i += width) {
		uint32_t c = unit(p + i, width, little);

		if (width == 2 && c >= 0xd800 && c <= 0xdbff && i + 4 <= n) {
			uint32_t low = unit(p + i + 2, 2, little);

			if (low >= 0xdc00 && low <= 0xdfff) {
				c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
				i += 2;
			}
		}
		len += put(o + len, c);
	}
	if (i < n)
		o[len++] = (char)0xff; /* half a character */
	return len;
}

int kind_decode(const char *p, size_t n, char **ret, size_t *ret_len)
{
	static const struct {
		const char *mark;
		unsigned width;
		bool little;
	} marks[] = { { "\xff\xfe\0\0", 4, true }, { "\0\0\xfe\xff", 4, false }, { "\xff\xfe", 2, true },
		{ "\xfe\xff", 2, false } };
	size_t i;

	for (i = 0; i < COUNT(marks); i++) {
		size_t width = marks[i].width;

		if (!has(p, n, 0, marks[i].mark, width))
			continue;
		*ret = malloc((n - width) / 2 * 3 + 4);
		if (!*ret)
			return -1;
		*ret_len = decode((const unsigned char *)p + width, n - width, marks[i].width, marks[i].little, *ret);
		return 1;
	}
	return 0;
}
