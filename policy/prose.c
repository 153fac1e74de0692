/* policy/prose.c - what a text says of persons in words: "three of the 41 patients", "7 % of 41 women", "the oldest was
 * 97", "n = 4", in English, Finnish, Swedish, Norwegian, Danish and Icelandic. A sentence is read as words, numbers and
 * marks; each rule is a pattern of them, and the words that make it something else: "fewer than 5 patients", "type 2
 * patients", "4 person-years".
 * Sources: Handbook on Statistical Disclosure Control for Outputs (2019): text is an output as any table is; UK
 * Longitudinal Linkage Collaboration, counts under the threshold "also via percentages"; 45 CFR 164.514 on ages over 89. */
#include "policy/prose.h"

#define OLD 89   /* years: the oldest age that is not rare by itself */
#define OLDEST 125
#define NEAR 6   /* words between what is said and its number */
#define TOKENS 400 /* of a line and the one behind it */

enum kind { WORD, NUMBER, MARK };

struct token {
	uint16_t from, to;
	uint8_t kind, decimals;
	bool whole, percent, spelled, begins; /* spelled: a number word; begins: a rule may begin here */
	char mark;
	double value;
};

struct sentence {
	const struct prose *prose;
	const char *p;
	size_t own; /* bytes of the line itself: what begins behind it is the next line's */
	struct token t[TOKENS];
	size_t n;
	struct place place;
};

typedef const char *const words[];

/* --- words, folded as text_fold does --- */

/* Several persons, or a form that stands behind a number. */
static words persons = { "patients", "persons", "people", "participants", "subjects", "individuals", "men", "women", "males",
	"females", "children", "boys", "girls", "infants", "newborns", "neonates", "adults", "adolescents", "respondents", "deaths",
	"survivors", "mothers", "fathers", "residents", "inhabitants", "twins", "pensioners", "students", "inpatients", "outpatients",
	"potilasta", "potilaista", "potilaasta", "potilaalla", "potilaan", "potilaat", "potilaita", "potilaalle", "henkiloa",
	"henkilosta", "henkiloista", "henkilolla", "henkilot", "henkiloita", "ihmista", "ihmisesta", "naista", "naisesta", "naisella",
	"naiset", "naisia", "naisista", "miesta", "miehesta", "miehella", "miehet", "miehia", "miehista", "lasta", "lapsesta",
	"lapsella", "lapset", "lapsia", "lapsista", "poikaa", "tyttoa", "osallistujaa", "osallistujasta", "osallistujista", "tutkittavaa",
	"tutkittavasta", "tutkittavista", "kuolemaa", "kuolemantapausta", "vainajaa", "asukasta", "vanhusta", "vastaajaa", "vastaajasta",
	"patienter", "patienterna", "patienterne", "personer", "personerna", "personerne", "deltagare", "deltagarna", "deltagere",
	"deltagerne", "kvinnor", "kvinnorna", "kvinner", "kvinnene", "kvinder", "kvinderne", "man", "menn", "mand", "mandene",
	"barn", "barnen", "barna", "born", "bornene", "individer", "individerna", "pojkar", "flickor", "gutter", "jenter", "drenge",
	"piger", "pasienter", "pasientene", "deltakere", "deltakerne", "dodsfall", "dodsfald", "forsokspersoner", "forsogspersoner",
	"invanare", "innbyggere", "indbyggere", "avlidna", "dode", "sjuklingar", "sjuklinga", "sjuklingum", "einstaklingar",
	"einstaklinga", "einstaklingum", "manns", "konur", "konum", "kvenna", "karlar", "karla", "korlum", "ttatttakendur", "ttatttakenda",
	"tatttakendur", "tatttakenda", "dautsfoll", "daudsfoll", "patsienti", "isikut", "inimest", "naist", "meest", "last", "pacienti",
	"pacientai", "asmenys", "patienten", "personen", "frauen", "manner", "kinder", NULL };
/* One person, or a word before another: "5 patient groups" counts no persons. */
static words person = { "patient", "person", "participant", "subject", "individual", "woman", "child", "boy", "girl", "infant", "adult",
	"respondent", "death", "survivor", "male", "female", "potilas", "henkilo", "nainen", "mies", "lapsi", "osallistuja", "kvinna",
	"kvinne", "kvinde", "pasient", "deltaker", "deltager", "individ", "sjuklingur", "kona", "karl", "maður", NULL };
/* English ones, which Nordic numbers such as "to" and "fire" never count. */
static words english = { "patients", "persons", "people", "participants", "subjects", "individuals", "men", "women", "males", "females",
	"children", "boys", "girls", "infants", "newborns", "neonates", "adults", "adolescents", "respondents", "deaths", "survivors",
	"mothers", "fathers", "residents", "inhabitants", "twins", "pensioners", "students", "inpatients", "outpatients", "last", NULL };

