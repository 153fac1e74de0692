/* policy/scan.c - the search for what tells of one person: identity numbers (digits.c), pseudonyms (token.c), addresses
 * and announced numbers (direct.c), encoded data (blob.c). No regular expressions: every test is asked at each place
 * where a candidate can begin. The fast walk (fast.c) finds these places 64 bytes at a time (kernels.c), the plain one looks at
 * each character; both ask the same tests. Text is looked at in tiles of whole lines with something before and behind;
 * a tile of plain ASCII as it stands, any other in its folded form. */
#include <string.h>

#include "policy/scan.h"

#define TILE 65536u
#define TILE_LINE (1u << 20) /* a line is cut here */
#define BEFORE \
	640u /* bytes of context: 40 characters of up to four bytes, and some that are dropped */
#define BEHIND 1024u
#define SHORTEST 6 /* a@b.cc; no kind of hit is shorter */
#define LISTED 5   /* hits for review of one rule that are listed */

/* --- words of context --- */

static bool is_context(const struct word *w)
{
	return w->context;
}

/* A word, or two with a blank or '_' between: "patient id". endings: see word_endings, or NULL. */
static bool has_context(const uint64_t *endings, const char *p, size_t n)
{
	size_t i = 0, from, to = 0, last = 0;
	const struct word *w;

	for (;; last = from, to = i) {
		while (i < n && !is_word(p[i]))
			i++;
		for (from = i; i < n && is_word(p[i]);)
			i++;
		if (i == from)
			return false;
		if (endings && !word_may_be(endings, p + from, i - from) &&
			!(i - from == 2 && to > 0 && word_may_follow(endings, p[to - 1], p + from)))
			continue;
		w = word_find(p + from, i - from);
		if (w && w->context)
			return true;
		w = last < from ? word_find(p + last, i - last) : NULL;
		if (w && w->context)
			return true;
	}
}

bool scan_has_context(const char *fold, size_t n)
{
	return has_context(NULL, fold, n);
}

bool near_context(const struct scan *s, size_t from, size_t to)
{
	size_t begin = from > SCAN_CONTEXT ? from - SCAN_CONTEXT : 0;
	size_t end = s->len - to > SCAN_CONTEXT ? to + SCAN_CONTEXT : s->len;

	if (s->named)
		return true;
	if (s->way != SCAN_PLAIN && !context_may_be(s, s->v + begin, from - begin) && !context_may_be(s, s->v + to, end - to))
		return false;
	return has_context(s->contexts, s->v + begin, from - begin) || has_context(s->contexts, s->v + to, end - to);
}

bool word_before(const struct scan *s, size_t i, size_t gap, size_t *ret_from, size_t *ret_to)
{
	size_t to = i;

	while (to > 0 && !is_word(s->v[to - 1]))
		if (s->v[--to] == '\n' || i - to > gap)
			return false;
	*ret_to = to;
	while (to > 0 && is_word(s->v[to - 1]) && *ret_to - to < SCAN_CONTEXT)
		to--;
	*ret_from = to;
	return to < *ret_to;
}

/* --- places --- */

/* The line of a byte of text; walks on, or back, from where it was asked last. */
static void find_line(struct scan *s, size_t byte)
{
	uint64_t want = s->text_at + byte;

	if (s->line_at < want) {
		s->line += text_lines(s->text + (s->line_at - s->text_at), want - s->line_at);
		s->line_at = want;
	}
	for (; s->line_at > want; s->line_at--)
		s->line -= s->text[s->line_at - 1 - s->text_at] == '\n';
}

static uint32_t byte_in_line(const struct scan *s, size_t byte)
{
	const char *stop = byte > 0 ? memrchr(s->text, '\n', byte) : NULL;
	size_t column = byte - (stop ? (size_t)(stop - s->text) + 1 : 0) + 1;

	return column < UINT32_MAX ? (uint32_t)column : UINT32_MAX;
}

