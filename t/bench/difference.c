/* t/bench/difference.c - the counts of one export against a million released ones: all rules on a table of 1,000 counts with that
 * history, and the same look-ups in an SQLite table with an index, in turn in one run.
 * bench-difference [ROUNDS]; prints milliseconds, and ratios of ours to SQLite's. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "spe/policy.h"

#define RELEASED 1000000u
#define CELLS 1000

static const struct policy policy = { .name = "bench", .min_count = 10, .max_bytes = 16 << 20, .max_rows = 5000, .decisions = 2,
	.types = { "csv" }, .type_count = 1, .zeros = FINDING_REVIEW, .full_cells = FINDING_REVIEW, .full_percent = 90,
	.dominance_n = 2, .dominance_k = 90, .p_percent = 10, .min_dof = 10, .max_r2 = 90, .differencing = FINDING_BLOCK };

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static uint64_t mix(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 0x2545f4914f6cdd1du;
}

/* A thousand counts with three dimensions. */
static char *make_table(void)
{
	char *text = malloc(64 * CELLS);
	size_t at = (size_t)sprintf(text, "region,sex,age_band,n\n");
	int i;

	for (i = 0; i < CELLS; i++)
		at += (size_t)sprintf(text + at, "region %d,%s,%d-%d,%d\n", i / 20, i % 2 ? "f" : "m", i / 2 % 10 * 10, i / 2 % 10 * 10 + 9,
			1000 + i * 37 % 5000);
	return text;
}

static double check(const char *text, const struct count *history, size_t n, struct policy_result *ret)
{
	struct policy_file f = { .name = "a.csv", .bytes = text, .len = strlen(text), .history = history, .history_len = n };
	double begin = now_ms();

	policy_check(&policy, &f, ret, NULL);
	return now_ms() - begin;
}

/* Random counts, and among them the table's own, so that some look-ups find something. */
static struct count *make_history(const struct policy_result *own, size_t *ret_n)
{
	struct count *set = calloc(RELEASED + own->counts_len, sizeof(*set));
	uint64_t seed = 88172645463325252u;
	size_t i;

	for (i = 0; i < RELEASED; i++)
		set[i] = (struct count){ .key = mix(&seed), .value = (uint32_t)(10 + mix(&seed) % 5000), .kind = (uint8_t)(i % 4 ? COUNT_DROPPED : COUNT_FULL) };
	for (i = 0; i < own->counts_len; i++)
		set[RELEASED + i] = own->counts[i];
	*ret_n = counts_sort(set, RELEASED + own->counts_len);
	return set;
}

static sqlite3 *make_database(const struct count *set, size_t n)
{
	sqlite3_stmt *insert;
	sqlite3 *db;
	size_t i;

	sqlite3_open(":memory:", &db);
	sqlite3_exec(db, "create table c (key integer, kind integer, value integer, base integer, primary key (key, kind, value, base)) without rowid", 0, 0, 0);
	sqlite3_exec(db, "begin", 0, 0, 0);
	sqlite3_prepare_v2(db, "insert or ignore into c values (?,?,?,?)", -1, &insert, 0);
	for (i = 0; i < n; i++) {
		sqlite3_bind_int64(insert, 1, (sqlite3_int64)set[i].key);
		sqlite3_bind_int(insert, 2, set[i].kind);
		sqlite3_bind_int64(insert, 3, set[i].value);
		sqlite3_bind_int(insert, 4, set[i].base);
		sqlite3_step(insert);
		sqlite3_reset(insert);
	}
	sqlite3_finalize(insert);
	sqlite3_exec(db, "commit", 0, 0, 0);
	return db;
}

/* Two ranges for each key and kind, as the rule asks: parts against wholes, wholes against both. */
static size_t ask_database(sqlite3_stmt *s, const struct count *own, size_t n)
{
	size_t i, found = 0;
	int kind, side;

	for (i = 0; i < n; i++)
		for (kind = COUNT_FULL; kind <= (own[i].kind == COUNT_FULL ? COUNT_DROPPED : COUNT_FULL); kind++)
			for (side = 0; side < 2; side++) {
				sqlite3_bind_int64(s, 1, (sqlite3_int64)own[i].key);
				sqlite3_bind_int(s, 2, kind);
				sqlite3_bind_int64(s, 3, side ? (sqlite3_int64)own[i].value + 1 : (sqlite3_int64)own[i].value - 9);
				sqlite3_bind_int64(s, 4, side ? (sqlite3_int64)own[i].value + 9 : (sqlite3_int64)own[i].value - 1);
				found += sqlite3_step(s) == SQLITE_ROW;
				sqlite3_reset(s);
			}
	return found;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 15, i;
	struct policy_result own = { 0 }, result = { 0 };
	double *ours = calloc((size_t)rounds + 1, sizeof(*ours)), *alone = calloc((size_t)rounds + 1, sizeof(*alone)),
	       *theirs = calloc((size_t)rounds + 1, sizeof(*theirs));
	char *text = make_table();
	struct count *history;
	sqlite3_stmt *s;
	sqlite3 *db;
	size_t n;

	check(text, NULL, 0, &own);
	history = make_history(&own, &n);
	db = make_database(history, n);
	sqlite3_prepare_v2(db, "select 1 from c where key = ? and kind = ? and value between ? and ? limit 1", -1, &s, 0);
	for (i = 0; i < rounds; i++) {
		double begin;

		ours[i] = check(text, history, n, &result);
		policy_result_free(&result);
		alone[i] = check(text, NULL, 0, &result);
		policy_result_free(&result);
		begin = now_ms();
		ask_database(s, own.counts, own.counts_len);
		theirs[i] = now_ms() - begin;
	}
	qsort(ours, (size_t)rounds, sizeof(*ours), compare);
	qsort(alone, (size_t)rounds, sizeof(*alone), compare);
	qsort(theirs, (size_t)rounds, sizeof(*theirs), compare);
	printf("history %zu entries, export %d cells, %zu keys; medians of %d rounds\n", n, CELLS, own.counts_len, rounds);
	printf("check with history %.2f ms, without %.2f ms; sqlite look-ups %.2f ms\n", ours[rounds / 2], alone[rounds / 2], theirs[rounds / 2]);
	printf("ratio difference-lookups %.3f\n", (ours[rounds / 2] - alone[rounds / 2]) / theirs[rounds / 2]);
	printf("ratio difference-check %.3f\n", ours[rounds / 2] / theirs[rounds / 2]);
	sqlite3_finalize(s);
	sqlite3_close(db);
	policy_result_free(&own);
	free(history);
	free(text);
	free(ours);
	free(alone);
	free(theirs);
	return 0;
}
