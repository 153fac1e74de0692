/* stage/intake.c - an upload to a holding's table: copied as it is, then read through once. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/holding.h"
#include "spe/idnum.h"
#include "spe/limits.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"
#include "sped/stage/c4gh.h"
#include "sped/stage/stage.h"

#define PIECE (256u << 10)
#define ROWS_TOLD 8192
#define WHERE (2 * SPE_NAME_MAX + 32)

struct copy {
	uint64_t bytes;
	char digest[SHA256_TEXT];
};

static int copy_pieces(int in, int out, char *piece, EVP_MD_CTX *md, struct progress *progress, uint64_t *ret_bytes)
{
	off_t at = 0;

	for (;;) {
		ssize_t n = pread(in, piece, PIECE, at);
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		at += n;
		if ((uint64_t)at > SPE_HOLDING_MAX)
			return -EFBIG;
		if (EVP_DigestUpdate(md, piece, (size_t)n) != 1)
			return -ENOMEM;
		r = io_write_all(out, piece, (size_t)n);
		if (r < 0)
			return r;
		progress_tell(progress, 0, (uint64_t)at);
	}
	*ret_bytes = (uint64_t)at;
	return fsync(out) < 0 ? -errno : 0;
}

static int copy_file(int in, int out, struct progress *progress, struct copy *ret)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	auto_free char *piece = malloc(PIECE);
	uint8_t hash[EVP_MAX_MD_SIZE];
	int r = md && piece && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 ? 0 : -ENOMEM;

	if (r == 0)
		r = copy_pieces(in, out, piece, md, progress, &ret->bytes);
	if (r == 0 && EVP_DigestFinal_ex(md, hash, NULL) != 1)
		r = -ENOMEM;
	if (r == 0)
		hex_text(ret->digest, hash, SHA256_BYTES);
	EVP_MD_CTX_free(md);
	return r;
}

/* ---- what each column must hold ---- */

struct check {
	enum datatype type;
	const char *name, *identifier;
	bool beside; /* the row's person: who need not be named */
	uint64_t misfits;
	struct idnum_column found; /* without an identifier */
};

struct intake {
	const char *where;
	const json_t *description;
	bool keeps; /* numbers that are none, counted */
	int year; /* for two-digit years of birth: this one */
	size_t count;
	struct check *check;
	uint64_t rows;
	json_t *unknown;
	struct source_with with;
};

static int checks_new(struct intake *k)
{
	const json_t *columns = json_object_get(k->description, "columns"), *column;
	const size_t whose = holding_person(k->description);
	size_t i;

	k->count = json_array_size(columns);
	k->check = calloc(k->count, sizeof(*k->check));
	if (!k->check)
		return -SPE_E_INTERNAL;
	json_array_foreach (columns, i, column) {
		k->check[i].type = datatype_of(column);
		k->check[i].name = json_str(column, "name");
		k->check[i].identifier = json_string_value(json_object_get(column, "identifier"));
		k->check[i].beside = i != whose;
	}
	return 0;
}

static int record_check(struct intake *k, const struct csv_record *record, struct spe_error *e)
{
	size_t i;

	for (i = 0; i < k->count; i++) {
		const struct csv_field *f = &record->field[i];
		struct check *c = &k->check[i];

		if (c->identifier && c->beside && person_unnamed(f->p, f->len))
			continue;
		if (c->identifier && k->keeps) {
			c->misfits += !person_known(person_kind(c->identifier), f->p, f->len, k->year);
			continue;
		}
		if (c->identifier && !person_known(person_kind(c->identifier), f->p, f->len, k->year)) {
			spe_fail(e, SPE_E_INPUT,
				"%s line %llu: column \"%s\" has no personal identity number of the kind %s",
				k->where, (unsigned long long)record->line, c->name, c->identifier);
			spe_remedy(e, "correct or remove the record, correct the column's identifier, or describe the table with "
				      "\"invalid-numbers\":\"keep\"");
			return -SPE_E_INPUT;
		}
		if (c->identifier || value_missing(c->type, f->p, f->len))
			continue;
		c->misfits += !value_fits(c->type, f->p, f->len);
		idnum_column_see(&c->found, f->p, f->len);
	}
	return 0;
}

