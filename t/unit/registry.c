/* t/unit/registry.c - the registry of keys as text: what may come next, who may sign it, and that every bit of it counts. */
#include "t/tap.h"

#include <stdlib.h>

#include "spe/cleanup.h"
#include "spe/registry.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"

#define NOON 1793534400ll /* 2026-11-01T12:00:00Z */
#define NOW "2026-11-01T12:00:00Z"
#define FILE_OF_ROOT "1111111111111111111111111111111111111111111111111111111111111111"
#define ENTRIES 16

static struct registry *r;
static struct spe_error err;
static struct {
	char *text, *armor[2];
	size_t signatures;
} kept[ENTRIES];
static size_t entries;

/* Whose key is made of this byte. */
static const char *key_of(uint8_t who)
{
	static char text[8][SSHKEY_TEXT_MAX];
	static unsigned next;
	uint8_t private[32];
	char *ret = text[next++ % 8];

	memset(private, who, sizeof(private));
	if (sshkey_public(private, ret, &err) < 0)
		abort();
	return ret;
}

static char *sign(uint8_t who, const char *text)
{
	uint8_t private[32];
	char *armor = NULL;

	memset(private, who, sizeof(private));
	if (sshsig_sign(private, REGISTRY_NAMESPACE, text, strlen(text), &armor, &err) < 0)
		abort();
	return armor;
}

static json_t *set(const char *name, const char *role, uint8_t who, const char *until)
{
	return json_pack("{s:s,s:s,s:s,s:n,s:n,s:s?}", "set", name, "role", role, "key", key_of(who), "team", "from", "until", until);
}

static json_t *unset(const char *name, uint8_t who)
{
	return json_pack("{s:s,s:s}", "revoke", name, "key", key_of(who));
}

static int add(const char *text, uint8_t one, uint8_t two, int64_t now)
{
	auto_free char *a = one ? sign(one, text) : NULL, *b = two ? sign(two, text) : NULL;
	struct registry_entry n = { .text = text, .len = strlen(text), .armor = { a, b }, .signatures = (size_t)!!one + !!two, .now = now };
	int done = registry_add(r, &n, &err);

	if (done == 0) {
		kept[entries].text = strdup(text);
		kept[entries].armor[0] = spe_take_ptr(&a);
		kept[entries].armor[1] = spe_take_ptr(&b);
		kept[entries++].signatures = n.signatures;
	}
	return done;
}

static int change_at(json_t *stolen, uint8_t one, uint8_t two, const char *time, int64_t now)
{
	auto_json json_t *changes = json_pack("[o]", stolen);
	auto_free char *text = registry_text(r, time, 0, NULL, changes);

	return add(text, one, two, now);
}

static int change(json_t *stolen, uint8_t one, uint8_t two)
{
	return change_at(stolen, one, two, NOW, NOON);
}

static int root(const char *file, const char *sha256)
{
	auto_json json_t *changes = NULL;
	auto_free char *text = NULL;
	unsigned needed = 0;
	int done = registry_root(r, file, strlen(file), "operators", &needed, &changes, &err);

	if (done < 0)
		return done;
	text = registry_text(r, NOW, needed, sha256, changes);
	return add(text, 0, 0, NOON);
}

static void refused(int done, enum spe_code code, const char *part, const char *what)
{
	if (!ok(done == -(int)code && strstr(err.text, part), what))
		printf("# got %d \"%s\", wanted %d \"%s\"\n", done, err.text, -(int)code, part);
}

static void root_names_operators(void)
{
	char file[4096];

	snprintf(file, sizeof(file), "anna %s comment\n# bert has a token\n\nbert\t%s\n", key_of(1), key_of(2));
	is_int(root(file, FILE_OF_ROOT), 0, "root's file names two");
	is_int((long long)registry_operators(r, NOON), 2, "who are operators");
	is_str(r->file, FILE_OF_ROOT, "and which file it was is kept");
	refused(root("anna ssh-ed25519 AAAA\n", FILE_OF_ROOT), SPE_E_INPUT, "operators: line 1", "a key that is none is named with its line");
	refused(root("needed two\n", FILE_OF_ROOT), SPE_E_INPUT, "line 1: needed 1 or needed 2", "and so is a number that is none");
	refused(root("# none yet\n", FILE_OF_ROOT), SPE_E_INPUT, "operators names nobody", "a file that was emptied by mistake revokes nobody's key");
	refused(root("../anna ssh-ed25519 A\n", FILE_OF_ROOT), SPE_E_INPUT, "line 1: NAME", "and a name");
	snprintf(file, sizeof(file), "anna %s\nbert %s\n", key_of(1), key_of(1));
	refused(root(file, FILE_OF_ROOT), SPE_E_INPUT, "line 2: this key is there twice", "and a key of two");
}

