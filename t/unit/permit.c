/* t/unit/permit.c - one good permit, and each way to spoil it with its sentence. */
#include "t/tap.h"

#include <stdlib.h>

#include "spe/cleanup.h"
#include "spe/permit.h"
#include "sped/base/hex.h"

#define D64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char good[] =
	"{\"format\":\"spe-permit-1\",\n"
	" \"id\":\"FI-2026-0042\",\n"
	" \"kind\":\"data-permit\",\n"
	" \"version\":1,\n"
	" \"replaces\":null,\n"
	" \"issuer\":{\"hdab\":\"urn:spe:hdab:fi\",\"country\":\"FI\",\"case\":\"THL/1234/2026\"},\n"
	" \"issued\":\"2026-10-01T09:00:00Z\",\n"
	" \"data\":[{\"holding\":\"t2d\",\"holder\":\"urn:spe:holder:thl\",\"categories\":[\"EHRS\"],\n"
	"   \"form\":\"pseudonymised\",\"format\":\"csv\",\n"
	"   \"variables\":{\"person\":[\"pin\",\"age\"],\"condition\":[\"*\"]},\n"
	"   \"rows\":[{\"table\":\"person\",\"variable\":\"age\",\"op\":\"ge\",\"value\":50},\n"
	"     {\"table\":\"condition\",\"variable\":\"code\",\"op\":\"in\",\"value\":[\"E10\",\"E11\"]},\n"
	"     {\"table\":\"condition\",\"variable\":\"day\",\"op\":\"between\",\"value\":[\"2010-01-01\",\"2020-12-31\"]},\n"
	"     {\"table\":\"condition\",\"variable\":\"name\",\"op\":\"prefix\",\"value\":\"E1\"},\n"
	"     {\"table\":\"condition\",\"variable\":\"end\",\"op\":\"null\"}]},\n"
	"  {\"holding\":\"deaths\",\"form\":\"anonymised\",\"format\":\"csv\",\"variables\":{\"death\":[\"year\"]}}],\n"
	" \"purpose\":{\"article53\":[\"e\"],\"text\":\"Survival after diagnosis\"},\n"
	" \"optOutException\":{\"law\":\"552/2019\",\"text\":\"why\"},\n"
	" \"persons\":[{\"id\":\"aino\",\"subject\":{\"iss\":\"https://login.example/\",\"sub\":\"abc@example\"},\n"
	"   \"roles\":[\"principal-investigator\",\"researcher\"]},\n"
	"  {\"id\":\"bo\",\"subject\":null,\"roles\":[\"checker\"]}],\n"
	" \"valid\":{\"from\":\"2026-10-15\",\"until\":\"2028-10-15\",\"erased-by\":\"2029-04-15\"},\n"
	" \"environment\":{\"site\":[\"fi-spe\"],\"runtime\":[\"host\",\"sha256:" D64 "\"],\"cpus\":16,\n"
	"   \"memory\":\"64G\",\"disk\":\"500G\",\"gpus\":0,\"bring-in\":{\"code\":true,\"data\":false},\n"
	"   \"time\":\"2h\",\"processes\":100},\n"
	" \"fees\":{\"reference\":\"2026-118\"},\n"
	" \"conditions\":[\"No attempt at re-identification\"],\n"
	" \"outputs\":{\"types\":[\"text/csv\",\"image/png\"],\"min-cell\":5,\"max-bytes\":10485760,\"decisions\":3},\n"
	" \"federated\":{\"min-sites\":3,\"rounds\":50,\"contract\":\"sha256:" D64 "\",\"masks\":\"required\"},\n"
	" \"odrl\":null}\n";

/* ---- a good one ---- */

static void files_are_named(void)
{
	static const char from[] = "\"form\":\"pseudonymised\"";
	auto_free char *text = NULL;
	const char *at = strstr(good, from);
	struct permit *p = NULL;
	struct spe_error e = { 0 };

	if (asprintf(&text, "%.*s\"files\":[\"scan\"],%s", (int)(at - good), good, at) < 0)
		exit(99);
	is_int(permit_parse(text, strlen(text), &p, &e), 0, "a permit with a file is taken");
	is_str(e.text, "", "without a word");
	if (!p)
		return;
	is_int(permit_takes(p, "t2d", "scan"), PERMIT_WHOLE, "the file is passed through");
	is_int(permit_takes(p, "t2d", "person"), PERMIT_VARIABLES, "a table is not");
	is_int(permit_takes(p, "deaths", "scan"), PERMIT_NOTHING, "nor a file of another holding");
	is_int(permit_takes(p, "t2d", "other"), PERMIT_NOTHING, "or one that is not named");
	permit_free(p);
}

