/* spe-cli/crate.c - see crate.h. */
#include "spe-cli/crate.h"

#include "config.h"

#include <archive.h>
#include <archive_entry.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"

#define CRATE "https://w3id.org/ro/crate/1.2-DRAFT"
#define PROFILE "https://w3id.org/5s-crate/0.4"
#define SHP "https://w3id.org/shp#"
#define SHA512_TERM "http://www.iana.org/assignments/named-information#sha-512"
#define COMPLETED "http://schema.org/CompletedActionStatus"

/* ---- the metadata: one flat list of things that name one another ---- */

static json_t *ref(const char *id)
{
	return json_pack("{s:s}", "@id", id);
}

static void ref_add(json_t *thing, const char *field, const char *id)
{
	json_t *list = json_object_get(thing, field);

	if (!list) {
		list = json_array();
		json_object_set_new(thing, field, list);
	}
	json_array_append_new(list, ref(id));
}

static bool has_id(const json_t *graph, const char *id)
{
	const json_t *one;
	size_t i;

	json_array_foreach(graph, i, one)
		if (strcmp(json_str(one, "@id"), id) == 0)
			return true;
	return false;
}

/* A person of the environment: there is no more to tell of them than their name here. */
static void person_add(json_t *graph, const char *name, char *ret_id, size_t room)
{
	snprintf(ret_id, room, "#person-%s", name);
	if (!has_id(graph, ret_id))
		json_array_append_new(graph, json_pack("{s:s,s:s,s:s,s:[{s:s}]}", "@id", ret_id, "@type", "Person", "name", name, "memberOf", "@id",
			"#project"));
}

static void files_add(json_t *graph, json_t *root, json_t *job, const struct release *r, const json_t *manifest)
{
	const json_t *one;
	char id[640];
	size_t i;

	for (i = 0; i < r->count; i++) {
		snprintf(id, sizeof(id), RELEASE_DIR "%s/%s", r->id, r->file[i].name);
		ref_add(root, "hasPart", id);
		if (strncmp(r->file[i].name, "files/", 6) != 0)
			json_array_append_new(graph, json_pack("{s:s,s:s,s:s,s:I}", "@id", id, "@type", "File", "name", r->file[i].name, "contentSize",
				(json_int_t)r->file[i].size));
	}
	json_array_foreach(json_object_get(manifest, "files"), i, one) {
		snprintf(id, sizeof(id), RELEASE_DIR "%s/files/%s", r->id, json_str(one, "name"));
		json_array_append_new(graph, json_pack("{s:s,s:s,s:O,s:O,s:O}", "@id", id, "@type", "File", "name", json_object_get(one, "name"),
			"description", json_object_get(one, "description"), "contentSize", json_object_get(one, "size")));
		ref_add(job, "result", id);
	}
}

/* When the journal says that this person decided; "" where the release has no evidence. */
static void decided_at(const json_t *evidence, const char *person, char ret[32])
{
	const json_t *one;
	size_t i;

	ret[0] = '\0';
	json_array_foreach(json_object_get(evidence, "records"), i, one) {
		const char *line = json_str(one, "line");
		auto_json json_t *record = NULL;

		if (json_parse(line, strlen(line), "evidence.records", &record, NULL) == 0 &&
			strcmp(json_str(record, "action"), "export.decision") == 0 &&
			strcmp(json_str(json_object_get(record, "object"), "person"), person) == 0)
			snprintf(ret, 32, "%s", json_str(record, "time"));
	}
}

/* Each signature that lies in the release is a checker's assessment of what may leave. */
static void decisions_add(json_t *graph, json_t *root, const struct release *r, const json_t *evidence)
{
	size_t i;

	for (i = 0; i < r->count; i++) {
		const char *name = r->file[i].name;
		char person[200], who[220], id[220], file[640], when[32];
		json_t *action;

		if (strncmp(name, "decisions/", 10) != 0)
			continue;
		snprintf(person, sizeof(person), "%.*s", (int)(strlen(name) - 14), name + 10);
		person_add(graph, person, who, sizeof(who));
		snprintf(id, sizeof(id), "#decision-%s", person);
		snprintf(file, sizeof(file), RELEASE_DIR "%s/%s", r->id, name);
		decided_at(evidence, person, when);
		action = json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:o,s:o,s:o}", "@id", id, "@type", "AssessAction", "additionalType", SHP "DisclosureCheck",
			"name", "Output checker's approval", "actionStatus", COMPLETED, "agent", ref(who), "object", ref("./"), "instrument",
			ref("#policy"), "result", ref(file));
		if (action && when[0])
			json_object_set_new(action, "endTime", json_string(when));
		json_array_append_new(graph, action);
		ref_add(root, "mentions", id);
	}
}

