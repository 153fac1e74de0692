/* stage/main.c - spe-stage: one ticket, one answer. */
#include <openssl/crypto.h>

#include "spe/log.h"
#include "spe/ticket.h"
#include "sped/base/confine.h"
#include "sped/base/crypto.h"
#include "sped/base/json.h"
#include "sped/stage/stage.h"

static const char *const calls[] = { "openat2", "mkdirat", "unlinkat", "fchmod", "fsync",
	"getdents64", "sync_file_range", NULL };

static void confine(void)
{
	const struct confine_path paths[] = { { .dir = TASK_PLACE, .write = true }, { .dir = -1 } };
	const struct confine c = { .paths = paths, .calls = calls, .threads = true };
	struct spe_error e;

	if (confine_enter(&c, &e) < 0)
		spe_die("confine", "%s", e.text);
}

static void no_memory(void)
{
	spe_die("memory", "there is none left");
}

int main(void)
{
	struct spe_error e;
	struct task t;
	json_t *result;
	int r;

	spe_log_name("spe-stage");
	json_memory(no_memory);
	if (crypto_memory(no_memory) < 0)
		spe_die("start", "OpenSSL takes no other allocator");
	OPENSSL_init_crypto(
		OPENSSL_INIT_NO_LOAD_CONFIG, NULL); /* the host's may name modules to load */
	if (task_receive(TASK_SOCKET, &t, &e) < 0)
		spe_die("ticket", "%s", e.text);
	confine();
	r = stage_ticket(&t, &result);
	if (stage_answer(&t, result) < 0 && r == 0)
		r = -SPE_E_INTERNAL;
	if (r < 0)
		spe_log("task", "failed; the answer says why");
	json_decref(result);
	task_close(&t);
	return r < 0 ? 1 : 0;
}
