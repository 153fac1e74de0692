/* stage/table.c - one table staged: the permit's variables of the records for which its conditions hold, of the persons who
 * are in its cohorts and did not opt out. What is left out, changed or does not fit is counted. */
#include <endian.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "spe/holding.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"
#include "sped/stage/stage.h"

#define ROWS_TOLD 8192 /* rows after which it is looked whether to tell how far it is */
#define ORDER_BYTES (64u << 20) /* of rows in memory that are put into order: of the longest 60 */
#define MISFITS_TOLD 100 /* variables of a table: 64 tables with as many fit before TASK_PRINTS */

struct take {
	size_t column;
	const char *name;
	bool identifier;
	size_t beside;         /* of people beside the row's: from 1 */
	enum datatype type;    /* of the description, and */
	enum datatype staged;  /* as it is written */
	struct change *change; /* NULL: as it stands */
	bool copies;           /* a string, as it stands */
	bool moved;            /* its days, with the person's */
	struct days days;      /* where days move */
	struct buf text;       /* a value whose days were moved */
	uint64_t misfits;
};
struct plan {
	size_t count;
	struct take take[];
};

static bool wants(const json_t *variables, const char *name)
{
	const json_t *v;
	size_t i;

	json_array_foreach (variables, i, v)
		if (strcmp(json_string_value(v), name) == 0)
			return true;
	return false;
}

static bool wants_all(const json_t *variables)
{
	return json_array_size(variables) == 1 && wants(variables, "*");
}

static const json_t *column_named(const struct table_task *t, const char *name)
{
	const json_t *columns = json_object_get(t->description, "columns"), *column;
	size_t i;

	json_array_foreach (columns, i, column)
		if (strcmp(json_str(column, "name"), name) == 0)
			return column;
	return NULL;
}

static bool is_dropped(const struct table_task *t, const char *name)
{
	const json_t *step;
	size_t i;

	json_array_foreach (t->generalise, i, step)
		if (strcmp(json_str(step, "to"), "drop") == 0 && strcmp(json_str(step, "variable"), name) == 0 &&
			strcmp(json_str(step, "table"), json_str(t->description, "name")) == 0)
			return true;
	return false;
}

/* Every variable the permit names is there, and it generalises what it permits. */
static int names_check(const struct table_task *t, struct spe_error *e)
{
	const json_t *v;
	size_t i;

	if (!wants_all(t->variables))
		json_array_foreach (t->variables, i, v)
			if (!column_named(t, json_string_value(v)))
				return spe_fail(e, SPE_E_INPUT,
					"%s: the permit names the variable \"%s\", which the description does not have",
					t->where, json_string_value(v));
	json_array_foreach (t->generalise, i, v) {
		const char *name = json_str(v, "variable");

		if (strcmp(json_str(v, "table"), json_str(t->description, "name")) != 0)
			continue;
		if (!column_named(t, name) || !(wants_all(t->variables) || wants(t->variables, name)))
			return spe_fail(e, SPE_E_INPUT, "%s: the permit generalises \"%s\", which is not among its variables",
				t->where, name);
	}
	return 0;
}

/* Pseudonyms have no coarser form: an identifier stays or is dropped. */
static int take_change(struct take *k, const struct table_task *t, struct spe_error *e)
{
	int r = change_new(&k->change, t->generalise, json_str(t->description, "name"), k->name, &k->staged, t->where, e);

	if (r == 0 && k->identifier && k->change)
		return spe_fail(e, SPE_E_INPUT, "%s: the permit generalises \"%s\", which identifies people; it may be dropped alone",
			t->where, k->name);
	return r;
}

static int plan_column(struct plan *p, const struct table_task *t, size_t i, struct spe_error *e)
{
	const json_t *column = json_array_get(json_object_get(t->description, "columns"), i);
	const char *name = json_str(column, "name");
	const bool identifier = json_object_get(column, "identifier"), all = wants_all(t->variables);
	struct take *k = &p->take[p->count];
	int r;

	if ((!all && !wants(t->variables, name)) || is_dropped(t, name))
		return 0;
	if (identifier && t->anonymised) {
		if (all)
			return 0;
		return spe_fail(e, SPE_E_INPUT,
			"%s: the permit says anonymised and names \"%s\", which identifies people",
			t->where, name);
	}
	*k = (struct take){ .column = i, .name = name, .identifier = identifier, .type = datatype_of(column),
		.staged = datatype_of(column) };
	p->count++;
	r = take_change(k, t, e);
	k->moved = t->shifted && !identifier && !change_begins_with_age(k->change) && (k->type == DATA_DATE || k->type == DATA_STRING);
	k->copies = k->type == DATA_STRING && !k->change && !k->moved;
	return r;
}

