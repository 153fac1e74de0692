/* spe-cli/elsewhere.c - what reads or packs files is done by spe-cli-files, which is this program with the libraries for
 * pictures, archives and policies: loading these takes longer than a job takes to begin. It gets the command line as it
 * is, before anything was said or sent. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "spe-cli/commands.h"
#include "spe-cli/pack.h"

#define PROGRAM "spe-cli-files"

/* Beside this program as it was built, else where it was installed. */
static int elsewhere(struct spe_error *e)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - sizeof(PROGRAM));
	char *name;

	path[n > 0 ? n : 0] = '\0';
	name = strrchr(path, '/');
	if (name) {
		memcpy(name + 1, PROGRAM, sizeof(PROGRAM));
		execv(path, cli_words);
	}
	execv(SPE_LIBEXECDIR "/" PROGRAM, cli_words);
	spe_fail(e, SPE_E_INTERNAL, "%s can't be run: %s", SPE_LIBEXECDIR "/" PROGRAM, strerror(errno));
	spe_remedy(e, "install it with spe-cli; it reads and packs files");
	return -SPE_E_INTERNAL;
}

int cmd_check(struct cli *c, struct spe_error *e)
{
	return elsewhere(e);
}

int cmd_policy_check(struct cli *c, struct spe_error *e)
{
	return elsewhere(e);
}

int cmd_profile_check(struct cli *c, struct spe_error *e)
{
	return elsewhere(e);
}

int cmd_verify(struct cli *c, struct spe_error *e)
{
	return elsewhere(e);
}

int cmd_holding_describe(struct cli *c, struct spe_error *e)
{
	return elsewhere(e);
}

int cmd_holding_dummy(struct cli *c, struct spe_error *e)
{
	return elsewhere(e);
}

int pack_directory(const char *dir, int *ret_fd, struct spe_error *e)
{
	return elsewhere(e);
}

int pack_layout(const char *dir, int *ret_fd, struct spe_error *e)
{
	return elsewhere(e);
}
