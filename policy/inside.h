/* policy/inside.h - what the files of this room share: findings, text, and the scan for identifiers.
 * Touches: memory that it was given. Leaves alone: files, sockets, processes, clocks (t/0020-rooms.t asks nm). */
#ifndef SPE_POLICY_INSIDE_H
#define SPE_POLICY_INSIDE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

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
	unsigned ran;     /* bit per rule */
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
bool fold_is_digit(char c);
bool fold_is_word(char c); /* letter or digit */
/* text_check - rule file-type on text as such: strict UTF-8, nothing invisible. */
void text_check(struct report *r, const char *p, size_t n, bool json);

/* scan.c: identity numbers, pseudonyms, e-mail addresses and account numbers in text. */
#define SCAN_HITS 64
#define SCAN_CONTEXT 40 /* characters on each side in which a context word counts */
struct scan_hit {
	struct place at;
	enum idnum_kind kind;
	uint64_t hash;
	char head[3]; /* the two characters that may be shown */
	uint8_t digits;
	bool weak, usual; /* no check digit; written in a usual grouping */
};
struct scan {
	struct report *report;
	const uint8_t *k_check;
	bool json;         /* escapes are resolved, a comma always parts two numbers */
	const char *where; /* "" or "the file's name: " */
	char *fold; /* of the piece at hand, behind SCAN_CONTEXT characters of the piece before */
	size_t room, start, len;
	const char *piece; /* the same, as it was written */
	size_t piece_len, seen_index, seen_at;
	struct place at;
	bool field, named; /* the piece is a field of a table; its header has a context word */
	struct scan_hit hit[SCAN_HITS];
	size_t hits; /* distinct ones kept */
	uint64_t passed[2][16],
		runs[2][16]; /* [usual][digits]: numbers that pass a check, and all */
	uint64_t tried;      /* pseudonyms tried with the key */
	bool no_memory;
};
void scan_begin(struct scan *s, struct report *r, const uint8_t *k_check, bool json);
/* scan_text - all of a text, line by line. */
void scan_text(struct scan *s, const char *p, size_t n);
/* scan_field - one field of a table; named: its column's header has a context word. */
void scan_field(struct scan *s, const char *p, size_t n, struct place at, bool named);
/* scan_end - what only the whole can say: bare numbers block from three distinct ones on. */
void scan_end(struct scan *s);
/* scan_has_context - folded text has a word that announces an identity number. */
bool scan_has_context(const char *fold, size_t n);
const char *scan_kind(enum idnum_kind k); /* "a Finnish personal identity code" */

/* name.c, table.c, png.c: rules of one format each. */
void name_check(struct report *r, const char *name);
/* table_check - csv or tsv; false where it doesn't parse and must be scanned as plain text. */
bool table_check(const struct policy *p, struct report *r, struct scan *s, const char *bytes,
	size_t n, bool tsv);
void png_check(struct report *r, struct scan *s, const char *bytes, size_t n);
void json_check(struct report *r, const char *bytes, size_t n);
/* staged.c: what of the staged data (f->prints) is in these bytes: a table, or lines of text where delimiter_or_0 is 0. */
void staged_check(const struct policy_file *f, struct report *r, const char *bytes, size_t n, char delimiter_or_0);

/* A list of words, ending with NULL. */
bool word_in(const char *const *list, const char *word, size_t n);
#endif
