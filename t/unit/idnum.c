/* t/unit/idnum.c - published examples of every form: issuers' test numbers and their nearest wrong twins. */
#include "t/tap.h"
#include "t/unit/idnum.h"

#include <stdint.h>

static void examples_are_told_apart(void)
{
	char what[128];
	size_t i;

	for (i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		snprintf(what, sizeof(what), "%s %s", idnum_country(examples[i].kind),
			examples[i].text);
		is_int(idnum_match(examples[i].kind, examples[i].text, strlen(examples[i].text)),
			examples[i].want, what);
	}
}

static void lengths_are_exact(void)
{
	is_int(idnum_match(IDNUM_FI, "131052-308T", 10), IDNUM_NO_MATCH, "one character less");
	is_int(idnum_match(IDNUM_FI, "131052-308T ", 12), IDNUM_NO_MATCH, "one blank more");
	is_int(idnum_match(IDNUM_NO, "151086950881", 12), IDNUM_NO_MATCH, "one digit more");
	is_int(idnum_match(IDNUM_SE, "", 0), IDNUM_NO_MATCH, "nothing");
	is_int(idnum_match(IDNUM_NONE, "131052-308T", 11), IDNUM_NO_MATCH, "no kind");
	is_int(idnum_match(IDNUM_DK, "211062--5629", 12), IDNUM_NO_MATCH, "two separators");
}

/* What the search asks is the best of all kinds, the first of equals. */
static void the_best_is_found(void)
{
	static const char chars[] = "0123456789-+ TA";
	uint32_t seed = 7;
	size_t i, k, wrong = 0;

	for (i = 0; i < 400000; i++) {
		enum idnum_kind kind = IDNUM_NONE, want_kind = IDNUM_NONE;
		enum idnum_strength want = IDNUM_NO_MATCH, got;
		char text[64];
		size_t n;

		snprintf(text, sizeof(text), "%s", examples[i % (sizeof(examples) / sizeof(examples[0]))].text);
		n = strlen(text);
		for (k = 0; k < 2; k++) {
			seed ^= seed << 13;
			seed ^= seed >> 17;
			seed ^= seed << 5;
			text[(seed >> 8) % n] = chars[(seed >> 16) % (sizeof(chars) - 1)];
		}
		for (k = IDNUM_FI; k < IDNUM_COUNT; k++) {
			enum idnum_strength m = idnum_match((enum idnum_kind)k, text, n);

			if (m > want) {
				want = m;
				want_kind = (enum idnum_kind)k;
			}
		}
		got = idnum_best(text, n, &kind);
		if ((got != want || kind != want_kind) && wrong++ == 0)
			printf("# %s: %d, wanted %d\n", text, got, want);
	}
	is_int((long long)wrong, 0, "400000 near twins are read as each kind alone reads them");
}