static void a_full_permit_is_taken(void)
{
	struct spe_error e = { 0 };
	char digest[SHA256_TEXT];
	struct permit *p;

	if (!is_int(permit_parse(good, strlen(good), &p, &e), 0, "the full example is taken")) {
		printf("# %s\n", e.text);
		return;
	}
	sha256_text(good, strlen(good), digest);
	is_str(p->digest, digest, "its digest is that of the exact text");
	is_str(p->id, "FI-2026-0042", "id");
	is_str(p->kind, "data-permit", "kind");
	is_int(p->version, 1, "version");
	ok(!p->replaces, "it replaces nothing");
	is_str(p->issuer, "urn:spe:hdab:fi", "issuer");
	is_str(p->purpose, "Survival after diagnosis", "purpose");
	is_int(p->from, 1792022400, "from is 2026-10-15 at 00:00:00 UTC");
	is_int(p->until, 1855267199, "until is 2028-10-15 at 23:59:59 UTC");
	is_int(p->erased_by, 1870991999, "erased_by is 2029-04-15 at 23:59:59 UTC");
	is_int((long long)json_array_size(p->data), 2, "two holdings");
	is_int((long long)p->person_count, 2, "two persons");
	is_int(permit_roles(p, "aino"), ROLE_PI | ROLE_RESEARCHER, "aino leads and researches");
	is_int(permit_roles(p, "bo"), ROLE_CHECKER, "bo checks");
	is_int(permit_roles(p, "eve"), 0, "eve is nobody");
	is_int(p->cpus, 16, "cpus");
	is_int(p->memory_bytes, 64ll << 30, "memory");
	is_int(p->disk_bytes, 500ll << 30, "disk");
	is_int(p->time_s, 7200, "time");
	is_int(p->processes, 100, "processes");
	is_int((long long)json_array_size(p->runtimes), 2, "runtimes");
	is_int((long long)json_array_size(p->types), 2, "types");
	is_int(p->min_cell, 5, "min-cell");
	is_int(p->max_bytes, 10485760, "max-bytes");
	is_int(p->decisions, 3, "decisions");
	permit_free(p);
	permit_free(NULL);
}

static void the_manual_s_example_is_taken(void)
{
	const char *srcdir = getenv("srcdir");
	struct spe_error e = { 0 };
	struct permit *p = NULL;
	char path[512], *begin, *end;
	auto_free char *page = calloc(1, 1 << 16);
	FILE *f;

	snprintf(path, sizeof(path), "%s/sped/spe-permit.5", srcdir ? srcdir : ".");
	f = fopen(path, "r");
	if (!f) {
		ok(false, "spe-permit(5) is there");
		return;
	}
	ok(fread(page, 1, (1 << 16) - 1, f) > 0, "spe-permit(5) can be read");
	fclose(f);
	begin = strstr(page, "\n{\"format\"");
	end = begin ? strstr(begin, "\n.Ed") : NULL;
	is_int(end ? permit_parse(begin, (size_t)(end - begin), &p, &e) : -1, 0, "its example is taken");
	is_str(e.text, "", "without a word");
	permit_free(p);
}

/* ---- changes ---- */

struct change {
	const char *from, *to;
	const char *says; /* NULL: it stays good */
};

static void changed(const struct change *c, char *ret, size_t room)
{
	const char *at = strstr(good, c->from);

	if (!at) {
		printf("Bail out! \"%s\" is not in the example\n", c->from);
		exit(99);
	}
	snprintf(ret, room, "%.*s%s%s", (int)(at - good), good, c->to, at + strlen(c->from));
}

static const struct change stays_good[] = {
	{ " \"replaces\":null,\n", "", NULL },
	{ " \"odrl\":null}", " \"odrl\":null }", NULL },
	{ ",\n \"odrl\":null}", "}", NULL },
	{ " \"fees\":{\"reference\":\"2026-118\"},\n", "", NULL },
	{ "\"fees\":{\"reference\":\"2026-118\"}", "\"fees\":null", NULL },
	{ "\"conditions\":[\"No attempt at re-identification\"]", "\"conditions\":[]", NULL },
	{ "{\"law\":\"552/2019\",\"text\":\"why\"}", "null", NULL },
	{ "\"site\":[\"fi-spe\"],", "", NULL },
	{ "\"gpus\":0,\"bring-in\":{\"code\":true,\"data\":false},", "", NULL },
	{ "data-permit", "statistical-request", NULL },
	{ "\"version\":1,\n \"replaces\":null", "\"version\":2,\n \"replaces\":\"" D64 "\"", NULL },
	{ "\"article53\":[\"e\"]", "\"article53\":[\"a\",\"f\"]", NULL },
	{ "\"until\":\"2028-10-15\",\"erased-by\":\"2029-04-15\"", "\"until\":\"2036-10-15\",\"erased-by\":\"2036-10-15\"", NULL },
	{ "\"erased-by\":\"2029-04-15\"", "\"erased-by\":\"2029-04-16\"", NULL },
	{ "\"value\":50", "\"value\":49.5", NULL },
	/* more of data */
	{ "\"rows\":[{\"table\":\"person\",\"variable\":\"age\",\"op\":\"ge\",\"value\":50}",
		"\"rows\":[{\"any\":[{\"table\":\"person\",\"variable\":\"age\",\"op\":\"ge\",\"value\":50},{\"all\":[{\"table\":\"person\","
		"\"variable\":\"age\",\"op\":\"null\"}]}]}", NULL },
	{ "\"form\":\"pseudonymised\"", "\"period\":{\"from\":\"1998-02-28\",\"until\":\"1998-02-28\",\"variables\":{\"condition\":\"day\"}},"
		"\"form\":\"pseudonymised\"", NULL },
	{ "\"form\":\"pseudonymised\"", "\"cohort\":[{\"holding\":\"t2d\",\"table\":\"person\"},{\"holding\":\"deaths\",\"table\":\"death\"}],"
		"\"form\":\"pseudonymised\"", NULL },
	{ "\"form\":\"pseudonymised\"", "\"misfits\":\"refuse\",\"invalid-numbers\":\"mark\",\"dates\":\"as-they-are\",\"form\":\"pseudonymised\"", NULL },
	{ "\"form\":\"pseudonymised\"", "\"generalise\":[{\"table\":\"person\",\"variable\":\"age\",\"to\":\"band\",\"width\":5},"
		"{\"table\":\"condition\",\"variable\":\"day\",\"to\":\"age\",\"at\":\"2020-01-01\"}],\"form\":\"pseudonymised\"", NULL },
	{ "\"form\":\"pseudonymised\"", "\"risk\":[{\"table\":\"person\",\"quasi-identifiers\":[\"age\"],\"sensitive\":\"age\",\"min-k\":5,"
		"\"max-t\":0.4}],\"form\":\"pseudonymised\"", NULL },
	{ "\"op\":\"null\"", "\"op\":\"not-null\"", NULL },
	{ "\"memory\":\"64G\"", "\"memory\":\"16M\"", NULL },
	{ "\"time\":\"2h\"", "\"time\":\"30d\"", NULL },
};

