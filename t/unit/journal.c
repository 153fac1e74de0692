/* t/unit/journal.c - the chain alone: every byte of it counts, and so does its length. */
#include "t/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"
#include "sped/gate/journal.h"

static const uint8_t key[32] = { 9, 8, 7, 6, 5, 4, 3, 2, 1 };
static struct journal *j;
static struct spe_error err;
static int dir, own_seen;
static uint64_t own_seq;

static int64_t clock_ms(void)
{
	return 1793534400123ll;
}

static void seen(void *arg, const json_t *record, uint64_t seq)
{
	own_seen++;
	own_seq = seq;
}

static int again(void)
{
	journal_free(j);
	j = NULL;
	own_seen = 0;
	return journal_open(&j, dir, key, clock_ms, seen, NULL, &err);
}

static int add(const char *actor, const char *text)
{
	auto_json json_t *r = json_pack("{s:s,s:s,s:s,s:{s:s}}", "actor", actor, "role", "tester", "action", "x", "object",
		"text", text);

	return journal_append(j, r, "ok", NULL, NULL, &err);
}

static size_t problems(void)
{
	auto_json json_t *list = json_array();

	journal_check(j, list);
	return json_array_size(list);
}

static char *whole(const char *name, size_t *ret_len)
{
	auto_close int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	char *p = NULL;

	if (fd < 0 || io_read_all(fd, 4 << 20, &p, ret_len) < 0)
		exit(99);
	return p;
}

static void write_whole(const char *name, const char *p, size_t len)
{
	auto_close int fd = openat(dir, name, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0 || io_write_all(fd, p, len) < 0)
		exit(99);
}

static void a_record_is_a_line(void)
{
	auto_free char *text = NULL;
	char hash[SHA256_TEXT];
	size_t len, n;

	is_int(again(), 0, "an empty journal opens");
	is_int(add("cy", "a \"quoted\" line\nand another, \xc3\xa4"), 0, "a record is added");
	text = whole("journal.jsonl", &len);
	has_str(text, "{\"seq\":1,\"time\":\"2026-11-01T12:00:00.123Z\",\"actor\":\"cy\",\"role\":\"tester\",\"action\":\"x\","
		"\"workspace\":null,\"permit_version\":null,\"object\":{\"text\":", "its fields stand in their order");
	is_int(strchr(text, '\n') - text, (long long)len - 1, "on one line");
	n = (size_t)(strstr(text, ",\"hash\":\"") - text);
	sha256_text(text, n, hash);
	is_int(strncmp(text + n + 9, hash, 64), 0, "and the hash is of the bytes before it");
	is_str(journal_head(j), hash, "as the journal says");
}

static void it_reads_what_it_wrote(void)
{
	auto_json json_t *items = NULL, *filter = json_pack("{s:s}", "actor", "bo");

	is_int(add("bo", "second"), 0, "a second record");
	is_int(add(JOURNAL_ACTOR, "third"), 0, "and one of the gate");
	is_int(again(), 0, "the journal opens again");
	is_int((long long)journal_size(j), 3, "with three records");
	is_int(own_seen, 1, "and shows the gate its own");
	is_int((long long)own_seq, 3, "with its number");
	is_int(journal_records(j, 1, 10, filter, &items, &err), 0, "records are found");
	is_int((long long)json_array_size(items), 1, "by their actor");
}

static void a_checkpoint_is_signed(void)
{
	struct stat st;

	is_int(journal_checkpoint(j, &err), 0, "a checkpoint is written");
	is_int(fstatat(dir, "checkpoints.jsonl", &st, 0), 0, "into its file");
	is_int(journal_checkpoint(j, &err), 0, "another one of the same records");
	is_int((long long)problems(), 0, "is not needed, and all holds");
	is_int(add("cy", "fourth"), 0, "a record after it");
	is_int(journal_checkpoint(j, &err), 0, "and one more checkpoint");
}

/* Which bytes could be another and nobody would know? */
static void every_byte(const char *name)
{
	auto_free char *text = NULL;
	char what[100];
	size_t len, i, missed = 0;

	text = whole(name, &len);
	for (i = 0; i < len; i++) {
		text[i] ^= 1;
		write_whole(name, text, len);
		if (problems() == 0) {
			missed++;
			printf("# byte %zu of %s\n", i, name);
		}
		text[i] ^= 1;
	}
	write_whole(name, text, len);
	snprintf(what, sizeof(what), "no byte of %zu in %s can be another", len, name);
	is_int((long long)missed, 0, what);
	is_int((long long)problems(), 0, "as it was, all holds");
}

/* The same over a restart: what is not a crash's doing is not mended. */
static void every_byte_over_a_restart(const char *name)
{
	auto_free char *text = NULL;
	size_t len, i, missed = 0;

	text = whole(name, &len);
	for (i = 0; i < len; i += i + 160 < len ? 7 : 1) {
		text[i] ^= 1;
		write_whole(name, text, len);
		if (again() < 0 || problems() == 0) {
			missed++;
			printf("# byte %zu of %s\n", i, name);
		}
		text[i] ^= 1;
		write_whole(name, text, len);
	}
	is_int((long long)missed, 0, "a restart finds it too");
	is_int(again(), 0, "as it was, it opens");
	is_int((long long)problems(), 0, "and all holds");
}

