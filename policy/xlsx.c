/* policy/xlsx.c - workbooks: visible sheets of plain values. Dates become dates, as the reader saw them; formats, widths,
 * formulas and everything else that a sheet can have are refused or stay behind. Every spelling of "hidden" is one: XML is
 * read, not searched. Source: ECMA-376, part 1, 18.2 to 18.8 (workbook, sheets, strings, styles), 18.8.30 (number formats). */
#include <stdio.h>
#include <string.h>

#include "policy/story.h"
#include "policy/xml.h"

#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define LINKS "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define STYLES 4096u
#define STRINGS 200000u
#define SHEETS 64u
enum { M = 1, R = 2 };

struct book {
	struct story *story;
	struct zip *zip;
	struct xml x;
	bool from_1904;
	/* strings that cells share */
	struct out strings;
	struct {
		uint32_t at, len;
		bool used;
	} *string;
	size_t strings_n, strings_room;
	/* which styles of cells show dates */
	bool date_format[STYLES], date_style[STYLES];
	size_t styles;
};

static bool fail(struct book *b, const char *wrong)
{
	return story_refuse(b->story, wrong);
}

static bool begin(struct book *b, struct zip_part *part)
{
	static const char *const spaces[] = { MAIN, LINKS, NULL };

	xml_free(&b->x);
	b->x = (struct xml){ .at = part->text, .end = part->text + part->len, .spaces = spaces };
	return true;
}

/* What an attribute says, true where the schema's default is. */
static bool is_on(const struct xml *x, const char *name)
{
	const char *v = xml_value(x, XML_NONE, name);

	return v && strcmp(v, "0") != 0 && strcmp(v, "false") != 0;
}

static uint32_t number_of(const char *v, uint32_t most)
{
	uint32_t n = 0;

	for (; v && fold_is_digit(*v) && n <= most; v++)
		n = n * 10 + (uint32_t)(*v - '0');
	return v && *v == '\0' && n <= most ? n : UINT32_MAX;
}

/* A width or height that can't be seen: under 1, or no plain number. */
static bool is_thin(const char *v)
{
	return v && (*v < '1' || *v > '9' || strspn(v, "0123456789.") != strlen(v));
}

/* Text of a header without its instructions: "&C&12" for the middle and a size, "&A" for the sheet's name. */
static void add_header(struct out *o, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i] != '&' || i + 1 == n) {
			out_byte(o, p[i]);
			continue;
		}
		out_byte(o, ' ');
		i += p[i + 1] < '0' || p[i + 1] > '9';
	}
	out_byte(o, '\n');
}

/* All of the element at hand stays behind: its texts and values are searched, and that is all. */
static bool leave_behind(struct book *b)
{
	struct xml *x = &b->x;
	struct out *o = &b->story->aside;
	unsigned depth = x->depth;
	enum xml_event e = XML_OPEN;
	size_t i;

	for (; e != XML_BAD && !(e == XML_CLOSE && x->depth == depth); e = xml_next(x)) {
		for (i = 0; e == XML_OPEN && i < x->attrs; i++) {
			out_add(o, x->attr[i].value, x->attr[i].len);
			out_byte(o, '\n');
		}
		if (e == XML_TEXT)
			add_header(o, x->text, x->len);
	}
	return e != XML_BAD && (!o->failed || fail(b, "more than there is memory for"));
}

/* --- strings --- */

#define ESCAPE 7 /* bytes of "_x000D_" */

/* "_xHHHH_", which shows the character of that code. Source: ECMA-376, part 1, 22.9.2.19 (ST_Xstring). */
static bool is_escape(const char *p, size_t n)
{
	static const char form[] = "_x0000_";
	size_t i;

	for (i = 0; i < ESCAPE; i++)
		if (i >= n || (form[i] == '0' ? !strchr("0123456789abcdefABCDEF", p[i]) || p[i] == '\0' : p[i] != form[i]))
			return false;
	return true;
}

