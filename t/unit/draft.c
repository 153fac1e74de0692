/* t/unit/draft.c - drafts of descriptions tell what many share, and made-up data have no person in them. */
#include "t/tap.h"

#include <stdlib.h>

#include "spe-cli/draft.h"
#include "spe/cleanup.h"
#include "spe/holding.h"
#include "spe/idnum.h"
#include "sped/base/json.h"

static json_t *draft_by(char delimiter, const char *text, size_t n)
{
	struct csv_record record;
	struct draft *d = NULL;
	struct spe_error e;
	struct csv *c;
	json_t *table;
	size_t at, piece;

	if (csv_new(&c, delimiter) < 0)
		exit(99);
	for (at = 0; at <= n; at += piece ? piece : 1) {
		piece = n - at < 65536 ? n - at : 65536;
		csv_feed(c, text + at, piece, NULL);
		while (csv_next(c, &record, NULL) > 0)
			if ((d ? draft_record(d, &record) : draft_new(&d, &record, "file", &e)) < 0)
				exit(98);
	}
	table = draft_table(d, "t", delimiter);
	if (!is_int(holding_check_table(table, "table", &e), 0, "the draft is a description that is taken"))
		printf("# %s\n", e.text);
	draft_free(d);
	csv_free(c);
	return table;
}

static json_t *draft_text(const char *text, size_t n)
{
	return draft_by(',', text, n);
}

/* The one column v of these rows, each with a person of its own; "" for nothing. */
static char *column_of(const char *const *values, unsigned rows)
{
	auto_buf struct buf b = { 0 };
	char number[NOBODY_MAX];
	unsigned i, n = 0;

	while (values[n])
		n++;
	buf_str(&b, "pin,v\n");
	for (i = 0; i < rows; i++) {
		nobody_number("fi", i, number);
		buf_fmt(&b, "%s,%s\n", number, values[i % n]);
	}
	auto_json json_t *t = draft_text(b.p, b.len);
	json_t *column = json_array_get(json_object_get(t, "columns"), 1);

	is_str(json_str(json_array_get(json_object_get(t, "columns"), 0), "identifier"), "fi", "the column of persons is found");
	json_object_del(column, "name");
	return json_dumps(column, JSON_COMPACT | JSON_SORT_KEYS);
}

static void column_is(const char *const *values, unsigned rows, const char *want, const char *what)
{
	auto_free char *got = column_of(values, rows);

	is_str(got, want, what);
}

#define VALUES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void columns_are_told_apart(void)
{
	column_is(VALUES("1", "2"), 60, "{\"datatype\":\"integer\",\"required\":true,\"values\":[1,2]}", "whole numbers, few of them");
	column_is(VALUES("a", "b", ""), 90, "{\"datatype\":\"string\",\"values\":[\"a\",\"b\"]}", "codes, some missing");
	column_is(VALUES("007", "008"), 60, "{\"datatype\":\"string\",\"required\":true,\"values\":[\"007\",\"008\"]}",
		"leading zeros are a code's");
	column_is(VALUES("1.5", "NA", "2e3"), 15, "{\"datatype\":\"number\"}", "numbers, some missing, of too few to say more");
	column_is(VALUES("2019-05-06", "2020-01-02", "1999-07-07"), 90,
		"{\"datatype\":\"date\",\"maximum\":\"2020-12-31\",\"minimum\":\"1999-01-01\",\"required\":true}", "days, bounded by whole years");
	column_is(VALUES("2019-05-06", "x"), 60, "{\"datatype\":\"string\",\"required\":true,\"values\":[\"2019-05-06\",\"x\"]}",
		"days and something else");
	column_is(VALUES(""), 30, "{\"datatype\":\"string\"}", "nothing at all");
	column_is(VALUES("\"one, two\"", "\"he said \"\"x\"\"\""), 60,
		"{\"datatype\":\"string\",\"required\":true,\"values\":[\"he said \\\"x\\\"\",\"one, two\"]}", "quoted text");
}

