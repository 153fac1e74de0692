/* gate/release.c - the signed bundle of an export that has its decisions: made once, the same bytes whenever it is
 * made; see room.h. The tar is plain ustar (POSIX.1-2017, pax), so that tar, sha256sum and ssh-keygen verify it. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/gate/room.h"

#define TEMPORARY "release.tar"
#define DAY_S 86400
#define NAMESPACE "spe-release"
#define PARTS_MAX (SPE_EXPORT_FILES_MAX + 256 + 8) /* files, people of a permit, and what is always there */

struct part {
	char path[480];            /* beneath spe-release-EXPORT/ */
	char sha256[SHA256_TEXT];
	struct buf text;           /* empty for a file of the vault */
	bool vault;
	uint64_t size;
};

struct bundle {
	const char *export;
	time_t time;
	uint64_t checkpoint;       /* of the journal, which it shows itself to be in; 0: it was made before releases did */
	size_t count;
	struct part part[PARTS_MAX];
};

static void bundle_free(struct bundle **b)
{
	size_t i;

	for (i = 0; *b && i < (*b)->count; i++)
		buf_free(&(*b)->part[i].text);
	free(*b);
}

static struct part *part_add(struct bundle *b, const char *directory, const char *name)
{
	struct part *p = &b->part[b->count];

	if (b->count == PARTS_MAX)
		return NULL;
	b->count++;
	snprintf(p->path, sizeof(p->path), "%s%s", directory, name);
	return p;
}

static int text_add(struct bundle *b, const char *directory, const char *name, const char *text, size_t len,
	struct spe_error *e)
{
	struct part *p = part_add(b, directory, name);

	if (!p)
		return spe_fail(e, SPE_E_TOO_LARGE, "the release has more than %d files", PARTS_MAX);
	buf_add(&p->text, text, len);
	p->size = len;
	return p->text.bad || sha256_text(text, len, p->sha256) < 0 ? gate_memory(e) : 0;
}

/* ---- what is in it ---- */

static int files_add(struct bundle *b, const struct export *x, struct spe_error *e)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(x->manifest, "files"), i, one) {
		struct part *p = part_add(b, "files/", json_str(one, "name"));

		if (!p)
			return spe_fail(e, SPE_E_TOO_LARGE, "the release has more than %d files", PARTS_MAX);
		p->vault = true;
		p->size = (uint64_t)json_int(one, "size");
		snprintf(p->sha256, sizeof(p->sha256), "%s", json_str(one, "sha256"));
	}
	return 0;
}

/* The signatures that count, and whose they are: allowed_signers as of ssh-keygen(1). */
static int decisions_add(const struct gate *g, struct bundle *b, const struct export *x, struct spe_error *e)
{
	auto_buf struct buf checkers = { 0 };
	json_t *one;
	size_t i;

	json_array_foreach(x->decisions, i, one) {
		const char *person = json_str(one, "person");
		char path[STORE_PATH], name[SPE_NAME_MAX + 5];
		auto_free char *armor = NULL;
		size_t len;

		if (!json_flag(one, "counts"))
			continue;
		snprintf(name, sizeof(name), "%s.sig", person);
		snprintf(path, sizeof(path), "exports/%s/decisions/%s", x->id, name);
		TRY(store_read(g, path, &armor, &len, e));
		TRY(text_add(b, "decisions/", name, armor, len, e));
		buf_fmt(&checkers, "%s namespaces=\"spe-decision\" %s\n", person, json_str(one, "key"));
	}
	return checkers.bad ? gate_memory(e) : text_add(b, "", "checkers", checkers.p, checkers.len, e);
}

static int findings_add(const struct gate *g, struct bundle *b, const struct export *x, struct spe_error *e)
{
	auto_free char *text = NULL;
	char path[STORE_PATH];
	size_t len;

	snprintf(path, sizeof(path), "exports/%s/findings.json", x->id);
	TRY(store_read(g, path, &text, &len, e));
	return text_add(b, "", "findings.json", text, len, e);
}

