/* t/unit/table.c - the rules on tables, each with a table that it must find and a near twin that must pass. */
#include "t/unit/judge.h"

#include "policy/table.h"

/* --- memory that is not there --- */

static long without; /* which allocation from here on fails; 0: none */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);

void *__wrap_malloc(size_t n)
{
	return without > 0 && --without == 0 ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return without > 0 && --without == 0 ? NULL : __real_calloc(n, size);
}

static const char *verdict_of(const struct policy_result *r)
{
	return json_string_value(json_object_get(r->record, "verdict"));
}

/* What a rule finds, it finds or says that it had no memory for: each allocation of the check fails once. */
static void never_passes(const char *what, const char *bytes, const char *want)
{
	struct policy_file f = { .name = "a.csv", .bytes = bytes, .len = strlen(bytes) };
	long i, passed = 0;
	bool all = false;

	for (i = 1; !all && i < 100000; i++) {
		struct policy_result result = { 0 };
		struct spe_error e;
		int r;

		without = i;
		r = policy_check(&judge_policy, &f, &result, &e);
		all = without > 0;
		without = 0;
		if (r == 0 && strcmp(verdict_of(&result), "block") != 0 && strcmp(verdict_of(&result), want) != 0)
			passed += printf("# less is found without allocation %ld\n", i) > 0;
		policy_result_free(&result);
	}
	ok(all && passed == 0, what);
}

static void short_of_memory(void)
{
	static const char *const sex[] = { "f", "m" };
	char text[4096] = "sex,status,region,age\n";
	int i;

	for (i = 0; i < 40; i++)
		snprintf(text + strlen(text), 40, "%s,%d,%s,%d\n", sex[i % 2], i % 3, i % 5 ? "north" : "south", 30 + i * 7 % 50);
	never_passes("records that a check without memory for one thing looks at", text, "block");
	never_passes("nested samples", "model,r2,nobs\ncrude,0.1,500\nadjusted,0.2,495\n", "review");
	never_passes("percentages within groups",
		"rx,sex,n,percent\nA,f,149,47.3\nB,f,133,42.9\nC,f,163,97.6\nA,m,166,52.7\nB,m,177,57.1\nC,m,<10,2.4\n", "block");
}

static void headers(void)
{
	static const char *const counting[] = { "n", "N (male)", "count", "antal", "Antall pasienter", "lkm", "Lukum\xc3\xa4\xc3\xa4r\xc3\xa4",
		"Fj\xc3\xb6ldi", "n_risk", "n.event", "No. of deaths", "number of patients", "persons", "N_all", "total_n", "skaits",
		"arv", "skai\xc4\x8dius", "Anzahl", "potilaita", "women_count", "No. patients", "no_patients", "No. events",
		"No. of patients with event", "Nr of patients", "number of new cases", "num_cases", "No. (%)", "Deaths, No.", "Patients, No. (%)",
		"prevalence n" };
	static const char *const others[] = { "model", "quintile", "week", "\xc3\x85r", "vuosi", "lag", "dof", "ICD10 code", "ATC", "p.value",
		"95% CI", "mean count", "n_iter", "cases per 100 000", "percent", "rate", "median", "r", "number of visits",
		"time", "age", "dose", "name", "country", "No.", "nr", "No. of deaths per 1000", "No deaths", "mean n" };
	struct column c;
	char fold[HEADER_MAX];
	size_t i;

	for (i = 0; i < sizeof(counting) / sizeof(counting[0]); i++) {
		memset(&c, 0, sizeof(c));
		is_int(header_type(fold, text_fold(counting[i], strlen(counting[i]), false, fold), &c), ROLE_COUNT, counting[i]);
	}
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		enum role role;

		memset(&c, 0, sizeof(c));
		role = header_type(fold, text_fold(others[i], strlen(others[i]), false, fold), &c);
		ok(role != ROLE_COUNT && (role != ROLE_UNKNOWN || i == 18 || i == 22), others[i]);
	}
}

/* Names of several words, of which one is for codes, times or tests. */
static void names_of_groups(void)
{
	static const char *const groups[] = { "cohort size", "cases by group", "incidence cases", "high risk", "drug users", "No.", "No patients",
		"No. with event", "Dead at day 30" };
	static const char *const others[] = { "dose level", "follow up days", "cases per year", "event rate", "n_visits", "No. of visits", "lag order", "No. of items", "No. of factors",
		"test points" };
	char text[200];
	size_t i;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		snprintf(text, sizeof(text), "region,%s\nUusimaa,124\nLappi,4\nKainuu,58\n", groups[i]);
		judged(groups[i], "a.csv", text, "min-count review 3:2");
	}
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		snprintf(text, sizeof(text), "region,%s\nUusimaa,124\nLappi,4\nKainuu,58\n", others[i]);
		judged(others[i], "a.csv", text, "");
	}
	judged("a number beside a ratio", "a.csv", "region,No. events,HR\nUusimaa,124,1\nLappi,4,0.82\nKainuu,58,1.21\n", "min-count block 3:2");
	judged("in brackets", "a.csv", "Characteristic,No. (%)\nMale,120 (48.2)\nRare,4 (1.6)\nFemale,129 (51.8)\n", "min-count block 3:2");
	judged("sexes", "a.csv", "region,sex male,sex female\nUusimaa,124,131\nLappi,4,61\nKainuu,58,49\n", "min-count review 3:2");
	judged("who lives, beside how many", "a.csv", "arm,n,Dead at day 30,Alive at day 30\nA,124,24,100\nB,131,4,127\n",
		"min-count review 3:3");
	judged("what an index is", "a.csv", "region,study arm,n\nUusimaa,1,124\nLappi,2,40\nKainuu,1,58\n", "");
}

/* How many of a thing each person of a row has names the row. */
static void counts_of_things(void)
{
	judged("illnesses", "a.csv", "n_comorbidities,n\n0,412\n1,233\n2,98\n3,41\n", "");
	judged("drugs", "a.csv", "n_drugs,n,percent\n0,412,52.6\n1,233,29.7\n2,98,12.5\n3,41,5.2\n", "");
	judged("doses", "a.csv", "n_doses,n,ve,lower,upper\n1,4120,0.42,0.31,0.52\n2,2330,0.81,0.74,0.86\n3,980,0.92,0.88,0.95\n", "");
	judged("children", "a.csv", "n_children,n_women\n0,412\n1,233\n2,98\n3,41\n", "");
	judged("a household", "a.csv", "persons_in_household,n\n1,412\n2,233\n3,98\n4,41\n", "");
	judged("few women", "a.csv", "n_children,n_women\n0,412\n1,233\n2,8\n3,41\n", "min-count block 4:2");
#define FIRST "min-count block 2:1; min-count block 3:1; min-count block 4:1; differencing review 3:1; differencing review 4:1"
	judged("a count that climbs alone", "a.csv", "n_women,rate\n1,0.4\n2,0.3\n3,0.5\n", FIRST);
	judged("before another", "a.csv", "n,deaths\n1,412\n2,233\n3,98\n", FIRST);
	judged("of groups that a word names", "a.csv", "n_smokers,n_women,ward\n1,412,a\n2,233,b\n3,98,c\n",
		"min-count block 2:1; min-count block 3:1; min-count block 4:1; group-disclosure review 2:2; group-disclosure review 3:2; group-disclosure review 4:2");
#undef FIRST
}

