/* t/fuzz/holding.c - a description that is taken has tables with columns, named for one path component each, or opaque files with
 * such a name; columns of objects have paths, and those at fixed places places; of several people in a row one is whose it is. */
#include <stdint.h>
#include <string.h>

#include "spe/holding.h"
#include "spe/path.h"
#include "sped/base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(const json_t *j)
{
	const json_t *tables = json_object_get(j, "tables"), *table, *column;
	size_t i, k;

	if (!name_ok(json_str(j, "id")) || json_array_size(tables) == 0)
		__builtin_trap();
	json_array_foreach (tables, i, table) {
		const json_t *columns = json_object_get(table, "columns");
		int identifiers = 0, persons = 0;

		if (holding_table(j, json_str(table, "name")) != table ||
			(json_array_size(columns) == 0) != holding_is_opaque(table))
			__builtin_trap();
		if (holding_is_opaque(table) && (!name_ok(json_str(table, "file")) || json_object_get(table, "encoding")))
			__builtin_trap();
		json_array_foreach (columns, k, column) {
			identifiers += json_object_get(column, "identifier") != NULL;
			persons += json_is_true(json_object_get(column, "person"));
			if (!name_ok(json_str(column, "name")) || !*json_str(column, "datatype"))
				__builtin_trap();
			if (json_object_get(column, "path") && (!path_ok(json_str(column, "path")) || strcmp(json_str(table, "format"), "ndjson") != 0))
				__builtin_trap();
			if (strcmp(json_str(table, "format"), "fixed") == 0 && (json_int(column, "from") < 1 || json_int(column, "to") < json_int(column, "from")))
				__builtin_trap();
		}
		if (identifiers > 16 || persons > 1 || (identifiers > 1 && persons != 1) || (identifiers == 0 && persons))
			__builtin_trap();
		if (identifiers > 0 && !json_object_get(json_array_get(columns, holding_person(table)), "identifier"))
			__builtin_trap();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct spe_error e = { 0 };
	json_t *j = NULL;
	int r = holding_parse((const char *)data, len, &j, &e);

	if (r == 0)
		check(j);
	else if (r != -SPE_E_INPUT || j || strncmp(e.text, "holding", 7) != 0)
		__builtin_trap();
	json_decref(j);
	return 0;
}
