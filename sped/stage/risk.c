/* stage/risk.c - how well the rows of a staged table hide in each other: rows that agree in all quasi-identifiers are a
 * class. k: the smallest class (Sweeney, 2002); uniques: classes of one; l: the fewest different sensitive values of a
 * class, and entropy-l: floor(min exp(-sum q ln q)) (Machanavajjhala et al., 2007); t: how far a class is from the whole
 * table (Li et al., 2007), for numbers by the earth mover's distance over their order,
 * 1/(m-1) sum |sum_{j<=i} (q_j - p_j)|, else half of sum |q - p|. What is missing is no value of these: where all others of a class
 * have one and the same, it hides nobody.
 * A class counts persons where the table says who they are, else rows: five records of one person hide nobody. So rows of
 * such a table whose person is not known count as one. */
#include <endian.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "policy/values.h"
#include "sped/stage/stage.h"

#define CLASS 16
#define SPILL_BYTES (4u << 20) /* held in memory; there are three of these for a table */
#define DISTINCT_MAX (1u << 18) /* different sensitive values; with more t says nothing, each being its own */

struct by_class {
	uint8_t class[CLASS];
	uint64_t what; /* person or value, big-endian */
};
struct value_count {
	uint64_t v; /* in order */
	double p;   /* share up to here, and */
	double sum; /* of all p before */
};

struct risk {
	const struct risk_plan *plan;
	uint64_t rows, valued; /* with a sensitive value */
	struct spill *persons; /* of by_class; NULL: rows count */
	struct spill *values;  /* of by_class; NULL: nothing is sensitive */
	struct spill *all;     /* of the values alone */
	struct value_count *whole;
	size_t distinct;
	bool too_many;
	struct in_class {
		size_t i; /* of whole */
		uint64_t count;
	} *mine;
	size_t mines, mines_room;
};

int risk_new(struct risk **ret, const struct risk_plan *plan, int dir)
{
	struct risk *r = calloc(1, sizeof(*r));
	int bad = r ? 0 : -ENOMEM;

	if (bad == 0) {
		r->plan = plan;
		bad = spill_new(&r->persons, dir, SPILL_BYTES);
	}
	if (bad == 0 && plan->sensitive != RISK_NOTHING)
		bad = spill_new(&r->values, dir, SPILL_BYTES);
	if (bad == 0 && plan->sensitive != RISK_NOTHING)
		bad = spill_new(&r->all, dir, SPILL_BYTES);
	if (bad < 0) {
		risk_free(r);
		return bad;
	}
	*ret = r;
	return 0;
}

void risk_free(struct risk *r)
{
	if (!r)
		return;
	spill_free(r->persons);
	spill_free(r->values);
	spill_free(r->all);
	free(r->whole);
	free(r->mine);
	free(r);
}

/* ---- rows ---- */

static uint64_t mix_bytes(uint64_t h, const char *p, size_t n)
{
	uint64_t word;

	h = value_mix(h, n);
	for (; n >= sizeof(word); p += sizeof(word), n -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = value_mix(h, word);
	}
	word = 0;
	if (n > 0)
		memcpy(&word, p, n);
	return value_mix(h, word);
}

/* What stands for a missing value may be nothing or NA: one and the same. */
static uint64_t mix_field(uint64_t h, const struct risk_plan *plan, const struct csv_field *field, size_t place)
{
	const struct csv_field *f = &field[place];

	return mix_bytes(h, f->p, value_missing(plan->type[place], f->p, f->len) ? 0 : f->len);
}

static void class_of(const struct risk_plan *plan, const struct csv_field *field, uint8_t ret[CLASS])
{
	uint64_t h[2] = { 1, 2 };
	size_t i;

	for (i = 0; i < plan->quasis; i++) {
		h[0] = mix_field(h[0], plan, field, plan->quasi[i]);
		h[1] = mix_field(h[1], plan, field, plan->quasi[i]);
	}
	memcpy(ret, h, CLASS);
}

/* A double's bits in the order of its values; what is no number comes first. */
static uint64_t number_key(const struct csv_field *f)
{
	long double n;
	double d;
	uint64_t bits;

	if (!value_number(f->p, f->len, &n))
		return 0;
	d = (double)n == 0 ? 0 : (double)n; /* no negative zero */
	memcpy(&bits, &d, sizeof(bits));
	return bits >> 63 ? ~bits : bits | 1ull << 63;
}

