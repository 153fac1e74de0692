/* policy/profile.c - spe-profile(5) read by libconfuse, strictly: words that are known, each once, no option twice and none
 * missing. What no profile may loosen is here and not in any file: calls that are never allowed, arguments that are always
 * looked at, and the most that may be done beneath each path of a box. */
#include <asm/ioctls.h>
#include <confuse.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/prctl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "spe/policy.h"
#include "spe/profile.h"
#include "sped/base/hex.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define LOW32 0xffffffffu /* the kernel reads 32 bits of these: a 64-bit compare can be fooled (CVE-2019-10063) */
#define NEWTIME 0x80u     /* in clone's flags part of the signal's number; here so that no new kernel surprises */
#define NAMESPACES (CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

/* libconfuse's callbacks have no pointer of ours. */
static struct {
	struct spe_error *error;
	const char *name;
	bool failed;
	unsigned given; /* bit per option */
	unsigned items; /* of the list that is being read */
	struct profile *p;
} reading;

/* --- floors --------------------------------------------------------------------------------- */

/* Never allowed, by any profile: what reaches other processes, the kernel's own state, mounts, namespaces, keys and devices;
 * what watches or locks files that other workspaces see too; and large parts of the kernel that no analysis needs. */
static const char *const never[] = { "_sysctl", "acct", "add_key", "adjtimex", "afs_syscall", "bpf", "cachestat", "chroot",
	"clock_adjtime", "clock_settime", "create_module", "delete_module", "fanotify_init", "fanotify_mark", "finit_module",
	"flock", "fsconfig", "fsmount", "fsopen", "fspick", "get_kernel_syms", "init_module", "inotify_add_watch",
	"inotify_init", "inotify_init1", "inotify_rm_watch", "io_cancel", "io_destroy", "io_getevents", "io_pgetevents",
	"io_setup", "io_submit", "io_uring_enter", "io_uring_register", "io_uring_setup", "ioperm", "iopl", "ioprio_set", "kcmp",
	"kexec_file_load", "kexec_load", "keyctl", "lookup_dcookie", "mbind", "memfd_secret", "migrate_pages", "mknod",
	"mknodat", "modify_ldt", "mount", "mount_setattr", "move_mount", "move_pages", "mq_open", "msgget", "name_to_handle_at",
	"nfsservctl", "open_by_handle_at", "open_tree", "perf_event_open", "pidfd_getfd", "pidfd_open", "pivot_root", "process_madvise",
	"process_mrelease", "process_vm_readv", "process_vm_writev", "ptrace", "query_module", "quotactl", "quotactl_fd",
	"reboot", "remap_file_pages", "request_key", "sched_setattr", "sched_setscheduler", "seccomp", "set_mempolicy",
	"set_mempolicy_home_node", "setdomainname", "setfsgid", "setfsuid", "setgid", "setgroups", "sethostname", "setns",
	"setregid", "setresgid", "setresuid", "setreuid", "settimeofday", "setuid", "swapoff", "swapon", "sync", "syncfs",
	"sysfs", "syslog", "umount2", "unshare", "uselib", "userfaultfd", "ustat", "vhangup", "vmsplice" };

/* Looked at in every profile, so never among its plain calls. */
static const struct floor {
	const char *call;
	unsigned arg;
	uint64_t mask, value;
} floors[] = {
	{ "clone", 0, NAMESPACES, 0 },          /* no new namespace of any kind */
	{ "preadv2", 5, RWF_NOWAIT, 0 },        /* would say which pages of shared files others have read */
	{ "pwritev2", 5, RWF_NOWAIT, 0 },
};
_Static_assert((NAMESPACES & NEWTIME) == 0 && sizeof(NAMESPACES) == 4, "flags of clone");

