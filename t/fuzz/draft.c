/* t/fuzz/draft.c - whatever a table holds, its draft is a description that is taken, no listed value stands in fewer than twenty
 * records, and the data made up from it read as CSV of its columns. The first byte chooses the delimiter. */
#include <stdlib.h>
#include <string.h>

#include "spe-cli/draft.h"
#include "spe/holding.h"
#include "sped/base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static size_t times(const char *p, size_t n, const char *value)
{
	const size_t len = strlen(value);
	size_t i, found = 0;

	for (i = 0; len > 0 && i + len <= n; i++)
		found += memcmp(p + i, value, len) == 0;
	return found;
}

static void check(json_t *table, const char *p, size_t n)
{
	const json_t *columns = json_object_get(table, "columns"), *column, *v;
	struct csv_record record;
	struct buf b = { 0 };
	struct spe_error e;
	struct dummy *d;
	struct csv *c;
	size_t i, k;

	if (holding_check_table(table, "table", &e) < 0)
		__builtin_trap();
	json_array_foreach (columns, i, column)
		json_array_foreach (json_object_get(column, "values"), k, v)
			if (json_is_string(v) && !strchr(json_string_value(v), '"') && times(p, n, json_string_value(v)) < DRAFT_MANY)
				__builtin_trap();
	if (dummy_new(&d, table, 5, 1, &e) < 0) { /* a column of values that each stand once may have fewer */
		if (e.code != SPE_E_INPUT || !e.text[0])
			__builtin_trap();
		return;
	}
	if (csv_new(&c, ',') < 0)
		abort();
	while (dummy_next(d, &b) > 0)
		;
	csv_feed(c, b.p, b.len, NULL);
	csv_feed(c, NULL, 0, NULL);
	for (i = 0; csv_next(c, &record, NULL) > 0; i++)
		if (record.count != json_array_size(columns))
			__builtin_trap();
	if (i != 6)
		__builtin_trap();
	csv_free(c);
	dummy_free(d);
	buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct draft *d = NULL;
	struct csv_record record;
	json_t *table = NULL;
	struct spe_error e;
	struct csv *c;
	int r = 0;

	if (len < 1 || len > 1 << 16 || csv_new(&c, ",;\t|"[data[0] & 3]) < 0)
		return 0;
	csv_feed(c, (const char *)data + 1, len - 1, NULL);
	csv_feed(c, NULL, 0, NULL);
	while (r >= 0 && csv_next(c, &record, NULL) > 0)
		r = d ? draft_record(d, &record) : draft_new(&d, &record, "file", &e);
	if (r >= 0 && d)
		table = draft_table(d, "t", ",;\t|"[data[0] & 3]);
	if (table)
		check(table, (const char *)data + 1, len - 1);
	json_decref(table);
	draft_free(d);
	csv_free(c);
	return 0;
}