/* Such a column would be staged as it stands. */
static int undescribed_check(const struct intake *k, struct spe_error *e)
{
	size_t i;

	for (i = 0; i < k->count; i++) {
		const struct idnum_column *found = &k->check[i].found;

		if (!idnum_column_has(found))
			continue;
		spe_fail(e, SPE_E_INPUT, "%s: column \"%s\" has personal identity numbers%s, and the description gives it no identifier", k->where,
			k->check[i].name, found->zeros > 0 ? " without their leading zeros" : "");
		spe_remedy(e, "%sgive it one, and \"person\":true to the one of the table that says whose a row is; or leave the column out",
			found->zeros > 0 ? "export it as text, with them, and " : "");
		return -SPE_E_INPUT;
	}
	return 0;
}

/* What the holder says is in the file. For a container somebody has to: the format would not notice that segments are
 * missing or in another order. */
static int digest_check(const struct intake *k, bool boxed, const char *digest, struct spe_error *e)
{
	const char *want = json_str(k->description, "sha256");

	if (!*want && boxed) {
		spe_fail(e, SPE_E_INPUT, "%s is a Crypt4GH container, and the description does not say what is in it", k->where);
		spe_remedy(e, "give the table in the description the \"sha256\" of the file as it was before it was encrypted");
		return -SPE_E_INPUT;
	}
	if (!*want || strcmp(want, digest) == 0)
		return 0;
	spe_fail(e, SPE_E_INPUT, "%s is not what the description says: its SHA-256 differs", k->where);
	spe_remedy(e, "send the file that was described, or describe this one");
	return -SPE_E_INPUT;
}

static int read_through(struct intake *k, int in, const char *digest, struct spe_error *e)
{
	struct source *s;
	struct csv_record record;
	int r = source_open(&s, in, k->description, k->where, &k->with, e);

	if (r < 0)
		return r;
	while ((r = source_next(s, &record, e)) > 0) {
		if (++k->rows % ROWS_TOLD == 0)
			progress_tell(k->with.progress, k->rows, source_bytes(s));
		r = record_check(k, &record, e);
		if (r < 0)
			break;
	}
	if (r == 0 && strcmp(source_digest(s), digest) != 0)
		r = spe_fail(e, SPE_E_TAMPERED, "%s changed while it was read", k->where);
	if (r == 0)
		r = digest_check(k, source_boxed(s), source_boxed(s) ? source_content(s) : digest, e);
	if (r == 0)
		r = undescribed_check(k, e);
	k->unknown = source_unknown(s);
	source_free(s);
	return r;
}

/* What nobody reads is hashed alone. */
static int hash_through(const struct intake *k, int in, const char *digest, struct spe_error *e)
{
	struct opaque_done done;
	int r = opaque_copy(in, -1, k->where, &k->with, &done, e);

	if (r == 0 && strcmp(done.file, digest) != 0)
		r = spe_fail(e, SPE_E_TAMPERED, "%s changed while it was read", k->where);
	return r < 0 ? r : digest_check(k, done.boxed, done.content, e);
}

static void tell(json_t *counts, const char *column, uint64_t n)
{
	if (n > 0)
		json_object_set_new(counts, column, json_integer((json_int_t)n));
}

static json_t *result(const struct intake *k, const struct copy *c)
{
	auto_json json_t *misfits = json_object(), *numbers = json_object(), *none = json_object();
	size_t i;

	for (i = 0; i < k->count; i++) {
		tell(misfits, k->check[i].name, k->check[i].misfits);
		tell(numbers, k->check[i].name, k->check[i].found.numbers);
	}
	return json_pack("{s:b,s:I,s:I,s:s,s:O,s:O,s:O}", "ok", 1, "rows", (json_int_t)k->rows, "bytes", (json_int_t)c->bytes, "sha256",
		c->digest, "misfits", misfits, "numbers", numbers, "unknown", k->unknown ? k->unknown : none);
}

