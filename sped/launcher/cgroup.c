/* launcher/cgroup.c - limits, by descriptors opened once. Source: kernel documentation, admin-guide/cgroup-v2, cgroup-v1. */
#include "sped/launcher/launcher.h"

#define CGROUP_ROOT "/sys/fs/cgroup"
#define FORGOTTEN (2u << 20) /* zygote and box have less */
enum value { MEM, ZERO, PIDS, CPU, MOST, DISK, PERIOD };
static const struct knob {
	int version, base;
	const char *file;
	enum value value;
	bool may_lack; /* no swap accounting: no swap to limit */
} knobs[] = {
	{ 2, 0, "memory.max", MEM, false }, { 2, 0, "memory.swap.max", ZERO, true },
	{ 2, 0, "pids.max", PIDS, false }, { 2, 0, "cpu.max", CPU, false },
	{ 1, 0, "memory.memsw.limit_in_bytes", MOST, true }, /* a capture may have more than its job had */
	{ 1, 0, "memory.limit_in_bytes", MEM, false }, { 1, 0, "memory.memsw.limit_in_bytes", MEM, true },
	{ 1, 1, "pids.max", PIDS, false }, { 1, 2, "cpu.cfs_quota_us", CPU, false },
	{ 2, 0, "io.max", DISK, false }, { 1, 3, "blkio.throttle.read_bps_device", DISK, false }, /* all that jobs write is in memory */
	{ 1, 2, "cpu.cfs_period_us", PERIOD, false }, /* a slow host's kernel had lengthened it, and the last job's quota */
};

