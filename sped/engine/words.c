/* engine/words.c - words of descriptions and of those who look for them: folded to plain letters, and one idea in six
 * languages, so that a Finnish word finds what a Dane described. */
#include <stdio.h>
#include <stdlib.h>
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
	"diabetes diabetekse sokeritauti sukkersyke sukkersyge sykursyki",
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

/* Of plurals and cases: potilas-ta, hospital-s, verenpaine-en; care behind health is none. */
static const char cases[] = "a aan al an anna ar arna e ed een en ene ens er erna erne ers es et ets i ia id ien iin illa ille in ing ins inu inum "
	"ir issa ista ja ksi lla lle lta me men mer n na ns num oita oon or orna r s ssa sta t ta ten ts tta um unum ur uun";

static bool in_row(const char *row, const char *p, size_t n, long *ret_place)
{
	for (*ret_place = 0; *row; ++*ret_place, row += strcspn(row, " "), row += *row == ' ')
		if (strcspn(row, " ") == n && memcmp(row, p, n) == 0)
			return true;
	return false;
}

static bool one_of(const char *row, const char *p, size_t n)
{
	long place;

	return in_row(row, p, n, &place);
}

/* Is this word, as far as it goes or but for an ending, among the row's? Short ones have to be whole: ika is no beginning of
 * ikaantyvat. */
static bool row_has(const char *row, const char *word, size_t n)
{
	for (; *row; row += strcspn(row, " "), row += *row == ' ') {
		size_t w = strcspn(row, " ");

		if (w >= n && memcmp(row, word, n) == 0 && (w == n || n >= 6))
			return true;
		if (w >= 5 && w < n && memcmp(row, word, w) == 0 && one_of(cases, word + w, n - w))
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

static bool put_ideas(struct buf *ret, const char *word, size_t n)
{
	bool any = false;
	size_t i;

	for (i = 0; i < sizeof(ideas) / sizeof(ideas[0]); i++) {
		const char *row = ideas[i];

		if (!row_has(row, word, n))
			continue;
		any = true;
		for (; *row; row += strcspn(row, " "), row += *row == ' ')
			put_term(ret, row, strcspn(row, " "));
	}
	return any;
}

/* What a word begins with, whatever its ending; less would be another: statistics for statins, immigrants for migraine. */
static void put_stem(struct buf *ret, const char *word, size_t n)
{
	const size_t cut = n > 8 ? n - 3 : n - 2, stem = cut < 6 ? 6 : cut;

	if (n > stem)
		buf_fmt(ret, " OR \" %.*s\"", (int)stem, word);
}

/* Each word: it, or what says the same; or, where that is not known, what begins as it does but for an ending. */
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
		if (!squeezed[strcspn(squeezed, "0123456789")] && !put_ideas(ret, squeezed, n)) /* a code system is meant itself */
			put_stem(ret, squeezed, n);
		buf_str(ret, ")");
	}
}

/* ---- counts of few persons ---- */

/* Folded, each row from a number on. */
static const struct {
	uint8_t first;
	const char *row;
} numerals[] = {
	{ 1, "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen" },
	{ 1, "yksi kaksi kolme nelja viisi kuusi seitseman kahdeksan yhdeksan kymmenen" }, { 1, "yhta kahta" }, { 5, "viitta kuutta" },
	{ 1, "en tva tre fyra fem sex sju atta nio tio elva tolv tretton fjorton femton sexton sjutton arton nitton" }, { 1, "ett" },
	{ 1, "et to tre fire fem seks sju atte ni ti elleve tolv tretten fjorten femten seksten sytten atten nitten" }, { 7, "syv otte" },
	{ 1, "einn tveir thrir fjorir fimm sex sjo atta niu tiu ellefu tolf threttan fjortan fimmtan sextan sautjan atjan nitjan" },
	{ 1, "ein tvaer thrjar fjorar" }, { 1, "eitt tvo thrju fjogur" }, { 2, "tveimur thremur fjorum" }
};
/* Finnish ones of one to ten but for their endings, and these. */
static const char finnish[] = "yhde kahde kolme nelja viide kuude seitsema kahdeksa yhdeksa kymmene", endings[] = "n lla lle lta sta a";
/* Articles and other words too: numbers only where people follow at once, and the last three where these are Nordic. */
static const char articles[] = "en ett et ein to sex fire", nordic_only[] = "to sex fire";

