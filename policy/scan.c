/* policy/scan.c - identity numbers, pseudonyms, e-mail addresses and account numbers in text: one pass over the
 * words of each line or field, no regular expressions. How sure a match must be:
 *   block on one:   the check passes and a separator, a letter or a century says what it is
 *   block on three: bare digits whose check passes; or on one, with a word like "hetu" within 40 characters.
 *                   Random ten-digit numbers pass the British check in one case of eleven, and times of day the
 *                   Swedish one in ten, so most of a file's numbers must pass, else a person looks
 *   block on five:  a Danish or Icelandic form and date without check digit, lawful since 2007 and 2026 */
#include <string.h>

#include "policy/inside.h"
#include "spe/psn.h"

#define DISTINCT_BARE 3
#define DISTINCT_WEAK 5
#define TOKENS_MAX 100000 /* keyed tests in one file: half a second */

static const char fix_number[] = "remove the number; results never need one";

const char *scan_kind(enum idnum_kind k)
{
	static const char *const names[IDNUM_COUNT] = {
		[IDNUM_NONE] = "an identity number",
		[IDNUM_FI] = "a Finnish personal identity code",
		[IDNUM_SE] = "a Swedish personal identity number",
		[IDNUM_NO] = "a Norwegian national identity number",
		[IDNUM_DK] = "a Danish or Greenlandic CPR number",
		[IDNUM_IS] = "an Icelandic kennitala",
		[IDNUM_EE] = "an Estonian or Lithuanian personal code",
		[IDNUM_LT] = "an Estonian or Lithuanian personal code",
		[IDNUM_LV] = "a Latvian personal code",
		[IDNUM_FO] = "a Faroese P-tal",
		[IDNUM_NHS] = "an NHS or CHI number",
	};

	return names[k < IDNUM_COUNT ? k : IDNUM_NONE];
}

bool scan_has_context(const char *fold, size_t n)
{
	static const char *const words[] = { "asmens", "cpr", "cprnr", "dnr", "fnr", "fodselsnr",
		"fodselsnummer", "henkilotunnus", "hetu", "identitetsnummer", "isikukood",
		"kennitala", "kt", "lopnr", "mrn", "nhs", "patient", "patientid", "personas",
		"personid", "personnr", "personnummer", "pin", "pnr", "potilas", "ptal", "pasient",
		"samordningsnummer", "sotu", "ssn", NULL };
	size_t i = 0, from;

	while (i < n) {
		while (i < n && !fold_is_word(fold[i]))
			i++;
		for (from = i; i < n && fold_is_word(fold[i]);)
			i++;
		if (word_in(words, fold + from, i - from))
			return true;
	}
	return false;
}

static bool near_context(const struct scan *s, size_t from, size_t to)
{
	size_t begin = from > SCAN_CONTEXT ? from - SCAN_CONTEXT : 0;
	size_t end = s->len - to > SCAN_CONTEXT ? to + SCAN_CONTEXT : s->len;

	return s->named || scan_has_context(s->fold + begin, from - begin) ||
	       scan_has_context(s->fold + to, end - to);
}

static char at(const struct scan *s, size_t i)
{
	return i < s->len ? s->fold[i] : '\n';
}

/* Where folded byte i stands in the file; walks on from where it was asked last. */
static struct place place_of(struct scan *s, size_t i)
{
	struct place p = s->at;
	size_t index = i - s->start;

	if (s->field || s->report->count == SPE_FINDINGS_MAX)
		return p;
	if (index < s->seen_index)
		s->seen_index = s->seen_at = 0;
	s->seen_at += text_unfold(
		s->piece + s->seen_at, s->piece_len - s->seen_at, s->json, index - s->seen_index);
	s->seen_index = index;
	p.column = (uint32_t)s->seen_at + 1;
	p.offset += s->seen_at;
	return p;
}

