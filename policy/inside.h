/* policy/inside.h - what the files of this room share: findings, text, and the scan for identifiers.
 * Touches: memory that it was given. Leaves alone: files, sockets, processes, clocks (t/0020-rooms.t asks nm). */
#ifndef SPE_POLICY_INSIDE_H
#define SPE_POLICY_INSIDE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "spe/idnum.h"
#include "spe/policy.h"

/* room_for - grow *p so that used + more entries of unit bytes fit; false where memory is out. */
static inline bool room_for(void **p, size_t *room, size_t used, size_t more, size_t unit)
{
	size_t want = *room ? *room : 64;
	void *grown;

	if (more > SIZE_MAX / 4 / unit - used)
		return false;
	if (*p && used + more <= *room)
		return true;
	while (want < used + more)
		want *= 2;
	grown = realloc(*p, want * unit);
	if (!grown)
		return false;
	*p = grown;
	*room = want;
	return true;
}

/* The rules, in the order of the record. */
enum rule {
	RULE_NAME,
	RULE_TYPE,        /* content, magic, extension and policy agree; polyglots; trailing data */
	RULE_SIZE,
	RULE_HIDDEN,      /* hidden content: invisible text, blanks, chunks, comments, columns beyond the header, low bits */
	RULE_BLOB,        /* encoded data in text */
	RULE_IDNUM,
	RULE_PSEUDONYM,
	RULE_MAIL,
	RULE_IBAN,
	RULE_PHONE,
	RULE_NETWORK,     /* IP and MAC addresses */
	RULE_NUMBER,      /* record numbers announced by a word: MRN, journal, specimen, accession */
	RULE_PLACE,       /* coordinates */
	RULE_COUNT,
	RULE_PERCENT,
	RULE_ZERO,
	RULE_GROUP,       /* full cells, group disclosure */
	RULE_DOMINANCE,
	RULE_MARGINS,
	RULE_EXTREME,     /* minima, maxima, percentiles */
	RULE_DOF,
	RULE_SURVIVAL,
	RULE_MICRODATA,
	RULE_PRECISION,
	RULE_DIFFERENCE,
	RULE_STAGED,      /* rows or rare values of the staged data */
	RULE_SIDECAR,
	RULE_FORMULA,
	RULE_REBUILD,
	RULE_FINDINGS,
	RULES
};

struct place {
	uint64_t row, line;
	uint32_t column;
	uint64_t offset;
};

struct report {
	struct finding list[SPE_FINDINGS_MAX];
	enum rule rule[SPE_FINDINGS_MAX];
	size_t count;
	uint64_t more;    /* findings beyond the list */
	unsigned ran, lost; /* bit per rule: it ran; a finding of it is beyond the list */
	const char *type; /* "csv", ... or "unknown" */
};

