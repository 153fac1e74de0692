/* policy/fast.c - the fast walk: judges the places that kernels.c finds. The tests are those of the plain walk; here it
 * is only asked, in fewer steps, whether they need be asked at all. */
#include <string.h>

#include "policy/walk.h"

#define PIECE 4096u /* bytes that are surveyed together */
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
		if (!s->few)
			judge_phone(s, i);
	}
	s->done_number = end;
}

/* A letter amid characters that stand apart, the sign of a century in a Finnish code: 1 3 1 0 5 2 A 3 0 8 T. */
static bool is_letter_apart(const struct scan *s, size_t i)
{
	return i > 0 && i + 1 < s->len && is_of(s->v[i], IS_LETTER) && is_joint(s->v[i - 1]) && s->v[i + 1] == s->v[i - 1];
}

/* The chain of digits and joints around y; nine digits are the least that make a number, or six and a letter. */
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
	if (digits < 9 && i > s->done_number && !(digits >= 6 && is_letter_apart(s, end)))
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
static void degrees(struct scan *s, size_t y)
{
	size_t i = y - 5;

	while (i > 0 && fold_is_digit(s->v[i - 1]) && y - i < BLOCK)
		i--;
	if (inside(s, i))
		judge_degrees(s, i);
}

static RARE void coded(struct scan *s, size_t y)
{
	size_t i = y, end = y;

	if (y < s->done_run)
		return;
	while (i > 0 && is_coded(s->v[i - 1]))
		i--;
	while (end < s->len && is_coded(s->v[end]))
		end++;
	if (inside(s, i))
		judge_run(s, i, end);
	s->done_run = end;
}

