/* policy/odf.c - OpenDocument: sheets of values, and text of paragraphs and tables. What a cell holds besides what it shows,
 * filters, changes, notes, fields and pictures are refused; how it looks stays behind.
 * Source: ODF 1.3, part 3: 5 (text), 9 (tables), 16 and 17 (styles), 19.385 (office:value); part 2 (packages). */
#include <stdio.h>
#include <string.h>

#include "policy/story.h"
#include "policy/xml.h"

#define URN "urn:oasis:names:tc:opendocument:xmlns:"
#define REPEAT_MAX 1000u /* of what has something in it */
enum { OFFICE = 1, TABLE, TEXT, STYLE, MANIFEST };
static const char *const spaces[] = { URN "office:1.0", URN "table:1.0", URN "text:1.0", URN "style:1.0", URN "manifest:1.0", NULL };

struct paper {
	struct story *story;
	struct xml x;
	bool sheets;
	uint32_t row, column;
	struct out cell;
};

static bool fail(struct paper *d, const char *wrong)
{
	return story_refuse(d->story, wrong);
}

static bool is_one_of(const struct xml *x, uint8_t space, const char *const *names)
{
	return x->space == space && word_in(names, x->name, strlen(x->name));
}

static uint32_t repeat_of(const struct xml *x, uint8_t space, const char *name)
{
	const char *v = xml_value(x, space, name);
	size_t n = v ? strspn(v, "0123456789") : 0;

	return n > 0 && n < 8 && v[n] == '\0' && strtoul(v, NULL, 10) > 0 ? (uint32_t)strtoul(v, NULL, 10) : 1;
}

/* Less than half a millimetre, or a size that is none. */
static bool is_thin(const char *v)
{
	return v && (strspn(v, "0123456789.") == 0 || strtod(v, NULL) < 0.05);
}

static const char *seen_wrong(const struct xml *x)
{
	const char *visible = xml_value(x, TABLE, "visibility"), *display = xml_value(x, TABLE, "display"),
		   *shown = xml_value(x, TEXT, "display");

	if (visible && strcmp(visible, "visible") != 0)
		return "hidden rows or columns";
	if (display && strcmp(display, "true") != 0)
		return "a hidden sheet";
	if (shown && strcmp(shown, "true") != 0)
		return "hidden text";
	if (is_thin(xml_value(x, STYLE, "column-width")) || is_thin(xml_value(x, STYLE, "row-height")))
		return "hidden rows or columns";
	return NULL;
}

/* The element at hand may be there while it is empty. */
static bool read_nothing(struct paper *d, const char *wrong)
{
	enum xml_event e = xml_next(&d->x);

	if (e == XML_TEXT && xml_blank(&d->x))
		e = xml_next(&d->x);
	return e == XML_CLOSE || (e != XML_BAD && fail(d, wrong));
}

/* --- paragraphs --- */

static bool read_words(struct paper *d, struct out *o);

static bool read_inline(struct paper *d, struct out *o)
{
	static const char *const nothing[] = { "soft-page-break", "bookmark", "bookmark-start", "bookmark-end", NULL };
	struct xml *x = &d->x;
	uint32_t blanks = repeat_of(x, TEXT, "c");
	const char *wrong = seen_wrong(x);

	if (wrong)
		return fail(d, wrong);
	if (xml_is(x, TEXT, "span"))
		return read_words(d, o);
	if (xml_is(x, TEXT, "tab"))
		out_byte(o, '\t');
	else if (xml_is(x, TEXT, "line-break"))
		out_byte(o, '\n');
	else if (xml_is(x, TEXT, "s"))
		for (; blanks > 0 && blanks < REPEAT_MAX; blanks--)
			out_byte(o, ' ');
	else if (!is_one_of(x, TEXT, nothing))
		return fail(d, "a paragraph with more than text, such as notes, fields, links or pictures");
	return xml_skip(x, false, NULL);
}

static bool read_words(struct paper *d, struct out *o)
{
	struct xml *x = &d->x;
	enum xml_event e;

	while ((e = xml_next(x)) != XML_CLOSE) {
		if (e == XML_TEXT)
			story_words(o, x->text, x->len);
		else if (e == XML_BAD || !read_inline(d, o))
			return false;
	}
	return !o->failed || fail(d, "more than there is memory for");
}

/* --- tables --- */

