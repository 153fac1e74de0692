/* policy/office.c - XLSX, DOCX, ODS, ODT: the parts of a plain document and no others, each of them read as XML, none hidden,
 * all of them reached. What it says is held to the rules on tables and text, and written anew as a document without styles,
 * properties and names of people: nothing else leaves.
 * Sources: ECMA-376, part 2 (OPC); ODF 1.3, part 2. */
#include <stdio.h>
#include <string.h>

#include "policy/story.h"
#include "policy/xml.h"

#define RELATIONS "http://schemas.openxmlformats.org/package/2006/relationships"
#define TYPES "http://schemas.openxmlformats.org/package/2006/content-types"

bool office_fail(struct zip *z, const char *wrong)
{
	if (!z->wrong)
		z->wrong = wrong;
	return false;
}

/* --- names of parts --- */

/* '*' stands for digits. */
static bool matches(const char *pattern, const char *name)
{
	for (; *pattern; pattern++) {
		if (*pattern == '*') {
			while (fold_is_digit(*name))
				name++;
		} else if (*pattern != *name++) {
			return false;
		}
	}
	return *name == '\0';
}

static bool is_listed(const char *const *list, const char *name)
{
	while (*list && !matches(*list, name))
		list++;
	return *list != NULL;
}

static bool is_xlsx(const char *name)
{
	static const char *const list[] = { "[Content_Types].xml", "_rels/.rels", "docProps/core.xml", "docProps/app.xml",
		"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet*.xml",
		"xl/worksheets/_rels/sheet*.xml.rels", "xl/printerSettings/printerSettings*.bin", "xl/styles.xml", "xl/sharedStrings.xml",
		"xl/theme/theme*.xml", NULL };

	return is_listed(list, name);
}

static bool is_docx(const char *name)
{
	static const char *const list[] = { "[Content_Types].xml", "_rels/.rels", "docProps/core.xml", "docProps/app.xml",
		"word/document.xml", "word/_rels/document.xml.rels", "word/styles.xml", "word/settings.xml", "word/webSettings.xml",
		"word/fontTable.xml", "word/numbering.xml", "word/theme/theme*.xml", NULL };

	return is_listed(list, name);
}

static bool is_odf(const char *name)
{
	static const char *const list[] = { "mimetype", "content.xml", "styles.xml", "meta.xml", "settings.xml", "META-INF/manifest.xml",
		NULL };

	return is_listed(list, name);
}

/* --- relationships --- */

/* "xl/_rels/workbook.xml.rels" of "xl/workbook.xml"; "" is the package. */
static bool relations_of(const char *of, char ret[ZIP_NAME])
{
	const char *slash = strrchr(of, '/');
	size_t n = slash ? (size_t)(slash - of) + 1 : 0;

	return snprintf(ret, ZIP_NAME, "%.*s_rels/%s.rels", (int)n, of, of + n) < (int)ZIP_NAME;
}

/* A target that stays within the package: beside the part, in a directory above, or from the top. */
static struct zip_part *part_at(struct zip *z, const char *of, const char *target)
{
	const char *slash = strrchr(of, '/');
	size_t n = slash ? (size_t)(slash - of) + 1 : 0;
	char name[ZIP_NAME];

	if (*target == '/')
		return zip_find(z, target + 1);
	for (; n > 0 && strncmp(target, "../", 3) == 0; target += 3)
		for (n--; n > 0 && of[n - 1] != '/'; n--)
			;
	if (snprintf(name, sizeof(name), "%.*s%s", (int)n, of, target) >= (int)sizeof(name))
		return NULL;
	return zip_find(z, name);
}

static bool ends_with(const char *p, const char *end)
{
	size_t n = strlen(p), m = strlen(end);

	return n >= m && strcmp(p + n - m, end) == 0;
}

struct relation {
	const char *id, *type, *target;
	bool external;
};

