/* t/unit/prints.c - fingerprints of staged tables: how values are read, what the index knows again, and above all
 * what it must not: hundreds of tables of results over the same data. */
#include "t/tap.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

#include "policy/inside.h"
#include "policy/values.h"
#include "spe/prints.h"
#include "sped/base/buf.h"

/* ---- values ---- */

static value v(const char *s)
{
	return value_read(s, strlen(s));
}

static bool same(const char *a, const char *b)
{
	return v(a) && (v(a) & VALUE_HASH) == (v(b) & VALUE_HASH);
}

static void values_are_read_for_what_they_mean(void)
{
	static const char *const alike[][2] = { { "1.50", "1,5" }, { "1.5", "15e-1" }, { "1e3", "1000" }, { "1000", "1 000" },
		{ "1.840,5", "1840.5" }, { "1,840.5", "1840,50" }, { "+7.25", " 7.25 " }, { "\"57\"", "57" }, { "0057", "57" },
		{ "-0.5", "-.5" }, { "0", "0.00" }, { "63.2534871", "63.2535" }, { "63.25348711234567890123", "63.253487" },
		{ "1e+05", "100000" }, { "2020-01-31", "31.1.2020" }, { "2020-01-31", "31/01/2020" }, { "2020-01-31", "20200131" },
		{ "2020-01-31", "2020/1/31" }, { "2020-01-31", "01/31/2020" }, { "2020-01-31", "2020-01-31 00:00:00" },
		{ "2020-01-31", "2020-01-31T00:00:00Z" }, { "2020-10-20", "20201020" }, { "Helsinki", "HELSINKI" },
		{ "I21.9", "i219" }, { "Jyv\xc3\xa4skyl\xc3\xa4", "JYVASKYLA" }, { "J\xc3\x84msa", "jamsa" },
		{ "it's \"so\"", "its so" }, { "\xd9\xa1\xd9\xa2\xd9\xa3", "123" }, { "1\xc2\xa0""840", "1840" },
		{ "p42dwzx6dtbdp2ekuo3q7at5spyd3wy", "P42DWZX6DTBDP2EKUO3Q7AT5SPYD3WY" }, { "\xd0\x9c\xd0\xb8\xd1\x80", "\xd0\x9c\xd0\xb8\xd1\x80" } };
	static const char *const other[][2] = { { "1.5", "15" }, { "1.5", "-1.5" }, { "1.5", "1.05" }, { "100", "1000" },
		{ "2020-01-31", "2020-01-30" }, { "2020-01-31", "2020-01-31 10:20:00" }, { "03/04/2020", "04/03/2020" },
		{ "12345678901234567890", "12345678901234567891" }, { "abcdefgh", "abcdefghi" }, { "abcdefgh", "abcdefgha" },
		{ "abcdefghijkl", "abcdefghijk1" }, { "1234567", "1234568" }, { "63.2534", "63.2535" }, { "ab", "ba" },
		{ "\xd0\x9c\xd0\xb8\xd1\x80", "\xd0\x9c\xd0\xb8\xd0\xb9" } };
	static const char *const nothing[] = { "", " ", "NA", "na", "NaN", "NULL", "n/a", "--", ".", "\"\"", NULL };
	size_t i;

	for (i = 0; i < sizeof(alike) / sizeof(alike[0]); i++)
		if (!same(alike[i][0], alike[i][1]))
			printf("# %s and %s differ\n", alike[i][0], alike[i][1]), tap_failed++;
	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (same(other[i][0], other[i][1]) || !v(other[i][0]))
			printf("# %s and %s are the same\n", other[i][0], other[i][1]), tap_failed++;
	for (i = 0; nothing[i]; i++)
		if (v(nothing[i]))
			printf("# \"%s\" is something\n", nothing[i]), tap_failed++;
	is_int(tap_failed, 0, "values are the same however they are written, and others are not");
	is_int(value_weight(v("2015")), 4, "significant digits weigh");
	is_int(value_weight(v("01500")), 2, "zeros around them don't");
	is_int(value_kind(v("p42dwzx6dtbdp2ekuo3q7at5spyd3wy")), VALUE_TOKEN, "a pseudonym is one");
	is_int(value_kind(v("20200131")), VALUE_DATE, "a day without dashes is one");
	is_int(value_kind(v("I21.9")), VALUE_CODE, "a code is one");
}

/* ---- made-up people ---- */

static uint64_t state = 7;