static void plan_free(struct plan *p)
{
	size_t i;

	for (i = 0; p && i < p->count; i++) {
		change_free(p->take[i].change);
		days_end(&p->take[i].days);
		buf_free(&p->take[i].text);
	}
	free(p);
}

static int plan_new(struct plan **ret, const struct table_task *t, struct spe_error *e)
{
	const size_t n = json_array_size(json_object_get(t->description, "columns"));
	struct plan *p;
	size_t i;
	int r = names_check(t, e);

	if (r < 0)
		return r;
	p = calloc(1, sizeof(*p) + n * sizeof(p->take[0]));
	if (!p)
		return spe_fail(e, SPE_E_INTERNAL, "%s: there is no memory", t->where);
	for (i = 0; r == 0 && i < n; i++)
		r = plan_column(p, t, i, e);
	if (r == 0 && p->count == 0 && json_array_size(t->variables) > 0)
		r = spe_fail(e, SPE_E_INPUT,
			"%s: nothing is left but a column that identifies people", t->where);
	if (r < 0) {
		plan_free(p);
		return r;
	}
	*ret = p;
	return 0;
}

/* A column that names people beside the row's. */
struct beside {
	size_t column;
	enum idnum_kind kind;
	bool known[PERSON_MANY];
	char token[PERSON_MANY][PSN_TOKEN + CSV_SLACK];
};

struct work {
	const struct table_task *t;
	struct digests *digests;
	struct source *source;
	struct rows *rows;
	struct plan *plan;
	struct writer *writer;     /* NULL: the table is read for a cohort alone */
	struct canaries *canaries; /* NULL: none are asked for */
	struct spill *order;       /* NULL: rows stay in that of the file */
	struct buf row;            /* on its way there */
	struct risk *risk;         /* NULL: not measured */
	struct risk_plan risk_plan;
	struct csv_field *field; /* a row as it is written, and */
	char (*room)[CHANGE_ROOM]; /* what is in it */
	size_t who;              /* the column that says who it is; SIZE_MAX: none does */
	enum idnum_kind kind;
	struct beside *beside;
	size_t besides;
	struct csv_record record[PERSON_MANY]; /* read together, so that their persons are found together */
	struct csv_field *ahead; /* the fields of all but the first */
	struct held {
		bool it;           /* the conditions hold */
		size_t unreadable; /* a column that one is about, with a value that is not what it should be; SIZE_MAX: none */
	} held[PERSON_MANY];
	size_t now;              /* the one that is staged */
	const char *token;       /* of this row's person; NULL: not known */
	int shift;               /* and their days */
	struct table_done *done;
};

static int no_memory(const struct table_task *t, struct spe_error *e)
{
	return spe_fail(e, SPE_E_INTERNAL, "%s: there is no memory", t->where);
}

static int cant_write(const struct table_task *t, int r, struct spe_error *e)
{
	spe_fail(e, SPE_E_INTERNAL, "%s can't be written: %s", t->where, strerror(-r));
	if (r == -ENOSPC)
		spe_remedy(e, "make room where the data of workspaces lie, and stage again");
	return -SPE_E_INTERNAL;
}

static void write_header(const struct work *k)
{
	const struct plan *p = k->plan;
	size_t i;

	for (i = 0; i < p->count; i++)
		k->field[i] = (struct csv_field){ .p = p->take[i].name, .len = strlen(p->take[i].name) };
	writer_row(k->writer, k->field);
}

/* ---- who it is ---- */

static int bad_number(const struct work *k, const struct csv_record *record, size_t i, struct spe_error *e)
{
	const json_t *column = json_array_get(json_object_get(k->t->description, "columns"), i);

	spe_fail(e, SPE_E_INPUT, "%s line %llu: column \"%s\" has no personal identity number of the kind %s", k->t->where,
		(unsigned long long)record->line, json_str(column, "name"), json_str(column, "identifier"));
	spe_remedy(e, "correct or remove the record, and send the table again");
	return -SPE_E_INPUT;
}

