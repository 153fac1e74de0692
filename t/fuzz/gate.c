/* t/fuzz/gate.c - a hostile engine at a whole gate, in a directory that is made anew for each input. An input is lines:
 *   OP JSON     a call of the engine: the name of an op or its number, and its text as it is
 *   ^BYTES      what the next intake brings; ^ alone: nothing that can be read
 *   #K          the next call's text is a d(irectory), a p(ipe), w(rite-only), s(parse) or n(ull)
 *   >BYTES      a keeper: shows START of the newest task that waits, with these bytes XORed over it, and takes what it is given
 *   =BYTES      what its task writes          ~   spe-check does, where it is one
 *   <BYTES      it ended: STATE of one that ended well, with these bytes XORed over it          |   it is gone without a word
 * BYTES has %XX for a byte. The people of the registry have keys that sign nothing here but what lies there before: one approval of
 * two that are needed.
 * Promises: every call has one answer, well-formed and no larger than the engine takes; none is an error of the gate's own or ends
 * it; no descriptor stays open; no byte of an output, no key and no release comes out; nobody's key, permit, decision or revocation
 * comes in, and no permit's key goes; what is on disk verifies, then and after the next start. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/log.h"
#include "spe/ticket.h"
#include "spe/verdict.h"
#include "sped/base/buf.h"
#include "sped/gate/room.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define NOON 1793534400000ll   /* 2026-11-01T12:00:00Z */
#define ANSWER_MAX (8u << 20)  /* as the engine has it */
#define LINES_MAX 32
#define KEEPERS_MAX 8
#define MARK "hiddenwordofoutputs" /* in each output; no input has it */

static char place[300], said_last[1024];
static int top = -1, door = -1, engine[2], upload = -1, odd;
static bool unreadable; /* the call's text */
static int64_t now_ms;
static uint32_t calls;
static struct gate *g;
static const char policy[] = "name = \"test\"\nmin-count = 10\nmax-bytes = 100000\nmax-rows = 50\ndecisions = 2\n"
	"types = {\"csv\", \"txt\"}\nshow-names = true\nshow-sizes = false\nshow-exit = true\n";

static _Noreturn void broken(const char *what)
{
	fprintf(stderr, "a promise is broken: %s\nthe gate said last: %s\n", what, said_last);
	__builtin_trap();
}

/* ---- in place of others' ---- */

/* Nothing is to outlive this, and what is waited for is there or never comes. */
int fsync(int fd)
{
	return fd < 0 ? -1 : 0;
}

int fdatasync(int fd)
{
	return fd < 0 ? -1 : 0;
}

int sync_file_range(int fd, off64_t at, off64_t n, unsigned flags)
{
	return fd < 0 || at < 0 || n < 0 || flags == 0 ? -1 : 0;
}

int poll(struct pollfd *p, nfds_t n, int ms)
{
	struct timespec none = { 0 };

	return (int)syscall(SYS_ppoll, p, n, &none, NULL, ms * 0);
}

/* Whoever runs this is the root of these keepers. */
int getsockopt(int sock, int level, int name, void *p, socklen_t *len)
{
	int r = (int)syscall(SYS_getsockopt, sock, level, name, p, len);

	if (r == 0 && level == SOL_SOCKET && name == SO_PEERCRED)
		((struct ucred *)p)->uid = 0;
	return r;
}

int adjtimex(struct timex *t)
{
	t->status = 0;
	return TIME_OK;
}

void _exit(int status)
{
	broken(status ? "the gate ends" : "the gate ends well");
}

void spe_log_name(const char *program)
{
	snprintf(said_last, sizeof(said_last), "%s", program);
}

void spe_log(const char *topic, const char *fmt, ...)
{
	int n = snprintf(said_last, 100, "%s: ", topic);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said_last + n, sizeof(said_last) - 100, fmt, ap);
	va_end(ap);
}

static int64_t clock_ms(void)
{
	return now_ms;
}

/* ---- directories ---- */

static int dir_open(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		abort();
	return fd;
}

