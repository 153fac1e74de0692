/* t/unit/gate.c - the gate's whole life in one process: real keys, real signatures, a restart before every call. */
#include "t/tap.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spe-cli/verify.h"
#include "spe/cleanup.h"
#include "spe/ticket.h"
#include "spe/msg.h"
#include "spe/outputs.h"
#include "spe/revocation.h"
#include "spe/verdict.h"
#include "sped/base/buf.h"
#include "sped/gate/room.h"

extern char **environ;

#define NOON 1793534400ll /* 2026-11-01T12:00:00Z */
#define DAY 86400ll
#define JOB "0000a0b1"
#define EXPORT "0000e001"

static struct gate *g;
static int state;
static int64_t now_s = NOON;
static struct spe_error err;
static json_t *out;
static int out_fd = -1;
static struct call given_bytes; /* which bytes of it */
static char *policy_text;

/* In place of libc's: how often a directory was synced. */
static ino_t watched;
static int syncs, all_syncs;

int fsync(int fd)
{
	struct stat st;

	all_syncs++;
	syncs += watched && fstat(fd, &st) == 0 && st.st_ino == watched;
	return (int)syscall(SYS_fsync, fd);
}

/* In place of libbase's: how often files of such a path were opened. */
static const char *counted_part;
static int opened_files;

int __real_io_openat(int dir, const char *name, int flags, unsigned mode);
int __wrap_io_openat(int dir, const char *name, int flags, unsigned mode);

int __wrap_io_openat(int dir, const char *name, int flags, unsigned mode)
{
	opened_files += counted_part && strstr(name, counted_part);
	return __real_io_openat(dir, name, flags, mode);
}

/* And whether the clock is synchronised. */
static int kernel_says = TIME_OK;

int adjtimex(struct timex *t)
{
	t->status = kernel_says == TIME_ERROR ? STA_UNSYNC : 0;
	return kernel_says;
}

static int64_t test_ms(void)
{
	return now_s * 1000 + 7;
}

/* ---- files and programs, in a directory of our own ---- */

static void die(const char *what)
{
	perror(what);
	exit(99);
}

static void put_bytes(const char *name, const char *p, size_t n)
{
	auto_close int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || io_write_all(fd, p, n) < 0)
		die(name);
}

static void put(const char *name, const char *text)
{
	put_bytes(name, text, strlen(text));
}

static char *get(const char *name, size_t *ret_len)
{
	auto_close int fd = open(name, O_RDONLY | O_CLOEXEC);
	size_t len;
	char *p = NULL;

	if (fd < 0 || io_read_all(fd, 16 << 20, &p, &len) < 0)
		die(name);
	if (ret_len)
		*ret_len = len;
	return p;
}

static int run(const char *input, const char *const *argv)
{
	posix_spawn_file_actions_t acts;
	int status = -1, r;
	pid_t pid;

	posix_spawn_file_actions_init(&acts);
	posix_spawn_file_actions_addopen(&acts, 0, input, O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&acts, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&acts, 2, "/dev/null", O_WRONLY, 0);
	r = posix_spawnp(&pid, argv[0], &acts, NULL, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&acts);
	if (r != 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void key_make(const char *name)
{
	const char *const argv[] = { "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", name, NULL };

	if (run("/dev/null", argv) != 0) {
		fprintf(stderr, "ssh-keygen makes no key: install openssh-client\n");
		exit(99);
	}
}

static char *key_public(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "%s.pub", name);
	return get(path, NULL);
}

static char *sign(const char *key, const char *ns, const char *text)
{
	const char *const argv[] = { "ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", ns, "signed", NULL };

	put("signed", text);
	unlink("signed.sig");
	if (run("/dev/null", argv) != 0)
		die("ssh-keygen -Y sign");
	return get("signed.sig", NULL);
}

static void state_dir(const char *name)
{
	if (mkdir(name, 0700) < 0 && errno != EEXIST)
		die(name);
	if (state > 0)
		close(state);
	state = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (state < 0)
		die(name);
}

/* ---- asking ---- */

static void gate_stop(void)
{
	gate_free(g);
	g = NULL;
}

static int gate_again(void)
{
	int r;

	gate_stop();
	r = gate_open(&g, state, test_ms, &err);
	return r < 0 || !policy_text ? r : gate_policy(g, policy_text, strlen(policy_text), &err);
}

static bool goes_on; /* no restart before a call */

/* What a task wrote is in memory alone: no restart between its beginning and its end. */
static bool needs_memory(enum gate_op op)
{
	return op == GATE_PROGRESS || op == GATE_INGEST || op == GATE_VERDICT || op == GATE_RESULT || op == GATE_JOB_VERDICT || op == GATE_REPLAYED;
}

/* What the engine says that a task is begun with, where the test does not care; and the START that its keeper shows then. */
static struct msg_start shown;

static void begin_add(enum gate_op op, json_t *in)
{
	static const struct {
		enum gate_op op;
		enum msg_profile profile;
		const char *begin;
	} begins[] = { { GATE_STAGE, PROFILE_STAGE, "{\"workspace\":7,\"version\":1,\"tables\":[3]}" },
		{ GATE_TABLES, PROFILE_STAGE, "{\"tables\":[3]}" }, { GATE_INTAKE, PROFILE_INTAKE, "{\"tables\":[3]}" },
		{ GATE_WIPE, PROFILE_WIPE, "{\"workspace\":7,\"version\":1}" }, { GATE_IMAGE, PROFILE_IMAGE, "{\"runtime\":2}" },
		{ GATE_CAPTURE, PROFILE_CAPTURE, "{\"workspace\":7}" }, { GATE_CHECK, PROFILE_CHECK, NULL },
		{ GATE_JOB_CHECK, PROFILE_CHECK, NULL }, { GATE_REPLAY, PROFILE_CHECK, NULL } };
	const char *id = json_str(in, op == GATE_CAPTURE ? "job" : "task");
	const json_t *begin, *tables;
	size_t i;

	for (i = 0; i < sizeof(begins) / sizeof(begins[0]) && begins[i].op != op; i++)
		;
	if (i == sizeof(begins) / sizeof(begins[0]))
		return;
	if (begins[i].begin && !json_object_get(in, "begin"))
		json_object_set_new(in, "begin", json_loads(begins[i].begin, 0, NULL));
	begin = json_object_get(in, "begin");
	tables = json_object_get(begin, "tables");
	shown = (struct msg_start){ .type = MSG_START, .id = (uint32_t)strtoul(id, NULL, 16), .profile = begins[i].profile,
		.workspace = (uint32_t)json_int(begin, "workspace"), .version = (uint32_t)json_int(begin, "version"),
		.runtime = (uint32_t)json_int(begin, "runtime"), .tables = (uint32_t)json_array_size(tables), .time_s = 60 };
	for (i = 0; i < json_array_size(tables) && i < SPE_HOLDINGS_MAX; i++)
		shown.table[i] = (uint32_t)json_integer_value(json_array_get(tables, i));
}

/* in is stolen; a record is added where the verb wants one. */
static int ask_now(enum gate_op op, json_t *in, int input)
{
	struct call c = { .in = in, .input = input, .out_fd = -1 };
	int r;

	json_decref(out);
	if (out_fd >= 0)
		close(out_fd);
	memset(&err, 0, sizeof(err));
	begin_add(op, in);
	r = gate_call(g, op, &c, &err);
	out = c.out;
	out_fd = c.out_fd;
	given_bytes = c;
	json_decref(in);
	return r;
}

static int ask(enum gate_op op, json_t *in)
{
	if (!in)
		die("json_pack");
	if (!goes_on && !needs_memory(op) && gate_again() < 0)
		return -99;
	return ask_now(op, in, -1);
}

static json_t *record(const char *actor, const char *action)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:i,s:{}}", "actor", actor, "role", "tester", "action", action, "workspace",
		"FI-1", "permit_version", 1, "object");
}

static void answers(int r, const char *what)
{
	if (!is_int(r, 0, what))
		printf("# %s: %s\n", spe_code_name(err.code), err.text);
}

static void refused(int r, enum spe_code code, const char *part, const char *what)
{
	if (!ok(r == -(int)code && strstr(err.text, part), what))
		printf("# got %d \"%s\", wanted %d \"%s\"\n", r, err.text, -(int)code, part);
}

static int verify(void)
{
	return ask_now(GATE_VERIFY, json_object(), -1);
}

/* A step at a time; returns how many. */
static int verify_slowly(void)
{
	int n = 1;

	if (ask_now(GATE_VERIFY, json_pack("{s:i}", "ms", 0), -1) < 0)
		return -1;
	for (; json_flag(out, "more"); n++)
		if (ask_now(GATE_VERIFY, json_pack("{s:i,s:b}", "ms", 0, "more", 1), -1) < 0)
			return -1;
	return n;
}

static bool problem_names(const char *part)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(out, "problems"), i, one)
		if (strstr(json_string_value(one), part))
			return true;
	return false;
}

static void is_whole(const char *what)
{
	json_t *one;
	size_t i;

	if (!ok(verify() == 0 && json_flag(out, "ok"), what))
		json_array_foreach(json_object_get(out, "problems"), i, one)
			printf("# %s\n", json_string_value(one));
}

static json_int_t records(void)
{
	verify();
	return json_int(out, "records");
}

/* ---- keys ---- */

static json_t *changed(const char *role, const char *name, const char *key)
{
	auto_free char *text = key_public(key);
	char canonical[SSHKEY_TEXT_MAX];

	if (sshkey_check(text, canonical, NULL, NULL) < 0)
		die(key);
	return role ? json_pack("{s:s,s:s,s:s,s:n,s:n,s:n}", "set", name, "role", role, "key", canonical, "team", "from", "until") :
		      json_pack("{s:s,s:s}", "revoke", name, "key", canonical);
}

/* The next entry, with this in it, which is stolen. */
static char *entry_text(json_t *change)
{
	auto_json json_t *changes = json_pack("[o]", change);
	char now[TIME_TEXT];

	gate_again();
	gate_now(g, now);
	return registry_text(g->registry, now, 0, NULL, changes);
}

/* The keys of two who sign it; NULL: nobody. */
static int entry_ask(const char *text, const char *one, const char *two)
{
	auto_json json_t *signatures = json_array();
	const char *const keys[] = { one, two };
	size_t i;

	for (i = 0; i < 2 && keys[i]; i++) {
		auto_free char *armor = sign(keys[i], REGISTRY_NAMESPACE, text);

		json_array_append_new(signatures, json_string(armor));
	}
	return ask(GATE_REGISTRY_CHANGE, json_pack("{s:o,s:s,s:O}", "record", record("op", "registry.propose"), "entry", text, "signatures",
		signatures));
}

static int two_sign(json_t *change, const char *one, const char *two)
{
	auto_free char *text = entry_text(change);

	return entry_ask(text, one, two);
}

static int person_key(const char *person, const char *key)
{
	return two_sign(changed("checker", person, key), "op1", "op2");
}

/* eve's key until the end of that day; NULL: for ever. */
static int eve_until(const char *day)
{
	json_t *change = changed("checker", "eve", "eve");

	json_object_set_new(change, "until", day ? json_string(day) : json_null());
	return two_sign(change, "op1", "op2");
}

static int issuer_key(const char *issuer, const char *key)
{
	return two_sign(changed("issuer", issuer, key), "op1", "op2");
}

static int operators_file(const char *needed, const char *const *names, const char *const *keys)
{
	auto_buf struct buf text = { 0 };

	gate_again();
	buf_fmt(&text, "# of this host\n%s", needed);
	for (; *names; names++, keys++) {
		auto_free char *key = key_public(*keys);

		buf_fmt(&text, "%s %s", *names, key);
	}
	return gate_operators(g, text.p, text.len, &err);
}

/* Until root names operators nobody can name anybody. */
static void operators_come_from_root(void)
{
	static const char *const names[] = { "anna", "bert", "anna", NULL }, *const keys[] = { "op1", "op2", "op1b", NULL };
	static const char *const made[] = { "op1", "op2", "op1b" };
	size_t i;

	for (i = 0; i < 3; i++)
		key_make(made[i]);
	refused(issuer_key("urn:spe:hdab:fi", "issuer"), SPE_E_REFUSED, "no operators yet", "without operators no key is registered");
	is_int(operators_file("needed 3\n", names, keys), -SPE_E_INPUT, "root's file may ask for one or two signatures");
	has_str(err.text, "line 2", "else its line is named");
	answers(ask_now(GATE_REGISTRY, json_object(), -1), "the registry is looked at");
	has_str(json_str(out, "problem"), "needed 1 or needed 2", "which says that the file was not taken");
	answers(operators_file("", names, keys), "root names two operators");
	answers(ask(GATE_REGISTRY, json_object()), "they are in the registry over a restart");
	is_int(json_int(out, "operators"), 2, "two people");
	is_int((long long)json_array_size(json_object_get(out, "items")), 3, "with three keys");
	is_int(json_int(out, "entries"), 1, "in one entry");
	answers(operators_file("", names, keys), "the same file again");
	is_int((long long)g->registry->seq, 1, "changes nothing");
}

/* As a gate from before the registry left it: a key on the engine's word. */
static void old_keys_wait_for_signatures(void)
{
	auto_free char *pub = key_public("dee");
	auto_buf struct buf line = { 0 };
	struct store_file f = { .path = "keys/people.jsonl" };
	char key[SSHKEY_TEXT_MAX], fingerprint[64];

	sshkey_check(pub, key, fingerprint, NULL);
	buf_fmt(&line, "{\"person\":\"dee\",\"key\":\"%s\",\"fingerprint\":\"%s\"}\n", key, fingerprint);
	f.p = line.p;
	f.len = line.len;
	gate_again();
	is_int(store_write(g, "person.key", NULL, json_object(), &f, 1, &err), 0, "there is a key from before the registry");
	answers(ask(GATE_REGISTRY, json_object()), "the registry is looked at");
	is_int((long long)json_array_size(json_object_get(out, "items")), 5, "it is none of those that count");
	is_str(json_str(json_array_get(json_object_get(out, "unsigned"), 0), "name"), "dee", "but is named");
	answers(person_key("dee", "dee"), "two operators sign it");
	answers(ask(GATE_REGISTRY, json_object()), "then");
	is_int((long long)json_array_size(json_object_get(out, "unsigned")), 0, "none is left unsigned");
}

static void two_operators_sign(void)
{
	auto_free char *text = NULL, *again = NULL;

	refused(two_sign(changed("checker", "mal", "stray"), NULL, NULL), SPE_E_NOT_AUTHORISED, "an operator has to sign", "no signature, no key");
	answers(two_sign(changed("checker", "mal", "stray"), "op1", NULL), "one operator proposes");
	is_str(json_str(out, "state"), "pending", "which makes nothing yet");
	refused(two_sign(changed("checker", "mal", "stray"), "op1", "op1b"), SPE_E_NOT_AUTHORISED, "another operator has to",
		"two keys of one operator are one signature");
	refused(two_sign(changed("checker", "mal", "stray"), "op1", "ann"), SPE_E_NOT_AUTHORISED, "no operator's key",
		"a checker's signature is none");
	text = entry_text(changed("checker", "mal", "stray"));
	again = sign("op1", "spe-decision", text);
	refused(ask(GATE_REGISTRY_CHANGE, json_pack("{s:o,s:s,s:[s]}", "record", record("op", "x"), "entry", text, "signatures", again)),
		SPE_E_NOT_AUTHORISED, "another purpose", "nor is one of another namespace");
	answers(ask(GATE_REGISTRY, json_object()), "after all of which");
	is_int((long long)g->registry->seq, 7, "the registry is as it was");
	answers(entry_ask(text, "op1", "op2"), "two sign");
	is_str(json_str(out, "state"), "made", "and it is made");
	refused(entry_ask(text, "op1", "op2"), SPE_E_CONFLICT, "behind another than the newest", "the same entry again is refused");
	answers(two_sign(changed(NULL, "mal", "stray"), "op2", "op1"), "two revoke the key");
	refused(person_key("mal", "stray"), SPE_E_CONFLICT, "was revoked", "which then does not come back");
	refused(two_sign(changed("operator", "ann", "ann2"), "op1", "op2"), SPE_E_CONFLICT, "can't be operator too", "a checker is no operator");
	refused(two_sign(changed("checker", "bert", "ann2"), "op1", "op2"), SPE_E_CONFLICT, "can't be checker too", "nor an operator checker");
	refused(two_sign(changed(NULL, "bert", "op2"), "op1", "op2"), SPE_E_CONFLICT, "would leave 1 operator", "the last two operators stay");
}

/* What a ticket gives away fits what holders encrypt to, and both follow from master.key as sped/gate/keys.c says. */
static void crypt4gh_follows_from_the_master_key(void)
{
	static const char label[] = "sped/v1\0crypt4gh";
	uint8_t want[32], public[32];
	size_t n = sizeof(public);
	char text[45];
	EVP_PKEY *k;

	hmac_sha256(g->master, 32, label, sizeof(label), want);
	k = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, want, 32);
	ok(k && EVP_PKEY_get_raw_public_key(k, public, &n) == 1 && memcmp(want, g->c4gh, 32) == 0, "the Crypt4GH key is made of the master key");
	EVP_EncodeBlock((unsigned char *)text, public, sizeof(public));
	is_str(json_str(out, "crypt4gh"), text, "and its public half is said");
	EVP_PKEY_free(k);
}

static void keys_are_registered(void)
{
	static const char *const names[] = { "issuer", "other", "ann", "bo", "cy", "dee", "stray", "ann2" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		key_make(names[i]);
	answers(ask(GATE_KEYS, json_object()), "the gate says its public key");
	has_str(json_str(out, "release"), "ssh-ed25519 ", "and it is an Ed25519 key");
	crypt4gh_follows_from_the_master_key();
	operators_come_from_root();
	answers(issuer_key("urn:spe:hdab:fi", "issuer"), "an issuer's key is registered");
	answers(issuer_key("urn:spe:hdab:se", "other"), "and that of another issuer");
	old_keys_wait_for_signatures();
	answers(person_key("ann", "ann"), "a checker's key is registered");
	answers(person_key("bo", "bo"), "a second checker's");
	answers(person_key("cy", "cy"), "the researcher's");
	refused(person_key("ann", "ann"), SPE_E_CONFLICT, "already", "the same again is refused");
	refused(person_key("bo", "ann"), SPE_E_CONFLICT, "was that of ann", "one key for two persons is refused");
	refused(person_key("../x", "stray"), SPE_E_INPUT, "entry.changes[0].set", "a person with a slash is refused");
	two_operators_sign();
}

/* ---- the journal ---- */

/* As deep as a request may be, which an answer with the record in it may not. */
static void deep_records_are_refused(void)
{
	json_t *r = record("cy", "deep"), *deep = json_object();
	size_t i;

	for (i = 0; i < 2000; i++)
		deep = json_pack("{s:o}", "a", deep);
	json_object_set_new(r, "object", deep);
	refused(ask(GATE_FETCH, json_pack("{s:o,s:s}", "record", r, "export", EXPORT)), SPE_E_INPUT, "nested more than 32 deep",
		"a record that nobody could read again is refused");
}

static void only_the_gate_is_the_gate(void)
{
	json_t *r = record("spe-gate", "export.release");
	json_int_t before;

	before = records();
	refused(ask_now(GATE_JOURNAL, json_pack("{s:[o]}", "records", r), -1), SPE_E_INPUT, "those of the gate",
		"nobody else may write as the gate");
	is_int(records(), before, "and nothing was written");
	answers(ask(GATE_JOURNAL, json_pack("{s:[o]}", "records", record("cy", "whoami"))), "others may write");
	is_int((long long)strlen(json_str(out, "hash")), 64, "and get the record's hash");
	answers(ask(GATE_RECORDS, json_pack("{s:i,s:i,s:s}", "from", 1, "limit", 10, "action", "whoami")),
		"and the record can be found");
	is_int((long long)json_array_size(json_object_get(out, "items")), 1, "once");
	refused(ask(GATE_JOURNAL, json_pack("{s:[{s:s}]}", "records", "actor", "cy")), SPE_E_INPUT, "role",
		"a record without a role is refused");
	refused(ask(GATE_JOURNAL, json_pack("{s:[o],s:i}", "records", record("cy", "x"), "more", 1)), SPE_E_INPUT, "more",
		"and a request with an unknown field");
	refused(ask(99, json_object()), SPE_E_INPUT, "does not know", "and an unknown call");
	deep_records_are_refused();
	before = records();
	answers(ask_now(GATE_JOURNAL, json_pack("{s:[o,o],s:b}", "records", record("cy", "first"), record("cy", "second"), "later", 1), -1),
		"two at once, to be on disk later");
	answers(ask_now(GATE_JOURNAL, json_pack("{s:[]}", "records"), -1), "and now");
	is_int(records(), before + 2, "both are there");
	refused(ask_now(GATE_JOURNAL, json_pack("{s:[o,{s:s}]}", "records", record("cy", "third"), "actor", "cy"), -1), SPE_E_INPUT,
		"role", "one bad record of two is refused");
	is_int(records(), before + 2, "with the good one");
}

/* person asks to read, signed by a key for a name and at a time of their own choice. */
static int opens_as(const char *id, const char *what, const char *name, const char *person, const char *key, const char *signed_name, int64_t when)
{
	auto_free char *statement = NULL, *armor = NULL;
	auto_json json_t *j = NULL;
	char text[TIME_TEXT];

	time_text(text, when * 1000, false);
	j = json_pack("{s:s,s:s,s:s,s:s,s:s}", "format", "spe-open-1", "export", id, "what", what, "name", signed_name, "time", text);
	statement = json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER);
	armor = sign(key, "spe-open", statement);
	return ask(GATE_OPEN, json_pack("{s:o,s:s,s:s,s:s,s:s,s:s,s:s}", "record", record(person, "review.open"), "export", id, "what", what,
		"name", name, "person", person, "statement", statement, "signature", armor));
}

static int opens(const char *id, const char *what, const char *name)
{
	return opens_as(id, what, name, "ann", "ann", name, now_s);
}

static void only_checkers_read(void)
{
	refused(ask(GATE_OPEN, json_pack("{s:o,s:s,s:s,s:s}", "record", record("ann", "review.open"), "export", EXPORT, "what", "file", "name",
		"note.txt")), SPE_E_INPUT, "request.person", "nobody reads without a signature");
	refused(opens_as(EXPORT, "file", "note.txt", "cy", "cy", "note.txt", now_s), SPE_E_NOT_AUTHORISED, "no checker", "nor with a researcher's");
	refused(opens_as(EXPORT, "original", "note.txt", "ann", "bo", "note.txt", now_s), SPE_E_NOT_AUTHORISED, "not a registered key of ann",
		"nor as another checker");
	refused(opens_as(EXPORT, "original", "note.txt", "ann", "ann", "t.csv", now_s), SPE_E_INPUT, "not the one that opens this file",
		"nor what was signed for another file");
	refused(opens_as(EXPORT, "file", "note.txt", "ann", "ann", "note.txt", now_s - 400), SPE_E_NOT_AUTHORISED, "300 seconds off", "nor once more later");
	refused(opens_as(EXPORT, "file", "note.txt", "ann", "ann", "note.txt", now_s + 400), SPE_E_NOT_AUTHORISED, "300 seconds off", "nor before");
}

/* ---- permits ---- */

static const char permit_base[] =
	"{\"format\":\"spe-permit-1\",\"id\":\"FI-1\",\"kind\":\"data-permit\",\"version\":1,\"replaces\":null,"
	"\"issuer\":{\"hdab\":\"urn:spe:hdab:fi\",\"country\":\"FI\",\"case\":\"THL/1\"},\"issued\":\"2026-10-01T09:00:00Z\","
	"\"data\":[{\"holding\":\"colon-trial\",\"form\":\"pseudonymised\",\"format\":\"csv\","
	"\"variables\":{\"colon\":[\"age\"]}}],"
	"\"purpose\":{\"article53\":[\"e\"],\"text\":\"Survival.\"},"
	"\"persons\":[{\"id\":\"cy\",\"roles\":[\"principal-investigator\",\"researcher\"]},"
	"{\"id\":\"ann\",\"roles\":[\"checker\"]},{\"id\":\"bo\",\"roles\":[\"checker\"]},"
	"{\"id\":\"eve\",\"roles\":[\"checker\"]}],"
	"\"valid\":{\"from\":\"2026-10-15\",\"until\":\"2026-12-31\",\"erased-by\":\"2027-03-31\"},"
	"\"environment\":{\"runtime\":[\"host\"],\"cpus\":2,\"memory\":\"2G\",\"disk\":\"1G\"},"
	"\"outputs\":{\"types\":[\"text/csv\"],\"min-cell\":12,\"max-bytes\":100000,\"decisions\":2}}";

