/* policy/hidden.c - rule hidden-content on text: what is in the bytes and not on a reader's screen. Characters without a
 * shape, characters that look like others, blanks at the ends of lines, content far below or far to the right.
 * Sources: RFC 3629; Unicode 15 (general categories Cc, Cf, Co, Nd; UTS 39, mixed scripts; UTR 36, 3.1). */
#include <stdio.h>
#include <string.h>

#include "policy/formats.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define BLANK_LINES 20 /* nobody scrolls further */
#define FAR_RIGHT 200  /* blanks in a row, beyond any screen */

enum hiding {
	HID_NONE,
	HID_BYTES,
	HID_CONTROL,
	HID_RETURN,
	HID_WIDTH,
	HID_BIDI,
	HID_TAG,
	HID_VARIATION,
	HID_PRIVATE,
	HID_BREAK,
	HID_DIGIT,
	HID_SCRIPTS,
	HID_LONG,
	HID_BELOW,
	HID_RIGHT,
	HID_NUMBER,
	HID_MARKUP,
	HID_COMMENT,
	HIDINGS
};

static const char fix_character[] = "remove the character, and write plain lines ending in LF or CR LF";
static const struct {
	enum rule rule;
	enum finding_severity severity;
	const char *what, *fix;
} kinds[HIDINGS] = {
	[HID_BYTES] = { RULE_TYPE, FINDING_BLOCK, "bytes that are not UTF-8 are here; a text file must be strict UTF-8",
		"save the file as UTF-8" },
	[HID_CONTROL] = { RULE_HIDDEN, FINDING_BLOCK, "a control character (U+%04X) is here; it can hide text from a reader",
		fix_character },
	[HID_RETURN] = { RULE_HIDDEN, FINDING_BLOCK,
		"a carriage return without a line feed (U+%04X) is here; it can hide text from a reader", fix_character },
	[HID_WIDTH] = { RULE_HIDDEN, FINDING_BLOCK, "an invisible character (U+%04X) is here", fix_character },
	[HID_BIDI] = { RULE_HIDDEN, FINDING_BLOCK, "a character that changes the writing direction (U+%04X) is here",
		fix_character },
	[HID_TAG] = { RULE_HIDDEN, FINDING_BLOCK, "an invisible tag character (U+%04X) is here", fix_character },
	[HID_VARIATION] = { RULE_HIDDEN, FINDING_BLOCK, "a variation selector (U+%04X), which has no shape, is here",
		fix_character },
	[HID_PRIVATE] = { RULE_HIDDEN, FINDING_BLOCK, "a private-use or unassigned character (U+%04X) is here",
		fix_character },
	[HID_BREAK] = { RULE_HIDDEN, FINDING_BLOCK, "an unusual line or paragraph separator (U+%04X) is here",
		fix_character },
	[HID_DIGIT] = { RULE_HIDDEN, FINDING_REVIEW, "a digit of another script (U+%04X) is here; numbers can hide in them",
		"write numbers with the digits 0 to 9" },
	[HID_SCRIPTS] = { RULE_HIDDEN, FINDING_REVIEW,
		"a word here mixes letters of two scripts that look alike (the last is U+%04X)",
		"write each word in one script" },
	[HID_LONG] = { RULE_SIZE, FINDING_BLOCK, "a line is longer than 1048576 bytes", "break the line" },
	[HID_BELOW] = { RULE_HIDDEN, FINDING_BLOCK, "content follows more than 20 empty lines, where nobody looks for it",
		"remove the empty lines" },
	[HID_RIGHT] = { RULE_HIDDEN, FINDING_REVIEW, "200 or more blanks stand in a row here; what follows is off the screen",
		"remove the blanks" },
	[HID_NUMBER] = { RULE_HIDDEN, FINDING_REVIEW, "a count is written as a word here, where no rule on counts sees it",
		"write the count in digits" },
	[HID_MARKUP] = { RULE_HIDDEN, FINDING_BLOCK, "an HTML element here loads or runs something when the text is shown",
		"remove the element" },
	[HID_COMMENT] = { RULE_HIDDEN, FINDING_REVIEW, "a comment begins here; it is not shown where the text is",
		"remove the comment" },
};

