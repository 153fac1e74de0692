/* gate/room.h - the gate: vault, journal and keys. It judges no output; it verifies every decision.
 * Runs as: _spe-gate, no capabilities.  Hears: the engine, one call at a time (spe/gate.h), and keepers, which are root.
 * Touches: its own directory, beneath one descriptor. Leaves alone: clients, networks, programs.
 *
 * keys/master.key release.key   registry/N.json N.1.sig N.2.sig (spe/registry.h)   permits/ID/VERSION.json VERSION.sig revoked.json revoked.sig
 * jobs/JOB.json   vault/XX/SHA256   exports/ID/request.json policy check-N.json findings.json manifest.json withdrawn.json
 * prints/PERMIT@SHA256 (the index of each staging, spe/prints.h)   salts/PERMIT   permits/ID/deletion.json deletion.sig
 * seen/PEER.json (the newest checkpoint of a peer, seen.c; seen/PEER@ORIGIN.json of a further key)
 * exports/ID/thread/N.json   exports/ID/decisions/PERSON.json PERSON.sig PERSON.stmt   releases/ID.tar ID.json   journal/ tmp/
 * exports/ID/check-N.inputs (what that check was given) check-N.counts (what it counted)   jobs/JOB.check-N.json
 * counts/PERMIT/set list.json: the counts of all releases of a permit, merged; made again where it is lost
 *
 * Every file but keys, vault and counts/ is written by store_write: first a record of the gate's own goes into the journal
 * with the SHA-256 of each file, then the files are made. So the journal says which files there must be and what is in
 * them; each is compared with it whenever it is read; and nothing is stored twice. */
#ifndef SPE_GATE_ROOM_H
#define SPE_GATE_ROOM_H
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "spe/err.h"
#include "spe/gate.h"
#include "spe/ids.h"
#include "spe/limits.h"
#include "spe/msg.h"
#include "spe/permit.h"
#include "spe/policy.h"
#include "spe/registry.h"
#include "spe/sshsig.h"
#include "sped/base/hex.h"
#include "sped/base/json.h"
#include "sped/gate/journal.h"

/* One step after another: the first that fails ends it. */
#define TRY(x)                                                                                     \
	do {                                                                                       \
		int tried = (x);                                                                   \
		if (tried < 0)                                                                     \
			return tried;                                                              \
	} while (0)

#define GATE_REQUEST_MAX (4u << 20) /* bytes of a call: a permit of 1 MiB, escaped */
#define GATE_RESULT_MAX (4u << 20)  /* bytes that a task may say */
#define GATE_TASKS_MAX 256          /* begun and not yet asked after: far more than run at once */
#define STORE_PATH 320
#define STORE_TEXT_MAX (16u << 20)  /* bytes of one state file, releases apart: the findings on 50 files are 7 MiB at most */
#define STORE_FILES_MAX (POLICY_PRINTS_MAX + 1) /* of one record: all that goes with a permit's end */

enum task_kind { TASK_NONE, TASK_PLAIN, TASK_CAPTURE, TASK_CHECK, TASK_JOB_CHECK, TASK_REPLAY };
struct task {
	enum task_kind kind;
	struct msg_start start; /* what it was made for: id, profile, and what is in "begin"; the rest of START is of no weight */
	uint64_t born;         /* counts up */
	int64_t made_ms;       /* by a clock that nobody sets */
	int socket;            /* the task socket, until its keeper has shown START; then -1, and */
	int conn;              /* on which that keeper tells the end, until it has; then -1, and */
	struct msg_state end;
	int out;               /* what the task writes, read by us from its beginning */
	uint64_t max_files, max_bytes; /* CAPTURE */
	char permit[SPE_NAME_MAX + 1]; /* of a staging, capture or check; else empty */
	char export[SPE_ID_TEXT];      /* CHECK, REPLAY; JOB_CHECK: the job's id */
	json_int_t index;
	bool indexed;          /* PLAIN: of a staging, its index is kept, or there is none to keep */
	int64_t index_ms;      /* by that clock: when it was tried last */
	bool staged_since;     /* WIPE: the same data were being staged when it was given to its keeper, or were given to be since */
	json_t *given;         /* those three: what the check was told and given; INTAKE: {"holding","table","columns"}; its own reference */
};

/* remove.c: the first 16 bytes of a SHA-256, and how many jobs and checks speak of it; open addressing. Two with the same 16 only keep
 * each other in the vault. */
struct ref {
	uint8_t key[16];
	uint32_t count;        /* 0: nothing is here */
};
struct refs {
	struct ref *slot;      /* NULL: not begun yet */
	size_t room, used;     /* room: a power of two */
	json_t *todo;          /* files that are still to be counted, those from number `at` on; NULL: all are */
	size_t at;
};

/* remains.c: permits that are over, and how far what is left of them is gone. */
struct remains {
	bool due;              /* there may be such */
	json_t *permits;       /* {PERMIT:true}: those whose turn it is, or NULL */
	json_t *todo;          /* [[JOB] or [EXPORT,PERMIT]]: those before number `at` are done; of any permit's job it is not known yet whose it is */
	size_t at;
	int64_t at_ms;         /* by gate_clock's clock: not before then */
	char why[512];         /* what went wrong last since they were begun with, or "" */
};

