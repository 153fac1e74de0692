/* spe-cli/http.h - one call of HTTP/1.1 over a connected stream socket: the request is written here, the answer read by
 * http-parser, which Debian has as libhttp-parser: one small file, where libcurl brings thirty libraries whose loading
 * takes longer than a job. Hears: the peer's bytes, each head bounded by http-parser, each body by who takes it.
 * Leaves alone: addresses, proxies, redirects, files. */
#ifndef SPE_CLI_HTTP_H
#define SPE_CLI_HTTP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_call {
	const char *method, *path; /* path: percent-encoded, with its query */
	const char *type;          /* of the body, or NULL: there is none */
	const char *body;
	size_t body_len;
	int from;                  /* a regular file as the body instead, or -1; sent once the peer says that it may come */
	int64_t from_size, from_at; /* so many bytes, from there on */
	/* a piece of a last answer's body; another value than 0 ends the call with HTTP_STOPPED */
	int (*take)(void *arg, unsigned status, const char *p, size_t len);
	/* before the first piece of an answer of 200 or 206, with tag and at; another value than 0 ends the call; may be NULL */
	int (*begun)(void *arg, unsigned status);
	void (*moved)(void *arg, int64_t done, int64_t total); /* of the file, or of the answer; may be NULL */
	void *arg;
	const char *range;         /* "FIRST-LAST" of the bytes wanted, from those that if_tag names; or NULL: all */
	const char *if_tag;

	char tag[80];              /* of the last answer: its entity tag as it came, or "" */
	int64_t at, of;            /* 206: its first byte, of how many; else 0 and -1 */
	unsigned status;           /* of the last answer */
	int local_errno;           /* HTTP_STOPPED: why the file can't be read; ENODATA: it became shorter; 0: take stopped it */
	const char *why;           /* HTTP_ODD */
	bool keep;                 /* another call may follow on this socket */
};
enum http_end {
	HTTP_ANSWERED, /* wholly, perhaps before all of the body was sent */
	HTTP_GONE,     /* the peer ended before its answer did */
	HTTP_ODD,      /* what came is no answer of HTTP/1.1 */
	HTTP_STOPPED,
};
enum http_end http_call(int sock, struct http_call *c);
#endif
