/* t/unit/vectors.c - every published number, header word and announcing word in whole files: alone in a sentence, beside a
 * word that announces it in its country's language, three of them, in a column, in a file's name; and the twins that pass.
 * The numbers alone are tested in idnum.c, their disguises in scan.c. */
#include "policy/inside.h"
#include "t/unit/idnum.h"
#include "t/unit/judge.h"

static char got[8192];

static const char *verdict_of(const char *name, const char *bytes, const char *only)
{
	struct policy_file f = { .name = name, .bytes = bytes, .len = strlen(bytes) };
	struct policy_result result = { 0 };

	judge_file(&f, only, &result, got, sizeof(got));
	policy_result_free(&result);
	return strstr(got, " block ") ? "block" : strstr(got, " review ") ? "review" : "pass";
}

static const char *identity(const char *text)
{
	return verdict_of("a.txt", text, "identity-number");
}

static const char *const contexts[IDNUM_COUNT][6] = {
	[IDNUM_FI] = { "henkil\xc3\xb6tunnus", "hetu", "personbeteckning" },
	[IDNUM_SE] = { "personnummer", "pnr", "samordningsnummer" },
	[IDNUM_NO] = { "f\xc3\xb8""dselsnummer", "fnr", "D-nummer", "personnummer" },
	[IDNUM_DK] = { "CPR", "cpr-nr.", "cpr-nummer" },
	[IDNUM_IS] = { "kennitala", "kt.", "kerfiskennitala" },
	[IDNUM_EE] = { "isikukood" },
	[IDNUM_LT] = { "asmens kodas" },
	[IDNUM_LV] = { "personas kods" },
	[IDNUM_FO] = { "P-tal" },
	[IDNUM_NHS] = { "NHS number", "CHI number", "NHS no." },
};

static bool is_no_kind(const char *text)
{
	char fold[64];
	size_t n = text_fold(text, strlen(text), false, fold);
	enum idnum_kind k;

	for (k = 0; k < IDNUM_COUNT; k++)
		if (idnum_match(k, fold, n) != IDNUM_NO_MATCH)
			return false;
	return true;
}

/* What stands alone: a check, a separator, a letter or a century block at once; bare digits are for people, or nothing. */
static void numbers_in_sentences(void)
{
	char text[200], what[240];
	size_t i, k;

	for (i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		const char *number = examples[i].text;

		snprintf(text, sizeof(text), "Row %s was dropped.\n", number);
		if (examples[i].want == IDNUM_STRONG) /* 20:06:00-0005 is a time with its zone too */
			is_str(identity(text), strcmp(number, "200600-0005") == 0 ? "review" : "block", number);
		else if (examples[i].want == IDNUM_NO_MATCH && is_no_kind(number))
			is_str(identity(text), "pass", number);
		else if (examples[i].want != IDNUM_NO_MATCH)
			ok(strcmp(identity(text), "block") != 0, number);
		if (strcmp(number, "20000101T220") == 0)
			continue; /* an interim number is looked for with its sign alone: else it is an ISO 8601 time cut short */
		for (k = 0; examples[i].want != IDNUM_NO_MATCH && k < 6 && contexts[examples[i].kind][k]; k++) {
			snprintf(text, sizeof(text), "no match for %s %s in visits\n", contexts[examples[i].kind][k], number);
			snprintf(what, sizeof(what), "%s %s", contexts[examples[i].kind][k], number);
			is_str(identity(text), "block", what);
		}
	}
}

