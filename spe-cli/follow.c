/* spe-cli/follow.c - see follow.h. */
#include "spe-cli/follow.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "spe-cli/show.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "sped/base/json.h"

#define REST_MIN 500   /* milliseconds between two questions, each of which is a record of the journal */
#define REST_MAX 10000
#define AWAY_MAX 30 /* seconds; systemd's default restart and our own start take far less */

static void rest(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) < 0)
		;
}

static char *next_path(const struct follow *f, const char *state)
{
	auto_free char *query = NULL;
	char *path = NULL;

	if (!f->long_poll)
		return strdup(f->path);
	/* a short one first: what ends at once is told at once, and of what does not people hear soon that it runs */
	query = state[0] ? talk_path("?wait=25&until=over&since=%s", state) : strdup("?wait=2&until=checked");
	return !query || asprintf(&path, "%s%s", f->path, query) < 0 ? NULL : path;
}

static int ask(
	struct cli *c, const struct follow *f, const char *state, json_t **ret, struct spe_error *e)
{
	auto_free char *path = next_path(f, state);
	int r, away = 0;

	do {
		r = talk_get(c->talk, path, ret, e);
		if (r != -SPE_E_NO_DAEMON || !talk_answered(c->talk))
			return r;
		if (away == 0)
			show_note("%s %s: sped is away, waiting for it", f->what, f->id);
		rest(1000);
	} while (++away < AWAY_MAX);
	return r;
}

/* Of the thing, or of a part of it that is not done yet. */
static const json_t *progress_of(const json_t *thing)
{
	const json_t *own = json_object_get(thing, "progress"), *part;
	size_t i;

	if (own)
		return own;
	json_array_foreach(json_object_get(thing, "tables"), i, part)
		if (json_object_get(part, "progress"))
			return json_object_get(part, "progress");
	return NULL;
}

/* The thing's id is sped's word, and may hold what steers a terminal; the caller's. */
static char *progress_line(const struct follow *f, const json_t *progress)
{
	auto_free char *text = progress ? show_progress(progress) : NULL;
	char *line;

	if (!text || asprintf(&line, "%s: %s", f->id, text) < 0)
		return NULL;
	show_clean(line);
	return line;
}

/* On a terminal, one line that is written over and over; *shown: it is there. Without a thing it goes. */
static void progress_tell(const struct follow *f, const json_t *thing, bool *shown)
{
	auto_free char *text = progress_line(f, thing ? progress_of(thing) : NULL);

	if (!isatty(STDERR_FILENO) || (!text && (thing || !*shown)))
		return;
	fprintf(stderr, "\r\033[K%s", text ? text : "");
	fflush(stderr);
	*shown = text;
}

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* What takes long may be told of an eighth later. */
static void rest_since(time_t since)
{
	long ms = (long)(seconds() - since) * 125;

	rest(ms < REST_MIN ? REST_MIN : ms > REST_MAX ? REST_MAX : ms);
}

int follow_until(struct cli *c, const struct follow *f, json_t **ret, struct spe_error *e)
{
	char state[32] = "";
	bool shown = false;
	time_t since = seconds();

	for (;;) {
		auto_json json_t *thing = NULL;
		time_t asked = seconds();
		bool changed;
		int r = ask(c, f, state, &thing, e);

		changed = r < 0 || f->done(thing) || strcmp(state, json_str(thing, "state")) != 0;
		progress_tell(f, changed ? NULL : thing, &shown);
		if (r < 0)
			return r;
		if (f->done(thing)) {
			*ret = spe_take_ptr(&thing);
			return 0;
		}
		if (changed) {
			since = asked;
			show_note("%s %s is %s", f->what, f->id, json_str(thing, "state"));
		}
		snprintf(state, sizeof(state), "%s", json_str(thing, "state"));
		if (!f->long_poll || (!changed && seconds() - asked < 2)) /* a long poll that did not wait is not asked in a storm */
			rest_since(since);
	}
}
