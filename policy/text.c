/* policy/text.c - strict UTF-8, and the folded form for searching.
 * Sources: RFC 3629; Unicode 15 (general categories Cc, Cf, Co, Zs, Nd; UAX 15 for compatibility forms; UTS 39 for letters
 * that look alike). */
#include <string.h>

#include "policy/inside.h"
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

struct range {
	uint32_t first, last;
};

static bool is_in(const struct range *list, size_t n, uint32_t c)
{
	size_t low = 0;

	while (low < n) {
		size_t mid = (low + n) / 2;

		if (c < list[mid].first)
			n = mid;
		else if (c > list[mid].last)
			low = mid + 1;
		else
			return true;
	}
	return false;
}
#define IS_IN(list, c) is_in(list, sizeof(list) / sizeof((list)[0]), c)

/* How many bytes follow this first byte, the bits it holds, and the least character of that length. */
static int follow(unsigned char b, uint32_t *ret_bits, uint32_t *ret_least)
{
	if (b >= 0xc2 && b <= 0xdf)
		return *ret_bits = b & 0x1fu, *ret_least = 0x80, 1;
	if (b >= 0xe0 && b <= 0xef)
		return *ret_bits = b & 0x0fu, *ret_least = 0x800, 2;
	if (b >= 0xf0 && b <= 0xf4)
		return *ret_bits = b & 0x07u, *ret_least = 0x10000, 3;
	return -1;
}

uint32_t text_next(const char **p, const char *end)
{
	unsigned char b = (unsigned char)*(*p)++;
	const char *at = *p;
	uint32_t c = 0, least = 0;
	int n;

	if (b < 0x80)
		return b;
	n = follow(b, &c, &least);
	if (n < 0 || end - at < n)
		return UINT32_MAX;
	for (; n > 0; n--, at++) {
		if (((unsigned char)*at & 0xc0) != 0x80)
			return UINT32_MAX;
		c = c << 6 | ((unsigned char)*at & 0x3fu);
	}
	if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return UINT32_MAX;
	*p = at;
	return c;
}

/* --- folding --- */

/* The zeros of the decimal digits of other scripts (general category Nd), and of subscripts; nine more follow each. Ordered. */
static const uint32_t zeros[] = { 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6,
	0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50,
	0x2080, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x10d40, 0x11066, 0x110f0,
	0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x116d0, 0x116da, 0x11730, 0x118e0, 0x11950, 0x11bf0,
	0x11c50, 0x11d50, 0x11da0, 0x11de0, 0x11f50, 0x16a60, 0x16ac0, 0x16b50, 0x16d70, 0x1ccf0, 0x1d7ce, 0x1d7d8, 0x1d7e2,
	0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e5f1, 0x1e950, 0x1fbf0 };

/* The ones of digits in circles, in brackets, with a point or a comma, and of Ethiopic; eight more follow each. */
static const uint32_t ones[] = { 0x1369, 0x2460, 0x2474, 0x2488, 0x24f5, 0x2776, 0x2780, 0x278a, 0x1f102 };

/* Dropped: combining marks, soft hyphen, joiners, directions, tags, variation selectors. */
static const struct range dropped[] = { { 0xad, 0xad }, { 0x300, 0x36f }, { 0x61c, 0x61c },
	{ 0x180b, 0x180f }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x200b, 0x200f }, { 0x202a, 0x202e }, { 0x2060, 0x206f },
	{ 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe0fff } };

/* Latin-1 and Latin Extended-A from U+00C0, each to the ASCII letter it is built on. */
static const char latin[] = "aaaaaaaceeeeiiii"
			    "dnooooo\2ouuuuyts"
			    "aaaaaaaceeeeiiii"
			    "dnooooo\2ouuuuyty"
			    "aaaaaaccccccccdd"
			    "ddeeeeeeeeeegggg"
			    "gggghhhhiiiiiiii"
			    "iiiijjkkklllllll"
			    "lllnnnnnnnnnoooo"
			    "oooorrrrrrssssss"
			    "ssttttttuuuuuuuu"
			    "uuuuwwyyyzzzzzzs";

/* Letters from one on, each as the Latin letter that it is a form of (UAX 15, NFKC) or looks like (UTS 39): people read
 * it so, and so must the search. A dot stands for what is neither. Ordered. */