static void part_of_something_longer(void)
{
	static const char *const longer[] = { "x131052-308T", "131052-308Tx", "5131052-308T", "131052-308T5", "\xc3\xa5" "131052-308T",
		"fnr 215108695088", "fnr 151086950881", "fnr 0.15108695088" };
	static const char *const whole[] = { "(131052-308T)", "\"131052-308T\"", "id=131052-308T,", "131052-308T.", "a/131052-308T/b", "[131052-308T]",
		"fnr=15108695088;", "131052-308T\t5", "<td>131052-308T</td>" };
	size_t i;

	for (i = 0; i < sizeof(longer) / sizeof(longer[0]); i++)
		ok(strcmp(identity(longer[i]), "block") != 0, longer[i]);
	for (i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		is_str(identity(whole[i]), "block", whole[i]);
}

static void three_bare_ones(void)
{
	is_str(identity("15108695088 of 30\n"), "review", "one Norwegian number");
	is_str(identity("15108695088, 13097248022\n"), "review", "two of them");
	is_str(identity("15108695088, 15108695088, 15108695088\n"), "review", "one of them three times");
	is_str(identity("15108695088, 13097248022, 29020075838\n"), "block", "three different ones");
	is_str(identity("36805280109, 38001085718, 60001019906\n"), "block", "three Estonian ones");
	is_str(identity("8112289874, 6709199530, 0002292399\n"), "block", "three Swedish ones");
	is_str(identity("15108695088 is the number that belongs to nobody at all; the fnr is another\n"), "review", "a word too far away");
}

/* Four of five cells of a column, and five at least, have the form; their check digits may be wrong. */
static void columns(void)
{
	static const char *const weak[] = { "251248-9996\n290204-0007\n010190-1111\n020291-2222\n030392-3333\n",
		"2512489996\n2902040007\n0101901111\n0202912222\n0303923333\n", "120174-3389\n010180-2229\n020281-2339\n030382-2449\n040483-2559\n",
		"010190-123\n020291-234\n030392-345\n040493-456\n050594-567\n" };
	char text[400];
	size_t i;

	for (i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
		char row[2] = "a", *line, list[300];
		size_t at = (size_t)snprintf(text, sizeof(text), "x,group\n");

		snprintf(list, sizeof(list), "%s", weak[i]);
		for (line = strtok(list, "\n"); line; line = strtok(NULL, "\n"), row[0]++)
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s,%s\n", line, row);
		is_str(verdict_of("a.csv", text, "identity-number"), "block", weak[i]);
	}
	is_str(verdict_of("a.csv", "x,group\n251248-9996,a\n290204-0007,b\n", "identity-number"), "review", "two are for people");
	is_str(verdict_of("a.csv", "fnr,group\n15108695088,a\n", "identity-number"), "block", "one bare number under a header that announces it");
	is_str(verdict_of("a.csv", "field,value\nnhs_number,9434765919\n", "identity-number"), "block", "behind a cell that announces it");
	is_str(verdict_of("a.tsv", "field\tvalue\nptal\t010190123\n", "identity-number"), "block", "of nine digits");
	is_str(verdict_of("a.csv", "field,value\nnhs_number,5550000001\n", "identity-number"), "pass", "its twin");
	is_str(verdict_of("a.csv", "field,value\namount,9434765919\n", "identity-number"), "pass", "behind another");
	is_str(verdict_of("a.csv", "field,value\nnhs_number,94347\namount,9434765919\n", "identity-number"), "pass", "below such a cell");
	is_str(verdict_of("a.csv", "code,group\n15108695088,a\n", "identity-number"), "review", "under another it is for people");
}

static void places(void)
{
	is_str(verdict_of("131052-308T.csv", "a,mean\nx,2.5\n", "identity-number"), "block", "in the file's name");
	is_str(verdict_of("t-131052-308U.csv", "a,mean\nx,2.5\n", "identity-number"), "pass", "its twin");
	is_str(verdict_of("a.json", "{\"131052-308T\":1.5}", "identity-number"), "block", "as a key of JSON");
	is_str(verdict_of("a.json", "{\"x\":[\"1310\\u0035\\u0032-308T\"]}", "identity-number"), "block", "behind escapes of JSON");
	is_str(verdict_of("a.csv", "131052-308T,mean\nx,2.5\n", "identity-number"), "block", "as a header");
	is_str(verdict_of("a.md", "| a | b |\n|---|---|\n| 131052-308T | 2.5 |\n", "identity-number"), "block", "in Markdown");
	is_str(verdict_of("a.log", "MTMxMDUyLTMwOFQgaXMgdGhlIG9uZSB0aGF0IHdlIHdhbnQ=\n", "identity-number"), "block", "in base64");
	is_str(verdict_of("a.log", "3133313035322d33303854206973207468652070657273\n", "identity-number"), "block", "in hexadecimal");
}

/* --- header words: each with rows below, and in a dictionary, where it names what is not there --- */

static bool is_personal(const struct word *w)
{
	return !w->maybe && w->meaning != WORD_FILLER && w->meaning != WORD_PLACE && w->meaning != WORD_NETWORK;
}

static void header_words(void)
{
	static const char *const listed[] = { "patient_id", "person_id", "person_source_value", "subject", "pid", "pnr", "lopnr", "l\xc3\xb6pnr",
		"personnummer", "fodselsnummer", "fnr", "dnr", "cpr", "hetu", "henkilotunnus", "henkil\xc3\xb6tunnus", "kennitala", "kt", "isikukood",
		"asmens_kodas", "personas_kods", "nhs_number", "chi", "mrn", "ssn", "name", "nimi", "etunimi", "sukunimi", "namn", "f\xc3\xb6rnamn",
		"efternamn", "navn", "fornavn", "etternavn", "efternavn", "nafn", "address", "osoite", "adress", "adresse", "heimilisfang", "postinumero",
		"postnummer", "postnr", "p\xc3\xb3stn\xc3\xbamer", "postcode", "zip", "dob", "birth_date", "birth_datetime", "syntym\xc3\xa4""aika",
		"syntymapaiva", "f\xc3\xb6""delsedatum", "fodselsdato", "f\xc3\xb8""dselsdato", "f\xc3\xa6\xc3\xb0ingardagur", "surma_aeg", "dod",
		"kuolinpaiva", "phone", "puhelin", "telefon", "s\xc3\xadmi", "email", "sahkoposti", "S\xc3\x84HK\xc3\x96POSTI", "Patient ID" };
	char text[200];
	size_t i, wrong = 0;
	const struct word *w;

	for (i = 0; i < sizeof(listed) / sizeof(listed[0]); i++) {
		snprintf(text, sizeof(text), "%s,n\nx,50\ny,60\n", listed[i]);
		ok(strcmp(verdict_of("a.csv", text, "microdata"), "pass") != 0, listed[i]);
		snprintf(text, sizeof(text), "variable,description\n%s,not delivered\nbmi,kg per square metre\n", listed[i]);
		is_str(verdict_of("a.csv", text, "microdata"), "pass", "and in a dictionary");
	}
	for (i = 0; (w = word_at(i)); i++) {
		snprintf(text, sizeof(text), "%s,n\nx,50\ny,60\n", w->text);
		if (!is_personal(w) || strcmp(verdict_of("a.csv", text, "microdata"), "pass") != 0)
			continue;
		wrong++;
		printf("# %s\n", w->text);
	}
	is_int((long long)wrong, 0, "each word of words.c is seen as a header");
}

/* --- what else points at one person --- */

static void telephones(void)
{
	static const struct {
		const char *good, *bad;
	} lines[] = { { "+45 12 34 56 78", "+45 12 34 56 789" }, { "+47 12 34 56 78", "+47 12 34 56 7" }, { "+46 70 123 45 67", "+46 70 12" },
		{ "+358 40 1234567", "+358 40" }, { "+354 555 1234", "+354 555 123" }, { "+298 123456", "+298 12345" }, { "+299 123456", "+299 12345" },
		{ "+372 5123456", "+372 51234" }, { "+371 21234567", "+371 2123456" }, { "+370 61234567", "+370 6123456" }, { "0045 12 34 56 78", "0045 12 34 56" } };
	char text[80];
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		snprintf(text, sizeof(text), "Ask %s today.\n", lines[i].good);
		is_str(verdict_of("a.txt", text, "phone"), "review", lines[i].good);
		snprintf(text, sizeof(text), "Ask %s today.\n", lines[i].bad);
		is_str(verdict_of("a.txt", text, "phone"), "pass", lines[i].bad);
	}
}

