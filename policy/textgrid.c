/* policy/textgrid.c - tables within text: Markdown's pipes, columns that are aligned with blanks as R, pandas, Stata and
 * others print them, and fields that commas, semicolons, tabs or LaTeX's & part. A table found here goes through the same
 * rules as a CSV file. What is no table is left to prose.c and listing.c: sentences have numbers too, but they don't
 * stand below each other. */
#include "policy/prose.h"

#define LINE_LONG 2000 /* bytes; no printed table is so wide */
#define TOKENS 256
#define COLUMNS 256
#define OVERLAP 100    /* bytes that pieces of a long line share: a name and its number */
#define PIPES 4096     /* columns of a table with pipes */
#define BLOCK_LINES 100000
#define AGAIN 1000 /* how often lines of a file are looked at again */

struct token {
	uint16_t left, right; /* columns of the screen, right is behind it */
	uint16_t from, to;    /* bytes */
	bool value;
};

struct tokens {
	struct token t[TOKENS];
	size_t n, values, texts;
};

struct alone {
	struct line *line;
	size_t n, room;
};

struct reader {
	const struct policy *policy;
	const struct policy_file *file;
	struct report *report;
	struct counts_list *counts;
	const char *bytes;
	struct line *line; /* of the block at hand */
	size_t lines, room;
	size_t again;
	size_t taken;       /* lines before this one are in a table or were read */
	size_t alike, none[ALIKE_SIGNS]; /* lines before this one were judged as lines that are made alike; alike_find's */
	struct alone alone, part; /* lines between empty ones, one after the other; and the parts of one line */
	struct line before; /* the last line of the block before, where it is in no table */
	struct grid *grid;
	uint64_t title; /* of the table: the words of the text line over it */
	struct prose prose;
	bool any_sign;      /* a file that is called a table, and has one column for the sign that it should have */
	bool pieces; /* what an empty line parts has nothing to do with one another */
	bool wide_told;
	bool no_memory;
};

/* --- handing a grid on --- */

static bool begin_grid(struct reader *r, size_t columns)
{
	struct grid *g = r->grid;

	grid_clear(g);
	g->title = r->title;
	g->columns = columns;
	g->delimiter = ',';
	g->counted = COUNTED_NOT;
	g->about_age = g->vague = g->repeats = g->unnamed = false;
	return columns > 0;
}

static bool is_full(const struct grid *g)
{
	return g->rows > (uint64_t)g->policy->max_rows || g->cells + g->columns > GRID_CELLS;
}

static void end_grid(struct reader *r)
{
	struct grid *g = r->grid;

	if (!grid_close(g)) {
		r->no_memory = true;
		return;
	}
	if (g->rows < 2)
		return;
	table_rules(g, r->counts);
	across_check(g);
	records_check(g, r->prose.call == CALL_ROWS);
}

static void add_cell(struct reader *r, const struct line *l, size_t from, size_t to)
{
	if (!grid_add(r->grid, l->p + from, to - from, l->offset + (uint32_t)from))
		r->no_memory = true;
}

/* A line of words over a table, "sex=1" or "## Men", says whom it is about: a dimension like those within. Numbers of
 * tables and dates of runs say nothing. */
static void note_title(struct reader *r, const struct line *l)
{
	static const char *const silent[] = { "table", "tab", "figure", "taulukko", "tabell", "tafla", "results", "call", "coefficients", NULL };
	char fold[HEADER_MAX];
	size_t n = text_fold(l->p, l->n < HEADER_MAX ? l->n : HEADER_MAX, false, fold), from, to = 0;

	r->title = 0;
	while (to < n) {
		for (from = to; from < n && !fold_is_word(fold[from]);)
			from++;
		for (to = from; to < n && (fold_is_word(fold[to]) || fold[to] == '=');)
			to++;
		if (to > from && (!fold_is_digit(fold[from]) || (from > 1 && fold[from - 1] == ' ' && fold[from - 2] == '=') || memchr(fold + from, '=', to - from)) && !word_of(silent, fold + from, to - from))
			r->title += header_category(fold + from, to - from, true);
	}
}

/* --- Markdown and other tables with pipes --- */

/* U+2500 to U+257F, lines that tables are drawn with: polars, rich, SPSS. */
static bool is_drawn(const struct line *l, size_t i)
{
	const unsigned char *p = (const unsigned char *)l->p + i;

	return l->n - i >= 3 && p[0] == 0xe2 && (p[1] == 0x94 || p[1] == 0x95) && p[2] >= 0x80;
}

static bool is_rule(const struct line *l)
{
	size_t i, dashes = 0;

	for (i = 0; i < l->n; i++) {
		if (is_drawn(l, i)) {
			dashes += l->p[i + 1] == (char)0x95 || !strchr("\x82\x83\x86\x87", l->p[i + 2]);
			i += 2;
			continue;
		}
		if (!strchr("-=+:| \t_\r", l->p[i]) || l->p[i] == '\0')
			return false;
		dashes += strchr("-=_", l->p[i]) != NULL;
	}
	return dashes >= 2;
}

/* "   F(2, 739)       =     69.75" and nothing more */
static bool is_beside_rule(const char *p, size_t n)
{
	static const char *const names[] = { "F(", "Adj R-squared" };
	const char *end = p + n;
	size_t k, len = 0;

	while (p < end && *p == ' ')
		p++;
	for (k = 0; k < 2 && len == 0; k++)
		if ((size_t)(end - p) > strlen(names[k]) && memcmp(p, names[k], strlen(names[k])) == 0)
			len = strlen(names[k]);
	for (p += len; p < end && (fold_is_digit(*p) || strchr(", )", *p));)
		p++;
	if (len == 0 || p == end || *p++ != '=')
		return false;
	while (p < end && *p == ' ')
		p++;
	while (p < end && (fold_is_digit(*p) || strchr("-.", *p)))
		p++;
	while (p < end && (*p == ' ' || *p == '\r'))
		p++;
	return p == end;
}

/* The same, or Stata's "-----+-----   F(2, 739) = 69.75": what it prints beside a table begins where the rules end. */
static bool is_parting(const struct line *l)
{
	size_t i = 0;

	while (i < l->n && (l->p[i] == '-' || l->p[i] == '+'))
		i++;
	return is_rule(l) || (i > 10 && memchr(l->p, '+', i) && is_beside_rule(l->p + i, l->n - i));
}

static size_t count_pipes(const struct line *l)
{
	size_t i, pipes = 0;

	for (i = 0; i < l->n; i++)
		pipes += l->p[i] == '|' && (i == 0 || l->p[i - 1] != '\\');
	return pipes;
}

static size_t skip_blanks(const struct line *l, size_t i)
{
	while (i < l->n && (l->p[i] == ' ' || l->p[i] == '\t'))
		i++;
	return i;
}

static bool begins_with_pipe(const struct line *l)
{
	size_t i = skip_blanks(l, 0);

	return i < l->n && l->p[i] == '|';
}

/* The cell that begins at *at: its bytes without blanks and emphasis; false behind the last. */
static bool next_cell(const struct line *l, size_t *at, size_t *from, size_t *to)
{
	size_t end = *at;

	if (*at > l->n)
		return false;
	while (end < l->n && !(l->p[end] == '|' && (end == 0 || l->p[end - 1] != '\\')))
		end++;
	*from = skip_blanks(l, *at);
	*to = end;
	while (*to > *from && strchr(" \t\r", l->p[*to - 1]))
		--*to;
	while (*to >= *from + 2 && l->p[*from] == l->p[*to - 1] && strchr("*_`", l->p[*from]) && *to - *from > 2) {
		++*from;
		--*to;
	}
	*at = end + 1;
	return end < l->n || *to > *from;
}

static size_t cells_of(const struct line *l)
{
	size_t at = begins_with_pipe(l) ? skip_blanks(l, 0) + 1 : 0, from, to, n = 0;

	while (next_cell(l, &at, &from, &to))
		n++;
	return n;
}