static void decimal_commas_are_seen(void)
{
	auto_buf struct buf b = { 0 }, points = { 0 };
	char number[NOBODY_MAX];
	unsigned i;

	buf_str(&b, "pin;dose;n;list\n");
	buf_str(&points, "pin;dose;n\n");
	for (i = 0; i < 60; i++) {
		nobody_number("fi", i, number);
		buf_fmt(&b, "%s;%s;%u;1,2,3\n", number, i == 7 ? "NA" : i % 2 ? "-0,5" : "12,25", i);
		buf_fmt(&points, "%s;1,5;1.5\n", number);
	}
	auto_json json_t *t = draft_by(';', b.p, b.len), *mixed = draft_by(';', points.p, points.len);
	const json_t *dose = json_array_get(json_object_get(t, "columns"), 1);

	is_str(json_str(t, "decimal"), ",", "a table with decimal commas");
	is_str(json_str(dose, "datatype"), "number", "has numbers");
	ok(json_number_value(json_object_get(dose, "minimum")) == -10 && json_number_value(json_object_get(dose, "maximum")) == 20, "and bounds of them");
	is_str(json_str(json_array_get(json_object_get(t, "columns"), 2), "datatype"), "integer", "whole numbers are such");
	is_str(json_str(json_array_get(json_object_get(t, "columns"), 3), "datatype"), "string", "a list is none");
	ok(!json_object_get(mixed, "decimal"), "points beside commas leave it to who knows");
}

/* What one person has, or nineteen, is not told, at whatever end. */
static void what_few_have_is_not_told(void)
{
	auto_buf struct buf b = { 0 };
	char number[NOBODY_MAX];
	unsigned i;

	buf_str(&b, "pin,age,code,note,day,again\n");
	for (i = 0; i < 500; i++) {
		nobody_number("fi", i, number);
		buf_fmt(&b, "%s,%u,%s,%s,%s,%s\n", number, i == 7 ? 113 : i == 8 ? 1 : 20 + i % 60, i == 9 ? "RARE" : i < 30 && i > 10 ? "FEW" : "E11",
			i == 10 ? "unspeakably-long-secret-of-one-person-that-is-told-to-nobody" : "short", i == 11 ? "1871-01-01" : "2001-01-01",
			"x");
	}
	for (i = 0; i < 100; i++) { /* often, but of one person */
		nobody_number("fi", 3, number);
		buf_fmt(&b, "%s,99,ONES,mine,2031-01-01,y\n", number);
	}
	auto_json json_t *t = draft_text(b.p, b.len);
	auto_free char *text = json_dumps(t, JSON_COMPACT);
	const json_t *age = json_array_get(json_object_get(t, "columns"), 1);

	is_int(json_int(age, "minimum"), 20, "the least age that many reach");
	is_int(json_int(age, "maximum"), 80, "the greatest, rounded outward");
	ok(!strstr(text, "113") && !strstr(text, "RARE") && !strstr(text, "FEW") && !strstr(text, "ONES") && !strstr(text, "mine") &&
		!strstr(text, "secret") && !strstr(text, "1871") && !strstr(text, "2031"), "nothing of one person, however often, or of nineteen");
	ok(strstr(text, "E11") && strstr(text, "short"), "but what hundreds share");
	ok(!strstr(text, "\"y\""), "nor a value that is one person's alone");
}

