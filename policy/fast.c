/* policy/fast.c - the fast walk: judges the places that kernels.c finds. The tests are those of the plain walk; here it
 * is only asked, in fewer steps, whether they need be asked at all. */
#include <string.h>

#include "policy/walk.h"

#define RARE __attribute__((noinline)) /* kept out of the loop over words of bits */

const uint8_t scan_class[256] = {
	[(unsigned char)FOLD_LETTER] = IS_LETTER,
	['0' ... '1'] = IS_DIGIT | IS_HEX | IS_CODED,
	['2' ... '7'] = IS_DIGIT | IS_HEX | IS_CODED | IS_TOKEN,
	['8' ... '9'] = IS_DIGIT | IS_HEX | IS_CODED,
	['A' ... 'F'] = IS_HEX | IS_LETTER | IS_CODED | IS_TOKEN,
	['G' ... 'Z'] = IS_LETTER | IS_CODED | IS_TOKEN,
	['a' ... 'f'] = IS_HEX | IS_LETTER | IS_CODED | IS_TOKEN,
	['g' ... 'z'] = IS_LETTER | IS_CODED | IS_TOKEN,
	['+'] = IS_LINK | IS_CODED,
	['/'] = IS_JOINT | IS_LINK | IS_CODED,
	['-'] = IS_JOINT | IS_LINK | IS_CODED,
	['_'] = IS_JOINT | IS_LINK | IS_CODED,
	[' '] = IS_JOINT | IS_LINK,
	['.'] = IS_JOINT | IS_LINK,
};

/* --- what stands at a place --- */

static inline size_t lowest(uint64_t bits)
{
	return (size_t)__builtin_ctzll(bits);
}

static bool inside(const struct scan *s, size_t i)
{
	return i >= s->from && i < s->to;
}

static void judge_digits(struct scan *s, size_t i, size_t end)
{
	for (; i < end; i++) {
		if (!inside(s, i) || !fold_is_digit(s->v[i]) || !word_starts(s, i))
			continue;
		judge_number(s, i);
		judge_phone(s, i);
	}
	s->done_number = end;
}

/* The chain of digits and joints around y; nine digits are the least that make a number. */
static RARE void numbers(struct scan *s, size_t y)
{
	size_t first = s->done_number > s->skip_number ? s->done_number : s->skip_number;
	size_t i = y + 1, digits = 0, end = y + 1;

	if (y < first)
		return;
	while (i > first && is_link(s->v[i - 1]))
		digits += fold_is_digit(s->v[--i]);
	for (; end < s->len && is_link(s->v[end]); end++)
		digits += fold_is_digit(s->v[end]);
	if (digits < 9 && i > s->done_number)
		s->skip_number = end;
	else
		judge_digits(s, i, end);
}

/* Three digits that end at y stand behind a letter, and that behind a chain: 131052A308T, 20000101-T220. */
static RARE void lettered(struct scan *s, size_t y)
{
	size_t i = y - 3;

	while (i > s->done_number && is_link(s->v[i - 1]))
		i--;
	if (y - 3 > s->done_number)
		judge_digits(s, i, y - 3);
}

/* y is a third dot. */
static RARE void ipv4(struct scan *s, size_t y)
{
	size_t i = y, dots = 0;

	while (i > s->done_net && (fold_is_digit(s->v[i - 1]) || (s->v[i - 1] == '.' && dots < 3)))
		dots += s->v[--i] == '.';
	for (; i < y; i++)
		if (inside(s, i) && fold_is_digit(s->v[i]) && word_starts(s, i))
			judge_ipv4(s, i);
	s->done_net = y;
}

static RARE void colons(struct scan *s, size_t y)
{
	size_t i = y + 1;

	if (y < s->done_colon)
		return;
	while (i > 0 && is_hexish(s->v[i - 1]))
		i--;
	if (inside(s, i))
		judge_colons(s, i);
	for (s->done_colon = y + 1; s->done_colon < s->len && is_hexish(s->v[s->done_colon]);)
		s->done_colon++;
}