static bool in_cohorts(const struct table_task *t, const char *token)
{
	size_t i;

	for (i = 0; t->cohorts && t->cohorts[i]; i++)
		if (!token || !persons_have(t->cohorts[i], token))
			return false;
	return true;
}

/* 1: nothing is against this row; 0: who is named in this column opted out, or has no number (token is NULL), who may have; else it is
 * refused. */
static int stays(struct work *k, const struct csv_record *record, size_t column, enum idnum_kind kind, const char *token,
	struct spe_error *e)
{
	const struct table_task *t = k->t;
	const struct csv_field *f = &record->field[column];

	if (token && t->opt_out && persons_have(t->opt_out, token)) {
		k->done->by_opt_out++;
		return 0;
	}
	if (token)
		return 1;
	if (t->invalid == INVALID_REFUSE)
		return bad_number(k, record, column, e);
	k->done->faults[idnum_fault(kind, f->p, f->len)]++;
	if (t->invalid == INVALID_REJECT || t->opt_out) {
		k->done->by_invalid++;
		return 0;
	}
	return 1;
}

/* Who else is in the row, which says something of them too; a column may name nobody. */
static int others_stay(struct work *k, const struct csv_record *record, struct spe_error *e)
{
	size_t i;
	int r = 1;

	for (i = 0; i < k->besides && r == 1; i++) {
		const struct beside *b = &k->beside[i];
		const struct csv_field *f = &record->field[b->column];

		if (b->known[k->now] || !person_unnamed(f->p, f->len))
			r = stays(k, record, b->column, b->kind, b->known[k->now] ? b->token[k->now] : NULL, e);
	}
	return r;
}

/* 1: this row is staged; 0: it is left out; else it is refused. Whose number is none is in no cohort. */
static int person_of(struct work *k, const struct csv_record *record, struct spe_error *e)
{
	const struct table_task *t = k->t;
	int r;

	k->token = person_answered(t->person, k->now);
	r = stays(k, record, k->who, k->kind, k->token, e);
	if (r <= 0)
		return r;
	if (!in_cohorts(t, k->token)) {
		k->done->by_cohort++;
		return 0;
	}
	r = others_stay(k, record, e);
	if (r <= 0)
		return r;
	if (k->token && t->shifted && person_shift(t->person, k->now, &k->shift) < 0)
		return no_memory(t, e);
	if (k->token && t->collect && persons_add(t->collect, k->token) < 0)
		return no_memory(t, e);
	return 1;
}

/* ---- what is staged of a row ---- */

static int plan_days_check(const struct plan *p, const struct table_task *t, struct spe_error *e)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < p->count; i++)
		r = days_judge(&p->take[i].days, t->where, p->take[i].name, e);
	return r;
}

static int misfit(const struct work *k, const struct csv_record *record, size_t i, struct spe_error *e)
{
	static const char *const names[] = { "string", "integer", "number", "date" };
	const json_t *column = json_array_get(json_object_get(k->t->description, "columns"), i);

	spe_fail(e, SPE_E_INPUT, "%s line %llu: column \"%s\" has a value that is no %s", k->t->where,
		(unsigned long long)record->line, json_str(column, "name"), names[datatype_of(column)]);
	spe_remedy(e, "correct the value or the description, or let the permit take misfits as null");
	return -SPE_E_INPUT;
}

static int unmoved(const struct work *k, const struct csv_record *record, const struct take *c, struct spe_error *e)
{
	spe_fail(e, SPE_E_INPUT, "%s line %llu: column \"%s\" has a day, which the permit shifts by person, and no column identifies people",
		k->t->where, (unsigned long long)record->line, c->name);
	spe_remedy(e, "leave the variable out in a new version of the permit");
	return -SPE_E_INPUT;
}

static bool is_letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Databases and FHIR have points in time and periods, which descriptions know as strings: beside days that moved, one that stayed
 * where it was would tell by how much. */
static bool has_day(const struct take *c, const struct csv_field *f)
{
	return c->type == DATA_DATE || (f->len >= DAY_TEXT && value_fits(DATA_DATE, f->p, DAY_TEXT) && (f->len == DAY_TEXT ||
		(f->p[DAY_TEXT] | 0x20) == 't' || !is_letter_or_digit(f->p[DAY_TEXT])));
}

/* Where the next day in it is, from a place on; at its end: there is none. */
static size_t next_day(const struct csv_field *f, size_t at)
{
	for (; at + DAY_TEXT <= f->len; at++)
		if (value_fits(DATA_DATE, f->p + at, DAY_TEXT))
			return at;
	return f->len;
}

