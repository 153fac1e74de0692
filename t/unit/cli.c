/* spe-cli's pure parts: values, what reaches a terminal, allowed signers, packing. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe-cli/findings.h"
#include "spe-cli/pack.h"
#include "spe-cli/show.h"
#include "spe-cli/signers.h"
#include "spe-cli/value.h"
#include "spe/cleanup.h"
#include "sped/base/hex.h"
#include "t/tap.h"

static const char key_a[] =
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIImffRgwOArooCa6K1xCx5tjk/ipu4SCNuluN87jYCJx";
static const char key_b[] =
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO7F8VO4ue3NpKvkC/TyHuMCCTfK8G7Tqef4MMmEtIUx";

static void sizes_are_read_with_their_unit(void)
{
	struct spe_error e;
	int64_t n = -1;

	is_int(value_bytes(NULL, "memory", &n, &e), 0, "no size is taken");
	is_int(n, 0, "as the permit's");
	is_int(value_bytes("2G", "memory", &n, &e), 0, "2G");
	is_int(n, INT64_C(2) << 30, "is two times 2^30");
	is_int(value_bytes("512", "memory", &n, &e), 0, "512");
	is_int(n, 512, "is bytes");
	is_int(value_bytes("9999999999T", "memory", &n, &e), -SPE_E_INPUT, "past 2^53: refused");
	is_int(value_bytes("99999999999999999999999", "memory", &n, &e), -SPE_E_INPUT,
		"past 64 bits: refused");
	is_int(value_bytes("2GB", "memory", &n, &e), -SPE_E_INPUT, "2GB: refused");
	is_int(value_bytes("0", "memory", &n, &e), -SPE_E_INPUT,
		"0: refused, it would mean the permit's");
	is_int(value_bytes("", "memory", &n, &e), -SPE_E_INPUT, "nothing: refused");
	is_int(value_bytes("-1", "memory", &n, &e), -SPE_E_INPUT, "-1: refused");
	has_str(e.text, "--memory: \"-1\" is not a size", "and the option is named");
}

static void processors_and_times_are_read(void)
{
	struct spe_error e;
	int64_t n = -1;

	is_int(value_milli("1.5", "cpus", &n, &e), 0, "1.5");
	is_int(n, 1500, "is 1500 thousandths");
	is_int(value_milli("0.025", "cpus", &n, &e), 0, "0.025");
	is_int(n, 25, "is 25 thousandths");
	is_int(value_milli("4", "cpus", &n, &e), 0, "4");
	is_int(n, 4000, "is 4000 thousandths");
	is_int(value_milli("0.0001", "cpus", &n, &e), -SPE_E_INPUT, "four decimals: refused");
	is_int(value_milli("1.", "cpus", &n, &e), -SPE_E_INPUT, "1.: refused");
	is_int(value_milli(".5", "cpus", &n, &e), -SPE_E_INPUT, ".5: refused");
	is_int(value_milli("0", "cpus", &n, &e), -SPE_E_INPUT, "0: refused");
	is_int(value_seconds("30m", "time", &n, &e), 0, "30m");
	is_int(n, 1800, "is 1800 seconds");
	is_int(value_seconds("2d", "time", &n, &e), 0, "2d");
	is_int(n, 172800, "is 172800 seconds");
	is_int(value_seconds("2w", "time", &n, &e), -SPE_E_INPUT, "weeks: refused");
	is_int(value_count("17", "limit", 16, &n, &e), -SPE_E_INPUT, "one past the bound: refused");
	is_int(value_count("16", "limit", 16, &n, &e), 0, "the bound is taken");
}

static void clean_is(const char *dirty, const char *want, const char *what)
{
	char text[128];

	snprintf(text, sizeof(text), "%s", dirty);
	show_clean(text);
	is_str(text, want, what);
}

static void nothing_steers_a_terminal(void)
{
	clean_is("plain, k\xc3\xa4yr\xc3\xa4 \xe2\x82\xac",
		"plain, k\xc3\xa4yr\xc3\xa4 \xe2\x82\xac", "text stays");
	clean_is("a\x1b[31mb\x07\x7f", "a?[31mb??", "C0 and DEL go");
	clean_is("a\nb\tc\rd", "a b c?d", "a newline becomes a blank");
	clean_is("a\xc2\x9b"
		 "31m",
		"a?31m", "C1 in UTF-8 goes");
	clean_is("a\x9b"
		 "31m",
		"a?31m", "a bare byte goes");
	clean_is("a\xe2\x80\xae"
		 "fdp.exe",
		"a?fdp.exe", "a direction override goes");
	clean_is("a\xe2\x81\xa6"
		 "b",
		"a?b", "an isolate goes");
	clean_is("a\xe2\x80\xa8"
		 "b",
		"a?b", "a line separator goes");
	clean_is("\xc0\xaf\xed\xa0\x80\xf5\x80", "???????",
		"overlong, surrogate and past the end go byte by byte");
	clean_is("end\xe2\x82", "end??", "a cut character goes");
	ok(show_is_text("a\nb\x1b", 4), "text with control characters is text");
	ok(!show_is_text("a\0b", 3), "text with NUL is none");
	ok(!show_is_text("a\xff", 2), "what is not UTF-8 is none");
}

/* --- numbers as people read them --- */

