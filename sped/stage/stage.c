/* stage/stage.c - a permit's tables to a workspace's data: HOLDING/TABLE.csv, read-only; and files that it names, whole. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
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
	int year;       /* of tables that have none of their own, for two-digit years of birth */
	json_t *tables; /* the ticket's */
	json_t *done;   /* the result's */
	struct index *index;
	json_int_t canaries;
	bool keyed;     /* c4gh is there */
	uint8_t c4gh[C4GH_KEY];
	json_t *opt_out_tables;   /* the ticket's; NULL: none */
	struct persons *opt_out;  /* who is in them; NULL: nobody is left out */
	json_t *opt_out_done;     /* the result's */
	struct persons **cohort;  /* by table of the ticket: who is in it, where an entry names it */
	bool *staged;             /* by table */
	struct progress progress;
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

static int take_person(struct staging *s, const json_t *ticket, struct spe_error *e)
{
	uint8_t k_permit[PSN_KEY], k_check[PSN_KEY], k_shift[PSN_KEY];
	json_int_t year;
	int r = ticket_key(ticket, "k_permit", k_permit, PSN_KEY, e);

	if (r == 0)
		r = ticket_key(ticket, "k_check", k_check, PSN_KEY, e);
	if (r == 0)
		r = ticket_key(ticket, "k_shift", k_shift, PSN_KEY, e);
	if (r == 0)
		r = json_want_int(ticket, "ticket", "reference_year", 2000, 2199, &year, e);
	if (r == 0)
		s->year = (int)year;
	if (r == 0 && person_new(&s->person, k_permit, k_check, (int)year) < 0)
		r = spe_fail(e, SPE_E_INTERNAL, "pseudonyms can't be made");
	if (r == 0)
		person_shift_with(s->person, k_shift);
	OPENSSL_cleanse(k_permit, sizeof(k_permit));
	OPENSSL_cleanse(k_check, sizeof(k_check));
	OPENSSL_cleanse(k_shift, sizeof(k_shift));
	return r;
}

/* Two-digit years of birth in this table are those of people born by then. */
static void table_year(const struct staging *s, const json_t *table)
{
	const json_t *year = json_object_get(table, "reference_year");

	person_year(s->person, year ? (int)json_integer_value(year) : s->year);
}

/* A table of the ticket, by its form. */
static int table_form(const json_t *table, const char *where, struct spe_error *e)
{
	static const char *const fields[] = { "holding", "table", "sha256", "description", "rows", "reference_year", NULL };
	const char *holding, *name, *digest;
	json_t *description;
	json_int_t rows, year;
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
	if (r == 0 && json_object_get(table, "reference_year"))
		r = json_want_int(table, where, "reference_year", 2000, 2199, &year, e);
	if (r == 0)
		r = holding_check_table(description, where, e);
	if (r < 0)
		return r;
	if (strcmp(json_str(description, "name"), name) != 0)
		return spe_fail(e, SPE_E_INPUT, "%s: the description is of another table", where);
	return name_ok(holding) && name_ok(name) ? 0 : spe_fail(e, SPE_E_INPUT, "%s has no name", where);
}

static int table_check(
	const struct staging *s, const json_t *table, const char *where, struct spe_error *e)
{
	const bool opaque = holding_is_opaque(json_object_get(table, "description"));
	enum permit_takes takes;
	int r = table_form(table, where, e);

	if (r < 0)
		return r;
	takes = permit_takes(s->permit, json_str(table, "holding"), json_str(table, "table"));
	if (takes == PERMIT_NOTHING)
		return spe_fail(e, SPE_E_REFUSED, "%s is not in the permit", where);
	if ((takes == PERMIT_WHOLE) != opaque)
		return spe_fail(e, SPE_E_REFUSED, opaque ? "%s is an opaque file, which the permit does not name in files"
							 : "%s has columns, and the permit passes it through whole", where);
	return 0;
}