/* The next relationship of a part's list; false at its end, and where x->wrong. */
static bool next_relation(struct xml *x, struct relation *ret)
{
	enum xml_event e;

	while ((e = xml_next(x)) != XML_DONE && e != XML_BAD) {
		if (e == XML_TEXT && !xml_blank(x))
			x->wrong = "text where none is shown";
		if (e != XML_OPEN || (x->depth == 1 && xml_is(x, 1, "Relationships")))
			continue;
		*ret = (struct relation){ xml_value(x, XML_NONE, "Id"), xml_value(x, XML_NONE, "Type"), xml_value(x, XML_NONE, "Target"),
			xml_value(x, XML_NONE, "TargetMode") && strcmp(xml_value(x, XML_NONE, "TargetMode"), "Internal") != 0 };
		if (x->depth == 2 && xml_is(x, 1, "Relationship") && ret->id && ret->type && ret->target)
			return true;
		x->wrong = "a relationship that is none";
	}
	return false;
}

static bool relations_open(struct zip *z, const char *of, struct xml *x)
{
	static const char *const spaces[] = { RELATIONS, NULL };
	char name[ZIP_NAME];
	struct zip_part *part = relations_of(of, name) ? zip_find(z, name) : NULL;

	if (!part)
		return false;
	part->used = true;
	*x = (struct xml){ .at = part->text, .end = part->text + part->len, .spaces = spaces };
	return true;
}

struct zip_part *office_target(struct zip *z, const char *of, const char *id, const char *type)
{
	struct xml *x = malloc(sizeof(*x));
	struct zip_part *found = NULL;
	struct relation r;

	if (x && relations_open(z, of, x)) {
		while (!found && next_relation(x, &r))
			if ((!id || strcmp(r.id, id) == 0) && ends_with(r.type, type))
				found = part_at(z, of, r.target);
		xml_free(x);
	}
	free(x);
	return found;
}

/* All relationships of a part lead to parts that are there, which are then reached. */
static const char *relation_wrong(struct zip *z, const char *of, const struct relation *r)
{
	struct zip_part *part = r->external ? NULL : part_at(z, of, r->target);

	if (part)
		part->used = true;
	return part ? NULL : r->external ? "an address elsewhere" : "a relationship to a part that is not there";
}

/* A sheet's relationships that openxlsx writes for each: to drawings that are not there, and to settings of a printer, which
 * Excel keeps as well and which don't leave. */
static const char *sheet_wrong(struct zip *z, const char *of, const struct relation *r)
{
	struct zip_part *part = r->external ? NULL : part_at(z, of, r->target);

	if (r->external)
		return "an address elsewhere";
	if (ends_with(r->type, "/printerSettings") && part && matches("xl/printerSettings/printerSettings*.bin", part->name))
		part->used = true;
	else if (part || !(ends_with(r->type, "/printerSettings") || ends_with(r->type, "/drawing") || ends_with(r->type, "/vmlDrawing")))
		return "a sheet that refers to more than drawings that are not there";
	return NULL;
}

/* rule: NULL, or what is wrong with one of them. */
static bool follow(struct zip *z, const char *of, const char *(*rule)(struct zip *z, const char *of, const struct relation *r))
{
	struct xml *x = malloc(sizeof(*x));
	const char *wrong = x ? NULL : "more than there is memory for";
	struct relation r;

	if (x && relations_open(z, of, x)) {
		while (!wrong && next_relation(x, &r))
			wrong = rule(z, of, &r);
		wrong = wrong ? wrong : x->wrong;
		xml_free(x);
	}
	free(x);
	return wrong ? office_fail(z, wrong) : true;
}

static const char *type_wrong(struct zip *z, struct xml *x)
{
	const char *type = xml_value(x, XML_NONE, "ContentType"), *name = xml_value(x, XML_NONE, "PartName");

	if (x->depth == 1 && xml_is(x, 1, "Types"))
		return NULL;
	if (x->depth != 2 || !type || (!xml_is(x, 1, "Default") && !xml_is(x, 1, "Override")))
		return "a list of content types that is none";
	if (strstr(type, "macro") || strstr(type, "Macro"))
		return "macros";
	if (xml_is(x, 1, "Override") && name && matches("/xl/drawings/drawing*.xml", name))
		return NULL; /* of openxlsx; one that is there is no part of a plain document */
	if (xml_is(x, 1, "Override") && (!name || *name != '/' || !zip_find(z, name + 1)))
		return "a content type of a part that is not there";
	return NULL;
}

