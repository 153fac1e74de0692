/* spe-cli/kept.c - see kept.h. */
#include "spe-cli/kept.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/hex.h"
#include "sped/base/json.h"

#define AGAIN "; ask sped for it anew: audit prove or audit bundle, with --witness and the same file"

/* ---- checkpoints that were kept ---- */

static const char *line_end(const char *p, const char *end)
{
	const char *n = memchr(p, '\n', (size_t)(end - p));

	return n ? n : end;
}

#define SIGNATURE_END "-----END SSH SIGNATURE-----"
#define DIGITS "0123456789"
#define BASE64 DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/="

/* What a gate's line begins with, up to where all that it says is there, and the letters between. */
static const struct {
	const char *text, *letters;
} form[] = {
	{ "{\"origin\":\"spe:SHA256:", BASE64 },
	{ "\",\"size\":", DIGITS },
	{ ",\"root\":\"", DIGITS "abcdef" },
	{ "\",\"hash\":\"", DIGITS "abcdef" },
	{ "\",\"time\":\"", DIGITS "-:TZ" },
	{ "\",\"signature\":\"-----BEGIN SSH SIGNATURE-----\\n", BASE64 "\\" },
	{ SIGNATURE_END, "" },
};

/* What a full disk left of a line says nothing. Nothing but such a beginning is left out: whoever changed a letter of a checkpoint
 * would take it away. */
static bool is_cut(const char *p, const char *n)
{
	size_t i, len;

	if (memmem(p, (size_t)(n - p), SIGNATURE_END, strlen(SIGNATURE_END)))
		return false;
	for (i = 0; i < sizeof(form) / sizeof(form[0]) && p < n; i++) {
		len = strlen(form[i].text);
		len = len < (size_t)(n - p) ? len : (size_t)(n - p);
		if (memcmp(p, form[i].text, len) != 0)
			return false;
		for (p += len; p < n && *p && strchr(form[i].letters, *p); p++)
			;
	}
	return p == n;
}

/* Where it was cut behind its signature, with what belongs there: nothing that was signed is missing. */
static void line_add(struct buf *b, const char *p, const char *n)
{
	static const char last[] = SIGNATURE_END "\\n\"}";
	size_t has = sizeof(last) - 1;

	while (has >= strlen(SIGNATURE_END) && ((size_t)(n - p) < has || memcmp(n - has, last, has) != 0))
		has--;
	buf_add(b, p, (size_t)(n - p));
	buf_fmt(b, "%s\n", has >= strlen(SIGNATURE_END) ? last + has : "");
}

/* The line alone, since its end has to be a NUL. */
static int line_verify(const char *p, size_t len, struct checkpoint *ret, struct spe_error *e)
{
	auto_free char *line = strndup(p, len);

	if (!line)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	if (strlen(line) != len)
		return spe_fail(e, SPE_E_INPUT, "a NUL is in it");
	return checkpoint_verify(line, len, NULL, ret, e);
}

int kept_parse(char *text, size_t len, const char *path, struct kept *ret, struct spe_error *e)
{
	auto_free char *given = text;
	auto_buf struct buf whole = { 0 };
	char origin[ORIGIN_MAX + 1] = "";
	const char *p = text, *end = text + len, *n;
	struct checkpoint one;
	struct spe_error why;
	size_t number = 0;
	int r;

	*ret = (struct kept){ .torn = len > 0 && end[-1] != '\n' };
	for (; p < end; p = n + 1) {
		n = line_end(p, end);
		number++;
		if (is_cut(p, n)) {
			ret->cut += n > p;
			continue;
		}
		ret->last = whole.len;
		line_add(&whole, p, n);
		if (whole.bad)
			return spe_fail(e, SPE_E_INTERNAL, "out of memory");
		ret->last_len = whole.len - 1 - ret->last;
		r = line_verify(whole.p + ret->last, ret->last_len, &one, &why);
		ret->count++;
		if (r == 0 && origin[0] && strcmp(origin, one.origin) != 0)
			r = spe_fail(&why, SPE_E_INPUT, "it is of another journal than the first");
		if (r < 0)
			return spe_fail(e, (enum spe_code)-r, "%s line %zu: %s", path, number, why.text);
		snprintf(origin, sizeof(origin), "%s", one.origin);
		if (one.size >= ret->newest.size)
			ret->newest = one;
	}
	ret->len = whole.len;
	ret->text = spe_take_ptr(&whole.p);
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

	if (*at >= k->len)
		return false;
	p = k->text + *at;
	n = line_end(p, end);
	*at = (size_t)(n - k->text) + 1;
	return checkpoint_parse(p, (size_t)(n - p), ret, NULL) == 0;
}

