/* engine/witness.c - what becomes of checkpoints: those of this journal, which spe-witness gives to whom root named, and those of
 * other gates. What spe-witness says is a record and a row, nothing follows from it but what doctor shows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "spe/evidence.h"
#include "sped/engine/engine.h"

#define SLACK_S 120 /* a witness may be slow, and so may its program's next look */

int audit_consistency(struct engine *e, struct call *c, json_t **ret)
{
	static const char *const fields[] = { "sizes", "now", NULL };
	json_t *sizes;
	int r;

	if ((r = json_only(c->body, "the request", fields, &c->err)) < 0 ||
	    (r = json_want_array(c->body, "the request", "sizes", CONSISTENCY_MAX, &sizes, &c->err)) < 0 ||
	    (r = gate_ask(e, GATE_CONSISTENCY, json_pack("{sOsb}", "sizes", sizes, "now", json_flag(c->body, "now")), ret, NULL, &c->err)) < 0)
		return r;
	return 200;
}

/* A checkpoint of another spe, in a journal that its operator can't rewrite; the gate says whether it is a peer's and goes on. */
int audit_seen(struct engine *e, struct call *c, json_t **ret)
{
	static const char *const fields[] = { "checkpoint", "since", "consistency", NULL };
	struct checkpoint seen;
	const char *line;
	json_t *req;
	int r;

	if ((r = json_only(c->body, "body", fields, &c->err)) < 0 ||
	    (r = json_want_string(c->body, "body", "checkpoint", CHECKPOINT_MAX, &line, &c->err)) < 0 ||
	    (r = checkpoint_verify(line, strlen(line), NULL, &seen, &c->err)) < 0)
		return r;
	req = json_copy(c->body);
	json_object_set_new(req, "record", gate_record(c, 0, "checkpoint.seen", NULL, 0, json_pack("{sssIss}", "origin", seen.origin, "size",
		(json_int_t)seen.size, "checkpoint", line)));
	r = gate_ask(e, GATE_SEEN, req, ret, NULL, &c->err);
	return r < 0 ? r : 200;
}

int audit_seen_list(struct engine *e, struct call *c, json_t **ret)
{
	int r = gate_ask(e, GATE_SEEN_LIST, json_object(), ret, NULL, &c->err);

	return r < 0 ? r : 200;
}

/* --- what spe-witness says ------------------------------------------------------------------------------ */

static const struct witness *find(const struct engine *e, const char *name)
{
	size_t i;

	for (i = 0; i < e->witnesses.count; i++)
		if (strcmp(e->witnesses.one[i].name, name) == 0)
			return &e->witnesses.one[i];
	return NULL;
}

/* Each one that was taken, and each change else: not every try. */
static bool is_news(const json_t *row, const char *state, json_int_t size, const char *detail)
{
	return !row || strcmp(json_str(row, "state"), state) != 0 || (strcmp(state, "kept") == 0 ? json_int(row, "size") != size :
		strcmp(json_str(row, "detail"), detail) != 0);
}

int audit_witness_told(struct engine *e, struct call *c, json_t **ret)
{
	static const char *const fields[] = { "state", "size", "detail", NULL };
	const struct witness *w = find(e, c->part[2]);
	auto_json json_t *row = NULL;
	const char *state, *detail = "";
	char action[32];
	json_int_t size;
	int r;

	if (!w)
		return spe_fail(&c->err, SPE_E_NOT_FOUND, "the file witnesses, as it was at sped's start, names no %.100s", c->part[2]);
	if ((r = json_only(c->body, "the request", fields, &c->err)) < 0 ||
	    (r = json_want_string(c->body, "the request", "state", 20, &state, &c->err)) < 0 ||
	    (r = json_want_int(c->body, "the request", "size", 0, INT64_MAX, &size, &c->err)) < 0)
		return r;
	if (*json_str(c->body, "detail") && (r = json_want_string(c->body, "the request", "detail", WITNESS_DETAIL_MAX, &detail, &c->err)) < 0)
		return r;
	if (strcmp(state, "kept") != 0 && strcmp(state, "failed") != 0 && strcmp(state, "disagrees") != 0)
		return spe_fail(&c->err, SPE_E_INPUT, "the request.state must be kept, failed or disagrees");
	row = db_row(e, "SELECT state, size, detail FROM witness WHERE name=?", "s", w->name);
	snprintf(action, sizeof(action), "checkpoint.%s", strcmp(state, "kept") == 0 ? "sent" : state);
	if (is_news(row, state, size, detail) && (size > 0 || strcmp(state, "kept") != 0))
		gate_journal(e, gate_record(c, 0, action, NULL, 0, json_pack("{sssssIss}", "witness", w->name, "kind", witness_kind_name(w->kind), "size",
			size, "detail", detail)));
	db_exec(e, "INSERT OR REPLACE INTO witness(name,state,size,detail,told) VALUES(?,?,?,?,?)", "ssisi", w->name, state, (int64_t)size, detail,
		(int64_t)time(NULL));
	*ret = json_pack("{ss}", "witness", w->name);
	return 200;
}