static const struct {
	uint32_t first;
	const char *letters;
} alike[] = { { 0xaa, "a" }, { 0xba, "o" }, { 0x1a0, "oo" }, { 0x1af, "uu" },
	{ 0x1cd, "aaiioouuuuuuuuuu.aaaa....ggkkoooo..j...gg..nnaa....aaaaeeeeiiiioooorrrruuuusstt..hh" },
	{ 0x226, "aaeeooooooooyy" }, { 0x251, "a" }, { 0x261, "gg" }, { 0x26a, "i" }, { 0x274, "n" }, { 0x280, "r" },
	{ 0x28f, "y" }, { 0x299, "b" }, { 0x29c, "h" }, { 0x29f, "l" }, { 0x2b0, "h.jr...wy" }, { 0x2e1, "lsx" }, { 0x37f, "j" },
	{ 0x391, "ab..ezh.ik.mn.o.p..ty.x..iya..iua.......ik..v.o.p..tu.x..iuou" }, { 0x3f2, "cj.....c" },
	{ 0x400, "ee...siij...k.y.a.b..e....k.mho.pcty.x......b...a.b..e....k.mho.pcty.x......b...ee...siij...k.y." },
	{ 0x474, "vv" }, { 0x4ae, "yy" }, { 0x4ba, "hh" }, { 0x4c0, "i" }, { 0x4cf, "l" }, { 0x500, "dd" }, { 0x51a, "qqww" },
	{ 0x1d00, "a...cd.e..jk.m.o........p..tu...vwz" }, { 0x1d2c, "a.b.de.ghijklmn.o.prtuwa...bde...g.km.o...ptu..v" },
	{ 0x1d62, "iruv" }, { 0x1d9c, "c...f" }, { 0x1dbb, "z" },
	{ 0x1e00, "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooooooopppprrrrrrrrssssssssss"
		  "ttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwy.s....aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiii"
		  "oooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy" },
	{ 0x2071, "i" }, { 0x207f, "n" }, { 0x2090, "aeox.hklmnpst" }, { 0x2102, "c" }, { 0x210a, "ghhhh.iill.n...pqrrr" },
	{ 0x2124, "z...z.kabc.eef.mo....i" }, { 0x2145, "ddeij" }, { 0x2160, "i...v....x..lcdmi...v....x..lcdm" },
	{ 0x249c, "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz" }, { 0x2c7c, "jv" },
	{ 0xa7f2, "cfq" }, { 0x1f110, "abcdefghijklmnopqrstuvwxyz.cr...abcdefghijklmnopqrstuvwxyz" },
	{ 0x1f150, "abcdefghijklmnopqrstuvwxyz" }, { 0x1f170, "abcdefghijklmnopqrstuvwxyz" },
	{ 0x1f1e6, "abcdefghijklmnopqrstuvwxyz" } };

char text_alike(uint32_t c)
{
	size_t low = 0, high = sizeof(alike) / sizeof(alike[0]);

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (c < alike[mid].first)
			high = mid;
		else
			low = mid + 1;
	}
	if (low == 0 || c - alike[low - 1].first >= strlen(alike[low - 1].letters))
		return '\0';
	c = (uint32_t)(unsigned char)alike[low - 1].letters[c - alike[low - 1].first];
	return c == '.' ? '\0' : (char)c;
}

static char fold_digit(uint32_t c)
{
	size_t i;

	if (c == 0xb2 || c == 0xb3 || c == 0xb9)
		return c == 0xb9 ? '1' : (char)('0' + (c - 0xb0));
	if (c == 0x2070 || (c >= 0x2074 && c <= 0x2079))
		return (char)('0' + (c - 0x2070));
	if (c == 0x24ea || c == 0x24ff || c == 0x1f100 || c == 0x1f101 || c == 0x1f10b || c == 0x1f10c)
		return '0';
	if (c < 0x660)
		return '\0';
	for (i = 0; i < sizeof(ones) / sizeof(ones[0]); i++)
		if (c >= ones[i] && c <= ones[i] + 8)
			return (char)('1' + (c - ones[i]));
	for (i = 0; i < sizeof(zeros) / sizeof(zeros[0]) && c >= zeros[i]; i++)
		if (c <= zeros[i] + 9)
			return (char)('0' + (c - zeros[i]));
	return '\0';
}

