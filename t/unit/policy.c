/* t/unit/policy.c - every rule blocks a bad file and lets its near twin pass. */
#include "spe/policy.h"

#include <stdlib.h>
#include <zlib.h>

#include "spe/psn.h"
#include "sped/base/buf.h"
#include "t/tap.h"

#define TOKEN "p42dwzx6dtbdp2ekuo3q7at5spyd3wy"

static const char good_policy[] =
	"name = \"test\"\nmin-count = 10\nmax-bytes = 100000\nmax-rows = 50\ndecisions = 2\n"
	"types = {\"csv\", \"tsv\", \"txt\", \"md\", \"json\", \"log\", \"png\"}\n"
	"show-names = true\nshow-sizes = false\nshow-exit = true\n";
static struct policy policy;
static uint8_t k_check[PSN_KEY];

/* "VERDICT: rule outcome line:column; ..." without the rules that pass. */
static void judge(
	const char *name, const char *bytes, size_t len, const uint8_t *key, char *ret, size_t room)
{
	struct policy_file f = { .name = name, .bytes = bytes, .len = len, .k_check = key };
	struct policy_result result = { 0 };
	json_t *record, *check;
	struct spe_error e;
	size_t i, at;

	if (policy_check(&policy, &f, &result, &e) < 0) {
		snprintf(ret, room, "failed: %s", e.text);
		return;
	}
	record = result.record;
	at = (size_t)snprintf(
		ret, room, "%s:", json_string_value(json_object_get(record, "verdict")));
	json_array_foreach(json_object_get(record, "checks"), i, check)
	{
		const char *outcome = json_string_value(json_object_get(check, "outcome"));

		if (strcmp(outcome, "pass") != 0 && at < room)
			at += (size_t)snprintf(ret + at, room - at, " %s %s %lld:%lld;",
				json_string_value(json_object_get(check, "id")), outcome,
				(long long)json_integer_value(json_object_get(check, "line")),
				(long long)json_integer_value(json_object_get(check, "column")));
	}
	policy_result_free(&result);
}

static void judged(const char *what, const char *name, const char *text, const char *want)
{
	char got[4096];

	judge(name, text, strlen(text), k_check, got, sizeof(got));
	is_str(got, want, what);
}

#define N1 \
	"1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890x"

static void names(void)
{
	judged("a plain name", "table1.csv", "a\n", "pass:");
	judged("four components", "a/b/c/table_1-x.csv", "a\n", "pass:");
	judged("a word with a year", "kaplanmeiercurves2024.csv", "a\n", "pass:");
	judged("a time in a name", "log-20240115-1230.txt", "a\n", "pass:");
	judged("five components", "a/b/c/d/e.csv", "a\n", "block: file-name block 0:0;");
	judged("a hidden file", ".table.csv", "a\n",
		"block: file-name block 0:0; file-name block 0:0;");
	judged("two dots", "a..csv", "a\n", "block: file-name block 0:0;");
	judged("two types", "a.png.csv", "a\n", "block: file-name block 0:0;");
	judged("a blank", "a b.csv", "a\n", "block: file-name block 0:0;");
	judged("an empty component", "a//b.csv", "a\n", "block: file-name block 0:0;");
	judged("101 characters", N1 ".csv", "a\n",
		"block: file-name block 0:0; file-name block 0:0;");
	judged("hexadecimal", "a3f09bc27de41f58.csv", "a\n", "block: file-name block 0:0;");
	judged("base32", "mfrggzdfmztwq2lk.csv", "a\n", "pass:");
	judged("base32 with digits", "mfr2gzd5mzt7q2lk.csv", "a\n", "block: file-name block 0:0;");
	judged("an identity number", "x_131052-308T.csv", "a\n",
		"block: identity-number block 0:0;");
	judged("a pseudonym", TOKEN ".csv", "a\n",
		"block: file-name block 0:0; pseudonym block 0:0;");
}