struct gate {
	int dir;               /* borrowed */
	struct journal *journal;
	uint8_t master[32], release[32], c4gh[32];
	char c4gh_public[45];  /* base64 */
	char release_key[SSHKEY_TEXT_MAX];
	struct registry *registry;     /* as far as it holds */
	char root_problem[600];        /* why root's file of operators was not taken, or "" */
	json_t *policies;              /* {SHA256: true}: those that root has installed */
	json_t *old_people, *old_issuers; /* from before the registry: {"person" or "issuer","key","fingerprint"} */
	json_t *files;         /* what the journal says: {GROUP:{NAME:SHA256}} */
	json_t *permits;       /* what the journal says: {PERMIT:{"released":[LEAVING],"asked":[LEAVING]}}, in order */
	json_t *proofs;        /* what the journal says: {EXPORT:[SEQ]} of the records that its release shows */
	json_t *fetched;       /* what the journal says: {EXPORT:{"times":N,"people":{PERSON:{"times","bytes"}}}} of those whose policy bounds it; bytes: of
				* ranges, by which fetches were gone on with */
	json_t *workspaces;    /* what the journal says: {NUMBER:{"permit","data":{VERSION:true}}}: whose it is for good, what is not wiped */
	json_t *tables;        /* what the journal says: {NUMBER:{"holding","table","columns","sha256"}} */
	json_t *nothing;       /* what the journal says: {JOB:WORKSPACE} of jobs that left nothing, which have no file */
	json_t *ended;         /* {EXPORT:true}: those that wait for nothing any more, as the journal says, or as far as they were looked at */
	json_t *apart;         /* {EXPORT:{"persons","released"}}: of the permit's releases the first so many differ from it by so many persons at least;
				* as far as it was compared (meet.c) */
	json_t *removing;      /* what the journal says: {JOB:true} of those whose outputs are on their way out */
	json_t *erased;        /* what the journal says: {PERMIT:true} of which only what was released is left */
	json_t *overdue;       /* what the journal says: {PERMIT:true} whose data were not known to be gone by the day that was to be the last for them */
	struct remains remains;
	int64_t overdue_ms;    /* by gate_clock's clock: when that is looked at again */
	struct refs refs;      /* how often the vault's files are spoken of; made when it is first asked for */
	json_t *last;          /* the newest record of files: {PATH:SHA256 of before or null} */
	char last_action[64];
	uint64_t last_seq;
	json_t *made;          /* what the journal says of the keys, or NULL */
	char tampered[600];    /* not empty: nothing is changed any more */
	bool must_end;         /* memory and disk may differ: begin again */
	int every_s;           /* between checkpoints */
	int64_t checked_ms;    /* by gate_clock's clock, when one was looked for; 0: not yet */
	int64_t ends_s;        /* no permit is over before that, since 1970; 0: not known */
	int64_t (*now_ms)(void);
	bool (*clock_synced)(void);          /* does the kernel say so? */
	int64_t clock_base_s, clock_limit_s, clock_boot_s; /* the time that is believed, and the latest that an unsynchronised clock may say,
				* both when the host had run so long */
	int64_t doubted_s;     /* what the journal says: the clock is not believed, but this time was; or 0 */
	int64_t look_ms;       /* whether it is believed is looked at then, by gate_clock's clock */
	int64_t doubt_ms;      /* where a permit is to end by it: it is looked at again then, by gate_clock's clock */
	bool vault_places;      /* all there are of vault/XX are on disk */
	bool vault_synced[256]; /* so are all names in vault/XX, but where */
	bool vault_owed[256];   /* some may not be: see vault_sync */
	struct verify *verify; /* that is under way, or NULL */
	uint64_t tasks;        /* ever begun */
	struct task task[GATE_TASKS_MAX];
};

/* gate_open - on its own directory; dir stays the caller's. First start makes what is missing.
 * now_ms: since 1970; NULL is the clock. Returns 0 or -SPE_E_INTERNAL. */
int gate_open(struct gate **ret, int dir, int64_t (*now_ms)(void), struct spe_error *e);
void gate_free(struct gate *g);
/* gate_operators - root's file; what is new in it becomes an entry of the registry. Returns 0; a negative code where it was not
 * taken, which doctor says too; -SPE_E_INTERNAL. */
int gate_operators(struct gate *g, const char *text, size_t len, struct spe_error *e);
/* gate_policy - a policy that root has installed; the engine chooses one of these and can bring no other. 0 or -SPE_E_INTERNAL. */
int gate_policy(struct gate *g, const char *text, size_t len, struct spe_error *e);
/* gate_no_operators - there is none, or none to be trusted. */
void gate_no_operators(struct gate *g, const char *why);

