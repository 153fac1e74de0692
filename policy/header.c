/* policy/header.c - what each column of a table holds: by its header's words first, by its values where the words say
 * nothing. One list of words for each role, in English, Finnish, Swedish, Norwegian, Danish, Icelandic, Estonian,
 * Latvian, Lithuanian and German, folded as text_fold does. */
#include <assert.h>
#include <stdio.h>
#include <threads.h>

#include "policy/table.h"

#define SEEN 256 /* rows in which distinct values are told apart: enough to tell a list of persons */

typedef const char *const words[];

/* Whole headers that count persons. */
static words counts = { "n", "nn", "count", "counts", "freq", "frequency", "frequencies", "cases", "antal", "antall", "lkm",
	"lukumaara", "lukumaarat", "fjoldi", "arv", "skaits", "skaicius", "anzahl", "haufigkeit", "frekvens", "frekvenssi",
	"persons", "events", "deaths", "patients", "subjects", "participants", "individuals", "people", "women", "men", "nobs",
	"obs", "observations", "at_risk", "number_at_risk", "no_at_risk", "henkiloita", "henkilot", "potilaita", "potilaat",
	"tapaukset", "tapauksia", "kuolemat", "personer", "patienter", "pasienter", "fall", "tilfeller", "tilfaelde", "dodsfall",
	"sjuklingar", "isikud", "patsiendid", "juhud", "personas", "pacienti", "asmenys", "pacientai", "censored", "n_obs",
	"df_n", "size", "sample_size", "group_size", "cell_count", "unweighted", NULL };
/* A header with such a word counts, whatever else it says. */
static words strong = { "lkm", "lukumaara", "antal", "antall", "fjoldi", "anzahl", "skaits", "skaicius", "count", "counts",
	"patients", "persons", "participants", "individuals", "subjects", "deaths", "potilaita", "henkiloita", "pasienter",
	"patienter", "personer", "nobs", NULL };
/* n_... that count something else than people. */
static words not_counts = { "n_iter", "n_iterations", "n_folds", "n_bins", "n_knots", "n_trees", "n_steps", "n_params",
	"n_parameters", "n_vars", "n_variables", "n_chains", "n_draws", "n_components", "n_clusters", "n_estimators", "n_lags",
	"n_models", "n_studies", "n_snps", "n_levels", "n_groups", "n_features", "n_predictors", "n_sites", "n_visits",
	"n_jobs", "n_cores", "n_cpus", "n_gpus", "n_threads", "n_workers", "n_splits", "n_repeats", "n_boot", "n_bootstrap",
	"n_bootstraps", "n_perm", "n_permutations", "n_imputations", "n_classes", "n_epochs", "n_layers", "n_units", "n_heads",
	"n_neighbors", "n_init", "n_restarts", "n_seeds", "n_tests", "n_cols", "n_columns", "n_quantiles", "n_points", "n_times",
	"n_timepoints", "n_files", "n_arms", "n_terms", "n_tasks", "n_nodes", "n_strata", "n_grid", "n_leaves", "n_warmup",
	"n_thin", "n_burnin", "n_simulations", "n_sims", "n_replicates", "n_replications", "n_dims", "n_genes", "n_weeks", "n_years",
	"n_months", "n_days", "n_periods", "model_number", "phone_number", NULL };
static words totals = { "total", "totals", "totalt", "totalen", "grand", "all", "alla", "alle", "allt", "alls", "sum", "summa",
	"summe", "sums", "overall", "yhteensa", "kaikki", "samtals", "ialt", "samlet", "kokku", "koik", "iso", "viso", "kopa",
	"visi", "gesamt", "insgesamt", "margin", "marginal", "any", "both", "molemmat", "bada", "begge", "combined", NULL };
/* What may stand beside a word for all without naming a part. */
static words wholes = { "i", "is", "persons", "patients", "participants", "people", "subjects", "sexes", "ages", "women", "men",
	"population", "cohort", "n", "count", "groups", "grupper", "potilaat", "henkilot", "personer", "patienter", "pasienter",
	"sukupuolet", "ikaryhmat", "konn", "kon", "aldrar", "aldre", "of", "the", "grand", "sample", NULL };
/* Words of a count's header that name no category of persons. */
static words silent = { "n", "no", "nr", "number", "of", "the", "in", "count", "counts", "freq", "frequency", "antal", "antall",
	"lkm", "lukumaara", "fjoldi", "arv", "skaits", "skaicius", "anzahl", "persons", "people", "patients", "participants",
	"subjects", "individuals", "cases", "personer", "patienter", "pasienter", "henkiloita", "potilaita", "midpoint6", "rounded",
	"unweighted", "nobs", "obs", "observations", "size", "sample", "%", "pct", "percent", "and", NULL };
static words percents = { "percent", "pct", "perc", "percentage", "percentages", "prosentti", "prosenttia", "prosenttiosuus",
	"procent", "procenter", "prosent", "prosentandel", "procentandel", "hlutfall", "protsent", "procenti", "procentas",
	"prozent", NULL };
static words shares = { "share", "proportion", "proportions", "prop", "osuus", "andel", "andelen", "fraction", "osakaal",
	"anteil", "prevalence", "rel_freq", NULL };
/* Percentages of something else than persons, or of what is no part of them. */
static words not_percents = { "change", "diff", "difference", "reduction", "increase", "variance", "explained", "ci", "lower",
	"upper", "error", "bias", "coverage", "agreement", "accuracy", "cum", "cumulative", "cumul", "confidence", "power",
	"inflation", "growth", "deviation", "weight", "rate", NULL };
static words means = { "mean", "average", "avg", "keskiarvo", "medelvarde", "medel", "gjennomsnitt", "gennemsnit", "snitt",
	"medaltal", "keskmine", "videjais", "vidurkis", "mittelwert", NULL };
static words medians = { "median", "mediaani", "mediaan", "midgildi", "mediana", "medianas", NULL };
/* First or last words; what programs are set to has a largest value too, and that is nobody's. */
static words least_words = { "min", "minimum", "minimi", "lowest", "smallest", "youngest", "pienin", "nuorin", "lagsta", "yngsta",
	"laveste", "yngste", "minst", "minste", "mindste", NULL };
static words most_words = { "max", "maximum", "maksimum", "maksimi", "highest", "oldest", "suurin", "vanhin", "hogsta", "aldsta", "hoyeste",
	"hojeste", "eldste", "aeldste", "aldste", "elsti", "storst", "storste", NULL };
static words range_words = { "range", "vaihteluvali", "variationsbredd", "variasjonsbredde", "variationsbredde", "spannvidd", NULL };
static words whiskers = { "whisker", "whiskers", "viikset", "morrhar", NULL }; /* the last value that is no outlier, or the last */
static words settings = { "depth", "iter", "iterations", "leaves", "leaf", "features", "bins", "bin", "epochs", "steps", "step",
	"rounds", "samples", "retries", "lag", "digits", "nodes", "cores", "threads", "memory", "mem", "rss", "bytes", "delta",
	"treedepth", "child", "split", "jobs", "workers", "gradient", "grad", "rows",
	"columns", "seconds", "minutes", "residual", "cooks", "leverage", "vif", "degree", "order", "rank", "len", "eval", NULL };
static words stats = { "sd", "se", "std", "stdev", "sem", "estimate", "estimates", "coef", "coefficient", "coefficients", "beta",
	"betas", "b", "hr", "or", "rr", "irr", "aor", "ahr", "odds", "hazard", "p", "pvalue", "pval", "value", "ci", "lower",
	"upper", "lcl", "ucl", "lwr", "upr", "conf", "low", "high", "llci", "ulci", "iqr", "ratio", "rate", "incidence", "risk",
	"z", "t", "f", "chisq", "chi2", "chi", "x2", "k", "wald", "statistic", "stat", "test", "score", "logrank", "lr", "aic",
	"bic", "loglik", "deviance", "auc", "roc", "auroc", "sensitivity", "specificity", "ppv", "npv", "precision", "recall", "f1",
	"kappa", "alpha", "lambda", "gamma", "sigma", "tau", "theta", "delta", "smd", "skewness", "kurtosis", "variance", "var",
	"cv", "survival", "surv", "survprob", "cumhaz", "std_err", "stderr", "err", "vif", "weight", "per", "py", "pyears",
	"personyears", "effect", "md", "i2", "q", "resid", "residual", "fitted", "predicted", "prediction", "probability", "prob",
	"density", "cumulative", "cum", "cdf", "ecdf", "tpr", "fpr", "log", "exp", "diff", "difference", "change", "keskihajonta",
	"standardavvikelse", "standardavvik", "standardafvigelse", "odchylka", "mid", "mids", "breaks", "bandwidth", "rmst",
	"index", "rmean", "eff", "ess", "rhat", NULL };
static words periods = { "year", "years", "month", "months", "week", "weeks", "day", "days", "hour", "hours", "quarter", "time",
	"times", "date", "period", "cycle", "visit", "timestamp", "epoch", "aar", "ar", "vuosi", "vuodet", "kuukausi", "viikko",
	"paiva", "maned", "manad", "vecka", "uke", "uge", "kvartal", "aasta", "kuu", "nadal", "gads", "metai", "jahr", "manudur",
	"vika", "aika", "tid", "ajanjakso", "periode", "pvm", "dato", "datum", "followup", "wave", NULL };
static words codes = { "model", "quintile", "quartile", "decile", "tertile", "percentile", "quantile", "lag", "lead", "dof",
	"df", "group", "grp", "class", "category", "cat", "code", "level", "stage", "grade", "order", "ordinal", "step", "iter",
	"iteration", "fold", "bin", "knot", "cluster", "stratum", "strata", "arm", "sex", "gender", "age", "band", "icd", "icd10",
	"atc", "snomed", "loinc", "nuts", "region", "municipality", "site", "dose", "term", "variable", "covariate", "parameter",
	"characteristic", "label", "outcome", "exposure", "drug", "diagnosis", "description", "measure", "contrast", "comparison",
	"seed", "degree", "degrees", "version", "chapter", "factor", "component", "dimension", "rx", "treatment", "name_of", "type",
	"ryhma", "luokka", "sukupuoli", "ika", "ikaryhma", "alue", "kunta", "koodi", "diagnoosi", "kon", "kjonn", "alder",
	"aldersgrupp", "aldersgruppe", "grupp", "gruppe", "klass", "klasse", "lan", "fylke", "kommune", "kommun", "kod", "kode",
	"diagnos", "kyn", "aldur", "hopur", "sugu", "vanus", "dzimums", "vecums", "lytis", "amzius", "country", "county", "maa",
	"land", "hospital", "ward", "unit", "units", "status", "scenario", "method", "subgroup", "cohort", "dataset", "cutoff",
	"threshold", "response", "trt", "setting", "node", "rule", "sheet", "decimals", "digits", "length", "position", "snp", "rsid",
	"variant", "chr", "chrom", "chromosome", "gene", "protein", "probe", "metabolite", "parameters", NULL };
/* Codes of these are of things; their names stand in the column beside. */
static words systems = { "code", "icd", "icd9", "icd10", "icd11", "icpc", "atc", "snomed", "loinc", "nuts", "opcs", "ncsp", NULL };
/* Row numbers: not counts, yet a column of them may stand for persons. */
static words indexes = { "id", "idx", "index", "nr", "no", "row", "rank", "line", "rownames", "unnamed", NULL };
static words ages = { "age", "ages", "ika", "alder", "aldur", "vanus", "vecums", "amzius", "alter", "oldest", "vanhin", "aldsta",
	"eldste", "aeldste", "aldste", "elsti", "vanin", NULL };
