/* t/unit/check.c - spe-check itself: what it writes, what it refuses, and the cage that it works in. */
#include "t/tap.h"

#include <errno.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/user.h>

#include "config.h"
#include "spe/cleanup.h"
#include "spe/verdict.h"
#include "sped/base/hex.h"
#include "sped/base/json.h"
#include "t/unit/helper.h"

#define POLICY                                                                                     \
	"name = \"test\"\nmin-count = 10\nmax-bytes = 1000000\nmax-rows = 50000\ndecisions = 2\n"  \
	"types = {\"csv\", \"txt\", \"png\"}\nverbatim = {\"pdf\", \"svg\", \"html\", \"xlsx\", \"jpg\"}\nshow-names = true\nshow-sizes = false\nshow-exit = true\n"

static const char table[] = "arm,people\nLev,120\nObs,130\n";

/* What is run: a ticket, and inputs in its order. */
struct run {
	const char *name;
	json_t *inputs;         /* of the ticket; NULL: "output" alone */
	const void *in[6];
	size_t len[6], n;
	struct rlimit as, cpu;  /* 0: as the test has them */
	bool traced;
	/* what came of it */
	int status;
	char *out;
	size_t out_len;
};

static int out_file(void)
{
	char path[] = P_tmpdir "/spe-check.XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0 || unlink(path) < 0)
		exit(99);
	return fd;
}

