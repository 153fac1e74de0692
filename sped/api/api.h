/* api/api.h - the room that talks to clients: HTTP/1.1 over a unix socket, and nothing decided.
 * Runs as: _spe-api, no capability. Hears: clients, through libmicrohttpd; the engine, fixed-size messages.
 * Touches: its two sockets and its own directory, where bodies wait for the engine without a name.
 * Leaves alone: what a body says, who may do what, every other file.
 * One thread. A request that waits for the engine is suspended and holds nobody up. */
#ifndef SPE_API_H
#define SPE_API_H
#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spe/err.h"
#include "spe/msg.h"
#include "sped/base/buf.h"

enum { FD_ENGINE = 3, FD_LISTEN, FD_ETC, FD_SPOOL };

#define API_CONNECTIONS 512 /* of everybody: seven people at their own limit, and root */
#define API_OTHERS 448      /* of all but root, who has to get in also where one person has many uids (newuidmap) */
#define API_PER_UID \
	64 /* connections of one uid, so that one can't take the rest's; root has no limit */
#define API_PER_UID_TOLD 16 /* beyond those: their request is read, and the answer is "busy" */
#define API_TOLD_S 2        /* and for so long it may take to come */
#define API_MEMORY 65536    /* bytes of one connection: request head, pieces of bodies */
#define API_TIMEOUT_S 120   /* of silence; a suspended request has those below */
#define API_ANSWER_S 60     /* the engine's answer is waited for, and what the call asks to wait: it takes outputs in meanwhile, file by file */
#define API_ANSWER_LONG_S 3600 /* to what has whole files read, or a journal */
#define API_WAIT_MAX_S 30   /* a call asks for at most that, as the engine gives it */
#define API_BEGUN_S 10      /* so long before that is over nothing is begun any more: what was answered so is as good as never done */
#define API_PATH_MAX 600    /* bytes of path and query: fits struct msg_call with room to spare */
#define API_SMALL 16384    /* bytes of JSON that come along without the engine being asked first: they are in memory by then */
#define API_PENDING 1024    /* messages that wait for the engine to read */
#define API_DRAIN_MAX (16u << 20) /* of a refused body; by then a client has read the refusal */
#define API_FILES 4096 /* descriptors: each connection may have a body in and a file out */

/* One connection and who made it. */
struct client {
	struct client *next;
	uid_t uid;
	bool busy; /* over its uid's limit: hears so and no more */
};

enum stage {
	STAGE_HEAD,      /* its headers are complete */
	STAGE_PREFLIGHT, /* the engine was asked whether the body may come */
	STAGE_BODY,      /* the body comes */
	STAGE_REFUSED,   /* the answer was sent in the middle of the body; the rest is dropped */
	STAGE_ASKED,     /* the engine was asked */
};

/* One request, from its first line until its answer is sent. */
struct request {
	struct request *next; /* among those that wait for the engine */
	struct MHD_Connection *conn;
	struct client *client;
	enum stage stage;
	enum http_method method;
	bool long_path, has_body, raw, small;
	char path[API_PATH_MAX + 1]; /* path and query as sent */
	uint64_t got, max;           /* bytes of the body */
	struct buf json;             /* the body, or */
	int spool;                   /* the body as a file: raw bytes */
	bool appends;                /* the engine gave that file, to be written behind what it has */
	bool ranged;                 /* some of the answer's bytes are asked for: as in struct msg_call */
	uint64_t from, to;
	char digest[sizeof(((struct msg_call *)0)->digest)];
	uint32_t id;                 /* of its call, while it waits */
	uint64_t until_ms;           /* and how long it does */
	bool late;                   /* it was not answered by then */
	struct msg_call reply;
	int reply_fd;
};

/* client.c - NOTIFY_CONNECTION of libmicrohttpd: counts connections by uid. */
void client_notify(void *unused, struct MHD_Connection *conn, void **client,
	enum MHD_ConnectionNotificationCode what);
/* client_tell - an answer to an error written past libmicrohttpd, where it takes none. */
void client_tell(int fd, unsigned status, const struct spe_error *e);

/* serve.c - the other three callbacks of libmicrohttpd. */
void *serve_begin(void *unused, const char *uri, struct MHD_Connection *conn);
enum MHD_Result serve_request(void *unused, struct MHD_Connection *conn, const char *url,
	const char *method, const char *version, const char *data, size_t *len, void **request);
void serve_end(void *unused, struct MHD_Connection *conn, void **request,
	enum MHD_RequestTerminationCode how);

/* body.c - max is set by the head, or by the engine with a file of its own; a body over it is -SPE_E_TOO_LARGE, a full disk
 * -SPE_E_BUSY. */
int body_open(struct request *q, struct spe_error *e);
int body_add(struct request *q, const char *p, size_t n, struct spe_error *e);
/* body_take - *ret_fd holds the whole body, opened for reading at its start; or is the engine's file; or -1; the caller's. */
int body_take(struct request *q, int *ret_fd, struct spe_error *e);
void body_free(struct request *q);

/* call.c - calls to the engine. call_send suspends the request until its reply is in q->reply; fd is
 * call_send's from then on. limit_s: for so many seconds, besides those that the call itself may wait; 0: however long it takes.
 * Returns 0 or -SPE_E_BUSY. */
int call_send(struct request *q, uint32_t flags, int fd, unsigned limit_s, struct spe_error *e);
/* call_hear - read replies and resume their requests; call_flush - send what could not be sent.
 * Both return 0, or -errno when the engine is gone. call_late - resume those that have waited too long; the milliseconds until the
 * next will have, or -1. */
int call_late(void);
int call_hear(void);
int call_flush(void);
bool call_pending(void);
void call_forget(struct request *q);

/* range.c - range_read: fills ranged, from, to and digest from the head. range_answer - the bytes that the engine gives of those behind
 * reply_fd, which is taken, or that there are none; NULL out of memory. */
void range_read(struct request *q);
struct MHD_Response *range_answer(struct request *q, uint64_t size, unsigned *ret_status);

/* answer.c */
enum MHD_Result answer_error(struct request *q, unsigned status, const struct spe_error *e);
enum MHD_Result answer_reply(struct request *q); /* or that there is none */
enum MHD_Result answer_openapi(struct request *q);
/* answer_text - {"error":{...}} as the API has it; the caller frees. NULL out of memory. */
char *answer_text(const struct spe_error *e);

extern const unsigned char api_openapi[]; /* made from openapi.json */
extern const size_t api_openapi_len;
#endif
