/* api/answer.c - see api.h: what goes back to the client. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "spe/cleanup.h"
#include "sped/api/api.h"
#include "sped/base/json.h"

#define JSON_TYPE "application/json"
#define NAME_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

char *answer_text(const struct spe_error *e)
{
	auto_json json_t *j = json_pack("{s{ssssss}}", "error", "code", spe_code_name(e->code),
		"message", e->text, "remedy", e->remedy);

	return j ? json_dumps(j, JSON_COMPACT) : NULL;
}

/* Where a body was not read to its end, libmicrohttpd closes; the header says so beforehand. */
static enum MHD_Result queue(
	struct request *q, unsigned status, struct MHD_Response *r, const char *type)
{
	enum MHD_Result done;

	if (!r)
		return MHD_NO;
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	if (q->stage == STAGE_HEAD || q->stage == STAGE_PREFLIGHT)
		MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
	if (status == 405)
		MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, POST, PUT, DELETE");
	done = MHD_queue_response(q->conn, status, r);
	MHD_destroy_response(r);
	return done;
}

enum MHD_Result answer_error(struct request *q, unsigned status, const struct spe_error *e)
{
	char *text = answer_text(e);

	if (!text)
		return MHD_NO;
	return queue(q, status,
		MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE),
		JSON_TYPE);
}

enum MHD_Result answer_openapi(struct request *q)
{
	void *text = (void *)(uintptr_t)api_openapi;

	return queue(q, 200,
		MHD_create_response_from_buffer(api_openapi_len, text, MHD_RESPMEM_PERSISTENT),
		JSON_TYPE);
}

static enum MHD_Result odd_reply(struct request *q)
{
	struct spe_error e = { 0 };

	spe_fail(&e, SPE_E_INTERNAL, "the engine's answer can't be passed on");
	return answer_error(q, 500, &e);
}

/* /v1/exports/ID/release, .../manifest and .../findings; a file of an export may have either name, deeper down. */
static const char *bytes_type(const char *path)
{
	static const char exports[] = "/v1/exports/";
	const char *last = strncmp(path, exports, sizeof(exports) - 1) == 0
				   ? strchr(path + sizeof(exports) - 1, '/')
				   : NULL;
	size_t n = last ? strcspn(last, "?") : 0;

	if (n == strlen("/release") && memcmp(last, "/release", n) == 0)
		return "application/x-tar";
	if (n == strlen("/manifest") && (memcmp(last, "/manifest", n) == 0 || memcmp(last, "/findings", n) == 0))
		return JSON_TYPE;
	return "application/octet-stream";
}

static void add_name(struct MHD_Response *r, const char *name)
{
	auto_buf struct buf b = { 0 };
	size_t n = strspn(name, NAME_BYTES);

	if (n == 0 || name[n] != '\0')
		return;
	buf_fmt(&b, "attachment; filename=\"%s\"", name);
	if (!b.bad)
		MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_DISPOSITION, b.p);
}

/* What is named by its bytes can be gone on with. */
static void add_digest(struct MHD_Response *r, const char *digest)
{
	char tag[80];

	snprintf(tag, sizeof(tag), "\"%s\"", digest);
	MHD_add_response_header(r, MHD_HTTP_HEADER_ETAG, tag);
	MHD_add_response_header(r, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
}

static enum MHD_Result no_reply(struct request *q)
{
	struct spe_error e = { 0 };

	spe_fail(&e, SPE_E_NO_DAEMON, "sped does not answer: its engine is stopped, or at something large");
	spe_remedy(&e, "try: again in a moment; what was begun all the same is in the lists");
	return answer_error(q, 503, &e);
}

enum MHD_Result answer_reply(struct request *q)
{
	const struct msg_call *m = &q->reply;
	bool bytes = m->flags & MSG_F_BYTES, ranged = q->ranged && bytes && m->flags & MSG_F_RANGE;
	unsigned status = m->what;
	struct MHD_Response *r;
	struct stat st;

	if (q->late)
		return no_reply(q);
	if (m->what < 200 || m->what > 599 || q->reply_fd < 0 || fstat(q->reply_fd, &st) < 0 ||
		!S_ISREG(st.st_mode))
		return odd_reply(q);
	r = ranged ? range_answer(q, (uint64_t)st.st_size, &status) : MHD_create_response_from_fd64((uint64_t)st.st_size, q->reply_fd);
	if (!r)
		return odd_reply(q);
	if (!ranged)
		q->reply_fd = -1; /* the response closes it */
	if (bytes)
		add_name(r, m->path);
	if (bytes && m->digest[0])
		add_digest(r, m->digest);
	return queue(q, status, r, bytes && status != 416 ? bytes_type(q->path) : JSON_TYPE);
}