static void pipe_row(struct reader *r, const struct line *l)
{
	size_t at = begins_with_pipe(l) ? skip_blanks(l, 0) + 1 : 0, from, to, n = 0;

	if (!grid_row(r->grid, l->number, l->offset))
		r->no_memory = true;
	for (; n < r->grid->columns; n++) {
		if (!next_cell(l, &at, &from, &to))
			from = to = l->n;
		add_cell(r, l, from, to);
	}
}

static void pipe_table(struct reader *r, size_t first, size_t last)
{
	size_t i, columns = 0;

	for (i = first; i < last; i++)
		if (!is_rule(&r->line[i]) && cells_of(&r->line[i]) > columns)
			columns = cells_of(&r->line[i]);
	if (!begin_grid(r, columns < PIPES ? columns : PIPES))
		return;
	for (i = first; i < last && !r->no_memory; i++) {
		if (is_rule(&r->line[i]))
			continue;
		r->grid->all_rows++;
		if (!is_full(r->grid))
			pipe_row(r, &r->line[i]);
	}
	end_grid(r);
}

/* Lines of one table from i on: with a pipe in each; it begins with one, or its second line is a rule with some. */
static size_t pipe_end(const struct reader *r, size_t i)
{
	size_t end = i;
	bool ruled = i + 1 < r->lines && is_rule(&r->line[i + 1]) && count_pipes(&r->line[i + 1]) > 0 &&
		     memchr(r->line[i + 1].p, '+', r->line[i + 1].n) == NULL;

	if (count_pipes(&r->line[i]) == 0 || (!begins_with_pipe(&r->line[i]) && !ruled))
		return i;
	if (begins_with_pipe(&r->line[i]) && i + 1 < r->lines && !begins_with_pipe(&r->line[i + 1]) && !is_rule(&r->line[i + 1]))
		return i; /* Stata's, which are aligned */
	while (end < r->lines && (count_pipes(&r->line[end]) > 0 || is_rule(&r->line[end])))
		end++;
	return end >= i + 2 ? end : i;
}

/* --- aligned columns: words --- */

static bool is_value(const char *p, size_t n)
{
	static const char *const marks[] = { "na", "nan", "-", "--", "*", ".", "..", "[redacted]", "redacted", "inf", "-inf", NULL };
	char fold[64];
	struct number number;
	size_t len;

	if (n > sizeof(fold))
		return false;
	len = text_fold(p, n, false, fold);
	if (word_of(marks, fold, len))
		return true;
	if (len > 1 && fold[0] == '<') {
		number = number_read(fold + 1, len - 1, ',');
		return number.used + 1 == len;
	}
	number = number_read(fold, len, ',');
	while (number.used > 0 && number.used < len && strchr("%*", fold[number.used]))
		number.used++;
	return number.used > 0 && number.used == len;
}

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* "2. doi:..." of a numbered list. */
static bool is_list_number(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && fold_is_digit(p[i]))
		i++;
	return i > 0 && i < 4 && i + 1 == n && p[i] == '.';
}

/* All words of a line; Stata's '|' between columns is a blank. */
/* Between two words; NUL as well. */
static bool is_gap(char c)
{
	return c == ' ' || c == '\t' || c == '|' || c == '\r' || c == '\0';
}

static void split(const struct line *l, struct tokens *ret)
{
	uint16_t screen = 0;
	size_t i = 0;

	ret->n = 0;
	while (i < l->n && l->n <= LINE_LONG && ret->n < TOKENS) {
		struct token *t = &ret->t[ret->n];

		if (is_gap(l->p[i]) || is_drawn(l, i)) {
			screen = (uint16_t)(l->p[i] == '\t' ? (screen | 7) + 1 : screen + 1);
			i += is_drawn(l, i) ? 3 : 1;
			continue;
		}
		t->left = screen;
		t->from = (uint16_t)i;
		while (i < l->n && !is_gap(l->p[i]) && !is_drawn(l, i)) {
			screen = (uint16_t)(screen + !is_continuation(l->p[i]));
			i++;
		}
		t->right = screen;
		t->to = (uint16_t)i;
		t->value = is_value(l->p + t->from, (size_t)(t->to - t->from)) &&
			   !(ret->n == 0 && is_list_number(l->p + t->from, (size_t)(t->to - t->from)));
		ret->n++;
	}
	if (i < l->n)
		ret->n = 0;
}

static bool ends_bracket(const struct line *l, const struct token *t)
{
	return t->to > t->from && strchr(")]", l->p[t->to - 1]);
}

/* "< 2e-16"; "12 (3.4%)", "0.5 (0.1, 0.9)": one value. How many words behind i belong to it. */
static size_t value_words(const struct line *l, const struct tokens *t, size_t i)
{
	size_t k;

	if (t->t[i].to - t->t[i].from == 1 && l->p[t->t[i].from] == '<' && i + 1 < t->n && t->t[i + 1].value &&
		t->t[i + 1].left <= t->t[i].right + 2)
		return 1;
	if (!t->t[i].value || i + 1 >= t->n || !strchr("([", l->p[t->t[i + 1].from]) || t->t[i + 1].left > t->t[i].right + 2)
		return 0;
	if (t->t[i + 1].to - t->t[i + 1].from > 1 && !fold_is_digit(l->p[t->t[i + 1].from + 1]) &&
		!strchr("-+.<", l->p[t->t[i + 1].from + 1]))
		return 0;
	for (k = i + 1; k < t->n && k < i + 5; k++)
		if (ends_bracket(l, &t->t[k]))
			return k - i;
	return 0;
}

/* Words to tokens: values as they belong together; words of a text stay apart, and texts counts those that more than
 * one blank parts. */
static void join(const struct line *l, struct tokens *t)
{
	size_t i, n = 0;

	t->values = t->texts = 0;
	for (i = 0; i < t->n; i++) {
		size_t more = value_words(l, t, i);
		struct token now = t->t[i];

		if (more > 0) {
			now.to = t->t[i + more].to;
			now.right = t->t[i + more].right;
			now.value = true;
			i += more;
		}
		t->values += now.value;
		t->texts += !now.value && !(n > 0 && !t->t[n - 1].value && now.left == t->t[n - 1].right + 1);
		t->t[n++] = now;
	}
	t->n = n;
}

static void read_tokens(const struct line *l, struct tokens *ret)
{
	split(l, ret);
	join(l, ret);
}

/* "error: 3.046 on 30 degrees": a value with words on both sides, one blank between, is prose. */
static bool is_prose(const struct tokens *t, size_t i)
{
	return i > 0 && i + 1 < t->n && t->t[i].value && !t->t[i - 1].value && !t->t[i + 1].value &&
	       t->t[i].left == t->t[i - 1].right + 1 && t->t[i + 1].left == t->t[i].right + 1;
}

static bool is_data(const struct tokens *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if ((!t->t[i].value && t->t[i].right - t->t[i].left > 60) || is_prose(t, i))
			return false;
	return t->values > 0 && t->texts <= t->values + 2;
}

/* --- aligned columns: where they stand --- */

struct extent {
	uint16_t left, right;
	uint16_t least_right, most_left; /* for alignment */
	uint32_t values, texts;
};

struct extents {
	struct extent e[COLUMNS];
	size_t n;
};

static size_t overlap(const struct extents *x, const struct token *t, size_t *ret_n)
{
	size_t i, first = x->n;

	*ret_n = 0;
	for (i = 0; i < x->n; i++)
		if (t->left < x->e[i].right && t->right > x->e[i].left) {
			first = first == x->n ? i : first;
			++*ret_n;
		}
	return first;
}

static bool insert(struct extents *x, const struct token *t)
{
	size_t i = x->n;

	if (x->n == COLUMNS)
		return false;
	while (i > 0 && x->e[i - 1].left > t->left)
		i--;
	memmove(&x->e[i + 1], &x->e[i], (x->n - i) * sizeof(x->e[0]));
	x->e[i] = (struct extent){ t->left, t->right, t->right, t->left, t->value, !t->value };
	x->n++;
	return true;
}

