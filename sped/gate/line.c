/* gate/line.c - a record as a line of the journal: made, and looked at; see journal.h. Making one is most of what a record costs
 * beside the disk, which is why numbers, times and plain strings are written here and only the rest by Jansson. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sped/base/buf.h"
#include "sped/base/json.h"
#include "sped/gate/journal.h"

#define HASH_TAIL 75u          /* ,"hash":"64 digits"} */
#define TAIL (HASH_TAIL + 74u) /* and ,"prev":"64 digits" before it */
#define DEEP 4                 /* objects in objects, before Jansson takes over, which also sees circles */

static int text_add(const char *p, size_t n, void *b)
{
	buf_add(b, p, n);
	return 0;
}

/* Dozens to a line, most of them of a length that the compiler knows. */
static inline void put(struct buf *b, const char *p, size_t n)
{
	if (b->room - b->len > n) {
		memcpy(b->p + b->len, p, n);
		b->len += n;
		b->p[b->len] = '\0';
	} else {
		buf_add(b, p, n);
	}
}

static void number_add(struct buf *b, uint64_t n)
{
	char text[20], *p = text + sizeof(text);

	do
		*--p = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	put(b, p, (size_t)(text + sizeof(text) - p));
}

/* In ASCII, and nothing in it wants a backslash. */
static bool is_plain(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] < ' ' || p[i] > '~' || p[i] == '"' || p[i] == '\\')
			return false;
	return true;
}

static void string_add(struct buf *b, const char *p, size_t n)
{
	put(b, "\"", 1);
	put(b, p, n);
	put(b, "\"", 1);
}

/* False: this one is Jansson's; b may have a beginning of it. */
static bool value_plain(struct buf *b, const json_t *v, int deep)
{
	const char *key;
	json_t *one;
	bool more = false;

	if (json_is_string(v) && is_plain(json_string_value(v), json_string_length(v))) {
		string_add(b, json_string_value(v), json_string_length(v));
		return true;
	}
	if (json_is_integer(v) && json_integer_value(v) >= 0) {
		number_add(b, (uint64_t)json_integer_value(v));
		return true;
	}
	if (!json_is_object(v) || deep == 0)
		return false;
	put(b, "{", 1);
	json_object_foreach((json_t *)(uintptr_t)v, key, one) {
		const size_t n = strlen(key);

		if (more)
			put(b, ",", 1);
		more = true;
		string_add(b, key, n);
		put(b, ":", 1);
		if (!is_plain(key, n) || !value_plain(b, one, deep - 1))
			return false;
	}
	put(b, "}", 1);
	return true;
}

void line_value(struct buf *b, const json_t *v)
{
	const size_t before = b->len;

	if (value_plain(b, v, DEEP))
		return;
	b->len = before;
	if (json_dump_callback(v, text_add, b, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENCODE_ANY) < 0)
		b->bad = true;
}

/* The line without its hash and closing brace. A field that is missing is null. */
static void fields_add(struct buf *b, const json_t *record, const char *outcome)
{
	static const struct {
		const char *name, *before;
		size_t len;
	} fields[] = {
#define FIELD(name) { name, ",\"" name "\":", sizeof(",\"" name "\":") - 1 }
		FIELD("actor"), FIELD("role"), FIELD("action"), FIELD("workspace"), FIELD("permit_version"), FIELD("object"),
	};
	auto_json json_t *ended = is_plain(outcome, strlen(outcome)) ? NULL : json_string(outcome);
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const json_t *v = json_object_get(record, fields[i].name);

		put(b, fields[i].before, fields[i].len);
		if (v)
			line_value(b, v);
		else
			put(b, "null", 4);
	}
	put(b, ",\"outcome\":", 11);
	if (ended)
		line_value(b, ended);
	else
		string_add(b, outcome, strlen(outcome));
}

int line_make(struct buf *b, const json_t *record, const char *outcome, uint64_t seq, int64_t ms, char head[SHA256_TEXT])
{
	const size_t begin = b->len;
	char now[TIME_TEXT];

	time_text(now, ms, true);
	put(b, "{\"seq\":", 7);
	number_add(b, seq);
	put(b, ",\"time\":", 8);
	string_add(b, now, strlen(now));
	fields_add(b, record, outcome);
	put(b, ",\"prev\":", 8);
	string_add(b, head, SHA256_TEXT - 1);
	if (b->bad || sha256_text(b->p + begin, b->len - begin, head) < 0)
		return -ENOMEM;
	put(b, ",\"hash\":", 8);
	string_add(b, head, SHA256_TEXT - 1);
	buf_add(b, "}\n", 2);
	return b->bad ? -ENOMEM : 0;
}

const char *line_check(const char *p, size_t len, uint64_t seq, const char *prev, char ret_hash[SHA256_TEXT])
{
	char start[40], hash[SHA256_TEXT];
	size_t n = (size_t)snprintf(start, sizeof(start), "{\"seq\":%" PRIu64 ",", seq);

	if (len < TAIL + n || memcmp(p + len - HASH_TAIL, ",\"hash\":\"", 9) != 0 ||
		memcmp(p + len - 2, "\"}", 2) != 0)
		return "has no hash where one belongs";
	memcpy(ret_hash, p + len - HASH_TAIL + 9, SHA256_TEXT - 1);
	ret_hash[SHA256_TEXT - 1] = '\0';
	if (sha256_text(p, len - HASH_TAIL, hash) < 0 || strcmp(hash, ret_hash) != 0)
		return "does not have the hash that it names";
	if (memcmp(p + len - TAIL, ",\"prev\":\"", 9) != 0 ||
		memcmp(p + len - TAIL + 9, prev, SHA256_TEXT - 1) != 0)
		return "does not follow the line before it";
	return memcmp(p, start, n) == 0 ? NULL : "does not have the number after the line before it";
}