static const struct {
	const char *word;
	uint8_t value;
	bool nordic; /* means something else in English */
} numerals[] = { { "one", 1, false }, { "two", 2, false }, { "three", 3, false }, { "four", 4, false }, { "five", 5, false },
	{ "six", 6, false }, { "seven", 7, false }, { "eight", 8, false }, { "nine", 9, false },
	{ "yksi", 1, false }, { "yhden", 1, false }, { "yhdella", 1, false }, { "yhdesta", 1, false }, { "kaksi", 2, false },
	{ "kahden", 2, false }, { "kahdella", 2, false }, { "kahdesta", 2, false }, { "kahta", 2, false }, { "kolme", 3, false },
	{ "kolmen", 3, false }, { "kolmella", 3, false }, { "kolmesta", 3, false }, { "kolmea", 3, false }, { "nelja", 4, false },
	{ "neljan", 4, false }, { "neljalla", 4, false }, { "neljasta", 4, false }, { "viisi", 5, false }, { "viiden", 5, false },
	{ "viidella", 5, false }, { "viidesta", 5, false }, { "kuusi", 6, false }, { "kuuden", 6, false }, { "kuudella", 6, false },
	{ "seitseman", 7, false }, { "seitsemalla", 7, false }, { "kahdeksan", 8, false }, { "kahdeksalla", 8, false },
	{ "yhdeksan", 9, false }, { "yhdeksalla", 9, false },
	{ "tva", 2, false }, { "tvenne", 2, false }, { "tre", 3, true }, { "fyra", 4, false }, { "fem", 5, true }, { "sex", 6, true },
	{ "sju", 7, false }, { "atta", 8, false }, { "nio", 9, false }, { "to", 2, true }, { "fire", 4, true }, { "seks", 6, false },
	{ "syv", 7, false }, { "atte", 8, false }, { "otte", 8, false }, { "ni", 9, true },
	{ "tveir", 2, false }, { "tvar", 2, false }, { "tvo", 2, false }, { "tveimur", 2, false }, { "trir", 3, false },
	{ "ttrir", 3, false }, { "trjar", 3, false }, { "trju", 3, false }, { "tremur", 3, false }, { "fjorir", 4, false },
	{ "fjorar", 4, false }, { "fjogur", 4, false }, { "fjorum", 4, false }, { "fimm", 5, false }, { "sjo", 7, false },
	{ "niu", 9, false }, { "kaks", 2, false }, { "kolm", 3, false }, { "neli", 4, false }, { "viis", 5, false },
	{ "zwei", 2, false }, { "drei", 3, false }, { "vier", 4, false }, { "funf", 5, false }, { "sechs", 6, false },
	{ "sieben", 7, false }, { "neun", 9, false } };

static words of = { "of", "av", "af", "von", "from", "among", "out", "ut", "ud", "bland", "blant", "blandt", "hja", NULL };
static words the = { "the", "all", "our", "these", "those", "de", "dei", "alle", "alla", "total", "totalt", "of", "av", "af", NULL };
/* Before a number: it is a bound or a rule, and no count. */
static words bounds = { "than", "least", "most", "under", "below", "over", "above", "minimum", "min", "max", "maximum", "threshold",
	"per", "every", "each", "any", "only", "alle", "vahintaan", "enintaan", "yli", "joka", "kuin", "raja", "an", "minst", "hogst",
	"hoyst", "hojst", "mindst", "enn", "end", "en", "minnst", "mest", "grans", "grense", "granse", "first", "last", "next", "plus",
	"to", "between", "and", "till", "til", "hver", "hvert", "varje", "k", "about", "if", "until", "nearest", "up", "approximately",
	NULL };
/* Before a number: it names a kind. */
static words labels = { "table", "tables", "section", "stage", "grade", "type", "phase", "class", "group", "category", "model", "level",
	"step", "figure", "fig", "chapter", "version", "day", "week", "month", "year", "visit", "cohort", "cluster", "quartile", "quintile",
	"decile", "tertile", "arm", "part", "box", "item", "appendix", "wave", "period", "strata", "stratum", "site", "ward", "score",
	"ecog", "nyha", "asa", "covid", "kolumn", "taulukko", "kuva", "luku", "ryhma", "luokka", "vaihe", "tyypin", "asteen", "tabell",
	"figur", "avsnitt", "kapitel", "grupp", "klass", "steg", "fas", "typ", "kapittel", "gruppe", "klasse", "trinn", "fase", "tabel",
	"afsnit", "trin", "tafla", "hopur", "age", "aged", "ages", "no", "nr", "number", "seed", "line", "row", "chain", "fold", "lag",
	"degree", "degrees", "df", "release", "python", "r", "id", "hospital", "region", NULL };
