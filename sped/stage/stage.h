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
#include "spe/idnum.h"
#include "spe/prints.h"
#include "spe/psn.h"
#include "sped/base/hex.h"
#include "sped/stage/task.h"

/* ---- value.c: what a field holds ---- */
enum datatype { DATA_STRING, DATA_INTEGER, DATA_NUMBER, DATA_DATE, DATA_SAME };

enum datatype datatype_of(const json_t *column);
/* value_missing - empty; outside strings also NA, as R writes it. */
static inline bool value_missing(enum datatype t, const char *p, size_t len)
{
	return len == 0 || (len == 2 && t != DATA_STRING && p[0] == 'N' && p[1] == 'A');
}
/* value_number - decimal, with sign, point and exponent as wanted; at most 63 bytes. */
bool value_number(const char *p, size_t len, long double *ret);
/* value_fits - an integer of at most 18 digits, a number, a day of the calendar as 2026-10-15; any string. */
bool value_fits(enum datatype t, const char *p, size_t len);

/* ---- decode.c: characters to UTF-8 ---- */
enum encoding { ENCODING_UTF8, ENCODING_LATIN1, ENCODING_WINDOWS, ENCODING_UTF16 };
struct decoder {
	enum encoding encoding;
	unsigned left;           /* bytes of a character that are still to come */
	unsigned char low, high; /* bounds of the next one; utf-16: the first of two */
	uint32_t surrogate;
	bool big, begun;
};
void decoder_begin(struct decoder *d, const char *encoding); /* the description's word; utf-8 where it is none */
/* decoder_next - n bytes more; out has room for 3 * n + 4, or is NULL where they are UTF-8 and good as they lie. False: those behind *ret_n are no characters. */
bool decoder_next(struct decoder *d, const char *p, size_t n, char *out, size_t *ret_n);
bool decoder_end(const struct decoder *d); /* no character is left unfinished */
const char *decoder_name(const struct decoder *d);

/* ---- progress.c: how far it is ---- */
struct progress {
	int out; /* -1: nobody is told */
	uint64_t of;          /* bytes of all files */
	uint64_t rows, bytes; /* of those that are done */
	int64_t begun_ms, told_ms;
};
void progress_begin(struct progress *p, int out);
void progress_expect(struct progress *p, int fd); /* one more file */
/* progress_tell - so much of the present one; cheap, but not for every row. */
void progress_tell(struct progress *p, uint64_t rows, uint64_t bytes);
void progress_done(struct progress *p, uint64_t rows, int fd);

/* ---- digests.c: SHA-256 of what is read and of what is written, beside the work ---- */
struct digests;
enum digest_of { DIGEST_READ, DIGEST_WRITTEN, DIGESTS };
int digests_new(struct digests **ret); /* 0 or -SPE_E_INTERNAL */
void digests_free(struct digests *d); /* each of the two has ended, or was never begun */
void digests_begin(struct digests *d, enum digest_of of);
/* digests_give - the next bytes, which stay where they are until digests_wait says that no more than so many pieces behind them
 * are to be hashed, or digests_end that none is. */
void digests_give(struct digests *d, enum digest_of of, const void *p, size_t n);
void digests_wait(struct digests *d, enum digest_of of, unsigned behind);
void digests_end(struct digests *d, enum digest_of of, char ret[SHA256_TEXT]); /* ret may be NULL */

/* ---- source.c: a table's file as records ---- */
struct source;
/* What a table's file may need besides. */
struct source_with {
	const uint8_t *secret; /* the environment's Crypt4GH key, C4GH_KEY bytes, or NULL; needed while source_open runs */
	unsigned workers;      /* threads that decrypt ahead */
	bool content;          /* hash what is in a container too */
	struct digests *digests; /* who hashes the file, where it is no container; NULL: one of its own */
	struct progress *progress; /* of who reads it; may be NULL */
};
/* source_open - from the start of fd: a Crypt4GH container or not, in it plain, gzip, zstd or xz, then CSV whose header
 * is the description's columns in their order, or another of the description's formats. where ("holding t2d table person") opens every sentence; with may be NULL. */
