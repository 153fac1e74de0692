/* spe-cli/guard.c - see guard_enter in cli.h. */
#include "config.h"

#include <openssl/crypto.h>
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
	static const char *const writing[] = { "ioctl", "openat", NULL };
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
