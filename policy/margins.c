/* policy/margins.c - what a suppressed table's margins still tell of its cells. Unknowns are the suppressed cells,
 * equations the published margins. Each group of cells that equations connect is solved by the simplex method on exact
 * rationals, with bounds on the unknowns and Bland's rule, so that it ends. Larger groups are narrowed by interval
 * propagation, and by elimination modulo a prime.
 * Source: Hundepool and others, Handbook on Statistical Disclosure Control, 2nd edition, chapters 4 and 5 (feasibility
 * intervals, protection levels); Bland, New finite pivoting rules for the simplex method, 1977. */
#include "policy/table.h"

#define EXACT_MAX 200    /* unknowns of a group that the simplex takes */
#define MODULAR_MAX 600  /* that elimination takes: a third of a second */
#define PIVOTS_MAX 20000 /* of one group: a second or two */
#define ROUNDS_MAX 1000  /* of propagation */
#define WORK_MAX 20000000u /* terms that propagation looks at in one table: a tenth of a second or two */
#define PRIME 2147483647u
#define NO_BOUND INT64_MAX
#define PEOPLE_MAX (1ll << 40) /* no cell counts as many; known ones are below 2^32, so that sums of a million terms fit */
#define LARGE (1ll << 53) /* sums of so many persons are no counts */

struct equation {
	size_t from, n; /* of the terms */
	int64_t right;
};

struct audit {
	size_t unknowns;
	struct audit_bounds *bound;
	uint32_t *group; /* union-find */
	uint32_t *index; /* terms of all equations, one after the other */
	int8_t *coefficient;
	size_t terms, term_room, coefficient_room;
	struct equation *equation;
	size_t equations, equation_room;
	uint64_t work;    /* see audit_work */
	uint64_t allowed;
	bool stopped;     /* at what was allowed, or at WORK_MAX */
};

struct audit *audit_new(size_t unknowns)
{
	struct audit *a = calloc(1, sizeof(*a));
	size_t i;

	if (!a)
		return NULL;
	a->unknowns = unknowns;
	a->allowed = AUDIT_WORK;
	a->bound = calloc(unknowns + 1, sizeof(*a->bound));
	a->group = calloc(unknowns + 1, sizeof(*a->group));
	if (!a->bound || !a->group) {
		audit_free(a);
		return NULL;
	}
	for (i = 0; i < unknowns; i++) {
		a->bound[i].high = NO_BOUND;
		a->group[i] = (uint32_t)i;
	}
	return a;
}

void audit_free(struct audit *a)
{
	if (!a)
		return;
	free(a->bound);
	free(a->group);
	free(a->index);
	free(a->coefficient);
	free(a->equation);
	free(a);
}

void audit_bound(struct audit *a, size_t i, int64_t low, int64_t high)
{
	a->bound[i].low = low;
	a->bound[i].high = high;
}

static uint32_t find(struct audit *a, uint32_t i)
{
	while (a->group[i] != i)
		i = a->group[i] = a->group[a->group[i]];
	return i;
}

bool audit_equation(struct audit *a, const uint32_t *index, const int8_t *coefficient, size_t n, int64_t right)
{
	size_t i;

	if (n == 0)
		return true;
	if (!room_for((void **)&a->index, &a->term_room, a->terms, n, sizeof(*a->index)) ||
		!room_for((void **)&a->coefficient, &a->coefficient_room, a->terms, n, 1) ||
		!room_for((void **)&a->equation, &a->equation_room, a->equations, 1, sizeof(*a->equation)))
		return false;
	memcpy(a->index + a->terms, index, n * sizeof(*index));
	memcpy(a->coefficient + a->terms, coefficient, n);
	a->equation[a->equations++] = (struct equation){ a->terms, n, right };
	a->terms += n;
	for (i = 1; i < n; i++)
		a->group[find(a, index[i])] = find(a, index[0]);
	return true;
}

/* --- propagation --- */

/* What the terms of an equation can add up to: ends that are known, and how many have none. */
struct span {
	int64_t low, high;
	size_t no_low, no_high;
};

static int64_t term_low(const struct audit_bounds *b, bool plus)
{
	return plus ? b->low : b->high == NO_BOUND ? -NO_BOUND : -b->high;
}

static int64_t term_high(const struct audit_bounds *b, bool plus)
{
	return plus ? b->high : -b->low;
}

static void span_add(struct span *s, const struct audit_bounds *b, bool plus, int sign)
{
	int64_t low = term_low(b, plus), high = term_high(b, plus);

	if (low == -NO_BOUND)
		s->no_low += (size_t)sign;
	else
		s->low += sign * low;
	if (high == NO_BOUND)
		s->no_high += (size_t)sign;
	else
		s->high += sign * high;
}

