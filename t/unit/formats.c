/* t/unit/formats.c - recognition: each format by its bytes, and the ordinary text that looks a little like it; types that
 * leave as they are; and what the whole check does with what it rebuilt. */
#include <stdlib.h>
#include <zlib.h>

#include "policy/formats.h"
#include "spe/psn.h"
#include "sped/base/buf.h"
#include "t/tap.h"

static struct policy policy = { .name = "formats", .min_count = 10, .max_bytes = 16 << 20, .max_rows = 1000, .decisions = 2,
	.types = { "csv", "tsv", "txt", "md", "json", "log", "png" }, .type_count = 7, .max_digits = 6,
	.verbatim = { "pdf", "svg", "html", "xlsx", "ods", "jpg", "ipynb", "r" }, .verbatim_count = 8 };
static uint8_t k_check[PSN_KEY];

/* "VERDICT: rule outcome; ..." without the rules that pass, each once. */
static void judge(const char *name, const char *p, size_t n, const char *magic, char *ret, size_t room)
{
	struct policy_file f = { .name = name, .bytes = p, .len = n, .k_check = k_check, .magic = magic };
	struct policy_result result = { 0 };
	struct spe_error e;
	json_t *check;
	size_t i;

	if (policy_check(&policy, &f, &result, &e) < 0) {
		snprintf(ret, room, "failed: %s", e.text);
		return;
	}
	snprintf(ret, room, "%s:", json_string_value(json_object_get(result.record, "verdict")));
	json_array_foreach(json_object_get(result.record, "checks"), i, check)
	{
		const char *outcome = json_string_value(json_object_get(check, "outcome"));
		char one[80];

		snprintf(one, sizeof(one), " %s %s;", json_string_value(json_object_get(check, "id")), outcome);
		if (strcmp(outcome, "pass") != 0 && !strstr(ret, one))
			strncat(ret, one, room - strlen(ret) - 1);
	}
	policy_result_free(&result);
}

static void judged(const char *what, const char *name, const char *p, size_t n, const char *want)
{
	char got[1024];

	judge(name, p, n, NULL, got, sizeof(got));
	is_str(got, want, what);
}
#define JUDGED(what, name, text, want) judged(what, name, text, sizeof(text) - 1, want)

