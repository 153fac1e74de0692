/* base/hex.c - see hex.h. */
#define OPENSSL_API_COMPAT 0x10100000L /* SHA256_Init: the EVP interface looks for the name each time, which costs as much as 500 bytes */
#include "sped/base/hex.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <unistd.h>

void hex_text(char *ret_text, const uint8_t *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < n; i++) {
		ret_text[2 * i] = digits[p[i] >> 4];
		ret_text[2 * i + 1] = digits[p[i] & 15];
	}
	ret_text[2 * n] = '\0';
}

int sha256(const void *p, size_t n, uint8_t ret_hash[SHA256_BYTES])
{
	SHA256_CTX c;

	return SHA256_Init(&c) == 1 && SHA256_Update(&c, p, n) == 1 && SHA256_Final(ret_hash, &c) == 1 ? 0 : -ENOMEM;
}

int sha256_text(const void *p, size_t n, char ret_text[SHA256_TEXT])
{
	uint8_t hash[SHA256_BYTES];
	int r = sha256(p, n, hash);

	if (r == 0)
		hex_text(ret_text, hash, sizeof(hash));
	return r;
}

int sha256_fd_text(int fd, char ret_text[SHA256_TEXT], uint64_t *ret_size)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t hash[SHA256_BYTES];
	char piece[65536];
	off_t at = 0;
	int r = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 ? 0 : -ENOMEM;

	while (r == 0) {
		ssize_t n = pread(fd, piece, sizeof(piece), at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			r = -errno;
		else if (n == 0)
			break;
		else if (EVP_DigestUpdate(ctx, piece, (size_t)n) != 1)
			r = -ENOMEM;
		else
			at += n;
	}
	if (r == 0 && EVP_DigestFinal_ex(ctx, hash, NULL) != 1)
		r = -ENOMEM;
	EVP_MD_CTX_free(ctx);
	if (r < 0)
		return r;
	hex_text(ret_text, hash, sizeof(hash));
	if (ret_size)
		*ret_size = (uint64_t)at;
	return 0;
}

int hmac_sha256(const void *key, size_t key_len, const void *p, size_t n,
	uint8_t ret_mac[SHA256_BYTES])
{
	if (key_len > INT32_MAX)
		return -EINVAL;
	return HMAC(EVP_sha256(), key, (int)key_len, p, n, ret_mac, NULL) ? 0 : -ENOMEM;
}
