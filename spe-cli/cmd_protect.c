/* spe-cli/cmd_protect.c - protect: a table of results made fit to leave, offline. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spe-cli/checking.h"
#include "spe-cli/commands.h"
#include "spe-cli/findings.h"
#include "spe/cleanup.h"
#include "spe/limits.h"
#include "spe/protect.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"

struct protecting {
	struct policy policy;
	struct protect how;
	struct protect_told told;
	const char *columns[PROTECT_COLUMNS];
	char *text, *ptable; /* files' bytes */
	size_t len, ptable_len;
	char *made;
	size_t made_len;
	struct file_out out;
	struct cli *cli;
};

static void protecting_free(struct protecting *p)
{
	ptable_free((struct ptable *)p->how.ptable);
	free(p->text);
	free(p->ptable);
	free(p->made);
}

/* --- what was asked for --- */

static int number_of(struct cli *c, const char *option, int64_t otherwise, int64_t *ret, struct spe_error *e)
{
	const char *text = cli_value(c, option);
	char *end;

	*ret = otherwise;
	if (!text)
		return 0;
	errno = 0;
	*ret = strtoll(text, &end, 10);
	return errno || *end || *text < '0' || *text > '9' || *ret > POLICY_COUNT_MAX
		? cli_wrong(c, e, "--%s takes a whole number up to %lld", option, POLICY_COUNT_MAX)
		: 0;
}

static int ways_check(struct cli *c, const struct protect *how, struct spe_error *e)
{
	size_t ways = (size_t)cli_has(c, "round") + cli_has(c, "midpoint") + cli_has(c, "cell-key");

	if (ways > 1)
		return cli_wrong(c, e, "--round, --midpoint and --cell-key are three ways to one end: give one");
	if (cli_has(c, "cell-key") != cli_has(c, "ptable"))
		return cli_wrong(c, e, "--cell-key and --ptable go together");
	if (cli_has(c, "midpoint") && how->midpoint != PROTECT_MIDPOINT)
		return cli_wrong(c, e, "--midpoint takes %d: no policy knows another width", PROTECT_MIDPOINT);
	if (cli_json(c) && !cli_has(c, "output"))
		return cli_wrong(c, e, "--json tells what was done, so that the table has to go into a file: --output is missing");
	if (how->redact == 0 && how->base < 2 && ways == 0)
		return cli_wrong(c, e, "nothing to do: --redact is 0, and nothing is rounded");
	return 0;
}

/* What the policy asks for, but for what is asked here. */
static int how_read(struct cli *c, struct protecting *p, struct spe_error *e)
{
	struct protect *how = &p->how;
	bool other = cli_has(c, "midpoint") || cli_has(c, "cell-key");
	const char *column;
	size_t at = 0;
	int r = number_of(c, "redact", cli_has(c, "midpoint") ? 0 : p->policy.min_count - 1, &how->redact, e);

	r = r < 0 ? r : number_of(c, "round", other ? 0 : p->policy.round_base, &how->base, e);
	r = r < 0 ? r : number_of(c, "midpoint", 0, &how->midpoint, e);
	how->key_column = cli_value(c, "cell-key");
	while (r == 0 && (column = cli_each(c, "count", &at))) {
		if (how->column_count == PROTECT_COLUMNS)
			return cli_wrong(c, e, "--count names at most %d columns", PROTECT_COLUMNS);
		p->columns[how->column_count++] = column;
	}
	how->columns = how->column_count > 0 ? p->columns : NULL;
	return r < 0 ? r : ways_check(c, how, e);
}

