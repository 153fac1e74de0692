/* t/unit/prose.c - what texts say in sentences and listings: each rule finds its words, and passes the near twin that says
 * something else. */
#include "t/unit/judge.h"

static void count(const char *text)
{
	judged(text, "a.txt", text, "min-count block 1:1");
}

/* At whatever column the number stands. */
static void judged_as(const char *rule, const char *text)
{
	struct policy_file f = { .name = "a.md", .bytes = text, .len = strlen(text) };
	struct policy_result result = { 0 };
	char got[8192], want[64];

	judge_file(&f, TABLE_RULES, &result, got, sizeof(got));
	snprintf(want, sizeof(want), "%s 1:", rule);
	ok(*rule ? strncmp(got, want, strlen(want)) == 0 && !strchr(got, ';') : !*got, text);
	if (*rule ? strncmp(got, want, strlen(want)) != 0 : *got)
		printf("# got %s\n", got);
	policy_result_free(&result);
}

static void small_numbers(void)
{
	static const char *const few[] = { "Myopathy was seen in 4 patients.", "In the end 3 of 41 patients died.", "It was three of the 41 patients.",
		"We lost two elderly men.", "Of the 41 women in ward B 3 out of 41 women died.", "There were 7 deaths.", "As many as 410 of the 412 patients lived.",
		"Of 240 patients 2 (0.8 %) were lost.", "Five newborns were moved.", "This held for 3/41 patients.",
		"Myopatia todettiin kolmella potilaalla.", "Heist\xc3\xa4 kuoli kaksi naista.", "Kuolleita oli kolme 41 potilaasta.", "Aineistossa oli 6 lasta.",
		"Tre av de 41 patienterna dog.", "Det s\xc3\xa5gs hos tv\xc3\xa5 \xc3\xa4ldre kvinnor.", "Bland dem dog sju personer.", "Det var 4 d\xc3\xb6""dsfall.",
		"To pasienter d\xc3\xb8""de.", "Det gjaldt fire kvinner.", "Tre av 41 deltakere trakk seg.", "Det var \xc3\xa5tte menn.",
		"Tre af de 41 patienter d\xc3\xb8""de.", "Det s\xc3\xa5s hos seks kvinder.", "Otte b\xc3\xb8rn blev flyttet.",
		"\xc3\x9er\xc3\xadr sj\xc3\xbaklingar l\xc3\xa9tust.", "L\xc3\xa9tust 4 konur.", "Tv\xc3\xb6 b\xc3\xb6rn fluttust." };
	static const char *const none[] = { "Fewer than 5 patients were left out.", "Cells of under 10 persons are not shown.", "At least 3 patients a ward.",
		"We studied type 2 patients and stage 3 patients.", "There were 4 person-years.", "Two patient groups were compared.",
		"The drug was given to patients and fire men.", "Data of 4 hospitals and 2 regions; 3 reviewers screened patients.",
		"See table 3 patients were older.", "All 412 patients lived; 61 (25.4 %) were men.", "Between 1 and 9 patients are shown as <10.",
		"A ward needs 5 or more patients.", "Three patients or more make a group.", "1 man, 2 woman, 9 unknown.", "We used 2 of 20 imputations.",
		"Predictive mean matching took 5 donors.", "In 1/3 of patients it held.", "Two out of three patients agree.", "Any two patients could be alike.",
		"F\xc3\xa4rre \xc3\xa4n 5 patienter visas inte.", "F\xc3\xa6rre enn 5 pasienter vises ikke.", "F\xc3\xa6rre end 5 patienter vises ikke.",
		"Alle 5 potilaan osastot poistettiin.", "Kolme sairaalaa ja nelj\xc3\xa4 potilasryhm\xc3\xa4\xc3\xa4.", "Tre sjukhus och 4 patientgrupper.",
		"F\xc3\xa6rri en 5 sj\xc3\xbaklingar eru ekki s\xc3\xbdndir.", "COVID-19 patients of 2021-03 persons.", "The 5th patients' day, v3 persons." };
	size_t i;

	for (i = 0; i < sizeof(few) / sizeof(few[0]); i++)
		judged_as("min-count block", few[i]);
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		judged_as("", none[i]);
	judged_as("min-count review", "One patient left.");
	judged_as("min-count review", "It was 2 of 41 (4.9 %).");
	count("n= 7, number of events= 43");
	judged("a sentence of two lines", "a.md", "Deaths were rare, and so we say that three of\nthe 41 patients died.\n", "min-count block 1:38");
}

