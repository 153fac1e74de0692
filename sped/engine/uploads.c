/* engine/uploads.c - the drop-box: a table's file that comes in pieces, over breaks of its connection, of the api and of sped.
 * It lies in uploads/ID under the state directory. The api gets it open for writing behind its end alone; once it is whole the gate
 * hands it to who takes it in, and nobody reads it but that. Who writes holds its lock, which ends with the last descriptor. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/log.h"
#include "sped/base/buf.h"
#include "sped/engine/engine.h"

#define PLACE "uploads"
#define KEPT_S (7 * 86400) /* a week after the last piece */

static int place(void)
{
	int fd;

	if (mkdirat(FD_STATE, PLACE, 0700) < 0 && errno != EEXIST)
		spe_die("uploads", "their directory can't be made: %s", strerror(errno));
	fd = io_openat(FD_STATE, PLACE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd < 0)
		spe_die("uploads", "their directory can't be opened: %s", strerror(-fd));
	return fd;
}

static int open_file(const char *id, int flags)
{
	auto_close int dir = place();

	return io_openat(dir, id, flags | O_NOFOLLOW, 0600);
}

static int64_t size_of(const char *id)
{
	auto_close int dir = place();
	struct stat st;

	return fstatat(dir, id, &st, AT_SYMLINK_NOFOLLOW) < 0 ? -1 : st.st_size;
}

/* Nobody else writes while this descriptor, or one passed on from it, is open. */
static bool lock(int fd)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_SETLK, &l) == 0;
}

/* Only what nobody writes to may go: an unlinked file would keep its room, and be counted as nobody's. */
static bool is_idle(const char *id)
{
	auto_close int fd = open_file(id, O_WRONLY);

	return fd == -ENOENT || (fd >= 0 && lock(fd));
}

static int busy(struct call *c)
{
	spe_fail(&c->err, SPE_E_BUSY, "upload %.8s is being written over another connection", c->part[1]);
	spe_remedy(&c->err, "try: again in a moment");
	return -SPE_E_BUSY;
}

static void drop(struct engine *e, const char *id)
{
	auto_close int dir = place();

	db_exec(e, "DELETE FROM upload WHERE id=?", "s", id);
	gate_commit(e, false); /* a file without a row goes at the next start; a row without a file would wait for it */
	unlinkat(dir, id, 0);
}

#define SELECT "SELECT id AS upload, holding, name AS \"table\", person, bytes, sha256, number FROM upload "

/* As it is told, with how far it is. */
static json_t *shown(const json_t *row)
{
	json_t *o = json_copy((json_t *)(uintptr_t)row);
	int64_t size = size_of(json_str(row, "upload"));

	json_object_set_new(o, "offset", json_integer(size < 0 ? 0 : size));
	json_object_set_new(o, "state", json_string(json_is_integer(json_object_get(row, "number")) ? "intake" : "open"));
	json_object_del(o, "number");
	return o;
}

/* One's own; whether others have one of this id is nobody's business. */
static int want(struct engine *e, struct call *c, json_t **ret)
{
	*ret = db_row(e, SELECT "WHERE id=? AND (person=? OR ?)", "ssi", c->part[1], c->person, (int64_t)(c->roles & ROLE_OPERATOR));
	return *ret ? 0 : spe_fail(&c->err, SPE_E_NOT_FOUND, "there is no upload %.8s of yours", c->part[1]);
}

static bool is_sha256(const char *s)
{
	return strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64;
}

static int announced(struct engine *e, struct call *c, json_int_t bytes, const char *sha256, char id[SPE_ID_TEXT])
{
	auto_close int fd = -1;
	int64_t have = db_number(e, "SELECT coalesce(sum(bytes),0) FROM upload WHERE person=?", "s", c->person);

	if (bytes > e->conf.upload_bytes - have) {
		const enum spe_code code = bytes > e->conf.upload_bytes ? SPE_E_TOO_LARGE : SPE_E_QUOTA;

		spe_fail(&c->err, code, "%.100s has uploads of %lld bytes open, and this one of %lld is more than may be: %lld MiB (upload-mib in sped.conf)",
			c->person, (long long)have, (long long)bytes, (long long)(e->conf.upload_bytes >> 20));
		spe_remedy(&c->err, code == SPE_E_QUOTA ? "finish or remove others" : "ask the operator of this host");
		return -(int)code;
	}
	spe_id_text(id, db_new_id(e));
	fd = open_file(id, O_WRONLY | O_CREAT | O_EXCL);
	if (fd < 0)
		return spe_fail(&c->err, SPE_E_BUSY, "there is no room for an upload: %s", strerror(-fd));
	gate_journal(e, gate_record(c, 0, "holding.announce", NULL, 0, json_pack("{sssssIss}", "holding", c->part[1], "table", c->part[3], "bytes", bytes,
		"sha256", sha256)));
	db_exec(e, "INSERT INTO upload(id,holding,name,person,bytes,sha256) VALUES(?,?,?,?,?,?)", "ssssis", id, c->part[1], c->part[3], c->person,
		(int64_t)bytes, sha256);
	return 0;
}

