/* gate/journal.h - the append-only record of every access and action: one JSON record a line, each
 * naming the hash of the one before, and checkpoints of it that the gate has signed.
 * Files: journal.jsonl, checkpoints.jsonl and tree in one directory; spe/gate.h has the form of a record,
 * spe/evidence.h that of a checkpoint. Whoever cuts the journal below one has to unsay it.
 * Behind the last record there are NULs, so that a record's bytes alone go to disk and not the file's length as well:
 * JOURNAL_ROOM at a time, cut off when the gate ends. Nothing here ever takes a record out again, whatever its age: that
 * they have to be kept for at least a year (Regulation (EU) 2025/327, Article 73(1)) is kept by keeping all. */
#ifndef SPE_GATE_JOURNAL_H
#define SPE_GATE_JOURNAL_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "spe/err.h"
#include "spe/evidence.h"
#include "spe/merkle.h"
#include "sped/base/hex.h"

#define JOURNAL_LINE_MAX (256u << 10)  /* bytes of a record with what it says about an object */
#define JOURNAL_RECORD_MAX (64u << 10) /* bytes of the record that a request brings */
#define JOURNAL_CHECKPOINT_EVERY 256u  /* records: what an attacker could cut without a trace in it */
#define JOURNAL_ROOM (1u << 20)        /* bytes of NULs at a time */
#define JOURNAL_WALK 4096u             /* records that one call reads: some tenths of a second in which nobody else is served */
#define JOURNAL_ACTOR "spe-gate"       /* nobody else may call themselves so */
#define PROBLEMS_MAX 1000              /* beyond it nobody reads on */

struct journal;

/* journal_seen_fn - one record that the gate itself made; seq counts from 1. */
typedef void journal_seen_fn(void *arg, const json_t *record, uint64_t seq);

/* journal_open - read the whole chain, cut off a torn last line, tell seen of each of the gate's own records.
 * A chain or newest checkpoint that does not hold makes a journal that takes no record: see journal_tampered.
 * key: of the gate, raw Ed25519. now_ms: since 1970. Returns 0 or -SPE_E_INTERNAL. */
int journal_open(struct journal **ret, int dir, const uint8_t key[32], int64_t (*now_ms)(void),
	journal_seen_fn *seen, void *arg, struct spe_error *e);
void journal_free(struct journal *j);
/* journal_append - {"actor","role","action","workspace","permit_version","object"} with this outcome, synced when it
 * returns. Returns 0; -SPE_E_TAMPERED where the chain does not hold; -SPE_E_INTERNAL, and then nothing was added. */
int journal_append(struct journal *j, const json_t *record, const char *outcome, uint64_t *ret_seq,
	char ret_hash[SHA256_TEXT], struct spe_error *e);
/* journal_append_later - as journal_append, but on disk only after the next journal_append or journal_sync, and in the file after
 * journal_write at the latest: for records that are written together, and for those whose effect nobody sees before that. */
int journal_append_later(struct journal *j, const json_t *record, const char *outcome, struct spe_error *e);
/* journal_append_ahead - as journal_append_later, for what was done nothing about yet: where the next of these calls can't
 * write it, it was not added either, and journal_size says so. */
int journal_append_ahead(struct journal *j, const json_t *record, const char *outcome, struct spe_error *e);
/* journal_write - what was appended is in the file, which outlives this program, though not the machine. Returns as journal_sync. */
int journal_write(struct journal *j, struct spe_error *e);
/* journal_sync - what was appended is on disk. 0; or -SPE_E_INTERNAL, and then the journal takes no more records, but for
 * what was appended ahead alone. */
int journal_sync(struct journal *j, struct spe_error *e);
/* journal_checkpoint - sign the head. Returns 0 or -SPE_E_INTERNAL; the journal stays usable. */
int journal_checkpoint(struct journal *j, struct spe_error *e);
/* journal_checkpoint_later - as journal_checkpoint, but on disk after journal_checks_sync, the next journal_checkpoint or fifteen more of
 * these at the latest: nobody was told of it, and what it says is on disk. Those that come by themselves do it so. */
int journal_checkpoint_later(struct journal *j, struct spe_error *e);
int journal_checks_sync(struct journal *j, struct spe_error *e);
/* journal_signed - records of the newest checkpoint. */
uint64_t journal_signed(const struct journal *j);
/* journal_check - the whole chain and every checkpoint again, from disk; sentences are added to problems. */
void journal_check(struct journal *j, json_t *problems);
/* journal_look - the same, LOOK_LINES at a time: journal_look_on says whether there are more, and ends with the newest record, also of
 * those that came meanwhile. problems stays the caller's. NULL: out of memory. */
struct journal_look;
struct journal_look *journal_look(struct journal *j, json_t *problems);
bool journal_look_on(struct journal_look *x);
void journal_look_free(struct journal_look *x);
/* journal_records - up to limit records from seq on whose fields equal those of filter, at most about 1 MiB of them. *ret_next: where
 * to go on after so many, or after JOURNAL_WALK of them, whatever they are; 0 at the journal's end; it may be NULL. */
int journal_records(struct journal *j, uint64_t from, size_t limit, const json_t *filter, json_t **ret, uint64_t *ret_next,
	struct spe_error *e);
/* journal_evidence - spe/evidence.h, of records as journal_records gives them, 0 to limit of them, with "next" where it stopped; since: records that the
 * asker knows of, or 0. The checkpoint is of the head. */
int journal_evidence(struct journal *j, uint64_t from, size_t limit, const json_t *filter, uint64_t since, json_t **ret,
	struct spe_error *e);
/* journal_proof - spe/evidence.h, of these records in the journal as it was with size of them, of which there is a
 * checkpoint. -SPE_E_TAMPERED where there is none. */