static void totals(void)
{
	static const char *const whole[] = { "total", "Totalt", "i alt", "I ALT", "Yhteens\xc3\xa4", "Kaikki potilaat", "Samtals", "All",
		"all patients", "Both sexes", "Sum", "Kokku", "I\xc5\xa1 viso" };
	static const char *const part[] = { "all-cause death", "total cholesterol", "summary", "overall survival", "male", "iso-ahola", "i" };
	char fold[HEADER_MAX];
	size_t i;

	for (i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		ok(header_is_total(fold, text_fold(whole[i], strlen(whole[i]), false, fold)), whole[i]);
	for (i = 0; i < sizeof(part) / sizeof(part[0]); i++)
		ok(!header_is_total(fold, text_fold(part[i], strlen(part[i]), false, fold)), part[i]);
}

static void counts_in_words_and_cells(void)
{
	judged("a small count", "a.csv", "sex,n\nf,9\nm,40\n", "min-count block 2:2");
	judged("its twin", "a.csv", "sex,n\nf,19\nm,40\n", "");
	judged("N in a header", "a.csv", "x,a (N=7)\nage,50.1\n", "min-count block 1:2");
	judged("its twin", "a.csv", "x,a (N=70)\nage,50.1\n", "");
	judged("n (%) under a group's name", "a.csv", "x,placebo\n\"age, mean\",50.5\nsmoker,4 (4.7%)\n", "min-count block 3:2");
	judged("its twin", "a.csv", "x,placebo\n\"age, mean\",50.5\nsmoker,34 (44.7%)\n", "");
	judged("a mean and its deviation", "a.csv", "x,placebo\n\"age, mean (SD)\",5.5 (1.2)\nsmoker,34 (44.7%)\n", "");
	judged("a row called n", "a.csv", "x,a,b\nn,7,90\nmean,5.5,4.5\nsd,1.5,2.5\n", "min-count block 2:2");
	judged("its twin", "a.csv", "x,a,b\nn,70,90\nmean,5.5,4.5\nsd,1.5,2.5\n", "");
	judged("a bound that says the count", "a.csv", "x,n\na,<2\nb,120\n", "min-count block 2:2");
	judged("or says at most one", "a.csv", "x,n\na,<=1\nb,120\n", "min-count block 2:2");
	judged("a bound that nearly does, once for a column", "a.csv", "x,n\na,<4\nb,<5\nc,120\n", "min-count review 2:2");
	judged("under a name that may count", "a.csv", "sex,alive\nf,<2\nm,50\n", "min-count review 2:2");
	judged("its twin", "a.csv", "x,n\na,<10\nb,<6\nc,120\n", "");
	judged("bounds of shares and of tests", "a.csv", "x,A (N=304),p\nold,<1%,<0.001\nyoung,101 (33.2%),<0.001\n", "");
	judged("NA is a category", "a.csv", "sex,n\nf,40\nm,50\nNA,3\n", "min-count block 4:2");
	judged("a frequency that is a share", "a.csv", "x,freq\na,0.25\nb,0.75\n", "");
	judged("columns by code", "a.csv", "sex,stage 1,stage 2,stage 3\nf,40,50,3\nm,60,70,80\n", "min-count review 2:4");
	judged("columns of groups whose names are words for codes too", "a.csv", "outcome,treatment,placebo\ndeath,3,15\nsurvived,97,85\n",
		"min-count review 2:2");
	judged("beside a test", "a.csv", "outcome,treatment,p\ndeath,3,0.04\nsurvived,97,\n", "min-count review 2:2");
	judged("or for statistics", "a.csv", "sex,low,high\nmen,3,41\nwomen,5,38\n", "min-count review 2:2");
	judged("their twin", "a.csv", "outcome,treatment,placebo\ndeath,13,15\nsurvived,97,85\n", "");
	judged("codes of what is counted", "a.csv", "sex,treatment,n\nm,1,40\nm,2,50\nf,1,45\nf,2,56\n", "");
	judged("degrees of freedom", "a.csv", "term,df,chisq\na,2,5\nb,3,7\n", "");
	judged("codes", "a.csv", "stage,week start,week end,estimate\n1,1,4,0.5\n2,5,8,0.6\n", "");
	judged("zero", "a.csv", "sex,age,n\nf,old,0\nm,old,40\nf,young,30\nm,young,50\n",
		"zero-count review 2:3; group-disclosure review 3:3; group-disclosure review 4:3");
}

static void without_names(void)
{
	judged("a table without its names", "a.csv", "0.45,F,12.5\n0.56,M,13.5\n0.71,F,11.1\n0.62,M,12.9\n", "min-count review 1:1");
	judged("values in order", "a.csv", "region,2010,2011\nN,12,40\nS,33,71\n", "");
	judged("one year", "a.csv", "region,2010\nN,40\nS,71\n", "");
	judged("names that fall", "a.csv", ",1,0\nN,12,40\nS,33,71\n", "min-count review 1:1");
	judged("one column of values", "a.csv", "N,12.5\nS,13.5\nW,14.5\n", "min-count review 1:1");
}

static void rounding(void)
{
	judge_policy.round_base = 5;
	judged("a count that isn't rounded", "a.csv", "sex,n\nf,15\nm,41\n", "min-count block 3:2");
	judged("its twin", "a.csv", "sex,n\nf,15\nm,40\n", "");
	judge_policy.round_base = 0;
	judged("midpoints", "a.csv", "x,n_midpoint6\na,3\nb,9\nc,0\n", "");
	judged("no midpoint", "a.csv", "x,n_midpoint6\na,4\nb,9\n", "min-count block 2:2");
}

static void percentages(void)
{
	judged("a share of N under the threshold", "a.csv", "group,N,percent\na,200,2.0\nb,250,40.4\n", "percentage block 2:3");
	judged("its twin", "a.csv", "group,N,percent\na,200,20.0\nb,250,40.4\n", "");
	judged("a coarse share that may be ten", "a.csv", "group,N,percent\na,2000,0\nb,2500,41\n", "");
	judged("the share of a suppressed count", "a.csv", "sex,n,percent\nf,120,60.0\nm,74,37.0\nna,<10,3.0\n", "percentage block 4:3");
	judged("its twin", "a.csv", "sex,n,percent\nf,120,60.0\nm,74,37.0\nna,<10,<5\n", "");
	judged("counts with their shares", "a.csv", "sex,n,percent\nf,120,60.0\nm,80,40.0\n", "");
	judged("in one cell, N in the header", "a.csv", "x,a (N=200)\nsmoker,<10 (1.5%)\ndrinker,44 (22.0%)\n", "percentage block 2:2");
	judged("its twin", "a.csv", "x,a (N=200)\nsmoker,<10\ndrinker,44 (22.0%)\n", "");
	judged("shares that pin counts down where counts are rounded", "a.csv", "x,N,percent\na,200,33.5\nb,300,41.0\nc,100,52.0\nd,400,61.0\n",
		"percentage review 2:3");
	judged("a confidence level", "a.csv", "term,estimate,lower 95%,upper 95%,n\na,1.5,1.1,2.2,200\n", "");
	judged("a change in percent", "a.csv", "x,N,percent change\na,200,2.0\n", "");
	judged("a share of the count before the hidden one", "a.csv", "region,patients,deaths,mortality %\nU,124,44,35.5\nL,90,<10,4.4\nK,58,20,34.5\n",
		"percentage block 3:4");
	judged("its twin", "a.csv", "region,patients,deaths,mortality %\nU,124,44,35.5\nL,90,<10,<10\nK,58,20,34.5\n", "");
	judged("behind it", "a.csv", "region,patients,deaths\nU,124,44 (35.5%)\nL,90,<10 (4.4%)\nK,58,20 (34.5%)\n", "percentage block 3:3");
	judged("in cells with a sign", "a.csv", "region,patients,died\nU,124,35.5 %\nL,90,4.4 %\nK,58,34.5 %\n", "percentage block 3:3");
	judged("a change with one", "a.csv", "region,patients,reduction\nU,124,35.5 %\nL,90,4.4 %\nK,58,34.5 %\n", "");
	judged("a rate in percent", "a.csv", "region,n,mortality rate (%)\nU,124,35.5\nL,90,4.4\n", "percentage block 3:3");
}

static void groups(void)
{
	judged("all but one", "a.csv", "sex,outcome,n\nf,yes,40\nf,no,40\nm,yes,1\nm,no,60\n",
		"min-count block 4:3; group-disclosure review 2:3; group-disclosure review 5:3");
	judged("nine of ten", "a.csv", "sex,outcome,n\nf,yes,40\nf,no,40\nm,yes,10\nm,no,95\n", "group-disclosure review 5:3");
	judged("its twin", "a.csv", "sex,outcome,n\nf,yes,40\nf,no,40\nm,yes,20\nm,no,95\n", "");
	judged("in a cross table", "a.csv", "age,dead,alive,total\nyoung,20,200,220\nold,50,50,100\n", "group-disclosure review 2:3");
	judged("its twin", "a.csv", "age,dead,alive,total\nyoung,40,200,240\nold,50,50,100\n", "");
	judged("by year nothing is said", "a.csv", "year,n\n2020,10\n2021,500\n", "");
}

static void dominance_vectors(void)
{
	static const struct {
		double x[4];
		size_t n;
		int64_t dn, dk, p;
		bool unsafe;
		const char *what;
	} v[] = {
		{ { 50000, 49000, 1000 }, 3, 1, 90, 0, false, "50000,49000,1000: (1,90) safe" },
		{ { 50000, 49000, 1000 }, 3, 2, 90, 0, true, "(2,90) unsafe" },
		{ { 50000, 49000, 1000 }, 3, 0, 0, 10, true, "p 10 unsafe" },
		{ { 52000, 50000, 8000 }, 3, 2, 90, 0, true, "52000,50000,8000: (2,90) unsafe" },
		{ { 52000, 50000, 8000 }, 3, 0, 0, 10, false, "p 10 safe" },
		{ { 100, 10, 5 }, 3, 1, 85, 0, true, "100,10,5: (1,85) unsafe" },
		{ { 100, 10, 5 }, 3, 0, 0, 10, true, "p 10 unsafe" },
		{ { 800, 100, 60, 40 }, 4, 1, 50, 0, true, "800,100,60,40: (1,50) unsafe" },
		{ { 800, 100, 60, 40 }, 4, 1, 85, 0, false, "(1,85) safe" },
		{ { 800, 100, 60, 40 }, 4, 2, 85, 0, true, "(2,85) unsafe" },
		{ { 800, 100, 60, 40 }, 4, 2, 90, 0, false, "(2,90), strictly over, safe" },
		{ { 800, 100, 60, 40 }, 4, 0, 0, 10, false, "p 10 safe" },
		{ { 500, 400, 60, 40 }, 4, 1, 50, 0, false, "500,400,60,40: (1,50) safe" },
		{ { 500, 400, 60, 40 }, 4, 2, 85, 0, true, "(2,85) unsafe" },
		{ { 500, 400, 60, 40 }, 4, 0, 0, 10, false, "p 10 safe" },
		{ { 50, 30, 10, 10 }, 4, 1, 50, 10, false, "50,30,10,10: safe under (1,50) and p 10" },
		{ { 50, 30, 10, 10 }, 4, 2, 85, 10, false, "and (2,85)" },
	};
	size_t i, k;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct policy p = { .dominance_n = v[i].dn, .dominance_k = v[i].dk, .p_percent = v[i].p };
		double total = 0;

		for (k = 0; k < v[i].n; k++)
			total += v[i].x[k];
		is_int(dominance_level(&p, v[i].x, v[i].n, total) > 0, v[i].unsafe, v[i].what);
	}
}

