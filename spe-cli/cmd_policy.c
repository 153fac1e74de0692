/* spe-cli/cmd_policy.c - policy check, profile check. */
#include "spe-cli/commands.h"
#include "spe/cleanup.h"
#include "spe/limits.h"
#include "spe/policy.h"
#include "spe/profile.h"
#include "sped/base/json.h"

static void good_show(const struct cli *c, const char *file, const struct policy *p)
{
	auto_json json_t *j = json_pack("{s:s,s:b,s:s,s:s,s:o}", "file", file, "ok", 1, "message",
		"", "digest", p->digest, "options", policy_options(p));

	cmd_answer(c, j, "%s: counts from %lld, %lld decisions, sha256 %s", file,
		(long long)p->min_count, (long long)p->decisions, p->digest);
}

/* The sentence of policy_parse begins with FILE:LINE: itself. */
static void bad_show(const struct cli *c, const char *file, const char *text)
{
	auto_json json_t *j = NULL;

	if (!cli_json(c)) {
		show_note("%s", text);
		return;
	}
	j = json_pack("{s:s,s:b,s:s,s:s}", "file", file, "ok", 0, "message", text, "digest", "");
	show_json(j);
}

int cmd_policy_check(struct cli *c, struct spe_error *e)
{
	int status = 0, i;

	for (i = 0; i < c->operands; i++) {
		auto_free char *text = NULL;
		struct policy policy = { 0 };
		size_t len;
		int r = file_read(c->operand[i], "the policy", SPE_BODY_MAX, &text, &len, e);

		if (r < 0)
			return r;
		if (policy_parse(text, len, c->operand[i], &policy, e) == 0) {
			good_show(c, c->operand[i], &policy);
		} else {
			bad_show(c, c->operand[i], e->text);
			status = spe_code_exit(SPE_E_INPUT);
		}
	}
	return status;
}

static void profile_show(const struct cli *c, const char *file, const struct profile *p)
{
	auto_json json_t *j = json_pack("{s:s,s:b,s:s,s:s,s:s,s:b,s:i}", "file", file, "ok", 1, "message", "", "digest",
		p->digest, "profile", p->name, "write-execute", p->write_execute, "calls", (int)p->calls);

	cmd_answer(c, j, "%s: %s, %zu calls, memory is %s, sha256 %s", file, p->name, p->calls,
		p->write_execute ? "written and executed" : "written or executed", p->digest);
}

int cmd_profile_check(struct cli *c, struct spe_error *e)
{
	int status = 0, i;

	for (i = 0; i < c->operands; i++) {
		auto_free char *text = NULL;
		struct profile profile;
		size_t len;
		int r = file_read(c->operand[i], "the profile", SPE_BODY_MAX, &text, &len, e);

		if (r < 0)
			return r;
		if (profile_parse(text, len, c->operand[i], &profile, e) == 0) {
			profile_show(c, c->operand[i], &profile);
		} else {
			bad_show(c, c->operand[i], e->text);
			status = spe_code_exit(SPE_E_INPUT);
		}
	}
	return status;
}