static words models = { "model", "models", "malli", "modell", NULL };
static words births = { "birth", "birthdate", "dob", "born", "death", "died", "dod", "dodsdato", "syntyma", "syntymaaika",
	"syntymapaiva", "kuolinpaiva", "fodelsedatum", "fodselsdato", "fodelse", "fodsel", "faedingardagur", "fadingardagur",
	"synniaeg", "surma", NULL };
/* Headers of columns that hold one person's direct identifiers. */
static words person_words = { "address", "adress", "adresse", "asmens_kodas", "birth_date", "birth_datetime", "birthdate", "cpr",
	"idno", "id_no", "id_nr", "pat_id", "patid", "patientnr", "patient_no", "patient_nr", "subjid", "usubjid", "study_id", "studyid",
	"record_id", "person_no", "person_nr", "participant_id", "pseudo_id", "pseudonym", "lopenr", "lopenummer", "lopnummer",
	"henkilo_id", "potilas_id", "potilasid", "potilasnumero", "henkilonumero", "deltaker_id", "deltager_id", "deltagare_id",
	"tutkimusnumero", "forsokspersonsnr", "sjuklings_id", "patsiendi_id", "pid_hash",
	"cpr_nr", "cprnr", "date_of_birth", "dob", "efternamn", "efternavn", "email", "etternavn", "etunimi", "faedingardagur",
	"fadingardagur", "first_name", "fnr", "fodelsedatum", "fodselsdato", "fodselsnr", "fodselsnummer", "fornamn", "fornavn",
	"heimilisfang", "henkilotunnus", "hetu", "isikukood", "kennitala", "kuolinpaiva", "last_name", "lopnr", "mrn", "nhs_no",
	"nhs_number", "osoite", "patient_id", "patientid", "person_id", "person_source_value", "personas_kods", "personid",
	"personnr", "personnummer", "phone", "pid", "pin", "pnr", "postcode", "postinumero", "postnr", "postnummer", "puhelin",
	"sahkoposti", "ssn", "subject_id", "sukunimi", "surma_aeg", "surname", "syntymaaika", "syntymapaiva", "telefon", "zip",
	NULL };
/* The same, but also usual in results: a column name, a test statistic. */
static words maybe_words = { "chi", "dnr", "dod", "kt", "nafn", "name", "namn", "navn", "nimi", "simi", "subject", NULL };

/* Whole headers with one meaning. */
static const struct {
	const char *name;
	enum role role;
	uint8_t rank;
	double share;
} names[] = {
	{ "min", ROLE_MIN, 0, 0 }, { "minimum", ROLE_MIN, 0, 0 }, { "minimi", ROLE_MIN, 0, 0 }, { "lowest", ROLE_MIN, 0, 0 },
	{ "smallest", ROLE_MIN, 0, 0 }, { "pienin", ROLE_MIN, 0, 0 }, { "minst", ROLE_MIN, 0, 0 }, { "mindste", ROLE_MIN, 0, 0 },
	{ "minste", ROLE_MIN, 0, 0 }, { "lagmark", ROLE_MIN, 0, 0 }, { "min_value", ROLE_MIN, 0, 0 }, { "p0", ROLE_MIN, 0, 0 },
	{ "max", ROLE_MAX, 0, 0 }, { "maximum", ROLE_MAX, 0, 0 }, { "maksimi", ROLE_MAX, 0, 0 }, { "highest", ROLE_MAX, 0, 0 },
	{ "suurin", ROLE_MAX, 0, 0 }, { "maksimum", ROLE_MAX, 0, 0 }, { "storst", ROLE_MAX, 0, 0 }, { "storste", ROLE_MAX, 0, 0 }, { "hamark", ROLE_MAX, 0, 0 },
	{ "max_value", ROLE_MAX, 0, 0 }, { "p100", ROLE_MAX, 0, 0 }, { "range", ROLE_MAX, 0, 0 }, { "min_max", ROLE_MAX, 0, 0 },
	{ "whislo", ROLE_MIN, 0, 0 }, { "whishi", ROLE_MAX, 0, 0 }, { "fliers", ROLE_MAX, 0, 0 }, { "outliers", ROLE_MAX, 0, 0 },
	{ "outlier", ROLE_MAX, 0, 0 },
	{ "vaihteluvali", ROLE_MAX, 0, 0 }, { "variationsbredd", ROLE_MAX, 0, 0 }, { "variasjonsbredde", ROLE_MAX, 0, 0 },
	{ "largest", ROLE_LARGEST, 1, 0 }, { "x1", ROLE_LARGEST, 1, 0 }, { "max1", ROLE_LARGEST, 1, 0 }, { "top1", ROLE_LARGEST, 1, 0 },
	{ "largest_contribution", ROLE_LARGEST, 1, 0 }, { "largest1", ROLE_LARGEST, 1, 0 },
	{ "second", ROLE_LARGEST, 2, 0 }, { "x2", ROLE_LARGEST, 2, 0 }, { "max2", ROLE_LARGEST, 2, 0 }, { "top2", ROLE_LARGEST, 2, 0 },
	{ "second_largest", ROLE_LARGEST, 2, 0 }, { "largest2", ROLE_LARGEST, 2, 0 }, { "second_max", ROLE_LARGEST, 2, 0 },
	{ "x3", ROLE_LARGEST, 3, 0 }, { "third_largest", ROLE_LARGEST, 3, 0 }, { "max3", ROLE_LARGEST, 3, 0 },
	{ "median", ROLE_QUANTILE, 0, .5 }, { "mediaani", ROLE_QUANTILE, 0, .5 }, { "mediaan", ROLE_QUANTILE, 0, .5 },
	{ "midgildi", ROLE_QUANTILE, 0, .5 }, { "q1", ROLE_QUANTILE, 0, .25 }, { "q2", ROLE_QUANTILE, 0, .5 },
	{ "q3", ROLE_QUANTILE, 0, .75 }, { "1st_qu", ROLE_QUANTILE, 0, .25 }, { "3rd_qu", ROLE_QUANTILE, 0, .75 },
	{ "lower_quartile", ROLE_QUANTILE, 0, .25 }, { "upper_quartile", ROLE_QUANTILE, 0, .75 },
	{ "1q", ROLE_QUANTILE, 0, .25 }, { "3q", ROLE_QUANTILE, 0, .75 },
	{ "df_residual", ROLE_DOF, 0, 0 }, { "residual_df", ROLE_DOF, 0, 0 }, { "resid_df", ROLE_DOF, 0, 0 }, { "df_resid", ROLE_DOF, 0, 0 },
	{ "df_residuals", ROLE_DOF, 0, 0 }, { "dof_residual", ROLE_DOF, 0, 0 }, { "residual_dof", ROLE_DOF, 0, 0 },
	{ "dof", ROLE_DOF, 0, 0 }, { "degrees_of_freedom", ROLE_DOF, 0, 0 }, { "den_df", ROLE_DOF, 0, 0 }, { "dendf", ROLE_DOF, 0, 0 },
	{ "ddf", ROLE_DOF, 0, 0 }, { "df2", ROLE_DOF, 0, 0 }, { "df_r", ROLE_DOF, 0, 0 }, { "frihetsgrader", ROLE_DOF, 0, 0 },
	{ "vapausasteet", ROLE_DOF, 0, 0 }, { "df", ROLE_DF, 0, 0 }, { "d_f", ROLE_DF, 0, 0 },
	{ "r2", ROLE_R2, 0, 0 }, { "r_squared", ROLE_R2, 0, 0 }, { "rsquared", ROLE_R2, 0, 0 }, { "rsq", ROLE_R2, 0, 0 },
	{ "adj_r_squared", ROLE_R2, 0, 0 }, { "adj_r2", ROLE_R2, 0, 0 }, { "r_squared_adj", ROLE_R2, 0, 0 }, { "r2_adj", ROLE_R2, 0, 0 },
	{ "multiple_r_squared", ROLE_R2, 0, 0 }, { "adjusted_r_squared", ROLE_R2, 0, 0 }, { "rsquare", ROLE_R2, 0, 0 },
	{ "r", ROLE_CORRELATION, 0, 0 }, { "cor", ROLE_CORRELATION, 0, 0 }, { "corr", ROLE_CORRELATION, 0, 0 }, { "rho", ROLE_CORRELATION, 0, 0 },
	{ "correlation", ROLE_CORRELATION, 0, 0 }, { "pearson", ROLE_CORRELATION, 0, 0 }, { "spearman", ROLE_CORRELATION, 0, 0 },
	{ "korrelaatio", ROLE_CORRELATION, 0, 0 }, { "korrelation", ROLE_CORRELATION, 0, 0 }, { "korrelasjon", ROLE_CORRELATION, 0, 0 },
	{ "lat", ROLE_PLACE, 0, 0 }, { "lon", ROLE_PLACE, 0, 0 }, { "lng", ROLE_PLACE, 0, 0 }, { "latitude", ROLE_PLACE, 0, 0 },
	{ "longitude", ROLE_PLACE, 0, 0 }, { "leveysaste", ROLE_PLACE, 0, 0 }, { "pituusaste", ROLE_PLACE, 0, 0 },
	{ "breddgrad", ROLE_PLACE, 0, 0 }, { "langdgrad", ROLE_PLACE, 0, 0 }, { "breddegrad", ROLE_PLACE, 0, 0 },
	{ "lengdegrad", ROLE_PLACE, 0, 0 }, { "x_coord", ROLE_PLACE, 0, 0 }, { "y_coord", ROLE_PLACE, 0, 0 },
	{ "easting", ROLE_PLACE, 0, 0 }, { "northing", ROLE_PLACE, 0, 0 },
};

/* --- words of a header --- */

/* Folded, without what stands in brackets, words joined by '_': "N (%)" is "n", "n.risk" is "n_risk". */
static size_t header_name(const char *p, size_t n, char ret[HEADER_MAX])
{
	size_t i, len = 0;

	for (i = 0; i < n && len < HEADER_MAX && p[i] != '(' && p[i] != '['; i++) {
		if (fold_is_word(p[i]))
			ret[len++] = p[i];
		else if (len > 0 && ret[len - 1] != '_')
			ret[len++] = '_';
	}
	while (len > 0 && ret[len - 1] == '_')
		len--;
	return len;
}

static bool ends_with(const char *p, size_t n, const char *end)
{
	size_t len = strlen(end);

	return n >= len && memcmp(p + n - len, end, len) == 0;
}

/* Values that say nothing without the header of their column. */
static words generics = { "yes", "no", "y", "n", "ja", "nej", "nei", "kylla", "ei", "true", "false", "na",
	"missing", "unknown", "other", "none", "puuttuu", "tuntematon", "saknas", "okand", "ukjent", "ukendt", "muu", "annat",
	"andre", "low", "high", "medium", "positive", "negative", NULL };
/* What makes something else of a number of persons. */
static words rates = { "per", "pr", "kohti", "rate", "rates", "ratio", "change", "difference", NULL };

/* Lists that are asked for each word of a label, and their words in one table, each with a bit for each list that has it:
 * a label of ten words would be compared with thousands. The table is made once, and never changes. */
enum list {
	COUNTS, STRONG, NOT_COUNTS, TOTALS, WHOLES, SILENT, PERCENTS, SHARES, NOT_PERCENTS, MEANS, MEDIANS,
	WHISKERS, SETTINGS, STATS, PERIODS, CODES, SYSTEMS, INDEXES, AGES, BIRTHS, MODELS, LEAST, MOST, RANGES, GENERICS, RATES,
	LISTS
};
#define IN(list) (1u << (list))
#define LISTED 4096u /* four times as many as there are words */