static char *ticket_of(struct run *r)
{
	json_t *inputs = r->inputs ? r->inputs : json_pack("[s]", "output");
	auto_json json_t *j = json_pack("{s:s,s:o,s:i,s:s,s:s,s:s,s:s,s:i,s:i,s:[s,s,s,s,s,s,s,s]}", "kind", "check", "inputs", inputs,
		"history_epoch", 7, "name", r->name, "policy", POLICY, "policy_name", "test", "k_check",
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "min_count", 0, "max_bytes", 0, "types", "text/csv",
		"text/plain", "image/png", "application/pdf", "image/svg+xml", "text/html", "image/jpeg",
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");

	return json_dumps(j, JSON_COMPACT);
}

static void child(struct run *r, int sock)
{
	const char *top = getenv("top_builddir");
	int fds[2] = { sock, sock }, program;
	char path[512];

	snprintf(path, sizeof(path), "%s/sped/bin/spe-check", top ? top : ".");
	program = open(path, O_PATH | O_CLOEXEC);
	if (program < 0)
		_exit(96);
	if (r->as.rlim_max)
		setrlimit(RLIMIT_AS, &r->as);
	if (r->cpu.rlim_max)
		setrlimit(RLIMIT_CPU, &r->cpu);
	if (r->traced)
		ptrace(PTRACE_TRACEME, 0, 0, 0);
	helper_child(program, fds, 2);
}

/* Started as the gate and the launcher would; the pid, and what it writes into *ret_out. */
static pid_t begin(struct run *r, int *ret_out)
{
	auto_free char *ticket = ticket_of(r);
	int pair[2];
	size_t i;
	pid_t pid;

	*ret_out = out_file();
	if (msg_pair(pair) < 0 || msg_send(pair[0], ticket, strlen(ticket), *ret_out) < 0)
		exit(99);
	for (i = 0; i < r->n; i++) {
		auto_close int fd = helper_file(r->in[i], r->len[i]);

		if (msg_send(pair[0], "I", 1, fd) < 0)
			exit(99);
	}
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		child(r, pair[1]);
	close(pair[0]);
	close(pair[1]);
	return pid;
}

static void end(struct run *r, int out, int status)
{
	r->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (io_read_at(out, VERDICT_BYTES_MAX, &r->out, &r->out_len) < 0)
		exit(99);
	close(out);
}

static void run(struct run *r)
{
	int out, status = -1;
	pid_t pid = begin(r, &out);

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		exit(99);
	end(r, out, status);
}

static struct run on(const char *name, const void *p, size_t n)
{
	return (struct run){ .name = name, .in = { p }, .len = { n }, .n = 1 };
}

/* The record, and where the rest begins; NULL where there is no verdict of the right length. */
static json_t *verdict_of(const struct run *r, struct verdict_head *head, const char **ret_rest)
{
	json_t *record = NULL;

	if (r->out_len < sizeof(*head))
		return NULL;
	memcpy(head, r->out, sizeof(*head));
	if (memcmp(head->magic, VERDICT_MAGIC, 16) != 0 || head->record_len > r->out_len ||
		r->out_len != sizeof(*head) + head->record_len + head->counts_len * sizeof(struct count) + head->rebuilt_len)
		return NULL;
	*ret_rest = r->out + sizeof(*head) + head->record_len;
	json_parse(r->out + sizeof(*head), head->record_len, "record", &record, NULL);
	return record;
}

static void a_verdict_is_written(void)
{
	struct run r = on("a.csv", table, strlen(table));
	auto_json json_t *record = NULL;
	struct verdict_head head;
	char sha256[SHA256_TEXT];
	const char *rest = "";

	run(&r);
	is_int(r.status, 0, "a table is checked");
	record = verdict_of(&r, &head, &rest);
	if (!ok(record != NULL, "the verdict is exactly as long as its head says"))
		return;
	is_str(json_str(record, "verdict"), "pass", "it passes");
	is_int(json_int(record, "history_epoch"), 7, "under the history of the ticket");
	rest += head.counts_len * sizeof(struct count);
	sha256_text(rest, head.rebuilt_len, sha256);
	is_str(json_str(record, "sha256_out"), sha256, "and the bytes that may leave are those that the record names");
	free(r.out);
	r = on("a.csv", "group,n\nyoung,3\n", 16);
	run(&r);
	json_decref(record);
	record = verdict_of(&r, &head, &rest);
	is_str(json_str(record, "verdict"), "block", "a count of three blocks");
	is_int((long long)head.rebuilt_len, 0, "and no byte may leave");
	ok(json_is_null(json_object_get(record, "sha256_out")), "nor is any named");
	free(r.out);
}

static void a_failure(struct run *r, const char *part, const char *what)
{
	run(r);
	is_int(r->status, 1, what);
	has_str(r->out, "{\"ok\":false", "there is no verdict");
	has_str(r->out, part, "but the reason");
	free(r->out);
}

static void inputs_are_what_the_ticket_says(void)
{
	static const struct count counts[2] = { { .key = 1, .value = 20 }, { .key = 2, .value = 30 } };
	struct run r = on("a.csv", table, strlen(table));
	auto_free char *big = calloc(1, CHECK_SIDECAR_MAX + 1);

	r.inputs = json_pack("[s,s,s,s,s]", "output", "sidecar", "prints", "history", "siblings");
	r.in[1] = "{}";
	r.len[1] = 2;
	r.in[2] = "";
	r.in[3] = r.in[4] = counts;
	r.len[3] = r.len[4] = sizeof(counts);
	r.n = 5;
	run(&r);
	is_int(r.status, 0, "all five inputs are taken");
	free(r.out);
	r.inputs = json_pack("[s,s]", "output", "sidecar");
	a_failure(&r, "names 2 inputs, but 5 came", "more than are named are not");
	r.inputs = json_pack("[s,s]", "output", "history");
	r.n = 1;
	a_failure(&r, "names 2 inputs, but 1 came", "fewer neither");
	r.inputs = json_pack("[s]", "sidecar");
	a_failure(&r, "where it does not belong", "without the output nothing is checked");
	r.inputs = json_pack("[s,s,s]", "output", "prints", "sidecar");
	r.n = 3;
	a_failure(&r, "where it does not belong", "nor in another order");
	r.inputs = json_pack("[s,s]", "output", "history");
	r.n = 2;
	r.in[1] = counts;
	r.len[1] = sizeof(counts) - 1;
	a_failure(&r, "whole entries", "a history that is cut is none");
	r.inputs = json_pack("[s,s]", "output", "sidecar");
	r.in[1] = big;
	r.len[1] = CHECK_SIDECAR_MAX + 1;
	a_failure(&r, "larger than", "nor is a sidecar of more than 256 KiB one");
	r.inputs = json_pack("[s,s]", "output", "sidecar");
	r.len[1] = CHECK_SIDECAR_MAX;
	run(&r);
	is_int(r.status, 0, "one of 256 KiB is");
	free(r.out);
}

/* A page of text exactly: the byte behind it is in nobody's file. */
static void whole_pages_are_read_to_their_end(void)
{
	char text[8192];
	struct run r = on("a.txt", text, sizeof(text));
	auto_json json_t *record = NULL;
	struct verdict_head head;
	const char *rest;
	size_t i;

	for (i = 0; i < sizeof(text); i++)
		text[i] = i % 64 == 63 ? '\n' : "words and "[i % 10];
	run(&r);
	is_int(r.status, 0, "a file that ends with its page is read");
	record = verdict_of(&r, &head, &rest);
	is_int(json_int(record, "bytes"), 8192, "all of it");
	free(r.out);
	r = on("a.csv", "", 0);
	run(&r);
	is_int(r.status, 0, "so is one without a byte");
	free(r.out);
}

#ifndef SPE_SANITIZERS
static char *long_table(size_t rows, size_t *ret_len)
{
	struct buf b = { 0 };
	size_t i;

	buf_str(&b, "label,people\n");
	for (i = 0; i < rows; i++)
		buf_fmt(&b, "row number %zu,%zu\n", i, 100 + i);
	*ret_len = b.len;
	return b.p;
}

static void limits_end_it(void)
{
	auto_free char *big = calloc(1, 32u << 20);
	size_t len;
	auto_free char *text = long_table(30000, &len);
	struct run r = on("a.csv", text, len);

	r.cpu = (struct rlimit){ 1, 1 };
	r.cpu.rlim_cur = r.cpu.rlim_max = 1;
	run(&r);
	ok(r.status == 0 || r.status == 128 + SIGKILL || r.status == 128 + SIGXCPU, "a limit of the launcher's is kept, not raised");
	free(r.out);
	r.cpu = (struct rlimit){ 0, 0 };
	r = on("a.txt", big, 32u << 20);
	r.as = (struct rlimit){ 24u << 20, 24u << 20 };
	a_failure(&r, "no memory for an input", "where memory is short there is no verdict");
}

/* ---- the cage ---- */

#define CALLS 600

#define STOPPED 0x10000

/* To the next entry or end of a call; signals go where they were sent. STOPPED, or how the process ended, or -1. */
static int step(pid_t pid, struct user_regs_struct *u)
{
	int status, signal = 0;

	for (;;) {
		if (ptrace(PTRACE_SYSCALL, pid, 0, signal) < 0 || waitpid(pid, &status, 0) != pid)
			return -1;
		if (!WIFSTOPPED(status))
			return status;
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			return ptrace(PTRACE_GETREGS, pid, 0, u) < 0 ? -1 : STOPPED;
		signal = WSTOPSIG(status);
	}
}

#if defined(__x86_64__)
/* The call at whose entry it stands becomes another one, with arguments that none takes; then it stands there again.
 * Returns what the call gave. */
static long try_call(pid_t pid, struct user_regs_struct at, long nr)
{
	struct user_regs_struct u = at;

	u.orig_rax = (unsigned long)nr;
	u.rdi = u.rsi = u.rdx = u.r10 = u.r8 = u.r9 = ~0ul;
	ptrace(PTRACE_SETREGS, pid, 0, &u);
	if (step(pid, &u) != STOPPED) /* its end */
		return 0;
	nr = (long)u.rax;
	u = at;
	u.rip -= 2; /* the instruction syscall */
	u.rax = at.orig_rax;
	ptrace(PTRACE_SETREGS, pid, 0, &u);
	step(pid, &u); /* at its entry once more */
	return nr;
}

static pid_t traced_until_caged(struct run *r, int *ret_out, struct user_regs_struct *u)
{
	pid_t pid;
	int status;

	r->traced = true;
	pid = begin(r, ret_out);
	if (pid <= 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status)) /* execve */
		return -1;
	ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	do /* libseccomp asks first what the kernel can do, with filters that are not there */
		if (step(pid, u) != STOPPED)
			return -1;
	while (u->orig_rax != SYS_seccomp || u->rdi != 1 /* SECCOMP_SET_MODE_FILTER */ || u->rdx == 0 || u->rax != 0);
	return step(pid, u) == STOPPED ? pid : -1; /* the first call in the cage */
}

