/* capture/ticket.c - the ticket, and the stream it asks for. */
#include <string.h>

#include "spe/limits.h"
#include "sped/base/json.h"
#include "sped/capture/capture.h"

static int ticket_check(
	const json_t *ticket, json_int_t *ret_files, json_int_t *ret_bytes, struct spe_error *e)
{
	static const char *const fields[] = { "kind", "max_files", "max_bytes", NULL };
	int r = json_only(ticket, "ticket", fields, e);

	if (r == 0 && strcmp(json_str(ticket, "kind"), "capture") != 0)
		r = spe_fail(e, SPE_E_INPUT, "ticket.kind must be capture");
	if (r == 0)
		r = json_want_int(ticket, "ticket", "max_files", 0, SPE_OUTPUTS_MAX, ret_files, e);
	if (r == 0)
		r = json_want_int(ticket, "ticket", "max_bytes", 0, (json_int_t)SPE_HOLDING_MAX,
			ret_bytes, e);
	return r;
}

int capture_ticket(
	const char *text, size_t len, int dir, int out, bool *ret_began, struct spe_error *e)
{
	auto_json json_t *ticket = NULL;
	json_int_t files, bytes;
	struct pack p;
	int r = json_parse(text, len, "ticket", &ticket, e);

	*ret_began = false;
	if (r == 0)
		r = ticket_check(ticket, &files, &bytes, e);
	if (r < 0)
		return r;
	*ret_began = true;
	r = pack_begin(&p, out, (uint64_t)files, (uint64_t)bytes);
	if (r == 0)
		r = walk_outputs(dir, &p);
	if (r == 0)
		r = pack_end(&p);
	else
		free(p.piece);
	return r == 0 ? 0
		      : spe_fail(e, SPE_E_INTERNAL, "the outputs can't be captured: %s",
				strerror(-r));
}