static const char *const *const lists[LISTS] = {
	[COUNTS] = counts, [STRONG] = strong, [NOT_COUNTS] = not_counts, [TOTALS] = totals, [WHOLES] = wholes,
	[SILENT] = silent, [PERCENTS] = percents, [SHARES] = shares, [NOT_PERCENTS] = not_percents, [MEANS] = means,
	[MEDIANS] = medians, [WHISKERS] = whiskers, [SETTINGS] = settings, [STATS] = stats, [PERIODS] = periods,
	[CODES] = codes, [SYSTEMS] = systems, [INDEXES] = indexes, [AGES] = ages, [BIRTHS] = births,
	[MODELS] = models, [LEAST] = least_words, [MOST] = most_words, [RANGES] = range_words, [GENERICS] = generics,
	[RATES] = rates
};
static struct listed {
	const char *word;
	size_t n;
	uint32_t in;
	unsigned name; /* its number in names, and 1; 0: none */
} listed[LISTED];
static size_t longest; /* of those words */
static once_flag listed_once = ONCE_FLAG_INIT;

static struct listed *find_listed(const char *p, size_t n, uint64_t hash)
{
	size_t i;

	for (i = hash % LISTED; listed[i].word; i = (i + 1) % LISTED)
		if (listed[i].n == n && memcmp(listed[i].word, p, n) == 0)
			break;
	return &listed[i];
}

static struct listed *add_listed(const char *word)
{
	size_t n = strlen(word);
	struct listed *l = find_listed(word, n, hash_bytes(word, n));

	l->word = word;
	l->n = n;
	longest = n > longest ? n : longest;
	return l;
}

static void make_listed(void)
{
	size_t i, k;

	for (i = 0; i < LISTS; i++)
		for (k = 0; lists[i][k]; k++)
			add_listed(lists[i][k])->in |= IN(i);
	for (i = sizeof(names) / sizeof(names[0]); i > 0; i--) /* the first of two with one name */
		add_listed(names[i - 1].name)->name = (unsigned)i;
}

/* What the lists say of a word of at least one byte whose hash it is. */
static const struct listed *listed_as(const char *p, size_t n, uint64_t hash)
{
	call_once(&listed_once, make_listed);
	return find_listed(p, n, hash);
}

/* Lists that have the word. */
static uint32_t lists_of(const char *p, size_t n)
{
	call_once(&listed_once, make_listed);
	return n > 0 && n <= longest ? find_listed(p, n, hash_bytes(p, n))->in : 0;
}

/* Lists that have any word of a name. */
static uint32_t lists_with(const char *p, size_t n)
{
	uint32_t in = 0;
	size_t from = 0, i;

	for (i = 0; i <= n; i++) {
		if (i < n && p[i] != '_')
			continue;
		in |= lists_of(p + from, i - from);
		from = i + 1;
	}
	return in;
}

/* What folded characters are to words: of one; signs that tell "<65" from "65+" and belong to it. */
enum { OF_WORD = 1, OF_DIGIT = 2, OF_SIGN = 4 };
static const uint8_t kinds[256] = {
	['0' ... '9'] = OF_WORD | OF_DIGIT, ['a' ... 'z'] = OF_WORD, [(unsigned char)FOLD_LETTER] = OF_WORD,
	['<'] = OF_SIGN, ['>'] = OF_SIGN, ['+'] = OF_SIGN, ['%'] = OF_SIGN, [(unsigned char)FOLD_OTHER] = OF_SIGN
};

static unsigned kind_of(char c)
{
	return kinds[(unsigned char)c];
}

/* The next word of folded text at or behind *to; a point between digits is in one. Returns what it has of kinds, and
 * OF_SIGN for a point; 0: there is none. */
static unsigned next_word(const char *p, size_t n, size_t *from, size_t *to)
{
	size_t i = *to;
	unsigned all = 0;

	while (i < n && kind_of(p[i]) == 0)
		i++;
	for (*from = i; i < n; i++) {
		unsigned kind = kind_of(p[i]);

		if (kind == 0 && p[i] == '.' && i > *from && i + 1 < n && kind_of(p[i - 1]) & OF_DIGIT && kind_of(p[i + 1]) & OF_DIGIT)
			kind = OF_SIGN;
		if (kind == 0)
			break;
		all |= kind;
	}
	*to = i;
	return all;
}

/* --- a header or a label, read once --- */

struct phrase {
	const char *fold;
	size_t n;
	char name[HEADER_MAX]; /* see header_name */
	size_t len;
	uint32_t in;           /* lists that have any word of the name */
	uint32_t as_name, as_is; /* that have the name, and all of the text, as one word */
	unsigned named;        /* as listed has it */
	size_t words;
	struct {
		uint64_t hash;
		uint32_t in;
		uint8_t from, to;
	} word[HEADER_MAX / 2 + 1];
};

static_assert(HEADER_MAX < UINT8_MAX, "places in a header are bytes");

/* The parts of "<65" or "1.5" that are words of the name too. */
static uint32_t lists_within(const char *p, size_t n)
{
	uint32_t in = 0;
	size_t from, to;

	for (from = to = 0; from < n; from = to + 1) {
		for (to = from; to < n && kind_of(p[to]) & OF_WORD;)
			to++;
		in |= lists_of(p + from, to - from);
	}
	return in;
}

/* fold: n bytes, at most HEADER_MAX. */
static void phrase_read(struct phrase *s, const char *fold, size_t n)
{
	size_t from, to = 0, named;
	unsigned kind;

	s->fold = fold;
	s->n = n;
	s->len = header_name(fold, n, s->name);
	s->words = 0;
	s->in = 0;
	for (named = 0; named < n && fold[named] != '(' && fold[named] != '[';)
		named++;
	while ((kind = next_word(fold, n, &from, &to)) != 0) {
		uint64_t hash = hash_bytes(fold + from, to - from);
		uint32_t in = listed_as(fold + from, to - from, hash)->in;

		if (from < named)
			s->in |= kind & OF_SIGN ? lists_within(fold + from, to - from) : in;
		s->word[s->words].hash = hash;
		s->word[s->words].in = in;
		s->word[s->words].from = (uint8_t)from;
		s->word[s->words++].to = (uint8_t)to;
	}
	s->as_name = s->named = 0;
	if (s->len > 0 && s->len <= longest) {
		const struct listed *l = listed_as(s->name, s->len, hash_bytes(s->name, s->len));

		s->as_name = l->in;
		s->named = l->name;
	}
	s->as_is = lists_of(fold, n);
}

static bool phrase_is_total(const struct phrase *s)
{
	bool seen = false;
	size_t i;

	for (i = 0; i < s->words; i++) {
		size_t from = s->word[i].from, to = s->word[i].to;

		if (s->word[i].in & IN(TOTALS) || (to - from == 3 && to >= 5 && memcmp(s->fold + to - 5, "i alt", 5) == 0))
			seen = true;
		else if (!(s->word[i].in & IN(WHOLES)))
			return false;
		if (s->fold[from] == 'n' && to < s->n && s->fold[to] == '=') /* "total (n=250)" */
			return seen;
	}
	return seen;
}

static uint64_t phrase_category(const struct phrase *s, bool counted)
{
	uint32_t leave_out = IN(TOTALS) | (counted ? IN(SILENT) : 0);
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < s->words; i++) {
		size_t from = s->word[i].from, to = s->word[i].to;

		if (to - from == 1 && s->fold[from] == 'n' && memchr(s->fold + to, '=', s->n - to))
			break; /* (N=250) is no name */
		if (!(s->word[i].in & leave_out))
			sum += s->word[i].hash;
	}
	return sum;
}

bool header_says_age(const char *fold, size_t n)
{
	char name[HEADER_MAX];
	size_t len = header_name(fold, n, name);

	return lists_with(name, len) & IN(AGES);
}

bool header_is_total(const char *fold, size_t n)
{
	struct phrase s;

	phrase_read(&s, fold, n < HEADER_MAX ? n : HEADER_MAX);
	return phrase_is_total(&s);
}

/* Of a text of any length: a title's words too. */
uint64_t header_category(const char *fold, size_t n, bool counted)
{
	uint32_t leave_out = IN(TOTALS) | (counted ? IN(SILENT) : 0);
	size_t from, to = 0;
	uint64_t sum = 0;

	while (next_word(fold, n, &from, &to)) {
		uint64_t hash = hash_bytes(fold + from, to - from);

		if (to - from == 1 && fold[from] == 'n' && memchr(fold + to, '=', n - to))
			break; /* (N=250) is no name */
		if (!(listed_as(fold + from, to - from, hash)->in & leave_out))
			sum += hash;
	}
	return sum;
}

/* "(N=250)", "n = 1,250" */
static int64_t announced_n(const char *p, size_t n)
{
	size_t i, at;

	for (i = 0; i + 2 < n; i++) {
		if (p[i] != 'n' || (i > 0 && fold_is_word(p[i - 1])))
			continue;
		for (at = i + 1; at < n && p[at] == ' ';)
			at++;
		if (at < n && p[at] == '=') {
			struct number number;

			for (at++; at < n && p[at] == ' ';)
				at++;
			number = number_read(p + at, n - at, ',');
			if (number.used > 0 && number.whole)
				return (int64_t)number.value;
		}
	}
	return 0;
}

/* "ages of participants", "bmi of patients": what stands before "of" says what it is, unless that counts. */
static bool is_measure_of(const char *p, size_t n)
{
	static const char *const numbers[] = { "number", "numbers", "no", "nr", "sum", "total", "all", "most", "amount", "size", "share", NULL };
	const char *of = memmem(p, n, "_of_", 4);
	size_t len = of ? (size_t)(of - p) : 0, from, to;

	for (from = 0; from < len; from = to + 1) {
		for (to = from; to < len && p[to] != '_';)
			to++;
		if (word_of(numbers, p + from, to - from) || lists_of(p + from, to - from) & (IN(COUNTS) | IN(STRONG) | IN(TOTALS)))
			return false;
	}
	return len > 0;
}

/* The name behind "no." or "number of"; "no patients" may be those without any. 0: it doesn't begin so. */
static size_t behind_number(const struct phrase *s)
{
	static const char *const begin[] = { "number_of_", "no_of_", "nr_of_", "num_of_", "no_", "nr_", "num_" };
	size_t i, n;

	for (i = 0; i < sizeof(begin) / sizeof(begin[0]); i++) {
		n = strlen(begin[i]);
		if (s->len > n && memcmp(s->name, begin[i], n) == 0)
			return strcmp(begin[i], "no_") == 0 && !memchr("._", s->fold[2], 2) ? 0 : n;
	}
	return 0;
}

/* Lists that have the first or the last word of a name. */
static uint32_t lists_at_ends(const char *p, size_t n)
{
	const char *first = memchr(p, '_', n), *last = memrchr(p, '_', n);

	return lists_of(p, first ? (size_t)(first - p) : n) | (last ? lists_of(last + 1, n - (size_t)(last + 1 - p)) : 0);
}

/* "No. of patients with event", "nr patients" */
static bool is_number_of(const struct phrase *s)
{
	size_t behind = behind_number(s);

	return behind > 0 && !(s->in & IN(RATES)) &&
	       (lists_at_ends(s->name + behind, s->len - behind) & (IN(COUNTS) | IN(STRONG)) || (s->in & IN(STRONG) && !(s->in & IN(STATS))));
}

