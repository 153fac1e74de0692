/* policy/listing.c - what R, pandas and NumPy print of data that is no table: a vector with a value for each person,
 * str() and glimpse() of the data, the ends of a box plot, summary() of a data frame. Lines come in order, and a line of
 * code says what the next ones hold.
 * Sources: ESSnet guidelines (2009): residuals, outliers and single values are unsafe; R, print.default and str. */
#include "policy/prose.h"

#define FEW 20   /* values; up to here a vector may be a short list of estimates */
#define OLD 89   /* as in sdc.c */
#define OLDEST 130
#define WALK (64u << 20) /* bytes of calls, those within others once more */

static const char *find(const char *p, size_t n, const char *what)
{
	return memmem(p, n, what, strlen(what));
}

static bool begins(const char *p, size_t n, const char *what)
{
	return n >= strlen(what) && memcmp(p, what, strlen(what)) == 0;
}

static size_t skip(const char *p, size_t n, size_t i)
{
	while (i < n && (p[i] == ' ' || p[i] == '\t'))
		i++;
	return i;
}

/* --- calls --- */

static const struct {
	const char *text;
	enum call call;
} calls[] = { { "table(", CALL_TABLE }, { "xtabs(", CALL_TABLE }, { "crosstab(", CALL_TABLE }, { "value_counts(", CALL_TABLE },
	{ ".size()", CALL_TABLE }, { "tally(", CALL_TABLE }, { "count(", CALL_TABLE }, { "tabulate ", CALL_TABLE }, { "tab ", CALL_TABLE },
	{ "head(", CALL_ROWS }, { "tail(", CALL_ROWS }, { "sample_n(", CALL_ROWS }, { "slice_", CALL_ROWS }, { ".sample(", CALL_ROWS },
	{ "list in ", CALL_ROWS }, { "residuals(", CALL_EACH }, { "resid(", CALL_EACH }, { ".resid", CALL_EACH }, { "fitted(", CALL_EACH },
	{ "rstandard(", CALL_EACH }, { "rstudent(", CALL_EACH }, { "cooks.distance(", CALL_EACH }, { "hatvalues(", CALL_EACH },
	{ "predict(", CALL_EACH }, { "predict_proba(", CALL_EACH }, { "boxplot.stats(", CALL_BOX }, { "boxplot(", CALL_BOX },
	{ "boxplot_stats(", CALL_BOX }, { "range(", CALL_RANGE }, { "min(", CALL_RANGE }, { "max(", CALL_RANGE }, { ".min()", CALL_RANGE },
	{ ".max()", CALL_RANGE }, { "nlargest(", CALL_RANGE }, { "nsmallest(", CALL_RANGE } };

/* "data.table(" makes none, and "pmin(" is of two vectors. */
static bool is_call(const char *line, const char *at, const char *name)
{
	return *name == '.' || at == line || (!fold_is_word(at[-1]) && at[-1] != '.') ||
	       (at > line && memchr("fp", at[-1], 2) && *name == 't' && (at == line + 1 || !fold_is_word(at[-2]))) ||
	       (at[-1] == '.' && strchr("vch", *name));
}

/* A model of a table, whose degrees of freedom count nobody: what is called within it prints nothing. */
static bool is_model(const char *p, size_t n)
{
	const char *model = find(p, n, "loglm("), *table = find(p, n, "tab");

	return model && (!table || model < table);
}

static enum call find_call(const char *p, size_t n)
{
	size_t i;

	if (is_model(p, n) || find(p, n, "prop.table(") || find(p, n, "proportions(") || find(p, n, "normalize"))
		return CALL_NONE;
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const char *at = find(p, n, calls[i].text);

		if (at && is_call(p, at, calls[i].text))
			return calls[i].call;
	}
	return CALL_NONE;
}

static bool about_age(const char *p, size_t n)
{
	static const char *const words[] = { "age", "ika", "alder", "aldur", "ages", NULL };
	size_t from, to = 0;

	while (to < n) {
		for (from = to; from < n && !(p[from] >= 'a' && p[from] <= 'z');)
			from++;
		for (to = from; to < n && p[to] >= 'a' && p[to] <= 'z';)
			to++;
		if (word_of(words, p + from, to - from))
			return true;
	}
	return false;
}

static bool is_prompt(const char *p, size_t n)
{
	return begins(p, n, "> ") || begins(p, n, ">>> ") || begins(p, n, "in [") || begins(p, n, ". ") || begins(p, n, "r> ");
}

