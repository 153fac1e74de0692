/* spe-cli/cmd_permit.c - permit import, list, show, deletion; check is in cmd_permit_check.c, revoke in cmd_revoke.c. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "spe-cli/commands.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "spe/permit.h"
#include "spe/sshsig.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"

static int signature_of(const struct cli *c, char **ret, struct spe_error *e)
{
	const char *named = cli_value(c, "signature");
	auto_free char *beside = NULL;
	size_t len;
	int r;

	if (asprintf(&beside, "%s.sig", c->operand[0]) < 0) {
		beside = NULL;
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	}
	r = file_read(
		named ? named : beside, "the permit's signature", SSHSIG_ARMOR_MAX, ret, &len, e);
	if (r == -SPE_E_NOT_FOUND)
		spe_remedy(e, "try: --signature FILE, as the issuer made it by ssh-keygen -Y sign -n spe-permit");
	return r;
}

/* Jobs that ask for them will be refused until somebody imports them. */
static void missing_note(const json_t *answer)
{
	const json_t *list = json_object_get(answer, "missing_runtimes");
	size_t i;

	for (i = 0; i < json_array_size(list); i++)
		show_note("runtime %s, which the permit names, is not on this host; see spe-cli runtime import",
			json_string_value(json_array_get(list, i)));
}

int cmd_permit_import(struct cli *c, struct spe_error *e)
{
	auto_json json_t *answer = NULL, *workspace = NULL;
	auto_free char *text = NULL, *armor = NULL;
	size_t len;
	int r = file_read(c->operand[0], "the permit", PERMIT_TEXT_MAX, &text, &len, e);

	if (r == 0)
		r = signature_of(c, &armor, e);
	if (r == 0 && (strlen(text) != len || !show_is_text(text, len) ||
			      !show_is_text(armor, strlen(armor))))
		r = spe_fail(e, SPE_E_INPUT, "the permit and its signature must be UTF-8 text");
	if (r == 0)
		r = talk_post(c->talk, "/v1/permits",
			json_pack("{s:s,s:s}", "permit", text, "signature", armor), &answer, e);
	if (r == 0)
		cmd_answer(c, answer, "permit %s version %lld is taken", json_str(answer, "permit"),
			(long long)json_int(answer, "version"));
	if (r == 0)
		missing_note(answer);
	if (r == 0 && json_object_get(answer, "staged_on"))
		show_note("workspace %s is staged on %s, when the permit begins", json_str(answer, "workspace"), json_str(answer, "staged_on"));
	if (r < 0 || cli_has(c, "detach") || json_object_get(answer, "staged_on"))
		return r;
	r = workspace_settle(c, json_str(answer, "workspace"), &workspace, e);
	if (r == 0)
		cmd_answer(c, workspace, "workspace %s is ready", json_str(workspace, "workspace"));
	return r;
}

int cmd_permit_list(struct cli *c, struct spe_error *e)
{
	static const struct show_column columns[] = {
		{ "permit", "PERMIT" },
		{ "version", "VERSION" },
		{ "state", "STATE" },
		{ "kind", "KIND" },
		{ "from", "FROM" },
		{ "until", "UNTIL" },
		{ "issuer", "ISSUER" },
		{ NULL, NULL },
	};

	return cmd_list(c, "/v1/permits", columns, e);
}

/* The exact text line by line: its own line breaks are the only control characters that stay. */
static void show_text(const char *text)
{
	size_t n;

	for (; *text; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		show_line("%.*s", (int)n, text);
	}
}

int cmd_permit_show(struct cli *c, struct spe_error *e)
{
	static const struct show_column fields[] = {
		{ "permit", "permit" },
		{ "version", "version" },
		{ "state", "state" },
		{ "kind", "kind" },
		{ "issuer", "issuer" },
		{ "from", "from" },
		{ "until", "until" },
		{ "workspace", "workspace" },
		{ "digest", "sha256" },
		{ NULL, NULL },
	};
	auto_free char *path = talk_path("/v1/permits/%s", c->operand[0]);
	auto_json json_t *permit = NULL;
	int r = talk_get(c->talk, path, &permit, e);

	if (r < 0)
		return r;
	if (cli_json(c)) {
		show_json(permit);
		return 0;
	}
	show_fields(permit, fields);
	show_line("%s", "");
	show_text(json_str(permit, "text"));
	return 0;
}

/* Whoever gets it verifies it with the gate's key; that it is one, and of this permit, is seen before it is kept. */
static int proof_check(const json_t *proof, const char *permit, struct spe_error *e)
{
	const char *text = json_str(proof, "statement");
	auto_json json_t *statement = NULL;

	if (!json_str(proof, "signature")[0] || json_parse(text, strlen(text), "the proof", &statement, NULL) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "sped gave no proof of deletion");
	if (strcmp(json_str(statement, "format"), "spe-deletion-1") != 0 || strcmp(json_str(statement, "permit"), permit) != 0)
		return spe_fail(e, SPE_E_TAMPERED, "what sped gave is no proof of deletion of permit %s", permit);
	return 0;
}

int cmd_permit_deletion(struct cli *c, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/permits/%s/deletion", c->operand[0]);
	const char *file = cli_value(c, "output");
	auto_json json_t *proof = NULL;
	auto_buf struct buf sig = { 0 };
	int r = talk_get(c->talk, path, &proof, e);

	if (r == 0)
		r = proof_check(proof, c->operand[0], e);
	if (r < 0)
		return r;
	if (cli_json(c))
		show_json(proof);
	else if (!file)
		show_text(json_str(proof, "statement"));
	if (!file)
		return 0;
	buf_fmt(&sig, "%s.sig", file);
	if (sig.bad)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	r = file_whole(file, json_str(proof, "statement"), strlen(json_str(proof, "statement")), e);
	if (r < 0)
		return r;
	r = file_whole(sig.p, json_str(proof, "signature"), strlen(json_str(proof, "signature")), e);
	if (r < 0)
		unlink(file); /* without its signature it proves nothing, and would be in the way of the next try */
	return r;
}
