/* stage/source.c - a table's file as records: taken out of a Crypt4GH container, where it is one (c4gh.c), decompressed
 * in this process by libarchive, read as CSV or in another form (form.h).
 * A file that is cut, damaged or has bytes left over is refused, never read as far as it goes. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "spe/cleanup.h"
#include "spe/limits.h"
#include "sped/base/json.h"
#include "sped/stage/c4gh.h"
#include "sped/stage/form.h"
#include "sped/stage/stage.h"

#define PIECE (256u << 10)
#define PIECES 4u
#define ZIP_END 22u        /* bytes of the record at a zip's end, without a comment (APPNOTE 4.3.16) */
#define NUMBER_ROOM 64u
#define SMALL (64u << 20) /* what is smaller may be compressed as well as it likes */

struct source {
	struct archive *archive;
	struct csv *csv;
	struct form *form;   /* instead of csv, where the table is of another format */
	EVP_MD_CTX *md;      /* of a container; of another file there are */
	struct digests *digests, *own;
	unsigned pieces;     /* of it, so far */
	struct c4gh *box;    /* NULL: the file is no Crypt4GH container */
	EVP_MD_CTX *content; /* of what is in the container, where that is asked for */
	const char *where;
	int fd;
	off_t at;       /* given to libarchive: of the file, or of what is in the container */
	uint8_t tail[ZIP_END]; /* the last of it */
	bool zip;
	struct decoder decoder;
	bool undecodable; /* what comes behind what was fed */
	bool *decimal;    /* by column: a number with a decimal comma; NULL: there are none */
	char (*number)[NUMBER_ROOM]; /* the same with points */
	struct csv_field *field;
	const json_t *columns;
	uint64_t bytes; /* after decompression */
	uLong crc;
	bool ended, digest_lost;
	struct spe_error error; /* of reading: libarchive has no room for a remedy */
	char digest[SHA256_TEXT], content_digest[SHA256_TEXT];
	char raw[PIECES][PIECE]; /* of the file, read and perhaps not hashed yet */
	const char *block; /* decompressed, where it lies, and so much of it is not fed yet */
	size_t block_len;
	char text[3 * PIECE + 4]; /* what was no UTF-8 */
};

static int prefix(struct source *s, int r, struct spe_error *e)
{
	struct spe_error inner;

	if (e) {
		inner = *e;
		r = spe_fail(e, inner.code, "%s %s", s->where, inner.text);
		memcpy(e->remedy, inner.remedy, sizeof(e->remedy));
	}
	return r;
}

static void tail_keep(struct source *s, const uint8_t *p, size_t n)
{
	const size_t room = sizeof(s->tail);

	if (n < room)
		memmove(s->tail, s->tail + n, room - n);
	memcpy(n < room ? s->tail + room - n : s->tail, n < room ? p : p + n - room, n < room ? n : room);
}

