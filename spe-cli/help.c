/* spe-cli/help.c - help, usage lines and the words for completion, all from the table of commands. */
#include <stdio.h>
#include <string.h>

#include "spe-cli/cli.h"

static void usage_words(FILE *to, const struct command *k)
{
	fprintf(to, "spe-cli %s%s%s%s%s", k->verb, k->sub ? " " : "", k->sub ? k->sub : "",
		k->usage[0] ? " " : "", k->usage);
}

static void summary(const struct command *k)
{
	printf("  ");
	usage_words(stdout, k);
	printf("\n      %.*s\n", (int)strcspn(k->help, "\n"), k->help);
}

static void option_line(const struct option_word *w)
{
	char left[64];

	snprintf(left, sizeof(left), "%s%c%s--%s%s%s", w->letter ? "-" : " ",
		w->letter ? w->letter : ' ', w->letter ? ", " : "  ", w->name, w->value ? " " : "",
		w->value ? w->value : "");
	printf("  %-30s %s\n", left, w->help);
}

void help_usage(const struct command *k)
{
	fprintf(stderr, "usage: ");
	usage_words(stderr, k);
	fprintf(stderr, "\n");
}

void help_all(void)
{
	const struct command *k;

	printf("usage: spe-cli [--socket PATH] [--json] VERB ...\n\n");
	for (k = commands; k->verb; k++)
		summary(k);
	printf("\n`spe-cli VERB --help` says more of one verb; spe-cli(1) says all.\n"
	       "Exit statuses: 0 done, 1 failed, 2 wrong usage or input, 3 not found, 4 refused by\n"
	       "policy, 5 not authorised, 6 no daemon.\n");
}

void help_verb(const char *verb)
{
	const struct command *k;

	printf("usage: spe-cli %s ...\n\n", verb);
	for (k = commands; k->verb; k++)
		if (strcmp(k->verb, verb) == 0)
			summary(k);
	printf("\n`spe-cli %s WORD --help` says more of one of them.\n", verb);
}

void help_command(const struct command *k)
{
	const struct option_word *w;

	printf("usage: ");
	usage_words(stdout, k);
	printf("\n\n%s\n\n", k->help);
	for (w = option_words; w->name; w++)
		if (command_takes(k, w->name) && strcmp(w->name, "version") != 0)
			option_line(w);
	printf("\nexample: spe-cli %s\n", k->example);
}

/* One command a line with its options, for completions/spe-cli.bash. */
void help_words(void)
{
	const struct option_word *w;
	const struct command *k;

	for (k = commands; k->verb; k++) {
		printf("%s %s", k->verb, k->sub ? k->sub : "-");
		for (w = option_words; w->name; w++)
			if (command_takes(k, w->name) && strcmp(w->name, "version") != 0)
				printf(" --%s", w->name);
		printf("\n");
	}
}