/* What systems write where they know no day, or no end: all know what it was before it moved. */
static bool stands_for_none(const char *p)
{
	static const char *const known[] = { "1753-01-01", "1800-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1970-01-01" };
	struct day d;
	size_t i;

	if (!day_read(p, DAY_TEXT, &d) || d.y <= 1 || d.y >= 2099)
		return true;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (memcmp(p, known[i], DAY_TEXT) == 0)
			return true;
	return false;
}

/* All that are in it, or it is not told. A month tells as well by how much it was moved, but for days; a year does not. */
static bool move_days(const struct work *k, struct take *c, struct csv_field *f, char room[CHANGE_ROOM])
{
	const bool counted = change_leaves_month(c->change);
	size_t at, from = 0;

	c->text.len = 0;
	for (at = 0; at < f->len; at = next_day(f, from)) {
		if (!k->token || stands_for_none(f->p + at) || !day_shift(f->p + at, DAY_TEXT, k->shift, room))
			return false;
		if (counted && days_move(&c->days, f->p + at, k->token) < 0)
			c->text.bad = true;
		buf_add(&c->text, f->p + from, at - from);
		buf_add(&c->text, room, DAY_TEXT);
		from = at + DAY_TEXT;
	}
	buf_add(&c->text, f->p + from, f->len - from);
	*f = (struct csv_field){ .p = c->text.p, .len = c->text.len };
	return !c->text.bad;
}

/* One value on its way. What does not fit is kept where the permit says so and nothing has to be made of it. */
static int take_readable(struct work *k, const struct csv_record *record, size_t i, struct spe_error *e)
{
	struct take *c = &k->plan->take[i];
	struct csv_field *f = &k->field[i];
	bool moved, plain;

	*f = record->field[c->column];
	if (value_missing(c->type, f->p, f->len))
		return 0;
	moved = c->moved && has_day(c, f);
	plain = !c->change && !moved;
	if (moved && k->who == SIZE_MAX)
		return unmoved(k, record, c, e);
	if (value_fits(c->type, f->p, f->len)) {
		if (moved && !move_days(k, c, f, k->room[i])) {
			f->len = 0;
			c->misfits += k->token != NULL; /* nobody's is counted with the number */
			return c->text.bad ? no_memory(k->t, e) : 0;
		}
		if (!c->change || change_value(c->change, f, k->room[i]))
			return 0;
	}
	c->misfits++;
	if (k->t->misfits == MISFITS_REFUSE)
		return misfit(k, record, c->column, e);
	if (!plain || k->t->misfits == MISFITS_NULL)
		f->len = 0;
	return 0;
}

/* A constant hides as well whether there was a value and whether it could be read. */
static int take_value(struct work *k, const struct csv_record *record, size_t i, struct spe_error *e)
{
	struct take *c = &k->plan->take[i];
	int r = take_readable(k, record, i, e);

	if (k->t->shifted && r == 0 && !(c->moved && has_day(c, &k->field[i])))
		days_stay(&c->days, &k->field[i]);
	if (r == 0 && c->change)
		change_constant(c->change, &k->field[i]);
	return r;
}

static void take_person(struct work *k, const struct csv_record *record, size_t i)
{
	const struct take *c = &k->plan->take[i];
	const struct beside *b = c->beside ? &k->beside[c->beside - 1] : NULL;
	const struct csv_field *f = &record->field[c->column];
	const char *token = !b ? k->token : b->known[k->now] ? b->token[k->now] : NULL;

	if (token)
		k->field[i] = (struct csv_field){ .p = token, .len = PSN_TOKEN, .plain = true };
	else if (b && person_unnamed(f->p, f->len))
		k->field[i] = (struct csv_field){ .p = "" };
	else
		k->field[i] = (struct csv_field){ .p = INVALID_WORD, .len = strlen(INVALID_WORD) };
}

static int prints_fail(const struct table_task *t, struct spe_error *e)
{
	return spe_fail(e, SPE_E_INTERNAL, "%s: its fingerprints can't be written", t->where);
}

enum row { ROW, ROW_PLANTED, ROW_DECOY };

static int row_write(const struct work *k, enum row what, struct spe_error *e)
{
	if (what != ROW && writer_canary(k->writer, what == ROW_PLANTED, k->field) < 0)
		return prints_fail(k->t, e);
	if (what != ROW_DECOY)
		writer_row(k->writer, k->field);
	return 0;
}

