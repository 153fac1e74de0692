/* policy/table.c - rules on CSV and TSV: what each column is, small counts, one row per person, formulas.
 * Every column is judged by its header first and by its values where the header says nothing. */
#include <string.h>

#include "policy/inside.h"
#include "spe/csv.h"

#define SEEN \
	256 /* rows in which distinct values are told apart: enough to tell a list of persons */
#define PERSONS 20 /* rows; up to here a column of distinct values may be a short list of labels */
#define HEADER_MAX 128 /* folded characters of a header that are looked at */
#define PIECE (256u << 10)

enum role { ROLE_UNKNOWN, ROLE_COUNT, ROLE_ROUNDED, ROLE_CODE };

struct column {
	enum role role;
	bool named, label;         /* header: announces identity numbers; labels, codes, periods */
	bool person, person_maybe; /* header: names a direct identifier */
	bool zero_told, climbing, same_width;
	uint64_t cells;              /* that are not empty */
	uint64_t whole, real, other; /* whole numbers from 0, other numbers, texts */
	uint64_t marks;              /* missing or suppressed */
	uint64_t weak;               /* form of an identity number */
	uint64_t spread;             /* texts that are estimates: 0.5 (0.1-0.9) */
	double last;
	size_t width;
	struct place small; /* first value under the threshold; row 0: none */
	uint64_t tracked, distinct;
	uint64_t seen[2 * SEEN];
};

struct table {
	const struct policy *policy;
	struct report *report;
	struct scan *scan;
	char delimiter;
	struct column *column;
	size_t columns;
	uint64_t rows; /* of data */
	char fold[CSV_FIELD_MAX];
};

/* A number as it is written: value, and how many characters it took. */
struct number {
	double value;
	bool whole;
	size_t used, digits;
};

static const char *const counts[] = { "n", "count", "counts", "freq", "frequency", "frequencies",
	"cases", "antal", "antall", "lkm", "lukumaara", "fjoldi", "persons", "events", "patients",
	"subjects", "participants", "individuals", "people", "nobs", "obs", NULL };
/* n_... that count something else than people. */
static const char *const not_counts[] = { "n_iter", "n_iterations", "n_folds", "n_bins", "n_knots",
	"n_trees", "n_steps", "n_params", "n_parameters", "n_vars", "n_variables", "n_chains",
	"n_draws", "n_components", "n_clusters", "n_estimators", "n_lags", "n_models", NULL };
/* Any of these words in a header: an ordinal, a code, a period, a parameter, a label or a statistic. */
static const char *const codes[] = { "model", "quintile", "quartile", "decile", "tertile",
	"percentile", "quantile", "year", "years", "month", "week", "day", "days", "hour",
	"quarter", "time", "date", "period", "cycle", "visit", "timestamp", "epoch", "aar", "ar",
	"vuosi", "kuukausi", "viikko", "paiva", "maned", "manad", "vecka", "uke", "uge", "kvartal",
	"lag", "lead", "dof", "df", "group", "grp", "class", "category", "cat", "code", "level",
	"stage", "grade", "score", "order", "ordinal", "step", "iter", "iteration", "fold", "bin",
	"knot", "cluster", "stratum", "strata", "arm", "sex", "gender", "age", "band", "icd",
	"icd10", "atc", "snomed", "loinc", "nuts", "region", "municipality", "site", "dose", "term",
	"variable", "var", "covariate", "parameter", "characteristic", "label", "outcome",
	"exposure", "drug", "diagnosis", "description", "measure", "contrast", "comparison",
	"statistic", "seed", "degree", "version", "chapter", "factor", "component", "dimension",
	"mean", "median", "sd", "se", "estimate", "coef", "coefficient", "beta", "hr", "or", "rr",
	"p", "pvalue", "ci", "lower", "upper", "lcl", "ucl", "iqr", "ratio", "rate", "percent",
	"pct", "prop", "proportion", "share", "z", "t", "chisq", "chi2", "k", NULL };
/* Row numbers: not counts, yet a column of them may stand for persons. */
static const char *const indexes[] = { "id", "idx", "index", "nr", "no", "row", "rank", "line",
	"rownames", NULL };
