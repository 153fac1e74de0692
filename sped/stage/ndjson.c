/* stage/ndjson.c - one JSON object a line (RFC 8259), as FHIR Bulk Data comes. What a path of the description leads to is a
 * value, as it is written; all else is looked through as strictly, counted and left. One pass over the line, which makes no
 * tree of it: values point into it, or into a copy without escapes. UTF-8 was seen to before (decode.c). */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "spe/path.h"
#include "sped/base/json.h"
#include "sped/stage/form.h"

#define NO_COLUMN SIZE_MAX
#define RESOURCE_TYPE "resourceType"

/* The paths as a tree. */
struct node {
	struct path_step step;
	char *path; /* that leads here */
	char *key;  /* MEMBER, WHERE */
	size_t column; /* whose value it is; or it has others below it */
	struct node *below;
	size_t count;
	bool met, hit; /* WHERE: in this list; by this element */
	uint64_t unknown;
};

/* What an object must not have twice. */
struct key {
	const char *p;
	size_t len;
	uint32_t hash;
};

struct ndjson {
	struct node root;
	const char *type; /* of each resource; "": of any */
	const json_t *columns;
	struct form_line *l;
	struct csv_field *field;
	const char *at, *end; /* in the line */
	int depth;
	bool typed;           /* it is of that type */
	char *scratch;        /* the last string without its escapes; as much room as the longest line needs */
	char *names;          /* such strings that are keys of the objects that are open; as much */
	size_t names_len, room;
	struct key *key;      /* of these objects */
	size_t keys, keys_room;
	char *plain;          /* such strings that were taken, one behind the other, and */
	size_t plain_len, plain_room;
	size_t *place;        /* by column, where in it: it may move */
};

/* ---- paths ---- */

static bool same_step(const struct path_step *a, const struct path_step *b)
{
	return a->kind == b->kind && a->index == b->index && a->name_len == b->name_len && a->value_len == b->value_len &&
	       (a->kind == PATH_INDEX || memcmp(a->name, b->name, a->name_len) == 0) &&
	       (a->kind != PATH_WHERE || memcmp(a->value, b->value, a->value_len) == 0);
}

static struct node *node_below(struct node *n, const struct path_step *step, const char *path, size_t path_len)
{
	struct node *more, *new;
	size_t i;

	for (i = 0; i < n->count; i++)
		if (same_step(&n->below[i].step, step))
			return &n->below[i];
	more = realloc(n->below, (n->count + 1) * sizeof(*more));
	if (!more)
		return NULL;
	n->below = more;
	new = &more[n->count++];
	*new = (struct node){ .step = *step, .column = NO_COLUMN, .path = strndup(path, path_len), .key = strndup(step->name, step->name_len) };
	return new->path && new->key ? new : NULL;
}

static bool path_add(struct ndjson *x, const char *path, size_t column)
{
	struct node *n = &x->root;
	struct path_step step;
	const char *at = path;

	while (path_next(path, &at, &step) > 0) {
		n = node_below(n, &step, path, (size_t)(at - path));
		if (!n)
			return false;
	}
	n->column = column;
	return true;
}

static void below_free(struct node *n)
{
	size_t i;

	for (i = 0; i < n->count; i++)
		below_free(&n->below[i]);
	free(n->below);
	free(n->path);
	free(n->key);
}

static void ndjson_end(void *inside)
{
	struct ndjson *x = inside;

	below_free(&x->root);
	free(x->scratch);
	free(x->names);
	free(x->key);
	free(x->plain);
	free(x->place);
	free(x);
}

static void *ndjson_begin(const json_t *table)
{
	struct ndjson *x = calloc(1, sizeof(*x));
	const json_t *column;
	bool good;
	size_t i;

	if (!x)
		return NULL;
	x->root = (struct node){ .path = strdup(""), .column = NO_COLUMN };
	x->type = json_str(table, "resource-type");
	x->columns = json_object_get(table, "columns");
	x->place = calloc(json_array_size(x->columns), sizeof(*x->place));
	good = x->root.path && x->place;
	json_array_foreach (x->columns, i, column)
		good = good && path_add(x, json_str(column, json_object_get(column, "path") ? "path" : "name"), i);
	if (good)
		return x;
	ndjson_end(x);
	return NULL;
}

static int bad(struct ndjson *x, const char *at, const char *what)
{
	x->l->column = (size_t)(at - x->l->p) + 1;
	x->l->what = what;
	return -SPE_E_INPUT;
}

