/* image/outer.c - the archive as it came: a plain tar archive whose members are found by name. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"
#include "sped/image/image.h"

#define MEMBERS_MAX 4096       /* three for each layer of docker save, and the manifests of all platforms */
#define TEXT_MAX (4u << 20)    /* OCI distribution specification: registries take manifests of 4 MiB */

static struct archive *tar_at(int fd, int64_t at)
{
	struct archive *a = archive_read_new();

	if (a && lseek(fd, at, SEEK_SET) == at && archive_read_support_format_tar(a) == ARCHIVE_OK &&
		archive_read_open_fd(a, fd, 65536) == ARCHIVE_OK)
		return a;
	archive_read_free(a);
	return NULL;
}

static int member_add(struct outer *o, struct archive *a, struct archive_entry *entry, struct spe_error *e)
{
	const char *path = archive_entry_pathname(entry), *link = archive_entry_symlink(entry);
	const mode_t type = archive_entry_filetype(entry);
	const char *odd = path ? NULL : "is not UTF-8";
	char clean[IMAGE_PATH];
	json_t *m;

	odd = odd ? odd : name_clean(path, clean);
	if (odd)
		return spe_fail(e, SPE_E_INPUT, "the archive's member \"%.100s\" %s", path ? path : "?", odd);
	if (type == AE_IFDIR)
		return 0;
	if (archive_entry_hardlink(entry) || (type != AE_IFREG && (type != AE_IFLNK || !link || name_text_odd(link))))
		return spe_fail(e, SPE_E_INPUT, "the archive's member \"%.100s\" is no plain file", clean);
	if (json_object_get(o->members, clean))
		return spe_fail(e, SPE_E_INPUT, "the archive has the member \"%.100s\" twice", clean);
	if (json_object_size(o->members) == MEMBERS_MAX)
		return spe_fail(e, SPE_E_TOO_LARGE, "the archive has more than %d members", MEMBERS_MAX);
	m = type == AE_IFLNK ? json_pack("{s:s}", "link", link)
			     : json_pack("{s:I,s:I}", "at", (json_int_t)archive_read_header_position(a), "size",
				       (json_int_t)archive_entry_size(entry));
	return m && json_object_set_new(o->members, clean, m) == 0 ? 0 : spe_fail(e, SPE_E_INTERNAL, "out of memory");
}

/* What people send instead of a plain archive, by its first bytes. */
static const char *packed_as(int fd)
{
	static const struct {
		const char *name, *magic;
		size_t n;
	} kinds[] = { { "gzip", "\x1f\x8b", 2 }, { "zstd", "\x28\xb5\x2f\xfd", 4 }, { "xz", "\xfd" "7zXZ", 5 },
		{ "bzip2", "BZh", 3 } };
	char head[8] = "";
	size_t i;

	if (pread(fd, head, sizeof(head), 0) < 0)
		return NULL;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (memcmp(head, kinds[i].magic, kinds[i].n) == 0)
			return kinds[i].name;
	return NULL;
}

static int members_read(struct outer *o, struct spe_error *e)
{
	const char *packed = packed_as(o->fd);
	struct archive *a = packed ? NULL : tar_at(o->fd, 0);
	struct archive_entry *entry;
	int r = 0, got = ARCHIVE_FATAL;

	if (packed) {
		spe_fail(e, SPE_E_INPUT, "the archive is compressed by %s; a plain tar archive is taken", packed);
		spe_remedy(e, "uncompress it; its layers may stay compressed");
		return -SPE_E_INPUT;
	}
	while (r == 0 && a && ((got = archive_read_next_header(a, &entry)) == ARCHIVE_OK || got == ARCHIVE_WARN))
		r = member_add(o, a, entry, e);
	if (r == 0 && got != ARCHIVE_EOF)
		r = spe_fail(e, SPE_E_INPUT, "this is no whole tar archive");
	archive_read_free(a);
	return r;
}

