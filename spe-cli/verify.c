/* spe-cli/verify.c - see verify.h. */
#include "spe-cli/verify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spe-cli/release.h"
#include "spe/cleanup.h"
#include "spe/evidence.h"
#include "spe/limits.h"
#include "spe/registry.h"
#include "spe/sshsig.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"
#include "sped/trust/day.h"

#define SUMS "SHA256SUMS"
#define SUMS_SIG "SHA256SUMS.sig"
#define PEOPLE_MAX 256 /* as in a permit */

struct verify {
	const struct release *release;
	const struct verify_keys *keys;
	json_t *record, *steps; /* steps lies in record */
	json_t *manifest;       /* NULL until read */
	struct registry *registry; /* NULL where none was given, or it does not hold */
	uint64_t entry;            /* of it, on which the release was made, */
	int64_t time;              /* and when */
	unsigned problems;
	char approved[PEOPLE_MAX][SPE_NAME_MAX + 1];
	char key[PEOPLE_MAX][SSHKEY_TEXT_MAX];
	const char *team[PEOPLE_MAX]; /* by the registry, which owns it */
	size_t approvals;
};

static void step(struct verify *v, const char *name, bool good, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static void step(struct verify *v, const char *name, bool good, const char *fmt, ...)
{
	auto_free char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (json_array_append_new(v->steps,
		    json_pack("{s:s,s:b,s:s}", "step", name, "ok", good, "detail", text ? text : "out of memory")) < 0)
		json_array_append_new(v->steps, json_pack("{s:s,s:b,s:s}", "step", name, "ok", good,
							"detail", "a sentence that is not UTF-8"));
	v->problems += !good;
}

static void problem(struct verify *v, const char *name, const struct spe_error *e)
{
	step(v, name, false, "%s", e->text);
}

/* "HEX  NAME\n", sorted; ret_name points into room. Returns the next line, NULL where the form is
 * off. */
static const char *sums_line(const char *p, char hash[SHA256_TEXT], char *room, size_t room_len)
{
	size_t digits = strspn(p, "0123456789abcdef"), name;

	if (digits != SHA256_TEXT - 1 || p[digits] != ' ' || p[digits + 1] != ' ')
		return NULL;
	memcpy(hash, p, digits);
	hash[digits] = '\0';
	p += digits + 2;
	name = strcspn(p, "\n");
	if (name == 0 || name >= room_len || p[name] != '\n')
		return NULL;
	memcpy(room, p, name);
	room[name] = '\0';
	return p + name + 1;
}

static bool sums_covers(const char *name)
{
	return strcmp(name, SUMS) != 0 && strcmp(name, SUMS_SIG) != 0;
}

static bool sums_entry(struct verify *v, const char *name, const char *hash)
{
	const struct release_file *f = sums_covers(name) ? release_find(v->release, name) : NULL;

	if (!f)
		step(v, "sums", false, "%s names %s, which is not there", SUMS, name);
	else if (strcmp(f->sha256, hash) != 0)
		step(v, "sums", false, "%s is not the file that %s was made of", name, SUMS);
	return f != NULL;
}

/* Sorted and without repetition, so that as many lines as files means each file once. */
static void check_sums(struct verify *v)
{
	const struct release_file *sums = release_find(v->release, SUMS);
	char hash[SHA256_TEXT], name[512], last[512] = "";
	size_t found = 0, i, covered = 0;
	unsigned before = v->problems;
	const char *p;

	if (!sums || strlen(sums->bytes) != sums->size)
		return step(v, "sums", false, "%s %s", SUMS, sums ? "has odd bytes" : "is missing");
	for (p = sums->bytes; *p;) {
		p = sums_line(p, hash, name, sizeof(name));
		if (!p || strcmp(last, name) >= 0)
			return step(v, "sums", false,
				"%s has a line of another form or out of order", SUMS);
		memcpy(last, name, strlen(name) + 1);
		found += sums_entry(v, name, hash);
	}
	for (i = 0; i < v->release->count; i++)
		covered += sums_covers(v->release->file[i].name);
	if (found != covered)
		step(v, "sums", false, "%s has %zu of the %zu files", SUMS, found, covered);
	if (v->problems == before)
		step(v, "sums", true, "all %zu files have the hashes in %s", covered, SUMS);
}

/* The gate's key, canonical: the given one, else the only one of the file "gate". */
static int gate_key(struct verify *v, char ret[SSHKEY_TEXT_MAX], struct spe_error *e)
{
	const struct release_file *f = release_find(v->release, "gate");
	struct signers s = { 0 };
	int r;

	if (v->keys->gate)
		return sshkey_check(v->keys->gate, ret, NULL, e);
	if (!f)
		return spe_fail(e, SPE_E_TAMPERED, "the file gate is missing");
	r = signers_parse(f->bytes, f->size, "spe-release", "gate", &s, e);
	if (r == 0 && (s.count != 1 || strcmp(s.signer[0].person, "spe-gate") != 0))
		r = spe_fail(e, SPE_E_TAMPERED, "gate must hold one key, of spe-gate");
	if (r == 0)
		snprintf(ret, SSHKEY_TEXT_MAX, "%s", s.signer[0].key);
	signers_free(&s);
	return r;
}

static void check_gate(struct verify *v)
{
	const struct release_file *sums = release_find(v->release, SUMS);
	const struct release_file *sig = release_find(v->release, SUMS_SIG);
	char key[SSHKEY_TEXT_MAX], fingerprint[64];
	struct spe_error e = { 0 };

	if (!sums || !sig)
		return step(v, "gate", false, "%s is missing", sums ? SUMS_SIG : SUMS);
	if (gate_key(v, key, &e) < 0 || sshkey_check(key, NULL, fingerprint, &e) < 0)
		return problem(v, "gate", &e);
	if (sshsig_verify(key, "spe-release", sums->bytes, sums->size, sig->bytes, sig->size, &e) <
		0)
		return step(v, "gate", false, "%s: %s", SUMS_SIG, e.text);
	if (v->keys->gate)
		step(v, "gate", true, "%s is signed by the given gate key %s", SUMS, fingerprint);
	else
		step(v, "gate", true,
			"%s is signed by %s, the key in the release itself: its origin is not proven; --gate gives one",
			SUMS, fingerprint);
}

static int manifest_read(struct verify *v, struct spe_error *e)
{
	const struct release_file *f = release_find(v->release, "manifest.json");
	const char *text;
	json_int_t needed;
	json_t *files;
	int r;

	if (!f)
		return spe_fail(e, SPE_E_TAMPERED, "manifest.json is missing");
	r = json_parse(f->bytes, f->size, "manifest.json", &v->manifest, e);
	if (r < 0 || (r = json_want_string(v->manifest, "manifest", "format", 32, &text, e)) < 0)
		return r;
	if (strcmp(text, "spe-manifest-1") != 0)
		return spe_fail(e, SPE_E_TAMPERED, "manifest.format is not spe-manifest-1");
	if ((r = json_want_string(v->manifest, "manifest", "export", 8, &text, e)) < 0)
		return r;
	if (strcmp(text, v->release->id) != 0)
		return spe_fail(e, SPE_E_TAMPERED,
			"manifest.export is %s, but the directory says %s", text, v->release->id);
	if ((r = json_want_string(v->manifest, "manifest", "workspace", SPE_NAME_MAX, &text, e)) <
			0 ||
		(r = json_want_string(
			 v->manifest, "manifest", "requester", SPE_NAME_MAX, &text, e)) < 0 ||
		(r = json_want_string(v->manifest, "manifest", "findings_sha256", SHA256_TEXT - 1,
			 &text, e)) < 0 ||
		(r = json_want_int(v->manifest, "manifest", "decisions_needed", 1, PEOPLE_MAX,
			 &needed, e)) < 0)
		return r;
	return json_want_array(v->manifest, "manifest", "files", SPE_EXPORT_FILES_MAX, &files, e);
}

static int manifest_file(struct verify *v, const json_t *item, size_t i, struct spe_error *e)
{
	const struct release_file *f;
	char where[48], path[512];
	const char *name, *hash;
	json_int_t size;
	int r;

	snprintf(where, sizeof(where), "manifest.files[%zu]", i);
	if ((r = json_want_string(item, where, "name", 404, &name, e)) < 0 ||
		(r = json_want_string(item, where, "sha256", SHA256_TEXT - 1, &hash, e)) < 0 ||
		(r = json_want_int(item, where, "size", 0, RELEASE_OUTPUT_MAX, &size, e)) < 0)
		return r;
	snprintf(path, sizeof(path), "files/%s", name);
	f = release_find(v->release, path);
	if (!f)
		return spe_fail(
			e, SPE_E_TAMPERED, "%s is in the manifest but not in the release", path);
	if (strcmp(f->sha256, hash) != 0 || f->size != (uint64_t)size)
		return spe_fail(
			e, SPE_E_TAMPERED, "%s is not the file that the manifest names", path);
	return 0;
}

static bool named_before(const json_t *files, size_t i)
{
	const char *name = json_str(json_array_get(files, i), "name");
	size_t k;

	for (k = 0; k < i; k++)
		if (strcmp(json_str(json_array_get(files, k), "name"), name) == 0)
			return true;
	return false;
}

static void check_manifest(struct verify *v)
{
	json_t *files = json_object_get(v->manifest, "files"), *item;
	unsigned before = v->problems;
	struct spe_error e = { 0 };
	size_t i, k, there = 0;

	json_array_foreach(files, i, item) {
		if (named_before(files, i))
			step(v, "files", false, "the manifest names %s twice",
				json_str(item, "name"));
		else if (manifest_file(v, item, i, &e) < 0)
			problem(v, "files", &e);
	}
	for (k = 0; k < v->release->count; k++)
		there += strncmp(v->release->file[k].name, "files/", 6) == 0;
	if (there != json_array_size(files))
		step(v, "files", false, "the manifest names %zu files, the release holds %zu",
			json_array_size(files), there);
	if (v->problems == before)
		step(v, "files", true, "the %zu files are those of the manifest", there);
}

/* What lies here is what the checker wrote anew, made of what the manifest says; older manifests do not say it. */
static int finding_file(const json_t *record, const json_t *item, struct spe_error *e)
{
	const char *name = json_str(item, "name"), *hash = json_str(item, "sha256");

	if (strcmp(json_str(record, "file"), name) != 0)
		return spe_fail(
			e, SPE_E_TAMPERED, "findings.json has no record of %s in its place", name);
	if (strcmp(json_str(record, "sha256_out"), hash) != 0)
		return spe_fail(e, SPE_E_TAMPERED, "the findings on %s are of another file", name);
	if (json_object_get(item, "sha256_in") &&
		!json_equal(json_object_get(record, "sha256_in"), json_object_get(item, "sha256_in")))
		return spe_fail(
			e, SPE_E_TAMPERED, "the findings on %s are of another output of the job", name);
	if (strcmp(json_str(record, "verdict"), json_str(item, "verdict")) != 0)
		return spe_fail(
			e, SPE_E_TAMPERED, "the verdict on %s differs from the findings", name);
	return 0;
}

static void check_findings(struct verify *v)
{
	const struct release_file *f = release_find(v->release, "findings.json");
	json_t *files = json_object_get(v->manifest, "files"), *records = NULL, *item;
	auto_json json_t *findings = NULL;
	struct spe_error e = { 0 };
	size_t i;

	if (!f)
		return step(v, "findings", false, "findings.json is missing");
	if (strcmp(f->sha256, json_str(v->manifest, "findings_sha256")) != 0)
		return step(v, "findings", false,
			"findings.json is not the one that the manifest names");
	if (json_parse(f->bytes, f->size, "findings.json", &findings, &e) < 0 ||
		json_want_array(findings, "findings", "files", SPE_EXPORT_FILES_MAX, &records, &e) <
			0)
		return problem(v, "findings", &e);
	if (strcmp(json_str(findings, "format"), "spe-findings-1") != 0 ||
		strcmp(json_str(findings, "export"), v->release->id) != 0 ||
		json_array_size(records) != json_array_size(files))
		return step(v, "findings", false, "findings.json is not of this export");
	json_array_foreach(files, i, item)
		if (finding_file(json_array_get(records, i), item, &e) < 0)
			return problem(v, "findings", &e);
	step(v, "findings", true, "findings.json is the one that the checkers had before them");
}

/* decisions/PERSON.sig: the person, or "" */
static void decision_person(const char *name, char ret[SPE_NAME_MAX + 1])
{
	const char *person = name + sizeof("decisions/") - 1;
	size_t n = strlen(person);

	ret[0] = '\0';
	if (n <= 4 || n - 4 > SPE_NAME_MAX || strcmp(person + n - 4, ".sig") != 0 ||
		strchr(person, '/'))
		return;
	memcpy(ret, person, n - 4);
	ret[n - 4] = '\0';
}

static int decision_signed(const struct verify *v, const struct release_file *sig,
	const char *person, const struct signers *checkers, char key[SSHKEY_TEXT_MAX],
	struct spe_error *e)
{
	const struct release_file *m = release_find(v->release, "manifest.json");
	int r = sshsig_key_of(sig->bytes, sig->size, key, e);

	if (r < 0)
		return r;
	if (!signers_has(checkers, person, key))
		return spe_fail(e, SPE_E_NOT_AUTHORISED,
			"the key that signed is not a registered key of %s", person);
	return sshsig_verify(key, "spe-decision", m->bytes, m->size, sig->bytes, sig->size, e);
}

/* The key of the file "checkers" of the release may be anybody's; the registry says whose it was. */
static bool is_registered(const struct verify *v, const char *person, const char *key, const struct registry_key **ret)
{
	*ret = registry_find(v->registry, REGISTRY_CHECKER, person, key, v->entry);
	return *ret && registry_in_time(*ret, v->time);
}

/* Without the gate's key from elsewhere anybody can have made release and registry. */
static const char *key_origin(const struct verify *v, const struct registry_key *k, char room[160])
{
	if (v->keys->checkers)
		return "";
	if (!v->registry)
		return " with the key in the release itself: its origin is not proven; --checkers gives them";
	if (!v->keys->gate)
		return " with a key of the registry that was given: that this is the gate's is not proven; --gate gives its key";
	snprintf(room, 160, " with a key that %s by root's entry %" PRIu64,
		k->signers == 1 ? "one operator registered, who is operator" : "two operators registered, who are operators", k->root);
	return room;
}

static bool is_of_other_team(const struct verify *v, const char *team)
{
	size_t i;

	if (!json_flag(v->manifest, "different_teams"))
		return true;
	for (i = 0; team && i < v->approvals; i++)
		if (strcmp(v->team[i], team) == 0)
			return false;
	return team != NULL;
}

static const char *same_key(const struct verify *v, const char *key)
{
	size_t i;

	for (i = 0; i < v->approvals; i++)
		if (strcmp(v->key[i], key) == 0)
			return v->approved[i];
	return NULL;
}

static void check_decision(
	struct verify *v, const struct release_file *sig, const struct signers *checkers)
{
	char person[SPE_NAME_MAX + 1], key[SSHKEY_TEXT_MAX], origin[160];
	struct spe_error e = { 0 };
	const struct registry_key *k = NULL;
	const char *other, *team = NULL;

	decision_person(sig->name, person);
	if (!name_ok(person) || v->approvals == PEOPLE_MAX)
		return step(
			v, "decisions", false, "%s is not the signature of a person", sig->name);
	if (strcmp(person, json_str(v->manifest, "requester")) == 0)
		return step(v, "decisions", false,
			"%s asked for the export and may not decide on it", person);
	if (decision_signed(v, sig, person, checkers, key, &e) < 0)
		return step(v, "decisions", false, "%s: %s", sig->name, e.text);
	if (v->registry && !is_registered(v, person, key, &k))
		return step(v, "decisions", false, "%s: in the registry this was no key of the checker %s when the export was released", sig->name,
			person);
	team = k ? k->team : NULL;
	if (v->registry && !is_of_other_team(v, team))
		return step(v, "decisions", false, "%s is of %s%s, but the manifest asks for different teams", person, team ? "another's team " : "no team",
			team ? team : "");
	other = same_key(v, key);
	if (other)
		return step(
			v, "decisions", false, "%s and %s signed with the same key", other, person);
	v->team[v->approvals] = team;
	snprintf(v->approved[v->approvals], sizeof(v->approved[0]), "%s", person);
	snprintf(v->key[v->approvals++], sizeof(v->key[0]), "%s", key);
	step(v, "decisions", true, "%s signed the manifest%s", person, key_origin(v, k, origin));
}

static bool is_decision(const struct release_file *f)
{
	return strncmp(f->name, "decisions/", 10) == 0;
}

static void check_decisions(struct verify *v)
{
	const struct release_file *f = release_find(v->release, "checkers");
	size_t needed = (size_t)json_int(v->manifest, "decisions_needed"), i;
	const struct signers *checkers = v->keys->checkers;
	struct signers own = { 0 };
	struct spe_error e = { 0 };

	if (!checkers && (!f || signers_parse(f->bytes, f->size, "spe-decision", "checkers", &own,
					&e) < 0)) {
		step(v, "decisions", false, "%s", f ? e.text : "the file checkers is missing");
		return signers_free(&own);
	}
	for (i = 0; i < v->release->count; i++)
		if (is_decision(&v->release->file[i]))
			check_decision(v, &v->release->file[i], checkers ? checkers : &own);
	signers_free(&own);
	if (json_flag(v->manifest, "different_teams") && !v->keys->registry)
		step(v, "decisions", true, "the manifest asks for different teams: not shown without --registry");
	if (v->approvals < needed)
		step(v, "decisions", false, "%zu of the %zu decisions that are needed",
			v->approvals, needed);
	else
		step(v, "decisions", true, "%zu decisions, %zu needed", v->approvals, needed);
}

static int registered_read(const struct verify *v, uint64_t *ret_entry, int64_t *ret_time, const char **ret_hash, json_t **ret,
	struct spe_error *e)
{
	const struct release_file *f = release_find(v->release, "registry");
	const char *format, *time;
	json_int_t entry;
	int r;

	if (!f)
		return spe_fail(e, SPE_E_INPUT, "the release does not say on which entry of the registry it was made");
	if ((r = json_parse(f->bytes, f->size, "registry", ret, e)) < 0 || (r = json_want_string(*ret, "registry", "format", 32, &format, e)) < 0 ||
		(r = json_want_int(*ret, "registry", "entry", 1, INT64_C(1) << 52, &entry, e)) < 0 ||
		(r = json_want_string(*ret, "registry", "sha256", SHA256_TEXT - 1, ret_hash, e)) < 0 ||
		(r = json_want_string(*ret, "registry", "time", 20, &time, e)) < 0)
		return r;
	if (strcmp(format, "spe-registered-1") != 0 || !day_instant(time, ret_time))
		return spe_fail(e, SPE_E_INPUT, "the release's file registry has another form");
	*ret_entry = (uint64_t)entry;
	return 0;
}

/* Root signs nothing, and whoever has the gate's key can write as root; operators are known to those who can ask them. */
static void check_root(struct verify *v, const struct registry_root *root)
{
	auto_buf struct buf who = { 0 };
	size_t i;

	for (i = 0; i < v->registry->count; i++) {
		const struct registry_key *k = &v->registry->key[i];

		if (k->role == REGISTRY_OPERATOR && registry_stands(k, root->seq))
			buf_fmt(&who, "%s%s %s", who.len > 0 ? ", " : "", k->name, k->fingerprint);
	}
	step(v, "registry", !who.bad, "entry %" PRIu64 " is by root, whom no signature vouches for; operators since then, of whom %u sign%s: %s", root->seq,
		root->needed, root->needed == 1 ? "s" : "", who.len > 0 && !who.bad ? who.p : "none");
}

/* Whose keys counted, by what two operators signed and not by what lies in the release. */
static void check_registry(struct verify *v)
{
	auto_json json_t *said = NULL;
	struct registry *r = NULL;
	struct spe_error e = { 0 };
	const char *hash = "";
	char head[65];
	size_t i;

	if (!v->keys->registry)
		return;
	if (registered_read(v, &v->entry, &v->time, &hash, &said, &e) < 0 ||
		registry_lines(v->keys->registry, v->keys->registry_len, v->entry, head, &r, &e) < 0)
		return problem(v, "registry", &e);
	if (strcmp(head, hash) != 0) {
		step(v, "registry", false, head[0] ? "entry %llu is not the one that the release was made on" : "it has no entry %llu, on which the release was made",
			(unsigned long long)v->entry);
		return registry_free(r);
	}
	v->registry = r;
	step(v, "registry", true, "the release was made on entry %llu of the %llu that operators signed or root wrote", (unsigned long long)v->entry,
		(unsigned long long)r->seq);
	for (i = 0; i < r->roots && r->root[i].seq <= v->entry; i++)
		check_root(v, &r->root[i]);
}

/* The digest that a record of the evidence says the gate's file of this export had; "" where none says. */
static const char *recorded(const json_t *records, const char *id, const char *name)
{
	const json_t *one;
	char path[600];
	size_t i;

	snprintf(path, sizeof(path), "exports/%s/%s", id, name);
	json_array_foreach(records, i, one) {
		const char *sha256 = json_str(json_object_get(json_object_get(one, "object"), "files"), path);

		if (sha256[0])
			return sha256;
	}
	return "";
}

/* Its lines as JSON: each was found in the tree, so the gate wrote it. */
static int records_read(const json_t *evidence, json_t *ret, struct spe_error *e)
{
	const json_t *one;
	size_t i;
	int r = 0;

	json_array_foreach(json_object_get(evidence, "records"), i, one) {
		const char *line = json_str(one, "line");
		json_t *record = NULL;

		r = json_parse(line, strlen(line), "evidence.records", &record, e);
		if (r < 0)
			return r;
		json_array_append_new(ret, record);
	}
	return r;
}

/* What was decided on and the decisions are in the journal, each as it lies here. */
static bool journal_holds(struct verify *v, const json_t *records)
{
	size_t i, good = 0, wanted = 0;

	for (i = 0; i < v->release->count; i++) {
		const struct release_file *f = &v->release->file[i];

		if (!is_decision(f) && strcmp(f->name, "manifest.json") != 0 && strcmp(f->name, "findings.json") != 0)
			continue;
		wanted++;
		if (strcmp(recorded(records, v->release->id, f->name), f->sha256) == 0)
			good++;
		else
			step(v, "journal", false, "evidence.json shows no record of %s as it is here", f->name);
	}
	return good == wanted;
}

/* The evidence says nothing of other numbers of records; sped, which has all of them, proves that they are of one journal. */
static void check_witness(struct verify *v, const json_t *evidence, const struct checkpoint *now)
{
	struct checkpoint one;
	struct spe_error e;
	size_t at = 0, same = 0;

	while (kept_next(v->keys->kept, &at, &one)) {
		if (strcmp(one.origin, now->origin) == 0 && one.size != now->size)
			continue;
		if (evidence_follows(evidence, now, &one, &e) < 0)
			return problem(v, "witness", &e);
		same++;
	}
	if (same > 0)
		step(v, "witness", true, "the journal is that of a checkpoint of %" PRIu64 " records that was kept", now->size);
	else
		step(v, "witness", false, "no checkpoint of its %" PRIu64 " records was kept, so it is not held against any: put that of evidence.json before"
			" those that were kept, in another file, and ask sped by audit verify --witness", now->size);
}

static void check_journal(struct verify *v)
{
	const struct release_file *f = release_find(v->release, "evidence.json");
	auto_json json_t *evidence = NULL, *records = json_array();
	char key[SSHKEY_TEXT_MAX];
	struct spe_error e = { 0 };
	struct checkpoint c;

	if (!f) { /* of earlier builds: audit bundle shows the same */
		step(v, "journal", true, "no evidence.json: it is not shown to be in any journal");
		if (v->keys->kept)
			step(v, "witness", false, "no evidence.json: there is nothing to hold against the checkpoints that were kept");
		return;
	}
	if (gate_key(v, key, &e) < 0 || json_parse(f->bytes, f->size, "evidence.json", &evidence, &e) < 0 ||
		evidence_verify(evidence, key, &c, &e) < 0 || records_read(evidence, records, &e) < 0)
		return step(v, "journal", false, "evidence.json: %s", e.text);
	if (journal_holds(v, records))
		step(v, "journal", true, "the manifest, the findings and the decisions are in the journal of %s, in its checkpoint of %llu records",
			c.origin, (unsigned long long)c.size);
	if (v->keys->kept)
		check_witness(v, evidence, &c);
}

/* A release holds nothing that nobody asked for. */
static void check_names(struct verify *v)
{
	static const char *const known[] = { "manifest.json", "findings.json", "checkers", "gate", "registry", "evidence.json",
		SUMS, SUMS_SIG };
	size_t i, k;

	for (i = 0; i < v->release->count; i++) {
		const struct release_file *f = &v->release->file[i];
		bool good = is_decision(f) || strncmp(f->name, "files/", 6) == 0;

		for (k = 0; k < sizeof(known) / sizeof(known[0]); k++)
			good |= strcmp(f->name, known[k]) == 0;
		if (!good)
			step(v, "read", false, "%s does not belong in a release", f->name);
	}
}

static void check_all(struct verify *v)
{
	struct spe_error e = { 0 };

	step(v, "read", true, "release %s with %zu files", v->release->id, v->release->count);
	check_names(v);
	check_sums(v);
	check_gate(v);
	if (manifest_read(v, &e) < 0)
		return problem(v, "manifest", &e);
	json_object_set(v->record, "workspace", json_object_get(v->manifest, "workspace"));
	step(v, "manifest", true, "export %s of workspace %s, asked for by %s", v->release->id,
		json_str(v->manifest, "workspace"), json_str(v->manifest, "requester"));
	check_manifest(v);
	check_findings(v);
	check_registry(v);
	check_decisions(v);
	check_journal(v);
}

static int record_end(struct verify *v, json_t **ret, struct spe_error *e)
{
	json_t *people = json_array();
	size_t i;

	for (i = 0; i < v->approvals; i++)
		json_array_append_new(people, json_string(v->approved[i]));
	if (json_object_set_new(v->record, "checkers", people) < 0 ||
		json_object_set_new(v->record, "verified", json_boolean(v->problems == 0)) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	*ret = v->record;
	return 0;
}

int verify_and_keep(int fd, const struct verify_keys *keys, json_t **ret, struct release **ret_release, struct spe_error *e)
{
	auto_json json_t *record = json_pack("{s:[]}", "steps");
	auto_free struct verify *v = calloc(1, sizeof(*v));
	struct release *release = NULL;
	struct spe_error why = { 0 };
	int r;

	if (!v || !record)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	v->keys = keys;
	v->record = record;
	v->steps = json_object_get(record, "steps");
	r = release_read(fd, &release, &why);
	if (r == -SPE_E_INTERNAL)
		return spe_fail(e, SPE_E_INTERNAL, "%s", why.text);
	if (r < 0) {
		problem(v, "read", &why);
	} else {
		v->release = release;
		json_object_set_new(record, "release", json_string(release->id));
		check_all(v);
	}
	r = record_end(v, ret, e);
	json_decref(v->manifest);
	registry_free(v->registry);
	if (r == 0) {
		*ret_release = release;
		record = NULL;
	} else {
		release_free(release);
	}
	return r;
}

int verify_release(int fd, const struct verify_keys *keys, json_t **ret, struct spe_error *e)
{
	struct release *release = NULL;
	int r = verify_and_keep(fd, keys, ret, &release, e);

	release_free(release);
	return r;
}