static RARE void at_sign(struct scan *s, size_t y)
{
	if (!inside(s, y))
		return;
	if (s->v[y] == '@')
		judge_mail(s, y);
	else if (!s->few && fold_is_digit(at(s, y + 1)))
		judge_plus(s, y);
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

/* The 64 bits before one of word k; the highest is the last. */
static inline uint64_t before_bit(const uint64_t *of, size_t k, unsigned bit)
{
	return bit > 0 ? of[k] << (64 - bit) | of[k - 1] >> bit : of[k - 1];
}

/* A number begins n characters before bit. false: no word ends at most three other characters before it that has the
 * last letters of one that announces a number, or is an N or S. */
static bool is_announced(const struct scan *s, const struct walk *w, size_t k, unsigned bit, unsigned n, size_t y)
{
	uint64_t word = (before_bit(w->of[ALPHA], k, bit) | before_bit(w->of[OTHER], k, bit) | before_bit(w->of[DIGIT], k, bit)) << n;
	unsigned gap = (unsigned)__builtin_clzll(word | 1 << 8), code;
	const char *end = s->v + y - n - gap;

	if (gap > 3)
		return false;
	if (y < 16)
		return true;
	word <<= gap;
	if (!(word << 1 >> 63))
		return small(end[-1]) == 'n' || small(end[-1]) == 's';
	code = word_ending(end - 3, 3) & (word << 2 >> 63 ? 0x7fff : 0x3ff);
	return s->endings[code / 64] >> code % 64 & 1;
}

/* The fifth digit in a row is at bit: has the number other parts, or letters? */
static bool may_be_told(const struct scan *s, const struct walk *w, size_t k, unsigned bit, size_t y)
{
	return y < 6 || is_word(s->v[y - 5]) || fold_is_digit(s->v[y - 6]) || is_announced(s, w, k, bit, 4, y);
}

/* The fourth decimal is at bit: degrees have up to three digits before the point. */
static bool may_be_degrees(const struct scan *s, const struct walk *w, size_t k, unsigned bit, size_t y)
{
	unsigned n = (unsigned)__builtin_clzll(~(before_bit(w->of[DIGIT], k, bit) << 4));

	return n <= 3 && is_announced(s, w, k, bit, 4 + n, y);
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

static unsigned bits_set(uint64_t x)
{
	x -= x >> 1 & 0x5555555555555555;
	x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return (unsigned)(x * 0x0101010101010101 >> 56);
}

/* Two groups without a digit that differ in length are words of a sentence: see judge_split. */
static bool has_groups(uint64_t token, uint64_t other, uint64_t digit)
{
	uint64_t first = token & ~(token + 1), second, behind; /* rows */

	if (digit & first || (first + 1) == 0)
		return true;
	if (other & (first + 1))
		return false;
	behind = (token | other) & ~first;
	if (behind == 0)
		return true;
	behind &= -behind;
	second = token & ~(token + behind);
	return digit & second || second >> 63 || second >> lowest(behind) == first;
}

/* A word that begins with p: has it, before a character that no pseudonym has, as many as one has, and a digit? */
static bool may_be_token(const struct walk *w, size_t k, unsigned bit)
{
	uint64_t digit = window(w->of[DIGIT27], k, bit), token = window(w->of[ALPHA], k, bit) | digit;
	uint64_t other = (window(w->of[DIGIT], k, bit) | window(w->of[OTHER], k, bit)) & ~token;

	if (!has_groups(token, other, digit) || (other == 0 && digit == 0))
		return false;
	other = (other & -other) - 1; /* before it; all, where there is none */
	return (digit & other) != 0 && (other == UINT64_MAX || bits_set(token & other) >= 31);
}

static inline void at_told(struct scan *s, const struct walk *w, size_t k, unsigned bit, size_t y)
{
	if (may_be_told(s, w, k, bit, y))
		told(s, y);
}

static inline void at_run(struct scan *s, const struct walk *w, size_t k, unsigned bit, size_t y)
{
	if (s->few || !is_path(s, w, k, bit, y))
		coded(s, y);
}

static inline void at_p(struct scan *s, const struct walk *w, size_t k, unsigned bit, size_t y)
{
	if (may_be_token(w, k, bit) && inside(s, y))
		judge_split(s, y);
}

/* --- the walk --- */

static void each(struct scan *s, uint64_t bits, size_t base, void (*judge)(struct scan *, size_t))
{
	for (; bits != 0; bits &= bits - 1)
		judge(s, base + lowest(bits));
}

/* A chain that ends before bit. Most are the digits of a counter, to which no other digits are joined. */
static void chain(struct scan *s, const struct walk *w, size_t k, unsigned bit, size_t end)
{
	uint64_t row = before_bit(w->of[DIGIT], k, bit);
	bool joint = !(row >> 63); /* behind the last digit */
	size_t n, from;

	row <<= joint;
	n = (size_t)__builtin_clzll(~row | 1);
	from = end - joint - n;
	if (n < 9 || n > 32 || row << (n + 1) >> 63 || end <= s->skip_number || from <= s->done_number) {
		numbers(s, end - 1);
		return;
	}
	if (inside(s, from) && word_starts(s, from) && !is_word(at(s, from + n)))
		judge_solid(s, from, from + n);
	s->done_number = end;
}

/* Both in the order of the text: a chain is judged to its end, and what stands before it must be judged by then. */
static void chains(struct scan *s, const struct walk *w, size_t k, size_t base)
{
	uint64_t chain_at = w->found[CHAIN][k], lettered_at = w->found[LETTERED][k], bits;

	for (bits = chain_at | lettered_at; bits != 0; bits &= bits - 1) {
		if (chain_at & bits & -bits)
			chain(s, w, k, (unsigned)lowest(bits), base + lowest(bits));
		if (lettered_at & bits & -bits)
			lettered(s, base + lowest(bits));
	}
}

static void judge_seldom(struct scan *s, const struct walk *w, size_t k, size_t base)
{
	uint64_t bits;

	each(s, w->found[SIGNS][k], base, at_sign);
	if (s->few)
		return;
	each(s, w->found[IBAN][k], base, at_iban);
	for (bits = w->found[DEGREES][k]; bits != 0; bits &= bits - 1)
		if (may_be_degrees(s, w, k, (unsigned)lowest(bits), base + lowest(bits)))
			degrees(s, base + lowest(bits));
	each(s, w->found[IPV4][k], base, ipv4);
	each(s, w->found[DASHES][k], base, dashes);
	each(s, w->found[COLONS][k], base, colons);
}

/* Patterns one after the other, so that a loop meets no surprise but its end. Word 1 stands for the text from base on. */
static void judge_group(struct scan *s, const struct kernel *kernel, const struct walk *w, size_t n, size_t base)
{
#define WHICH(pattern) kernel->which(w->found[pattern] + 1, n)
#define EACH(pattern, judge)                                                                            \
	for (blocks = WHICH(pattern); blocks != 0; blocks &= blocks - 1)                                \
		for (k = lowest(blocks) + 1, bits = w->found[pattern][k]; bits != 0; bits &= bits - 1)  \
			judge(s, w, k, (unsigned)lowest(bits), base + (k - 1) * BLOCK + lowest(bits))
	uint64_t blocks, bits;
	size_t k;

	if (!s->few)
		EACH(TOLD, at_told);
	EACH(CODED, at_run);
	if (s->k_check)
		EACH(WORDS, at_p);
	for (blocks = WHICH(CHAIN) | WHICH(LETTERED); blocks != 0; blocks &= blocks - 1)
		chains(s, w, lowest(blocks) + 1, base + lowest(blocks) * BLOCK);
	for (blocks = WHICH(SELDOM); blocks != 0; blocks &= blocks - 1)
		judge_seldom(s, w, lowest(blocks) + 1, base + lowest(blocks) * BLOCK);
#undef EACH
#undef WHICH
}

/* What is looked at in blocks: whole ones, a last one that is filled up with line ends, and nothing. */
struct blocks {
	const char *p;
	size_t whole, left; /* left: bytes of the last one */
};

/* Classes of the blocks from..to of the text into the words from k on, and as many words behind as fill a vector. */
static void read_blocks(const struct kernel *kernel, struct walk *w, size_t k, const struct blocks *b, size_t from, size_t to)
{
	size_t whole = to < b->whole ? to : b->whole, n = 0, end;
	char rest[BLOCK];
	unsigned bit;

	if (from < whole) {
		n = whole - from;
		kernel->read(w, 0, b->p + from * BLOCK, n);
	}
	if (from <= b->whole && to > b->whole) {
		memset(rest, '\n', BLOCK);
		memcpy(rest, b->p + b->whole * BLOCK, b->left);
		kernel->read(w, n++, rest, 1);
	}
	end = n;
	n += to > b->whole; /* one that is nothing */
	for (bit = 0; bit < PLANES && (n > end || n % LANES > 0); bit++)
		memset(w->plane[bit] + end, 0, LANES * sizeof(w->plane[bit][0]));
	kernel->sort(w, k, n);
}

/* Words that end in p[0..n): has one of them the last letters of a word of context? */
bool context_may_be(const struct scan *s, const char *p, size_t n)
{
	uint64_t word = n > 0 ? kernel_of(s->way)->words(p, n) : 0, ends;

	size_t last = 0;

	for (ends = word & ~(word >> 1); ends != 0; ends &= ends - 1) {
		size_t i = lowest(ends), len = i > 0 && word >> (i - 1) & 1 ? 2 : 1;

		len += len == 2 && i > 1 && word >> (i - 2) & 1;
		if (word_may_be(s->contexts, p + i + 1 - len, len) || (len == 2 && word_may_follow(s->contexts, p[last], p + i - 1)))
			return true;
		last = i;
	}
	return false;
}

/* --- the lines of a tile --- */

/* A piece of a tile: whether it is plain, as far as that is known, and where its lines end, a word for each 64 bytes. */
struct piece {
	const struct kernel *kernel;
	bool json, plain;
	size_t lines, blocks;
	uint64_t ends[PIECE / BLOCK + LANES];
};

/* A line that ends with a carriage return, or has a tab, is plain too: the kernels leave that to text_is_plain. */
static void survey(struct piece *v, const char *p, size_t n)
{
	size_t whole = n / BLOCK, lines;
	bool plain = v->kernel->survey(p, whole, v->json, v->ends, &lines);
	char rest[BLOCK];

	v->lines += lines;
	v->blocks = whole;
	if (n % BLOCK > 0) {
		memset(rest, ' ', BLOCK);
		memcpy(rest, p + whole * BLOCK, n % BLOCK);
		plain &= v->kernel->survey(rest, 1, v->json, v->ends + v->blocks++, &lines);
		v->lines += lines;
	}
	v->plain = v->plain && (plain || text_is_plain(p, n, v->json));
	memset(v->ends + v->blocks, 0, LANES * sizeof(*v->ends));
}

/* Judges long lines that end in a piece at at; the last line before it began at line. Returns where the last one in it
 * begins. Most lines end within 64 bytes of another: a long one has two words before the one of its end that are 0. */
static size_t long_lines(struct scan *s, const struct piece *v, size_t line, size_t at)
{
	uint64_t some = v->kernel->which(v->ends, v->blocks), ends = some & ~(some << 1) & ~(some << 2);

	for (; ends != 0; ends &= ends - 1) {
		size_t k = lowest(ends), end = at + k * BLOCK + lowest(v->ends[k]), from = line;
		uint64_t before = some & (((uint64_t)1 << k) - 1);

		if (before) {
			k = 63 - (size_t)__builtin_clzll(before);
			from = at + k * BLOCK + 64 - (size_t)__builtin_clzll(v->ends[k]);
		}
		if (end - from >= LINE_LONG)
			judge_line(s, from, end);
	}
	if (some) {
		size_t k = 63 - (size_t)__builtin_clzll(some);

		line = at + k * BLOCK + 64 - (size_t)__builtin_clzll(v->ends[k]);
	}
	return line;
}

bool survey_fast(struct scan *s, size_t first, size_t from, size_t to, size_t last, size_t *ret_lines)
{
	struct piece v = { .kernel = kernel_of(s->way), .json = s->json, .plain = true };
	size_t at, line = from;

	for (at = from; at < to; at += PIECE) {
		survey(&v, s->text + at, to - at < PIECE ? to - at : PIECE);
		line = long_lines(s, &v, line, at);
	}
	if (to - line >= LINE_LONG)
		judge_line(s, line, to);
	*ret_lines = v.lines; /* of the tile alone */
	survey(&v, s->text + first, from - first);
	survey(&v, s->text + to, last - to);
	return v.plain;
}

/* --- the walk itself --- */

/* Where a tile begins or ends within a line, what belongs to it is found by what stands before and behind. */
void walk_fast(struct scan *s)
{
	const struct kernel *kernel = kernel_of(s->way);
	bool cut_front = s->from > 0 && s->v[s->from - 1] != '\n';
	bool cut_back = s->to < s->len && s->v[s->to - 1] != '\n';
	size_t start = cut_front ? s->from - (s->from < BLOCK ? s->from : BLOCK) : s->from;
	size_t end = cut_back || s->len - s->to < 2 * BLOCK ? s->len : s->to + BLOCK;
	struct blocks b = { s->v + start, (end - start) / BLOCK, (end - start) % BLOCK };
	size_t done, n;
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
		/* of the block behind too */
		read_blocks(kernel, &w, done > 0 ? 2 : 1, &b, done > 0 ? done + 1 : 0, done + n + 1);
		kernel->find(&w, n, s->few);
		judge_group(s, kernel, &w, n, start + done * BLOCK);
	}
}