/* The upload as "table" in the place, for good. */
static int store(const struct task *t, const char *where, struct progress *progress, struct copy *ret, struct spe_error *e)
{
	auto_close int out =
		io_openat(t->place, "table", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0400);
	int r = out < 0 ? out : copy_file(t->input, out, progress, ret);

	if (r == 0 && fsync(t->place) < 0)
		r = -errno;
	if (r == -EFBIG)
		return spe_fail(
			e, SPE_E_TOO_LARGE, "%s has more than %llu bytes", where, SPE_HOLDING_MAX);
	if (r < 0)
		return spe_fail(e, SPE_E_INTERNAL, "%s can't be stored: %s", where, strerror(-r));
	return 0;
}

static int announced_check(const char *want, const char *digest, const char *where, struct spe_error *e)
{
	if (!want || strcmp(want, digest) == 0)
		return 0;
	spe_fail(e, SPE_E_INPUT, "%s did not arrive as it was announced: its SHA-256 differs", where);
	spe_remedy(e, "send the file again");
	return -SPE_E_INPUT;
}

static int intake(const struct task *t, const json_t *description, const char *where, const uint8_t *secret, const char *announced,
	json_t **ret, struct spe_error *e)
{
	struct progress progress;
	struct intake k = { .where = where,
		.description = description,
		.with = { .secret = secret, .workers = C4GH_AHEAD, .content = true, .progress = &progress },
		.keeps = strcmp(json_str(description, "invalid-numbers"), "keep") == 0,
		.year = (int)(1970 +
			      time(NULL) / 31556952) }; /* seconds of a mean Gregorian year */
	uint64_t files;
	struct copy c;
	int r;

	progress_begin(&progress, t->out);
	progress_expect(&progress, t->input); /* copied, and */
	progress_expect(&progress, t->input); /* read */
	r = store(t, where, &progress, &c, e);
	progress_done(&progress, 0, t->input);
	if (r == 0)
		r = announced_check(announced, c.digest, where, e);
	if (r == 0 && checks_new(&k) < 0)
		r = spe_fail(e, SPE_E_INTERNAL, "%s: there is no memory", where);
	if (r == 0)
		r = holding_is_opaque(description) ? hash_through(&k, t->input, c.digest, e) : read_through(&k, t->input, c.digest, e);
	if (r == 0)
		*ret = result(&k, &c);
	else /* the launcher removes the directory; the less that lies there until then, the better */
		wipe_tree(t->place, &files, NULL);
	free(k.check);
	json_decref(k.unknown);
	return r;
}

int intake_run(const json_t *ticket, const struct task *t, json_t **ret, struct spe_error *e)
{
	static const char *const fields[] = { "kind", "input", "holding", "table", "description",
		"c4gh", "sha256", NULL };
	const bool keyed = json_object_get(ticket, "c4gh");
	const char *holding, *table, *announced = NULL;
	uint8_t secret[C4GH_KEY];
	char where[WHERE];
	json_t *description;
	int r = json_only(ticket, "ticket", fields, e);

	if (r == 0)
		r = json_want_string(ticket, "ticket", "holding", SPE_NAME_MAX, &holding, e);
	if (r == 0)
		r = json_want_string(ticket, "ticket", "table", SPE_NAME_MAX, &table, e);
	if (r == 0)
		r = json_want_object(ticket, "ticket", "description", &description, e);
	if (r == 0)
		r = holding_check_table(description, "ticket.description", e);
	if (r == 0 && json_object_get(ticket, "sha256"))
		r = json_want_string(ticket, "ticket", "sha256", SHA256_TEXT - 1, &announced, e);
	if (r == 0 && keyed)
		r = ticket_key(ticket, "c4gh", secret, sizeof(secret), e);
	if (r < 0)
		return r;
	snprintf(where, sizeof(where), "holding %s table %s", holding, table);
	r = intake(t, description, where, keyed ? secret : NULL, announced, ret, e);
	OPENSSL_cleanse(secret, sizeof(secret));
	return r;
}
