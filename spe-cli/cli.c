/* spe-cli/cli.c - see cli.h: the command line. */
#include "spe-cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char **cli_words;

int cli_wrong(struct cli *c, struct spe_error *e, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	c->usage_error = true;
	return spe_fail(e, SPE_E_INPUT, "%s", text);
}

const char *cli_each(const struct cli *c, const char *option, size_t *at)
{
	for (; *at < c->given_count; (*at)++)
		if (strcmp(c->given[*at].word->name, option) == 0)
			return c->given[(*at)++].value;
	return NULL;
}

const char *cli_value(const struct cli *c, const char *option)
{
	size_t at = 0;

	return cli_each(c, option, &at);
}

bool cli_has(const struct cli *c, const char *option)
{
	return cli_value(c, option) != NULL;
}

bool cli_json(const struct cli *c)
{
	return cli_has(c, "json");
}

int cli_want(struct cli *c, const char *option, const char **ret, struct spe_error *e)
{
	const char *value = cli_value(c, option);

	if (!value)
		return cli_wrong(c, e, "--%s is missing", option);
	*ret = value;
	return 0;
}

const struct option_word *option_find(const char *name, size_t len)
{
	const struct option_word *w;

	for (w = option_words; w->name; w++)
		if (strlen(w->name) == len && memcmp(w->name, name, len) == 0)
			return w;
	return NULL;
}

static const struct option_word *letter_find(char letter)
{
	const struct option_word *w;

	for (w = option_words; w->name; w++)
		if (w->letter && w->letter == letter)
			return w;
	return NULL;
}

static bool word_in(const char *list, const char *word)
{
	size_t n = strlen(word);
	const char *p;

	for (p = list; (p = strstr(p, word)); p += n)
		if ((p == list || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
			return true;
	return false;
}

bool command_takes(const struct command *k, const char *option)
{
	return word_in("json socket help version", option) || (k && word_in(k->options, option)) ||
	       (!k && strcmp(option, "complete-words") == 0);
}

static int give(struct cli *c, const struct option_word *w, const char *value, struct spe_error *e)
{
	if (!w->many && cli_has(c, w->name))
		return cli_wrong(c, e, "--%s is given twice", w->name);
	c->given[c->given_count++] = (struct given){ w, value };
	return 0;
}

/* --name, --name=value, --name value, -o value. *at stands on the word and moves over a value. */
static int take_option(struct cli *c, int argc, char **argv, int *at, struct spe_error *e)
{
	const char *word = argv[*at], *equals = NULL;
	const struct option_word *w = NULL;

	if (word[1] == '-') {
		equals = strchr(word, '=');
		w = option_find(word + 2, equals ? (size_t)(equals - word) - 2 : strlen(word) - 2);
	} else if (word[2] == '\0') {
		w = letter_find(word[1]);
	}
	if (!w || !command_takes(c->command, w->name))
		return cli_wrong(c, e, "there is no option \"%.*s\"%s%s",
			equals ? (int)(equals - word) : 80, word, c->command ? " here" : "",
			c->command ? "" : " before a verb");
	if (!w->value && equals)
		return cli_wrong(c, e, "--%s takes no value", w->name);
	if (!w->value)
		return give(c, w, "", e);
	if (equals)
		return give(c, w, equals + 1, e);
	if (*at + 1 >= argc)
		return cli_wrong(c, e, "--%s wants a value: %s", w->name, w->value);
	return give(c, w, argv[++*at], e);
}

static bool verb_known(const char *verb)
{
	const struct command *k;

	for (k = commands; k->verb; k++)
		if (strcmp(k->verb, verb) == 0)
			return true;
	return false;
}

static const struct command *command_find(const char *verb, const char *sub)
{
	const struct command *k;

	for (k = commands; k->verb; k++) {
		bool same_sub = !sub || !k->sub ? sub == k->sub : strcmp(sub, k->sub) == 0;

		if (strcmp(k->verb, verb) == 0 && same_sub)
			return k;
	}
	return NULL;
}

static int take_word(struct cli *c, char *word, struct spe_error *e)
{
	if (c->command) {
		c->operand[c->operands++] = word;
		return 0;
	}
	if (c->verb) {
		c->command = command_find(c->verb, word);
		if (c->command)
			return 0;
		spe_fail(e, SPE_E_INPUT, "there is no \"%.80s %.80s\"", c->verb, word);
		spe_remedy(e, "try: spe-cli %.80s --help", c->verb);
		return -SPE_E_INPUT;
	}
	if (!verb_known(word)) {
		spe_fail(e, SPE_E_INPUT, "there is no verb \"%.80s\"", word);
		spe_remedy(e, "try: spe-cli --help");
		return -SPE_E_INPUT;
	}
	c->verb = word;
	c->command = command_find(word, NULL);
	return 0;
}

static bool wants_no_command(const struct cli *c)
{
	return cli_has(c, "help") || cli_has(c, "version") || cli_has(c, "complete-words");
}

static int count_operands(struct cli *c, struct spe_error *e)
{
	const struct command *k = c->command;

	if (wants_no_command(c))
		return 0;
	if (!c->verb) {
		spe_fail(e, SPE_E_INPUT, "a verb is missing");
		spe_remedy(e, "try: spe-cli --help");
		return -SPE_E_INPUT;
	}
	if (!k) {
		spe_fail(e, SPE_E_INPUT, "\"%s\" wants a second word", c->verb);
		spe_remedy(e, "try: spe-cli %s --help", c->verb);
		return -SPE_E_INPUT;
	}
	if (c->operands < k->min)
		return cli_wrong(c, e, "something is missing after \"%s%s%s\"", k->verb,
			k->sub ? " " : "", k->sub ? k->sub : "");
	if (k->max >= 0 && c->operands > k->max)
		return cli_wrong(c, e, "\"%.80s\" is one word too many%s", c->operand[k->max],
			k->how & TAIL ? "; the command stands after --" : "");
	if (k->how & TAIL && c->tails == 0)
		return cli_wrong(c, e, "the command is missing; it stands after --");
	return 0;
}

int cli_parse(struct cli *c, int argc, char **argv, struct spe_error *e)
{
	bool words_only = false;
	int i, r = 0;

	cli_words = argv;
	c->given = calloc((size_t)argc + 1, sizeof(*c->given));
	c->operand = calloc((size_t)argc + 1, sizeof(*c->operand));
	if (!c->given || !c->operand)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	for (i = 1; i < argc && r == 0; i++) {
		if (!words_only && strcmp(argv[i], "--") == 0) {
			words_only = true;
			if (!c->command || !(c->command->how & TAIL))
				continue;
			c->tail = argv + i + 1;
			c->tails = argc - i - 1;
			break;
		}
		if (!words_only && argv[i][0] == '-' && argv[i][1])
			r = take_option(c, argc, argv, &i, e);
		else
			r = take_word(c, argv[i], e);
	}
	return r < 0 ? r : count_operands(c, e);
}

void cli_free(struct cli *c)
{
	free(c->given);
	free(c->operand);
}
