/* t/unit/words.c - what a description says of few persons is hidden, and plain sentences are left as they are. */
#include "sped/engine/engine.h"
#include "t/tap.h"

/* text: where # stands, the count is hidden; from: the same with the count. */
static void hidden(const char *from, const char *text, int64_t min)
{
	auto_buf struct buf got = { 0 }, twice = { 0 }, want = { 0 };

	buf_str(&want, "");
	for (; *text; text++)
		if (*text == '#')
			buf_fmt(&want, "[fewer than %lld]", (long long)min);
		else
			buf_add(&want, text, 1);
	words_hide_few(from, min, &got);
	is_str(got.p, want.p, from);
	words_hide_few(got.p, min, &twice);
	if (strcmp(got.p, twice.p) != 0)
		ok(false, "hidden once is hidden");
}

static const struct {
	const char *from, *text;
} few[] = {
	/* behind the number */
	{ "3 patients were lost", "# patients were lost" },
	{ "≥3 elderly patients", "≥# elderly patients" },
	{ "3\u00a0potilasta", "#\u00a0potilasta" },
	{ "tutkimuksesta poistui kolmen potilaan tiedot",
		"tutkimuksesta poistui # potilaan tiedot" },
	{ "kahdella naisella", "# naisella" },
	{ "three of the 41 patients", "# of the 41 patients" },
	{ "2 av deltagarna", "# av deltagarna" },
	{ "sju kvinnor, två barn", "# kvinnor, # barn" },
	{ "To personer døde", "# personer døde" },
	{ "sex patienter och en patient", "# patienter och # patient" },
	{ "fem äldre män, fem barn", "# äldre män, # barn" },
	{ "þrír sjúklingar", "# sjúklingar" },
	{ "two men, four women", "# men, # women" },
	{ "3 henkilöllä, 4 henkilölle", "# henkilöllä, # henkilölle" },
	{ "3 henkilöltä, 2 henkilöstä", "# henkilöltä, # henkilöstä" },
	{ "3 personar, 3 persónum, 3 mennesker", "# personar, # persónum, # mennesker" },
	{ "tre människor", "# människor" },
	{ "3 to 5 patients, three to five patients", "# to # patients, # to # patients" },
	{ "3 till 5 patienter, 3 til 25 pasienter", "# till # patienter, # til 25 pasienter" },
	{ "3 dagkirurgiska patienter", "# dagkirurgiska patienter" },
	{ "3 päiväkirurgista potilasta", "# päiväkirurgista potilasta" },
	{ "3 (elderly) patients, 3 in-patients", "# (elderly) patients, # in-patients" },
	{ "lost 3\npatients", "lost #\npatients" },
	{ "2 over 65 patients", "# over 65 patients" },
	{ "3 hospitalised (elderly) patients", "# hospitalised (elderly) patients" },
	{ "3 may be patients", "# may be patients" },
	/* before it */
	{ "Patients: 3\nVisits: 100", "Patients: #\nVisits: 100" },
	{ "Patients: 3 (5 %), women – 4 died", "Patients: # (5 %), women – # died" },
	{ "Patients: 3 and more", "Patients: # and more" },
	{ "Number of patients: 3", "Number of patients: #" },
	{ "Number of patients who died: 3.", "Number of patients who died: #." },
	{ "Antal personer: 3", "Antal personer: #" },
	{ "Potilaiden lukumäärä: 3", "Potilaiden lukumäärä: #" },
	{ "Potilaita 3", "Potilaita #" },
	{ "Potilaita – 3", "Potilaita – #" },
	{ "Patients = three", "Patients = #" },
	{ "Women (4), men (120)", "Women (#), men (120)" },
	{ "n = 4, N: 5", "n = #, N: #" },
	{ "Potilaita: 3 kpl", "Potilaita: # kpl" },
	{ "Patienter: 3 st", "Patienter: # st" },
	{ "Patients: 3 with diabetes", "Patients: # with diabetes" },
	{ "Deltagare: 4 med diabetes", "Deltagare: # med diabetes" },
	{ "deaths: 2 during follow-up", "deaths: # during follow-up" },
	{ "Potilaita: 3 vuonna 2020", "Potilaita: # vuonna 2020" },
	{ "Women – 4 under 30", "Women – # under 30" },
	{ "Patients: 3 | Visits: 100", "Patients: # | Visits: 100" },
	{ "Patients: 3 – visits: 100", "Patients: # – visits: 100" },
	{ "[Patients: 3] [visits: 100]", "[Patients: #] [visits: 100]" },
	{ "Patients: 3 registered", "Patients: # registered" },
	{ "Potilaita: 3 rekisteröity", "Potilaita: # rekisteröity" },
	{ "Potilaita: 3 sairaalassa", "Potilaita: # sairaalassa" },
	{ "Patients: 3 hospital-acquired", "Patients: # hospital-acquired" },
	{ "Patients: 3 hospital inpatients", "Patients: # hospital inpatients" },
};

