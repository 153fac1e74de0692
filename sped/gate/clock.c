/* gate/clock.c - what the gate does by the clock and asks nobody for: checkpoints at intervals and at its end, and the end of
 * permits. The engine does the latter too, and sooner; where it does not, no pseudonym can be made or followed all the same, and
 * nothing more of the permit is given to any task. What the gate has of it goes then (remains.c). See room.h. */
#include <string.h>
#include <sys/timex.h>
#include <time.h>

#include "spe/cleanup.h"
#include "spe/log.h"
#include "sped/gate/room.h"
#include "sped/trust/day.h"

#define GRACE_S 5  /* the engine stops the jobs first */
#define AGAIN_S 60 /* where the permit could not be read, or the clock is not believed */
#define SLACK_S 60 /* how far a clock that is being set may jump */
#define DAY_S 86400 /* by as much it may be set back; and as often the journal has what is believed meanwhile */
#define OFF_S (30ll * DAY_S) /* as long may a host have been off that has nobody to ask for the time */

int64_t gate_mono_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- whether the wall clock may be far ahead: of a host with a bad clock of its own, or of a virtual machine that was set so ---- */

static int64_t boot_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec;
}

bool clock_synced(void)
{
	struct timex t = { .modes = 0 };
	const int r = adjtimex(&t);

	return r >= 0 && r != TIME_ERROR && !(t.status & STA_UNSYNC);
}

static void clock_from(struct gate *g, int64_t base_s, int64_t slack_s)
{
	g->clock_boot_s = boot_s();
	g->clock_base_s = base_s;
	g->clock_limit_s = base_s + slack_s;
}

/* From here on it may go as far as the time since boot does. At the start it may be no further than a month from what was last believed;
 * and where it is behind that, it was not set yet, and may be, as far. */
void clock_begin(struct gate *g)
{
	const int64_t now = g->now_ms() / 1000;
	int64_t told = g->doubted_s;

	clock_from(g, now, SLACK_S);
	if ((told > 0 || day_instant(journal_told(g->journal), &told)) && (now > told + OFF_S || now < told - SLACK_S))
		clock_from(g, told, OFF_S);
}

/* Else the next start would believe the times of the records that are written meanwhile. */
void clock_seen(struct gate *g, const json_t *record)
{
	const char *action = json_str(record, "action");

	if (strcmp(action, "clock.doubted") == 0)
		g->doubted_s = json_int(json_object_get(record, "object"), "believed");
	else if (strcmp(action, "clock.believed") == 0)
		g->doubted_s = 0;
}

static int clock_note(struct gate *g, const char *action, int64_t believed, struct spe_error *e)
{
	auto_json json_t *record = json_pack("{s:s,s:s,s:s,s:{s:I}}", "actor", JOURNAL_ACTOR, "role", "gate", "action", action, "object",
		"believed", (json_int_t)believed);

	TRY(record ? journal_append(g->journal, record, "ok", NULL, NULL, e) : gate_memory(e));
	clock_seen(g, record);
	return 0;
}

/* The latest that it may say, and what it says at the least. */
static int64_t limit_s(const struct gate *g)
{
	return g->clock_limit_s + boot_s() - g->clock_boot_s;
}

static int64_t least_s(const struct gate *g)
{
	return g->clock_base_s + boot_s() - g->clock_boot_s;
}

/* What is written from now on may have times that the next start is not to go by: also early ones, or the right one is far ahead then. */
int clock_tell(struct gate *g, struct spe_error *e)
{
	const int64_t now = g->now_ms() / 1000;
	char text[TIME_TEXT];

	if (g->doubted_s || g->clock_synced() || (now >= least_s(g) - DAY_S && now <= limit_s(g)))
		return 0;
	time_text(text, least_s(g) * 1000, false);
	spe_log("clock", "it is not synchronised, and by the journal it is about %s: it is doubted, see sped(8)", text);
	return clock_note(g, "clock.doubted", least_s(g), e);
}

