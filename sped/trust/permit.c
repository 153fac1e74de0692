/* trust/permit.c - see spe/permit.h and spe-permit(5).
 * Law: Regulation (EU) 2025/327, Articles 53, 68 to 71. */
#include "spe/permit.h"
#include "spe/profile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "spe/cleanup.h"
#include "spe/limits.h"
#include "sped/base/hex.h"
#include "sped/base/json.h"
#include "sped/trust/data.h"
#include "sped/trust/day.h"
#include "sped/trust/fields.h"

#define YEARS_MAX 10       /* Article 68(12): the duration of a permit */
#define ERASE_DAYS_MAX 183 /* Article 68(12): data erased within 6 months of its end */
#define DECISIONS_DEFAULT 2
#define TIME_DEFAULT 86400


/* ---- words ---- */

static const char *const media_types[] = { "text/csv", "text/tab-separated-values", "text/plain",
	"text/markdown", "application/json", "application/pdf", "image/png", "image/jpeg",
	"image/svg+xml", "text/html", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.oasis.opendocument.spreadsheet",
	"application/vnd.oasis.opendocument.text", NULL };

static bool is_article53(const char *s)
{
	return s[0] >= 'a' && s[0] <= 'f' && s[1] == '\0';
}

static bool is_media_type(const char *s)
{
	return field_word_in(s, media_types);
}

static bool is_digest(const char *s)
{
	return strspn(s, "0123456789abcdef") == SHA256_TEXT - 1 && s[SHA256_TEXT - 1] == '\0';
}

static bool is_runtime(const char *s)
{
	return strcmp(s, "host") == 0 || (strncmp(s, "sha256:", 7) == 0 && is_digest(s + 7));
}

static bool is_role(const char *s)
{
	return strcmp(s, "principal-investigator") == 0 || strcmp(s, "researcher") == 0 ||
	       strcmp(s, "checker") == 0;
}

/* ---- sizes and times: a whole number and a unit ---- */

struct unit {
	char letter;
	int64_t times;
};

static const struct unit byte_units[] = { { 'K', 1ll << 10 }, { 'M', 1ll << 20 },
	{ 'G', 1ll << 30 }, { 'T', 1ll << 40 }, { 0, 0 } };
static const struct unit time_units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 },
	{ 0, 0 } };

/* At most six digits, so that the product fits. -1 where s is none. */
static int64_t amount_parse(const char *s, const struct unit *units)
{
	size_t digits = strspn(s, "0123456789"), i;
	int64_t n = 0;

	if (digits == 0 || digits > 6 || s[0] == '0' || s[digits] == '\0' || s[digits + 1] != '\0')
		return -1;
	for (i = 0; i < digits; i++)
		n = n * 10 + (s[i] - '0');
	for (; units->letter; units++)
		if (units->letter == s[digits])
			return n * units->times;
	return -1;
}

struct amount {
	const char *field;
	const struct unit *units;
	int64_t min, max;
	const char *rule;
};

static int want_amount(const json_t *o, const char *where, const struct amount *a, int64_t *ret,
	struct spe_error *e)
{
	const char *s;
	char room[64];
	int64_t n;

	TRY(json_want_string(o, where, a->field, 100, &s, e));
	n = amount_parse(s, a->units);
	if (n < a->min || n > a->max)
		return spe_fail(e, SPE_E_INPUT, "%s.%s is \"%s\"; %s", where, a->field,
			field_brief(s, room), a->rule);
	*ret = n;
	return 0;
}

/* ---- (a) data: data.c ---- */

static int data_check(struct permit *p, struct spe_error *e)
{
	return permit_data_check(p->root, &p->data, e);
}

/* ---- (b) purpose, (c) opt-out exception ---- */

static int purpose_check(struct permit *p, struct spe_error *e)
{
	static const char *const fields[] = { "article53", "text", NULL };
	static const struct field_list letters = { "article53", 6, is_article53,
		"a letter a to f of Article 53(1) is wanted" };
	json_t *purpose;

	TRY(json_want_object(p->root, "permit", "purpose", &purpose, e));
	TRY(json_only(purpose, "permit.purpose", fields, e));
	TRY(field_strings(purpose, "permit.purpose", &letters, NULL, e));
	return field_text(purpose, "permit.purpose", "text", 8000, true, &p->purpose, e);
}

