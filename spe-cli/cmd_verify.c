/* spe-cli/cmd_verify.c - verify: a release, or evidence of a journal, offline. */
#include <string.h>
#include <unistd.h>

#include "spe-cli/commands.h"
#include "spe-cli/kept.h"
#include "spe-cli/signers.h"
#include "spe-cli/verify.h"
#include "spe/cleanup.h"
#include "spe/sshsig.h"
#include "sped/base/buf.h"
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

/* All of it where JSON is asked for, which is then said; else a line for each step. */
static bool steps_show(const struct cli *c, const json_t *record)
{
	const json_t *s;
	size_t i;

	if (cli_json(c)) {
		show_json(record);
		return true;
	}
	json_array_foreach(json_object_get(record, "steps"), i, s)
		show_line("%s %s: %s", json_flag(s, "ok") ? "good" : "PROBLEM", json_str(s, "step"), json_str(s, "detail"));
	return false;
}

static void record_show(const struct cli *c, const char *file, const json_t *record)
{
	auto_free char *people = show_value(json_object_get(record, "checkers"));

	if (steps_show(c, record))
		return;
	if (json_flag(record, "verified"))
		show_line("verified: release %s of workspace %s, approved by %s",
			json_str(record, "release"), json_str(record, "workspace"),
			people ? people : "");
	else
		show_line("NOT verified: %s", file);
}

static void evidence_show(const struct cli *c, const char *file, const json_t *record)
{
	if (steps_show(c, record))
		return;
	if (json_flag(record, "verified"))
		show_line("verified: %zu record%s of the journal of %s", json_array_size(json_object_get(record, "records")),
			json_array_size(json_object_get(record, "records")) == 1 ? "" : "s", json_str(record, "origin"));
	else
		show_line("NOT verified: %s", file);
}

/* As bytes: they are somebody's, and understood behind the guard. */
static int kept_read(const struct cli *c, struct kept *ret, struct spe_error *e)
{
	return cli_has(c, "witness") ? file_read(cli_value(c, "witness"), "the file of checkpoints", KEPT_MAX, &ret->text, &ret->len, e) : 0;
}

static int kept_verify(const struct cli *c, struct kept *k, struct spe_error *e)
{
	const struct kept read = *k;

	return cli_has(c, "witness") ? kept_parse(read.text, read.len, cli_value(c, "witness"), k, e) : 0;
}

static int evidence_file(struct cli *c, int fd, const char *gate, struct kept *kept, struct spe_error *e)
{
	auto_free char *text = NULL;
	auto_json json_t *record = NULL;
	size_t len;
	int r = io_read_at(fd, EVIDENCE_MAX, &text, &len);

	if (r < 0)
		return spe_fail(e, SPE_E_INPUT, "%s can't be read: %s", c->operand[0], strerror(-r));
	guard_enter(-1);
	if ((r = kept_verify(c, kept, e)) < 0 || (r = evidence_lines(text, len, gate, cli_has(c, "witness") ? kept : NULL, &record, e)) < 0)
		return r;
	evidence_show(c, c->operand[0], record);
	return json_flag(record, "verified") ? 0 : 1;
}

/* Evidence is JSON, a release begins with a name. */
static bool is_evidence(int fd)
{
	char begin = '\0';

	return pread(fd, &begin, 1, 0) == 1 && begin == '{';
}

/* An option that is not looked at would be taken for one that held. */
static int options_check(struct cli *c, bool evidence, struct spe_error *e)
{
	if (evidence && (cli_has(c, "checkers") || cli_has(c, "registry")))
		return cli_wrong(c, e, "--checkers and --registry are for releases; %s is evidence of a journal", c->operand[0]);
	return 0;
}

int cmd_verify(struct cli *c, struct spe_error *e)
{
	__attribute__((cleanup(signers_free))) struct signers checkers = { 0 };
	__attribute__((cleanup(kept_free))) struct kept kept = { 0 };
	const char *gate = cli_value(c, "gate"), *people = cli_value(c, "checkers");
	auto_json json_t *record = NULL;
	const char *registry = cli_value(c, "registry");
	auto_free char *registry_text = NULL;
	struct verify_keys keys = { 0 };
	char key[SSHKEY_TEXT_MAX];
	auto_close int fd = -1;
	int r = file_open(c->operand[0], "the release", &fd, e);

	if (r == 0)
		r = options_check(c, is_evidence(fd), e);
	if (r == 0 && gate)
		r = gate_read(gate, key, e);
	if (r == 0 && people)
		r = checkers_read(people, &checkers, e);
	if (r == 0 && registry)
		r = file_read(registry, "the registry", KEPT_MAX, &registry_text, &keys.registry_len, e);
	if (r == 0)
		r = kept_read(c, &kept, e);
	if (r < 0)
		return r;
	if (is_evidence(fd))
		return evidence_file(c, fd, gate ? key : NULL, &kept, e);
	keys.gate = gate ? key : NULL;
	keys.registry = registry_text;
	keys.checkers = people ? &checkers : NULL;
	keys.kept = cli_has(c, "witness") ? &kept : NULL;
	guard_enter(-1);
	if ((r = kept_verify(c, &kept, e)) < 0 || (r = verify_release(fd, &keys, &record, e)) < 0)
		return r;
	record_show(c, c->operand[0], record);
	return json_flag(record, "verified") ? 0 : 1;
}
