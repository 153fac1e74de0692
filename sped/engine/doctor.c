/* engine/doctor.c - what this host has and lacks, seen before the engine gives its sight up. */
#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/landlock.h>

#include "spe/cleanup.h"
#include "spe/mdwe.h"
#include "sped/engine/atrest.h"
#include "sped/engine/engine.h"

static json_t *seen;

static void say(const char *what, const char *verdict, const char *detail, const char *cost)
{
	json_array_append_new(seen, json_pack("{ssssssss}", "check", what, "verdict", verdict, "detail", detail, "cost", cost));
}

/* Version 2 lists in one file what sped's group may give to those of tasks, which may be less than the host has: a container's top
 * group holds processes, or is read-only. Version 1 has a hierarchy for each. */
static bool has_controller(bool v2, const char *name)
{
	auto_close int fd = v2 ? open("/sys/fs/cgroup/spe/cgroup.subtree_control", O_RDONLY | O_CLOEXEC) : -1;
	char text[512], path[64], *word;
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	snprintf(path, sizeof(path), "/sys/fs/cgroup/%s", name);
	if (!v2)
		return access(path, F_OK) == 0;
	text[n < 0 ? 0 : n] = '\0';
	for (word = strtok(text, " \n"); word; word = strtok(NULL, " \n"))
		if (strcmp(word, name) == 0)
			return true;
	return false;
}

static void look_cgroups(void)
{
	static const char *const needed[] = { "memory", "pids", "cpu" };
	char missing[48] = "", text[96];
	struct statfs fs;
	bool v2 = statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
	size_t i;

	for (i = 0; i < 3; i++)
		if (!has_controller(v2, needed[i]))
			snprintf(missing + strlen(missing), sizeof(missing) - strlen(missing), " %s", needed[i]);
	snprintf(text, sizeof(text), "version %d; missing:%s", v2 ? 2 : 1, missing);
	if (*missing)
		say("cgroups", "fail", text, "nothing can be limited, so every task is refused; see sped(8), Limits");
	else
		say("cgroups", v2 ? "ok" : "warn", v2 ? "version 2" : "version 1: memory, pids, cpu",
			v2 ? "" : "limits hold, but version 2 is what is maintained");
}

static void look_landlock(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	const char *off = getenv("SPE_NO_LANDLOCK"); /* as confine_landlock asks */
	char text[64];

	snprintf(text, sizeof(text), "ABI %ld", abi);
	if (off && strcmp(off, "1") == 0)
		say("landlock", "fail", "switched off by -L", "files are guarded by mounts and ids alone; start sped without -L where the kernel has it");
	else if (abi < 1)
		say("landlock", "fail", "the kernel has none", "sped starts only with -L; files are then guarded by mounts and ids alone");
	else
		say("landlock", abi >= 6 ? "ok" : "warn", text,
			abi >= 6 ? "" : abi >= 4 ? "no scoping of signals and abstract sockets (the namespaces do it)" :
						 "no TCP rules and no scoping (the namespaces do it)");
}

/* The first character of a file of the kernel; 0 where there is none. */
static char first_of(const char *path)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	char c = 0;

	return fd >= 0 && read(fd, &c, 1) == 1 ? c : '\0';
}

static void look_core(void)
{
	char c = first_of("/proc/sys/kernel/core_pattern");

	if (c)
		say("core dumps", "ok", c == '|' ? "piped to a helper; jobs have a limit of 1 byte, which the kernel never pipes" : "no pipe", "");
}

static bool has_swap(void)
{
	auto_close int fd = open("/proc/swaps", O_RDONLY | O_CLOEXEC);
	char text[4096];
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	const char *end;

	text[n < 0 ? 0 : n] = '\0';
	end = strchr(text, '\n');
	return end && end[1]; /* more than its head */
}

static void look_swap(void)
{
	bool limited = access("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", F_OK) == 0 ||
		access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0;

	if (!has_swap())
		say("swap", "ok", "none", "");
	else
		say("swap", limited ? "ok" : "warn", limited ? "jobs have none of it" : "not limited by cgroups",
			limited ? "" : "what jobs hold, /work and /outputs too, may be written to disk and stay there after them");
}

/* What is there or not, and what the lack costs. verdict: where it is not there. */
static void look_for(const char *what, bool there, const char *yes, const char *no, const char *verdict, const char *cost)
{
	say(what, there ? "ok" : verdict, there ? yes : no, there ? "" : cost);
}

/* Of any size: what vm.nr_hugepages says is of one. */
static bool has_huge_pages(void)
{
	static const char *const counts[] = { "nr_hugepages", "nr_overcommit_hugepages" };
	const struct dirent *entry;
	char path[400];
	bool found = false;
	DIR *d = opendir("/sys/kernel/mm/hugepages");
	int i;

	while (d && (entry = readdir(d)))
		for (i = 0; i < 2; i++) {
			snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/%s/%s", entry->d_name, counts[i]);
			found |= first_of(path) > '0';
		}
	if (d)
		closedir(d);
	return found;
}

