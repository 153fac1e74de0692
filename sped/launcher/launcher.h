/* launcher/launcher.h - what the launcher's files share.
 * Runs as: root, the capabilities of main.c's list.   Hears: the engine, fixed-size messages.
 * Touches: workspaces, holdings by number, mounts, cgroups, ids. Leaves alone: what is in any file.
 * main.c   sped: starts the three daemons, keeps idle keepers at hand
 * keeper.c one process for each task: the four verbs; holds it and its limits; outlives sped
 * box.c    from root to a task's program: namespaces, mounts, ids, as a list of steps
 * place.c  where staging and intake write: made, committed or emptied, by number
 * root.c   the read-only root that boxes share, built once
 * cgroup.c limits on cgroup v2 and on v1 */
#ifndef SPE_LAUNCHER_H
#define SPE_LAUNCHER_H
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "spe/ids.h"
#include "spe/msg.h"
#include "spe/ticket.h"

#define ERR(call) ((call) < 0 ? -errno : 0)
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct cgroups {
	int version, count; /* version 0: none usable, every task is refused */
	int base[3];        /* v2: one; v1: memory, pids, cpu */
};

/* Opened once by main.c, inherited by every keeper; what is opened later is beneath these. */
struct host {
	int holdings, workspaces, keepers; /* directories */
	int program[PROFILE_COUNT + 1];    /* O_PATH, for execveat; the last is spe-unpack */
	int root;                          /* the mount namespace of root.c */
	int filter;                        /* the jobs' seccomp program, made by spe-init */
	int sped;                          /* keepers tell their pid when taken; its end is sped's */
	bool no_landlock;
	struct cgroups cg;
};
extern const char *const launcher_program[PROFILE_COUNT + 1];

/* keeper_live - be a keeper; its socket is keepers/iPID while idle, keepers/tID with a task. */
void keeper_live(const struct host *h) __attribute__((noreturn));

enum note { /* struct init_report.end of what the box says before its program runs */
	NOTE_OUTPUTS = END_COUNT, /* with the read-only mount of /outputs */
	NOTE_PID,                 /* value: of the box's first process */
	NOTE_MAP,                 /* wants its ids mapped, waits for MSG_GO */
};
/* box_zygote - wait on chan for MSG_START, then make its box. */
void box_zygote(const struct host *h, uint32_t seq, int chan) __attribute__((noreturn));
uid_t box_uid(const struct msg_start *s, uint32_t seq);

/* place_make - the directory a helper may write or must empty, owned by uid; *ret_fd -1 where
 * the profile has none. 0, -ENOENT (WIPE: nothing is there), -EEXIST (STAGE: WIPE it first) or -errno. */
int place_make(const struct host *h, const struct msg_start *s, uid_t uid, int *ret_fd);
/* place_end - good: what was written appears under its name; an emptied one goes. */
int place_end(const struct host *h, const struct msg_start *s, bool good);
/* place_data, place_table - the finished ones, for reading. A descriptor or -errno. */
int place_data(const struct host *h, const struct msg_start *s);
int place_table(const struct host *h, uint32_t number);

int root_make(const char *mount_point, int *ret_ns);
int root_tmpfs(uint64_t size, unsigned mode, uid_t uid); /* a detached mount; size 0: small */
int root_attach(int mount, int dir, const char *at, uint64_t attributes);

int cgroup_open(struct cgroups *ret);
int cgroup_make(const struct cgroups *c, uint32_t seq);
int cgroup_attach(const struct cgroups *c, uint32_t seq, pid_t pid);
int cgroup_limit(const struct cgroups *c, uint32_t seq, const struct msg_start *s);
/* cgroup_read - adds the LIMIT_ bits that were met; the memory peak in bytes. */
void cgroup_read(const struct cgroups *c, uint32_t seq, uint32_t *limits, uint64_t *peak);
void cgroup_remove(const struct cgroups *c, uint32_t seq);
#endif
