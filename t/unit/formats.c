/* t/unit/formats.c - recognition: each format by its bytes, and the ordinary text that looks a little like it; types that
 * leave as they are; and what the whole check does with what it rebuilt. */
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include <jpeglib.h>

#include "policy/formats.h"
#include "spe/psn.h"
#include "sped/base/buf.h"
#include "t/tap.h"

static struct policy policy = { .name = "formats", .min_count = 10, .max_bytes = 16 << 20, .max_rows = 1000, .decisions = 2,
	.types = { "csv", "tsv", "txt", "md", "json", "log", "png" }, .type_count = 7, .max_digits = 6,
	.verbatim = { "pdf", "svg", "html", "xlsx", "docx", "jpg", "ipynb", "r" }, .verbatim_count = 8 };
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
	JUDGED("half a character", "a.txt", "\xff\xfe" "a\0b", "block: file-type block; file-type review;");
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

#define SVG "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100 100\">"
static void svg(const char *what, const char *inside, const char *want)
{
	char text[512];

	snprintf(text, sizeof(text), SVG "%s</svg>\n", inside);
	judged(what, "a.svg", text, strlen(text), want);
}

#define SVGLITE "<style><![CDATA[.svglite line, .svglite polyline, .svglite path {fill: none; stroke: #000000;}\n" \
	".svglite g.glyphgroup path {fill: inherit; stroke: none;}]]></style>"
