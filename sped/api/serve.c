/* api/serve.c - see api.h: one request from its head to its answer. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "spe/cleanup.h"
#include "sped/api/api.h"

#define OPENAPI "/v1/openapi.json"

static const char *const methods[HTTP_COUNT] = {
	[HTTP_GET] = "GET", [HTTP_POST] = "POST", [HTTP_PUT] = "PUT", [HTTP_DELETE] = "DELETE"
};

/* The only moment when libmicrohttpd has path and query as they were sent. */
void *serve_begin(void *unused, const char *uri, struct MHD_Connection *conn)
{
	const union MHD_ConnectionInfo *at =
		MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct request *q = at && at->socket_context ? calloc(1, sizeof(*q)) : NULL;
	size_t n = uri ? strlen(uri) : 0;

	if (!q)
		return NULL; /* serve_request closes */
	q->conn = conn;
	q->client = at->socket_context;
	q->spool = q->reply_fd = -1;
	q->long_path = n > API_PATH_MAX;
	if (n > 0 && !q->long_path)
		memcpy(q->path, uri, n);
	return q;
}

void serve_end(void *unused, struct MHD_Connection *conn, void **request,
	enum MHD_RequestTerminationCode how)
{
	struct request *q = *request;

	if (!q)
		return;
	call_forget(q);
	body_free(q);
	spe_close_fd(&q->reply_fd);
	free(q);
	*request = NULL;
}

/* ---- the head ---- */

static const char *header(const struct request *q, const char *name)
{
	return MHD_lookup_connection_value(q->conn, MHD_HEADER_KIND, name);
}

static bool is_path(const struct request *q, const char *path)
{
	size_t n = strlen(path);

	return strncmp(q->path, path, n) == 0 && (q->path[n] == '\0' || q->path[n] == '?');
}

/* A URI is printable ASCII (RFC 3986, section 2); all else is percent-encoded. */
static bool printable(const char *s)
{
	for (; *s; s++)
		if (*s <= ' ' || *s > '~')
			return false;
	return true;
}

/* Nothing or application/json, with parameters or without (RFC 9110, section 8.3). */
static bool is_json(const char *type)
{
	static const char json[] = "application/json";
	const size_t n = sizeof(json) - 1;

	return !type ||
	       (strncasecmp(type, json, n) == 0 && (type[n] == '\0' || strchr("; \t", type[n])));
}

static int fail(struct spe_error *e, unsigned *ret_status, unsigned status, enum spe_code code,
	const char *sentence, const char *remedy)
{
	int r = spe_fail(e, code, "%s", sentence);

	spe_remedy(e, "%s", remedy);
	*ret_status = status;
	return r;
}

static int check_line(struct request *q, const char *method, unsigned *status, struct spe_error *e)
{
	if (q->client->busy)
		return fail(e, status, 503, SPE_E_BUSY, "too many connections of one user are open",
			"try: again when others of yours have ended");
	while (q->method < HTTP_COUNT && strcmp(method, methods[q->method]) != 0)
		q->method++;
	if (q->method == HTTP_COUNT)
		return fail(e, status, 405, SPE_E_INPUT, "this method is not served",
			"try: GET, POST, PUT or DELETE");
	if (q->long_path)
		return fail(e, status, 414, SPE_E_TOO_LARGE,
			"path and query are longer than 600 bytes", "");
	if (!printable(q->path))
		return fail(e, status, 400, SPE_E_INPUT,
			"path or query holds a byte that a URI can't have",
			"try: percent-encode it");
	if (strncmp(q->path, "/v1/", 4) != 0)
		return fail(e, status, 404, SPE_E_NOT_FOUND, "there is nothing at this address",
			"try: GET " OPENAPI);
	return 0;
}

static int check_body(struct request *q, unsigned *status, struct spe_error *e)
{
	const char *length = header(
		q, MHD_HTTP_HEADER_CONTENT_LENGTH); /* libmicrohttpd has seen to its digits */
	uint64_t bytes = length ? strtoull(length, NULL, 10) : 0;

	q->has_body = bytes > 0 || header(q, MHD_HTTP_HEADER_TRANSFER_ENCODING);
	q->raw = q->method == HTTP_PUT || (q->method == HTTP_POST && is_path(q, "/v1/bundles"));
	q->small = bytes > 0 && bytes <= API_SMALL && !q->raw && !header(q, MHD_HTTP_HEADER_EXPECT);
	q->max = !q->raw ? SPE_BODY_MAX : q->method == HTTP_PUT ? SPE_HOLDING_MAX : SPE_BUNDLE_MAX;
	if (q->has_body && (q->method == HTTP_GET || q->method == HTTP_DELETE))
		return fail(e, status, 400, SPE_E_INPUT, "this method takes no body", "");
	if (q->has_body && !q->raw && !is_json(header(q, MHD_HTTP_HEADER_CONTENT_TYPE)))
		return fail(e, status, 415, SPE_E_INPUT,
			"the body's content type is not application/json",
			"try: the header Content-Type: application/json");
	if (bytes <= q->max)
		return 0;
	*status = 413;
	return spe_fail(e, SPE_E_TOO_LARGE, "the body is larger than %llu bytes",
		(unsigned long long)q->max);
}

