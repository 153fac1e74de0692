/* hostile/hostile.h - the catalogue of attempts to leave a job, and what stops each.
 * hostile is one program, run as a job's command. It makes each attempt in a process of its own and prints a TAP line:
 * what was tried, which defence answered, and with what. table.c is the catalogue; the other files are the attempts.
 *
 * A row lists its defences in the order in which they answer. With the first k of them left out (SPE_WEAK of a test
 * build, include/spe/weak.h) the answer has to be that of the next; with all of them left out the attempt has to
 * succeed. A last defence that can't be left out (a rule of the kernel, the owner of a file) ends the list where it is there.
 *
 * It refuses to make any attempt but in a job: see guard() in main.c. */
#ifndef SPE_HOSTILE_H
#define SPE_HOSTILE_H
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define SIG(n) (1000 + (n)) /* an answer: the process is ended by this signal */
#define NO_EFFECT 900       /* an answer: the call returned, and nothing came of it */
#define INIT -771           /* a first argument: the pid of spe-init */
#define DEFENCES 5

/* Names of what SPE_WEAK can leave out. */
#define SWITCHES(X) X(seccomp) X(landlock) X(caps) X(userns) X(nnp) X(nosuid) X(nodev) X(noexec) X(readonly) X(root) X(pidns) \
	X(netns) X(ipcns) X(utsns) X(cgroupns) X(hidepid) X(subset) X(dumpable) X(fds) X(rlimits) X(cgroup) X(tmpfs) X(mdwe) X(marks)
enum off {
#define X(name) S_##name,
	SWITCHES(X)
#undef X
	SWITCH_COUNT,
	LAST /* can't be left out */
};

struct defence {
	enum off off;
	int answer;       /* an errno, SIG(n) or NO_EFFECT; 0 ends the list */
	int abi;          /* only on hosts with this version of Landlock, or a newer one; negative: with an older one; 0: all */
	const char *name; /* of a LAST one */
	bool host;        /* a LAST one that only some hosts have: elsewhere it is passed over */
	uint32_t needs;   /* bits of others: not in force where one of them is left out */
};

struct row {
	const char *family, *name, *tried;
	int (*act)(void); /* 0: it succeeded; else a negative errno, or -NO_EFFECT */
	long nr, arg[6];  /* where act is NULL: a system call, which succeeds unless it is -1 */
	int past;         /* an errno which says that the call was let through, to find our arguments odd */
	bool slow;        /* only where a defence of it is left out, and once */
	int known;        /* a number in the list of known escapes (t/hostile/README.md) */
	struct defence by[DEFENCES + 1];
};
extern const struct row table[];
extern const size_t table_rows;
extern char zero[4096];

/* What the test tells: key=value words of the command line. */
struct told {
	int abi;           /* of Landlock on this host */
	int port;          /* where the host listens on its loopback */
	pid_t init;        /* spe-init */
	pid_t sped, victim; /* their pids as the host has them; victim: a job of the same workspace */
	const char *suid;   /* a set-user-id program of root's */
	const char *device; /* a device node beneath /usr */
	size_t mem, pids;   /* the job's limits: bytes, processes */
	const char *self;   /* this program */
};
extern struct told told;
bool is_off(enum off which);
int lifecycle(const char *verb); /* what goes on after a command has ended, or beside it; lifecycle.c */

#define KEY 0x53504521 /* of the host's System V objects */
#define ABSTRACT "spe-hostile"
#define QUEUE "/spe-hostile"
int be_host(void); /* on the host: what a job should not find; host.c */

/* The answer of a call as act gives it. */
static inline int answer(long r)
{
	return r < 0 ? -errno : 0;
}
int run_self(const char *path, int fd, const char *word); /* execs this program's copy; 0: it ran, and said yes */
int copy_self(const char *to);

