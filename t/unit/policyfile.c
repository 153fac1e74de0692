/* Output policies as text: the optional options, their defaults and bounds; and every rule in words.
 * The mandatory options are in t/unit/policy.c. */
#include <stdlib.h>

#include "spe/policy.h"
#include "t/tap.h"

#define MANDATORY                                                                                  \
	"name = \"test\"\nmin-count = 10\nmax-bytes = 100000\nmax-rows = 50\ndecisions = 2\n"      \
	"types = {\"csv\"}\nshow-names = true\nshow-sizes = true\nshow-exit = true\n"

static int parse(const char *more, struct policy *p, struct spe_error *e)
{
	char text[4096];

	*e = (struct spe_error){ 0 };
	snprintf(text, sizeof(text), "%s%s", MANDATORY, more);
	return policy_parse(text, strlen(text), "x.policy", p, e);
}

static void refused(const char *more, const char *want)
{
	struct policy p;
	struct spe_error e;

	is_int(parse(more, &p, &e), -SPE_E_INPUT, more);
	is_str(e.text, want, "is refused with file, line and sentence");
}

/* --- every number with its bounds --- */

struct number {
	const char *name;
	long long least, most, fallback;
	size_t field;
};
#define F(name) offsetof(struct policy, name)
static const struct number numbers[] = {
	{ "full-percent", 50, 101, 90, F(full_percent) },
	{ "dominance-n", 1, 10, 2, F(dominance_n) },
	{ "dominance-k", 1, 100, 90, F(dominance_k) },
	{ "p-percent", 0, 100, 10, F(p_percent) },
	{ "min-dof", 0, 1000, 10, F(min_dof) },
	{ "max-r2", 1, 101, 90, F(max_r2) },
	{ "round-base", 0, 1000, 0, F(round_base) },
	{ "max-digits", 1, 17, 6, F(max_digits) },
	{ "canaries", 0, 100, 0, F(canaries) },
	{ "max-files", 1, 50, 50, F(max_files) },
	{ "day-files", 0, 100000, 0, F(day_files) },
	{ "day-bytes", 0, 68719476736, 0, F(day_bytes) },
	{ "day-releases", 0, 1000, 0, F(day_releases) },
	{ "fetches", 0, 1000, 0, F(fetches) },
	{ "fetch-days", 0, 3650, 0, F(fetch_days) },
	{ "decisions-table", 0, 9, 0, F(decisions_of[CLASS_TABLE]) },
	{ "decisions-text", 0, 9, 0, F(decisions_of[CLASS_TEXT]) },
	{ "decisions-image", 0, 9, 0, F(decisions_of[CLASS_IMAGE]) },
	{ "decisions-other", 0, 9, 0, F(decisions_of[CLASS_OTHER]) },
};
#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

static long long value(const struct policy *p, size_t field)
{
	int64_t v;

	memcpy(&v, (const char *)p + field, sizeof(v));
	return v;
}

static void takes(const struct number *n, long long v)
{
	struct policy p;
	struct spe_error e;
	char line[80];

	snprintf(line, sizeof(line), "%s = %lld", n->name, v);
	is_int(parse(line, &p, &e), 0, line);
	is_int(value(&p, n->field), v, "is taken");
}

static void refuses(const struct number *n, long long v)
{
	char line[80], want[160];

	snprintf(line, sizeof(line), "%s = %lld", n->name, v);
	snprintf(want, sizeof(want), "x.policy:10: %s is %lld; %lld to %lld are taken", n->name, v,
		n->least, n->most);
	refused(line, want);
}

static void numbers_have_bounds(void)
{
	char line[80], want[160];
	size_t i;

	for (i = 0; i < NUMBERS; i++) {
		takes(&numbers[i], numbers[i].least);
		takes(&numbers[i], numbers[i].most);
		if (numbers[i].least > 0)
			refuses(&numbers[i], numbers[i].least - 1);
		refuses(&numbers[i], numbers[i].most + 1);
		snprintf(line, sizeof(line), "%s = 1\n%s = 1", numbers[i].name, numbers[i].name);
		snprintf(want, sizeof(want), "x.policy:11: %s is given twice", numbers[i].name);
		if (numbers[i].least <= 1)
			refused(line, want);
	}
	refused("p-percent = -1",
		"x.policy:10: p-percent must be a whole number, written in decimal");
	refused("max-r2 = 0.9", "x.policy:10: max-r2 must be a whole number, written in decimal");
	refused("day-bytes = 1e6",
		"x.policy:10: day-bytes must be a whole number, written in decimal");
	refused("day-bytes = 9999999999999999999999",
		"x.policy:10: day-bytes must be a whole number, written in decimal");
}

/* --- what is left out --- */

static void what_is_left_out_has_a_default(void)
{
	struct policy p;
	struct spe_error e;
	size_t i;

	is_int(parse("", &p, &e), 0, "a policy with the mandatory options alone");
	for (i = 0; i < NUMBERS; i++)
		is_int(value(&p, numbers[i].field), numbers[i].fallback, numbers[i].name);
	is_int(p.zeros, FINDING_REVIEW, "zeros are for review");
	is_int(p.full_cells, FINDING_REVIEW, "full cells are for review");
	is_int(p.differencing, FINDING_BLOCK, "differences block");
	is_int((long long)p.verbatim_count, 0, "nothing leaves as it is");
	is_int(p.show_findings, 1, "findings are shown");
}

static void comments_end_with_their_line(void)
{
	struct policy p;
	struct spe_error e;

	refused("# one\n/* see https://example.org/rules */\nday-files = 2", "x.policy:11: " POLICY_OTHER_COMMENT);
	refused("/* one\n two */", "x.policy:10: " POLICY_OTHER_COMMENT);
	is_int(parse("# the files in out/*.csv\n// and /* others", &p, &e), 0, "within a comment it is one");
}

