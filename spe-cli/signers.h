/* spe-cli/signers.h - OpenSSH's allowed_signers files (ssh-keygen(1)), the part of them that is
 * used here: PERSON[,PERSON...] [namespaces="NS[,NS...]"] TYPE BASE64 [comment]. Patterns,
 * certificates and other options are refused, for a line half understood could let the wrong key
 * in. Pure. */
#ifndef SPE_CLI_SIGNERS_H
#define SPE_CLI_SIGNERS_H
#include <stddef.h>

#include "spe/err.h"

#define SIGNERS_MAX 512
#define SIGNERS_TEXT_MAX ((size_t)1 << 20)

struct signer {
	char *person;
	char *key; /* "TYPE BASE64" */
};

struct signers {
	struct signer *signer;
	size_t count;
};

/* signers_parse - those whose line is for this namespace or for any. what names the text in the
 * sentence, with the line. Returns 0 or -SPE_E_INPUT; signers_free either way. */
int signers_parse(const char *text, size_t len, const char *ns, const char *what,
	struct signers *ret, struct spe_error *e);
void signers_free(struct signers *s);
/* signers_has - is this key one of this person's? */
int signers_has(const struct signers *s, const char *person, const char *key);
#endif