/* Each name in it; the directory is closed with the last. */
static void dir_each(int fd, void (*act)(int from, const char *name, bool dir, int to), int to)
{
	DIR *d = fdopendir(fd);
	struct dirent *one;

	while (d && (one = readdir(d)))
		if (strcmp(one->d_name, ".") != 0 && strcmp(one->d_name, "..") != 0)
			act(fd, one->d_name, one->d_type == DT_DIR, to);
	closedir(d);
}

static void one_remove(int from, const char *name, bool dir, int to)
{
	if (dir)
		dir_each(dir_open(from, name), one_remove, to);
	if (unlinkat(from, name, dir ? AT_REMOVEDIR : 0) < 0)
		abort();
}

static void one_copy(int from, const char *name, bool dir, int to)
{
	auto_close int in = openat(from, name, O_RDONLY | O_CLOEXEC), out = -1;
	struct stat st;
	char b[65536];
	ssize_t n;

	if (dir && mkdirat(to, name, 0700) < 0)
		abort();
	out = dir ? dir_open(to, name) : openat(to, name, O_WRONLY | O_CREAT | O_CLOEXEC, fstat(in, &st) == 0 ? st.st_mode : 0);
	if (in < 0 || out < 0)
		abort();
	if (dir)
		return dir_each(spe_take_fd(&in), one_copy, out);
	while ((n = read(in, b, sizeof(b))) > 0)
		if (io_write_all(out, b, (size_t)n) < 0)
			abort();
}

static void place_remove(void)
{
	dir_each(top, one_remove, -1);
	rmdir(place);
}

static void count_one(int from, const char *name, bool dir, int to)
{
	calls += from >= 0 && name && !dir && to < 0;
}

/* How many descriptors are open. */
static size_t open_now(void)
{
	const uint32_t was = calls;
	size_t n;

	dir_each(dir_open(AT_FDCWD, "/proc/self/fd"), count_one, -1);
	n = calls - was;
	calls = was;
	return n;
}

/* ---- keepers ---- */

static struct keeper {
	int conn, out, input;
	uint32_t id, profile;
	json_t *ticket;
} keepers[KEEPERS_MAX];
static size_t kept;

static size_t held_open(void)
{
	size_t n = 0, i;

	for (i = 0; i < GATE_TASKS_MAX; i++)
		n += (size_t)(g->task[i].out >= 0) + (g->task[i].socket >= 0) + (g->task[i].conn >= 0);
	for (i = 0; i < kept; i++)
		n += (size_t)(keepers[i].conn >= 0) + (keepers[i].out >= 0) + (keepers[i].input >= 0);
	return n + (upload >= 0);
}

static struct keeper *keeper_newest(void)
{
	return kept > 0 ? &keepers[kept - 1] : NULL;
}

static void keeper_end(void)
{
	struct keeper *k = keeper_newest();

	if (!k)
		return;
	spe_close_fd(&k->conn);
	spe_close_fd(&k->out);
	spe_close_fd(&k->input);
	json_decref(k->ticket);
	kept--;
}

static void ticket_take(struct keeper *k, int task)
{
	static char text[SPE_TICKET_MAX];
	int fd = -1;
	size_t len;

	if (msg_recv_any(task, text, sizeof(text), &len, &k->out) < 0 || k->out < 0 ||
		json_parse(text, len, "ticket", &k->ticket, NULL) < 0)
		broken("a task has no ticket");
	if (ftruncate(k->out, 0) < 0 || (fcntl(k->out, F_GETFL) & O_ACCMODE) != O_WRONLY)
		broken("a task can't write, or reads what it writes");
	while (recv(task, text, 1, MSG_PEEK | MSG_DONTWAIT) == 1) {
		if (msg_recv_any(task, text, 1, &len, &fd) < 0 || fd < 0)
			broken("a ticket's input is none");
		if (k->input < 0)
			k->input = spe_take_fd(&fd);
		spe_close_fd(&fd);
	}
}

