/* policy/blob.c - rule blob: data written as text. Long runs and lines without the pattern of language block; shorter runs
 * are decoded, and what comes out is searched like any text. Digests, commit ids and UUIDs are random but short, and
 * what they decode to is no text.
 *   run:     200 characters and more without a blank that mix letters and digits as encoded data does
 *   wrapped: the same in lines of one width
 *   line:    more than 5.5 bits a character in 256 characters, blanks left out, and no more than half of them small letters */
#include <string.h>
#include <zlib.h>

#include "policy/scan.h"

#define RUN_LONG LINE_LONG
#define WINDOW 256
#define BITS_LINE 5632          /* in 1/1024 */
#define BITS_RUN 2867           /* of letters and digits; decimal digits have 3.3, a ruled line 0 */
#define DECODE_MAX 65536u       /* characters of one run */
#define DECODED_MAX (64u << 20) /* of one file */
#define DEPTH 2
#define LOOK 16     /* characters by which a decoding is given up or gone on with */
#define TEXT_MIN 12 /* decoded bytes from which text as such is worth a person's look */

static const char fix_blob[] = "write results as tables and sentences; leave encoded data out";

/* --- how random --- */

/* log2 of 1 to WINDOW, in 1/1024: the fraction bit by bit, by squaring. */
static unsigned log2_of(unsigned v)
{
	unsigned whole = 0, bit;
	uint64_t x;

	while (v >> (whole + 1) > 0)
		whole++;
	x = ((uint64_t)v << 30) >> whole;
	whole <<= 10;
	for (bit = 512; bit > 0; bit >>= 1) {
		x = x * x >> 30;
		if (x >> 31 > 0) {
			whole += bit;
			x >>= 1;
		}
	}
	return whole;
}

/* Shannon's entropy of n characters, in 1/1024 bits a character. */
static unsigned bits(const unsigned count[256], unsigned n)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < 256; i++)
		if (count[i] > 1)
			sum += (uint64_t)count[i] * log2_of(count[i]);
	return n > 0 ? log2_of(n) - (unsigned)(sum / n) : 0;
}

/* Half of the characters are small letters: lists of changes with digests and links are as varied as base64, which
 * has two of five, and ascii85 a quarter. */
static bool is_language(const char *p, size_t n)
{
	size_t blanks, letters = text_small(p, n, &blanks);

	return letters * 2 >= n - blanks;
}

/* Is it as varied as encoded data? links: what stands behind "://" counts too. */
static bool is_dense(const char *p, size_t n, bool links)
{
	unsigned count[256] = { 0 }, seen = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (!links && c == ':' && n - i > 3 && p[i + 1] == '/' && p[i + 2] == '/')
			while (i < n && p[i] != ' ' && p[i] != ')')
				i++;
		if (i == n || c == ' ' || c == '\t' || c == '\r')
			continue;
		count[c >= 0x80 ? 0 : c]++; /* letters of other scripts are one: they are many by themselves */
		seen++;
	}
	return seen >= RUN_LONG / 2 && bits(count, seen) > BITS_LINE;
}

static void add_blob(
	struct scan *s, struct place p, enum finding_severity severity, const char *what)
{
	report_add(s->report, RULE_BLOB, severity, p, fix_blob, "%s%s", s->where, what);
}

/* Addresses of pages hold digests and the like: without them a line may be language. */
static void add_dense(struct scan *s, size_t from, bool sure)
{
	add_blob(s, place_of_byte(s, from), sure ? FINDING_BLOCK : FINDING_REVIEW,
		sure ? "this line is too random to be language, numbers or code; it reads as encoded data"
		     : "this line has addresses of pages that are too random to be language; it may be encoded data");
}

void judge_line(struct scan *s, size_t from, size_t to)
{
	size_t i = from, n;

	if (s->few || to - from < RUN_LONG)
		return;
	for (;; i += n) {
		n = to - i < WINDOW ? to - i : WINDOW;
		if (n < WINDOW && i > from) { /* the last one reaches back */
			i = to - WINDOW;
			n = WINDOW;
		}
		if (!is_language(s->text + i, n) && is_dense(s->text + i, n, true)) {
			add_dense(s, from, is_dense(s->text + i, n, false));
			return;
		}
		if (i + n >= to)
			return;
	}
}