static bool is_dash(uint32_t c)
{
	return (c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0xfe58 || c == 0xfe63;
}

static bool is_blank(uint32_t c)
{
	return c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f ||
	       c == 0x205f || c == 0x3000;
}

/* Letters of scripts in use, coarsely: what isn't punctuation or a symbol counts as part of a word. */
static bool is_letter(uint32_t c)
{
	static const struct range not_letters[] = { { 0xa1, 0xa9 }, { 0xab, 0xb4 }, { 0xb6, 0xb9 },
		{ 0xbb, 0xbf }, { 0x2000, 0x206f }, { 0x20a0, 0x20cf }, { 0x2190, 0x2bff },
		{ 0x2e00, 0x2e7f }, { 0x3001, 0x3004 }, { 0x3008, 0x3020 }, { 0xfe10, 0xfe6f },
		{ 0xfff0, 0xffff }, { 0x1f000, 0x1faff } };

	return c > 0xa0 && c <= 0x10ffff && !IS_IN(not_letters, c);
}

static inline char fold_ascii(uint32_t c)
{
	if (c >= ' ' && c < 0x7f)
		return (char)(c - 'A' < 26 ? c + ('a' - 'A') : c);
	return c == '\t' || c == '\n' || c == '\r' ? (char)c : FOLD_OTHER;
}

/* One character; '\0' where it is dropped. */
static char fold(uint32_t c)
{
	char digit, letter;

	if (c < 0x80)
		return fold_ascii(c);
	if (IS_IN(dropped, c))
		return '\0';
	digit = fold_digit(c);
	if (digit)
		return digit;
	letter = text_alike(c);
	if (letter)
		return letter;
	if (c >= 0xc0 && c < 0xc0 + sizeof(latin) - 1)
		return latin[c - 0xc0];
	if (c >= 0xff01 && c <= 0xff5e)
		return fold_ascii(c - 0xff01 + '!');
	if (c >= 0x1d400 && c <= 0x1d6a3)
		return (char)('a' + (c - 0x1d400) % 26);
	if (is_dash(c))
		return '-';
	if (is_blank(c))
		return ' ';
	return is_letter(c) ? FOLD_LETTER : FOLD_OTHER;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four hexadecimal digits at p; -1 where they aren't. */
static int32_t hex4(const char *p, const char *end)
{
	int32_t v = 0;
	int i;

	if (end - p < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		int d = hex_digit(p[i]);

		if (d < 0)
			return -1;
		v = v << 4 | d;
	}
	return v;
}

/* The character that an escape of RFC 8259 stands for; *p is behind the backslash. */
static uint32_t escaped(const char **p, const char *end)
{
	static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
	const char *named;
	int32_t high, low;

	if (*p == end)
		return '\\';
	if (**p != 'u') {
		named = strchr(from, **p);
		if (**p && named)
			return (*p)++, (unsigned char)to[named - from];
		return text_next(p, end);
	}
	high = hex4(*p + 1, end);
	if (high < 0)
		return '\\';
	*p += 5;
	if (high < 0xd800 || high > 0xdbff || end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u')
		return (uint32_t)high;
	low = hex4(*p + 2, end);
	if (low < 0xdc00 || low > 0xdfff)
		return (uint32_t)high;
	*p += 6;
	return 0x10000 + ((uint32_t)(high - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
}

uint32_t text_character(const char **p, const char *end, bool json)
{
	if (json && **p == '\\') {
		(*p)++;
		return escaped(p, end);
	}
	return text_next(p, end);
}

/* How many of the bytes at p are plain ASCII, in steps of 16; ret (NULL: not wanted) gets them in small letters. */
static size_t plain_steps(const char *p, size_t n, bool json, char *ret)
{
	size_t i = 0;
#if defined(__SSE2__)
	const __m128i slash = _mm_set1_epi8(json ? '\\' : '\x7f'), del = _mm_set1_epi8('\x7f');

	for (; n - i >= 16; i += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
		/* signed: bytes from 0x80 are below a blank too */
		__m128i low = _mm_cmplt_epi8(v, _mm_set1_epi8(' '));
		__m128i white = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\n')),
			_mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\r')),
				_mm_cmpeq_epi8(v, _mm_set1_epi8('\t'))));
		__m128i odd = _mm_or_si128(_mm_andnot_si128(white, low),
			_mm_or_si128(_mm_cmpeq_epi8(v, slash), _mm_cmpeq_epi8(v, del)));
		__m128i capital;

		if (_mm_movemask_epi8(odd))
			break;
		if (!ret)
			continue;
		capital = _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8('A' - 1)),
			_mm_cmplt_epi8(v, _mm_set1_epi8('Z' + 1)));
		v = _mm_or_si128(v, _mm_and_si128(capital, _mm_set1_epi8(0x20)));
		_mm_storeu_si128((__m128i *)(void *)(ret + i), v);
	}
#endif
	return i;
}

#if defined(__SSE2__)
/* Bytes of v that are 0xff are counted into two sums of 64 bits. */
static __m128i sum(__m128i sums, __m128i v)
{
	return _mm_add_epi64(
		sums, _mm_sad_epu8(_mm_sub_epi8(_mm_setzero_si128(), v), _mm_setzero_si128()));
}

static size_t total(__m128i sums)
{
	return (size_t)_mm_cvtsi128_si64(sums) +
	       (size_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(sums, sums));
}
#endif

size_t text_lines(const char *p, size_t n)
{
	size_t i = 0, lines = 0;
#if defined(__SSE2__)
	__m128i sums = _mm_setzero_si128();

	for (; n - i >= 16; i += 16)
		sums = sum(sums,
			_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)(p + i)),
				_mm_set1_epi8('\n')));
	lines = total(sums);