static int opt_out_check(struct permit *p, struct spe_error *e)
{
	static const char *const fields[] = { "law", "text", NULL };
	const char *where = "permit.optOutException", *s;
	json_t *o;

	if (field_absent(p->root, "optOutException"))
		return 0;
	TRY(json_want_object(p->root, "permit", "optOutException", &o, e));
	TRY(json_only(o, where, fields, e));
	TRY(field_text(o, where, "law", 500, false, &s, e));
	return field_text(o, where, "text", 8000, true, &s, e);
}

/* ---- (d) persons ---- */

static int subject_check(const json_t *person, const char *where, struct spe_error *e)
{
	static const char *const fields[] = { "iss", "sub", NULL };
	char at[FIELD_WHERE];
	const char *s;
	json_t *o;

	if (field_absent(person, "subject"))
		return 0;
	TRY(json_want_object(person, where, "subject", &o, e));
	field_at(at, "%s.subject", where);
	TRY(json_only(o, at, fields, e));
	TRY(field_text(o, at, "iss", 500, false, &s, e));
	return field_text(o, at, "sub", 255, false, &s, e);
}

static unsigned roles_of(const json_t *list)
{
	unsigned roles = 0;
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		const char *s = json_string_value(json_array_get(list, i));

		roles |= s[0] == 'p' ? ROLE_PI : s[0] == 'r' ? ROLE_RESEARCHER : ROLE_CHECKER;
	}
	return roles;
}

static int person_check(
	struct permit *p, const json_t *person, const char *where, struct spe_error *e)
{
	static const char *const fields[] = { "id", "subject", "roles", NULL };
	static const struct field_list roles = { "roles", 3, is_role,
		"principal-investigator, researcher or checker is wanted" };
	struct permit_person *new = &p->person[p->person_count];
	json_t *list;

	TRY(json_only(person, where, fields, e));
	TRY(field_name(person, where, "id", &new->id, e));
	if (permit_roles(p, new->id) != 0)
		return spe_fail(e, SPE_E_INPUT,
			"%s.id repeats \"%.60s\"; give each person all roles at once", where,
			new->id);
	TRY(subject_check(person, where, e));
	TRY(field_strings(person, where, &roles, &list, e));
	new->roles = roles_of(list);
	if ((new->roles &ROLE_CHECKER) && new->roles != ROLE_CHECKER)
		return spe_fail(e, SPE_E_INPUT,
			"%s.roles has checker beside another role; nobody checks their own "
			"outputs",
			where);
	p->person_count++;
	return 0;
}

static int persons_check(struct permit *p, struct spe_error *e)
{
	const size_t max = sizeof(p->person) / sizeof(p->person[0]);
	char at[FIELD_WHERE];
	json_t *list;
	size_t i;

	TRY(field_objects(p->root, "permit", "persons", max, &list, e));
	for (i = 0; i < json_array_size(list); i++) {
		field_at(at, "permit.persons[%zu]", i);
		TRY(person_check(p, json_array_get(list, i), at, e));
	}
	for (i = 0; i < p->person_count; i++)
		if (p->person[i].roles & ROLE_PI)
			return 0;
	return spe_fail(e, SPE_E_INPUT,
		"permit.persons has no principal-investigator; Article 68(10)(d) wants one");
}

/* ---- (e) valid ---- */

static int valid_check(struct permit *p, struct spe_error *e)
{
	static const char *const fields[] = { "from", "until", "erased-by", NULL };
	const char *where = "permit.valid";
	struct day from, until, erased, last;
	json_t *o;

	TRY(json_want_object(p->root, "permit", "valid", &o, e));
	TRY(json_only(o, where, fields, e));
	TRY(day_want(o, where, "from", &from, e));
	TRY(day_want(o, where, "until", &until, e));
	TRY(day_want(o, where, "erased-by", &erased, e));
	last = (struct day){ from.y + YEARS_MAX, from.m, from.d };
	p->from = day_number(from) * 86400;
	p->until = day_number(until) * 86400 + 86399;
	p->erased_by = day_number(erased) * 86400 + 86399;
	if (day_number(from) >= day_number(until))
		return spe_fail(
			e, SPE_E_INPUT, "permit.valid.until is not after permit.valid.from");
	if (day_number(until) > day_number(last))
		return spe_fail(e, SPE_E_INPUT,
			"permit.valid.until is more than %d years after permit.valid.from; "
			"Article 68(12) allows no more",
			YEARS_MAX);
	if (p->erased_by < p->until || day_number(erased) > day_number(until) + ERASE_DAYS_MAX)
		return spe_fail(e, SPE_E_INPUT,
			"permit.valid.erased-by is not within %d days after "
			"permit.valid.until; Article 68(12) wants data erased within 6 months",
			ERASE_DAYS_MAX);
	return 0;
}

