/* base/crypto.h - OpenSSL where there is no memory. Context: any program that links it; before its first call. */
#ifndef SPE_BASE_CRYPTO_H
#define SPE_BASE_CRYPTO_H

/* crypto_memory - from here on OpenSSL calls none, which does not return, where it has no memory: to its callers a signature, a
 * packet or a key that there was no memory for is one that does not verify, open or agree. Returns 0 or -EBUSY: it has some already. */
int crypto_memory(void (*none)(void));
#endif
