/* t/unit/margins.c - what margins tell of suppressed cells: the audit against all fillings of small tables, and tables. */
#include "t/unit/judge.h"

#include <time.h>

#include "policy/table.h"

#define MOST 4 /* the largest value of a cell in the random tables */
#define SIDE 4

/* A small table: which cells are suppressed, which margins are shown. */
struct small {
	int rows, columns, value[SIDE][SIDE];
	bool hidden[SIDE][SIDE], row_shown[SIDE], column_shown[SIDE], total_shown;
	int number[SIDE][SIDE], unknowns;
};

static uint64_t seed = 1;

/* xorshift64*, Vigna 2016: the same tables everywhere. */
static unsigned random_to(unsigned n)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (unsigned)((seed * 0x2545f4914f6cdd1du) >> 33) % n;
}

static void make_small(struct small *s)
{
	int r, c;

	memset(s, 0, sizeof(*s));
	s->rows = 2 + (int)random_to(3);
	s->columns = 2 + (int)random_to(3);
	for (r = 0; r < s->rows; r++)
		for (c = 0; c < s->columns; c++) {
			s->value[r][c] = (int)random_to(MOST + 1);
			if (s->unknowns < 7 && random_to(5) < 2) {
				s->hidden[r][c] = true;
				s->number[r][c] = s->unknowns++;
			}
		}
	for (r = 0; r < s->rows; r++)
		s->row_shown[r] = random_to(4) > 0;
	for (c = 0; c < s->columns; c++)
		s->column_shown[c] = random_to(4) > 0;
	s->total_shown = random_to(2);
}

/* The equations: for each shown margin, which unknowns (bits) add up to what. */
static int equations(const struct small *s, unsigned bits[2 * SIDE + 1], int right[2 * SIDE + 1])
{
	int n = 0, k, r, c;

	for (k = 0; k < s->rows + s->columns + 1; k++) {
		bool shown = k < s->rows ? s->row_shown[k] : k < s->rows + s->columns ? s->column_shown[k - s->rows] : s->total_shown;

		if (!shown)
			continue;
		bits[n] = 0;
		right[n] = 0;
		for (r = 0; r < s->rows; r++)
			for (c = 0; c < s->columns; c++) {
				bool in = k < s->rows ? r == k : k < s->rows + s->columns ? c == k - s->rows : true;

				if (in && s->hidden[r][c]) {
					bits[n] |= 1u << s->number[r][c];
					right[n] += s->value[r][c];
				}
			}
		n++;
	}
	return n;
}

struct truth {
	int low[8], high[8];
};

/* All fillings with values 0..MOST, one unknown after the other; an equation cuts off what is already too much. */
static void enumerate(const unsigned *bits, const int *right, int n, int unknowns, int at, int *v, struct truth *t)
{
	int i, k;

	for (i = 0; i < n; i++) {
		int sum = 0, open = 0;

		for (k = 0; k < unknowns; k++)
			if (bits[i] & 1u << k) {
				sum += k < at ? v[k] : 0;
				open += k >= at;
			}
		if (sum > right[i] || sum + open * MOST < right[i])
			return;
	}
	if (at < unknowns) {
		for (v[at] = 0; v[at] <= MOST; v[at]++)
			enumerate(bits, right, n, unknowns, at + 1, v, t);
		return;
	}
	for (k = 0; k < unknowns; k++) {
		t->low[k] = v[k] < t->low[k] ? v[k] : t->low[k];
		t->high[k] = v[k] > t->high[k] ? v[k] : t->high[k];
	}
}

static int solve(const struct small *s, const unsigned *bits, const int *right, int n, int64_t enough, struct audit_bounds *found)
{
	static const int8_t ones[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };
	struct audit *a = audit_new((size_t)s->unknowns);
	int i, k, r;

	for (k = 0; k < s->unknowns; k++)
		audit_bound(a, (size_t)k, 0, MOST);
	for (i = 0; i < n; i++) {
		uint32_t index[8];
		size_t terms = 0;

		for (k = 0; k < s->unknowns; k++)
			if (bits[i] & 1u << k)
				index[terms++] = (uint32_t)k;
		audit_equation(a, index, ones, terms, right[i]);
	}
	r = audit_solve(a, enough, found);
	audit_free(a);
	return r;
}