/* Columns of words that a longer word spans were one. */
static bool merge(struct extents *x, size_t at, size_t n)
{
	size_t i;

	for (i = at; i < at + n; i++)
		if (x->e[i].values > 0)
			return false;
	x->e[at].right = x->e[at + n - 1].right;
	memmove(&x->e[at + 1], &x->e[at + n], (x->n - at - n) * sizeof(x->e[0]));
	x->n -= n - 1;
	return true;
}

static void widen(struct extent *e, const struct token *t)
{
	e->left = t->left < e->left ? t->left : e->left;
	e->right = t->right > e->right ? t->right : e->right;
	e->least_right = t->right < e->least_right ? t->right : e->least_right;
	e->most_left = t->left > e->most_left ? t->left : e->most_left;
	e->values += t->value;
	e->texts += !t->value;
}

/* Take a line in; false, and nothing is changed, where it doesn't stand below the others. */
static bool extend(struct extents *x, const struct tokens *t)
{
	struct extents next = *x;
	size_t i, n;

	for (i = 0; i < t->n; i++) {
		const struct token *now = &t->t[i];
		size_t at = overlap(&next, now, &n);

		if (n > 1 && (now->value || !merge(&next, at, n)))
			return false;
		if (n == 0 && !insert(&next, now))
			return false;
		if (n == 0)
			continue;
		/* one value a column; words may stand together */
		if (i > 0 && t->t[i - 1].right > next.e[at].left && (now->value || t->t[i - 1].value))
			return false;
		widen(&next.e[at], now);
	}
	for (i = 1; i < next.n; i++)
		if (next.e[i].left < next.e[i - 1].right)
			return false;
	*x = next;
	return true;
}

/* Columns of values end, or begin, at one place, but for a footnote's sign; two lines alone do so exactly. */
static bool is_aligned(const struct extents *x, size_t lines)
{
	size_t i, values = 0, good = 0;
	int slack = lines > 2;

	for (i = 0; i < x->n; i++) {
		const struct extent *e = &x->e[i];

		if (e->values == 0)
			continue;
		values++;
		good += e->values > 1 && (e->right - e->least_right <= slack || e->most_left - e->left <= slack);
	}
	return values > 0 && good * 2 > values;
}

/* --- headers over columns --- */

/* The column that a header's word stands over: the one below it, else the next to the right, since numbers are
 * aligned there. */
static size_t column_under(const struct extents *x, const struct token *t)
{
	size_t n, at = overlap(x, t, &n), i;

	if (n >= 1)
		return at;
	for (i = 0; i < x->n; i++)
		if (x->e[i].right >= t->right)
			return i;
	return x->n - 1;
}

struct span {
	uint16_t from, to; /* bytes; to 0: nothing */
};

/* How many columns of values have a header. */
static size_t place_header(const struct extents *x, const struct line *l, struct span span[COLUMNS])
{
	struct tokens words;
	size_t i, covered = 0;

	memset(span, 0, COLUMNS * sizeof(*span));
	split(l, &words);
	for (i = 0; i < words.n; i++) {
		struct span *s = &span[column_under(x, &words.t[i])];

		if (s->to == 0)
			s->from = words.t[i].from;
		s->to = words.t[i].to;
	}
	for (i = 0; i < x->n; i++)
		covered += x->e[i].values > 0 && span[i].to > 0;
	return covered;
}

/* --- aligned columns: a table --- */

struct group {
	size_t first, end; /* lines */
	size_t header;     /* line, or end where there is none */
	size_t heading;    /* the first line that was passed over, or 0 */
	bool two;          /* both rows and columns have a name, as in a cross table of pandas */
	struct extents x;
};

/* The label that stood here last, where a table of several label columns says each once. */
struct above {
	const struct line *line[COLUMNS];
	struct span span[COLUMNS];
};

/* Whether a label stands further right, before the first value. */
static bool has_label_behind(const struct group *g, const struct span *cell, size_t i)
{
	for (i++; i < g->x.n && g->x.e[i].values == 0; i++)
		if (cell[i].to > cell[i].from)
			return true;
	return false;
}

static void fixed_row(struct reader *r, const struct group *g, const struct line *l, const struct tokens *t, struct above *above)
{
	struct span cell[COLUMNS] = { { 0 } };
	size_t i, k = 0, n;

	if (!grid_row(r->grid, l->number, l->offset))
		r->no_memory = true;
	for (i = 0; i < g->x.n; i++)
		for (; k < t->n && overlap(&g->x, &t->t[k], &n) == i; k++) {
			cell[i].from = cell[i].to == 0 ? t->t[k].from : cell[i].from;
			cell[i].to = t->t[k].to;
		}
	for (i = 0; i < g->x.n; i++) {
		bool label = g->x.e[i].values == 0;

		if (label && cell[i].to == 0 && above->line[i] && has_label_behind(g, cell, i)) {
			add_cell(r, above->line[i], above->span[i].from, above->span[i].to);
			continue;
		}
		if (label)
			above->line[i] = cell[i].to > 0 ? l : NULL;
		above->span[i] = cell[i];
		add_cell(r, l, cell[i].to > 0 ? cell[i].from : l->n, cell[i].to > 0 ? cell[i].to : l->n);
	}
}

/* "No Yes No Yes" under two names. */
static bool repeats(const struct group *g, const struct line *l, const struct span *span)
{
	size_t i, k;

	for (i = 0; i < g->x.n; i++)
		for (k = i + 1; k < g->x.n; k++)
			if (span[i].to > 0 && span[i].to - span[i].from == span[k].to - span[k].from &&
				memcmp(l->p + span[i].from, l->p + span[k].from, (size_t)(span[i].to - span[i].from)) == 0)
				return true;
	return false;
}

static void header_row(struct reader *r, const struct group *g)
{
	const struct line *l = &r->line[g->header < g->end ? g->header : g->first];
	struct span span[COLUMNS] = { { 0 } };
	size_t i;

	if (g->header < g->end)
		place_header(&g->x, l, span);
	if (!grid_row(r->grid, l->number, l->offset))
		r->no_memory = true;
	r->grid->vague = r->grid->repeats = repeats(g, l, span);
	for (i = 0; i < g->x.n; i++)
		add_cell(r, l, span[i].to > 0 ? span[i].from : l->n, span[i].to > 0 ? span[i].to : l->n);
}

/* A line of code is no heading within a table. */
static bool is_code(const struct line *l)
{
	return (l->n > 1 && strchr(">.", l->p[0]) && l->p[1] == ' ') || (l->n > 3 && memcmp(l->p, ">>> ", 4) == 0);
}

static size_t values_in(const struct extents *x)
{
	size_t i, n = 0;

	for (i = 0; i < x->n; i++)
		n += x->e[i].values > 0;
	return n;
}

/* Levels 0 and 1, or years, over a table whose labels stand in a column that is empty here, as R prints them. */
static bool is_level_line(const struct reader *r, const struct group *g, const struct tokens *t)
{
	struct tokens next;

	if (g->end - g->first < 2 || t->n == 0)
		return false;
	read_tokens(&r->line[g->first + 1], &next);
	return next.n > 0 && !next.t[0].value && next.t[0].right <= t->t[0].left;
}

/* A single word or few over the labels, the heading of those below, as "sex" over "Female" and "Male". */
static bool is_heading(const struct reader *r, const struct group *g, size_t line)
{
	struct tokens t;
	size_t i;

	for (i = 0; i < g->x.n && g->x.e[i].values == 0; i++)
		;
	read_tokens(&r->line[line], &t);
	return t.texts == 1 && t.values == 0 && i > 0 && i < g->x.n && t.t[t.n - 1].right <= g->x.e[i].left;
}

/* 0% 25% 50%: the names of quantiles. */
static bool all_percent(const struct line *l, const struct tokens *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (l->p[t->t[i].to - 1] != '%')
			return false;
	return true;
}