/* Between a number and the person word nothing of these may stand. */
static words stops = { "of", "in", "to", "for", "per", "with", "from", "on", "at", "by", "and", "or", "were", "was", "are", "is", "i",
	"av", "af", "och", "og", "ja", "tai", "eller", "eda", "than", "the", "a", "an", "years", "year", "days", "day", "months", "month",
	"hours", "hour", "weeks", "week", "times", "fold", "mg", "kg", "ml", "mm", "cm", "mmol", "sites", "hospitals", "groups", "countries",
	"vuotta", "paivaa", "kuukautta", "ar", "manader", "dagar", "dager", "dage", "maneder", "ara", "av", "both", "when", "that",
	"studies", "tests", "models", "reviewers", "regions", "registers", "covariates", "arms", "ja", "as", "among", "where", "who", NULL };
/* Behind: what might be, and not what was counted. */
static words modals = { "would", "could", "might", "may", "can", "should", "must", "cannot", "voi", "saa", "kan", "skulle", "kunde",
	"kunne", "bor", "getur", "maetti", "per", "each", NULL };
static words ages = { "age", "aged", "ages", "ika", "ian", "ikaa", "alder", "aldern", "alderen", "aldur", "aldri", "iassa", "vanhin",
	NULL };
static words years = { "years", "year", "yrs", "y", "vuotta", "vuoden", "vuotias", "ar", "ars", "ara", "arig", "years-old", "old", NULL };
static words middles = { "mean", "median", "average", "mediaani", "mediaani-ika", "keskiarvo", "keski-ika", "medel", "medelvarde",
	"medelalder", "medianalder", "gjennomsnitt", "gjennomsnittsalder", "gennemsnit", "gennemsnitsalder", "medaltal", "midgildi",
	"medalaldur", NULL };
static words oldest = { "oldest", "youngest", "eldest", "vanhin", "vanhimman", "vanhimmat", "nuorin", "nuorimman", "aldsta", "aldste",
	"yngsta", "yngste", "eldste", "eldsti", "elsti", "elsta", "yngsti", "yngst", "tallest", "heaviest", "longest-lived", NULL };
static words ranges = { "range", "ranged", "ranging", "spanning", "vaihteluvali", "vaihteli", "variationsbredd", "variationsvidd",
	"spannvidd", "spridning", "variasjonsbredde", "spredning", "spennvidde", "variationsbredde", "ikahaarukka", "aldersspann",
	"aldursbil", "spann", NULL };
/* Whose range is no person's. */
static words scales = { "interquartile", "iqr", "quartile", "kvartil", "kvartiler", "reference", "normal", "scale", "score", "scores",
	"possible", "theoretical", "dynamic", "date", "visual", "items", "points", "asteikko", "pisteet", "skala", "poang", "poeng",
	"p", "or", "hr", "rr", "parameter", "search", "tuning", "values", "inter-quartile", "confidence", NULL };
static words whiskers = { "outlier", "outliers", "outlying", "whisker", "whiskers", "poikkeava", "poikkeavat", "poikkeavia", "viikset",
	"uteliggare", "uteligger", "uteliggere", "outliere", "morrhar", "utlagar", "einfarar", NULL };

static words ands = { "and", "ja", "och", "og", NULL };
/* Between a number and what befell those whom it counts. */
static words being = { "were", "was", "had", "have", "has", "been", "later", "then", "subsequently", "eventually", "already", "on", "oli", "olivat",
	"var", "blev", "ble", "hade", "hadde", "havde", "hofou", "voru", "senere", "senare", NULL };
/* Which are received, lost or tested and no persons: "received 4 doses" is said of one who received. */
static words nouns = { "doses", "dose", "cycles", "models", "hypotheses", "assumptions", "in", NULL };
/* What befalls persons, and so counts them though none is named: "4 of 1800 died". */
static words befell = { "died", "relapsed", "survived", "recovered", "recurred", "progressed", "withdrew", "discontinued", "dropped",
	"responded", "developed", "experienced", "suffered", "tested", "underwent", "received", "hospitalised", "hospitalized", "admitted",
	"affected", "infected", "diagnosed", "lost", "kuoli", "menehtyi", "sairastui", "sairastuivat", "uusiutui", "selvisi", "keskeytti",
	"menehtyivat", "kuolivat", "avled", "dog", "insjuknade", "overlevde", "overlevede", "drabbades", "aterinsjuknade", "avbrot",
	"dode", "dodde", "dodsfall", "dodsfald", "let", "letust", "veiktust", "suri", "surid", "mire", "nomira", NULL };
/* What a list of names and numbers counts, said in front of it: "events by site: Oslo 12, Bergen 4". */
static words occurrences = { "events", "cases", "relapses", "admissions", "hospitalisations", "hospitalizations", "diagnoses",
	"tapausta", "tapaukset", "tapauksia", "sairastuneita", "sairastuneet", "kuolleita", "kuolleet", "fall", "insjuknade", "tilfeller",
	"tilfaelde", "tilfaelder", "tilfelli", "handelser", "hendelser", "haendelser", "juhtumid", "juhtumit", NULL };