/* "No. (%)", "Deaths, No.": as "n (%)" and "deaths, n" */
static bool is_number(const struct phrase *s)
{
	static const words bare = { "no", "nr", NULL };
	const bool alone = word_of(bare, s->name, s->len), last = ends_with(s->name, s->len, "_no") && memchr(s->fold, ',', s->n);

	return (alone || last) && (memchr(s->fold, '%', s->n) || (last && lists_with(s->name, s->len) & (IN(COUNTS) | IN(STRONG))));
}

static bool is_count(const struct phrase *s)
{
	const char *p = s->name;
	size_t n = s->len;

	if (s->as_name & IN(NOT_COUNTS) || s->in & IN(PERCENTS))
		return false;
	if (s->as_name & IN(COUNTS) || is_number(s) || is_number_of(s))
		return true;
	if (s->in & IN(MEANS) || (s->in & IN(SHARES) && !ends_with(p, n, "_n")))
		return false;
	if ((n > 2 && p[0] == 'n' && p[1] == '_') || ends_with(p, n, "_n") || ends_with(p, n, "_count") ||
		ends_with(p, n, "_counts") || ends_with(p, n, "_freq"))
		return true;
	return s->in & IN(STRONG) && !(s->in & (IN(STATS) | IN(INDEXES))) && !is_measure_of(p, n);
}

/* p5, p95, 25%, 97.5% as a header is a percentile. */
static bool percentile(const char *fold, size_t n, double *ret)
{
	bool p = n > 1 && fold[0] == 'p';
	struct number number = number_read(fold + p, n - p, '.');

	if (number.used == 0 || number.value <= 0 || number.value >= 100)
		return false;
	if (p ? number.used != n - 1 || number.digits > 2 : n != number.used + 1 || fold[n - 1] != '%')
		return false;
	*ret = number.value / 100;
	return true;
}

static enum role named_role(const struct phrase *s, struct column *c)
{
	if (s->named == 0)
		return ROLE_UNKNOWN;
	c->rank = names[s->named - 1].rank;
	c->share = names[s->named - 1].share;
	return names[s->named - 1].role;
}

/* "max_income", "age_max", "minimum age", "age range"; "walk_min" may be minutes. */
static enum role extreme_role(const struct phrase *s)
{
	const char *first = memchr(s->name, '_', s->len), *last = memrchr(s->name, '_', s->len);
	uint32_t in_first, in_last;

	if (s->in & (IN(SETTINGS) | IN(MEANS)) || !(s->in & (IN(MOST) | IN(RANGES) | IN(LEAST) | IN(WHISKERS))))
		return ROLE_UNKNOWN;
	in_first = lists_of(s->name, first ? (size_t)(first - s->name) : s->len);
	in_last = last ? lists_of(last + 1, s->len - (size_t)(last + 1 - s->name)) : 0;
	if ((in_first | in_last) & IN(MOST) || in_last & IN(RANGES) || s->in & IN(WHISKERS))
		return ROLE_MAX;
	return in_first & IN(LEAST) ? ROLE_MIN : ROLE_UNKNOWN;
}

/* Lists in the order in which they are asked; a header with any of their words has the role. */
static const struct {
	enum list list;
	enum role role;
} by_words[] = { { MEANS, ROLE_MEAN }, { STATS, ROLE_STAT }, { PERIODS, ROLE_PERIOD }, { CODES, ROLE_CODE }, { INDEXES, ROLE_CODE } };

static bool is_percent(const struct phrase *s)
{
	return (s->in & (IN(PERCENTS) | IN(SHARES)) || memchr(s->fold, '%', s->n)) && !(s->in & IN(NOT_PERCENTS));
}

static enum role phrase_role(const struct phrase *s, struct column *c)
{
	enum role role = named_role(s, c);
	const char *name = s->name;
	size_t len = s->len, i;

	if (ends_with(name, len, "_midpoint6"))
		return ROLE_MIDPOINT;
	if (phrase_is_total(s))
		return is_count(s) ? ROLE_COUNT : ROLE_TOTAL;
	if (role != ROLE_UNKNOWN)
		return role;
	if (s->n == 2 && memcmp(s->fold, "0%", 2) == 0)
		return ROLE_MIN;
	if (s->n == 4 && memcmp(s->fold, "100%", 4) == 0)
		return ROLE_MAX;
	if (percentile(s->fold, s->n, &c->share))
		return ROLE_QUANTILE;
	if (is_count(s))
		return ROLE_COUNT;
	if (is_percent(s))
		return ROLE_PERCENT;
	if (len > 4 && (memcmp(name, "sum_", 4) == 0 || ends_with(name, len, "_sum") || ends_with(name, len, "_total")))
		return ROLE_SUM;
	if (s->as_name & IN(NOT_COUNTS))
		return ROLE_CODE;
	if (s->in & IN(MEDIANS) && !(s->in & IN(STATS))) {
		c->share = .5;
		return ROLE_QUANTILE;
	}
	role = extreme_role(s);
	if (role != ROLE_UNKNOWN)
		return role;
	for (i = 0; i < sizeof(by_words) / sizeof(by_words[0]); i++)
		if (s->in & IN(by_words[i].list))
			return by_words[i].role;
	return ROLE_UNKNOWN;
}

enum role header_type(const char *fold, size_t n, struct column *c)
{
	struct phrase s;

	phrase_read(&s, fold, n < HEADER_MAX ? n : HEADER_MAX);
	return phrase_role(&s, c);
}

/* --- headers of a table --- */

static unsigned survival_flags(const char *p, size_t n)
{
	static words risk = { "n_risk", "at_risk", "number_at_risk", "no_at_risk", "nrisk", "atrisk", "n_at_risk", NULL };
	static words event = { "n_event", "n_events", "events", "event", "nevent", "deaths", "n_deaths", "d", NULL };
	static words censor = { "n_censor", "n_censored", "censored", "ncensor", "n_cens", "lost", "n_lost", "nlost", NULL };

	return (word_of(risk, p, n) ? COL_RISK : 0) | (word_of(event, p, n) ? COL_EVENT : 0) |
	       (word_of(censor, p, n) ? COL_CENSOR : 0);
}

/* What words.c knows in more languages: "postnumer", "syntymaaika"; record numbers may be those of things. */
static unsigned person_flags(const char *name, size_t len)
{
	const struct word *w = word_find(name, len);

	if (!w || w->maybe || w->meaning == WORD_FILLER || w->meaning == WORD_PLACE || w->meaning == WORD_NETWORK)
		return 0;
	return w->meaning == WORD_RECORD ? COL_MAYBE : COL_PERSON;
}

static void read_header(struct grid *g, size_t i)
{
	struct column *c = &g->column[i];
	char fold[HEADER_MAX];
	size_t n = g->two_headers ? grid_fold(g, 1, i, fold, sizeof(fold)) : 0;
	struct phrase s;
	const char *name = s.name;
	size_t len;
	uint32_t in;

	n = n > 0 ? n : grid_fold(g, 0, i, fold, sizeof(fold));
	phrase_read(&s, fold, n);
	len = s.len;
	in = s.in;
	c->role = phrase_role(&s, c);
	c->hash = hash_bytes(fold, n);
	c->n = announced_n(fold, n);
	c->flags |= c->n > 0 ? COL_GROUP : 0;
	if (in & (IN(MEANS) | IN(STATS) | IN(PERIODS) | IN(CODES) | IN(SHARES) | IN(PERCENTS)) ||
		named_role(&s, c) != ROLE_UNKNOWN)
		c->flags |= COL_LABEL;
	c->flags |= scan_has_context(fold, n) ? COL_CONTEXT : 0;
	c->flags |= word_of(person_words, name, len) ? COL_PERSON : 0;
	c->flags |= word_of(maybe_words, name, len) ? COL_MAYBE : 0;
	c->flags |= person_flags(name, len);
	c->flags |= in & IN(SYSTEMS) ? COL_SYSTEM : 0;
	c->flags |= in & IN(AGES) ? COL_AGE : 0;
	c->flags |= in & IN(BIRTHS) ? COL_BIRTH : 0;
	c->flags |= in & IN(MODELS) ? COL_MODEL : 0;
	c->flags |= survival_flags(name, len) | COL_CLIMBS;
	c->flags |= (in & IN(INDEXES) && c->role != ROLE_COUNT) || len == 0 ? COL_INDEX : 0;
	c->dim = phrase_is_total(&s) ? 0 : phrase_category(&s, c->role == ROLE_COUNT || c->role == ROLE_MIDPOINT);
	c->same_width = 1;
	c->least = 1e300;
	c->most = -1e300;
}

/* --- values --- */

/* Two digits from 1 to most. */
static bool in_range(const char *p, int most)
{
	int v = (p[0] - '0') * 10 + (p[1] - '0');

	return fold_is_digit(p[0]) && fold_is_digit(p[1]) && v >= 1 && v <= most;
}

static bool is_year(const char *p)
{
	return fold_is_digit(p[0]) && fold_is_digit(p[1]) && fold_is_digit(p[2]) && fold_is_digit(p[3]) &&
	       ((p[0] == '1' && (p[1] == '8' || p[1] == '9')) || (p[0] == '2' && (p[1] == '0' || p[1] == '1')));
}

/* 2024-01-31, 20240131, 31.1.2024, 31/01/2024, with or without a time behind it. */
static bool is_date(const char *p, size_t n)
{
	size_t i = 0, month;

	if (n >= 8 && is_year(p)) {
		if (strchr("-/.", p[4]) && n >= 10)
			return in_range(p + 5, 12) && p[7] == p[4] && in_range(p + 8, 31);
		return n == 8 && in_range(p + 4, 12) && in_range(p + 6, 31);
	}
	while (i < n && fold_is_digit(p[i]))
		i++;
	if (i < 1 || i > 2 || i >= n || !strchr("./-", p[i]))
		return false;
	for (month = ++i; i < n && fold_is_digit(p[i]);)
		i++;
	return i > month && i - month <= 2 && i < n && p[i] == p[month - 1] && n - i > 4 && is_year(p + i + 1) &&
	       (n == i + 5 || !fold_is_digit(p[i + 5]));
}

/* The form and date of any country's number; chance gives 8 of 100, a list of persons all. */
static bool is_weak(const char *p, size_t n)
{
	enum idnum_kind k;

	if (n < 9 || n > 13 || !fold_is_digit(p[0]))
		return false;
	for (k = IDNUM_FI; k < IDNUM_COUNT; k++) {
		enum idnum_strength m = idnum_match(k, p, n);

		if (m > IDNUM_WEAK || (m == IDNUM_WEAK && !(k == IDNUM_IS && p[0] >= '8')))
			return true;
	}
	return false;
}

static void note_number(struct column *c, const struct cell *cell, size_t width)
{
	c->whole += (cell->flags & CELL_WHOLE) != 0;
	c->real += !(cell->flags & CELL_WHOLE);
	if (c->cells == 1 ? cell->value != 0 && cell->value != 1 : cell->value != c->last + 1)
		c->flags &= ~COL_CLIMBS;
	if (c->cells > 1 && width != c->width)
		c->same_width = 0;
	c->width = (uint32_t)width;
	c->last = cell->value;
	c->fine += cell->decimals >= 4;
	if (cell->value < c->least)
		c->least = cell->value;
	if (cell->value > c->most)
		c->most = cell->value;
}