static void severities_are_words(void)
{
	struct policy p;
	struct spe_error e;

	is_int(parse("zeros = block\nfull-cells = pass\ndifferencing = \"review\"", &p, &e), 0,
		"three severities, one of them quoted");
	is_int(p.zeros * 100 + p.full_cells * 10 + p.differencing, 201, "are read");
	refused("zeros = 1", "x.policy:10: zeros must be pass, review or block");
	refused("zeros = blocked", "x.policy:10: zeros must be pass, review or block");
	refused("differencing = true", "x.policy:10: differencing must be pass, review or block");
	refused("zeros = pass\nzeros = pass", "x.policy:11: zeros is given twice");
	is_int(parse("show-findings = false\ndifferent-teams = true", &p, &e), 0, "flags");
	is_int(p.show_findings * 10 + p.different_teams, 1, "are read");
	refused("different-teams = 1", "x.policy:10: different-teams must be true or false");
	is_int(parse("show-log = false", &p, &e), 0, "an option of earlier builds that says what is so");
	refused("show-log = true",
		"x.policy:10: show-log is no option any more: what a job prints leaves as its outputs stdout.txt and stderr.txt, by an export; take the line out");
	refused("show-log = false\nshow-log = false", "x.policy:11: show-log is given twice");
}

#define WANTED                                                                                     \
	"verbatim: one of jpg jpeg pdf svg html xlsx docx ods odt ipynb r rmd qmd py sql do sas jl tex is wanted here"

static void verbatim_types(void)
{
	struct policy p;
	struct spe_error e;

	is_int(parse("verbatim = { \"pdf\", \"ipynb\", \"r\" }", &p, &e), 0, "three types");
	is_int((long long)p.verbatim_count, 3, "are three");
	is_str(p.verbatim[1], "ipynb", "in their order");
	is_int(parse("verbatim = { \"svg\" }", &p, &e), 0, "one type");
	is_int((long long)p.verbatim_count, 1, "is one");
	refused("verbatim = { \"csv\" }", "x.policy:10: " WANTED);
	refused("verbatim = { \"zip\" }", "x.policy:10: " WANTED);
	refused("verbatim = { \"rds\" }", "x.policy:10: " WANTED);
	refused("verbatim = { \"PDF\" }", "x.policy:10: " WANTED);
	refused("verbatim = { \"pdf\", \"pdf\" }", "x.policy:10: verbatim has pdf twice");
	refused("verbatim = { \"pdf\" }\nverbatim = { \"svg\" }",
		"x.policy:11: verbatim is given twice");
	refused("verbatim = { }", "x.policy:10: an empty list is not taken; leave the option out");
	refused("\nverbatim = { # none\n}",
		"x.policy:11: an empty list is not taken; leave the option out");
	refused("types += { \"png\" }", "x.policy:10: types is given twice");
	refused("types = { \"csv\" }", "x.policy:10: types is given twice");
	refused("verbatim = { \"jpg\",\"jpeg\",\"pdf\",\"svg\",\"html\",\"xlsx\",\"docx\",\"ods\",\"odt\","
		"\"ipynb\",\"r\",\"rmd\",\"qmd\",\"py\",\"sql\",\"do\",\"sas\" }",
		"x.policy:10: verbatim takes at most 16");
	refused("colour = \"red\"", "x.policy:10: no such option 'colour'");
}

/* --- the options as JSON --- */

static void options_are_told(void)
{
	struct policy p;
	struct spe_error e;
	json_t *j;

	is_int(parse("zeros = block\nround-base = 5\nverbatim = { \"svg\" }", &p, &e), 0, "a policy");
	j = policy_options(&p);
	is_int((long long)json_object_size(j), 34, "has as many options as spe-policy(5)");
	is_str(json_string_value(json_object_get(j, "name")), "test", "its name");
	is_str(json_string_value(json_object_get(j, "zeros")), "block", "a severity as its word");
	is_int(json_integer_value(json_object_get(j, "round-base")), 5, "a number");
	ok(json_is_true(json_object_get(j, "show-exit")), "a flag");
	is_str(json_string_value(json_array_get(json_object_get(j, "verbatim"), 0)), "svg", "a list");
	json_decref(j);
}

/* --- every rule in words --- */

static bool has_parts(const char *text)
{
	const char *looks = strstr(text, "Looks for: "), *why = strstr(text, "\nWhy: "),
		   *source = strstr(text, "\nSource: "),
		   *change = strstr(text, "\nWhat to change: ");

	return looks == text && why > looks && source > why && change > source &&
	       text[strlen(text) - 1] == '\n';
}

static void every_rule_is_explained(void)
{
	const char *id, *text;
	size_t i, k;

	for (i = 0; (id = policy_rule(i)); i++) {
		text = policy_explain(id);
		ok(text && has_parts(text), id);
		for (k = 0; k < i && text; k++)
			if (policy_explain(policy_rule(k)) == text)
				ok(false, "two rules have one text");
	}
	ok(i >= 30, "there are thirty rules");
	ok(policy_rule(1000) == NULL, "and no thousandth");
	ok(policy_explain("min-counts") == NULL, "what is no rule has no text");
	ok(policy_explain("") == NULL, "nor has nothing");
	ok(policy_explain("check-failed") != NULL, "a check that failed is explained as well");
}

int main(void)
{
	numbers_have_bounds();
	what_is_left_out_has_a_default();
	comments_end_with_their_line();
	severities_are_words();
	verbatim_types();
	options_are_told();
	every_rule_is_explained();
	return tap_end();
}
