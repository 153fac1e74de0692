/* policy/svg.c - drawings: the elements and attributes of charts, each value of a form that is known, all of it on the canvas.
 * It is read three times: for the names that are referred to, for what these are, and to write it anew with nothing that is
 * not listed here.
 * Sources: SVG 1.1 (second edition), 5 to 14; SVG 2, 5 to 13; CSS 2.2, 4.1. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "policy/reach.h"
#include "policy/story.h"
#include "policy/xml.h"

#define MARKS_MAX 200    /* one mark for each person is a list of persons */
#define POINTS_MAX 20000 /* corners of all lines: a smooth curve has hundreds */
#define ELEMENTS_MAX 5000
#define FAR 20000        /* units; no canvas is so large */
#define NAMES_MAX 512
#define PARTS_OF_SIGN 8  /* of one path that is used: a letter or a sign has not more */
#define WHITE 0.95       /* of each colour */
#define FAINT 0.05       /* opacity that nobody sees */
#define TINY 1.0         /* units of a letter's height that nobody reads */
#define NARROW 0.3       /* of its height: letters are wider, on the average */
#define UNSEEN 4         /* corners of a shape that is not drawn: a frame that programs write has not more */
#define THIN 0.01        /* units of a line's width */
#define CUT 0.55         /* of a label may be cut off: half, when its middle is at an edge */
#define CUT_MAX 5        /* times its height, which is some ten letters */
enum { SVG = 1, XLINK };

enum { IS_MARK = 1, IS_TEXT = 2, IS_STORE = 4, IS_SHAPE = 8 };
static const struct element {
	const char *name;
	unsigned is;
} elements[] = { { "svg", 0 }, { "g", 0 }, { "defs", IS_STORE }, { "symbol", IS_STORE }, { "clipPath", IS_STORE },
	{ "path", IS_SHAPE }, { "rect", IS_SHAPE | IS_MARK }, { "circle", IS_SHAPE | IS_MARK }, { "ellipse", IS_SHAPE | IS_MARK },
	{ "line", IS_SHAPE | IS_MARK }, { "polyline", IS_SHAPE | IS_MARK }, { "polygon", IS_SHAPE | IS_MARK },
	{ "text", IS_TEXT | IS_MARK }, { "tspan", IS_TEXT }, { "use", IS_SHAPE | IS_MARK }, { "style", 0 } };

enum value_form { NUMBERS, LENGTH, SHARE, PATH, COLOUR, WORD, NAME, TARGET, CLIP, MOVES, FONTS, FONT, STYLES, CLASSES };
static const struct attribute {
	const char *name;
	enum value_form form;
	bool style;      /* may be in a style, too */
	const char *on;  /* elements that have it, each between blanks; NULL: all */
} attributes[] = { { "x", LENGTH, false, " rect text tspan use svg " }, { "y", LENGTH, false, " rect text tspan use svg " },
	{ "dx", LENGTH, false, " text tspan " }, { "dy", LENGTH, false, " text tspan " }, { "x1", LENGTH, false, " line " },
	{ "y1", LENGTH, false, " line " }, { "x2", LENGTH, false, " line " }, { "y2", LENGTH, false, " line " },
	{ "cx", LENGTH, false, " circle ellipse " }, { "cy", LENGTH, false, " circle ellipse " }, { "r", LENGTH, false, " circle " },
	{ "rx", LENGTH, false, " rect ellipse " }, { "ry", LENGTH, false, " rect ellipse " },
	{ "width", LENGTH, false, " rect svg use symbol " }, { "height", LENGTH, false, " rect svg use symbol " },
	{ "viewBox", NUMBERS, false, " svg symbol " }, { "points", NUMBERS, false, " polyline polygon " }, { "d", PATH, false, " path " },
	{ "transform", MOVES, false, " g path rect circle ellipse line polyline polygon text use " },
	{ "textLength", LENGTH, false, " text tspan " }, { "lengthAdjust", WORD, false, " text tspan " },
	{ "version", LENGTH, false, " svg " }, { "baseProfile", WORD, false, " svg " }, { "preserveAspectRatio", WORD, false, " svg symbol " },
	{ "overflow", WORD, true, NULL }, { "clipPathUnits", WORD, false, " clipPath " }, { "id", NAME, false, NULL },
	{ "class", CLASSES, false, NULL }, { "href", TARGET, false, " use " }, { "type", WORD, false, " style " },
	{ "fill", COLOUR, true, NULL }, { "stroke", COLOUR, true, NULL }, { "color", COLOUR, true, NULL },
	{ "opacity", SHARE, true, NULL }, { "fill-opacity", SHARE, true, NULL }, { "stroke-opacity", SHARE, true, NULL },
	{ "stroke-width", LENGTH, true, NULL }, { "stroke-linecap", WORD, true, NULL }, { "stroke-linejoin", WORD, true, NULL },
	{ "stroke-miterlimit", LENGTH, true, NULL }, { "stroke-dasharray", NUMBERS, true, NULL }, { "stroke-dashoffset", LENGTH, true, NULL },
	{ "fill-rule", WORD, true, NULL }, { "clip-rule", WORD, true, NULL }, { "clip-path", CLIP, true, NULL },
	{ "font-family", FONTS, true, NULL }, { "font-size", LENGTH, true, NULL }, { "font-weight", WORD, true, NULL },
	{ "font-style", WORD, true, NULL }, { "font", FONT, true, " " }, { "text-anchor", WORD, true, NULL },
	{ "dominant-baseline", WORD, true, NULL }, { "white-space", WORD, true, NULL }, { "space", WORD, false, NULL },
	{ "style", STYLES, false, NULL } }; /* last, as it goes before attributes */
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

enum { BY_USE = 1, BY_CLIP = 2 };
enum paint { PAINT_SEEN, PAINT_WHITE, PAINT_NONE, PAINT_CURRENT, PAINT_INHERITED };

/* What holds for an element and those in it. */
struct state {
	double m[6];  /* from its units to those of the canvas: x' = m0 x + m2 y + m4, y' = m1 x + m3 y + m5 */
	double box[4]; /* left, top, right, bottom of what is seen of the canvas, without what clips cut off */
	double size;  /* of letters */
	double seen, own, letters; /* opacity: with that of all around it, its own, and that of letters besides */
	enum paint fill, stroke;
	bool thin;    /* its lines have no width */
	bool fills, strokes; /* the element says it itself */
	bool painted; /* it, or what is around it within what is kept, says a colour */
	double anchor; /* of text: how much of it stands before its place, 0, a half or 1 */
	bool stored, text, shape, clip; /* clip: a shape that others are cut along */
	bool keeps;   /* its children are shown where something refers to them, and nowhere else */
	size_t name;  /* of this element itself, where something refers to it, from 1 */
};

