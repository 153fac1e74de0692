/* engine/engine.h - sped-engine: the state and who may do what.
 * Runs as: _spe, no capabilities.   Hears: the api (calls), keepers (states).   Asks: the gate.
 * Touches: its state directory, the keepers' sockets. Leaves alone: records, outputs, keys, the network.
 * A surprise (a database error, a gate that is gone) ends the process; its state is on disk.
 *
 * main.c start and loop | db.c SQLite | conf.c sped.conf | gate.c asking the gate | tasks.c keepers
 * routes.c which call goes where, and to whom it is open | people.c holdings.c uploads.c runtimes.c permits.c
 * workspaces.c jobs.c exports.c audit.c attest.c doctor.c one noun each | witness.c checkpoints | lists.c by pages |
 * quotas.c shares | catalogue.c with words.c and dcat.c */
#ifndef SPE_ENGINE_H
#define SPE_ENGINE_H
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "spe/err.h"
#include "spe/gate.h"
#include "spe/ids.h"
#include "spe/msg.h"
#include "spe/permit.h"
#include "spe/policy.h"
#include "spe/profile.h"
#include "spe/witnesses.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"

enum { FD_API = 3, FD_GATE, FD_KEEPERS, FD_ETC, FD_STATE };

struct conf {
	int64_t slots;                                /* jobs at once */
	int64_t mem_bytes, cpu_milli, time_s, pids;   /* a job's limits where the permit allows more */
	int64_t work_bytes, out_bytes;
	int64_t runtime_bytes;                        /* of one runtime's files */
	int64_t upload_bytes;                         /* of one person's uploads that are not done */
	int64_t permit_queued, permit_running;        /* jobs of one permit; running: at least 1, whatever the file leaves out */
	int64_t permit_code_bytes;                    /* of bundles that its jobs wait with */
	int64_t permit_out_bytes;                     /* of its jobs' outputs that are kept; as much as one job may have at least */
	int64_t permit_exports;                       /* of it that wait for checks or decisions */
	int64_t disk_bps;                             /* read of the disk that data is on; 0: as many as it gives */
	uint32_t disk[2];                             /* its major, minor */
	char policy[SPE_NAME_MAX + 1];
	size_t profiles;                              /* that jobs may use; the first is what they get unasked */
	struct {
		char name[PROFILE_NAME_ROOM], digest[65];
		bool write_execute;
		bool noexec; /* nothing that a job brings or writes */
	} profile[PROFILE_FILES_MAX];
};

enum task_kind { TASK_JOB, TASK_CAPTURE, TASK_STAGE, TASK_WIPE, TASK_INTAKE, TASK_DROP, TASK_CHECK, TASK_REPLAY, TASK_JOB_CHECK, TASK_IMAGE,
	TASK_IMAGE_DROP, TASK_VERIFY };
struct task {
	struct task *next;
	enum task_kind kind;
	struct msg_start start;
	int socket;          /* JOB: the task socket, until it was started; else -1 */
	int conn;            /* to its keeper, or -1 while none was idle */
	char keeper[16];     /* what that was called when it was idle */
	uint32_t ref;        /* job, export or workspace number, or table or runtime number; VERIFY: of its first table */
	int index;           /* CHECK, REPLAY, JOB_CHECK: of the file; WIPE: why; CAPTURE: tries */
	int tries;           /* CHECK, REPLAY, JOB: how often it was ended from outside */
	int64_t of;          /* CHECK, JOB_CHECK: the number of the workspace whose file it is; INTAKE, VERIFY: the uid of who asked for it */
	bool drifted;        /* attest.c had it killed */
	bool adopted;        /* begun by an earlier engine */
	uint32_t version, start_bytes; /* of its keeper, as it says */
	unsigned owed;       /* answers of its keeper that did not come in time, and will: STATE does not say what it answers */
	bool stranded;       /* a keeper of another version does not do what is asked of it */
	bool doomed;         /* told to end, or to be as soon as it has a keeper */
	char *ticket;        /* JOB: what it is to do, held back until its record is on disk; NULL: it was told */
	size_t ticket_len;
	int bundle, tells;   /* JOB: what goes along with the ticket, or -1; our end of the task socket */
	int64_t begun_ms;    /* JOB: when START went out */
	bool untold;         /* its box never had the ticket: nothing of the job ran */
	int64_t seen_ms;     /* JOB: when attest.c saw it first */
	int64_t again_ms;    /* JOB, CAPTURE: when its outputs are tried again; INT64_MAX: they are being; 0: they never had to wait */
	enum spe_code again_for; /* why, as the log has it */
	int64_t read_ms;     /* JOB: when attest.c reads it next; 0: it has just begun */
};

