/* policy/values.c - see values.h. */
#include "policy/values.h"

#include <endian.h>
#include <string.h>

#include "policy/inside.h"
#include "spe/psn.h"

#define SEED VALUE_SEED
#define FOLD_MAX 256 /* bytes up to which a number or day is looked for in what is not ASCII */

static inline bool is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

static inline bool is_letter(char c)
{
	return (unsigned char)((c | 32) - 'a') < 26;
}

#define EACH(x) (0x0101010101010101u * (x))
/* One to eight bytes, the rest 0; behind: there are eight before them, which may be looked at. */
static inline uint64_t load(const char *p, size_t n, bool behind)
{
	uint32_t low, high;
	uint64_t x;

	if (n == 8 || behind) {
		memcpy(&x, p + n - 8, 8);
		return le64toh(x) >> 8 * (8 - n);
	}
	if (n >= 4) { /* two loads that overlap */
		memcpy(&low, p, 4);
		memcpy(&high, p + n - 4, 4);
		return le32toh(low) | (uint64_t)le32toh(high) << 8 * (n - 4);
	}
	return (uint64_t)(unsigned char)p[0] | (uint64_t)(unsigned char)p[n / 2] << 8 * (n / 2) | (uint64_t)(unsigned char)p[n - 1] << 8 * (n - 1);
}

static value make(uint64_t hash, unsigned weight, enum value_kind kind)
{
	return (hash & VALUE_HASH) | (uint64_t)kind << 4 | (weight < VALUE_WEIGHT_MAX ? weight : VALUE_WEIGHT_MAX);
}

/* ---- numbers ---- */

/* mantissa times ten to the exponent */
struct number {
	uint64_t mantissa;
	int exponent;
	unsigned digits; /* of the mantissa, from the first that is not 0 */
	bool minus;
};

/* "e-05" and the like. */
static bool number_exponent(struct number *n, const char *p, const char *end)
{
	const bool minus = p < end && *p == '-';
	int e = 0;

	p += p < end && (*p == '-' || *p == '+');
	if (p == end || end - p > 3)
		return false;
	for (; p < end; p++) {
		if (!is_digit(*p))
			return false;
		e = e * 10 + (*p - '0');
	}
	n->exponent += minus ? -e : e;
	return true;
}

/* More than 18 digits are no measurement: as text each of them counts, but behind a point they are let go. *stop is what the
 * number does not go on with, where it is none. */
static bool number_parse(struct number *n, const char *p, const char *end, const char **stop)
{
	const bool minus = *p == '-';
	uint64_t mantissa = 0;
	unsigned digits = 0, any = 0;
	const char *point = NULL;
	int exponent = 0;

	*stop = p;
	for (p += minus || *p == '+'; p < end; p++) {
		const unsigned d = (unsigned char)*p - (unsigned)'0';

		if (d <= 9) {
			any = 1;
			if (digits < 18) {
				mantissa = mantissa * 10 + d;
				digits += mantissa != 0;
				exponent -= point != NULL;
			} else if (!point) {
				return false;
			}
		} else if ((*p == '.' || *p == ',') && !point) {
			point = p;
		} else {
			break;
		}
	}
	*stop = p;
	*n = (struct number){ .mantissa = mantissa, .exponent = exponent, .digits = digits, .minus = minus };
	return any && (p == end || ((*p | 32) == 'e' && number_exponent(n, p + 1, end)));
}

/* What programs write of a fraction differs from its seventh digit on. */
static void number_round(struct number *n)
{
	static const uint64_t ten[] = { 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000,
		10000000000, 100000000000, 1000000000000 };
	const unsigned drop = n->digits - 6;

	n->mantissa = (n->mantissa + ten[drop] / 2) / ten[drop];
	n->exponent += (int)drop;
	n->digits = 6 + (n->mantissa == 1000000);
}

static void number_trim(struct number *n)
{
	while (n->mantissa % 10 == 0) {
		n->mantissa /= 10;
		n->exponent++;
		n->digits--;
	}
}

static bool date_is(unsigned y, unsigned m, unsigned d)
{
	return y >= 1800 && y < 2200 && m >= 1 && m <= 12 && d >= 1 && d <= 31;
}

/* 20200131 */
static bool is_day(uint64_t v, int exponent)
{
	for (; exponent > 0 && v < 10000000; exponent--)
		v *= 10;
	return exponent == 0 && v < 100000000 && date_is((unsigned)v / 10000, (unsigned)v / 100 % 100, (unsigned)v % 100);
}

