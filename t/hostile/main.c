/* hostile/main.c - makes the attempts of the catalogue one by one, each in a process of its own, and says how each ended. */
#include "t/hostile/hostile.h"

#include <linux/magic.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "spe/ids.h"

#define PATIENCE_MS 20000 /* for one attempt: the machine may be busy */

static const char *const switches[] = {
#define X(name) #name,
	SWITCHES(X)
#undef X
};
static uint32_t off; /* bits of what is left out */
struct told told = { .mem = 128u << 20, .pids = 60 }; /* t/hostile/world.sh asks for these */
char zero[4096];

bool is_off(enum off which)
{
	return which < SWITCH_COUNT && (off & 1u << which);
}

static uint32_t parse_off(const char *words)
{
	uint32_t set = 0;
	size_t i;

	for (; *words; words += strcspn(words, ","), words += *words == ',')
		for (i = 0; i < SWITCH_COUNT; i++)
			if (strncmp(words, switches[i], strcspn(words, ",")) == 0 && strcspn(words, ",") == strlen(switches[i]))
				set |= 1u << i;
	return set;
}

/* Nothing is tried but in a job: a host has /root, boxes have none, whatever is left out. */
static void guard(void)
{
	static const char *const of_hosts[] = { "/root", "/home", "/boot", "/lost+found", "/var/lib/dpkg" };
	unsigned inside = 0, outside = 0, n = 0;
	FILE *map = fopen("/proc/self/uid_map", "re");
	struct statfs outputs;
	bool good = map && fscanf(map, "%u %u %u", &inside, &outside, &n) == 3;
	size_t i;

	if (map)
		fclose(map);
	for (i = 0; i < COUNT(of_hosts); i++)
		good &= access(of_hosts[i], F_OK) < 0;
	/* of one user, who is the workspace's, in a user namespace or (left out) without */
	good &= n == 1 ? outside >= SPE_UID_WORKSPACE && getuid() == inside : getuid() >= SPE_UID_WORKSPACE;
	good &= access("/data", F_OK) == 0 && statfs("/outputs", &outputs) == 0 && outputs.f_type == TMPFS_MAGIC;
	good &= getppid() == 1 || is_off(S_pidns); /* the first process here is spe-init, and this is its command */
	if (good)
		return;
	fprintf(stderr, "hostile: this is no job; nothing is tried\n");
	exit(2);
}

static const char *defence_name(const struct defence *d)
{
	return d->off == LAST ? d->name : switches[d->off];
}

static const char *answer_name(int a)
{
	static char text[32];

	if (a >= SIG(0))
		snprintf(text, sizeof(text), "SIG%s", sigabbrev_np(a - SIG(0)));
	return a == 0 ? "reached" : a == NO_EFFECT ? "no effect" : a >= SIG(0) ? text : strerrorname_np(a) ? strerrorname_np(a) : "?";
}

/* Which defence has to answer with this set left out; NULL: none is left. */
static const struct defence *next_defence(const struct defence *d, uint32_t set)
{
	for (; d->answer; d++)
		if ((d->abi < 0 ? told.abi < -d->abi : told.abi >= d->abi) && !(d->off != LAST && set & 1u << d->off) &&
		    !(d->needs & set))
			return d;
	return NULL;
}

static int try(const struct row *r)
{
	long got;

	if (r->act)
		return -r->act();
	got = syscall(r->nr, r->arg[0] == INIT ? told.init : r->arg[0], r->arg[1], r->arg[2], r->arg[3], r->arg[4], r->arg[5]);
	return got == -1 && errno != r->past ? errno : 0;
}

/* In a process group of its own, which is ended whatever it did. */
static int attempt(const struct row *r)
{
	int ends[2], got = ETIMEDOUT, status = 0;
	struct pollfd p;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		return errno;
	if (pid == 0) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		close(ends[0]);
		ends[0] = fcntl(ends[1], F_DUPFD_CLOEXEC, 900); /* out of the way */
		close(ends[1]);
		got = try(r);
		_exit(write(ends[0], &got, sizeof(got)) != sizeof(got));
	}
	close(ends[1]);
	p = (struct pollfd){ ends[0], POLLIN, 0 };
	if (poll(&p, 1, PATIENCE_MS) > 0 && read(ends[0], &got, sizeof(got)) != sizeof(got))
		got = 0; /* it ended without a word */
	close(ends[0]);
	if (got == ETIMEDOUT)
		kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	kill(-pid, SIGKILL); /* its children */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	return got == 0 && WIFSIGNALED(status) ? SIG(WTERMSIG(status)) : got;
}

static bool concerns(const struct row *r, uint32_t set)
{
	const struct defence *d;

	for (d = r->by; d->answer; d++)
		if (d->off != LAST && (set & (1u << d->off | (d->off == S_seccomp ? 1u << S_marks : 0))))
			return true;
	return false;
}

static int want_of(const struct defence *d)
{
	return !d ? 0 : d->off == S_seccomp && d->answer == EPERM && is_off(S_marks) ? ENOANO /* its own then */ : d->answer;
}

