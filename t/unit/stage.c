/* t/unit/stage.c - holdings to a workspace's data: by its functions, and by the program itself. */
#include "t/tap.h"

#include <archive.h>
#include <archive_entry.h>
#include <openssl/crypto.h>
#include <sys/stat.h>

#include "spe/cleanup.h"
#include "spe/ticket.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"
#include "sped/stage/stage.h"
#include "t/unit/helper.h"

#define K_PERMIT "fccb0084b3ecafa4a07e8a827b43625c22d0a627c4fc06249f66320585c95ffb"
#define TOKEN "p42dwzx6dtbdp2ekuo3q7at5spyd3wy" /* of fi 131052-308T under those keys */

static char k_check_text[65];

static void set_keys(uint8_t k_permit[PSN_KEY], uint8_t k_check[PSN_KEY])
{
	uint8_t mk[PSN_KEY];
	int i;

	for (i = 0; i < PSN_KEY; i++)
		mk[i] = (uint8_t)i;
	psn_permit_key(mk, "PERMIT-2026-001", k_permit);
	psn_check_key(mk, k_check);
	hex_text(k_check_text, k_check, PSN_KEY);
}

/* ---- one table, by table_stage ---- */

static const char persons[] =
	"{\"name\":\"person\",\"columns\":[{\"name\":\"pin\",\"datatype\":\"string\",\"identifier\":\"nordic\"},"
	"{\"name\":\"age\",\"datatype\":\"integer\"},{\"name\":\"weight\",\"datatype\":\"number\"},"
	"{\"name\":\"day\",\"datatype\":\"date\"},{\"name\":\"note\",\"datatype\":\"string\"}]}";

struct staged {
	int r;
	struct spe_error e;
	struct table_done done;
	char *out;
};

static struct staged stage_bytes(const char *description, const char *variables, const char *rows, const void *p,
	size_t n, bool anonymised)
{
	auto_json json_t *d = json_loads(description, 0, NULL);
	auto_json json_t *v = json_loads(variables, 0, NULL);
	auto_json json_t *w = json_loads(rows, 0, NULL);
	auto_close int in = helper_file(p, n), out = helper_file("", 0);
	uint8_t k_permit[PSN_KEY], k_check[PSN_KEY];
	struct person *person;
	struct staged s = { 0 };

	set_keys(k_permit, k_check);
	if (!d || !v || !w || person_new(&person, k_permit, k_check, 2026) < 0)
		exit(99);
	const struct table_task t = { .where = "holding h table person", .description = d, .variables = v, .rows = w,
		.anonymised = anonymised, .person = person, .spill = -1 };

	s.r = table_stage(&t, in, out, &s.done, &s.e);
	json_decref(s.done.misfits);
	s.out = helper_read(out);
	person_free(person);
	return s;
}

static struct staged stage_text(const char *variables, const char *rows, const char *text)
{
	return stage_bytes(persons, variables, rows, text, strlen(text), false);
}

static void stages(const char *variables, const char *rows, const char *text, const char *want, const char *what)
{
	struct staged s = stage_text(variables, rows, text);

	if (!is_str(s.r < 0 ? s.e.text : s.out, want, what))
		printf("# code %d\n", s.r);
	free(s.out);
}

static void refuses(const char *text, const char *says, const char *what)
{
	struct staged s = stage_text("[\"*\"]", "[]", text);

	is_str(s.r < 0 ? s.e.text : "staged", says, what);
	free(s.out);
}

static const char three[] = "pin,age,weight,day,note\n"
	"131052-308T,70,80.5,2020-01-02,\"a, b\"\n"
	"010594Y9032,NA,,,\n"
	"131052-308T,9,1e2,2021-05-06,\"say \"\"x\"\"\"\n";

static void the_permitted_part_is_staged(void)
{
	struct staged s = stage_text("[\"*\"]", "[]", three);

	is_int(s.r, 0, "a table is staged");
	is_int((long long)s.done.rows_in, 3, "three rows in");
	is_int((long long)s.done.rows_out, 3, "three rows out");
	is_int((long long)s.done.bytes, (long long)strlen(s.out), "its size is counted");
	ok(strncmp(s.out, "pin,age,weight,day,note\n" TOKEN ",70,80.5,2020-01-02,\"a, b\"\n", 66) == 0,
		"the number became its token; quotes stay where they are needed");
	has_str(s.out, TOKEN ",9,1e2,2021-05-06,\"say \"\"x\"\"\"\n", "the same person has the same token");
	ok(!strstr(s.out, "131052") && !strstr(s.out, "010594"), "no number is left");
	free(s.out);
	stages("[\"note\",\"age\"]", "[]", three, "age,note\n70,\"a, b\"\nNA,\n9,\"say \"\"x\"\"\"\n",
		"variables come in the description's order, and no others");
	stages("[\"age\"]", "[]", "\xef\xbb\xbfpin,age,weight,day,note\r\n131052-308T,7,,,\r\n", "age\n7\n",
		"byte order mark and CR LF are understood");
	stages("[\"note\"]", "[]", "pin,age,weight,day,note\n131052-308T,,,,\n131052-308T,,,,\"two\nlines\"\n",
		"note\n\"\"\n\"two\nlines\"\n", "an empty field alone is quoted, or it would be no line");
	stages("[\"age\"]", "[]", "pin,age,weight,day,note\n", "age\n", "no rows make a header");
	stages("[\"age\",\"height\"]", "[]", three, "holding h table person: the permit names the variable \"height\", "
		"which the description does not have", "a variable that is not there is refused");
}

static void anonymised_data_has_no_pseudonyms(void)
{
	struct staged s = stage_bytes(persons, "[\"*\"]", "[]", three, strlen(three), true);

	ok(s.r == 0 && strncmp(s.out, "age,weight,day,note\n70,", 23) == 0, "all variables but the identifier");
	free(s.out);
	s = stage_bytes(persons, "[\"pin\",\"age\"]", "[]", three, strlen(three), true);
	is_str(s.e.text, "holding h table person: the permit says anonymised and names \"pin\", which identifies people",
		"naming it is refused");
	free(s.out);
}

static void a_file_may_call_its_columns_as_it_likes(void)
{
	static const char said[] =
		"{\"name\":\"person\",\"encoding\":\"iso-8859-1\",\"delimiter\":\";\",\"columns\":[{\"name\":\"sex\",\"header\":\"k\xc3\xb6n\","
		"\"datatype\":\"string\"},{\"name\":\"born\",\"header\":\"Date of birth\",\"datatype\":\"integer\"},{\"name\":\"n\",\"datatype\":\"string\"}]}";
	static const char text[] = "k\xf6n;Date of birth;n\nM;1970;x\n", other[] = "sex;Date of birth;n\nM;1970;x\n";
	struct staged s = stage_bytes(said, "[\"*\"]", "[]", text, strlen(text), false);

	is_str(s.r < 0 ? s.e.text : s.out, "sex,born,n\nM,1970,x\n", "what is staged has the description's names");
	free(s.out);
	s = stage_bytes(said, "[\"*\"]", "[]", other, strlen(other), false);
	is_str(s.e.text, "holding h table person: column 1 has a name that the description does not have; \"k\xc3\xb6n\" is wanted",
		"a file with these is another one");
	free(s.out);
}

/* ---- people beside the row's ---- */