/* Lines are short, as a rule: a line end within 200 bytes shows that none of that length begins here. */
void judge_lines(struct scan *s, size_t from, size_t to)
{
	while (to - from >= RUN_LONG) {
		const char *p = s->text + from, *stop = memrchr(p, '\n', RUN_LONG);

		if (!stop) {
			stop = memchr(p + RUN_LONG, '\n', to - from - RUN_LONG);
			judge_line(s, from, stop ? (size_t)(stop - s->text) : to);
		}
		if (!stop)
			return;
		from = (size_t)(stop - s->text) + 1;
	}
}

/* --- decoding --- */

enum code { BASE64, BASE32, BASE16 };

static const struct {
	const char *name;
	unsigned bits;
} codes[] = { { "base64", 6 }, { "base32", 5 }, { "hexadecimal digits", 4 } };

/* By ASCII, from '+' on: base64 and its form for URLs. */
static const int8_t base64[] = { 62, -1, 62, -1, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, -1, -1,
	-1, -1, -1, -1, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
	20, 21, 22, 23, 24, 25, -1, -1, -1, -1, 63, -1, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36,
	37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51 };

static inline int value_of(enum code code, char c)
{
	unsigned i = (unsigned)(unsigned char)c - '+';
	int v = i < sizeof(base64) ? base64[i] : -1;

	if (code == BASE64 || v < 0 || v > 61)
		return code == BASE64 ? v : -1;
	v -= v >= 26 && v < 52 ? 26 : 0; /* letters of both cases are one */
	if (code == BASE32)
		return v < 26 ? v : v >= 54 && v < 60 ? v - 28 : -1;
	return v < 6 ? v + 10 : v >= 52 ? v - 52 : -1;
}

/* Bytes from p[0..n), up to the first character that isn't one of the code's; ret has room for n. */
static size_t decode(enum code code, const char *p, size_t n, char *ret)
{
	uint32_t acc = 0;
	unsigned have = 0;
	size_t i, len = 0;

	for (i = 0; i < n; i++) {
		int v = value_of(code, p[i]);

		if (v < 0)
			break;
		acc = acc << codes[code].bits | (uint32_t)v;
		have += codes[code].bits;
		if (have >= 8) {
			have -= 8;
			ret[len++] = (char)(acc >> have & 0xff);
		}
	}
	return len;
}

/* How many of the bytes are characters that text has, in UTF-8; a character that the end cuts counts. */
static size_t text_bytes(const char *p, size_t n)
{
	const char *at = p, *end = p + n;
	size_t good = 0;

	while (at < end) {
		const char *begin = at;
		uint32_t c = text_next(&at, end);

		if (c == UINT32_MAX && end - begin < 4 && (unsigned char)*begin >= 0xc3)
			return good + (size_t)(end - begin);
		if (c == '\n' || c == '\r' || c == '\t' || (c >= 0x20 && c < 0x7f) ||
			(c > 0xa0 && c < 0x3000))
			good += (size_t)(at - begin);
	}
	return good;
}

/* gzip (RFC 1952) or zlib (RFC 1950), by its first bytes. */
static bool is_packed(const char *p, size_t n)
{
	const unsigned char *b = (const unsigned char *)p;

	if (n < 3)
		return false;
	return (b[0] == 0x1f && b[1] == 0x8b && b[2] == 8) ||
	       (b[0] == 0x78 && (b[0] * 256 + b[1]) % 31 == 0 && !(b[1] & 0x20));
}

/* What of it unpacks, at most DECODE_MAX bytes: a beginning is enough to search. */
static size_t unpack(const char *p, size_t n, char *ret)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)p,
		.avail_in = (uInt)n,
		.next_out = (Bytef *)ret,
		.avail_out = DECODE_MAX };

	if (inflateInit2(&z, 15 + 32) != Z_OK)
		return 0;
	inflate(&z, Z_SYNC_FLUSH);
	n = DECODE_MAX - z.avail_out;
	inflateEnd(&z);
	return n;
}

/* Bytes that are no text hide nothing that stands before them. */
static void search_text(struct scan *s, const char *p, size_t n, size_t i, const char *name)
{
	if (n < 8)
		return;
	if (name && text_bytes(p, n) == n && n >= TEXT_MIN && s->depth == 0)
		report_add(s->report, RULE_BLOB, FINDING_REVIEW, place_of(s, i), fix_blob,
			"%stext is written here in %s", s->where, name);
	scan_inner(s, p, n, place_of(s, i));
}

