/* t/unit/journal.c - the chain alone: every byte of it counts, and so does its length. */
#include "t/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
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

static int add_how(int (*how)(struct journal *, const json_t *, const char *, struct spe_error *))
{
	auto_json json_t *r = json_pack("{s:s,s:s,s:s,s:{}}", "actor", "cy", "role", "tester", "action", "x", "object");

	return how(j, r, "ok", &err);
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
	while (strcmp(name, "journal.jsonl") == 0 && *ret_len > 0 && p[*ret_len - 1] == '\0')
		--*ret_len; /* room for more */
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
	is_int(journal_records(j, 1, 10, filter, &items, NULL, &err), 0, "records are found");
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

/* A clean end cuts off what lies behind the last record; here that is to be read. */
static void close_first(void)
{
	journal_free(j);
	j = NULL;
}

static void room_behind(void)
{
	auto_close int fd = openat(dir, "journal.jsonl", O_WRONLY | O_APPEND | O_CLOEXEC);
	static const char nuls[100000];

	if (fd < 0 || io_write_all(fd, nuls, sizeof(nuls)) < 0)
		exit(99);
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
		close_first();
		write_whole("journal.jsonl", torn, len + i);
		if (again() < 0 || journal_tampered(j) || problems() != 0 || journal_size(j) != 5)
			break;
	}
	is_int((long long)i, (long long)last, "wherever the last line is torn, it is cut off and told of");
	for (i = 1; i < last; i++) {
		close_first();
		write_whole("journal.jsonl", torn, len + i);
		room_behind();
		if (again() < 0 || journal_tampered(j) || problems() != 0 || journal_size(j) != 5)
			break;
	}
	is_int((long long)i, (long long)last, "with room behind it too");
	write_whole("journal.jsonl", torn, torn_len);
	is_int(again(), 0, "whole, it opens");
	is_int((long long)journal_size(j), 5, "with its last record");
}

static void byte_behind(void)
{
	auto_close int fd = openat(dir, "journal.jsonl", O_RDWR | O_CLOEXEC);

	if (pwrite(fd, "x", 1, lseek(fd, 0, SEEK_END) - 3000) != 1)
		exit(99);
}

static bool opens_with(const char *p, size_t len, uint64_t records, bool good)
{
	close_first();
	write_whole("journal.jsonl", p, len);
	room_behind();
	return again() == 0 && !journal_tampered(j) == good && (!good || (problems() == 0 && journal_size(j) == records));
}

