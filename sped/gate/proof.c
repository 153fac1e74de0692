/* gate/proof.c - what a release shows of the journal: the records of the gate's own in which an export was asked for, its
 * manifest made and its decisions taken, each with the proof that it is in the journal of a signed checkpoint. Whoever has the
 * release and has seen a later checkpoint need not ask this gate whether it keeps a journal at all. See room.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
#include "sped/gate/room.h"

static bool is_shown(const char *action)
{
	static const char *const actions[] = { "export.request", "export.manifest", "export.decision" };
	size_t i;

	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(action, actions[i]) == 0)
			return true;
	return false;
}

int proof_seen(struct gate *g, const json_t *record, uint64_t seq)
{
	const char *export = json_str(json_object_get(record, "object"), "export");
	json_t *list = json_object_get(g->proofs, export);

	if (!is_shown(json_str(record, "action")))
		return 0;
	if (!list) {
		list = json_array();
		if (json_object_set_new(g->proofs, export, list) < 0)
			return -ENOMEM;
	}
	return json_array_append_new(list, json_integer((json_int_t)seq)) < 0 ? -ENOMEM : 0;
}

void proof_undone(struct gate *g, uint64_t seq)
{
	const char *export;
	json_t *list;

	json_object_foreach(g->proofs, export, list) {
		size_t n = json_array_size(list);

		if (n > 0 && (uint64_t)json_integer_value(json_array_get(list, n - 1)) == seq)
			json_array_remove(list, n - 1);
	}
}

int proof_text(struct gate *g, const char *export, uint64_t size, char **ret, struct spe_error *e)
{
	const json_t *list = json_object_get(g->proofs, export);
	size_t n = json_array_size(list), i;
	auto_free uint64_t *seqs = calloc(n + 1, sizeof(*seqs));
	auto_json json_t *j = NULL;

	if (!seqs)
		return gate_memory(e);
	for (i = 0; i < n; i++)
		seqs[i] = (uint64_t)json_integer_value(json_array_get(list, i));
	TRY(journal_proof(g->journal, seqs, n, size, &j, e));
	*ret = json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER);
	return *ret ? 0 : gate_memory(e);
}
