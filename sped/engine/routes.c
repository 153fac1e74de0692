/* engine/routes.c - which call goes where, and to whom it is open: one table, nothing beside it.
 * Roles within a workspace are asked for by the handlers, since they need to know which one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sped/engine/engine.h"

#define ANYONE 0u
#define KNOWN 16u /* a person in the registry */

static const struct route {
	enum http_method method;
	const char *path; /* a star is any one part */
	unsigned who;     /* one of these roles; ANYONE; KNOWN */
	bool upload;      /* the body is bytes */
	handler *act;
} routes[] = {
	{ HTTP_GET, "whoami", ANYONE, false, people_whoami },
	{ HTTP_GET, "doctor", ROLE_OPERATOR | ROLE_AUDITOR, false, doctor_show },
	{ HTTP_GET, "attest", ROLE_OPERATOR | ROLE_AUDITOR, false, attest_show },
	{ HTTP_GET, "attest/*", ROLE_OPERATOR | ROLE_AUDITOR, false, attest_show },
	{ HTTP_GET, "keys", ANYONE, false, keys_show },
	{ HTTP_GET, "people", ROLE_OPERATOR | ROLE_AUDITOR, false, people_list },
	{ HTTP_POST, "people", ROLE_OPERATOR, false, people_add },
	{ HTTP_GET, "issuers", ROLE_OPERATOR | ROLE_AUDITOR, false, issuers_list },
	{ HTTP_GET, "registry", ROLE_OPERATOR | ROLE_AUDITOR, false, registry_show },
	{ HTTP_GET, "registry/entries", ROLE_OPERATOR | ROLE_AUDITOR, false, registry_entries },
	{ HTTP_GET, "registry/changes", ROLE_OPERATOR | ROLE_AUDITOR, false, registry_pending },
	{ HTTP_POST, "registry/changes", ROLE_OPERATOR, false, registry_propose },
	{ HTTP_POST, "registry/changes/*", ROLE_OPERATOR, false, registry_confirm },
	{ HTTP_DELETE, "registry/changes/*", ROLE_OPERATOR, false, registry_withdraw },
	{ HTTP_GET, "holdings", ROLE_OPERATOR | ROLE_HOLDER | ROLE_AUDITOR, false, holdings_list },
	{ HTTP_POST, "holdings", ROLE_OPERATOR | ROLE_HOLDER, false, holdings_add },
	{ HTTP_GET, "holdings/*", ROLE_OPERATOR | ROLE_HOLDER | ROLE_AUDITOR, false, holdings_show },
	{ HTTP_DELETE, "holdings/*", ROLE_OPERATOR | ROLE_HOLDER, false, holdings_remove },
	{ HTTP_POST, "holdings/*/give", ROLE_OPERATOR, false, holdings_give },
	{ HTTP_POST, "holdings/*/verify", ROLE_OPERATOR | ROLE_HOLDER | ROLE_AUDITOR, false, holdings_verify },
	{ HTTP_PUT, "holdings/*/tables/*", ROLE_OPERATOR | ROLE_HOLDER, true, holdings_put },
	{ HTTP_POST, "holdings/*/tables/*/uploads", ROLE_OPERATOR | ROLE_HOLDER, false, uploads_add },
	{ HTTP_GET, "uploads", ROLE_OPERATOR | ROLE_HOLDER, false, uploads_list },
	{ HTTP_GET, "uploads/*", ROLE_OPERATOR | ROLE_HOLDER, false, uploads_show },
	{ HTTP_PUT, "uploads/*", ROLE_OPERATOR | ROLE_HOLDER, true, uploads_put },
	{ HTTP_POST, "uploads/*/finish", ROLE_OPERATOR | ROLE_HOLDER, false, uploads_finish },
	{ HTTP_DELETE, "uploads/*", ROLE_OPERATOR | ROLE_HOLDER, false, uploads_remove },
	{ HTTP_GET, "catalogue", KNOWN, false, catalogue_list },
	{ HTTP_GET, "catalogue/*", KNOWN, false, catalogue_show },
	{ HTTP_GET, "catalogue/*/dcat", KNOWN, false, catalogue_dcat },
	{ HTTP_GET, "runtimes", KNOWN, false, runtimes_list },
	{ HTTP_GET, "runtimes/*", KNOWN, false, runtimes_show },
	{ HTTP_PUT, "runtimes/*", ROLE_OPERATOR, true, runtimes_put },
	{ HTTP_DELETE, "runtimes/*", ROLE_OPERATOR, false, runtimes_remove },
	{ HTTP_GET, "permits", ROLE_OPERATOR | ROLE_AUDITOR, false, permits_list },
	{ HTTP_POST, "permits", ROLE_OPERATOR, false, permits_add },
	{ HTTP_GET, "permits/*", ROLE_OPERATOR | ROLE_AUDITOR, false, permits_show },
	{ HTTP_GET, "permits/*/deletion", ROLE_OPERATOR | ROLE_AUDITOR | ROLE_HOLDER, false, permits_deletion },
	{ HTTP_POST, "permits/*/revoke", ROLE_OPERATOR, false, permits_revoke },
	{ HTTP_GET, "workspaces", KNOWN, false, workspaces_list },
	{ HTTP_GET, "workspaces/*", KNOWN, false, workspaces_show },
	{ HTTP_GET, "quotas", KNOWN, false, quotas_list },
	{ HTTP_POST, "workspaces/*/stage", ROLE_OPERATOR, false, workspaces_restage },
	{ HTTP_POST, "bundles", KNOWN, true, bundles_add },
	{ HTTP_POST, "workspaces/*/jobs", KNOWN, false, jobs_add },
	{ HTTP_GET, "jobs", KNOWN, false, jobs_list },
	{ HTTP_GET, "jobs/*", KNOWN, false, jobs_show },
	{ HTTP_POST, "jobs/*/cancel", KNOWN, false, jobs_cancel },
	{ HTTP_DELETE, "jobs/*/outputs", KNOWN, false, jobs_remove },
	{ HTTP_POST, "exports", KNOWN, false, exports_add },
	{ HTTP_GET, "exports", KNOWN, false, exports_list },
	{ HTTP_GET, "exports/*", KNOWN, false, exports_show },
	{ HTTP_POST, "exports/*/withdraw", KNOWN, false, exports_withdraw },
	{ HTTP_GET, "exports/*/release", KNOWN, false, exports_release },
	{ HTTP_GET, "exports/*/manifest", KNOWN, false, exports_manifest },
	{ HTTP_GET, "exports/*/findings", KNOWN, false, exports_findings },
	{ HTTP_POST, "exports/*/files/*", KNOWN, false, exports_file },
	{ HTTP_POST, "exports/*/decisions", KNOWN, false, exports_decide },
	{ HTTP_POST, "exports/*/comments", KNOWN, false, exports_comment },
	{ HTTP_POST, "exports/*/replay", KNOWN, false, exports_replay },
	{ HTTP_GET, "reviews", KNOWN, false, reviews_list },
	{ HTTP_GET, "audit/verify", ROLE_OPERATOR | ROLE_AUDITOR, false, audit_verify },
	{ HTTP_GET, "audit/records", ROLE_OPERATOR | ROLE_AUDITOR, false, audit_records },
	{ HTTP_GET, "audit/evidence", ROLE_OPERATOR | ROLE_AUDITOR, false, audit_evidence },
	{ HTTP_POST, "audit/consistency", ROLE_OPERATOR | ROLE_AUDITOR | ROLE_WITNESS, false, audit_consistency },
	{ HTTP_GET, "audit/seen", ROLE_OPERATOR | ROLE_AUDITOR | ROLE_WITNESS, false, audit_seen_list },
	{ HTTP_POST, "audit/seen", ROLE_OPERATOR | ROLE_AUDITOR | ROLE_WITNESS, false, audit_seen },
	{ HTTP_POST, "audit/witnesses/*", ROLE_WITNESS, false, audit_witness_told },
	{ HTTP_POST, "backup", ROLE_OPERATOR, false, backup_make },
	{ HTTP_DELETE, "backup", ROLE_OPERATOR, false, backup_remove },
	{ HTTP_POST, "halt", ROLE_OPERATOR, false, halt_all },
	{ HTTP_POST, "resume", ROLE_OPERATOR, false, resume_all },
};

