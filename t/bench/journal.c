/* t/bench/journal.c - what a durable record costs: journal_append against a bare write and fdatasync of as many bytes into a
 * file of zeros, and against SQLite (WAL, synchronous=FULL), each a record at a time and 64 at a time, by turns in one run; 64
 * clients that wait for their record each, against one; processor time of a record; audit verify; and what appending and
 * proving cost in a large journal, against one of 10,000 records.
 * bench-journal [ROUNDS [RECORDS]] in a directory on the disk that is meant: 5 rounds, 1,000,000 records else. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"
#include "sped/gate/journal.h"

#define SINGLE 200 /* commits of a round */
#define BATCHES 20
#define BATCH 64
#define RUNS_MAX 4000

static const uint8_t key[32] = { 1, 2, 3 };
static struct spe_error err;
static json_t *record;
static char text[400]; /* as long as a line of the journal */
static int dir;

static void die(const char *what)
{
	fprintf(stderr, "bench-journal: %s: %s\n", what, err.text[0] ? err.text : strerror(errno));
	exit(1);
}

static double now_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int64_t clock_ms(void)
{
	return (int64_t)(now_us(CLOCK_REALTIME) / 1000);
}

static void seen(void *arg, const json_t *one, uint64_t seq)
{
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *t, size_t n)
{
	qsort(t, n, sizeof(*t), by_size);
	return t[n / 2];
}

/* ---- three ways to keep a record ---- */

static int bare_fd;
static off_t bare_at;
static struct journal *j;
static sqlite3 *db;
static sqlite3_stmt *insert;

static void bare_put(int records)
{
	int i;

	for (i = 0; i < records; i++, bare_at += (off_t)sizeof(text))
		if (pwrite(bare_fd, text, sizeof(text), bare_at) != (ssize_t)sizeof(text))
			die("write");
	if (fdatasync(bare_fd) < 0)
		die("fdatasync");
}

static void ours_put(int records)
{
	int i;

	for (i = 0; i < records - 1; i++)
		if (journal_append_later(j, record, "ok", &err) < 0)
			die("append");
	if (journal_append(j, record, "ok", NULL, NULL, &err) < 0)
		die("append");
}

static void sql(const char *what)
{
	if (sqlite3_exec(db, what, NULL, NULL, NULL) != SQLITE_OK)
		die(what);
}

static void sqlite_put(int records)
{
	int i;

	if (records > 1)
		sql("BEGIN");
	for (i = 0; i < records; i++) {
		sqlite3_bind_text(insert, 1, text, sizeof(text), SQLITE_STATIC);
		if (sqlite3_step(insert) != SQLITE_DONE)
			die("insert");
		sqlite3_reset(insert);
	}
	if (records > 1)
		sql("COMMIT");
}

static const struct way {
	const char *name;
	void (*put)(int records);
} ways[] = { { "bare", bare_put }, { "ours", ours_put }, { "sqlite", sqlite_put } };
#define WAYS 3

