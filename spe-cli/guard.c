/* spe-cli/guard.c - see guard_enter and guard_apart in cli.h. */
#include "config.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spe-cli/cli.h"
#include "sped/base/confine.h"
#include "sped/base/hex.h"

/* As far as the host allows: a release must be verifiable by anybody, on kernels without Landlock
 * and by root as well, and there the reading is as careful as here. The result is therefore not
 * asked for. Not under sanitizers: their leak search traces the process, which an undumpable one
 * refuses. */
void guard_enter(int dir)
{
#ifndef SPE_SANITIZERS
	static const char *const calls[] = { "ioctl", NULL }; /* what stdio asks of a terminal */
	static const char *const writing[] = { "ioctl", "openat", "unlinkat", NULL };
	const struct confine_path paths[] = { { .dir = dir, .write = true }, { .dir = -1 } };
	const struct confine left = { .calls = dir < 0 ? calls : writing, .paths = paths };
	char hash[SHA256_TEXT];

	if (geteuid() == 0)
		return;
	OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL);
	sha256_text("", 0, hash); /* OpenSSL opens its configuration at first use */
	(void)confine_enter(&left, NULL);
#endif
}

/* What strangers' bytes may have made of the process says how it went: no more of it is taken than a code and two sentences. */
static int said_take(struct spe_error *said, struct spe_error *e)
{
	enum spe_code code = said->code > SPE_OK && said->code < SPE_E_COUNT ? said->code : SPE_E_INTERNAL;

	said->text[sizeof(said->text) - 1] = said->remedy[sizeof(said->remedy) - 1] = '\0';
	spe_fail(e, code, "%s", said->text[0] ? said->text : "the process that reads foreign bytes ended without a word");
	if (said->remedy[0])
		spe_remedy(e, "%s", said->remedy);
	return -(int)code;
}

static int act_alone(int (*act)(void *arg, struct spe_error *e), void *arg, struct spe_error *e)
{
	int r;

	guard_enter(-1);
	r = act(arg, e);
	if (r == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		r = spe_fail(e, SPE_E_INTERNAL, "standard output can't be written");
	return r;
}

int guard_apart(int (*act)(void *arg, struct spe_error *e), void *arg, struct spe_error *e)
{
	struct spe_error *said = mmap(NULL, sizeof(*said), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = 0, r = 0;
	pid_t pid;

	if (said == MAP_FAILED)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	fflush(stdout); /* else it would be there twice */
	pid = fork();
	if (pid == 0)
		_exit(act_alone(act, arg, said) == 0 ? 0 : 1);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		r = spe_fail(e, SPE_E_INTERNAL, "no process to read foreign bytes: %s", strerror(errno));
	else if (!WIFEXITED(status))
		r = spe_fail(e, SPE_E_INTERNAL, "the process that reads foreign bytes was killed");
	else if (WEXITSTATUS(status) != 0)
		r = said_take(said, e);
	munmap(said, sizeof(*said));
	return r;
}
