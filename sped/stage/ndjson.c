/* stage/ndjson.c - one JSON object a line (RFC 8259), as FHIR Bulk Data comes. What a path of the description leads to is a
 * value, as it is written; all else is counted and left. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

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
	bool met; /* WHERE: in this list */
	uint64_t unknown;
};

struct ndjson {
	struct node root;
	const char *type; /* of each resource; "": of any */
	char *text;       /* the line with its numbers in quotes */
	size_t room;
	json_t *object;
	struct form_line *l;
	struct csv_field *field;
	const json_t *columns;
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
	json_decref(x->object);
	free(x->text);
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
	good = x->root.path;
	json_array_foreach (x->columns, i, column)
		good = good && path_add(x, json_str(column, json_object_get(column, "path") ? "path" : "name"), i);
	if (good)
		return x;
	ndjson_end(x);
	return NULL;
}

static int bad(struct ndjson *x, size_t column, const char *what)
{
	x->l->column = column;
	x->l->what = what;
	return -SPE_E_INPUT;
}

static int bad_column(struct ndjson *x, size_t i, const char *what)
{
	snprintf(x->l->room, sizeof(x->l->room), "the value of column \"%.100s\" %s", json_str(json_array_get(x->columns, i), "name"), what);
	return bad(x, 1, x->l->room);
}

/* ---- the line, with its numbers in quotes, so that they stay as they are written ---- */

static size_t digits(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && p[i] >= '0' && p[i] <= '9'; i++)
		;
	return i;
}

/* Bytes of the number that begins at p (RFC 8259 section 6); 0: it is none. */
static size_t number(const char *p, size_t n)
{
	size_t at = *p == '-', k = digits(p + at, n - at);

	if (k == 0 || (k > 1 && p[at] == '0'))
		return 0;
	at += k;
	if (at < n && p[at] == '.') {
		k = digits(p + at + 1, n - at - 1);
		if (k == 0)
			return 0;
		at += k + 1;
	}
	if (at < n && (p[at] == 'e' || p[at] == 'E')) {
		at++;
		at += at < n && (p[at] == '+' || p[at] == '-');
		k = digits(p + at, n - at);
		if (k == 0)
			return 0;
		at += k;
	}
	return at;
}

/* Bytes of the string that begins at p, with its quotes; n where it does not end. */
static size_t string(const char *p, size_t n)
{
	size_t i;

	for (i = 1; i < n && p[i] != '"'; i++)
		i += p[i] == '\\';
	return i < n ? i + 1 : n;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A number is a value: nothing but a blank, a comma or an end follows it, and it is no key. */
static bool number_ends(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && is_blank(p[i]); i++)
		;
	return i == n || strchr(",]}", p[i]);
}

static int no_json(struct ndjson *x, size_t at)
{
	return bad(x, at + 1, "this is no JSON");
}

/* *ret_len is of what was written; reading stops where that reaches stop, and *ret_at is where. */
static int quote_numbers(struct ndjson *x, size_t stop, size_t *ret_len, size_t *ret_at)
{
	const char *p = x->l->p;
	const size_t len = x->l->len;
	char *out = x->text;
	int depth = 0;
	size_t i, n;

	for (i = 0; i < len && (size_t)(out - x->text) < stop; i += n) {
		const char c = p[i];
		const bool is_number = c == '-' || (c >= '0' && c <= '9');

		n = c == '"' ? string(p + i, len - i) : is_number ? number(p + i, len - i) : 1;
		if (is_number && (n == 0 || !number_ends(p + i + n, len - i - n)))
			return no_json(x, i);
		if (c == '{' || c == '[')
			depth++;
		else if (c == '}' || c == ']')
			depth--;
		if (depth > FORM_DEPTH_MAX)
			return bad(x, i + 1, "objects and lists lie in each other deeper than 64 times");
		if (is_number)
			*out++ = '"';
		memcpy(out, p + i, n);
		out += n;
		if (is_number)
			*out++ = '"';
	}
	*ret_len = (size_t)(out - x->text);
	*ret_at = i;
	return 0;
}

/* Never the parser's own words: they have content. */
static int parse_failed(struct ndjson *x, const json_error_t *error)
{
	size_t len, at = 0;
	const char *what;

	switch (json_error_code(error)) {
	case json_error_out_of_memory:
		return -SPE_E_INTERNAL;
	case json_error_premature_end_of_input:
		what = x->l->cut ? "the file ends within this object: it is cut" : "the line ends within this object";
		break;
	case json_error_duplicate_key:
		what = "an object has one key twice";
		break;
	case json_error_null_character:
	case json_error_null_byte_in_key:
		what = "NUL is not text";
		break;
	case json_error_end_of_input_expected:
		what = "one object a line is wanted";
		break;
	default:
		what = "this is no JSON";
	}
	if (quote_numbers(x, (size_t)(error->position > 0 ? error->position : 0), &len, &at) < 0)
		at = 0;
	return bad(x, at > 0 ? at : 1, what);
}

