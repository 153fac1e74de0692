/* policy/pdf_page.c - the operators of a page, a form or a letter's shape: lines, areas and text. No pictures, no marked
 * parts, no text that is not drawn. Source: ISO 32000-2, 8 (graphics), 9 (text), annex A (operators). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "policy/pdf.h"

#define STATES 64
#define OPERANDS 33
#define MARKS_MAX 200    /* one mark for each person is a list of persons */
#define SHAPES_MAX 16    /* parts of one letter's shape: those of a letter with two accents are fewer */
#define CORNERS_MAX 50000
#define TINY 1.0         /* units of a letter's height that nobody reads */
#define WHITE 0.95
#define FAINT 0.05       /* opacity that nobody sees */
#define NARROW 0.15      /* a letter's width in units of its size is between these */
#define WIDE 3.0
#define FAR 100000.0
#define DINGBAT 0x25cf   /* what the codes of ZapfDingbats show, see pdf.c */

struct state {
	double m[6], size, spread, leading, rise, between[2]; /* between: letters, words */
	const struct pdf_font *font;
	double clip[4];                   /* what is seen of the page: left, bottom, right, top */
	int render;                       /* how text is drawn: 0 filled, 1 outlined, 2 both */
	bool white, line_white, line_clear;
};

/* Of the string at hand: its words, and what of it may be marks in a chart. */
struct said {
	size_t signs, runs, words, marks; /* runs: of the same sign, which draw a line */
	unsigned last;
	bool letters;
};

struct work {
	const struct pdf_page *p;
	struct pdf_reader r;
	struct out *out;
	struct state state[STATES];
	unsigned depth;
	bool in_text;
	double text[6], line[6];   /* text and text line matrices */
	double least, most;        /* how far text has come since these were set, in units of its size */
	size_t subpaths, shapes, corners; /* shapes: of a letter */
	double rect[4];                   /* the rectangle that the path begins with, on the page */
	bool cuts, upright, rects;        /* the path becomes a clip; the rectangle is an upright one, and all of the path */
	struct said said;
	double last_x, last_y, last_end; /* of the text shown before, on the page */
	uint32_t operand[OPERANDS];
	size_t operands;
	char name[24]; /* what the name among the operands is called in what leaves; "": as it is */
};

static bool fail(struct work *w, const char *wrong)
{
	return pdf_fail(&w->r, wrong);
}

static double number(const struct work *w, size_t i)
{
	return w->r.node[w->operand[i]].number;
}

static struct state *now(struct work *w)
{
	return &w->state[w->depth];
}

static void multiply(const double a[6], const double b[6], double ret[6])
{
	double m[6] = { a[0] * b[0] + a[1] * b[2], a[0] * b[1] + a[1] * b[3], a[2] * b[0] + a[3] * b[2], a[2] * b[1] + a[3] * b[3],
		a[4] * b[0] + a[5] * b[2] + b[4], a[4] * b[1] + a[5] * b[3] + b[5] };

	memcpy(ret, m, sizeof(m));
}

/* --- graphics --- */

static bool do_save(struct work *w)
{
	if (w->depth + 1 == STATES || w->in_text)
		return fail(w, "states kept within states too deep");
	w->state[w->depth + 1] = w->state[w->depth];
	w->depth++;
	return true;
}

static bool do_restore(struct work *w)
{
	if (w->depth == 0 || w->in_text)
		return fail(w, "a state that was not kept");
	w->depth--;
	return true;
}

static bool do_matrix(struct work *w)
{
	double m[6];
	size_t i;

	for (i = 0; i < 6; i++)
		m[i] = number(w, i);
	multiply(m, now(w)->m, now(w)->m);
	return true;
}

/* The resource that is named: its name does not leave, its number does. */
static bool rename_to(struct work *w, char letter, size_t number)
{
	snprintf(w->name, sizeof(w->name), "/%c%zu", letter, number);
	return number > 0;
}

static bool do_state(struct work *w)
{
	double clear = w->p->line_opacity ? w->p->line_opacity(w->p->user, pdf_text(&w->r, w->operand[0])) : -1;

	if (clear >= 0)
		now(w)->line_clear = clear < FAINT;
	return rename_to(w, 'G', w->p->use(w->p->user, "ExtGState", pdf_text(&w->r, w->operand[0]))) ||
	       fail(w, "a state that is not there");
}