/* No person is named, but what befell somebody. */
static void events(void)
{
	static const char *const few[] = { "Of 1800 patients, 4 died.", "Of those patients 12 were lost and 3 had died.", "Av 410 patienter avled 12, 3 insjuknade.",
		"Of 1800 women, 4 later relapsed.", "410 potilaasta 4 kuoli." };
	static const char *const perhaps[] = { "In all 4 of 1800 died during follow-up.", "Later 3 were hospitalised.", "In the end two of 44 withdrew.",
		"Events by site: Oslo 12, Bergen 4, Bodo 17.", "Cases: north 31, south: 3 and west 44.", "Tapauksia: Turku 12, Oulu 3, Vaasa 20." };
	static const char *const none[] = { "Fewer than 5 died.", "Between 1 and 4 died in each.", "Model 4 of 1800 died.", "Each received 4 doses.", "Step 3 of 40 received data.",
		"Events by site: Oslo 12, Bergen 14, Bodo 17.", "Pages: Oslo 12, Bergen 4, Bodo 17.", "Cases: Oslo 12, Bergen 4.", "If 3 died we would stop.",
		"Version 2 received fixes.", "All 4 models were tested in 3 folds.", "Events: see table 1, table 2, table 3." };
	size_t i;

	for (i = 0; i < sizeof(few) / sizeof(few[0]); i++)
		judged_as("min-count block", few[i]);
	for (i = 0; i < sizeof(perhaps) / sizeof(perhaps[0]); i++)
		judged_as("min-count review", perhaps[i]);
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		judged_as("", none[i]);
}

static void percentages(void)
{
	judged_as("percentage block", "It was seen in 7 % of the 41 patients.");
	judged_as("percentage block", "It was seen in 7 per cent of 41 women.");
	judged_as("percentage block", "Todettiin 7 % 41 potilaasta.");
	judged_as("percentage block", "Hos 7,3 procent av de 41 patienterna.");
	judged_as("percentage block", "Hos 7 prosent av 41 kvinner.");
	judged_as("percentage review", "It was 7 % of 41.");
	judged_as("", "It was seen in 37 % of the 410 patients.");
	judged_as("", "It was seen in 7 % of 4100 patients.");
	judged_as("", "The discount is 7 % of all costs.");
}

static void extremes(void)
{
	judged_as("extreme-value block", "The oldest patient was 97 years.");
	judged_as("extreme-value review", "The youngest was 17.");
	judged_as("extreme-value block", "Vanhin oli 97-vuotias.");
	judged_as("extreme-value block", "Den \xc3\xa4ldsta var 101 \xc3\xa5r.");
	judged_as("extreme-value block", "Den eldste var 96 \xc3\xa5r.");
	judged_as("extreme-value block", "Den \xc3\xa6ldste var 96 \xc3\xa5r.");
	judged_as("extreme-value block", "S\xc3\xa1 elsti var 98 \xc3\xa1ra.");
	judged_as("extreme-value review", "Mean age was 61 (range 19-88) years.");
	judged_as("extreme-value block", "Their age range was 19 to 97 years.");
	judged_as("extreme-value block", "Among them was a 103-year-old woman.");
	judged_as("extreme-value review", "Outliers at 212400 and 305120 were kept.");
	judged_as("", "The interquartile range was 52-70 years, median 61.");
	judged_as("", "The scale ranges from 0 to 100.");
	judged_as("", "Persons aged 40 to 79 years took part, and the oldest age group was 75-79.");
	judged_as("", "Women over 90 years are in one band; 85-year-old persons too.");
	judged_as("", "Outliers were looked for in 3 ways.");
}