static void known(void)
{
	static const struct {
		const char *want, *bytes;
		size_t n;
	} list[] = {
#define B(want, bytes) { want, bytes, sizeof(bytes) - 1 }
		B("a ZIP archive", "PK\3\4\24\0"), B("a ZIP archive", "PK\5\6\0\0"), B("gzip data", "\x1f\x8b\x08\0"),
		B("bzip2 data", "BZh91AY&SY"), B("xz data", "\xfd" "7zXZ\0"), B("Zstandard data", "\x28\xb5\x2f\xfd"),
		B("a 7z archive", "7z\xbc\xaf\x27\x1c"), B("a RAR archive", "Rar!\x1a\x07\x01"), B("zlib data", "x\x9c\x03"),
		B("a Python pickle", "\x80\x02}q\0."), B("a Python pickle", "\x80\x04\x95\x0b\0"),
		B("a Python pickle", "ccopy_reg\n_reconstructor\n"), B("an R data file", "RDX3\nX\n"),
		B("an R data file", "X\n\0\0\0\3"), B("an R data file", "A\n3\n262402\n197888\n"),
		B("a Stata file", "<stata_dta><header>"), B("a Stata file", "\x73\2\1\0x"), B("an SPSS file", "$FL2@(#)"),
		B("a SAS file", "\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x60\xb3"), B("a Parquet file", "PAR1\0\0\0\0PAR1"),
		B("an Arrow file", "ARROW1\0\0"), B("a NumPy array", "\x93NUMPY\1\0"), B("an HDF5 file", "\x89HDF\r\n\x1a\n"),
		B("an SQLite database", "SQLite format 3\0"), B("a saved model", "\x08\x07\x12\x07pytorch"),
		B("a program", "\x7f" "ELF\2"), B("a program", "MZ\x90\0\3"
			"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
		B("a program", "\xcf\xfa\xed\xfe"), B("a program", "\xca\xfe\xba\xbe"), B("a program", "\0asm\1"),
		B("PDF", "%PDF-1.7\n"), B("PostScript", "%!PS-Adobe-3.0"), B("an old Office document", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
		B("RTF", "{\\rtf1"), B("SVG", "<?xml version='1.0'?>\n<svg>"), B("SVG", " <svg xmlns="), B("XML", "<?xml version='1.0'?><a/>"),
		B("HTML", "\xef\xbb\xbf <!DOCTYPE html>"), B("HTML", "<html>"), B("MHT", "MIME-Version: 1.0\n"), B("PEM data", "-----BEGIN X"),
		B("uuencoded data", "begin 644 a\n"), B("PNG", "\x89PNG\r\n\x1a\n"), B("JPEG", "\xff\xd8\xff\xe0"), B("GIF", "GIF89a"),
		B("TIFF", "II*\0"), B("WebP or sound", "RIFF\0\0\0\0WEBP"), B("a bitmap", "BM\0\0\0\0\0\0\0\0"),
		/* near twins: text that begins alike */
		B(NULL, "PKU,n\n"), B(NULL, "BZh,9\n"), B(NULL, "MZ twins,DZ twins\nthat are long enough to hold the header of a program\n....."),
		B(NULL, "BMI,mean\n25.5,30.1\n"), B(NULL, "PAR1,PAR2\n0.5,0.6\n"), B(NULL, "A\n2\n262\n"), B(NULL, "x^2,n\n"),
		B(NULL, "GIF,n\n"), B(NULL, "RIFF,LIST\n"), B(NULL, "RDX,n\n"), B(NULL, "begin,end\n"), B(NULL, "<10,20\n"),
		B(NULL, "% of persons\n"), B(NULL, "-----\n"), B(NULL, "{\"a\":1}"), B(NULL, "ARROW1,ARROW2\n"), B(NULL, "q,r,s\n"),
		B(NULL, ""), B(NULL, "\x80"),
	};
	char late[300] = { 0 };
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		is_str(kind_find(list[i].bytes, list[i].n), list[i].want, list[i].want ? list[i].want : "text");
	memcpy(late + 128, "DICM", 4);
	is_str(kind_find(late, 200), "a DICOM picture", "DICOM behind its preamble");
	memset(late, 0, sizeof(late));
	memcpy(late + 257, "ustar", 6);
	is_str(kind_find(late, sizeof(late)), "a tar archive", "tar by its header's end");
}

static void agreement(void)
{
	static const struct {
		const char *magic, *name, *want;
	} list[] = {
		{ "text/plain", "a.csv", "pass:" }, { "text/x-c", "a.csv", "pass:" }, { "text/x-tex", "a.csv", "pass:" },
		{ "application/csv", "a.csv", "pass:" }, { "application/json", "a.csv", "pass:" },
		{ "application/octet-stream", "a.csv", "pass:" }, { "message/rfc822", "a.csv", "pass:" },
		{ "application/x-dosexec", "a.csv", "pass:" }, { "application/zip", "a.csv", "block: file-type block;" },
		{ "application/gzip", "a.csv", "block: file-type block;" }, { "image/png", "a.csv", "block: file-type block;" },
		{ "application/pdf", "a.csv", "block: file-type block;" }, { "application/vnd.sqlite3", "a.csv", "block: file-type block;" },
	};
	char got[512];
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		judge(list[i].name, "sex,n\nf,30\n", 11, list[i].magic, got, sizeof(got));
		is_str(got, list[i].want, list[i].magic);
	}
}

static void disguises(void)
{
	JUDGED("a ZIP called CSV", "a.csv", "PK\3\4\24\0\0\0", "block: file-type block; hidden-content block;");
	JUDGED("HTML at a later line", "a.txt", "fine\n<html>\n", "block: file-type block;");
	JUDGED("HTML in a sentence", "a.txt", "the tag <html> opens\n", "pass:");
	JUDGED("a key at a later line", "a.log", "fine\n-----BEGIN PRIVATE KEY-----\n", "block: file-type block;");
	JUDGED("a ruler", "a.log", "fine\n----------\n", "pass:");
	JUDGED("a table called text", "a.txt", "sex,n\nf,30\nm,40\n", "block: file-type block;");
	JUDGED("a table of tabs called log", "a.log", "sex\tn\nf\t30\nm\t40\n", "block: file-type block;");
	JUDGED("sentences with commas", "a.txt", "first, second\nof 30, none\nof 40, all\n", "pass:");
	JUDGED("output of R", "a.txt", "   sex  n\n1    f 30\n2    m 40\n", "pass:");
	JUDGED("JSON called CSV", "a.csv", "{\"a\":1,\"b\":2}", "block: file-type block;");
	JUDGED("braces in a header", "a.csv", "{x},n\na,30\n", "pass:");
	JUDGED("UTF-16", "a.txt", "\xff\xfe" "a\0b\0\n\0", "review: file-type review;");
	JUDGED("UTF-16, the other way round", "a.csv", "\xfe\xff\0x\0\n\0" "5\0\n", "review: file-type review; min-count review;");
	JUDGED("UTF-32", "a.txt", "\xff\xfe\0\0a\0\0\0\n\0\0\0", "review: file-type review;");
	JUDGED("an identity number in UTF-16", "a.txt", "\xfe\xff\0" "1\0" "3\0" "1\0" "0\0" "5\0" "2\0-\0" "3\0" "0\0" "8\0T",
		"block: file-type review; identity-number block;");
	JUDGED("half a character", "a.txt", "\xff\xfe" "a\0b", "block: file-type review; file-type block;");
	JUDGED("without a mark", "a.txt", "a\0b\0\n\0", "block: hidden-content block;");
}

static void notebooks(void)
{
	static const char cleared[] = "{\"cells\":[{\"cell_type\":\"code\",\"source\":[\"x\"],\"outputs\":[]}],\"nbformat\":4}";

	JUDGED("a cleared notebook", "a.ipynb", "{\"cells\":[{\"source\":[\"x\"],\"outputs\":[]}],\"nbformat\":4}",
		"review: hidden-content review; rebuild review;");
	judged("one called JSON", "a.json", cleared, sizeof(cleared) - 1, "review: hidden-content review;");
	JUDGED("one with outputs", "a.ipynb", "{\"cells\":[{\"source\":[],\"outputs\":[{\"text\":\"x\"}]}],\"nbformat\":4}",
		"block: hidden-content block;");
	JUDGED("one with attachments", "a.ipynb", "{\"cells\":[{\"attachments\":{\"a.png\":{}}}],\"nbformat\":4}",
		"block: hidden-content block;");
	JUDGED("JSON with cells", "a.json", "{\"cells\":[{\"outputs\":[1]}]}", "pass:");
	JUDGED("code", "a.r", "x <- 1\n", "review: rebuild review;");
	JUDGED("code that the policy does not name", "a.py", "x = 1\n", "block: file-type block;");
}

/* --- types that leave as they are --- */

#define SVG "<svg xmlns=\"http://www.w3.org/2000/svg\">"
static void svg(const char *what, const char *inside, const char *want)
{
	char text[512];

	snprintf(text, sizeof(text), SVG "%s</svg>\n", inside);
	judged(what, "a.svg", text, strlen(text), want);
}

static void drawings(void)
{
	static const char *const bad[] = { "<script>x</script>", "<rect onclick=\"x()\"/>", "<foreignObject/>", "<image href=\"a\"/>",
		"<!-- x -->", "<g style=\"display : none\"/>", "<g opacity=\"0\"/>", "<text x=\"-5000\">x</text>", "<metadata/>",
		"<a href=\"http://x\"/>", "<g fill=\"url(data:x)\"/>", "<text font-size=\"0\">x</text>", "<g visibility=\"hidden\"/>",
		"<style>@import x</style>", "<g d&#105;splay=\"none\"/>", "<rect ONLOAD = \"x\"/>" };
	char many[8192] = SVG;
	size_t i;

	svg("a line", "<path d=\"M0 0L5 5\"/><text x=\"5\" y=\"-2\" opacity=\"0.5\">only n = 30</text>", "review: rebuild review;");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		svg(bad[i], bad[i], "block: hidden-content block;");
	svg("an identity number in three elements", "<tspan>131052</tspan><tspan>-30</tspan><tspan>8T</tspan>", "block: identity-number block;");
	for (i = 0; i < 200; i++)
		strcat(many, "<circle r=\"1\"/>");
	strcpy(many + strlen(many), "</svg>");
	judged("200 points", "a.svg", many, strlen(many), "review: rebuild review;");
	strcpy(many + strlen(many) - 6, "<circle/></svg>");
	judged("201 points", "a.svg", many, strlen(many), "block: hidden-content block;");
	JUDGED("HTML", "a.html", "<!DOCTYPE html><html><body><p>n: 30</p></body></html>\n", "review: rebuild review;");
	JUDGED("data for a widget", "a.html", "<!DOCTYPE html><html><script type=\"application/json\">[1]</script></html>\n",
		"block: hidden-content block;");
}

#define PDF_HEAD "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R"
#define PDF_TAIL ">>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\ntrailer <</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"
static void documents(void)
{
	static const char *const bad[] = { "/OpenAction 2 0 R", "/J#53 (x)", "/AA<<>>", "/Names<</EmbeddedFiles 2 0 R>>", "/OCProperties<<>>",
		"/Metadata 2 0 R", "/AcroForm<</XFA()>>" };
	char text[1024];
	size_t i;

	JUDGED("a PDF", "a.pdf", PDF_HEAD PDF_TAIL, "review: rebuild review;");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "%s%s%s", PDF_HEAD, bad[i], PDF_TAIL);
		judged(bad[i], "a.pdf", text, strlen(text), "block: hidden-content block;");
	}
	JUDGED("bytes behind it", "a.pdf", PDF_HEAD PDF_TAIL "x", "block: hidden-content block;");
	JUDGED("a second version", "a.pdf", PDF_HEAD PDF_TAIL "trailer <</Root 1 0 R/Prev 5>>\nstartxref\n5\n%%EOF\n",
		"block: hidden-content block;");
	JUDGED("an object that nothing refers to", "a.pdf", PDF_HEAD ">>\nendobj\n9 0 obj\n(x)\nendobj\n7 0 obj\n<<" PDF_TAIL,
		"block: hidden-content block;");
	JUDGED("text that is not drawn", "a.pdf", PDF_HEAD ">>\nstream\nBT 3 Tr (x) Tj ET\nendstream\n<<" PDF_TAIL,
		"block: hidden-content block;");
	JUDGED("an archive behind it", "a.pdf", PDF_HEAD PDF_TAIL "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
		"block: file-type block; hidden-content block;");
}