static const struct change spoilt[] = {
	{ " \"odrl\":null}", " \"licence\":null}", "permit has the unknown field \"licence\"" },
	{ "\"format\":\"spe-permit-1\"", "\"format\":\"spe-permit-2\"", "permit.format is \"spe-permit-2\"; spe-permit-1 is wanted" },
	{ "\"format\":\"spe-permit-1\",\n", "", "permit.format is missing" },
	/* the head */
	{ "\"id\":\"FI-2026-0042\"", "\"id\":\"../x\"", "permit.id is \"../x\"; letters, digits, '.', '_' and '-' are taken, a letter or digit first" },
	{ "\"kind\":\"data-permit\"", "\"kind\":\"permit\"", "permit.kind is \"permit\"; data-permit or statistical-request is wanted" },
	{ "\"version\":1", "\"version\":0", "permit.version is 0; 1 to 1000000 are taken" },
	{ "\"version\":1", "\"version\":\"1\"", "permit.version must be a whole number" },
	{ "\"version\":1", "\"version\":2", "permit.replaces is missing; version 2 names the SHA-256 of the version before" },
	{ "\"replaces\":null", "\"replaces\":\"" D64 "\"", "permit.replaces must be null in version 1" },
	{ "\"version\":1,\n \"replaces\":null", "\"version\":2,\n \"replaces\":\"abc\"", "permit.replaces must be the SHA-256 of the version before, 64 hexadecimal digits" },
	{ "\"country\":\"FI\"", "\"country\":\"fi\"", "permit.issuer.country must be two capital letters, such as FI" },
	{ "\"case\":\"THL/1234/2026\"", "\"kase\":\"THL\"", "permit.issuer has the unknown field \"kase\"" },
	{ "\"hdab\":\"urn:spe:hdab:fi\"", "\"hdab\":\"\"", "permit.issuer.hdab has 0 bytes; 1 to 200 are taken" },
	{ "\"hdab\":\"urn:spe:hdab:fi\"", "\"hdab\":\"a\\u001bb\"", "permit.issuer.hdab has control characters; plain text is wanted" },
	{ "2026-10-01T09:00:00Z", "2026-10-01 09:00:00", "permit.issued must be a UTC time like 2026-10-01T09:00:00Z" },
	{ "2026-10-01T09:00:00Z", "2026-10-01T24:00:00Z", "permit.issued must be a UTC time like 2026-10-01T09:00:00Z" },
	/* data */
	{ "\"form\":\"pseudonymised\"", "\"form\":\"raw\"", "permit.data[0].form is \"raw\"; pseudonymised or anonymised is wanted" },
	{ "\"format\":\"csv\",\n", "\"format\":\"xlsx\",\n", "permit.data[0].format is \"xlsx\"; csv is wanted" },
	{ "\"holding\":\"t2d\"", "\"holding\":\"a/b\"", "permit.data[0].holding is \"a/b\"; letters, digits, '.', '_' and '-' are taken, a letter or digit first" },
	{ "\"holding\":\"deaths\"", "\"holding\":\"t2d\"", "permit.data[1].holding repeats \"t2d\"; name each holding once" },
	{ "\"categories\":[\"EHRS\"]", "\"categories\":[]", "permit.data[0].categories has 0 entries; 1 to 32 are taken" },
	{ "\"holder\":", "\"owner\":", "permit.data[0] has the unknown field \"owner\"" },
	{ "[\"pin\",\"age\"]", "[\"pin\",\"pin\"]", "permit.data[0].variables.person[1] repeats \"pin\"" },
	{ "[\"pin\",\"age\"]", "[\"pin\",\"*\"]", "permit.data[0].variables.person[1] is \"*\"; a variable's name is wanted, or [\"*\"] for all" },
	{ "[\"pin\",\"age\"]", "[]", "permit.data[0].variables.person has no entry; only a table that is a cohort may have none" },
	{ "[\"pin\",\"age\"]", "\"pin\"", "permit.data[0].variables.person must be a list" },
	{ "{\"death\":[\"year\"]}", "{}", "permit.data[1].variables has no table; at least one is wanted" },
	{ "{\"death\":[\"year\"]}", "{\"..\":[\"year\"]}", "permit.data[1].variables has the table \"..\", which is no name" },
	{ "\"op\":\"ge\"", "\"op\":\"like\"", "permit.data[0].rows[0].op is \"like\"; eq, ne, lt, le, gt, ge, in, between, prefix, null or not-null is wanted" },
	{ "\"value\":50", "\"value\":true", "permit.data[0].rows[0].value must be a number or a string of 1 to 1000 bytes" },
	{ "\"value\":50", "\"value\":[50]", "permit.data[0].rows[0].value must be a number or a string of 1 to 1000 bytes" },
	{ ",\"value\":50", "", "permit.data[0].rows[0].value is missing; op ge wants one" },
	{ "{\"table\":\"person\",", "{\"table\":\"persons\",", "permit.data[0].rows[0].table is \"persons\", which variables does not name" },
	{ "[\"E10\",\"E11\"]", "[\"E10\",11]", "permit.data[0].rows[1].value must be a list of 1 to 1000 numbers, or of as many strings of 1 to 1000 bytes" },
	{ "[\"E10\",\"E11\"]", "[]", "permit.data[0].rows[1].value must be a list of 1 to 1000 numbers, or of as many strings of 1 to 1000 bytes" },
	{ "[\"2010-01-01\",\"2020-12-31\"]", "[\"2020-12-31\",\"2010-01-01\"]", "permit.data[0].rows[2].value must be [low, high], two numbers or two strings" },
	{ "[\"2010-01-01\",\"2020-12-31\"]", "[1]", "permit.data[0].rows[2].value must be [low, high], two numbers or two strings" },
	{ "\"value\":\"E1\"", "\"value\":1", "permit.data[0].rows[3].value must be a string of 1 to 1000 bytes" },
	{ "\"op\":\"null\"", "\"op\":\"null\",\"value\":1", "permit.data[0].rows[4] has a value; op null takes none" },
	{ "\"op\":\"null\"", "\"op\":\"null\",\"or\":1", "permit.data[0].rows[4] has the unknown field \"or\"" },
	{ "\"rows\":[{", "\"rows\":[7,{", "permit.data[0].rows[0] must be an object" },
	{ "\"rows\":[", "\"rows\":\"age >= 50\",\"x\":[", "permit.data[0] has the unknown field \"x\"" },
	{ "\"form\":\"pseudonymised\"", "\"period\":{\"from\":\"1998-02-29\",\"until\":\"1999-01-01\",\"variables\":{\"person\":\"day\"}},\"form\":\"pseudonymised\"", "permit.data[0].period.from is \"1998-02-29\"; a date like 2026-10-15 is wanted" },
	{ "\"form\":\"pseudonymised\"", "\"period\":{\"from\":\"1999-01-02\",\"until\":\"1999-01-01\",\"variables\":{\"person\":\"day\"}},\"form\":\"pseudonymised\"", "permit.data[0].period.until is before permit.data[0].period.from" },
	{ "\"form\":\"pseudonymised\"", "\"period\":{\"from\":\"1999-01-01\",\"until\":\"1999-01-01\",\"variables\":{}},\"form\":\"pseudonymised\"", "permit.data[0].period.variables names no table; a date variable of each is wanted" },
	{ "\"form\":\"pseudonymised\"", "\"period\":{\"from\":\"1999-01-01\",\"until\":\"1999-01-01\",\"variables\":{\"visit\":\"day\"}},\"form\":\"pseudonymised\"", "permit.data[0].period.variables has the table \"visit\", which the permit's variables do not name" },
	{ "\"form\":\"pseudonymised\"", "\"cohort\":[{\"holding\":\"t2d\",\"table\":\"visit\"}],\"form\":\"pseudonymised\"", "permit.data[0].cohort[0] is table \"visit\" of holding \"t2d\", which the permit's variables do not name" },
	{ "\"form\":\"pseudonymised\"", "\"cohort\":[{\"holding\":\"t2d\",\"table\":\"person\"},{\"holding\":\"t2d\",\"table\":\"condition\"}],\"form\":\"pseudonymised\"", "permit.data has cohorts that wait for each other; one of them must be of all persons" },
	{ "\"form\":\"pseudonymised\"", "\"files\":[\"*\"],\"form\":\"pseudonymised\"", "permit.data[0].files[0] is \"*\"; the name of an opaque table is wanted; each is named, none is meant by *" },
	{ "\"form\":\"pseudonymised\"", "\"files\":[],\"form\":\"pseudonymised\"", "permit.data[0].files has 0 entries; 1 to 64 are taken" },
	{ "\"form\":\"pseudonymised\"", "\"files\":[\"a\",\"a\"],\"form\":\"pseudonymised\"", "permit.data[0].files[1] repeats \"a\"" },
	{ "\"form\":\"pseudonymised\"", "\"files\":[\"person\"],\"form\":\"pseudonymised\"", "permit.data[0].files[0] is \"person\", of which variables names columns" },
	{ "\"form\":\"anonymised\"", "\"files\":[\"scan\"],\"form\":\"anonymised\"", "permit.data[1].files are passed through as they lie there, so form can't be anonymised" },
	{ "\"form\":\"pseudonymised\"", "\"cohort\":[{\"holding\":\"t2d\"}],\"form\":\"pseudonymised\"", "permit.data[0].cohort[0].table is missing" },
	{ "\"form\":\"pseudonymised\"", "\"misfits\":\"drop\",\"form\":\"pseudonymised\"", "permit.data[0].misfits is \"drop\"; null, refuse or keep is wanted" },
	{ "\"form\":\"pseudonymised\"", "\"invalid-numbers\":\"keep\",\"form\":\"pseudonymised\"", "permit.data[0].invalid-numbers is \"keep\"; refuse, reject or mark is wanted" },
	{ "\"form\":\"pseudonymised\"", "\"dates\":\"moved\",\"form\":\"pseudonymised\"", "permit.data[0].dates is \"moved\"; shifted or as-they-are is wanted" },
	{ "\"form\":\"pseudonymised\"", "\"dates\":\"shifted\",\"form\":\"pseudonymised\"", "permit.data[1].dates differs from permit.data[0].dates; all are shifted or none" },
	{ "\"form\":\"pseudonymised\"", "\"generalise\":[{\"table\":\"person\",\"variable\":\"age\",\"to\":\"blur\"}],\"form\":\"pseudonymised\"", "permit.data[0].generalise[0].to is \"blur\"; year, month, age, band, top, bottom, prefix, round, drop or constant is wanted" },
	{ "\"form\":\"pseudonymised\"", "\"generalise\":[{\"table\":\"person\",\"variable\":\"age\",\"to\":\"band\"}],\"form\":\"pseudonymised\"", "permit.data[0].generalise[0].width is missing" },
	{ "\"form\":\"pseudonymised\"", "\"generalise\":[{\"table\":\"person\",\"variable\":\"age\",\"to\":\"year\",\"width\":5}],\"form\":\"pseudonymised\"", "permit.data[0].generalise[0] has the unknown field \"width\"" },
	{ "\"form\":\"pseudonymised\"", "\"generalise\":[{\"table\":\"person\",\"variable\":\"age\",\"to\":\"top\",\"value\":\"90\"}],\"form\":\"pseudonymised\"", "permit.data[0].generalise[0].value must be a number" },
	{ "\"form\":\"pseudonymised\"", "\"generalise\":[{\"table\":\"person\",\"variable\":\"age\",\"to\":\"round\",\"base\":0}],\"form\":\"pseudonymised\"", "permit.data[0].generalise[0].base must be a number above 0" },
	{ "\"form\":\"pseudonymised\"", "\"generalise\":[{\"table\":\"visit\",\"variable\":\"age\",\"to\":\"drop\"}],\"form\":\"pseudonymised\"", "permit.data[0].generalise[0].table is \"visit\", which variables does not name" },
	{ "\"form\":\"pseudonymised\"", "\"risk\":[{\"table\":\"person\",\"quasi-identifiers\":[]}],\"form\":\"pseudonymised\"", "permit.data[0].risk[0].quasi-identifiers has 0 entries; 1 to 64 are taken" },
	{ "\"form\":\"pseudonymised\"", "\"risk\":[{\"table\":\"person\",\"quasi-identifiers\":[\"age\"],\"min-k\":0}],\"form\":\"pseudonymised\"", "permit.data[0].risk[0].min-k is 0; 1 to 1000000 are taken" },
	{ "\"form\":\"pseudonymised\"", "\"risk\":[{\"table\":\"person\",\"quasi-identifiers\":[\"age\"],\"max-t\":0.2}],\"form\":\"pseudonymised\"", "permit.data[0].risk[0] has max-t and no sensitive; t is measured on a sensitive variable" },
	{ "\"form\":\"pseudonymised\"", "\"risk\":[{\"table\":\"person\",\"quasi-identifiers\":[\"age\"],\"sensitive\":\"age\",\"max-t\":2}],\"form\":\"pseudonymised\"", "permit.data[0].risk[0].max-t must be a number of 0 to 1" },
	{ "\"form\":\"pseudonymised\"", "\"risk\":[{\"table\":\"person\",\"quasi-identifiers\":[\"age\"]},{\"table\":\"person\",\"quasi-identifiers\":[\"age\"]}],\"form\":\"pseudonymised\"", "permit.data[0].risk[1].table repeats \"person\"; one measure a table is taken" },
	{ "\"rows\":[{", "\"rows\":[{\"any\":[]},{", "permit.data[0].rows[0].any has no entry; at least one is wanted" },
	{ "\"rows\":[{", "\"rows\":[{\"any\":[{\"table\":\"person\",\"variable\":\"age\",\"op\":\"null\"}],\"all\":[{\"table\":\"person\",\"variable\":\"age\",\"op\":\"null\"}]},{", "permit.data[0].rows[0] has the unknown field \"all\"" },
	{ "\"rows\":[{", "\"rows\":[{\"any\":[{\"table\":\"person\",\"variable\":\"age\",\"op\":\"null\"},{\"table\":\"condition\",\"variable\":\"age\",\"op\":\"null\"}]},{", "permit.data[0].rows[0].any[1].table is \"condition\" beside \"person\"; conditions in any or all are about one table" },
	{ "\"rows\":[{", "\"rows\":[{\"all\":[{\"all\":[{\"all\":[{\"all\":[{\"all\":[{\"all\":[{\"all\":[{\"all\":[{\"all\":[{\"table\":\"person\",\"variable\":\"age\",\"op\":\"null\"}]}]}]}]}]}]}]}]}]},{", "permit.data[0].rows[0].all[0].all[0].all[0].all[0].all[0].all[0].all[0].all[0] is deeper than 8 levels of any and all" },
	/* purpose and opt-out */
	{ "\"article53\":[\"e\"]", "\"article53\":[\"g\"]", "permit.purpose.article53[0] is \"g\"; a letter a to f of Article 53(1) is wanted" },
	{ "\"article53\":[\"e\"]", "\"article53\":[\"e\",\"e\"]", "permit.purpose.article53[1] repeats \"e\"" },
	{ "\"text\":\"Survival after diagnosis\"", "\"text\":7", "permit.purpose.text must be a string" },
	{ "{\"law\":\"552/2019\",\"text\":\"why\"}", "{\"law\":\"552/2019\"}", "permit.optOutException.text is missing" },
	{ "{\"law\":\"552/2019\",\"text\":\"why\"}", "true", "permit.optOutException must be an object" },
	/* persons */
	{ "\"id\":\"bo\"", "\"id\":\"aino\"", "permit.persons[1].id repeats \"aino\"; give each person all roles at once" },
	{ "\"roles\":[\"checker\"]", "\"roles\":[\"checker\",\"researcher\"]", "permit.persons[1].roles has checker beside another role; nobody checks their own outputs" },
	{ "\"roles\":[\"checker\"]", "\"roles\":[\"principal-investigator\",\"checker\"]", "permit.persons[1].roles has checker beside another role; nobody checks their own outputs" },
	{ "\"roles\":[\"checker\"]", "\"roles\":[\"operator\"]", "permit.persons[1].roles[0] is \"operator\"; principal-investigator, researcher or checker is wanted" },
	{ "[\"principal-investigator\",\"researcher\"]", "[\"researcher\"]", "permit.persons has no principal-investigator; Article 68(10)(d) wants one" },
	{ "\"sub\":\"abc@example\"", "\"sub\":\"abc\",\"aud\":\"x\"", "permit.persons[0].subject has the unknown field \"aud\"" },
	{ "\"sub\":\"abc@example\"", "\"sub\":\"\"", "permit.persons[0].subject.sub has 0 bytes; 1 to 255 are taken" },
	/* valid */
	{ "\"from\":\"2026-10-15\"", "\"from\":\"2026-02-29\"", "permit.valid.from is \"2026-02-29\"; a date like 2026-10-15 is wanted" },
	{ "\"from\":\"2026-10-15\"", "\"from\":\"15.10.2026\"", "permit.valid.from is \"15.10.2026\"; a date like 2026-10-15 is wanted" },
	{ "\"until\":\"2028-10-15\"", "\"until\":\"2026-10-15\"", "permit.valid.until is not after permit.valid.from" },
	{ "\"until\":\"2028-10-15\",\"erased-by\":\"2029-04-15\"", "\"until\":\"2036-10-16\",\"erased-by\":\"2036-10-16\"", "permit.valid.until is more than 10 years after permit.valid.from; Article 68(12) allows no more" },
	{ "\"erased-by\":\"2029-04-15\"", "\"erased-by\":\"2029-04-17\"", "permit.valid.erased-by is not within 183 days after permit.valid.until; Article 68(12) wants data erased within 6 months" },
	{ "\"erased-by\":\"2029-04-15\"", "\"erased-by\":\"2028-10-14\"", "permit.valid.erased-by is not within 183 days after permit.valid.until; Article 68(12) wants data erased within 6 months" },
	/* environment */
	{ "\"runtime\":[\"host\"", "\"runtime\":[\"debian\"", "permit.environment.runtime[0] is \"debian\"; host, or sha256: and 64 hexadecimal digits is wanted" },
	{ "\"cpus\":16", "\"cpus\":0", "permit.environment.cpus is 0; 1 to 1024 are taken" },
	{ "\"memory\":\"64G\"", "\"memory\":\"64GB\"", "permit.environment.memory is \"64GB\"; 16M to 1T is taken, a whole number and K, M, G or T" },
	{ "\"memory\":\"64G\"", "\"memory\":\"2T\"", "permit.environment.memory is \"2T\"; 16M to 1T is taken, a whole number and K, M, G or T" },
	{ "\"memory\":\"64G\"", "\"memory\":\"15M\"", "permit.environment.memory is \"15M\"; 16M to 1T is taken, a whole number and K, M, G or T" },
	{ "\"disk\":\"500G\"", "\"disk\":500", "permit.environment.disk must be a string" },
	{ "\"time\":\"2h\"", "\"time\":\"31d\"", "permit.environment.time is \"31d\"; 1s to 30d is taken, a whole number and s, m, h or d" },
	{ "\"time\":\"2h\"", "\"time\":\"02h\"", "permit.environment.time is \"02h\"; 1s to 30d is taken, a whole number and s, m, h or d" },
	{ "\"processes\":100", "\"processes\":0", "permit.environment.processes is 0; 1 to 32768 are taken" },
	{ "\"gpus\":0", "\"gpus\":-1", "permit.environment.gpus is -1; 0 to 64 are taken" },
	{ "\"code\":true", "\"code\":1", "permit.environment.bring-in.code must be true or false" },
	{ "\"data\":false}", "\"data\":false,\"net\":true}", "permit.environment.bring-in has the unknown field \"net\"" },
	{ "\"site\":[\"fi-spe\"]", "\"network\":[\"fi-spe\"]", "permit.environment has the unknown field \"network\"" },
	/* the rest */
	{ "\"reference\":\"2026-118\"", "\"sum\":5", "permit.fees has the unknown field \"sum\"" },
	{ "\"conditions\":[\"No", "\"conditions\":[\"\",\"No", "permit.conditions[0] is \"\"; a text of 1 to 2000 bytes on one line is wanted" },
	{ "\"types\":[\"text/csv\"", "\"types\":[\"text/xml\"", "permit.outputs.types[0] is \"text/xml\"; text/csv, text/tab-separated-values, text/plain, text/markdown, application/json, application/pdf, image/png, image/jpeg, image/svg+xml, text/html or one of an office file (spe-permit(5)) is wanted" },
	{ "\"min-cell\":5", "\"min-cell\":0", "permit.outputs.min-cell is 0; 1 to 10000 are taken" },
	{ "\"max-bytes\":10485760", "\"max-bytes\":1.5", "permit.outputs.max-bytes must be a whole number" },
	{ "\"decisions\":3", "\"decisions\":10", "permit.outputs.decisions is 10; 1 to 9 are taken" },
	{ "\"min-sites\":3", "\"min-sites\":1", "permit.federated.min-sites is 1; 2 to 1000 are taken" },
	{ "\"contract\":\"sha256:", "\"contract\":\"md5:", "permit.federated.contract must be sha256: and 64 hexadecimal digits" },
	{ "\"masks\":\"required\"", "\"masks\":\"maybe\"", "permit.federated.masks is \"maybe\"; required or none is wanted" },
	{ "\"odrl\":null", "\"odrl\":{}", "permit.odrl is not enforced, so nothing but null is taken; say it in the other fields" },
};

