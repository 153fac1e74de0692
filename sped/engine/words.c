/* engine/words.c - words of descriptions and of those who look for them: folded to plain letters, and one idea in six
 * languages, so that a Finnish word finds what a Dane described. */
#include <stdio.h>
#include <string.h>

#include "sped/engine/engine.h"

/* What a letter of Latin-1 and Latin Extended-A becomes: U+00C0 on, two bytes of UTF-8 each; '.' is left out. */
static const char *const plain[] = { "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i", "d", "n", "o", "o", "o",
	"o", "o", "", "o", "u", "u", "u", "u", "y", "th", "ss", "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",
	"d", "n", "o", "o", "o", "o", "o", "", "o", "u", "u", "u", "u", "y", "th", "y", "a", "a", "a", "a", "a", "a", "c", "c", "c", "c", "c", "c",
	"c", "c", "d", "d", "d", "d", "e", "e", "e", "e", "e", "e", "e", "e", "e", "e", "g", "g", "g", "g", "g", "g", "g", "g", "h", "h", "h", "h",
	"i", "i", "i", "i", "i", "i", "i", "i", "i", "i", "ij", "ij", "j", "j", "k", "k", "k", "l", "l", "l", "l", "l", "l", "l", "l", "l", "l", "n",
	"n", "n", "n", "n", "n", "n", "n", "n", "o", "o", "o", "o", "o", "o", "oe", "oe", "r", "r", "r", "r", "r", "r", "s", "s", "s", "s", "s", "s",
	"s", "s", "t", "t", "t", "t", "t", "t", "u", "u", "u", "u", "u", "u", "u", "u", "u", "u", "u", "u", "w", "w", "y", "y", "y", "z", "z", "z",
	"z", "z", "z", "s" };