/* A line of code, with its prompt or as a report shows it. */
static bool take_call(struct prose *p, const char *fold, size_t n)
{
	bool prompt = is_prompt(fold, n), code = n > 3 && fold[n - 1] == ')' && memchr(fold, '(', n) && !memchr(fold, '%', n);
	enum call call;

	if (n > 1 && *fold == '$' && fold[1] != ' ') {
		if (begins(fold, n, "$out") || begins(fold, n, "$stats"))
			p->call = CALL_BOX;
		else if (p->call == CALL_BOX)
			p->call = CALL_NONE;
		return true;
	}
	if (!prompt && !code && !(p->call == CALL_NONE && find(fold, n, "$out")))
		return false;
	call = find_call(fold, n);
	if (!prompt && call == CALL_NONE)
		return false;
	p->call = call;
	p->age = about_age(fold, n);
	return true;
}

/* --- vectors --- */

static void end_vector(struct prose *p)
{
	if (p->values > FEW && !p->rising && !p->falling && !p->each) {
		p->each = true;
		report_add(p->report, RULE_MICRODATA, FINDING_REVIEW, p->begin, "give a histogram or quantiles",
			"a list of more than %d values that are in no order: each may be one person's", FEW);
	}
	p->values = 0;
	p->rising = p->falling = true;
	p->open = p->bare = false;
}

static void take_value(struct prose *p, double v, struct place at)
{
	if (p->values == 0) {
		p->begin = at;
		p->rising = p->falling = true;
	} else {
		p->rising &= v >= p->last;
		p->falling &= v <= p->last;
	}
	p->last = v;
	p->values++;
}

/* R writes whole numbers as 45L. */
static size_t long_sign(const char *p, size_t n, size_t i)
{
	return i > 0 && i < n && p[i] == 'l' && fold_is_digit(p[i - 1]) && (i + 1 == n || !fold_is_word(p[i + 1]));
}

/* All numbers of a line from i on; false where anything else stands there. */
static bool read_values(const char *p, size_t n, size_t i, double ret[64], size_t *ret_n)
{
	*ret_n = 0;
	while (i < n) {
		struct number v;
		size_t len = 0;

		if (strchr(" ,\t\r[]()\n", p[i])) {
			i++;
			continue;
		}
		while (i + len < n && !strchr(" ,\t\r[]()\n", p[i + len]))
			len++;
		if (len == 2 && memcmp(p + i, "na", 2) == 0) {
			i += 2;
			continue;
		}
		v = number_read(p + i, len, '\0'); /* a blank or a comma is between two here */
		v.used += v.used > 0 ? long_sign(p, n, i + v.used) : 0;
		if (v.used != len)
			return false;
		if (*ret_n < 64)
			ret[(*ret_n)++] = v.value;
		i += v.used;
	}
	return *ret_n > 0;
}

/* "[13]" at the start: how many bytes, and the number in it. */
static size_t index_mark(const char *p, size_t n, size_t *ret)
{
	size_t i = skip(p, n, 0);
	struct number v;

	if (i == n || p[i] != '[')
		return 0;
	v = number_read(p + i + 1, n - i - 1, '\0');
	if (v.used == 0 || !v.whole || i + 1 + v.used >= n || p[i + 1 + v.used] != ']' || v.value < 1 || v.value > 1e9)
		return 0;
	*ret = (size_t)v.value;
	return i + 2 + v.used;
}

/* 7, 8, 9, ...: the names of values that stand below; continued from the last line of names. */
static bool is_names(struct prose *p, const double *v, size_t n)
{
	size_t i;

	if (n < 2 || v[0] < 1 || v[0] > 1e9 || (v[0] != 1 && (size_t)v[0] != p->next))
		return false;
	for (i = 1; i < n; i++)
		if (v[i] != v[i - 1] + 1)
			return false;
	p->next = (size_t)v[n - 1] + 1;
	return true;
}

static void tell_ends(struct prose *p, const double *v, size_t n, struct place at)
{
	bool old = false;
	size_t i;

	for (i = 0; i < n; i++)
		old |= p->age && v[i] > OLD && v[i] < OLDEST;
	prose_extreme(p, at, old);
}

