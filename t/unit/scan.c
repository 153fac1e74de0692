/* t/unit/scan.c - every disguise that the search sees through, each beside a near twin that must pass; the three ways of
 * finding candidates find the same; and windows of a long text lose nothing. */
#include <stdlib.h>

#include "policy/inside.h"
#include "spe/psn.h"
#include "sped/base/buf.h"
#include "t/tap.h"

#include <zlib.h>

#define TOKEN "p42dwzx6dtbdp2ekuo3q7at5spyd3wy"
#define TWIN "p42dwzx6dtbdp2ekuo3q7at5spyd3wz"

static uint8_t k_check[PSN_KEY];
static bool few; /* see struct scan */

/* "rule outcome line:column; ..." in the order of rule and place. */
static int by_place(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void tell(const struct report *r, char *ret, size_t room)
{
	static char line[SPE_FINDINGS_MAX][400];
	size_t i, at = 0;

	for (i = 0; i < r->count; i++)
		snprintf(line[i], sizeof(line[i]), "%s %s %llu:%u %08llu %s", r->list[i].rule,
			r->list[i].severity == FINDING_BLOCK ? "block" : "review",
			(unsigned long long)r->list[i].line, r->list[i].column,
			(unsigned long long)r->list[i].offset, r->list[i].explanation);
	qsort(line, r->count, sizeof(line[0]), by_place);
	for (i = 0; i < r->count && at < room; i++)
		at += (size_t)snprintf(ret + at, room - at, "%s\n", line[i]);
	if (r->count == 0)
		*ret = '\0';
}

static void search(enum scan_way way, bool json, const char *p, size_t n, struct report *r)
{
	struct scan s;

	*r = (struct report){ 0 };
	scan_begin(&s, r, k_check, json);
	s.way = way;
	s.few = few;
	scan_text(&s, p, n);
	scan_end(&s);
}

static struct report reports[2];

/* Rule and severity of the findings, in their order, without repetitions. */
static void sum_up(const struct report *r, char *ret, size_t room)
{
	char one[64];
	size_t i, at = 0;

	*ret = '\0';
	for (i = 0; i < r->count; i++) {
		snprintf(one, sizeof(one), "%s %s;", r->list[i].rule,
			r->list[i].severity == FINDING_BLOCK ? "block" : "review");
		if (!strstr(ret, one) && at + strlen(one) < room)
			at += (size_t)snprintf(ret + at, room - at, "%s", one);
	}
}

static void found(const char *what, const char *text, const char *want)
{
	char got[1024];

	search(SCAN_FAST, false, text, strlen(text), &reports[0]);
	sum_up(&reports[0], got, sizeof(got));
	is_str(got, want, what);
}

#define ID "identity-number block;"
#define PSN "pseudonym block;"

static void digits_in_disguise(void)
{
	found("Arabic-Indic digits", "\u0661\u0663\u0661\u0660\u0665\u0662-\u0663\u0660\u0668T",
		ID);
	found("their twin", "\u0661\u0663\u0661\u0660\u0665\u0662-\u0663\u0660\u0668U", "");
	found("fullwidth", "\uff11\uff13\uff11\uff10\uff15\uff12\uff0d\uff13\uff10\uff18\uff34",
		ID);
	found("their twin", "\uff11\uff13\uff11\uff10\uff15\uff12\uff0d\uff13\uff10\uff18\uff35",
		"");
	found("superscripts", "\u00b9\u00b3\u00b9\u2070\u2075\u00b2-\u00b3\u2070\u2078T", ID);
	found("subscripts", "\u2081\u2083\u2081\u2080\u2085\u2082-308T", ID);
	found("mathematical digits",
		"\U0001d7cf\U0001d7d1\U0001d7cf\U0001d7ce\U0001d7d3\U0001d7d0-308T", ID);
	found("Devanagari", "\u0967\u0969\u0967\u0966\u096b\u0968-308T", ID);
	found("circles", "\u2460\u2462\u2460\u24ff\u2464\u2461-\u2462\u24ea\u2467T", ID);
	found("brackets, points and dingbats", "\u2474\u248a\u2776\U0001f100\u2784\u278b-\u24f7\u24ea\u277dT", ID);
	found("Chakma", "\U00011137\U00011139\U00011137\U00011136\U0001113b\U00011138-308T", ID);
	found("Nag Mundari", "\U0001e4f1\U0001e4f3\U0001e4f1\U0001e4f0\U0001e4f5\U0001e4f2-308T", ID);
	found("digits with marks", "1\u20dd3\u1ab010\u1dc052\ufe20-308T\u20e3", ID);
	found("soft hyphens", "13\u00ad10\u00ad52-308\u00adT", ID);
	found("zero-width joiners", "131052\u200d-308\u200bT", ID);
	found("directions", "\u202e131052-\u2066308T\u2069", ID);
	found("a byte order mark inside", "131052-3\ufeff08T", ID);
	found("dashes", "131052\u2010308T 131052\u2212308T 131052\ufe63308T", ID);
	found("a twin with them", "131052\u2010308U 131052\u2212308U", "");
	found("small letters", "131052a308t", ID);
	found("a Cyrillic Te for the check letter", "131052-308\u0422", ID);
	found("its twin", "131052-308\u0425", "");
	found("a Cyrillic A for the century", "131052\u0410308T", ID);
	found("a Greek Tau", "131052-308\u03a4", ID);
	found("a superscript and a circled letter", "131052\u1d2c308\u24c9", ID);
	found("a Cyrillic Er before a pseudonym", "\u044042dwzx6dtbdp2ekuo3q7at5spyd3wy", PSN);
	found("its twin", "\u044042dwzx6dtbdp2ekuo3q7at5spyd3wz", "");
	found("a no-break space for a blank", "943\u00a0476\u00a05870 nhs", ID);
}

/* Numbers of two digits side by side, as programs print them: every eleventh ten digits pass the British check. */
static void rows_of_small_numbers(void)
{
	char text[8192];
	unsigned i, at = 0, x = 7;

	for (i = 0; i < 600; i++) {
		x = x * 1103515245u + 12345u;
		at += (unsigned)snprintf(text + at, sizeof(text) - at, "%u%c", 10 + (x >> 16) % 90, i % 12 == 11 ? '\n' : ' ');
	}
	found("rows of numbers of two digits", text, "");
	for (i = 0, at = 0; i < 600; i++) {
		x = x * 1103515245u + 12345u;
		at += (unsigned)snprintf(text + at, sizeof(text) - at, "%u%c", 10 + (x >> 16) % 90, i % 5 == 4 ? '\n' : ' ');
	}
	search(SCAN_FAST, false, text, strlen(text), &reports[0]);
	sum_up(&reports[0], text, sizeof(text));
	ok(!strstr(text, "block"), "five of them a line, of which chance makes a few pass, block nothing");
	found("a Swedish number in pairs", "personnummer 81 12 28 98 74", ID);
	found("its twin", "personnummer 71 33 45 67 80", "");
}

/* As pandas prints a column in which a number is missing. */
static void printed_as_fractions(void)
{
	found("a Swedish number with its century", "191212121212.0\n", ID);
	found("beside a word", "0 personnummer 8112289874.0\n", ID);
	found("alone it is bare", "8112289874.0\n", "identity-number review;");
	found("three of them", "0  8112289874.0\n1  2110625629.0\n2          NaN\n3  15108695088.00\n", ID);
	found("with a comma", "15108695088,0 fnr\n", ID);
	found("a fraction", "15108695088.05 fnr\n", "");
	found("a version", "15108695088.0.1 fnr\n", "");
	found("an exponent", "15108695088.0e3 fnr\n", "");
}

static void separators(void)
{
	found("Finnish, date in groups", "13 10 52-308T", ID);
	found("with dots", "13.10.52-308T", ID);
	found("each character apart", "1 3 1 0 5 2 - 3 0 8 T", ID);
	found("with a letter for the century", "code 1 3 1 0 5 2 A 3 0 8 T\n", ID);
	found("with dots", "code 1.3.1.0.5.2.A.3.0.8.T\n", ID);
	found("with dashes", "code 1-3-1-0-5-2-a-3-0-8-t\n", ID);
	found("at the end of a line", "a 12\n1 3 1 0 5 2 A 3 0 8 T", ID);
	found("a twin with a letter", "code 1 3 1 0 5 2 A 3 0 8 U\n", "");
	found("a twin in groups", "13 10 52-308U 13.10.52-308U 1 3 1 0 5 2 - 3 0 8 U", "");
	found("Danish in groups", "cpr 21 10 62 5629", ID);
	found("with slashes", "cpr 21/10/62/5629", ID);
	found("with underscores", "cpr 211062_5629", ID);
	found("a twin with an impossible month", "cpr 21/13/62/5629", "");
	found("two separators part", "cpr 211062--5629", "");
	found("British", "nhs 943-476-5870", ID);
	found("a British twin", "nhs 943-476-5871", "");
	found("Norwegian with a blank", "fnr 151086 95088", ID);
	found("Faroese beside its word", "P-tal 010190123", ID);
	found("the same digits beside another", "patient 010190123", "");
	found("Faroese with its sign", "ptal: 010190-123", ID);
	found("the wider rule of 2032", "f\u00f8dselsnummer 30108299939", ID);
	found("an Icelandic system number beside a word", "kennitala 892350-1739", ID);
	found("alone it is nobody's", "892350-1739", "");
	found("the context after the number", "15108695088 is the fnr", ID);
	found("a context further than 40 characters",
		"fnr of somebody else, whom nobody here knows at all: 15108695088",
		"identity-number review;");
}

/* Norwegian numbers of one birthday with their two check digits, from *individual on. */
static unsigned norwegian(char ret[16], unsigned *individual)
{
	static const unsigned one[] = { 3, 7, 6, 1, 8, 9, 4, 5, 2 }, two[] = { 5, 4, 3, 2, 7, 6, 5, 4, 3, 2 };
	unsigned i, a, b;

	for (;;) {
		snprintf(ret, 16, "120366%03u", (*individual)++ % 500);
		for (i = a = 0; i < 9; i++)
			a += (unsigned)(ret[i] - '0') * one[i];
		a = (11 - a % 11) % 11;
		for (i = b = 0; i < 9; i++)
			b += (unsigned)(ret[i] - '0') * two[i];
		b = (11 - (b + a * two[9]) % 11) % 11;
		if (a < 10 && b < 10)
			return (unsigned)snprintf(ret + 9, 7, "%u%u\n", a, b) + 9;
	}
}

/* Chance makes one of eleven numbers of ten digits a British one; that excuses no number of another length. */
static void behind_decoys(void)
{
	static char text[40000];
	char got[1024];
	unsigned i, at = 0, x = 7, individual = 0;

	for (i = 0; i < 2200; i++) {
		x = x * 1103515245u + 12345u;
		at += (unsigned)snprintf(text + at, sizeof(text) - at, "7%04u", (x >> 16) % 10000);
		x = x * 1103515245u + 12345u;
		at += (unsigned)snprintf(text + at, sizeof(text) - at, "%05u\n", (x >> 8) % 100000);
	}
	found("numbers of ten digits", text, "identity-number review;");
	for (i = 0; i < 100; i++) {
		char one[16];
		unsigned n = norwegian(one, &individual);

		memcpy(text + at, one, n + 1);
		at += n;
	}
	search(SCAN_FAST, false, text, at, &reports[0]);
	sum_up(&reports[0], got, sizeof(got));
	ok(strstr(got, ID), "a list of Norwegian numbers behind them");
}

static void tokens(void)
{
	char text[128], reversed[32];
	size_t i;

	found("a token", TOKEN, PSN);
	found("its twin", TWIN, "");
	found("in capitals", "P42DWZX6DTBDP2EKUO3Q7AT5SPYD3WY", PSN);
	found("in mixed case", "P42dWZX6dtbdp2ekUO3q7at5spyD3wy", PSN);
	found("inside a word", "xx" TOKEN "yy", PSN);
	found("split by a blank", "p42dwzx6dtbdp2e kuo3q7at5spyd3wy", PSN);
	found("its twin", "p42dwzx6dtbdp2e kuo3q7at5spyd3wz", "");
	found("in fours", "p42d-wzx6-dtbd-p2ek-uo3q-7at5-spyd-3wy", PSN);
	found("each letter apart", "p 4 2 d w z x 6 d t b d p 2 e k u o 3 q 7 a t 5 s p y d 3 w y",
		PSN);
	found("their twin", "p 4 2 d w z x 6 d t b d p 2 e k u o 3 q 7 a t 5 s p y d 3 w z", "");
	found("over two lines", "x p42dwzx6dtbdp2e\n  kuo3q7at5spyd3wy z", PSN);
	found("quoted and over lines",
		"\"p42dwzx6\",\r\n\"dtbdp2ek\",\r\n\"uo3q7at5\",\r\n\"spyd3wy\"", PSN);
	found("with dots", "p42d.wzx6.dtbd.p2ek.uo3q.7at5.spyd.3wy", PSN);
	found("with slashes", "p42d/wzx6/dtbd/p2ek/uo3q/7at5/spyd/3wy", PSN);
	found("with underscores", "p42dw_zx6dt_bdp2e_kuo3q_7at5s_pyd3w_y", PSN);
	found("in a list of JSON", "[\"p42dwzx6\",\"dtbdp2ek\",\"uo3q7at5\",\"spyd3wy\"]", PSN);
	found("in capitals, apart", "P 4 2 D W Z X 6 D T B D P 2 E K U O 3 Q 7 A T 5 S P Y D 3 W Y", PSN);
	found("on lines of their own", "p42dwzx6\ndtbdp2ek\nuo3q7at5\nspyd3wy", PSN);
	found("fullwidth", "\uff50\uff14\uff12\uff44\uff57\uff5a\uff58\uff16\uff44\uff54\uff42\uff44\uff50\uff12\uff45\uff4b"
		"\uff55\uff4f\uff13\uff51\uff17\uff41\uff54\uff15\uff53\uff50\uff59\uff44\uff13\uff57\uff59", PSN);
	found("hexadecimal in capitals", "70343264777A7836647462647032656B756F33713761743573707964337779", "blob review;" PSN);
	found("base64 without its end", "cDQyZHd6eDZkdGJkcDJla3VvM3E3YXQ1c3B5ZDN3eQ", "blob review;" PSN);
	found("base64 within a line", "cGF0aWVudCBwNDJkd3p4NmR0YmRwMmVrdW8zcTdhdDVzcHlkM3d5IGRpZWQ=", "blob review;" PSN);
	for (i = 0; i < PSN_TOKEN; i++)
		reversed[i] = TOKEN[PSN_TOKEN - 1 - i];
	reversed[PSN_TOKEN] = '\0';
	found("backwards", reversed, PSN);
	found("hexadecimal",
		"70343264777a7836647462647032656b756f337137617435737079643377"
		"79",
		"blob review;" PSN);
	found("base64", "cDQyZHd6eDZkdGJkcDJla3VvM3E3YXQ1c3B5ZDN3eQ==", "blob review;" PSN);
	found("base64 of the twin", "cDQyZHd6eDZkdGJkcDJla3VvM3E3YXQ1c3B5ZDN3eg==", "blob review;");
	found("base64 with bytes behind it that are no text", "SUQgMTMxMDUyLTMwOFSAgICAgICAgICAgICAgICA", ID);
	found("its twin", "SUQgMTMxMDUyLTMwOFWAgICAgICAgICAgICAgICA", "");
	found("base32",
		"OA2DEZDXPJ4DMZDUMJSHAMTFNN2W6M3RG5QXINLTOB4WIM3XPE======", "blob review;" PSN);
	snprintf(text, sizeof(text), "id %s\u00e5", TOKEN);
	found("before a letter of the north", text, PSN);
}

static void fields(void)
{
	struct place at = { .row = 2, .line = 2, .column = 1 };
	struct scan s;
	char got[256];
	int row;

	for (row = 2; row < 4; row++) {
		reports[0] = (struct report){ 0 };
		scan_begin(&s, &reports[0], k_check, false);
		scan_field(&s, "x", 1, at, false);
		scan_field(&s, "p42dwzx6dtbdp2e", 15, at, false);
		at.row = (uint64_t)row; /* the second time the halves are in different rows */
		scan_field(&s, "kuo3q7at5spyd3wy", 16, at, false);
		scan_end(&s);
		sum_up(&reports[0], got, sizeof(got));
		is_str(got, row == 2 ? PSN : "",
			row == 2 ? "halves in neighbouring fields" : "and not in two rows");
	}
	reports[0] = (struct report){ 0 };
	scan_begin(&s, &reports[0], k_check, false);
	scan_field(&s, "15108695088", 11, at, true);
	scan_end(&s);
	sum_up(&reports[0], got, sizeof(got));
	is_str(got, ID, "a header's word announces");
}

static void accounts(void)
{
	static const char *const good[] = { "FI2112345600000785", "SE4550000000058398257466",
		"NO9386011117947", "DK5000400440116243", "FO6264600001631634", "GL8964710001000206",
		"IS140159260076545510730339", "EE382200221020145685", "LV80BANK0000435195001",
		"LT121000011101001000", "GB82WEST12345698765432", "GB82 WEST 1234 5698 7654 32" };
	static const char *const bad[] = { "FI2112345600000786", "NO9386011117948",
		"NO938601111794", "XX2112345600000785", "xFI2112345600000785",
		"GB82WEST1234569876543" };
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		found(good[i], good[i], "iban block;");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		found(bad[i], bad[i], "");
}

static void addresses(void)
{
	found("mail", "ann.smith+x@example.com", "e-mail block;");
	found("a role", "biostat@example.org", "e-mail review;");
	found("no name before it", "@example.com", "");
	found("no dot", "ann@localhost", "");
	found("a label of 64",
		"a@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.com", "");
	found("Denmark", "call +45 12 34 56 78", "phone review;");
	found("too short for Denmark", "call +45 12 34 56 7", "");
	found("Finland", "+358 (0)40 1234567", "phone review;");
	found("Iceland with 00", "00354 5551234", "phone review;");
	found("serial numbers", "0035455512345678901 offset 0035812345", "");
	found("Estonia", "+372 5123456", "phone review;");
	found("elsewhere", "+1 510-869-5088", "phone review;");
	found("a power", "1e+15108695088 +1.5 +12% +1234567.5", "");
	found("a difference", "+1234567", "");
	found("IPv4", "from 130.233.224.1", "network-address review;");
	found("a version", "version 130.233.224.1 R 10.20.30.40 v1.2.3.40", "");
	found("a section", "see 1.2.3.4", "");
	found("no octet", "130.233.224.256 130.233.224.01 130.233.224", "");
	found("longer", "1.30.233.224.1 130.233.224.1.5", "");
	found("the own machine", "127.0.0.1 0.0.0.0 255.255.255.0 ::1", "");
	found("a package", "libssl-10.20.30.40 10.20.30.40-1", "");
	found("IPv6", "from 2001:db8::8a2e:370:7334", "network-address review;");
	found("IPv6, whole", "2001:0db8:0:0:0:8a2e:0370:7334", "network-address review;");
	found("nine groups", "2001:0db8:0:0:0:8a2e:0370:7334:1", "");
	found("names", "std::vector base::abs 12:30:45 a::b dead:beef", "");
	found("MAC", "00:1a:2B:3c:4d:5e", "network-address review;");
	found("MAC with dashes", "00-1A-2B-3C-4D-5E", "network-address review;");
	found("numbers with dashes", "01-12-23-34-45-56 00:1a:2b:3c:4d", "");
}

static void announced_numbers(void)
{
	found("a medical record", "MRN 1234567", "record-number block;");
	found("with a sign", "MRN: 1234567", "record-number block;");
	found("the word without a number", "the MRN column is left out; 1234567 rows", "");
	found("hospital no", "hospital no. 123456", "record-number review;");
	found("hospital alone", "hospital 123456", "");
	found("Finnish", "potilasnumero 1234567", "record-number review;");
	found("Danish", "journal nr 1234567", "record-number review;");
	found("a specimen", "lab id: A123456", "record-number review;");
	found("an accession", "accession number 20231234567", "record-number review;");
	found("in parts", "accession no. 22-1048831", "record-number review;");
	found("parts of something else", "version no 22.1048831 rows 22-1048831", "");
	found("a public one", "accession GSE1234567", "");
	found("cases", "12345 cases; case 12345", "");
	found("a case's number", "case no 12345", "record-number review;");
	found("short", "case no 1234", "");
	found("latitude", "lat=60.16995 lon=24.93840", "coordinates review;");
	found("with letters", "60.1699 N, 24.9384 E", "coordinates review;");
	found("with a degree sign", "60.1699\u00b0N 24.9384\u00b0E", "coordinates review;");
	found("estimates", "0.1699, 24.9384 (60.1234; 61.2345)", "");
	found("three decimals", "lat=60.169 lon=24.938", "");
	found("seconds", "took 1.2345 s, 60.1699 n", "");
	found("five of them", "lat 60.16991 lat 60.16992 lat 60.16993 lat 60.16994 lat 60.16995",
		"coordinates review;coordinates block;");
}

static void dictionary(void)
{
	struct buf b = { 0 };
	char got[256];
	size_t i;

	for (i = 0; word_at(i); i++) {
		buf_str(&b, word_at(i)->text);
		buf_str(&b, ",text,the person's own\n");
	}
	search(SCAN_FAST, false, b.p, b.len, &reports[0]);
	sum_up(&reports[0], got, sizeof(got));
	is_str(got, "", "a dictionary of all header words passes");
	buf_free(&b);
}

static void header_words(void)
{
	size_t i, wrong = 0;

	for (i = 1; word_at(i); i++)
		wrong += strcmp(word_at(i - 1)->text, word_at(i)->text) >= 0;
	is_int((long long)wrong, 0, "the words are in order");
	is_int(word_find("patient_id", 10)->meaning, WORD_ID, "patient_id");
	is_int(word_find("Patient ID", 10)->meaning, WORD_ID, "Patient ID");
	is_int(word_find("person_source_value", 19)->meaning, WORD_ID, "OMOP's");
	is_int(word_find("fodselsdato", 11)->meaning, WORD_BIRTH, "a birth");
	is_int(word_find("kuolinpaiva", 11)->meaning, WORD_DEATH, "a death");
	is_int(word_find("heimilisfang", 12)->meaning, WORD_ADDRESS, "an address");
	is_int(word_find("sahkoposti", 10)->meaning, WORD_MAIL, "mail");
	ok(word_find("chi", 3)->maybe, "chi is a statistic too");
	ok(!word_find("estimate", 8), "estimate is none");
	ok(!word_find("", 0), "nothing is none");
	ok(scan_has_context("the hetu of", 11), "a word in a text");
	ok(scan_has_context("patient id", 10), "two words");
	ok(!scan_has_context("the hetus of", 12), "a longer word");
}

static void dates(void)
{
	static const char *const good[] = { "2024-01-15", "15.1.2024", "15/01/2024", "01/15/2024",
		"20240115", "2024-01-15 12:30", "2024-01-15t12:30:45z", "2024/1/5", "15. 1.2024" };
	static const char *const bad[] = { "2024-13-15", "2024-01", "15.1.24", "20241315", "2024",
		"1.5.2", "2024-01/15", "15-15-2024", "12.5", "", "2024-01-15 noon", "3024-01-15" };
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ok(text_is_date(good[i], strlen(good[i])), good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!text_is_date(bad[i], strlen(bad[i])), *bad[i] ? bad[i] : "nothing is no date");
	ok(text_is_coordinate("60.1699", 7), "a coordinate");
	ok(text_is_coordinate("-124.93840", 10), "west");
	ok(!text_is_coordinate("60.169", 6), "three decimals");
	ok(!text_is_coordinate("184.1234", 8), "out of range");
}

/* --- encoded data --- */

static const char b64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static uint32_t seed = 1;
static uint32_t next(uint32_t n)
{
	seed ^= seed << 13; /* xorshift */
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return (seed >> 4) % n;
}

static void drawn(const char *what, const char *alphabet, size_t n, size_t width, const char *want)
{
	struct buf b = { 0 };
	char got[256];
	size_t i;

	buf_str(&b, "begin\n");
	for (i = 0; i < n; i++) {
		buf_add(&b, &alphabet[next((uint32_t)strlen(alphabet))], 1);
		if (width > 0 && i % width == width - 1)
			buf_str(&b, "\n");
	}
	buf_str(&b, "\n");
	search(SCAN_FAST, false, b.p, b.len, &reports[0]);
	sum_up(&reports[0], got, sizeof(got));
	is_str(got, want, what);
	buf_free(&b);
}

static void encode64(struct buf *b, const void *p, size_t n)
{
	const uint8_t *in = p;
	size_t i, k;

	for (i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)in[i] << 16 | (i + 1 < n ? (uint32_t)in[i + 1] << 8 : 0) |
			     (i + 2 < n ? in[i + 2] : 0);

		for (k = 0; k < 4; k++)
			buf_add(b, i + k > n ? "=" : &b64[v >> (18 - 6 * k) & 63], 1);
	}
}

