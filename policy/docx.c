/* policy/docx.c - Word: paragraphs and tables of plain text. Changes that are tracked, fields, notes, boxes, pictures and text
 * that is not shown are refused; how it looks stays behind. Source: ECMA-376, part 1, 17 (WordprocessingML). */
#include <string.h>

#include "policy/story.h"
#include "policy/xml.h"

#define MAIN "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
#define LINKS "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define COLUMNS 63u
enum { M = 1 };

struct letter {
	struct story *story;
	struct zip *zip;
	struct xml x;
	bool raised; /* the text at hand: another number than the one beside it */
	uint32_t row, column;
	struct out cell;
};

static bool fail(struct letter *l, const char *wrong)
{
	return story_refuse(l->story, wrong);
}

/* Within the properties of a paragraph, a run or a table, and among styles. */
static const char *look_wrong(const struct xml *x)
{
	static const char *const hidden[] = { "vanish", "specVanish", "webHidden", NULL };
	static const char *const changes[] = { "ins", "del", "moveFrom", "moveTo", "rPrChange", "pPrChange", "tblPrChange", "trPrChange",
		"tcPrChange", "sectPrChange", "tblPrExChange", "tblGridChange", "numberingChange", "cellIns", "cellDel", "cellMerge", NULL };
	static const char *const notes[] = { "headerReference", "footerReference", NULL };
	size_t n = strlen(x->name);

	if (x->space != M)
		return NULL;
	if (word_in(hidden, x->name, n))
		return "hidden text";
	if (word_in(changes, x->name, n))
		return "tracked changes";
	return word_in(notes, x->name, n) ? "headers or footers" : NULL;
}

/* What a run may have besides text. NULL: nothing of the kind. */
static const char *mark_of(const struct xml *x)
{
	static const struct {
		const char *name, *text;
	} marks[] = { { "tab", "\t" }, { "br", "\n" }, { "cr", "\n" }, { "noBreakHyphen", "-" }, { "lastRenderedPageBreak", "" } };
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (xml_is(x, M, marks[i].name))
			return marks[i].text;
	return NULL;
}

static bool add_text(struct letter *l, struct out *o)
{
	struct xml *x = &l->x;
	enum xml_event e;

	while ((e = xml_next(x)) != XML_CLOSE) {
		if (e != XML_TEXT)
			return e != XML_BAD && fail(l, "text of an unusual form");
		if (l->raised)
			out_byte(o, '^');
		out_add(o, x->text, x->len);
	}
	return true;
}

static bool read_run_looks(struct letter *l)
{
	struct xml *x = &l->x;
	unsigned depth = x->depth;
	enum xml_event e;

	while ((e = xml_next(x)) != XML_BAD && !(e == XML_CLOSE && x->depth == depth)) {
		const char *wrong = e == XML_OPEN ? look_wrong(x) : NULL, *v = e == XML_OPEN ? xml_value(x, M, "val") : NULL;

		if (wrong || (e == XML_TEXT && !xml_blank(x)))
			return fail(l, wrong ? wrong : "text where none is shown");
		if (e == XML_OPEN && xml_is(x, M, "vertAlign"))
			l->raised = v && strcmp(v, "superscript") == 0;
	}
	return e != XML_BAD;
}

static bool read_run(struct letter *l, struct out *o)
{
	struct xml *x = &l->x;
	enum xml_event e;

	l->raised = false;
	while ((e = xml_next(x)) != XML_CLOSE) {
		const char *mark = e == XML_OPEN ? mark_of(x) : NULL;
		bool good = e == XML_OPEN || (e == XML_TEXT && xml_blank(x));

		if (mark) {
			out_add(o, mark, strlen(mark));
			good = xml_skip(x, false, NULL);
		} else if (e == XML_OPEN && xml_is(x, M, "rPr")) {
			good = read_run_looks(l);
		} else if (e == XML_OPEN) {
			good = xml_is(x, M, "t") ? add_text(l, o) : fail(l, "a run of text with more than text");
		}
		if (!good)
			return false;
	}
	return true;
}

/* Marks that say where something begins, or what a speller thinks. */
static bool is_nothing(const struct xml *x)
{
	static const char *const names[] = { "bookmarkStart", "bookmarkEnd", "proofErr", NULL };

	return x->space == M && word_in(names, x->name, strlen(x->name));
}

static const char *more_than_text(const struct xml *x)
{
	static const char *const changes[] = { "ins", "del", "moveFrom", "moveTo", NULL };

	return x->space == M && word_in(changes, x->name, strlen(x->name)) ? "tracked changes" :
									      "more than paragraphs and tables of plain text";
}

