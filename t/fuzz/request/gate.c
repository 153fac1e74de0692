/* The gate of t/fuzz/request.c. See world.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/ticket.h"
#include "spe/verdict.h"
#include "sped/base/buf.h"
#include "t/fuzz/request/world.h"

int gate_main(void);
#define main gate_main
#include "sped/gate/main.c"
#undef main

#define OPERATORS_ARE "anna", "bert"

static struct gate *g;
static struct spe_error err;

static void seed_of(const char *who, uint8_t ret[32])
{
	memset(ret, 0, 32);
	memcpy(ret, who, strnlen(who, 31));
}

char *world_sign(const char *who, const char *ns, const char *text)
{
	uint8_t seed[32];
	char *armor = NULL;

	seed_of(who, seed);
	if (sshsig_sign(seed, ns, text, strlen(text), &armor, &err) < 0)
		spe_die("world", "%s", err.text);
	return armor;
}

char *world_key(const char *who)
{
	uint8_t seed[32];
	char key[SSHKEY_TEXT_MAX];

	seed_of(who, seed);
	if (sshkey_public(seed, key, &err) < 0)
		spe_die("world", "%s", err.text);
	return strdup(key);
}

static void day(int days, char ret[24])
{
	time_t t = time(NULL) + (time_t)days * 86400;

	strftime(ret, 24, "%Y-%m-%d", gmtime(&t));
}

char *world_permit(const char *id, int version, const char *replaces)
{
	static const char ours[] = "[{\"id\":\"aino\",\"roles\":[\"principal-investigator\",\"researcher\"]},{\"id\":\"mikko\",\"roles\":"
		"[\"researcher\"]},{\"id\":\"kari\",\"roles\":[\"checker\"]},{\"id\":\"lars\",\"roles\":[\"checker\"]}]",
		theirs[] = "[{\"id\":\"olli\",\"roles\":[\"principal-investigator\"]},{\"id\":\"pia\",\"roles\":[\"checker\"]}]";
	char issued[24], from[24], until[24], erased[24], quoted[80] = "null", *text;

	day(-2, issued);
	day(-1, from);
	day(300, until);
	day(400, erased);
	if (replaces)
		snprintf(quoted, sizeof(quoted), "\"%.64s\"", replaces);
	if (asprintf(&text, "{\"format\":\"spe-permit-1\",\"id\":\"%s\",\"kind\":\"data-permit\",\"version\":%d,\"replaces\":%s,\"issuer\":"
		"{\"hdab\":\"urn:spe:hdab:fi\",\"country\":\"FI\",\"case\":\"T/1\"},\"issued\":\"%sT09:00:00Z\",\"data\":[{\"holding\":\"" HOLDING
		"\",\"form\":\"pseudonymised\",\"format\":\"csv\",\"variables\":{\"people\":[\"age\"]}}],\"purpose\":{\"article53\":[\"e\"],"
		"\"text\":\"Tests\"},\"persons\":%s,\"valid\":{\"from\":\"%s\",\"until\":\"%s\",\"erased-by\":\"%s\"},\"environment\":{"
		"\"runtime\":[\"host\"],\"cpus\":2,\"memory\":\"1G\",\"disk\":\"1G\",\"bring-in\":{\"code\":true,\"data\":false}},\"outputs\":"
		"{\"types\":[\"text/csv\",\"text/plain\"],\"min-cell\":5,\"max-bytes\":100000,\"decisions\":2}}", id, version, quoted, issued,
		strcmp(id, "FI-2") == 0 ? theirs : ours, from, until, erased) < 0)
		spe_die("world", "out of memory");
	return text;
}

/* in is taken. */
static void ask(enum gate_op op, json_t *in)
{
	struct call c = { .in = in, .input = -1, .out_fd = -1 };

	if (!in || gate_call(g, op, &c, &err) < 0)
		spe_die(gate_op_name(op), "%s", err.text);
	json_decref(in);
	json_decref(c.out);
}

static json_t *record(const char *ws)
{
	return json_pack("{s:s,s:s,s:s,s:s?,s:{}}", "actor", "world", "role", "tester", "action", "world", "workspace", ws, "object");
}