static void types(void)
{
	judged("an unknown type", "a.pdf", "%PDF-1.7", "block: file-type block 0:0;");
	judged("no type", "a", "x", "block: file-name block 0:0; file-type block 0:0;");
	judged("upper case is the same type", "a.TXT", "x", "pass:");
	judged("HTML in text", "a.txt", " <!DOCTYPE html>", "block: file-type block 0:0;");
	judged("a word like it", "a.txt", "doctype <html>", "pass:");
	judged("letters of the north", "a.txt",
		"\xc3\xa5\xc3\xa4\xc3\xb6 \xc3\xb8\xc3\xa6 \xc3\xbe\xc3\xb0\n", "pass:");
	judged("a byte order mark", "a.txt",
		"\xef\xbb\xbf"
		"a\n",
		"pass:");
	judged("one further in", "a.txt",
		"a\xef\xbb\xbf"
		"\n",
		"block: hidden-content block 1:2;");
	judged("Latin-1", "a.txt", "a\n\xe5\n", "block: file-type block 2:1;");
	judged("overlong UTF-8", "a.txt", "\xc0\xaf", "block: file-type block 1:1;");
	judged("a surrogate", "a.txt", "\xed\xa0\x80", "block: file-type block 1:1;");
	judged("escape", "a.log", "ok \x1b[31m", "block: hidden-content block 1:4;");
	judged("DEL", "a.log", "\x7f", "block: hidden-content block 1:1;");
	judged("C1", "a.md", "\xc2\x85", "block: hidden-content block 1:1;");
	judged("a lone CR", "a.txt", "a\rb", "block: hidden-content block 1:2;");
	judged("CR LF", "a.txt", "a\r\nb\r\n", "pass:");
	judged("a zero-width space", "a.md", "a\xe2\x80\x8b", "block: hidden-content block 1:2;");
	judged("a direction", "a.md",
		"\xe2\x80\xae"
		"a",
		"block: hidden-content block 1:1;");
	judged("a tag", "a.md", "\xf3\xa0\x81\xa1", "block: hidden-content block 1:1;");
	judged("private use", "a.md", "\xee\x80\x80", "block: hidden-content block 1:1;");
	judged("a variation selector", "a.md", "\xef\xb8\x8f", "block: hidden-content block 1:1;");
	judged("a ragged table", "a.csv", "a,b\n1\n", "block: file-type block 0:0;");
	judged("an empty table", "a.csv", "", "block: file-type block 0:0;");
	judged("an empty text", "a.txt", "", "pass:");
	judged("a table that is JSON", "a.csv", "{\"a\":1}",
		"block: file-type block 0:0; file-type block 0:0;");
}

/* What R pads to one width carries nothing; blanks that agree with no neighbour may. */
static void line_ends(void)
{
	judged("rows padded to one width", "a.txt",
		"       Estimate Pr(>|z|)   \nage      0.0019   0.7295   \nrx      -0.5107   0.0018 **\n"
		"sex     -0.0116   0.9304   \nnodes\xc3\xa9   0.3399   0.0237 * \n---\n", "pass:");
	judged("headings that end in a blank", "a.txt", "Call: \nResiduals: \nold 40\n", "pass:");
	judged("blanks as a message", "a.txt", "old 40 \nyoung 50   \nall 90\nmen 45  \nwomen of 45\nno \n",
		"review: hidden-content review 2:11;");
	judged("blanks as a message, the last line too", "a.txt", "old 40\nyoung 50\nall 90   \nmen 45    ",
		"review: hidden-content review 3:9;");
	judged("one blank, as cat() of R leaves", "a.log", "n 40 \nn 410 \nn 42 \nold 43 \n", "pass:");
	judged("two blanks or none", "a.txt", "n 40  \nn 41\nn 42  \nn 43\nn 44\nn 45  \nn 46\n",
		"review: hidden-content review 1:6;");
	judged("a row without names, of R's table()", "a.txt", "   \n      0   1\n  F 200 210\n  M 150 140\n", "pass:");
	judged("blanks wider than the row below", "a.txt", "        \n    0\n  F 200\n  M 150\n", "review: hidden-content review 1:8;");
	judged("blanks alone at the end", "a.txt", "  F 200\n  M 150\n   \n", "review: hidden-content review 3:3;");
	judged("tabs or none", "a.txt", "n 40\t\nn 41\nn 42\t\nn 43\nn 44\n", "review: hidden-content review 1:5;");
}

static void json_files(void)
{
	char deep[200];

	judged("JSON", "a.json", "{\"a\":[1,2.5,\"x\"]}\n", "pass:");
	judged("not JSON", "a.json", "{\"a\":\n[1,}", "block: file-type block 2:4;");
	judged("a key twice", "a.json", "{\"a\":1,\"a\":2}", "block: file-type block 1:10;");
	judged("bytes behind it", "a.json", "{} {}", "block: file-type block 1:4;");
	judged("brackets in a string", "a.json", "[\"\\\\\", \"[\\\"[\"]", "pass:");
	memset(deep, '[', 65);
	memset(deep + 65, ']', 65);
	deep[130] = '\0';
	judged("65 levels", "a.json", deep, "block: file-type block 0:0;");
	deep[129] = '\0';
	judged("64 levels", "a.json", deep + 1, "pass:");
	judged("an escaped escape", "a.json", "[\"\\u001b\"]", "block: hidden-content block 1:3;");
	judged("a number in escapes", "a.json", "[\"1\\u0033\\u0031052-308T\"]",
		"block: identity-number block 1:3;");
	judged("a number as a key", "a.json", "{\"131052-308T\":1}",
		"block: identity-number block 1:3;");
}