/* Levels 0 and 1 over their counts, as R prints table() of one variable, whose name is the line over them. */
static bool is_levels_only(const struct reader *r, const struct group *g, const struct tokens *t)
{
	struct tokens over;

	if (g->end - g->first != 2 || t->n < 2 || t->texts > 0)
		return false;
	if (all_percent(&r->line[g->first], t))
		return true;
	if (r->prose.call == CALL_TABLE || g->first == r->taken)
		return r->prose.call == CALL_TABLE;
	read_tokens(&r->line[g->first - 1], &over);
	return over.n == 1 && over.t[0].left == 0 && !over.t[0].value;
}

/* "smoke  0  1  Total": levels between the name of the rows and a word for all, as Stata and pandas print cross tables. */
static bool is_level_names(const struct line *l, const struct tokens *t)
{
	char fold[HEADER_MAX];
	size_t n, last = t->n - 1;

	if (t->n < 3 || t->t[0].value || t->t[last].value || t->values != t->n - 2 || t->t[last].to - t->t[last].from > 16)
		return false;
	n = text_fold(l->p + t->t[last].from, (size_t)(t->t[last].to - t->t[last].from), false, fold);
	return header_is_total(fold, n);
}

/* "<chr> <int>" of a tibble, "str i64" of polars: the types of the columns. */
static bool is_types(const struct line *l, const struct tokens *t)
{
	static const char *const types[] = { "str", "i64", "i32", "u32", "u64", "f64", "f32", "cat", "bool", "date", "enum", "---", NULL };
	size_t i;

	for (i = 0; i < t->n; i++) {
		const char *p = l->p + t->t[i].from;
		size_t n = (size_t)(t->t[i].to - t->t[i].from);

		if (!(n > 2 && p[0] == '<' && p[n - 1] == '>') && !word_of(types, p, n))
			return false;
	}
	return t->n > 0;
}

/* pandas gives the name of the rows a line of its own, below those of the columns. */
static bool is_index_name(const struct group *g, const struct tokens *t)
{
	size_t i;

	for (i = 1; i + 1 < g->x.n && g->x.e[i].values == 0;)
		i++;
	return t->n > 0 && t->n <= 2 && t->values == 0 && t->t[0].left == 0 && g->x.n > 1 && t->t[t->n - 1].right < g->x.e[i].left;
}

/* "Ages of participants:" says of all that follows what it is. */
static bool announces(const struct line *l)
{
	size_t n = l->n;

	while (n > 0 && (l->p[n - 1] == ' ' || l->p[n - 1] == '\r'))
		n--;
	return n > 0 && memchr(l->p, ':', n) == l->p + n - 1;
}

static bool names_columns(const struct reader *r, const struct group *g, size_t line)
{
	struct span span[COLUMNS];
	struct tokens t;

	read_tokens(&r->line[line], &t);
	return t.n > 0 && !announces(&r->line[line]) && place_header(&g->x, &r->line[line], span) * 2 >= values_in(&g->x);
}

/* The line over the group that names its columns. */
static void find_header(const struct reader *r, struct group *g)
{
	struct tokens t;
	size_t over = g->first;

	g->header = g->end;
	g->two = false;
	read_tokens(&r->line[g->first], &t);
	if (is_level_line(r, g, &t) || is_levels_only(r, g, &t) || is_level_names(&r->line[g->first], &t)) {
		g->header = g->first;
		return;
	}
	for (; over > r->taken; over--) {
		read_tokens(&r->line[over - 1], &t);
		if (!is_parting(&r->line[over - 1]) && !is_types(&r->line[over - 1], &t))
			break;
	}
	if (over > r->taken + 1 && is_heading(r, g, over - 1) && !names_columns(r, g, over - 1) && !is_index_name(g, &t)) {
		g->first = over - 1;
		for (over--; over > r->taken && is_rule(&r->line[over - 1]);)
			over--;
	}
	if (over <= r->taken || is_code(&r->line[over - 1]))
		return;
	if (names_columns(r, g, over - 1)) {
		g->header = over - 1;
	} else if (over > r->taken + 1 && is_index_name(g, &t) && names_columns(r, g, over - 2)) {
		g->header = over - 2;
		read_tokens(&r->line[over - 2], &t);
		g->two = t.t[0].left == 0; /* and the columns have one too: a cross table */
	}
}

/* --- what stands around a table says that it counts --- */

/* "n (%)", "Taulukko 2. ..., lkm (%)", "Number of patients", "Crosstabulation sex * outcome" */
static bool piece_counts(const char *p, size_t n)
{
	static const char *const words[] = { "n", "lkm", "lukumaara", "lukumaarat", "antal", "antall", "fjoldi", "count", "counts", "frequency",
		"frequencies", "anzahl", "crosstab", "crosstabs", "crosstabulation", "crosstabulations", "tabulation", "contingency",
		"ristiintaulukko", "ristiintaulukointi", "korstabell", "krysstabell", "krydstabel", "krosstafla", NULL };
	static const char *const numbers[] = { "number", "numbers", "no", "nr", NULL };
	static const char *const people[] = { "patients", "persons", "people", "participants", "subjects", "individuals", "women", "men",
		"children", "deaths", "cases", "events", "observations", NULL };
	size_t from = 0, to, first;

	while (from < n && !fold_is_word(p[from]))
		from++;
	for (to = from; to < n && fold_is_word(p[to]);)
		to++;
	if (to > from && word_of(words, p + from, to - from)) {
		for (first = to; first < n && p[first] == ' ';)
			first++;
		return first == n || !(p[first] == '=' || fold_is_digit(p[first])); /* "n = 250" is said of something */
	}
	first = to;
	if (!word_of(numbers, p + from, to - from) || n - to < 5 || memcmp(p + to, " of ", 4) != 0)
		return false;
	for (from = first + 4, to = from; to < n && fold_is_word(p[to]);)
		to++;
	return word_of(people, p + from, to - from);
}

static bool line_has(const char *fold, size_t n, const char *const *list)
{
	size_t from, to = 0;

	while (to < n) {
		for (from = to; from < n && !fold_is_word(fold[from]);)
			from++;
		for (to = from; to < n && fold_is_word(fold[to]);)
			to++;
		if (to > from && word_of(list, fold + from, to - from))
			return true;
	}
	return false;
}

static bool caption_counts(const struct line *l)
{
	static const char *const others[] = { "mean", "median", "means", "average", "keskiarvo", "mediaani", "medel", "gjennomsnitt", "gennemsnit",
		"rate", "ratio", "minutes", "seconds", "models", NULL };
	char fold[LINE_LONG];
	size_t n = l->n <= LINE_LONG ? text_fold(l->p, l->n, false, fold) : 0, from = 0, i;

	if (line_has(fold, n, others))
		return false;
	for (i = 0; i <= n; i++) {
		if (i < n && !strchr(".,;:()|", fold[i]) && !(i > 0 && fold[i] == '-' && fold[i - 1] == ' '))
			continue;
		if (i > from && piece_counts(fold + from, i - from))
			return true;
		from = i + 1;
	}
	return false;
}

static bool caption_age(const struct line *l)
{
	static const char *const ages[] = { "age", "ages", "ika", "alder", "aldur", "ikajakauma", "aldersfordelning", "aldersfordeling", NULL };
	char fold[LINE_LONG];
	size_t n = l->n <= LINE_LONG ? text_fold(l->p, l->n, false, fold) : 0;

	return line_has(fold, n, ages);
}

/* "Name: site, dtype: int64" below a pandas Series: of value_counts(), size() or the sum of flags. */
static bool is_series(const struct reader *r, const struct group *g)
{
	const struct line *l = &r->line[g->end];
	struct tokens over;

	if (g->end >= r->lines || l->n < 12 || !memmem(l->p, l->n, "dtype: int64", 12))
		return false;
	if (memcmp(l->p, "Name: ", 6) == 0)
		return true;
	if (g->first == r->taken)
		return false;
	read_tokens(&r->line[g->first - 1], &over);
	return over.n > 0 && over.values == 0 && over.t[0].left == 0; /* the names of the index */
}