/* others: without the term itself. 1: something got narrower; -1: nothing fits. */
static int tighten(struct audit_bounds *b, const struct span *others, bool plus, int64_t right)
{
	int64_t low = others->no_low > 0 ? -NO_BOUND : others->low, high = others->no_high > 0 ? NO_BOUND : others->high, least, most;

	if (plus) {
		least = high == NO_BOUND ? -NO_BOUND : right - high;
		most = low == -NO_BOUND ? NO_BOUND : right - low;
	} else {
		least = low == -NO_BOUND ? -NO_BOUND : low - right;
		most = high == NO_BOUND ? NO_BOUND : high - right;
	}
	if (most > PEOPLE_MAX)
		most = NO_BOUND;
	if (least > PEOPLE_MAX) /* margins that contradict one another drive each other up, and without an end */
		return -1;
	if (least <= b->low && most >= b->high)
		return 0;
	b->low = least > b->low ? least : b->low;
	b->high = most < b->high ? most : b->high;
	return b->low > b->high ? -1 : 1;
}

/* All terms of an equation, each in a step that does not grow with how many there are. */
static int tighten_all(struct audit *a, const struct equation *e)
{
	struct span s = { 0 };
	int changed = 0;
	size_t i;

	for (i = e->from; i < e->from + e->n; i++)
		span_add(&s, &a->bound[a->index[i]], a->coefficient[i] > 0, 1);
	for (i = e->from; i < e->from + e->n; i++) {
		struct audit_bounds *b = &a->bound[a->index[i]];
		bool plus = a->coefficient[i] > 0;
		int r;

		span_add(&s, b, plus, -1);
		r = tighten(b, &s, plus, e->right);
		if (r < 0)
			return -1;
		span_add(&s, b, plus, 1);
		changed |= r;
	}
	return changed;
}

/* Stops where nothing gets narrower, or where it has looked at WORK_MAX terms: what it has then still holds. */
static int propagate(struct audit *a)
{
	uint64_t most = a->work + WORK_MAX < a->allowed ? a->work + WORK_MAX : a->allowed;
	size_t round, e;
	int changed = 1;

	for (round = 0; round < ROUNDS_MAX && changed && a->work < most; round++) {
		changed = 0;
		for (e = 0; e < a->equations; e++) {
			int r = tighten_all(a, &a->equation[e]);

			if (r < 0)
				return -SPE_E_INPUT;
			changed |= r;
		}
		a->work += a->terms;
	}
	a->stopped |= changed && a->work >= most;
	return 0;
}

uint64_t audit_work(const struct audit *a)
{
	return a->work;
}

void audit_allow(struct audit *a, uint64_t work)
{
	a->allowed = work;
}

bool audit_stopped(const struct audit *a)
{
	return a->stopped;
}

/* --- rationals: an overflow makes the whole answer unknown, not wrong --- */

struct ratio {
	int64_t num, den; /* den > 0 */
};

static const struct ratio zero = { 0, 1 };

static struct ratio reduce(bool *over, __int128 num, __int128 den)
{
	const __int128 most = INT64_MAX / 2;
	__int128 a = num < 0 ? -num : num, b = den;

	while (den != 1 && b != 0) {
		__int128 rest = a % b;

		a = b;
		b = rest;
	}
	if (den != 1 && a > 1) {
		num /= a;
		den /= a;
	}
	if (num > most || num < -most || den > most) {
		*over = true;
		return zero;
	}
	return (struct ratio){ (int64_t)num, (int64_t)den };
}

/* a - b * c */
static struct ratio less_product(bool *over, struct ratio a, struct ratio b, struct ratio c)
{
	struct ratio product = reduce(over, (__int128)b.num * c.num, (__int128)b.den * c.den);

	return reduce(over, (__int128)a.num * product.den - (__int128)product.num * a.den, (__int128)a.den * product.den);
}

static struct ratio quotient(bool *over, struct ratio a, struct ratio b)
{
	__int128 num = (__int128)a.num * b.den, den = (__int128)a.den * b.num;

	return den < 0 ? reduce(over, -num, -den) : reduce(over, num, den);
}

static int compare(struct ratio a, struct ratio b)
{
	__int128 x = (__int128)a.num * b.den, y = (__int128)b.num * a.den;

	return (x > y) - (x < y);
}

static struct ratio whole(int64_t v)
{
	return (struct ratio){ v, 1 };
}

static int64_t floor_of(struct ratio a)
{
	return a.num / a.den - (a.num % a.den < 0);
}

static int64_t ceil_of(struct ratio a)
{
	return a.num / a.den + (a.num % a.den > 0);
}

/* --- the simplex: variables between bounds, shifted so that the lower one is 0 --- */

struct simplex {
	size_t rows, columns;
	struct ratio *cell;     /* rows * columns: how much a basic variable falls when a column's one rises by 1 */
	struct ratio *value;    /* of each row's basic variable */
	uint32_t *basic;        /* of each row; columns + row: its artificial variable */
	int64_t *room;          /* of each column: its upper bound, or NO_BOUND */
	uint8_t *state;         /* of each column */
	struct ratio *least, *most; /* of each column, over all vertices that were seen */
	size_t pivots;
	uint64_t work, allowed;
	bool over;
};
enum { AT_LOW, AT_HIGH, BASIC };