static const struct {
	enum idnum_kind asked;
	const char *text;
	int year;
	enum idnum_kind kind;
	const char *want;
} spellings[] = {
	{ IDNUM_FI, "131052-308t", 2026, IDNUM_FI, "131052-308T" },
	{ IDNUM_FI, " 131052a308T\t", 2026, IDNUM_FI, "131052A308T" },
	{ IDNUM_FI, "100190Y999P", 2026, IDNUM_FI, "100190Y999P" },
	{ IDNUM_FI,
		"131052\xe2\x80\x93"
		"308T",
		2026, IDNUM_FI, "131052-308T" },
	{ IDNUM_SE, "811228-9874", 2026, IDNUM_SE, "198112289874" },
	{ IDNUM_SE, "8112289874", 2026, IDNUM_SE, "198112289874" },
	{ IDNUM_SE, "19811228-9874", 2026, IDNUM_SE, "198112289874" },
	{ IDNUM_SE, "121212+1212", 2026, IDNUM_SE, "191212121212" },
	{ IDNUM_SE, "121212-1212", 2026, IDNUM_SE, "201212121212" },
	{ IDNUM_SE, "121212-1212", 2005, IDNUM_SE, "191212121212" },
	{ IDNUM_SE, "000229-2399", 2026, IDNUM_SE, "200002292399" },
	{ IDNUM_SE, "20000101-t220", 2026, IDNUM_SE, "20000101T220" },
	{ IDNUM_NO, "151086 95088", 2026, IDNUM_NO, "15108695088" },
	{ IDNUM_DK, "211062-5629", 2026, IDNUM_DK, "2110625629" },
	{ IDNUM_DK, "251248-9996", 2026, IDNUM_DK, "2512489996" },
	{ IDNUM_IS, "1201743399", 2026, IDNUM_IS, "1201743399" },
	{ IDNUM_LV, "161175-19997", 2026, IDNUM_LV, "16117519997" },
	{ IDNUM_EE, "36805280109", 2026, IDNUM_EE, "36805280109" },
	{ IDNUM_NONE, "131052-308T", 2026, IDNUM_FI, "131052-308T" },
	{ IDNUM_NONE, "19121212-1212", 2026, IDNUM_SE, "191212121212" },
	{ IDNUM_NONE, "15108695088", 2026, IDNUM_NO, "15108695088" },
	{ IDNUM_NONE, "120174-3399", 2026, IDNUM_IS, "1201743399" },
	{ IDNUM_NONE, "070761-4285", 2026, IDNUM_NONE, "" }, /* Swedish and Danish */
	{ IDNUM_NONE, "36805280109", 2026, IDNUM_NONE, "" }, /* Estonian or Lithuanian */
	{ IDNUM_NONE, "251248-9996", 2026, IDNUM_NONE, "" }, /* weak counts only where asked for */
	{ IDNUM_NONE, "150326-2130", 2026, IDNUM_NONE, "" }, /* Danish, or Icelandic without a check digit */
	{ IDNUM_NONE, "1503262130", 2030, IDNUM_NONE, "" },
	{ IDNUM_NONE, "150326-2130", 2025, IDNUM_DK, "1503262130" }, /* in Iceland nobody is born who has it */
	{ IDNUM_DK, "150326-2130", 2026, IDNUM_DK, "1503262130" },
	{ IDNUM_IS, "150326-2130", 2026, IDNUM_IS, "1503262130" },
	{ IDNUM_FO, "150840-123", 2026, IDNUM_FO, "150840123" },
	{ IDNUM_FO, " 150840123", 2026, IDNUM_FO, "150840123" },
	{ IDNUM_FO, "311340-123", 2026, IDNUM_NONE, "" },
	{ IDNUM_NONE, "010165-1230", 2026, IDNUM_NONE, "" }, /* Danish without a check digit, or a Swedish coordination number */
	{ IDNUM_NONE, "0101651230", 2026, IDNUM_NONE, "" },
	{ IDNUM_NONE, "200101651230", 2026, IDNUM_SE, "200101651230" },
	{ IDNUM_SE, "010165-1230", 2026, IDNUM_SE, "200101651230" },
	{ IDNUM_DK, "010165-1230", 2026, IDNUM_DK, "0101651230" },
	{ IDNUM_NONE, "010165-2029", 2026, IDNUM_NONE, "" }, /* or Icelandic */
	{ IDNUM_NONE, "150840-00261", 2026, IDNUM_NONE, "" }, /* Norwegian, or Latvian */
	{ IDNUM_NONE, "15084000261", 2026, IDNUM_NONE, "" },
	{ IDNUM_NO, "150840-00261", 2026, IDNUM_NO, "15084000261" },
	{ IDNUM_LV, "150840-00261", 2026, IDNUM_LV, "15084000261" },
	{ IDNUM_NONE, "151086-95088", 2026, IDNUM_NO, "15108695088" },
	{ IDNUM_NONE, "161175-19997", 2026, IDNUM_LV, "16117519997" },
	{ IDNUM_NONE, "", 2026, IDNUM_NONE, "" },
	{ IDNUM_FI, "13105-2308T", 2026, IDNUM_NONE, "" },
	{ IDNUM_DK, "   ", 2026, IDNUM_NONE, "" },
};