/* The permit with one field another; value is stolen, NULL leaves all as it is. */
static char *permit_text(int version, const char *replaces, const char *field, json_t *value)
{
	json_t *j = json_loads(permit_base, 0, NULL);
	char *text;

	json_object_set_new(j, "version", json_integer(version));
	if (replaces)
		json_object_set_new(j, "replaces", json_string(replaces));
	if (value)
		json_object_set_new(j, field, value);
	text = json_dumps(j, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	json_decref(j);
	return text;
}

static int permit_import(const char *text, const char *key, const char *ns)
{
	auto_free char *armor = sign(key, ns, text);

	return ask(GATE_PERMIT, json_pack("{s:o,s:s,s:s}", "record", record("op", "permit.import"), "permit", text,
		"signature", armor));
}

static void permits_are_imported(void)
{
	auto_free char *one = permit_text(1, NULL, NULL, NULL), *bent = permit_text(1, NULL, "kind",
		json_string("statistical-request"));
	auto_free char *armor = sign("issuer", "spe-permit", one);
	json_int_t before;

	refused(permit_import(one, "stray", "spe-permit"), SPE_E_NOT_AUTHORISED, "not a registered key",
		"a permit signed by nobody known is refused");
	refused(permit_import(one, "other", "spe-permit"), SPE_E_NOT_AUTHORISED, "not a registered key",
		"so is one signed by another issuer");
	refused(permit_import(one, "issuer", "file"), SPE_E_NOT_AUTHORISED, "another purpose",
		"so is a signature made for something else");
	refused(ask(GATE_PERMIT, json_pack("{s:o,s:s,s:s}", "record", record("op", "permit.import"), "permit", bent,
		"signature", armor)), SPE_E_NOT_AUTHORISED, "", "so is a signature of other bytes");
	refused(ask(GATE_PERMIT_SHOW, json_pack("{s:s}", "permit", "FI-1")), SPE_E_NOT_FOUND, "FI-1",
		"none of these came in");
	answers(permit_import(one, "issuer", "spe-permit"), "the issuer's own comes in");
	is_int(json_int(out, "version"), 1, "as version 1");
	before = records();
	answers(permit_import(one, "issuer", "spe-permit"), "the same again is answered as before");
	is_int(json_int(out, "version"), 1, "as version 1");
	is_int(records(), before + 2, "with the asking and the start in the journal, and nothing else");
}

static void permits_are_amended(void)
{
	auto_free char *one = permit_text(1, NULL, NULL, NULL);
	auto_free char *lost = permit_text(3, "0000000000000000000000000000000000000000000000000000000000000000", NULL, NULL);
	auto_free char *wrong = permit_text(2, "0000000000000000000000000000000000000000000000000000000000000000", NULL, NULL);
	auto_free char *two = NULL, *foreign = NULL;
	char digest[SHA256_TEXT];

	sha256_text(one, strlen(one), digest);
	two = permit_text(2, digest, "purpose", json_pack("{s:[s],s:s}", "article53", "e", "text", "Survival, longer."));
	foreign = permit_text(2, digest, "issuer", json_pack("{s:s,s:s,s:s}", "hdab", "urn:spe:hdab:se", "country", "SE",
		"case", "1"));
	refused(permit_import(lost, "issuer", "spe-permit"), SPE_E_CONFLICT, "comes 2", "version 3 does not follow 1");
	refused(permit_import(wrong, "issuer", "spe-permit"), SPE_E_CONFLICT, "permit.replaces",
		"version 2 of another text does not either");
	refused(permit_import(foreign, "other", "spe-permit"), SPE_E_REFUSED, "another body",
		"nor does one by another issuer");
	answers(permit_import(two, "issuer", "spe-permit"), "version 2 of this text does");
	refused(permit_import(one, "issuer", "spe-permit"), SPE_E_CONFLICT, "after the stored version 2",
		"and version 1 can't be brought back");
	answers(ask(GATE_PERMIT_SHOW, json_pack("{s:s}", "permit", "FI-1")), "the newest is shown");
	is_str(json_str(out, "text"), two, "letter by letter");
}

/* The next version of FI-7, until that day, on which nothing is left; digest is that of the version before, and then of this one. */
static int seven_until(int version, const char *from, const char *until, char digest[SHA256_TEXT])
{
	auto_json json_t *j = json_loads(permit_base, 0, NULL);
	auto_free char *text = NULL;
	int r;

	json_object_set_new(j, "id", json_string("FI-7"));
	json_object_set_new(j, "valid", json_pack("{s:s,s:s,s:s}", "from", from, "until", until, "erased-by", until));
	json_object_set_new(j, "version", json_integer(version));
	if (version > 1)
		json_object_set_new(j, "replaces", json_string(digest));
	text = json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER);
	r = permit_import(text, "issuer", "spe-permit");
	if (r == 0)
		sha256_text(text, strlen(text), digest);
	return r;
}

/* Each version has ten years of its own. */
static void a_permit_is_extended_once(void)
{
	char digest[SHA256_TEXT];

	answers(seven_until(1, "2026-10-15", "2028-10-15", digest), "a permit for two years");
	answers(seven_until(2, "2026-10-15", "2036-10-15", digest), "is amended to the ten that it could have had");
	answers(seven_until(3, "2026-10-15", "2030-10-15", digest), "and to four");
	refused(seven_until(4, "2031-10-15", "2040-10-16", digest), SPE_E_REFUSED, "more than 10 years after 2030-10-15",
		"no extension has more than ten years");
	answers(seven_until(4, "2030-10-15", "2040-10-15", digest), "one that has them is taken");
	refused(seven_until(5, "2032-10-15", "2040-10-16", digest), SPE_E_REFUSED, "extended until 2040-10-15 already", "and no second one");
	answers(seven_until(5, "2030-10-15", "2034-10-15", digest), "it may be made shorter");
	answers(seven_until(6, "2030-10-15", "2040-10-15", digest), "and as long as it was");
	refused(seven_until(7, "2037-10-15", "2046-10-16", digest), SPE_E_REFUSED, "more than 20 years after 2026-10-15", "past twenty years there is nothing");
}

/* As an operator signs it, of this text; time NULL: now. */
static int version_revoke(const char *id, int64_t version, const char *permit, const char *time, const char *key, const char *ns)
{
	char sha256[SHA256_TEXT], now[TIME_TEXT];
	auto_free char *text = NULL, *armor = NULL;

	time_text(now, test_ms(), false);
	sha256_text(permit, strlen(permit), sha256);
	text = revocation_text(id, version, sha256, "a reason", time ? time : now);
	armor = sign(key, ns, text);
	return ask(GATE_REVOKE, json_pack("{s:o,s:s,s:s,s:s}", "record", record("op", "permit.revoke"), "permit", id, "statement", text,
		"signature", armor));
}

static int permit_revoke(const char *id, const char *permit, const char *time, const char *key, const char *ns)
{
	return version_revoke(id, 1, permit, time, key, ns);
}

static void a_revoked_permit_is_over(void)
{
	auto_free char *nine = permit_text(1, NULL, "id", json_string("FI-9"));

	answers(permit_import(nine, "issuer", "spe-permit"), "a second permit comes in");
	refused(ask(GATE_REVOKE, json_pack("{s:o,s:s}", "record", record("op", "permit.revoke"), "permit", "FI-9")), SPE_E_INPUT,
		"request.statement", "nobody revokes it by saying so");
	refused(permit_revoke("FI-9", nine, NULL, "ann", REVOCATION_NAMESPACE), SPE_E_NOT_AUTHORISED, "not a registered key of any operator",
		"nor with a checker's key");
	refused(permit_revoke("FI-9", nine, NULL, "issuer", REVOCATION_NAMESPACE), SPE_E_NOT_AUTHORISED, "not a registered key of any operator",
		"nor with the issuer's");
	refused(permit_revoke("FI-9", nine, NULL, "op1", "spe-registry"), SPE_E_NOT_AUTHORISED, "another purpose", "nor with what an operator signed for another purpose");
	refused(permit_revoke("FI-9", "{}", NULL, "op1", REVOCATION_NAMESPACE), SPE_E_CONFLICT, "another text than version 1", "nor by what was said of another text");
	refused(permit_revoke("FI-1", nine, NULL, "op1", REVOCATION_NAMESPACE), SPE_E_CONFLICT, "another text than version", "or of another permit");
	refused(permit_revoke("FI-9", nine, "2026-11-01T11:50:00Z", "op1", REVOCATION_NAMESPACE), SPE_E_NOT_AUTHORISED, "more than 300 seconds off",
		"nor by what was signed some time ago");
	refused(ask(GATE_END, json_pack("{s:o,s:s}", "record", record("op", "permit.end"), "permit", "FI-9")), SPE_E_REFUSED, "was not revoked: its key stays",
		"and its key is not destroyed while it is in force");
	answers(permit_revoke("FI-9", nine, NULL, "op1", REVOCATION_NAMESPACE), "an operator revokes it");
	is_str(json_str(out, "by"), "anna", "whose name is known by the key");
	gate_clock(g, 1000);
	ok(!permit_is_over(g, "FI-9"), "the engine has a moment to stop its jobs");
	answers(permit_revoke("FI-9", nine, NULL, "op2", REVOCATION_NAMESPACE), "once more changes nothing");
	refused(ask(GATE_STAGE, json_pack("{s:s,s:s,s:[],s:i}", "task", "00000001", "permit", "FI-9", "tables",
		"reference_year", 2026)), SPE_E_REFUSED, "FI-9 was revoked", "nothing of it is staged");
	is_whole("its signature is found again");
	gate_clock(g, 2000);
	ok(permit_is_over(g, "FI-9"), "then the gate destroys its key, asked or not");
}

/* With no pause between the pieces. */
static int all_goes(const char *permit)
{
	int n;

	for (n = 0; !remains_none(g, permit) && n < 100000; n++) {
		g->remains.at_ms = 0;
		if (remains_step(g, 0, &err) < 0)
			return -1;
	}
	return remains_none(g, permit) ? 0 : -1;
}

static void a_permit_ends_by_the_clock(void)
{
	auto_free char *eight = permit_text(1, NULL, "id", json_string("FI-8"));
	auto_free char *longer = NULL;
	char digest[SHA256_TEXT];
	int64_t until = 0;

	sha256_text(eight, strlen(eight), digest);
	longer = permit_text(2, digest, "id", json_string("FI-8"));
	answers(permit_import(eight, "issuer", "spe-permit"), "a permit comes in");
	is_int(permit_ends(g, "FI-8", &until, &err), 0, "the gate knows when it is over");
	now_s = until;
	gate_clock(g, 1);
	ok(!permit_is_over(g, "FI-8"), "in its last second it is in force");
	refused(ask(GATE_END, json_pack("{s:o,s:s}", "record", record("op", "permit.end"), "permit", "FI-8")), SPE_E_REFUSED, "its key stays",
		"and does not end on the engine's word");
	now_s = until + 1;
	refused(ask(GATE_STAGE, json_pack("{s:s,s:s,s:[],s:i}", "task", "00000001", "permit", "FI-8", "tables",
		"reference_year", 2026)), SPE_E_REFUSED, "was valid until", "a second later nothing of it is staged");
	answers(ask(GATE_END, json_pack("{s:o,s:s}", "record", record("op", "permit.end"), "permit", "FI-8")), "and it ends");
	ok(permit_is_over(g, "FI-8") && !permit_is_over(g, "FI-1"), "then, and not another");
	refused(permit_import(longer, "issuer", "spe-permit"), SPE_E_REFUSED, "a permit with a new number", "it is not amended any more");
	answers(permit_import(eight, "issuer", "spe-permit"), "its own text is answered as before");
	now_s = NOON;
	is_int(gate_again(), 0, "the gate is begun again");
	refused(permit_on(g, "FI-8", &err), SPE_E_REFUSED, "has ended", "nor is it in force once more where the clock is set back");
	is_int(all_goes("FI-8"), 0, "what is left of it goes");
}

static void hear_clock(int64_t at, int says)
{
	now_s = at;
	kernel_says = says;
	g->ends_s = g->doubt_ms = g->look_ms = 0;
	gate_clock(g, 1);
}

static int gate_again_at(int64_t at, int says)
{
	now_s = at;
	kernel_says = says;
	return gate_again();
}

/* What is destroyed by a wrong clock does not come back. */
static void a_clock_that_is_far_ahead_ends_nothing(void)
{
	auto_free char *seven = permit_text(1, NULL, "id", json_string("FI-77")), *next = permit_text(1, NULL, "id", json_string("FI-78"));
	auto_close int quiet = dup(2), nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int64_t until = 0;

	dup2(nowhere, 2); /* it is logged too */

	answers(permit_import(seven, "issuer", "spe-permit"), "a permit comes in");
	is_int(permit_ends(g, "FI-77", &until, &err), 0, "it has its last day");
	is_int(gate_again_at(until + 40 * DAY, TIME_ERROR), 0, "at the next start the clock is months ahead");
	is_int(gate_again(), 0, "and at the one after it, where nobody had asked what is over");
	hear_clock(now_s, TIME_ERROR);
	ok(!permit_is_over(g, "FI-77"), "and the kernel has it from nobody: the key stays");
	hear_clock(now_s, -1);
	ok(!permit_is_over(g, "FI-77"), "a kernel that does not say is no other");
	is_int(gate_again(), 0, "started once more,");
	hear_clock(now_s + 60, TIME_ERROR);
	ok(!permit_is_over(g, "FI-77"), "the gate does not believe its own records of that time");
	refused(ask_now(GATE_END, json_pack("{s:o,s:s}", "record", record("sped", "permit.end"), "permit", "FI-77"), -1), SPE_E_REFUSED,
		"not synchronised", "nor the engine");
	is_int(gate_again_at(NOON, TIME_ERROR), 0, "with the right clock");
	hear_clock(until + 10, TIME_ERROR);
	ok(!permit_is_over(g, "FI-77"), "one that jumps while it runs ends nothing");
	g->clock_limit_s = until + 20;
	hear_clock(until + 10, TIME_ERROR);
	ok(permit_is_over(g, "FI-77"), "where the host ran as long, it ends, and asks nobody");
	answers(ask_now(GATE_RECORDS, json_pack("{s:i,s:i,s:s}", "from", 1, "limit", 9, "action", "clock.believed"), -1), "the journal");
	is_int((long long)json_array_size(json_object_get(out, "items")), 1, "says that the clock is believed again");
	answers(permit_import(next, "issuer", "spe-permit"), "another comes in");
	hear_clock(until + 40 * DAY, TIME_OK);
	ok(permit_is_over(g, "FI-78"), "by a clock that is synchronised it ends, however long the host was off");
	dup2(quiet, 2);
	is_int(gate_again_at(NOON, TIME_OK), 0, "the gate is begun again");
}

/* A host without a battery begins in 1970, and somebody sets its clock; or it has the time from others for a while. */
static void a_clock_that_is_set_is_believed(void)
{
	auto_free char *six = permit_text(1, NULL, "id", json_string("FI-66")), *five = permit_text(1, NULL, "id", json_string("FI-55")),
		*four = permit_text(1, NULL, "id", json_string("FI-44"));
	auto_close int quiet = dup(2), nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int64_t until = 0;

	dup2(nowhere, 2);
	answers(permit_import(six, "issuer", "spe-permit"), "a permit comes in");
	is_int(permit_ends(g, "FI-66", &until, &err), 0, "it has its last day");
	is_int(gate_again_at(until - 3 * DAY, TIME_OK), 0, "some days before it the host is on for the last time");
	is_int(gate_again_at(1000, TIME_ERROR), 0, "the next start is in 1970");
	is_int(gate_again(), 0, "and another");
	hear_clock(until + 10, TIME_ERROR);
	ok(permit_is_over(g, "FI-66"), "set by hand, the clock ends what is over");
	answers(permit_import(five, "issuer", "spe-permit"), "another comes in");
	is_int(gate_again_at(1000, TIME_ERROR), 0, "once more it is 1970");
	hear_clock(until + 40 * DAY, TIME_ERROR);
	ok(!permit_is_over(g, "FI-55"), "set by hand to months later it is not believed");
	is_int(gate_again_at(until - DAY, TIME_OK), 0, "the right time");
	answers(permit_import(four, "issuer", "spe-permit"), "and a permit");
	hear_clock(until - 600, TIME_OK);
	hear_clock(until - 590, TIME_ERROR);
	hear_clock(until + 10, TIME_ERROR);
	ok(!permit_is_over(g, "FI-44"), "after a while that was synchronised, what jumps is doubted");
	hear_clock(until - 30, TIME_OK);
	hear_clock(until + 10, TIME_ERROR);
	ok(permit_is_over(g, "FI-44"), "and from then on what comes after is not");
	is_int(gate_again_at(until, TIME_OK), 0, "a host whose clock is right");
	hear_clock(until - DAY / 2, TIME_ERROR);
	ok(g->doubted_s == 0, "may set it back by hours");
	hear_clock(until + 300, TIME_ERROR);
	ok(g->doubted_s > 0, "but not ahead by minutes");
	g->clock_boot_s -= 40 * DAY;
	hear_clock(until + 40 * DAY + 300, TIME_ERROR);
	is_int(gate_again_at(until + 40 * DAY + 600, TIME_ERROR), 0, "and started again after it ran for forty days");
	is_int(clock_believe(g, &err), 0, "is not held to the time of then");
	dup2(quiet, 2);
	is_int(gate_again_at(NOON, TIME_OK), 0, "the gate is begun again");
}

static uint64_t checkpoint_size(void)
{
	struct checkpoint c = { .size = 0 };
	const char *line;

	ask_now(GATE_CONSISTENCY, json_pack("{s:[]}", "sizes"), -1);
	line = json_str(out, "checkpoint");
	return checkpoint_verify(line, strlen(line), g->release_key, &c, &err) == 0 ? c.size : 0;
}

/* The root of the first size lines, as anybody would compute it. */
static void tree_at(uint64_t size, uint8_t ret[MERKLE_HASH])
{
	auto_free char *text = get("gate/journal/journal.jsonl", NULL);
	struct tree *tree = NULL;
	char *p = text;

	tree_open(&tree, -1, TREE_COMPARE);
	for (; size > 0; size--, p += strcspn(p, "\n") + 1)
		tree_add(tree, p, strcspn(p, "\n"));
	tree_root(tree, ret);
	tree_free(tree);
}

static void checkpoints_come_by_the_clock(void)
{
	auto_json json_t *of_checkpoints = json_pack("[o]", record("w", "checkpoint.sent")), *other = json_pack("[o]", record("w", "something"));
	struct checkpoint now, kept;
	const char *line;
	uint64_t size;

	is_int(gate_again(), 0, "the gate starts");
	g->every_s = 10;
	size = checkpoint_size();
	is_int((long long)size, (long long)journal_size(g->journal), "with a checkpoint");
	gate_clock(g, 1000);
	ask_now(GATE_JOURNAL, json_pack("{s:O}", "records", of_checkpoints), -1);
	gate_clock(g, 12000);
	is_int((long long)checkpoint_size(), (long long)size, "what became of one is no reason for another");
	ask_now(GATE_JOURNAL, json_pack("{s:O}", "records", other), -1);
	gate_clock(g, 21000);
	is_int((long long)checkpoint_size(), (long long)size, "a record is, but not before its time");
	gate_clock(g, 22000);
	is_int((long long)checkpoint_size(), (long long)journal_size(g->journal), "after ten seconds it is signed");
	answers(ask_now(GATE_CONSISTENCY, json_pack("{s:[I,I]}", "sizes", (json_int_t)size, (json_int_t)size + 1000), -1), "what goes on from the first is proven");
	is_int((long long)json_array_size(json_object_get(out, "proofs")), 1, "of sizes that it has");
	line = json_str(out, "checkpoint");
	is_int(checkpoint_verify(line, strlen(line), NULL, &now, &err), 0, "the newest is signed");
	kept = now;
	kept.size = size;
	is_int(evidence_follows(json_array_get(json_object_get(out, "proofs"), 0), &now, &kept, &err), -SPE_E_TAMPERED, "another root does not fit");
	tree_at(size, kept.root);
	is_int(evidence_follows(json_array_get(json_object_get(out, "proofs"), 0), &now, &kept, &err), 0, "that of then does");
	ask_now(GATE_JOURNAL, json_pack("{s:O}", "records", other), -1);
	answers(ask_now(GATE_CONSISTENCY, json_pack("{s:[],s:b}", "sizes", "now", 1), -1), "one of now can be asked for");
	is_int((long long)checkpoint_size(), (long long)journal_size(g->journal), "and is there");
	ask_now(GATE_JOURNAL, json_pack("{s:O}", "records", other), -1);
	gate_last(g);
	is_int((long long)checkpoint_size(), (long long)journal_size(g->journal), "and the gate's end leaves one");
	refused(ask_now(GATE_CONSISTENCY, json_pack("{s:[i]}", "sizes", 0), -1), SPE_E_INPUT, "request.sizes[0]", "no records have no checkpoint");
}

/* Another gate, with a journal of up to three lines. */
static const uint8_t peer_key[32] = "a key of a gate somewhere else!";
static const uint8_t peer_key_too[32] = "one more key of that same gate!";
static const uint8_t *peer_signs = peer_key;
static uint8_t leaf[4][MERKLE_HASH];

static char *peer_line(size_t size)
{
	struct checkpoint c = { .size = size };
	char public[SSHKEY_TEXT_MAX], *line = NULL;

	memset(c.hash, '0', 64);
	memcpy(c.root, leaf[0], sizeof(c.root));
	if (size > 1)
		merkle_join(leaf[0], leaf[1], c.root);
	if (size > 2)
		merkle_join(c.root, leaf[2], c.root);
	if (sshkey_public(peer_signs, public, &err) < 0 || checkpoint_origin(public, c.origin, &err) < 0 ||
		checkpoint_sign(peer_signs, &c, "2026-11-01T12:00:00Z", &line, &err) < 0)
		die("checkpoint");
	return line;
}

/* That it goes on from since lines, by leaves first to size. */
static int peer_tells(size_t size, size_t since, size_t first)
{
	auto_json json_t *proof = json_array();
	auto_free char *line = peer_line(size);
	char text[SHA256_TEXT];

	for (; first < size; first++) {
		hex_text(text, leaf[first], MERKLE_HASH);
		json_array_append_new(proof, json_string(text));
	}
	return ask(GATE_SEEN, since ? json_pack("{s:o,s:s,s:I,s:O}", "record", record("eva", "checkpoint.seen"), "checkpoint", line, "since",
		(json_int_t)since, "consistency", proof) : json_pack("{s:o,s:s}", "record", record("eva", "checkpoint.seen"), "checkpoint", line));
}

static json_int_t peer_kept(void)
{
	ask(GATE_SEEN_LIST, json_object());
	return json_int(json_array_get(json_object_get(out, "items"), 0), "size");
}

/* Each signs a journal of its own. */
static void a_peer_has_two_keys(void)
{
	char public[SSHKEY_TEXT_MAX];

	sshkey_public(peer_key_too, public, &err);
	put("peer2.pub", public);
	answers(two_sign(changed("peer", "north", "peer2"), "op1", "op2"), "the peer gets a second key");
	peer_signs = peer_key_too;
	answers(peer_tells(1, 0, 0), "whose checkpoint is taken");
	ok(json_flag(out, "kept"), "and kept");
	peer_signs = peer_key;
	refused(peer_tells(1, 0, 0), SPE_E_TAMPERED, "had 2: it was cut", "what was kept of the first key is not forgotten for that");
	refused(peer_tells(2, 2, 2), SPE_E_TAMPERED, "it was rewritten", "nor is what it said then");
	peer_signs = peer_key_too;
	refused(peer_tells(2, 0, 0), SPE_E_CONFLICT, "has 1 records", "the second key's has to go on as well");
	answers(peer_tells(2, 1, 1), "as it does");
	peer_signs = peer_key;
	is_int(peer_kept(), 2, "the first key's is listed");
	is_int((long long)json_array_size(json_object_get(out, "items")), 2, "and the second's");
	is_str(json_str(json_array_get(json_object_get(out, "items"), 1), "peer"), "north", "as of the same peer");
	answers(two_sign(changed(NULL, "north", "peer2"), "op1", "op2"), "the second key is revoked");
}