static bool do_begin_path(struct work *w)
{
	w->subpaths++;
	return w->p->place != PDF_GLYPH || ++w->shapes <= SHAPES_MAX || fail(w, "a letter's shape of more than 16 parts");
}

static bool do_move_to(struct work *w)
{
	w->rects = false;
	return do_begin_path(w);
}

static bool do_rectangle(struct work *w)
{
	const double *m = now(w)->m;
	double x = number(w, 0), y = number(w, 1), x2 = x + number(w, 2), y2 = y + number(w, 3);
	double a = m[0] * x + m[2] * y + m[4], b = m[1] * x + m[3] * y + m[5];
	double a2 = m[0] * x2 + m[2] * y2 + m[4], b2 = m[1] * x2 + m[3] * y2 + m[5];

	w->rects = w->subpaths == 0;
	w->upright = (m[1] == 0 && m[2] == 0) || (m[0] == 0 && m[3] == 0);
	memcpy(w->rect, (double[4]){ fmin(a, a2), fmin(b, b2), fmax(a, a2), fmax(b, b2) }, sizeof(w->rect));
	return do_begin_path(w);
}

static bool do_clip(struct work *w)
{
	w->cuts = true;
	return true;
}

/* Of a clip that is no upright rectangle nobody knows here what it leaves of text: it leaves nothing. */
static void end_path(struct work *w)
{
	double *c = now(w)->clip;

	if (w->cuts && w->subpaths == 1 && w->rects && w->upright)
		memcpy(c, (double[4]){ fmax(c[0], w->rect[0]), fmax(c[1], w->rect[1]), fmin(c[2], w->rect[2]), fmin(c[3], w->rect[3]) },
			sizeof(now(w)->clip));
	else if (w->cuts)
		c[2] = c[0] - 1;
	w->cuts = w->rects = false;
	w->subpaths = 0;
}

static bool do_corner(struct work *w)
{
	w->rects = false;
	return ++w->corners <= CORNERS_MAX || fail(w, "more than 50000 corners");
}

static bool do_paint(struct work *w)
{
	*w->p->marks += w->p->place == PDF_GLYPH ? 0 : w->subpaths;
	end_path(w);
	return *w->p->marks <= MARKS_MAX || fail(w, "more than 200 marks, one for each person perhaps,");
}

static bool do_end_path(struct work *w)
{
	end_path(w);
	return true;
}

static bool do_object(struct work *w)
{
	if (w->p->place == PDF_GLYPH || w->in_text || !rename_to(w, 'X', w->p->use(w->p->user, "XObject", pdf_text(&w->r, w->operand[0]))))
		return fail(w, "a picture, or a form that is not there");
	return ++*w->p->marks <= MARKS_MAX || fail(w, "more than 200 marks, one for each person perhaps,");
}

/* --- colours --- */

static bool use_space(struct work *w, bool *ret_white)
{
	static const char *const names[] = { "DeviceGray", "DeviceRGB", "DeviceCMYK", NULL };
	const char *name = pdf_text(&w->r, w->operand[0]);

	*ret_white = false;
	return word_in(names, name, strlen(name)) || rename_to(w, 'C', w->p->use(w->p->user, "ColorSpace", name)) ||
	       fail(w, "colours that are not there");
}

static bool do_space(struct work *w)
{
	return use_space(w, &now(w)->white);
}

static bool do_line_space(struct work *w)
{
	return use_space(w, &now(w)->line_white);
}

/* Of four numbers the last ones are inks. */
static bool use_colour(struct work *w, bool *ret_white)
{
	bool inks = w->operands == 4;
	size_t i;

	*ret_white = w->operands > 0;
	for (i = 0; i < w->operands; i++)
		*ret_white &= inks ? number(w, i) <= 1 - WHITE : number(w, i) >= WHITE;
	return w->operands <= 4;
}

/* The colour of areas and letters. */
static bool do_fill_colour(struct work *w)
{
	return use_colour(w, &now(w)->white);
}

static bool do_line_colour(struct work *w)
{
	return use_colour(w, &now(w)->line_white);
}

/* --- text --- */