static void freedom(void)
{
	static const char *const few[] = { "t = -3.3, df = 5.1, p-value = 0.01", "F = 3.1, num df = 2, denom df = 6.2, p = 0.1", "It differed, t(6) = 2.4.",
		"They differed, F(2, 7) = 3.1.", "Correlated, r(4) = .7.", "TtestResult(statistic=2.1, pvalue=0.05, df=6.0)", "df.residual = 7" };
	static const char *const enough[] = { "t = -3.3, df = 57.1, p-value = 0.01", "F = 3.1, num df = 2, denom df = 60, p = 0.1", "It differed, t(118) = 2.4.",
		"They differed, F(2, 412) = 3.1.", "X-squared = 4.2, df = 2, p-value = 0.12", "chi2(2) = 4.1", "f(x, 2) = 3 and sqrt(4) = 2", "(df = 7)" };
	size_t i;

	for (i = 0; i < sizeof(few) / sizeof(few[0]); i++)
		judged_as("degrees-of-freedom block", few[i]);
	for (i = 0; i < sizeof(enough) / sizeof(enough[0]); i++)
		judged_as("", enough[i]);
}

static void listings(void)
{
	char values[2000] = "> residuals(fit)\n", sorted[2000] = "> cuts\n";
	size_t a = strlen(values), b = strlen(sorted), i;

	for (i = 0; i < 24; i += 6) {
		a += (size_t)snprintf(values + a, sizeof(values) - a, "    %zu    %zu    %zu    %zu    %zu    %zu\n", i + 1, i + 2, i + 3, i + 4, i + 5, i + 6);
		a += (size_t)snprintf(values + a, sizeof(values) - a, " 0.%zu -1.%zu  2.%zu  0.%zu  1.%zu -0.%zu\n", i + 1, i + 2, i + 3, i + 4, i + 5, i + 6);
		b += (size_t)snprintf(sorted + b, sizeof(sorted) - b, "[%zu] %zu.5 %zu.5 %zu.5 %zu.5 %zu.5 %zu.5\n", i + 1, i, i + 1, i + 2, i + 3, i + 4, i + 5);
	}
	judged("residuals with their names", "a.txt", values, "microdata review 3:1");
	judged("cuts in order", "a.txt", sorted, "");
	judged("a few values", "a.txt", "> coef(fit)\n[1] 2.1 -0.5 3.3\n", "");
	judged("outliers", "a.txt", "> boxplot.stats(x)$out\n[1] 88.1 120.4\n", "extreme-value review 2:1");
	judged("its twin", "a.txt", "> mean(x)\n[1] 88.1\n", "");
	judged("range() of ages", "a.txt", "> range(d$age)\n[1] 19 101\n", "extreme-value block 2:1");
	judged("range() of something else", "a.txt", "> range(d$bmi)\n[1] 19 101\n", "extreme-value review 2:1");
	judged("str() of the data", "a.txt", "> str(d)\n'data.frame':\t929 obs. of  2 variables:\n $ age: num  43 63 71 66 ...\n", "microdata block 3:1");
	judged("str() of four rows", "a.txt", "> str(d)\n'data.frame':\t4 obs. of  2 variables:\n $ age: num  43 63 71 66\n", "microdata review 3:1");
	judged("glimpse() below other lines", "a.txt", "Loading required package: splines\nRows: 929\nColumns: 2\n$ age <dbl> 43, 63, 71\n$ sex <fct> M, M, F\n",
		"microdata review 4:1");
	judged("str() of a model", "a.txt", "> str(fit)\nList of 2\n $ coef: Named num [1:3] 2.1 -0.5 3.3\n $ call: language lm(y ~ x)\n", "");
	judged("summary() of a factor", "a.txt", "      bmi         stage    \n Min.   :16.2   I  :  3  \n Max.   :44.1   II :120  \n",
		"min-count block 2:17; extreme-value review 2:1");
	judged("summary() of ages", "a.txt", "      age       \n Min.   :40.0  \n Max.   :97.0  \n", "extreme-value review 2:1; extreme-value block 3:2");
}

