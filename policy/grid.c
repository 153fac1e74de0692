/* policy/grid.c - one table as a grid of typed cells, read once. The text of all cells lies in one piece of memory,
 * which is no longer than the file. */
#include "policy/table.h"

#define PIECE (256u << 10)

uint64_t hash_bytes(const char *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a, then mixed: keys are sums of these */

	for (; n > 0; n--, p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3u;
	h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
	h = (h ^ h >> 27) * 0x94d049bb133111ebu;
	h ^= h >> 31;
	return h + (h == 0);
}

/* --- numbers --- */

static bool digit(const char *p, const char *end)
{
	return p < end && fold_is_digit(*p);
}

static bool three_digits(const char *p, const char *end)
{
	return digit(p, end) && digit(p + 1, end) && digit(p + 2, end) && !digit(p + 3, end);
}

/* Whether c before three digits parts thousands. Where fields end at ';' the comma is the decimal mark. */
static bool is_thousands(char c, char delimiter)
{
	return c == ' ' || c == '\'' || c == (delimiter == ';' ? '.' : ',');
}

static const char *read_exponent(const char *p, const char *end, struct number *n)
{
	const char *at = p + 1;
	int exponent = 0, sign = 1;

	if (p >= end || *p != 'e')
		return p;
	if (at < end && (*at == '+' || *at == '-'))
		sign = *at++ == '-' ? -1 : 1;
	if (!digit(at, end))
		return p;
	for (; digit(at, end); at++)
		exponent = exponent < 400 ? exponent * 10 + (*at - '0') : exponent;
	for (; exponent > 0 && n->value != 0 && n->value < 1e300; exponent--)
		n->value = sign > 0 ? n->value * 10 : n->value / 10;
	return at;
}

static const char *read_fraction(const char *at, const char *end, struct number *n)
{
	double part = 0, unit = 1;

	if (at >= end || (*at != '.' && *at != ','))
		return at;
	for (at++; digit(at, end); at++) {
		if (unit < 1e18) {
			part = part * 10 + (*at - '0');
			unit *= 10;
		}
		n->decimals++;
	}
	n->value += part / unit;
	return at;
}

/* The number at the start of folded text; used is 0 where there is none. */
struct number number_read(const char *p, size_t len, char delimiter)
{
	const char *at = p, *end = p + len;
	struct number n = { .whole = true };
	bool minus = len > 0 && *p == '-';

	at += len > 0 && (*p == '-' || *p == '+');
	if (!digit(at, end) && !(at < end && (*at == '.' || *at == ',') && digit(at + 1, end)))
		return n;
	for (; at < end; at++) {
		if (fold_is_digit(*at)) {
			n.value = n.value * 10 + (*at - '0');
			n.digits++;
		} else if (n.digits == 0 || n.digits > 12 || !is_thousands(*at, delimiter) ||
			   !three_digits(at + 1, end)) {
			break;
		}
	}
	at = read_fraction(at, end, &n);
	at = read_exponent(at, end, &n);
	n.used = (size_t)(at - p);
	n.whole = n.value < 1e15 && n.value == (double)(int64_t)n.value && !minus;
	n.value = minus ? -n.value : n.value;
	return n;
}

/* Only what numbers and intervals are written with: no letter, so no function and no cell's name. */
bool number_is_estimate(const char *p, size_t n, char delimiter)
{
	struct number number = number_read(p, n, delimiter);
	size_t i = number.used;

	if (i == 0 || (i < n && !strchr(" (%[", p[i])))
		return false;
	/* "-0.6 to -0.2" */
	if (n - i > 4 && memcmp(p + i, " to ", 4) == 0) {
		number = number_read(p + i + 4, n - i - 4, delimiter);
		return number.used > 0 && number.used == n - i - 4;
	}
	for (; i < n; i++)
		if (!fold_is_digit(p[i]) && (p[i] == '\0' || !strchr(" ()[]%.,;:-", p[i])))
			return false;
	return true;
}

/* --- cells --- */

static bool is_missing(const char *p, size_t n)
{
	static const char *const words[] = { "na", "n/a", "nan", "null", "none", "nd", "<na>", NULL };

	return word_of(words, p, n);
}

static bool is_mark(const char *p, size_t n)
{
	static const char *const words[] = { ".", "..", "...", "-", "--", "*", "**", "#", "redacted", "[redacted]",
		"suppressed", "[suppressed]", "[c]", "(c)", "c", "x", "[x]", "s", ":", "[low]", "conf", "masked", "hidden", NULL };

	return word_of(words, p, n);
}

/* "<10", "< 5", "less than 5", "under 10", "alle 5", "<=4" and a sign for it: the count is under value. */
static bool read_less(struct cell *c, const char *p, size_t n, char delimiter)
{
	static const char *const words[] = { "<=", "<", "\x02", "less than ", "under ", "fewer than ", "alle ", "farre an ",
		"faerre enn ", "farre enn ", "below " };
	struct number number;
	size_t i, used = 0;

	for (i = 0; i < sizeof(words) / sizeof(words[0]) && used == 0; i++)
		if (n > strlen(words[i]) && memcmp(p, words[i], strlen(words[i])) == 0)
			used = strlen(words[i]);
	if (used == 0)
		return false;
	while (used < n && p[used] == ' ')
		used++;
	number = number_read(p + used, n - used, delimiter);
	if (number.used == 0 || (used + number.used < n && !strchr(" (%[*", p[used + number.used])))
		return false;
	c->kind = CELL_LESS;
	c->value = number.value + (p[1] == '=' || p[0] == FOLD_OTHER);
	c->flags = number.whole ? CELL_WHOLE : 0;
	if (memchr(p, '%', n))
		c->flags |= CELL_SHARE;
	return true;
}

/* "0.3% (3)": the share before its count. */
static void read_turned(struct cell *c, const struct number *count)
{
	c->value = count->value;
	c->decimals = 0;
	c->digits = (uint8_t)(count->digits < 20 ? count->digits : 20);
	c->flags = (uint8_t)((c->flags ^ CELL_PERCENT) | CELL_WHOLE | CELL_SHARE);
}

/* What stands behind the number in p[used..n). */
static void read_tail(struct cell *c, const char *p, size_t n, size_t used, char delimiter)
{
	struct number second;
	size_t i = used;

	while (i < n && p[i] == ' ')
		i++;
	if (i < n && p[i] == '%') {
		c->flags |= CELL_PERCENT;
		for (i++; i < n && p[i] == ' ';)
			i++;
	}
	while (i < n && p[i] == '*')
		i++;
	c->kind = i == n ? CELL_NUMBER : CELL_MIXED;
	if (i == n)
		return;
	if (!strchr(" (%[/", p[used])) {
		c->kind = CELL_TEXT;
		return;
	}
	if (p[i] == '/' && c->flags & CELL_WHOLE) { /* "7/1204 (0.6%)", "7 / 1204": of so many */
		for (i++; i < n && p[i] == ' ';)
			i++;
		second = number_read(p + i, n - i, delimiter);
		i += second.used;
		if (second.whole && second.value >= 20 && second.value >= c->value && (i == n || p[i] == ' ' || p[i] == '('))
			c->flags |= CELL_SHARE;
		return;
	}
	if (p[i] != '(' && p[i] != '[')
		return;
	c->flags |= CELL_BRACKET;
	for (i++; i < n && (p[i] == ' ' || p[i] == '<');)
		i++;
	second = number_read(p + i, n - i, delimiter);
	for (i += second.used; i < n && p[i] == ' ';)
		i++;
	if (second.used > 0 && i < n && p[i] == '%')
		c->flags |= CELL_SHARE;
	else if (c->flags & CELL_PERCENT && c->value <= 100 && second.whole && second.used > 0 && second.decimals == 0 && i + 1 == n)
		read_turned(c, &second);
}

/* What most cells are, in one look: up to 15 digits, with a point between them or none, which is exact. As number_read has it. */
static bool read_plain(struct cell *c, const char *p, size_t n, char delimiter)
{
	static const double ten[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
	uint64_t all = 0, whole = 0;
	size_t i, point = n;

	if (n > 15)
		return false;
	for (i = 0; i < n; i++) {
		if (fold_is_digit(p[i])) {
			all = all * 10 + (uint64_t)(p[i] - '0');
		} else if (p[i] == '.' && point == n && i > 0 && i + 1 < n && delimiter != ';') {
			point = i;
			whole = all;
			all = 0;
		} else {
			return false;
		}
	}
	c->decimals = (uint8_t)(point < n ? n - point - 1 : 0);
	c->value = point < n ? (double)whole + (double)all / ten[c->decimals] : (double)all;
	c->digits = (uint8_t)point;
	c->flags = c->value < 1e15 && c->value == (double)(int64_t)c->value ? CELL_WHOLE : 0;
	c->kind = CELL_NUMBER;
	return true;
}

void cell_read(struct cell *c, const char *p, size_t n, char delimiter, const char *marker)
{
	struct number number;

	if (n > 0 && fold_is_digit(p[0]) && read_plain(c, p, n, delimiter))
		return;
	c->kind = CELL_EMPTY;
	c->flags = c->decimals = c->digits = 0;
	c->value = 0;
	if (n == 0)
		return;
	if (fold_is_digit(p[0]) || strchr("+-.,", p[0])) {
		number = number_read(p, n, delimiter);
		if (number.used > 0) {
			c->value = number.value;
			c->flags = number.whole ? CELL_WHOLE : 0;
			c->decimals = (uint8_t)(number.decimals < 20 ? number.decimals : 20);
			c->digits = (uint8_t)(number.digits < 20 ? number.digits : 20);
			c->kind = CELL_NUMBER;
			if (number.used < n)
				read_tail(c, p, n, number.used, delimiter);
			return;
		}
	}
	if (is_missing(p, n))
		c->kind = CELL_MISSING;
	else if (is_mark(p, n) || (marker && *marker && strlen(marker) == n && memcmp(marker, p, n) == 0))
		c->kind = CELL_MARK;
	else if (!read_less(c, p, n, delimiter))
		c->kind = *p == '<' ? CELL_MARK : CELL_TEXT;
}

bool grid_bracket(const struct grid *g, size_t row, size_t column, double *ret, unsigned *ret_decimals)
{
	char fold[HEADER_MAX];
	size_t n = grid_fold(g, row, column, fold, sizeof(fold)), at = 0;
	struct number number = number_read(fold, n, g->delimiter);
	size_t sign = number.used;

	while (sign < n && fold[sign] == ' ')
		sign++;
	if (number.used > 0 && sign < n && fold[sign] == '%') { /* "0.3% (3)" */
		*ret = number.value;
		*ret_decimals = (unsigned)number.decimals;
		return true;
	}
	while (at < n && fold[at] != '(' && fold[at] != '[')
		at++;
	for (at++; at < n && (fold[at] == ' ' || fold[at] == '<');)
		at++;
	if (at >= n)
		return false;
	number = number_read(fold + at, n - at, g->delimiter);
	for (at += number.used; at < n && (fold[at] == ' ' || fold[at] == '%');)
		at++;
	*ret = number.value;
	*ret_decimals = (unsigned)number.decimals;
	return number.used > 0 && at < n && (fold[at] == ')' || fold[at] == ']');
}

/* --- the grid --- */

bool grid_row(struct grid *g, uint32_t line, uint32_t begin)
{
	if (!room_for((void **)&g->line, &g->line_room, g->rows, 1, sizeof(*g->line)) ||
		!room_for((void **)&g->begin, &g->begin_room, g->rows, 1, sizeof(*g->begin)))
		return false;
	g->line[g->rows] = line;
	g->begin[g->rows++] = begin;
	return true;
}

static inline bool is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

/* Superscripts, which are folded to digits. */
static bool is_raised(uint32_t c)
{
	return c == 0xb2 || c == 0xb3 || c == 0xb9 || c == 0x2070 || (c >= 0x2074 && c <= 0x2079);
}

/* As text_fold, without the footnotes of numbers: "3¹" is 3, not 31. */
static size_t fold_number(const char *p, size_t n, char *ret)
{
	const char *at = p, *end = p + n;
	bool behind = false;
	size_t len = 0;

	while (at < end) {
		const char *begin = at;
		uint32_t c = text_next(&at, end);

		if (behind && is_raised(c)) {
			len += text_fold(p, (size_t)(begin - p), false, ret + len);
			p = at;
		} else {
			behind = c >= '0' && c <= '9';
		}
	}
	return len + text_fold(p, (size_t)(end - p), false, ret + len);
}

/* Folded at once, since numbers are what most cells are; ASCII needs no decoding. */
static size_t fold_trimmed(const char *p, size_t n, bool number, char *ret)
{
	size_t len, from = 0;

	while (n > 0 && is_white(p[n - 1]))
		n--;
	while (from < n && is_white(p[from]))
		from++;
	len = text_fold(p + from, n - from, false, ret);
	if (number && len < n - from) /* not ASCII alone */
		len = fold_number(p + from, n - from, ret);
	while (len > 0 && ret[len - 1] == ' ')
		len--;
	return len;
}

/* All signs that no rule names are folded to one: a bullet before a number is no bound. */
static bool begins_with_bound(const char *p, size_t n)
{
	const char *at = p, *end = p + n;
	uint32_t c;

	while (at < end && is_white(*at))
		at++;
	c = at < end ? text_next(&at, end) : 0;
	return c == 0x2264 || c == 0x2266 || c == 0x2a7d;
}

bool grid_add(struct grid *g, const char *p, size_t n, uint32_t offset)
{
	struct cell *c;
	size_t len;

	if (!room_for((void **)&g->cell, &g->cell_room, g->cells, 2, sizeof(*g->cell)) ||
		!room_for((void **)&g->bytes, &g->room, g->len, n + 1, 1))
		return false;
	if (g->text) {
		if (!room_for((void **)&g->offset, &g->offset_room, g->cells, 1, sizeof(*g->offset)))
			return false;
		g->offset[g->cells] = offset;
	}
	memcpy(g->bytes + g->len, p, n);
	c = &g->cell[g->cells++];
	c->at = (uint32_t)g->len;
	g->len += n;
	len = fold_trimmed(p, n < CSV_FIELD_MAX ? n : CSV_FIELD_MAX, true, g->fold);
	cell_read(c, g->fold, len, g->delimiter, g->marker);
	if (c->kind == CELL_LESS && g->fold[0] == FOLD_OTHER && !begins_with_bound(p, n))
		*c = (struct cell){ .at = c->at, .kind = CELL_TEXT };
	return true;
}

bool grid_close(struct grid *g)
{
	if (!room_for((void **)&g->cell, &g->cell_room, g->cells, 1, sizeof(*g->cell)) ||
		!room_for((void **)&g->bytes, &g->room, g->len, 1, 1))
		return false;
	g->cell[g->cells] = (struct cell){ .at = (uint32_t)g->len };
	if (g->all_rows < g->rows)
		g->all_rows = g->rows;
	return true;
}

void grid_clear(struct grid *g)
{
	free(g->bytes);
	free(g->cell);
	free(g->line);
	free(g->begin);
	free(g->offset);
	free(g->column);
	free(g->row);
	free(g->label);
	g->bytes = NULL;
	g->cell = NULL;
	g->line = g->begin = g->offset = NULL;
	g->column = NULL;
	g->row = NULL;
	g->label = NULL;
	g->of_ages = 0;
	g->len = g->room = g->cells = g->cell_room = g->line_room = g->begin_room = g->offset_room = 0;
	g->rows = g->columns = 0;
	g->all_rows = 0;
	g->base = 0;
	g->based = g->few_rounded = g->cross = g->described = g->two_headers = false;
}

struct place grid_place(const struct grid *g, size_t row, size_t column)
{
	size_t i = row * g->columns + column;

	if (!g->text)
		return (struct place){ .row = row + 1, .line = g->line[row], .column = (uint32_t)column + 1 };
	return (struct place){ .line = g->line[row], .column = g->offset[i] - g->begin[row] + 1, .offset = g->offset[i] };
}

const char *grid_text(const struct grid *g, size_t row, size_t column, size_t *ret_n)
{
	const struct cell *c = grid_cell(g, row, column);

	*ret_n = c[1].at - c->at;
	return g->bytes + c->at;
}

size_t grid_fold(const struct grid *g, size_t row, size_t column, char *ret, size_t room)
{
	size_t n;
	const char *p = grid_text(g, row, column, &n);

	return fold_trimmed(p, n < room ? n : room, false, ret);
}

size_t grid_fold_number(const struct grid *g, size_t row, size_t column, char *ret, size_t room)
{
	size_t n;
	const char *p = grid_text(g, row, column, &n);

	return fold_trimmed(p, n < room ? n : room, true, ret);
}

uint64_t grid_hash(const struct grid *g, size_t row, size_t column)
{
	const struct cell *c = grid_cell(g, row, column);
	char fold[HEADER_MAX];

	if (c->kind == CELL_NUMBER)
		return hash_bytes((const char *)&c->value, sizeof(c->value));
	return hash_bytes(fold, grid_fold(g, row, column, fold, sizeof(fold)));
}

/* --- CSV and TSV --- */

static int no_memory(struct spe_error *e)
{
	return spe_fail(e, SPE_E_INTERNAL, "there was no memory to read the table");
}

static bool keep_record(struct grid *g, const struct csv_record *record)
{
	size_t i;

	if (g->rows == 0)
		g->columns = record->count;
	if (!grid_row(g, (uint32_t)record->line, 0))
		return false;
	for (i = 0; i < record->count; i++)
		if (!grid_add(g, record->field[i].p, record->field[i].len, 0))
			return false;
	return true;
}

static int drain(struct csv *c, struct grid *g, struct spe_error *e)
{
	struct csv_record record;
	int r;

	while ((r = csv_next(c, &record, e)) == 1) {
		bool more = g->rows <= (uint64_t)g->policy->max_rows && g->cells + record.count <= GRID_CELLS;

		g->all_rows++;
		if (more && g->all_rows == g->rows + 1 && !keep_record(g, &record))
			return no_memory(e);
	}
	return r;
}

int grid_csv(struct grid *g, const char *p, size_t n, char delimiter, struct spe_error *e)
{
	struct csv *c;
	size_t at = 0;
	int r = csv_new(&c, delimiter);

	if (r < 0)
		return no_memory(e);
	g->delimiter = delimiter;
	while (r == 0 && at < n) {
		size_t piece = n - at < PIECE ? n - at : PIECE;

		r = csv_feed(c, p + at, piece, e);
		if (r == 0)
			r = drain(c, g, e);
		at += piece;
	}
	if (r == 0)
		r = csv_feed(c, NULL, 0, e);
	if (r == 0)
		r = drain(c, g, e);
	csv_free(c);
	if (r == 0 && !grid_close(g))
		return no_memory(e);
	return r;
}