int source_open(struct source **ret, int fd, const json_t *table, const char *where, const struct source_with *with,
	struct spe_error *e);
void source_free(struct source *s);
/* source_next - 1: *ret is a record; 0: all is read, nothing is left over; else negative, for good. */
int source_next(struct source *s, struct csv_record *ret, struct spe_error *e);
/* source_more - up to max further records that lie ready, whose fields go to room for max times their columns: they and the
 * record before them stay until the next one is asked for. How many there are, perhaps none. */
size_t source_more(struct source *s, struct csv_record *ret, struct csv_field *room, size_t max);
/* source_bytes - so many were read. */
uint64_t source_bytes(const struct source *s);
/* source_digest - once source_next said 0: of the file's bytes as they were read. */
const char *source_digest(const struct source *s);
/* source_boxed - is it a container? source_content - once source_next said 0, of what was in it, where that was asked for. */
bool source_boxed(const struct source *s);
const char *source_content(const struct source *s);
/* source_unknown - what the file has besides the description's columns, see form_unknown; the caller's. */
json_t *source_unknown(const struct source *s);

/* ---- opaque.c: a file whole ---- */
struct opaque_done {
	bool boxed; /* it lies in a Crypt4GH container */
	uint64_t bytes;
	char file[SHA256_TEXT], content[SHA256_TEXT]; /* of what was read, and of what is in it: the same where it is no container */
};
/* opaque_copy - all of in, out of its container, to out; -1: to nowhere. */
int opaque_copy(int in, int out, const char *where, const struct source_with *with, struct opaque_done *ret, struct spe_error *e);

/* ---- rows.c: the permit's conditions ---- */
struct rows;
/* rows_new - those of rows (NULL: none) and of period (NULL: none) that are about this table; the JSON must outlive the
 * result. */
int rows_new(struct rows **ret, const json_t *rows, const json_t *period, const json_t *table, const char *where,
	struct spe_error *e);
void rows_free(struct rows *r);
/* rows_hold - *misfit becomes the column where a condition met a value that does not fit its description; it fulfils none. */
bool rows_hold(const struct rows *r, const struct csv_record *record, size_t *misfit);

/* ---- change.c: values made coarser, days moved ---- */
struct day {
	int y, m, d;
};
#define DAY_TEXT 10 /* 2026-10-15, without NUL */
bool day_read(const char *p, size_t len, struct day *ret);
/* day_shift - false where it is no day, or would be none of four digits' years. */
bool day_shift(const char *p, size_t len, int days, char ret[DAY_TEXT]);
struct change;
#define CHANGE_ROOM 64
/* change_new - the permit's steps for this variable, NULL where there are none; *type is that of the description, and then
 * of what is staged. "drop" is the caller's. */
int change_new(struct change **ret, const json_t *generalise, const char *table, const char *variable, enum datatype *type,
	const char *where, struct spe_error *e);
void change_free(struct change *c);
/* change_begins_with_age - of days as they were: the permit's day, up to which it counts, moves with nobody. c may be NULL. */
bool change_begins_with_age(const struct change *c);
/* change_leaves_month - a day is staged as it is or as its month, not as its year, many years or nothing of it. c may be NULL. */
bool change_leaves_month(const struct change *c);
/* change_value - f becomes what is staged, perhaps in room; false: it can't be read. */
bool change_value(const struct change *c, struct csv_field *f, char room[CHANGE_ROOM]);
/* change_constant - where the last step makes a constant f becomes it, whatever it was; else it stays. */
void change_constant(const struct change *c, struct csv_field *f);

