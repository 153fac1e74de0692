/* stage/table.c - one table staged: the permit's variables of the records for which its conditions hold. */
#include <stdlib.h>
#include <string.h>

#include "sped/base/json.h"
#include "sped/stage/stage.h"

struct plan {
	size_t count;
	struct {
		size_t column;
		const char *name, *identifier; /* identifier NULL: as it stands */
	} take[];
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

/* Every variable the permit names is there. */
static int names_check(const struct table_task *t, struct spe_error *e)
{
	const json_t *columns = json_object_get(t->description, "columns"), *v, *column;
	size_t i, j;

	if (wants_all(t->variables))
		return 0;
	json_array_foreach (t->variables, i, v) {
		bool found = false;

		json_array_foreach (columns, j, column)
			found |= strcmp(json_str(column, "name"), json_string_value(v)) == 0;
		if (!found)
			return spe_fail(e, SPE_E_INPUT,
				"%s: the permit names the variable \"%s\", which the description does not have",
				t->where, json_string_value(v));
	}
	return 0;
}

static int plan_column(struct plan *p, const struct table_task *t, size_t i, struct spe_error *e)
{
	const json_t *column = json_array_get(json_object_get(t->description, "columns"), i);
	const char *name = json_str(column, "name");
	const char *identifier = json_string_value(json_object_get(column, "identifier"));
	const bool all = wants_all(t->variables);

	if (!all && !wants(t->variables, name))
		return 0;
	if (identifier && t->anonymised) {
		if (all)
			return 0;
		return spe_fail(e, SPE_E_INPUT,
			"%s: the permit says anonymised and names \"%s\", which identifies people",
			t->where, name);
	}
	p->take[p->count].column = i;
	p->take[p->count].name = name;
	p->take[p->count++].identifier = identifier;
	return 0;
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
	if (r == 0 && p->count == 0)
		r = spe_fail(e, SPE_E_INPUT,
			"%s: nothing is left but a column that identifies people", t->where);
	if (r < 0) {
		free(p);
		return r;
	}
	*ret = p;
	return 0;
}

struct work {
	struct source *source;
	struct rows *rows;
	struct plan *plan;
	struct writer *writer;
	struct canaries *canaries; /* NULL: none are asked for */
	struct csv_field *field; /* a row as it is written, and */
	char (*token)[PSN_TOKEN + 1]; /* its pseudonyms */
};

static void write_header(const struct work *k)
{
	const struct plan *p = k->plan;
	size_t i;

	for (i = 0; i < p->count; i++)
		k->field[i] = (struct csv_field){ .p = p->take[i].name, .len = strlen(p->take[i].name) };
	writer_row(k->writer, k->field, p->count);
}

static int take_person(const struct work *k, const struct table_task *t, const struct csv_record *record, size_t i,
	struct spe_error *e)
{
	const struct plan *p = k->plan;
	const struct csv_field *f = &record->field[p->take[i].column];
	const char *token = person_token(t->person, p->take[i].identifier, f->p, f->len);

	if (!token) {
		spe_fail(e, SPE_E_INPUT,
			"%s line %llu: column \"%s\" has no personal identity number of the kind %s",
			t->where, (unsigned long long)record->line, p->take[i].name,
			p->take[i].identifier);
		spe_remedy(e, "correct or remove the record, and send the table again");
		return -SPE_E_INPUT;
	}
	memcpy(k->token[i], token, PSN_TOKEN);
	k->field[i] = (struct csv_field){ .p = k->token[i], .len = PSN_TOKEN };
	return 0;
}

static int prints_fail(const struct table_task *t, struct spe_error *e)
{
	return spe_fail(e, SPE_E_INTERNAL, "%s: its fingerprints can't be written", t->where);
}

static int write_record(const struct work *k, const struct table_task *t, const struct csv_record *record,
	struct spe_error *e)
{
	const struct plan *p = k->plan;
	size_t i;

	for (i = 0; i < p->count; i++) {
		if (!p->take[i].identifier)
			k->field[i] = record->field[p->take[i].column];
		else if (take_person(k, t, record, i, e) < 0)
			return -SPE_E_INPUT;
	}
	writer_row(k->writer, k->field, p->count);
	if (t->prints && prints_row(t->prints, k->field, p->count) < 0)
		return prints_fail(t, e);
	return 0;
}

/* As any row, but whose person does not exist. */
static int plant_one(const struct work *k, const struct table_task *t, const struct canary *c, struct table_done *ret,
	struct spe_error *e)
{
	const struct plan *p = k->plan;
	size_t i;