/* Announced again, the same file goes on where it was. */
int uploads_add(struct engine *e, struct call *c, json_t **ret)
{
	static const char *const fields[] = { "bytes", "sha256", NULL };
	auto_json json_t *d = NULL, *row = NULL;
	char id[SPE_ID_TEXT];
	const char *sha256;
	json_int_t bytes;
	int r = json_only(c->body, "the request", fields, &c->err);

	if (r == 0)
		r = json_want_int(c->body, "the request", "bytes", 1, (json_int_t)SPE_HOLDING_MAX, &bytes, &c->err);
	if (r == 0)
		r = json_want_string(c->body, "the request", "sha256", 64, &sha256, &c->err);
	if (r == 0 && !is_sha256(sha256))
		r = spe_fail(&c->err, SPE_E_INPUT, "the request.sha256 must have 64 digits of 0 to 9 and a to f");
	if (r == 0)
		r = holdings_table(e, c, c->part[1], c->part[3], &d);
	if (r < 0)
		return r;
	row = db_row(e, SELECT "WHERE holding=? AND name=? AND person=? AND bytes=? AND sha256=?", "sssis", c->part[1], c->part[3], c->person,
		(int64_t)bytes, sha256);
	if (row) {
		*ret = shown(row);
		return 200;
	}
	r = announced(e, c, bytes, sha256, id);
	if (r < 0)
		return r;
	row = db_row(e, SELECT "WHERE id=?", "s", id);
	*ret = shown(row);
	return 201;
}

int uploads_list(struct engine *e, struct call *c, json_t **ret)
{
	auto_json json_t *all = db_items(e, SELECT "WHERE person=? OR ? ORDER BY holding, name, id", "si", c->person,
		(int64_t)(c->roles & ROLE_OPERATOR));
	json_t *items = json_array(), *row;
	size_t i;

	json_array_foreach(json_object_get(all, "items"), i, row)
		json_array_append_new(items, shown(row));
	*ret = json_pack("{so}", "items", items);
	return 200;
}

int uploads_show(struct engine *e, struct call *c, json_t **ret)
{
	auto_json json_t *row = NULL;
	int r = want(e, c, &row);

	if (r < 0)
		return r;
	*ret = shown(row);
	return 200;
}