/* From at on, as a reader sees it. Excel writes ends of lines and '_' by their codes; whoever writes others so hides them. */
static bool read_escapes(struct book *b, struct out *o, size_t at)
{
	size_t i, to = at;

	for (i = at; !o->failed && i < o->len; i++) {
		unsigned long code;

		if (!is_escape(o->p + i, o->len - i)) {
			o->p[to++] = o->p[i];
			continue;
		}
		code = strtoul(o->p + i + 2, NULL, 16);
		i += ESCAPE - 1;
		if (code != '\r' && code != '\n' && code != '_')
			return fail(b, "text that is written in codes of its characters");
		if (code != '\r' || i + 1 == o->len || o->p[i + 1] != '\n')
			o->p[to++] = code == '_' ? '_' : '\n';
	}
	o->len = o->failed ? o->len : to;
	return true;
}

/* Text of si or is: t, and t within r. What is read aloud beside it is refused. */
static bool read_string(struct book *b, struct out *o)
{
	struct xml *x = &b->x;
	const size_t at = o->len;
	unsigned depth = x->depth;
	enum xml_event e;

	while ((e = xml_next(x)) != XML_BAD && !(e == XML_CLOSE && x->depth == depth)) {
		bool text = e == XML_TEXT && x->depth > depth && strcmp(x->open[x->depth - 1].name, "t") == 0;

		if (text)
			out_add(o, x->text, x->len);
		else if (e == XML_TEXT && !xml_blank(x))
			return fail(b, "text where none is shown");
		if (e != XML_OPEN || xml_is(x, M, "t") || xml_is(x, M, "r"))
			continue;
		if (!xml_is(x, M, "rPr"))
			return fail(b, "text that is not shown beside a cell's");
		if (!xml_skip(x, false, NULL))
			return false;
	}
	return e != XML_BAD && read_escapes(b, o, at);
}

static bool read_strings(struct book *b)
{
	struct zip_part *part = office_target(b->zip, "xl/workbook.xml", NULL, "/sharedStrings");
	struct xml *x = &b->x;
	enum xml_event e;

	if (!part)
		return true;
	begin(b, part);
	while ((e = xml_next(x)) != XML_DONE && e != XML_BAD) {
		size_t at = b->strings.len;

		if (e == XML_OPEN && x->depth == 1 && xml_is(x, M, "sst"))
			continue;
		if (e == XML_OPEN && !(x->depth == 2 && xml_is(x, M, "si")))
			return fail(b, "strings of an unusual form");
		if (e != XML_OPEN)
			continue;
		if (b->strings_n == STRINGS ||
			!room_for((void **)&b->string, &b->strings_room, b->strings_n, 1, sizeof(*b->string)))
			return fail(b, "more strings than are read");
		if (!read_string(b, &b->strings))
			return false;
		b->string[b->strings_n].at = (uint32_t)at;
		b->string[b->strings_n].len = (uint32_t)(b->strings.len - at);
		b->string[b->strings_n++].used = false;
	}
	return e == XML_DONE && (!b->strings.failed || fail(b, "more than there is memory for"));
}

/* --- styles: which of them are dates --- */

/* Letters of years, months, days, hours and seconds outside quotes, brackets and escapes. */
static bool is_date_format(const char *p)
{
	for (; *p; p++) {
		if (*p == '"' || *p == '[') {
			p = strchr(p + 1, *p == '"' ? '"' : ']');
			if (!p)
				return true;
		} else if (*p == '\\' || *p == '_' || *p == '*') {
			p += p[1] != '\0';
		} else if (strchr("ymdhsYMDHS", *p) && strncmp(p, "General", 7) != 0) {
			return true;
		}
	}
	return false;
}

static bool is_date_number(uint32_t n)
{
	return (n >= 14 && n <= 22) || (n >= 27 && n <= 36) || (n >= 45 && n <= 47) || (n >= 50 && n <= 58);
}

