/* policy/direct.c - other things that point at one person: accounts, e-mail, telephone, network addresses, numbers that a
 * word announces, coordinates. Parsed, not guessed: lengths, ranges and checksums of each kind. */
#include <string.h>

#include "policy/scan.h"

/* --- account numbers: ISO 13616; lengths from the IBAN registry, release 99 --- */

static unsigned iban_length(const struct scan *s, size_t i)
{
	static const char list[] =
		"ad24ae23al28at20az28ba20be16bg22bh22bi27br29by28ch21cr22cy28cz24de22dj27dk18do28ee20eg29"
		"es24fi18fk18fo18fr27gb22ge22gi23gl18gr27gt28hn28hr21hu28ie22il23iq23is26it27jo30kw30kz20"
		"lb28lc32li21lt20lu20lv21ly25mc27md24me22mk19mn20mr27mt31mu30ni28nl18no15om23pk24pl28ps29"
		"pt25qa29ro24rs22ru33sa24sc31sd18se24si19sk24sm27so23st25sv28tl23tn24tr26ua29va22vg24xk20"
		"ye30";
	char a = at(s, i), b = at(s, i + 1);
	const char *p;

	for (p = list; *p; p += 4)
		if (p[0] == a && p[1] == b)
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

void judge_iban(struct scan *s, size_t from)
{
	char text[40];
	unsigned want = iban_length(s, from);
	size_t n = 0, i = from;

	while (want > 0 && n < want && i < s->len) {
		char c = at(s, i);

		if (is_word(c) && c != FOLD_LETTER)
			text[n++] = c;
		else if ((c != ' ' && c != '-') || !is_word(at(s, i + 1)))
			break;
		i++;
	}
	if (want == 0 || n < want || is_word(at(s, i)) || iban_rest(text, n) != 1)
		return;
	report_add(s->report, RULE_IBAN, FINDING_BLOCK, place_of(s, from),
		"remove the account number", "%san account number (IBAN %.2s...) is written out",
		s->where, text);
}

/* --- e-mail: RFC 5322's dot-atom; RFC 5321's 64 and 254 characters --- */

static bool is_atom(char c)
{
	return c > ' ' && c < 0x7f && (is_word(c) || strchr(".!#$%&'*+/=?^_{|}~-", c));
}

/* End of the domain that begins at i, or 0 where there is none with a dot and a name of letters behind it. */
static size_t domain_end(const struct scan *s, size_t i, size_t *ret_top)
{
	size_t label = i, end = i, dots = 0;

	for (; i < s->len && i - label < 64; i++) {
		char c = at(s, i);

		if (c == '.' && i > label) {
			if (!is_word(at(s, i + 1)))
				break;
			dots++;
			label = i + 1;
		} else if (!is_word(c) && c != '-') {
			break;
		}
		end = i + 1;
	}
	*ret_top = label;
	for (i = label; i < end; i++)
		if (at(s, i) < 'a' || at(s, i) > 'z')
			return 0;
	return dots > 0 && end - label >= 2 && end - label < 64 ? end : 0;
}

/* Top-level names by which a string is surely an address; R writes object@slot.name as well. */
static bool is_top(const char *p, size_t n)
{
	static const char *const names[] = { "com", "net", "org", "edu", "gov", "int", "mil",
		"info", "biz", "name", "health", "care", "hospital", "email", "cloud", "online",
		"swiss", "eus", "scot", "wales", "berlin", "stockholm", NULL };

	return n == 2 || word_in(names, p, n);
}

static bool is_role(const char *p, size_t n)
{
	static const char *const roles[] = { "admin", "biostat", "contact", "data", "git", "help",
		"helpdesk", "info", "kirjaamo", "kontakt", "mail", "no-reply", "noreply", "office",
		"post", "postmaster", "postmottak", "registrator", "root", "statistics", "support",
		"webmaster", NULL };

	return word_in(roles, p, n);
}

/* A copy in small letters, cut at 64. */
static size_t copy_small(char ret[64], const struct scan *s, size_t from, size_t to)
{
	size_t n;

	for (n = 0; n < 64 && from + n < to; n++)
		ret[n] = at(s, from + n);
	return n;
}

void judge_mail(struct scan *s, size_t sign)
{
	char local[64], name[64];
	size_t from = sign, top, end = domain_end(s, sign + 1, &top);
	bool sure;

	while (from > 0 && sign - from < 64 && is_atom(s->v[from - 1]))
		from--;
	if (end == 0 || from == sign || end - from > 254)
		return;
	copy_small(local, s, from, sign);
	copy_small(name, s, top, end);
	sure = is_top(name, end - top) && !is_role(local, sign - from);
	report_add(s->report, RULE_MAIL, sure ? FINDING_BLOCK : FINDING_REVIEW, place_of(s, from),
		"remove the address", "%s%s (%.*s...) is written out", s->where,
		sure ? "an e-mail address" : "what may be an e-mail address",
		sign - from < 2 ? 1 : 2, local);
}

/* --- telephone: E.164; national lengths of the Nordic and Baltic countries --- */

static const struct {
	const char *code;
	uint8_t least, most; /* digits behind it */
} countries[] = { { "45", 8, 8 }, { "47", 8, 8 }, { "46", 7, 9 }, { "358", 5, 12 }, { "354", 7, 7 },
	{ "298", 6, 6 }, { "299", 6, 6 }, { "372", 7, 8 }, { "371", 8, 8 }, { "370", 8, 8 } };

/* 1: a number of a country in the table; 0: of another country; -1: of one in the table, and the length is wrong. */
static int national(const char *digits, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof(countries) / sizeof(countries[0]); i++) {
		size_t code = strlen(countries[i].code);

		if (n >= code && memcmp(digits, countries[i].code, code) == 0)
			return n - code >= countries[i].least && n - code <= countries[i].most ? 1
											       : -1;
	}
	return 0;
}

