/* policy/fields.c - one person as fields and their values: "Patient id: 48213", "Date of birth: 1952-10-13", "born 13.10.1952",
 * two columns of such. A word of words.c names the field; a dictionary has the words too, but no number and no date beside them.
 * What has the form of an identity number, and what is announced as a record's, scan.c tells.
 * Source: OUTPUT-RULES 5: header words, direct identifiers, lone names for review. */
#include "policy/table.h"

#define WORDS 4 /* of a field's name: "date of birth" has three */
#define DIGITS 5 /* of a key in running text */
#define VALUE 80 /* characters of a value that are looked at */
#define SIGNS "\t,;|()\"\r" /* a value ends */

/* --- values --- */

/* "13.10.1952", "48213" at the beginning; alone: no word goes on behind it. */
static size_t value_end(const char *p, size_t n, bool *ret_alone)
{
	size_t to = 0, next;

	while (to < n && p[to] != ' ' && !strchr(SIGNS, p[to]))
		to++;
	for (next = to; next < n && p[next] == ' ';)
		next++;
	*ret_alone = next == n || next > to + 1 || strchr(SIGNS, p[next]);
	return to > 0 && p[to - 1] == '.' ? to - 1 : to;
}

/* Digits and letters, three digits in a row among them: "48213", "P-0042". */
static bool is_key(const char *p, size_t n)
{
	enum idnum_kind unused;
	size_t i, row = 0, most = 0;

	for (i = 0; i < n; i++) {
		if (!fold_is_word(p[i]) && !strchr("-_/", p[i]))
			return false;
		row = fold_is_digit(p[i]) ? row + 1 : 0;
		most = row > most ? row : most;
	}
	return most >= 3 && idnum_best(p, n, &unused) == IDNUM_NO_MATCH && !text_is_date(p, n);
}

/* The word or the date behind blanks and one sign, which *ret_sign says. */
static size_t next_word(const char *p, size_t n, size_t *at, bool *ret_sign)
{
	size_t from = *at, to;

	*ret_sign = false;
	for (; from < n && (p[from] == ' ' || (!*ret_sign && (p[from] == '-' || p[from] == ',' || p[from] == ';'))); from++)
		*ret_sign |= p[from] != ' ';
	for (to = from; to < n && p[to] != ' ' && p[to] != ':' && !strchr(SIGNS, p[to]);)
		to++;
	*at = from;
	return to > from && p[to - 1] == '.' ? to - 1 - from : to - from;
}

/* What stands behind a date of birth: "or later" and "to 2009-12-31" make it a group's. ", 2099-12-31" does, or it is the next
 * person's: for people. */
static enum finding_severity rate_birth(const char *p, size_t n)
{
	static const char *const since[] = { "onwards", "onward", "jalkeen", "lahtien", "alkaen", NULL };
	static const char *const ors[] = { "or", "eller", "tai", "voi", "vai", "ar", "eda", NULL };
	static const char *const later[] = { "later", "after", "onwards", "earlier", "before", "senere", "senare", "etter", "efter", "tidligere",
		"tidigare", "myohemmin", "jalkeen", "aiemmin", "aikaisemmin", "ennen", "hiljem", "velak", "veliau", "sidar", NULL };
	static const char *const to[] = { "to", "till", "til", "until", "through", "thru", NULL };
	static const char *const ands[] = { "and", "och", "og", "ja", "un", "ir", NULL };
	bool sign, unused;
	size_t at = 0, len = next_word(p, n, &at, &sign), next = at + len, next_len;

	if (text_is_date(p + at, len))
		return FINDING_REVIEW;
	if (sign || len == 0)
		return FINDING_BLOCK;
	if (word_of(since, p + at, len))
		return FINDING_PASS;
	next_len = next_word(p, n, &next, &unused);
	if (word_of(ors, p + at, len) && word_of(later, p + next, next_len))
		return FINDING_PASS;
	if (!text_is_date(p + next, next_len))
		return FINDING_BLOCK;
	return word_of(to, p + at, len) ? FINDING_PASS : word_of(ands, p + at, len) || word_of(ors, p + at, len) ? FINDING_REVIEW : FINDING_BLOCK;
}