static const char births[] =
	"{\"name\":\"person\",\"columns\":[{\"name\":\"mother\",\"datatype\":\"string\",\"identifier\":\"fi\"},"
	"{\"name\":\"pin\",\"datatype\":\"string\",\"identifier\":\"nordic\",\"person\":true},{\"name\":\"day\",\"datatype\":\"date\"}]}";

static struct staged stage_births(const char *text, const char *opted_out, enum invalid invalid, int *ret_collected)
{
	auto_json json_t *d = json_loads(births, 0, NULL), *v = json_loads("[\"*\"]", 0, NULL);
	auto_close int in = helper_file(text, strlen(text)), out = helper_file("", 0);
	uint8_t k_permit[PSN_KEY], k_check[PSN_KEY];
	struct persons *left_out, *collected;
	struct person *person;
	struct staged s = { 0 };

	set_keys(k_permit, k_check);
	if (!d || !v || person_new(&person, k_permit, k_check, 2026) < 0 || persons_new(&left_out) < 0 || persons_new(&collected) < 0)
		exit(99);
	if (opted_out)
		persons_add(left_out, person_token(person, IDNUM_FI, opted_out, strlen(opted_out)));
	const struct table_task t = { .where = "births", .description = d, .variables = v, .person = person, .invalid = invalid,
		.opt_out = opted_out ? left_out : NULL, .collect = collected, .spill = -1 };

	s.r = table_stage(&t, in, out, &s.done, &s.e);
	json_decref(s.done.misfits);
	s.out = helper_read(out);
	*ret_collected = (int)persons_count(collected);
	persons_free(left_out);
	persons_free(collected);
	person_free(person);
	return s;
}

static void whoever_a_row_names_is_a_pseudonym(void)
{
	static const char text[] = "mother,pin,day\n131052-308T,010594Y9032,2020-01-02\n,131052-308T,\nNA,131052-308T,\n"
				   "131052308T,010594Y9032,\n";
	int people;
	struct staged s = stage_births(text, NULL, INVALID_REFUSE, &people);

	is_str(s.e.text, "births line 5: column \"mother\" has no personal identity number of the kind fi", "a number that is none is refused");
	free(s.out);
	s = stage_births(text, NULL, INVALID_MARK, &people);
	ok(s.r == 0 && strstr(s.out, "mother,pin,day\n" TOKEN ",p") == s.out, "the mother has the pseudonym that she has elsewhere");
	has_str(s.out, "\n," TOKEN ",\n," TOKEN ",\ninvalid,p", "who is not named stays empty, a number that is none is marked");
	ok(!strstr(s.out, "131052") && !strstr(s.out, "010594"), "no number is left");
	is_int(people, 2, "the rows are of the two whose they are");
	is_int((long long)s.done.faults[IDNUM_FORM], 1, "what is none is counted");
	free(s.out);
	s = stage_births(text, "131052-308T", INVALID_MARK, &people);
	is_str(s.out, "mother,pin,day\n", "no row stays that names who opted out, or may");
	is_int((long long)s.done.by_opt_out, 3, "three name her");
	is_int((long long)s.done.by_invalid, 1, "one may");
	free(s.out);
	s = stage_births(text, NULL, INVALID_REJECT, &people);
	is_int((long long)s.done.rows_out, 3, "rejected numbers take their rows with them");
	free(s.out);
}

static void a_register_is_of_whose_its_rows_are(void)
{
	static const char text[] = "mother,pin,day\n131052-308T,010594Y9032,\nwho knows,010594Y9032,\n";
	auto_json json_t *d = json_loads(births, 0, NULL);
	auto_close int in = helper_file(text, strlen(text));
	uint8_t k_permit[PSN_KEY], k_check[PSN_KEY];
	uint64_t rows, faults;
	struct persons *set;
	struct person *person;
	struct spe_error e;

	set_keys(k_permit, k_check);
	if (!d || person_new(&person, k_permit, k_check, 2026) < 0 || persons_new(&set) < 0)
		exit(99);
	const struct table_task t = { .where = "opt-outs", .description = d, .person = person, .spill = -1 };

	is_int(table_people(&t, in, set, &rows, &faults, &e), 0, "a register of opt-outs that names others too");
	is_int((long long)persons_count(set), 1, "is of whose its rows are");
	is_int((long long)faults, 0, "whoever else is named");
	persons_free(set);
	person_free(person);
}

/* Each row: a condition, and the ages of those who fulfil it. */
static const struct condition_case {
	const char *variable, *op, *value, *ages;
} condition_cases[] = {
	{ "age", "eq", "9", "9\n" },
	{ "age", "ne", "9", "70\n100\n" },
	{ "age", "lt", "70", "9\n" },
	{ "age", "le", "70", "70\n9\n" },
	{ "age", "gt", "70", "100\n" },
	{ "age", "ge", "70", "70\n100\n" },
	{ "age", "ge", "69.5", "70\n100\n" },
	{ "age", "in", "[100,9,8]", "9\n100\n" },
	{ "age", "between", "[9,70]", "70\n9\n" },
	{ "age", "null", NULL, "NA\n" },
	{ "age", "not-null", NULL, "70\n9\n100\n" },
	{ "weight", "eq", "100", "9\n" },
	{ "weight", "eq", "0.1", "100\n" },
	{ "weight", "lt", "-1", "\n" },
	{ "weight", "null", NULL, "NA\n" },
	{ "day", "ge", "\"2020-06-01\"", "9\n" },
	{ "day", "ge", "\"2021\"", "9\n" },
	{ "day", "lt", "\"2020-06\"", "70\n" },
	{ "day", "between", "[\"2020-01-02\",\"2020-01-02\"]", "70\n" },
	{ "day", "prefix", "\"2020-\"", "70\n" },
	{ "day", "null", NULL, "NA\n100\n" },
	{ "note", "eq", "\"NA\"", "100\n" },
	{ "note", "ne", "\"NA\"", "70\n9\n" },
	{ "note", "in", "[\"z\",\"a, b\"]", "70\n" },
	{ "note", "prefix", "\"a,\"", "70\n" },
	{ "note", "lt", "\"N\"", "9\n" },
	{ "note", "ge", "5", "9\n" },
	{ "note", "null", NULL, "NA\n" },
};

static void conditions_choose_rows(void)
{
	static const char text[] = "pin,age,weight,day,note\n131052-308T,70,80.5,2020-01-02,\"a, b\"\n131052-308T,NA,,NA,\n"
		"131052-308T,9,1e2,2021-05-06,7\n131052-308T,100,0.1,,NA\n";
	char rows[256], want[64], what[64];
	size_t i;

	for (i = 0; i < sizeof(condition_cases) / sizeof(condition_cases[0]); i++) {
		const struct condition_case *c = &condition_cases[i];

		snprintf(rows, sizeof(rows), "[{\"table\":\"person\",\"variable\":\"%s\",\"op\":\"%s\"%s%s}]",
			c->variable, c->op, c->value ? ",\"value\":" : "", c->value ? c->value : "");
		snprintf(want, sizeof(want), "age\n%s", strcmp(c->ages, "\n") == 0 ? "" : c->ages);
		snprintf(what, sizeof(what), "%s %s %s", c->variable, c->op, c->value ? c->value : "");
		stages("[\"age\"]", rows, text, want, what);
	}
	stages("[\"age\"]", "[{\"table\":\"person\",\"variable\":\"age\",\"op\":\"gt\",\"value\":9},"
		"{\"table\":\"other\",\"variable\":\"age\",\"op\":\"gt\",\"value\":1000},"
		"{\"table\":\"person\",\"variable\":\"note\",\"op\":\"prefix\",\"value\":\"a\"}]", text, "age\n70\n",
		"all conditions of this table must hold, others' do not matter");
}