#define ATTEMPT(name) int name(void)
ATTEMPT(read_host_file); ATTEMPT(read_host_secret); ATTEMPT(list_vault); ATTEMPT(read_state); ATTEMPT(list_workspaces); ATTEMPT(list_holdings);
ATTEMPT(list_keepers); ATTEMPT(connect_sped); ATTEMPT(dot_dots); ATTEMPT(link_out); ATTEMPT(open_cgroup); ATTEMPT(list_sys); 
ATTEMPT(write_data); ATTEMPT(change_data); ATTEMPT(unlink_data); ATTEMPT(rename_data); ATTEMPT(chmod_data); ATTEMPT(link_data); ATTEMPT(write_code);
ATTEMPT(write_usr); ATTEMPT(write_etc); ATTEMPT(write_top); ATTEMPT(write_dev); ATTEMPT(host_device); ATTEMPT(usr_device); ATTEMPT(run_suid);
ATTEMPT(exec_outputs); ATTEMPT(exec_shm); ATTEMPT(map_outputs); ATTEMPT(exec_memfd); ATTEMPT(open_handle); ATTEMPT(overwrite_program);
ATTEMPT(open_init_mem); ATTEMPT(open_init_environ); ATTEMPT(list_init_root); ATTEMPT(list_init_fds); ATTEMPT(see_processes);
ATTEMPT(write_core_pattern); ATTEMPT(write_sysrq); ATTEMPT(write_binfmt); ATTEMPT(read_kcore); ATTEMPT(read_kmsg); ATTEMPT(read_cmdline);
ATTEMPT(read_sched); ATTEMPT(lower_oom); ATTEMPT(raise_oom); ATTEMPT(write_uid_map); ATTEMPT(write_own_mem); ATTEMPT(see_cgroup_path); ATTEMPT(see_host_name);
ATTEMPT(enter_netns); ATTEMPT(clone_userns); ATTEMPT(clone3_userns); ATTEMPT(vfork_userns); ATTEMPT(thread_userns); ATTEMPT(release_agent);
ATTEMPT(mount_in_userns); ATTEMPT(call_int80); ATTEMPT(call_x32); ATTEMPT(raise_caps); ATTEMPT(set_clock); ATTEMPT(adjust_clock);
ATTEMPT(perf_open); ATTEMPT(write_execute); ATTEMPT(then_execute); ATTEMPT(read_init_status); ATTEMPT(real_time);
ATTEMPT(trace_init); ATTEMPT(trace_child); ATTEMPT(read_init_memory); ATTEMPT(write_init_memory); ATTEMPT(steal_init_fd); ATTEMPT(pidfd_signal);
ATTEMPT(read_victim_memory); ATTEMPT(signal_victim); ATTEMPT(signal_sped); ATTEMPT(kill_init); ATTEMPT(limit_init);
ATTEMPT(report_socket); ATTEMPT(filter_file); ATTEMPT(any_fd); ATTEMPT(any_terminal);
ATTEMPT(tcp_host); ATTEMPT(tcp6_host); ATTEMPT(udp_host); ATTEMPT(tcp_high_bits); ATTEMPT(abstract_host); ATTEMPT(netlink_up); ATTEMPT(pass_fd_out);
ATTEMPT(shm_host); ATTEMPT(sem_host); ATTEMPT(msg_host); ATTEMPT(mq_host);
ATTEMPT(hog_memory); ATTEMPT(hog_shm); ATTEMPT(hog_sysv); ATTEMPT(hog_processes); ATTEMPT(hog_threads); ATTEMPT(hog_fds); ATTEMPT(hog_file_size);
ATTEMPT(hog_outputs); ATTEMPT(hog_work); ATTEMPT(hog_inodes); ATTEMPT(hog_signals); ATTEMPT(hog_timers); ATTEMPT(hog_mlock); ATTEMPT(hog_mq);
ATTEMPT(hog_locks); ATTEMPT(hog_inotify); ATTEMPT(dump_core); ATTEMPT(raise_limits); ATTEMPT(lower_core_limit);
ATTEMPT(lower_init); ATTEMPT(flush_disk); ATTEMPT(hog_sockets);
#endif