/* Digits of a telephone number from i on, at most 16; single separators are left out, and brackets like (0) if asked. */
static size_t dial(const struct scan *s, size_t i, bool brackets, char ret[16], size_t *ret_groups,
	size_t *ret_end)
{
	size_t n = 0, begin;

	*ret_groups = 1;
	for (;;) {
		for (begin = i; fold_is_digit(at(s, i)) && n < 16;)
			ret[n++] = at(s, i++);
		*ret_end = i;
		if (at(s, i) == '.' && i - begin > 4) /* a decimal point */
			return n;
		if (brackets && at(s, i) == ' ' && at(s, i + 1) == '(')
			i++;
		if (brackets && at(s, i) == '(' && at(s, i + 1) == '0' && at(s, i + 2) == ')')
			i += 3;
		else if (brackets && (at(s, i) == '(' || at(s, i) == ')'))
			i++;
		i += is_joint(at(s, i)) && at(s, i) != '_';
		if (n == 16 || i == *ret_end || !fold_is_digit(at(s, i)))
			return n;
		++*ret_groups;
	}
}

static void add_phone(struct scan *s, enum tally which, size_t from, const char *digits, size_t n)
{
	if (!tally(s, which, digits, n, from))
		return;
	report_add(s->report, RULE_PHONE, FINDING_REVIEW, place_of(s, from),
		"remove the number if it is a person's",
		"%swhat may be a telephone number (%.2s...) is written out", s->where, digits);
}

/* Decimals, powers and percentages follow numbers that have a sign, and no telephone number. */
static bool is_quantity(const struct scan *s, size_t end)
{
	char c = at(s, end);

	return is_word(c) || c == '%' || ((c == '.' || c == ',') && fold_is_digit(at(s, end + 1)));
}

void judge_plus(struct scan *s, size_t i)
{
	char digits[16];
	size_t groups, end, n;
	int known;

	if (is_word(before(s, i)) || at(s, i + 1) == '0')
		return;
	n = dial(s, i + 1, true, digits, &groups, &end);
	known = national(digits, n);
	if (n < 7 || n > 15 || known < 0 || is_quantity(s, end))
		return;
	if (known > 0 || groups > 1 || n >= 10)
		add_phone(s, TALLY_PLUS, i, digits, n);
}

/* 00 instead of '+': counters with leading zeros begin so too, hence groups, and three for a country not in the table. */
void judge_phone(struct scan *s, size_t i)
{
	char digits[16];
	size_t groups, end, n, from;
	int known;

	if (at(s, i) != '0' || at(s, i + 1) != '0' || before(s, i) == '.' || before(s, i) == '-' ||
		before(s, i) == '+')
		return;
	from = i;
	i += is_joint(at(s, i + 2)) ? 3 : 2;
	if (!fold_is_digit(at(s, i)) || at(s, i) == '0')
		return;
	n = dial(s, i, false, digits, &groups, &end);
	known = national(digits, n);
	if (n < 7 || n > 15 || is_quantity(s, end) || known < 0 || groups < 2)
		return;
	if (known == 0 && (groups < 3 || s->v[i - 1] != ' '))
		return;
	add_phone(s, TALLY_ZEROS, from, digits, n);
}

