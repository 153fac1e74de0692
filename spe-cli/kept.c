/* spe-cli/kept.c - see kept.h. */
#include "spe-cli/kept.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
#include "sped/base/json.h"

/* ---- checkpoints that were kept ---- */

static const char *line_end(const char *p, const char *end)
{
	const char *n = memchr(p, '\n', (size_t)(end - p));

	return n ? n : end;
}

/* What a full disk left of a line says nothing. */
static bool is_cut(const char *p, const char *n)
{
	return n == p || (*p == '{' && n[-1] != '}');
}

/* The line alone, since its end has to be a NUL. */
static int line_verify(const char *p, size_t len, struct checkpoint *ret, struct spe_error *e)
{
	auto_free char *line = strndup(p, len);

	if (!line)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	return checkpoint_verify(line, strlen(line), NULL, ret, e);
}

int kept_parse(char *text, size_t len, const char *path, struct kept *ret, struct spe_error *e)
{
	char origin[ORIGIN_MAX + 1] = "";
	const char *p = text, *end = text + len, *n;
	struct spe_error why;
	int r;

	*ret = (struct kept){ .text = text, .len = len };
	for (; p < end; p = n + 1) {
		n = line_end(p, end);
		if (is_cut(p, n))
			continue;
		r = line_verify(p, (size_t)(n - p), &ret->newest, &why);
		ret->count++;
		if (r == 0 && origin[0] && strcmp(origin, ret->newest.origin) != 0)
			r = spe_fail(&why, SPE_E_INPUT, "it is of another journal than the first");
		if (r < 0)
			return spe_fail(e, (enum spe_code)-r, "%s line %zu: %s", path, ret->count, why.text);
		snprintf(origin, sizeof(origin), "%s", ret->newest.origin);
	}
	return 0;
}

void kept_free(struct kept *k)
{
	free(k->text);
	*k = (struct kept){ 0 };
}

bool kept_next(const struct kept *k, size_t *at, struct checkpoint *ret)
{
	const char *p, *n, *end = k->text + k->len;

	do {
		if (*at >= k->len)
			return false;
		p = k->text + *at;
		n = line_end(p, end);
		*at = (size_t)(n - k->text) + 1;
	} while (is_cut(p, n));
	return checkpoint_parse(p, (size_t)(n - p), ret, NULL) == 0;
}

bool kept_of_size(const struct kept *k, uint64_t size, struct checkpoint *ret)
{
	const char *p = k->text, *end = k->text + k->len, *n;
	struct checkpoint one;
	bool found = false;

	for (; p < end; p = n + 1) {
		n = line_end(p, end);
		if (checkpoint_parse(p, (size_t)(n - p), &one, NULL) == 0 && one.size == size) {
			*ret = one;
			found = true;
		}
	}
	return found;
}

/* ---- evidence ---- */

struct proof {
	const char *key;
	const struct kept *kept;
	json_t *steps, *records, *record;
	bool bad;
};

static void step(struct proof *v, const char *name, bool good, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
static void step(struct proof *v, const char *name, bool good, const char *fmt, ...)
{
	char text[700];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (json_array_append_new(v->steps, json_pack("{s:s,s:b,s:s}", "step", name, "ok", good, "detail", text)) < 0)
		json_array_append_new(v->steps,
			json_pack("{s:s,s:b,s:s}", "step", name, "ok", good, "detail", "a sentence that is not UTF-8"));
	v->bad |= !good;
}

static void record_take(struct proof *v, const char *line)
{
	auto_json json_t *record = NULL;
	struct spe_error e;

	if (json_parse(line, strlen(line), "record", &record, &e) < 0)
		return step(v, "record", false, "%s", e.text);
	json_array_append(v->records, record);
	step(v, "record", true, "%lld of %s: %s %s%s%s, %s", (long long)json_int(record, "seq"), json_str(record, "time"),
		json_str(record, "actor"), json_str(record, "action"),
		json_str(record, "workspace")[0] ? " in " : "", json_str(record, "workspace"), json_str(record, "outcome"));
}

static void witness_check(struct proof *v, const json_t *j, const struct checkpoint *now)
{
	const struct kept *k = v->kept;
	struct checkpoint seen;
	struct spe_error e;

	if (k->count == 0)
		return step(v, "witness", false, "no checkpoint was kept");
	seen = k->newest;
	if (now->size != seen.size && !kept_of_size(k, (uint64_t)json_int(j, "since"), &seen))
		kept_of_size(k, now->size, &seen);
	if (evidence_follows(j, now, &seen, &e) < 0)
		return step(v, "witness", false, "%s", e.text);
	step(v, "witness", true, "the journal begins with the %" PRIu64 " records of a checkpoint that was kept", seen.size);
}

static void evidence_check(struct proof *v, const char *line)
{
	auto_json json_t *j = NULL;
	struct checkpoint now;
	struct spe_error e;
	json_t *one;
	size_t i;

	if (json_parse(line, strlen(line), "evidence", &j, &e) < 0 || evidence_verify(j, v->key, &now, &e) < 0)
		return step(v, "checkpoint", false, "%s", e.text);
	json_object_set_new(v->record, "origin", json_string(now.origin));
	step(v, "checkpoint", true, "%" PRIu64 " records, signed by %s%s", now.size, now.origin,
		v->key ? "" : ", a key from the evidence itself: its origin is not proven; --gate gives it");
	if (v->kept)
		witness_check(v, j, &now);
	json_array_foreach(json_object_get(j, "records"), i, one)
		record_take(v, json_str(one, "line"));
}

int evidence_lines(const char *text, size_t len, const char *key, const struct kept *kept, json_t **ret, struct spe_error *e)
{
	struct proof v = { .key = key, .kept = kept, .record = json_pack("{s:b,s:n,s:[],s:[]}", "verified", 0, "origin",
		"records", "steps") };
	const char *p = text, *end = text + len, *n;

	if (!v.record)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	v.steps = json_object_get(v.record, "steps");
	v.records = json_object_get(v.record, "records");
	for (; p < end; p = n + 1) {
		auto_free char *line = strndup(p, (size_t)((n = line_end(p, end)) - p));

		if (!line || strlen(line) != (size_t)(n - p))
			step(&v, "checkpoint", false, "a line that is no text");
		else
			evidence_check(&v, line);
	}
	if (len == 0)
		step(&v, "checkpoint", false, "it is empty");
	json_object_set_new(v.record, "verified", json_boolean(!v.bad));
	*ret = v.record;
	return 0;
}
