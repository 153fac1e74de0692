/* policy/fast.c - the places worth judging, 64 bytes at a time: each class of characters becomes a word of 64 bits, and
 * patterns are found by shifting these words; what a pattern needs from the 64 bytes before is shifted in. A bit stands
 * where a pattern ends, so that nothing of the next 64 bytes is needed. Patterns are wider than the tests behind them,
 * never narrower: t/unit/scan.c compares with the plain walk. */
#include <string.h>

#include "policy/scan.h"
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define BLOCK 64
#define RARE            \
	__attribute__(( \
		noinline)) /* kept out of the loop, which then keeps its words in registers */
#define OFTEN inline __attribute__((always_inline))

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

struct masks {
	uint64_t digit, letter, joint, dot, colon, sign, p, coded; /* sign: '@', '+' and ':' */
};
struct walk {
	struct masks now, old; /* these 64 bytes and those before */
	uint64_t p;            /* where a word begins with it in now */
	/* each now and before: digits and joints, runs of them of two, four and six */
	uint64_t joined[2], run[2], group[2], six[2];
	uint64_t row2[2], row5[2]; /* digits in a row */
	uint64_t coded2[2], coded4[2], coded8[2], coded24[2];
	uint64_t dots[2], dots2[2], colons2[2], colons3[2], colons4[2], pairs[2], pairs2[2];
};

/* --- classes of characters --- */

static inline void put(struct masks *m, size_t i, unsigned char c)
{
	uint64_t bit = (uint64_t)1 << i;
	unsigned char l = (unsigned char)small((char)c);

	m->digit |= fold_is_digit((char)c) ? bit : 0;
	m->letter |= (l >= 'a' && l <= 'z') || c == (unsigned char)FOLD_LETTER ? bit : 0;
	m->joint |= is_joint((char)c) || c == '+' ? bit : 0;
	m->dot |= c == '.' ? bit : 0;
	m->colon |= c == ':' ? bit : 0;
	m->sign |= c == '@' || c == '+' || c == ':' ? bit : 0;
	m->p |= l == 'p' ? bit : 0;
	m->coded |= is_coded((char)c) ? bit : 0;
}

static void read_plain(struct masks *m, const char *p)
{
	size_t i;

	*m = (struct masks){ 0 };
	for (i = 0; i < BLOCK; i++)
		put(m, i, (unsigned char)p[i]);
}

#if defined(__SSE2__)
static inline __m128i is(__m128i v, char c)
{
	return _mm_cmpeq_epi8(v, _mm_set1_epi8(c));
}

/* Unsigned, both ends belong to it. */
static inline __m128i within(__m128i v, char low, char high)
{
	__m128i shifted = _mm_sub_epi8(v, _mm_set1_epi8((char)(low - 128)));

	return _mm_cmplt_epi8(shifted, _mm_set1_epi8((char)(high - low - 127)));
}

/* One bit a byte of four vectors. */
static OFTEN uint64_t bits_of(__m128i a, __m128i b, __m128i c, __m128i d)
{
	uint32_t low = (uint32_t)_mm_movemask_epi8(a) | (uint32_t)_mm_movemask_epi8(b) << 16;
	uint32_t high = (uint32_t)_mm_movemask_epi8(c) | (uint32_t)_mm_movemask_epi8(d) << 16;

	return (uint64_t)high << 32 | low;
}

static OFTEN __m128i letters_of(__m128i v)
{
	return within(_mm_or_si128(v, _mm_set1_epi8(0x20)), 'a', 'z');
}

static OFTEN __m128i p_of(__m128i v)
{
	return is(_mm_or_si128(v, _mm_set1_epi8(0x20)), 'p');
}

/* + - . / _ */
static OFTEN __m128i links_of(__m128i v)
{
	return _mm_or_si128(_mm_andnot_si128(is(v, ','), within(v, '+', '/')), is(v, '_'));
}

static OFTEN __m128i signs_of(__m128i v)
{
	return _mm_or_si128(_mm_or_si128(is(v, '+'), is(v, ':')), is(v, '@'));
}

