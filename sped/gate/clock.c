/* gate/clock.c - what the gate does by the clock and asks nobody for: checkpoints at intervals and at its end, and the end of
 * permits. The engine does the latter too, and sooner; where it does not, no pseudonym can be made or followed all the same, and
 * nothing more of the permit is given to any task. See room.h. */
#include <string.h>
#include <time.h>

#include "spe/log.h"
#include "sped/gate/room.h"

#define GRACE_S 5  /* the engine stops the jobs first */
#define AGAIN_S 60 /* where the permit could not be read */

int64_t gate_mono_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

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

static int end_all(struct gate *g, int64_t now, struct spe_error *e)
{
	auto_json json_t *files = json_copy(g->files); /* ending one changes what is walked through */
	const char *group;
	json_t *of;

	json_object_foreach(files, group, of) {
		int64_t at;

		if (strncmp(group, "permits/", 8) == 0 && !permit_is_over(g, group + 8) && permit_ends(g, group + 8, &at, NULL) == 0 && at < now)
			TRY(permit_end(g, group + 8, e));
	}
	return 0;
}

static void ends_at(struct gate *g)
{
	const int64_t now = g->now_ms() / 1000;
	struct spe_error e;

	if (g->ends_s == 0)
		g->ends_s = next_end(g);
	if (g->ends_s > now - GRACE_S)
		return;
	if (end_all(g, now - GRACE_S, &e) < 0)
		spe_log("end", "%s", e.text);
	g->ends_s = 0;
}

void gate_clock(struct gate *g, int64_t mono_ms)
{
	if (gate_tampered(g) || g->must_end)
		return;
	ends_at(g);
	checkpoint_at(g, mono_ms);
}

void gate_last(struct gate *g)
{
	struct spe_error e;

	if (!gate_tampered(g) && !g->must_end && journal_news(g->journal) && journal_checkpoint(g->journal, &e) < 0)
		spe_log("checkpoint", "%s", e.text);
}
