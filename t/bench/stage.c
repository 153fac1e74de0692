/* t/bench/stage.c - staging of a made-up register extract by spe-stage itself, confined, as the launcher begins it.
 * bench-stage make FILE ROWS [sorted]: pin, birth_date, sex, municipality, icd10, date, atc, dose, note; a million persons in
 *   random order, or one after the other; 15 % of the notes in quotes, with commas, doubled quotes and some line breaks. 94 bytes a row.
 * bench-stage run FILE DIRECTORY: replaces the pin, drops the birth date, makes the date a month; the result is
 *   DIRECTORY/register/extract.csv. Validation, selection and fingerprints are part of it.
 * bench-stage time COMMAND...: any other program, in the same way.
 * The last two print wall seconds, processor seconds and peak memory in KiB. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/hex.h"
#include "sped/base/json.h"
#include "t/unit/helper.h"

static uint64_t state = 20261129;

static uint32_t draw(uint32_t below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((state >> 32) * below >> 32);
}

/* A Swedish number with its check digit: the same for the same person. */
static void put_pin(char ret[13], uint32_t person)
{
	const uint64_t keep = state;
	unsigned sum = 0, year, i;

	state = person * 0x9e3779b97f4a7c15u;
	draw(2);
	year = 1920 + draw(100);
	snprintf(ret, 13, "%04u%02u%02u%03u", year % 10000, 1 + draw(12), 1 + draw(28), 1 + draw(999) % 999);
	for (i = 0; i < 9; i++) {
		const unsigned v = (unsigned)(ret[2 + i] - '0') * (i % 2 == 0 ? 2 : 1);

		sum += v / 10 + v % 10;
	}
	ret[11] = (char)('0' + (10 - sum % 10) % 10);
	ret[12] = '\0';
	state = keep;
}

static int make_row(char *p, size_t room, uint32_t person)
{
	static const char *const words[] = { "control", "follow-up", "referred", "no change", "new dose", "stable", "phone call",
		"acute", "planned", "lab taken" };
	const char *a = words[draw(10)], *b = words[draw(10)];
	const uint32_t kind = draw(100);
	char pin[13], note[80];

	put_pin(pin, person);
	if (kind < 12)
		snprintf(note, sizeof(note), "\"%s, %s %u\"", a, b, draw(100));
	else if (kind < 14)
		snprintf(note, sizeof(note), "\"says \"\"%s\"\", %s\"", a, b);
	else if (kind < 15)
		snprintf(note, sizeof(note), "\"%s\n%s\"", a, b);
	else
		snprintf(note, sizeof(note), "%s %s %u", a, b, draw(1000));
	return snprintf(p, room, "%s,%.4s-%.2s-%.2s,%c,%04u,%c%02u.%u,%04u-%02u-%02u,%c%02uA%c%02u,%u.%u,%s\n", pin, pin, pin + 4, pin + 6,
		"12"[draw(2)], 1 + draw(310), 'A' + (char)draw(26), draw(100), draw(10), 2000 + draw(25), 1 + draw(12), 1 + draw(28),
		'A' + (char)draw(26), draw(17), 'A' + (char)draw(26), draw(60), draw(500), draw(10), note);
}

#define PERSONS 1000000u
static int make(const char *path, unsigned long rows, bool sorted)
{
	FILE *f = fopen(path, "w");
	char row[256] = "";
	unsigned long i;

	if (!f)
		return 1;
	fputs("pin,birth_date,sex,municipality,icd10,date,atc,dose,note\n", f);
	for (i = 0; i < rows; i++) {
		const uint32_t person = draw(PERSONS);

		fwrite(row, 1, (size_t)make_row(row, sizeof(row), sorted ? (uint32_t)((uint64_t)i * PERSONS / rows) : person), f);
	}
	return fclose(f) == 0 ? 0 : 1;
}

/* ---- measuring ---- */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int report(double began, int status)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	printf("%.3f %.3f %ld\n", now() - began,
		(double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6, u.ru_maxrss);
	return status;
}

static int timed(char **argv)
{
	const double began = now();
	const pid_t pid = fork();
	int status = 1;

	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return report(began, status != 0);
}

