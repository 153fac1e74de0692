/* spe-cli/cmd_check.c - check: the rules for outputs, offline; what a rule is about; and checks done again by sped. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe-cli/checking.h"
#include "spe-cli/commands.h"
#include "spe-cli/findings.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "spe/limits.h"
#include "spe/policy.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"

/* --- rules in words --- */

static void rule_explain(const char *rule)
{
	const char *text = policy_explain(rule);

	show_line("%s", rule);
	while (text && *text) {
		show_fold(4, "  %.*s", (int)strcspn(text, "\n"), text);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
}

/* A word that can be no file that may leave, having no extension, and is none. */
static bool wants_rule(const struct cli *c)
{
	const char *word = c->operands == 1 ? c->operand[0] : "";

	return cli_has(c, "explain") && word[0] && !strpbrk(word, "./") && access(word, F_OK) < 0;
}

#define WORD_MAX 24u /* no rule's name is as long */

/* How many letters have to be changed, left out or put in. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[WORD_MAX + 1], i, k, n = (unsigned)strlen(b);

	for (k = 0; k <= n; k++)
		row[k] = k;
	for (i = 1; *a; i++, a++) {
		unsigned before = row[0];

		row[0] = i;
		for (k = 1; k <= n; k++) {
			unsigned as_is = before + (b[k - 1] != *a), shorter = (row[k] < row[k - 1] ? row[k] : row[k - 1]) + 1;

			before = row[k];
			row[k] = as_is < shorter ? as_is : shorter;
		}
	}
	return row[n];
}

/* The rule whose name is nearest to word, or that it begins, in any case and with '-', '_' or a blank; NULL: none is near. */
static const char *rule_nearest(const char *word)
{
	char fold[WORD_MAX + 1];
	const char *best = NULL, *rule;
	size_t i, n = strlen(word);
	unsigned least = 4;

	if (n > WORD_MAX)
		return NULL;
	for (i = 0; i <= n; i++)
		fold[i] = word[i] == '_' || word[i] == ' ' ? '-' : (char)(word[i] >= 'A' && word[i] <= 'Z' ? word[i] + 32 : word[i]);
	for (i = 0; (rule = policy_rule(i)); i++) {
		unsigned d = n > 2 && strncmp(rule, fold, n) == 0 ? 1 : distance(fold, rule);

		if (d < least && d * 2 <= n) {
			least = d;
			best = rule;
		}
	}
	return best;
}

static void rules_list(void)
{
	auto_buf struct buf b = { 0 };
	size_t i;

	for (i = 0; policy_rule(i); i++)
		buf_fmt(&b, "%s%s", i ? ", " : "", policy_rule(i));
	show_note("the rules: %s", b.p && !b.bad ? b.p : "");
}

static int explain_one(const struct cli *c, struct spe_error *e)
{
	const char *rule = c->operand[0];
	auto_json json_t *j = NULL;

	if (!policy_explain(rule)) {
		rules_list();
		spe_fail(e, SPE_E_INPUT, "there is no rule \"%.40s\"", rule);
		if (rule_nearest(rule))
			spe_remedy(e, "try: spe-cli check --explain %s", rule_nearest(rule));
		return -SPE_E_INPUT;
	}
	j = json_pack("{s:s,s:s}", "rule", rule, "text", policy_explain(rule));
	if (cli_json(c))
		show_json(j);
	else
		rule_explain(rule);
	return 0;
}

/* --- what was found --- */

static const char *verdict_of(const struct checking_file *f)
{
	return f->result.record ? json_str(f->result.record, "verdict") : "";
}

/* "3 findings" and so on; the plural is all that English asks. */
static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void summary_show(const struct checking_file *f)
{
	const json_t *record = f->result.record;
	size_t block = findings_count(record, "block"), review = findings_count(record, "review");
	char size[SHOW_TEXT], out[SHOW_TEXT] = "", before[512], after[256];
	const json_t *left = json_object_get(record, "bytes_out");

	show_bytes((long long)f->len, size);
	if (json_is_integer(left) && json_integer_value(left) != (json_int_t)f->len)
		show_bytes(json_integer_value(left), out);
	snprintf(before, sizeof(before), "%.400s: ", f->path);
	snprintf(after, sizeof(after), ": %zu block%s, %zu to review, %zu rule%s passed; %s, %s%s%s", block, plural(block), review,
		findings_count(record, "pass"), plural(findings_count(record, "pass")), json_str(record, "type"), size,
		out[0] ? ", leaves as " : "", out);
	show_verdict(before, verdict_of(f), after);
}

static void sidecars_show(const struct checking *k)
{
	size_t i;

	for (i = 0; i < k->files; i++)
		if (k->file[i].is_sidecar)
			show_line("%s: taken for what it says of the other files, not checked; alone it is checked", k->file[i].path);
	for (i = 0; i < k->sidecars; i++)
		show_note("sidecar: %s", k->sidecar[i].path);
}

static void all_show(const struct checking *k)
{
	size_t n[4] = { 0 }, i, files = 0;

	for (i = 0; i < k->files; i++) {
		files += !k->file[i].is_sidecar;
		n[verdict_rank(verdict_of(&k->file[i])) & 3] += !k->file[i].is_sidecar;
	}
	show_line("%zu file%s: %zu block, %zu review, %zu pass; policy %s", files, plural(files), n[2], n[1], n[0], k->policy.name);
	show_note("not looked at offline: the staged data, its pseudonyms, and what was released before; the checks of an export do");
}

static void explain_found(const struct checking *k)
{
	const json_t *f;
	size_t rule, i, n;

	for (rule = 0; policy_rule(rule); rule++) {
		bool found = false;

		for (i = 0; i < k->files; i++)
			json_array_foreach(findings_of(k->file[i].result.record), n, f)
				found |= strcmp(finding_rule(f), policy_rule(rule)) == 0 && strcmp(finding_severity(f), "pass") != 0;
		if (found)
			rule_explain(policy_rule(rule));
	}
}

/* Worst first: what stops the request is what has to be read. */
static void results_show(const struct cli *c, const struct checking *k)
{
	size_t i;
	int rank;

	for (i = 0; i < k->files && cli_json(c); i++)
		if (k->file[i].result.record)
			show_json(k->file[i].result.record);
	if (cli_json(c))
		return;
	for (rank = 2; rank >= 0; rank--)
		for (i = 0; i < k->files; i++)
			if (k->file[i].result.record && verdict_rank(verdict_of(&k->file[i])) == rank) {
				findings_lines(k->file[i].path, findings_of(k->file[i].result.record));
				summary_show(&k->file[i]);
			}
	sidecars_show(k);
	if (cli_has(c, "explain"))
		explain_found(k);
	all_show(k);
}

/* --- what would be released, into a directory --- */

/* Before anything is checked: a name that is taken, by a file there or by another of these, is refused. */
static int names_free(const struct checking *k, const char *dir, int fd, struct spe_error *e)
{
	size_t i, n;

	for (i = 0; i < k->files; i++) {
		const char *name = k->file[i].name;

		if (faccessat(fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return spe_fail(e, SPE_E_CONFLICT, "%s/%s is there already and is left as it is", dir, name);
		for (n = 0; n < i; n++)
			if (strcmp(k->file[n].name, name) == 0)
				return spe_fail(e, SPE_E_CONFLICT, "%s and %s would both become %s/%s", k->file[n].path,
					k->file[i].path, dir, name);
	}
	return 0;
}

static int rebuilt_open(const struct checking *k, const char *dir, int *ret_fd, struct spe_error *e)
{
	if (mkdir(dir, 0777) < 0 && errno != EEXIST)
		return spe_fail(e, SPE_E_INPUT, "%s can't be made: %s", dir, strerror(errno));
	*ret_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*ret_fd < 0)
		return spe_fail(e, SPE_E_INPUT, "%s can't be opened: %s", dir, strerror(errno));
	return names_free(k, dir, *ret_fd, e);
}

/* What the rules rebuilt; where they rebuilt nothing, the file as it is; where they block, nothing. No part of it stays under
 * its name. */
static int rebuilt_write(const struct checking_file *f, int dir, struct spe_error *e)
{
	const struct policy_result *result = &f->result;
	auto_close int fd = -1;
	bool made;
	int r;

	if (strcmp(verdict_of(f), "block") == 0)
		return 0;
	fd = openat(dir, f->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
	made = fd >= 0;
	if (!made)
		r = -errno;
	else if (result->rebuilt)
		r = io_write_all(fd, result->rebuilt, result->rebuilt_len);
	else
		r = io_write_all(fd, f->bytes, f->len);
	if (r == 0 && close(spe_take_fd(&fd)) < 0)
		r = -errno;
	if (r < 0 && made)
		unlinkat(dir, f->name, 0);
	return r < 0 ? spe_fail(e, r == -EEXIST ? SPE_E_CONFLICT : SPE_E_INTERNAL, "what would leave of %s can't be written: %s", f->path,
			       strerror(-r)) : 0;
}

/* --- the work; all that it needs is open --- */

/* Returns 0, the exit status of a refusal, or a negative code. dir: where to write what would leave, or -1. */
static int work(const struct cli *c, struct checking *k, int dir, struct spe_error *e)
{
	bool block = false;
	size_t i;
	int r = 0;

	guard_enter(dir);
	for (i = 0; i < k->files && r == 0; i++) {
		if (k->file[i].is_sidecar)
			continue;
		r = checking_file_check(k, i, e);
		if (r == 0 && dir >= 0)
			r = rebuilt_write(&k->file[i], dir, e);
		block |= r == 0 && strcmp(verdict_of(&k->file[i]), "block") == 0;
	}
	if (r < 0)
		return r;
	results_show(c, k);
	return block ? spe_code_exit(SPE_E_REFUSED) : 0;
}

/* --- again, by sped --- */

static int replay(struct cli *c, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/exports/%s/replay", cli_value(c, "replay"));
	auto_json json_t *answer = NULL;
	const json_t *item;
	size_t i;
	int r = talk_post(c->talk, path, NULL, &answer, e);

	if (r < 0)
		return r;
	if (cli_json(c)) {
		show_json(answer);
		return json_flag(answer, "same") ? 0 : 1;
	}
	json_array_foreach(json_object_get(answer, "items"), i, item)
		show_fold(4, "%s: %s%s%s", json_str(item, "file"), json_flag(item, "same") ? "the same" : "differs",
			json_str(item, "differs")[0] ? ": " : "", json_str(item, "differs"));
	show_line("export %s: %s", cli_value(c, "replay"),
		json_flag(answer, "same") ? "the checks find again what they found" : "the checks find something else than they found");
	return json_flag(answer, "same") ? 0 : 1;
}

/* What is for files here. */
static bool wants_offline(const struct cli *c)
{
	return c->operands || cli_has(c, "policy") || cli_has(c, "sidecar") || cli_has(c, "rebuilt") || cli_has(c, "explain");
}

int cmd_check(struct cli *c, struct spe_error *e)
{
	__attribute__((cleanup(checking_free))) struct checking k = { 0 };
	auto_close int dir = -1;
	int r;

	if (cli_has(c, "replay"))
		return wants_offline(c) ? cli_wrong(c, e, "--replay takes no files and no other option: sped has what it needs") : replay(c, e);
	if (c->operands == 0)
		return cli_wrong(c, e, "something is missing after \"check\"");
	if (wants_rule(c))
		return explain_one(c, e);
	r = checking_policy(c, &k.policy, e);
	if (r == 0)
		r = checking_open(&k, c->operand, (size_t)c->operands, cli_value(c, "sidecar"), e);
	if (r == 0 && cli_has(c, "rebuilt"))
		r = rebuilt_open(&k, cli_value(c, "rebuilt"), &dir, e);
	return r < 0 ? r : work(c, &k, dir, e);
}
