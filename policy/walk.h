/* policy/walk.h - the fast walk: what its two halves share. kernels.c says where patterns of characters are, 64
 * bytes to a word of bits, with whatever instructions the processor has; fast.c judges these places.
 * Touches: the struct walk it was given. */
#ifndef SPE_POLICY_WALK_H
#define SPE_POLICY_WALK_H
#include "policy/scan.h"

#define BLOCK 64u /* bytes, a bit each */
#define GROUP 64u /* blocks that are looked at together; a multiple of LANES, and at most the bits of a word */
#define LANES 8u  /* words of bits that are worked on at once */

#define PLANES 7u /* bits of an ASCII character */

/* Classes of characters, each a bit where one stands. DASH is '-', '.' and '/'; OTHER is
 * FOLD_LETTER, which only folded text has. */
enum class { DIGIT, DIGIT27, ALPHA, CAPITAL, LETTER_P, DOT, BLANK, COLON, DASH, PLUS, UNDER, AT, OTHER, CLASSES };

/* What is looked for; fast.c has the tests. Bits stand
 *   CHAIN     behind ten digits and joints in a row, or nine digits; not behind a time of day
 *   LETTERED  on three digits, behind a letter, behind six digits and joints
 *   TOLD      on the fifth digit in a row, where a letter is near before
 *   IBAN      on the fourth character of a word: two letters, two digits
 *   DEGREES   on the fourth decimal, where a letter is near before
 *   IPV4      on the third dot       DASHES  on the fifth dash      COLONS  on the third colon, or the second of "::"
 *   CODED     on the 24th character of a run of them; for few, on the 31st of a pseudonym's
 *   WORDS     on a p that begins a word, with a digit near
 *   SIGNS     on '@', and on '+' before a digit
 * SELDOM is any of those that few texts have. */
enum pattern { CHAIN, LETTERED, TOLD, IBAN, DEGREES, IPV4, DASHES, COLONS, CODED, WORDS, SIGNS, SELDOM, PATTERNS };

/* Word 1 is the group's first; before it stands the block before, and behind the last one the block behind. */
struct walk {
	uint64_t plane[PLANES][GROUP + 1 + LANES]; /* bit by bit, before it is told by classes */
	uint64_t of[CLASSES][GROUP + 2 + LANES];
	uint64_t found[PATTERNS][1 + GROUP];
};

struct kernel {
	/* line ends of so many blocks, a word each, and how many; false: not all is plain (see text_is_plain) */
	bool (*survey)(const char *p, size_t blocks, bool json, uint64_t *ret_ends, size_t *ret_lines);
	/* planes of so many blocks at p, into word k and those behind */
	void (*read)(struct walk *w, size_t k, const char *p, size_t blocks);
	/* classes of n planes, into word k and those behind; so many more as fill a vector */
	void (*sort)(struct walk *w, size_t k, size_t n);
	/* patterns of words 1 to n; LANES words behind them are read. few: see struct scan */
	void (*find)(struct walk *w, size_t n, bool few);
	/* a bit for each letter and digit of n characters, n up to 64; they are read as they stand */
	uint64_t (*words)(const char *p, size_t n);
	/* a bit for each of n words that is not 0, n up to 64 */
	uint64_t (*which)(const uint64_t *words, size_t n);
};
/* kernel_of - the kernel of a way that scan_can says yes to. */
const struct kernel *kernel_of(enum scan_way way);
#endif