static void conditions_fit_the_description(void)
{
	static const char *const no_days[] = { "\"op\":\"ge\",\"value\":\"01.01.2015\"", "\"op\":\"le\",\"value\":\"31.12.2010\"",
		"\"op\":\"ne\",\"value\":\"31.12.2010\"", "\"op\":\"in\",\"value\":[\"2020-01-02\",\"2021-02-29\"]",
		"\"op\":\"between\",\"value\":[\"2020-01-02\",\"2021\"]", "\"op\":\"gt\",\"value\":\"2020-06\"", "\"op\":\"ge\",\"value\":\"2020-13\"" };
	char rows[256];
	size_t i;

	stages("[\"age\"]", "[{\"table\":\"person\",\"variable\":\"age\",\"op\":\"gt\",\"value\":\"9\"}]", three,
		"holding h table person: a condition of the permit compares the numeric variable \"age\" with a string",
		"a string beside numbers is refused");
	stages("[\"age\"]", "[{\"table\":\"person\",\"variable\":\"day\",\"op\":\"gt\",\"value\":2020}]", three,
		"holding h table person: a condition of the permit compares the date variable \"day\" with a number",
		"a number beside dates is refused");
	for (i = 0; i < sizeof(no_days) / sizeof(no_days[0]); i++) {
		snprintf(rows, sizeof(rows), "[{\"table\":\"person\",\"variable\":\"day\",%s}]", no_days[i]);
		stages("[\"age\"]", rows, three, "holding h table person: a condition of the permit compares the date variable \"day\" with a "
			"value that is no day", no_days[i]);
	}
	stages("[\"age\"]", "[{\"table\":\"person\",\"variable\":\"bmi\",\"op\":\"null\"}]", three,
		"holding h table person: a condition of the permit names the variable \"bmi\", which the description "
		"does not have", "an unknown variable is refused");
	stages("[\"age\"]", "[{\"table\":\"person\",\"variable\":\"pin\",\"op\":\"not-null\"}]", three,
		"holding h table person: a condition of the permit is about \"pin\", which identifies people; none may be",
		"a condition on identities is refused");
}

/* Sentences are read by people who may not see records. */
static void faults_are_placed_and_content_is_not_shown(void)
{
	refuses("pin,age,weight,day,note\n131052-308T,,,,\n131052-308U,,,,\n",
		"holding h table person line 3: column \"pin\" has no personal identity number of the kind nordic",
		"a number with a wrong check character");
	refuses("pin,age,weight,day,note\n,1,,,\n",
		"holding h table person line 2: column \"pin\" has no personal identity number of the kind nordic",
		"an empty number");
	refuses("", "holding h table person is empty; a line of column names is wanted", "an empty file");
	refuses("pin,age,weight,day\n", "holding h table person has 4 columns; the description has 5",
		"a column too few");
	refuses("pin;age;weight;day;note\n", "holding h table person has 1 columns; the description has 5",
		"another delimiter");
	refuses("pin,weight,age,day,note\n",
		"holding h table person: column 2 is \"weight\"; the description has \"age\" there", "another order");
	refuses("PIN,age,weight,day,note\n",
		"holding h table person: column 1 is \"PIN\"; the description has \"pin\" there", "another case");
	refuses("131052-308T,1,2,2020-01-01,x\n",
		"holding h table person: column 1 has a name that the description does not have; \"pin\" is wanted",
		"no header: the record is not shown");
}

static void has_fault(const char *text, size_t n, const char *line, const char *what)
{
	struct staged s = stage_bytes(persons, "[\"*\"]", "[]", text, n, false);

	is_int(s.r, -SPE_E_INPUT, what);
	has_str(s.e.text, "holding h table person ", "the sentence begins with the table");
	has_str(s.e.text, line, "and has the line");
	ok(!strstr(s.e.text, "secret"), "and no content");
	free(s.out);
}

#define HEADER "pin,age,weight,day,note\n"
#define FAULT(text, line, what) has_fault(text, sizeof(text) - 1, line, what)

static void malformed_csv_is_refused(void)
{
	FAULT(HEADER "131052-308T,1,2,,secret\n131052-308T,secret\n", "line 3", "a short record");
	FAULT(HEADER "131052-308T,1,2,,secret,secret\n", "line 2", "a long record");
	FAULT(HEADER "131052-308T,1,2,,sec\0ret\n", "line 2", "a NUL");
	FAULT(HEADER "131052-308T,1,2,,\"secret\"x\n", "line 2", "bytes after a quote");
	FAULT(HEADER "131052-308T,1,2,,\"secret\n", "line 3", "a quote that never closes");
}

static void one_person_has_one_token_in_every_notation(void)
{
	static const char visits[] = "{\"name\":\"visit\",\"delimiter\":\";\",\"columns\":["
		"{\"name\":\"who\",\"datatype\":\"string\",\"identifier\":\"nordic\"}]}";
	static const struct pair {
		const char *a, *b, *what;
	} pairs[] = {
		{ "131052-308T", " 131052-308t ", "FI in lower case and with blanks" },
		{ "8112289874", "19811228-9874", "SE with and without century" },
		{ "811228-9874", "198112289874", "SE with and without sign" },
		{ "15108695088", "15108695088 ", "NO with a blank" },
		{ "211062-5629", "2110625629", "DK with and without hyphen" },
	};
	char text[64];
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct staged a, b;

		snprintf(text, sizeof(text), HEADER "%s,,,,\n", pairs[i].a);
		a = stage_text("[\"pin\"]", "[]", text);
		snprintf(text, sizeof(text), "who\n%s\n", pairs[i].b);
		b = stage_bytes(visits, "[\"*\"]", "[]", text, strlen(text), false);
		is_int(a.r, 0, pairs[i].what);
		is_int(b.r, 0, b.r < 0 ? b.e.text : "both are staged");
		is_str(strchr(a.out, '\n'), strchr(b.out, '\n'), "two tables agree on the token");
		free(a.out);
		free(b.out);
	}
	struct staged s = stage_text("[\"pin\"]", "[]", HEADER "131052-308T,,,,\n131052A308T,,,,\n");

	ok(s.r == 0 && strncmp(s.out + 4, s.out + 4 + PSN_TOKEN + 1, PSN_TOKEN) != 0,
		"the sign of the century tells two people apart");
	free(s.out);
}

/* ---- compression ---- */

static size_t compressed(int filter, const char *text, size_t len, char *out, size_t room)
{
	struct archive *a = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	size_t n = 0;

	archive_write_add_filter(a, filter);
	archive_write_set_format_raw(a);
	archive_write_set_bytes_per_block(a, 0);
	archive_entry_set_filetype(entry, AE_IFREG);
	if (archive_write_open_memory(a, out, room, &n) != ARCHIVE_OK ||
	    archive_write_header(a, entry) != ARCHIVE_OK ||
	    archive_write_data(a, text, len) != (la_ssize_t)len || archive_write_close(a) != ARCHIVE_OK)
		exit(99);
	archive_entry_free(entry);
	archive_write_free(a);
	return n;
}