/* --- network addresses --- */

static void add_net(struct scan *s, enum tally which, size_t from, size_t to, const char *what)
{
	char head[64];
	size_t n = copy_small(head, s, from, to);

	if (!tally(s, which, head, n, from))
		return;
	report_add(s->report, RULE_NETWORK, FINDING_REVIEW, place_of(s, from),
		"remove the address; it can lead to a person or a machine",
		"%s%s (%.2s...) is written out", s->where, what, head);
}

/* The word before, or the one before that, says that numbers with dots count versions. */
static bool is_version(const struct scan *s, size_t i)
{
	static const char *const words[] = { "v", "ver", "version", "versions", "release", "rev",
		"revision", "build", "versio", "versjon", "section", "chapter", "oid", "r", NULL };
	char word[64];
	size_t from, to, k;

	for (k = 0; k < 2 && word_before(s, i, 4, &from, &to); k++, i = from)
		if (word_in(words, word, copy_small(word, s, from, to)))
			return true;
	return false;
}

/* Four numbers to 255 with dots between; small: all have one digit, as version numbers do. */
static size_t parse_ipv4(const struct scan *s, size_t i, unsigned ret[4], bool *ret_small)
{
	size_t part, to;

	*ret_small = true;
	for (part = 0; part < 4; part++, i = to + 1) {
		to = digits_end(s, i);
		if (to == i || to - i > 3 || (to - i > 1 && s->v[i] == '0'))
			return 0;
		*ret_small &= to - i == 1;
		for (ret[part] = 0; i < to; i++)
			ret[part] = ret[part] * 10 + (unsigned)(s->v[i] - '0');
		if (ret[part] > 255 || (part < 3 && at(s, to) != '.'))
			return 0;
	}
	return i - 1;
}

void judge_ipv4(struct scan *s, size_t i)
{
	unsigned part[4];
	bool one_each;
	size_t end;
	char c = before(s, i);

	if (c == '.' || c == '-' || c == '_' || c == '+')
		return;
	end = parse_ipv4(s, i, part, &one_each);
	if (end == 0 || is_word(at(s, end)) || (at(s, end) == '.' && is_word(at(s, end + 1))) ||
		((at(s, end) == '-' || at(s, end) == '_') && is_word(at(s, end + 1))))
		return;
	if (part[0] == 0 || part[0] == 127 || part[0] == 255 || one_each || is_version(s, i))
		return;
	add_net(s, TALLY_IPV4, i, end, "an IP address");
}

static bool is_hex(char c)
{
	return fold_is_digit(c) || (c >= 'a' && c <= 'f');
}

/* Six pairs of hexadecimal digits with ':' or '-' between; ret_end is 0 where there are none. */
static size_t parse_mac(const struct scan *s, size_t i)
{
	char joint = at(s, i + 2);
	size_t k, letters = 0, zeros = 0;

	if (joint != ':' && joint != '-')
		return 0;
	for (k = 0; k < 6; k++, i += 3) {
		char a = at(s, i), b = at(s, i + 1);

		if (!is_hex(a) || !is_hex(b) || (k < 5 && at(s, i + 2) != joint))
			return 0;
		letters += a > '9' || b > '9';
		zeros += a == b && (a == '0' || a == 'f');
	}
	i--;
	if (is_word(at(s, i)) || (at(s, i) == joint && is_hex(at(s, i + 1))) || zeros == 6)
		return 0;
	return joint == ':' || letters > 0 ? i : 0;
}

struct groups6 {
	size_t count, letters, longest;
	bool gap; /* "::" */
};

/* RFC 4291, section 2.2, without the form that ends in an IPv4 address; 0: none. */
static size_t parse_ipv6(const struct scan *s, size_t i, struct groups6 *g)
{
	*g = (struct groups6){ 0 };
	for (;;) {
		size_t n = 0;

		for (; is_hex(at(s, i)) && n < 5; i++, n++)
			g->letters += at(s, i) > '9';
		g->count += n > 0;
		g->longest = n > g->longest ? n : g->longest;
		if (n > 4 || g->count > 8)
			return 0;
		if (at(s, i) != ':' || (at(s, i + 1) != ':' && !is_hex(at(s, i + 1))))
			return i;
		i++;
		if (at(s, i) != ':')
			continue;
		if (g->gap)
			return 0;
		g->gap = true;
		i++;
	}
}