static void announced_numbers(void)
{
	static const char *const words[] = { "MRN", "hospital no.", "chart no", "medical record number", "specimen id", "lab no.", "lab id", "accession no.",
		"sample id", "case no.", "potilasnumero", "n\xc3\xa4ytenumero", "n\xc3\xa4ytenro", "l\xc3\xa4hetenumero", "vakuutusnumero", "journalnr", "journal nr.",
		"journalnummer", "provnummer", "remissnummer", "f\xc3\xb6rs\xc3\xa4kringsnummer", "pas-nr", "pasnr.", "pr\xc3\xb8venummer", "pr\xc3\xb8ve-id",
		"rekvisisjonsnummer", "rekvisitionsnummer", "henvisningsnummer", "sj\xc3\xbakraskr\xc3\xa1rn\xc3\xbamer", "s\xc3\xbdnan\xc3\xbamer", "haigusloo number",
		"insurance no.", "passport no.", "encounter id" };
	char text[120];
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		snprintf(text, sizeof(text), "no result for %s 22104883\n", words[i]);
		ok(strcmp(verdict_of("a.log", text, "record-number"), "pass") != 0, text);
		snprintf(text, sizeof(text), "the %s was left out of 22104883 rows\n", words[i]);
		is_str(verdict_of("a.log", text, "record-number"), "pass", "and without a number");
	}
}