int risk_row(struct risk *r, const struct csv_field *field, const char *token)
{
	const struct risk_plan *plan = r->plan;
	struct by_class c;
	int bad;

	r->rows++;
	class_of(plan, field, c.class);
	c.what = htobe64(token ? mix_bytes(3, token, PSN_TOKEN) : plan->people ? 0 : r->rows); /* they may all be one person's */
	bad = spill_add(r->persons, &c, sizeof(c));
	if (bad < 0 || plan->sensitive == RISK_NOTHING || value_missing(DATA_NUMBER, field[plan->sensitive].p, field[plan->sensitive].len))
		return bad;
	r->valued++;
	c.what = htobe64(plan->numeric ? number_key(&field[plan->sensitive]) : mix_field(4, plan, field, plan->sensitive));
	bad = spill_add(r->values, &c, sizeof(c));
	return bad < 0 ? bad : spill_add(r->all, &c.what, sizeof(c.what));
}

static int next(struct spill *s, void *ret, size_t size)
{
	const void *record;
	size_t n;
	int r = spill_next(s, &record, &n);

	if (r > 0)
		memcpy(ret, record, size);
	return r;
}

/* ---- classes ---- */

static int sizes(struct risk *r, struct risk_found *ret)
{
	struct by_class c, before = { 0 };
	uint64_t size = 0;
	int more = spill_order(r->persons);

	if (more < 0)
		return more;
	while ((more = next(r->persons, &c, sizeof(c))) > 0) {
		const bool same = size > 0 && memcmp(c.class, before.class, CLASS) == 0;

		if (same && c.what == before.what)
			continue; /* this person again */
		if (!same && size > 0) {
			ret->k = ret->classes++ == 0 || size < ret->k ? size : ret->k;
			ret->uniques += size == 1;
		}
		size = same ? size + 1 : 1;
		ret->units++;
		before = c;
	}
	if (more == 0 && size > 0) {
		ret->k = ret->classes++ == 0 || size < ret->k ? size : ret->k;
		ret->uniques += size == 1;
	}
	return more;
}

/* ---- the whole table's values ---- */

static int whole_add(struct risk *r, uint64_t v)
{
	if (r->distinct > 0 && r->whole[r->distinct - 1].v == v) {
		r->whole[r->distinct - 1].p += 1;
		return 0;
	}
	if (r->distinct == DISTINCT_MAX) {
		r->too_many = true;
		return 0;
	}
	if ((r->distinct & (r->distinct - 1)) == 0) { /* 0, 1, 2, 4, ... */
		struct value_count *w = reallocarray(r->whole, r->distinct ? 2 * r->distinct : 1, sizeof(*w));

		if (!w)
			return -ENOMEM;
		r->whole = w;
	}
	r->whole[r->distinct++] = (struct value_count){ .v = v, .p = 1 };
	return 0;
}

/* From counts to shares up to each value, and what these add up to. */
static void whole_shares(struct risk *r)
{
	double so_far = 0, sum = 0;
	size_t i;

	for (i = 0; i < r->distinct; i++) {
		so_far += r->whole[i].p;
		r->whole[i].p = so_far / (double)r->valued;
		r->whole[i].sum = sum;
		sum += r->whole[i].p;
	}
}

static int whole(struct risk *r)
{
	uint64_t v;
	int more = spill_order(r->all);

	while (more >= 0 && !r->too_many && (more = next(r->all, &v, sizeof(v))) > 0)
		more = whole_add(r, be64toh(v));
	if (more < 0)
		return more;
	whole_shares(r);
	return 0;
}

static size_t whole_index(const struct risk *r, uint64_t v)
{
	size_t low = 0, high = r->distinct;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (r->whole[middle].v <= v)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static double share(const struct risk *r, size_t i)
{
	return r->whole[i].p - (i > 0 ? r->whole[i - 1].p : 0);
}

static double sum_before(const struct risk *r, size_t i)
{
	return i < r->distinct ? r->whole[i].sum : r->whole[i - 1].sum + r->whole[i - 1].p;
}

/* The sum of |q - p_i| for i of [from, to): the shares p grow, so they are under q first and over it then. */
static double apart(const struct risk *r, size_t from, size_t to, double q)
{
	size_t low = from, high = to;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (r->whole[middle].p < q)
			low = middle + 1;
		else
			high = middle;
	}
	return q * (double)(low - from) - (sum_before(r, low) - sum_before(r, from)) + (sum_before(r, to) - sum_before(r, low)) -
	       q * (double)(to - low);
}

