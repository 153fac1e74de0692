/* trust/fields.h - fields of a permit or description: names, texts, words from a list.
 * Each returns 0 or -SPE_E_INPUT with a sentence that names where.field. Pure. */
#ifndef SPE_TRUST_FIELDS_H
#define SPE_TRUST_FIELDS_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "spe/err.h"

#define FIELD_WHERE 256 /* room for "permit.data[63].rows[999]" and the like */

/* field_at - where a thing is, printed; cut where it does not fit. */
void field_at(char at[FIELD_WHERE], const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* field_brief - at most 60 bytes of s, cut between characters, for sentences. */
const char *field_brief(const char *s, char room[64]);
/* field_absent - not there, or null. */
bool field_absent(const json_t *o, const char *field);
/* field_text - 1 to max bytes without control characters; lines: newlines and tabs are fine. */
int field_text(const json_t *o, const char *where, const char *field, size_t max, bool lines,
	const char **ret, struct spe_error *e);
/* field_name - as name_ok of base/json.h wants it. */
int field_name(const json_t *o, const char *where, const char *field, const char **ret,
	struct spe_error *e);
/* field_word - one of the NULL-terminated words; rule lists them for people. */
int field_word(const json_t *o, const char *where, const char *field, const char *const *words,
	const char *rule, const char **ret, struct spe_error *e);

struct field_list {
	const char *field;
	size_t max; /* entries; at least one */
	bool (*fits)(const char *s);
	const char *rule; /* "a date is wanted" */
};
/* field_strings - a list of different strings that fit. ret may be NULL. */
int field_strings(const json_t *o, const char *where, const struct field_list *l, json_t **ret,
	struct spe_error *e);
/* field_list_check - the same for a value at hand; where names it whole. */
int field_list_check(
	const json_t *list, const char *where, const struct field_list *l, struct spe_error *e);
/* field_objects - a list of 1 to max objects. */
int field_objects(const json_t *o, const char *where, const char *field, size_t max, json_t **ret,
	struct spe_error *e);
/* field_text_ok - what field_text asks of a text on one line. */
bool field_text_ok(const char *s);
bool field_word_in(const char *s, const char *const *words);
#endif