static struct ratio *cell_of(const struct simplex *s, size_t row, size_t column)
{
	return &s->cell[row * s->columns + column];
}

/* The bound of a row's basic variable: artificial ones must not leave 0 once they are there. */
static int64_t room_of(const struct simplex *s, size_t row, bool first_phase)
{
	return s->basic[row] < s->columns ? s->room[s->basic[row]] : first_phase ? NO_BOUND : 0;
}

/* How far column j can go in direction d, and which row stops it; *ret_row is rows where its own bound does.
 * false: nothing stops it. */
static bool find_step(struct simplex *s, size_t j, int d, bool first, size_t *ret_row, struct ratio *ret)
{
	bool found = s->room[j] != NO_BOUND;
	size_t i;

	*ret = found ? whole(s->room[j]) : zero;
	*ret_row = s->rows;
	for (i = 0; i < s->rows; i++) {
		struct ratio by = *cell_of(s, i, j), step, left = s->value[i];
		int64_t room = room_of(s, i, first);
		int order;

		if (by.num == 0)
			continue;
		by.num *= d;
		if (by.num < 0) { /* the basic variable rises */
			if (room == NO_BOUND)
				continue;
			left = less_product(&s->over, whole(room), left, whole(1));
			by.num = -by.num;
		}
		step = quotient(&s->over, left, by);
		order = found ? compare(step, *ret) : -1;
		if (order < 0 || (order == 0 && (*ret_row == s->rows ? s->basic[i] < j : s->basic[i] < s->basic[*ret_row]))) {
			found = true;
			*ret = step;
			*ret_row = i;
		}
	}
	return found;
}

static void eliminate(struct simplex *s, size_t row, size_t j)
{
	struct ratio by = *cell_of(s, row, j);
	uint32_t leaving = s->basic[row];
	size_t i, k;

	for (k = 0; k < s->columns; k++)
		if (cell_of(s, row, k)->num != 0)
			*cell_of(s, row, k) = quotient(&s->over, *cell_of(s, row, k), by);
	for (i = 0; i < s->rows; i++) {
		struct ratio factor = *cell_of(s, i, j);

		if (i == row || factor.num == 0)
			continue;
		for (k = 0; k < s->columns; k++)
			if (cell_of(s, row, k)->num != 0)
				*cell_of(s, i, k) = less_product(&s->over, *cell_of(s, i, k), factor, *cell_of(s, row, k));
	}
	if (leaving < s->columns)
		s->state[leaving] = AT_LOW;
	s->basic[row] = (uint32_t)j;
	s->state[j] = BASIC;
}

/* Column j moves by step in direction d. */
static void move(struct simplex *s, size_t j, int d, size_t row, struct ratio step)
{
	struct ratio by = { step.num * d, step.den }, start = s->state[j] == AT_HIGH ? whole(s->room[j]) : zero;
	bool at_high = false;
	size_t i;

	for (i = 0; i < s->rows; i++)
		if (cell_of(s, i, j)->num != 0)
			s->value[i] = less_product(&s->over, s->value[i], *cell_of(s, i, j), by);
	if (row == s->rows) {
		s->state[j] = d > 0 ? AT_HIGH : AT_LOW;
		return;
	}
	if (s->basic[row] < s->columns)
		at_high = s->value[row].num != 0;
	i = s->basic[row];
	eliminate(s, row, j);
	if (i < s->columns && at_high)
		s->state[i] = AT_HIGH;
	s->value[row] = less_product(&s->over, start, by, whole(-1));
}

static struct ratio value_of(const struct simplex *s, size_t j)
{
	size_t i;

	if (s->state[j] != BASIC)
		return s->state[j] == AT_HIGH ? whole(s->room[j]) : zero;
	for (i = 0; i + 1 < s->rows && s->basic[i] != j; i++)
		;
	return s->value[i];
}

static void note_vertex(struct simplex *s)
{
	size_t j;

	for (j = 0; j < s->columns; j++) {
		struct ratio v;

		if (s->state[j] == BASIC)
			continue;
		v = value_of(s, j);
		if (compare(v, s->least[j]) < 0)
			s->least[j] = v;
		if (compare(v, s->most[j]) > 0)
			s->most[j] = v;
	}
	for (j = 0; j < s->rows; j++) {
		uint32_t b = s->basic[j];

		if (b < s->columns && compare(s->value[j], s->least[b]) < 0)
			s->least[b] = s->value[j];
		if (b < s->columns && compare(s->value[j], s->most[b]) > 0)
			s->most[b] = s->value[j];
	}
}