/* jansson's words, which may change; line and column are ours to keep. */
static const struct change torn[] = {
	{ "{\"format\"", "[\"format\"", "permit: line 1 column 10: " },
	{ " \"odrl\":null}", " \"odrl\":null} x", "permit: line 30 column 15: end of file expected" },
	{ " \"version\":1,", " \"version\":1,\"version\":1,", "permit: line 4 column 22: duplicate object key" },
	{ "FI-2026-0042", "FI\\u0000", "permit: line 2 column 16: " },
	{ "Survival", "\xff", "permit: line 17 column " },
};

static void torn_text_is_placed(void)
{
	char text[8192];
	size_t i;

	for (i = 0; i < sizeof(torn) / sizeof(torn[0]); i++) {
		struct spe_error e = { 0 };
		struct permit *p = NULL;

		changed(&torn[i], text, sizeof(text));
		is_int(permit_parse(text, strlen(text), &p, &e), -SPE_E_INPUT, "what is no JSON is refused");
		has_str(e.text, torn[i].says, "with line and column");
	}
}

static void small_changes_stay_good(void)
{
	char text[8192];
	size_t i;

	for (i = 0; i < sizeof(stays_good) / sizeof(stays_good[0]); i++) {
		struct spe_error e = { 0 };
		struct permit *p = NULL;

		changed(&stays_good[i], text, sizeof(text));
		if (!is_int(permit_parse(text, strlen(text), &p, &e), 0, "a change that is fine"))
			printf("# %s: %s\n", stays_good[i].to, e.text);
		permit_free(p);
	}
}