static bool take_vector(struct prose *p, const char *fold, size_t n, struct place at)
{
	double v[64];
	size_t count, mark = 0, from = index_mark(fold, n, &mark), i = skip(fold, n, 0);
	bool bracket = from == 0 && i < n && fold[i] == '[', values = read_values(fold, n, from, v, &count);

	if (!values || (p->call == CALL_TABLE && from == 0))
		return false;
	if (p->call == CALL_BOX || (p->call == CALL_RANGE && (from > 0 || count < 3))) {
		tell_ends(p, v, count, at);
		return true;
	}
	if (from > 0) {
		if (mark == 1)
			end_vector(p);
	} else if (is_names(p, v, count)) {
		if (v[0] == 1)
			end_vector(p);
		return true;
	} else if (bracket) {
		end_vector(p);
		p->open = !memchr(fold, ']', n);
	} else if (!p->open && p->next <= p->values + 1) {
		if (count > 1 && !memchr(fold, ',', n) && !memchr(fold, ';', n))
			return false; /* a row of a table */
		if (!p->bare)
			end_vector(p);
		p->bare = true;
	}
	for (i = 0; i < count; i++)
		take_value(p, v[i], at);
	if (p->open && from == 0 && !bracket && memchr(fold, ']', n))
		p->open = false;
	return true;
}

/* "they were 61, 48, 77, ...": numbers within a sentence, with nothing but commas between. */
static void take_run(struct prose *p, const char *fold, size_t n, struct place at)
{
	size_t i = 0, len, to;

	while (i < n) {
		for (len = 0; i + len < n && (fold_is_digit(fold[i + len]) || fold[i + len] == '.');)
			len++;
		if (len == 0 || (i > 0 && fold_is_word(fold[i - 1]))) {
			i += len + (len == 0);
			continue;
		}
		take_value(p, number_read(fold + i, len, '\0').value, at);
		len += long_sign(fold, n, i + len);
		for (to = i + len; to < n && strchr(" ,;", fold[to]);)
			to++;
		if (to == n || !fold_is_digit(fold[to]) || !(memchr(fold + i + len, ',', to - i - len) || memchr(fold + i + len, ';', to - i - len)))
			listing_end(p);
		i = to > i + len ? to : i + len;
	}
	listing_end(p);
}

/* Whether so many numbers stand there that they may be those of persons; cheap, as each line is asked. */
static bool has_run(const char *fold, size_t n)
{
	size_t commas = 0, i;

	for (i = 0; i + 1 < n; i++)
		commas += (fold[i] == ',' || fold[i] == ';') && (fold[i + 1] == ' ' || fold_is_digit(fold[i + 1])) && i > 0 &&
			  (fold_is_digit(fold[i - 1]) || long_sign(fold, n, i - 1));
	return commas >= FEW;
}

/* "ages read: [31, 68, ...]" within a line; and a matrix of Python, whose small whole numbers may be those of persons. */
static void take_list(struct prose *p, const char *fold, size_t n, struct place at)
{
	const char *open = memchr(fold, '[', n), *close = open ? memchr(open, ']', n - (size_t)(open - fold)) : NULL;
	double v[64];
	size_t count, i;

	if (!close || !read_values(open, (size_t)(close - open), 0, v, &count))
		return;
	if (count > FEW) {
		listing_end(p);
		for (i = 0; i < count; i++)
			take_value(p, v[i], at);
		listing_end(p);
	}
	for (i = 0; (open[1] == '[' || p->matrix) && i < count && !p->cell_told; i++)
		if (v[i] > 0 && v[i] < (double)p->policy->min_count && v[i] == (double)(int)v[i] && v[count - 1] == (double)(int64_t)v[count - 1] &&
			!memchr(open, '.', (size_t)(close - open))) {
			p->cell_told = true;
			report_add(p->report, RULE_COUNT, FINDING_REVIEW, at, "write a table whose columns say what they hold",
				"a matrix of whole numbers has one under %lld; if they count persons it is too small", (long long)p->policy->min_count);
		}
	p->matrix = open[1] == '[' || (p->matrix && !(close + 1 < fold + n && close[1] == ']'));
}

/* --- str() and glimpse() --- */

static void take_rows(struct prose *p, const char *fold, size_t n)
{
	const char *at = find(fold, n, "data.frame':");
	struct number v;

	if (at)
		at += 12;
	else if (begins(fold, n, "rows: "))
		at = fold + 6;
	else if (begins(fold, n, "tibble [") || begins(fold, n, "spec_tbl_df [") || begins(fold, n, "grouped_df ["))
		at = find(fold, n, "[") + 1;
	if (!at)
		return;
	at += skip(at, n - (size_t)(at - fold), 0);
	v = number_read(at, n - (size_t)(at - fold), ',');
	if (v.used > 0 && v.whole)
		p->obs = (int64_t)v.value;
}