const char *rule_id(enum rule rule);
/* report_add - one finding; fix says what to do, the rest why. Beyond the list it is counted. */
void report_add(struct report *r, enum rule rule, enum finding_severity severity, struct place at,
	const char *fix, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
void report_ran(struct report *r, enum rule rule);

/* text.c: UTF-8 (RFC 3629), strict, and the folded form in which things are looked for: one byte per
 * character, lower-case ASCII, digits of every script as digits, dashes as '-', blanks as ' '; invisible
 * characters are dropped. */
#define FOLD_LETTER '\x01' /* a letter that has no ASCII form; counts as part of a word */
#define FOLD_OTHER '\x02'  /* anything else */
/* text_next - the character at *p, which moves on; UINT32_MAX where the bytes are not UTF-8 (one is skipped). */
uint32_t text_next(const char **p, const char *end);
/* text_fold - room for n bytes at ret; returns how many were written. json: \uXXXX and kin are resolved. */
size_t text_fold(const char *p, size_t n, bool json, char *ret);
/* text_unfold - where the character behind folded byte number `index` begins in p. */
size_t text_unfold(const char *p, size_t n, bool json, size_t index);
/* text_character - the same; json: an escape of RFC 8259 is the character that it stands for. */
uint32_t text_character(const char **p, const char *end, bool json);
/* text_is_plain - ASCII that reads as it is: no control characters, for JSON no escapes. */
bool text_is_plain(const char *p, size_t n, bool json);
static inline bool fold_is_digit(char c)
{
	return c >= '0' && c <= '9';
}
/* letter or digit */
static inline bool fold_is_word(char c)
{
	return fold_is_digit(c) || (c >= 'a' && c <= 'z') || c == FOLD_LETTER;
}
/* text_lines - line feeds in p. text_small - small letters in p, and blanks. */
size_t text_lines(const char *p, size_t n);
size_t text_small(const char *p, size_t n, size_t *ret_blanks);

/* text_is_date - a full calendar date: ISO, D.M.YYYY, DD/MM/YYYY or MM/DD/YYYY, YYYYMMDD, each with or without a
 * time of day behind it. Blanks at the ends are the caller's. */
bool text_is_date(const char *fold, size_t n);
/* text_is_coordinate - degrees with four decimals or more, within 180. */
bool text_is_coordinate(const char *fold, size_t n);

/* words.c: what a header, or a word before a number, announces. */
enum word_meaning {
	WORD_NONE,
	WORD_ID,      /* a person's number, pseudonym or key */
	WORD_NAME,
	WORD_ADDRESS, /* street, postcode */
	WORD_BIRTH,
	WORD_DEATH,
	WORD_PHONE,
	WORD_MAIL,
	WORD_RECORD,  /* number of a record, case, specimen, accession or insurance */
	WORD_PLACE,   /* latitude, longitude */
	WORD_NETWORK,
	WORD_FILLER,  /* "no" in "hospital no" */
};
struct word {
	const char *text;  /* folded, letters and digits only */
	enum word_meaning meaning;
	bool maybe;        /* results use it too: "name", "chi", "subject" */
	bool context;      /* announces an identity number in running text */
};
/* word_find - the entry for a folded word, blanks and '_' in it left out; NULL: none. Letters may be upper-case. */
const struct word *word_find(const char *fold, size_t n);
const struct word *word_at(size_t i); /* the i-th in order; NULL past the last */
/* word_endings - a bit for the last three characters of each word that pick takes. Most words of a text have none of
 * them, and word_may_be says so without a search. pairs: the last two also, as the second of two words: "lab id". */
#define WORD_ENDINGS 512
void word_endings(bool (*pick)(const struct word *), bool pairs, uint64_t ret[WORD_ENDINGS]);
/* Five bits of each, which tell small letters from each other and not from large ones. */
static inline unsigned word_ending(const char *p, size_t n)
{
	const unsigned char *end = (const unsigned char *)p + n;

	return (n > 2 ? (end[-3] & 31u) << 10 : 0) | (n > 1 ? (end[-2] & 31u) << 5 : 0) | (end[-1] & 31u);
}
static inline bool word_has_ending(const uint64_t endings[WORD_ENDINGS], unsigned ending)
{
	return endings[ending / 64] >> ending % 64 & 1;
}
static inline bool word_may_be(const uint64_t endings[WORD_ENDINGS], const char *p, size_t n)
{
	return word_has_ending(endings, word_ending(p, n));
}
/* word_may_follow - the same for two words read as one, of which the second has two characters and the first ends with last. */
static inline bool word_may_follow(const uint64_t endings[WORD_ENDINGS], char last, const char *p)
{
	return word_has_ending(endings, ((unsigned char)last & 31u) << 10 | word_ending(p, 2));
}

/* scan.c and kin: identity numbers, pseudonyms, addresses, accounts, record numbers and encoded data in text. */
#define SCAN_HITS 64
#define SCAN_CONTEXT 40 /* characters on each side in which a context word counts */
#define SCAN_KEEP 4096  /* bytes before and behind a position that its judgement may ask for */
#define SCAN_TAIL 96
struct scan_hit {
	struct place at;
	enum idnum_kind kind;
	uint64_t hash;
	char head[3]; /* the two characters that may be shown */
	uint8_t digits;
	bool weak, usual; /* no check digit; written in a usual grouping */
};
/* How candidates are found: as fast as this processor can, by one set of its instructions, by none, or character by
 * character. All find the same, which t/unit/scan.c proves. */
enum scan_way { SCAN_FAST, SCAN_GFNI, SCAN_AVX512, SCAN_AVX2, SCAN_SSE2, SCAN_WORDS, SCAN_PLAIN };
bool scan_can(enum scan_way way); /* the processor has it */
/* Hits that alone are for people to judge: the first few are listed, the others counted, each form by itself. */
enum tally { TALLY_PLUS, TALLY_ZEROS, TALLY_IPV4, TALLY_COLONS, TALLY_DASHES, TALLY_NUMBER, TALLY_PLACE, TALLIES };
struct scan_tally {
	uint64_t count, distinct;
	uint64_t seen[16];
	struct place last;
};
struct scan {
	struct report *report;
	const uint8_t *k_check;
	bool json;         /* escapes are resolved, a comma always parts two numbers */
	const char *where; /* "" or "the file's name: " */
	enum scan_way way;
	unsigned depth;    /* of decoding */
	/* the text at hand as it was written, and where its first byte stands in the file */
	const char *text;
	size_t text_len;
	uint64_t text_at, line_at, line; /* line: number of the line that holds byte line_at */
	/* what is looked at: v[0..len), candidates begin in [from, to). It is text + raw, or its folded form. */
	const char *v;
	size_t from, to, len, raw;
	bool folded;
	char *fold;
	size_t room;
	size_t seen_index, seen_at; /* where place_of was last, as index in v and as bytes from raw */
	size_t done_number, skip_number, done_run, done_net, done_colon, done_told; /* in v: judged up to here */
	struct place at;
	bool few;          /* identity numbers, pseudonyms and mail alone: what t/bench/check compares with others */
	bool field, named; /* the piece is a field of a table; its header has a context word */
	char tail[SCAN_TAIL]; /* of the fields before in this row: what a pseudonym may be made of */
	size_t tail_len;
	uint64_t tail_row;
	struct scan_hit hit[SCAN_HITS];
	size_t hits; /* distinct ones kept */
	bool full;   /* and more that are not */
	uint64_t passed[2][16],
		runs[2][16]; /* [usual][digits]: numbers that pass a check, and all */
	struct scan_tally tally[TALLIES];
	/* how words end that announce a record or a place, or an identity number: see word_endings */
	uint64_t endings[WORD_ENDINGS], contexts[WORD_ENDINGS];
	uint64_t tried;      /* pseudonyms tried with the key */
	uint64_t decoded;    /* bytes that were decoded */
	uint64_t wrap_next, wrap_bytes, wrap_lines, wrap_width; /* lines of encoded data: see blob.c */
	uint64_t wrap_digits, wrap_jumps, wrap_changes;
	bool wrap_told;
	bool no_memory;
};
void scan_begin(struct scan *s, struct report *r, const uint8_t *k_check, bool json);
/* scan_text - all of a text. */
void scan_text(struct scan *s, const char *p, size_t n);
/* scan_part - a text in windows: p[from..n) follows what was scanned; up to SCAN_KEEP bytes of that stand before it.
 * Returns how far it came: call again with at least SCAN_KEEP bytes before that place (or all), and more behind. at
 * is where p[0] stands in the file. last: nothing follows. */
size_t scan_part(struct scan *s, const char *p, size_t n, size_t from, uint64_t at, bool last);
/* scan_field - one field of a table; named: its column's header has a context word. Fields of one row in order. */
void scan_field(struct scan *s, const char *p, size_t n, struct place at, bool named);
/* spelled.c: spelled_check - codes of characters, and short pieces over lines, decoded and searched. */
void spelled_check(struct scan *s, const char *p, size_t n);
/* scan_end - what only the whole can say: bare numbers block from three distinct ones on. */
void scan_end(struct scan *s);
/* scan_has_context - folded text has a word that announces an identity number. */
bool scan_has_context(const char *fold, size_t n);
const char *scan_kind(enum idnum_kind k); /* "a Finnish personal identity code" */

/* sort.c: sort_hashed - by compare, which asks for the uint64_t at the start of each entry first: a hash. */
void sort_hashed(void *list, size_t n, size_t unit, int (*compare)(const void *, const void *));

/* name.c, table.c, png.c: rules of one format each. */
void name_check(struct report *r, const char *name);
/* Counts of a file, for differencing: sets one behind the other, none with a count of another, each at least eight times as
 * large as the next; so that a text may have many tables and a count is moved few times. */
#define COUNT_RUNS 8
struct counts_list {
	struct count *p;
	size_t n, room;
	size_t from[COUNT_RUNS], runs; /* where each set begins */
	uint64_t *known; /* a bit for the first bits of each key, once there is more than one table; NULL: none, or no memory */
	uint64_t audited; /* work that the audit of margins did: see audit_work */
};
/* table_check - csv or tsv: all rules on tables, and the scan of each field; false where it doesn't parse and must be
 * scanned as plain text. f has name, sidecar and history; its own bytes are not looked at. */
bool table_check(const struct policy *p, const struct policy_file *f, struct report *r, struct scan *s, const char *bytes,
	size_t n, bool tsv, uint64_t title, struct counts_list *counts);
/* json_tables_check - the same rules on lists of objects in JSON. False: out of memory. */
bool json_tables_check(const struct policy *p, const struct policy_file *f, struct report *r, const char *bytes, size_t n,
	struct counts_list *counts);
/* text_tables_check - the same rules on the tables that a text has, in Markdown or in aligned columns, and on what it
 * announces in words ("n = 7"). The scan for identifiers is not done here. */
void text_tables_check(const struct policy *p, const struct policy_file *f, struct report *r, const char *bytes, size_t n,
	struct counts_list *counts);
/* text_pieces_check - the same of cells, strings or labels, which empty lines part and which are no rows together. */
void text_pieces_check(const struct policy *p, const struct policy_file *f, struct report *r, const char *bytes, size_t n,
	struct counts_list *counts);
void png_check(struct report *r, struct scan *s, const char *bytes, size_t n);
void json_check(struct report *r, const char *bytes, size_t n);
/* staged.c: what of the staged data (each of f->prints) is in these bytes: a table, or lines of text where delimiter_or_0 is 0. */
void staged_check(const struct policy_file *f, struct report *r, const char *bytes, size_t n, char delimiter_or_0);

/* text_alike - the small Latin letter that a letter is a form of, or looks like; '\0': none, or it is ASCII or Latin-1. */
char text_alike(uint32_t c);
/* text_blank - how many bytes the blank at p has that is no ASCII one (general category Zs); 0: it is none. */
static inline size_t text_blank(const char *p, const char *end)
{
	const unsigned char *c = (const unsigned char *)p;

	if (end - p >= 2 && c[0] == 0xc2 && c[1] == 0xa0)
		return 2;
	if (end - p < 3)
		return 0;
	if (c[0] == 0xe2 && c[1] == 0x80 && (c[2] <= 0x8a || c[2] == 0xaf))
		return 3;
	return (c[0] == 0xe2 && c[1] == 0x81 && c[2] == 0x9f) || (c[0] == 0xe3 && c[1] == 0x80 && c[2] == 0x80) ||
		(c[0] == 0xe1 && c[1] == 0x9a && c[2] == 0x80) ? 3 : 0;
}

/* word_in - a list of words, ending with NULL. Here, so that who reads policies need not link what searches. */
static inline bool word_in(const char *const *list, const char *word, size_t n)
{
	for (; n > 0 && *list; list++)
		if (**list == *word && strncmp(*list, word, n) == 0 && (*list)[n] == '\0')
			return true;
	return false;
}
#endif
