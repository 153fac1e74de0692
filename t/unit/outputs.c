/* t/unit/outputs.c - every type of output and every formula that the rules on tables are made of: for each what must be
 * found, and a near twin in which nothing is. Where a row of the sources is tested elsewhere, that place is named.
 *
 *   output types
 *     frequency table            here; t/unit/table.c counts_in_words_and_cells, groups
 *     percentages, rates         here; table.c percentages
 *     magnitude, sum, mean       here; table.c magnitudes
 *     minimum, maximum, range    here; table.c extremes
 *     percentile, median         here; table.c extremes
 *     mode, spread               here
 *     histogram, box plot        here
 *     one mark per person        here (values); t/unit/formats.c (vector pictures)
 *     correlation, regression    table.c models; here: saturated, nested, few degrees of freedom
 *     ratios, clusters, ROC      here
 *     Kaplan-Meier, life table   here; table.c life_tables
 *     models as files            t/unit/formats.c, types that do not leave
 *     unit-level rows            here; table.c persons; t/unit/policy.c microdata, rows
 *   sensitivity of a magnitude   table.c dominance_vectors; here: suppressed sums together
 *   group disclosure             here; table.c groups
 *   audit of suppressed tables   t/unit/margins.c; here: in JSON, under headings
 *   differencing                 t/unit/difference.c; here: within a table of characteristics, tables that cross
 *   rounding and redaction       here; table.c rounding
 *   national rules               here: thresholds of 3, 5, 8 and 10, zeros that block
 */
#include "t/unit/judge.h"

/* Among what is found. */
static void has(const char *what, const char *bytes, const char *want)
{
	struct policy_file f = { .name = "a.log", .bytes = bytes, .len = strlen(bytes) };
	struct policy_result result = { 0 };
	char got[8192];

	judge_file(&f, TABLE_RULES, &result, got, sizeof(got));
	has_str(got, want, what);
	policy_result_free(&result);
}

