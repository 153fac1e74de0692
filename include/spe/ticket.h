/* spe/ticket.h - what waits on a task socket (descriptor 3) when a helper or spe-init begins.
 * The gate makes it and wrote it before the task began; for jobs the engine does, and writes it once all that was recorded is on
 * disk: what waits for it by then is a box in which nothing of the job has run, and which ends with INIT_TICKET and EPIPE where it
 * never comes. Whoever wrote it says no more; the task never answers on the socket: results go to the out descriptor.
 * The gate's go from it to root alone (START in spe/msg.h): what lies on them is keys and outputs.
 *
 * spe-stage, spe-check, spe-capture, spe-image: first message: JSON text, at most SPE_TICKET_MAX, with the out
 *   descriptor: an empty file opened for writing. STAGE, INTAKE: of a longer text it is the byte 'T' alone, and a second message, 'T'
 *   too, has a sealed memfd with the text, at most SPE_TICKET_LONG. Then, where "input" is true: one byte 'I' with a
 *   descriptor open for reading. CHECK: one such message for each word of "inputs", in this order.
 *   Descriptor 4 is what the launcher adds: STAGE and WIPE: the directory to write or empty; INTAKE: the
 *   new table's directory, empty, in which the upload is written as "table"; IMAGE: the new runtime's, in which the tree
 *   becomes "root"; CAPTURE: the outputs directory, read-only; CHECK: nothing.
 *   STAGE: descriptors 5, 6, ... are the holding tables, in the order of the ticket's "tables".
 *   Exit status 0: done, and the out file is complete; 1: failed, the out file says why where it can.
 *
 * spe-init: first message: struct ticket_job, then argc NUL-terminated words, then envc NUL-terminated NAME=VALUE;
 *   its descriptor is the code bundle (a tar archive), or none. Descriptor 4 is the report socket to the
 *   keeper, 5 the profiles (spe/profile.h), 6 the writable /code for unpacking, 7 the program spe-unpack; all
 *   closed before the job. spe-unpack: descriptor 3 is the bundle, 4 is /code; its exit status is an errno.
 *
 * Tickets (all strict):
 *  stage:   {"kind":"stage","permit":TEXT,"k_permit":HEX,"k_check":HEX,"k_shift":HEX,"reference_year":2026,"canaries":N?,"c4gh":HEX?,
 *            "tables":[{"holding":ID,"table":NAME,"sha256":HEX,"description":TABLE,"rows":N?,"reference_year":N?}],
 *            "opt_out":[the same]?}
 *            (canaries: rows of nobody to plant into each table, 0 to 100; rows: how many the table has; its reference_year:
 *            in place of the other; opt_out: registers of people who opted out, whose descriptors follow those of the tables;
 *            c4gh: the environment's secret Crypt4GH key, 32 bytes)
 *  intake:  {"kind":"intake","input":true,"holding":ID,"table":NAME,"description":TABLE,"c4gh":HEX?,"sha256":HEX?}   (what
 *            was announced of the upload)
 *  verify:  {"kind":"verify","tables":[{"holding","table","sha256"}]}   (a STAGE without a workspace: descriptor 4 is nothing)
 *  wipe:    {"kind":"wipe"}
 *  image:   {"kind":"image","input":true,"max_bytes":N}   (of all files together, as they are written)
 *  capture: {"kind":"capture","max_files":N,"max_bytes":N}
 *  check:   {"kind":"check","inputs":["output","sidecar"?,"prints"...,"history"?,"siblings"?],"history_epoch":N,"name":FILE,
 *            "policy":TEXT,"policy_name":NAME,"k_check":HEX,
 *            "min_count":N or 0,"max_bytes":N or 0,"types":[MEDIA-TYPE]}  (the permit's, where stricter than the policy's)
 *   sidecar: the job's outputs.json or results.json; prints: spe/prints.h, of all stagings; history: the counts released before under the permit
 *   (spe/counts.h), by the first history_epoch releases; siblings: those of the files before this one in its export, "file" in
 *   them counting from 1. The program opens nothing: it maps these before it gives its sight up.
 *   TABLE is one entry of a holding's "tables", as holding_bare leaves it (spe/holding.h).
 * Results:
 *  stage:   {"ok":true,"tables":[{"holding","table","rows_in","rows_out","planted","bytes","sha256"?,"left_out":{"conditions","unreadable",
 *            "cohort","invalid","opt_out"?},"invalid":{KIND:N},"misfits":{VARIABLE:N},"risk"?:{"unit","units","classes","k","uniques",
 *            "l"?,"entropy_l"?,"t"?}}],"opt_out":[{"holding","table","rows","invalid"}],"prints":{"bytes","sha256"}},
 *            ("file" besides: an opaque one, passed through whole, sha256 being its own; no sha256: read for a cohort alone; unreadable: of conditions, values that do not fit their description)
 *           with blanks and a newline up to byte TASK_PRINTS; from there to the end the index (spe/prints.h)
 *  intake:  {"ok":true,"rows","bytes","sha256","misfits":{COLUMN:N},"numbers":{COLUMN:N},"unknown":{PATH:N}}   (values that
 *            do not fit the datatype; that are identity numbers where the description has no identifier; what it does not have, see
 *            form_unknown in sped/stage/form.h)
 *  verify:  {"ok":true,"tables":[{"holding","table","sha256","bytes","same"}]}   (sha256: what it is)
 *  wipe:    {"ok":true,"files"}
 *  image:   {"ok":true,"digest":"sha256:HEX","tree":HEX,"layers","entries","bytes","dropped":{"devices","fifos","sockets",
 *            "setid","xattrs","places"},"env":["NAME=VALUE"]}   (tree: see seal_tree in sped/image/image.h)
 *  check:   spe/verdict.h
 *  each:    {"ok":false,"error":{"code","message","remedy"}}
 *  stage, intake and verify, before they are done: {"progress":{"rows","bytes","of","ms"}}: records read, bytes of so many, and since
 *           when; a line of TASK_PROGRESS bytes, written again and again
 *  capture: the stream of spe/outputs.h */
#ifndef SPE_TICKET_H
#define SPE_TICKET_H
#include <stdint.h>

#define TASK_SOCKET 3
#define TASK_PLACE 4
#define TASK_TABLES 5
#define TASK_PRINTS (1u << 20) /* bytes of a stage result before the index: 64 tables with the longest names, 100 of them misfits */
#define TASK_PROGRESS 256u     /* bytes: the line of a task that is not done */
#define INIT_REPORT 4
#define INIT_PROFILES 5
#define INIT_CODE 6
#define INIT_UNPACKER 7

struct ticket_job {
	uint32_t argc;
	uint32_t envc;
	char profile[32]; /* its name, with a NUL (spe/profile.h) */
};

/* Steps of spe-init, told in init_report.step; the launcher's own are below 40. The engine has a word for each. */
enum init_step { INIT_TICKET = 40, INIT_UNPACK, INIT_PROFILE, INIT_KEYRING, INIT_CORE, INIT_MEMORY, INIT_LANDLOCK, INIT_FILTER,
	INIT_FORK };

/* spe-init to its keeper, once. */
struct init_report {
	uint32_t end;    /* enum msg_end: EXIT, SIGNAL, NOEXEC or SETUP */
	int32_t value;
	uint32_t step;   /* SETUP: which step of spe-init's table; EXIT, SIGNAL: LIMIT_* of what was full at the end */
};
#endif