static void bytes_over(void *p, size_t size, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len && i < size; i++)
		((char *)p)[i] ^= bytes[i];
}

/* With more bytes than the message has, it is as many shorter. */
static size_t size_over(size_t size, size_t len)
{
	return size - (len > size ? len % size : 0);
}

static struct msg_start newest_start(void)
{
	struct task *t = NULL;

	for (size_t i = 0; i < GATE_TASKS_MAX; i++)
		if (g->task[i].socket >= 0 && (!t || g->task[i].born > t->born))
			t = &g->task[i];
	return t ? t->start : (struct msg_start){ .id = 1 };
}

static void keeper_begin(const char *bytes, size_t len)
{
	struct keeper k = { .conn = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), .out = -1, .input = -1 };
	struct sockaddr_un a;
	socklen_t n = sizeof(a);
	auto_close int task = -1;
	struct msg_start s = newest_start();
	struct msg_id go;

	if (kept == KEEPERS_MAX || k.conn < 0 || getsockname(door, (struct sockaddr *)&a, &n) < 0 ||
		connect(k.conn, (struct sockaddr *)&a, n) < 0)
		return spe_close_fd(&k.conn);
	s.type = MSG_START;
	bytes_over(&s, sizeof(s), bytes, len);
	k.id = s.id;
	k.profile = s.profile;
	if (msg_send(k.conn, &s, size_over(sizeof(s), len), -1) < 0)
		abort();
	keeper_hear(g, door);
	if (msg_recv(k.conn, &go, sizeof(go), &task) < 0)
		return spe_close_fd(&k.conn);
	if (go.type != MSG_GO || go.id != s.id || task < 0)
		broken("a keeper is answered otherwise than with its task");
	ticket_take(&k, task);
	keepers[kept++] = k;
}

static void keeper_tell(const char *bytes, size_t len)
{
	struct keeper *k = keeper_newest();
	struct msg_state s = { .type = MSG_STATE, .end = END_EXIT };

	if (!k)
		return;
	s.id = k->id;
	s.profile = k->profile;
	bytes_over(&s, sizeof(s), bytes, len);
	msg_send(k->conn, &s, size_over(sizeof(s), len), -1);
	keeper_end();
}

static void keeper_write(const char *bytes, size_t len)
{
	struct keeper *k = keeper_newest();

	if (k && io_write_all(k->out, bytes, len) < 0)
		abort();
}

/* As spe-check does it. */
static void keeper_check(void)
{
	const struct keeper *k = keeper_newest();
	const char *text = k ? json_str(k->ticket, "policy") : "";
	struct policy_file f = { .name = k ? json_str(k->ticket, "name") : "" };
	struct policy_result result = { 0 };
	auto_free char *bytes = NULL, *record = NULL;
	struct verdict_head head = { .magic = VERDICT_MAGIC };
	struct policy p;

	if (!*text || io_read_at(k->input, 1 << 20, &bytes, &f.len) < 0)
		return;
	f.history_epoch = (uint64_t)json_int(k->ticket, "history_epoch");
	f.bytes = bytes;
	if (policy_parse(text, strlen(text), json_str(k->ticket, "policy_name"), &p, NULL) < 0 || policy_check(&p, &f, &result, NULL) < 0)
		broken("a check's policy is none");
	record = json_dumps(result.record, JSON_COMPACT);
	head.record_len = strlen(record);
	head.counts_len = result.counts_len;
	head.rebuilt_len = result.rebuilt_len;
	keeper_write((const char *)&head, sizeof(head));
	keeper_write(record, strlen(record));
	keeper_write((const char *)result.counts, result.counts_len * sizeof(*result.counts));
	keeper_write(result.rebuilt, result.rebuilt_len);
	policy_result_free(&result);
}

/* ---- the engine ---- */

/* Its own, so that libFuzzer does not learn what is looked for. */
__attribute__((no_sanitize("coverage"))) static bool has(const char *p, size_t len, const char *what)
{
	const size_t n = strlen(what);
	size_t i, k;

	for (i = 0; i + n <= len; i++) {
		for (k = 0; k < n && p[i + k] == what[k]; k++)
			;
		if (k == n)
			return true;
	}
	return false;
}