/* How the goal changes when column j rises: the sum of artificial variables, or one variable times sign. */
static int slope(struct simplex *s, size_t j, size_t goal, size_t goal_row, int sign)
{
	struct ratio sum = zero;
	size_t i;

	if (goal < s->columns) {
		if (s->state[goal] != BASIC)
			return j == goal ? sign : 0;
		sum = *cell_of(s, goal_row, j);
		return sum.num > 0 ? -sign : sum.num < 0 ? sign : 0;
	}
	for (i = 0; i < s->rows; i++)
		if (s->basic[i] >= s->columns)
			sum = less_product(&s->over, sum, *cell_of(s, i, j), whole(1));
	return sum.num > 0 ? 1 : sum.num < 0 ? -1 : 0;
}

/* Bland: the first column that makes the goal smaller. columns: none does. */
static size_t entering(struct simplex *s, size_t goal, int sign, int *ret_direction)
{
	size_t j, goal_row = 0;

	while (goal < s->columns && s->state[goal] == BASIC && goal_row + 1 < s->rows && s->basic[goal_row] != goal)
		goal_row++;
	for (j = 0; j < s->columns; j++) {
		int d = s->state[j] == AT_HIGH ? -1 : 1;

		if (s->state[j] == BASIC || s->room[j] == 0)
			continue;
		if (slope(s, j, goal, goal_row, sign) * d < 0) {
			*ret_direction = d;
			return j;
		}
	}
	return s->columns;
}

/* Make column `goal` times sign as small as it gets; goal == columns: the artificial variables. 1: it has no end. */
static int minimise(struct simplex *s, size_t goal, int sign)
{
	bool first = goal == s->columns;
	struct ratio step;
	size_t j, row;
	int d = 1;

	while ((j = entering(s, goal, sign, &d)) < s->columns) {
		if (!find_step(s, j, d, first, &row, &step))
			return 1;
		move(s, j, d, row, step);
		s->work += s->rows * s->columns;
		if (s->over || ++s->pivots > PIVOTS_MAX || s->work > s->allowed)
			return -SPE_E_INTERNAL;
		if (!first)
			note_vertex(s);
	}
	return 0;
}

static bool is_feasible(const struct simplex *s)
{
	size_t i;

	for (i = 0; i < s->rows; i++)
		if (s->basic[i] >= s->columns && s->value[i].num != 0)
			return false;
	return true;
}

static void simplex_free(struct simplex *s)
{
	free(s->cell);
	free(s->value);
	free(s->basic);
	free(s->room);
	free(s->state);
	free(s->least);
	free(s->most);
}

static bool simplex_new(struct simplex *s, size_t rows, size_t columns)
{
	size_t i;

	*s = (struct simplex){ .rows = rows, .columns = columns };
	s->cell = malloc((rows * columns + 1) * sizeof(*s->cell));
	s->value = malloc((rows + 1) * sizeof(*s->value));
	s->basic = malloc((rows + 1) * sizeof(*s->basic));
	s->room = malloc((columns + 1) * sizeof(*s->room));
	s->state = calloc(columns + 1, 1);
	s->least = malloc((columns + 1) * sizeof(*s->least));
	s->most = malloc((columns + 1) * sizeof(*s->most));
	if (!s->cell || !s->value || !s->basic || !s->room || !s->state || !s->least || !s->most) {
		simplex_free(s);
		return false;
	}
	for (i = 0; i < rows * columns; i++)
		s->cell[i] = zero;
	return true;
}

/* --- one group of connected cells --- */

struct group {
	uint32_t *member; /* unknowns */
	size_t n;
	uint32_t *equation;
	size_t equations;
	const uint32_t *position; /* of each unknown in its group */
};

static void fill(struct simplex *s, const struct audit *a, const struct group *g)
{
	size_t i, k;

	for (k = 0; k < g->n; k++) {
		const struct audit_bounds *b = &a->bound[g->member[k]];

		s->room[k] = b->high == NO_BOUND ? NO_BOUND : b->high - b->low;
		s->least[k] = whole(LARGE);
		s->most[k] = whole(-LARGE);
	}
	for (i = 0; i < g->equations; i++) {
		const struct equation *e = &a->equation[g->equation[i]];
		int64_t right = e->right;

		for (k = e->from; k < e->from + e->n; k++) {
			right -= a->coefficient[k] * a->bound[a->index[k]].low;
			cell_of(s, i, g->position[a->index[k]])->num += a->coefficient[k];
		}
		for (k = 0; right < 0 && k < g->n; k++)
			cell_of(s, i, k)->num = -cell_of(s, i, k)->num;
		s->value[i] = whole(right < 0 ? -right : right);
		s->basic[i] = (uint32_t)(g->n + i);
	}
}

static bool is_wide(const struct simplex *s, size_t k, int64_t enough)
{
	return enough > 0 && compare(s->least[k], s->most[k]) <= 0 && floor_of(s->most[k]) - ceil_of(s->least[k]) >= enough;
}