struct drawing {
	const struct content *c;
	struct out *out; /* NULL: names are gathered */
	struct xml x;
	char name[NAMES_MAX][XML_NAME]; /* that are referred to */
	bool there[NAMES_MAX], chained[NAMES_MAX]; /* chained: a use is in it */
	bool worn[NAMES_MAX];                      /* it is a class that an element has */
	unsigned kept[NAMES_MAX], shown[NAMES_MAX]; /* BY_...: how it can be shown alone, and how what leaves shows it */
	size_t number[NAMES_MAX], numbers;         /* in the order in which they leave */
	size_t held[NAMES_MAX], uses[NAMES_MAX];   /* marks in it; how often they are shown again */
	size_t names;
	struct state state[XML_DEPTH + 1];
	struct cut {
		double v[4]; /* as box, in units of who is cut */
		size_t shapes;
		bool rect;
	} cut[NAMES_MAX]; /* clips, by their names */
	double at_x, at_y; /* of the text at hand */
	struct chunk {
		struct state state;
		double x, y, wide; /* where it was put, and how wide it is at least */
	} chunk; /* text that stands together, from one place on */
	unsigned lost; /* depth of the element that nothing shows and that is not written; 0: none */
	size_t corners;  /* of the shape at hand */
	bool bare[NAMES_MAX]; /* a shape in it has the colours of what shows it */
	bool sheet_clear, sheet_lines; /* the style sheet leaves areas of some shapes clear, or gives some of them lines */
	struct reach reach; /* of the shape at hand */
	bool outside;    /* some shape lies outside the canvas, or goes far beyond it */
	double canvas[4]; /* as box */
	bool white; /* white: of some text */
	size_t marks, points, elements;
	struct out text;
};

static bool fail(struct drawing *d, const char *wrong)
{
	if (!d->x.wrong)
		d->x.wrong = wrong;
	return false;
}

static void put(struct drawing *d, const char *p, size_t n)
{
	if (d->out && !d->lost)
		out_add(d->out, p, n);
}

static void puts_out(struct drawing *d, const char *text)
{
	put(d, text, strlen(text));
}

/* --- values --- */

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t';
}

static size_t blanks(const char *p)
{
	size_t n = 0;

	while (is_space(p[n]))
		n++;
	return n;
}

/* A number without exponent, written with five decimals at most. Returns its bytes; 0: it is none, or too long or too large. */
static size_t read_number(struct drawing *d, const char *p, double *ret)
{
	size_t sign = *p == '-' || *p == '+', whole = strspn(p + sign, "0123456789"), at = sign + whole, part = 0;
	char text[40];

	if (p[at] == '.')
		part = strspn(p + at + 1, "0123456789");
	if (whole + part == 0 || whole > 7 || part > 20)
		return 0;
	at += part > 0 || p[at] == '.' ? part + 1 : 0;
	snprintf(text, sizeof(text), "%.*s", (int)at, p);
	*ret = strtod(text, NULL);
	if (*ret >= FAR || *ret <= -FAR)
		return 0;
	number_short(*ret, text);
	puts_out(d, text);
	return at;
}

/* Numbers with blanks or a comma between them; letters as those of a path begin groups. ret: the first six. */
static bool read_numbers(struct drawing *d, const char *p, const char *letters, double ret[6], size_t *ret_n)
{
	bool first = true;

	*ret_n = 0;
	for (p += blanks(p); *p; first = false) {
		double v = 0;
		size_t n;

		if (!first)
			puts_out(d, " ");
		if (strchr(letters, *p)) {
			put(d, p++, 1);
			d->marks += (p[-1] | 0x20) == 'm';
			p += blanks(p);
			continue;
		}
		n = read_number(d, p, &v);
		if (n == 0)
			return fail(d, "numbers that are too long or too large, or none");
		if (*ret_n < 6)
			ret[*ret_n] = v;
		++*ret_n;
		p += n;
		p += blanks(p);
		p += *p == ',' ? 1 + blanks(p + 1) : 0;
	}
	d->points += *ret_n / 2;
	return d->points <= POINTS_MAX || fail(d, "more than 20000 corners");
}

static bool read_length(struct drawing *d, const char *p, double *ret)
{
	static const char *const units[] = { "px", "pt", "%", "in", "cm", "mm", NULL };
	size_t n, k;

	p += blanks(p);
	n = read_number(d, p, ret);
	if (n == 0)
		return fail(d, "numbers that are too long or too large, or none");
	p += n;
	for (k = 0; units[k] && strncmp(p, units[k], strlen(units[k])) != 0; k++)
		;
	if (units[k]) {
		puts_out(d, units[k]);
		p += strlen(units[k]);
	}
	return p[blanks(p)] == '\0' || fail(d, "a value of an unusual form");
}

/* Words that such values are made of, and no others: an unknown one would do nothing and could say anything. */
static bool read_words(struct drawing *d, const char *p)
{
	static const char *const known[] = { "none", "normal", "bold", "bolder", "lighter", "100", "200", "300", "400", "500", "600", "700", "800",
		"900", "italic", "oblique", "start", "middle", "end", "butt", "round", "square", "miter", "bevel", "nonzero", "evenodd", "visible",
		"auto", "pre", "nowrap", "preserve", "default", "central", "hanging", "alphabetic", "baseline", "spacing", "spacingAndGlyphs",
		"xMidYMid", "meet", "userSpaceOnUse", "objectBoundingBox", "text/css", "full", "basic", "tiny", "inherit", NULL };
	size_t n, words = 0;

	for (p += blanks(p); *p; p += n + blanks(p + n)) {
		n = strcspn(p, " \n\t");
		if (++words > 3 || !word_in(known, p, n))
			return fail(d, "a value of an unusual form");
		if (words > 1)
			puts_out(d, " ");
		put(d, p, n);
	}
	return words > 0 || fail(d, "a value of an unusual form");
}

static bool is_white(const double v[3], double most)
{
	return v[0] >= WHITE * most && v[1] >= WHITE * most && v[2] >= WHITE * most;
}

/* "0, 128, 255)" or "0%, 50%, 100%)": of any other form a viewer takes the colour from elsewhere. */
static bool read_rgb(const char *p, enum paint *ret)
{
	bool share = false;
	double v[3];
	size_t i, n;

	for (i = 0; i < 3; i++) {
		char *end;

		p += blanks(p);
		n = strspn(p, "0123456789.");
		v[i] = n > 0 && n < 20 ? strtod(p, &end) : 0;
		if (n == 0 || n >= 20 || end != p + n || p[n - 1] == '.')
			return false;
		p += n;
		if (i > 0 && share != (*p == '%'))
			return false;
		share = *p == '%';
		p += share;
		p += blanks(p);
		if (*p++ != (i < 2 ? ',' : ')'))
			return false;
	}
	*ret = is_white(v, share ? 100 : 255) ? PAINT_WHITE : PAINT_SEEN;
	return *p == '\0';
}

/* "fff" or "ffffff" */
static enum paint paint_of(const char *digits, size_t n)
{
	unsigned all = (unsigned)strtoul(digits, NULL, 16);
	double v[3];
	size_t i;