static void is_no_secret(const char *p, size_t len)
{
	char key[65];

	if (has(p, len, MARK))
		broken("bytes of an output come out");
	hex_text(key, g->master, 32);
	if (has(p, len, key))
		broken("the master key comes out");
	hex_text(key, g->release, 32);
	if (has(p, len, key))
		broken("the key of releases comes out");
}

static void answer_is_good(uint32_t op, const struct msg_call *m, int fd)
{
	auto_json json_t *j = NULL;
	auto_free char *p = NULL;
	const json_t *e;
	size_t len = 0;

	if (m->type != MSG_REPLY || m->id != calls || fd < 0 || io_read_at(fd, ANSWER_MAX, &p, &len) < 0)
		broken("an answer is none, or too large");
	is_no_secret(p, len);
	if ((fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY && !(fcntl(fd, F_GET_SEALS) & F_SEAL_WRITE))
		broken("what is answered can be written to");
	if (m->flags & MSG_F_BYTES) {
		if (m->what != 200 || op != GATE_OPEN)
			broken("bytes come out");
		return;
	}
	if (json_parse(p, len, "answer", &j, NULL) < 0)
		broken("an answer is no JSON");
	e = json_object_get(j, "error");
	if (m->what == 200)
		return;
	if (m->what != (uint32_t)spe_code_http(spe_code_from_name(json_str(e, "code"))) || !*json_str(e, "message"))
		broken("an error has no code or no sentence");
	snprintf(said_last, sizeof(said_last), "%s", json_str(e, "message"));
	if ((strcmp(json_str(e, "code"), "internal") == 0 && !unreadable) || strcmp(json_str(e, "code"), "tampered") == 0)
		broken("the gate takes itself for broken");
}

/* A descriptor with these bytes, or one of another kind. */
static int request_make(const char *p, size_t len)
{
	int fd = -1, ends[2];

	if (odd == 'd')
		fd = dir_open(top, ".");
	else if (odd == 'n')
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	else if (odd == 'w')
		fd = openat(top, "written", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	else if (odd == 'p' && pipe2(ends, O_CLOEXEC) == 0) {
		close(ends[1]);
		fd = ends[0];
	} else
		fd = memfd_create("call", MFD_CLOEXEC);
	if (fd < 0 || (odd != 'd' && odd != 'p' && io_write_all(fd, p, len) < 0) || (odd == 's' && ftruncate(fd, 1ll << 40) < 0))
		abort();
	unreadable = odd != 0;
	odd = 0;
	return fd;
}

static void message_send(const struct msg_call *m, int from)
{
	auto_close int fd = from;

	if (msg_send(engine[0], m, sizeof(*m), fd) < 0)
		abort();
}

static void upload_close(void)
{
	spe_close_fd(&upload);
	upload = -1;
}

static void call(uint32_t op, const char *text, size_t len)
{
	struct msg_call m = { .type = MSG_CALL, .id = ++calls, .what = op };
	auto_close int fd = -1;

	message_send(&m, request_make(text, len));
	m.what = GATE_INPUT;
	if (op == GATE_INTAKE || op == GATE_IMAGE)
		message_send(&m, upload < 0 ? dir_open(top, ".") : spe_take_fd(&upload));
	if (!engine_hear(g, engine[1]) || msg_recv(engine[0], &m, sizeof(m), &fd) < 0)
		broken("a call has no answer");
	answer_is_good(op, &m, fd);
}

static uint32_t op_of(const char *name, size_t len)
{
	char text[32];
	uint32_t op;

	snprintf(text, sizeof(text), "%.*s", (int)len, name);
	for (op = 1; op < GATE_COUNT; op++)
		if (strcmp(gate_op_name(op), text) == 0)
			return op;
	return (uint32_t)strtoul(text, NULL, 10);
}

/* ---- lines ---- */

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t unescape(char *p, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		if (p[i] == '%' && i + 2 < len && digit(p[i + 1]) >= 0 && digit(p[i + 2]) >= 0) {
			p[n++] = (char)(digit(p[i + 1]) << 4 | digit(p[i + 2]));
			i += 2;
		} else {
			p[n++] = p[i];
		}
	}
	return n;
}

static void line(char *p, size_t len)
{
	const char *blank = memchr(p, ' ', len);
	size_t n;

	if (len == 0)
		return;
	if (!memchr("^#>=~<|", p[0], 7)) {
		n = blank ? (size_t)(blank - p) : len;
		return call(op_of(p, n), blank ? blank + 1 : "{}", blank ? len - n - 1 : 2);
	}
	n = unescape(p + 1, len - 1);
	switch (p[0]) {
	case '^':
		upload_close();
		if (n > 0 && io_memfd(p + 1, n, &upload) < 0)
			abort();
		break;
	case '#':
		odd = n > 0 ? p[1] : 0;
		break;
	case '>':
		keeper_begin(p + 1, n);
		break;
	case '=':
		keeper_write(p + 1, n);
		break;
	case '~':
		keeper_check();
		break;
	case '<':
		keeper_tell(p + 1, n);
		break;
	default:
		keeper_end();
	}
}

static void lines(const char *text, size_t len)
{
	auto_free char *copy = malloc(len + 1);
	size_t at, n, i, before;

	memcpy(copy, text, len);
	for (at = 0, i = 0; at < len && i < LINES_MAX; at += n + 1, i++) {
		const char *end = memchr(copy + at, '\n', len - at);

		n = end ? (size_t)(end - copy) - at : len - at;
		before = open_now() - held_open();
		line(copy + at, n);
		now_ms += 100;
		gate_clock(g, now_ms - NOON + 1);
		if (g->must_end)
			broken("the gate has to begin again");
		if (!g->verify && open_now() - held_open() != before)
			broken("a descriptor stays open");
	}
	while (kept > 0)
		keeper_end();
	upload_close();
	odd = 0;
}

/* ---- the gate ---- */

static void gate_begin(int dir)
{
	struct spe_error e = { 0 };

	if (gate_open(&g, dir, clock_ms, &e) < 0 || gate_policy(g, policy, strlen(policy), &e) < 0) {
		snprintf(said_last, sizeof(said_last), "%s", e.text);
		broken("the gate does not begin");
	}
}

static json_t *asked(enum gate_op op, json_t *in)
{
	struct call c = { .in = in, .input = -1, .out_fd = -1 };
	struct spe_error e = { 0 };
	auto_free char *text = NULL;
	size_t len;

	if (gate_call(g, op, &c, &e) < 0) {
		snprintf(said_last, sizeof(said_last), "%s: %s", gate_op_name(op), e.text);
		broken("what has to be answered is refused");
	}
	json_decref(in);
	if (c.out_fd >= 0 && io_read_at(c.out_fd, ANSWER_MAX, &text, &len) == 0)
		c.out = json_string(text);
	spe_close_fd(&c.out_fd);
	return c.out;
}

static void is_whole(void)
{
	auto_json json_t *j = asked(GATE_VERIFY, json_object());
	auto_free char *text = json_dumps(json_object_get(j, "problems"), JSON_COMPACT);

	snprintf(said_last, sizeof(said_last), "%s", text);
	if (!json_flag(j, "ok") || gate_tampered(g))
		broken("what is on disk does not verify");
}

static void export_is_held(const char *id)
{
	auto_export struct export x = { .request = NULL };
	struct spe_error e;

	if (export_load(g, id, &x, &e) < 0)
		broken("an export can't be read");
	if (x.approvals > (strcmp(id, "0000e001") == 0) || x.rejections > 0 || x.returns > 0 ||
		export_is(&x, "approved") || export_is(&x, "released"))
		broken("somebody decided who did not");
}

static void nothing_came_of_it(void)
{
	auto_json json_t *released = dir_names(g->dir, "releases");
	const char *group;
	json_t *of;

	if (json_array_size(released) > 0 || json_object_size(store_group(g, "releases")) > 0)
		broken("there is a release");
	if (g->registry->seq != 2 || json_object_size(store_group(g, "seen")) > 0)
		broken("a key came in");
	if (json_object_size(store_group(g, "permits/FI-1")) != 2 || permit_is_over(g, "FI-1"))
		broken("a permit was changed or ended");
	json_object_foreach(g->files, group, of) {
		if (strncmp(group, "permits/", 8) == 0 && json_object_size(of) > 0 && strcmp(group, "permits/FI-1") != 0)
			broken("a permit came in");
		if (strncmp(group, "exports/", 8) == 0 && !strchr(group + 8, '/') && json_object_size(of) > 0)
			export_is_held(group + 8);
	}
}

static void journal_has_no_secret(void)
{
	auto_close int fd = io_openat(g->dir, "journal/journal.jsonl", O_RDONLY, 0);
	const size_t len = (size_t)journal_bytes(g->journal);
	auto_free char *p = malloc(len);

	if (pread(fd, p, len, 0) != (ssize_t)len)
		broken("the journal is shorter than the gate says");
	is_no_secret(p, len);
}

/* ---- what is there before ---- */

static void key_of(uint8_t n, uint8_t ret[32])
{
	memset(ret, n, 32);
}

static json_t *signed_by(uint8_t n, const char *ns, const char *text)
{
	uint8_t key[32];
	char *armor = NULL;
	json_t *s;

	key_of(n, key);
	if (sshsig_sign(key, ns, text, strlen(text), &armor, NULL) < 0)
		abort();
	s = json_string(armor);
	free(armor);
	return s;
}

static const char *public_of(uint8_t n)
{
	static char text[SSHKEY_TEXT_MAX];
	uint8_t key[32];

	key_of(n, key);
	if (sshkey_public(key, text, NULL) < 0)
		abort();
	return text;
}

static json_t *record_of(const char *actor)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:i,s:{}}", "actor", actor, "role", "tester", "action", "test", "workspace", "FI-1",
		"permit_version", 1, "object");
}