/* One call. */
struct call {
	const json_t *in;
	int input;     /* the second descriptor of GATE_INTAKE, or -1; the caller's */
	json_t *out;   /* the answer, the caller's; or */
	int out_fd;    /* bytes, the caller's; and of them */
	bool ranged;   /* only those from from to to */
	uint64_t from, to;
	char digest[SHA256_TEXT]; /* of all of them, or "" */
	uint64_t asked; /* number of the record that said what was asked for, or 0 */
};
/* gate_call - check, journal, act. Returns 0 or a negative code with its sentence. */
int gate_call(struct gate *g, uint32_t op, struct call *c, struct spe_error *e);
const char *gate_op_name(uint32_t op);
/* engine_hear - the next call on the engine's socket, answered; false once that is closed. */
bool engine_hear(struct gate *g, int engine);
/* gate_fail - "can't WHAT: why" of a negative errno. */
int gate_fail(struct spe_error *e, const char *what, int r);
/* gate_tampered - NULL, or why nothing is changed any more. */
const char *gate_tampered(const struct gate *g);
int gate_memory(struct spe_error *e);
void gate_now(const struct gate *g, char ret[TIME_TEXT]);
/* Fields of a request. */
int want_id(const struct call *c, const char *field, uint32_t *ret_number, char ret[SPE_ID_TEXT], struct spe_error *e);
int want_name(const struct call *c, const char *field, const char **ret, struct spe_error *e);
int want_text(const json_t *o, const char *where, const char *field, size_t max, const char **ret, struct spe_error *e);
int want_sha256(const json_t *o, const char *where, const char *field, const char **ret, struct spe_error *e);
/* record_append - the engine's record of this call, with more in its object (stolen, may be NULL). */
int record_append(struct gate *g, const struct call *c, const char *outcome, json_t *more, struct spe_error *e);
/* record_append_later - the same, on disk when the engine asks for that (GATE_JOURNAL). */
int record_append_later(struct gate *g, const struct call *c, const char *outcome, json_t *more, struct spe_error *e);
int record_check(json_t *record, struct spe_error *e);
/* records_append_later - the engine's own, of a field of the request, in their order; the same. */
int records_append_later(struct gate *g, const struct call *c, const char *field, struct spe_error *e);

/* ---- store.c: state files and what the journal says of them ---- */
struct store_file {
	char path[STORE_PATH];
	const void *p;
	size_t len;
	const char *from;          /* a synced file in tmp/ instead of p; its digest is given */
	char sha256[SHA256_TEXT];  /* filled */
};
/* store_seen - a journal_seen_fn; arg is the gate. */
void store_seen(void *arg, const json_t *record, uint64_t seq);
/* store_recover - finish or undo what the last record promised and a crash kept from happening. */
int store_recover(struct gate *g, struct spe_error *e);
bool store_has(const struct gate *g, const char *path);
const char *store_digest(const struct gate *g, const char *path);
/* store_is_empty - a file of that SHA-256, which may be NULL: it was emptied for good. */
bool store_is_empty(const json_t *sha256);
/* store_is_left - it is there, and was not emptied. */
bool store_is_left(const struct gate *g, const char *path);
/* store_group - {NAME:SHA256} of "exports/ID" and the like, borrowed, or NULL. */
const json_t *store_group(const struct gate *g, const char *group);
/* store_read - a file that the journal knows, compared with it. -SPE_E_NOT_FOUND where it is in neither;
 * -SPE_E_TAMPERED names it. */
int store_read(const struct gate *g, const char *path, char **ret, size_t *ret_len, struct spe_error *e);
int store_json(const struct gate *g, const char *path, json_t **ret, struct spe_error *e);
/* store_job - jobs/ID.json, or of a job that left nothing what would be in it. */
int store_job(const struct gate *g, const char *id, json_t **ret, struct spe_error *e);
bool store_has_job(const struct gate *g, const char *id);
/* store_fetched - person is about to begin to fetch a release under a policy that bounds how often; with bytes that is not 0, to go on with
 * so many of it. On disk when this returns. */
int store_fetched(struct gate *g, const char *export, const char *workspace, const char *person, uint64_t bytes, struct spe_error *e);
/* store_note - a record of the gate's own, of no files; on disk when this returns. object is stolen. */
int store_note(struct gate *g, const char *action, const char *workspace, json_t *object, struct spe_error *e);
/* store_removing - outputs of a job are on their way out of the vault; on disk when this returns. */
int store_removing(struct gate *g, const char *job, const char *workspace, struct spe_error *e);
/* store_nothing - a job left nothing: in the journal, on disk when the engine asks for that (GATE_JOURNAL). */
int store_nothing(struct gate *g, const char *job, const char *workspace, struct spe_error *e);
/* store_open_file - open for reading after the comparison, for what is too large to hold. */
int store_open_file(const struct gate *g, const char *path, uint64_t *ret_size, struct spe_error *e);
/* store_write - journal, then write, in this order. object is stolen. */
int store_write(struct gate *g, const char *action, const char *workspace, json_t *object, struct store_file *f,
	size_t count, struct spe_error *e);
int store_write_json(struct gate *g, const char *action, const char *workspace, json_t *object, const char *path,
	const json_t *j, struct spe_error *e);