/* ---- spe-stage ---- */

static const char description[] = "{\"name\":\"extract\",\"columns\":["
	"{\"name\":\"pin\",\"datatype\":\"string\",\"identifier\":\"se\"},{\"name\":\"birth_date\",\"datatype\":\"date\"},"
	"{\"name\":\"sex\",\"datatype\":\"integer\"},{\"name\":\"municipality\",\"datatype\":\"string\"},"
	"{\"name\":\"icd10\",\"datatype\":\"string\"},{\"name\":\"date\",\"datatype\":\"date\"},{\"name\":\"atc\",\"datatype\":\"string\"},"
	"{\"name\":\"dose\",\"datatype\":\"number\"},{\"name\":\"note\",\"datatype\":\"string\"}]}";
static const char permit[] =
	"{\"format\":\"spe-permit-1\",\"id\":\"BENCH\",\"kind\":\"data-permit\",\"version\":1,"
	"\"issuer\":{\"hdab\":\"urn:spe:hdab:fi\",\"country\":\"FI\",\"case\":\"1\"},\"issued\":\"2026-10-01T09:00:00Z\","
	"\"data\":[{\"holding\":\"register\",\"form\":\"pseudonymised\",\"format\":\"csv\",\"variables\":{\"extract\":[\"*\"]},"
	"\"generalise\":[{\"table\":\"extract\",\"variable\":\"birth_date\",\"to\":\"drop\"},"
	"{\"table\":\"extract\",\"variable\":\"date\",\"to\":\"month\"}]}],"
	"\"purpose\":{\"article53\":[\"e\"],\"text\":\"x\"},\"persons\":[{\"id\":\"aino\",\"roles\":[\"principal-investigator\"]}],"
	"\"valid\":{\"from\":\"2026-10-15\",\"until\":\"2028-10-15\",\"erased-by\":\"2029-04-15\"},"
	"\"environment\":{\"runtime\":[\"host\"],\"cpus\":1,\"memory\":\"1G\",\"disk\":\"1G\"},"
	"\"outputs\":{\"types\":[\"text/csv\"],\"min-cell\":5,\"max-bytes\":1000}}";
#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static int run(const char *path, const char *directory)
{
	const int in = open(path, O_RDONLY | O_CLOEXEC), place = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char digest[SHA256_TEXT], result[512] = "";
	auto_json json_t *ticket = NULL;
	auto_free char *text = NULL;
	int out, status;
	double began;

	if (in < 0 || place < 0 || (geteuid() == 0 && fchown(place, HELPER_UID, HELPER_UID) < 0) || sha256_fd_text(in, digest, NULL) < 0) {
		perror(directory);
		return 1;
	}
	ticket = json_pack("{s:s,s:s,s:s,s:s,s:s,s:i,s:[{s:s,s:s,s:s,s:o}]}", "kind", "stage", "permit", permit, "k_permit", KEY,
		"k_check", KEY, "k_shift", KEY, "reference_year", 2026, "tables", "holding", "register", "table", "extract", "sha256", digest,
		"description", json_loads(description, 0, NULL));
	text = json_dumps(ticket, 0);
	out = helper_file("", 0);
	began = now();
	status = helper_run("spe-stage", text, out, -1, (int[]){ -1, place, in }, 3);
	report(began, status);
	if (status != 0 && pread(out, result, sizeof(result) - 1, 0) > 0)
		fprintf(stderr, "%s\n", result);
	return status;
}

int main(int argc, char **argv)
{
	if ((argc == 4 || (argc == 5 && strcmp(argv[4], "sorted") == 0)) && strcmp(argv[1], "make") == 0)
		return make(argv[2], strtoul(argv[3], NULL, 10), argc == 5);
	if (argc == 4 && strcmp(argv[1], "run") == 0)
		return run(argv[2], argv[3]);
	if (argc > 2 && strcmp(argv[1], "time") == 0)
		return timed(argv + 2);
	fprintf(stderr, "usage: bench-stage make FILE ROWS [sorted] | run FILE DIRECTORY | time COMMAND...\n");
	return 2;
}
