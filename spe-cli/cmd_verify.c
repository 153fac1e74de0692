/* spe-cli/cmd_verify.c - verify: a release, offline. */
#include "spe-cli/commands.h"
#include "spe-cli/signers.h"
#include "spe-cli/verify.h"
#include "spe/cleanup.h"
#include "spe/sshsig.h"
#include "sped/base/json.h"

static int checkers_read(const char *file, struct signers *ret, struct spe_error *e)
{
	auto_free char *text = NULL;
	size_t len;
	int r = file_read(file, "the list of checkers", SIGNERS_TEXT_MAX, &text, &len, e);

	return r < 0 ? r : signers_parse(text, len, "spe-decision", file, ret, e);
}

static int gate_read(const char *file, char ret[SSHKEY_TEXT_MAX], struct spe_error *e)
{
	auto_free char *text = NULL;
	int r = file_key(file, &text, e);

	return r < 0 ? r : sshkey_check(text, ret, NULL, e);
}

static void record_show(const struct cli *c, const char *file, const json_t *record)
{
	auto_free char *people = show_value(json_object_get(record, "checkers"));
	const json_t *s;
	size_t i;

	if (cli_json(c)) {
		show_json(record);
		return;
	}
	json_array_foreach(json_object_get(record, "steps"), i, s)
		show_line("%s %s: %s", json_flag(s, "ok") ? "good" : "PROBLEM", json_str(s, "step"),
			json_str(s, "detail"));
	if (json_flag(record, "verified"))
		show_line("verified: release %s of workspace %s, approved by %s",
			json_str(record, "release"), json_str(record, "workspace"),
			people ? people : "");
	else
		show_line("NOT verified: %s", file);
}

int cmd_verify(struct cli *c, struct spe_error *e)
{
	__attribute__((cleanup(signers_free))) struct signers checkers = { 0 };
	const char *gate = cli_value(c, "gate"), *people = cli_value(c, "checkers");
	auto_json json_t *record = NULL;
	struct verify_keys keys = { 0 };
	char key[SSHKEY_TEXT_MAX];
	auto_close int fd = -1;
	int r = file_open(c->operand[0], "the release", &fd, e);

	if (r == 0 && gate)
		r = gate_read(gate, key, e);
	if (r == 0 && people)
		r = checkers_read(people, &checkers, e);
	if (r < 0)
		return r;
	keys.gate = gate ? key : NULL;
	keys.checkers = people ? &checkers : NULL;
	guard_enter(-1);
	r = verify_release(fd, &keys, &record, e);
	if (r < 0)
		return r;
	record_show(c, c->operand[0], record);
	return json_flag(record, "verified") ? 0 : 1;
}