/* Words of the lists that narrow one argument: a value that is not here can't be allowed at all. */
static const struct word {
	const char *list, *name;
	uint64_t value;
} words[] = {
	{ "sockets", "unix", AF_UNIX }, /* within the job only: the network namespace is empty besides */
	{ "ioctl", "TCGETS", TCGETS }, /* what programs ask of descriptors that are no terminals: no TIOCSTI, no TIOCLINUX */
	{ "ioctl", "TIOCGWINSZ", TIOCGWINSZ },
	{ "ioctl", "TIOCGPGRP", TIOCGPGRP },
	{ "ioctl", "FIONREAD", FIONREAD },
	{ "ioctl", "FIONBIO", FIONBIO },
	{ "ioctl", "FIOCLEX", FIOCLEX },
	{ "ioctl", "FIONCLEX", FIONCLEX },
	{ "prctl", "PR_SET_NAME", PR_SET_NAME },
	{ "prctl", "PR_GET_NAME", PR_GET_NAME },
	{ "prctl", "PR_SET_PDEATHSIG", PR_SET_PDEATHSIG },
	{ "prctl", "PR_GET_DUMPABLE", PR_GET_DUMPABLE },
	{ "prctl", "PR_CAPBSET_READ", PR_CAPBSET_READ },
	{ "prctl", "PR_SET_NO_NEW_PRIVS", PR_SET_NO_NEW_PRIVS },
	{ "prctl", "PR_SET_VMA", PR_SET_VMA },
	{ "personality", "PER_LINUX", 0 },
	{ "personality", "query", LOW32 },
	{ "fcntl", "F_DUPFD", F_DUPFD }, /* no F_NOTIFY, no F_SETLEASE: they watch what others do with shared files */
	{ "fcntl", "F_DUPFD_CLOEXEC", F_DUPFD_CLOEXEC },
	{ "fcntl", "F_GETFD", F_GETFD },
	{ "fcntl", "F_SETFD", F_SETFD },
	{ "fcntl", "F_GETFL", F_GETFL },
	{ "fcntl", "F_SETFL", F_SETFL },
	{ "fcntl", "F_GETLK", F_GETLK },
	{ "fcntl", "F_SETLK", F_SETLK },
	{ "fcntl", "F_SETLKW", F_SETLKW },
	{ "fcntl", "F_OFD_GETLK", F_OFD_GETLK },
	{ "fcntl", "F_OFD_SETLK", F_OFD_SETLK },
	{ "fcntl", "F_OFD_SETLKW", F_OFD_SETLKW },
	{ "fcntl", "F_GETOWN", F_GETOWN },
	{ "fcntl", "F_SETPIPE_SZ", F_SETPIPE_SZ },
	{ "fcntl", "F_GETPIPE_SZ", F_GETPIPE_SZ },
	{ "fcntl", "F_ADD_SEALS", F_ADD_SEALS },
	{ "fcntl", "F_GET_SEALS", F_GET_SEALS },
};
static const struct {
	const char *list, *call;
	unsigned arg;
} narrowed[] = { { "sockets", "socket", 0 }, { "sockets", "socketpair", 0 }, { "ioctl", "ioctl", 1 }, { "prctl", "prctl", 0 },
	{ "personality", "personality", 0 }, { "fcntl", "fcntl", 1 } };

/* The paths of a box and the most that may be done beneath each. with: comes along with another path. */
#define R PROFILE_READ
#define W PROFILE_WRITE
#define X PROFILE_EXECUTE
static const struct place {
	const char *path;
	unsigned most;
	const char *with;
} places[] = { { "/usr", R | X, NULL }, { "/bin", R | X, "/usr" }, { "/sbin", R | X, "/usr" }, { "/lib", R | X, "/usr" },
	{ "/lib32", R | X, "/usr" }, { "/lib64", R | X, "/usr" }, { "/libx32", R | X, "/usr" }, { "/etc", R, NULL },
	{ "/var", R, NULL }, { "/proc", R, NULL }, { "/data", R, NULL }, { "/code", R | X, NULL }, { "/work", R | W | X, NULL },
	{ "/outputs", R | W, NULL }, { "/tmp", R | W | X, NULL }, { "/dev", R, NULL }, { "/dev/shm", R | W, NULL },
	{ "/dev/null", R | W, NULL }, { "/dev/zero", R | W, NULL }, { "/dev/full", R | W, NULL }, { "/dev/urandom", R | W, NULL },
	{ "/dev/random", R | W, NULL } };
_Static_assert(COUNT(places) + 1 <= PROFILE_PATHS_MAX, "and the root");

/* --- reading -------------------------------------------------------------------------------- */

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

static const char *find(const char *const *list, size_t count, const char *word)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(list[i], word) == 0)
			return list[i];
	return NULL;
}

static bool is_narrowed(const char *call)
{
	size_t i;

	for (i = 0; i < COUNT(floors); i++)
		if (strcmp(floors[i].call, call) == 0)
			return true;
	for (i = 0; i < COUNT(narrowed); i++)
		if (strcmp(narrowed[i].call, call) == 0)
			return true;
	return strcmp(call, "clone3") == 0;
}

static int take_call(cfg_t *cfg, const char *list, const char *word)
{
	int nr = seccomp_syscall_resolve_name(word);

	if (find(never, COUNT(never), word))
		return refuse(cfg->line, "%s: %.40s is never allowed; see spe-profile(5), FLOORS", list, word);
	if (is_narrowed(word))
		return refuse(cfg->line, "%s: %.40s is allowed by its arguments alone; see spe-profile(5), FLOORS", list, word);
	if (nr < 0)
		return refuse(cfg->line, "%s: there is no system call %.40s", list, word);
	if (reading.p->calls == PROFILE_CALLS_MAX)
		return refuse(cfg->line, "%s takes at most %d", list, PROFILE_CALLS_MAX);
	reading.p->call[reading.p->calls++] = nr;
	return 0;
}