/* R indents the labels of table() under the name of the rows, and prints that of the columns above. */
static bool is_cross(const struct reader *r, const struct group *g)
{
	struct tokens head, over, row;

	if (g->header >= g->first || g->header != g->first - 1 || g->header == r->taken || g->x.n < 3)
		return false;
	read_tokens(&r->line[g->header], &head);
	read_tokens(&r->line[g->header - 1], &over);
	read_tokens(&r->line[g->first], &row);
	return over.n > 0 && over.n <= 2 && over.values == 0 && head.n > 1 && head.t[0].left == 0 && over.t[0].left >= head.t[0].right &&
	       row.n > 1 && row.t[0].left == 2;
}

static enum counted what_counts(const struct reader *r, const struct group *g)
{
	size_t over = g->header < g->end ? g->header : g->first, i;
	bool aggregated = false;

	if (is_series(r, g))
		return COUNTED_LAST;
	if (r->prose.call == CALL_TABLE)
		return COUNTED_ALL;
	for (i = over; i > r->taken && i + 4 > over; i--) {
		static const char *const words[] = { "tapply", "aggregate", "aggfunc", "mean", "median", "quantile", NULL };
		char fold[LINE_LONG];

		if (caption_counts(&r->line[i - 1]))
			return COUNTED_ALL;
		aggregated |= r->line[i - 1].n <= LINE_LONG && line_has(fold, text_fold(r->line[i - 1].p, r->line[i - 1].n, false, fold), words);
	}
	if (r->taken == 0 && over < 4 && r->before.n > 0 && caption_counts(&r->before))
		return COUNTED_ALL;
	return !aggregated && (g->two || is_cross(r, g)) ? COUNTED_ALL : COUNTED_NOT;
}

static bool is_about_age(const struct reader *r, const struct group *g)
{
	size_t over = g->header < g->end ? g->header : g->first;

	return r->prose.age || (over > r->taken && caption_age(&r->line[over - 1])) || (over == 0 && r->before.n > 0 && caption_age(&r->before));
}

/* Whether the token is so many digits, or fewer, and nothing else before a bracket. */
static bool is_digits(const struct line *l, const struct token *t, size_t least, size_t most)
{
	size_t i = t->from;

	while (i < t->to && fold_is_digit(l->p[i]))
		i++;
	return i - t->from >= least && i - t->from <= most && (i == t->to || l->p[i] == ' ');
}

/* "1 204" in two columns: in each line where the first has digits, three digits follow behind one blank. */
static bool are_thousands(const struct reader *r, const struct group *g, size_t at)
{
	const struct extent *a = &g->x.e[at], *b = &g->x.e[at + 1];
	struct tokens t;
	size_t row, i, seen = 0;

	if (a->texts > 0 || b->left > a->right + 1)
		return false;
	for (row = g->first; row < g->end; row++) {
		if (row == g->header)
			continue;
		read_tokens(&r->line[row], &t);
		for (i = 0; i < t.n && !(t.t[i].left >= a->left && t.t[i].right <= a->right);)
			i++;
		if (i == t.n)
			continue;
		if (!is_digits(&r->line[row], &t.t[i], 1, 3) || t.t[i].to - t.t[i].from > 3 || i + 1 == t.n || t.t[i + 1].left != t.t[i].right + 1 ||
			!is_digits(&r->line[row], &t.t[i + 1], 3, 3))
			return false;
		seen++;
	}
	return seen > 0;
}

/* Over both stands one word of the header. */
static bool has_one_header(const struct reader *r, const struct group *g, size_t at)
{
	const struct extent *a = &g->x.e[at], *b = &g->x.e[at + 1];
	struct tokens words;
	size_t i, n = 0;

	split(&r->line[g->header], &words);
	for (i = 0; i < words.n; i++)
		n += words.t[i].left < b->right && words.t[i].right > a->left;
	return n <= 1;
}

static void join_thousands(const struct reader *r, struct group *g)
{
	size_t at = 0;

	while (g->header < g->end && at + 1 < g->x.n) {
		if (!are_thousands(r, g, at) || !has_one_header(r, g, at)) {
			at++;
			continue;
		}
		g->x.e[at].right = g->x.e[at + 1].right;
		memmove(&g->x.e[at + 1], &g->x.e[at + 2], (g->x.n - at - 2) * sizeof(g->x.e[0]));
		g->x.n--;
	}
}

static bool fixed_table(struct reader *r, struct group *g)
{
	struct above above = { { NULL }, { { 0 } } };
	struct tokens t;
	size_t i, over;

	find_header(r, g);
	join_thousands(r, g);
	over = g->header < g->end ? g->header : g->first;
	if (over > 0 && !is_rule(&r->line[over - 1]) && !is_cross(r, g))
		note_title(r, &r->line[over - 1]);
	if (g->header == g->end && (g->end - g->first < 2 || !is_aligned(&g->x, g->end - g->first)))
		return false;
	if (g->end - g->first == 1 && (g->header != g->first - 1 || g->x.n < 2))
		return false;
	if (!begin_grid(r, g->x.n))
		return false;
	r->grid->counted = what_counts(r, g);
	r->grid->about_age = is_about_age(r, g);
	header_row(r, g);
	for (i = g->first; i < g->end && !r->no_memory; i++) {
		if (i == g->header || is_parting(&r->line[i]))
			continue;
		read_tokens(&r->line[i], &t);
		r->grid->all_rows++;
		if (!is_full(r->grid) && (is_data(&t) || is_heading(r, g, i)))
			fixed_row(r, g, &r->line[i], &t, &above);
	}
	r->grid->all_rows = r->grid->rows > (uint64_t)r->policy->max_rows ? r->grid->all_rows + 1 : r->grid->rows;
	end_grid(r);
	return true;
}

/* R wraps wide output: the first row's label stands there again. */
static bool begins_again(const struct reader *r, size_t first, size_t at)
{
	struct tokens a, b;

	if (at >= r->lines)
		return false;
	read_tokens(&r->line[first], &a);
	read_tokens(&r->line[at], &b);
	return a.n > 1 && b.n > 1 && a.t[0].to - a.t[0].from == b.t[0].to - b.t[0].from && a.t[0].left == b.t[0].left &&
	       memcmp(r->line[first].p + a.t[0].from, r->line[at].p + b.t[0].from, (size_t)(a.t[0].to - a.t[0].from)) == 0;
}

/* " $ age: num  43 63 71": R's str() */
static bool is_str(const struct line *l)
{
	size_t i = skip_blanks(l, 0);

	return i + 1 < l->n && l->p[i] == '$' && l->p[i + 1] == ' ';
}

/* Lines from i on that stand below each other; rules and single headings between them are passed over. */
static size_t group_end(const struct reader *r, size_t i, struct group *g)
{
	struct tokens t;
	size_t end = i + 1, at;

	g->first = i;
	g->x.n = g->heading = 0;
	read_tokens(&r->line[i], &t);
	extend(&g->x, &t);
	for (at = i + 1; at < r->lines; at++) {
		read_tokens(&r->line[at], &t);
		if (is_parting(&r->line[at]) || (t.texts == 1 && t.values == 0 && t.t[0].left <= g->x.e[0].left + 4 && !is_code(&r->line[at]) && !begins_again(r, i, at + 1))) {
			if (g->heading == 0 && !is_parting(&r->line[at]))
				g->heading = at;
			continue;
		}
		if (is_str(&r->line[at]) || !is_data(&t) || !extend(&g->x, &t))
			break; /* what str() prints is for listing.c */
		end = at + 1;
	}
	g->end = end;
	return end;
}

/* --- fields parted by commas, semicolons, tabs or & --- */

#define FIELDS 256
#define DELIMITED_LINES 30 /* by which a table is known; those below only have to have its fields */

struct fields {
	struct span f[FIELDS];
	size_t n;
};