struct range {
	uint32_t first, last;
};

static const struct {
	struct range range;
	enum hiding hiding;
} shapeless[] = {
	{ { 0x80, 0x9f }, HID_CONTROL },
	{ { 0xad, 0xad }, HID_WIDTH },
	{ { 0x34f, 0x34f }, HID_WIDTH },
	{ { 0x600, 0x605 }, HID_WIDTH },
	{ { 0x61c, 0x61c }, HID_BIDI },
	{ { 0x6dd, 0x6dd }, HID_WIDTH },
	{ { 0x70f, 0x70f }, HID_WIDTH },
	{ { 0x890, 0x891 }, HID_WIDTH },
	{ { 0x8e2, 0x8e2 }, HID_WIDTH },
	{ { 0x115f, 0x1160 }, HID_WIDTH },
	{ { 0x17b4, 0x17b5 }, HID_WIDTH },
	{ { 0x180b, 0x180f }, HID_VARIATION },
	{ { 0x200b, 0x200d }, HID_WIDTH },
	{ { 0x200e, 0x200f }, HID_BIDI },
	{ { 0x2028, 0x2029 }, HID_BREAK },
	{ { 0x202a, 0x202e }, HID_BIDI },
	{ { 0x2060, 0x2065 }, HID_WIDTH },
	{ { 0x2066, 0x2069 }, HID_BIDI },
	{ { 0x206a, 0x206f }, HID_WIDTH },
	{ { 0x2800, 0x2800 }, HID_WIDTH },
	{ { 0x3164, 0x3164 }, HID_WIDTH },
	{ { 0xe000, 0xf8ff }, HID_PRIVATE },
	{ { 0xfdd0, 0xfdef }, HID_PRIVATE },
	{ { 0xfe00, 0xfe0f }, HID_VARIATION },
	{ { 0xfeff, 0xfeff }, HID_WIDTH },
	{ { 0xffa0, 0xffa0 }, HID_WIDTH },
	{ { 0xfff0, 0xfffb }, HID_WIDTH },
	{ { 0x110bd, 0x110bd }, HID_WIDTH },
	{ { 0x110cd, 0x110cd }, HID_WIDTH },
	{ { 0x13430, 0x1343f }, HID_WIDTH },
	{ { 0x1bca0, 0x1bca3 }, HID_WIDTH },
	{ { 0x1d173, 0x1d17a }, HID_WIDTH },
	{ { 0xe0000, 0xe007f }, HID_TAG },
	{ { 0xe0080, 0xe00ff }, HID_PRIVATE },
	{ { 0xe0100, 0xe01ef }, HID_VARIATION },
	{ { 0xe01f0, 0x10ffff }, HID_PRIVATE },
};

/* Decimal digits of other scripts that people take for numbers, and numbers in one character, such as a 10 in a circle, that
 * the search does not read. Superscripts and subscripts belong to units, digits in circles to lists. Ordered. */