/* How words for people begin, in the six languages; those with a dot are whole. */
static const char *const people[] = { "person.", "persons.", "persone", "personar.", "personane.", "personur.", "personum.",
	"personun", "people", "patient", "individ", "subject", "participant", "case.", "cases.", "death", "women", "men.", "child",
	"female", "male.", "males.", "adult", "infant", "newborn", "boys", "girls", "henkilo.", "henkiloa", "henkiloi", "henkiloks",
	"henkiloll", "henkilolt", "henkilon.", "henkilona.", "henkiloon.", "henkiloss", "henkilosta.", "henkilot.", "henkilotta.",
	"ihmis", "potil", "tapau", "kuollu", "kuolem", "lapsi", "lapse", "lasta", "nainen", "naise", "naisi", "naist", "mies",
	"mieh", "deltag", "deltak", "fall.", "tilfelle", "tilfaelde", "dodsf", "dode.", "doda.", "kvinn", "kvinder", "maend",
	"menn.", "barn", "pasient", "einstakling", "sjukling", "tilfelli", "thatttak", "manns", "konur", "mannisk", "manneskj",
	"menneske" };
static const char *const nordic[] = { "persone", "personar.", "menneske", "patiente", "pasiente", "individe", "deltag",
	"deltak", "kvinn", "kvinder", "maend", "menn.", "barn", "tilfelle", "tilfaelde", "dodsf" };

/* "kolmen", "kahdella" */
static long finnish_numeral(const char *p, size_t n)
{
	long place;
	size_t k;

	for (k = n > 4 ? n - 4 : 1; k < n; k++)
		if (in_row(finnish, p, k, &place) && one_of(endings, p + k, n - k))
			return place + 1;
	return 0;
}

static long numeral(const char *p, size_t n)
{
	char *end;
	long v = strtol(p, &end, 10), place;
	size_t i;

	if (n > 0 && end == p + n)
		return v;
	if (n > 6 && memcmp(p + n - 6, "toista", 6) == 0) { /* Finnish teens */
		v = numeral(p, n - 6);
		return v > 0 && v < 10 ? v + 10 : 0;
	}
	for (i = 0; i < sizeof(numerals) / sizeof(numerals[0]); i++)
		if (in_row(numerals[i].row, p, n, &place))
			return numerals[i].first + place;
	return finnish_numeral(p, n);
}

static bool begins_one(const char *const *list, size_t count, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const size_t k = strcspn(list[i], ".");

		if (n >= k && memcmp(p, list[i], k) == 0 && (!list[i][k] || n == k))
			return true;
	}
	return false;
}

/* A word of a text: where it stands there, and folded. */
struct word {
	size_t from, to;
	char fold[40];
	size_t n;
};