/* Records that were written together lie in several sectors, any of which a power cut may have left out. */
static void sectors_may_be_missing(void)
{
	auto_free char *text = NULL, *more = NULL, *hole = NULL;
	char long_text[700];
	uint64_t records = journal_size(j);
	size_t len, more_len, at, at2, at3;
	const char *end;
	int i;

	memset(long_text, 'z', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	text = whole("journal.jsonl", &len);
	for (i = 0; i < 4; i++)
		add("cy", long_text);
	more = whole("journal.jsonl", &more_len);
	hole = malloc(more_len);
	at = (len / 512 + 1) * 512;
	at2 = ((len + 1050) / 512 + 1) * 512; /* in the second record */
	memcpy(hole, more, more_len);
	memset(hole + len, 0, at - len);
	ok(opens_with(hole, more_len, records + 1, true), "the first sector is missing: all four records go, and one says so");
	memcpy(hole, more, more_len);
	memset(hole + at2, 0, 512);
	ok(opens_with(hole, more_len, records + 2, true), "one in the middle: what was whole before it stays");
	for (end = more + len, i = 0; i < 3; i++)
		end = strchr(end, '\n') + 1;
	at3 = (size_t)(end - more);
	memcpy(hole, more, more_len);
	memset(hole + at, 0, 512);
	memset(hole + at3, 0, (at3 / 512 + 1) * 512 - at3);
	ok(opens_with(hole, more_len, records + 1, true), "a page is there as it was before the fourth came: nor is that anybody's doing");
	memcpy(hole, more, more_len);
	memset(hole + at, 0, 512);
	memset(hole + at3 - 1, 0, (at3 / 512 + 1) * 512 - at3 + 1);
	ok(opens_with(hole, more_len, 0, false), "but lines are written whole");
	memcpy(hole, more, more_len);
	memset(hole + at2, 0, 511);
	ok(opens_with(hole, more_len, 0, false), "less than a sector is nobody's power cut");
	memcpy(hole, more, more_len);
	hole[at2 + 300] = '\0';
	ok(opens_with(hole, more_len, 0, false), "nor is one byte");
	write_whole("journal.jsonl", more, more_len);
	is_int(again(), 0, "as it was, it opens");
	is_int(add("cy", "one more"), 0, "and takes a record");
	byte_behind();
	ok(problems() > 0, "a byte in the room behind the records is found");
	close_first();
	write_whole("journal.jsonl", more, more_len);
	room_behind();
	byte_behind();
	is_int(again(), 0, "over a restart");
	has_str(journal_tampered(j), "does not end where it should", "too");
	close_first();
	write_whole("journal.jsonl", text, len);
	is_int(again(), 0, "as it was, it opens");
	is_int((long long)problems(), 0, "and holds");
}

/* What was cut off the checkpoints, by the newest record of it. */
static long long checkpoint_bytes_cut(void)
{
	auto_json json_t *items = NULL, *filter = json_pack("{s:s}", "action", "journal.recovered");
	const json_t *last;

	if (journal_records(j, 1, 1000, filter, &items, NULL, &err) < 0)
		return -1;
	last = json_array_get(items, json_array_size(items) - 1);
	return json_int(json_object_get(last, "object"), "checkpoint_bytes");
}

static size_t sector_after(size_t at)
{
	return (at / 512 + 1) * 512;
}

/* Up to sixteen of them are not on disk yet, and a line may lie in two sectors. */
static void a_checkpoint_with_missing_sectors_goes(void)
{
	size_t len, more_len;
	auto_free char *text = whole("checkpoints.jsonl", &len), *more = NULL;

	add("cy", "what is signed next");
	journal_checkpoint_later(j, &err);
	add("cy", "and next");
	journal_checkpoint_later(j, &err);
	more = whole("checkpoints.jsonl", &more_len);
	close_first();
	memset(more + len, 0, sector_after(len) - len);
	write_whole("checkpoints.jsonl", more, more_len);
	is_int(again(), 0, "a checkpoint whose beginning was not written");
	ok(!journal_tampered(j), "is nobody's doing");
	is_int((long long)problems(), 0, "it is cut off with what is behind it");
	is_int(checkpoint_bytes_cut(), (long long)(more_len - len), "and a record says how much that was");
	is_int(journal_checkpoint(j, &err), 0, "it is made again");
	is_int((long long)journal_signed(j), (long long)journal_size(j), "of all records");
	is_int(again(), 0, "over a restart");
	is_int((long long)problems(), 0, "all holds");
}

/* Refused over a restart, and nothing is cut. */
static bool checkpoints_stay(const char *p, size_t len)
{
	auto_free char *after = NULL;
	size_t after_len;
	bool told;

	close_first();
	write_whole("checkpoints.jsonl", p, len);
	told = again() == 0 && journal_tampered(j) && strstr(journal_tampered(j), "that no power cut leaves");
	after = whole("checkpoints.jsonl", &after_len);
	return told && after_len == len && memcmp(after, p, len) == 0;
}

/* A blank is one bit from a NUL. */
static void a_checkpoint_with_a_nul_stays(void)
{
	auto_free char *text = NULL, *bent = NULL;
	size_t len, at, i, lines = 0;

	for (i = 0; i < 18; i++) {
		add("cy", "what is signed");
		journal_checkpoint_later(j, &err);
	}
	close_first();
	text = whole("checkpoints.jsonl", &len);
	bent = malloc(len);
	memcpy(bent, text, len);
	bent[strcspn(text, " ")] ^= ' ';
	ok(checkpoints_stay(bent, len), "a bit of the first line: the lines behind it stay");
	for (at = len - 2; text[at] != ' '; at--)
		;
	memcpy(bent, text, len);
	bent[at] ^= ' ';
	ok(checkpoints_stay(bent, len), "a bit of the last: nor is that a power cut's doing");
	for (at = len - 1; lines < 17; at--)
		lines += at > 0 && text[at - 1] == '\n';
	memcpy(bent, text, len);
	memset(bent + at + 1, 0, sector_after(at + 1) - at - 1);
	ok(checkpoints_stay(bent, len), "sectors of what was synced are missing: that too");
	close_first();
	write_whole("checkpoints.jsonl", text, len);
	is_int(again(), 0, "as it was, it opens");
	is_int((long long)problems(), 0, "and holds");
}

static void evidence_is_verified(void)
{
	auto_json json_t *filter = json_pack("{s:s}", "actor", "cy"), *all = json_object(), *out = NULL, *later = NULL,
		*none = NULL;
	struct checkpoint c, kept;
	const char *line;
	json_t *one;

	is_int(journal_evidence(j, 1, 100, filter, 0, &out, &err), 0, "evidence is given of some records");
	is_int(evidence_verify(out, NULL, &kept, &err), 0, "and is verified");
	is_int((long long)kept.size, (long long)journal_size(j), "against the head");
	ok(json_array_size(json_object_get(out, "records")) > 2, "there are some");
	line = json_str(json_array_get(json_object_get(out, "records"), 1), "line");
	has_str(line, "\"actor\":\"cy\"", "of that actor");
	one = json_array_get(json_object_get(out, "records"), 1);
	json_object_set_new(one, "line", json_sprintf("%.30s\"%s", line, line + 31));
	is_int(evidence_verify(out, NULL, &c, &err), -SPE_E_TAMPERED, "with another byte in one it is not");
	has_str(err.text, "is not in the journal", "and says which");
	json_object_set(one, "line", json_object_get(json_array_get(json_object_get(out, "records"), 0), "line"));
	is_int(evidence_verify(out, NULL, &c, &err), -SPE_E_TAMPERED, "nor with another record in its place");
	add("bo", "a later record");
	is_int(journal_evidence(j, 1, 0, all, kept.size, &later, &err), 0, "a witness asks how the journal went on");
	is_int(evidence_verify(later, NULL, &c, &err), 0, "is answered");
	is_int(evidence_follows(later, &c, &kept, &err), 0, "and sees that it begins with what was seen");
	kept.root[0] ^= 1;
	is_int(evidence_follows(later, &c, &kept, &err), -SPE_E_TAMPERED, "with another root it does not");
	has_str(err.text, "it was rewritten", "which is said");
	kept.root[0] ^= 1;
	kept.size--;
	is_int(evidence_follows(later, &c, &kept, &err), -SPE_E_NOT_FOUND, "of another size it says nothing");
	kept.size = c.size + 1;
	is_int(evidence_follows(later, &c, &kept, &err), -SPE_E_TAMPERED, "and a longer one was cut");
	is_int(journal_evidence(j, 1, 0, all, journal_size(j) + 1, &none, &err), 0,
		"of more records than there were");
	ok(!json_object_get(none, "consistency"), "nothing is proven");
}

/* Whoever holds the key and writes another history is seen by who kept a checkpoint. */
static void a_rewritten_journal_is_seen(void)
{
	auto_json json_t *all = json_object(), *before = NULL, *after = NULL;
	auto_free char *text = NULL, *checks = NULL;
	struct checkpoint kept, now;
	size_t len, checks_len;

	is_int(journal_evidence(j, 1, 0, all, 0, &before, &err), 0, "a checkpoint is kept elsewhere");
	is_int(evidence_verify(before, NULL, &kept, &err), 0, "it is signed");
	text = whole("journal.jsonl", &len);
	checks = whole("checkpoints.jsonl", &checks_len);
	write_whole("journal.jsonl", "", 0);
	write_whole("checkpoints.jsonl", "", 0);
	is_int(again(), 0, "with the key a journal is begun anew");
	while (journal_size(j) < kept.size + 3)
		add("cy", "another history");
	is_int((long long)problems(), 0, "in itself it holds");
	is_int(journal_evidence(j, 1, 0, all, kept.size, &after, &err), 0, "and gives evidence");
	is_int(evidence_verify(after, NULL, &now, &err), 0, "that is signed");
	is_int(evidence_follows(after, &now, &kept, &err), -SPE_E_TAMPERED, "but does not follow what was kept");
	write_whole("journal.jsonl", text, len);
	write_whole("checkpoints.jsonl", checks, checks_len);
	is_int(again(), 0, "as it was, it opens");
}

static void the_tree_is_made_anew(void)
{
	auto_json json_t *all = json_object(), *out = NULL;
	struct checkpoint c;

	write_whole("tree", "", 0);
	ok(problems() > 0, "a tree that is lost is found");
	is_int(journal_evidence(j, 1, 100, all, 0, &out, &err), -SPE_E_TAMPERED, "nothing is proven with it");
	is_int(again(), 0, "a restart");
	is_int((long long)problems(), 0, "makes it anew");
	is_int(journal_evidence(j, 1, 100, all, 0, &out, &err), 0, "and proofs");
	is_int(evidence_verify(out, NULL, &c, &err), 0, "hold");
}

/* In every byte of the file: the path and a root from there would be wrong alike. */
static void a_proof_is_of_what_was_signed(void)
{
	const uint64_t size = journal_signed(j);
	auto_free char *text = NULL;
	auto_json json_t *all = json_object();
	const uint64_t seq = 2;
	struct checkpoint c;
	size_t len, i;
	int wrong = 0;

	is_int(journal_checkpoint(j, &err), 0, "a checkpoint");
	add("cy", "after it");
	text = whole("tree", &len);
	ok(len > 100, "and a tree that is on disk");
	for (i = 0; i < len; i += 16) {
		json_t *out = NULL;

		text[i] ^= 1;
		write_whole("tree", text, len);
		text[i] ^= 1;
		if (journal_proof(j, &seq, 1, size, &out, &err) == 0)
			wrong += evidence_verify(out, NULL, &c, &err) != 0;
		json_decref(out);
		out = NULL;
		if (journal_evidence(j, 1, 0, all, 2, &out, &err) == 0)
			wrong += evidence_verify(out, NULL, &c, &err) != 0;
		json_decref(out);
	}
	is_int(wrong, 0, "with another bit in that no wrong proof is given");
	write_whole("tree", text, len);
	is_int(again(), 0, "as it was, it opens");
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
	is_int(journal_records(j, 520, 3, all, &items, NULL, &err), 0, "records from the middle");
	is_int(json_int(json_array_get(items, 0), "seq"), 520, "begin where they should");
	is_int(again(), 0, "the journal opens again");
	json_decref(items);
	items = NULL;
	is_int(journal_records(j, journal_size(j), 3, all, &items, NULL, &err), 0, "records of the end");
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

/* What stands in a line is what Jansson would have written. */
static void values_are_jansson_s(void)
{
	static const char *const texts[] = { "{}", "[]", "{\"a\":{}}", "{\"b\":1,\"a\":-1,\"c\":0}", "\"\"", "\"a/b ~\"", "\"\\u007f\"", "\"\\u0001\\n\\t\"",
		"\"\\\"\\\\\"", "\"\xc3\xa4\xe2\x82\xac\"", "{\"\\n\":1}", "{\"\\\"\":{\"x\":2}}", "{\"a\":[1,{\"b\":null}],\"c\":true,\"d\":1.5}",
		"{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":\"g\"}}}}}}", "9223372036854775807", "-9223372036854775808", "false", "null" };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		auto_json json_t *v = json_loads(texts[i], JSON_DECODE_ANY, NULL);
		auto_free char *want = v ? json_dumps(v, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENCODE_ANY) : NULL;
		auto_buf struct buf b = { 0 };

		if (!want)
			exit(99);
		buf_str(&b, ">");
		line_value(&b, v);
		is_str(b.p + 1, want, "a value is written as Jansson does");
	}
}

static size_t length_now(void)
{
	size_t len;

	free(whole("journal.jsonl", &len));
	return len;
}

/* Together in one write, which comes when it is asked for, or when somebody reads. */
static void records_wait_for_each_other(void)
{
	auto_json json_t *items = NULL, *all = json_object();
	uint64_t before = journal_size(j);
	size_t len = length_now(), i;

	for (i = 0; i < 64; i++)
		if (add_how(journal_append_later) < 0)
			break;
	is_int((long long)i, 64, "records are added for later");
	is_int((long long)journal_size(j), (long long)before + 64, "and count");
	is_int((long long)length_now(), (long long)len, "before they are in the file");
	is_int(journal_write(j, &err), 0, "they are written");
	is_int((long long)length_now(), (long long)journal_bytes(j), "all");
	add_how(journal_append_later);
	is_int(journal_records(j, journal_size(j), 1, all, &items, NULL, &err), 0, "one that waits");
	is_int((long long)json_array_size(items), 1, "is read as well");
	add_how(journal_append_ahead);
	is_int(add("cy", "the last of them"), 0, "what is synced takes along what waits");
	is_int((long long)length_now(), (long long)journal_bytes(j), "into the file");
	is_int((long long)problems(), 0, "all holds");
	add_how(journal_append_later);
	is_int(again(), 0, "an end writes what waits");
	is_int((long long)journal_size(j), (long long)before + 68, "which is there again");
}

/* Hardly a byte fits behind what there is: as when a disk is full or breaks. */
static void room_ends(bool ends)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_FSIZE, &l) < 0)
		exit(99);
	l.rlim_cur = ends ? (rlim_t)journal_bytes(j) + 20 : l.rlim_max;
	if (setrlimit(RLIMIT_FSIZE, &l) < 0)
		exit(99);
}