	for (i = 0; i < 3; i++)
		v[i] = n == 3 ? (all >> 4 * i & 15) * 17 : all >> 8 * i & 255;
	return is_white(v, 255) ? PAINT_WHITE : PAINT_SEEN;
}

static bool read_colour(struct drawing *d, const char *p, enum paint *ret)
{
	static const char *const names[] = { "black", "red", "green", "blue", "gray", "grey", "yellow", "orange", "purple", "brown",
		"navy", "teal", "cyan", "magenta", NULL };
	static const char *const others[] = { [PAINT_WHITE] = "white", [PAINT_NONE] = "none", [PAINT_CURRENT] = "currentColor",
		[PAINT_INHERITED] = "inherit" };
	size_t n;

	p += blanks(p);
	*ret = PAINT_SEEN;
	if (*p == '#') {
		n = strspn(p + 1, "0123456789abcdefABCDEF");
		if ((n != 3 && n != 6) || p[1 + n + blanks(p + 1 + n)] != '\0')
			return fail(d, "a colour of an unusual form");
		put(d, p, n + 1);
		*ret = paint_of(p + 1, n);
		return true;
	}
	for (n = PAINT_WHITE; n < COUNT(others); n++)
		if (strcmp(p, others[n]) == 0)
			*ret = (enum paint)n;
	if (*ret == PAINT_SEEN && !(strncmp(p, "rgb(", 4) == 0 ? read_rgb(p + 4, ret) : word_in(names, p, strlen(p))))
		return fail(d, "a colour of an unusual form");
	puts_out(d, p);
	return true;
}

/* --- names --- */

static size_t name_length(const char *p)
{
	size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-+/=|:");

	return n < XML_NAME ? n : 0;
}

static size_t find_name(const struct drawing *d, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < d->names; i++)
		if (strlen(d->name[i]) == n && memcmp(d->name[i], p, n) == 0)
			break;
	return i;
}

static void put_name(struct drawing *d, size_t i)
{
	char text[24];

	if (d->out && !d->lost && d->number[i] == 0)
		d->number[i] = ++d->numbers;
	snprintf(text, sizeof(text), "n%zu", d->number[i]);
	puts_out(d, text);
}

/* A name that something refers to; what it is called does not leave. */
static bool refer(struct drawing *d, const char *p, size_t n)
{
	size_t i = find_name(d, p, n);

	if (n == 0 || n >= XML_NAME || i == NAMES_MAX)
		return fail(d, "more names than are read");
	if (i == d->names) {
		memcpy(d->name[d->names], p, n);
		d->name[d->names++][n] = '\0';
	}
	put_name(d, i);
	return true;
}

/* What is referred to is there. */
static bool all_there(struct drawing *d)
{
	size_t i;

	for (i = 0; i < d->names; i++)
		if (!d->there[i] && d->name[i][0] != '.')
			return fail(d, "a name that is not there");
	return true;
}

static bool read_target(struct drawing *d, const char *p)
{
	size_t n = *p == '#' ? name_length(p + 1) : 0;

	if (n == 0 || p[1 + n] != '\0')
		return fail(d, "an address elsewhere");
	puts_out(d, "#");
	if (!refer(d, p + 1, n))
		return false;
	if (!d->lost) {
		d->uses[find_name(d, p + 1, n)]++;
		d->shown[find_name(d, p + 1, n)] |= BY_USE;
	}
	return true;
}

/* A mark, or a use, is in each element around it that something refers to. */
static void hold(struct drawing *d, size_t marks, bool use)
{
	unsigned depth;

	for (depth = 1; depth <= d->x.depth; depth++) {
		size_t i = d->state[depth].name;

		if (i == 0)
			continue;
		d->held[i - 1] += marks;
		d->chained[i - 1] |= use;
	}
}

/* What is used shows all that is in it each time, and a clip an area for each of its parts. With a use in it, that doubles with each step, or never ends. */
static bool count_uses(struct drawing *d)
{
	size_t i;

	for (i = 0; i < d->names; i++) {
		if (d->kept[i] & ~d->shown[i])
			return fail(d, "content that is kept and not shown");
		if (d->uses[i] > 0 && d->chained[i])
			return fail(d, "a use of what holds another use");
		if (d->held[i] > 1)
			d->marks += d->uses[i] * (d->held[i] - 1);
	}
	return d->marks <= MARKS_MAX || fail(d, "more than 200 marks, one for each person perhaps,");
}

static void cut_box(struct state *s, const struct cut *c);

static bool read_clip(struct drawing *d, const char *p, struct state *s)
{
	size_t n;

	p += blanks(p);
	if (strcmp(p, "none") == 0) {
		puts_out(d, p);
		return true;
	}
	n = strncmp(p, "url(#", 5) == 0 ? name_length(p + 5) : 0;
	if (n == 0 || p[5 + n] != ')' || p[6 + n + blanks(p + 6 + n)] != '\0')
		return fail(d, "an address elsewhere");
	puts_out(d, "url(#");
	if (!refer(d, p + 5, n))
		return false;
	puts_out(d, ")");
	if (d->out)
		cut_box(s, &d->cut[find_name(d, p + 5, n)]);
	if (!d->lost) {
		d->uses[find_name(d, p + 5, n)]++;
		d->shown[find_name(d, p + 5, n)] |= BY_CLIP;
	}
	return true;
}

/* --- transforms --- */

static void multiply(double m[6], const double b[6])
{
	double a[6];

	memcpy(a, m, sizeof(a));
	m[0] = a[0] * b[0] + a[2] * b[1];
	m[1] = a[1] * b[0] + a[3] * b[1];
	m[2] = a[0] * b[2] + a[2] * b[3];
	m[3] = a[1] * b[2] + a[3] * b[3];
	m[4] = a[0] * b[4] + a[2] * b[5] + a[4];
	m[5] = a[1] * b[4] + a[3] * b[5] + a[5];
}

/* One of translate, scale, rotate and matrix with its numbers to a matrix. */
static bool make_move(const char *name, const double v[6], size_t n, double m[6])
{
	double turn = n > 0 ? v[0] * 3.14159265358979323846 / 180 : 0, x = n == 3 ? v[1] : 0, y = n == 3 ? v[2] : 0;

	if (strcmp(name, "translate(") == 0 && (n == 1 || n == 2))
		memcpy(m, (double[6]){ 1, 0, 0, 1, v[0], n == 2 ? v[1] : 0 }, sizeof(double[6]));
	else if (strcmp(name, "scale(") == 0 && (n == 1 || n == 2))
		memcpy(m, (double[6]){ v[0], 0, 0, n == 2 ? v[1] : v[0], 0, 0 }, sizeof(double[6]));
	else if (strcmp(name, "rotate(") == 0 && (n == 1 || n == 3))
		memcpy(m, (double[6]){ cos(turn), sin(turn), -sin(turn), cos(turn), x - x * cos(turn) + y * sin(turn),
			y - x * sin(turn) - y * cos(turn) }, sizeof(double[6]));
	else if (strcmp(name, "matrix(") == 0 && n == 6)
		memcpy(m, v, sizeof(double[6]));
	else
		return false;
	return true;
}

