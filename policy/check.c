/* policy/check.c - all rules on one file, and the record of what they found. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy/inside.h"
#include "spe/cleanup.h"
#include "sped/base/hex.h"

enum form { FORM_UNKNOWN, FORM_TABLE, FORM_TEXT, FORM_JSON, FORM_PNG };

static const struct type {
	const char *name;
	enum form form;
} types[] = {
	{ "csv", FORM_TABLE },
	{ "tsv", FORM_TABLE },
	{ "txt", FORM_TEXT },
	{ "md", FORM_TEXT },
	{ "log", FORM_TEXT },
	{ "json", FORM_JSON },
	{ "png", FORM_PNG },
	{ NULL, FORM_UNKNOWN },
};

const char *rule_id(enum rule rule)
{
	static const char *const ids[RULES] = { "file-name", "file-type", "size", "hidden-content", "blob",
		"identity-number", "pseudonym", "e-mail", "iban", "phone", "network-address", "record-number", "coordinates",
		"min-count", "percentage", "zero-count", "group-disclosure", "dominance", "margins", "extreme-value",
		"degrees-of-freedom", "survival", "microdata", "precision", "differencing", "staged-data", "sidecar",
		"csv-formula", "rebuild", "findings" };

	return ids[rule];
}

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

static const struct type *find_type(const char *name)
{
	const struct type *t = types;

	while (t->name && strcmp(t->name, name) != 0)
		t++;
	return t;
}

static bool is_allowed(const struct policy *p, const char *type)
{
	size_t i;

	for (i = 0; i < p->type_count; i++)
		if (strcmp(p->types[i], type) == 0)
			return true;
	return false;
}

static bool begins(const char *p, size_t n, const char *magic)
{
	size_t len = strlen(magic), i;

	for (i = 0; i < len && i < n; i++)
		if ((p[i] >= 'A' && p[i] <= 'Z' ? p[i] + 32 : p[i]) != magic[i])
			return false;
	return i == len;
}

/* Text that is another format in disguise; magics in lower case. */
static const char *disguise(const char *p, size_t n)
{
	static const struct {
		const char *magic, *what;
	} list[] = {
		{ "%pdf-", "PDF" },
		{ "%!ps", "PostScript" },
		{ "<?xml", "XML" },
		{ "<svg", "SVG" },
		{ "<!doctype", "HTML" },
		{ "<html", "HTML" },
		{ "<script", "HTML" },
		{ "{\\rtf", "RTF" },
		{ "mime-version:", "MHT" },
		{ "rda2\n", "an R data file" },
		{ "rda3\n", "an R data file" },
		{ "rdx2\n", "an R data file" },
		{ "rdx3\n", "an R data file" },
		{ "a\n2\n262", "an R data file" },
		{ "a\n2\n263", "an R data file" },
		{ "a\n3\n262", "an R data file" },
		{ "a\n3\n263", "an R data file" },
		{ "<stata_dta>", "a Stata file" },
		{ "begin 644 ", "uuencoded data" },
		{ "begin-base64 ", "uuencoded data" },
		{ "-----begin ", "PEM data" },
	};
	size_t i;

	while (n > 0 && *p && strchr(" \t\r\n", *p)) {
		p++;
		n--;
	}
	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (begins(p, n, list[i].magic))
			return list[i].what;
	return NULL;
}

/* "csv" of "dir/a.CSV" into ret; the type of the name, which the content must then keep to. */
static const struct type *type_of_name(const struct policy *p, struct report *r, const char *name)
{
	const char *slash = strrchr(name, '/'), *dot = strrchr(slash ? slash : name, '.');
	const struct type *t = find_type("");
	char ext[8] = "";
	size_t i;

	for (i = 0; dot && i < sizeof(ext) - 1 && dot[1 + i]; i++)
		ext[i] = (char)(dot[1 + i] >= 'A' && dot[1 + i] <= 'Z' ? dot[1 + i] + 32
								       : dot[1 + i]);
	if (dot && strlen(dot + 1) < sizeof(ext))
		t = find_type(ext);
	if (t->name && is_allowed(p, t->name)) {
		r->type = t->name;
		return t;
	}
	report_add(r, RULE_TYPE, FINDING_BLOCK, (struct place){ 0 },
		"write results as CSV, text or PNG, with the matching extension",
		"files of this type may not leave under this policy");
	return find_type("");
}

/* --- the rules on the content --- */

static void check_table(
	const struct policy *p, const struct policy_file *f, struct report *r, struct scan *s)
{
	const char *start = f->bytes;

	if (f->len > 0 && (*start == '{' || *start == '[') && !memchr(start, ',', f->len))
		report_add(r, RULE_TYPE, FINDING_BLOCK, (struct place){ 0 },
			"name the file after what it is", "this reads as JSON and not as a table");
	if (!table_check(p, r, s, f->bytes, f->len, strcmp(r->type, "tsv") == 0))
		scan_text(s, f->bytes, f->len);
}