static void sizes(void)
{
	struct policy_file f = { .name = "a.txt", .len = 100001, .k_check = k_check };
	struct policy_result result = { 0 };
	char got[512];

	judge(f.name, NULL, f.len, k_check, got, sizeof(got));
	is_str(got, "block: size block 0:0;", "a file that is too large is not even read");
	policy_check(&policy, &f, &result, NULL);
	ok(json_is_null(json_object_get(result.record, "sha256_in")), "nor hashed");
	policy_result_free(&result);
}

static void rows(void)
{
	char text[1024] = "year\n";
	int i;

	for (i = 0; i < 51; i++)
		snprintf(text + strlen(text), 8, "%d\n", 1950 + i);
	judged("51 rows", "a.csv", text, "block: size block 0:0; microdata block 0:0;");
	text[strlen(text) - 5] = '\0';
	judged("50 rows", "a.csv", text, "pass:");
}

static void numbers_sure(void)
{
	judged("Finland", "a.txt", "x 131052-308T.\n", "block: identity-number block 1:3;");
	judged("small letters", "a.txt", "\n(131052a308t)", "block: identity-number block 2:2;");
	judged("Sweden", "a.txt", "670919-9530", "block: identity-number block 1:1;");
	judged("Sweden, twelve digits", "a.txt", "189001019802",
		"block: identity-number block 1:1;");
	judged("Denmark", "a.txt", "211062-5629", "block: identity-number block 1:1;");
	judged("Iceland", "a.txt", "120174-3399", "block: identity-number block 1:1;");
	judged("Latvia", "a.txt", "161175-19997", "block: identity-number block 1:1;");
	judged("interim", "a.txt", "20000101-T220", "block: identity-number block 1:1;");
	judged("in a list with commas", "a.txt", "131052-308T,211062-5629",
		"block: identity-number block 1:1; identity-number block 1:13;");
	judged("in a cell", "a.csv", "year,x\n2001,131052-308T\n",
		"block: identity-number block 2:2;");
	judged("in a cell with a list", "a.csv", "year,x\n2001,\"a, 131052-308T\"\n",
		"block: identity-number block 2:2;");
	judged("fullwidth digits and dash", "a.txt",
		"\xef\xbc\x91\xef\xbc\x93\xef\xbc\x91\xef\xbc\x90\xef\xbc\x95\xef\xbc\x92\xef\xbc\x8d\xef\xbc\x93"
		"\xef\xbc\x90\xef\xbc\x98\xef\xbc\xb4",
		"block: hidden-content review 1:1; identity-number block 1:1;");
	judged("an en dash", "a.txt",
		"131052\xe2\x80\x93"
		"308T",
		"block: identity-number block 1:1;");
	judged("a soft hyphen", "a.txt",
		"1310\xc2\xad"
		"52-308T",
		"block: hidden-content block 1:5; identity-number block 1:1;");
	judged("another check character", "a.txt", "131052-308U", "pass:");
	judged("part of a word", "a.txt", "x131052-308T 131052-308Tx", "pass:");
	judged("a company", "a.txt", "450401-3150", "pass:");
}

static void numbers_bare(void)
{
	judged("three Norwegians", "a.txt", "15108695088\n13097248022\n29020075838\n",
		"block: identity-number block 1:1; identity-number block 2:1; identity-number block 3:1;");
	judged("the same one three times", "a.txt", "15108695088\n15108695088\n15108695088\n",
		"review: identity-number review 1:1;");
	judged("one beside a word", "a.txt",
		"F\xc3\xb8"
		"dselsnummer: 15108695088",
		"block: identity-number block 1:17;");
	judged("the word in the line before", "a.txt", "fnr\n15108695088",
		"block: identity-number block 2:1;");
	judged("the word in the header", "a.csv", "fnr_a,year\n15108695088,2001\n",
		"block: identity-number block 2:1;");
	judged("one alone", "a.txt", "15108695088", "review: identity-number review 1:1;");
	judged("a British one alone", "a.txt", "page 4010232137", "pass:");
	judged("three British ones", "a.txt", "9434765919 943 476 5870, 4010232137;",
		"block: identity-number block 1:1; identity-number block 1:12; identity-number block 1:26;");
	judged("a British one with numbers around it", "a.txt", "NHS no: 3 943 476 5870 12",
		"block: identity-number block 1:11;");
	judged("in groups beside a word", "a.txt", "cpr 21 10 62 5629",
		"block: identity-number block 1:5;");
	judged("digits apart", "a.txt", "hetu or fnr: 1 5 1 0 8 6 9 5 0 8 8",
		"block: identity-number block 1:14;");
	judged("a list of bare ones", "a.txt", "15108695088,13097248022,29020075838\n",
		"block: identity-number block 1:1; identity-number block 1:13; identity-number block 1:25;");
}

