/* spe-cli/release.c - see release.h. */
#include "spe-cli/release.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/ids.h"
#include "spe/limits.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"

#define HEAD 512    /* bytes of a header, and what content is filled up to */
#define DEPTH_MAX 6 /* files/ and four components, as outputs have */

static void digest_free(EVP_MD_CTX **c)
{
	EVP_MD_CTX_free(*c);
}

void release_free(struct release *r)
{
	size_t i;

	if (!r)
		return;
	for (i = 0; i < r->count; i++) {
		free(r->file[i].name);
		free(r->file[i].bytes);
	}
	free(r->file);
	free(r);
}

static void release_auto_free(struct release **r)
{
	release_free(*r);
}

const struct release_file *release_find(const struct release *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		if (strcmp(r->file[i].name, name) == 0)
			return &r->file[i];
	return NULL;
}

/* Components that people could type, so that no name means another place. */
static bool path_ok(const char *path)
{
	char part[SPE_NAME_MAX + 1];
	int depth;

	for (depth = 0; depth < DEPTH_MAX; depth++) {
		size_t n = strcspn(path, "/");

		if (n > SPE_NAME_MAX)
			return false;
		memcpy(part, path, n);
		part[n] = '\0';
		if (!name_ok(part))
			return false;
		if (path[n] == '\0')
			return true;
		path += n + 1;
	}
	return false;
}

/* "spe-release-EXPORT/NAME": NAME, or NULL. The first entry says which export it is. */
static const char *inner_name(struct release *r, const char *path)
{
	const size_t prefix = sizeof(RELEASE_DIR) - 1;
	char id[SPE_ID_TEXT];
	uint32_t number;

	if (!path || strncmp(path, RELEASE_DIR, prefix) != 0 || strlen(path) < prefix + 9)
		return NULL;
	memcpy(id, path + prefix, 8);
	id[8] = '\0';
	if (!spe_id_parse(id, &number) || path[prefix + 8] != '/')
		return NULL;
	if (r->id[0] && strcmp(r->id, id) != 0)
		return NULL;
	memcpy(r->id, id, sizeof(id));
	return path + prefix + 9;
}

static bool carries_more(struct archive_entry *entry)
{
	return archive_entry_hardlink(entry) || archive_entry_symlink(entry) ||
	       archive_entry_sparse_count(entry) > 0 || archive_entry_xattr_count(entry) > 0 ||
	       archive_entry_acl_types(entry) != 0;
}

static int entry_check(
	struct archive *a, struct archive_entry *entry, const char *path, struct spe_error *e)
{
	if (archive_format(a) != ARCHIVE_FORMAT_TAR_USTAR)
		return spe_fail(e, SPE_E_TAMPERED, "it is no plain ustar archive at %s", path);
	if (carries_more(entry) || archive_entry_filetype(entry) != AE_IFREG)
		return spe_fail(e, SPE_E_TAMPERED, "%s is not a regular file", path);
	if (archive_entry_size(entry) < 0 || archive_entry_size(entry) > RELEASE_OUTPUT_MAX)
		return spe_fail(e, SPE_E_TAMPERED, "%s has an odd size", path);
	return 0;
}

static int file_add(
	struct release *r, const char *name, struct release_file **ret, struct spe_error *e)
{
	if (!path_ok(name))
		return spe_fail(
			e, SPE_E_TAMPERED, "the name %.100s is not one that a release has", name);
	if (release_find(r, name))
		return spe_fail(e, SPE_E_TAMPERED, "%s is there twice", name);
	if (r->count == RELEASE_FILES_MAX)
		return spe_fail(e, SPE_E_TAMPERED, "it has more than %d files", RELEASE_FILES_MAX);
	*ret = &r->file[r->count];
	(*ret)->name = strdup(name);
	if (!(*ret)->name)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	r->count++;
	return 0;
}

/* Hash what the entry holds; keep it as well where keep is given. */
static int content_read(
	struct archive *a, struct release_file *f, struct buf *keep, struct spe_error *e)
{
	__attribute__((cleanup(digest_free))) EVP_MD_CTX *hash = EVP_MD_CTX_new();
	uint8_t digest[SHA256_BYTES];
	char block[65536];
	la_ssize_t n;

