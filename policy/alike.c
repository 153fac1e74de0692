/* policy/alike.c - lines of a text that are all made alike, without columns that stand below each other: as many pieces in
 * each, of which some are numbers, as write.table(), print() in a loop and tuples of Python write records. Piece by piece
 * they are a table, named by a line of words over them or by the words that stand in each line before a piece.
 * Source: ESSnet guidelines (2009): no unit-level rows; OUTPUT-RULES 4.5. */
#include "policy/prose.h"

#define PIECES 64
#define LONG 2000 /* bytes; as in textgrid.c */
#define LOOK 30   /* lines by which they are known; those below only have to have as many pieces */
#define ROWS 10   /* lines; fewer are a list that somebody wrote */
#define NAMED 5   /* the same under a line of names */
#define WIDE 60   /* bytes; what is longer is a sentence */

struct pieces {
	struct {
		uint16_t from, to;
	} piece[PIECES];
	size_t n;
};

/* What stands around a piece: brackets, quotes, and the signs behind it. */
static bool is_trim(char c)
{
	return c != '\0' && strchr(" \t\r()[]{}<>'\"`:,;", c) != NULL;
}

static void add(struct pieces *x, const struct line *l, size_t from, size_t to, bool blank)
{
	while (from < to && is_trim(l->p[from]))
		from++;
	while (to > from && is_trim(l->p[to - 1]))
		to--;
	if (from == to && blank)
		return;
	if (x->n < PIECES) {
		x->piece[x->n].from = (uint16_t)from;
		x->piece[x->n].to = (uint16_t)to;
	}
	x->n++;
}

/* [1] "processing 11588 age 45": what R's print() writes of a string, which is a line by itself. */
static bool is_print(const struct line *l)
{
	size_t i = 0;

	while (i < l->n && (l->p[i] == ' ' || l->p[i] == '[' || l->p[i] == ']' || fold_is_digit(l->p[i])))
		i++;
	return i > 2 && i < l->n && l->p[i] == '"' && memchr(l->p, ']', i);
}

/* A blank is of any length, and the sign of "age=45" is one. false: too much, or a sentence. */
static bool part(const struct line *l, char sign, struct pieces *ret)
{
	size_t i, from = 0;
	bool quoted = false, quotes = sign != ' ' || !is_print(l);

	ret->n = 0;
	if (l->n > LONG || !(sign == ' ' || memchr(l->p, sign, l->n)))
		return false;
	for (i = 0; i <= l->n; i++) {
		if (quotes && i < l->n && l->p[i] == '"')
			quoted = !quoted && memchr(l->p + i + 1, '"', l->n - i - 1);
		if (i < l->n && (quoted || !(l->p[i] == sign || (sign == ' ' && (l->p[i] == '\t' || l->p[i] == '=')))))
			continue;
		add(ret, l, from, i, sign == ' ');
		from = i + 1;
	}
	for (i = 0; i < ret->n && i < PIECES; i++)
		if (ret->piece[i].to - ret->piece[i].from > WIDE)
			return false;
	return ret->n > 1 && ret->n <= PIECES;
}

static size_t width(const struct pieces *x, size_t i)
{
	return (size_t)(x->piece[i].to - x->piece[i].from);
}

static bool is_number(const struct line *l, const struct pieces *x, size_t i)
{
	char fold[WIDE];
	size_t n = text_fold(l->p + x->piece[i].from, width(x, i), false, fold);
	struct number v = number_read(fold, n, ';');

	while (v.used > 0 && v.used < n && strchr("%*", fold[v.used]))
		v.used++;
	return v.used > 0 && v.used == n;
}

/* Years, months and days, or times of day: digits that these signs part. */
static bool has_form(const struct line *l, const struct pieces *x, size_t i, char sign, size_t signs)
{
	const char *p = l->p + x->piece[i].from;
	size_t k, seen = 0, digits = 0;

	for (k = 0; k < width(x, i) && (fold_is_digit(p[k]) || p[k] == sign); k++) {
		seen += p[k] == sign;
		digits += p[k] != sign;
	}
	return seen == signs && digits >= 6;
}

