/* t/bench/check.c - what t/bench/check measures with: it writes the logs and the table, and searches and checks them.
 *   bench-check logs BYTES >FILE    two fifths tables, three program logs, three prose; an identifier on one line of 2,000
 *   bench-check table BYTES >FILE   results as CSV: labels, counts, estimates
 *   bench-check wide|typed|labels|suppressed|tables BYTES >FILE   other shapes of results: see below
 *   bench-check scan|few FILE [KERNEL]   the search alone, in windows of 512 KiB, for everything, or for identity numbers,
 *                                   pseudonyms and mail; KERNEL: avx512, avx2, sse2, words
 *   bench-check check FILE          policy_check as spe-check calls it
 *   bench-check run COMMAND...      a peer, its output to /dev/null
 * The last three print "SECONDS PEAK-KIB FINDINGS CPU-SECONDS": of the whole process where its reading counts, which is
 * with the search; of policy_check alone. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "policy/inside.h"
#include "spe/psn.h"

#define WINDOW (512u << 10) /* so much is read at once, and stays in the processor's cache */
#define ROOM (4u << 20)     /* a line of over a megabyte fits */

static uint64_t seed = 88172645463325252u;

static unsigned next(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 11) % n;
}

static const char *const words[] = { "the", "patients", "of", "and", "treatment", "in", "was",
	"with", "hazard", "ratio", "we", "estimated", "for", "by", "cohort", "registered",
	"between", "model", "adjusted", "age", "sex", "region", "outcome", "follow-up", "years",
	"were", "a", "an", "interval", "confidence", "primary", "care", "hospital", "admission",
	"discharge", "prescribed", "exposure", "period", "analysis", "sensitivity", "results",
	"group" };
static const char *const modules[] = { "loader", "stage.join", "model.fit", "io.parquet",
	"scheduler", "worker-3" };
static const char *const planted[] = { "131052-308T", "670919-9530", "211062-5629",
	"ann.smith@example.com", "+45 12 34 56 78", "FI21 1234 5600 0007 85", "MRN 1234567" };

static int table_line(char *p, size_t room)
{
	return snprintf(p, room, "%u,%s,%u-%u,region %u,%u,%u.%03u,%u.%04u,%u.%04u\n",
		2000 + next(26), next(2) ? "F" : "M", next(9) * 10, next(9) * 10 + 9, 1 + next(20),
		100 + next(100000), next(100), next(1000), next(3), next(10000), next(9),
		next(10000));
}

static int log_line(char *p, size_t room)
{
	int n = snprintf(p, room, "2026-%02u-%02u %02u:%02u:%02u.%03u INFO  %s: ", 1 + next(12),
		1 + next(28), next(24), next(60), next(60), next(1000), modules[next(6)]);

	switch (next(4)) {
	case 0:
		return n + snprintf(p + n, room - (size_t)n,
				   "chunk %u of 512 read, %u rows, took %u.%03u s\n", next(512),
				   next(1000000), next(9), next(1000));
	case 1:
		return n + snprintf(p + n, room - (size_t)n,
				   "epoch=%u loss=%u.%06u lr=0.%05u step=%u\n", next(100), next(3),
				   next(1000000), next(100000), next(100000));
	case 2:
		return n + snprintf(p + n, room - (size_t)n,
				   "offset %010llu id=%08x-%04x size %u bytes\n",
				   (unsigned long long)next(2000000000) * 4, next(1u << 31),
				   next(65536), next(100000));
	default:
		return n + snprintf(p + n, room - (size_t)n,
				   "wrote /outputs/tables/model_%u/part-%05u.csv (pid %u)\n",
				   next(20), next(10000), next(65536));
	}
}

static int prose_line(char *p, size_t room)
{
	int n = 0;

	while (n < 400 && (n < 60 || next(20) > 0))
		n += snprintf(p + n, room - (size_t)n, "%s%s", n ? " " : "", words[next(42)]);
	return n + snprintf(p + n, room - (size_t)n, next(3) ? ".\n" : " (%u %%).\n", next(100));
}