/* Letters are those that words_fold makes plain: a blank or a dash of two or three bytes is none. */
static size_t letter(const char *p)
{
	const uint8_t *s = (const uint8_t *)p;

	if ((*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z'))
		return 1;
	return *s >= 0xc3 && *s <= 0xc5 && (s[1] & 0xc0) == 0x80 ? 2 : 0;
}

static bool next_word(const char *text, size_t *at, struct word *ret)
{
	auto_buf struct buf b = { 0 };
	char raw[80];
	size_t n;

	while (text[*at] && !letter(text + *at))
		++*at;
	ret->from = *at;
	while ((n = letter(text + *at)))
		*at += n;
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

/* A compound such as "patient-years" names none, nor do men where they are Swedish for but: "3 register, men"; and of what is
 * folded to man, that with a letter of two bytes. */
static bool names_people(const char *text, const struct word *w)
{
	struct word next;
	size_t at = w->to;

	if (text[w->to] == '-' && letter(text + w->to + 1) && next_word(text, &at, &next) && numeral(next.fold, next.n) == 0)
		return false;
	if (strcmp(w->fold, "man") == 0)
		return w->to - w->from > w->n;
	return begins_one(people, sizeof(people) / sizeof(people[0]), w->fold, w->n) &&
	       !(strcmp(w->fold, "men") == 0 && w->from > 1 && text[w->from - 2] == ',');
}

/* Blanks, also those that break no line; their bytes. */
static size_t blanks(const char *p)
{
	static const char *const wide[] = { " ", "\t", "\n", "\r", "\u00a0", "\u2009", "\u202f" };
	size_t at = 0, i = 0;

	while (i < sizeof(wide) / sizeof(wide[0]))
		if (strncmp(p + at, wide[i], strlen(wide[i])) == 0) {
			at += strlen(wide[i]);
			i = 0;
		} else {
			i++;
		}
	return at;
}

static bool apart_by_blanks(const char *text, const struct word *a, const struct word *b)
{
	return b->from > a->to && a->to + blanks(text + a->to) == b->from;
}

/* 1,500 and 3.5 and 05 and the 3 of 3 200 are no counts of few. */
static bool part_of_number(const char *text, const struct word *w)
{
	const char before = w->from > 0 ? text[w->from - 1] : ' ', after = text[w->to];
	const size_t gap = blanks(text + w->to);

	if (!is_digit(w->fold[0]))
		return false;
	return w->fold[0] == '0' || ((before == ',' || before == '.') && w->from > 1 && is_digit(text[w->from - 2])) ||
	       ((after == ',' || after == '.') && is_digit(text[w->to + 1])) || (gap > 0 && strspn(text + w->to + gap, "0123456789") == 3);
}

/* Words before a number that make it a name: "type 2", "ICD-10", "sixty-three". */
static bool part_of_name(const char *text, const struct word *w, const struct word *before)
{
	static const char kinds[] =
		"type types typ typen tyyppi tyypin grade grades grad grads aste asteen stage stages stadium stadiet stadie phase phases fas fase "
		"vaihe vaiheen class klass klasse luokka luokan level version table tabell taulukko",
			  tens[] = "twenty thirty forty fifty sixty seventy eighty ninety";

	if (apart_by_blanks(text, before, w))
		return is_digit(w->fold[0]) && one_of(kinds, before->fold, before->n);
	return before->n > 0 && w->from == before->to + 1 && text[before->to] == '-' &&
	       (is_digit(w->fold[0]) ? numeral(before->fold, before->n) == 0 && !is_digit(before->fold[0])
				     : one_of(tens, before->fold, before->n));
}

/* "3 years", "5-17 vuotta", "5 million", "1 January", "1 = yes", "5 %": none counts persons. */
static bool counts_else(const char *text, const struct word *w)
{
	static const char *const units[] = { "year", "day.", "days.", "month", "week", "hour", "times.", "vuot", "vuoden.", "vuodessa.", "paiva.",
		"paivaa.", "paivan.", "paivassa.", "paivia.", "paivien.", "kuukau", "viik", "ar.", "ars.", "arig", "ara.", "dag.", "daga.",
		"dagar.", "dagars.", "dage.", "dager.", "manad", "maned", "manud", "uke", "uge.", "uger.", "vecko", "viku",
		/* of hundreds and more */
		"hundr", "sata.", "sataa.", "thousand", "tusen", "tusind", "tuhat", "tuhan", "thusund", "million", "miljo", "milljon",
		"milliard", "miljard",
		/* of a year */
		"jan.", "janua", "tammik", "feb.", "febru", "helmik", "mar.", "march.", "mars.", "marts.", "maalisk", "apr.", "april", "huhtik",
		"may.", "mai.", "maj.", "toukok", "jun.", "june.", "juni.", "kesak", "jul.", "july.", "juli.", "heinak", "aug.", "august", "agust",
		"elokuu", "sep.", "sept.", "septem", "syysk", "oct.", "octob", "okt.", "oktob", "lokak", "nov.", "novem", "marrask", "dec.", "decem",
		"des.", "desem", "jouluk" };
	size_t at = w->to + blanks(text + w->to);
	struct word next;
	int i;

	if (text[at] == '=' || text[at] == '%')
		return true;
	at = w->to;
	for (i = 0; i < 3 && next_word(text, &at, &next); i++)
		if (!is_digit(next.fold[0]))
			return begins_one(units, sizeof(units) / sizeof(units[0]), next.fold, next.n) && strncmp(text + next.from, "may", 3) != 0;
	return false;
}

/* "to personer", "ett barn", but not "relating to patients", "sex of patients", "en kohort av patienter". */
static bool people_at_once(const char *text, const struct word *w)
{
	struct word next;
	size_t at = w->to;

	if (!next_word(text, &at, &next) || !apart_by_blanks(text, w, &next))
		return false;
	return one_of(nordic_only, w->fold, w->n) ? begins_one(nordic, sizeof(nordic) / sizeof(nordic[0]), next.fold, next.n)
						  : names_people(text, &next);
}

/* Is what is said behind a number over before the next word? "3 (elderly) patients" and, in a line that is broken, "3\npatients" go
 * on, but not "2 tables (patients)" or "tables: 2\nPatients: 100". */
static bool over_before(const char *text, size_t from, const struct word *next, bool any)
{
	for (; from < next->from; from++)
		if (strchr(any ? ".:;!?(" : ".:;!?", text[from]) || (text[from] == '\n' && text[next->from] >= 'A' && text[next->from] <= 'Z'))
			return true;
	return false;
}

/* Where a text goes on behind what is in brackets, "3 hospitalised (elderly) patients"; there is none, or it doesn't: from. */
static size_t behind_brackets(const char *text, size_t from)
{
	const size_t open = from + blanks(text + from), close = open + 1 + (text[open] == '(' ? strcspn(text + open + 1, "()") : 0);
	const size_t gap = text[open] == '(' && text[close] == ')' ? blanks(text + close + 1) : 0;

	return gap > 0 && letter(text + close + 1 + gap) ? close + 1 : from;
}

/* "3 to 5 patients", "3 till 5" */
static bool leads_to_number(const char *text, const struct word *to)
{
	struct word next;
	size_t at = to->to;

	return one_of("to till til", to->fold, to->n) && next_word(text, &at, &next) && apart_by_blanks(text, to, &next) &&
	       numeral(next.fold, next.n) > 0;
}

/* A word for people among the three behind a number, which may be a part of a whole: "three of the 41 patients". What another
 * preposition leads is not what was counted: "two registers of patients", "one row per person". */
static bool people_behind(const char *text, const struct word *w)
{
	static const char of[] = "of av af out among bland blant blandt", the[] = "the all these de dei alle alla",
			  preps[] = "of av af in i per from fran fra with med for to till til by on at", about[] = "om hos over about";
	struct word next;
	size_t at = w->to, from = at;
	int words = 0, tokens;

	for (tokens = 0; tokens < 8 && words < 3 && next_word(text, &at, &next); tokens++, from = at) {
		if (over_before(text, from, &next, words > 0))
			return false;
		if (names_people(text, &next) || (one_of(articles, next.fold, next.n) && people_at_once(text, &next)))
			return true;
		if (tokens == 0 && (one_of(of, next.fold, next.n) || leads_to_number(text, &next)))
			continue;
		if (text[next.to] != '-' && (one_of(preps, next.fold, next.n) || (words > 0 && one_of(about, next.fold, next.n))))
			return false;
		words += !is_digit(next.fold[0]) && !one_of(the, next.fold, next.n);
		if (words > 0)
			at = behind_brackets(text, at);
	}
	return false;
}

/* What a sentence said before a word. */
struct said {
	struct word last;
	bool people, counting; /* a word for people; one such as number */
};

static void say(struct said *said, const char *text, const struct word *w)
{
	static const char *const counting[] = { "number", "count", "total", "antal", "fjoldi", "lukum", "maara", "yhteens", "sammanlagt",
		"samlet", "samtals" };
	size_t i;

	for (i = said->last.to; i < w->from; i++)
		if (strchr(".;!?\n", text[i]))
			said->people = said->counting = false;
	said->people |= names_people(text, w);
	said->counting |= begins_one(counting, sizeof(counting) / sizeof(counting[0]), w->fold, w->n);
	said->last = *w;
}

/* "3 hospitals", "2 terveysrekisteriä": what there can be a few of behind a word for people and a sign. Whole words, as they are
 * behind a number; who is registered, or in hospital, is a person. English ones are of more than one: "3 hospital inpatients". */
static bool names_things(const struct word *w)
{
	static const char things[] =
		"hospitals clinics centres centers laboratories registers registries tables files variables columns fields datasets sources studies "
		"cohorts visits countries regions municipalities categories groups diagnoses questionnaires versions "
		"sjukhus sykehus sygehuse hospitaler sjukrahus sairaala sairaalaa kliniker klinikker klinikkaa laboratorier laboratoriota "
		"register registre registere rekisteri rekisteria tabeller tabell tabel taulu taulua taulukko taulukkoa toflur filer tiedosto "
		"tiedostoa skrar variabler variable muuttuja muuttujaa breytur kolumner kolonner saraketta dalkar datasett datasaet datamangder "
		"aineistoa gagnasofn kallor kilder lahdetta studier tutkimusta rannsoknir kohorter kohorttia besok besog kaynti kayntia heimsoknir "
		"regioner aluetta kommuner kuntaa kategorier grupper ryhmaa hopar diagnoser diagnoosia greiningar";
	size_t at;

	for (at = 0; at + 5 <= w->n; at++) /* the last of a compound */
		if (one_of(things, w->fold + at, w->n - at))
			return true;
	return false;
}

/* Is no thing counted by name behind it: "3.", "3 (5 %)", "3 died", "3 kpl", but not "5 hospitals"? */
static bool stands_alone(const char *text, const struct word *w)
{
	struct word next;
	size_t at = w->to;

	return !next_word(text, &at, &next) || !apart_by_blanks(text, w, &next) || memchr(text + w->to, '\n', next.from - w->to) ||
	       text[next.to] == '-' || !names_things(&next);
}

/* "patients: 3", "potilaita 3", "patients (3)", "number of patients who died: 3", "n = 4" */
static bool people_before(const char *text, const struct word *w, const struct said *said)
{
	const struct word *last = &said->last;
	const size_t at = last->to + blanks(text + last->to);
	const bool tells = at < w->from && (text[at] == ':' || text[at] == '='), bracket = text[at] == '(' && at + 1 == w->from,
		   dash = at < w->from && (text[at] == '-' || strncmp(text + at, "\u2013", 3) == 0);

	if (last->n == 0 || at > w->from || memchr(text + last->to, '.', w->from - last->to))
		return false;
	if (tells && ((last->n == 1 && last->fold[0] == 'n') || (said->people && said->counting)))
		return true;
	if (!names_people(text, last))
		return false;
	return at == w->from || ((tells || dash || bracket) && stands_alone(text, w));
}

static bool counts_few(const char *text, const struct word *w, const struct said *said, int64_t min)
{
	const long v = numeral(w->fold, w->n);

	if (v < 1 || v >= min || part_of_number(text, w) || part_of_name(text, w, &said->last) || counts_else(text, w))
		return false;
	if (one_of(articles, w->fold, w->n))
		return people_at_once(text, w);
	return people_before(text, w, said) || people_behind(text, w);
}

void words_hide_few(const char *text, int64_t min, struct buf *ret)
{
	struct said said = { .people = false };
	struct word w;
	size_t at = 0, done = 0;

	buf_str(ret, "");
	while (next_word(text, &at, &w)) {
		if (counts_few(text, &w, &said, min)) {
			buf_add(ret, text + done, w.from - done);
			buf_fmt(ret, "[fewer than %lld]", (long long)min);
			done = w.to;
		}
		say(&said, text, &w);
	}
	buf_str(ret, text + done);
}