/* How far others' bounds have to lie above a sum: table 4.1 of the Handbook. */
static void protection_levels(void)
{
	static const struct {
		double x[4];
		size_t n;
		int64_t dn, dk, p;
		double level;
		const char *what;
	} v[] = {
		{ { 100, 10, 5 }, 3, 0, 0, 10, 5, "100,10,5: p 10: 10 - 5" },
		{ { 100, 10, 5 }, 3, 1, 85, 0, 100 / .85 - 115, "(1,85): 100/85 * 100 - 115" },
		{ { 100, 10, 5 }, 3, 1, 85, 10, 5, "both: the larger one" },
		{ { 50000, 49000, 1000 }, 3, 2, 90, 0, 99000 / .9 - 100000, "50000,49000,1000: (2,90): 10000" },
		{ { 50000, 49000, 1000 }, 3, 0, 0, 10, 4000, "p 10: 5000 - 1000" },
		{ { 800, 100, 60, 40 }, 4, 2, 90, 0, 0, "800,100,60,40: (2,90): on the line, so none" },
		{ { 50, 30, 10, 10 }, 4, 2, 85, 10, 0, "50,30,10,10: none" },
	};
	char text[200], got[8192];
	size_t i, k;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct policy p = { .dominance_n = v[i].dn, .dominance_k = v[i].dk, .p_percent = v[i].p };
		double total = 0, level;

		for (k = 0; k < v[i].n; k++)
			total += v[i].x[k];
		level = dominance_level(&p, v[i].x, v[i].n, total);
		ok(level - v[i].level < 1e-6 && v[i].level - level < 1e-6, v[i].what);
	}
	for (i = 0; i < 2; i++) { /* (2,90): 111/.9 less the sum, which is 7 % of 115 and 10.1 % of 112 */
		struct policy_file f = { .name = "a.csv", .bytes = text };
		struct policy_result result = { 0 };
		json_t *check;

		f.len = (size_t)snprintf(text, sizeof(text), "region,n,sum,x1,x2\na,30,%d,100.5,%d.5\n", i ? 112 : 115, 10);
		judge_file(&f, "dominance", &result, got, sizeof(got));
		is_str(got, "dominance block 2:3", "a sum that two make");
		json_array_foreach(json_object_get(result.record, "checks"), k, check)
			if (strcmp(json_string_value(json_object_get(check, "id")), "dominance") == 0)
				has_str(json_string_value(json_object_get(check, "fix")), i ? "nearer than 20 % above" : "nearer than 10 % above", "says how far");
		policy_result_free(&result);
	}
}

