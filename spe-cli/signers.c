/* spe-cli/signers.c - see signers.h. */
#include "spe-cli/signers.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
#include "spe/sshsig.h"
#include "sped/base/json.h"

#define BLANKS " \t"

void signers_free(struct signers *s)
{
	size_t i;

	for (i = 0; i < s->count; i++) {
		free(s->signer[i].person);
		free(s->signer[i].key);
	}
	free(s->signer);
	*s = (struct signers){ 0 };
}

int signers_has(const struct signers *s, const char *person, const char *key)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (strcmp(s->signer[i].person, person) == 0 && strcmp(s->signer[i].key, key) == 0)
			return 1;
	return 0;
}

static bool starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static bool is_key(const char *s)
{
	return starts(s, "ssh-") || starts(s, "ecdsa-") || starts(s, "sk-");
}

static bool list_has(const char *list, size_t len, const char *word)
{
	size_t n = strlen(word), at, end;

	for (at = 0; at <= len; at = end + 1) {
		end = at;
		while (end < len && list[end] != ',')
			end++;
		if (end - at == n && memcmp(list + at, word, n) == 0)
			return true;
	}
	return false;
}

/* namespaces="..." and then the key. *ret_for_us: the line speaks of this namespace. */
static const char *options_skip(const char *p, const char *ns, bool *ret_for_us)
{
	const char *end;

	*ret_for_us = true;
	if (is_key(p))
		return p;
	if (!starts(p, "namespaces=\""))
		return NULL;
	p += sizeof("namespaces=\"") - 1;
	end = strchr(p, '"');
	if (!end || !strchr(BLANKS, end[1]) || end[1] == '\0')
		return NULL;
	*ret_for_us = list_has(p, (size_t)(end - p), ns);
	return end + 1 + strspn(end + 1, BLANKS);
}

static int signer_add(struct signers *s, const char *person, const char *key)
{
	struct signer one = { strdup(person), strdup(key) };

	if (!one.person || !one.key) {
		free(one.person);
		free(one.key);
		return -SPE_E_INTERNAL;
	}
	s->signer[s->count++] = one;
	return 0;
}

static int people_add(struct signers *s, char *people, const char *key, const char *what,
	size_t number, struct spe_error *e)
{
	char *rest = NULL, *person;

	for (person = strtok_r(people, ",", &rest); person; person = strtok_r(NULL, ",", &rest)) {
		if (!name_ok(person))
			return spe_fail(e, SPE_E_INPUT,
				"%s: line %zu: \"%.60s\" is not the id of one person", what, number,
				person);
		if (s->count == SIGNERS_MAX)
			return spe_fail(e, SPE_E_INPUT, "%s: more than %d keys", what, SIGNERS_MAX);
		if (signer_add(s, person, key) < 0)
			return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	}
	return 0;
}

static int line_parse(struct signers *s, char *line, const char *ns, const char *what,
	size_t number, struct spe_error *e)
{
	char key[SSHKEY_TEXT_MAX];
	size_t people = strcspn(line, BLANKS);
	const char *rest = line + people + strspn(line + people, BLANKS);
	struct spe_error why;
	bool for_us;

	if (line[0] == '\0' || line[0] == '#')
		return 0;
	line[people] = '\0';
	rest = options_skip(rest, ns, &for_us);
	if (!rest)
		return spe_fail(e, SPE_E_INPUT,
			"%s: line %zu: PERSON [namespaces=\"...\"] TYPE KEY is wanted; other options are not understood",
			what, number);
	if (sshkey_check(rest, key, NULL, &why) < 0)
		return spe_fail(e, SPE_E_INPUT, "%s: line %zu: %s", what, number, why.text);
	return for_us ? people_add(s, line, key, what, number, e) : 0;
}

int signers_parse(const char *text, size_t len, const char *ns, const char *what,
	struct signers *ret, struct spe_error *e)
{
	auto_free char *copy = strndup(text, len);
	size_t number = 0;
	char *line, *next;
	int r = 0;

	if (strlen(text) != len || len > SIGNERS_TEXT_MAX)
		return spe_fail(e, SPE_E_INPUT, "%s is not a list of keys", what);
	ret->signer = calloc(SIGNERS_MAX, sizeof(*ret->signer));
	if (!copy || !ret->signer)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	for (line = copy; line && r == 0; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		r = line_parse(ret, line, ns, what, ++number, e);
	}
	return r;
}