/* Headers of columns that hold one person's direct identifiers. */
static const char *const person_words[] = { "address", "adress", "adresse", "asmens_kodas",
	"birth_date", "birth_datetime", "birthdate", "cpr", "cpr_nr", "cprnr", "date_of_birth",
	"dob", "efternamn", "efternavn", "email", "etternavn", "etunimi", "faedingardagur",
	"fadingardagur", "first_name", "fnr", "fodelsedatum", "fodselsdato", "fodselsnr",
	"fodselsnummer", "fornamn", "fornavn", "heimilisfang", "henkilotunnus", "hetu", "isikukood",
	"kennitala", "kuolinpaiva", "last_name", "lopnr", "mrn", "nhs_no", "nhs_number", "osoite",
	"patient_id", "patientid", "person_id", "person_source_value", "personas_kods", "personid",
	"personnr", "personnummer", "phone", "pid", "pin", "pnr", "postcode", "postinumero",
	"postnr", "postnummer", "puhelin", "sahkoposti", "ssn", "subject_id", "sukunimi",
	"surma_aeg", "surname", "syntymaaika", "syntymapaiva", "telefon", "zip", NULL };
/* The same, but also usual in results: a column name, a test statistic. */
static const char *const maybe_words[] = { "chi", "dnr", "dod", "kt", "nafn", "name", "namn",
	"navn", "nimi", "simi", "subject", NULL };

/* --- numbers --- */

static bool digit(const char *p, const char *end)
{
	return p < end && fold_is_digit(*p);
}

static bool three_digits(const char *p, const char *end)
{
	return digit(p, end) && digit(p + 1, end) && digit(p + 2, end) && !digit(p + 3, end);
}

/* Whether c before three digits parts thousands. Where fields end at ';' the comma is the decimal mark. */
static bool is_thousands(char c, char delimiter)
{
	return c == ' ' || c == '\'' || c == (delimiter == ';' ? '.' : ',');
}

static const char *read_exponent(const char *p, const char *end, struct number *n)
{
	const char *at = p + 1;
	int exponent = 0, sign = 1;

	if (p >= end || *p != 'e')
		return p;
	if (at < end && (*at == '+' || *at == '-'))
		sign = *at++ == '-' ? -1 : 1;
	if (!digit(at, end))
		return p;
	for (; digit(at, end); at++)
		exponent = exponent < 400 ? exponent * 10 + (*at - '0') : exponent;
	for (; exponent > 0 && n->value != 0 && n->value < 1e300; exponent--)
		n->value = sign > 0 ? n->value * 10 : n->value / 10;
	return at;
}

/* The number at the start of folded text; used is 0 where there is none. */
static struct number read_number(const char *p, size_t len, char delimiter)
{
	const char *at = p, *end = p + len;
	struct number n = { .whole = true };
	bool minus = len > 0 && *p == '-';
	double unit = 1;

	at += len > 0 && (*p == '-' || *p == '+');
	if (!digit(at, end) && !(at < end && (*at == '.' || *at == ',') && digit(at + 1, end)))
		return n;
	for (; at < end; at++) {
		if (n.digits > 0 && n.digits <= 12 && is_thousands(*at, delimiter) &&
			three_digits(at + 1, end))
			continue;
		if (!fold_is_digit(*at))
			break;
		n.value = n.value * 10 + (*at - '0');
		n.digits++;
	}
	if (at < end && (*at == '.' || *at == ','))
		for (at++; digit(at, end); at++)
			n.value += (*at - '0') * (unit /= 10);
	at = read_exponent(at, end, &n);
	n.used = (size_t)(at - p);
	n.whole = n.value < 1e15 && n.value == (double)(int64_t)n.value && !minus;
	n.value = minus ? -n.value : n.value;
	return n;
}

static bool is_mark(const char *p, size_t n)
{
	static const char *const marks[] = { "na", "n/a", "nan", "null", "none", "nd", ".", "..",
		"...", "-", "--", "*", "redacted", "[redacted]", "suppressed", "c", "x", NULL };

	return n == 0 || *p == '<' || word_in(marks, p, n);
}

/* --- headers --- */

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

static bool any_word(const char *const *list, const char *p, size_t n)
{
	size_t from = 0, i;

	for (i = 0; i <= n; i++) {
		if (i < n && p[i] != '_')
			continue;
		if (word_in(list, p + from, i - from))
			return true;
		from = i + 1;
	}
	return false;
}