/* Now, or in an order that follows from what is in the rows: for each field its length and its bytes. */
static int row_put(struct work *k, enum row what, struct spe_error *e)
{
	const unsigned char last = (unsigned char)what;
	size_t i;
	int r;

	if (!k->order)
		return row_write(k, what, e);
	k->row.len = 0;
	for (i = 0; i < k->plan->count; i++) {
		const uint32_t n = htobe32((uint32_t)k->field[i].len);

		buf_add(&k->row, &n, sizeof(n));
		buf_add(&k->row, k->field[i].p, k->field[i].len);
	}
	buf_add(&k->row, &last, 1);
	if (k->row.bad)
		return no_memory(k->t, e);
	r = spill_add(k->order, k->row.p, k->row.len);
	return r < 0 ? cant_write(k->t, r, e) : 0;
}

static int rows_in_order(struct work *k, struct spe_error *e)
{
	const uint8_t *what;
	const void *row;
	size_t n, i;
	int r = spill_order(k->order), bad = 0;

	while (r >= 0 && bad == 0 && (r = spill_next(k->order, &row, &n)) > 0) {
		struct rd rd = { row, (const uint8_t *)row + n, false };

		for (i = 0; i < k->plan->count; i++) {
			const size_t len = rd_u32be(&rd);

			k->field[i] = (struct csv_field){ .p = (const char *)rd_bytes(&rd, len), .len = len };
		}
		what = rd_bytes(&rd, 1);
		bad = what ? row_write(k, *what, e) : cant_write(k->t, -EIO, e);
	}
	return r < 0 ? cant_write(k->t, r, e) : bad;
}

static int write_record(struct work *k, const struct csv_record *record, struct spe_error *e)
{
	const struct table_task *t = k->t;
	const struct plan *p = k->plan;
	size_t i;
	int r = 0;

	for (i = 0; i < p->count; i++) {
		const struct take *c = &p->take[i];

		if (c->identifier)
			take_person(k, record, i);
		else if (c->copies)
			k->field[i] = record->field[c->column];
		else if ((r = take_value(k, record, i, e)) < 0)
			return r;
	}
	if (k->risk && (r = risk_row(k->risk, k->field, k->token)) < 0)
		return cant_write(t, r, e);
	return row_put(k, ROW, e);
}

/* ---- rows of nobody ---- */

/* As any row, but whose person does not exist. */
static int plant_one(struct work *k, const struct canary *c, struct spe_error *e)
{
	const struct table_task *t = k->t;
	const struct plan *p = k->plan;
	size_t i;

	for (i = 0; i < p->count; i++) {
		if (p->take[i].identifier && person_nobody(t->person, c->nobody, p->take[i].beside, k->room[i]) < 0)
			return spe_fail(e, SPE_E_INTERNAL, "%s: pseudonyms can't be made", t->where);
		k->field[i] = p->take[i].identifier ? (struct csv_field){ .p = k->room[i], .len = PSN_TOKEN } : c->field[i];
	}
	k->done->planted += c->planted;
	k->done->rows_out += c->planted;
	return row_put(k, c->planted ? ROW_PLANTED : ROW_DECOY, e);
}

static int plant(struct work *k, uint64_t row, struct spe_error *e)
{
	const struct canary *c;
	int r = 0;

	while (r == 0 && k->canaries && (c = canaries_due(k->canaries, row)))
		r = plant_one(k, c, e);
	return r;
}

/* ---- the whole table ---- */

static int record_holds(struct work *k, const struct csv_record *record, struct spe_error *e)
{
	const struct held *held = &k->held[k->now];

	k->token = NULL;
	k->shift = 0;
	if (!held->it) {
		k->done->by_conditions++;
		if (held->unreadable == SIZE_MAX)
			return 0;
		k->done->unreadable++;
		return k->t->misfits == MISFITS_REFUSE ? misfit(k, record, held->unreadable, e) : 0;
	}
	return k->who != SIZE_MAX ? person_of(k, record, e) : 1;
}

static int stage_record(struct work *k, const struct csv_record *record, struct spe_error *e)
{
	int r = record_holds(k, record, e);

	if (r <= 0)
		return r;
	k->done->rows_out++;
	if (!k->writer)
		return 0;
	r = plant(k, k->done->rows_in - 1, e); /* before a row, so that none is the last of the file */
	if (r == 0)
		r = write_record(k, record, e);
	if (r == 0 && k->canaries)
		canaries_see(k->canaries, k->field);
	return r;
}

