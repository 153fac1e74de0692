/* spe-cli/sign.h - signatures with the person's own key, by OpenSSH's ssh-keygen: files, agents and
 * hardware tokens work as they do for ssh. */
#ifndef SPE_CLI_SIGN_H
#define SPE_CLI_SIGN_H
#include <stddef.h>

#include "spe/err.h"

/* sign_bytes - SSHSIG armor over these bytes in namespace ns. key is the file of a private key, or
 * of a public one whose private half an agent holds; NULL: ~/.ssh/id_ed25519. ssh-keygen is found
 * by PATH and may ask on the terminal. The caller frees *ret_armor. Returns 0; -SPE_E_NOT_FOUND: no
 * such key; -SPE_E_INTERNAL: ssh-keygen failed, which it has explained itself on stderr. */
int sign_bytes(const char *key, const char *ns, const void *p, size_t len, char **ret_armor,
	struct spe_error *e);
#endif
