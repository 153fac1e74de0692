/* policy/pdf_page.c - the operators of a page, a form or a letter's shape: lines, areas and text. No pictures, no marked
 * parts, no text that is not drawn, and no instruction that nothing is drawn with.
 * Source: ISO 32000-2, 8 (graphics), 9 (text), annex A (operators). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "policy/pdf.h"
#include "policy/reach.h"

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

/* How an operator leaves. What says how the next thing looks or where it is, is held until something is drawn; of what nothing
 * is drawn with, nothing leaves. */
enum way {
	AT_ONCE, NEVER, SAVE, RESTORE, OBJECT,
	LAST,                         /* held; the last one of its name counts */
	EACH, STATE, PLACE,           /* held; each of them counts, but a state once, and a text matrix instead of other moves */
	BEGIN, END, MOVE, SHOW,       /* of text; MOVE as EACH */
	LINE, CUT, PAINT, NO_PAINT,   /* of a path */
};
#define HELD 128   /* operators that are held in a state */
#define EACH_MAX 16 /* of one name: to draw one thing takes a few of them */
#define UNPAINTED 8 /* parts of a path that is not painted */
struct held {
	struct {
		uint8_t op, way;
		size_t at, len; /* of its text */
	} e[HELD];
	size_t n;
	bool begun; /* its "q" is written */
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
	struct held held[STATES];
	struct out text_held, path; /* what operators that are held say; the path at hand */
	size_t path_parts;
	unsigned depth;
	bool in_text, text_begun; /* text_begun: its "BT" is written */
	bool blank;               /* the string at hand shows nothing */
	double text[6], line[6];   /* text and text line matrices */
	double least, most;        /* how far text has come since these were set, in units of its size */
	size_t subpaths, shapes, corners; /* shapes: of a letter */
	struct reach reach;               /* of the path */
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

static void reach_to(struct work *w, double x, double y)
{
	reach_point(&w->reach, w->state[w->depth].m, w->p->box, x, y);
}

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
	reach_to(w, number(w, 0), number(w, 1));
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
	reach_to(w, x, y);
	reach_to(w, x2, y2);
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
	reach_begin(&w->reach);
}

/* A shape that nobody sees, or that goes far beyond what is seen. */
static void note_outside(struct work *w)
{
	if (w->p->outside)
		*w->p->outside |= reach_is_outside(&w->reach, w->p->box);
}

static bool do_corner(struct work *w)
{
	w->rects = false;
	reach_to(w, number(w, w->operands - 2), number(w, w->operands - 1));
	return ++w->corners <= CORNERS_MAX || fail(w, "more than 50000 corners");
}

static bool do_paint(struct work *w)
{
	*w->p->marks += w->p->place == PDF_GLYPH ? 0 : w->subpaths;
	note_outside(w);
	end_path(w);
	return *w->p->marks <= MARKS_MAX || fail(w, "more than 200 marks, one for each person perhaps,");
}

/* What a clip of many parts leaves of an area are as many marks. */
static bool do_end_path(struct work *w)
{
	if (w->cuts && w->p->place != PDF_GLYPH)
		*w->p->marks += w->subpaths > 1 ? w->subpaths - 1 : 0;
	end_path(w);
	return *w->p->marks <= MARKS_MAX || fail(w, "more than 200 marks, one for each person perhaps,");
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
		w->blank &= c == ' ' || c == 0xa0;
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
	w->blank = true;
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
	enum way way;
} operators[] = { { "q", "", do_save, SAVE }, { "Q", "", do_restore, RESTORE }, { "cm", "nnnnnn", do_matrix, EACH }, { "w", "n", do_nothing, LAST },
	{ "J", "n", do_nothing, LAST }, { "j", "n", do_nothing, LAST }, { "M", "n", do_nothing, LAST }, { "d", "an", do_nothing, LAST },
	{ "i", "n", do_nothing, NEVER }, { "gs", "N", do_state, STATE }, { "m", "nn", do_move_to, LINE }, { "l", "nn", do_corner, LINE },
	{ "c", "nnnnnn", do_corner, LINE }, { "v", "nnnn", do_corner, LINE }, { "y", "nnnn", do_corner, LINE }, { "h", "", do_nothing, LINE },
	{ "re", "nnnn", do_rectangle, LINE }, { "S", "", do_paint, PAINT }, { "s", "", do_paint, PAINT }, { "f", "", do_paint, PAINT },
	{ "F", "", do_paint, PAINT }, { "f*", "", do_paint, PAINT }, { "B", "", do_paint, PAINT }, { "B*", "", do_paint, PAINT },
	{ "b", "", do_paint, PAINT }, { "b*", "", do_paint, PAINT }, { "n", "", do_end_path, NO_PAINT }, { "W", "", do_clip, CUT },
	{ "W*", "", do_clip, CUT }, { "CS", "N", do_line_space, LAST }, { "cs", "N", do_space, LAST }, { "SC", "*", do_line_colour, LAST },
	{ "SCN", "*", do_line_colour, LAST }, { "sc", "*", do_fill_colour, LAST }, { "scn", "*", do_fill_colour, LAST },
	{ "G", "n", do_line_colour, LAST }, { "g", "n", do_fill_colour, LAST }, { "RG", "nnn", do_line_colour, LAST },
	{ "rg", "nnn", do_fill_colour, LAST }, { "K", "nnnn", do_line_colour, LAST }, { "k", "nnnn", do_fill_colour, LAST },
	{ "Do", "N", do_object, OBJECT }, { "BT", "", do_begin_text, BEGIN }, { "ET", "", do_end_text, END }, { "Tf", "Nn", do_font, LAST },
	{ "Tr", "n", do_render, LAST }, { "Tz", "n", do_spread, LAST }, { "Ts", "n", do_rise, LAST }, { "TL", "n", do_leading, LAST },
	{ "Tc", "n", do_letter_space, LAST }, { "Tw", "n", do_word_space, LAST }, { "Td", "nn", do_move, MOVE },
	{ "TD", "nn", do_move_leading, EACH }, { "Tm", "nnnnnn", do_text_matrix, PLACE }, { "T*", "", do_next_line, MOVE },
	{ "Tj", "s", do_show, SHOW }, { "'", "s", do_show_next, SHOW }, { "TJ", "t", do_show_parts, SHOW }, { "d0", "nn", do_glyph, AT_ONCE },
	{ "d1", "nnnnnn", do_glyph, AT_ONCE } };
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