static void frequency_tables(void)
{
	judged("Obs is an arm where others are larger", "a.csv", "sex,Obs,Lev,Lev+5FU\nf,149,153,163\nm,166,177,171\n", "");
	judged("and a number of observations where none is", "a.csv", "sex,obs,n_events\nf,149,143\nm,166,97\n", "differencing block 2:3");
	judged("a cell of three in a table that adds up", "a.tsv", "state\tAlive\tDead\tTotal\nA\t64\t96\t160\nB\t107\t142\t249\nC\t3\t48\t51\n",
		"min-count block 4:2; group-disclosure review 4:3; differencing block 4:3");
	judged("its twin", "a.tsv", "state\tAlive\tDead\tTotal\nA\t64\t96\t160\nB\t107\t142\t249\nC\t23\t28\t51\n", "");
	judged("sums of money add up too", "a.csv", "region,drugs_eur,visits_eur,total\na,64,96,160\nb,107,142,249\nc,3,48,51\n",
		"min-count review 4:2; differencing review 4:3");
	judged("missing as a category", "a.csv", "smoker,n\nyes,140\nno,250\nmissing,4\n", "min-count block 4:2");
	judged("a list of levels under headings", "a.csv",
		"Characteristic,\"A (N=200)\",\"B (N=210)\"\nascites,,\n  No,144 (72.0),161 (76.7)\n  Yes,56 (28.0),49 (23.3)\nspiders,,\n"
		"  No,140 (70.0),160 (76.2)\n  Yes,60 (30.0),50 (23.8)\n\"nodes, median [IQR]\",2.0 [1.0-5.0],3.0 [1.0-4.0]\n", "");
	judged("few under one of them", "a.csv",
		"Characteristic,\"A (N=200)\",\"B (N=210)\"\nascites,,\n  No,144 (72.0),161 (76.7)\n  Yes,56 (28.0),49 (23.3)\nspiders,,\n"
		"  No,140 (70.0),203 (96.7)\n  Yes,60 (30.0),7 (3.3)\n",
		"min-count block 7:3; group-disclosure review 6:3; differencing block 6:3");
	judged("a share with a decimal comma", "a.csv", "x;A (N=1204)\nDiabetes, n (%);7 (0,6)\nIk\xc3\xa4, ka (kh);61,2 (9,8)\n", "min-count block 2:2");
	judged("a share that only its group's N tells", "a.csv", "x,A (N=1204)\ndiabetes,7 (0.6)\nold,210 (17.4)\n", "min-count block 2:2");
	judged("a mean and its deviation are none", "a.csv", "x,A (N=1204)\nnodes,7 (2.6)\nold,210 (17.4)\n", "");
	judged("nor where nobody says N", "a.csv", "x,A,B\nage,61 (9.8),60 (9.1)\nnodes,7 (2.6),6 (2.5)\n", "");
	judged("shares that agree on an N that nobody says", "a.csv", "x,A,B\nfemale,149 (47.3),133 (42.9)\nmale,166 (52.7),177 (57.1)\ndiabetic,63 (20.0),9 (2.9)\n",
		"min-count block 4:3");
	judged("whatever the groups are called: a drug", "a.csv", "x,Drug A (N=98),Drug B (N=102)\nI,35 (36%),33 (32%)\nII,4 (4.1%),36 (35%)\nIII,59 (60%),33 (32%)\n", "min-count block 3:2; group-disclosure review 3:3");
	judged("a dose, a week, a quartile, an age", "a.csv", "x,Dose 10,Week 4 (N=98),Q1 (N=98),Age <65\nI,35 (36%),35 (36%),35 (36%),35 (36%)\nII,4 (4.1%),3 (3.1%),2 (2.0%),1 (1.0%)\nIII,59 (60%),60 (61%),61 (62%),62 (63%)\n",
		"min-count block 3:2; min-count block 3:3; min-count block 3:4; min-count block 3:5");
	judged("a word for a statistic, where all are shares of one number", "a.csv", "x,High BMI,Mean dose\nI,35 (35.7%),35 (35.7%)\nII,4 (4.1%),3 (3.1%)\nIII,59 (60.2%),60 (61.2%)\n",
		"min-count block 3:2; min-count block 3:3");
	judged("but not where they are errors in percent", "a.csv", "parameter,Estimate (RSE%),Mean (CV%)\nCL,4 (7.2%),12 (41.0%)\nV,31 (11.0%),8 (33.0%)\n", "");
	judged("a share before its count", "a.csv", "x,\"Drug A, % (n)\",Placebo\nnever,50.3% (461),49.8% (440)\nformer,49.4% (453),30.1% (266)\ncurrent,0.3% (3),20.1% (177)\n",
		"min-count block 4:2; group-disclosure review 4:3");
	judged("its twin", "a.csv", "x,\"Drug A, % (n)\",Placebo\nnever,50.3% (461),49.8% (440)\nformer,29.4% (270),30.1% (266)\ncurrent,20.3% (186),20.1% (177)\n", "");
	judged("who is missing below a group's N, whatever the group is called", "a.csv", "x,\"Drug A, N = 905\",\"Placebo, N = 895\"\n\"Age, median (IQR)\",62 (53-69),62 (55-69)\nUnknown,4,21\n",
		"min-count review 3:2");
	judged("two lines of headers, as pandas writes them", "a.csv", ",age,age,bmi,bmi\n,count,mean,count,mean\narm,,,,\nA,905,60.96,905,26.9\nB,4,61.75,895,26.9\n",
		"min-count block 5:2");
	judged("their twin", "a.csv", ",age,age,bmi,bmi\n,count,mean,count,mean\narm,,,,\nA,905,60.96,905,26.9\nB,895,61.75,895,26.9\n", "");
	judged("a cross table that was melted", "a.csv", "Var1,Var2,value\nObs,dead,147\nObs,alive,4\nLev,dead,120\nLev,alive,44\n", "min-count review 3:3");
	judged("a life table begins without events", "a.csv", "time,n_risk,n_event,n_censor,surv\n0,1800,0,0,1\n1,1602,44,154,0.974\n2,1423,39,140,0.949\n", "");
	judged("a small number below a group's name", "a.csv", "x,\"A (N=1204)\"\nage mean,61.2\ndiabetic,7\n", "min-count review 3:2");
}

static void percentages_and_rates(void)
{
	judged("rounded counts and their shares of the group, none hidden", "a.csv",
		"sex,status,n,percent\nf,never,155,63.3\nf,former,90,36.7\nm,never,100,51.3\nm,former,75,38.5\nm,current,20,10.3\n", "");
	judged("and shares that are not of the counts shown", "a.csv",
		"sex,status,n,percent\nf,never,155,61.6\nf,former,90,36.7\nm,never,100,50.5\nm,former,75,38.5\nm,current,20,11.0\n", "percentage review 3:4");
	judged("a share in a group of which the rest is shown", "a.tsv",
		"rx\tsex\tn\tpercent\nA\tf\t149\t47.3\nB\tf\t133\t42.9\nC\tf\t163\t97.6\nA\tm\t166\t52.7\nB\tm\t177\t57.1\nC\tm\t<10\t2.4\n",
		"percentage block 7:4");
	judged("its twin", "a.tsv",
		"rx\tsex\tn\tpercent\nA\tf\t149\t47.3\nB\tf\t133\t42.9\nC\tf\t163\t53.6\nA\tm\t166\t52.7\nB\tm\t177\t57.1\nC\tm\t*\t*\n", "");
	judged("shares alone, with N in the header", "a.csv", "band,never (N=240),former (N=310),now (N=655)\n<45,0.008,0.289,0.703\n45+,0.219,0.279,0.502\n",
		"percentage block 2:2");
	judged("its twin", "a.csv", "band,never (N=240),former (N=310),now (N=655)\n<45,0.208,0.289,0.503\n45+,0.219,0.279,0.502\n", "");
	judged("the same without an N", "a.csv", "band,never,former,now\n<45,0.008,0.289,0.703\n45+,0.219,0.279,0.502\n", "");
	judged("a share under ten beside the hidden count", "a.csv", "x,A (N=304)\nold,<10 (0.7%)\nyoung,101 (33.2%)\n", "percentage block 2:2");
	judged("the same without a percent sign", "a.csv", "x;A (N=304)\nold;<10 (0,7)\nyoung;101 (33,2)\n", "percentage block 2:2");
	judged("a rate and its person-years", "a.csv", "arm,n,events,person_years,rate_per_1000_py\nA,317,<10,782,3.8\nB,329,149,1004,148.4\n",
		"percentage block 2:5");
	judged("its twin", "a.csv", "arm,n,events,person_years,rate_per_1000_py\nA,317,<10,782,<10\nB,329,149,1004,148.4\n", "");
	judged("a rate that is of something else", "a.csv", "arm,n,events,person_years,rate_per_1000_py\nA,317,<10,782,3.8\nB,329,149,1004,90.0\n", "");
	judged("a standardised rate", "a.csv", "arm,n,events,person_years,standardised_rate_per_1000\nA,317,<10,782,3.8\nB,329,149,1004,148.4\n", "");
	judged("a rate in a population", "a.csv", "kunta;v\xc3\xa4kiluku;ilmaantuvuus per 100 000\nX;40000;10,0\nY;52000;82,7\n", "percentage block 2:3");
	judged("its twin", "a.csv", "kunta;v\xc3\xa4kiluku;ilmaantuvuus per 100 000\nX;400000;10,0\nY;520000;82,7\n", "");
}

