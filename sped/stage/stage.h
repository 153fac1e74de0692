/* stage/stage.h - holdings to a workspace's data, an upload to a holding's table, and removal.
 * Runs as: a uid of its own per task, no capabilities.   Hears: one ticket (spe/ticket.h), then nobody.
 * Touches: the descriptors it was given. Leaves alone: every other file, the network. */
#ifndef SPE_STAGE_H
#define SPE_STAGE_H
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "spe/csv.h"
#include "spe/err.h"
#include "spe/prints.h"
#include "spe/psn.h"
#include "sped/base/hex.h"
#include "sped/stage/task.h"

/* ---- value.c: what a field holds ---- */
enum datatype { DATA_STRING, DATA_INTEGER, DATA_NUMBER, DATA_DATE };

enum datatype datatype_of(const json_t *column);
/* value_missing - empty; outside strings also NA, as R writes it. */
bool value_missing(enum datatype t, const char *p, size_t len);
/* value_number - decimal, with sign, point and exponent as wanted; at most 63 bytes. */
bool value_number(const char *p, size_t len, long double *ret);
/* value_fits - an integer of at most 18 digits, a number, a day of the calendar as 2026-10-15; any string. */
bool value_fits(enum datatype t, const char *p, size_t len);

/* ---- source.c: a table's file as records ---- */
struct source;
/* What a table's file may need besides. */
struct source_with {
	const uint8_t *secret; /* the environment's Crypt4GH key, C4GH_KEY bytes, or NULL; needed while source_open runs */
	unsigned workers;      /* threads that decrypt ahead */
	bool content;          /* hash what is in a container too */
};
/* source_open - from the start of fd: a Crypt4GH container or not, in it plain, gzip, zstd or xz, then CSV whose header
 * is the description's columns in their order. where ("holding t2d table person") opens every sentence; with may be NULL. */
int source_open(struct source **ret, int fd, const json_t *table, const char *where, const struct source_with *with,
	struct spe_error *e);
void source_free(struct source *s);
/* source_next - 1: *ret is a record; 0: all is read, nothing is left over; else negative, for good. */
int source_next(struct source *s, struct csv_record *ret, struct spe_error *e);
/* source_digest - once source_next said 0: of the file's bytes as they were read. */
const char *source_digest(const struct source *s);
/* source_boxed - is it a container? source_content - once source_next said 0, of what was in it, where that was asked for. */
bool source_boxed(const struct source *s);
const char *source_content(const struct source *s);

/* ---- rows.c: the permit's conditions ---- */
struct rows;
/* rows_new - those of rows (NULL: none) that are about this table; the JSON must outlive the result. */
int rows_new(struct rows **ret, const json_t *rows, const json_t *table, const char *where,
	struct spe_error *e);
void rows_free(struct rows *r);
bool rows_hold(const struct rows *r, const struct csv_record *record);

/* ---- write.c: CSV with commas and newlines, quotes where needed, hashed on its way ---- */
struct writer;
int writer_new(struct writer **ret, int fd);
void writer_free(struct writer *w);
/* writer_row - a whole record. */
void writer_row(struct writer *w, const struct csv_field *field, size_t count);
/* writer_finish - 0 or -errno of the first thing that went wrong. */
int writer_finish(struct writer *w, uint64_t *ret_bytes, char ret_digest[SHA256_TEXT]);

/* ---- person.c: identity numbers to pseudonyms ---- */
struct person;
int person_new(struct person **ret, const uint8_t k_permit[PSN_KEY], const uint8_t k_check[PSN_KEY],
	int reference_year);
void person_free(struct person *p); /* cleanses */
/* person_token - of the number in f; identifier is the description's word, such as nordic. NULL where it
 * fits no kind. Good until the next call. */
