/* policy/quoted.c - text within the cells of a table and the strings of JSON: a sentence that counts persons, or a table that
 * was printed into one cell. Each is judged as a text of its own; strings that follow each other in a list are the lines of
 * one, as R's capture.output() gives them. Places are those of the cell or string.
 * Numbers, and labels of one word, are for the rules on tables alone. */
#include <string.h>

#include "policy/formats.h"
#include "policy/prose.h"
#include "policy/table.h"
#include "spe/csv.h"

#define PIECES 200000        /* whose places are kept; what is found behind them is placed at the last */
#define FED (256u << 10)
#define SEEN 65536           /* places for cells that were judged; half of them are filled */
#define LONG 80              /* bytes; signs part what is longer, as records in one string */
#define OLDEST 130           /* a number up to this may be somebody's age, or a small count */

struct piece {
	uint64_t line; /* of the text: the first that is of this piece */
	struct place at;
};

struct quoted {
	const struct content *content;
	const char *bytes; /* of JSON, for places; NULL: of a table, which has them */
	struct out text;
	struct piece *piece;
	size_t pieces, room;
	uint64_t line; /* of the text's end */
	struct seen { /* of a table: what stands in the text already, by its hash */
		uint32_t from, len;
	} *seen;
	size_t seen_count;
	struct begin {
		size_t text, pieces;
		uint64_t line;
	} begin; /* of the text at hand */
	bool failed;
};

/* Words, and something beside them: not a number with its bracket, and no single word. */
static bool is_worded(const char *p, size_t n)
{
	bool letter = false, parted = false;
	size_t i;

	for (i = 0; i < n && !(letter && parted); i++) {
		letter |= (p[i] >= 'a' && p[i] <= 'z') || (p[i] >= 'A' && p[i] <= 'Z') || (unsigned char)p[i] >= 0x80;
		parted |= p[i] == ' ' || p[i] == '\n' || p[i] == '=' || p[i] == '\t' || (n > LONG && (p[i] == ';' || p[i] == '|'));
	}
	return letter && parted;
}

/* Whether a word of these letters is a number; what is not ASCII may be one. */
static bool is_numeral(const char *p, size_t n)
{
	char lower[16];
	size_t i;

	for (i = 0; i < n && i < sizeof(lower); i++)
		lower[i] = (char)(p[i] | 0x20);
	return n > 1 && n < sizeof(lower) && prose_numeral(lower, n) > 0;
}

/* False: one line in which the rules on text find nothing, since it has no number of theirs: no digits and no numeral, or one
 * whole number that is neither a small count nor an age. Most labels are such lines. */
static bool may_count(const struct policy *policy, const char *p, size_t n)
{
	size_t i = 0, from, numbers = 0;
	long long value;

	while (i < n) {
		if ((unsigned char)p[i] >= 0x80 || p[i] < ' ' || p[i] == '=' || p[i] == ':' || p[i] == '%')
			return true;
		from = i;
		for (value = 0; i < n && p[i] >= '0' && p[i] <= '9'; i++)
			value = value < 100000 ? value * 10 + (p[i] - '0') : value;
		if (i > from && (++numbers > 1 || value <= OLDEST || value < policy->min_count || value < policy->min_dof || (i < n && (p[i] == '.' || p[i] == ','))))
			return true;
		for (from = i; i < n && ((p[i] >= 'a' && p[i] <= 'z') || (p[i] >= 'A' && p[i] <= 'Z')); i++)
			;
		if (i > from && is_numeral(p + from, i - from))
			return true;
		i += i == from && i < n && !(p[i] >= '0' && p[i] <= '9');
	}
	return false;
}

/* One string; what ends a line for a reader ends one here. */
static void add_string(struct quoted *q, const char *p, size_t n, struct place at)
{
	const size_t from = q->text.len;
	size_t i;

	if (q->pieces < PIECES && !room_for((void **)&q->piece, &q->room, q->pieces, 1, sizeof(*q->piece)))
		q->failed = true;
	else if (q->pieces < PIECES)
		q->piece[q->pieces++] = (struct piece){ q->line, at };
	for (i = 0; i < n && (p[i] < '\v' || p[i] > '\r'); i++)
		;
	out_add(&q->text, p, i);
	for (; i < n; i++)
		if (p[i] != '\r' || i + 1 == n || p[i + 1] != '\n')
			out_byte(&q->text, p[i] >= '\v' && p[i] <= '\r' ? '\n' : p[i]);
	out_byte(&q->text, '\n');
	q->line += text_lines(q->text.p + from, q->text.len - from);
}

