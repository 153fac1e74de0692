/* stage/task.c - see task.h. */
#include "sped/stage/task.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>

#include "spe/cleanup.h"
#include "spe/limits.h"
#include "spe/msg.h"
#include "spe/ticket.h"
#include "sped/base/buf.h"

/* A ticket that no datagram holds comes as one letter, and a second message has it. */
static int receive_long(int sock, struct task *t)
{
	auto_close int fd = -1;
	char letter;
	int r;

	if (t->len != 1 || *t->text != 'T')
		return 0;
	free(t->text);
	t->text = NULL;
	t->len = 0;
	r = msg_recv(sock, &letter, 1, &fd);
	if (r == 0 && (letter != 'T' || fd < 0))
		r = -EBADMSG;
	return r < 0 ? r : io_read_at(fd, SPE_TICKET_LONG, &t->text, &t->len);
}

/* The next message, where there is one: a byte 'I' and a descriptor. */
static int receive_input(int sock, int *ret_fd)
{
	auto_close int fd = -1;
	char letter;
	int r = msg_recv(sock, &letter, 1, &fd);

	if (r == -EAGAIN || r == -EPIPE) {
		*ret_fd = -1;
		return 0;
	}
	if (r == 0 && (letter != 'I' || fd < 0))
		r = -EBADMSG;
	if (r == 0)
		*ret_fd = spe_take_fd(&fd);
	return r;
}

int task_receive(int sock, struct task *ret, struct spe_error *e)
{
	struct task t = { .out = -1, .input = -1, .place = TASK_PLACE, .tables = TASK_TABLES };
	int r;

	t.text = malloc(SPE_TICKET_MAX + 1);
	r = t.text ? msg_recv_any(sock, t.text, SPE_TICKET_MAX, &t.len, &t.out) : -ENOMEM;
	if (r == 0 && t.out < 0)
		r = -EBADMSG;
	if (r == 0 && fcntl(sock, F_SETFL, O_NONBLOCK) < 0) /* what there is more is there already */
		r = -errno;
	if (r == 0)
		r = receive_long(sock, &t);
	if (r == 0)
		r = receive_input(sock, &t.input);
	if (r < 0) {
		task_close(&t);
		return spe_fail(
			e, SPE_E_INTERNAL, "the ticket can't be received: %s", strerror(-r));
	}
	t.text[t.len] = '\0';
	*ret = t;
	return 0;
}

void task_close(struct task *t)
{
	if (t->text)
		OPENSSL_cleanse(t->text, t->len);
	free(t->text);
	t->text = NULL;
	spe_close_fd(&t->out);
	spe_close_fd(&t->input);
	t->out = t->input = -1;
}

/* Sentences carry names that people wrote; JSON refuses what is not UTF-8. */
static json_t *text_json(const char *s)
{
	json_t *j = json_string(s);
	auto_buf struct buf b = { 0 };

	if (j)
		return j;
	for (; *s; s++)
		buf_add(&b, (unsigned char)*s < 0x80 ? s : "?", 1);
	return b.bad ? NULL : json_stringn(b.p, b.len);
}

json_t *task_error(const struct spe_error *e)
{
	return json_pack("{s:b,s:{s:s,s:o,s:o}}", "ok", 0, "error", "code", spe_code_name(e->code),
		"message", text_json(e->text), "remedy", text_json(e->remedy));
}

int task_answer(const struct task *t, const json_t *j)
{
	auto_free char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;

	return text ? io_write_all(t->out, text, strlen(text)) : -ENOMEM;
}
