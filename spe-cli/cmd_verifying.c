/* spe-cli/cmd_verifying.c - audit verify: what sped says of all that it keeps, and what a witness saw of it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spe-cli/commands.h"
#include "spe-cli/kept.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"

/* ---- against what somebody kept ---- */

/* What came of it: the first number of records of which the journal is another one, and the last below that of which it is not. */
struct held {
	size_t checkpoints, agree, cut;
	uint64_t broken, good; /* 0: none */
	char why[512]; /* as struct spe_error has it */
};

static const json_t *proof_of(const json_t *answer, uint64_t size)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(answer, "proofs"), i, one)
		if (json_int(one, "since") == (json_int_t)size)
			return one;
	return NULL;
}

static int hold(struct held *h, const struct checkpoint *kept, const struct checkpoint *now, const json_t *answer, struct spe_error *e)
{
	struct spe_error why;
	int r = evidence_follows(proof_of(answer, kept->size), now, kept, &why);

	h->checkpoints++;
	if (r < 0 && r != -SPE_E_TAMPERED)
		return spe_fail(e, (enum spe_code)-r, "%s", why.text);
	h->agree += r == 0;
	if (r < 0 && (h->broken == 0 || kept->size < h->broken)) {
		h->broken = kept->size;
		snprintf(h->why, sizeof(h->why), "%s", why.text);
	}
	return 0;
}

/* So many at once as sped answers for; each answer is believed as far as it is signed and proven. */
static int some_hold(struct cli *c, struct held *h, const struct checkpoint *kept, size_t count, bool sign, struct spe_error *e)
{
	auto_json json_t *sizes = json_array(), *answer = NULL;
	struct checkpoint now;
	const char *line;
	size_t i;
	int r;

	for (i = 0; i < count; i++)
		json_array_append_new(sizes, json_integer((json_int_t)kept[i].size));
	if ((r = talk_post(c->talk, "/v1/audit/consistency", json_pack("{s:O,s:b}", "sizes", sizes, "now", sign), &answer, e)) < 0)
		return r;
	line = json_str(answer, "checkpoint");
	r = checkpoint_verify(line, strlen(line), NULL, &now, e);
	for (i = 0; r == 0 && i < count; i++)
		r = hold(h, &kept[i], &now, answer, e);
	return r;
}

static void good_find(struct held *h, const struct kept *k)
{
	struct checkpoint one;
	size_t at = 0;

	while (kept_next(k, &at, &one))
		if ((h->broken == 0 || one.size < h->broken) && one.size > h->good)
			h->good = one.size;
}

static int witness_hold(struct cli *c, const char *path, struct held *h, struct spe_error *e)
{
	__attribute__((cleanup(kept_free))) struct kept k = { 0 };
	auto_free struct checkpoint *some = calloc(CONSISTENCY_MAX, sizeof(*some));
	char *text = NULL;
	size_t len = 0, at = 0, n;
	bool first = true;
	int r = some ? file_read(path, "the file of checkpoints", KEPT_MAX, &text, &len, e) : spe_fail(e, SPE_E_INTERNAL, "out of memory");

	if (r == 0)
		r = kept_parse(text, len, path, &k, e);
	if (r == 0 && k.count == 0)
		r = spe_fail(e, SPE_E_INPUT, "%s has no checkpoint", path);
	while (r == 0) {
		for (n = 0; n < CONSISTENCY_MAX && kept_next(&k, &at, &some[n]); n++)
			;
		if (n == 0)
			break;
		r = some_hold(c, h, some, n, first, e);
		first = false;
	}
	h->cut = k.cut;
	if (r == 0)
		good_find(h, &k);
	return r;
}

static json_t *held_json(const struct held *h)
{
	return json_pack("{s:I,s:I,s:o,s:I,s:I}", "checkpoints", (json_int_t)h->checkpoints, "agree", (json_int_t)h->agree, "first_disagreement",
		h->broken ? json_integer((json_int_t)h->broken) : json_null(), "last_agreement", (json_int_t)h->good,
		"cut_off", (json_int_t)h->cut);
}

static void held_show(const struct held *h)
{
	show_line("witness: %zu checkpoints, of which the journal goes on from %zu", h->checkpoints, h->agree);
	if (h->cut > 0)
		show_line("witness: %zu line%s cut off, as by a full disk, and count%s for nothing", h->cut, h->cut == 1 ? " was" : "s were",
			h->cut == 1 ? "s" : "");
	if (h->broken == 0)
		return;
	show_line("problem: the first checkpoint that disagrees is the one of %" PRIu64 " records: %s", h->broken, h->why);
	if (h->good)
		show_line("problem: the one of %" PRIu64 " records agrees, so what was changed lies in records %" PRIu64 " to %" PRIu64, h->good, h->good + 1,
			h->broken);
}

/* ---- what sped says ---- */

static void checked_show(const json_t *checked, const json_t *registry)
{
	show_line("checked: %lld outputs in the vault, %lld exports, %lld releases, %lld permits", (long long)json_int(checked, "vault"),
		(long long)json_int(checked, "exports"), (long long)json_int(checked, "releases"), (long long)json_int(checked, "permits"));
	show_line("registry: %lld entries; %lld operators, of whom %lld sign a change", (long long)json_int(registry, "entries"),
		(long long)json_int(registry, "operators"), (long long)json_int(registry, "needed"));
}

int cmd_audit_verify(struct cli *c, struct spe_error *e)
{
	static const struct show_column fields[] = {
		{ "records", "records" },
		{ "head", "head" },
		{ NULL, NULL },
	};
	auto_json json_t *answer = NULL;
	struct held h = { 0 };
	bool witness = cli_has(c, "witness");
	const json_t *item;
	int r = talk_get(c->talk, "/v1/audit/verify", &answer, e);
	size_t i;

	if (r == 0 && witness)
		r = witness_hold(c, cli_value(c, "witness"), &h, e);
	if (r < 0 && answer && !json_flag(answer, "ok")) { /* a gate that finds its files changed proves nothing: what it found is told */
		witness = false;
		r = json_array_append_new(json_object_get(answer, "problems"), json_sprintf("the witness can't be compared: %s", e->text));
	}
	if (r < 0)
		return r;
	if (witness && json_object_set_new(answer, "witness", held_json(&h)) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	if (h.broken)
		json_object_set_new(answer, "ok", json_false());
	if (cli_json(c)) {
		show_json(answer);
	} else {
		show_fields(answer, fields);
		checked_show(json_object_get(answer, "checked"), json_object_get(answer, "registry"));
		json_array_foreach(json_object_get(answer, "problems"), i, item)
			show_line("problem: %s",
				json_is_string(item) ? json_string_value(item) : "unnamed");
		if (witness)
			held_show(&h);
		show_line("%s", json_flag(answer, "ok") ? "verified" : "NOT verified");
	}
	return json_flag(answer, "ok") ? 0 : 1;
}
