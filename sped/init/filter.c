/* init/filter.c - spe-filter: the jobs' seccomp programs, one for each profile, compiled once when sped starts. Reads
 * profiles/ in the directory of sped.conf (descriptor 4) and writes slots (spe/profile.h) to descriptor 3, which sped seals and
 * hands to every spe-init. Runs as _spe, no capabilities. A file that can't be taken ends it, with file, line and sentence.
 * Refused calls give EPERM; clone3, and what is newer than libseccomp, ENOSYS so that libraries fall back; a foreign
 * architecture kills.
 * Kept free of argument rules: read, write, mmap, futex, brk, madvise (the kernel then answers from its bitmap); but for mmap
 * where memory has to be kept by rules, since the kernel has no PR_SET_MDWE. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/log.h"
#include "spe/mdwe.h"
#include "spe/profile.h"
#include "spe/weak.h"
#include "sped/base/buf.h"
#include "sped/base/confine.h"

#define REFUSED (WEAK(marks) ? ENOANO : EPERM) /* a test can tell its answer from another defence's */
#define NEWEST_MAX 1023u /* of numbers of calls; x86-64 has some 470 */
#define FILTER_SECONDS 60 /* all of them are made in a hundredth of one */
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
enum { FD_SLOTS = 3, FD_ETC };

/* Memory that is written is never executed: the rules for a kernel that can't hold it by itself. */
static const struct {
	const char *call;
	unsigned arg;
	uint64_t mask, value;
} memory[] = {
	{ "mmap", 2, PROT_WRITE | PROT_EXEC, 0 },
	{ "mmap", 2, PROT_WRITE | PROT_EXEC, PROT_WRITE },
	{ "mmap", 2, PROT_WRITE | PROT_EXEC, PROT_EXEC },
	{ "mprotect", 2, PROT_EXEC, 0 },
	{ "pkey_mprotect", 2, PROT_EXEC, 0 },
	{ "shmat", 2, SHM_EXEC, 0 },
};

/* A program's own limits alone, and not the one of core dumps: at 1 the kernel gives its memory to no helper of the host's, at 0
 * it would (core(5)). Of numbers 0 to 15 those are in four parts. */
#define LOW32 0xffffffffull
#define UP_TO_3(arg) { arg, SCMP_CMP_MASKED_EQ, LOW32 & ~3ull, 0 }
#define IS_5(arg) { arg, SCMP_CMP_MASKED_EQ, LOW32, 5 }
#define IS_6_OR_7(arg) { arg, SCMP_CMP_MASKED_EQ, LOW32 & ~1ull, 6 }
#define IS_8_TO_15(arg) { arg, SCMP_CMP_MASKED_EQ, LOW32 & ~7ull, 8 }
#define ITS_OWN { 0, SCMP_CMP_MASKED_EQ, LOW32, 0 }
#define TO_READ { 2, SCMP_CMP_EQ, 0, 0 }
_Static_assert(RLIMIT_CORE == 4 && RLIM_NLIMITS == 16, "the parts");
static const struct {
	const char *call;
	unsigned args;
	struct scmp_arg_cmp arg[2];
} limits[] = {
	{ "setrlimit", 1, { UP_TO_3(0) } }, { "setrlimit", 1, { IS_5(0) } }, { "setrlimit", 1, { IS_6_OR_7(0) } },
	{ "setrlimit", 1, { IS_8_TO_15(0) } }, { "prlimit64", 2, { ITS_OWN, UP_TO_3(1) } }, { "prlimit64", 2, { ITS_OWN, IS_5(1) } },
	{ "prlimit64", 2, { ITS_OWN, IS_6_OR_7(1) } }, { "prlimit64", 2, { ITS_OWN, IS_8_TO_15(1) } },
	{ "prlimit64", 2, { ITS_OWN, TO_READ } },
};

/* Done at once and without the kernel: all that a job may write is memory, and of a file that it only reads each of these would
 * flush the disk on which the journal waits. */
static const char *const answered[] = { "fsync", "fdatasync" };

static bool is_named(const char *name, int call)
{
	return seccomp_syscall_resolve_name(name) == call;
}

static bool is_memory(int call)
{
	size_t i;

	for (i = 0; i < COUNT(memory) && !is_named(memory[i].call, call); i++)
		;
	return i < COUNT(memory);
}

static bool is_limits(int call)
{
	size_t i;

	for (i = 0; i < COUNT(limits) && !is_named(limits[i].call, call); i++)
		;
	return i < COUNT(limits);
}

static uint32_t action_of(int call)
{
	size_t i;

	for (i = 0; i < COUNT(answered) && !is_named(answered[i], call); i++)
		;
	return i < COUNT(answered) ? SCMP_ACT_ERRNO(0) : SCMP_ACT_ALLOW;
}

static int allow(scmp_filter_ctx ctx, int call, unsigned arg, uint64_t mask, uint64_t value)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 1, SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, mask, value));
}

static bool has_call(const struct profile *p, int call)
{
	size_t i;

	for (i = 0; i < p->calls && p->call[i] != call; i++)
		;
	return i < p->calls;
}