/* Of the rows for which the conditions hold. */
static int people_ask(struct work *k, size_t column, enum idnum_kind kind, size_t n, struct spe_error *e)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct csv_field *f = &k->record[i].field[column];

		if (k->held[i].it)
			person_ask(k->t->person, i, kind, f->p, f->len);
	}
	return person_answer(k->t->person) < 0 ? no_memory(k->t, e) : 0;
}

static int others_ask(struct work *k, struct beside *b, size_t n, struct spe_error *e)
{
	int r = people_ask(k, b->column, b->kind, n, e);
	size_t i;

	for (i = 0; r == 0 && i < n; i++) {
		const char *token = k->held[i].it ? person_answered(k->t->person, i) : NULL;

		b->known[i] = token;
		if (token)
			memcpy(b->token[i], token, PSN_TOKEN);
	}
	return r;
}

/* So many records that lie ready: what is asked of all first, then each. */
static int stage_records(struct work *k, size_t n, struct spe_error *e)
{
	size_t i;
	int r = 0;

	for (i = 0; i < n; i++) {
		k->held[i].unreadable = SIZE_MAX;
		k->held[i].it = rows_hold(k->rows, &k->record[i], &k->held[i].unreadable);
	}
	for (i = 0; r == 0 && i < k->besides; i++)
		r = others_ask(k, &k->beside[i], n, e);
	if (r == 0 && k->who != SIZE_MAX) /* the last: person_of asks for more of them */
		r = people_ask(k, k->who, k->kind, n, e);
	for (k->now = 0; r == 0 && k->now < n; k->now++) {
		k->done->rows_in++;
		r = stage_record(k, &k->record[k->now], e);
	}
	return r;
}

static int copy_records(struct work *k, struct spe_error *e)
{
	const struct table_task *t = k->t;
	uint64_t look = ROWS_TOLD;
	int r, prints = 0;

	if (k->writer)
		write_header(k);
	while ((r = source_next(k->source, &k->record[0], e)) > 0) {
		if (t->with.progress && k->done->rows_in >= look) {
			progress_tell(t->with.progress, k->done->rows_in, source_bytes(k->source));
			look += ROWS_TOLD;
		}
		r = stage_records(k, 1 + source_more(k->source, k->record + 1, k->ahead, PERSON_MANY - 1), e);
		if (r < 0)
			return r;
	}
	if (r == 0 && k->done->rows_out > 0) /* whose place is behind the last row that was chosen */
		r = plant(k, UINT64_MAX, e);
	if (r < 0)
		return r;
	if (t->digest && strcmp(t->digest, source_digest(k->source)) != 0)
		return spe_fail(e, SPE_E_TAMPERED, "%s changed while it was read", t->where);
	if (t->shifted && (r = plan_days_check(k->plan, t, e)) < 0)
		return r;
	if (k->order && (r = rows_in_order(k, e)) < 0)
		return r;
	r = k->writer ? writer_finish(k->writer, &k->done->bytes, k->done->digest, &prints) : 0;
	if (r < 0)
		return cant_write(t, r, e);
	return prints < 0 ? prints_fail(t, e) : 0;
}

/* ---- residual risk ---- */

static const json_t *risk_of(const struct table_task *t)
{
	const json_t *risk;
	size_t i;

	json_array_foreach (t->risk, i, risk)
		if (strcmp(json_str(risk, "table"), json_str(t->description, "name")) == 0)
			return risk;
	return NULL;
}

static int risk_place(const struct work *k, const char *name, size_t *ret, struct spe_error *e)
{
	size_t i;

	for (i = 0; i < k->plan->count; i++)
		if (strcmp(k->plan->take[i].name, name) == 0 && !k->plan->take[i].identifier) {
			*ret = i;
			return 0;
		}
	return spe_fail(e, SPE_E_INPUT, "%s: the permit measures its risk by \"%s\", which is not staged%s", k->t->where, name,
		column_named(k->t, name) ? "" : " and not in the description");
}

