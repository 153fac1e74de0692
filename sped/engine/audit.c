/* engine/audit.c - the journal, read; and what this host has, told. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "sped/engine/engine.h"

#define VERIFY_MS 50 /* at a time: others wait as long */

/* In pieces, so that others are served; one after another. */
int audit_verify(struct engine *e, struct call *c, json_t **ret)
{
	const bool more = e->verifying;
	int r;

	if (more && e->verifier != c->id)
		return CALL_SOON;
	r = gate_ask(e, GATE_VERIFY, json_pack("{s:i,s:b}", "ms", VERIFY_MS, "more", more), ret, NULL, &c->err);
	e->verifying = r == 0 && json_flag(*ret, "more");
	e->verifier = c->id;
	if (!e->verifying)
		return r < 0 ? r : 200;
	json_decref(*ret);
	*ret = NULL;
	return CALL_SOON;
}

/* Others wait for whoever is served in pieces. */
void audit_leave(struct engine *e, const struct call *c)
{
	if (e->verifier == c->id)
		e->verifying = false;
	if (e->searcher == c->id)
		e->search_from = 0;
}

static json_t *records_want(const struct call *c)
{
	static const char *const filters[] = { "actor", "action", "workspace" };
	char text[SPE_NAME_MAX + 1];
	json_t *req = json_object();
	size_t i;

	json_object_set_new(req, "from", json_integer(call_query(c, "from", text, sizeof(text)) ? strtoll(text, NULL, 10) : 1));
	json_object_set_new(req, "limit", json_integer(call_query(c, "limit", text, sizeof(text)) ? strtoll(text, NULL, 10) : 100));
	for (i = 0; i < 3; i++)
		if (call_query(c, filters[i], text, sizeof(text)))
			json_object_set_new(req, filters[i], json_string(text));
	return req;
}

/* In pieces too: what matches may be far, or nowhere. What is found goes out at once, with where to go on: all of it may be large. */
int audit_records(struct engine *e, struct call *c, json_t **ret)
{
	json_t *req = records_want(c);
	int r;

	if (e->search_from > 0 && e->searcher != c->id) {
		json_decref(req);
		return CALL_SOON;
	}
	if (e->search_from > 0)
		json_object_set_new(req, "from", json_integer(e->search_from));
	r = gate_ask(e, GATE_RECORDS, req, ret, NULL, &c->err);
	e->searcher = c->id;
	e->search_from = r < 0 || json_array_size(json_object_get(*ret, "items")) > 0 ? 0 : json_int(*ret, "next");
	if (e->search_from == 0)
		return r < 0 ? r : 200;
	json_decref(*ret);
	*ret = NULL;
	return CALL_SOON;
}

int audit_evidence(struct engine *e, struct call *c, json_t **ret)
{
	json_t *req = records_want(c);
	char text[SPE_NAME_MAX + 1];
	int r;

	json_object_set_new(req, "since", json_integer(call_query(c, "since", text, sizeof(text)) ? strtoll(text, NULL, 10) : 0));
	r = gate_ask(e, GATE_EVIDENCE, req, ret, NULL, &c->err);
	return r < 0 ? r : 200;
}