static bool is_count(const char *p, size_t n)
{
	if (word_in(not_counts, p, n))
		return false;
	return word_in(counts, p, n) || (n > 2 && p[0] == 'n' && p[1] == '_') ||
	       ends_with(p, n, "_n") || ends_with(p, n, "_count") || ends_with(p, n, "_counts") ||
	       ends_with(p, n, "_freq");
}

static enum role header_role(const char *p, size_t n)
{
	if (ends_with(p, n, "_midpoint6"))
		return ROLE_ROUNDED;
	if (is_count(p, n))
		return ROLE_COUNT;
	if (any_word(codes, p, n) || word_in(not_counts, p, n) || any_word(indexes, p, n))
		return ROLE_CODE;
	return ROLE_UNKNOWN;
}

static void read_header(struct column *c, const char *fold, size_t n)
{
	char name[HEADER_MAX];
	size_t len = header_name(fold, n, name);

	c->role = header_role(name, len);
	c->label = any_word(codes, name, len);
	c->named = scan_has_context(fold, n < HEADER_MAX ? n : HEADER_MAX);
	c->person = word_in(person_words, name, len);
	c->person_maybe = word_in(maybe_words, name, len);
	c->climbing = c->same_width = true;
}

/* --- one cell --- */

/* Only what numbers and intervals are written with: no letter, so no function and no cell's name. */
static bool is_estimate(const char *p, size_t n, char delimiter)
{
	struct number number = read_number(p, n, delimiter);
	size_t i = number.used;

	if (i == 0 || (i < n && !strchr(" (%[", p[i])))
		return false;
	for (; i < n; i++)
		if (!fold_is_digit(p[i]) && (p[i] == '\0' || !strchr(" ()[]%.,;:-", p[i])))
			return false;
	return true;
}

/* Spreadsheets run a field that begins with one of these (CWE-1236, formula elements in a CSV file). */
static void check_formula(struct table *t, const char *p, size_t n, struct place at)
{
	size_t i = 0;

	if (n > 0 && p[0] == '\t')
		i = n;
	while (i < n && p[i] == ' ')
		i++;
	if (i == n && !(n > 0 && p[0] == '\t'))
		return;
	if (i < n && !strchr("=+-@\r", p[i]))
		return;
	if (i < n && (is_mark(p + i, n - i) || is_estimate(p + i, n - i, t->delimiter)))
		return;
	report_add(t->report, RULE_FORMULA, FINDING_BLOCK, at,
		"begin the text with a letter, or write a number",
		"this field begins like a spreadsheet formula and is not a number");
}

static void count_cell(struct table *t, struct column *c, const struct number *n, struct place at)
{
	if (n->value > 0 && n->value < (double)t->policy->min_count)
		report_add(t->report, RULE_COUNT, FINDING_BLOCK, at,
			"suppress the cell, or join categories",
			"column %u counts persons and this cell is a count under %lld", at.column,
			(long long)t->policy->min_count);
	else if (n->value == 0 && !c->zero_told) {
		c->zero_told = true;
		report_add(t->report, RULE_COUNT, FINDING_REVIEW, at,
			"say in the export's description why a zero tells nothing about a person",
			"column %u counts persons and has a zero here; others may follow below",
			at.column);
	}
}

/* Midpoint-6 rounding leaves 0 and 3, 9, 15, ...: a 3 there is no small count. */
static void rounded_cell(struct table *t, struct column *c, const struct number *n, struct place at)
{
	int64_t v = n->whole ? (int64_t)n->value : 1;

	if (v % 6 != 3 && v != 0)
		count_cell(t, c, n, at);
}

static void unknown_cell(struct table *t, struct column *c, const struct number *n, struct place at)
{
	if (n->whole && n->value > 0 && n->value < (double)t->policy->min_count &&
		c->small.row == 0)
		c->small = at;
}

static void note_number(struct column *c, const struct number *n, size_t len)
{
	c->whole += n->whole;
	c->real += !n->whole;
	if (c->cells == 1 ? n->value != 0 && n->value != 1 : n->value != c->last + 1)
		c->climbing = false;
	if (c->cells > 1 && len != c->width)
		c->same_width = false;
	c->width = len;
	c->last = n->value;
}

