/* spe-cli/cmd_revoke.c - permit revoke: what an operator signs, and the gate verifies. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "spe-cli/commands.h"
#include "spe-cli/sign.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "spe/revocation.h"
#include "sped/base/json.h"

/* Said before it is signed; for programs beside their answer. */
static void statement_show(const struct cli *c, const json_t *permit, const char *reason)
{
	static const char shown[] = "signing that version %lld of permit %s, sha256 %s, valid until %s, ends now: %s";
	const char *id = json_str(permit, "permit"), *digest = json_str(permit, "digest"), *until = json_str(permit, "until");

	if (cli_json(c))
		show_note(shown, (long long)json_int(permit, "version"), id, digest, until, reason);
	else
		show_line(shown, (long long)json_int(permit, "version"), id, digest, until, reason);
}

/* Of the newest version that sped knows; the gate says whether it is. Which permit ends is the operator's word, never sped's. */
static int statement_make(struct cli *c, const char *reason, char **ret, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/permits/%s", c->operand[0]);
	auto_json json_t *permit = NULL;
	time_t now = time(NULL);
	char text[24];
	struct tm tm;
	int r = talk_get(c->talk, path, &permit, e);

	if (r < 0)
		return r;
	if (strcmp(json_str(permit, "permit"), c->operand[0]) != 0)
		return spe_fail(e, SPE_E_TAMPERED, "sped answered with the permit %.100s instead of %.100s; nothing was signed",
			json_str(permit, "permit"), c->operand[0]);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	*ret = revocation_text(json_str(permit, "permit"), json_int(permit, "version"), json_str(permit, "digest"), reason, text);
	if (!*ret)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	statement_show(c, permit, reason);
	return 0;
}

int cmd_permit_revoke(struct cli *c, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/permits/%s/revoke", c->operand[0]), *text = NULL, *armor = NULL;
	auto_json json_t *answer = NULL;
	const char *reason;
	int r = cli_want(c, "reason", &reason, e);

	if (r == 0)
		r = cmd_utf8(reason, "the reason", e);
	if (r == 0 && (strlen(reason) > REVOCATION_REASON_MAX || reason[0] == '\0'))
		r = spe_fail(e, SPE_E_INPUT, "--reason has %zu bytes; 1 to %d are taken", strlen(reason), REVOCATION_REASON_MAX);
	if (r == 0)
		r = statement_make(c, reason, &text, e);
	if (r == 0)
		r = sign_bytes(cli_value(c, "key"), REVOCATION_NAMESPACE, text, strlen(text), &armor, e);
	if (r == 0)
		r = talk_post(c->talk, path, json_pack("{s:s,s:s}", "statement", text, "signature", armor), &answer, e);
	if (r == 0)
		cmd_answer(c, answer, "permit %s is revoked, signed by %s", c->operand[0], json_str(answer, "by"));
	return r;
}