static bool read_styles(struct book *b)
{
	struct zip_part *part = office_target(b->zip, "xl/workbook.xml", NULL, "/styles");
	struct xml *x = &b->x;
	bool cells = false;
	enum xml_event e;

	if (!part)
		return true;
	begin(b, part);
	while ((e = xml_next(x)) != XML_DONE && e != XML_BAD) {
		uint32_t id = number_of(xml_value(x, XML_NONE, "numFmtId"), STYLES - 1);
		const char *code = xml_value(x, XML_NONE, "formatCode");

		if (e == XML_TEXT && !xml_blank(x))
			return fail(b, "text where none is shown");
		if (e == XML_CLOSE && xml_is(x, M, "cellXfs"))
			cells = false;
		if (e != XML_OPEN)
			continue;
		cells |= xml_is(x, M, "cellXfs");
		if (xml_is(x, M, "numFmt") && code && id != UINT32_MAX)
			b->date_format[id] = is_date_format(code);
		if (cells && xml_is(x, M, "xf") && b->styles < STYLES)
			b->date_style[b->styles++] = id != UINT32_MAX && (is_date_number(id) || b->date_format[id]);
	}
	return e == XML_DONE;
}

/* --- cells --- */

struct place_in {
	uint32_t row, column; /* of the next cell, from 0 */
	bool row_seen;
};

/* "BC12" to column and row, from 0. */
static bool read_reference(const char *p, uint32_t *ret_row, uint32_t *ret_column)
{
	uint32_t column = 0, row;

	for (; *p >= 'A' && *p <= 'Z' && column <= SHEET_COLUMNS; p++)
		column = column * 26 + (uint32_t)(*p - 'A') + 1;
	row = number_of(p, SHEET_ROWS);
	if (column == 0 || column > SHEET_COLUMNS || row == 0 || row == UINT32_MAX)
		return false;
	*ret_row = row - 1;
	*ret_column = column - 1;
	return true;
}

/* Days since the end of 1899, as Excel counts them, to a date and, where there is one, a time. */
static size_t date_text(double v, bool from_1904, char ret[32])
{
	int64_t days = (int64_t)v + (from_1904 ? 24107 : 0) - 25569, z = days + 719468, era = z / 146097;
	int64_t day = z - era * 146097, year, month, seconds = (int64_t)((v - (double)(int64_t)v) * 86400 + 0.5);

	year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;
	day -= (153 * month + 2) / 5 - 1;
	year += era * 400 + (month >= 10);
	month += month < 10 ? 3 : -9;
	if (seconds == 0)
		return (size_t)snprintf(ret, 32, "%04d-%02d-%02d", (int)year, (int)month, (int)day);
	return (size_t)snprintf(ret, 32, "%04d-%02d-%02d %02d:%02d:%02d", (int)year, (int)month, (int)day, (int)(seconds / 3600 % 24),
		(int)(seconds / 60 % 60), (int)(seconds % 60));
}

static bool is_number(const char *p)
{
	const char *digits = "0123456789";
	size_t n;

	p += *p == '-';
	n = strspn(p, digits);
	if (n == 0)
		return false;
	p += n;
	if (*p == '.')
		p += 1 + strspn(p + 1, digits);
	if (*p == 'e' || *p == 'E') {
		p++;
		p += *p == '-' || *p == '+';
		if (strspn(p, digits) == 0)
			return false;
		p += strspn(p, digits);
	}
	return *p == '\0';
}

static bool add_shared(struct book *b, const struct place_in *at, const char *value)
{
	uint32_t i = number_of(value, STRINGS);

	if (i == UINT32_MAX || i >= b->strings_n)
		return fail(b, "a cell with a string that is not there");
	b->string[i].used = true;
	return story_cell(b->story, at->row, at->column, b->strings.p + b->string[i].at, b->string[i].len, false);
}