static void drawings(void)
{
	static const char *const bad[] = { "<script>x</script>", "<rect onclick=\"x()\"/>", "<foreignObject/>", "<image href=\"a\"/>",
		"<!-- x -->", "<g style=\"display : none\"/>", "<g opacity=\"0\"/>", "<text x=\"-50\">x</text>", "<metadata/>",
		"<a href=\"http://x\"/>", "<g fill=\"url(data:x)\"/>", "<text font-size=\"0\">x</text>", "<g visibility=\"hidden\"/>",
		"<style>@import x</style>", "<g d&#105;splay=\"none\"/>", "<rect ONLOAD = \"x\"/>", "<g opacity='0'/>", "<g style='opacity:0'/>",
		"<g opacity=\"&#48;\"/>", "<text fill=\"none\">x</text>", "<use href=\"#a\"/>", "<use href='//x'/>", "<g data-x=\"1\"/>",
		"<x:g xmlns:x=\"urn:y\"/>", "<defs><text>x</text></defs>", "<text transform=\"scale(.01)\">x</text>",
		"<text transform=\"translate(900)\">x</text>", "<title>x</title>", "<?php x?>", "<g><![CDATA[x]]></g>", "words",
		"<text x='100' y='9'>a record</text>", "<text x='0' y='9' text-anchor='end'>a record</text>",
		"<g style='text-anchor:end'><text x='0' y='9' style='text-anchor:inherit'>a record</text></g>",
		"<text x='70' y='9'>a record<tspan> and more of it</tspan></text>", "<text x='60' y='9'>a record<tspan x='99'>more</tspan></text>",
		"<text y='9'>words                                             beyond them</text>",
		"<text transform='translate(90 50)rotate(-90)' x='50' font-size='20'>words</text>",
		"<g clip-path='url(#c)'><text x='30' y='9'>a record</text></g><clipPath id='c'><rect width='31' height='40'/></clipPath>",
		"<path d='M0 0L1 1 2 2 3 3 4 4' fill='none'/>", "<g fill='none' stroke='none'><polyline points='0 0 1 1 2 2 3 3 4 4'/></g>",
		"<path d='M0 0L1 1 2 2 3 3 4 4' style='fill:none;stroke:black;stroke-width:0'/>",
		"<defs><path id='a' d='M0 0L1 1 2 2 3 3 4 4'/></defs><use href='#a' fill='none'/>",
		"<defs><path id='a' d='M0 0L1 1 2 2 3 3 4 4' style='fill:none;stroke:none'/></defs><use href='#a'/>",
		"<style>path{fill:none}</style><path d='M0 0L1 1 2 2 3 3 4 4'/>", "<style>path{fill:none;stroke:none}</style>",
		"<style>path{stroke-width:0}</style>", "<style>text{text-anchor:end}</style>", "<style>text{fill:none}</style>", "<svg/>", "<text dx=\"500\">x</text>",
		"<text y='9' fill='black' style='fill:none'>x</text>", "<text y='9' style='font-size:.1px' font-size='12'>x</text>",
		"<g fill='none'><text y='9' fill='inherit'>x</text></g>", "<text y='9' style='fill:none;fill:rgb(,)'>x</text>",
		"<text y='9' fill='currentColor' color='white'>x</text>", "<text y='9' font-size='.1' font='12px Arial'>x</text>",
		"<text y='9' style='fill:none;fill:rgb(1,2,3%)'>x</text>",
		"<g fill='none'><text y='9' fill='black' style='fill:inherit'>x</text></g>",
		"<text x='5' y='9'>x<tspan x='-9000'>y</tspan></text>", "<text x='5' y='9'>x<tspan dx='9000'>y</tspan></text>",
		"<text x='5' y='9'>x<tspan dy='60'>y</tspan><tspan dy='60'>z</tspan></text>", "<text x='90in' y='9'>x</text>",
		"<text x='5%' y='9'>x</text>", "<text transform='matrix(1000,0,0,.001,0,9)'>x</text>",
		"<text transform='rotate(45)scale(100,.01)'>x</text>",
		"<text x='5' transform='scale(.05)'><tspan transform='scale(20)'>x</tspan></text>",
		"<g opacity='.1'><g opacity='.1'><path d='M0 0L5 5'/></g></g>", "<g opacity='.1'><text y='9' fill-opacity='.1'>x</text></g>",
		"<clipPath id='c'><rect width='0' height='0'/></clipPath><text y='9' clip-path='url(#c)'>x</text>",
		"<g clip-path='url(#c)'><text x='50' y='9'>x</text></g><clipPath id='c'><rect width='40' height='40'/></clipPath>",
		"<clipPath id='c'><path d='M0 0L50 50'/></clipPath><text y='9' style='clip-path:url(#c)'>x</text>",
		"<clipPath id='c'><rect width='90' height='.1' y='9'/></clipPath><text y='9' clip-path='url(#c)'>x</text>",
		"<clipPath id='c'><rect width='9' height='90'/></clipPath><g transform='translate(50)' clip-path='url(#c)'>"
			"<text x='20' y='9'>x</text></g>",
		"<clipPath id='c'><rect width='90in' height='90'/></clipPath><text y='9' clip-path='url(#c)'>x</text>",
		"<clipPath id='c' clipPathUnits='objectBoundingBox'><rect width='90' height='90'/></clipPath>"
			"<text y='9' clip-path='url(#c)'>x</text>",
		"<defs><use href='#a'/><path id='a' d='M0 0L5 5'/></defs>", "<defs><g id='a'><rect/></g></defs><path clip-path='url(#a)'/>",
		"<tspan>x</tspan>", "<path d='M0 0'><text y='9'>x</text></path>", "<use href='#a'><g/></use><g id='a'/>",
		"<text y='9'>x<path d='M0 0'/></text>", "<text y='9'><text y='9'>x</text></text>", "<rect><rect/></rect>",
		"<g id='a'><use href='#a'/></g>", "<use id='a' href='#a'/>",
		"<path id='a' d='M0 0L5 5'/><g id='b'><use href='#a'/><use href='#a' x='1'/></g><use href='#b'/>",
		"<clipPath id='c'><use href='#a'/></clipPath><path id='a' d='M0 0L5 5'/><path clip-path='url(#c)'/>",
		"<clipPath id='c'><rect clip-path='url(#c)' width='9' height='9'/></clipPath><path clip-path='url(#c)'/>" };
	static const char *const outside[] = { "<polyline points='5 5 10002,52 10003 308'/>", "<path d='M5 5l90 9 90 0'/>",
		"<circle cx='-3' cy='5' r='1'/>", "<rect x='101' width='9' height='9'/>", "<line x1='5' x2='5' y1='110' y2='120'/>",
		"<g transform='translate(0 120)'><path d='M5 5h9v9h-9z'/></g>", "<path id='a' d='M0 0h5'/><use href='#a' x='500'/>" };
	static const char *const white[] = { "<text y='9' fill='white'>x</text>", "<text y='9' style='fill: #fefeff'>x</text>",
		"<g fill='#fff'><text y='9'>x</text></g>", "<text y='9'>x<tspan fill='rgb(100%,99%,100%)'>y</tspan></text>",
		"<text y='9' fill='rgb(255, 255, 250)'>x</text>" };
	char many[16384] = SVG;
	size_t i, k;

	svg("a line", "<path d=\"M0 0L5 5\"/><text x=\"5\" y=\"2\" opacity='0.5'>only n = 30</text>", "review: rebuild review;");
	svg("other spellings of the same", "<s:path xmlns:s='http://www.w3.org/2000/svg' d = 'M0,0 L5,5'></s:path><text x='5'>&#x41;<![CDATA[b]]></text>",
		"review: rebuild review;");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		svg(bad[i], bad[i], "block: hidden-content block;");
	svg("names that only what is left out refers to", "<defs><path clip-path='url(#b)' d='M0 0'/><use href='#c'/></defs>"
		"<path id='c' d='M0 0L5 5'/><path id='a' d='M0 0L5 5'/><use href='#a'/><clipPath id='b'><rect width='9' height='9'/></clipPath>"
		"<path clip-path='url(#b)' d='M0 0L5 5'/>", "review: rebuild review;");
	for (i = 0; i < sizeof(white) / sizeof(white[0]); i++)
		svg(white[i], white[i], "review: hidden-content review; rebuild review;");
	for (i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
		svg(outside[i], outside[i], "review: hidden-content review; rebuild review;");
	svg("shapes that go a little beyond", "<path d='M-20 5h9v130 10L5 5z'/><rect x='-9' y='95' width='140' height='9'/>"
		"<g transform='translate(50 50)'><path d='m-40 0q0 0 90 9 5 5-20 9'/></g>", "review: rebuild review;");
	svg("a frame that is not drawn, and lines", "<rect width='9' height='9' style='stroke:none;fill:none'/><path d='M0 0h9v9h-9z' fill='none'/>"
		"<polyline fill='none' stroke='black' points='0 0 1 1 2 2 3 3 4 4'/><g fill='none' stroke='red'><path d='M0 0L1 1 2 2 3 3 4 4'/></g>",
		"review: rebuild review;");
	svg("letters in the colour of their use, and a clip", "<defs><symbol id='a'><path style='stroke:none' d='M0 0L1 1 2 2 3 3 4 4'/></symbol>"
		"<clipPath id='c'><path d='M0 0L1 1 2 2 3 3 4 4' fill='none'/></clipPath></defs><g fill='red'><use href='#a'/></g>"
		"<path d='M0 0h5' clip-path='url(#c)'/>", "review: rebuild review;");
	svg("lines by a style sheet", "<style>path, polyline {fill: none; stroke: #000}</style><polyline points='0 0 1 1 2 2 3 3 4 4'/>"
		"<path d='M0 0L1 1 2 2 3 3 4 4' style='stroke-width:.5'/>", "review: rebuild review;");
	svg("a sheet of svglite", SVGLITE "<g class='svglite'><polyline points='0 0 1 1 2 2 3 3 4 4'/></g>", "review: rebuild review;");
	svg("one of letters", SVGLITE "<g class='svglite'><g class='x glyphgroup'><path d='M0 0L1 1 2 2 3 3 4 4'/></g></g>",
		"block: hidden-content block;");
	svg("one behind them", "<g class='a'><path class='b' d='M0 0L1 1 2 2 3 3 4 4'/></g><style>.c path, .a .b{stroke-width:0}</style>",
		"block: hidden-content block;");
	svg("a line without corners", "<polyline points='none'/><path d=''/>", "review: rebuild review;");
	svg("text in colours", "<g fill='white'><text y='9' fill='rgb(0, 99, 255)'>x<tspan style='fill:#fa0'>y</tspan></text></g>",
		"review: rebuild review;");
	svg("text that is moved", "<text x='5px' y='9'>x<tspan dy='-5'>2</tspan><tspan x='50' dy='5'>z</tspan></text>"
		"<text transform='translate(50 50)rotate(-90)scale(2)' x='-5'>x</text>", "review: rebuild review;");
	svg("opacity that a style replaces, and of neighbours",
		"<g opacity='.1'/><g style='opacity:.2' opacity='.1'><text y='9' opacity='.5'>x</text><path opacity='.5' d='M0 0L5 5'/></g>",
		"review: rebuild review;");
	svg("labels that stick out a little", "<text x='100' y='9' text-anchor='middle'>words</text><text x='0' y='9' style='text-anchor:middle'>10</text>"
		"<text x='80' y='9' font-size='10'>words of a dot</text><text x='20' y='9' text-anchor='end'>a label</text>"
		"<text x='90' y='9' text-anchor='end'>a label<tspan dy='3'>and more</tspan></text>", "review: rebuild review;");
	svg("rows of numbers", "<text y='9'>4839 44 1 159 9</text><text y='19'>8804 70 2 119 3</text><text y='29'>9571 69 3 175 2</text>"
		"<text y='39'>9472 59 4 165 7</text>", "review: min-count review; rebuild review;");
	svg("text in a clip", "<g transform='translate(10 10)scale(2)' clip-path='url(#c)'><text x='10' y='10'>x</text></g>"
		"<clipPath id='c'><rect x='5' y='5' width='20' height='20'/></clipPath>", "review: rebuild review;");
	svg("an identity number in three elements", "<text>131<tspan>052</tspan>-30<tspan>8T</tspan></text>", "block: identity-number block;");
	svg("in entities", "<text>131052-3&#x30;8&#84;</text>", "block: identity-number block;");
	svg("in a CDATA section", "<text>131052<![CDATA[-308]]>T</text>", "block: identity-number block;");
	svg("a small count in words", "<text>only n = 3 persons</text>", "block: min-count block;");
	svg("numbers along an axis", "<text>Frequency</text><text y='9'>0</text><text y='19'>3</text><text y='29'>6</text>", "review: rebuild review;");
	svg("a character without a shape", "<text>a&#x200b;b</text>", "block: hidden-content block;");
	for (i = 0; i < 200; i++)
		strcat(many, "<circle r=\"1\"/>");
	strcpy(many + strlen(many), "</svg>");
	judged("200 points", "a.svg", many, strlen(many), "review: rebuild review;");
	strcpy(many + strlen(many) - 6, "<circle/></svg>");
	judged("201 points", "a.svg", many, strlen(many), "block: hidden-content block;");
	for (k = 0; k < 2; k++) {
		strcpy(many, SVG "<text>");
		for (i = 0; i < 199 + k; i++)
			strcat(many, "<tspan x='5' dy='0'>.</tspan>");
		strcat(many, "</text></svg>");
		judged(k ? "200 points in a text" : "199 points in a text", "a.svg", many, strlen(many),
			k ? "block: hidden-content block;" : "review: rebuild review;");
	}
	for (k = 0; k < 2; k++) {
		strcpy(many, SVG "<defs>");
		for (i = 0; i < 30; i++)
			sprintf(many + strlen(many), "<symbol id='a%zu'><path d='M0 0L1 1M2 2L3 3M0 0L1 1M2 2L3 3M0 0L1 1M2 2L3 3M0 0L1 1M2 2L3 3'/></symbol>", i);
		strcat(many, "</defs>");
		for (i = 0; i < 200 + k; i++)
			sprintf(many + strlen(many), "<use href='#a%zu'/>", i % 30);
		strcat(many, "</svg>");
		judged(k ? "201 letters" : "200 letters in 30 outlines of eight parts", "a.svg", many, strlen(many),
			k ? "block: hidden-content block;" : "review: rebuild review;");
	}
	for (k = 0; k < 2; k++) {
		strcpy(many, SVG "<defs><clipPath id='c'>");
		for (i = 0; i < 100; i++)
			strcat(many, "<circle r='1'/>");
		strcat(many, "</clipPath><clipPath id='b'><rect width='9' height='9'/></clipPath></defs>");
		for (i = 0; i < 50; i++)
			strcat(many, "<path d='M0 0L5 5' clip-path='url(#b)'/>");
		for (i = 0; i < 1 + k; i++)
			strcat(many, "<path d='M0 0L5 5' clip-path='url(#c)'/>");
		strcat(many, "</svg>");
		judged(k ? "twice what a clip of 100 parts leaves" : "once, and clips of one part", "a.svg", many, strlen(many),
			k ? "block: hidden-content block;" : "review: rebuild review;");
	}
	for (k = 0; k < 2; k++) {
		strcpy(many, SVG "<g id='a'><rect/><rect/><rect/><path d='M0 0L1 1M2 2L3 3'/></g>");
		for (i = 0; i < 48 + k; i++)
			strcat(many, "<use href='#a'/>");
		strcat(many, k ? "</svg>" : "<circle/><circle/><circle/></svg>");
		judged(k ? "49 times four marks" : "48 times, and three marks", "a.svg", many, strlen(many),
			k ? "block: hidden-content block;" : "review: rebuild review;");
	}
}

#define HTML "<!DOCTYPE html><html><body>"
static void html(const char *what, const char *inside, const char *want)
{
	char text[512];

	snprintf(text, sizeof(text), HTML "%s</body></html>\n", inside);
	judged(what, "a.html", text, strlen(text), want);
}

static void pages(void)
{
	static const char *const bad[] = { "<script type=\"application/json\">[1]</script>", "<p hidden>x</p>", "<p hidden=''>x</p>",
		"<p style='display:none'>x</p>", "<p style=\"color:white\">x</p>", "<p onclick='x'>x</p>", "<img src='a'>", "<p>x", "<p>x</div>",
		"<!-- x -->", "<a href='b'>x</a>", "<iframe></iframe>", "<p class=x>x</p>", "<style>p{}</style>", "<table>x</table>",
		"<form></form>", "<p>&bogus;</p>", "<p>&#129;</p>", "<table><tr><td><table></table></td></tr></table>", "<p/>", "<svg></svg>" };
	size_t i;

	html("paragraphs", "<h1 id='a'>Results</h1><p style='text-align: left'>n&nbsp;= <b>30</b> &amp; more</p><ul><li>one</li></ul>",
		"review: rebuild review;");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		html(bad[i], bad[i], "block: hidden-content block;");
	html("a table", "<table><tr><th>sex</th><th>n</th></tr><tr><td>f</td><td>30</td></tr></table>", "review: rebuild review;");
	html("a small count in it", "<table><tr><th>sex</th><th>n</th></tr><tr><td>f</td><td>3</td></tr></table>",
		"block: min-count block;");
	html("one in the words of a cell",
		"<table><tr><th>arm</th><th>ratio</th><th>x</th></tr><tr><td>a</td><td>1.25</td><td>3 patients died</td></tr></table>",
		"block: min-count block;");
	html("more of them", "<table><tr><th>arm</th><th>ratio</th><th>x</th></tr><tr><td>a</td><td>1.25</td><td>all 43 lived</td></tr></table>",
		"review: rebuild review;");
	html("in a spanned row", "<table><tr><th>sex</th><th>n</th></tr><tr><td rowspan='2'>f</td><td>30</td></tr><tr><td>3</td></tr></table>",
		"block: min-count block;");
	html("an identity number", "<p>131052<i>-308</i>T</p>", "block: identity-number block;");
	html("a header over two columns", "<table><tr><th colspan='2'>x</th></tr><tr><td>f</td><td>30.5</td></tr></table>", "review: rebuild review;");
	html("cells beyond the headers", "<table><tr><th>x</th></tr><tr><td>f</td><td>30.5</td></tr></table>", "block: hidden-content block;");
	html("aligned text", "<pre>sex    n\nf     30\nm      3\n</pre>", "block: min-count block;");
	JUDGED("a fragment", "a.html", "<table border=\"1\" class=\"dataframe\"><tr><th>n</th></tr><tr><td>30</td></tr></table>\n",
		"review: rebuild review;");
}

/* --- PDF --- */

struct paper {
	struct buf b;
	size_t at[32], n;
};

static void object(struct paper *d, const char *value)
{
	d->at[++d->n] = d->b.len;
	buf_fmt(&d->b, "%zu 0 obj\n%s\nendobj\n", d->n, value);
}

static void stream(struct paper *d, const char *keys, const char *bytes)
{
	struct buf b = { 0 };

	buf_fmt(&b, "<<%s/Length %zu>>\nstream\n%s\nendstream", keys, strlen(bytes), bytes);
	object(d, b.p);
	buf_free(&b);
}

static void table(struct paper *d, const char *trailer)
{
	size_t xref = d->b.len, i;

	buf_fmt(&d->b, "xref\n0 %zu\n0000000000 65535 f \n", d->n + 1);
	for (i = 1; i <= d->n; i++)
		buf_fmt(&d->b, "%010zu 00000 n \n", d->at[i]);
	buf_fmt(&d->b, "trailer\n<</Size %zu/Root 1 0 R%s>>\nstartxref\n%zu\n%%%%EOF\n", d->n + 1, trailer, xref);
}

static void object_fmt(struct paper *d, const char *fmt, const char *a)
{
	struct buf b = { 0 };
	const char *at = strchr(fmt, '@');

	buf_add(&b, fmt, (size_t)(at - fmt));
	buf_str(&b, a);
	buf_str(&b, at + 1);
	object(d, b.p);
	buf_free(&b);
}

/* A page that shows text, with more keys in its catalog, its page, its trailer, and more objects. */
static struct paper paper(const char *page, const char *catalog, const char *keys, const char *more, const char *trailer)
{
	struct paper d = { .n = 0 };

	buf_str(&d.b, "%PDF-1.4\n");
	object_fmt(&d, "<</Type/Catalog/Pages 2 0 R@>>", catalog);
	object(&d, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
	object_fmt(&d, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>@>>", keys);
	stream(&d, "", page);
	object(&d, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>");
	if (*more)
		object(&d, more);
	table(&d, trailer);
	return d;
}

#define WORDS "BT /F1 12 Tf 20 20 Td (only n = 30) Tj ET"
static void printed(const char *what, struct paper d, const char *want)
{
	judged(what, "a.pdf", d.b.p, d.b.len, want);
	buf_free(&d.b);
}

static void documents(void)
{
	static const char *const catalogs[] = { "/OpenAction 2 0 R", "/J#53 (x)", "/AA<<>>", "/Names<</EmbeddedFiles 2 0 R>>",
		"/OCProperties<<>>", "/Metadata 2 0 R", "/AcroForm<</XFA()>>" };
	static const char *const keys[] = { "/Annots[<<>>]", "/AA<<>>", "/CropBox[0 0 1 1]", "/Rotate 90", "/PieceInfo<<>>", "/Thumb 4 0 R" };
	static const char *const bad[] = { "BT 3 Tr (x) Tj ET", "BT /F1 12 Tf 3 Tr 20 20 Td (x) Tj ET", "BT /F1 12 Tf 7 Tr 20 20 Td (x) Tj ET",
		"BT /F1 .5 Tf 20 20 Td (xy) Tj ET", "BT /F1 12 Tf 300 20 Td (xy) Tj ET", "/OC /x BDC EMC", "BI /W 1 ID x EI", "/Im1 Do",
		"0 0 m % comment\n", "q", "1 2 3", "(x", "/x gs", "/P sh", "BT /F2 12 Tf 20 20 Td (xy) Tj ET", "0 0 l 5 unknown" };
	struct paper d;
	size_t i;

	printed("a PDF", paper(WORDS " 0 0 m 5 5 l S", "", "", "", ""), "review: rebuild review;");
	for (i = 0; i < sizeof(catalogs) / sizeof(catalogs[0]); i++)
		printed(catalogs[i], paper(WORDS, catalogs[i], "", "", ""), "block: hidden-content block;");
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		printed(keys[i], paper(WORDS, "", keys[i], "", ""), "block: hidden-content block;");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		printed(bad[i], paper(bad[i], "", "", "", ""), "block: hidden-content block;");
	printed("an identity number", paper("BT /F1 12 Tf 20 20 Td [(131052-) 10 (308T)] TJ ET", "", "", "", ""), "block: identity-number block;");
	printed("in octal digits", paper("BT /F1 12 Tf 20 20 Td (131052-30\\070T) Tj ET", "", "", "", ""), "block: identity-number block;");
	printed("in hexadecimal", paper("BT /F1 12 Tf 20 20 Td <3133313035322D33303854> Tj ET", "", "", "", ""),
		"block: identity-number block;");
	printed("letter by letter", paper("BT /F1 12 Tf 20 20 Td (131) Tj 18 0 Td (052-) Tj 20 0 Td (308T) Tj ET", "", "", "", ""),
		"block: identity-number block;");
	printed("white text", paper("1 1 1 rg " WORDS, "", "", "", ""), "review: hidden-content review; rebuild review;");
	printed("an object that nothing refers to", paper(WORDS, "", "", "(x)", ""), "block: hidden-content block;");
	printed("one that is referred to", paper(WORDS, "", "", "<</Title(x)>>", "/Info 6 0 R"), "review: rebuild review;");
	printed("an identity number about it", paper(WORDS, "", "", "<</Title(131052-308T)>>", "/Info 6 0 R"), "block: identity-number block;");
	printed("an earlier version", paper(WORDS, "", "", "", "/Prev 9"), "block: hidden-content block;");
	printed("encryption", paper(WORDS, "", "", "", "/Encrypt 5 0 R"), "block: hidden-content block;");
	printed("a packed table of objects", paper(WORDS, "", "", "", "/XRefStm 9"), "block: hidden-content block;");
	d = paper(WORDS, "", "", "", "");
	buf_str(&d.b, "x");
	printed("bytes behind it", d, "block: hidden-content block;");
	d = paper(WORDS, "", "", "", "");
	buf_str(&d.b, "PK\5\6");
	buf_add(&d.b, (char[18]){ 0 }, 18);
	printed("an archive behind it", d, "block: file-type block; hidden-content block;");
	d = paper(WORDS, "", "", "", "");
	d.b.p[d.at[2] - 1] = 'x';
	printed("bytes between its objects", d, "block: hidden-content block;");
	d = paper(WORDS, "", "", "", "");
	memcpy(strstr(d.b.p, "xref"), "xrex", 4);
	printed("no table", d, "block: hidden-content block;");
}

/* --- JPEG: drawn by libjpeg, and then spoilt --- */

static unsigned char *photo(unsigned long *ret, int quality, int restart, bool progressive)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr errors;
	unsigned char *p = NULL, row[48 * 3];
	JSAMPROW rows[1] = { row };
	int i;

	c.err = jpeg_std_error(&errors);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &p, ret);
	c.image_width = c.image_height = 48;
	c.input_components = 3;
	c.in_color_space = JCS_RGB;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, quality, TRUE);
	c.restart_interval = (unsigned)restart;
	if (progressive)
		jpeg_simple_progression(&c);
	jpeg_start_compress(&c, TRUE);
	while (c.next_scanline < c.image_height) {
		for (i = 0; i < 48 * 3; i++)
			row[i] = (unsigned char)(i * (int)(c.next_scanline + 1) % 251);
		jpeg_write_scanlines(&c, rows, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	return p;
}

static size_t segment(const unsigned char *p, size_t n, uint8_t marker)
{
	size_t i;

	for (i = 2; i + 4 < n && p[i + 1] != marker;)
		i += 2 + ((size_t)p[i + 2] << 8 | p[i + 3]);
	return i;
}

/* n bytes put in before the segment. */
static void spoilt(const char *what, uint8_t before, const void *bytes, size_t n, const char *want)
{
	unsigned long len;
	unsigned char *p = photo(&len, 75, 0, false);
	struct buf b = { 0 };
	size_t at = before ? segment(p, len, before) : len;

	buf_add(&b, p, at);
	buf_add(&b, bytes, n);
	buf_add(&b, p + at, len - at);
	judged(what, "a.jpg", b.p, b.len, want);
	buf_free(&b);
	free(p);
}

static void changed(const char *what, uint8_t marker, size_t at, int by, const char *want)
{
	unsigned long len;
	unsigned char *p = photo(&len, 75, 0, false);

	at += segment(p, len, marker);
	p[at] = (unsigned char)(p[at] + by);
	judged(what, "a.jpg", (char *)p, len, want);
	free(p);
}

#define SPOILT(what, before, bytes, want) spoilt(what, before, bytes, sizeof(bytes) - 1, want)
static void photos(void)
{
	static const char block[] = "block: file-type block;", review[] = "review: rebuild review;";
	unsigned long len;
	unsigned char *p;
	int quality;

	for (quality = 1; quality <= 100; quality += 33) {
		p = photo(&len, quality, quality > 50 ? 2 : 0, false);
		judged("a JPEG of some quality", "a.jpg", (char *)p, len, review);
		judged("one that is cut off", "a.jpg", (char *)p, len - 1, block);
		judged("one whose data is cut off", "a.jpg", (char *)p, len - 20, block);
		free(p);
	}
	p = photo(&len, 75, 0, true);
	judged("a progressive one", "a.jpg", (char *)p, len, block);
	free(p);
	spoilt("nothing put in", 0xdb, "", 0, review);
	SPOILT("EXIF", 0xdb, "\xff\xe1\0\6Exif", block);
	SPOILT("a comment", 0xdb, "\xff\xfe\0\3x", block);
	SPOILT("a second head", 0xdb, "\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0", block);
	SPOILT("bytes behind it", 0, "x", block);
	SPOILT("an archive behind it", 0, "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", block);
	SPOILT("an interval without restarts", 0xda, "\xff\xdd\0\4\0\1", block);
	changed("a thumbnail in its head", 0xe0, 16, 1, block);
	changed("one table in other steps", 0xdb, 30, 1, block);
	changed("a table that nothing uses", 0xc0, 12, 1, block);
	changed("another height than its data", 0xc0, 6, 16, block);
	changed("twelve bits", 0xc0, 4, 4, block);
	changed("a code that is none", 0xc4, 25, 100, block);
	changed("part of the picture", 0xda, 12, 1, block);
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

#define MAIN "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
#define LINKS "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACKAGE "http://schemas.openxmlformats.org/package/2006/"
static void part(struct archive *a, const char *name, const char *text)
{
	file_add(a, name, name, text);
}

/* All but its sheet. */
static void base(struct archive *a, const char *sheets)
{
	char text[1024];

	part(a, "[Content_Types].xml", "<Types xmlns=\"" PACKAGE "content-types\"><Default Extension=\"xml\" ContentType=\"application/xml\"/>"
				       "</Types>");
	part(a, "_rels/.rels", "<Relationships xmlns='" PACKAGE "relationships'><Relationship Id='a' Type='" LINKS
			       "/officeDocument' Target='xl/workbook.xml'/></Relationships>");
	snprintf(text, sizeof(text), "<workbook " MAIN " xmlns:r='" LINKS "'><sheets>%s</sheets></workbook>", sheets);
	part(a, "xl/workbook.xml", text);
	part(a, "xl/_rels/workbook.xml.rels", "<Relationships xmlns='" PACKAGE "relationships'><Relationship Id='r1' Type='" LINKS
					      "/worksheet' Target='worksheets/sheet1.xml'/></Relationships>");
}

#define SHEET "<sheet name='One' sheetId='1' r:id='r1'/>"
static void sheet(struct archive *a, const char *before, const char *rows)
{
	char text[1024];

	snprintf(text, sizeof(text), "<worksheet " MAIN ">%s<sheetData>%s</sheetData></worksheet>", before, rows);
	part(a, "xl/worksheets/sheet1.xml", text);
}

/* What openxlsx writes for each sheet. */
static void related(struct archive *a, const char *type, const char *target)
{
	char text[512];

	snprintf(text, sizeof(text), "<Relationships xmlns='" PACKAGE "relationships'><Relationship Id='rId1' Type='" LINKS
		"/drawing' Target='../drawings/drawing1.xml'/><Relationship Id='r2' Type='" LINKS "/%s' Target='%s'/></Relationships>", type, target);
	part(a, "xl/worksheets/_rels/sheet1.xml.rels", text);
}

#define CELL(text) "<c t='inlineStr'><is><t>" text "</t></is></c>"
#define HEADS "<row>" CELL("sex") CELL("n") "</row>"
static void workbooks(void)
{
	static const struct {
		const char *what, *before, *rows, *want;
	} sheets[] = {
		{ "a table", "", HEADS "<row>" CELL("f") "<c><v>30</v></c></row>", "review: rebuild review;" },
		{ "a small count", "", HEADS "<row>" CELL("f") "<c><v>3</v></c></row>", "block: min-count block;" },
		{ "one in the words of a cell", "", "<row>" CELL("arm") CELL("ratio") CELL("remark") "</row><row>" CELL("a") "<c><v>1.25</v></c>"
			CELL("3 patients died") "</row>", "block: min-count block;" },
		{ "a cell of two lines", "", "<row>" CELL("arm") CELL("ratio") "</row><row>" CELL("a\nb") "<c><v>1.25</v></c></row>",
			"review: hidden-content review; rebuild review;" },
		{ "one as text", "", HEADS "<row>" CELL("f") CELL("3") "</row>", "block: min-count block;" },
		{ "a hidden row", "", "<row hidden=\"1\"/>", "block: hidden-content block;" },
		{ "in other quotes", "", "<row hidden = 'true'/>", "block: hidden-content block;" },
		{ "in an entity", "", "<row hidden='&#49;'/>", "block: hidden-content block;" },
		{ "with another prefix", "", "<x:row xmlns:x='http://schemas.openxmlformats.org/spreadsheetml/2006/main' hidden='1'/>",
			"block: hidden-content block;" },
		{ "without height", "", "<row ht='0' customHeight='1'/>", "block: hidden-content block;" },
		{ "a row that is not hidden", "", "<row hidden='0'>" CELL("a") "</row>", "review: rebuild review;" },
		{ "hidden columns", "<cols><col min='1' max='2' hidden='1'/></cols>", HEADS, "block: hidden-content block;" },
		{ "columns without width", "<cols><col min='1' max='2' width='0'/></cols>", HEADS, "block: hidden-content block;" },
		{ "columns", "<cols><col min='1' max='2' width='9.5'/></cols>", HEADS, "review: rebuild review;" },
		{ "rows without height", "<sheetFormatPr defaultRowHeight='15' zeroHeight='1'/>", HEADS, "block: hidden-content block;" },
		{ "a formula", "", "<row><c><f>A1</f><v>30</v></c></row>", "block: hidden-content block;" },
		{ "a filter", "<autoFilter ref='A1:B2'/>", HEADS, "block: hidden-content block;" },
		{ "a comment", "<!-- x -->", HEADS, "block: hidden-content block;" },
		{ "text beside cells", "", "x", "block: hidden-content block;" },
		{ "an identity number", "", "<row>" CELL("131052-308T") "</row>", "block: identity-number block;" },
		{ "in two runs", "", "<row><c t='inlineStr'><is><r><t>131052-</t></r><r><rPr><b/></rPr><t>308T</t></r></is></c></row>",
			"block: identity-number block;" },
		{ "a number in codes of its characters", "", "<row>" CELL("_x0031_31052-308T") "</row>", "block: hidden-content block;" },
		{ "a count", "", HEADS "<row>" CELL("f") CELL("_x0033_") "</row>", "block: hidden-content block;" },
		{ "a value", "", HEADS "<row>" CELL("f") "<c t='str'><v>_x0033_</v></c></row>", "block: hidden-content block;" },
		{ "one in two parts", "", "<row>" CELL("_x00<![CDATA[31_]]>") "</row>", "block: hidden-content block;" },
		{ "behind the code of a _", "", "<row>" CELL("_x005F_x0031_x0031_") "</row>", "block: hidden-content block;" },
		{ "ends of lines", "", "<row>" CELL("a_x000D_\nb_x000a_c") "</row>", "review: rebuild review;" },
		{ "a name that looks like it", "", "<row>" CELL("_x005F_x0031_ is a name, as is a_x12") "</row>", "review: rebuild review;" },
		{ "a number between lines", "", "<row>" CELL("a_x000D_131052-308T") "</row>", "block: identity-number block;" },
		{ "a cell far away", "", "<row><c r='AZ1'><v>30</v></c></row>", "block: hidden-content block;" },
		{ "a row far away", "", HEADS "<row r='40'>" CELL("a") "</row>", "block: hidden-content block;" },
		{ "cells in no order", "", "<row><c r='B1'><v>30</v></c><c r='A1'><v>30</v></c></row>", "block: hidden-content block;" },
		{ "a string that is not there", "", "<row><c t='s'><v>7</v></c></row>", "block: hidden-content block;" },
		{ "an entity that grows", "", "<row><c><v>&a;</v></c></row>", "block: hidden-content block;" },
	};
	static const char *const states[] = { "hidden", "veryHidden", "&#104;idden" };
	static const char *const parts[] = { "xl/vbaProject.bin", "xl/media/image1.png", "xl/comments1.xml", "xl/pivotCache/a.xml",
		"customXml/item1.xml", "xl/externalLinks/externalLink1.xml" };
	static const struct {
		const char *what, *type, *target, *part, *want;
	} relations[] = {
		{ "a sheet of openxlsx", "printerSettings", "../printerSettings/printerSettings1.bin", NULL, "review: rebuild review;" },
		{ "with settings of a printer", "printerSettings", "../printerSettings/printerSettings1.bin", "xl/printerSettings/printerSettings1.bin",
			"review: rebuild review;" },
		{ "settings that nothing refers to", "printerSettings", "../printerSettings/printerSettings1.bin",
			"xl/printerSettings/printerSettings2.bin", "block: hidden-content block;" },
		{ "a drawing that is there", "drawing", "../drawings/drawing1.xml", "xl/drawings/drawing1.xml", "block: hidden-content block;" },
		{ "a sheet's comments", "comments", "../comments1.xml", NULL, "block: hidden-content block;" },
		{ "another part called a drawing", "drawing", "../workbook.xml", NULL, "block: hidden-content block;" },
		{ "a drawing beyond the package", "vmlDrawing", "../../../x", NULL, "review: rebuild review;" },
	};
	struct archive a = { .count = 0 };
	char text[256];
	size_t i;

	for (i = 0; i < sizeof(sheets) / sizeof(sheets[0]); i++) {
		base(&a, SHEET);
		sheet(&a, sheets[i].before, sheets[i].rows);
		booked(sheets[i].what, &a, "", sheets[i].want);
	}
	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		snprintf(text, sizeof(text), "<sheet state='%s' name='One' sheetId='1' r:id='r1'/>", states[i]);
		base(&a, text);
		sheet(&a, "", HEADS);
		booked(states[i], &a, "", "block: hidden-content block;");
	}
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		base(&a, SHEET);
		sheet(&a, "", HEADS);
		part(&a, parts[i], "x");
		booked(parts[i], &a, "", "block: hidden-content block;");
	}
	base(&a, "<sheet name='_x0031_' sheetId='1' r:id='r1'/>");
	sheet(&a, "", HEADS);
	booked("a sheet's name in codes", &a, "", "block: hidden-content block;");
	base(&a, "");
	sheet(&a, "", HEADS);
	booked("a sheet that is not named", &a, "", "block: hidden-content block;");
	for (i = 0; i < sizeof(relations) / sizeof(relations[0]); i++) {
		base(&a, SHEET);
		sheet(&a, "<pageSetup xmlns:r='" LINKS "' r:id='r2'/>", HEADS);
		related(&a, relations[i].type, relations[i].target);
		if (relations[i].part)
			part(&a, relations[i].part, "5c 00 5c 00");
		booked(relations[i].what, &a, "", relations[i].want);
	}
	base(&a, SHEET);
	booked("one that is not there", &a, "", "block: hidden-content block;");
	base(&a, SHEET);
	sheet(&a, "", HEADS);
	part(&a, "xl/styles.xml", "<styleSheet " MAIN "/>");
	booked("a part that nothing refers to", &a, "", "block: hidden-content block;");
	base(&a, SHEET);
	sheet(&a, "", HEADS);
	booked("bytes between", &a, "x", "block: hidden-content block;");
	base(&a, SHEET);
	sheet(&a, "", HEADS);
	sheet(&a, "", HEADS);
	booked("a part twice", &a, "", "block: hidden-content block;");
	base(&a, SHEET);
	file_add(&a, "xl/worksheets/sheet1.xml", "xl/hidden.xml", "x");
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
	pages();
	documents();
	photos();
	workbooks();
	released();
	return tap_end();
}
