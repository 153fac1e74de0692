/* t/unit/holding.c - one good description, and each way to spoil it with its sentence. */
#include "t/tap.h"

#include <stdlib.h>

#include "spe/holding.h"

#define D64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
static const char good[] =
	"{\"id\":\"colon-trial\",\"title\":\"Colon\",\"description\":\"Two lines\\nof text\","
	"\"holder\":\"urn:spe:holder:x\",\"keyword\":[\"cancer\"],\n"
	" \"tables\":[{\"name\":\"colon\",\"title\":\"T\",\"delimiter\":\";\",\"columns\":[\n"
	"   {\"name\":\"pin\",\"datatype\":\"string\",\"identifier\":\"nordic\"},\n"
	"   {\"name\":\"age\",\"datatype\":\"integer\",\"title\":\"Age\",\"description\":\"in years\"}]},\n"
	"  {\"name\":\"visit\",\"columns\":[{\"name\":\"day\",\"datatype\":\"date\"},{\"name\":\"x\",\"datatype\":\"number\"}]}]}";

static const struct change {
	const char *from, *to, *says;
} spoilt[] = {
	{ "\"id\":", "\"ident\":", "holding has the unknown field \"ident\"" },
	{ "\"id\":\"colon-trial\"", "\"id\":\"a b\"", "holding.id is \"a b\"; letters, digits, '.', '_' and '-' are taken, a letter or digit first" },
	{ "\"title\":\"Colon\",", "", "holding.title is missing" },
	{ "\"title\":\"Colon\"", "\"title\":\"a\\nb\"", "holding.title has control characters; plain text is wanted" },
	{ "\"description\":\"Two lines\\nof text\",", "", "holding.description is missing" },
	{ "\"holder\":\"urn:spe:holder:x\",", "", "holding.holder is missing" },
	{ "[\"cancer\"]", "[\"cancer\",\"cancer\"]", "holding.keyword[1] repeats \"cancer\"" },
	{ "[\"cancer\"]", "\"cancer\"", "holding.keyword must be a list" },
	{ "\"delimiter\":\";\"", "\"delimiter\":\"-\"", "holding.tables[0].delimiter is \"-\"; one character of ASCII is wanted, no letter, digit or quote, none of .-+_ and no line's end" },
	{ "\"delimiter\":\";\"", "\"delimiter\":\"||\"", "holding.tables[0].delimiter is \"||\"; one character of ASCII is wanted, no letter, digit or quote, none of .-+_ and no line's end" },
	{ "\"name\":\"colon\"", "\"name\":\"visit\"", "holding.tables[1].name repeats \"visit\"" },
	{ "\"name\":\"colon\"", "\"name\":\".colon\"", "holding.tables[0].name is \".colon\"; letters, digits, '.', '_' and '-' are taken, a letter or digit first" },
	{ "\"name\":\"age\"", "\"name\":\"pin\"", "holding.tables[0].columns[1].name repeats \"pin\"" },
	{ "\"datatype\":\"integer\"", "\"datatype\":\"int\"", "holding.tables[0].columns[1].datatype is \"int\"; string, integer, number or date is wanted" },
	{ "\"datatype\":\"integer\",", "", "holding.tables[0].columns[1].datatype is missing" },
	{ "\"identifier\":\"nordic\"", "\"identifier\":\"us\"", "holding.tables[0].columns[0].identifier is \"us\"; nordic, fi, se, no, dk, is, ee, lt, lv or fo is wanted" },
	{ "\"datatype\":\"string\",\"identifier\"", "\"datatype\":\"integer\",\"identifier\"", "holding.tables[0].columns[0] has an identifier, so its datatype must be string" },
	{ "\"datatype\":\"integer\",\"title\"", "\"datatype\":\"string\",\"identifier\":\"fi\",\"title\"", "holding.tables[0].columns has 2 identifiers; the one that says whose row it is, and no other, has \"person\":true" },
	{ "\"datatype\":\"integer\",\"title\"", "\"datatype\":\"integer\",\"person\":true,\"title\"", "holding.tables[0].columns[1].person must be true or false, of a column with an identifier" },
	{ "\"title\":\"Age\"", "\"header\":\"a\\nb\"", "holding.tables[0].columns[1].header has control characters; plain text is wanted" },
	{ "\"title\":\"Age\"", "\"titel\":\"Age\"", "holding.tables[0].columns[1] has the unknown field \"titel\"" },
	{ "[{\"name\":\"day\",\"datatype\":\"date\"},{\"name\":\"x\",\"datatype\":\"number\"}]", "[]", "holding.tables[1].columns has no entry; at least one is wanted" },
	{ "[{\"name\":\"day\"", "[7,{\"name\":\"day\"", "holding.tables[1].columns[0] must be an object" },
	{ "\"holder\":", "\"opt-out\":1,\"holder\":", "holding.opt-out must be true or false" },
	{ "\"holder\":", "\"opt-out\":true,\"holder\":", "holding.tables[1] has no identifier; a register of people who opted out names people" },
	{ "\"title\":\"T\",", "\"encoding\":\"latin1\",", "holding.tables[0].encoding is \"latin1\"; utf-8, iso-8859-1, windows-1252 or utf-16 is wanted" },
	{ "\"title\":\"T\",", "\"decimal\":\";\",", "holding.tables[0].decimal is \";\"; a point or a comma is wanted" },
	{ "\"title\":\"T\",", "\"invalid-numbers\":\"mark\",", "holding.tables[0].invalid-numbers is \"mark\"; refuse or keep is wanted" },
	{ "\"title\":\"T\",", "\"format\":\"xml\",", "holding.tables[0].format is \"xml\"; csv, ndjson, fixed or opaque is wanted" },
	{ "\"title\":\"T\",", "\"format\":\"ndjson\",", "holding.tables[0].delimiter is not for a table of the format ndjson" },
	{ "\"title\":\"T\",", "\"short-lines\":\"blank\",", "holding.tables[0].short-lines is not for a table of the format csv" },
	{ "\"name\":\"age\"", "\"path\":\"x\",\"name\":\"age\"", "holding.tables[0].columns[1].path is not for a table of the format csv" },
	{ "{\"name\":\"visit\"", "{\"name\":\"v\",\"format\":\"opaque\",\"file\":\"x.png\"},{\"name\":\"w\",\"format\":\"opaque\",\"file\":\"x.png\"},{\"name\":\"visit\"",
		"holding.tables[2].file repeats that of another table" },
	{ "\"title\":\"T\",", "\"primary\":1,", "holding.tables[0] has the unknown field \"primary\"" },
};