static uint64_t draw(void) /* splitmix64 (Steele, Lea and Flood, 2014) */
{
	uint64_t z = state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static unsigned below(size_t n)
{
	return (unsigned)(draw() % n);
}

/* Short numbers are read another way than those with a sign, and texts of letters alone than those with signs between. */
static void short_ways_and_long_ways_meet(void)
{
	static const char letters[] = "abcxyzABCXYZ019,.-/ '+e";
	const uint64_t people_begin_with = state;
	char plain[16], other[40];
	size_t i, k, n, differ = 0;

	for (i = 0; i < 200000; i++) {
		const size_t point = below(12);

		for (k = 0, n = 1 + below(8); k < n; k++)
			plain[k] = (char)(k == point ? ",."[i & 1] : below(3) ? '0' + (int)below(10) : '0');
		plain[n] = '\0';
		snprintf(other, sizeof(other), "+%s", plain);
		if (v(plain) != v(other) && (n > 1 || point > 0) && differ++ < 3)
			printf("# %s is not %s\n", plain, other);
	}
	is_int((long long)differ, 0, "200,000 short numbers are read as they are with a sign before them");
	for (i = differ = 0; i < 200000; i++) {
		size_t at = 0, from;

		plain[0] = other[at++] = "ghkq"[below(4)];
		for (k = 1, n = 2 + below(13); k < n; k++) {
			for (from = below(4); from > 2 && at < 30; from--)
				other[at++] = " -_./"[below(5)];
			plain[k] = letters[below(15)];
			other[at++] = plain[k];
		}
		differ += value_read(plain, n) != value_read(other, at);
	}
	is_int((long long)differ, 0, "and 200,000 texts as they are without what is between their letters and digits");
	for (i = differ = 0; i < 200000; i++) {
		for (k = 0, n = 1 + below(8); k < n; k++)
			plain[k] = letters[6 + below(sizeof(letters) - 7)];
		memcpy(other, plain, n); /* with blanks before it, it is longer than what is read at once */
		memmove(other + 9, plain, n);
		memset(other, ' ', 9);
		differ += value_read(plain, n) != value_read(other, n + 9);
	}
	is_int((long long)differ, 0, "and whatever blanks are before them");
	state = people_begin_with;
}

/* A field such as tables have, or hardly one; of up to eleven bytes. */
static void field_make(char ret[16], struct csv_field *f)
{
	static const char *const letters[] = { "0123456789", "01.,", "0123456789.,", "019-", "abcXYZ", "aeN12.", "nNaAi/#0", "0e1E9.",
		" '\"x1\t", "-+.,0129", "ABC0129.- ", "\xc3\xa4" "1a" };
	const char *const from = letters[below(sizeof(letters) / sizeof(letters[0]))];
	size_t i;

	*f = (struct csv_field){ .p = ret, .len = below(below(4) ? 9 : 12) };
	for (i = 0; i < f->len; i++)
		ret[i] = from[below(strlen(from))];
}

static void many_values_are_read_as_each(void)
{
	static char text[400][16];
	static struct csv_field field[400];
	static value many[400], one[400];
	const uint64_t people_begin_with = state;
	size_t i, k, n, step, differ = 0;

	for (i = 0; i < 4000; i++) {
		step = 1 + below(3);
		n = below(400 / step + 1);
		for (k = 0; k < n * step; k++)
			field_make(text[k], &field[k]);
		memset(many, 0, sizeof(many));
		memset(one, 0, sizeof(one));
		values_read(many, step, field, n);
		values_read_plain(one, step, field, n);
		for (k = 0; k < 400; k++)
			if (many[k] != one[k] && differ++ < 3)
				printf("# %.*s\n", (int)field[k].len, field[k].p);
	}
	is_int((long long)differ, 0, "many values are read together as each by itself");
	state = people_begin_with;
}

static double normal(double mean, double sd)
{
	double sum = 0;
	int i;

	for (i = 0; i < 12; i++)
		sum += (double)below(1000000) / 1e6;
	return mean + sd * (sum - 6);
}

#define COLUMNS 11
#define FIELD 128
enum column { TOKEN, SEX, BORN, AGE, CODE, SEEN, WEIGHT, LAB, PRESSURE, REGION, NOTE };
static const char *const regions[] = { "Uusimaa", "Varsinais-Suomi", "Satakunta", "Pirkanmaa", "Kymenlaakso", "Etela-Savo",
	"Pohjois-Karjala", "Keski-Suomi", "Lapland", "Kainuu" };
struct person {
	char f[COLUMNS][FIELD];
};
static struct person *people;
static size_t persons;

static void note_make(char note[FIELD])
{
	static const char *const words[] = { "patient", "reports", "severe", "pain", "since", "last", "week", "walks", "slowly",
		"without", "help", "daughter", "visits", "daily", "sleeps", "badly", "drinks", "coffee", "after", "dinner", "denies",
		"fever", "knee", "swollen", "left", "right", "shoulder", "hurts", "when", "lifting", "boxes", "works", "nights",
		"hospital", "kitchen", "smokes", "rarely", "garden", "winter", "fell" };
	size_t i, at = 0;

	for (i = 0; i < 14; i++)
		at += (size_t)snprintf(note + at, FIELD - at, "%s%s", i ? " " : "", words[below(40)]);
}

/* Codes as they come: some often, a long tail. */
static void code_make(char code[FIELD])
{
	const unsigned k = below(100), which = k < 70 ? below(30) : k < 99 ? 30 + below(400) : 430 + below(3000);

	snprintf(code, FIELD, "%c%02u.%u", 'A' + (int)(which % 20), which / 20 % 100, which * 7 % 10);
}

static void person_make(struct person *p)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned born = 1930 + below(80);
	size_t i;

	p->f[TOKEN][0] = 'p';
	for (i = 1; i < 31; i++)
		p->f[TOKEN][i] = digits[draw() & 31];
	snprintf(p->f[SEX], FIELD, "%c", "FM"[below(2)]);
	snprintf(p->f[BORN], FIELD, "%04u-%02u-%02u", born, 1 + below(12), 1 + below(28));
	snprintf(p->f[AGE], FIELD, "%u", 2022 - born);
	code_make(p->f[CODE]);
	snprintf(p->f[SEEN], FIELD, "%04u-%02u-%02u", 2010 + below(12), 1 + below(12), 1 + below(28));
	snprintf(p->f[WEIGHT], FIELD, "%.1f", normal(75, 14));
	snprintf(p->f[LAB], FIELD, "%.2f", fabs(normal(6, 2)));
	snprintf(p->f[PRESSURE], FIELD, "%.0f", normal(135, 18));
	snprintf(p->f[REGION], FIELD, "%s", regions[below(10)]);
	note_make(p->f[NOTE]);
}