enum { OP1 = 11, OP2, ISSUER, ANN, BO };

static void registry_begin(void)
{
	static const struct {
		const char *name, *role;
		uint8_t key;
	} who[] = { { "ann", "checker", ANN }, { "bo", "checker", BO }, { "urn:spe:hdab:fi", "issuer", ISSUER } };
	auto_buf struct buf root = { 0 };
	auto_json json_t *changes = json_array();
	auto_free char *text = NULL;
	char now[TIME_TEXT];
	size_t i;

	buf_fmt(&root, "anna %s\n", public_of(OP1));
	buf_fmt(&root, "bert %s\n", public_of(OP2));
	if (gate_operators(g, root.p, root.len, NULL) < 0)
		abort();
	for (i = 0; i < 3; i++)
		json_array_append_new(changes, json_pack("{s:s,s:s,s:s,s:n,s:n,s:n}", "set", who[i].name, "role", who[i].role, "key",
			public_of(who[i].key), "team", "from", "until"));
	gate_now(g, now);
	text = registry_text(g->registry, now, 0, NULL, changes);
	json_decref(asked(GATE_REGISTRY_CHANGE, json_pack("{s:o,s:s,s:[o,o]}", "record", record_of("op"), "entry", text, "signatures",
		signed_by(OP1, REGISTRY_NAMESPACE, text), signed_by(OP2, REGISTRY_NAMESPACE, text))));
}