static void damaged(const char *p, size_t n, const char *what)
{
	struct staged s = stage_bytes(persons, "[\"*\"]", "[]", p, n, false);

	if (!is_int(s.r, -SPE_E_INPUT, what))
		printf("# %s\n", s.e.text);
	has_str(s.e.text, "holding h table person ", "the sentence names the table");
	free(s.out);
}

/* checked: the format carries a check of its content; zstd's writer here leaves it out. */
static void compressed_tables_are_read_whole_or_not(int filter, const char *name, bool checked)
{
	const size_t room = 1 << 20;
	auto_buf struct buf plain = { 0 };
	auto_free char *packed = malloc(room + 16);
	char what[64];
	struct staged s;
	size_t n, i;

	buf_str(&plain, HEADER);
	for (i = 0; i < 20000; i++)
		buf_fmt(&plain, "131052-308T,%zu,%zu,,%zx\n", i, i * i, i * 2654435761u);
	n = compressed(filter, plain.p, plain.len, packed, room);
	s = stage_bytes(persons, "[\"*\"]", "[]", packed, n, false);
	snprintf(what, sizeof(what), "%s: all rows come", name);
	is_int(s.r < 0 ? -1 : (long long)s.done.rows_out, 20000, s.r < 0 ? s.e.text : what);
	free(s.out);
	damaged(packed, n / 2, "half of it is refused");
	damaged(packed, n - 1, "all but a byte is refused");
	packed[n / 2] ^= 4;
	if (checked)
		damaged(packed, n, "a changed bit is refused");
	packed[n / 2] ^= 4;
	memcpy(packed + n, "and more", 8);
	damaged(packed, n + 8, "bytes after the end are refused");
}

static void gzip_members_are_not_joined(void)
{
	char packed[4096];
	size_t n = compressed(ARCHIVE_FILTER_GZIP, HEADER, strlen(HEADER), packed, sizeof(packed));

	n += compressed(ARCHIVE_FILTER_GZIP, "131052-308T,1,,,\n", 17, packed + n, sizeof(packed) - n);
	damaged(packed, n, "two gzip members are refused");
	n = compressed(ARCHIVE_FILTER_GZIP, HEADER, strlen(HEADER), packed, sizeof(packed));
	packed[n - 8] ^= 1;
	damaged(packed, n, "a wrong CRC in gzip's trailer is refused");
	n = compressed(ARCHIVE_FILTER_BZIP2, HEADER, strlen(HEADER), packed, sizeof(packed));
	damaged(packed, n, "bzip2 is not read");
}

static void compressed_twice_is_refused(void)
{
	static const int around[] = { ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_XZ };
	char once[512], twice[1024];
	size_t i, n = compressed(ARCHIVE_FILTER_ZSTD, three, strlen(three), once, sizeof(once));

	for (i = 0; i < sizeof(around) / sizeof(around[0]); i++) {
		size_t m = compressed(around[i], once, n, twice, sizeof(twice));
		struct staged s = stage_bytes(persons, "[\"*\"]", "[]", twice, m, false);

		is_str(s.r < 0 ? s.e.text : "staged", "holding h table person is compressed more than once", "zstd in another compression");
		free(s.out);
	}
}

static void a_changed_file_is_noticed(void)
{
	auto_json json_t *d = json_loads(persons, 0, NULL), *v = json_loads("[\"age\"]", 0, NULL);
	auto_close int in = helper_file(three, strlen(three)), out = helper_file("", 0);
	uint8_t k_permit[PSN_KEY], k_check[PSN_KEY];
	struct person *person;

	set_keys(k_permit, k_check);
	if (person_new(&person, k_permit, k_check, 2026) < 0)
		exit(99);
	const struct table_task t = { .where = "holding h table person", .description = d, .variables = v, .person = person,
		.digest = "0000000000000000000000000000000000000000000000000000000000000000" };
	struct table_done done;
	struct spe_error e;

	is_int(table_stage(&t, in, out, &done, &e), -SPE_E_TAMPERED, "bytes that differ from the digest are refused");
	is_str(e.text, "holding h table person changed while it was read", "and said");
	person_free(person);
}

/* ---- rows of nobody ---- */

#define ROWS 1000
static struct staged stage_planted(size_t canaries, uint64_t known, const char *rows, bool shifted)
{
	auto_json json_t *d = json_loads(persons, 0, NULL), *v = json_loads("[\"pin\",\"age\",\"weight\"]", 0, NULL), *w = json_loads(rows, 0, NULL);
	auto_buf struct buf text = { 0 };
	uint8_t k_permit[PSN_KEY], k_check[PSN_KEY];
	auto_close int out = helper_file("", 0);
	struct person *person;
	struct staged s = { 0 };
	int i;

	buf_str(&text, "pin,age,weight,day,note\n");
	for (i = 0; i < ROWS; i++)
		buf_fmt(&text, "131052-308T,%d,%d.5,2026-01-01,x\n", 10000 + i, 20000 + i);
	auto_close int in = helper_file(text.p, text.len);

	set_keys(k_permit, k_check);
	if (!d || !v || !w || person_new(&person, k_permit, k_check, 2026) < 0)
		exit(99);
	const struct table_task t = { .where = "holding h table person", .description = d, .variables = v, .rows = w,
		.person = person, .canaries = canaries, .rows_known = known, .shifted = shifted, .spill = -1 };

	s.r = table_stage(&t, in, out, &s.done, &s.e);
	json_decref(s.done.misfits);
	s.out = helper_read(out);
	person_free(person);
	return s;
}

/* Lines whose two numbers are not of one row; *ret_sound: each is of some row, behind it and under another's pseudonym, and has a hundred
 * rows before it for itself. */
static int strangers(const char *out, bool *ret_sound)
{
	int found = 0, line = 0;
	bool seen[ROWS] = { false };
	const char *p;

	*ret_sound = true;
	for (p = strchr(out, '\n'); p && p[1]; p = strchr(p + 1, '\n'), line++) {
		char token[PSN_TOKEN + 1];
		int age, weight;

		if (sscanf(p + 1, "%31[^,],%d,%d.5", token, &age, &weight) != 3 || !psn_is_grammar(token, PSN_TOKEN))
			*ret_sound = false;
		if (age - 10000 == weight - 20000) {
			seen[age - 10000] = true;
			continue;
		}
		found++;
		*ret_sound &= line >= 101 * found - 1;
		*ret_sound &= strcmp(token, TOKEN) != 0 && age >= 10000 && age < 10000 + ROWS && weight >= 20000 && weight < 20000 + ROWS &&
			seen[age - 10000] && seen[weight - 20000];
	}
	return found;
}