static void register_key(const char *role, const char *name)
{
	auto_free char *key = world_key(name), *text = NULL, *anna = NULL, *bert = NULL;
	auto_json json_t *changes = json_pack("[{s:s,s:s,s:s,s:n,s:n,s:n}]", "set", strcmp(role, "issuer") == 0 ? "urn:spe:hdab:fi" : name,
		"role", role, "key", key, "team", "from", "until");
	char now[TIME_TEXT];

	gate_now(g, now);
	text = registry_text(g->registry, now, 0, NULL, changes);
	anna = world_sign("anna", REGISTRY_NAMESPACE, text);
	bert = world_sign("bert", REGISTRY_NAMESPACE, text);
	ask(GATE_REGISTRY_CHANGE, json_pack("{s:o,s:s,s:[s,s]}", "record", record(NULL), "entry", text, "signatures", anna, bert));
}

static void take_operators(void)
{
	static const char *const names[] = { OPERATORS_ARE };
	auto_buf struct buf b = { 0 };
	size_t i;

	for (i = 0; i < 2; i++) {
		auto_free char *key = world_key(names[i]);

		buf_fmt(&b, "%s %s\n", names[i], key);
	}
	if (gate_operators(g, b.p, b.len, &err) < 0)
		spe_die("world", "%s", err.text);
}

static void open_gate(int dir, const char *policy)
{
	if (gate_open(&g, dir, NULL, &err) < 0 || gate_policy(g, policy, strlen(policy), &err) < 0)
		spe_die("world", "%s", err.text);
	take_operators();
}

static void import_permit(const char *id)
{
	auto_free char *text = world_permit(id, 1, NULL), *armor = world_sign("issuer", "spe-permit", text);

	ask(GATE_PERMIT, json_pack("{s:o,s:s,s:s}", "record", record(NULL), "permit", text, "signature", armor));
}

/* As what a capture brought. */
static void leave_output(const char *job, const char *ws, const char *text)
{
	auto_close int fd = -1;
	char sha256[SHA256_TEXT], path[STORE_PATH];
	auto_json json_t *j = NULL;

	snprintf(path, sizeof(path), "jobs/%s.json", job);
	if (io_memfd(text, strlen(text), &fd) < 0 || vault_put(g, fd, 0, strlen(text), sha256, NULL, &err) < 0)
		spe_die("world", "%s", err.text);
	j = json_pack("{s:s,s:s,s:s,s:[{s:s,s:I,s:s}],s:[]}", "format", "spe-job-1", "job", job, "workspace", ws, "outputs", "name", "note.txt",
		"size", (json_int_t)strlen(text), "sha256", sha256, "skipped");
	if (store_write_json(g, "job.ingest", ws, json_pack("{s:s,s:i}", "job", job, "outputs", 1), path, j, &err) < 0)
		spe_die("world", "%s", err.text);
}

/* As spe-check does it, with the keeper that root would be. */
static void check_act(uint32_t task)
{
	const struct msg_start start = { .type = MSG_START, .id = task, .profile = PROFILE_CHECK, .time_s = 60 };
	const struct msg_state ended = { .type = MSG_STATE, .id = task, .profile = PROFILE_CHECK, .end = END_EXIT };
	char text[SPE_TICKET_MAX + 1], one[2];
	auto_close int sock = -1, out = -1, input = -1;
	struct policy_result result = { 0 };
	auto_free char *bytes = NULL, *written = NULL;
	auto_json json_t *ticket = NULL;
	struct policy_file f = { 0 };
	struct verdict_head head = { .magic = VERDICT_MAGIC };
	struct policy policy;
	size_t len;
	int ends[2];

	if (msg_pair(ends) < 0 || keeper_start(g, &start, &ends[0], &sock, &err) < 0 ||
		msg_recv_any(sock, text, SPE_TICKET_MAX, &len, &out) < 0 || msg_recv(sock, one, 1, &input) < 0 ||
		json_parse(text, len, "ticket", &ticket, &err) < 0 || io_read_at(input, 1 << 20, &bytes, &f.len) < 0 ||
		policy_parse(json_str(ticket, "policy"), strlen(json_str(ticket, "policy")), json_str(ticket, "policy_name"), &policy, &err) < 0)
		spe_die("world", "a check: %s", err.text);
	f.name = json_str(ticket, "name");
	f.bytes = bytes;
	f.history_epoch = (uint64_t)json_int(ticket, "history_epoch");
	if (policy_check(&policy, &f, &result, &err) < 0)
		spe_die("world", "a check: %s", err.text);
	written = json_dumps(result.record, JSON_COMPACT);
	head.record_len = strlen(written);
	head.rebuilt_len = result.rebuilt_len;
	if (io_write_all(out, &head, sizeof(head)) < 0 || io_write_all(out, written, strlen(written)) < 0 ||
		io_write_all(out, result.rebuilt, result.rebuilt_len) < 0 || msg_send(ends[1], &ended, sizeof(ended), -1) < 0)
		spe_die("world", "a check's result");
	policy_result_free(&result);
	close(ends[1]);
}

