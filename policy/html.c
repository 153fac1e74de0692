/* policy/html.c - HTML that is written strictly: headings, paragraphs, lists and tables of plain text. What runs, loads or
 * hides is in no list below; what leaves is the text and the tables, written anew.
 * Source: HTML living standard, 4 (elements), 13.1 (writing HTML). */
#include <string.h>

#include "policy/story.h"
#include "policy/xml.h"

#define COLUMNS 1024u

enum part { PART_FRAME, PART_BLOCK, PART_INLINE, PART_TABLE, PART_ROWS, PART_ROW, PART_CELL, PART_BREAK, PART_HEAD, PART_TITLE };
static const struct element {
	const char *name;
	enum part part;
	enum story_kind kind;
	const char *before; /* text that stands for the element */
} elements[] = {
	{ "html", PART_FRAME, STORY_TEXT, NULL }, { "body", PART_FRAME, STORY_TEXT, NULL }, { "head", PART_FRAME, STORY_TEXT, NULL },
	{ "title", PART_TITLE, STORY_TEXT, NULL }, { "meta", PART_HEAD, STORY_TEXT, NULL },
	{ "h1", PART_BLOCK, STORY_HEADING, NULL }, { "h2", PART_BLOCK, STORY_HEADING, NULL }, { "h3", PART_BLOCK, STORY_HEADING, NULL },
	{ "h4", PART_BLOCK, STORY_HEADING, NULL }, { "h5", PART_BLOCK, STORY_HEADING, NULL }, { "h6", PART_BLOCK, STORY_HEADING, NULL },
	{ "p", PART_BLOCK, STORY_TEXT, NULL }, { "div", PART_BLOCK, STORY_TEXT, NULL }, { "blockquote", PART_BLOCK, STORY_TEXT, NULL },
	{ "ul", PART_BLOCK, STORY_TEXT, NULL }, { "ol", PART_BLOCK, STORY_TEXT, NULL }, { "li", PART_BLOCK, STORY_TEXT, "- " },
	{ "dl", PART_BLOCK, STORY_TEXT, NULL }, { "dt", PART_BLOCK, STORY_TEXT, NULL }, { "dd", PART_BLOCK, STORY_TEXT, NULL },
	{ "pre", PART_BLOCK, STORY_FIXED, NULL }, { "hr", PART_BREAK, STORY_TEXT, NULL }, { "br", PART_BREAK, STORY_TEXT, NULL },
	{ "span", PART_INLINE, STORY_TEXT, NULL }, { "b", PART_INLINE, STORY_TEXT, NULL }, { "strong", PART_INLINE, STORY_TEXT, NULL },
	{ "i", PART_INLINE, STORY_TEXT, NULL }, { "em", PART_INLINE, STORY_TEXT, NULL }, { "u", PART_INLINE, STORY_TEXT, NULL },
	{ "code", PART_INLINE, STORY_TEXT, NULL }, { "small", PART_INLINE, STORY_TEXT, NULL }, { "sup", PART_INLINE, STORY_TEXT, "^" },
	{ "sub", PART_INLINE, STORY_TEXT, "_" }, { "table", PART_TABLE, STORY_TABLE, NULL }, { "caption", PART_CELL, STORY_TABLE, NULL },
	{ "thead", PART_ROWS, STORY_TABLE, NULL }, { "tbody", PART_ROWS, STORY_TABLE, NULL }, { "tfoot", PART_ROWS, STORY_TABLE, NULL },
	{ "colgroup", PART_ROWS, STORY_TABLE, NULL }, { "col", PART_ROWS, STORY_TABLE, NULL }, { "tr", PART_ROW, STORY_TABLE, NULL },
	{ "th", PART_CELL, STORY_TABLE, NULL }, { "td", PART_CELL, STORY_TABLE, NULL },
};
#define ELEMENTS (sizeof(elements) / sizeof(elements[0]))

struct page {
	struct story *story;
	struct xml x;
	bool open;        /* the last item takes more text */
	enum story_kind kind;
	const char *mark; /* to stand before the next text */
	bool title;
	/* the table at hand */
	bool table, in_row, in_cell, caption;
	uint32_t row, column, width, height; /* width, height: of the cell at hand, in columns and rows */
	struct out cell;
	struct span {
		uint32_t rows; /* that the cell above still takes */
		size_t at, len;
	} span[COLUMNS];
	uint32_t spans;   /* columns up to the last that a cell above takes, or took */
	struct out spanned;
};