/* What dput() of R writes. */
static void code_of_r(void)
{
	char ages[400] = "ages <- c(45L", lines[2000] = "structure(list(age = c(45L", few[400];
	int i;

	for (i = 1; i < 30; i++) {
		snprintf(ages + strlen(ages), 20, ", %dL", 21 + i * 29 % 67);
		snprintf(lines + strlen(lines), 20, i % 12 ? ", %dL" : ", \n%dL", 21 + i * 29 % 67);
	}
	snprintf(few, sizeof(few), "structure(list(term = c(\"age\", \"sex\"), hr = c(1.2, 0.9)), class = \"data.frame\", row.names = c(NA, \n-2L))\n");
	strcat(ages, ")\n");
	strcat(lines, "), sex = c(\"F\", \"M\")), row.names = c(NA, \n-30L), class = \"data.frame\")\n");
	judged("a vector of R's code", "a.txt", ages, "microdata review 1:1");
	judged("a data frame of R's code", "a.txt", lines, "microdata block 1:1");
	judged("one of few rows", "a.txt", few, "microdata review 1:1");
	strcat(few, lines);
	judged("and a longer one", "a.txt", few, "microdata review 1:1; microdata block 3:1");
	judged("one whose rows are said to be few in a comment", "a.txt",
		"structure(list(age = c(45L, 46L), # row.names = c(NA, -3L)\n x = \"(\"), class = \"data.frame\",\n row.names = c(NA, -30L))\n", "microdata block 1:1");
	judged("and behind the name", "a.txt",
		"structure(list(a = 1:60), class = \"data.frame\", row.names = # c(NA, -3L)\nc(NA, -60L))\n", "microdata block 1:1");
	judged("and by a call within", "a.txt", "structure(list(a = I(row.names = c(NA, -3L))), class = c(\"tbl\", \"data.frame\"), row.names = c(NA, -60L))\n",
		"microdata block 1:1");
	judged("with the name in quotes", "a.txt", "structure(list(a = 1:60), class = \"data.frame\", 'row.names' = c(NA, -60L))\n", "microdata block 1:1");
	judged("with a bracket in a string", "a.txt",
		"structure(list(a = c(\"x)\", 'y\\')', `b)`)), class = \"data.frame\", row.names = c(NA, -60L))\n", "microdata block 1:1");
	judged("one in a call that makes none", "a.txt", "structure(list(fit = 1, data = structure(list(a = 1:60), row.names = c(NA, -60L), class = \"data.frame\")), "
		"class = \"fit\")\n", "microdata block 1:32");
	judged("a longer one in one of few rows", "a.txt", "structure(list(d = list(structure(list(a = 1:60), row.names = c(NA, -60L), class = \"data.frame\"))), "
		"class = \"data.frame\", row.names = c(NA, -1L))\n", "microdata review 1:1; microdata block 1:25");
	judged("one that was cut off", "a.txt", "structure(list(a = 1:60), class = \"data.frame\", row.names = c(NA, -60L), spec = list(\n", "microdata block 1:1");
	judged("what makes another class, and a file written later", "a.R", "new_fit <- function(b, se) {\n  structure(list(est = b, se = se), class = \"fit\")\n}\n"
		"tab <- as.data.frame(x) # a \"data.frame\"\nwrite.csv(tab, \"t.csv\", row.names = FALSE)\n", "");
	judged("which calls within it do", "a.R", "structure(list(tab = data.frame(b, se, row.names = NULL)), class = \"fit\")\n", "");
	judged("what has names of rows and is none", "a.R", "structure(list(est = b), row.names = names(b), class = \"fit\")\n", "");
	judged("words with an L behind a number", "a.txt", "Of 2L bottles 3L, 4L and 5L ones.\n", "");
}