static void what_is_not_written_is_not_there(void)
{
	uint64_t before = journal_size(j);
	char head[SHA256_TEXT];

	signal(SIGXFSZ, SIG_IGN);
	memcpy(head, journal_head(j), sizeof(head));
	room_ends(true);
	is_int(add("cy", "no room"), -SPE_E_INTERNAL, "a record that can't be written is refused");
	is_int(add_how(journal_append_later), -SPE_E_INTERNAL, "as is one for later, while there is no room");
	room_ends(false);
	is_int((long long)journal_size(j), (long long)before, "and is not there");
	is_str(journal_head(j), head, "the chain ends where it did");
	is_int((long long)problems(), 0, "and holds");
	is_int(add("cy", "room again"), 0, "it goes on");
	memcpy(head, journal_head(j), sizeof(head));
	is_int(add_how(journal_append_ahead), 0, "one goes ahead");
	room_ends(true);
	is_int(add("cy", "no room"), -SPE_E_INTERNAL, "of one that can't be written");
	room_ends(false);
	is_int((long long)journal_size(j), (long long)before + 1, "and neither is there");
	is_str(journal_head(j), head, "the chain ends before them");
	is_int((long long)problems(), 0, "and holds");
	is_int(add("cy", "room again"), 0, "it goes on");
	is_int(add_how(journal_append_later), 0, "one is taken for later");
	room_ends(true);
	is_int(add("cy", "no room"), -SPE_E_INTERNAL, "and can't be written with the next");
	room_ends(false);
	is_int(add("cy", "room again"), -SPE_E_TAMPERED, "then there are no more, since somebody counts on it");
	has_str(journal_tampered(j), "could not be written", "which it says");
	is_int(again(), 0, "until it begins again");
	is_int((long long)journal_size(j), (long long)before + 2, "with what is on disk");
	is_int((long long)problems(), 0, "all of which holds");
}

