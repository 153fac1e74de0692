/* spe-cli/cmd_export_fetch.c - export fetch: a release, in as many goes as it takes: FILE.part has what came, FILE.part.sha256 of what (as sha256sum has it). Where
 * both are there, what is missing is asked for; all of it is hashed before it gets its name, and nothing ever goes over a file that is there.
 * Both lie in a directory that is opened once, and are followed nowhere. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe-cli/commands.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/hex.h"
#include "sped/base/json.h"

#define PIECE (INT64_C(1) << 20) /* asked for at once, or a sixteenth: what a break costs, see spe-policy(5), fetches */
#define AWAY_MAX 60               /* seconds without sped, or without a byte more */

struct fetch {
	const char *file;          /* as it was asked for */
	const char *base;          /* its last component */
	char *part, *sum;
	int dir;
	struct talk_part p;
};

static void fetch_end(struct fetch *f)
{
	spe_close_fd(&f->dir);
	spe_close_fd(&f->p.fd);
	free(f->part);
	free(f->sum);
}

static int taken(const struct fetch *f, struct spe_error *e)
{
	spe_fail(e, SPE_E_CONFLICT, "%s is there already and is left as it is", f->file);
	spe_remedy(e, "try: another name with -o, or move it away");
	return -SPE_E_CONFLICT;
}

static int place_open(struct fetch *f, struct spe_error *e)
{
	const char *slash = strrchr(f->file, '/');
	auto_free char *dir = slash ? strndup(f->file, slash == f->file ? 1 : (size_t)(slash - f->file)) : strdup(".");
	struct stat st;

	f->base = slash ? slash + 1 : f->file;
	if (!f->base[0])
		return spe_fail(e, SPE_E_INPUT, "-o \"%s\" names no file%s", f->file, slash ? ": name one in that directory" : "");
	if (!dir || asprintf(&f->part, "%s.part", f->base) < 0) {
		f->part = NULL;
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	}
	if (asprintf(&f->sum, "%s.sha256", f->part) < 0) {
		f->sum = NULL;
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	}
	f->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->dir < 0)
		return spe_fail(e, SPE_E_INPUT, "%s can't be made: %s", f->file, strerror(errno));
	return fstatat(f->dir, f->base, &st, AT_SYMLINK_NOFOLLOW) == 0 ? taken(f, e) : 0;
}

/* Ours alone, and written by nobody else: another fetch of the same would be. */
static int part_open(struct fetch *f, struct spe_error *e)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat st, named;

	f->p.fd = openat(f->dir, f->part, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
	if (f->p.fd < 0 || fstat(f->p.fd, &st) < 0)
		return spe_fail(e, errno == ELOOP || errno == EISDIR ? SPE_E_CONFLICT : SPE_E_INPUT, "%s.part can't be written: %s", f->file,
			errno == ELOOP ? "it is a symbolic link" : strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_nlink != 1) {
		spe_fail(e, SPE_E_CONFLICT, "%s.part is no plain file of your own, and is left as it is", f->file);
		spe_remedy(e, "try: another name with -o, or move it away");
		return -SPE_E_CONFLICT;
	}
	if (fcntl(f->p.fd, F_OFD_SETLK, &l) < 0 || fstatat(f->dir, f->part, &named, AT_SYMLINK_NOFOLLOW) < 0 || named.st_ino != st.st_ino)
		return spe_fail(e, SPE_E_CONFLICT, "%s.part is being written by another spe-cli", f->file);
	f->p.at = st.st_size;
	return 0;
}

/* Which bytes were begun with; nothing where that is not known: then it is begun anew. */
static void sum_read(struct fetch *f)
{
	auto_close int fd = openat(f->dir, f->sum, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char text[66] = "";
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && read(fd, text, 65) == 65 && text[64] == ' ' &&
		strspn(text, "0123456789abcdef") == 64)
		snprintf(f->p.digest, sizeof(f->p.digest), "%.64s", text);
	else
		f->p.at = 0;
}

