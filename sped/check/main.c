/* check/main.c - spe-check: one output to findings.
 * Runs as: a fresh uid per check, no capabilities.   Hears: its ticket, once, from the gate.
 * Touches: the input descriptor, the out descriptor. Leaves alone: every path, every socket. */
#include "config.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "spe/cleanup.h"
#include "spe/log.h"
#include "spe/msg.h"
#include "spe/policy.h"
#include "spe/psn.h"
#include "spe/ticket.h"
#include "sped/base/buf.h"
#include "sped/base/confine.h"
#include "sped/base/hex.h"
#include "sped/base/json.h"

#define NAME_BYTES 512        /* four components of SPE_NAME_MAX and what joins them */
#define MEMORY (512ull << 20) /* the largest file eight times over */
#define CPU_SECONDS 60
#define RECORD_BYTES (4u << 20) /* SPE_FINDINGS_MAX findings take a quarter of it */

struct task {
	char *text; /* of the ticket; holds the key in hexadecimal */
	size_t len;
	int out, in;
	json_t *ticket; /* owns what name points to */
	const char *name;
	struct policy policy;
	uint8_t k_check[PSN_KEY];
};

/* Both messages lie on the socket before this program begins. */
static int receive(struct task *t, struct spe_error *e)
{
	size_t len = 0;
	char mark;
	int r;

	t->text = malloc(SPE_TICKET_MAX);
	if (!t->text)
		return spe_fail(e, SPE_E_INTERNAL, "no memory for the ticket");
	r = msg_recv_any(TASK_SOCKET, t->text, SPE_TICKET_MAX, &t->len, &t->out);
	if (r == 0 && t->out < 0)
		r = -EBADF;
	if (r == 0)
		r = msg_recv_any(TASK_SOCKET, &mark, 1, &len, &t->in);
	if (r == 0 && (t->in < 0 || mark != 'I'))
		r = -EBADF;
	return r < 0 ? spe_fail(e, SPE_E_INTERNAL, "the ticket doesn't come: %s", strerror(-r)) : 0;
}

static void limit(int which, rlim_t most)
{
	const struct rlimit limits = { most, most };

	if (setrlimit((__rlimit_resource_t)which, &limits) < 0)
		spe_die("begin", "a resource limit can't be set");
}

