/* policy/story.c - see story.h. */
#include <string.h>

#include "policy/story.h"
#include "policy/table.h"

#define AREA_MAX 4000000u /* rows times columns of a table */
#define HEADER_ROWS 3u
#define GAP_MAX 20u /* empty rows or columns; nobody looks further */

bool story_refuse(struct story *s, const char *wrong)
{
	if (!s->wrong)
		s->wrong = wrong;
	return false;
}

struct story_item *story_add(struct story *s, enum story_kind kind)
{
	struct story_item *i;

	if (s->n == STORY_ITEMS || !room_for((void **)&s->item, &s->room, s->n, 1, sizeof(*s->item))) {
		story_refuse(s, "more paragraphs than are read");
		return NULL;
	}
	i = &s->item[s->n++];
	*i = (struct story_item){ .kind = kind };
	return i;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Appends p..p+n in its one form, without blanks at its ends. */
static bool add_trimmed(struct out *o, const char *p, size_t n)
{
	size_t start = o->len, skip = 0;

	if (!nfc_add(o, p, n) || o->failed)
		return false;
	while (o->len > start && is_blank(o->p[o->len - 1]))
		o->len--;
	while (start + skip < o->len && is_blank(o->p[start + skip]))
		skip++;
	if (skip > 0)
		memmove(o->p + start, o->p + start + skip, o->len - start - skip);
	o->len -= skip;
	return true;
}

bool story_cell(struct story *s, uint32_t row, uint32_t column, const char *p, size_t n, bool number)
{
	struct sheet *t = &s->item[s->n - 1].sheet;
	size_t at = t->bytes.len;

	if (n > 0 && !add_trimmed(&t->bytes, p, n))
		return story_refuse(s, "text that has no plain form");
	if (t->bytes.len == at)
		return true;
	if (row >= SHEET_ROWS || column >= SHEET_COLUMNS || ++s->cells > SHEET_CELLS || t->bytes.len > UINT32_MAX / 2 ||
		!room_for((void **)&t->cell, &t->room, t->cells, 1, sizeof(*t->cell)))
		return story_refuse(s, "more cells than are read");
	t->cell[t->cells++] = (struct sheet_cell){ row, column, (uint32_t)at, (uint32_t)(t->bytes.len - at), number };
	return true;
}

bool story_again(struct story *s, uint32_t row, uint32_t column, const char *p, size_t n, bool number)
{
	s->again += n + 1;
	if (s->again > SHEET_AGAIN)
		return story_refuse(s, "long text in a cell over many rows or columns");
	return story_cell(s, row, column, p, n, number);
}

void story_words(struct out *o, const char *p, size_t n)
{
	const char *end = p + n;

	while (p < end) {
		size_t wide = text_blank(p, end), blank = wide ? wide : is_blank(*p) || *p == '\r';

		if (blank == 0)
			out_byte(o, *p);
		else if (o->len > 0 && !is_blank(o->p[o->len - 1]))
			out_byte(o, ' ');
		p += blank ? blank : 1;
	}
}

static void sheet_free(struct sheet *t)
{
	free(t->cell);
	free(t->bytes.p);
}

void story_free(struct story *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		free(s->item[i].text.p);
		sheet_free(&s->item[i].sheet);
	}
	free(s->item);
	free(s->aside.p);
	*s = (struct story){ .wrong = s->wrong };
}

/* --- tables --- */

/* Cells [from, to) of a sheet, rows without one that is empty between them. */
struct piece {
	const struct sheet *sheet;
	size_t from, to;
	uint32_t left, right; /* columns, both of them with cells */
	bool loose;           /* of struct loose, where each row may be as wide as it likes */
};

static const char *cell_text(const struct piece *p, size_t i)
{
	return p->sheet->bytes.p + p->sheet->cell[i].at;
}

static size_t row_end(const struct piece *p, size_t i)
{
	uint32_t row = p->sheet->cell[i].row;

	while (i < p->to && p->sheet->cell[i].row == row)
		i++;
	return i;
}

