/* spe-cli/talk.c - see talk.h. */
#include "spe-cli/talk.h"

#include <curl/curl.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"

#define CONNECT_MS 10000L

struct talk {
	CURL *curl;
	char *socket;
	bool progress;
};

/* One call and what has come of it so far. */
struct call {
	struct talk *t;
	const char *method, *path;
	const char *body; /* JSON, or NULL */
	int from;         /* streamed body, or -1 */
	int64_t from_at, from_size;
	int to; /* where a good answer's bytes go, or -1 for buf */
	int64_t got;
	struct buf answer;
	int local_errno; /* reading from or writing to failed here */
	bool too_large;
	struct timespec began;
	bool shown;
};

int talk_new(struct talk **ret, const char *socket, bool progress, struct spe_error *e)
{
	struct sockaddr_un room;
	struct talk *t;

	if (strlen(socket) >= sizeof(room.sun_path))
		return spe_fail(e, SPE_E_INPUT, "the socket's path is longer than %zu bytes",
			sizeof(room.sun_path) - 1);
	t = calloc(1, sizeof(*t));
	if (t)
		t->socket = strdup(socket);
	/* libcurl begins OpenSSL, which is in no use here: without its sentences, which nobody would read, that is half as long */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS, NULL);
	if (t && curl_global_init(CURL_GLOBAL_NOTHING) == CURLE_OK)
		t->curl = curl_easy_init();
	if (!t || !t->socket || !t->curl) {
		talk_free(t);
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	}
	t->progress = progress && isatty(STDERR_FILENO);
	*ret = t;
	return 0;
}

void talk_free(struct talk *t)
{
	if (!t)
		return;
	curl_easy_cleanup(t->curl);
	free(t->socket);
	free(t);
}

static void add_encoded(struct buf *b, const char *s)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *s; s++) {
		if (strchr(plain, *s))
			buf_add(b, s, 1);
		else
			buf_fmt(b, "%%%02X", (unsigned char)*s);
	}
}

char *talk_path(const char *fmt, ...)
{
	auto_buf struct buf b = { 0 };
	va_list ap;

	va_start(ap, fmt);
	for (; *fmt; fmt++) {
		if (fmt[0] == '%' && fmt[1] == 's') {
			add_encoded(&b, va_arg(ap, const char *));
			fmt++;
		} else {
			buf_add(&b, fmt, 1);
		}
	}
	va_end(ap);
	return b.bad ? NULL : spe_take_ptr(&b.p);
}

static size_t on_send(char *to, size_t size, size_t n, void *arg)
{
	struct call *k = arg;
	ssize_t got = pread(k->from, to, size * n, k->from_at);

	if (got < 0 || (got == 0 && k->from_at < k->from_size)) {
		k->local_errno = got < 0 ? errno : ENODATA; /* it became shorter */
		return CURL_READFUNC_ABORT;
	}
	k->from_at += got;
	return (size_t)got;
}

static size_t on_answer(char *p, size_t size, size_t n, void *arg)
{
	struct call *k = arg;
	size_t len = size * n;
	long status = 0;
	int r;

	curl_easy_getinfo(k->t->curl, CURLINFO_RESPONSE_CODE, &status);
	k->got += (int64_t)len;
	if (k->to >= 0 && status < 400) {
		k->too_large = k->got > TALK_FILE_MAX;
		r = k->too_large ? 0 : io_write_all(k->to, p, len);
		k->local_errno = -r;
		return r < 0 || k->too_large ? 0 : len;
	}
	k->too_large = k->answer.len + len > TALK_JSON_MAX;
	if (!k->too_large)
		buf_add(&k->answer, p, len);
	return k->too_large || k->answer.bad ? 0 : len;
}

static int on_progress(
	void *arg, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
	struct call *k = arg;
	curl_off_t total = k->from >= 0 ? up_total : k->to >= 0 ? down_total : 0;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!k->t->progress || total <= 0 || now.tv_sec - k->began.tv_sec < 1)
		return 0;
	fprintf(stderr, "\r%3d %% of %lld MB ", (int)((k->from >= 0 ? up : down) * 100 / total),
		(long long)(total / 1000000));
	k->shown = true;
	return 0;
}

static void set_transfer(CURL *c, struct call *k)
{
	if (k->from >= 0) {
		curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)k->from_size);
		curl_easy_setopt(c, CURLOPT_READFUNCTION, on_send);
		curl_easy_setopt(c, CURLOPT_READDATA, k);
	} else if (k->body) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, k->body);
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(k->body));
	}
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, k->method);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, k);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, k);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, k->t->progress ? 0L : 1L);
}

static bool set_target(CURL *c, const struct call *k)
{
	auto_free char *url = NULL;

	if (asprintf(&url, "http://sped%s", k->path) < 0) {
		url = NULL;
		return false;
	}
	curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, k->t->socket);
	curl_easy_setopt(c, CURLOPT_PROXY, ""); /* not what http_proxy says either */
	curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	return curl_easy_setopt(c, CURLOPT_URL, url) == CURLE_OK;
}

static int no_daemon(const struct call *k, struct spe_error *e)
{
	long why = 0;

	curl_easy_getinfo(k->t->curl, CURLINFO_OS_ERRNO, &why);
	if (why == EACCES || why == EPERM) {
		spe_fail(
			e, SPE_E_NOT_AUTHORISED, "you may not open sped's socket %s", k->t->socket);
		spe_remedy(e, "ask the operator of this host to let you in");
		return -SPE_E_NOT_AUTHORISED;
	}
	spe_fail(e, SPE_E_NO_DAEMON, "sped does not answer on %s%s%s", k->t->socket,
		why ? ": " : "", why ? strerror((int)why) : "");
	spe_remedy(e, "try: systemctl status sped, or name its socket with --socket");
	return -SPE_E_NO_DAEMON;
}