static void all_numbers_are_seen(void)
{
	static const char *const identifiers[] = { "fi", "se", "no", "dk", "is", "lv" };
	char number[NOBODY_MAX], canonical[IDNUM_CANONICAL_MAX], what[80];
	unsigned i, k;

	for (k = 0; k < sizeof(identifiers) / sizeof(identifiers[0]); k++) {
		auto_buf struct buf b = { 0 };

		buf_str(&b, "other,who\n");
		for (i = 0; i < 50; i++) {
			nobody_number(identifiers[k], i, number);
			buf_fmt(&b, "%u,%s\n", i, number);
		}
		auto_json json_t *t = draft_text(b.p, b.len);

		snprintf(what, sizeof(what), "numbers of the kind %s", identifiers[k]);
		is_str(json_str(json_array_get(json_object_get(t, "columns"), 1), "identifier"), identifiers[k], what);
		ok(!json_object_get(json_array_get(json_object_get(t, "columns"), 1), "values"), "without one of them");
	}
	auto_buf struct buf b = { 0 };

	buf_str(&b, "who,mother\n");
	for (i = 0; i < 50; i++) {
		nobody_number("nordic", i, number);
		buf_fmt(&b, "%s,", number);
		nobody_number("nordic", i + 1000, number);
		buf_fmt(&b, "%s\n", number);
		ok(idnum_canonical(IDNUM_NONE, number, strlen(number), 2026, canonical) != IDNUM_NONE, number);
	}
	auto_json json_t *t = draft_text(b.p, b.len);

	is_str(json_str(json_array_get(json_object_get(t, "columns"), 0), "identifier"), "nordic", "numbers of four countries");
	ok(json_flag(json_array_get(json_object_get(t, "columns"), 0), "person"), "who it is about");
	is_str(json_str(json_array_get(json_object_get(t, "columns"), 1), "identifier"), "nordic", "and who is named beside them");
	ok(!json_object_get(json_array_get(json_object_get(t, "columns"), 1), "person"), "whose row it is not");
	is_str(json_str(json_array_get(json_object_get(t, "columns"), 1), "datatype"), "string", "the other holds text");
	ok(!json_object_get(json_array_get(json_object_get(t, "columns"), 1), "length"), "of which nothing is said");
}

/* As R, databases and people write where nobody is known. */
static void numbers_are_seen_among_what_stands_for_none(void)
{
	static const char *const none[] = { "NA", "NULL", ".", "999999-9999" };
	auto_buf struct buf b = { 0 };
	char number[NOBODY_MAX];
	unsigned i;

	buf_str(&b, "who,mother\n");
	for (i = 0; i < 100; i++) {
		nobody_number("fi", i, number);
		buf_fmt(&b, "%s,%s\n", number, i % 10 < 3 ? none[i % 4] : number);
	}
	auto_json json_t *t = draft_text(b.p, b.len);
	const json_t *mother = json_array_get(json_object_get(t, "columns"), 1);

	is_str(json_str(mother, "identifier"), "fi", "seventy numbers and thirty words for none");
	ok(!json_object_get(mother, "required"), "so that some are missing");
}

/* As a program writes them that took them for integers. */
static void numbers_without_their_leading_zeros_are_seen(void)
{
	auto_buf struct buf b = { 0 };
	char number[NOBODY_MAX];
	struct draft *d = NULL;
	struct csv_record record;
	unsigned i, short_ones = 0;
	struct spe_error e;
	struct csv *c;
	bool zeros;

	buf_str(&b, "who,age\n");
	for (i = 0; i < 1000; i++) {
		nobody_number("no", i * 131, number);
		short_ones += *number == '0';
		buf_fmt(&b, "%lld,%u\n", strtoll(number, NULL, 10), i);
	}
	auto_json json_t *t = draft_text(b.p, b.len);
	auto_free char *who = json_dumps(json_array_get(json_object_get(t, "columns"), 0), JSON_COMPACT);

	ok(short_ones > 200 && short_ones < 400, "a quarter of them has ten digits");
	is_str(who, "{\"name\":\"who\",\"datatype\":\"string\",\"description\":\"Personal identity numbers without their leading zeros.\"}",
		"they are said to be numbers of people, and nothing more");
	if (csv_new(&c, ',') < 0)
		exit(99);
	csv_feed(c, b.p, b.len, NULL);
	csv_feed(c, NULL, 0, NULL);
	while (csv_next(c, &record, NULL) > 0)
		if ((d ? draft_record(d, &record) : draft_new(&d, &record, "file", &e)) < 0)
			exit(98);
	json_decref(draft_table(d, "t", ','));
	is_str(draft_loose(d, 0, &zeros), "who", "and named");
	ok(zeros && !draft_loose(d, 1, &zeros), "as what lost its zeros, and no other is");
	draft_free(d);
	csv_free(c);
}