static size_t row_begin(const struct piece *p, size_t end)
{
	size_t i = end - 1;

	while (i > p->from && p->sheet->cell[i - 1].row == p->sheet->cell[i].row)
		i--;
	return i;
}

static void measure(struct piece *p)
{
	size_t i;

	p->left = UINT32_MAX;
	p->right = 0;
	for (i = p->from; i < p->to; i++) {
		uint32_t column = p->sheet->cell[i].column;

		p->left = column < p->left ? column : p->left;
		p->right = column > p->right ? column : p->right;
	}
}

static void add_field(struct out *o, const char *p, size_t n)
{
	bool quoted = n > 0 && (memchr(p, '"', n) || memchr(p, ',', n) || memchr(p, '\n', n) || memchr(p, ';', n) || *p == ' ');
	size_t i;

	if (!quoted) {
		out_add(o, p, n);
		return;
	}
	out_byte(o, '"');
	for (i = 0; i < n; i++) {
		if (p[i] == '"')
			out_byte(o, '"');
		out_byte(o, p[i]);
	}
	out_byte(o, '"');
}

static bool is_number(const char *p, size_t n)
{
	size_t i;
	bool digits = false;

	for (i = 0; i < n; i++) {
		digits |= fold_is_digit(p[i]);
		if (!fold_is_digit(p[i]) && !strchr("+-.,<>% ()", p[i]))
			return false;
	}
	return digits;
}

/* Each of them is short enough for a name, and none is a number. */
static bool all_words(const struct piece *p, size_t i, size_t end)
{
	while (i < end && p->sheet->cell[i].len < HEADER_MAX && !is_number(cell_text(p, i), p->sheet->cell[i].len))
		i++;
	return i == end;
}

/* Names of groups stand over those of columns, in up to three rows of words over the first that has a number: how many rows
 * there are, 1 where no number follows. */
static size_t header_rows(const struct piece *p)
{
	size_t i = p->from, end = row_end(p, i), rows = 0;

	while (rows < HEADER_ROWS && all_words(p, i, end) && end < p->to) {
		rows++;
		i = end;
		end = row_end(p, i);
	}
	return rows > 0 && !all_words(p, i, end) ? rows : 1;
}

/* fill: the names of groups, of which each stands over all columns up to the next. */
static void add_record(struct out *o, const struct piece *p, size_t i, size_t end, bool fill)
{
	size_t from = i;
	uint32_t column;

	for (column = p->left; column <= p->right; column++) {
		if (column > p->left)
			out_byte(o, ',');
		if (i < end && p->sheet->cell[i].column == column) {
			add_field(o, cell_text(p, i), p->sheet->cell[i].len);
			i++;
		} else if (fill && i > from) {
			add_field(o, cell_text(p, i - 1), p->sheet->cell[i - 1].len);
		} else if (p->left == p->right) {
			out_add(o, "\"\"", 2);
		}
	}
	out_byte(o, '\n');
}

/* What was found in the table stands in the sheet further down and further right. rows: where its rows stand, uint32_t each. */
static void move_places(struct report *r, size_t from, const struct out *rows, uint32_t columns)
{
	size_t i, n = rows->len / sizeof(uint32_t);
	uint32_t row;

	for (i = from; i < r->count; i++) {
		r->list[i].offset = 0;
		r->list[i].line = 0;
		if (r->list[i].row == 0 || n == 0)
			continue;
		memcpy(&row, rows->p + (r->list[i].row <= n ? r->list[i].row - 1 : n - 1) * sizeof(row), sizeof(row));
		r->list[i].row = row + 1u;
		r->list[i].column += columns;
	}
}

/* The last column that has a name, in any row of names. */
static uint32_t header_right(const struct piece *p)
{
	size_t rows = header_rows(p), i = p->from, end = row_end(p, i);
	uint32_t right = p->sheet->cell[end - 1].column;

	for (; rows > 1; rows--) {
		i = end;
		end = row_end(p, i);
		right = p->sheet->cell[end - 1].column > right ? p->sheet->cell[end - 1].column : right;
	}
	return right;
}