static void people_make(size_t n)
{
	size_t i;

	free(people);
	people = calloc(n, sizeof(*people));
	persons = n;
	for (i = 0; people && i < n; i++)
		person_make(&people[i]);
}

/* ---- the index ---- */

static struct buf idx;

static int keep(void *arg, const void *p, size_t n)
{
	buf_add(arg, p, n);
	return ((struct buf *)arg)->bad ? -SPE_E_INTERNAL : 0;
}

/* The first of the columns. */
static void stage_people(size_t columns)
{
	struct csv_field field[COLUMNS];
	struct prints *p;
	size_t i, k;
	int r;

	idx.len = 0;
	r = prints_new(&p, keep, &idx);
	r = r < 0 ? r : prints_table(p, columns);
	for (i = 0; i < persons; i++) {
		for (k = 0; k < columns; k++)
			field[k] = (struct csv_field){ .p = people[i].f[k], .len = strlen(people[i].f[k]) };
		r = r < 0 ? r : prints_row(p, field, columns);
	}
	r = r < 0 ? r : prints_end(p);
	prints_free(p);
	if (r < 0)
		exit(99);
}

static void stage_cells(const char *const *cells, size_t columns)
{
	struct csv_field field[16];
	struct prints *p;
	size_t i, k;

	idx.len = 0;
	if (prints_new(&p, keep, &idx) < 0 || prints_table(p, columns) < 0)
		exit(99);
	for (i = 0; cells[i]; i += columns) {
		for (k = 0; k < columns; k++)
			field[k] = (struct csv_field){ .p = cells[i + k], .len = strlen(cells[i + k]) };
		prints_row(p, field, columns);
	}
	prints_end(p);
	prints_free(p);
}

/* ---- outputs ---- */

static struct buf text;
static struct report report;

static const char *verdict_of(const void *bytes, size_t n, char delimiter)
{
	static const char *const names[] = { "pass", "review", "block" };
	const struct policy_prints prints = { (const uint8_t *)idx.p, idx.len };
	const struct policy_file f = { .prints = &prints, .prints_count = idx.len > 0 };
	enum finding_severity most = FINDING_PASS;
	char *copy = malloc(n ? n : 1); /* of its size, for the sanitizer */
	size_t i;

	memset(&report, 0, sizeof(report));
	memcpy(copy, bytes, n);
	staged_check(&f, &report, copy, n, delimiter);
	free(copy);
	for (i = 0; i < report.count; i++)
		if (report.list[i].severity > most)
			most = report.list[i].severity;
	return names[most];
}

static const char *verdict(char delimiter)
{
	const char *s = verdict_of(text.len ? text.p : "", text.len, delimiter);

	text.len = 0;
	return s;
}

static bool gives(const char *want, char delimiter, const char *what)
{
	bool good = is_str(verdict(delimiter), want, what);
	size_t i;

	for (i = 0; !good && i < report.count; i++)
		printf("# row %llu line %llu: %s\n", (unsigned long long)report.list[i].row,
			(unsigned long long)report.list[i].line, report.list[i].explanation);
	return good;
}

/* Rows [from, to) of the people, of some columns, in their order. */
static void rows(size_t from, size_t to, char delimiter, const int *columns)
{
	size_t i, k;

	for (i = from; i < to; i++)
		for (k = 0; columns[k] >= 0; k++)
			buf_fmt(&text, "%s%c", people[i].f[columns[k]], columns[k + 1] < 0 ? '\n' : delimiter);
}
#define C(...) ((const int[]){ __VA_ARGS__, -1 })

/* A sample of rows is known by what of it was sampled for the index, so that one of fifty is overlooked: of SAMPLES that have no
 * row in common ENOUGH have to be known. Over 40 states of draw() 2.1 % of 9,520 samples were not, 7 % of those by sex, birth and
 * diagnosis, and never more than three of one seven. */
#define SAMPLES 7
#define ENOUGH 4
static void most_give_block(const int *columns, char delimiter, const char *what)
{
	size_t i, known = 0;

	for (i = 0; i < SAMPLES; i++) {
		rows(200 * i, 200 * i + 200, delimiter ? delimiter : '\t', columns);
		known += strcmp(verdict(delimiter), "block") == 0;
	}
	if (known < SAMPLES)
		printf("# %zu of %d are known\n", known, SAMPLES);
	ok(known >= ENOUGH, what);
}