/* ---- (f) environment ---- */

static int bring_in_check(struct permit *p, const json_t *env, struct spe_error *e)
{
	static const char *const fields[] = { "code", "data", NULL };
	const char *where = "permit.environment.bring-in";
	json_t *o;
	size_t i;

	if (field_absent(env, "bring-in"))
		return 0;
	TRY(json_want_object(env, "permit.environment", "bring-in", &o, e));
	TRY(json_only(o, where, fields, e));
	for (i = 0; fields[i]; i++)
		if (!json_is_boolean(json_object_get(o, fields[i])))
			return spe_fail(
				e, SPE_E_INPUT, "%s.%s must be true or false", where, fields[i]);
	p->code = json_is_true(json_object_get(o, "code"));
	return 0;
}

/* A whole number that may be left out. */
static int maybe_int(const json_t *o, const char *where, const char *field, json_int_t max,
	json_int_t otherwise, int64_t *ret, struct spe_error *e)
{
	json_int_t n = otherwise;

	if (!field_absent(o, field))
		TRY(json_want_int(o, where, field, otherwise == 0 ? 0 : 1, max, &n, e));
	*ret = n;
	return 0;
}

static int sizes_check(struct permit *p, const json_t *env, struct spe_error *e)
{
	static const struct amount memory = { "memory", byte_units, (int64_t)SPE_MEM_MIN,
		(int64_t)SPE_MEM_MAX, "16M to 1T is taken, a whole number and K, M, G or T" };
	static const struct amount disk = { "disk", byte_units, 1ll << 20, 1ll << 50,
		"1M to 1024T is taken, a whole number and K, M, G or T" };
	static const struct amount time = { "time", time_units, 1, SPE_TIME_MAX,
		"1s to 30d is taken, a whole number and s, m, h or d" };
	const char *where = "permit.environment";
	json_int_t cpus;

	TRY(json_want_int(env, where, "cpus", 1, 1024, &cpus, e));
	p->cpus = cpus;
	TRY(want_amount(env, where, &memory, &p->memory_bytes, e));
	TRY(want_amount(env, where, &disk, &p->disk_bytes, e));
	p->time_s = TIME_DEFAULT;
	return field_absent(env, "time") ? 0 : want_amount(env, where, &time, &p->time_s, e);
}

static bool is_profile(const char *s)
{
	return name_ok(s) && strlen(s) < PROFILE_NAME_ROOM;
}

static int environment_check(struct permit *p, struct spe_error *e)
{
	static const char *const fields[] = { "site", "runtime", "cpus", "memory", "disk", "gpus",
		"bring-in", "time", "processes", "profiles", NULL };
	static const struct field_list site = { "site", 16, name_ok, "a site's name is wanted" };
	static const struct field_list runtime = { "runtime", 64, is_runtime,
		"host, or sha256: and 64 hexadecimal digits is wanted" };
	static const struct field_list profiles = { "profiles", PROFILE_FILES_MAX, is_profile,
		"the name of a profile is wanted, as analysis or jit" };
	const char *where = "permit.environment";
	json_t *env;

	TRY(json_want_object(p->root, "permit", "environment", &env, e));
	TRY(json_only(env, where, fields, e));
	if (!field_absent(env, "site"))
		TRY(field_strings(env, where, &site, NULL, e));
	TRY(field_strings(env, where, &runtime, &p->runtimes, e));
	if (!field_absent(env, "profiles"))
		TRY(field_strings(env, where, &profiles, &p->profiles, e));
	TRY(sizes_check(p, env, e));
	TRY(maybe_int(env, where, "gpus", 64, 0, &p->gpus, e));
	TRY(maybe_int(env, where, "processes", 32768, SPE_PIDS_DEFAULT, &p->processes, e));
	return bring_in_check(p, env, e);
}

/* ---- (g) fees, (h) conditions, outputs, federated ---- */