/* A header is over every column that has something. */
static void check_header(const struct content *c, const struct piece *p)
{
	if (header_right(p) < p->right)
		report_add(c->report, RULE_HIDDEN, FINDING_BLOCK, (struct place){ .row = p->sheet->cell[p->from].row + 1 },
			"give each column a header", "cells stand to the right of all headers here");
}

/* Words over a table say whom it is about; what sheets are called by themselves says nothing. */
static uint64_t title_of(const char *p, size_t n)
{
	static const char *const silent[] = { "table", "tab", "figure", "taulukko", "tabell", "tafla", "results", "sheet", "taul", "blad", "ark",
		"tabelle", NULL };
	char fold[HEADER_MAX];
	size_t from, to = 0;
	uint64_t sum = 0;

	n = n == 0 ? 0 : text_fold(p, n < HEADER_MAX ? n : HEADER_MAX, false, fold);
	while (to < n) {
		for (from = to; from < n && !fold_is_word(fold[from]);)
			from++;
		for (to = from; to < n && fold_is_word(fold[to]) && (fold_is_digit(fold[to]) == fold_is_digit(fold[from]));)
			to++;
		if (to > from && !fold_is_digit(fold[from]) && !word_in(silent, fold + from, to - from))
			sum += header_category(fold + from, to - from, true);
	}
	return sum;
}

/* As in a CSV file: lines within a cell may be rows. */
static void tell_lines(const struct content *c, const struct piece *p)
{
	size_t i;

	for (i = p->from; i < p->to && !memchr(cell_text(p, i), '\n', p->sheet->cell[i].len);)
		i++;
	if (i < p->to)
		report_add(c->report, RULE_HIDDEN, FINDING_REVIEW,
			(struct place){ .row = p->sheet->cell[i].row + 1, .column = p->sheet->cell[i].column + 1 },
			"write each cell on one line", "a cell has more than one line, which may be rows of a table of their own");
}

static void judge_table(const struct content *c, const struct piece *p, uint64_t title)
{
	const struct hidden how = { .table = true };
	size_t before = c->report->count, names = header_rows(p), i, end;
	struct out o = { 0 }, rows = { 0 };

	for (i = p->from; i < p->to; i = end) {
		end = row_end(p, i);
		add_record(&o, p, i, end, names > 1);
		names -= names > 1;
		out_add(&rows, (const char *)&p->sheet->cell[i].row, sizeof(p->sheet->cell[i].row));
	}
	if (o.failed || rows.failed) {
		report_add(c->report, RULE_SIZE, FINDING_BLOCK, (struct place){ 0 }, "release less, or several files",
			"there was no memory to read a table");
	} else {
		hidden_check(c->report, &how, o.p, o.len);
		if (table_check(c->policy, c->file, c->report, c->scan, o.p, o.len, false, title, c->counts))
			quoted_cells(c, o.p, o.len, ',');
		else
			scan_text(c->scan, o.p, o.len);
		staged_check(c->file, c->report, o.p, o.len, ',');
		move_places(c->report, before, &rows, p->left);
		tell_lines(c, p);
		if (!p->loose)
			check_header(c, p);
	}
	free(o.p);
	free(rows.p);
}

/* One cell alone in its row, and words: a title over a table, or a note below it. */
static bool is_words(const struct piece *p, size_t i, size_t end)
{
	return end == i + 1 && !is_number(cell_text(p, i), p->sheet->cell[i].len);
}

static void add_words(struct out *text, const struct piece *p, size_t from, size_t to)
{
	for (; from < to; from++) {
		bool more = from + 1 < to && p->sheet->cell[from + 1].row == p->sheet->cell[from].row;

		out_add(text, cell_text(p, from), p->sheet->cell[from].len);
		out_add(text, more ? " = " : "\n", more ? 3 : 1);
	}
}