static bool read_moves(struct drawing *d, const char *p, double m[6])
{
	static const char *const names[] = { "translate(", "scale(", "rotate(", "matrix(", NULL };
	bool first = true;

	for (p += blanks(p); *p; p += blanks(p), first = false) {
		const char *end = strchr(p, ')');
		double v[6] = { 0 }, move[6];
		char inner[200];
		size_t k, n;

		for (k = 0; names[k] && strncmp(p, names[k], strlen(names[k])) != 0; k++)
			;
		if (!names[k] || !end || (size_t)(end - p) >= sizeof(inner))
			return fail(d, "a transformation of an unusual form");
		puts_out(d, first ? "" : " ");
		puts_out(d, names[k]);
		snprintf(inner, sizeof(inner), "%.*s", (int)(end - p - (ptrdiff_t)strlen(names[k])), p + strlen(names[k]));
		if (!read_numbers(d, inner, "", v, &n) || !make_move(names[k], v, n, move))
			return fail(d, "a transformation of an unusual form");
		puts_out(d, ")");
		multiply(m, move);
		p = end + 1;
	}
	return true;
}

/* --- attributes and styles --- */

static bool read_attribute(struct drawing *d, const struct attribute *a, const char *p, struct state *s);

static const struct attribute *find_attribute(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < COUNT(attributes); i++)
		if (strlen(attributes[i].name) == n && memcmp(attributes[i].name, p, n) == 0)
			return &attributes[i];
	return NULL;
}

/* Declarations; each is an attribute by another name. */
static bool read_style(struct drawing *d, const char *p, struct state *s)
{
	for (p += strspn(p, " ;\n\t"); *p; p += strspn(p, " ;\n\t")) {
		size_t n = strcspn(p, ": ;"), len;
		const struct attribute *a = find_attribute(p, n);
		char value[300];

		if (!a || !a->style)
			return fail(d, "a style that plain drawings don't have");
		puts_out(d, a->name);
		p += n + blanks(p + n);
		if (*p++ != ':')
			return fail(d, "a style of an unusual form");
		p += blanks(p);
		len = strcspn(p, ";");
		n = len;
		while (n > 0 && is_space(p[n - 1]))
			n--;
		if (n == 0 || n >= sizeof(value))
			return fail(d, "a style of an unusual form");
		memcpy(value, p, n);
		value[n] = '\0';
		puts_out(d, ":");
		if (!read_attribute(d, a, value, s))
			return false;
		puts_out(d, ";");
		p += len;
	}
	return true;
}

/* Names of fonts that everybody has; others are left out. */
static bool read_fonts(struct drawing *d, const char *p)
{
	static const char *const known[] = { "Arial", "Helvetica", "Verdana", "DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono",
		"Bitstream Vera Sans", "Liberation Sans", "Liberation Serif", "Liberation Mono", "Times", "Times New Roman", "Courier",
		"Courier New", "Symbol", "sans-serif", "serif", "monospace", NULL };
	bool some = false;

	for (p += strspn(p, " ,'\""); *p; p += strspn(p, " ,'\"")) {
		size_t n = strcspn(p, ",'\""), last = n;

		while (last > 0 && is_space(p[last - 1]))
			last--;
		if (word_in(known, p, last)) {
			puts_out(d, some ? ",'" : "'");
			put(d, p, last);
			puts_out(d, "'");
			some = true;
		}
		p += n;
	}
	puts_out(d, some ? "" : "sans-serif");
	return true;
}

/* "bold 12px 'DejaVu Sans', sans-serif": what comes before the size is words. */
static bool read_font(struct drawing *d, const char *p, double *ret)
{
	size_t n = strcspn(p, "0123456789"), used;
	char head[60];

	if (n >= sizeof(head))
		return fail(d, "a font of an unusual name");
	snprintf(head, sizeof(head), "%.*s", (int)n, p);
	if (n > 0 && !read_words(d, head))
		return false;
	puts_out(d, n > 0 ? " " : "");
	p += n;
	if (strspn(p, "0123456789") == 3 && p[3] == ' ') { /* a weight */
		put(d, p, 4);
		p += 4;
	}
	used = read_number(d, p, ret);
	if (used == 0 || strncmp(p + used, "px", 2) != 0)
		return fail(d, "a font of an unusual size");
	puts_out(d, "px");
	return read_fonts(d, p + used + 2);
}

static void say(enum paint *of, bool *said, enum paint paint, enum paint inherited, struct state *s)
{
	*of = paint == PAINT_INHERITED ? inherited : paint;
	*said = true;
	s->painted |= *of != PAINT_NONE;
}

static double anchor_of(const char *p, double inherited)
{
	p += blanks(p);
	return strncmp(p, "inherit", 7) == 0 ? inherited : strncmp(p, "middle", 6) == 0 ? 0.5 : strncmp(p, "end", 3) == 0 ? 1 : 0;
}

static bool read_attribute(struct drawing *d, const struct attribute *a, const char *p, struct state *s)
{
	double v[6] = { 0 };
	enum paint paint;
	size_t n = 0;

	switch (a->form) {
	case NUMBERS:
		if (strcmp(p, "none") == 0) {
			puts_out(d, p);
			return true;
		}
		if (!read_numbers(d, p, "", v, &n))
			return false;
		d->corners += strcmp(a->name, "points") == 0 ? n / 2 : 0;
		return true;
	case PATH:
		if (!read_numbers(d, p, "MmLlHhVvCcSsQqTtZz", v, &n))
			return false;
		d->corners += n / 2;
		return true;
	case LENGTH:
		if (!read_length(d, p, v))
			return false;
		if (strcmp(a->name, "textLength") == 0 && v[0] < 1)
			return fail(d, "text too small to be read");
		if (strcmp(a->name, "stroke-width") == 0)
			s->thin = v[0] < THIN;
		if (strcmp(a->name, "font-size") != 0)
			return true;
		s->size = v[0];
		return !strchr(p, '%') || fail(d, "text of no certain size");
	case SHARE:
		if (!read_length(d, p, v))
			return false;
		if (strcmp(a->name, "opacity") == 0)
			s->own = fmin(v[0], 1);
		else if (strcmp(a->name, "fill-opacity") == 0)
			s->letters = fmin(v[0], 1);
		return (v[0] >= FAINT && !strchr(p, '%')) || fail(d, "content that can't be seen");
	case COLOUR:
		if (!read_colour(d, p, &paint))
			return false;
		if (strcmp(a->name, "fill") == 0)
			say(&s->fill, &s->fills, paint, d->state[d->x.depth - 1].fill, s);
		else if (strcmp(a->name, "stroke") == 0)
			say(&s->stroke, &s->strokes, paint, d->state[d->x.depth - 1].stroke, s);
		return true;
	case FONT:
		return read_font(d, p, &s->size);
	case FONTS:
		return read_fonts(d, p);
	case CLIP:
		if (s->clip || strcmp(d->x.name, "clipPath") == 0)
			return fail(d, "a clip within a clip");
		return read_clip(d, p, s);
	case TARGET:
		return read_target(d, p);
	case MOVES:
		return read_moves(d, p, s->m);
	case STYLES:
		return read_style(d, p, s);
	default:
		if (strcmp(a->name, "text-anchor") == 0)
			s->anchor = anchor_of(p, d->state[d->x.depth - 1].anchor);
		return read_words(d, p);
	}
}