static int parse(struct ndjson *x)
{
	const size_t want = 2 * x->l->len + 4; /* a digit and a comma become four */
	json_error_t error;
	size_t len, at;
	int r;

	if (x->room < want) {
		free(x->text);
		x->room = 0;
		x->text = malloc(want);
		if (!x->text)
			return -SPE_E_INTERNAL;
		x->room = want;
	}
	r = quote_numbers(x, SIZE_MAX, &len, &at);
	if (r < 0)
		return r;
	x->object = json_loadb(x->text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (!x->object)
		return parse_failed(x, &error);
	return json_is_object(x->object) ? 0 : bad(x, 1, "one object a line is wanted");
}

/* ---- what is taken of it ---- */

static int take(struct ndjson *x, size_t column, const json_t *v)
{
	struct csv_field *f = &x->field[column];
	const char *p;

	if (json_is_object(v) || json_is_array(v))
		return bad_column(x, column, "is an object or a list; its path must lead to what is in it");
	if (json_is_boolean(v)) {
		f->p = json_is_true(v) ? "true" : "false";
		f->len = strlen(f->p);
	}
	if (!json_is_string(v))
		return 0;
	f->p = json_string_value(v);
	f->len = json_string_length(v);
	if (f->len > CSV_FIELD_MAX)
		return bad_column(x, column, "is longer than 65536 bytes");
	for (p = f->p; (p = memchr(p, '\r', (size_t)(f->p + f->len - p))); p++)
		if (p[1] != '\n')
			return bad_column(x, column, "has a carriage return without a line feed");
	return 0;
}

static int visit(struct ndjson *x, struct node *n, const json_t *v);

/* A member that no path names, and that is known all the same: what the element was chosen by, and the resource's type. */
static bool is_told(const struct ndjson *x, const struct node *n, const char *key)
{
	if (n == &x->root)
		return *x->type && strcmp(key, RESOURCE_TYPE) == 0;
	return n->step.kind == PATH_WHERE && strcmp(key, n->key) == 0;
}

/* Members come in much the same order as columns: the next one is looked at first. */
static struct node *member_below(const struct node *n, const char *key, size_t *next)
{
	size_t i, k;

	for (i = 0; i < n->count; i++) {
		k = (*next + i) % n->count;
		if (n->below[k].step.kind == PATH_MEMBER && strcmp(n->below[k].key, key) == 0) {
			*next = k + 1;
			return &n->below[k];
		}
	}
	return NULL;
}

static int visit_object(struct ndjson *x, struct node *n, const json_t *v)
{
	const char *key;
	struct node *below;
	json_t *member;
	size_t next = 0;
	int r = 0;

	json_object_foreach ((json_t *)(uintptr_t)v, key, member) {
		below = member_below(n, key, &next);
		if (below)
			r = visit(x, below, member);
		else
			n->unknown += !is_told(x, n, key);
		if (r < 0)
			break;
	}
	return r;
}

static bool is_selected(struct node *n, size_t i, const json_t *element)
{
	const json_t *v;

	if (n->step.kind == PATH_INDEX)
		return n->step.index == i;
	if (n->step.kind != PATH_WHERE || n->met)
		return false;
	v = json_object_get(element, n->key);
	n->met = json_string_length(v) == n->step.value_len && memcmp(json_string_value(v), n->step.value, n->step.value_len) == 0;
	return n->met;
}

static int visit_list(struct ndjson *x, struct node *n, const json_t *v)
{
	const json_t *element;
	size_t i, k;
	int r;

	for (k = 0; k < n->count; k++)
		n->below[k].met = false;
	json_array_foreach (v, i, element) {
		bool selected = false;

		for (k = 0; k < n->count; k++) {
			if (!is_selected(&n->below[k], i, element))
				continue;
			selected = true;
			r = visit(x, &n->below[k], element);
			if (r < 0)
				return r;
		}
		n->unknown += !selected;
	}
	return 0;
}

static int visit(struct ndjson *x, struct node *n, const json_t *v)
{
	if (n->column != NO_COLUMN)
		return take(x, n->column, v);
	if (json_is_object(v))
		return visit_object(x, n, v);
	if (json_is_array(v))
		return visit_list(x, n, v);
	n->unknown += !json_is_null(v);
	return 0;
}

static int ndjson_line(void *inside, struct form_line *l, struct csv_field *field)
{
	struct ndjson *x = inside;
	size_t i;
	int r;

	x->l = l;
	x->field = field;
	json_decref(x->object);
	x->object = NULL;
	r = parse(x);
	if (r < 0)
		return r;
	if (*x->type && strcmp(json_str(x->object, RESOURCE_TYPE), x->type) != 0)
		return bad(x, 1, "the object's resourceType is not the description's resource-type");
	for (i = 0; i < json_array_size(x->columns); i++)
		field[i] = (struct csv_field){ .p = "", .column = 1 };
	return visit(x, &x->root, x->object);
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