static void tables(void)
{
	judged("CSV behind a sentence", "a.txt", "See below.\nward,n\nA,41\nB,3\n", "min-count block 4:3; group-disclosure review 3:3");
	judged("its twin", "a.txt", "See below.\nward,n\nA,41\nB,43\n", "");
	judged("sentences with commas", "a.txt", "Of wards A, B\nand of wards C, 4\n", "");
	judged("LaTeX", "a.txt", "\\begin{tabular}{lr}\nWard & n \\\\\n\\hline\nA & 41 \\\\\nB & 3 \\\\\n\\end{tabular}\n", "min-count block 5:5; group-disclosure review 4:5");
	judged("thousands with blanks", "a.txt", "Ward       n\nA      1 204\nB      3 880\n", "");
	judged("two columns with one blank between", "a.txt", "Ward  n   m\nA    12 204\nB     3 880\n", "min-count block 3:7");
	judged("a caption that counts", "a.txt", "Table 1. Antal per avdelning\n\nAvd.   X    Y\nA     41   52\nB     38    3\n",
		"min-count block 5:13; group-disclosure review 4:12; group-disclosure review 5:7");
	judged("one of means", "a.txt", "Table 1. Mean number of visits\n\nAvd.   X    Y\nA     41   52\nB     38    3\n", "min-count review 5:13");
	judged("a call of mean values", "a.txt", "> with(d, tapply(days, list(sex, arm), median))\n        arm\nsex       A  B\n  f      12  3\n  m      40 51\n",
		"min-count review 4:14");
	judged("a model of a table", "a.txt", "Call:\nloglm(formula = ~arm + sex, data = xtabs(~arm + sex, d))\n\nStatistics:\n"
		"                       X^2 df  P(> X^2)\nLikelihood Ratio 0.2244786  2 0.8938304\nPearson          0.2244174  2 0.8938577\n", "");
	judged("pandas' cross table", "a.txt", "sex   f   m\narm        \nA    41  52\nB    38   3\n", "min-count block 4:11; group-disclosure review 3:10; group-disclosure review 4:6");
	judged("value_counts()", "a.txt", "A    41\nB     3\nName: arm, dtype: int64\n", "min-count block 2:7; group-disclosure review 1:6");
	judged("rows of a query", "a.log", "id     sex  age\n10234  f     41\n10236  m     63\n", "microdata block 2:1");
	judged("head()", "a.log", "> head(d)\n  sex age bmi\n1   f  63  22\n2   m  71  31\n3   f  58  27\n", "microdata block 3:1");
	judged("rates by sex and age", "a.log", "sex  age  rate\nf    40   4.1\nm    50   6.3\n", "");
	judged("strata with a title each", "a.txt", "sex = f\n\narm    n\nA     41\nB     52\n\nsex = m\n\narm    n\nA     43\nB     50\n", "");
	judged("two tables and words between", "a.md", "| a | n |\n|---|---|\n| x | 41 |\n\nAnd then:\n\n| b | n |\n|---|---|\n| y | 4 |\n", "min-count block 9:7");
}

/* As many lines of a form as asked for, with a key, a sex, a code, an age and a pressure in each, in no order: the words of the form
 * say which stands where. */
static const char *people(char *ret, size_t room, const char *head, const char *form, int lines)
{
	size_t n = (size_t)snprintf(ret, room, "%s", head);
	const char *p;
	int i;

	for (i = 0; i < lines; i++, n += (size_t)snprintf(ret + n, room - n, "\n"))
		for (p = form; *p; p++) {
			if (*p == 'K')
				n += (size_t)snprintf(ret + n, room - n, "%d", 10007 + i * 7919 % 80021);
			else if (*p == 'S')
				n += (size_t)snprintf(ret + n, room - n, "%s", i * 5 % 7 > 3 ? "F" : "M");
			else if (*p == 'D')
				n += (size_t)snprintf(ret + n, room - n, "I%d", 10 + i * 37 % 83);
			else if (*p == 'A')
				n += (size_t)snprintf(ret + n, room - n, "%d", 21 + i * 29 % 67);
			else if (*p == 'P')
				n += (size_t)snprintf(ret + n, room - n, "%d", 92 + i * 53 % 97);
			else if (*p == 'i')
				n += (size_t)snprintf(ret + n, room - n, "%d", 1001 + i);
			else
				n += (size_t)snprintf(ret + n, room - n, "%c", *p);
		}
	return ret;
}