/* The fields of a line; quotes hold what is between them together. false: too many. */
static bool read_fields(const struct line *l, char delimiter, struct fields *ret)
{
	size_t i, from = 0;
	bool quoted = false;

	ret->n = 0;
	if (l->n > LINE_LONG)
		return false;
	for (i = 0; i <= l->n; i++) {
		size_t a = from, b = i;

		if (i < l->n && (quoted || l->p[i] != delimiter)) {
			quoted ^= l->p[i] == '"';
			continue;
		}
		if (ret->n == FIELDS)
			return false;
		a = skip_blanks(l, a) < b ? skip_blanks(l, a) : b;
		while (b > a && strchr(" \t\r\\", l->p[b - 1]))
			b--;
		if (b > a + 1 && l->p[a] == '"' && l->p[b - 1] == '"') {
			a++;
			b--;
		}
		ret->f[ret->n++] = (struct span){ (uint16_t)a, (uint16_t)b };
		from = i + 1;
	}
	return true;
}

static bool field_is_value(const struct line *l, struct span f)
{
	struct tokens t;
	struct line part = { .p = l->p + f.from, .n = (uint32_t)(f.to - f.from) };

	if (f.to <= f.from || f.to - f.from > 40)
		return false;
	read_tokens(&part, &t);
	return t.n == 1 && t.t[0].value;
}

static bool is_worded(const struct line *l, const struct fields *x)
{
	size_t i;

	for (i = 0; i < x->n; i++)
		if (x->f[i].to - x->f[i].from > 60)
			return true;
	return false;
}

/* A line of as many fields; LaTeX has rules between. */
static bool is_like(const struct line *l, char delimiter, size_t fields, struct fields *ret)
{
	if (l->n > 0 && l->p[0] == '\\')
		return ret->n = 0, delimiter == '&';
	return memchr(l->p, delimiter, l->n) && read_fields(l, delimiter, ret) && ret->n == fields && !is_worded(l, ret);
}

/* A number in the first row where the header has none; LaTeX may have a rule between. */
static bool begins_table(const struct line *head, const struct fields *names, const struct line *l, char delimiter)
{
	struct fields row;
	size_t k;

	if (!is_like(l, delimiter, names->n, &row))
		return false;
	for (k = 0; k < row.n; k++)
		if (field_is_value(l, row.f[k]) && !field_is_value(head, names->f[k]))
			return true;
	return row.n == 0;
}

/* Lines from i on that the sign parts into as many fields, of which one is a number in all lines but the first, and not in
 * that: a header. Returns i where there is no table. */
static size_t delimited_end(const struct reader *r, size_t i, char delimiter)
{
	struct fields head, row;
	size_t end, k, numbers = 0, rows = 0, column[FIELDS] = { 0 };

	if (!memchr(r->line[i].p, delimiter, r->line[i].n) || !read_fields(&r->line[i], delimiter, &head) || head.n < 2 ||
		is_worded(&r->line[i], &head))
		return i;
	if (i + 1 == r->lines || !begins_table(&r->line[i], &head, &r->line[i + 1], delimiter))
		return i;
	for (end = i + 1; end < r->lines && end <= i + DELIMITED_LINES && is_like(&r->line[end], delimiter, head.n, &row); end++) {
		rows += row.n > 0;
		for (k = 0; k < row.n; k++)
			column[k] += field_is_value(&r->line[end], row.f[k]);
	}
	for (k = 0; k < head.n; k++)
		numbers += column[k] > 0 && column[k] * 10 >= rows * 8 && !field_is_value(&r->line[i], head.f[k]);
	if (numbers == 0)
		return i;
	while (end < r->lines && is_like(&r->line[end], delimiter, head.n, &row))
		end++;
	return end;
}

static void delimited_table(struct reader *r, size_t first, size_t end, char delimiter)
{
	struct fields x;
	size_t i, k;

	if (!read_fields(&r->line[first], delimiter, &x) || !begin_grid(r, x.n))
		return;
	r->grid->delimiter = delimiter == '&' ? ',' : delimiter;
	if (first > r->taken ? caption_counts(&r->line[first - 1]) : r->before.n > 0 && caption_counts(&r->before))
		r->grid->counted = COUNTED_ALL;
	for (i = first; i < end && !r->no_memory; i++) {
		if (!is_like(&r->line[i], delimiter, r->grid->columns, &x) || x.n == 0)
			continue;
		r->grid->all_rows++;
		if (is_full(r->grid))
			continue;
		if (!grid_row(r->grid, r->line[i].number, r->line[i].offset))
			r->no_memory = true;
		for (k = 0; k < r->grid->columns; k++)
			add_cell(r, &r->line[i], x.f[k].from, x.f[k].to);
	}
	end_grid(r);
}

static size_t delimited(struct reader *r, size_t i)
{
	const char *signs = r->any_sign ? "\t;,&|:" : "\t;,&|";
	size_t k;

	for (k = 0; signs[k]; k++) {
		size_t end = delimited_end(r, i, signs[k]);

		if (end > i) {
			delimited_table(r, i, end, signs[k]);
			return end;
		}
	}
	return i;
}

/* --- a block: lines without an empty one between --- */

/* A line that is in no table, and where its sentence goes on; of a paragraph in one line, the n bytes from at on. */
static void read_prose(struct reader *r, size_t i, size_t at, size_t len)
{
	const struct line *l = &r->line[i];
	struct place place = { .line = l->number, .column = (uint32_t)at + 1, .offset = l->offset + (uint32_t)at };
	char fold[LINE_LONG + 1 + PROSE_AHEAD];
	const char *next = l->p + at + len;
	size_t more = l->n - at - len, own, n;

	if (more == 0 && i + 1 < r->lines) {
		next = r->line[i + 1].p;
		more = r->line[i + 1].n;
	}
	n = own = text_fold(l->p + at, len, false, fold);
	listing_line(&r->prose, fold, n, place);
	if (more > 0) {
		fold[n++] = ' ';
		n += text_fold(next, more < PROSE_AHEAD ? more : PROSE_AHEAD, false, fold + n);
	}
	prose_line(&r->prose, fold, own, n, place);
}

/* How much of a line is read at once: all, or up to the last blank in so many bytes. */
static size_t piece(const struct line *l, size_t at)
{
	size_t n = l->n - at, i;

	if (n <= LINE_LONG)
		return n;
	for (i = LINE_LONG; i > LINE_LONG / 2; i--)
		if (l->p[at + i] == ' ')
			return i;
	return LINE_LONG;
}

/* Lines up to end are in no table; one over a table was only its header or its title, and is read too. */
static void pass(struct reader *r, size_t from, size_t end)
{
	size_t i, at, n;

	for (i = from; i < end; i++)
		for (at = 0; at < r->line[i].n; at += n) {
			n = piece(&r->line[i], at);
			read_prose(r, i, at, n);
		}
}

static void take_table(struct reader *r, size_t end)
{
	r->taken = end;
	listing_end(&r->prose);
}

/* "[7] 1.2 3.4": a vector's values, which listing.c reads. */
static bool is_indexed(const struct line *l)
{
	size_t i = skip_blanks(l, 0), from = i + 1;

	if (i >= l->n || l->p[i] != '[')
		return false;
	for (i++; i < l->n && fold_is_digit(l->p[i]);)
		i++;
	return i > from && i < l->n && l->p[i] == ']';
}

/* "Min.   :35.00": R's summary() of a data frame, which listing.c reads to the next empty line. */
static bool is_summary(const struct line *l)
{
	const char *at = memmem(l->p, l->n, "Min. ", 5), *end = l->p + l->n;

	for (at = at ? at + 5 : NULL; at && at < end && *at == ' ';)
		at++;
	return at && at < end && *at == ':';
}

