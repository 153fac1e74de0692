/* gate/held.c - what lies in root's directories, as root's word and the journal have it: whose a workspace's number is, which
 * versions of its data were staged and not wiped, and as what each table was taken in. See room.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
#include "spe/holding.h"
#include "sped/gate/room.h"

#define NUMBER_TEXT 16

static const char *number_text(char text[NUMBER_TEXT], uint32_t number)
{
	snprintf(text, NUMBER_TEXT, "%" PRIu32, number);
	return text;
}

static const json_t *workspace_of(const struct gate *g, uint32_t number)
{
	char text[NUMBER_TEXT];

	return json_object_get(g->workspaces, number_text(text, number));
}

/* ---- what the journal says ---- */

static int staged_seen(struct gate *g, const json_t *object)
{
	const json_int_t number = json_int(object, "workspace"), version = json_int(object, "version");
	json_t *w = (json_t *)(uintptr_t)workspace_of(g, (uint32_t)number), *fresh;
	char text[NUMBER_TEXT];

	if (number <= 0 || number > 65535 || version <= 0 || version > UINT32_MAX || !json_is_string(json_object_get(object, "permit")))
		return 0; /* of before it was told */
	if (!w) {
		fresh = json_pack("{s:O,s:{}}", "permit", json_object_get(object, "permit"), "data");
		if (json_object_set_new(g->workspaces, number_text(text, (uint32_t)number), fresh) < 0)
			return -ENOMEM;
		w = fresh;
	}
	return json_object_set_new(json_object_get(w, "data"), number_text(text, (uint32_t)version), json_true()) < 0 ? -ENOMEM : 0;
}

static void wiped_seen(struct gate *g, const json_t *object)
{
	const json_t *w = workspace_of(g, (uint32_t)json_int(object, "workspace"));
	char text[NUMBER_TEXT];

	json_object_del(json_object_get(w, "data"), number_text(text, (uint32_t)json_int(object, "version")));
}

static int taken_seen(struct gate *g, const json_t *object)
{
	char text[NUMBER_TEXT];

	return json_object_set(g->tables, number_text(text, (uint32_t)json_int(object, "number")), (json_t *)(uintptr_t)object) < 0 ? -ENOMEM : 0;
}

int held_seen(struct gate *g, const json_t *record)
{
	const char *action = json_str(record, "action");
	const json_t *object = json_object_get(record, "object");

	if (strcmp(action, "ticket.stage") == 0)
		return staged_seen(g, object);
	if (strcmp(action, "table.taken") == 0)
		return taken_seen(g, object);
	if (strcmp(action, "data.wiped") == 0)
		wiped_seen(g, object);
	return 0;
}

/* ---- what root says ---- */

static int note(struct gate *g, const char *action, json_t *object, struct spe_error *e)
{
	auto_json json_t *record = json_pack("{s:s,s:s,s:s,s:o}", "actor", JOURNAL_ACTOR, "role", "gate", "action", action, "object", object);

	TRY(record ? journal_append_later(g->journal, record, "ok", e) : gate_memory(e));
	return held_seen(g, record) < 0 ? gate_memory(e) : 0;
}

/* NULL, or why a staging of before a wipe is not given any more: it would leave data that nobody knows of. A wipe is nothing to go by
 * where a staging could place the same data after it. */
const char *held_start(struct gate *g, struct task *t)
{
	const struct msg_start *s = &t->start;
	const bool stages = s->profile == PROFILE_STAGE, wipes = s->profile == PROFILE_WIPE;
	char text[NUMBER_TEXT];
	size_t i;

	if (!s->workspace || (!stages && !wipes))
		return NULL;
	if (stages && !json_object_get(json_object_get(workspace_of(g, s->workspace), "data"), number_text(text, s->version)))
		return "its data were wiped since it was made";
	for (i = 0; i < GATE_TASKS_MAX; i++) {
		struct task *o = &g->task[i];

		if (o->start.workspace != s->workspace || o->start.version != s->version)
			continue;
		if (stages && o->start.profile == PROFILE_WIPE && o->socket < 0)
			o->staged_since = true;
		if (wipes && o->start.profile == PROFILE_STAGE && keeper_holds(o))
			t->staged_since = true;
	}
	return NULL;
}