static void photos(void)
{
#define JPEG_HEAD "\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
#define JPEG_TAIL "\xff\xdb\0\3\0\xff\xc0\0\3\0\xff\xc4\0\3\0\xff\xda\0\3\0ab\xff\0cd\xff\xd9"
	JUDGED("a JPEG", "a.jpg", JPEG_HEAD JPEG_TAIL, "review: rebuild review;");
	JUDGED("EXIF", "a.jpg", JPEG_HEAD "\xff\xe1\0\6Exif" JPEG_TAIL, "block: file-type block;");
	JUDGED("a comment", "a.jpg", JPEG_HEAD "\xff\xfe\0\3x" JPEG_TAIL, "block: file-type block;");
	JUDGED("bytes behind it", "a.jpg", JPEG_HEAD JPEG_TAIL "x", "block: file-type block;");
	JUDGED("no end", "a.jpg", JPEG_HEAD "\xff\xdb\0\3\0", "block: file-type block;");
	JUDGED("cut off", "a.jpg", JPEG_HEAD "\xff\xdb\xff\xff\0", "block: file-type block;");
}

struct archive {
	struct buf files, directory;
	unsigned count;
};

static void put16(struct buf *b, unsigned v)
{
	uint8_t p[2] = { (uint8_t)v, (uint8_t)(v >> 8) };

	buf_add(b, p, 2);
}