static value number_value(struct number *n)
{
	enum value_kind kind = VALUE_NUMBER;

	if (n->mantissa == 0)
		return make(SEED * 3, 1, VALUE_NUMBER);
	number_trim(n);
	if (n->exponent < 0) {
		kind = VALUE_REAL;
		if (n->digits > 6) {
			number_round(n);
			number_trim(n);
		}
	} else if (n->digits >= 5 && is_day(n->mantissa, n->exponent)) {
		kind = VALUE_DATE;
	}
	return make(value_mix(n->mantissa, (uint64_t)(uint32_t)n->exponent << 1 | n->minus), n->digits, kind);
}

/* "1 840", "1.840,5", "1,840.5" without what parts their thousands; as text of up to 32 bytes. */
static size_t ungroup(const char *p, size_t n, char ret[32])
{
	const size_t sign = n > 0 && (*p == '-' || *p == '+');
	size_t i, len = sign, run = 0, groups = 0;
	char sep = '\0';

	if (n > 31)
		return 0;
	memcpy(ret, p, sign);
	for (i = sign; i < n; i++) {
		if (is_digit(p[i])) {
			ret[len++] = p[i];
			run++;
			continue;
		}
		if (!strchr(" .,'", p[i]) || run == 0 || run > 3 || (groups > 0 && run != 3))
			return 0;
		if (sep && p[i] != sep)
			break;
		sep = p[i];
		groups++;
		run = 0;
	}
	if (groups == 0 || run != 3 || (i == n && groups == 1 && sep != ' ' && sep != '\''))
		return 0;
	memcpy(ret + len, p + i, n - i); /* the point and what follows, or nothing */
	return len + n - i;
}

/* ---- days ---- */

static bool date_number(const char **p, const char *end, size_t most, unsigned *ret, size_t *ret_len)
{
	const char *start = *p;

	for (*ret = 0; *p < end && (size_t)(*p - start) < most && is_digit(**p); ++*p)
		*ret = *ret * 10 + (unsigned)(**p - '0');
	*ret_len = (size_t)(*p - start);
	return *ret_len > 0;
}

/* Year first, or last; where both could be the month the day comes first, as in Europe. */
static unsigned date_join(const unsigned v[3], const size_t len[3])
{
	if (len[0] == 4)
		return date_is(v[0], v[1], v[2]) ? v[0] * 10000 + v[1] * 100 + v[2] : 0;
	if (len[2] != 4 || len[0] > 2)
		return 0;
	if (date_is(v[2], v[1], v[0]))
		return v[2] * 10000 + v[1] * 100 + v[0];
	return date_is(v[2], v[0], v[1]) ? v[2] * 10000 + v[0] * 100 + v[1] : 0;
}

/* A time of day but midnight makes another value. */
static bool date_time(const char *p, const char *end, uint64_t *ret)
{
	for (*ret = 0; p < end; p++) {
		if (is_digit(*p))
			*ret = *ret * 10 + (uint64_t)(*p - '0');
		else if (!strchr(":.+-TtZz ", *p))
			return false;
	}
	return true;
}

/* As the number 20200131, which is also a way to write it. */
static value day_value(unsigned day, uint64_t time)
{
	struct number n = { .mantissa = day, .digits = 8 };
	const value v = number_value(&n);

	return time ? make(value_mix(v & VALUE_HASH, time), value_weight(v), VALUE_DATE) : v;
}

static value date_value(const char *p, const char *end)
{
	unsigned v[3], day;
	uint64_t time = 0;
	size_t len[3], i;
	char sep = '\0';

	for (i = 0; i < 3; i++) {
		if (!date_number(&p, end, 4, &v[i], &len[i]) || (i < 2 && p == end))
			return 0;
		if (i < 2 && ((*p != '-' && *p != '.' && *p != '/') || (sep && *p != sep)))
			return 0;
		if (i < 2)
			sep = *p++;
	}
	day = date_join(v, len);
	if (day == 0 || (p < end && *p != ' ' && *p != 'T' && *p != 't') || !date_time(p, end, &time))
		return 0;
	return day_value(day, time);
}

/* ---- text ---- */

struct text {
	uint64_t hash, word;
	unsigned used;  /* bytes in word, under eight */
	size_t letters; /* and digits */
	bool digit;
};

static void text_add(struct text *t, unsigned char c)
{
	t->word |= (uint64_t)c << 8 * t->used;
	t->letters++;
	if (++t->used == 8) {
		t->hash = value_mix(t->hash, t->word);
		t->word = 0;
		t->used = 0;
	}
}