static bool add_number(struct book *b, const struct place_in *at, const char *value, uint32_t style)
{
	double v = is_number(value) ? strtod(value, NULL) : -1;
	char date[32];

	if (!is_number(value))
		return fail(b, "a number that is none");
	if (style < b->styles && b->date_style[style] && v >= 1 && v < 2958466)
		return story_cell(b->story, at->row, at->column, date, date_text(v, b->from_1904, date), false);
	return story_cell(b->story, at->row, at->column, value, strlen(value), true);
}

static bool add_value(struct book *b, const struct place_in *at, const char *type, uint32_t style, const char *value)
{
	if (strcmp(type, "s") == 0)
		return add_shared(b, at, value);
	if (strcmp(type, "n") == 0)
		return add_number(b, at, value, style);
	if (strcmp(type, "b") == 0)
		return story_cell(b->story, at->row, at->column, *value == '1' ? "TRUE" : "FALSE", *value == '1' ? 4 : 5, false);
	if (strcmp(type, "str") == 0 || strcmp(type, "e") == 0 || strcmp(type, "d") == 0)
		return story_cell(b->story, at->row, at->column, value, strlen(value), false);
	return fail(b, "a cell of an unknown type");
}

/* v, or is; a formula is more than its value. */
static bool read_cell(struct book *b, struct place_in *at)
{
	struct xml *x = &b->x;
	const char *r = xml_value(x, XML_NONE, "r"), *t = xml_value(x, XML_NONE, "t"), *s = xml_value(x, XML_NONE, "s");
	uint32_t style = s ? number_of(s, STYLES) : 0, row = at->row, column = at->column;
	char type[16];
	struct out text = { 0 };
	enum xml_event e;
	bool good = true, some = false;

	snprintf(type, sizeof(type), "%s", t ? t : "n");
	if (r && (!read_reference(r, &row, &column) || row != at->row || column < at->column))
		return fail(b, "cells that are not where they say");
	at->column = column;
	while (good && (e = xml_next(x)) != XML_CLOSE) {
		if (e == XML_BAD || e == XML_TEXT) {
			good = e == XML_TEXT && (xml_blank(x) || fail(b, "text outside its cells"));
		} else if (xml_is(x, M, "v") && !some && strcmp(type, "inlineStr") != 0) {
			some = true;
			while (good && (e = xml_next(x)) != XML_CLOSE) {
				good = e == XML_TEXT || fail(b, "a cell of an unusual form");
				out_add(&text, x->text, good ? x->len : 0);
			}
			good = good && read_escapes(b, &text, 0);
			out_byte(&text, '\0');
			good = good && !text.failed && (text.len == 1 || add_value(b, at, type, style, text.p));
		} else if (xml_is(x, M, "is") && !some && strcmp(type, "inlineStr") == 0) {
			some = true;
			good = read_string(b, &text) && !text.failed && story_cell(b->story, at->row, at->column, text.p, text.len, false);
		} else {
			good = fail(b, xml_is(x, M, "f") ? "a formula" : "a cell of an unusual form");
		}
	}
	at->column++;
	free(text.p);
	return good;
}

static bool read_row(struct book *b, struct place_in *at)
{
	struct xml *x = &b->x;
	const char *r = xml_value(x, XML_NONE, "r");
	uint32_t row = r ? number_of(r, SHEET_ROWS) : at->row + at->row_seen + 1;
	enum xml_event e;

	if (is_on(x, "hidden") || is_on(x, "collapsed") || is_thin(xml_value(x, XML_NONE, "ht")))
		return fail(b, "hidden rows");
	if (row == UINT32_MAX || row == 0 || row - 1 < at->row + at->row_seen)
		return fail(b, "rows that are not where they say");
	*at = (struct place_in){ .row = row - 1, .row_seen = true };
	while ((e = xml_next(x)) != XML_CLOSE) {
		if (e == XML_BAD || (e == XML_TEXT && !xml_blank(x)))
			return fail(b, "text outside its cells");
		if (e == XML_OPEN && !xml_is(x, M, "c"))
			return fail(b, "a row of an unusual form");
		if (e == XML_OPEN && !read_cell(b, at))
			return false;
	}
	return true;
}

/* --- sheets --- */