static void addresses(void)
{
	static const char *const long_name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"; /* 64 */
	char text[200];

	snprintf(text, sizeof(text), "to %s@example.com\n", long_name);
	is_str(verdict_of("a.txt", text, "e-mail"), "block", "64 characters before the sign");
	is_str(verdict_of("a.txt", "to ann@example.com, please\n", "e-mail"), "block", "an address");
	is_str(verdict_of("a.txt", "to info@example.com\n", "e-mail"), "review", "of a role");
	is_str(verdict_of("a.txt", "to @example.com and ann@\n", "e-mail"), "pass", "half of one");
}

/* The same sentence with a number and with its twin, in codes of its characters; made by Python. */
static void spelled_out(void)
{
	static const struct {
		const char *how, *number, *twin;
	} forms[] = {
		{ "percent", "q=%74%68%65%20%70%65%72%73%6f%6e%20%31%33%31%30%35%32%2d%33%30%38%54%20%6f%66%20%77%61%72%64%20%42", "q=%74%68%65%20%70%65%72%73%6f%6e%20%31%33%31%30%35%32%2d%33%30%38%55%20%6f%66%20%77%61%72%64%20%42" },
		{ "\\x", "\\x74\\x68\\x65\\x20\\x70\\x65\\x72\\x73\\x6f\\x6e\\x20\\x31\\x33\\x31\\x30\\x35\\x32\\x2d\\x33\\x30\\x38\\x54\\x20\\x6f\\x66\\x20\\x77\\x61\\x72\\x64\\x20\\x42", "\\x74\\x68\\x65\\x20\\x70\\x65\\x72\\x73\\x6f\\x6e\\x20\\x31\\x33\\x31\\x30\\x35\\x32\\x2d\\x33\\x30\\x38\\x55\\x20\\x6f\\x66\\x20\\x77\\x61\\x72\\x64\\x20\\x42" },
		{ "octal", "\\164\\150\\145\\040\\160\\145\\162\\163\\157\\156\\040\\061\\063\\061\\060\\065\\062\\055\\063\\060\\070\\124\\040\\157\\146\\040\\167\\141\\162\\144\\040\\102", "\\164\\150\\145\\040\\160\\145\\162\\163\\157\\156\\040\\061\\063\\061\\060\\065\\062\\055\\063\\060\\070\\125\\040\\157\\146\\040\\167\\141\\162\\144\\040\\102" },
		{ "entities", "&#116;&#104;&#101;&#32;&#112;&#101;&#114;&#115;&#111;&#110;&#32;&#49;&#51;&#49;&#48;&#53;&#50;&#45;&#51;&#48;&#56;&#84;&#32;&#111;&#102;&#32;&#119;&#97;&#114;&#100;&#32;&#66;", "&#116;&#104;&#101;&#32;&#112;&#101;&#114;&#115;&#111;&#110;&#32;&#49;&#51;&#49;&#48;&#53;&#50;&#45;&#51;&#48;&#56;&#85;&#32;&#111;&#102;&#32;&#119;&#97;&#114;&#100;&#32;&#66;" },
		{ "hexadecimal entities", "&#x74;&#x68;&#x65;&#x20;&#x70;&#x65;&#x72;&#x73;&#x6f;&#x6e;&#x20;&#x31;&#x33;&#x31;&#x30;&#x35;&#x32;&#x2d;&#x33;&#x30;&#x38;&#x54;&#x20;&#x6f;&#x66;&#x20;&#x77;&#x61;&#x72;&#x64;&#x20;&#x42;", "&#x74;&#x68;&#x65;&#x20;&#x70;&#x65;&#x72;&#x73;&#x6f;&#x6e;&#x20;&#x31;&#x33;&#x31;&#x30;&#x35;&#x32;&#x2d;&#x33;&#x30;&#x38;&#x55;&#x20;&#x6f;&#x66;&#x20;&#x77;&#x61;&#x72;&#x64;&#x20;&#x42;" },
		{ "quoted-printable", "=74=68=65=20=70=65=72=73=6F=6E=20=31=33=31=30=35=32=2D=33=30=38=54=20=6F=66=20=77=61=72=64=20=42", "=74=68=65=20=70=65=72=73=6F=6E=20=31=33=31=30=35=32=2D=33=30=38=55=20=6F=66=20=77=61=72=64=20=42" },
		{ "pairs with blanks", "74 68 65 20 70 65 72 73 6f 6e 20 31 33 31 30 35 32 2d 33 30 38 54 20 6f 66 20 77 61 72 64 20 42", "74 68 65 20 70 65 72 73 6f 6e 20 31 33 31 30 35 32 2d 33 30 38 55 20 6f 66 20 77 61 72 64 20 42" },
		{ "pairs with colons", "74:68:65:20:70:65:72:73:6F:6E:20:31:33:31:30:35:32:2D:33:30:38:54:20:6F:66:20:77:61:72:64:20:42", "74:68:65:20:70:65:72:73:6F:6E:20:31:33:31:30:35:32:2D:33:30:38:55:20:6F:66:20:77:61:72:64:20:42" },
		{ "bytes of C", "0x74, 0x68, 0x65, 0x20, 0x70, 0x65, 0x72, 0x73, 0x6f, 0x6e, 0x20, 0x31, 0x33, 0x31, 0x30, 0x35, 0x32, 0x2d, 0x33, 0x30, 0x38, 0x54, 0x20, 0x6f, 0x66, 0x20, 0x77, 0x61, 0x72, 0x64, 0x20, 0x42", "0x74, 0x68, 0x65, 0x20, 0x70, 0x65, 0x72, 0x73, 0x6f, 0x6e, 0x20, 0x31, 0x33, 0x31, 0x30, 0x35, 0x32, 0x2d, 0x33, 0x30, 0x38, 0x55, 0x20, 0x6f, 0x66, 0x20, 0x77, 0x61, 0x72, 0x64, 0x20, 0x42" },
		{ "0x in one piece", "0x74686520706572736f6e203133313035322d33303854206f6620776172642042", "0x74686520706572736f6e203133313035322d33303855206f6620776172642042" },
		{ "decimals with blanks", "116 104 101 32 112 101 114 115 111 110 32 49 51 49 48 53 50 45 51 48 56 84 32 111 102 32 119 97 114 100 32 66", "116 104 101 32 112 101 114 115 111 110 32 49 51 49 48 53 50 45 51 48 56 85 32 111 102 32 119 97 114 100 32 66" },
		{ "decimals in a list", "[116, 104, 101, 32, 112, 101, 114, 115, 111, 110, 32, 49, 51, 49, 48, 53, 50, 45, 51, 48, 56, 84, 32, 111, 102, 32, 119, 97, 114, 100, 32, 66]", "[116, 104, 101, 32, 112, 101, 114, 115, 111, 110, 32, 49, 51, 49, 48, 53, 50, 45, 51, 48, 56, 85, 32, 111, 102, 32, 119, 97, 114, 100, 32, 66]" },
		{ "hexadecimal on two lines", "74686520706572736f6e\n203133313035322d33303854206f6620776172642042", "74686520706572736f6e\n203133313035322d33303855206f6620776172642042" },
		{ "base64 on two lines", "dGhlIHBlcnNvbiAx\nMzEwNTItMzA4VCBvZiB3YXJkIEI=", "dGhlIHBlcnNvbiAx\nMzEwNTItMzA4VSBvZiB3YXJkIEI=" },
		{ "\\u", "\\u0074\\u0068\\u0065\\u0020\\u0070\\u0065\\u0072\\u0073\\u006f\\u006e\\u0020\\u0031\\u0033\\u0031\\u0030\\u0035\\u0032\\u002d\\u0033\\u0030\\u0038\\u0054\\u0020\\u006f\\u0066\\u0020\\u0077\\u0061\\u0072\\u0064\\u0020\\u0042", "\\u0074\\u0068\\u0065\\u0020\\u0070\\u0065\\u0072\\u0073\\u006f\\u006e\\u0020\\u0031\\u0033\\u0031\\u0030\\u0035\\u0032\\u002d\\u0033\\u0030\\u0038\\u0055\\u0020\\u006f\\u0066\\u0020\\u0077\\u0061\\u0072\\u0064\\u0020\\u0042" },
	};
	static char row[4096 * 4 + 64], many[20001 * 32 + 1];
	char text[600];
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		snprintf(text, sizeof(text), "note %s end\n", forms[i].number);
		is_str(identity(text), "block", forms[i].how);
		snprintf(text, sizeof(text), "note %s end\n", forms[i].twin);
		is_str(identity(text), "pass", "its twin");
	}
	is_str(identity("a %31%33%31%30%35%32%2D%33%30%38%54 b\n"), "block", "percent and nothing else");
	is_str(identity("a %31%33%31%30%35%32%2D%33%30%38%55 b\n"), "pass", "its twin");
	is_str(identity("a &#49;&#51;&#49;&#48;&#53;&#50;&#45;&#51;&#48;&#56;&#84; b\n"), "block", "entities and nothing else");
	is_str(identity("a 0x32313130363235363239"), "review", "ten bytes of 0x at the end");
	is_str(identity("a %53%6A%C3%B6%73%74%72%C3%B6%6D%C3%B6%C3%B6%C3%B6%20"
			"%31%33%31%30%35%32%2D%33%30%38%54 b\n"), "block", "beside other letters");
	is_str(identity("a 200 200 200 200 49 51 49 48 53 50 45 51 48 56 84 end\n"), "block", "numbers behind others");
	is_str(identity("a 49 51 49 48 53 50 45 51 48 56 84 end\n"), "block", "decimals that may be hexadecimal");
	for (i = 0; i < 4095; i++)
		memcpy(row + i * 4, "32, ", 4);
	memcpy(row + i * 4, "49, 51, 49, 48, 53, 50, 45, 51, 48, 56, 84\n", 44);
	is_str(identity(row), "block", "behind 4095 blanks");
	for (i = 0; i < 20000; i++)
		memcpy(many + i * 32, "49 49 49 49 49 49 49 49 49 49 x\n", 32);
	many[i * 32] = '\0';
	is_str(verdict_of("a.txt", many, "blob"), "pass", "as many runs as are read");
	memcpy(many + i * 32, "49 49 49 49 49 49 49 49 49 49 x\n", 32);
	is_str(verdict_of("a.txt", many, "blob"), "block", "one more");
	is_str(identity("ages 43 63 71 66 69 57 77 54 46 68 31 49 52 at 09:26:53:41:22:10:59:33:01:04:05:06\n"), "pass", "ages and times");
	is_str(verdict_of("a.md", "https://example.org/a%20b%C3%A5 &amp; &#229; c=3D x\n", "blob"), "pass", "codes within an address");
}

int main(void)
{
	numbers_in_sentences();
	part_of_something_longer();
	three_bare_ones();
	columns();
	places();
	header_words();
	telephones();
	announced_numbers();
	addresses();
	spelled_out();
	return tap_end();
}