#endif
	for (; i < n; i++)
		lines += p[i] == '\n';
	return lines;
}

size_t text_small(const char *p, size_t n, size_t *ret_blanks)
{
	size_t i = 0, small = 0, blanks = 0;
#if defined(__SSE2__)
	__m128i smalls = _mm_setzero_si128(), empty = _mm_setzero_si128();

	for (; n - i >= 16; i += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));

		smalls = sum(smalls, _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8('a' - 1)),
					     _mm_cmplt_epi8(v, _mm_set1_epi8('z' + 1))));
		empty = sum(empty, _mm_cmpeq_epi8(v, _mm_set1_epi8(' ')));
	}
	small = total(smalls);
	blanks = total(empty);
#endif
	for (; i < n; i++) {
		small += p[i] >= 'a' && p[i] <= 'z';
		blanks += p[i] == ' ';
	}
	*ret_blanks = blanks;
	return small;
}

#if defined(__SSE2__)
/* 64 bytes of plain ASCII with no other control character than line feeds. */
static bool is_plain64(const char *p, char escape)
{
	__m128i odd = _mm_setzero_si128();
	int i;

#pragma GCC unroll 4
	for (i = 0; i < 4; i++) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
		__m128i low = _mm_cmplt_epi8(v, _mm_set1_epi8(' '));

		odd = _mm_or_si128(
			odd, _mm_andnot_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\n')), low));
		odd = _mm_or_si128(odd, _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\x7f')),
						_mm_cmpeq_epi8(v, _mm_set1_epi8(escape))));
	}
	return _mm_movemask_epi8(odd) == 0;
}
#endif

bool text_is_plain(const char *p, size_t n, bool json)
{
	size_t i = 0;

#if defined(__SSE2__)
	while (n - i >= 64 && is_plain64(p + i, json ? '\\' : '\x7f'))
		i += 64;
#endif
	i += plain_steps(p + i, n - i, json, NULL);
	for (; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c >= 0x7f || (c < 0x20 && c != '\n' && c != '\r' && c != '\t') ||
			(json && c == '\\'))
			return false;
	}
	return true;
}

size_t text_fold(const char *p, size_t n, bool json, char *ret)
{
	const char *end = n > 0 ? p + n : p;
	size_t len = 0, i;

	while (p < end) {
		size_t plain = plain_steps(p, (size_t)(end - p), json, ret + len);

		p += plain;
		len += plain;
		for (i = 0; i < 16 && p < end; i++) {
			unsigned char b = (unsigned char)*p;
			char c;

			if (b < 0x80 && !(json && b == '\\')) {
				ret[len++] = fold_ascii(b);
				p++;
				continue;
			}
			c = fold(text_character(&p, end, json));
			if (c)
				ret[len++] = c;
		}
	}
	return len;
}

size_t text_unfold(const char *p, size_t n, bool json, size_t index)
{
	const char *at = p, *end = p + n;

	while (at < end) {
		const char *begin;
		size_t plain = plain_steps(
			at, (size_t)(end - at) < index ? (size_t)(end - at) : index, json, NULL);
		char c;

		at += plain;
		index -= plain;
		if (at == end)
			break;
		begin = at;
		c = fold(text_character(&at, end, json));

		if (c && index-- == 0)
			return (size_t)(begin - p);
	}
	return n;
}
