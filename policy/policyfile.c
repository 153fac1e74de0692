/* policy/policyfile.c - spe-policy(5) read by libconfuse, strictly: decimal numbers within bounds, each option
 * once and none missing, nothing from the environment. */
#include <confuse.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy/inside.h"
#include "sped/base/hex.h"

/* libconfuse's callbacks have no pointer of ours. */
static struct {
	struct spe_error *error;
	const char *name;
	bool failed;
	uint64_t given; /* bit per option */
	unsigned items; /* of the list that is being read */
} reading;

enum kind { NAME, TYPES, VERBATIM, GONE, NUMBER, FLAG, SEVERITY };
#define MUST (-1) /* as fallback: the option has to be given */
#define FIELD(name) offsetof(struct policy, name)
#define DECISIONS(class) (FIELD(decisions_of) + (class) * sizeof(int64_t))

/* Every option of spe-policy(5), in its order. Where the defaults come from is said in rules/default.policy. */
static const struct option {
	const char *name;
	enum kind kind;
	long long min, max, fallback;
	size_t field;
} options[] = {
	{ "name", NAME, 0, 0, MUST, 0 },
	{ "types", TYPES, 0, 0, MUST, 0 },
	{ "min-count", NUMBER, 1, POLICY_COUNT_MAX, MUST, FIELD(min_count) },
	{ "max-bytes", NUMBER, 1, POLICY_BYTES_MAX, MUST, FIELD(max_bytes) },
	{ "max-rows", NUMBER, 1, POLICY_ROWS_MAX, MUST, FIELD(max_rows) },
	{ "decisions", NUMBER, 1, 9, MUST, FIELD(decisions) },
	{ "show-names", FLAG, 0, 0, MUST, FIELD(show_names) },
	{ "show-sizes", FLAG, 0, 0, MUST, FIELD(show_sizes) },
	{ "show-exit", FLAG, 0, 0, MUST, FIELD(show_exit) },
	{ "show-findings", FLAG, 0, 0, 1, FIELD(show_findings) },
	{ "zeros", SEVERITY, 0, 0, FINDING_REVIEW, FIELD(zeros) },
	{ "full-cells", SEVERITY, 0, 0, FINDING_REVIEW, FIELD(full_cells) },
	{ "full-percent", NUMBER, 50, 101, 90, FIELD(full_percent) },
	{ "dominance-n", NUMBER, 1, 10, 2, FIELD(dominance_n) },
	{ "dominance-k", NUMBER, 1, 100, 90, FIELD(dominance_k) },
	{ "p-percent", NUMBER, 0, 100, 10, FIELD(p_percent) },
	{ "min-dof", NUMBER, 0, 1000, 10, FIELD(min_dof) },
	{ "max-r2", NUMBER, 1, 101, 90, FIELD(max_r2) },
	{ "round-base", NUMBER, 0, 1000, 0, FIELD(round_base) },
	{ "max-digits", NUMBER, 1, 17, 6, FIELD(max_digits) },
	{ "differencing", SEVERITY, 0, 0, FINDING_BLOCK, FIELD(differencing) },
	{ "canaries", NUMBER, 0, 100, 0, FIELD(canaries) },
	{ "max-files", NUMBER, 1, SPE_EXPORT_FILES_MAX, SPE_EXPORT_FILES_MAX, FIELD(max_files) },
	{ "day-files", NUMBER, 0, 100000, 0, FIELD(day_files) },
	{ "day-bytes", NUMBER, 0, 64ll << 30, 0, FIELD(day_bytes) },
	{ "day-releases", NUMBER, 0, 1000, 0, FIELD(day_releases) },
	{ "fetches", NUMBER, 0, 1000, 0, FIELD(fetches) },
	{ "fetch-days", NUMBER, 0, 3650, 0, FIELD(fetch_days) },
	{ "decisions-table", NUMBER, 0, 9, 0, DECISIONS(CLASS_TABLE) },
	{ "decisions-text", NUMBER, 0, 9, 0, DECISIONS(CLASS_TEXT) },
	{ "decisions-image", NUMBER, 0, 9, 0, DECISIONS(CLASS_IMAGE) },
	{ "decisions-other", NUMBER, 0, 9, 0, DECISIONS(CLASS_OTHER) },
	{ "different-teams", FLAG, 0, 0, 0, FIELD(different_teams) },
	{ "verbatim", VERBATIM, 0, 0, 0, 0 },
	/* never had an effect: false is what is so, and true would promise what is not */
	{ "show-log", GONE, 0, 0, 0, 0 },
};
#define TYPES_MAX COUNT(((struct policy *)0)->types)
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
_Static_assert(COUNT(options) < 64, "reading.given has a bit for each");