static void encoded(const char *what, const void *p, size_t n, const char *want)
{
	struct buf b = { 0 };
	char got[256];

	encode64(&b, p, n);
	search(SCAN_FAST, false, b.p, b.len, &reports[0]);
	sum_up(&reports[0], got, sizeof(got));
	is_str(got, want, what);
	buf_free(&b);
}

static void blobs(void)
{
	static const char inner[] = "a line with 131052-308T in it";
	struct buf twice = { 0 };
	uint8_t packed[200];
	uLongf len = sizeof(packed);
	z_stream z = { 0 };
	char path[300] = "/usr", pad[300];

	drawn("base64", b64, 240, 0, "blob block;");
	drawn("base64, short", b64, 150, 0, "");
	drawn("base64 in lines", b64, 760, 76, "blob block;");
	drawn("base32", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 240, 0, "blob block;");
	drawn("base32 in lines", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 512, 64, "blob block;");
	drawn("hexadecimal", "0123456789abcdef", 240, 0, "blob block;");
	drawn("hexadecimal in lines", "0123456789abcdef", 600, 60, "blob block;");
	drawn("one digest", "0123456789abcdef", 64, 0, "");
	drawn("a list of digests", "0123456789abcdef", 640, 64, "blob review;");
	drawn("ascii85",
		"!\"#$%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstu",
		400, 0, "blob block;");
	memset(pad, '-', 299);
	pad[299] = '\0';
	found("a ruled line", pad, "");
	while (strlen(path) < 250)
		snprintf(path + strlen(path), 20, "/folder_%zu", strlen(path));
	found("a long path", path, "");
	found("digests and ids",
		"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 2b45d3c8e71a4669b1e7189652836336 "
		"1896528c47c9f42077710cc8b67362e8d4e7b2fc 550e8400-e29b-41d4-a716-446655440000 10.1000/xyz123456789012345678",
		"");
	encoded("an identity number in base64", inner, strlen(inner), "blob review;" ID);
	encoded("bytes in base64",
		"\x80\x91\xa2\x83\x94\x85\x96\x87\x98\x89\x80\x91\xa2\x83\x94\x85\x96\x87", 18, "");
	encode64(&twice, inner, strlen(inner));
	encoded("twice", twice.p, twice.len, "blob review;" ID);
	buf_free(&twice);
	compress(packed, &len, (const Bytef *)inner, strlen(inner));
	encoded("zlib in base64", packed, len, "blob block;" ID);
	deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
	z.next_in = (Bytef *)(uintptr_t)inner;
	z.avail_in = sizeof(inner) - 1;
	z.next_out = packed;
	z.avail_out = sizeof(packed);
	deflate(&z, Z_FINISH);
	encoded("gzip in base64", packed, sizeof(packed) - z.avail_out, "blob block;" ID);
	deflateEnd(&z);
	found("a list of changes",
		"* [[`f28b7a7b4e`](https://example.org/n/commit/f28b7a7b4e95XQZ)] - **DOC**: Zap & KQ <w@7> {J} "
		"[#9174](https://example.org/n/pull/9174%UYHGVJ) * [[`62E0385F63`](https://example.org/c/62E0385F63)] - "
		"**V8**: Backport 2;x=4~ (BMLI) [#19333](https://example.org/N/19333?$!|^T)",
		"blob review;");
	found("words",
		"Cardiovascular_disease_mortality_and_morbidity/getSummaryStatisticsForGroup", "");
}