static void random_tables(void)
{
	int i, k, bad = 0, bad_width = 0, audited = 0, exact = 0;

	for (i = 0; i < 10000; i++) {
		struct audit_bounds found[8], quick[8];
		unsigned bits[2 * SIDE + 1];
		int right[2 * SIDE + 1], v[8], n;
		struct truth t;
		struct small s;

		make_small(&s);
		for (k = 0; k < 8; k++) {
			t.low[k] = 99;
			t.high[k] = -1;
		}
		n = equations(&s, bits, right);
		enumerate(bits, right, n, s.unknowns, 0, v, &t);
		if (solve(&s, bits, right, n, 0, found) < 0 || solve(&s, bits, right, n, 2, quick) < 0)
			bad++;
		for (k = 0; k < s.unknowns; k++) {
			audited++;
			exact += t.low[k] == t.high[k];
			bad += found[k].low != t.low[k] || found[k].high != t.high[k];
			bad_width += (quick[k].high - quick[k].low >= 2) != (t.high[k] - t.low[k] >= 2);
		}
	}
	is_int(bad, 0, "10,000 random tables: bounds are those of all fillings");
	is_int(bad_width, 0, "and where only a width is asked for, it is right");
	ok(audited > 30000 && exact > 3000 && exact < audited, "some cells were exact and some were not");
	printf("# %d cells audited, %d exact\n", audited, exact);
}

/* Handbook on Statistical Disclosure Control, example 3: X11 is from 3 to 6. */
static void handbook_example(void)
{
	static const uint32_t pairs[4][2] = { { 0, 1 }, { 2, 3 }, { 0, 2 }, { 1, 3 } };
	static const int64_t right[4] = { 7, 3, 6, 4 };
	static const int8_t ones[2] = { 1, 1 };
	struct audit *a = audit_new(4);
	struct audit_bounds b[4];
	int i;

	for (i = 0; i < 4; i++)
		audit_equation(a, pairs[i], ones, 2, right[i]);
	is_int(audit_solve(a, 0, b), 0, "the Handbook's example is solved");
	is_int(b[0].low * 10 + b[0].high, 36, "X11 is from 3 to 6");
	is_int(b[1].low * 10 + b[1].high, 14, "X12 from 1 to 4");
	is_int(b[2].low * 10 + b[2].high, 3, "X21 from 0 to 3");
	is_int(b[3].low * 10 + b[3].high, 3, "X22 from 0 to 3");
	ok(b[0].exact, "exactly");
	audit_free(a);
}

/* Contradictions, no end, fractions: a triangle of pairs has a solution in halves. */
static void odd_systems(void)
{
	static const uint32_t pairs[3][2] = { { 0, 1 }, { 1, 2 }, { 0, 2 } };
	static const int8_t ones[2] = { 1, 1 }, minus[2] = { 1, -1 };
	struct audit *a = audit_new(3);
	struct audit_bounds b[3];
	int i;

	for (i = 0; i < 3; i++)
		audit_equation(a, pairs[i], ones, 2, 6 + 2 * i);
	is_int(audit_solve(a, 0, b), 0, "three pairs");
	is_int(b[0].low * 100 + b[1].low * 10 + b[2].low, 426, "have one solution: 4, 2, 6");
	audit_free(a);
	a = audit_new(2);
	audit_equation(a, pairs[0], ones, 2, -1);
	is_int(audit_solve(a, 0, b), -SPE_E_INPUT, "a sum under zero has none");
	audit_free(a);
	a = audit_new(2);
	audit_equation(a, pairs[0], minus, 2, 3);
	is_int(audit_solve(a, 0, b), 0, "a suppressed total");
	ok(b[0].low == 3 && b[0].high == INT64_MAX && b[1].low == 0 && b[1].high == INT64_MAX, "has no upper end");
	audit_free(a);
}

/* A long odd ring of pairs: no equation alone narrows anything, together they determine all. */
static void rings(size_t n, const char *what)
{
	static const int8_t ones[2] = { 1, 1 };
	struct audit *a = audit_new(n);
	struct audit_bounds *b = calloc(n, sizeof(*b));
	size_t i, wrong = 0;

	for (i = 0; i < n; i++) {
		const uint32_t pair[2] = { (uint32_t)i, (uint32_t)((i + 1) % n) };

		audit_equation(a, pair, ones, 2, (int64_t)(100 + i % 7 + 100 + (i + 1) % n % 7));
	}
	is_int(audit_solve(a, 4, b), 0, what);
	for (i = 0; i < n; i++)
		wrong += b[i].low != 100 + (int64_t)(i % 7) || b[i].high != b[i].low;
	is_int((long long)wrong, 0, "is determined");
	free(b);
	audit_free(a);
}