/* Values behind a type: "int  10234 10242 ...", "Factor w/ 2 levels "F","M": 2 2 1", "<dbl> 43, 63, 71". */
static size_t shown_values(const char *p, size_t n)
{
	size_t i = 0, count = 0, len;

	while (i < n) {
		for (i = skip(p, n, i); i < n && p[i] == ',';)
			i = skip(p, n, i + 1);
		for (len = 0; i + len < n && p[i + len] != ' ' && p[i + len] != ',';)
			len++;
		count += len > 0 && !(len >= 2 && p[i] == '.' && p[i + 1] == '.') && p[i] != '[' && p[i] != '$';
		i += len;
	}
	return count;
}

static const char *str_type(const char *p, size_t n)
{
	static const char *const types[] = { "int", "num", "chr", "factor", "ord.factor", "logi", "date", "posixct", "hms", "cplx", "'date'",
		"named num", "<int>", "<dbl>", "<chr>", "<fct>", "<date>", "<lgl>", "<dttm>", "<ord>", "dbl", "fct", NULL };
	size_t i;

	for (i = 0; types[i]; i++)
		if (begins(p, n, types[i]) && n > strlen(types[i]) && strchr(" [,", p[strlen(types[i])]))
			return p + strlen(types[i]);
	return NULL;
}

/* [1:189] of a vector within a list */
static int64_t str_length(const char *p, size_t n)
{
	const char *at = find(p, n < 12 ? n : 12, "[1:");
	struct number v = at ? number_read(at + 3, n - (size_t)(at + 3 - p), '\0') : (struct number){ 0 };

	return v.used > 0 ? (int64_t)v.value : -1;
}

static bool take_str(struct prose *p, const char *fold, size_t n, struct place at)
{
	size_t i = skip(fold, n, 0);
	const char *type;
	int64_t rows;

	if (i == n || fold[i] != '$')
		return false;
	for (i = skip(fold, n, i + 1); i < n && fold[i] != ' ' && fold[i] != ':';)
		i++;
	i = skip(fold, n, i);
	i = skip(fold, n, i + (i < n && fold[i] == ':'));
	type = i < n ? str_type(fold + i, n - i) : NULL;
	if (!type)
		return false;
	n -= (size_t)(type - fold);
	rows = p->obs >= 0 ? p->obs : type[-1] == '>' ? FEW + 1 : str_length(type, n); /* glimpse() is of data, whoever cut off how many */
	if (p->listed || shown_values(type, n) < 3 || rows < 1 || (p->obs < 0 && rows <= FEW))
		return true;
	p->listed = true;
	report_add(p->report, RULE_MICRODATA, p->obs > FEW ? FINDING_BLOCK : FINDING_REVIEW, at, "name the variables and their types alone",
		"the first values of each variable are printed here: read across, they are the records of persons");
	return true;
}

/* --- summary() --- */

/* The header's word over these columns. */
static bool header_is_age(const struct prose *p, size_t from, size_t to)
{
	size_t a = from < p->header_len ? from : p->header_len, b = to < p->header_len ? to : p->header_len;

	while (a > 0 && p->header[a - 1] != ' ')
		a--;
	while (b < p->header_len && p->header[b] != ' ')
		b++;
	return about_age(p->header + a, b - a);
}

static void summary_cell(struct prose *p, const char *fold, size_t n, size_t from, size_t colon, struct number v, size_t end, struct place at)
{
	static const char *const statistics[] = { "min.", "1st qu.", "median", "mean", "3rd qu.", "max.", "class", "mode", "length", NULL };
	size_t to = colon;

	while (to > from && fold[to - 1] == ' ')
		to--;
	at.column += (uint32_t)from;
	if (word_of(statistics, fold + from, to - from)) {
		if (to - from == 4 && fold[from + 1] == 'a' && v.value > OLD && v.value < OLDEST && header_is_age(p, from, end))
			prose_extreme(p, at, true);
		return;
	}
	if (v.whole && v.decimals == 0 && v.value > 0 && v.value < (double)p->policy->min_count)
		report_add(p->report, RULE_COUNT, begins(fold + from, n - from, "na's") ? FINDING_REVIEW : FINDING_BLOCK, at,
			"leave the level out, or join levels", "this level of a summary counts persons and is under %lld",
			(long long)p->policy->min_count);
}