static int risk_begin(struct work *k, struct spe_error *e)
{
	const json_t *risk = risk_of(k->t), *names = json_object_get(risk, "quasi-identifiers");
	const char *sensitive = json_str(risk, "sensitive");
	struct risk_plan *p = &k->risk_plan;
	size_t i;
	int r = 0;

	if (!risk)
		return 0;
	p->quasi = calloc(json_array_size(names), sizeof(*p->quasi));
	p->type = calloc(k->plan->count + 1, sizeof(*p->type));
	p->quasis = json_array_size(names);
	p->sensitive = RISK_NOTHING;
	for (i = 0; p->type && i < k->plan->count; i++)
		p->type[i] = k->plan->take[i].type;
	for (i = 0; r == 0 && p->quasi && i < p->quasis; i++)
		r = risk_place(k, json_string_value(json_array_get(names, i)), &p->quasi[i], e);
	if (r == 0 && *sensitive)
		r = risk_place(k, sensitive, &p->sensitive, e);
	if (r < 0)
		return r;
	if (*sensitive)
		p->numeric = k->plan->take[p->sensitive].staged == DATA_INTEGER || k->plan->take[p->sensitive].staged == DATA_NUMBER;
	return p->quasi && p->type && risk_new(&k->risk, p, k->t->spill) == 0 ? 0 : no_memory(k->t, e);
}

static int floors_check(const struct work *k, struct spe_error *e)
{
	const json_t *risk = risk_of(k->t), *max_t = json_object_get(risk, "max-t");
	const struct risk_found *found = &k->done->risk;

	if (found->rows == 0)
		return 0;
	if ((uint64_t)json_int(risk, "min-k") > found->k) {
		spe_fail(e, SPE_E_REFUSED, "%s: k is %llu over the permit's quasi-identifiers; the permit asks for at least %lld",
			k->t->where, (unsigned long long)found->k, (long long)json_int(risk, "min-k"));
		spe_remedy(e, "generalise further in a new version of the permit");
		return -SPE_E_REFUSED;
	}
	if (json_is_number(max_t) && (!found->has_t || found->t > json_number_value(max_t))) {
		spe_fail(e, SPE_E_REFUSED, "%s: t is %.4f over the permit's quasi-identifiers; the permit takes at most %.4f",
			k->t->where, found->has_t ? found->t : 1, json_number_value(max_t));
		spe_remedy(e, "generalise further in a new version of the permit");
		return -SPE_E_REFUSED;
	}
	return 0;
}

static int risk_finish(struct work *k, struct spe_error *e)
{
	int r = k->risk ? risk_end(k->risk, &k->done->risk) : 0;

	if (r < 0)
		return cant_write(k->t, r, e);
	k->done->measured = k->risk;
	return k->risk ? floors_check(k, e) : 0;
}

/* ---- making ready ---- */

static int work_canaries(struct work *k, struct spe_error *e)
{
	const struct table_task *t = k->t;
	uint64_t seed = 0;
	int r = person_seed(t->person, t->where, &seed);

	if (r == 0)
		r = canaries_new(&k->canaries, seed, t->canaries, t->rows_known, k->plan->count, t->shifted);
	return r == 0 ? 0 : no_memory(t, e);
}

static int work_room(struct work *k, struct spe_error *e)
{
	const struct table_task *t = k->t;
	const size_t n = k->plan->count, columns = json_array_size(json_object_get(t->description, "columns"));

	k->ahead = calloc(columns * (PERSON_MANY - 1) + 1, sizeof(*k->ahead));
	if (!k->ahead)
		return no_memory(t, e);
	if (n == 0)
		return 0;
	k->field = calloc(n, sizeof(*k->field));
	k->room = calloc(n, sizeof(*k->room));
	if (!k->field || !k->room || (t->prints && prints_table(t->prints, n) < 0))
		return no_memory(t, e);
	return t->canaries > 0 ? work_canaries(k, e) : 0;
}

static bool any_day_moved(const struct plan *p)
{
	size_t i;

	for (i = 0; i < p->count; i++)
		if (p->take[i].moved && p->take[i].type == DATA_DATE)
			return true;
	return false;
}

static void plan_beside(struct plan *p, size_t column, size_t beside)
{
	size_t i;

	for (i = 0; i < p->count; i++)
		if (p->take[i].column == column)
			p->take[i].beside = beside;
}