static void check_text(const struct policy *p, const struct policy_file *f, struct report *r,
	struct scan *s, enum form form)
{
	const char *other = disguise(f->bytes, f->len);

	text_check(r, f->bytes, f->len, form == FORM_JSON);
	if (other)
		report_add(r, RULE_TYPE, FINDING_BLOCK, (struct place){ 0 },
			"write results as plain text or CSV", "this is %s, whatever its name says",
			other);
	if (form == FORM_TABLE) {
		check_table(p, f, r, s);
		return;
	}
	if (form == FORM_JSON)
		json_check(r, f->bytes, f->len);
	scan_text(s, f->bytes, f->len);
}

static void check_content(
	const struct policy *p, const struct policy_file *f, struct report *r, enum form form)
{
	struct scan s;

	scan_begin(&s, r, f->k_check, form == FORM_JSON);
	if (form == FORM_PNG)
		png_check(r, &s, f->bytes, f->len);
	else if (form != FORM_UNKNOWN)
		check_text(p, f, r, &s, form);
	if (form != FORM_PNG && form != FORM_UNKNOWN)
		staged_check(f, r, f->bytes, f->len, form != FORM_TABLE ? '\0' : strcmp(r->type, "tsv") == 0 ? '\t' : ',');
	scan_end(&s);
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

static void check_all(const struct policy *p, const struct policy_file *f, struct report *r)
{
	const struct type *t;

	check_name(f, r);
	report_ran(r, RULE_TYPE);
	report_ran(r, RULE_SIZE);
	t = type_of_name(p, r, f->name);
	if (f->len > (uint64_t)p->max_bytes) {
		report_add(r, RULE_SIZE, FINDING_BLOCK, (struct place){ 0 },
			"release less, or several files",
			"the file is larger than %lld bytes, which is what the policy takes; it was not read",
			(long long)p->max_bytes);
		return;
	}
	if (!f->bytes && f->len > 0)
		report_add(r, RULE_SIZE, FINDING_BLOCK, (struct place){ 0 },
			"ask for the check again", "the file's bytes were not given to the check");
	else
		check_content(p, f, r, t->form);
}

/* --- the record --- */

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
	if (found == 0)
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

static enum finding_severity worst(const struct report *r)
{
	enum finding_severity most = r->more > 0 ? FINDING_BLOCK : FINDING_PASS;
	size_t i;

	for (i = 0; i < r->count; i++)
		if (r->list[i].severity > most)
			most = r->list[i].severity;
	return most;
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

static json_t *record_json(const struct policy *p, const struct policy_file *f,
	const struct report *r, const char *hash)
{
	enum finding_severity verdict = worst(r);
	const char *out = verdict == FINDING_BLOCK ? NULL : hash;
	json_t *params = json_pack("{s:I, s:I, s:I}", "min_count", (json_int_t)p->min_count,
		"max_bytes", (json_int_t)p->max_bytes, "max_rows", (json_int_t)p->max_rows);

	return json_pack("{s:o, s:s?, s:s?, s:I, s:s, s:s, s:o, s:s, s:o, s:s, s:I}", "file",
		name_json(f->name), "sha256_in", hash, "sha256_out", out, "bytes",
		(json_int_t)f->len, "type", r->type, "verdict", severity_name(verdict), "checks",
		checks_json(r), "params_id", p->digest, "params", params, "checker_version",
		POLICY_CHECKER_VERSION, "history_epoch", (json_int_t)f->history_epoch);
}

void policy_result_free(struct policy_result *r)
{
	json_decref(r->record);
	free(r->rebuilt);
	free(r->counts);
	*r = (struct policy_result){ 0 };
}

int policy_check(
	const struct policy *p, const struct policy_file *f, struct policy_result *ret, struct spe_error *e)
{
	auto_free struct report *r = calloc(1, sizeof(*r));
	bool readable = f->len <= (uint64_t)p->max_bytes && (f->bytes || f->len == 0);
	char hash[SHA256_TEXT];
	json_t *j;

	if (!r)
		return spe_fail(e, SPE_E_INTERNAL, "no memory for findings");
	r->type = "unknown";
	if (readable && sha256_text(f->bytes ? f->bytes : "", f->len, hash) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "the file's SHA-256 can't be computed");
	check_all(p, f, r);
	j = record_json(p, f, r, readable ? hash : NULL);
	if (!j)
		return spe_fail(e, SPE_E_INTERNAL, "no memory for the record");
	*ret = (struct policy_result){ .record = j };
	return 0;
}