/* y is the fifth '-' of aa-bb-cc-dd-ee-ff. */
static RARE void dashes(struct scan *s, size_t y)
{
	size_t i;

	if (y < 14 || s->v[y] != '-' || s->v[y - 12] != '-' || s->v[y - 6] != '-')
		return;
	i = y - 14;
	if (inside(s, i) && is_hexish(s->v[i]) && !(i > 0 && is_hexish(s->v[i - 1])))
		judge_colons(s, i);
}

static RARE void told(struct scan *s, size_t y)
{
	size_t i = y;

	while (i > s->done_told && is_word(s->v[i - 1]) && y - i < BLOCK)
		i--;
	if (inside(s, i) && word_starts(s, i))
		judge_told(s, i);
	s->done_told = y + 1;
}

/* y is the fourth decimal. */
static RARE void degrees(struct scan *s, size_t y)
{
	size_t i = y - 4;

	while (i > 0 && fold_is_digit(s->v[i - 1]) && y - i < BLOCK)
		i--;
	if (inside(s, i))
		judge_degrees(s, i);
}

static RARE void coded(struct scan *s, size_t y)
{
	size_t i = y, end = y;

	while (i > 0 && is_coded(s->v[i - 1]))
		i--;
	while (end < s->len && is_coded(s->v[end]))
		end++;
	if (inside(s, i))
		judge_run(s, i, end);
}

static RARE void at_sign(struct scan *s, size_t y)
{
	if (!inside(s, y))
		return;
	if (s->v[y] == '@')
		judge_mail(s, y);
	else if (fold_is_digit(at(s, y + 1)))
		judge_plus(s, y);
}

static RARE void at_p(struct scan *s, size_t y)
{
	if (inside(s, y))
		judge_split(s, y);
}

static RARE void at_iban(struct scan *s, size_t y)
{
	if (inside(s, y - 3))
		judge_iban(s, y - 3);
}

/* --- what the words of bits around a place say of it --- */

/* 64 bits from one in word k on; those that would stand behind word k + 1 are not set. */
static inline uint64_t window(const uint64_t *of, size_t k, unsigned bit)
{
	return bit > 0 ? of[k] >> bit | of[k + 1] << (64 - bit) : of[k];
}

/* A run of coded characters ends within two words, has no capital and no row of letters and digits that is long enough
 * to decode or to be a pseudonym, and is no whole line: nothing is written in it. Paths are such runs. */
static bool is_path(const struct scan *s, const struct walk *w, size_t k, unsigned bit, size_t y)
{
	size_t from = y + 1 - RUN_CODED;
	unsigned first = bit + 1 - RUN_CODED; /* wraps where it is in the word before */
	uint64_t word, run, row, cut;

	if (bit + 1 < RUN_CODED) {
		k--;
		first += BLOCK;
	}
	word = window(w->of[ALPHA], k, first) | window(w->of[DIGIT], k, first);
	run = word | window(w->of[PLUS], k, first) | window(w->of[UNDER], k, first) |
	      (window(w->of[DASH], k, first) & ~window(w->of[DOT], k, first));
	cut = ~run & -~run; /* the run's end */
	if (s->folded || cut == 0 || from == 0 || s->v[from - 1] == '\n')
		return false;
	row = word & (cut - 1);
	if (window(w->of[CAPITAL], k, first) & (cut - 1))
		return false;
	row &= row >> 1;
	row &= row >> 2;
	row &= row >> 4;
	return (row & row >> 8 & row >> 16) == 0;
}

/* A word that begins with p: has it, before a character that no pseudonym has, as many as one has, and a digit? */
static bool may_be_token(const struct walk *w, size_t k, unsigned bit)
{
	uint64_t digit = window(w->of[DIGIT27], k, bit), token = window(w->of[ALPHA], k, bit) | digit;
	uint64_t other = (window(w->of[DIGIT], k, bit) | window(w->of[OTHER], k, bit)) & ~token;

	if (other == 0)
		return digit != 0;
	other = (other & -other) - 1;
	return (digit & other) != 0 && __builtin_popcountll(token & other) >= 31;
}

/* --- the walk --- */

static void each(struct scan *s, uint64_t bits, size_t base, void (*judge)(struct scan *, size_t))
{
	for (; bits != 0; bits &= bits - 1)
		judge(s, base + lowest(bits));
}