/* store_remake - files that the journal speaks of already, with just the bytes that it says. */
int store_remake(struct gate *g, struct store_file *f, size_t count, struct spe_error *e);
/* store_check - a file that the journal speaks of against it. store_check_names - the other way round, of all in a directory; with
 * depth, directories in it are steps for later (verify.c). */
void store_check(const struct gate *g, const char *path, json_t *problems);
void store_check_names(const struct gate *g, const char *path, int depth, json_t *todo, json_t *problems);
/* dir_names - the names in a directory but dots and leftovers of interrupted writes; NULL where it can't be read. */
json_t *dir_names(int dir, const char *path);

/* ---- keys.c ---- */
int keys_load(struct gate *g, struct spe_error *e);
/* keys_prove - the keys on disk are those that the journal names, or its first record names them. */
int keys_prove(struct gate *g, struct spe_error *e);
int old_keys_load(struct gate *g, struct spe_error *e);
int do_keys(struct gate *g, struct call *c, struct spe_error *e);

/* ---- registry.c ---- */
/* registry_load - every entry, its hash and its signatures; what holds is kept where one does not. */
int registry_load(struct gate *g, struct spe_error *e);
/* registry_unchanged - its files still are what the journal says; -SPE_E_TAMPERED names the one that is not. */
int registry_unchanged(const struct gate *g, struct spe_error *e);
/* registry_check - all of it again, from disk. */
void registry_check(const struct gate *g, json_t *problems);
/* signer_find - the key in that role of who, NULL: of anybody, that signed armor, and that counts now. */
int signer_find(const struct gate *g, enum registry_role role, const char *who, const char *armor, const struct registry_key **ret,
	struct spe_error *e);
/* key_was_of - in that role, now or once. */
bool key_was_of(const struct gate *g, enum registry_role role, const char *who, const char *key);
int do_registry(struct gate *g, struct call *c, struct spe_error *e);
int do_registry_entries(struct gate *g, struct call *c, struct spe_error *e);
int do_registry_change(struct gate *g, struct call *c, struct spe_error *e);

/* ---- permits.c ---- */
int do_permit(struct gate *g, struct call *c, struct spe_error *e);
int do_permit_show(struct gate *g, struct call *c, struct spe_error *e);
int do_revoke(struct gate *g, struct call *c, struct spe_error *e);
/* permit_newest - *ret_text may be NULL; both are the caller's. */
int permit_newest(const struct gate *g, const char *id, struct permit **ret, char **ret_text, struct spe_error *e);
/* permit_version - of that number. */
int permit_version(const struct gate *g, const char *id, int64_t version, struct permit **ret, struct spe_error *e);
/* permit_in_force - valid now and not revoked, else -SPE_E_REFUSED. */
int permit_in_force(const struct gate *g, const struct permit *p, struct spe_error *e);
/* permit_ends - when the newest version of it is over, in seconds since 1970; 0 where it was revoked. */
int permit_ends(const struct gate *g, const char *id, int64_t *ret, struct spe_error *e);
/* permit_erased_by - the last second in which any of its data may be left: it says so; where it was revoked, as long after that as it has
 * between its end and then. permit_not_over - 0, or -SPE_E_REFUSED once its key was destroyed. */
int permit_erased_by(const struct gate *g, const char *id, int64_t *ret, struct spe_error *e);
int permit_not_over(const struct gate *g, const char *id, struct spe_error *e);
/* permit_on - permit_in_force of the newest version. */
int permit_on(const struct gate *g, const char *id, struct spe_error *e);
/* permits_check - every signature again. Returns how many texts there are. */
size_t permits_check(const struct gate *g, json_t *problems);
static inline void permit_auto_free(struct permit **p)
{
	permit_free(*p);
}
#define auto_permit __attribute__((cleanup(permit_auto_free)))

/* ---- erase.c ---- */
/* permit_master - the key from which those of this permit are made; made when it is first asked for. -SPE_E_REFUSED once it was
 * destroyed. The caller cleanses. */
int permit_master(struct gate *g, const char *id, uint8_t ret[32], struct spe_error *e);
bool permit_is_over(const struct gate *g, const char *id); /* its key was destroyed */
/* permit_end - its key and fingerprints are destroyed; the caller knows that its time has come. */
int permit_end(struct gate *g, const char *id, struct spe_error *e);
int do_end(struct gate *g, struct call *c, struct spe_error *e);
int do_deleted(struct gate *g, struct call *c, struct spe_error *e);
int do_proof(struct gate *g, struct call *c, struct spe_error *e);

/* ---- remains.c: what remains of a permit that is over ---- */
/* remains_seen - a record of the gate's own; 0 or -ENOMEM. remains_none - of a permit: the journal says that all of it is gone. */
int remains_seen(struct gate *g, const json_t *record);
bool remains_none(const struct gate *g, const char *permit);
#define REMAINS_MS 50 /* of the gate's time, and as long it is for others then */
/* remains_step - so many milliseconds of it and one piece at least, where it is time for one. remains_clock - the same by the clock; what fails is logged. remains_wait - for how
 * many milliseconds there is none. */
