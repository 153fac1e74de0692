/* gate/thread.c - what people say to one another of an export: its researchers and its checkers, in the order in which they
 * said it. A word of it decides nothing; it is kept as decisions are, so that a later reader sees what was asked and answered.
 * See room.h. */
#include <string.h>

#include "spe/cleanup.h"
#include "sped/gate/room.h"

#define COMMENT_MAX 2000 /* bytes; as of a decision */
#define THREAD_MAX 100   /* comments on one export: it is a table that is spoken of, not the weather */

static void thread_path(char ret[STORE_PATH], const char *id, size_t i)
{
	snprintf(ret, STORE_PATH, "exports/%s/thread/%zu.json", id, i);
}

size_t thread_count(const struct gate *g, const char *id)
{
	char path[STORE_PATH];
	size_t n = 0;

	for (thread_path(path, id, 0); store_has(g, path); thread_path(path, id, n))
		n++;
	return n;
}

int thread_load(const struct gate *g, const char *id, json_t **ret, struct spe_error *e)
{
	auto_json json_t *list = json_array();
	char path[STORE_PATH];
	size_t i, n = thread_count(g, id);

	for (i = 0; i < n; i++) {
		auto_json json_t *one = NULL;

		thread_path(path, id, i);
		TRY(store_json(g, path, &one, e));
		if (strcmp(json_str(one, "export"), id) != 0)
			return spe_fail(e, SPE_E_TAMPERED, "%s is a comment on another export", path);
		if (json_array_append(list, one) < 0)
			return gate_memory(e);
	}
	if (!list)
		return gate_memory(e);
	*ret = json_incref(list);
	return 0;
}

/* Who they are is the permit's word; that it is they who speak is the engine's, and nothing hangs on it. */
static int speaker_role(const struct export *x, const char *person, const char **ret, struct spe_error *e)
{
	unsigned roles = permit_roles(x->permit, person);

	if (!(roles & (ROLE_RESEARCHER | ROLE_PI | ROLE_CHECKER)))
		return spe_fail(e, SPE_E_NOT_AUTHORISED, "%s is neither researcher nor checker of permit %s", person, x->permit->id);
	*ret = roles & ROLE_CHECKER ? "checker" : "researcher";
	return 0;
}

int do_comment(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_export struct export x = { .request = NULL };
	auto_json json_t *j = NULL, *thread = NULL;
	char id[SPE_ID_TEXT], path[STORE_PATH], now[TIME_TEXT];
	const char *person, *text, *role = NULL;
	size_t n;

	TRY(want_id(c, "export", NULL, id, e));
	TRY(want_name(c, "person", &person, e));
	TRY(want_text(c->in, "request", "text", COMMENT_MAX, &text, e));
	if (text[0] == '\0')
		return spe_fail(e, SPE_E_INPUT, "request.text is empty");
	TRY(export_load(g, id, &x, e));
	TRY(permit_in_force(g, x.permit, e));
	TRY(speaker_role(&x, person, &role, e));
	n = thread_count(g, id);
	if (n >= THREAD_MAX)
		return spe_fail(e, SPE_E_CONFLICT, "export %s has %d comments already; go on outside of sped", id, THREAD_MAX);
	gate_now(g, now);
	thread_path(path, id, n);
	j = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "format", "spe-comment-1", "export", id, "person", person, "role", role, "time", now,
		"text", text);
	if (!j)
		return gate_memory(e);
	TRY(store_write_json(g, "export.comment", export_workspace(&x), json_pack("{s:s,s:s,s:I}", "export", id, "person", person, "comment",
		(json_int_t)n + 1), path, j, e));
	TRY(thread_load(g, id, &thread, e));
	c->out = json_pack("{s:s,s:O}", "export", id, "thread", thread);
	return 0;
}
