/* policy/check.c - all rules on one file, and the record of what they found. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy/formats.h"
#include "spe/cleanup.h"
#include "sped/base/hex.h"

/* --- findings --- */

/* Text of people's files may be quoted by two characters; none of them may break the record. */
static void make_plain(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || (unsigned char)*s > 0x7e)
			*s = '?';
}

void report_ran(struct report *r, enum rule rule)
{
	r->ran |= 1u << rule;
}

void report_add(struct report *r, enum rule rule, enum finding_severity severity, struct place at,
	const char *fix, const char *fmt, ...)
{
	struct finding *f = &r->list[r->count];
	va_list ap;

	report_ran(r, rule);
	if (r->count == SPE_FINDINGS_MAX) {
		r->more++;
		r->lost |= 1u << rule;
		return;
	}
	*f = (struct finding){ .rule = rule_id(rule),
		.severity = severity,
		.row = at.row,
		.line = at.line,
		.column = at.column,
		.offset = at.offset };
	va_start(ap, fmt);
	vsnprintf(f->explanation, sizeof(f->explanation), fmt, ap);
	va_end(ap);
	snprintf(f->fix, sizeof(f->fix), "%s", fix);
	make_plain(f->explanation);
	r->rule[r->count++] = rule;
}

/* --- the type --- */

static bool in_list(const char list[][8], size_t n, const char *type)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(list[i], type) == 0)
			return true;
	return false;
}

/* What no person has to look at needs the policy's types; the rest its verbatim. */
static bool is_allowed(const struct policy *p, const struct type *t)
{
	if (!t->name)
		return false;
	return t->asked ? in_list(p->verbatim, p->verbatim_count, t->name) : in_list(p->types, p->type_count, t->name);
}

/* What to write instead of a file of this extension, with the line of code for it. */
static const char *instead_of(const char *ext)
{
	static const struct {
		const char *const of[14];
		const char *write;
	} list[] = {
		{ { "svg", "svgz", "pdf", "eps", "ps", "jpg", "jpeg", "gif", "tif", "tiff", "webp", "bmp", "emf", NULL },
			"save it as PNG: ggsave(\"x.png\") or png(\"x.png\") in R, savefig(\"x.png\") in Python, graph export x.png in Stata" },
		{ { "xlsx", "xls", "xlsm", "ods", "numbers", NULL },
			"write each sheet as CSV: write.csv() in R, to_csv() in Python, export delimited in Stata, soffice --convert-to csv" },
		{ { "docx", "doc", "odt", "rtf", "html", "htm", "mht", "tex", NULL },
			"write its text as .md or .txt, its tables as CSV, its pictures as PNG: md_document in R Markdown, soffice --convert-to txt" },
		{ { "rds", "rda", "rdata", "dta", "pkl", "pickle", "sav", "npy", "npz", "parquet", "feather", "joblib", "h5", NULL },
			"release estimates, not data or objects, as CSV: write.csv() in R, to_csv() in Python, export delimited in Stata" },
		{ { "zip", "gz", "tar", "tgz", "7z", "xz", "bz2", "zst", NULL }, "ask for the files in it one by one" },
	};
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (word_in(list[i].of, ext, strlen(ext)))
			return list[i].write;
	return "write results as CSV, text or PNG, with the matching extension";
}

/* "csv" of "dir/a.CSV" into ret; the type of the name, which the content must then keep to. */
static const struct type *type_of_name(const struct policy *p, struct report *r, const char *name)
{
	const char *slash = strrchr(name, '/'), *dot = strrchr(slash ? slash : name, '.');
	const struct type *t = type_find("");
	char ext[8] = "";
	size_t i;

	for (i = 0; dot && i < sizeof(ext) - 1 && dot[1 + i]; i++)
		ext[i] = (char)(dot[1 + i] >= 'A' && dot[1 + i] <= 'Z' ? dot[1 + i] + 32
								       : dot[1 + i]);
	if (dot && strlen(dot + 1) < sizeof(ext))
		t = type_find(ext);
	if (is_allowed(p, t)) {
		r->type = t->name;
		return t;
	}
	report_add(r, RULE_TYPE, FINDING_BLOCK, (struct place){ 0 },
		instead_of(dot && strlen(dot + 1) < sizeof(ext) ? ext : ""),
		"files of this type may not leave under this policy");
	return type_find("");
}