uint64_t kept_upto(const struct kept *k, uint64_t size)
{
	struct checkpoint one;
	uint64_t found = 0;
	size_t at = 0;

	while (kept_next(k, &at, &one))
		if (one.size <= size && one.size > found)
			found = one.size;
	return found;
}

/* ---- evidence ---- */

struct proof {
	const char *key;
	const struct kept *kept;
	json_t *steps, *records, *record;
	json_t *roots, *leaves; /* of all lines: by the number of records, and by a record's own */
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

/* Of several with as many records none may be another. */
static int held_follows(const struct kept *k, uint64_t size, const json_t *j, const struct checkpoint *now, struct spe_error *e)
{
	struct checkpoint one;
	size_t at = 0;
	int r = 0;

	while (r == 0 && kept_next(k, &at, &one))
		if (one.size == size)
			r = evidence_follows(j, now, &one, e);
	return r;
}

static uint64_t record_last(const json_t *j)
{
	json_int_t last = 0;
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(j, "records"), i, one)
		if (json_int(one, "seq") > last)
			last = json_int(one, "seq");
	return (uint64_t)last;
}

/* Which of those that were kept is not for the evidence to choose: it could choose one from before the record that it changed. So
 * it is the newest that is not newer than the evidence; where another is, only records that the former has are proven. */
static void witness_check(struct proof *v, const json_t *j, const struct checkpoint *now)
{
	const struct kept *k = v->kept;
	const uint64_t held = kept_upto(k, now->size), last = record_last(j);
	struct spe_error e;
	int r;

	if (k->count == 0)
		return step(v, "witness", false, "no checkpoint was kept");
	if (held == 0)
		return step(v, "witness", false, "each checkpoint that was kept has more than the %" PRIu64 " records of the evidence" AGAIN,
			now->size);
	r = held_follows(k, held, j, now, &e);
	if (r < 0)
		return step(v, "witness", false, "%s%s", e.text, r == -SPE_E_NOT_FOUND ? AGAIN : "");
	if (held < now->size && now->size < k->newest.size && last > held)
		return step(v, "witness", false, "record %" PRIu64 " is not shown to be in the journal of %" PRIu64
			" records of a later checkpoint that was kept" AGAIN, last, k->newest.size);
	step(v, "witness", true, "the journal begins with the %" PRIu64 " records of a checkpoint that was kept%s", held,
		k->cut > 0 ? "; lines that were cut off count for nothing" : "");
}

/* Was it the same where this number was seen before? */
static bool same(json_t *seen, uint64_t number, const uint8_t hash[MERKLE_HASH])
{
	char key[24], text[SHA256_TEXT];
	const char *before;

	snprintf(key, sizeof(key), "%" PRIu64, number);
	hex_text(text, hash, MERKLE_HASH);
	before = json_str(seen, key);
	return before[0] ? strcmp(before, text) == 0 : json_object_set_new(seen, key, json_string(text)) == 0;
}

/* Each line is proven by itself: that they are of one journal is not. */
static void lines_check(struct proof *v, const json_t *j, const struct checkpoint *now)
{
	const char *origin = json_str(v->record, "origin"), *line;
	uint8_t leaf[MERKLE_HASH];
	json_t *one;
	size_t i;

	if (origin[0] && strcmp(origin, now->origin) != 0)
		step(v, "checkpoint", false, "it is of %s, another journal than that of the lines before", now->origin);
	if (!same(v->roots, now->size, now->root))
		step(v, "checkpoint", false, "two checkpoints of %" PRIu64 " records are of different journals", now->size);
	json_array_foreach(json_object_get(j, "records"), i, one) {
		line = json_str(one, "line");
		if (merkle_leaf(line, strlen(line), leaf) < 0 || !same(v->leaves, (uint64_t)json_int(one, "seq"), leaf))
			step(v, "record", false, "%lld is there twice, with different content", (long long)json_int(one, "seq"));
	}
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
	lines_check(v, j, &now);
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
	auto_json json_t *roots = json_object(), *leaves = json_object();
	struct proof v = { .key = key, .kept = kept, .roots = roots, .leaves = leaves,
		.record = json_pack("{s:b,s:n,s:[],s:[]}", "verified", 0, "origin", "records", "steps") };
	const char *p = text, *end = text + len, *n;

	if (!v.record || !roots || !leaves)
		return json_decref(v.record), spe_fail(e, SPE_E_INTERNAL, "out of memory");
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