static void magnitudes(void)
{
	judged("two largest make the sum", "a.csv", "region,n,sum,largest,second_largest\na,30,100000,50000,49000\nb,30,100000,5000,4900\n",
		"dominance block 2:3");
	judged("its twin", "a.csv", "region,n,sum,largest,second_largest\na,30,100000,5000,4900\nb,30,100000,5000,4900\n", "");
	judged("x1, x2", "a.csv", "region,n,cost_total,x1,x2\na,30,100000,50000,49000\n", "dominance block 2:3");
	judged("mean and maximum", "a.csv", "region,n,mean,max\na,20,10.0,198.5\nb,20,10.0,19.5\n",
		"dominance block 2:3; extreme-value review 2:4");
	judged("under zero", "a.csv", "region,n,sum,x1,x2\na,30,1000,500.5,-49.5\n", "dominance review 2:3");
}

static void extremes(void)
{
	judged("a minimum and a maximum", "a.csv", "x,n,min,max\nbmi,200,17.2,55.1\nheight,200,1.2,2.1\n", "extreme-value review 2:3");
	judged("its twin", "a.csv", "x,n,p5,p95\nbmi,200,17.2,55.1\nheight,200,1.2,2.1\n", "");
	judged("percentiles of too few", "a.csv", "x,n,p5,p95\nbmi,100,17.2,55.1\n", "extreme-value block 2:3; extreme-value block 2:4");
	judged("quartiles of enough", "a.csv", "x,n,q1,median,q3\nbmi,40,17.2,25.1,33.3\n", "");
	judged("quartiles of too few", "a.csv", "x,n,q1,median,q3\nbmi,39,17.2,25.1,33.3\n",
		"extreme-value block 2:3; extreme-value block 2:5");
	judged("the oldest", "a.csv", "x,n,median,max\nage,200,50.5,97\nheight,200,1.7,2.1\n",
		"extreme-value block 2:4; extreme-value review 3:4");
	judged("a row called Max", "a.csv", "x,a (N=90),b (N=95)\nMean,50.5,51.5\nMax,77.5,81.5\n", "extreme-value review 3:2");
	judged("quarters of a year", "a.csv", "year,q1,q2,q3,q4\n2020,100,200,300,400\n", "");
	judged("R's summary", "a.txt", "   Min. 1st Qu.  Median    Mean 3rd Qu.    Max. \n  55.10   90.20  100.30  100.10  110.20  140.50 \n",
		"extreme-value review 2:3");
}

static void models(void)
{
	judged("few degrees of freedom", "a.csv", "r.squared,df.residual,nobs\n0.5,7,20\n", "degrees-of-freedom block 2:2");
	judged("its twin", "a.csv", "r.squared,df.residual,nobs\n0.5,17,20\n", "");
	judged("saturated", "a.csv", "r.squared,df.residual,nobs\n0.93,17,20\n", "degrees-of-freedom review 2:1");
	judged("of a test", "a.csv", "test,statistic,df,p.value\na,3.5,2,0.2\n", "");
	judged("in an analysis of variance", "a.csv", "term,df,sumsq,p.value\narm,2,33.5,0.01\nResiduals,7,200.5,\n", "degrees-of-freedom block 3:2");
	judged("terms and persons", "a.csv", "term,estimate,std.error,n\na,1.5,0.5,12\nb,1.5,0.5,12\nc,1.5,0.5,12\n", "degrees-of-freedom block 2:4");
	judged("its twin", "a.csv", "term,estimate,std.error,n\na,1.5,0.5,52\nb,1.5,0.5,52\nc,1.5,0.5,52\n", "");
	judged("nested samples", "a.csv", "model,r2,nobs\ncrude,0.1,500\nadjusted,0.2,495\n", "degrees-of-freedom review 1:3");
	judged("its twin", "a.csv", "model,r2,nobs\ncrude,0.1,500\nadjusted,0.2,455\n", "");
	judged("a correlation", "a.csv", "pair,r,n\nx-y,0.5,11\n", "degrees-of-freedom block 2:2");
	judged("its twin", "a.csv", "pair,r,n\nx-y,0.5,12\n", "");
	judged("R's words", "a.txt", "Residual standard error: 1.4 on 7 degrees of freedom\nMultiple R-squared:  0.95,\tAdjusted R-squared:  0.94\n",
		"degrees-of-freedom block 1:1; degrees-of-freedom review 2:1");
	judged("its twin", "a.txt", "Residual standard error: 1.4 on 77 degrees of freedom\nMultiple R-squared:  0.65,\tAdjusted R-squared:  0.64\n",
		"");
	judged("Stata's regression", "a.txt",
		"      Source |       SS           df       MS      Number of obs   =       742\n"
		"-------------+----------------------------------   F(2, 739)       =     69.75\n"
		"       Model |   1619.2877         2  809.643849   Prob > F        =    0.0000\n"
		"    Residual |  824.171761       739   11.608053   R-squared       =    0.6627\n"
		"-------------+----------------------------------   Adj R-squared   =    0.6532\n"
		"       Total |  2443.45946       741  33.4720474   Root MSE        =    3.4071\n", "");
	judged("rows behind a rule", "a.txt",
		"            Region   Deaths   Survivors\n-----------+ North      3        120\n-----------+ South      2        150\n"
		"-----------+ West       4        170\n", "min-count block 2:25; min-count block 3:25; min-count block 4:25");
	judged("of few persons", "a.txt",
		"      Source |       SS           df       MS      Number of obs   =        10\n"
		"-------------+----------------------------------   F(2, 7)         =     69.75\n"
		"       Model |   1619.2877         2  809.643849   Prob > F        =    0.0000\n"
		"    Residual |  824.171761         7  117.738823   R-squared       =    0.6627\n"
		"-------------+----------------------------------   Adj R-squared   =    0.5663\n"
		"       Total |  2443.45946         9  271.495495   Root MSE        =    10.851\n", "degrees-of-freedom block 2:1; degrees-of-freedom block 4:36");
}

