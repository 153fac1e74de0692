/* gate/seen.c - checkpoints: what shows that the journal went on from one, and those of peers, which are other gates whose keys two
 * operators have registered. Of each peer the newest is kept, once it is proven to go on from the one before: a peer whose
 * journal was cut or rewritten is found by its own signatures. See room.h.
 * seen/PEER.json: {"format":"spe-seen-1","peer","origin","size","time","checkpoint":LINE}; of a further key of the same peer, which
 * signs a journal of its own, seen/PEER@ORIGIN.json. */
#include <inttypes.h>
#include <string.h>

#include "spe/cleanup.h"
#include "spe/evidence.h"
#include "sped/gate/room.h"

static int sizes_want(const struct call *c, uint64_t sizes[CONSISTENCY_MAX], size_t *ret_count, struct spe_error *e)
{
	json_t *list, *one;
	size_t i;

	TRY(json_want_array(c->in, "request", "sizes", CONSISTENCY_MAX, &list, e));
	json_array_foreach(list, i, one) {
		if (json_integer_value(one) < 1)
			return spe_fail(e, SPE_E_INPUT, "request.sizes[%zu] must be a number of records, 1 or more", i);
		sizes[i] = (uint64_t)json_integer_value(one);
	}
	*ret_count = json_array_size(list);
	return 0;
}

int do_consistency(struct gate *g, struct call *c, struct spe_error *e)
{
	uint64_t sizes[CONSISTENCY_MAX];
	size_t count = 0;

	TRY(sizes_want(c, sizes, &count, e));
	if (g->tampered[0])
		return spe_fail(e, SPE_E_TAMPERED, "nothing is signed any more: %s", g->tampered);
	TRY(journal_consistency(g->journal, sizes, count, json_is_true(json_object_get(c->in, "now")), &c->out, e));
	return json_object_set_new(c->out, "gate", json_string(g->release_key)) < 0 ? gate_memory(e) : 0;
}

#define ORIGIN_HASH 32 /* of its 64 digits: nobody finds two keys that agree in these */

/* What is kept of one peer and origin, or NULL, and where: a peer's first origin is in the file with its name alone. */
static int seen_load(const struct gate *g, const char *peer, const char *origin, char ret_path[STORE_PATH], json_t **ret, struct spe_error *e)
{
	auto_json json_t *j = NULL;
	char sha256[SHA256_TEXT];

	*ret = NULL;
	snprintf(ret_path, STORE_PATH, "seen/%s.json", peer);
	if (!store_has(g, ret_path))
		return 0;
	TRY(store_json(g, ret_path, &j, e));
	if (strcmp(json_str(j, "origin"), origin) != 0) {
		if (sha256_text(origin, strlen(origin), sha256) < 0)
			return gate_memory(e);
		snprintf(ret_path, STORE_PATH, "seen/%s@%.*s.json", peer, ORIGIN_HASH, sha256);
		json_decref(spe_take_ptr(&j));
		if (store_has(g, ret_path))
			TRY(store_json(g, ret_path, &j, e));
	}
	*ret = spe_take_ptr(&j);
	return 0;
}

/* Whose key stands now and is in time, by what a checkpoint says of its origin; or NULL. */
static const struct registry_key *peer_of(const struct gate *g, const char *origin)
{
	size_t i;

	for (i = 0; i < g->registry->count; i++) {
		const struct registry_key *k = &g->registry->key[i];
		char own[ORIGIN_MAX + 1];

		if (k->role == REGISTRY_PEER && k->ended == 0 && registry_in_time(k, g->now_ms() / 1000) &&
			checkpoint_origin(k->key, own, NULL) == 0 && strcmp(own, origin) == 0)
			return k;
	}
	return NULL;
}

/* What is kept of a peer, of this key; ret->size is 0 where nothing is. */
static int kept_load(const struct gate *g, const struct registry_key *peer, const char *origin, struct checkpoint *ret, struct spe_error *e)
{
	auto_json json_t *j = NULL;
	char path[STORE_PATH];
	const char *line;

	*ret = (struct checkpoint){ .size = 0 };
	TRY(seen_load(g, peer->name, origin, path, &j, e));
	if (!j)
		return 0;
	line = json_str(j, "checkpoint");
	return checkpoint_verify(line, strlen(line), peer->key, ret, e);
}

static int follows(const struct call *c, const struct checkpoint *now, const struct checkpoint *kept, struct spe_error *e)
{
	struct spe_error why;
	int r = kept->size ? evidence_follows(c->in, now, kept, &why) : 0;

	if (r == -SPE_E_NOT_FOUND)
		return spe_fail(e, SPE_E_CONFLICT, "what is kept of this journal has %" PRIu64 " records: request.since has to be that", kept->size);
	if (r < 0)
		*e = why;
	return r;
}

static int seen_write(struct gate *g, const struct registry_key *peer, const struct checkpoint *now, const char *line, struct spe_error *e)
{
	auto_json json_t *j = NULL, *before = NULL;
	char path[STORE_PATH], time[TIME_TEXT];

	gate_now(g, time);
	TRY(seen_load(g, peer->name, now->origin, path, &before, e));
	j = json_pack("{s:s,s:s,s:s,s:I,s:s,s:s}", "format", "spe-seen-1", "peer", peer->name, "origin", now->origin, "size", (json_int_t)now->size,
		"time", time, "checkpoint", line);
	if (!j)
		return gate_memory(e);
	return store_write_json(g, "checkpoint.kept", NULL, json_pack("{s:s,s:s,s:I}", "peer", peer->name, "origin", now->origin, "size",
		(json_int_t)now->size), path, j, e);
}

/* Of an origin that nobody registered there is the engine's record and nothing else. */
int do_seen(struct gate *g, struct call *c, struct spe_error *e)
{
	const struct registry_key *peer;
	struct checkpoint now, kept = { .size = 0 };
	const char *line;

	TRY(json_want_string(c->in, "request", "checkpoint", CHECKPOINT_MAX, &line, e));
	TRY(checkpoint_parse(line, strlen(line), &now, e));
	peer = peer_of(g, now.origin);
	TRY(checkpoint_verify(line, strlen(line), peer ? peer->key : NULL, &now, e));
	if (peer) {
		TRY(registry_unchanged(g, e));
		TRY(kept_load(g, peer, now.origin, &kept, e));
		TRY(follows(c, &now, &kept, e));
		if (now.size > kept.size)
			TRY(seen_write(g, peer, &now, line, e));
	}
	c->out = json_pack("{s:s,s:I,s:b,s:s?}", "origin", now.origin, "size", (json_int_t)now.size, "kept", peer != NULL, "peer",
		peer ? peer->name : NULL);
	return 0;
}

int do_seen_list(struct gate *g, struct call *c, struct spe_error *e)
{
	auto_json json_t *items = json_array();
	const char *name;
	json_t *sha256;

	json_object_foreach((json_t *)(uintptr_t)store_group(g, "seen"), name, sha256) {
		char path[STORE_PATH];
		json_t *j = NULL;

		snprintf(path, sizeof(path), "seen/%s", name);
		TRY(store_json(g, path, &j, e));
		json_object_del(j, "format");
		if (json_array_append_new(items, j) < 0)
			return gate_memory(e);
	}
	c->out = json_pack("{s:O}", "items", items);
	return 0;
}
