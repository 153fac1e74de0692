/* policy/perturb.c - one count made less exact: rounding to a base, to midpoints, and by the cell key method.
 * Sources: OpenSAFELY documentation, disclosure control (redaction and rounding; midpoint 6); Hundepool and others, Handbook on
 * Statistical Disclosure Control, 2nd edition, section 5.4; the R packages ptable and cellKey of sdcTools. */
#include "policy/formats.h"
#include "policy/table.h"
#include "spe/protect.h"

#define ONE 1000000000 /* keys have eight digits, or five at least: in units of the ninth all of them are exact */
#define PTABLE_ROWS 100000u

int64_t count_round(int64_t n, int64_t base)
{
	return base > 1 ? (n + base / 2) / base * base : n;
}

int64_t count_midpoint(int64_t n, int64_t width)
{
	return n > 0 ? (n + width - 1) / width * width - width / 2 : 0;
}

/* --- the cell key method --- */

struct block {
	int64_t count, change, low, high;
};
struct ptable {
	struct block *block;
	size_t n, room;
	const char *name;
	char delimiter;
	size_t column[4];
};

static const char *const ptable_columns[] = { "i", "v", "p_int_lb", "p_int_ub" };

void ptable_free(struct ptable *t)
{
	if (t)
		free(t->block);
	free(t);
}

static int find_columns(struct ptable *t, const struct csv_record *r, struct spe_error *e)
{
	char fold[16];
	size_t i, k;

	for (k = 0; k < 4; k++) {
		for (i = 0; i < r->count; i++) {
			size_t n = r->field[i].len < sizeof(fold) ? text_fold(r->field[i].p, r->field[i].len, false, fold) : 0;

			if (n == strlen(ptable_columns[k]) && memcmp(fold, ptable_columns[k], n) == 0)
				break;
		}
		if (i == r->count)
			return spe_fail(e, SPE_E_INPUT, "%s:1: there is no column %s; a table of perturbations has i, v, p_int_lb and p_int_ub", t->name,
				ptable_columns[k]);
		t->column[k] = i;
	}
	return 0;
}

static bool read_value(const struct csv_field *f, char delimiter, bool whole, double *ret)
{
	struct number n = number_read(f->p, f->len, delimiter);

	*ret = n.value;
	return n.used == f->len && n.used > 0 && n.value > -1e6 && n.value < 1e6 && (!whole || n.value == (double)(int64_t)n.value);
}

static int64_t in_units(double v)
{
	return (int64_t)(v * ONE + .5);
}

/* Lines of one count follow each other, and their intervals begin at 0, meet, and end at 1. */
static int add_block(struct ptable *t, const struct csv_record *r, struct spe_error *e)
{
	const struct block *last = t->n > 0 ? &t->block[t->n - 1] : NULL;
	double v[4];
	struct block b;
	size_t k;

	for (k = 0; k < 4; k++)
		if (!read_value(&r->field[t->column[k]], t->delimiter, k < 2, &v[k]))
			return spe_fail(e, SPE_E_INPUT, "%s:%llu: %s is no %s", t->name, (unsigned long long)r->line, ptable_columns[k],
				k < 2 ? "whole number" : "number");
	b = (struct block){ (int64_t)v[0], (int64_t)v[1], in_units(v[2]), in_units(v[3]) };
	if (b.count < 0 || b.count + b.change < 0)
		return spe_fail(e, SPE_E_INPUT, "%s:%llu: i + v is under 0", t->name, (unsigned long long)r->line);
	if (last && b.count == last->count ? b.low != last->high
					   : b.low != 0 || (last && (last->high != ONE || b.count != last->count + 1)))
		return spe_fail(e, SPE_E_INPUT, "%s:%llu: the intervals of each i have to go from 0 to 1 without gaps, and i up by one",
			t->name, (unsigned long long)r->line);
	if (b.high <= b.low || b.high > ONE)
		return spe_fail(e, SPE_E_INPUT, "%s:%llu: p_int_ub is not between p_int_lb and 1", t->name, (unsigned long long)r->line);
	if (t->n == PTABLE_ROWS || !room_for((void **)&t->block, &t->room, t->n, 1, sizeof(b)))
		return spe_fail(e, SPE_E_INTERNAL, "%s: no table of perturbations is as long", t->name);
	t->block[t->n++] = b;
	return 0;
}

static int read_lines(struct ptable *t, struct csv *c, const char *text, size_t len, struct spe_error *e)
{
	struct csv_record record;
	bool header = false;
	size_t at = 0;
	int r = 0;

	while (r >= 0 && at <= len) {
		size_t piece = len - at < CSV_FIELD_MAX ? len - at : CSV_FIELD_MAX;

		r = csv_feed(c, text + at, piece, e);
		while (r >= 0 && (r = csv_next(c, &record, e)) == 1) {
			r = header ? add_block(t, &record, e) : find_columns(t, &record, e);
			header = true;
		}
		at += piece;
		if (piece == 0)
			break;
	}
	return r;
}

int ptable_parse(const char *text, size_t len, const char *name, struct ptable **ret, struct spe_error *e)
{
	struct ptable *t = calloc(1, sizeof(*t));
	struct csv *c = NULL;
	int r;

	if (!t)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	t->name = name;
	t->delimiter = table_delimiter(text, len, false);
	r = csv_new(&c, t->delimiter);
	if (r < 0) {
		free(t);
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	}
	r = read_lines(t, c, text, len, e);
	csv_free(c);
	if (r == 0 && (t->n == 0 || t->block[0].count > 1 || t->block[t->n - 1].high != ONE))
		r = spe_fail(e, SPE_E_INPUT, "%s: i has to begin at 0 or 1, and the last interval to end at 1", name);
	if (r < 0) {
		ptable_free(t);
		return r;
	}
	*ret = t;
	return 0;
}

int64_t ptable_perturb(const struct ptable *t, int64_t n, double keys)
{
	int64_t key = in_units(keys) % ONE, count = n < t->block[t->n - 1].count ? n : t->block[t->n - 1].count;
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->block[i].count == count && (key <= t->block[i].high && (key > t->block[i].low || key == 0)))
			return n + t->block[i].change;
	return n; /* 0 without a line of its own */
}