/* --- the three ways --- */

/* As fields of a table: short ones are passed over by all ways but the plain one. */
static void in_fields(enum scan_way way, bool json, const char *p, size_t n, struct report *r)
{
	size_t width = 3 + n % 20, i;
	struct scan s;

	*r = (struct report){ 0 };
	scan_begin(&s, r, k_check, json);
	s.way = way;
	s.few = few;
	for (i = 0; i < n; i += width)
		scan_field(&s, p + i, n - i < width ? n - i : width,
			(struct place){ .row = 1 + i / 100, .column = (uint32_t)(1 + i % 100) }, i % 7 == 0);
	scan_end(&s);
}

typedef void looking(enum scan_way way, bool json, const char *p, size_t n, struct report *r);

static void differ_in(looking *look, const char *p, size_t n, bool json, size_t *wrong)
{
	static char one[80000], two[80000];
	enum scan_way way;

	look(SCAN_PLAIN, json, p, n, &reports[0]);
	tell(&reports[0], one, sizeof(one));
	for (way = SCAN_GFNI; way < SCAN_PLAIN; way++) {
		if (!scan_can(way))
			continue;
		look(way, json, p, n, &reports[1]);
		tell(&reports[1], two, sizeof(two));
		if (strcmp(one, two) != 0 && reports[0].more + reports[1].more == 0 &&
			++*wrong <= 3)
			printf("# way %d of %.*s\n# plain:\n%.2000s# fast:\n%.2000s", way,
				n < 1500 ? (int)n : 0, p, one, two);
	}
}