static int bad_column(struct ndjson *x, size_t i, const char *what)
{
	snprintf(x->l->room, sizeof(x->l->room), "the value of column \"%.100s\" %s", json_str(json_array_get(x->columns, i), "name"), what);
	return bad(x, x->at, x->l->room);
}

static int no_json(struct ndjson *x)
{
	if (x->at < x->end)
		return bad(x, x->at, "this is no JSON");
	return bad(x, x->end, x->l->cut ? "the file ends within this object: it is cut" : "the line ends within this object");
}

static void skip_blanks(struct ndjson *x)
{
	while (x->at < x->end && (*x->at == ' ' || *x->at == '\t'))
		x->at++;
}

static bool is_next(const struct ndjson *x, char c)
{
	return x->at < x->end && *x->at == c;
}

/* ---- strings ---- */

/* Where the next byte is that ends a string, escapes, or may not be in one; end where there is none. */
static const char *string_end(const char *p, const char *end)
{
#if defined(__SSE2__)
	const __m128i quote = _mm_set1_epi8('"'), back = _mm_set1_epi8('\\'), blank = _mm_set1_epi8(0x1f);

	for (; end - p >= 16; p += 16) {
		const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		const __m128i control = _mm_cmpeq_epi8(_mm_max_epu8(v, blank), blank);
		const int mask = _mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, back))));

		if (mask)
			return p + __builtin_ctz((unsigned)mask);
	}
#endif
	while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
		p++;
	return p;
}

static int hex4(struct ndjson *x, uint32_t *ret)
{
	int i;

	*ret = 0;
	for (i = 0; i < 4; i++, x->at++) {
		const char c = x->at < x->end ? *x->at : '\0';
		const int digit = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;

		if (digit < 0)
			return no_json(x);
		*ret = *ret << 4 | (uint32_t)digit;
	}
	return 0;
}

static char *put(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
		return to;
	}
	if (c >= 0x10000) {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 63));
	} else if (c >= 0x800) {
		*to++ = (char)(0xe0 | c >> 12);
	}
	*to++ = (char)(c >= 0x800 ? 0x80 | (c >> 6 & 63) : 0xc0 | c >> 6);
	*to++ = (char)(0x80 | (c & 63));
	return to;
}

