/* t/unit/forms.c - tables that are no CSV: what they are read as, and what is refused, with line and column and without content. */
#include "t/tap.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "spe/cleanup.h"
#include "spe/holding.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"
#include "sped/stage/form.h"
#include "sped/stage/stage.h"
#include "t/unit/helper.h"

/* All records, fields with bars between them, or the sentence; *ret_unknown what is left. */
static char *read_all(const char *description, const char *text, size_t n, char **ret_unknown)
{
	auto_json json_t *d = json_loads(description, 0, NULL), *unknown = NULL;
	auto_close int fd = helper_file(text, n);
	struct csv_record record;
	struct spe_error e = { 0 };
	struct buf b = { 0 };
	struct source *s;
	size_t i;
	int r;

	*ret_unknown = NULL;
	if (!d || holding_check_table(d, "table", &e) < 0) {
		printf("Bail out! %s: %s\n", e.text, description);
		exit(99);
	}
	r = source_open(&s, fd, d, "table t", NULL, &e);
	if (r < 0)
		return strdup(e.text);
	while ((r = source_next(s, &record, &e)) > 0)
		for (i = 0; i < record.count; i++)
			buf_fmt(&b, "%.*s%c", (int)record.field[i].len, record.field[i].p, i + 1 < record.count ? '|' : '\n');
	if (r == 0)
		unknown = source_unknown(s);
	if (unknown)
		*ret_unknown = json_dumps(unknown, JSON_COMPACT | JSON_SORT_KEYS);
	source_free(s);
	buf_add(&b, "", 1);
	if (r == 0)
		return b.p;
	buf_free(&b);
	return strdup(e.text);
}

static void reads(const char *description, const char *text, size_t n, const char *want, const char *what)
{
	auto_free char *unknown = NULL, *got = read_all(description, text, n, &unknown);

	is_str(got, want, what);
}

#define READS(d, text, want, what) reads(d, text, sizeof(text) - 1, want, what)

/* ---- one JSON object a line ---- */

#define ND(more, columns) "{\"name\":\"t\",\"format\":\"ndjson\"" more ",\"columns\":[" columns "]}"
#define COLUMN(name, path) "{\"name\":\"" name "\",\"datatype\":\"string\",\"path\":\"" path "\"}"
static const char plain[] = ND("", "{\"name\":\"a\",\"datatype\":\"number\"},{\"name\":\"b\",\"datatype\":\"string\"}");
static const char observation[] = ND(",\"resource-type\":\"Observation\"", COLUMN("pin", "subject.identifier.value") ","
	COLUMN("code", "code.coding[0].code") "," COLUMN("loinc", "code.coding[system=http://loinc.org].code") ","
	COLUMN("value", "valueQuantity.value") "," COLUMN("done", "done"));

static void values_are_found_by_their_paths(void)
{
	static const char text[] =
		"{\"resourceType\":\"Observation\",\"id\":\"x\",\"subject\":{\"reference\":\"Patient/1\",\"identifier\":{\"value\":\"131052-308T\"}},"
		"\"code\":{\"coding\":[{\"system\":\"urn:x\",\"code\":\"B1\"},{\"system\":\"http://loinc.org\",\"code\":\"718-7\",\"display\":\"Hb\"},"
		"{\"system\":\"http://loinc.org\",\"code\":\"second\"}]},\"valueQuantity\":{\"value\":6.30,\"unit\":\"mmol/l\"},\"done\":true}\n"
		"{\"resourceType\":\"Observation\",\"code\":{\"coding\":null},\"valueQuantity\":\"high\",\"done\":null}";
	char *unknown;
	auto_free char *got = read_all(observation, text, strlen(text), &unknown);

	is_str(got, "131052-308T|B1|718-7|6.30|true\n||||\n", "members, elements, chosen elements; a number as it is written; nothing where nothing is");
	is_str(unknown, "{\"\":1,\"code.coding\":1,\"code.coding[0]\":1,\"code.coding[system=http://loinc.org]\":1,\"subject\":1,\"valueQuantity\":2}",
		"what no path leads to is counted by the place, never named");
	free(unknown);
}

static void numbers_stay_as_they_are(void)
{
	READS(plain, "{\"a\":1.10,\"b\":-0}\n{\"a\":12345678901234567890123,\"b\":1E400}\r\n{\"a\" : -1.5e-3 ,\"b\":0}", "1.10|-0\n12345678901234567890123|1E400\n-1.5e-3|0\n",
		"with their zeros, however large");
	READS(plain, "\xef\xbb\xbf{\"a\":\"1\",\"b\":\"x\\ny\\u00e5\"}\n\n", "1|x\ny\xc3\xa5\n", "a mark before the first line, an empty line after the last");
	READS(plain, "{\"a\":1,\"b\":2}{\"a\":1}\n", "table t line 1 column 14: one object a line is wanted", "two objects in a line");
	READS(plain, "{\"a\":01}\n", "table t line 1 column 7: this is no JSON", "a number that begins with 0");
	READS(plain, "{1:2}\n", "table t line 1 column 2: this is no JSON", "a number as a key");
	READS(plain, "{\"a\":1.}\n", "table t line 1 column 8: this is no JSON", "a point without a fraction");
	READS(plain, "{\"a\":+1}\n", "table t line 1 column 6: this is no JSON", "a plus");
	READS(plain, "{\"a\":NaN}\n", "table t line 1 column 6: this is no JSON", "what is no number");
}