static void differ(const char *p, size_t n, bool json, size_t *wrong)
{
	differ_in(search, p, n, json, wrong);
	if (n < 2000)
		differ_in(in_fields, p, n, json, wrong);
}

static const char *const pieces[] = { "131052-308T", "131052a308t", "13 10 52-308T",
	"1 3 1 0 5 2 A 3 0 8 T", "1.3.1.0.5.2.A.3.0.8.T", "13.10.52A308T", "211062-5629", "2110625629", "21 10 62 5629", "15108695088",
	"20000101-T220", "670919-9530", "670919+9530", "189001019802", "161175-19997",
	"943 476 5870", "9434765919", "010190-123", "010190123", "251248-9996", "fnr ",
	"hetu:", "P-tal ", "\u0661\u0663\u0661\u0660\u0665\u0662-308T", "\u00e5", "\u00ad",
	"\u202e", "\uff11", "\\u0031", "\\", "\"", TOKEN, TWIN, "p42dwzx6dtbdp2e",
	"kuo3q7at5spyd3wy", "p42d-wzx6-dtbd-p2ek-uo3q-7at5-spyd-3wy", "ann@example.com",
	"info@x.org", "@", "+45 12345678", "0045 12345678", "+", "00", "130.233.224.1", "10.20.",
	"2001:db8::1:2f", "::", ":", "00:1a:2b:3c:4d:5e", "00-1a-2b-3c-4d-5e", "MRN 1234567",
	"lab id 22-1048831", "case no 12345", "lat 60.16995", "60.1699 N 24.9384 E",
	"FI2112345600000785", "GB82 WEST 1234 5698 7654 32", "2024-01-15 12:30:45 ",
	"2024-01-15T12:30:45.123 ", "1705321845", "8112289874.0", "0.1234567", "1.2345-6.7890",
	"cDQyZHd6eDZkdGJkcDJla3VvM3E3YXQ1c3B5ZDN3eQ==", "70343264777a7836647462647032656b", "\n",
	"\n", "\n", " ", " ", ",", ".", "-", "/", "_", ";", "x", "the patient ", "pid=", "word ",
	"1", "12", "123", "123456", "12345678", "\r\n", "\t", "\x01", "\x02", "\xff", "A", "T" };