/* The environment's own steps: the permit held, the bytes are those, the release was made. */
static void steps_add(json_t *graph, json_t *root, const json_t *manifest)
{
	const json_t *permit = json_object_get(manifest, "permit"), *policy = json_object_get(manifest, "policy");

	json_array_append_new(graph, json_pack("{s:s,s:s,s:s+,s:O,s:s+}", "@id", "#permit", "@type", "CreativeWork", "name", "Data permit ",
		json_str(permit, "id"), "version", json_object_get(permit, "version"), "identifier", "sha256:", json_str(permit, "digest")));
	json_array_append_new(graph, json_pack("{s:s,s:s,s:s+,s:s+}", "@id", "#policy", "@type", "CreativeWork", "name", "Output policy ",
		json_str(policy, "name"), "identifier", "sha256:", json_str(policy, "digest")));
	json_array_append_new(graph, json_pack("{s:s,s:s,s:s}", "@id", SHA512_TERM, "@type", "DefinedTerm", "name", "sha-512 algorithm"));
	json_array_append_new(graph, json_pack("{s:s,s:s,s:s,s:s}", "@id", "#spe", "@type", "SoftwareApplication", "name", "spe", "softwareVersion",
		PACKAGE_VERSION));
	json_array_append_new(graph, json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:o,s:o}", "@id", "#sign-off", "@type", "AssessAction", "additionalType",
		SHP "SignOff", "name", "The data permit was in force", "actionStatus", COMPLETED, "agent", ref("#spe"), "instrument", ref("#permit"),
		"object", json_pack("[{s:s},{s:s},{s:s}]", "@id", "./", "@id", "#workflow", "@id", "#project")));
	json_array_append_new(graph, json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:o,s:o}", "@id", "#check", "@type", "AssessAction", "additionalType",
		SHP "CheckValue", "name", "The release was verified and the bag made of it", "actionStatus", COMPLETED, "agent", ref("#spe"),
		"instrument", ref(SHA512_TERM), "object", ref("./")));
	json_array_append_new(graph, json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:o,s:o}", "@id", "#publish", "@type", "UpdateAction", "additionalType",
		SHP "GenerateCheckValue", "name", "The gate signed the release", "actionStatus", COMPLETED, "agent", ref("#spe"), "instrument",
		ref(SHA512_TERM), "object", ref("./")));
	ref_add(root, "mentions", "#sign-off");
	ref_add(root, "mentions", "#check");
	ref_add(root, "mentions", "#publish");
}

json_t *crate_metadata(const struct release *r, const json_t *manifest, const json_t *evidence)
{
	auto_json json_t *graph = json_array(), *root = NULL, *job = NULL;
	const char *requested = json_str(manifest, "requested");
	char who[220];

	json_array_append_new(graph, json_pack("{s:s,s:s,s:o,s:o}", "@id", "ro-crate-metadata.json", "@type", "CreativeWork", "about", ref("./"),
		"conformsTo", ref(CRATE)));
	root = json_pack("{s:s,s:s,s:s+++,s:s,s:s,s:o,s:o,s:o,s:[{s:s}]}", "@id", "./", "@type", "Dataset", "name", "Release ", r->id,
		" of workspace ", json_str(manifest, "workspace"), "description", json_str(manifest, "context"), "datePublished", requested,
		"conformsTo", ref(PROFILE), "mainEntity", ref("#workflow"), "sourceOrganization", ref("#project"), "mentions", "@id", "#job");
	job = json_pack("{s:s,s:s,s:s+,s:s,s:o}", "@id", "#job", "@type", "CreateAction", "name", "Job ", json_str(manifest, "job"), "actionStatus",
		COMPLETED, "instrument", ref("#workflow"));
	if (!graph || !root || !job)
		return NULL;
	json_array_append(graph, root);
	json_array_append(graph, job);
	json_array_append_new(graph, json_pack("{s:s,s:s,s:s}", "@id", PROFILE, "@type", "Profile", "name", "Five Safes RO-Crate profile"));
	json_array_append_new(graph, json_pack("{s:s,s:s,s:s}", "@id", "#workflow", "@type", "Dataset", "name",
		"The researcher's code, which stays in the environment"));
	json_array_append_new(graph, json_pack("{s:s,s:s,s:O,s:O}", "@id", "#project", "@type", "Project", "name",
		json_object_get(manifest, "workspace"), "identifier", json_object_get(manifest, "workspace")));
	person_add(graph, json_str(manifest, "requester"), who, sizeof(who));
	json_object_set_new(job, "agent", ref(who));
	files_add(graph, root, job, r, manifest);
	decisions_add(graph, root, r, evidence);
	steps_add(graph, root, manifest);
	return json_pack("{s:s,s:O}", "@context", CRATE "/context", "@graph", graph);
}