const char *person_token(struct person *p, const char *identifier, const char *number, size_t len);
bool person_known(const char *identifier, const char *number, size_t len, int reference_year);
/* person_nobody - the pseudonym of the i-th person who does not exist, the same in all tables of the permit.
 * person_seed - a number that follows from the permit's key and the label. Each 0 or -SPE_E_INTERNAL. */
int person_nobody(struct person *p, uint32_t i, char ret[PSN_TOKEN + 1]);
int person_seed(struct person *p, const char *label, uint64_t *ret);

/* ---- canary.c: rows of nobody ---- */
#define CANARY_EACH 5u /* rows made for each one that is planted: itself and four decoys */
struct canaries;
struct canary {
	uint64_t row;    /* of the table; it stands behind the next one that is staged */
	uint32_t nobody; /* whose row it is: person_nobody */
	bool planted;    /* else a decoy */
	bool gone;       /* it is done; its values stay */
	struct csv_field *field; /* in the order of the columns; identifiers are the caller's to put in */
};
/* canaries_new - for a table of about so many rows, and at most one for a hundred of them. 0 or -SPE_E_INTERNAL. */
int canaries_new(struct canaries **ret, uint64_t seed, size_t wanted, uint64_t rows, size_t columns);
void canaries_free(struct canaries *c);
/* canaries_see - a row as it is staged: some of its values are taken. */
void canaries_see(struct canaries *c, const struct csv_field *field);
/* canaries_due - the next one to stand behind that row of the table, the first being 1; or NULL. UINT64_MAX at the end. */
const struct canary *canaries_due(struct canaries *c, uint64_t row);

/* ---- table.c: one table staged ---- */
struct table_task {
	const char *where;
	const json_t *description; /* one entry of a holding's tables */
	const json_t *variables;   /* the permit's list of names, or ["*"] */
	const json_t *rows;        /* of the permit's entry; may be NULL */
	bool anonymised;           /* no pseudonyms either */
	const char *digest;        /* what the file must have; NULL: whatever it has */
	struct source_with with;
	struct person *person;
	struct prints *prints;     /* gets every record as it is written; may be NULL */
	size_t canaries;           /* rows to plant, and */
	uint64_t rows_known;       /* how many the table is said to have */
};
struct table_done {
	uint64_t rows_in, rows_out, planted, bytes; /* rows_out: with those planted */
	char digest[SHA256_TEXT];
};
int table_stage(
	const struct table_task *t, int in, int out, struct table_done *ret, struct spe_error *e);

/* ---- index.c: fingerprints of what is written, behind the result ---- */
struct index;
/* index_new - its bytes go to fd from TASK_PRINTS on, by pwrite. */
int index_new(struct index **ret, int fd, struct spe_error *e);
void index_free(struct index *x);
struct prints *index_prints(struct index *x);
/* index_finish - {"bytes","sha256"} of the whole index, the caller's. */
int index_finish(struct index *x, json_t **ret, struct spe_error *e);

/* ---- the three tickets; *ret is the result, the caller's ---- */
/* ticket_key - a field of 2n hexadecimal digits, which are overwritten where they lie: nobody needs them again. */
int ticket_key(const json_t *ticket, const char *field, uint8_t *ret, size_t n, struct spe_error *e);
int stage_run(const json_t *ticket, const struct task *t, json_t **ret, struct spe_error *e);
int intake_run(const json_t *ticket, const struct task *t, json_t **ret, struct spe_error *e);
int wipe_run(const json_t *ticket, const struct task *t, json_t **ret, struct spe_error *e);
/* wipe_tree - everything beneath dir, which stays. *ret_files counts what was removed but directories. */
int wipe_tree(int dir, uint64_t *ret_files, struct spe_error *e);
/* stage_answer - the result to the out descriptor, as a line; where it has "prints" that line ends just before
 * TASK_PRINTS. 0 or -errno. */
int stage_answer(const struct task *t, const json_t *result);
/* stage_ticket - parse, run, and leave the result or error in *ret; 0 where it is a good one. */
int stage_ticket(const struct task *t, json_t **ret);
#endif