static void two_sign(void)
{
	refused(change(set("kari", "checker", 11, NULL), 0, 0), SPE_E_NOT_AUTHORISED, "0 of the 2", "nobody");
	refused(change(set("kari", "checker", 11, NULL), 1, 0), SPE_E_NOT_AUTHORISED, "1 of the 2", "one");
	refused(change(set("kari", "checker", 11, NULL), 1, 1), SPE_E_NOT_AUTHORISED, "anna has signed it already", "one, twice");
	refused(change(set("kari", "checker", 11, NULL), 1, 11), SPE_E_NOT_AUTHORISED, "no operator's key", "one, and who gains by it");
	is_int(change(set("kari", "checker", 11, "2026-12-31"), 1, 2), 0, "two operators");
	is_int(change(set("urn:x", "issuer", 12, NULL), 2, 1), 0, "in any order");
	is_int(change(set("cleo", "operator", 3, "2026-11-02"), 1, 2), 0, "name a third");
	refused(change(set("anna", "operator", 4, NULL), 1, 2), SPE_E_NOT_AUTHORISED, "anna may not sign a change of their own",
		"nobody signs for a key of their own while two others can");
	is_int(change(set("anna", "operator", 4, NULL), 2, 3), 0, "who then do");
	is_int(change(unset("anna", 1), 1, 2), 0, "but anybody may give their own up");
	refused(change(set("x", "checker", 13, NULL), 1, 2), SPE_E_NOT_AUTHORISED, "no operator's key", "a key that was given up signs no more");
	refused(change_at(set("x", "checker", 13, NULL), 2, 3, "2026-11-03T12:00:00Z", NOON + 2 * 86400), SPE_E_NOT_AUTHORISED, "is not valid",
		"nor one whose time has run out");
	refused(change_at(set("x", "checker", 13, NULL), 2, 3, NOW, NOON + 2 * 86400), SPE_E_NOT_AUTHORISED, "is not valid",
		"not even under an entry of an earlier day");
	refused(change_at(set("x", "checker", 13, NULL), 2, 4, "2026-11-01T13:00:00Z", NOON), SPE_E_INPUT, "has not come yet",
		"and none is of a day to come");
	is_int(change_at(set("olga", "checker", 15, NULL), 2, 4, "2026-11-01T11:00:00Z", NOON), 0, "one that a clock that was set back has made is taken");
	refused(change_at(set("x", "checker", 13, NULL), 2, 4, NOW, NOON + 31 * 86400), SPE_E_CONFLICT, "more than 30 days ago",
		"and what was proposed long ago, and taken back, can't be confirmed");
}

static void keys_have_one_owner(void)
{
	refused(change(set("lars", "checker", 11, NULL), 2, 4), SPE_E_CONFLICT, "was that of kari", "a key has one owner");
	refused(change(set("lars", "checker", 1, NULL), 2, 4), SPE_E_CONFLICT, "was that of anna", "also once it was revoked");
	refused(change(set("anna", "operator", 1, NULL), 2, 3), SPE_E_CONFLICT, "was revoked", "and then it does not come back");
	refused(change(set("kari", "operator", 14, NULL), 2, 4), SPE_E_CONFLICT, "can't be operator too", "a checker is no operator");
	refused(change(set("kari", "checker", 11, "2026-12-31"), 2, 4), SPE_E_CONFLICT, "already", "the same again is no change");
	is_int(change(set("kari", "checker", 11, NULL), 2, 4), 0, "more time is");
	ok(registry_find(r, REGISTRY_CHECKER, "kari", key_of(11), 2)->until < INT64_MAX, "what stood before is known");
	ok(registry_find(r, REGISTRY_CHECKER, "kari", key_of(11), r->seq)->until == INT64_MAX, "and what stands now");
	refused(change(unset("kari", 12), 2, 4), SPE_E_NOT_FOUND, "is no key of kari", "a key that one does not have is not revoked");
	is_int(change(unset("kari", 11), 2, 4), 0, "one that one has is");
	ok(!registry_find(r, REGISTRY_CHECKER, "kari", key_of(11), r->seq), "and counts no more");
	ok(registry_ever(r, REGISTRY_CHECKER, "kari", key_of(11))->revoked, "though it did");
	is_int(change(unset("cleo", 3), 2, 4), 0, "two operators are left");
	refused(change(unset("bert", 2), 2, 4), SPE_E_CONFLICT, "would leave 1 operator", "and have to be");
	is_int(change(set("bert", "operator", 5, NULL), 2, 4), 0, "of two each signs for a new key of the other, and of their own");
}