/* --- positions --- */

static bool on_canvas(const struct state *s, double x, double y, double room)
{
	double a = s->m[0] * x + s->m[2] * y + s->m[4], b = s->m[1] * x + s->m[3] * y + s->m[5];

	return a >= s->box[0] - room && a <= s->box[2] + room && b >= s->box[1] - room && b <= s->box[3] + room;
}

/* Of a clip that is no upright rectangle nobody knows here what it leaves of text: it leaves nothing. */
static void cut_box(struct state *s, const struct cut *c)
{
	const double *m = s->m, *v = c->v;
	bool upright = (m[1] == 0 && m[2] == 0) || (m[0] == 0 && m[3] == 0);
	double x = m[0] * v[0] + m[2] * v[1] + m[4], y = m[1] * v[0] + m[3] * v[1] + m[5];
	double x2 = m[0] * v[2] + m[2] * v[3] + m[4], y2 = m[1] * v[2] + m[3] * v[3] + m[5];

	if (!c->rect || c->shapes != 1 || !upright) {
		s->box[0] = FAR;
		s->box[2] = -FAR;
		return;
	}
	s->box[0] = fmax(s->box[0], fmin(x, x2));
	s->box[1] = fmax(s->box[1], fmin(y, y2));
	s->box[2] = fmin(s->box[2], fmax(x, x2));
	s->box[3] = fmin(s->box[3], fmax(y, y2));
}

/* How much smaller letters become in the direction in which they do most: the smaller singular value. */
static double scale_of(const struct state *s)
{
	const double *m = s->m;
	double e = m[0] * m[0] + m[1] * m[1] + m[2] * m[2] + m[3] * m[3], det = fabs(m[0] * m[3] - m[1] * m[2]);
	double most = sqrt((e + sqrt(fmax(e * e - 4 * det * det, 0))) / 2);

	return most > 0 ? det / most : 0;
}

/* Adds an attribute's number in units of the drawing; of others nobody knows how large they are. */
static bool add_units(const struct xml *x, const char *name, double *ret)
{
	const char *p = xml_value(x, XML_NONE, name);
	char *end;

	if (!p)
		return true;
	*ret += strtod(p, &end);
	end += strncmp(end, "px", 2) == 0 ? 2 : 0;
	return end[blanks(end)] == '\0';
}

static bool add_place(struct drawing *d, const char *name, double *ret)
{
	return add_units(&d->x, name, ret) || fail(d, "text at a place in other units than the drawing's");
}

/* --- where shapes are --- */

static void reach_to(struct drawing *d, double x, double y)
{
	reach_point(&d->reach, d->state[d->x.depth].m, d->canvas, x, y);
}

/* The ends of a path's parts, or points; the form has been checked. */
static void reach_path(struct drawing *d, const char *p, char c)
{
	double v[6], x = 0, y = 0, first_x = 0, first_y = 0;
	char *end;
	size_t n = 0;

	for (p += blanks(p); *p; p += strspn(p, " \n\t,")) {
		if (strchr("MmLlHhVvCcSsQqTtZz", *p)) {
			c = *p++;
			n = 0;
			x = (c | 0x20) == 'z' ? first_x : x;
			y = (c | 0x20) == 'z' ? first_y : y;
			continue;
		}
		v[n++] = strtod(p, &end);
		if (end == p) /* "none" */
			return;
		p = end;
		if (n < (strchr("HhVv", c) ? 1 : strchr("Cc", c) ? 6 : strchr("SsQq", c) ? 4 : 2))
			continue;
		if ((c | 0x20) != 'v')
			x = v[(c | 0x20) == 'h' ? 0 : n - 2] + (c >= 'a' ? x : 0);
		if ((c | 0x20) != 'h')
			y = v[n - 1] + (c >= 'a' ? y : 0);
		first_x = (c | 0x20) == 'm' ? x : first_x;
		first_y = (c | 0x20) == 'm' ? y : first_y;
		reach_to(d, x, y);
		n = 0;
	}
}

/* Two attributes as a point; shares of the canvas and other units are left aside. */
static void reach_attributes(struct drawing *d, const char *x, const char *y, const char *wide, const char *high)
{
	double v[2] = { 0 };

	if (!add_units(&d->x, x, &v[0]) || !add_units(&d->x, y, &v[1]))
		return;
	if (!wide || (add_units(&d->x, wide, &v[0]) && add_units(&d->x, high, &v[1])))
		reach_to(d, v[0], v[1]);
}

/* What is kept elsewhere has its place where it is used. */
static void reach_shape(struct drawing *d)
{
	static const char round[] = " circle ellipse ", plain[] = " rect use ", lines[] = " polyline polygon ";
	const char *name = d->x.name, *path = xml_value(&d->x, XML_NONE, strstr(lines, name) ? "points" : "d"); /* "line" has none */

	reach_begin(&d->reach);
	if (path)
		reach_path(d, path, 'L');
	else if (strstr(round, name))
		reach_attributes(d, "cx", "cy", NULL, NULL);
	else if (strstr(plain, name))
		reach_attributes(d, "x", "y", NULL, NULL);
	if (strcmp(name, "rect") == 0)
		reach_attributes(d, "x", "y", "width", "height");
	if (strcmp(name, "line") == 0) {
		reach_attributes(d, "x1", "y1", NULL, NULL);
		reach_attributes(d, "x2", "y2", NULL, NULL);
	}
	d->outside |= reach_is_outside(&d->reach, d->canvas);
}

/* A clip begins, or a shape in it. */
static void note_cut(struct drawing *d)
{
	size_t clip = d->state[d->x.depth].name, of = d->state[d->x.depth - 1].name;
	const char *units = xml_value(&d->x, XML_NONE, "clipPathUnits");
	struct cut *c;

	if (strcmp(d->x.name, "clipPath") == 0 && clip > 0)
		d->cut[clip - 1] = (struct cut){ .rect = !units || strcmp(units, "userSpaceOnUse") == 0 };
	else if (d->state[d->x.depth - 1].clip && of > 0) {
		c = &d->cut[of - 1];
		c->shapes++;
		c->rect &= strcmp(d->x.name, "rect") == 0 && !xml_value(&d->x, XML_NONE, "transform") && add_units(&d->x, "x", &c->v[0]) &&
			   add_units(&d->x, "y", &c->v[1]) && add_units(&d->x, "width", &c->v[2]) && add_units(&d->x, "height", &c->v[3]);
		c->v[2] += c->v[0];
		c->v[3] += c->v[1];
	}
}