/* What can't be tried here is said aloud: another machine tries it. */
static void ways_there_are(void)
{
	static const char *const names[] = { [SCAN_GFNI] = "GFNI", [SCAN_AVX512] = "AVX-512", [SCAN_AVX2] = "AVX2", [SCAN_SSE2] = "SSE2", [SCAN_WORDS] = "words" };
	enum scan_way way;

	for (way = SCAN_GFNI; way < SCAN_PLAIN; way++)
		printf("# the search with %s is %s\n", names[way], scan_can(way) ? "compared" : "not compared: the processor lacks it");
	ok(scan_can(SCAN_FAST) && scan_can(SCAN_WORDS) && scan_can(SCAN_PLAIN), "three ways are there on any machine");
}

/* The search for a few kinds finds what the whole one finds of them, and nothing else. */
static void few_kinds(void)
{
	few = true;
	found("a number", "131052-308T", ID);
	found("mail", "ann@example.com", "e-mail block;");
	found("a pseudonym", TOKEN, "pseudonym block;");
	found("the rest", "MRN 1234567 FI2112345600000785 +4512345678 130.233.224.1 lat=60.16995", "");
	few = false;
}

static void ways_agree(void)
{
	static const char *const alphabets[] = { "0123456789-", "01 -.T", "0123456789 .:abcdef",
		"12-+ \nA308T", "p2a \n,", "@a.b1+ ", "0:fa1-\n ", "\xc3\xa5\x31-0 5",
		"0123456789abcdefghijklmnopqrstuvwxyz/+=\n" };
	static char text[1 << 16];
	size_t wrong = 0, round, n, i;

	for (round = 0; round < 3000; round++) {
		const char *a = alphabets[round % (sizeof(alphabets) / sizeof(alphabets[0]))];

		n = 1 + next(600);
		for (i = 0; i < n; i++)
			text[i] = a[next((uint32_t)strlen(a))];
		few = round % 5 == 4;
		differ(text, n, round % 2 == 1, &wrong);
	}
	is_int((long long)wrong, 0, "3000 texts of small alphabets");
	for (round = 0, wrong = 0; round < 4000; round++) {
		size_t most = round % 50 == 0 ? 60000 : 400 + next(800);

		for (n = 0; n < most; n += i) {
			const char *piece =
				most < 2000 || next(30) == 0
					? pieces[next(sizeof(pieces) / sizeof(pieces[0]))]
					: "and words 12 in 2024 ";

			i = strlen(piece);
			memcpy(text + n, piece, i);
		}
		if (round % 50 == 0)
			for (i = 0; i < n; i++) /* few lines */
				text[i] = text[i] == '\n' && next(200) > 0 ? ' ' : text[i];
		few = round % 5 == 4;
		differ(text, n, round % 2 == 1, &wrong);
	}
	few = false;
	is_int((long long)wrong, 0, "4000 texts of pieces");
}

