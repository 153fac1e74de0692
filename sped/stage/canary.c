/* stage/canary.c - rows of nobody, planted among those of a table where the policy asks for them (spe-policy(5),
 * canaries). Each value of such a row is one that its column has in some row before it, drawn from all of them alike and
 * each on its own, so that no row of anybody has them together. Where they stand and what they hold follows from the
 * permit's key. How many rows there will be is not known, so each value is drawn anew again and again: after r rows the
 * next draw that changes it is the one after r/u rows, u even in (0,1) (reservoir sampling with skips; Vitter, 1985).
 * Decoys are made in the same way and planted nowhere: what an output has of them by chance counts against what it has
 * of the planted rows (policy/staged.c). */
#include <stdlib.h>
#include <string.h>

#include "sped/stage/stage.h"

#define VALUE_MAX 256u      /* bytes; a longer value is a text of somebody, and is left out */
#define CELLS_MAX (1u << 16) /* values of all rows made for a table, decoys too: 16 MiB at most */
#define ROWS_EACH 100u      /* rows that are staged before each planted one, at least */

struct wish {
	uint64_t staged; /* at this row of those that are staged the value is drawn again */
	uint32_t made, column;
};
struct canaries {
	size_t columns, count, wishes;
	size_t next[2];           /* of the decoys, and of those that are planted */
	bool ordered;             /* rows are put in order once all are there */
	uint64_t staged;          /* rows so far */
	uint64_t planted, decoys; /* that are done */
	struct wish *wish;        /* a heap: the first one comes next */
	struct canary *made;      /* by place */
	struct csv_field *field;  /* of all of them */
	char (*value)[VALUE_MAX];
	uint64_t state;
};

static uint64_t draw(struct canaries *c, uint64_t below) /* splitmix64 (Steele, Lea and Flood, 2014) */
{
	uint64_t z = c->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (z ^ z >> 31) % below;
}

/* r/u rows, and at least the next one. */
static uint64_t later(struct canaries *c)
{
	const double u = (double)(draw(c, 1ull << 52) + 1) / (double)(1ull << 52), rows = (double)c->staged / u;

	return rows < 1e18 ? (uint64_t)rows + 1 : UINT64_MAX;
}

static int by_place(const void *a, const void *b)
{
	const struct canary *x = a, *y = b;

	return x->row == y->row ? (x->nobody > y->nobody) - (x->nobody < y->nobody) : x->row < y->row ? -1 : 1;
}

/* In the upper part of the table, where the values of many rows are there to choose from. */
static void places_draw(struct canaries *c, uint64_t rows)
{
	const uint64_t from = rows / 16 + 2;
	size_t i;

	for (i = 0; i < c->count; i++)
		c->made[i] = (struct canary){ .row = from + draw(c, rows - from + 1), .nobody = (uint32_t)(i / CANARY_EACH),
			.planted = i % CANARY_EACH == 0, .late = (uint32_t)draw(c, ROWS_EACH), .field = c->field + i * c->columns };
	qsort(c->made, c->count, sizeof(*c->made), by_place);
}

/* All want the first row: any order is a heap. */
static void wishes_make(struct canaries *c)
{
	size_t i, k;

	for (i = 0; i < c->count; i++)
		for (k = 0; k < c->columns; k++)
			c->wish[c->wishes++] = (struct wish){ .staged = 1, .made = (uint32_t)i, .column = (uint32_t)k };
}

/* The first wish is for a later row now. */
static void wish_sink(struct canaries *c)
{
	const struct wish moved = c->wish[0];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < c->wishes) {
		if (child + 1 < c->wishes && c->wish[child + 1].staged < c->wish[child].staged)
			child++;
		if (moved.staged <= c->wish[child].staged)
			break;
		c->wish[i] = c->wish[child];
		i = child;
	}
	c->wish[i] = moved;
}

static size_t count_for(size_t wanted, uint64_t rows, size_t columns)
{
	size_t most = CELLS_MAX / columns / CANARY_EACH;

	if (wanted > rows / ROWS_EACH)
		wanted = (size_t)(rows / ROWS_EACH);
	return (wanted < most ? wanted : most) * CANARY_EACH;
}

int canaries_new(struct canaries **ret, uint64_t seed, size_t wanted, uint64_t rows, size_t columns, bool ordered)
{
	struct canaries *c = calloc(1, sizeof(*c));
	size_t cells;

	if (!c)
		return -SPE_E_INTERNAL;
	c->state = seed;
	c->columns = columns;
	c->ordered = ordered;
	c->count = count_for(wanted, rows, columns);
	cells = c->count * columns;
	c->made = calloc(c->count + 1, sizeof(*c->made));
	c->wish = calloc(cells + 1, sizeof(*c->wish));
	c->field = calloc(cells + 1, sizeof(*c->field));
	c->value = calloc(cells + 1, sizeof(*c->value));
	if (!c->made || !c->wish || !c->field || !c->value) {
		canaries_free(c);
		return -SPE_E_INTERNAL;
	}
	if (c->count > 0)
		places_draw(c, rows);
	wishes_make(c);
	*ret = c;
	return 0;
}

void canaries_free(struct canaries *c)
{
	if (!c)
		return;
	free(c->made);
	free(c->wish);
	free(c->field);
	free(c->value);
	free(c);
}

static void take(struct canaries *c, const struct wish *w, const struct csv_field *f)
{
	struct csv_field *to = &c->made[w->made].field[w->column];
	char *value = c->value[to - c->field];

	*to = (struct csv_field){ .p = value };
	if (f->len > VALUE_MAX || c->made[w->made].gone)
		return;
	memcpy(value, f->p, f->len);
	to->len = f->len;
}

void canaries_see(struct canaries *c, const struct csv_field *field)
{
	c->staged++;
	while (c->wishes > 0 && c->wish[0].staged <= c->staged) {
		struct wish *w = &c->wish[0];

		take(c, w, &field[w->column]);
		w->staged = later(c);
		wish_sink(c);
	}
}

/* Of a register that is in some order a permit may take any part: what was to stand in another part comes in this one, but no more than
 * its own rows allow, and not where a multiple of a hundred rows would tell who it is. */
static bool may_come(const struct canaries *c, const struct canary *made)
{
	return made->planted ? c->staged >= ROWS_EACH * (c->planted + 1) + made->late : c->decoys < (CANARY_EACH - 1) * c->planted;
}

static struct canary *next_of(struct canaries *c, bool planted, uint64_t row)
{
	size_t *i = &c->next[planted];

	while (*i < c->count && c->made[*i].planted != planted)
		++*i;
	return *i < c->count && c->made[*i].row <= row && may_come(c, &c->made[*i]) ? &c->made[(*i)++] : NULL;
}

/* Who leaves the last lines away would leave away what stands there. */
const struct canary *canaries_due(struct canaries *c, uint64_t row)
{
	struct canary *made = row < UINT64_MAX || c->ordered ? next_of(c, true, row) : NULL;

	if (!made)
		made = next_of(c, false, row);
	if (!made)
		return NULL;
	*(made->planted ? &c->planted : &c->decoys) += 1;
	made->gone = true;
	return made;
}