static void numbers_weak(void)
{
	judged("a CPR number without check digit", "a.txt", "251248-9996",
		"review: identity-number review 1:1;");
	judged("beside a word", "a.txt", "CPR 251248-9996", "block: identity-number block 1:5;");
	judged("five rows of them", "a.csv",
		"key\n2512489996\n2902040007\n0102031111\n0304052222\n0506073333\n",
		"block: identity-number block 1:1;");
	judged("five rows of Faroese ones", "a.csv",
		"v\n010190123\n020290124\n030390125\n040490126\n050590127\n",
		"block: identity-number block 1:1;");
	judged("five rows of others", "a.csv",
		"v\n990190123\n990290124\n990390125\n040490126\n990590127\n", "pass:");
}

/* What results are full of, and what must leave people in peace. */
static void false_alarms(void)
{
	judged("p-values", "a.txt", "p-value = 0.1510869508, p < 2.2e-16, 0,8112289874\n", "pass:");
	judged("decimals", "a.txt", "8112289874.5 1.8112289874 .8112289874 3.211062-5629.5\n",
		"pass:");
	judged("times", "a.log",
		"2024-01-15 12:30:45 INFO\n2024-01-15T12:30:45Z\n20240115123045 1705321845\n",
		"pass:");
	judged("time of day that passes a check", "a.log",
		"20240115-1235 202401151235 2401151235\n", "pass:");
	judged("R output", "a.txt",
		"             Estimate Std. Error z value Pr(>|z|)\n(Intercept) -1.234567  0.123456 -10.000  < 2e-16 ***\n"
		"age          0.012346  0.001235  10.000 1.23e-10 ***\nn= 1858, number of events= 920\n"
		"  12 34 56 78 90 12\n 1024 2048 3072 4096\n",
		"pass:");
	judged("hashes and uuids", "a.txt",
		"550e8400-e29b-41d4-a716-446655440000 "
		"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n",
		"pass:");
	judged("versions and ranges", "a.md",
		"R 4.2.2, 2010-2012, 1.0.1-2, 10.1000/182, pages 100-120\n", "pass:");
	judged("telephone-like and long numbers", "a.txt", "+15108695088 123456789012345\n",
		"pass:");
	judged("R slots", "a.log", "fit@frame.x7\n", "pass:");
}

static void other_identifiers(void)
{
	judged("a pseudonym", "a.txt", "x " TOKEN " y", "block: pseudonym block 1:3;");
	judged("in capitals, in a cell, in a word", "a.csv",
		"x\nidP42DWZX6DTBDP2EKUO3Q7AT5SPYD3WY9\n", "block: pseudonym block 2:1;");
	judged("one letter off", "a.txt", "p42dwzx6dtbdp2ekuo3q7at5spyd3wz", "pass:");
	judged("an address", "a.txt", "by Ann.Smith@example.com.", "block: e-mail block 1:4;");
	judged("a role's address", "a.txt", "info@example.org", "review: e-mail review 1:1;");
	judged("an at sign", "a.txt", "@home a@ 3 @ 4", "pass:");
	judged("an account", "a.txt", "FI21 1234 5600 0007 85", "block: iban block 1:1;");
	judged("an account, solid", "a.txt", "NO9386011117947", "block: iban block 1:1;");
	judged("a wrong account", "a.txt", "FI21 1234 5600 0007 86", "pass:");
}

static void offline_sees_the_form(void)
{
	static const char text[] = TOKEN " p42dwzx6dtbdp2ekuo3q7at5spyd3wz";
	char got[512];

	judge("a.txt", text, strlen(text), NULL, got, sizeof(got));
	is_str(got, "review: pseudonym review 1:1; pseudonym review 1:33;",
		"without the key a person looks");
}

static void small_counts(void)
{
	judged("a count of nine", "a.csv", "sex,n\nf,9\nm,10\n", "block: min-count block 2:2;");
	judged("counts of ten", "a.csv", "sex,n\nf,10\nm,11\n", "pass:");
	judged("each cell", "a.csv", "sex,N_all,events\nf,3,12\nm,40,1\n",
		"block: min-count block 2:2; min-count block 3:3; group-disclosure review 2:3; group-disclosure review 3:2; "
		"differencing block 2:3;");
	judged("names of the north", "a.tsv",
		"ryhm\xc3\xa4\tlukum\xc3\xa4\xc3\xa4r\xc3\xa4\nx\t4\n",
		"block: min-count block 2:2;");
	judged("n (%)", "a.csv", "x,n (%)\na,4 (1.5%)\nb,44 (9.5%)\n",
		"block: min-count block 2:2; group-disclosure review 3:2;");
	judged("as decimals", "a.csv", "x,n.risk\na,5.0\nb,5e0\nc,4.5\n",
		"block: min-count block 2:2; min-count block 3:2; min-count block 4:2;");
	judged("thousands", "a.csv", "x,n\na,\"1,840\"\nb,1 840\n", "pass:");
	judged("decimal commas", "a.csv", "x;n\na;3,0\nb;1.840\n",
		"block: min-count block 2:2; group-disclosure review 3:2;");
	judged("zeros, once", "a.csv", "x,n\na,0\nb,0\n", "review: zero-count review 2:2;");
	judged("suppressed", "a.csv", "x,n\na,<10\nb,NA\nc,[REDACTED]\nd,\n", "pass:");
	judged("unknown whole numbers", "a.csv", "x,male,female\na,40,7\nb,6,50\n",
		"review: min-count review 2:3; min-count review 3:2;");
	judged("ordinals, codes, periods and parameters", "a.csv",
		"model,quintile,week,dof,icd_code,n_iter\n1,1,1,15,3,4\n1,2,2,16,4,4\n", "pass:");
	judged("row numbers", "a.csv", ",x\n1,0.5\n2,0.6\n3,0.7\n", "pass:");
	judged("statistics", "a.csv", "term,estimate,std_x\nage,3,1.5\nsex,2,0.5\n", "pass:");
	judged("midpoint 6", "a.csv", "x,n_midpoint6\na,3\nb,9\nc,0\n", "pass:");
	judged("not midpoint 6", "a.csv", "x,n_midpoint6\na,4\n", "block: min-count block 2:2;");
}