static const struct {
	const char *from, *text;
} twenty[] = {
	{ "twelve patients", "# patients" },
	{ "kahdentoista potilaan ja viisitoista naista", "# potilaan ja # naista" },
	{ "kymmenen lasta, kymmenellä lapsella", "# lasta, # lapsella" },
	{ "tolv barn, nitton kvinnor, elleve pasienter, sautján sjúklingar",
		"# barn, # kvinnor, # pasienter, # sjúklingar" },
	{ "sixty-three patients with ICD-10 codes of patients",
		"sixty-three patients with ICD-10 codes of patients" },
};

static const char *const as_they_are[] = {
	"Data relating to patients",
	"Links to personal data, to men and to persons",
	"En kohort av patienter",
	"Ett register över personer",
	"Type 2 diabetes patients",
	"Tyypin 2 diabetes, potilaat",
	"Grade 3 patients",
	"Age and sex of patients, sex patient, fire deaths",
	"3 200 potilasta",
	"3\u202f200 potilasta",
	"1,500 patients",
	"3.5 patients",
	"05 patients",
	"One row per person",
	"1 row for each visit of patients",
	"Two registers of cancer patients",
	"3 register, men ingen uppgift",
	"Children 5-17 years",
	"Barn 5 år",
	"5 year old children",
	"1 = person, 2 = patient",
	"4 person-years",
	"COVID-19 patients",
	"Recepter indløst siden 1995",
	"Potilaat (2 rekisteriä)",
	"40 patients",
	"5 personal identifiers",
	"1 henkilötunnus",
	"Death: 1 = yes",
	"",
	"Kolme menetelmää",
	"two. Patients",
	"Three tables: patients, visits and diagnoses",
	"2 tables (patients and visits)",
	"Two tables; patients are in one",
	"Tables: 2\nPatients: 100",
	"covers 5 million people",
	"5 miljoonaa ihmistä, 5 miljoner människor, 3 hundra patienter",
	"Since 1 January 2010 all patients",
	"Since 1 May 2010 all patients",
	"1. tammikuuta 2010 elossa olleet henkilöt",
	"Två register om patienter",
	"To registre over pasienter",
	"2 tester hos patienter",
	"Two tables about patients",
	"Diabetes patients – 5 hospitals",
	"Patients: 2 tables",
	"Potilaat: 2 terveysrekisteriä",
	"Lapset – 3 sairaalaa",
	"Patienter: 2 kvalitetsregister",
	"Barn (4 sjukhus)",
	"Kvinder – 3 sygehuse",
	"Sjúklingar: 2 skrár",
	"2 tables (yearly), patients and visits",
	"1 henkilötieto, 2 henkilöstön jäsentä",
	"3 % of patients",
	"3 dagar, 3 dager, 3 dage: patienter",
};

static void long_texts_are_read_once(void)
{
	auto_buf struct buf text = { 0 }, got = { 0 };
	size_t i;

	for (i = 0; i < 50000; i++)
		buf_str(&text, "1 ");
	words_hide_few(text.p, 10, &got);
	is_str(got.p, text.p, "100 kB of numbers");
}

static void inflected_words_find_the_plain_one(void)
{
	static const struct {
		const char *word, *term;
	} seek[] = { { "patients", "\"patient\"" }, { "hospitals", "\"sairaala\"" }, { "cancers", "\"kreft\"" }, { "verenpaineen", "\"verenpaine\"" },
		{ "diabeteksen", "\"diabetes\"" }, { "fractures", "\" fractu\"" },
		{ "registries", "\" registr\"" }, { "statins", "\" statin\"" } };
	auto_buf struct buf code = { 0 }, brief = { 0 }, close = { 0 };
	size_t i;

	for (i = 0; i < sizeof(seek) / sizeof(seek[0]); i++) {
		auto_buf struct buf query = { 0 };

		words_query(seek[i].word, &query);
		has_str(query.p, seek[i].term, seek[i].word);
	}
	words_query("ICD-10-GM", &code);
	is_str(code.p, "(\"icd10gm\")", "codes have no endings");
	words_query("ikaa", &brief);
	is_str(brief.p, "(\"ikaa\")", "short words have none");
	words_query("statin healthcare", &close);
	is_str(close.p, "(\"statin\") AND (\"healthcare\" OR \" healthc\")", "nor what is another word");
}

int main(void)
{
	size_t i;

	for (i = 0; i < sizeof(few) / sizeof(few[0]); i++)
		hidden(few[i].from, few[i].text, 10);
	for (i = 0; i < sizeof(twenty) / sizeof(twenty[0]); i++)
		hidden(twenty[i].from, twenty[i].text, 20);
	for (i = 0; i < sizeof(as_they_are) / sizeof(as_they_are[0]); i++)
		hidden(as_they_are[i], as_they_are[i], 10);
	long_texts_are_read_once();
	inflected_words_find_the_plain_one();
	return tap_end();
}