static bool fits(const struct route *r, const struct call *c)
{
	const char *at = r->path;
	int i;

	for (i = 0; i < c->parts; i++) {
		size_t n = strcspn(at, "/");

		if (n == 0 || !((n == 1 && *at == '*') || (strlen(c->part[i]) == n && memcmp(at, c->part[i], n) == 0)))
			return false;
		at += n + (at[n] == '/');
	}
	return *at == '\0' && c->parts > 0;
}

static const struct route *find(const struct call *c, bool *other_method)
{
	size_t i;

	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (fits(&routes[i], c)) {
			if (routes[i].method == c->method)
				return &routes[i];
			*other_method = true;
		}
	return NULL;
}

static int may(const struct route *r, struct call *c)
{
	if (r->who == ANYONE || (r->who == KNOWN && c->person[0]) || (r->who & c->roles))
		return 0;
	if (!c->person[0]) {
		spe_fail(&c->err, SPE_E_NOT_AUTHORISED, "uid %u is nobody's in the registry of people", c->uid);
		spe_remedy(&c->err, "ask the operator for: spe-cli user add NAME --uid %u", c->uid);
	} else {
		spe_fail(&c->err, SPE_E_NOT_AUTHORISED, "%s has no role that may do this", c->person);
	}
	return -SPE_E_NOT_AUTHORISED;
}

