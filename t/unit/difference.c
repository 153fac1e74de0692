/* t/unit/difference.c - counts that differ by few from what is in the same table, beside it, or released before. */
#include "t/unit/judge.h"

#include <time.h>

/* Counts of a file with this text, as the gate keeps them: sorted, with a file's number where it is a sibling. */
static struct policy_result counts_of(const char *name, const char *text, uint16_t number)
{
	struct policy_file f = { .name = name, .bytes = text, .len = strlen(text) };
	struct policy_result r = { 0 };
	char got[8192];
	size_t i;

	judge_file(&f, "", &r, got, sizeof(got));
	for (i = 0; i < r.counts_len; i++)
		r.counts[i].file = number;
	return r;
}

static void judge_after(const char *what, const char *before, const char *after, const char *want)
{
	struct policy_result old = counts_of("before.csv", before, 0), new = { 0 };
	struct policy_file f = { .name = "after.csv", .bytes = after, .len = strlen(after), .history = old.counts, .history_len = old.counts_len };
	char got[8192];

	judge_file(&f, "differencing", &new, got, sizeof(got));
	is_str(got, want, what);
	policy_result_free(&old);
	policy_result_free(&new);
}

/* OpenSAFELY's example: total heart disease 8, 10, 15, 25 against male 7, 5, 8, 13; under their threshold of 8. */
static void vector(void)
{
	static const char total[] = "age_band,total\n0-20,8\n21-30,10\n31-40,15\n41-50,25\n";
	static const char male[] = "age_band,male\n0-20,7\n21-30,5\n31-40,8\n41-50,13\n";

	judge_policy.min_count = 8;
	judge_after("all, and then men: a woman can be told", total, male,
		"differencing review 2:2; differencing review 3:2; differencing review 4:2");
	judge_after("men, and then all", male, total, "differencing review 2:2; differencing review 3:2; differencing review 4:2");
	judge_after("with headers that say that they count", "age_band,n\n0-20,8\n21-30,10\n31-40,15\n41-50,25\n",
		"age_band,N (male)\n0-20,7\n21-30,5\n31-40,8\n41-50,13\n", "differencing block 2:2; differencing block 3:2; differencing block 4:2");
	judge_after("its twin: all differ by eight and more", "age_band,n\n0-20,80\n21-30,101\n31-40,150\n41-50,250\n",
		"age_band,N (male)\n0-20,37\n21-30,52\n31-40,83\n41-50,131\n", "");
	judged("in one table", "a.csv", "age_band,n,n_male\n0-20,28,27\n21-30,30,15\n", "differencing block 2:3");
	judged("its twin", "a.csv", "age_band,n,n_male\n0-20,28,17\n21-30,30,15\n", "");
	judge_policy.min_count = 10;
}

static void repeated_names(void)
{
	static const char *const table = "Group        n     %     n     %\n"
					 "Helsinki   140  40.0   150  42.9\n"
					 "Turku      110  31.4   190  54.3\n"
					 "Oulu       100  28.6   110  31.4\n";

	judged("columns of one name in a text are compared with nothing, which is told", "a.txt", table, "differencing review 1:1");
}

static void nested(void)
{
	judge_after("the same a week later", "sex,n\nf,104\nm,211\n", "sex,n\nf,107\nm,251\n", "differencing block 2:2");
	judge_after("the same again", "sex,n\nf,104\nm,211\n", "sex,n\nf,104\nm,211\n", "");
	judge_after("in another order of columns and words", "sex,region,n\nf,North East,104\nm,South,211\n",
		"region,sex,count\nnorth east,F,107\nsouth,M,251\n", "differencing block 2:3");
	judge_after("of another region", "sex,region,n\nf,North East,104\n", "sex,region,n\nf,North West,107\n", "");
	judge_after("a part after its total", "sex,age,n\nall,old,104\n", "sex,age,n\nf,old,97\n", "differencing block 2:3");
	judge_after("a total after its part", "sex,age,n\nf,old,97\n", "sex,age,n\nAll,old,104\n", "differencing block 2:3");
	judge_after("a total without the column", "sex,age,n\nf,old,97\n", "age,n\nold,104\n", "differencing block 2:2");
	judge_after("a part of a part", "sex,age,region,n\nf,old,north,97\n", "sex,n\nf,104\n", "");
	judged("a group whose name would count elsewhere", "a.csv", "rx,trt,n\nObs,a,51\nLev,a,54\nObs,b,88\nLev,b,46\n", "");
	judge_after("old and young are no part of each other", "age,n\nold,104\n", "age,n\nyoung,107\n", "");
	judge_after("signs tell labels apart", "age,n\n<65,104\n", "age,n\n>65,107\n", "");
	judge_after("yes to another question", "smoker,n\nyes,104\n", "diabetic,n\nyes,107\n", "");
	judge_after("events and persons", "sex,n\nf,104\n", "sex,n_event\nf,98\n", "differencing block 2:2");
}

