/* spe-cli/sign.c - see sign.h. */
#include "spe-cli/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spe-cli/cli.h"
#include "spe/cleanup.h"
#include "spe/sshsig.h"
#include "sped/base/buf.h"

extern char **environ;

static int key_path(const char *key, char *ret, size_t room, struct spe_error *e)
{
	const char *home = getenv("HOME");
	int n = key ? snprintf(ret, room, "%s", key)
		    : snprintf(ret, room, "%s/.ssh/id_ed25519", home ? home : "");

	if (n < 0 || (size_t)n >= room)
		return spe_fail(e, SPE_E_INPUT, "the path of the key is too long");
	if (access(ret, R_OK) == 0)
		return 0;
	spe_fail(e, SPE_E_NOT_FOUND, "the key %s can't be read: %s", ret, strerror(errno));
	spe_remedy(e, "try: --key FILE, or ssh-keygen -t ed25519 for a new one");
	return -SPE_E_NOT_FOUND;
}

/* A terminal's ^C goes to ssh-keygen as well: it ends, and we stay to clean up. */
static int wait_for(pid_t pid)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, old_int, old_quit;
	int status = 0;

	sigaction(SIGINT, &ignore, &old_int);
	sigaction(SIGQUIT, &ignore, &old_quit);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	sigaction(SIGINT, &old_int, NULL);
	sigaction(SIGQUIT, &old_quit, NULL);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int keygen(const char *key, const char *ns, const char *file, struct spe_error *e)
{
	/* -q: no "Signing file"; prompts, of a token too, and errors stay */
	char *words[] = { "ssh-keygen", "-q", "-Y", "sign", "-n", (char *)(uintptr_t)ns, "-f",
		(char *)(uintptr_t)key, (char *)(uintptr_t)file, NULL };
	posix_spawn_file_actions_t files;
	pid_t pid;
	int r = posix_spawn_file_actions_init(&files);

	fflush(stdout); /* what is signed has been shown before, also where stdout is no terminal */
	if (r == 0) { /* what it says goes to stderr: stdout is ours */
		r = posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
		r = r ? r : posix_spawnp(&pid, words[0], &files, NULL, words, environ);
		posix_spawn_file_actions_destroy(&files);
	}
	if (r != 0) {
		spe_fail(e, SPE_E_INTERNAL, "ssh-keygen can't be started: %s", strerror(r));
		spe_remedy(e, "try: installing OpenSSH's client programs");
		return -SPE_E_INTERNAL;
	}
	r = wait_for(pid);
	return r == 0 ? 0
		      : spe_fail(e, SPE_E_INTERNAL, "ssh-keygen did not sign with %s (status %d)",
				key, r);
}

static int place_make(char *ret, size_t room, struct spe_error *e)
{
	const char *tmp = getenv("TMPDIR");
	int n = snprintf(ret, room, "%s/spe-sign-XXXXXX", tmp && tmp[0] == '/' ? tmp : P_tmpdir);

	if (n < 0 || (size_t)n >= room || !mkdtemp(ret))
		return spe_fail(e, SPE_E_INTERNAL, "no private directory for the signature: %s",
			strerror(errno));
	return 0;
}

static void place_remove(const char *place, const char *file, const char *sig)
{
	unlink(sig);
	unlink(file);
	rmdir(place);
}

static int write_file(const char *path, const void *p, size_t len, struct spe_error *e)
{
	auto_close int fd = -1;
	int r = file_new(path, 0600, &fd, e);

	if (r < 0)
		return r;
	r = io_write_all(fd, p, len);
	return r < 0 ? spe_fail(e, SPE_E_INTERNAL, "%s can't be written: %s", path, strerror(-r))
		     : 0;
}

/* What comes back must be a signature over exactly these bytes, by a kind of key that the gate
 * takes. */
static int armor_check(const char *armor, size_t armor_len, const char *ns, const void *p,
	size_t len, struct spe_error *e)
{
	char key[SSHKEY_TEXT_MAX];
	int r = sshsig_key_of(armor, armor_len, key, e);

	return r < 0 ? r : sshsig_verify(key, ns, p, len, armor, armor_len, e);
}

int sign_bytes(const char *key, const char *ns, const void *p, size_t len, char **ret_armor,
	struct spe_error *e)
{
	char key_file[PATH_MAX], place[PATH_MAX], file[PATH_MAX + 8], sig[PATH_MAX + 16];
	auto_free char *armor = NULL;
	size_t armor_len = 0;
	int r = key_path(key, key_file, sizeof(key_file), e);

	if (r == 0)
		r = place_make(place, sizeof(place), e);
	if (r < 0)
		return r;
	snprintf(file, sizeof(file), "%s/signed", place);
	snprintf(sig, sizeof(sig), "%s.sig", file);
	r = write_file(file, p, len, e);
	if (r == 0)
		r = keygen(key_file, ns, file, e);
	if (r == 0)
		r = file_read(sig, "the signature", SSHSIG_ARMOR_MAX, &armor, &armor_len, e);
	place_remove(place, file, sig);
	if (r == 0)
		r = armor_check(armor, armor_len, ns, p, len, e);
	if (r == 0)
		*ret_armor = spe_take_ptr(&armor);
	return r;
}