static int solve_exactly(struct audit *a, const struct group *g, int64_t enough, struct audit_bounds *ret)
{
	struct simplex s;
	size_t k;
	int r;

	if (!simplex_new(&s, g->equations, g->n))
		return -SPE_E_INTERNAL;
	fill(&s, a, g);
	s.allowed = a->allowed - a->work;
	r = minimise(&s, g->n, 1);
	if (r == 0 && !is_feasible(&s))
		r = -SPE_E_INPUT;
	if (r >= 0)
		note_vertex(&s);
	for (k = 0; r >= 0 && k < g->n; k++) {
		struct audit_bounds *b = &ret[g->member[k]];
		int64_t low = a->bound[g->member[k]].low;
		bool wide = is_wide(&s, k, enough), endless = false;

		if (!wide)
			r = minimise(&s, k, 1);
		if (r >= 0 && !wide) {
			r = minimise(&s, k, -1);
			endless = r == 1;
		}
		if (r < 0)
			break;
		b->exact = true;
		b->low = low + ceil_of(s.least[k]);
		b->high = endless ? NO_BOUND : low + floor_of(s.most[k]);
	}
	a->work += s.work;
	simplex_free(&s);
	return r < 0 ? r : 0;
}

/* --- elimination modulo a prime, for groups that are too large. Coefficients are -1, 0 and 1 and margins nest, so that
 * determinants of parts are small numbers and no multiple of the prime. --- */

static uint32_t power(uint64_t base, uint32_t exponent)
{
	uint64_t v = 1;

	for (; exponent > 0; exponent >>= 1) {
		if (exponent & 1)
			v = v * base % PRIME;
		base = base * base % PRIME;
	}
	return (uint32_t)v;
}

static void subtract(uint32_t *to, const uint32_t *from, uint64_t factor, size_t n)
{
	size_t k;

	for (k = 0; k < n; k++)
		if (from[k])
			to[k] = (uint32_t)((to[k] + (PRIME - factor) * from[k]) % PRIME);
}

/* The first `columns` of `width` to reduced row echelon form; the last is the right side. Returns its work. */
static uint64_t reduce_rows(uint32_t *m, size_t rows, size_t columns, size_t width)
{
	size_t done = 0, i, j, k;
	uint64_t work = 0;

	for (j = 0; j < columns && done < rows; j++) {
		uint64_t inverse;

		for (i = done; i < rows && m[i * width + j] == 0; i++)
			;
		if (i == rows)
			continue;
		inverse = power(m[i * width + j], PRIME - 2);
		for (k = 0; k < width; k++) {
			uint32_t swap = m[i * width + k];

			m[i * width + k] = m[done * width + k];
			m[done * width + k] = (uint32_t)(swap * inverse % PRIME);
		}
		for (i = 0; i < rows; i++)
			if (i != done && m[i * width + j]) {
				subtract(m + i * width, m + done * width, m[i * width + j], width);
				work += width;
			}
		done++;
	}
	return work;
}

static void fill_modular(uint32_t *m, const struct audit *a, const struct group *g)
{
	size_t width = g->n + 1, i, k;

	for (i = 0; i < g->equations; i++) {
		const struct equation *e = &a->equation[g->equation[i]];
		int64_t right = e->right % PRIME;

		for (k = e->from; k < e->from + e->n; k++)
			m[i * width + g->position[a->index[k]]] = a->coefficient[k] > 0 ? 1 : PRIME - 1;
		m[i * width + g->n] = (uint32_t)(right < 0 ? right + PRIME : right);
	}
}

/* A row with a single unknown left says its value, which is under the prime. */
static int solve_modular(struct audit *a, const struct group *g, struct audit_bounds *ret)
{
	size_t width = g->n + 1, i, k;
	uint32_t *m = calloc(g->equations * width + 1, sizeof(*m));

	if (!m)
		return -SPE_E_INTERNAL;
	fill_modular(m, a, g);
	a->work += reduce_rows(m, g->equations, g->n, width);
	for (i = 0; i < g->equations; i++) {
		size_t entries = 0, at = 0;
		int64_t v = m[i * width + g->n];

		for (k = 0; k < g->n; k++)
			if (m[i * width + k]) {
				entries++;
				at = k;
			}
		if (entries == 1 && v >= ret[g->member[at]].low && v <= ret[g->member[at]].high)
			ret[g->member[at]] = (struct audit_bounds){ v, v, true };
	}
	free(m);
	return 0;
}

static int solve_group(struct audit *a, const struct group *g, int64_t enough, struct audit_bounds *ret)
{
	int r = -SPE_E_INTERNAL;

	if (a->work < a->allowed && g->n <= EXACT_MAX && g->equations <= 4 * EXACT_MAX)
		r = solve_exactly(a, g, enough, ret);
	a->stopped |= a->work >= a->allowed;
	if (!a->stopped && r == -SPE_E_INTERNAL && g->n <= MODULAR_MAX && g->equations <= 2 * MODULAR_MAX)
		r = solve_modular(a, g, ret);
	return r == -SPE_E_INPUT ? r : 0;
}

