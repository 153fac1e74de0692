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
	unsigned given; /* bit per option */
} reading;

static const struct number {
	const char *name;
	long long min, max;
	size_t field;
} numbers[] = {
	{ "min-count", 1, POLICY_COUNT_MAX, offsetof(struct policy, min_count) },
	{ "max-bytes", 1, POLICY_BYTES_MAX, offsetof(struct policy, max_bytes) },
	{ "max-rows", 1, POLICY_ROWS_MAX, offsetof(struct policy, max_rows) },
	{ "decisions", 1, 9, offsetof(struct policy, decisions) },
};

static const struct flag {
	const char *name;
	size_t field;
} flags[] = {
	{ "show-names", offsetof(struct policy, show_names) },
	{ "show-sizes", offsetof(struct policy, show_sizes) },
	{ "show-exit", offsetof(struct policy, show_exit) },
};

static const char *const options[] = { "name", "types", "min-count", "max-bytes", "max-rows",
	"decisions", "show-names", "show-sizes", "show-exit" };
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

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

/* Note that an option was given; the list's values come one by one. */
static int note(cfg_t *cfg, const char *name)
{
	unsigned i, bit;

	for (i = 0; i < COUNT(options) && strcmp(options[i], name) != 0; i++)
		;
	bit = 1u << i;
	if (reading.given & bit)
		return refuse(cfg->line, "%s is given twice", name);
	reading.given |= bit;
	return 0;
}

static int parse_number(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *ret)
{
	const struct number *n = numbers;
	long long v = 0;
	size_t len = strspn(value, "0123456789");

	while (strcmp(n->name, opt->name) != 0)
		n++;
	if (len == 0 || value[len] != '\0' || len > 12 || (value[0] == '0' && len > 1))
		return refuse(
			cfg->line, "%s must be a whole number, written in decimal", opt->name);
	for (; *value; value++)
		v = v * 10 + (*value - '0');
	if (v < n->min || v > n->max)
		return refuse(cfg->line, "%s is %lld; %lld to %lld are taken", opt->name, v, n->min,
			n->max);
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

static int validate_name(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *name = cfg_opt_getnstr(opt, 0);
	size_t n = name ? strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") : 0;

	if (n == 0 || n > 63 || name[n] != '\0')
		return refuse(cfg->line, "name must have 1 to 63 of a-z, 0-9 and '-'");
	return note(cfg, opt->name);
}

/* Called as each value comes in. A list that is set again begins anew, which only its length tells. */
static int validate_types(cfg_t *cfg, cfg_opt_t *opt)
{
	static const char *const known[] = { "csv", "tsv", "txt", "md", "json", "log", "png",
		NULL };
	unsigned count = cfg_opt_size(opt), i;
	const char *type = count > 0 ? cfg_opt_getnstr(opt, count - 1) : NULL;

	if (!type || !word_in(known, type, strlen(type)))
		return refuse(
			cfg->line, "types: one of csv tsv txt md json log png is wanted here");
	for (i = 0; i + 1 < count; i++)
		if (strcmp(cfg_opt_getnstr(opt, i), type) == 0)
			return refuse(cfg->line, "types has %s twice", type);
	return count == 1 ? note(cfg, opt->name) : 0;
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

static int check_given(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < COUNT(options); i++)
		if (!(reading.given & 1u << i))
			return refuse(line_of(text, len), "%s is missing", options[i]);
	return 0;
}

static void take(cfg_t *cfg, struct policy *ret)
{
	char *base = (char *)ret;
	size_t i;

	snprintf(ret->name, sizeof(ret->name), "%s", cfg_getstr(cfg, "name"));
	for (i = 0; i < COUNT(numbers); i++) {
		int64_t v = cfg_getint(cfg, numbers[i].name);

		memcpy(base + numbers[i].field, &v, sizeof(v));
	}
	for (i = 0; i < COUNT(flags); i++) {
		int v = cfg_getint(cfg, flags[i].name) != 0;

		memcpy(base + flags[i].field, &v, sizeof(v));
	}
	ret->type_count = cfg_size(cfg, "types");
	for (i = 0; i < ret->type_count; i++)
		snprintf(ret->types[i], sizeof(ret->types[i]), "%s",
			cfg_getnstr(cfg, "types", (unsigned)i));
}

/* libconfuse 3.3 counts the line of a comment more than once: without comments it counts right. */
void policy_blank_comments(char *text)
{
	bool quoted = false, comment = false;
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
		if (comment)
			*p = ' ';
	}
}

static int parse(const char *text, size_t len, struct policy *ret)
{
	cfg_opt_t opts[] = { CFG_STR("name", NULL, CFGF_NODEFAULT),
		CFG_STR_LIST("types", NULL, CFGF_NODEFAULT),
		CFG_INT_CB("min-count", 0, CFGF_NODEFAULT, parse_number),
		CFG_INT_CB("max-bytes", 0, CFGF_NODEFAULT, parse_number),
		CFG_INT_CB("max-rows", 0, CFGF_NODEFAULT, parse_number),
		CFG_INT_CB("decisions", 0, CFGF_NODEFAULT, parse_number),
		CFG_INT_CB("show-names", 0, CFGF_NODEFAULT, parse_flag),
		CFG_INT_CB("show-sizes", 0, CFGF_NODEFAULT, parse_flag),
		CFG_INT_CB("show-exit", 0, CFGF_NODEFAULT, parse_flag), CFG_END() };
	cfg_t *cfg = cfg_init(opts, CFGF_NONE);

	if (!cfg)
		return -SPE_E_INTERNAL;
	cfg_set_error_function(cfg, on_error);
	cfg_set_validate_func(cfg, "name", validate_name);
	cfg_set_validate_func(cfg, "types", validate_types);
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
	if (check_text(text, len) < 0)
		return -SPE_E_INPUT;
	copy = malloc(len + 1);
	if (!copy || sha256_text(text, len, p.digest) < 0) {
		free(copy);
		return spe_fail(e, SPE_E_INTERNAL, "no memory for the policy");
	}
	memcpy(copy, text, len);
	copy[len] = '\0';
	policy_blank_comments(copy);
	r = parse(copy, len, &p);
	free(copy);
	if (r == -SPE_E_INTERNAL)
		return spe_fail(e, SPE_E_INTERNAL, "no memory for the policy");
	if (r == 0)
		*ret = p;
	return r;
}
