/* gate/given.c - what a check is told and given besides the file: the permit's numbers, the history and what lies next to
 * the file; kept, so that the same check can be done again; see room.h. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>

#include "spe/cleanup.h"
#include "spe/psn.h"
#include "spe/verdict.h"
#include "sped/base/buf.h"
#include "sped/gate/room.h"

void given_free(struct given *x)
{
	while (x->count > 0)
		spe_close_fd(&x->input[--x->count]);
	json_decref(x->names);
	json_decref(x->json);
	*x = (struct given){ .count = 0 };
}

/* fd is the given's from here on. */
static int add(struct given *x, const char *name, int fd, struct spe_error *e)
{
	x->input[x->count++] = fd;
	return json_array_append_new(x->names, json_string(name)) < 0 ? gate_memory(e) : 0;
}

static int set(struct given *x, const char *field, json_t *value, struct spe_error *e)
{
	return json_object_set_new(x->json, field, value) < 0 ? gate_memory(e) : 0;
}

/* ---- what lies next to the file ---- */

const json_t *given_sidecar(const json_t *job)
{
	static const char *const names[] = { "outputs.json", "results.json" };
	const json_t *one;
	size_t i, k;

	for (k = 0; k < 2; k++)
		json_array_foreach(json_object_get(job, "outputs"), i, one)
			if (strcmp(json_str(one, "name"), names[k]) == 0)
				return one;
	return NULL;
}

static int sidecar_add(const struct gate *g, const struct about *a, struct given *x, struct spe_error *e)
{
	const json_t *one = given_sidecar(a->job);
	int fd;

	if (!one)
		return 0;
	if (json_int(one, "size") > (json_int_t)CHECK_SIDECAR_MAX)
		return set(x, "note", json_pack("s+", json_str(one, "name"),
			" was not read: it is larger than a description of outputs may be"), e);
	fd = vault_open(g, json_str(one, "sha256"), json_str(one, "name"), true, e);
	if (fd < 0)
		return fd;
	TRY(add(x, "sidecar", fd, e));
	return set(x, "sidecar", json_incref(json_object_get(one, "sha256")), e);
}

/* Which it is given: all that there are; or again those that it had, of which one was told before there could be several. */
static json_t *prints_list(const struct gate *g, const struct about *a)
{
	const json_t *had = json_object_get(a->kept, "prints");

	if (!a->kept)
		return prints_of(g, a->permit);
	return json_is_string(had) ? json_pack("[O]", had) : had ? json_incref((json_t *)(uintptr_t)had) : json_array();
}

static int prints_add(const struct gate *g, const struct about *a, struct given *x, struct spe_error *e)
{
	auto_json json_t *list = prints_list(g, a), *told = json_array();
	json_t *one;
	size_t i;

	if (!list || !told)
		return gate_memory(e);
	if (json_array_size(list) > POLICY_PRINTS_MAX)
		return spe_fail(e, SPE_E_INTERNAL, "permit %s has more fingerprints than a check takes", a->permit);
	json_array_foreach(list, i, one) {
		char path[STORE_PATH];
		int fd;

		if (!prints_path(g, a->permit, json_string_value(one), path))
			continue; /* it went with the permit */
		fd = store_open_file(g, path, NULL, e);
		if (fd < 0)
			return fd;
		TRY(add(x, "prints", fd, e));
		if (json_array_append(told, one) < 0)
			return gate_memory(e);
	}
	return json_array_size(told) > 0 ? set(x, "prints", json_incref(told), e) : 0;
}

static int history_add(struct gate *g, const struct about *a, struct given *x, struct spe_error *e)
{
	size_t epoch = a->kept ? (size_t)json_int(a->kept, "history_epoch") : history_epoch(g, a->permit);
	int fd;

	TRY(set(x, "history_epoch", json_integer((json_int_t)epoch), e));
	TRY(history_open(g, a->permit, epoch, &fd, e));
	if (fd >= 0)
		TRY(add(x, "history", fd, e));
	if (!a->export)
		return 0;
	TRY(siblings_open(g, a->export, a->index, &fd, e));
	return fd >= 0 ? add(x, "siblings", fd, e) : 0;
}

/* ---- what the permit says ---- */

static int permit_add(const struct gate *g, const struct about *a, struct given *x, struct spe_error *e)
{
	static const char *const fields[] = { "permit_version", "min_count", "max_bytes", "types" };
	auto_permit struct permit *p = NULL;
	size_t i;

	for (i = 0; a->kept && i < sizeof(fields) / sizeof(fields[0]); i++)
		TRY(set(x, fields[i], json_incref(json_object_get(a->kept, fields[i])), e));
	if (a->kept)
		return 0;
	TRY(permit_newest(g, a->permit, &p, NULL, e));
	TRY(set(x, "permit_version", json_integer((json_int_t)p->version), e));
	TRY(set(x, "min_count", json_integer((json_int_t)p->min_cell), e));
	TRY(set(x, "max_bytes", json_integer((json_int_t)p->max_bytes), e));
	return set(x, "types", json_incref((json_t *)(uintptr_t)p->types), e);
}

int given_gather(struct gate *g, const struct about *a, struct given *ret, struct spe_error *e)
{
	int fd;

	ret->names = json_array();
	ret->json = json_pack("{s:s}", "format", "spe-inputs-1");
	if (!ret->names || !ret->json)
		return gate_memory(e);
	TRY(permit_add(g, a, ret, e));
	fd = vault_open(g, json_str(a->file, "sha256"), json_str(a->file, "name"), false, e);
	if (fd < 0)
		return fd;
	TRY(add(ret, "output", fd, e));
	TRY(sidecar_add(g, a, ret, e));
	if (!a->kept)
		TRY(prints_due(g, a->permit, e));
	TRY(prints_add(g, a, ret, e));
	return history_add(g, a, ret, e);
}

json_t *given_ticket(const struct gate *g, const struct given *x, const char *name, const char *policy_name,
	const char *policy_text)
{
	const json_t *j = x->json;
	char text[2 * PSN_KEY + 1];
	uint8_t key[PSN_KEY];
	json_t *ticket;

	if (psn_check_key(g->master, key) < 0)
		return NULL;
	hex_text(text, key, sizeof(key));
	ticket = json_pack("{s:s,s:O,s:O,s:s,s:s,s:s,s:s,s:O,s:O,s:O}", "kind", "check", "inputs", x->names, "history_epoch",
		json_object_get(j, "history_epoch"), "name", name, "policy", policy_text, "policy_name", policy_name,
		"k_check", text, "min_count", json_object_get(j, "min_count"), "max_bytes", json_object_get(j, "max_bytes"),
		"types", json_object_get(j, "types"));
	OPENSSL_cleanse(key, sizeof(key));
	OPENSSL_cleanse(text, sizeof(text));
	return ticket;
}
