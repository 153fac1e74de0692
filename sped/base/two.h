/* base/two.h - SHA-256 (FIPS 180-4) of two streams at once: each step waits for the one before it, and what one stream waits
 * the other one works. */
#ifndef SPE_BASE_TWO_H
#define SPE_BASE_TWO_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* sha256_two - so many blocks of 64 bytes of each into its state: eight words, as SHA256_CTX of OpenSSL has them in h. */
void sha256_two(uint32_t a[8], const uint8_t *of_a, uint32_t b[8], const uint8_t *of_b, size_t blocks);
/* sha256_two_macs - HMAC (RFC 2104) of two messages of one block each, padding and length in it; inner and outer are the states
 * behind the key's blocks. */
void sha256_two_macs(const uint32_t inner[8], const uint32_t outer[8], const uint8_t *a, const uint8_t *b, uint8_t ret_a[32],
	uint8_t ret_b[32]);
/* sha256_two_can - the processor has instructions for it. Else OpenSSL takes one after the other, which
 * the plain ones do in any case. */
bool sha256_two_can(void);
void sha256_two_plain(uint32_t a[8], const uint8_t *of_a, uint32_t b[8], const uint8_t *of_b, size_t blocks);
void sha256_two_macs_plain(const uint32_t inner[8], const uint32_t outer[8], const uint8_t *a, const uint8_t *b, uint8_t ret_a[32],
	uint8_t ret_b[32]);
#endif