static bool read_paragraph(struct letter *l, struct out *o)
{
	struct xml *x = &l->x;
	enum xml_event e;

	while ((e = xml_next(x)) != XML_CLOSE) {
		bool good = e == XML_TEXT && xml_blank(x);

		if (e == XML_OPEN && xml_is(x, M, "r"))
			good = read_run(l, o);
		else if (e == XML_OPEN && (xml_is(x, M, "pPr") || is_nothing(x)))
			good = xml_skip(x, false, look_wrong);
		else if (e == XML_OPEN)
			good = fail(l, more_than_text(x));
		if (!good)
			return false;
	}
	return true;
}

/* --- tables --- */

/* 1 to as many columns as Word has; what is odd is 1. */
static uint32_t span_of(const struct xml *x)
{
	const char *v = xml_value(x, M, "val");
	size_t n = v ? strspn(v, "0123456789") : 0;
	uint32_t span = n > 0 && n < 3 && v[n] == '\0' ? (uint32_t)strtoul(v, NULL, 10) : 1;

	return span > 0 && span <= COLUMNS ? span : 1;
}

static bool read_cell_looks(struct letter *l, uint32_t *ret_span)
{
	struct xml *x = &l->x;
	unsigned depth = x->depth;
	enum xml_event e;

	while ((e = xml_next(x)) != XML_BAD && !(e == XML_CLOSE && x->depth == depth)) {
		const char *wrong = e == XML_OPEN ? look_wrong(x) : NULL;

		if (wrong)
			return fail(l, wrong);
		if (e == XML_OPEN && xml_is(x, M, "gridSpan"))
			*ret_span = span_of(x);
	}
	return e != XML_BAD;
}

static bool read_cell(struct letter *l)
{
	struct xml *x = &l->x;
	uint32_t span = 1, i;
	enum xml_event e;

	l->cell.len = 0;
	while ((e = xml_next(x)) != XML_CLOSE) {
		bool good = e == XML_TEXT && xml_blank(x);

		if (e == XML_OPEN && xml_is(x, M, "p")) {
			if (l->cell.len > 0)
				out_byte(&l->cell, '\n');
			good = read_paragraph(l, &l->cell);
		} else if (e == XML_OPEN && xml_is(x, M, "tcPr")) {
			good = read_cell_looks(l, &span);
		} else if (e == XML_OPEN) {
			good = fail(l, "a cell with more than text");
		}
		if (!good)
			return false;
	}
	/* a header stands over each of its columns */
	for (i = 0; i < (l->row == 0 ? span : 1); i++)
		if (l->cell.failed ||
			!(i > 0 ? story_again : story_cell)(l->story, l->row, l->column + i, l->cell.p, l->cell.len, false))
			return false;
	l->column += span;
	return true;
}

static bool read_row(struct letter *l)
{
	struct xml *x = &l->x;
	enum xml_event e;

	l->column = 0;
	while ((e = xml_next(x)) != XML_CLOSE) {
		bool good = e == XML_TEXT && xml_blank(x);

		if (e == XML_OPEN && xml_is(x, M, "tc"))
			good = read_cell(l);
		else if (e == XML_OPEN && (xml_is(x, M, "trPr") || xml_is(x, M, "tblPrEx")))
			good = xml_skip(x, false, look_wrong);
		else if (e == XML_OPEN)
			good = fail(l, more_than_text(x));
		if (!good)
			return false;
	}
	l->row++;
	return true;
}

static bool read_table(struct letter *l)
{
	struct xml *x = &l->x;
	enum xml_event e;

	if (!story_add(l->story, STORY_TABLE))
		return false;
	l->row = 0;
	while ((e = xml_next(x)) != XML_CLOSE) {
		bool good = e == XML_TEXT && xml_blank(x);

		if (e == XML_OPEN && xml_is(x, M, "tr"))
			good = read_row(l);
		else if (e == XML_OPEN && (xml_is(x, M, "tblPr") || xml_is(x, M, "tblGrid") || is_nothing(x)))
			good = xml_skip(x, false, look_wrong);
		else if (e == XML_OPEN)
			good = fail(l, more_than_text(x));
		if (!good)
			return false;
	}
	return true;
}

/* --- the document --- */

static bool read_body(struct letter *l)
{
	struct xml *x = &l->x;
	enum xml_event e;

	while ((e = xml_next(x)) != XML_CLOSE) {
		struct story_item *item = e == XML_OPEN && xml_is(x, M, "p") ? story_add(l->story, STORY_TEXT) : NULL;
		bool good = e == XML_TEXT && xml_blank(x);

		if (item)
			good = read_paragraph(l, &item->text) && !item->text.failed;
		else if (e == XML_OPEN && xml_is(x, M, "tbl"))
			good = read_table(l);
		else if (e == XML_OPEN && (xml_is(x, M, "sectPr") || is_nothing(x)))
			good = xml_skip(x, false, look_wrong);
		else if (e == XML_OPEN)
			good = fail(l, more_than_text(x));
		if (!good)
			return false;
	}
	return true;
}