static void days_of_other_forms_are_named(void)
{
	static const char text[] = "a,b,c,d,e\n20150312,12.03.2015,2015-03-12,1234567,\n20150313,13.03.2015,2015-03-12,20150312,\n"
		"20150314,14.3.2015,2015-03-12,20150312,\n20150315,15/03/2015,2015-03-12,20150312,\n20150316,x,2015-03-12,1,20150316\n";
	struct csv_record record;
	struct draft *d = NULL;
	struct spe_error e;
	struct csv *c;

	if (csv_new(&c, ',') < 0)
		exit(99);
	csv_feed(c, text, strlen(text), NULL);
	csv_feed(c, NULL, 0, NULL);
	while (csv_next(c, &record, NULL) > 0)
		if ((d ? draft_record(d, &record) : draft_new(&d, &record, "file", &e)) < 0)
			exit(98);
	json_decref(draft_table(d, "t", ','));
	is_str(draft_days(d, 0), "a", "days as integers are named,");
	is_str(draft_days(d, 1), "b", "and with points or slashes, where four in five are such");
	ok(!draft_days(d, 2), "but not days that can be shifted, nor three in five numbers, nor one");
	draft_free(d);
	csv_free(c);
}

/* Estonia's and Lithuania's. */
static void numbers_of_two_countries_are_left_to_who_knows(void)
{
	static const char *const countries[] = { "ee", "lt" };
	char number[NOBODY_MAX];
	unsigned i, k;

	for (k = 0; k < 2; k++) {
		auto_buf struct buf b = { 0 };

		buf_str(&b, "who,mother,v\n");
		for (i = 0; i < 50; i++) {
			nobody_number(countries[k], i, number);
			buf_fmt(&b, "%s,", number);
			nobody_number("fi", i, number);
			buf_fmt(&b, "%s,a\n", k == 1 ? number : "");
		}
		auto_json json_t *t = draft_text(b.p, b.len);
		const json_t *who = json_array_get(json_object_get(t, "columns"), 0), *v = json_array_get(json_object_get(t, "columns"), 2);

		ok(!json_object_get(who, "identifier") && !json_object_get(who, "values"), "no country is chosen");
		is_str(json_str(who, "description"), "Personal identity numbers of the kind ee or lt.", "both are said");
		is_int((long long)json_array_size(json_object_get(v, "values")), 1, "persons are counted all the same");
		is_str(json_str(json_array_get(json_object_get(t, "columns"), 1), "identifier"), k == 1 ? "fi" : "", "of others one is");
	}
}

