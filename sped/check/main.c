/* check/main.c - spe-check: one output to findings, counts, and the bytes that may leave.
 * Runs as: a fresh uid per check, no capabilities.   Hears: its ticket, once, from the gate.
 * Touches: memory, the out descriptor. Leaves alone: every path, every socket, all but eight system calls. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <magic.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "spe/cleanup.h"
#include "spe/log.h"
#include "spe/msg.h"
#include "spe/psn.h"
#include "spe/ticket.h"
#include "spe/verdict.h"
#include "sped/base/buf.h"
#include "sped/base/confine.h"
#include "sped/base/crypto.h"
#include "sped/base/hex.h"
#include "sped/base/json.h"
#include "sped/check/check.h"

#define NAME_BYTES 512 /* four components of SPE_NAME_MAX and what joins them */

struct task {
	char *text; /* of the ticket; holds the key in hexadecimal */
	size_t len;
	int out;
	size_t came;
	struct mapped came_in[INPUTS_MAX]; /* in the order of the ticket */
	struct mapped in[INPUTS];          /* by what they are; but */
	struct policy_prints prints[POLICY_PRINTS_MAX];
	size_t prints_count;
	magic_t magic;
	json_t *ticket; /* owns what name points to */
	const char *name;
	json_int_t epoch;
	struct policy policy;
	uint8_t k_check[PSN_KEY];
};

static int receive_input(struct task *t, int fd, char mark, struct spe_error *e)
{
	if (fd < 0 || mark != 'I' || t->came == INPUTS_MAX)
		return spe_fail(e, SPE_E_INTERNAL, "an input comes in another form");
	return input_map(fd, &t->came_in[t->came++], e);
}

/* All messages lie on the socket before this program begins: nothing is waited for. */
static int receive(struct task *t, struct spe_error *e)
{
	char mark = 0;
	int r;

	t->text = malloc(SPE_TICKET_MAX);
	if (!t->text)
		return spe_fail(e, SPE_E_INTERNAL, "no memory for the ticket");
	r = fcntl(TASK_SOCKET, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
	if (r == 0)
		r = msg_recv_any(TASK_SOCKET, t->text, SPE_TICKET_MAX, &t->len, &t->out);
	if (r == 0 && t->out < 0)
		r = -EBADF;
	while (r == 0) {
		auto_close int fd = -1;

		r = msg_recv(TASK_SOCKET, &mark, 1, &fd);
		if (r == 0 && receive_input(t, fd, mark, e) < 0)
			return -SPE_E_INTERNAL;
	}
	return t->out < 0 || (r != -EPIPE && r != -EAGAIN) ? spe_fail(e, SPE_E_INTERNAL, "the ticket doesn't come: %s", strerror(-r)) :
								      0;
}

/* Its table is read here: from inside no file can be opened. */
static int begin_magic(struct task *t, struct spe_error *e)
{
	t->magic = magic_open(MAGIC_MIME_TYPE);
	if (!t->magic || magic_load(t->magic, NULL) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "libmagic's table of file types can't be read on this host");
	return 0;
}

/* Never more than the launcher gave. */
static void limit(int which, rlim_t most)
{
	struct rlimit limits;

	if (getrlimit((__rlimit_resource_t)which, &limits) < 0)
		spe_die("begin", "a resource limit can't be read");
	if (limits.rlim_max != RLIM_INFINITY && limits.rlim_max < most)
		most = limits.rlim_max;
	limits = (struct rlimit){ most, most };
	if (setrlimit((__rlimit_resource_t)which, &limits) < 0)
		spe_die("begin", "a resource limit can't be set");
}

/* Process 1 of a namespace hears no signal that it has no handler for; this one would go unheard until SIGKILL, which says
 * nothing of the file. */
static void out_of_time(int number)
{
	_exit(CHECK_EXIT_CPU);
}

static void limit_cpu(void)
{
	const struct sigaction act = { .sa_handler = out_of_time };
	struct rlimit limits;

	limit(RLIMIT_CPU, CHECK_CPU_SECONDS + 1);
	if (getrlimit(RLIMIT_CPU, &limits) < 0)
		spe_die("begin", "a resource limit can't be read");
	if (limits.rlim_cur > CHECK_CPU_SECONDS)
		limits.rlim_cur = CHECK_CPU_SECONDS;
	if (setrlimit(RLIMIT_CPU, &limits) < 0 || sigaction(SIGXCPU, &act, NULL) < 0)
		spe_die("begin", "the limit of processor time can't be set");
}

/* The inputs are pages of files, and not counted as memory of ours. */
static void limits(const struct task *t)
{
	rlim_t mapped = 0;
	size_t i;

	for (i = 0; i < t->came; i++)
		mapped += t->came_in[i].len;
	limit_cpu();
	limit(RLIMIT_FSIZE, VERDICT_BYTES_MAX);
#ifndef SPE_SANITIZERS
	limit(RLIMIT_AS, CHECK_MEM_BYTES + mapped);
#else
	(void)mapped;
#endif
}

static int by_byte(const void *a, const void *b)
{
	return *(const char *)a - *(const char *)b;
}

/* The C library asks once how much memory the host has before it sorts more than a page; it would open /proc. */
static void warm_sort(void)
{
	char some[4096] = { 1 };

	qsort(some, sizeof(some), 1, by_byte);
}

/* What remains: to write the verdict, to get memory and give it back, to wake nobody (OpenSSL does so as it ends), to end:
 * fewer calls than fingers, and none that opens, asks or starts anything. */
static const char *const calls[] = { "write", "brk", "mmap", "munmap", "mremap", "madvise", "futex", "exit_group", NULL };

/* A belt beside the launcher's cgroup. OpenSSL and jansson fetch what they need while files can be opened. */
static void enter(struct task *t)
{
	static const struct confine none = { .paths = NULL, .calls = calls, .bare = true };
	char text[SHA256_TEXT];
	struct spe_error e;

	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if (sha256_text("", 0, text) < 0)
		spe_die("begin", "SHA-256 is not there");
	json_object_seed(0);
	warm_sort();
	limits(t);
	close(TASK_SOCKET);
	if (confine_enter(&none, &e) < 0)
		spe_die("confine", "%s", e.text);
}

static int key_parse(const char *hex, uint8_t ret[PSN_KEY], struct spe_error *e)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	if (strlen(hex) != 2 * PSN_KEY || strspn(hex, digits) != 2 * PSN_KEY)
		return spe_fail(e, SPE_E_INPUT, "ticket.k_check must be 64 hexadecimal digits");
	for (i = 0; i < PSN_KEY; i++)
		ret[i] = (uint8_t)((strchr(digits, hex[2 * i]) - digits) << 4 |
				   (strchr(digits, hex[2 * i + 1]) - digits));
	return 0;
}