static void bytes_are(long long bytes, const char *want)
{
	char text[SHOW_TEXT];

	show_bytes(bytes, text);
	is_str(text, want, "a size");
}

static void ms_are(long long ms, const char *want)
{
	char text[SHOW_TEXT];

	show_ms(ms, text);
	is_str(text, want, "a duration");
}

static void time_is(const char *utc, const char *want)
{
	char text[SHOW_TEXT];

	show_time(utc, text);
	is_str(text, want, "a time");
}

static void numbers_are_for_people(void)
{
	bytes_are(0, "0 B");
	bytes_are(1023, "1023 B");
	bytes_are(1024, "1 KiB");
	bytes_are(1536, "1.5 KiB");
	bytes_are(1048575, "1 MiB");
	bytes_are(16777216, "16 MiB");
	bytes_are(INT64_C(2) << 30, "2 GiB");
	bytes_are(INT64_MAX, "8388608 TiB");
	bytes_are(-1, "-1 B");
	ms_are(0, "0 s");
	ms_are(40, "0.0 s");
	ms_are(1200, "1.2 s");
	ms_are(9949, "9.9 s");
	ms_are(9950, "10 s");
	ms_are(59700, "1 min");
	ms_are(330000, "5 min 30 s");
	ms_are(3600000, "1 h");
	ms_are(3605000, "1 h");
	ms_are(93600000, "1 d 2 h");
	setenv("TZ", "EET-2", 1);
	time_is("2026-11-24T23:30:05Z", "2026-11-25 01:30:05 EET");
	time_is("2026-11-24T23:30:05.123Z", "2026-11-25 01:30:05 EET");
	time_is("2026-11-24", "2026-11-24");
	time_is("2026-11-24T23:30:05+01:00", "2026-11-24T23:30:05+01:00");
	time_is("", "");
}

/* --- findings, of the record and of sped's answers --- */

static void command_is(const char *words, const char *want)
{
	json_t *o = json_pack("{s:o}", "command", json_loads(words, JSON_DECODE_ANY, NULL));

	show_as_command(o, "command");
	is_str(json_string_value(json_object_get(o, "command")), want, want);
	json_decref(o);
}

static void commands_are_as_a_shell_takes_them(void)
{
	command_is("[\"Rscript\",\"/code/main.R\",\"--n=3\"]", "Rscript /code/main.R --n=3");
	command_is("[\"sh\",\"-c\",\"echo it's 2 > /outputs/a b.txt\"]", "sh -c 'echo it'\\''s 2 > /outputs/a b.txt'");
	command_is("[\"true\",\"\",\"$HOME\",\"*\"]", "true '' '$HOME' '*'");
	command_is("\"true\"", "true");
}