static bool check_types(struct zip *z)
{
	static const char *const spaces[] = { TYPES, NULL };
	struct zip_part *part = zip_find(z, "[Content_Types].xml");
	struct xml *x = malloc(sizeof(*x));
	const char *wrong = !part ? "no content types" : !x ? "more than there is memory for" : NULL;
	enum xml_event e = XML_OPEN;

	if (!wrong) {
		part->used = true;
		*x = (struct xml){ .at = part->text, .end = part->text + part->len, .spaces = spaces };
		while (!wrong && (e = xml_next(x)) != XML_DONE && e != XML_BAD)
			if (e == XML_OPEN)
				wrong = type_wrong(z, x);
			else if (e == XML_TEXT && !xml_blank(x))
				wrong = "text where none is shown";
		wrong = wrong ? wrong : x->wrong;
		xml_free(x);
	}
	free(x);
	return wrong ? office_fail(z, wrong) : true;
}

bool office_parts(struct zip *z)
{
	struct zip_part *first = office_target(z, "", NULL, "/officeDocument");
	size_t i;

	if (!check_types(z) || !follow(z, "", relation_wrong))
		return false;
	if (!first)
		return office_fail(z, "no document");
	if (!follow(z, first->name, relation_wrong))
		return false;
	for (i = 0; i < z->parts; i++)
		if (matches("xl/worksheets/sheet*.xml", z->part[i].name) && !follow(z, z->part[i].name, sheet_wrong))
			return false;
	for (i = 0; i < z->parts; i++)
		if (!z->part[i].used)
			return office_fail(z, "a part that nothing refers to");
	return true;
}

/* --- all of it --- */

/* What a document says is searched where it is read; of the rest, which does not leave, properties and all values are. */
static void scan_event(const struct content *c, const char *name, const struct xml *x, enum xml_event e)
{
	static const char *const read[] = { "xl/worksheets/sheet*.xml", "word/document.xml", "content.xml", NULL };
	size_t i;

	if (e == XML_TEXT && !xml_blank(x) && (strncmp(name, "docProps/", 9) == 0 || strcmp(name, "meta.xml") == 0))
		scan_field(c->scan, x->text, x->len, (struct place){ 0 }, false);
	if (e != XML_OPEN || is_listed(read, name))
		return;
	for (i = 0; i < x->attrs; i++)
		scan_field(c->scan, x->attr[i].value, x->attr[i].len, (struct place){ 0 }, false);
}

/* Properties, styles and settings do not leave. They are searched all the same: who brings names here has them elsewhere. */
static bool scan_parts(const struct content *c, struct zip *z)
{
	static const char *const other[] = { "mimetype", "xl/printerSettings/printerSettings*.bin", NULL }; /* than XML */
	size_t i;

	for (i = 0; i < z->parts; i++) {
		struct xml *x = malloc(sizeof(*x));
		const char *wrong = x ? NULL : "more than there is memory for";
		enum xml_event e = XML_DONE;

		if (x && !is_listed(other, z->part[i].name)) {
			*x = (struct xml){ .at = z->part[i].text, .end = z->part[i].text + z->part[i].len };
			while ((e = xml_next(x)) != XML_DONE && e != XML_BAD)
				scan_event(c, z->part[i].name, x, e);
			wrong = x->wrong;
			xml_free(x);
		}
		free(x);
		if (wrong)
			return office_fail(z, wrong);
	}
	return true;
}