/* ---- the bag ---- */

struct bag {
	struct archive *zip;
	const struct release *release;
	time_t time;         /* of every entry: the release's */
	struct buf sums, tags; /* manifest-sha512.txt, tagmanifest-sha512.txt */
	size_t files;
	uint64_t bytes;
};

static int zip_odd(struct archive *a, struct spe_error *e)
{
	return spe_fail(e, SPE_E_INTERNAL, "the crate can't be written: %s", archive_error_string(a));
}

static int head_write(const struct bag *b, const char *path, uint64_t size, struct spe_error *e)
{
	struct archive_entry *entry = archive_entry_new();
	char whole[700];
	int r = 0;

	if (!entry)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	snprintf(whole, sizeof(whole), "spe-crate-%s/%s", b->release->id, path);
	archive_entry_set_pathname(entry, whole);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, (la_int64_t)size);
	archive_entry_set_mtime(entry, b->time, 0);
	if (archive_write_header(b->zip, entry) != ARCHIVE_OK)
		r = zip_odd(b->zip, e);
	archive_entry_free(entry);
	return r;
}

static void line_add(struct buf *sums, const uint8_t *digest, size_t n, const char *path)
{
	size_t i;

	for (i = 0; i < n; i++)
		buf_fmt(sums, "%02x", digest[i]);
	buf_fmt(sums, "  %s\n", path);
}

/* A file of ours; sums: the list that names it, or NULL. */
static int text_write(struct bag *b, const char *path, const char *text, size_t len, struct buf *sums, struct spe_error *e)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned n;
	int r = head_write(b, path, len, e);

	if (r < 0)
		return r;
	if (archive_write_data(b->zip, text, len) != (la_ssize_t)len)
		return zip_odd(b->zip, e);
	if (sums && EVP_Digest(text, len, digest, &n, EVP_sha512(), NULL) != 1)
		return spe_fail(e, SPE_E_INTERNAL, "no SHA-512");
	if (sums)
		line_add(sums, digest, n, path);
	return 0;
}

struct digests {
	EVP_MD_CTX *sha512, *sha256;
};

static void digests_free(struct digests *d)
{
	EVP_MD_CTX_free(d->sha512);
	EVP_MD_CTX_free(d->sha256);
}

/* What goes in is what is hashed, and has to be what was verified. */
static int data_copy(struct bag *b, struct archive *tar, const struct release_file *f, const char *path, struct spe_error *e)
{
	__attribute__((cleanup(digests_free))) struct digests d = { EVP_MD_CTX_new(), EVP_MD_CTX_new() };
	uint8_t digest[EVP_MAX_MD_SIZE];
	char block[65536], sha256[SHA256_TEXT];
	unsigned n;
	la_ssize_t got;

	if (!d.sha512 || !d.sha256 || EVP_DigestInit_ex(d.sha512, EVP_sha512(), NULL) != 1 ||
		EVP_DigestInit_ex(d.sha256, EVP_sha256(), NULL) != 1)
		return spe_fail(e, SPE_E_INTERNAL, "no SHA-512");
	while ((got = archive_read_data(tar, block, sizeof(block))) > 0) {
		if (EVP_DigestUpdate(d.sha512, block, (size_t)got) != 1 || EVP_DigestUpdate(d.sha256, block, (size_t)got) != 1)
			return spe_fail(e, SPE_E_INTERNAL, "no SHA-512");
		if (archive_write_data(b->zip, block, (size_t)got) != got)
			return zip_odd(b->zip, e);
	}
	if (got < 0 || EVP_DigestFinal_ex(d.sha256, digest, NULL) != 1)
		return spe_fail(e, SPE_E_TAMPERED, "%s can't be read again", f->name);
	hex_text(sha256, digest, SHA256_BYTES);
	if (strcmp(sha256, f->sha256) != 0)
		return spe_fail(e, SPE_E_TAMPERED, "%s has changed since it was verified", f->name);
	if (EVP_DigestFinal_ex(d.sha512, digest, &n) != 1)
		return spe_fail(e, SPE_E_INTERNAL, "no SHA-512");
	line_add(&b->sums, digest, n, path);
	b->files++;
	b->bytes += f->size;
	return 0;
}

