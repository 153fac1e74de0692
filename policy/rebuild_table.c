/* policy/rebuild_table.c - tables in their one canonical form: RFC 4180 with LF, quotes where they are needed and only
 * there, numbers without more digits than the policy takes. On the way: what a table can hide that its rules don't see,
 * such as a second table below the first. One pass, no memory per field. */
#include <string.h>

#include "policy/formats.h"
#include "spe/csv.h"

#define BLANK_ROWS 20 /* as BLANK_LINES of hidden.c */
#define HEAD_MAX 4096 /* bytes of the header row that are compared */

/* What a field's bytes are. */
enum { DIGIT = 1, POINT = 2, FIGURE = 4, BLANK = 8, OTHER = 16, HIGH = 32, QUOTE = 64, STOP = 128 };

struct sheet {
	struct report *report;
	struct out *out;
	const char *at, *end;
	uint8_t class[256];
	struct rounding rounding;
	struct out work; /* of one field */
	struct place place;
	size_t row_start, header_len; /* in out */
	size_t fields;
	uint64_t blank_rows;
	bool empty_row;            /* all fields of this row so far are empty */
	bool exact[CSV_FIELDS_MAX]; /* columns whose numbers stand for something: versions, dates, keys */
	bool told_lines, told_comment, told_second, told_below;
};

static void learn(struct sheet *s, char delimiter)
{
	int c;

	for (c = 0; c < 256; c++)
		s->class[c] = c >= 0x80 ? HIGH : c >= '0' && c <= '9' ? DIGIT : OTHER;
	for (const char *f = "()[]%;-+eE<>=*~'"; *f; f++)
		s->class[(unsigned char)*f] = FIGURE;
	s->class['.'] = s->class[','] = POINT;
	s->class[' '] = s->class['\t'] = BLANK;
	s->class['"'] = QUOTE;
	s->class['\n'] = s->class['\r'] = STOP;
	s->class[(unsigned char)delimiter] = STOP;
}

/* Headers of columns in which a number is a name. */
static bool is_exact(const char *p, size_t n)
{
	static const char *const words[] = { "version", "ver", "release", "build", "date", "time", "timestamp", "id", "code",
		"doi", "key", "hash", "label", NULL };
	char word[16];
	size_t i, len = 0;

	for (i = 0; i <= n; i++) {
		char c = i < n ? (char)(p[i] | 0x20) : ' ';

		if (c >= 'a' && c <= 'z') {
			if (len < sizeof(word))
				word[len] = c;
			len++;
			continue;
		}
		if (len > 0 && len <= sizeof(word) && word_in(words, word, len))
			return true;
		len = 0;
	}
	return false;
}

static void tell(struct sheet *s, bool *told, enum finding_severity severity, const char *fix, const char *what)
{
	if (!*told)
		report_add(s->report, RULE_HIDDEN, severity, s->place, fix, "%s", what);
	*told = true;
}

/* --- one field --- */

/* The next field's bytes as they mean: p and n; seen: the classes of its bytes. False where quotes are not RFC 4180's. */
struct field {
	const char *p;
	size_t n;
	unsigned seen;
	bool quoted;
};

static bool read_quoted(struct sheet *s, struct field *f)
{
	s->work.len = 0;
	f->quoted = true;
	for (s->at++;;) {
		const char *stop = memchr(s->at, '"', (size_t)(s->end - s->at));

		if (!stop)
			return false;
		out_add(&s->work, s->at, (size_t)(stop - s->at));
		s->at = stop + 1;
		if (s->at == s->end || *s->at != '"')
			break;
		out_byte(&s->work, '"');
		s->at++;
	}
	f->p = s->work.p ? s->work.p : "";
	f->n = s->work.len;
	for (size_t i = 0; i < f->n; i++)
		f->seen |= s->class[(unsigned char)f->p[i]];
	return !s->work.failed && (s->at == s->end || (s->class[(unsigned char)*s->at] & STOP));
}