static void strings_are_without_their_escapes(void)
{
	static const char deep[] = ND("", COLUMN("a", "l[k=x].v") "," COLUMN("b", "l[0].v") "," COLUMN("c", "l[k=\u00e5].v"));
	auto_free char *many = malloc(20000);
	char *at = many;
	int i;

	READS(plain, "{\"\\u0061\":\"\\u00e5\\ud83d\\ude00\\/\",\"b\":\"\\\"\\\\\\b\\f\\n\\r\\n\\t.\"}\n", "\xc3\xa5\xf0\x9f\x98\x80/|\"\\\b\f\n\r\n\t.\n",
		"in keys too");
	READS(plain, "{\"a\":1,\"\\u0061\":2}\n", "table t line 1 column 16: an object has one key twice", "a key twice, once with an escape");
	READS(deep, "{\"l\":[{\"v\":\"\\t1\",\"k\":\"y\"},{\"v\":\"\\t2\",\"k\":\"\\u0078\"},{\"k\":\"\\u00e5\",\"v\":\"\\u0033\"},{\"k\":\"x\",\"v\":\"4\"}]}\n", "\t2|\t1|3\n",
		"in what elements are chosen by, the first of each");
	READS(plain, "{\"a\":\"\\x\"}\n", "table t line 1 column 8: this is no JSON", "an escape that there is not");
	READS(plain, "{\"a\":\"\\udc00\"}\n", "table t line 1 column 13: this is no JSON", "the second half of a pair");
	READS(plain, "{\"a\":\"\t\"}\n", "table t line 1 column 7: this is no JSON", "a control character");
	at += sprintf(at, "{");
	for (i = 0; i < 1000; i++)
		at += sprintf(at, "\"k%d\":%d,", i, i);
	strcpy(at, "\"a\":7}\n");
	reads(plain, many, strlen(many), "7|\n", "a thousand keys");
	strcpy(at, "\"k500\":7}\n");
	auto_free char *unknown = NULL, *got = read_all(plain, many, strlen(many), &unknown);

	ok(strstr(got, "an object has one key twice"), "and one of them twice");
}

static void hostile_lines_are_refused(void)
{
	READS(plain, "{\"a\":1}\n{\"a\":1,\"a\":2}\n", "table t line 2 column 11: an object has one key twice", "a key twice");
	READS(plain, "{\"a\":1,\"x\":{\"y\":1,\"y\":1}}\n", "table t line 1 column 22: an object has one key twice", "in what is not taken, too");
	READS(plain, "{\"a\":1}\n{\"a\":1,\"b\":\"x", "table t line 2 column 14: the file ends within this object: it is cut", "a last line that is cut");
	READS(plain, "{\"a\":1}\n{\"a\":1,\"b\":\n", "table t line 2 column 12: the line ends within this object", "a line that is");
	READS(plain, "{\"a\":1}\n{\"a\":\"\0\"}\n", "table t line 2 column 7: a NUL byte is not text", "NUL");
	READS(plain, "{\"a\":\"x\\u0000\"}\n", "table t line 1 column 14: NUL is not text", "NUL that is escaped");
	READS(plain, "{\"a\":1}\n{\"a\":\"\xe5\"}\n", "table t line 2 column 8: the next bytes are no utf-8", "what is no UTF-8");
	READS(plain, "{\"a\":\"\\ud800\"}\n", "table t line 1 column 13: this is no JSON", "half a pair");
	READS(plain, "{\"a\":1}\r{\"a\":2}\n", "table t line 1 column 8: a carriage return without a line feed", "lines that end otherwise");
	READS(plain, "{\"b\":\"x\\ry\"}\n", "table t line 1 column 12: the value of column \"b\" has a carriage return without a line feed",
		"a value that could not be read again");
	READS(plain, "{\"a\":1}\n\n{\"a\":2}\n", "table t line 2 column 1: this line is empty", "an empty line between others");
	READS(plain, "[1,2]\n", "table t line 1 column 1: one object a line is wanted", "a list");
	READS(plain, "{\"a\":[1]}\n", "table t line 1 column 6: the value of column \"a\" is an object or a list; its path must lead to what is in it",
		"a list as a value");
	READS(plain, "", "table t is empty; a line of data is wanted", "nothing");
	READS(observation, "{\"resourceType\":\"Patient\"}\n", "table t line 1 column 1: the object's resourceType is not the description's resource-type",
		"another resource");
}