static int fees_check(struct permit *p, struct spe_error *e)
{
	static const char *const fields[] = { "reference", NULL };
	const char *s;
	json_t *o;

	if (field_absent(p->root, "fees"))
		return 0;
	TRY(json_want_object(p->root, "permit", "fees", &o, e));
	TRY(json_only(o, "permit.fees", fields, e));
	return field_text(o, "permit.fees", "reference", 200, false, &s, e);
}

static int conditions_check(struct permit *p, struct spe_error *e)
{
	static const struct field_list conditions = { "conditions", 100, field_text_ok,
		"a text of 1 to 2000 bytes on one line is wanted" };
	json_t *list;

	if (field_absent(p->root, "conditions"))
		return 0;
	TRY(json_want_array(p->root, "permit", "conditions", conditions.max, &list, e));
	return json_array_size(list) == 0 ? 0
					  : field_strings(p->root, "permit", &conditions, NULL, e);
}

static int outputs_check(struct permit *p, struct spe_error *e)
{
	static const char *const fields[] = { "types", "min-cell", "max-bytes", "decisions", NULL };
	static const struct field_list types = { "types", 16, is_media_type,
		"text/csv, text/tab-separated-values, text/plain, text/markdown, application/json, "
		"application/pdf, image/png, image/jpeg, image/svg+xml, text/html or one of an office file (spe-permit(5)) is wanted" };
	const char *where = "permit.outputs";
	json_int_t n;
	json_t *o;

	TRY(json_want_object(p->root, "permit", "outputs", &o, e));
	TRY(json_only(o, where, fields, e));
	TRY(field_strings(o, where, &types, &p->types, e));
	TRY(json_want_int(o, where, "min-cell", 1, 10000, &n, e));
	p->min_cell = n;
	TRY(json_want_int(o, where, "max-bytes", 1, 1 << 30, &n, e));
	p->max_bytes = n;
	return maybe_int(o, where, "decisions", 9, DECISIONS_DEFAULT, &p->decisions, e);
}

static int federated_check(struct permit *p, struct spe_error *e)
{
	static const char *const fields[] = { "min-sites", "rounds", "contract", "masks", NULL };
	static const char *const masks[] = { "required", "none", NULL };
	const char *where = "permit.federated", *s;
	json_int_t n;
	json_t *o;

	if (field_absent(p->root, "federated"))
		return 0;
	TRY(json_want_object(p->root, "permit", "federated", &o, e));
	TRY(json_only(o, where, fields, e));
	TRY(json_want_int(o, where, "min-sites", 2, 1000, &n, e));
	TRY(json_want_int(o, where, "rounds", 1, 100000, &n, e));
	TRY(json_want_string(o, where, "contract", 100, &s, e));
	if (strncmp(s, "sha256:", 7) != 0 || !is_digest(s + 7))
		return spe_fail(e, SPE_E_INPUT,
			"%s.contract must be sha256: and 64 hexadecimal digits", where);
	return field_word(o, where, "masks", masks, "required or none is wanted", NULL, e);
}

/* A policy in another language would bind people without binding the program. */
static int odrl_check(struct permit *p, struct spe_error *e)
{
	if (field_absent(p->root, "odrl"))
		return 0;
	return spe_fail(e, SPE_E_INPUT,
		"permit.odrl is not enforced, so nothing but null is taken; say it in "
		"the other fields");
}

/* ---- head ---- */

static int issuer_check(struct permit *p, struct spe_error *e)
{
	static const char *const fields[] = { "hdab", "country", "case", NULL };
	const char *s;
	json_t *o;

	TRY(json_want_object(p->root, "permit", "issuer", &o, e));
	TRY(json_only(o, "permit.issuer", fields, e));
	TRY(field_text(o, "permit.issuer", "hdab", 200, false, &p->issuer, e));
	TRY(json_want_string(o, "permit.issuer", "country", 100, &s, e));
	if (strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2 || s[2] != '\0')
		return spe_fail(e, SPE_E_INPUT,
			"permit.issuer.country must be two capital letters, such as FI");
	return field_text(o, "permit.issuer", "case", 200, false, &s, e);
}