/* Forms that only a cell's text shows: most cells are too short or begin otherwise. */
static void note_forms(struct grid *g, struct column *c, size_t row, size_t i)
{
	char fold[32];
	size_t n;
	const char *raw = grid_text(g, row, i, &n);

	if (n < 8 || n > 24 || (unsigned char)*raw < '0' || (unsigned char)*raw > '9')
		return;
	n = grid_fold(g, row, i, fold, sizeof(fold));
	c->weak += is_weak(fold, n);
	c->dates += n >= 8 && is_date(fold, n);
}

static void note_cell(struct grid *g, size_t row, size_t i)
{
	struct column *c = &g->column[i];
	const struct cell *cell = grid_cell(g, row, i);
	size_t width;

	if (cell->kind <= CELL_LESS) {
		c->marks += cell->kind != CELL_EMPTY;
		return;
	}
	c->cells++;
	note_forms(g, c, row, i);
	grid_text(g, row, i, &width);
	if (cell->kind == CELL_NUMBER)
		note_number(c, cell, width);
	else if (cell->kind == CELL_MIXED && number_is_estimate(g->fold, grid_fold(g, row, i, g->fold, HEADER_MAX), g->delimiter))
		c->spread++;
	else
		c->other++;
	if (c->small == 0 && cell->kind == CELL_NUMBER && cell->flags & CELL_WHOLE && cell->value > 0 &&
		cell->value < (double)g->policy->min_count)
		c->small = (uint32_t)row;
}

/* A curve or a sorted list seldom turns; what persons have, two times in three. */
static void note_turn(struct column *c, double step, int *was)
{
	int way = (step > 0) - (step < 0);

	c->turns += way != 0 && *was != 0 && way != *was;
	*was = way != 0 ? way : *was;
}

static void note_distinct(struct grid *g, size_t i, uint64_t seen[2 * SEEN])
{
	struct column *c = &g->column[i];
	double last = 0;
	int was = 0;
	size_t row, at;

	memset(seen, 0, 2 * SEEN * sizeof(*seen));
	for (row = 1; row < g->rows && c->tracked < SEEN; row++) {
		const struct cell *cell = grid_cell(g, row, i);
		uint64_t h;

		if (cell->kind <= CELL_LESS)
			continue;
		c->tracked++;
		if (cell->kind == CELL_NUMBER) {
			note_turn(c, cell->value - last, &was);
			last = cell->value;
		}
		h = grid_hash(g, row, i);
		for (at = h % (2 * SEEN); seen[at] != 0 && seen[at] != h; at = (at + 1) % (2 * SEEN))
			;
		c->distinct += seen[at] == 0;
		seen[at] = h;
	}
}

/* --- what values change of a role --- */

static bool has_role(const struct grid *g, enum role role)
{
	size_t i;

	for (i = 0; i < g->columns; i++)
		if (g->column[i].role == role)
			return true;
	return false;
}

/* Households "of 3 persons" are labels before a column that counts them. */
static bool counts_in_words(const struct grid *g, const struct column *c)
{
	size_t i;

	for (i = (size_t)(c - g->column) + 1; i < g->columns; i++)
		if (g->column[i].role == ROLE_COUNT && g->column[i].whole > 0)
			return false;
	return c->role == ROLE_COUNT && odd_cells_count(g, (size_t)(c - g->column));
}

/* "n_children" from 0 or 1 up in the first column, before a count that goes another way: how many things each person of the row has.
 * A word for persons alone stays what it says. */
static bool counts_things(const struct grid *g, const struct column *c)
{
	char fold[HEADER_MAX], name[HEADER_MAX];
	bool other = false;
	size_t i, n = grid_fold(g, 0, 0, fold, sizeof(fold));

	n = header_name(fold, n, name);
	if (c != g->column || c->role != ROLE_COUNT || !(c->flags & COL_CLIMBS) || c->cells < 3 || word_of(counts, name, n))
		return false;
	for (i = 1; i < g->columns; i++) {
		if (g->column[i].other > 0)
			return false; /* another column names the rows */
		other |= g->column[i].role == ROLE_COUNT && g->column[i].whole > 0 && !(g->column[i].flags & COL_CLIMBS);
	}
	return other;
}

/* A frequency between 0 and 1 is a share; a count in words is a label; x1 without a sum is a variable. */
static void settle(struct grid *g, struct column *c)
{
	bool within_one = c->least >= 0 && c->most <= 1 && c->real > 0;
	bool texts = c->other > 0 && c->whole + c->real + c->spread == 0;
	bool first = c == g->column, described = has_role(g, ROLE_MEAN) || has_role(g, ROLE_QUANTILE) || has_role(g, ROLE_STAT);

	if (c->whole + c->marks > 0 && c->real + c->other + c->spread == 0)
		c->flags |= COL_NUMBERED;
	if (c->role == ROLE_COUNT && c->flags & COL_CLIMBS && c->cells > 20) { /* "obs": 1, 2, 3, ... are row numbers */
		c->role = ROLE_CODE;
		c->flags |= COL_INDEX;
	}
	if (counts_things(g, c)) {
		c->role = ROLE_CODE;
		c->flags |= COL_LABEL;
	}
	if (c->role == ROLE_COUNT && within_one && c->other == 0)
		c->role = ROLE_SHARE;
	if (c->role == ROLE_PERCENT && c->most <= 1 && c->real > 0)
		c->role = ROLE_SHARE;
	/* an "age range" is a band, but beside a median it is a range */
	if (texts && !counts_in_words(g, c) && (c->role != ROLE_MAX || first || !described))
		c->role = ROLE_LABEL;
	if (c->role == ROLE_STAT && c->flags & COL_NUMBERED && (c->hash == hash_bytes("b", 1) || c->hash == hash_bytes("f", 1) ||
								       c->hash == hash_bytes("value", 5)))
		c->role = ROLE_UNKNOWN; /* group B, f for female, what melts a cross table: a coefficient is no whole number in each row */
	if (c->role == ROLE_LARGEST && !has_role(g, ROLE_SUM) && !has_role(g, ROLE_TOTAL) && !has_role(g, ROLE_MEAN))
		c->role = ROLE_UNKNOWN;
	if (c->role == ROLE_UNKNOWN && c->whole == 0 && c->real + c->spread == 0 && c->other > 0)
		c->role = ROLE_LABEL;
}

static bool read_counted_share(const struct grid *g, size_t row, size_t column);

/* Each share is its count by one number: estimates with their errors in percent are not. Two of them tell. */
static bool shares_of_one(const struct grid *g, size_t column)
{
	double low = 0, high = 1e18, share, half;
	size_t row, seen = 0;
	unsigned decimals;

	for (row = 1; row < g->rows; row++) {
		double n = grid_cell(g, row, column)->value;

		if (!read_counted_share(g, row, column) || n <= 0 || !grid_bracket(g, row, column, &share, &decimals))
			continue;
		for (half = .5; decimals > 0; decimals--)
			half /= 10;
		if (share <= half)
			continue;
		seen++;
		low = n * 100 / (share + half) > low ? n * 100 / (share + half) : low;
		high = n * 100 / (share - half) < high ? n * 100 / (share - half) : high;
	}
	return seen > 1 && low <= high + 1;
}

/* "4 (4.1%)" below "Drug A", "Week 12" or "Stage I": codes, times and statistics have no shares, groups of persons do. */
static void settle_shares(struct grid *g)
{
	size_t i, row;

	for (i = 0; i < g->columns; i++) {
		struct column *c = &g->column[i];
		bool named = c->role == ROLE_CODE || c->role == ROLE_PERIOD || c->role == ROLE_QUANTILE,
		     other = c->role == ROLE_STAT || c->role == ROLE_PERCENT || c->role == ROLE_MEAN || c->role == ROLE_MIN || c->role == ROLE_MAX || c->role == ROLE_LARGEST;
		size_t counted = 0;

		for (row = 1; (named || other) && c->spread > 0 && row < g->rows; row++)
			counted += read_counted_share(g, row, i);
		if ((counted > 0 && counted * 2 >= c->spread && (named || shares_of_one(g, i))) || (named && c->flags & COL_GROUP))
			c->role = ROLE_UNKNOWN; /* "(N=905)" says too that persons are below */
	}
}

/* Quarters of a year are no quartiles. */
static void settle_quarters(struct grid *g)
{
	char fold[8];
	size_t i;
	bool fourth = false;

	for (i = 0; i < g->columns; i++)
		fourth |= grid_fold(g, 0, i, fold, sizeof(fold)) == 2 && fold[0] == 'q' && fold[1] == '4';
	for (i = 0; fourth && i < g->columns; i++)
		if (g->column[i].role == ROLE_QUANTILE && grid_fold(g, 0, i, fold, sizeof(fold)) == 2)
			g->column[i].role = ROLE_UNKNOWN;
}

/* "group A", "arm 2", "age 18-24": a word for codes and then one code. */
static uint64_t code_word(const struct grid *g, size_t i)
{
	char fold[HEADER_MAX], name[HEADER_MAX];
	size_t n = grid_fold(g, 0, i, fold, sizeof(fold)), len = header_name(fold, n, name), first = 0;
	const struct column *c = &g->column[i];

	if ((c->role != ROLE_CODE && c->role != ROLE_PERIOD) || !(c->flags & COL_NUMBERED))
		return 0;
	while (first < len && name[first] != '_')
		first++;
	if (first + 1 >= len || (!fold_is_digit(name[first + 1]) && len - first - 1 > 3))
		return 0;
	return hash_bytes(name, first);
}

static bool has_header(const struct grid *g, const char *name)
{
	uint64_t h = hash_bytes(name, strlen(name));
	size_t i;

	for (i = 0; i < g->columns; i++)
		if (g->column[i].hash == h)
			return true;
	return false;
}

/* "no" beside "yes" is no number, "b" beside "a" no coefficient, and "F (N=120)" no test. */
static void settle_letters(struct grid *g)
{
	bool yes = has_header(g, "yes"), arms = has_header(g, "a") && has_header(g, "b");
	char fold[4];
	size_t i, n;

	for (i = 0; i < g->columns; i++) {
		struct column *c = &g->column[i];

		n = grid_fold(g, 0, i, fold, sizeof(fold));
		if (yes && n == 2 && memcmp(fold, "no", 2) == 0 && c->role == ROLE_CODE && !(c->flags & COL_CLIMBS)) {
			c->role = ROLE_UNKNOWN;
			c->flags &= ~(unsigned)(COL_INDEX | COL_LABEL);
		}
		if (c->role == ROLE_STAT && ((c->flags & COL_GROUP && n > 1 && (fold[1] == ' ' || fold[1] == '(')) ||
						    (arms && n == 1 && c->spread > 0)))
			c->role = ROLE_UNKNOWN;
	}
}

/* Two such columns are those of a cross table, and hold no codes themselves. */
static bool settle_codes(struct grid *g)
{
	uint64_t *word = calloc(g->columns + 1, sizeof(*word));
	size_t i, k;

	for (i = 0; word && i < g->columns; i++)
		word[i] = code_word(g, i);
	for (i = 0; word && i < g->columns; i++) {
		bool pair = false;

		for (k = i + 1; word[i] && k < g->columns && k < i + 64; k++)
			if (word[k] == word[i]) {
				pair = true;
				g->column[k].flags |= COL_BAND;
			}
		if (pair)
			g->column[i].flags |= COL_BAND;
	}
	for (i = 0; i < g->columns; i++)
		if (g->column[i].flags & COL_BAND) {
			g->column[i].role = ROLE_UNKNOWN;
			g->column[i].flags &= ~COL_LABEL;
		}
	free(word);
	return word != NULL;
}