static const char permit[] = "{\"format\":\"spe-permit-1\",\"id\":\"FI-1\",\"kind\":\"data-permit\",\"version\":1,\"replaces\":null,"
	"\"issuer\":{\"hdab\":\"urn:spe:hdab:fi\",\"country\":\"FI\",\"case\":\"THL/1\"},\"issued\":\"2026-10-01T09:00:00Z\","
	"\"data\":[{\"holding\":\"colon-trial\",\"form\":\"pseudonymised\",\"format\":\"csv\",\"variables\":{\"colon\":[\"age\"]}}],"
	"\"purpose\":{\"article53\":[\"e\"],\"text\":\"Survival.\"},"
	"\"persons\":[{\"id\":\"cy\",\"roles\":[\"principal-investigator\",\"researcher\"]},"
	"{\"id\":\"ann\",\"roles\":[\"checker\"]},{\"id\":\"bo\",\"roles\":[\"checker\"]}],"
	"\"valid\":{\"from\":\"2026-10-15\",\"until\":\"2026-12-31\",\"erased-by\":\"2027-03-31\"},"
	"\"environment\":{\"runtime\":[\"host\"],\"cpus\":2,\"memory\":\"2G\",\"disk\":\"1G\"},"
	"\"outputs\":{\"types\":[\"text/csv\",\"text/plain\"],\"min-cell\":12,\"max-bytes\":100000,\"decisions\":2}}";