struct waiting;
struct replay; /* exports.c */
struct engine {
	sqlite3 *db;
	struct conf conf;
	char *policy_text;
	struct policy policy;
	struct task *tasks;
	struct waiting *waiting;
	bool soon;           /* one of them is to be asked again at once */
	bool verifying;      /* for call: */
	uint32_t verifier, searcher;
	json_int_t search_from; /* where that call goes on; 0: nobody searches */
	struct replay *replays;
	struct witnesses witnesses;
	char witness_problem[600]; /* why the file was not taken, or "" */
	bool frozen;         /* the gate found its journal changed: nothing but looking */
	int64_t check_again_ms; /* before which no output is looked at ahead: the gate could not begin one */
	bool wipe_failed;    /* an old version would not go: tried again later */
	bool open;           /* a transaction that writes is */
	bool reading;        /* one is, of any kind */
	bool unsynced;       /* what was committed is not on disk yet */
	bool owed;           /* some of what was written has to be before anybody is answered */
	bool told;           /* what is being written the journal tells again: see jobs_recall */
	json_t *records;     /* for the journal, in their order, not sent yet */
	bool unsynced_journal; /* what was sent is not on disk yet */
	bool sent;           /* records are on their way to the journal, and it has not answered yet */
	int64_t journalled;  /* so many records are in it at least; 0: not known yet */
	int64_t record_ms;   /* how long it took to put the last ones on disk */
	struct answer *answers; /* main.c: held back until all of this is on disk */
	bool quiet;          /* nothing was heard in this turn */
	bool changed;        /* some state is not what it was: look at the waiting calls */
	uint32_t next_call;
	struct msg_call given; /* the gate's last answer with a descriptor: which bytes of it, and their digest */
};

/* --- a call ------------------------------------------------------------------------------ */
#define ROLE_OPERATOR 1u
#define ROLE_AUDITOR 2u
#define ROLE_HOLDER 4u
#define ROLE_WITNESS 8u /* spe-witness, and those of peers: checkpoints and nothing else */
#define PARTS_MAX 6
struct call {
	enum http_method method;
	uint32_t uid, id;
	char person[SPE_NAME_MAX + 1]; /* "" where the uid is nobody's */
	unsigned roles;                /* ROLE_OPERATOR ... */
	char *part[PARTS_MAX];         /* after /v1, percent-decoded */
	int parts;
	char query[512];
	json_t *body;                  /* an object, or NULL */
	int fd;                        /* an upload, or -1 */
	int reply_fd;                  /* bytes to answer with, or -1; name in reply_name */
	char reply_name[128];
	bool ranged, reply_ranged;     /* some of the bytes are asked for, given; as in struct msg_call */
	uint64_t from, to;             /* those */
	char digest[72], reply_digest[72];
	char *text;                    /* JSON to answer with as it is, for what is long; or NULL */
	bool again;                    /* a waiting call looked at again: not journalled twice */
	bool last;                     /* its time is up */
	struct spe_error err;
};
#define CALL_WAIT 1 /* a handler's result: ask me again when something has changed */
#define CALL_SOON 2 /* or once others had their turn */
/* A handler fills *ret and returns the HTTP status, CALL_WAIT, CALL_SOON, or a negative spe_code with c->err. */
typedef int handler(struct engine *e, struct call *c, json_t **ret);