/* --- reading a sentence --- */

static bool is(const struct sentence *s, size_t i, const char *const *list)
{
	return i < s->n && s->t[i].kind == WORD && word_of(list, s->p + s->t[i].from, s->t[i].to - s->t[i].from);
}

static bool mark(const struct sentence *s, size_t i, char c)
{
	return i < s->n && s->t[i].kind == MARK && s->t[i].mark == c;
}

static bool number(const struct sentence *s, size_t i)
{
	return i < s->n && s->t[i].kind == NUMBER;
}

static uint8_t numeral(const char *p, size_t n, bool *ret_nordic)
{
	static uint32_t begins[26]; /* with which letters a numeral goes on behind its first */
	size_t i;

	for (i = 0; !begins['z' - 'a'] && i < sizeof(numerals) / sizeof(numerals[0]); i++)
		begins[numerals[i].word[0] - 'a'] |= 1u << (numerals[i].word[1] - 'a');
	if (n < 2 || n > 9 || *p < 'a' || *p > 'z' || p[1] < 'a' || p[1] > 'z' || !(begins[*p - 'a'] & 1u << (p[1] - 'a')))
		return 0;
	for (i = 0; i < sizeof(numerals) / sizeof(numerals[0]); i++)
		if (numerals[i].word[0] == *p && numerals[i].word[1] == p[1] && strlen(numerals[i].word) == n &&
			memcmp(numerals[i].word, p, n) == 0) {
			*ret_nordic = numerals[i].nordic;
			return numerals[i].value;
		}
	return 0;
}

unsigned prose_numeral(const char *p, size_t n)
{
	bool nordic;

	return numeral(p, n, &nordic);
}

static bool is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

static void note_words(struct prose *p, const char *const *list)
{
	for (; *list; list++)
		p->begins[(*list)[0] - 'a'] |= 1u << ((*list)[1] - 'a');
}

void prose_begin(struct prose *p, const struct policy *policy, struct report *report)
{
	size_t i;

	*p = (struct prose){ .policy = policy, .report = report, .obs = -1, .rising = true, .falling = true };
	note_words(p, oldest);
	note_words(p, ranges);
	note_words(p, ages);
	note_words(p, whiskers);
	for (i = 0; i < sizeof(numerals) / sizeof(numerals[0]); i++)
		note_words(p, (const char *const[]){ numerals[i].word, NULL });
}

/* Most words begin no rule, and their first two letters say so. */
static void read_word(const struct prose *prose, const char *p, size_t n, size_t *at, struct token *t)
{
	bool nordic;

	*t = (struct token){ .kind = WORD, .from = (uint16_t)*at };
	while (*at < n && fold_is_word(p[*at]) && !fold_is_digit(p[*at]))
		++*at;
	t->to = (uint16_t)*at;
	p += t->from;
	t->begins = t->to > t->from + 1 && is_letter(p[0]) && is_letter(p[1]) && prose->begins[p[0] - 'a'] >> (p[1] - 'a') & 1;
	t->value = t->begins ? numeral(p, (size_t)(t->to - t->from), &nordic) : 0;
	t->spelled = t->value > 0;
}

/* Digits that stand apart: not those of "v3", "covid-19", "2010-01-01" or "3rd". */
static void read_number(const char *p, size_t n, size_t *at, struct token *t)
{
	struct number v = number_read(p + *at, n - *at, ',');
	size_t end = *at + v.used;
	bool apart;

	if (v.used > 1 && strchr(".,", p[end - 1]))
		end--; /* of the sentence */
	apart = *at == 0 || !(fold_is_word(p[*at - 1]) || strchr("._/-", p[*at - 1]));

	*t = (struct token){ .kind = NUMBER, .from = (uint16_t)*at, .to = (uint16_t)end, .value = v.value, .decimals = (uint8_t)v.decimals };
	t->whole = v.whole && v.decimals == 0 && apart && (end == n || !fold_is_word(p[end]));
	*at = end;
	while (end < n && p[end] == ' ')
		end++;
	if (end < n && p[end] == '%') {
		t->percent = true;
		*at = end + 1;
	}
}

static bool is_percent_word(const struct sentence *s, size_t i)
{
	static words list = { "percent", "prosenttia", "procent", "prosent", "prosentt", "prosenttiosuus", "protsenti", "prozent", NULL };

	return is(s, i, list) || (i + 1 < s->n && is(s, i, (words){ "per", NULL }) && is(s, i + 1, (words){ "cent", NULL }));
}