#define RECORD "\"record\":{\"actor\":\"cy\",\"role\":\"researcher\",\"action\":\"test\",\"workspace\":\"FI-1\",\"object\":{}}"
#define POLICY                                                                                                                       \
	"{\"name\":\"test\",\"text\":\"name = \\\"test\\\"\\nmin-count = 10\\nmax-bytes = 100000\\nmax-rows = 50\\ndecisions = 2\\n" \
	"types = {\\\"csv\\\", \\\"txt\\\"}\\nshow-names = true\\nshow-sizes = false\\nshow-exit = true\\n\"}"
#define EXPORT(id)                                                                                                                      \
	"export {" RECORD ",\"export\":\"" id "\",\"job\":\"0000a0b1\",\"permit\":\"FI-1\",\"requester\":\"cy\",\"context\":\"\",\"files\":[" \
	"{\"name\":\"a.csv\",\"description\":\"People by arm\"},{\"name\":\"note.txt\",\"description\":\"A note\"}],\"policy\":" POLICY "}\n"
#define CAPTURE(id)                                                                                                                   \
	"capture {\"job\":\"" id "\",\"max_files\":5,\"max_bytes\":1000,\"begin\":{\"workspace\":7}}\n>\n"                             \
	"=spe-outputs-1%00%00%00F%00%00%00%05%00%00%00%2b%00%00%00%00%00%00%00a.csvarm,people%0a" MARK ",120%0aObs,130%0a"             \
	"F%00%00%00%08%00%00%00%1c%00%00%00%00%00%00%00note.txtA note " MARK ".%0aE%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00\n<\n" \
	"ingest {" RECORD ",\"job\":\"" id "\"}\n"
#define CHECKED(id, index)                                                                                \
	"check {\"task\":\"00000c01\",\"export\":\"" id "\",\"index\":" index "}\n>\n~\n<\nverdict {\"task\":\"00000c01\",\"export\":\"" id \
	"\",\"index\":" index "}\n"

/* A table, what was staged of it, two jobs' outputs, an export to decide on, and one to check. */
static const char *const begun[] = {
	"^age%0a40%0a\n"
	"intake {\"task\":\"00000001\",\"holding\":\"colon-trial\",\"table\":\"colon\",\"description\":{\"name\":\"colon\",\"columns\":[{\"name\":\"age\","
	"\"datatype\":\"integer\"}]},\"begin\":{\"tables\":[3]}}\n>\n={\"ok\":true,\"sha256\":\"0000000000000000000000000000000000000000000000000000"
	"000000000000\"}\n<\nresult {" RECORD ",\"task\":\"00000001\"}\n",
	"stage {\"task\":\"00000002\",\"permit\":\"FI-1\",\"tables\":[{\"holding\":\"colon-trial\",\"table\":\"colon\",\"sha256\":\"0000000000000000000000000"
	"000000000000000000000000000000000000000\",\"description\":{\"name\":\"colon\",\"columns\":[{\"name\":\"age\",\"datatype\":\"integer\"}]}}],"
	"\"reference_year\":2026,\"begin\":{\"workspace\":7,\"version\":1,\"tables\":[3]}}\n>\n={\"ok\":true,\"tables\":[],\"prints\":{\"bytes\":0,\"sha256\":"
	"\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}}%0a\n<\nresult {" RECORD ",\"task\":\"00000002\"}\n",
	CAPTURE("0000a0b1"),
	CAPTURE("0000a0b2"),
	EXPORT("0000e001") CHECKED("0000e001", "0") CHECKED("0000e001", "1") "manifest {" RECORD ",\"export\":\"0000e001\"}\n",
	EXPORT("0000e002"),
};