/* --- the rules on the content --- */

/* One reading of one file's bytes, and what they become. */
struct reading {
	const struct policy *policy;
	const struct policy_file *file;
	const struct type *type;
	struct report *report;
	struct scan scan;
	const char *p;
	size_t n;
	struct counts_list counts;
	struct out out; /* the canonical bytes; of no use where rebuilt is false */
	bool rebuilt;
};

static enum finding_severity worst(const struct report *r)
{
	enum finding_severity most = r->more > 0 ? FINDING_BLOCK : FINDING_PASS;
	size_t i;

	for (i = 0; i < r->count; i++)
		if (r->list[i].severity > most)
			most = r->list[i].severity;
	return most;
}

/* A header of one column in brackets is no JSON; what parses whole is. */
static bool is_json(const char *p, size_t n)
{
	json_t *j;

	while (n > 0 && strchr(" \t\r\n", p[n - 1]))
		n--;
	if (n < 2 || !((*p == '{' && p[n - 1] == '}') || (*p == '[' && p[n - 1] == ']')))
		return false;
	j = json_loadb(p, n, 0, NULL);
	json_decref(j);
	return j != NULL;
}

/* One column, whose header has a sign by which other tables part theirs. */
static bool has_other_signs(const struct reading *g, bool tsv)
{
	const char *end = memchr(g->p, '\n', g->n);
	const size_t n = end ? (size_t)(end - g->p) : g->n;
	size_t i = 0;

	while (i < n && !strchr("|:;,\t ", g->p[i]))
		i++;
	return i < n && g->p[i] && !memchr(g->p, table_delimiter(g->p, g->n, tsv), n);
}

static struct content content_of(struct reading *g)
{
	return (struct content){ g->policy, g->file, g->report, &g->scan, &g->counts };
}

static void read_table(struct reading *g)
{
	const struct content c = content_of(g);
	bool tsv = strcmp(g->type->name, "tsv") == 0;

	if (is_json(g->p, g->n))
		report_add(g->report, RULE_TYPE, FINDING_BLOCK, (struct place){ 0 },
			"name the file after what it is", "this reads as JSON and not as a table");
	if (!table_check(g->policy, g->file, g->report, &g->scan, g->p, g->n, tsv, 0, &g->counts)) {
		scan_text(&g->scan, g->p, g->n);
		return;
	}
	if (has_other_signs(g, tsv)) /* "group|n" */
		text_tables_check(g->policy, g->file, g->report, g->p, g->n, &g->counts);
	quoted_cells(&c, g->p, g->n, table_delimiter(g->p, g->n, tsv));
	g->rebuilt = rebuild_table(g->report, &g->out, g->p, g->n, table_delimiter(g->p, g->n, tsv),
		g->policy->max_digits);
}

static void read_text(struct reading *g)
{
	scan_text(&g->scan, g->p, g->n);
	text_tables_check(g->policy, g->file, g->report, g->p, g->n, &g->counts);
	if (g->type->rebuilt && hidden_is_table(g->p, g->n))
		report_add(g->report, RULE_TYPE, FINDING_BLOCK, (struct place){ .line = 1 },
			"name the file .csv or .tsv, so that the rules on tables apply",
			"this reads as a table, and its name says text");
	g->rebuilt = g->type->rebuilt && rebuild_text(g->report, &g->out, g->p, g->n);
}

static void read_json(struct reading *g)
{
	const struct content c = content_of(g);

	json_check(g->report, g->p, g->n);
	scan_text(&g->scan, g->p, g->n);
	if (worst(g->report) < FINDING_BLOCK)
		g->out.failed |= !json_tables_check(g->policy, g->file, g->report, g->p, g->n, &g->counts);
	if (worst(g->report) < FINDING_BLOCK)
		quoted_strings(&c, g->p, g->n);
	if (g->type->rebuilt && worst(g->report) < FINDING_BLOCK)
		g->rebuilt = rebuild_json(g->report, &g->out, g->p, g->n, g->policy->max_digits);
}

static void read_png(struct reading *g)
{
	png_check(g->report, &g->scan, g->p, g->n);
	if (worst(g->report) < FINDING_BLOCK)
		g->rebuilt = rebuild_png(g->report, &g->out, g->p, g->n);
}