/* Hours, minutes and seconds have no letters; C++ and R put "::" between names. */
static bool is_ipv6(const struct scan *s, size_t end, const struct groups6 *g)
{
	if (is_word(at(s, end)) || (at(s, end) == ':' && is_word(at(s, end + 1))))
		return false;
	if (!g->gap)
		return g->count == 8 && (g->letters > 0 || g->longest > 2);
	return g->count >= 2 && g->count < 8 && g->longest > 2 &&
	       (g->count > 2 || s->v[end - 1] <= '9');
}

/* A run of hexadecimal digits and ':' that begins at i. */
void judge_colons(struct scan *s, size_t i)
{
	struct groups6 g;
	size_t end = i, start = i;

	if (is_word(before(s, i)) || before(s, i) == '-')
		return;
	while (end < i + 5 && is_hex(at(s, end)))
		end++;
	if (at(s, end) != ':' && at(s, end) != '-')
		return;
	end = parse_mac(s, i);
	if (end > 0) {
		add_net(s, s->v[i + 2] == '-' ? TALLY_DASHES : TALLY_COLONS, start, end,
			"a MAC address");
		return;
	}
	end = parse_ipv6(s, i, &g);
	if (end > 0 && is_ipv6(s, end, &g))
		add_net(s, TALLY_COLONS, start, end, "an IP address");
}

/* --- numbers that a word announces: "MRN 1234567", "journal nr. 12345", "hospital no: 12345" --- */

/* Public collections of data number their parts too. */
static bool is_public(const struct scan *s, size_t from)
{
	static const char *const words[] = { "gse", "gsm", "gpl", "srr", "srp", "srx", "srs", "prj",
		"pxd", "ega", "err", "erp", "ncb", "nct", "phs", "pmi", "pmc", "doi", "ens", "uni",
		"isr", "eud", NULL };
	char word[64];

	return copy_small(word, s, from, from + 3) == 3 && word_in(words, word, 3);
}

static bool tells(const struct word *w)
{
	return w->meaning == WORD_RECORD || w->meaning == WORD_PLACE || w->meaning == WORD_FILLER;
}

void told_begin(struct scan *s)
{
	word_endings(tells, true, s->endings);
}

/* Up to three words before i, alone or joined to the last one: "mrn", "hospital no"; a filler may stand between. */
static const struct word *announcing(const struct scan *s, size_t i, enum word_meaning meaning)
{
	size_t from[3], to[3], n = 0, k, last, fillers = 0;
	const struct word *w;

	if (!ends_tell(s, i))
		return NULL;
	while (n < 3 && word_before(s, n > 0 ? from[n - 1] : i, 3, &from[n], &to[n]))
		n++;
	for (last = 0; last < 2 && last < n; last++) {
		if (!word_may_be(s->endings, s->v + from[last], to[last] - from[last]))
			break;
		for (k = last; k < n; k++) {
			w = word_find(s->v + from[k], to[last] - from[k]);
			fillers += k == last && w && w->meaning == WORD_FILLER;
			if (w && w->meaning == meaning && (k > last || !w->maybe))
				return w;
		}
		if (fillers == last)
			break;
	}
	return NULL;
}

/* Where the number begins of which the word at i is the last part: 22-1048831. */
static size_t told_start(const struct scan *s, size_t i)
{
	size_t parts, from = i;

	for (parts = 0; parts < 2 && from > 1 && fold_is_digit(s->v[from - 2]) &&
			(s->v[from - 1] == '-' || s->v[from - 1] == '/');
		parts++)
		for (from--; from > 0 && fold_is_digit(s->v[from - 1]) && i - from < 16;)
			from--;
	return from;
}

void judge_told(struct scan *s, size_t i)
{
	char head[64];
	size_t to, n, start = told_start(s, i);
	const struct word *w = before(s, start) == '.' ? NULL : announcing(s, start, WORD_RECORD);
	bool sure;

	if (!w)
		return;
	to = word_end(s, i);
	if (to - i > 20 || is_public(s, i))
		return;
	sure = w->context;
	n = copy_small(head, s, i, to);
	if (!tally(s, TALLY_NUMBER, head, n, i))
		return;
	report_add(s->report, RULE_NUMBER, sure ? FINDING_BLOCK : FINDING_REVIEW, place_of(s, i),
		"remove the number",
		"%sa number (%.2s...) stands behind a word that announces a %s", s->where, head,
		sure ? "medical record" : "record, a case, a specimen or an insurance");
}