/* Behind \u: a character, or the two halves of one. */
static int unicode(struct ndjson *x, char **to)
{
	uint32_t c, low;
	int r = hex4(x, &c);

	if (r < 0)
		return r;
	if (c == 0)
		return bad(x, x->at, "NUL is not text");
	if (c >= 0xd800 && c <= 0xdfff) {
		if (c > 0xdbff || x->end - x->at < 2 || x->at[0] != '\\' || x->at[1] != 'u')
			return no_json(x);
		x->at += 2;
		r = hex4(x, &low);
		if (r < 0)
			return r;
		if (low < 0xdc00 || low > 0xdfff)
			return no_json(x);
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	*to = put(*to, c);
	return 0;
}

static int escape(struct ndjson *x, char **to)
{
	static const char from[] = "\"\\/bfnrt", plain[] = "\"\\/\b\f\n\r\t";
	const char *c;

	if (++x->at == x->end)
		return no_json(x);
	if (*x->at == 'u') {
		x->at++;
		return unicode(x, to);
	}
	c = memchr(from, *x->at, sizeof(from) - 1);
	if (!c)
		return no_json(x);
	*(*to)++ = plain[c - from];
	x->at++;
	return 0;
}

/* The rest of a string that has escapes, from its first one on: without them it is no longer than with. */
static int string_plain(struct ndjson *x, const char *begin, const char **ret, size_t *ret_len)
{
	char *to = x->scratch;
	int r = 0;

	memcpy(to, begin, (size_t)(x->at - begin));
	to += x->at - begin;
	while (r == 0 && !is_next(x, '"')) {
		const char *next = string_end(x->at, x->end);

		memcpy(to, x->at, (size_t)(next - x->at));
		to += next - x->at;
		x->at = next;
		if (is_next(x, '\\'))
			r = escape(x, &to);
		else if (!is_next(x, '"'))
			r = no_json(x);
	}
	*ret = x->scratch;
	*ret_len = (size_t)(to - x->scratch);
	return r;
}

/* At a quote, and then behind the other one. *ret is good until the next string. */
static int string(struct ndjson *x, const char **ret, size_t *ret_len)
{
	const char *begin = ++x->at;
	int r = 0;

	x->at = string_end(x->at, x->end);
	*ret = begin;
	*ret_len = (size_t)(x->at - begin);
	if (is_next(x, '\\'))
		r = string_plain(x, begin, ret, ret_len);
	if (r == 0 && !is_next(x, '"'))
		r = no_json(x);
	x->at++;
	return r;
}

/* ---- numbers and words ---- */

static size_t digits(struct ndjson *x)
{
	const char *begin = x->at;

	while (x->at < x->end && *x->at >= '0' && *x->at <= '9')
		x->at++;
	return (size_t)(x->at - begin);
}

static int number(struct ndjson *x)
{
	const char *begin;

	x->at += *x->at == '-';
	begin = x->at;
	if (digits(x) == 0)
		return no_json(x);
	if (*begin == '0' && x->at - begin > 1) {
		x->at = begin + 1;
		return no_json(x);
	}
	if (is_next(x, '.')) {
		x->at++;
		if (digits(x) == 0)
			return no_json(x);
	}
	if (is_next(x, 'e') || is_next(x, 'E')) {
		x->at++;
		x->at += is_next(x, '+') || is_next(x, '-');
		if (digits(x) == 0)
			return no_json(x);
	}
	return 0;
}

static int word(struct ndjson *x)
{
	static const char *const words[] = { "null", "true", "false" };
	size_t i;

	for (i = 0; i < 3; i++) {
		const size_t n = strlen(words[i]);

		if ((size_t)(x->end - x->at) >= n && memcmp(x->at, words[i], n) == 0) {
			x->at += n;
			return 0;
		}
	}
	return no_json(x);
}

/* ---- what is taken ---- */

/* A string without its escapes, to where it stays. */
static int keep(struct ndjson *x, size_t column, size_t len)
{
	if (x->plain_room - x->plain_len < len) {
		char *more = realloc(x->plain, x->plain_len + len + 4096);

		if (!more)
			return -SPE_E_INTERNAL;
		x->plain = more;
		x->plain_room = x->plain_len + len + 4096;
	}
	memcpy(x->plain + x->plain_len, x->scratch, len);
	x->field[column].p = NULL;
	x->place[column] = x->plain_len;
	x->plain_len += len;
	return 0;
}

static int take(struct ndjson *x, size_t column, const char *p, size_t len)
{
	struct csv_field *f = &x->field[column];
	const char *at;

	f->p = p;
	f->len = len;
	if (len > CSV_FIELD_MAX)
		return bad_column(x, column, "is longer than 65536 bytes");
	for (at = p; (at = memchr(at, '\r', (size_t)(p + len - at))); at++)
		if (at + 1 == p + len || at[1] != '\n')
			return bad_column(x, column, "has a carriage return without a line feed");
	return p == x->scratch ? keep(x, column, len) : 0;
}

static int value(struct ndjson *x, struct node *n, struct node *probe);

/* A string, number or word; n: what it is wanted for, or NULL. */
static int scalar(struct ndjson *x, struct node *n)
{
	const char *p = x->at;
	size_t len = 0;
	const bool is_string = is_next(x, '"'), is_null = is_next(x, 'n');
	int r = is_string ? string(x, &p, &len) : is_next(x, '-') || (x->at < x->end && *x->at >= '0' && *x->at <= '9') ? number(x) : word(x);

	if (r < 0 || !n || is_null)
		return r;
	if (!is_string)
		len = (size_t)(x->at - p);
	if (n->column != NO_COLUMN)
		return take(x, n->column, p, len);
	n->unknown++;
	return 0;
}

/* ---- objects ---- */

static int key_compare(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->p, y->p, x->len);
}

#define FEW_KEYS 16 /* more are compared in order, at their object's end */

/* One more key of the object whose first one is at number first. */
static int key_add(struct ndjson *x, size_t first, const char *p, size_t len)
{
	struct key k = { p, len, 2166136261u };
	size_t i;

	if (p == x->scratch) {
		k.p = memcpy(x->names + x->names_len, p, len);
		x->names_len += len;
	}
	for (i = 0; i < len; i++) /* FNV-1a: what it brings together is compared */
		k.hash = (k.hash ^ (unsigned char)p[i]) * 16777619u;
	if (x->keys == x->keys_room) {
		struct key *more = realloc(x->key, (2 * x->keys_room + 64) * sizeof(*more));

		if (!more)
			return -SPE_E_INTERNAL;
		x->key = more;
		x->keys_room = 2 * x->keys_room + 64;
	}
	for (i = first; x->keys - first < FEW_KEYS && i < x->keys; i++)
		if (key_compare(&x->key[i], &k) == 0)
			return bad(x, x->at, "an object has one key twice");
	x->key[x->keys++] = k;
	return 0;
}