/* Form: what was signed can't be read in two ways. */
static void odd_entries_are_refused(void)
{
	static const struct {
		const char *from, *to, *part;
	} odd[] = {
		{ "spe-registry-1", "spe-registry-2", "entry.format" },
		{ "\"seq\":", "\"seq\" :", "compact JSON" },
		{ "\"checker\"", "\"chekker\"", "entry.changes[0].role" },
		{ "\"set\":\"x\"", "\"set\":\"../x\"", "entry.changes[0].set" },
		{ "\"set\":\"x\"", "\"set\":\"\\u0078\"", "compact JSON" },
		{ "\"team\":null", "\"team\":\"a b\"", "entry.changes[0].team" },
		{ "\"until\":null", "\"until\":\"2026-02-30\"", "entry.changes[0].until" },
		{ "\"from\":null", "\"from\":\"2026-1-1\"", "entry.changes[0].from" },
		{ "\"until\":null", "\"until\":null,\"more\":1", "more" },
		{ "\"by\":\"operators\"", "\"by\":\"me\"", "entry.by" },
		{ "\"by\":\"operators\"", "\"by\":\"root\"", "entry" },
		{ "ssh-ed25519 ", "ssh-ed25519  ", "one line of TYPE BASE64" },
		{ "}]}\n", "}]}", "a newline" },
		{ "T12:00:00Z", " 12:00:00Z", "entry.time" },
	};
	auto_json json_t *changes = json_pack("[o]", set("x", "checker", 13, NULL));
	auto_free char *good = registry_text(r, NOW, 0, NULL, changes);
	const uint64_t before = r->seq;
	size_t i;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		const char *at = strstr(good, odd[i].from);
		auto_buf struct buf b = { 0 };

		buf_add(&b, good, (size_t)(at - good));
		buf_fmt(&b, "%s%s", odd[i].to, at + strlen(odd[i].from));
		refused(add(b.p, 2, 4, NOON), SPE_E_INPUT, odd[i].part, odd[i].to);
	}
	is_int((long long)r->seq, (long long)before, "nothing of that was added");
	is_int(add(good, 2, 4, NOON), 0, "as it was it is");
	refused(add(good, 2, 4, NOON), SPE_E_CONFLICT, "behind another than the newest", "once");
}

static void root_has_the_last_word(void)
{
	char file[4096];

	snprintf(file, sizeof(file), "needed 1\nbert %s\n", key_of(25));
	is_int(root(file, FILE_OF_ROOT), 0, "root leaves one operator");
	is_int((long long)registry_operators(r, NOON), 1, "just those in the file");
	is_int(change(set("y", "checker", 20, NULL), 25, 0), 0, "one signature does then");
	snprintf(file, sizeof(file), "anna %s\n", key_of(1));
	refused(root(file, FILE_OF_ROOT), SPE_E_CONFLICT, "was revoked", "a revoked key is not brought back by root either");
}

static long long root_of(enum registry_role role, const char *name, uint8_t who)
{
	const struct registry_key *k = registry_find(r, role, name, key_of(who), r->seq);

	return k ? (long long)k->root : -1;
}