/* What a permit's media types are called here. Programs are text. */
static const struct {
	const char *media, *extensions;
} types[] = { { "text/csv", " csv " }, { "text/tab-separated-values", " tsv " }, { "text/plain", " txt log r rmd qmd py sql do sas jl tex " },
	{ "text/markdown", " md " }, { "application/json", " json ipynb " }, { "image/png", " png " }, { "image/jpeg", " jpg jpeg " },
	{ "image/svg+xml", " svg " }, { "application/pdf", " pdf " }, { "text/html", " html " },
	{ "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", " xlsx " },
	{ "application/vnd.openxmlformats-officedocument.wordprocessingml.document", " docx " },
	{ "application/vnd.oasis.opendocument.spreadsheet", " ods " }, { "application/vnd.oasis.opendocument.text", " odt " } };

static bool permitted(const char *extension, const json_t *media)
{
	const json_t *m;
	char word[16];
	size_t i, k;

	snprintf(word, sizeof(word), " %s ", extension);
	json_array_foreach(media, i, m)
		for (k = 0; k < sizeof(types) / sizeof(types[0]); k++)
			if (strstr(types[k].extensions, word) && json_is_string(m) && strcmp(types[k].media, json_string_value(m)) == 0)
				return true;
	return false;
}

static size_t narrow(char list[][8], size_t n, const json_t *media)
{
	size_t i, kept = 0;

	for (i = 0; i < n; i++)
		if (permitted(list[i], media))
			memmove(list[kept++], list[i], sizeof(list[0]));
	return kept;
}

