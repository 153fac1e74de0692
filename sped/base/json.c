/* base/json.c - see json.h. */
#include "sped/base/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
#include "spe/limits.h"
#include "sped/base/buf.h"

int json_parse(const char *text, size_t len, const char *what, json_t **ret, struct spe_error *e)
{
	json_error_t err;
	json_t *j = json_loadb(text, len, JSON_REJECT_DUPLICATES, &err);

	if (!j)
		return spe_fail(e, SPE_E_INPUT, "%s: line %d column %d: %s", what, err.line,
			err.column, err.text);
	if (!json_is_object(j)) {
		json_decref(j);
		return spe_fail(e, SPE_E_INPUT, "%s: line 1: a JSON object is wanted", what);
	}
	*ret = j;
	return 0;
}

int json_fd(int fd, size_t max, const char *what, json_t **ret, struct spe_error *e)
{
	auto_free char *text = NULL;
	size_t len;
	int r = io_read_at(fd, max, &text, &len);

	if (r == -EFBIG)
		return spe_fail(e, SPE_E_TOO_LARGE, "%s is larger than %zu bytes", what, max);
	if (r < 0)
		return spe_fail(e, SPE_E_INTERNAL, "%s can't be read: %s", what, strerror(-r));
	return json_parse(text, len, what, ret, e);
}

int json_memfd(const json_t *j, int *ret_fd)
{
	auto_free char *text = json_dumps(j, JSON_COMPACT);

	if (!text)
		return -ENOMEM;
	return io_memfd(text, strlen(text), ret_fd);
}

int json_want_string(const json_t *o, const char *where, const char *field, size_t max,
	const char **ret, struct spe_error *e)
{
	const json_t *v = json_object_get(o, field);
	size_t len;

	if (!v)
		return spe_fail(e, SPE_E_INPUT, "%s.%s is missing", where, field);
	if (!json_is_string(v))
		return spe_fail(e, SPE_E_INPUT, "%s.%s must be a string", where, field);
	len = json_string_length(v);
	if (len == 0 || len > max)
		return spe_fail(e, SPE_E_INPUT, "%s.%s has %zu bytes; 1 to %zu are taken", where,
			field, len, max);
	*ret = json_string_value(v);
	return 0;
}

int json_want_int(const json_t *o, const char *where, const char *field, json_int_t min,
	json_int_t max, json_int_t *ret, struct spe_error *e)
{
	const json_t *v = json_object_get(o, field);
	json_int_t n;

	if (!v)
		return spe_fail(e, SPE_E_INPUT, "%s.%s is missing", where, field);
	if (!json_is_integer(v))
		return spe_fail(e, SPE_E_INPUT, "%s.%s must be a whole number", where, field);
	n = json_integer_value(v);
	if (n < min || n > max)
		return spe_fail(e, SPE_E_INPUT, "%s.%s is %lld; %lld to %lld are taken", where,
			field, (long long)n, (long long)min, (long long)max);
	*ret = n;
	return 0;
}

int json_want_array(const json_t *o, const char *where, const char *field, size_t max,
	json_t **ret, struct spe_error *e)
{
	json_t *v = json_object_get(o, field);

	if (!v)
		return spe_fail(e, SPE_E_INPUT, "%s.%s is missing", where, field);
	if (!json_is_array(v))
		return spe_fail(e, SPE_E_INPUT, "%s.%s must be a list", where, field);
	if (json_array_size(v) > max)
		return spe_fail(e, SPE_E_INPUT, "%s.%s has %zu entries; at most %zu are taken",
			where, field, json_array_size(v), max);
	*ret = v;
	return 0;
}

int json_want_object(const json_t *o, const char *where, const char *field, json_t **ret,
	struct spe_error *e)
{
	json_t *v = json_object_get(o, field);

	if (!v)
		return spe_fail(e, SPE_E_INPUT, "%s.%s is missing", where, field);
	if (!json_is_object(v))
		return spe_fail(e, SPE_E_INPUT, "%s.%s must be an object", where, field);
	*ret = v;
	return 0;
}

int json_only(const json_t *o, const char *where, const char *const *fields, struct spe_error *e)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)o, key, v) {
		const char *const *f = fields;

		while (*f && strcmp(*f, key) != 0)
			f++;
		if (!*f) {
			spe_fail(e, SPE_E_INPUT, "%s has the unknown field \"%.60s\"", where, key);
			spe_remedy(e, "remove it, or correct its spelling");
			return -SPE_E_INPUT;
		}
	}
	return 0;
}

const char *json_str(const json_t *o, const char *field)
{
	const char *s = json_string_value(json_object_get(o, field));

	return s ? s : "";
}

json_int_t json_int(const json_t *o, const char *field)
{
	return json_integer_value(json_object_get(o, field));
}

bool json_flag(const json_t *o, const char *field)
{
	return json_is_true(json_object_get(o, field));
}

bool name_ok(const char *s)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

	return n > 0 && n <= SPE_NAME_MAX && s[n] == '\0' && s[0] != '.' && s[0] != '_' &&
	       s[0] != '-' && !strstr(s, "..");
}

static void (*no_memory)(void);

static void *room(size_t n)
{
	void *p = malloc(n > 0 ? n : 1);

	if (!p)
		no_memory();
	return p;
}

void json_memory(void (*none)(void))
{
	no_memory = none;
	json_set_alloc_funcs(room, free);
}