int remains_step(struct gate *g, int64_t ms, struct spe_error *e);
void remains_clock(struct gate *g);
int remains_wait(const struct gate *g);
void remains_free(struct remains *x);
int do_overdue(struct gate *g, struct call *c, struct spe_error *e);

int do_backup(struct gate *g, struct call *c, struct spe_error *e);
/* backup_drop - backup.c: no second name of any file stays, so that what is destroyed is gone. */
int backup_drop(const struct gate *g, struct spe_error *e);

/* ---- vault.c ---- */
/* vault_put - len bytes of fd from at on, hashed while they are copied, synced. *ret_new, which may be NULL: they were not there yet.
 * vault_sync - and the names of all that was put are on disk: before any record or file says so, once for all of a job's. */
int vault_put(struct gate *g, int fd, uint64_t at, uint64_t len, char ret_sha256[SHA256_TEXT], bool *ret_new, struct spe_error *e);
int vault_sync(struct gate *g, struct spe_error *e);
/* vault_drop - its file is gone, and the disk knows. 0 also where there was none. */
int vault_drop(struct gate *g, const char *sha256, struct spe_error *e);
/* vault_hash - of the same bytes, which go nowhere. */
int vault_hash(int fd, uint64_t at, uint64_t len, char ret_sha256[SHA256_TEXT], struct spe_error *e);
/* copy_hashed - len bytes of a file from at on to another. 0; -EBADMSG where there are fewer; else -errno. */
int copy_hashed(int from, uint64_t at, uint64_t len, int to, char ret_sha256[SHA256_TEXT]);
/* vault_open - open for reading; hashed first where verify says so. -SPE_E_TAMPERED names name and hash. */
int vault_open(const struct gate *g, const char *sha256, const char *name, bool verify, struct spe_error *e);
/* vault_check - a file's content against its name. Returns 1, or 0 where it is not there any more. */
size_t vault_check(const struct gate *g, const char *path, json_t *problems);

/* ---- tasks.c, ingest.c ---- */
int do_stage(struct gate *g, struct call *c, struct spe_error *e);
int do_intake(struct gate *g, struct call *c, struct spe_error *e);
int do_image(struct gate *g, struct call *c, struct spe_error *e);
int do_wipe(struct gate *g, struct call *c, struct spe_error *e);
int do_result(struct gate *g, struct call *c, struct spe_error *e);
int do_tables(struct gate *g, struct call *c, struct spe_error *e);
int do_progress(struct gate *g, struct call *c, struct spe_error *e);
int do_capture(struct gate *g, struct call *c, struct spe_error *e);
int do_ingest(struct gate *g, struct call *c, struct spe_error *e);
/* task_begin - ticket and descriptors wait for the task's keeper; c is answered. input -1: none. What a keeper holds is never forgotten for
 * it: -SPE_E_CONFLICT where that has the same id, or there is no room beside. */
int task_begin(struct gate *g, struct call *c, const struct task *task, const json_t *ticket, int input, struct spe_error *e);
/* task_begin_with - as task_begin, with so many inputs, in this order. */
int task_begin_with(struct gate *g, struct call *c, const struct task *task, const json_t *ticket, const int *input, size_t inputs,
	struct spe_error *e);
struct task *task_find(struct gate *g, uint32_t id, enum task_kind kind);
void task_drop(struct task *t);

/* ---- remove.c: outputs that a researcher needs no more ---- */
int do_remove(struct gate *g, struct call *c, struct spe_error *e);
/* removal_seen - a record of the gate's own; 0 or -ENOMEM. removals_finish - those that a crash left half done. */
int removal_seen(struct gate *g, const json_t *record);
int removals_finish(struct gate *g, struct spe_error *e);
/* refs_add - the vault's file of that name is spoken of once more; 0 or -SPE_E_INTERNAL. refs_less - once less; true: by nobody any more. */
int refs_add(struct gate *g, const char *sha256, struct spe_error *e);
bool refs_less(struct gate *g, const char *sha256);
void refs_free(struct refs *x);
/* refs_step - so many milliseconds of counting, and one file at least. refs_ready - all are counted. */
int refs_step(struct gate *g, int64_t ms, struct spe_error *e);
bool refs_ready(const struct gate *g);
/* refs_drop - each of these, once less; with the last one the vault's file goes; then the record and the files that do not speak of them. object is
 * stolen. */
int refs_drop(struct gate *g, const json_t *gone, const char *action, const char *workspace, json_t *object, struct store_file *f, size_t count,
	struct spe_error *e);
/* outputs_erase - some of the outputs of a job whose permit is over; *ret_more: there were any. */
int outputs_erase(struct gate *g, const char *id, bool *ret_more, struct spe_error *e);
/* do_refs - a piece of what the first removal would have to count. */
int do_refs(struct gate *g, struct call *c, struct spe_error *e);

/* ---- keepers.c ---- */
#define BEGIN_WORKSPACE 1u
#define BEGIN_RUNTIME 2u
#define BEGIN_TABLES 4u
/* begin_want - a request's "begin", which has to say just what is in `with`, of a wipe one of them; and the profile. A workspace has the
 * version of its data with it, which is 1 or more, but for a capture. */