int outer_open(int fd, struct outer *ret, struct spe_error *e)
{
	struct outer o = { fd, json_object() };
	int r = o.members ? members_read(&o, e) : spe_fail(e, SPE_E_INTERNAL, "out of memory");

	if (r < 0)
		outer_close(&o);
	else
		*ret = o;
	return r;
}

void outer_close(struct outer *o)
{
	json_decref(o->members);
	o->members = NULL;
}

bool outer_has(const struct outer *o, const char *name)
{
	return json_object_get(o->members, name);
}

/* docker save before version 25 has a layer that comes again as a link "../ID/layer.tar" to the first. */
static const json_t *member_of(const struct outer *o, const char *name)
{
	const json_t *m = json_object_get(o->members, name);
	const char *link = json_str(m, "link");

	if (!*link)
		return m;
	m = strncmp(link, "../", 3) == 0 ? json_object_get(o->members, link + 3) : NULL;
	return *json_str(m, "link") ? NULL : m;
}

int outer_read(const struct outer *o, const char *name, struct archive **ret, int64_t *ret_size, struct spe_error *e)
{
	const json_t *m = member_of(o, name);
	struct archive *a = m ? tar_at(o->fd, json_int(m, "at")) : NULL;
	struct archive_entry *entry;
	int got = a ? archive_read_next_header(a, &entry) : ARCHIVE_FATAL;

	if (got == ARCHIVE_OK || got == ARCHIVE_WARN) {
		*ret = a;
		*ret_size = json_int(m, "size");
		return 0;
	}
	archive_read_free(a);
	return spe_fail(e, SPE_E_INPUT, "the archive has no member \"%.160s\", which its manifest names", name);
}

static int text_read(struct archive *a, const char *name, char **ret, size_t *ret_len, struct spe_error *e)
{
	auto_buf struct buf b = { 0 };
	char piece[16384];
	la_ssize_t n;

	while ((n = archive_read_data(a, piece, sizeof(piece))) > 0) {
		if (b.len + (size_t)n > TEXT_MAX)
			return spe_fail(e, SPE_E_TOO_LARGE, "\"%.160s\" has more than %u bytes", name, TEXT_MAX);
		buf_add(&b, piece, (size_t)n);
	}
	buf_add(&b, "", 0);
	if (n < 0)
		return spe_fail(e, SPE_E_INPUT, "\"%.160s\" ends early", name);
	if (b.bad)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	*ret = b.p;
	*ret_len = b.len;
	b = (struct buf){ 0 };
	return 0;
}

int outer_text(const struct outer *o, const char *name, const char *digest, int64_t size, char **ret, size_t *ret_len,
	char ret_sha256[SHA256_TEXT], struct spe_error *e)
{
	auto_free char *text = NULL;
	struct archive *a;
	int64_t have;
	int r = outer_read(o, name, &a, &have, e);

	if (r < 0)
		return r;
	r = text_read(a, name, &text, ret_len, e);
	archive_read_free(a);
	if (r < 0)
		return r;
	if (sha256_text(text, *ret_len, ret_sha256) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "SHA-256 is not to be had");
	if (size >= 0 && have != size)
		return spe_fail(e, SPE_E_TAMPERED, "\"%.160s\" has %lld bytes; its descriptor says %lld", name, (long long)have, (long long)size);
	if (digest && strcmp(digest, ret_sha256) != 0)
		return spe_fail(e, SPE_E_TAMPERED, "\"%.160s\" has the SHA-256 %s", name, ret_sha256);
	*ret = spe_take_ptr(&text);
	return 0;
}

int outer_json(const struct outer *o, const char *name, const char *digest, int64_t size, json_t **ret, char ret_sha256[SHA256_TEXT],
	struct spe_error *e)
{
	auto_free char *text = NULL;
	size_t len;

	TRY(outer_text(o, name, digest, size, &text, &len, ret_sha256, e));
	return json_parse(text, len, name, ret, e);
}
