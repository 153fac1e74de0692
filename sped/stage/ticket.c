/* stage/ticket.c - which of the four tickets it is. */
#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>

#include "spe/cleanup.h"
#include "spe/ticket.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"
#include "sped/stage/stage.h"

static bool hex_bytes(const char *text, uint8_t *ret, size_t n)
{
	size_t i;

	if (strlen(text) != 2 * n || strspn(text, "0123456789abcdef") != 2 * n)
		return false;
	for (i = 0; i < n; i++) {
		const char *p = text + 2 * i;
		int high = p[0] <= '9' ? p[0] - '0' : p[0] - 'a' + 10;
		int low = p[1] <= '9' ? p[1] - '0' : p[1] - 'a' + 10;

		ret[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

int ticket_key(const json_t *ticket, const char *field, uint8_t *ret, size_t n, struct spe_error *e)
{
	const char *text;
	int r = json_want_string(ticket, "ticket", field, 2 * n, &text, e);
	bool good;

	if (r < 0)
		return r;
	good = hex_bytes(text, ret, n);
	OPENSSL_cleanse((char *)(uintptr_t)text, json_string_length(json_object_get(ticket, field)));
	return good ? 0 : spe_fail(e, SPE_E_INPUT, "ticket.%s is no key of %zu bytes", field, n);
}

static const struct kind {
	const char *name;
	bool input;
	int (*run)(const json_t *ticket, const struct task *t, json_t **ret, struct spe_error *e);
} kinds[] = {
	{ "stage", false, stage_run },
	{ "intake", true, intake_run },
	{ "wipe", false, wipe_run },
	{ "verify", false, verify_run },
};

static int run(const json_t *ticket, const struct task *t, json_t **ret, struct spe_error *e)
{
	const char *name;
	size_t i;
	int r = json_want_string(ticket, "ticket", "kind", 20, &name, e);

	if (r < 0)
		return r;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, name) != 0)
			continue;
		if (kinds[i].input != (t->input >= 0) ||
			kinds[i].input != json_flag(ticket, "input"))
			return spe_fail(e, SPE_E_INPUT, "ticket.kind %s %s input", name,
				kinds[i].input ? "wants an" : "wants no");
		return kinds[i].run(ticket, t, ret, e);
	}
	return spe_fail(e, SPE_E_INPUT, "ticket.kind must be stage, intake, verify or wipe");
}

int stage_answer(const struct task *t, const json_t *result)
{
	auto_free char *text = result ? json_dumps(result, JSON_COMPACT) : NULL;
	const bool indexed = json_object_get(result, "prints");
	auto_buf struct buf b = { 0 };

	if (!text)
		return -ENOMEM;
	buf_str(&b, text);
	if (indexed && b.len >= TASK_PRINTS)
		return -EFBIG;
	if (indexed || b.len < TASK_PROGRESS)
		buf_fmt(&b, "%*s", (int)((indexed ? TASK_PRINTS : TASK_PROGRESS) - 1 - b.len), "");
	buf_str(&b, "\n");
	return b.bad ? -ENOMEM : io_write_all(t->out, b.p, b.len);
}

int stage_ticket(const struct task *t, json_t **ret)
{
	auto_json json_t *ticket = NULL;
	struct spe_error e = { 0 };
	int r = json_parse(t->text, t->len, "ticket", &ticket, &e);

	*ret = NULL;
	if (r == 0)
		r = run(ticket, t, ret, &e);
	if (r == 0 && !*ret)
		r = spe_fail(&e, SPE_E_INTERNAL, "there is no memory for the result");
	if (r < 0)
		*ret = task_error(&e);
	return r;
}