/* Everything that needs the file system, before a byte of the table is understood. */
static int files_open(struct cli *c, struct protecting *p, struct spe_error *e)
{
	const char *name = c->operand[0], *end = strrchr(name, '.');
	int r;

	if (!end || (strcmp(end, ".csv") != 0 && strcmp(end, ".tsv") != 0 && strcmp(end, ".txt") != 0))
		return spe_fail(e, SPE_E_INPUT, "%.200s is no table that can be written anew: write it as CSV (write.csv in R, to_csv in pandas)", name);
	r = file_read(name, "the table", (size_t)p->policy.max_bytes, &p->text, &p->len, e);
	if (r == 0 && cli_has(c, "ptable"))
		r = file_read(cli_value(c, "ptable"), "the table of perturbations", SPE_BODY_MAX, &p->ptable, &p->ptable_len, e);
	p->out = (struct file_out){ .path = "the table", .fd = STDOUT_FILENO };
	if (r == 0 && cli_has(c, "output"))
		r = file_begin(cli_value(c, "output"), 0644, &p->out, e);
	return r;
}

/* --- what was done --- */

static void tell(size_t n, const char *what)
{
	if (n > 0)
		show_note("%zu %s", n, what);
}

static void told_show(const struct protecting *p, const char *verdict)
{
	const struct protect_told *t = &p->told;

	show_note("%zu counts in: %s", t->counts, t->columns);
	tell(t->suppressed, "too small: suppressed");
	tell(t->complements, "more suppressed, from which and the totals those would have followed");
	tell(t->rounded, p->how.ptable ? "perturbed" : "rounded to another number");
	tell(t->totals, "totals made anew, as sums of what is shown");
	tell(t->shares, "percentages made anew from the counts shown");
	tell(t->shares_hidden, "percentages of suppressed counts left out");
	tell(t->estimates_hidden, "estimates that rest on suppressed counts left out");
	tell(t->shares_left, "percentages are of nothing in the table and stay as they are: make them anew from the counts shown");
	show_note("with policy %s its check now says: %s", p->policy.name, verdict);
}

static json_t *told_json(const struct protecting *p, const char *file, const char *verdict)
{
	const struct protect_told *t = &p->told;

	return json_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:s}", "file", file, "columns", t->columns, "counts", (json_int_t)t->counts,
		"suppressed", (json_int_t)t->suppressed, "complements", (json_int_t)t->complements, "rounded", (json_int_t)t->rounded, "totals",
		(json_int_t)t->totals, "percentages", (json_int_t)t->shares, "percentages_left_out", (json_int_t)t->shares_hidden,
		"percentages_left", (json_int_t)t->shares_left, "estimates_left_out", (json_int_t)t->estimates_hidden, "verdict", verdict);
}

static int tell_all(struct cli *c, const struct protecting *p, struct spe_error *e)
{
	struct policy_file f = { .name = c->operand[0], .bytes = p->made, .len = p->made_len };
	struct policy_result result = { 0 };
	auto_json json_t *j = NULL;
	const char *slash = strrchr(f.name, '/');
	int r;

	f.name = slash ? slash + 1 : f.name;
	r = policy_check(&p->policy, &f, &result, e);
	if (r == 0 && cli_json(c))
		show_json(j = told_json(p, f.name, json_str(result.record, "verdict")));
	else if (r == 0)
		told_show(p, json_str(result.record, "verdict"));
	policy_result_free(&result);
	return r;
}

static int protect(void *arg, struct spe_error *e)
{
	struct protecting *p = arg;
	struct cli *c = p->cli;
	struct ptable *ptable = NULL;
	int r = p->ptable ? ptable_parse(p->ptable, p->ptable_len, cli_value(c, "ptable"), &ptable, e) : 0;

	p->how.ptable = ptable;
	if (r == 0)
		r = policy_protect(&p->policy, &p->how, c->operand[0], p->text, p->len, &p->made, &p->made_len, &p->told, e);
	if (r == 0)
		r = file_put(&p->out, p->made, p->made_len, e);
	return r < 0 ? r : tell_all(c, p, e);
}

int cmd_protect(struct cli *c, struct spe_error *e)
{
	__attribute__((cleanup(protecting_free))) struct protecting p = { .cli = c };
	int r = checking_policy(c, &p.policy, e);

	r = r < 0 ? r : how_read(c, &p, e);
	r = r < 0 ? r : files_open(c, &p, e);
	return r < 0 ? r : file_end(&p.out, guard_apart(protect, &p, e), e);
}