int cgroup_put(int dir, const char *file, const char *text)
{
	auto_close int fd = openat(dir, file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : ERR(write(fd, text, strlen(text)));
}

static int put_number(int dir, const char *file, const char *before, uint64_t n)
{
	char text[64];

	snprintf(text, sizeof(text), "%s%llu", before, (unsigned long long)n);
	return cgroup_put(dir, file, text);
}

/* The number after key in a file of "key number" lines; with key "" the file's only number. */
static uint64_t number(int dir, const char *file, const char *key)
{
	auto_close int fd = openat(dir, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char text[4096];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	const char *at;

	text[n < 0 ? 0 : n] = '\0';
	at = strstr(text, key);
	return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

/* Groups beneath the root, not in our unit's own: the service manager could not start sped again
 * in a group that has children with controllers while keepers hold tasks. */
int cgroup_open(struct cgroups *ret)
{
	static const char *const v1[BASES] = { CGROUP_ROOT "/memory", CGROUP_ROOT "/pids", CGROUP_ROOT "/cpu", CGROUP_ROOT "/blkio",
		CGROUP_ROOT "/unified" };
	static const char control[] = "cgroup.subtree_control";
	struct cgroups c = { .version = 1, .base = { -1, -1, -1, -1, -1 }, .own = { -1, -1, -1, -1, -1 } };
	struct statfs fs;
	int r;

	*ret = c;
	if (statfs(CGROUP_ROOT, &fs) < 0)
		return -errno;
	ret->version = c.version = fs.f_type == CGROUP2_SUPER_MAGIC ? 2 : 1;
	for (; c.count < (c.version == 2 ? 1 : BASES); c.count++) {
		auto_close int top = open(c.version == 2 ? CGROUP_ROOT : v1[c.count], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if ((top < 0 || (c.base[c.count] = place_dir(top, "spe", 0755)) < 0) && (c.count < 3 || SCARCE(errno)))
			return -errno;
		if (c.version == 2) { /* at the top the manager has done so as a rule */
			cgroup_put(top, control, "+memory +pids +cpu");
			if (cgroup_put(top, control, "+io") == 0)
				cgroup_put(c.base[0], control, "+io");
			if ((r = cgroup_put(c.base[0], control, "+memory +pids +cpu")) < 0)
				return r;
		}
	}
	*ret = c;
	return 0;
}

int cgroup_enter(struct cgroups *c, uint32_t seq)
{
	char name[16];
	int i, r = c->count ? 0 : -ENOTSUP;

	snprintf(name, sizeof(name), "k%u", seq);
	for (i = 0; i < c->count && r == 0; i++)
		if (c->base[i] >= 0 && c->own[i] < 0)
			r = ERR(c->own[i] = place_dir(c->base[i], name, 0755));
	return r;
}

int cgroup_attach(const struct cgroups *c, pid_t pid)
{
	int i, r = c->count ? 0 : -ENOTSUP;

	for (i = 0; i < c->count && r == 0; i++)
		r = c->base[i] < 0 ? 0 : put_number(c->own[i], "cgroup.procs", "", (uint64_t)pid);
	return r;
}

int cgroup_limit(const struct cgroups *c, const struct msg_start *s)
{
	const uint64_t values[] = { [MEM] = s->mem_bytes, [ZERO] = 0, [MOST] = INT64_MAX, [PIDS] = s->pids + 2, /* spe-init and the spare zygote come on top */
		[CPU] = (uint64_t)s->cpu_milli * 100 /* microseconds in each 100 ms */, [PERIOD] = 100000, [DISK] = s->disk_bps };
	const struct knob *k;
	char disk[40];
	int r = c->count ? 0 : -ENOTSUP;

	snprintf(disk, sizeof(disk), "%u:%u %s", s->disk[0], s->disk[1], c->version == 2 ? "rbps=" : "");
	for (k = knobs; k < knobs + COUNT(knobs) && r == 0; k++) {
		if (k->version == c->version && (k->value != DISK || s->disk[0] || s->disk[1]))
			r = c->own[k->base] < 0 ? -ENOTSUP : DEFENCE(cgroup, put_number(c->own[k->base], k->file, k->value == DISK ? disk : "", values[k->value]));
		if (r == -ENOENT && k->may_lack)
			r = 0;
	}
	return r;
}

int cgroup_kill(const struct cgroups *c)
{
	return cgroup_put(c->own[c->version == 2 ? 0 : 4], "cgroup.kill", "1");
}

int cgroup_look(const struct cgroups *c, uint32_t i)
{
	return i >= COUNT(knobs) || knobs[i].version != c->version ? -1 :
		openat(c->own[knobs[i].base], knobs[i].file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

void cgroup_read(const struct cgroups *c, uint32_t *limits, uint64_t *peak)
{
	const bool v2 = c->version == 2;
	const int mem = c->own[0], pids = c->own[v2 ? 0 : 1];

	if (number(mem, v2 ? "memory.events" : "memory.oom_control", "oom_kill ") > 0)
		*limits |= LIMIT_MEMORY;
	if (number(pids, "pids.events", "max ") > 0)
		*limits |= LIMIT_PIDS;
	*peak = number(mem, v2 ? "memory.peak" : "memory.max_usage_in_bytes", "");
}

int cgroup_forget(const struct cgroups *c)
{
	static const char usage[] = "memory.usage_in_bytes";
	const int mem = c->own[0], pids = c->own[1];

	if (c->version == 2 /* a peak stays there */ || mem < 0 || pids < 0 || number(mem, "memory.oom_control", "oom_kill ") > 0 || number(pids, "pids.events", "max ") > 0)
		return -EBUSY;
	if (number(mem, usage, "") > FORGOTTEN) /* what it read of files, for the most part */
		cgroup_put(mem, "memory.force_empty", "0");
	if (number(mem, usage, "") > FORGOTTEN || number(pids, "pids.current", "") > 2)
		return -EBUSY;
	return cgroup_put(mem, "memory.max_usage_in_bytes", "0");
}

void cgroup_remove(const struct cgroups *c, uint32_t seq)
{
	char name[16];
	int i, tries;

	snprintf(name, sizeof(name), "k%u", seq);
	for (i = 0; i < c->count; i++) /* EBUSY while the last exit is being accounted */
		for (tries = 0; tries < 50 && unlinkat(c->base[i], name, AT_REMOVEDIR) < 0 && errno == EBUSY; tries++)
			usleep(2000);
}