static uint64_t hash_text(const char *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

	for (; n > 0; n--, p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3u;
	return h;
}

/* --- identity numbers --- */

static void add_number(struct scan *s, enum finding_severity severity, enum idnum_kind kind,
	const char *head, struct place p, const char *why)
{
	report_add(s->report, RULE_IDNUM, severity, p, fix_number, "%s%s (%.2s...)%s", s->where,
		scan_kind(kind), head, why);
}

/* Keep a number that alone proves nothing; digits as they read without separators. */
static void keep(struct scan *s, enum idnum_kind kind, const char *digits, size_t n, size_t from,
	bool weak, bool usual)
{
	uint64_t hash = hash_text(digits, n);
	struct scan_hit *h;
	size_t i;

	if (!weak)
		s->passed[usual][n]++;
	for (i = 0; i < s->hits; i++)
		if (s->hit[i].hash == hash && s->hit[i].weak == weak)
			return;
	if (s->hits == SCAN_HITS)
		return;
	h = &s->hit[s->hits++];
	*h = (struct scan_hit){ .at = place_of(s, from),
		.kind = kind,
		.hash = hash,
		.head = { digits[0], digits[1], '\0' },
		.digits = (uint8_t)n,
		.weak = weak,
		.usual = usual };
}

/* The strongest reading. */
static enum idnum_strength best(const char *p, size_t n, enum idnum_kind *ret)
{
	enum idnum_strength most = IDNUM_NO_MATCH;
	enum idnum_kind k;

	for (k = IDNUM_FI; k < IDNUM_COUNT; k++) {
		enum idnum_strength m = idnum_match(k, p, n);

		if (m > most) {
			most = m;
			*ret = k;
		}
	}
	return most;
}

static int two_digits(const char *p)
{
	return (p[0] - '0') * 10 + (p[1] - '0');
}

/* Digits that also read as a date of this century with hour and minute, as programs write them. */
static bool is_time(const char *d, size_t n)
{
	const char *hour = d + n - 4;
	int a = two_digits(d), b = two_digits(d + 4);

	if (two_digits(hour) > 23 || two_digits(hour + 2) > 59)
		return false;
	return n == 12 ? a == 20 : (a >= 20 && a <= 29) || (b >= 20 && b <= 29);
}

/* How many digits of p..p+n, copied to ret (room for 16). */
static size_t digits_of(const char *p, size_t n, char *ret)
{
	size_t i, len = 0;

	for (i = 0; i < n && len < 15; i++)
		if (fold_is_digit(p[i]))
			ret[len++] = p[i];
	return len;
}

/* How a number is written: as it stands; in groups that people use; in the British 3-3-4; in any other groups. */
enum grouping { SOLID, USUAL, BRITISH, ODD };

/* One reading of from..to, which is text[0..n), grouped or not. */
static void judge(
	struct scan *s, size_t from, size_t to, const char *text, size_t n, enum grouping g)
{
	enum idnum_kind kind = IDNUM_NONE;
	enum idnum_strength strength = best(text, n, &kind);
	char digits[16];
	size_t len = digits_of(text, n, digits);
	bool timely = (len == 10 || len == 12) && !memchr(text, '+', n) && is_time(digits, len);
	bool usual = g != ODD && !(kind == IDNUM_NHS && g == USUAL);

	if (len >= 10 && len <= 12)
		s->runs[usual][len]++;
	if (strength == IDNUM_NO_MATCH)
		return;
	if (strength == IDNUM_STRONG && g == SOLID && (kind == IDNUM_FI || !timely))
		add_number(s, FINDING_BLOCK, kind, text, place_of(s, from), " is written out");
	else if (near_context(s, from, to))
		add_number(s, FINDING_BLOCK, kind, text, place_of(s, from),
			" is written out beside a word that announces one");
	else if (strength > IDNUM_WEAK)
		keep(s, kind, digits, len, from, false, usual);
	else if (g == SOLID && kind != IDNUM_FO && n > len && (kind != IDNUM_IS || digits[0] < '8'))
		keep(s, kind, digits, len, from, true, true);
}

/* The number beside a comma is long too: a list, not a decimal comma. */
static bool list_comma(const struct scan *s, size_t comma, int step)
{
	size_t i = comma + (size_t)step, n = 0;

	while (i < s->len && fold_is_digit(s->fold[i]) && n < 9) {
		n++;
		i += (size_t)step;
	}
	return s->json || n >= 9;
}

/* Part of a larger number: 0.1234567890, 1234567890.5, 12:1234567890, +4512345678. */
static bool part_before(const struct scan *s, size_t from)
{
	char c = from > s->start ? s->fold[from - 1] : '\n';

	if (c == '+')
		return true;
	if (from < s->start + 2 || !fold_is_digit(s->fold[from - 2]))
		return c == '.' && !fold_is_word(from >= s->start + 2 ? s->fold[from - 2] : '\n');
	return c == '.' || (c == ':' && !s->json) || (c == ',' && !list_comma(s, from - 1, -1));
}

static bool part_after(const struct scan *s, size_t to)
{
	char c = at(s, to);

	if (!fold_is_digit(at(s, to + 1)))
		return false;
	return c == '.' || c == ':' || (c == ',' && !list_comma(s, to, 1));
}

static size_t digits_end(const struct scan *s, size_t i)
{
	while (i < s->len && fold_is_digit(s->fold[i]))
		i++;
	return i;
}

static size_t word_end(const struct scan *s, size_t i)
{
	while (i < s->len && fold_is_word(s->fold[i]))
		i++;
	return i;
}

/* Groups that people write: date first, 2-2-2 or 4-2-2, the British 3-3-4, or every digit apart. */
static enum grouping grouping_of(const uint8_t *group, size_t groups)
{
	size_t i = 0;

	if (groups == 3 && group[0] == 3 && group[1] == 3 && group[2] == 4)
		return BRITISH;
	if ((group[0] == 6 || group[0] == 8) && groups == 2)
		return USUAL;
	if (group[0] == 6 && groups == 3)
		return USUAL;
	if (groups >= 4 && (group[0] == 2 || group[0] == 4) && group[1] == 2 && group[2] == 2)
		return USUAL;
	while (i < groups && group[i] == 1)
		i++;
	return i == groups ? USUAL : ODD;
}

static bool joins(const struct scan *s, size_t i)
{
	return memchr(" ./_-", at(s, i), 5) && fold_is_digit(at(s, i + 1));
}

/* Groups from..to that make 10 to 12 digits. Inside a longer chain of groups only usual ones count; a number
 * like 211062-5629 was read as it stands already. */
static void window(struct scan *s, size_t from, size_t to, const char *digits, size_t n,
	const uint8_t *group, size_t groups)
{
	enum grouping g = grouping_of(group, groups);
	bool whole = !joins(s, to) && !(from >= s->start + 2 && joins(s, from - 1) &&
					      fold_is_digit(s->fold[from - 2]));

	if (groups == 2 && at(s, from + group[0]) == '-' && (group[0] == 6 || group[0] == 8))
		return;
	if (((g == ODD || group[0] == 1) && !whole) || part_before(s, from) || part_after(s, to))
		return;
	judge(s, from, to, digits, n, g);
}

/* Digit groups from here on with single separators between them, read as one number. */
static void chain(struct scan *s, size_t from)
{
	char digits[16];
	uint8_t group[16];
	size_t n = 0, groups = 0, i = from;

	for (;;) {
		size_t to = digits_end(s, i);

		if (n + (to - i) > 12 || fold_is_word(at(s, to)))
			return;
		memcpy(digits + n, s->fold + i, to - i);
		n += to - i;
		group[groups++] = (uint8_t)(to - i);
		if (groups > 1 && n >= 10)
			window(s, from, to, digits, n, group, groups);
		if (!joins(s, to))
			return;
		i = to + 1;
	}
}

static bool dotted(const struct scan *s, size_t from, size_t to)
{
	bool before = from >= s->start + 2 && s->fold[from - 1] == '.' &&
		      fold_is_digit(s->fold[from - 2]);

	return before || (at(s, to) == '.' && fold_is_digit(at(s, to + 1)));
}

/* A word that begins with digits: from..to, of which the first n are digits. */
static void number_word(struct scan *s, size_t from, size_t to, size_t n)
{
	char sign = at(s, to);
	size_t end = to;

	if (from + n < to) { /* 131052a308t */
		if (to - from == 11 && n == 6 && !dotted(s, from, to))
			judge(s, from, to, s->fold + from, to - from, SOLID);
		return;
	}
	if ((n == 6 || n == 8) && (sign == '-' || sign == '+'))
		end = word_end(s, to + 1);
	if (end > to + 3 && end <= to + 6 && !dotted(s, from, end))
		judge(s, from, end, s->fold + from, end - from, SOLID);
	else if (n >= 10 && n <= 12 && !part_before(s, from) && !part_after(s, to))
		judge(s, from, to, s->fold + from, n, SOLID);
}

/* --- pseudonyms --- */

static void add_token(struct scan *s, size_t from, bool known)
{
	report_add(s->report, RULE_PSEUDONYM, known ? FINDING_BLOCK : FINDING_REVIEW,
		place_of(s, from),
		known ? "remove the pseudonym; it stands for one person"
		      : "remove it if it is a pseudonym; the check inside the environment knows",
		known ? "%sa pseudonym (%.2s...) is written out"
		      : "%sa word (%.2s...) has the form of a pseudonym",
		s->where, s->fold + from);
}

static void tokens(struct scan *s, size_t from, size_t to)
{
	size_t i;

	if (!s->k_check) {
		if (to - from == PSN_TOKEN && psn_is_grammar(s->fold + from, PSN_TOKEN))
			add_token(s, from, false);
		return;
	}
	for (i = from; i + PSN_TOKEN <= to; i++) {
		if (s->fold[i] != 'p' || !psn_is_grammar(s->fold + i, PSN_TOKEN))
			continue;
		if (s->tried++ == TOKENS_MAX)
			report_add(s->report, RULE_PSEUDONYM, FINDING_BLOCK, place_of(s, i),
				"leave long runs of letters out of outputs",
				"%smore than 100000 words have the form of a pseudonym; the rest can't be "
				"tested",
				s->where);
		if (s->tried > TOKENS_MAX)
			return;
		if (psn_is_token(s->k_check, s->fold + i, PSN_TOKEN))
			add_token(s, i, true);
	}
}

/* --- account numbers: ISO 13616; lengths from the IBAN registry --- */

static unsigned iban_length(const char *country)
{
	static const char list[] =
		"fi18se24no15dk18fo18gl18is26ee20lv21lt20gb22de22nl18fr27pl28es24it27";
	const char *p;

	for (p = list; *p; p += 4)
		if (p[0] == country[0] && p[1] == country[1])
			return (unsigned)two_digits(p + 2);
	return 0;
}

/* Mod 97 of the number with its first four characters moved to the end, letters as 10 to 35. */
static unsigned iban_rest(const char *p, size_t n)
{
	unsigned rest = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		char c = p[(i + 4) % n];
		unsigned v = fold_is_digit(c) ? (unsigned)(c - '0') : (unsigned)(c - 'a') + 10;

		rest = (rest * (v > 9 ? 100 : 10) + v) % 97;
	}
	return rest;
}