static void read_sentence(struct sentence *s, size_t n)
{
	size_t at = 0, i;

	s->n = 0;
	while (at < n && s->n < TOKENS) {
		char c = s->p[at];

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '*' || c == '_' || c == '`') {
			at++;
		} else if (fold_is_digit(c)) {
			read_number(s->p, n, &at, &s->t[s->n++]);
		} else if (fold_is_word(c)) {
			size_t from = at;

			read_word(s->prose, s->p, n, &at, &s->t[s->n++]);
			at += at == from;
		} else {
			s->t[s->n++] = (struct token){ .kind = MARK, .mark = c, .from = (uint16_t)at, .to = (uint16_t)(at + 1) };
			at++;
		}
	}
	for (i = 0; i + 1 < s->n; i++)
		if (s->t[i].kind == NUMBER && s->p[s->t[i + 1].from] == 'p' && is_percent_word(s, i + 1))
			s->t[i].percent = true;
}

static bool small(const struct sentence *s, size_t i)
{
	const struct token *t = &s->t[i];

	return i < s->n && (t->kind == NUMBER ? t->whole && !t->percent : t->spelled) && t->value >= 1 &&
	       t->value < (double)s->prose->policy->min_count;
}

static bool ends_sentence(const struct sentence *s, size_t i)
{
	return s->t[i].kind == MARK && strchr(".!?;", s->t[i].mark);
}

/* Whether the sentence around word i speaks of persons. */
static bool of_persons(const struct sentence *s, size_t i)
{
	size_t k;

	for (k = i; k > 0 && !ends_sentence(s, k - 1); k--)
		if (is(s, k - 1, persons) || is(s, k - 1, person))
			return true;
	for (k = i; k < s->n && !ends_sentence(s, k); k++)
		if (is(s, k, persons))
			return true;
	return false;
}

static void tell_count(const struct sentence *s, size_t i, enum finding_severity severity)
{
	struct place at = s->place;

	at.column += (uint32_t)s->t[i].from;
	report_add(s->prose->report, RULE_COUNT, severity, at, "leave the number out, or join groups",
		"this line counts persons in words and the count is under %lld", (long long)s->prose->policy->min_count);
}

/* --- "3 patients", "two elderly men" --- */

/* A bound, a range or a name before the number. */
static bool is_bound(const struct sentence *s, size_t i)
{
	size_t k;

	for (k = i; k > 0 && k + 2 > i; k--) {
		const struct token *t = &s->t[k - 1];

		if (is(s, k - 1, bounds) || (k == i && is(s, k - 1, labels)))
			return true;
		if (t->kind == MARK && (strchr("<>=#$/", t->mark) || t->mark == FOLD_OTHER || t->mark == '-'))
			return true;
		if (t->kind != WORD)
			break;
	}
	if (i > 1 && is(s, i - 1, of) && (s->t[i - 2].spelled || number(s, i - 2) || is(s, i - 2, of)))
		return true; /* "two out of three patients" */
	return (i > 0 && number(s, i - 1)) || number(s, i + 1) || mark(s, i + 1, '-');
}

/* The person word behind number i, adjectives between; s->n: none. */
static size_t counted(const struct sentence *s, size_t i)
{
	size_t k;

	for (k = i + 1; k < s->n && k <= i + 3 && s->t[k].kind == WORD; k++) {
		if (is(s, k, persons))
			break;
		if (is(s, k, person) && s->t[i].value == 1)
			break;
		if (is(s, k, stops) || is(s, k, person) || is(s, k, labels) || s->t[k].spelled || s->p[s->t[k].to - 1] == 's')
			return s->n;
	}
	if (k >= s->n || k > i + 3 || s->t[k].kind != WORD || mark(s, k + 1, '-') || mark(s, k + 1, '\''))
		return s->n;
	if (s->t[i].spelled) {
		bool nordic = false;

		numeral(s->p + s->t[i].from, (size_t)(s->t[i].to - s->t[i].from), &nordic);
		if (nordic && is(s, k, english))
			return s->n;
	}
	return k;
}

static bool is_supposed(const struct sentence *s, size_t i)
{
	size_t k;

	for (k = i + 1; k < s->n && k < i + 5 && !ends_sentence(s, k); k++)
		if (is(s, k, modals) || is(s, k, (words){ "or", "tai", "eller", "eda", NULL }))
			return true;
	return false;
}

/* "1 man, 2 woman": codes and what they mean. */
static bool is_code(const struct sentence *s, size_t i, size_t k)
{
	size_t next = k + 1 + mark(s, k + 1, ',');

	if (s->t[i].kind != NUMBER)
		return false;
	if (number(s, next) && s->t[next].value == s->t[i].value + 1)
		return true;
	for (next = i; next > 0 && next + 4 > i; next--) /* "1 man, 2 woman": the second */
		if (number(s, next - 1))
			return s->t[next - 1].value == s->t[i].value - 1 && s->t[i].value < 4;
	return s->t[i].value == 1 && is(s, k, (words){ "man", NULL });
}