int begin_want(const struct call *c, enum msg_profile profile, unsigned with, struct msg_start *ret, struct spe_error *e);
/* keeper_hear - one of those who wait at the door. keeper_start - its START: the task socket, once, the caller's, where it is what
 * the task was made for; *conn is taken then. Else -SPE_E_REFUSED, which is in the journal. */
void keeper_hear(struct gate *g, int door);
int keeper_start(struct gate *g, const struct msg_start *s, int *conn, int *ret_socket, struct spe_error *e);
/* task_end - fills t->end with what its keeper told. -SPE_E_CONFLICT where it is not over; -SPE_E_NOT_FOUND where no keeper ever
 * asked for it, and then it is dropped. */
int task_end(struct task *t, struct spe_error *e);
bool task_ended_well(const struct task *t); /* by exit status 0 */
bool keeper_holds(const struct task *t); /* it has been given, and its end was not told */

/* ---- held.c: what lies in root's directories ---- */
/* held_seen - a record of the gate's own. 0 or -ENOMEM. held_note - makes one of what a task did that ended well;
 * -SPE_E_CONFLICT of a wipe that a staging of the same data may have come after. held_start - a task is about to be given to its keeper:
 * NULL, or why it may not be. */
const char *held_start(struct gate *g, struct task *t);
int held_seen(struct gate *g, const json_t *record);
int held_note(struct gate *g, const struct task *t, const json_t *result, struct spe_error *e);
/* workspace_check - a number that was staged is its permit's, else -SPE_E_REFUSED. workspaces_gone - all that was staged under the
 * permit is wiped, else -SPE_E_CONFLICT. */
int workspace_check(const struct gate *g, uint32_t number, const char *permit, struct spe_error *e);
int workspaces_gone(const struct gate *g, const char *permit, struct spe_error *e);
/* held_permit - whose number it is, or "". */
const char *held_permit(const struct gate *g, uint32_t number);
/* workspace_on - the permit whose number this is is in force; a number that nothing was staged in since this is kept is nobody's. */
int workspace_on(const struct gate *g, uint32_t number, struct spe_error *e);
/* table_held - a request's {"holding","table","sha256","description"?} is what the table of this number was taken in as, else
 * -SPE_E_REFUSED. columns_digest, reading_digest - of a description and of its holding_reading; the caller's, or NULL. */
int table_held(const struct gate *g, uint32_t number, const json_t *asked, struct spe_error *e);
json_t *columns_digest(const json_t *description);
json_t *reading_digest(const json_t *description);

/* ---- prints.c ---- */
/* prints_of - the SHA-256 of each index of the permit, as they came; the caller's, NULL out of memory. prints_path - where one is; false: it
 * is there no more. */
json_t *prints_of(const struct gate *g, const char *permit);
bool prints_path(const struct gate *g, const char *permit, const char *sha256, char ret[STORE_PATH]);
/* prints_result - what a staging of this permit wrote: its JSON, once its index is kept. */
int prints_result(struct gate *g, struct task *t, json_t **ret, struct spe_error *e);
/* prints_take - the index of each staging that has ended, whoever asks for its result or does not. What fails is logged and tried again. */
void prints_take(struct gate *g);
/* prints_wanted - a staging ended well, and its index is not kept yet. */
bool prints_wanted(const struct task *t);
/* prints_due - 0, or -SPE_E_CONFLICT while the permit has such a staging. prints_room - 0, or -SPE_E_REFUSED where no more data can be staged under
 * it, of which an index could be kept. */
int prints_due(const struct gate *g, const char *permit, struct spe_error *e);
int prints_room(const struct gate *g, const char *permit, struct spe_error *e);