static int entry_copy(struct bag *b, struct archive *tar, struct archive_entry *entry, struct spe_error *e)
{
	const size_t prefix = sizeof(RELEASE_DIR) - 1 + 9; /* spe-release-EXPORT/ */
	const char *path = archive_entry_pathname(entry);
	const struct release_file *f;
	char to[600];
	int r;

	if (archive_entry_filetype(entry) == AE_IFDIR)
		return 0;
	f = path && strlen(path) > prefix ? release_find(b->release, path + prefix) : NULL;
	if (!f || (uint64_t)archive_entry_size(entry) != f->size)
		return spe_fail(e, SPE_E_TAMPERED, "the release has changed since it was verified");
	if (b->time == 0)
		b->time = archive_entry_mtime(entry);
	snprintf(to, sizeof(to), "data/%s", path);
	r = head_write(b, to, f->size, e);
	return r < 0 ? r : data_copy(b, tar, f, to, e);
}

static int release_copy(struct bag *b, struct archive *tar, struct spe_error *e)
{
	struct archive_entry *entry;
	int got, r = 0;

	while (r == 0 && (got = archive_read_next_header(tar, &entry)) == ARCHIVE_OK)
		r = entry_copy(b, tar, entry, e);
	if (r == 0 && (got != ARCHIVE_EOF || b->files != b->release->count))
		r = spe_fail(e, SPE_E_TAMPERED, "the release has changed since it was verified");
	return r;
}

/* A name of the crate that follows from the release: version 8 of RFC 9562. */
static void uuid_of(const struct release *r, char ret[40])
{
	const struct release_file *f = release_find(r, "SHA256SUMS");
	const char *h = f ? f->sha256 : r->file[0].sha256;

	snprintf(ret, 40, "%.8s-%.4s-8%.3s-8%.3s-%.12s", h, h + 8, h + 13, h + 17, h + 20);
}

static int tags_write(struct bag *b, struct spe_error *e)
{
	static const char bagit[] = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
	auto_buf struct buf info = { 0 };
	char uuid[40], day[24];
	struct tm tm;
	int r;

	uuid_of(b->release, uuid);
	strftime(day, sizeof(day), "%Y-%m-%d", gmtime_r(&b->time, &tm));
	buf_fmt(&info, "External-Identifier: urn:uuid:%s\nBagging-Date: %s\nPayload-Oxum: %llu.%zu\n", uuid, day, (unsigned long long)b->bytes,
		b->files);
	if (info.bad || b->sums.bad)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	r = text_write(b, "bagit.txt", bagit, sizeof(bagit) - 1, &b->tags, e);
	if (r == 0)
		r = text_write(b, "bag-info.txt", info.p, info.len, &b->tags, e);
	if (r == 0)
		r = text_write(b, "manifest-sha512.txt", b->sums.p, b->sums.len, &b->tags, e);
	if (r == 0 && b->tags.bad)
		r = spe_fail(e, SPE_E_INTERNAL, "out of memory");
	return r == 0 ? text_write(b, "tagmanifest-sha512.txt", b->tags.p, b->tags.len, NULL, e) : r;
}

static int bag_write(struct bag *b, struct archive *tar, const json_t *metadata, struct spe_error *e)
{
	auto_free char *text = json_dumps(metadata, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	int r = release_copy(b, tar, e);

	if (!text)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	if (r == 0)
		r = text_write(b, "data/ro-crate-metadata.json", text, strlen(text), &b->sums, e);
	b->bytes += strlen(text);
	b->files++;
	return r == 0 ? tags_write(b, e) : r;
}

int crate_write(int tar, const struct release *release, const json_t *metadata, int out, struct spe_error *e)
{
	struct bag b = { .zip = archive_write_new(), .release = release };
	struct archive *a = archive_read_new();
	int r = 0;

	if (!a || !b.zip || archive_read_support_format_tar(a) != ARCHIVE_OK || archive_write_set_format_zip(b.zip) != ARCHIVE_OK)
		r = spe_fail(e, SPE_E_INTERNAL, "no archive can be read or written");
	else if (lseek(tar, 0, SEEK_SET) < 0 || archive_read_open_fd(a, tar, 65536) != ARCHIVE_OK)
		r = spe_fail(e, SPE_E_TAMPERED, "the release can't be read again");
	else if (archive_write_open_fd(b.zip, out) != ARCHIVE_OK)
		r = zip_odd(b.zip, e);
	if (r == 0)
		r = bag_write(&b, a, metadata, e);
	if (r == 0 && archive_write_close(b.zip) != ARCHIVE_OK)
		r = zip_odd(b.zip, e);
	archive_read_free(a);
	archive_write_free(b.zip);
	buf_free(&b.sums);
	buf_free(&b.tags);
	return r;
}