static void read_jpeg(struct reading *g)
{
	const struct content c = content_of(g);

	g->rebuilt = jpeg_check(&c, g->p, g->n, &g->out);
}

static void read_pdf(struct reading *g)
{
	const struct content c = content_of(g);

	g->rebuilt = pdf_check(&c, g->p, g->n, &g->out);
}

static void read_markup(struct reading *g)
{
	const struct content c = content_of(g);

	g->rebuilt = strcmp(g->type->name, "svg") == 0 ? svg_check(&c, g->p, g->n, &g->out) : html_check(&c, g->p, g->n, &g->out);
}

static void read_office(struct reading *g)
{
	const struct content c = content_of(g);

	g->rebuilt = office_check(&c, g->type->name, g->p, g->n, &g->out);
}

static const struct reader {
	void (*read)(struct reading *g);
	bool text;
} readers[] = {
	[FORM_TABLE] = { read_table, true },
	[FORM_TEXT] = { read_text, true },
	[FORM_JSON] = { read_json, true },
	[FORM_PNG] = { read_png, false },
	[FORM_JPEG] = { read_jpeg, false },
	[FORM_PDF] = { read_pdf, false },
	[FORM_MARKUP] = { read_markup, true },
	[FORM_OFFICE] = { read_office, false },
};

static void look_for_hidden(struct reading *g)
{
	struct hidden how = { .json = g->type->form == FORM_JSON,
		.table = g->type->form == FORM_TABLE,
		.tabs = g->type->form == FORM_TABLE && table_delimiter(g->p, g->n, strcmp(g->type->name, "tsv") == 0) == '\t',
		.markdown = strcmp(g->type->name, "md") == 0,
		.stripped = g->type->form == FORM_TEXT && g->type->rebuilt };

	hidden_check(g->report, &how, g->p, g->n);
}

/* Steps of one reading: type, hidden content, the format and its rules, identifiers. */
static void read_content(struct reading *g, const char *magic)
{
	const struct reader *reader = &readers[g->type->form];

	scan_begin(&g->scan, g->report, g->file->k_check, g->type->form == FORM_JSON);
	if (kind_check(g->report, g->type, g->p, g->n, magic)) {
		if (reader->text)
			look_for_hidden(g);
		reader->read(g);
		if (reader->text) {
			spelled_check(&g->scan, g->p, g->n);
			staged_check(g->file, g->report, g->p, g->n, g->type->form != FORM_TABLE ? '\0' :
				table_delimiter(g->p, g->n, strcmp(g->type->name, "tsv") == 0));
		}
	}
	scan_end(&g->scan);
}

/* --- what leaves --- */

static void refuse_rebuild(struct report *r, const char *why)
{
	report_add(r, RULE_REBUILD, FINDING_BLOCK, (struct place){ 0 }, "write the file again with a standard tool",
		"the file can't be written anew: %s", why);
}

static bool has_finding(const struct report *r, enum rule rule)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		if (r->rule[i] == rule)
			return true;
	return r->lost & 1u << rule;
}

/* The rebuilt bytes are read as if a researcher had brought them, and must be what rebuilding them gives. */
static int read_again(const struct reading *first)
{
	auto_free struct report *r = calloc(1, sizeof(*r));
	struct reading again = *first;
	size_t i;

	if (!r)
		return -SPE_E_INTERNAL;
	again.report = r;
	again.p = first->out.p ? first->out.p : "";
	again.n = first->out.len;
	again.out = (struct out){ 0 };
	again.counts = (struct counts_list){ 0 };
	again.rebuilt = false;
	r->type = first->report->type;
	read_content(&again, NULL);
	for (i = 0; i < r->count; i++)
		if (r->list[i].severity == FINDING_BLOCK || !has_finding(first->report, r->rule[i]))
			report_add(first->report, RULE_REBUILD, r->list[i].severity, (struct place){ .line = r->list[i].line },
				r->list[i].fix, "written anew, the file breaks rule %s: %.150s", r->list[i].rule,
				r->list[i].explanation);
	if (r->more > 0)
		refuse_rebuild(first->report, "it then has more findings than are listed");
	if (worst(r) < FINDING_BLOCK && (!again.rebuilt || again.out.len != again.n || memcmp(again.out.p ? again.out.p : "",
			again.p, again.n) != 0))
		refuse_rebuild(first->report, "written twice it has two forms");
	free(again.out.p);
	free(again.counts.p);
	free(again.counts.known);
	return 0;
}