	for (i = 0; i < p->count; i++) {
		if (p->take[i].identifier && person_nobody(t->person, c->nobody, k->token[i]) < 0)
			return spe_fail(e, SPE_E_INTERNAL, "%s: pseudonyms can't be made", t->where);
		k->field[i] = p->take[i].identifier ? (struct csv_field){ .p = k->token[i], .len = PSN_TOKEN } : c->field[i];
	}
	if (t->prints && prints_canary(t->prints, c->planted, k->field, p->count) < 0)
		return prints_fail(t, e);
	if (!c->planted)
		return 0;
	ret->planted++;
	ret->rows_out++;
	writer_row(k->writer, k->field, p->count);
	return t->prints && prints_row(t->prints, k->field, p->count) < 0 ? prints_fail(t, e) : 0;
}

static int plant(const struct work *k, const struct table_task *t, uint64_t row, struct table_done *ret, struct spe_error *e)
{
	const struct canary *c;
	int r = 0;

	while (r == 0 && k->canaries && (c = canaries_due(k->canaries, row)))
		r = plant_one(k, t, c, ret, e);
	return r;
}

static int copy_records(const struct work *k, const struct table_task *t, struct table_done *ret,
	struct spe_error *e)
{
	struct csv_record record;
	int r;

	write_header(k);
	while ((r = source_next(k->source, &record, e)) > 0) {
		ret->rows_in++;
		if (!rows_hold(k->rows, &record))
			continue;
		ret->rows_out++;
		r = write_record(k, t, &record, e);
		if (r == 0 && k->canaries)
			canaries_see(k->canaries, k->field);
		if (r == 0)
			r = plant(k, t, ret->rows_in, ret, e);
		if (r < 0)
			return r;
	}
	if (r == 0 && ret->rows_out > 0) /* whose place is behind the last row that was chosen */
		r = plant(k, t, UINT64_MAX, ret, e);
	if (r < 0)
		return r;
	if (t->digest && strcmp(t->digest, source_digest(k->source)) != 0)
		return spe_fail(e, SPE_E_TAMPERED, "%s changed while it was read", t->where);
	r = writer_finish(k->writer, &ret->bytes, ret->digest);
	return r == 0 ? 0
		      : spe_fail(e, SPE_E_INTERNAL, "%s can't be written: %s", t->where,
				strerror(-r));
}

static int work_canaries(struct work *k, const struct table_task *t, struct spe_error *e)
{
	uint64_t seed = 0;
	int r = person_seed(t->person, t->where, &seed);

	if (r == 0)
		r = canaries_new(&k->canaries, seed, t->canaries, t->rows_known, k->plan->count);
	return r == 0 ? 0 : spe_fail(e, SPE_E_INTERNAL, "%s: there is no memory", t->where);
}

static int work_room(struct work *k, const struct table_task *t, struct spe_error *e)
{
	const size_t n = k->plan->count;

	k->field = calloc(n, sizeof(*k->field));
	k->token = calloc(n, sizeof(*k->token));
	if (!k->field || !k->token || (t->prints && prints_table(t->prints, n) < 0))
		return spe_fail(e, SPE_E_INTERNAL, "%s: there is no memory", t->where);
	return t->canaries > 0 ? work_canaries(k, t, e) : 0;
}

int table_stage(
	const struct table_task *t, int in, int out, struct table_done *ret, struct spe_error *e)
{
	struct work k = { 0 };
	int r = plan_new(&k.plan, t, e);

	*ret = (struct table_done){ 0 };
	if (r == 0)
		r = work_room(&k, t, e);
	if (r == 0)
		r = rows_new(&k.rows, t->rows, t->description, t->where, e);
	if (r == 0)
		r = source_open(&k.source, in, t->description, t->where, &t->with, e);
	if (r == 0 && writer_new(&k.writer, out) < 0)
		r = spe_fail(e, SPE_E_INTERNAL, "%s: there is no memory", t->where);
	if (r == 0)
		r = copy_records(&k, t, ret, e);
	writer_free(k.writer);
	source_free(k.source);
	rows_free(k.rows);
	canaries_free(k.canaries);
	free(k.field);
	free(k.token);
	free(k.plan);
	return r;
}