/* Registers of people who opted out; nothing of them is staged. */
static int opt_outs_check(struct staging *s, const json_t *ticket, struct spe_error *e)
{
	char where[40];
	size_t i;
	int r = json_object_get(ticket, "opt_out") ? json_want_array(ticket, "ticket", "opt_out", SPE_HOLDINGS_MAX, &s->opt_out_tables, e)
						   : 0;

	for (i = 0; r == 0 && i < json_array_size(s->opt_out_tables); i++) {
		const json_t *table = json_array_get(s->opt_out_tables, i);

		snprintf(where, sizeof(where), "ticket.opt_out[%zu]", i);
		r = json_is_object(table) ? table_form(table, where, e) : spe_fail(e, SPE_E_INPUT, "%s must be an object", where);
		if (r == 0 && holding_person(json_object_get(table, "description")) == SIZE_MAX)
			r = spe_fail(e, SPE_E_INPUT, "%s has no column that identifies people", where);
	}
	if (r == 0 && json_array_size(s->tables) + json_array_size(s->opt_out_tables) > SPE_HOLDINGS_MAX)
		r = spe_fail(e, SPE_E_INPUT, "ticket has more than %d tables", SPE_HOLDINGS_MAX);
	return r;
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
		wanted += json_object_size(json_object_get(entry, "variables")) + json_array_size(json_object_get(entry, "files"));
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
	static const char *const fields[] = { "kind", "permit", "k_permit", "k_check", "k_shift",
		"reference_year", "canaries", "c4gh", "tables", "opt_out", NULL };
	const char *permit;
	int r = json_only(ticket, "ticket", fields, e);

	if (r == 0)
		r = json_want_string(ticket, "ticket", "permit", PERMIT_TEXT_MAX, &permit, e);
	if (r == 0)
		r = permit_parse(permit, strlen(permit), &s->permit, e);
	if (r == 0)
		r = take_person(s, ticket, e);
	if (r == 0 && json_object_get(ticket, "canaries"))
		r = json_want_int(ticket, "ticket", "canaries", 0, 100, &s->canaries, e);
	if (r == 0 && (s->keyed = json_object_get(ticket, "c4gh")))
		r = ticket_key(ticket, "c4gh", s->c4gh, C4GH_KEY, e);
	if (r == 0)
		r = tables_check(s, ticket, e);
	return r < 0 ? r : opt_outs_check(s, ticket, e);
}

/* ---- the files ---- */

static void where_of(const json_t *table, char where[WHERE])
{
	snprintf(where, WHERE, "holding %s table %s", json_str(table, "holding"),
		json_str(table, "table"));
}