/* Both ends of text are on the canvas, but for what may be cut off. */
static bool end_chunk(struct drawing *d)
{
	struct chunk *t = &d->chunk;
	const struct state *s = &t->state;
	double room = fmin(t->wide * CUT, s->size * CUT_MAX) * hypot(s->m[0], s->m[1]), from = t->x - s->anchor * t->wide, to = from + t->wide;
	bool some = t->wide > 0;

	t->wide = 0;
	return !some || (on_canvas(s, from, t->y, room) && on_canvas(s, to, t->y, room)) ||
	       fail(d, "text outside the canvas, or of a clip");
}

/* A blank is as wide as a letter. */
static void widen_chunk(struct drawing *d, const struct state *s)
{
	size_t i, n = 0;

	for (i = 0; i < d->x.len; i++)
		n += ((unsigned char)d->x.text[i] & 0xc0) != 0x80;
	d->chunk.wide += (double)n * NARROW * s->size;
}

/* Where text goes on: how wide the text before it is counts for where it ends. */
static bool move_text(struct drawing *d)
{
	bool text = strcmp(d->x.name, "text") == 0;

	if (text || xml_value(&d->x, XML_NONE, "x"))
		d->at_x = 0;
	if (text || xml_value(&d->x, XML_NONE, "y"))
		d->at_y = 0;
	return add_place(d, "x", &d->at_x) && add_place(d, "y", &d->at_y) && add_place(d, "dx", &d->at_x) && add_place(d, "dy", &d->at_y);
}

/* A place of its own begins a chunk. */
static bool begin_chunk(struct drawing *d, const struct state *s)
{
	if (strcmp(d->x.name, "text") != 0 && !xml_value(&d->x, XML_NONE, "x") && !xml_value(&d->x, XML_NONE, "y"))
		return true;
	if (!end_chunk(d))
		return false;
	d->chunk = (struct chunk){ *s, d->at_x, d->at_y, 0 };
	return true;
}

static bool is_placed(const struct xml *x)
{
	static const char *const names[] = { "x", "y", "dx", "dy", NULL };
	size_t i;

	for (i = 0; names[i] && !xml_value(x, XML_NONE, names[i]); i++)
		;
	return names[i] != NULL;
}

/* Text begins and ends on the canvas and is as large as letters are. */
static bool check_text(struct drawing *d, const struct state *s)
{
	double size = s->size * scale_of(s);

	if (s->stored)
		return fail(d, "text that is kept and not shown");
	if (size < TINY)
		return fail(d, "text too small to be read");
	if (!move_text(d))
		return false;
	if (!on_canvas(s, d->at_x, d->at_y, 0))
		return fail(d, "text outside the canvas, or of a clip");
	if (!begin_chunk(d, s))
		return false;
	return fmin(s->box[2] - s->box[0], s->box[3] - s->box[1]) >= size / 2 || fail(d, "text that is cut away");
}

static bool set_canvas(struct drawing *d)
{
	const char *box = xml_value(&d->x, XML_NONE, "viewBox"), *width = xml_value(&d->x, XML_NONE, "width"),
		   *height = xml_value(&d->x, XML_NONE, "height");
	double v[4];

	if (box) {
		if (sscanf(box, "%lf%*[, ]%lf%*[, ]%lf%*[, ]%lf", &v[0], &v[1], &v[2], &v[3]) != 4)
			return fail(d, "no canvas");
	} else if (width && height) {
		size_t a = strspn(width, "0123456789."), b = strspn(height, "0123456789.");

		v[0] = v[1] = 0;
		v[2] = width[a] == '\0' || strcmp(width + a, "px") == 0 ? strtod(width, NULL) : 0;
		v[3] = height[b] == '\0' || strcmp(height + b, "px") == 0 ? strtod(height, NULL) : 0;
	} else {
		return fail(d, "no canvas, that is no viewBox and no width and height,");
	}
	if (!(v[2] >= 1 && v[3] >= 1 && v[2] <= FAR && v[3] <= FAR))
		return fail(d, "no canvas");
	memcpy(d->state[1].box, (double[4]){ v[0], v[1], v[0] + v[2], v[1] + v[3] }, sizeof(d->state[1].box));
	memcpy(d->canvas, d->state[1].box, sizeof(d->canvas));
	return true;
}

/* --- style sheets --- */

