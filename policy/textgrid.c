/* policy/textgrid.c - tables within text: Markdown's pipes, and columns that are aligned with blanks as R, Stata and
 * others print them; and counts that a line announces in words, "n = 7". A table found here goes through the same rules
 * as a CSV file. What is no table is left alone: prose has numbers too, but they don't stand below each other. */
#include "policy/table.h"

#define LINE_LONG 2000 /* bytes; no printed table is so wide */
#define TOKENS 64
#define COLUMNS 64
#define BLOCK_LINES 100000

struct line {
	const char *p;
	uint32_t n, number, offset;
};

struct token {
	uint16_t left, right; /* columns of the screen, right is behind it */
	uint16_t from, to;    /* bytes */
	bool value;
};

struct tokens {
	struct token t[TOKENS];
	size_t n, values, texts;
};

struct reader {
	const struct policy *policy;
	const struct policy_file *file;
	struct report *report;
	struct counts_list *counts;
	const char *bytes;
	struct line *line; /* of the block at hand */
	size_t lines, room;
	struct grid *grid;
	uint64_t title; /* of the table: the words of the text line over it */
	bool extreme_told;
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
	if (g->rows > 1)
		table_rules(g, r->counts);
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
		if (to > from && (!fold_is_digit(fold[from]) || memchr(fold + from, '=', to - from)) && !word_of(silent, fold + from, to - from))
			r->title += header_category(fold + from, to - from, true);
	}
}

/* --- Markdown and other tables with pipes --- */