	if (!hash || EVP_DigestInit_ex(hash, EVP_sha256(), NULL) != 1)
		return spe_fail(e, SPE_E_INTERNAL, "no SHA-256");
	while ((n = archive_read_data(a, block, sizeof(block))) > 0) {
		f->size += (uint64_t)n;
		if (keep && f->size > RELEASE_KEPT_MAX)
			return spe_fail(e, SPE_E_TAMPERED, "%s is larger than %zu bytes", f->name,
				RELEASE_KEPT_MAX);
		if (EVP_DigestUpdate(hash, block, (size_t)n) != 1)
			return spe_fail(e, SPE_E_INTERNAL, "no SHA-256");
		if (keep)
			buf_add(keep, block, (size_t)n);
	}
	if (n < 0)
		return spe_fail(e, SPE_E_TAMPERED, "%s is cut off", f->name);
	if (EVP_DigestFinal_ex(hash, digest, NULL) != 1 || (keep && keep->bad))
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	hex_text(f->sha256, digest, sizeof(digest));
	return 0;
}

static int entry_read(
	struct archive *a, struct archive_entry *entry, struct release *r, struct spe_error *e)
{
	const char *path = archive_entry_pathname(entry);
	const char *name = inner_name(r, path);
	auto_buf struct buf keep = { 0 };
	struct release_file *f = NULL;
	int code;

	if (!name)
		return spe_fail(e, SPE_E_TAMPERED, "%.100s is not under one directory %sEXPORT",
			path ? path : "a nameless entry", RELEASE_DIR);
	code = entry_check(a, entry, path, e);
	if (code < 0)
		return code;
	code = file_add(r, name, &f, e);
	if (code < 0)
		return code;
	buf_str(&keep, "");
	code = content_read(a, f, strncmp(name, "files/", 6) == 0 ? NULL : &keep, e);
	if (code == 0 && strncmp(name, "files/", 6) != 0)
		f->bytes = spe_take_ptr(&keep.p);
	return code;
}

/* ---- the bytes themselves, as every other program reads them ---- */

static bool zeros(const char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (p[i])
			return false;
	return true;
}

/* text, and NULs behind it */
static bool field_is(const char *field, size_t len, const char *text)
{
	size_t n = strlen(text);

	return memcmp(field, text, n) == 0 && zeros(field + n, len - n);
}

/* So many octal digits: what else stands for a number is read in more than one way. */
static bool octal(const char *field, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (field[i] < '0' || field[i] > '7')
			return false;
	return true;
}

static bool number_ok(const char *field)
{
	return octal(field, 11) && (field[11] == ' ' || field[11] == '\0');
}

/* That it is the sum libarchive has looked at, to whom a blank is as good as a first 0; and the sum is not of itself. */
static bool sum_ok(const char *field)
{
	return octal(field, 6) && field[6] == '\0' && field[7] == ' ';
}

static bool name_ends(const char *field, size_t len)
{
	size_t n = strnlen(field, len);

	return zeros(field + n, len - n);
}

/* Nothing but a name, a size and a time: what the gate writes in all other fields, and what GNU tar does with
 * --numeric-owner --mode=0644. Source: POSIX, pax, ustar Interchange Format. */
static bool head_ok(const char *head)
{
	static const struct {
		size_t at, len;
		const char *gate, *stock;
	} fixed[] = {
		{ 100, 8, "000644 ", "0000644" },  /* mode */
		{ 108, 8, "000000 ", "0000000" },  /* uid */
		{ 116, 8, "000000 ", "0000000" },  /* gid */
		{ 156, 1, "0", "0" },              /* a regular file; L and K say the name of the next, V that of a volume */
		{ 157, 100, "", "" },              /* where a link leads */
		{ 257, 6, "ustar", "ustar" },
		{ 263, 2, "00", "00" },
		{ 265, 64, "", "" },               /* names of user and group */
		{ 329, 8, "000000 ", "0000000" },  /* device */
		{ 337, 8, "000000 ", "0000000" },
		{ 500, 12, "", "" },
	};
	size_t i;

	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (!field_is(head + fixed[i].at, fixed[i].len, fixed[i].gate) &&
			!field_is(head + fixed[i].at, fixed[i].len, fixed[i].stock))
			return false;
	return name_ends(head, 100) && name_ends(head + 345, 155) && number_ok(head + 124) && number_ok(head + 136) &&
	       sum_ok(head + 148);
}