/* GaussSuppression's six rows: young and old in Spain 5, 6, Iceland 2, 3, Portugal 0, 4. Its maxN = 1 protects the 0. */
static void six_rows(void)
{
	judge_policy.zeros = judge_policy.full_cells = FINDING_PASS;
	judge_policy.full_percent = 101;
	judge_policy.min_count = 3;
	judged("the zero alone is suppressed", "a.csv",
		"age,geo,n\nyoung,Spain,5\nyoung,Iceland,<3\nyoung,Portugal,3\nyoung,Total,10\nold,Spain,6\nold,Iceland,3\nold,Portugal,4\nold,Total,13\n"
		"Total,Spain,11\nTotal,Iceland,5\nTotal,Portugal,7\nTotal,Total,23\n",
		"margins block 3:3; differencing block 7:3");
	judge_policy.differencing = FINDING_PASS;
	judged("with its column", "a.csv",
		"age,geo,n\nyoung,Spain,5\nyoung,Iceland,*\nyoung,Portugal,3\nyoung,Total,10\nold,Spain,6\nold,Iceland,*\nold,Portugal,4\nold,Total,13\n"
		"Total,Spain,11\nTotal,Iceland,5\nTotal,Portugal,7\nTotal,Total,23\n",
		"margins block 3:3");
	judged("with a square of four", "a.csv",
		"age,geo,n\nyoung,Spain,5\nyoung,Iceland,*\nyoung,Portugal,*\nyoung,Total,10\nold,Spain,6\nold,Iceland,*\nold,Portugal,*\nold,Total,13\n"
		"Total,Spain,11\nTotal,Iceland,5\nTotal,Portugal,7\nTotal,Total,23\n",
		"");
	judge_policy.differencing = FINDING_BLOCK;
	judge_policy.min_count = 10;
}

static void tables(void)
{
	judge_policy.differencing = FINDING_PASS;
	judged("one suppressed cell and the total", "a.csv", "sex,n\nf,104\nm,<10\nx,211\nTotal,322\n", "margins block 3:2");
	judged("without the total", "a.csv", "sex,n\nf,104\nm,<10\nx,211\n", "");
	judged("a total in another language", "a.csv", "sukupuoli,lkm\nnainen,104\nmies,<10\nmuu,211\nYhteens\xc3\xa4,322\n", "margins block 3:2");
	judged("a total by its sums alone", "a.csv", "region,n,events\na,104,51\nb,<10,61\nc,211,71\nFinland,322,183\n", "margins block 3:2");
	judged("two suppressed cells that are few together", "a.csv", "sex,n\nf,104\nm,*\nx,*\nTotal,112\n", "margins block 3:2");
	judged("its twin", "a.csv", "sex,n\nf,104\nm,*\nx,*\nTotal,131\n", "");
	judged("two under ten that are eighteen together", "a.csv", "sex,n\nf,104\nm,<10\nx,<10\nTotal,121\n",
		"margins block 3:2; margins block 4:2");
	judged("two under ten that are eleven together", "a.csv", "sex,n\nf,104\nm,<10\nx,<10\nTotal,115\n", "");
	judged("a cross table", "a.csv", "age,female,male,total\n0-17,104,*,111\n18-64,204,100,304\n65+,304,150,454\ntotal,612,257,869\n",
		"margins block 2:3");
	judged("with a square suppressed", "a.csv", "age,female,male,total\n0-17,*,*,111\n18-64,*,*,304\n65+,304,150,454\ntotal,612,257,869\n", "");
	judged("a row of NA and its total", "a.csv", "sex,n\nf,104\nm,NA\nx,211\nTotal,322\n", "margins block 3:2");
	judged("a large secondary cell may be found", "a.csv", "sex,n\nf,104\nm,*\nx,211\nTotal,522\n", "");
	judged("rounded", "a.csv", "age,n\na,105\nb,<10\nc,210\nd,50\ne,85\nf,125\ng,95\nh,65\nTotal,740\n", "");
	judged("perhaps by chance", "a.csv", "sex,n\nf,105\nm,<10\nx,210\ny,50\nTotal,370\n", "margins review 3:2");
	judged("such that the total tells that it is rounded", "a.csv", "sex,n\nf,105\nm,<10\nx,210\ny,50\nTotal,360\n", "");
	judged("no total of these", "a.csv", "characteristic,n\nall,200\nfemale,104\nmale,96\nold,*\nyoung,*\n", "");
	judged("a list of the largest", "a.csv", "diagnosis,n\na,*\nb,90\nc,80\ntotal,1000\n", "");
	judged("in Markdown", "a.md", "| sex | n |\n|---|---|\n| f | 104 |\n| m | <10 |\n| x | 211 |\n| **Total** | 322 |\n", "margins block 4:7");
	judge_policy.differencing = FINDING_BLOCK;
}

/* All cells but two of a square are suppressed, with all margins: with the larger ones more than the simplex takes. */
static size_t square(char *text, int side)
{
	int r, c, at = sprintf(text, "region");

	for (c = 0; c < side; c++)
		at += sprintf(text + at, ",group %c%d", 'a' + c % 26, c);
	at += sprintf(text + at, ",total\n");
	for (r = 0; r <= side; r++) {
		int sum = 0, k, i;

		at += sprintf(text + at, r == side ? "total" : "r%d", r);
		for (c = 0; c <= side; c++) {
			for (sum = 0, k = r == side ? 0 : r; k < (r == side ? side : r + 1); k++)
				for (i = c == side ? 0 : c; i < (c == side ? side : c + 1); i++)
					sum += 20 + (k * 7 + i * 3) % 50;
			at += sprintf(text + at, r < side && c < side && (r > 0 || c > 1) ? ",*" : ",%d", sum);
		}
		at += sprintf(text + at, "\n");
	}
	return (size_t)at;
}

