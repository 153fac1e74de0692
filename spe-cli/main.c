/* spe-cli - the researchers', checkers', operators' and auditors' side of sped.
 * Runs as: the person who typed it. Hears: the command line, files named on it, sped's answers.
 * Touches: files named on the command line, the socket of sped, ssh-keygen for signatures.
 * Leaves alone: deciding anything; sped authorises each call by the caller's uid. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "spe-cli/cli.h"
#include "spe-cli/show.h"
#include "spe-cli/talk.h"
#include "sped/base/json.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0.1.0"
#endif
#define SOCKET_DEFAULT SPE_RUNDIR "/sped.sock"

static const char *socket_path(const struct cli *c)
{
	const char *path = cli_value(c, "socket");

	if (!path)
		path = getenv("SPE_SOCKET");
	return path && path[0] ? path : SOCKET_DEFAULT;
}

static int act(struct cli *c, struct spe_error *e)
{
	int r;

	if (!(c->command->how & OFFLINE) || cli_has(c, "replay")) {
		r = talk_new(&c->talk, socket_path(c), !cli_json(c), e);
		if (r < 0)
			return r;
	}
	r = c->command->act(c, e);
	talk_free(c->talk);
	return r;
}

static int answer(struct cli *c, struct spe_error *e)
{
	if (cli_has(c, "help")) {
		if (c->command)
			help_command(c->command);
		else if (c->verb)
			help_verb(c->verb);
		else
			help_all();
		return 0;
	}
	if (cli_has(c, "version")) {
		printf("spe-cli %s\n", PACKAGE_VERSION);
		return 0;
	}
	if (cli_has(c, "complete-words")) {
		help_words();
		return 0;
	}
	return act(c, e);
}

/* Else what is asked for could be another thing than what was typed: a list with a word less in it. */
static void no_memory(void)
{
	fputs("spe-cli: out of memory\n", stderr);
	exit(1);
}

int main(int argc, char **argv)
{
	struct spe_error e = { 0 };
	struct cli c = { 0 };
	int r;

	json_memory(no_memory);
	r = cli_parse(&c, argc, argv, &e);

	if (r == 0)
		r = answer(&c, &e);
	if (fflush(stdout) != 0 || ferror(stdout))
		r = spe_fail(&e, SPE_E_INTERNAL, "standard output can't be written");
	if (r < 0) {
		show_error(&e);
		if (c.usage_error && c.command)
			help_usage(c.command);
		r = spe_code_exit((enum spe_code) - r);
	}
	cli_free(&c);
#if defined(SPE_SANITIZERS) || defined(SPE_COVERAGE)
	return r;
#else
	_exit(r); /* what its libraries would still do takes longer than a call of sped */
#endif
}
