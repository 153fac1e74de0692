/* api/range.c - see api.h: which bytes of an answer are asked for (RFC 9110, section 14). What is not understood, or of several
 * ranges, is no range: then all of it is sent, as section 14.2 has it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "spe/cleanup.h"
#include "sped/api/api.h"

#define DIGITS_MAX 18 /* of a number that fits in 63 bits */
#define DIGEST 64

/* NULL where there are none, or too many. */
static const char *number(const char *s, uint64_t *ret)
{
	size_t n = strspn(s, "0123456789");

	if (n == 0 || n > DIGITS_MAX)
		return NULL;
	*ret = strtoull(s, NULL, 10);
	return s + n;
}

/* "bytes=FIRST-LAST", "bytes=FIRST-", "bytes=-LENGTH". */
static bool parse(const char *s, uint64_t *ret_from, uint64_t *ret_to)
{
	static const char unit[] = "bytes=";

	if (strncasecmp(s, unit, sizeof(unit) - 1) != 0)
		return false;
	s += sizeof(unit) - 1;
	*ret_from = RANGE_LAST;
	*ret_to = RANGE_END;
	if (*s == '-')
		return (s = number(s + 1, ret_to)) && !*s;
	s = number(s, ret_from);
	if (!s || *s++ != '-')
		return false;
	if (!*s)
		return true;
	s = number(s, ret_to);
	return s && !*s && *ret_from <= *ret_to;
}

void range_read(struct request *q)
{
	const char *range = MHD_lookup_connection_value(q->conn, MHD_HEADER_KIND, MHD_HTTP_HEADER_RANGE);
	const char *only = MHD_lookup_connection_value(q->conn, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_RANGE);

	q->ranged = q->method == HTTP_GET && range && parse(range, &q->from, &q->to);
	if (!q->ranged || !only)
		return;
	/* Only a strong tag can fit (section 13.1.5); a date never does, since we tell none. */
	if (strlen(only) == DIGEST + 2 && only[0] == '"' && only[DIGEST + 1] == '"' && strspn(only + 1, "0123456789abcdef") == DIGEST)
		snprintf(q->digest, sizeof(q->digest), "%.*s", DIGEST, only + 1);
	else
		snprintf(q->digest, sizeof(q->digest), "-");
}

static struct MHD_Response *unsatisfiable(uint64_t size)
{
	auto_free char *text = NULL;
	struct MHD_Response *r;
	struct spe_error e = { 0 };
	char of[40];

	spe_fail(&e, SPE_E_INPUT, "the range begins behind the end: there are %llu bytes", (unsigned long long)size);
	text = answer_text(&e);
	r = text ? MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_COPY) : NULL;
	snprintf(of, sizeof(of), "bytes */%llu", (unsigned long long)size);
	if (r)
		MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_RANGE, of);
	return r;
}

struct MHD_Response *range_answer(struct request *q, uint64_t size, unsigned *ret_status)
{
	uint64_t from = q->reply.from, to = q->reply.to < size ? q->reply.to : size - 1;
	struct MHD_Response *r;
	char of[80];

	if (from >= size || from > to) {
		*ret_status = 416;
		return unsatisfiable(size);
	}
	r = MHD_create_response_from_fd_at_offset64(to - from + 1, q->reply_fd, from);
	if (!r)
		return NULL;
	q->reply_fd = -1; /* the response closes it */
	snprintf(of, sizeof(of), "bytes %llu-%llu/%llu", (unsigned long long)from, (unsigned long long)to, (unsigned long long)size);
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_RANGE, of);
	*ret_status = 206;
	return r;
}