static bool do_begin_text(struct work *w)
{
	static const double one[6] = { 1, 0, 0, 1, 0, 0 };

	if (w->in_text || w->p->place != PDF_PAGE)
		return fail(w, "text outside its page");
	w->in_text = true;
	memcpy(w->text, one, sizeof(one));
	memcpy(w->line, one, sizeof(one));
	w->least = w->most = 0;
	return true;
}

static bool do_end_text(struct work *w)
{
	if (!w->in_text)
		return fail(w, "text that was not begun");
	w->in_text = false;
	return true;
}

static bool do_font(struct work *w)
{
	const char *name = pdf_text(&w->r, w->operand[0]);
	size_t i;

	for (i = 0; i < w->p->fonts && strcmp(w->p->font[i].name, name) != 0; i++)
		;
	if (i == w->p->fonts)
		return fail(w, "a font that is not there");
	now(w)->font = &w->p->font[i];
	now(w)->size = number(w, 1);
	return rename_to(w, 'F', i + 1);
}

static bool do_render(struct work *w)
{
	double v = number(w, 0);

	now(w)->render = v == 1 ? 1 : v == 2 ? 2 : 0;
	return v == 0 || v == 1 || v == 2 || fail(w, "text that is not drawn");
}

static bool do_spread(struct work *w)
{
	now(w)->spread = number(w, 0) / 100;
	return now(w)->spread >= 0.3 || fail(w, "text too narrow to be read");
}

static bool do_rise(struct work *w)
{
	now(w)->rise = number(w, 0);
	return true;
}

static bool do_letter_space(struct work *w)
{
	now(w)->between[0] = number(w, 0);
	return true;
}

static bool do_word_space(struct work *w)
{
	now(w)->between[1] = number(w, 0);
	return true;
}

static bool do_leading(struct work *w)
{
	now(w)->leading = number(w, 0);
	return true;
}

static void move_line(struct work *w, double x, double y)
{
	const double m[6] = { 1, 0, 0, 1, x, y };

	multiply(m, w->line, w->line);
	memcpy(w->text, w->line, sizeof(w->line));
	w->least = w->most = 0;
}

static bool do_move(struct work *w)
{
	move_line(w, number(w, 0), number(w, 1));
	return true;
}

static bool do_move_leading(struct work *w)
{
	now(w)->leading = -number(w, 1);
	return do_move(w);
}

static bool do_text_matrix(struct work *w)
{
	size_t i;

	for (i = 0; i < 6; i++)
		w->line[i] = w->text[i] = number(w, i);
	w->least = w->most = 0;
	return true;
}

static bool do_next_line(struct work *w)
{
	move_line(w, 0, -now(w)->leading);
	return true;
}

static void put_character(struct out *o, unsigned c)
{
	if (c < 0x80) {
		out_byte(o, (char)c);
	} else if (c < 0x800) {
		out_byte(o, (char)(0xc0 | c >> 6));
		out_byte(o, (char)(0x80 | (c & 0x3f)));
	} else {
		out_byte(o, (char)(0xe0 | c >> 12));
		out_byte(o, (char)(0x80 | (c >> 6 & 0x3f)));
		out_byte(o, (char)(0x80 | (c & 0x3f)));
	}
}

/* A word of one sign, or of no letter and no digit, is a mark for each of its signs. */
static void end_word(struct said *t)
{
	if (t->letters && t->signs > 1)
		t->words++;
	else
		t->marks += t->runs;
	*t = (struct said){ .words = t->words, .marks = t->marks };
}

static void count_sign(struct said *t, unsigned c)
{
	if (c == ' ' || c == 0xa0) {
		end_word(t);
		return;
	}
	t->signs++;
	t->runs += c != t->last || c == DINGBAT;
	t->letters |= (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= 0xc0 && c < 0x250 && c != 0xd7);
	t->last = c;
}

/* A string as characters. One that no known character is can't be read here, and may be any. */
static bool add_string(struct work *w, uint32_t node)
{
	const unsigned char *p = (const unsigned char *)pdf_text(&w->r, node);
	size_t i, n = w->r.node[node].len;
	double space;

	for (i = 0; i < n; i++) {
		unsigned c = now(w)->font->code[p[i]];

		if (c == 0)
			return fail(w, "characters whose meaning is not said");
		now(w)->font->shown[p[i]] = true;
		put_character(w->p->text, c);
		count_sign(&w->said, c);
		space = (now(w)->between[0] + (p[i] == ' ' ? now(w)->between[1] : 0)) / now(w)->size;
		w->least += NARROW + space;
		w->most += WIDE + space;
	}
	w->last_end += (double)n;
	return true;
}

