/* base/json.h - strict JSON by jansson: no duplicate keys, no NUL in strings, bounded; and
 * getters that name the field that is off. Context: any program but sped; no globals. */
#ifndef SPE_BASE_JSON_H
#define SPE_BASE_JSON_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "spe/err.h"

static inline void json_auto_free(json_t **j)
{
	json_decref(*j);
}
#define auto_json __attribute__((cleanup(json_auto_free)))

/* json_parse - an object, whole text used. what names the text in the error ("permit"), which
 * gives line and column. The caller owns *ret. Returns 0 or -SPE_E_INPUT. */
int json_parse(const char *text, size_t len, const char *what, json_t **ret, struct spe_error *e);
/* json_fd - json_parse of what lies behind a descriptor, at most max bytes. */
int json_fd(int fd, size_t max, const char *what, json_t **ret, struct spe_error *e);
/* json_memfd - the compact text of j as a sealed memfd. Returns 0 or -errno. */
int json_memfd(const json_t *j, int *ret_fd);

/* A field of an object; where names the object in errors ("permit", "data[0]"). A string has 1 to max
 * bytes. Returns 0 or -SPE_E_INPUT with a sentence naming where.field. Borrowed, not owned. */
int json_want_string(const json_t *o, const char *where, const char *field, size_t max,
	const char **ret, struct spe_error *e);
int json_want_int(const json_t *o, const char *where, const char *field, json_int_t min,
	json_int_t max, json_int_t *ret, struct spe_error *e);
int json_want_array(const json_t *o, const char *where, const char *field, size_t max,
	json_t **ret, struct spe_error *e);
int json_want_object(const json_t *o, const char *where, const char *field, json_t **ret,
	struct spe_error *e);
/* json_only - every key of o is in the NULL-terminated list. */
int json_only(const json_t *o, const char *where, const char *const *fields, struct spe_error *e);

/* json_memory - from here on Jansson calls none, which does not return, where it has no memory: most of its calls give no sign
 * of it that is looked at, and what could not be added is a record with less in it. */
void json_memory(void (*none)(void));
/* Shorthand for our own records, where an absent or odd field is "" or 0. */
const char *json_str(const json_t *o, const char *field);
json_int_t json_int(const json_t *o, const char *field);
bool json_flag(const json_t *o, const char *field);

/* name_ok - an id people type: 1 to SPE_NAME_MAX of [A-Za-z0-9._-], starting with a letter or
 * digit, no "..". Usable as one path component. */
bool name_ok(const char *s);
#endif
