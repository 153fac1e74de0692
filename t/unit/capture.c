/* t/unit/capture.c - outputs as one stream: what a job may leave behind, and what it should not. */
#include "t/tap.h"

#include <errno.h>
#include <sys/stat.h>

#include "spe/cleanup.h"
#include "sped/base/json.h"
#include "sped/capture/capture.h"
#include "t/unit/helper.h"

/* The stream as lines: "F name content" or "S reason", "E" at the end, "cut" where it breaks off. */
static char *stream_text(const char *p, size_t n)
{
	struct rd r = { (const uint8_t *)p, (const uint8_t *)p + n, false };
	const uint8_t *magic = rd_bytes(&r, 16);
	struct buf b = { 0 };
	bool ended = false;

	buf_str(&b, magic && memcmp(magic, OUTPUTS_MAGIC, 16) == 0 ? "" : "no magic\n");
	while (!r.bad && r.p < r.end && !ended) {
		const uint8_t *h = rd_bytes(&r, 4), *name, *content;
		uint32_t name_len = rd_u32(&r);
		uint64_t size = rd_u64(&r);

		name = rd_bytes(&r, name_len);
		content = rd_bytes(&r, size);
		ended = h && h[0] == 'E';
		if (r.bad)
			break;
		if (h[0] == 'F')
			buf_fmt(&b, "F %.*s %.*s\n", (int)name_len, name, (int)size, content);
		else
			buf_fmt(&b, h[0] == 'S' ? "S %u\n" : "%c\n", h[0] == 'S' ? h[1] : h[0]);
	}
	buf_str(&b, r.bad || !ended || r.p != r.end ? "cut" : "");
	return b.p;
}

static char *captured(int out)
{
	char *p, *text;
	size_t n;

	if (io_read_at(out, 1u << 26, &p, &n) < 0)
		exit(99);
	text = stream_text(p, n);
	free(p);
	return text;
}

/* A directory that a shell command fills. */
static int made(char path[64], const char *make)
{
	char command[4096];
	int dir = helper_dir(path);

	snprintf(command, sizeof(command), "cd %s && %s && { test \"$(id -u)\" != 0 || chown -hR 65534:65534 .; }", path,
		make);
	if (system(command) != 0)
		exit(99);
	return dir;
}

static void unmade(const char *path, int dir)
{
	char command[256];

	close(dir);
	snprintf(command, sizeof(command), "chmod -R u+rwx %s; rm -r %s", path, path);
	if (system(command) != 0)
		exit(99);
}

static void gives(const char *make, uint64_t max_files, uint64_t max_bytes, const char *want, const char *what)
{
	auto_close int out = helper_file("", 0);
	char path[64];
	int dir = made(path, make);
	struct pack p;

	is_int(pack_begin(&p, out, max_files, max_bytes), 0, what);
	is_int(walk_outputs(dir, &p), 0, "the walk ends well");
	is_int(pack_end(&p), 0, "and so does the stream");
	auto_free char *got = captured(out);

	is_str(got, want, what);
	unmade(path, dir);
}

static void names_come_in_order(void)
{
	gives("true", 10, 100, "E\n", "an empty directory");
	gives("mkdir a b && echo 1 >a/x && echo 2 >a.csv && echo 3 >a-b && echo 4 >b/y && echo 5 >B && : >a0", 10, 100,
		"F B 5\n\nF a-b 3\n\nF a.csv 2\n\nF a/x 1\n\nF a0 \nF b/y 4\n\nE\n",
		"whole names are in bytewise order, '/' among them");
	gives("mkdir -p a/b/c && echo 1 >a/b/c/d", 10, 100, "F a/b/c/d 1\n\nE\n", "four components");
}

static void what_is_no_plain_file_is_passed_over(void)
{
	gives("ln -s /etc/passwd a && ln -s . b && ln -s nowhere c", 10, 100, "S 1\nS 1\nS 1\nE\n", "links");
	gives("mkfifo a && echo 1 >b", 10, 100, "S 2\nF b 1\n\nE\n", "a pipe, without waiting for it");
	gives("echo 1 >a && ln a b && echo 2 >c", 10, 100, "S 5\nS 5\nF c 2\n\nE\n", "two names of one file");
	gives("echo 1 >.hidden && echo 2 >'a b' && echo 3 >-x && echo 4 >a..b && echo 5 >\"$(printf 'a\\nb')\" && "
	      "mkdir _d && echo 6 >_d/x && echo 7 >\"$(printf '\\303\\244')\" && echo 8 >ok", 10, 100,
		"S 3\nS 3\nS 3\nS 3\nS 3\nS 3\nF ok 8\n\nS 3\nE\n", "odd names, of directories too");
	gives("n=$(printf %100s | tr ' ' a) && echo 1 >$n && echo 2 >b$n", 10, 1000,
		"F aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 1\n\n"
		"S 3\nE\n", "100 bytes of name, and 101");
	gives("mkdir -p a/b/c/d/e && echo 1 >a/b/c/d/e/f && echo 2 >a/b/c/x", 10, 100, "S 4\nF a/b/c/x 2\n\nE\n",
		"a directory too deep");
}

