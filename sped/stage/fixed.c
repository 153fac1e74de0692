/* stage/fixed.c - columns at fixed places of each line, in characters. The blanks around a value are none of it. */
#include <stdlib.h>
#include <string.h>

#include "sped/base/json.h"
#include "sped/stage/form.h"

struct place {
	size_t from, to; /* characters before it, and before what is behind it */
	size_t column;
};

struct fixed {
	struct place *place; /* in the order of the line */
	size_t count;
	const json_t *columns;
	bool blank; /* a line may end before its last column does */
	uint64_t unknown; /* lines with more than the columns have */
};

static int place_compare(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

static void fixed_end(void *inside)
{
	struct fixed *x = inside;

	free(x->place);
	free(x);
}

static void *fixed_begin(const json_t *table)
{
	struct fixed *x = calloc(1, sizeof(*x));
	const json_t *column;
	size_t i;

	if (!x)
		return NULL;
	x->columns = json_object_get(table, "columns");
	x->count = json_array_size(x->columns);
	x->blank = strcmp(json_str(table, "short-lines"), "blank") == 0;
	x->place = calloc(x->count, sizeof(*x->place));
	if (!x->place) {
		fixed_end(x);
		return NULL;
	}
	json_array_foreach (x->columns, i, column)
		x->place[i] = (struct place){ (size_t)json_int(column, "from") - 1, (size_t)json_int(column, "to"), i };
	qsort(x->place, x->count, sizeof(*x->place), place_compare);
	return x;
}

static bool is_ascii(const char *p, size_t n)
{
	unsigned char any = 0;
	size_t i;

	for (i = 0; i < n; i++)
		any |= (unsigned char)p[i];
	return any < 0x80;
}

/* Where n characters from *at on end, or the line. True: they are all there. */
static bool walk(const struct form_line *l, bool ascii, size_t *at, size_t n)
{
	if (ascii) {
		const bool there = l->len - *at >= n;

		*at = there ? *at + n : l->len;
		return there;
	}
	for (; n > 0 && *at < l->len; n--)
		for (++*at; *at < l->len && ((unsigned char)l->p[*at] & 0xc0) == 0x80; ++*at)
			;
	return n == 0;
}

static bool is_blank(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && (p[i] == ' ' || p[i] == '\t'); i++)
		;
	return i == n;
}

static int too_short(const struct fixed *x, struct form_line *l, size_t column)
{
	l->column = l->len + 1;
	l->what = l->room;
	snprintf(l->room, sizeof(l->room), l->cut ? "the file ends before column \"%.80s\" does: it is cut"
						   : "this line ends before column \"%.80s\" does", json_str(json_array_get(x->columns, column), "name"));
	return -SPE_E_INPUT;
}

static int fixed_line(void *inside, struct form_line *l, struct csv_field *field)
{
	struct fixed *x = inside;
	const bool ascii = is_ascii(l->p, l->len);
	size_t i, at = 0, done = 0;
	bool more = false;

	for (i = 0; i < x->count; i++) {
		const struct place *k = &x->place[i];
		struct csv_field *f = &field[k->column];
		size_t from = at, end;
		bool whole = walk(l, ascii, &from, k->from - done);

		more |= !is_blank(l->p + at, from - at);
		end = from;
		whole &= walk(l, ascii, &end, k->to - k->from);
		if (!whole && (l->cut || !x->blank))
			return too_short(x, l, k->column);
		at = end;
		done = k->to;
		*f = (struct csv_field){ .column = (uint32_t)from + 1 };
		while (from < end && l->p[from] == ' ')
			from++;
		while (end > from && l->p[end - 1] == ' ')
			end--;
		f->p = l->p + from;
		f->len = end - from;
		if (f->len > CSV_FIELD_MAX) {
			l->column = f->column;
			l->what = "this field is longer than 65536 bytes";
			return -SPE_E_INPUT;
		}
	}
	x->unknown += more || !is_blank(l->p + at, l->len - at);
	return 0;
}

static json_t *fixed_unknown(const void *inside)
{
	const struct fixed *x = inside;
	json_t *told = json_object();

	if (x->unknown > 0)
		json_object_set_new(told, "", json_integer((json_int_t)x->unknown));
	return told;
}

const struct form_kind form_fixed = { "fixed", fixed_begin, fixed_end, fixed_line, fixed_unknown };