static void put32(struct buf *b, unsigned long v)
{
	put16(b, (unsigned)(v & 0xffff));
	put16(b, (unsigned)(v >> 16 & 0xffff));
}

static void file_add(struct archive *a, const char *name, const char *local, const char *text)
{
	unsigned long at = a->files.len, crc = crc32(0, (const Bytef *)text, (uInt)strlen(text));
	struct buf *b[2] = { &a->files, &a->directory };
	int i;

	for (i = 0; i < 2; i++) {
		buf_add(b[i], i ? "PK\1\2\24\0" : "PK\3\4", i ? 6 : 4);
		put16(b[i], 20);
		put16(b[i], 0);
		put16(b[i], 0);
		put32(b[i], 0);
		put32(b[i], crc);
		put32(b[i], strlen(text));
		put32(b[i], strlen(text));
		put16(b[i], (unsigned)strlen(name));
		put16(b[i], 0);
	}
	buf_add(b[1], "\0\0\0\0\0\0\0\0\0\0", 10);
	put32(b[1], at);
	buf_str(b[1], name);
	buf_str(b[0], local);
	buf_str(b[0], text);
	a->count++;
}

static void booked(const char *what, struct archive *a, const char *between, const char *want)
{
	unsigned long at;

	buf_str(&a->files, between);
	at = a->files.len;
	buf_add(&a->files, a->directory.p, a->directory.len);
	buf_add(&a->files, "PK\5\6\0\0\0\0", 8);
	put16(&a->files, a->count);
	put16(&a->files, a->count);
	put32(&a->files, a->directory.len);
	put32(&a->files, at);
	put16(&a->files, 0);
	judged(what, "a.xlsx", a->files.p, a->files.len, want);
	buf_free(&a->files);
	buf_free(&a->directory);
	a->count = 0;
}

