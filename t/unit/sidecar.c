/* t/unit/sidecar.c - what a job says of its outputs: it adds checks, takes none from a count, and is held to the bytes. */
#include "t/unit/judge.h"

#include "policy/table.h"

static void told(const char *what, const char *sidecar, const char *bytes, const char *want)
{
	struct policy_file f = { .name = "out/a.csv", .bytes = bytes, .len = strlen(bytes), .sidecar = sidecar, .sidecar_len = strlen(sidecar) };
	struct policy_result result = { 0 };
	char got[8192];

	judge_file(&f, TABLE_RULES, &result, got, sizeof(got));
	is_str(got, want, what);
	policy_result_free(&result);
}

#define FILES(inside) "{\"files\":[{\"name\":\"a.csv\"," inside "}]}"
#define COLUMN(name, role) FILES("\"columns\":[{\"name\":\"" name "\",\"role\":\"" role "\"}]")

static void unreadable(void)
{
	char deep[200] = "";

	told("no JSON", "{", "sex,n\nf,40\n", "sidecar review 0:0");
	told("and the checks go on", "{", "sex,n\nf,4\n", "min-count block 2:2; sidecar review 0:0");
	told("something else", "[1]", "sex,n\nf,40\n", "sidecar review 0:0");
	told("nothing about this file", "{\"files\":[]}", "sex,n\nf,40\n", "");
	told("another file", "{\"files\":[{\"name\":\"b.csv\",\"n\":3}]}", "sex,n\nf,40\n", "");
	told("a path is no name", "{\"files\":[{\"name\":\"/out/a.csv\",\"n\":3},{\"name\":\"../a.csv\",\"n\":3}]}", "sex,n\nf,40\n", "");
	told("the whole name", "{\"files\":[{\"name\":\"out/a.csv\",\"n\":3}]}", "sex,x\nf,4.5\n", "min-count block 0:0");
	told("a key that nobody knows", FILES("\"colums\":[]"), "sex,n\nf,40\n", "sidecar review 0:0");
	told("twice", "{\"files\":[{\"name\":\"a.csv\"},{\"name\":\"a.csv\"}]}", "sex,n\nf,40\n", "sidecar review 0:0");
	told("an unknown type of output", FILES("\"output\":\"picture\""), "sex,n\nf,40\n", "sidecar review 0:0");
	told("a known one", FILES("\"output\":\"frequency-table\",\"description\":\"x\""), "sex,n\nf,40\n", "");
	memset(deep, '[', 150);
	told("too deep", deep, "sex,n\nf,40\n", "sidecar review 0:0");
}

static void columns(void)
{
	told("an unknown column is a count", COLUMN("Alive", "count"), "sex,alive\nf,4\nm,50\n", "min-count block 2:2");
	told("without that it is for review", "{\"files\":[]}", "sex,alive\nf,4\nm,50\n", "min-count review 2:2");
	told("its twin", COLUMN("alive", "count"), "sex,alive\nf,40\nm,50\n", "");
	told("a count that would be something else", COLUMN("n", "code"), "sex,n\nf,4\nm,50\n", "min-count block 2:2; sidecar block 1:2");
	told("even where nothing is small", COLUMN("n", "statistic"), "sex,n\nf,40\nm,50\n", "sidecar review 1:2");
	told("a count of fractions", COLUMN("x", "count"), "sex,x\nf,40.5\nm,50.5\n", "sidecar review 1:2");
	told("codes that repeat", COLUMN("x", "code"), "sex,x\nf,1\nm,1\nf,2\nm,2\n", "");
	told("codes that may be counts", COLUMN("y", "code"), "sex,x,y\nf,40,1\nm,60,7\nx,33,5\n", "min-count review 2:3; sidecar review 1:3");
	told("a statistic beside its N", COLUMN("doses", "statistic"), "sex,n,doses\nf,40,1\nm,60,7\nx,33,5\n", "");
	told("a statistic that adds up", COLUMN("male", "statistic"), "age,n,female,male\na,53,44,9\nb,90,50,40\n",
		"min-count block 2:4; differencing block 2:3; sidecar review 1:4");
	told("a column that isn't there", COLUMN("z", "count"), "sex,n\nf,40\n", "sidecar review 0:0");
	told("an unknown role", COLUMN("n", "nothing"), "sex,n\nf,40\n", "sidecar review 0:0");
	told("contributions by column", FILES("\"columns\":[{\"name\":\"turnover\",\"role\":\"sum\"},{\"name\":\"a\",\"role\":\"largest\"}]"),
		"region,n,turnover,a\nnorth,40,1000.5,950.5\nsouth,40,1000.5,50.5\n", "dominance block 2:3");
}

