/* trust/fields.c - see fields.h. */
#include "sped/trust/fields.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "spe/limits.h"
#include "sped/base/json.h"

void field_at(char at[FIELD_WHERE], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(at, FIELD_WHERE, fmt, ap);
	va_end(ap);
}

const char *field_brief(const char *s, char room[64])
{
	size_t n = strnlen(s, 61);

	if (n == 61)
		for (n = 60; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80;)
			n--;
	memcpy(room, s, n);
	room[n] = '\0';
	return room;
}

bool field_absent(const json_t *o, const char *field)
{
	const json_t *v = json_object_get(o, field);

	return !v || json_is_null(v);
}

static bool text_ok(const char *s, bool lines)
{
	for (; *s; s++)
		if (((unsigned char)*s < 0x20 && !(lines && (*s == '\n' || *s == '\t'))) ||
			*s == 0x7f)
			return false;
	return true;
}

bool field_text_ok(const char *s)
{
	size_t n = strnlen(s, 2001);

	return n > 0 && n <= 2000 && text_ok(s, false);
}

int field_text(const json_t *o, const char *where, const char *field, size_t max, bool lines,
	const char **ret, struct spe_error *e)
{
	int r = json_want_string(o, where, field, max, ret, e);

	if (r < 0)
		return r;
	if (!text_ok(*ret, lines))
		return spe_fail(e, SPE_E_INPUT,
			"%s.%s has control characters; plain text is wanted", where, field);
	return 0;
}

int field_name(const json_t *o, const char *where, const char *field, const char **ret,
	struct spe_error *e)
{
	int r = json_want_string(o, where, field, SPE_NAME_MAX, ret, e);
	char room[64];

	if (r < 0)
		return r;
	if (!name_ok(*ret))
		return spe_fail(e, SPE_E_INPUT,
			"%s.%s is \"%s\"; letters, digits, '.', '_' and '-' are taken, a letter or digit first",
			where, field, field_brief(*ret, room));
	return 0;
}

bool field_word_in(const char *s, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(s, *words) == 0)
			return true;
	return false;
}

int field_word(const json_t *o, const char *where, const char *field, const char *const *words,
	const char *rule, const char **ret, struct spe_error *e)
{
	const char *s;
	char room[64];
	int r = json_want_string(o, where, field, SPE_BODY_MAX, &s, e);

	if (r < 0)
		return r;
	if (!field_word_in(s, words))
		return spe_fail(e, SPE_E_INPUT, "%s.%s is \"%s\"; %s", where, field,
			field_brief(s, room), rule);
	if (ret)
		*ret = s;
	return 0;
}

/* seen: what came before, as keys; a list may have thousands. */
static int entry_check(const json_t *list, size_t i, const char *where, const struct field_list *l,
	json_t *seen, struct spe_error *e)
{
	const char *s = json_string_value(json_array_get(list, i));
	char room[64];

	if (!s)
		return spe_fail(e, SPE_E_INPUT, "%s[%zu] must be a string", where, i);
	if (!l->fits(s))
		return spe_fail(e, SPE_E_INPUT, "%s[%zu] is \"%s\"; %s", where, i,
			field_brief(s, room), l->rule);
	if (json_object_get(seen, s))
		return spe_fail(
			e, SPE_E_INPUT, "%s[%zu] repeats \"%s\"", where, i, field_brief(s, room));
	if (json_object_set_new(seen, s, json_true()) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "there is no memory for %s", where);
	return 0;
}

int field_list_check(
	const json_t *list, const char *where, const struct field_list *l, struct spe_error *e)
{
	auto_json json_t *seen = json_object();
	size_t i, n = json_array_size(list);
	int r = 0;

	if (!json_is_array(list))
		return spe_fail(e, SPE_E_INPUT, "%s must be a list", where);
	if (n == 0 || n > l->max)
		return spe_fail(
			e, SPE_E_INPUT, "%s has %zu entries; 1 to %zu are taken", where, n, l->max);
	for (i = 0; r == 0 && i < n; i++)
		r = entry_check(list, i, where, l, seen, e);
	return r;
}

int field_strings(const json_t *o, const char *where, const struct field_list *l, json_t **ret,
	struct spe_error *e)
{
	json_t *list = json_object_get(o, l->field);
	char at[FIELD_WHERE];
	int r;

	if (!list)
		return spe_fail(e, SPE_E_INPUT, "%s.%s is missing", where, l->field);
	field_at(at, "%s.%s", where, l->field);
	r = field_list_check(list, at, l, e);
	if (r == 0 && ret)
		*ret = list;
	return r;
}

int field_objects(const json_t *o, const char *where, const char *field, size_t max, json_t **ret,
	struct spe_error *e)
{
	size_t i, n;
	int r = json_want_array(o, where, field, max, ret, e);

	if (r < 0)
		return r;
	n = json_array_size(*ret);
	if (n == 0)
		return spe_fail(
			e, SPE_E_INPUT, "%s.%s has no entry; at least one is wanted", where, field);
	for (i = 0; i < n; i++)
		if (!json_is_object(json_array_get(*ret, i)))
			return spe_fail(
				e, SPE_E_INPUT, "%s.%s[%zu] must be an object", where, field, i);
	return 0;
}
