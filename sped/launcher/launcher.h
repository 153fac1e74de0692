/* launcher/launcher.h - what the launcher's files share.
 * Runs as: root, the capabilities of main.c's list.   Hears: the engine, fixed-size messages.
 * Touches: workspaces, holdings by number, mounts, cgroups, ids. Leaves alone: what is in any file.
 * main.c   sped: starts the three daemons, keeps idle keepers at hand
 * keeper.c one process for each task at hand: the four verbs; holds it and its limits; outlives sped
 * box.c    from root to a task's program: namespaces, mounts, ids, as a list of steps
 * place.c  where staging and intake write: made, committed or emptied, by number
 * cgroup.c limits on cgroup v2 and on v1 */
#ifndef SPE_LAUNCHER_H
#define SPE_LAUNCHER_H
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/magic.h>
#include <linux/securebits.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "config.h"
#include "spe/cleanup.h"
#include "spe/ids.h"
#include "spe/log.h"
#include "spe/msg.h"
#include "spe/ticket.h"
#include "spe/weak.h"

#define ERR(call) ((call) < 0 ? -errno : 0)
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define SCARCE(e) ((e) == EMFILE || (e) == ENFILE || (e) == ENOMEM) /* of what may be there at another time */
#define BASES 5
struct cgroups {
	int version, count; /* count 0: none usable, every task is refused */
	int base[BASES];    /* v2: one; v1: memory, pids, cpu; where there are these, blkio and the unified tree; -1: not there */
	int own[BASES];     /* a keeper's, in each of these */
};

/* Opened once by main.c, inherited by every keeper; what is opened later is beneath these. */
struct host {
	int holdings, workspaces, runtimes, keepers; /* directories; the last has our sockets, and the gate's */
	int program[PROFILE_COUNT + 1];    /* O_PATH, for execveat; the last is spe-unpack */
	int root;                          /* the mount namespace that spe-root made from the host's /usr */
	int filter;                        /* the profiles' slots, made by spe-filter */
	int sped;                          /* keepers tell their pid when taken and when idle again; its end is sped's */
	bool no_landlock;
	struct cgroups cg;
};
extern const char *const launcher_program[PROFILE_COUNT + 1];

/* root_make - the mount namespace of a runtime, made anew by spe-root; 0: of the host's /usr. A descriptor or -errno. */
int root_make(uint32_t runtime);
/* socket_at - in a directory of ours; mode 0: connected to the one of this name, else it is made, and listens. A descriptor or,
 * where it connects, -errno. */
int socket_at(int dir, const char *name, int type, mode_t mode);
/* keeper_live - be a keeper; its socket is keepers/iPID while idle, keepers/tID with a task. */
void keeper_live(const struct host *h) __attribute__((noreturn));

enum note { /* struct init_report.end of what the box says before its program runs */
	NOTE_OUTPUTS = END_COUNT, /* with the read-only mount of /outputs */
	NOTE_PID,                 /* from the zygote; value: the box's first process */
};
/* box_zygote - for each order make a box, whose first process waits on the order's descriptor for MSG_START and
 * the place's MSG_GO, and is a child of the zygote's parent. */
void box_zygote(const struct host *h, int orders) __attribute__((noreturn));
uid_t box_uid(const struct msg_start *s);
/* keep_capabilities - these of the first 32, permitted and effective, and no other. 0, or -1 and errno. */
int keep_capabilities(unsigned set);
/* box_user_namespace - become uid, known as `inside` in a new user namespace, and make the others of `flags`. */
int box_user_namespace(uid_t uid, gid_t gid, unsigned inside, int flags);

/* place_dir - one directory beneath another, made first where mode is not 0. A descriptor or -errno. */
int place_dir(int dir, const char *name, mode_t mode);
/* place_make - the directory a helper may write or must empty, owned by uid; *ret_fd -1 where
 * the profile has none. 0, -ESTALE (WIPE: nothing is there), -EEXIST (STAGE: WIPE it first) or -errno. */
int place_make(const struct host *h, const struct msg_start *s, uid_t uid, int *ret_fd);
/* place_end - good: what was written appears under its name; an emptied one goes. */
int place_end(const struct host *h, const struct msg_start *s, bool good);
/* place_data, place_table - the finished ones, for reading. A descriptor or -errno. */
int place_data(const struct host *h, const struct msg_start *s);
int place_table(const struct host *h, uint32_t number);

int cgroup_open(struct cgroups *ret);
int cgroup_put(int dir, const char *file, const char *text); /* for files of the kernel */
int cgroup_enter(struct cgroups *c, uint32_t seq); /* makes the keeper's own, where it lacks any; the calls below are of these */
int cgroup_attach(const struct cgroups *c, pid_t pid);
int cgroup_limit(const struct cgroups *c, const struct msg_start *s);
int cgroup_kill(const struct cgroups *c); /* all that is in it, at once; -errno where the kernel can't */
int cgroup_look(const struct cgroups *c, uint32_t i); /* the i-th limit's file, or -1 */
/* cgroup_read - adds the LIMIT_ bits that were met; the memory peak in bytes. */
void cgroup_read(const struct cgroups *c, uint32_t *limits, uint64_t *peak);
/* cgroup_forget - as if it had had no task: the zygote and a parked box are all that is in it. 0, or -errno where it
 * remembers one or holds what is left of it: then it has to be removed. */
int cgroup_forget(const struct cgroups *c);
void cgroup_remove(const struct cgroups *c, uint32_t seq);
#endif