static void workbooks(void)
{
	static const char *const sheets[][2] = { { "<row hidden=\"1\"/>", "block: hidden-content block;" },
		{ "<sheet state=\"veryHidden\"/>", "block: hidden-content block;" },
		{ "<t>131052-</t><t>308T</t>", "block: identity-number block;" },
		{ "<definedNames><definedName/></definedNames>", "block: hidden-content block;" } };
	static const char *const parts[] = { "xl/vbaProject.bin", "xl/media/image1.png", "xl/comments1.xml", "xl/pivotCache/a.xml",
		"customXml/item1.xml", "xl/externalLinks/externalLink1.xml" };
	struct archive a = { .count = 0 };
	size_t i;

#define BASE file_add(&a, "[Content_Types].xml", "[Content_Types].xml", "<Types/>")
#define SHEET(text) file_add(&a, "xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml", text)
	BASE;
	SHEET("<row><v>30</v></row>");
	booked("a workbook", &a, "", "review: rebuild review;");
	for (i = 0; i < sizeof(sheets) / sizeof(sheets[0]); i++) {
		BASE;
		SHEET(sheets[i][0]);
		booked(sheets[i][0], &a, "", sheets[i][1]);
	}
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		BASE;
		file_add(&a, parts[i], parts[i], "x");
		booked(parts[i], &a, "", "block: hidden-content block;");
	}
	BASE;
	booked("bytes between", &a, "x", "block: hidden-content block;");
	BASE;
	BASE;
	booked("a part twice", &a, "", "block: hidden-content block;");
	file_add(&a, "xl/styles.xml", "xl/hidden.xml", "x");
	booked("another name inside", &a, "", "block: hidden-content block;");
	JUDGED("an encrypted one", "a.xlsx", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "block: file-type block;");
}

/* --- what leaves --- */

static json_t *leaves(const char *name, const char *text, char *ret, size_t room)
{
	struct policy_file f = { .name = name, .bytes = text, .len = strlen(text), .k_check = k_check };
	struct policy_result result = { 0 };
	json_t *record;

	policy_check(&policy, &f, &result, NULL);
	snprintf(ret, room, "%.*s", (int)result.rebuilt_len, result.rebuilt ? result.rebuilt : "-");
	record = json_incref(result.record);
	policy_result_free(&result);
	return record;
}

static void released(void)
{
	char got[256];
	json_t *j = leaves("a.csv", "x,n\r\na,30\r\n", got, sizeof(got));

	is_str(got, "x,n\na,30\n", "what leaves has LF");
	is_int(json_integer_value(json_object_get(j, "bytes")), 11, "bytes that came");
	is_int(json_integer_value(json_object_get(j, "bytes_out")), 9, "and that leave");
	is_str(json_string_value(json_object_get(j, "sha256_out")), "1f8ed527c7cc7248e4e67ab42e9e174c1e14ec147770ac6b478bbcbaf6f3f3ec",
		"and their hash");
	json_decref(j);
	j = leaves("a.csv", "x,n\na,3\n", got, sizeof(got));
	is_str(got, "", "nothing leaves where something blocks");
	ok(json_is_null(json_object_get(j, "bytes_out")) && json_is_null(json_object_get(j, "sha256_out")), "nor has it a hash");
	json_decref(j);
	j = leaves("a.r", "x <- 1  \n", got, sizeof(got));
	is_str(got, "x <- 1  \n", "code leaves as it is");
	is_str(json_string_value(json_object_get(j, "class")), "text", "and is text");
	json_decref(j);
	j = leaves("a.json", "{\"a\u030a\":1,\"\u00e5\":2}", got, sizeof(got));
	is_str(got, "", "keys that become one when rebuilt");
	is_str(json_string_value(json_object_get(j, "verdict")), "block", "block");
	json_decref(j);
	j = leaves("a.csv", "x,y\na,0.123456789\n", got, sizeof(got));
	is_str(got, "x,y\na,0.123457\n", "long numbers are rounded");
	is_str(json_string_value(json_object_get(j, "verdict")), "review", "and a person is told");
	json_decref(j);
	j = leaves("a.csv", "x\n\"\t=1\"\n", got, sizeof(got));
	is_str(json_string_value(json_object_get(j, "verdict")), "block", "what only blanks kept from being a formula");
	json_decref(j);
}

int main(void)
{
	uint8_t mk[PSN_KEY] = { 1 };

	psn_check_key(mk, k_check);
	known();
	agreement();
	disguises();
	notebooks();
	drawings();
	documents();
	photos();
	workbooks();
	released();
	return tap_end();
}
