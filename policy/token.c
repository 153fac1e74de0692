/* policy/token.c - pseudonyms in text: solid, in any case, inside a longer word, backwards; and split by blanks, punctuation
 * or line ends, or over neighbouring fields of a row. A token vouches for itself with 20 bits (spe/psn.h); a split one
 * is tried only where chance is small: it begins where a word begins, and has two digits apart, or one and is a
 * whole number of groups that are few or of one length. */
#include <string.h>

#include "policy/scan.h"
#include "spe/psn.h"

#define TOKENS_MAX 1000000 /* keyed tests in one file: about a second */
#define GAP_MAX 8 /* characters between two of a token: a line end, quotes, a comma, indentation */
#define FEW 4

static bool in_token(char c)
{
	return is_of(c, IS_TOKEN);
}

/* head is told in small letters, as the folded form has it. */
static void add_token(struct scan *s, const char *head, struct place p, bool known, const char *how)
{
	const char low[3] = { small(head[0]), small(head[1]), '\0' };

	report_add(s->report, RULE_PSEUDONYM, known ? FINDING_BLOCK : FINDING_REVIEW, p,
		known ? "remove the pseudonym; it stands for one person"
		      : "remove it if it is a pseudonym; the check inside the environment knows",
		known ? "%sa pseudonym (%.2s...) is written out%s"
		      : "%sa word (%.2s...) has the form of a pseudonym%s",
		s->where, low, how);
}

/* One keyed test; beyond the bound the file is blocked once. */
static bool is_token(struct scan *s, const char token[PSN_TOKEN])
{
	if (s->tried == TOKENS_MAX)
		report_add(s->report, RULE_PSEUDONYM, FINDING_BLOCK, s->at,
			"leave long runs of letters out of outputs",
			"%smore than a million words have the form of a pseudonym; the rest can't be tested",
			s->where);
	if (s->tried++ >= TOKENS_MAX)
		return false;
	return psn_is_token(s->k_check, token, PSN_TOKEN);
}

static void reverse(char ret[PSN_TOKEN], const char *p)
{
	size_t i;

	for (i = 0; i < PSN_TOKEN; i++)
		ret[i] = small(p[PSN_TOKEN - 1 - i]);
}

void judge_tokens(struct scan *s, size_t from, size_t to)
{
	char token[PSN_TOKEN];
	size_t i, row = 0;

	if (!s->k_check) {
		if (to - from == PSN_TOKEN && psn_is_grammar(s->v + from, PSN_TOKEN))
			add_token(s, s->v + from, place_of(s, from), false, "");
		return;
	}
	for (i = from; i < to; i++) {
		const char *p;

		row = in_token(at(s, i)) ? row + 1 : 0;
		if (row < PSN_TOKEN)
			continue;
		p = s->v + i + 1 - PSN_TOKEN;
		if (small(*p) == 'p' && is_token(s, p))
			add_token(s, p, place_of(s, i + 1 - PSN_TOKEN), true, "");
		if (at(s, i) != 'p')
			continue;
		reverse(token, p);
		if (is_token(s, token))
			add_token(s, token, place_of(s, i + 1 - PSN_TOKEN), true, " backwards");
	}
}

/* --- in groups --- */

struct split {
	char token[PSN_TOKEN];
	size_t n, groups, digits; /* digits: groups of them */
	size_t width, last;       /* length of the first group, of the one at hand */
	bool even;                /* all groups but the last are as long as the first */
};

/* false: words of a sentence. Two groups of a token have a digit in nineteen cases of twenty, if they aren't short. */
static bool next_group(struct split *t)
{
	if (t->groups == 1)
		t->width = t->last;
	else
		t->even &= t->last == t->width;
	t->groups++;
	t->last = 0;
	return t->groups < 3 || t->even || t->digits > 0;
}