/* Which byte of text the character i of the view is. */
size_t byte_of(struct scan *s, size_t i)
{
	if (!s->folded)
		return s->raw + i;
	if (i < s->seen_index) {
		s->seen_index = 0;
		s->seen_at = s->raw;
	}
	s->seen_at += text_unfold(
		s->text + s->seen_at, s->text_len - s->seen_at, s->json, i - s->seen_index);
	s->seen_index = i;
	return s->seen_at;
}

struct place place_of_byte(struct scan *s, size_t byte)
{
	struct place p = s->at;

	if (s->field || s->report->count == SPE_FINDINGS_MAX)
		return p;
	find_line(s, byte);
	p.line = s->line;
	p.column = byte_in_line(s, byte);
	p.offset = s->text_at + byte;
	return p;
}

struct place place_of(struct scan *s, size_t i)
{
	return s->field ? s->at : place_of_byte(s, byte_of(s, i));
}

bool tally(struct scan *s, enum tally which, const char *text, size_t n, size_t i)
{
	struct scan_tally *t = &s->tally[which];
	uint64_t hash = hash_text(text, n);
	size_t k;

	t->count++;
	for (k = 0; k < t->distinct && k < sizeof(t->seen) / sizeof(t->seen[0]); k++)
		if (t->seen[k] == hash)
			return false;
	if (t->distinct < sizeof(t->seen) / sizeof(t->seen[0]))
		t->seen[t->distinct] = hash;
	t->distinct++;
	if (t->distinct > LISTED)
		t->last = place_of(s, i);
	return t->distinct <= LISTED;
}

/* --- tiles --- */