/* How much smaller letters become in the direction in which they do most: the smaller singular value. */
static double scale_of(const double m[6])
{
	double e = m[0] * m[0] + m[1] * m[1] + m[2] * m[2] + m[3] * m[3], det = fabs(m[0] * m[3] - m[1] * m[2]);
	double most = sqrt((e + sqrt(fmax(e * e - 4 * det * det, 0))) / 2);

	return most > 0 ? det / most : 0;
}

/* Text may go on within the box, wherever its letters' widths bring it, and more of them. */
static bool in_box(const struct work *w, const double m[6], const double box[4], double more)
{
	double size = w->state[w->depth].size * w->state[w->depth].spread, a = w->least * size, b = (w->most + more) * size;

	return fmax(m[4] + a * m[0], m[4] + b * m[0]) >= box[0] && fmin(m[4] + a * m[0], m[4] + b * m[0]) <= box[2] &&
	       fmax(m[5] + a * m[1], m[5] + b * m[1]) >= box[1] && fmin(m[5] + a * m[1], m[5] + b * m[1]) <= box[3];
}

/* What is put between letters and words leaves them beside each other. */
static bool spaces_fit(const struct state *s)
{
	return fabs(s->between[0]) <= fabs(s->size) && s->between[0] >= -0.3 * fabs(s->size) && fabs(s->between[1]) <= 2 * fabs(s->size);
}

/* From units of the text at hand to those of the page. */
static void place_text(struct work *w, double m[6])
{
	const double rise[6] = { 1, 0, 0, 1, 0, now(w)->rise };

	multiply(rise, w->text, m);
	multiply(m, now(w)->m, m);
}

/* Half a label that is centred at the edge of a clip may be cut off. Signs of ZapfDingbats are points of a plot, of which R
 * leaves those to the clip that its limits cut off. */
static bool in_clip(const struct work *w, const double m[6], size_t signs)
{
	const struct state *s = &w->state[w->depth];
	double middle[6] = { m[0], m[1], m[2], m[3], m[4] + s->size / 3 * m[2], m[5] + s->size / 3 * m[3] };

	if (s->font->code['!'] == DINGBAT)
		return true;
	return fmin(s->clip[2] - s->clip[0], s->clip[3] - s->clip[1]) >= fabs(s->size) * scale_of(m) / 2 &&
	       in_box(w, middle, s->clip, (double)signs / 4);
}

static size_t count_signs(const struct work *w, uint32_t node)
{
	const char *p = pdf_text(&w->r, node);
	size_t i, signs = 0;

	for (i = 0; i < w->r.node[node].len; i++)
		signs += p[i] != ' ';
	return signs;
}

/* Text is on the page, and large enough. What stands close behind the text before belongs to it. */
static bool begin_string(struct work *w)
{
	const struct state *s = now(w);
	double m[6], size;

	if (!w->in_text || !s->font)
		return fail(w, "text without a font");
	place_text(w, m);
	size = fabs(s->size) * scale_of(m);
	if (size < TINY)
		return fail(w, "text too small to be read");
	if (!spaces_fit(s))
		return fail(w, "text whose letters are far apart");
	if (!in_box(w, m, w->p->box, 0))
		return fail(w, "text outside the page");
	if (s->render == 1 && s->line_clear)
		return fail(w, "content that can't be seen");
	*w->p->white |= (s->render == 1 || s->white) && (s->render == 0 || s->line_white);
	if (fabs(m[5] - w->last_y) > size / 2 || m[4] < w->last_x || m[4] - w->last_x > (w->last_end + 1) * size * 0.8)
		out_byte(w->p->text, '\n');
	w->last_x = m[4];
	w->last_y = m[5];
	w->last_end = 0;
	w->said = (struct said){ 0 };
	return true;
}