/* A class as a selector names it: a name with a point before it. 0: it is none. */
static size_t class_length(const char *p)
{
	return *p == '.' ? 1 + strspn(p + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") : 0;
}

/* One word of a selector: an element, '*', or a class. Returns its bytes. */
static size_t read_selector(struct drawing *d, const char *p, bool *ret_shape)
{
	static const char *const shapes[] = { "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "use", NULL };
	size_t n = *p == '*' ? 1 : strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"), i;

	*ret_shape = word_in(shapes, p, n);
	if (n > 0) {
		put(d, p, n);
		return n;
	}
	n = class_length(p);
	if (n < 2 || n >= XML_NAME)
		return 0;
	i = find_name(d, p, n);
	if (i < d->names || d->out || d->names == NAMES_MAX) {
		puts_out(d, ".");
		put_name(d, i);
		return i < NAMES_MAX ? n : 0;
	}
	memcpy(d->name[d->names], p, n);
	d->name[d->names++][n] = '\0';
	return n;
}

/* ".class line, rect"; ret: what it is for may be text. */
static bool read_selectors(struct drawing *d, const char *p, size_t n, bool *ret_text)
{
	bool shape = false, ends;
	size_t i, used;

	for (i = 0, *ret_text = false; i < n; i += used) {
		if (is_space(p[i]) || p[i] == ',') {
			*ret_text |= p[i] == ',' && !shape;
			ends = p[i] == ',';
			for (used = 0; i + used < n && (is_space(p[i + used]) || (p[i + used] == ',' && (used == 0 || !ends))); used++)
				ends |= p[i + used] == ',';
			*ret_text |= ends && !shape;
			if (i + used < n)
				puts_out(d, ends ? "," : " ");
			continue;
		}
		used = read_selector(d, p + i, &shape);
		if (used == 0)
			return fail(d, "a style of an unusual form");
	}
	*ret_text |= !shape;
	return true;
}

/* Classes that the style sheet has, by the names that they get; others say nothing. */
static bool read_classes(struct drawing *d, const char *p)
{
	char name[XML_NAME];
	bool first = true;
	size_t n, i;

	for (p += blanks(p); *p; p += n + blanks(p + n)) {
		n = strcspn(p, " ");
		if (n + 1 >= sizeof(name) || name_length(p) != n)
			return fail(d, "a class of an unusual name");
		snprintf(name, sizeof(name), ".%.*s", (int)n, p);
		i = find_name(d, name, n + 1);
		if (i == d->names)
			continue;
		d->worn[i] = true;
		puts_out(d, first ? " class=\"" : " ");
		put_name(d, i);
		first = false;
	}
	puts_out(d, first ? "" : "\"");
	return true;
}

/* Each selector asks for a class that no element has: the rule does nothing. Known once all names were gathered. */
static bool is_idle(const struct drawing *d, const char *p, size_t n)
{
	bool idle = false;
	size_t i, k, used;

	for (i = 0; d->out && i < n; i += used) {
		size_t len = class_length(p + i);

		used = len > 0 ? len : 1;
		if (p[i] == ',' && !idle)
			return false;
		if (p[i] == ',')
			idle = false;
		k = find_name(d, p + i, len);
		idle |= len > 0 && k < d->names && !d->worn[k];
	}
	return idle;
}

/* What a sheet says of text says nothing of its colour or size: whether text is seen is known without the sheet. Only what does
 * nothing may hide lines, as of letters that svglite draws, where a drawing has none; it does not leave. */
static bool read_rule(struct drawing *d, const char *p, size_t head, size_t len)
{
	char value[600];
	struct state none = { .size = 12, .seen = 1, .own = 1, .letters = 1, .stroke = PAINT_SEEN };
	bool idle = is_idle(d, p, head), text;
	unsigned lost = d->lost;

	if (idle && lost == 0)
		d->lost = d->x.depth;
	if (!read_selectors(d, p, head, &text))
		return false;
	if (len >= sizeof(value))
		return fail(d, "a style of an unusual form");
	memcpy(value, p + head + 1, len);
	value[len] = '\0';
	if (strstr(value, "clip-path"))
		return fail(d, "a style of an unusual form");
	if (text && (strstr(value, "fill") || strstr(value, "opacity") || strstr(value, "font") || strstr(value, "clip") ||
			strstr(value, "anchor") || strstr(value, "stroke:") || strstr(value, "overflow")))
		return fail(d, "a style that could hide text");
	puts_out(d, "{");
	if (!read_style(d, value, &none))
		return false;
	puts_out(d, "}");
	d->lost = lost;
	if (none.stroke == PAINT_NONE || none.thin)
		return !d->out || idle || fail(d, "a style that could hide lines");
	d->sheet_clear |= none.fill == PAINT_NONE;
	d->sheet_lines |= none.strokes;
	return true;
}

/* Neither area nor lines of it are drawn. What a style sheet says is taken for what it says of all shapes. */
static bool is_unseen(const struct drawing *d, const struct state *s)
{
	bool clear = !s->fills && d->sheet_clear ? true : s->fill == PAINT_NONE;
	bool lines = !s->strokes && d->sheet_lines ? true : s->stroke != PAINT_NONE;

	return clear && (!lines || s->thin);
}

/* A shape that nobody sees, or a use that shows one so. */
static bool check_seen(struct drawing *d, const struct state *s)
{
	const char *target = strcmp(d->x.name, "use") == 0 ? xml_value(&d->x, XLINK, "href") : NULL;
	unsigned depth;
	size_t i;

	if (strcmp(d->x.name, "use") == 0 && !target)
		target = xml_value(&d->x, XML_NONE, "href");
	i = target ? find_name(d, target + 1, strlen(target + 1)) : NAMES_MAX;
	for (depth = 1; s->stored && !s->painted && d->corners > UNSEEN && depth <= d->x.depth; depth++)
		if (d->state[depth].name > 0)
			d->bare[d->state[depth].name - 1] = true;
	if (s->clip || !is_unseen(d, s) || !(target ? i < d->names && d->bare[i] : d->corners > UNSEEN))
		return true;
	return (s->stored && !target && !(s->fills && s->strokes)) || fail(d, "content that can't be seen");
}

static bool read_sheet(struct drawing *d)
{
	enum xml_event e;

	while ((e = xml_next(&d->x)) != XML_CLOSE) {
		const char *p = d->x.text;

		if (e != XML_TEXT)
			return e != XML_BAD && fail(d, "a style of an unusual form");
		for (p += blanks(p); *p; p += blanks(p)) {
			size_t head = strcspn(p, "{"), len = p[head] ? strcspn(p + head + 1, "}") : 0;

			if (p[head] != '{' || p[head + 1 + len] != '}' || !read_rule(d, p, head, len))
				return fail(d, "a style of an unusual form");
			p += head + len + 2;
		}
	}
	puts_out(d, "</style>\n");
	return true;
}

/* --- elements --- */

static const struct element *find_element(const struct xml *x)
{
	size_t i;

	for (i = 0; x->space == SVG && i < COUNT(elements); i++)
		if (strcmp(elements[i].name, x->name) == 0)
			return &elements[i];
	return NULL;
}

/* A name that nothing refers to is not written, nor one that only what is left out refers to. */
static bool write_id(struct drawing *d, const char *p, struct state *s)
{
	size_t n = name_length(p), i = find_name(d, p, n);

	if (n == 0 || p[n] != '\0')
		return fail(d, "a name of an unusual form");
	if (i == d->names)
		return true;
	s->name = i + 1;
	if (!d->out)
		return true;
	if (d->there[i])
		return fail(d, "a name twice");
	d->there[i] = true;
	if (!d->shown[i])
		return true;
	puts_out(d, " id=\"");
	put_name(d, i);
	puts_out(d, "\"");
	return true;
}

static bool write_attribute(struct drawing *d, const struct attribute *a, const struct xml_attr *v, struct state *s)
{
	if (a->form == NAME)
		return write_id(d, v->value, s);
	if (a->form == CLASSES)
		return read_classes(d, v->value);
	puts_out(d, v->space == XLINK ? " xlink:" : v->space == XML_XML ? " xml:" : " ");
	puts_out(d, a->name);
	puts_out(d, "=\"");
	if (!read_attribute(d, a, v->value, s))
		return false;
	puts_out(d, "\"");
	return true;
}

static bool space_ok(const struct xml_attr *v)
{
	return v->space == XML_NONE || (v->space == XLINK && strcmp(v->name, "href") == 0) ||
	       (v->space == XML_XML && strcmp(v->name, "space") == 0);
}

/* An attribute that an element does not have does nothing, and could say anything. */
static bool is_on(const struct attribute *a, const char *element)
{
	char word[XML_NAME + 2];

	snprintf(word, sizeof(word), " %s ", element);
	return !a->on || strstr(a->on, word);
}

/* In the order of the list above: another order would say something. */
static bool write_attributes(struct drawing *d, struct state *s)
{
	size_t known = 0, i, k;

	for (i = 0; i < COUNT(attributes); i++)
		for (k = 0; k < d->x.attrs; k++) {
			if (strcmp(d->x.attr[k].name, attributes[i].name) != 0 || !space_ok(&d->x.attr[k]))
				continue;
			known += is_on(&attributes[i], d->x.name);
			if (strlen(d->x.attr[k].value) != d->x.attr[k].len ||
				!write_attribute(d, &attributes[i], &d->x.attr[k], s))
				return fail(d, "a value of an unusual form");
		}
	return known == d->x.attrs || fail(d, "an attribute that plain drawings don't have");
}

/* Such as the first sign of each font, which cairo always keeps. What nothing shows does not leave. */
static bool is_lost(const struct drawing *d, const struct element *e)
{
	const char *id = xml_value(&d->x, XML_NONE, "id");
	bool named = id && find_name(d, id, strlen(id)) < d->names;

	if (named || strcmp(e->name, "style") == 0 || strcmp(e->name, "defs") == 0)
		return false;
	if (e->is & IS_STORE)
		return true;
	return d->state[d->x.depth - 1].keeps && strcmp(e->name, "g") != 0;
}

static bool begin_element(struct drawing *d)
{
	const struct element *e = find_element(&d->x);
	struct state *s = &d->state[d->x.depth];
	size_t marks = d->marks;
	bool use = strcmp(d->x.name, "use") == 0;

	*s = d->state[d->x.depth - 1];
	s->name = 0;
	s->own = 1;
	s->fills = s->strokes = false;
	s->painted &= e && !(e->is & IS_STORE);
	d->corners = 0;
	if (++d->elements > ELEMENTS_MAX)
		return fail(d, "more elements than are read");
	if (!e || (d->x.depth == 1) != (strcmp(d->x.name, "svg") == 0))
		return fail(d, "an element that plain drawings don't have");
	if (d->x.depth == 1 && !set_canvas(d))
		return false;
	if (d->lost == 0 && is_lost(d, e))
		d->lost = d->x.depth;
	puts_out(d, "<");
	puts_out(d, e->name);
	if (d->x.depth == 1)
		puts_out(d, " xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\"");
	if (!write_attributes(d, s))
		return false;
	puts_out(d, ">");
	s->seen *= s->own;
	if (s->seen * (e->is & IS_TEXT ? s->letters : 1) < FAINT)
		return fail(d, "content that can't be seen");
	if (s->shape || s->text != (strcmp(e->name, "tspan") == 0))
		return fail(d, "an element where none is shown");
	s->keeps = strcmp(e->name, "defs") == 0 || (s->keeps && s->name == 0 && strcmp(e->name, "g") == 0);
	s->stored |= e->is & IS_STORE;
	if (s->name > 0 && s->stored && !d->state[d->x.depth - 1].clip)
		d->kept[s->name - 1] |= strcmp(e->name, "clipPath") == 0 ? BY_CLIP : BY_USE;
	s->text = e->is & IS_TEXT;
	s->shape = e->is & IS_SHAPE;
	if (s->shape && !check_seen(d, s))
		return false;
	if (s->shape && !s->stored)
		reach_shape(d);
	if (use && s->clip)
		return fail(d, "a use in a clip");
	s->clip |= strcmp(e->name, "clipPath") == 0;
	note_cut(d);
	if ((e->is & IS_MARK) || (s->text && is_placed(&d->x)))
		d->marks = marks + 1;
	hold(d, s->clip ? d->marks - marks : (d->marks - marks + PARTS_OF_SIGN - 1) / PARTS_OF_SIGN, use);
	if (s->stored)
		d->marks = marks; /* shown where it is used, and counted there */
	if (d->marks > MARKS_MAX)
		return fail(d, "more than 200 marks, one for each person perhaps,");
	if (strcmp(e->name, "style") == 0)
		return read_sheet(d);
	return !s->text || check_text(d, s);
}

static bool add_text(struct drawing *d)
{
	const struct state *s = &d->state[d->x.depth];

	if (xml_blank(&d->x)) {
		puts_out(d, s->text && d->x.len > 0 ? " " : "");
		return true;
	}
	if (!s->text)
		return fail(d, "text where none is shown");
	if (s->fill == PAINT_NONE || s->fill == PAINT_CURRENT)
		return fail(d, "text that is not drawn, or in no certain colour");
	d->white |= s->fill == PAINT_WHITE;
	widen_chunk(d, s);
	if (d->out) {
		struct out plain = { 0 };
		bool good;

		story_words(&d->text, d->x.text, d->x.len);
		good = nfc_add(&plain, d->x.text, d->x.len) && !plain.failed;
		xml_add(d->out, plain.p, plain.len);
		free(plain.p);
		return good || fail(d, "text that has no plain form");
	}
	return true;
}

static bool end_element(struct drawing *d)
{
	if (strcmp(d->x.name, "text") == 0 && !end_chunk(d))
		return false;
	if (strcmp(d->x.name, "text") == 0 && d->out)
		out_byte(&d->text, '\n');
	puts_out(d, "</");
	puts_out(d, d->x.name);
	puts_out(d, d->state[d->x.depth].text && strcmp(d->x.name, "tspan") == 0 ? ">" : ">\n");
	if (d->lost == d->x.depth)
		d->lost = 0;
	return true;
}

static bool read_once(struct drawing *d, const char *p, size_t n)
{
	static const char *const spaces[] = { "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", NULL };
	enum xml_event e;

	xml_free(&d->x);
	d->x = (struct xml){ .at = p, .end = p + n, .spaces = spaces };
	d->state[0] = (struct state){ .m = { 1, 0, 0, 1, 0, 0 }, .size = 12, .seen = 1, .own = 1, .letters = 1, .stroke = PAINT_NONE };
	d->marks = d->points = d->elements = 0;
	d->chunk.wide = 0;
	memset(d->held, 0, sizeof(d->held));
	memset(d->chained, 0, sizeof(d->chained));
	memset(d->uses, 0, sizeof(d->uses));
	if (!d->out)
		memset(d->shown, 0, sizeof(d->shown));
	while ((e = xml_next(&d->x)) != XML_DONE) {
		if (e == XML_BAD || (e == XML_OPEN && !begin_element(d)) || (e == XML_TEXT && !add_text(d)))
			return false;
		if (e == XML_CLOSE && !end_element(d))
			return false;
	}
	return true;
}

bool svg_check(const struct content *c, const char *p, size_t n, struct out *o)
{
	struct drawing *d = calloc(1, sizeof(*d));
	bool good = false;

	if (!d)
		return false;
	d->c = c;
	good = read_once(d, p, n);
	good = good && read_once(d, p, n); /* what comes behind its use is known now */
	d->out = o;
	if (good && read_once(d, p, n) && all_there(d) && count_uses(d) && !o->failed && !d->text.failed) {
		chart_judge(c, d->text.p, d->text.len);
		if (d->white)
			report_add(c->report, RULE_HIDDEN, FINDING_REVIEW, (struct place){ 0 }, "draw text in a colour that is seen",
				"text is drawn in white, which is not seen on white");
		if (d->outside)
			report_add(c->report, RULE_HIDDEN, FINDING_REVIEW, (struct place){ 0 }, "leave out of a drawing what its limits cut off",
				"it has shapes outside its canvas, where nobody sees them");
	} else {
		good = false;
		report_add(c->report, RULE_HIDDEN, FINDING_BLOCK, (struct place){ .line = d->x.line },
			"save it as PNG: savefig(\"x.png\") in Python, ggsave(\"x.png\") or png(\"x.png\") in R, graph export x.png in Stata",
			"it has %s", d->x.wrong ? d->x.wrong : "more than there is memory for");
	}
	xml_free(&d->x);
	free(d->text.p);
	free(d);
	return good;
}