/* Where a column says who they are; else a person's own rows could be taken for many's. */
static void persons_are_not_rows(void)
{
	static const char *const spelt[] = { "19900101-9802", "900101-9802", "9001019802", "199001019802", " 900101-9802" };
	auto_buf struct buf none = { 0 }, one = { 0 };
	unsigned i;

	buf_str(&none, "visit,diagnosis,height,day\n");
	for (i = 0; i < 60; i++)
		buf_fmt(&none, "%u,F20.0,187,1985-03-04\n", i);
	auto_json json_t *t = draft_text(none.p, none.len);
	auto_free char *text = json_dumps(json_object_get(t, "columns"), JSON_COMPACT);

	is_str(text, "[{\"name\":\"visit\",\"datatype\":\"integer\"},{\"name\":\"diagnosis\",\"datatype\":\"string\"},"
		"{\"name\":\"height\",\"datatype\":\"integer\"},{\"name\":\"day\",\"datatype\":\"date\"}]", "nothing of sixty rows of perhaps one person");
	buf_str(&one, "pin,v\n");
	for (i = 0; i < 17; i++) { /* with these two nineteen persons, in five spellings more */
		char number[NOBODY_MAX];

		nobody_number("se", i, number);
		buf_fmt(&one, "%s,F20.0\n", number);
	}
	for (i = 0; i < sizeof(spelt) / sizeof(spelt[0]); i++)
		buf_fmt(&one, "%s,F20.0\n", spelt[i]);
	buf_str(&one, ",F20.0\n");
	auto_json json_t *u = draft_text(one.p, one.len);
	auto_free char *few = json_dumps(json_object_get(u, "columns"), JSON_COMPACT);

	is_str(few, "[{\"name\":\"pin\",\"datatype\":\"string\",\"identifier\":\"se\"},{\"name\":\"v\",\"datatype\":\"string\"}]",
		"one person spelt in five ways is one, whose rows make no twenty");
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, NOBODY_MAX);
}

/* As far as they go, or a hundred and ninety thousand; from somewhere, as with a seed. */
static void nobodys_numbers_differ(void)
{
	static const char *const identifiers[] = { "fi", "se", "no", "dk", "is", "ee", "lt", "lv", "fo", "nordic" };
	static char number[190000][NOBODY_MAX];
	unsigned k, i, n, same;

	for (k = 0; k < sizeof(identifiers) / sizeof(identifiers[0]); k++) {
		const uint64_t count = nobody_count(identifiers[k]);

		n = count < 190000 ? (unsigned)count : 190000;
		memset(number, 0, sizeof(number));
		for (i = 0; i < n; i++)
			nobody_number(identifiers[k], 4711 * 100003ull + i, number[i]);
		qsort(number, n, NOBODY_MAX, by_bytes);
		for (same = 0, i = 1; i < n; i++)
			same += memcmp(number[i - 1], number[i], NOBODY_MAX) == 0;
		ok(n >= 100000 && same == 0, identifiers[k]);
	}
}

static void headers_have_names(void)
{
	static const char *const bad[] = { "131052-308T,70\n", "a,2020-01-01\n", "a,7.5\n", "a,l\xf6pnr\n", "a,\n", "a,x\x01\n", "a,\xc2\x85\n", "column-2,\xc3\xb6\n" };
	struct csv_record record;
	struct draft *d;
	struct spe_error e;
	struct csv *c;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (csv_new(&c, ',') < 0)
			exit(99);
		csv_feed(c, bad[i], strlen(bad[i]), NULL);
		csv_feed(c, NULL, 0, NULL);
		csv_next(c, &record, NULL);
		is_int(draft_new(&d, &record, "file", &e), -SPE_E_INPUT, "a first line that names no columns is refused");
		ok(strncmp(e.text, "file: column ", 13) == 0 && !strstr(e.text, "308T") && !strstr(e.text, "7.5"), "and not repeated");
		csv_free(c);
	}
}

/* As spreadsheets have them. */
static void headers_in_any_words_are_kept(void)
{
	static const char text[] = "pnr,k\xc3\xb6n,k_n,Date of birth,\xc3\xa5r\n1,2,3,4,5\n";
	auto_json json_t *t = draft_text(text, strlen(text));
	auto_free char *columns = json_dumps(json_object_get(t, "columns"), JSON_COMPACT);

	is_str(columns, "[{\"name\":\"pnr\",\"datatype\":\"integer\"},{\"name\":\"k_n\",\"datatype\":\"integer\",\"header\":\"k\xc3\xb6n\"},"
		"{\"name\":\"column-3\",\"datatype\":\"integer\",\"header\":\"k_n\"},"
		"{\"name\":\"Date_of_birth\",\"datatype\":\"integer\",\"header\":\"Date of birth\"},"
		"{\"name\":\"column-5\",\"datatype\":\"integer\",\"header\":\"\xc3\xa5r\"}]", "beside names that can be used");
}

