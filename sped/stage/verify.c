/* stage/verify.c - are stored tables still the files that were taken in? Hashes alone; nothing is parsed or written. */
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/limits.h"
#include "sped/base/json.h"
#include "sped/stage/stage.h"

#define PIECE (256u << 10)

static int hash_all(int fd, EVP_MD_CTX *md, struct progress *p, uint64_t *ret_bytes)
{
	auto_free char *piece = malloc(PIECE);
	off_t at = 0;
	ssize_t n;

	if (!piece || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1)
		return -ENOMEM;
	while ((n = pread(fd, piece, PIECE, at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (EVP_DigestUpdate(md, piece, (size_t)n) != 1)
			return -ENOMEM;
		at += n;
		progress_tell(p, 0, (uint64_t)at);
	}
	*ret_bytes = (uint64_t)at;
	return 0;
}

static int digest_of(int fd, struct progress *p, char ret[SHA256_TEXT], uint64_t *ret_bytes)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint8_t hash[EVP_MAX_MD_SIZE];
	int r = md ? hash_all(fd, md, p, ret_bytes) : -ENOMEM;

	if (r == 0 && EVP_DigestFinal_ex(md, hash, NULL) != 1)
		r = -ENOMEM;
	if (r == 0)
		hex_text(ret, hash, SHA256_BYTES);
	EVP_MD_CTX_free(md);
	return r;
}

static int compare(const json_t *table, size_t i, const struct task *t, struct progress *p, json_t *done, struct spe_error *e)
{
	static const char *const fields[] = { "holding", "table", "sha256", NULL };
	const char *holding, *name, *want;
	char where[40], digest[SHA256_TEXT];
	uint64_t bytes = 0;
	int r;

	snprintf(where, sizeof(where), "ticket.tables[%zu]", i);
	r = json_is_object(table) ? json_only(table, where, fields, e) : spe_fail(e, SPE_E_INPUT, "%s must be an object", where);
	if (r == 0)
		r = json_want_string(table, where, "holding", SPE_NAME_MAX, &holding, e);
	if (r == 0)
		r = json_want_string(table, where, "table", SPE_NAME_MAX, &name, e);
	if (r == 0)
		r = json_want_string(table, where, "sha256", SHA256_TEXT - 1, &want, e);
	if (r < 0)
		return r;
	r = digest_of(t->tables + (int)i, p, digest, &bytes);
	if (r < 0)
		return spe_fail(e, SPE_E_INTERNAL, "holding %s table %s can't be read: %s", holding, name, strerror(-r));
	progress_done(p, 0, t->tables + (int)i);
	return json_array_append_new(done, json_pack("{s:s,s:s,s:s,s:I,s:b}", "holding", holding, "table", name, "sha256", digest, "bytes",
		(json_int_t)bytes, "same", strcmp(digest, want) == 0)) == 0 ? 0 : spe_fail(e, SPE_E_INTERNAL, "there is no memory");
}

int verify_run(const json_t *ticket, const struct task *t, json_t **ret, struct spe_error *e)
{
	static const char *const fields[] = { "kind", "tables", NULL };
	auto_json json_t *done = json_array();
	struct progress p;
	json_t *tables;
	size_t i;
	int r = json_only(ticket, "ticket", fields, e);

	if (r == 0)
		r = json_want_array(ticket, "ticket", "tables", SPE_HOLDINGS_MAX, &tables, e);
	if (r < 0)
		return r;
	progress_begin(&p, t->out);
	for (i = 0; i < json_array_size(tables); i++)
		progress_expect(&p, t->tables + (int)i);
	for (i = 0; r == 0 && i < json_array_size(tables); i++)
		r = compare(json_array_get(tables, i), i, t, &p, done, e);
	if (r == 0)
		*ret = json_pack("{s:b,s:O}", "ok", 1, "tables", done);
	return r;
}