static const struct range digits[] = { { 0x660, 0x669 }, { 0x6f0, 0x6f9 }, { 0x7c0, 0x7c9 }, { 0x966, 0x96f },
	{ 0x9e6, 0x9ef }, { 0xa66, 0xa6f }, { 0xae6, 0xaef }, { 0xb66, 0xb6f }, { 0xbe6, 0xbef }, { 0xc66, 0xc6f },
	{ 0xce6, 0xcef }, { 0xd66, 0xd6f }, { 0xde6, 0xdef }, { 0xe50, 0xe59 }, { 0xed0, 0xed9 }, { 0xf20, 0xf29 },
	{ 0x1040, 0x1049 }, { 0x1090, 0x1099 }, { 0x1369, 0x1371 }, { 0x17e0, 0x17e9 }, { 0x1810, 0x1819 }, { 0x1946, 0x194f },
	{ 0x19d0, 0x19d9 }, { 0x1a80, 0x1a89 }, { 0x1a90, 0x1a99 }, { 0x1b50, 0x1b59 }, { 0x1bb0, 0x1bb9 }, { 0x1c40, 0x1c49 },
	{ 0x1c50, 0x1c59 }, { 0x2469, 0x2473 }, { 0x247d, 0x2487 }, { 0x2491, 0x249b }, { 0x24eb, 0x24f4 }, { 0x24fe, 0x24fe },
	{ 0x277f, 0x277f }, { 0x2789, 0x2789 }, { 0x2793, 0x2793 }, { 0x3248, 0x324f }, { 0x3251, 0x325f }, { 0x32b1, 0x32bf },
	{ 0xa620, 0xa629 }, { 0xa8d0, 0xa8d9 }, { 0xa900, 0xa909 }, { 0xa9d0, 0xa9d9 }, { 0xa9f0, 0xa9f9 }, { 0xaa50, 0xaa59 },
	{ 0xabf0, 0xabf9 }, { 0xff10, 0xff19 }, { 0x104a0, 0x104a9 }, { 0x10d30, 0x10d39 }, { 0x10d40, 0x10d49 },
	{ 0x11066, 0x1106f }, { 0x110f0, 0x110f9 }, { 0x11136, 0x1113f }, { 0x111d0, 0x111d9 }, { 0x112f0, 0x112f9 },
	{ 0x11450, 0x11459 }, { 0x114d0, 0x114d9 }, { 0x11650, 0x11659 }, { 0x116c0, 0x116c9 }, { 0x116d0, 0x116e3 },
	{ 0x11730, 0x11739 }, { 0x118e0, 0x118e9 }, { 0x11950, 0x11959 }, { 0x11bf0, 0x11bf9 }, { 0x11c50, 0x11c59 },
	{ 0x11d50, 0x11d59 }, { 0x11da0, 0x11da9 }, { 0x11de0, 0x11de9 }, { 0x11f50, 0x11f59 }, { 0x16a60, 0x16a69 },
	{ 0x16ac0, 0x16ac9 }, { 0x16b50, 0x16b59 }, { 0x16d70, 0x16d79 }, { 0x1ccf0, 0x1ccf9 }, { 0x1d7ce, 0x1d7ff },
	{ 0x1e140, 0x1e149 }, { 0x1e2f0, 0x1e2f9 }, { 0x1e4f0, 0x1e4f9 }, { 0x1e5f1, 0x1e5fa }, { 0x1e950, 0x1e959 },
	{ 0x1f100, 0x1f10c }, { 0x1fbf0, 0x1fbf9 } };

static enum hiding hiding_of(uint32_t c)
{
	size_t i;

	if (c < 0x80)
		return c >= 0x20 && c != 0x7f                ? HID_NONE
		       : c == '\t' || c == '\n' || c == '\r' ? HID_NONE
							     : HID_CONTROL;
	if (c == UINT32_MAX)
		return HID_BYTES;
	if (c >= 0xa0 && c < 0x300)
		return c == 0xad ? HID_WIDTH : HID_NONE;
	if ((c & 0xfffe) == 0xfffe || (c >= 0xd800 && c <= 0xdfff))
		return HID_PRIVATE;
	for (i = 0; i < COUNT(shapeless) && c >= shapeless[i].range.first; i++)
		if (c <= shapeless[i].range.last)
			return shapeless[i].hiding;
	for (i = 0; i < COUNT(digits) && c >= digits[i].first; i++)
		if (c <= digits[i].last)
			return HID_DIGIT;
	return HID_NONE;
}

/* --- words of two scripts --- */

enum script { NO_LETTER, LATIN, GREEK, CYRILLIC, OTHER };

