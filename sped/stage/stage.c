/* stage/stage.c - a permit's tables to a workspace's data: HOLDING/TABLE.csv, read-only. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/holding.h"
#include "spe/limits.h"
#include "spe/permit.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"
#include "sped/stage/c4gh.h"
#include "sped/stage/stage.h"

#define WHERE (2 * SPE_NAME_MAX + 32)

struct staging {
	const struct task *task;
	struct permit *permit;
	struct person *person;
	json_t *tables; /* the ticket's */
	json_t *done;   /* the result's */
	struct index *index;
	json_int_t canaries;
	bool keyed;     /* c4gh is there */
	uint8_t c4gh[C4GH_KEY];
};

static const json_t *entry_of(const struct permit *p, const char *holding)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (p->data, i, entry)
		if (strcmp(json_str(entry, "holding"), holding) == 0)
			return entry;
	return NULL;
}

static const json_t *variables_of(const struct permit *p, const json_t *table)
{
	const json_t *entry = entry_of(p, json_str(table, "holding"));

	return json_object_get(json_object_get(entry, "variables"), json_str(table, "table"));
}

/* ---- the ticket ---- */

static int take_person(const json_t *ticket, struct person **ret, struct spe_error *e)
{
	uint8_t k_permit[PSN_KEY], k_check[PSN_KEY];
	json_int_t year;
	int r = ticket_key(ticket, "k_permit", k_permit, PSN_KEY, e);

	if (r == 0)
		r = ticket_key(ticket, "k_check", k_check, PSN_KEY, e);
	if (r == 0)
		r = json_want_int(ticket, "ticket", "reference_year", 2000, 2199, &year, e);
	if (r == 0 && person_new(ret, k_permit, k_check, (int)year) < 0)
		r = spe_fail(e, SPE_E_INTERNAL, "pseudonyms can't be made");
	OPENSSL_cleanse(k_permit, sizeof(k_permit));
	OPENSSL_cleanse(k_check, sizeof(k_check));
	return r;
}

static int table_check(
	const struct staging *s, const json_t *table, const char *where, struct spe_error *e)
{
	static const char *const fields[] = { "holding", "table", "sha256", "description", "rows", NULL };
	const char *holding, *name, *digest;
	json_t *description;
	json_int_t rows;
	int r = json_only(table, where, fields, e);

	if (r == 0)
		r = json_want_string(table, where, "holding", SPE_NAME_MAX, &holding, e);
	if (r == 0)
		r = json_want_string(table, where, "table", SPE_NAME_MAX, &name, e);
	if (r == 0)
		r = json_want_string(table, where, "sha256", SHA256_TEXT - 1, &digest, e);
	if (r == 0)
		r = json_want_object(table, where, "description", &description, e);
	if (r == 0 && json_object_get(table, "rows"))
		r = json_want_int(table, where, "rows", 0, INT64_MAX, &rows, e);
	if (r == 0)
		r = holding_check_table(description, where, e);
	if (r < 0)
		return r;
	if (strcmp(json_str(description, "name"), name) != 0)
		return spe_fail(e, SPE_E_INPUT, "%s: the description is of another table", where);
	if (!name_ok(holding) || !name_ok(name) || !variables_of(s->permit, table))
		return spe_fail(e, SPE_E_REFUSED, "%s is not in the permit", where);
	return 0;
}

/* Each of the permit's tables once: all of the ticket's are in the permit and differ, and they are as many. */
static int tables_match(const struct staging *s, struct spe_error *e)
{
	const size_t n = json_array_size(s->tables);
	size_t wanted = 0, i, j;
	const json_t *entry;

	for (i = 1; i < n; i++)
		for (j = 0; j < i; j++) {
			const json_t *a = json_array_get(s->tables, i),
				     *b = json_array_get(s->tables, j);

			if (strcmp(json_str(a, "holding"), json_str(b, "holding")) == 0 &&
				strcmp(json_str(a, "table"), json_str(b, "table")) == 0)
				return spe_fail(
					e, SPE_E_INPUT, "ticket.tables[%zu] repeats another", i);
		}
	json_array_foreach (s->permit->data, i, entry)
		wanted += json_object_size(json_object_get(entry, "variables"));
	if (wanted != n)
		return spe_fail(e, SPE_E_INPUT, "ticket.tables has %zu tables; the permit has %zu",
			n, wanted);
	return 0;
}

