/* spe-cli/cmd_describe.c - holding describe, a draft from files; and holding dummy, made-up data from a description. Both
 * leave records where they are: a draft tells nothing of one person, and made-up data come from no record (draft.h). */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "spe-cli/commands.h"
#include "spe-cli/draft.h"
#include "spe-cli/talk.h"
#include "spe-cli/value.h"
#include "spe/cleanup.h"
#include "spe/holding.h"
#include "spe/limits.h"
#include "sped/base/hex.h"
#include "sped/base/json.h"

#define PIECE (256u << 10)

/* ---- a file's records ---- */

struct table_file {
	const char *path;
	int fd;
	char name[SPE_NAME_MAX + 1];
	struct archive *archive;
	struct csv *csv;
	struct draft *draft;
	char delimiter;
	char piece[PIECE];
};

static int bad_file(const struct table_file *f, const struct spe_error *inner, struct spe_error *e)
{
	return spe_fail(e, inner->code, "%s %s", f->path, inner->text);
}

/* The first line that has several fields tells: the delimiter of which it has most, outside quotes. */
static char delimiter_of(const char *p, size_t n)
{
	static const char words[] = ",;\t|";
	size_t count[sizeof(words) - 1] = { 0 }, i, best = 0;
	bool quoted = false;

	for (i = 0; i < n && p[i] != '\n'; i++) {
		const char *at = quoted || !p[i] ? NULL : strchr(words, p[i]);

		quoted ^= p[i] == '"';
		if (at)
			count[at - words]++;
	}
	for (i = 1; i < sizeof(count) / sizeof(count[0]); i++)
		if (count[i] > count[best])
			best = i;
	return words[best];
}

static int encoding_check(const struct table_file *f, const char *p, size_t n, struct spe_error *e)
{
	if (n >= 2 && ((uint8_t)p[0] ^ (uint8_t)p[1]) == 1 && ((uint8_t)p[0] | 1) == 0xff) {
		spe_fail(e, SPE_E_INPUT, "%s is UTF-16; UTF-8 is wanted", f->path);
		spe_remedy(e, "iconv -f UTF-16 -t UTF-8");
		return -SPE_E_INPUT;
	}
	return 0;
}

static int take_records(struct table_file *f, struct spe_error *e)
{
	struct spe_error inner = { 0 };
	struct csv_record record;
	int r;

	while ((r = csv_next(f->csv, &record, &inner)) > 0) {
		r = f->draft ? draft_record(f->draft, &record) : draft_new(&f->draft, &record, f->path, e);
		if (r < 0)
			return f->draft ? spe_fail(e, SPE_E_INTERNAL, "out of memory") : r;
	}
	return r < 0 ? bad_file(f, &inner, e) : 0;
}

static int archive_problem(const struct table_file *f, struct spe_error *e)
{
	const char *why = archive_error_string(f->archive);

	return spe_fail(e, SPE_E_INPUT, "%s can't be decompressed: %.200s", f->path, why ? why : "it is damaged");
}

static int read_pieces(struct table_file *f, struct spe_error *e)
{
	la_ssize_t n;
	int r = 0;

	while (r == 0 && (n = archive_read_data(f->archive, f->piece, sizeof(f->piece))) > 0) {
		if (!f->csv) {
			r = encoding_check(f, f->piece, (size_t)n, e);
			f->delimiter = delimiter_of(f->piece, (size_t)n);
			if (r == 0 && csv_new(&f->csv, f->delimiter) < 0)
				r = spe_fail(e, SPE_E_INTERNAL, "out of memory");
		}
		if (r == 0)
			r = csv_feed(f->csv, f->piece, (size_t)n, e);
		if (r == 0)
			r = take_records(f, e);
	}
	if (r == 0 && n < 0)
		return archive_problem(f, e);
	if (r == 0 && f->csv)
		r = csv_feed(f->csv, NULL, 0, e);
	return r == 0 && f->csv ? take_records(f, e) : r;
}