static void iban(struct scan *s, size_t from)
{
	char text[40];
	unsigned want = iban_length(s->fold + from);
	size_t n = 0, i = from;

	while (want > 0 && n < want && i < s->len) {
		char c = s->fold[i];

		if (fold_is_word(c) && c != FOLD_LETTER)
			text[n++] = c;
		else if ((c != ' ' && c != '-') || !fold_is_word(at(s, i + 1)))
			break;
		i++;
	}
	if (want == 0 || n < want || fold_is_word(at(s, i)) || iban_rest(text, n) != 1)
		return;
	report_add(s->report, RULE_IBAN, FINDING_BLOCK, place_of(s, from),
		"remove the account number", "%san account number (IBAN %.2s...) is written out",
		s->where, text);
}

/* --- e-mail: RFC 5322's dot-atom; at most 64 and 254 characters --- */

static bool is_atom(char c)
{
	return c > ' ' && c < 0x7f && (fold_is_word(c) || strchr(".!#$%&'*+/=?^_{|}~-", c));
}

/* End of the domain that begins at i, or 0 where there is none with a dot and a name of letters behind it. */
static size_t domain_end(const struct scan *s, size_t i, size_t *ret_top)
{
	size_t label = i, end = i, dots = 0;

	for (; i < s->len && i - label < 63; i++) {
		char c = s->fold[i];

		if (c == '.' && i > label) {
			if (!fold_is_word(at(s, i + 1)))
				break;
			dots++;
			label = i + 1;
		} else if (!fold_is_word(c) && c != '-') {
			break;
		}
		end = i + 1;
	}
	*ret_top = label;
	for (i = label; i < end; i++)
		if (s->fold[i] < 'a' || s->fold[i] > 'z')
			return 0;
	return dots > 0 && end - label >= 2 ? end : 0;
}