/* Titles and notes to text; the rest is a table. */
static void judge_piece(const struct content *c, struct piece p, struct out *text, bool sheets, uint64_t title)
{
	size_t from = p.from, to = p.to, i;
	bool words = true;

	for (i = p.from; words && i < p.to; i = row_end(&p, i))
		words = is_words(&p, i, row_end(&p, i));
	if (words && sheets) {
		add_words(text, &p, from, to);
		return;
	}
	while (sheets && from < to && is_words(&p, from, row_end(&p, from)) && row_end(&p, from) < to &&
		row_end(&p, row_end(&p, from)) - row_end(&p, from) != 1)
		from = row_end(&p, from);
	while (sheets && from < to && is_words(&p, row_begin(&p, to), to))
		to = row_begin(&p, to);
	for (i = p.from; i < from; i++)
		title += title_of(cell_text(&p, i), p.sheet->cell[i].len);
	add_words(text, &p, p.from, from);
	add_words(text, &p, to, p.to);
	p.from = from;
	p.to = to;
	measure(&p);
	if (row_end(&p, from) == to && sheets)
		add_words(text, &p, from, to);
	else
		judge_table(c, &p, title);
}

static void far_off(const struct content *c, const struct sheet_cell *cell)
{
	report_add(c->report, RULE_HIDDEN, FINDING_BLOCK, (struct place){ .row = cell->row + 1, .column = cell->column + 1 },
		"move the cells to where the others are",
		"a cell stands more than 20 empty rows or columns from the others, where nobody looks for it");
}

/* Rows that stand alone, between empty ones or as a table each. They are judged where they stand, and together: a table that
 * was taken apart is one of persons all the same. */
struct loose {
	struct sheet sheet;
	uint32_t rows;
	bool failed;
};

static bool is_loose(const struct piece *p)
{
	return p->to - p->from > 1 && row_end(p, p->from) == p->to;
}

static void add_loose(struct loose *l, const struct piece *p, bool sheets)
{
	struct sheet *t = &l->sheet;
	size_t i;

	for (i = p->from; i < p->to; i++) {
		const struct sheet_cell *c = &p->sheet->cell[i];

		if (!room_for((void **)&t->cell, &t->room, t->cells, 1, sizeof(*t->cell))) {
			l->failed = true;
			return;
		}
		t->cell[t->cells++] = (struct sheet_cell){ sheets ? c->row : l->rows, c->column, (uint32_t)t->bytes.len, c->len, c->number };
		out_add(&t->bytes, cell_text(p, i), c->len);
	}
	l->failed |= t->bytes.failed;
	l->rows++;
}

static void judge_loose(const struct content *c, struct loose *l, uint64_t title)
{
	struct piece p = { .sheet = &l->sheet, .to = l->sheet.cells, .loose = true };

	measure(&p);
	if (l->failed)
		report_add(c->report, RULE_SIZE, FINDING_BLOCK, (struct place){ 0 }, "release less, or several files",
			"there was no memory to read a table");
	else if (l->rows > 1)
		judge_table(c, &p, title);
	sheet_free(&l->sheet);
	*l = (struct loose){ 0 };
}

/* A row that stands alone joins those before it, which anything but a title ends. */
static void take_loose(const struct content *c, struct loose *l, const struct piece *p, bool sheets, uint64_t title)
{
	if (is_loose(p))
		add_loose(l, p, sheets);
	else if (p->to - p->from > 1)
		judge_loose(c, l, title);
}

/* Cells that no empty row parts are one table. Of other formats than sheets a table is a table, empty rows or not. */
static void judge_sheet(const struct content *c, const struct sheet *t, struct out *text, bool sheets, uint64_t title,
	struct loose *l)
{
	struct piece p = { .sheet = t };
	bool far = false;
	size_t i;

