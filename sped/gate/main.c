/* gate/main.c - one call at a time from the engine; see room.h. A message of another form ends the program. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/log.h"
#include "spe/msg.h"
#include "spe/witnesses.h"
#include "sped/base/buf.h"
#include "sped/base/confine.h"
#include "sped/base/crypto.h"
#include "sped/gate/room.h"

#define ENGINE 3
#define KEEPERS 4 /* they come one at a time, and nobody else can */
#define CONFIGURATION 5
#define POLICIES_MAX 100
#define OPERATORS "operators" /* in it; root's list of those who may change the registry */
#define WITNESSES "witnesses"
#define DIRECTORY 6

/* policies: root's directory of them, read once more beneath; or negative. */
static void confine(int policies)
{
	static const char *const calls[] = { "openat2", "mkdirat", "unlinkat", "renameat", "renameat2", "fsync",
		"linkat", "sync_file_range",
		"fdatasync", "ftruncate", "getdents64", "sendmsg", "recvmsg", "socketpair", "memfd_create", "accept4",
		"getsockopt", "adjtimex", "clock_adjtime", NULL };
	const struct confine_path paths[] = { { .dir = DIRECTORY, .write = true }, { .dir = policies }, { .dir = -1 } };
	const struct confine c = { .paths = paths, .calls = calls };
	struct spe_error e;

	umask(0077);
	setenv("TZ", "UTC0", 1); /* no time zone file is read */
	if (confine_enter(&c, &e) < 0)
		spe_die("start", "%s", e.text);
}

/* Only root may have written it: whoever else could would be able to make up operators, or let everything leave. */
static bool is_roots(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0 && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

static void policy_take(struct gate *g, int dir, const char *name)
{
	auto_close int fd = io_openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	auto_free char *text = NULL;
	struct spe_error e;
	size_t len;

	if (fd < 0 || !is_roots(fd) || io_read_at(fd, POLICY_TEXT_MAX, &text, &len) < 0)
		return spe_log("policy", "%s is not taken: it can't be read, is not root's own, or others may write it", name);
	if (gate_policy(g, text, len, &e) < 0)
		spe_die("policy", "%s", e.text);
}

/* names: what was in the directory before the gate was confined. */
static void policies_take(struct gate *g, int from, const json_t *names)
{
	auto_close int dir = from;
	json_t *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)names, i, one) {
		const char *name = json_string_value(one);
		size_t n = strlen(name);

		if (n > 7 && strcmp(name + n - 7, ".policy") == 0 && i < POLICIES_MAX)
			policy_take(g, dir, name);
	}
}

static void operators_take(struct gate *g, int from)
{
	auto_close int fd = from;
	auto_free char *text = NULL;
	struct spe_error e = { 0 };
	size_t len;
	int r;

	if (fd < 0)
		return gate_no_operators(g, fd == -ENOENT ? "" : "the file operators can't be opened by the gate");
	if (!is_roots(fd))
		return gate_no_operators(g, "the file operators is not root's own, or others may write it; it is not taken");
	r = io_read_at(fd, REGISTRY_OPERATORS_MAX, &text, &len);
	if (r < 0)
		return gate_no_operators(g, "the file operators can't be read");
	r = gate_operators(g, text, len, &e);
	if (r == -SPE_E_INTERNAL)
		spe_die("operators", "%s", e.text);
	if (r < 0)
		spe_log("operators", "not taken: %s", e.text);
}

/* How often checkpoints are signed; who is given them is no affair of the gate's. */
static void witnesses_take(struct gate *g, int from)
{
	auto_close int fd = from;
	auto_free char *text = NULL;
	struct witnesses w;
	struct spe_error e;
	size_t len;

	if (fd == -ENOENT)
		return;
	if (fd < 0 || !is_roots(fd) || io_read_at(fd, WITNESSES_TEXT_MAX, &text, &len) < 0)
		return spe_log("witnesses", "not taken: it can't be read, is not root's own, or others may write it");
	if (witnesses_parse(text, len, WITNESSES, &w, &e) < 0)
		return spe_log("witnesses", "not taken: %s", e.text);
	g->every_s = w.every_s;
	witnesses_free(&w);
}

/* Keepers first: what they ask for is ready, and a task waits for it. */
static bool turn(struct gate *g)
{
	struct pollfd p[] = { { ENGINE, POLLIN, 0 }, { KEEPERS, POLLIN, 0 } };
	struct spe_error e;

	if (poll(p, 2, remains_wait(g)) < 0 && errno != EINTR)
		spe_die("engine", "can't be heard: %s", strerror(errno));
	gate_clock(g, gate_mono_ms());
	prints_take(g);
	if (g->must_end)
		spe_die("start", "memory and disk may differ: beginning again");
	if (p[1].revents)
		keeper_hear(g, KEEPERS);
	if (p[1].revents && journal_write(g->journal, &e) < 0)
		spe_log("keepers", "%s", e.text);
	return !p[0].revents || engine_hear(g, ENGINE);
}

static void no_memory(void)
{
	spe_die("memory", "there is none left; beginning again from what is on disk");
}

int main(void)
{
	struct gate *g = NULL;
	struct spe_error e;
	auto_json json_t *names = NULL;
	int operators, policies, witnesses;

	spe_log_name("sped-gate");
	json_memory(no_memory);
	if (crypto_memory(no_memory) < 0)
		spe_die("start", "OpenSSL takes no other allocator");
	operators = io_openat(CONFIGURATION, OPERATORS, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	witnesses = io_openat(CONFIGURATION, WITNESSES, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	policies = io_openat(CONFIGURATION, "policy", O_RDONLY | O_DIRECTORY, 0);
	names = policies < 0 ? NULL : dir_names(policies, ".");
	close(CONFIGURATION);
	confine(policies);
	if (gate_open(&g, DIRECTORY, NULL, &e) < 0)
		spe_die("start", "%s", e.text);
	operators_take(g, operators);
	policies_take(g, policies, names);
	witnesses_take(g, witnesses);
	if (gate_tampered(g))
		spe_log("tampered", "%s; nothing is changed any more", gate_tampered(g));
	while (turn(g))
		;
	gate_last(g);
	gate_free(g);
	return 0;
}