/* Two nodes a leaf, and more than are held back anyway. */
static void nodes_wait_for_room(void)
{
	struct rlimit l, none;
	struct merkle_proof proof;
	struct tree *t = NULL;
	uint8_t root[MERKLE_HASH];
	char leaf[24];
	int fd = openat(dir, "nodes", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), r = 0, i;

	if (fd < 0 || getrlimit(RLIMIT_FSIZE, &l) < 0)
		exit(99);
	none = (struct rlimit){ 4096, l.rlim_max };
	is_int(tree_open(&t, fd, TREE_MEND), 0, "a tree on a disk that is nearly full");
	setrlimit(RLIMIT_FSIZE, &none);
	for (i = 0; i < 5000 && r == 0; i++)
		r = tree_add(t, leaf, (size_t)snprintf(leaf, sizeof(leaf), "leaf %d", i));
	setrlimit(RLIMIT_FSIZE, &l);
	is_int(r, 0, "takes all leaves all the same");
	is_int(tree_root(t, root), 0, "of which it knows the root");
	is_int(tree_inclusion(t, 77, 5000, root, "leaf 77", 7, &proof), 0, "and proves them");
	is_int(tree_flush(t), 0, "with room again they are written");
	ok(lseek(fd, 0, SEEK_END) > 9900 * MERKLE_HASH, "all");
	is_int(tree_inclusion(t, 4321, 5000, root, "leaf 4321", 9, &proof), 0, "and still proven");
	is_int(tree_add(t, "more", 4), 0, "it goes on");
	tree_free(t);
	close(fd);
	unlinkat(dir, "nodes", 0);
}