static enum script script_of(uint32_t c)
{
	if (c < 0x80)
		return (c | 0x20) >= 'a' && (c | 0x20) <= 'z' ? LATIN : NO_LETTER;
	if (c < 0xc0 || c == 0xd7 || c == 0xf7)
		return NO_LETTER;
	if (c < 0x250 || (c >= 0x1e00 && c <= 0x1eff) || (c >= 0xff21 && c <= 0xff5a))
		return LATIN;
	if ((c >= 0x370 && c <= 0x3ff) || (c >= 0x1f00 && c <= 0x1fff))
		return GREEK;
	if (c >= 0x400 && c <= 0x52f)
		return CYRILLIC;
	return c >= 0x250 && c < 0x370 ? OTHER : NO_LETTER;
}

/* Greek letters that read as Latin ones: capitals, nu, omicron, upsilon. */
static bool looks_latin(uint32_t c)
{
	static const char capitals[] = "\x91\x92\x95\x96\x97\x99\x9a\x9c\x9d\x9f\xa1\xa4\xa5\xa7";

	if (c >= 0x391 && c <= 0x3a7)
		return strchr(capitals, (int)(char)(c - 0x300)) != NULL;
	return c == 0x3bd || c == 0x3bf || c == 0x3c5;
}

static bool is_small(uint32_t c)
{
	return c >= 'a' && c <= 'z';
}

/* A word as it goes by. Names such as TNFa or NFkB and units with a Greek letter are ordinary. */
struct script_word {
	unsigned latin, greek, cyrillic;
	uint32_t before, last; /* two characters back; the one before */
	bool alike, amid;      /* a Greek letter that looks Latin; one amid small Latin ones */
};

static bool word_is_mixed(const struct script_word *w)
{
	if (w->latin == 0)
		return false;
	return w->cyrillic > 0 || w->alike || w->amid || w->greek > 1;
}

static void word_take(struct script_word *w, enum script s, uint32_t c)
{
	w->latin += s == LATIN;
	w->greek += s == GREEK;
	w->cyrillic += s == CYRILLIC;
	w->alike |= s == GREEK && looks_latin(c);
	w->amid |= is_small(c) && script_of(w->last) == GREEK && is_small(w->before);
	w->before = w->last;
	w->last = c;
}

/* --- findings --- */

struct look {
	struct report *report;
	const struct hidden *how;
	const char *p, *end;
	struct place place;
	bool told[HIDINGS];
	uint64_t lines, trailing, empty;
	struct place first_trailing, loose; /* loose: the line before ends in blanks, and no neighbour is as wide so far */
	size_t width;                       /* of the line before */
	bool is_loose, is_blank; /* is_blank: and holds blanks alone */
};

/* One finding of each kind, at its first place. */
static void tell(struct look *l, enum hiding h, uint32_t c, const char *line, const char *at)
{
	char what[200];

	if (l->told[h])
		return;
	l->told[h] = true;
	l->place.column = (uint32_t)(at - line) + 1;
	l->place.offset = (uint64_t)(at - l->p);
	snprintf(what, sizeof(what), "%s", kinds[h].what);
	if (strstr(kinds[h].what, "%04X")) {
		size_t head = (size_t)(strstr(kinds[h].what, "%04X") - kinds[h].what);

		snprintf(what + head, sizeof(what) - head, "%04X%s", (unsigned)c, kinds[h].what + head + 4);
	}
	report_add(l->report, kinds[h].rule, kinds[h].severity, l->place, kinds[h].fix, "%s", what);
}

/* --- lines --- */

/* No byte of eight is a control character, DEL or over 0x7f. */
static bool eight_plain(const char *p)
{
	static const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
	uint64_t v, del;

	memcpy(&v, p, 8);
	del = v ^ ones * 0x7f;
	return !((v | (v - ones * 0x20) | (del - ones)) & highs);
}