/* ---- days.c: what would tell by how much they were moved ---- */
struct one_day;
struct days {
	uint64_t stay, stay_days; /* values that don't move, and those that are days all the same */
	struct one_day **year;    /* how many people have each day that moved */
};
/* days_stay - a value of a column as it is staged, that has no day which moved. */
void days_stay(struct days *d, const struct csv_field *f);
/* days_move - a day as it was before it is moved with the person's; 0 or -SPE_E_INTERNAL. */
int days_move(struct days *d, const char *day, const char *token);
void days_end(struct days *d);
/* days_judge - of all that were seen of the column: 0 or -SPE_E_INPUT. */
int days_judge(const struct days *d, const char *where, const char *name, struct spe_error *e);

/* ---- lane.c: a thread that works on filled slots in their order ---- */
struct lane;
typedef void lane_fn(void *arg, unsigned slot);
/* lane_new - slots 0 to slots - 1, again and again. Where no thread can be made lane_give does the work. */
int lane_new(struct lane **ret, unsigned slots, lane_fn *work, void *arg);
void lane_free(struct lane *l); /* what was given is done first */
unsigned lane_take(struct lane *l); /* the next slot to fill, once it is free */
void lane_give(struct lane *l);     /* it is filled */
void lane_drain(struct lane *l);    /* until all that was given is done */

/* ---- write.c: CSV with commas and newlines, quotes where needed, hashed on its way ---- */
struct writer;
/* writer_new - rows of so many columns; prints (NULL: none) gets each but the first, which is the header. digests has to live
 * as long. */
int writer_new(struct writer **ret, int fd, size_t columns, struct prints *prints, struct digests *digests);
void writer_free(struct writer *w);
/* writer_row - a whole record. */
void writer_row(struct writer *w, const struct csv_field *field);
/* writer_canary - prints_canary behind the rows so far. */
int writer_canary(struct writer *w, bool planted, const struct csv_field *field);
/* writer_finish - 0 or -errno of the first thing that went wrong; *ret_prints is what prints said. */
int writer_finish(struct writer *w, uint64_t *ret_bytes, char ret_digest[SHA256_TEXT], int *ret_prints);

/* ---- person.c: identity numbers to pseudonyms ---- */
struct person;
int person_new(struct person **ret, const uint8_t k_permit[PSN_KEY], const uint8_t k_check[PSN_KEY],
	int reference_year);
void person_year(struct person *p, int reference_year); /* another one from here on */
void person_shift_with(struct person *p, const uint8_t k_shift[PSN_KEY]);
void person_free(struct person *p); /* cleanses */
/* person_kind - of the description's word; IDNUM_NONE is nordic, told apart by form. */
enum idnum_kind person_kind(const char *identifier);
/* person_ask - that many numbers are answered together: the i-th of at most PERSON_MANY, from 0; person_answer 0 or
 * -SPE_E_INTERNAL. person_answered - the i-th one's pseudonym, good until the next is asked, and with
 * CSV_SLACK bytes behind it. NULL where the number is none. */
#define PERSON_MANY PSN_MANY
void person_ask(struct person *p, size_t i, enum idnum_kind k, const char *number, size_t len);
int person_answer(struct person *p);
const char *person_answered(const struct person *p, size_t i);
/* person_token - of one number, the first of those asked for. */
const char *person_token(struct person *p, enum idnum_kind k, const char *number, size_t len);
/* person_shift - by how many days the dates of the i-th are moved. 0 or -SPE_E_INTERNAL. */
int person_shift(struct person *p, size_t i, int *ret);
/* person_unnamed - blank, or NA as R writes it: nobody is meant. */
bool person_unnamed(const char *number, size_t len);
bool person_known(enum idnum_kind k, const char *number, size_t len, int reference_year);
/* person_nobody - the pseudonym of the i-th person who does not exist, the same in all tables of the permit; beside: 0, or of the
 * so-manieth one beside them in their row.
 * person_seed - a number that follows from the permit's key and the label. Each 0 or -SPE_E_INTERNAL. */
int person_nobody(struct person *p, uint32_t i, size_t beside, char ret[PSN_TOKEN + 1]);
int person_seed(struct person *p, const char *label, uint64_t *ret);