/* What was added since the last is one text, or nothing that has to be looked at. */
static void end_text(struct quoted *q)
{
	const struct begin b = q->begin;

	if (q->text.len == b.text)
		return;
	if (q->text.failed || !is_worded(q->text.p + b.text, q->text.len - b.text - 1) || !may_count(q->content->policy, q->text.p + b.text, q->text.len - b.text - 1)) {
		q->text.len = b.text;
		q->pieces = b.pieces;
		q->line = b.line;
		return;
	}
	out_byte(&q->text, '\n');
	q->line++;
	q->begin = (struct begin){ q->text.len, q->pieces, q->line };
}

static struct place place_in(const struct quoted *q, uint64_t line)
{
	size_t low = 0, high = q->pieces;
	struct place at;
	const char *start;

	while (low + 1 < high) {
		const size_t mid = (low + high) / 2;

		if (q->piece[mid].line <= line)
			low = mid;
		else
			high = mid;
	}
	if (q->pieces == 0 || line == 0)
		return (struct place){ 0 };
	at = q->piece[low].at;
	if (!q->bytes)
		return at;
	start = memrchr(q->bytes, '\n', at.offset);
	at.line = text_lines(q->bytes, at.offset) + 1;
	at.column = (uint32_t)(at.offset - (start ? (size_t)(start + 1 - q->bytes) : 0)) + 1;
	return at;
}

/* The rules on tables may have said so already: "a (N=7)" is a header. */
static bool is_told(const struct report *r, enum rule rule, enum finding_severity severity, struct place at)
{
	size_t i;

	for (i = 0; i < r->count; i++) {
		const struct finding *f = &r->list[i];

		if (r->rule[i] == rule && f->severity >= severity && f->row == at.row && f->column == at.column &&
			(at.row > 0 || f->line == at.line))
			return true;
	}
	return false;
}

/* The first of each rule: a label may stand in every row. */
static void carry(const struct quoted *q, const struct report *from)
{
	unsigned told[FINDING_BLOCK + 1] = { 0 };
	size_t i;

	for (i = 0; i < from->count; i++) {
		const struct finding *f = &from->list[i];
		const struct place at = place_in(q, f->line);

		if (told[f->severity] & 1u << from->rule[i])
			continue;
		told[f->severity] |= 1u << from->rule[i];
		if (!is_told(q->content->report, from->rule[i], f->severity, at))
			report_add(q->content->report, from->rule[i], f->severity, at, f->fix, "in the text of this cell or string: %s", f->explanation);
	}
	if (from->more > 0)
		report_add(q->content->report, RULE_COUNT, FINDING_BLOCK, (struct place){ 0 }, "release less text within tables and JSON",
			"%llu further findings in the text of cells or strings are not listed", (unsigned long long)from->more);
}

static void judge(struct quoted *q)
{
	struct report *r = calloc(1, sizeof(*r));
	struct policy_file f = *q->content->file;

	f.sidecar = NULL; /* which speaks of the file's own columns */
	f.sidecar_len = 0;
	if (r && q->text.len > 0) {
		r->type = "txt";
		text_pieces_check(q->content->policy, &f, r, q->text.p, q->text.len, q->content->counts);
		carry(q, r);
	}
	if (!r || q->failed || q->text.failed)
		report_add(q->content->report, RULE_COUNT, FINDING_BLOCK, (struct place){ 0 }, "release several smaller files",
			"there was no memory to look at the text of cells or strings");
	free(r);
	free(q->text.p);
	free(q->piece);
	free(q->seen);
}

/* --- a table --- */

/* "1 person", "3 children": so many of a word. */
static bool is_number_of(const char *p, size_t n)
{
	size_t digits = 0;

	while (digits < n && p[digits] >= '0' && p[digits] <= '9')
		digits++;
	return digits > 0 && digits + 1 < n && p[digits] == ' ' && !memchr(p + digits + 1, ' ', n - digits - 1) && !memchr(p, '\n', n);
}

