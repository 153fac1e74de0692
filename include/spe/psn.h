/* spe/psn.h - pseudonyms: keyed, per permit, self-authenticating tokens p[a-z2-7]{30}.
 * K_permit = HMAC-SHA256(MK, "sped/v1" 00 "psn" 00 permit_id);
 * K_check  = HMAC-SHA256(MK, "sped/v1" 00 "check" 00);
 * message  = u16be len(domain) domain u16be len(value) value, the value canonical (spe/idnum.h);
 * token    = "p" + base32lower(HMAC(K_permit, message)[0..16)) (26 characters, RFC 4648 without padding)
 *          + first 4 characters of base32lower(HMAC(K_check, the 26 characters)[0..5)).
 * The body that K_check covers is the 26 characters alone, without the "p" (t/unit/psn.c holds the vector).
 * Keys are 32 bytes; callers cleanse them. Pure but for OpenSSL. */
#ifndef SPE_PSN_H
#define SPE_PSN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PSN_KEY 32
#define PSN_TOKEN 31 /* without NUL */

/* The keys and psn_token return 0; -SPE_E_INPUT where a text is too long (a permit id over 240 bytes, domain
 * and value together over 508); -SPE_E_INTERNAL out of memory. */
int psn_permit_key(const uint8_t mk[PSN_KEY], const char *permit_id, uint8_t ret[PSN_KEY]);
int psn_check_key(const uint8_t mk[PSN_KEY], uint8_t ret[PSN_KEY]);
/* psn_shift_key - HMAC-SHA256(MK, "sped/v1" 00 "shift" 00 permit_id), of which psn_shift is made. */
int psn_shift_key(const uint8_t mk[PSN_KEY], const char *permit_id, uint8_t ret[PSN_KEY]);
/* A maker holds keyed states so that one token costs few compressions. */
struct psn;
int psn_new(struct psn **ret, const uint8_t k_permit[PSN_KEY], const uint8_t k_check[PSN_KEY]);
void psn_free(struct psn *p); /* cleanses */
int psn_token(struct psn *p, const char *domain, const char *value, size_t value_len,
	char ret[PSN_TOKEN + 1]);
/* psn_tokens - the same for many persons, whose messages are hashed together: *ret_token of each gets PSN_TOKEN + 1 characters. */
struct psn_ask {
	const char *domain, *value;
	size_t len;
	char *ret_token;
};
int psn_tokens(struct psn *p, const struct psn_ask *ask, size_t n);
/* psn_many_with - another way to HMAC-SHA-256 of up to PSN_MANY messages than one after the other: of a key whose inner and
 * outer padded blocks are in these states. NULL: none. */
#define PSN_MANY 64u
struct psn_text {
	const uint8_t *p;
	size_t len;
};
typedef void psn_many_fn(void *arg, const uint32_t inner[8], const uint32_t outer[8], const struct psn_text *text, size_t n,
	uint8_t (*ret)[32]);
void psn_many_with(struct psn *p, psn_many_fn *many, void *arg);
/* psn_pairs - two by two, for messages of at most 55 bytes, as is done where there is no other way; the argument is not looked
 * at. psn_pairs_can - the processor gains by it. */
psn_many_fn psn_pairs;
bool psn_pairs_can(void);
#define PSN_SHIFT 364 /* days at most, either way */
/* psn_shift_with - before psn_shift. psn_shift - by how many days this person's dates are moved, all of them alike, so that
 * what is between them stays: (u64be of the first 8 bytes of HMAC(K_shift, message)) mod 729 - 364. */
void psn_shift_with(struct psn *p, const uint8_t k_shift[PSN_KEY]);
int psn_shift(struct psn *p, const char *domain, const char *value, size_t value_len, int *ret_days);
/* psn_is_grammar - p[a-z2-7]{30}, case-folded: all that can be said without a key. */
bool psn_is_grammar(const char *s, size_t len);
/* psn_is_token - grammar and self-check, case-folded; for the checker, who has K_check alone. */
bool psn_is_token(const uint8_t k_check[PSN_KEY], const char *s, size_t len);
#endif
