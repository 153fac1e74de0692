/* witness/now.c - what sped says of its journal, believed as far as it is signed; see witness.h. */
#include <stdlib.h>
#include <string.h>

#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "sped/base/json.h"
#include "sped/witness/witness.h"

static json_t *request(const uint64_t *sizes, size_t count, bool sign)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < count; i++)
		if (sizes[i] > 0)
			json_array_append_new(list, json_integer((json_int_t)sizes[i]));
	return json_pack("{s:o,s:b}", "sizes", list, "now", sign);
}

static int take(const json_t *j, struct now *n, struct spe_error *e)
{
	const char *line, *gate;
	json_t *proofs;
	int r;

	if ((r = json_want_string(j, "sped's answer", "checkpoint", CHECKPOINT_MAX, &line, e)) < 0 ||
		(r = json_want_string(j, "sped's answer", "gate", SSHKEY_TEXT_MAX - 1, &gate, e)) < 0 ||
		(r = json_want_array(j, "sped's answer", "proofs", WITNESSES_MAX, &proofs, e)) < 0 ||
		(r = checkpoint_verify(line, strlen(line), gate, &n->c, e)) < 0)
		return r;
	n->line = strdup(line);
	n->proofs = json_incref(proofs);
	return n->line ? 0 : spe_fail(e, SPE_E_INTERNAL, "out of memory");
}

int now_get(const char *socket, const uint64_t *sizes, size_t count, bool sign, struct now *ret, struct spe_error *e)
{
	auto_json json_t *answer = NULL;
	struct talk *t = NULL;
	struct now n = { NULL };
	int r = talk_new(&t, socket, false, e);

	if (r == 0)
		r = talk_post(t, "/v1/audit/consistency", request(sizes, count, sign), &answer, e);
	if (r == 0)
		r = take(answer, &n, e);
	talk_free(t);
	if (r < 0)
		now_free(&n);
	else
		*ret = n;
	return r;
}

void now_free(struct now *n)
{
	free(n->line);
	json_decref(n->proofs);
	*n = (struct now){ NULL };
}

int now_follows(const struct now *n, const struct checkpoint *kept, struct spe_error *e)
{
	json_t *one;
	size_t i;

	json_array_foreach(n->proofs, i, one)
		if (json_int(one, "since") == (json_int_t)kept->size)
			return evidence_follows(one, &n->c, kept, e);
	return evidence_follows(NULL, &n->c, kept, e);
}