static int tables_check(struct staging *s, const json_t *ticket, struct spe_error *e)
{
	char where[40];
	size_t i;
	int r = json_want_array(ticket, "ticket", "tables", SPE_HOLDINGS_MAX, &s->tables, e);

	for (i = 0; r == 0 && i < json_array_size(s->tables); i++) {
		const json_t *table = json_array_get(s->tables, i);

		snprintf(where, sizeof(where), "ticket.tables[%zu]", i);
		r = json_is_object(table) ? table_check(s, table, where, e)
					  : spe_fail(e, SPE_E_INPUT, "%s must be an object", where);
	}
	return r < 0 ? r : tables_match(s, e);
}

static int ticket_check(struct staging *s, const json_t *ticket, struct spe_error *e)
{
	static const char *const fields[] = { "kind", "permit", "k_permit", "k_check",
		"reference_year", "canaries", "c4gh", "tables", NULL };
	const char *permit;
	int r = json_only(ticket, "ticket", fields, e);

	if (r == 0)
		r = json_want_string(ticket, "ticket", "permit", PERMIT_TEXT_MAX, &permit, e);
	if (r == 0)
		r = permit_parse(permit, strlen(permit), &s->permit, e);
	if (r == 0)
		r = take_person(ticket, &s->person, e);
	if (r == 0 && json_object_get(ticket, "canaries"))
		r = json_want_int(ticket, "ticket", "canaries", 0, 100, &s->canaries, e);
	if (r == 0 && (s->keyed = json_object_get(ticket, "c4gh")))
		r = ticket_key(ticket, "c4gh", s->c4gh, C4GH_KEY, e);
	return r < 0 ? r : tables_check(s, ticket, e);
}

/* ---- the files ---- */

static void where_of(const json_t *table, char where[WHERE])
{
	snprintf(where, WHERE, "holding %s table %s", json_str(table, "holding"),
		json_str(table, "table"));
}

/* All of them before the first byte is written. */
static int digests_check(const struct staging *s, struct spe_error *e)
{
	char where[WHERE], digest[SHA256_TEXT];
	const json_t *table;
	size_t i;

	json_array_foreach (s->tables, i, table) {
		int r = sha256_fd_text(s->task->tables + (int)i, digest, NULL);

		where_of(table, where);
		if (r < 0)
			return spe_fail(
				e, SPE_E_INTERNAL, "%s can't be read: %s", where, strerror(-r));
		if (strcmp(digest, json_str(table, "sha256")) != 0) {
			spe_fail(e, SPE_E_TAMPERED,
				"%s is not the file that was registered: its SHA-256 differs",
				where);
			spe_remedy(e, "restore the file, or register the table anew");
			return -SPE_E_TAMPERED;
		}
	}
	return 0;
}

static int open_holding(int place, const char *holding, int *ret, struct spe_error *e)
{
	int dir;

	if (mkdirat(place, holding, 0700) < 0 && errno != EEXIST)
		return spe_fail(e, SPE_E_INTERNAL, "holding %s can't be made: %s", holding,
			strerror(errno));
	dir = io_openat(place, holding, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (dir < 0)
		return spe_fail(e, SPE_E_INTERNAL, "holding %s can't be opened: %s", holding,
			strerror(-dir));
	*ret = dir;
	return 0;
}

static int report(
	json_t *list, const json_t *table, const struct table_done *d, struct spe_error *e)
{
	json_t *j = json_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:s}", "holding", json_str(table, "holding"),
		"table", json_str(table, "table"), "rows_in", (json_int_t)d->rows_in, "rows_out",
		(json_int_t)d->rows_out, "planted", (json_int_t)d->planted, "bytes", (json_int_t)d->bytes, "sha256", d->digest);

	return json_array_append_new(list, j) == 0
		       ? 0
		       : spe_fail(e, SPE_E_INTERNAL, "there is no memory");
}