static void peers_are_held_to_what_they_signed(void)
{
	char public[SSHKEY_TEXT_MAX];
	size_t i;

	for (i = 0; i < 4; i++)
		merkle_leaf("record" + i, 6 - i, leaf[i]);
	sshkey_public(peer_key, public, &err);
	put("peer.pub", public);
	answers(peer_tells(1, 0, 0), "a stranger's checkpoint is noted");
	ok(!json_flag(out, "kept"), "and not kept");
	answers(two_sign(changed("peer", "north", "peer"), "op1", "op2"), "two operators name a peer");
	answers(peer_tells(1, 0, 0), "its checkpoint is taken");
	ok(json_flag(out, "kept") && strcmp(json_str(out, "peer"), "north") == 0, "and kept");
	refused(peer_tells(2, 0, 0), SPE_E_CONFLICT, "has 1 records", "the next has to go on from it");
	refused(peer_tells(3, 2, 2), SPE_E_CONFLICT, "has 1 records", "and not from another");
	is_int(peer_kept(), 1, "till then the first stays");
	answers(peer_tells(2, 1, 1), "as it does");
	is_int(peer_kept(), 2, "it is the one that is kept");
	answers(peer_tells(2, 2, 2), "once more changes nothing");
	refused(peer_tells(1, 2, 1), SPE_E_TAMPERED, "it was cut", "a shorter journal was cut");
	memcpy(leaf[1], leaf[3], sizeof(leaf[1]));
	refused(peer_tells(3, 2, 2), SPE_E_TAMPERED, "it was rewritten", "another beginning was rewritten");
	refused(peer_tells(2, 2, 2), SPE_E_TAMPERED, "it was rewritten", "also where it is as long");
	is_int(peer_kept(), 2, "what was kept stays");
	a_peer_has_two_keys();
	ok(!gate_tampered(g), "that of others is no reason to stop");
	is_whole("and all is well here");
	answers(two_sign(changed(NULL, "north", "peer"), "op1", "op2"), "a peer's key is revoked");
	answers(peer_tells(3, 2, 2), "and what it says is noted");
	ok(!json_flag(out, "kept"), "and not kept");
}

/* ---- tasks ---- */

struct ticket {
	json_t *json;
	int fd, input; /* out, and what is to be read */
	int more[GIVEN_INPUTS]; /* of a check: what comes after the output, in the ticket's order */
	int conn;      /* the keeper's end */
	uint32_t id;
};

/* How the next tasks end, as their keepers say. */
#define WELL { .type = MSG_STATE, .end = END_EXIT }
static const struct msg_state well = WELL;
static struct msg_state ended = WELL;

/* A keeper shows START: a task socket, or -1 with err. *ret_conn is the keeper's end. */
static int keeper_asks(const struct msg_start *s, int *ret_conn)
{
	int ends[2], sock = -1;

	if (msg_pair(ends) < 0)
		die("socketpair");
	*ret_conn = ends[1];
	if (keeper_start(g, s, &ends[0], &sock, &err) < 0)
		close(ends[0]);
	return sock;
}

static void ticket_take(struct ticket *t)
{
	char text[SPE_TICKET_MAX + 1], one[2];
	size_t len = 0;

	size_t i;

	*t = (struct ticket){ .fd = -1, .input = -1, .conn = -1, .id = shown.id };
	memset(t->more, -1, sizeof(t->more));
	auto_close int sock = keeper_asks(&shown, &t->conn);

	if (msg_recv_any(sock, text, SPE_TICKET_MAX, &len, &t->fd) < 0)
		return;
	json_parse(text, len, "ticket", &t->json, &err);
	if ((json_flag(t->json, "input") || json_object_get(t->json, "inputs")) && msg_recv(sock, one, 1, &t->input) < 0)
		t->input = -1;
	for (i = 1; i < json_array_size(json_object_get(t->json, "inputs")) && i <= GIVEN_INPUTS; i++)
		if (msg_recv(sock, one, 1, &t->more[i - 1]) < 0)
			t->more[i - 1] = -1;
}

/* The descriptor of one of a check's inputs, or -1. */
static int ticket_input(const struct ticket *t, const char *name)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(t->json, "inputs"), i, one)
		if (i > 0 && strcmp(json_string_value(one), name) == 0)
			return t->more[i - 1];
	return -1;
}

static void ticket_end(struct ticket *t)
{
	struct msg_state s = ended;

	s.id = t->id;
	msg_send(t->conn, &s, sizeof(s), -1);
	spe_close_fd(&t->conn);
	json_decref(t->json);
	spe_close_fd(&t->fd);
	spe_close_fd(&t->input);
	for (size_t i = 0; i < GIVEN_INPUTS; i++)
		spe_close_fd(&t->more[i]);
}

static json_t *stage_request(const char *table)
{
	return json_pack("{s:s,s:s,s:[{s:s,s:s,s:s,s:{s:s,s:[{s:s,s:s}]}}],s:i}", "task", "00000002", "permit", "FI-1",
		"tables", "holding", "colon-trial", "table", table, "sha256",
		"0000000000000000000000000000000000000000000000000000000000000000", "description", "name", table, "columns",
		"name", "age", "datatype", "integer", "reference_year", 2026);
}

static int result(const char *task)
{
	return ask(GATE_RESULT, json_pack("{s:s,s:o}", "task", task, "record", record("sped", "staged")));
}

static const char *told = "index";

/* What a staging writes: its result as a line, then an index that the line says so much about. */
static void put_staged(struct ticket *t, const char *index, int bytes, const char *behind)
{
	auto_buf struct buf b = { 0 };
	char sha256[SHA256_TEXT];

	sha256_text(told, strlen(told), sha256);
	buf_fmt(&b, "{\"ok\":true,\"tables\":[],\"prints\":{\"bytes\":%d,\"sha256\":\"%s\"}}   \n%s%s", bytes, sha256, index,
		behind);
	if (io_write_all(t->fd, b.p, b.len) < 0)
		die("result");
	ticket_end(t);
}

static void staged_with(const char *index, int bytes, const char *behind)
{
	struct ticket t;

	ask(GATE_STAGE, stage_request("colon"));
	ticket_take(&t);
	put_staged(&t, index, bytes, behind);
}

static bool kept_is(const char *want)
{
	size_t len;
	char path[120], sha256[SHA256_TEXT];

	sha256_text(want, strlen(want), sha256);
	snprintf(path, sizeof(path), "gate/prints/FI-1@%s", sha256);
	auto_free char *kept = get(path, &len);

	return len == strlen(want) && memcmp(kept, want, len) == 0;
}

static size_t indexes(void)
{
	auto_json json_t *list = prints_of(g, "FI-1");

	return json_array_size(list);
}

static void flips_show(const char *path, const char *part);

static void a_staging_leaves_its_index(void)
{
	auto_json json_t *list = prints_of(g, "FI-1");
	char path[STORE_PATH], why[400];
	struct ticket t;

	ok(kept_is("index"), "the index of a staging is kept under the permit's id");
	is_whole("and the journal knows it");
	ok(list && prints_path(g, "FI-1", json_string_value(json_array_get(list, 0)), path), "where it is found");
	snprintf(why, sizeof(why), "%s is not what the journal says", path);
	flips_show(path, why);
	staged_with("indeX", 5, "");
	refused(result("00000002"), SPE_E_INPUT, "sha256 is not", "an index of other bytes is refused");
	staged_with("inde", 5, "");
	refused(result("00000002"), SPE_E_INPUT, "how many bytes", "and one that was cut");
	staged_with("index", 5, "x");
	refused(result("00000002"), SPE_E_INPUT, "how many bytes", "and one with something behind it");
	ask(GATE_STAGE, stage_request("colon"));
	ticket_take(&t);
	if (io_write_all(t.fd, "{\"ok\":true,\"tables\":[]}\n", 24) < 0)
		die("result");
	ticket_end(&t);
	refused(result("00000002"), SPE_E_INPUT, "prints is missing", "and a staging without one");
	ask(GATE_STAGE, stage_request("colon"));
	ticket_take(&t);
	if (io_write_all(t.fd, "{\"ok\":false}\nwhat was begun", 27) < 0)
		die("result");
	ticket_end(&t);
	answers(result("00000002"), "one that failed can say so");
	ok(kept_is("index"), "what was kept stays");
	staged_with("index", 5, "");
	answers(result("00000002"), "the next has the same");
	is_int((int)indexes(), 1, "which is kept once");
	told = "other";
	staged_with("other", 5, "");
	answers(result("00000002"), "another has another");
	ok(kept_is("index") && kept_is("other"), "and both are kept");
	is_whole("and all is whole");
	told = "index";
}

static void a_permit_has_no_endless_indexes(void)
{
	char index[16];
	int i;

	told = index;
	for (i = (int)indexes(); i < POLICY_PRINTS_MAX; i++) {
		snprintf(index, sizeof(index), "i%04d", i % 10000);
		staged_with(index, 5, "");
		if (result("00000002") < 0)
			break;
	}
	is_int(i, POLICY_PRINTS_MAX, "so many different stagings have theirs");
	refused(ask(GATE_STAGE, stage_request("colon")), SPE_E_REFUSED, "the fingerprints of all are kept until it ends",
		"and then nothing is staged any more");
	told = "index";
}

static int job_check(const char *job, int index, struct ticket *t);

/* Root has put in their place what was staged, and an engine that is somebody else's asks for nothing. */
static void an_index_is_kept_unasked(void)
{
	struct ticket t = { .fd = -1, .input = -1 };

	goes_on = true;
	told = "quiet";
	staged_with(told, 5, "");
	answers(ask(GATE_PERMIT_SHOW, json_pack("{s:s}", "permit", "FI-1")), "any call after a staging");
	ok(kept_is("quiet"), "finds its index kept");
	answers(result("00000002"), "whose result is still told");
	staged_with("other", 5, "");
	refused(job_check(JOB, 0, &t), SPE_E_CONFLICT, "are not kept yet", "what can't be kept keeps outputs from being checked");
	refused(ask(GATE_STAGE, stage_request("colon")), SPE_E_CONFLICT, "is with its keeper", "and can't be pushed aside");
	refused(result("00000002"), SPE_E_INPUT, "sha256 is not", "until the engine hears why");
	answers(job_check(JOB, 0, &t), "and has them wiped");
	ticket_end(&t);
	told = "index";
	goes_on = false;
}

static void progress_is(const char *line, const char *want, const char *what)
{
	char padded[TASK_PROGRESS + 1];
	struct ticket t;

	snprintf(padded, sizeof(padded), "%-*s\n", (int)TASK_PROGRESS - 1, line);
	ask(GATE_STAGE, stage_request("colon"));
	ticket_take(&t);
	if (pwrite(t.fd, padded, strlen(padded), 0) < 0)
		die("progress");
	if (ask(GATE_PROGRESS, json_pack("{s:s}", "task", "00000002")) == 0) {
		auto_free char *text = json_dumps(out, JSON_COMPACT);

		is_str(text, want, what);
	} else {
		is_str(err.text, want, what);
	}
	ticket_end(&t);
}

static void how_far_a_staging_is(void)
{
	static const char nothing[] = "task 00000002 does not say how far it is";

	progress_is("{\"progress\":{\"rows\":5,\"bytes\":10,\"of\":40,\"ms\":700}}", "{\"rows\":5,\"bytes\":10,\"of\":40,\"ms\":700}", "how far a task is, in numbers");
	progress_is("{\"progress\":{\"rows\":5,\"bytes\":10,\"of\":40,\"ms\":700,\"x\":\"131052-308T\"},\"y\":1}",
		"{\"rows\":5,\"bytes\":10,\"of\":40,\"ms\":700}", "and in nothing else");
	progress_is("{\"progress\":{\"rows\":\"131052-308T\",\"bytes\":10,\"of\":40,\"ms\":700}}", nothing, "what is no number is not passed on");
	progress_is("{\"progress\":{\"rows\":-1,\"bytes\":10,\"of\":40,\"ms\":700}}", nothing, "nor one below 0");
	progress_is("{\"ok\":true}", nothing, "a result is none");
	progress_is("", nothing, "nor is nothing");
	refused(ask(GATE_PROGRESS, json_pack("{s:s}", "task", "000000ff")), SPE_E_NOT_FOUND, "does not say", "a task that there is not says nothing");
}

static void staging_gets_its_keys(void)
{
	struct ticket t;
	char byte;

	refused(ask(GATE_STAGE, stage_request("secrets")), SPE_E_REFUSED, "no variable of table secrets",
		"a table that the permit does not name is not staged");
	answers(ask(GATE_STAGE, stage_request("colon")), "staging begins");
	ticket_take(&t);
	is_int((long long)strlen(json_str(t.json, "k_permit")), 64, "its ticket holds the permit's key");
	is_int((long long)strlen(json_str(t.json, "k_check")), 64, "and the key for checking");
	ok(strcmp(json_str(t.json, "k_check"), json_str(t.json, "k_permit")) != 0, "which is another");
	is_int(read(t.fd, &byte, 1), -1, "what it writes it can't read");
	put_staged(&t, "index", 5, "");
	answers(result("00000002"), "what it wrote can be read");
	ok(json_flag(out, "ok"), "as it is");
	refused(result("00000002"), SPE_E_NOT_FOUND, "begin it again", "once");
	refused(ask(GATE_TABLES, json_pack("{s:s,s:[{s:s}]}", "task", "00000004", "tables", "sha256", "00")), SPE_E_INPUT, "sha256 must be",
		"a comparison with no digest is refused");
	answers(ask(GATE_TABLES, json_pack("{s:s,s:[{s:s,s:s,s:s}]}", "task", "00000004", "tables", "holding", "h", "table", "t", "sha256",
		"0000000000000000000000000000000000000000000000000000000000000000")), "one with a digest begins");
	ticket_take(&t);
	is_str(json_str(t.json, "kind"), "verify", "as what it is");
	is_int((long long)json_object_size(t.json), 2, "and with no key");
	ticket_end(&t);
	answers(ask(GATE_WIPE, json_pack("{s:s}", "task", "00000003")), "a wipe begins");
	gate_again();
	refused(result("00000003"), SPE_E_NOT_FOUND, "begin it again", "and a restart has forgotten it");
}

/* ---- what a hostile engine would like to be given ---- */

static json_int_t refusals(const char *reason)
{
	json_int_t n = 0, from = 1;
	json_t *one;
	size_t i;

	while (from && ask_now(GATE_RECORDS, json_pack("{s:I,s:i,s:s}", "from", from, "limit", 100, "action", "ticket.refused"), -1) == 0) {
		json_array_foreach(json_object_get(out, "items"), i, one)
			n += strcmp(json_str(one, "outcome"), "refused") == 0 && strcmp(json_str(one, "actor"), "spe-gate") == 0 &&
				strstr(json_str(json_object_get(one, "object"), "reason"), reason);
		from = json_int(out, "next");
		if (json_array_size(json_object_get(out, "items")) == 0)
			break;
	}
	return n;
}

static void is_not_given(const struct msg_start *s, const char *reason, const char *what)
{
	json_int_t before = refusals(reason);
	int conn, sock = keeper_asks(s, &conn);
	char byte;

	if (!ok(sock < 0 && err.code == SPE_E_REFUSED && strstr(err.text, reason), what))
		printf("# %d \"%s\"\n", sock, err.text);
	ok(recv(conn, &byte, 1, MSG_DONTWAIT) == 0, "its keeper hears the end");
	is_int(refusals(reason), before + 1, "and the journal says so");
	close(conn);
}

static void a_task_is_given_once_and_as_it_was_made(void)
{
	struct msg_start s = { .type = MSG_START, .id = 0xbad, .profile = PROFILE_STAGE, .workspace = 7, .version = 1, .tables = 1, .table = { 3 } };
	struct ticket t;
	json_t *request;

	is_not_given(&s, "no such task was made", "what the gate did not make is not given out");
	answers(ask(GATE_STAGE, stage_request("colon")), "a staging is made");
	is_int(out_fd, -1, "which comes with no descriptor");
	is_str(json_str(out, "task"), "00000002", "but with its id");
	s = shown;
	s.profile = PROFILE_CHECK;
	is_not_given(&s, "another profile", "another profile's START gets nothing");
	s = shown;
	s.workspace = 8;
	is_not_given(&s, "another workspace", "nor another workspace's");
	s = shown;
	s.version = 2;
	is_not_given(&s, "another version", "nor that of other data");
	s = shown;
	s.runtime = 1;
	is_not_given(&s, "another runtime", "nor one with a runtime");
	s = shown;
	s.table[0] = 4;
	is_not_given(&s, "other tables", "nor one with another table");
	s = shown;
	s.tables = 2;
	is_not_given(&s, "other tables", "nor one with more");
	s = shown;
	s.id = 3;
	is_not_given(&s, "no such task", "nor one of another id");
	s = shown;
	ticket_take(&t);
	is_str(json_str(t.json, "kind"), "stage", "the very START gets it");
	is_not_given(&s, "given already", "once");
	put_staged(&t, "index", 5, "");
	answers(result("00000002"), "and it is a staging like any other");
	answers(ask(GATE_STAGE, stage_request("colon")), "another one");
	gate_again();
	is_not_given(&shown, "started again since", "is not given by a gate that was started again");
	answers(ask(GATE_STAGE, stage_request("colon")), "and another");
	task_find(g, shown.id, TASK_PLAIN)->made_ms -= 3601 * 1000;
	is_not_given(&shown, "no such task", "not after an hour, whatever the wall clock says");
	request = stage_request("colon");
	json_object_set_new(request, "begin", json_pack("{s:i,s:i,s:[i,i]}", "workspace", 7, "version", 1, "tables", 3, 4));
	refused(ask(GATE_STAGE, request), SPE_E_INPUT, "as many as", "a table more than the permit's is refused from the start");
	request = stage_request("colon");
	json_object_set_new(request, "begin", json_pack("{s:i,s:[i]}", "workspace", 7, "tables", 3));
	refused(ask(GATE_STAGE, request), SPE_E_INPUT, "version is missing", "so is a staging of no version, of which nobody would know");
	refused(ask(GATE_WIPE, json_pack("{s:s,s:{s:i}}", "task", "00000003", "begin", "workspace", 7)), SPE_E_INPUT, "version is missing", "or a wipe");
	refused(ask(GATE_CAPTURE, json_pack("{s:s,s:i,s:i,s:{s:i,s:i}}", "job", JOB, "max_files", 1, "max_bytes", 1, "begin", "workspace", 7, "version",
		1)), SPE_E_INPUT, "version is of no such task", "and a capture of some version");
	refused(ask(GATE_WIPE, json_pack("{s:s,s:{s:i,s:i}}", "task", "00000003", "begin", "runtime", 2, "version", 1)), SPE_E_INPUT,
		"version is of no such task", "or of a runtime's");
	refused(ask(GATE_WIPE, json_pack("{s:s,s:{}}", "task", "00000003", "begin")), SPE_E_INPUT, "begun with", "and a wipe of nothing");
	refused(ask(GATE_IMAGE, json_pack("{s:s,s:i,s:{s:i,s:i}}", "task", "00000003", "max_bytes", 5, "begin", "runtime", 1, "workspace", 7)),
		SPE_E_INPUT, "begun with", "and an image in a workspace");
	refused(ask(GATE_TABLES, json_pack("{s:s,s:[],s:{s:[s]}}", "task", "00000003", "tables", "begin", "tables", "3")), SPE_E_INPUT,
		"tables[0] must be the number", "and a table that is no number");
}

/* How a task ended is its keeper's to say. */
static void the_end_is_roots_word(void)
{
	struct ticket t;

	answers(ask(GATE_STAGE, stage_request("colon")), "a staging is made");
	refused(result("00000002"), SPE_E_NOT_FOUND, "was not begun", "that nobody has begun has no result");
	refused(result("00000002"), SPE_E_NOT_FOUND, "no task", "and is gone");
	ask(GATE_STAGE, stage_request("colon"));
	ticket_take(&t);
	refused(result("00000002"), SPE_E_CONFLICT, "not over", "one that runs has none either");
	ended = (struct msg_state){ .type = MSG_STATE, .end = END_EXIT, .value = 1 };
	put_staged(&t, "indeX", 5, "");
	refused(result("00000002"), SPE_E_CONFLICT, "ended with status 1", "one that says that it went well and did not is not believed");
	is_int((int)indexes(), 2, "and nothing of it is kept");
	ask(GATE_STAGE, stage_request("colon"));
	ticket_take(&t);
	ended = (struct msg_state){ .type = MSG_STATE, .end = END_SIGNAL, .value = 9, .limits = LIMIT_KILLED };
	put_staged(&t, "index", 5, "");
	refused(result("00000002"), SPE_E_CONFLICT, "did not end by itself", "nor one that was killed");
	ask(GATE_STAGE, stage_request("colon"));
	ticket_take(&t);
	close(t.conn);
	t.conn = -1;
	put_staged(&t, "index", 5, "");
	refused(result("00000002"), SPE_E_CONFLICT, "did not end by itself", "nor one whose keeper is gone");
	ask(GATE_WIPE, json_pack("{s:s}", "task", "00000003"));
	ticket_take(&t);
	ended = (struct msg_state){ .type = MSG_STATE, .end = END_SETUP, .value = ESTALE };
	ticket_end(&t);
	answers(result("00000003"), "a wipe of what is not there");
	ok(json_flag(out, "ok"), "has gone well");
	ended = well;
}

/* A number that was staged is its permit's, and what was run there is the permit's as well. */
static void a_workspace_is_one_permits(void)
{
	auto_free char *two = permit_text(1, NULL, "id", json_string("FI-22"));
	json_t *request = stage_request("colon");

	answers(permit_import(two, "issuer", "spe-permit"), "another permit");
	json_object_set_new(request, "permit", json_string("FI-22"));
	refused(ask(GATE_STAGE, request), SPE_E_REFUSED, "number 7 is that of permit FI-1", "is not staged where the first was, after a restart");
	request = stage_request("colon");
	json_object_set_new(request, "permit", json_string("FI-22"));
	json_object_set_new(request, "begin", json_pack("{s:i,s:i,s:[i]}", "workspace", 8, "version", 1, "tables", 3));
	answers(ask(GATE_STAGE, request), "but under a number of its own");
	refused(ask(GATE_STAGE, json_pack("{s:s,s:s,s:[],s:i,s:{s:i,s:i,s:[i]}}", "task", "00000002", "permit", "FI-1", "tables", "reference_year", 2026,
		"begin", "workspace", 8, "version", 1, "tables", 3)), SPE_E_INPUT, "as many as", "(tables are counted first)");
	request = stage_request("colon");
	json_object_set_new(request, "begin", json_pack("{s:i,s:i,s:[i]}", "workspace", 8, "version", 1, "tables", 3));
	refused(ask(GATE_STAGE, request), SPE_E_REFUSED, "number 8 is that of permit FI-22", "which is not the first's any more");
}