/* Where in q->seen these bytes are, or would be. */
static struct seen *seen_at(const struct quoted *q, const char *p, size_t n)
{
	size_t i = (size_t)hash_bytes(p, n) % SEEN;

	while (q->seen[i].len > 0 && (q->seen[i].len != n || memcmp(q->text.p + q->seen[i].from, p, n) != 0))
		i = (i + 1) % SEEN;
	return &q->seen[i];
}

/* A cell as another before it says nothing that the other did not. */
static void add_cell(struct quoted *q, const char *p, size_t n, struct place at)
{
	struct seen *seen = seen_at(q, p, n);
	const size_t from = q->text.len;

	if (seen->len > 0)
		return;
	add_string(q, p, n, at);
	end_text(q);
	if (q->text.len != from + n + 2 || q->text.failed || q->text.len > UINT32_MAX || q->seen_count >= SEEN / 2 ||
	    memcmp(q->text.p + from, p, n) != 0) /* line ends of another kind were read as ours */
		return;
	*seen = (struct seen){ (uint32_t)from, (uint32_t)n };
	q->seen_count++;
}

/* Whether a number stands in a later field: before it such a cell names a group, households of so many. */
static bool has_number_behind(const struct csv_record *record, size_t i)
{
	for (i++; i < record->count; i++)
		if (record->field[i].len > 0 && record->field[i].p[0] >= '0' && record->field[i].p[0] <= '9')
			return true;
	return false;
}

static void add_record(struct quoted *q, const struct csv_record *record, uint64_t row)
{
	size_t i;

	for (i = 0; i < record->count; i++) {
		if (!is_worded(record->field[i].p, record->field[i].len) ||
		    (is_number_of(record->field[i].p, record->field[i].len) && has_number_behind(record, i)))
			continue;
		add_cell(q, record->field[i].p, record->field[i].len, (struct place){ row, record->line, (uint32_t)i + 1, 0 });
	}
}

void quoted_cells(const struct content *c, const char *p, size_t n, char delimiter)
{
	struct quoted q = { .content = c, .line = 1, .begin.line = 1 };
	struct csv_record record;
	struct csv *csv = NULL;
	uint64_t row = 0;
	size_t at = 0, fed = 1;

	q.seen = calloc(SEEN, sizeof(*q.seen));
	q.failed = !q.seen || csv_new(&csv, delimiter) < 0;
	for (; !q.failed && fed > 0; at += fed) {
		fed = n - at < FED ? n - at : FED;
		q.failed = csv_feed(csv, p + at, fed, NULL) < 0;
		while (csv_next(csv, &record, NULL) == 1)
			add_record(&q, &record, ++row);
	}
	csv_free(csv);
	judge(&q);
}

/* --- JSON --- */

static const char *string_end(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		p += *p == '\\' && end - p > 1;
	return p < end ? p + 1 : end;
}

static bool is_key(const char *p, const char *end)
{
	while (p < end && memchr(" \t\r\n", *p, 4))
		p++;
	return p < end && *p == ':';
}

/* The string between two quotes, without its escapes. */
static void add_token(struct quoted *q, const char *p, const char *end)
{
	const struct place at = { .offset = (uint64_t)(p - q->bytes) };
	json_t *j;

	if (!memchr(p, '\\', (size_t)(end - p))) {
		add_string(q, p + 1, (size_t)(end - p) - 2, at);
		return;
	}
	j = json_loadb(p, (size_t)(end - p), JSON_DECODE_ANY, NULL);
	q->failed |= !j;
	add_string(q, j ? json_string_value(j) : "", json_string_length(j), at);
	json_decref(j);
}

void quoted_strings(const struct content *c, const char *p, size_t n)
{
	struct quoted q = { .content = c, .bytes = p, .line = 1, .begin.line = 1 };
	const char *end = p + n, *to;
	bool key;

	for (; p < end && !q.failed; p = to) {
		to = *p == '"' ? string_end(p, end) : p + 1;
		key = *p == '"' && is_key(to, end);
		if (key || (*p != '"' && !memchr(", \t\r\n", *p, 5)))
			end_text(&q);
		if (*p == '"')
			add_token(&q, p, to);
	}
	end_text(&q);
	judge(&q);
}