/* Top-level names by which a string is surely an address; R writes object@slot.name as well. */
static bool is_top(const char *p, size_t n)
{
	static const char *const names[] = { "com", "net", "org", "edu", "gov", "int", "mil",
		"info", "biz", "name", "health", "care", "hospital", "email", "cloud", "online",
		NULL };

	return n == 2 || word_in(names, p, n);
}

static bool is_role(const char *p, size_t n)
{
	static const char *const roles[] = { "admin", "biostat", "contact", "data", "git", "help",
		"helpdesk", "info", "kirjaamo", "mail", "no-reply", "noreply", "office", "post",
		"postmottak", "registrator", "statistics", "support", "webmaster", NULL };

	return word_in(roles, p, n);
}

static void mail(struct scan *s, size_t sign)
{
	size_t from = sign, top, end = domain_end(s, sign + 1, &top);
	bool sure;

	while (from > s->start && sign - from < 64 && is_atom(s->fold[from - 1]))
		from--;
	if (end == 0 || from == sign)
		return;
	sure = is_top(s->fold + top, end - top) && !is_role(s->fold + from, sign - from);
	report_add(s->report, RULE_MAIL, sure ? FINDING_BLOCK : FINDING_REVIEW, place_of(s, from),
		"remove the address", "%s%s (%.*s...) is written out", s->where,
		sure ? "an e-mail address" : "what may be an e-mail address",
		sign - from < 2 ? 1 : 2, s->fold + from);
}

