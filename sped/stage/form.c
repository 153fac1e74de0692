/* stage/form.c - lines, and whose they are; see form.h. */
#include "sped/stage/form.h"

#include <stdlib.h>
#include <string.h>

#include "sped/base/json.h"

static const struct form_kind *const kinds[] = { &form_ndjson, &form_fixed };

struct form {
	const struct form_kind *kind;
	void *inside;
	struct csv_field *field;
	size_t count;
	char *in; /* fed and not yet read: in[at..len) */
	size_t at, len, room, seen; /* in[at..seen) has no newline */
	bool begun, ended;
	uint64_t line; /* of the line last read */
	bool empty;    /* it was empty, which only what the end follows may be */
	struct spe_error error; /* code SPE_OK while good */
};

int form_new(struct form **ret, const json_t *table)
{
	const char *format = json_str(table, "format");
	struct form *f;
	size_t i;

	*ret = NULL;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && strcmp(kinds[i]->format, format) != 0; i++)
		;
	if (i == sizeof(kinds) / sizeof(kinds[0]))
		return 0;
	f = calloc(1, sizeof(*f));
	if (!f)
		return -SPE_E_INTERNAL;
	f->kind = kinds[i];
	f->count = json_array_size(json_object_get(table, "columns"));
	f->field = calloc(f->count, sizeof(*f->field));
	f->inside = f->kind->begin(table);
	if (!f->field || !f->inside) {
		form_free(f);
		return -SPE_E_INTERNAL;
	}
	*ret = f;
	return 0;
}

void form_free(struct form *f)
{
	if (!f)
		return;
	if (f->inside)
		f->kind->end(f->inside);
	free(f->field);
	free(f->in);
	free(f);
}

int form_feed(struct form *f, const char *p, size_t len, struct spe_error *e)
{
	if (len == 0) {
		f->ended = true;
		return 0;
	}
	if (f->at > 0) {
		memmove(f->in, f->in + f->at, f->len - f->at);
		f->len -= f->at;
		f->seen -= f->at;
		f->at = 0;
	}
	if (f->room - f->len < len) {
		char *more = realloc(f->in, f->len + len);

		if (!more)
			return spe_fail(e, SPE_E_INTERNAL, "no memory for %zu bytes of a table", len);
		f->in = more;
		f->room = f->len + len;
	}
	memcpy(f->in + f->len, p, len);
	f->len += len;
	return 0;
}

void form_where(const struct form *f, uint64_t *ret_line, uint64_t *ret_column)
{
	*ret_line = f->line + 1;
	*ret_column = f->len - f->at + 1;
}

json_t *form_unknown(const struct form *f)
{
	return f->kind->unknown(f->inside);
}

static int bad(struct form *f, size_t column, const char *what)
{
	return spe_fail(&f->error, SPE_E_INPUT, "line %llu column %zu: %s", (unsigned long long)f->line, column, what);
}

/* 1: l has the next line; 0: there is none yet; else it is too long. */
static int take_line(struct form *f, struct form_line *l)
{
	const char *end = f->len > f->seen ? memchr(f->in + f->seen, '\n', f->len - f->seen) : NULL;

	f->seen = end ? (size_t)(end - f->in) : f->len;
	if (f->seen - f->at > CSV_RECORD_MAX) {
		f->line++;
		return bad(f, CSV_RECORD_MAX + 1, "this line is longer than 1048576 bytes");
	}
	if (!end && !(f->ended && f->at < f->len))
		return 0;
	*l = (struct form_line){ .p = f->in + f->at, .len = f->seen - f->at, .cut = !end };
	f->at = f->seen += end != NULL;
	f->line++;
	if (!f->begun && l->len >= 3 && memcmp(l->p, "\xef\xbb\xbf", 3) == 0) {
		l->p += 3;
		l->len -= 3;
	}
	f->begun = true;
	if (end && l->len > 0 && l->p[l->len - 1] == '\r')
		l->len--;
	return 1;
}

static int read_line(struct form *f, struct form_line *l)
{
	const char *odd = memchr(l->p, '\0', l->len);
	int r;

	if (odd)
		return bad(f, (size_t)(odd - l->p) + 1, "a NUL byte is not text");
	odd = memchr(l->p, '\r', l->len);
	if (odd)
		return bad(f, (size_t)(odd - l->p) + 1, "a carriage return without a line feed");
	r = f->kind->line(f->inside, l, f->field);
	if (r == -SPE_E_INPUT)
		return bad(f, l->column, l->what);
	return r < 0 ? spe_fail(&f->error, SPE_E_INTERNAL, "no memory for line %llu", (unsigned long long)f->line) : 0;
}

static int next(struct form *f, struct csv_record *ret)
{
	struct form_line l;
	int r;

	while ((r = take_line(f, &l)) > 0) {
		if (f->empty) {
			f->line--;
			return bad(f, 1, "this line is empty");
		}
		f->empty = l.len == 0;
		if (f->empty)
			continue;
		r = read_line(f, &l);
		if (r < 0)
			return r;
		*ret = (struct csv_record){ .field = f->field, .count = f->count, .line = f->line };
		return 1;
	}
	return r;
}

int form_next(struct form *f, struct csv_record *ret, struct spe_error *e)
{
	int r = f->error.code == SPE_OK ? next(f, ret) : -1;

	if (r >= 0)
		return r;
	if (e)
		*e = f->error;
	return -(int)f->error.code;
}
