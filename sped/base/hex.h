/* base/hex.h - SHA-256 and hexadecimal, by OpenSSL. */
#ifndef SPE_BASE_HEX_H
#define SPE_BASE_HEX_H
#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32
#define SHA256_TEXT 65 /* lower-case hexadecimal and NUL */

void hex_text(char *ret_text, const uint8_t *p, size_t n); /* 2n digits and NUL */
int sha256(const void *p, size_t n, uint8_t ret_hash[SHA256_BYTES]);
int sha256_text(const void *p, size_t n, char ret_text[SHA256_TEXT]);
/* sha256_fd_text - of the whole file behind fd by pread; *ret_size may be NULL. 0 or -errno. */
int sha256_fd_text(int fd, char ret_text[SHA256_TEXT], uint64_t *ret_size);
int hmac_sha256(const void *key, size_t key_len, const void *p, size_t n,
	uint8_t ret_mac[SHA256_BYTES]);
#endif