/* --- coordinates: 60.16995, 24.93840 --- */

/* Degrees with four decimals or more, about ten metres; 0: none. */
static size_t degrees_end(const struct scan *s, size_t i, unsigned most)
{
	size_t to, end;
	unsigned v = 0;

	i += at(s, i) == '-';
	to = digits_end(s, i);
	end = at(s, to) == '.' ? digits_end(s, to + 1) : to;
	if (to == i || to - i > 3 || end < to + 5 || is_word(at(s, end)))
		return 0;
	for (; i < to; i++)
		v = v * 10 + (unsigned)(s->v[i] - '0');
	return v <= most ? end : 0;
}

/* The second of two numbers: behind it a letter for east or west, before it one for north or south and the first. */
static bool is_lettered(const struct scan *s, size_t i, size_t end)
{
	size_t from, to, stop = end;

	if (!word_before(s, i, 3, &from, &to) || to - from != 1 ||
		(at(s, from) != 'n' && at(s, from) != 's'))
		return false;
	if (!word_before(s, from, 3, &from, &to) || !fold_is_digit(s->v[to - 1]))
		return false;
	while (end < stop + 3 && !is_word(at(s, end)) && at(s, end) != '\n')
		end++;
	return (at(s, end) == 'e' || at(s, end) == 'w') && !is_word(at(s, end + 1));
}

void judge_degrees(struct scan *s, size_t i)
{
	char head[64];
	size_t end = digits_end(s, digits_end(s, i) + 1), n;

	if (!announcing(s, i, WORD_PLACE) && !is_lettered(s, i, end))
		return;
	if (degrees_end(s, i, 180) == 0 || is_word(before(s, i)) || before(s, i) == '.')
		return;
	n = copy_small(head, s, i, end);
	if (tally(s, TALLY_PLACE, head, n, i))
		report_add(s->report, RULE_PLACE, FINDING_REVIEW, place_of(s, i),
			"release a region, or degrees with one decimal",
			"%sa coordinate (%.2s...) with four decimals or more is written out",
			s->where, head);
}

bool text_is_coordinate(const char *fold, size_t n)
{
	struct scan s = { .v = fold, .len = n };

	return n > 0 && degrees_end(&s, 0, 180) == n;
}

/* --- dates --- */

static bool is_day(int year, int month, int day)
{
	return year >= 1800 && year < 2200 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* Up to so many digits as a number; *p moves on. -1 where there are none, or more. */
static int take(const char **p, const char *end, size_t least, size_t most)
{
	int v = 0;
	size_t n = 0;

	for (; *p < end && fold_is_digit(**p) && n <= most; ++*p, n++)
		v = v * 10 + (**p - '0');
	return n >= least && n <= most ? v : -1;
}

/* 12:30, T12:30:45.123Z, and the like: digits, ':', '.', a zone. */
static bool is_clock(const char *p, const char *end)
{
	if (p == end)
		return true;
	if (*p != ' ' && small(*p) != 't')
		return false;
	for (p++; p < end; p++)
		if (!fold_is_digit(*p) && !memchr(":.+-z", small(*p), 5))
			return false;
	return true;
}

bool text_is_date(const char *fold, size_t n)
{
	const char *p = fold, *end = fold + n;
	int a = take(&p, end, 1, 8), b, c;
	size_t first = (size_t)(p - fold);
	char joint;

	if (a >= 0 && first == 8)
		return is_day(a / 10000, a / 100 % 100, a % 100) && is_clock(p, end);
	if (a < 0 || p == end || !memchr("-./", *p, 3) || (first > 2 && first != 4))
		return false;
	joint = *p++;
	p += joint == '.' && p < end && *p == ' ';
	b = take(&p, end, 1, 2);
	if (b < 0 || p == end || *p++ != joint)
		return false;
	p += joint == '.' && p < end && *p == ' ';
	c = first == 4 ? take(&p, end, 1, 2) : take(&p, end, 4, 4);
	if (c < 0 || !is_clock(p, end))
		return false;
	if (first == 4)
		return is_day(a, b, c);
	return is_day(c, b, a) || (joint == '/' && is_day(c, a, b));
}