/* Equations and unknowns in the order of their groups. */
static int solve_groups(struct audit *a, int64_t enough, struct audit_bounds *ret, uint32_t *room)
{
	uint32_t *count = room, *start = count + a->unknowns, *member = start + a->unknowns, *position = member + a->unknowns,
		 *equation_start = position + a->unknowns, *equation = equation_start + a->unknowns;
	size_t i, at = 0, equations = 0;
	int r = 0;

	for (i = 0; i < a->unknowns; i++) {
		uint32_t root = find(a, (uint32_t)i);

		position[i] = count[root]++;
	}
	for (i = 0; i < a->unknowns; i++) {
		start[i] = (uint32_t)at;
		at += count[i];
	}
	for (i = 0; i < a->unknowns; i++)
		member[start[find(a, (uint32_t)i)] + position[i]] = (uint32_t)i;
	for (i = 0; i < a->equations; i++)
		equation_start[find(a, a->index[a->equation[i].from])]++;
	for (i = 0; i < a->unknowns; i++) {
		uint32_t n = equation_start[i];

		equation_start[i] = (uint32_t)equations;
		equations += n;
	}
	for (i = 0; i < a->equations; i++)
		equation[equation_start[find(a, a->index[a->equation[i].from])]++] = (uint32_t)i;
	for (i = 0, at = 0; r == 0 && i < a->unknowns; i++) {
		struct group g = { member + start[i], count[i], equation + at, equation_start[i] - at, position };

		at = equation_start[i];
		if (g.n > 0 && g.equations > 0)
			r = solve_group(a, &g, enough, ret);
	}
	return r;
}

int audit_solve(struct audit *a, int64_t enough, struct audit_bounds *ret)
{
	uint32_t *room;
	int r = propagate(a);

	memcpy(ret, a->bound, a->unknowns * sizeof(*ret));
	if (r < 0 || a->unknowns == 0)
		return r;
	room = calloc(5 * a->unknowns + a->equations + 1, sizeof(*room));
	if (!room)
		return -SPE_E_INTERNAL;
	r = solve_groups(a, enough, ret, room);
	free(room);
	return r;
}

/* --- a table's margins --- */

struct builder {
	struct grid *grid;
	const struct cube *cube;
	uint32_t *number; /* of each full entry: its unknown + 1, or 0 */
	uint32_t *entry;  /* of each unknown */
	size_t unknowns;
	uint32_t *index;  /* terms of the equation at hand */
	int8_t *coefficient;
	size_t index_room, coefficient_room;
	struct audit *audit;
	uint8_t *heading; /* of each row: 0 not asked, 1 a heading, 2 none */
	struct { uint32_t holds, fails; } trust[GRID_DIMS + 3];
	bool no_memory;
	bool told; /* a sum under the threshold */
};

/* A row without any count is a heading, not a row of suppressed cells. */
static bool read_heading(const struct grid *g, size_t row)
{
	size_t i;

	for (i = 0; i < g->columns; i++)
		if ((header_is_count(&g->column[i]) || g->column[i].flags & COL_GROUP) && grid_cell(g, row, i)->kind != CELL_EMPTY)
			return false;
	return true;
}

/* Asked for each cell of a row, looked for once. */
static bool is_heading(struct builder *b, size_t row)
{
	enum { HEADING = 1, COUNTED };

	if (!b->heading[row])
		b->heading[row] = read_heading(b->grid, row) ? HEADING : COUNTED;
	return b->heading[row] == HEADING;
}

static bool number_unknowns(struct builder *b)
{
	const struct cube *c = b->cube;
	size_t i;

	b->number = calloc(c->fulls + 1, sizeof(*b->number));
	b->entry = calloc(c->fulls + 1, sizeof(*b->entry));
	b->heading = calloc(b->grid->rows + 1, 1);
	if (!b->number || !b->entry || !b->heading)
		return false;
	for (i = 0; i < c->fulls; i++)
		if (c->full[i].value < 0 && !is_heading(b, c->full[i].row)) {
			b->entry[b->unknowns++] = (uint32_t)i;
			b->number[i] = (uint32_t)b->unknowns;
		}
	return true;
}

struct sum {
	int64_t right; /* total less the known parts */
	size_t n;      /* terms */
	int64_t most;  /* what the unknown parts can be at most */
};

static void add_term(struct builder *b, struct sum *s, size_t full, int sign)
{
	const struct entry *e = &b->cube->full[full];

	if (b->number[full] == 0) {
		s->right -= sign * (e->value < 0 ? 0 : e->value);
		return;
	}
	if (!room_for((void **)&b->index, &b->index_room, s->n, 1, sizeof(*b->index)) ||
		!room_for((void **)&b->coefficient, &b->coefficient_room, s->n, 1, 1)) {
		b->no_memory = true;
		return;
	}
	b->index[s->n] = b->number[full] - 1;
	b->coefficient[s->n++] = (int8_t)sign;
	if (sign < 0 || e->less == 0)
		s->most = LARGE;
	else if (s->most < LARGE)
		s->most += e->less - 1;
}