static void large_tables(void)
{
	static const int sides[] = { 14, 15, 24, 60 };
	char *text = malloc(1 << 20), got[8192];
	size_t k;

	for (k = 0; k < sizeof(sides) / sizeof(sides[0]); k++) {
		struct policy_file f = { .name = "a.csv", .bytes = text, .len = square(text, sides[k]) };
		struct policy_result result = { 0 };
		clock_t begin = clock();
		long ms;

		judge_file(&f, "margins", &result, got, sizeof(got));
		ms = (clock() - begin) * 1000 / CLOCKS_PER_SEC;
		is_str(got, "", "a table of suppressed cells tells nothing");
		ok(ms < 5000, "which is found out in time");
		printf("# %d unknowns: %ld ms\n", sides[k] * sides[k] - 2, ms);
		policy_result_free(&result);
	}
	free(text);
}

/* --- what nobody publishes, and who wants to keep the checks busy does --- */

/* n rings of an odd number of pairs; or n pairs that narrow each other by one in each round, for ever. */
static struct audit *hostile(size_t n, size_t size)
{
	static const int8_t sum[] = { 1, 1 }, difference[] = { 1, -1 };
	struct audit *a = audit_new(n * size);
	size_t i, k;

	for (i = 0; i < n; i++)
		for (k = 0; k < size; k++) {
			const uint32_t pair[] = { (uint32_t)(i * size + k), (uint32_t)(i * size + (k + 1) % size) };

			audit_equation(a, pair, size == 2 ? difference : sum, 2, size == 2 ? (k == 0 ? 0 : 1) : 200);
		}
	return a;
}

static void work_is_bounded(void)
{
	struct audit *a = hostile(20000, 2);
	struct audit_bounds *b = calloc(100000, sizeof(*b));

	is_int(audit_solve(a, 4, b), -SPE_E_INPUT, "pairs without a solution, which steps of one don't come to");
	ok(audit_stopped(a), "it is not waited for");
	ok(audit_work(a) < 21000000, "after so many terms");
	audit_free(a);

	a = hostile(3000, 31);
	audit_allow(a, 5000000);
	is_int(audit_solve(a, 4, b), 0, "more groups of cells than may be solved");
	ok(audit_stopped(a), "some are left");
	ok(audit_work(a) >= 5000000 && audit_work(a) < 5100000, "when what was allowed is used up");
	ok(b[0].low == 100 && b[0].high == 100 && b[0].exact && !b[92999].exact, "and the first ones were solved");
	audit_free(a);

	a = hostile(1, 331);
	audit_allow(a, 0);
	is_int(audit_solve(a, 4, b), 0, "nothing is allowed");
	ok(audit_stopped(a) && audit_work(a) == 0, "and nothing is done");
	audit_free(a);
	free(b);
}

/* The tables before this one of the same file used up what all of them may. */
static void file_is_bounded(void)
{
	static const char text[] = "sex,n\nf,104\nm,<10\nx,211\nTotal,322\n";
	struct policy_file f = { .name = "a.csv", .bytes = text, .len = strlen(text) };
	struct counts_list counts = { .audited = AUDIT_WORK };
	struct report *r = calloc(1, sizeof(*r));
	struct scan s;
	size_t i, found = 0;

	scan_begin(&s, r, NULL, false);
	ok(table_check(&judge_policy, &f, r, &s, text, f.len, false, 0, &counts), "a table behind many");
	for (i = 0; i < r->count; i++)
		if (r->rule[i] == RULE_MARGINS) {
			found++;
			ok(r->list[i].severity == FINDING_BLOCK, "is blocked");
			has_str(r->list[i].explanation, "more cells are suppressed than can be followed", "because nobody can say what its total tells");
		}
	is_int((long long)found, 1, "once");
	scan_end(&s);
	free(counts.p);
	counts = (struct counts_list){ 0 };
	table_check(&judge_policy, &f, r, &s, text, f.len, false, 0, &counts);
	ok(counts.audited > 0 && counts.audited < 1000, "a small table uses little of it");
	free(counts.p);
	free(r);
}

int main(void)
{
	handbook_example();
	work_is_bounded();
	file_is_bounded();
	odd_systems();
	rings(31, "a ring of 31, by the simplex");
	rings(331, "a ring of 331, by elimination");
	random_tables();
	judge_policy.zeros = FINDING_PASS;
	tables();
	six_rows();
	judge_policy.min_count = 10;
	large_tables();
	return tap_end();
}