/* uretprobe and uprobe: the kernel lets them past every filter, and kills whoever makes them elsewhere than it does. */
static bool is_kernels_own(long nr)
{
	return nr == 335 || nr == 336;
}

/* All calls there are, tried from within. */
static void fewer_calls_than_fingers_are_allowed(void)
{
	struct run r = on("a.csv", table, strlen(table));
	struct user_regs_struct u;
	int out, allowed = 0, status;
	pid_t pid = traced_until_caged(&r, &out, &u);
	char text[400] = "";
	size_t at = 0;
	long nr;

	if (!ok(pid > 0, "spe-check is met as it enters its cage"))
		return;
	for (nr = 0; nr < CALLS; nr++)
		if (nr != SYS_exit_group && !is_kernels_own(nr) && try_call(pid, u, nr) != -EPERM) {
			if (at < sizeof(text) - 10)
				at += (size_t)snprintf(text + at, sizeof(text) - at, " %ld", nr);
			allowed++;
		}
	printf("# allowed besides the ends:%s\n", text);
	ok(allowed > 2 && allowed + 1 < 10, "of all system calls fewer than ten are allowed");
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	end(&r, out, status);
	free(r.out);
}

/* And what it asks for in its work it may have: a refusal would be a defect that only a strange file shows. */
static void nothing_else_is_asked_for(const char *name, const void *p, size_t n, bool document)
{
	struct run r = on(name, p, n);
	struct user_regs_struct u;
	char text[400] = "", what[120];
	int out, status = STOPPED, count = 0;
	bool used[CALLS] = { false };
	pid_t pid = traced_until_caged(&r, &out, &u);
	size_t at = 0;
	long i;

	if (!ok(pid > 0, "spe-check is met as it enters its cage"))
		return;
	while (status == STOPPED) {
		if (u.orig_rax < CALLS)
			used[u.orig_rax] = true;
		status = step(pid, &u); /* its end */
		/* libconfuse's lexer asks whether a text in memory is a terminal, and goes on when nobody says */
		if (status == STOPPED && (long)u.rax == -EPERM && u.orig_rax != SYS_ioctl && at < sizeof(text) - 10)
			at += (size_t)snprintf(text + at, sizeof(text) - at, " %lld", (long long)u.orig_rax);
		if (status == STOPPED)
			status = step(pid, &u);
	}
	for (i = 0; i < CALLS; i++)
		count += used[i];
	end(&r, out, status);
	is_int(r.status, 0, name);
	if (document)
		ok(memmem(r.out, r.out_len, "\"verdict\":\"review\"", 18) != NULL, "and is read whole, since nothing blocks");
	snprintf(what, sizeof(what), "on %s it asks for nothing that it may not have", name);
	is_str(text, "", what);
	ok(count < 10, "and for few things");
	free(r.out);
}