static void open_all(void)
{
	static char zeros[1 << 20];
	int i;

	bare_fd = openat(dir, "bare", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	for (i = 0; i < 64; i++)
		if (io_write_all(bare_fd, zeros, sizeof(zeros)) < 0)
			die("bare");
	fsync(bare_fd);
	if (journal_open(&j, dir, key, clock_ms, seen, NULL, &err) < 0)
		die("journal");
	if (sqlite3_open("bench.db", &db) != SQLITE_OK)
		die("sqlite");
	sql("PRAGMA journal_mode=WAL");
	sql("PRAGMA synchronous=FULL");
	sql("CREATE TABLE r(seq INTEGER PRIMARY KEY, line TEXT)");
	if (sqlite3_prepare_v2(db, "INSERT INTO r(line) VALUES(?)", -1, &insert, NULL) != SQLITE_OK)
		die("sqlite");
}

/* ---- 64 clients: all that wait are written together, which is what the engine does with calls ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t came = PTHREAD_COND_INITIALIZER, done = PTHREAD_COND_INITIALIZER;
static long waiting, asked, answered, wanted;

static void *client(void *arg)
{
	long mine, left = *(long *)arg;

	pthread_mutex_lock(&lock);
	for (; left > 0; left--) {
		waiting++;
		mine = ++asked;
		pthread_cond_signal(&came);
		while (answered < mine)
			pthread_cond_wait(&done, &lock);
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

static double clients(int count, long each)
{
	pthread_t thread[BATCH];
	double begin = now_us(CLOCK_MONOTONIC);
	int i;

	waiting = asked = answered = 0;
	wanted = count * each;
	for (i = 0; i < count; i++)
		pthread_create(&thread[i], NULL, client, &each);
	pthread_mutex_lock(&lock);
	while (answered < wanted) {
		long take;

		while (waiting == 0)
			pthread_cond_wait(&came, &lock);
		take = waiting;
		waiting = 0;
		pthread_mutex_unlock(&lock);
		ours_put((int)take);
		pthread_mutex_lock(&lock);
		answered += take;
		pthread_cond_broadcast(&done);
	}
	pthread_mutex_unlock(&lock);
	for (i = 0; i < count; i++)
		pthread_join(thread[i], NULL);
	return (now_us(CLOCK_MONOTONIC) - begin) / (double)wanted;
}

/* ---- large journals ---- */

static double cpu_append(long records)
{
	double begin = now_us(CLOCK_PROCESS_CPUTIME_ID);
	long i;

	for (i = 0; i < records; i++)
		if (journal_append_later(j, record, "ok", &err) < 0)
			die("append");
	return (now_us(CLOCK_PROCESS_CPUTIME_ID) - begin) / (double)records;
}

static double cpu_proof(void)
{
	auto_json json_t *all = json_object();
	double begin;
	int i;

	if (journal_checkpoint(j, &err) < 0)
		die("checkpoint");
	begin = now_us(CLOCK_PROCESS_CPUTIME_ID);
	for (i = 1; i <= 500; i++) {
		auto_json json_t *out = NULL;

		if (journal_evidence(j, 1 + (uint64_t)i * (journal_size(j) / 501), 1, all, 0, &out, &err) < 0)
			die("evidence");
	}
	return (now_us(CLOCK_PROCESS_CPUTIME_ID) - begin) / 500;
}

static void large(long records)
{
	double small_append, small_proof, append, proof, begin;
	auto_json json_t *problems = json_array();
	struct stat st;

	while (journal_size(j) < 10000)
		journal_append_later(j, record, "ok", &err);
	small_append = cpu_append(5000);
	small_proof = cpu_proof();
	while ((long)journal_size(j) < records)
		journal_append_later(j, record, "ok", &err);
	append = cpu_append(5000);
	proof = cpu_proof();
	begin = now_us(CLOCK_PROCESS_CPUTIME_ID);
	journal_check(j, problems);
	begin = now_us(CLOCK_PROCESS_CPUTIME_ID) - begin;
	fstatat(dir, "journal.jsonl", &st, 0);
	printf("append %.2f us of processor time at 10,000 records, %.2f at %llu; proof of one record %.0f and %.0f us\n",
		small_append, append, (unsigned long long)journal_size(j), small_proof, proof);
	printf("audit verify: %llu records, %.0f MB/s (%zu problems)\n", (unsigned long long)journal_size(j),
		(double)st.st_size / begin, json_array_size(problems));
	printf("ratio journal-append-large %.2f\nratio journal-proof-large %.2f\n", append / small_append, proof / small_proof);
}

int main(int argc, char **argv)
{
	static double single[WAYS][RUNS_MAX], batch[WAYS][RUNS_MAX], one[RUNS_MAX], many[RUNS_MAX];
	size_t rounds = argc > 1 ? (size_t)atoi(argv[1]) : 5, r, w, i, s = 0, b = 0;
	double p50[WAYS], p50_batch[WAYS];

	if (rounds < 1 || rounds * SINGLE > RUNS_MAX)
		return fprintf(stderr, "usage: bench-journal [ROUNDS (1 to %d) [RECORDS]]\n", RUNS_MAX / SINGLE), 2;
	memset(text, 'x', sizeof(text));
	record = json_pack("{s:s,s:s,s:s,s:s,s:i,s:{s:s,s:s}}", "actor", "aino", "role", "researcher", "action", "job.submit",
		"workspace", "FI-2026-0042", "permit_version", 3, "object", "job", "3f9c0a12", "command",
		"Rscript /code/main.R");
	dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	open_all();
	for (r = 0; r < rounds; r++) {
		for (i = 0; i < SINGLE; i++, s++)
			for (w = 0; w < WAYS; w++) {
				double begin = now_us(CLOCK_MONOTONIC);

				ways[w].put(1);
				single[w][s] = now_us(CLOCK_MONOTONIC) - begin;
			}
		for (i = 0; i < BATCHES; i++, b++)
			for (w = 0; w < WAYS; w++) {
				double begin = now_us(CLOCK_MONOTONIC);

				ways[w].put(BATCH);
				batch[w][b] = (now_us(CLOCK_MONOTONIC) - begin) / BATCH;
			}
		one[r] = clients(1, SINGLE);
		many[r] = clients(BATCH, BATCHES);
	}
	for (w = 0; w < WAYS; w++) {
		p50[w] = median(single[w], s);
		p50_batch[w] = median(batch[w], b);
		printf("%s: one record p50 %.0f us; 64 at a time %.0f records/s\n", ways[w].name, p50[w], 1e6 / p50_batch[w]);
	}
	printf("one client %.0f records/s, 64 clients %.0f\n", 1e6 / median(one, rounds), 1e6 / median(many, rounds));
	printf("a record without sync: %.2f us of processor time\n", cpu_append(20000));
	printf("ratio journal-bare %.2f\nratio journal-sqlite %.2f\nratio journal-batch-sqlite %.2f\nratio journal-clients %.3f\n",
		p50[1] / p50[0], p50[1] / p50[2], p50_batch[1] / p50_batch[2], median(many, rounds) / median(one, rounds));
	large(argc > 2 ? atol(argv[2]) : 1000000);
	journal_free(j);
	sqlite3_finalize(insert);
	sqlite3_close(db);
	json_decref(record);
	return 0;
}