static const char *const severities[] = { "pass", "review", "block" };

/* The first error is the one that counts. */
static int refuse(int line, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int refuse(int line, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (reading.failed)
		return -1;
	reading.failed = true;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	spe_fail(reading.error, SPE_E_INPUT, "%s:%d: %s", reading.name, line, text);
	return -1;
}

static void on_error(cfg_t *cfg, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
static void on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char text[192];

	vsnprintf(text, sizeof(text), fmt, ap);
	refuse(cfg ? cfg->line : 1, "%s", text);
}

static const struct option *option_of(const char *name)
{
	const struct option *o = options;

	while (strcmp(o->name, name) != 0)
		o++;
	return o;
}

static bool was_given(const struct option *o)
{
	return reading.given & UINT64_C(1) << (o - options);
}

/* Note that an option was given; the list's values come one by one. */
static int note(cfg_t *cfg, const char *name)
{
	const struct option *o = option_of(name);

	if (was_given(o))
		return refuse(cfg->line, "%s is given twice", name);
	reading.given |= UINT64_C(1) << (o - options);
	return 0;
}

static int parse_number(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *ret)
{
	const struct option *o = option_of(opt->name);
	long long v = 0;
	size_t len = strspn(value, "0123456789");

	if (len == 0 || value[len] != '\0' || len > 12 || (value[0] == '0' && len > 1))
		return refuse(
			cfg->line, "%s must be a whole number, written in decimal", opt->name);
	for (; *value; value++)
		v = v * 10 + (*value - '0');
	if (v < o->min || v > o->max)
		return refuse(cfg->line, "%s is %lld; %lld to %lld are taken", opt->name, v, o->min,
			o->max);
	*(long *)ret = (long)v;
	return note(cfg, opt->name);
}

static int parse_flag(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *ret)
{
	bool yes = strcmp(value, "true") == 0;

	if (!yes && strcmp(value, "false") != 0)
		return refuse(cfg->line, "%s must be true or false", opt->name);
	*(long *)ret = yes;
	return note(cfg, opt->name);
}

static int parse_gone(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *ret)
{
	if (strcmp(value, "false") != 0)
		return refuse(cfg->line, "%s is no option any more: what a job prints leaves as its outputs stdout.txt and stderr.txt, by an export; "
					 "take the line out",
			opt->name);
	*(long *)ret = 0;
	return note(cfg, opt->name);
}

static int parse_severity(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *ret)
{
	size_t i;

	for (i = 0; i < COUNT(severities) && strcmp(severities[i], value) != 0; i++)
		;
	if (i == COUNT(severities))
		return refuse(cfg->line, "%s must be pass, review or block", opt->name);
	*(long *)ret = (long)i;
	return note(cfg, opt->name);
}

static int validate_name(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *name = cfg_opt_getnstr(opt, 0);
	size_t n = name ? strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") : 0;

	if (n == 0 || n > 63 || name[n] != '\0')
		return refuse(cfg->line, "name must have 1 to 63 of a-z, 0-9 and '-'");
	return note(cfg, opt->name);
}

/* Called as each value comes in and once more at the closing brace, which only the unchanged length tells. A list that
 * is set again begins anew, one that is added to goes on: neither is taken. Of an empty list libconfuse says nothing. */
static int validate_list(cfg_t *cfg, cfg_opt_t *opt, const char *const *known, const char *wanted)
{
	unsigned count = cfg_opt_size(opt), before = reading.items, i;
	const char *type = count > 0 ? cfg_opt_getnstr(opt, count - 1) : NULL;
	bool is_end = count == before;

	reading.items = is_end ? 0 : count;
	if (before == 0 && note(cfg, opt->name) < 0)
		return -1;
	if (is_end)
		return 0;
	if (!type || !word_in(known, type, strlen(type)))
		return refuse(
			cfg->line, "%s: one of %s is wanted here", opt->name, wanted);
	for (i = 0; i + 1 < count; i++)
		if (strcmp(cfg_opt_getnstr(opt, i), type) == 0)
			return refuse(cfg->line, "%s has %s twice", opt->name, type);
	if (count > TYPES_MAX)
		return refuse(cfg->line, "%s takes at most %zu", opt->name, TYPES_MAX);
	return 0;
}

static int validate_types(cfg_t *cfg, cfg_opt_t *opt)
{
	static const char *const known[] = { "csv", "tsv", "txt", "md", "json", "log", "png",
		NULL };

	return validate_list(cfg, opt, known, "csv tsv txt md json log png");
}

/* None that holds other files, and none whose reading executes code: archives, saved objects of R, Python, Stata. */
static int validate_verbatim(cfg_t *cfg, cfg_opt_t *opt)
{
	static const char *const known[] = { "jpg", "jpeg", "pdf", "svg", "html", "xlsx", "docx",
		"ods", "odt", "ipynb", "r", "rmd", "qmd", "py", "sql", "do", "sas", "jl", "tex",
		NULL };

	return validate_list(cfg, opt, known,
		"jpg jpeg pdf svg html xlsx docx ods odt ipynb r rmd qmd py sql do sas jl tex");
}

static int line_of(const char *text, size_t n)
{
	int line = 1;

	for (; n > 0; n--)
		line += text[n - 1] == '\n';
	return line;
}

/* What libconfuse would take and a policy may not have. */
static int check_text(const char *text, size_t len)
{
	size_t i;

	if (len > POLICY_TEXT_MAX)
		return refuse(1, "a policy has at most %u bytes", POLICY_TEXT_MAX);
	for (i = 0; i < len; i++) {
		if (text[i] == '\0' ||
			((unsigned char)text[i] < 0x20 && !strchr("\t\r\n", text[i])))
			return refuse(line_of(text, i), "a control character is not text");
		if (text[i] == '$' && i + 1 < len && text[i + 1] == '{')
			return refuse(line_of(text, i),
				"\"${\" is not taken: a policy reads no environment");
	}
	return 0;
}

/* Comments are blank by now. */
static int check_lists(const char *text)
{
	bool quoted = false;
	const char *p;

	for (p = text; *p; p++) {
		if (quoted && *p == '\\' && p[1])
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && *p == '{' && p[1 + strspn(p + 1, " \t\r\n")] == '}')
			return refuse(line_of(text, (size_t)(p - text)),
				"an empty list is not taken; leave the option out");
	}
	return 0;
}

