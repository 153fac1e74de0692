/* unit/profile.c - profiles are read strictly, and what no profile may loosen holds whatever a file says. */
#include <linux/sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spe/policy.h"
#include "spe/profile.h"
#include "t/tap.h"

#define HEAD "name = \"a\"\nwrite-execute = false\n"
#define TAIL "read = {\"/usr\", \"/work\"}\nwrite = {\"/work\"}\nexecute = {\"/usr\"}\n"

static struct profile p;
static struct spe_error e;

static int parse(const char *text)
{
	memset(&e, 0, sizeof(e));
	return profile_parse(text, strlen(text), "a.profile", &p, &e);
}

static void is_refused(const char *text, const char *sentence)
{
	is_int(parse(text), -SPE_E_INPUT, "refused");
	is_str(e.text, sentence, "with this sentence");
}

static const char *read_file(const char *name)
{
	static char text[PROFILE_TEXT_MAX];
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/policy/profiles/%s.profile", getenv("srcdir") ? getenv("srcdir") : ".", name);
	f = fopen(path, "r");
	text[f ? fread(text, 1, sizeof(text) - 1, f) : 0] = '\0';
	if (f)
		fclose(f);
	return text;
}

static bool has_call(const struct profile *q, int call)
{
	size_t i;

	for (i = 0; i < q->calls; i++)
		if (q->call[i] == call)
			return true;
	return false;
}

static unsigned rights(const char *path)
{
	size_t i;

	for (i = 0; i < p.paths; i++)
		if (strcmp(p.path[i].path, path) == 0)
			return p.path[i].rights;
	return 0;
}

static void a_small_profile_is_taken(void)
{
	is_int(parse(HEAD "calls = {\"read\", \"write\"}\n" TAIL), 0, "taken");
	is_str(p.name, "a", "its name");
	is_int((long)p.calls, 2, "two calls");
	is_int(p.write_execute, 0, "memory is written or executed");
	is_int(rights("/usr"), PROFILE_READ | PROFILE_EXECUTE, "/usr");
	is_int(rights("/lib64"), PROFILE_READ | PROFILE_EXECUTE, "and what belongs to it");
	is_int(rights("/work"), PROFILE_READ | PROFILE_WRITE, "/work");
	is_int(rights("/"), PROFILE_LIST, "the root is listed, nothing more");
	is_int(rights("/data"), 0, "what is not named is closed");
}

static void what_is_odd_is_named_with_its_line(void)
{
	is_refused(HEAD "calls = {\"read\"}\n", "a.profile:4: read is missing");
	is_refused(HEAD TAIL, "a.profile:6: calls is missing");
	is_refused(HEAD "calls = {\"raed\"}\n" TAIL, "a.profile:3: calls: there is no system call raed");
	is_refused(HEAD "calls = {\"read\",\n\"read\"}\n" TAIL, "a.profile:4: calls has read twice");
	is_refused(HEAD "calls = {\"read\"}\ncalls = {\"write\"}\n" TAIL, "a.profile:4: calls is given twice");
	is_refused(HEAD "calls = {\"read\"}\nread = {\"/home\"}\n", "a.profile:4: read: a box has no /home of its own; spe-profile(5) has the paths");
	is_refused("# one\n\nname = \"A\"\n", "a.profile:3: name must have 1 to 31 of a-z, 0-9 and '-'");
	is_refused("write-execute = maybe\n", "a.profile:1: write-execute must be true or false");
	is_refused("\n/* see https://example.org */\n", "a.profile:2: " POLICY_OTHER_COMMENT);
	is_refused("colour = \"red\"\n", "a.profile:1: no such option 'colour'");
	is_refused("name = \"${HOME}\"\n", "a.profile:1: \"${\" is not taken: a profile reads no environment");
	is_refused(HEAD "calls = {\"read\"}\nread = {\"/usr\"}\nwrite = {\"/work\"}\nexecute = {\"/usr\"}\n",
		"a.profile:7: /work may be written or executed but not read");
}