static void place_is(const char *json, const char *want)
{
	json_t *f = json_loads(json, 0, NULL);
	char at[80] = "?";

	finding_place(f, at, sizeof(at));
	is_str(at, want, json);
	json_decref(f);
}

static void findings_have_places(void)
{
	place_is("{\"line\":4,\"column\":2,\"where\":[3,2]}", "row 3 column 2");
	place_is("{\"line\":4,\"column\":2,\"offset\":0}", "line 4 column 2");
	place_is("{\"line\":4,\"column\":0,\"where\":17}", "line 4");
	place_is("{\"line\":0,\"column\":0,\"where\":17}", "byte 17");
	place_is("{\"line\":0,\"column\":0,\"where\":0}", "");
	place_is("{\"where\":[\"3\",null],\"line\":\"4\"}", "");
	place_is("{}", "");
}

static void findings_are_counted(void)
{
	json_t *record = json_loads("{\"checks\":[{\"id\":\"a\",\"outcome\":\"pass\"},{\"id\":\"b\",\"outcome\":\"block\"},"
				    "{\"id\":\"b\",\"outcome\":\"block\"}]}",
		0, NULL);
	json_t *answer = json_loads("{\"passed\":21,\"checks\":{\"pass\":1},\"findings\":[{\"rule\":\"c\",\"severity\":\"review\"}]}", 0, NULL);

	is_int((long long)findings_count(record, "block"), 2, "blocks of a record");
	is_int((long long)findings_count(record, "pass"), 1, "what passed");
	is_int((long long)findings_count(record, "review"), 0, "nothing to review");
	is_int((long long)findings_count(answer, "review"), 1, "findings of an answer");
	is_int((long long)findings_count(answer, "pass"), 21, "what passed, told as a number");
	is_str(finding_rule(json_array_get(findings_of(answer), 0)), "c", "its rule");
	is_int(verdict_rank("block") * 100 + verdict_rank("review") * 10 + verdict_rank("pass"), 210, "the worst has the highest rank");
	ok(verdict_rank("") > verdict_rank("block"), "and what was not judged the highest of all");
	has_str(findings_decide("image", "block"), "nothing", "what is blocked is not decided");
	ok(strcmp(findings_decide("image", "review"), findings_decide("table", "review")) != 0, "else it depends on the class");
	has_str(findings_decide("no class", "pass"), "one person", "whatever it is, there is a question");
	json_decref(record);
	json_decref(answer);
}

static int parse(const char *text, struct signers *s, struct spe_error *e)
{
	*s = (struct signers){ 0 };
	return signers_parse(text, strlen(text), "spe-decision", "list", s, e);
}

static void refuse(const char *line, const char *what)
{
	char text[1024];
	struct signers s;
	struct spe_error e = { 0 };

	snprintf(text, sizeof(text), "# first\n%s %s\n", line, key_a);
	is_int(parse(text, &s, &e), -SPE_E_INPUT, what);
	has_str(e.text, "list: line 2: ", "and the line is named");
	signers_free(&s);
}

static void signers_are_read_strictly(void)
{
	char text[2048];
	struct signers s;
	struct spe_error e;

	snprintf(text, sizeof(text),
		"# who\n\nkari namespaces=\"spe-decision\" %s kari@x\nlars,mikko %s\neve namespaces=\"git\" %s",
		key_a, key_b, key_a);
	is_int(parse(text, &s, &e), 0, "a list");
	is_int((long long)s.count, 3, "has three people for this namespace");
	ok(signers_has(&s, "kari", key_a), "kari with her key");
	ok(!signers_has(&s, "kari", key_b), "not with another");
	ok(signers_has(&s, "mikko", key_b), "mikko, second of his line");
	ok(!signers_has(&s, "eve", key_a), "not eve, whose line is for another namespace");
	signers_free(&s);
	refuse("* namespaces=\"spe-decision\"", "a pattern: refused");
	refuse("kari cert-authority", "a certificate authority: refused");
	refuse("kari valid-before=\"20200101\"", "an option that is not understood: refused");
	refuse("kari namespaces=\"spe-decision\",cert-authority", "one after namespaces: refused");
	refuse("kari namespaces=\"spe-decision", "a quote that stays open: refused");
	refuse("ka/ri", "a name that is a path: refused");
	is_int(parse("kari\n", &s, &e), -SPE_E_INPUT, "a name without a key: refused");
	signers_free(&s);
}