static void staged_rows_are_known(void)
{
	static char what[200];
	static const struct {
		int columns[8];
		const char *name;
	} sets[] = { { { SEX, BORN, CODE, -1 }, "sex, birth and diagnosis" }, { { BORN, SEEN, REGION, -1 }, "days and region" },
		{ { LAB, WEIGHT, PRESSURE, AGE, -1 }, "four measurements" }, { { SEEN, CODE, LAB, -1 }, "day, diagnosis, laboratory" },
		{ { NOTE, WEIGHT, AGE, CODE, -1 }, "notes too" }, { { LAB, SEEN, WEIGHT, SEX, BORN, -1 }, "five columns" } };
	size_t i;

	buf_str(&text, "token,sex,born,age,code,seen,weight,lab,pressure,region,note\n");
	rows(100, 140, ',', C(TOKEN, SEX, BORN, AGE, CODE, SEEN, WEIGHT, LAB, PRESSURE, REGION, NOTE));
	gives("block", ',', "whole rows are blocked");
	rows(100, 140, ';', C(NOTE, SEX, BORN, AGE, PRESSURE, SEEN, CODE, WEIGHT, REGION, LAB, TOKEN));
	gives("block", ',', "in any order, with semicolons");
	for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		if (persons > 50000 && sets[i].columns[0] == LAB && sets[i].columns[1] == WEIGHT)
			continue; /* every pair of them occurs among so many people */
		snprintf(what, sizeof(what), "two hundred rows of %s", sets[i].name);
		most_give_block(sets[i].columns, ',', what);
		snprintf(what, sizeof(what), "and as text: %s", sets[i].name);
		most_give_block(sets[i].columns, '\0', what);
	}
}

static void rewritten_rows_are_known(void)
{
	size_t i;

	for (i = 50; i < 150; i++) {
		const struct person *p = &people[i];

		buf_fmt(&text, "\"%.2s.%.2s.%.4s\";%s;%.6e;\"%c%s\";%.1f0\n", p->f[BORN] + 8, p->f[BORN] + 5, p->f[BORN],
			p->f[CODE], atof(p->f[WEIGHT]), p->f[REGION][0] | 32, p->f[REGION] + 1, atof(p->f[PRESSURE]));
	}
	gives("block", ',', "days, numbers and names written otherwise");
	buf_str(&text, "[");
	for (i = 50; i < 150; i++)
		buf_fmt(&text, "%s{\n \"born\": \"%s\",\n \"weight\": %s,\n \"lab\": %s, \"code\": \"%s\"\n}", i > 50 ? "," : "",
			people[i].f[BORN], people[i].f[WEIGHT], people[i].f[LAB], people[i].f[CODE]);
	buf_str(&text, "]");
	gives("block", '\0', "objects of JSON");
	for (i = 50; i < 150; i++)
		buf_fmt(&text, "%zu  %s   %s %s |  %s\n", i, people[i].f[SEX], people[i].f[SEEN], people[i].f[WEIGHT],
			people[i].f[LAB]);
	gives("block", '\0', "lines as programs print them");
	for (i = 0; i < 400; i++)
		buf_fmt(&text, "%s,%s,%s\n", people[i].f[BORN], people[i + 1].f[SEEN], people[i + 2].f[LAB]);
	gives("pass", ',', "the same columns, each in another order, are no rows");
}

/* Whatever parts them, in a text, in one field of a table or in one string of JSON. */
static void pasted_rows_are_known(void)
{
	static const char *const signs[] = { " ", "/", "_", "~", "&", "|", "\\t" };
	char what[80];
	size_t i, k;

	for (k = 0; k < sizeof(signs) / sizeof(signs[0]); k++) {
		const char *s = signs[k];
		const bool json = *s == '\\';

		buf_str(&text, json ? "[" : "term,estimate\n");
		for (i = 50; i < 150; i++)
			buf_fmt(&text, json ? "%s{\"a\":\"%s%s%s%s%s%s%s\"}" : "%s%s%s%s%s%s%s%s,0.512\n", json && i > 50 ? "," : "", people[i].f[SEX], s,
				people[i].f[SEEN], s, people[i].f[CODE], s, people[i].f[LAB]);
		buf_str(&text, json ? "]" : "");
		snprintf(what, sizeof(what), "parted by %s in one %s", s, json ? "string" : "field");
		gives("block", json ? '\0' : ',', what);
		for (i = 50; !json && i < 150; i++)
			buf_fmt(&text, "%s%s%s%s%s%s%s\n", people[i].f[SEX], s, people[i].f[SEEN], s, people[i].f[CODE], s, people[i].f[LAB]);
		snprintf(what, sizeof(what), "parted by %s in a text", s);
		if (!json)
			gives("block", '\0', what);
	}
	buf_str(&text, "term,estimate\n");
	for (i = 50; i < 150; i++)
		buf_fmt(&text, "%s %s %s %s,0.512\n", people[i].f[SEX], people[i + 1].f[SEEN], people[i + 2].f[WEIGHT], people[i + 3].f[LAB]);
	gives("pass", ',', "fields of values of several rows are no rows");
}

static void one_row_is_looked_at(void)
{
	rows(10, 13, ',', C(TOKEN, SEX, BORN, AGE, CODE, SEEN, WEIGHT, LAB, PRESSURE, REGION));
	gives("block", ',', "three whole rows are enough");
	buf_str(&text, "year,group,n,mean,sd,a,b,c,d,e\n2019,old,120,64.25,12.5,1,2,3,4,5\n");
	rows(5, 6, ',', C(REGION, TOKEN, SEX, BORN, AGE, CODE, SEEN, WEIGHT, LAB, PRESSURE));
	buf_str(&text, "2020,old,140,65.25,12.7,1,2,3,4,5\n");
	if (gives("review", ',', "one whole row is looked at")) {
		is_int((long long)report.list[0].row, 3, "and its place is told");
		has_str(report.list[0].explanation, "whole", "and why");
	}
	buf_str(&text, "year,group,n,mean,sd,a,b,c,d,e\n2019,old,120,64.25,12.5,1,2,3,4,5\n");
	rows(5, 6, ',', C(REGION, TOKEN, SEX, BORN, AGE, CODE, SEEN, WEIGHT, LAB, PRESSURE));
	text.len -= strlen(people[5].f[PRESSURE]) + 1;
	buf_str(&text, "999\n");
	gives("pass", ',', "but not with another value in it");
}