static void add_value(const char *call, unsigned arg, uint64_t mask, uint64_t value)
{
	if (reading.p->values < PROFILE_VALUES_MAX)
		reading.p->value[reading.p->values++] =
			(struct profile_value){ seccomp_syscall_resolve_name(call), arg, mask, value };
}

static int take_word(cfg_t *cfg, const char *list, const char *name)
{
	const struct word *w;
	size_t i;

	for (w = words; w < words + COUNT(words) && (strcmp(w->list, list) != 0 || strcmp(w->name, name) != 0); w++)
		;
	if (w == words + COUNT(words))
		return refuse(cfg->line, "%s: %.40s can't be allowed; spe-profile(5) has the words", list, name);
	for (i = 0; i < COUNT(narrowed); i++)
		if (strcmp(narrowed[i].list, list) == 0)
			add_value(narrowed[i].call, narrowed[i].arg, LOW32, w->value);
	return 0;
}

static unsigned right_of(const char *list)
{
	return strcmp(list, "read") == 0 ? R : strcmp(list, "write") == 0 ? W : X;
}

static struct profile_path *path_of(const char *path)
{
	struct profile *p = reading.p;
	size_t i;

	for (i = 0; i < p->paths && strcmp(p->path[i].path, path) != 0; i++)
		;
	if (i == p->paths)
		snprintf(p->path[p->paths++].path, PROFILE_PATH_ROOM, "%s", path);
	return &p->path[i];
}

static int take_path(cfg_t *cfg, const char *list, const char *path)
{
	unsigned right = right_of(list);
	size_t i, found = 0;

	for (i = 0; i < COUNT(places); i++) {
		if (strcmp(places[i].with ? places[i].with : places[i].path, path) != 0)
			continue;
		if (!(places[i].most & right))
			return refuse(cfg->line, "%s: nothing may %s %.40s", list, list, path);
		path_of(places[i].path)->rights |= right;
		found++;
	}
	return found ? 0 : refuse(cfg->line, "%s: a box has no %.40s of its own; spe-profile(5) has the paths", list, path);
}

static const struct option {
	const char *name;
	int (*take)(cfg_t *cfg, const char *list, const char *word); /* of lists */
	bool may_lack;
} options[] = {
	{ "name", NULL, false },
	{ "write-execute", NULL, false },
	{ "calls", take_call, false },
	{ "ioctl", take_word, true },
	{ "prctl", take_word, true },
	{ "personality", take_word, true },
	{ "sockets", take_word, true },
	{ "fcntl", take_word, true },
	{ "read", take_path, false },
	{ "write", take_path, false },
	{ "execute", take_path, false },
};

static const struct option *option_of(const char *name)
{
	const struct option *o = options;

	while (strcmp(o->name, name) != 0)
		o++;
	return o;
}

static int note(cfg_t *cfg, const char *name)
{
	unsigned bit = 1u << (option_of(name) - options);

	if (reading.given & bit)
		return refuse(cfg->line, "%s is given twice", name);
	reading.given |= bit;
	return 0;
}

static int validate_name(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *name = cfg_opt_getnstr(opt, 0);
	size_t n = name ? strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") : 0;

	if (n == 0 || n >= PROFILE_NAME_ROOM || name[n] != '\0')
		return refuse(cfg->line, "name must have 1 to %d of a-z, 0-9 and '-'", PROFILE_NAME_ROOM - 1);
	snprintf(reading.p->name, PROFILE_NAME_ROOM, "%s", name);
	return note(cfg, opt->name);
}

static int parse_flag(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *ret)
{
	bool yes = strcmp(value, "true") == 0;

	if (!yes && strcmp(value, "false") != 0)
		return refuse(cfg->line, "%s must be true or false", opt->name);
	*(long *)ret = yes;
	reading.p->write_execute = yes;
	return note(cfg, opt->name);
}

/* Called as each value comes in and once more at the closing brace, which only the unchanged length tells. */
static int validate_list(cfg_t *cfg, cfg_opt_t *opt)
{
	unsigned count = cfg_opt_size(opt), before = reading.items, i;
	const char *word = count > 0 ? cfg_opt_getnstr(opt, count - 1) : NULL;
	bool is_end = count == before;

	reading.items = is_end ? 0 : count;
	if (before == 0 && note(cfg, opt->name) < 0)
		return -1;
	if (is_end)
		return 0;
	for (i = 0; word && i + 1 < count; i++)
		if (strcmp(cfg_opt_getnstr(opt, i), word) == 0)
			return refuse(cfg->line, "%s has %.40s twice", opt->name, word);
	return word ? option_of(opt->name)->take(cfg, opt->name, word) : refuse(cfg->line, "%s: a word is wanted", opt->name);
}

