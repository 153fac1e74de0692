/* t/unit/evidence.c - checkpoints and evidence as text: what is not just as a gate writes it is refused. t/unit/journal.c
 * has the proofs. */
#include "t/tap.h"

#include <stdlib.h>

#include "spe/cleanup.h"
#include "spe/evidence.h"
#include "sped/base/json.h"

static const uint8_t key[32] = { 7, 1, 7 }, other[32] = { 7, 1, 8 };
static char public[SSHKEY_TEXT_MAX], foreign[SSHKEY_TEXT_MAX];
static struct checkpoint made = { .size = 1, .hash = "0000000000000000000000000000000000000000000000000000000000000001" };
static struct spe_error err;
static char *line;

static const char record[] = "{\"seq\":1,\"actor\":\"cy\"}";

static int verify(const char *text)
{
	struct checkpoint c;

	return checkpoint_verify(text, strlen(text), public, &c, &err);
}

static void a_checkpoint_is_one_line(void)
{
	struct checkpoint c;

	is_int(checkpoint_origin(public, made.origin, &err), 0, "an origin is made of a key");
	is_int(strncmp(made.origin, "spe:SHA256:", 11), 0, "and is its fingerprint");
	merkle_leaf(record, strlen(record), made.root);
	is_int(checkpoint_sign(key, &made, "2026-11-01T12:00:00Z", &line, &err), 0, "a checkpoint is signed");
	ok(!strchr(line, '\n'), "on one line");
	is_int(checkpoint_verify(line, strlen(line), NULL, &c, &err), 0, "which its own key verifies");
	is_int((long long)c.size, 1, "with its size");
	is_int(memcmp(c.root, made.root, sizeof(c.root)), 0, "and root");
	is_str(c.hash, made.hash, "and hash");
	is_int(verify(line), 0, "the key may be given");
	is_int(checkpoint_verify(line, strlen(line), foreign, &c, &err), -SPE_E_NOT_AUTHORISED, "another one does not do");
}

static void no_byte_can_be_another(void)
{
	size_t i, missed = 0;

	for (i = 0; i < strlen(line); i++) {
		line[i] ^= 1;
		missed += verify(line) == 0;
		line[i] ^= 1;
	}
	is_int((long long)missed, 0, "no byte of it can be another");
}

/* What nobody signed: blanks that JSON takes, and another way to write the signature. */
static void nothing_is_added(void)
{
	static const char *const behind[] = { " }", "\n}", "}\n", "} ", ",\"time\":\"\"}" };
	auto_free char *odd = malloc(strlen(line) + 20);
	const size_t body = strlen(line) - 1;
	char *p;
	size_t i;

	for (i = 0; odd && i < sizeof(behind) / sizeof(behind[0]); i++) {
		snprintf(odd, strlen(line) + 20, "%.*s%s", (int)body, line, behind[i]);
		is_int(verify(odd), -SPE_E_INPUT, "nothing stands behind the signature");
	}
	p = strstr(line, "\"signature\":");
	snprintf(odd, strlen(line) + 20, "%.*s %s", (int)(p - line + 12), line, p + 12);
	is_int(verify(odd), -SPE_E_INPUT, "nor before it");
	p = strstr(line, "\\n");
	snprintf(odd, strlen(line) + 20, "%.*s\\u000a%s", (int)(p - line), line, p + 2);
	is_int(verify(odd), -SPE_E_INPUT, "and it is not written in another way");
}

/* Whoever signs in the name of another journal. */
static void an_origin_is_its_key(void)
{
	auto_free char *forged = NULL;

	is_int(checkpoint_sign(other, &made, "2026-11-01T12:00:00Z", &forged, &err), 0, "another key signs the same origin");
	is_int(checkpoint_verify(forged, strlen(forged), NULL, &made, &err), -SPE_E_NOT_AUTHORISED, "which is seen");
	has_str(err.text, "is of spe:SHA256:", "and said");
}

static json_t *evidence(void)
{
	return json_pack("{s:s,s:s,s:s,s:[{s:i,s:s,s:[]}]}", "format", EVIDENCE_FORMAT, "gate", public, "checkpoint", line,
		"records", "seq", 1, "line", record, "path");
}

static void takes(json_t *j, int want, const char *part, const char *what)
{
	struct checkpoint c;

	is_int(evidence_verify(j, public, &c, &err), want, what);
	if (want < 0)
		has_str(err.text, part, "says why");
	json_decref(j);
}

static json_t *with(const char *field, json_t *value)
{
	json_t *j = evidence();

	json_object_set_new(j, field, value);
	return j;
}

static json_t *with_record(const char *field, json_t *value)
{
	json_t *j = evidence();

	json_object_set_new(json_array_get(json_object_get(j, "records"), 0), field, value);
	return j;
}

static void evidence_has_a_form(void)
{
	takes(evidence(), 0, "", "a journal of one record is proven");
	takes(with("format", json_string("spe-evidence-2")), -SPE_E_INPUT, "evidence.format", "another format");
	takes(with("extra", json_true()), -SPE_E_INPUT, "extra", "a field too many");
	takes(with("gate", json_string(foreign)), -SPE_E_NOT_AUTHORISED, "another key", "another gate");
	takes(with("checkpoint", json_string("{}")), -SPE_E_INPUT, "checkpoint", "no checkpoint");
	takes(with("records", json_pack("[i]", 1)), -SPE_E_INPUT, "records[0]", "a record that is a number");
	takes(with_record("seq", json_integer(2)), -SPE_E_TAMPERED, "record 2", "a record under another number");
	takes(with_record("seq", json_integer(0)), -SPE_E_INPUT, "seq", "record nought");
	takes(with_record("line", json_string("{\"seq\":1,\"actor\":\"bo\"}")), -SPE_E_TAMPERED, "record 1 is not in",
		"another record");
	takes(with_record("path", json_pack("[s]", made.hash)), -SPE_E_TAMPERED, "record 1 is not in", "a path too long");
	takes(with_record("path", json_pack("[s]", "00")), -SPE_E_INPUT, "path[0]", "a node too short");
	takes(with_record("path", json_pack("[n]")), -SPE_E_INPUT, "path[0]", "a node that is none");
}

int main(void)
{
	if (sshkey_public(key, public, &err) < 0 || sshkey_public(other, foreign, &err) < 0)
		return 99;
	a_checkpoint_is_one_line();
	no_byte_can_be_another();
	nothing_is_added();
	an_origin_is_its_key();
	evidence_has_a_form();
	free(line);
	return tap_end();
}