static void life_tables(void)
{
	judged("small steps", "a.csv", "time,n.risk,n.event,n.censor,survival\n1,100,12,3,0.88\n2,85,2,1,0.86\n3,82,20,2,0.65\n",
		"min-count block 2:4; min-count block 3:3; min-count block 3:4; min-count block 4:4; survival block 3:3");
	judged("steps of enough", "a.csv", "time,n.risk,n.event,survival\n1,100,12,0.88\n2,80,12,0.75\n3,60,20,0.55\n", "");
	judged("losses that only those at risk show", "a.csv", "time,n.risk,n.event,survival\n0,100,0,1.00\n1,95,12,0.88\n2,70,20,0.55\n",
		"survival block 2:3");
	judged("few at the end", "a.csv", "time,n.risk,n.event,survival\n1,100,12,0.88\n2,80,75,0.15\n3,5,0,0.15\n",
		"min-count block 4:2; zero-count review 4:3; survival block 4:2");
	judged("as R prints it", "a.txt",
		"                sex=1 \n time n.risk n.event survival std.err\n  180    103      36    0.740  0.0373\n  365     35      12    0.341  0.0462\n\n"
		"                sex=2 \n time n.risk n.event survival std.err\n  180     70      26    0.777  0.0442\n  365     30       3    0.513  0.0600\n",
		"min-count block 9:20; survival block 9:20");
	judged("those at risk alone", "a.csv", "time,n.risk,estimate,conf.low,conf.high\n"
		"0,312,1,0.97,1\n30,311,0.997,0.967,1\n60,310,0.994,0.964,1\n90,309,0.99,0.96,1\n120,308,0.987,0.957,1\n"
		"150,307,0.984,0.954,1\n180,306,0.981,0.951,1\n210,305,0.978,0.948,1\n240,304,0.974,0.944,1\n"
		"270,303,0.971,0.941,1\n300,302,0.968,0.938,0.998\n330,301,0.965,0.935,0.995\n360,300,0.962,0.932,0.992\n"
		"390,299,0.958,0.928,0.988\n420,298,0.955,0.925,0.985\n450,297,0.952,0.922,0.982\n"
		"480,296,0.949,0.919,0.979\n510,295,0.946,0.916,0.976\n540,294,0.942,0.912,0.972\n"
		"570,293,0.939,0.909,0.969\n600,292,0.936,0.906,0.966\n630,291,0.933,0.903,0.963\n"
		"660,290,0.929,0.899,0.959\n690,289,0.926,0.896,0.956\n",
		"survival block 2:2");
	judged("their twin", "a.csv", "time,n.risk,estimate,conf.low,conf.high\n"
		"0,500,1,0.97,1\n30,488,0.976,0.946,1\n60,476,0.952,0.922,0.982\n90,464,0.928,0.898,0.958\n"
		"120,452,0.904,0.874,0.934\n150,440,0.88,0.85,0.91\n180,428,0.856,0.826,0.886\n"
		"210,416,0.832,0.802,0.862\n240,404,0.808,0.778,0.838\n270,392,0.784,0.754,0.814\n"
		"300,380,0.76,0.73,0.79\n330,368,0.736,0.706,0.766\n360,356,0.712,0.682,0.742\n"
		"390,344,0.688,0.658,0.718\n420,332,0.664,0.634,0.694\n450,320,0.64,0.61,0.67\n"
		"480,308,0.616,0.586,0.646\n510,296,0.592,0.562,0.622\n540,284,0.568,0.538,0.598\n"
		"570,272,0.544,0.514,0.574\n600,260,0.52,0.49,0.55\n630,248,0.496,0.466,0.526\n"
		"660,236,0.472,0.442,0.502\n690,224,0.448,0.418,0.478\n", "");
	judged("fixed times, as are asked for", "a.csv", "year,at_risk,survival,ci\n1,312,0.98,0.97-0.99\n2,305,0.96,0.93-0.99\n3,250,0.8,0.7-0.9\n", "");
	judged("who is at risk in each year", "a.csv", "year,n_at_risk,rate\n2019,10340,1.2\n2020,10335,1.3\n2021,10210,1.1\n", "");
	judged("and in each visit", "a.csv", "visit,n_at_risk,rate\n1,340,1.2\n2,345,1.3\n3,341,1.1\n", "");
}

/* Estimates at a hundred times, as survfit and tidy() have them. */
static void curve(void)
{
	char text[8192];
	unsigned i, k;

	for (k = 0; k < 2; k++) {
		strcpy(text, "time,estimate,conf.low,conf.high\n");
		for (i = 0; i < 100; i++)
			snprintf(text + strlen(text), 48, "%u,0.%u,0.%u,0.%u\n", i * 3, (k ? 100 + i * 37 % 100 : 999 - i * 4), 400 + i, 990 - i);
		judged(k ? "what goes up and down" : "a curve that falls", "a.csv", text, k ? "" : "survival review 2:1");
	}
}

static void persons(void)
{
	char text[4096] = "sex,status,region,age\n", dates[4096] = "visit date,bmi\n", series[4096] = "date,cases\n";
	int i;

	for (i = 0; i < 40; i++) {
		snprintf(text + strlen(text), 40, "%s,%d,%s,%d\n", i % 2 ? "f" : "m", i % 3, i % 5 ? "north" : "south", 30 + i * 7 % 50);
		snprintf(dates + strlen(dates), 40, "2024-%02d-%02d,22.%d\n", 1 + i % 12, 1 + i * 5 % 27, i);
		snprintf(series + strlen(series), 40, "2024-%02d-%02d,%d\n", 1 + i / 28, 1 + i % 28, 20 + i);
	}
	judged("records", "a.csv", text, "microdata block 2:1");
	judged("dates of visits", "a.csv", dates, "microdata block 1:1");
	judged("counts by day", "a.csv", series, "");
	judged("coordinates", "a.csv", "lat,lon\n60.17012,24.93812\n60.27012,24.83812\n60.37012,24.73812\n60.47012,24.63812\n60.57012,24.53812\n",
		"microdata block 1:1; microdata block 1:2");
	judged("coarse ones", "a.csv", "lat,lon,n\n60.2,24.9,200\n60.3,24.8,300\n", "");
	judged("a postcode", "a.csv", "postcode,n\n00100,50\n", "microdata block 1:1");
	judged("births", "a.csv", "birth,x\n1950-01-02,a\n1951-01-02,b\n1952-01-02,b\n1953-01-02,b\n1954-01-02,b\n1955-01-02,b\n",
		"microdata block 1:1");
}