static int more_file(struct source *s, const void **ret, size_t *ret_len)
{
	char *const piece = s->raw[s->pieces % PIECES];
	ssize_t n;

	digests_wait(s->digests, DIGEST_READ, PIECES - 1);
	do
		n = pread(s->fd, piece, PIECE, s->at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return spe_fail(&s->error, SPE_E_INTERNAL, "%s can't be read", s->where);
	digests_give(s->digests, DIGEST_READ, piece, (size_t)n);
	s->pieces++;
	*ret = piece;
	*ret_len = (size_t)n;
	return n > 0;
}

/* 1: a piece; 0: the end. */
static int more_plain(struct source *s, const void **ret, size_t *ret_len)
{
	int r = s->box ? c4gh_next(s->box, ret, ret_len, &s->error) : more_file(s, ret, ret_len);

	if (r <= 0)
		return r;
	if (s->content && EVP_DigestUpdate(s->content, *ret, *ret_len) != 1)
		return spe_fail(&s->error, SPE_E_INTERNAL, "SHA-256 is not to be had");
	tail_keep(s, *ret, *ret_len);
	s->at += (off_t)*ret_len;
	return 1;
}

/* libarchive asks for more. */
static la_ssize_t more(struct archive *a, void *data, const void **ret)
{
	struct source *s = data;
	size_t n = 0;
	int r = more_plain(s, ret, &n);

	if (r < 0)
		archive_set_error(a, EIO, "the file can't be read");
	return r < 0 ? -1 : r == 0 ? 0 : (la_ssize_t)n;
}

static int archive_problem(struct source *s, struct spe_error *e)
{
	const char *why = archive_error_string(s->archive);

	if (s->error.code != SPE_OK) {
		if (e)
			*e = s->error;
		return -(int)s->error.code;
	}
	spe_fail(e, SPE_E_INPUT, "%s can't be decompressed: %.200s", s->where,
		why ? why : "it is damaged");
	spe_remedy(e, "compress the table again with gzip, zstd, xz or zip, and send it whole");
	return -SPE_E_INPUT;
}

/* A filter that answers ARCHIVE_WARN would call an external program: not here. */
static bool set_up(struct source *s, char delimiter)
{
	s->archive = archive_read_new();
	s->md = EVP_MD_CTX_new();
	return s->archive && s->md && EVP_DigestInit_ex(s->md, EVP_sha256(), NULL) == 1 &&
	       (s->form || csv_new(&s->csv, delimiter) == 0) &&
	       archive_read_support_filter_gzip(s->archive) == ARCHIVE_OK &&
	       archive_read_support_filter_zstd(s->archive) == ARCHIVE_OK &&
	       archive_read_support_filter_xz(s->archive) == ARCHIVE_OK &&
	       archive_read_support_format_raw(s->archive) == ARCHIVE_OK &&
	       archive_read_support_format_zip_streamable(s->archive) == ARCHIVE_OK &&
	       archive_read_support_format_empty(s->archive) == ARCHIVE_OK;
}

static void seen(void *arg, const void *p, size_t n)
{
	struct source *s = arg;

	if (EVP_DigestUpdate(s->md, p, n) != 1)
		s->digest_lost = true;
}

/* A Crypt4GH container, where the file is one. */
static int unbox(struct source *s, const struct source_with *with, struct spe_error *e)
{
	const struct c4gh_from from = { .fd = s->fd, .secret = with ? with->secret : NULL, .where = s->where, .seen = seen,
		.arg = s, .workers = with ? with->workers : 0 };
	uint8_t first[C4GH_MAGIC];
	ssize_t n = pread(s->fd, first, sizeof(first), 0);

	if (n < 0)
		return spe_fail(e, SPE_E_INTERNAL, "%s can't be read", s->where);
	if (!c4gh_is(first, (size_t)n))
		return 0;
	if (!from.secret)
		return spe_fail(e, SPE_E_INPUT, "%s is a Crypt4GH container, and there is no key for it here", s->where);
	if (with->content) {
		s->content = EVP_MD_CTX_new();
		if (!s->content || EVP_DigestInit_ex(s->content, EVP_sha256(), NULL) != 1)
			return spe_fail(e, SPE_E_INTERNAL, "SHA-256 is not to be had");
	}
	return c4gh_open(&s->box, &from, e);
}

static int digest_begin(struct source *s, const struct source_with *with, struct spe_error *e)
{
	struct digests *const given = with ? with->digests : NULL;

	if (!given && digests_new(&s->own) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "there is no memory to read %s", s->where);
	s->digests = given ? given : s->own;
	digests_begin(s->digests, DIGEST_READ);
	return 0;
}

/* One compression around another would leave the checks of all but the inner one unread. */
static int filters_check(struct source *s, struct spe_error *e)
{
	if (archive_filter_count(s->archive) <= 2) /* with the one that does nothing */
		return 0;
	spe_fail(e, SPE_E_INPUT, "%s is compressed more than once", s->where);
	spe_remedy(e, "compress the table once, by gzip, zstd, xz or zip");
	return -SPE_E_INPUT;
}

static int begin(struct source *s, char delimiter, const struct source_with *with, struct spe_error *e)
{
	struct archive_entry *entry;
	int r;

	s->crc = crc32(0, NULL, 0);
	if (!set_up(s, delimiter))
		return spe_fail(
			e, SPE_E_INTERNAL, "%s: the decompressors are not to be had", s->where);
	r = unbox(s, with, e);
	if (r == 0 && !s->box)
		r = digest_begin(s, with, e);
	if (r < 0)
		return r;
	if (archive_read_open(s->archive, s, NULL, more, NULL) != ARCHIVE_OK)
		return archive_problem(s, e);
	r = archive_read_next_header(s->archive, &entry);
	if (r == ARCHIVE_EOF)
		return spe_fail(
			e, SPE_E_INPUT, "%s is empty; a line of %s is wanted", s->where, s->form ? "data" : "column names");
	if (r != ARCHIVE_OK)
		return archive_problem(s, e);
	s->zip = (archive_format(s->archive) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP;
	if (s->zip && (archive_entry_filetype(entry) != AE_IFREG || archive_entry_is_encrypted(entry)))
		return spe_fail(e, SPE_E_INPUT, "%s is a zip file whose first entry is no plain file, or is encrypted", s->where);
	return filters_check(s, e);
}

/* A zip file has one entry, and ends with it; the rest of it is read for its digest. */
static bool zip_is_whole(struct source *s)
{
	struct archive_entry *entry;
	const void *p;
	size_t n;
	int r;

	if (archive_read_next_header(s->archive, &entry) != ARCHIVE_EOF)
		return false;
	while ((r = more_plain(s, &p, &n)) > 0)
		;
	return r == 0 && memcmp(s->tail, "PK\5\6", 4) == 0;
}

/* libarchive does not compare gzip's own check (RFC 1952, CRC32 and ISIZE); one member, so that it covers all. */
static bool gzip_is_whole(const struct source *s)
{
	const uint8_t *t = s->tail + sizeof(s->tail) - 8;
	uint32_t crc, size;

	if (archive_filter_code(s->archive, 0) != ARCHIVE_FILTER_GZIP)
		return true;
	if (s->at < 8)
		return false;
	crc = t[0] | (uint32_t)t[1] << 8 | (uint32_t)t[2] << 16 | (uint32_t)t[3] << 24;
	size = t[4] | (uint32_t)t[5] << 8 | (uint32_t)t[6] << 16 | (uint32_t)t[7] << 24;
	return crc == (uint32_t)s->crc && size == (uint32_t)s->bytes;
}

/* Nothing is left in the file, or in the container, behind what the decompressor took. */
static bool all_is_read(struct source *s)
{
	const void *p;
	size_t n;
	struct stat st;

	if (archive_filter_bytes(s->archive, -1) != s->at)
		return false;
	if (s->box)
		return c4gh_next(s->box, &p, &n, &s->error) == 0;
	return fstat(s->fd, &st) == 0 && s->at == st.st_size;
}

bool digest_end(EVP_MD_CTX *md, char ret[SHA256_TEXT])
{
	uint8_t hash[EVP_MAX_MD_SIZE];

	if (EVP_DigestFinal_ex(md, hash, NULL) != 1)
		return false;
	hex_text(ret, hash, SHA256_BYTES);
	return true;
}

static int hand(struct source *s, const char *p, size_t n, struct spe_error *e)
{
	return s->form ? form_feed(s->form, p, n, e) : csv_feed(s->csv, p, n, e);
}

static int end(struct source *s, struct spe_error *e)
{
	if (s->zip ? !zip_is_whole(s) : !gzip_is_whole(s) || !all_is_read(s)) {
		if (s->error.code != SPE_OK)
			return archive_problem(s, e);
		spe_fail(e, SPE_E_INPUT, "%s is damaged, or has bytes after its compressed data",
			s->where);
		spe_remedy(e, "compress the table again, as one piece");
		return -SPE_E_INPUT;
	}
	if (s->digests)
		digests_end(s->digests, DIGEST_READ, s->digest);
	if (s->digest_lost || (s->box && !digest_end(s->md, s->digest)) || (s->content && !digest_end(s->content, s->content_digest)))
		return spe_fail(e, SPE_E_INTERNAL, "SHA-256 is not to be had");
	s->digests = NULL;
	s->ended = true;
	s->undecodable |= !decoder_end(&s->decoder);
	return s->undecodable ? 0 : hand(s, NULL, 0, e);
}

/* Some more of what is in the file; 0: that was all. */
static int more_block(struct source *s, struct spe_error *e)
{
	const void *p;
	la_int64_t at;
	int r = ARCHIVE_OK;

	while (s->block_len == 0 && r == ARCHIVE_OK) {
		r = archive_read_data_block(s->archive, &p, &s->block_len, &at);
		s->block = p;
	}
	if (r == ARCHIVE_EOF) {
		s->block_len = 0;
		return 0;
	}
	return r < ARCHIVE_OK ? archive_problem(s, e) : 1;
}

/* Hand the reader one more piece, or the end. */
static int feed(struct source *s, struct spe_error *e)
{
	int r = more_block(s, e);
	const char *p = s->block;
	const size_t n = s->block_len < PIECE ? s->block_len : PIECE;
	const bool utf8 = s->decoder.encoding == ENCODING_UTF8;
	size_t fed;

	if (r <= 0)
		return r < 0 ? r : end(s, e);
	s->block += n;
	s->block_len -= n;
	s->bytes += (uint64_t)n;
	if (archive_filter_code(s->archive, 0) == ARCHIVE_FILTER_GZIP)
		s->crc = crc32(s->crc, (const Bytef *)p, (uInt)n);
	if (s->bytes > SPE_HOLDING_MAX)
		return spe_fail(e, SPE_E_TOO_LARGE,
			"%s is larger than %llu bytes when decompressed", s->where,
			SPE_HOLDING_MAX);
	if (s->bytes > SMALL && s->bytes / SPE_RATIO_MAX > (uint64_t)s->at)
		return spe_fail(e, SPE_E_TOO_LARGE, "%s has more than %u times its size when decompressed", s->where, SPE_RATIO_MAX);
	s->undecodable = !decoder_next(&s->decoder, p, n, utf8 ? NULL : s->text, &fed);
	return fed > 0 ? hand(s, utf8 ? p : s->text, fed, e) : 0;
}

/* All that could be read has been: the next bytes are no characters. */
static int no_text(struct source *s, struct spe_error *e)
{
	uint64_t line, column;

	if (s->form)
		form_where(s->form, &line, &column);
	else
		csv_where(s->csv, &line, &column);
	spe_fail(e, SPE_E_INPUT, "%s line %llu column %llu: the next bytes are no %s", s->where, (unsigned long long)line,
		(unsigned long long)column, decoder_name(&s->decoder));
	spe_remedy(e, "say in the table's description which encoding it has: utf-8, iso-8859-1, windows-1252 or utf-16");
	return -SPE_E_INPUT;
}

/* Numbers with points. One that has a point already would be another number for whoever wrote it. */
static int take_decimals(struct source *s, struct csv_record *record, struct spe_error *e)
{
	size_t i;

	memcpy(s->field, record->field, record->count * sizeof(*s->field));
	for (i = 0; i < record->count; i++) {
		struct csv_field *f = &s->field[i];
		const char *comma = s->decimal[i] && f->len < NUMBER_ROOM ? memchr(f->p, ',', f->len) : NULL;

		if (s->decimal[i] && memchr(f->p, '.', f->len)) {
			spe_fail(e, SPE_E_INPUT, "%s line %llu column %u: \"%s\" has a point in a table with decimal commas", s->where,
				(unsigned long long)record->line, f->column, json_str(json_array_get(s->columns, i), "name"));
			spe_remedy(e, "write numbers without points, or leave decimal out of the description");
			return -SPE_E_INPUT;
		}
		if (!comma)
			continue;
		memcpy(s->number[i], f->p, f->len);
		s->number[i][comma - f->p] = '.';
		f->p = s->number[i];
		f->plain = false;
	}
	record->field = s->field;
	return 1;
}

int source_next(struct source *s, struct csv_record *ret, struct spe_error *e)
{
	for (;;) {
		int r = s->form ? form_next(s->form, ret, e) : csv_next(s->csv, ret, e);

		if (r < 0)
			return prefix(s, r, e);
		if (r > 0 && s->columns && s->decimal)
			return take_decimals(s, ret, e);
		if (r > 0)
			return r;
		if (s->undecodable)
			return no_text(s, e);
		if (s->ended)
			return 0;
		r = feed(s, e);
		if (r < 0)
			return r;
	}
}

size_t source_more(struct source *s, struct csv_record *ret, struct csv_field *room, size_t max)
{
	return s->form || s->decimal ? 0 : csv_more(s->csv, ret, room, max);
}

uint64_t source_bytes(const struct source *s)
{
	return (uint64_t)s->at;
}

const char *source_digest(const struct source *s)
{
	return s->digest;
}

const char *source_content(const struct source *s)
{
	return s->content_digest;
}

bool source_boxed(const struct source *s)
{
	return s->box;
}

json_t *source_unknown(const struct source *s)
{
	return s->form ? form_unknown(s->form) : json_object();
}

/* What the first line calls a column. */
static const char *header_of(const json_t *column)
{
	const char *said = json_str(column, "header");

	return *said ? said : json_str(column, "name");
}

/* A file without a header has a person's record in its first line: a name that the description does not
 * have is never repeated. */
static int column_differs(struct source *s, const json_t *columns, const struct csv_field *f,
	size_t i, struct spe_error *e)
{
	const char *want = header_of(json_array_get(columns, i));
	const json_t *column;
	size_t j;

	spe_fail(e, SPE_E_INPUT,
		"%s: column %zu has a name that the description does not have; \"%s\" is wanted",
		s->where, i + 1, want);
	json_array_foreach (columns, j, column) {
		const char *name = header_of(column);

		if (strlen(name) == f->len && strncasecmp(name, f->p, f->len) == 0)
			spe_fail(e, SPE_E_INPUT,
				"%s: column %zu is \"%.*s\"; the description has \"%s\" there",
				s->where, i + 1, (int)f->len, f->p, want);
	}
	spe_remedy(e, "make the table's first line and the description agree, in names and order");
	return -SPE_E_INPUT;
}

static int header_check(struct source *s, const json_t *columns, struct spe_error *e)
{
	struct csv_record header;
	size_t i;
	int r = source_next(s, &header, e);

	if (r < 0)
		return r;
	if (r == 0)
		return spe_fail(
			e, SPE_E_INPUT, "%s is empty; a line of column names is wanted", s->where);
	if (header.count != json_array_size(columns)) {
		spe_fail(e, SPE_E_INPUT, "%s has %zu columns; the description has %zu", s->where,
			header.count, json_array_size(columns));
		spe_remedy(e,
			"make the table's first line and the description agree; the delimiter may differ");
		return -SPE_E_INPUT;
	}
	for (i = 0; i < header.count; i++) {
		const char *want = header_of(json_array_get(columns, i));

		if (strlen(want) != header.field[i].len ||
			memcmp(want, header.field[i].p, strlen(want)) != 0)
			return column_differs(s, columns, &header.field[i], i, e);
	}
	return 0;
}

/* From the header on. */
static int decimals_begin(struct source *s, const json_t *table, struct spe_error *e)
{
	const json_t *column;
	size_t i, n = json_array_size(json_object_get(table, "columns"));

	s->columns = json_object_get(table, "columns");
	if (strcmp(json_str(table, "decimal"), ",") != 0)
		return 0;
	s->decimal = calloc(n, sizeof(*s->decimal));
	s->number = calloc(n, sizeof(*s->number));
	s->field = calloc(n, sizeof(*s->field));
	if (!s->decimal || !s->number || !s->field)
		return spe_fail(e, SPE_E_INTERNAL, "there is no memory to read %s", s->where);
	json_array_foreach (s->columns, i, column)
		s->decimal[i] = datatype_of(column) == DATA_NUMBER;
	return 0;
}

int source_open(struct source **ret, int fd, const json_t *table, const char *where, const struct source_with *with,
	struct spe_error *e)
{
	const char *delimiter = json_str(table, "delimiter");
	struct source *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return spe_fail(e, SPE_E_INTERNAL, "there is no memory to read %s", where);
	s->where = where;
	s->fd = fd;
	decoder_begin(&s->decoder, json_str(table, "encoding"));
	r = form_new(&s->form, table) < 0 ? spe_fail(e, SPE_E_INTERNAL, "there is no memory to read %s", where) : 0;
	if (r == 0)
		r = begin(s, *delimiter ? *delimiter : ',', with, e);
	if (r == 0 && !s->form)
		r = header_check(s, json_object_get(table, "columns"), e);
	if (r == 0)
		r = decimals_begin(s, table, e);
	if (r < 0) {
		source_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

void source_free(struct source *s)
{
	if (!s)
		return;
	archive_read_free(s->archive);
	if (s->digests)
		digests_end(s->digests, DIGEST_READ, NULL);
	digests_free(s->own);
	csv_free(s->csv);
	form_free(s->form);
	free(s->decimal);
	free(s->number);
	free(s->field);
	c4gh_free(s->box); /* before the digest: its workers feed it */
	EVP_MD_CTX_free(s->md);
	EVP_MD_CTX_free(s->content);
	free(s);
}
