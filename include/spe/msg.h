/* spe/msg.h - the messages between programs: fixed size, at most one descriptor.
 * All of them travel on SOCK_SEQPACKET sockets that sped made; host byte order, one host.
 * Context: any program; root links this. Nothing here is parsed: sizes are checked, then fields. */
#ifndef SPE_MSG_H
#define SPE_MSG_H
#include <stdint.h>
#include <sys/types.h>

#include "spe/limits.h"

enum msg_type {
	MSG_NONE,
	/* engine to launcher: the four verbs */
	MSG_START,
	MSG_KILL,
	MSG_STAT,
	MSG_FORGET,
	/* launcher to engine */
	MSG_STATE,
	/* keeper to its zygote or job, within the launcher */
	MSG_GO,
	/* api to engine, engine to api, engine to gate, gate to engine */
	MSG_CALL,
	MSG_REPLY,
};

enum msg_profile {
	PROFILE_JOB,     /* a researcher's job in its workspace, by spe-init */
	PROFILE_CAPTURE, /* the outputs of an ended job of the same id, by spe-capture */
	PROFILE_STAGE,   /* holdings to a workspace's data, by spe-stage; without a workspace they are read alone, and nothing is written */
	PROFILE_INTAKE,  /* an uploaded file to a holding's table, by spe-stage */
	PROFILE_CHECK,   /* one output to findings, by spe-check */
	PROFILE_WIPE,    /* a workspace's data, a holding's table or a runtime removed, by spe-stage */
	PROFILE_IMAGE,   /* an uploaded image to a runtime's tree, by spe-image */
	PROFILE_COUNT
};

/* A keeper with a task outlives an upgrade, and then hears a sped of another version. So KILL, FORGET and STAT stay as they
 * are; START and STATE grow at their ends alone; and START is sent as long as the keeper says that it knows it (start_bytes).
 * With any change of these, of enum look or of what a limit's number means, the version rises: what is read back of a
 * keeper of another one is not held against it. */
#define KEEPER_VERSION 2u /* 0: before it was told */
#define KEEPER_ASKS_GATE 2u /* from this one on; before, the engine had to bring a capture's task socket */
#define KEEPER_START_0 336u /* bytes of START then */
#define KEEPER_STATE_0 40u

/* START. Of a job it comes with one descriptor: the task socket, on which ticket and further descriptors wait. Of all else it
 * comes without: the keeper connects to the socket "gate" in the keepers' directory, which root alone can open, and shows
 * START there as it came. The gate answers with struct msg_id, type MSG_GO, and the task socket, once for each task that it
 * made, where START is what it was made for; else it closes. The keeper tells STATE there too when the task ends. */
struct msg_start {
	uint32_t type;
	uint32_t id;         /* of the task; CAPTURE names the job's */
	uint32_t profile;    /* enum msg_profile */
	uint32_t workspace;  /* number, 1 to 65535; 0 where none is meant */
	uint32_t version;    /* of the workspace's data; DATA is data-VERSION */
	uint32_t time_s;     /* wall clock; 0 is refused */
	uint32_t pids;
	uint32_t cpu_milli;  /* thousandths of a processor */
	uint64_t mem_bytes;
	uint64_t work_bytes; /* /work and /tmp */
	uint64_t out_bytes;  /* /outputs */
	uint64_t disk_bps;   /* bytes a second read of the disk with these numbers */
	uint32_t disk[2];    /* major, minor of a whole disk; 0, 0: nothing is said of any */
	uint32_t runtime;    /* JOB: number of the runtime that it sees, 0: the host's /usr; IMAGE, WIPE: of the one to make or remove */
	uint32_t tables;     /* how many of table[] are meant */
	uint32_t table[SPE_HOLDINGS_MAX]; /* numbers of stored holding tables, opened in this order */
	uint64_t noexec;     /* JOB: not 0: nothing in /code, /work and /tmp is executed */
};

/* KILL, FORGET. */
struct msg_id {
	uint32_t type;
	uint32_t id;
};

/* STAT. The answer is STATE, with a descriptor of what the kernel says of the task's first process (confinement that
 * everything in its box inherits and nothing in it can loosen), open for reading; none where there is no such thing.
 * LOOK_LIMIT + i: the i-th limit in the order of cgroup.c, as the kernel holds it. */
enum look { LOOK_NONE, LOOK_STATUS, LOOK_MOUNTS, LOOK_RLIMITS, LOOK_CGROUP, LOOK_USER, LOOK_MNT, LOOK_PID, LOOK_NET, LOOK_IPC,
	LOOK_UTS, LOOK_CGROUP_NS, LOOK_TIME, LOOK_PROFILES /* sealed: spe/profile.h */, LOOK_FILTER /* as the kernel has it */, LOOK_LIMIT };