static void write_logs(unsigned long long bytes)
{
	char line[1024];
	int n;

	while (bytes > 0) {
		unsigned kind = next(
			10); /* lines differ in length: these shares make four, three and three tenths of bytes */

		n = kind < 6   ? table_line(line, sizeof(line))
		    : kind < 9 ? log_line(line, sizeof(line))
			       : prose_line(line, sizeof(line));
		if (next(2000) == 0)
			n += snprintf(line + n - 1, sizeof(line) - (size_t)n, " %s\n",
				     planted[next(7)]) -
			     1;
		if ((unsigned long long)n > bytes)
			n = (int)bytes;
		fwrite(line, 1, (size_t)n, stdout);
		bytes -= (unsigned long long)n;
	}
}

static void write_table(unsigned long long bytes)
{
	char line[256];
	unsigned row = 0;
	int n = printf("year,sex,age_band,region,n,estimate,lower,upper\n");

	for (bytes -= (unsigned long long)n; bytes > 100; bytes -= (unsigned long long)n) {
		unsigned mid = 1000 + next(4000);

		n = snprintf(line, sizeof(line),
			"%u,%s,%u-%u,region %u,%u,%u.%03u,%u.%03u,%u.%03u\n", 1990 + row % 36,
			row / 36 % 2 ? "F" : "M", row / 72 % 9 * 10, row / 72 % 9 * 10 + 9,
			row / 648, 10 + next(100000), mid / 1000, mid % 1000, (mid - 300) / 1000,
			(mid - 300) % 1000, (mid + 300) / 1000, (mid + 300) % 1000);
		fwrite(line, 1, (size_t)n, stdout);
		row++;
	}
}

/* --- other shapes: what a check may meet in 16 MiB --- */

/* One line of columns, each by its number. */
typedef int cell_writer(char *p, size_t room, unsigned row, unsigned column);

static unsigned long long write_row(unsigned row, unsigned columns, cell_writer *cell)
{
	static char line[1 << 16];
	size_t n = 0;
	unsigned i;

	for (i = 0; i < columns && n + 256 < sizeof(line); i++) {
		n += (size_t)cell(line + n, 255, row, i);
		line[n++] = i + 1 < columns ? ',' : '\n';
	}
	fwrite(line, 1, n, stdout);
	return n;
}

static void write_rows(unsigned long long bytes, unsigned columns, cell_writer *cell)
{
	unsigned long long n, most = 0;
	unsigned row;

	for (row = 0; bytes > most; row++, bytes -= n) {
		n = write_row(row, columns, cell);
		most = n > most ? n : most;
	}
}

/* Fifty columns of counts and percentages beside a label of many words. */
static int typed_cell(char *p, size_t room, unsigned row, unsigned column)
{
	if (row == 0)
		return column == 0 ? snprintf(p, room, "characteristic")
				   : snprintf(p, room, "%s_%u", column % 2 ? "n" : "percent", (column + 1) / 2);
	if (column == 0)
		return snprintf(p, room, "group %u", row);
	return column % 2 ? snprintf(p, room, "%u", 10 + next(100000)) : snprintf(p, room, "%u.%u", next(100), next(10));
}

static void write_typed(unsigned long long bytes)
{
	write_rows(bytes, 51, typed_cell);
}

/* A cross table of a thousand columns. */
static int wide_cell(char *p, size_t room, unsigned row, unsigned column)
{
	if (row == 0)
		return column == 0 ? snprintf(p, room, "region") : snprintf(p, room, "code %u", column);
	return column == 0 ? snprintf(p, room, "region %u", row) : snprintf(p, room, "%u", 10 + next(1000));
}

static void write_wide(unsigned long long bytes)
{
	write_rows(bytes, 1000, wide_cell);
}

