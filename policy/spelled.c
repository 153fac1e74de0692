/* policy/spelled.c - text that is spelled out in codes of its characters, as programs and people write bytes: %70%34,
 * \x70\x34, &#112;, 0x70 0x34, "70:34:32", "112, 52, 50"; and short pieces in base64 or hexadecimal that a line's end
 * parts. What they say is searched like any text; blob.c has what is long or in one piece.
 * Sources: RFC 3986, 2.1 (percent); ISO C, 6.4.4.4 (\x and octal); HTML, character references; RFC 2045, 6.7 (=70). */
#include "policy/inside.h"
#include "policy/scan.h"
#include "spe/psn.h"

#define CODES 10       /* from which a run is read: the shortest identity numbers that need no word beside them */
#define KEEP 4096      /* bytes of a run that are read at a time */
#define AGAIN 128      /* of them are read again with those behind, for what stands at the end */
#define PIECE 8        /* characters of a piece at a line's end */
#define PIECES 4       /* lines that are read as one */
#define RUNS 20000     /* of a file; one with more is blocked */

static const struct form {
	const char *open, *close;
	int base;
	uint8_t least, most; /* digits */
	bool told; /* nobody writes so but to spell: a person is told where it gives text */
} forms[] = { { "%", "", 16, 2, 2, true }, { "\\x", "", 16, 2, 2, true }, { "\\u00", "", 16, 2, 2, true }, { "\\", "", 8, 3, 3, true },
	{ "&#x", ";", 16, 2, 4, true }, { "&#", ";", 10, 2, 3, true }, { "=", "", 16, 2, 2, true }, { "0x", "", 16, 2, 2, true },
	{ "", "", 16, 2, 2, false }, { "", "", 10, 2, 3, false } };

struct spelling {
	struct scan *s;
	const char *end;
	const char *line_at;
	uint64_t line, runs;
};

static int digit_of(char c, int base)
{
	int v = fold_is_digit(c) ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : 99;

	return v < base ? v : -1;
}

/* One code at p: its length, or 0. */
static size_t read_code(const struct form *f, const char *p, const char *end, unsigned *ret)
{
	size_t open, close, i, n = 0;

	if (*f->open != '\0' && *f->open != *p)
		return 0;
	open = strlen(f->open);
	close = strlen(f->close);
	if ((size_t)(end - p) < open + f->least + close || memcmp(p, f->open, open) != 0)
		return 0;
	*ret = 0;
	for (i = open; p + i < end && n < f->most && digit_of(p[i], f->base) >= 0; i++, n++)
		*ret = *ret * (unsigned)f->base + (unsigned)digit_of(p[i], f->base);
	if (n < f->least || *ret > 255 || (size_t)(end - p) < i + close || memcmp(p + i, f->close, close) != 0)
		return 0;
	if (open == 0 && p + i < end && digit_of(p[i], 16) >= 0)
		return 0; /* a longer number */
	return i + close;
}

static inline bool is_separator(char c)
{
	return c == ' ' || c == ',' || c == ';' || c == ':' || c == '-' || c == '\n' || c == '\r';
}

static size_t separators(const char *p, const char *end)
{
	size_t i = 0;

	while (p + i < end && i < 3 && is_separator(p[i]))
		i++;
	return i;
}

/* A run of codes from p on, decoded into ret, at most KEEP of them; returns where it ends, and where to read on if it is
 * longer, else NULL. */
static const char *read_run(
	const struct form *f, const char *p, const char *end, char ret[KEEP], size_t *ret_n, const char **ret_on)
{
	const char *stop = p;
	unsigned v;

	*ret_on = NULL;
	for (*ret_n = 0; p < end && *ret_n < KEEP;) {
		size_t len = read_code(f, p, end, &v), gap;

		if (len == 0)
			return *ret_on = NULL, stop;
		if (*ret_n == KEEP - AGAIN)
			*ret_on = p;
		ret[(*ret_n)++] = (char)v;
		stop = p + len;
		gap = separators(stop, end);
		if (gap == 0 && *f->open == '\0')
			return *ret_on = NULL, stop;
		p = stop + gap;
	}
	if (*ret_n < KEEP)
		*ret_on = NULL;
	return stop;
}

static bool is_text(char c)
{
	return (c >= ' ' && c < 0x7f) || c == '\n' || c == '\t';
}

