/* spe/idnum.h - personal identity numbers of the Nordic and Baltic countries and the United Kingdom.
 * Rules and test vectors: national issuers, collected in t/unit/idnum.c. Pure; no allocation. */
#ifndef SPE_IDNUM_H
#define SPE_IDNUM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum idnum_kind { IDNUM_NONE, IDNUM_FI, IDNUM_SE, IDNUM_NO, IDNUM_DK, IDNUM_IS, IDNUM_EE, IDNUM_LT,
	IDNUM_LV, IDNUM_FO, IDNUM_NHS, IDNUM_COUNT };

enum idnum_strength {
	IDNUM_NO_MATCH,
	IDNUM_WEAK,   /* form and date fit, check digit absent or failing where that is lawful (DK since 2007, IS since 2026) */
	IDNUM_BARE,   /* check passes, digits only: chance can do that */
	IDNUM_STRONG, /* check passes and a separator, sign or century says what it is */
};

/* idnum_country - "fi", "se", ... as in pseudonym domains; "" for NONE. */
const char *idnum_country(enum idnum_kind k);
/* idnum_match - does the whole of s[0..len) (trimmed by the caller) read as a number of kind k? */
enum idnum_strength idnum_match(enum idnum_kind k, const char *s, size_t len);
/* idnum_best - the strongest reading as a number of any kind, the first of equals; ret is set where there is one. */
enum idnum_strength idnum_best(const char *s, size_t len, enum idnum_kind *ret);

#define IDNUM_CANONICAL_MAX 16
/* idnum_canonical - one spelling per person, for pseudonyms: FI upper case with sign; SE 12 digits
 * without separator, the century resolved ('+' and two-digit years against reference_year; a
 * sign-less ten-digit number is the youngest person not born after reference_year); NO, EE, LT 11 digits;
 * DK, IS, LV, FO digits only. Surrounding blanks are trimmed.
 * k IDNUM_NONE tries FI, SE, NO, DK, IS, EE, LT, LV for exactly one match that is BARE or STRONG; two are
 * ambiguous, also where one is STRONG: a Norwegian's number may be written with the dash of a Latvian's. Weak matches count only where k names the country, but for two: a number of Iceland without a check digit, of
 * somebody born there from 2026 to reference_year, and one of Denmark without one, of somebody born on a 1 January from 1960 on, make
 * what it is elsewhere ambiguous, or two persons would be one. Older people who come to Iceland have such numbers too, and its
 * system numbers, 8 or 9 first, are like those of Swedes born in the eighties and nineties: every such number could be of either,
 * so these are not counted, and a column of one country should name it.
 * Returns the kind and fills ret; IDNUM_NONE where it is none or ambiguous. */
enum idnum_kind idnum_canonical(enum idnum_kind k, const char *s, size_t len, int reference_year,
	char ret[IDNUM_CANONICAL_MAX]);

/* idnum_fault - what is wrong with a number of which idnum_canonical says that it is none; of several kinds the one that
 * it is nearest to. */
enum idnum_fault {
	IDNUM_MISSING,   /* blank */
	IDNUM_FORM,      /* another length, or other characters */
	IDNUM_DATE,      /* a day that there is not, or a range that nobody has */
	IDNUM_CHECK,     /* another check digit would be right; or there is none and the country is not known */
	IDNUM_AMBIGUOUS, /* right for several countries */
	IDNUM_FAULTS
};
enum idnum_fault idnum_fault(enum idnum_kind k, const char *s, size_t len);

/* idnum_absent - nothing, or what programs and people write where there is no number: NA, NULL, ".", "-", noughts or nines alone. */
bool idnum_absent(const char *s, size_t len);
/* idnum_with_zero - nine or ten digits as they were before a program took them for a number; the length, 0 where it is none such. */
size_t idnum_with_zero(const char *s, size_t len, char ret[IDNUM_CANONICAL_MAX]);
/* idnum_column_see - a value of a column of which nobody said that it has identity numbers. idnum_column_has - it has. */
#define IDNUM_DIFFERENT 100u
struct idnum_column {
	uint64_t seen;    /* values that are not absent, and */
	uint64_t numbers; /* those that are identity numbers of some country, whose check digit says so too; */
	uint64_t weak;    /* or whose form and day do, and of these: */
	uint64_t zeros;   /* with a 0 in front that is not there; */
	uint64_t iceland, years; /* that may be Iceland's; that have a day also from the year on */
	uint32_t days;           /* their days of the month, a bit each */
	uint64_t different[IDNUM_DIFFERENT]; /* hashes of the first such */
	size_t differents;
};
void idnum_column_see(struct idnum_column *c, const char *s, size_t len);
bool idnum_column_has(const struct idnum_column *c);
#endif