/* What was said of a table when it was taken in holds when it is staged. */
static void a_table_is_what_was_taken_in(void)
{
	static const char a64[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	static const char good[] = "{\"ok\":true,\"rows\":1,\"bytes\":7,\"sha256\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}";
	const json_t *nine = json_pack("{s:i,s:i,s:[i]}", "workspace", 7, "version", 1, "tables", 9);
	auto_close int upload = open("upload", O_RDONLY | O_CLOEXEC);
	struct ticket t;
	json_t *request, *table;
	int i;

	answers(ask_now(GATE_INTAKE, json_pack("{s:s,s:s,s:s,s:{s:s,s:[{s:s,s:s}]},s:{s:[i]}}", "task", "00000005", "holding", "colon-trial", "table",
		"colon", "description", "name", "colon", "columns", "datatype", "integer", "name", "age", "begin", "tables", 9), upload),
		"a table is taken in");
	ticket_take(&t);
	if (io_write_all(t.fd, good, strlen(good)) < 0)
		die("result");
	ticket_end(&t);
	answers(result("00000005"), "and its task is done");
	for (i = 0; i < 2; i++) {
		request = stage_request("colon");
		table = json_array_get(json_object_get(request, "tables"), 0);
		json_object_set_new(request, "begin", json_deep_copy(nine));
		json_object_set_new(table, "sha256", json_string(a64));
		json_object_set_new(json_object_get(table, "description"), "delimiter", json_string(i ? ";" : ","));
		if (i == 0)
			answers(ask(GATE_STAGE, request), "a comma is what is meant where no delimiter is said");
		else
			refused(ask(GATE_STAGE, request), SPE_E_REFUSED, "to be read otherwise", "by another delimiter it is not staged");
	}
	for (i = 0; i < 3; i++) {
		request = stage_request("colon");
		table = json_array_get(json_object_get(request, "tables"), 0);
		json_object_set_new(request, "begin", json_deep_copy(nine));
		if (i > 0)
			json_object_set_new(table, "sha256", json_string(a64));
		if (i > 1)
			json_object_set_new(json_array_get(json_object_get(json_object_get(table, "description"), "columns"), 0), "identifier",
				json_string("fi"));
		if (i == 1)
			answers(ask(GATE_STAGE, request), "as it was taken in it is staged");
		else
			refused(ask(GATE_STAGE, request), SPE_E_REFUSED, i ? "with other columns" : "another sha256", i ? "not with other columns" :
				"other bytes are not, nor after a restart");
	}
	refused(ask(GATE_TABLES, json_pack("{s:s,s:[{s:s,s:s,s:s}],s:{s:[i]}}", "task", "00000004", "tables", "holding", "h", "table", "colon", "sha256",
		a64, "begin", "tables", 9)), SPE_E_REFUSED, "another holding", "nor as another holding's");
	json_decref((json_t *)(uintptr_t)nine);
}

static int deleted(const char *permit)
{
	return ask(GATE_DELETED, json_pack("{s:o,s:s,s:i}", "record", record("sped", "permit.deletion"), "permit", permit, "data_versions", 1));
}

static void no_proof_before_the_data_are_gone(void)
{
	auto_free char *two = permit_text(1, NULL, "id", json_string("FI-22")), *salt = NULL;
	struct ticket t;
	size_t salt_len;
	int i;

	answers(permit_revoke("FI-22", two, NULL, "op1", REVOCATION_NAMESPACE), "a permit is revoked");
	refused(ask(GATE_CAPTURE, json_pack("{s:s,s:i,s:i,s:{s:i}}", "job", "0000a0bb", "max_files", 1, "max_bytes", 1, "begin", "workspace", 8)), SPE_E_REFUSED,
		"FI-22 was revoked", "no output of its jobs is captured any more");
	salt = get("gate/salts/FI-22", &salt_len);
	answers(ask(GATE_END, json_pack("{s:o,s:s}", "record", record("sped", "permit.end"), "permit", "FI-22")), "it ends");
	gate_stop();
	put_bytes("gate/salts/FI-22", salt, salt_len);
	is_int(gate_again(), 0, "a power cut came before all of it was on disk");
	ok(permit_is_over(g, "FI-22"), "it is over all the same: what is destroyed is not undone");
	is_whole("and the rest of it is done at the start");
	for (i = 0; i < 2; i++) {
		refused(deleted("FI-22"), SPE_E_CONFLICT, "version 1 of the data of workspace number 8", "its data are not gone");
		ask(GATE_WIPE, json_pack("{s:s,s:{s:i,s:i}}", "task", "00000003", "begin", "workspace", 8, "version", 1));
		ticket_take(&t);
		if (io_write_all(t.fd, "{\"ok\":true,\"files\":2}", 21) < 0)
			die("result");
		ended.value = i == 0; /* with status 1 it has not gone well, whatever it says */
		ticket_end(&t);
		ended = well;
		is_int(result("00000003"), i == 0 ? -SPE_E_CONFLICT : 0, "a wipe ends");
	}
	answers(deleted("FI-22"), "once root has said that they are, after a restart too, it is proven");
	goes_on = true;
	is_int(all_goes("FI-22"), 0, "or when what the gate has of it is gone as well");
	answers(deleted("FI-22"), "asked again");
	ok(!json_flag(out, "more"), "there is no more of it");
	answers(ask(GATE_PROOF, json_pack("{s:s}", "permit", "FI-22")), "the proof");
	has_str(json_str(out, "statement"), "[\"keys\",\"fingerprints\",\"staged-data\",\"outputs\"]", "says what all is gone");
	goes_on = false;
}

/* With no restart of the gate: this version of the data of workspace 7. */
static int data_ask(enum gate_op op, const char *task, int version)
{
	json_t *in = op == GATE_STAGE ? stage_request("colon") : json_object();

	json_object_set_new(in, "task", json_string(task));
	json_object_set_new(in, "begin", json_pack("{s:i,s:i}", "workspace", 7, "version", version));
	if (op == GATE_STAGE)
		json_object_set_new(json_object_get(in, "begin"), "tables", json_pack("[i]", 3));
	return ask_now(op, in, -1);
}

/* Of what is not there. */
static void wipe_ends(struct ticket *t)
{
	ended = (struct msg_state){ .type = MSG_STATE, .end = END_SETUP, .value = ESTALE };
	ticket_end(t);
	ended = well;
}

static void a_wipe_says_nothing_of_what_is_staged_after_it(void)
{
	struct msg_start staging;
	struct ticket t, w;

	answers(data_ask(GATE_STAGE, "00000021", 21), "a staging is made and not begun");
	staging = shown;
	data_ask(GATE_WIPE, "00000022", 21);
	ticket_take(&w);
	wipe_ends(&w);
	answers(result("00000022"), "its data are wiped before they are there");
	is_not_given(&staging, "wiped since", "then it is not begun any more");
	data_ask(GATE_STAGE, "00000021", 21);
	staging = shown;
	data_ask(GATE_WIPE, "00000022", 21);
	ticket_take(&w);
	wipe_ends(&w);
	shown = staging;
	ticket_take(&t);
	put_staged(&t, "index", 5, "");
	answers(result("00000021"), "a staging that begins after a wipe has ended");
	refused(result("00000022"), SPE_E_CONFLICT, "wipe it again", "is not wiped by that, whenever its result is asked for");
	data_ask(GATE_STAGE, "00000021", 21);
	ticket_take(&t);
	data_ask(GATE_WIPE, "00000022", 21);
	ticket_take(&w);
	put_staged(&t, "index", 5, "");
	answers(result("00000021"), "one that ends while its data are wiped");
	wipe_ends(&w);
	refused(result("00000022"), SPE_E_CONFLICT, "wipe it again", "is not wiped by that");
	data_ask(GATE_WIPE, "00000022", 21);
	ticket_take(&w);
	wipe_ends(&w);
	answers(result("00000022"), "but by the next wipe");
}

static void what_a_keeper_holds_is_not_forgotten(void)
{
	struct ticket t;
	int i;

	data_ask(GATE_STAGE, "00000021", 21);
	ticket_take(&t);
	refused(data_ask(GATE_WIPE, "00000021", 20), SPE_E_CONFLICT, "with its keeper", "no other task takes the id of one that runs");
	for (i = 1; i <= GATE_TASKS_MAX; i++) {
		char id[SPE_ID_TEXT];

		spe_id_text(id, 0x1000 + (uint32_t)i);
		data_ask(GATE_WIPE, id, 20);
	}
	put_staged(&t, "index", 5, "");
	answers(result("00000021"), "nor do many that wait take its place");
}

static void tasks_nobody_asks_after_make_room(void)
{
	int i, begun = 0;

	for (i = 1; i <= GATE_TASKS_MAX + 1; i++) {
		char id[SPE_ID_TEXT];

		spe_id_text(id, (uint32_t)i);
		begun += ask_now(GATE_WIPE, json_pack("{s:s}", "task", id), -1) == 0;
	}
	is_int(begun, GATE_TASKS_MAX + 1, "tasks without end can begin");
	refused(result("00000001"), SPE_E_NOT_FOUND, "begin it again", "the oldest made room");
	refused(result("00000002"), SPE_E_NOT_FOUND, "was not begun", "the one after it is there");
}

static void intake_carries_the_upload(void)
{
	auto_close int upload = -1;
	struct ticket t;

	put("upload", "age\n40\n");
	upload = open("upload", O_RDONLY | O_CLOEXEC);
	answers(ask_now(GATE_INTAKE, json_pack("{s:s,s:s,s:s,s:{s:s,s:[{s:s,s:s}]}}", "task", "00000004", "holding",
		"colon-trial", "table", "colon", "description", "name", "colon", "columns", "name", "age", "datatype",
		"integer"), upload), "an intake begins");
	ticket_take(&t);
	is_str(json_str(t.json, "kind"), "intake", "its ticket says so");
	ok(t.input >= 0, "and the upload comes with it");
	is_int((long long)strlen(json_str(t.json, "c4gh")), 64, "and the key for containers");
	ticket_end(&t);
	refused(result("00000004"), SPE_E_INPUT, "the task's result", "a task that wrote nothing has no result");
}

/* ---- capturing ---- */

static void entry(struct buf *b, char kind, int reason, const char *name, const char *text)
{
	struct outputs_head h = { .kind = (uint8_t)kind, .reason = (uint8_t)reason,
		.name_len = htole32((uint32_t)strlen(name)), .size = htole64(strlen(text)) };

	buf_add(b, &h, sizeof(h));
	buf_str(b, name);
	buf_str(b, text);
}

static const char table_text[] = "arm,people\nLev,120\nObs,130\n", note_text[] = "A note.\n";

static void stream_make(struct buf *b)
{
	buf_add(b, OUTPUTS_MAGIC, 16);
	entry(b, 'S', SKIP_LINK, "", "");
	entry(b, 'F', 0, "a.csv", table_text);
	entry(b, 'F', 0, "deep/er/A.csv", table_text);
	entry(b, 'F', 0, "deep/er/a.csv", table_text);
	entry(b, 'S', SKIP_LINK, "", "");
	entry(b, 'F', 0, "note.txt", note_text);
	entry(b, 'F', 0, "twice..csv", note_text);
	entry(b, 'E', 0, "", "");
}

static int capture_in(int workspace, const char *job, const void *p, size_t n)
{
	struct ticket t;

	if (ask(GATE_CAPTURE, json_pack("{s:s,s:i,s:i,s:{s:i}}", "job", job, "max_files", 5, "max_bytes", 1000, "begin", "workspace", workspace)) < 0)
		return -1;
	ticket_take(&t);
	if (strcmp(json_str(t.json, "kind"), "capture") != 0 || io_write_all(t.fd, p, n) < 0)
		return -1;
	ticket_end(&t);
	return 0;
}

static int capture(const char *job, const void *p, size_t n)
{
	return capture_in(7, job, p, n);
}

static int ingest(const char *job)
{
	return ask(GATE_INGEST, json_pack("{s:s,s:o}", "job", job, "record", record("sped", "job.outputs")));
}

static void outputs_come_into_the_vault(void)
{
	auto_buf struct buf b = { 0 };
	json_t *r = record("sped", "job.outputs");
	char sha256[SHA256_TEXT], path[STORE_PATH];
	struct stat st;

	stream_make(&b);
	refused(ingest(JOB), SPE_E_NOT_FOUND, "begin it again", "nothing was captured yet");
	answers(ask(GATE_CAPTURE, json_pack("{s:s,s:i,s:i}", "job", JOB, "max_files", 5, "max_bytes", 1000)), "a capture is made");
	refused(ingest(JOB), SPE_E_NOT_FOUND, "was not begun", "and has to be begun");
	ended.value = 1;
	is_int(capture(JOB, b.p, b.len), 0, "one is whole");
	ended = well;
	refused(ingest(JOB), SPE_E_CONFLICT, "did not end well", "but its program says that it failed");
	is_int(capture_in(8, JOB, b.p, b.len), 0, "another is of a job that ran elsewhere");
	g->refs = (struct refs){ .slot = calloc(4, sizeof(*g->refs.slot)), .room = 4 };
	refused(ingest(JOB), SPE_E_REFUSED, "number 8 is that of permit FI-22", "and no output of this permit");
	ok(g->refs.slot, "nothing of it was put: what was counted of others stays");
	is_int(capture(JOB, b.p, b.len - 1), 0, "a capture is cut off");
	g->refs = (struct refs){ .slot = calloc(4, sizeof(*g->refs.slot)), .room = 4 };
	refused(ingest(JOB), SPE_E_INPUT, "byte", "and refused");
	ok(g->refs.slot, "and neither was of this");
	sha256_text(table_text, strlen(table_text), sha256);
	snprintf(path, sizeof(path), "vault/%.2s/%s", sha256, sha256);
	is_int(capture(JOB, b.p, b.len), 0, "another one is whole");
	if (mkdirat(state, "jobs/." JOB ".json.new", 0700) < 0)
		die("mkdir");
	refused(ingest(JOB), SPE_E_INTERNAL, "can't write jobs/", "but its job's file can't be written");
	is_int(fstatat(state, path, &st, 0), -1, "then nothing of it stays in the vault");
	unlinkat(state, "jobs/." JOB ".json.new", AT_REMOVEDIR);
	is_int(capture(JOB, b.p, b.len), 0, "one more is whole");
	json_object_del(r, "workspace");
	refused(ask(GATE_INGEST, json_pack("{s:s,s:o}", "job", JOB, "record", r)), SPE_E_INPUT, "workspace",
		"but whose is it?");
	answers(ingest(JOB), "now it is taken");
	is_int((long long)json_array_size(json_object_get(out, "outputs")), 5, "with its five files");
	is_str(json_str(json_array_get(json_object_get(out, "skipped"), 0), "reason"), "link", "what was left out");
	is_int(json_int(json_array_get(json_object_get(out, "skipped"), 0), "count"), 2, "is counted");
	is_int(fstatat(state, path, &st, 0), 0, "a file lies under the hash of its bytes");
	is_int(st.st_size, (long long)strlen(table_text), "and is whole");
	gate_again();
	answers(ingest(JOB), "asked again, after a restart, it answers the same");
	is_int((long long)json_array_size(json_object_get(out, "outputs")), 5, "from what it kept");
}

#define EMPTY "0badcafe"

static int ingest_nothing(void)
{
	return ask(GATE_INGEST, json_pack("{s:s,s:o,s:b}", "job", EMPTY, "record", record("sped", "job.outputs"), "nothing", true));
}

static void a_job_that_left_nothing_is_a_record(void)
{
	json_int_t before = records();
	json_t *r = record("sped", "job.outputs");

	json_object_del(r, "workspace");
	refused(ask(GATE_INGEST, json_pack("{s:s,s:o,s:b}", "job", EMPTY, "record", r, "nothing", true)), SPE_E_INPUT, "workspace",
		"it is nobody's without a workspace");
	before = records();
	answers(ingest_nothing(), "of a job that left nothing there is nothing to capture");
	is_int((long long)json_array_size(json_object_get(out, "outputs")), 0, "no output");
	ok(json_is_array(json_object_get(out, "skipped")), "and nothing left out");
	ok(faccessat(state, "jobs/" EMPTY ".json", F_OK, 0) < 0, "no file says so");
	is_int(records(), before + 2, "but the journal, as the gate and as the engine say it");
	gate_again();
	answers(ingest_nothing(), "asked again, after a restart, it answers the same");
	is_int(records(), before + 4, "and says no more than that it began and was asked");
	before = records();
	answers(ask(GATE_INGEST, json_pack("{s:s,s:o,s:b,s:[o,o],s:b}", "job", "0badcaff", "record", record("sped", "job.outputs"), "nothing", true,
		"before", record("sped", "job.start"), record("sped", "job.end"), "later", 0)), "what happened before may come along, all on disk at once");
	is_int(records(), before + 4, "each is a record");
	answers(ask_now(GATE_RECORDS, json_pack("{s:I,s:i}", "from", before + 1, "limit", 4), -1), "they are read");
	is_str(json_str(json_array_get(json_object_get(out, "items"), 1), "action"), "job.end", "in their order");
	is_str(json_str(json_array_get(json_object_get(out, "items"), 3), "action"), "job.outputs", "before what the job left");
	refused(ask(GATE_INGEST, json_pack("{s:s,s:o,s:b,s:[{s:s}]}", "job", "0badcafd", "record", record("sped", "job.outputs"), "nothing", true,
		"before", "actor", "cy")), SPE_E_INPUT, "role", "and are looked at as all records are");
	refused(ask(GATE_JOB_CHECK, json_pack("{s:s,s:s,s:i,s:{s:s,s:s}}", "task", "00000077", "job", EMPTY, "index", 0, "policy", "name", "test",
			"text", "min-count = 10\n")), SPE_E_NOT_FOUND, "has no output 0", "it has no output to check");
	is_whole("and nothing is missing");
}

/* ---- removing what a job left ---- */

static int vault_has(const char *text)
{
	char sha256[SHA256_TEXT], path[STORE_PATH];
	struct stat st;

	sha256_text(text, strlen(text), sha256);
	snprintf(path, sizeof(path), "vault/%.2s/%s", sha256, sha256);
	return fstatat(state, path, &st, 0) == 0;
}

static int remove_job(const char *job)
{
	return ask(GATE_REMOVE, json_pack("{s:o,s:s}", "record", record("cy", "job.remove"), "job", job));
}

static int left_of(const char *job)
{
	auto_json json_t *j = NULL;

	return store_job(g, job, &j, &err) < 0 ? -1 : (int)json_array_size(json_object_get(j, "outputs"));
}

static void leaves(const char *job, const char *one, const char *two)
{
	auto_buf struct buf b = { 0 };

	buf_add(&b, OUTPUTS_MAGIC, 16);
	entry(&b, 'F', 0, "one.txt", one);
	entry(&b, 'F', 0, "two.txt", two);
	entry(&b, 'E', 0, "", "");
	is_int(capture(job, b.p, b.len), 0, "a job leaves two files");
	answers(ingest(job), "which are kept");
}

static void outputs_are_removed(void)
{
	const char *alone = "of this job alone\n", *shared = "of two jobs\n";

	refused(remove_job("0000a0ff"), SPE_E_NOT_FOUND, "no outputs of job", "what was never there");
	leaves("0000a0c1", alone, shared);
	leaves("0000a0c2", shared, "more\n");
	answers(remove_job("0000a0c1"), "the first job's are removed");
	is_int(json_int(out, "removed"), 2, "two of them");
	is_int(left_of("0000a0c1"), 0, "none is left");
	ok(!vault_has(alone), "bytes of that job alone are gone");
	ok(vault_has(shared), "those that another has are not");
	leaves("0000a0c3", shared, alone);
	answers(remove_job("0000a0c2"), "the second job's are removed");
	ok(vault_has(shared) && !vault_has("more\n"), "what came meanwhile is counted");
	is_int(gate_again(), 0, "the gate starts anew");
	answers(remove_job("0000a0c1"), "removed twice");
	is_int(json_int(out, "removed"), 0, "nothing is");
	answers(remove_job("0000a0c3"), "the last job's are removed");
	ok(!vault_has(shared) && !vault_has(alone), "then nobody has them");
	answers(remove_job(EMPTY), "a job that left nothing has nothing");
	is_whole("and all is whole");
}

/* How many files of such a path are opened by a call of a gate that goes on. */
static int opens_for(const char *part, enum gate_op op, json_t *in)
{
	counted_part = part;
	opened_files = 0;
	if (!is_int(ask_now(op, in, -1), 0, "asked of a gate that goes on"))
		printf("# %s\n", err.text);
	counted_part = NULL;
	return opened_files;
}

static int opens_to_remove(const char *part, const char *job)
{
	return opens_for(part, GATE_REMOVE, json_pack("{s:o,s:s}", "record", record("cy", "job.remove"), "job", job));
}

/* What the first removal after a start has to count is counted in pieces before it. */
static void what_a_removal_reads_comes_in_pieces(void)
{
	auto_buf struct buf b = { 0 };
	char sha256[SHA256_TEXT], in_the_way[16];
	int pieces = 0;
	bool more;

	gate_again();
	goes_on = true;
	leaves("0000a0d1", "of one\n", "of both\n");
	do {
		is_int(opens_for("jobs/", GATE_REFS, json_pack("{s:i}", "ms", 0)), 1, "one job's file at a time");
		more = json_flag(out, "more");
		if (++pieces == 1)
			leaves("0000a0d2", "of both\n", "of two\n");
	} while (more);
	is_int(pieces, (int)json_object_size(store_group(g, "jobs")) - 1, "until all are counted that there were as it began");
	is_int(opens_to_remove("jobs/", "0000a0d1"), 1, "a removal reads the file of its job alone");
	ok(!vault_has("of one\n") && vault_has("of both\n"), "and knows what came meanwhile");
	buf_add(&b, OUTPUTS_MAGIC, 16);
	entry(&b, 'F', 0, "one.txt", "of both\n");
	entry(&b, 'F', 0, "three.txt", "of nobody\n");
	entry(&b, 'F', 0, "two.txt", "of nowhere\n");
	entry(&b, 'E', 0, "", "");
	is_int(capture("0000a0d3", b.p, b.len), 0, "another job has the same,");
	sha256_text("of nowhere\n", strlen("of nowhere\n"), sha256);
	snprintf(in_the_way, sizeof(in_the_way), "vault/%.2s", sha256);
	is_int(mknodat(state, in_the_way, S_IFREG | 0600, 0), 0, "but one file that has no place");
	refused(ingest("0000a0d3"), SPE_E_INTERNAL, "vault", "and is not kept");
	unlinkat(state, in_the_way, 0);
	ok(!vault_has("of nobody\n") && vault_has("of both\n"), "what it alone had is gone");
	is_int(opens_to_remove("jobs/", "0000a0d2"), 1, "after that a removal counts nothing anew");
	ok(!vault_has("of both\n"), "and what nobody else has goes");
	goes_on = false;
	is_whole("all is whole");
}

/* The journal speaks of a removal, of which only a part was done. */
static void a_removal_is_finished(void)
{
	auto_free char *was = NULL;
	auto_close int fd = -1;
	size_t len;

	leaves("0000a0c4", "first\n", "second\n");
	is_int(store_removing(g, "0000a0c4", "FI-1", &err), 0, "it is in the journal");
	is_int(gate_again(), 0, "then the gate dies, and starts anew");
	is_int(left_of("0000a0c4"), 0, "the job's outputs are removed");
	ok(!vault_has("first\n") && !vault_has("second\n"), "from the vault as well");
	is_int((long long)json_object_size(g->removing), 0, "and that is over");
	leaves("0000a0c5", "third\n", "fourth\n");
	answers(store_read(g, "jobs/0000a0c5.json", &was, &len, &err), "a job's file");
	is_int(ask_now(GATE_REMOVE, json_pack("{s:o,s:s}", "record", record("cy", "job.remove"), "job", "0000a0c5"), -1), 0, "its outputs are removed");
	fd = openat(state, "jobs/0000a0c5.json", O_WRONLY | O_TRUNC | O_CLOEXEC);
	ok(fd >= 0 && io_write_all(fd, was, len) == 0, "but the file that says so never came to be");
	is_int(gate_again(), 0, "the gate starts anew");
	is_int(left_of("0000a0c5"), 0, "and makes it");
	is_int((long long)json_object_size(g->removing), 0, "so that it is over");
	is_whole("and all is whole");
}

/* ---- exports ---- */


static json_t *export_request(const char *id, const char *who, const char *file)
{
	return json_pack("{s:o,s:s,s:s,s:s,s:s,s:s,s:[{s:s,s:s},{s:s,s:s}],s:{s:s,s:s}}", "record",
		record(who, "export.request"), "export", id, "job", JOB, "permit", "FI-1", "requester", who, "context", "",
		"files", "name", "deep/er/a.csv", "description", "People by arm", "name", file, "description", "A note",
		"policy", "name", "strict", "text", policy_text);
}

static int export_ask(const char *id, const char *who, const char *file)
{
	return ask(GATE_EXPORT, export_request(id, who, file));
}

static int show(const char *id)
{
	return ask(GATE_EXPORT_SHOW, json_pack("{s:s}", "export", id));
}

static void is_state(const char *id, const char *want, const char *what)
{
	answers(show(id), "the export is shown");
	is_str(json_str(out, "state"), want, what);
}

static void exports_are_asked_for(void)
{
	int64_t was = now_s;

	refused(export_ask(EXPORT, "ann", "note.txt"), SPE_E_NOT_AUTHORISED, "no researcher", "a checker asks for none");
	refused(export_ask(EXPORT, "cy", "nothing.txt"), SPE_E_NOT_FOUND, "request.files[1]",
		"what was not captured can't be asked for");
	refused(export_ask(EXPORT, "cy", "deep/er/a.csv"), SPE_E_INPUT, "twice", "nor can one file twice");
	refused(export_ask(EXPORT, "cy", "deep/er/A.csv"), SPE_E_INPUT, "take for one", "nor two that differ in the case of letters");
	refused(export_ask(EXPORT, "cy", "twice..csv"), SPE_E_INPUT, "\"..\"", "nor a name that no release can hold");
	refused(show(EXPORT), SPE_E_NOT_FOUND, EXPORT, "none of these is there");
	now_s = NOON + 90 * DAY;
	refused(export_ask(EXPORT, "cy", "note.txt"), SPE_E_REFUSED, "valid until 2026-12-31", "nor after the permit's end");
	now_s = NOON - 30 * DAY;
	refused(export_ask(EXPORT, "cy", "note.txt"), SPE_E_REFUSED, "valid from 2026-10-15", "nor before its beginning");
	now_s = was;
	answers(export_ask(EXPORT, "cy", "note.txt"), "the researcher asks for two outputs");
	is_int((long long)json_array_size(json_object_get(out, "files")), 2, "and both are named");
	refused(export_ask(EXPORT, "cy", "note.txt"), SPE_E_CONFLICT, "exists", "an id is taken once");
	is_state(EXPORT, "checking", "it is to be checked");
	refused(ask(GATE_MANIFEST, json_pack("{s:o,s:s}", "record", record("sped", "x"), "export", EXPORT)), SPE_E_CONFLICT,
		"file 0", "before that there is no manifest");
}

/* ---- checks ---- */

static int check_begin(const char *id, int index, struct ticket *t)
{
	int r = ask(GATE_CHECK, json_pack("{s:s,s:s,s:i}", "task", "00000c01", "export", id, "index", index));

	if (r == 0)
		ticket_take(t);
	return r;
}

static int verdict(const char *id, int index)
{
	return ask(GATE_VERDICT, json_pack("{s:s,s:s,s:i}", "task", "00000c01", "export", id, "index", index));
}

/* What a check is said to have found, beside the record of the rules. */
static struct {
	const struct count *counts;
	size_t counts_len;
	const char *rebuilt; /* NULL: the bytes as they are */
} found;

static void verdict_write(int fd, json_t *made, const char *rebuilt, size_t rebuilt_len)
{
	auto_free char *written = json_dumps(made, JSON_COMPACT);
	struct verdict_head head = { .magic = VERDICT_MAGIC, .record_len = strlen(written), .counts_len = found.counts_len,
		.rebuilt_len = rebuilt_len };

	if (io_write_all(fd, &head, sizeof(head)) < 0 || io_write_all(fd, written, strlen(written)) < 0 ||
		io_write_all(fd, found.counts, found.counts_len * sizeof(struct count)) < 0 ||
		io_write_all(fd, rebuilt, rebuilt_len) < 0)
		die("verdict");
}

static void rebuild(json_t *made, const char *bytes)
{
	char sha256[SHA256_TEXT];

	sha256_text(bytes, strlen(bytes), sha256);
	json_object_set_new(made, "sha256_out", json_string(sha256));
	json_object_set_new(made, "bytes_out", json_integer((json_int_t)strlen(bytes)));
}

/* As spe-check does: the rules on the bytes that came, what they say into the out file. */
static void check_act(struct ticket *t, const char *field, json_t *value)
{
	const char *text = json_str(t->json, "policy");
	auto_free char *bytes = NULL;
	struct policy_file f = { .name = json_str(t->json, "name"),
		.history_epoch = (uint64_t)json_int(t->json, "history_epoch") };
	struct policy_result result = { 0 };
	struct policy policy;
	bool block;

	if (io_read_at(t->input, 1 << 20, &bytes, &f.len) < 0 ||
		policy_parse(text, strlen(text), json_str(t->json, "policy_name"), &policy, &err) < 0)
		die(err.text);
	f.bytes = bytes;
	if (policy_check(&policy, &f, &result, &err) < 0)
		die(err.text);
	block = strcmp(json_str(result.record, "verdict"), "block") == 0;
	if (found.rebuilt)
		rebuild(result.record, found.rebuilt);
	if (value)
		json_object_set_new(result.record, field, value);
	if (block)
		verdict_write(t->fd, result.record, "", 0);
	else
		verdict_write(t->fd, result.record, found.rebuilt ? found.rebuilt : bytes, found.rebuilt ? strlen(found.rebuilt) : f.len);
	policy_result_free(&result);
}

static void checked(const char *id, int index, const char *field, json_t *value)
{
	struct ticket t = { .fd = -1, .input = -1 };

	answers(check_begin(id, index, &t), "a check begins");
	is_str(json_string_value(json_array_get(json_object_get(t.json, "inputs"), 0)), "output", "on the output");
	is_int(json_int(t.json, "min_count"), 12, "with the permit's smallest count");
	is_int(json_int(t.json, "max_bytes"), 100000, "and its largest size");
	check_act(&t, field, value);
	ticket_end(&t);
}

static void verdicts_are_kept(void)
{
	checked(EXPORT, 0, NULL, NULL);
	refused(verdict(EXPORT, 1), SPE_E_NOT_FOUND, "no such check", "a check is of one file");
	answers(verdict(EXPORT, 0), "the record is kept");
	ok(strcmp(json_str(out, "verdict"), "block") != 0, "and blocks nothing");
	gate_again();
	answers(verdict(EXPORT, 0), "asked again, after a restart, it answers the same");
	checked(EXPORT, 1, NULL, NULL);
	answers(verdict(EXPORT, 1), "the second file is checked as well");
}

static int manifest(const char *id)
{
	return ask(GATE_MANIFEST, json_pack("{s:o,s:s}", "record", record("sped", "export.checked"), "export", id));
}

static void the_manifest_binds_it_all(void)
{
	auto_free char *text = NULL;
	auto_json json_t *j = NULL;
	char sha256[SHA256_TEXT], first[SHA256_TEXT];
	size_t len;

	answers(manifest(EXPORT), "the manifest is made");
	is_str(json_str(out, "state"), "pending", "and the export is to be decided on");
	snprintf(first, sizeof(first), "%s", json_str(out, "manifest_sha256"));
	answers(manifest(EXPORT), "asked again");
	is_str(json_str(out, "manifest_sha256"), first, "it is the same");
	answers(ask(GATE_OPEN, json_pack("{s:o,s:s,s:s,s:s}", "record", record("ann", "review.open"), "export", EXPORT, "what",
		"manifest", "name", "")), "a checker reads it");
	io_read_at(out_fd, 1 << 20, &text, &len);
	sha256_text(text, len, sha256);
	is_str(sha256, first, "byte by byte");
	put("manifest", text);
	json_parse(text, len, "manifest", &j, &err);
	is_int(json_int(j, "decisions_needed"), 3, "the policy wants more decisions than the permit: so many are needed");
	is_int(json_int(json_object_get(j, "permit"), "version"), 2, "it names the permit's version");
	is_str(json_str(json_object_get(j, "policy"), "name"), "test", "and the policy as its own text does, whatever the engine called it");
	answers(opens(EXPORT, "file", "note.txt"), "a checker opens a file");
	only_checkers_read();
	refused(opens(EXPORT, "file", "../policy"), SPE_E_NOT_FOUND, "no file", "but only one of the export");
}

/* Whatever the checker did, what it did not say about these bytes blocks. */
static void odd_records_block(void)
{
	static const struct {
		const char *field, *value, *what;
	} odd[] = {
		{ "sha256_in", "\"00\"", "a record of other bytes" },
		{ "file", "\"other.csv\"", "a record of another file" },
		{ "bytes", "3", "a record of another size" },
		{ "params_id", "\"00\"", "a record of another policy" },
		{ "checks", "[]", "a verdict without findings" },
		{ "checks", "[{\"id\":\"x\",\"outcome\":\"block\"}]", "a verdict that does not follow" },
		{ "more", "1", "a record with more in it" },
	};
	size_t i;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		char id[SPE_ID_TEXT];

		spe_id_text(id, 0xbad00u + (uint32_t)i);
		answers(export_ask(id, "cy", "note.txt"), "an export is asked for");
		checked(id, 0, odd[i].field, json_loads(odd[i].value, JSON_DECODE_ANY, NULL));
		answers(verdict(id, 0), "its first file is checked");
		is_str(json_str(out, "verdict"), "block", odd[i].what);
	}
}