static bool is_readable(const char *p, size_t n)
{
	size_t i, text = 0, words = 0;

	for (i = 0; i < n; i++) {
		text += is_text(p[i]);
		words += ((p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'z') || fold_is_digit(p[i]);
	}
	return n >= CODES && text * 10 >= n * 9 && words * 10 >= n * 6;
}

static struct place place_at(struct spelling *x, const char *p)
{
	const char *at;

	while ((at = memchr(x->line_at, '\n', (size_t)(p - x->line_at)))) {
		x->line++;
		x->line_at = at + 1;
	}
	return (struct place){ .line = x->line, .column = (uint32_t)(p - x->line_at) + 1 };
}

/* Six digits, as any identity number has, or the signs of an address. */
static bool may_tell(const char *p, size_t n)
{
	size_t i, digits = 0;

	for (i = 0; i < n; i++)
		digits += fold_is_digit(p[i]);
	return n >= CODES && (digits >= 6 || (memchr(p, '@', n) && memchr(p, '.', n)));
}

/* As many bytes of UTF-8 in a row, of any script; in numbers by chance one place of many thousands has that. */
static bool has_row(const char *p, size_t n)
{
	const char *at = p, *end = p + n, *row = p;

	while (at < end) {
		uint32_t c = text_next(&at, end);

		if (c == UINT32_MAX || (c < 0x80 && !is_text((char)c)))
			row = at;
		else if (at - row >= CODES)
			return true;
	}
	return false;
}

static void search(struct spelling *x, struct place place, const char *text, size_t n)
{
	if (x->runs++ < RUNS)
		scan_inner(x->s, text, n, place);
	else if (x->runs == RUNS + 1)
		report_add(x->s->report, RULE_BLOB, FINDING_BLOCK, place, "write the text itself",
			"%smore than %u runs of codes may spell out text; the rest can't be searched", x->s->where, (unsigned)RUNS);
}

/* Codes with a sign. Letters beyond ASCII, or bytes that are none, hide nothing that stands beside them. */
static void take_text(struct spelling *x, const char *at, const char *text, size_t n)
{
	bool readable = is_readable(text, n);
	struct place place;

	if (!readable && !has_row(text, n))
		return;
	place = place_at(x, at);
	if (readable)
		report_add(x->s->report, RULE_BLOB, FINDING_REVIEW, place, "write the text itself",
			"%stext is spelled out here in codes of its characters", x->s->where);
	search(x, place, text, n);
}

/* Numbers without a sign are figures of a table, as a rule: what reads as text among them is searched. */
static void take_numbers(struct spelling *x, const char *at, const char *text, size_t n)
{
	size_t i, from;

	for (i = 0; i < n; i++) {
		for (from = i; i < n && is_text(text[i]);)
			i++;
		if (may_tell(text + from, i - from) || (i - from >= PSN_TOKEN && is_readable(text + from, i - from)))
			search(x, place_at(x, at), text + from, i - from);
	}
}

/* --- runs of codes --- */

/* Codes of ASCII begin with a digit, in whatever base. Two or three digits, and more behind a sign: most numbers aren't. */
static bool may_begin(const char *p, const char *first, const char *end)
{
	size_t i = 0;

	if (!fold_is_digit(*p))
		return true;
	if (p > first && (digit_of(p[-1], 16) >= 0 || (p[-1] | 0x20) == 'x' || p[-1] == '.'))
		return false;
	if (end - p > 3 && (p[1] | 0x20) == 'x')
		return true;
	while (i < 3 && p + i < end && digit_of(p[i], 16) >= 0)
		i++;
	return i >= 2 && end - p > 8 && is_separator(p[i]) && separators(p + i, end) < 3;
}

/* A run of one form from p on, in windows; returns where it ends, p where there are fewer than two codes. */
static const char *run_of(struct spelling *x, const struct form *f, const char *p, bool *ret_long)
{
	const char *from = p, *on, *stop;
	char text[KEEP];
	size_t n;

	*ret_long = false;
	for (;; from = on) {
		stop = read_run(f, from, x->end, text, &n, &on);
		*ret_long |= n >= CODES;
		if (n >= CODES && f->told)
			take_text(x, from, text, n);
		else if (n >= CODES)
			take_numbers(x, from, text, n);
		if (!on)
			return n > 1 || from > p ? stop : p;
	}
}

/* Numbers without a sign may be hexadecimal or decimal: 49 51 is both. */
static const char *spelled_run(struct spelling *x, const char *p)
{
	const char *furthest = p + 1, *stop;
	size_t i;
	bool is_long;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (forms[i].open[0] != *p && !(forms[i].open[0] == '\0' && fold_is_digit(*p)))
			continue;
		stop = run_of(x, &forms[i], p, &is_long);
		if (is_long && forms[i].told)
			return stop;
		furthest = stop > furthest && forms[i].open[0] == '\0' ? stop : furthest;
	}
	return furthest;
}