/* Rounded totals are no sums, if these are rounded. */
static enum finding_severity told_as(const struct builder *b)
{
	return b->grid->few_rounded ? FINDING_REVIEW : FINDING_BLOCK;
}

static void report_sum(struct builder *b, const struct sum *s)
{
	const struct entry *e = &b->cube->full[b->entry[b->index[0]]];

	if (s->n < 2 || s->right <= 0 || s->right >= b->grid->policy->min_count || b->told)
		return;
	b->told = true;
	report_add(b->grid->report, RULE_MARGINS, told_as(b), grid_place(b->grid, e->row, e->column),
		"suppress one more cell of the row or column, or its total",
		"this suppressed cell and the others of its row or column together count under %lld persons: their total says so",
		(long long)b->grid->policy->min_count);
}

/* A margin that can't be one, such as the total of a list of the ten largest, says nothing. */
static void add_equation(struct builder *b, const struct sum *s)
{
	size_t i;

	for (i = 0; i < s->n && b->coefficient[i] > 0; i++)
		;
	if (s->n == 0 || (i == s->n && (s->right < 0 || s->right > s->most)))
		return;
	if (i == s->n)
		report_sum(b, s);
	if (!audit_equation(b->audit, b->index, b->coefficient, s->n, s->right))
		b->no_memory = true;
}

static size_t trust_of(uint16_t dim)
{
	return dim == DIM_HEADER ? GRID_DIMS : dim == DIM_HEADER - 1 ? GRID_DIMS + 1 : dim < GRID_DIMS ? dim : GRID_DIMS + 2;
}

/* One run of parts against its total; measure: only whether margins hold where all is known. at: for the next run. */
static void read_run(struct builder *b, size_t from, size_t n, size_t *at, bool measure)
{
	const struct cube *c = b->cube;
	size_t total = n < 2 ? c->fulls : cube_full_on(c, c->part[from].key, at), trust = trust_of(part_dim(&c->part[from])), i;
	struct sum s = { 0 };

	if (total == c->fulls)
		return;
	total = c->by_key[total].full;
	s.right = c->full[total].value < 0 ? 0 : c->full[total].value;
	for (i = from; i < from + n; i++)
		add_term(b, &s, part_full(&c->part[i]), 1);
	if (b->number[total] > 0)
		add_term(b, &s, total, -1);
	if (measure && s.n == 0) {
		b->trust[trust].holds += s.right == 0;
		b->trust[trust].fails += s.right != 0;
	}
	if (!measure && b->trust[trust].fails <= b->trust[trust].holds / 4)
		add_equation(b, &s);
}

static void read_runs(struct builder *b, bool measure)
{
	size_t i, n, at = 0;

	for (i = 0; i < b->cube->parts && !b->no_memory; i += n) {
		n = cube_run(b->cube, i);
		read_run(b, i, n, &at, measure);
	}
}

/* --- totals that no word announces: the first or last row or column is the sum of the others --- */

struct lane {
	bool across;  /* sums along rows, so that a column is the total */
	size_t total; /* row or column number */
};

/* The cells of one row (or column) of counts as a sum; false where there are fewer than two parts. */
static bool lane_sum(struct builder *b, const struct lane *l, size_t at, struct sum *ret)
{
	const struct grid *g = b->grid;
	size_t n = l->across ? g->columns : g->rows, i, parts = 0;

	*ret = (struct sum){ 0 };
	for (i = l->across ? 0 : 1; i < n; i++) {
		size_t row = l->across ? at : i, column = l->across ? i : at, full;

		if (!header_is_count(&g->column[column]) || is_heading(b, row))
			continue;
		full = cube_entry(b->cube, (uint32_t)row, (uint32_t)column);
		if (full == b->cube->fulls || b->cube->full[full].row != row || b->cube->full[full].column != column)
			continue;
		parts += i != l->total;
		add_term(b, ret, full, i == l->total ? -1 : 1);
	}
	for (i = 0; i < ret->n; i++) /* parts less total is 0; known ones were taken from the right side */
		if (b->coefficient[i] < 0)
			ret->most = LARGE;
	return parts >= 2;
}

static void read_lane(struct builder *b, const struct lane *l)
{
	const struct grid *g = b->grid;
	size_t n = l->across ? g->rows : g->columns, at, holds = 0;
	struct sum s;

	for (at = l->across ? 1 : 0; at < n; at++) {
		if (!lane_sum(b, l, at, &s) || s.n > 0)
			continue;
		if (s.right != 0)
			return;
		holds++;
	}
	for (at = l->across ? 1 : 0; holds >= (l->across ? 2 : 1) && at < n && !b->no_memory; at++)
		if (lane_sum(b, l, at, &s))
			add_equation(b, &s);
}