static OFTEN void read_sse2(struct masks *m, const char *p, bool folded)
{
	const __m128i *q = (const __m128i *)(const void *)p;
	__m128i a = _mm_loadu_si128(q), b = _mm_loadu_si128(q + 1), c = _mm_loadu_si128(q + 2),
		d = _mm_loadu_si128(q + 3);
	uint64_t link;

#define BITS(test, ...)                                                                 \
	bits_of(test(a, ##__VA_ARGS__), test(b, ##__VA_ARGS__), test(c, ##__VA_ARGS__), \
		test(d, ##__VA_ARGS__))
	m->digit = BITS(within, '0', '9');
	m->letter = BITS(letters_of);
	m->p = BITS(p_of);
	m->dot = BITS(is, '.');
	link = BITS(links_of);
	m->joint = link | BITS(is, ' ');
	m->coded = m->digit | m->letter | (link & ~m->dot);
	m->sign = BITS(signs_of);
	m->colon = m->sign ? BITS(is, ':') : 0; /* few blocks have one */
	if (folded)
		m->letter |= BITS(is, FOLD_LETTER);
#undef BITS
}
#endif

/* --- patterns --- */

/* Shifted up by n, with the last n bits of the word before. */
static OFTEN uint64_t up(uint64_t now, uint64_t old, unsigned n)
{
	return now << n | old >> (64 - n);
}
#define UP(pair, n) up((pair)[0], (pair)[1], n)

static OFTEN void set(uint64_t pair[2], uint64_t v)
{
	pair[1] = pair[0];
	pair[0] = v;
}

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

/* 2026-01-15 12:30 and y at the fifteen's first digit: programs write one in each line, and no number begins in it. */
static inline bool is_stamp(const struct scan *s, size_t y)
{
	static const char form[] = "dddd-dd-dd dd:d";
	const char *p = s->v + y - 8;
	size_t i;

	if (y < 9 || y + 7 > s->len || p[4] != '-' || p[7] != '-' || p[10] != ' ' || p[13] != ':' ||
		is_link(p[-1]))
		return false;
	for (i = 0; i < sizeof(form) - 1; i++)
		if (form[i] == 'd' && !fold_is_digit(p[i]))
			return false;
	return p[0] == '1' || p[0] == '2';
}

/* The chain of digits and joints around y; nine digits are the least that make a number. */
static RARE void numbers(struct scan *s, size_t y)
{
	size_t first = s->done_number > s->skip_number ? s->done_number : s->skip_number;
	size_t i = y + 1, digits = 0, end = y + 1;

	if (y < first)
		return;
	if (is_stamp(s, y)) {
		s->skip_number = y + 5;
		return;
	}
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

static OFTEN void each(
	struct scan *s, size_t base, uint64_t bits, void (*judge)(struct scan *, size_t))
{
	for (; bits != 0; bits &= bits - 1)
		judge(s, base + lowest(bits));
}

/* Both in the order of the text: a chain is judged to its end, and what stands before it must be judged by then. */
static OFTEN void chains(struct scan *s, size_t base, uint64_t nine, uint64_t sure)
{
	uint64_t bits;

	for (bits = nine | sure; bits != 0; bits &= bits - 1) {
		if (sure & bits & -bits)
			lettered(s, base + lowest(bits));
		else
			numbers(s, base + lowest(bits));
	}
}

/* --- the walk --- */

/* Where a letter stands so many characters before. */
static inline uint64_t letters(const struct walk *w, unsigned from, unsigned to)
{
	uint64_t all = 0;

	for (; from <= to; from++)
		all |= up(w->now.letter, w->old.letter, from);
	return all;
}

/* Chains of digits and joints: nine characters, or six and then a letter and three digits. */
static OFTEN void find_numbers(struct scan *s, struct walk *w, size_t base)
{
	uint64_t d = w->now.digit, old = w->old.digit, three, six, eight, five, l, word;

	set(w->joined, d | (w->now.joint & up(d, old, 1)));
	set(w->run, w->joined[0] & UP(w->joined, 1));
	set(w->group, w->run[0] & UP(w->run, 2));
	six = w->group[0] & UP(w->run, 4);
	eight = w->group[0] & UP(w->group, 4);
	set(w->row2, d & up(d, old, 1));
	three = w->row2[0] & up(d, old, 2);
	l = up(w->now.letter, w->old.letter, 3);
	word = up(w->now.letter | d, w->old.letter | old, 4);
	set(w->six, six);
	chains(s, base, eight & UP(w->joined, 8),
		three & l & (UP(w->six, 4) | (UP(w->six, 5) & ~word)));
	set(w->row5, w->row2[0] & UP(w->row2, 2) & up(d, old, 4));
	five = w->row5[0] & ~UP(w->row5, 1);
	if (five) /* the word has a letter, or another stands at most three characters before it, or digits and a joint */
		each(s, base,
			five & (letters(w, 5, 8) |
				       (up(w->now.joint, w->old.joint, 5) & up(d, old, 6))),
			told);
	each(s, base, w->row2[0] & up(w->now.letter, w->old.letter, 2) & l & ~word, at_iban);
}

static OFTEN void find_dots(struct scan *s, struct walk *w, size_t base)
{
	uint64_t d = w->now.digit, old = w->old.digit, dot = w->now.dot & up(d, old, 1), four;

	set(w->dots, dot);
	four = w->row2[0] & UP(w->row2, 2) & UP(w->dots, 4);
	if (four) /* up to three digits before the dot, and a word before them */
		each(s, base, four & letters(w, 6, 11), degrees);
	set(w->dots2, dot & (UP(w->dots, 2) | UP(w->dots, 3) | UP(w->dots, 4)));
	each(s, base, dot & (UP(w->dots2, 2) | UP(w->dots2, 3) | UP(w->dots2, 4)), ipv4);
}

/* A colon two to five behind another, five of them in a chain; two side by side; and five signs three apart. */
static OFTEN void find_colons(struct scan *s, struct walk *w, size_t base)
{
	uint64_t k = w->now.colon, old = w->old.colon, near, three;

	set(w->pairs, w->now.joint & up(w->now.joint, w->old.joint, 3));
	three = w->pairs[0] & UP(w->pairs, 3);
	set(w->pairs2, three);
	if (three)
		each(s, base, three & UP(w->pairs2, 6), dashes);
	set(w->colons2, 0);
	set(w->colons3, 0);
	set(w->colons4, 0);
	if (!k)
		return;

#define NEAR(pair) (UP(pair, 2) | UP(pair, 3) | UP(pair, 4) | UP(pair, 5))
	near = up(k, old, 2) | up(k, old, 3) | up(k, old, 4) | up(k, old, 5);
	w->colons2[0] = k & near;
	w->colons3[0] = k & NEAR(w->colons2);
	w->colons4[0] = k & NEAR(w->colons3);
	each(s, base, (k & up(k, old, 1)) | (k & NEAR(w->colons4)), colons);
#undef NEAR
}

/* Words that begin with p in the 64 bytes before, with a digit in the TOKEN_DIGIT bytes from there. */
static OFTEN void find_words(struct scan *s, struct walk *w, size_t base)
{
	uint64_t word = w->now.letter | w->now.digit, bits;

	for (bits = w->p; bits != 0; bits &= bits - 1) {
		size_t i = lowest(bits);

		if (w->old.digit >> i || (i > 0 && w->now.digit << (64 - i)))
			at_p(s, base - BLOCK + i);
	}
	w->p = w->now.p & ~up(word, w->old.letter | w->old.digit, 1);
}

static OFTEN void find_runs(struct scan *s, struct walk *w, size_t base)
{
	uint64_t c = w->now.coded;

	set(w->coded2, c & up(c, w->old.coded, 1));
	set(w->coded4, w->coded2[0] & UP(w->coded2, 2));
	set(w->coded8, w->coded4[0] & UP(w->coded4, 4));
	set(w->coded24, w->coded8[0] & UP(w->coded8, 8) & UP(w->coded8, 16));
	each(s, base, w->coded24[0] & ~UP(w->coded24, 1), coded);
	if (s->k_check)
		find_words(s, w, base);
	if (w->now.sign & ~w->now.colon)
		each(s, base, w->now.sign & ~w->now.colon, at_sign);
}

/* No digit is here, and none was the last character before: every pattern of digits is over. */
static OFTEN void no_numbers(struct walk *w)
{
	set(w->joined, 0);
	set(w->run, 0);
	set(w->group, 0);
	set(w->six, 0);
	set(w->row2, 0);
	set(w->row5, 0);
	set(w->dots, 0);
	set(w->dots2, 0);
}

static OFTEN void step(struct scan *s, struct walk *w, size_t base, const char *p)
{
	w->old = w->now;
#if defined(__SSE2__)
	if (s->way == SCAN_FAST)
		read_sse2(&w->now, p, s->folded);
	else
#endif
		read_plain(&w->now, p);
	if (w->now.digit || w->old.digit >> 63) {
		find_numbers(s, w, base);
		find_dots(s, w, base);
	} else {
		no_numbers(w);
	}
	find_colons(s, w, base);
	find_runs(s, w, base);
}

/* Where a tile begins or ends within a line, what belongs to it is found by what stands before and behind. */
void walk_fast(struct scan *s)
{
	bool cut_front = s->from > 0 && s->v[s->from - 1] != '\n';
	bool cut_back = s->to < s->len && s->v[s->to - 1] != '\n';
	size_t i = cut_front ? s->from - (s->from < BLOCK ? s->from : BLOCK) : s->from;
	size_t end = cut_back || s->len - s->to < 2 * BLOCK ? s->len : s->to + BLOCK;
	struct walk w = { 0 };
	char rest[BLOCK];

	for (; end - i >= BLOCK; i += BLOCK)
		step(s, &w, i, s->v + i);
	memset(rest, '\n', BLOCK);
	memcpy(rest, s->v + i, end - i);
	step(s, &w, i, rest);
	w.old = w.now;
	w.now = (struct masks){ 0 };
	if (w.p) /* words of these last bytes */
		find_words(s, &w, i + BLOCK);
}