static bool fail(struct page *g, const char *wrong)
{
	return story_refuse(g->story, wrong);
}

static const struct element *find_element(const char *name)
{
	size_t i;

	for (i = 0; i < ELEMENTS; i++)
		if (strcmp(elements[i].name, name) == 0)
			return &elements[i];
	return NULL;
}

/* --- attributes --- */

/* Declarations that move nothing and hide nothing. */
static bool style_ok(const char *p)
{
	static const char *const names[] = { "text-align", "vertical-align", "font-weight", "font-style", "white-space", "width", "border",
		"border-top", "border-bottom", "border-left", "border-right", "border-collapse", "padding", "padding-left", NULL };

	for (p += strspn(p, " ;"); *p; p += strspn(p, " ;")) {
		size_t n = strcspn(p, ": ;");

		if (!word_in(names, p, n))
			return false;
		p += n + strspn(p + n, " ");
		if (*p++ != ':' || strspn(p, " ") == strcspn(p, ";"))
			return false;
		p += strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .%#!");
		if (*p != ';' && *p != '\0')
			return false;
	}
	return true;
}

static const char *attribute_wrong(const struct xml_attr *a, const char *element)
{
	static const char *const harmless[] = { "class", "id", "lang", "border", "align", "valign", "width", "scope", "span", "cellpadding",
		"cellspacing", "colspan", "rowspan", "frame", "rules", "xmlns", NULL };
	static const char *const meta[] = { "charset", "name", "content", NULL };
	size_t n = strlen(a->name);

	if (strcmp(a->name, "style") == 0)
		return style_ok(a->value) ? NULL : "a style that can hide or load something";
	if (word_in(harmless, a->name, n) || (strcmp(element, "meta") == 0 && word_in(meta, a->name, n)))
		return NULL;
	return strncmp(a->name, "on", 2) == 0 ? "an instruction that runs when something happens" :
						 "an attribute that plain pages don't have";
}

/* Attributes do not leave, but what they say is somewhere in the researcher's page. */
static bool check_attributes(struct page *g)
{
	const struct xml *x = &g->x;
	size_t i;

	for (i = 0; i < x->attrs; i++) {
		const char *wrong = attribute_wrong(&x->attr[i], x->name);

		if (wrong)
			return fail(g, wrong);
		out_add(&g->story->aside, x->attr[i].value, x->attr[i].len);
		out_byte(&g->story->aside, '\n');
	}
	return true;
}

/* 1 to 999; what is odd is 1, as browsers read it. */
static uint32_t span_of(const struct xml *x, const char *name)
{
	const char *v = xml_value(x, XML_NONE, name);
	size_t n = v ? strspn(v, "0123456789") : 0;

	return n > 0 && n < 4 && v[n] == '\0' && strtoul(v, NULL, 10) > 0 ? (uint32_t)strtoul(v, NULL, 10) : 1;
}

/* --- text --- */

static void end_block(struct page *g)
{
	g->open = false;
	g->mark = NULL;
	g->kind = STORY_TEXT;
}

/* Where text goes now; NULL: wrong says why. */
static struct out *target(struct page *g)
{
	struct story_item *item;

	if (g->in_cell)
		return &g->cell;
	if (g->caption)
		return &g->story->item[g->story->n - 1].text;
	if (g->table) {
		fail(g, "text outside a table's cells");
		return NULL;
	}
	if (g->open)
		return &g->story->item[g->story->n - 1].text;
	item = story_add(g->story, g->kind);
	g->open = item != NULL;
	return item ? &item->text : NULL;
}

static bool add_text(struct page *g)
{
	const struct xml *x = &g->x;
	struct out *o;

	if (g->title) {
		out_add(&g->story->aside, x->text, x->len);
		return true;
	}
	if (xml_blank(x) && (!g->open || g->table) && !g->in_cell && !g->caption)
		return true;
	o = target(g);
	if (!o)
		return false;
	if (g->mark && !xml_blank(x)) {
		out_add(o, g->mark, strlen(g->mark));
		g->mark = NULL;
	}
	if (g->kind == STORY_FIXED && !g->in_cell)
		out_add(o, x->text, x->len);
	else
		story_words(o, x->text, x->len);
	return !o->failed || fail(g, "more than there is memory for");
}

/* --- tables --- */