static void magnitudes(void)
{
	judged("a mean of four", "a.csv", "analyte,n,mean,sd\ncopper,4,14.1,3.2\nzinc,52,13.8,3.1\n", "min-count block 2:2");
	judged("its twin", "a.csv", "analyte,n,mean,sd\ncopper,44,14.1,3.2\nzinc,52,13.8,3.1\n", "");
	judged("suppressed sums that one makes together", "a.csv",
		"region,n,sum,largest,second\na,40,*,9000,100\nb,50,*,50,40\nc,60,20000,500,400\ntotal,150,29500,9000,500\n",
		"dominance block 2:3");
	judged("one suppressed sum that its total gives, and one makes", "a.csv",
		"region,n,sum,largest,second\na,40,*,9000,100\nb,50,20000,500,400\ntotal,90,29300,9000,500\n", "dominance block 2:3");
	judged("its twin, that many make", "a.csv", "region,n,sum,largest,second\na,40,*,900,800\nb,50,20000,500,400\ntotal,90,29300,900,800\n", "");
	judged("its twin", "a.csv", "region,n,sum,largest,second\na,40,*,900,800\nb,50,*,850,840\nc,60,20000,500,400\ntotal,150,29500,900,850\n", "");
	judged("an index of concentration over few", "a.csv", "region,n,hhi\na,6,0.31\nb,40,0.11\n", "min-count block 2:2");
}

static void extremes(void)
{
	judged("smallest and largest by name", "a.csv", "decile,persons,mean_income,min_income,max_income\n1,481,14000,5130,9817\n2,481,19000,10260,19634\n",
		"extreme-value review 2:4");
	judged("its twin", "a.csv", "decile,persons,mean_income,p10_income,p90_income\n1,481,14000,5130,9817\n2,481,19000,10260,19634\n", "");
	judged("what a program is set to", "a.csv", "model,max_depth,max_iter,auc\na,4,100,0.71\nb,6,200,0.72\n", "min-count review 2:2");
	judged("a range of ages", "a.md", "| x | A (N=315) |\n|---|---|\n| age, range (min-max) | 18-85 |\n", "extreme-value review 3:26");
	judged("over ninety", "a.md", "| x | A (N=315) |\n|---|---|\n| age, range (min-max) | 18-97 |\n", "extreme-value block 3:26");
	judged("median and range", "a.csv", "x,A (N=315)\n\"age, median (range)\",61 (18-97)\n\"bmi, median (range)\",26 (17-44)\n",
		"extreme-value block 2:2; extreme-value review 3:2");
	judged("median and quartiles", "a.csv", "x,A (N=315)\n\"age, median (IQR)\",61 (48-71)\n", "");
	judged("an age group is no range", "a.csv", "age_range,n\n18-44,120\n45-97,130\n", "");
	judged("a table of ages by its name", "out/age-quantiles.csv", "cohort,n,p10,median,p90,max\na,929,43,61,74,97\n", "extreme-value block 2:6");
	judged("of something else", "out/bmi-quantiles.csv", "cohort,n,p10,median,p90,max\na,929,23,31,44,97\n", "extreme-value review 2:6");
	judged("the oldest, as pandas describes", "a.csv", ",age,bmi\ncount,600,600\nmean,55.1,26.0\nmax,101,44.5\n",
		"extreme-value block 4:2; extreme-value review 4:3");
	judged("the 99th percentile of few", "a.csv", "x,n,p99\nage,929,81\nbmi,1370,41.5\n", "extreme-value block 2:3");
	judged("a median of nine", "a.csv", "x,n,median_age\na,9,61\nb,40,62\n", "min-count block 2:2; extreme-value block 2:3");
	judged("its twin", "a.csv", "x,n,median_age\na,19,61\nb,40,62\n", "");
	judged("whiskers of a box plot", "a.csv", "arm,n,lower whisker,q1,median,q3,upper whisker\nA,315,18.1,51.0,60.0,68.0,84.9\n",
		"extreme-value review 2:3");
	judged("its twin", "a.csv", "arm,n,p5,q1,median,q3,p95\nA,315,28.1,51.0,60.0,68.0,79.9\n", "");
	judged("a bin of two at the end", "a.csv", "bin,count\n\"[18,20)\",41\n\"[20,22)\",87\n\"[34,36)\",2\n", "min-count block 4:2");
	judged("edges that are persons' values", "a.csv", "left,right,n\n17.0312,19.5271,41\n19.5271,22.0230,87\n22.0230,24.5189,32\n", "extreme-value review 2:1");
	judged("edges that somebody chose", "a.csv", "left,right,n\n17.5,20,41\n20,22.5,87\n22.5,25,32\n", "");
}

