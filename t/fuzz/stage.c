/* t/fuzz/stage.c - whatever a table's file holds, what is staged is CSV of the permitted variables with valid
 * pseudonyms, and what is refused is refused with a sentence that shows no content. The first two bytes choose the
 * permit: variables, conditions, form, what is shifted, generalised and measured, what becomes of what does not fit. */
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
static json_t *description, *variables[2], *rows[4], *generalise, *risk;
static struct person *person;
static const char *const encodings[] = { "utf-8", "iso-8859-1", "windows-1252", "utf-16" };

static void set_up(void)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	description = json_loads(
		"{\"name\":\"t\",\"columns\":["
		"{\"name\":\"pin\",\"datatype\":\"string\",\"identifier\":\"nordic\"},"
		"{\"name\":\"n\",\"datatype\":\"number\"},{\"name\":\"s\",\"datatype\":\"string\"},{\"name\":\"d\",\"datatype\":\"date\"}]}",
		0, NULL);
	variables[0] = json_loads("[\"*\"]", 0, NULL);
	variables[1] = json_loads("[\"s\",\"pin\",\"d\"]", 0, NULL);
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
	generalise = json_loads("[{\"table\":\"t\",\"variable\":\"d\",\"to\":\"age\",\"at\":\"2020-06-01\"},"
		"{\"table\":\"t\",\"variable\":\"d\",\"to\":\"top\",\"value\":90},{\"table\":\"t\",\"variable\":\"d\",\"to\":\"band\",\"width\":5},"
		"{\"table\":\"t\",\"variable\":\"s\",\"to\":\"prefix\",\"length\":3}]", 0, NULL);
	risk = json_loads("[{\"table\":\"t\",\"quasi-identifiers\":[\"s\",\"d\"],\"sensitive\":\"n\"}]", 0, NULL);
	if (!description || !variables[1] || !rows[3] || !generalise || !risk ||
		person_new(&person, k_permit, k_check, 2026) < 0)
		abort();
	person_shift_with(person, k_permit);
}

/* A pseudonym, or the word for nobody's. */
static bool is_person(const struct csv_field *f)
{
	return psn_is_token(k_check, f->p, f->len) || (f->len == strlen(INVALID_WORD) && memcmp(f->p, INVALID_WORD, f->len) == 0);
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
				(pin && n > 0 && !is_person(&record.field[0])))
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

	if (len < 2)
		return 0;
	if (!person)
		set_up();
	json_object_set_new(description, "encoding", json_string(encodings[data[1] & 3]));
	json_object_set_new(description, "decimal", json_string(data[1] & 4 ? "," : "."));
	json_object_set_new(description, "delimiter", json_string(data[1] & 4 ? ";" : ","));
	const struct table_task t = { .where = "holding h table t",
		.description = description,
		.variables = variables[data[0] >> 2 & 1],
		.rows = rows[data[0] & 3],
		.anonymised = data[0] & 8,
		.generalise = data[0] & 16 ? generalise : NULL,
		.risk = data[0] & 16 && !(data[0] & 4) ? risk : NULL,
		.shifted = data[0] & 32,
		.invalid = (enum invalid)(data[0] >> 6 & 1 ? 1 + (data[0] >> 7) : 0),
		.misfits = (enum misfits)(data[0] >> 7 ? 2 : 0),
		.spill = -1,
		.person = person };
	const bool named = data[0] & 4; /* the permit names pin: anonymised is then a refusal */

	in = file(data + 2, len - 2);
	out = file(data, 0);
	r = table_stage(&t, in, out, &done, &e);
	json_decref(done.misfits);
	if (r == 0)
		check(out, &done, named ? 3 : t.anonymised ? 3 : 4, !t.anonymised);
	else if (strncmp(e.text, t.where, strlen(t.where)) != 0)
		__builtin_trap();
	if (r == 0 && named && t.anonymised)
		__builtin_trap();
	close(in);
	close(out);
	return 0;
}