static bool is_same(const struct reading *g)
{
	return g->out.len == g->n && (g->n == 0 || memcmp(g->out.p, g->p, g->n) == 0);
}

static int finish_reading(struct reading *g)
{
	report_ran(g->report, RULE_REBUILD);
	if (worst(g->report) == FINDING_BLOCK)
		return 0;
	if (g->type->asked)
		report_add(g->report, RULE_REBUILD, FINDING_REVIEW, (struct place){ 0 },
			"release results as CSV, text, JSON or PNG",
			g->type->rebuilt ? "a file of this type holds more than rules can judge; a person has to look at all of what leaves" :
					   "a file of this type can't be written anew and leaves as it is; a person has to look at all of it");
	if (!g->type->rebuilt) {
		out_add(&g->out, g->p, g->n);
		g->rebuilt = !g->out.failed;
		return g->rebuilt ? 0 : -SPE_E_INTERNAL;
	}
	if (g->out.failed)
		return -SPE_E_INTERNAL;
	if (!g->rebuilt)
		refuse_rebuild(g->report, "its parts don't read as its type");
	else if (g->out.len > (uint64_t)g->policy->max_bytes)
		refuse_rebuild(g->report, "it is larger than the policy takes then");
	return worst(g->report) < FINDING_BLOCK && !is_same(g) ? read_again(g) : 0;
}

/* UTF-16 and UTF-32 are judged, and leave, as UTF-8. Returns the bytes to free, where there are any. */
static int decode(struct reading *g, char **ret)
{
	int r = readers[g->type->form].text ? kind_decode(g->p, g->n, ret, &g->n) : 0;

	if (r < 0)
		return -SPE_E_INTERNAL;
	if (r == 0)
		return 0;
	g->p = *ret;
	if (!g->type->rebuilt)
		refuse_rebuild(g->report, "it is UTF-16 or UTF-32 and would leave as it is");
	else
		report_add(g->report, RULE_TYPE, FINDING_REVIEW, (struct place){ 0 }, "save the file as UTF-8",
			"this text is UTF-16 or UTF-32; it was judged as UTF-8 and leaves so");
	return 0;
}

static int read_file(struct reading *g)
{
	auto_free char *decoded = NULL;
	int r = decode(g, &decoded);

	if (r == 0) {
		read_content(g, decoded ? NULL : g->file->magic);
		r = finish_reading(g);
	}
	g->p = NULL;
	return r;
}

static void check_name(const struct policy_file *f, struct report *r)
{
	struct scan s;

	name_check(r, f->name);
	scan_begin(&s, r, f->k_check, false);
	s.where = "in the file's name: ";
	scan_field(&s, f->name, strlen(f->name), (struct place){ 0 }, false);
	scan_end(&s);
}

static int check_all(struct reading *g)
{
	const struct policy_file *f = g->file;
	struct report *r = g->report;

	check_name(f, r);
	report_ran(r, RULE_TYPE);
	report_ran(r, RULE_SIZE);
	g->type = type_of_name(g->policy, r, f->name);
	if (f->len > (uint64_t)g->policy->max_bytes) {
		report_add(r, RULE_SIZE, FINDING_BLOCK, (struct place){ 0 },
			"release less, or several files",
			"the file is larger than %lld bytes, which is what the policy takes; it was not read",
			(long long)g->policy->max_bytes);
		return 0;
	}
	if (!f->bytes && f->len > 0)
		report_add(r, RULE_SIZE, FINDING_BLOCK, (struct place){ 0 },
			"ask for the check again", "the file's bytes were not given to the check");
	else if (g->type->name)
		return read_file(g);
	return 0;
}

/* --- the record --- */

/* By rule, then by place, what is of the whole file last; at one place as they were found. */
static int compare_findings(const void *a, const void *b, void *report)
{
	size_t i = *(const size_t *)a, k = *(const size_t *)b;
	const struct report *r = report;
	const struct finding *x = &r->list[i], *y = &r->list[k];
	bool x_whole = x->line == 0 && x->row == 0 && x->offset == 0, y_whole = y->line == 0 && y->row == 0 && y->offset == 0;

	if (r->rule[i] != r->rule[k])
		return r->rule[i] < r->rule[k] ? -1 : 1;
	if (x_whole != y_whole)
		return x_whole ? 1 : -1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return (i > k) - (i < k);
}