/* ---- many.c: keyed hashes of many messages at once ---- */
struct many;
int many_new(struct many **ret); /* 0; -SPE_E_INTERNAL: there is no such thing here */
void many_free(struct many *m);  /* cleanses */
psn_many_fn many_macs;           /* arg: what many_new made */
bool many_is_quicker(struct many *m); /* than psn_pairs, on this processor */

/* ---- persons.c: a set of them ---- */
struct persons;
int persons_new(struct persons **ret);
void persons_free(struct persons *p);
int persons_add(struct persons *p, const char token[PSN_TOKEN]); /* 0 or -SPE_E_INTERNAL */
bool persons_have(const struct persons *p, const char token[PSN_TOKEN]);
size_t persons_count(const struct persons *p);

/* ---- spill.c: records into order, in bounded memory ---- */
struct spill;
/* spill_new - dir is where a file may be made; -1: memory alone, of about so many bytes, at most 4 GiB. Records are compared byte by
 * byte. Each 0 or -errno. */
int spill_new(struct spill **ret, int dir, size_t bytes);
void spill_free(struct spill *s);
int spill_add(struct spill *s, const void *record, size_t n);
int spill_order(struct spill *s); /* nothing is added after it */
int spill_next(struct spill *s, const void **ret, size_t *ret_n); /* 1: the next one, until that after it; 0: that was all */

/* ---- risk.c: how well the rows hide in each other ---- */
#define RISK_NOTHING SIZE_MAX
struct risk_plan {
	size_t *quasi, quasis; /* places in a staged row */
	enum datatype *type;   /* by place, of the description */
	size_t sensitive;      /* place, or RISK_NOTHING */
	bool numeric;          /* it is */
	bool people;           /* the table says who they are */
};
struct risk_found {
	uint64_t rows, units, classes, k, uniques, l, entropy_l; /* units: persons in classes, or rows; k 0: no rows */
	double t;
	bool has_t; /* t and entropy_l: something is sensitive, and has not too many different values */
};
struct risk;
int risk_new(struct risk **ret, const struct risk_plan *plan, int dir); /* each 0 or -errno */
void risk_free(struct risk *r);
/* risk_row - a row as it is staged; token: whose it is, NULL where the table does not say or the number is none. */
int risk_row(struct risk *r, const struct csv_field *field, const char *token);
int risk_end(struct risk *r, struct risk_found *ret);

/* ---- canary.c: rows of nobody ---- */
#define CANARY_EACH 5u /* rows made for each one that is planted: itself and four decoys */
struct canaries;
struct canary {
	uint64_t row;    /* of the table; it stands behind the next one that is staged */
	uint32_t nobody; /* whose row it is: person_nobody */
	bool planted;    /* else a decoy */
	uint32_t late;   /* so many rows more than it has to stand behind */
	bool gone;       /* it is done; its values stay */
	struct csv_field *field; /* in the order of the columns; identifiers are the caller's to put in */
};
/* canaries_new - for a table of about so many rows, and at most one for a hundred of those that are staged. ordered: they are put in
 * order once all are there, so that some may come behind the last one. 0 or -SPE_E_INTERNAL. */
int canaries_new(struct canaries **ret, uint64_t seed, size_t wanted, uint64_t rows, size_t columns, bool ordered);
void canaries_free(struct canaries *c);
/* canaries_see - a row as it is staged: some of its values are taken. */
void canaries_see(struct canaries *c, const struct csv_field *field);
/* canaries_due - the next one to stand behind that row of the table, the first being 1, and before another one; or NULL. UINT64_MAX at
 * the end. */
const struct canary *canaries_due(struct canaries *c, uint64_t row);

