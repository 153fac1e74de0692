/* engine/backup.c - a copy of the database, and the gate's of its own, of the same moment: nothing else is done in between. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/log.h"
#include "sped/engine/engine.h"

#define RESTORED "restored" /* spe-cli restore leaves it */
#define LASTS_MS 86400000  /* who copies it is dead, or should ask anew */

static int64_t made_ms; /* 0: not known, or there is none */

static int copy_drop(struct spe_error *err)
{
	return unlinkat(FD_STATE, DB_COPY, 0) < 0 && errno != ENOENT ? spe_fail(err, SPE_E_INTERNAL, "can't remove " DB_COPY ": %s", strerror(errno)) : 0;
}

static int ask(struct engine *e, struct call *c, bool drop, json_t **ret)
{
	json_t *record = gate_record(c, 0, drop ? "backup.drop" : "backup.make", NULL, 0, NULL);

	return gate_ask(e, GATE_BACKUP, json_pack("{sosb}", "record", record, "drop", drop), ret, NULL, &c->err);
}

/* What a backup lacks is made again, or said to be missing. What was revoked, rejected or destroyed after it is back: nothing begins,
 * is staged or leaves until an operator has looked. */
void backup_restored(struct engine *e)
{
	struct stat st;

	if (fstatat(FD_STATE, RESTORED, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	db_exec(e, "UPDATE workspace SET state='staging', error=NULL WHERE state='ready'", "");
	db_exec(e, "UPDATE workspace SET halted=halted|?", "i", (int64_t)HALT_RESTORED);
	db_exec(e, "UPDATE runtime SET state='failed', error='a backup has no images: import it again', wiped=1 WHERE state='ready'", "");
	gate_journal(e, gate_record(NULL, 0, "backup.restored", NULL, 0, NULL));
	gate_commit(e, false);
	db_sync(e); /* a power cut may not keep the mark's end alone */
	if (unlinkat(FD_STATE, RESTORED, 0) < 0)
		spe_log("restore", "can't remove the mark of a restore: %s", strerror(errno));
}

/* What is in the copy's database is not wiped while that is there, for a day at most: an abandoned one may
 * not keep what is to go. */
bool backup_lasts(void)
{
	struct stat st;

	if (fstatat(FD_STATE, DB_COPY, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	if (made_ms == 0) /* made by an earlier engine */
		made_ms = now_ms();
	return now_ms() - made_ms < LASTS_MS;
}

/* All of it goes at once: it takes the room that others need, and holds up what is to be wiped. */
static void given_up(struct engine *e, struct call *c)
{
	const struct spe_error why = c->err;
	auto_json json_t *gone = NULL;

	if (copy_drop(&c->err) < 0 || ask(e, c, true, &gone) < 0)
		spe_log("backup", "half of a backup stays for now: %s", c->err.text);
	c->err = why;
}

int backup_make(struct engine *e, struct call *c, json_t **ret)
{
	int r;

	if (disk_is_full(e, false))
		return spe_fail(&c->err, SPE_E_BUSY, "the host's disk is nearly full; there is no room beside what is kept for a copy of it");
	r = copy_drop(&c->err);
	if (r == 0)
		r = ask(e, c, false, ret);
	if (r < 0)
		return r;
	r = db_copy(e, &c->err);
	if (r < 0) {
		given_up(e, c);
		return r;
	}
	made_ms = now_ms();
	json_object_set_new(*ret, "tables", holdings_numbers(e));
	return 201;
}

int backup_remove(struct engine *e, struct call *c, json_t **ret)
{
	int r = copy_drop(&c->err);

	if (r == 0)
		r = ask(e, c, true, ret);
	if (r < 0)
		return r;
	holdings_wipe(e);
	return 200;
}
