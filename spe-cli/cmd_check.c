/* spe-cli/cmd_check.c - check: the rules for outputs, offline. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "spe-cli/commands.h"
#include "spe/cleanup.h"
#include "spe/limits.h"
#include "spe/policy.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"

#define POLICY_DEFAULT SPE_DATADIR "/default.policy"
#define CHECK_MAX ((size_t)1 << 30) /* beyond any policy's max-bytes, which is a rule and blocks \
				     */

static int policy_read(const struct cli *c, struct policy *ret, struct spe_error *e)
{
	const char *file = cli_has(c, "policy") ? cli_value(c, "policy") : POLICY_DEFAULT;
	auto_free char *text = NULL;
	size_t len;
	int r = file_read(file, "the policy", SPE_BODY_MAX, &text, &len, e);

	return r < 0 ? r : policy_parse(text, len, file, ret, e);
}

static void record_show(
	const struct cli *c, const char *file, const struct policy *p, const json_t *record)
{
	if (cli_json(c)) {
		show_json(record);
		return;
	}
	show_line("%s: %s", file, json_str(record, "verdict"));
	if (cli_has(c, "explain"))
		show_line("  policy %s, sha256 %s, type %s", p->name, p->digest,
			json_str(record, "type"));
	findings_show(json_object_get(record, "checks"), cli_has(c, "explain"));
}

/* Rules look at the name too: what a file is called in the export is its last component. */
static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int file_check(const struct cli *c, const char *path, int fd, const struct policy *p,
	bool *ret_block, struct spe_error *e)
{
	struct policy_file f = { .name = name_of(path) };
	__attribute__((cleanup(policy_result_free))) struct policy_result result = { 0 };
	auto_free char *bytes = NULL;
	int r = io_read_all(fd, CHECK_MAX, &bytes, &f.len);

	if (r < 0 && r != -EFBIG)
		return spe_fail(e, SPE_E_INPUT, "%s can't be read: %s", path, strerror(-r));
	if (r == -EFBIG)
		return spe_fail(e, SPE_E_TOO_LARGE, "%s is larger than %zu bytes", path, CHECK_MAX);
	f.bytes = bytes;
	r = policy_check(p, &f, &result, e);
	if (r < 0)
		return r;
	record_show(c, path, p, result.record);
	*ret_block |= strcmp(json_str(result.record, "verdict"), "block") == 0;
	return 0;
}

struct files {
	int *fd;
	int count;
};

static void files_close(struct files *f)
{
	while (f->count > 0)
		spe_close_fd(&f->fd[--f->count]);
	free(f->fd);
}

static int files_open(const struct cli *c, struct files *f, struct spe_error *e)
{
	int r = 0;

	f->fd = calloc((size_t)c->operands, sizeof(*f->fd));
	if (!f->fd)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	while (f->count < c->operands && r == 0) {
		r = file_open(c->operand[f->count], "the file", &f->fd[f->count], e);
		f->count += r == 0;
	}
	return r;
}

int cmd_check(struct cli *c, struct spe_error *e)
{
	__attribute__((cleanup(files_close))) struct files files = { 0 };
	struct policy policy = { 0 };
	bool block = false;
	int r = policy_read(c, &policy, e), i;

	if (r == 0)
		r = files_open(c, &files, e);
	if (r < 0)
		return r;
	guard_enter();
	for (i = 0; i < files.count && r == 0; i++)
		r = file_check(c, c->operand[i], files.fd[i], &policy, &block, e);
	return r < 0 ? r : block ? spe_code_exit(SPE_E_REFUSED) : 0;
}