struct msg_stat {
	uint32_t type;
	uint32_t id;
	uint32_t look;
};

enum msg_end {
	END_RUNNING,  /* not yet */
	END_EXIT,     /* value: exit status */
	END_SIGNAL,   /* value: signal */
	END_NOEXEC,   /* value: errno of execve */
	END_SETUP,    /* value: errno; the box could not be made, nothing ran */
	END_LOST,     /* its keeper or init was killed from outside */
	END_UNKNOWN,  /* there is no such task */
	END_COUNT
};

/* Which limits were met; several may be. */
#define LIMIT_TIME 1u
#define LIMIT_MEMORY 2u
#define LIMIT_PIDS 4u
#define LIMIT_OUTPUTS 8u   /* /outputs was full */
#define LIMIT_WORK 16u     /* /work or /tmp was full */
#define LIMIT_KILLED 32u   /* by KILL */
#define LIMIT_FILES 64u    /* /outputs had as many files as it takes */
#define LIMIT_SHM 256u     /* /dev/shm was full */
#define SEEN_EMPTY 128u    /* no limit: a job left nothing in /outputs */

/* END_SETUP: the gate did not give the task socket, step of STATE. */
#define STEP_GATE 21u

/* STATE: the answer to STAT and START, and unasked when a task ends. */
struct msg_state {
	uint32_t type;
	uint32_t id;
	uint32_t profile;
	uint32_t end;        /* enum msg_end */
	int32_t value;
	uint32_t limits;     /* LIMIT_* */
	uint32_t step;       /* END_SETUP: which step of the launcher's or spe-init's table; of a job's EXIT, SIGNAL: LIMIT_*, SEEN_* that it saw */
	uint64_t mem_peak_bytes;
	uint32_t version;     /* KEEPER_VERSION of the keeper */
	uint32_t start_bytes; /* sizeof(struct msg_start), as it knows it */
};
_Static_assert(sizeof(struct msg_id) == 8 && sizeof(struct msg_stat) == 12, "an older keeper would not understand");
_Static_assert(sizeof(struct msg_start) >= KEEPER_START_0 && sizeof(struct msg_state) >= KEEPER_STATE_0, "the same");

/* CALL and REPLY between api, engine and gate. The descriptor, where there is one, is a
 * memfd with a JSON text, or with MSG_F_BYTES a file with plain bytes. */
#define MSG_F_BYTES 1u
#define MSG_F_PREFLIGHT 2u /* api asks whether the body may come at all; 100: it may, with MSG_F_BYTES to the end of this file, path being
			    * how many bytes at most */
#define MSG_F_RANGE 4u     /* some of the bytes are asked for; in a reply: are given, whatever is behind the descriptor */
#define RANGE_LAST UINT64_MAX /* as the first byte: the last so many of them */
#define RANGE_END (UINT64_MAX >> 1)
struct msg_call {
	uint32_t type;
	uint32_t id;         /* of this call; the reply repeats it */
	uint32_t what;       /* api: enum http_method; gate: enum gate_op; reply: HTTP status */
	uint32_t uid;        /* api: of the caller, from SO_PEERCRED */
	uint32_t flags;
	char path[612];      /* api: path and query, NUL-terminated */
	uint64_t from, to;   /* MSG_F_RANGE: the first and the last byte, from 0; from may be RANGE_LAST, to RANGE_END */
	char digest[72];     /* SHA-256 of all the bytes; api: of those that a range may go on with, "-": of none, or ""; reply: or "" */
	uint64_t until_ms;   /* api: of CLOCK_MONOTONIC; after that it is not begun, as its caller was told that it is not answered; 0: always */
};

enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_DELETE, HTTP_COUNT };

/* msg_send - one message, fd -1 for none. Returns 0 or -errno. Never blocks for longer than
 * the socket does; EAGAIN where it is non-blocking and full. */
int msg_send(int sock, const void *msg, size_t len, int fd);
/* msg_recv - one message of exactly want bytes into buf; *ret_fd is the descriptor or -1, the
 * caller's. Returns 0; -EBADMSG on another size or too many descriptors; -EPIPE at the end;
 * else -errno. */
int msg_recv(int sock, void *buf, size_t want, int *ret_fd);
/* msg_recv_any - as msg_recv for 1 to max bytes; *ret_len says how many came. */
int msg_recv_any(int sock, void *buf, size_t max, size_t *ret_len, int *ret_fd);
/* msg_pair - two connected SOCK_SEQPACKET ends, close-on-exec. Returns 0 or -errno. */
int msg_pair(int ret_ends[2]);
#endif