static void put(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void words_fold(const char *p, struct buf *ret)
{
	const uint8_t *s = (const uint8_t *)p;

	while (*s) {
		unsigned c = *s++;

		if (c >= 0xc3 && c <= 0xc5 && (*s & 0xc0) == 0x80) {
			unsigned at = ((c & 0x1f) << 6 | (*s++ & 0x3f)) - 0xc0;

			buf_str(ret, plain[at]);
			continue;
		}
		if (c >= 'A' && c <= 'Z')
			c = c - 'A' + 'a';
		else if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
			c = c == '-' || c == '_' || c == '.' || c == '/' ? '-' : ' ';
		put(ret, (char)c);
	}
}

/* "icd-10" once more without its hyphen. */
static void squeeze(struct buf *b, size_t begin)
{
	const size_t end = b->len;
	size_t i, from = begin;

	for (i = begin; i <= end && !b->bad; i++) {
		const bool ends = i == end || b->p[i] == ' ';

		if (ends && memchr(b->p + from, '-', i - from)) {
			size_t k;

			buf_str(b, " ");
			for (k = from; k < i; k++)
				if (b->p[k] != '-')
					put(b, b->p[k]);
		}
		if (ends)
			from = i + 1;
	}
}

void words_index(const char *p, struct buf *ret)
{
	size_t begin, i, end;

	buf_str(ret, " ");
	begin = ret->len;
	words_fold(p, ret);
	end = ret->len;
	squeeze(ret, begin);
	for (i = begin; i < end && !ret->bad; i++)
		if (ret->p[i] == '-')
			ret->p[i] = ' ';
}

/* One idea a row; in this order: Finnish, Swedish, Norwegian, Danish, Icelandic, English; folded. */
static const char *const ideas[] = {
	"diagnoosi tautiluokitus diagnos diagnose greining sjukdomsgreining diagnosis icd10",
	"sairaus tauti sjukdom sykdom sygdom sjukdomur disease illness",
	"laake laakitys lakemedel legemiddel laegemiddel medicin lyf drug medicine medication atc",
	"resepti laakemaarays recept resept lyfsedill avisun prescription",
	"toimenpide leikkaus atgard operation prosedyre operasjon inngrep procedure indgreb adgerd surgery ncsp",
	"syopa kasvain cancer tumor kreft svulst kraeft krabbamein aexli neoplasm icdo3",
	"sydan hjarta hjerte hjarta heart cardiac",
	"aivohalvaus stroke slag hjerneslag apopleksi heilablodfall",
	"diabetes sokeritauti sukkersyke sukkersyge sykursyki",
	"kuolema kuollut dod dodsfall doed dodsfald dauda andlat death dead deceased mortality",
	"kuolinsyy dodsorsak dodsarsak danarorsok danarmein cause of death",
	"syntyma synnytys fodelse forlossning fodsel faeding birth delivery",
	"syntymaaika fodelsedatum fodselsdato faedingardagur birthdate dateofbirth",
	"raskaus graviditet svangerskap graviditet medganga pregnancy",
	"lapsi lapset barn born child children",
	"sukupuoli kon kjonn koen kyn sex gender",
	"ika alder aldur age",
	"sairaala sjukhus sykehus sygehus hospital sjukrahus spitali",
	"kaynti besok konsultasjon besog koma heimsokn visit encounter",
	"osastohoito slutenvard innleggelse indlaeggelse innlogn inpatient admission hilmo",
	"avohoito oppenvard poliklinikk ambulant gongudeild outpatient primary care avohilmo icpc2",
	"laboratorio laboratorium lab rannsoknarstofa rannsokn laboratory loinc",
	"verenpaine blodtryck blodtrykk blodtryk blodthrystingur blood pressure",
	"tupakointi rokning royking rygning reykingar smoking tobacco",
	"alkoholi alkohol afengi alcohol",
	"paino vikt vekt vaegt thyngd weight",
	"pituus langd hoyde hojde haed height length",
	"tulot tulo inkomst inntekt indkomst tekjur income",
	"koulutus utbildning utdanning uddannelse menntun education",
	"ammatti yrke beskjeftigelse beskaeftigelse starf occupation profession",
	"kunta asuinkunta kommun kommune sveitarfelag municipality residence nuts",
	"maa land country",
	"mielenterveys psykisk halsa helse geoheilsa gedheilsa mental health psychiatry",
	"astma asthma",
	"keuhko lunga lunge lungu lung copd kols keuhkoahtauma",
	"munuainen njure nyre nyra kidney renal",
	"rokote rokotus vaccin vaksine vaccine bolusetning bolusefni vaccination immunisation",
	"infektio tartunta infektion infeksjon smitta smitte syking infection",
	"hoito behandling medferd treatment therapy",
	"annos dos dose skammtur",
	"elossaolo eloonjaaminen overlevnad overlevelse lifun survival",
	"paivamaara paiva datum dato dagsetning date day",
	"rekisteri register skra registry",
	"potilas patient pasient sjuklingur",
	"henkilotunnus personnummer fodselsnummer cpr kennitala identity number",
	"aiti mor moder mamma modir mother",
	"isa far fader fadir father",
	"biopankki biobank lifsynabanki lifbanki",
	"perima genomi genom erfdamengi genome genetic vcf",
	"kuvantaminen rontgen bilddiagnostik billeddiagnostik myndgreining imaging radiology dicom",
	"hampaat suu tand tann tann tennur dental teeth",
	"kuntoutus rehabilitering endurhaefing rehabilitation",
	"vammaisuus toimintakyky funktionshinder funksjonsnedsettelse handicap fotlun disability functioning icf",
	"tyokyvyttomyys elake sjukpenning ufor uforetrygd foertidspension ororka sick leave disability pension",
	"kustannus kostnad omkostning kostnadur cost",
	"iho hud hud skin dermatology",
	"rinta brost bryst brjost breast",
	"suolisto paksusuoli tarm tjocktarm tykktarm ristill colon bowel colorectal",
	"eturauhanen prostata blodruhals blodruhalskirtill prostate",
};

/* Is this word, at least as far as it goes, among the row's? Short ones have to be whole: ika is no beginning of ikaantyvat. */
static bool row_has(const char *row, const char *word, size_t n)
{
	for (; *row; row += strcspn(row, " "), row += *row == ' ') {
		size_t w = strcspn(row, " ");

		if (w >= n && memcmp(row, word, n) == 0 && (w == n || n >= 6))
			return true;
	}
	return false;
}

static void put_term(struct buf *ret, const char *p, size_t n)
{
	if (n < 3) /* the index is of three letters at a time */
		return;
	buf_fmt(ret, "%s\"%.*s\"", ret->p && ret->len && ret->p[ret->len - 1] != '(' ? " OR " : "", (int)n, p);
}

static void put_ideas(struct buf *ret, const char *word, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof(ideas) / sizeof(ideas[0]); i++) {
		const char *row = ideas[i];

		if (!row_has(row, word, n))
			continue;
		for (; *row; row += strcspn(row, " "), row += *row == ' ')
			put_term(ret, row, strcspn(row, " "));
	}
}

/* Each word: it, or what says the same. */
void words_query(const char *text, struct buf *ret)
{
	auto_buf struct buf folded = { 0 };
	char *word, *save = NULL;
	size_t words = 0;

	buf_str(&folded, "");
	words_fold(text, &folded);
	for (word = folded.bad ? NULL : strtok_r(folded.p, " ", &save); word && words < 16; word = strtok_r(NULL, " ", &save)) {
		char squeezed[64];
		size_t n = 0;

		for (; *word; word++)
			if (*word != '-' && n + 1 < sizeof(squeezed))
				squeezed[n++] = *word;
		squeezed[n] = '\0';
		if (n < 3)
			continue;
		buf_str(ret, words++ ? " AND (" : "(");
		put_term(ret, squeezed, n);
		if (!squeezed[strcspn(squeezed, "0123456789")]) /* a code system is meant itself */
			put_ideas(ret, squeezed, n);
		buf_str(ret, ")");
	}
}