static void a_failed_check_blocks(void)
{
	struct ticket t = { .fd = -1, .input = -1 };

	answers(export_ask("000b10c0", "cy", "note.txt"), "an export is asked for");
	checked("000b10c0", 0, NULL, NULL);
	answers(verdict("000b10c0", 0), "one file passes");
	answers(check_begin("000b10c0", 1, &t), "the check of the other");
	ended = (struct msg_state){ .type = MSG_STATE, .end = END_SIGNAL, .value = 9, .limits = LIMIT_MEMORY };
	ticket_end(&t);
	ended = well;
	answers(verdict("000b10c0", 1), "does not end well");
	is_str(json_str(out, "verdict"), "block", "and blocks");
	has_str(json_str(json_array_get(json_object_get(json_object_get(out, "record"), "checks"), 0), "detail"),
		"more memory", "with the reason");
	answers(manifest("000b10c0"), "the manifest");
	is_str(json_str(out, "state"), "blocked", "says that it is blocked");
	answers(ask(GATE_WITHDRAW, json_pack("{s:o,s:s}", "record", record("cy", "export.withdraw"), "export", "000b10c0")),
		"it can be withdrawn");
	is_state("000b10c0", "withdrawn", "and is");
}

/* ---- decisions ---- */

static int decide(const char *id, const char *person, const char *key, const char *ns, const char *bytes)
{
	auto_free char *armor = sign(key, ns, bytes);

	return ask(GATE_DECIDE, json_pack("{s:o,s:s,s:s,s:s,s:s,s:s}", "record", record(person, "export.decide"), "export", id,
		"person", person, "verdict", "approve", "signature", armor, "comment", ""));
}

/* With these words, and what key signs of an approval that says other; NULL: it signs nothing. */
static int approve_saying(const char *id, const char *person, const char *text, const char *comment, const char *other, const char *key)
{
	auto_free char *armor = sign(person, "spe-decision", text), *line = NULL, *said = NULL;
	char sha256[SHA256_TEXT];

	sha256_text(text, strlen(text), sha256);
	if (other && asprintf(&line, "{\"format\":\"spe-approve-1\",\"manifest\":\"%s\",\"comment\":\"%s\"}\n", sha256, other) < 0)
		die("asprintf");
	said = line ? sign(key, "spe-decision", line) : NULL;
	return ask(GATE_DECIDE, json_pack("{s:o,s:s,s:s,s:s,s:s,s:s,s:s*}", "record", record(person, "export.decide"), "export", id, "person",
		person, "verdict", "approve", "signature", armor, "comment", comment, "comment_signature", said));
}

static void the_comment_of_an_approval_is_signed(const char *text)
{
	refused(approve_saying(EXPORT, "ann", text, "fine", NULL, NULL), SPE_E_INPUT, "a signature of its own", "an approval says nothing unsigned");
	refused(approve_saying(EXPORT, "ann", text, "fine", "fin", "ann"), SPE_E_NOT_AUTHORISED, "", "nor other words than were signed");
	refused(approve_saying(EXPORT, "ann", text, "fine", "fine", "bo"), SPE_E_NOT_AUTHORISED, "", "nor what another checker signed");
	refused(approve_saying(EXPORT, "ann", text, "", "", "ann"), SPE_E_INPUT, "nothing else", "nor is nothing signed");
	answers(approve_saying(EXPORT, "ann", text, "fine", "fine", "ann"), "a checker approves and says why");
	is_str(json_str(out, "state"), "pending", "alone that is not enough");
	ask(GATE_EXPORT_SHOW, json_pack("{s:s}", "export", EXPORT));
	is_str(json_str(json_array_get(json_object_get(out, "decisions"), 0), "comment"), "fine", "and why is shown");
}

static int release(const char *id)
{
	return ask(GATE_RELEASE, json_pack("{s:o,s:s}", "record", record("sped", "export.release"), "export", id));
}

/* The engine chooses among root's policies and brings none. */
static void other_policies_are_refused(void)
{
	json_t *in = export_request("0000e0ff", "cy", "note.txt");

	json_object_set_new(json_object_get(in, "policy"), "text", json_string("name = \"test\"\nmin-count = 1\nmax-bytes = 100000\n"
		"max-rows = 50\ndecisions = 1\ntypes = {\"csv\", \"txt\"}\nshow-names = true\nshow-sizes = false\nshow-exit = true\n"));
	refused(ask(GATE_EXPORT, in), SPE_E_REFUSED, "none of those that root has installed", "a policy of the engine's own is refused");
}

static void wrong_decisions_are_refused(const char *text)
{
	auto_free char *bent = strdup(text);
	int64_t was = now_s;

	bent[strlen(bent) / 2] ^= 1;
	refused(decide(EXPORT, "ann", "stray", "spe-decision", text), SPE_E_NOT_AUTHORISED, "not a registered key",
		"an unregistered key decides nothing");
	refused(decide(EXPORT, "ann", "bo", "spe-decision", text), SPE_E_NOT_AUTHORISED, "not a registered key of ann",
		"nor does the key of another checker");
	refused(decide(EXPORT, "ann", "ann", "spe-release", text), SPE_E_NOT_AUTHORISED, "another purpose",
		"nor a signature made for something else");
	refused(decide(EXPORT, "ann", "ann", "spe-decision", bent), SPE_E_NOT_AUTHORISED, "",
		"nor one of other bytes");
	refused(decide(EXPORT, "cy", "cy", "spe-decision", text), SPE_E_NOT_AUTHORISED, "asked for",
		"who asked does not decide");
	refused(decide(EXPORT, "dee", "dee", "spe-decision", text), SPE_E_NOT_AUTHORISED, "no checker",
		"nor who is no checker");
	now_s = NOON + 90 * DAY;
	refused(decide(EXPORT, "ann", "ann", "spe-decision", text), SPE_E_REFUSED, "valid until", "nor who is late");
	now_s = was;
	refused(release(EXPORT), SPE_E_REFUSED, "0 of the 3", "nothing is approved, nothing is released");
}

/* As a decision was kept before there was a registry. */
static void forget_the_entry(const char *id, const char *person)
{
	auto_json json_t *j = NULL;
	char path[STORE_PATH];

	snprintf(path, sizeof(path), "exports/%s/decisions/%s.json", id, person);
	ok(store_json(g, path, &j, &err) == 0 && json_object_get(j, "registry"), "a decision names the entry of the registry");
	json_object_del(j, "registry");
	is_int(store_write_json(g, "export.decision", "FI-1", json_object(), path, j, &err), 0, "one of an earlier version does not");
}

static void decisions_are_taken(void)
{
	auto_free char *text = get("manifest", NULL);

	other_policies_are_refused();
	wrong_decisions_are_refused(text);
	the_comment_of_an_approval_is_signed(text);
	is_str(json_str(out, "state"), "pending", "others have to");
	is_int(json_int(out, "approvals"), 1, "one approval");
	refused(decide(EXPORT, "ann", "ann", "spe-decision", text), SPE_E_CONFLICT, "already", "nobody decides twice");
	answers(person_key("ann", "ann2"), "not even with a second key");
	refused(decide(EXPORT, "ann", "ann2", "spe-decision", text), SPE_E_CONFLICT, "already", "of their own");
	refused(release(EXPORT), SPE_E_REFUSED, "1 of the 3", "one approval releases nothing");
	forget_the_entry(EXPORT, "ann");
	refused(release(EXPORT), SPE_E_REFUSED, "1 of the 3", "a vote from before the registry counts with the key that two signed since");
	answers(decide(EXPORT, "bo", "bo", "spe-decision", text), "a second checker approves");
	refused(release(EXPORT), SPE_E_REFUSED, "2 of the 3", "two do not where the policy wants three");
	key_make("eve");
	answers(person_key("eve", "eve"), "the third checker has a key");
	now_s += 60;
	answers(decide(EXPORT, "eve", "eve", "spe-decision", text), "and approves");
	is_str(json_str(out, "state"), "approved", "that is enough");
	is_state(EXPORT, "approved", "and stays so over a restart");
	is_int((long long)json_array_size(json_object_get(out, "decisions")), 3, "with its decisions");
}

static char *opened(const char *id)
{
	char *text = NULL;
	size_t len;

	answers(ask(GATE_OPEN, json_pack("{s:o,s:s,s:s,s:s}", "record", record("ann", "review.open"), "export", id, "what",
		"manifest", "name", "")), "its manifest is read");
	io_read_at(out_fd, 1 << 20, &text, &len);
	return text;
}

static void pending_export(const char *id)
{
	answers(export_ask(id, "cy", "note.txt"), "an export is asked for");
	checked(id, 0, NULL, NULL);
	answers(verdict(id, 0), "checked");
	checked(id, 1, NULL, NULL);
	answers(verdict(id, 1), "checked");
	answers(manifest(id), "and bound together");
}

static int send_back(const char *verdict, const char *format, const char *id, const char *person, const char *manifest_sha256,
	const char *signed_comment)
{
	auto_json json_t *j = json_pack("{s:s,s:s,s:s}", "format", format, "manifest", manifest_sha256, "comment",
		signed_comment);
	auto_free char *line = json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER), *statement = NULL, *armor = NULL;

	if (asprintf(&statement, "%s\n", line) < 0)
		die("asprintf");
	armor = sign(person, "spe-decision", statement);
	return ask(GATE_DECIDE, json_pack("{s:o,s:s,s:s,s:s,s:s,s:s,s:s}", "record", record(person, "export.decide"),
		"export", id, "person", person, "verdict", verdict, "signature", armor, "comment", "too \"detailed\"",
		"statement", statement));
}

static int reject(const char *id, const char *person, const char *manifest_sha256, const char *signed_comment)
{
	return send_back("reject", "spe-reject-1", id, person, manifest_sha256, signed_comment);
}

static int comment(const char *id, const char *person, const char *text)
{
	return ask(GATE_COMMENT, json_pack("{s:o,s:s,s:s,s:s}", "record", record(person, "export.comment"), "export", id, "person", person,
		"text", text));
}

static int revise(const char *id, const char *other)
{
	json_t *c = export_request(id, "cy", "note.txt");

	json_object_set_new(c, "revises", json_string(other));
	return ask(GATE_EXPORT, c);
}

/* Who asks is told the same of both, but for the number. */
static void others_exports_are_as_none(void)
{
	static const char text[] = "{\"workspace\":\"FI-8\",\"requester\":\"cy\",\"decisions_needed\":1,\"files\":[]}";
	struct store_file f = { .path = "exports/0000e0be/request.json", .p = text, .len = sizeof(text) - 1 };
	struct spe_error none;

	answers(store_write(g, "test", "FI-8", json_object(), &f, 1, &err), "there is an export under another permit");
	is_state("0000e0be", "checking", "which is shown to whom it concerns");
	refused(revise("0000e0b1", "0000e0bf"), SPE_E_NOT_FOUND, "no export 0000e0bf", "what never was is not revised");
	none = err;
	refused(revise("0000e0b1", "0000e0be"), SPE_E_NOT_FOUND, "no export 0000e0be", "nor is what is of another permit");
	*strstr(none.text, "0000e0bf") = *strstr(err.text, "0000e0be") = '\0';
	is_str(err.text, none.text, "by the same words");
	is_str(err.remedy, none.remedy, "and as much help");
}

/* As a rejection, with a statement of its own; and it is the one that may be revised. */
static void one_return_is_enough(void)
{
	char sha256[SHA256_TEXT];
	auto_free char *text = NULL;

	pending_export("0000e0b0");
	text = opened("0000e0b0");
	sha256_text(text, strlen(text), sha256);
	refused(send_back("return", "spe-reject-1", "0000e0b0", "ann", sha256, "too \"detailed\""), SPE_E_INPUT, "request.statement",
		"a rejection's statement returns nothing");
	refused(send_back("reject", "spe-return-1", "0000e0b0", "ann", sha256, "too \"detailed\""), SPE_E_INPUT, "request.statement",
		"nor does a return's reject");
	refused(send_back("retain", "spe-return-1", "0000e0b0", "ann", sha256, "too \"detailed\""), SPE_E_INPUT, "request.verdict",
		"there are three verdicts");
	answers(comment("0000e0b0", "ann", "which year?"), "a checker asks");
	answers(comment("0000e0b0", "cy", "2021"), "a researcher answers");
	is_int((long long)json_array_size(json_object_get(out, "thread")), 2, "both are kept");
	refused(comment("0000e0b0", "zoe", "hello"), SPE_E_NOT_AUTHORISED, "neither researcher nor checker", "of people of the permit");
	refused(comment("0000e0b0", "cy", ""), SPE_E_INPUT, "request.text", "who say something");
	refused(revise("0000e0b1", "0000e0b0"), SPE_E_CONFLICT, "is pending", "what can still leave is not revised");
	answers(decide("0000e0b0", "bo", "bo", "spe-decision", text), "one approves");
	answers(send_back("return", "spe-return-1", "0000e0b0", "ann", sha256, "too \"detailed\""), "one returns");
	is_str(json_str(out, "state"), "returned", "and it is returned");
	refused(decide("0000e0b0", "eve", "eve", "spe-decision", text), SPE_E_CONFLICT, "returned", "for good");
	refused(release("0000e0b0"), SPE_E_REFUSED, "returned", "and never released");
	others_exports_are_as_none();
	answers(revise("0000e0b1", "0000e0b0"), "it is revised");
	answers(ask(GATE_EXPORT_SHOW, json_pack("{s:s}", "export", "0000e0b1")), "shown");
	is_str(json_str(out, "revises"), "0000e0b0", "with what it revises");
}

/* Last of all: each file of the gate makes what follows slower. */
static void a_thread_ends(void)
{
	int i;

	for (i = 2; i < 100; i++)
		if (comment("0000e0b0", "cy", "and") < 0)
			break;
	is_int(i, 100, "a hundred comments are taken");
	refused(comment("0000e0b0", "cy", "and"), SPE_E_CONFLICT, "100 comments", "and no more");
}

static void one_rejection_is_enough(void)
{
	char sha256[SHA256_TEXT];
	auto_free char *text = NULL;

	pending_export("0000e002");
	text = opened("0000e002");
	sha256_text(text, strlen(text), sha256);
	refused(reject("0000e002", "ann", sha256, "another reason"), SPE_E_INPUT, "request.statement",
		"a rejection is signed with its own reason");
	refused(reject("0000e002", "ann", "00", "too \"detailed\""), SPE_E_INPUT, "request.statement", "and of this manifest");
	answers(decide("0000e002", "bo", "bo", "spe-decision", text), "one approves");
	answers(reject("0000e002", "ann", sha256, "too \"detailed\""), "one rejects");
	is_str(json_str(out, "state"), "rejected", "and it is rejected");
	refused(decide("0000e002", "eve", "eve", "spe-decision", text), SPE_E_CONFLICT, "rejected", "for good");
	refused(release("0000e002"), SPE_E_REFUSED, "rejected", "and never released");
	refused(ask(GATE_WITHDRAW, json_pack("{s:o,s:s}", "record", record("cy", "x"), "export", "0000e002")), SPE_E_CONFLICT,
		"can't be withdrawn", "nor withdrawn");
}

static void where_exports_stand_is_told_at_once(void)
{
	auto_free char *text = NULL;

	answers(ask(GATE_EXPORTS, json_pack("{s:[s,s]}", "exports", "0000e002", "0000eeee")), "two exports are asked after");
	text = json_dumps(out, JSON_COMPACT | JSON_SORT_KEYS);
	is_str(text, "{\"items\":[{\"checked\":true,\"comments\":0,\"decided\":[\"bo\",\"ann\"],\"export\":\"0000e002\",\"over\":false}]}",
		"the one that there is, with those who have decided");
	refused(ask(GATE_EXPORTS, json_pack("{s:[s]}", "exports", "../0002")), SPE_E_INPUT, "request.exports[0]", "ids are ids");
	refused(ask(GATE_EXPORTS, json_pack("{s:s}", "exports", "0000e002")), SPE_E_INPUT, "exports", "in a list");
}

/* ---- the release ---- */

static char released_sha256[SHA256_TEXT];

static int fetch(const char *name)
{
	auto_free char *bytes = NULL;
	size_t len;
	int r = ask(GATE_FETCH, json_pack("{s:o,s:s}", "record", record("cy", "export.fetch"), "export", EXPORT));

	if (r == 0 && io_read_at(out_fd, 16 << 20, &bytes, &len) == 0)
		put_bytes(name, bytes, len);
	return r;
}

static void stock_tools_verify_it(void)
{
	static const char *const untar[] = { "tar", "-xf", "release.tar", NULL };
	static const char *const sums[] = { "sh", "-c", "cd spe-release-" EXPORT " && sha256sum -c SHA256SUMS", NULL };
	static const char *const gate[] = { "ssh-keygen", "-Y", "verify", "-f", "spe-release-" EXPORT "/gate", "-I", "spe-gate",
		"-n", "spe-release", "-s", "spe-release-" EXPORT "/SHA256SUMS.sig", NULL };
	static const char *const checker[] = { "ssh-keygen", "-Y", "verify", "-f", "spe-release-" EXPORT "/checkers", "-I",
		"bo", "-n", "spe-decision", "-s", "spe-release-" EXPORT "/decisions/bo.sig", NULL };
	auto_free char *text = NULL;

	is_int(run("/dev/null", untar), 0, "tar unpacks the release");
	is_int(run("/dev/null", sums), 0, "sha256sum verifies its files");
	is_int(run("spe-release-" EXPORT "/SHA256SUMS", gate), 0, "ssh-keygen verifies the gate's signature");
	is_int(run("spe-release-" EXPORT "/manifest.json", checker), 0, "and a checker's");
	text = get("spe-release-" EXPORT "/files/deep/er/a.csv", NULL);
	is_str(text, table_text, "and the output is what the job wrote");
}

static bool outsider_believes(int fd)
{
	const struct verify_keys keys = { .gate = g->release_key };
	auto_json json_t *record = NULL;

	if (lseek(fd, 0, SEEK_SET) != 0)
		die("release.tar");
	return verify_release(fd, &keys, &record, &err) == 0 && json_flag(record, "verified");
}

static bool gate_believes(const char *path)
{
	auto_json json_t *problems = json_array();

	store_check(g, path, problems);
	return json_array_size(problems) != 1 || !strstr(json_string_value(json_array_get(problems, 0)), path);
}

/* Another bit of each of these bytes, of the first ones all: how many believe it. */
static int headers_believed(int fd, const char *path, off_t head, unsigned bits)
{
	auto_close int kept = openat(state, path, O_RDWR | O_CLOEXEC);
	int believed = 0;
	off_t at;

	for (at = head; at < head + 512; at++) {
		unsigned bit;
		char byte;

		if (pread(fd, &byte, 1, at) != 1)
			die(path);
		for (bit = 0; bit < 8; bit++) {
			const char other = (char)(byte ^ (1 << bit));

			if (bits == 1 && bit != at % 8)
				continue;
			if (pwrite(fd, &other, 1, at) != 1 || pwrite(kept, &other, 1, at) != 1)
				die(path);
			if (outsider_believes(fd) && ++believed)
				printf("# byte %lld as 0x%02x, to an outsider\n", (long long)at, (unsigned char)other);
			if (gate_believes(path) && ++believed)
				printf("# byte %lld as 0x%02x, to the gate\n", (long long)at, (unsigned char)other);
		}
		if (pwrite(fd, &byte, 1, at) != 1 || pwrite(kept, &byte, 1, at) != 1)
			die(path);
	}
	return believed;
}