static void modes_and_spread(void)
{
	judged("a mode that nearly all share", "a.csv", "variable,n,mode,percent\nsmoker,400,no,94.0\ncounty,400,Oslo,31.0\n", "group-disclosure review 2:4");
	judged("its twin", "a.csv", "variable,n,mode,percent\nsmoker,400,no,74.0\ncounty,400,Oslo,31.0\n", "");
	judged("a spread of few", "a.csv", "x,n,sd,iqr\nbmi,8,3.1,4.2\nheight,80,9.1,12.2\n", "min-count block 2:2");
}

static void models(void)
{
	judged("nine degrees of freedom", "a.csv", "model,nobs,df_residual\ncrude,400,9\n", "degrees-of-freedom block 2:3");
	judged("ten", "a.csv", "model,nobs,df_residual\ncrude,400,10\n", "");
	judged("R squared of 0.90 is saturated", "a.csv", "model,nobs,r2\ncrude,400,0.90\n", "degrees-of-freedom review 2:3");
	judged("of 0.89 it isn't", "a.csv", "model,nobs,r2\ncrude,400,0.89\n", "");
	judged("samples nine apart", "a.csv", "model,nobs,r2\ncrude,400,0.2\nadjusted,391,0.3\n", "degrees-of-freedom review 1:2");
	judged("ten apart", "a.csv", "model,nobs,r2\ncrude,400,0.2\nadjusted,390,0.3\n", "");
	judged("a correlation of eleven has nine", "a.csv", "pair,n,r\na-b,11,0.4\n", "degrees-of-freedom block 2:3");
	judged("of twelve ten", "a.csv", "pair,n,r\na-b,12,0.4\n", "");
	judged("an odds ratio and the cells under it", "a.csv", "x,n_cases_exposed,n_cases_unexposed,n_controls_exposed,n_controls_unexposed,or\na,6,40,60,70,0.5\n",
		"min-count block 2:2");
	judged("its twin", "a.csv", "x,n_cases_exposed,n_cases_unexposed,n_controls_exposed,n_controls_unexposed,or\na,16,40,60,80,0.5\n", "");
	judged("clusters", "a.csv", "cluster,size,mean_age\n1,400,51.2\n2,7,84.1\n", "min-count block 3:2");
}

/* One row for each of n: a curve as (i, j) rows. */
static void curve(char *text, size_t room, const char *header, int n)
{
	size_t at = (size_t)snprintf(text, room, "%s\n", header);
	int i;

	for (i = 0; i < n && at < room; i++)
		at += (size_t)snprintf(text + at, room - at, "%.4f,%.4f,%.4f\n", 1 - i / (double)n, i / (double)n, 1 - i * (double)i / n / n);
}

static void curves(void)
{
	char text[8192];

	curve(text, sizeof(text), "threshold,sensitivity,specificity", 51);
	judged("a curve of one point a person", "a.csv", text, "microdata review 2:1");
	curve(text, sizeof(text), "threshold,sensitivity,specificity", 50);
	judged("of fifty points", "a.csv", text, "");
	judged("a step that lost three", "a.json", "{\"arms\":{\"Lev\":[{\"day\":30,\"at_risk\":272,\"lost\":3,\"survival\":0.9},"
		"{\"day\":60,\"at_risk\":269,\"lost\":38,\"survival\":0.8},{\"day\":90,\"at_risk\":231,\"lost\":38,\"survival\":0.7}]}}",
		"min-count block 1:48; survival block 1:48");
	judged("three at risk at the end", "a.csv", "time,n_risk,n_lost,survival\n30,227,11,0.95\n65,216,213,0.91\n883,3,0,0.05\n",
		"min-count block 4:2; zero-count review 4:3; survival block 4:2");
	judged("its twin", "a.csv", "time,n_risk,n_lost,survival\n30,227,11,0.95\n65,216,113,0.91\n883,103,11,0.05\n", "");
}

static unsigned next(unsigned *seed, unsigned n)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16 & 0x7fff ? (*seed >> 16 & 0x7fff) % n : 0;
}