static bool read_paragraphs(struct paper *d)
{
	struct xml *x = &d->x;
	enum xml_event e;

	d->cell.len = 0;
	while ((e = xml_next(x)) != XML_CLOSE) {
		if (e == XML_TEXT && xml_blank(x))
			continue;
		if (e != XML_OPEN)
			return e != XML_BAD && fail(d, "text outside its cells");
		if (!xml_is(x, TEXT, "p") && !xml_is(x, TEXT, "h"))
			return fail(d, "a cell with more than text, such as notes or pictures");
		if (d->cell.len > 0)
			out_byte(&d->cell, '\n');
		if (!read_words(d, &d->cell))
			return false;
	}
	return true;
}

struct value {
	char type[16], text[64];
	bool said; /* text is the value; what the cell shows is that in another form */
};

/* What a cell holds, where that is no text. */
static bool read_value(struct paper *d, struct value *ret)
{
	static const struct {
		const char *type, *name;
	} types[] = { { "float", "value" }, { "percentage", "value" }, { "currency", "value" }, { "date", "date-value" },
		{ "time", "time-value" }, { "boolean", "boolean-value" } };
	const struct xml *x = &d->x;
	const char *type = xml_value(x, OFFICE, "value-type"), *v;
	size_t i;

	*ret = (struct value){ .said = false };
	snprintf(ret->type, sizeof(ret->type), "%s", type ? type : "string");
	if (xml_value(x, TABLE, "formula"))
		return fail(d, "a formula");
	for (i = 0; i < sizeof(types) / sizeof(types[0]) && strcmp(types[i].type, ret->type) != 0; i++)
		;
	if (i == sizeof(types) / sizeof(types[0]))
		return strcmp(ret->type, "string") == 0 || fail(d, "a cell of an unknown type");
	v = xml_value(x, OFFICE, types[i].name);
	if (!v || strlen(v) >= sizeof(ret->text))
		return fail(d, "a number that is none");
	ret->said = true;
	snprintf(ret->text, sizeof(ret->text), "%s", v);
	return i > 2 || strspn(v, "+-.0123456789eE") == strlen(v) || fail(d, "a number that is none");
}

static bool same_text(const struct out *o, const char *text)
{
	struct out words = { 0 };
	bool same;

	story_words(&words, text, strlen(text));
	same = words.len == o->len && (o->len == 0 || memcmp(words.p, o->p, o->len) == 0);
	free(words.p);
	return same;
}

static bool add_cells(struct paper *d, const struct value *v, uint32_t times)
{
	bool number = v->said && (strcmp(v->type, "float") == 0 || strcmp(v->type, "percentage") == 0 || strcmp(v->type, "currency") == 0);
	const char *p = v->said ? v->text : d->cell.p;
	size_t n = v->said ? strlen(v->text) : d->cell.len;
	uint32_t i;

	if (n > 0 && times > REPEAT_MAX)
		return fail(d, "more cells than are read");
	for (i = 0; n > 0 && i < times; i++)
		if (!(i > 0 ? story_again : story_cell)(d->story, d->row, d->column + i, p, n, number))
			return false;
	d->column += times;
	return d->column <= SHEET_COLUMNS || fail(d, "more cells than are read");
}

static bool read_cell(struct paper *d)
{
	struct xml *x = &d->x;
	uint32_t times = repeat_of(x, TABLE, "number-columns-repeated");
	const char *said = xml_value(x, OFFICE, "string-value");
	bool covered = xml_is(x, TABLE, "covered-table-cell"), good;
	char *kept = said ? strdup(said) : NULL;
	struct value v;

	good = read_value(d, &v) && read_paragraphs(d);
	if (good && kept && !same_text(&d->cell, kept))
		good = fail(d, "a cell that holds another text than it shows");
	if (good && covered && (d->cell.len > 0 || v.said))
		good = fail(d, "a cell behind another one");
	free(kept);
	return good && add_cells(d, &v, times);
}

/* A row once more, so many times. */
static bool repeat_row(struct paper *d, size_t from, uint32_t times)
{
	struct sheet *t = &d->story->item[d->story->n - 1].sheet;
	size_t to = t->cells, i;
	uint32_t k;

	if (to > from && times > REPEAT_MAX)
		return fail(d, "more cells than are read");
	for (k = 1; to > from && k < times; k++)
		for (i = from; i < to; i++) {
			struct sheet_cell c = t->cell[i];
			char *text = malloc(c.len + 1u);
			bool good = text != NULL;

			if (good) {
				memcpy(text, t->bytes.p + c.at, c.len);
				good = story_again(d->story, d->row + k, c.column, text, c.len, c.number);
			}
			free(text);
			if (!good)
				return fail(d, "more cells than are read");
		}
	d->row += times;
	return d->row <= SHEET_ROWS || to == from || fail(d, "more cells than are read");
}