static void alike_found(const char *want, const char *head, const char *form, int lines)
{
	char text[16384], got[8192], what[200];
	struct policy_file f = { .name = "a.log", .bytes = people(text, sizeof(text), head, form, lines), .len = strlen(text) };
	struct policy_result result = { 0 };

	judge_file(&f, "microdata", &result, got, sizeof(got));
	snprintf(what, sizeof(what), "%d lines %s: %s", lines, form, *want ? want : "nothing");
	ok(*want ? strstr(got, want) != NULL : !*got, what);
	if (*want ? !strstr(got, want) : *got)
		printf("# got %s\n", got);
	policy_result_free(&result);
}

/* The same in one line, and as a string of JSON. */
static void in_one_line(const char *want, const char *between, const char *form)
{
	char text[16384] = "{\"a\":\"", lines[16384], got[8192], *p = text + strlen(text);
	struct policy_file f = { .name = "a.json", .bytes = text };
	size_t i;

	people(lines, sizeof(lines), "", form, 40);
	for (i = 0; lines[i]; i++)
		p += lines[i] == '\n' ? snprintf(p, 4, "%s", between) : snprintf(p, 2, "%c", lines[i]);
	strcat(text, "\"}");
	for (i = 0; i < 2; i++) {
		struct policy_result result = { 0 };

		f.len = strlen(f.bytes);
		judge_file(&f, "microdata", &result, got, sizeof(got));
		ok(*want ? strstr(got, want) != NULL : !*got, form);
		if (*want ? !strstr(got, want) : *got)
			printf("# got %s\n", got);
		policy_result_free(&result);
		f.name = "a.txt";
		f.bytes = text + 6;
		strcpy(text + strlen(text) - 2, "\n");
	}
}