/* Which column says who it is: also where nothing else depends on it, the permit says what becomes of numbers that are none. */
static int work_person(struct work *k, struct spe_error *e)
{
	const struct table_task *t = k->t;
	const json_t *columns = json_object_get(t->description, "columns"), *column;
	const bool dates = any_day_moved(k->plan), cohort = t->cohorts && t->cohorts[0];
	size_t i, n = 0;

	k->who = holding_person(t->description);
	if (k->who != SIZE_MAX)
		k->kind = person_kind(json_str(json_array_get(columns, k->who), "identifier"));
	json_array_foreach (columns, i, column)
		if (json_object_get(column, "identifier") && i != k->who && !t->alone)
			n++;
	k->beside = calloc(n + 1, sizeof(*k->beside));
	if (!k->beside)
		return no_memory(t, e);
	json_array_foreach (columns, i, column)
		if (json_object_get(column, "identifier") && i != k->who && !t->alone) {
			k->beside[k->besides++] = (struct beside){ .column = i, .kind = person_kind(json_str(column, "identifier")) };
			plan_beside(k->plan, i, k->besides);
		}
	k->done->anybody = k->risk_plan.people = k->who != SIZE_MAX;
	if (k->done->anybody || !(cohort || t->collect || dates))
		return 0;
	return spe_fail(e, SPE_E_INPUT, "%s: the permit %s, and it has no column that identifies people", t->where,
		cohort         ? "limits it to a cohort"
		: t->collect ? "makes it a cohort"
			     : "shifts its dates by person");
}

/* By variable, as far as the result has room; the rest under "*". */
static int misfits_tell(const struct work *k, struct spe_error *e)
{
	json_t *told = k->done->misfits = json_object();
	json_int_t others = 0;
	size_t i;

	for (i = 0; i < k->plan->count; i++) {
		const json_int_t n = (json_int_t)k->plan->take[i].misfits;

		if (n > 0 && json_object_size(told) < MISFITS_TOLD)
			json_object_set_new(told, k->plan->take[i].name, json_integer(n));
		else
			others += n;
	}
	if (others > 0)
		json_object_set_new(told, "*", json_integer(others));
	return told ? 0 : no_memory(k->t, e);
}

static int work_files(struct work *k, int in, int out, struct spe_error *e)
{
	const struct table_task *t = k->t;
	struct source_with with = t->with;
	int r;

	if (digests_new(&k->digests) < 0)
		return no_memory(t, e);
	with.digests = k->digests;
	r = source_open(&k->source, in, t->description, t->where, &with, e);
	if (r == 0 && k->plan->count > 0 && writer_new(&k->writer, out, k->plan->count, t->prints, k->digests) < 0)
		r = no_memory(t, e);
	/* Registers are appended by day, or sorted by people: the place of a row would tell what its own days do not. */
	if (r == 0 && k->writer && t->shifted && spill_new(&k->order, t->spill, ORDER_BYTES) < 0)
		r = no_memory(t, e);
	return r;
}

int table_stage(
	const struct table_task *t, int in, int out, struct table_done *ret, struct spe_error *e)
{
	struct work k = { .t = t, .done = ret };
	int r;

	*ret = (struct table_done){ 0 };
	r = plan_new(&k.plan, t, e);
	if (r == 0)
		r = risk_begin(&k, e);
	if (r == 0)
		r = work_person(&k, e);
	if (r == 0)
		r = work_room(&k, e);
	if (r == 0)
		r = rows_new(&k.rows, t->rows, t->period, t->description, t->where, e);
	if (r == 0)
		r = work_files(&k, in, out, e);
	if (r == 0)
		r = copy_records(&k, e);
	if (r == 0)
		r = risk_finish(&k, e);
	if (r == 0)
		r = misfits_tell(&k, e);
	writer_free(k.writer);
	source_free(k.source);
	digests_free(k.digests);
	rows_free(k.rows);
	canaries_free(k.canaries);
	spill_free(k.order);
	buf_free(&k.row);
	risk_free(k.risk);
	free(k.risk_plan.quasi);
	free(k.risk_plan.type);
	free(k.ahead);
	free(k.beside);
	free(k.field);
	free(k.room);
	plan_free(k.plan);
	return r;
}

int table_people(const struct table_task *t, int in, struct persons *set, uint64_t *ret_rows, uint64_t *ret_faults, struct spe_error *e)
{
	struct table_task people = *t;
	struct table_done done;
	int r;

	people.variables = json_array();
	people.invalid = INVALID_REJECT;
	people.collect = set;
	people.alone = true;
	r = table_stage(&people, in, -1, &done, e);
	json_decref((json_t *)(uintptr_t)people.variables);
	json_decref(done.misfits);
	*ret_rows = done.rows_in;
	*ret_faults = done.by_invalid;
	return r;
}