/* "[0.41 0.39" to the line with ']': an array of Python; i where there is none. */
static size_t bracket_end(const struct reader *r, size_t i)
{
	const struct line *l = &r->line[i];
	size_t at = skip_blanks(l, 0), end;

	if (at >= l->n || l->p[at] != '[')
		return i;
	while (at < l->n && strchr("[ ", l->p[at]))
		at++;
	if (at == l->n || !(fold_is_digit(l->p[at]) || strchr("-+.", l->p[at])))
		return i;
	for (end = i; end < r->lines && end < i + 1000; end++)
		if (memchr(r->line[end].p, ']', r->line[end].n) && !memmem(l->p, l->n, "[[", 2))
			return end + 1;
		else if (memmem(r->line[end].p, r->line[end].n, "]]", 2))
			return end + 1;
	return i;
}

static bool all_whole(const struct line *l, const struct tokens *t)
{
	size_t i, k;

	for (i = 0; i < t->n; i++)
		for (k = t->t[i].from; k < t->t[i].to; k++)
			if (!fold_is_digit(l->p[k]))
				return false;
	return true;
}

/* 7, 8, 9, ... */
static bool is_climbing(const struct line *l, const struct tokens *t)
{
	double last = 0;
	size_t i;

	if (t->n < 2 || t->texts > 0 || !all_whole(l, t))
		return false;
	for (i = 0; i < t->n; i++) {
		struct number v = number_read(l->p + t->t[i].from, (size_t)(t->t[i].to - t->t[i].from), '\0');

		if (i > 0 && v.value != last + 1)
			return false;
		last = v.value;
	}
	return true;
}

/* Names 7, 8, 9 over values, as R prints what has a value for each row: its lines, or 0. Whole numbers below 1, 2, 3 alone
 * are a table of levels. */
static size_t named_vector(const struct reader *r, size_t i)
{
	struct tokens names, values;
	size_t lines = 0;
	bool whole = true;

	for (; i + 1 < r->lines; i += 2, lines += 2) {
		read_tokens(&r->line[i], &names);
		if (!is_climbing(&r->line[i], &names))
			break;
		read_tokens(&r->line[i + 1], &values);
		if (values.n != names.n || values.texts > 0)
			break;
		whole &= all_whole(&r->line[i + 1], &values);
	}
	return lines == 2 && whole ? 0 : lines;
}

/* --- lines that are made alike, which stand below each other in no columns --- */

/* All of them are a table by their columns and judged as one, or numbers behind "[1]" and "[1,]", which listing.c reads. */
static bool are_others(const struct reader *r, size_t i, size_t end, bool header)
{
	struct group g;
	struct tokens t;

	read_tokens(&r->line[i], &t);
	if (is_indexed(&r->line[i]) || bracket_end(r, i) > i)
		return !header && t.texts < 2;
	return is_data(&t) && group_end(r, i, &g) >= end;
}

static bool any_data(const struct reader *r, size_t i, size_t end)
{
	struct tokens t;

	for (end = end < i + DELIMITED_LINES ? end : i + DELIMITED_LINES; i < end; i++) {
		read_tokens(&r->line[i], &t);
		if (is_data(&t))
			return true;
	}
	return false;
}

/* Words without a name over them are labels as well, and no numbers of rows. */
static bool read_columns(struct grid *g)
{
	size_t i;

	if (!grid_close(g) || !header_read(g))
		return false;
	for (i = 0; i < g->columns; i++)
		if (g->column[i].other > 0)
			g->column[i].flags &= ~(unsigned)COL_CLIMBS;
	return true;
}

/* With names and in no columns they are a table like others. Otherwise lines of a log may look so: they are read as text as well,
 * and only held to what is said of records. */
static void judge_rows(struct reader *r, const struct line *line, size_t n, const struct alike *a, bool table)
{
	if (!begin_grid(r, 1))
		return;
	if (!alike_fill(r->grid, line, n, a)) {
		r->no_memory = true;
	} else if (table) {
		end_grid(r);
	} else if (!read_columns(r->grid)) {
		r->no_memory = true;
	} else {
		microdata_check(r->grid);
		records_check(r->grid, r->prose.call == CALL_ROWS);
	}
}

static void judge_alike(struct reader *r, size_t i)
{
	struct alike a;
	size_t end = i < r->alike ? i : alike_find(r->line, i, r->lines, r->none, &a);

	if (end == i)
		return;
	r->alike = end;
	if (!are_others(r, i + a.header, end, a.header))
		judge_rows(r, &r->line[i], end - i, &a, a.header && !any_data(r, i + 1, end));
}

/* What is in no block of lines: those that stand alone, and parts of one line. */
static void judge_alone(struct reader *r, struct alone *l)
{
	size_t none[ALIKE_SIGNS] = { 0 }, i, end;
	struct alike a;

	for (i = 0; i < l->n && !r->no_memory; i = end > i ? end : i + 1) {
		end = alike_find(l->line, i, l->n, none, &a);
		if (end > i && (a.words > 0 || l == &r->alone)) /* "1.2 (0.9, 1.4), 1.3 (1.1, 1.6), ..." in a sentence */
			judge_rows(r, &l->line[i], end - i, &a, false);
	}
	l->n = 0;
}

static void add_alone(struct reader *r, struct alone *to, const struct line *l)
{
	if (room_for((void **)&to->line, &to->room, to->n, 1, sizeof(*l)))
		to->line[to->n++] = *l;
	else
		r->no_memory = true;
}

#define PARTS 10 /* of a line; as few rows are none */

static size_t count_signs(const struct line *l, const char *signs)
{
	size_t i, n = 0;

	for (i = 0; i < l->n; i++)
		n += l->p[i] != '\0' && strchr(signs, l->p[i]) != NULL;
	return n;
}

/* "45/F/129 61/M/140 ...", "45,F,129;61,M,140;...", "(45, 'F', 129), (61, ...": rows in one line. */
static void judge_parts(struct reader *r, const struct line *l)
{
	static const char signs[] = " ;|)}";
	struct line part = *l;
	size_t k, i, from;

	if (l->n < PARTS * 4 || count_signs(l, "/_,;|") < PARTS)
		return;
	for (k = 0; signs[k]; k++) {
		if (count_signs(l, (const char[]){ signs[k], '\0' }) < PARTS - 1)
			continue;
		for (i = from = 0; i <= l->n && !r->no_memory; i++) {
			if (i < l->n && l->p[i] != signs[k])
				continue;
			part.p = l->p + from;
			part.n = (uint32_t)(i - from);
			part.offset = l->offset + (uint32_t)from;
			if (part.n > 0)
				add_alone(r, &r->part, &part);
			from = i + 1;
		}
		judge_alone(r, &r->part);
	}
}

/* Where the lines that stand below line i in columns end; *ret_table: they are a table. */
static size_t read_table(struct reader *r, size_t i, bool *ret_table)
{
	struct group g;
	struct tokens t;
	size_t end = pipe_end(r, i);

	*ret_table = true;
	if (end > i) {
		pipe_table(r, i, end);
		return end;
	}
	end = delimited(r, i);
	if (end > i)
		return end;
	*ret_table = false;
	judge_alike(r, i);
	if (is_indexed(&r->line[i]) || is_str(&r->line[i]))
		return i + 1;
	if (is_summary(&r->line[i]))
		return r->lines;
	end = bracket_end(r, i);
	if (end > i)
		return end;
	end = i + named_vector(r, i);
	if (end > i)
		return end;
	read_tokens(&r->line[i], &t);
	if (is_data(&t) && !is_parting(&r->line[i])) {
		end = group_end(r, i, &g);
		*ret_table = fixed_table(r, &g);
		if (*ret_table || g.heading == 0 || r->again++ > AGAIN)
			return end;
		return g.heading; /* what is behind it may be one */
	}
	return i + 1;
}

static void read_block(struct reader *r)
{
	size_t i = 0, end;
	bool table;

	r->taken = r->alike = 0;
	memset(r->none, 0, sizeof(r->none));
	for (; i < r->lines && !r->no_memory; i = end) {
		end = read_table(r, i, &table);
		if (table)
			take_table(r, end);
		else
			pass(r, i, end);
		if (!table && end == r->lines && !is_rule(&r->line[end - 1]))
			note_title(r, &r->line[end - 1]); /* a blank line is next */
	}
	if (r->lines == 1 && !r->pieces)
		add_alone(r, &r->alone, &r->line[0]);
	else if (r->lines > 1)
		judge_alone(r, &r->alone);
	if (r->lines > 0)
		r->before = r->taken < r->lines ? r->line[r->lines - 1] : (struct line){ 0 };
	r->lines = 0;
}