/* routes.c */
int routes_call(struct engine *e, struct call *c, bool preflight, json_t **ret);
bool call_query(const struct call *c, const char *key, char *ret, size_t room); /* decoded */
const char *call_role(const struct call *c, unsigned ws_roles);                /* for the journal */

/* --- db.c: every error ends the process, but one of db_copy --------------------------------- */
void db_open(struct engine *e);
/* types: one letter for each ? : s text (NULL is null), i int64_t. */
sqlite3_stmt *db_query(struct engine *e, const char *sql, const char *types, ...);
bool db_step(struct engine *e, sqlite3_stmt *q);
/* db_copy - the whole database into the new file DB_COPY beside it, as of now. -SPE_E_BUSY: there is no room; half of it is there. */
#define DB_COPY "backup.db"
int db_copy(struct engine *e, struct spe_error *err);
void db_exec(struct engine *e, const char *sql, const char *types, ...);
/* A row as an object keyed by column name; "x_json" is parsed and called "x". NULL: no row. Owned. */
json_t *db_row(struct engine *e, const char *sql, const char *types, ...);
/* {"items":[rows]}. */
json_t *db_items(struct engine *e, const char *sql, const char *types, ...);
int64_t db_number(struct engine *e, const char *sql, const char *types, ...); /* 0 where no row */
/* In SQL, of a workspace w: this is a day of its permit, as the gate too has it by the clock; else much is refused that is not over yet. */
#define IN_FORCE "w.starts<=strftime('%s','now') AND w.ends>=strftime('%s','now')"
void db_end(sqlite3_stmt **q);
/* db_commit - what was written since the last one. db_sync - and all that was committed is on disk: before anybody is answered
 * where that is owed, else when there is nothing to do. db_rest - nothing is asked for a while: others may see and tidy the file. */
void db_commit(struct engine *e);
void db_rest(struct engine *e);
void db_sync(struct engine *e);
#define auto_stmt __attribute__((cleanup(db_end)))
uint32_t db_new_id(struct engine *e); /* random, unused */
void db_now(char text[24]);

/* --- conf.c --------------------------------------------------------------------------------- */
int conf_parse(const char *text, const char *name, struct conf *ret, struct spe_error *e);
void conf_load(struct engine *e); /* sped.conf and the policy, or the process ends with a sentence */

/* --- gate.c ---------------------------------------------------------------------------------- */
/* gate_ask - req is taken. ret and ret_fd may be NULL. Returns 0 or a negative spe_code with err. */
int gate_ask(struct engine *e, enum gate_op op, json_t *req, json_t **ret, int *ret_fd, struct spe_error *err);
/* gate_intake - as gate_ask, for GATE_INTAKE and GATE_IMAGE with their second message. */
int gate_intake(struct engine *e, enum gate_op op, json_t *req, int upload, struct spe_error *err);
/* gate_left_nothing - GATE_INGEST of a job without outputs, with the records that wait in the same message: on disk at once where
 * somebody waits. The process ends where that fails. */
int gate_left_nothing(struct engine *e, json_t *req, json_t **ret, struct spe_error *err);
/* A journal record. c NULL: sped itself. object is taken and may be NULL. */
json_t *gate_record(const struct call *c, unsigned ws_roles, const char *action, const char *ws, int64_t version,
	json_t *object);
/* gate_journal - for the journal, in this order; the process ends where that fails: nothing happens that isn't in the
 * journal. record is taken. */
void gate_journal(struct engine *e, json_t *record);
/* gate_commit - what was recorded is in the journal, on disk unless that may be later, and then what was written is
 * in the database. Comes before anything goes out to a keeper, the gate or a client; later is for what nobody outside sees. */
void gate_commit(struct engine *e, bool later);
/* gate_send - let the gate begin with what gate_commit(e, false) waits for. */
void gate_send(struct engine *e);
/* gate_unsettled - whether there is something for gate_commit to do. */
bool gate_unsettled(const struct engine *e);
/* gate_records - the journal's part of it alone. 0 or a negative spe_code with err. */
int gate_records(struct engine *e, bool later, struct spe_error *err);
void gate_call_record(struct engine *e, const struct call *c, const char *outcome);