static void search_packed(struct scan *s, const char *p, size_t n, size_t i)
{
	char *room = malloc(DECODE_MAX);

	if (!room) {
		s->no_memory = true;
		return;
	}
	n = unpack(p, n, room);
	if (n > 0 && s->depth == 0)
		add_blob(s, place_of(s, i), FINDING_BLOCK,
			"compressed data is written here as text");
	search_text(s, room, n, i, NULL);
	free(room);
}

/* One reading of p[0..n), given up after a few characters where it gives no text. */
static bool try_code(struct scan *s, enum code code, const char *p, size_t n, size_t i)
{
	char look[LOOK], *room;
	size_t len;

	/* base64 of text begins so, or of what gzip and zlib write */
	if (code == BASE64 && (value_of(code, p[0]) & 0x30) == 0x20)
		return false;
	len = decode(code, p, 8, look);
	if (text_bytes(look, len) < len && !is_packed(look, len))
		return false;
	len = decode(code, p, LOOK, look);
	if (len < LOOK * codes[code].bits / 8 ||
		(text_bytes(look, len) < len && !is_packed(look, len)))
		return false;
	room = malloc(n);
	if (!room) {
		s->no_memory = true;
		return false;
	}
	len = decode(code, p, n, room);
	s->decoded += n;
	if (is_packed(room, len))
		search_packed(s, room, len, i);
	else
		search_text(s, room, len, i, codes[code].name);
	free(room);
	return true;
}

static size_t code_end(enum code code, const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && value_of(code, p[i]) >= 0)
		i++;
	return i;
}

/* Encoded text of this length has digits, and in base64 capitals; paths and names lack one of them. */
static unsigned possible(const char *p, size_t n)
{
	bool capital = false, digit = false;
	size_t i;

	for (i = 0; i < n && !(capital && digit); i++) {
		capital |= p[i] >= 'A' && p[i] <= 'Z';
		digit |= fold_is_digit(p[i]);
	}
	return (capital ? 1u << BASE64 : 0) | (digit ? 1u << BASE32 | 1u << BASE16 : 0);
}

/* A letter or more may stand before the encoded part: as many beginnings as characters make a whole number of bytes. */
static bool try_all(struct scan *s, const char *p, size_t n, size_t i)
{
	static const uint8_t beginnings[] = { [BASE64] = 4, [BASE32] = 8, [BASE16] = 2 };
	unsigned fits = possible(p, n);
	enum code code;
	size_t skip, end;

	for (code = BASE16 + 1; code-- > BASE64;) {
		for (skip = 0; fits >> code & 1 && skip < beginnings[code] && n >= RUN_CODED + skip;
			skip++) {
			end = code == BASE64 ? RUN_CODED : code_end(code, p + skip, RUN_CODED);
			if (end < RUN_CODED)
				skip += end;
			else if (try_code(s, code, p + skip, n - skip, i))
				return true;
		}
	}
	return false;
}

/* Parts between signs are tried too, as base32 and hexadecimal have none, and paths have '/'. */
static void decode_run(struct scan *s, const char *p, size_t n, size_t at_run)
{
	size_t i, end;

	if (s->depth >= DEPTH || s->decoded > DECODED_MAX || try_all(s, p, n, at_run))
		return;
	for (i = 0; i + RUN_CODED <= n; i = end + 1) {
		for (end = i; end < n && is_word(p[end]);)
			end++;
		if (end - i >= RUN_CODED && end - i < n)
			try_all(s, p + i, end - i, at_run);
	}
}

/* --- runs --- */

/* The run as it was written: the view may have lost its capitals. */
static size_t written(struct scan *s, size_t from, size_t to, char *ret)
{
	size_t byte, n = to - from < DECODE_MAX ? to - from : DECODE_MAX, len = 0;

	if (!s->folded) {
		memcpy(ret, s->v + from, n);
		return n;
	}
	for (byte = byte_of(s, from); byte < s->text_len && len < n; byte++)
		if (is_coded(s->text[byte]))
			ret[len++] = s->text[byte];
	return len;
}

