/* t/bench/crypt4gh.c - the work of t/bench/crypt4gh, which says what is measured:
 *   make BYTES CSV BOX        a register extract of about so many bytes, plain and in a container
 *   open BOX WORKERS [OUT]    what is in it, thrown away or written
 *   stage FILE WORKERS OUT    its table staged
 * The last two print wall and processor seconds, and bytes of the file. */
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "spe/cleanup.h"
#include "sped/base/json.h"
#include "sped/stage/stage.h"
#include "t/unit/c4gh.h"

static const uint8_t secret[C4GH_KEY] = { 5, 1 };

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int file(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		die(path);
	return fd;
}

/* Nobody's numbers: the Finnish ones from 900 on are given to no one. */
static void row(struct buf *b, unsigned i)
{
	static const char check[] = "0123456789ABCDEFHJKLMNPRSTUVWXY";
	unsigned day = 1 + i % 28, month = 1 + i / 28 % 12, year = i / 336 % 100, last = 900 + i / 33600 % 100;
	unsigned rest = (unsigned)(((unsigned long long)day * 10000 + month * 100 + year) * 1000 + last) % 31;

	buf_fmt(b, "%02u%02u%02u-%03u%c,%u,20%02u-%02u-%02u,E11.%u,%u.%u,visit at the clinic number %u\n", day, month, year, last, check[rest],
		20 + i % 70, i % 25, 1 + i % 12, 1 + i % 28, i % 10, 50 + i % 80, i % 10, i % 997);
}

static void make(unsigned long long bytes, const char *csv, const char *box)
{
	auto_close int plain = file(csv, O_WRONLY | O_CREAT | O_TRUNC), out = file(box, O_WRONLY | O_CREAT | O_TRUNC);
	static const uint8_t writer[C4GH_KEY] = { 7 }, key[C4GH_KEY] = { 9 };
	auto_buf struct buf b = { 0 }, c = { 0 };
	unsigned long long done = 0;
	uint8_t reader[C4GH_KEY];
	unsigned i = 0;

	box_public(secret, reader);
	box_begin(&c, 1);
	box_key_packet(&c, writer, reader, key);
	buf_str(&b, "pin,age,day,code,weight,note\n");
	while (done < bytes || b.len > 0) {
		size_t n;

		while (done + b.len < bytes && b.len < 16 * C4GH_SEGMENT)
			row(&b, i++);
		n = b.len < 16 * C4GH_SEGMENT ? b.len : b.len / C4GH_SEGMENT * C4GH_SEGMENT;
		box_segments(&c, key, b.p, n);
		if (io_write_all(plain, b.p, n) < 0 || io_write_all(out, c.p, c.len) < 0)
			die("write");
		done += n;
		memmove(b.p, b.p + n, b.len - n);
		b.len -= n;
		c.len = 0;
		if (n == 0)
			break;
	}
}

static double seconds(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void open_box(int in, unsigned workers, int out)
{
	const struct c4gh_from from = { .fd = in, .secret = secret, .where = "the container", .workers = workers };
	struct spe_error e;
	struct c4gh *c;
	const void *p;
	size_t n;
	int r = c4gh_open(&c, &from, &e);

	while (r == 0 && (r = c4gh_next(c, &p, &n, &e)) > 0)
		r = out < 0 ? 0 : io_write_all(out, p, n);
	if (r < 0) {
		fprintf(stderr, "%s\n", e.text);
		exit(1);
	}
	c4gh_free(c);
}

static void stage(int in, unsigned workers, int out)
{
	auto_json json_t *d = json_loads("{\"name\":\"t\",\"columns\":[{\"name\":\"pin\",\"datatype\":\"string\",\"identifier\":\"fi\"},"
					 "{\"name\":\"age\",\"datatype\":\"integer\"},{\"name\":\"day\",\"datatype\":\"date\"},"
					 "{\"name\":\"code\",\"datatype\":\"string\"},{\"name\":\"weight\",\"datatype\":\"number\"},"
					 "{\"name\":\"note\",\"datatype\":\"string\"}]}", 0, NULL);
	auto_json json_t *v = json_loads("[\"pin\",\"age\",\"day\",\"code\",\"weight\"]", 0, NULL);
	static const uint8_t k_permit[PSN_KEY] = { 1 }, k_check[PSN_KEY] = { 2 };
	struct person *person;
	struct table_done done;
	struct spe_error e;

	if (person_new(&person, k_permit, k_check, 2026) < 0)
		exit(1);
	const struct table_task t = { .where = "table", .description = d, .variables = v, .person = person,
		.with = { .secret = secret, .workers = workers } };

	if (table_stage(&t, in, out, &done, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		exit(1);
	}
	json_decref(done.misfits);
	person_free(person);
}

int main(int argc, char **argv)
{
	double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	unsigned workers = argc > 3 ? (unsigned)atoi(argv[3]) : 0;
	struct stat st;

	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if (argc == 5 && strcmp(argv[1], "make") == 0) {
		make(strtoull(argv[2], NULL, 10), argv[3], argv[4]);
		return 0;
	}
	if (argc < 4)
		return 2;
	auto_close int in = file(argv[2], O_RDONLY), out = argc > 4 ? file(argv[4], O_WRONLY | O_CREAT | O_TRUNC) : -1;

	if (strcmp(argv[1], "open") == 0)
		open_box(in, workers, out);
	else if (argc > 4 && strcmp(argv[1], "stage") == 0)
		stage(in, workers, out);
	else
		return 2;
	if (fstat(in, &st) < 0)
		die("fstat");
	printf("%.4f %.4f %lld\n", seconds(CLOCK_MONOTONIC) - wall, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu, (long long)st.st_size);
	return 0;
}