static int version_check(struct permit *p, struct spe_error *e)
{
	json_int_t n;

	TRY(json_want_int(p->root, "permit", "version", 1, 1000000, &n, e));
	p->version = n;
	if (n == 1)
		return field_absent(p->root, "replaces")
			       ? 0
			       : spe_fail(e, SPE_E_INPUT,
					 "permit.replaces must be null in version 1");
	if (field_absent(p->root, "replaces"))
		return spe_fail(e, SPE_E_INPUT,
			"permit.replaces is missing; version %lld names the SHA-256 of the "
			"version before",
			(long long)n);
	TRY(json_want_string(p->root, "permit", "replaces", 100, &p->replaces, e));
	if (!is_digest(p->replaces))
		return spe_fail(e, SPE_E_INPUT,
			"permit.replaces must be the SHA-256 of the version before, 64 "
			"hexadecimal digits");
	return 0;
}

static int head_check(struct permit *p, struct spe_error *e)
{
	static const char *const fields[] = { "format", "id", "kind", "version", "replaces",
		"issuer", "issued", "data", "purpose", "optOutException", "persons", "valid",
		"environment", "fees", "conditions", "outputs", "federated", "odrl", NULL };
	static const char *const formats[] = { PERMIT_FORMAT, NULL };
	static const char *const kinds[] = { "data-permit", "statistical-request", NULL };
	const char *issued;

	TRY(json_only(p->root, "permit", fields, e));
	TRY(field_word(p->root, "permit", "format", formats, PERMIT_FORMAT " is wanted", NULL, e));
	TRY(field_name(p->root, "permit", "id", &p->id, e));
	TRY(field_word(p->root, "permit", "kind", kinds,
		"data-permit or statistical-request is wanted", &p->kind, e));
	TRY(version_check(p, e));
	TRY(issuer_check(p, e));
	TRY(json_want_string(p->root, "permit", "issued", 100, &issued, e));
	if (!day_instant(issued, NULL))
		return spe_fail(e, SPE_E_INPUT,
			"permit.issued must be a UTC time like 2026-10-01T09:00:00Z");
	return 0;
}

static int (*const letters[])(struct permit *p, struct spe_error *e) = {
	head_check,
	data_check,
	purpose_check,
	opt_out_check,
	persons_check,
	valid_check,
	environment_check,
	fees_check,
	conditions_check,
	outputs_check,
	federated_check,
	odrl_check,
};

static int permit_fill(struct permit *p, const char *text, size_t len, struct spe_error *e)
{
	size_t i;

	TRY(json_parse(text, len, "permit", &p->root, e));
	if (sha256_text(text, len, p->digest) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "SHA-256 is not to be had");
	for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		TRY(letters[i](p, e));
	return 0;
}

int permit_parse(const char *text, size_t len, struct permit **ret, struct spe_error *e)
{
	struct permit *p;
	int r;

	if (len > PERMIT_TEXT_MAX)
		return spe_fail(e, SPE_E_INPUT, "permit has %zu bytes; at most %u are taken", len,
			PERMIT_TEXT_MAX);
	p = calloc(1, sizeof(*p));
	if (!p)
		return spe_fail(e, SPE_E_INTERNAL, "there is no memory to read a permit");
	r = permit_fill(p, text, len, e);
	if (r < 0) {
		permit_free(p);
		return r;
	}
	*ret = p;
	return 0;
}

struct permit *permit_again(const struct permit *p)
{
	struct permit *again = p ? malloc(sizeof(*again)) : NULL;

	if (again) {
		*again = *p;
		json_incref(again->root);
	}
	return again;
}

int permit_can_be_kept(const struct permit *p, struct spe_error *e)
{
	if (strcmp(p->kind, "data-permit") != 0)
		return spe_fail(e, SPE_E_INPUT, "permit.kind is \"%s\": here whoever a permit names runs jobs, so only a data-permit is taken", p->kind);
	if (p->gpus > 0)
		return spe_fail(e, SPE_E_INPUT, "permit.environment.gpus is %lld: jobs get none here, so only 0 is taken", (long long)p->gpus);
	if (!field_absent(p->root, "federated"))
		return spe_fail(e, SPE_E_INPUT, "permit.federated is not enforced here, so nothing but null is taken");
	return 0;
}

void permit_free(struct permit *p)
{
	if (p)
		json_decref(p->root);
	free(p);
}

unsigned permit_roles(const struct permit *p, const char *person)
{
	size_t i;

	for (i = 0; i < p->person_count; i++)
		if (strcmp(p->person[i].id, person) == 0)
			return p->person[i].roles;
	return 0;
}
