/* spe-cli/cmd_permit_check.c - permit check: a permit as sped would read it, and its signature. */
#include <stdio.h>
#include <string.h>

#include "spe-cli/commands.h"
#include "spe/cleanup.h"
#include "spe/permit.h"
#include "spe/sshsig.h"
#include "sped/base/json.h"

static int signature_check(const char *text, size_t len, const char *signature,
	const char *key_file, struct spe_error *e)
{
	auto_free char *armor = NULL, *key = NULL;
	char canonical[SSHKEY_TEXT_MAX];
	size_t armor_len;
	int r = file_read(signature, "the signature", SSHSIG_ARMOR_MAX, &armor, &armor_len, e);

	if (r == 0)
		r = file_key(key_file, &key, e);
	if (r == 0)
		r = sshkey_check(key, canonical, NULL, e);
	return r < 0 ? r : sshsig_verify(canonical, "spe-permit", text, len, armor, armor_len, e);
}

/* [{"holding","table"}] of what nobody looks at on its way to researchers. */
static json_t *whole_files(const struct permit *p)
{
	json_t *list = json_array(), *entry, *file;
	size_t i, k;

	json_array_foreach(p->data, i, entry)
		json_array_foreach(json_object_get(entry, "files"), k, file)
			json_array_append_new(list, json_pack("{s:O,s:O}", "holding", json_object_get(entry, "holding"), "table", file));
	return list;
}

static void whole_files_tell(const char *file, const struct permit *p)
{
	auto_json json_t *list = whole_files(p);
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		show_line("%s: WHOLE: file %s of holding %s is passed through as it lies there: no pseudonyms, nobody left out, nothing checked", file,
			json_str(one, "table"), json_str(one, "holding"));
}

/* FILE: sentence, as of a compiler. */
static void sentence(
	const struct cli *c, const char *file, bool good, const char *text, const struct permit *permit)
{
	auto_json json_t *j = NULL;

	if (cli_json(c)) {
		j = json_pack("{s:s,s:b,s:s,s:s,s:o}", "file", file, "ok", good, "message", text, "digest", good ? permit->digest : "", "whole",
			good ? whole_files(permit) : json_array());
		show_json(j);
	} else if (good) {
		show_line("%s: %s", file, text);
		whole_files_tell(file, permit);
	} else {
		show_note("%s: %s", file, text);
	}
}

int cmd_permit_check(struct cli *c, struct spe_error *e)
{
	const char *file = c->operand[0], *signature = cli_value(c, "signature"),
		   *key = cli_value(c, "key");
	struct permit *permit = NULL;
	auto_free char *text = NULL;
	char good[512];
	size_t len;
	int r;

	if (!signature != !key)
		return cli_wrong(c, e, "--signature and --key go together");
	r = file_read(file, "the permit", PERMIT_TEXT_MAX, &text, &len, e);
	if (r < 0)
		return r;
	r = permit_parse(text, len, &permit, e);
	if (r == 0)
		r = permit_can_be_kept(permit, e);
	if (r == 0 && signature)
		r = signature_check(text, len, signature, key, e);
	if (r == 0)
		snprintf(good, sizeof(good), "permit %s version %lld of %s%s", permit->id,
			(long long)permit->version, permit->issuer,
			signature ? ", and its signature is good" : "");
	sentence(c, file, r == 0, r == 0 ? good : e->text, permit);
	if (r < 0 && e->remedy[0] && !cli_json(c))
		show_note("%s%s", strncmp(e->remedy, "try: ", 5) == 0 ? "" : "try: ", e->remedy);
	permit_free(permit);
	return r < 0 ? spe_code_exit(e->code) : 0;
}