static bool some_persons(const struct sentence *s, size_t i)
{
	size_t k = counted(s, i);

	if (k == s->n || is_bound(s, i) || is_supposed(s, k) || is_code(s, i, k))
		return false;
	tell_count(s, i, s->t[i].spelled && s->t[i].value == 1 ? FINDING_REVIEW : FINDING_BLOCK);
	return true;
}

/* --- "three of the 41 patients", "238 of 240 women", "2 (0.8 %)" --- */

static size_t person_near(const struct sentence *s, size_t i)
{
	size_t k;

	for (k = i; k < s->n && k < i + 4 && s->t[k].kind == WORD; k++)
		if (is(s, k, persons))
			return k;
	return s->n;
}

/* The whole that number i is a part of: "of the 41", "/41", and in Finnish "kolme 41 potilaasta"; s->n: none. */
static size_t whole_of(const struct sentence *s, size_t i)
{
	size_t k = i + 1;

	if (mark(s, k, '/'))
		return number(s, k + 1) && s->t[i].kind == NUMBER ? k + 1 : s->n;
	if (s->t[i].spelled && number(s, k))
		return k;
	if (is(s, k + 1, of) && is(s, k, persons))
		k++;
	if (!is(s, k, of))
		return s->n;
	for (k++; k < s->n && is(s, k, the);)
		k++;
	return number(s, k) ? k : s->n;
}

/* Whether what number i counted died, or such, few words on: "4 were lost". */
static bool befalls(const struct sentence *s, size_t i)
{
	size_t k = i + 1;

	while (k < i + 4 && (is(s, k, being) || is(s, k, persons)))
		k++;
	return is(s, k, befell) && !is(s, k + 1, nouns);
}

static bool is_part(const struct sentence *s, size_t i, size_t whole)
{
	double n = whole < s->n ? s->t[whole].value : 0, left = n - s->t[i].value;

	/* "two of three" is a manner of speaking, "1/3" a fraction */
	return whole < s->n && s->t[whole].kind == NUMBER && !s->t[whole].percent && s->t[whole].value > 3 && left > 0 &&
	       (!mark(s, i + 1, '/') || n >= (double)s->prose->policy->min_count);
}

static bool some_of(const struct sentence *s, size_t i)
{
	const double t = (double)s->prose->policy->min_count;
	size_t whole = s->t[i].kind == NUMBER || s->t[i].spelled ? whole_of(s, i) : s->n;
	bool few = small(s, i), rest;

	if (!is_part(s, i, whole) || (i > 0 && (is(s, i - 1, labels) || mark(s, i - 1, '/') || mark(s, i - 1, '<'))))
		return false;
	rest = s->t[i].kind == NUMBER && s->t[i].whole && !s->t[i].percent && s->t[i].value >= t && s->t[whole].value - s->t[i].value < t;
	if (!few && !rest)
		return false;
	if (person_near(s, whole + 1) < s->n || (whole == i + 3 && is(s, i + 1, persons)))
		tell_count(s, i, FINDING_BLOCK);
	else if ((few && mark(s, whole + 1, '(') && number(s, whole + 2) && s->t[whole + 2].percent) || befalls(s, whole))
		tell_count(s, i, of_persons(s, i) ? FINDING_BLOCK : FINDING_REVIEW);
	else
		return false;
	return true;
}

/* "2 (0.8 %) were lost": a count and its share. */
static bool with_share(const struct sentence *s, size_t i)
{
	size_t k = i + 2;

	if (!small(s, i) || s->t[i].spelled || !mark(s, i + 1, '('))
		return false;
	if (mark(s, k, '<'))
		k++;
	if (!number(s, k) || !s->t[k].percent || s->t[k].value > 100 || !mark(s, k + 1, ')'))
		return false;
	if (i > 0 && (is(s, i - 1, labels) || is(s, i - 1, bounds) || s->t[i - 1].kind == NUMBER || mark(s, i - 1, '-')))
		return false;
	tell_count(s, i, of_persons(s, i) ? FINDING_BLOCK : FINDING_REVIEW);
	return true;
}

/* --- "of 1800 patients, 4 died"; "events by site: Oslo 12, Bergen 4" --- */

/* "12 were lost and 3 had died", but not "between 1 and 3 died". */
static bool behind_and(const struct sentence *s, size_t i)
{
	return i > 1 && is(s, i - 1, ands) && s->t[i - 2].kind == WORD && !s->t[i - 2].spelled;
}

static bool some_befell(const struct sentence *s, size_t i)
{
	if ((is_bound(s, i) && !behind_and(s, i)) || (i > 0 && is(s, i - 1, labels)) || is_supposed(s, i) || !befalls(s, i))
		return false;
	tell_count(s, i, of_persons(s, i) ? FINDING_BLOCK : FINDING_REVIEW);
	return true;
}

