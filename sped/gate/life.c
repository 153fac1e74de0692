/* gate/life.c - what may become of an export, and by what: one table. t/0630-model.t holds t/model/export.pml to it, in which
 * every order of requests, power cuts and starts is tried. That a start undoes what a power cut kept from disk is not in
 * it: store.c does, and goes back just one of these steps. See room.h. */
#include <string.h>

#include "sped/gate/room.h"

static const struct export_step steps[] = {
	/* what       from        to */
	{ "manifest", "checking", "pending" },
	{ "manifest", "checking", "blocked" },
	{ "approve", "pending", "pending" }, /* one of several */
	{ "approve", "pending", "approved" },
	{ "reject", "pending", "rejected" },
	{ "return", "pending", "returned" },
	{ "amend", "pending", "approved" }, /* a permit's next version may name a checker again, or a key is good for longer; */
	{ "amend", "approved", "pending" }, /* it may leave one out or ask for more, or a key has run out or was revoked */
	{ "release", "approved", "released" },
	{ "withdraw", "checking", "withdrawn" },
	{ "withdraw", "blocked", "withdrawn" },
	{ "withdraw", "pending", "withdrawn" },
	{ "withdraw", "approved", "withdrawn" }, /* it could not be released at once: too near to another, or its permit ended */
	{ NULL, NULL, NULL },
};

const struct export_step *export_steps(void)
{
	return steps;
}

bool export_may(const struct export *x, const char *what)
{
	const struct export_step *s;

	for (s = steps; s->what; s++)
		if (strcmp(s->what, what) == 0 && strcmp(s->from, x->state) == 0)
			return true;
	return false;
}

bool export_may_become(const char *what, const char *from, const char *to)
{
	const struct export_step *s;

	for (s = steps; s->what; s++)
		if (strcmp(s->what, what) == 0 && strcmp(s->from, from) == 0 && strcmp(s->to, to) == 0)
			return true;
	return false;
}

/* A bug that gets here is not built on: the gate ends, and begins with what is on disk. */
int export_moved(struct gate *g, const struct export *x, const char *what, const char *from, struct spe_error *e)
{
	if (export_may_become(what, from, x->state))
		return 0;
	g->must_end = true;
	return spe_fail(e, SPE_E_INTERNAL, "export %s became %s by %s, which no export that is %s does", x->id, x->state, what,
		from);
}