/* A dash in a column of words says nothing of a count. */
static void missing_words_excuse_nothing(void)
{
	size_t i;

	for (i = 0; i < persons; i++) { /* a rare one */
		text.len = 0;
		buf_fmt(&text, "code,n\nE00,40\n%s,41\n", people[i].f[CODE]);
		if (strcmp(verdict_of(text.p, text.len, ','), "review") == 0)
			break;
	}
	ok(i < persons, "a rare code is for a person");
	text.len = 0;
	buf_fmt(&text, "code,n,note\nE00,40,seen\n%s,41,-\n", people[i].f[CODE]);
	gives("review", ',', "with a dash for a note too");
	buf_fmt(&text, "code,n,note\nE00,40,-\n%s,41,NA\n", people[i].f[CODE]);
	gives("review", ',', "and where no row has a note");
	buf_fmt(&text, "code,n,note\nE00,40,seen\n%s,-,-\n", people[i].f[CODE]);
	gives("pass", ',', "but not with a dash for its count");
	buf_fmt(&text, "code,n\nE00,40 (12 %%)\n%s,NA", people[i].f[CODE]);
	gives("pass", ',', "nor with NA for a count and a share, at the end");
	buf_fmt(&text, "code,n\n%s,*\n", people[i].f[CODE]);
	gives("pass", ',', "nor with a star where every count has one");
}

/* What only the bytes that leave show is for a person all the same. */
static void escapes_hide_nothing(void)
{
	static const struct policy policy = { .name = "test", .min_count = 10, .max_bytes = 1 << 20, .max_rows = 5000, .decisions = 1,
		.types = { "json" }, .type_count = 1 };
	const struct policy_prints prints = { (const uint8_t *)idx.p, idx.len };
	struct policy_file f = { .name = "a.json", .prints = &prints, .prints_count = idx.len > 0 };
	struct policy_result result = { 0 };
	struct spe_error e;
	const char *code;
	size_t i;

	for (i = 0; i < persons; i++) { /* a rare one */
		text.len = 0;
		buf_fmt(&text, "{\"code\":\"%s\"}", people[i].f[CODE]);
		if (strcmp(verdict_of(text.p, text.len, '\0'), "review") == 0)
			break;
	}
	code = people[i < persons ? i : 0].f[CODE];
	text.len = 0;
	buf_fmt(&text, "{\"code\":\"\\u00%02x%s\"}", (unsigned char)code[0], code + 1);
	is_str(verdict_of(text.p, text.len, '\0'), "pass", "in escapes a rare code is no code");
	f.bytes = text.p;
	f.len = text.len;
	if (ok(policy_check(&policy, &f, &result, &e) == 0, "it is judged"))
		is_str(json_string_value(json_object_get(result.record, "verdict")), "review", "but what leaves has it");
	policy_result_free(&result);
	text.len = 0;
}

static void texts_are_known(void)
{
	const char *note = people[77].f[NOTE];

	buf_fmt(&text, "Our model converged.\nOne typical case: %s\nand so on.\n", note);
	for (size_t i = 78; i < 84; i++)
		buf_fmt(&text, "%s\n", people[i].f[NOTE]);
	if (gives("block", '\0', "notes in a text are blocked"))
		ok(report.list[0].line >= 2 && report.list[0].line < 9, "their line is told");
	ok(!strstr(report.list[0].explanation, "patient"), "none of their words is");
	buf_fmt(&text, "term,comment\nage,%.60s\n", note);
	for (size_t i = 78; i < 84; i++)
		buf_fmt(&text, "sex,\"%s\"\n", people[i].f[NOTE]);
	gives("block", ',', "and in a table");
	buf_str(&text, "The patients of the left group walked without help in the hospital garden, and severe pain was rarer in winter "
		"than in the weeks before; most of them slept badly since the last visit, and some denied that the knee was swollen. "
		"A fever was reported after dinner by those who work at night, and help by a daughter was usual in the kitchen.\n");
	gives("pass", '\0', "other sentences of the same words are not");
}

/* ---- results ---- */

struct sum {
	double n, x, xx;
};

static void sum_add(struct sum *s, double x)
{
	s->n++;
	s->x += x;
	s->xx += x * x;
}

static double mean(const struct sum *s)
{
	return s->x / s->n;
}

static double sd(const struct sum *s)
{
	return sqrt(fmax(s->xx / s->n - mean(s) * mean(s), 0));
}

/* What a person is counted under: region, age band, sex, year, month, day, diagnosis, chapter. */
#define GROUPINGS 8
#define KEY 40
static void group_of(const struct person *p, int grouping, char key[KEY])
{
	switch (grouping) {
	case 0: snprintf(key, KEY, "%.30s", p->f[REGION]); break;
	case 1: snprintf(key, KEY, "%d-%d", atoi(p->f[AGE]) / 10 * 10, atoi(p->f[AGE]) / 10 * 10 + 9); break;
	case 2: snprintf(key, KEY, "%.30s", p->f[SEX]); break;
	case 3: snprintf(key, KEY, "%.4s", p->f[SEEN]); break;
	case 4: snprintf(key, KEY, "%.7s", p->f[SEEN]); break;
	case 5: snprintf(key, KEY, "%.30s", p->f[SEEN]); break;
	case 6: snprintf(key, KEY, "%.30s", p->f[CODE]); break;
	default: snprintf(key, KEY, "%.3s", p->f[CODE]); break;
	}
}