static void rounded(void)
{
	judge_after("both rounded", "age,n\na,105\nb,210\nc,50\nd,60\ne,155\nf,85\ng,125\nh,95\n",
		"age,n\na,110\nb,250\nc,80\nd,90\ne,195\nf,55\ng,145\nh,65\n", "");
	judge_after("both, perhaps by chance", "sex,n\nf,105\nm,210\nx,50\ny,60\n", "sex,n\nf,110\nm,250\nx,80\ny,90\n",
		"differencing review 2:2");
	judge_after("one rounded", "sex,n\nf,105\nm,210\nx,50\ny,60\n", "sex,n\nf,111\nm,250\nx,80\ny,90\n", "differencing block 2:2");
	judge_after("midpoints", "sex,n_midpoint6\nf,105\nm,213\n", "sex,n_midpoint6\nf,111\nm,213\n", "");
	judge_policy.differencing = FINDING_REVIEW;
	judge_after("for review where the policy says so", "sex,n\nf,104\n", "sex,n\nf,107\n", "differencing review 2:2");
	judge_policy.differencing = FINDING_BLOCK;
}

static void texts(void)
{
	judged("two tables of a text", "a.md", "| sex | n |\n|---|---|\n| f | 104 |\n| m | 88 |\n\n| sex | n |\n|---|---|\n| f | 107 |\n| m | 188 |\n",
		"differencing block 8:7");
	judged("its twin", "a.md", "| sex | n |\n|---|---|\n| f | 104 |\n| m | 88 |\n\n| sex | n |\n|---|---|\n| f | 157 |\n| m | 188 |\n", "");
	judged("about others, says the line above", "a.md",
		"## Finland\n\n| sex | n |\n|---|---|\n| f | 104 |\n\n## Sweden\n\n| sex | n |\n|---|---|\n| f | 107 |\n", "");
	judged("about a part, says the line above", "a.md",
		"## All patients\n\n| sex | n |\n|---|---|\n| f | 104 |\n\n## Smokers\n\n| sex | n |\n|---|---|\n| f | 98 |\n", "differencing block 11:7");
}

static void words_of_findings(void)
{
	static const char old[] = "sex,n\nf,104\n", text[] = "sex,n\nf,107\n";
	struct policy_result before = counts_of("one.csv", old, 3), result = { 0 };
	struct policy_file f = { .name = "two.csv", .bytes = text, .len = strlen(text), .siblings = before.counts, .siblings_len = before.counts_len };
	const char *detail = NULL;
	char got[2048];
	json_t *check;
	size_t i;

	judge_file(&f, "differencing", &result, got, sizeof(got));
	is_str(got, "differencing block 2:2", "against another file of the export");
	json_array_foreach(json_object_get(result.record, "checks"), i, check)
		if (strcmp(json_string_value(json_object_get(check, "id")), "differencing") == 0)
			detail = json_string_value(json_object_get(check, "detail"));
	has_str(detail, "file number 3 of the export", "says which");
	ok(detail && !strstr(detail, "104") && !strstr(detail, "107"), "and neither count");
	is_int((long long)result.counts_len, 2, "one cell: its key, and one without its only dimension");
	ok(result.counts[0].key <= result.counts[1].key && result.counts[0].value == 107, "sorted, with the value");
	policy_result_free(&before);
	policy_result_free(&result);
}

static void sets(void)
{
	struct count set[] = { { 5, 20, COUNT_FULL, 0, 0 }, { 3, 10, COUNT_DROPPED, 0, 0 }, { 3, 10, COUNT_FULL, 0, 0 }, { 5, 20, COUNT_FULL, 0, 0 },
		{ 5, 7, COUNT_FULL, 0, 0 } };

	is_int((long long)counts_sort(set, 5), 4, "a set has each entry once");
	is_int((long long)counts_find(set, 4, 5), 2, "its first of a key");
	is_int((long long)counts_find(set, 4, 4), 4, "none of another");
	is_int((long long)counts_from(set, 4, 5, COUNT_FULL, 8), 3, "from a value on");
	is_int((long long)counts_from(set, 4, 3, COUNT_DROPPED, 0), 1, "of a kind");
	is_int((long long)counts_from(set, 4, 9, COUNT_FULL, 0), 4, "behind all");
	is_int((long long)counts_sort(set, 0), 0, "an empty set");
}