/* --- tasks.c ---------------------------------------------------------------------------------- */
/* tasks_add - queue it for the next idle keeper; socket, of a job, is taken. */
struct task *tasks_add(struct engine *e, enum task_kind kind, const struct msg_start *start, int socket, uint32_t ref, int index);
/* tasks_make - the same once the gate has made what the task is given, which goes from it to the keeper. req is taken; "task" and "begin"
 * are put in. upload -1: none. NULL with err where the gate does not. */
struct task *tasks_make(struct engine *e, enum task_kind kind, const struct msg_start *start, enum gate_op op, json_t *req, int upload,
	uint32_t ref, int index, struct spe_error *err);
/* tasks_add_job - the same for a job: its ticket, which is taken as the bundle is, goes out once all that was recorded is on disk. */
void tasks_add_job(struct engine *e, const struct msg_start *start, uint32_t ref, int tries, char *ticket, size_t len, int bundle);
/* tasks_untold - whether this end says only that the job never had its ticket. */
bool tasks_untold(const struct task *t, const struct msg_state *s);
/* tasks_why - why a helper ended as it did where its own result says nothing. */
const char *tasks_why(const struct msg_state *s);
/* tasks_start - give waiting tasks to idle keepers; all that was recorded is on disk then. tasks_start_ahead - those jobs that are next,
 * while it is on its way there: a box takes as long to make as a record to write, and nothing runs in it without its ticket. */
void tasks_start(struct engine *e);
void tasks_start_ahead(struct engine *e);
void tasks_reclaim(struct engine *e);            /* at start: adopt jobs, forget all else */
void tasks_hear(struct engine *e, struct task *t);
bool tasks_kill(struct engine *e, enum task_kind kind, uint32_t ref);
struct task *tasks_find(struct engine *e, enum task_kind kind, uint32_t ref);
/* tasks_progress - how far a staging or intake says it is: {"percent","left"} in seconds, null where it can't be told; all: "rows",
 * "bytes", "of" and "elapsed" besides, which tell how large holdings are. NULL: it has not said, or nothing runs. */
json_t *tasks_progress(struct engine *e, enum task_kind kind, uint32_t ref, bool all);
int tasks_capture(struct engine *e, struct task *t, struct spe_error *err); /* the next START of a job's keeper */
void tasks_forget(struct engine *e, struct task *t);
/* tasks_look - a descriptor of what the kernel says of a running job (enum look), or -1, -ETIMEDOUT where nobody answers, or has not yet answered what was asked before; gone is set where it ended
 * meanwhile: t is what the job goes on as then. */
int tasks_look(struct engine *e, struct task *t, uint32_t look, bool *gone);
int64_t now_ms(void); /* of the clock that nobody sets */
int64_t now_s(void);  /* the same: for pauses, which may not last a day because a clock was set back */
bool tasks_waiting(const struct engine *e); /* for a keeper; what is held back is not */
/* tasks_long_most - so many stagings are begun at once, and so many of each other kind that may last hours. tasks_long_check - may one more
 * wait for its turn, of the person whose "of" it is? Else -SPE_E_BUSY. */
unsigned tasks_long_most(const struct engine *e);
int tasks_long_check(const struct engine *e, int64_t of, struct spe_error *err);
/* tasks_many - so many helpers wait for keepers that what a clock brings again waits for its next turn. */
bool tasks_many(const struct engine *e);
/* A helper's START with limits that fit it. */
struct msg_start task_helper(struct engine *e, enum msg_profile profile, uint32_t workspace, uint32_t version);