int held_note(struct gate *g, const struct task *t, const json_t *result, struct spe_error *e)
{
	const struct msg_start *s = &t->start;
	const json_t *sha256 = json_object_get(result, "sha256");

	if (!json_flag(result, "ok"))
		return 0;
	if (s->profile == PROFILE_WIPE && s->workspace && t->staged_since)
		return spe_fail(e, SPE_E_CONFLICT, "version %" PRIu32 " of the data of workspace number %" PRIu32 " was staged while task %08x wiped it, or since; "
			"wipe it again", s->version, s->workspace, s->id);
	if (s->profile == PROFILE_WIPE && s->workspace)
		return note(g, "data.wiped", json_pack("{s:I,s:I}", "workspace", (json_int_t)s->workspace, "version", (json_int_t)s->version), e);
	if (s->profile == PROFILE_INTAKE && json_is_string(sha256))
		return note(g, "table.taken", json_pack("{s:I,s:O,s:O,s:O,s:O*,s:O}", "number", (json_int_t)s->table[0], "holding",
			json_object_get(t->given, "holding"), "table", json_object_get(t->given, "table"), "columns",
			json_object_get(t->given, "columns"), "reading", json_object_get(t->given, "reading"), "sha256", sha256), e);
	return 0;
}

/* ---- what follows from it ---- */

int workspace_check(const struct gate *g, uint32_t number, const char *permit, struct spe_error *e)
{
	const json_t *w = workspace_of(g, number);

	return !w || strcmp(json_str(w, "permit"), permit) == 0 ? 0 :
		spe_fail(e, SPE_E_REFUSED, "workspace number %" PRIu32 " is that of permit %s and of no other", number, json_str(w, "permit"));
}

int workspaces_gone(const struct gate *g, const char *permit, struct spe_error *e)
{
	const char *number, *version;
	json_t *w, *v;

	json_object_foreach(g->workspaces, number, w)
		if (strcmp(json_str(w, "permit"), permit) == 0)
			json_object_foreach(json_object_get(w, "data"), version, v)
				return spe_fail(e, SPE_E_CONFLICT, "version %s of the data of workspace number %s was staged under permit %s, and root has not "
					"said that it is wiped", version, number, permit);
	return 0;
}

const char *held_permit(const struct gate *g, uint32_t number)
{
	return json_str(workspace_of(g, number), "permit");
}

int workspace_on(const struct gate *g, uint32_t number, struct spe_error *e)
{
	const json_t *w = workspace_of(g, number);

	return w ? permit_on(g, json_str(w, "permit"), e) : 0;
}

static json_t *digest_of(const json_t *value)
{
	auto_free char *text = value ? json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS) : strdup("");
	char sha256[SHA256_TEXT];

	return text && sha256_text(text, strlen(text), sha256) == 0 ? json_string(sha256) : NULL;
}

json_t *columns_digest(const json_t *description)
{
	return digest_of(json_object_get(description, "columns"));
}

json_t *reading_digest(const json_t *description)
{
	auto_json json_t *reading = holding_reading(description);

	return reading ? digest_of(reading) : NULL;
}

int table_held(const struct gate *g, uint32_t number, const json_t *asked, struct spe_error *e)
{
	static const char *const same[] = { "holding", "table", "sha256" };
	const json_t *description = json_object_get(asked, "description");
	auto_json json_t *columns = columns_digest(description), *reading = reading_digest(description);
	char text[NUMBER_TEXT];
	const json_t *held = json_object_get(g->tables, number_text(text, number));
	const json_t *then = json_object_get(held, "reading"); /* NULL: of before this was kept */
	size_t i;

	if (!held) /* so is all of it */
		return 0;
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (strcmp(json_str(held, same[i]), json_str(asked, same[i])) != 0)
			return spe_fail(e, SPE_E_REFUSED, "table number %s was taken in as another %s than %.100s", text, same[i], json_str(asked, same[i]));
	if (description && !json_equal(columns, json_object_get(held, "columns")))
		return spe_fail(e, SPE_E_REFUSED, "table number %s was taken in with other columns than those of table %.100s", text,
			json_str(asked, "table"));
	if (description && then && !json_equal(reading, then))
		return spe_fail(e, SPE_E_REFUSED, "table number %s was taken in to be read otherwise than table %.100s is described", text,
			json_str(asked, "table"));
	return 0;
}
