/* t/bench/prints.c - fingerprints of staged rows: what the writer takes for a row of six columns, many at once, beside copying the
 * same bytes to memory and to a file; the index's size; how often rows that were never staged are known by chance; and
 * what a look-up costs. Run: t/bench/bench-prints [ROWS, a million where left out]
 * The reader's parts are asked one by one, so its source is part of this program. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "policy/staged.c"
#include "spe/prints.h"

#define COLUMNS 6
#define ROW_BYTES 80
#define BLOCK 500

static uint64_t state = 42;

/* splitmix64, a published generator (Steele, Lea and Flood, 2014). */
static uint64_t draw(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static unsigned below(unsigned n)
{
	return (unsigned)(draw() % n);
}

/* Of this process: others work here too. */
static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct row {
	char text[ROW_BYTES];
	struct csv_field field[COLUMNS];
	uint32_t bytes;
};

/* A person's pseudonym, sex, a day, a diagnosis, a weight, a laboratory value. */
static void row_make(struct row *r)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	size_t i, at = 0, from = 0;

	r->text[at++] = 'p';
	for (i = 0; i < 30; i++)
		r->text[at++] = digits[draw() & 31];
	at += (size_t)snprintf(r->text + at, ROW_BYTES - at, ",%c,%04u-%02u-%02u,%c%02u.%u,%u.%u,%u.%02u\n", "FM"[below(2)],
		2000 + below(24), 1 + below(12), 1 + below(28), 'A' + (char)below(20), below(100), below(10), 40 + below(80),
		below(10), below(20), below(100));
	r->bytes = (uint32_t)at;
	for (i = 0, at = 0; i < COLUMNS; i++, from = ++at) {
		while (r->text[at] != ',' && r->text[at] != '\n')
			at++;
		r->field[i] = (struct csv_field){ .p = r->text + from, .len = at - from };
	}
}

struct bytes {
	uint8_t *p;
	size_t len, room;
};

static int keep(void *arg, const void *p, size_t n)
{
	struct bytes *b = arg;

	if (!room_for((void **)&b->p, &b->room, b->len, n, 1))
		return -SPE_E_INTERNAL;
	memcpy(b->p + b->len, p, n);
	b->len += n;
	return 0;
}

/* What each way took, of rows that were just made and lie in the near caches, as they do while staging. */
struct took {
	double prints, memory, file;
};

static void rows_take(const struct row *row, struct prints *p, char *to, FILE *f, struct took *t)
{
	static struct csv_field field[BLOCK][COLUMNS];
	double start = now(), next;
	size_t i, at = 0;

	for (i = 0; i < BLOCK; i++)
		memcpy(field[i], row[i].field, sizeof(field[i]));
	if (prints_rows(p, field[0], COLUMNS, BLOCK) < 0)
		exit(1);
	t->prints += (next = now()) - start;
	for (i = 0; i < BLOCK; at += row[i++].bytes)
		memcpy(to + at, row[i].text, row[i].bytes);
	__asm__ volatile("" : : "r"(to) : "memory");
	t->memory += (start = now()) - next;
	for (i = 0; i < BLOCK; i++)
		if (fwrite(row[i].text, 1, row[i].bytes, f) != row[i].bytes)
			exit(1);
	t->file += now() - start;
}

static void all_take(size_t n, struct bytes *index, struct took *t)
{
	static struct row row[BLOCK];
	static char to[BLOCK * ROW_BYTES];
	FILE *f = tmpfile();
	struct prints *p;
	double start;
	size_t i, k;

	if (!f || prints_new(&p, keep, index) < 0 || prints_table(p, COLUMNS) < 0)
		exit(1);
	for (i = 0; i < n; i += BLOCK) {
		for (k = 0; k < BLOCK; k++)
			row_make(&row[k]);
		rows_take(row, p, to, f, t);
	}
	start = now();
	if (prints_end(p) < 0)
		exit(1);
	t->prints += now() - start;
	prints_free(p);
	fclose(f);
}

/* Rows of the same kind that were not staged, one by one: how often the index knows them all the same. */
static void chance(const struct bytes *index, size_t n)
{
	static struct staged s = { .table = true };
	uint64_t pairs = 0, known = 0, whole = 0, stars[LEVELS] = { 0 };
	struct tuple *t = calloc(1, sizeof(*t));
	double start;
	size_t i, k, j;
	struct row r;
	bool large;

	s.index.segment = calloc(PRINTS_SEGMENTS_MAX, sizeof(*s.index.segment));
	if (!t || !s.index.segment || !index_read(&s.index, index->p, index->len))
		exit(1);
	s.cell = calloc(COLUMNS, sizeof(*s.cell));
	s.record = calloc(1, sizeof(*s.record));
	s.record[0] = (struct record){ .count = COLUMNS };
	s.records = 1;
	start = now();
	for (i = 0; i < n; i++) {
		row_make(&r);
		for (k = 0; k < COLUMNS; k++)
			s.cell[k] = value_read(r.field[k].p, r.field[k].len);
		for (k = 0; k < COLUMNS; k++)
			for (j = 0; j < k; j++)
				if (value_is_anchor(s.cell[k], s.index.least_shift) || value_is_anchor(s.cell[j], s.index.least_shift)) {
					pairs++;
					known += pair_is_known(&s, s.cell[k], s.cell[j]);
				}
		whole += is_whole(&s, s.record, &large);
		star_count(&s, 0, 0, t, stars);
	}
	start = now() - start;
	printf("# of %zu rows never staged: pairs known %.4f%% of %llu, rows by two pairs %.4f%%, whole rows %.5f%%\n", n,
		100. * (double)known / (double)pairs, (unsigned long long)pairs, 100. * (double)stars[0] / (double)n,
		100. * (double)whole / (double)n);
	printf("# making, reading and looking up such a row: %.0f ns, %.0f a cell; %zu + %zu segments\n",
		start / (double)n * 1e9, start / (double)n * 1e9 / COLUMNS, s.index.pairs, s.index.strong);
	free(s.index.segment);
	free(s.cell);
	free(s.record);
	free(t);
}

int main(int argc, char **argv)
{
	const size_t n = (argc > 1 ? (size_t)atoll(argv[1]) : 1000000) / BLOCK * BLOCK;
	struct bytes index = { 0 };
	struct took t = { 0 };

	if (n == 0)
		return 2;
	all_take(n, &index, &t);
	printf("# %zu rows of %d columns: writer %.1f ns a row, %.2f million rows/s; memcpy %.1f, fwrite %.1f ns\n", n, COLUMNS,
		t.prints / (double)n * 1e9, (double)n / t.prints / 1e6, t.memory / (double)n * 1e9, t.file / (double)n * 1e9);
	printf("# index %.2f MB for a million rows\n", (double)index.len / (double)n);
	chance(&index, 1000000);
	printf("ratio prints-memcpy %.2f\n", t.prints / t.memory);
	printf("ratio prints-fwrite %.2f\n", t.prints / t.file);
	free(index.p);
	return 0;
}