/* What a header says no signature covers. */
static void headers_of_a_release_count(void)
{
	const char *path = "releases/" EXPORT ".tar";
	auto_close int fd = open("release.tar", O_RDWR | O_CLOEXEC);
	int believed = 0, count = 0;
	off_t at = 0;
	char head[512];

	ok(outsider_believes(fd), "an outsider believes the release");
	if (fchmodat(state, path, 0600, 0) < 0)
		die(path);
	while (pread(fd, head, sizeof(head), at) == sizeof(head) && head[0]) {
		const off_t size = strtol(head + 124, NULL, 8);

		believed += headers_believed(fd, path, at, count++ ? 1 : 8);
		at += 512 + (size + 511) / 512 * 512;
	}
	ok(count > 8, "it has a header for each file");
	is_int(believed, 0, "each byte of each of them counts, for the gate and an outsider");
	ok(outsider_believes(fd), "as it was it is believed");
}

static void it_is_released_once(void)
{
	int64_t was = now_s;

	refused(fetch("release.tar"), SPE_E_CONFLICT, "not been released", "before, there is nothing to fetch");
	now_s = NOON + 90 * DAY;
	refused(release(EXPORT), SPE_E_REFUSED, "valid until", "nothing is released after the permit's end");
	now_s = was;
	answers(release(EXPORT), "it is released");
	snprintf(released_sha256, sizeof(released_sha256), "%s", json_str(out, "sha256"));
	is_int((long long)strlen(released_sha256), 64, "with a hash");
	now_s += DAY;
	answers(release(EXPORT), "asked again");
	is_str(json_str(out, "sha256"), released_sha256, "it is the same release");
	is_state(EXPORT, "released", "and the export says so");
	answers(fetch("release.tar"), "it can be fetched");
	stock_tools_verify_it();
	headers_of_a_release_count();
}

static void a_lost_release_is_made_again(void)
{
	unlinkat(state, "releases/" EXPORT ".tar", 0);
	verify();
	ok(problem_names("releases/" EXPORT ".tar is in the journal but not on disk"), "a lost release is named");
	answers(release(EXPORT), "and made again when asked for");
	is_str(json_str(out, "sha256"), released_sha256, "with the same bytes");
	is_whole("and all is well");
}

/* One bit of one byte. */
static void flip(const char *path, size_t at)
{
	auto_close int fd = -1;
	char byte = 0;

	if (fchmodat(state, path, 0600, 0) < 0) /* keys are read-only */
		die(path);
	fd = openat(state, path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || pread(fd, &byte, 1, (off_t)at) != 1)
		die(path);
	byte ^= 1;
	if (pwrite(fd, &byte, 1, (off_t)at) != 1)
		die(path);
}

static void bit_flip(int fd, size_t at)
{
	uint8_t byte = 0;

	if (pread(fd, &byte, 1, (off_t)(at / 8)) != 1)
		die("a bit");
	byte ^= (uint8_t)(1u << at % 8);
	if (pwrite(fd, &byte, 1, (off_t)(at / 8)) != 1)
		die("a bit");
}

/* ---- what may leave, what was counted, and the same check again ---- */

static const char rebuilt_text[] = "arm,people\r\nLev,120\r\n";

static void approved(const char *id)
{
	auto_free char *text = opened(id);

	answers(decide(id, "ann", "ann", "spe-decision", text), "one approves");
	answers(decide(id, "bo", "bo", "spe-decision", text), "two approve");
	answers(decide(id, "eve", "eve", "spe-decision", text), "three approve");
	answers(release(id), "and it is released");
}

static char *open_as(const char *id, const char *what, const char *name)
{
	char *text = NULL;
	size_t len;

	if (opens(id, what, name) < 0 || io_read_at(out_fd, 1 << 20, &text, &len) < 0)
		return strdup("");
	return text;
}

/* Nothing ends meanwhile: for that the gate has to see the time go by. */
static void opens_after_the_permit(const char *id, const char *name, bool released)
{
	const int64_t now = now_s;

	permit_ends(g, "FI-1", &now_s, &err);
	answers(opens(id, "original", name), "on a permit's last day its checkers open what a job wrote");
	now_s++;
	refused(opens(id, "original", name), SPE_E_REFUSED, "was valid until", "afterwards no more");
	if (released)
		answers(opens(id, "file", name), "but what was released");
	else
		refused(opens(id, "file", name), SPE_E_REFUSED, "was valid until", "nor what might have left");
	now_s = now;
	gate_again();
}

static void what_is_released_is_what_was_rebuilt(void)
{
	static const char *const untar[] = { "tar", "-xf", "rebuilt.tar", NULL };
	auto_free char *given = NULL, *original = NULL, *left = NULL, *bytes = NULL;
	auto_json json_t *m = NULL;
	char sha256[SHA256_TEXT];
	const json_t *file;
	size_t len;

	answers(export_ask("0000eb01", "cy", "note.txt"), "an export is asked for");
	found.rebuilt = rebuilt_text;
	checked("0000eb01", 0, NULL, NULL);
	answers(verdict("0000eb01", 0), "whose first file the checker wrote anew");
	found.rebuilt = NULL;
	checked("0000eb01", 1, NULL, NULL);
	answers(verdict("0000eb01", 1), "and its second left as it is");
	answers(manifest("0000eb01"), "the manifest");
	original = opened("0000eb01");
	json_parse(original, strlen(original), "manifest", &m, &err);
	file = json_array_get(json_object_get(m, "files"), 0);
	sha256_text(rebuilt_text, strlen(rebuilt_text), sha256);
	is_str(json_str(file, "sha256"), sha256, "names the new bytes, on which people decide");
	is_int(json_int(file, "size"), (long long)strlen(rebuilt_text), "and how many they are");
	sha256_text(table_text, strlen(table_text), sha256);
	is_str(json_str(file, "sha256_in"), sha256, "and what they were made of");
	is_str(json_str(file, "class"), "table", "and that it is a table");
	free(spe_take_ptr(&original));
	given = open_as("0000eb01", "file", "deep/er/a.csv");
	is_str(given, rebuilt_text, "checkers open the new bytes");
	original = open_as("0000eb01", "original", "deep/er/a.csv");
	is_str(original, table_text, "and what the job wrote where they ask for it");
	opens_after_the_permit("0000eb01", "deep/er/a.csv", false);
	approved("0000eb01");
	opens_after_the_permit("0000eb01", "deep/er/a.csv", true);
	answers(ask(GATE_FETCH, json_pack("{s:o,s:s}", "record", record("cy", "export.fetch"), "export", "0000eb01")), "fetched");
	io_read_at(out_fd, 16 << 20, &bytes, &len);
	put_bytes("rebuilt.tar", bytes, len);
	is_int(run("/dev/null", untar), 0, "it is a tar");
	left = get("spe-release-0000eb01/files/deep/er/a.csv", NULL);
	is_str(left, rebuilt_text, "with the new bytes and no others");
}

static void bytes_that_the_record_does_not_name_block(void)
{
	answers(export_ask("0000eb02", "cy", "note.txt"), "an export is asked for");
	checked("0000eb02", 0, "sha256_out", json_string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
	answers(verdict("0000eb02", 0), "its check names other bytes than it gives");
	is_str(json_str(out, "verdict"), "block", "and blocks");
	checked("0000eb02", 1, "bytes_out", json_integer(3));
	answers(verdict("0000eb02", 1), "another size than it gives");
	is_str(json_str(out, "verdict"), "block", "blocks as well");
	answers(manifest("0000eb02"), "the manifest is made");
	is_str(json_str(out, "state"), "blocked", "blocked it is");
	refused(opens("0000eb02", "file", "note.txt"), SPE_E_CONFLICT, "no bytes of it", "and has nothing to open");
}

static const struct count first_counts[] = { { .key = 1, .value = 12 }, { .key = 7, .value = 120, .kind = COUNT_DROPPED },
	{ .key = 9, .value = 130 } };
static const struct count second_counts[] = { { .key = 1, .value = 12 }, { .key = 3, .value = 40, .base = 5 } };
static const struct count unsorted_counts[] = { { .key = 9, .value = 130 }, { .key = 1, .value = 12 } };

static void finds(const struct count *counts, size_t n)
{
	found.counts = counts;
	found.counts_len = n;
}

/* What a check gets as history or siblings: "KEY=VALUE/FILE ...". */
static void counts_text(const struct ticket *t, const char *name, char ret[200])
{
	int fd = ticket_input(t, name);
	size_t n = 0, at = 0;
	struct count c;

	snprintf(ret, 200, fd < 0 ? "none" : "");
	for (; fd >= 0 && pread(fd, &c, sizeof(c), (off_t)(n * sizeof(c))) == sizeof(c); n++)
		at += (size_t)snprintf(ret + at, 200 - at, "%s%d=%u/%u", n ? " " : "", (int)c.key, c.value, c.file);
}

static void gets(const char *id, int index, const char *what, const char *want, json_int_t epoch, const char *says)
{
	struct ticket t = { .fd = -1, .input = -1 };
	char text[200];

	answers(check_begin(id, index, &t), "a check begins");
	counts_text(&t, what, text);
	is_str(text, want, says);
	is_int(json_int(t.json, "history_epoch"), epoch, "with its epoch");
	ticket_end(&t);
}

static void counted(const char *id, int index, const struct count *counts, size_t n, const char *want)
{
	finds(counts, n);
	checked(id, index, NULL, NULL);
	finds(NULL, 0);
	answers(verdict(id, index), "counts come with a record");
	is_str(json_str(out, "verdict"), want, "which counts as it should");
}

static void counts_become_history(void)
{
	json_int_t epoch = (json_int_t)history_epoch(g, "FI-1");

	answers(export_ask("0000ec01", "cy", "note.txt"), "an export of two files");
	refused(ask(GATE_CHECK, json_pack("{s:s,s:s,s:i}", "task", "00000c01", "export", "0000ec01", "index", 1)), SPE_E_CONFLICT,
		"file 0", "which are checked in their order");
	gets("0000ec01", 0, "siblings", "none", epoch, "the first has no file before it");
	counted("0000ec01", 0, first_counts, 3, "pass");
	gets("0000ec01", 1, "siblings", "1=12/1 7=120/1 9=130/1", epoch, "the second gets the counts of the first, by its number");
	counted("0000ec01", 1, second_counts, 2, "pass");
	gets("0000ec01", 1, "history", "", epoch, "nothing of it is history");
	answers(manifest("0000ec01"), "it is bound together");
	approved("0000ec01");
	answers(export_ask("0000ec02", "cy", "note.txt"), "the next export");
	gets("0000ec02", 0, "history", "1=12/0 3=40/0 7=120/0 9=130/0", epoch + 1, "finds them all once, and sorted");
	counted("0000ec02", 0, unsorted_counts, 2, "block");
	answers(export_ask("0000ec03", "cy", "note.txt"), "another one");
	checked("0000ec03", 0, "history_epoch", json_integer(epoch));
	answers(verdict("0000ec03", 0), "whose check saw another history");
	is_str(json_str(out, "verdict"), "block", "is blocked");
}

static void a_lost_history_is_made_again(void)
{
	static const char *const files[] = { "counts/FI-1/set", "counts/FI-1/list.json" };
	json_int_t epoch = (json_int_t)history_epoch(g, "FI-1");
	size_t i;

	answers(export_ask("0000ec04", "cy", "note.txt"), "an export is asked for");
	for (i = 0; i < 2; i++) {
		ok(unlinkat(state, files[i], 0) == 0, files[i]);
		gets("0000ec04", 0, "history", "1=12/0 3=40/0 7=120/0 9=130/0", epoch, "lost, it is made again");
		flip(files[i], 20);
		gets("0000ec04", 0, "history", "1=12/0 3=40/0 7=120/0 9=130/0", epoch, "changed, it is as well");
	}
	counted("0000ec04", 0, unsorted_counts + 1, 1, "pass");
	counted("0000ec04", 1, NULL, 0, "pass");
	answers(manifest("0000ec04"), "bound together");
	approved("0000ec04");
	finds(NULL, 0);
}

static int replay(const char *id, int index, struct ticket *t)
{
	int r = ask(GATE_REPLAY, json_pack("{s:s,s:s,s:i}", "task", "00000c02", "export", id, "index", index));

	if (r == 0)
		ticket_take(t);
	return r;
}

static int replayed(const char *id, int index)
{
	return ask(GATE_REPLAYED, json_pack("{s:s,s:s,s:i}", "task", "00000c02", "export", id, "index", index));
}

static void replays(const char *id, int index, const char *field, json_t *value, const char *differs, const char *what)
{
	struct ticket t = { .fd = -1, .input = -1 };

	answers(replay(id, index, &t), "a check is done again");
	check_act(&t, field, value);
	ticket_end(&t);
	answers(replayed(id, index), "and compared");
	ok(json_flag(out, "same") == !*differs, what);
	is_str(json_str(out, "differs"), differs, "what differs is named");
}

static void a_check_can_be_done_again(void)
{
	struct ticket t = { .fd = -1, .input = -1 };
	json_int_t epoch = (json_int_t)history_epoch(g, "FI-1");
	char text[200];

	finds(second_counts, 2);
	replays("0000ec01", 1, NULL, NULL, "", "long after, it says the same");
	replays("0000ec01", 1, "type", json_string("png"), "type", "another type shows");
	replays("0000ec01", 1, "params_id", json_string("00"), "sha256_out", "what is no record of it at all shows");
	finds(first_counts, 3);
	replays("0000ec01", 1, NULL, NULL, "the counts", "other counts show");
	finds(NULL, 0);
	answers(replay("0000ec01", 1, &t), "the second file again");
	counts_text(&t, "siblings", text);
	is_str(text, "1=12/1 7=120/1 9=130/1", "has the sibling that it had");
	counts_text(&t, "history", text);
	is_str(text, "", "and the history of its time, not of now");
	is_int(json_int(t.json, "history_epoch"), epoch - 2, "by its epoch");
	ended = (struct msg_state){ .type = MSG_STATE, .end = END_SIGNAL, .value = 9, .limits = LIMIT_TIME };
	ticket_end(&t);
	ended = well;
	answers(replayed("0000ec01", 1), "a replay that does not end");
	ok(!json_flag(out, "same"), "is not the same");
	refused(replay("000b10c1", 0, &t), SPE_E_NOT_FOUND, "no export", "what is not there is not done again");
	answers(export_ask("0000ec05", "cy", "note.txt"), "nor what");
	refused(replay("0000ec05", 0, &t), SPE_E_CONFLICT, "not been checked", "was not checked");
	gets("0000ec05", 0, "history", "1=12/0 3=40/0 7=120/0 9=130/0", epoch, "and the present history is still whole");
}

/* ---- what lies next to an output ---- */

#define JOB2 "0000a0b2"

static void large_stream(struct buf *b, size_t sidecar)
{
	struct outputs_head h = { .kind = 'F', .name_len = htole32(12), .size = htole64(sidecar) };
	auto_free char *text = calloc(1, sidecar + 1);

	memset(text, ' ', sidecar);
	memcpy(text, "{}", 2);
	buf_add(b, OUTPUTS_MAGIC, 16);
	entry(b, 'F', 0, "deep/outputs.json", "{}");
	entry(b, 'F', 0, "note.txt", note_text);
	buf_add(b, &h, sizeof(h));
	buf_str(b, "outputs.json");
	buf_add(b, text, sidecar);
	entry(b, 'F', 0, "t.csv", "group,n\nyoung,3\n");
	entry(b, 'E', 0, "", "");
}

static void job_of(const char *id, size_t sidecar)
{
	auto_buf struct buf b = { 0 };
	struct ticket t;

	large_stream(&b, sidecar);
	answers(ask(GATE_CAPTURE, json_pack("{s:s,s:i,s:i}", "job", id, "max_files", 5, "max_bytes", 1 << 20)), "a job is captured");
	ticket_take(&t);
	io_write_all(t.fd, b.p, b.len);
	ticket_end(&t);
	answers(ingest(id), "and taken");
}

static int job_check(const char *job, int index, struct ticket *t)
{
	int r = ask(GATE_JOB_CHECK, json_pack("{s:s,s:s,s:i,s:{s:s,s:s}}", "task", "00000c03", "job", job, "index", index, "policy",
		"name", "test", "text", policy_text));

	if (r == 0)
		ticket_take(t);
	return r;
}

static int job_verdict(const char *job, int index)
{
	return ask(GATE_JOB_VERDICT, json_pack("{s:s,s:s,s:i}", "task", "00000c03", "job", job, "index", index));
}

/* What the engine had begun is in the journal, whatever it says itself. */
static void tickets_are_in_the_journal(void)
{
	static const char *const actions[] = { "ticket.stage", "ticket.intake", "ticket.check", "ticket.job-check", "ticket.replay" };
	const json_t *one;
	size_t i;

	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		answers(ask(GATE_RECORDS, json_pack("{s:i,s:i,s:s}", "from", 1, "limit", 1, "action", actions[i])), "the journal is searched");
		one = json_array_get(json_object_get(out, "items"), 0);
		is_str(json_str(one, "actor"), "spe-gate", actions[i]);
		ok(json_object_size(json_object_get(one, "object")) > 0, "which says of what");
	}
}

static void a_sidecar_comes_along(void)
{
	struct ticket t = { .fd = -1, .input = -1 };
	struct stat st;

	job_of(JOB2, 256u << 10);
	answers(job_check(JOB2, 3, &t), "an output is checked that nobody asked for");
	ok(ticket_input(&t, "sidecar") >= 0 && fstat(ticket_input(&t, "sidecar"), &st) == 0 && st.st_size == 256 << 10,
		"with the outputs.json of its job");
	ok(ticket_input(&t, "history") >= 0 && ticket_input(&t, "siblings") < 0, "with the history, and no siblings");
	finds(first_counts, 3);
	check_act(&t, NULL, NULL);
	finds(NULL, 0);
	ticket_end(&t);
	answers(job_verdict(JOB2, 3), "what was found is kept");
	is_str(json_str(out, "verdict"), "block", "a count of three blocks");
	ok(json_int(out, "block") == 1 && json_int(out, "pass") > 3, "and how many rules said what is told");
	ok(faccessat(state, "jobs/" JOB2 ".check-3.json", F_OK, 0) == 0 && faccessat(state, "jobs/" JOB2 "/check-3.counts", F_OK, 0) < 0,
		"of its counts nothing is kept");
	gate_again();
	answers(job_verdict(JOB2, 3), "asked again, after a restart, it answers the same");
	answers(job_check(JOB2, 1, &t), "another one is begun");
	ticket_end(&t);
	gate_again();
	refused(job_verdict(JOB2, 1), SPE_E_NOT_FOUND, "begin it again", "and forgotten over a restart");
	refused(job_check(JOB2, 4, &t), SPE_E_NOT_FOUND, "no output 4", "there is no fifth");
	job_of("0000a0b3", (256u << 10) + 1);
	answers(job_check("0000a0b3", 1, &t), "an outputs.json that is larger");
	ok(ticket_input(&t, "sidecar") < 0, "is not read");
	ticket_end(&t);
	answers(job_check(JOB, 0, &t), "a job without one");
	ok(ticket_input(&t, "sidecar") < 0, "has none");
	ticket_end(&t);
}

/* An export names a note alone; the outputs.json beside it was given to the note's check. */
static void a_removal_leaves_the_sidecar(void)
{
	json_t *in = export_request("0000ec06", "cy", "note.txt"), *asked;
	struct ticket t = { .fd = -1, .input = -1 };
	size_t i;

	json_object_set_new(in, "job", json_string(JOB2));
	json_array_remove(json_object_get(in, "files"), 0);
	answers(ask(GATE_EXPORT, in), "an export of the job is asked for");
	checked("0000ec06", 0, NULL, NULL);
	answers(verdict("0000ec06", 0), "and checked");
	gate_again();
	is_int(opens_to_remove("/request.json", JOB2), 1, "what no export names of that job is removed, and no request for another's is read");
	is_int(json_int(out, "removed"), 2, "two of its four outputs");
	json_array_foreach(json_object_get(json_object_get(g->permits, "FI-1"), "asked"), i, asked)
		json_object_del(asked, "job"); /* as after a journal that does not say it */
	ok(opens_to_remove("/request.json", "0000a0c3") > 1, "where the journal does not tell them apart all are read");
	is_int(opens_to_remove("/request.json", "0000a0c3"), 0, "once");
	is_int(opens_to_remove("/request.json", JOB2), 1, "and are known then");
	answers(replay("0000ec06", 0, &t), "the check is done again");
	ok(ticket_input(&t, "sidecar") >= 0, "with the outputs.json that it had");
	check_act(&t, NULL, NULL);
	ticket_end(&t);
	answers(replayed("0000ec06", 0), "and compared");
	ok(json_flag(out, "same"), "says the same");
	is_whole("and all is whole");
}

static void prints_come_along(void)
{
	struct ticket t = { .fd = -1, .input = -1 };
	const json_t *one;
	int n = 0;
	size_t i;

	answers(job_check(JOB, 0, &t), "where the permit's data have fingerprints");
	ok(ticket_input(&t, "prints") >= 0, "the check gets them");
	json_array_foreach(json_object_get(t.json, "inputs"), i, one)
		n += strcmp(json_string_value(one), "prints") == 0 && t.more[i - 1] >= 0;
	is_int(n, POLICY_PRINTS_MAX, "those of all stagings");
	ticket_end(&t);
	finds(second_counts, 2);
	replays("0000ec01", 1, NULL, NULL, "", "what needs none is the same without them");
	replays("0000ec01", 1, "type", json_string("png"), "type", "what differs is said");
	finds(NULL, 0);
}

/* ---- budgets, and decisions by class ---- */

/* How many exports count against a budget; err is why one fewer would be too few. */
static int spent_of_a_day(void)
{
	struct policy p = { .name = "tight", .day_releases = 1 };

	while (budget_check(g, "FI-1", &p, 1, 10, &err) < 0)
		p.day_releases++;
	return (int)p.day_releases - 1;
}

static void budgets_hold(void)
{
	struct policy p = { .name = "tight" };
	int64_t was = now_s;
	int before, waiting;
	size_t known;

	gate_again();
	known = json_object_size(g->ended);
	is_int(budget_check(g, "FI-1", &p, 50, 1 << 30, &err), 0, "without a budget all may be asked for");
	p.max_files = 2;
	is_int(budget_check(g, "FI-1", &p, 2, 10, &err), 0, "two files where two are taken");
	refused(budget_check(g, "FI-1", &p, 3, 10, &err), SPE_E_REFUSED, "at most 2 in one request", "three are not");
	has_str(err.remedy, "several requests", "and it is said what to do");
	p = (struct policy){ .name = "tight", .day_releases = 1000, .day_files = 1000, .day_bytes = 1 << 30 };
	is_int(budget_check(g, "FI-1", &p, 3, 10, &err), 0, "a wide budget of a day is not spent");
	is_int((long long)json_object_size(g->ended), (long long)known, "which is known without reading what was asked for");
	p.day_releases = 4;
	refused(budget_check(g, "FI-1", &p, 1, 10, &err), SPE_E_REFUSED, "4 exports leave in 24 hours under permit FI-1",
		"a narrow one is, by what was released");
	has_str(err.remedy, "ask again after 2026-11-0", "and it is said when there is more");
	is_int(budget_check(g, "FI-2", &p, 1, 10, &err), 0, "that of another permit is not");
	p.day_releases = 0;
	p.day_files = 5;
	refused(budget_check(g, "FI-1", &p, 1, 10, &err), SPE_E_REFUSED, "5 files leave", "so is that of files");
	p.day_files = 0;
	p.day_bytes = 100;
	refused(budget_check(g, "FI-1", &p, 1, 10, &err), SPE_E_REFUSED, "100 bytes leave", "and that of bytes");
	refused(budget_check(g, "FI-1", &p, 1, 101, &err), SPE_E_REFUSED, "this request has 101", "even by one request");
	has_str(err.remedy, "less in one request", "for which no waiting helps");
	json_object_clear(g->ended); /* as after a journal that does not say what was blocked */
	before = spent_of_a_day();
	ok(json_object_size(g->ended) > 0, "what was read and waits no more is remembered");
	now_s += 2 * DAY;
	waiting = spent_of_a_day();
	ok(waiting < before, "two days later there is a budget again, but for what waits");
	answers(export_ask("0000ed01", "cy", "note.txt"), "an export is asked for");
	is_int(spent_of_a_day(), waiting + 1, "which uses it before it is released");
	now_s += 2 * DAY;
	is_int(spent_of_a_day(), waiting + 1, "for as long as it waits");
	is_str(err.remedy, "ask for less, withdraw a request, or ask again when some are decided", "and no time is said when it does no more");
	answers(ask(GATE_WITHDRAW, json_pack("{s:o,s:s}", "record", record("cy", "x"), "export", "0000ed01")), "taken back");
	is_int(spent_of_a_day(), waiting, "it gives it back");
	now_s = was;
}