int journal_proof(struct journal *j, const uint64_t *seqs, size_t count, uint64_t size, json_t **ret, struct spe_error *e);
/* journal_consistency - {"checkpoint":LINE,"proofs":[{"since":N,"consistency":[HEX]}]}: of the newest checkpoint, or with now of one
 * that is signed first; of those sizes that it has. */
int journal_consistency(struct journal *j, const uint64_t *sizes, size_t count, bool now, json_t **ret, struct spe_error *e);
/* journal_news - records since the newest checkpoint that say more than what became of it ("checkpoint...."). */
bool journal_news(const struct journal *j);
uint64_t journal_size(const struct journal *j);
/* journal_bytes - of all records, without what is behind them. */
off_t journal_bytes(const struct journal *j);
/* journal_told - the time that its newest record had when it was opened, "2026-11-23T21:00:00Z", or "". */
const char *journal_told(const struct journal *j);
const char *journal_head(const struct journal *j);
/* journal_tampered - NULL, or the first sentence of what does not hold. */
const char *journal_tampered(const struct journal *j);

/* problem_add - one more sentence, up to PROBLEMS_MAX. */
void problem_add(json_t *problems, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* line.c */
struct buf;
/* line_make - a line with its newline behind what b has; head is the hash of the line before, and then of this one. 0 or -ENOMEM;
 * then the end of b and head are anything. */
int line_make(struct buf *b, const json_t *record, const char *outcome, uint64_t seq, int64_t ms, char head[SHA256_TEXT]);
/* line_value - v as JSON, just as Jansson would write it, compact and in its order. */
void line_value(struct buf *b, const json_t *v);
/* line_check - NULL where the line, without its newline, is the next of the chain, else what is wrong with it; *ret_hash: what it
 * says its hash is, or "". */
const char *line_check(const char *p, size_t len, uint64_t seq, const char *prev, char ret_hash[SHA256_TEXT]);

/* Lines of a file by pread, bounded. */
struct lines {
	int fd;
	off_t at;     /* where the next read begins */
	off_t end;    /* no byte from there on is read; 0: the file's end */
	char *room;
	size_t start, len;
};
int lines_open(struct lines *l, int fd, off_t at);
void lines_close(struct lines *l);
/* lines_next - 1: *ret is a line without its newline, NUL behind it, until the next call; 0: the end;
 * -EBADMSG: bytes without a newline at the end, *ret; -E2BIG: no newline within JOURNAL_LINE_MAX; else -errno. */
int lines_next(struct lines *l, char **ret, size_t *ret_len);

/* Runs of NULs in what lies behind the last whole line. */
struct tail {
	off_t begin, at, full; /* full: behind its last byte that is no NUL */
	off_t zero;            /* where the run began, or -1 */
	size_t newlines;
	bool line;             /* what is before it is whole lines */
	bool odd;              /* a run that no power cut leaves */
	bool holes;
};
/* tail_read - from there to the file's end. 0 or -errno. */
int tail_read(int fd, off_t begin, struct tail *t);

/* tree.c */
struct tree;
enum tree_how { TREE_MEND, TREE_COMPARE };
/* tree_open - of nothing yet; fd is the caller's, or -1. MEND: the file becomes what the leaves say; COMPARE: it stays. */
int tree_open(struct tree **ret, int fd, enum tree_how how);
/* tree_compare - with as much as another has on file. */
void tree_compare(struct tree *t, const struct tree *with);
void tree_free(struct tree *t);
int tree_add(struct tree *t, const void *line, size_t len);
/* tree_flush - 0, or -errno: what could not be written waits, and is there all the same. */
int tree_flush(struct tree *t);
/* tree_root - of all leaves. 0; -ENOENT without any. */
int tree_root(const struct tree *t, uint8_t ret[MERKLE_HASH]);
/* tree_inclusion, tree_consistency - of leaf index, whose line this is, or of the first leaves, in the tree of the first size
 * leaves, whose root is the one that was signed. -EUCLEAN: the line or the file is another than was added. */
int tree_inclusion(struct tree *t, uint64_t index, uint64_t size, const uint8_t root[MERKLE_HASH], const void *line, size_t len,
	struct merkle_proof *ret);
int tree_consistency(struct tree *t, uint64_t first, uint64_t size, const uint8_t root[MERKLE_HASH], struct merkle_proof *ret);
bool tree_differs(const struct tree *t);

/* checkpoint.c */
#define CHECKS_MORE 16u /* checkpoints that may be on disk later than their records */
struct checkpoints {
	struct checkpoint *p;
	size_t count;
	size_t next;       /* the first that a scan has not passed */
	off_t whole;       /* bytes of whole lines */
	off_t torn;        /* and of what is behind them */
	char *newest;      /* the last line, or NULL */
};
/* checkpoints_load - every line's form, and the signature of all or of the newest. */
int checkpoints_load(int fd, const char *key, bool all, struct checkpoints *ret, json_t *problems);
void checkpoints_free(struct checkpoints *c);
/* checkpoint_write - one more line, not synced, all or nothing; *ret_line is the caller's. Returns 0 or -errno. */
int checkpoint_write(int fd, const uint8_t key[32], const struct checkpoint *c, const char *time, char **ret_line);

/* file_append - all of it, on its way to disk, or cut back to what it was. -EUCLEAN: it could not be cut back. Else 0 or -errno. */
int file_append(int fd, const char *p, size_t len);
/* time_text - "2026-11-23T21:00:00Z", with milliseconds where asked for. */
#define TIME_TEXT 32
void time_text(char ret[TIME_TEXT], int64_t ms, bool with_ms);
#endif