static enum MHD_Result body_begin(struct request *q)
{
	struct spe_error e = { 0 };

	q->stage = STAGE_BODY;
	return body_open(q, &e) < 0 ? answer_error(q, (unsigned)spe_code_http(e.code), &e) : MHD_YES;
}

static enum MHD_Result head(struct request *q, const char *method)
{
	struct spe_error e = { 0 };
	unsigned status = 500;

	if (check_line(q, method, &status, &e) < 0 || check_body(q, &status, &e) < 0)
		return answer_error(q, status, &e);
	q->stage = STAGE_BODY;
	range_read(q);
	if (!q->has_body && !q->raw)
		return MHD_YES;
	if (q->small)
		return body_begin(q);
	if (call_send(q, MSG_F_PREFLIGHT, -1, API_ANSWER_S, &e) < 0)
		return answer_error(q, 503, &e);
	q->stage = STAGE_PREFLIGHT;
	return MHD_YES;
}

/* ---- the body ---- */

static enum MHD_Result preflight(struct request *q)
{
	return q->reply.what == 100 && !q->late ? body_begin(q) : answer_reply(q);
}

/* libmicrohttpd takes no answer between the head and the end of a body. A client that is sending a
 * terabyte should hear at once that there is no room: the answer goes past libmicrohttpd, which has
 * nothing of its own to send then. */
static enum MHD_Result refuse(struct request *q, const struct spe_error *e)
{
	int fd = MHD_get_connection_info(q->conn, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;

	client_tell(fd, (unsigned)spe_code_http(e->code), e);
	body_free(q);
	q->stage = STAGE_REFUSED;
	q->got = 0;
	return MHD_YES;
}

static enum MHD_Result body(struct request *q, const char *data, size_t *len)
{
	struct spe_error e = { 0 };
	size_t n = *len;

	*len = 0;
	return body_add(q, data, n, &e) < 0 ? refuse(q, &e) : MHD_YES;
}

/* The client has its answer; closing is what is left. */
static enum MHD_Result drain(struct request *q, size_t *len)
{
	bool end = *len == 0;

	q->got += *len;
	*len = 0;
	return end || q->got > API_DRAIN_MAX ? MHD_NO : MHD_YES;
}

/* What the engine has done in pieces beside all else, however long it takes: all that is kept is read, or an export checked anew. */
static bool takes_as_long_as_it_takes(const struct request *q)
{
	const size_t n = strcspn(q->path, "?"), replay = strlen("/replay");

	return is_path(q, "/v1/audit/verify") || (n > replay && strncmp(q->path + n - replay, "/replay", replay) == 0);
}

/* What has the gate read whole files, or the journal; and what has bytes with it. */
static bool takes_long(const struct request *q)
{
	static const char *const any[] = { "/v1/audit/", "/v1/backup" };
	const char *export = "/v1/exports", *jobs = "/v1/jobs/";
	const size_t id = strlen("/v1/exports/01234567");
	size_t i;

	for (i = 0; i < sizeof(any) / sizeof(any[0]); i++)
		if (strncmp(q->path, any[i], strlen(any[i])) == 0)
			return true;
	if (strncmp(q->path, export, strlen(export)) == 0)
		return q->method != HTTP_GET || (strlen(q->path) > id && q->path[id] == '/');
	return q->raw || (q->method == HTTP_DELETE && strncmp(q->path, jobs, strlen(jobs)) == 0);
}

static unsigned limit_s(const struct request *q)
{
	return takes_as_long_as_it_takes(q) ? 0 : takes_long(q) ? API_ANSWER_LONG_S : API_ANSWER_S;
}

static enum MHD_Result ask(struct request *q)
{
	struct spe_error e = { 0 };
	int fd = -1;

	if (q->method == HTTP_GET && is_path(q, OPENAPI))
		return answer_openapi(q);
	if (body_take(q, &fd, &e) < 0 || call_send(q, q->raw ? MSG_F_BYTES : 0, fd, limit_s(q), &e) < 0)
		return answer_error(q, (unsigned)spe_code_http(e.code), &e);
	q->stage = STAGE_ASKED;
	return MHD_YES;
}

enum MHD_Result serve_request(void *unused, struct MHD_Connection *conn, const char *url,
	const char *method, const char *version, const char *data, size_t *len, void **request)
{
	struct request *q = *request;

	if (!q)
		return MHD_NO;
	switch (q->stage) {
	case STAGE_HEAD:
		return head(q, method);
	case STAGE_PREFLIGHT:
		return preflight(q);
	case STAGE_BODY:
		return *len > 0 ? body(q, data, len) : ask(q);
	case STAGE_REFUSED:
		return drain(q, len);
	case STAGE_ASKED:
		return answer_reply(q);
	}
	return MHD_NO;
}