	for (i = 0; i < t->cells; i++) {
		const struct sheet_cell *a = i > 0 ? &t->cell[i - 1] : &(struct sheet_cell){ 0 }, *b = &t->cell[i];
		bool same = i > 0 && a->row == b->row;

		if (!far && (b->row - a->row > GAP_MAX + 1 || (same && b->column - a->column > GAP_MAX + 1) ||
			(i == 0 && b->column > GAP_MAX))) {
			far = true;
			far_off(c, b);
		}
		if (i > 0 && sheets && b->row > a->row + 1) {
			p.to = i;
			judge_piece(c, p, text, sheets, title);
			take_loose(c, l, &p, sheets, title);
			p.from = i;
		}
	}
	p.to = t->cells;
	if (p.to == p.from)
		return;
	judge_piece(c, p, text, sheets, title);
	take_loose(c, l, &p, sheets, title);
}

static bool has_letter(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((p[i] >= 'a' && p[i] <= 'z') || (p[i] >= 'A' && p[i] <= 'Z') || (unsigned char)p[i] >= 0x80)
			return true;
	return false;
}

static bool says_something(const struct out *o)
{
	size_t i;

	for (i = 0; i < o->len; i++)
		if (fold_is_digit(o->p[i]) || has_letter(o->p + i, 1))
			return true;
	return false;
}

void story_judge(const struct content *c, const struct story *s, bool sheets)
{
	const struct hidden how = { .json = false };
	struct out text = { 0 };
	struct loose loose = { 0 };
	uint64_t title = 0; /* of what stands over a table */
	size_t i;

	if (s->aside.len > 0)
		scan_text(c->scan, s->aside.p, s->aside.len);
	for (i = 0; i < s->n; i++) {
		const struct story_item *item = &s->item[i];

		out_add(&text, item->text.p, item->text.len);
		out_byte(&text, '\n');
		if (item->kind != STORY_TABLE && says_something(&item->text))
			judge_loose(c, &loose, title);
		if (item->kind != STORY_TABLE)
			title = title_of(item->text.p, item->text.len);
		else
			judge_sheet(c, &item->sheet, &text, sheets, title + title_of(item->text.p, item->text.len), &loose);
		if (sheets)
			judge_loose(c, &loose, title);
	}
	judge_loose(c, &loose, title);
	hidden_check(c->report, &how, text.p, text.len);
	if (text.failed) {
		report_add(c->report, RULE_SIZE, FINDING_BLOCK, (struct place){ 0 }, "release less, or several files",
			"there was no memory to read the text");
	} else if (text.len > 0) {
		scan_text(c->scan, text.p, text.len);
		text_tables_check(c->policy, c->file, c->report, text.p, text.len, c->counts);
		staged_check(c->file, c->report, text.p, text.len, '\0');
	}
	free(text.p);
}

#define ROW_NUMBERS 4 /* in a line of a drawing's text */
static size_t count_numbers(const char *p, size_t n)
{
	size_t i, all = 0;

	for (i = 0; i < n; i++)
		all += fold_is_digit(p[i]) && (i == 0 || is_blank(p[i - 1]) || strchr(",;|", p[i - 1]));
	return all;
}

/* Lines with words, each by itself, and rows of numbers as they stand; a label along an axis is one number. */
static void add_phrases(struct out *o, const char *p, size_t n)
{
	const char *end = p + n;
	bool row = false;

	while (p < end) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((stop ? stop : end) - p);

		if (count_numbers(p, len) >= ROW_NUMBERS) {
			out_add(o, p, len);
			out_byte(o, '\n');
			row = true;
		} else if (has_letter(p, len)) {
			out_add(o, "\n", row);
			out_add(o, p, len);
			out_add(o, "\n\n", 2);
			row = false;
		}
		p += len + 1;
	}
}

void chart_judge(const struct content *c, const char *p, size_t n)
{
	const struct hidden how = { .json = false };
	struct out phrases = { 0 };

	if (n == 0)
		return;
	add_phrases(&phrases, p, n);
	hidden_check(c->report, &how, p, n);
	scan_text(c->scan, p, n);
	if (phrases.len > 0)
		text_pieces_check(c->policy, c->file, c->report, phrases.p, phrases.len, c->counts);
	if (phrases.failed)
		report_add(c->report, RULE_SIZE, FINDING_BLOCK, (struct place){ 0 }, "draw less text", "there was no memory to read its text");
	staged_check(c->file, c->report, p, n, '\0');
	free(phrases.p);
}