/* Who was lost, beside who is at risk. */
static void settle_life(struct grid *g)
{
	bool life = false;
	size_t i;

	for (i = 0; i < g->columns; i++)
		life |= g->column[i].flags & COL_RISK && g->column[i].role == ROLE_COUNT;
	for (i = 0; life && i < g->columns; i++)
		if (g->column[i].role == ROLE_UNKNOWN && g->column[i].flags & (COL_EVENT | COL_CENSOR) && g->column[i].flags & COL_NUMBERED)
			g->column[i].role = ROLE_COUNT;
}

/* "temp_min" beside "temp_max" is no minute. */
static void settle_least(struct grid *g)
{
	char a[HEADER_MAX], b[HEADER_MAX];
	size_t i, k, n, m;

	for (i = 0; i < g->columns && i < 64; i++) {
		n = grid_fold(g, 0, i, a, sizeof(a));
		if (n < 4 || memcmp(a + n - 3, "min", 3) != 0 || fold_is_word(a[n - 4]) || g->column[i].role == ROLE_MIN)
			continue;
		for (k = 0; k < g->columns && k < 64; k++) {
			m = grid_fold(g, 0, k, b, sizeof(b));
			if (m == n && g->column[k].role == ROLE_MAX && memcmp(a, b, n - 3) == 0)
				g->column[i].role = ROLE_MIN;
		}
	}
}

/* --- shares that no word names: they add up to 1 or to 100 --- */

#define SHARES 64 /* columns that are looked at */

static bool may_be_share(const struct column *c, double whole)
{
	return (c->role == ROLE_UNKNOWN || c->role == ROLE_TOTAL) && c->real > 0 && c->spread + c->other == 0 && c->least >= 0 &&
	       c->most <= whole && !(c->flags & COL_SAID);
}

/* Half a unit of its last digit to each part. */
static bool adds_up(double sum, double slack, double whole)
{
	return sum > 0 && sum - whole <= slack + 1e-9 && whole - sum <= slack + 1e-9;
}

static double half_unit(const struct cell *c)
{
	double half = .5;
	unsigned i;

	for (i = 0; i < c->decimals; i++)
		half /= 10;
	return half;
}

static bool rows_add_up(const struct grid *g, const size_t *list, size_t n, double whole)
{
	size_t row, k, good = 0, all = 0;

	for (row = 1; n >= 2 && row < g->rows && row < SEEN; row++) {
		double sum = 0, slack = 0;
		bool known = true;

		for (k = 0; k < n; k++) {
			const struct cell *c = grid_cell(g, row, list[k]);

			known &= c->kind == CELL_NUMBER;
			sum += c->value;
			slack += half_unit(c);
		}
		all += known;
		good += known && slack < whole / 20 && adds_up(sum, slack, whole);
	}
	return good >= 2 && good * 10 >= all * 6;
}

static bool column_adds_up(const struct grid *g, size_t i, double whole)
{
	double sum = 0, slack = 0;
	size_t row, seen = 0;

	for (row = 1; row < g->rows && row < SEEN; row++) {
		const struct cell *c = grid_cell(g, row, i);

		if (c->kind != CELL_NUMBER)
			continue;
		seen++;
		sum += c->value;
		slack += half_unit(c);
	}
	return seen >= 3 && g->rows <= SEEN && slack < whole / 20 && adds_up(sum, slack, whole);
}

static void find_shares(struct grid *g, double whole, enum role role)
{
	size_t list[SHARES], n = 0, i;
	bool across;

	for (i = 0; i < g->columns && n < SHARES; i++)
		if (may_be_share(&g->column[i], whole))
			list[n++] = i;
	across = rows_add_up(g, list, n, whole);
	for (i = 0; i < n; i++)
		if (across || column_adds_up(g, list[i], whole))
			g->column[list[i]].role = role;
}

/* --- how many a group has, where only the cells tell: 149 (47.3), 166 (52.7) and 63 (20.0) are of 315 --- */

#define PAIRS 64

struct pairs {
	double low[PAIRS], high[PAIRS], mid[PAIRS];
	size_t n;
};

static void read_pairs(const struct grid *g, size_t i, struct pairs *ret)
{
	unsigned decimals;
	double share, unused, half;
	size_t row;

	ret->n = 0;
	for (row = 1; row < g->rows && row < 4 * PAIRS && ret->n < PAIRS; row++) {
		const struct cell *c = grid_cell(g, row, i);
		enum role role;

		if (c->kind != CELL_MIXED || !(c->flags & CELL_WHOLE) || c->decimals > 0 || !(c->flags & CELL_BRACKET) || c->value < 1 ||
			!grid_bracket(g, row, i, &share, &decimals) || decimals == 0 || share <= 0 || share > 100)
			continue;
		role = row_role(g, row, &unused);
		if (role != ROLE_UNKNOWN && role != ROLE_COUNT)
			continue;
		for (half = .5; decimals > 0; decimals--)
			half /= 10;
		ret->low[ret->n] = c->value * 100 / (share + half);
		ret->high[ret->n] = share > half ? c->value * 100 / (share - half) : 1e18;
		ret->mid[ret->n++] = c->value * 100 / share;
	}
}

/* The pair with whose N most others agree. */
static int64_t common_n(const struct pairs *p)
{
	size_t i, k, best = 0, most = 0;

	for (i = 0; i < p->n; i++) {
		size_t agree = 0;

		for (k = 0; k < p->n; k++)
			agree += p->mid[i] >= p->low[k] && p->mid[i] <= p->high[k];
		if (agree > most || (agree == most && p->high[i] - p->low[i] < p->high[best] - p->low[best])) {
			best = i;
			most = agree;
		}
	}
	return most >= 3 && most * 2 > p->n && p->mid[best] < 1e15 ? (int64_t)(p->mid[best] + .5) : 0;
}

static void find_groups(struct grid *g)
{
	struct pairs p;
	size_t i;

	for (i = 0; i < g->columns; i++) {
		struct column *c = &g->column[i];

		if (c->n > 0 || c->spread < 3 || (c->role != ROLE_UNKNOWN && c->role != ROLE_COUNT && c->role != ROLE_TOTAL))
			continue;
		read_pairs(g, i, &p);
		c->n = common_n(&p);
	}
}

/* Unknown whole numbers beside a label may be a cross table's counts; not row numbers, and nothing that a table of
 * estimates has beside them. */
static void find_countlike(struct grid *g)
{
	bool label = g->text && g->rows == 2, estimates = has_role(g, ROLE_STAT) || has_role(g, ROLE_MEAN) || has_role(g, ROLE_QUANTILE);
	size_t i;

	for (i = 0; i < g->columns; i++) {
		struct column *c = &g->column[i];
		bool index = (c->flags & COL_CLIMBS && c->cells >= 3) || (g->text && c->hash == hash_bytes("", 0));

		if (c->role == ROLE_TOTAL && c->flags & COL_NUMBERED)
			c->flags |= COL_COUNTLIKE;
		if (label && !estimates && c->role == ROLE_UNKNOWN && c->flags & COL_NUMBERED && !index && !(c->flags & COL_LABEL))
			c->flags |= COL_COUNTLIKE;
		label |= c->role == ROLE_LABEL || c->role == ROLE_CODE || c->role == ROLE_PERIOD || c->other > 0 || index;
	}
}

/* Codes and settings that are a whole number in each row of a table of results, and nobody's count. */
static words whole_codes = { "df", "dof", "lag", "lead", "iter", "iteration", "fold", "seed", "step", "degree", "degrees", "order",
	"ordinal", "version", "chapter", "digits", "decimals", "length", "position", "snp", "chr", "chrom", "chromosome", "knot", "bin",
	"node", "cluster", "stratum", "strata", "dimension", "component", "cutoff", "threshold", "dose", "parameters", "code", "koodi",
	"kod", "kode", "quintile", "quartile", "decile", "tertile", "percentile", "quantile", "label", "type", "units", NULL };
/* Statistics that are words for groups of persons too. */
static words group_words = { "low", "high", "risk", "test", NULL };
/* What is counted and no person. */
static words things = { "items", "factors", "levels", "beds", "doses", "visits", "points", NULL };

/* "dead at day 30", "sex male", "high risk", "cases by group": words for codes, times or tests, and others that say of whom. */
static bool says_whom(const char *name, size_t len, enum role role)
{
	static words settled = { "study", "at", "in", "of", "by", "the", "id", NULL };
	bool whom = false, moment = false, result = true;
	size_t from, to;

	if (lists_of(name, len) & IN(NOT_COUNTS) || lists_with(name, len) & (IN(RATES) | IN(INDEXES) | IN(SETTINGS)))
		return false;
	if (lists_at_ends(name, len) & (IN(COUNTS) | IN(STRONG)))
		return true;
	for (from = 0; from < len; from = to + 1) {
		uint32_t in;
		bool thing;

		for (to = from; to < len && name[to] != '_';)
			to++;
		in = lists_of(name + from, to - from);
		thing = word_of(things, name + from, to - from);
		if (word_of(whole_codes, name + from, to - from))
			return false;
		result &= !thing && (!(in & IN(STATS)) || word_of(group_words, name + from, to - from));
		moment |= fold_is_digit(name[from]);
		whom |= !(in & (IN(CODES) | IN(PERIODS) | IN(STATS))) && !fold_is_digit(name[from]) && !thing && !word_of(settled, name + from, to - from);
	}
	return role == ROLE_STAT ? result : whom && (role == ROLE_CODE || moment);
}

/* Few rows, or values that repeat less than codes do. */
static bool is_named_group(const struct grid *g, size_t i, bool counted, bool estimates)
{
	const struct column *c = &g->column[i];
	char fold[HEADER_MAX], name[HEADER_MAX];
	size_t n = grid_fold(g, 0, i, fold, sizeof(fold)), len = header_name(fold, n, name);
	const bool number = len >= 2 && name[0] == 'n' && (name[1] == 'o' || name[1] == 'r') && (len == 2 || name[2] == '_');

	if (number && len > 3) { /* "no. of visits" as "n visits" */
		size_t skip = len > 6 && memcmp(name + 2, "_of_", 4) == 0 ? 4 : 1;

		memmove(name + 1, name + 1 + skip, len - 1 - skip);
		len -= skip;
		if (word_of(things, name + 2, len - 2))
			return false;
	}
	if (c->whole == 0 || !(c->flags & COL_NUMBERED) || c->flags & (COL_CLIMBS | COL_MODEL | COL_SYSTEM | COL_AGE | COL_SAID) ||
		((counted || g->rows - 1 > PERSONS) && c->distinct * 2 <= c->tracked) || (c->flags & COL_INDEX && (!number || estimates)))
		return false;
	if (memchr(name, '_', len))
		return !estimates && (c->role == ROLE_CODE || c->role == ROLE_PERIOD || c->role == ROLE_STAT) && says_whom(name, len, c->role);
	return !counted && (c->role == ROLE_CODE ? !word_of(whole_codes, name, len) : c->role == ROLE_STAT && word_of(group_words, name, len));
}

static bool has_numbers_as(const struct grid *g, enum role role)
{
	size_t i;

	for (i = 0; i < g->columns; i++)
		if (g->column[i].role == role && g->column[i].real + g->column[i].spread > 0)
			return true;
	return false;
}

/* "treatment" over whole numbers beside a label, and no count in the table: a column of a cross table, as "placebo" is. It is
 * for review alone: for a count it would make a table of records one of results. */