static bool is_plain(const char *p, size_t n, bool json)
{
	size_t i = 0;

	if (json && memchr(p, '\\', n))
		return false;
	for (; i + 8 <= n; i += 8)
		if (!eight_plain(p + i))
			return false;
	for (; i < n; i++)
		if ((unsigned char)p[i] < 0x20 || (unsigned char)p[i] >= 0x7f)
			return false;
	return true;
}

/* A letter for a Latin one in an identity code or a pseudonym, which no Latin letter stands in: 131052-308 and a Cyrillic
 * Te. The small Greek ones are names of degrees of freedom and the like. */
static bool is_disguised(uint32_t a, uint32_t b)
{
	const uint32_t letter = a >= '0' && a <= '9' ? b : a, digit = letter == b ? a : b;

	if (digit < '0' || digit > '9')
		return false;
	return (script_of(letter) == CYRILLIC && text_alike(letter)) || (letter < 0x3b1 && looks_latin(letter));
}

static void look_closely(struct look *l, const char *line, const char *end)
{
	struct script_word word = { 0 };
	const char *at = line;
	uint32_t last = 0;

	while (at < end) {
		const char *begin = at;
		uint32_t c = text_character(&at, end, l->how->json);
		enum hiding h = hiding_of(c);
		enum script s = script_of(c);

		if (c == '\r' && *begin == '\r')
			h = HID_RETURN; /* the one before LF is not part of the line */
		if (h != HID_NONE && !(c == 0xfeff && begin == l->p))
			tell(l, h, c, line, begin);
		if (is_disguised(last, c))
			tell(l, HID_SCRIPTS, c < 0x80 ? last : c, line, begin);
		last = c;
		if (s != NO_LETTER) {
			word_take(&word, s, c);
		} else {
			if (word_is_mixed(&word))
				tell(l, HID_SCRIPTS, word.last, line, begin);
			word = (struct script_word){ 0 };
		}
	}
	if (word_is_mixed(&word))
		tell(l, HID_SCRIPTS, word.last, line, end - 1);
}

static bool is_blank_end(const struct look *l, char c)
{
	return c == ' ' || (c == '\t' && !l->how->tabs);
}

/* Blanks of other widths count as blanks, too. */
static bool is_empty(const char *p, const char *end)
{
	while (p < end)
		if (*p == ' ' || *p == '\t')
			p++;
		else if (text_blank(p, end) > 0)
			p += text_blank(p, end);
		else
			return false;
	return true;
}

static size_t width_of(const char *p, const char *end)
{
	size_t n = 0;

	for (; p < end; p++)
		n += ((unsigned char)*p & 0xc0) != 0x80;
	return n;
}

static void end_loose(struct look *l)
{
	if (l->is_loose && l->trailing++ == 0)
		l->first_trailing = l->loose;
	l->is_loose = false;
}

/* R and others pad the rows that they print to one width, which says nothing: a line as wide as a neighbour is not
 * counted. A message in blanks leaves lines that agree with none. Nor is one blank, as cat(x, "\n") of R writes it; nor, where
 * the release has none of them, the blanks that R's table() prints for names over a row that is as wide or wider. */
static void look_at_end(struct look *l, const char *line, const char *end)
{
	size_t width = width_of(line, end);
	bool as_wide = width == l->width;

	if (as_wide || (l->is_blank && l->how->stripped && l->width < width))
		l->is_loose = false;
	end_loose(l);
	l->width = width;
	if (as_wide || end - line < 2 || !is_blank_end(l, end[-1]) || (end[-1] == ' ' && !is_blank_end(l, end[-2])))
		return;
	l->is_loose = true;
	l->is_blank = is_empty(line, end);
	l->loose = (struct place){ .line = l->place.line,
		.column = (uint32_t)(end - line),
		.offset = (uint64_t)(end - 1 - l->p) };
}