static void take_summary(struct prose *p, const char *fold, size_t n, struct place at)
{
	const char *min = find(fold, n, "min."), *colon = min ? memchr(min, ':', n - (size_t)(min - fold)) : NULL;
	size_t i, from = 0;

	if (!p->summary && colon && colon - min < 10) {
		p->summary = true;
		memcpy(p->header, p->before, p->before_len);
		p->header_len = p->before_len;
	}
	if (p->summary && !memchr(fold, ':', n)) {
		p->header_len = n < HEADER_MAX ? n : HEADER_MAX; /* of the next columns: R wraps them */
		memcpy(p->header, fold, p->header_len);
	}
	for (i = 0; p->summary && i < n; i++) {
		struct number v;
		size_t number, end;

		if (fold[i] != ':')
			continue;
		number = skip(fold, n, i + 1);
		v = number_read(fold + number, n - number, '\0');
		end = number + v.used;
		from = skip(fold, n, from);
		if (v.used > 0 && (end == n || fold[end] == ' ' || fold[end] == '\r'))
			summary_cell(p, fold, n, from, i, v, end, at);
		for (from = end; from < n && fold[from] != ' ';)
			from++;
		i = from > i ? from - 1 : i;
	}
}

/* --- a line for each person --- */

#define LINES_FEW 5

static bool is_sex(const char *p, size_t n)
{
	static const char *const words[] = { "m", "f", "male", "female", "man", "woman", "boy", "girl", "mies", "nainen", "poika", "tytto", "kvinna",
		"kvinne", "kvinde", "mann", "mand", "pojke", "flicka", "karl", "kona", NULL };

	return word_of(words, p, n);
}

/* Behind a number: "61 years", "61-year-old", "61 v." */
static bool is_years(const char *p, size_t n)
{
	static const char *const words[] = { "years", "year", "yrs", "yr", "y", "yo", "vuotta", "vuotias", "v", "ar", "arig", "aar", "aring", "aarig",
		"ara", NULL };

	return word_of(words, p, n);
}

/* What groups have and one person hasn't. */
static bool is_of_many(const char *p, size_t n)
{
	static const char *const words[] = { "mean", "median", "average", "sd", "iqr", "range", "rate", "hr", "or", "rr", "ci", "se", "n", "per", "cases",
		"count", "persons", "patients", "total", "all", "and", "over", "under", "keskiarvo", "mediaani", "medel", "medelalder", "snitt",
		"gennemsnit", "gjennomsnitt", "medaltal", NULL };

	return word_of(words, p, n);
}

/* One sex and one age, and nothing that is said of a group: of a band, a mean, a share. */
static bool is_person(const char *fold, size_t n)
{
	bool sex = false, age = false, named = false;
	size_t from, to = 0;
	double last = -1;

	if (memchr(fold, '%', n))
		return false;
	while (to < n) {
		for (from = to; from < n && !fold_is_word(fold[from]);)
			from++;
		for (to = from; to < n && fold_is_word(fold[to]);)
			to++;
		if (from == to)
			break;
		if (fold_is_digit(fold[from])) {
			if (last >= 0 && from > 0 && fold[from - 1] == '-')
				return false; /* 18-29 */
			last = number_read(fold + from, to - from, '\0').value;
			age |= named && last < OLDEST;
			named = false;
			continue;
		}
		if (is_of_many(fold + from, to - from))
			return false;
		sex |= is_sex(fold + from, to - from);
		age |= last >= 0 && last < OLDEST && is_years(fold + from, to - from);
		named = to - from >= 3 && about_age(fold + from, to - from);
		named |= to - from == 4 && memcmp(fold + from, "aged", 4) == 0;
		last = -1;
	}
	return sex && age;
}

static void take_person(struct prose *p, const char *fold, size_t n, struct place at)
{
	if (n > HEADER_MAX || !is_person(fold, n))
		return;
	if (p->persons++ == 0)
		p->person = at;
	if (p->persons == LINES_FEW)
		report_add(p->report, RULE_MICRODATA, FINDING_REVIEW, p->person, "leave the lines out; release counts or estimates",
			"lines that give one sex and one age each: they read as one line per person");
}

/* --- lines --- */

void listing_end(struct prose *p)
{
	end_vector(p);
	p->next = 0;
}