/* A belt beside the launcher's cgroup. OpenSSL and jansson fetch what they need while files can be opened. */
static void enter(void)
{
	static const struct confine none = { .paths = NULL, .calls = NULL };
	char text[SHA256_TEXT];
	struct spe_error e;

	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if (sha256_text("", 0, text) < 0)
		spe_die("begin", "SHA-256 is not there");
	json_object_seed(0);
	limit(RLIMIT_CPU, CPU_SECONDS);
	limit(RLIMIT_FSIZE, RECORD_BYTES);
#ifndef SPE_SANITIZERS
	limit(RLIMIT_AS, MEMORY);
#endif
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

/* What a permit's media types are called here. */
static const struct {
	const char *media, *extension;
} types[] = { { "text/csv", "csv" }, { "text/tab-separated-values", "tsv" }, { "text/plain", "txt" },
	{ "text/plain", "log" }, { "text/markdown", "md" }, { "application/json", "json" }, { "image/png", "png" } };

static bool permitted(const char *extension, const json_t *media)
{
	const json_t *m;
	size_t i, k;

	json_array_foreach(media, i, m)
		for (k = 0; k < sizeof(types) / sizeof(types[0]); k++)
			if (strcmp(types[k].extension, extension) == 0 && json_is_string(m) &&
				strcmp(types[k].media, json_string_value(m)) == 0)
				return true;
	return false;
}

static void narrow_types(struct policy *p, const json_t *media)
{
	size_t i, kept = 0;

	for (i = 0; i < p->type_count; i++)
		if (permitted(p->types[i], media))
			memmove(p->types[kept++], p->types[i], sizeof(p->types[0]));
	p->type_count = kept;
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
	narrow_types(p, media);
	if (count > p->min_count)
		p->min_count = count;
	if (bytes > 0 && bytes < p->max_bytes)
		p->max_bytes = bytes;
	return 0;
}

static int ticket_parse(struct task *t, struct spe_error *e)
{
	static const char *const fields[] = { "kind", "input", "name", "policy", "policy_name",
		"k_check", "min_count", "max_bytes", "types", NULL };
	const char *kind, *policy, *policy_name, *key;
	int r = json_parse(t->text, t->len, "ticket", &t->ticket, e);

	if (r == 0)
		r = json_only(t->ticket, "ticket", fields, e);
	if (r == 0)
		r = json_want_string(t->ticket, "ticket", "kind", 16, &kind, e);
	if (r == 0 && (strcmp(kind, "check") != 0 || !json_flag(t->ticket, "input")))
		r = spe_fail(e, SPE_E_INPUT, "ticket.kind must be \"check\", with an input");
	if (r == 0)
		r = json_want_string(t->ticket, "ticket", "name", NAME_BYTES, &t->name, e);
	if (r == 0)
		r = json_want_string(t->ticket, "ticket", "policy", POLICY_TEXT_MAX, &policy, e);
	if (r == 0)
		r = json_want_string(
			t->ticket, "ticket", "policy_name", NAME_BYTES, &policy_name, e);
	if (r == 0)
		r = json_want_string(t->ticket, "ticket", "k_check", 2 * PSN_KEY, &key, e);
	if (r == 0)
		r = key_parse(key, t->k_check, e);
	if (r == 0)
		r = policy_parse(policy, strlen(policy), policy_name, &t->policy, e);
	return r == 0 ? tighten(&t->policy, t->ticket, e) : r;
}

/* No more than the policy takes is ever in memory; of a larger file only its size is known. */
static int check(const struct task *t, json_t **ret, struct spe_error *e)
{
	struct policy_file f = { .name = t->name, .k_check = t->k_check };
	auto_free char *bytes = NULL;
	struct policy_result result = { 0 };
	struct stat st;
	int r = io_read_at(t->in, (size_t)t->policy.max_bytes, &bytes, &f.len);

	if (r == -EFBIG) {
		f.len = (size_t)t->policy.max_bytes + 1;
		if (fstat(t->in, &st) == 0 && (uint64_t)st.st_size > f.len)
			f.len = (size_t)st.st_size;
	} else if (r < 0) {
		return spe_fail(e, SPE_E_INTERNAL, "the output can't be read: %s", strerror(-r));
	}
	f.bytes = bytes;
	r = policy_check(&t->policy, &f, &result, e);
	if (r == 0)
		*ret = json_incref(result.record);
	policy_result_free(&result);
	return r;
}

static json_t *failure(const struct spe_error *e)
{
	return json_pack("{s:b, s:{s:s, s:s, s:s}}", "ok", 0, "error", "code",
		spe_code_name(e->code), "message", e->text, "remedy", e->remedy);
}

static int answer(int out, const json_t *j)
{
	auto_free char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;
	int r = text ? io_write_all(out, text, strlen(text)) : -ENOMEM;

	if (r < 0)
		spe_log("answer", "the record can't be written: %s", strerror(-r));
	return r;
}

static void forget(struct task *t)
{
	const char *key = json_str(t->ticket, "k_check");

	if (t->ticket && *key)
		OPENSSL_cleanse((void *)(uintptr_t)key, strlen(key));
	OPENSSL_cleanse(t->text, SPE_TICKET_MAX);
	OPENSSL_cleanse(t->k_check, sizeof(t->k_check));
	json_decref(t->ticket);
	free(t->text);
}

int main(void)
{
	struct task t = { .out = -1, .in = -1 };
	json_t *record = NULL;
	struct spe_error e = { 0 };
	bool good;

	spe_log_name("spe-check");
	if (receive(&t, &e) < 0)
		spe_die("ticket", "%s", e.text);
	enter();
	good = ticket_parse(&t, &e) == 0 && check(&t, &record, &e) == 0;
	forget(&t);
	if (!good) {
		spe_log("check", "%s", e.text);
		record = failure(&e);
	}
	good = answer(t.out, record) == 0 && good;
	json_decref(record);
	return good ? 0 : 1;
}