static void texts(void)
{
	judged("Markdown", "a.md", "# Result\n\n| sex | n |\n|:----|--:|\n| f | 4 |\n| m | 30 |\n", "min-count block 5:7");
	judged("its twin", "a.md", "# Result\n\n| sex | n |\n|:----|--:|\n| f | 44 |\n| m | 40 |\n", "");
	judged("without outer pipes, in bold", "a.md", "sex | n\n--- | ---\nf | **4**\nm | 30\n", "min-count block 3:7");
	judged("a command with a pipe", "a.md", "cat 4 | sort\nls 5 | wc\n", "");
	judged("aligned", "a.txt", "sex        n\nfemale     4\nmale      30\n", "min-count block 2:12");
	judged("its twin", "a.txt", "sex        n\nfemale    44\nmale      40\n", "");
	judged("R's table", "a.txt", "        arm\nsex       A  B\n  female 12  3\n  male   40 51\n", "min-count block 3:14; group-disclosure review 4:13");
	judged("its twin", "a.txt", "        arm\nsex       A  B\n  female 12 13\n  male   40 51\n", "");
	judged("levels 0 and 1 are no counts", "a.txt", "        \n          0   1\n  female 12  30\n  male   35  40\n", "");
	judged("R's data frame", "a.txt",
		"      rx             trt  n\n     Obs D-penicillamine 50\n     Lev D-penicillamine 54\n     Obs         placebo 51\n     Lev         placebo  8\n",
		"min-count block 5:27");
	judged("its twin", "a.txt",
		"      rx             trt  n\n     Obs D-penicillamine 50\n     Lev D-penicillamine 54\n     Obs         placebo 51\n     Lev         placebo 46\n",
		"");
	judged("Stata", "a.log",
		"        sex |      Freq.     Percent        Cum.\n------------+-----------------------------------\n"
		"     female |          4       10.00       10.00\n       male |         36       90.00      100.00\n"
		"------------+-----------------------------------\n      Total |         40      100.00\n",
		"min-count block 3:24; group-disclosure review 4:23; differencing block 4:23");
	judged("words", "a.txt", "n= 7, number of events= 43\n", "min-count block 1:1");
	judged("its twin", "a.txt", "n= 77, number of events= 43\n", "");
	judged("observations left out", "a.txt", "  (3 observations deleted due to missingness)\n", "min-count review 1:1");
	judged("its twin", "a.txt", "  (31 observations deleted due to missingness)\n", "");
	judged("a numbered list", "a.md", "The articles:\n1. One of them\n2. Another one\n3. A third\n", "");
	judged("one number below another line", "a.log", "In coxph.fit(X, Y) :\n  Loglik converged before variable  4 ; see there\n", "");
	judged("a row of two numbers", "a.txt", "Ever  Never\n   3    400\n", "min-count review 2:4");
	judged("means below counts", "a.csv", "level,men,women\nn,138,90\nmean (SD),11.2 (13.0),7.8 (13.2)\nyes,26 (18.8%),37 (41.1%)\n", "");
	judged("a share below counts", "a.csv", "level,men,women\nn,138,90\nmean (SD),11.2 (13.0),7.8 (13.2)\nyes,26 (18.8%),7 (7.8%)\n",
		"min-count block 4:3; group-disclosure review 2:3");
	judged("rows told apart by a parameter", "a.csv", "delta,n_per_arm\n0.4,133\n1.0,23\n1.2,16\n", "differencing review 3:2");
	judged("two with the same labels", "a.csv", "arm,n\nA,133\nB,23\nB,16\n", "differencing block 3:2");
	judged("prose with numbers", "a.txt", "We used 3 models in 2024.\nOf these 2 converged in 7 steps.\nSee table 4 for more.\n", "");
	judged("a log", "a.log", "2024-01-15 12:30:45 INFO step 3 of 9\n2024-01-15 12:30:46 INFO step 4 of 9\niteration: 5\n", "");
}

/* n rows of a table, each first[i % firsts] and row, in which # is a number of two digits and @ of one; in no order. */
static void rows_of(char *text, size_t room, const char *header, const char *const *first, size_t firsts, size_t n, const char *row)
{
	size_t at = (size_t)snprintf(text, room, "%s", header), i;
	const char *p;

	for (i = 0; i < n && at + 100 < room; i++) {
		at += (size_t)snprintf(text + at, room - at, "%s", first[i % firsts]);
		for (p = row; *p; p++) {
			if (*p == '#')
				at += (size_t)snprintf(text + at, room - at, "%d", (int)(30 + i * 37 % 51));
			else if (*p == '@')
				at += (size_t)snprintf(text + at, room - at, "%d", (int)(i * 7 % 10));
			else
				text[at++] = *p;
		}
		text[at++] = '\n';
		text[at] = '\0';
	}
}

/* A table names each row once; what persons have comes again and again, in no order. */
static void lists_of_persons(void)
{
	static const char *const none[] = { "" }, *const two[] = { "A,", "B,", "B," },
				 *const codes[] = { "I10", "E11", "J45", "I10", "C50", "F32", "E11" };
	char text[8192];

	rows_of(text, sizeof(text), "bmi\n", none, 1, 40, "#.@");
	judged("a column of what each has", "a.csv", text, "microdata review 2:1");
	rows_of(text, sizeof(text), "bmi\n", none, 1, 150, "#.@");
	judged("a long one", "a.csv", text, "microdata block 2:1");
	rows_of(text, sizeof(text), "sbp\n", none, 1, 60, "1#");
	judged("of whole numbers", "a.csv", text, "microdata review 2:1");
	rows_of(text, sizeof(text), "", none, 1, 60, "1#");
	judged("without a header", "a.csv", text, "min-count review 1:1; microdata review 2:1");
	rows_of(text, sizeof(text), "code\n", codes, 7, 40, "");
	judged("of diagnoses", "a.csv", text, "microdata review 2:1");
	rows_of(text, sizeof(text), "group,age,bmi\n", two, 3, 12, "#,2@.5");
	judged("few rows, told apart by nothing", "a.csv", text, "microdata review 2:2");
	rows_of(text, sizeof(text), "group,sbp\n", two, 3, 40, "1#");
	judged("groups that each have many values", "a.csv", text, "microdata review 2:2");
	judged("pairs of a group and an age, in order", "a.csv", "group,age\nA,20\nB,21\nA,22\nB,23\nA,25\nB,26\nA,27\nB,28\nA,29\nB,31\nA,33\nB,34\n"
		"A,35\nB,36\nA,37\nB,38\nA,39\nB,40\nA,41\nB,42\nA,43\nB,44\n", "microdata review 2:2");
	judged("few of them", "a.csv", "group,age\nA,20\nB,21\nA,22\nB,23\nA,25\nB,26\nA,27\nB,28\nA,29\nB,31\nA,33\n", "microdata review 2:2");
	judged("a curve in each group", "a.csv", "group,x,y\nA,0.1,0.21\nA,0.2,0.33\nA,0.4,0.52\nA,0.8,0.61\nA,1.6,0.72\nB,0.1,0.11\nB,0.2,0.23\nB,0.4,0.42\n"
		"B,0.8,0.51\nB,1.6,0.62\nC,0.1,0.11\nC,0.2,0.21\nC,0.4,0.31\nC,0.8,0.33\nC,1.6,0.41\n", "");
	judged("a label for each row", "a.csv", "marker,level\nHb,141.5\nCRP,3.2\nLDL,2.9\nHDL,1.4\nTSH,2.2\nALT,31.5\nALP,71.5\nGGT,30.1\nK,4.1\nNa,140.5\n"
		"Ca,2.3\nFe,18.2\n", "");
	judged("groups with counts", "a.csv", "group,age,n\nA,41,120\nB,37,140\nA,52,122\nB,44,133\nA,61,150\nB,39,124\nA,70,131\nB,66,127\nA,33,142\n"
		"B,58,136\nA,47,141\n", "");
	judged("ages of them, in a text", "a.txt", "Ages of participants:\n61, 48, 77, 52, 66, 81\n80, 47, 66, 57, 62, 53\n58, 69, 75, 60, 49, 78\n67, 82, 44, 59, 70, 76\n57, 49, 75, 62, 43, 41\n",
		"microdata review 2:1");
	judged("in a sentence", "a.txt", "They were 61, 48, 77, 52, 66, 81, 43, 58, 69, 75, 60, 49, 78, 53, 67, 82, 44, 59, 70, 76, 61, 50, 72.\n",
		"microdata review 1:1");
	judged("the years of a study, in a sentence", "a.txt", "We read 1999, 2000, 2001, 2002, 2003, 2004, 2005, 2006, 2007, 2008, 2009, 2010, 2011, 2012, "
		"2013, 2014, 2015, 2016, 2017, 2018, 2019, 2020, 2021.\n", "");
	judged("a line for each", "a.md", "- male, 61 years\n- female, 48 years\n- male, 77 years\n- female, 52 years\n- male, 70 years\n", "microdata review 1:1");
	judged("a line for each band", "a.md", "- male, 18-29 years\n- female, 18-29 years\n- male, 30-44 years\n- female, 30-44 years\n- male, 45-64 years\n", "");
	judged("a line for each mean", "a.md", "- male: mean 61 years\n- female: mean 48 years\n- male, smokers: mean 66 years\n- female, smokers: mean 51 years\n"
		"- male, others: mean 60 years\n", "");
}