static void persons(void)
{
	static char records[16384], named[16384], list[8192], json[16384], sorted[8192];
	unsigned seed = 7;
	int i;

	strcpy(records, "sex,age,dx,fu\n");
	strcpy(named, "sex,age,dx,n\n");
	strcpy(list, "row,predicted\n");
	strcpy(sorted, "x,fit\n");
	strcpy(json, "[");
	for (i = 0; i < 120; i++) {
		unsigned age = 31 + next(&seed, 55), dx = next(&seed, 5), fu = 10 + next(&seed, 3900);

		snprintf(records + strlen(records), 64, "%s,%u,%c50,%u\n", i % 2 ? "M" : "F", age, 'A' + dx, fu);
		snprintf(named + strlen(named), 64, "%s,%d,%c50,%u\n", i % 2 ? "M" : "F", 31 + i / 2, 'A' + i % 5, 10 + fu);
		snprintf(list + strlen(list), 64, "%d,0.%04u\n", i + 1, next(&seed, 10000));
		snprintf(sorted + strlen(sorted), 64, "%d.5,%d.%02d\n", i, i / 7, i % 7 * 14);
		snprintf(json + strlen(json), 96, "%s{\"sex\":\"%s\",\"age\":%u,\"dx\":\"%c50\",\"bmi\":%u.%u}", i ? "," : "", i % 3 ? "M" : "F", age, 'A' + dx,
			18 + next(&seed, 20), next(&seed, 10));
	}
	strcat(json, "]");
	judged("an extract", "a.csv", records, "microdata block 2:1");
	judged("a table by age", "a.csv", named, "");
	judged("predictions", "a.csv", list, "microdata review 2:2");
	judged("a curve that somebody drew", "a.csv", sorted, "");
	judged("records in JSON", "a.json", json, "microdata block 1:9");
	judged("a number for each person", "a.csv", "idno,bmi\n10234,22.1\n10242,31.0\n", "microdata block 1:1");
	judged("an n that is always one", "a.csv",
		"sex,status,region,n\nf,1,a,1\nm,2,b,1\n", "min-count block 2:4; min-count block 3:4");
}

/* As pandas writes columns: an object for each, of the rows' numbers. */
static void json_columns(void)
{
	static const char *const names[] = { "age", "sex", "dx", "creatinine" };
	static char columns[16384], records[16384], numbers[8192];
	unsigned row, i, seed;

	strcpy(columns, "{");
	strcpy(numbers, "{");
	strcpy(records, "[");
	for (i = 0; i < 4; i++) {
		snprintf(columns + strlen(columns), 32, "%s\"%s\":{", i ? "," : "", names[i]);
		if (i % 3 == 0)
			snprintf(numbers + strlen(numbers), 32, "%s\"%s\":{", i ? "," : "", names[i]);
		for (seed = 7, row = 0; row < 60; row++) {
			unsigned age = 31 + next(&seed, 55), sex = next(&seed, 2), dx = next(&seed, 5), level = 40 + next(&seed, 100);

			snprintf(columns + strlen(columns), 32, i == 1 ? "%s\"%u\":\"%c\"" : i == 2 ? "%s\"%u\":\"%c50\"" : "%s\"%u\":%u", row ? "," : "", row,
				i == 0 ? age : i == 1 ? (sex ? 'F' : 'M') : i == 2 ? 'A' + dx : level);
			if (i % 3 == 0)
				snprintf(numbers + strlen(numbers), 32, "%s\"%u\":%u", row ? "," : "", row * 3 + 2, i == 0 ? age : level);
			if (i == 0)
				snprintf(records + strlen(records), 80, "%s{\"age\":%u,\"sex\":\"%c\",\"dx\":\"%c50\",\"creatinine\":%u}", row ? "," : "", age,
					sex ? 'F' : 'M', 'A' + dx, level);
		}
		strcat(columns, "}");
		strcat(numbers, i % 3 == 0 ? "}" : "");
	}
	strcat(columns, "}");
	strcat(numbers, "}");
	strcat(records, "]");
	judged("records", "a.json", records, "microdata block 1:9");
	judged("their columns", "a.json", columns, "microdata block 1:13");
	judged("of numbers alone, some rows left out", "a.json", numbers, "microdata block 1:13");
	judged("columns of a table that counts", "a.json", "{\"region\":{\"0\":\"U\",\"1\":\"L\"},\"size\":{\"0\":124,\"1\":4}}", "min-count block 1:49; group-disclosure review 1:41");
	judged("its twin", "a.json", "{\"region\":{\"0\":\"U\",\"1\":\"L\"},\"n\":{\"0\":124,\"1\":44}}", "");
	judged("a schema", "a.json", "{\"patient_id\":{\"type\":\"text\"},\"weight\":{\"type\":\"number\",\"least\":30},\"height\":{\"type\":\"number\"}}", "");
	judged("what variables are", "a.json", "{\"sex\":{\"type\":\"text\",\"label\":\"Sex\"},\"hetu\":{\"type\":\"text\",\"label\":\"Number\"}}", "");
}