/* What is hidden is not there; or not allowed, where somebody who may has looked it up before. */
static bool is_answer(const struct defence *d, int got)
{
	return got == want_of(d) || (d && d->off == S_hidepid && d->answer == EPERM && got == ENOENT);
}

static void say(const struct row *r, int n, const struct defence *d, int got)
{
	const bool good = is_answer(d, got);

	printf("%sok %d - %s: %s: ", good ? "" : "not ", n, r->family, r->name);
	if (!good)
		printf("%s, not %s by %s (%s)\n", answer_name(got), d ? "stopped" : "reached", d ? defence_name(d) : "nothing", r->tried);
	else if (got == 0)
		printf("succeeds\n");
	else
		printf("stopped by %s (%s)\n", defence_name(d), answer_name(got));
	fflush(stdout);
}

/* Where something is left out, a line for each attempt that it matters to, and one for all others. */
static int run(bool slow)
{
	const struct row *r;
	int n = 0, bad = 0, others = 0;

	for (r = table; r < table + table_rows; r++) {
		const struct defence *d = next_defence(r->by, off);
		const bool matters = off == 0 || concerns(r, off);
		int got;

		if (r->slow && !(off ? matters : slow))
			continue;
		got = attempt(r);
		while (d && d->host && got != d->answer) /* this host lacks it */
			d = next_defence(d + 1, off);
		bad += !is_answer(d, got);
		if (matters || !is_answer(d, got))
			say(r, ++n, d, got);
		else
			others++;
	}
	if (others)
		printf("ok %d - %d others: all as they were\n", ++n, others);
	printf("1..%d\n", n);
	return bad > 0;
}

/* no_new_privs is what lets an unprivileged program have a filter and a Landlock domain at all. */
static uint32_t whole(uint32_t set)
{
	return set & 1u << S_nnp ? set | 1u << S_seccomp | 1u << S_landlock : set;
}

static void print_set(uint32_t set)
{
	const char *comma = "";
	size_t i;

	for (i = 0; i < SWITCH_COUNT; i++)
		if (set & 1u << i) {
			printf("%s%s", comma, switches[i]);
			comma = ",";
		}
	putchar('\n');
}

/* Every set of defences that some row asks to be left out: its first one, its first two, ... */
static void print_sets(void)
{
	uint32_t seen[256], set;
	size_t n = 0, i;
	const struct row *r;
	const struct defence *d;

	for (r = table; r < table + table_rows; r++)
		for (set = 0, d = r->by; d->answer && d->off != LAST; d++) {
			set |= 1u << d->off;
			for (i = 0; i < n && seen[i] != whole(set); i++)
				;
			if (i == n && n < COUNT(seen)) {
				seen[n++] = whole(set);
				print_set(whole(set));
			}
		}
}

static void print_list(void)
{
	const struct row *r;
	const struct defence *d;

	for (r = table; r < table + table_rows; r++) {
		printf("%s\t%s\t%s\t%d\t", r->family, r->name, r->tried, r->known);
		for (d = r->by; d->answer; d++)
			printf("%s%s:%s", d > r->by ? " " : "", defence_name(d), answer_name(d->answer));
		putchar('\n');
	}
}

static void tell(const char *word)
{
	const char *value = strchr(word, '=');

	if (!value++)
		return;
	if (strncmp(word, "off=", 4) == 0)
		off = parse_off(value);
	else if (strncmp(word, "abi=", 4) == 0)
		told.abi = atoi(value);
	else if (strncmp(word, "port=", 5) == 0)
		told.port = atoi(value);
	else if (strncmp(word, "sped=", 5) == 0)
		told.sped = atoi(value);
	else if (strncmp(word, "victim=", 7) == 0)
		told.victim = atoi(value);
	else if (strncmp(word, "suid=", 5) == 0)
		told.suid = value;
	else if (strncmp(word, "device=", 7) == 0)
		told.device = value;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	int i;

	told.self = argv[0];
	told.init = getppid();
	for (i = 2; i < argc; i++)
		tell(argv[i]);
	/* These try nothing. */
	if (strcmp(verb, "sets") == 0)
		return print_sets(), 0;
	if (strcmp(verb, "list") == 0)
		return print_list(), 0;
	if (strcmp(verb, "abi") == 0)
		return printf("%d\n", (int)syscall(SYS_landlock_create_ruleset, NULL, 0, 1)) < 0;
	if (strcmp(verb, "host") == 0)
		return be_host();
	/* What a copy of this program says of itself. */
	if (strcmp(verb, "yes") == 0)
		return 42;
	if (strcmp(verb, "root?") == 0)
		return geteuid() == 0 && getuid() != 0 ? 42 : 0;
	if (strcmp(verb, "unshare") == 0)
		return syscall(SYS_unshare, 0x10000000) == 0 ? 42 : errno;
	guard();
	if (strcmp(verb, "victim") == 0)
		return pause();
	if (strcmp(verb, "try") == 0)
		return run(true);
	if (strcmp(verb, "again") == 0)
		return run(false);
	return lifecycle(verb);
}