/* Both in the order of the text: a chain is judged to its end, and what stands before it must be judged by then. */
static void chains(struct scan *s, uint64_t chain, uint64_t lettered_at, size_t base)
{
	uint64_t bits;

	for (bits = chain | lettered_at; bits != 0; bits &= bits - 1) {
		if (chain & bits & -bits)
			numbers(s, base + lowest(bits) - 1);
		if (lettered_at & bits & -bits)
			lettered(s, base + lowest(bits));
	}
}

static RARE void judge_block(struct scan *s, const struct walk *w, size_t k, size_t base)
{
	uint64_t bits;

	chains(s, w->found[CHAIN][k], w->found[LETTERED][k], base);
	each(s, w->found[TOLD][k], base, told);
	each(s, w->found[IBAN][k], base, at_iban);
	each(s, w->found[DEGREES][k], base, degrees);
	each(s, w->found[IPV4][k], base, ipv4);
	each(s, w->found[DASHES][k], base, dashes);
	each(s, w->found[COLONS][k], base, colons);
	for (bits = w->found[CODED][k]; bits != 0; bits &= bits - 1)
		if (!is_path(s, w, k, (unsigned)lowest(bits), base + lowest(bits)))
			coded(s, base + lowest(bits));
	for (bits = s->k_check ? w->found[WORDS][k] : 0; bits != 0; bits &= bits - 1)
		if (may_be_token(w, k, (unsigned)lowest(bits)))
			at_p(s, base + lowest(bits));
	each(s, w->found[SIGNS][k], base, at_sign);
}

/* What is looked at in blocks: whole ones, a last one that is filled up with line ends, and nothing. */
struct blocks {
	const char *p;
	size_t whole, left; /* left: bytes of the last one */
};

/* Blocks from..to of the text into the words from k on. */
static void read_blocks(const struct kernel *kernel, struct walk *w, size_t k, const struct blocks *b, size_t from, size_t to,
	bool folded)
{
	size_t whole = to < b->whole ? to : b->whole;
	char rest[BLOCK];
	enum class c;

	if (from < whole) {
		kernel->read(w, k, b->p + from * BLOCK, whole - from, folded);
		k += whole - from;
		from = whole;
	}
	if (from == b->whole && from < to) {
		memset(rest, '\n', BLOCK);
		memcpy(rest, b->p + from * BLOCK, b->left);
		kernel->read(w, k++, rest, 1, folded);
		from++;
	}
	for (; from < to; from++, k++)
		for (c = 0; c < CLASSES; c++)
			w->of[c][k] = 0;
}

/* Where a tile begins or ends within a line, what belongs to it is found by what stands before and behind. */
void walk_fast(struct scan *s)
{
	const struct kernel *kernel = kernel_of(s->way);
	bool cut_front = s->from > 0 && s->v[s->from - 1] != '\n';
	bool cut_back = s->to < s->len && s->v[s->to - 1] != '\n';
	size_t start = cut_front ? s->from - (s->from < BLOCK ? s->from : BLOCK) : s->from;
	size_t end = cut_back || s->len - s->to < 2 * BLOCK ? s->len : s->to + BLOCK;
	struct blocks b = { s->v + start, (end - start) / BLOCK, (end - start) % BLOCK };
	size_t done, n, k;
	enum class c;
	struct walk w;

	for (c = 0; c < CLASSES; c++)
		w.of[c][0] = 0;
	for (done = 0; done <= b.whole; done += n) {
		n = b.whole + 1 - done < GROUP ? b.whole + 1 - done : GROUP;
		for (c = 0; c < CLASSES && done > 0; c++) {
			w.of[c][0] = w.of[c][GROUP];
			w.of[c][1] = w.of[c][GROUP + 1];
		}
		/* of the block behind too, and as many words as are worked on at once */
		read_blocks(kernel, &w, done > 0 ? 2 : 1, &b, done > 0 ? done + 1 : 0,
			done + (n == GROUP ? n + 1 : (n + LANES - 1) / LANES * LANES + 1), s->folded);
		kernel->find(&w, n);
		for (k = 1; k <= n; k++)
			if (w.found[ANY][k])
				judge_block(s, &w, k, start + (done + k - 1) * BLOCK);
	}
}