/* A seed of the fuzzers, without the byte that chooses. */
static void neither_by_documents(const char *name, const char *seed, size_t skip)
{
	const char *top = getenv("srcdir");
	char path[512], *p;
	size_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/t/data/%s", top ? top : ".", seed);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (!ok(fd >= 0 && io_read_at(fd, 1 << 20, &p, &n) == 0, "a seed is there"))
		return;
	nothing_else_is_asked_for(name, p + skip, n - skip, true);
	close(fd);
	free(p);
}

static void the_cage_fits(void)
{
	size_t len;
	auto_free char *text = long_table(30000, &len);
	static const uint8_t png[] = { 0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0, 0, 13, 'I', 'H', 'D', 'R' };
	static const char zip[] = "PK\3\4\24\0\0\0\0\0!!!!!!!!", elf[] = "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0>\0\1\0\0\0";
	static const char ole[] = "\320\317\021\340\241\261\032\341\0\0\0\0\0\0\0\0\0\0\0\0";

	nothing_else_is_asked_for("a.csv", table, strlen(table), false);
	nothing_else_is_asked_for("long.csv", text, len, false);
	nothing_else_is_asked_for("a.png", png, sizeof(png), false);
	nothing_else_is_asked_for("zip.txt", zip, sizeof(zip), false);
	nothing_else_is_asked_for("elf.txt", elf, sizeof(elf), false);
	nothing_else_is_asked_for("ole.txt", ole, sizeof(ole), false);
	nothing_else_is_asked_for("gz.txt", "\37\213\10\0\0\0\0\0\0\3", 10, false);
	nothing_else_is_asked_for("script.txt", "#!/bin/sh\necho a\n", 17, false);
	nothing_else_is_asked_for("json.txt", "{\"a\": [1, 2]}", 13, false);
	neither_by_documents("a.pdf", "fuzz-pdf/raw", 1);
	neither_by_documents("a.svg", "fuzz-markup/svglite", 1);
	neither_by_documents("a.html", "fuzz-markup/page", 1);
	neither_by_documents("a.xlsx", "fuzz-office/zip", 1);
	neither_by_documents("a.jpg", "fuzz-jpeg/s", 0);
}
#endif
#endif

int main(void)
{
	a_verdict_is_written();
	inputs_are_what_the_ticket_says();
	whole_pages_are_read_to_their_end();
#ifndef SPE_SANITIZERS
	limits_end_it();
#if defined(__x86_64__)
	fewer_calls_than_fingers_are_allowed();
	the_cage_fits();
#endif
#endif
	return tap_end();
}
