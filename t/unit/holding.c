/* t/unit/holding.c - one good description, and each way to spoil it with its sentence. */
#include "t/tap.h"

#include <stdlib.h>

#include "spe/holding.h"

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
	{ "\"delimiter\":\";\"", "\"delimiter\":\":\"", "holding.tables[0].delimiter is \":\"; a comma, semicolon, tab or | is wanted" },
	{ "\"name\":\"colon\"", "\"name\":\"visit\"", "holding.tables[1].name repeats \"visit\"" },
	{ "\"name\":\"colon\"", "\"name\":\".colon\"", "holding.tables[0].name is \".colon\"; letters, digits, '.', '_' and '-' are taken, a letter or digit first" },
	{ "\"name\":\"age\"", "\"name\":\"pin\"", "holding.tables[0].columns[1].name repeats \"pin\"" },
	{ "\"datatype\":\"integer\"", "\"datatype\":\"int\"", "holding.tables[0].columns[1].datatype is \"int\"; string, integer, number or date is wanted" },
	{ "\"datatype\":\"integer\",", "", "holding.tables[0].columns[1].datatype is missing" },
	{ "\"identifier\":\"nordic\"", "\"identifier\":\"us\"", "holding.tables[0].columns[0].identifier is \"us\"; nordic, fi, se, no, dk, is, ee, lt or lv is wanted" },
	{ "\"datatype\":\"string\",\"identifier\"", "\"datatype\":\"integer\",\"identifier\"", "holding.tables[0].columns[0] has an identifier, so its datatype must be string" },
	{ "\"datatype\":\"integer\",\"title\"", "\"datatype\":\"string\",\"identifier\":\"fi\",\"title\"", "holding.tables[0].columns[1] is a second identifier; a table has at most one" },
	{ "\"title\":\"Age\"", "\"titel\":\"Age\"", "holding.tables[0].columns[1] has the unknown field \"titel\"" },
	{ "[{\"name\":\"day\",\"datatype\":\"date\"},{\"name\":\"x\",\"datatype\":\"number\"}]", "[]", "holding.tables[1].columns has no entry; at least one is wanted" },
	{ "[{\"name\":\"day\"", "[7,{\"name\":\"day\"", "holding.tables[1].columns[0] must be an object" },
	{ "\"holder\":", "\"opt-out\":1,\"holder\":", "holding.opt-out must be true or false" },
	{ "\"holder\":", "\"opt-out\":true,\"holder\":", "holding.tables[1] has no identifier; a register of people who opted out names people" },
	{ "\"title\":\"T\",", "\"encoding\":\"latin1\",", "holding.tables[0].encoding is \"latin1\"; utf-8, iso-8859-1, windows-1252 or utf-16 is wanted" },
	{ "\"title\":\"T\",", "\"decimal\":\";\",", "holding.tables[0].decimal is \";\"; a point or a comma is wanted" },
	{ "\"title\":\"T\",", "\"invalid-numbers\":\"mark\",", "holding.tables[0].invalid-numbers is \"mark\"; refuse or keep is wanted" },
	{ "\"title\":\"T\",", "\"primary\":1,", "holding.tables[0] has the unknown field \"primary\"" },
};

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
	each_fault_has_its_sentence();
	a_table_is_checked_alone();
	return tap_end();
}