/* "0x" and hexadecimal digits in one piece */
static const char *prefixed(struct spelling *x, const char *p)
{
	char text[KEEP];
	size_t n = 0;

	for (p += 2; p + 1 < x->end && n < KEEP && digit_of(p[0], 16) >= 0 && digit_of(p[1], 16) >= 0; p += 2)
		text[n++] = (char)(digit_of(p[0], 16) << 4 | digit_of(p[1], 16));
	if (n >= CODES)
		take_text(x, p - 2 * n, text, n);
	return p;
}

/* --- pieces over lines --- */

static int value64(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (fold_is_digit(c))
		return c - '0' + 52;
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

static bool is_piece(char c)
{
	return value64(c) >= 0 && c != '-' && c != '_';
}

static size_t decode64(const char *p, size_t n, char ret[KEEP])
{
	unsigned bits = 0, held = 0;
	size_t i, len = 0;

	for (i = 0; i < n && len < KEEP; i++) {
		held = (held << 6 | (unsigned)value64(p[i])) & 0xffffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			ret[len++] = (char)(held >> bits);
		}
	}
	return len;
}

static size_t decode16(const char *p, size_t n, char ret[KEEP])
{
	size_t i;

	for (i = 0; i + 1 < n && i / 2 < KEEP; i += 2) {
		if (digit_of(p[i], 16) < 0 || digit_of(p[i + 1], 16) < 0)
			return 0;
		ret[i / 2] = (char)(digit_of(p[i], 16) << 4 | digit_of(p[i + 1], 16));
	}
	return n / 2;
}

/* Digits, or capitals behind the first letter, as encoded text has; words at the end of lines have none. */
static bool is_mixed(const char *p, size_t n)
{
	size_t i, odd = 0, letters = 0;

	for (i = 0; i < n; i++) {
		odd += fold_is_digit(p[i]) || (i > 0 && p[i] >= 'A' && p[i] <= 'Z');
		letters += (p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'z';
	}
	return odd > 0 && (letters > 0 || n > 2 * PIECE);
}

/* The piece that ends at the line feed at p goes on in the next lines. */
static void wrapped(struct spelling *x, const char *first, const char *p)
{
	const char *from = p, *at = p;
	char joined[KEEP], text[KEEP];
	size_t n = 0, pieces, len;

	from -= from > first && from[-1] == '\r';
	at = from;
	while (from > first && is_piece(from[-1]) && at - from < KEEP / 2)
		from--;
	if (at - from < PIECE || !is_mixed(from, (size_t)(at - from)))
		return;
	memcpy(joined, from, n = (size_t)(at - from));
	for (pieces = 1; pieces < PIECES; pieces++) {
		const char *next = p + 1;

		while (next < x->end && (*next == ' ' || *next == '"'))
			next++;
		for (len = 0; next + len < x->end && is_piece(next[len]) && len < KEEP / 8;)
			len++;
		if (len < PIECE / 2 || n + len > KEEP)
			break;
		memcpy(joined + n, next, len);
		n += len;
		p = next + len;
		p += p < x->end && *p == '\r';
		if (p >= x->end || *p != '\n')
			break;
	}
	if (n < 2 * PIECE || n == (size_t)(at - from))
		return;
	len = decode16(joined, n, text);
	if (len == 0 || !is_readable(text, len))
		len = decode64(joined, n, text);
	if (is_readable(text, len))
		take_text(x, from, text, len);
}

/* Where codes or a line's end may be. */
static const bool begins[256] = { ['%'] = true, ['\\'] = true, ['&'] = true, ['='] = true, ['\n'] = true, ['0'] = true, ['1'] = true,
	['2'] = true, ['3'] = true, ['4'] = true, ['5'] = true, ['6'] = true, ['7'] = true, ['8'] = true, ['9'] = true };

void spelled_check(struct scan *s, const char *p, size_t n)
{
	struct spelling x = { .s = s, .end = p + n, .line_at = p, .line = 1 };
	const char *at = p;

	report_ran(s->report, RULE_BLOB);
	for (;;) {
		while (at < x.end && !begins[(unsigned char)*at])
			at++;
		if (at == x.end || x.runs > RUNS)
			return;
		if (*at == '\n')
			wrapped(&x, p, at++);
		else if (!may_begin(at, p, x.end))
			at++;
		else if (*at == '0' && x.end - at >= 2 * CODES + 2 && (at[1] | 0x20) == 'x' && digit_of(at[4], 16) >= 0)
			at = prefixed(&x, at);
		else
			at = spelled_run(&x, at);
	}
}