static void each_fault_has_its_sentence(void)
{
	char text[8192];
	size_t i;

	for (i = 0; i < sizeof(spoilt) / sizeof(spoilt[0]); i++) {
		struct spe_error e = { 0 };
		struct permit *p = NULL;

		changed(&spoilt[i], text, sizeof(text));
		if (permit_parse(text, strlen(text), &p, &e) != -SPE_E_INPUT)
			snprintf(e.text, sizeof(e.text), "taken");
		is_str(e.text, spoilt[i].says, "a fault");
		permit_free(p);
	}
}

static void every_required_field_is_missed(void)
{
	static const char *const required[] = { "format", "id", "kind", "version", "issuer", "issued", "data",
		"purpose", "persons", "valid", "environment", "outputs" };
	size_t i;

	for (i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
		json_t *j = json_loads(good, 0, NULL);
		struct spe_error e = { 0 };
		struct permit *p = NULL;
		char says[64];

		json_object_del(j, required[i]);
		auto_free char *text = json_dumps(j, 0);

		permit_parse(text, strlen(text), &p, &e);
		snprintf(says, sizeof(says), "permit.%s is missing", required[i]);
		is_str(e.text, says, "a field that must be there");
		permit_free(p);
		json_decref(j);
	}
}

static void defaults_are_as_documented(void)
{
	json_t *j = json_loads(good, 0, NULL), *env = json_object_get(j, "environment");
	struct permit *p = NULL;

	json_object_del(env, "time");
	json_object_del(env, "processes");
	json_object_del(json_object_get(j, "outputs"), "decisions");
	auto_free char *text = json_dumps(j, 0);

	is_int(permit_parse(text, strlen(text), &p, NULL), 0, "time, processes and decisions may be left out");
	is_int(p->time_s, 86400, "a day");
	is_int(p->processes, 512, "512 processes");
	is_int(p->decisions, 2, "two decisions");
	permit_free(p);
	json_decref(j);
}

