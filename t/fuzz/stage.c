/* t/fuzz/stage.c - whatever a table's file holds, what is staged is CSV of the permitted variables with valid
 * pseudonyms, and what is refused is refused with a sentence that shows no content. The first byte chooses the
 * permit: variables, conditions, form. */
#include <openssl/crypto.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sped/base/buf.h"
#include "sped/base/json.h"
#include "sped/stage/stage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const uint8_t k_permit[PSN_KEY] = { 1 }, k_check[PSN_KEY] = { 2 };
static json_t *description, *variables[2], *rows[4];
static struct person *person;

static void set_up(void)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	description = json_loads(
		"{\"name\":\"t\",\"columns\":["
		"{\"name\":\"pin\",\"datatype\":\"string\",\"identifier\":\"nordic\"},"
		"{\"name\":\"n\",\"datatype\":\"number\"},{\"name\":\"s\",\"datatype\":\"string\"}]}",
		0, NULL);
	variables[0] = json_loads("[\"*\"]", 0, NULL);
	variables[1] = json_loads("[\"s\",\"pin\"]", 0, NULL);
	rows[0] = json_array();
	rows[1] = json_loads(
		"[{\"table\":\"t\",\"variable\":\"n\",\"op\":\"ge\",\"value\":1}]", 0, NULL);
	rows[2] = json_loads(
		"[{\"table\":\"t\",\"variable\":\"s\",\"op\":\"in\",\"value\":[\"a\",\"b\"]}]", 0,
		NULL);
	rows[3] = json_loads(
		"[{\"table\":\"t\",\"variable\":\"n\",\"op\":\"between\",\"value\":[-1.5,3]},"
		"{\"table\":\"t\",\"variable\":\"s\",\"op\":\"not-null\"}]",
		0, NULL);
	if (!description || !variables[1] || !rows[3] ||
		person_new(&person, k_permit, k_check, 2026) < 0)
		abort();
}

static void check(int out, const struct table_done *done, size_t columns, bool pin)
{
	struct csv_record record;
	struct csv *c;
	uint64_t n = 0;
	size_t len;
	char *p;

	if (io_read_at(out, 1u << 28, &p, &len) < 0 || csv_new(&c, ',') < 0)
		abort();
	if (len != done->bytes || len > (1u << 20)) { /* csv_feed takes a mebibyte at once */
		if (len != done->bytes)
			__builtin_trap();
	} else {
		csv_feed(c, p, len, NULL);
		csv_feed(c, NULL, 0, NULL);
		for (; csv_next(c, &record, NULL) == 1; n++)
			if (record.count != columns ||
				(pin && n > 0 &&
					!psn_is_token(
						k_check, record.field[0].p, record.field[0].len)))
				__builtin_trap();
		if (n != done->rows_out + 1 || done->rows_out > done->rows_in)
			__builtin_trap();
	}
	csv_free(c);
	free(p);
}

static int file(const uint8_t *p, size_t n)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || io_write_all(fd, p, n) < 0)
		abort();
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct table_done done;
	struct spe_error e = { 0 };
	int in, out, r;

	if (len < 1)
		return 0;
	if (!person)
		set_up();
	const struct table_task t = { .where = "holding h table t",
		.description = description,
		.variables = variables[data[0] >> 2 & 1],
		.rows = rows[data[0] & 3],
		.anonymised = data[0] & 8,
		.person = person };
	const bool named = data[0] & 4; /* the permit names pin: anonymised is then a refusal */

	in = file(data + 1, len - 1);
	out = file(data, 0);
	r = table_stage(&t, in, out, &done, &e);
	if (r == 0)
		check(out, &done, named ? 2 : t.anonymised ? 2 : 3, !t.anonymised);
	else if (strncmp(e.text, t.where, strlen(t.where)) != 0)
		__builtin_trap();
	if (r == 0 && named && t.anonymised)
		__builtin_trap();
	close(in);
	close(out);
	return 0;
}