#define AGE(op, value) "[{\"table\":\"person\",\"variable\":\"age\",\"op\":\"" op "\",\"value\":" value "}]"
static void rows_of_nobody_are_planted(void)
{
	struct staged s = stage_planted(3, ROWS, "[]", false), again = stage_planted(3, ROWS, "[]", false), few = stage_planted(3, 60, "[]", false),
		many = stage_planted(100, ROWS, "[]", false), none = stage_planted(3, ROWS, AGE("lt", "5"), false),
		last = stage_planted(3, ROWS, AGE("ge", "10700"), false), fifty = stage_planted(10, ROWS, AGE("lt", "10050"), false);
	bool sound;

	is_int(strangers(s.out, &sound), 3, "three rows of nobody stand among a thousand");
	ok(sound, "each value is one that its column has before, and the person does not exist");
	is_int((long long)s.done.rows_out, ROWS + 3, "they count as staged");
	is_int((long long)s.done.planted, 3, "and are told of");
	is_str(again.out, s.out, "the next staging has the same");
	is_int(strangers(few.out, &sound), 0, "a table of sixty rows has none");
	is_int(strangers(many.out, &sound), 9, "no more than one for a hundred that have one behind them");
	is_int(strangers(none.out, &sound), 0, "where no row is chosen none is planted");
	is_int(strangers(last.out, &sound), 2, "two among the last three hundred");
	ok(sound, "each of values before it, and behind a hundred rows of its own");
	is_int((long long)fifty.done.planted, 0, "but among fifty of a thousand none");
	free(s.out), free(again.out), free(few.out), free(many.out), free(none.out), free(last.out), free(fifty.out);
}

static bool ends_with_a_stranger(const char *out)
{
	const char *last = memrchr(out, '\n', strlen(out) - 1);
	int age, weight;

	return last && sscanf(last, "%*[^,],%d,%d.5", &age, &weight) == 2 && age - 10000 != weight - 20000;
}

/* Who leaves the last lines away would leave them away. */
static void no_row_of_nobody_is_at_the_end(void)
{
	static const char *const parts[] = { AGE("lt", "10300"), AGE("lt", "10310"), AGE("lt", "10100"), AGE("ge", "10700"), "[]" };
	struct staged early = stage_planted(3, 100 * ROWS, "[]", false), ordered = stage_planted(3, 100 * ROWS, "[]", true),
		part = stage_planted(3, 300, AGE("lt", "10300"), true);
	int ends = 0;
	size_t i, n;
	bool sound;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		for (n = 1; n <= 20; n++) {
			struct staged s = stage_planted(n, i % 2 ? ROWS : 300, parts[i], false);

			ends += s.r < 0 || ends_with_a_stranger(s.out);
			free(s.out);
		}
	is_int(ends, 0, "no table of a hundred ends with a row of nobody");
	is_int(strangers(early.out, &sound), 0, "nor one that ends early");
	is_int((long long)early.done.planted, 0, "which has none");
	is_int((long long)ordered.done.planted, 3, "but where rows are put in order it has them");
	is_int((long long)part.done.planted, 2, "there too three hundred have two");
	free(early.out), free(ordered.out), free(part.out);
}

static void values_fit_or_do_not(void)
{
	static const struct fit {
		enum datatype t;
		const char *s;
		bool fits;
	} fits[] = {
		{ DATA_INTEGER, "0", true }, { DATA_INTEGER, "-12", true }, { DATA_INTEGER, "+1", true },
		{ DATA_INTEGER, "1.0", false }, { DATA_INTEGER, "1e3", false }, { DATA_INTEGER, "-", false },
		{ DATA_INTEGER, " 1", false }, { DATA_INTEGER, "0x1", false },
		{ DATA_INTEGER, "1234567890123456789", false },
		{ DATA_NUMBER, "1", true }, { DATA_NUMBER, "-1.5", true }, { DATA_NUMBER, ".5", true },
		{ DATA_NUMBER, "5.", true }, { DATA_NUMBER, "1e-3", true }, { DATA_NUMBER, "1E+30", true },
		{ DATA_NUMBER, "1e", false }, { DATA_NUMBER, ".", false }, { DATA_NUMBER, "inf", false },
		{ DATA_NUMBER, "nan", false }, { DATA_NUMBER, "1,5", false }, { DATA_NUMBER, "0x10", false },
		{ DATA_DATE, "2024-02-29", true }, { DATA_DATE, "2023-02-29", false },
		{ DATA_DATE, "2023-13-01", false }, { DATA_DATE, "2023-00-10", false },
		{ DATA_DATE, "2023-1-1", false }, { DATA_DATE, "20230101", false }, { DATA_DATE, "2023-12-32", false },
		{ DATA_STRING, "anything", true },
	};
	size_t i;

	for (i = 0; i < sizeof(fits) / sizeof(fits[0]); i++)
		is_int(value_fits(fits[i].t, fits[i].s, strlen(fits[i].s)), fits[i].fits, fits[i].s);
	ok(value_missing(DATA_INTEGER, "NA", 2) && !value_missing(DATA_STRING, "NA", 2),
		"NA is missing, but in a string it may be Namibia");
}

/* ---- whole tickets ---- */

static const char permit_text[] =
	"{\"format\":\"spe-permit-1\",\"id\":\"PERMIT-2026-001\",\"kind\":\"data-permit\",\"version\":1,"
	"\"issuer\":{\"hdab\":\"urn:spe:hdab:fi\",\"country\":\"FI\",\"case\":\"1\"},\"issued\":\"2026-10-01T09:00:00Z\","
	"\"data\":[{\"holding\":\"t2d\",\"form\":\"pseudonymised\",\"format\":\"csv\","
	"\"variables\":{\"person\":[\"pin\",\"age\"],\"visit\":[\"*\"]},"
	"\"rows\":[{\"table\":\"person\",\"variable\":\"age\",\"op\":\"ge\",\"value\":50}]}],"
	"\"purpose\":{\"article53\":[\"e\"],\"text\":\"x\"},"
	"\"persons\":[{\"id\":\"aino\",\"roles\":[\"principal-investigator\"]}],"
	"\"valid\":{\"from\":\"2026-10-15\",\"until\":\"2028-10-15\",\"erased-by\":\"2029-04-15\"},"
	"\"environment\":{\"runtime\":[\"host\"],\"cpus\":1,\"memory\":\"1G\",\"disk\":\"1G\"},"
	"\"outputs\":{\"types\":[\"text/csv\"],\"min-cell\":5,\"max-bytes\":1000}}";
static const char visits[] = "{\"name\":\"visit\",\"columns\":[{\"name\":\"who\",\"datatype\":\"string\","
	"\"identifier\":\"fi\"},{\"name\":\"code\",\"datatype\":\"string\"}]}";
static const char person_csv[] = HEADER "131052-308T,70,,,\n010594Y9032,32,,,\n";
static const char visit_csv[] = "who,code\n131052-308t,E11\n010594Y9032,E10\n";

static json_t *table_json(const char *name, const char *text, const char *description)
{
	char digest[SHA256_TEXT];

	sha256_text(text, strlen(text), digest);
	return json_pack("{s:s,s:s,s:s,s:o}", "holding", "t2d", "table", name, "sha256", digest, "description",
		json_loads(description, 0, NULL));
}

static json_t *stage_json(void)
{
	uint8_t k_permit[PSN_KEY], k_check[PSN_KEY];

	set_keys(k_permit, k_check);
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:i,s:[o,o]}", "kind", "stage", "permit", permit_text, "k_permit", K_PERMIT,
		"k_check", k_check_text, "k_shift", K_PERMIT, "reference_year", 2026, "tables", table_json("visit", visit_csv, visits),
		table_json("person", person_csv, persons));
}

struct answer {
	int status;
	json_t *json;
	uint64_t size; /* of what it wrote, and */
	bool indexed;  /* the index at its end is what the result says it is */
	char path[64];
	int place;
};

