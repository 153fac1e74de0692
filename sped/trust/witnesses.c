/* trust/witnesses.c - see spe/witnesses.h. */
#include "spe/witnesses.h"

#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
#include "sped/base/json.h"
#include "sped/trust/data.h"

static const char *const kind_names[WITNESS_KINDS] = { "file", "command", "spe" };

const char *witness_kind_name(enum witness_kind kind)
{
	return kind_names[kind];
}

void witnesses_free(struct witnesses *w)
{
	free(w->text);
	*w = (struct witnesses){ 0 };
}

struct line {
	const char *what;
	unsigned number;
	char *word[WITNESS_WORDS_MAX + 2]; /* a name and a kind go before a command's */
	size_t words;
};

static int seconds_take(const struct line *l, int max, int *ret, struct spe_error *e)
{
	char *end = NULL;
	long n = l->words == 2 ? strtol(l->word[1], &end, 10) : 0;

	if (!end || *end || l->word[1][0] < '0' || l->word[1][0] > '9' || n < 1 || n > max)
		return spe_fail(e, SPE_E_INPUT, "%s:%u: %s wants a number of seconds, 1 to %d", l->what, l->number, l->word[0], max);
	*ret = (int)n;
	return 0;
}

static int kind_of(const char *word)
{
	int i;

	for (i = 0; i < WITNESS_KINDS; i++)
		if (strcmp(kind_names[i], word) == 0)
			return i;
	return -1;
}

static int name_check(const struct line *l, const struct witnesses *w, struct spe_error *e)
{
	size_t i;

	if (!name_ok(l->word[0]))
		return spe_fail(e, SPE_E_INPUT, "%s:%u: %.40s is no name; letters, digits, dot, dash and underscore are taken", l->what, l->number,
			l->word[0]);
	for (i = 0; i < w->count; i++)
		if (strcmp(w->one[i].name, l->word[0]) == 0)
			return spe_fail(e, SPE_E_INPUT, "%s:%u: %.40s is the name of another witness already", l->what, l->number, l->word[0]);
	return w->count < WITNESSES_MAX ? 0 : spe_fail(e, SPE_E_INPUT, "%s:%u: at most %d witnesses are taken", l->what, l->number, WITNESSES_MAX);
}

static int witness_take(const struct line *l, struct witnesses *w, struct spe_error *e)
{
	struct witness *one = &w->one[w->count];
	const int kind = l->words > 1 ? kind_of(l->word[1]) : -1;
	size_t i;

	TRY(name_check(l, w, e));
	if (kind < 0)
		return spe_fail(e, SPE_E_INPUT, "%s:%u: behind the name comes file, command or spe", l->what, l->number);
	if (l->words < 3 || l->word[2][0] != '/')
		return spe_fail(e, SPE_E_INPUT, "%s:%u: behind %s comes a path that begins with a slash", l->what, l->number, kind_names[kind]);
	if (kind != WITNESS_COMMAND && l->words > 3)
		return spe_fail(e, SPE_E_INPUT, "%s:%u: behind the path comes nothing; a path has no blanks", l->what, l->number);
	if (kind == WITNESS_SPE && strlen(l->word[2]) > WITNESS_SOCKET_MAX)
		return spe_fail(e, SPE_E_INPUT, "%s:%u: the path of a socket has at most %u bytes", l->what, l->number, WITNESS_SOCKET_MAX);
	one->name = l->word[0];
	one->kind = (enum witness_kind)kind;
	for (i = 2; i < l->words; i++)
		one->word[one->words++] = l->word[i];
	w->count++;
	return 0;
}

static int line_words(struct line *l, char *p, struct spe_error *e)
{
	char *rest = NULL, *word;

	for (word = strtok_r(p, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest)) {
		if (l->words == WITNESS_WORDS_MAX + 2)
			return spe_fail(e, SPE_E_INPUT, "%s:%u: more than %d words", l->what, l->number, WITNESS_WORDS_MAX + 2);
		l->word[l->words++] = word;
	}
	return 0;
}

static int line_take(char *p, const char *what, unsigned number, struct witnesses *w, struct spe_error *e)
{
	struct line l = { .what = what, .number = number };
	char *c;

	p[strcspn(p, "#")] = '\0';
	for (c = p; *c; c++)
		if (*c != '\t' && (*c < ' ' || *c > '~'))
			return spe_fail(e, SPE_E_INPUT, "%s:%u: a byte that is not printable ASCII", what, number);
	TRY(line_words(&l, p, e));
	if (l.words == 0)
		return 0;
	if (strcmp(l.word[0], "every") == 0)
		return seconds_take(&l, WITNESS_EVERY_MAX_S, &w->every_s, e);
	if (strcmp(l.word[0], "timeout") == 0)
		return seconds_take(&l, WITNESS_TIMEOUT_MAX_S, &w->timeout_s, e);
	return witness_take(&l, w, e);
}

static int lines_take(struct witnesses *w, size_t len, const char *what, struct spe_error *e)
{
	char *p = w->text, *end = w->text + len, *n;
	unsigned number = 0;

	for (; p < end; p = n + 1) {
		n = memchr(p, '\n', (size_t)(end - p));
		n = n ? n : end;
		*n = '\0';
		TRY(line_take(p, what, ++number, w, e));
	}
	return 0;
}

int witnesses_parse(const char *text, size_t len, const char *what, struct witnesses *ret, struct spe_error *e)
{
	struct witnesses w = { .every_s = WITNESS_EVERY_DEFAULT_S, .timeout_s = WITNESS_TIMEOUT_DEFAULT_S };
	int r;

	if (len > WITNESSES_TEXT_MAX)
		return spe_fail(e, SPE_E_INPUT, "%s has more than %u bytes", what, WITNESSES_TEXT_MAX);
	if (len > 0 && memchr(text, '\0', len))
		return spe_fail(e, SPE_E_INPUT, "%s has a NUL byte", what);
	w.text = calloc(1, len + 1);
	if (!w.text)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	if (len > 0)
		memcpy(w.text, text, len);
	r = lines_take(&w, len, what, e);
	if (r < 0)
		witnesses_free(&w);
	else
		*ret = w;
	return r;
}