#define DEATHS "{\"North\":{\"deaths\":4,\"total\":1200},\"South\":{\"deaths\":7,\"total\":1300},\"East\":{\"deaths\":30,\"total\":1100}"

static void json_forms(void)
{
	judged("the place is that of the value", "a.json", "{\n  \"n\": \"a: \\\" 3\",\n  \"counts\": {\"a\\\\\": 40, \"b\": 3, \"total\": 43, \"none\": true}\n}\n",
		"min-count block 3:30; group-disclosure review 3:21; differencing block 3:21");
	judged("one number by name", "a.json", "{\"counts\":{\"treated\":3}}", "min-count block 1:22");
	judged("another value among them", "a.json", "{\"counts\":{\"treated\":3,\"note\":\"of all\",\"mean\":2.5,\"ok\":true,\"more\":{}}}", "min-count block 1:22");
	judged("its twin", "a.json", "{\"counts\":{\"treated\":30,\"note\":\"of all\",\"mean\":2.5,\"ok\":true,\"more\":{}}}", "");
	judged("lists by name", "a.json", "{\"year\":[2010,2011,2012],\"cases\":[3,970,833]}", "min-count block 1:35");
	judged("numbers by name, and their total", "a.json", "{\"counts\":{\"Nord\":412,\"Vest\":\"<10\",\"Sør\":1204,\"Total\":1619}}", "margins block 1:30");
	judged("its twin", "a.json", "{\"counts\":{\"Nord\":412,\"Vest\":\"<10\",\"Sør\":\"<10\",\"Øst\":1204}}", "");
	judged("objects by name", "a.json", "{\"Lev\":{\"n\":310,\"deaths\":4},\"Obs\":{\"n\":315,\"deaths\":28}}", "min-count block 1:26");
	judged("columns by name", "a.json", "{\"n\":{\"a\":3,\"b\":40},\"mean\":{\"a\":2.5,\"b\":3.5}}", "min-count block 1:11");
	judged("columns and data", "a.json", "{\"columns\":[\"g\",\"n\"],\"index\":[0,1],\"data\":[[\"a\",3],[\"b\",20]]}", "min-count block 1:49");
	judged("lists of lists below their header", "a.json", "[[\"g\",\"n\"],[\"a\",3],[\"b\",20]]", "min-count block 1:17");
	judged("objects within rows", "a.json", "[{\"level\":\"a\",\"exposed\":{\"n\":3,\"pct\":0.1}},{\"level\":\"b\",\"exposed\":{\"n\":20,\"pct\":9.9}}]",
		"min-count block 1:30");
	judged("what only the second row has", "a.json", "[{\"level\":\"a\"},{\"level\":\"b\",\"deaths\":3}]", "min-count block 1:38");
	judged("rows by name, one of nulls", "a.json", DEATHS ",\"unknown\":{\"deaths\":null,\"total\":null}}", "min-count block 1:20; min-count block 1:54");
	judged("one of signs", "a.json", DEATHS ",\"unknown\":{\"deaths\":\"<10\",\"total\":\"-\"}}", "min-count block 1:20; min-count block 1:54");
	judged("one of words", "a.json", DEATHS ",\"note\":{\"deaths\":\"ICD-10\",\"total\":\"all\"}}", "min-count block 1:20; min-count block 1:54");
	judged("settings", "a.json", "{\"params\":{\"max_depth\":4,\"n_jobs\":2,\"n_estimators\":300}}", "");
	judged("a list of each one's value", "a.json", "{\"bmi\":[22.1,31.5,24.2,28.8,19.9,33.1,24.4,27.5,21.1,36.6,22.2,29.0,25.3,31.4,20.2,27.7,23.9,30.3,26.1,34.5,21.8,28.2]}",
		"microdata review 1:9");
	judged("its twin", "a.json", "{\"bmi\":[22.1,31.5,24.2]}", "");
	judged("a list of one is a number", "a.json", "{\"n\":[120],\"deaths\":[3]}", "min-count block 1:22");
	judged("its twin", "a.json", "{\"n\":[120],\"deaths\":[30]}", "");
	judged("lists of one within objects", "a.json", "{\"Lev\":{\"n\":[310],\"deaths\":[4]},\"Obs\":{\"n\":[315],\"deaths\":[28]}}", "min-count block 1:29");
	judged("within rows", "a.json", "[{\"g\":[\"a\"],\"n\":[3]},{\"g\":[\"b\"],\"n\":[40]},{\"g\":[\"c\"],\"n\":[50]}]", "min-count block 1:18");
	judged("within a tally", "a.json", "{\"counts\":{\"treated\":[3]}}", "min-count block 1:23");
	judged("one column and data", "a.json", "{\"columns\":[\"n\"],\"index\":[\"a\",\"b\"],\"data\":[[3],[40]]}", "min-count block 1:45");
	judged("one row below its header", "a.json", "[[\"g\",\"n\"],[\"a\",3]]", "min-count block 1:17");
	judged("a matrix without names", "a.json", "{\"confusion\":[[3,40],[5,60]],\"other\":[[4,50]]}", "min-count review 1:16");
	judged("its twin", "a.json", "{\"confusion\":[[30,40],[50,60]],\"coefficients\":[[0.3,1.2],[3,4]],\"params\":{\"layers\":[[3,4]]}}", "");
	judged("a matrix below names that count nobody", "a.json", "{\"columns\":[\"score\",\"mean\"],\"data\":[[3,20],[44,20]]}", "");
	judged("null is a category", "a.json", "[{\"sex\":\"f\",\"n\":40},{\"sex\":\"m\",\"n\":50},{\"sex\":null,\"n\":3}]", "min-count block 1:56");
}