static int sum_write(void *arg, struct talk_part *p, struct spe_error *e)
{
	const struct fetch *f = arg;
	auto_buf struct buf b = { 0 };
	auto_close int fd = -1;

	buf_fmt(&b, "%s  %s\n", p->digest, f->base);
	if (unlinkat(f->dir, f->sum, 0) < 0 && errno != ENOENT)
		return spe_fail(e, SPE_E_CONFLICT, "%s.part.sha256 can't be written: %s", f->file, strerror(errno));
	fd = openat(f->dir, f->sum, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (b.bad || fd < 0 || io_write_all(fd, b.p, b.len) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "%s.part.sha256 can't be written: %s", f->file, strerror(errno));
	return 0;
}

static void parts_drop(const struct fetch *f)
{
	unlinkat(f->dir, f->sum, 0);
	unlinkat(f->dir, f->part, 0);
}

static bool is_whole(const struct fetch *f)
{
	char digest[SHA256_TEXT];

	return f->p.digest[0] && sha256_fd_text(f->p.fd, digest, NULL) == 0 && strcmp(digest, f->p.digest) == 0;
}

/* Until there are as many bytes as sped says. */
static int bytes_fetch(struct cli *c, const char *path, struct fetch *f, struct spe_error *e)
{
	int away = 0, r;

	do {
		int64_t before = f->p.at;

		f->p.piece = f->p.of / 16 > PIECE ? f->p.of / 16 : PIECE;
		r = talk_part(c->talk, path, &f->p, e);
		if (r < 0 && f->p.status == 416)
			return 0; /* it has as many, or more: the hash says whether they are the right ones */
		if (r < 0 && (r != -SPE_E_NO_DAEMON || (!f->p.digest[0] && away == 0)))
			return r;
		away = f->p.at > before ? 0 : away + 1;
		if (r < 0 && away <= 1)
			show_note("%s; going on when it can", e->text);
		if (away > AWAY_MAX)
			return r < 0 ? r : spe_fail(e, SPE_E_INTERNAL, "%s does not get on", f->file);
		if (away > 0)
			sleep(1);
	} while (r < 0 || f->p.of < 0 || f->p.at < f->p.of);
	return 0;
}

static int name_take(const struct fetch *f, struct spe_error *e)
{
	int r;

	if (fsync(f->p.fd) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "%s.part can't be written: %s", f->file, strerror(errno));
	r = file_name_take(f->dir, f->part, f->base);
	if (r < 0)
		return r == -EEXIST ? taken(f, e) : spe_fail(e, SPE_E_INTERNAL, "%s can't be made: %s", f->file, strerror(-r));
	unlinkat(f->dir, f->sum, 0);
	fsync(f->dir);
	return 0;
}

/* What was there may be of something else: then it is fetched from its first byte on, once. */
static int whole_fetch(struct cli *c, const char *path, struct fetch *f, struct spe_error *e)
{
	const bool went_on = f->p.at > 0;
	int r = is_whole(f) ? 0 : bytes_fetch(c, path, f, e);

	if (r == 0 && !is_whole(f) && went_on) {
		show_note("what was in %s.part is not of this release; it is fetched from the beginning", f->file);
		f->p.at = 0;
		f->p.of = -1;
		r = ftruncate(f->p.fd, 0) < 0 ? spe_fail(e, SPE_E_INTERNAL, "%s.part can't be written: %s", f->file, strerror(errno)) :
						 bytes_fetch(c, path, f, e);
	}
	if (r < 0 || is_whole(f))
		return r;
	parts_drop(f);
	spe_fail(e, SPE_E_TAMPERED, "what was fetched does not have the SHA-256 that sped says it has; nothing of it is kept");
	spe_remedy(e, "fetch it again, and tell the operator if it stays so");
	return -SPE_E_TAMPERED;
}

static int fetch_release(struct cli *c, const char *path, const char *file, struct spe_error *e)
{
	__attribute__((cleanup(fetch_end))) struct fetch f = { .file = file, .dir = -1, .p = { .fd = -1, .of = -1, .known = sum_write } };
	struct stat st;
	int r = place_open(&f, e);

	f.p.arg = &f;
	if (r == 0)
		r = part_open(&f, e);
	if (r < 0)
		return r;
	sum_read(&f);
	if (f.p.at > 0)
		show_note("%lld bytes are there already", (long long)f.p.at);
	r = whole_fetch(c, path, &f, e);
	if (r == 0)
		r = name_take(&f, e);
	if (r == -SPE_E_REFUSED && f.p.at > 0)
		spe_remedy(e, "try: again without %s.part, where it may be fetched once more", file);
	if (r < 0 && !f.p.digest[0] && fstat(f.p.fd, &st) == 0 && st.st_size == 0)
		parts_drop(&f);
	return r;
}

int cmd_export_fetch(struct cli *c, struct spe_error *e)
{
	auto_free char *named = NULL, *path = talk_path("/v1/exports/%s/release", c->operand[0]);
	auto_json json_t *said = NULL;
	const char *file = cli_value(c, "output");
	int r;

	if (!file && strchr(c->operand[0], '/'))
		return spe_fail(
			e, SPE_E_INPUT, "\"%.40s\" is not the id of an export", c->operand[0]);
	if (asprintf(&named, "spe-release-%s.tar", c->operand[0]) < 0) {
		named = NULL;
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	}
	file = file ? file : named;
	r = fetch_release(c, path, file, e);
	if (r < 0)
		return r;
	said = json_pack("{s:s,s:s}", "export", c->operand[0], "file", file);
	cmd_answer(c, said, "%s is written; spe-cli verify %s verifies it", file, file);
	return 0;
}