static void lines_made_alike(void)
{
	static const char *const forms[] = { "S A D P", "K A S D P 2020-01-15", "S,A,D,P", "S;A;D;P", "S|A|D|P", "(K, A, 'S', 'D', P)", "K - A - S - D",
		"A/S/D/P", "A_S_D_P", "K: A S D P", "i A S P", "age=A sex=S sbp=P", "{'key': K, 'age': A, 'sex': 'S'}" };
	static const char *const results[] = { "fold i auc 0.PA brier 0.PA", "2024-03-03 10:11:12 INFO chunk i read in A s", "iter i value 9P.A",
		"[2024-03-03T10:11:12.107] job i node cA rss P MiB pid K", "Epoch i - loss: 0.A - accuracy: 0.P", "- vi: OR 1.A (95% CI 1.P to 2.P)",
		"mtry=i ntree=P oob=0.A", "batch=i dx=D sbp=P", "sample i D P", "fold=Pi seed=K auc=0.A",
		"draw i of chain A: P", "seed=K acc=0.AP loss=0.P", "term=D est=0.AK se=0.1K p=0.P", "NOTE: The data set WORK.Di has K observations and A variables." };
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		alike_found("block", "", forms[i], 60);
		alike_found("block", "Read:\n", forms[i], 60);
	}
	alike_found("block", "sex age dx sbp\n", "S A D P", 60);
	alike_found("block", "sex age dx sbp\n", "i S A D P", 60); /* R's names of rows have none */
	alike_found("block", "     key age sex dx\n", "[i,] \"K\" \"A\" \"S\" \"D\"", 60);
	alike_found("block", "     key age sbp\n", "[i,] K A P", 60);
	alike_found("block", "", "[1] \"processing K age A\"", 60);
	alike_found("block", "", "[i,] K A S D", 60);
	alike_found("", "     [,1] [,2]\n", "[i,] 0.1i 0.2", 9);
	alike_found("block", "", "processing K age A sbp P", 60);
	alike_found("block", "", "2024-03-03 10:11:12 INFO processing K age A sbp P", 60);
	alike_found("review", "", "A,S,P", 60);
	alike_found("", "", "A,S,P", 9);
	alike_found("review", "", "processed 20A-01-15 D10A K rows", 10); /* a date, a code and a key may be a file's or a job's */
	alike_found("block", "", "processed 20A-01-15 S D10A K rows", 10);
	alike_found("review", "", "chunk=K sex=S dx=D sbp=P", 200);
	alike_found("review", "", "batch=K sex=S dx=D sbp=P", 200); /* no batch's, which come in order or in many lines */
	alike_found("review", "", "batch=i sex=S dx=D sbp=P", 200); /* and none has a sex */
	alike_found("block", "", "draw K K A S D", 200);
	alike_found("review", "", "batch 2021-03-04 S K D P", 200);
	alike_found("review", "", "batch K 20A-01-15 S D P", 200);
	alike_found("review", "", "batch i 20A-01-15 S D P", 200);
	for (i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		alike_found("", "", results[i], 60);
	alike_found("block", "", "K A S D P\n", 60); /* an empty line behind each */
	alike_found("", "", "see table i. of cases by year\n", 60);
	in_one_line("block", " ", "K/A/S/P");
	in_one_line("block", ";", "A,S,D,P");
	in_one_line("block", ", ", "(K, A, 'S', 'D')");
	in_one_line("review", " ", "A_S_P");
	in_one_line("", " ", "P/A");
	in_one_line("", " ", "/outputs/fold_i/auc_i.csv");
	in_one_line("", "; ", "Smith A, Jones B, 20P");
	judged("cells that are no rows together", "a.csv", "x,ratio\na,0.81 (0.72 to 0.95)\nb,1.23 (0.91 to 1.55)\nc,0.92 (0.77 to 1.25)\n"
		"d,1.11 (0.72 to 1.35)\ne,0.71 (0.62 to 0.95)\nf,1.73 (1.41 to 2.15)\ng,0.98 (0.82 to 1.15)\nh,1.03 (0.91 to 1.25)\n"
		"i,0.61 (0.52 to 0.75)\nj,1.43 (1.21 to 1.55)\nk,0.87 (0.72 to 1.05)\nl,1.26 (0.95 to 1.65)\n", "");
	judged("a table with a value between two words, in no columns", "a.txt",
		"region n sex rate\nNorth 120 F 27.1\nSouth 3 F 26.4\nEast 1041 M 27.0\nWest 88 M 26.6\nIsles 97 F 27.2\n", "min-count block 3:7");
	judged("each setting with each other", "a.log",
		"mtry=2 trees=100 leaf=5 oob=.21\nmtry=3 trees=100 leaf=5 oob=.22\nmtry=2 trees=300 leaf=5 oob=.20\nmtry=3 trees=300 leaf=5 oob=.19\n"
		"mtry=2 trees=500 leaf=5 oob=.22\nmtry=3 trees=500 leaf=5 oob=.23\nmtry=2 trees=100 leaf=9 oob=.24\nmtry=3 trees=100 leaf=9 oob=.21\n"
		"mtry=2 trees=300 leaf=9 oob=.20\nmtry=3 trees=300 leaf=9 oob=.20\nmtry=2 trees=500 leaf=9 oob=.18\nmtry=3 trees=500 leaf=9 oob=.19\n", "");
}

int main(void)
{
	small_numbers();
	events();
	percentages();
	extremes();
	freedom();
	listings();
	code_of_r();
	tables();
	lines_made_alike();
	return tap_end();
}