/* --- the nouns ---------------------------------------------------------------------------------- */
void people_who(struct engine *e, struct call *c);
unsigned workspace_roles(struct engine *e, const char *ws, const char *person); /* of permit.h; 0: none */
struct permit *workspace_permit(struct engine *e, const char *ws);              /* the caller's; NULL: none */
/* workspace_open - may this person do this here: role, state, dates. 0 or a negative code. */
int workspace_open(struct engine *e, struct call *c, const char *ws, unsigned want, unsigned *ret_roles);
bool workspace_valid_today(const struct permit *p, const char *state, struct spe_error *err);
/* Why a workspace is halted, together: what an operator said stops jobs and takes none; after a restore nothing begins, is staged or
 * released either, until an operator has put back what was revoked since. resume takes both away. */
enum { HALT_OPERATOR = 1, HALT_RESTORED = 2 };
int workspace_restored(struct engine *e, const char *ws, struct spe_error *err); /* -SPE_E_REFUSED: halted by a restore */
void workspaces_stage(struct engine *e, int64_t number);
bool workspace_waits(struct engine *e, int64_t number); /* it is to be staged, on its permit's first day or once it is resumed */
void workspaces_ended(struct engine *e, struct task *t, const struct msg_state *s);
void workspaces_clock(struct engine *e);
void holdings_ended(struct engine *e, struct task *t, const struct msg_state *s);
/* holdings_table - a described table of a holding that this person may bring, and the holding in *ret. holdings_take_in - begin to
 * take in fd as that; sha256: what it must have, or NULL. *ret_number is the table's. */
int holdings_table(struct engine *e, struct call *c, const char *holding, const char *name, json_t **ret);
int holdings_take_in(struct engine *e, struct call *c, const json_t *holding, const char *name, int fd, const char *sha256, uint32_t *ret_number);
/* uploads_ended - the intake of table number has; good: the file, or its fault, is known, so the upload is over. */
void uploads_ended(struct engine *e, uint32_t number, bool over);
void uploads_resume(struct engine *e);
void uploads_clock(struct engine *e);
void holdings_verified(struct engine *e, struct task *t, const struct msg_state *s);
void holdings_resume(struct engine *e);
/* holdings_clock, runtimes_clock - at start and every ten minutes, or sooner where there is much: what was to be wiped and was not is
 * wiped. */
void holdings_clock(struct engine *e);
void holdings_wipe(struct engine *e); /* the same now */
json_t *holdings_numbers(struct engine *e); /* of each table that has data the number of its file; the caller's */
/* --- lists.c ------------------------------------------------------------------------------------------------ */
#define LIST_MAX 500 /* of one page */
/* Of a table with an index on (serial) and one on (workspace, serial); LIST_OF(TABLE) gives the first four. */
struct list {
	const char *all, *one, *mine; /* serial numbers before one; of a workspace; workspaces of a person with their newest */
	const char *where;            /* workspace and serial of an id */
	const char *id, *row;         /* what names one; id and JSON of a serial */
};
#define LIST_OF(table) .all = "SELECT serial FROM " table " WHERE serial<? ORDER BY serial DESC LIMIT ?", \
	.one = "SELECT serial FROM " table " WHERE workspace=? AND serial<? ORDER BY serial DESC LIMIT ?", \
	.mine = "SELECT workspace, (SELECT max(serial) FROM " table " WHERE workspace=r.workspace AND serial<?) AS newest FROM temp.role r " \
		"WHERE person=? AND newest IS NOT NULL ORDER BY newest DESC", .where = "SELECT workspace, serial FROM " table " WHERE id=?"
/* list_page - what the caller may see, the newest first: of the query's workspace, at most its limit, older than its before. Has
 * "next" where there is more: what before is then. */
int list_page(struct engine *e, struct call *c, const struct list *l);
/* temp.role(person, workspace, roles): of all permits, after the database was opened; of one that was imported. temp.decided(export,
 * person): of those that are pending, see exports_resume. */
