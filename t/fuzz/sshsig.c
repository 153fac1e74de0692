/* t/fuzz/sshsig.c - no bytes but the signer's own verify, and a key that is taken is taken again as written.
 * The first byte chooses: 'A' an armor as text, 'B' the bytes within one, 'K' a key. */
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spe/sshsig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const uint8_t secret[32] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

static size_t wrap(const uint8_t *p, size_t n, char *out)
{
	static char letters[SSHSIG_ARMOR_MAX];
	size_t len = (size_t)EVP_EncodeBlock((unsigned char *)letters, p, (int)n), i;
	char *at = stpcpy(out, "-----BEGIN SSH SIGNATURE-----\n");

	for (i = 0; i < len; i += 70)
		at += sprintf(at, "%.70s\n", letters + i);
	return (size_t)(stpcpy(at, "-----END SSH SIGNATURE-----\n") - out);
}

static void verify(const char *armor, size_t len, bool exact)
{
	static char key[SSHKEY_TEXT_MAX], *good;
	char named[SSHKEY_TEXT_MAX], again[SSHKEY_TEXT_MAX];
	struct spe_error e = { 0 };

	if (!good && (sshkey_public(secret, key, NULL) < 0 ||
			     sshsig_sign(secret, "spe-permit", "text", 4, &good, NULL) < 0))
		abort();
	if (sshsig_key_of(armor, len, named, &e) == 0) {
		if (sshkey_check(named, again, NULL, NULL) < 0 || strcmp(named, again) != 0)
			__builtin_trap();
		sshsig_verify(named, "spe-permit", "text", 4, armor, len, &e);
	}
	if (sshsig_verify(key, "spe-permit", "text", 4, armor, len, &e) == 0) {
		if (exact && (strlen(good) != len || memcmp(good, armor, len) != 0))
			__builtin_trap();
	} else if (!e.text[0]) {
		__builtin_trap();
	}
}

static void check_key(const uint8_t *data, size_t len)
{
	char text[SSHKEY_TEXT_MAX], canonical[SSHKEY_TEXT_MAX], again[SSHKEY_TEXT_MAX],
		fingerprint[64];

	if (len >= sizeof(text))
		return;
	memcpy(text, data, len);
	text[len] = '\0';
	if (sshkey_check(text, canonical, fingerprint, NULL) == 0 &&
		(sshkey_check(canonical, again, NULL, NULL) < 0 || strcmp(canonical, again) != 0))
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char armor[SSHSIG_ARMOR_MAX];

	if (len < 1 || len > 8192)
		return 0;
	if (data[0] == 'A')
		verify((const char *)data + 1, len - 1, false);
	else if (data[0] == 'B')
		verify(armor, wrap(data + 1, len - 1, armor), true);
	else
		check_key(data + 1, len - 1);
	return 0;
}