static bool has_letters(const char *p, size_t n)
{
	size_t i, row = 0;

	for (i = 0; i < n && row < 3; i++)
		row = fold_is_word(p[i]) && !fold_is_digit(p[i]) ? row + 1 : 0;
	return row == 3;
}

static bool has_digit(const char *p, size_t n)
{
	while (n > 0 && !fold_is_digit(p[n - 1]))
		n--;
	return n > 0;
}

static bool is_capital(char c)
{
	return (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0xc3;
}

/* Words that each begin with a capital and go on in small letters: how many; 0 where there is anything else. */
static size_t count_names(const char *raw, size_t n)
{
	size_t words = 0, i = 0, from;

	while (i < n && !strchr(SIGNS, raw[i])) {
		for (from = i; i < n && raw[i] != ' ' && !strchr(SIGNS, raw[i]); i++)
			if (i > from && !((raw[i] >= 'a' && raw[i] <= 'z') || (unsigned char)raw[i] >= 0x80 || raw[i] == '-' || raw[i - 1] == '-'))
				return 0;
		if (i < from + 2 || !is_capital(raw[from]))
			return 0;
		words++;
		i += i < n && raw[i] == ' ';
	}
	return words;
}

/* "Mannerheimintie 12 A", "00100" */
static bool is_address(const char *fold, size_t n, const char *raw)
{
	size_t to = 0;

	while (to < n && !strchr(SIGNS, fold[to]))
		to++;
	while (to > 0 && fold[to - 1] == ' ')
		to--;
	return has_digit(fold, to) && (is_key(fold, to) || (is_capital(*raw) && has_letters(fold, to)));
}

/* "distinct lopnr", "n_unique": a number beside it is one of persons. */
static bool has_counting(const char *p, size_t n)
{
	static const char *const words[] = { "unique", "nunique", "uniq", "distinct", "ndistinct", "missing", "n", "levels", "rows", "linked", "overall", NULL };
	size_t from, to = 0;

	while (to < n) {
		for (from = to; from < n && !fold_is_word(p[from]);)
			from++;
		for (to = from; to < n && fold_is_word(p[to]);)
			to++;
		if (to > from && word_of(words, p + from, to - from))
			return true;
	}
	return false;
}

static bool is_digits(const char *p, size_t n)
{
	while (n > 0 && fold_is_digit(p[n - 1]))
		n--;
	return n == 0;
}

/* "Study ID: NCT01234567" names the study, "pseudonym: sha256" a method: a word for persons' keys that has other use before ':'. */
static bool is_loose(const struct word *w)
{
	static const char *const words[] = { "studyid", "pseudonym", NULL };

	return w->maybe || word_of(words, w->text, strlen(w->text));
}

/* A number in a register of trials, or the name of a hash: sha256, sha3-512. */
static bool is_public(const char *p, size_t n)
{
	return (n == 11 && memcmp(p, "nct", 3) == 0 && is_digits(p + 3, 8)) || (n >= 6 && n <= 8 && memcmp(p, "sha", 3) == 0 && is_digits(p + n - 3, 3) && strchr("a-", p[n - 4]));
}

/* fold, raw: the value and what is behind it; counted: a word for numbers of persons is near. */
static enum finding_severity rate(const struct word *w, const char *fold, size_t n, const char *raw, size_t raw_n, bool counted)
{
	bool alone;
	size_t to = value_end(fold, n, &alone), names;
	enum finding_severity birth;

	switch (w->meaning) {
	case WORD_ID:
		counted &= is_digits(fold, to);
		if (!alone || !is_key(fold, to) || is_public(fold, to) || strcmp(w->text, "pid") == 0) /* of a process */
			return FINDING_PASS;
		return is_loose(w) || counted ? FINDING_REVIEW : FINDING_BLOCK;
	case WORD_BIRTH:
		birth = text_is_date(fold, to) ? rate_birth(fold + to, n - to) : FINDING_PASS;
		return birth == FINDING_BLOCK && !alone ? FINDING_REVIEW : birth;
	case WORD_DEATH:
		return text_is_date(fold, to) ? FINDING_REVIEW : FINDING_PASS;
	case WORD_NAME:
		names = count_names(raw, raw_n);
		return names > w->maybe && names < 4 ? FINDING_REVIEW : FINDING_PASS;
	case WORD_ADDRESS:
		return raw_n > 0 && is_address(fold, n, raw) ? FINDING_REVIEW : FINDING_PASS;
	default:
		return FINDING_PASS;
	}
}

static void tell(struct report *r, const struct word *w, enum finding_severity s, struct place at)
{
	static const char *const what[] = { [WORD_ID] = "a person's number or key", [WORD_NAME] = "a person's name", [WORD_ADDRESS] = "an address",
		[WORD_BIRTH] = "a date of birth", [WORD_DEATH] = "a date of death" };

	if (s != FINDING_PASS)
		report_add(r, RULE_MICRODATA, s, at, "leave the value out; release counts or estimates", "%s stands beside a word that announces one",
			what[w->meaning]);
}

/* --- lines of a text --- */

/* The most words before `to` that are the name of a field, "date of birth"; those that results use too have to be all of it.
 * ret_per: "cost per patient". */
static const struct word *name_before(const char *p, size_t to, bool *ret_whole, bool *ret_per)
{
	const struct word *w = NULL, *found;
	size_t from = to, k;

	*ret_whole = *ret_per = false;
	for (k = 0; k < WORDS; k++) {
		size_t end = from;

		while (end > 0 && strchr(" _-'\"*`", p[end - 1]))
			end--;
		for (from = end; from > 0 && fold_is_word(p[from - 1]);)
			from--;
		if (from == end)
			break;
		found = word_find(p + from, to - from);
		if (found && found->meaning != WORD_FILLER) {
			w = found;
			for (end = from; end > 0 && strchr(" -'\"*`", p[end - 1]);)
				end--;
			*ret_whole = end == 0 || !fold_is_word(p[end - 1]);
			*ret_per = end >= 3 && memcmp(p + end - 3, "per", 3) == 0 && (end == 3 || !fold_is_word(p[end - 4]));
		}
	}
	return w;
}

/* A line in both its forms, and how much of the one the other's first characters are. */
struct text {
	const char *fold, *raw;
	size_t n, raw_n, seen, seen_raw;
};

static void field_at(struct report *r, struct text *t, size_t sign, struct place at)
{
	bool whole, unused;
	const struct word *w = name_before(t->fold, sign, &whole, &unused);
	size_t from = sign + 1, near = sign, n, raw_n;

	while (from < t->n && strchr(" \t\"'*`", t->fold[from]))
		from++;
	if (!w || (w->maybe && !whole) || from == t->n)
		return;
	t->seen_raw += text_unfold(t->raw + t->seen_raw, t->raw_n - t->seen_raw, false, from - t->seen);
	t->seen = from;
	n = t->n - from < VALUE ? t->n - from : VALUE;
	raw_n = t->raw_n - t->seen_raw < VALUE ? t->raw_n - t->seen_raw : VALUE;
	while (near > 0 && sign - near < VALUE && !strchr(":=\t", t->fold[near - 1]))
		near--;
	tell(r, w, rate(w, t->fold + from, n, t->raw + t->seen_raw, raw_n, has_counting(t->fold + near, sign - near)), at);
}

static bool is_born(const char *p, size_t n)
{
	static const char *const words[] = { "born", "syntynyt", "syntyi", "syntyneen", "syntyneelle", "fodd", "fodt", "faddur", "fadd", "sundinud",
		"dzimis", "dzimusi", "gimes", "gimusi", "geboren", NULL };

	return word_of(words, p, n);
}

/* "born on 13.10.1952" */
static bool is_birth(const char *fold, size_t to)
{
	static const char *const joints[] = { "on", "the", "den", "d", NULL };
	size_t k, end, from = to;

	for (k = 0; k < 2; k++) {
		for (end = from; end > 0 && strchr(" .", fold[end - 1]);)
			end--;
		for (from = end; from > 0 && fold_is_word(fold[from - 1]);)
			from--;
		if (is_born(fold + from, end - from))
			return true;
		if (!word_of(joints, fold + from, end - from))
			return false;
	}
	return false;
}

/* "patient 15000 EUR" */
static bool has_unit(const char *p, size_t n)
{
	static const char *const units[] = { "eur", "euro", "euros", "euroa", "e", "usd", "dollars", "gbp", "sek", "nok", "dkk", "isk", "kr", "kronor",
		"kroner", "days", "hours", "minutes", NULL };
	bool unused;
	size_t at = 0, len = next_word(p, n, &at, &unused);

	return word_of(units, p + at, len);
}

/* A word that begins with a digit, behind a blank. */
static void number_at(struct report *r, const char *fold, size_t n, size_t i, struct place at)
{
	static const struct word born = { "born", WORD_BIRTH, false, false };
	bool unused, per;
	size_t to = i + value_end(fold + i, n - i, &unused), digits = i;
	const struct word *w;

	if (text_is_date(fold + i, to - i)) {
		w = name_before(fold, i, &unused, &per);
		if (is_birth(fold, i))
			tell(r, &born, rate_birth(fold + to, n - to), at);
		else if (w && w->meaning == WORD_BIRTH && !w->maybe)
			tell(r, w, rate_birth(fold + to, n - to), at);
		return;
	}
	while (digits < to && fold_is_digit(fold[digits]))
		digits++;
	w = digits == to && digits - i >= DIGITS && is_key(fold + i, to - i) ? name_before(fold, i, &unused, &per) : NULL;
	if (w && w->meaning == WORD_ID && strcmp(w->text, "pid") != 0 && !(w->maybe && (per || has_unit(fold + to, n - to))))
		tell(r, w, FINDING_REVIEW, at);
}

void fields_line(struct report *r, const char *fold, size_t n, const char *raw, size_t raw_n, struct place at)
{
	struct text t = { fold, raw, n, raw_n, 0, 0 };
	size_t i;

	for (i = 1; i < n; i++)
		if (fold[i] == ':' || fold[i] == '=' || fold[i] == '\t')
			field_at(r, &t, i, at);
		else if (fold_is_digit(fold[i]) && fold[i - 1] == ' ' && i > 1 && fold_is_word(fold[i - 2]) && n - i >= DIGITS)
			number_at(r, fold, n - i < VALUE ? n : i + VALUE, i, at);
}

/* --- two cells of a table --- */

/* Beside a name stands its value where the column holds words and numbers mixed: counts of what is missing are numbers alone. */
void fields_check(struct grid *g)
{
	char fold[HEADER_MAX];
	size_t row, i, n, raw_n;

	for (i = 0; i + 1 < g->columns && i < GRID_DIMS; i++) {
		const struct column *c = &g->column[i], *of = &g->column[i + 1];
		bool described = column_describes(g, i + 1), counted;

		if (c->other == 0 || of->other == 0 || of->role == ROLE_COUNT)
			continue;
		counted = has_counting(fold, grid_fold(g, 0, i + 1, fold, sizeof(fold)));
		for (row = 1; row < g->rows; row++) {
			const struct word *w = grid_cell(g, row, i)->kind == CELL_TEXT ? label_at(g, row, i)->word : NULL;
			const char *raw = grid_text(g, row, i + 1, &raw_n);

			if (!w || raw_n == 0 || (described && (w->meaning == WORD_NAME || w->meaning == WORD_ADDRESS)))
				continue;
			n = grid_fold(g, row, i + 1, fold, sizeof(fold));
			if (counted && w->maybe && is_digits(fold, n))
				continue; /* how many patients */
			tell(g->report, w, rate(w, fold, n, raw, raw_n, counted), grid_place(g, row, i + 1));
		}
	}
}