static void sizes_are_bounded(void)
{
	const size_t n = 3u << 20;
	auto_free char *big = malloc(n);
	size_t i;

	memset(big, 'x', n);
	memcpy(big, "{\"a\":1,\"q\":\"", 12);
	reads(plain, big, n, "table t line 1 column 1048577: this line is longer than 1048576 bytes", "a line without end");
	memcpy(big + 1000000, "\"}\n", 3);
	reads(plain, big, 1000003, "1|\n", "one that fits, with a long value that is not taken");
	big[8] = 'b';
	reads(plain, big, 1000003, "table t line 1 column 1000002: the value of column \"b\" is longer than 65536 bytes", "and with one that is");
	for (i = 0; i < 64; i++)
		memcpy(big + 5 * i, "{\"q\":", 5);
	memcpy(big + 320, "{", 1);
	reads(plain, big, 400, "table t line 1 column 321: objects and lists lie in each other deeper than 64 times", "depth");
	memset(big + 5, '[', 1000000);
	reads(plain, big, 1000000, "table t line 1 column 69: objects and lists lie in each other deeper than 64 times", "lists alone");
}

/* ---- columns at fixed places ---- */

#define PLACE(name, type, from, to) "{\"name\":\"" name "\",\"datatype\":\"" type "\",\"from\":" from ",\"to\":" to "}"
#define FIXED(more) "{\"name\":\"t\",\"format\":\"fixed\"" more ",\"columns\":[" PLACE("code", "string", "13", "15") "," \
	PLACE("pin", "string", "1", "11") "," PLACE("n", "number", "16", "20") "]}"

static void columns_have_places(void)
{
	char *unknown;
	auto_free char *got = read_all(FIXED(""), "131052-308T E11  1.5\n131052-308Tx I   2   \n", 42, &unknown);

	is_str(got, "E11|131052-308T|1.5\nI|131052-308T|2\n", "in the description's order, without the blanks around them");
	is_str(unknown, "{\"\":1}", "a line with something between its columns is counted");
	free(unknown);
	READS(FIXED(",\"encoding\":\"iso-8859-1\""), "131052-308T \xc5ng  1.5\n", "\xc3\x85ng|131052-308T|1.5\n", "characters, not bytes");
	READS(FIXED(""), "\xef\xbb\xbf""131052-308T \xc3\x85ng  1.5\r\n", "\xc3\x85ng|131052-308T|1.5\n", "in utf-8 too");
	READS(FIXED(",\"decimal\":\",\""), "131052-308T E11  1,5\n", "E11|131052-308T|1.5\n", "decimal commas");
}

static void short_lines_are_handled(void)
{
	READS(FIXED(""), "131052-308T E11  1.5\n131052-308T E11\n", "table t line 2 column 16: this line ends before column \"n\" does", "refused");
	READS(FIXED(",\"short-lines\":\"blank\""), "131052-308T E11\n131052\n131052-308T E11  1\n", "E11|131052-308T|\n|131052|\nE11|131052-308T|1\n",
		"or what is not there is missing");
	READS(FIXED(",\"short-lines\":\"blank\""), "131052-308T E11  1.5\n131052-3",
		"table t line 2 column 9: the file ends before column \"pin\" does: it is cut", "but a last line that is cut is refused");
	READS(FIXED(""), "131052-308T E1\0  1.5\n", "table t line 1 column 15: a NUL byte is not text", "so is NUL");
	READS(FIXED(""), "131052-308T E11  1.5\n131052-308T \xe5", "table t line 2 column 14: the next bytes are no utf-8", "and another encoding");
}

/* ---- the whole of a staging ---- */

static void what_is_staged_is_csv(void)
{
	static const uint8_t key[PSN_KEY] = { 1 };
	static const char text[] = "{\"pin\":\"131052-308T\",\"secret\":\"131052-308T\",\"text\":\"a,\\\"b\\\"\",\"n\":\"x\"}\n";
	auto_json json_t *d = json_loads(ND("", "{\"name\":\"pin\",\"datatype\":\"string\",\"identifier\":\"fi\"},{\"name\":\"text\",\"datatype\":\"string\"},"
						"{\"name\":\"n\",\"datatype\":\"number\"}"), 0, NULL);
	auto_json json_t *all = json_loads("[\"*\"]", 0, NULL);
	auto_close int in = helper_file(text, strlen(text)), out = helper_file("", 0);
	struct table_task t = { .where = "holding h table t", .description = d, .variables = all, .spill = -1 };
	struct table_done done;
	struct spe_error e = { 0 };

	if (person_new(&t.person, key, key, 2026) < 0)
		exit(99);
	is_int(table_stage(&t, in, out, &done, &e), 0, "a table of objects is staged");
	auto_free char *got = helper_read(out), *want = NULL;

	if (asprintf(&want, "pin,text,n\n%s,\"a,\"\"b\"\"\",\n", person_token(t.person, IDNUM_FI, "131052-308T", 11)) < 0)
		exit(99);
	is_str(got, want, "as CSV, with the pseudonym alone");
	is_int(json_int(done.misfits, "n"), 1, "a value that does not fit is counted");
	json_decref(done.misfits);
	person_free(t.person);
}

int main(void)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	values_are_found_by_their_paths();
	numbers_stay_as_they_are();
	strings_are_without_their_escapes();
	hostile_lines_are_refused();
	sizes_are_bounded();
	columns_have_places();
	short_lines_are_handled();
	what_is_staged_is_csv();
	return tap_end();
}