/* Of every 64th uid together one refusal is recorded in ten seconds: a stranger may not grow the journal at will, and may have many
 * uids. Whom we know has their own: nobody hides what is refused to another. */
static bool first_refusal(const struct call *c)
{
	static struct {
		uint32_t uid;
		int64_t when;
	} last[2][64];
	const bool known = c->person[0] != '\0';
	const size_t i = c->uid % 64;
	int64_t now = now_s() + 10; /* 0: never */

	if (now - last[known][i].when < 10 && (!known || last[known][i].uid == c->uid))
		return false;
	last[known][i].uid = c->uid;
	last[known][i].when = now;
	return true;
}

/* What was tried and may not be, or is another's, which is answered as what is not there. A read leaves a record however it ends. */
static void attempt_record(struct engine *e, const struct call *c, int got)
{
	if ((got == -SPE_E_NOT_AUTHORISED || got == -SPE_E_NOT_FOUND) && !c->again && first_refusal(c))
		gate_call_record(e, c, spe_code_name((enum spe_code)-got));
}

/* Before its body comes, which it never does where this refuses it. */
static int before(struct engine *e, struct call *c, const struct route *r)
{
	return r->act == uploads_put ? uploads_before(e, c) : r->act == holdings_put ? holdings_before(e, c) :
		r->act == bundles_add ? bundles_before(e, c) : 100;
}

int routes_call(struct engine *e, struct call *c, bool preflight, json_t **ret)
{
	bool other = false;
	const struct route *r = find(c, &other);
	int got;

	if (!r)
		return spe_fail(&c->err, SPE_E_NOT_FOUND, other ? "this address does not take that method" :
								  "there is nothing at this address");
	got = may(r, c);
	if (got == 0 && !preflight && c->method != HTTP_GET && r->upload != (c->fd >= 0))
		got = spe_fail(&c->err, SPE_E_INPUT, r->upload ? "bytes are wanted here" : "a JSON object is wanted here");
	if (got == 0 && e->frozen && r->act != audit_verify && r->act != audit_records && r->act != keys_show &&
	    r->act != registry_show && r->act != registry_entries) {
		got = spe_fail(&c->err, SPE_E_TAMPERED, "what the gate keeps was changed: nothing is done until an auditor has looked");
		spe_remedy(&c->err, "spe-cli audit verify");
	}
	if (got < 0 && c->again) /* the role was taken away meanwhile */
		audit_leave(e, c);
	if (e->frozen)
		return got < 0 ? got : preflight ? 100 : r->act(e, c, ret);
	if (got < 0 || preflight) {
		got = got < 0 ? got : before(e, c, r);
		attempt_record(e, c, got);
		return got;
	}
	/* strangers read nothing of anybody; and where two speds are peers, each reading the other's would be a record that the other is told of */
	if (c->method == HTTP_GET && !c->again && c->person[0] && r->act != audit_seen_list)
		gate_call_record(e, c, "accepted");
	if (c->method != HTTP_GET && !r->upload && !c->body)
		c->body = json_object();
	got = r->act(e, c, ret);
	if (c->method != HTTP_GET)
		attempt_record(e, c, got);
	return got;
}

static int hex(char c)
{
	const char *const digits = "0123456789abcdef0123456789ABCDEF", *at = c ? strchr(digits, c) : NULL;

	return at ? (int)((at - digits) % 16) : -1;
}

bool call_query(const struct call *c, const char *key, char *ret, size_t room)
{
	const char *at = c->query;
	size_t n = strlen(key), i = 0;
	bool whole;

	for (; *at; at += strcspn(at, "&"), at += *at == '&')
		if (strncmp(at, key, n) == 0 && at[n] == '=') {
			for (at += n + 1; *at && *at != '&' && i + 1 < room; at++) {
				if (*at == '%' && hex(at[1]) >= 0 && hex(at[2]) >= 0) {
					ret[i++] = (char)(hex(at[1]) << 4 | hex(at[2]));
					at += 2;
				} else {
					ret[i++] = *at == '+' ? ' ' : *at;
				}
			}
			ret[i] = '\0';
			whole = strlen(ret) == i;
			spe_one_line(ret); /* what is not UTF-8 names nothing here */
			return whole;
		}
	return false;
}

const char *call_role(const struct call *c, unsigned ws_roles)
{
	if (ws_roles & ROLE_CHECKER)
		return "checker";
	if (ws_roles & (ROLE_RESEARCHER | ROLE_PI))
		return "researcher";
	return c->roles & ROLE_OPERATOR ? "operator" : c->roles & ROLE_AUDITOR ? "auditor" :
		c->roles & ROLE_HOLDER ? "holder" : c->roles & ROLE_WITNESS ? "witness" : c->person[0] ? "person" : "unknown";
}