/* Both that the kernel has it and that nobody forbade it, to root too. */
static void look_filters(void)
{
	bool forbidden = first_of("/proc/sys/kernel/yama/ptrace_scope") == '3';

	look_for("filters read back", !forbidden && access("/proc/sys/kernel/ns_last_pid", F_OK) == 0, "by spe-cli attest",
		forbidden ? "kernel.yama.ptrace_scope is 3" : "the kernel can't (CHECKPOINT_RESTORE)", "warn", "spe-cli attest says that a job has a filter, not which");
}

/* Defences that some kernels lack; those that all have since 5.15 need no line. */
static void look_defences(void)
{
	long core = prctl(PR_SCHED_CORE, PR_SCHED_CORE_GET, 0, PR_SCHED_CORE_SCOPE_THREAD, &(unsigned long){ 0 });
	bool threads = first_of("/sys/devices/system/cpu/smt/active") == '1', core_there = core == 0;

	look_for("user namespaces", first_of("/proc/sys/user/max_user_namespaces") > '0', "allowed", "user.max_user_namespaces is 0", "fail",
		"no task can begin; sysctl user.max_user_namespaces=16384");
	look_for("time namespaces", access("/proc/self/ns/time", F_OK) == 0, "there", "the kernel has none", "fail", "no task can begin");
	look_for("memory written or executed", prctl(PR_GET_MDWE, 0, 0, 0, 0) >= 0, "kept by the kernel (PR_SET_MDWE)",
		"kept by the filter (Linux before 6.3)", "warn", "some 0.1 microseconds for every mmap of a job, and files mapped to execute are not seen");
	look_filters();
	look_for("core scheduling", core_there || !threads, core_there ? "each job has its cores for itself" : "not needed: one thread a core",
		"the kernel has none (SCHED_CORE)", "warn", "jobs of two workspaces may share a core and its side channels; nosmt on the kernel's command line ends it");
	look_for("hyper-threads", !threads, "not active", "active", core_there ? "ok" : "warn", "two workspaces may share a core; see core scheduling");
	look_for("huge pages", !has_huge_pages(), "none are set aside", "there is a pool", "warn",
		"no limit of memory counts them, and a job can take them all; write 0 to nr_hugepages and nr_overcommit_hugepages in "
		"/sys/kernel/mm/hugepages/*");
	look_for("same-page merging", first_of("/sys/kernel/mm/ksm/run") != '1', "off", "on (KSM)", "warn",
		"a job can find out whether another holds the same page; echo 2 >/sys/kernel/mm/ksm/run ends it");
}

/* What jobs read of the disk is limited where sped.conf says so. */
static void look_io(void)
{
	bool v2 = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0;

	look_for("disk limits", v2 ? has_controller(true, "io") : has_controller(false, "blkio"), "there, for disk-read-mib of sped.conf",
		"no io controller", "warn", "disk-read-mib of sped.conf would refuse every job");
}

/* Holdings, workspaces and the vault lie beside the engine's directory. */
static void look_at_rest(void)
{
	static const struct {
		const char *verdict, *detail, *cost;
	} words[] = {
		[ATREST_PLAIN] = { "warn", "not encrypted", "who gets the disk gets holdings, staged data and keys; put sped's state on LUKS or under fscrypt" },
		[ATREST_DMCRYPT] = { "ok", "dm-crypt", "" },
		[ATREST_FSCRYPT] = { "ok", "fscrypt", "" },
		[ATREST_UNKNOWN] = { "warn", "the file system has no device of its own, so it can't be told", "see that what is beneath it is encrypted" },
	};
	enum atrest is = atrest_look(FD_STATE, "/sys/dev/block");

	say("encryption at rest", words[is].verdict, words[is].detail, words[is].cost);
}

void doctor_look(void)
{
	struct utsname u;

	seen = json_array();
	uname(&u);
	say("kernel", "ok", u.release, "");
	look_landlock();
	look_cgroups();
	look_io();
	look_core();
	look_swap();
	look_at_rest();
	look_defences();
}

static void add(json_t *items, const char *what, const char *verdict, const char *detail, const char *cost)
{
	json_array_append_new(items, json_pack("{ssssssss}", "check", what, "verdict", verdict, "detail", detail, "cost", cost));
}

/* What is not the host's but this moment's. */
static void add_stranded(const struct engine *e, json_t *items)
{
	const struct task *t;
	char id[SPE_ID_TEXT], text[80];

	for (t = e->tasks; t; t = t->next) {
		if (!t->stranded)
			continue;
		spe_id_text(id, t->ref);
		snprintf(text, sizeof(text), "job %s waits in a keeper of another version of sped", id);
		add(items, "keepers", "fail", text, "its outputs are captured once the sped that was here before is started again; then upgrade anew");
	}
}