/* ---- table.c: one table staged ---- */
enum misfits { MISFITS_NULL, MISFITS_REFUSE, MISFITS_KEEP };
enum invalid { INVALID_REFUSE, INVALID_REJECT, INVALID_MARK };
#define INVALID_WORD "invalid" /* in place of a pseudonym */
struct table_task {
	const char *where;
	const json_t *description; /* one entry of a holding's tables */
	const json_t *variables;   /* the permit's list of names, ["*"], or []: read for a cohort alone */
	const json_t *rows;        /* of the permit's entry, as the next three; may be NULL */
	const json_t *period, *generalise, *risk;
	enum misfits misfits;
	enum invalid invalid;
	bool anonymised;           /* no pseudonyms either */
	bool shifted;              /* days, also those that strings begin with, move with the person's */
	const char *digest;        /* what the file must have; NULL: whatever it has */
	struct source_with with;
	struct person *person;
	const struct persons *opt_out;   /* who is left out; may be NULL */
	const struct persons **cohorts;  /* who may be in it: in all of these; NULL ends them; may be NULL */
	struct persons *collect;   /* gets who is staged; may be NULL */
	bool alone;                /* who else is named in a row is of no account */
	int spill;                 /* a directory for what memory does not hold, or -1 */
	struct prints *prints;     /* gets every record as it is written; may be NULL */
	size_t canaries;           /* rows to plant, and */
	uint64_t rows_known;       /* how many the table is said to have */
};
struct table_done {
	uint64_t rows_in, rows_out, planted, bytes; /* rows_out: with those planted */
	uint64_t by_conditions, by_opt_out, by_cohort, by_invalid; /* rows that were left out */
	uint64_t unreadable;            /* rows of by_conditions with a value that does not fit its description */
	uint64_t faults[IDNUM_FAULTS];  /* numbers that are none */
	bool anybody;                   /* the table says who they are, so opt-outs were looked for */
	json_t *misfits;                /* {VARIABLE:N} of values that do not fit; the caller's; NULL: none */
	bool measured;
	struct risk_found risk;
	char digest[SHA256_TEXT];
};
/* table_stage - ret->misfits is the caller's even where it fails. out -1: nothing is written. */
int table_stage(
	const struct table_task *t, int in, int out, struct table_done *ret, struct spe_error *e);
/* table_people - every person of a table into the set: an opt-out register. Numbers that are none are counted. */
int table_people(const struct table_task *t, int in, struct persons *set, uint64_t *ret_rows, uint64_t *ret_faults, struct spe_error *e);

/* ---- index.c: fingerprints of what is written, behind the result ---- */
struct index;
/* index_new - its bytes go to fd from TASK_PRINTS on, by pwrite. */
int index_new(struct index **ret, int fd, struct spe_error *e);
void index_free(struct index *x);
struct prints *index_prints(struct index *x);
/* index_finish - {"bytes","sha256"} of the whole index, the caller's. */
int index_finish(struct index *x, json_t **ret, struct spe_error *e);

/* ---- the four tickets; *ret is the result, the caller's ---- */
/* ticket_key - a field of 2n hexadecimal digits, which are overwritten where they lie: nobody needs them again. */
int ticket_key(const json_t *ticket, const char *field, uint8_t *ret, size_t n, struct spe_error *e);
int stage_run(const json_t *ticket, const struct task *t, json_t **ret, struct spe_error *e);
int intake_run(const json_t *ticket, const struct task *t, json_t **ret, struct spe_error *e);
int verify_run(const json_t *ticket, const struct task *t, json_t **ret, struct spe_error *e);
int wipe_run(const json_t *ticket, const struct task *t, json_t **ret, struct spe_error *e);
/* wipe_tree - everything beneath dir, which stays. *ret_files counts what was removed but directories. */
int wipe_tree(int dir, uint64_t *ret_files, struct spe_error *e);
/* stage_answer - the result to the out descriptor, as a line of at least TASK_PROGRESS; where it has "prints" that line ends
 * just before TASK_PRINTS. 0 or -errno. */
int stage_answer(const struct task *t, const json_t *result);
/* stage_ticket - parse, run, and leave the result or error in *ret; 0 where it is a good one. */
int stage_ticket(const struct task *t, json_t **ret);
/* source.c: digest_end - the hash so far, in hexadecimal. False: OpenSSL could not. */
struct evp_md_ctx_st;
bool digest_end(struct evp_md_ctx_st *md, char ret[SHA256_TEXT]);
#endif