/* A zip file has one, as taking it in wants it. */
static int read_entry(struct table_file *f, struct archive_entry *entry, struct spe_error *e)
{
	const bool zip = (archive_format(f->archive) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP;
	int r;

	if (zip && (archive_entry_filetype(entry) != AE_IFREG || archive_entry_is_encrypted(entry)))
		return spe_fail(e, SPE_E_INPUT, "%s is a zip file whose first entry is no plain file, or is encrypted", f->path);
	r = read_pieces(f, e);
	if (r < 0 || !zip || archive_read_next_header(f->archive, &entry) == ARCHIVE_EOF)
		return r;
	spe_fail(e, SPE_E_INPUT, "%s is a zip file with more than one entry", f->path);
	spe_remedy(e, "compress each table by itself");
	return -SPE_E_INPUT;
}

static int read_file(struct table_file *f, struct spe_error *e)
{
	struct archive_entry *entry;
	int r;

	f->archive = archive_read_new();
	if (!f->archive || archive_read_support_filter_gzip(f->archive) != ARCHIVE_OK ||
		archive_read_support_filter_zstd(f->archive) != ARCHIVE_OK || archive_read_support_filter_xz(f->archive) != ARCHIVE_OK ||
		archive_read_support_format_raw(f->archive) != ARCHIVE_OK || archive_read_support_format_empty(f->archive) != ARCHIVE_OK ||
		archive_read_support_format_zip_streamable(f->archive) != ARCHIVE_OK)
		return spe_fail(e, SPE_E_INTERNAL, "the decompressors are not to be had");
	if (archive_read_open_fd(f->archive, f->fd, PIECE) != ARCHIVE_OK)
		return archive_problem(f, e);
	r = archive_read_next_header(f->archive, &entry);
	if (r != ARCHIVE_OK && r != ARCHIVE_EOF)
		return archive_problem(f, e);
	r = r == ARCHIVE_EOF ? 0 : read_entry(f, entry, e);
	if (r == 0 && !f->draft)
		return spe_fail(e, SPE_E_INPUT, "%s is empty; a line of column names is wanted", f->path);
	return r;
}

/* ---- a draft ---- */

/* The file's name up to its first dot, as far as a name may have it. */
static void name_of(const char *path, char ret[SPE_NAME_MAX + 1])
{
	const char *base = strrchr(path, '/');
	size_t n = 0;

	for (base = base ? base + 1 : path; *base && *base != '.' && n < SPE_NAME_MAX; base++)
		ret[n++] = strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", *base) ? *base : '-';
	ret[n] = '\0';
	if (!name_ok(ret))
		snprintf(ret, SPE_NAME_MAX + 1, "table");
}

static json_t *table_of(struct table_file *f)
{
	char digest[SHA256_TEXT];
	json_t *table = draft_table(f->draft, f->name, f->delimiter);

	if (table && sha256_fd_text(f->fd, digest, NULL) == 0)
		json_object_set_new(table, "sha256", json_string(digest));
	return table;
}

static int describe_one(struct table_file *f, json_t *tables, struct spe_error *e)
{
	json_t *table = NULL;
	const char *more, *kinds[2];
	bool zeros;
	size_t i;
	int r = read_file(f, e);

	if (r == 0)
		table = table_of(f);
	if (r == 0 && json_array_append_new(tables, table) < 0)
		r = spe_fail(e, SPE_E_INTERNAL, "out of memory");
	if (r == 0 && !draft_is_utf8(f->draft)) {
		r = spe_fail(e, SPE_E_INPUT, "%s is not UTF-8", f->path);
		spe_remedy(e, "iconv -f ISO-8859-1 -t UTF-8, where that is what it is");
	}
	if (r == 0 && !draft_has_persons(f->draft))
		show_note("%s: no column has personal identity numbers, so that a value may be one person's alone: the draft has names and datatypes "
			  "of columns; add what all may know by hand, or draft it from a file that has the numbers", f->path);
	for (i = 0; r == 0 && (more = draft_more(f->draft, i)); i++)
		show_note("%s: column \"%s\" has identity numbers too: see that \"person\":true is in the column that says whose a row is",
			f->path, more);
	for (i = 0; r == 0 && (more = draft_alike(f->draft, i, kinds)); i++)
		show_note("%s: column \"%s\" has identity numbers of the kinds %s and %s alike: write its \"identifier\" by hand", f->path, more,
			kinds[0], kinds[1]);
	for (i = 0; r == 0 && (more = draft_loose(f->draft, i, &zeros)); i++)
		show_note(zeros ? "%s: column \"%s\" looks like identity numbers without their leading zeros: export it as text"
				: "%s: column \"%s\" looks like identity numbers of a country that can't be told: write its \"identifier\" by hand",
			f->path, more);
	for (i = 0; r == 0 && (more = draft_days(f->draft, i)); i++)
		show_note("%s: column \"%s\" has days that are not written as 2026-10-15: they are no dates to spe, and a permit that shifts dates "
			  "can't have them", f->path, more);
	archive_read_free(f->archive);
	csv_free(f->csv);
	draft_free(f->draft);
	return r;
}

/* What nobody but the holder knows is named so that it is seen. */
static int draft_write(struct cli *c, json_t *tables, const char *id, const struct file_out *out, struct spe_error *e)
{
	const char *holder = cli_has(c, "holder") ? cli_value(c, "holder") : "urn:spe:holder:unknown";
	auto_json json_t *holding = json_pack("{s:s,s:s,s:s,s:s,s:O}", "id", id, "title", id, "description",
		"A draft: say what this is, and of each column what it means.", "holder", holder, "tables", tables);
	auto_free char *text = holding ? json_dumps(holding, (cli_json(c) ? JSON_COMPACT : JSON_INDENT(1)) | JSON_PRESERVE_ORDER) : NULL;
	auto_json json_t *again = NULL;
	int r = cmd_utf8(id, "the holding's id", e);

	if (r == 0)
		r = cmd_utf8(holder, "the holder", e);
	if (r == 0)
		r = text ? holding_parse(text, strlen(text), &again, e) : spe_fail(e, SPE_E_INTERNAL, "out of memory");
	if (r == 0)
		r = file_put(out, text, strlen(text), e);
	return r < 0 ? r : file_put(out, "\n", 1, e);
}

struct describing {
	struct cli *cli;
	struct table_file *file;
	const char *id;
	struct file_out out;
};

static int describe(void *arg, struct spe_error *e)
{
	const struct describing *d = arg;
	auto_json json_t *tables = json_array();
	int i, r = tables ? 0 : spe_fail(e, SPE_E_INTERNAL, "out of memory");

	for (i = 0; r == 0 && i < d->cli->operands; i++) {
		r = describe_one(&d->file[i], tables, e);
		spe_close_fd(&d->file[i].fd);
	}
	return r < 0 ? r : draft_write(d->cli, tables, d->id, &d->out, e);
}

int cmd_holding_describe(struct cli *c, struct spe_error *e)
{
	auto_free struct table_file *f = calloc((size_t)c->operands, sizeof(*f));
	char id[SPE_NAME_MAX + 1];
	struct describing d = { c, f, id, { .path = "the description", .fd = STDOUT_FILENO } };
	int i, r = f ? 0 : spe_fail(e, SPE_E_INTERNAL, "out of memory");

	for (i = 0; r == 0 && i < c->operands; i++) {
		f[i].path = c->operand[i];
		f[i].fd = -1;
		name_of(f[i].path, f[i].name);
		r = file_open(f[i].path, "the table's file", &f[i].fd, e);
	}
	if (r == 0 && cli_has(c, "output"))
		r = file_begin(cli_value(c, "output"), 0644, &d.out, e);
	if (r < 0)
		return r;
	snprintf(id, sizeof(id), "%s", cli_has(c, "id") ? cli_value(c, "id") : f[0].name);
	return file_end(&d.out, guard_apart(describe, &d, e), e);
}

/* ---- made-up data ---- */

static int whole_number(struct cli *c, const char *option, uint64_t most, uint64_t *ret, struct spe_error *e)
{
	const char *text;
	char *end;
	int r = cli_want(c, option, &text, e);

	if (r < 0)
		return r;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9' || *ret > most)
		return cli_wrong(c, e, "--%s takes a whole number up to %llu", option, (unsigned long long)most);
	return 0;
}

/* A file's description, or that of a holding in the catalogue. */
static int description_of(struct cli *c, const char *which, json_t **ret, struct spe_error *e)
{
	auto_free char *text = NULL, *path = NULL;
	const size_t n = strlen(which);
	size_t len;
	int r;

	if (n > 5 && strcmp(which + n - 5, ".json") == 0) {
		r = file_read(which, "the description", SPE_BODY_MAX, &text, &len, e);
		return r < 0 ? r : holding_parse(text, len, ret, e);
	}
	path = talk_path("/v1/catalogue/%s", which);
	r = talk_get(c->talk, path, ret, e);
	if (r < 0)
		return r;
	text = json_dumps(*ret, JSON_COMPACT);
	json_decref(*ret);
	*ret = NULL;
	return text ? holding_parse(text, strlen(text), ret, e) : spe_fail(e, SPE_E_INTERNAL, "out of memory");
}

static int dummy_write(const json_t *table, uint64_t rows, uint64_t seed, const struct file_out *out, struct spe_error *e)
{
	auto_buf struct buf b = { 0 };
	struct dummy *d;
	int r = dummy_new(&d, table, rows, seed, e);

	if (r < 0)
		return r;
	do {
		r = dummy_next(d, &b);
		if (r < 0)
			r = spe_fail(e, SPE_E_INTERNAL, "out of memory");
		if (b.len > PIECE || r == 0) {
			int put = file_put(out, b.p, b.len, e);

			r = put < 0 ? put : r;
			b.len = 0;
		}
	} while (r > 0);
	dummy_free(d);
	return r;
}

static int dummy_table(struct cli *c, const json_t *table, uint64_t rows, uint64_t seed, struct spe_error *e)
{
	const char *dir = cli_has(c, "output") ? cli_value(c, "output") : ".";
	auto_buf struct buf path = { 0 };
	struct file_out out = FILE_OUT;
	int r;

	if (holding_is_opaque(table)) {
		show_note("table %s is an opaque file, of which none is made up", json_str(table, "name"));
		return 0;
	}
	buf_fmt(&path, "%s/%s.csv", dir, json_str(table, "name"));
	if (path.bad)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	r = file_begin(path.p, 0644, &out, e);
	if (r == 0)
		r = file_end(&out, dummy_write(table, rows, seed, &out, e), e);
	if (r == 0 && !cli_json(c))
		show_line("%s has %llu made-up rows", path.p, (unsigned long long)rows);
	return r;
}

int cmd_holding_dummy(struct cli *c, struct spe_error *e)
{
	const char *dir = cli_value(c, "output");
	auto_json json_t *holding = NULL;
	const json_t *table;
	uint64_t rows, seed;
	size_t i;
	int r = whole_number(c, "rows", 100000000, &rows, e);

	if (r == 0)
		r = whole_number(c, "seed", UINT64_MAX, &seed, e);
	if (r == 0)
		r = description_of(c, c->operand[0], &holding, e);
	if (r == 0 && dir && mkdir(dir, 0777) < 0 && errno != EEXIST)
		r = spe_fail(e, SPE_E_INPUT, "%s can't be made: %s", dir, strerror(errno));
	json_array_foreach (json_object_get(holding, "tables"), i, table)
		if (r == 0)
			r = dummy_table(c, table, rows, seed, e);
	if (r == 0 && cli_json(c))
		show_json(holding);
	return r;
}