/* 21 rows of a column called name, which has to be one of things for a person to decide. */
static void names_of_codes(void)
{
	char coded[1024] = "atc_code,name,n\n", alone[1024] = "group,name,n\n", bare[1024] = "code,name,x\n";
	int i;

	for (i = 0; i < 21; i++) {
		snprintf(coded + strlen(coded), 32, "A%02d,drug%c,%d\n", i, 'a' + i, 100 + i);
		snprintf(alone + strlen(alone), 32, "A%02d,drug%c,%d\n", i, 'a' + i, 100 + i);
		snprintf(bare + strlen(bare), 32, "A%02d,drug%c,%d.5\n", i, 'a' + i, 100 + i);
	}
	judged("names of codes that are counted", "a.csv", coded, "review: microdata review 1:2;");
	judged("names without codes", "a.csv", alone, "block: microdata block 1:2;");
	judged("names of codes that nobody counts", "a.csv", bare, "block: microdata block 1:2;");
}

static void microdata(void)
{
	char keys[1024] = "key\n", labels[1024] = "term\n";
	int i;

	judged("a person's header", "a.csv", "patient_id,x\n1,0.5\n",
		"block: microdata block 1:1;");
	judged("in Icelandic", "a.csv",
		"x,F\xc3\xa6"
		"\xc3\xb0ingardagur\n1.5,a\n",
		"block: microdata block 1:2;");
	judged("without rows", "a.csv", "patient_id,x\n", "pass:");
	judged("a dictionary of it", "a.csv", "variable,type\npatient_id,text\nhetu,text\n",
		"pass:");
	judged("a name", "a.csv", "name,estimate\nage,0.5\n", "review: microdata review 1:1;");
	for (i = 0; i < 21; i++) {
		snprintf(keys + strlen(keys), 16, "%d\n", 10000 + i * i * 7);
		snprintf(labels + strlen(labels), 16, "x%d\n", i);
	}
	judged("21 keys", "a.csv", keys, "review: microdata review 1:1;");
	judged("21 labels", "a.csv", labels, "pass:");
	*strrchr(keys, '1') = '\0';
	keys[strlen(keys) - 1] = '\0';
	*(strrchr(keys, '\n') + 1) = '\0';
	judged("20 keys", "a.csv", keys, "pass:");
}

static void formulas(void)
{
	judged("a formula", "a.csv", "x\n=1+1\n", "block: csv-formula block 2:1;");
	judged("each beginning", "a.csv", "x\n+cmd\n-2+3+cmd\n@SUM(A1)\n\" =1\"\n\"\tx\"\n",
		"block: csv-formula block 2:1; csv-formula block 3:1; csv-formula block 4:1; csv-formula block 5:1; "
		"csv-formula block 6:1;");
	judged("in the header", "a.csv", "=x\n1.5\n", "block: csv-formula block 1:1;");
	judged("numbers", "a.csv", "x\n-0.53\n+1\n-1e-3\n\"-0,53\"\n-.5\n-\n", "pass:");
	judged("estimates", "a.csv", "x\n-0.53 (-1.2; 0.1)\n\"+1.5 [1.1, 2.2]\"\n-12%\n", "pass:");
	judged("fullwidth", "a.csv",
		"x\n\xef\xbc\x9d"
		"1+1\n",
		"block: csv-formula block 2:1;");
}

/* --- pictures --- */

static void chunk(struct buf *b, const char *type, const void *p, size_t n)
{
	uint8_t head[4] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n },
		tail[4];
	size_t from = b->len + 4;
	unsigned long crc;
	int i;

	buf_add(b, head, 4);
	buf_str(b, type);
	buf_add(b, p, n);
	crc = crc32(0, (const Bytef *)b->p + from, (uInt)(n + 4));
	for (i = 0; i < 4; i++)
		tail[i] = (uint8_t)(crc >> (24 - 8 * i));
	buf_add(b, tail, 4);
}