/* Labels that are sentences, and no two the same. */
static int label_cell(char *p, size_t room, unsigned row, unsigned column)
{
	static const char *const names[] = { "diagnosis", "treatment", "n", "percent" };
	int n = 0, i;

	if (row == 0)
		return snprintf(p, room, "%s", names[column]);
	if (column >= 2)
		return column == 2 ? snprintf(p, room, "%u", 10 + next(100000)) : snprintf(p, room, "%u.%u", next(100), next(10));
	for (i = 0; i < 8; i++)
		n += snprintf(p + n, room - (size_t)n, "%s%s", i ? " " : "", words[next(42)]);
	return n + snprintf(p + n, room - (size_t)n, " %u", row);
}

static void write_labels(unsigned long long bytes)
{
	write_rows(bytes, 4, label_cell);
}

/* Every fifth count is suppressed, beside totals. */
static int suppressed_cell(char *p, size_t room, unsigned row, unsigned column)
{
	static const char *const names[] = { "region", "sex", "age", "n" };

	if (row == 0)
		return snprintf(p, room, "%s", names[column]);
	if (column == 3)
		return row % 5 == 1 ? snprintf(p, room, "<10") : snprintf(p, room, "%u", 10 + next(10000));
	if (column == 0)
		return snprintf(p, room, "region %u", row / 30);
	if (column == 1)
		return snprintf(p, room, "%s", row / 10 % 3 == 0 ? "F" : row / 10 % 3 == 1 ? "M" : "all");
	return row % 10 == 9 ? snprintf(p, room, "total") : snprintf(p, room, "%u-%u", row % 10 * 10, row % 10 * 10 + 9);
}

static void write_suppressed(unsigned long long bytes)
{
	write_rows(bytes, 4, suppressed_cell);
}

/* A text of many small tables, each with labels of its own and some that all have. */
static void write_tables(unsigned long long bytes)
{
	char text[1024];
	unsigned i, k;
	size_t n;

	for (i = 0; bytes > sizeof(text); i++, bytes -= n) {
		n = (size_t)snprintf(text, sizeof(text), "| region | sex | age | n |\n|---|---|---|---|\n");
		for (k = 0; k < 6; k++)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "| region %u | %s | %u-%u | %u |\n", i, k % 2 ? "F" : "M",
				k / 2 * 30, k / 2 * 30 + 29, 100 + next(100000));
		n += (size_t)snprintf(text + n, sizeof(text) - n, "\n");
		fwrite(text, 1, n, stdout);
	}
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* Processor time of this process, user and system. */
static double spent(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return seconds(u.ru_utime) + seconds(u.ru_stime);
}

static void told(double since, double spent_since, unsigned long long findings)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	printf("%.4f %ld %llu %.4f\n", now() - since, u.ru_maxrss, findings, spent() - spent_since);
}

static size_t fill(int fd, char *p, size_t n)
{
	size_t got = 0;
	ssize_t r;

	while (got < n && (r = read(fd, p + got, n - got)) > 0)
		got += (size_t)r;
	return got;
}

static void keys(uint8_t ret[PSN_KEY])
{
	uint8_t mk[PSN_KEY] = { 1 };

	psn_check_key(mk, ret);
}

static enum scan_way way_of(const char *name)
{
	static const char *const names[] = {
		[SCAN_GFNI] = "gfni", [SCAN_AVX512] = "avx512", [SCAN_AVX2] = "avx2", [SCAN_SSE2] = "sse2", [SCAN_WORDS] = "words" };
	enum scan_way way;

	for (way = SCAN_GFNI; name && way <= SCAN_WORDS; way++)
		if (strcmp(names[way], name) == 0 && scan_can(way))
			return way;
	return SCAN_FAST;
}

