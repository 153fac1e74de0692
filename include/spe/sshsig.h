/* spe/sshsig.h - OpenSSH's SSHSIG (PROTOCOL.sshsig): made and verified with OpenSSL.
 * Keys: ssh-ed25519, ecdsa-sha2-nistp256/384, ssh-rsa (rsa-sha2-256/512 signatures, at least 2048 bits), and FIDO
 * sk-ssh-ed25519@openssh.com, sk-ecdsa-sha2-nistp256@openssh.com (user-presence flag wanted). Hash: sha256 or sha512.
 * Pure: no files, no clock. */
#ifndef SPE_SSHSIG_H
#define SPE_SSHSIG_H
#include <stddef.h>
#include <stdint.h>

#include "spe/err.h"

#define SSHSIG_ARMOR_MAX 16384
#define SSHKEY_TEXT_MAX 4096

/* sshkey_check - "TYPE BASE64 [comment]" is a key of a kind above. ret_canonical is "TYPE BASE64"
 * (SSHKEY_TEXT_MAX bytes of room), ret_fingerprint "SHA256:..." (64 bytes of room); either may be NULL.
 * Options before the type, several lines and certificates are refused. Returns 0 or -SPE_E_INPUT. */
int sshkey_check(const char *text, char *ret_canonical, char *ret_fingerprint, struct spe_error *e);
/* sshsig_verify - armor is a signature by exactly this key ("TYPE BASE64") over data in namespace ns.
 * Returns 0; -SPE_E_INPUT: not an SSHSIG; -SPE_E_NOT_AUTHORISED: other key, namespace or bytes; the sentence says which. */
int sshsig_verify(const char *key, const char *ns, const void *data, size_t len, const char *armor,
	size_t armor_len, struct spe_error *e);
/* sshsig_key_of - the key that a signature names, canonical; for choosing which registered key to ask. */
int sshsig_key_of(const char *armor, size_t armor_len, char ret_key[SSHKEY_TEXT_MAX], struct spe_error *e);
/* sshsig_sign - Ed25519 with a raw 32-byte private key, sha512; *ret_armor is the caller's. */
int sshsig_sign(const uint8_t private_key[32], const char *ns, const void *data, size_t len,
	char **ret_armor, struct spe_error *e);
/* sshkey_public - "ssh-ed25519 BASE64" of a raw private key. */
int sshkey_public(const uint8_t private_key[32], char ret_key[SSHKEY_TEXT_MAX], struct spe_error *e);
#endif