/* The bytes of x whose highest bit is set in keep, one after the other. */
static inline uint64_t squeeze(uint64_t x, uint64_t keep)
{
	uint64_t y = 0;
	unsigned at = 0, i;

#if defined(__x86_64__) && defined(__GNUC__)
	if (__builtin_cpu_supports("bmi2")) {
		__asm__("pextq %2, %1, %0" : "=r"(y) : "r"(x), "r"((keep >> 7) * 0xff));
		return y;
	}
#endif
	for (i = 0; i < 8; i++, x >>= 8, keep >>= 8) {
		y |= (x & 0xff & -(keep >> 7 & 1)) << at;
		at += (unsigned)(keep >> 4 & 8);
	}
	return y;
}

static inline uint64_t letters_of(uint64_t x)
{
	const uint64_t low = x | EACH(0x20);

	return (low + EACH(0x80 - 'a')) & ~(low + EACH(0x7f - 'z')) & EACH(0x80);
}

static inline uint64_t digits_of(uint64_t x)
{
	return (x + EACH(0x80 - '0')) & ~(x + EACH(0x7f - '9')) & EACH(0x80);
}

/* A character beyond ASCII: as text_fold has it, or else itself. */
static void text_other(struct text *t, const char **p, const char *end)
{
	const char *start = *p;
	uint32_t c = text_next(p, end);
	char folded;
	int i;

	if (text_fold(start, (size_t)(*p - start), false, &folded) == 0)
		return;
	if (fold_is_digit(folded) || (folded >= 'a' && folded <= 'z')) {
		t->digit |= fold_is_digit(folded);
		text_add(t, (unsigned char)folded);
		return;
	}
	if (folded != FOLD_LETTER)
		return;
	for (i = 0; i < 3; i++, c >>= 8)
		text_add(t, (unsigned char)c);
	t->letters -= 2;
}

static uint64_t text_end(uint64_t hash, size_t letters, uint64_t word)
{
	return value_mix(hash ^ letters, word);
}

/* Eight bytes of ASCII after another. False: there are others. */
static bool text_ascii(const char *p, size_t len, uint64_t *ret_hash, size_t *ret_letters, bool *ret_digit)
{
	uint64_t hash = SEED, word = 0, digits = 0, x, letter, digit, keep;
	size_t letters = 0, used = 0, i, n;

	for (i = 0; i < len; i += 8) {
		n = 8;
		x = load(p + i, len - i < 8 ? len - i : 8, i > 0);
		if (x & EACH(0x80))
			return false;
		letter = letters_of(x);
		digit = digits_of(x);
		keep = letter | digit;
		digits |= digit;
		x |= letter >> 2;
		if (keep != EACH(0x80)) {
			x = squeeze(x, keep);
			n = (size_t)((keep >> 7) * EACH(1) >> 56);
		}
		letters += n;
		word |= x << 8 * used;
		used += n;
		if (used < 8)
			continue;
		used -= 8;
		hash = value_mix(hash, word);
		word = used ? x >> 8 * (n - used) : 0;
	}
	*ret_hash = text_end(hash, letters, word);
	*ret_letters = letters;
	*ret_digit = digits != 0;
	return true;
}

/* Of any text. */
static uint64_t text_hash(const char *p, size_t n, size_t *ret_letters, bool *ret_digit)
{
	struct text t = { .hash = SEED };
	const char *const end = p + n;
	uint64_t hash;

	if (text_ascii(p, n, &hash, ret_letters, ret_digit))
		return hash;
	while (p < end) {
		const unsigned char c = (unsigned char)*p;

		if (c >= 0x80) {
			text_other(&t, &p, end);
			continue;
		}
		p++;
		t.digit |= is_digit((char)c);
		if (is_letter((char)c) || is_digit((char)c))
			text_add(&t, is_letter((char)c) ? c | 32 : c);
	}
	*ret_letters = t.letters;
	*ret_digit = t.digit;
	return text_end(t.hash, t.letters, t.word);
}

static inline bool may_be_missing(const char *p, size_t n)
{
	return n <= 4 && ((*p | 32) == 'n' || (*p | 32) == 'i' || *p == '#');
}

static bool is_missing(const char *p, size_t n)
{
	static const char *const missing[] = { "na", "nan", "nul", "null", "none", "n/a", "nil", "inf", "#n/a", NULL };
	char low[4];
	size_t i;

	if (!may_be_missing(p, n))
		return false;
	for (i = 0; i < n; i++)
		low[i] = (char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] | 32 : p[i]);
	return word_in(missing, low, n);
}