/* --- what doctor shows ----------------------------------------------------------------------------------- */

static uint64_t newest_size(struct engine *e)
{
	auto_json json_t *got = NULL;
	struct checkpoint c = { .size = 0 };
	const char *line;

	if (gate_ask(e, GATE_CONSISTENCY, json_pack("{s[]}", "sizes"), &got, NULL, NULL) < 0)
		return 0;
	line = json_str(got, "checkpoint");
	return checkpoint_parse(line, strlen(line), &c, NULL) == 0 ? c.size : 0;
}

static void add(json_t *items, const char *verdict, const char *detail, const char *cost)
{
	json_array_append_new(items, json_pack("{ssssssss}", "check", "witness", "verdict", verdict, "detail", detail, "cost", cost));
}

static void add_one(struct engine *e, const struct witness *w, uint64_t newest, json_t *items)
{
	auto_json json_t *row = db_row(e, "SELECT state, size, detail, told FROM witness WHERE name=?", "s", w->name);
	const int64_t behind = time(NULL) - json_int(row, "told");
	const char *state = json_str(row, "state");
	char text[WITNESS_DETAIL_MAX + SPE_NAME_MAX + 80];
	long long size = json_int(row, "size");

	if (!row) {
		snprintf(text, sizeof(text), "%s (%s) was given no checkpoint yet", w->name, witness_kind_name(w->kind));
		return add(items, "fail", text, "is spe-witness running, and registered with the role witness? See sped(8), Witnesses");
	}
	snprintf(text, sizeof(text), "%s (%s) has that there are %lld records%s%s", w->name, witness_kind_name(w->kind), size,
		*json_str(row, "detail") ? ": " : "", json_str(row, "detail"));
	if (strcmp(state, "disagrees") == 0)
		return add(items, "fail", text, "the journal is not the one that it saw: spe-cli audit verify --witness with what it has");
	if (strcmp(state, "failed") == 0)
		return add(items, "fail", text, "it is tried again; until then nobody else knows of what was recorded since");
	if ((uint64_t)size < newest && behind > 2 * e->witnesses.every_s + SLACK_S)
		return add(items, "fail", text, "there are newer checkpoints, and spe-witness says nothing: is it running?");
	add(items, "ok", text, "");
}

void witnesses_doctor(struct engine *e, json_t *items)
{
	const uint64_t newest = e->witnesses.count ? newest_size(e) : 0;
	size_t i;

	if (e->witness_problem[0])
		return add(items, "fail", e->witness_problem, "nobody is given checkpoints; correct it and start sped again");
	if (e->witnesses.count == 0)
		add(items, "warn", "none is named", "root could write the journal anew and sign it again; see sped(8), Witnesses");
	for (i = 0; i < e->witnesses.count; i++)
		add_one(e, &e->witnesses.one[i], newest, items);
}

void witnesses_take(struct engine *e, const char *text, size_t len)
{
	struct spe_error err;

	if (text && witnesses_parse(text, len, "witnesses", &e->witnesses, &err) < 0)
		snprintf(e->witness_problem, sizeof(e->witness_problem), "%s", err.text);
	if (!e->witnesses.text)
		e->witnesses.every_s = WITNESS_EVERY_DEFAULT_S;
}