static void numbers(void)
{
	told("few persons", FILES("\"n\":7"), "x,mean\na,1.5\n", "min-count block 0:0");
	told("enough", FILES("\"n\":70"), "x,mean\na,1.5\n", "");
	told("fewer than the table counts", FILES("\"n\":70"), "x,n\na,80\n", "sidecar review 0:0");
	told("few degrees of freedom", FILES("\"dof\":7"), "term,estimate\na,1.5\n", "degrees-of-freedom block 0:0");
	told("enough", FILES("\"dof\":17"), "term,estimate\na,1.5\n", "");
	told("percentages of N", FILES("\"n\":200"), "x,share\na,2.0%\nb,40.0%\n", "");
	told("a dominated total", FILES("\"contributions\":{\"total\":100,\"largest\":[60,35]}"), "x,mean\na,1.5\n", "dominance block 0:0");
	told("its twin", FILES("\"contributions\":{\"total\":100,\"largest\":[30,15]}"), "x,mean\na,1.5\n", "");
	told("rising contributions", FILES("\"contributions\":{\"total\":100,\"largest\":[30,45]}"), "x,mean\na,1.5\n", "sidecar review 0:0");
	told("rounded, says the job, and they are", FILES("\"round_base\":5"), "sex,n\nf,40\nm,50\n", "");
	told("and they aren't", FILES("\"round_base\":5"), "sex,n\nf,41\nm,50\n", "sidecar review 0:0");
	told("rounding makes no small count large", FILES("\"round_base\":5"), "sex,n\nf,5\nm,50\n", "min-count block 2:2");
	told("its own marker", FILES("\"suppressed\":\"hush\""), "sex,n\nf,104\nm,hush\nx,211\nTotal,322\n", "margins block 3:2");
	told("a marker can't be a number", FILES("\"suppressed\":\"4\""), "sex,n\nf,4\nm,50\n", "min-count block 2:2");
	told("nor say one in brackets", FILES("\"suppressed\":\"(3)\""), "sex,n\nf,(3)\nm,50\nx,60\n", "min-count block 2:2");
	told("nor as a bound", FILES("\"suppressed\":\"<2\""), "sex,n\nf,<2\nm,50\n", "min-count block 2:2");
	told("nor in a word", FILES("\"suppressed\":\"three\""), "sex,n\nf,three\nm,50\nx,60\n", "min-count review 2:2");
}

/* The form of ACRO's results.json. */
#define ACRO(type, properties, summary, said, name) \
	"{\"version\":\"1.0.1\",\"results\":{\"output_0\":{\"uid\":\"output_0\",\"status\":\"pass\",\"type\":\"" type "\",\"properties\":{" properties \
	"},\"files\":[{\"name\":\"" name "\",\"sdc\":{\"summary\":{\"suppressed\":false,\"negative\":0,\"missing\":0,\"threshold\":" said \
	",\"p-ratio\":0,\"nk-rule\":0},\"cells\":{\"threshold\":[]}}}],\"outcome\":{},\"command\":\"\",\"summary\":\"" summary \
	"\",\"timestamp\":\"\",\"comments\":[],\"exception\":\"\"}}}"

static void acro(void)
{
	static const char cross[] = "region,a,b\nnorth,4,50\nsouth,60,70\n", good[] = "region,a,b\nnorth,44,50\nsouth,60,70\n";

	told("a cross table's cells are counts", ACRO("table", "\"method\":\"crosstab\"", "fail; threshold: 1 cells may need suppressing", "1", "a.csv"),
		cross, "min-count block 2:2");
	told("none is small, it says", ACRO("table", "\"method\":\"crosstab\"", "pass", "0", "a.csv"), cross, "min-count block 2:2; sidecar block 0:0");
	told("and none is", ACRO("table", "\"method\":\"crosstab\"", "pass", "0", "a.csv"), good, "");
	told("its path is not followed", ACRO("table", "\"method\":\"crosstab\"", "pass", "0", "/etc/a.csv"), cross, "min-count review 2:2");
	told("a regression's degrees of freedom", ACRO("regression", "\"dof\":7", "fail; dof=7.0 < 10", "0", "a.csv"),
		"term,estimate\na,1.5\n", "degrees-of-freedom block 0:0");
	told("enough of them", ACRO("regression", "\"dof\":807", "pass; dof=807.0 >= 10", "0", "a.csv"), "term,estimate\na,1.5\n", "");
	told("rounded, it says", ACRO("table", "\"method\":\"crosstab\",\"mitigation\":\"round\",\"round_base\":5", "review; rounded", "0", "a.csv"),
		"region,a,b\nnorth,44,50\nsouth,60,70\n", "sidecar review 0:0");
}

/* The schema and the code know the same words. */
static void schema(void)
{
	char path[512];
	json_t *j, *def, *list;
	size_t i;

	snprintf(path, sizeof(path), "%s/policy/outputs.schema.json", getenv("srcdir") ? getenv("srcdir") : ".");
	j = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	def = json_object_get(json_object_get(json_object_get(j, "$defs"), "file"), "properties");
	list = json_object_get(json_object_get(def, "output"), "enum");
	for (i = 0; sidecar_outputs[i]; i++)
		is_str(json_string_value(json_array_get(list, i)), sidecar_outputs[i], sidecar_outputs[i]);
	is_int((long long)json_array_size(list), (long long)i, "types of output");
	list = json_object_get(json_object_get(json_object_get(json_object_get(json_object_get(def, "columns"), "items"), "properties"), "role"), "enum");
	for (i = 0; sidecar_roles[i]; i++)
		is_str(json_string_value(json_array_get(list, i)), sidecar_roles[i], sidecar_roles[i]);
	is_int((long long)json_array_size(list), (long long)i, "roles of columns");
	json_decref(j);
}

int main(void)
{
	judge_policy.full_cells = FINDING_PASS;
	judge_policy.full_percent = 101;
	unreadable();
	columns();
	numbers();
	acro();
	schema();
	return tap_end();
}