/* libarchive takes headers together that belong to one file, and leaves out bytes in them that other programs read: each
 * entry has to begin with the one header that it is, where the last one ended. */
static int head_check(struct archive *a, int fd, off_t at, const char *path, struct spe_error *e)
{
	char head[HEAD];

	if (archive_read_header_position(a) != at || pread(fd, head, sizeof(head), at) != (ssize_t)sizeof(head) || !head_ok(head))
		return spe_fail(e, SPE_E_TAMPERED, "%.100s has another header than the gate writes", path ? path : "a nameless entry");
	return 0;
}

/* Behind the content, up to the next header. */
static int fill_check(int fd, off_t from, off_t to, const char *path, struct spe_error *e)
{
	const size_t len = (size_t)(to - from);
	char fill[HEAD];

	if (pread(fd, fill, len, from) != (ssize_t)len || !zeros(fill, len))
		return spe_fail(e, SPE_E_TAMPERED, "there are bytes behind the end of %s", path);
	return 0;
}

/* After the last entry nothing but zeros may follow, or bytes would travel that nobody signed. */
static int end_check(int fd, off_t from, struct spe_error *e)
{
	char block[65536];
	off_t empty = 0;
	ssize_t n;

	while ((n = pread(fd, block, sizeof(block), from)) > 0) {
		if (!zeros(block, (size_t)n))
			return spe_fail(e, SPE_E_TAMPERED, "there are bytes after the end of the archive");
		from += n;
		empty += n;
	}
	if (n < 0)
		return spe_fail(e, SPE_E_INTERNAL, "it can't be read: %s", strerror(errno));
	if (empty < 2 * HEAD)
		return spe_fail(e, SPE_E_TAMPERED, "it is cut off");
	return 0;
}

static int entries_read(struct archive *a, int fd, struct release *r, struct spe_error *e)
{
	struct archive_entry *entry;
	off_t at = 0, end;
	int got, code;

	while ((got = archive_read_next_header(a, &entry)) == ARCHIVE_OK) {
		const char *path = archive_entry_pathname(entry);

		code = entry_read(a, entry, r, e);
		if (code == 0)
			code = head_check(a, fd, at, path, e);
		if (code < 0)
			return code;
		end = at + HEAD + archive_entry_size(entry);
		at = (end + HEAD - 1) / HEAD * HEAD;
		code = fill_check(fd, end, at, path, e);
		if (code < 0)
			return code;
	}
	if (got != ARCHIVE_EOF)
		return spe_fail(e, SPE_E_TAMPERED, "it is no tar archive that can be read: %s",
			archive_error_string(a) ? archive_error_string(a) : "unknown form");
	if (r->count == 0)
		return spe_fail(e, SPE_E_TAMPERED, "it is empty");
	return end_check(fd, at, e);
}

int release_read(int fd, struct release **ret, struct spe_error *e)
{
	__attribute__((cleanup(release_auto_free))) struct release *r = calloc(1, sizeof(*r));
	struct archive *a = archive_read_new();
	int code;

	if (r)
		r->file = calloc(RELEASE_FILES_MAX, sizeof(*r->file));
	if (!r || !r->file || !a || archive_read_support_format_tar(a) != ARCHIVE_OK ||
		archive_read_open_fd(a, fd, 65536) != ARCHIVE_OK)
		code = spe_fail(e, SPE_E_TAMPERED, "it is no tar archive that can be read");
	else
		code = entries_read(a, fd, r, e);
	archive_read_free(a);
	if (code == 0)
		*ret = spe_take_ptr(&r);
	return code;
}