static void look_at_line(struct look *l, const char *line, const char *end, bool returned)
{
	if (returned)
		end--;
	if (!is_plain(line, (size_t)(end - line), l->how->json))
		look_closely(l, line, end);
	if ((size_t)(end - line) > LINE_MAX_BYTES)
		tell(l, HID_LONG, 0, line, line);
	look_at_end(l, line, end);
	if (is_empty(line, end)) {
		l->empty++;
		return;
	}
	if (l->empty > BLANK_LINES)
		tell(l, HID_BELOW, 0, line, line);
	l->empty = 0;
}

/* A lone CR at the end of the bytes stays part of its line. */
static void look_at_lines(struct look *l)
{
	const char *line = l->p;

	for (; line < l->end; l->lines++, l->place.line++) {
		const char *stop = memchr(line, '\n', (size_t)(l->end - line));
		const char *end = stop ? stop : l->end;

		look_at_line(l, line, end, stop && end > line && end[-1] == '\r');
		if (!stop)
			return;
		line = stop + 1;
	}
}

/* More than one line of a hundred; a single line proves nothing. */
static void end_trailing(struct look *l)
{
	end_loose(l);
	if (l->trailing * 100 > l->lines)
		report_add(l->report, RULE_HIDDEN, FINDING_REVIEW, l->first_trailing,
			"remove the blanks at the ends of lines",
			"%llu of %llu lines end in blanks, which can carry a message; the release has none",
			(unsigned long long)l->trailing, (unsigned long long)(l->lines ? l->lines : 1));
}

/* --- what is searched in the whole --- */

static void tell_at(struct look *l, enum hiding h, const char *at)
{
	const char *p, *line = l->p;

	if (l->told[h])
		return;
	l->place.line = 1;
	for (p = l->p; (p = memchr(p, '\n', (size_t)(at - p))); line = p)
		p++, l->place.line++;
	tell(l, h, 0, line, at);
}

static void look_right(struct look *l)
{
	static const char blanks[FAR_RIGHT + 1] =
		"                                                                                                    "
		"                                                                                                    ";
	const char *at = l->p, *p;

	while ((at = memmem(at, (size_t)(l->end - at), blanks, FAR_RIGHT))) {
		for (p = at; p < l->end && *p == ' ';)
			p++;
		if (p < l->end && *p != '\n' && *p != '\r') {
			tell_at(l, HID_RIGHT, at);
			return;
		}
		at = p; /* at a line's end: the next run */
	}
}

static size_t letters(const char *p, const char *end, char ret[16])
{
	size_t n = 0;

	while (p + n < end && n < 15 && script_of((unsigned char)p[n]) == LATIN) {
		ret[n] = (char)(p[n] | 0x20);
		n++;
	}
	ret[n] = '\0';
	return n;
}

/* "n = four": small numbers in English, Swedish, Norwegian and Danish, Finnish, Icelandic, Estonian; without accents. */
static bool is_number_word(const char *p, const char *end)
{
	static const char *const words[] = { "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "en",
		"ett", "tre", "fyra", "fem", "sex", "sju", "nio", "to", "fire", "seks", "syv", "ni", "otte", "yksi",
		"kaksi", "kolme", "nelja", "viisi", "kuusi", "seitseman", "kahdeksan", "yhdeksan", "einn", "tveir",
		"fimm", "niu", "uks", "kaks", "kolm", "neli", "viis", "kuus", "seitse", NULL };
	char word[16];
	size_t n = letters(p, end, word);

	return n > 0 && word_in(words, word, n);
}

static bool is_count_word(const char *p, const char *end)
{
	if (end - p < 3 || (*p | 0x20) != 'n')
		return false;
	for (p++; p < end && *p == ' ';)
		p++;
	if (p == end || *p != '=')
		return false;
	for (p++; p < end && *p == ' ';)
		p++;
	return is_number_word(p, end);
}