static void settle_named(struct grid *g)
{
	bool label = false, counted = has_role(g, ROLE_COUNT) || has_role(g, ROLE_MIDPOINT),
	     estimates = has_numbers_as(g, ROLE_STAT) || has_numbers_as(g, ROLE_MEAN) || has_numbers_as(g, ROLE_QUANTILE);
	size_t i;

	for (i = 0; i < g->columns; i++) {
		struct column *c = &g->column[i];

		if (label && is_named_group(g, i, counted, estimates)) {
			c->role = ROLE_UNKNOWN;
			c->flags &= ~(unsigned)(COL_LABEL | COL_INDEX);
		}
		label |= c->other > 0;
	}
}

/* Whole numbers alone, some with a share behind: what a table that counts holds. */
static bool is_counted(const struct grid *g, size_t i)
{
	const struct column *c = &g->column[i];
	size_t row;

	if (c->real > 0 || c->whole + c->spread == 0 || c->other > 0)
		return false;
	for (row = 1; c->spread > 0 && row < g->rows; row++) {
		const struct cell *cell = grid_cell(g, row, i);

		if (cell->kind == CELL_MIXED && !(cell->flags & CELL_WHOLE && cell->flags & CELL_BRACKET && cell->decimals == 0))
			return false;
	}
	return true;
}

/* Totals to the right and below: only counts and amounts are added up both ways. */
static bool has_margins(const struct grid *g)
{
	char fold[HEADER_MAX];
	bool right = false, below = false;
	size_t i;

	for (i = 0; i < g->columns; i++)
		right |= header_is_total(fold, grid_fold(g, 0, i, fold, sizeof(fold)));
	for (i = 0; i < g->columns && i < GRID_DIMS; i++)
		below |= header_is_total(fold, grid_fold(g, g->rows - 1, i, fold, sizeof(fold)));
	return right && below && g->rows > 2;
}

/* What a text says around a table makes counts of its whole numbers that nothing else is said of. */
static void settle_counted(struct grid *g)
{
	bool label = false, bare = !has_role(g, ROLE_COUNT), all = g->counted == COUNTED_ALL || (g->text && g->counted == COUNTED_NOT && has_margins(g) &&
		!has_role(g, ROLE_STAT) && !has_role(g, ROLE_MEAN) && !has_role(g, ROLE_SUM));
	size_t i;

	for (i = 0; i < g->columns; i++) {
		struct column *c = &g->column[i];
		bool last = g->counted == COUNTED_LAST && i + 1 == g->columns && i > 0;

		if (is_counted(g, i) && (last || (all && label && c->hash != hash_bytes("", 0))) &&
			(last || bare || c->role == ROLE_UNKNOWN || c->role == ROLE_TOTAL || c->flags & COL_COUNTLIKE)) {
			c->role = ROLE_COUNT;
			c->flags &= ~(COL_LABEL | COL_INDEX);
		}
		label = true;
	}
}

/* Beside what was expected under a test, what was observed are events. */
static void settle_observed(struct grid *g)
{
	char fold[HEADER_MAX];
	bool expected = false, persons = false;
	size_t i;

	for (i = 0; i < g->columns; i++) {
		expected |= word_of((words){ "expected", "exp", NULL }, fold, grid_fold(g, 0, i, fold, sizeof(fold)));
		persons |= g->column[i].role == ROLE_COUNT;
	}
	for (i = 0; expected && persons && i < g->columns; i++)
		if (g->column[i].flags & COL_NUMBERED && g->column[i].role == ROLE_UNKNOWN &&
			word_of((words){ "observed", "obs", NULL }, fold, grid_fold(g, 0, i, fold, sizeof(fold))))
			g->column[i].role = ROLE_COUNT;
}

/* R wraps wide output, and below the first columns rows have numbers alone. */
static bool has_labels(const struct grid *g)
{
	size_t i;

	for (i = 0; i < g->columns; i++) {
		const struct column *c = &g->column[i];
		bool label = c->role == ROLE_LABEL || c->role == ROLE_CODE || c->role == ROLE_PERIOD || c->other > 0;

		if (label && !(c->flags & COL_INDEX && c->flags & COL_CLIMBS && c->flags & COL_NUMBERED))
			return true;
	}
	return false;
}

/* describe() and the like: a row "mean" among rows that are called after statistics. */
static bool is_description(const struct grid *g)
{
	double unused;
	size_t row, named = 0;
	bool mean = false;

	for (row = 1; row < g->rows && row < 40; row++) {
		enum role role = row_role(g, row, &unused);

		mean |= role == ROLE_MEAN;
		named += role != ROLE_UNKNOWN;
	}
	return mean && named * 2 >= g->rows - 1;
}

/* Parts are in other columns, so that this one has their sums. */
static bool sums_midpoints(const struct grid *g, const struct column *c)
{
	size_t i;

	for (i = 0; c->dim == 0 && i < g->columns; i++)
		if (g->column[i].role == ROLE_MIDPOINT && g->column[i].dim != 0)
			return true;
	return false;
}

bool cell_is_midpoint(const struct grid *g, size_t row, size_t column)
{
	const struct column *c = &g->column[column];
	int64_t v = (int64_t)grid_cell(g, row, column)->value;

	if (!(grid_cell(g, row, column)->flags & CELL_WHOLE))
		return false;
	return v == 0 || v % 6 == 3 || (c->role == ROLE_MIDPOINT && v % 3 == 0 && (row_labels(g, row)->total || sums_midpoints(g, c)));
}

static bool fits_base(const struct grid *g, int base, uint64_t *ret_seen)
{
	size_t row, i;
	uint64_t seen = 0;

	for (i = 0; i < g->columns; i++) {
		const struct column *c = &g->column[i];

		for (row = 1; header_is_count(c) && row < g->rows; row++) {
			const struct cell *cell = grid_cell(g, row, i);
			int64_t v = cell->flags & CELL_WHOLE ? (int64_t)cell->value : 1;

			if (cell->kind != CELL_NUMBER && cell->kind != CELL_MIXED)
				continue;
			if (!(cell->flags & CELL_WHOLE) || (base == MIDPOINT6 ? !cell_is_midpoint(g, row, i) : v % base != 0))
				return false;
			seen += v != 0;
		}
	}
	*ret_seen = seen;
	return true;
}

/* That so many counts are multiples by chance: less than one table of a hundred thousand. */
static bool is_no_chance(int base, uint64_t seen)
{
	double odds = 1;

	while (seen-- > 0 && odds < 1e5)
		odds *= base == MIDPOINT6 ? 6 : base;
	return odds >= 1e5;
}

/* Four counts that are all multiples of 5 by chance: one table of six hundred. What such a table tells is for review. */
static void find_base(struct grid *g)
{
	static const int bases[] = { 100, 50, 20, 10, 6, 5, MIDPOINT6 };
	uint64_t seen = 0;
	size_t i;

	g->based = g->based || has_role(g, ROLE_MIDPOINT);
	for (i = 0; i < sizeof(bases) / sizeof(bases[0]) && g->base == 0; i++)
		if (fits_base(g, bases[i], &seen) && seen >= (g->based ? 1 : 4))
			g->base = bases[i];
	g->few_rounded = g->base != 0 && !g->based && g->policy->round_base <= 1 && !is_no_chance(g->base, seen);
}

/* A row that is a label alone is the heading of those below it, up to the next one, or to a row that is not set in. */
static size_t indent_of(const struct grid *g, size_t row)
{
	size_t n, i = 0;
	const char *p = grid_text(g, row, 0, &n);

	while (i < n && p[i] == ' ')
		i++;
	return i;
}

static bool is_label_alone(const struct grid *g, size_t row, uint32_t *ret)
{
	size_t i;

	for (i = 0; i < g->columns && grid_cell(g, row, i)->kind == CELL_EMPTY; i++)
		;
	*ret = (uint32_t)i;
	if (i + 1 >= g->columns || grid_cell(g, row, i)->kind != CELL_TEXT)
		return false;
	for (i++; i < g->columns && grid_cell(g, row, i)->kind == CELL_EMPTY; i++)
		;
	return i == g->columns;
}

static void read_headings(struct grid *g)
{
	size_t row, indent = 0;
	uint32_t heading = 0;
	bool inward = false;

	for (row = 1; row < g->rows; row++) {
		if (is_label_alone(g, row, &g->row[row].label)) {
			g->row[row].is_heading = true;
			heading = (uint32_t)row;
			indent = indent_of(g, row);
			inward = row + 1 < g->rows && indent_of(g, row + 1) > indent;
			continue;
		}
		if (inward && indent_of(g, row) <= indent)
			heading = 0;
		g->row[row].heading = heading;
	}
}

/* Numbers with decimals, up to 100, where the row above has whole ones and a label, and no label of their own. */
static bool is_share_row(const struct grid *g, size_t row)
{
	size_t i, found = 0;

	for (i = 0; i < g->columns; i++) {
		const struct cell *c = grid_cell(g, row, i), *above = grid_cell(g, row - 1, i);

		if (c->kind == CELL_EMPTY && (above->kind == CELL_TEXT || above->kind == CELL_EMPTY || found == 0))
			continue;
		if (c->kind != CELL_NUMBER || c->decimals == 0 || c->value > 100 || above->kind != CELL_NUMBER || !(above->flags & CELL_WHOLE) ||
			above->decimals > 0)
			return false;
		found++;
	}
	return found > 1 && grid_cell(g, row, 0)->kind == CELL_EMPTY && grid_cell(g, row - 1, 0)->kind != CELL_EMPTY;
}

/* Cross tables of Stata and SAS have the percentages of a row below its counts, so that a column is neither counts nor found:
 * what the counts add up to is seen without them. */
static void part_shares(struct grid *g)
{
	size_t row, i, found = 0, rows = 0;

	for (row = 2; row < g->rows; row++)
		found += is_share_row(g, row);
	for (row = 1; row < g->rows; row++)
		rows += grid_cell(g, row, 0)->kind != CELL_EMPTY;
	for (row = g->rows; found > 1 && found * 3 >= rows * 2 && row-- > 2;)
		for (i = 0; is_share_row(g, row) && i < g->columns; i++) {
			struct cell *c = &g->cell[row * g->columns + i];

			*c = (struct cell){ .at = c->at };
		}
}

/* What pandas writes of groupby().agg(["count", "mean"]): variables in the first line, each as often as it has statistics, whose
 * names are in the second. */
static bool has_two_headers(const struct grid *g)
{
	size_t i, named = 0, typed = 0, again = 0;
	char fold[HEADER_MAX];

	for (i = 0; i < g->columns && g->rows > 2; i++) {
		const struct cell *c = grid_cell(g, 1, i);
		struct column unused = { 0 };

		if (c->kind != CELL_TEXT && c->kind != CELL_EMPTY)
			return false;
		if (c->kind == CELL_EMPTY)
			continue;
		named++;
		typed += header_type(fold, grid_fold(g, 1, i, fold, sizeof(fold)), &unused) != ROLE_UNKNOWN;
		again += i > 0 && grid_hash(g, 0, i) == grid_hash(g, 0, i - 1) && grid_cell(g, 0, i)->kind != CELL_EMPTY;
	}
	return named > 1 && again > 0 && typed * 2 >= named;
}

static void join_headers(struct grid *g)
{
	size_t i;

	g->two_headers = has_two_headers(g);
	for (i = 0; g->two_headers && i < g->columns; i++)
		g->cell[g->columns + i].kind = CELL_EMPTY; /* of what is below */
}

