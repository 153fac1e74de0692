/* policy/office.c - XLSX, DOCX, ODS, ODT that may leave as they are once reviewed: a ZIP archive whose directory and entries
 * say the same, with the parts of a plain document and no others, nothing of it hidden. Each part is unpacked, within
 * bounds, and searched.
 * Sources: PKWARE APPNOTE 6.3; ECMA-376 (OPC and SpreadsheetML); ODF 1.3. */
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "policy/formats.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define UNPACKED_MAX ((size_t)64 << 20)
#define RATIO_MAX 100u
#define PARTS_MAX 256u
#define NAME_BYTES 128u
#define END_BYTES 22u
#define CENTRAL_BYTES 46u
#define LOCAL_BYTES 30u

struct office {
	struct report *report;
	struct scan *scan;
	const uint8_t *p;
	size_t n;
	size_t next; /* where the next entry has to begin */
	size_t unpacked;
	bool failed;
	struct {
		const uint8_t *name;
		size_t len;
	} part[PARTS_MAX];
	size_t parts;
};

/* An entry of the central directory. */
struct entry {
	uint16_t flags, method;
	uint32_t crc, packed, size, local;
	const uint8_t *name;
	size_t name_len, whole;
};

static void refuse(struct office *o, size_t at, const char *what)
{
	if (!o->failed)
		report_add(o->report, RULE_HIDDEN, FINDING_BLOCK, (struct place){ .offset = at },
			"save each sheet as CSV, the text as a text file", "it has %s", what);
	o->failed = true;
}

static uint16_t u16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t u32(const uint8_t *p)
{
	return (uint32_t)u16(p) | (uint32_t)u16(p + 2) << 16;
}

/* --- names of parts --- */

/* '*' stands for digits and letters of one component. */
static bool matches(const char *pattern, const char *name)
{
	while (*pattern) {
		if (*pattern == '*') {
			while ((*name >= '0' && *name <= '9') || (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z'))
				name++;
			pattern++;
		} else if (*pattern++ != *name++) {
			return false;
		}
	}
	return *name == '\0';
}

static const char *const parts_xlsx[] = { "[Content_Types].xml", "_rels/.rels", "docProps/core.xml", "docProps/app.xml",
	"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet*.xml", "xl/styles.xml",
	"xl/sharedStrings.xml", "xl/theme/theme*.xml", NULL };
static const char *const parts_docx[] = { "[Content_Types].xml", "_rels/.rels", "docProps/core.xml", "docProps/app.xml",
	"word/document.xml", "word/_rels/document.xml.rels", "word/styles.xml", "word/settings.xml",
	"word/webSettings.xml", "word/fontTable.xml", "word/numbering.xml", "word/theme/theme*.xml", NULL };
static const char *const parts_odf[] = { "mimetype", "content.xml", "styles.xml", "meta.xml", "settings.xml",
	"manifest.rdf", "META-INF/manifest.xml", NULL };

static bool is_part(const char *type, const char *name)
{
	const char *const *list = strcmp(type, "xlsx") == 0 ? parts_xlsx : strcmp(type, "docx") == 0 ? parts_docx : parts_odf;

	while (*list && !matches(*list, name))
		list++;
	return *list != NULL;
}

/* --- what parts hide --- */

static const struct sign {
	const char *text, *what;
} signs[] = {
	{ "state=\"hidden\"", "a hidden sheet" },
	{ "state=\"veryhidden\"", "a hidden sheet" },
	{ "hidden=\"1\"", "hidden rows or columns" },
	{ "hidden=\"true\"", "hidden rows or columns" },
	{ "zeroheight=\"1\"", "hidden rows" },
	{ "<definedname", "named ranges" },
	{ "<w:vanish", "hidden text" },
	{ "<w:del ", "deleted text" },
	{ "<w:ins ", "tracked changes" },
	{ "<w:comment", "comments" },
	{ "targetmode=\"external\"", "an address elsewhere" },
	{ "macroenabled", "macros" },
	{ "table:visibility=\"collapse\"", "hidden rows or columns" },
	{ "table:visibility=\"filter\"", "hidden rows or columns" },
	{ "table:display=\"false\"", "a hidden sheet" },
	{ "text:display=\"none\"", "hidden text" },
	{ "<text:tracked-changes", "tracked changes" },
	{ "<office:annotation", "comments" },
	{ "<office:script", "macros" },
	{ "<draw:object", "another document" },
	{ "<draw:image", "a picture" },
	{ "<!--", "comments" },
	{ "<!doctype", "a document type" },
	{ "<!entity", "an entity" },
};

static void search(struct office *o, size_t at, char *p, size_t n)
{
	size_t i, len = 0;
	bool tag = false;

	scan_text(o->scan, p, n);
	for (i = 0; i < n; i++)
		p[i] = p[i] >= 'A' && p[i] <= 'Z' ? (char)(p[i] + 32) : p[i];
	for (i = 0; i < COUNT(signs); i++)
		if (memmem(p, n, signs[i].text, strlen(signs[i].text)))
			refuse(o, at, signs[i].what);
	/* Runs of one word lie in many elements: without tags they are one word again. */
	for (i = 0; i < n; i++) {
		tag |= p[i] == '<';
		if (!tag)
			p[len++] = p[i];
		else if (p[i] == '>')
			tag = false;
	}
	scan_text(o->scan, p, len);
}

/* --- the archive --- */

static const char *entry_wrong(const struct office *o, const struct entry *e)
{
	const uint8_t *l = o->p + e->local;

	if (e->flags & ~0x0806u)
		return "encrypted entries, or sizes behind them";
	if (e->method != 0 && e->method != 8)
		return "an entry packed in an unusual way";
	if (e->local != o->next || e->local > o->n || o->n - e->local < LOCAL_BYTES + e->name_len)
		return "bytes between its entries";
	if (memcmp(l, "PK\3\4", 4) != 0 || u16(l + 6) != e->flags || u16(l + 8) != e->method || u32(l + 14) != e->crc ||
		u32(l + 18) != e->packed || u32(l + 22) != e->size || u16(l + 26) != e->name_len ||
		memcmp(l + LOCAL_BYTES, e->name, e->name_len) != 0)
		return "an entry that is not what the directory says";
	if (u16(l + 28) != 0)
		return "extra fields in its entries";
	if (e->packed > o->n - e->local - LOCAL_BYTES - e->name_len)
		return "an entry that is cut off";
	if (e->size / RATIO_MAX > e->packed || e->size > UNPACKED_MAX - o->unpacked)
		return "an entry that unpacks to too much";
	return NULL;
}

/* The entry's bytes, malloc'd, or NULL. */
static char *unpack(const uint8_t *p, const struct entry *e)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)p, .avail_in = e->packed };
	char *text = malloc((size_t)e->size + 1);
	int code = Z_STREAM_END;

	if (text && e->method == 0) {
		if (e->packed == e->size)
			memcpy(text, p, e->size);
		else
			code = Z_DATA_ERROR;
	} else if (text && inflateInit2(&z, -MAX_WBITS) == Z_OK) {
		z.next_out = (Bytef *)text;
		z.avail_out = e->size + 1;
		code = inflate(&z, Z_FINISH);
		if (z.total_out != e->size || z.avail_in > 0)
			code = Z_DATA_ERROR;
		inflateEnd(&z);
	}
	if (!text || code != Z_STREAM_END || crc32(crc32(0, NULL, 0), (const Bytef *)text, e->size) != e->crc) {
		free(text);
		return NULL;
	}
	return text;
}