static void put_operator(struct work *w, size_t op, struct out *o)
{
	size_t i;

	for (i = 0; i < w->operands; i++) {
		if (w->name[0] && i == 0)
			out_add(o, w->name, strlen(w->name));
		else
			pdf_write(&w->r, w->operand[i], o);
		out_byte(o, ' ');
	}
	out_add(o, operators[op].name, strlen(operators[op].name));
	out_byte(o, '\n');
}

/* Something is drawn: all that holds for it is written, outermost first. */
static void let_go(struct work *w)
{
	unsigned k;
	size_t i;

	for (k = 0; k <= w->depth; k++) {
		struct held *h = &w->held[k];

		if (k > 0 && !h->begun)
			out_add(w->out, "q\n", 2);
		h->begun = true;
		for (i = 0; i < h->n && !w->text_held.failed; i++) {
			out_add(w->out, w->text_held.p + h->e[i].at, h->e[i].len);
			w->text_begun |= h->e[i].way == BEGIN;
		}
		h->n = 0;
	}
	w->text_held.len = 0;
}

static void take_out(struct held *h, size_t i)
{
	memmove(&h->e[i], &h->e[i + 1], (h->n - i - 1) * sizeof(h->e[0]));
	h->n--;
}

/* Text is moved by how it looks at that place: a new line by the leading, blanks by their font, size and spaces. */
static bool moves_by_look(const struct held *h, size_t i)
{
	return h->e[i].way == MOVE && operators[h->e[i].op].act != do_move;
}

static bool is_look(size_t op)
{
	bool (*act)(struct work *w) = operators[op].act;

	return act == do_font || act == do_leading || act == do_letter_space || act == do_word_space || act == do_spread;
}

/* Of what is held, each that another of its name follows before text is moved by it: the moves between are taken out. */
static void take_replaced(struct held *h)
{
	bool followed[OPERATORS] = { 0 };
	size_t i;

	for (i = h->n; i-- > 0;) {
		uint8_t op = h->e[i].op;

		if (moves_by_look(h, i))
			memset(followed, 0, sizeof(followed));
		else if (h->e[i].way == LAST && followed[op])
			take_out(h, i);
		else
			followed[op] = true;
	}
}

/* What an operator does not leave of those before it. moved: text was moved by how it looked between the two. */
static bool replaces(const struct work *w, size_t op, enum way way, size_t i, size_t at, bool moved)
{
	const struct held *h = &w->held[w->depth];
	size_t len = w->text_held.len - at;

	if (way == LAST)
		return h->e[i].op == op && !(moved && is_look(op));
	if (way == STATE)
		return h->e[i].op == op && h->e[i].len == len && memcmp(w->text_held.p + h->e[i].at, w->text_held.p + at, len) == 0;
	return way == PLACE && (h->e[i].way == PLACE || h->e[i].way == MOVE);
}