static const struct format {
	const char *type;
	bool (*may)(const char *name);
	bool sheets, odf;
} formats[] = { { "xlsx", is_xlsx, true, false }, { "docx", is_docx, false, false }, { "ods", is_odf, true, true },
	{ "odt", is_odf, false, true } };

static bool read_story(const struct format *f, struct story *s, struct zip *z)
{
	if (f->odf)
		return odf_read(s, z, f->sheets);
	if (!office_parts(z))
		return false;
	return f->sheets ? xlsx_read(s, z) : docx_read(s, z);
}

static void write_story(const struct format *f, const struct story *s, struct out *o)
{
	struct zip_out z = { .out = o, .begin = o->len };

	if (f->odf)
		odf_write(s, &z, f->sheets);
	else if (f->sheets)
		xlsx_write(s, &z);
	else
		docx_write(s, &z);
	zip_end(&z);
}

static void refuse(const struct content *c, size_t at, const char *what)
{
	report_add(c->report, RULE_HIDDEN, FINDING_BLOCK, (struct place){ .offset = at }, "write each sheet as CSV (write.csv(), to_csv(), soffice --convert-to csv), text as .md or .txt (soffice --convert-to txt)",
		"it has %s", what);
}

/* Which part it is, where that is one of those that programs write: any other name is somebody's own words.
 * LibreOffice adds parts to OpenDocument that a plain document lacks; whoever reads this did not put them there. */
static const char *part_wrong(const struct format *f, const struct zip *z, char ret[160])
{
	static const char *const known[] = { "xl/drawings/", "xl/media/", "xl/charts/", "xl/comments", "xl/threadedComments/", "xl/tables/",
		"xl/pivotCache/", "xl/pivotTables/", "xl/externalLinks/", "xl/vbaProject.bin", "xl/calcChain.xml", "xl/metadata.xml",
		"xl/connections.xml", "xl/chartsheets/", "xl/richData/", "xl/persons/", "xl/ctrlProps/", "xl/embeddings/", "customXml/",
		"docProps/custom.xml", "docProps/thumbnail", "word/header", "word/footer", "word/footnotes.xml", "word/endnotes.xml",
		"word/comments", "word/people.xml", "word/media/", "word/charts/", "word/embeddings/", "word/glossary/", "Pictures/", "Object", NULL };
	const char *name = z->parts < ZIP_PARTS ? z->part[z->parts].name : "";
	size_t i;

	if (!z->wrong || !*name)
		return z->wrong;
	if (f->odf && (strncmp(name, "Thumbnails/", 11) == 0 || strncmp(name, "Configurations2/", 16) == 0 ||
			      strcmp(name, "manifest.rdf") == 0))
		return "a thumbnail or settings, which LibreOffice adds to each OpenDocument file";
	for (i = 0; known[i] && strncmp(name, known[i], strlen(known[i])) != 0; i++)
		;
	if (!known[i] || f->may(name))
		return z->wrong;
	snprintf(ret, 160, "a part %s that a plain document doesn't have", known[i]);
	return ret;
}

bool office_check(const struct content *c, const char *type, const char *p, size_t n, struct out *o)
{
	struct zip *z = calloc(1, sizeof(*z));
	struct story s = { 0 };
	const struct format *f = formats;
	char why[160];
	bool good = false;

	while (strcmp(f->type, type) != 0)
		f++;
	report_ran(c->report, RULE_HIDDEN);
	if (!z)
		refuse(c, 0, "more than there is memory for");
	else if (!zip_read(z, p, n, f->may) || !scan_parts(c, z) || !read_story(f, &s, z) || s.wrong || !story_fits(&s, f->sheets))
		refuse(c, z->at, s.wrong ? s.wrong : z->wrong ? part_wrong(f, z, why) : "a form that is not read");
	else
		good = true;
	if (good) {
		story_judge(c, &s, f->sheets);
		good = story_plain(&s, c->report, c->policy->max_digits);
		write_story(f, &s, o);
	}
	story_free(&s);
	if (z)
		zip_free(z);
	free(z);
	return good && !o->failed;
}