static void what_no_checkpoint_signs_is_written_again(void)
{
	struct rlimit l, none;
	int r;

	if (getrlimit(RLIMIT_FSIZE, &l) < 0)
		exit(99);
	none = (struct rlimit){ 64, l.rlim_max };
	is_int(add("dora", "on disk or in the page cache alone"), 0, "a record that no checkpoint signs yet");
	setrlimit(RLIMIT_FSIZE, &none);
	r = again();
	setrlimit(RLIMIT_FSIZE, &l);
	is_int(r, -SPE_E_INTERNAL, "at a start it is written once more, or there is no start");
	is_str(err.text, "can't write the journal's last records again: File too large", "which says why");
	is_int(again(), 0, "it is, where that is possible");
	is_int(journal_checkpoint(j, &err), 0, "what is signed");
	setrlimit(RLIMIT_FSIZE, &none);
	r = again();
	setrlimit(RLIMIT_FSIZE, &l);
	is_int(r, 0, "is not written again");
	is_int((int)problems(), 0, "and nothing is changed");
}

/* Others wait for who searches: nobody reads all of it at once. */
static void a_search_stops_on_its_way(void)
{
	auto_json json_t *nobody = json_pack("{s:s}", "actor", "nobody"), *items = NULL, *out = NULL;
	uint64_t next = 0, first;
	unsigned i;
	int r = 0;

	for (first = journal_size(j) + 1, i = 0; i <= JOURNAL_WALK && r == 0; i++)
		r = add_how(journal_append_later);
	is_int(r, 0, "many records");
	is_int(journal_records(j, first, 10, nobody, &items, &next, &err), 0, "are searched for what is not there");
	is_int((long long)next, (long long)(first + JOURNAL_WALK), "it is told where to go on");
	json_decref(items);
	items = NULL;
	is_int(journal_records(j, next, 10, nobody, &items, &next, &err), 0, "from there");
	is_int((long long)next, 0, "to the end");
	is_int((long long)json_array_size(items), 0, "there is nothing");
	is_int(journal_evidence(j, first, 10, nobody, 0, &out, &err), 0, "evidence of it");
	is_int(json_int(out, "next"), (long long)(first + JOURNAL_WALK), "is given in the same pieces");
}