/* Words of estimates that are what was measured too. */
static void measurements(void)
{
	static const char *const names[] = { "heart_rate", "weight", "pain_score", "body_mass_index", "hba1c_percent", "mean_arterial_pressure", "lvef_pct",
		"survival_days", "creatinine" };
	static const char *const labels[] = { "M,1950,E11,", "F,1961,I21,", "M,1950,C34,", "F,1972,E11,", "F,1950,I50,", "M,1983,I21,", "M,1961,E11," };
	static const char *const two[] = { "A,", "B,", "B," };
	char text[16384], header[100];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(header, sizeof(header), "sex,birth_year,diagnosis,%s\n", names[i]);
		rows_of(text, sizeof(text), header, labels, 7, 150, "1#.@");
		judged(names[i], "a.csv", text, "microdata block 2:4");
	}
	rows_of(text, sizeof(text), "arm,test,value\n", two, 3, 150, "Hb,1#.@");
	judged("one test a row", "a.csv", text, "microdata block 2:3");
	rows_of(text, sizeof(text), "sex,birth_year,diagnosis,estimate,se\n", labels, 7, 150, "1#.@,2.@");
	judged("estimates with their errors", "a.csv", text, "");
	rows_of(text, sizeof(text), "sex,birth_year,diagnosis,fold,auc\n", labels, 7, 150, "#,0.@");
	judged("steps of a computation", "a.csv", text, "");
	strcpy(text, "sex,age_group,region,rate\n");
	for (i = 0; i < 60; i++)
		snprintf(text + strlen(text), 40, "%s,%zu0-%zu9,R%zu,%zu.%zu\n", i % 2 ? "M" : "F", 2 + i / 2 % 6, 2 + i / 2 % 6, i / 12, i * 7 % 13, i * 3 % 10);
	judged("a rate for each group", "a.csv", text, "");
}

/* df.T of 40 persons */
static void across(void)
{
	static const char *const names[] = { "", "X", "V", "p_" };
	static const char *const sexes[] = { "M", "F", "F" }, *const codes[] = { "E11", "I21", "C34", "I50" };
	char text[8192];
	size_t i, k;

	for (k = 0; k < 4; k++) {
		strcpy(text, "variable");
		for (i = 0; i < 40; i++)
			snprintf(text + strlen(text), 16, ",%s%zu", names[k], i + (k > 1));
		strcat(text, "\nage");
		for (i = 0; i < 40; i++)
			snprintf(text + strlen(text), 16, ",%zu", 30 + i * 37 % 51);
		strcat(text, "\nsex");
		for (i = 0; i < 40; i++)
			snprintf(text + strlen(text), 16, ",%s", sexes[i % 3]);
		strcat(text, "\ndiagnosis");
		for (i = 0; i < 40; i++)
			snprintf(text + strlen(text), 16, ",%s", codes[i * 7 % 4]);
		strcat(text, "\ncreatinine");
		for (i = 0; i < 40; i++)
			snprintf(text + strlen(text), 16, ",%zu", 50 + i * 53 % 97);
		strcat(text, "\n");
		judged("a column for each person", "a.csv", text, "microdata block 2:2");
	}
	strcpy(text, "measure,1,2,3,4,5,6,7,8,9,10,11,12\nrate");
	for (i = 0; i < 12; i++)
		snprintf(text + strlen(text), 16, ",%zu.5", 20 + i);
	strcat(text, "\ninterval");
	for (i = 0; i < 12; i++)
		snprintf(text + strlen(text), 24, ",%zu.1-%zu.2", 19 + i, 22 + i);
	strcat(text, "\n");
	judged("months", "a.csv", text, "");
}

#define SECTION(name, yes, no) name ",\nYes," yes "\nNo," no "\n"

static void sections(void)
{
	judged("below sections", "a.csv", "Characteristic,Percent\n" SECTION("Smoking", "24.7", "75.3") SECTION("Diabetes", "22.1", "77.9")
		SECTION("Hypertension", "27.9", "72.1") SECTION("Statin use", "23.1", "76.9") SECTION("Prior MI", "21.3", "78.7")
		SECTION("Cancer", "28.0", "72.0") SECTION("T2D", "38.4", "61.6") SECTION("Depression", "36.0", "64.0"), "");
	judged("of persons", "a.csv", "Characteristic,Percent\n" SECTION("No 1", "24.7", "75.3") SECTION("No 2", "22.1", "77.9")
		SECTION("No 3", "27.9", "72.1") SECTION("No 4", "23.1", "76.9") SECTION("No 5", "21.3", "78.7")
		SECTION("No 6", "28.0", "72.0") SECTION("No 7", "38.4", "61.6") SECTION("No 8", "36.0", "64.0"), "microdata review 2:2");
	judged("one twice", "a.csv", "Characteristic,Percent\n" SECTION("Smoking", "24.7", "75.3") SECTION("Diabetes", "22.1", "77.9")
		SECTION("Smoking", "27.9", "72.1") SECTION("Statin use", "23.1", "76.9") SECTION("Prior MI", "21.3", "78.7")
		SECTION("Cancer", "28.0", "72.0") SECTION("COPD", "38.4", "61.6") SECTION("Depression", "36.0", "64.0"), "microdata review 2:2");
}