static bool is_rule(const struct line *l)
{
	size_t i, dashes = 0;

	for (i = 0; i < l->n; i++) {
		if (!strchr("-=+:| \t_\r", l->p[i]) || l->p[i] == '\0')
			return false;
		dashes += strchr("-=_", l->p[i]) != NULL;
	}
	return dashes >= 2;
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
	if (!begin_grid(r, columns < COLUMNS * 16 ? columns : COLUMNS * 16))
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
static void split(const struct line *l, struct tokens *ret)
{
	uint16_t screen = 0;
	size_t i = 0;

	ret->n = 0;
	while (i < l->n && l->n <= LINE_LONG && ret->n < TOKENS) {
		struct token *t = &ret->t[ret->n];

		if (strchr(" \t|\r", l->p[i])) {
			screen = (uint16_t)(l->p[i] == '\t' ? (screen | 7) + 1 : screen + 1);
			i++;
			continue;
		}
		t->left = screen;
		t->from = (uint16_t)i;
		while (i < l->n && !strchr(" \t|\r", l->p[i])) {
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
	struct extents x;
};

static void fixed_row(struct reader *r, const struct group *g, const struct line *l, const struct tokens *t)
{
	size_t i, k = 0, n;

	if (!grid_row(r->grid, l->number, l->offset))
		r->no_memory = true;
	for (i = 0; i < g->x.n; i++) {
		size_t from = l->n, to = from;

		for (; k < t->n && overlap(&g->x, &t->t[k], &n) == i; k++) {
			from = from < t->t[k].from ? from : t->t[k].from;
			to = t->t[k].to;
		}
		add_cell(r, l, from, to);
	}
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
	for (i = 0; i < g->x.n; i++)
		add_cell(r, l, span[i].to > 0 ? span[i].from : l->n, span[i].to > 0 ? span[i].to : l->n);
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

/* The line over the group that names its columns. */
static void find_header(const struct reader *r, struct group *g)
{
	struct span span[COLUMNS];
	struct tokens t;
	size_t over = g->first;

	g->header = g->end;
	read_tokens(&r->line[g->first], &t);
	if (is_level_line(r, g, &t)) {
		g->header = g->first;
		return;
	}
	while (over > 0 && is_rule(&r->line[over - 1]))
		over--;
	if (over > 1 && is_heading(r, g, over - 1)) {
		g->first = over - 1;
		for (over--; over > 0 && is_rule(&r->line[over - 1]);)
			over--;
	}
	if (over == 0)
		return;
	read_tokens(&r->line[over - 1], &t);
	if (t.n > 0 && place_header(&g->x, &r->line[over - 1], span) * 2 >= values_in(&g->x))
		g->header = over - 1;
}

static void fixed_table(struct reader *r, struct group *g)
{
	struct tokens t;
	size_t i, over;

	find_header(r, g);
	over = g->header < g->end ? g->header : g->first;
	if (over > 0 && !is_rule(&r->line[over - 1]))
		note_title(r, &r->line[over - 1]);
	if (g->header == g->end && (g->end - g->first < 2 || !is_aligned(&g->x, g->end - g->first)))
		return;
	if (g->end - g->first == 1 && (g->header != g->first - 1 || g->x.n < 2))
		return;
	if (!begin_grid(r, g->x.n))
		return;
	header_row(r, g);
	for (i = g->first; i < g->end && !r->no_memory; i++) {
		if (i == g->header || is_rule(&r->line[i]))
			continue;
		read_tokens(&r->line[i], &t);
		r->grid->all_rows++;
		if (!is_full(r->grid) && (is_data(&t) || is_heading(r, g, i)))
			fixed_row(r, g, &r->line[i], &t);
	}
	r->grid->all_rows = r->grid->rows > (uint64_t)r->policy->max_rows ? r->grid->all_rows + 1 : r->grid->rows;
	end_grid(r);
}

/* Lines from i on that stand below each other; rules and single headings between them are passed over. */
static size_t group_end(const struct reader *r, size_t i, struct group *g)
{
	struct tokens t;
	size_t end = i + 1, at;

	g->first = i;
	g->x.n = 0;
	read_tokens(&r->line[i], &t);
	extend(&g->x, &t);
	for (at = i + 1; at < r->lines; at++) {
		read_tokens(&r->line[at], &t);
		if (is_rule(&r->line[at]) || (t.texts == 1 && t.values == 0 && t.t[0].left <= g->x.e[0].left + 4))
			continue;
		if (!is_data(&t) || !extend(&g->x, &t))
			break;
		end = at + 1;
	}
	g->end = end;
	return end;
}

static void read_block(struct reader *r)
{
	struct group g;
	struct tokens t;
	size_t i = 0;

	while (i < r->lines && !r->no_memory) {
		size_t end = pipe_end(r, i);

		if (end > i) {
			pipe_table(r, i, end);
			i = end;
			continue;
		}
		read_tokens(&r->line[i], &t);
		if (!is_data(&t)) {
			if (!is_rule(&r->line[i]) && i + 1 == r->lines)
				note_title(r, &r->line[i]); /* a blank line is next */
			i++;
			continue;
		}
		i = group_end(r, i, &g);
		fixed_table(r, &g);
	}
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
	number = number_read(p + at, n - at, ',');
	if (number.used == 0 || (at + number.used < n && fold_is_word(p[at + number.used])))
		return;
	from = words_before(p, to);
	role = header_type(p + from, to - from, &c);
	if (role == ROLE_COUNT && number.whole && number.value > 0 && number.value < (double)r->policy->min_count)
		report_add(r->report, RULE_COUNT, FINDING_BLOCK, place, "leave the number out, or join groups",
			"this line counts persons in words and the count is under %lld", (long long)r->policy->min_count);
	else if ((role == ROLE_MIN || role == ROLE_MAX) && !r->extreme_told) {
		r->extreme_told = true;
		report_add(r->report, RULE_EXTREME, FINDING_REVIEW, place,
			"give percentiles instead, or say why no person can be told by the value",
			"minima and maxima are the values of single persons; others may follow");
	}
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

static void read_line(struct reader *r, const struct line *l)
{
	struct place place = { .line = l->number, .column = 1, .offset = l->offset };
	char fold[LINE_LONG];
	size_t n, i;

	if (l->n > LINE_LONG)
		return;
	n = text_fold(l->p, l->n, false, fold);
	for (i = 0; i < n; i++)
		if (fold[i] == '=' || fold[i] == ':')
			announced(r, fold, n, i, place);
	deleted(r, fold, n, place);
	regression_text(r->policy, r->report, fold, n, place);
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

void text_tables_check(const struct policy *p, const struct policy_file *f, struct report *r, const char *bytes, size_t n,
	struct counts_list *counts)
{
	struct reader reader = { .policy = p, .file = f, .report = r, .counts = counts, .bytes = bytes };
	const char *at = bytes, *end = bytes + n;
	struct line l = { .number = 1 };

	reader.grid = calloc(1, sizeof(*reader.grid));
	reader.no_memory = !reader.grid;
	if (reader.grid) {
		*reader.grid = (struct grid){ .policy = p, .report = r, .file = f, .text = true, .unit = hash_bytes("persons", 7) };
		sidecar_open(reader.grid);
	}
	report_ran(r, RULE_COUNT);
	for (; at < end && !reader.no_memory; l.number++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		l.p = at;
		l.n = (uint32_t)((stop ? stop : end) - at);
		l.offset = (uint32_t)(at - bytes);
		take_line(&reader, &l);
		at += l.n + 1;
	}
	if (!reader.no_memory)
		read_block(&reader);
	if (reader.no_memory)
		report_add(r, RULE_COUNT, FINDING_BLOCK, (struct place){ 0 }, "release several smaller files",
			"there was no memory to look at the tables of this text");
	if (reader.grid) {
		sidecar_close(reader.grid);
		grid_clear(reader.grid);
	}
	free(reader.grid);
	free(reader.line);
}