static bool begin_table(struct page *g)
{
	if (g->table)
		return fail(g, "a table within a table");
	end_block(g);
	memset(g->span, 0, sizeof(g->span));
	g->spans = 0;
	g->spanned.len = 0;
	g->table = true;
	g->row = 0;
	return story_add(g->story, STORY_TABLE) != NULL;
}

/* Cells of rows above that reach into this one stand in it again. */
static bool add_spans(struct page *g)
{
	for (; g->column < COLUMNS && g->span[g->column].rows > 0; g->column++) {
		struct span *s = &g->span[g->column];

		s->rows--;
		if (!story_again(g->story, g->row, g->column, g->spanned.p + s->at, s->len, false))
			return false;
	}
	return true;
}

static bool begin_cell(struct page *g)
{
	if (!g->in_row || g->in_cell)
		return fail(g, "a cell outside its row");
	if (!add_spans(g))
		return false;
	g->cell.len = 0;
	g->in_cell = true;
	g->mark = NULL;
	g->width = span_of(&g->x, "colspan");
	g->height = span_of(&g->x, "rowspan");
	return true;
}

static bool end_cell(struct page *g)
{
	size_t at = g->spanned.len;
	uint32_t i;

	g->in_cell = false;
	g->mark = NULL;
	if (g->column + g->width > COLUMNS || g->cell.failed || g->spanned.failed)
		return fail(g, "a table of more columns than are read");
	if (g->height > 1)
		out_add(&g->spanned, g->cell.p, g->cell.len);
	for (i = 0; i < g->width; i++)
		g->span[g->column + i] = (struct span){ .rows = g->height - 1, .at = at, .len = i == 0 && g->height > 1 ? g->cell.len : 0 };
	/* a header stands over each of its columns */
	for (i = 0; i < (g->row == 0 ? g->width : 1); i++)
		if (!(i > 0 ? story_again : story_cell)(g->story, g->row, g->column + i, g->cell.p, g->cell.len, false))
			return false;
	g->column += g->width;
	g->spans = g->height > 1 && g->column > g->spans ? g->column : g->spans;
	return true;
}

static bool begin_row(struct page *g)
{
	if (!g->table || g->in_row)
		return fail(g, "a row outside its table");
	g->in_row = true;
	g->column = 0;
	return true;
}

/* Spans behind the last cell end their row, too. */
static bool end_row(struct page *g)
{
	g->in_row = false;
	while (g->spans > 0 && g->span[g->spans - 1].rows == 0)
		g->spans--;
	for (; g->column < g->spans; g->column++, g->story->again++)
		if (!add_spans(g))
			return false;
	g->row++;
	return g->story->again <= SHEET_AGAIN || fail(g, "cells over many rows or columns");
}

/* --- elements --- */

static bool begin_break(struct page *g)
{
	struct out *o;

	if (strcmp(g->x.name, "hr") == 0) {
		end_block(g);
		return !g->table || fail(g, "text outside a table's cells");
	}
	o = g->table && !g->in_cell && !g->caption ? NULL : target(g);
	if (!o)
		return fail(g, "text outside a table's cells");
	out_byte(o, '\n');
	return true;
}

static bool begin_block(struct page *g, const struct element *e)
{
	if (g->in_cell) {
		if (g->cell.len > 0)
			out_byte(&g->cell, '\n');
		return true;
	}
	if (g->table)
		return fail(g, "text outside a table's cells");
	end_block(g);
	g->kind = e->kind;
	g->mark = e->before;
	return true;
}

static bool begin_element(struct page *g)
{
	const struct element *e = find_element(g->x.name);

	if (!e)
		return fail(g, "an element that plain pages don't have");
	if (!check_attributes(g))
		return false;
	if (g->title)
		return fail(g, "a title with more than text");
	switch (e->part) {
	case PART_TITLE:
		g->title = true;
		return true;
	case PART_BLOCK:
		return begin_block(g, e);
	case PART_INLINE:
		g->mark = e->before ? e->before : g->mark;
		return true;
	case PART_BREAK:
		return begin_break(g);
	case PART_TABLE:
		return begin_table(g);
	case PART_ROWS:
		return (g->table && !g->in_row) || fail(g, "rows outside their table");
	case PART_ROW:
		return begin_row(g);
	case PART_CELL:
		if (strcmp(e->name, "caption") != 0)
			return begin_cell(g);
		g->caption = g->table && !g->in_row;
		return g->caption || fail(g, "a caption outside its table");
	default:
		return !g->table || fail(g, "a page within a table");
	}
}

