/* spe-cli/talk.h - HTTP/1.1 with sped over its unix socket, by http.c.
 * Hears: sped's answers, each bounded. Leaves alone: any other host. */
#ifndef SPE_CLI_TALK_H
#define SPE_CLI_TALK_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spe/err.h"

#define TALK_JSON_MAX \
	((size_t)16 << 20) /* one JSON answer: 50 files with 200 findings each are 5 MiB */
#define TALK_FILE_MAX \
	(INT64_C(64) << 30) /* one release: 50 files of the largest size a policy can give */

struct talk;

/* talk_new - no connection yet. progress: show how far a long transfer is, where stderr is a
 * terminal. */
int talk_new(struct talk **ret, const char *socket, bool progress, struct spe_error *e);
void talk_free(struct talk *t);
/* talk_answered - sped has answered a call of this program: it is there, or will be again. */
bool talk_answered(const struct talk *t);

/* talk_path - fmt with %s alone, each argument percent-encoded (RFC 3986, section 2.1); the
 * caller's. NULL out of memory, which the calls below take and report. */
char *talk_path(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Each returns 0; the code and sentence that sped answered with; -SPE_E_NO_DAEMON where nothing
 * answers; -SPE_E_NOT_AUTHORISED where the socket may not be opened; -SPE_E_INTERNAL for what is no
 * answer of sped. *ret is the caller's. */
int talk_get(struct talk *t, const char *path, json_t **ret, struct spe_error *e);
int talk_delete(struct talk *t, const char *path, json_t **ret, struct spe_error *e);
/* talk_post - body NULL sends {}; stolen: body is released here. */
int talk_post(struct talk *t, const char *path, json_t *body, json_t **ret, struct spe_error *e);
/* talk_send - the whole regular file behind fd from its start, streaming; method POST or PUT. */
int talk_send(struct talk *t, const char *method, const char *path, int fd, json_t **ret,
	struct spe_error *e);
/* talk_send_from - PUT of what is behind the first so many bytes. */
int talk_send_from(struct talk *t, const char *path, int fd, int64_t at, json_t **ret, struct spe_error *e);
/* talk_bytes - the exact bytes of a JSON text. */
int talk_bytes(struct talk *t, const char *path, char **ret, size_t *ret_len, struct spe_error *e);
/* talk_open - bytes into fd, streaming, by POST with a body, which is stolen. */
int talk_open(struct talk *t, const char *path, json_t *body, int fd, struct spe_error *e);
/* talk_part - one go at bytes that come in as many as it takes. digest: SHA-256 of all of them, as far as it is known, else ""; at: how many of them
 * fd has; of: how many there are, or -1; piece: how many to ask for. Where another digest is answered with, or none was known, fd is emptied,
 * known is called with the new one in digest, and all of it comes. What came before an error is in fd, and in at. status: of the answer, 0: none. */
struct talk_part {
	int fd;
	int64_t at, of, piece;
	char digest[72];
	unsigned status;
	int (*known)(void *arg, struct talk_part *p, struct spe_error *e);
	void *arg;
};
int talk_part(struct talk *t, const char *path, struct talk_part *p, struct spe_error *e);
#endif