/* ---- counts of few persons ---- */

static const char *const numerals[] = { "one two three four five six seven eight nine", "yksi kaksi kolme nelja viisi kuusi seitseman kahdeksan yhdeksan",
	"en tva tre fyra fem sex sju atta nio", "en to tre fire fem seks sju atte ni", "en to tre fire fem seks syv otte ni",
	"einn tveir thrir fjorir fimm sex sjo atta niu" };
/* How words for people begin; in the six languages. */
static const char *const people[] = { "person", "people", "patient", "individual", "subject", "participant", "case", "death", "women", "men", "child",
	"henkil", "potil", "tapau", "kuollu", "kuolem", "lasta", "naista", "mies", "individ", "deltag", "deltak", "fall", "tilfelle", "tilfaelde", "dodsf",
	"kvinn", "kvinder", "maend", "menn", "barn", "pasient", "einstakling", "sjukling", "tilfelli", "thatttak", "manns" };

static long numeral(const char *p, size_t n)
{
	char *end;
	long v = strtol(p, &end, 10);
	size_t i;

	if (end == p + n)
		return v;
	for (i = 0; i < sizeof(numerals) / sizeof(numerals[0]); i++) {
		const char *row = numerals[i];

		for (v = 1; *row; v++, row += strcspn(row, " "), row += *row == ' ')
			if (strcspn(row, " ") == n && memcmp(row, p, n) == 0)
				return v;
	}
	return 0;
}

static bool names_people(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof(people) / sizeof(people[0]); i++)
		if (n >= strlen(people[i]) && memcmp(p, people[i], strlen(people[i])) == 0)
			return true;
	return false;
}

/* A word of a text: where it stands there, and folded. */
struct word {
	size_t from, to;
	char fold[40];
	size_t n;
};

static bool next_word(const char *text, size_t *at, struct word *ret)
{
	auto_buf struct buf b = { 0 };
	char raw[80];

	while (text[*at] && !((uint8_t)text[*at] >= 0x80 || strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", text[*at])))
		++*at;
	ret->from = *at;
	while (text[*at] && ((uint8_t)text[*at] >= 0x80 || strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", text[*at])))
		++*at;
	ret->to = *at;
	snprintf(raw, sizeof(raw), "%.*s", (int)(ret->to - ret->from), text + ret->from);
	words_fold(raw, &b);
	ret->n = b.len < sizeof(ret->fold) - 1 ? b.len : sizeof(ret->fold) - 1;
	memcpy(ret->fold, b.p ? b.p : "", ret->n);
	ret->fold[ret->n] = '\0';
	return ret->to > ret->from;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* 1,500 and 3.5 and 05 are no counts of few. */
static bool part_of_number(const char *text, const struct word *w)
{
	const char before = w->from > 0 ? text[w->from - 1] : ' ', after = text[w->to];
	const char *first = w->fold + strspn(w->fold, " "); /* what is no letter, as in ">=3" with one sign, stands before the digits */

	if (!is_digit(*first))
		return false;
	return *first == '0' || ((before == ',' || before == '.') && w->from > 1 && is_digit(text[w->from - 2]) && is_digit(text[w->from])) ||
	       ((after == ',' || after == '.') && is_digit(text[w->to + 1]));
}

/* A number of few with a word for people one to three words behind it; or "n = 4". */
static bool counts_few(const char *text, const struct word *w, const struct word *before, int64_t min)
{
	const long v = numeral(w->fold, w->n);
	struct word next;
	size_t at = w->to;
	int i;

	if (v < 1 || v >= min || part_of_number(text, w))
		return false;
	if (before->n == 1 && before->fold[0] == 'n' && memchr(text + before->to, '=', w->from - before->to))
		return true;
	for (i = 0; i < 3 && next_word(text, &at, &next); i++) {
		if (memchr(text + w->to, '.', next.from - w->to))
			return false;
		if (names_people(next.fold, next.n))
			return true;
	}
	return false;
}

void words_hide_few(const char *text, int64_t min, struct buf *ret)
{
	struct word w, before = { .n = 0 };
	size_t at = 0, done = 0;

	buf_str(ret, "");
	while (next_word(text, &at, &w)) {
		if (counts_few(text, &w, &before, min)) {
			buf_add(ret, text + done, w.from - done);
			buf_fmt(ret, "[fewer than %lld]", (long long)min);
			done = w.to;
		}
		before = w;
	}
	buf_str(ret, text + done);
}