static void no_profile_loosens_the_floors(void)
{
	static const char *const never[] = { "ptrace", "bpf", "io_uring_setup", "userfaultfd", "perf_event_open", "keyctl", "add_key", "unshare", "setns",
		"mount", "umount2", "process_vm_readv", "pidfd_getfd", "open_by_handle_at", "inotify_init1", "flock", "chroot", "seccomp", "kexec_load" };
	static const char *const by_argument[] = { "clone", "clone3", "ioctl", "prctl", "socket", "socketpair", "personality", "fcntl", "preadv2" };
	char text[400], sentence[200];
	size_t i;

	for (i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		snprintf(text, sizeof(text), HEAD "calls = {\"%s\"}\n" TAIL, never[i]);
		snprintf(sentence, sizeof(sentence), "a.profile:3: calls: %s is never allowed; see spe-profile(5), FLOORS", never[i]);
		is_refused(text, sentence);
	}
	for (i = 0; i < sizeof(by_argument) / sizeof(by_argument[0]); i++) {
		snprintf(text, sizeof(text), HEAD "calls = {\"%s\"}\n" TAIL, by_argument[i]);
		snprintf(sentence, sizeof(sentence), "a.profile:3: calls: %s is allowed by its arguments alone; see spe-profile(5), FLOORS", by_argument[i]);
		is_refused(text, sentence);
	}
	is_refused(HEAD "ioctl = {\"TIOCSTI\"}\n", "a.profile:3: ioctl: TIOCSTI can't be allowed; spe-profile(5) has the words");
	is_refused(HEAD "prctl = {\"PR_SET_DUMPABLE\"}\n", "a.profile:3: prctl: PR_SET_DUMPABLE can't be allowed; spe-profile(5) has the words");
	is_refused(HEAD "sockets = {\"inet\"}\n", "a.profile:3: sockets: inet can't be allowed; spe-profile(5) has the words");
	is_refused(HEAD "fcntl = {\"F_NOTIFY\"}\n", "a.profile:3: fcntl: F_NOTIFY can't be allowed; spe-profile(5) has the words");
	is_refused(HEAD "write = {\"/data\"}\n", "a.profile:3: write: nothing may write /data");
	is_refused(HEAD "write = {\"/code\"}\n", "a.profile:3: write: nothing may write /code");
	is_refused(HEAD "execute = {\"/outputs\"}\n", "a.profile:3: execute: nothing may execute /outputs");
	is_refused(HEAD "execute = {\"/data\"}\n", "a.profile:3: execute: nothing may execute /data");
}

static void clones_flags_are_looked_at_always(void)
{
	bool found = false;
	size_t i;

	is_int(parse(HEAD "calls = {\"read\"}\n" TAIL), 0, "a profile that says nothing of clone");
	for (i = 0; i < p.values; i++)
		found |= p.value[i].call == SCMP_SYS(clone) && p.value[i].arg == 0 && (p.value[i].mask & CLONE_NEWUSER) &&
			p.value[i].value == 0;
	ok(found, "its clone makes no namespace");
}

static void the_shipped_ones_are_ordered(void)
{
	static struct profile analysis, jit;
	size_t i, missing = 0;

	is_int(parse(read_file("analysis")), 0, "analysis is good");
	analysis = p;
	is_int(parse(read_file("jit")), 0, "jit is good");
	jit = p;
	is_int(parse(read_file("strict")), 0, "strict is good");
	for (i = 0; i < p.calls; i++)
		missing += !has_call(&analysis, p.call[i]);
	for (i = 0; i < analysis.calls; i++)
		missing += !has_call(&jit, analysis.call[i]);
	is_int((long)missing, 0, "what strict allows analysis does, and what that allows jit does");
	ok(!analysis.write_execute && !p.write_execute && jit.write_execute, "jit alone lets memory be written and executed");
	is_int(rights("/proc"), 0, "strict sees no /proc");
	is_int(rights("/work"), PROFILE_READ | PROFILE_WRITE, "and executes nothing that it wrote");
}

int main(void)
{
	a_small_profile_is_taken();
	what_is_odd_is_named_with_its_line();
	no_profile_loosens_the_floors();
	clones_flags_are_looked_at_always();
	the_shipped_ones_are_ordered();
	return tap_end();
}