/* Signs among words, as in "p = 0.05", are none. */
static bool end_string(struct work *w)
{
	double m[6];

	place_text(w, m);
	if (!in_box(w, m, w->p->box, 0))
		return fail(w, "text outside the page");
	end_word(&w->said);
	*w->p->marks += w->said.marks > 2 * w->said.words ? w->said.marks : 0;
	return *w->p->marks <= MARKS_MAX || fail(w, "more than 200 marks, one for each person perhaps,");
}

static bool do_show(struct work *w)
{
	uint32_t v = w->operand[w->operands - 1];
	double m[6];

	if (!begin_string(w))
		return false;
	place_text(w, m);
	if (!in_clip(w, m, count_signs(w, v)))
		return fail(w, "text outside the page, or of a clip");
	return add_string(w, v) && end_string(w);
}

static bool do_show_next(struct work *w)
{
	return do_next_line(w) && do_show(w);
}

static bool do_show_parts(struct work *w)
{
	double m[6];
	uint32_t v;

	if (!begin_string(w))
		return false;
	for (v = w->r.node[w->operand[0]].child; v; v = w->r.node[v].next) {
		const struct pdf_node *n = &w->r.node[v];

		if (n->type == PDF_NUMBER) {
			w->least -= n->number / 1000;
			w->most -= n->number / 1000;
		}
		place_text(w, m);
		if (n->type == PDF_STRING && (!in_box(w, m, w->p->box, 0) || !in_clip(w, m, count_signs(w, v))))
			return fail(w, "text outside the page, or of a clip");
		if (n->type == PDF_STRING ? !add_string(w, v) : n->type != PDF_NUMBER || fabs(n->number) > 20000)
			return fail(w, "text of an unusual form");
		if (n->type == PDF_NUMBER && n->number < -200)
			out_byte(w->p->text, ' ');
		if (n->type == PDF_NUMBER && fabs(n->number) > 200)
			end_word(&w->said);
	}
	return end_string(w);
}

/* --- operators --- */

static bool do_nothing(struct work *w)
{
	(void)w;
	return true;
}

static bool do_glyph(struct work *w)
{
	return w->p->place == PDF_GLYPH || fail(w, "a letter's shape outside a font");
}

/* Operands: n number, N name, s string, a array of numbers, t array of text; '*' any number of numbers. */
static const struct operator {
	const char *name, *operands;
	bool (*act)(struct work *w);
} operators[] = { { "q", "", do_save }, { "Q", "", do_restore }, { "cm", "nnnnnn", do_matrix }, { "w", "n", do_nothing },
	{ "J", "n", do_nothing }, { "j", "n", do_nothing }, { "M", "n", do_nothing }, { "d", "an", do_nothing }, { "i", "n", do_nothing },
	{ "gs", "N", do_state }, { "m", "nn", do_move_to }, { "l", "nn", do_corner }, { "c", "nnnnnn", do_corner },
	{ "v", "nnnn", do_corner }, { "y", "nnnn", do_corner }, { "h", "", do_nothing }, { "re", "nnnn", do_rectangle },
	{ "S", "", do_paint }, { "s", "", do_paint }, { "f", "", do_paint }, { "F", "", do_paint }, { "f*", "", do_paint },
	{ "B", "", do_paint }, { "B*", "", do_paint }, { "b", "", do_paint }, { "b*", "", do_paint }, { "n", "", do_end_path },
	{ "W", "", do_clip }, { "W*", "", do_clip }, { "CS", "N", do_line_space }, { "cs", "N", do_space },
	{ "SC", "*", do_line_colour }, { "SCN", "*", do_line_colour }, { "sc", "*", do_fill_colour }, { "scn", "*", do_fill_colour },
	{ "G", "n", do_line_colour }, { "g", "n", do_fill_colour }, { "RG", "nnn", do_line_colour }, { "rg", "nnn", do_fill_colour },
	{ "K", "nnnn", do_line_colour }, { "k", "nnnn", do_fill_colour }, { "Do", "N", do_object },
	{ "BT", "", do_begin_text }, { "ET", "", do_end_text }, { "Tf", "Nn", do_font }, { "Tr", "n", do_render },
	{ "Tz", "n", do_spread }, { "Ts", "n", do_rise }, { "TL", "n", do_leading }, { "Tc", "n", do_letter_space },
	{ "Tw", "n", do_word_space }, { "Td", "nn", do_move }, { "TD", "nn", do_move_leading },
	{ "Tm", "nnnnnn", do_text_matrix }, { "T*", "", do_next_line }, { "Tj", "s", do_show }, { "'", "s", do_show_next },
	{ "TJ", "t", do_show_parts }, { "d0", "nn", do_glyph }, { "d1", "nnnnnn", do_glyph } };