/* The number of item k of a list, "Oslo 12" or "Oslo: 12" or "12 in Oslo", with a comma or an end behind it; s->n: none. */
static size_t item(const struct sentence *s, size_t k)
{
	size_t words_seen = 0;

	for (; k < s->n && s->t[k].kind == WORD && !s->t[k].spelled && words_seen < 4; k++)
		words_seen++;
	if (words_seen == 0)
		return s->n;
	k += mark(s, k, ':') || mark(s, k, '=');
	if (!number(s, k) || !s->t[k].whole || s->t[k].percent || is(s, k - 1, labels))
		return s->n;
	return k + 1 == s->n || mark(s, k + 1, ',') || mark(s, k + 1, ';') || mark(s, k + 1, '.') || is(s, k + 1, ands) ? k : s->n;
}

/* Behind a colon at i: three such items or more, of what is counted before it. */
static bool listed(struct sentence *s, size_t i)
{
	size_t k = i + 1, items = 0, few = s->n, n, b;
	bool counts = false;

	for (b = i; b > 0 && !ends_sentence(s, b - 1); b--)
		counts |= is(s, b - 1, occurrences) || is(s, b - 1, persons);
	for (; counts && (n = item(s, k)) < s->n; k = n + 2, items++) {
		if (few == s->n && small(s, n))
			few = n;
		if (n + 1 == s->n || mark(s, n + 1, '.'))
			break;
		if (s->t[n + 1].kind == MARK && is(s, n + 2, ands))
			n++;
	}
	if (items + 1 < 3 || few == s->n)
		return false;
	tell_count(s, few, FINDING_REVIEW);
	return true;
}

/* --- "7 % of 41 women" --- */

static bool share_of(const struct sentence *s, size_t i)
{
	size_t k = i + 1;
	struct place at = s->place;
	bool sure;

	if (!number(s, i) || !s->t[i].percent || s->t[i].value <= 0 || s->t[i].value > 100)
		return false;
	while (is_percent_word(s, k) || (k > 1 && is(s, k, (words){ "cent", NULL })))
		k++;
	if (is(s, k, of))
		for (k++; k < s->n && is(s, k, the);)
			k++;
	else if (!number(s, k) || person_near(s, k + 1) == s->n)
		return false; /* Finnish has no word for of */
	if (!number(s, k) || !s->t[k].whole || s->t[k].percent || s->t[k].value < 2)
		return false;
	if (!percent_betrays(s->prose->policy, s->t[i].value, s->t[i].decimals, s->t[k].value))
		return false;
	sure = person_near(s, k + 1) < s->n || of_persons(s, i);
	at.column += (uint32_t)s->t[i].from;
	report_add(s->prose->report, RULE_PERCENT, sure ? FINDING_BLOCK : FINDING_REVIEW, at, "leave the percentage out, or join groups",
		"this percentage and the number that it is of give a count under %lld", (long long)s->prose->policy->min_count);
	return true;
}

/* --- the oldest, ranges, outliers --- */

void prose_extreme(struct prose *p, struct place at, bool block)
{
	if (block && p->extreme_line != at.line)
		report_add(p->report, RULE_EXTREME, FINDING_BLOCK, at, "leave the value out, or give a percentile",
			"this value is one person's and rare by itself");
	else if (!block && !p->extreme_told)
		report_add(p->report, RULE_EXTREME, FINDING_REVIEW, at, "give percentiles instead, or say why no person can be told by the value",
			"minima and maxima are the values of single persons; others may follow");
	p->extreme_told |= !block;
	p->extreme_line = block ? at.line : p->extreme_line;
}

static void tell_extreme(struct sentence *s, struct prose *p, size_t i, double value)
{
	struct place at = s->place;

	at.column += (uint32_t)s->t[i].from;
	prose_extreme(p, at, value > OLD && value < OLDEST);
}

/* The number behind word i, few words between; s->n: none. */
static size_t number_behind(const struct sentence *s, size_t i)
{
	size_t k;

	for (k = i + 1; k < s->n && k <= i + NEAR && !(ends_sentence(s, k) && s->t[k].mark != '.'); k++)
		if (number(s, k) && !s->t[k].percent)
			return k;
	return s->n;
}

static bool oldest_of(struct sentence *s, struct prose *p, size_t i)
{
	static words groups = { "group", "groups", "band", "category", "quartile", "quintile", "ryhma", "ikaryhma", "grupp", "gruppen",
		"gruppe", "aldersgruppe", "aldersgrupp", "aldersgruppen", "hopur", "aldurshopur", "children", NULL };
	size_t k, at = number_behind(s, i);

	if (!is(s, i, oldest) || at == s->n)
		return false;
	for (k = i + 1; k < at; k++)
		if (is(s, k, groups))
			return false;
	tell_extreme(s, p, i, s->t[at].value);
	return true;
}

