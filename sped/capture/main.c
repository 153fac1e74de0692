/* capture/main.c - spe-capture: one ticket, one stream. */
#include <openssl/crypto.h>

#include "spe/log.h"
#include "spe/ticket.h"
#include "sped/base/confine.h"
#include "sped/base/json.h"
#include "sped/capture/capture.h"
#include "sped/stage/task.h"

static const char *const calls[] = { "openat2", "getdents64", NULL };

static void confine(void)
{
	const struct confine_path paths[] = { { .dir = TASK_PLACE }, { .dir = -1 } };
	const struct confine c = { .paths = paths, .calls = calls };
	struct spe_error e;

	if (confine_enter(&c, &e) < 0)
		spe_die("confine", "%s", e.text);
}

/* Where the stream has begun, what is missing at its end says that it failed. */
static void answer_error(const struct task *t, bool began, const struct spe_error *e)
{
	auto_json json_t *j = began ? NULL : task_error(e);

	if (j && task_answer(t, j) < 0)
		spe_log("answer", "can't be written");
	spe_log("capture", "%s", e->text);
}

int main(void)
{
	struct spe_error e;
	struct task t;
	bool began;
	int r;

	spe_log_name("spe-capture");
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if (task_receive(TASK_SOCKET, &t, &e) < 0)
		spe_die("ticket", "%s", e.text);
	confine();
	if (t.input >= 0)
		spe_die("ticket", "wants no input");
	r = capture_ticket(t.text, t.len, t.place, t.out, &began, &e);
	if (r < 0)
		answer_error(&t, began, &e);
	task_close(&t);
	return r < 0 ? 1 : 0;
}