/* false: no memory */
static bool sort_findings(struct report *r)
{
	auto_free struct report *was = malloc(sizeof(*was));
	size_t order[SPE_FINDINGS_MAX], i;

	if (!was)
		return false;
	memcpy(was, r, sizeof(*was));
	for (i = 0; i < r->count; i++)
		order[i] = i;
	qsort_r(order, r->count, sizeof(order[0]), compare_findings, was);
	for (i = 0; i < r->count; i++) {
		r->list[i] = was->list[order[i]];
		r->rule[i] = was->rule[order[i]];
	}
	return true;
}

static const char *severity_name(enum finding_severity severity)
{
	return severity == FINDING_BLOCK ? "block" : severity == FINDING_REVIEW ? "review" : "pass";
}

static json_t *finding_json(const struct finding *f)
{
	json_t *where = f->row > 0 ? json_pack("[I,I]", (json_int_t)f->row, (json_int_t)f->column)
				   : json_integer((json_int_t)f->offset);

	return json_pack("{s:s, s:s, s:I, s:I, s:o, s:s, s:s}", "id", f->rule, "outcome",
		severity_name(f->severity), "line", (json_int_t)f->line, "column",
		(json_int_t)f->column, "where", where, "detail", f->explanation, "fix", f->fix);
}

static int add_rule(json_t *checks, const struct report *r, enum rule rule)
{
	size_t i, found = 0;
	int bad = 0;

	for (i = 0; i < r->count; i++) {
		if (r->rule[i] != rule)
			continue;
		found++;
		bad |= json_array_append_new(checks, finding_json(&r->list[i]));
	}
	if (found == 0 && !(r->lost & 1u << rule))
		bad |= json_array_append_new(
			checks, json_pack("{s:s, s:s}", "id", rule_id(rule), "outcome", "pass"));
	return bad;
}

static void more_finding(const struct report *r, struct finding *ret)
{
	*ret = (struct finding){ .rule = rule_id(RULE_FINDINGS), .severity = FINDING_BLOCK };
	snprintf(ret->explanation, sizeof(ret->explanation), "%llu further findings are not listed",
		(unsigned long long)r->more);
	snprintf(ret->fix, sizeof(ret->fix), "mend the listed ones and check again");
}

static json_t *checks_json(const struct report *r)
{
	json_t *checks = json_array();
	struct finding more;
	enum rule rule;
	int bad = checks ? 0 : -1;

	for (rule = RULE_NAME; rule < RULE_FINDINGS; rule++)
		if (r->ran & 1u << rule)
			bad |= add_rule(checks, r, rule);
	if (r->more > 0) {
		more_finding(r, &more);
		bad |= json_array_append_new(checks, finding_json(&more));
	}
	if (bad) {
		json_decref(checks);
		return NULL;
	}
	return checks;
}

/* A name that is not UTF-8 was refused already, and is shown with '?'. */
static json_t *name_json(const char *name)
{
	json_t *j = json_string(name);
	char plain[SPE_NAME_MAX + 1];

	if (j)
		return j;
	snprintf(plain, sizeof(plain), "%s", name);
	make_plain(plain);
	return json_string(plain);
}

/* Every number that the rules used, by the name of its option. */
static const struct {
	const char *name;
	size_t field;
} params[] = {
	{ "min_count", offsetof(struct policy, min_count) },
	{ "max_bytes", offsetof(struct policy, max_bytes) },
	{ "max_rows", offsetof(struct policy, max_rows) },
	{ "zeros", offsetof(struct policy, zeros) },
	{ "full_cells", offsetof(struct policy, full_cells) },
	{ "full_percent", offsetof(struct policy, full_percent) },
	{ "dominance_n", offsetof(struct policy, dominance_n) },
	{ "dominance_k", offsetof(struct policy, dominance_k) },
	{ "p_percent", offsetof(struct policy, p_percent) },
	{ "min_dof", offsetof(struct policy, min_dof) },
	{ "max_r2", offsetof(struct policy, max_r2) },
	{ "round_base", offsetof(struct policy, round_base) },
	{ "max_digits", offsetof(struct policy, max_digits) },
	{ "differencing", offsetof(struct policy, differencing) },
};