/* The permit's numbers and types, where they are the stricter ones. */
static int tighten(struct policy *p, const json_t *ticket, struct spe_error *e)
{
	json_int_t count, bytes;
	json_t *media;
	int r = json_want_int(ticket, "ticket", "min_count", 0, 1000000, &count, e);

	if (r == 0)
		r = json_want_int(ticket, "ticket", "max_bytes", 0, INT64_MAX, &bytes, e);
	if (r == 0)
		r = json_want_array(ticket, "ticket", "types", 64, &media, e);
	if (r < 0)
		return r;
	p->type_count = narrow(p->types, p->type_count, media);
	p->verbatim_count = narrow(p->verbatim, p->verbatim_count, media);
	if (count > p->min_count)
		p->min_count = count;
	if (bytes > 0 && bytes < p->max_bytes)
		p->max_bytes = bytes;
	return 0;
}

/* Those that came are those that the ticket names, in its order. */
static int inputs_parse(struct task *t, struct spe_error *e)
{
	json_t *names, *name;
	size_t i, at = 0;
	int r = json_want_array(t->ticket, "ticket", "inputs", INPUTS_MAX, &names, e);

	if (r < 0)
		return r;
	if (json_array_size(names) != t->came || t->came == 0)
		return spe_fail(e, SPE_E_INPUT, "ticket.inputs names %zu inputs, but %zu came", json_array_size(names), t->came);
	json_array_foreach(names, i, name) {
		const char *s = json_is_string(name) ? json_string_value(name) : "", *odd;

		while (at < INPUTS && strcmp(input_name((enum input)at), s) != 0)
			at++;
		if (at == INPUTS || (i == 0 && at != INPUT_OUTPUT))
			return spe_fail(e, SPE_E_INPUT, "ticket.inputs has %.20s where it does not belong", s);
		odd = input_odd((enum input)at, t->came_in[i].len);
		if (odd)
			return spe_fail(e, SPE_E_INPUT, "the input %s is %s", s, odd);
		if (at != INPUT_PRINTS) {
			t->in[at++] = t->came_in[i];
			continue;
		}
		if (t->prints_count == POLICY_PRINTS_MAX)
			return spe_fail(e, SPE_E_INPUT, "ticket.inputs has more than %d prints", POLICY_PRINTS_MAX);
		t->prints[t->prints_count++] = (struct policy_prints){ (const uint8_t *)t->came_in[i].p, t->came_in[i].len };
	}
	return 0;
}

static int policy_want(struct task *t, struct spe_error *e)
{
	const char *policy, *policy_name;
	int r = json_want_string(t->ticket, "ticket", "policy", POLICY_TEXT_MAX, &policy, e);

	if (r == 0)
		r = json_want_string(t->ticket, "ticket", "policy_name", NAME_BYTES, &policy_name, e);
	if (r == 0)
		r = policy_parse(policy, strlen(policy), policy_name, &t->policy, e);
	return r == 0 ? tighten(&t->policy, t->ticket, e) : r;
}

static int ticket_parse(struct task *t, struct spe_error *e)
{
	static const char *const fields[] = { "kind", "inputs", "history_epoch", "name", "policy", "policy_name",
		"k_check", "min_count", "max_bytes", "types", NULL };
	const char *kind, *key;
	int r = json_parse(t->text, t->len, "ticket", &t->ticket, e);

	if (r == 0)
		r = json_only(t->ticket, "ticket", fields, e);
	if (r == 0)
		r = json_want_string(t->ticket, "ticket", "kind", 16, &kind, e);
	if (r == 0 && strcmp(kind, "check") != 0)
		r = spe_fail(e, SPE_E_INPUT, "ticket.kind must be \"check\"");
	if (r == 0)
		r = json_want_string(t->ticket, "ticket", "name", NAME_BYTES, &t->name, e);
	if (r == 0)
		r = json_want_int(t->ticket, "ticket", "history_epoch", 0, INT64_MAX, &t->epoch, e);
	if (r == 0)
		r = json_want_string(t->ticket, "ticket", "k_check", 2 * PSN_KEY, &key, e);
	if (r == 0)
		r = key_parse(key, t->k_check, e);
	if (r == 0)
		r = inputs_parse(t, e);
	return r == 0 ? policy_want(t, e) : r;
}