static bool read_rows(struct book *b)
{
	struct place_in at = { 0 };
	enum xml_event e;

	while ((e = xml_next(&b->x)) != XML_CLOSE) {
		if (e == XML_BAD || (e == XML_TEXT && !xml_blank(&b->x)))
			return fail(b, "text outside its cells");
		if (e == XML_OPEN && !xml_is(&b->x, M, "row"))
			return fail(b, "rows of an unusual form");
		if (e == XML_OPEN && !read_row(b, &at))
			return false;
	}
	return true;
}

static const char *column_wrong(const struct xml *x)
{
	if (is_on(x, "hidden") || is_on(x, "collapsed") || is_thin(xml_value(x, XML_NONE, "width")))
		return "hidden columns";
	return NULL;
}

/* What is about the sheet's looks alone. */
static const char *const looks[] = { "sheetPr", "dimension", "sheetViews", "mergeCells", "pageMargins", "printOptions", "pageSetup",
	"ignoredErrors", "phoneticPr", NULL };

static bool read_about(struct book *b)
{
	struct xml *x = &b->x;

	if (xml_is(x, M, "sheetFormatPr"))
		return is_on(x, "zeroHeight") || is_thin(xml_value(x, XML_NONE, "defaultRowHeight")) ||
				       is_thin(xml_value(x, XML_NONE, "defaultColWidth")) || is_thin(xml_value(x, XML_NONE, "baseColWidth")) ?
			       fail(b, "hidden rows") :
			       xml_skip(x, false, NULL);
	if (xml_is(x, M, "cols"))
		return xml_skip(x, false, column_wrong);
	if (xml_is(x, M, "headerFooter"))
		return leave_behind(b);
	if (x->space != M || !word_in(looks, x->name, strlen(x->name)) ||
		(xml_value(x, R, "id") && !xml_is(x, M, "pageSetup")))
		return fail(b, "a sheet with more than values, such as formats by condition, comments, pictures or filters");
	return xml_skip(x, false, NULL);
}

static bool read_sheet(struct book *b, struct zip_part *part)
{
	struct xml *x = &b->x;
	enum xml_event e;

	begin(b, part);
	while ((e = xml_next(x)) != XML_DONE) {
		if (e == XML_BAD)
			return false;
		if (e != XML_OPEN)
			continue;
		if (x->depth == 1 && xml_is(x, M, "worksheet"))
			continue;
		if (x->depth == 1)
			return fail(b, "a sheet that is none");
		if (!(xml_is(x, M, "sheetData") ? read_rows(b) : read_about(b)))
			return false;
	}
	return true;
}

struct sheets {
	struct zip_part *part[SHEETS];
	char name[SHEETS][128];
	size_t n;
};

static bool take_sheet(struct book *b, struct sheets *s)
{
	struct xml *x = &b->x;
	const char *state = xml_value(x, XML_NONE, "state"), *id = xml_value(x, R, "id"), *name = xml_value(x, XML_NONE, "name");
	size_t i;

	if (state && strcmp(state, "visible") != 0)
		return fail(b, "a hidden sheet");
	for (i = 0; name && name[i]; i++)
		if (is_escape(name + i, strlen(name + i)))
			return fail(b, "a sheet's name that is written in codes of its characters");
	if (!id || !name || s->n == SHEETS || strlen(name) >= sizeof(s->name[0]))
		return fail(b, "more sheets than are read, or one without a name");
	s->part[s->n] = office_target(b->zip, "xl/workbook.xml", id, "/worksheet");
	if (!s->part[s->n])
		return fail(b, "a sheet that is not there");
	for (i = 0; i < s->n; i++)
		if (s->part[i] == s->part[s->n])
			return fail(b, "two sheets of one part");
	snprintf(s->name[s->n++], sizeof(s->name[0]), "%s", name);
	return xml_skip(x, false, NULL);
}