static int digests_of(const struct staging *s, const json_t *tables, size_t first, struct spe_error *e)
{
	char where[WHERE], digest[SHA256_TEXT];
	const json_t *table;
	size_t i;

	json_array_foreach (tables, i, table) {
		int r = sha256_fd_text(s->task->tables + (int)(first + i), digest, NULL);

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

/* What a failure comes of may be that a file is another one: then that is what people have to know. */
static int digests_check(const struct staging *s, struct spe_error *e)
{
	int r = digests_of(s, s->tables, 0, e);

	return r < 0 ? r : digests_of(s, s->opt_out_tables, json_array_size(s->tables), e);
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

/* ---- what is told of a table ---- */

static json_t *left_out(const struct staging *s, const struct table_done *d)
{
	json_t *j = json_pack("{s:I,s:I,s:I,s:I}", "conditions", (json_int_t)d->by_conditions, "unreadable", (json_int_t)d->unreadable,
		"cohort", (json_int_t)d->by_cohort, "invalid", (json_int_t)d->by_invalid);

	if (s->opt_out) /* null: the table does not say who they are */
		json_object_set_new(j, "opt_out", d->anybody ? json_integer((json_int_t)d->by_opt_out) : json_null());
	return j;
}

static json_t *faults(const struct table_done *d)
{
	static const char *const names[IDNUM_FAULTS] = { "missing", "form", "date", "check", "ambiguous" };
	json_t *j = json_object();
	size_t i;

	for (i = 0; i < IDNUM_FAULTS; i++)
		if (d->faults[i] > 0)
			json_object_set_new(j, names[i], json_integer((json_int_t)d->faults[i]));
	return j;
}

static json_t *risk(const struct table_done *d)
{
	const struct risk_found *f = &d->risk;
	json_t *j = json_pack("{s:s,s:I,s:I,s:I,s:I}", "unit", d->anybody ? "persons" : "rows", "units", (json_int_t)f->units, "classes",
		(json_int_t)f->classes, "k", (json_int_t)f->k, "uniques", (json_int_t)f->uniques);

	if (f->l > 0)
		json_object_set_new(j, "l", json_integer((json_int_t)f->l));
	if (f->has_t) {
		json_object_set_new(j, "entropy_l", json_integer((json_int_t)f->entropy_l));
		json_object_set_new(j, "t", json_real(f->t));
	}
	return j;
}

static int report(const struct staging *s, const json_t *table, const struct table_done *d, struct spe_error *e)
{
	json_t *j = json_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:o,s:o,s:O}", "holding", json_str(table, "holding"),
		"table", json_str(table, "table"), "rows_in", (json_int_t)d->rows_in, "rows_out",
		(json_int_t)d->rows_out, "planted", (json_int_t)d->planted, "bytes", (json_int_t)d->bytes,
		"left_out", left_out(s, d), "invalid", faults(d), "misfits", d->misfits);

	if (d->digest[0]) /* it was written */
		json_object_set_new(j, "sha256", json_string(d->digest));
	if (d->measured)
		json_object_set_new(j, "risk", risk(d));
	return json_array_append_new(s->done, j) == 0
		       ? 0
		       : spe_fail(e, SPE_E_INTERNAL, "there is no memory");
}

/* ---- cohorts ---- */

static bool is_table(const json_t *table, const json_t *cohort)
{
	return strcmp(json_str(table, "holding"), json_str(cohort, "holding")) == 0 &&
	       strcmp(json_str(table, "table"), json_str(cohort, "table")) == 0;
}

static size_t ticket_table(const struct staging *s, const json_t *cohort)
{
	const json_t *table;
	size_t i;

	json_array_foreach (s->tables, i, table)
		if (is_table(table, cohort))
			break;
	return i; /* it is there: permit and ticket have the same tables */
}

static bool is_cohort(const struct staging *s, const json_t *table)
{
	const json_t *entry, *cohort;
	size_t i, j;

	json_array_foreach (s->permit->data, i, entry)
		json_array_foreach (json_object_get(entry, "cohort"), j, cohort)
			if (is_table(table, cohort))
				return true;
	return false;
}

/* The cohorts that limit a table, but not by itself. False: one of them is still to be made. */
static bool cohorts_of(const struct staging *s, const json_t *table, const struct persons **ret)
{
	const json_t *entry = entry_of(s->permit, json_str(table, "holding")), *cohort;
	size_t i, n = 0;

	json_array_foreach (json_object_get(entry, "cohort"), i, cohort) {
		const size_t at = ticket_table(s, cohort);

		if (is_table(table, cohort))
			continue;
		if (!s->staged[at])
			return false;
		ret[n++] = s->cohort[at];
	}
	ret[n] = NULL;
	return true;
}

static int stage_table(struct staging *s, size_t i, const char *where, int out, const struct persons **cohorts, struct spe_error *e)
{
	const json_t *table = json_array_get(s->tables, i);
	const json_t *entry = entry_of(s->permit, json_str(table, "holding"));
	const char *misfits = json_str(entry, "misfits"), *invalid = json_str(entry, "invalid-numbers");
	const struct table_task t = {
		.where = where,
		.description = json_object_get(table, "description"),
		.variables = variables_of(s->permit, table),
		.rows = json_object_get(entry, "rows"),
		.period = json_object_get(entry, "period"),
		.generalise = json_object_get(entry, "generalise"),
		.risk = json_object_get(entry, "risk"),
		.misfits = strcmp(misfits, "refuse") == 0 ? MISFITS_REFUSE : strcmp(misfits, "keep") == 0 ? MISFITS_KEEP : MISFITS_NULL,
		.invalid = strcmp(invalid, "reject") == 0 ? INVALID_REJECT : strcmp(invalid, "mark") == 0 ? INVALID_MARK : INVALID_REFUSE,
		.anonymised = strcmp(json_str(entry, "form"), "anonymised") == 0,
		.shifted = strcmp(json_str(entry, "dates"), "shifted") == 0,
		.digest = json_str(table, "sha256"),
		.with = { .secret = s->keyed ? s->c4gh : NULL, .workers = C4GH_AHEAD, .progress = &s->progress },
		.person = s->person,
		.opt_out = s->opt_out,
		.cohorts = cohorts,
		.collect = s->cohort[i],
		.spill = s->task->place,
		.prints = index_prints(s->index),
		.canaries = (size_t)s->canaries,
		.rows_known = (uint64_t)json_int(table, "rows"),
	};
	struct table_done done;
	int r;

	table_year(s, table);
	r = table_stage(&t, s->task->tables + (int)i, out, &done, e);
	progress_done(&s->progress, done.rows_in, s->task->tables + (int)i);
	if (r == 0)
		r = report(s, table, &done, e);
	json_decref(done.misfits);
	return r;
}

/* A file that the permit names, as it is. */
static int stage_opaque(struct staging *s, size_t i, const char *where, int out, struct spe_error *e)
{
	const json_t *table = json_array_get(s->tables, i), *description = json_object_get(table, "description");
	const struct source_with with = { .secret = s->keyed ? s->c4gh : NULL, .workers = C4GH_AHEAD, .progress = &s->progress };
	struct opaque_done copied;
	struct table_done done = { 0 };
	json_t *last;
	int r = opaque_copy(s->task->tables + (int)i, out, where, &with, &copied, e);

	if (r == 0 && strcmp(copied.file, json_str(table, "sha256")) != 0)
		r = spe_fail(e, SPE_E_TAMPERED, "%s changed while it was read", where);
	if (r < 0)
		return r;
	progress_done(&s->progress, 0, s->task->tables + (int)i);
	done.bytes = copied.bytes;
	memcpy(done.digest, copied.content, sizeof(done.digest));
	done.misfits = json_object();
	r = report(s, table, &done, e);
	json_decref(done.misfits);
	last = json_array_get(s->done, json_array_size(s->done) - 1);
	return r < 0 || json_object_set(last, "file", json_object_get(description, "file")) == 0 ? r : spe_fail(e, SPE_E_INTERNAL, "there is no memory");
}

static int stage_file(struct staging *s, size_t i, const char *where, const struct persons **cohorts, struct spe_error *e)
{
	const json_t *description = json_object_get(json_array_get(s->tables, i), "description");
	const bool opaque = holding_is_opaque(description);
	const json_t *table = json_array_get(s->tables, i);
	char file[SPE_NAME_MAX + 8];
	auto_close int dir = -1, out = -1;
	int r = open_holding(s->task->place, json_str(table, "holding"), &dir, e);

	if (r < 0)
		return r;
	snprintf(file, sizeof(file), opaque ? "%s" : "%s.csv", json_str(opaque ? description : table, opaque ? "file" : "table"));
	out = io_openat(dir, file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	if (out < 0)
		return spe_fail(e, SPE_E_INTERNAL, "%s can't be made: %s", where, strerror(-out));
	r = opaque ? stage_opaque(s, i, where, out, e) : stage_table(s, i, where, out, cohorts, e);
	if (r == 0 && (fchmod(out, 0444) < 0 || fsync(out) < 0))
		r = spe_fail(e, SPE_E_INTERNAL, "%s can't be written: %s", where, strerror(errno));
	return r;
}

static int stage_one(struct staging *s, size_t i, const struct persons **cohorts, struct spe_error *e)
{
	const json_t *table = json_array_get(s->tables, i);
	char where[WHERE];

	where_of(table, where);
	if (is_cohort(s, table) && persons_new(&s->cohort[i]) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "there is no memory");
	s->staged[i] = true;
	return variables_of(s->permit, table) && json_array_size(variables_of(s->permit, table)) == 0
		       ? stage_table(s, i, where, -1, cohorts, e)
		       : stage_file(s, i, where, cohorts, e);
}

/* Those first whose cohorts are there; the permit has no circles. */
static int stage_tables(struct staging *s, struct spe_error *e)
{
	const struct persons *cohorts[SPE_HOLDINGS_MAX + 1];
	const size_t n = json_array_size(s->tables);
	size_t i, round;
	int r = 0;

	for (round = 0; round < n; round++)
		for (i = 0; r == 0 && i < n; i++)
			if (!s->staged[i] && cohorts_of(s, json_array_get(s->tables, i), cohorts))
				r = stage_one(s, i, cohorts, e);
	return r;
}

/* ---- who opted out: Article 71, unless the permit cites the exception ---- */

static int opt_out_read(struct staging *s, size_t i, struct spe_error *e)
{
	const json_t *table = json_array_get(s->opt_out_tables, i);
	char where[WHERE];
	const struct table_task t = { .where = where, .description = json_object_get(table, "description"),
		.digest = json_str(table, "sha256"), .with = { .secret = s->keyed ? s->c4gh : NULL, .workers = C4GH_AHEAD, .progress = &s->progress },
		.person = s->person, .spill = -1 };
	uint64_t rows, bad;
	int r;

	where_of(table, where);
	table_year(s, table);
	r = table_people(&t, s->task->tables + (int)(json_array_size(s->tables) + i), s->opt_out, &rows, &bad, e);
	if (r < 0)
		return r;
	progress_done(&s->progress, rows, s->task->tables + (int)(json_array_size(s->tables) + i));
	return json_array_append_new(s->opt_out_done, json_pack("{s:s,s:s,s:I,s:I}", "holding", json_str(table, "holding"), "table",
		json_str(table, "table"), "rows", (json_int_t)rows, "invalid", (json_int_t)bad)) == 0
		       ? 0
		       : spe_fail(e, SPE_E_INTERNAL, "there is no memory");
}

static bool heeds_opt_outs(const struct staging *s)
{
	return !json_is_object(json_object_get(s->permit->root, "optOutException")) && json_array_size(s->opt_out_tables) > 0;
}

static int opt_outs_read(struct staging *s, struct spe_error *e)
{
	size_t i;
	int r = 0;

	if (!heeds_opt_outs(s))
		return 0;
	if (persons_new(&s->opt_out) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "there is no memory");
	for (i = 0; r == 0 && i < json_array_size(s->opt_out_tables); i++)
		r = opt_out_read(s, i, e);
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

		if (r == 0) /* one of which nothing is staged is there, and empty */
			r = open_holding(s->task->place, json_str(entry, "holding"), &dir, e);
		if (r == 0 && (fchmod(dir, 0555) < 0 || fsync(dir) < 0))
			r = spe_fail(e, SPE_E_INTERNAL, "the data can't be written: %s",
				strerror(errno));
	}
	if (r == 0 && (place < 0 || fsync(place) < 0))
		r = spe_fail(e, SPE_E_INTERNAL, "the data can't be written: %s", strerror(errno));
	return r;
}

/* Each file is hashed as it is read, and what is staged of one that differs does not stay. */
static int stage_all(struct staging *s, struct spe_error *e)
{
	struct spe_error other;
	uint64_t files;
	int r = opt_outs_read(s, e);

	if (r == 0)
		r = stage_tables(s, e);
	if (r < 0 && r != -SPE_E_INTERNAL && digests_check(s, &other) < 0) {
		*e = other;
		r = -(int)other.code;
	}
	if (r == 0)
		r = close_holdings(s, e);
	if (r < 0) /* the launcher removes the directory; the less that lies there until then, the better */
		wipe_tree(s->task->place, &files, NULL);
	return r;
}

static void progress_new(struct staging *s)
{
	const size_t n = json_array_size(s->tables) + (heeds_opt_outs(s) ? json_array_size(s->opt_out_tables) : 0);
	size_t i;

	progress_begin(&s->progress, s->task->out);
	for (i = 0; i < n; i++)
		progress_expect(&s->progress, s->task->tables + (int)i);
}

static int room_for_cohorts(struct staging *s, struct spe_error *e)
{
	s->cohort = calloc(json_array_size(s->tables), sizeof(struct persons *));
	s->staged = calloc(json_array_size(s->tables), sizeof(*s->staged));
	return s->cohort && s->staged ? 0 : spe_fail(e, SPE_E_INTERNAL, "there is no memory");
}

static void staging_end(struct staging *s)
{
	size_t i;

	for (i = 0; s->cohort && i < json_array_size(s->tables); i++)
		persons_free(s->cohort[i]);
	free(s->cohort);
	free(s->staged);
	persons_free(s->opt_out);
	index_free(s->index);
	person_free(s->person);
	permit_free(s->permit);
	json_decref(s->done);
	json_decref(s->opt_out_done);
	OPENSSL_cleanse(s->c4gh, sizeof(s->c4gh));
}

int stage_run(const json_t *ticket, const struct task *t, json_t **ret, struct spe_error *e)
{
	struct staging s = { .task = t, .done = json_array(), .opt_out_done = json_array() };
	json_t *prints = NULL;
	int r = ticket_check(&s, ticket, e);

	if (r == 0)
		r = room_for_cohorts(&s, e);
	if (r == 0)
		r = index_new(&s.index, t->out, e);
	if (r == 0)
		progress_new(&s);
	if (r == 0)
		r = stage_all(&s, e);
	if (r == 0)
		r = index_finish(s.index, &prints, e);
	if (r == 0)
		*ret = json_pack("{s:b,s:O,s:O,s:o}", "ok", 1, "tables", s.done, "opt_out", s.opt_out_done, "prints", prints);
	staging_end(&s);
	return r;
}