static int check_given(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < COUNT(options); i++)
		if (options[i].fallback == MUST && !was_given(&options[i]))
			return refuse(line_of(text, len), "%s is missing", options[i].name);
	return 0;
}

static size_t take_list(cfg_t *cfg, const char *name, char list[][8])
{
	size_t count = cfg_size(cfg, name), i;

	for (i = 0; i < count; i++)
		snprintf(list[i], 8, "%s", cfg_getnstr(cfg, name, (unsigned)i));
	return count;
}

static void take_value(cfg_t *cfg, const struct option *o, struct policy *ret)
{
	int64_t v = was_given(o) ? cfg_getint(cfg, o->name) : o->fallback;
	int flag = v != 0;

	if (o->kind == FLAG)
		memcpy((char *)ret + o->field, &flag, sizeof(flag));
	else
		memcpy((char *)ret + o->field, &v, sizeof(v));
}

static void take(cfg_t *cfg, struct policy *ret)
{
	size_t i;

	snprintf(ret->name, sizeof(ret->name), "%s", cfg_getstr(cfg, "name"));
	ret->type_count = take_list(cfg, "types", ret->types);
	ret->verbatim_count = take_list(cfg, "verbatim", ret->verbatim);
	for (i = 0; i < COUNT(options); i++)
		if (options[i].kind >= NUMBER)
			take_value(cfg, &options[i], ret);
}

/* libconfuse 3.3 counts the line of a comment more than once: without comments it counts right. */
const char *policy_blank_comments(char *text)
{
	bool quoted = false, comment = false;
	const char *other = NULL;
	char *p;

	for (p = text; *p; p++) {
		if (*p == '\n')
			comment = false;
		else if (!comment && quoted && *p == '\\' && p[1] && p[1] != '\n')
			p++;
		else if (!comment && *p == '"')
			quoted = !quoted;
		else if (!quoted && (*p == '#' || (*p == '/' && p[1] == '/')))
			comment = true;
		else if (!quoted && !comment && !other && *p == '/' && p[1] == '*')
			other = p;
		if (comment)
			*p = ' ';
	}
	return other;
}