#define OPERATORS (sizeof(operators) / sizeof(operators[0]))

static bool numbers_only(const struct pdf_reader *r, uint32_t array)
{
	uint32_t v;

	for (v = r->node[array].child; v; v = r->node[v].next)
		if (r->node[v].type != PDF_NUMBER)
			return false;
	return true;
}

static bool is_operand(const struct work *w, char kind, uint32_t node)
{
	const struct pdf_node *n = &w->r.node[node];

	switch (kind) {
	case 'n':
		return n->type == PDF_NUMBER && fabs(n->number) < FAR;
	case 'N':
		return n->type == PDF_NAME;
	case 's':
		return n->type == PDF_STRING;
	case 'a':
		return n->type == PDF_ARRAY && numbers_only(&w->r, node);
	default:
		return n->type == PDF_ARRAY;
	}
}

static bool operands_fit(const struct work *w, const char *kinds)
{
	size_t i;

	if (*kinds != '*' && strlen(kinds) != w->operands)
		return false;
	for (i = 0; i < w->operands; i++)
		if (!is_operand(w, *kinds == '*' ? 'n' : kinds[i], w->operand[i]))
			return false;
	return true;
}

static bool operate(struct work *w, uint32_t word)
{
	size_t i;

	for (i = 0; i < OPERATORS && !pdf_is(&w->r, word, operators[i].name); i++)
		;
	if (i == OPERATORS || w->r.node[word].type != PDF_WORD)
		return fail(w, "an instruction that plain pages don't have, such as a picture or a hidden part");
	if (!operands_fit(w, operators[i].operands))
		return fail(w, "an instruction of an unusual form");
	if (!operators[i].act(w))
		return fail(w, "an instruction of an unusual form");
	for (size_t k = 0; k < w->operands; k++) {
		if (w->name[0] && k == 0)
			out_add(w->out, w->name, strlen(w->name));
		else
			pdf_write(&w->r, w->operand[k], w->out);
		out_byte(w->out, ' ');
	}
	out_add(w->out, operators[i].name, strlen(operators[i].name));
	out_byte(w->out, '\n');
	return true;
}

/* What was read of one operator is not needed for the next. */
static void forget(struct work *w)
{
	w->operands = 0;
	w->name[0] = '\0';
	w->r.nodes = w->r.nodes > 1 ? 1 : w->r.nodes;
	w->r.text.len = 0;
}

static bool read_operators(struct work *w)
{
	for (pdf_blanks(&w->r); w->r.at < w->r.end; pdf_blanks(&w->r)) {
		uint32_t v = pdf_value(&w->r, false);

		if (!v)
			return false;
		if (w->r.node[v].type == PDF_WORD) {
			if (!operate(w, v))
				return false;
			forget(w);
		} else if (w->operands == OPERANDS) {
			return fail(w, "an instruction of an unusual form");
		} else {
			w->operand[w->operands++] = v;
		}
	}
	if (w->operands > 0 || w->in_text || w->depth > 0)
		return fail(w, "a page without an end");
	return true;
}

const char *pdf_page_write(const struct pdf_page *p, const char *bytes, size_t n, struct out *o)
{
	struct work *w = calloc(1, sizeof(*w));
	const char *wrong = "more than there is memory for";

	if (!w)
		return wrong;
	w->p = p;
	w->out = o;
	w->r = (struct pdf_reader){ .begin = bytes, .at = bytes, .end = bytes + n };
	w->state[0] = (struct state){ .m = { 1, 0, 0, 1, 0, 0 }, .spread = 1 };
	memcpy(w->state[0].clip, p->box, sizeof(p->box));
	w->last_y = -FAR;
	wrong = read_operators(w) ? NULL : w->r.wrong ? w->r.wrong : "an instruction of an unusual form";
	pdf_free(&w->r);
	free(w);
	return wrong;
}