/* No more than the policy takes is ever read; of a larger file only its size is known. */
static int check(const struct task *t, struct policy_result *ret, struct spe_error *e)
{
	const struct mapped *in = t->in, *out = &in[INPUT_OUTPUT];
	struct policy_file f = { .name = t->name,
		.k_check = t->k_check,
		.len = out->len,
		.sidecar = in[INPUT_SIDECAR].p,
		.sidecar_len = in[INPUT_SIDECAR].len,
		.prints = t->prints,
		.prints_count = t->prints_count,
		.history = (const void *)in[INPUT_HISTORY].p,
		.history_len = in[INPUT_HISTORY].len / sizeof(struct count),
		.siblings = (const void *)in[INPUT_SIBLINGS].p,
		.siblings_len = in[INPUT_SIBLINGS].len / sizeof(struct count),
		.history_epoch = (uint64_t)t->epoch };

	if (out->len <= (uint64_t)t->policy.max_bytes) {
		f.bytes = out->p;
		f.magic = magic_buffer(t->magic, out->p, out->len);
		if (!f.magic)
			return spe_fail(e, SPE_E_INTERNAL, "libmagic can't say what these bytes are");
	}
	return policy_check(&t->policy, &f, ret, e);
}

static json_t *failure(const struct spe_error *e)
{
	return json_pack("{s:b, s:{s:s, s:s, s:s}}", "ok", 0, "error", "code",
		spe_code_name(e->code), "message", e->text, "remedy", e->remedy);
}

static int put(int out, const void *p, size_t n, struct spe_error *e)
{
	int r = io_write_all(out, p, n);

	return r < 0 ? spe_fail(e, SPE_E_INTERNAL, "the verdict can't be written: %s", strerror(-r)) : 0;
}

/* Nothing was rebuilt, and nothing blocks: the bytes leave as they are. */
static struct mapped may_leave(const struct task *t, const struct policy_result *result)
{
	if (strcmp(json_str(result->record, "verdict"), "block") == 0)
		return (struct mapped){ "", 0 };
	return result->rebuilt ? (struct mapped){ result->rebuilt, result->rebuilt_len } : t->in[INPUT_OUTPUT];
}

static int answer(const struct task *t, const struct policy_result *result, struct spe_error *e)
{
	auto_free char *record = json_dumps(result->record, JSON_COMPACT | JSON_PRESERVE_ORDER);
	struct mapped rebuilt = may_leave(t, result);
	struct verdict_head head = { .magic = VERDICT_MAGIC, .counts_len = result->counts_len, .rebuilt_len = rebuilt.len };
	int r;

	if (!record)
		return spe_fail(e, SPE_E_INTERNAL, "no memory for the record");
	head.record_len = strlen(record);
	if (head.record_len > VERDICT_RECORD_MAX || head.counts_len > VERDICT_COUNTS_MAX || rebuilt.len > VERDICT_REBUILT_MAX)
		return spe_fail(e, SPE_E_TOO_LARGE, "the verdict on it is larger than any verdict is");
	r = put(t->out, &head, sizeof(head), e);
	if (r == 0)
		r = put(t->out, record, (size_t)head.record_len, e);
	if (r == 0)
		r = put(t->out, result->counts, result->counts_len * sizeof(struct count), e);
	return r == 0 ? put(t->out, rebuilt.p, rebuilt.len, e) : r;
}

/* Why there is no verdict. Nothing was written yet, or the gate does not believe it. */
static void answer_failure(int out, const struct spe_error *e)
{
	auto_json json_t *j = failure(e);
	auto_free char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;

	if (text)
		io_write_all(out, text, strlen(text));
	spe_log("check", "%s", e->text);
}

static void forget(struct task *t)
{
	const char *key = json_str(t->ticket, "k_check");

	if (t->ticket && *key)
		OPENSSL_cleanse((void *)(uintptr_t)key, strlen(key));
	OPENSSL_cleanse(t->text, SPE_TICKET_MAX);
	OPENSSL_cleanse(t->k_check, sizeof(t->k_check));
}

static void no_memory(void)
{
	spe_die("memory", "there is none left");
}

int main(void)
{
	struct task t = { .out = -1 };
	struct policy_result result = { 0 };
	struct spe_error e = { 0 };
	int r;

	spe_log_name("spe-check");
	json_memory(no_memory);
	if (crypto_memory(no_memory) < 0)
		spe_die("start", "OpenSSL takes no other allocator");
	r = receive(&t, &e);
	if (r < 0 && t.out < 0)
		spe_die("ticket", "%s", e.text);
	if (r == 0)
		r = begin_magic(&t, &e);
	enter(&t);
	if (r == 0)
		r = ticket_parse(&t, &e);
	if (r == 0)
		r = check(&t, &result, &e);
	forget(&t);
	if (r == 0)
		r = answer(&t, &result, &e);
	if (r < 0)
		answer_failure(t.out, &e);
	return r < 0 ? 1 : 0;
}