static bool read_row(struct paper *d)
{
	struct xml *x = &d->x;
	size_t from = d->story->item[d->story->n - 1].sheet.cells;
	uint32_t times = repeat_of(x, TABLE, "number-rows-repeated");
	enum xml_event e;

	d->column = 0;
	while ((e = xml_next(x)) != XML_CLOSE) {
		if (e == XML_TEXT && xml_blank(x))
			continue;
		if (e != XML_OPEN)
			return e != XML_BAD && fail(d, "text outside its cells");
		if (!xml_is(x, TABLE, "table-cell") && !xml_is(x, TABLE, "covered-table-cell"))
			return fail(d, "a row of an unusual form");
		if (!read_cell(d))
			return false;
	}
	return repeat_row(d, from, times);
}

static bool read_rows(struct paper *d, unsigned depth)
{
	static const char *const groups[] = { "table-rows", "table-header-rows", "table-row-group", NULL };
	static const char *const columns[] = { "table-column", "table-columns", "table-header-columns", "table-column-group",
		NULL };
	struct xml *x = &d->x;
	enum xml_event e;

	while ((e = xml_next(x)) != XML_CLOSE) {
		const char *wrong = e == XML_OPEN ? seen_wrong(x) : NULL;
		bool good = e == XML_TEXT && xml_blank(x);

		if (wrong)
			return fail(d, wrong);
		if (e == XML_OPEN && xml_is(x, TABLE, "table-row"))
			good = read_row(d);
		else if (e == XML_OPEN && is_one_of(x, TABLE, groups))
			good = depth < 8 && read_rows(d, depth + 1);
		else if (e == XML_OPEN && is_one_of(x, TABLE, columns))
			good = xml_skip(x, false, seen_wrong);
		else if (e == XML_OPEN && xml_is(x, TABLE, "named-expressions"))
			good = read_nothing(d, "named ranges");
		if (!good)
			return e != XML_BAD && fail(d, "a table with more than rows of cells");
	}
	return true;
}

static bool read_table(struct paper *d)
{
	struct story_item *item = story_add(d->story, STORY_TABLE);
	const char *name = xml_value(&d->x, TABLE, "name"), *wrong = seen_wrong(&d->x);

	if (!item || wrong)
		return wrong ? fail(d, wrong) : false;
	if (d->sheets && name)
		out_add(&item->text, name, strlen(name));
	d->row = 0;
	return read_rows(d, 0);
}

/* --- documents --- */

static bool read_blocks(struct paper *d, unsigned depth);

static bool read_block(struct paper *d, unsigned depth)
{
	static const char *const lists[] = { "list", "list-item", "list-header", NULL };
	static const char *const nothing[] = { "sequence-decls", "soft-page-break", "variable-decls", "user-field-decls", NULL };
	struct xml *x = &d->x;
	bool heading = xml_is(x, TEXT, "h");
	struct story_item *item;

	if (!d->sheets && (xml_is(x, TEXT, "p") || heading)) {
		item = story_add(d->story, heading ? STORY_HEADING : STORY_TEXT);
		return item && read_words(d, &item->text);
	}
	if (xml_is(x, TABLE, "table"))
		return read_table(d);
	if (!d->sheets && is_one_of(x, TEXT, lists))
		return depth < 16 ? read_blocks(d, depth + 1) : fail(d, "lists nested deeper than 16 levels");
	if ((!d->sheets && is_one_of(x, TEXT, nothing)) || (d->sheets && xml_is(x, TABLE, "calculation-settings")))
		return xml_skip(x, false, NULL);
	return fail(d, "more than tables and paragraphs of plain text");
}

static bool read_blocks(struct paper *d, unsigned depth)
{
	struct xml *x = &d->x;
	enum xml_event e;

	while ((e = xml_next(x)) != XML_CLOSE) {
		if (e == XML_TEXT && xml_blank(x))
			continue;
		if (e != XML_OPEN)
			return e != XML_BAD && fail(d, "text outside its paragraphs");
		if (!(xml_is(x, TABLE, "named-expressions") ? read_nothing(d, "named ranges") : read_block(d, depth)))
			return false;
	}
	return true;
}

