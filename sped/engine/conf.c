/* engine/conf.c - sped.conf, see sped.conf(5), and the policy it names. People wrote both. */
#include <confuse.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/log.h"
#include "sped/base/buf.h"
#include "sped/engine/engine.h"

#define CONF_MAX 65536

static char first_error[400]; /* libconfuse reports through a callback without our pointer */

__attribute__((format(printf, 2, 0))) static void remember(cfg_t *cfg, const char *fmt, va_list ap)
{
	int n;

	if (first_error[0])
		return;
	n = snprintf(first_error, sizeof(first_error), "%s:%d: ", cfg->filename ? cfg->filename : "sped.conf", cfg->line);
	if (n > 0 && (size_t)n < sizeof(first_error))
		vsnprintf(first_error + n, sizeof(first_error) - (size_t)n, fmt, ap);
}

static int within(const struct conf *c, const char *name, struct spe_error *e)
{
	const struct {
		const char *field;
		int64_t value, min, max;
	} bounds[] = { { "slots", c->slots, 1, 64 }, { "memory-mib", c->mem_bytes >> 20, 64, 1 << 20 },
		{ "cpu-milli", c->cpu_milli, 100, 1024000 }, { "time-seconds", c->time_s, 1, SPE_TIME_MAX },
		{ "processes", c->pids, 8, 32768 }, { "work-mib", c->work_bytes >> 20, 1, 1 << 20 },
		{ "outputs-mib", c->out_bytes >> 20, 1, 1 << 20 }, { "runtime-mib", c->runtime_bytes >> 20, 1, 1 << 20 },
		{ "disk-read-mib", c->disk_bps >> 20, 0, 1 << 20 }, { "upload-mib", c->upload_bytes >> 20, 0, 1 << 24 },
		{ "permit-queued", c->permit_queued, 1, 100000 }, { "permit-running", c->permit_running, 0, 64 },
		{ "permit-code-mib", c->permit_code_bytes >> 20, SPE_BUNDLE_MAX >> 20, 1 << 20 },
		{ "permit-outputs-mib", c->permit_out_bytes >> 20, 1, 1 << 24 },
		{ "permit-exports", c->permit_exports, 1, 100000 } };
	size_t i;

	for (i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
		if (bounds[i].value < bounds[i].min || bounds[i].value > bounds[i].max)
			return spe_fail(e, SPE_E_INPUT, "%s: %s is %lld; %lld to %lld are taken", name, bounds[i].field,
				(long long)bounds[i].value, (long long)bounds[i].min, (long long)bounds[i].max);
	if (c->profiles == 0)
		return spe_fail(e, SPE_E_INPUT, "%s: profiles is empty; every job needs one", name);
	return name_ok(c->policy) ? 0 : spe_fail(e, SPE_E_INPUT, "%s: policy is not a plain name", name);
}

static int take_profiles(cfg_t *cfg, const char *name, struct conf *ret, struct spe_error *e)
{
	unsigned n = cfg_size(cfg, "profiles"), i;

	if (n > PROFILE_FILES_MAX)
		return spe_fail(e, SPE_E_INPUT, "%s: profiles has %u names; at most %d are taken", name, n, PROFILE_FILES_MAX);
	for (i = 0; i < n; i++) {
		const char *profile = cfg_getnstr(cfg, "profiles", i);

		if (!name_ok(profile) || strlen(profile) >= PROFILE_NAME_ROOM)
			return spe_fail(e, SPE_E_INPUT, "%s: profiles: %.40s is not a profile's name", name, profile);
		snprintf(ret->profile[ret->profiles++].name, PROFILE_NAME_ROOM, "%s", profile);
	}
	return 0;
}

static int line_of(const char *text, const char *at)
{
	int line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

int conf_parse(const char *text, const char *name, struct conf *ret, struct spe_error *e)
{
	cfg_opt_t opts[] = { CFG_INT("slots", 2, CFGF_NONE), CFG_INT("memory-mib", 4096, CFGF_NONE),
		CFG_INT("cpu-milli", 2000, CFGF_NONE), CFG_INT("time-seconds", 86400, CFGF_NONE),
		CFG_INT("processes", SPE_PIDS_DEFAULT, CFGF_NONE), CFG_INT("work-mib", 1024, CFGF_NONE),
		CFG_INT("outputs-mib", 256, CFGF_NONE), CFG_INT("runtime-mib", 16384, CFGF_NONE), CFG_INT("disk-read-mib", 0, CFGF_NONE),
		CFG_INT("upload-mib", 1048576, CFGF_NONE), CFG_INT("permit-queued", 1000, CFGF_NONE), CFG_INT("permit-running", 0, CFGF_NONE),
		CFG_INT("permit-code-mib", 4096, CFGF_NONE), CFG_INT("permit-outputs-mib", 65536, CFGF_NONE), CFG_INT("permit-exports", 50, CFGF_NONE),
		CFG_STR("policy", "default", CFGF_NONE),
		CFG_STR_LIST("profiles", "{analysis, jit, strict}", CFGF_NONE), CFG_END() };
	cfg_t *cfg = cfg_init(opts, CFGF_NONE);
	auto_free char *plain = strdup(text);
	const char *other;
	int r = 0;

	if (!cfg || !plain) {
		cfg_free(cfg);
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	}
	other = policy_blank_comments(plain);
	if (other) {
		cfg_free(cfg);
		return spe_fail(e, SPE_E_INPUT, "%s:%d: %s", name, line_of(plain, other), POLICY_OTHER_COMMENT);
	}
	first_error[0] = '\0';
	cfg_set_error_function(cfg, remember);
	if (*plain && cfg_parse_buf(cfg, plain) != CFG_SUCCESS) {
		const char *at = strstr(first_error, "]:") ? strchr(first_error, ':') : first_error;

		r = spe_fail(e, SPE_E_INPUT, "%s%s%s", name, at == first_error ? ": " : "",
			*first_error ? at : ": is not understood");
	}
	*ret = (struct conf){ .slots = cfg_getint(cfg, "slots"),
		.mem_bytes = (int64_t)cfg_getint(cfg, "memory-mib") << 20, .cpu_milli = cfg_getint(cfg, "cpu-milli"),
		.time_s = cfg_getint(cfg, "time-seconds"), .pids = cfg_getint(cfg, "processes"),
		.work_bytes = (int64_t)cfg_getint(cfg, "work-mib") << 20,
		.out_bytes = (int64_t)cfg_getint(cfg, "outputs-mib") << 20,
		.runtime_bytes = (int64_t)cfg_getint(cfg, "runtime-mib") << 20, .disk_bps = (int64_t)cfg_getint(cfg, "disk-read-mib") << 20,
		.upload_bytes = (int64_t)cfg_getint(cfg, "upload-mib") << 20, .permit_queued = cfg_getint(cfg, "permit-queued"),
		.permit_running = cfg_getint(cfg, "permit-running"), .permit_code_bytes = (int64_t)cfg_getint(cfg, "permit-code-mib") << 20,
		.permit_out_bytes = (int64_t)cfg_getint(cfg, "permit-outputs-mib") << 20, .permit_exports = cfg_getint(cfg, "permit-exports") };
	snprintf(ret->policy, sizeof(ret->policy), "%s", cfg_getstr(cfg, "policy"));
	if (r == 0)
		r = take_profiles(cfg, name, ret, e);
	cfg_free(cfg);
	if (r == 0)
		r = within(ret, name, e);
	if (ret->permit_out_bytes < ret->out_bytes) /* else no job could begin */
		ret->permit_out_bytes = ret->out_bytes;
	if (ret->permit_running == 0) /* a slot is left for who comes next, however long the jobs of one permit take */
		ret->permit_running = ret->slots > 1 ? ret->slots - 1 : 1;
	return r;
}

static char *load(int dir, const char *name, size_t *ret_len)
{
	auto_close int fd = io_openat(dir, name, O_RDONLY, 0);
	char *text = NULL;
	int r = fd < 0 ? fd : io_read_all(fd, CONF_MAX, &text, ret_len);

	if (r < 0)
		spe_die("start", "%s in the configuration directory: %s", name, strerror(-r));
	return text;
}

/* The disk that staged data is on, as the kernel counts disks: what is limited is a whole one, never a partition. */
static void find_disk(struct conf *c)
{
	auto_close int fd = -1;
	char path[80], text[32];
	struct stat st;
	ssize_t n;

	if (c->disk_bps == 0)
		return;
	if (fstat(FD_STATE, &st) < 0 || major(st.st_dev) == 0)
		spe_die("start", "sped.conf: disk-read-mib: the state directory is on no disk that the kernel could limit");
	c->disk[0] = major(st.st_dev);
	c->disk[1] = minor(st.st_dev);
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/partition", c->disk[0], c->disk[1]);
	if (access(path, F_OK) < 0)
		return;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/../dev", c->disk[0], c->disk[1]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = '\0';
	if (sscanf(text, "%u:%u", &c->disk[0], &c->disk[1]) != 2)
		spe_die("start", "sped.conf: disk-read-mib: the disk of the state directory is not to be found in /sys");
}

static bool executes_nothing_of_its_own(const struct profile *p)
{
	static const char *const places[] = { "/code", "/work", "/tmp" };
	size_t i, k;

	for (i = 0; i < p->paths; i++)
		for (k = 0; k < sizeof(places) / sizeof(places[0]); k++)
			if (strcmp(p->path[i].path, places[k]) == 0 && (p->path[i].rights & PROFILE_EXECUTE))
				return false;
	return true;
}

/* spe-filter took all of them already; this says which are for jobs, and that they are there. */
static void load_profiles(struct conf *c)
{
	struct profile *p = malloc(sizeof(*p));
	struct spe_error err;
	size_t i;

	if (!p)
		spe_die("start", "out of memory");
	for (i = 0; i < c->profiles; i++) {
		char file[PROFILE_NAME_ROOM + 24];
		auto_free char *text = NULL;
		size_t len;

		snprintf(file, sizeof(file), "profiles/%s.profile", c->profile[i].name);
		text = load(FD_ETC, file, &len);
		if (profile_parse(text ? text : "", len, file, p, &err) < 0)
			spe_die("start", "%s", err.text);
		memcpy(c->profile[i].digest, p->digest, sizeof(p->digest));
		c->profile[i].write_execute = p->write_execute;
		c->profile[i].noexec = executes_nothing_of_its_own(p);
	}
	free(p);
}

/* It need not be there. */
static void load_witnesses(struct engine *e)
{
	auto_close int fd = io_openat(FD_ETC, "witnesses", O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	auto_free char *text = NULL;
	size_t len = 0;

	if (fd >= 0 && io_read_all(fd, WITNESSES_TEXT_MAX, &text, &len) < 0)
		spe_die("start", "witnesses in the configuration directory can't be read");
	witnesses_take(e, text, len);
}

void conf_load(struct engine *e)
{
	auto_free char *text = NULL;
	struct spe_error err;
	char file[SPE_NAME_MAX + 24];
	size_t len;

	text = load(FD_ETC, "sped.conf", &len);
	if (conf_parse(text ? text : "", "sped.conf", &e->conf, &err) < 0)
		spe_die("start", "%s", err.text);
	snprintf(file, sizeof(file), "policy/%s.policy", e->conf.policy);
	e->policy_text = load(FD_ETC, file, &len);
	if (policy_parse(e->policy_text, len, file, &e->policy, &err) < 0)
		spe_die("start", "%s", err.text);
	load_profiles(&e->conf);
	load_witnesses(e);
	find_disk(&e->conf);
}