static int stage_table(
	const struct staging *s, size_t i, const char *where, int out, struct spe_error *e)
{
	const json_t *table = json_array_get(s->tables, i);
	const json_t *entry = entry_of(s->permit, json_str(table, "holding"));
	const struct table_task t = {
		.where = where,
		.description = json_object_get(table, "description"),
		.variables = variables_of(s->permit, table),
		.rows = json_object_get(entry, "rows"),
		.anonymised = strcmp(json_str(entry, "form"), "anonymised") == 0,
		.digest = json_str(table, "sha256"),
		.with = { .secret = s->keyed ? s->c4gh : NULL },
		.person = s->person,
		.prints = index_prints(s->index),
		.canaries = (size_t)s->canaries,
		.rows_known = (uint64_t)json_int(table, "rows"),
	};
	struct table_done done;
	int r = table_stage(&t, s->task->tables + (int)i, out, &done, e);

	return r < 0 ? r : report(s->done, table, &done, e);
}

static int stage_file(const struct staging *s, size_t i, struct spe_error *e)
{
	const json_t *table = json_array_get(s->tables, i);
	char where[WHERE], file[SPE_NAME_MAX + 8];
	auto_close int dir = -1, out = -1;
	int r = open_holding(s->task->place, json_str(table, "holding"), &dir, e);

	if (r < 0)
		return r;
	where_of(table, where);
	snprintf(file, sizeof(file), "%s.csv", json_str(table, "table"));
	out = io_openat(dir, file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	if (out < 0)
		return spe_fail(e, SPE_E_INTERNAL, "%s can't be made: %s", where, strerror(-out));
	r = stage_table(s, i, where, out, e);
	if (r == 0 && (fchmod(out, 0444) < 0 || fsync(out) < 0))
		r = spe_fail(e, SPE_E_INTERNAL, "%s can't be written: %s", where, strerror(errno));
	return r;
}

/* Directories close when nothing more comes in. */
static int close_holdings(const struct staging *s, struct spe_error *e)
{
	auto_close int place = io_openat(s->task->place, ".", O_RDONLY | O_DIRECTORY, 0);
	const json_t *entry;
	size_t i;
	int r = 0;

	json_array_foreach (s->permit->data, i, entry) {
		auto_close int dir = -1;

		if (r == 0)
			r = open_holding(s->task->place, json_str(entry, "holding"), &dir, e);
		if (r == 0 && (fchmod(dir, 0555) < 0 || fsync(dir) < 0))
			r = spe_fail(e, SPE_E_INTERNAL, "the data can't be written: %s",
				strerror(errno));
	}
	if (r == 0 && (place < 0 || fsync(place) < 0))
		r = spe_fail(e, SPE_E_INTERNAL, "the data can't be written: %s", strerror(errno));
	return r;
}

static int stage_all(struct staging *s, struct spe_error *e)
{
	uint64_t files;
	size_t i;
	int r = digests_check(s, e);

	for (i = 0; r == 0 && i < json_array_size(s->tables); i++)
		r = stage_file(s, i, e);
	if (r == 0)
		r = close_holdings(s, e);
	if (r < 0) /* the launcher removes the directory; the less that lies there until then, the better */
		wipe_tree(s->task->place, &files, NULL);
	return r;
}

int stage_run(const json_t *ticket, const struct task *t, json_t **ret, struct spe_error *e)
{
	struct staging s = { .task = t, .done = json_array() };
	json_t *prints = NULL;
	int r = ticket_check(&s, ticket, e);

	if (r == 0)
		r = index_new(&s.index, t->out, e);
	if (r == 0)
		r = stage_all(&s, e);
	if (r == 0)
		r = index_finish(s.index, &prints, e);
	if (r == 0)
		*ret = json_pack("{s:b,s:O,s:o}", "ok", 1, "tables", s.done, "prints", prints);
	index_free(s.index);
	person_free(s.person);
	permit_free(s.permit);
	json_decref(s.done);
	OPENSSL_cleanse(s.c4gh, sizeof(s.c4gh));
	return r;
}