/* Which keys counted: the registry itself names people of other permits, so its hash is here, and auditors have the rest. */
static int registered_add(const struct gate *g, struct bundle *b, const struct export *x, struct spe_error *e)
{
	const json_t *released = export_released(g, x);
	json_int_t entry = released ? json_int(released, "registry") : (json_int_t)g->registry->seq;
	char path[STORE_PATH], time[TIME_TEXT];
	auto_buf struct buf line = { 0 };

	if (entry == 0) /* it was made before there was a registry */
		return 0;
	snprintf(path, sizeof(path), "registry/%lld.json", (long long)entry);
	if (!store_has(g, path))
		return spe_fail(e, SPE_E_TAMPERED, "%s is not in the journal", path);
	time_text(time, (released ? json_int(released, "valid_at") : x->loaded_s) * 1000, false);
	buf_fmt(&line, "{\"format\":\"spe-registered-1\",\"entry\":%lld,\"sha256\":\"%s\",\"time\":\"%s\"}\n", (long long)entry,
		store_digest(g, path), time);
	return line.bad ? gate_memory(e) : text_add(b, "", "registry", line.p, line.len, e);
}

static int evidence_add(struct gate *g, struct bundle *b, struct spe_error *e)
{
	auto_free char *text = NULL;

	if (b->checkpoint == 0)
		return 0;
	TRY(proof_text(g, b->export, b->checkpoint, &text, e));
	return text_add(b, "", "evidence.json", text, strlen(text), e);
}

static int gate_add(const struct gate *g, struct bundle *b, struct spe_error *e)
{
	auto_buf struct buf line = { 0 };

	buf_fmt(&line, "spe-gate namespaces=\"" NAMESPACE "\" %s\n", g->release_key);
	return line.bad ? gate_memory(e) : text_add(b, "", "gate", line.p, line.len, e);
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct part *)a)->path, ((const struct part *)b)->path);
}

static void parts_sort(struct bundle *b)
{
	qsort(b->part, b->count, sizeof(b->part[0]), by_path);
}

static int sums_add(const struct gate *g, struct bundle *b, struct spe_error *e)
{
	auto_buf struct buf sums = { 0 };
	auto_free char *armor = NULL;
	size_t i;

	parts_sort(b);
	for (i = 0; i < b->count; i++)
		buf_fmt(&sums, "%s  %s\n", b->part[i].sha256, b->part[i].path);
	if (sums.bad)
		return gate_memory(e);
	TRY(sshsig_sign(g->release, NAMESPACE, sums.p, sums.len, &armor, e));
	TRY(text_add(b, "", "SHA256SUMS", sums.p, sums.len, e));
	TRY(text_add(b, "", "SHA256SUMS.sig", armor, strlen(armor), e));
	parts_sort(b);
	return 0;
}

static int bundle_fill(struct gate *g, struct bundle *b, const struct export *x, struct spe_error *e)
{
	b->export = x->id;
	b->time = (time_t)(x->decided_ms / 1000);
	TRY(files_add(b, x, e));
	TRY(decisions_add(g, b, x, e));
	TRY(text_add(b, "", "manifest.json", x->manifest_text, x->manifest_len, e));
	TRY(findings_add(g, b, x, e));
	TRY(gate_add(g, b, e));
	TRY(registered_add(g, b, x, e));
	TRY(evidence_add(g, b, e));
	return sums_add(g, b, e);
}

/* ---- the tar ---- */

static int tar_odd(struct archive *a, struct spe_error *e)
{
	return spe_fail(e, SPE_E_INTERNAL, "can't write a release: %s", archive_error_string(a));
}

static int head_write(struct archive *a, const struct bundle *b, const struct part *p, struct spe_error *e)
{
	struct archive_entry *entry = archive_entry_new();
	char path[512];
	int r = 0;

	if (!entry)
		return gate_memory(e);
	snprintf(path, sizeof(path), "spe-release-%s/%s", b->export, p->path);
	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, (la_int64_t)p->size);
	archive_entry_set_mtime(entry, b->time, 0);
	if (archive_write_header(a, entry) != ARCHIVE_OK)
		r = tar_odd(a, e);
	archive_entry_free(entry);
	return r;
}