/* A table of another format, and what is wrong with it. */
static const struct form {
	const char *table, *says;
} forms[] = {
#define ND(columns) "{\"name\":\"t\",\"format\":\"ndjson\",\"columns\":[" columns "]}"
#define PATH(name, path) "{\"name\":\"" name "\",\"datatype\":\"string\",\"path\":\"" path "\"}"
#define NO_PATH "t.columns[0].path is \"%s\"; names with dots between them are wanted, and behind a list's [0] or [KEY=VALUE], as code.coding[0].code"
	{ "{\"name\":\"t\",\"delimiter\":\"\\u0001\",\"columns\":[{\"name\":\"a\",\"datatype\":\"string\"}]}", "" },
	{ ND(PATH("a", "x.y[0].z") "," PATH("b", "x.y[s=urn:oid:1.2].z") "," PATH("c", "x.yy")), "" },
	{ ND("{\"name\":\"a\",\"datatype\":\"string\"}"), "" },
	{ ND(PATH("a", "x..y")), "x..y" },
	{ ND(PATH("a", ".x")), ".x" },
	{ ND(PATH("a", "x.")), "x." },
	{ ND(PATH("a", "x[]")), "x[]" },
	{ ND(PATH("a", "x[01]")), "x[01]" },
	{ ND(PATH("a", "x[100000]")), "x[100000]" },
	{ ND(PATH("a", "x[9999999999]")), "x[9999999999]" },
	{ ND(PATH("a", "x[-1]")), "x[-1]" },
	{ ND(PATH("a", "x[=y]")), "x[=y]" },
	{ ND(PATH("a", "x[y=]")), "x[y=]" },
	{ ND(PATH("a", "x[0")), "x[0" },
	{ ND(PATH("a", "x[0]y")), "x[0]y" },
	{ ND(PATH("a", "[0]")), "[0]" },
	{ ND(PATH("a", "x.y") "," PATH("b", "x.y")), "t.columns[1].path is that of another column" },
	{ "{\"name\":\"t\",\"delimiter\":\"\\u0001\",\"columns\":[{\"name\":\"a\",\"datatype\":\"string\"}]}", "" },
	{ ND(PATH("a", "x.y[0].z") "," PATH("b", "x.y")), "t.columns[0].path leads into the value of another column" },
	{ "{\"name\":\"t\",\"format\":\"ndjson\",\"encoding\":\"utf-16\",\"columns\":[" PATH("a", "x") "]}",
		"t.encoding must be utf-8, or absent: JSON has no other" },
#define FIXED(columns) "{\"name\":\"t\",\"format\":\"fixed\",\"columns\":[" columns "]}"
#define PLACE(name, place) "{\"name\":\"" name "\",\"datatype\":\"string\"," place "}"
	{ FIXED(PLACE("a", "\"from\":5,\"to\":9") "," PLACE("b", "\"from\":1,\"to\":4")), "" },
	{ FIXED(PLACE("a", "\"from\":5")), "t.columns[0].to is missing" },
	{ FIXED(PLACE("a", "\"from\":5,\"to\":4")), "t.columns[0].to must be from, or up to 65535 characters behind it" },
	{ FIXED(PLACE("a", "\"from\":1,\"to\":65537")), "t.columns[0].to must be from, or up to 65535 characters behind it" },
	{ FIXED(PLACE("a", "\"from\":1,\"to\":4") "," PLACE("b", "\"from\":4,\"to\":4")),
		"t.columns has two columns with character 4; none may lie in another" },
	{ "{\"name\":\"t\",\"format\":\"opaque\",\"file\":\"chr22.vcf.gz\",\"sha256\":\"" D64 "\"}", "" },
	{ "{\"name\":\"t\",\"format\":\"opaque\"}", "t.file is missing" },
	{ "{\"name\":\"t\",\"format\":\"opaque\",\"file\":\"../x\"}", "t.file is \"../x\"; letters, digits, '.', '_' and '-' are taken, a letter or digit first" },
	{ "{\"name\":\"t\",\"format\":\"opaque\",\"file\":\"a.CSV\"}", "t.file ends in .csv; a table of values is described with its columns" },
	{ "{\"name\":\"t\",\"format\":\"opaque\",\"file\":\"a.vcf\",\"columns\":[]}", "t.columns is not for a table of the format opaque" },
	{ "{\"name\":\"t\",\"format\":\"opaque\",\"file\":\"a.vcf\",\"encoding\":\"utf-8\"}", "t.encoding is not for a table of the format opaque" },
	{ "{\"name\":\"t\"}", "t.columns is missing" },
};