/* --- pieces --- */

static void words(struct scan *s)
{
	size_t i = s->start;

	while (i < s->len) {
		size_t to = word_end(s, i), digits;

		if (to == i) {
			if (s->fold[i] == '@')
				mail(s, i);
			i++;
			continue;
		}
		digits = digits_end(s, i) - i;
		if (to - i >= PSN_TOKEN)
			tokens(s, i, to);
		if (digits > 0) {
			number_word(s, i, to, digits);
			chain(s, i);
		} else if (to - i >= 4 && fold_is_digit(s->fold[i + 2]) &&
			   fold_is_digit(s->fold[i + 3])) {
			iban(s, i);
		}
		i = to;
	}
}

/* Behind the last characters of the line before, which may hold a context word. */
static bool fold_piece(struct scan *s, const char *p, size_t n)
{
	size_t tail = s->len - s->start < SCAN_CONTEXT ? s->len - s->start : SCAN_CONTEXT;

	if (!room_for((void **)&s->fold, &s->room, 0, n + SCAN_CONTEXT + 1, 1)) {
		s->no_memory = true;
		return false;
	}
	if (s->field)
		tail = 0;
	memmove(s->fold, s->fold + s->len - tail, tail);
	s->fold[tail] = '\n';
	s->start = tail + 1;
	s->len = s->start + text_fold(p, n, s->json, s->fold + s->start);
	s->piece = p;
	s->piece_len = n;
	s->seen_index = s->seen_at = 0;
	return true;
}