static void answer_drop(struct answer *a)
{
	char command[160];

	json_decref(a->json);
	close(a->place);
	snprintf(command, sizeof(command), "chmod -R u+rwx %s; rm -r %s", a->path, a->path);
	if (system(command) != 0)
		exit(99);
}

static void read_index(int out, struct answer *a)
{
	const json_t *prints = json_object_get(a->json, "prints");
	auto_free char *all = NULL;
	char digest[SHA256_TEXT];
	size_t n;

	if (io_read_at(out, 1u << 26, &all, &n) < 0)
		exit(99);
	a->size = n;
	if (!prints || n < TASK_PRINTS || all[TASK_PRINTS - 1] != '\n' || memchr(all, '\n', TASK_PRINTS - 1))
		return;
	sha256_text(all + TASK_PRINTS, n - TASK_PRINTS, digest);
	a->indexed = n - TASK_PRINTS == (size_t)json_int(prints, "bytes") && strcmp(digest, json_str(prints, "sha256")) == 0 &&
		     n - TASK_PRINTS > 8 && memcmp(all + TASK_PRINTS, "SPEPRNT1", 8) == 0;
}

/* The program itself, with the two tables. */
static struct answer run_stage(const json_t *ticket)
{
	auto_free char *text = json_dumps(ticket, 0);
	auto_close int out = helper_file("", 0), a = helper_file(visit_csv, strlen(visit_csv)),
		       b = helper_file(person_csv, strlen(person_csv));
	struct answer r = { 0 };

	r.place = helper_dir(r.path);
	r.status = helper_run("spe-stage", text, out, -1, (int[]){ -1, r.place, a, b }, 4);
	auto_free char *got = helper_read(out);

	r.json = json_loads(got, JSON_DISABLE_EOF_CHECK, NULL); /* the index follows */
	read_index(out, &r);
	return r;
}

static int files_in(int place)
{
	char path[64], command[128];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d/", getpid(), place);
	snprintf(command, sizeof(command), "test -z \"$(ls -A %s)\"", path);
	return system(command);
}