/* --- what a line announces --- */

/* The words before folded byte i, from the last separator on: "n= 1858, number of events" gives the last three. */
static size_t words_before(const char *p, size_t i)
{
	size_t from = i;

	while (from > 0 && i - from < 40 && !strchr(",;:=()[]\t/", p[from - 1]) && !(p[from - 1] == ' ' && from > 1 && p[from - 2] == ' '))
		from--;
	while (from < i && p[from] == ' ')
		from++;
	return from;
}

static void announced(struct reader *r, const char *p, size_t n, size_t sign, struct place place)
{
	size_t from, to = sign, at = sign + 1;
	struct column c = { 0 };
	struct number number;
	enum role role;

	while (to > 0 && p[to - 1] == ' ')
		to--;
	while (at < n && p[at] == ' ')
		at++;
	if (to == 0 || fold_is_digit(p[to - 1]) || at == n || !(fold_is_digit(p[at]) || strchr("-+.,", p[at])))
		return; /* as in times of day */
	number = number_read(p + at, n - at, ',');
	if (number.used == 0 || (at + number.used < n && fold_is_word(p[at + number.used])))
		return;
	from = words_before(p, to);
	role = header_type(p + from, to - from, &c);
	if (role == ROLE_COUNT && number.whole && number.value > 0 && number.value < (double)r->policy->min_count)
		report_add(r->report, RULE_COUNT, FINDING_BLOCK, place, "leave the number out, or join groups",
			"this line counts persons in words and the count is under %lld", (long long)r->policy->min_count);
	else if (role == ROLE_MIN || role == ROLE_MAX)
		prose_extreme(&r->prose, place, false);
}

/* "(3 observations deleted due to missingness)": the difference of two samples. */
static void deleted(struct reader *r, const char *p, size_t n, struct place place)
{
	const char *at = memmem(p, n, "observation", 11), *start = at;
	struct number number;

	if (!at || (!memmem(at, n - (size_t)(at - p), "deleted", 7) && !memmem(at, n - (size_t)(at - p), "omitted", 7)))
		return;
	while (start > p && (start[-1] == ' ' || fold_is_digit(start[-1])))
		start--;
	while (start < at && *start == ' ')
		start++;
	number = number_read(start, (size_t)(at - start), ',');
	if (number.used > 0 && number.value > 0 && number.value < (double)r->policy->min_count)
		report_add(r->report, RULE_COUNT, FINDING_REVIEW, place, "leave the line out",
			"this line says how many persons a model left out, and they are under %lld", (long long)r->policy->min_count);
}

/* More than a row of a table is read with: of a line of numbers a person is told. */
static bool is_wide(const struct line *l)
{
	size_t count[256] = { 0 }, words = 0, digits = 0, letters = 0, i;

	if (l->n <= FIELDS)
		return false;
	for (i = 0; i < l->n; i++) {
		const char c = l->p[i];

		count[(unsigned char)c]++;
		words += !strchr(" \t|\r", c) && (i == 0 || strchr(" \t|\r", l->p[i - 1]));
		digits += fold_is_digit(c);
		letters += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0xc0;
	}
	return digits > letters && (l->n > LINE_LONG || words > TOKENS || count[','] >= FIELDS || count[';'] >= FIELDS ||
		count['\t'] >= FIELDS || count['&'] >= FIELDS || count['|'] >= FIELDS);
}

static void tell_wide(struct reader *r, const struct line *l)
{
	if (r->wide_told || !is_wide(l))
		return;
	r->wide_told = true;
	report_add(r->report, RULE_SIZE, FINDING_REVIEW, (struct place){ .line = l->number, .column = 1, .offset = l->offset },
		"write the table as CSV", "this line of numbers is too wide to be read as a row of a table");
}

static void read_piece(struct reader *r, const struct line *l, size_t at, size_t len)
{
	struct place place = { .line = l->number, .column = (uint32_t)at + 1, .offset = l->offset + (uint32_t)at };
	char fold[LINE_LONG];
	size_t n = text_fold(l->p + at, len, false, fold), i;

	for (i = 0; i < n; i++)
		if (fold[i] == '=' || fold[i] == ':')
			announced(r, fold, n, i, place);
	deleted(r, fold, n, place);
	fields_line(r->report, fold, n, l->p + at, len, place);
	regression_text(r->policy, r->report, fold, n, place);
}

static void read_line(struct reader *r, const struct line *l)
{
	size_t at, n;

	for (at = 0; at < l->n; at += n) {
		n = piece(l, at);
		read_piece(r, l, at, n);
		n -= at + n < l->n ? OVERLAP : 0;
	}
	tell_wide(r, l);
	judge_parts(r, l);
}

static bool is_blank(const struct line *l)
{
	size_t i = skip_blanks(l, 0);

	return i == l->n || l->p[i] == '\r';
}

/* R begins a line with # or [1] where it prints a report or a vector; a comment's sign is no column. */
static void take_line(struct reader *r, const struct line *l)
{
	struct line rest = *l;

	while (rest.n >= 2 && rest.p[0] == '#') {
		rest.p++;
		rest.n--;
		rest.offset++;
	}
	if (is_blank(&rest)) {
		read_block(r);
		listing_line(&r->prose, "", 0, (struct place){ 0 });
		return;
	}
	read_line(r, &rest);
	if (!room_for((void **)&r->line, &r->room, r->lines, 1, sizeof(*r->line))) {
		r->no_memory = true;
		return;
	}
	r->line[r->lines++] = rest;
	if (r->lines == BLOCK_LINES)
		read_block(r);
}

static void check_text(const struct policy *p, const struct policy_file *f, struct report *r, const char *bytes, size_t n,
	struct counts_list *counts, bool pieces)
{
	struct reader reader = { .policy = p, .file = f, .report = r, .counts = counts, .bytes = bytes, .pieces = pieces };
	const char *at = bytes, *end = bytes + n;
	struct line l = { .number = 1 };

	prose_begin(&reader.prose, p, r);
	reader.any_sign = strcmp(r->type, "csv") == 0 || strcmp(r->type, "tsv") == 0;
	reader.grid = calloc(1, sizeof(*reader.grid));
	reader.no_memory = !reader.grid;
	if (reader.grid) {
		*reader.grid = (struct grid){ .policy = p, .report = r, .file = f, .text = true, .unit = hash_bytes("persons", 7) };
		sidecar_open(reader.grid);
	}
	report_ran(r, RULE_COUNT);
	listing_frame(&reader.prose, bytes, n);
	for (; at < end && !reader.no_memory; l.number++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		l.p = at;
		l.n = (uint32_t)((stop ? stop : end) - at);
		l.offset = (uint32_t)(at - bytes);
		take_line(&reader, &l);
		at += l.n + 1;
	}
	if (!reader.no_memory) {
		read_block(&reader);
		judge_alone(&reader, &reader.alone);
		listing_end(&reader.prose);
	}
	if (reader.no_memory)
		report_add(r, RULE_COUNT, FINDING_BLOCK, (struct place){ 0 }, "release several smaller files",
			"there was no memory to look at the tables of this text");
	if (reader.grid) {
		sidecar_close(reader.grid);
		grid_clear(reader.grid);
	}
	free(reader.grid);
	free(reader.line);
	free(reader.alone.line);
	free(reader.part.line);
}

void text_tables_check(const struct policy *p, const struct policy_file *f, struct report *r, const char *bytes, size_t n,
	struct counts_list *counts)
{
	check_text(p, f, r, bytes, n, counts, false);
}

void text_pieces_check(const struct policy *p, const struct policy_file *f, struct report *r, const char *bytes, size_t n,
	struct counts_list *counts)
{
	check_text(p, f, r, bytes, n, counts, true);
}
