/* policy/protect.c - see spe/protect.h. The table is read as the checks read it, so that what they take for a count, a total or
 * a percentage is what is changed here.
 * Sources: OpenSAFELY documentation, disclosure control (redact, then round; totals of rounded counts); Hundepool and others,
 * Handbook on Statistical Disclosure Control, 2nd edition, chapters 4 and 5 (secondary suppression); OMOP's omopgenerics (every
 * estimate of a suppressed count goes too). */
#include "spe/cleanup.h"
#include "spe/protect.h"

#include <stdio.h>

#include "policy/formats.h"
#include "policy/table.h"

#define SUPPRESSED "[REDACTED]"
#define GONE (-1) /* as entries have it: suppressed */
#define WIDENINGS 2000 /* searches for one more cell to suppress; each reads the table again */
#define NONE SIZE_MAX

struct protector {
	const struct policy *policy;
	const struct protect *how;
	struct policy_file file;
	struct report *report;
	struct protect_told *told;
	struct grid g;
	struct cube c;
	char delimiter;
	int64_t *made;      /* of each full entry */
	uint8_t *state;     /* UNMADE, ... */
	uint8_t *hidden;    /* of each full entry: suppressed for another's sake */
	uint32_t *part_of, *next_part; /* parts of each full entry: the first + 1, and of each part the next + 1 */
	size_t key;         /* column, or NONE */
	struct out out;
};
enum { UNMADE, MAKING, MADE };

/* --- reading --- */

static bool says(const struct grid *g, size_t column, const char *header)
{
	char want[HEADER_MAX], fold[HEADER_MAX];
	size_t n = text_fold(header, strlen(header) < HEADER_MAX ? strlen(header) : HEADER_MAX, false, want);

	return grid_fold(g, 0, column, fold, sizeof(fold)) == n && memcmp(want, fold, n) == 0;
}

static size_t find_column(const struct grid *g, const char *header)
{
	size_t i;

	for (i = 0; i < g->columns && !says(g, i, header); i++)
		;
	return i < g->columns ? i : NONE;
}

/* What the caller says of columns holds before what their headers say. */
static int name_columns(struct grid *g, const struct protect *how, struct spe_error *e)
{
	size_t i, k;

	for (k = 0; k < how->column_count; k++)
		if (find_column(g, how->columns[k]) == NONE)
			return spe_fail(e, SPE_E_INPUT, "there is no column \"%.80s\" in the table", how->columns[k]);
	for (i = 0; how->column_count > 0 && i < g->columns; i++) {
		struct column *c = &g->column[i];

		for (k = 0; k < how->column_count && !says(g, i, how->columns[k]); k++)
			;
		if (k < how->column_count)
			c->role = ROLE_COUNT;
		else if (header_is_count(c) || c->role == ROLE_TOTAL)
			c->role = ROLE_CODE;
		c->flags |= k < how->column_count ? 0 : COL_SAID;
	}
	if (how->column_count > 0)
		header_forget(g);
	return 0;
}

/* The grid of a table and its counts, as the checks have them. */
static int load(struct grid *g, struct cube *c, struct protector *p, const char *bytes, size_t n, struct spe_error *e)
{
	int r;

	*g = (struct grid){ .policy = p->policy, .report = p->report, .file = &p->file, .unit = hash_bytes("persons", 7) };
	r = grid_csv(g, bytes, n, p->delimiter, e);
	if (r < 0)
		return r;
	if (g->all_rows != g->rows)
		return spe_fail(e, SPE_E_TOO_LARGE, "the table has more rows or cells than policy %s lets leave", p->policy->name);
	if (g->rows < 2)
		return spe_fail(e, SPE_E_INPUT, "the table has no rows below its header");
	if (!header_read(g))
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	r = name_columns(g, p->how, e);
	if (r < 0)
		return r;
	if (!cube_make(g, c))
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	cube_find_cross(g, c);
	return c->cut ? spe_fail(e, SPE_E_TOO_LARGE, "the table has more counts than can be followed through their totals") : 0;
}