static value made_text(uint64_t hash, size_t letters, bool digit)
{
	return letters == 0 ? 0 : make(hash, (unsigned)(letters < 99 ? letters : 99), digit ? VALUE_CODE : VALUE_TEXT);
}

static value text_value(const char *p, size_t n)
{
	size_t letters;
	bool digit;
	uint64_t hash;

	if (is_missing(p, n))
		return 0;
	hash = text_hash(p, n, &letters, &digit);
	if (n == PSN_TOKEN && letters == PSN_TOKEN && (*p | 32) == 'p') /* its form, nearly */
		return make(hash, VALUE_WEIGHT_MAX, VALUE_TOKEN);
	return made_text(hash, letters, digit);
}

/* ---- all ---- */

/* Eight digits as bytes of their values, the first the lowest, times ten to the exponent. 0: with more of them than count. */
static value eight_digits(uint64_t x, int exponent)
{
	unsigned zeros, digits;

	if (x == 0)
		return make(SEED * 3, 1, VALUE_NUMBER);
	zeros = (unsigned)__builtin_clzll(x) / 8;
	x <<= 8 * zeros;
	exponent += (int)zeros;
	digits = 8 - (unsigned)__builtin_ctzll(x) / 8;
	if (exponent < 0 && digits > 6)
		return 0;
	x = (x * 10 + (x >> 8)) & 0x00ff00ff00ff00ffu;
	x = (x * 100 + (x >> 16)) & 0x0000ffff0000ffffu;
	x = (x * 10000 + (x >> 32)) & 0xffffffffu;
	return make(value_mix(x, (uint64_t)(uint32_t)exponent << 1), digits,
		exponent < 0 ? VALUE_REAL : digits >= 5 && is_day(x, exponent) ? VALUE_DATE : VALUE_NUMBER);
}

/* Up to eight bytes, which most values have. */
struct eight {
	uint64_t x, letter, digit; /* the highest bit of each byte that is one */
	size_t n;
};

static inline uint64_t eight_all(const struct eight *e)
{
	return EACH(0x80) >> 8 * (8 - e->n);
}

/* As text_ascii. */
static inline value eight_text(const struct eight *e)
{
	const uint64_t keep = e->letter | e->digit;
	uint64_t x = e->x | e->letter >> 2;
	size_t letters = e->n;

	if (keep != eight_all(e)) {
		x = squeeze(x, keep);
		letters = (size_t)((keep >> 7) * EACH(1) >> 56);
	}
	return made_text(letters == 8 ? text_end(value_mix(SEED, x), 8, 0) : text_end(SEED, letters, x), letters, e->digit);
}

/* The first of them is a digit: with perhaps a point, a number; with one other byte among digits, a text for sure. 0: that has to
 * be seen. */
static inline value eight_number(const struct eight *e)
{
	const uint64_t rest = ~e->digit & eight_all(e);
	uint64_t x = e->x;
	size_t n = e->n;
	int exponent = 0;

	if (rest) {
		const unsigned point = (unsigned)__builtin_ctzll(rest) / 8;
		const char c = (char)(x >> 8 * point);

		if (rest & (rest - 1))
			return 0;
		if (c != '.' && c != ',')
			return c == ' ' || c == '\'' || (c | 32) == 'e' ? 0 : eight_text(e);
		exponent = (int)point - (int)--n;
		x = (x & ((1ull << 8 * point) - 1)) | (point < 7 ? x >> 8 * (point + 1) << 8 * point : 0);
	}
	return eight_digits((x - (EACH('0') >> 8 * (8 - n))) << 8 * (8 - n), exponent);
}

/* 0: it has to be looked at more closely. So has what begins or ends with what is no letter or digit. */
static inline value short_value(const char *p, size_t n)
{
	struct eight e = { .x = load(p, n, false), .n = n };
	uint64_t ends;

	if (e.x & EACH(0x80))
		return 0;
	e.letter = letters_of(e.x);
	e.digit = digits_of(e.x);
	ends = e.letter | e.digit;
	if (!(ends & ends >> 8 * (n - 1) & 0x80))
		return 0;
	if (e.digit & 0x80)
		return eight_number(&e);
	return may_be_missing(p, n) && is_missing(p, n) ? 0 : eight_text(&e);
}