static void note_distinct(struct column *c, const char *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */
	size_t i;

	if (c->tracked == SEEN)
		return;
	c->tracked++;
	for (i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 0x100000001b3u;
	h += h == 0;
	for (i = h % (2 * SEEN); c->seen[i] != 0; i = (i + 1) % (2 * SEEN))
		if (c->seen[i] == h)
			return;
	c->seen[i] = h;
	c->distinct++;
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

static void read_cell(struct table *t, struct column *c, const char *p, size_t n, struct place at)
{
	struct number number = read_number(p, n, t->delimiter);
	bool plain = number.used == n;

	c->cells++;
	note_distinct(c, p, n);
	c->weak += is_weak(p, n);
	if (number.used > 0 && plain)
		note_number(c, &number, n);
	else if (is_estimate(p, n, t->delimiter))
		c->spread++;
	else
		c->other++;
	if (number.used == 0 || (!plain && !strchr(" (%[/", p[number.used])))
		return;
	if (c->role == ROLE_COUNT)
		count_cell(t, c, &number, at);
	else if (c->role == ROLE_ROUNDED)
		rounded_cell(t, c, &number, at);
	else if (c->role == ROLE_UNKNOWN && plain)
		unknown_cell(t, c, &number, at);
}

static void read_field(struct table *t, size_t i, const struct csv_field *f, struct place at)
{
	struct column *c = &t->column[i];
	size_t n = text_fold(f->p, f->len, false, t->fold);
	const char *p = t->fold;

	check_formula(t, p, n, at);
	while (n > 0 && strchr(" \t\r\n", p[n - 1]))
		n--;
	while (n > 0 && strchr(" \t\r\n", *p)) {
		p++;
		n--;
	}
	if (at.row == 1)
		read_header(c, p, n);
	scan_field(t->scan, f->p, f->len, at, c->named && at.row > 1);
	if (at.row == 1)
		return;
	if (is_mark(p, n))
		c->marks++;
	else
		read_cell(t, c, p, n, at);
}

/* --- whole columns --- */

static void end_count(struct table *t, const struct column *c)
{
	bool index = c->climbing && c->cells >= 3;

	if (c->role != ROLE_UNKNOWN || c->small.row == 0 || c->real + c->other + c->spread > 0 ||
		index)
		return;
	report_add(t->report, RULE_COUNT, FINDING_REVIEW, c->small,
		"name the column after what it holds; suppress what counts persons",
		"column %u holds whole numbers and the first under %lld is here; if they count persons it is "
		"too small",
		c->small.column, (long long)t->policy->min_count);
}

static void end_identity(struct table *t, const struct column *c, struct place at)
{
	bool distinct = c->distinct * 5 >= c->tracked * 4;

	if (c->cells < 5 || c->weak * 5 < c->cells * 4 || !distinct)
		return;
	report_add(t->report, RULE_IDNUM, c->label && !c->named ? FINDING_REVIEW : FINDING_BLOCK,
		at, "remove the column",
		"most of column %u has the form of personal identity numbers", at.column);
}

/* Numbers of one length that do not climb by one are keys; texts are names, unless the header says labels. */
static bool is_key(const struct column *c)
{
	if (c->tracked <= PERSONS || c->distinct < c->tracked || c->label ||
		c->role == ROLE_COUNT || c->role == ROLE_ROUNDED || c->real > 0 ||
		c->spread > c->other)
		return false;
	return c->other > 0 || (c->same_width && c->width >= 4 && !c->climbing);
}

static void end_person(struct table *t, const struct column *c, struct place at)
{
	bool many = c->tracked > PERSONS && c->distinct * 10 >= c->tracked * 9;

	if (t->rows > 0 && (c->person || (c->person_maybe && many)))
		report_add(t->report, RULE_MICRODATA, FINDING_BLOCK, at,
			"remove the column; release counts or estimates",
			"the header of column %u names something that belongs to one person",
			at.column);
	else if (t->rows > 0 && c->person_maybe)
		report_add(t->report, RULE_MICRODATA, FINDING_REVIEW, at,
			"name the column after what it holds, such as \"term\"",
			"the header of column %u may name something that belongs to one person",
			at.column);
	else if (is_key(c))
		report_add(t->report, RULE_MICRODATA, FINDING_REVIEW, at,
			"release one row per group, not one per person",
			"column %u has a different value in each row, as a list of persons has",
			at.column);
}

static void end_rows(struct table *t)
{
	long long max = t->policy->max_rows;

	if (t->rows <= (uint64_t)max)
		return;
	report_add(t->report, RULE_SIZE, FINDING_BLOCK, (struct place){ 0 },
		"release a smaller table",
		"the table has more than %lld rows, which is what the policy takes", max);
	report_add(t->report, RULE_MICRODATA, FINDING_BLOCK, (struct place){ 0 },
		"release one row per group, not one per person",
		"a table of more than %lld rows reads as one row per person", max);
}

static void end_table(struct table *t)
{
	size_t i;

	for (i = 0; i < t->columns; i++) {
		const struct column *c = &t->column[i];
		struct place header = { .row = 1, .line = 1, .column = (uint32_t)i + 1 };

		end_count(t, c);
		end_identity(t, c, header);
		end_person(t, c, header);
	}
	end_rows(t);
}

/* --- the file --- */

/* The character outside quotes of which the first line has more; a single column has neither. */
static char find_delimiter(const char *p, size_t n)
{
	size_t i, commas = 0, semicolons = 0;
	bool quoted = false;

	for (i = 0; i < n && (quoted || p[i] != '\n'); i++) {
		quoted ^= p[i] == '"';
		commas += !quoted && p[i] == ',';
		semicolons += !quoted && p[i] == ';';
	}
	return semicolons > commas ? ';' : ',';
}

/* One reading of the whole file; t is NULL where only its form is asked for. */
static int read_record(struct table *t, const struct csv_record *record, uint64_t row)
{
	size_t i;

	if (!t)
		return 0;
	if (row == 1) {
		t->columns = record->count;
		t->column = calloc(t->columns, sizeof(*t->column));
		if (!t->column)
			return -SPE_E_INTERNAL;
	}
	for (i = 0; i < record->count; i++)
		read_field(t, i, &record->field[i],
			(struct place){
				.row = row, .line = record->line, .column = (uint32_t)i + 1 });
	t->rows = row - 1;
	return 0;
}

static int drain(struct csv *c, struct table *t, uint64_t *row, struct spe_error *e)
{
	struct csv_record record;
	int r;

	while ((r = csv_next(c, &record, e)) == 1)
		if (read_record(t, &record, ++*row) < 0)
			return spe_fail(
				e, SPE_E_INTERNAL, "there was no memory for the table's columns");
	return r;
}

static int read_table(char delimiter, const char *p, size_t n, struct table *t, uint64_t *ret_rows,
	struct spe_error *e)
{
	struct csv *c;
	size_t at = 0;
	int r = csv_new(&c, delimiter);

	*ret_rows = 0;
	if (r < 0)
		return spe_fail(e, SPE_E_INTERNAL, "there was no memory to read the table");
	while (r == 0 && at < n) {
		size_t piece = n - at < PIECE ? n - at : PIECE;

		r = csv_feed(c, p + at, piece, e);
		if (r == 0)
			r = drain(c, t, ret_rows, e);
		at += piece;
	}
	if (r == 0)
		r = csv_feed(c, NULL, 0, e);
	if (r == 0)
		r = drain(c, t, ret_rows, e);
	csv_free(c);
	return r;
}

static void refuse(struct report *r, const char *why)
{
	report_add(r, RULE_TYPE, FINDING_BLOCK, (struct place){ 0 },
		"write the table with one header line and a standard CSV writer", "not a table: %s",
		why);
}

bool table_check(const struct policy *p, struct report *r, struct scan *s, const char *bytes,
	size_t n, bool tsv)
{
	char delimiter = tsv ? '\t' : find_delimiter(bytes, n);
	struct table *t;
	struct spe_error e;
	uint64_t rows;

	if (read_table(delimiter, bytes, n, NULL, &rows, &e) < 0) {
		refuse(r, e.text);
		return false;
	}
	if (rows == 0) {
		refuse(r, "it has no header line");
		return false;
	}
	t = calloc(1, sizeof(*t));
	if (!t) {
		refuse(r, "there was no memory to read it");
		return false;
	}
	t->policy = p;
	t->report = r;
	t->scan = s;
	t->delimiter = delimiter;
	if (read_table(delimiter, bytes, n, t, &rows, &e) < 0)
		refuse(r, e.text);
	end_table(t);
	report_ran(r, RULE_COUNT);
	report_ran(r, RULE_MICRODATA);
	report_ran(r, RULE_FORMULA);
	free(t->column);
	free(t);
	return true;
}