static json_t *params_json(const struct policy *p)
{
	json_t *j = json_object();
	size_t i;

	for (i = 0; j && i < sizeof(params) / sizeof(params[0]); i++) {
		int64_t v;

		memcpy(&v, (const char *)p + params[i].field, sizeof(v));
		if (json_object_set_new(j, params[i].name, json_integer(v)) < 0) {
			json_decref(j);
			return NULL;
		}
	}
	return j;
}

static const char *class_name(const struct type *t)
{
	static const char *const names[CLASS_COUNT] = { "table", "text", "image", "other" };

	return names[t->class];
}

/* in and out: hashes, NULL where there are none. */
static json_t *record_json(const struct reading *g, const char *in, const char *out, size_t counts)
{
	const struct policy_file *f = g->file;
	json_t *bytes_out = out ? json_integer((json_int_t)g->out.len) : json_null();

	return json_pack("{s:o, s:s?, s:s?, s:I, s:o, s:s, s:s, s:s, s:o, s:I, s:s, s:o, s:s, s:I}", "file",
		name_json(f->name), "sha256_in", in, "sha256_out", out, "bytes", (json_int_t)f->len, "bytes_out",
		bytes_out, "type", g->report->type, "class", class_name(g->type), "verdict",
		severity_name(worst(g->report)), "checks", checks_json(g->report), "counts", (json_int_t)counts,
		"params_id", g->policy->digest, "params", params_json(g->policy), "checker_version",
		POLICY_CHECKER_VERSION, "history_epoch", (json_int_t)f->history_epoch);
}

void policy_result_free(struct policy_result *r)
{
	json_decref(r->record);
	free(r->rebuilt);
	free(r->counts);
	*r = (struct policy_result){ 0 };
}

static int give_result(struct reading *g, struct policy_result *ret, struct spe_error *e)
{
	const struct policy_file *f = g->file;
	bool readable = f->len <= (uint64_t)g->policy->max_bytes && (f->bytes || f->len == 0);
	bool leaves = g->rebuilt && worst(g->report) < FINDING_BLOCK && out_room(&g->out, 1);
	char in[SHA256_TEXT], out[SHA256_TEXT];
	json_t *j;

	if (readable && sha256_text(f->bytes ? f->bytes : "", f->len, in) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "the file's SHA-256 can't be computed");
	if (leaves && readable && g->out.len == f->len && memcmp(g->out.p, f->bytes ? f->bytes : "", f->len) == 0)
		memcpy(out, in, sizeof(out)); /* most leave as they came */
	else if (leaves && sha256_text(g->out.p, g->out.len, out) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "the rebuilt file's SHA-256 can't be computed");
	g->counts.n = counts_sort(g->counts.p, g->counts.n);
	if (!sort_findings(g->report))
		return spe_fail(e, SPE_E_INTERNAL, "no memory to order the findings");
	j = record_json(g, readable ? in : NULL, leaves ? out : NULL, g->counts.n);
	if (!j)
		return spe_fail(e, SPE_E_INTERNAL, "no memory for the record");
	*ret = (struct policy_result){ .record = j, .counts_len = g->counts.n };
	ret->counts = spe_take_ptr(&g->counts.p);
	if (leaves) {
		ret->rebuilt = spe_take_ptr(&g->out.p);
		ret->rebuilt_len = g->out.len;
	}
	return 0;
}

int policy_check(
	const struct policy *p, const struct policy_file *f, struct policy_result *ret, struct spe_error *e)
{
	auto_free struct report *r = calloc(1, sizeof(*r));
	struct reading g = { .policy = p, .file = f, .report = r, .type = type_find(""), .p = f->bytes ? f->bytes : "",
		.n = f->len };
	int code;

	*ret = (struct policy_result){ 0 };
	if (!r)
		return spe_fail(e, SPE_E_INTERNAL, "no memory for findings");
	r->type = "unknown";
	code = check_all(&g);
	code = code < 0 ? spe_fail(e, SPE_E_INTERNAL, "no memory to rebuild the file") : give_result(&g, ret, e);
	free(g.out.p);
	free(g.counts.p);
	free(g.counts.known);
	return code;
}