/* 2020-01-31, as it is written most; 0 where it is not that. */
static value iso_value(const char *p)
{
	const uint64_t x = load(p, 8, false), y = load(p + 8, 2, false);
	const uint64_t day = (x & 0xffffffff) | (x >> 40 & 0xffff) << 32 | y << 48;
	value v;

	if (p[4] != '-' || p[7] != '-' || day & EACH(0x80) || digits_of(day) != EACH(0x80))
		return 0;
	v = eight_digits(day - EACH('0'), 0);
	return value_kind(v) == VALUE_DATE ? v : 0;
}

/* Numbers and days begin with a digit, a sign or a point. */
static value try_number(const char *p, size_t n)
{
	struct number number;
	const char *stop;
	char plain[32];
	value v;

	if (n == 10 && (v = iso_value(p)))
		return v;
	if (number_parse(&number, p, p + n, &stop))
		return number_value(&number);
	if (stop < p + n && is_letter(*stop)) /* what follows digits, points and commas in days and groups is no letter */
		return 0;
	v = date_value(p, p + n);
	if (v || (stop < p + n && *stop == '-' && stop > p))
		return v;
	n = ungroup(p, n, plain);
	return n > 0 && n <= sizeof(plain) && number_parse(&number, plain, plain + n, &stop) ? number_value(&number) : 0;
}

static inline bool is_outside(char c)
{
	return (unsigned char)c <= '\'' && (c == ' ' || c == '"' || c == '\'' || c == '\t' || c == '\n' || c == '\r');
}

/* Digits of other scripts, narrow blanks and long minus signs. */
static value try_folded(const char *p, size_t n)
{
	char fold[FOLD_MAX];
	size_t i;

	if (n > sizeof(fold))
		return 0;
	n = text_fold(p, n, false, fold);
	for (i = 0; i < n; i++)
		if (fold[i] == FOLD_LETTER || fold[i] == FOLD_OTHER)
			return 0;
	return n > 0 && (fold_is_digit(fold[0]) || strchr("+-.,", fold[0])) ? try_number(fold, n) : 0;
}

/* A pseudonym, which each row has, is 31 letters and digits; read as text_ascii reads them. False: there is something else. */
static bool token_hash(const char *p, uint64_t *ret)
{
	const size_t most = PSN_TOKEN / 8 * 8;
	uint64_t hash = SEED, others = 0, x;
	size_t i;

	for (i = 0; i < most; i += 8) {
		x = load(p + i, 8, true);
		others |= x | ~(letters_of(x) | digits_of(x));
		hash = value_mix(hash, x | EACH(0x20));
	}
	x = load(p + most, PSN_TOKEN - most, true) | (uint64_t)'p' << 56;
	others |= x | ~(letters_of(x) | digits_of(x));
	*ret = text_end(hash, PSN_TOKEN, (x | EACH(0x20)) & UINT64_MAX >> 8);
	return !(others & EACH(0x80));
}

value value_read(const char *p, size_t n)
{
	value v = 0;

	if (n - 1 < 8 && (v = short_value(p, n)))
		return v;
	if (n == PSN_TOKEN && (*p | 32) == 'p' && token_hash(p, &v))
		return make(v, VALUE_WEIGHT_MAX, VALUE_TOKEN);
	v = 0;
	while (n > 0 && is_outside(*p)) {
		p++;
		n--;
	}
	while (n > 0 && is_outside(p[n - 1]))
		n--;
	if (n == 0)
		return 0;
	if (n <= 8 && (v = short_value(p, n)))
		return v;
	if ((unsigned char)(*p - '+') < 15) /* + , - . / and digits */
		v = try_number(p, n);
	else if ((unsigned char)*p >= 0x80)
		v = try_folded(p, n);
	if (!v && is_digit(*p) && memchr(p, 0xc2, n)) /* a no-break space between thousands */
		v = try_folded(p, n);
	return v ? v : text_value(p, n);
}

/* ---- words ---- */

/* Bit by bit, whether each of eight bytes is one of a word. */
static uint64_t word_bytes(uint64_t x)
{
	const uint64_t ascii = x & EACH(0x7f), low = ascii | EACH(0x20);
	const uint64_t letter = (low + EACH(0x80 - 'a')) & ~(low + EACH(0x7f - 'z'));
	const uint64_t digit = (ascii + EACH(0x80 - '0')) & ~(ascii + EACH(0x7f - '9'));

	return (x | letter | digit) & EACH(0x80);
}