static int withdraw(const char *id)
{
	return ask(GATE_WITHDRAW, json_pack("{s:o,s:s}", "record", record("cy", "export.withdraw"), "export", id));
}

static json_t *request_of_most(const char *id, json_int_t most)
{
	json_t *in = export_request(id, "cy", "note.txt");

	json_object_set_new(in, "most", json_integer(most));
	return in;
}

/* What is blocked waits for nobody, which a start knows from the journal; and there is an end to asking for more. */
static void what_is_blocked_is_known_and_bounded(void)
{
	const int64_t was = now_s;
	json_int_t most = 1;
	char id[SPE_ID_TEXT];
	int i;

	gate_again();
	while (waiting_check(g, "FI-1", most, NULL) < 0)
		most++;
	now_s += 2 * DAY;
	goes_on = true;
	for (i = 0; i < 9; i++) {
		snprintf(id, sizeof(id), "0000ea%02x", (unsigned)i);
		answers(ask(GATE_EXPORT, request_of_most(id, most)), "an export is asked for");
		checked(id, 0, "sha256_out", json_string("00"));
		answers(verdict(id, 0), "whose check says something else");
		checked(id, 1, NULL, NULL);
		answers(verdict(id, 1), "of one file");
		answers(manifest(id), "so that");
		is_str(json_str(out, "state"), "blocked", "it is blocked");
	}
	goes_on = false;
	gate_again();
	is_int(opens_for("findings.json", GATE_EXPORT, request_of_most("0000ea10", most)), 0, "after a start no blocked one is read for the next request");
	refused(ask(GATE_EXPORT, request_of_most("0000ea11", 1)), SPE_E_QUOTA, "exports of permit FI-1 were asked for in 24 hours",
		"ten times as many as may wait are asked for in a day");
	has_str(err.remedy, "try: again after 2026-11-0", "and it is said when there is more");
	answers(withdraw("0000ea10"), "one is taken back");
	refused(ask(GATE_EXPORT, request_of_most("0000ea11", 1)), SPE_E_QUOTA, "were asked for in 24 hours", "which makes no room");
	now_s += DAY;
	is_int(asked_check(g, "FI-1", 1, &err), 0, "a day later there is");
	now_s = was;
}

static void classes_ask_for_decisions(void)
{
	auto_json json_t *table = json_pack("[{s:s},{s:s}]", "class", "table", "class", "text");
	auto_json json_t *image = json_pack("[{s:s,s:s},{s:s}]", "type", "csv", "class", "table", "class", "image");
	auto_json json_t *strange = json_pack("[{s:s}]", "class", "something");
	struct policy p = { .decisions_of = { [CLASS_TABLE] = 2, [CLASS_IMAGE] = 3, [CLASS_OTHER] = 9 } };

	is_int(decisions_wanted(&p, table), 2, "a table asks for what tables ask for");
	is_int(decisions_wanted(&p, image), 3, "the strictest file of an export counts");
	is_int(decisions_wanted(&p, strange), 9, "what is of no known class is of the others");
	p = (struct policy){ .decisions = 2 };
	is_int(decisions_wanted(&p, image), 0, "nothing said, nothing more is asked for");
}

static int fetch_as(const char *role)
{
	json_t *who = record("cy", "export.fetch");

	json_object_set_new(who, "role", json_string(role));
	return ask(GATE_FETCH, json_pack("{s:o,s:s}", "record", who, "export", "0000e0f0"));
}

/* A range of the same release, by PERSON; the whole of it where given says so. */
static int range_as(const char *person, const char *role, json_int_t from, json_int_t to, const char *digest)
{
	json_t *who = record(person, "export.fetch");

	json_object_set_new(who, "role", json_string(role));
	return ask(GATE_FETCH, json_pack("{s:o,s:s,s:I,s:I,s:s*}", "record", who, "export", "0000e0f0", "from", from, "to", to, "digest", digest));
}

static void is_range(int r, uint64_t from, uint64_t to, const char *what)
{
	answers(r, what);
	ok(given_bytes.ranged && given_bytes.from == from && given_bytes.to == to, "... and is given as such");
}

/* What was begun once is gone on with by who began it, for twice its bytes and no more. */
static void ranges_go_on_with_fetches(uint64_t size)
{
	const json_int_t end = (json_int_t)size - 1;
	char tag[SHA256_TEXT];

	refused(range_as("dora", "researcher", 1, INT64_MAX, NULL), SPE_E_REFUSED, "dora has begun no fetch", "another has no range of it");
	refused(range_as("dora", "researcher", -1, 1, NULL), SPE_E_REFUSED, "dora has begun no fetch", "nor its last byte");
	refused(range_as("cy", "researcher", 9, 5, NULL), SPE_E_INPUT, "request.from", "a range that ends before it begins is none");
	is_range(range_as("cy", "researcher", 100, INT64_MAX, NULL), 100, size - 1, "who began it has the rest");
	is_int((long long)strlen(given_bytes.digest), 64, "with the digest of all of it");
	snprintf(tag, sizeof(tag), "%s", given_bytes.digest);
	is_int(gate_again(), 0, "the gate starts anew");
	is_range(range_as("cy", "researcher", 0, end - 100, tag), 0, size - 101, "and has it all once more");
	is_range(range_as("cy", "researcher", -1, 200, tag), size - 200, size - 1, "to the last byte of twice of it");
	refused(range_as("cy", "researcher", end, end, tag), SPE_E_REFUSED, "for 2 times its bytes", "one more is too much");
	is_range(range_as("cy", "researcher", (json_int_t)size, INT64_MAX, tag), size, size - 1, "of what is behind the end there is nothing to refuse");
	is_range(range_as("kay", "checker", 1, 1, NULL), 1, 1, "a checker has what a checker asks for");
}

/* By the policy of the request, whatever holds later and however often the gate is started. */
static void fetches_are_counted(void)
{
	char *was = policy_text, *text;
	int64_t then = now_s;
	struct stat st;

	if (asprintf(&policy_text, "%sfetches = 2\nfetch-days = 10\n", was) < 0)
		die("asprintf");
	is_int(gate_policy(g, policy_text, strlen(policy_text), &err), 0, "a policy of two fetches within ten days");
	pending_export("0000e0f0");
	text = opened("0000e0f0");
	answers(decide("0000e0f0", "ann", "ann", "spe-decision", text), "one");
	answers(decide("0000e0f0", "bo", "bo", "spe-decision", text), "two");
	answers(decide("0000e0f0", "eve", "eve", "spe-decision", text), "three approve");
	answers(release("0000e0f0"), "it is released");
	free(text);
	free(policy_text);
	policy_text = was;
	answers(fetch_as("researcher"), "a researcher fetches it");
	ok(!given_bytes.ranged, "wholly");
	is_int(gate_again(), 0, "the gate starts anew");
	is_int(fstat(out_fd, &st), 0, "the release");
	ranges_go_on_with_fetches((uint64_t)st.st_size);
	answers(fetch_as("auditor"), "an auditor does");
	answers(range_as("cy", "researcher", 5, 9, "0000000000000000000000000000000000000000000000000000000000000000"),
		"a researcher fetches it once more: a range of what it no longer is is all of it");
	ok(!given_bytes.ranged, "wholly");
	refused(range_as("dora", "researcher", 0, INT64_MAX, NULL), SPE_E_REFUSED, "was fetched 2 times", "from the first byte on is a fetch as well");
	refused(fetch_as("researcher"), SPE_E_REFUSED, "was fetched 2 times", "and not a third time");
	refused(fetch_as("operator"), SPE_E_REFUSED, "was fetched 2 times", "nor does whoever is neither checker nor auditor");
	answers(fetch_as("checker"), "a checker may");
	now_s += 11 * DAY;
	refused(fetch_as("researcher"), SPE_E_REFUSED, "within 10 days", "after ten days it is too late besides");
	answers(fetch_as("auditor"), "for all but those who look after it");
	now_s = then;
	is_whole("all is well");
}

/* ---- what left between a check and a release ---- */

/* One of two that differ by four persons loses an approval; the other one leaves; then a key brings the approval back. */
static void what_left_meanwhile_is_met(void)
{
	static const struct count near[2] = { { .key = 77, .value = 140 }, { .key = 77, .value = 144 } };
	static const char *const ids[] = { "0000ee01", "0000ee02" };
	char *was = policy_text, *text[2], today[TIME_TEXT];
	const int64_t then = now_s;
	int i;

	policy_text = strdup("name = \"two\"\nmin-count = 10\nmax-bytes = 100000\nmax-rows = 50\ndecisions = 2\n"
		"types = {\"csv\", \"txt\"}\nshow-names = true\nshow-sizes = false\nshow-exit = true\n");
	is_int(gate_policy(g, policy_text, strlen(policy_text), &err), 0, "a policy of two decisions");
	for (i = 0; i < 2; i++) {
		answers(export_ask(ids[i], "cy", "note.txt"), "an export is asked for");
		counted(ids[i], 0, &near[i], 1, "pass");
		counted(ids[i], 1, NULL, 0, "pass");
	}
	for (i = 0; i < 2; i++) {
		answers(manifest(ids[i]), "bound together");
		text[i] = opened(ids[i]);
	}
	gate_now(g, today);
	today[10] = '\0';
	answers(eve_until(today), "eve's key is good for today");
	answers(decide(ids[0], "ann", "ann", "spe-decision", text[0]), "one approves the first");
	answers(decide(ids[0], "eve", "eve", "spe-decision", text[0]), "two do");
	now_s += DAY;
	is_state(ids[0], "pending", "tomorrow eve's approval counts no more");
	answers(decide(ids[1], "ann", "ann", "spe-decision", text[1]), "one approves the second");
	answers(decide(ids[1], "bo", "bo", "spe-decision", text[1]), "two do");
	answers(release(ids[1]), "it is released");
	answers(eve_until(NULL), "eve's key is good for longer");
	is_state(ids[0], "approved", "so the first is approved again");
	has_str(json_str(out, "stale"), "export 0000ee02 was approved after the check of export 0000ee01", "and says what keeps it");
	refused(release(ids[0]), SPE_E_CONFLICT, "differ from its counts by fewer than 12 persons", "for it does not leave beside the second");
	is_str(err.remedy, "withdraw export 0000ee01; asked for again, it is checked against that one", "and what to do is said");
	answers(withdraw(ids[0]), "it is withdrawn");
	is_state(ids[0], "withdrawn", "and over");
	answers(release(ids[1]), "the second is what it was");
	refused(withdraw(ids[1]), SPE_E_CONFLICT, "can't be withdrawn", "and does not come back");
	now_s = then;
	for (i = 0; i < 2; i++)
		free(text[i]);
	free(policy_text);
	policy_text = was;
}

static int opens_to_show(const char *part, const char *id)
{
	return opens_for(part, GATE_EXPORT_SHOW, json_pack("{s:s}", "export", id));
}

/* What waits for long is shown often, and more leaves all the time: with each release it is compared once. */
static void what_was_compared_stays_apart(void)
{
	static const struct count apart[4][1] = { { { .key = 91, .value = 140 } }, { { .key = 92, .value = 150 } }, { { .key = 93, .value = 160 } },
		{ { .key = 91, .value = 145 } } };
	static const char *const ids[] = { "0000ef00", "0000ef01", "0000ef02", "0000ef03" };
	size_t i;

	for (i = 0; i < 4; i++) {
		answers(export_ask(ids[i], "cy", "note.txt"), "an export is asked for");
		counted(ids[i], 0, apart[i], 1, "pass");
		counted(ids[i], 1, apart[i], 1, "pass");
		answers(manifest(ids[i]), "bound together");
	}
	for (i = 1; i < 3; i++)
		approved(ids[i]);
	gate_again();
	is_int(opens_to_show(".counts", ids[0]), 2 + 2 * 2, "of one that waits each file is read once, and each of two releases");
	is_int(opens_to_show(".counts", ids[0]), 0, "shown again, none is");
	ok(!json_object_get(out, "stale"), "and nothing keeps it");
	is_int(opens_to_show("exports/0000e002/", ids[0]), 0, "what was rejected is not looked at, however many decided on it");
	gate_again();
	opens_to_show(".counts", ids[0]);
	goes_on = true;
	approved(ids[3]);
	goes_on = false;
	is_int(opens_to_show(".counts", ids[0]), 2 + 1, "with that it is compared, until they meet");
	has_str(json_str(out, "stale"), "export 0000ef03 was approved after the check of export 0000ef00, and file 1", "and that keeps it");
	is_int(opens_to_show(".counts", ids[0]), 2 + 1, "for as long as it waits");
	has_str(json_str(out, "stale"), "export 0000ef03", "that keeps it");
	answers(withdraw(ids[0]), "it is taken back");
}

/* ---- crashes between the journal and its effect ---- */

static void a_crash_before_the_release_is_finished(void)
{
	auto_free char *text = NULL;
	char sha256[SHA256_TEXT];

	pending_export("0000e003");
	text = opened("0000e003");
	answers(decide("0000e003", "ann", "ann", "spe-decision", text), "one");
	answers(decide("0000e003", "bo", "bo", "spe-decision", text), "two");
	answers(decide("0000e003", "eve", "eve", "spe-decision", text), "three approve");
	answers(release("0000e003"), "it is released");
	snprintf(sha256, sizeof(sha256), "%s", json_str(out, "sha256"));
	gate_stop();
	unlinkat(state, "releases/0000e003.tar", 0); /* as if the machine had stopped after the record */
	unlinkat(state, "releases/0000e003.json", 0);
	is_int(gate_again(), 0, "the gate starts after a crash");
	is_int(faccessat(state, "releases/0000e003.tar", F_OK, 0), 0, "and has made the release");
	is_whole("all is well");
	answers(release("0000e003"), "it is released");
	is_str(json_str(out, "sha256"), sha256, "with the same bytes");
}

static void a_release_that_can_t_be_written_is_made_at_the_next_start(void)
{
	auto_free char *text = NULL;
	const char *away = "releases/0000e013.json";

	pending_export("0000e013");
	text = opened("0000e013");
	answers(decide("0000e013", "ann", "ann", "spe-decision", text), "one");
	answers(decide("0000e013", "bo", "bo", "spe-decision", text), "two");
	answers(decide("0000e013", "eve", "eve", "spe-decision", text), "three approve");
	is_int(mkdirat(state, away, 0700), 0, "something is in its place");
	refused(release("0000e013"), SPE_E_INTERNAL, "can't write", "it can't be written");
	ok(g->must_end, "the gate ends");
	answers(ask_now(GATE_RECORDS, json_pack("{s:i,s:i,s:s}", "from", 1, "limit", 100, "action", "export.release"), -1), "the journal");
	is_str(json_str(json_array_get(json_object_get(out, "items"), json_array_size(json_object_get(out, "items")) - 1), "outcome"), "ok",
		"has nothing behind the release");
	unlinkat(state, away, AT_REMOVEDIR);
	gate_stop();
	is_int(gate_again(), 0, "it starts again");
	is_int(faccessat(state, away, F_OK, 0), 0, "and has made the release");
	is_whole("all is well");
	unlinkat(state, "releases/0000e013.tar", 0);
	answers(ask(GATE_FETCH, json_pack("{s:o,s:s}", "record", record("cy", "export.fetch"), "export", "0000e013")), "one that got lost is made for who fetches it");
	is_whole("all is well");
}