static void unload(struct grid *g, struct cube *c)
{
	cube_free(c);
	grid_clear(g);
}

static int prepare(struct protector *p, struct spe_error *e)
{
	const struct cube *c = &p->c;
	size_t i;

	p->made = calloc(c->fulls + 1, sizeof(*p->made));
	p->state = calloc(c->fulls + 1, 1);
	p->hidden = calloc(c->fulls + 1, 1);
	p->part_of = calloc(c->fulls + 1, sizeof(*p->part_of));
	p->next_part = calloc(c->parts + 1, sizeof(*p->next_part));
	if (!p->made || !p->state || !p->hidden || !p->part_of || !p->next_part)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	for (i = 0; i < c->parts; i++) {
		uint32_t full = part_full(&c->part[i]);

		p->next_part[i] = p->part_of[full];
		p->part_of[full] = (uint32_t)i + 1;
	}
	p->key = p->how->ptable ? find_column(&p->g, p->how->key_column) : NONE;
	if (p->how->ptable && p->key == NONE)
		return spe_fail(e, SPE_E_INPUT, "there is no column \"%.80s\" of record keys' sums in the table", p->how->key_column);
	return 0;
}

/* --- counts --- */

static bool rounds(const struct protect *how)
{
	return how->base > 1 || how->midpoint > 0;
}