static int keys_end(struct ndjson *x, size_t first)
{
	const size_t n = x->keys - first;
	size_t i;

	x->keys = first;
	if (n <= FEW_KEYS)
		return 0;
	qsort(&x->key[first], n, sizeof(*x->key), key_compare);
	for (i = 1; i < n; i++)
		if (key_compare(&x->key[first + i - 1], &x->key[first + i]) == 0)
			return bad(x, x->at, "an object has one key twice");
	return 0;
}

static bool same(const char *name, const char *p, size_t len)
{
	return strncmp(name, p, len) == 0 && name[len] == '\0';
}

/* A member that no path names, and that is known all the same: what the element was chosen by, and the resource's type. */
static bool is_told(const struct ndjson *x, const struct node *n, const char *key, size_t len)
{
	if (n == &x->root)
		return *x->type && same(RESOURCE_TYPE, key, len);
	return n->step.kind == PATH_WHERE && same(n->key, key, len);
}

/* Members come in much the same order as columns: the next one is looked at first. */
static struct node *member_below(const struct node *n, const char *key, size_t len, size_t *next)
{
	size_t i, k;

	for (i = 0; i < n->count; i++) {
		k = *next + i < n->count ? *next + i : *next + i - n->count;
		if (n->below[k].step.kind == PATH_MEMBER && same(n->below[k].key, key, len)) {
			*next = k + 1 < n->count ? k + 1 : 0;
			return &n->below[k];
		}
	}
	return NULL;
}

/* What a member's string says of the element that it is in, or of the resource. */
static void told(struct ndjson *x, const struct node *n, struct node *probe, const char *key, size_t key_len, const char *p, size_t len)
{
	size_t i;

	if (n == &x->root)
		x->typed = same(x->type, p, len);
	for (i = 0; probe && i < probe->count; i++) {
		struct node *k = &probe->below[i];

		k->hit |= k->step.kind == PATH_WHERE && !k->met && same(k->key, key, key_len) && k->step.value_len == len &&
			  memcmp(k->step.value, p, len) == 0;
	}
}

static int member(struct ndjson *x, struct node *n, struct node *probe, size_t first, size_t *next)
{
	const char *key, *p;
	struct node *below;
	size_t key_len, len;
	int r;

	skip_blanks(x);
	if (!is_next(x, '"'))
		return no_json(x);
	r = string(x, &key, &key_len);
	if (r == 0)
		r = key_add(x, first, key, key_len);
	if (r < 0)
		return r;
	key = x->key[x->keys - 1].p;
	skip_blanks(x);
	if (!is_next(x, ':'))
		return no_json(x);
	x->at++;
	skip_blanks(x);
	if (is_next(x, '"') && (probe || (n == &x->root && is_told(x, n, key, key_len)))) {
		const char *begin = x->at;

		r = string(x, &p, &len);
		if (r < 0)
			return r;
		told(x, n, probe, key, key_len, p, len);
		x->at = begin;
	}
	below = n ? member_below(n, key, key_len, next) : NULL;
	if (n && !below)
		n->unknown += !is_told(x, n, key, key_len);
	return value(x, below, NULL);
}

static int object(struct ndjson *x, struct node *n, struct node *probe)
{
	const size_t first = x->keys, names = x->names_len;
	size_t next = 0;
	int r = 0;

	x->at++;
	skip_blanks(x);
	if (is_next(x, '}')) {
		x->at++;
		return 0;
	}
	do {
		r = member(x, n, probe, first, &next);
		if (r < 0)
			return r;
		skip_blanks(x);
	} while (is_next(x, ',') && x->at++);
	if (!is_next(x, '}'))
		return no_json(x);
	r = keys_end(x, first);
	x->names_len = names;
	x->at++;
	return r;
}

/* ---- lists ---- */

static bool any_where(const struct node *n)
{
	size_t i;

	for (i = 0; n && i < n->count; i++)
		if (n->below[i].step.kind == PATH_WHERE)
			return true;
	return false;
}

static struct node *index_below(struct node *n, size_t i)
{
	size_t k;

	for (k = 0; n && k < n->count; k++)
		if (n->below[k].step.kind == PATH_INDEX && n->below[k].step.index == i)
			return &n->below[k];
	return NULL;
}