void roles_open(struct engine *e);
void roles_keep(struct engine *e, const struct permit *p);
/* --- quotas.c ------------------------------------------------------------------------------------------------ */
/* What one permit may have at once: jobs, jobs, bytes, bytes, exports. */
enum quota { QUOTA_QUEUED, QUOTA_RUNNING, QUOTA_CODE, QUOTA_OUTPUTS, QUOTA_EXPORTS, QUOTAS };
#define KEPT_FILE_BYTES 4096 /* counted for each output besides its size: what a file takes of a disk, if it holds one byte */
void quotas_open(struct engine *e); /* once, by db_open */
int64_t quotas_used(struct engine *e, enum quota q, const char *ws);
/* quotas_check - may there be so much more? Else -SPE_E_QUOTA, which names the option, what is used and what can be done. */
int quotas_check(struct engine *e, enum quota q, const char *ws, int64_t more, struct spe_error *err);
/* quotas_submit - may one more job with a command of so many bytes be submitted today? Else -SPE_E_QUOTA. quotas_submitted - one was. */
int quotas_submit(struct engine *e, const char *ws, int64_t command, struct spe_error *err);
void quotas_submitted(struct engine *e, const char *ws, int64_t command);
void quotas_doctor(struct engine *e, json_t *items); /* those that are nearly used up */
/* turns_next - of items [{"number","running"}] the workspace with the fewest running; of several the one whose turn was longest ago, which
 * is forgotten when the engine ends. 0: there is none. */
#define TURNS_MASK 0xffff /* of a workspace's number */
struct turns {
	int64_t turn, last[TURNS_MASK + 1];
};
int64_t turns_next(struct turns *t, const json_t *items);
/* --- catalogue.c, words.c, dcat.c: no file of theirs is opened but the database ---------------------------- */
void catalogue_open(struct engine *e);  /* once, after the policy is known */
void catalogue_add(struct engine *e, const json_t *description); /* or replace */
void catalogue_remove(struct engine *e, const char *holding);
/* catalogue_public - a copy in which counts under the policy's smallest are hidden; the caller's. */
json_t *catalogue_public(const struct engine *e, const json_t *description);
/* words_fold - small letters of ASCII, digits, '-' for what joins and ' ' for all else. words_index - a text for the index.
 * words_query - the words of who looks, with what says the same in six languages, as a query of FTS5; nothing where none is
 * long enough. words_hide_few - a text with "[fewer than MIN]" for each count of persons below min. */
void words_fold(const char *p, struct buf *ret);
void words_index(const char *p, struct buf *ret);
void words_query(const char *text, struct buf *ret);
void words_hide_few(const char *text, int64_t min, struct buf *ret);
/* dcat_dataset - a public description as HealthDCAT-AP, the caller's; -SPE_E_CONFLICT names what it lacks for that. */
int dcat_dataset(const json_t *description, json_t **ret, struct spe_error *e);
/* permits_recall - at start: permits as the gate has them; what has a newer version is 'staging' then. permit_recall - one of
 * them; true where workspaces_stage is the caller's to do. */
void permits_recall(struct engine *e);
bool permit_recall(struct engine *e, const char *id);
void runtimes_ended(struct engine *e, struct task *t, const struct msg_state *s);
void runtimes_resume(struct engine *e);
void runtimes_clock(struct engine *e);
/* runtimes_find - by name or digest, of those that are ready. Where there is none the digest is the word itself. */
bool runtimes_find(struct engine *e, const char *word, int64_t *ret_number, char ret_digest[SPE_NAME_MAX + 1]);
/* runtimes_missing - list of the digests that the permit names and this host has not; the caller's. */
json_t *runtimes_missing(struct engine *e, const struct permit *p);
/* jobs_out_of - the bytes that its /outputs takes, as when it began: sped.conf may say another number by now. */
int64_t jobs_out_of(const struct engine *e, const json_t *j);
/* jobs_start_of - the START of a job from its row, with number and data_version. */
struct msg_start jobs_start_of(struct engine *e, const json_t *j, uint32_t id);
void jobs_schedule(struct engine *e);
void jobs_ended(struct engine *e, struct task *t, const struct msg_state *s);
void jobs_lost(struct engine *e, uint32_t id);
/* jobs_recall - at start: jobs that still run, as far as the database knows, and have no keeper, but whose end is in the journal. Because of it
 * their ends are told before the database is synced: what is on disk by then are the journal and the gate's files. */