static void look_for_words(struct look *l)
{
	const char *at = l->p;

	for (; (at = memchr(at, '=', (size_t)(l->end - at))); at++) {
		const char *n = at;

		while (n > l->p && n[-1] == ' ')
			n--;
		if (n > l->p && (n - 1 == l->p || script_of((unsigned char)n[-2]) == NO_LETTER) &&
			is_count_word(n - 1, l->end))
			tell_at(l, HID_NUMBER, n - 1);
	}
}

static bool begins_with(const char *p, const char *end, const char *word)
{
	for (; *word; p++, word++)
		if (p == end || (*p >= 'A' && *p <= 'Z' ? *p + 32 : *p) != *word)
			return false;
	return true;
}

/* Markdown may hold HTML, which viewers show. */
static void look_at_markup(struct look *l)
{
	static const char *const active[] = { "<script", "<iframe", "<object", "<embed", "<link", "<style", "<form",
		"<base", "<meta", "<svg", NULL };
	const char *at = l->p;
	size_t i;

	for (; (at = memchr(at, '<', (size_t)(l->end - at))); at++) {
		for (i = 0; active[i]; i++)
			if (begins_with(at, l->end, active[i]))
				tell_at(l, HID_MARKUP, at);
		if (begins_with(at, l->end, "<!--"))
			tell_at(l, HID_COMMENT, at);
	}
}

void hidden_check(struct report *r, const struct hidden *how, const char *p, size_t n)
{
	struct look l = { .report = r, .how = how, .p = p, .place = { .line = 1 } };

	report_ran(r, RULE_HIDDEN);
	if (n == 0) /* p may be NULL then, which nothing may be added to */
		return;
	l.end = p + n;
	look_at_lines(&l);
	end_trailing(&l);
	look_right(&l);
	look_for_words(&l);
	if (how->markdown)
		look_at_markup(&l);
}

/* --- tables by another name --- */

struct shape {
	size_t parts, numbers;
	bool sentence; /* a blank follows a comma */
};

static bool is_number_part(const char *p, size_t n)
{
	size_t i, figures = 0;

	for (i = 0; i < n; i++) {
		figures += p[i] >= '0' && p[i] <= '9';
		if (!(p[i] >= '0' && p[i] <= '9') && !memchr(" \".,-+<%\r", p[i], 9))
			return false;
	}
	return figures > 0;
}

static struct shape shape_of(const char *line, const char *end, char delimiter)
{
	struct shape s = { .parts = 1 };
	const char *from = line, *p;
	bool quoted = false;

	for (p = line; p < end; p++) {
		quoted ^= *p == '"';
		if (quoted || *p != delimiter)
			continue;
		s.numbers += is_number_part(from, (size_t)(p - from));
		s.parts++;
		s.sentence |= delimiter == ',' && p + 1 < end && p[1] == ' ';
		from = p + 1;
	}
	s.numbers += is_number_part(from, (size_t)(p - from));
	return s;
}

/* A header and two lines or more, all with as many delimiters, and one figure or more in each line below the header;
 * where commas part them, with no blank behind, which sentences have. */
static bool is_table_by(const char *p, size_t n, char delimiter)
{
	const char *line = p, *end = p + n;
	size_t lines = 0, parts = 0;

	while (line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		const char *to = stop ? stop : end;
		struct shape s = shape_of(line, to, delimiter);

		if (s.sentence)
			return false;
		if (!is_empty(line, to) && (s.parts < 2 || (lines > 0 && (s.parts != parts || s.numbers == 0))))
			return false;
		if (!is_empty(line, to)) {
			if (lines++ == 0 && s.numbers > 0)
				return false;
			parts = s.parts;
		}
		line = stop ? stop + 1 : end;
	}
	return lines >= 3;
}

bool hidden_is_table(const char *p, size_t n)
{
	return is_table_by(p, n, ',') || is_table_by(p, n, ';') || is_table_by(p, n, '\t') || is_table_by(p, n, '|');
}