static bool read_workbook(struct book *b, struct sheets *s)
{
	static const char *const known[] = { "workbook", "fileVersion", "workbookPr", "bookViews", "workbookView", "sheets", "calcPr",
		"definedNames", "workbookProtection", NULL };
	struct zip_part *part = zip_find(b->zip, "xl/workbook.xml");
	struct xml *x = &b->x;
	enum xml_event e;

	if (!part)
		return fail(b, "no workbook");
	begin(b, part);
	while ((e = xml_next(x)) != XML_DONE) {
		const char *seen = e == XML_OPEN ? xml_value(x, XML_NONE, "visibility") : NULL;

		if (e == XML_BAD)
			return false;
		if (e == XML_TEXT && !xml_blank(x))
			return fail(b, "text where none is shown");
		if (e != XML_OPEN)
			continue;
		/* what Excel and LibreOffice keep there for themselves */
		if (x->depth == 2 && (x->space != M || xml_is(x, M, "extLst"))) {
			if (!leave_behind(b))
				return false;
			continue;
		}
		if (xml_is(x, M, "sheet") ? !take_sheet(b, s) : x->space != M || !word_in(known, x->name, strlen(x->name)))
			return fail(b, xml_is(x, M, "definedName") ? "named ranges" : "a workbook with more than sheets");
		if (seen && strcmp(seen, "visible") != 0)
			return fail(b, "a hidden window");
		b->from_1904 |= xml_is(x, M, "workbookPr") && is_on(x, "date1904");
	}
	return s->n > 0 || fail(b, "no sheet");
}

static bool every_sheet(struct book *b, const struct sheets *s)
{
	size_t i, all = 0;

	for (i = 0; i < b->zip->parts; i++)
		all += strncmp(b->zip->part[i].name, "xl/worksheets/sheet", 19) == 0;
	if (all != s->n)
		return fail(b, "a sheet that the workbook does not name");
	for (i = 0; i < s->n; i++) {
		struct story_item *item = story_add(b->story, STORY_TABLE);

		if (!item)
			return false;
		out_add(&item->text, s->name[i], strlen(s->name[i]));
		if (!read_sheet(b, s->part[i]))
			return false;
	}
	for (i = 0; i < b->strings_n; i++)
		if (!b->string[i].used && b->string[i].len > 0)
			return fail(b, "a string that no cell has");
	return true;
}

bool xlsx_read(struct story *s, struct zip *z)
{
	struct book *b = calloc(1, sizeof(*b));
	struct sheets *sheets = calloc(1, sizeof(*sheets));
	bool good = b && sheets, was_read = good;

	if (good) {
		b->story = s;
		b->zip = z;
		good = read_workbook(b, sheets) && read_strings(b) && read_styles(b) && every_sheet(b, sheets);
		if (!good && b->x.wrong)
			story_refuse(s, b->x.wrong);
		xml_free(&b->x);
		free(b->strings.p);
		free(b->string);
	}
	free(b);
	free(sheets);
	return good || story_refuse(s, was_read ? "text where none is shown" : "more than there is memory for");
}

/* --- writing --- */

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define PACKAGE "http://schemas.openxmlformats.org/package/2006/"
#define KIND "application/vnd.openxmlformats-officedocument.spreadsheetml."

static void add(struct out *o, const char *text)
{
	out_add(o, text, strlen(text));
}

/* '%' stands for the number. */
static void add_numbered(struct out *o, const char *text, unsigned n)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", n);
	for (; *text; text++)
		if (*text == '%')
			add(o, number);
		else
			out_byte(o, *text);
}

static void add_reference(struct out *o, uint32_t row, uint32_t column)
{
	char letters[8], *p = letters + sizeof(letters) - 1;

	*p = '\0';
	for (column++; column > 0; column = (column - 1) / 26)
		*--p = (char)('A' + (column - 1) % 26);
	add(o, p);
	add_numbered(o, "%", row + 1);
}