/* What a reader with a buffer does: keep what isn't scanned, and something before it. */
static void in_windows(const char *p, size_t n, size_t window, struct report *r)
{
	size_t done = 0, end = 0; /* both from p */
	struct scan s;

	*r = (struct report){ 0 };
	scan_begin(&s, r, k_check, false);
	while (end < n) {
		size_t first = done > SCAN_KEEP ? done - SCAN_KEEP : 0;

		end = end + window < n ? end + window : n;
		done = first + scan_part(&s, p + first, end - first, done - first, first, end == n);
	}
	scan_end(&s);
}

static void windows_lose_nothing(void)
{
	enum { LONG = 400000 };
	static char one[80000], two[80000];
	char *text = malloc(LONG + 200);
	size_t n = 0, i, wrong = 0, window;

	while (n < LONG) {
		const char *piece = next(100) > 0 ? "words and 12 numbers \n" : pieces[next(52)];

		i = strlen(piece);
		memcpy(text + n, piece, i);
		n += i;
		text[n++] = ' ';
	}
	search(SCAN_FAST, false, text, n, &reports[0]);
	tell(&reports[0], one, sizeof(one));
	is_int(reports[0].count > 20 ? 20 : (long long)reports[0].count, 20,
		"there is something to find");
	for (window = 5000; window < 100000; window += 777) {
		in_windows(text, n, window, &reports[1]);
		tell(&reports[1], two, sizeof(two));
		wrong += strcmp(one, two) != 0;
	}
	is_int((long long)wrong, 0, "windows of 5 to 100 kB find the same");
	for (i = 0; i < n; i++)
		text[i] = text[i] == '\n' ? ' ' : text[i];
	search(SCAN_FAST, false, text, n, &reports[0]);
	tell(&reports[0], one, sizeof(one));
	for (window = 5000, wrong = 0; window < 100000; window += 7777) {
		in_windows(text, n, window, &reports[1]);
		tell(&reports[1], two, sizeof(two));
		wrong += strcmp(one, two) != 0;
	}
	is_int((long long)wrong, 0, "a text of one line too");
	free(text);
}