static void read_entry(struct office *o, const char *type, const struct entry *e)
{
	const char *wrong = entry_wrong(o, e);
	char name[NAME_BYTES + 1], *text;
	size_t i;

	snprintf(name, sizeof(name), "%.*s", (int)e->name_len, (const char *)e->name);
	if (!wrong && (e->name_len > NAME_BYTES || memchr(e->name, '\0', e->name_len) || !is_part(type, name)))
		wrong = "a part that a plain document doesn't have";
	for (i = 0; !wrong && i < o->parts; i++)
		if (o->part[i].len == e->name_len && memcmp(o->part[i].name, e->name, e->name_len) == 0)
			wrong = "two parts of one name";
	if (wrong) {
		refuse(o, e->local, wrong);
		return;
	}
	o->part[o->parts].name = e->name;
	o->part[o->parts++].len = e->name_len;
	o->next = e->local + LOCAL_BYTES + e->name_len;
	text = unpack(o->p + o->next, e);
	o->next += e->packed;
	o->unpacked += e->size;
	if (text)
		search(o, e->local, text, e->size);
	else
		refuse(o, e->local, "a damaged part");
	free(text);
}

static bool read_central(const struct office *o, size_t at, size_t end, struct entry *ret)
{
	const uint8_t *c = o->p + at;

	if (end - at < CENTRAL_BYTES || memcmp(c, "PK\1\2", 4) != 0)
		return false;
	*ret = (struct entry){ .flags = u16(c + 8), .method = u16(c + 10), .crc = u32(c + 16), .packed = u32(c + 20),
		.size = u32(c + 24), .local = u32(c + 42), .name = c + CENTRAL_BYTES, .name_len = u16(c + 28) };
	ret->whole = CENTRAL_BYTES + ret->name_len;
	/* neither extra field nor comment */
	return u16(c + 30) == 0 && u16(c + 32) == 0 && ret->name_len > 0 && ret->whole <= end - at;
}

/* The directory must begin where the entries end, and end where the archive's last 22 bytes begin. */
static void read_directory(struct office *o, const char *type)
{
	size_t end = o->n - END_BYTES, at = u32(o->p + end + 16), begin = at, count = u16(o->p + end + 10);
	struct entry e;

	if (u16(o->p + end + 20) != 0 || u32(o->p + end + 4) != 0 || u16(o->p + end + 8) != count || at > end ||
		end - at != u32(o->p + end + 12) || count == 0 || count > PARTS_MAX) {
		refuse(o, end, "a directory that does not fit it");
		return;
	}
	for (; count > 0 && !o->failed; count--) {
		if (!read_central(o, at, end, &e)) {
			refuse(o, at, "an odd entry in its directory");
			return;
		}
		read_entry(o, type, &e);
		at += e.whole;
	}
	if (at != end || o->next != begin)
		refuse(o, o->next, "bytes that belong to no part");
}

void office_check(struct report *r, struct scan *s, const char *type, const char *p, size_t n)
{
	struct office *o = calloc(1, sizeof(*o));

	if (!o) {
		report_add(r, RULE_HIDDEN, FINDING_BLOCK, (struct place){ 0 }, "ask for smaller outputs",
			"there was no memory to read it");
		return;
	}
	o->report = r;
	o->scan = s;
	o->p = (const uint8_t *)p;
	o->n = n;
	if (n < END_BYTES || memcmp(p + n - END_BYTES, "PK\5\6", 4) != 0)
		refuse(o, n, "no directory at its end, or bytes behind it");
	else
		read_directory(o, type);
	free(o);
}