static int fill(scmp_filter_ctx ctx, const struct profile *p, bool by_rules)
{
	size_t i;
	int r = 0;

	for (i = 0; i < p->calls && r == 0; i++)
		if (!is_limits(p->call[i]) && !(by_rules && is_memory(p->call[i])))
			r = seccomp_rule_add(ctx, action_of(p->call[i]), p->call[i], 0);
	for (i = 0; i < COUNT(limits) && r == 0; i++) {
		int call = seccomp_syscall_resolve_name(limits[i].call);

		if (has_call(p, call))
			r = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, call, limits[i].args, limits[i].arg);
	}
	for (i = 0; i < p->values && r == 0; i++)
		r = allow(ctx, p->value[i].call, p->value[i].arg, p->value[i].mask, p->value[i].value);
	for (i = 0; by_rules && i < COUNT(memory) && r == 0; i++) {
		int call = seccomp_syscall_resolve_name(memory[i].call);

		if (has_call(p, call))
			r = allow(ctx, call, memory[i].arg, memory[i].mask, memory[i].value);
	}
	if (r == 0) /* flags are behind a pointer: libraries fall back to clone */
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), seccomp_syscall_resolve_name("clone3"), 0);
	return r;
}

/* Before all else: a number behind the last that libseccomp has a name for is no call of this kernel's as far as a job can
 * tell. Foreign architectures and x32 go on to where they are killed. */
static int write_head(void)
{
	const uint32_t none = SECCOMP_RET_ERRNO | ENOSYS, x32 = 0x40000000;
	uint32_t last = NEWEST_MAX;
	char *name = NULL;

	while (last > 0 && !(name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, (int)last)))
		last--;
	free(name);
	const struct sock_filter head[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, x32, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, none),
	};

	return last == 0 ? -ENOSYS : write(FD_SLOTS, head, sizeof(head)) == (ssize_t)sizeof(head) ? 0 : -EIO;
}

static int compile(const struct profile *p, bool by_rules, off_t to)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(REFUSED));
	int r = ctx ? 0 : -ENOMEM;

	if (r == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (r == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r == 0)
		r = fill(ctx, p, by_rules);
	if (r == 0)
		r = lseek(FD_SLOTS, to, SEEK_SET) < 0 ? -errno : write_head();
	if (r == 0)
		r = seccomp_export_bpf(ctx, FD_SLOTS);
	seccomp_release(ctx);
	return r;
}

static void write_slot(const struct profile *p, unsigned i, bool has_mdwe)
{
	const off_t at = (off_t)i * PROFILE_SLOT;
	struct profile_slot s = { .paths = (uint32_t)p->paths };
	bool by_rules = !p->write_execute && !has_mdwe;
	int r = compile(p, by_rules, at + PROFILE_HEAD);
	off_t bytes = lseek(FD_SLOTS, 0, SEEK_CUR) - at - PROFILE_HEAD;

	if (r == 0 && (bytes <= 0 || bytes > PROFILE_FILTER_MAX))
		r = -E2BIG;
	memcpy(s.name, p->name, sizeof(s.name));
	memcpy(s.path, p->path, sizeof(s.path));
	s.filter_bytes = (uint32_t)bytes;
	s.memory = p->write_execute ? PROFILE_MEMORY_FREE : by_rules ? PROFILE_MEMORY_FILTER : PROFILE_MEMORY_KERNEL;
	if (r == 0 && pwrite(FD_SLOTS, &s, sizeof(s), at) != (ssize_t)sizeof(s))
		r = -errno;
	if (r < 0)
		spe_die("filter", "profile %s can't be compiled: %s", p->name, strerror(-r));
}

static void read_profile(int dir, const char *file, struct profile *ret)
{
	auto_close int fd = io_openat(dir, file, O_RDONLY, 0);
	auto_free char *text = NULL;
	struct spe_error e;
	size_t len;
	int r = fd < 0 ? fd : io_read_all(fd, PROFILE_TEXT_MAX, &text, &len);

	if (r < 0)
		spe_die("filter", "profiles/%s: %s", file, strerror(-r));
	if (profile_parse(text ? text : "", len, file, ret, &e) < 0)
		spe_die("filter", "profiles/%s", e.text);
	if (strncmp(file, ret->name, strlen(ret->name)) != 0 || strcmp(file + strlen(ret->name), ".profile") != 0)
		spe_die("filter", "profiles/%s: name is %s; a profile is in the file of its name", file, ret->name);
}

static int is_profile(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 8 && n < PROFILE_NAME_ROOM + 8 && strcmp(d->d_name + n - 8, ".profile") == 0;
}

static void make_all(int dir, bool has_mdwe)
{
	struct profile *p = malloc(sizeof(*p));
	DIR *d = fdopendir(dir);
	const struct dirent *entry;
	unsigned n = 0;

	if (!p || !d)
		spe_die("filter", "can't list the profiles: %s", strerror(errno));
	while ((entry = readdir(d))) {
		if (!is_profile(entry))
			continue;
		if (n == PROFILE_FILES_MAX)
			spe_die("filter", "profiles: at most %d are taken", PROFILE_FILES_MAX);
		read_profile(dir, entry->d_name, p);
		write_slot(p, n++, has_mdwe);
	}
	if (n == 0)
		spe_die("filter", "profiles: there is none, so no job could begin");
	closedir(d);
	free(p);
}

int main(void)
{
	int dir = openat(FD_ETC, "profiles", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool has_mdwe = prctl(PR_GET_MDWE, 0, 0, 0, 0) >= 0;
	const struct confine_path paths[] = { { .dir = dir }, { .dir = -1 } };
	static const char *const calls[] = { "openat2", "getdents64", "alarm", "setitimer", NULL };
	const struct confine c = { .paths = paths, .calls = calls };
	struct spe_error e;

	spe_log_name("spe-filter");
	if (dir < 0)
		spe_die("filter", "profiles in the configuration directory: %s", strerror(errno));
	if (confine_enter(&c, &e) < 0)
		spe_die("confine", "%s", e.text);
	alarm(FILTER_SECONDS); /* without memory libseccomp 2.5 may go round for ever, and sped waits for us: then it is begun again */
	make_all(dir, has_mdwe);
	return 0;
}