struct picture {
	uint8_t w, h, depth, colour, interlaced;
	size_t bytes; /* inflated */
	uint8_t filter;
	const char *extra; /* a chunk behind the header: four letters and its bytes */
	size_t extra_len;
	const char *tail; /* behind IEND */
	size_t cut;       /* of the compressed data */
	bool spoil;       /* the header's checksum */
};

static void pictured(const char *what, const struct picture *g, const char *want)
{
	uint8_t head[13] = { 0, 0, 0, g->w, 0, 0, 0, g->h, g->depth, g->colour, 0, 0,
		g->interlaced };
	uint8_t raw[4096] = { g->filter }, packed[8192];
	uLongf len = sizeof(packed);
	char got[512], type[5] = "";
	struct buf b = { 0 };

	compress(packed, &len, raw, g->bytes);
	buf_add(&b, "\x89PNG\r\n\x1a\n", 8);
	chunk(&b, "IHDR", head, sizeof(head));
	if (g->spoil)
		b.p[b.len - 1] ^= 1;
	if (g->extra) {
		memcpy(type, g->extra, 4);
		chunk(&b, type, g->extra + 4, g->extra_len);
	}
	chunk(&b, "IDAT", packed, len / 2);
	chunk(&b, "IDAT", packed + len / 2, len - len / 2 - g->cut);
	chunk(&b, "IEND", "", 0);
	buf_str(&b, g->tail ? g->tail : "");
	judge("a.png", b.p, b.len, k_check, got, sizeof(got));
	is_str(got, want, what);
	buf_free(&b);
}

#define BAD "block: file-type block 0:0;"
static void pictures(void)
{
	static const char long_text[300] = "zTXt";

#define PIC(what, want, change)                                                              \
	do {                                                                                 \
		struct picture g = { .w = 5, .h = 4, .depth = 8, .colour = 2, .bytes = 64 }; \
		change;                                                                      \
		pictured(what, &g, want);                                                    \
	} while (0)
	PIC("a picture", "pass:", g.w = 5);
	PIC("an interlaced one", "pass:", g.interlaced = 1; g.bytes = 68);
	PIC("one bit a pixel", "pass:", g.depth = 1; g.colour = 0; g.bytes = 8);
	PIC("a row too many", BAD, g.bytes = 80);
	PIC("a byte too many", BAD, g.bytes = 65);
	PIC("a row too few", BAD, g.bytes = 48);
	PIC("an interlaced size in a plain one", BAD, g.bytes = 68);
	PIC("an unknown filter", BAD, g.filter = 5);
	PIC("cut compressed data", BAD, g.cut = 3);
	PIC("an odd depth", BAD, g.depth = 4);
	PIC("an odd colour type", BAD, g.colour = 5);
	PIC("an odd interlacing", BAD, g.interlaced = 2);
	PIC("a palette that is missing", BAD, g.colour = 3; g.bytes = 24);
	PIC("a palette", "pass:", g.colour = 3; g.bytes = 24; g.extra = "PLTE123456";
		g.extra_len = 6);
	PIC("half a palette", BAD, g.colour = 3; g.bytes = 24; g.extra = "PLTE12345";
		g.extra_len = 5);
	PIC("no pixels", BAD, g.w = 0);
	PIC("bytes behind its end", BAD, g.tail = "x");
	PIC("a wrong checksum", BAD, g.spoil = true);
	PIC("the software's name", "pass:", g.extra = "tEXtSoftware\0Matplotlib"; g.extra_len = 19);
	PIC("another text, which is dropped", "pass:", g.extra = "tEXtComment\0hidden"; g.extra_len = 14);
	PIC("256 bytes of it", "pass:", g.extra = long_text; g.extra_len = 256);
	PIC("257 bytes of it", BAD, g.extra = long_text; g.extra_len = 257);
	PIC("a chunk that viewers must know", BAD, g.extra = "ABCDx"; g.extra_len = 1);
	PIC("an identity number as software", "block: identity-number block 0:0;",
		g.extra = "tEXtSoftware\0"
			  "131052-308T";
		g.extra_len = 20);
	PIC("a resolution", "pass:", g.extra = "pHYs123456789"; g.extra_len = 9);
	PIC("a resolution of the wrong length", BAD, g.extra = "pHYs12345678"; g.extra_len = 8);
	PIC("a time, which is dropped", "pass:", g.extra = "tIME1234567"; g.extra_len = 7);
	PIC("a second header", BAD, g.extra = "IHDR1234567890123"; g.extra_len = 13);
	judged("a name alone is no picture", "a.png", "text", BAD);
	judged("nor is a signature", "a.png", "\x89PNG\r\n\x1a\n", BAD);
}

/* --- the record --- */