/* ---- made-up data ---- */

static char *dummy_text(const char *table, unsigned rows, uint64_t seed)
{
	auto_json json_t *t = json_loads(table, 0, NULL);
	struct buf b = { 0 };
	struct spe_error e;
	struct dummy *d;

	if (!t || holding_check_table(t, "table", &e) < 0 || dummy_new(&d, t, rows, seed, &e) < 0)
		exit(97);
	while (dummy_next(d, &b) > 0)
		;
	dummy_free(d);
	return b.p;
}

static void made_up_data_follow_the_description(void)
{
	static const char table[] = "{\"name\":\"person\",\"columns\":[{\"name\":\"pin\",\"datatype\":\"string\",\"identifier\":\"se\",\"unique\":true},"
		"{\"name\":\"age\",\"datatype\":\"integer\",\"minimum\":20,\"maximum\":29,\"required\":true},"
		"{\"name\":\"day\",\"datatype\":\"date\",\"minimum\":\"2020-01-01\",\"maximum\":\"2020-12-31\"},"
		"{\"name\":\"code\",\"datatype\":\"string\",\"values\":[\"E11\",\"a,b\"]}]}";
	auto_free char *a = dummy_text(table, 300, 1), *b = dummy_text(table, 300, 1), *other = dummy_text(table, 300, 2);
	unsigned rows = 0, bad = 0, missing = 0, age, y, m, day;
	char pin[16], rest[64], *p;

	is_str(a, b, "the same seed makes the same data");
	ok(strcmp(a, other) != 0, "another seed other data");
	ok(strncmp(a, "pin,age,day,code\n", 17) == 0, "the header has the columns");
	for (p = strchr(a, '\n'); p && p[1]; p = strchr(p + 1, '\n'), rows++) {
		char canonical[IDNUM_CANONICAL_MAX];

		if (sscanf(p + 1, "%13[^,],%u,%63[^\n]", pin, &age, rest) != 3 || age < 20 || age > 29 ||
			idnum_canonical(IDNUM_SE, pin, strlen(pin), 2026, canonical) != IDNUM_SE)
			bad++;
		else if (sscanf(rest, "%u-%u-%u", &y, &m, &day) != 3)
			missing++;
		else
			bad += y != 2020;
	}
	is_int(rows, 300, "as many rows as were asked for");
	is_int((long long)bad, 0, "each value fits");
	ok(missing > 3 && missing < 40, "days may be missing, and some are");
	ok(strstr(a, "\"a,b\""), "what has a delimiter in it is quoted");
}

static void made_up_data_keep_within_it(void)
{
	static const char table[] = "{\"name\":\"t\",\"columns\":[{\"name\":\"u\",\"datatype\":\"integer\",\"unique\":true,"
		"\"required\":true,\"minimum\":-5,\"maximum\":54},"
		"{\"name\":\"dose\",\"datatype\":\"number\",\"required\":true,\"minimum\":0.001,\"maximum\":0.009},"
		"{\"name\":\"cold\",\"datatype\":\"integer\",\"required\":true,\"maximum\":-40},"
		"{\"name\":\"old\",\"datatype\":\"date\",\"required\":true,\"unique\":true,\"maximum\":\"1960-12-31\"},"
		"{\"name\":\"w\",\"datatype\":\"string\",\"required\":true,\"unique\":true,\"length\":2},"
		"{\"name\":\"x\",\"datatype\":\"number\",\"required\":true,\"unique\":true,\"minimum\":0,\"maximum\":1}]}";
	auto_free char *a = dummy_text(table, 60, 7);
	char day[60][16], word[60][8], x[60][32], *p;
	unsigned n = 0, i, bad = 0, same = 0;
	double dose, first = 0, others = 0;
	int u, cold;

	for (p = strchr(a, '\n'); p && p[1] && n < 60; p = strchr(p + 1, '\n'), n++) {
		if (sscanf(p + 1, "%d,%lf,%d,%15[^,],%7[^,],%31[^\n]", &u, &dose, &cold, day[n], word[n], x[n]) != 6 || u != (int)n - 5 ||
			dose < 0.001 || dose > 0.009 || cold > -40 || strcmp(day[n], "1960-12-31") > 0 || strlen(word[n]) != 2)
			bad++;
		first = n == 0 ? dose : first;
		others += dose != first;
		for (i = 0; i < n; i++)
			same += strcmp(day[i], day[n]) == 0 || strcmp(word[i], word[n]) == 0 || strcmp(x[i], x[n]) == 0;
	}
	is_int(n, 60, "as many rows as there are values of a unique column");
	is_int((long long)bad, 0, "each within its bounds");
	is_int((long long)same, 0, "what is unique is");
	ok(others > 30, "small bounds have values between them");
}