static void add_disk(struct engine *e, json_t *items)
{
	const struct task *t;
	unsigned waiting = 0;
	struct statvfs v;
	char files[60] = "", text[180];

	if (fstatvfs(FD_STATE, &v) < 0)
		return;
	for (t = e->tasks; t; t = t->next)
		waiting += jobs_waits(t);
	if (v.f_files > 0)
		snprintf(files, sizeof(files), ", and %llu of %llu files", (unsigned long long)v.f_favail, (unsigned long long)v.f_files);
	snprintf(text, sizeof(text), "%llu of %llu MiB%s are free; outputs of %u jobs wait", (unsigned long long)v.f_bavail * v.f_frsize >> 20,
		(unsigned long long)v.f_blocks * v.f_frsize >> 20, files, waiting);
	if (waiting && !disk_is_full(e, false))
		add(items, "disk", "fail", text, "they are captured once what they wait for is there; the log says what that is");
	else if (disk_is_full(e, false))
		add(items, "disk", "fail", text, "no code, jobs and requests for exports are taken and no outputs are captured until there is room; see sped(8), When the disk is full");
	else if (disk_is_full(e, true))
		add(items, "disk", "warn", text, "no code, jobs and requests for exports are taken from researchers; see sped(8), When the disk is full");
	else
		add(items, "disk", "ok", text, "");
}

static void add_clock(json_t *items)
{
	struct timex t = { .modes = 0 };
	const int r = adjtimex(&t);
	const bool synced = r >= 0 && r != TIME_ERROR && !(t.status & STA_UNSYNC);

	add(items, "clock", synced ? "ok" : "warn", synced ? "synchronised" : "not synchronised", synced ? "" :
		"times in the journal are this host's alone, and no permit ends by a clock that jumped ahead; see sped(8), Security considerations");
}

/* A halt lasts until somebody thinks of it. */
static void add_halted(struct engine *e, json_t *items)
{
	const long long n = db_number(e, "SELECT count(*) FROM workspace WHERE halted AND state<>'ended'", "");
	const bool restored = db_number(e, "SELECT count(*) FROM workspace WHERE halted&? AND state<>'ended'", "i", (int64_t)HALT_RESTORED) > 0;
	char text[120];

	snprintf(text, sizeof(text), "%lld workspace%s halted%s", n, n == 1 ? " is" : "s are", restored ? ", since a backup was restored" : "");
	if (n > 0)
		add(items, "workspaces", "warn", text, restored ? "revoke and reject again what was since the backup, then spe-cli resume; see sped(8), Restoring" :
			"jobs are refused there until spe-cli resume; spe-cli workspace list has which");
}

/* Who can make keys count. */
static int add_registry(struct engine *e, struct call *c, json_t *items)
{
	auto_json json_t *g = NULL;
	long long operators, needed, old;
	char text[80];
	int r = gate_ask(e, GATE_REGISTRY, json_object(), &g, NULL, &c->err);

	if (r < 0)
		return r;
	operators = json_int(g, "operators");
	needed = json_int(g, "needed");
	old = (long long)json_array_size(json_object_get(g, "unsigned"));
	if (json_str(g, "problem")[0])
		add(items, "operators", "fail", json_str(g, "problem"), "the registry of keys stays as it was; see sped(8), Operators");
	snprintf(text, sizeof(text), "%lld operators, of whom %lld sign every change of keys", operators, needed);
	if (operators < needed)
		add(items, "registry", "fail", text, "no key of a checker or issuer can be registered or revoked; see sped(8), Operators");
	else
		add(items, "registry", needed < 2 ? "warn" : "ok", text, needed < 2 ?
			"root wrote needed 1: one operator alone can make up a checker" : "");
	snprintf(text, sizeof(text), "%lld from before the registry do not count", old);
	if (old > 0)
		add(items, "unsigned keys", "warn", text, "nobody signs with them until two operators have: spe-cli registry adopt");
	return 0;
}

/* By a last day that the permit has, or the law. */
static void add_overdue(struct engine *e, json_t *items)
{
	auto_json json_t *got = NULL;
	json_t *permit;
	char text[160];
	size_t i;

	if (gate_ask(e, GATE_OVERDUE, json_object(), &got, NULL, NULL) < 0)
		return;
	json_array_foreach(json_object_get(got, "items"), i, permit) {
		snprintf(text, sizeof(text), "those of permit %.100s were to be gone by its erased-by", json_string_value(permit));
		add(items, "data", "fail", text, "there is no proof of their deletion; the log says what keeps it");
	}
}

int doctor_show(struct engine *e, struct call *c, json_t **ret)
{
	json_t *items = json_copy(seen);
	int r = add_registry(e, c, items);

	if (r < 0) {
		json_decref(items);
		return r;
	}

	witnesses_doctor(e, items);
	add_stranded(e, items);
	add_disk(e, items);
	add_clock(items);
	add_halted(e, items);
	add_overdue(e, items);
	quotas_doctor(e, items);
	*ret = json_pack("{so}", "items", items);
	return 200;
}