/* Bytes are copied, and nothing else of the file. */
static void what_hangs_on_files_stays_behind(void)
{
	gives("echo 1 >a && chmod 4755 a && touch -d 1999-01-01 a && python3 -c 'import os; os.setxattr(\"a\", \"user.x\", b\"131052-308T\")' "
	      "2>/dev/null; true", 10, 100, "F a 1\n\nE\n", "modes, times and attributes");
}

static void bounds_are_kept(void)
{
	gives("echo 1 >a && echo 2 >b && echo 3 >c", 2, 100, "F a 1\n\nF b 2\n\nS 6\nE\n", "a file too many");
	gives("echo 1 >a && echo 23456789 >b && echo 3 >c", 10, 5, "F a 1\n\nS 7\nF c 3\n\nE\n", "bytes too many");
	gives("truncate -s 1T a && echo 1 >b", 10, 100, "S 9\nF b 1\n\nE\n", "a hole of a tebibyte");
	gives("printf x >a && truncate -s 64K a && echo 1 >b", 10, 100000, "S 9\nF b 1\n\nE\n", "one behind a byte");
	gives("truncate -s 64K a && printf x >>a", 10, 100000, "S 9\nE\n", "one before a byte");
	gives("printf 'a\\0\\0\\0\\0\\0' >a && printf b >>a", 10, 100, "F a a\nE\n", "zeros that were written are none");
	gives("mkdir d && cd d && seq 10001 | xargs touch && cd .. && echo 1 >e", 20000, 100, "S 6\nF e 1\n\nE\n",
		"a directory with more than 10000 names");
}

static void a_shrinking_file_ends_it(void)
{
	auto_close int out = helper_file("", 0), file = helper_file("ab", 2);
	struct pack p;

	pack_begin(&p, out, 10, 100);
	is_int(pack_file(&p, "a", file, 3), -EIO, "a file shorter than it was said to be");
	is_int(pack_end(&p), 0, "the rest is not written on");
}

/* ---- the program ---- */

static int run(const char *ticket, const char *make, char **ret)
{
	auto_close int out = helper_file("", 0);
	char path[64];
	int dir = made(path, make), status = helper_run("spe-capture", ticket, out, -1, (int[]){ -1, dir }, 2);

	*ret = helper_read(out);
	if (strncmp(*ret, "spe-outputs-1", 13) == 0) {
		free(*ret);
		*ret = captured(out);
	}
	unmade(path, dir);
	return status;
}

#define TICKET "{\"kind\":\"capture\",\"max_files\":1000,\"max_bytes\":1000000}"

static void the_program_captures(void)
{
	char *got;

	is_int(run(TICKET, "mkdir d && echo 1 >d/a && echo 2 >b && ln -s b c && chmod 0 b && mkdir -m 0 e", &got), 0,
		"spe-capture ends well");
	is_str(got, "S 8\nS 1\nF d/a 1\n\nS 8\nE\n", "what its user can't read is said");
	free(got);
	is_int(run(TICKET, "echo 1 >a && chmod 444 .", &got), 0, "outputs that can be listed and not entered");
	is_str(got, "S 8\nE\n", "are said to be there");
	free(got);
	is_int(run(TICKET, "echo 1 >a && chmod 111 .", &got), 0, "and those that can be entered and not listed");
	is_str(got, "S 8\nE\n", "too");
	free(got);
	is_int(run(TICKET, "seq 100000 >big.txt", &got), 0, "a larger file");
	is_int((long long)strlen(got), 588895 + 13, "comes whole");
	free(got);
}

static void bad_tickets_are_refused(void)
{
	char *got;

	is_int(run("{\"kind\":\"capture\",\"max_files\":1001,\"max_bytes\":1}", "true", &got), 1, "a bound over ours");
	is_str(got, "{\"ok\":false,\"error\":{\"code\":\"bad-input\",\"message\":\"ticket.max_files is 1001; 0 to 1000 "
		"are taken\",\"remedy\":\"\"}}", "is answered with a sentence");
	free(got);
	is_int(run("{\"kind\":\"wipe\"}", "true", &got), 1, "another's ticket");
	has_str(got, "ticket.kind must be capture", "is refused");
	free(got);
	is_int(run("x", "true", &got), 1, "no JSON");
	has_str(got, "ticket: line 1", "is refused");
	free(got);
}

int main(void)
{
	names_come_in_order();
	what_is_no_plain_file_is_passed_over();
	what_hangs_on_files_stays_behind();
	bounds_are_kept();
	a_shrinking_file_ends_it();
	the_program_captures();
	bad_tickets_are_refused();
	return tap_end();
}
