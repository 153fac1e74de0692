/* policy/values.h - what the writer of fingerprints and their reader share: how a value is read, what is hashed, and
 * the index's bytes. Touches: memory that it was given. */
#ifndef SPE_POLICY_VALUES_H
#define SPE_POLICY_VALUES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spe/csv.h"

/* ---- values ---- */

/* A value is a hash whose lowest byte says what is known of it: how much it tells, and of what kind it is.
 * 0: nothing is there (empty, NA and the like).
 * Numbers are read as numbers (1.50 = 1,5 = 15e-1, "1 840" = 1840; fractions to six digits), days as days
 * (2020-01-31 = 31.1.2020 = 31/01/2020 = 20200131), all else as its letters and digits in lower case. */
typedef uint64_t value;
enum value_kind { VALUE_NUMBER, VALUE_REAL, VALUE_DATE, VALUE_TEXT, VALUE_CODE, VALUE_TOKEN };
#define VALUE_WEIGHT_MAX 15u
#define VALUE_HASH 0xffffffffffffff00u
/* Significant digits, or letters and digits; at most 15. */
static inline unsigned value_weight(value v)
{
	return (unsigned)(v & 15);
}
/* REAL: with a fraction; CODE: text with a digit; TOKEN: it has the form of a pseudonym. */
static inline enum value_kind value_kind(value v)
{
	return (enum value_kind)(v >> 4 & 15);
}
value value_read(const char *p, size_t n);
/* values_read - the same of n fields, each step fields behind the one before, to every step-th of ret. Plain: one by one. */
void values_read(value *ret, size_t step, const struct csv_field *field, size_t n);
void values_read_plain(value *ret, size_t step, const struct csv_field *field, size_t n);
#define VALUE_SEED 0x2d358dccaa6c78a5u /* of the hashes of texts, and of nought */

/* The mixing function of all hashes here: a 128-bit product of two words, folded. Not cryptographic and without a
 * key: who has the data can compute it, and nobody else sees the index. */
__extension__ typedef unsigned __int128 value_product;
static inline uint64_t value_mix(uint64_t a, uint64_t b)
{
	const value_product m = (value_product)(a ^ 0x9e3779b97f4a7c15u) * (b ^ 0xd1b54a32d192ed03u);

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}
/* The same for (a, b) as for (b, a). */
static inline uint64_t pair_key(value a, value b)
{
	a &= VALUE_HASH;
	b &= VALUE_HASH;
	return value_mix(a + b, (a ^ b) + 0xa0761d6478bd642fu);
}
/* Anchors are the values whose hash begins with so many zeros: one of 2^shift. A pair is in the index where either
 * of its values is an anchor, so that a sampled pair is counted in every row that has it. */
static inline bool value_is_anchor(value v, unsigned shift)
{
	return shift == 0 || v >> (64 - shift) == 0;
}

/* Rows: the sum of this over all values that are there, in any order, then row_key. */
static inline uint64_t row_part(value v)
{
	return value_mix(v & VALUE_HASH, 0xe7037ed1a0b428dbu);
}
static inline uint64_t row_key(uint64_t sum, size_t values)
{
	return value_mix(sum, 0x8ebc6af09c88c6e3u + values);
}

/* Five words in a row. words_next: the next word's shingle, with it and the four before; false at the end. */
#define SHINGLE 5
struct words {
	const char *p, *end;    /* of what comes; of all of it where it is not large */
	bool large;             /* more than 64 bytes; else */
	uint64_t bytes;         /* a bit for each byte of the words that come */
	uint64_t hash[SHINGLE]; /* of the words before, the newest first */
	uint8_t size[SHINGLE];  /* their letters; 0: a number */
	uint64_t count;         /* words so far */
	const char *start;      /* of the newest */
};
/* words_begin - false where there is no shingle: fewer words than it takes. */
bool words_begin(struct words *w, const char *p, size_t n);
/* *ret_key is 0 where there is none: too few words, words that say little, or one that is not in the sample. */
bool words_next(struct words *w, uint64_t *ret_key);

/* ---- the index ----
 * "SPEPRNT1", then parts: a head, then its bytes; little-endian. The last part is an end with no bytes.
 * A segment holds the upper 32 bits of up to 2^20 different keys, each with how often it came, in buckets:
 *  2^bits counts of one byte, one for each bucket of the upper bits;  2^bits/32 (at least one) starts of four
 *  bytes: the entries before every 32nd bucket;  entries of two bytes: 14 bits that follow, then 2 of SEEN.
 * Strong segments (rows and shingles) hold two entries of each key.
 * Canaries are entries of twelve bytes, by value: the value with its lowest byte, and whose it is: twice the number of
 * the row, and one more for a decoy. */
#define PRINTS_MAGIC "SPEPRNT1"
#define PRINTS_MAGIC_LEN 8
enum prints_part { PART_PAIRS = 1, PART_STRONG, PART_RARE, PART_END, PART_CANARY };
struct prints_head {
	uint8_t part, shift, bits, spare[5]; /* shift: one of 2^shift anchors (PAIRS) or keys (STRONG) */
	uint32_t count;                      /* entries */
	uint32_t bytes;                      /* of this part, the head not counted */
};
#define PRINTS_SEGMENT (1u << 20) /* keys in a segment */
#define PRINTS_SUPER 32u          /* buckets that share a start */
#define PRINTS_BITS_MAX 17u       /* eight entries in a bucket */
#define PRINTS_SEGMENTS_MAX 4096u
#define PRINTS_SHIFT_MAX 30u
/* What fewer hold is rare: the strictest count of the national rules that are in common use besides 3 is 5 or more,
 * so whatever is rare here is under the threshold of nearly every policy. */
#define PRINTS_RARE 5u
#define PRINTS_RARE_MAX (1u << 20) /* rare values in one index */
#define PRINTS_CANARY_MAX (1u << 20) /* values of planted rows and decoys */
#define PRINTS_CANARY 12u            /* bytes of one */
#define CANARY_DECOYS 4u             /* for each planted row */
/* The other entry of a strong key. */
static inline uint32_t strong_second(uint64_t key)
{
	return (uint32_t)(value_mix(key, 0x589965cc75374cc3u) >> 32);
}
static inline bool strong_sampled(uint64_t key, unsigned shift)
{
	return (key & ((1ull << shift) - 1)) == 0;
}
/* Rows that are worth a key: what fewer or shorter values make is held by many. */
#define ROW_VALUES 3u
#define ROW_WEIGHT 8u
#endif
