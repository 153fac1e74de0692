/* spe-cli/file_key.c - public keys in files that were named on the command line; see cli.h. */
#include <string.h>

#include "spe-cli/cli.h"
#include "spe/cleanup.h"
#include "spe/sshsig.h"

static int private_key_named(char *text, size_t len, const char *path, struct spe_error *e)
{
	explicit_bzero(text, len);
	spe_fail(e, SPE_E_INPUT, "%s: this is a private key; it was not sent", path);
	spe_remedy(e, "try: the file beside it that ends in .pub");
	return -SPE_E_INPUT;
}

int file_key(const char *path, char **ret, struct spe_error *e)
{
	auto_free char *text = NULL;
	struct spe_error why;
	size_t len;
	int r = file_read(path, "the public key", SSHKEY_TEXT_MAX - 1, &text, &len, e);

	if (r < 0)
		return r;
	if (strstr(text, "PRIVATE KEY"))
		return private_key_named(text, len, path, e);
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r' || text[len - 1] == ' '))
		text[--len] = '\0';
	if (strlen(text) != len || sshkey_check(text, NULL, NULL, &why) < 0)
		return spe_fail(e, SPE_E_INPUT, "%s: %s", path,
			strlen(text) != len ? "a public key is one line of text" : why.text);
	*ret = spe_take_ptr(&text);
	return 0;
}