static void leap_days_are_days(void)
{
	static const struct change leap = { "\"from\":\"2026-10-15\",\"until\":\"2028-10-15\",\"erased-by\":\"2029-04-15\"",
		"\"from\":\"2028-02-29\",\"until\":\"2038-03-01\",\"erased-by\":\"2038-08-31\"", NULL };
	struct spe_error e = { 0 };
	struct permit *p = NULL;
	char text[8192];

	changed(&leap, text, sizeof(text));
	is_int(permit_parse(text, strlen(text), &p, &e), 0, "ten years from 29 February end on 1 March");
	permit_free(p);
}

static void sizes_are_bounded(void)
{
	const size_t n = PERMIT_TEXT_MAX + 1;
	auto_free char *text = malloc(n);
	struct spe_error e = { 0 };
	struct permit *p = NULL;

	memset(text, ' ', n);
	is_int(permit_parse(text, n, &p, &e), -SPE_E_INPUT, "more than 48 kibibytes are refused");
	is_str(e.text, "permit has 49153 bytes; at most 49152 are taken", "and said");
	memset(text, '[', n);
	is_int(permit_parse(text, n - 1, &p, &e), -SPE_E_INPUT, "forty-eight thousand brackets are refused");
	has_str(e.text, "maximum parsing depth reached", "and said");
}