static int make_file(int dir, const char *name, const char *text)
{
	auto_close int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t n = strlen(text);

	return fd >= 0 && write(fd, text, n) == (ssize_t)n ? 0 : -1;
}

static void pack_hash(const char *place, char ret[SHA256_TEXT])
{
	auto_close int fd = -1;
	struct spe_error e = { 0 };

	ret[0] = '\0';
	if (pack_directory(place, &fd, &e) == 0)
		sha256_fd_text(fd, ret, NULL);
	else
		printf("# %s\n", e.text);
}

static void the_same_code_is_the_same_archive(void)
{
	char one[] = P_tmpdir "/spe-pack-XXXXXX", two[] = P_tmpdir "/spe-pack-XXXXXX",
	     hash[2][SHA256_TEXT];
	auto_close int a = open(mkdtemp(one) ? one : "", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_close int b = open(mkdtemp(two) ? two : "", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ok(mkdirat(a, "lib", 0700) == 0 && make_file(a, "main.R", "x") == 0 &&
			make_file(a, "lib/f.R", "yy") == 0 && make_file(b, "main.R", "x") == 0 &&
			mkdirat(b, "lib", 0755) == 0 && make_file(b, "lib/f.R", "yy") == 0 &&
			mkdirat(b, ".git", 0700) == 0 && make_file(b, ".git/HEAD", "z") == 0,
		"two directories with the same code, made in another order");
	pack_hash(one, hash[0]);
	pack_hash(two, hash[1]);
	is_int((long long)strlen(hash[0]), 64, "are packed");
	is_str(hash[1], hash[0], "into the same bytes, modes, times and .git notwithstanding");
	unlinkat(b, "main.R", 0);
	make_file(b, "main.R", "X");
	pack_hash(two, hash[1]);
	ok(strcmp(hash[0], hash[1]) != 0, "and another byte makes another archive");
	unlinkat(b, ".git/HEAD", 0);
	unlinkat(b, ".git", AT_REMOVEDIR);
	unlinkat(a, "lib/f.R", 0);
	unlinkat(b, "lib/f.R", 0);
	unlinkat(a, "lib", AT_REMOVEDIR);
	unlinkat(b, "lib", AT_REMOVEDIR);
	unlinkat(a, "main.R", 0);
	unlinkat(b, "main.R", 0);
	rmdir(one);
	rmdir(two);
}

static void progress_is_a_line(void)
{
	json_t *all = json_pack("{s:i,s:i,s:i,s:i,s:i,s:i}", "percent", 43, "left", 130, "rows", 1200000, "bytes", 43 << 20, "of", 100 << 20, "elapsed", 98);
	json_t *little = json_pack("{s:i,s:n}", "percent", 1, "left");
	char *a = show_progress(all), *b = show_progress(little);

	is_str(a, "43 %, 1200000 rows, 43 MiB of 100 MiB, about 2 min 10 s left", "all that an operator is told");
	is_str(b, "1 %", "what a researcher is told at the beginning");
	free(a);
	free(b);
	json_decref(all);
	json_decref(little);
}

int main(void)
{
	sizes_are_read_with_their_unit();
	processors_and_times_are_read();
	nothing_steers_a_terminal();
	numbers_are_for_people();
	commands_are_as_a_shell_takes_them();
	findings_have_places();
	findings_are_counted();
	signers_are_read_strictly();
	the_same_code_is_the_same_archive();
	progress_is_a_line();
	return tap_end();
}