/* What is said or printed within one cell or string. */
static void text_within(void)
{
	judged("a sentence in JSON", "a.json", "{\"summary\":\"3 of the 41 patients died\"}", "min-count block 1:12");
	judged("its twin", "a.json", "{\"summary\":\"31 of the 41 patients died\"}", "");
	judged("as a key", "a.json", "{\n\"3 of the 41 patients died\":true}", "min-count block 2:1");
	judged("in escapes", "a.json", "{\"summary\":\"\\u0033 of the 41 patients died\"}", "min-count block 1:12");
	judged("a table in a string", "a.json", "{\"out\":\"group,n\\nA,3\\nB,40\\nC,50\\n\"}", "min-count block 1:8");
	judged("its twin", "a.json", "{\"out\":\"group,n\\nA,30\\nB,40\\n\"}", "");
	judged("a table in a list of lines", "a.json", "{\"out\":[\"group,n\",\"A,3\",\"B,40\",\"C,50\"]}", "min-count block 1:19");
	judged("its twin", "a.json", "{\"out\":[\"group,n\",\"A,30\",\"B,40\"],\"levels\":[\"a\",\"b\",\"c 3\"]}", "");
	judged("in a cell", "a.csv", "group,comment\nA,\"n = 3 women\"\n", "min-count block 2:2");
	judged("its twin", "a.csv", "group,comment\nA,\"n = 30 women\"\n", "");
	judged("in words", "a.csv", "group,comment\nA,seen\nB,two elderly men died\nC,two elderly men died\n", "min-count block 3:2");
	judged("households behind row names", "a.csv", "\"\",\"household\",\"n\"\n\"1\",\"1 person\",1200\n\"2\",\"2 persons\",900\n", "");
	judged("cells with line ends of another kind", "a.csv", "group,comment\r\nA,\"Age 5\r\nyears\"\r\nB,\"Age 5\r\nyears\"\r\n", "");
	judged("a table in a cell", "a.csv", "group,comment\nA,\"g,n\nx,3\ny,40\nz,50\"\n", "min-count block 2:2");
	judged("labels with numbers", "a.csv", "stage,n\nStage 3 of 4,30\nAge 3 years,45\nType 2 patients,70\n", "");
}

/* What is wider or longer than most. */
static void wide_lines(void)
{
	static char table[65536], fields[65536], text[8192], keys[131072];
	size_t i;

	strcpy(table, "n    ");
	for (i = 0; i < 71; i++)
		snprintf(table + strlen(table), 16, " %c%c%zu", 's', (char)('a' + i / 10), i % 10);
	strcat(table, "\ndead ");
	for (i = 0; i < 71; i++)
		strcat(table, i == 70 ? "    3" : "   40");
	strcat(table, "\nalive");
	for (i = 0; i < 71; i++)
		strcat(table, "   50");
	judged("71 aligned columns", "a.txt", table, "min-count review 2:360");
	strcpy(fields, "dead");
	for (i = 0; i < 71; i++)
		snprintf(fields + strlen(fields), 16, ",s%zu (n)", i);
	strcat(fields, "\nno");
	for (i = 0; i < 71; i++)
		strcat(fields, i == 70 ? ",3" : ",40");
	strcat(fields, "\nyes");
	for (i = 0; i < 71; i++)
		strcat(fields, ",50");
	judged("71 columns in a text", "a.txt", fields, "min-count review 2:214");
	for (i = 0; i < 300; i++)
		strcat(text, "number ");
	judged("a long line", "a.txt", strcat(text, "of deaths = 3, and so on"), "min-count block 1:1895");
	strcpy(table, "");
	for (i = 0; i < 900; i++)
		snprintf(table + strlen(table), 16, " %4zu", 1900 + i);
	judged("a line of numbers that nothing reads", "a.txt", table, "size review 1:1");
	strcpy(keys, "{");
	for (i = 0; i < 4000; i++)
		snprintf(keys + strlen(keys), 24, "\"k%zu\":0.5,", i);
	judged("4001 keys", "a.json", strcat(keys, "\"deaths\":3}"), "size block 0:0");
}

static void group_disclosure(void)
{
	judged("all of a row but one", "a.csv", "sex,yes,no,total\nf,50,1,51\nm,40,60,100\n",
		"min-count block 2:3; group-disclosure review 2:2; group-disclosure review 3:3; differencing block 2:2");
	judged("all of a group", "a.md", "| x | A (N=315) |\n|---|---|\n| sex | |\n| f | 315 (100.0%) |\n", "group-disclosure review 4:7");
	judged("its twin", "a.md", "| x | A (N=315) |\n|---|---|\n| sex | |\n| f | 215 (68.3%) |\n", "");
}