static int data_write(struct archive *a, const void *p, size_t n, struct spe_error *e)
{
	return archive_write_data(a, p, n) == (la_ssize_t)n ? 0 : tar_odd(a, e);
}

/* The bytes that go in are the bytes that are hashed. */
static int vault_copy(struct archive *a, const struct part *p, int fd, EVP_MD_CTX *hash, struct spe_error *e)
{
	uint64_t left = p->size;
	char piece[65536];
	off_t at = 0;

	while (left > 0) {
		ssize_t n = pread(fd, piece, left < sizeof(piece) ? (size_t)left : sizeof(piece), at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return gate_fail(e, "read an output in the vault", -errno);
		if (n == 0)
			break;
		if (EVP_DigestUpdate(hash, piece, (size_t)n) != 1)
			return gate_memory(e);
		TRY(data_write(a, piece, (size_t)n, e));
		at += n;
		left -= (uint64_t)n;
	}
	return 0;
}

static int vault_write(const struct gate *g, struct archive *a, const struct part *p, struct spe_error *e)
{
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	char found[SHA256_TEXT] = "";
	uint8_t digest[SHA256_BYTES];
	auto_close int fd = vault_open(g, p->sha256, p->path, false, e);
	int r = fd < 0 ? fd : hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1 ? 0 : gate_memory(e);

	if (r == 0)
		r = vault_copy(a, p, fd, hash, e);
	if (r == 0 && EVP_DigestFinal_ex(hash, digest, NULL) == 1)
		hex_text(found, digest, sizeof(digest));
	EVP_MD_CTX_free(hash);
	if (r == 0 && strcmp(found, p->sha256) != 0)
		r = spe_fail(e, SPE_E_TAMPERED, "%s is not what was captured: vault/%.2s/%s has other bytes", p->path,
			p->sha256, p->sha256);
	return r;
}

static int parts_write(const struct gate *g, struct archive *a, const struct bundle *b, struct spe_error *e)
{
	size_t i;

	for (i = 0; i < b->count; i++) {
		const struct part *p = &b->part[i];

		TRY(head_write(a, b, p, e));
		TRY(p->vault ? vault_write(g, a, p, e) : data_write(a, p->text.p, p->text.len, e));
	}
	return 0;
}

static la_ssize_t hash_write(struct archive *a, void *hash, const void *p, size_t n)
{
	return EVP_DigestUpdate(hash, p, n) == 1 ? (la_ssize_t)n : -1;
}

/* Into fd, or where there is a hash into that alone. */
static int tar_write(const struct gate *g, const struct bundle *b, int fd, EVP_MD_CTX *hash, struct spe_error *e)
{
	struct archive *a = archive_write_new();
	int r = 0;

	if (!a)
		return gate_memory(e);
	if (archive_write_set_format_ustar(a) != ARCHIVE_OK || archive_write_add_filter_none(a) != ARCHIVE_OK ||
		archive_write_set_bytes_in_last_block(a, 1) != ARCHIVE_OK ||
		(hash ? archive_write_open(a, hash, NULL, hash_write, NULL) : archive_write_open_fd(a, fd)) != ARCHIVE_OK)
		r = tar_odd(a, e);
	if (r == 0)
		r = parts_write(g, a, b, e);
	if (r == 0 && archive_write_close(a) != ARCHIVE_OK)
		r = tar_odd(a, e);
	archive_write_free(a);
	return r;
}

/* tmp/release.tar, hashed. */
static int tar_make(struct gate *g, const struct export *x, uint64_t checkpoint, char ret_sha256[SHA256_TEXT], uint64_t *ret_size,
	struct spe_error *e)
{
	__attribute__((cleanup(bundle_free))) struct bundle *b = calloc(1, sizeof(*b));
	auto_close int fd = io_openat(g->dir, "tmp/" TEMPORARY, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
	int r;

	if (!b)
		return gate_memory(e);
	if (fd < 0)
		return gate_fail(e, "make a release", fd);
	b->checkpoint = checkpoint;
	TRY(bundle_fill(g, b, x, e));
	TRY(tar_write(g, b, fd, NULL, e));
	sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE); /* whoever puts it into its place syncs it */
	r = sha256_fd_text(fd, ret_sha256, ret_size);
	return r < 0 ? gate_fail(e, "make a release", r) : 0;
}

int release_check(struct gate *g, const struct export *x, const char *sha256, struct spe_error *e)
{
	__attribute__((cleanup(bundle_free))) struct bundle *b = calloc(1, sizeof(*b));
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	char found[SHA256_TEXT] = "";
	uint8_t digest[SHA256_BYTES];
	int r = b && hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1 ? 0 : gate_memory(e);

	if (r == 0) {
		b->checkpoint = (uint64_t)json_int(export_released(g, x), "checkpoint");
		r = bundle_fill(g, b, x, e);
	}
	if (r == 0)
		r = tar_write(g, b, -1, hash, e);
	if (r == 0 && EVP_DigestFinal_ex(hash, digest, NULL) == 1)
		hex_text(found, digest, sizeof(digest));
	EVP_MD_CTX_free(hash);
	if (r == 0 && strcmp(found, sha256) != 0)
		r = spe_fail(e, SPE_E_TAMPERED, "it is not made of its manifest, decisions and keys");
	return r;
}

/* ---- RELEASE and FETCH ---- */

struct made {
	struct store_file file[2]; /* the tar, then what is said of it */
	char *text;
};

static void made_free(struct made *m)
{
	free(m->text);
}
#define auto_made __attribute__((cleanup(made_free)))

static int made_fill(struct gate *g, const struct export *x, uint64_t checkpoint, struct made *m, struct spe_error *e)
{
	auto_json json_t *j = NULL;
	uint64_t size = 0;

	m->file[0].from = TEMPORARY;
	TRY(tar_make(g, x, checkpoint, m->file[0].sha256, &size, e));
	j = json_pack("{s:s,s:s,s:s,s:s,s:I}", "format", "spe-released-1", "export", x->id, "manifest_sha256",
		export_sha256(g, x->id, "manifest.json"), "sha256", m->file[0].sha256, "size", (json_int_t)size);
	m->text = j ? json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
	if (!m->text)
		return gate_memory(e);
	m->file[1].p = m->text;
	m->file[1].len = strlen(m->text);
	snprintf(m->file[0].path, sizeof(m->file[0].path), "releases/%s.tar", x->id);
	snprintf(m->file[1].path, sizeof(m->file[1].path), "releases/%s.json", x->id);
	return 0;
}

int release_finish(struct gate *g, const char *id, struct spe_error *e)
{
	auto_export struct export x = { .request = NULL };
	auto_made struct made m = { .text = NULL };

	TRY(export_load(g, id, &x, e));
	TRY(made_fill(g, &x, (uint64_t)json_int(export_released(g, &x), "checkpoint"), &m, e));
	return store_remake(g, m.file, 2, e);
}

static int may_release(struct gate *g, const struct export *x, struct spe_error *e)
{
	TRY(permit_in_force(g, x->permit, e));
	if (export_is(x, "pending"))
		return spe_fail(e, SPE_E_REFUSED, "export %s has %zu of the %" PRId64 " approvals that it needs", x->id,
			x->approvals, x->needed);
	if (!export_may(x, "release"))
		return spe_fail(e, SPE_E_REFUSED, "export %s is %s; only one that is approved is released", x->id,
			x->state);
	return release_meets_none(g, x, e);
}

/* What remakes it just so: which keys counted, that they did at this time, who was a checker, and how long the journal was. */
static int remake_note(const struct gate *g, const struct export *x, uint64_t checkpoint, json_t *object)
{
	return json_object_set_new(object, "registry", json_integer((json_int_t)g->registry->seq)) < 0 ||
		json_object_set_new(object, "valid_at", json_integer(x->loaded_s)) < 0 ||
		json_object_set_new(object, "permit_version", json_integer((json_int_t)x->permit->version)) < 0 ||
		json_object_set_new(object, "checkpoint", json_integer((json_int_t)checkpoint)) < 0 ? -ENOMEM : 0;
}

static int release_new(struct gate *g, const struct export *x, struct spe_error *e)
{
	auto_made struct made m = { .text = NULL };
	uint64_t checkpoint = journal_signed(g->journal); /* which was made when this was asked for */
	json_t *object;

	TRY(registry_unchanged(g, e));
	TRY(may_release(g, x, e));
	TRY(made_fill(g, x, checkpoint, &m, e));
	object = leaving_pack(g, x->id, json_object_get(x->manifest, "files"));
	if (!object || remake_note(g, x, checkpoint, object) < 0 || json_object_set_new(object, "manifest_sha256", json_string(export_sha256(g, x->id, "manifest.json"))) < 0 ||
		json_object_set_new(object, "sha256", json_string(m.file[0].sha256)) < 0) {
		json_decref(object);
		return gate_memory(e);
	}
	TRY(store_write(g, "export.release", export_workspace(x), object, m.file, 2, e));
	journal_checkpoint_later(g->journal, NULL); /* the release stands; the next record tries again */
	return 0;
}

/* The open tar, hashed, after a look at what was said of it when it was made. */
static int release_open(const struct gate *g, const char *id, json_t **ret_said, struct spe_error *e)
{
	auto_json json_t *said = NULL;
	char path[STORE_PATH];

	snprintf(path, sizeof(path), "releases/%s.json", id);
	TRY(store_json(g, path, &said, e));
	snprintf(path, sizeof(path), "releases/%s.tar", id);
	if (!store_has(g, path) || strcmp(json_str(said, "sha256"), store_digest(g, path)) != 0)
		return spe_fail(e, SPE_E_TAMPERED, "%s is not the release that was signed", path);
	if (ret_said)
		*ret_said = json_incref(said);
	return store_open_file(g, path, NULL, e);
}

static bool is_lost(const struct gate *g, const char *id)
{
	static const char *const ends[] = { "tar", "json" };
	char path[STORE_PATH];
	struct stat st;
	size_t i;

	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "releases/%s.%s", id, ends[i]);
		if (fstatat(g->dir, path, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
			return true;
	}
	return false;
}

int do_release(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_export struct export x = { .request = NULL };
	auto_json json_t *said = NULL;
	auto_close int fd = -1;
	char id[SPE_ID_TEXT];
	const char *from;

	TRY(want_id(c, "export", NULL, id, e));
	TRY(export_load(g, id, &x, e));
	from = x.state;
	if (!export_is(&x, "released")) {
		TRY(release_new(g, &x, e));
		export_free(&x);
		TRY(export_load(g, id, &x, e));
		TRY(export_moved(g, &x, "release", from, e));
	} else if (is_lost(g, id))
		TRY(release_finish(g, id, e));
	fd = release_open(g, id, &said, e);
	if (fd < 0)
		return fd;
	c->out = json_pack("{s:s,s:O,s:O}", "state", x.state, "sha256", json_object_get(said, "sha256"), "size",
		json_object_get(said, "size"));
	return 0;
}

/* Which bytes are asked for, of so many. False: all of them; also where a range is to go on with other bytes than these. */
static int range_want(const struct call *c, const json_t *said, bool *ret_ranged, uint64_t *ret_from, uint64_t *ret_to, struct spe_error *e)
{
	const uint64_t size = (uint64_t)json_int(said, "size");
	json_int_t from, to;

	*ret_ranged = json_object_get(c->in, "from") != NULL;
	if (!*ret_ranged)
		return 0;
	TRY(json_want_int(c->in, "request", "from", -1, INT64_MAX, &from, e));
	TRY(json_want_int(c->in, "request", "to", 0, INT64_MAX, &to, e));
	if (from > to)
		return spe_fail(e, SPE_E_INPUT, "request.from is behind request.to");
	if (json_object_get(c->in, "digest") && strcmp(json_str(c->in, "digest"), json_str(said, "sha256")) != 0)
		*ret_ranged = false;
	*ret_from = from >= 0 ? (uint64_t)from : (uint64_t)to < size ? size - (uint64_t)to : 0;
	*ret_to = from >= 0 && (uint64_t)to < size ? (uint64_t)to : size - 1;
	return 0;
}

/* A fetch that was counted may be gone on with by who began it, until ranges have come to this many times the release's bytes: what a broken
 * connection had under way is sent again, but nobody fetches anew by ranges what they may not fetch. */
#define RANGES_OF_ONE 2

static int go_on(struct gate *g, const struct export *x, const char *person, uint64_t size, uint64_t bytes, struct spe_error *e)
{
	const json_t *who = json_object_get(json_object_get(json_object_get(g->fetched, x->id), "people"), person);
	const uint64_t begun = (uint64_t)json_int(who, "times"), had = (uint64_t)json_int(who, "bytes");

	if (begun == 0)
		return spe_fail(e, SPE_E_REFUSED, "%s has begun no fetch of release %s that this range could go on with", person, x->id);
	if (had + bytes > begun * RANGES_OF_ONE * size) {
		spe_fail(e, SPE_E_REFUSED, "%s has gone on with what was begun of release %s for %d times its bytes", person, x->id, RANGES_OF_ONE);
		spe_remedy(e, "fetch it anew, without a range");
		return -SPE_E_REFUSED;
	}
	return store_fetched(g, x->id, export_workspace(x), person, bytes, e);
}

/* By the policy that held when the export was asked for; whether it is a researcher, and which, is the engine's word, which could fetch
 * as an auditor does: both are in the journal. A range from the first byte on that goes on with nothing is all of it. */
static int may_fetch(struct gate *g, struct call *c, const struct export *x, const json_t *said, struct spe_error *e)
{
	const int64_t released = json_int(export_released(g, x), "unix_time");
	const char *person = json_str(json_object_get(c->in, "record"), "actor");
	const uint64_t size = (uint64_t)json_int(said, "size");
	struct policy p = { .name = "" };
	int r;

	TRY(export_policy(g, x, &p, e));
	if (p.fetch_days > 0 && g->now_ms() / 1000 > released + p.fetch_days * DAY_S)
		return spe_fail(e, SPE_E_REFUSED, "release %s was to be fetched within %" PRId64 " days, says policy %s", x->id, p.fetch_days, p.name);
	if (p.fetches == 0 || (c->ranged && c->from >= size)) /* no byte is behind the end */
		return 0;
	if (c->ranged) {
		r = go_on(g, x, person, size, c->to - c->from + 1, e);
		if (r != -SPE_E_REFUSED || c->from > 0)
			return r;
		c->ranged = false;
	}
	if (json_int(json_object_get(g->fetched, x->id), "times") >= p.fetches)
		return spe_fail(e, SPE_E_REFUSED, "release %s was fetched %" PRId64 " times, which is as often as policy %s allows", x->id, p.fetches,
			p.name);
	return store_fetched(g, x->id, export_workspace(x), person, 0, e);
}

static bool is_researcher(const struct call *c)
{
	const char *role = json_str(json_object_get(c->in, "record"), "role");

	return strcmp(role, "auditor") != 0 && strcmp(role, "checker") != 0;
}

int do_fetch(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_export struct export x = { .request = NULL };
	auto_json json_t *said = NULL;
	char id[SPE_ID_TEXT], path[STORE_PATH];
	int fd, r;

	TRY(want_id(c, "export", NULL, id, e));
	snprintf(path, sizeof(path), "releases/%s.tar", id);
	if (!store_has(g, path))
		return spe_fail(e, SPE_E_CONFLICT, "export %s has not been released", id);
	if (is_lost(g, id))
		TRY(release_finish(g, id, e));
	TRY(export_load(g, id, &x, e));
	fd = release_open(g, id, &said, e);
	if (fd < 0)
		return fd;
	r = range_want(c, said, &c->ranged, &c->from, &c->to, e);
	if (r == 0 && is_researcher(c))
		r = may_fetch(g, c, &x, said, e);
	if (r < 0) {
		close(fd);
		return r;
	}
	snprintf(c->digest, sizeof(c->digest), "%s", json_str(said, "sha256"));
	c->out_fd = fd;
	return 0;
}
