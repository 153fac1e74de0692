/* stage/days.c - what would tell by how much a person's days were moved, though they were: days that are written in another way and
 * stay where they are, beside those that don't; and a day that is everybody's, whose place all know before it moved. */
#include <stdlib.h>
#include <string.h>

#include "policy/values.h"
#include "sped/stage/stage.h"

#define VALUES_MIN 5 /* fewer could be days by chance */
#define FROM 1850      /* the years in which days are counted: births and what comes after them */
#define YEARS 249
#define YEAR (12 * 31)
/* What is staged may have been any of 729 days. Who knows that one of them is that of many guesses right as often as it is, among
 * all days near it: the end of follow-up for most, 1 January for people whose day of birth nobody knew. One in ten is more than days
 * of an epidemic, of vaccinations or of the month in which a register has all have; where a table is of some two weeks in all it is
 * reached, but there the table itself tells as much. Fewer than ten people have a day in common by chance. */
#define PEOPLE_MIN 10u
#define SHARE 10u

struct one_day {
	uint32_t people, last; /* how many; the last one, so that rows of one person count once where they follow each other */
};

void days_stay(struct days *d, const struct csv_field *f)
{
	const value v = value_read(f->p, f->len);

	d->stay += v != 0;
	d->stay_days += v != 0 && value_kind(v) == VALUE_DATE;
}

int days_move(struct days *d, const char *day, const char *token)
{
	struct one_day *one;
	struct day at;
	uint32_t who;

	if (!day_read(day, DAY_TEXT, &at) || at.y < FROM || at.y >= FROM + YEARS)
		return 0;
	if (!d->year && !(d->year = calloc(YEARS, sizeof(struct one_day *))))
		return -SPE_E_INTERNAL;
	if (!d->year[at.y - FROM] && !(d->year[at.y - FROM] = calloc(YEAR, sizeof(*one))))
		return -SPE_E_INTERNAL;
	one = &d->year[at.y - FROM][(at.m - 1) * 31 + at.d - 1];
	memcpy(&who, token + 1, sizeof(who));
	if (one->people == 0 || one->last != who)
		one->people++;
	one->last = who;
	return 0;
}

void days_end(struct days *d)
{
	size_t i;

	for (i = 0; d->year && i < YEARS; i++)
		free(d->year[i]);
	free(d->year);
	d->year = NULL;
}

static uint64_t people_of(const struct days *d, size_t i)
{
	return i < YEARS * YEAR && d->year[i / YEAR] ? d->year[i / YEAR][i % YEAR].people : 0;
}

/* The largest share in a hundred that a day has of those less than a year from it. */
static unsigned largest_share(const struct days *d)
{
	uint64_t near = 0;
	unsigned most = 0;
	size_t i;

	for (i = 0; i < YEAR - 1; i++)
		near += people_of(d, i);
	for (i = 0; i < YEARS * YEAR; i++) {
		const uint64_t here = people_of(d, i);

		near += people_of(d, i + YEAR - 1);
		if (here >= PEOPLE_MIN && here * 100 / near > most)
			most = (unsigned)(here * 100 / near);
		near -= i >= YEAR - 1 ? people_of(d, i - (YEAR - 1)) : 0;
	}
	return most;
}

/* Four in five: among numbers there are a few that read as days. */
int days_judge(const struct days *d, const char *where, const char *name, struct spe_error *e)
{
	const unsigned share = d->year ? largest_share(d) : 0;

	if (share > SHARE) {
		spe_fail(e, SPE_E_INPUT, "%s: column \"%s\" has one day for %u in a hundred of those that have one within a year of it, which would tell by "
			"how much theirs are moved", where, name, share);
		spe_remedy(e, "leave the variable out, or make it a year (of text, a prefix of 4), in a new version of the permit");
		return -SPE_E_INPUT;
	}
	if (d->stay < VALUES_MIN || d->stay_days * 5 < d->stay * 4)
		return 0;
	spe_fail(e, SPE_E_INPUT, "%s: column \"%s\" has days that are not written as 2026-10-15, and can't be moved with the others", where, name);
	spe_remedy(e, "leave the variable out in a new version of the permit, or have the table sent with days as 2026-10-15");
	return -SPE_E_INPUT;
}