/* How many pieces of a line are when it was written, as logs begin: that is nobody's date. */
static size_t stamp(const struct line *l, const struct pieces *x)
{
	const char *p = l->p + x->piece[0].from;
	const char *t = width(x, 0) >= 16 ? p + 10 : NULL;

	if (has_form(l, x, 0, ':', 2) || (t && (*t == 'T' || *t == ' ') && fold_is_digit(p[0]) && t[3] == ':'))
		return 1;
	return x->n > 2 && (has_form(l, x, 0, '-', 2) || has_form(l, x, 0, '/', 2) || has_form(l, x, 0, '.', 2)) &&
		has_form(l, x, 1, ':', 2) ? 2 : 0;
}

static bool is_same(const struct line *a, const struct pieces *x, const struct line *b, const struct pieces *y, size_t i)
{
	return width(x, i) == width(y, i) && memcmp(a->p + x->piece[i].from, b->p + y->piece[i].from, width(x, i)) == 0;
}

static bool is_sex(const struct line *l, const struct pieces *x, size_t i)
{
	char fold[WIDE];

	return word_is_sex(fold, text_fold(l->p + x->piece[i].from, width(x, i), false, fold));
}

static bool is_name(const struct line *l, const struct pieces *x, size_t i)
{
	char fold[WIDE];
	size_t n = text_fold(l->p + x->piece[i].from, width(x, i), false, fold);

	return n > 0 && fold_is_word(fold[0]) && !fold_is_digit(fold[0]);
}

/* What each piece of some lines is. */
struct kinds {
	size_t numbers[PIECES], others[PIECES], sexes[PIECES];
	bool open[PIECES]; /* not the same in all lines */
};

static size_t read_kinds(const struct line *line, size_t n, char sign, struct kinds *ret)
{
	struct pieces first, x;
	size_t rows, i;

	*ret = (struct kinds){ 0 };
	if (n == 0 || !part(&line[0], sign, &first))
		return 0;
	for (rows = 0; rows < n && rows < LOOK && part(&line[rows], sign, &x) && x.n == first.n; rows++)
		for (i = 0; i < x.n; i++) {
			ret->numbers[i] += is_number(&line[rows], &x, i);
			ret->sexes[i] += is_sex(&line[rows], &x, i);
			ret->others[i] += width(&x, i) == 0;
			ret->open[i] |= !is_same(&line[0], &first, &line[rows], &x, i);
		}
	return rows;
}

static bool most(size_t n, size_t of)
{
	return n > 0 && n * 10 >= of * 8;
}

/* Words alone over lines with numbers, none of which is a word that the lines have too; R gives the names of rows no name. */
static bool is_header(const struct line *line, char sign, size_t *ret_rownames)
{
	struct pieces head, row;
	size_t i;

	if (!part(&line[0], sign, &head) || !part(&line[1], sign, &row) || (head.n != row.n && head.n + 1 != row.n))
		return false;
	*ret_rownames = row.n - head.n;
	for (i = 0; i < head.n; i++)
		if (!is_name(&line[0], &head, i) || (head.n == row.n && is_same(&line[0], &head, &line[1], &row, i)))
			return false;
	return true;
}

/* *ret_rows: lines with as many pieces, of the first LOOK. */
static bool reads_alike(const struct line *line, size_t n, char sign, struct alike *ret, size_t *ret_rows)
{
	struct kinds kinds;
	struct pieces x;
	size_t rows, i, open = 0, numbers = 0, sexes = 0;

	*ret_rows = 0;
	*ret = (struct alike){ .sign = sign };
	if (n < NAMED + 1)
		return false;
	ret->header = is_header(line, sign, &ret->rownames);
	ret->rownames = ret->header ? ret->rownames : 0;
	if (!part(&line[ret->header], sign, &x))
		return false;
	*ret_rows = rows = read_kinds(line + ret->header, n - ret->header, sign, &kinds);
	if (rows < (ret->header ? NAMED : ROWS))
		return false;
	ret->stamp = ret->header ? 0 : stamp(&line[0], &x);
	for (i = ret->stamp; i < x.n; i++) {
		open += kinds.open[i];
		numbers += kinds.open[i] && most(kinds.numbers[i], rows - kinds.others[i]);
		ret->words += kinds.open[i] && !most(kinds.numbers[i], rows - kinds.others[i]);
		sexes += kinds.open[i] && most(kinds.sexes[i], rows - kinds.others[i]);
	}
	ret->pieces = x.n;
	return numbers > 0 && (open > 2 || sexes > 0 || ret->header);
}

