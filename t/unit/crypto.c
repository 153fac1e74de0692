/* t/unit/crypto.c - where OpenSSL has no memory its program ends, before anybody takes the lack for a signature that does not verify. */
#include "config.h"

#include "sped/base/crypto.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "t/tap.h"

#define ENDED 42
#define MEMORY (64ul << 20)

static void end(void)
{
	_exit(ENDED);
}

#ifndef SPE_SANITIZERS /* they have an allocator of their own, which ends the program itself */
/* A digest, and contexts until there is no memory. */
static int use_up(void)
{
	static const struct rlimit most = { MEMORY, MEMORY };
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned long i;

	if (crypto_memory(end) != 0 || EVP_Digest("abc", 3, hash, NULL, EVP_sha256(), NULL) != 1 || hash[0] != 0xba)
		return 1;
	if (setrlimit(RLIMIT_AS, &most) < 0)
		return 2;
	for (i = 0; i < MEMORY; i++)
		if (!EVP_MD_CTX_new())
			return 3;
	return 4;
}

static void ends(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(use_up());
	ok(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == ENDED,
		"with its memory used up a program ends as it said");
}
#else
static void ends(void)
{
	printf("# not tried: with memory used up; the sanitizers have an allocator of their own\n");
}
#endif

int main(void)
{
	ends();
	EVP_MD_CTX_free(EVP_MD_CTX_new());
	ok(crypto_memory(end) == -EBUSY, "what OpenSSL has already can't be of another's memory");
	return tap_end();
}