static cfg_opt_t entry(const struct option *o)
{
	switch (o->kind) {
	case NAME:
		return (cfg_opt_t)CFG_STR(o->name, NULL, CFGF_NODEFAULT);
	case TYPES:
	case VERBATIM:
		return (cfg_opt_t)CFG_STR_LIST(o->name, NULL, CFGF_NODEFAULT);
	case GONE:
		return (cfg_opt_t)CFG_INT_CB(o->name, 0, CFGF_NODEFAULT, parse_gone);
	case FLAG:
		return (cfg_opt_t)CFG_INT_CB(o->name, 0, CFGF_NODEFAULT, parse_flag);
	case SEVERITY:
		return (cfg_opt_t)CFG_INT_CB(o->name, 0, CFGF_NODEFAULT, parse_severity);
	default:
		return (cfg_opt_t)CFG_INT_CB(o->name, 0, CFGF_NODEFAULT, parse_number);
	}
}

static int parse(char *text, size_t len, struct policy *ret)
{
	const char *other = policy_blank_comments(text);
	cfg_opt_t opts[COUNT(options) + 1] = { 0 };
	cfg_t *cfg;
	size_t i;

	if (other)
		refuse(line_of(text, (size_t)(other - text)), POLICY_OTHER_COMMENT);
	if (other || check_lists(text) < 0)
		return -SPE_E_INPUT;
	for (i = 0; i < COUNT(options); i++)
		opts[i] = entry(&options[i]);
	opts[i] = (cfg_opt_t)CFG_END();
	cfg = cfg_init(opts, CFGF_NONE);
	if (!cfg)
		return -SPE_E_INTERNAL;
	cfg_set_error_function(cfg, on_error);
	cfg_set_validate_func(cfg, "name", validate_name);
	cfg_set_validate_func(cfg, "types", validate_types);
	cfg_set_validate_func(cfg, "verbatim", validate_verbatim);
	if (cfg_parse_buf(cfg, text) != CFG_SUCCESS)
		refuse(cfg->line, "this can't be read");
	if (!reading.failed && check_given(text, len) == 0)
		take(cfg, ret);
	cfg_free(cfg);
	return reading.failed ? -SPE_E_INPUT : 0;
}

int policy_parse(
	const char *text, size_t len, const char *name, struct policy *ret, struct spe_error *e)
{
	struct policy p = { .name = "" };
	char *copy;
	int r;

	reading.error = e;
	reading.name = name;
	reading.failed = false;
	reading.given = 0;
	reading.items = 0;
	if (check_text(text, len) < 0)
		return -SPE_E_INPUT;
	copy = malloc(len + 1);
	if (!copy || sha256_text(text, len, p.digest) < 0) {
		free(copy);
		return spe_fail(e, SPE_E_INTERNAL, "no memory for the policy");
	}
	memcpy(copy, text, len);
	copy[len] = '\0';
	r = parse(copy, len, &p);
	free(copy);
	if (r == -SPE_E_INTERNAL)
		return spe_fail(e, SPE_E_INTERNAL, "no memory for the policy");
	if (r == 0)
		*ret = p;
	return r;
}

static json_t *list_json(const char list[][8], size_t count)
{
	json_t *j = json_array();
	size_t i;

	for (i = 0; i < count; i++)
		json_array_append_new(j, json_string(list[i]));
	return j;
}

static json_t *value_json(const struct policy *p, const struct option *o)
{
	int64_t v;
	int flag;

	if (o->kind == NAME)
		return json_string(p->name);
	if (o->kind == TYPES)
		return list_json(p->types, p->type_count);
	if (o->kind == VERBATIM)
		return list_json(p->verbatim, p->verbatim_count);
	if (o->kind == FLAG) {
		memcpy(&flag, (const char *)p + o->field, sizeof(flag));
		return json_boolean(flag);
	}
	memcpy(&v, (const char *)p + o->field, sizeof(v));
	if (o->kind == SEVERITY)
		return json_string(v >= 0 && v < (int64_t)COUNT(severities) ? severities[v] : "");
	return json_integer(v);
}

json_t *policy_options(const struct policy *p)
{
	json_t *j = json_object();
	size_t i;
	int bad = j ? 0 : -1;

	for (i = 0; i < COUNT(options); i++)
		bad |= options[i].kind == GONE ? 0 : json_object_set_new(j, options[i].name, value_json(p, &options[i]));
	if (bad == 0)
		return j;
	json_decref(j);
	return NULL;
}