static bool read_document(struct letter *l)
{
	struct xml *x = &l->x;
	enum xml_event e;

	while ((e = xml_next(x)) != XML_DONE) {
		if (e == XML_BAD)
			return false;
		if (e != XML_OPEN || (x->depth == 1 && xml_is(x, M, "document")))
			continue;
		if (!(xml_is(x, M, "body") ? read_body(l) : fail(l, more_than_text(x))))
			return false;
	}
	return true;
}

static bool open_part(struct letter *l, const char *name)
{
	static const char *const spaces[] = { MAIN, NULL };
	struct zip_part *part = zip_find(l->zip, name);

	xml_free(&l->x);
	if (part)
		l->x = (struct xml){ .at = part->text, .end = part->text + part->len, .spaces = spaces };
	return part != NULL;
}

/* A style may hide the text that has it. */
static bool check_styles(struct letter *l)
{
	enum xml_event e;

	if (!open_part(l, "word/styles.xml"))
		return true;
	while ((e = xml_next(&l->x)) != XML_DONE) {
		const char *wrong = e == XML_OPEN ? look_wrong(&l->x) : NULL;

		if (e == XML_BAD || wrong)
			return e != XML_BAD && fail(l, wrong);
	}
	return true;
}

bool docx_read(struct story *s, struct zip *z)
{
	struct letter *l = calloc(1, sizeof(*l));
	bool good = l != NULL, was_read = good;

	if (good) {
		l->story = s;
		l->zip = z;
		good = check_styles(l) && (open_part(l, "word/document.xml") ? read_document(l) : fail(l, "no document"));
		if (!good && l->x.wrong)
			story_refuse(s, l->x.wrong);
		xml_free(&l->x);
		free(l->cell.p);
	}
	free(l);
	return good || story_refuse(s, was_read ? "text where none is shown" : "more than there is memory for");
}

/* --- writing --- */

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define PACKAGE "http://schemas.openxmlformats.org/package/2006/"

static void add(struct out *o, const char *text)
{
	out_add(o, text, strlen(text));
}

/* A paragraph; tabs and lines are elements of their own. */
static void add_paragraph(struct out *o, const char *p, size_t n)
{
	const char *end = p + n;

	add(o, "<w:p>");
	while (p < end) {
		const char *stop = p;

		while (stop < end && *stop != '\t' && *stop != '\n')
			stop++;
		add(o, "<w:r><w:t xml:space=\"preserve\">");
		xml_add(o, p, (size_t)(stop - p));
		add(o, "</w:t></w:r>");
		if (stop < end)
			add(o, *stop == '\t' ? "<w:r><w:tab/></w:r>" : "<w:r><w:br/></w:r>");
		p = stop < end ? stop + 1 : end;
	}
	add(o, "</w:p>");
}

static void add_table(struct out *o, const struct sheet *t)
{
	uint32_t columns = 0, row, column, rows = t->cells > 0 ? t->cell[t->cells - 1].row + 1 : 1;
	size_t i;

	for (i = 0; i < t->cells; i++)
		columns = t->cell[i].column >= columns ? t->cell[i].column + 1 : columns;
	add(o, "<w:tbl><w:tblPr/><w:tblGrid>");
	for (column = 0; column < columns; column++)
		add(o, "<w:gridCol/>");
	add(o, "</w:tblGrid>");
	for (i = 0, row = 0; row < rows; row++) {
		add(o, "<w:tr>");
		for (column = 0; column < columns || column == 0; column++) {
			bool here = i < t->cells && t->cell[i].row == row && t->cell[i].column == column;

			add(o, "<w:tc>");
			add_paragraph(o, here ? t->bytes.p + t->cell[i].at : "", here ? t->cell[i].len : 0);
			add(o, "</w:tc>");
			i += here;
		}
		add(o, "</w:tr>");
	}
	add(o, "</w:tbl>");
}

void docx_write(const struct story *s, struct zip_out *z)
{
	static const char types[] = HEAD "<Types xmlns=\"" PACKAGE "content-types\"><Default Extension=\"rels\" ContentType="
		"\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/word/document.xml\" ContentType="
		"\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>";
	static const char rels[] = HEAD "<Relationships xmlns=\"" PACKAGE "relationships\"><Relationship Id=\"rId1\" Type=\"" LINKS
		"/officeDocument\" Target=\"word/document.xml\"/></Relationships>";
	struct out o = { 0 };
	size_t i;

	add(&o, HEAD "<w:document xmlns:w=\"" MAIN "\"><w:body>");
	for (i = 0; i < s->n; i++)
		if (s->item[i].kind == STORY_TABLE)
			add_table(&o, &s->item[i].sheet);
		else
			add_paragraph(&o, s->item[i].text.p, s->item[i].text.len);
	add(&o, "</w:body></w:document>");
	zip_add(z, "[Content_Types].xml", types, sizeof(types) - 1);
	zip_add(z, "_rels/.rels", rels, sizeof(rels) - 1);
	zip_add(z, "word/document.xml", o.p, o.len);
	z->out->failed |= o.failed;
	free(o.p);
}