static int line_of(const char *text, size_t n)
{
	int line = 1;

	for (; n > 0; n--)
		line += text[n - 1] == '\n';
	return line;
}

static int check_text(const char *text, size_t len)
{
	size_t i;

	if (len > PROFILE_TEXT_MAX)
		return refuse(1, "a profile has at most %u bytes", PROFILE_TEXT_MAX);
	for (i = 0; i < len; i++) {
		if (text[i] == '\0' || ((unsigned char)text[i] < 0x20 && !strchr("\t\r\n", text[i])))
			return refuse(line_of(text, i), "a control character is not text");
		if (text[i] == '$' && i + 1 < len && text[i + 1] == '{')
			return refuse(line_of(text, i), "\"${\" is not taken: a profile reads no environment");
	}
	return 0;
}

/* --- what holds whatever the text says --------------------------------------------------------- */

static int add_floors(int last_line)
{
	struct profile *p = reading.p;
	size_t i;

	for (i = 0; i < COUNT(options); i++)
		if (!options[i].may_lack && !(reading.given & 1u << i))
			return refuse(last_line, "%s is missing", options[i].name);
	for (i = 0; i < p->paths; i++) {
		if (!(p->path[i].rights & R))
			return refuse(last_line, "%s may be written or executed but not read", p->path[i].path);
		if ((p->path[i].rights & W) && strncmp(p->path[i].path, "/dev/", 5) == 0 && strcmp(p->path[i].path, "/dev/shm") != 0)
			p->path[i].rights |= PROFILE_DEVICE;
	}
	for (i = 0; i < COUNT(floors); i++)
		add_value(floors[i].call, floors[i].arg, floors[i].mask, floors[i].value);
	for (i = 0; i < COUNT(places); i++)
		path_of(places[i].path); /* what is not named has no right, and that is known */
	path_of("/")->rights = PROFILE_LIST;
	return 0;
}

static int parse(const char *text, int last_line)
{
	cfg_opt_t opts[COUNT(options) + 1] = { 0 };
	cfg_t *cfg;
	size_t i;

	opts[0] = (cfg_opt_t)CFG_STR("name", NULL, CFGF_NODEFAULT);
	opts[1] = (cfg_opt_t)CFG_INT_CB("write-execute", 0, CFGF_NODEFAULT, parse_flag);
	for (i = 2; i < COUNT(options); i++)
		opts[i] = (cfg_opt_t)CFG_STR_LIST(options[i].name, NULL, CFGF_NODEFAULT);
	opts[i] = (cfg_opt_t)CFG_END();
	cfg = cfg_init(opts, CFGF_NONE);
	if (!cfg)
		return -SPE_E_INTERNAL;
	cfg_set_error_function(cfg, on_error);
	cfg_set_validate_func(cfg, "name", validate_name);
	for (i = 2; i < COUNT(options); i++)
		cfg_set_validate_func(cfg, options[i].name, validate_list);
	if (cfg_parse_buf(cfg, text) != CFG_SUCCESS)
		refuse(cfg->line, "this can't be read");
	if (!reading.failed)
		add_floors(last_line);
	cfg_free(cfg);
	return reading.failed ? -SPE_E_INPUT : 0;
}

int profile_parse(const char *text, size_t len, const char *name, struct profile *ret, struct spe_error *e)
{
	struct profile *p = calloc(1, sizeof(*p));
	char *copy = malloc(len + 1);
	const char *other;
	int r = p && copy && sha256_text(text, len, p->digest) == 0 ? 0 : -SPE_E_INTERNAL;

	reading.error = e;
	reading.name = name;
	reading.failed = false;
	reading.given = reading.items = 0;
	reading.p = p;
	if (r == 0 && check_text(text, len) < 0)
		r = -SPE_E_INPUT;
	if (r == 0) {
		memcpy(copy, text, len);
		copy[len] = '\0';
		other = policy_blank_comments(copy);
		if (other)
			refuse(line_of(copy, (size_t)(other - copy)), POLICY_OTHER_COMMENT);
		r = other ? -SPE_E_INPUT : parse(copy, line_of(text, len));
	}
	if (r == 0)
		*ret = *p;
	free(copy);
	free(p);
	return r == -SPE_E_INTERNAL ? spe_fail(e, SPE_E_INTERNAL, "no memory for the profile") : r;
}