static bool read_section(struct paper *d)
{
	static const char *const looks[] = { "font-face-decls", "automatic-styles", NULL };
	struct xml *x = &d->x;

	if (xml_is(x, OFFICE, "body"))
		return true;
	if (x->depth == 3 && xml_is(x, OFFICE, d->sheets ? "spreadsheet" : "text"))
		return read_blocks(d, 0);
	if (x->depth == 2 && is_one_of(x, OFFICE, looks))
		return xml_skip(x, true, seen_wrong);
	if (x->depth == 2 && xml_is(x, OFFICE, "scripts"))
		return read_nothing(d, "macros");
	return fail(d, "more than tables and paragraphs of plain text");
}

static bool read_content(struct paper *d, const struct zip_part *part)
{
	struct xml *x = &d->x;
	enum xml_event e;

	*x = (struct xml){ .at = part->text, .end = part->text + part->len, .spaces = spaces };
	while ((e = xml_next(x)) != XML_DONE) {
		if (e == XML_BAD || (e == XML_TEXT && !xml_blank(x)))
			return e != XML_BAD && fail(d, "text outside its paragraphs");
		if (e != XML_OPEN || (x->depth == 1 && xml_is(x, OFFICE, "document-content")))
			continue;
		if (!read_section(d))
			return false;
	}
	return true;
}

/* --- the package --- */

static bool check_kind(struct paper *d, struct zip *z)
{
	static const char kind[] = "application/vnd.oasis.opendocument.";
	const struct zip_part *p = z->parts > 0 ? &z->part[0] : NULL;
	const char *name = d->sheets ? "spreadsheet" : "text";

	if (!p || strcmp(p->name, "mimetype") != 0 || !p->stored || p->len != strlen(kind) + strlen(name) ||
		memcmp(p->text, kind, strlen(kind)) != 0 || memcmp(p->text + strlen(kind), name, strlen(name)) != 0)
		return fail(d, "a beginning that does not say what it is");
	z->part[0].used = true;
	return true;
}

static bool check_entry(struct paper *d, struct zip *z)
{
	const char *path = xml_value(&d->x, MANIFEST, "full-path");
	struct zip_part *part = path ? zip_find(z, path) : NULL;

	if (part)
		part->used = true;
	return part || (path && strcmp(path, "/") == 0) || fail(d, "a list of parts that names one that is not there");
}

static bool check_manifest(struct paper *d, struct zip *z)
{
	struct zip_part *part = zip_find(z, "META-INF/manifest.xml");
	struct xml *x = &d->x;
	enum xml_event e;
	size_t i;

	if (!part)
		return fail(d, "no list of its parts");
	part->used = true;
	*x = (struct xml){ .at = part->text, .end = part->text + part->len, .spaces = spaces };
	while ((e = xml_next(x)) != XML_DONE) {
		if (e == XML_BAD || (e == XML_TEXT && !xml_blank(x)))
			return e != XML_BAD && fail(d, "text where none is shown");
		if (e != XML_OPEN || (x->depth == 1 && xml_is(x, MANIFEST, "manifest")))
			continue;
		if (x->depth != 2 || !xml_is(x, MANIFEST, "file-entry"))
			return fail(d, "encrypted parts");
		if (!check_entry(d, z))
			return false;
	}
	xml_free(x);
	for (i = 0; i < z->parts; i++)
		if (!z->part[i].used)
			return fail(d, "a part that nothing refers to");
	return true;
}

bool odf_read(struct story *s, struct zip *z, bool sheets)
{
	struct paper *d = calloc(1, sizeof(*d));
	struct zip_part *part = zip_find(z, "content.xml");
	bool good = d != NULL, was_read = good;

	if (good) {
		d->story = s;
		d->sheets = sheets;
		good = check_kind(d, z) && check_manifest(d, z) && (part ? read_content(d, part) : fail(d, "no document"));
		if (!good && d->x.wrong)
			story_refuse(s, d->x.wrong);
		xml_free(&d->x);
		free(d->cell.p);
	}
	free(d);
	return good || story_refuse(s, was_read ? "text where none is shown" : "more than there is memory for");
}

/* --- writing --- */

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

static void add(struct out *o, const char *text)
{
	out_add(o, text, strlen(text));
}

static void add_number(struct out *o, uint32_t n)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", n);
	add(o, text);
}