bool header_read(struct grid *g)
{
	uint64_t seen[2 * SEEN];
	size_t row, i;

	g->column = calloc(g->columns ? g->columns : 1, sizeof(*g->column));
	g->row = calloc(g->rows + 1, sizeof(*g->row));
	for (g->labels = 64; g->labels < LABELS && g->labels < 4 * g->rows; g->labels *= 2)
		;
	g->label = calloc(g->labels, sizeof(*g->label));
	if (!g->column || !g->row || !g->label)
		return false;
	join_headers(g);
	part_shares(g);
	for (i = 0; i < g->columns; i++)
		read_header(g, i);
	for (row = 1; row < g->rows; row++)
		for (i = 0; i < g->columns; i++)
			note_cell(g, row, i);
	for (i = 0; i < g->columns; i++) {
		note_distinct(g, i, seen);
		settle(g, &g->column[i]);
	}
	read_headings(g);
	settle_shares(g);
	settle_quarters(g);
	settle_letters(g);
	if (!settle_codes(g))
		return false;
	settle_life(g);
	settle_least(g);
	find_shares(g, 1, ROLE_SHARE);
	find_shares(g, 100, ROLE_PERCENT);
	find_groups(g);
	find_countlike(g);
	settle_named(g);
	settle_counted(g);
	settle_observed(g);
	header_forget(g);
	g->described = is_description(g);
	g->vague |= g->text && g->rows > 2 && !has_labels(g);
	find_base(g);
	return true;
}

bool header_is_count(const struct column *c)
{
	return c->role == ROLE_COUNT || c->role == ROLE_MIDPOINT || (c->flags & COL_COUNTLIKE && !(c->flags & COL_SAID));
}

/* "median (range)", "mean [min-max]" */
static bool says_range(const char *p, size_t n)
{
	static const char *const ranges[] = { "(range", "[range", "(min", "[min", "(vaihteluv", "(variations", "(variasjons", "range)", "range]" };
	size_t i;

	if (!memchr(p, '(', n) && !memchr(p, '[', n) && !memchr(p, ')', n) && !memchr(p, ']', n))
		return false;
	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (memmem(p, n, ranges[i], strlen(ranges[i])))
			return !memmem(p, n, "quartile", 8);
	return false;
}

static void read_label(struct label *l, const char *fold, size_t n)
{
	struct column c = { 0 };
	struct phrase s;

	phrase_read(&s, fold, n);
	l->role = phrase_role(&s, &c);
	l->share = c.share;
	l->total = phrase_is_total(&s);
	l->generic = s.as_is & IN(GENERICS);
	l->category = phrase_category(&s, false);
	l->counted = phrase_category(&s, true);
	l->range = says_range(fold, n);
	l->percent = memchr(fold, '%', n) != NULL;
	l->age = s.in & IN(AGES);
	l->word = word_find(fold, n);
}

/* Where a label is kept: eight bytes at a time. */
static uint64_t quick_hash(const char *p, size_t n)
{
	uint64_t h = n, v;

	for (; n >= 8; n -= 8, p += 8) {
		memcpy(&v, p, 8);
		h = (h ^ v) * 0x9e3779b97f4a7c15u;
		h ^= h >> 32;
	}
	v = 0;
	memcpy(&v, p, n);
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 32;
}

const struct label *label_at(const struct grid *g, size_t row, size_t column)
{
	char fold[HEADER_MAX];
	struct label *l;
	size_t n;
	const char *p = grid_text(g, row, column, &n);

	l = &g->label[quick_hash(p, n) & (g->labels - 1)];
	if (l->used && l->n == n && memcmp(l->p, p, n) == 0)
		return l;
	*l = (struct label){ .p = p, .n = (uint32_t)n, .used = true };
	read_label(l, fold, grid_fold(g, row, column, fold, sizeof(fold)));
	return l;
}

/* --- rows: a table of characteristics has "n", "Mean (SD)" and "Max" in its first columns --- */

static enum role label_role(const struct grid *g, size_t row, double *ret_share)
{
	const struct label *l;
	size_t i;

	for (i = 0; i < g->columns && i < GRID_DIMS; i++) {
		const struct column *c = &g->column[i];
		enum role role;

		if ((c->role != ROLE_LABEL && c->other == 0) ||
			(grid_cell(g, row, i)->kind != CELL_TEXT && !(grid_cell(g, row, i)->flags & CELL_PERCENT && i == 0)))
			continue;
		l = label_at(g, row, i);
		role = l->role;
		*ret_share = l->share;
		if (role == ROLE_COUNT && has_role(g, ROLE_COUNT))
			continue; /* counts have their column, and "Obs" is a group */
		if (role == ROLE_COUNT && c->role == ROLE_LABEL && g->columns > i + 1 && g->column[i + 1].role == ROLE_LABEL)
			continue; /* a word before another label is the variable's name */
		if (role == ROLE_COUNT || role == ROLE_MEAN || role == ROLE_MIN || role == ROLE_MAX || role == ROLE_QUANTILE || role == ROLE_R2)
			return role;
	}
	return ROLE_UNKNOWN;
}

enum role row_role(const struct grid *g, size_t row, double *ret_share)
{
	struct row *r = &g->row[row];

	if (!r->read) {
		r->role = label_role(g, row, &r->share);
		r->read = true;
		row_labels(g, row);
	}
	*ret_share = r->share;
	return r->role;
}

static bool is_described(enum role role)
{
	return role == ROLE_MEAN || role == ROLE_QUANTILE || role == ROLE_MIN || role == ROLE_MAX;
}

void header_forget(struct grid *g)
{
	size_t i;

	for (i = 0; i < g->rows; i++)
		g->row[i].read = g->row[i].persons_read = false;
	for (i = 0; i < g->columns; i++)
		g->column[i].row_n_read = false;
	for (i = 0; i < g->cells; i++)
		g->cell[i].flags &= (uint8_t)~(CELL_ASKED | CELL_COUNTED);
}

/* A row called "n" above: how many the column's cells rest on. */
static int64_t column_n(const struct grid *g, size_t column)
{
	struct column *c = &g->column[column];
	double unused;
	size_t i;

	for (i = 1; !c->row_n_read && i < g->rows && i < 64; i++) {
		const struct cell *cell = grid_cell(g, i, column);

		if (cell->kind == CELL_NUMBER && cell->flags & CELL_WHOLE && row_role(g, i, &unused) == ROLE_COUNT) {
			c->row_n = (int64_t)cell->value;
			c->row_n_read = true;
		}
	}
	if (!c->row_n_read)
		c->row_n = -1;
	c->row_n_read = true;
	return c->row_n;
}

/* While a row's labels are at hand, all that is asked of any of them is kept. */
const struct row *row_labels(const struct grid *g, size_t row)
{
	struct row *r = &g->row[row];
	size_t i;

	for (i = 0; !r->labels_read && i < g->columns && i < GRID_DIMS; i++)
		if (grid_cell(g, row, i)->kind == CELL_TEXT) {
			const struct label *l = label_at(g, row, i);

			r->range |= l->range;
			r->percent |= l->percent;
			r->total |= l->total;
		}
	r->labels_read = true;
	return r;
}

/* "4 (1.5%)": a whole number and its share, whatever the column is called; "4 (1.5)" where the row's label says so or
 * it is that share of the group. */
static bool read_counted_share(const struct grid *g, size_t row, size_t column)
{
	const struct cell *c = grid_cell(g, row, column);
	double share, of, half = .5, unused;
	unsigned decimals;
	int64_t n;

	if (c->kind != CELL_MIXED || !(c->flags & CELL_WHOLE) || c->decimals > 0 || c->flags & CELL_PERCENT)
		return false;
	if (c->flags & CELL_SHARE)
		return true;
	if (!(c->flags & CELL_BRACKET) || !grid_bracket(g, row, column, &share, &decimals) || share < 0 || share > 100 ||
		is_described(row_role(g, row, &unused)))
		return false;
	if (row_labels(g, row)->percent) /* the row's label says "n (%)" or the like */
		return true;
	n = g->column[column].n > 0 ? g->column[column].n : column_n(g, column);
	if (n <= 0 || decimals == 0)
		return false;
	for (; decimals > 0; decimals--)
		half /= 10;
	of = c->value * 100 / (double)n;
	return of - share <= half + 1e-9 && share - of <= half + 1e-9;
}

static bool is_counted_share(const struct grid *g, size_t row, size_t column)
{
	struct cell *c = &g->cell[row * g->columns + column];

	if (!(c->flags & CELL_ASKED))
		c->flags |= CELL_ASKED | (read_counted_share(g, row, column) ? CELL_COUNTED : 0);
	return c->flags & CELL_COUNTED;
}

/* "Mean (SD)" before "7.8 (13.2)": a table of characteristics has such rows under "women", where others are counts. */
static bool is_of_group(const struct grid *g, size_t row, const struct column *c, const struct cell *cell)
{
	double unused;

	if (cell->flags & CELL_SHARE)
		return false;
	if (cell->decimals > 0 && cell->flags & CELL_BRACKET)
		return true; /* "2.0 [1.0-5.0]" */
	if (cell->kind == CELL_NUMBER && cell->decimals == 0 && !(c->flags & COL_GROUP))
		return false;
	return is_described(row_role(g, row, &unused));
}

bool cell_is_count(const struct grid *g, size_t row, size_t column)
{
	const struct column *c = &g->column[column];
	const struct cell *cell = grid_cell(g, row, column);
	double unused;

	if (cell->kind != CELL_NUMBER && cell->kind != CELL_MIXED)
		return false;
	if (c->role == ROLE_COUNT || c->role == ROLE_MIDPOINT)
		return !is_of_group(g, row, c, cell);
	if (g->described && cell->kind == CELL_NUMBER && cell->flags & CELL_WHOLE)
		return row_role(g, row, &unused) == ROLE_COUNT;
	if (c->role != ROLE_UNKNOWN && c->role != ROLE_TOTAL && c->role != ROLE_LABEL)
		return false;
	if (is_counted_share(g, row, column))
		return true;
	/* asked of mixed columns alone: where all are whole numbers the column is asked about as such */
	return c->real + c->spread + c->other > 0 && cell->flags & CELL_WHOLE && cell->decimals == 0 &&
	       cell->kind == CELL_NUMBER && row_role(g, row, &unused) == ROLE_COUNT;
}

/* The cell of a named count in this row that isn't about a part: "n" before "n_event". */
static int64_t read_row_n(const struct grid *g, size_t row)
{
	int64_t n = -1;
	size_t i;

	for (i = 0; i < g->columns; i++) {
		const struct column *c = &g->column[i];
		const struct cell *cell = grid_cell(g, row, i);

		if (c->role != ROLE_COUNT || cell->kind != CELL_NUMBER || !(cell->flags & CELL_WHOLE))
			continue;
		if (c->dim == 0)
			return (int64_t)cell->value;
		if (cell->value > (double)n)
			n = (int64_t)cell->value;
	}
	return n;
}

static int64_t row_n(const struct grid *g, size_t row)
{
	struct row *r = &g->row[row];

	if (!r->persons_read)
		r->persons = read_row_n(g, row);
	r->persons_read = true;
	return r->persons;
}

int64_t grid_persons(const struct grid *g, size_t row, size_t column)
{
	int64_t n = g->column[column].n > 0 ? g->column[column].n : row_n(g, row);

	if (n < 0)
		n = column_n(g, column);
	return n >= 0 ? n : g->claimed_n > 0 ? g->claimed_n : -1;
}