/* Nobody signed for an entry of root's: whatever its operators then sign is known to come of it. */
static void what_root_began_is_known(void)
{
	is_int((long long)r->roots, 2, "the entries by root are known");
	is_int((long long)r->root[0].seq, 1, "the first");
	is_int((long long)r->root[0].needed, 2, "under which two sign");
	is_int((long long)r->root[1].seq, (long long)r->seq - 1, "and the other");
	is_int((long long)r->root[1].needed, 1, "under which one does");
	is_int(root_of(REGISTRY_CHECKER, "olga", 15), 1, "a checker comes of root's first operators, also by one whom they named");
	is_int(root_of(REGISTRY_OPERATOR, "bert", 25), (long long)r->seq - 1, "an operator of root's entry");
	is_int(root_of(REGISTRY_CHECKER, "y", 20), (long long)r->seq - 1, "and so whom that one registers");
}

static struct registry_entry again(size_t i)
{
	return (struct registry_entry){ .text = kept[i].text, .len = strlen(kept[i].text), .armor = { kept[i].armor[0], kept[i].armor[1] },
		.signatures = kept[i].signatures };
}

/* The registry as the first so many entries made it. */
static struct registry *as_of(size_t count)
{
	struct registry *x = NULL;
	size_t i;

	registry_new(&x, &err);
	for (i = 0; i < count; i++) {
		struct registry_entry n = again(i);

		if (registry_add(x, &n, &err) < 0)
			abort();
	}
	return x;
}

/* Flips each bit of bytes, which are part of that entry, and counts how often it is then refused; an entry by root, which
 * nobody has signed, is so at the latest by the hash in the one behind it. */
static size_t flips_seen(size_t entry, char *bytes)
{
	struct registry *before = as_of(entry);
	size_t bit, seen = 0;

	for (bit = 0; bit < strlen(bytes) * 8; bit++) {
		const char was = bytes[bit / 8];
		struct registry_entry n;

		bytes[bit / 8] ^= (char)(1 << bit % 8);
		n = again(entry);
		if (registry_could(before, &n, NULL, &err) < 0) {
			seen++;
		} else if (kept[entry].signatures == 0) {
			struct registry *with = as_of(entry);
			struct registry_entry next = again(entry + 1);

			seen += registry_add(with, &n, &err) == 0 && registry_add(with, &next, &err) < 0;
			registry_free(with);
		}
		bytes[bit / 8] = was;
	}
	registry_free(before);
	return seen;
}

static void every_bit_counts(void)
{
	const size_t tried[] = { 0, 1, 4, entries - 2 };
	struct registry *all = as_of(entries);
	char what[80];
	size_t i;

	is_str(all->head, r->head, "read again, all of it is good");
	registry_free(all);
	for (i = 0; i < 4; i++) {
		snprintf(what, sizeof(what), "every bit of entry %zu counts", tried[i] + 1);
		is_int((long long)flips_seen(tried[i], kept[tried[i]].text), (long long)strlen(kept[tried[i]].text) * 8, what);
	}
	is_int((long long)flips_seen(1, kept[1].armor[0]), (long long)strlen(kept[1].armor[0]) * 8, "and of a signature");
	is_int((long long)flips_seen(1, kept[1].armor[1]), (long long)strlen(kept[1].armor[1]) * 8, "and of the other");
}

/* What is cut, taken out or put in another order shows by the hashes. */
static void order_counts(void)
{
	struct registry *fresh = as_of(0), *cut = as_of(2);
	struct registry_entry n = again(2), later = again(3);

	refused(registry_add(fresh, &n, &err), SPE_E_CONFLICT, "behind another", "an entry without those before it is none");
	refused(registry_add(cut, &later, &err), SPE_E_CONFLICT, "behind another", "nor is one without that before it");
	registry_free(fresh);
	registry_free(cut);
}

int main(void)
{
	registry_new(&r, &err);
	root_names_operators();
	two_sign();
	keys_have_one_owner();
	odd_entries_are_refused();
	root_has_the_last_word();
	what_root_began_is_known();
	every_bit_counts();
	order_counts();
	for (; entries > 0; entries--) {
		free(kept[entries - 1].text);
		free(kept[entries - 1].armor[0]);
		free(kept[entries - 1].armor[1]);
	}
	registry_free(r);
	return tap_end();
}