static void one_person_has_one_spelling(void)
{
	char got[IDNUM_CANONICAL_MAX], what[128];
	size_t i;

	for (i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		enum idnum_kind k = idnum_canonical(spellings[i].asked, spellings[i].text,
			strlen(spellings[i].text), spellings[i].year, got);

		if (k == IDNUM_NONE)
			got[0] = '\0';
		snprintf(what, sizeof(what), "%s '%s' in %d", idnum_country(spellings[i].asked),
			spellings[i].text, spellings[i].year);
		is_int(k, spellings[i].kind, what);
		is_str(got, spellings[i].want, "its spelling");
	}
	is_int(idnum_fault(IDNUM_NONE, "150326-2130", 11), IDNUM_AMBIGUOUS, "a Dane who may be a child of Iceland is ambiguous");
	is_int(idnum_fault(IDNUM_FO, "311340-123", 10), IDNUM_DATE, "a Faroese one of no day");
	is_int(idnum_fault(IDNUM_FO, "150840-1234", 11), IDNUM_FORM, "and one that is too long");
	is_int(idnum_fault(IDNUM_NONE, "010165-1230", 11), IDNUM_AMBIGUOUS, "and one who has no check digit");
	is_int(idnum_fault(IDNUM_NONE, "150840-00261", 12), IDNUM_AMBIGUOUS, "and a Norwegian who may be a Latvian");
}

/* Every form that some country writes, its digits by chance: what another country's check passes as well is nobody's. */
static void nobody_is_taken_for_another(void)
{
	static const char *const forms[] = { "dddddd-dddd", "dddddd+dddd", "dddddd dddd", "dddddddddd", "dddddd-ddddd", "dddddd ddddd", "ddddddddddd",
		"dddddddd-dddd", "dddddddddddd", "ddddddAdddd", "dddddd-Tddd" };
	const size_t count = sizeof(forms) / sizeof(forms[0]);
	long long one = 0, several = 0, wrong = 0;
	uint32_t seed = 11;
	size_t i, k;

	for (i = 0; i < count * 200000; i++) {
		const char *form = forms[i % count];
		const size_t n = strlen(form);
		char text[16], canonical[IDNUM_CANONICAL_MAX];
		enum idnum_kind only = IDNUM_NONE, got;
		int fits = 0;

		for (k = 0; k < n; k++) {
			seed = seed * 1664525 + 1013904223;
			text[k] = form[k] == 'd' ? (char)('0' + (seed >> 16) % (k == 0 || k == 2 ? 4 : 10)) : form[k];
		}
		for (k = IDNUM_FI; k <= IDNUM_LV; k++)
			if (idnum_match((enum idnum_kind)k, text, n) >= IDNUM_BARE) {
				fits++;
				only = (enum idnum_kind)k;
			}
		if (strncmp(text, "0101", 4) == 0 && text[4] >= '6' && idnum_match(IDNUM_DK, text, n) == IDNUM_WEAK)
			fits += fits == 1; /* may be right */
		got = idnum_canonical(IDNUM_NONE, text, n, 2025, canonical);
		one += fits == 1;
		several += fits > 1;
		wrong += fits > 1 && (got != IDNUM_NONE || idnum_fault(IDNUM_NONE, text, n) != IDNUM_AMBIGUOUS);
		wrong += fits == 1 && got != only;
	}
	ok(one > 1000 && several > 100, "of two million spellings some are a number of one country, and some of several");
	is_int(wrong, 0, "each of the first is that country's, and none of the others anybody's");
}