static int call_failed(const struct call *k, CURLcode code, struct spe_error *e)
{
	if (k->too_large)
		return spe_fail(
			e, SPE_E_TOO_LARGE, "sped's answer is larger than what is taken here");
	if (k->local_errno)
		return spe_fail(e, SPE_E_INTERNAL, "%s failed: %s",
			k->from >= 0 ? "reading the file" : "writing the file",
			k->local_errno == ENODATA ? "it became shorter" : strerror(k->local_errno));
	if (code == CURLE_COULDNT_CONNECT)
		return no_daemon(k, e);
	if (code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR)
		return spe_fail(e, SPE_E_NO_DAEMON, "sped ended the connection without an answer");
	return spe_fail(
		e, SPE_E_INTERNAL, "talking with sped failed: %s", curl_easy_strerror(code));
}

/* {"error":{"code","message","remedy"}} */
static int refusal(const struct call *k, long status, struct spe_error *e)
{
	auto_json json_t *answer = NULL;
	const json_t *error;
	enum spe_code code;

	if (json_parse(k->answer.p ? k->answer.p : "", k->answer.len, "answer", &answer, NULL) < 0)
		answer = NULL;
	error = json_object_get(answer, "error");
	if (!json_str(error, "message")[0])
		return spe_fail(e, SPE_E_INTERNAL,
			"sped answered with HTTP status %ld and no sentence", status);
	code = spe_code_from_name(json_str(error, "code"));
	spe_fail(e, code == SPE_OK ? SPE_E_INTERNAL : code, "%s", json_str(error, "message"));
	spe_remedy(e, "%s", json_str(error, "remedy"));
	return -(int)(code == SPE_OK ? SPE_E_INTERNAL : code);
}

static int call_run(struct call *k, struct curl_slist *headers, struct spe_error *e)
{
	CURL *c = k->t->curl;
	long status = 0;
	CURLcode code;

	curl_easy_reset(c);
	if (!k->path || !set_target(c, k))
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	set_transfer(c, k);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	clock_gettime(CLOCK_MONOTONIC, &k->began);
	code = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	if (k->shown)
		fprintf(stderr, "\r\033[K");
	/* A refusal may come, and the connection end, while the body still goes out. */
	if (status >= 400)
		return refusal(k, status, e);
	if (code != CURLE_OK)
		return call_failed(k, code, e);
	if (status < 200 || status > 299)
		return spe_fail(
			e, SPE_E_INTERNAL, "sped answered with the odd HTTP status %ld", status);
	return k->answer.bad ? spe_fail(e, SPE_E_INTERNAL, "out of memory") : 0;
}

static int call_act(struct call *k, struct spe_error *e)
{
	struct curl_slist *headers = NULL;
	int r;

	headers = curl_slist_append(headers, k->from >= 0 ? "Content-Type: application/octet-stream"
							  : "Content-Type: application/json");
	r = call_run(k, headers, e);
	curl_slist_free_all(headers);
	return r;
}

static int call_json(struct call *k, json_t **ret, struct spe_error *e)
{
	int r = call_act(k, e);

	if (r == 0 && json_parse(k->answer.p ? k->answer.p : "", k->answer.len, "sped's answer",
			      ret, e) < 0)
		r = -(int)(e->code = SPE_E_INTERNAL);
	buf_free(&k->answer);
	return r;
}

int talk_get(struct talk *t, const char *path, json_t **ret, struct spe_error *e)
{
	struct call k = { .t = t, .method = "GET", .path = path, .from = -1, .to = -1 };

	return call_json(&k, ret, e);
}

int talk_delete(struct talk *t, const char *path, json_t **ret, struct spe_error *e)
{
	struct call k = { .t = t, .method = "DELETE", .path = path, .from = -1, .to = -1 };

	return call_json(&k, ret, e);
}

int talk_post(struct talk *t, const char *path, json_t *body, json_t **ret, struct spe_error *e)
{
	struct call k = { .t = t, .method = "POST", .path = path, .from = -1, .to = -1 };
	auto_json json_t *sent = body ? body : json_object();
	auto_free char *text = json_dumps(sent, JSON_COMPACT);

	if (!text)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	k.body = text;
	return call_json(&k, ret, e);
}

int talk_send(struct talk *t, const char *method, const char *path, int fd, json_t **ret,
	struct spe_error *e)
{
	struct call k = { .t = t, .method = method, .path = path, .from = fd, .to = -1 };
	struct stat st;

	if (fstat(fd, &st) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "the file can't be read: %s", strerror(errno));
	k.from_size = st.st_size;
	return call_json(&k, ret, e);
}

int talk_bytes(struct talk *t, const char *path, char **ret, size_t *ret_len, struct spe_error *e)
{
	struct call k = { .t = t, .method = "GET", .path = path, .from = -1, .to = -1 };
	int r = call_act(&k, e);

	if (r == 0 && !k.answer.p)
		r = spe_fail(e, SPE_E_INTERNAL, "sped's answer is empty");
	if (r == 0) {
		*ret_len = k.answer.len;
		*ret = spe_take_ptr(&k.answer.p);
	}
	buf_free(&k.answer);
	return r;
}

int talk_fetch(struct talk *t, const char *path, int fd, struct spe_error *e)
{
	struct call k = { .t = t, .method = "GET", .path = path, .from = -1, .to = fd };
	int r = call_act(&k, e);

	buf_free(&k.answer);
	return r;
}