void scan_begin(struct scan *s, struct report *r, const uint8_t *k_check, bool json)
{
	*s = (struct scan){ .report = r, .k_check = k_check, .json = json, .where = "" };
	report_ran(r, RULE_IDNUM);
	report_ran(r, RULE_PSEUDONYM);
	report_ran(r, RULE_MAIL);
	report_ran(r, RULE_IBAN);
}

void scan_field(struct scan *s, const char *p, size_t n, struct place where, bool named)
{
	s->at = where;
	s->field = true;
	s->named = named;
	if (!s->no_memory && fold_piece(s, p, n))
		words(s);
}

void scan_text(struct scan *s, const char *p, size_t n)
{
	const char *line = p, *end = p + n;

	s->at = (struct place){ .line = 1 };
	s->field = s->named = false;
	while (line < end && !s->no_memory) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((stop ? stop : end) - line);

		s->at.offset = (uint64_t)(line - p);
		if (fold_piece(s, line, len))
			words(s);
		s->at.line++;
		line += len + 1;
	}
}

/* Three distinct ones of a class, and at least half of the numbers of their lengths pass. */
static bool most_pass(const struct scan *s, bool usual)
{
	uint64_t passed = 0, runs = 0;
	size_t i, distinct = 0;

	for (i = 0; i < s->hits; i++)
		distinct += !s->hit[i].weak && s->hit[i].usual == usual;
	for (i = 10; i <= 12; i++) {
		passed += s->passed[usual][i];
		runs += s->passed[usual][i] > 0 ? s->runs[usual][i] : 0;
	}
	return distinct >= DISTINCT_BARE && passed * 2 >= runs;
}

static void end_weak(struct scan *s, const struct scan_hit *h, size_t weak)
{
	bool sure = weak >= DISTINCT_WEAK;

	add_number(s, sure ? FINDING_BLOCK : FINDING_REVIEW, h->kind, h->head, h->at,
		sure ? " is one of five or more of its form"
		     : " may be written out: form and date fit, there is no check digit");
}

/* A single British number is left alone: chance makes one of eleven ten-digit numbers pass. */
static void end_bare(struct scan *s, const struct scan_hit *h, bool sure)
{
	if (sure)
		add_number(s, FINDING_BLOCK, h->kind, h->head, h->at,
			" is one of three or more whose check digits pass");
	else if (h->usual && h->kind != IDNUM_NHS)
		add_number(s, FINDING_REVIEW, h->kind, h->head, h->at,
			" may be written out: its check digit passes, which chance can do");
}

void scan_end(struct scan *s)
{
	bool sure[2] = { most_pass(s, false), most_pass(s, true) };
	size_t i, weak = 0;

	for (i = 0; i < s->hits; i++)
		weak += s->hit[i].weak;
	for (i = 0; i < s->hits; i++) {
		const struct scan_hit *h = &s->hit[i];

		if (h->weak)
			end_weak(s, h, weak);
		else
			end_bare(s, h, sure[h->usual]);
	}
	if (s->no_memory)
		report_add(s->report, RULE_IDNUM, FINDING_BLOCK, (struct place){ 0 },
			"ask for smaller outputs", "there was no memory to search this file");
	free(s->fold);
	s->fold = NULL;
}