/* ---- what nothing here does is understood, and not imported ---- */

static void is_kept(const char *from, const char *to, const char *says)
{
	auto_free char *text = NULL;
	const char *at = strstr(good, from), *federated = " \"federated\":{\"min-sites\":3,\"rounds\":50,\"contract\":\"sha256:" D64 "\",\"masks\":\"required\"},\n";
	const char *behind = strstr(good, federated);
	struct permit *p = NULL;
	struct spe_error e = { 0 };

	if (!at || !behind || asprintf(&text, "%.*s%s%.*s%s", (int)(at - good), good, to, (int)(behind - at - (long)strlen(from)), at + strlen(from),
		behind + (strcmp(says, "permit.federated") == 0 ? 0 : strlen(federated))) < 0)
		exit(99);
	is_int(permit_parse(text, strlen(text), &p, &e), 0, "it is understood");
	if (!p)
		return;
	is_int(permit_can_be_kept(p, &e), *says ? -SPE_E_INPUT : 0, *says ? "but can't be kept" : "and can be kept");
	ok(strncmp(e.text, says, strlen(says)) == 0, *says ? says : "without a word");
	permit_free(p);
}

static void what_nobody_keeps_is_not_taken(void)
{
	is_kept("\"gpus\":0", "\"gpus\":0", "");
	is_kept("\"gpus\":0", "\"gpus\":0", "permit.federated");
	is_kept("\"gpus\":0", "\"gpus\":2", "permit.environment.gpus is 2");
	is_kept("\"kind\":\"data-permit\"", "\"kind\":\"statistical-request\"", "permit.kind is \"statistical-request\"");
}

int main(void)
{
	a_full_permit_is_taken();
	files_are_named();
	the_manual_s_example_is_taken();
	small_changes_stay_good();
	torn_text_is_placed();
	each_fault_has_its_sentence();
	every_required_field_is_missed();
	defaults_are_as_documented();
	leap_days_are_days();
	sizes_are_bounded();
	what_nobody_keeps_is_not_taken();
	return tap_end();
}