/* Letters and digits as encoded data mixes them: paths, ruled lines and long names don't. */
static bool is_mixed(const char *p, size_t n)
{
	unsigned count[256] = { 0 }, upper = 0, digits = 0, other = 0;
	size_t i;

	n = n < WINDOW ? n : WINDOW;
	for (i = 0; i < n; i++) {
		count[(unsigned char)p[i]]++;
		upper += p[i] >= 'A' && p[i] <= 'Z';
		digits += fold_is_digit(p[i]);
		other += !is_word(p[i]);
	}
	if (other * 16 > n) /* more signs than base64 has */
		return false;
	if (other > 0 && (upper * 5 < n || digits * 16 < n))
		return false;
	return bits(count, (unsigned)n) > BITS_RUN;
}

/* Capital, small letter, digit; a sign of base64. */
static int class_of(char c)
{
	if (fold_is_digit(c))
		return 0;
	return c >= 'A' && c <= 'Z' ? 1 : is_word(c) ? 2 : 3;
}

/* What tells encoded data from names, over the lines; false: the line has signs, which names have few of. */
static bool count_changes(struct scan *s, const char *p, size_t n)
{
	bool word = true;
	size_t i;

	for (i = 0; i < n; i++) {
		int b = class_of(p[i]), a = i > 0 ? class_of(p[i - 1]) : b;

		s->wrap_digits += b == 0;
		s->wrap_changes += a != b;
		s->wrap_jumps += a != b && (a == 0 || b == 0);
		word &= b < 3;
	}
	return word;
}

/* In base64 every fourth character is a digit beside a letter or the other way round, in base32 and hexadecimal more; a
 * list of names has few digits, at their ends. */
static bool jumps_about(const struct scan *s)
{
	return s->wrap_jumps * 8 > s->wrap_bytes || s->wrap_changes * 2 > s->wrap_bytes || s->wrap_digits * 2 > s->wrap_bytes;
}

/* A whole line is one run: does it go on with the lines before, all of one width? */
static void wrapped(struct scan *s, size_t from, size_t to, const char *p, size_t n)
{
	size_t width = to - from;
	uint64_t byte;
	bool word;

	if (s->field || (from > 0 && s->v[from - 1] != '\n') ||
		!(at(s, to) == '\n' || at(s, to) == '\r'))
		return;
	byte = s->text_at + byte_of(s, from);
	if (byte != s->wrap_next || width > s->wrap_width) {
		s->wrap_bytes = s->wrap_lines = 0;
		s->wrap_digits = s->wrap_jumps = s->wrap_changes = 0;
		s->wrap_width = width;
		s->wrap_told = false;
	}
	s->wrap_next = byte + width + 1 + (at(s, to) == '\r');
	s->wrap_bytes += width;
	s->wrap_lines++;
	word = count_changes(s, p, n);
	if (s->wrap_bytes < RUN_LONG || s->wrap_lines < 3 || s->wrap_told || !is_mixed(p, n) || (word && !jumps_about(s)))
		return;
	s->wrap_told = true;
	/* lists of digests have these widths: MD5, SHA-1, SHA-256, SHA-384, SHA-512 */
	if (code_end(BASE16, p, n) == n && (n == 32 || n == 40 || n == 64 || n == 96 || n == 128))
		add_blob(s, place_of(s, from), FINDING_REVIEW,
			"lines of hexadecimal digits follow each other; digests look so, and encoded data");
	else
		add_blob(s, place_of(s, from), FINDING_BLOCK,
			"lines of one width without a blank follow each other and read as encoded data");
}

static void words_of_run(struct scan *s, size_t from, size_t to)
{
	size_t i, end;

	for (i = from; i < to; i = end + 1) {
		end = word_end(s, i);
		if (end - i >= 31)
			judge_tokens(s, i, end);
	}
}

void judge_run(struct scan *s, size_t from, size_t to)
{
	char small_room[1024], *p = small_room;
	size_t n;

	words_of_run(s, from, to);
	if (s->few)
		return;
	if (to - from > sizeof(small_room))
		p = malloc(DECODE_MAX);
	if (!p) {
		s->no_memory = true;
		return;
	}
	n = written(s, from, to, p);
	wrapped(s, from, to, p, n);
	if (n >= RUN_LONG && is_mixed(p, n))
		add_blob(s, place_of(s, from), FINDING_BLOCK,
			"a run of 200 or more characters without a blank reads as encoded data");
	decode_run(s, p, n, from);
	if (p != small_room)
		free(p);
}