/* A line of over a megabyte is cut somewhere: what stands on the cut is found. */
static void long_lines(void)
{
	size_t n = (1u << 20) + 70000, at, wrong = 0, i;
	char *text = malloc(n);
	static const char *const put[] = { "131052-308T", "x " TOKEN " x", " 15108695088 fnr ",
		"ann@example.com" };

	for (at = (1u << 20) - 40; at < (1u << 20) + 5; at++)
		for (i = 0; i < 4; i++) {
			memset(text, '.', n);
			memcpy(text + at, put[i], strlen(put[i]));
			search(SCAN_FAST, false, text, n, &reports[0]);
			wrong += reports[0].count != 1;
		}
	is_int((long long)wrong, 0, "nothing is lost, or told twice, where a long line is cut");
	free(text);
}

int main(void)
{
	uint8_t mk[PSN_KEY];
	size_t i;

	for (i = 0; i < PSN_KEY; i++)
		mk[i] = (uint8_t)i;
	psn_check_key(mk, k_check);
	digits_in_disguise();
	printed_as_fractions();
	separators();
	rows_of_small_numbers();
	behind_decoys();
	tokens();
	fields();
	accounts();
	addresses();
	announced_numbers();
	dictionary();
	header_words();
	dates();
	blobs();
	ways_there_are();
	few_kinds();
	ways_agree();
	windows_lose_nothing();
	long_lines();
	return tap_end();
}