static bool end_element(struct page *g)
{
	const struct element *e = find_element(g->x.name);

	switch (e ? e->part : PART_HEAD) {
	case PART_TITLE:
		g->title = false;
		return true;
	case PART_BLOCK:
		if (!g->in_cell)
			end_block(g);
		return true;
	case PART_TABLE:
		g->table = false;
		end_block(g);
		return !g->in_row || fail(g, "a row outside its table");
	case PART_ROW:
		return end_row(g);
	case PART_CELL:
		if (strcmp(e->name, "caption") != 0)
			return end_cell(g);
		g->caption = false;
		return true;
	default:
		return true;
	}
}

static bool read_page(struct page *g)
{
	enum xml_event e;
	bool good = true;

	while (good && (e = xml_next(&g->x)) != XML_DONE) {
		if (e == XML_BAD)
			return fail(g, g->x.wrong);
		if (e == XML_OPEN && g->x.depth == 1 && strcmp(g->x.name, "html") != 0 && strcmp(g->x.name, "table") != 0 &&
			strcmp(g->x.name, "div") != 0)
			return fail(g, "no page");
		good = e == XML_OPEN ? begin_element(g) : e == XML_CLOSE ? end_element(g) : add_text(g);
	}
	return good;
}

bool html_read(struct story *s, const char *p, size_t n, uint64_t *ret_line)
{
	struct page *g = calloc(1, sizeof(*g));
	bool good;

	if (!g)
		return story_refuse(s, "more than there is memory for");
	g->story = s;
	g->x = (struct xml){ .at = p, .end = p + n, .html = true };
	good = read_page(g);
	*ret_line = g->x.line;
	xml_free(&g->x);
	free(g->cell.p);
	free(g->spanned.p);
	free(g);
	return good;
}

/* --- writing --- */

static void add(struct out *o, const char *text)
{
	out_add(o, text, strlen(text));
}

/* Lines as they are, with breaks between them. */
static void add_lines(struct out *o, const char *p, size_t n)
{
	const char *end = p + n;

	while (p < end) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));

		xml_add(o, p, (size_t)((stop ? stop : end) - p));
		if (stop)
			add(o, "<br>");
		p = stop ? stop + 1 : end;
	}
}

static void add_row(struct out *o, const struct sheet *t, size_t *i, uint32_t row, uint32_t columns)
{
	const char *tag = row == 0 ? "th" : "td";
	uint32_t column;

	add(o, "<tr>");
	for (column = 0; column < columns; column++) {
		bool here = *i < t->cells && t->cell[*i].row == row && t->cell[*i].column == column;

		add(o, "<");
		add(o, tag);
		add(o, ">");
		if (here)
			add_lines(o, t->bytes.p + t->cell[*i].at, t->cell[*i].len);
		add(o, "</");
		add(o, tag);
		add(o, ">");
		*i += here;
	}
	add(o, "</tr>\n");
}

static void add_table(struct out *o, const struct story_item *item)
{
	const struct sheet *t = &item->sheet;
	uint32_t columns = 0, row;
	size_t i;

	for (i = 0; i < t->cells; i++)
		columns = t->cell[i].column >= columns ? t->cell[i].column + 1 : columns;
	add(o, "<table border=\"1\">\n");
	if (item->text.len > 0) {
		add(o, "<caption>");
		add_lines(o, item->text.p, item->text.len);
		add(o, "</caption>\n");
	}
	for (i = 0, row = 0; i < t->cells; row++)
		add_row(o, t, &i, row, columns);
	add(o, "</table>\n");
}

void html_write(const struct story *s, struct out *o)
{
	static const char *const tags[] = { [STORY_TEXT] = "p>", [STORY_HEADING] = "h2>", [STORY_FIXED] = "pre>" };
	size_t i;

	add(o, "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>Results</title></head><body>\n");
	for (i = 0; i < s->n; i++) {
		const struct story_item *item = &s->item[i];

		if (item->kind == STORY_TABLE) {
			add_table(o, item);
			continue;
		}
		add(o, "<");
		add(o, tags[item->kind]);
		if (item->kind == STORY_FIXED)
			xml_add(o, item->text.p, item->text.len);
		else
			add_lines(o, item->text.p, item->text.len);
		add(o, "</");
		add(o, tags[item->kind]);
		add(o, "\n");
	}
	add(o, "</body></html>\n");
}