/* text: NULL: the operator at hand. */
static bool hold(struct work *w, size_t op, enum way way, const struct out *text)
{
	struct held *h = &w->held[w->depth];
	size_t i, at = w->text_held.len, same = 0;
	bool moved = false;

	if (text)
		out_add(&w->text_held, text->p, text->len);
	else
		put_operator(w, op, &w->text_held);
	if (w->text_held.failed)
		return fail(w, "more than there is memory for");
	for (i = h->n; i-- > 0;) {
		moved |= moves_by_look(h, i);
		if (replaces(w, op, way, i, at, moved))
			take_out(h, i);
		else
			same += h->e[i].op == op;
	}
	if (way == PLACE)
		take_replaced(h);
	if (same >= EACH_MAX || h->n == HELD)
		return fail(w, "instructions that nothing is drawn with");
	h->e[h->n].op = (uint8_t)op;
	h->e[h->n].way = (uint8_t)way;
	h->e[h->n].at = at;
	h->e[h->n++].len = w->text_held.len - at;
	return true;
}

/* Where the next text would have been is not written; how it would have looked holds for the one after it. */
static bool end_text(struct work *w)
{
	struct held *h = &w->held[w->depth];
	size_t i;

	for (i = h->n; i-- > 0;) {
		if (operators[h->e[i].op].act == do_move_leading)
			return fail(w, "instructions that nothing is drawn with");
		if (h->e[i].way == BEGIN || h->e[i].way == MOVE || h->e[i].way == PLACE)
			take_out(h, i);
	}
	take_replaced(h);
	if (w->text_begun)
		out_add(w->out, "ET\n", 3);
	w->text_begun = false;
	return true;
}

static bool end_lines(struct work *w, size_t op, bool cuts)
{
	bool good = true;

	if (operators[op].way == NO_PAINT && !cuts && w->path_parts > UNPAINTED)
		return fail(w, "content that can't be seen");
	if (w->path.len > 0 && (operators[op].way == PAINT || cuts))
		put_operator(w, op, &w->path);
	if (w->path.len > 0 && operators[op].way == PAINT) {
		let_go(w);
		out_add(w->out, w->path.p, w->path.len);
	} else if (w->path.len > 0 && cuts) {
		good = hold(w, op, EACH, &w->path);
	}
	w->path.len = w->path_parts = 0;
	return good && (!w->path.failed || fail(w, "more than there is memory for"));
}

static bool add_line(struct work *w, size_t op)
{
	bool closed = w->path.len > 1 && memcmp(w->path.p + w->path.len - 2, "h\n", 2) == 0;

	w->path_parts++;
	if (!(closed && strcmp(operators[op].name, "h") == 0))
		put_operator(w, op, &w->path);
	return true;
}

static bool write_operator(struct work *w, size_t op, bool cuts)
{
	enum way way = operators[op].way;

	if (w->path.len > 0 && way != LINE && way != CUT && way != PAINT && way != NO_PAINT && way != LAST && way != NEVER && way != STATE)
		return fail(w, "a path that is not painted");
	switch (way) {
	case AT_ONCE:
		put_operator(w, op, w->out);
		return true;
	case NEVER:
		return true;
	case SAVE:
		w->held[w->depth].n = 0;
		w->held[w->depth].begun = false;
		return true;
	case RESTORE:
		if (w->held[w->depth + 1].begun)
			put_operator(w, op, w->out);
		return true;
	case END:
		return end_text(w);
	case SHOW:
		if (w->blank)
			return hold(w, op, MOVE, NULL);
		let_go(w);
		put_operator(w, op, w->out);
		return true;
	case OBJECT:
		let_go(w);
		put_operator(w, op, w->out);
		return true;
	case LINE:
	case CUT:
		return add_line(w, op);
	case PAINT:
	case NO_PAINT:
		return end_lines(w, op, cuts);
	default:
		return hold(w, op, way, NULL);
	}
}

static bool operate(struct work *w, uint32_t word)
{
	bool cuts = w->cuts;
	size_t i;

	for (i = 0; i < OPERATORS && !pdf_is(&w->r, word, operators[i].name); i++)
		;
	if (i == OPERATORS || w->r.node[word].type != PDF_WORD)
		return fail(w, "an instruction that plain pages don't have, such as a picture or a hidden part");
	if (!operands_fit(w, operators[i].operands))
		return fail(w, "an instruction of an unusual form");
	return (operators[i].act(w) && write_operator(w, i, cuts)) || fail(w, "an instruction of an unusual form");
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
	if (w->operands > 0 || w->in_text || w->depth > 0 || w->path.len > 0)
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
	reach_begin(&w->reach);
	wrong = read_operators(w) ? NULL : w->r.wrong ? w->r.wrong : "an instruction of an unusual form";
	pdf_free(&w->r);
	free(w->text_held.p);
	free(w->path.p);
	free(w);
	return wrong;
}
