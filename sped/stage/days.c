/* stage/days.c - what would tell by how much a person's days were moved, though they were: days that are written in another way and
 * stay where they are, beside those that don't. */
#include "policy/values.h"
#include "sped/stage/stage.h"

#define VALUES_MIN 5 /* fewer could be days by chance */

void days_stay(struct days *d, const struct csv_field *f)
{
	const value v = value_read(f->p, f->len);

	d->stay += v != 0;
	d->stay_days += v != 0 && value_kind(v) == VALUE_DATE;
}

/* Four in five: among numbers there are a few that read as days. */
int days_judge(const struct days *d, const char *where, const char *name, struct spe_error *e)
{
	if (d->stay < VALUES_MIN || d->stay_days * 5 < d->stay * 4)
		return 0;
	spe_fail(e, SPE_E_INPUT, "%s: column \"%s\" has days that are not written as 2026-10-15, and can't be moved with the others", where, name);
	spe_remedy(e, "leave the variable out in a new version of the permit, or have the table sent with days as 2026-10-15");
	return -SPE_E_INPUT;
}