void listing_line(struct prose *p, const char *fold, size_t n, struct place at)
{
	size_t keep = n < HEADER_MAX ? n : HEADER_MAX;

	if (skip(fold, n, 0) == n) {
		listing_end(p);
		p->summary = false;
		p->obs = -1;
		return;
	}
	take_person(p, fold, n, at);
	if (memchr(fold, '[', n))
		take_list(p, fold, n, at);
	if (take_call(p, fold, n) || take_str(p, fold, n, at)) {
		listing_end(p);
	} else if (!take_vector(p, fold, n, at)) {
		listing_end(p);
		if (has_run(fold, n))
			take_run(p, fold, n, at);
		take_rows(p, fold, n);
		take_summary(p, fold, n, at);
	}
	memcpy(p->before, fold, keep);
	p->before_len = keep;
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && *p && strchr(" \t\r\n", *p))
		p++;
	return p;
}

/* What stands behind "row.names" is "= c(NA, -5L)" and nothing else: few rows, which have no names. */
static bool are_few(const char *p, const char *end)
{
	struct number v;

	p = skip_blanks(p, end);
	if (p == end || *p != '=')
		return false;
	p = skip_blanks(p + 1, end);
	if (!begins(p, (size_t)(end - p), "c(NA,"))
		return false;
	p = skip_blanks(p + 5, end);
	if (p == end || *p != '-')
		return false;
	v = number_read(p + 1, (size_t)(end - p) - 1, '\0');
	p += 1 + v.used;
	p += p < end && *p == 'L';
	p = skip_blanks(p, end);
	return v.used > 0 && v.value <= FEW && p < end && *p == ')';
}

/* A call of structure(): whether it makes a data frame, and one of few rows. */
struct made {
	bool frame, few;
};

/* From a string's first sign to its last, or to the end. */
static const char *skip_string(const char *p, const char *end)
{
	const char quote = *p++;

	while (p < end && *p != quote)
		p += *p == '\\' && p + 1 < end ? 2 : 1;
	return p;
}

/* From a call's name to its last bracket, and only what is an argument of its own says how many rows there are: calls within it, and
 * what follows it, have others. *left: bytes that may be looked at, so that many that nobody closes take no time; where they are
 * used up all is a data frame. */
static struct made read_made(const char *p, const char *end, size_t *left)
{
	const char *from = p;
	struct made ret = { .few = true };
	size_t depth = 0;
	bool rows = false;

	for (; p < end; p++) {
		const char *arg = p + (*p == '"' || *p == '\'' || *p == '`');

		if (depth == 1 && begins(arg, (size_t)(end - arg), "row.names")) {
			rows = true;
			ret.few &= arg == p && are_few(arg + strlen("row.names"), end);
		}
		if (arg > p) {
			p = skip_string(p, end);
		} else if (*p == '#') {
			p = memchr(p, '\n', (size_t)(end - p));
			p = p ? p : end;
		} else if (*p == '(' || *p == '[' || *p == '{') {
			depth++;
		} else if ((*p == ')' || *p == ']' || *p == '}') && --depth == 0) {
			break;
		}
	}
	p = p < end ? p : end;
	if ((size_t)(p - from) > *left) {
		*left = 0;
		return (struct made){ .frame = true };
	}
	*left -= (size_t)(p - from);
	ret.frame = rows && find(from, (size_t)(p - from), "data.frame");
	return ret;
}

/* structure(list(age = c(45L, 50L), ...), class = "data.frame", row.names = c(NA, -60L)) of R. Few rows without names may be
 * results. One of few rows may have longer ones in it. */
void listing_frame(struct prose *p, const char *text, size_t n)
{
	const char *at = text, *end = text + n, *line = text;
	struct place place = { .line = 1 };
	size_t left = WALK;
	bool told = false;

	for (; (at = find(at, (size_t)(end - at), "structure(list(")); at++) {
		const struct made made = read_made(at, end, &left);
		const char *stop;

		if (!made.frame || (made.few && told))
			continue;
		for (; (stop = memchr(line, '\n', (size_t)(at - line))); line = stop + 1)
			place.line++;
		place.column = (uint32_t)(at - line) + 1;
		place.offset = (uint64_t)(at - text);
		report_add(p->report, RULE_MICRODATA, made.few ? FINDING_REVIEW : FINDING_BLOCK, place, "write results with write.csv()",
			"a data frame is written here as code of R: each of its rows may be one person's");
		told = true;
		if (!made.few)
			return;
	}
}