/* What an element is chosen by may stand behind what is taken of it: it is looked through first. */
static int chosen(struct ndjson *x, struct node *n, struct node *at_index)
{
	const char *begin = x->at;
	bool selected = at_index;
	size_t k;
	int r;

	for (k = 0; k < n->count; k++)
		n->below[k].hit = false;
	r = value(x, at_index, n);
	for (k = 0; r == 0 && k < n->count; k++) {
		if (!n->below[k].hit)
			continue;
		selected = n->below[k].met = true;
		x->at = begin;
		r = value(x, &n->below[k], NULL);
	}
	n->unknown += !selected;
	return r;
}

static int element(struct ndjson *x, struct node *n, size_t i)
{
	struct node *at_index = index_below(n, i);

	if (any_where(n))
		return chosen(x, n, at_index);
	if (n)
		n->unknown += !at_index;
	return value(x, at_index, NULL);
}

static int list(struct ndjson *x, struct node *n)
{
	size_t i;
	int r;

	x->at++;
	skip_blanks(x);
	for (i = 0; n && i < n->count; i++)
		n->below[i].met = false;
	if (is_next(x, ']')) {
		x->at++;
		return 0;
	}
	i = 0;
	do {
		skip_blanks(x);
		r = element(x, n, i++);
		if (r < 0)
			return r;
		skip_blanks(x);
	} while (is_next(x, ',') && x->at++);
	if (!is_next(x, ']'))
		return no_json(x);
	x->at++;
	return 0;
}

/* Any value. n: what it is wanted for, or NULL; probe: the list that asks whether it is one of those it wants. */
static int value(struct ndjson *x, struct node *n, struct node *probe)
{
	int r;

	if (!is_next(x, '{') && !is_next(x, '['))
		return scalar(x, n);
	if (n && n->column != NO_COLUMN)
		return bad_column(x, n->column, "is an object or a list; its path must lead to what is in it");
	if (x->depth == FORM_DEPTH_MAX)
		return bad(x, x->at, "objects and lists lie in each other deeper than 64 times");
	x->depth++;
	r = *x->at == '{' ? object(x, n, probe) : list(x, n);
	x->depth--;
	return r;
}

static int whole(struct ndjson *x)
{
	int r;

	skip_blanks(x);
	if (x->at < x->end && *x->at != '{')
		return bad(x, x->at, "one object a line is wanted");
	r = value(x, &x->root, NULL);
	if (r < 0)
		return r;
	skip_blanks(x);
	if (x->at < x->end)
		return bad(x, x->at, "one object a line is wanted");
	return *x->type && !x->typed ? bad(x, x->l->p, "the object's resourceType is not the description's resource-type") : 0;
}

static int make_room(struct ndjson *x, size_t len)
{
	if (x->room >= len)
		return 0;
	free(x->scratch);
	free(x->names);
	x->scratch = malloc(len);
	x->names = malloc(len);
	x->room = x->scratch && x->names ? len : 0;
	return x->room > 0 ? 0 : -SPE_E_INTERNAL;
}

static int ndjson_line(void *inside, struct form_line *l, struct csv_field *field)
{
	struct ndjson *x = inside;
	size_t i;
	int r;

	x->l = l;
	x->field = field;
	x->at = l->p;
	x->end = l->p + l->len;
	x->depth = 0;
	x->typed = false;
	x->keys = x->names_len = x->plain_len = 0;
	if (make_room(x, l->len) < 0)
		return -SPE_E_INTERNAL;
	for (i = 0; i < json_array_size(x->columns); i++)
		field[i] = (struct csv_field){ .p = "", .column = 1 };
	r = whole(x);
	for (i = 0; r == 0 && i < json_array_size(x->columns); i++)
		if (!field[i].p)
			field[i].p = x->plain + x->place[i];
	return r;
}

static void unknown_of(const struct node *n, json_t *told)
{
	size_t i;

	if (n->unknown > 0)
		json_object_set_new(told, n->path, json_integer((json_int_t)n->unknown));
	for (i = 0; i < n->count; i++)
		unknown_of(&n->below[i], told);
}

static json_t *ndjson_unknown(const void *inside)
{
	json_t *told = json_object();

	unknown_of(&((const struct ndjson *)inside)->root, told);
	return told;
}

const struct form_kind form_ndjson = { "ndjson", ndjson_begin, ndjson_end, ndjson_line, ndjson_unknown };