static void export_of(const char *id, const char *job, const char *ws, const char *who, const char *secret, const char *policy)
{
	ask(GATE_EXPORT, json_pack("{s:o,s:s,s:s,s:s,s:s,s:s,s:[{s:s,s:s}],s:{s:s,s:s}}", "record", record(ws), "export", id, "job", job,
		"permit", ws, "requester", who, "context", secret, "files", "name", "note.txt", "description", secret, "policy", "name", "default",
		"text", policy));
	ask(GATE_CHECK, json_pack("{s:s,s:s,s:i}", "task", "00000c01", "export", id, "index", 0));
	check_act(0xc01);
	ask(GATE_VERDICT, json_pack("{s:s,s:s,s:i}", "task", "00000c01", "export", id, "index", 0));
	ask(GATE_MANIFEST, json_pack("{s:o,s:s}", "record", record(ws), "export", id));
}

static void approve(const char *id, const char *ws, const char *person)
{
	auto_free char *text = NULL, *armor = NULL;
	char path[STORE_PATH];
	size_t len;

	snprintf(path, sizeof(path), "exports/%s/manifest.json", id);
	if (store_read(g, path, &text, &len, &err) < 0)
		spe_die("world", "%s", err.text);
	armor = world_sign(person, "spe-decision", text);
	ask(GATE_DECIDE, json_pack("{s:o,s:s,s:s,s:s,s:s,s:s}", "record", record(ws), "export", id, "person", person, "verdict", "approve",
		"signature", armor, "comment", ""));
}

void world_made(int dir, const char *policy)
{
	static const char *const checkers[] = { "kari", "lars", "pia", "aino" };
	size_t i;

	open_gate(dir, policy);
	register_key("issuer", "issuer");
	for (i = 0; i < sizeof(checkers) / sizeof(checkers[0]); i++)
		register_key("checker", checkers[i]);
	import_permit("FI-1");
	import_permit("FI-2");
	leave_output(JOB_OURS, "FI-1", "A note of " SECRET_OURS ".\n");
	leave_output(JOB_THEIRS, "FI-2", "A note of " SECRET_THEIRS ".\n");
	export_of(EXPORT_PENDING, JOB_OURS, "FI-1", "aino", SECRET_OURS, policy);
	export_of(EXPORT_RELEASED, JOB_OURS, "FI-1", "mikko", SECRET_OURS, policy);
	export_of(EXPORT_THEIRS, JOB_THEIRS, "FI-2", "olli", SECRET_THEIRS, policy);
	approve(EXPORT_RELEASED, "FI-1", "kari");
	approve(EXPORT_RELEASED, "FI-1", "lars");
	ask(GATE_RELEASE, json_pack("{s:o,s:s}", "record", record("FI-1"), "export", EXPORT_RELEASED));
	gate_last(g);
	gate_free(g);
	g = NULL;
}

/* No keeper comes to its door. */
void world_gate(const char *policy)
{
	struct pollfd p = { ENGINE, POLLIN, 0 };

	open_gate(DIRECTORY, policy);
	do {
		while (poll(&p, 1, remains_wait(g)) == 0)
			gate_clock(g, gate_mono_ms());
	} while (engine_hear(g, ENGINE));
	gate_last(g);
	gate_free(g);
	g = NULL;
}

/* The compiler declares these too, and in a file where we do, its own are others, which are empty. What libFuzzer is told of them is
 * told by the first file that is linked: this may not be it. */
extern uint8_t __start___sancov_cntrs[] __attribute__((weak, visibility("hidden")));
extern uint8_t __stop___sancov_cntrs[] __attribute__((weak, visibility("hidden")));

uint8_t *world_counters(size_t *ret_len)
{
	*ret_len = (size_t)((uintptr_t)__stop___sancov_cntrs - (uintptr_t)__start___sancov_cntrs);
	return __start___sancov_cntrs;
}