/* ---- exports.c, checks.c, decide.c, thread.c, proof.c, release.c ---- */
struct export {
	char id[SPE_ID_TEXT];
	json_t *request, *manifest, *findings, *decisions; /* the middle two NULL before the manifest is made */
	char *manifest_text;
	size_t manifest_len;
	struct permit *permit;     /* the newest version */
	struct permit *then;       /* the one that it was released under; NULL: it was not, or before that was kept, or it is read no more */
	size_t approvals, rejections, returns;
	int64_t needed;
	int64_t decided_ms;        /* time of the newest decision */
	int64_t loaded_s;          /* keys are in time or not as of it */
	const char *state;
};
/* export_load - all of it, compared with the journal, every signature verified anew. */
int export_load(const struct gate *g, const char *id, struct export *ret, struct spe_error *e);
void export_free(struct export *x);
#define auto_export __attribute__((cleanup(export_free)))
/* policy_want - a request's "policy":{"name","text"}, one of those that root has installed; what it is called is what its text says. */
int policy_want(const struct gate *g, const struct call *c, const char **ret_text, struct policy *ret, struct spe_error *e);
/* export_policy - the one that held when it was asked for. */
int export_policy(const struct gate *g, const struct export *x, struct policy *ret, struct spe_error *e);
bool export_is(const struct export *x, const char *state);
/* manifest_blocks - one of its files may not leave. */
bool manifest_blocks(const json_t *manifest);
/* export_workspace - of its permit. */
const char *export_workspace(const struct export *x);
const char *export_sha256(const struct gate *g, const char *id, const char *name);
int do_export(struct gate *g, struct call *c, struct spe_error *e);
int do_exports(struct gate *g, struct call *c, struct spe_error *e);
int do_export_show(struct gate *g, struct call *c, struct spe_error *e);
int do_open(struct gate *g, struct call *c, struct spe_error *e);
int do_withdraw(struct gate *g, struct call *c, struct spe_error *e);
int do_check(struct gate *g, struct call *c, struct spe_error *e);
int do_verdict(struct gate *g, struct call *c, struct spe_error *e);
int do_job_check(struct gate *g, struct call *c, struct spe_error *e);
int do_job_verdict(struct gate *g, struct call *c, struct spe_error *e);
int do_replay(struct gate *g, struct call *c, struct spe_error *e);
int do_replayed(struct gate *g, struct call *c, struct spe_error *e);
int do_manifest(struct gate *g, struct call *c, struct spe_error *e);
/* decisions_wanted - by the classes of an export's files; 0: the policy asks for no more than for any export. */
int64_t decisions_wanted(const struct policy *p, const json_t *records);
int do_decide(struct gate *g, struct call *c, struct spe_error *e);
/* decisions_load - fills decisions, approvals, rejections and returns of x. */
int decisions_load(const struct gate *g, struct export *x, struct spe_error *e);
int do_comment(struct gate *g, struct call *c, struct spe_error *e);
/* proof.c: proof_seen - a record of the gate's own; proof_undone - the newest one is not to count. */
int proof_seen(struct gate *g, const json_t *record, uint64_t seq);
void proof_undone(struct gate *g, uint64_t seq);
/* proof_text - spe/evidence.h, of an export in the journal of that many records, which has a checkpoint; the caller's. */
int proof_text(struct gate *g, const char *export, uint64_t size, char **ret, struct spe_error *e);
/* thread_count - how many comments there are on an export, by the journal alone. thread_load - all of them, the first said first:
 * {"person","role","time","text",...}. */
size_t thread_count(const struct gate *g, const char *id);
int thread_load(const struct gate *g, const char *id, json_t **ret, struct spe_error *e);
/* deciders - the names of those who have decided on an export, by the journal alone; the caller's, NULL out of memory. */
json_t *deciders(const struct gate *g, const char *id);
int do_release(struct gate *g, struct call *c, struct spe_error *e);
int do_fetch(struct gate *g, struct call *c, struct spe_error *e);
/* release_finish - make the file that the journal already speaks of, with the same bytes. */
int release_finish(struct gate *g, const char *id, struct spe_error *e);
/* release_check - what it is made of makes a tar with this hash; none is written. -SPE_E_TAMPERED where it does not. */
int release_check(struct gate *g, const struct export *x, const char *sha256, struct spe_error *e);

/* ---- life.c: what may become of an export ---- */
struct export_step {
	const char *what, *from, *to;
};
/* export_steps - all of them; what is NULL behind the last. */
const struct export_step *export_steps(void);
/* export_may - in the state that it is in. */
bool export_may(const struct export *x, const char *what);
bool export_may_become(const char *what, const char *from, const char *to);
/* export_moved - what was done led from a state to that of x, as the table has it; else the gate ends. */
int export_moved(struct gate *g, const struct export *x, const char *what, const char *from, struct spe_error *e);

/* ---- counts.c: what leaves, and what it counts ---- */
/* leaving_seen - a record of the gate's own: an export was asked for or released. 0 or -ENOMEM. */
int leaving_seen(struct gate *g, const json_t *record);
/* leaving_pack - what such a record says of an export: {"export","unix_time","count","bytes"}. */
json_t *leaving_pack(const struct gate *g, const char *export, const json_t *files);
/* budget_check - may so many files and bytes be asked for under this permit now? */
int budget_check(struct gate *g, const char *permit, const struct policy *p, size_t files, uint64_t bytes,
	struct spe_error *e);
/* waiting_check - may one more export of the permit wait for checks or decisions, of most? Else -SPE_E_QUOTA. */
int waiting_check(struct gate *g, const char *permit, int64_t most, struct spe_error *e);
/* asked_check - may one more be asked for today, whatever becomes of it, of EXPORTS_DAY times as many as may wait? Else -SPE_E_QUOTA. */
int asked_check(const struct gate *g, const char *permit, int64_t most, struct spe_error *e);
/* export_released - what the journal says of its release, or NULL: {"export","registry","valid_at","permit_version",...}; the latter are 0
 * before there was a registry, and the last before it was kept. */