static int offset_of(struct call *c, int64_t *ret)
{
	char text[32], *end;

	if (!call_query(c, "offset", text, sizeof(text)))
		return spe_fail(&c->err, SPE_E_INPUT, "?offset= is missing: how many bytes the upload has already");
	*ret = strtoll(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end ? 0 : spe_fail(&c->err, SPE_E_INPUT, "?offset= is no whole number");
}

int uploads_before(struct engine *e, struct call *c)
{
	auto_json json_t *row = NULL, *d = NULL;
	auto_close int fd = -1;
	struct stat st;
	int64_t offset = 0, bytes;
	int r = want(e, c, &row);

	if (r == 0)
		r = offset_of(c, &offset);
	if (r == 0) /* the holding may be somebody else's by now */
		r = holdings_table(e, c, json_str(row, "holding"), json_str(row, "table"), &d);
	if (r < 0)
		return r;
	bytes = json_int(row, "bytes");
	if (json_is_integer(json_object_get(row, "number")))
		return spe_fail(&c->err, SPE_E_CONFLICT, "upload %.8s is being taken in", c->part[1]);
	fd = open_file(json_str(row, "upload"), O_WRONLY | O_APPEND | O_CREAT); /* a restored host has the row alone */
	if (fd < 0 || fstat(fd, &st) < 0)
		return spe_fail(&c->err, SPE_E_INTERNAL, "upload %.8s can't be written", c->part[1]);
	if (!lock(fd))
		return busy(c);
	if (st.st_size != offset || offset > bytes)
		return spe_fail(&c->err, SPE_E_CONFLICT, "upload %.8s has %lld bytes of %lld; go on from there", c->part[1], (long long)st.st_size,
			(long long)bytes);
	snprintf(c->reply_name, sizeof(c->reply_name), "%lld", (long long)(bytes - offset));
	c->reply_fd = spe_take_fd(&fd);
	return 100;
}

int uploads_put(struct engine *e, struct call *c, json_t **ret)
{
	return uploads_show(e, c, ret);
}

int uploads_finish(struct engine *e, struct call *c, json_t **ret)
{
	auto_json json_t *row = NULL, *d = NULL;
	auto_close int fd = -1;
	uint32_t number;
	struct stat st;
	int r = want(e, c, &row);

	if (r == 0)
		r = holdings_table(e, c, json_str(row, "holding"), json_str(row, "table"), &d);
	if (r < 0)
		return r;
	if (json_is_integer(json_object_get(row, "number")))
		return spe_fail(&c->err, SPE_E_CONFLICT, "upload %.8s is being taken in", c->part[1]);
	fd = open_file(json_str(row, "upload"), O_RDONLY);
	if (fd < 0 || fstat(fd, &st) < 0 || st.st_size != json_int(row, "bytes"))
		return spe_fail(&c->err, SPE_E_CONFLICT, "upload %.8s is not whole: it has %lld bytes of %lld", c->part[1],
			(long long)size_of(json_str(row, "upload")), (long long)json_int(row, "bytes"));
	r = holdings_take_in(e, c, d, json_str(row, "table"), fd, json_str(row, "sha256"), &number);
	if (r < 0)
		return r;
	db_exec(e, "UPDATE upload SET number=? WHERE id=?", "is", (int64_t)number, json_str(row, "upload"));
	*ret = json_pack("{sOsOss}", "holding", json_object_get(row, "holding"), "table", json_object_get(row, "table"), "state", "intake");
	return 202;
}

int uploads_remove(struct engine *e, struct call *c, json_t **ret)
{
	auto_json json_t *row = NULL;
	int r = want(e, c, &row);

	if (r < 0)
		return r;
	if (json_is_integer(json_object_get(row, "number")))
		return spe_fail(&c->err, SPE_E_CONFLICT, "upload %.8s is being taken in", c->part[1]);
	if (!is_idle(json_str(row, "upload")))
		return busy(c);
	gate_journal(e, gate_record(c, 0, "holding.upload-removed", NULL, 0, json_pack("{sOsO}", "holding", json_object_get(row, "holding"), "table",
		json_object_get(row, "table"))));
	drop(e, json_str(row, "upload"));
	*ret = json_pack("{sssb}", "upload", c->part[1], "removed", 1);
	return 200;
}

void uploads_ended(struct engine *e, uint32_t number, bool over)
{
	auto_json json_t *row = db_row(e, "SELECT id FROM upload WHERE number=?", "i", (int64_t)number);

	if (row && over)
		drop(e, json_str(row, "id"));
	else if (row)
		db_exec(e, "UPDATE upload SET number=NULL WHERE id=?", "s", json_str(row, "id"));
}

/* What was being taken in is there still, to be finished anew; files that nobody announced go. */
void uploads_resume(struct engine *e)
{
	DIR *d = fdopendir(place());
	const struct dirent *entry;

	db_exec(e, "UPDATE upload SET number=NULL", "");
	while (d && (entry = readdir(d)))
		if (entry->d_name[0] != '.' && !db_number(e, "SELECT count(*) FROM upload WHERE id=?", "s", entry->d_name))
			unlinkat(dirfd(d), entry->d_name, 0);
	if (d)
		closedir(d);
}

/* The hour by which uploads grow old: of the wall clock, which their files have, but not faster than time goes by. A clock that was
 * set wrong for a minute removes nothing; set right forwards, they stay for so much longer, or until the engine
 * is started again. */
static int64_t hour(void)
{
	static int64_t ahead = INT64_MAX; /* of now_s */

	if (time(NULL) - now_s() < ahead)
		ahead = time(NULL) - now_s();
	return now_s() + ahead;
}

/* Once a minute: those of which nothing came for a week, or whose holding is gone. */
void uploads_clock(struct engine *e)
{
	static int64_t looked;
	const int64_t now = hour(); /* each time: from the start on */
	auto_json json_t *all = NULL;
	json_t *row;
	size_t i;

	if (looked && now_s() - looked < 60)
		return;
	looked = now_s();
	all = db_items(e, "SELECT id, holding, EXISTS (SELECT 1 FROM holding h WHERE h.id=holding) AS described FROM upload WHERE number IS NULL", "");
	json_array_foreach(json_object_get(all, "items"), i, row) {
		auto_close int dir = place();
		struct stat st;

		if (json_int(row, "described") && fstatat(dir, json_str(row, "id"), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			now - st.st_mtime < KEPT_S)
			continue;
		if (!is_idle(json_str(row, "id")))
			continue;
		gate_journal(e, gate_record(NULL, 0, "holding.upload-expired", NULL, 0, json_pack("{sO}", "holding", json_object_get(row, "holding"))));
		drop(e, json_str(row, "id"));
	}
}