/* Text in which a second blank, a tab and a line's end are elements. */
static void add_words(struct out *o, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		bool again = p[i] == ' ' && (i == 0 || p[i - 1] == ' ' || p[i - 1] == '\n' || p[i - 1] == '\t');

		if (p[i] == '\n' || p[i] == '\t' || again)
			add(o, again ? "<text:s/>" : p[i] == '\n' ? "<text:line-break/>" : "<text:tab/>");
		else
			xml_add(o, p + i, 1);
	}
}

static void add_gap(struct out *o, const char *element, const char *times, uint32_t n)
{
	if (n == 0)
		return;
	add(o, "<table:");
	add(o, element);
	add(o, " table:number-");
	add(o, times);
	add(o, "-repeated=\"");
	add_number(o, n);
	add(o, strcmp(element, "table-row") == 0 ? "\"><table:table-cell/></table:table-row>" : "\"/>");
}

static void add_cell(struct out *o, const struct sheet *t, const struct sheet_cell *c)
{
	const char *p = t->bytes.p + c->at;

	add(o, "<table:table-cell office:value-type=\"");
	add(o, c->number ? "float\" office:value=\"" : "string");
	if (c->number)
		xml_add(o, p, c->len);
	add(o, "\"><text:p>");
	add_words(o, p, c->len);
	add(o, "</text:p></table:table-cell>");
}

static void add_rows(struct out *o, const struct sheet *t)
{
	uint32_t row = 0, column = 0;
	size_t i;

	for (i = 0; i < t->cells; i++) {
		const struct sheet_cell *c = &t->cell[i];

		if (i == 0 || c->row != t->cell[i - 1].row) {
			add_gap(o, "table-row", "rows", c->row - row);
			add(o, "<table:table-row>");
			column = 0;
		}
		add_gap(o, "table-cell", "columns", c->column - column);
		add_cell(o, t, c);
		column = c->column + 1;
		row = c->row + 1;
		if (i + 1 == t->cells || c->row != t->cell[i + 1].row)
			add(o, "</table:table-row>");
	}
	if (t->cells == 0)
		add(o, "<table:table-row><table:table-cell/></table:table-row>");
}

static void add_table(struct out *o, const struct story_item *item, bool sheets)
{
	uint32_t columns = 1;
	size_t i;

	for (i = 0; i < item->sheet.cells; i++)
		columns = item->sheet.cell[i].column >= columns ? item->sheet.cell[i].column + 1 : columns;
	add(o, "<table:table");
	if (sheets) {
		add(o, " table:name=\"");
		xml_add(o, item->text.p, item->text.len);
		add(o, "\"");
	}
	add(o, ">");
	add_gap(o, "table-column", "columns", columns);
	add_rows(o, &item->sheet);
	add(o, "</table:table>");
}

void odf_write(const struct story *s, struct zip_out *z, bool sheets)
{
	const char *kind = sheets ? "application/vnd.oasis.opendocument.spreadsheet" : "application/vnd.oasis.opendocument.text";
	const char *body = sheets ? "office:spreadsheet>" : "office:text>";
	struct out o = { 0 };
	size_t i;

	zip_add(z, "mimetype", kind, strlen(kind));
	add(&o, HEAD "<manifest:manifest xmlns:manifest=\"" URN "manifest:1.0\" manifest:version=\"1.3\"><manifest:file-entry "
		"manifest:full-path=\"/\" manifest:version=\"1.3\" manifest:media-type=\"");
	add(&o, kind);
	add(&o, "\"/><manifest:file-entry manifest:full-path=\"content.xml\" manifest:media-type=\"text/xml\"/></manifest:manifest>");
	zip_add(z, "META-INF/manifest.xml", o.p, o.len);
	o.len = 0;
	add(&o, HEAD "<office:document-content xmlns:office=\"" URN "office:1.0\" xmlns:table=\"" URN "table:1.0\" xmlns:text=\"" URN
		"text:1.0\" office:version=\"1.3\"><office:body><");
	add(&o, body);
	for (i = 0; i < s->n; i++) {
		const struct story_item *item = &s->item[i];
		const char *tag = item->kind == STORY_HEADING ? "text:h>" : "text:p>";

		if (item->kind == STORY_TABLE) {
			add_table(&o, item, sheets);
			continue;
		}
		add(&o, "<");
		add(&o, tag);
		add_words(&o, item->text.p, item->text.len);
		add(&o, "</");
		add(&o, tag);
	}
	add(&o, "</");
	add(&o, body);
	add(&o, "</office:body></office:document-content>");
	zip_add(z, "content.xml", o.p, o.len);
	z->out->failed |= o.failed;
	free(o.p);
}