static json_t *record_of(const char *name, const char *text)
{
	struct policy_file f = { .name = name, .bytes = text, .len = strlen(text), .k_check = k_check };
	struct policy_result result = { 0 };
	json_t *record;

	policy_check(&policy, &f, &result, NULL);
	record = json_incref(result.record);
	policy_result_free(&result);
	return record;
}

/* The first entry of a rule. */
static json_t *check_of(json_t *checks, const char *id)
{
	json_t *check;
	size_t i;

	json_array_foreach(checks, i, check)
		if (strcmp(json_string_value(json_object_get(check, "id")), id) == 0)
			return check;
	return NULL;
}

static bool is_passed(json_t *checks, const char *id)
{
	const char *outcome = json_string_value(json_object_get(check_of(checks, id), "outcome"));

	return outcome && strcmp(outcome, "pass") == 0;
}

static void the_record_is_whole(void)
{
	json_t *j = record_of("a.csv", "x,n\na,30\n"), *checks = json_object_get(j, "checks");

	is_str(json_string_value(json_object_get(j, "file")), "a.csv", "file");
	is_str(json_string_value(json_object_get(j, "type")), "csv", "type");
	is_str(json_string_value(json_object_get(j, "sha256_in")),
		"1f8ed527c7cc7248e4e67ab42e9e174c1e14ec147770ac6b478bbcbaf6f3f3ec", "sha256_in");
	ok(json_equal(json_object_get(j, "sha256_in"), json_object_get(j, "sha256_out")),
		"what leaves is what came");
	is_int(json_integer_value(json_object_get(j, "bytes")), 9, "bytes");
	is_str(json_string_value(json_object_get(j, "params_id")), policy.digest, "params_id");
	is_str(json_string_value(json_object_get(j, "checker_version")), POLICY_CHECKER_VERSION,
		"checker_version");
	is_str(json_string_value(json_object_get(json_array_get(checks, 0), "id")), "file-name", "the first rule");
	is_str(json_string_value(json_object_get(json_array_get(checks, json_array_size(checks) - 1), "id")), "rebuild",
		"and the last that ran");
	ok(is_passed(checks, "csv-formula") && is_passed(checks, "identity-number"), "an entry for each rule that ran");
	ok(!check_of(checks, "findings") && !check_of(checks, "sidecar"), "and for no other");
	is_str(json_string_value(json_object_get(j, "class")), "table", "class");
	is_int(json_integer_value(json_object_get(j, "bytes_out")), 9, "bytes_out");
	is_int(json_integer_value(json_object_get(json_object_get(j, "params"), "max_rows")), 50, "params");
	json_decref(j);
	j = record_of("a.csv", "x,n\na,3\n");
	ok(json_is_null(json_object_get(j, "sha256_out")), "nothing leaves where something blocks");
	json_decref(j);
}

static void places_and_fixes(void)
{
	json_t *j = record_of("a.csv", "x,n\n\"a\nb\",3\n"),
	       *c = check_of(json_object_get(j, "checks"), "min-count");
	json_t *where = json_object_get(c, "where");

	is_str(json_string_value(json_object_get(c, "id")), "min-count", "the count");
	is_int(json_integer_value(json_object_get(c, "line")), 2, "its line");
	is_int(json_integer_value(json_array_get(where, 0)), 2, "its row");
	is_int(json_integer_value(json_array_get(where, 1)), 2, "its column");
	ok(*json_string_value(json_object_get(c, "fix")) != '\0', "and what to do");
	json_decref(j);
	j = record_of("a.txt", "abc\nd 131052-308T");
	c = check_of(json_object_get(j, "checks"), "identity-number");
	is_int(json_integer_value(json_object_get(c, "where")), 6,
		"a byte offset where there are no rows");
	json_decref(j);
}

static void nothing_is_repeated(void)
{
	static const char text[] =
		"131052-308T ann.smith@example.com FI2112345600000785 " TOKEN " 15108695088\n";
	json_t *a = record_of("a.txt", text), *b = record_of("a.txt", text);
	char *one = json_dumps(a, 0), *two = json_dumps(b, 0);

	is_str(one, two, "the same bytes give the same record");
	ok(!strstr(one, "131052") && !strstr(one, "308"), "no identity number is in it");
	ok(!strstr(one, "smith") && !strstr(one, "example"), "no address");
	ok(!strstr(one, "2112") && !strstr(one, "42dw") && !strstr(one, "151"),
		"no account, no pseudonym");
	has_str(one, "(13...)", "two characters are");
	free(one);
	free(two);
	json_decref(a);
	json_decref(b);
}