/* What others do meanwhile is no problem, nor does it keep one from being found. */
static void verifying_goes_on_between_calls(void)
{
	auto_json json_t *all = NULL;
	auto_close int odd = -1;
	int n = 1, r;

	verify();
	all = json_incref(out);
	ok(verify_slowly() > 100, "all of it is verified in many small steps");
	ok(json_equal(json_object_get(out, "checked"), json_object_get(all, "checked")) && json_flag(out, "ok"), "and is what it was at once");
	answers(ask_now(GATE_VERIFY, json_pack("{s:i}", "ms", 0), -1), "it is begun");
	ok(json_flag(out, "more") && json_object_size(out) == 1, "and there is more");
	do {
		if (n % 64 == 1)
			ask_now(GATE_JOURNAL, json_pack("{s:[o],s:b}", "records", record("cy", "whoami"), "later", 1), -1);
		r = ask_now(GATE_VERIFY, json_pack("{s:i,s:b}", "ms", 0, "more", 1), -1);
		n++;
	} while (r == 0 && json_flag(out, "more"));
	is_int(r, 0, "records that come meanwhile");
	ok(json_flag(out, "ok"), "are no problem");
	ok(json_int(out, "records") > json_int(all, "records"), "and the head is the newest");
	answers(ask_now(GATE_VERIFY, json_pack("{s:i}", "ms", 0), -1), "it is begun once more");
	is_whole("who asks for all of it at once has it");
	flip("exports/0000e001/manifest.json", 3);
	ok(verify_slowly() > 100 && !json_flag(out, "ok"), "another byte is found in small steps");
	ok(problem_names("exports/0000e001/manifest.json"), "and named");
	flip("exports/0000e001/manifest.json", 3);
	if (mkdirat(state, "vault/00", 0700) < 0 && errno != EEXIST)
		die("vault/00");
	odd = openat(state, "vault/00/\377", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	answers(verify(), "a file of another name than can be said");
	ok(problem_names("vault/00/(a name that is not UTF-8) can't be read"), "is a problem, and not taken for one that was removed");
	unlinkat(state, "vault/00/\377", 0);
}

/* A gate that was killed between giving a name and syncing it finds it there, and disks know nothing of it. */
static void a_name_in_the_vault_is_synced_before_it_counts(void)
{
	char sha256[SHA256_TEXT], path[STORE_PATH];
	auto_close int fd = -1;
	struct stat st;

	if (io_memfd("of an earlier life", 18, &fd) < 0)
		die("memfd");
	is_int(vault_put(g, fd, 0, 18, sha256, NULL, &err), 0, "bytes come into the vault");
	is_int(vault_sync(g, &err), 0, "with their name");
	is_int(gate_again(), 0, "and the gate is begun again");
	snprintf(path, sizeof(path), "vault/%.2s", sha256);
	if (fstatat(state, path, &st, 0) < 0)
		die(path);
	watched = st.st_ino;
	syncs = 0;
	is_int(vault_put(g, fd, 0, 18, sha256, NULL, &err), 0, "the same bytes");
	is_int(vault_sync(g, &err), 0, "with their name");
	is_int(syncs, 1, "are taken to be there once that is on disk");
	is_int(vault_put(g, fd, 0, 18, sha256, NULL, &err) + vault_sync(g, &err), 0, "and once more");
	is_int(syncs, 1, "when that is known");
	watched = 0;
	is_int(vault_drop(g, sha256, &err), 0, "they go");
}

static int number_put(int i, char ret_sha256[SHA256_TEXT])
{
	auto_close int fd = -1;
	char text[20];

	snprintf(text, sizeof(text), "number %08d", i);
	if (io_memfd(text, 15, &fd) < 0)
		die("memfd");
	return vault_put(g, fd, 0, 15, ret_sha256, NULL, &err);
}

/* Of 300 files, of which some come to lie beside others, no place's names are synced twice, and the places' own not with each. */
static void names_in_the_vault_are_synced_together(void)
{
	char sha256[300][SHA256_TEXT];
	struct stat st;
	int i, bad = 0;

	if (fstatat(state, "vault", &st, 0) < 0)
		die("vault");
	is_int(gate_again(), 0, "the gate is begun again");
	for (i = 0; i < 300; i++) /* all places are there */
		bad += number_put(i, sha256[i]) != 0;
	is_int(bad + vault_sync(g, &err), 0, "300 outputs come into the vault");
	for (i = 0; i < 300; i++)
		vault_drop(g, sha256[i], &err);
	is_int(gate_again(), 0, "they go, and it is begun again");
	watched = st.st_ino;
	syncs = all_syncs = 0;
	for (i = 0; i < 300; i++)
		bad += number_put(i, sha256[i]) != 0;
	is_int(all_syncs, 300, "as they come again the bytes of each are synced");
	is_int(bad + vault_sync(g, &err), 0, "with their names");
	is_int(syncs, 1, "those of their places once, as they may be of an earlier life");
	ok(all_syncs > 301 && all_syncs <= 301 + 256, "and their own once for each place");
	all_syncs = 0;
	is_int(vault_sync(g, &err) + all_syncs, 0, "and then no more");
	watched = 0;
	for (i = 0; i < 300; i++)
		vault_drop(g, sha256[i], &err);
}

static void a_crash_before_a_decision_undoes_it(void)
{
	auto_free char *text = NULL;

	pending_export("0000e004");
	text = opened("0000e004");
	answers(decide("0000e004", "ann", "ann", "spe-decision", text), "one approves");
	gate_stop();
	unlinkat(state, "exports/0000e004/decisions/ann.json", 0);
	is_int(gate_again(), 0, "the gate starts after a crash");
	is_int(faccessat(state, "exports/0000e004/decisions/ann.sig", F_OK, 0), -1, "half a decision is gone");
	is_whole("all is well");
	answers(ask_now(GATE_RECORDS, json_pack("{s:i,s:i,s:s}", "from", 1, "limit", 10, "action", "gate.undone"), -1),
		"the journal");
	is_int((long long)json_array_size(json_object_get(out, "items")), 2, "says so, as it does of a removal");
	is_state("0000e004", "pending", "nothing is decided");
	answers(decide("0000e004", "ann", "ann", "spe-decision", text), "and the decision can be made again");
	is_int(json_int(out, "approvals"), 1, "once");
}

static void a_crash_before_an_entry_undoes_it(void)
{
	char path[3][STORE_PATH];
	json_int_t before;
	size_t i;

	answers(ask(GATE_REGISTRY, json_object()), "the registry");
	before = json_int(out, "entries");
	key_make("fay");
	answers(person_key("fay", "fay"), "two operators sign a key");
	gate_stop();
	for (i = 0; i < 3; i++)
		snprintf(path[i], sizeof(path[i]), "registry/%lld.%s", (long long)before + 1, (const char *[]){ "json", "2.sig", "1.sig" }[i]);
	unlinkat(state, path[0], 0);
	unlinkat(state, path[1], 0);
	is_int(gate_again(), 0, "the gate starts after a crash");
	is_int(faccessat(state, path[2], F_OK, 0), -1, "half an entry is gone");
	is_whole("all is well");
	answers(ask(GATE_REGISTRY, json_object()), "and the registry");
	is_int(json_int(out, "entries"), before, "is as it was");
	answers(person_key("fay", "fay"), "the same can be signed again");
}

/* A decision that was answered for can't be taken away: the next record came after its files. */
static void a_removed_decision_shows(void)
{
	auto_free char *kept = NULL;
	size_t len;

	answers(ask(GATE_JOURNAL, json_pack("{s:[o]}", "records", record("cy", "whoami"))), "something else happens");
	kept = get("gate/exports/0000e004/decisions/ann.json", &len);
	unlinkat(state, "exports/0000e004/decisions/ann.json", 0);
	is_int(gate_again(), 0, "a decision is removed, and the gate begun again");
	verify();
	ok(problem_names("exports/0000e004/decisions/ann.json is in the journal but not on disk"), "it is missed");
	refused(show("0000e004"), SPE_E_TAMPERED, "ann.json", "and the export does not pretend that there was none");
	put_bytes("gate/exports/0000e004/decisions/ann.json", kept, len);
	is_whole("put back, all is well");
}

static void a_torn_last_line_is_cut(void)
{
	auto_close int fd = -1;

	gate_stop();
	fd = openat(state, "journal/journal.jsonl", O_WRONLY | O_APPEND | O_CLOEXEC);
	io_write_all(fd, "{\"seq\":12,\"ti", 13);
	is_int(gate_again(), 0, "the gate starts on a torn journal");
	is_whole("and all is well");
	answers(ask_now(GATE_RECORDS, json_pack("{s:i,s:i,s:s}", "from", 1, "limit", 10, "action", "journal.recovered"), -1),
		"the journal");
	is_int(json_int(json_object_get(json_array_get(json_object_get(out, "items"), 0), "object"), "bytes"), 13,
		"says how much was cut");
}

/* ---- one byte ---- */

static void flips_show(const char *path, const char *part)
{
	struct stat st;
	size_t at[3], i;
	char what[400];
	bool good = true;

	if (fstatat(state, path, &st, 0) < 0 || st.st_size == 0)
		die(path);
	at[0] = 0;
	at[1] = (size_t)st.st_size / 2;
	at[2] = (size_t)st.st_size - 1;
	for (i = 0; i < 3; i++) {
		flip(path, at[i]);
		verify();
		good &= !json_flag(out, "ok") && problem_names(part);
		flip(path, at[i]);
	}
	verify();
	good &= json_flag(out, "ok");
	snprintf(what, sizeof(what), "one other byte in %s is found and named", path);
	ok(good, what);
}

/* A byte in each of some files; to read all that is kept again for each byte of each is many times the work for the same code. */
#define SOME 8
static void some_show(char path[SOME][STORE_PATH], const size_t at[SOME], size_t n)
{
	char what[400];
	size_t i;

	for (i = 0; i < n; i++)
		flip(path[i], at[i]);
	verify();
	for (i = 0; i < n; i++) {
		snprintf(what, sizeof(what), "another byte %zu of %s is found and named", at[i], path[i]);
		ok(!json_flag(out, "ok") && problem_names(path[i]), what);
		flip(path[i], at[i]);
	}
}

/* Each bit of the first bytes of a file in the vault: how many are not seen, or not named. */
static int bits_unseen(const char *path)
{
	auto_close int fd = openat(state, path, O_RDWR | O_CLOEXEC);
	struct stat st;
	int unseen = 0;
	size_t at;

	if (fd < 0 || fstat(fd, &st) < 0)
		die(path);
	for (at = 0; at < 64 * 8 && at < (size_t)st.st_size * 8; at++) {
		auto_json json_t *problems = json_array();

		bit_flip(fd, at);
		vault_check(g, path, problems);
		bit_flip(fd, at);
		unseen += json_array_size(problems) != 1 || !strstr(json_string_value(json_array_get(problems, 0)), path);
	}
	return unseen;
}

static void every_byte_counts(void)
{
	auto_json json_t *files = NULL, *outputs = NULL;
	const char *group, *name;
	char some[SOME][STORE_PATH];
	json_t *of, *sha256;
	size_t at[SOME], i, n = 0, all = 0;

	is_int(gate_again(), 0, "the gate is whole");
	is_whole("before");
	files = json_deep_copy(g->files);
	json_object_foreach(files, group, of)
		json_object_foreach(of, name, sha256) {
			struct stat st;

			snprintf(some[n], sizeof(some[n]), "%s/%s", group, name);
			if (fstatat(state, some[n], &st, 0) < 0)
				die(some[n]);
			if (st.st_size == 0) /* a key that was destroyed has no byte */
				continue;
			at[n++] = all % 3 == 0 ? 0 : all % 3 == 1 ? (size_t)st.st_size / 2 : (size_t)st.st_size - 1;
			all++;
			if (n == SOME) {
				some_show(some, at, n);
				n = 0;
			}
		}
	some_show(some, at, n);
	is_whole("with each of them as it was");
	store_json(g, "jobs/" JOB ".json", &outputs, &err);
	json_array_foreach(json_object_get(outputs, "outputs"), i, of) {
		char path[STORE_PATH];

		snprintf(path, sizeof(path), "vault/%.2s/%s", json_str(of, "sha256"), json_str(of, "sha256"));
		flips_show(path, path);
		is_int(bits_unseen(path), 0, "nor is any bit of its beginning unseen");
	}
	flips_show("journal/journal.jsonl", "journal line");
	flips_show("journal/checkpoints.jsonl", "journal/checkpoints.jsonl line");
	flips_show("keys/master.key", "keys/master.key");
	flips_show("keys/release.key", "keys/release.key");
}

static void what_does_not_belong_is_named(void)
{
	static const char *const strange[] = { "exports/" EXPORT "/decisions/mal.sig", "releases/0000beef.tar",
		"permits/FI-1/9.json", "vault/ab/abcd", "keys/more.jsonl" };
	size_t i;

	mkdirat(state, "vault/ab", 0700);
	for (i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
		auto_close int fd = openat(state, strange[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		char what[200];

		io_write_all(fd, "x", 1);
		verify();
		snprintf(what, sizeof(what), "%s, which nobody journalled, is named", strange[i]);
		ok(!json_flag(out, "ok") && problem_names(strange[i]), what);
		unlinkat(state, strange[i], 0);
	}
	is_whole("without them all is well");
}

static void keys_run_out(const char *text)
{
	char today[TIME_TEXT];
	int64_t was = now_s;

	gate_now(g, today);
	today[10] = '\0';
	answers(eve_until(today), "eve's key is good for today");
	now_s += DAY;
	refused(decide("0000e004", "eve", "eve", "spe-decision", text), SPE_E_NOT_AUTHORISED, "not valid today", "tomorrow it signs nothing");
	now_s = was;
	answers(decide("0000e004", "eve", "eve", "spe-decision", text), "three approve");
	now_s += DAY;
	refused(release("0000e004"), SPE_E_REFUSED, "2 of the 3", "the next day that is too late: the key ran out before the release");
	answers(eve_until(NULL), "set anew, it counts again");
	is_state("0000e004", "approved", "and so does what it signed");
}

/* The next version of the permit, in which a field is another: value is stolen, NULL leaves all as it is. */
static void amended(int version, const char *field, json_t *value)
{
	auto_free char *before = NULL, *text = NULL;
	char path[STORE_PATH], digest[SHA256_TEXT];
	size_t len;

	snprintf(path, sizeof(path), "permits/FI-1/%d.json", version - 1);
	answers(store_read(g, path, &before, &len, &err), "the permit as it is");
	sha256_text(before, len, digest);
	text = permit_text(version, digest, field, value);
	answers(permit_import(text, "issuer", "spe-permit"), "is amended");
}

/* The permit that a release was made under is not one to a later sped; or it was changed, which nothing explains. */
static void old_permits_are_read_no_more(void)
{
	struct store_file f = { .path = "permits/FI-1/7.json", .p = "{}", .len = 2 };
	auto_export struct export x = { .request = NULL }, changed = { .request = NULL };
	json_t *released;

	answers(store_write(g, "permit.import", "FI-1", json_object(), &f, 1, &err), "a permit without its fields");
	answers(export_load(g, "0000e004", &x, &err), "a release under another");
	ok(x.then && x.then->version == 2, "has that");
	released = (json_t *)(uintptr_t)export_released(g, &x);
	export_free(&x);
	json_object_set_new(released, "permit_version", json_integer(7));
	answers(export_load(g, "0000e004", &x, &err), "under this one it is there");
	ok(!x.then && export_is(&x, "released"), "as one of which that was not kept");
	flip("permits/FI-1/7.json", 0);
	refused(export_load(g, "0000e004", &changed, &err), SPE_E_TAMPERED, "permits/FI-1/7.json", "a permit that was changed is told");
	flip("permits/FI-1/7.json", 0);
	gate_again();
}

/* A release that was made otherwise than the journal says now. */
static void told_otherwise(const char *field, json_int_t value)
{
	auto_export struct export x = { .request = NULL };

	gate_again();
	answers(export_load(g, "0000e004", &x, &err), "a release");
	json_object_set_new((json_t *)(uintptr_t)export_released(g, &x), field, json_integer(value));
	verify();
}

static void releases_are_held_to_their_rule(void)
{
	told_otherwise("permit_version", 3);
	ok(problem_names("exports/0000e004 was released without the decisions it needs"), "under a permit with another checker it was not to be");
	told_otherwise("registry", 3);
	ok(problem_names("exports/0000e004 was released without the decisions it needs"), "nor before their keys were registered");
	told_otherwise("valid_at", now_s + 3);
	ok(problem_names("releases/0000e004.tar: it is not made of its manifest"), "a tar of something else is no release");
	gate_again();
}

/* Who was a checker when it was released decided on it, whatever the permit says later. */
static void checkers_leave(void)
{
	size_t len, again_len;
	auto_free char *before = get("gate/releases/0000e004.tar", &len), *again = NULL;

	amended(3, "persons", json_loads("[{\"id\":\"cy\",\"roles\":[\"principal-investigator\",\"researcher\"]},"
		"{\"id\":\"ann\",\"roles\":[\"checker\"]},{\"id\":\"eve\",\"roles\":[\"checker\"]}]", 0, NULL));
	is_state("0000e004", "released", "bo is no checker any more, and the release is one");
	is_int(json_int(out, "approvals"), 3, "with bo's approval");
	unlinkat(state, "releases/0000e004.tar", 0);
	answers(release("0000e004"), "lost, it is made again");
	again = get("gate/releases/0000e004.tar", &again_len);
	ok(len == again_len && memcmp(before, again, len) == 0, "with the same bytes");
	releases_are_held_to_their_rule();
	amended(4, NULL, NULL);
	old_permits_are_read_no_more();
	is_whole("of which all is well");
}

/* Revoked before the release it does not count; after it the release is what it was. */
static void keys_are_revoked(void)
{
	size_t len, again_len;
	auto_free char *before = get("gate/releases/0000e004.tar", &len), *again = NULL;

	now_s += DAY;
	answers(two_sign(changed(NULL, "eve", "eve"), "op1", "op2"), "eve's key is revoked");
	is_state("0000e004", "released", "what is released stays released");
	unlinkat(state, "releases/0000e004.tar", 0);
	answers(release("0000e004"), "and made again where it was lost");
	again = get("gate/releases/0000e004.tar", &again_len);
	ok(len == again_len && memcmp(before, again, len) == 0, "with the same bytes");
	is_whole("of which all is well");
}

/* Each bit of some entries and signatures; every_byte_counts tries bytes of all. */
static void every_bit_of_the_registry_counts(void)
{
	static const char *const paths[] = { "registry/1.json", "registry/4.json", "registry/4.1.sig", "registry/4.2.sig" };
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		auto_close int fd = openat(state, paths[i], O_RDWR | O_CLOEXEC);
		size_t at, seen = 0;
		struct stat st;
		char what[80];

		if (fd < 0 || fstat(fd, &st) < 0)
			die(paths[i]);
		for (at = 0; at < (size_t)st.st_size * 8; at++) {
			bit_flip(fd, at);
			seen += registry_unchanged(g, &err) == -SPE_E_TAMPERED && strstr(err.text, paths[i]);
			bit_flip(fd, at);
		}
		snprintf(what, sizeof(what), "each of the %zu bits of %s is seen and named", at, paths[i]);
		is_int((long long)seen, (long long)at, what);
	}
}

static void changed_files_stop_a_release(void)
{
	auto_free char *text = NULL;
	char sha256[SHA256_TEXT], path[STORE_PATH];

	text = opened("0000e004");
	answers(decide("0000e004", "bo", "bo", "spe-decision", text), "two");
	keys_run_out(text);
	sha256_text(note_text, strlen(note_text), sha256);
	snprintf(path, sizeof(path), "vault/%.2s/%s", sha256, sha256);
	flip(path, 2);
	refused(release("0000e004"), SPE_E_TAMPERED, path, "an output that was changed is not released");
	refused(opens("0000e004", "file", "note.txt"), SPE_E_TAMPERED, path, "nor shown");
	flip(path, 2);
	flip("exports/0000e004/decisions/bo.sig", 100);
	refused(release("0000e004"), SPE_E_TAMPERED, "bo.sig", "nor is anything on a changed signature");
	flip("exports/0000e004/decisions/bo.sig", 100);
	flip("releases/" EXPORT ".tar", 3000);
	refused(fetch("bad.tar"), SPE_E_TAMPERED, "releases/" EXPORT ".tar", "a changed release is not given out");
	flip("releases/" EXPORT ".tar", 3000);
	flip("registry/2.json", 30);
	refused(ask_now(GATE_RELEASE, json_pack("{s:o,s:s}", "record", record("sped", "export.release"), "export", "0000e004"), -1),
		SPE_E_TAMPERED, "registry/2.json", "nor is anything released on a registry that was changed");
	flip("registry/2.json", 30);
	answers(release("0000e004"), "as they were, all is well");
	keys_are_revoked();
	checkers_leave();
	every_bit_of_the_registry_counts();
}

/* ---- a broken journal ---- */

/* back: bytes before the file's end, where at is 0. */
/* Two that are alike would be one in the vault. */
static const char never_text[] = "arm,people\r\nNever,99\r\n", lone_text[] = "of this permit\n";

#define UNRELEASED "000e0d01"
#define UNRELEASED_CHECK "exports/" UNRELEASED "/check-0.json"

/* Each of these is refused, also by a gate that had begun it before. */
static void nothing_more_of_it_comes(void)
{
	struct ticket t;

	refused(ingest("0000a0e2"), SPE_E_REFUSED, "went with it", "what was captured before its end is not taken");
	refused(verdict(UNRELEASED, 1), SPE_E_REFUSED, "went with it", "nor what a check found");
	refused(manifest(UNRELEASED), SPE_E_REFUSED, "went with it", "nor is there a manifest");
	refused(replay(EXPORT, 0, &t), SPE_E_REFUSED, "went with it", "nothing is checked again");
}

/* Whoever reads it compares it with the manifest, and took it for changed by the engine where the findings had gone. */
static void shown_as_signed(const char *export)
{
	auto_export struct export x = { .request = NULL };
	const json_t *manifest, *told_of;

	answers(export_load(g, export, &x, &err), "an export of which the findings went");
	manifest = json_array_get(json_object_get(x.manifest, "files"), 0);
	told_of = json_array_get(json_object_get(out, "files"), 0);
	ok(json_is_string(json_object_get(manifest, "sha256")), "has a file in its manifest");
	is_str(json_str(told_of, "sha256_out"), json_str(manifest, "sha256"), "which is shown as it was signed");
}

static bool is_overdue(const char *permit)
{
	json_t *one;
	size_t i;

	g->overdue_ms = 0;
	remains_clock(g);
	answers(ask_now(GATE_OVERDUE, json_object(), -1), "what should be gone");
	json_array_foreach(json_object_get(out, "items"), i, one)
		if (strcmp(json_string_value(one), permit) == 0)
			return true;
	return false;
}

static void what_should_be_gone_is_told(void)
{
	const int64_t span = 90 * DAY; /* from its last day to that of its data */

	ok(!is_overdue("FI-1"), "it may have data for as long as after its last day");
	now_s = NOON + span + 60;
	ok(is_overdue("FI-1"), "then it is told that they are not known to be gone");
	ok(is_overdue("FI-1") && !is_overdue("FI-22"), "of those alone that have no proof");
	answers(ask_now(GATE_RECORDS, json_pack("{s:i,s:i,s:s,s:s}", "from", 1, "limit", 9, "action", "permit.overdue", "workspace", "FI-1"), -1), "the journal");
	is_int((long long)json_array_size(json_object_get(out, "items")), 1, "says so once");
	now_s = NOON;
}

static void what_was_not_released_goes_with_its_permit(void)
{
	auto_free char *text = NULL, *was = NULL;
	auto_permit struct permit *p = NULL;
	auto_buf struct buf b = { 0 };
	struct ticket t;
	char path[STORE_PATH], sha256[SHA256_TEXT];
	bool half = false;
	size_t len;
	int n;

	is_int(gate_again_at(NOON, TIME_OK), 0, "once more it is noon");
	leaves("0000a0e1", lone_text, "another\n");
	answers(export_ask(UNRELEASED, "cy", "note.txt"), "an export is asked for");
	found.rebuilt = never_text;
	checked(UNRELEASED, 0, NULL, NULL);
	answers(verdict(UNRELEASED, 0), "one file of which is checked");
	found.rebuilt = NULL;
	ok(vault_has(lone_text) && vault_has(never_text), "what was captured and what was made of it are there");
	is_int(permit_newest(g, "FI-1", &p, &text, &err), 0, "their permit");
	is_int(store_read(g, UNRELEASED_CHECK, &was, &len, &err), 0, "and what a check said");
	goes_on = true;
	checked(UNRELEASED, 1, NULL, NULL);
	stream_make(&b);
	is_int(capture("0000a0e2", b.p, b.len), 0, "a capture and a check have just ended");
	answers(version_revoke("FI-1", p->version, text, NULL, "op1", REVOCATION_NAMESPACE), "the permit is revoked");
	answers(ask(GATE_END, json_pack("{s:o,s:s}", "record", record("sped", "permit.end"), "permit", "FI-1")), "and ends");
	nothing_more_of_it_comes();
	sha256_text(lone_text, strlen(lone_text), sha256);
	snprintf(path, sizeof(path), "vault/%.2s/%s", sha256, sha256);
	unlinkat(state, path, 0);
	is_whole("a file that is gone before its job's file says so is no surprise any more");
	for (n = 0; !remains_none(g, "FI-1") && n < 100000; n++) {
		g->remains.at_ms = 0;
		if (remains_step(g, 0, &err) < 0)
			break;
		if (half || !store_has(g, UNRELEASED_CHECK) || store_is_left(g, UNRELEASED_CHECK))
			continue;
		half = true;
		put_bytes("gate/" UNRELEASED_CHECK, was, len);
		is_int(gate_again(), 0, "the gate dies before all of a record's files are empty");
		is_whole("at the next start they are");
	}
	ok(remains_none(g, "FI-1"), "it goes on until nothing is left");
	ok(half && !vault_has(lone_text) && !vault_has(never_text), "neither what was captured nor what was made of it");
	is_int(left_of(JOB), 0, "nor is anything said to be");
	ok(vault_has(table_text) && vault_has(rebuilt_text), "but what was released is there");
	goes_on = false;
	is_whole("and all is whole");
	is_state(UNRELEASED, "checking", "of the others it is known how far they came");
	is_state("0000e002", "rejected", "and what was decided");
	shown_as_signed("0000e002");
	answers(ask(GATE_WITHDRAW, json_pack("{s:o,s:s}", "record", record("sped", "x"), "export", UNRELEASED)), "they are withdrawn");
	refused(ask(GATE_OPEN, json_pack("{s:o,s:s,s:s,s:s}", "record", record("ann", "review.open"), "export", "0000e002", "what", "findings", "name", "")),
		SPE_E_NOT_FOUND, "went with it", "what was found in one that was rejected is not");
	answers(ask(GATE_OPEN, json_pack("{s:o,s:s,s:s,s:s}", "record", record("ann", "review.open"), "export", EXPORT, "what", "findings", "name", "")),
		"in one that was released it is");
	refused(opens("0000eb01", "original", "deep/er/a.csv"), SPE_E_NOT_FOUND, "went with it", "but not what that was made of");
	answers(opens("0000eb01", "file", "deep/er/a.csv"), "what left can be read");
	answers(fetch("release.tar"), "a release is fetched as before");
	a_lost_release_is_made_again();
	refused(replay(EXPORT, 0, &t), SPE_E_REFUSED, "went with it", "and checked again by nobody");
	refused(deleted("FI-1"), SPE_E_CONFLICT, "has not said that it is wiped", "there is no proof before root's data are gone too");
	what_should_be_gone_is_told();
}

static void stops_changing(const char *path, size_t at, size_t back, const char *what)
{
	struct stat st;

	gate_stop();
	fstatat(state, path, &st, 0);
	at = at ? at : (size_t)st.st_size - back;
	flip(path, at);
	is_int(gate_again(), 0, what);
	refused(ask_now(GATE_JOURNAL, json_pack("{s:[o]}", "records", record("cy", "x")), -1), SPE_E_TAMPERED,
		"changes nothing any more", "nothing is changed");
	is_int(remains_wait(g), 1000, "nor is there anything to hurry for");
	answers(verify(), "but it can be asked");
	ok(!json_flag(out, "ok"), "what is wrong");
	answers(ask_now(GATE_RECORDS, json_pack("{s:i,s:i}", "from", 1, "limit", 5), -1), "and what was recorded");
	gate_stop();
	flip(path, at);
	is_int(gate_again(), 0, "as it was, it starts");
	is_whole("and all is well");
}

static void a_broken_journal_ends_all_changing(void)
{
	stops_changing("journal/journal.jsonl", 700, 0, "a byte of the journal was changed");
	stops_changing("journal/journal.jsonl", 0, 1, "its last byte was changed");
	stops_changing("journal/checkpoints.jsonl", 0, 1, "the last byte of the checkpoints was changed");
	stops_changing("journal/checkpoints.jsonl", 0, 40, "the newest checkpoint was changed");
	stops_changing("keys/master.key", 5, 0, "the master key was changed");
	stops_changing("keys/people.jsonl", 20, 0, "a key from before the registry was changed");
	stops_changing("registry/1.json", 20, 0, "the registry was changed");
	stops_changing("registry/3.2.sig", 0, 40, "a signature in it was changed");
}

static void a_cut_journal_shows(void)
{
	auto_free char *kept = NULL;
	size_t len, cut;

	gate_stop();
	kept = get("gate/journal/journal.jsonl", &len);
	for (cut = len - 1; kept[cut - 1] != '\n'; cut--)
		;
	put_bytes("gate/journal/journal.jsonl", kept, cut); /* the last record is gone, the line before is whole */
	is_int(gate_again(), 0, "the gate starts on a journal that was cut");
	verify();
	ok(problem_names("it was cut"), "and says so");
	refused(release(EXPORT), SPE_E_TAMPERED, "changes nothing", "and changes nothing");
	gate_stop();
	put_bytes("gate/journal/journal.jsonl", kept, len);
	is_int(gate_again(), 0, "with it, it starts");
	is_whole("and all is well");
}

static void lost_keys_are_not_made_anew(void)
{
	gate_stop();
	renameat(state, "keys/release.key", state, "releases/elsewhere");
	is_int(gate_open(&g, state, test_ms, &err), -SPE_E_INTERNAL, "without its key the gate does not start");
	has_str(err.text, "release.key", "and says which one");
	renameat(state, "releases/elsewhere", state, "keys/release.key");
	is_int(gate_again(), 0, "with it, it starts");
	is_whole("and all is well");
}

int main(void)
{
	char where[200];
	const char *base = getenv("TMPDIR");

	snprintf(where, sizeof(where), "%s/spe-gate.XXXXXX", base ? base : P_tmpdir);
	if (!mkdtemp(where) || chdir(where) < 0)
		die(where);
	state_dir("gate");
	policy_text = strdup("name = \"test\"\nmin-count = 10\nmax-bytes = 100000\nmax-rows = 50\ndecisions = 3\n"
		"types = {\"csv\", \"txt\"}\nshow-names = true\nshow-sizes = false\nshow-exit = true\n");
	keys_are_registered();
	only_the_gate_is_the_gate();
	permits_are_imported();
	permits_are_amended();
	a_permit_is_extended_once();
	a_revoked_permit_is_over();
	a_permit_ends_by_the_clock();
	checkpoints_come_by_the_clock();
	peers_are_held_to_what_they_signed();
	staging_gets_its_keys();
	a_staging_leaves_its_index();
	how_far_a_staging_is();
	a_task_is_given_once_and_as_it_was_made();
	the_end_is_roots_word();
	a_workspace_is_one_permits();
	intake_carries_the_upload();
	a_table_is_what_was_taken_in();
	a_wipe_says_nothing_of_what_is_staged_after_it();
	what_a_keeper_holds_is_not_forgotten();
	tasks_nobody_asks_after_make_room();
	outputs_come_into_the_vault();
	a_job_that_left_nothing_is_a_record();
	outputs_are_removed();
	what_a_removal_reads_comes_in_pieces();
	a_removal_is_finished();
	exports_are_asked_for();
	verdicts_are_kept();
	the_manifest_binds_it_all();
	odd_records_block();
	a_failed_check_blocks();
	decisions_are_taken();
	one_rejection_is_enough();
	one_return_is_enough();
	where_exports_stand_is_told_at_once();
	it_is_released_once();
	a_lost_release_is_made_again();
	what_is_released_is_what_was_rebuilt();
	bytes_that_the_record_does_not_name_block();
	counts_become_history();
	a_lost_history_is_made_again();
	a_check_can_be_done_again();
	a_sidecar_comes_along();
	tickets_are_in_the_journal();
	a_removal_leaves_the_sidecar();
	an_index_is_kept_unasked();
	a_permit_has_no_endless_indexes();
	prints_come_along();
	budgets_hold();
	what_is_blocked_is_known_and_bounded();
	classes_ask_for_decisions();
	fetches_are_counted();
	what_left_meanwhile_is_met();
	what_was_compared_stays_apart();
	a_crash_before_the_release_is_finished();
	a_release_that_can_t_be_written_is_made_at_the_next_start();
	verifying_goes_on_between_calls();
	a_name_in_the_vault_is_synced_before_it_counts();
	names_in_the_vault_are_synced_together();
	a_crash_before_a_decision_undoes_it();
	a_crash_before_an_entry_undoes_it();
	a_removed_decision_shows();
	a_torn_last_line_is_cut();
	changed_files_stop_a_release();
	what_does_not_belong_is_named();
	no_proof_before_the_data_are_gone();
	every_byte_counts();
	a_thread_ends();
	what_was_not_released_goes_with_its_permit();
	a_clock_that_is_far_ahead_ends_nothing();
	a_clock_that_is_set_is_believed();
	a_broken_journal_ends_all_changing();
	a_cut_journal_shows();
	lost_keys_are_not_made_anew();
	gate_stop();
	json_decref(out);
	free(policy_text);
	if (out_fd >= 0)
		close(out_fd);
	close(state);
	if (chdir("/") == 0 && tap_failed == 0) {
		const char *const argv[] = { "rm", "-rf", where, NULL };

		run("/dev/null", argv);
	}
	return tap_end();
}