void jobs_recall(struct engine *e);
void jobs_capture(struct engine *e, struct task *t);
int jobs_stop_all(struct engine *e, const char *ws);
void exports_ended(struct engine *e, struct task *t, const struct msg_state *s);
/* check_was_killed - from outside, which says nothing of the file. */
bool check_was_killed(const struct msg_state *s);
void exports_replayed(struct engine *e, struct task *t, const struct msg_state *s);
void jobs_check(struct engine *e);
void jobs_clock(struct engine *e);
/* jobs_waits - whether its outputs do, for room on the disk or for its permit; those that are being tried do not. */
bool jobs_waits(const struct task *t);
bool disk_is_full(struct engine *e, bool for_more); /* for what jobs leave, or for what researchers bring */
int room_on_disk(struct engine *e, struct call *c); /* for what they bring: 0, or -SPE_E_BUSY */
void jobs_checked(struct engine *e, struct task *t, const struct msg_state *s);
void exports_resume(struct engine *e);
/* exports_clock - once a second: asks the gate where those stand of which the database may say less, for releases that did not
 * come to be, and to withdraw what waits under a permit that is over. */
void exports_clock(struct engine *e);
/* exports_unclear - who decides on exports of a workspace, or how many are needed, has changed, or its permit is over; "": of all. */
void exports_unclear(struct engine *e, const char *ws);
void exports_schedule(struct engine *e);

handler people_whoami, people_list, people_add, issuers_list, keys_show, doctor_show;
handler registry_show, registry_entries, registry_pending, registry_propose, registry_confirm, registry_withdraw;
handler uploads_add, uploads_list, uploads_show, uploads_put, uploads_finish, uploads_remove;
/* uploads_before - may this piece come? 100, with the file for it in c->reply_fd and the most bytes in c->reply_name. */
int uploads_before(struct engine *e, struct call *c);
handler holdings_list, holdings_show, holdings_add, holdings_put, holdings_remove, holdings_give, holdings_verify, catalogue_list,
	catalogue_show, catalogue_dcat;
/* holdings_before - may this file of a table come? 100, or a negative code: what is refused is not received first. */
int holdings_before(struct engine *e, struct call *c);
handler runtimes_list, runtimes_show, runtimes_put, runtimes_remove;
handler permits_list, permits_show, permits_add, permits_revoke, permits_deletion;
handler workspaces_list, workspaces_show, workspaces_restage, halt_all, resume_all;
handler quotas_list;
handler bundles_add, jobs_add, jobs_list, jobs_show, jobs_cancel, jobs_remove;
/* bundles_before - may one come? 100, or a negative code. */
int bundles_before(struct engine *e, struct call *c);
/* jobs_resume - at start: outputs whose removal was begun are removed. */
void jobs_resume(struct engine *e);
handler exports_add, exports_list, exports_show, exports_withdraw, exports_release, exports_manifest, exports_findings, exports_file,
	exports_decide, exports_comment, exports_replay, reviews_list;
handler backup_make, backup_remove;
/* backup_lasts - one is being copied: no table's file goes meanwhile. */
bool backup_lasts(void);
/* backup_restored - once after a restore: workspaces are staged again, runtimes are gone. */
void backup_restored(struct engine *e);
/* audit_leave - this call ends before all that it asked for was read. */
void audit_leave(struct engine *e, const struct call *c);
handler audit_verify, audit_records, audit_evidence, audit_consistency, audit_seen, audit_seen_list, audit_witness_told, attest_show;
/* witnesses_take - root's file, or NULL: there is none. witnesses_doctor - a line for each, or for none. */
void witnesses_take(struct engine *e, const char *text, size_t len);
void witnesses_doctor(struct engine *e, json_t *items);
void attest_look(void);                /* before confine_enter */
void attest_clock(struct engine *e);
void doctor_look(void); /* before confine_enter */
#endif