static bool follows(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Whole lines, about TILE bytes; a line of over a megabyte is cut between two characters. */
static size_t tile_end(const struct scan *s, size_t from, size_t to)
{
	const char *stop;
	size_t end = from + TILE_LINE;

	if (to - from <= TILE)
		return to;
	stop = memrchr(s->text + from, '\n', TILE);
	if (!stop)
		stop = memchr(s->text + from + TILE, '\n', (to < end ? to : end) - from - TILE);
	if (stop)
		return (size_t)(stop - s->text) + 1;
	if (to <= end)
		return to;
	while (end > from + TILE && follows(s->text[end]))
		end--;
	return end;
}

static bool fold_tile(struct scan *s, size_t first, size_t from, size_t to, size_t last)
{
	if (!room_for((void **)&s->fold, &s->room, 0, last - first + 1, 1)) {
		s->no_memory = true;
		return false;
	}
	s->from = text_fold(s->text + first, from - first, s->json, s->fold);
	s->to = s->from + text_fold(s->text + from, to - from, s->json, s->fold + s->from);
	s->len = s->to + text_fold(s->text + to, last - to, s->json, s->fold + s->to);
	s->v = s->fold;
	return true;
}

/* The long lines of text[from..to) are judged, and its line ends counted; then, with its surroundings, it becomes the
 * view. */
static bool look_at(struct scan *s, size_t from, size_t to, size_t *ret_lines)
{
	size_t first = from > BEFORE ? from - BEFORE : 0;
	size_t last = s->text_len - to > BEHIND ? to + BEHIND : s->text_len;

	while (first < from && follows(s->text[first]))
		first++;
	while (last > to && last < s->text_len && follows(s->text[last]))
		last--;
	s->raw = s->seen_at = first;
	s->seen_index = 0;
	*ret_lines = 0;
	if (s->way != SCAN_PLAIN && !s->field) {
		s->folded = !survey_fast(s, first, from, to, last, ret_lines);
	} else {
		judge_lines(s, from, to);
		s->folded = s->way == SCAN_PLAIN || !text_is_plain(s->text + first, last - first, s->json);
	}
	if (s->folded)
		return fold_tile(s, first, from, to, last);
	s->v = s->text + first;
	s->from = from - first;
	s->to = to - first;
	s->len = last - first;
	return true;
}

/* --- the plain walk: every place, one after the other --- */

static void at_word(struct scan *s, size_t i)
{
	size_t to = word_end(s, i), j, row = 0;

	if (fold_is_digit(s->v[i]))
		judge_number(s, i);
	if (at(s, i) == 'p')
		judge_split(s, i);
	if (s->few)
		return;
	if (fold_is_digit(s->v[i])) {
		judge_phone(s, i);
		judge_ipv4(s, i);
	} else if (to - i >= 4 && fold_is_digit(s->v[i + 2]) && fold_is_digit(s->v[i + 3])) {
		judge_iban(s, i);
	}
	for (j = i; j < to && row < 5; j++)
		row = fold_is_digit(s->v[j]) ? row + 1 : 0;
	if (row == 5)
		judge_told(s, i);
}

static void walk_plain(struct scan *s)
{
	size_t i, to;

	for (i = s->from; i < s->to; i++) {
		char c = s->v[i];

		if (is_word(c) && word_starts(s, i))
			at_word(s, i);
		if (c == '@')
			judge_mail(s, i);
		if (is_coded(c) && !(i > 0 && is_coded(s->v[i - 1]))) {
			for (to = i; to < s->len && is_coded(s->v[to]);)
				to++;
			if (to - i >= RUN_CODED)
				judge_run(s, i, to);
		}
		if (s->few)
			continue;
		if (c == '+' && fold_is_digit(at(s, i + 1)))
			judge_plus(s, i);
		if (is_hexish(c) && !(i > 0 && is_hexish(s->v[i - 1])))
			judge_colons(s, i);
		if (fold_is_digit(c) && !fold_is_digit(before(s, i))) {
			to = digits_end(s, i);
			if (at(s, to) == '.' && digits_end(s, to + 1) >= to + 5)
				judge_degrees(s, i);
		}
	}
}

static void walk(struct scan *s, size_t from, size_t to)
{
	while (from < to && !s->no_memory) {
		size_t end = tile_end(s, from, to), lines;
		uint64_t line = s->line;

		if (!look_at(s, from, end, &lines))
			return;
		s->done_number = s->skip_number = s->done_run = s->done_net = 0;
		s->done_colon = s->done_told = 0;
		if (s->way == SCAN_PLAIN)
			walk_plain(s);
		else
			walk_fast(s);
		if (s->way != SCAN_PLAIN && !s->field) {
			s->line = line + lines;
			s->line_at = s->text_at + end;
		}
		from = end;
	}
}

/* --- texts --- */

/* like: one whose tables are the same; NULL: there is none. */
static void begin(struct scan *s, struct report *r, const uint8_t *k_check, bool json, const struct scan *like)
{
	static const enum rule rules[] = { RULE_BLOB, RULE_IDNUM, RULE_PSEUDONYM, RULE_MAIL,
		RULE_IBAN, RULE_PHONE, RULE_NETWORK, RULE_NUMBER, RULE_PLACE };
	size_t i;

	*s = (struct scan){ .report = r, .k_check = k_check, .json = json, .where = "" };
	if (like) {
		memcpy(s->endings, like->endings, sizeof(s->endings));
		memcpy(s->contexts, like->contexts, sizeof(s->contexts));
	} else {
		told_begin(s);
		word_endings(is_context, false, s->contexts);
	}
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		report_ran(r, rules[i]);
}

void scan_begin(struct scan *s, struct report *r, const uint8_t *k_check, bool json)
{
	begin(s, r, k_check, json, NULL);
}

/* Most fields are too short for anything: with fewer than five digits in up to 14 characters nothing is announced, with
 * fewer than nine and no letter no number begins; a network address has a colon or three dots. */
static bool is_dull(const struct scan *s, const char *p, size_t n)
{
	size_t i, digits = 0, letters = 0, dots = 0;

	if (n > 14 || s->way == SCAN_PLAIN)
		return false;
	for (i = 0; i < n; i++) {
		if ((unsigned char)p[i] >= 0x80 || p[i] == '@' || p[i] == ':' || p[i] == '+' || p[i] == '\\')
			return false;
		digits += fold_is_digit(p[i]);
		letters += is_of(p[i], IS_LETTER);
		dots += p[i] == '.';
	}
	return dots < 3 && (digits < 5 || (digits < 9 && letters == 0));
}

void scan_field(struct scan *s, const char *p, size_t n, struct place where, bool named)
{
	if (where.row != s->tail_row || where.row == 0)
		s->tail_len = 0;
	s->tail_row = where.row;
	s->at = where;
	s->field = true;
	s->named = named;
	s->text = p;
	s->text_len = n;
	s->text_at = 0;
	if (n >= SHORTEST && !is_dull(s, p, n))
		walk(s, 0, n);
	if (where.row > 0)
		judge_tail(s, p, n);
}

size_t scan_part(struct scan *s, const char *p, size_t n, size_t from, uint64_t at, bool last)
{
	size_t to = n;
	const char *stop;

	if (!last) {
		if (n - from <= SCAN_KEEP)
			return from;
		stop = memrchr(p + from, '\n', n - from - SCAN_KEEP);
		if (!stop && n - from < TILE_LINE + 2 * SCAN_KEEP)
			return from;
		to = stop ? (size_t)(stop - p) + 1 : n - SCAN_KEEP;
		while (!stop && to > from && follows(p[to]))
			to--;
	}
	s->at = (struct place){ 0 };
	s->field = s->named = false;
	s->text = p;
	s->text_len = n;
	s->text_at = at;
	if (at + from == 0) {
		s->line_at = 0;
		s->line = 1;
		s->wrap_bytes = s->wrap_next = 0;
	}
	walk(s, from, to);
	if (!last)
		find_line(s, to);
	return to;
}

void scan_text(struct scan *s, const char *p, size_t n)
{
	scan_part(s, p, n, 0, 0, true);
}

void scan_inner(struct scan *s, const char *text, size_t n, struct place p)
{
	struct scan inner;

	begin(&inner, s->report, s->k_check, false, s);
	inner.depth = s->depth + 1;
	inner.way = s->way;
	inner.where = "in encoded data: ";
	inner.tried = s->tried;
	inner.decoded = s->decoded;
	scan_field(&inner, text, n, p, false);
	scan_end(&inner);
	s->tried = inner.tried;
	s->decoded = inner.decoded;
}

/* --- what only the whole can say --- */

static const struct {
	enum rule rule;
	const char *what, *fix;
	uint64_t block; /* distinct ones that no longer are chance; 0: a person always judges */
} tallies[TALLIES] = {
	[TALLY_PLUS] = { RULE_PHONE, "telephone numbers", "remove the numbers", 0 },
	[TALLY_ZEROS] = { RULE_PHONE, "telephone numbers", "remove the numbers", 0 },
	[TALLY_IPV4] = { RULE_NETWORK, "IP addresses", "remove the addresses", 0 },
	[TALLY_COLONS] = { RULE_NETWORK, "IP and MAC addresses", "remove the addresses", 0 },
	[TALLY_DASHES] = { RULE_NETWORK, "MAC addresses", "remove the addresses", 0 },
	[TALLY_NUMBER] = { RULE_NUMBER, "record numbers", "remove the numbers", 0 },
	[TALLY_PLACE] = { RULE_PLACE, "places given by coordinates",
		"release regions and not coordinates", 5 },
};

static void end_tally(struct scan *s, enum tally i)
{
	const struct scan_tally *t = &s->tally[i];
	bool many = tallies[i].block > 0 && t->distinct >= tallies[i].block;

	if (t->distinct > LISTED || many)
		report_add(s->report, tallies[i].rule, many ? FINDING_BLOCK : FINDING_REVIEW,
			t->last, tallies[i].fix, "%sthere are %llu %s; the last of them %s",
			s->where, (unsigned long long)t->count, tallies[i].what,
			t->distinct > LISTED ? "is here" : "is listed");
}

void scan_end(struct scan *s)
{
	enum tally i;

	number_end(s);
	for (i = 0; i < TALLIES; i++)
		end_tally(s, i);
	if (s->no_memory)
		report_add(s->report, RULE_IDNUM, FINDING_BLOCK, (struct place){ 0 },
			"ask for smaller outputs", "there was no memory to search this file");
	free(s->fold);
	s->fold = NULL;
	s->room = 0;
}