/* Nor does it hold all of it at once. */
static void a_search_stops_where_much_is_found(void)
{
	auto_json json_t *all = json_pack("{s:s}", "actor", "di"), *items = NULL;
	const uint64_t first = journal_size(j) + 1;
	char text[30001] = "";
	uint64_t next = 0;
	size_t found;
	int i, r = 0;

	memset(text, 'x', sizeof(text) - 1);
	for (i = 0; i < 40 && r == 0; i++)
		r = add("di", text);
	is_int(r, 0, "forty large records");
	is_int(journal_records(j, first, 100, all, &items, &next, &err), 0, "some are found");
	found = json_array_size(items);
	is_int((long long)next, (long long)(first + found), "it is told where to go on");
	json_decref(items);
	items = NULL;
	is_int(journal_records(j, next, 100, all, &items, &next, &err), 0, "from there");
	is_int((long long)(found + json_array_size(items)), 40, "the others are");
	is_int((long long)next, 0, "to the end");
	json_decref(items);
	items = NULL;
	is_int(journal_records(j, first, 3, all, &items, &next, &err), 0, "three are enough");
	is_int((long long)next, (long long)(first + 3), "more follow");
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
	every_byte("tree");
	every_byte_over_a_restart("journal.jsonl");
	every_byte_over_a_restart("checkpoints.jsonl");
	a_torn_line_is_cut();
	sectors_may_be_missing();
	a_checkpoint_with_missing_sectors_goes();
	a_checkpoint_with_a_nul_stays();
	evidence_is_verified();
	the_tree_is_made_anew();
	a_rewritten_journal_is_seen();
	a_proof_is_of_what_was_signed();
	a_cut_below_a_checkpoint_shows();
	another_key_is_another_gate();
	checkpoints_come_by_themselves();
	a_record_has_a_size();
	values_are_jansson_s();
	records_wait_for_each_other();
	what_is_not_written_is_not_there();
	nodes_wait_for_room();
	what_no_checkpoint_signs_is_written_again();
	a_search_stops_on_its_way();
	a_search_stops_where_much_is_found();
	journal_free(j);
	unlinkat(dir, "journal.jsonl", 0);
	unlinkat(dir, "checkpoints.jsonl", 0);
	unlinkat(dir, "tree", 0);
	close(dir);
	rmdir(where);
	return tap_end();
}
