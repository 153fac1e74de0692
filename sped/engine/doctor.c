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

/* Version 2 lists what it can limit in one file; version 1 has a hierarchy for each. */
static bool has_controller(bool v2, const char *name)
{
	auto_close int fd = v2 ? open("/sys/fs/cgroup/cgroup.controllers", O_RDONLY | O_CLOEXEC) : -1;
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