/* Gather a token from p[i..n); false where there is none. *ret_end is behind its last character. */
static bool gather(struct split *t, const char *p, size_t i, size_t n, size_t *ret_end)
{
	size_t gap = 0, from = i;

	*t = (struct split){ .groups = 1, .even = true };
	for (; i < n && t->n < PSN_TOKEN; i++) {
		char c = p[i];

		if (t->digits == 0 && i - from == TOKEN_DIGIT)
			return false;
		if (!in_token(c)) {
			if (is_word(c) || ++gap > GAP_MAX)
				return false;
			continue;
		}
		if (gap > 0 && !next_group(t))
			return false;
		gap = 0;
		t->digits +=
			fold_is_digit(c) && (t->last == 0 || !fold_is_digit(t->token[t->n - 1]));
		t->token[t->n++] = small(c);
		t->last++;
	}
	*ret_end = i;
	return t->n == PSN_TOKEN && t->groups > 1 && t->digits > 0;
}

/* Worth a keyed test: whole says that the token ends where a word ends. */
static bool worth(const struct split *t, bool whole)
{
	if (t->digits >= 2)
		return true;
	return whole && (t->groups <= FEW || (t->even && t->last <= t->width));
}

/* What gather will ask first, in fewer steps: no digit in two groups that differ in length is words. */
static bool may_be_split(const struct scan *s, size_t i)
{
	size_t from = i, first;

	while (i < s->len && in_token(s->v[i]))
		if (fold_is_digit(s->v[i++]))
			return true;
	if (i == s->len || is_word(s->v[i]))
		return false;
	for (first = i - from; i < s->len && !is_word(s->v[i]);)
		i++;
	for (from = i; i < s->len && in_token(s->v[i]);)
		if (fold_is_digit(s->v[i++]))
			return true;
	return i == s->len || i - from == first;
}

void judge_split(struct scan *s, size_t i)
{
	struct split t;
	size_t end;

	if (!s->k_check || !may_be_split(s, i) || !gather(&t, s->v, i, s->len, &end))
		return;
	if (worth(&t, !is_word(at(s, end))) && is_token(s, t.token))
		add_token(s, t.token, place_of(s, i), true, " in pieces");
}

/* --- over fields --- */

/* What came before in this row stays as far as it may be the beginning of a token; then this field is added. */
static void add_tail(struct scan *s, const char *p, size_t n)
{
	size_t i, begin = s->tail_len;

	if (begin > 0 && begin < SCAN_TAIL)
		s->tail[s->tail_len++] = ' ';
	for (i = 0; i < n; i++) {
		char c = small(p[i]);

		if (s->tail_len == SCAN_TAIL) {
			memmove(s->tail, s->tail + SCAN_TAIL / 2, SCAN_TAIL / 2);
			s->tail_len = SCAN_TAIL / 2;
		}
		if (is_word(c) && !in_token(c))
			s->tail_len = 0;
		else if (is_word(c) || (s->tail_len > 0 && s->tail[s->tail_len - 1] != ' '))
			s->tail[s->tail_len++] = is_word(c) ? c : ' ';
	}
}

void judge_tail(struct scan *s, const char *p, size_t n)
{
	char text[SCAN_TAIL + 1 + 2 * SCAN_TAIL];
	size_t i, most = n < 2 * SCAN_TAIL ? n : 2 * SCAN_TAIL, len = s->tail_len;
	struct split t;
	size_t end;

	if (!s->k_check || (len == 0 && !memchr(p, 'p', n) && !memchr(p, 'P', n)))
		return;
	if (len > 0 && memchr(s->tail, 'p', len)) {
		memcpy(text, s->tail, len);
		text[len] = ' ';
		memcpy(text + len + 1, p, most);
		for (i = 0; i < len; i++) {
			if (text[i] != 'p' || (i > 0 && text[i - 1] != ' '))
				continue;
			if (gather(&t, text, i, len + 1 + most, &end) && end > len + 1 &&
				worth(&t, end == len + 1 + most || !is_word(text[end])) &&
				is_token(s, t.token))
				add_token(s, t.token, s->at, true, " over neighbouring fields");
		}
	}
	add_tail(s, p, n);
}