static void read_lanes(struct builder *b)
{
	const struct grid *g = b->grid;
	size_t first = g->columns, last = 0, i;

	for (i = 0; i < g->columns; i++)
		if (header_is_count(&g->column[i])) {
			first = i < first ? i : first;
			last = i;
		}
	if (first == g->columns || g->rows < 4 || g->rows > 10000)
		return;
	read_lane(b, &(struct lane){ false, g->rows - 1 });
	read_lane(b, &(struct lane){ false, 1 });
	if (last > first + 1) {
		read_lane(b, &(struct lane){ true, last });
		read_lane(b, &(struct lane){ true, first });
	}
}

/* --- what the audit found --- */

static void set_bounds(struct builder *b, bool from_one)
{
	size_t i;

	for (i = 0; i < b->unknowns; i++) {
		const struct entry *e = &b->cube->full[b->entry[i]];

		audit_bound(b->audit, i, e->less > 1 && from_one ? 1 : 0, e->less > 0 ? e->less - 1 : NO_BOUND);
	}
}

static void judge(struct builder *b, size_t i, const struct audit_bounds *found)
{
	const struct entry *e = &b->cube->full[b->entry[i]];
	int64_t t = b->grid->policy->min_count;
	struct place at = grid_place(b->grid, e->row, e->column);
	bool own = e->less > 0 && found->low <= 1 && found->high == e->less - 1;

	if (own || found->high == NO_BOUND || found->high == 0 || found->low >= t)
		return;
	if (found->low == found->high)
		report_add(b->grid->report, RULE_MARGINS, told_as(b), at,
			"suppress a second cell in its row and in its column, or the totals",
			"this cell is suppressed, but the totals and the cells beside it give it exactly");
	else if ((found->high - found->low) * 2 < t - 2)
		report_add(b->grid->report, RULE_MARGINS, told_as(b), at,
			"suppress a second cell in its row and in its column, or the totals",
			"this cell is suppressed, but the totals and the cells beside it leave it fewer than half of the values under %lld",
			(long long)t);
}

static void solve(struct builder *b)
{
	struct audit_bounds *found = calloc(b->unknowns + 1, sizeof(*found));
	int64_t enough = (b->grid->policy->min_count - 1) / 2;
	size_t i;
	int r = -SPE_E_INTERNAL;

	if (found) {
		set_bounds(b, true);
		r = audit_solve(b->audit, enough, found);
		if (r == -SPE_E_INPUT) {
			set_bounds(b, false);
			r = audit_solve(b->audit, enough, found);
		}
	}
	for (i = 0; r == 0 && i < b->unknowns; i++)
		judge(b, i, &found[i]);
	if (r == -SPE_E_INPUT && !b->grid->few_rounded)
		report_add(b->grid->report, RULE_MARGINS, FINDING_REVIEW, grid_place(b->grid, b->cube->full[b->entry[0]].row,
			b->cube->full[b->entry[0]].column), "show totals of what is shown, or no totals",
			"the totals don't fit the cells beside this suppressed one, so that nobody can say what they tell of it");
	if (r == -SPE_E_INTERNAL)
		b->no_memory = true;
	if (r == 0 && audit_stopped(b->audit))
		report_add(b->grid->report, RULE_MARGINS, FINDING_BLOCK, (struct place){ 0 }, "release several smaller tables",
			"more cells are suppressed than can be followed through the totals");
	free(found);
}

void margins_check(struct grid *g, const struct cube *c, uint64_t *work)
{
	struct builder b = { .grid = g, .cube = c };

	report_ran(g->report, RULE_MARGINS);
	if (g->base != 0 && !g->few_rounded)
		return; /* rounded totals are no sums */
	if (!number_unknowns(&b))
		b.no_memory = true;
	b.audit = b.unknowns > 0 && !b.no_memory ? audit_new(b.unknowns) : NULL;
	if (b.audit) {
		audit_allow(b.audit, *work < AUDIT_WORK ? AUDIT_WORK - *work : 0);
		read_runs(&b, true);
		read_runs(&b, false);
		if (b.audit->equations == 0)
			read_lanes(&b);
		if (b.audit->equations > 0 && !b.no_memory)
			solve(&b);
	}
	if (b.no_memory || (b.unknowns > 0 && !b.audit))
		report_add(g->report, RULE_MARGINS, FINDING_BLOCK, (struct place){ 0 }, "release several smaller tables",
			"there was no memory to find out what the totals tell of suppressed cells");
	*work += b.audit ? audit_work(b.audit) : 0;
	audit_free(b.audit);
	free(b.heading);
	free(b.number);
	free(b.entry);
	free(b.index);
	free(b.coefficient);
}