/* Every count of a random list is found, and none that is not there. */
static void large_sets(void)
{
	size_t n = 100000, i, kept, wrong = 0;
	struct count *set = calloc(n, sizeof(*set)), other = { 3, 1, COUNT_FULL, 0, 0 };
	uint64_t x = 1;

	for (i = 0; i < n; i++) { /* half of them with a key that another has */
		x = x * 6364136223846793005u + 1442695040888963407u;
		set[i] = (struct count){ i % 2 ? set[i / 2].key : x, (uint32_t)(x >> 60) + 1, x >> 33 & 1 ? COUNT_DROPPED : COUNT_FULL, 0, 0 };
	}
	kept = counts_sort(set, n);
	for (i = 1; i < kept; i++)
		wrong += counts_compare(&set[i - 1], &set[i]) >= 0;
	is_int((long long)wrong, 0, "a hundred thousand counts in order, each once");
	for (i = 0; i < kept; i++)
		wrong += !counts_has(set, kept, &set[i]) || set[counts_on(set, kept, i > 1000 ? i - 1000 : 0, set[i].key)].key != set[i].key;
	is_int((long long)wrong, 0, "each of them is found");
	ok(!counts_has(set, kept, &other) && counts_on(set, kept, 0, UINT64_MAX) == kept, "and no other");
	is_int((long long)counts_sort(set, kept), (long long)kept, "in order already");
	for (i = 0; i < n; i++)
		set[i] = (struct count){ 7, (uint32_t)((i * 7919) % 50000), COUNT_FULL, 0, 0 };
	is_int((long long)counts_sort(set, n), 50000, "all with one key");
	free(set);
}

/* --- what is there to keep the checks busy --- */

static long milliseconds(const char *name, const char *text, size_t n, char *got, size_t room)
{
	struct policy_file f = { .name = name, .bytes = text, .len = n };
	struct policy_result result = { 0 };
	clock_t begin = clock();

	judge_file(&f, "differencing size", &result, got, room);
	policy_result_free(&result);
	return (clock() - begin) * 1000 / CLOCKS_PER_SEC;
}

/* A text of 20,000 tables, each of which is compared with all before it: the last with the first. */
static void many_tables(void)
{
	char *text = malloc(4 << 20), got[65536];
	size_t at = 0, i;
	long ms;

	for (i = 0; i < 20000; i++)
		at += (size_t)sprintf(text + at, "| sex%zu | n |\n|---|---|\n| f%zu | %zu |\n| m | %zu |\n\n", i % 7, i, 50 + 20 * (i % 1000),
			40 + 20 * (i % 1000));
	at += (size_t)sprintf(text + at, "| sex0 | n |\n|---|---|\n| f0 | 53 |\n| m | 40 |\n");
	ms = milliseconds("a.md", text, at, got, sizeof(got));
	is_str(got, "differencing block 100003:8", "20,000 tables, and one that is near the first of them");
	ok(ms < 10000, "which is found in time");
	printf("# %ld ms\n", ms);
	free(text);
}

/* A hundred thousand labels, of which two are the same; and more counts than are compared at all. */
static void many_labels(void)
{
	char *text = malloc(16 << 20), got[65536];
	size_t at, i;
	long ms;

	judge_policy.max_rows = 1000000;
	at = (size_t)sprintf(text, "diagnosis,n\nfirst,1000\n");
	for (i = 0; i < 100000; i++)
		at += (size_t)sprintf(text + at, "label %zu of many,%zu\n", i, 100 + i % 977 * 20);
	at += (size_t)sprintf(text + at, "first,1004\n");
	ms = milliseconds("a.csv", text, at, got, sizeof(got));
	is_str(got, "differencing block 100003:2", "100,000 labels, and one of them twice");
	ok(ms < 10000, "which is found in time");
	printf("# %ld ms\n", ms);
	at = (size_t)sprintf(text, "diagnosis,n\n");
	for (i = 0; i < 270000; i++)
		at += (size_t)sprintf(text + at, "label %zu,%zu\n", i, 100 + i % 977 * 20);
	ms = milliseconds("a.csv", text, at, got, sizeof(got));
	is_str(got, "differencing block 0:0", "more counts than are compared are refused");
	ok(ms < 10000, "in time");
	printf("# %ld ms\n", ms);
	judge_policy.max_rows = 5000;
	free(text);
}

int main(void)
{
	judge_policy.zeros = FINDING_PASS;
	sets();
	vector();
	repeated_names();
	nested();
	rounded();
	texts();
	words_of_findings();
	large_sets();
	many_tables();
	many_labels();
	return tap_end();
}