static bool has_digit(const struct line *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (fold_is_digit(l->p[i]))
			return true;
	return false;
}

/* Lines that were looked at and are none, many of one kind, are not all looked at again: a run that begins among them is found a
 * few lines further down. */
size_t alike_find(const struct line *line, size_t i, size_t n, size_t none[ALIKE_SIGNS], struct alike *ret)
{
	static const char signs[ALIKE_SIGNS + 1] = " \t;,|/_";
	struct pieces x;
	size_t k, end, rows;

	if (i + NAMED >= n || !has_digit(&line[i + 1]))
		return i;
	for (k = 0; k < ALIKE_SIGNS; k++) {
		if (i < none[k])
			continue;
		if (!reads_alike(line + i, n - i, signs[k], ret, &rows)) {
			none[k] = rows > 2 * ROWS ? i + rows - ROWS : 0;
			continue;
		}
		for (end = i + 1 + ret->header; end < n && part(&line[end], signs[k], &x) && x.n == ret->pieces;)
			end++;
		return end;
	}
	return i;
}

/* --- as a table --- */

/* Which piece names each column, and how many columns there are. */
struct columns {
	size_t piece[PIECES];
	size_t name[PIECES]; /* PIECES: none */
	size_t n;
};

/* A process in a log, and no person. */
static bool is_process(const struct line *l, const struct pieces *x, size_t i)
{
	return width(x, i) == 3 && (memcmp(l->p + x->piece[i].from, "pid", 3) == 0 || memcmp(l->p + x->piece[i].from, "PID", 3) == 0);
}

/* A word that stands in all lines is the name of what is behind it. */
static void name_columns(const struct line *line, size_t n, const struct alike *a, struct columns *ret)
{
	struct pieces first, x;
	bool open[PIECES] = { false };
	size_t row, i, name = PIECES;

	*ret = (struct columns){ 0 };
	if (!part(&line[a->header], a->sign, &first))
		return;
	for (row = a->header; row < n && part(&line[row], a->sign, &x); row++)
		for (i = 0; i < a->pieces; i++)
			open[i] |= !is_same(&line[a->header], &first, &line[row], &x, i);
	for (i = a->stamp; i < a->pieces; i++) {
		if (!open[i] && !a->header) {
			name = !is_name(&line[0], &first, i) ? name : is_process(&line[0], &first, i) ? PIECES : i;
			continue;
		}
		ret->piece[ret->n] = i;
		ret->name[ret->n++] = !a->header ? name : i < a->rownames ? PIECES : i - a->rownames;
		name = PIECES;
	}
}

static bool add_piece(struct grid *g, const struct line *l, const struct pieces *x, size_t i)
{
	if (i == PIECES)
		return grid_add(g, l->p, 0, l->offset);
	return grid_add(g, l->p + x->piece[i].from, width(x, i), l->offset + x->piece[i].from);
}

static bool add_line(struct grid *g, const struct line *l, char sign, const size_t *piece, size_t n)
{
	struct pieces x;
	size_t i;

	if (!part(l, sign, &x) || !grid_row(g, l->number, l->offset))
		return false;
	for (i = 0; i < n; i++)
		if (!add_piece(g, l, &x, piece[i]))
			return false;
	return true;
}

bool alike_fill(struct grid *g, const struct line *line, size_t n, const struct alike *a)
{
	struct columns c;
	size_t i;

	name_columns(line, n, a, &c);
	g->columns = c.n;
	g->unnamed = !a->header;
	for (i = 0; i <= n - a->header; i++) {
		const struct line *l = &line[i == 0 ? 0 : i - 1 + a->header];

		g->all_rows++;
		if (g->rows > (uint64_t)g->policy->max_rows || g->cells + g->columns > GRID_CELLS)
			continue;
		if (!add_line(g, l, a->sign, i == 0 ? c.name : c.piece, c.n))
			return false;
	}
	return true;
}