static char *place_file(const struct answer *a, const char *name, mode_t mode)
{
	auto_close int fd = openat(a->place, name, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	is_int(st.st_mode & 07777, mode, name);
	return helper_read(fd);
}

static void a_permit_is_staged_by_the_program(void)
{
	auto_json json_t *ticket = stage_json();
	struct answer a = run_stage(ticket);
	const json_t *tables = json_object_get(a.json, "tables"), *person = json_array_get(tables, 1);
	auto_free char *one = place_file(&a, "t2d/person.csv", 0444), *two = place_file(&a, "t2d/visit.csv", 0444);
	char digest[SHA256_TEXT];
	struct stat st;

	is_int(a.status, 0, "spe-stage ends well");
	ok(json_flag(a.json, "ok") && json_array_size(tables) == 2, "and answers for two tables");
	is_str(one, "pin,age\n" TOKEN ",70\n", "person: permitted variables, rows that fulfil the condition");
	ok(two && strncmp(two, "who,code\n" TOKEN ",E11\np", 46) == 0, "visit: the same person, the same token");
	is_str(json_str(person, "table"), "person", "the answer names the table");
	is_int(json_int(person, "rows_in"), 2, "counts rows in");
	is_int(json_int(person, "rows_out"), 1, "counts rows out");
	is_int(json_int(person, "bytes"), (long long)strlen(one ? one : ""), "counts bytes");
	sha256_text(one ? one : "", strlen(one ? one : ""), digest);
	is_str(json_str(person, "sha256"), digest, "and has the digest of what was written");
	ok(a.indexed, "the index lies behind the answer, as it says");
	ok(fstatat(a.place, "t2d", &st, 0) == 0 && (st.st_mode & 07777) == 0555, "the directory is closed");
	answer_drop(&a);
}

static void refused_ticket(json_t *ticket, const char *code, const char *says, const char *what)
{
	struct answer a = run_stage(ticket);
	const json_t *e = json_object_get(a.json, "error");

	is_int(a.status, 1, what);
	is_str(json_str(e, "code"), code, "its code");
	is_str(json_str(e, "message"), says, "its sentence");
	ok(!json_object_get(a.json, "prints"), "it has no index");
	is_int(files_in(a.place), 0, "nothing is left behind");
	answer_drop(&a);
	json_decref(ticket);
}

static json_t *with(const char *field, json_t *value)
{
	json_t *t = stage_json();

	json_object_set_new(t, field, value);
	return t;
}

static json_t *with_table(size_t i, const char *field, json_t *value)
{
	json_t *t = stage_json();

	json_object_set_new(json_array_get(json_object_get(t, "tables"), i), field, value);
	return t;
}

static void bad_tickets_are_refused_whole(void)
{
	json_t *t;

	refused_ticket(with_table(1, "sha256", json_string(K_PERMIT)), "tampered",
		"holding t2d table person is not the file that was registered: its SHA-256 differs",
		"a wrong digest, of the second table");
	refused_ticket(with_table(1, "table", json_string("visit")), "bad-input",
		"ticket.tables[1]: the description is of another table", "a table under another's name");
	refused_ticket(with_table(0, "holding", json_string("deaths")), "refused",
		"ticket.tables[0] is not in the permit", "a holding that the permit does not have");
	refused_ticket(with_table(0, "path", json_string("x")), "bad-input",
		"ticket.tables[0] has the unknown field \"path\"", "an unknown field");
	refused_ticket(with("k_check", json_string("00")), "bad-input", "ticket.k_check is no key of 32 bytes",
		"a short key");
	refused_ticket(with("reference_year", json_integer(1999)), "bad-input",
		"ticket.reference_year is 1999; 2000 to 2199 are taken", "a year that is past");
	refused_ticket(with("permit", json_string("{}")), "bad-input", "permit.format is missing", "no permit");
	refused_ticket(with("kind", json_string("copy")), "bad-input", "ticket.kind must be stage, intake, verify or wipe",
		"another kind");
	refused_ticket(with("input", json_true()), "bad-input", "ticket.kind stage wants no input", "input");
	t = stage_json();
	json_array_remove(json_object_get(t, "tables"), 1);
	refused_ticket(t, "bad-input", "ticket.tables has 1 tables; the permit has 2", "a table too few");
	t = stage_json();
	json_array_set(json_object_get(t, "tables"), 1, json_array_get(json_object_get(t, "tables"), 0));
	refused_ticket(t, "bad-input", "ticket.tables[1] repeats another", "a table twice");
	t = stage_json(); /* the second table's header is wrong: the first was written by then */
	json_array_remove(json_object_get(json_object_get(json_array_get(json_object_get(t, "tables"), 1),
		"description"), "columns"), 4);
	refused_ticket(t, "bad-input", "holding t2d table person has 5 columns; the description has 4",
		"a description that does not fit, found late");
}

/* The second table as an opaque file: with what the permit says of it, or nothing. */
static struct answer run_opaque(bool named, const char *content)
{
	json_t *ticket = stage_json(), *table, *permit, *entry;
	auto_close int out = helper_file("", 0), a = helper_file(visit_csv, strlen(visit_csv)), b = helper_file(content, strlen(content));
	struct answer r = { 0 };
	auto_free char *text = NULL;

	table = table_json("scan", content, "{\"name\":\"scan\",\"format\":\"opaque\",\"file\":\"scan.dcm\"}");
	json_array_set_new(json_object_get(ticket, "tables"), 1, table);
	permit = json_loads(permit_text, 0, NULL);
	entry = json_array_get(json_object_get(permit, "data"), 0);
	json_object_del(json_object_get(entry, "variables"), "person");
	json_object_del(entry, "rows");
	if (named)
		json_object_set_new(entry, "files", json_pack("[s]", "scan"));
	else
		json_object_set_new(json_object_get(entry, "variables"), "scan", json_pack("[s]", "*"));
	text = json_dumps(permit, 0);
	json_object_set_new(ticket, "permit", json_string(text));
	json_decref(permit);
	free(text);
	text = json_dumps(ticket, 0);
	json_decref(ticket);
	r.place = helper_dir(r.path);
	r.status = helper_run("spe-stage", text, out, -1, (int[]){ -1, r.place, a, b }, 4);
	auto_free char *got = helper_read(out);

	r.json = json_loads(got, JSON_DISABLE_EOF_CHECK, NULL);
	return r;
}

static void opaque_files_are_named_to_be_passed(void)
{
	static const char content[] = "DICM 131052-308T";
	struct answer a = run_opaque(true, content);
	const json_t *file = json_array_get(json_object_get(a.json, "tables"), 1);
	auto_free char *got = place_file(&a, "t2d/scan.dcm", 0444);
	char digest[SHA256_TEXT];

	sha256_text(content, strlen(content), digest);
	is_int(a.status, 0, "a permit that names a file gets it");
	is_str(got, content, "as it lies there");
	is_str(json_str(file, "file"), "scan.dcm", "the answer says that it is one,");
	is_str(json_str(file, "sha256"), digest, "by its digest,");
	is_int(json_int(file, "bytes"), (long long)strlen(content), "and how large it is");
	answer_drop(&a);
	a = run_opaque(false, content);
	is_str(json_str(json_object_get(a.json, "error"), "message"), "ticket.tables[1] is an opaque file, which the permit does not name in files",
		"one that takes all of its variables does not");
	is_int(files_in(a.place), 0, "and nothing is there");
	answer_drop(&a);
	a = run_opaque(true, "");
	is_str(json_str(json_object_get(a.json, "error"), "message"), "holding t2d table scan is empty", "an empty file is refused");
	is_int(files_in(a.place), 0, "and nothing is there");
	answer_drop(&a);
}

static void stored_tables_are_compared(void)
{
	char digest[SHA256_TEXT];
	auto_free char *text = NULL, *bad = NULL;
	auto_close int out = helper_file("", 0), again = helper_file("", 0), a = helper_file(visit_csv, strlen(visit_csv)),
		       b = helper_file(person_csv, strlen(person_csv)), null = open("/dev/null", O_RDWR | O_CLOEXEC);

	sha256_text(visit_csv, strlen(visit_csv), digest);
	if (asprintf(&text, "{\"kind\":\"verify\",\"tables\":[{\"holding\":\"t2d\",\"table\":\"visit\",\"sha256\":\"%s\"},"
			    "{\"holding\":\"t2d\",\"table\":\"person\",\"sha256\":\"%s\"}]}", digest, digest) < 0 ||
		asprintf(&bad, "{\"kind\":\"verify\",\"tables\":[{\"holding\":\"t2d\",\"table\":\"visit\"}]}") < 0)
		exit(99);
	is_int(helper_run("spe-stage", text, out, -1, (int[]){ -1, null, a, b }, 4), 0, "stored tables are compared, with no directory to write to");
	auto_free char *got = helper_read(out);
	auto_json json_t *j = json_loads(got, 0, NULL);
	const json_t *tables = json_object_get(j, "tables");

	ok(json_flag(json_array_get(tables, 0), "same"), "one is the same");
	ok(json_is_false(json_object_get(json_array_get(tables, 1), "same")), "the other differs");
	is_int(json_int(json_array_get(tables, 1), "bytes"), (long long)strlen(person_csv), "and how large it is");
	is_int(helper_run("spe-stage", bad, again, -1, (int[]){ -1, null, a, b }, 4), 1, "without a digest nothing is compared");
}

/* ---- intake ---- */

static struct answer run_intake_as(const char *invalid, const char *csv, size_t len)
{
	json_t *description = json_loads(persons, 0, NULL);
	auto_json json_t *ticket = json_pack("{s:s,s:b,s:s,s:s,s:o}", "kind", "intake", "input", 1, "holding", "t2d",
		"table", "person", "description", description);

	json_object_set_new(description, "invalid-numbers", json_string(invalid));
	auto_free char *text = json_dumps(ticket, 0);
	auto_close int out = helper_file("", 0), in = helper_file(csv, len);
	struct answer r = { 0 };

	r.place = helper_dir(r.path);
	r.status = helper_run("spe-stage", text, out, in, (int[]){ -1, r.place }, 2);
	auto_free char *got = helper_read(out);

	r.json = json_loads(got, 0, NULL);
	return r;
}

static struct answer run_intake(const char *csv, size_t len)
{
	return run_intake_as("refuse", csv, len);
}

static void numbers_that_are_none_are_kept(void)
{
	static const char csv[] = HEADER "131052-308T,,,,\n131052-999X,,,,\n,,,,\n";
	struct answer a = run_intake_as("keep", csv, strlen(csv));

	is_int(a.status, 0, "a table that keeps them is taken in");
	is_int(json_int(json_object_get(a.json, "misfits"), "pin"), 2, "they are counted");
	answer_drop(&a);
}

static void an_upload_is_stored_and_read(void)
{
	static const char csv[] = HEADER "131052-308T,70,80.5,2020-01-02,x\n010594Y9032,NA,,,\n131052-308T,old,1,2020,\n"
		"131052-308T,1.5,abc,,\n";
	char digest[SHA256_TEXT], packed[4096];
	struct answer a = run_intake(csv, strlen(csv));
	auto_free char *got = place_file(&a, "table", 0400), *misfits = json_dumps(json_object_get(a.json, "misfits"), JSON_COMPACT);
	size_t n;

	sha256_text(csv, strlen(csv), digest);
	is_int(a.status, 0, "an upload is taken in");
	ok(json_flag(a.json, "ok"), "and said to be");
	is_int(json_int(a.json, "rows"), 4, "four rows");
	is_int(json_int(a.json, "bytes"), (long long)strlen(csv), "its bytes");
	is_str(json_str(a.json, "sha256"), digest, "its digest");
	is_str(misfits, "{\"age\":2,\"weight\":1,\"day\":1}", "misfits are counted, not refused");
	is_str(got, csv, "what is stored is what came");
	answer_drop(&a);
	n = compressed(ARCHIVE_FILTER_ZSTD, csv, strlen(csv), packed, sizeof(packed));
	a = run_intake(packed, n);
	is_int(a.status, 0, "zstd within the confinement");
	is_int(json_int(a.json, "rows"), 4, "four rows again");
	is_int(json_int(a.json, "bytes"), (long long)n, "stored as it came");
	answer_drop(&a);
	n = compressed(ARCHIVE_FILTER_XZ, csv, strlen(csv), packed, sizeof(packed));
	a = run_intake(packed, n);
	is_int(json_int(a.json, "rows"), 4, "xz within the confinement");
	answer_drop(&a);
	n = compressed(ARCHIVE_FILTER_GZIP, csv, strlen(csv), packed, sizeof(packed));
	a = run_intake(packed, n);
	is_int(json_int(a.json, "rows"), 4, "gzip within the confinement");
	answer_drop(&a);
}

static void refused_upload(const char *csv, const char *says, const char *what)
{
	struct answer a = run_intake(csv, strlen(csv));

	is_int(a.status, 1, what);
	is_int(files_in(a.place), 0, "nothing is left behind");
	is_str(json_str(json_object_get(a.json, "error"), "message"), says, "its sentence");
	answer_drop(&a);
}

static void bad_uploads_are_refused(void)
{
	refused_upload(HEADER "131052-308T,,,,131052-308T\n131052-308T,,,,x\n131052-308T,,,,010594Y9032\n131052-308T,,,, 010594Y9032\n"
		"131052-308T,,,,\n131052-308T,,,,131052-308T\n",
		"holding t2d table person: column \"note\" has personal identity numbers, and the description gives it no identifier",
		"numbers that would be staged as they stand");
	refused_upload(HEADER "131052-308T,,,,\n131052-999X,,,,\n",
		"holding t2d table person line 3: column \"pin\" has no personal identity number of the kind nordic",
		"a number that is none");
	refused_upload(HEADER "131052-308T,,,,1837000153\n131052-308T,,,,2837000273\n131052-308T,,,,3837000393\n131052-308T,,,,4837000403\n131052-308T,,,,5837000523\n",
		"holding t2d table person: column \"note\" has personal identity numbers without their leading zeros, and the description gives it no "
		"identifier", "and those that a program took for integers");
	refused_upload("age,pin,weight,day,note\n",
		"holding t2d table person: column 1 is \"age\"; the description has \"pin\" there", "another header");
	refused_upload("", "holding t2d table person is empty; a line of column names is wanted", "nothing");
}

/* As R, databases and people write where nobody is known. */
static void numbers_are_seen_among_what_stands_for_none(void)
{
	static const char *const none[] = { "NA", "NULL", ".", "-", "N/A", "nan", "000000-0000", "99999999999", "<NA>", " None " };
	auto_buf struct buf many = { 0 }, few = { 0 };
	unsigned i;

	buf_str(&many, HEADER);
	buf_str(&few, HEADER);
	for (i = 0; i < 100; i++) {
		buf_fmt(&many, "131052-308T,,,,%s\n", i % 10 < 3 ? none[i / 3 % 10] : "010594Y9032");
		buf_fmt(&few, "131052-308T,,,,%s\n", i % 10 < 3 ? "see 010594" : i % 10 < 6 ? "010594Y9032" : none[i % 10]);
	}
	refused_upload(many.p, "holding t2d table person: column \"note\" has personal identity numbers, and the description gives it no identifier",
		"seventy numbers and thirty words for none");
	struct answer a = run_intake(few.p, few.len);
	auto_free char *told = json_dumps(json_object_get(a.json, "numbers"), JSON_COMPACT);

	is_int(a.status, 0, "half of the values that there are");
	is_str(told, "{\"note\":30}", "are told of");
	answer_drop(&a);
}

/* ---- wipe ---- */

static struct answer run_wipe(const char *make)
{
	auto_close int out = helper_file("", 0);
	struct answer r = { 0 };
	char command[512];

	r.place = helper_dir(r.path);
	snprintf(command, sizeof(command), "cd %s && %s", r.path, make);
	if (system(command) != 0)
		exit(99);
	r.status = helper_run("spe-stage", "{\"kind\":\"wipe\"}", out, -1, (int[]){ -1, r.place }, 2);
	auto_free char *got = helper_read(out);

	r.json = json_loads(got, 0, NULL);
	return r;
}

/* Root makes what the helper removes. */
#define GIVE " && { test \"$(id -u)\" != 0 || chown -hR 65534:65534 .; }"

static void everything_is_removed(void)
{
	struct answer a;
	char outside[] = P_tmpdir "/spe-unit-outside.XXXXXX";
	char make[256];

	if (!mkdtemp(outside))
		exit(99);
	snprintf(make, sizeof(make), "touch %s/stays && mkdir -p a/b/c && touch a/1 a/b/2 a/b/c/3 && mkfifo f && "
		"ln -s %s link && chmod 444 a/1 && chmod 555 a/b a" GIVE, outside, outside);
	a = run_wipe(make);
	is_int(a.status, 0, "a tree is removed");
	is_int(json_int(a.json, "files"), 5, "files, pipe and link are counted");
	is_int(files_in(a.place), 0, "nothing is left");
	answer_drop(&a);
	snprintf(make, sizeof(make), "%s/stays", outside);
	is_int(access(make, F_OK), 0, "what a link points at stays");
	unlink(make);
	rmdir(outside);
	a = run_wipe("for i in $(seq 500); do : >n$i; done" GIVE);
	is_int(json_int(a.json, "files"), 500, "many files");
	is_int(files_in(a.place), 0, "none is passed over");
	answer_drop(&a);
	a = run_wipe("mkdir -p $(seq -s/ 66)" GIVE);
	is_int(a.status, 0, "as many levels as a runtime may have");
	answer_drop(&a);
	a = run_wipe("mkdir -p $(seq -s/ 67)" GIVE);
	is_int(a.status, 1, "more are refused");
	has_str(json_str(json_object_get(a.json, "error"), "message"), "deeper than 66 levels", "and said");
	answer_drop(&a);
}

static void root_is_refused(void)
{
	struct answer a;

	if (geteuid() != 0)
		return;
	helper_stays_root = true;
	a = run_wipe(": >file");
	helper_stays_root = false;
	is_int(a.status, 1, "as root it does nothing");
	ok(!a.json && files_in(a.place) != 0, "neither answers nor touches the place");
	answer_drop(&a);
}

int main(void)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	the_permitted_part_is_staged();
	anonymised_data_has_no_pseudonyms();
	a_file_may_call_its_columns_as_it_likes();
	whoever_a_row_names_is_a_pseudonym();
	a_register_is_of_whose_its_rows_are();
	conditions_choose_rows();
	conditions_fit_the_description();
	faults_are_placed_and_content_is_not_shown();
	malformed_csv_is_refused();
	one_person_has_one_token_in_every_notation();
	compressed_tables_are_read_whole_or_not(ARCHIVE_FILTER_GZIP, "gzip", true);
	compressed_tables_are_read_whole_or_not(ARCHIVE_FILTER_ZSTD, "zstd", false);
	compressed_tables_are_read_whole_or_not(ARCHIVE_FILTER_XZ, "xz", true);
	gzip_members_are_not_joined();
	compressed_twice_is_refused();
	a_changed_file_is_noticed();
	rows_of_nobody_are_planted();
	no_row_of_nobody_is_at_the_end();
	values_fit_or_do_not();
	a_permit_is_staged_by_the_program();
	bad_tickets_are_refused_whole();
	opaque_files_are_named_to_be_passed();
	stored_tables_are_compared();
	an_upload_is_stored_and_read();
	numbers_that_are_none_are_kept();
	bad_uploads_are_refused();
	numbers_are_seen_among_what_stands_for_none();
	everything_is_removed();
	root_is_refused();
	return tap_end();
}