/* --- what leaves --- */

bool story_fits(struct story *s, bool sheets)
{
	size_t i, k;

	for (i = 0; i < s->n; i++) {
		const struct sheet *t = &s->item[i].sheet;
		uint64_t rows = 0, columns = 0;

		for (k = 0; k < t->cells; k++) {
			rows += k == 0 || t->cell[k].row != t->cell[k - 1].row;
			columns = t->cell[k].column >= columns ? t->cell[k].column + 1 : columns;
		}
		if (!sheets && t->cells > 0)
			rows = t->cell[t->cells - 1].row + 1;
		if (rows * columns > AREA_MAX)
			return story_refuse(s, "more cells than are read");
	}
	return true;
}

static bool round_sheet(struct sheet *t, struct rounding *g)
{
	struct out o = { 0 };
	size_t i;

	for (i = 0; i < t->cells; i++) {
		struct sheet_cell *cell = &t->cell[i];
		const char *p = t->bytes.p + cell->at;
		size_t at = o.len;

		if (!round_number(g, &o, p, cell->len, false, (struct place){ .row = cell->row + 1, .column = cell->column + 1 }))
			out_add(&o, p, cell->len);
		cell->at = (uint32_t)at;
		cell->len = (uint32_t)(o.len - at);
	}
	free(t->bytes.p);
	t->bytes = o;
	return !o.failed;
}

/* One form, no blanks at the ends of lines, none of its lines empty at the beginning or the end. */
static bool plain_text(struct out *text)
{
	struct out whole = { 0 }, lines = { 0 };
	bool good = nfc_add(&whole, text->p ? text->p : "", text->len);
	size_t i;

	for (i = 0; good && i < whole.len; i++) {
		while (whole.p[i] == '\n' && lines.len > 0 && (lines.p[lines.len - 1] == ' ' || lines.p[lines.len - 1] == '\t'))
			lines.len--;
		if (whole.p[i] != '\n' || lines.len > 0)
			out_byte(&lines, whole.p[i]);
	}
	while (good && lines.len > 0 && is_blank(lines.p[lines.len - 1]))
		lines.len--;
	good = good && !whole.failed && !lines.failed;
	free(whole.p);
	free(text->p);
	*text = lines;
	return good;
}

bool story_plain(struct story *s, struct report *r, int64_t digits)
{
	struct rounding g = { .digits = digits, .delimiter = ',' };
	bool good = true;
	size_t i, kept = 0;

	for (i = 0; i < s->n; i++) {
		good &= plain_text(&s->item[i].text);
		if (s->item[i].kind == STORY_TABLE)
			good &= round_sheet(&s->item[i].sheet, &g);
		if (s->item[i].kind == STORY_TABLE || s->item[i].text.len > 0) {
			struct story_item item = s->item[i];

			s->item[i] = s->item[kept];
			s->item[kept++] = item;
		}
	}
	for (i = kept; i < s->n; i++)
		free(s->item[i].text.p);
	s->n = kept;
	round_end(&g, r);
	return good;
}

bool html_check(const struct content *c, const char *p, size_t n, struct out *o)
{
	struct story s = { 0 };
	uint64_t line = 0;
	bool good = html_read(&s, p, n, &line) && story_fits(&s, false);

	if (good) {
		story_judge(c, &s, false);
		good = story_plain(&s, c->report, c->policy->max_digits);
		html_write(&s, o);
	} else {
		report_add(c->report, RULE_HIDDEN, FINDING_BLOCK, (struct place){ .line = line }, "save tables as CSV, text as Markdown",
			"it has %s", s.wrong ? s.wrong : "more than there is memory for");
	}
	story_free(&s);
	return good && !o->failed;
}