/* What reads as the code of a character, but is none: its '_' is written as a code. */
static void add_text(struct out *o, const char *p, size_t n)
{
	size_t i, from = 0;

	for (i = 0; i < n; i++) {
		if (!is_escape(p + i, n - i))
			continue;
		xml_add(o, p + from, i - from);
		add(o, "_x005F_");
		from = i + 1;
	}
	xml_add(o, p + from, n - from);
}

static void add_cell(struct out *o, const struct sheet *t, const struct sheet_cell *c)
{
	const char *p = t->bytes.p + c->at;

	add(o, "<c r=\"");
	add_reference(o, c->row, c->column);
	add(o, c->number ? "\"><v>" : "\" t=\"inlineStr\"><is><t xml:space=\"preserve\">");
	(c->number ? xml_add : add_text)(o, p, c->len);
	add(o, c->number ? "</v></c>" : "</t></is></c>");
}

static void add_sheet(struct out *o, const struct sheet *t)
{
	size_t i;

	add(o, HEAD "<worksheet xmlns=\"" MAIN "\"><sheetData>");
	for (i = 0; i < t->cells; i++) {
		if (i == 0 || t->cell[i].row != t->cell[i - 1].row)
			add_numbered(o, "<row r=\"%\">", t->cell[i].row + 1);
		add_cell(o, t, &t->cell[i]);
		if (i + 1 == t->cells || t->cell[i].row != t->cell[i + 1].row)
			add(o, "</row>");
	}
	add(o, "</sheetData></worksheet>");
}

/* A part of one entry for each sheet. */
static void add_list(const struct story *s, struct zip_out *z, const char *name, const char *head, const char *each, const char *tail)
{
	struct out o = { 0 };
	unsigned i;

	add(&o, head);
	for (i = 0; i < s->n; i++)
		add_numbered(&o, each, i + 1);
	add(&o, tail);
	zip_add(z, name, o.p, o.len);
	z->out->failed |= o.failed;
	free(o.p);
}

static void add_workbook(const struct story *s, struct zip_out *z)
{
	struct out o = { 0 };
	unsigned i;

	add(&o, HEAD "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" LINKS "\"><sheets>");
	for (i = 0; i < s->n; i++) {
		add(&o, "<sheet name=\"");
		xml_add(&o, s->item[i].text.p, s->item[i].text.len);
		add_numbered(&o, "\" sheetId=\"%\" r:id=\"rId%\"/>", i + 1);
	}
	add(&o, "</sheets></workbook>");
	zip_add(z, "xl/workbook.xml", o.p, o.len);
	z->out->failed |= o.failed;
	free(o.p);
}

void xlsx_write(const struct story *s, struct zip_out *z)
{
	static const char rels[] = HEAD "<Relationships xmlns=\"" PACKAGE "relationships\"><Relationship Id=\"rId1\" Type=\"" LINKS
					"/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";
	char name[64];
	unsigned i;

	add_list(s, z, "[Content_Types].xml", HEAD "<Types xmlns=\"" PACKAGE "content-types\"><Default Extension=\"rels\" ContentType="
		"\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/xl/workbook.xml\" "
		"ContentType=\"" KIND "sheet.main+xml\"/>",
		"<Override PartName=\"/xl/worksheets/sheet%.xml\" ContentType=\"" KIND "worksheet+xml\"/>", "</Types>");
	zip_add(z, "_rels/.rels", rels, sizeof(rels) - 1);
	add_workbook(s, z);
	add_list(s, z, "xl/_rels/workbook.xml.rels", HEAD "<Relationships xmlns=\"" PACKAGE "relationships\">",
		"<Relationship Id=\"rId%\" Type=\"" LINKS "/worksheet\" Target=\"worksheets/sheet%.xml\"/>", "</Relationships>");
	for (i = 0; i < s->n; i++) {
		struct out o = { 0 };

		add_sheet(&o, &s->item[i].sheet);
		snprintf(name, sizeof(name), "xl/worksheets/sheet%u.xml", i + 1);
		zip_add(z, name, o.p, o.len);
		z->out->failed |= o.failed;
		free(o.p);
	}
}