static void more_rows_than_nobodies_are_refused(void)
{
	auto_json json_t *t = json_loads("{\"name\":\"t\",\"columns\":[{\"name\":\"u\",\"datatype\":\"string\",\"identifier\":\"se\",\"unique\":true}]}",
		0, NULL);
	struct spe_error e;
	struct dummy *d;

	is_int(dummy_new(&d, t, 470401, 1, &e), -SPE_E_INPUT, "more rows than a unique identifier has numbers");
	is_str(e.text, "column u is unique and has at most 470400 values: 470401 rows are too many", "and it says how many there are");
	is_int(dummy_new(&d, t, 470400, 1, &e), 0, "as many are made");
	dummy_free(d);
	json_object_del(json_array_get(json_object_get(t, "columns"), 0), "unique");
	is_int(dummy_new(&d, t, 470401, 1, &e), 0, "and more where persons may have several rows");
	dummy_free(d);
}

static void more_rows_than_values_are_refused(void)
{
	static const char *const tables[] = {
		"{\"name\":\"t\",\"columns\":[{\"name\":\"u\",\"datatype\":\"integer\",\"unique\":true,\"minimum\":1,\"maximum\":27}]}",
		"{\"name\":\"t\",\"columns\":[{\"name\":\"u\",\"datatype\":\"string\",\"unique\":true,\"length\":1}]}",
		"{\"name\":\"t\",\"columns\":[{\"name\":\"u\",\"datatype\":\"string\",\"unique\":true,\"values\":[\"a\",\"b\"]}]}",
		"{\"name\":\"t\",\"columns\":[{\"name\":\"u\",\"datatype\":\"date\",\"unique\":true,\"minimum\":\"2020-01-01\","
		"\"maximum\":\"2020-01-27\"}]}" };
	struct spe_error e;
	struct dummy *d;
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		auto_json json_t *t = json_loads(tables[i], 0, NULL);

		is_int(dummy_new(&d, t, 28, 1, &e), -SPE_E_INPUT, "more rows than a unique column has values");
		ok(strstr(e.text, "column u is unique and has at most 2"), "and it says how many there are");
	}
}

int main(void)
{
	columns_are_told_apart();
	decimal_commas_are_seen();
	what_few_have_is_not_told();
	all_numbers_are_seen();
	numbers_are_seen_among_what_stands_for_none();
	numbers_without_their_leading_zeros_are_seen();
	days_of_other_forms_are_named();
	numbers_of_two_countries_are_left_to_who_knows();
	persons_are_not_rows();
	nobodys_numbers_differ();
	headers_have_names();
	headers_in_any_words_are_kept();
	made_up_data_follow_the_description();
	made_up_data_keep_within_it();
	more_rows_than_values_are_refused();
	more_rows_than_nobodies_are_refused();
	return tap_end();
}
