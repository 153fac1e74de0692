/* engine/backup.c - a copy of the database, and the gate's of its own, of the same moment: nothing else is done in between. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "sped/engine/engine.h"

static int copy_drop(struct spe_error *err)
{
	return unlinkat(FD_STATE, DB_COPY, 0) < 0 && errno != ENOENT ? spe_fail(err, SPE_E_INTERNAL, "can't remove " DB_COPY ": %s", strerror(errno)) : 0;
}

static int ask(struct engine *e, struct call *c, bool drop, json_t **ret)
{
	json_t *record = gate_record(c, 0, drop ? "backup.drop" : "backup.make", NULL, 0, NULL);

	return gate_ask(e, GATE_BACKUP, json_pack("{sosb}", "record", record, "drop", drop), ret, NULL, &c->err);
}

int backup_make(struct engine *e, struct call *c, json_t **ret)
{
	int r = copy_drop(&c->err);

	if (r == 0)
		r = ask(e, c, false, ret);
	if (r < 0)
		return r;
	db_copy(e);
	return 201;
}

int backup_remove(struct engine *e, struct call *c, json_t **ret)
{
	int r = copy_drop(&c->err);

	if (r == 0)
		r = ask(e, c, true, ret);
	return r < 0 ? r : 200;
}