#define GROUPS 20000
struct group {
	char key[2][KEY];
	struct sum weight, lab, pressure, age;
};
static struct group *groups;

static uint64_t key_hash(const char *a, const char *b)
{
	uint64_t h = 1;

	for (; *a; a++)
		h = value_mix(h, (uint64_t)*a);
	for (h ^= 0x100; *b; b++)
		h = value_mix(h, (uint64_t)*b);
	return h;
}

static void group_all(int one, int other)
{
	char key[2][KEY];
	size_t i, at, tries;

	memset(groups, 0, GROUPS * sizeof(*groups));
	for (i = 0; i < persons; i++) {
		const struct person *p = &people[i];

		group_of(p, one, key[0]);
		group_of(p, other, key[1]);
		at = key_hash(key[0], key[1]) % GROUPS;
		for (tries = 0; tries < 50 && groups[at].key[0][0]; tries++, at = (at + 1) % GROUPS)
			if (strcmp(groups[at].key[0], key[0]) == 0 && strcmp(groups[at].key[1], key[1]) == 0)
				break;
		if (tries == 50)
			continue;
		memcpy(groups[at].key, key, sizeof(key));
		sum_add(&groups[at].weight, atof(p->f[WEIGHT]));
		sum_add(&groups[at].lab, atof(p->f[LAB]));
		sum_add(&groups[at].pressure, atof(p->f[PRESSURE]));
		sum_add(&groups[at].age, atof(p->f[AGE]));
	}
}

/* Counts and means by two groupings, with few or many digits, in cells of at least so many. */
static void result_table(int one, int other, char delimiter, int digits, int least)
{
	size_t i;

	group_all(one, other);
	buf_fmt(&text, "group%cby%cn%cmean%csd%clab%clab_sd%cpressure%cage\n", delimiter, delimiter, delimiter, delimiter, delimiter,
		delimiter, delimiter, delimiter);
	for (i = 0; i < GROUPS; i++) {
		const struct group *g = &groups[i];

		if (g->weight.n < least)
			continue;
		buf_fmt(&text, "%s%c%s%c%.0f%c%.*f%c%.*f%c%.*f%c%.*f%c%.*f%c%.*f\n", g->key[0], delimiter, g->key[1], delimiter,
			g->weight.n, delimiter, digits, mean(&g->weight), delimiter, digits, sd(&g->weight), delimiter, digits,
			mean(&g->lab), delimiter, digits, sd(&g->lab), delimiter, digits > 1 ? digits - 1 : 0, mean(&g->pressure),
			delimiter, digits - 1, mean(&g->age));
	}
}

/* Estimates as regressions print them. */
static void coefficients(char delimiter)
{
	size_t i, n = 3 + below(40);

	buf_fmt(&text, "term%cestimate%cse%clower%cupper%cp\n", delimiter, delimiter, delimiter, delimiter, delimiter);
	for (i = 0; i < n; i++) {
		double b = normal(0, 5), se = fabs(normal(1, 0.5)) + 0.01;
		int digits = 1 + (int)below(4);

		buf_fmt(&text, "%s%c%.*f%c%.*f%c%.*f%c%.*f%c%.4f\n", i % 3 ? regions[below(10)] : "C34.1",
			delimiter, digits, b, delimiter, digits, se, delimiter, digits, b - 2 * se, delimiter, digits, b + 2 * se,
			delimiter, (double)below(10000) / 1e4);
	}
}

static long false_alarms(size_t tables)
{
	static const char delimiters[] = ",;\t";
	long alarms = 0;
	size_t i;

	for (i = 0; i < tables; i++) {
		const bool lines = below(4) == 0, model = below(5) == 0;
		const char delimiter = delimiters[below(3)];
		const int one = (int)below(GROUPINGS), other = (int)below(GROUPINGS), digits = 1 + (int)below(3),
			least = below(2) ? 10 : 5;

		if (model)
			coefficients(lines ? ' ' : delimiter);
		else
			result_table(one, other, lines ? ' ' : delimiter, digits, least);
		verdict(lines ? '\0' : delimiter);
		if (report.count > 0) {
			printf("# alarm: %s %d by %d, %d digits, cells from %d, %s: %s: %s\n", model ? "model" : "table", one, other, digits,
				least, lines ? "lines" : "table", report.list[0].severity == FINDING_BLOCK ? "block" : "review",
				report.list[0].explanation);
			alarms++;
		}
	}
	return alarms;
}

/* ---- planted rows ---- */

#define PLANTED 100u
static struct person *nobody; /* each planted one and its decoys after it */

/* As stage_people, with rows whose values are each somebody else's. */
static void stage_planted(size_t columns)
{
	struct csv_field field[COLUMNS];
	struct prints *p;
	size_t i, k;
	int r;

	free(nobody);
	nobody = calloc(PLANTED * (1 + CANARY_DECOYS), sizeof(*nobody));
	idx.len = 0;
	r = nobody ? prints_new(&p, keep, &idx) : -1;
	r = r < 0 ? r : prints_table(p, columns);
	for (i = 0; r == 0 && i < persons + PLANTED * (1 + CANARY_DECOYS); i++) {
		struct person *one = i < persons ? &people[i] : &nobody[i - persons];
		const bool planted = i < persons || (i - persons) % (1 + CANARY_DECOYS) == 0;

		for (k = 0; k < columns; k++) {
			if (i >= persons)
				memcpy(one->f[k], people[below(persons)].f[k], FIELD);
			field[k] = (struct csv_field){ .p = one->f[k], .len = strlen(one->f[k]) };
		}
		if (i >= persons)
			r = prints_canary(p, planted, field, columns);
		if (r == 0 && planted)
			r = prints_row(p, field, columns);
	}
	r = r < 0 ? r : prints_end(p);
	prints_free(p);
	if (r < 0)
		exit(99);
}