static double numbers_apart(const struct risk *r, double size)
{
	double total = 0, q = 0;
	size_t at = 0, i;

	if (r->distinct < 2)
		return 0;
	for (i = 0; i < r->mines; i++) {
		total += apart(r, at, r->mine[i].i, q);
		at = r->mine[i].i;
		q += (double)r->mine[i].count / size;
	}
	total += apart(r, at, r->distinct, q);
	return total / (double)(r->distinct - 1);
}

static double words_apart(const struct risk *r, double size)
{
	double total = 0, theirs = 0;
	size_t i;

	for (i = 0; i < r->mines; i++) {
		const double p = share(r, r->mine[i].i);

		total += fabs((double)r->mine[i].count / size - p);
		theirs += p;
	}
	return (total + (1 - theirs)) / 2; /* values that the class does not have count with all of their share */
}

static void class_end(struct risk *r, struct risk_found *ret)
{
	double size = 0, entropy = 0, t;
	uint64_t different;
	size_t i;

	for (i = 0; i < r->mines; i++)
		size += (double)r->mine[i].count;
	for (i = 0; i < r->mines; i++)
		entropy -= (double)r->mine[i].count / size * log((double)r->mine[i].count / size);
	different = r->mines;
	t = r->plan->numeric ? numbers_apart(r, size) : words_apart(r, size);
	if (t > ret->t)
		ret->t = t;
	if (ret->l == 0 || different < ret->l)
		ret->l = different;
	entropy = floor(exp(entropy) + 1e-9); /* e^(ln 3) is not quite 3 */
	if (ret->entropy_l == 0 || entropy < (double)ret->entropy_l)
		ret->entropy_l = (uint64_t)entropy;
	r->mines = 0;
}

static int class_add(struct risk *r, size_t i, bool again)
{
	if (again) {
		r->mine[r->mines - 1].count++;
		return 0;
	}
	if (r->mines == r->mines_room) {
		const size_t room = r->mines_room ? 2 * r->mines_room : 16;
		struct in_class *mine = reallocarray(r->mine, room, sizeof(*mine));

		if (!mine)
			return -ENOMEM;
		r->mine = mine;
		r->mines_room = room;
	}
	r->mine[r->mines++] = (struct in_class){ i, 1 };
	return 0;
}

static int classes(struct risk *r, struct risk_found *ret)
{
	struct by_class c, before = { 0 };
	bool any = false;
	int more = spill_order(r->values);

	while (more >= 0 && (more = next(r->values, &c, sizeof(c))) > 0) {
		const bool same = any && memcmp(c.class, before.class, CLASS) == 0;

		if (any && !same)
			class_end(r, ret);
		more = class_add(r, whole_index(r, be64toh(c.what)), same && c.what == before.what);
		before = c;
		any = true;
	}
	if (more < 0)
		return more;
	if (any)
		class_end(r, ret);
	return 0;
}

/* l alone, where there are too many values to hold. */
static int fewest(struct risk *r, struct risk_found *ret)
{
	struct by_class c, before = { 0 };
	uint64_t different = 0;
	int more = spill_order(r->values);

	while (more >= 0 && (more = next(r->values, &c, sizeof(c))) > 0) {
		const bool same = different > 0 && memcmp(c.class, before.class, CLASS) == 0;

		if (!same && different > 0 && (ret->l == 0 || different < ret->l))
			ret->l = different;
		different = !same ? 1 : different + (c.what != before.what);
		before = c;
	}
	if (different > 0 && (ret->l == 0 || different < ret->l))
		ret->l = different;
	return more < 0 ? more : 0;
}

int risk_end(struct risk *r, struct risk_found *ret)
{
	int bad;

	*ret = (struct risk_found){ .rows = r->rows };
	bad = sizes(r, ret);
	if (bad < 0 || r->plan->sensitive == RISK_NOTHING)
		return bad;
	bad = whole(r);
	if (bad < 0)
		return bad;
	ret->has_t = !r->too_many;
	return r->too_many ? fewest(r, ret) : classes(r, ret);
}