static int scan_file(int fd, bool few, enum scan_way way)
{
	static struct report r;
	char *room = malloc(ROOM);
	size_t have = 0, done = 0, got, keep;
	uint64_t at = 0;
	uint8_t key[PSN_KEY];
	double since = now();
	struct scan s;

	keys(key);
	scan_begin(&s, &r, key, false);
	s.few = few;
	s.way = way;
	do {
		got = fill(fd, room + have, ROOM - have < WINDOW ? ROOM - have : WINDOW);
		have += got;
		done = scan_part(&s, room, have, done, at, got == 0);
		keep = done > SCAN_KEEP ? done - SCAN_KEEP : 0;
		memmove(room, room + keep, have - keep);
		at += keep;
		have -= keep;
		done -= keep;
	} while (got > 0);
	scan_end(&s);
	told(since, 0, r.count + r.more);
	free(room);
	return 0;
}

static int check_file(int fd, const char *name)
{
	static const struct policy policy = { .name = "bench",
		.min_count = 10,
		.max_bytes = POLICY_BYTES_MAX,
		.max_rows = POLICY_ROWS_MAX,
		.decisions = 2,
		.types = { "csv", "txt", "log", "json" },
		.type_count = 4,
		.zeros = FINDING_REVIEW,
		.full_cells = FINDING_REVIEW,
		.full_percent = 90,
		.dominance_n = 2,
		.dominance_k = 90,
		.p_percent = 10,
		.min_dof = 10,
		.max_r2 = 90,
		.max_digits = 6,
		.differencing = FINDING_BLOCK }; /* as policy/rules/default.policy */
	struct policy_result result = { 0 };
	struct spe_error e = { 0 };
	struct stat st;
	char *bytes;
	uint8_t key[PSN_KEY];
	struct policy_file f = { .name = name, .k_check = key };
	double since, spent_since;

	if (fstat(fd, &st) < 0)
		return 1;
	bytes = malloc((size_t)st.st_size);
	f.len = fill(fd, bytes, (size_t)st.st_size);
	f.bytes = bytes;
	keys(key);
	since = now();
	spent_since = spent();
	if (policy_check(&policy, &f, &result, &e) < 0)
		return fprintf(stderr, "bench-check: %s\n", e.text), 1;
	told(since, spent_since, json_array_size(json_object_get(result.record, "checks")));
	policy_result_free(&result);
	free(bytes);
	return 0;
}

static int run_peer(char **argv)
{
	double since = now();
	struct rusage u;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		if (null >= 0 && dup2(null, STDOUT_FILENO) >= 0)
			execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &u) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) > 1)
		return fprintf(stderr, "bench-check: %s did not run\n", argv[0]), 1;
	printf("%.4f %ld 0 %.4f\n", now() - since, u.ru_maxrss, seconds(u.ru_utime) + seconds(u.ru_stime));
	return 0;
}

static const struct {
	const char *name;
	void (*write)(unsigned long long bytes);
} writers[] = { { "logs", write_logs }, { "table", write_table }, { "typed", write_typed }, { "wide", write_wide }, { "labels", write_labels },
	{ "suppressed", write_suppressed }, { "tables", write_tables } };

int main(int argc, char **argv)
{
	const char *slash;
	size_t i;
	int fd;

	for (i = 0; argc == 3 && i < sizeof(writers) / sizeof(writers[0]); i++)
		if (strcmp(argv[1], writers[i].name) == 0)
			return writers[i].write(strtoull(argv[2], NULL, 10)), 0;
	if (argc > 2 && strcmp(argv[1], "run") == 0)
		return run_peer(argv + 2);
	fd = argc == 3 || argc == 4 ? open(argv[2], O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return fprintf(stderr, "usage: bench-check logs|table|typed|wide|labels|suppressed|tables BYTES |\n"
			       "       bench-check scan|few FILE [KERNEL] | check FILE | run COMMAND...\n"), 2;
	slash = strrchr(argv[2], '/');
	if (strcmp(argv[1], "check") == 0)
		return check_file(fd, slash ? slash + 1 : argv[2]);
	return scan_file(fd, strcmp(argv[1], "few") == 0, way_of(argv[3]));
}