static void some_words_say_that_there_is_none(void)
{
	static const char *const none[] = { "", " ", ".", "-", "--", "NA", "na", "N/A", "n.a.", "<NA>", "NaN", "NULL", "None", "nil", "0", "000000-0000",
		"00000000000", "999999 9999", "99999999999" };
	static const char *const some[] = { "131052-308T", "0909", "900000000", "nan1", "nullx", "E11", "1", "00000000001", "9999999999a", "\xe2\x80\x93" };
	size_t i;

	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		ok(idnum_absent(none[i], strlen(none[i])), none[i]);
	for (i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		ok(!idnum_absent(some[i], strlen(some[i])), some[i]);
}

enum made { FAROES, ICELAND, DAY, SAMPLE_9, SAMPLE_10, SAMPLE_11, SERIAL_9, SERIAL_10, YEAR_SERIAL, SECONDS, MINUTES, COUNTED_9, DANES };

static void make(enum made made, unsigned i, char ret[32])
{
	const unsigned d = 1 + i % 28, m = 1 + i % 12, y = (i * 7 + 32) % 100, n = i % 1000;

	switch (made) {
	case FAROES:
		snprintf(ret, 32, "%02u%02u%02u%03u", d, m, y, n);
		break;
	case ICELAND: /* born in 2026 */
		snprintf(ret, 32, "%02u%02u26%02u%u0", d, m, 20 + i % 80, i / 80 % 10);
		break;
	case DAY:
		snprintf(ret, 32, "2015%02u%02u", m, d);
		break;
	case SAMPLE_9:
		snprintf(ret, 32, "15%02u%02u%03u", m, d, n);
		break;
	case SAMPLE_10:
		snprintf(ret, 32, "15%02u%02u%04u", m, d, n);
		break;
	case SAMPLE_11:
		snprintf(ret, 32, "2015%02u%02u%03u", m, d, n);
		break;
	case SERIAL_9:
		snprintf(ret, 32, "%03u%06u", 100 + n % 900, n * 1001);
		break;
	case SERIAL_10:
		snprintf(ret, 32, "1%03u%06u", n, n * 997);
		break;
	case YEAR_SERIAL: /* of laboratories: the year and a number, here those that have a month */
		snprintf(ret, 32, "20%02u%06u", m, 483920 + n * 7);
		break;
	case SECONDS: /* of one autumn */
		snprintf(ret, 32, "%u", 1601000000 + n * 11999);
		break;
	case MINUTES:
		snprintf(ret, 32, "%u", 1601000040 + n * 12000);
		break;
	case COUNTED_9:
		snprintf(ret, 32, "%u", 101000000 + n * 11999);
		break;
	case DANES:
		snprintf(ret, 32, "%02u%02u%02u%04u", d + (i % 9 == 0 ? 60 : 0), m, y, 1000 + n * 7);
		break;
	}
}

static bool column_has(enum made made, unsigned step, unsigned count)
{
	struct idnum_column c = { 0 };
	char text[32];
	unsigned i;

	for (i = 0; i < count; i++) {
		make(made, i * step, text);
		idnum_column_see(&c, text, strlen(text));
	}
	return idnum_column_has(&c);
}

static void columns_of_numbers_without_check_digits_are_seen(void)
{
	ok(column_has(FAROES, 1, 1000) && column_has(FAROES, 1, 5), "the Faroes', of which five are enough");
	ok(!column_has(FAROES, 1, 4), "but not four");
	ok(!column_has(FAROES, 0, 1000), "a thousand times the same is a code");
	ok(column_has(ICELAND, 1, 1000), "those of this year's Icelanders");
	ok(!column_has(DAY, 1, 1000), "days are none");
	ok(!column_has(SAMPLE_9, 1, 1000) && !column_has(SAMPLE_10, 1, 1000) && !column_has(SAMPLE_11, 1, 1000), "nor are numbers of samples by day");
	ok(!column_has(SERIAL_9, 1, 1000) && !column_has(SERIAL_10, 1, 1000), "nor any");
	ok(column_has(DANES, 1, 1000) && column_has(DANES, 1, 12) && column_has(DANES, 5, 5), "those of Danes");
	ok(!column_has(YEAR_SERIAL, 1, 1000) && !column_has(YEAR_SERIAL, 1, 5), "no laboratories'");
	ok(!column_has(SECONDS, 1, 1000) && !column_has(MINUTES, 1, 1000), "no seconds");
	ok(!column_has(COUNTED_9, 1, 1000), "no nine digits in order");
}

int main(void)
{
	examples_are_told_apart();
	lengths_are_exact();
	the_best_is_found();
	one_person_has_one_spelling();
	nobody_is_taken_for_another();
	some_words_say_that_there_is_none();
	columns_of_numbers_without_check_digits_are_seen();
	return tap_end();
}