static void approve(void)
{
	auto_json json_t *manifest = asked(GATE_OPEN, json_pack("{s:o,s:s,s:s,s:s}", "record", record_of("ann"), "export", "0000e001", "what",
		"manifest", "name", ""));

	json_decref(asked(GATE_DECIDE, json_pack("{s:o,s:s,s:s,s:s,s:o,s:s}", "record", record_of("ann"), "export", "0000e001", "person", "ann",
		"verdict", "approve", "signature", signed_by(ANN, "spe-decision", json_string_value(manifest)), "comment", "")));
}

static void own_make(int dir)
{
	static const char *const names[] = { "master.key", "release.key" };
	uint8_t key[32];
	size_t i;

	if (mkdirat(dir, "keys", 0700) < 0)
		abort();
	auto_close int keys = dir_open(dir, "keys");

	for (i = 0; i < 2; i++) { /* so that an input means the same the next time */
		key_of((uint8_t)(i + 1), key);
		if (io_replace(keys, names[i], key, sizeof(key), 0400) < 0)
			abort();
	}
	gate_begin(dir);
	registry_begin();
	json_decref(asked(GATE_PERMIT, json_pack("{s:o,s:s,s:o}", "record", record_of("op"), "permit", permit, "signature",
		signed_by(ISSUER, "spe-permit", permit))));
	for (i = 0; i < sizeof(begun) / sizeof(begun[0]); i++)
		lines(begun[i], strlen(begun[i]));
	approve();
	if (!store_has(g, "exports/0000e001/decisions/ann.json") || !store_has(g, "exports/0000e002/request.json"))
		broken("what is there before can't be made");
	is_whole();
	gate_last(g);
	gate_free(g);
}

static void set_up(void)
{
	const char *tmp = getenv("TMPDIR");
	struct sockaddr_un any = { .sun_family = AF_UNIX };

	umask(0077);
	setenv("TZ", "UTC0", 1);
	snprintf(place, sizeof(place), "%s/spe-fuzz-gate.XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(place) || msg_pair(engine) < 0)
		abort();
	fcntl(engine[0], F_SETFL, O_NONBLOCK);
	top = dir_open(AT_FDCWD, place);
	atexit(place_remove);
	door = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bind(door, (struct sockaddr *)&any, sizeof(sa_family_t)) < 0 || listen(door, 4) < 0 || mkdirat(top, "before", 0700) < 0)
		abort();
	auto_close int before = dir_open(top, "before");

	now_ms = NOON;
	own_make(before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	auto_close int dir = -1;

	if (top < 0)
		set_up();
	now_ms = NOON + 3600000;
	calls = 0;
	if (mkdirat(top, "now", 0700) < 0)
		abort();
	dir = dir_open(top, "now");
	dir_each(dir_open(top, "before"), one_copy, dir);
	gate_begin(dir);
	lines((const char *)data, len);
	nothing_came_of_it();
	journal_has_no_secret();
	is_whole();
	gate_free(g);
	gate_begin(dir);
	if (gate_tampered(g)) {
		snprintf(said_last, sizeof(said_last), "%s", gate_tampered(g));
		broken("the next start finds something else on disk");
	}
	nothing_came_of_it();
	gate_free(g);
	one_remove(top, "now", true, -1);
	return 0;
}