/* Whether the rule speaks of planted rows in 200 rows that nobody has and n of those made: 'r' review, 'b' block. */
static char planted(size_t first, size_t n, char delimiter, const int *columns)
{
	size_t i, k;

	for (i = 0; i < 200 + n; i++) {
		struct person other;

		person_make(&other);
		for (k = 0; columns[k] >= 0; k++)
			buf_fmt(&text, "%s%c", i < 200 ? other.f[columns[k]] : nobody[(first + i - 200) * (1 + CANARY_DECOYS)].f[columns[k]],
				columns[k + 1] < 0 ? '\n' : delimiter);
	}
	verdict((char)(delimiter == ' ' ? '\0' : delimiter));
	for (i = 0; i < report.count; i++)
		if (strstr(report.list[i].explanation, "planted"))
			return report.list[i].severity == FINDING_BLOCK ? 'b' : 'r';
	return '-';
}

static void planted_rows_are_known(void)
{
	const int *all = C(SEX, BORN, AGE, CODE, SEEN, WEIGHT, LAB, PRESSURE), *some = C(LAB, WEIGHT, SEEN, BORN);
	size_t i, k;

	is_int(planted(0, 0, ',', all), '-', "rows of nobody at all are not taken for planted ones");
	is_int(planted(0, 1, ',', all), 'r', "one planted row is for a person");
	is_int(planted(0, 2, ',', all), 'b', "two block");
	is_int(planted(7, 2, ';', some), 'b', "also by four of their columns in another order");
	is_int(planted(3, 3, ' ', some), 'b', "and as lines of text");
	is_int(planted(3, 3, ',', C(SEX, AGE, CODE)), '-', "three columns may be those of a result");
	for (i = 0; i < 5; i++) /* decoys: what such a row gives by chance */
		for (k = 0; k < COLUMNS - 1; k++)
			buf_fmt(&text, "%s%c", nobody[i * (1 + CANARY_DECOYS) + 1].f[k], k == COLUMNS - 2 ? '\n' : ',');
	verdict(',');
	for (i = 0; i < report.count; i++)
		ok(!strstr(report.list[i].explanation, "planted"), "decoys are not said to be planted");
	is_int(false_alarms(200), 0, "no alarm on 200 tables of results over people with planted rows");
}

/* ---- the index itself ---- */

/* Codes, their labels and chapters, staged as a table of their own. */
static void labels_of_codes_are_no_persons(void)
{
	static const char *const list[] = { "I20", "Angina pectoris", "Circulatory", "I21", "Acute myocardial infarction",
		"Circulatory", "I50", "Heart failure", "Circulatory", "J44", "Chronic obstructive pulmonary disease", "Respiratory",
		"J45", "Asthma", "Respiratory", "C34", "Malignant neoplasm of bronchus and lung", "Neoplasms", "C50",
		"Malignant neoplasm of breast", "Neoplasms", "E11", "Type 2 diabetes mellitus", "Endocrine", "E66", "Obesity",
		"Endocrine", "F32", "Depressive episode", "Mental", NULL };
	static const char *const visits[] = { "I20", "2019-03-04", "Circulatory", "I21", "2018-05-06", "Circulatory", "I50",
		"2017-07-08", "Circulatory", "J44", "2016-09-10", "Respiratory", "J45", "2015-11-12", "Respiratory", "C34",
		"2014-01-14", "Neoplasms", "C50", "2013-03-16", "Neoplasms", "E11", "2012-05-18", "Endocrine", NULL };
	size_t i;

	stage_cells(list, 3);
	for (i = 0; list[i]; i += 3)
		buf_fmt(&text, "%s,%s,%s,%zu\n", list[i], list[i + 1], list[i + 2], 50 + i);
	gives("pass", ',', "codes with their labels may be in a result");
	for (i = 0; list[i]; i += 3)
		buf_fmt(&text, "%s,%s,%s\n", list[i], list[i + 1], list[i + 2]);
	gives("pass", ',', "even all of them");
	stage_cells(visits, 3);
	for (i = 0; visits[i]; i += 3)
		buf_fmt(&text, "%s,%s,%s\n", visits[i], visits[i + 2], visits[i + 1]);
	gives("block", ',', "codes with days are visits");
}

/* Words of letters that no other row has. */
static void label(char ret[40], size_t i)
{
	snprintf(ret, 40, "disease of the kind %c%c%c%c", 'a' + (int)(i % 26), 'a' + (int)(i / 26 % 26), 'a' + (int)(i / 676 % 26), 'x');
}