/* Words of a text of any length. */
static size_t words_of(const char *p, size_t n)
{
	uint64_t before = 0;
	size_t words = 0, i;

	for (i = 0; i < n; i += 8) {
		const size_t some = n - i < 8 ? n - i : 8;
		const uint64_t in = word_bytes(load(p + i, some, i > 0));

		words += ((in & ~(in << 8 | before)) >> 7) * EACH(1) >> 56;
		before = in >> 56;
	}
	return words;
}

#define FEW 64 /* bytes that one word of bits has room for */
/* A bit for each byte of a word, of at most FEW. */
static uint64_t word_bits(const char *p, size_t n)
{
	uint64_t bits = 0;
	size_t i;

	for (i = 0; i < n; i += 8) { /* the highest bit of each byte to a bit */
		const uint64_t in = word_bytes(load(p + i, n - i < 8 ? n - i : 8, i > 0)) >> 7;

		bits |= (in * 0x0102040810204080u >> 56) << i;
	}
	return bits;
}

bool words_begin(struct words *w, const char *p, size_t n)
{
	uint64_t first; /* bytes of words */
	int i;

	*w = (struct words){ .p = p, .end = p + n };
	w->large = n > FEW;
	if (w->large)
		return words_of(p, n) >= SHINGLE;
	w->bytes = word_bits(p, n);
	for (first = w->bytes & ~(w->bytes << 1), i = 1; i < SHINGLE; i++)
		first &= first - 1;
	return first;
}

/* The first byte that is one of a word, or that is none where others is EACH(0x80); end where there is no such. */
static inline const char *word_skip(const char *p, const char *end, uint64_t others)
{
	uint64_t found;

	for (; end - p >= 8; p += 8) {
		found = word_bytes(load(p, 8, false)) ^ others;
		if (found)
			return p + __builtin_ctzll(found) / 8;
	}
	if (p == end)
		return end;
	found = (word_bytes(load(p, (size_t)(end - p), false)) ^ others) & EACH(0x80) >> 8 * (8 - (end - p));
	return found ? p + __builtin_ctzll(found) / 8 : end;
}

/* The next word is at start; its bytes, 0 at the end. */
static inline size_t word_next(struct words *w)
{
	uint64_t others;
	unsigned at;

	if (w->large) {
		w->start = word_skip(w->p, w->end, 0);
		w->p = word_skip(w->start, w->end, EACH(0x80));
		return (size_t)(w->p - w->start);
	}
	if (w->bytes == 0)
		return 0;
	at = (unsigned)__builtin_ctzll(w->bytes);
	others = ~(w->bytes >> at);
	w->start = w->p + at;
	w->bytes &= w->bytes + (1ull << at); /* the lowest row of bits is carried away */
	return others ? (size_t)__builtin_ctzll(others) : FEW;
}

/* As text_hash, of which most words need little. */
static inline uint64_t word_hash(const char *p, size_t n, size_t *ret_letters, bool *ret_digit)
{
	const uint64_t x = n <= 8 ? load(p, n, false) : EACH(0x80);
	uint64_t low;

	if (x & EACH(0x80))
		return text_hash(p, n, ret_letters, ret_digit);
	low = x | EACH(0x20) >> 8 * (8 - n);
	*ret_letters = n;
	*ret_digit = digits_of(x) != 0;
	return n == 8 ? text_end(value_mix(SEED, low), 8, 0) : text_end(SEED, n, low);
}

/* Something that is said, not figures or a list of codes: three words with letters, fifteen letters in all. */
static bool says_something(const struct words *w)
{
	unsigned letters = 0, words = 0, i;

	for (i = 0; i < SHINGLE; i++) {
		letters += w->size[i];
		words += w->size[i] >= 2;
	}
	return w->count >= SHINGLE && words >= 4 && letters >= 15;
}

bool words_next(struct words *w, uint64_t *ret_key)
{
	uint64_t key = SHINGLE, hash;
	size_t letters, n;
	bool digit;
	int i;

	*ret_key = 0;
	n = word_next(w);
	if (n == 0)
		return false;
	hash = word_hash(w->start, n, &letters, &digit);
	for (i = SHINGLE - 1; i > 0; i--) {
		w->hash[i] = w->hash[i - 1];
		w->size[i] = w->size[i - 1];
	}
	w->hash[0] = hash;
	w->size[0] = (uint8_t)(digit ? 0 : letters < 99 ? letters : 99);
	w->count++;
	if (!says_something(w))
		return true;
	for (i = SHINGLE - 1; i >= 0; i--)
		key = value_mix(key, w->hash[i]);
	if (key >> 62 == 0) /* one of four */
		*ret_key = key | 1ull << 61;
	return true;
}