/* "Patient id: 48213" */
static void fields(void)
{
	judged("one person", "a.txt", "Patient id: 48213\nName: Matti Virtanen\nDate of birth: 1952-10-13\nAddress: Mannerheimintie 12 A 4, 00100 Helsinki\n"
		"Diagnosis: C34.1\nDate of death: 2019-05-03\n",
		"microdata block 1:1; microdata review 2:1; microdata block 3:1; microdata review 4:1; microdata review 6:1");
	judged("in two columns", "a.csv", "field,value\npatient_id,48213\nname,Matti Virtanen\ndate_of_birth,1952-10-13\naddress,Mannerheimintie 12 A 4\n"
		"diagnosis,C34.1\n", "microdata block 2:2; microdata review 3:2; microdata block 4:2; microdata review 5:2");
	judged("a birth", "a.txt", "Date of birth: 1952-10-13\n", "microdata block 1:1");
	judged("in a sentence", "a.md", "The patient, born on 13.10.1952, came in March.\n", "microdata block 1:1");
	judged("in Finnish", "a.txt", "Potilas on syntynyt 13.10.1952.\n", "microdata block 1:1");
	judged("patients by their numbers", "a.log", "Removed patient 48213 as an outlier\n", "microdata review 1:1");
	judged("with a sign", "a.log", "kept patient_id=48213, twice\n", "microdata block 1:1");
	judged("a dictionary", "a.md", "- patient_id: pseudonym, int64\n- date of birth: a date\n- name: text of 40 letters\n- address: street and house\n"
		"- Sukunimi: teksti\n", "");
	judged("in two columns", "a.csv", "variable,label,missing\npatient_id,int64,1840\ndate_of_birth,a date,12\nname,Full Name,14\n", "");
	judged("what is missing", "a.csv", "variable,missing\npatient_id,1840\ndate_of_birth,2210\n", "");
	judged("a study's number", "a.txt", "Study ID: NCT01234567\n\npseudonym: sha256\n\nstudy_id: EU-2023-014\n\nstudy id: 2023-0142\n",
		"microdata review 5:1; microdata review 7:1");
	judged("a person's still", "a.txt", "Patient ID: NCT0123456\n\npatient_id: sha48213a\n", "microdata block 1:1; microdata block 3:1");
	judged("what each costs", "a.txt", "Mean cost per patient 12345 EUR\n\nper patient 15000\n\nThe patient 15000 euros were for\n", "");
	judged("a patient still", "a.txt", "The patient 15000 went home\n\nstepper patient 15000\n", "microdata review 1:1; microdata review 3:1");
	judged("how many patients", "a.csv", "Characteristic,Overall\nAge mean (SD),54.2 (10.1)\nPatient,1000\nSites,all\n", "");
	judged("which patient", "a.csv", "Characteristic,Value\nAge mean (SD),54.2 (10.1)\nPatient,1000\nSites,all\n", "microdata review 3:2");
	judged("groups by birth", "a.txt", "children born 2010-01-01 to 2015-12-31\n\nBorn 1952-10-13 to 1960-01-01: 1200\n\nf\xc3\xb8" "dt 01.01.1990 eller senere\n\n"
		"syntynyt 1.1.2000 tai my\xc3\xb6" "hemmin\n\nf\xc3\xb6" "dd 2000-01-01 eller senare\n\ndate of birth 1950-01-01 to 1999-12-31\n", "");
	judged("in a table", "a.csv", "cohort,n\n\"born 2000-01-01 to 2009-12-31\",12000\n\"born 2010-01-01 to 2019-12-31\",11000\n", "");
	judged("two dates", "a.txt", "birthdate: 1900-01-01, 2099-12-31\n\nborn 13.10.1952 - 2.3.2020\n\nborn 13.10.1952 and 14.10.1952\n",
		"microdata review 1:1; microdata review 3:1; microdata review 5:1");
	judged("one person's", "a.txt", "born 13.10.1952 to parents of two\n\nborn 13.10.1952, later moved\n\nborn 13.10.1952 and died at home\n\nborn 13.10.1952\n",
		"microdata block 1:1; microdata block 3:1; microdata block 5:1; microdata block 7:1");
	judged("numbers of persons", "a.txt", "Unique patientid: 48213\n\ndistinct lopnr = 10234\n\nmissing pnr: 120\n\nLinked persons, personid: 1204567\n"
		"\nlopnr: 123456 distinct\n", "microdata review 1:1; microdata review 3:1; microdata review 5:1; microdata review 7:1");
	judged("a key beside a number", "a.txt", "Unique patient_id: P-48213\n\n{'n': 30, 'patient_id': 48213, 'age': 90}\n", "microdata block 1:1; microdata block 3:1");
	judged("in two columns", "a.csv", "variable,distinct,comment\npatient_id,48213,\nsex,2 levels,\n", "microdata review 2:2");
	judged("other words", "a.txt", "Cohort of patients born 1950 to 1959: 48213\nPatients: 48213\ndone, pid 48213\nName: lifelines\nName: estimate, dtype: float64\n"
		"File name: Final Table\nWe read 48213 rows of patient 2024 data.\nIP address: none\nStart date: 2019-05-03\n", "");
}

/* A paragraph is one line in many texts, as long as it likes. */
static void long_lines(void)
{
	char text[12000];
	size_t at = 0;

	while (at + 20 < 9000)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "as we said above, ");
	snprintf(text + at, sizeof(text) - at, "3 of the 41 patients died.\n");
	judged("a small count at the end of a long paragraph", "a.md", text, "min-count block 1:8983");
	snprintf(text + at, sizeof(text) - at, "310 of the 410 patients lived.\n");
	judged("its twin", "a.md", text, "");
}

static void long_tables_end(void)
{
	char text[200] = "sex,n\nf,20\nm,30\nx,4\ny,131052-308T\n";

	judge_policy.max_rows = 2;
	judged("rows beyond the policy's are only counted", "a.csv", text, "size block 0:0; microdata block 0:0");
	judge_policy.max_rows = 5000;
	judged("else they are read", "a.csv", text, "min-count block 4:2");
}

static void no_numbers_in_words(void)
{
	struct policy_file f = { .name = "a.csv" };
	struct policy_result result = { 0 };
	char got[2048], *record;

	f.bytes = "sex,n\nf,7\nm,8123\n";
	f.len = strlen(f.bytes);
	judge_file(&f, "", &result, got, sizeof(got));
	record = json_dumps(json_object_get(result.record, "checks"), 0);
	ok(!strstr(record, " 7 ") && !strstr(record, "8123"), "no count of the table is in its findings");
	free(record);
	policy_result_free(&result);
}

static void advises(const char *what, const char *name, const char *bytes, bool first)
{
	struct policy_file f = { .name = name, .bytes = bytes, .len = strlen(bytes) };
	struct policy_result result = { 0 };
	struct spe_error e;
	json_t *check;
	size_t i, seen = 0;

	if (policy_check(&judge_policy, &f, &result, &e) == 0)
		json_array_foreach(json_object_get(result.record, "checks"), i, check)
		{
			const char *fix = json_string_value(json_object_get(check, "fix"));

			if (strcmp(json_string_value(json_object_get(check, "id")), "file-type") != 0 || !fix)
				continue;
			seen++;
			ok((strstr(fix, "write.table()") != NULL) == first, what);
		}
	is_int((long long)seen, 1, "and nothing else of its form");
	policy_result_free(&result);
}

/* What write.table() of R writes unless it is told otherwise. */
static void names_of_rows(void)
{
	advises("a header that lacks the name of the names of rows", "a.csv", "\"sex\",\"n\"\n\"1\",\"f\",41\n\"2\",\"m\",52\n", true);
	advises("with tabs", "a.tsv", "sex\tn\n1\tf\t41\n", true);
	advises("a record that is shorter", "a.csv", "sex,n\nf\n", false);
	advises("one that is two longer", "a.csv", "sex,n\n1,f,41,2\n", false);
	advises("one further down", "a.csv", "sex,n\nf,41\n2,m,52\n", false);
}

int main(void)
{
	headers();
	names_of_groups();
	counts_of_things();
	totals();
	counts_in_words_and_cells();
	without_names();
	rounding();
	percentages();
	groups();
	dominance_vectors();
	protection_levels();
	magnitudes();
	extremes();
	models();
	life_tables();
	curve();
	persons();
	texts();
	lists_of_persons();
	measurements();
	across();
	sections();
	fields();
	long_lines();
	long_tables_end();
	no_numbers_in_words();
	short_of_memory();
	names_of_rows();
	return tap_end();
}