static void rounding(void)
{
	judge_policy.min_count = 8;
	judged("redacted, then rounded to five", "a.csv", "x,n\na,0\nb,[REDACTED]\nc,[REDACTED]\nd,10\ne,10\nf,15\ng,15\nh,20\ni,25\nj,30\nk,45\n",
		"zero-count review 2:2");
	judged("rounded and not redacted", "a.csv", "x,n\na,5\nd,10\ne,10\nf,15\ng,15\nh,20\ni,25\nj,30\nk,45\n", "min-count block 2:2");
	judge_policy.min_count = 10;
	judged("midpoints of six", "a.csv", "x,n_midpoint6\na,0\nb,3\nc,9\nd,15\ne,21\n", "");
	judged("what is none", "a.csv", "x,n_midpoint6\na,0\nb,6\nc,9\nd,15\ne,21\n", "min-count block 3:2");
}

static void national_rules(void)
{
	static const int64_t thresholds[] = { 3, 5, 8, 10 };
	char text[64];
	size_t i;

	for (i = 0; i < sizeof(thresholds) / sizeof(thresholds[0]); i++) {
		judge_policy.min_count = thresholds[i];
		snprintf(text, sizeof(text), "sex,n\nf,%lld\nm,15\n", (long long)thresholds[i] - 1);
		judged("one under the threshold", "a.csv", text, "min-count block 2:2");
		snprintf(text, sizeof(text), "sex,n\nf,%lld\nm,15\n", (long long)thresholds[i]);
		judged("at the threshold", "a.csv", text, "");
	}
	judge_policy.min_count = 10;
	judge_policy.zeros = FINDING_BLOCK;
	judged("a zero where zeros block", "a.csv", "sex,n\nf,0\nm,40\nx,50\n", "zero-count block 2:2");
	judge_policy.zeros = FINDING_PASS;
	judged("and where they pass", "a.csv", "sex,n\nf,0\nm,40\nx,50\n", "");
	judge_policy.zeros = FINDING_REVIEW;
}

/* Findings of one rule are told from the top of the file to its end, whichever way they were found. */
static void order(void)
{
	judged("by line, then column", "a.csv", "x,male,n,\"p5\"\na,40,9,3.5\nb,6,90,4.5\nc,70,8,5.5\n",
		"min-count block 2:3; min-count review 3:2; min-count block 4:3; extreme-value block 2:4; extreme-value block 3:4; extreme-value block 4:4");
}

/* As Stata and pandas print them: the levels between the name of the rows and a word for all. */
#define STATA(a, b, c, d, e, f) \
	"           |        event\n     smoke |         0          1 |     Total\n-----------+----------------------+----------\n" \
	"     never |       " a "        " b " |       " c " \n-----------+----------------------+----------\n" \
	"   current |       " d "        " e " |       " f " \n-----------+----------------------+----------\n"
#define STATA_SHARES(a, b, c, d, e, f) \
	"           |        event\n     smoke |         0          1 |     Total\n-----------+----------------------+----------\n" \
	"     never |       " a "        " b " |       " c " \n           |     55.55      44.45 |    100.00 \n-----------+----------------------+----------\n" \
	"   current |       " d "        " e " |       " f " \n           |     66.66      33.34 |    100.00 \n-----------+----------------------+----------\n"

static void cross_tables_in_texts(void)
{
	judged("Stata, tabulate", "a.log", STATA("412", "398", "810", "353", " 53", "406") "     Total |       765        451 |     1,216 \n", "");
	has("Stata: few in one cell", STATA("412", "398", "810", "353", "  3", "356") "     Total |       765        401 |     1,166 \n", "min-count block 6:33");
	judged("with the percentages of each row", "a.log",
		STATA_SHARES("412", "398", "810", "353", " 53", "406") "     Total |       765        451 |     1,216 \n           |     62.91      37.09 |    100.00 \n", "");
	has("few in one cell", STATA_SHARES("412", "398", "810", "353", "  3", "356") "     Total |       765        401 |     1,166 \n           |     65.61      34.39 |    100.00 \n",
		"min-count block 7:33");
	judged("pandas, crosstab", "a.txt", "event      0    1   All\nsmoke                  \ncurrent  326  125   451\nnever    604  528  1132\nAll      930  653  1583\n", "");
	has("pandas: few in one cell", "event      0    1   All\nsmoke                  \ncurrent  326    3   329\nnever    604  528  1132\nAll      930  531  1461\n",
		"min-count block 3:17");
}

int main(void)
{
	frequency_tables();
	cross_tables_in_texts();
	percentages_and_rates();
	magnitudes();
	extremes();
	modes_and_spread();
	models();
	curves();
	persons();
	json_columns();
	json_forms();
	text_within();
	wide_lines();
	group_disclosure();
	rounding();
	national_rules();
	order();
	return tap_end();
}