static void findings_end(void)
{
	char text[8192] = "n\n";
	json_t *j, *checks, *last;
	int i;

	policy.max_rows = 1000;
	for (i = 0; i < 300; i++)
		snprintf(text + strlen(text), 4, "%d\n", 1 + i % 9);
	j = record_of("a.csv", text);
	checks = json_object_get(j, "checks");
	last = json_array_get(checks, json_array_size(checks) - 1);
	is_str(json_string_value(json_object_get(last, "id")), "findings",
		"beyond 200 findings one more");
	is_str(json_string_value(json_object_get(last, "detail")),
		"101 further findings are not listed", "says how many");
	policy.max_rows = 50;
	json_decref(j);
}

/* --- policy files --- */

static void refused(const char *what, const char *find, const char *put, const char *want)
{
	char text[2048];
	const char *at = strstr(good_policy, find);
	struct policy p;
	struct spe_error e = { 0 };

	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good_policy), good_policy, put,
		at + strlen(find));
	is_int(policy_parse(text, strlen(text), "x.policy", &p, &e), -SPE_E_INPUT, what);
	is_str(e.text, want, "with file, line and sentence");
}

static void policy_files(void)
{
	struct spe_error e = { 0 };

	is_int(policy_parse(good_policy, strlen(good_policy), "x.policy", &policy, &e), 0,
		"a policy");
	is_str(e.text, "", "no sentence");
	is_str(policy.name, "test", "its name");
	is_int(policy.min_count * 1000000 + policy.max_bytes, 10100000, "its numbers");
	is_int((long long)policy.type_count, 7, "its types");
	is_int(policy.show_names * 100 + policy.show_sizes * 10 + policy.show_exit, 101,
		"its flags");
	refused("an unknown option", "decisions", "decision",
		"x.policy:5: no such option 'decision'");
	refused("a missing one", "decisions = 2\n", "", "x.policy:9: decisions is missing");
	refused("one given twice", "decisions = 2\n", "decisions = 2\ndecisions = 2\n",
		"x.policy:6: decisions is given twice");
	refused("a list given twice", "show-exit", "types = {\"csv\"}\nshow-exit",
		"x.policy:9: types is given twice");
	refused("zero", "= 10\n", "= 0\n", "x.policy:2: min-count is 0; 1 to 1000 are taken");
	refused("octal", "= 10\n", "= 010\n",
		"x.policy:2: min-count must be a whole number, written in decimal");
	refused("a fraction", "= 10\n", "= 1.5\n",
		"x.policy:2: min-count must be a whole number, written in decimal");
	refused("negative", "= 10\n", "= -10\n",
		"x.policy:2: min-count must be a whole number, written in decimal");
	refused("too much", "100000", "99999999999",
		"x.policy:3: max-bytes is 99999999999; 1 to 67108864 are taken");
	refused("an unknown type", "\"log\"", "\"pdf\"",
		"x.policy:6: types: one of csv tsv txt md json log png is wanted here");
	refused("a type twice", "\"log\"", "\"csv\"", "x.policy:6: types has csv twice");
	refused("an odd flag", "true", "yes", "x.policy:7: show-names must be true or false");
	refused("an odd name", "\"test\"", "\"../x\"",
		"x.policy:1: name must have 1 to 63 of a-z, 0-9 and '-'");
	refused("the environment", "\"test\"", "\"${HOME}\"",
		"x.policy:1: \"${\" is not taken: a policy reads no environment");
	refused("a control character", "decisions", "\x01",
		"x.policy:5: a control character is not text");
}

static void policy_files_are_bounded(void)
{
	static char text[POLICY_TEXT_MAX + 2];
	struct policy p;
	struct spe_error e;

	memset(text, '\n', sizeof(text) - 1);
	is_int(policy_parse(text, sizeof(text) - 1, "x.policy", &p, &e), -SPE_E_INPUT,
		"64 KiB are the most");
	is_str(e.text, "x.policy:1: a policy has at most 65536 bytes", "says so");
	is_int(policy_parse("a\0b", 3, "x.policy", &p, &e), -SPE_E_INPUT, "NUL is refused");
	is_int(policy_parse("", 0, "x.policy", &p, &e), -SPE_E_INPUT, "nothing is refused");
	is_int(policy_parse("name = \"", 8, "x.policy", &p, &e), -SPE_E_INPUT,
		"an open string is refused");
	is_int(policy_parse("types = {\"csv\"", 14, "x.policy", &p, &e), -SPE_E_INPUT,
		"an open list is refused");
}

int main(void)
{
	uint8_t mk[PSN_KEY];
	size_t i;

	for (i = 0; i < PSN_KEY; i++)
		mk[i] = (uint8_t)i;
	psn_check_key(mk, k_check);
	policy_files();
	policy_files_are_bounded();
	names();
	types();
	line_ends();
	json_files();
	sizes();
	rows();
	numbers_sure();
	numbers_bare();
	numbers_weak();
	false_alarms();
	other_identifiers();
	offline_sees_the_form();
	small_counts();
	microdata();
	names_of_codes();
	formulas();
	pictures();
	the_record_is_whole();
	places_and_fixes();
	nothing_is_repeated();
	findings_end();
	return tap_end();
}