static bool read_field(struct sheet *s, struct field *f)
{
	unsigned seen = 0, c;
	const char *at = s->at;

	*f = (struct field){ .p = at };
	if (at < s->end && *at == '"')
		return read_quoted(s, f);
	while (at < s->end && !((c = s->class[(unsigned char)*at]) & STOP)) {
		seen |= c;
		at++;
	}
	f->n = (size_t)(at - s->at);
	f->seen = seen;
	s->at = at;
	return !(seen & QUOTE);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Blanks behind are dropped; before, too, where a number follows: labels may be indented. */
static void trim(struct field *f)
{
	while (f->n > 0 && is_blank(f->p[f->n - 1]))
		f->n--;
	if (f->seen & (OTHER | HIGH | STOP | QUOTE))
		return;
	while (f->n > 0 && is_blank(*f->p)) {
		f->p++;
		f->n--;
	}
}

/* What parts fields and lines; and, in end_line, a field that is all of its row and empty. */
static bool needs_quotes(const struct sheet *s, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (s->class[(unsigned char)p[i]] & (STOP | QUOTE))
			return true;
	return false;
}

static void add_quoted(struct sheet *s, const char *p, size_t n)
{
	out_byte(s->out, '"');
	for (; n > 0; n--, p++) {
		if (*p == '\r' && n > 1 && p[1] == '\n')
			continue;
		if (*p == '"')
			out_byte(s->out, '"');
		out_byte(s->out, *p);
	}
	out_byte(s->out, '"');
}

static void add_plain(struct sheet *s, const char *p, size_t n, unsigned seen)
{
	if (seen & (STOP | QUOTE) && needs_quotes(s, p, n))
		add_quoted(s, p, n);
	else
		out_add(s->out, p, n);
}

/* Letters beyond ASCII: normalized into memory of their own, as normalizing can make a ';'. */
static bool add_letters(struct sheet *s, const struct field *f)
{
	struct out o = { 0 };
	bool good = nfc_add(&o, f->p, f->n);

	while (good && o.len > 0 && is_blank(o.p[o.len - 1]))
		o.len--;
	if (good)
		add_plain(s, o.p, o.len, STOP | QUOTE);
	free(o.p);
	return good;
}

static void add_number(struct sheet *s, const struct field *f)
{
	size_t start = s->out->len;

	if (!round_number(&s->rounding, s->out, f->p, f->n, f->quoted, s->place)) {
		add_plain(s, f->p, f->n, f->seen);
		return;
	}
	if (needs_quotes(s, s->out->p + start, s->out->len - start)) {
		s->work.len = 0;
		out_add(&s->work, s->out->p + start, s->out->len - start);
		s->out->len = start;
		add_quoted(s, s->work.p, s->work.len);
	}
}

/* A key with many digits stays whole, and is told of. */
static void count_number(struct sheet *s, const struct field *f)
{
	size_t start = s->out->len;

	round_number(&s->rounding, s->out, f->p, f->n, f->quoted, s->place);
	s->out->len = start;
}

/* Too short to have more digits than may stay: counted, and copied as it is. */
static bool is_short(const struct sheet *s, const struct field *f)
{
	return s->rounding.digits > 0 && f->n <= (size_t)s->rounding.digits && !(f->seen & (BLANK | FIGURE));
}

static bool add_field(struct sheet *s, struct field *f)
{
	bool figures = (f->seen & DIGIT) && !(f->seen & (OTHER | HIGH | QUOTE)) && s->place.row > 1;

	if (memchr(f->p, '\n', f->seen & STOP ? f->n : 0))
		tell(s, &s->told_lines, FINDING_REVIEW, "write each field on one line",
			"a field has more than one line; programs show the first alone");
	trim(f);
	s->empty_row &= f->n == 0;
	if (f->seen & HIGH)
		return add_letters(s, f);
	if (!figures) {
		add_plain(s, f->p, f->n, f->seen);
	} else if (is_short(s, f)) {
		s->rounding.numbers++;
		add_plain(s, f->p, f->n, f->seen);
	} else if (!(f->seen & (POINT | FIGURE | STOP))) {
		s->rounding.numbers++; /* a whole number */
		add_plain(s, f->p, f->n, f->seen);
	} else if (s->fields < CSV_FIELDS_MAX && s->exact[s->fields]) {
		count_number(s, f);
		add_plain(s, f->p, f->n, f->seen);
	} else {
		add_number(s, f);
	}
	return true;
}

/* --- rows --- */

/* The words of a comment, not "#1" and not a column that is called so. */
static bool is_comment(const char *p, size_t n)
{
	if (n > 0 && *p == '"')
		p++, n--;
	return n >= 2 && p[0] == '#' && (p[1] == ' ' || p[1] == '#' || p[1] == '!' || (p[1] | 0x20) >= 'a');
}

static void end_row(struct sheet *s)
{
	const char *row = s->out->p + s->row_start;
	size_t len = s->out->len - s->row_start;

	if (s->place.row == 1)
		s->header_len = len;
	if (s->empty_row) {
		s->blank_rows++;
		return;
	}
	s->place.column = 1;
	if (s->blank_rows > BLANK_ROWS)
		tell(s, &s->told_below, FINDING_BLOCK, "remove the empty rows",
			"content follows more than 20 empty rows, where nobody looks for it");
	else if (s->blank_rows > 0 && s->place.row > 1)
		tell(s, &s->told_second, FINDING_REVIEW, "write one table in one file",
			"an empty row parts this table; a second one begins here");
	else if (s->place.row > 1 && len == s->header_len && len > 0 && s->fields > 1 &&
		 memcmp(row, s->out->p, len) == 0)
		tell(s, &s->told_second, FINDING_REVIEW, "write one table in one file",
			"the header line comes again here; a second table begins");
	if (is_comment(row, len) && s->place.row > 1)
		tell(s, &s->told_comment, FINDING_REVIEW, "remove comment lines; describe the table in the export's words",
			"this row reads as a comment, which programs may not show");
	s->blank_rows = 0;
}

static bool end_line(struct sheet *s)
{
	if (s->at < s->end && *s->at == '\r') {
		s->at++;
		if (s->at == s->end || *s->at != '\n')
			return false;
	}
	s->at += s->at < s->end;
	/* A row of one empty field must not read as no row. */
	if (s->fields == 1 && s->out->len == s->row_start)
		out_add(s->out, "\"\"", 2);
	end_row(s);
	out_byte(s->out, '\n');
	return !s->out->failed;
}

static uint64_t lines_in(const struct field *f)
{
	const char *p = f->p, *end = f->p + f->n;
	uint64_t lines = 0;

	if (!f->quoted || !(f->seen & STOP))
		return 0;
	while ((p = memchr(p, '\n', (size_t)(end - p)))) {
		p++;
		lines++;
	}
	return lines;
}

static bool read_row(struct sheet *s, char delimiter)
{
	struct field f;
	uint64_t more = 0;

	s->row_start = s->out->len;
	s->fields = 0;
	s->empty_row = true;
	for (;;) {
		s->place.column = (uint32_t)s->fields + 1;
		if (!read_field(s, &f))
			return false;
		more += lines_in(&f);
		if (s->place.row == 1 && s->fields < CSV_FIELDS_MAX)
			s->exact[s->fields] = is_exact(f.p, f.n);
		if (!add_field(s, &f))
			return false;
		s->fields++;
		if (s->at == s->end || *s->at != delimiter)
			break;
		out_byte(s->out, delimiter);
		s->at++;
	}
	if (!end_line(s))
		return false;
	s->place.line += 1 + more;
	return true;
}

/* Empty lines at the very end are no rows (spe/csv.h). */
static void drop_tail(struct sheet *s)
{
	while (s->end > s->at && (s->end[-1] == '\n' || s->end[-1] == '\r'))
		s->end--;
}

static bool read_rows(struct sheet *s, char delimiter)
{
	if (s->end - s->at >= 3 && memcmp(s->at, "\xef\xbb\xbf", 3) == 0)
		s->at += 3;
	drop_tail(s);
	if (!out_room(s->out, (size_t)(s->end - s->at) + 2))
		return false;
	while (s->at < s->end) {
		s->place.row++;
		if (!read_row(s, delimiter))
			return false;
	}
	return true;
}

bool rebuild_table(struct report *r, struct out *o, const char *p, size_t n, char delimiter, int64_t digits)
{
	struct sheet *s = calloc(1, sizeof(*s));
	bool good;

	if (!s)
		return false;
	s->report = r;
	s->out = o;
	s->at = p;
	s->end = p + n;
	s->place.line = 1;
	s->rounding = (struct rounding){ .digits = digits, .delimiter = delimiter };
	learn(s, delimiter);
	good = read_rows(s, delimiter);
	if (good)
		round_end(&s->rounding, r);
	free(s->work.p);
	free(s);
	return good && !o->failed;
}

char table_delimiter(const char *p, size_t n, bool tsv)
{
	static const char list[] = ",;\t|";
	size_t i, count[4] = { 0 }, best = 0;
	bool quoted = false;

	if (tsv)
		return '\t';
	for (i = 0; i < n && (quoted || p[i] != '\n'); i++) {
		const char *at = p[i] ? strchr(list, p[i]) : NULL;

		quoted ^= p[i] == '"';
		if (at && !quoted)
			count[at - list]++;
	}
	for (i = 1; i < 4; i++)
		if (count[i] > count[best])
			best = i;
	return list[best];
}