const json_t *export_released(const struct gate *g, const struct export *x);
/* history_epoch - how many exports of the permit were released. */
size_t history_epoch(const struct gate *g, const char *permit);
/* released_id - the i-th of them, from 0. asked_count, asked_id - those that were asked for, in their order. */
const char *released_id(const struct gate *g, const char *permit, size_t i);
size_t asked_count(const struct gate *g, const char *permit);
const char *asked_id(const struct gate *g, const char *permit, size_t i);
/* asked_may_be_of - false: it names outputs of another job. asked_is_of - what its request says, where the journal does not. */
bool asked_may_be_of(const struct gate *g, const char *permit, size_t i, const char *job);
int asked_is_of(struct gate *g, const char *permit, size_t i, const char *job, struct spe_error *e);
/* meet.c: export_meets_none - 0; -SPE_E_CONFLICT where counts of the export, which is checked, differ by few persons from
 * those of one that was approved since its check. release_meets_none - the same of those that were released since. */
int export_meets_none(struct gate *g, const struct export *x, struct spe_error *e);
int release_meets_none(struct gate *g, const struct export *x, struct spe_error *e);
/* history_open - the merged counts of the first epoch of them, or -1 where there are none. */
int history_open(struct gate *g, const char *permit, size_t epoch, int *ret_fd, struct spe_error *e);
/* siblings_open - those of the files before this one in its export, numbered from 1; or -1. */
int siblings_open(const struct gate *g, const char *export, size_t index, int *ret_fd, struct spe_error *e);
/* counts_take - so many entries of fd from at on into tmp/name, synced and hashed. -SPE_E_INPUT where they are no set. */
int counts_take(const struct gate *g, int fd, uint64_t at, uint64_t entries, const char *name, char ret_sha256[SHA256_TEXT],
	struct spe_error *e);

/* ---- given.c: what a check is told and given ---- */
#define GIVEN_INPUTS (4 + POLICY_PRINTS_MAX)
struct given {
	int input[GIVEN_INPUTS];
	size_t count;
	json_t *names;             /* of them, in this order */
	json_t *json;              /* kept as check-N.inputs */
};
struct about {
	const char *permit;
	const json_t *job;         /* jobs/JOB.json */
	const json_t *file;        /* {"name","sha256",...} */
	const char *export;        /* NULL: no siblings */
	size_t index;
	const json_t *kept;        /* the check-N.inputs of the check that is done again, or NULL */
};
int given_gather(struct gate *g, const struct about *a, struct given *ret, struct spe_error *e);
/* given_sidecar - outputs.json, or ACRO's results.json, at the root of a job's outputs: {"name","sha256",...}, borrowed, or NULL. */
const json_t *given_sidecar(const json_t *job);
void given_free(struct given *x);
#define auto_given __attribute__((cleanup(given_free)))
/* given_ticket - spe/ticket.h; NULL where memory is out. */
json_t *given_ticket(const struct gate *g, const struct given *x, const char *name, const char *policy_name,
	const char *policy_text);

/* ---- said.c: what spe-check wrote ---- */
struct said {
	json_t *record;
	uint64_t counts_at, counts, rebuilt_at, rebuilt;
};
/* said_read - the form alone; 0, -SPE_E_INPUT, or -SPE_E_INTERNAL where it could not be read. */
int said_read(int fd, struct said *ret, struct spe_error *e);
/* said_why - the sentence of a check that could not be done, or "". */
void said_why(int fd, char ret[200]);
/* said_odd - NULL, or why it says nothing about this file under this policy and history. Its bytes are not looked at yet. */
const char *said_odd(const struct said *s, const json_t *file, const json_t *policy, json_int_t epoch);

/* ---- clock.c ---- */
/* gate_mono_ms - a clock that nobody sets. */
int64_t gate_mono_ms(void);
/* clock_synced - by the kernel's word. clock_begin - when the journal was read. clock_seen - a record of the gate's own. */
bool clock_synced(void);
void clock_begin(struct gate *g);
void clock_seen(struct gate *g, const json_t *record);
/* clock_tell - where the clock may be wrong, the journal says so from now on, once, for the next start. */
int clock_tell(struct gate *g, struct spe_error *e);
/* clock_believe - 0, or -SPE_E_REFUSED where the wall clock may be far ahead of the time: what is destroyed by it does not come back. */
int clock_believe(struct gate *g, struct spe_error *e);
/* gate_clock - at least once a second or two: a checkpoint every every_s seconds while there are news, and the end of permits. mono_ms: of
 * a clock that nobody sets. gate_last - before the gate ends: a checkpoint of what there is. What fails is logged. */
void gate_clock(struct gate *g, int64_t mono_ms);
void gate_last(struct gate *g);

/* ---- seen.c ---- */
int do_consistency(struct gate *g, struct call *c, struct spe_error *e);
int do_seen(struct gate *g, struct call *c, struct spe_error *e);
int do_seen_list(struct gate *g, struct call *c, struct spe_error *e);

/* ---- verify.c ---- */
void verify_free(struct verify *v);
int do_verify(struct gate *g, struct call *c, struct spe_error *e);
int do_records(struct gate *g, struct call *c, struct spe_error *e);
int do_evidence(struct gate *g, struct call *c, struct spe_error *e);
int do_journal(struct gate *g, struct call *c, struct spe_error *e);
#endif