int clock_believe(struct gate *g, struct spe_error *e)
{
	const int64_t now = g->now_ms() / 1000;
	char text[TIME_TEXT];

	TRY(clock_tell(g, e));
	if (g->clock_synced())
		clock_from(g, now, SLACK_S);
	if (now <= limit_s(g)) /* what is over by a clock that is behind is over */
		return g->doubted_s && now >= least_s(g) - DAY_S ? clock_note(g, "clock.believed", now, e) : 0;
	time_text(text, limit_s(g) * 1000, false);
	return spe_fail(e, SPE_E_REFUSED, "the host's clock is not synchronised and past %s, which is not believed: keys stay", text);
}

/* ---- checkpoints, and the end of permits ---- */

static void checkpoint_at(struct gate *g, int64_t mono_ms)
{
	struct spe_error e;

	if (g->checked_ms && mono_ms - g->checked_ms < (int64_t)g->every_s * 1000)
		return;
	if (g->checked_ms && journal_news(g->journal) && journal_checkpoint(g->journal, &e) < 0)
		spe_log("checkpoint", "%s", e.text);
	g->checked_ms = mono_ms;
}

/* When the next one is over, of those that are not; it may have been over for long. */
static int64_t next_end(const struct gate *g)
{
	int64_t next = INT64_MAX;
	const char *group;
	json_t *of;

	json_object_foreach(g->files, group, of) {
		int64_t at;

		if (strncmp(group, "permits/", 8) != 0 || permit_is_over(g, group + 8))
			continue;
		if (permit_ends(g, group + 8, &at, NULL) < 0)
			at = g->now_ms() / 1000 + AGAIN_S;
		if (at < next)
			next = at;
	}
	return next;
}

/* By its own days, which the clock has to be right for; what was revoked is over whatever time it is. */
static int end_one(struct gate *g, const char *id, int64_t at, struct spe_error *e)
{
	struct spe_error why;
	const int r = at > 0 ? clock_believe(g, &why) : 0;

	if (r == -SPE_E_REFUSED)
		g->doubt_ms = gate_mono_ms() + AGAIN_S * 1000;
	else if (r < 0)
		*e = why;
	return r == -SPE_E_REFUSED ? 0 : r < 0 ? r : permit_end(g, id, e);
}

static int end_all(struct gate *g, int64_t now, struct spe_error *e)
{
	auto_json json_t *files = json_copy(g->files); /* ending one changes what is walked through */
	const char *group;
	json_t *of;

	json_object_foreach(files, group, of) {
		int64_t at;

		if (strncmp(group, "permits/", 8) == 0 && !permit_is_over(g, group + 8) && permit_ends(g, group + 8, &at, NULL) == 0 && at < now)
			TRY(end_one(g, group + 8, at, e));
	}
	return 0;
}

static void ends_at(struct gate *g)
{
	const int64_t now = g->now_ms() / 1000;
	struct spe_error e;

	if (gate_mono_ms() < g->doubt_ms)
		return;
	if (g->ends_s == 0)
		g->ends_s = next_end(g);
	if (g->ends_s > now - GRACE_S)
		return;
	if (end_all(g, now - GRACE_S, &e) < 0)
		spe_log("end", "%s", e.text);
	g->ends_s = 0;
}

/* Also where no permit is over: what it is by now is what a later jump is measured by. */
static void look(struct gate *g)
{
	struct spe_error e;

	if (gate_mono_ms() < g->look_ms)
		return;
	g->look_ms = gate_mono_ms() + AGAIN_S * 1000;
	if (clock_believe(g, &e) < 0 && e.code != SPE_E_REFUSED)
		spe_log("clock", "%s", e.text);
	/* the next start goes by what is believed at last, or a month of running would be held against the clock */
	if (g->doubted_s && least_s(g) > g->doubted_s + DAY_S && clock_note(g, "clock.doubted", least_s(g), &e) < 0)
		spe_log("clock", "%s", e.text);
}

void gate_clock(struct gate *g, int64_t mono_ms)
{
	if (gate_tampered(g) || g->must_end)
		return;
	look(g);
	ends_at(g);
	if (!g->must_end) /* what the next start finishes has to be the last record */
		remains_clock(g);
	if (!g->must_end)
		checkpoint_at(g, mono_ms);
}

void gate_last(struct gate *g)
{
	struct spe_error e;

	if (!gate_tampered(g) && !g->must_end && journal_news(g->journal) && journal_checkpoint(g->journal, &e) < 0)
		spe_log("checkpoint", "%s", e.text);
}