static void a_torn_line_is_cut(void)
{
	auto_free char *text = NULL, *torn = NULL;
	size_t len, torn_len, i, last;

	text = whole("journal.jsonl", &len);
	is_int(add("cy", "the last"), 0, "a record is added");
	torn = whole("journal.jsonl", &torn_len);
	last = torn_len - len;
	for (i = 1; i < last; i++) {
		write_whole("journal.jsonl", torn, len + i);
		if (again() < 0 || journal_tampered(j) || problems() != 0 || journal_size(j) != 5)
			break;
	}
	is_int((long long)i, (long long)last, "wherever the last line is torn, it is cut off and told of");
	write_whole("journal.jsonl", torn, torn_len);
	is_int(again(), 0, "whole, it opens");
	is_int((long long)journal_size(j), 5, "with its last record");
}

static void a_cut_below_a_checkpoint_shows(void)
{
	auto_free char *text = NULL;
	size_t len, cut = 0;
	int lines;

	is_int(journal_checkpoint(j, &err), 0, "a checkpoint is written");
	text = whole("journal.jsonl", &len);
	for (lines = 0; lines < 4; lines++)
		cut += strcspn(text + cut, "\n") + 1;
	write_whole("journal.jsonl", text, cut);
	is_int(again(), 0, "a journal that was cut opens");
	has_str(journal_tampered(j), "it was cut", "but says so");
	is_int(add("cy", "x"), -SPE_E_TAMPERED, "and takes no more");
	write_whole("journal.jsonl", text, len);
	is_int(again(), 0, "whole, it opens");
	ok(!journal_tampered(j), "and takes more");
}

static void another_key_is_another_gate(void)
{
	static const uint8_t other[32] = { 1 };
	struct journal *foreign = NULL;

	is_int(journal_open(&foreign, dir, other, clock_ms, seen, NULL, &err), 0, "with another key");
	has_str(journal_tampered(foreign), "is not what the gate signed", "the checkpoints do not hold");
	journal_free(foreign);
}

static void checkpoints_come_by_themselves(void)
{
	auto_json json_t *items = NULL, *all = json_object();
	auto_free char *text = NULL;
	size_t len, i, lines = 0, before = 0;

	text = whole("checkpoints.jsonl", &len);
	for (i = 0; i < len; i++)
		before += text[i] == '\n';
	free(text);
	for (i = 0; i < 600 && add("cy", "many") == 0; i++)
		;
	is_int((long long)i, 600, "600 records are added");
	text = whole("checkpoints.jsonl", &len);
	for (i = 0; i < len; i++)
		lines += text[i] == '\n';
	is_int((long long)(lines - before), 2, "and two checkpoints with them");
	is_int(journal_records(j, 520, 3, all, &items, &err), 0, "records from the middle");
	is_int(json_int(json_array_get(items, 0), "seq"), 520, "begin where they should");
	is_int(again(), 0, "the journal opens again");
	json_decref(items);
	items = NULL;
	is_int(journal_records(j, 605, 3, all, &items, &err), 0, "records of the end");
	is_int((long long)json_array_size(items), 1, "are as many as there are");
	is_int((long long)problems(), 0, "all holds");
}

static void a_record_has_a_size(void)
{
	auto_free char *big = malloc(JOURNAL_LINE_MAX + 1);
	uint64_t before = journal_size(j);

	memset(big, 'a', JOURNAL_LINE_MAX);
	big[JOURNAL_LINE_MAX] = '\0';
	is_int(add("cy", big), -SPE_E_TOO_LARGE, "a record longer than any is refused");
	is_int((long long)journal_size(j), (long long)before, "and not added");
	is_int((long long)problems(), 0, "all holds");
}

int main(void)
{
	const char *base = getenv("TMPDIR");
	char where[200];

	snprintf(where, sizeof(where), "%s/spe-journal.XXXXXX", base ? base : P_tmpdir);
	if (!mkdtemp(where) || (dir = open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return 99;
	a_record_is_a_line();
	it_reads_what_it_wrote();
	a_checkpoint_is_signed();
	every_byte("journal.jsonl");
	every_byte("checkpoints.jsonl");
	every_byte_over_a_restart("journal.jsonl");
	every_byte_over_a_restart("checkpoints.jsonl");
	a_torn_line_is_cut();
	a_cut_below_a_checkpoint_shows();
	another_key_is_another_gate();
	checkpoints_come_by_themselves();
	a_record_has_a_size();
	journal_free(j);
	unlinkat(dir, "journal.jsonl", 0);
	unlinkat(dir, "checkpoints.jsonl", 0);
	close(dir);
	rmdir(where);
	return tap_end();
}