/* What thousands of codes and labels left behind is taken back, whatever stood there before and comes after. */
static void long_lists_of_codes_leave_nothing(void)
{
	struct buf without = { 0 };
	struct csv_field field[COLUMNS];
	struct prints *p;
	char code[16], text_of[40];
	size_t i, k, turn;

	people_make(3000);
	for (turn = 0; turn < 2; turn++) {
		idx.len = 0;
		if (prints_new(&p, keep, &idx) < 0)
			exit(99);
		for (k = 0; k < 3; k++) {
			if (k == 1 && turn == 0)
				continue;
			prints_table(p, k == 1 ? 2 : NOTE);
			for (i = 0; i < 3000; i++) {
				size_t c;

				for (c = 0; c < NOTE; c++)
					field[c] = (struct csv_field){ .p = people[i].f[c], .len = strlen(people[i].f[c]) };
				if (k == 1) {
					snprintf(code, sizeof(code), "%c%02zu", 'A' + (int)(i % 26), i);
					label(text_of, i);
					field[0] = (struct csv_field){ .p = code, .len = strlen(code) };
					field[1] = (struct csv_field){ .p = text_of, .len = strlen(text_of) };
				}
				prints_row(p, field, k == 1 ? 2 : NOTE);
			}
		}
		prints_end(p);
		prints_free(p);
		if (turn == 0)
			buf_add(&without, idx.p, idx.len);
	}
	ok(without.len > 1000 && without.len == idx.len && memcmp(without.p, idx.p, idx.len) == 0,
		"an index with 3000 codes and labels is the one without them");
	buf_free(&without);
}

static void an_index_is_read_whole_or_not_at_all(void)
{
	static const char row[] = "2019-03-04,63.25,I21.9\n";
	size_t len, i, bad = 0;

	people_make(300);
	stage_people(COLUMNS);
	len = idx.len;
	for (i = 1; i < 60; i++) {
		idx.len = i * len / 60;
		bad += strcmp(verdict_of(row, strlen(row), ','), "block") != 0 || !strstr(report.list[0].explanation, "damaged");
	}
	is_int((long long)bad, 0, "an index that was cut anywhere blocks, and it is said why");
	idx.len = len;
	buf_str(&idx, "x");
	is_str(verdict_of(row, strlen(row), ','), "block", "and one with something behind it");
	is_str(verdict_of("", 0, ','), "block", "also for an empty file");
	idx.len = 0;
	is_str(verdict_of(row, strlen(row), ','), "pass", "where nothing was staged");
	ok(!(report.ran & 1u << RULE_STAGED), "the rule does not say that it ran");
	people_make(0);
	stage_people(COLUMNS);
	ok(idx.len > 8 && idx.len < 64, "a table without rows makes an index without keys");
	is_str(verdict_of(row, strlen(row), ','), "pass", "in which nothing is found");
	ok(report.ran & 1u << RULE_STAGED, "and the rule ran");
}

/* Bytes counted and thrown away: how large the index of a table of many rows becomes. */
static int count(void *arg, const void *p, size_t n)
{
	*(uint64_t *)arg += n;
	return 0;
}

static void wide_and_long_tables_stay_bounded(void)
{
	static struct csv_field field[CSV_FIELDS_MAX];
	static char cells[CSV_FIELDS_MAX][16];
	uint64_t bytes = 0;
	struct prints *p;
	size_t i, k;

	if (prints_new(&p, count, &bytes) < 0 || prints_table(p, CSV_FIELDS_MAX) < 0)
		exit(99);
	is_int(prints_table(p, CSV_FIELDS_MAX + 1), -SPE_E_INPUT, "a table wider than any is refused");
	prints_table(p, CSV_FIELDS_MAX);
	for (i = 0; i < 200; i++) {
		for (k = 0; k < CSV_FIELDS_MAX; k++) {
			snprintf(cells[k], sizeof(cells[k]), "%u.%u", below(1000), below(100));
			field[k] = (struct csv_field){ .p = cells[k], .len = strlen(cells[k]) };
		}
		if (prints_row(p, field, CSV_FIELDS_MAX) < 0)
			exit(99);
	}
	is_int(prints_row(p, field, 3), -SPE_E_INPUT, "and a row of another width");
	is_int(prints_end(p), 0, "the widest table can be staged");
	prints_free(p);
	ok(bytes > 200 * CSV_FIELDS_MAX / 4 && bytes < 200ull * CSV_FIELDS_MAX * 4, "a value of it takes some bytes at most");
}

int main(void)
{
	groups = calloc(GROUPS, sizeof(*groups));
	values_are_read_for_what_they_mean();
	short_ways_and_long_ways_meet();
	many_values_are_read_as_each();
	people_make(1500);
	stage_people(COLUMNS);
	staged_rows_are_known();
	rewritten_rows_are_known();
	pasted_rows_are_known();
	texts_are_known();
	is_int(false_alarms(400), 0, "no alarm on 400 tables of results over 1500 people");
	people_make(20000);
	stage_people(NOTE);
	one_row_is_looked_at();
	missing_words_excuse_nothing();
	escapes_hide_nothing();
	is_int(false_alarms(200), 0, "nor over 20,000");
	staged_rows_are_known();
	people_make(100000);
	stage_people(COLUMNS);
	is_int(false_alarms(60), 0, "nor over 100,000");
	staged_rows_are_known();
	people_make(20000);
	stage_planted(NOTE);
	planted_rows_are_known();
	labels_of_codes_are_no_persons();
	long_lists_of_codes_leave_nothing();
	an_index_is_read_whole_or_not_at_all();
	wide_and_long_tables_stay_bounded();
	free(people);
	free(nobody);
	free(groups);
	buf_free(&idx);
	buf_free(&text);
	return tap_end();
}