/* The first part with this key, or parts. */
static size_t part_find(const struct cube *c, uint64_t key)
{
	size_t low = 0, high = c->parts;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c->part[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The run that part i is in. */
static size_t run_of(const struct cube *c, size_t i, size_t *ret_n)
{
	while (i > 0 && c->part[i - 1].key == c->part[i].key && c->part[i - 1].rest >> 24 == c->part[i].rest >> 24)
		i--;
	*ret_n = cube_run(c, i);
	return i;
}

/* Counts of which entry i is the sum, all of them known: the first, or parts. */
static size_t find_addends(const struct protector *p, size_t i, size_t *ret_n)
{
	const struct cube *c = &p->c;
	size_t at, k;

	for (at = part_find(c, c->full[i].key); at < c->parts && c->part[at].key == c->full[i].key; at += *ret_n) {
		int64_t sum = 0;

		*ret_n = cube_run(c, at);
		for (k = at; k < at + *ret_n && sum >= 0; k++) {
			const struct entry *e = cube_of(c, k);

			sum = e->value < 0 || part_full(&c->part[k]) == i || p->state[part_full(&c->part[k])] == MAKING ? GONE : sum + e->value;
		}
		if (*ret_n > 1 && sum == c->full[i].value)
			return at;
	}
	return c->parts;
}

static int64_t make_alone(const struct protector *p, const struct entry *e)
{
	const struct protect *how = p->how;

	if (e->value > 0 && e->value <= how->redact)
		return GONE;
	if (how->ptable && !e->announced)
		return ptable_perturb(how->ptable, e->value, grid_cell(&p->g, e->row, p->key)->value);
	return how->midpoint > 0 ? count_midpoint(e->value, how->midpoint) : count_round(e->value, how->base);
}

static int64_t make(struct protector *p, size_t i);

/* A total is what the counts shown add up to, so that it tells nothing more. */
static int64_t make_sum(struct protector *p, size_t at, size_t n)
{
	int64_t sum = 0;
	size_t k;

	for (k = at; k < at + n; k++) {
		int64_t one = make(p, part_full(&p->c.part[k]));

		sum += one > 0 ? one : 0;
	}
	return sum;
}

static int64_t make(struct protector *p, size_t i)
{
	const struct entry *e = &p->c.full[i];
	size_t n = 0, at;

	if (p->state[i] != UNMADE)
		return p->made[i];
	p->state[i] = MAKING;
	if (e->value < 0 || p->hidden[i]) {
		p->made[i] = GONE;
	} else {
		at = rounds(p->how) ? find_addends(p, i, &n) : p->c.parts;
		p->made[i] = at < p->c.parts && e->value > p->how->redact ? make_sum(p, at, n) : make_alone(p, e);
		p->made[i] = p->made[i] == 0 && e->value > 0 && p->how->redact > 0 ? GONE : p->made[i];
		p->told->totals += at < p->c.parts && p->made[i] >= 0;
	}
	p->state[i] = MADE;
	p->told->suppressed += p->made[i] < 0 && e->value >= 0 && !p->hidden[i];
	p->told->rounded += p->made[i] >= 0 && p->made[i] != e->value;
	return p->made[i];
}

static void make_all(struct protector *p)
{
	size_t i;

	memset(p->state, UNMADE, p->c.fulls);
	p->told->suppressed = p->told->rounded = p->told->totals = p->told->counts = 0;
	for (i = 0; i < p->c.fulls; i++) {
		make(p, i);
		p->told->counts += p->c.full[i].value >= 0;
	}
}

/* The entry of a cell, or NONE. row 0: of what a header announces. */
static size_t entry_at(const struct protector *p, size_t row, size_t column)
{
	size_t i = cube_entry(&p->c, (uint32_t)row, (uint32_t)column);

	return i < p->c.fulls && p->c.full[i].row == row && p->c.full[i].column == column ? i : NONE;
}

/* --- percentages --- */

struct share {
	double value, scale; /* of 100 or of 1 */
	unsigned decimals;
};

static bool is_share_of(const struct share *s, int64_t part, int64_t whole)
{
	double half = .5, got = s->scale * (double)part / (double)(whole > 0 ? whole : 1);
	unsigned i;

	for (i = 0; i < s->decimals; i++)
		half /= 10;
	return whole > 0 && part <= whole && got - s->value <= half * (1 + 1e-9) && s->value - got <= half * (1 + 1e-9);
}

struct whole {
	int64_t was, is;
};

/* The parts' sum stands for a total that is not shown. */
static struct whole whole_of_run(struct protector *p, size_t part)
{
	size_t n, at = run_of(&p->c, part, &n), full = cube_full(&p->c, p->c.part[at].key), k;
	struct whole w = { 0, 0 };

	if (full < p->c.fulls) {
		full = p->c.by_key[full].full;
		return (struct whole){ p->c.full[full].value, make(p, full) };
	}
	for (k = at; k < at + n; k++) {
		const size_t one = part_full(&p->c.part[k]);

		if (p->c.full[one].value < 0)
			return (struct whole){ 0, 0 };
		w.was += p->c.full[one].value;
		w.is += make(p, one) > 0 ? p->made[one] : 0;
	}
	return w;
}

/* What count i is a share of: its column's N, a total, or another count of its row. */
static bool find_whole(struct protector *p, size_t i, const struct share *s, struct whole *ret)
{
	const struct entry *e = &p->c.full[i];
	size_t k = entry_at(p, 0, e->column);
	uint32_t part;

	if (k != NONE && is_share_of(s, e->value, p->c.full[k].value)) {
		*ret = (struct whole){ p->c.full[k].value, make(p, k) };
		return true;
	}
	for (part = p->part_of[i]; part > 0; part = p->next_part[part - 1]) {
		*ret = whole_of_run(p, part - 1);
		if (is_share_of(s, e->value, ret->was))
			return true;
	}
	for (k = cube_entry(&p->c, e->row, 0); k < p->c.fulls && p->c.full[k].row == e->row; k++)
		if (k != i && is_share_of(s, e->value, p->c.full[k].value)) {
			*ret = (struct whole){ p->c.full[k].value, make(p, k) };
			return true;
		}
	return false;
}

enum share_fate { SHARE_LEFT, SHARE_MADE, SHARE_HIDDEN };

/* The same percentage of what is shown now. */
static enum share_fate share_make(struct protector *p, size_t i, const struct share *s, char ret[48])
{
	struct whole w;
	double v;

	if (make(p, i) < 0)
		return SHARE_HIDDEN;
	if (!find_whole(p, i, s, &w))
		return SHARE_LEFT;
	if (w.is <= 0)
		return SHARE_HIDDEN;
	v = s->scale * (double)p->made[i] / (double)w.is;
	snprintf(ret, 48, "%.*f", (int)s->decimals, v > s->scale ? s->scale : v);
	return SHARE_MADE;
}

static void share_tell(struct protector *p, enum share_fate fate, const char *text, const char *was)
{
	p->told->shares += fate == SHARE_MADE && strcmp(text, was) != 0;
	p->told->shares_hidden += fate == SHARE_HIDDEN;
	p->told->shares_left += fate == SHARE_LEFT;
}

/* The count that a column of percentages is about: to its left, else to its right. */
static size_t counted_beside(const struct protector *p, size_t row, size_t column)
{
	size_t i;

	for (i = column; i > 0; i--)
		if (entry_at(p, row, i - 1) != NONE)
			return entry_at(p, row, i - 1);
	for (i = column + 1; i < p->g.columns; i++)
		if (entry_at(p, row, i) != NONE)
			return entry_at(p, row, i);
	return NONE;
}

/* --- writing --- */

static void put_text(struct protector *p, const char *text, size_t n)
{
	bool quote = false;
	size_t i;

	for (i = 0; i < n; i++)
		quote |= text[i] == p->delimiter || text[i] == '"' || text[i] == '\n' || text[i] == '\r';
	if (!quote) {
		out_add(&p->out, text, n);
		return;
	}
	out_byte(&p->out, '"');
	for (i = 0; i < n; i++) {
		if (text[i] == '"')
			out_byte(&p->out, '"');
		out_byte(&p->out, text[i]);
	}
	out_byte(&p->out, '"');
}

static void put_cell(struct protector *p, size_t row, size_t column)
{
	size_t n;
	const char *text = grid_text(&p->g, row, column, &n);

	put_text(p, text, n);
}

/* "(N=154)" with what became of the 154. */
static void put_header(struct protector *p, size_t column)
{
	size_t n, i, e = entry_at(p, 0, column);
	const char *text = grid_text(&p->g, 0, column, &n);
	char is[HEADER_MAX * 2 + 40], made[24];
	bool counted = false;

	for (i = 0; i < p->c.fulls && !counted; i++)
		counted = p->c.full[i].column == column && p->c.full[i].row > 0;
	if (p->how->midpoint > 0 && counted && e == NONE && p->g.column[column].role != ROLE_MIDPOINT && n < HEADER_MAX) {
		snprintf(is, sizeof(is), "%.*s_midpoint%lld", (int)n, text, (long long)p->how->midpoint);
		put_text(p, is, strlen(is));
		return;
	}
	for (i = 0; e != NONE && i < n; i++) {
		auto_free char *whole = NULL;
		struct number number = number_read(text + i, n - i, p->delimiter);

		if (number.used == 0 || number.value != (double)p->c.full[e].value) {
			i += number.used;
			continue;
		}
		snprintf(made, sizeof(made), make(p, e) < 0 ? "<%lld" : "%lld", (long long)(make(p, e) < 0 ? p->how->redact + 1 : p->made[e]));
		if (asprintf(&whole, "%.*s%s%.*s", (int)i, text, made, (int)(n - i - number.used), text + i + number.used) < 0)
			whole = NULL;
		put_text(p, whole ? whole : made, strlen(whole ? whole : made));
		return;
	}
	if (e != NONE && make(p, e) < 0) /* where in it the small count stands is not known */
		put_text(p, SUPPRESSED, strlen(SUPPRESSED));
	else
		put_text(p, text, n);
}

static const char *bracket_of(const char *text, size_t n)
{
	const char *at = memchr(text, '(', n);

	return at ? at : memchr(text, '[', n);
}

/* "3.4% (12)": the bytes of 3.4; 0: the count is first. */
static size_t share_is_first(const char *text, size_t n, char delimiter)
{
	size_t used = number_read(text, n, delimiter).used, i = used;

	while (i < n && text[i] == ' ')
		i++;
	return i < n && text[i] == '%' ? used : 0;
}

/* "12 (3.4%)": the share too; what else stands behind a count does not come along. */
static void put_mixed(struct protector *p, size_t row, size_t column, size_t i)
{
	size_t n, at, used, turned;
	const char *text = grid_text(&p->g, row, column, &n), *bracket = bracket_of(text, n);
	struct share s = { 0, 100, 0 };
	char share[48], was[48], is[160];
	enum share_fate fate;

	if (!bracket || !grid_bracket(&p->g, row, column, &s.value, &s.decimals) || n > 100) {
		snprintf(is, sizeof(is), "%lld", (long long)p->made[i]);
		put_text(p, is, strlen(is));
		p->told->shares_hidden += bracket != NULL;
		return;
	}
	for (at = (size_t)(bracket - text) + 1; at < n && !fold_is_digit(text[at]); at++)
		;
	used = number_read(text + at, n - at, p->delimiter).used;
	snprintf(was, sizeof(was), "%.*s", (int)used, text + at);
	turned = share_is_first(text, n, p->delimiter);
	if (turned > 0)
		snprintf(was, sizeof(was), "%.*s", (int)turned, text);
	fate = share_make(p, i, &s, share);
	share_tell(p, fate, share, was);
	if (fate == SHARE_MADE && turned > 0) {
		snprintf(is, sizeof(is), "%s%.*s%lld%.*s", share, (int)(at - turned), text + turned, (long long)p->made[i],
			(int)(n - at - used), text + at + used);
		put_text(p, is, strlen(is));
		return;
	}
	if (fate != SHARE_MADE || memchr(text, '/', (size_t)(bracket - text))) {
		snprintf(is, sizeof(is), "%lld", (long long)p->made[i]);
		put_text(p, is, strlen(is));
		return;
	}
	snprintf(is, sizeof(is), "%lld %.*s%s%.*s", (long long)p->made[i], (int)(text + at - bracket), bracket, share,
		(int)(n - at - used), text + at + used);
	put_text(p, is, strlen(is));
}

static void put_count(struct protector *p, size_t row, size_t column, size_t i)
{
	char text[24];

	if (p->c.full[i].value < 0)
		put_cell(p, row, column);
	else if (make(p, i) < 0)
		out_add(&p->out, SUPPRESSED, strlen(SUPPRESSED));
	else if (grid_cell(&p->g, row, column)->kind == CELL_MIXED)
		put_mixed(p, row, column, i);
	else
		out_add(&p->out, text, (size_t)snprintf(text, sizeof(text), "%lld", (long long)p->made[i]));
}

static void put_share(struct protector *p, size_t row, size_t column)
{
	const struct cell *cell = grid_cell(&p->g, row, column);
	size_t i = cell->kind == CELL_NUMBER ? counted_beside(p, row, column) : NONE, n;
	struct share s = { cell->value, p->g.column[column].role == ROLE_SHARE ? 1 : 100, cell->decimals };
	const char *text = grid_text(&p->g, row, column, &n);
	enum share_fate fate;
	char is[48] = "", was[48], made[sizeof(is) + 1];

	if (i == NONE || p->c.full[i].value < 0 || n >= sizeof(was)) {
		put_text(p, text, n);
		return;
	}
	snprintf(was, sizeof(was), "%.*s", (int)number_read(text, n, p->delimiter).used, text);
	fate = share_make(p, i, &s, is);
	share_tell(p, fate, is, was);
	if (fate == SHARE_HIDDEN)
		out_add(&p->out, SUPPRESSED, strlen(SUPPRESSED));
	else if (fate == SHARE_MADE)
		put_text(p, made, (size_t)snprintf(made, sizeof(made), "%s%s", is, cell->flags & CELL_PERCENT ? "%" : ""));
	else
		put_text(p, text, n);
}

/* An estimate that rests on as few persons as a count that may not be shown. */
static bool is_thin(const struct protector *p, size_t row, size_t column)
{
	const struct cell *cell = grid_cell(&p->g, row, column);
	enum role role = p->g.column[column].role;
	int64_t n;

	if ((cell->kind != CELL_NUMBER && cell->kind != CELL_MIXED) || role < ROLE_PERCENT || role == ROLE_PLACE)
		return false;
	n = grid_persons(&p->g, row, column);
	return n > 0 && n <= p->how->redact;
}

static void write_row(struct protector *p, size_t row)
{
	bool first = true;
	size_t i, at;

	for (i = 0; i < p->g.columns; i++) {
		enum role role = p->g.column[i].role;

		if (i == p->key)
			continue;
		if (!first)
			out_byte(&p->out, p->delimiter);
		first = false;
		at = row > 0 ? entry_at(p, row, i) : NONE;
		if (row == 0)
			put_header(p, i);
		else if (at != NONE)
			put_count(p, row, i, at);
		else if (is_thin(p, row, i)) {
			out_add(&p->out, SUPPRESSED, strlen(SUPPRESSED));
			p->told->estimates_hidden++;
		} else if (role == ROLE_PERCENT || role == ROLE_SHARE)
			put_share(p, row, i);
		else
			put_cell(p, row, i);
	}
	out_byte(&p->out, '\n');
}

static int write_table(struct protector *p, struct spe_error *e)
{
	size_t row;

	make_all(p);
	p->told->shares = p->told->shares_hidden = p->told->shares_left = p->told->estimates_hidden = 0;
	p->out.len = 0;
	for (row = 0; row < p->g.rows; row++)
		write_row(p, row);
	return p->out.failed ? spe_fail(e, SPE_E_INTERNAL, "out of memory") : 0;
}

/* --- one more count, so that those suppressed don't follow from the totals --- */

static bool is_shown(const struct protector *p, size_t i)
{
	return p->c.full[i].value >= 0 && p->made[i] >= 0 && !p->hidden[i];
}

static void hide(struct protector *p, size_t i)
{
	p->hidden[i] = 1;
	p->made[i] = GONE;
	p->told->complements++;
}

/* A run of parts with their total. */
struct line {
	size_t at, n, total; /* total: NONE where it is not shown, or is another number than their sum */
	size_t gone;         /* suppressed */
	int64_t gone_sum;    /* of what they were, as far as it is known */
};

static struct line line_of(const struct protector *p, size_t part)
{
	const struct cube *c = &p->c;
	struct line l = { .total = NONE };
	int64_t sum = 0;
	bool known = true;
	size_t k, whole;

	l.at = run_of(c, part, &l.n);
	whole = cube_full(c, c->part[l.at].key);
	for (k = l.at; k < l.at + l.n; k++) {
		const size_t i = part_full(&c->part[k]);

		known &= c->full[i].value >= 0;
		sum += c->full[i].value > 0 ? c->full[i].value : 0;
		l.gone += !is_shown(p, i);
		l.gone_sum += !is_shown(p, i) && c->full[i].value > 0 ? c->full[i].value : 0;
	}
	if (l.n > 1 && whole < c->fulls && is_shown(p, c->by_key[whole].full) &&
		(!known || sum == c->full[c->by_key[whole].full].value))
		l.total = c->by_key[whole].full;
	return l;
}

/* What is suppressed on the line is what its total leaves for it. */
static bool is_open(const struct protector *p, const struct line *l)
{
	return l->total != NONE && l->gone > 0 && (l->gone == 1 || l->gone_sum <= p->how->redact);
}

/* How many other lines through entry i would have it as the only one that is suppressed. */
static size_t opens(const struct protector *p, size_t i, size_t at)
{
	uint32_t part;
	size_t n = 0;

	for (part = p->part_of[i]; part > 0; part = p->next_part[part - 1]) {
		struct line l = line_of(p, part - 1);

		n += l.at != at && l.total != NONE && l.gone == 0;
	}
	return n;
}

/* The count of a line that is best suppressed too: of those that open the fewest others, the smallest but 0; else its total. */
static size_t find_complement(const struct protector *p, const struct line *l)
{
	size_t best = NONE, least = 0, k;

	for (k = l->at; k < l->at + l->n; k++) {
		size_t i = part_full(&p->c.part[k]), cost;

		if (!is_shown(p, i) || p->c.full[i].value <= 0)
			continue;
		cost = opens(p, i, l->at);
		if (best == NONE || cost < least || (cost == least && p->c.full[i].value < p->c.full[best].value)) {
			best = i;
			least = cost;
		}
	}
	return best != NONE ? best : l->total;
}

/* Until every line with a total has none or several suppressed. */
static bool close_lines(struct protector *p)
{
	bool any = false, again = true;
	size_t at, k;

	while (again) {
		again = false;
		for (at = 0; at < p->c.parts; at += cube_run(&p->c, at)) {
			struct line l = line_of(p, at);

			k = is_open(p, &l) ? find_complement(p, &l) : NONE;
			if (k == NONE)
				continue;
			hide(p, k);
			any = again = true;
		}
	}
	return any;
}

/* For a count that still follows: one more on the line that has the fewest. */
static size_t find_further(const struct protector *p, size_t i)
{
	struct line best = { .total = NONE };
	uint32_t part;

	for (part = p->part_of[i]; part > 0; part = p->next_part[part - 1]) {
		struct line l = line_of(p, part - 1);

		if (l.total != NONE && (best.total == NONE || l.gone < best.gone))
			best = l;
	}
	return best.total != NONE ? find_complement(p, &best) : NONE;
}

/* Totals that no word announces: the next count of the column, then of the row. */
static size_t find_neighbour(const struct protector *p, size_t i)
{
	size_t best = NONE, k, pass;

	for (pass = 0; pass < 2 && best == NONE; pass++)
		for (k = 0; k < p->c.fulls; k++) {
			const struct entry *e = &p->c.full[k], *own = &p->c.full[i];

			if (k != i && e->row > 0 && is_shown(p, k) && e->value > 0 && !e->total &&
				(pass == 0 ? e->column == own->column : e->row == own->row) &&
				(best == NONE || e->value < p->c.full[best].value))
				best = k;
		}
	return best;
}

/* 1: there are more suppressed now; 0: none follows from the others; -SPE_E_INPUT: nothing is left that would help. */
static int widen(struct protector *p, struct spe_error *e)
{
	struct policy strict = *p->policy;
	const struct policy *policy = p->policy;
	struct grid g;
	struct cube c = { 0 };
	uint64_t work = 0;
	size_t k;
	int r;

	strict.min_count = p->how->redact + 1;
	p->report->count = 0;
	p->policy = &strict;
	r = load(&g, &c, p, p->out.p, p->out.len, e);
	if (r == 0)
		margins_check(&g, &c, &work);
	p->policy = policy;
	unload(&g, &c);
	for (k = 0; r >= 0 && k < p->report->count; k++) {
		const struct finding *f = &p->report->list[k];
		size_t i = f->severity == FINDING_BLOCK && f->row > 0 ? entry_at(p, f->row - 1, f->column - 1) : NONE, found;

		if (p->report->rule[k] != RULE_MARGINS || f->severity != FINDING_BLOCK)
			continue;
		found = i == NONE ? NONE : find_further(p, i);
		found = found == NONE && i != NONE ? find_neighbour(p, i) : found;
		if (found == NONE)
			return r > 0 ? r : spe_fail(e, SPE_E_INPUT, "a suppressed count follows from the totals, and suppressing others does not help");
		hide(p, found);
		r = 1;
	}
	return r;
}

static int hide_what_follows(struct protector *p, struct spe_error *e)
{
	size_t i;
	int r = 1;

	for (i = 0; i < WIDENINGS && r > 0; i++) {
		if (close_lines(p) && write_table(p, e) < 0)
			return -SPE_E_INTERNAL;
		r = widen(p, e);
		if (r > 0 && write_table(p, e) < 0)
			return -SPE_E_INTERNAL;
	}
	return r > 0 ? spe_fail(e, SPE_E_TOO_LARGE, "the table has too many totals: protect several smaller ones") : r;
}

/* --- all of it --- */

static void tell_columns(struct protector *p)
{
	size_t i, k, n, at = 0, room = sizeof(p->told->columns);

	for (i = 0; i < p->g.columns; i++) {
		const char *text = grid_text(&p->g, 0, i, &n);

		for (k = 0; k < p->c.fulls && (p->c.full[k].column != i || p->c.full[k].row == 0); k++)
			;
		if (k == p->c.fulls || at >= room)
			continue;
		at += (size_t)snprintf(p->told->columns + at, room - at, "%s%.*s", at > 0 ? "; " : "", (int)(n < 60 ? n : 60), text);
	}
}

static int check_keys(const struct protector *p, struct spe_error *e)
{
	size_t i, column = NONE;

	for (i = 0; p->key != NONE && i < p->c.fulls; i++) {
		const struct entry *entry = &p->c.full[i];
		const struct cell *key = grid_cell(&p->g, entry->row, p->key);

		if (entry->announced || entry->value < 0)
			continue;
		if (column != NONE && entry->column != column)
			return spe_fail(e, SPE_E_INPUT, "the keys of column \"%.80s\" are those of one column of counts, and the table has several: name the one",
				p->how->key_column);
		column = entry->column;
		if (key->kind != CELL_NUMBER || key->value < 0 || key->value > 1e9)
			return spe_fail(e, SPE_E_INPUT, "line %u has no sum of record keys in column \"%.80s\"", p->g.line[entry->row], p->how->key_column);
	}
	return 0;
}

static int protect(struct protector *p, const char *bytes, size_t len, struct spe_error *e)
{
	int r = load(&p->g, &p->c, p, bytes, len, e);

	r = r < 0 ? r : prepare(p, e);
	r = r < 0 ? r : check_keys(p, e);
	if (r == 0 && p->c.fulls == 0)
		return spe_fail(e, SPE_E_INPUT, "no column of the table counts persons, as far as headers and values say");
	r = r < 0 ? r : write_table(p, e);
	if (r == 0 && p->how->redact > 0 && !rounds(p->how) && !p->how->ptable)
		r = hide_what_follows(p, e);
	if (r == 0)
		tell_columns(p);
	return r;
}

int policy_protect(const struct policy *policy, const struct protect *how, const char *name, const char *bytes, size_t len, char **ret,
	size_t *ret_len, struct protect_told *told, struct spe_error *e)
{
	struct protector *p = calloc(1, sizeof(*p));
	const size_t n = strlen(name);
	int r = -SPE_E_INTERNAL;

	*told = (struct protect_told){ 0 };
	if (p) {
		p->report = calloc(1, sizeof(*p->report));
		p->policy = policy;
		p->how = how;
		p->told = told;
		p->file = (struct policy_file){ .name = name, .bytes = bytes, .len = len };
		p->delimiter = table_delimiter(bytes, len, n > 4 && strcmp(name + n - 4, ".tsv") == 0);
		p->key = NONE;
		r = p->report ? protect(p, bytes, len, e) : spe_fail(e, SPE_E_INTERNAL, "out of memory");
		unload(&p->g, &p->c);
		free(p->report);
		free(p->made);
		free(p->state);
		free(p->hidden);
		free(p->part_of);
		free(p->next_part);
		if (r == 0) {
			*ret = p->out.p;
			*ret_len = p->out.len;
		} else {
			free(p->out.p);
		}
		free(p);
	}
	return p ? r : spe_fail(e, SPE_E_INTERNAL, "out of memory");
}
