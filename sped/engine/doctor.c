/* engine/doctor.c - what this host has and lacks, seen before the engine gives its sight up. */
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/landlock.h>

#include "spe/cleanup.h"
#include "sped/engine/engine.h"

static json_t *seen;

static void say(const char *what, const char *verdict, const char *detail, const char *cost)
{
	json_array_append_new(seen, json_pack("{ssssssss}", "check", what, "verdict", verdict, "detail", detail, "cost", cost));
}

static void look_cgroups(void)
{
	static const char *const v1[] = { "/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/cpu" };
	struct statfs fs;
	int have = 0, i;

	if (statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC) {
		say("cgroups", "ok", "version 2", "");
		return;
	}
	for (i = 0; i < 3; i++)
		have += access(v1[i], F_OK) == 0;
	say("cgroups", have == 3 ? "warn" : "fail", have == 3 ? "version 1: memory, pids, cpu" : "memory, pids or cpu is missing",
		have == 3 ? "an idle job start pays for no attach here, but version 2 is what is maintained" : "every job is refused");
}

static void look_landlock(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	char text[64];

	snprintf(text, sizeof(text), "ABI %ld", abi);
	if (abi < 1)
		say("landlock", "fail", "the kernel has none", "sped starts only with -L; files are then guarded by mounts and ids alone");
	else
		say("landlock", abi >= 6 ? "ok" : "warn", text,
			abi >= 6 ? "" : abi >= 4 ? "no scoping of signals and abstract sockets (the namespaces do it)" :
						 "no TCP rules and no scoping (the namespaces do it)");
}

static void look_core(void)
{
	auto_close int fd = open("/proc/sys/kernel/core_pattern", O_RDONLY | O_CLOEXEC);
	char text[2] = "";

	if (fd >= 0 && read(fd, text, 1) == 1)
		say("core dumps", "ok", *text == '|' ? "piped to a helper; jobs have a limit of 1 byte, which the kernel never pipes" : "no pipe", "");
}

static void look_smt(void)
{
	auto_close int fd = open("/sys/devices/system/cpu/smt/active", O_RDONLY | O_CLOEXEC);
	char text[2] = "";

	if (fd >= 0 && read(fd, text, 1) == 1)
		say("hyper-threads", *text == '1' ? "warn" : "ok", *text == '1' ? "active" : "not active",
			*text == '1' ? "jobs of two workspaces may share a core and its side channels" : "");
}

void doctor_look(void)
{
	struct utsname u;

	seen = json_array();
	uname(&u);
	say("kernel", "ok", u.release, "");
	look_landlock();
	look_cgroups();
	look_core();
	look_smt();
}

int doctor_show(struct engine *e, struct call *c, json_t **ret)
{
	*ret = json_pack("{sO}", "items", seen);
	return 200;
}