/* "60-104", "60 to 104": ret gets its upper end. */
static bool interval(const struct sentence *s, size_t i, double *ret)
{
	static words to = { "to", "till", "til", "and", "och", "og", "ja", "-", NULL };

	if (!number(s, i) || s->t[i].percent)
		return false;
	if (is(s, i + 1, years) || is(s, i + 1, of))
		return false;
	if (!(mark(s, i + 1, '-') || is(s, i + 1, to)) || !number(s, i + 2) || s->t[i + 2].percent || s->t[i + 2].value <= s->t[i].value)
		return false;
	*ret = s->t[i + 2].value;
	return true;
}

static bool any_near(const struct sentence *s, size_t i, size_t back, size_t ahead, const char *const *list)
{
	size_t k, from = i > back ? i - back : 0;

	for (k = from; k < s->n && k <= i + ahead; k++)
		if (is(s, k, list))
			return true;
	return false;
}

static bool range_of(struct sentence *s, struct prose *p, size_t i)
{
	double upper = 0;
	bool age;
	size_t k;

	if (!is(s, i, ranges) || any_near(s, i, 3, 3, scales))
		return false;
	for (k = i + 1; k < s->n && k <= i + 4 && !number(s, k) && !ends_sentence(s, k);)
		k++;
	if (!interval(s, k, &upper))
		return false;
	age = any_near(s, i, 4, 8, ages) || is(s, k + 3, years);
	if (!age && !any_near(s, i, 12, 2, middles))
		return false;
	tell_extreme(s, p, i, age ? upper : 0);
	return true;
}

/* "aged 61 to 97": a criterion ends at a round age, and never where one person's value is rare. */
static bool aged_to(struct sentence *s, struct prose *p, size_t i)
{
	double upper = 0;
	size_t k = i + 1;

	if (!is(s, i, ages))
		return false;
	while (k < i + 3 && k < s->n && !number(s, k))
		k++;
	if (!interval(s, k, &upper) || upper <= OLD || upper >= OLDEST || (int)upper % 5 == 0)
		return false;
	tell_extreme(s, p, i, upper);
	return true;
}

/* "a 97-year-old woman", "97-vuotias", "97-arig kvinna", "97 ara kona" */
static bool of_age(struct sentence *s, struct prose *p, size_t i)
{
	static words forms = { "year", "vuotias", "vuotiaan", "vuotiaalla", "vuotiasta", "arig", "ariga", "aring", "arige", "arig", "arigt", NULL };
	size_t k = i + 1;

	if (!number(s, i) || s->t[i].value <= OLD || s->t[i].value >= OLDEST || s->t[i].decimals > 0)
		return false;
	k += mark(s, k, '-');
	if (!is(s, k, forms) || (i > 0 && (is(s, i - 1, bounds) || mark(s, i - 1, '-'))))
		return false;
	if (is(s, k, (words){ "year", NULL }) && !(mark(s, k + 1, '-') || is(s, k + 1, (words){ "old", NULL })))
		return false;
	tell_extreme(s, p, i, s->t[i].value);
	return true;
}

static bool outliers(struct sentence *s, struct prose *p, size_t i)
{
	size_t k, seen = 0;

	if (!is(s, i, whiskers))
		return false;
	for (k = i + 1; k < s->n && k <= i + 16 && !ends_sentence(s, k); k++)
		seen += number(s, k) && !s->t[k].percent;
	if (seen < 2 && !(seen == 1 && any_near(s, i, 0, 4, (words){ "at", "of", "value", "end", "ends", "reach", "arvo", NULL })))
		return false;
	tell_extreme(s, p, i, 0);
	return true;
}

/* --- a line --- */

void prose_line(struct prose *p, const char *fold, size_t own, size_t n, struct place at)
{
	struct sentence s = { .prose = p, .p = fold, .own = own, .place = at };
	size_t i;

	read_sentence(&s, n < UINT16_MAX ? n : UINT16_MAX);
	for (i = 0; i < s.n && s.t[i].from < own; i++) {
		if (s.t[i].kind == MARK && s.t[i].mark == ':')
			listed(&s, i);
		if (s.t[i].kind == MARK || (s.t[i].kind == WORD && !s.t[i].begins))
			continue;
		if (s.t[i].kind == NUMBER || s.t[i].spelled) {
			if (some_of(&s, i) || with_share(&s, i) || share_of(&s, i) || of_age(&s, p, i))
				continue;
			if (small(&s, i) && !some_persons(&s, i))
				some_befell(&s, i);
			continue;
		}
		if (!oldest_of(&s, p, i) && !range_of(&s, p, i) && !aged_to(&s, p, i))
			outliers(&s, p, i);
	}
}