static void formats_have_their_rules(void)
{
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		json_t *j = json_loads(forms[i].table, 0, NULL);
		const bool path = *forms[i].says && strncmp(forms[i].says, "t.", 2) != 0;
		struct spe_error e = { 0 };
		char want[300];

		snprintf(want, sizeof(want), path ? NO_PATH : "%s", forms[i].says);
		holding_check_table(j, "t", &e);
		is_str(e.text, want, forms[i].table);
		json_decref(j);
	}
}

static void a_description_is_taken(void)
{
	struct spe_error e = { 0 };
	json_t *j = NULL;

	is_int(holding_parse(good, strlen(good), &j, &e), 0, "the example is taken");
	is_str(e.text, "", "without a word");
	ok(holding_table(j, "visit"), "a table is found by name");
	is_str(json_string_value(json_object_get(holding_table(j, "colon"), "delimiter")), ";", "the right one");
	ok(!holding_table(j, "none"), "one that is not there is not");
	json_decref(j);
}

static void each_fault_has_its_sentence(void)
{
	char text[4096];
	size_t i;

	for (i = 0; i < sizeof(spoilt) / sizeof(spoilt[0]); i++) {
		const struct change *c = &spoilt[i];
		const char *at = strstr(good, c->from);
		struct spe_error e = { 0 };
		json_t *j = NULL;

		if (!at)
			exit(99);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good, c->to, at + strlen(c->from));
		if (holding_parse(text, strlen(text), &j, &e) != -SPE_E_INPUT)
			snprintf(e.text, sizeof(e.text), "taken");
		is_str(e.text, c->says, "a fault");
		json_decref(j);
	}
}

static void a_table_is_checked_alone(void)
{
	json_t *t = json_loads("{\"name\":\"a\",\"columns\":[{\"name\":\"b\",\"datatype\":\"text\"}]}", 0, NULL);
	struct spe_error e = { 0 };

	is_int(holding_check_table(t, "ticket.description", &e), -SPE_E_INPUT, "a bad table is refused");
	is_str(e.text, "ticket.description.columns[0].datatype is \"text\"; string, integer, number or date is wanted",
		"under the name it was given");
	json_decref(t);
}

int main(void)
{
	a_description_is_taken();
	formats_have_their_rules();
	each_fault_has_its_sentence();
	a_table_is_checked_alone();
	return tap_end();
}
