/* engine/db.c - the state database. What a turn of the loop writes is one transaction; committed, it survives the end of
 * this process; synced, a power cut: db_sync before anybody is answered, and no sooner; where the journal, which is on disk by
 * then, tells the same again, later. Any error ends the process; the next one starts from what is on disk. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/log.h"
#include "sped/base/buf.h"
#include "sped/engine/engine.h"

static const char schema[] =
	"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
	"PRAGMA trusted_schema=OFF;"
	"CREATE TABLE IF NOT EXISTS person(id TEXT PRIMARY KEY, uid INTEGER UNIQUE NOT NULL, roles TEXT NOT NULL);"
	"CREATE TABLE IF NOT EXISTS holding(id TEXT PRIMARY KEY, description TEXT NOT NULL);"
	"CREATE TABLE IF NOT EXISTS tab(number INTEGER PRIMARY KEY AUTOINCREMENT, holding TEXT NOT NULL,"
	" name TEXT NOT NULL, state TEXT NOT NULL, rows INTEGER, bytes INTEGER, sha256 TEXT, error TEXT, misfits TEXT);"
	"CREATE TABLE IF NOT EXISTS upload(id TEXT PRIMARY KEY, holding TEXT NOT NULL, name TEXT NOT NULL, person TEXT NOT NULL,"
	" bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, number INTEGER);"
	"CREATE INDEX IF NOT EXISTS tab_of ON tab(holding, name, number);"
	"CREATE TABLE IF NOT EXISTS permit(id TEXT PRIMARY KEY, version INTEGER NOT NULL, text TEXT NOT NULL,"
	" digest TEXT NOT NULL, revoked INTEGER NOT NULL DEFAULT 0);"
	"CREATE TABLE IF NOT EXISTS workspace(number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE NOT NULL,"
	" state TEXT NOT NULL, version INTEGER NOT NULL, data_version INTEGER NOT NULL DEFAULT 0, tables TEXT,"
	" error TEXT, halted INTEGER NOT NULL DEFAULT 0, wiped INTEGER NOT NULL DEFAULT 0, starts INTEGER NOT NULL,"
	" ends INTEGER NOT NULL);"
	"CREATE TABLE IF NOT EXISTS bundle(id TEXT PRIMARY KEY, owner TEXT NOT NULL, made TEXT NOT NULL);"
	"CREATE TABLE IF NOT EXISTS job(id TEXT PRIMARY KEY, workspace TEXT NOT NULL, owner TEXT NOT NULL,"
	" state TEXT NOT NULL, command TEXT NOT NULL, bundle TEXT, mem INTEGER, cpu INTEGER, time INTEGER, pids INTEGER,"
	" submitted TEXT, started TEXT, finished TEXT, result TEXT, reason TEXT, exit INTEGER, outputs TEXT, skipped TEXT,"
	" tries INTEGER NOT NULL DEFAULT 0, serial INTEGER, data_version INTEGER NOT NULL DEFAULT 0);"
	"CREATE INDEX IF NOT EXISTS job_state ON job(state, workspace);"
	"CREATE INDEX IF NOT EXISTS job_next ON job(workspace, state, serial);"
	"CREATE INDEX IF NOT EXISTS job_serial ON job(serial); CREATE INDEX IF NOT EXISTS job_of ON job(workspace, serial);"
	"CREATE INDEX IF NOT EXISTS job_bundle ON job(bundle) WHERE bundle IS NOT NULL;"
	"CREATE TABLE IF NOT EXISTS export(id TEXT PRIMARY KEY, workspace TEXT NOT NULL, job TEXT NOT NULL,"
	" requester TEXT NOT NULL, state TEXT NOT NULL, context TEXT, requested TEXT, files TEXT NOT NULL,"
	" approvals INTEGER NOT NULL DEFAULT 0, needed INTEGER NOT NULL DEFAULT 0, checked INTEGER NOT NULL DEFAULT 0, serial INTEGER);"
	"CREATE TABLE IF NOT EXISTS job_check(job TEXT PRIMARY KEY, state TEXT NOT NULL, next INTEGER NOT NULL DEFAULT 0,"
	" tries INTEGER NOT NULL DEFAULT 0, found TEXT NOT NULL DEFAULT '{}');"
	"CREATE INDEX IF NOT EXISTS job_check_state ON job_check(state);"
	"CREATE TABLE IF NOT EXISTS runtime(number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, state TEXT NOT NULL,"
	" digest TEXT, tree TEXT, layers INTEGER, entries INTEGER, bytes INTEGER, dropped TEXT, env TEXT, error TEXT, added TEXT,"
	" wiped INTEGER NOT NULL DEFAULT 0);"
	"CREATE TABLE IF NOT EXISTS job_runtime(job TEXT PRIMARY KEY, number INTEGER NOT NULL, digest TEXT NOT NULL);"
	"CREATE TABLE IF NOT EXISTS change(id TEXT PRIMARY KEY, behind TEXT NOT NULL, entry TEXT NOT NULL, signature TEXT NOT NULL,"
	" signer TEXT, proposed TEXT NOT NULL);"
	"CREATE TABLE IF NOT EXISTS witness(name TEXT PRIMARY KEY, state TEXT NOT NULL, size INTEGER NOT NULL, detail TEXT NOT NULL,"
	" told INTEGER NOT NULL);"
	"DROP INDEX IF EXISTS export_state; CREATE INDEX IF NOT EXISTS export_turn ON export(state, serial);"
	"CREATE INDEX IF NOT EXISTS export_asked ON export(requester, state);"
	"CREATE INDEX IF NOT EXISTS export_serial ON export(serial); CREATE INDEX IF NOT EXISTS export_of ON export(workspace, serial);";

/* Columns that a database of an earlier version lacks. */
static const struct {
	const char *table, *column, *definition;
} later[] = { { "job", "profile", "TEXT NOT NULL DEFAULT 'analysis'" }, { "workspace", "proven", "INTEGER NOT NULL DEFAULT 0" },
	{ "tab", "version", "INTEGER NOT NULL DEFAULT 0" }, { "tab", "unknown", "TEXT" },
	{ "holding", "owner", "TEXT" }, { "tab", "verified", "TEXT" }, { "tab", "same", "INTEGER" },
	{ "tab", "wiped", "INTEGER NOT NULL DEFAULT 0" }, { "tab", "numbers", "TEXT" },
	{ "job", "journalled", "INTEGER NOT NULL DEFAULT 0" }, { "job", "kept", "INTEGER" }, { "job", "removing", "INTEGER NOT NULL DEFAULT 0" },
	{ "job", "cancelled", "INTEGER NOT NULL DEFAULT 0" }, { "job", "out", "INTEGER" }, { "job", "given", "INTEGER" },
	{ "workspace", "opt_out", "TEXT" }, { "tab", "year", "INTEGER" },
	{ "bundle", "workspace", "TEXT" }, { "bundle", "bytes", "INTEGER NOT NULL DEFAULT 0" }, { "job_check", "workspace", "TEXT" },
	{ "export", "reason", "TEXT" } };

#define RESERVE (8u << 20)

static void die(struct engine *e, const char *sql)
{
	spe_die("database", "%s: %.80s", sqlite3_errmsg(e->db), sql);
}

static void add_columns(struct engine *e)
{
	char sql[160];
	size_t i;

	for (i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		if (db_number(e, "SELECT count(*) FROM pragma_table_info(?) WHERE name=?", "ss", later[i].table, later[i].column))
			continue;
		snprintf(sql, sizeof(sql), "ALTER TABLE %s ADD COLUMN %s %s", later[i].table, later[i].column, later[i].definition);
		db_exec(e, sql, "");
	}
}

/* Bytes of the disk that are kept for when it is full: without some a database can't even be begun with, and nobody could ask for
 * what makes room. They are kept again once there is plenty. */
static void reserve_keep(void)
{
	struct statvfs v;
	auto_close int fd = -1;
	uint64_t free_bytes;

	if (fstatvfs(FD_STATE, &v) < 0)
		return;
	free_bytes = (uint64_t)v.f_bavail * v.f_frsize;
	if (free_bytes < RESERVE / 4 && unlink("reserve") == 0)
		spe_log("disk", "it is full: the %u MiB that were kept for this are free now, for what makes room", RESERVE >> 20);
	if (free_bytes < 4 * RESERVE)
		return;
	fd = open("reserve", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0 && posix_fallocate(fd, 0, RESERVE) != 0)
		unlink("reserve");
}

void db_open(struct engine *e)
{
	reserve_keep();
	if (sqlite3_open_v2("state.db", &e->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK ||
	    sqlite3_exec(e->db, schema, NULL, NULL, NULL) != SQLITE_OK)
		die(e, "state.db");
	add_columns(e);
	quotas_open(e);
	sqlite3_exec(e->db, "BEGIN IMMEDIATE; COMMIT", NULL, NULL, NULL); /* its files are open from here */
}

/* Statements are understood once and kept: there are some hundred, and most are asked in every turn, mostly from the same place. */
#define KEPT 192
static struct {
	sqlite3_stmt *q;
	const char *from; /* where its text was, which may be another's by now */
	bool busy;
} kept[KEPT];

static sqlite3_stmt *prepare(struct engine *e, const char *sql)
{
	sqlite3_stmt *q = NULL;
	int i;

	for (i = 0; i < KEPT && kept[i].q; i++)
		if (!kept[i].busy && kept[i].from == sql && strcmp(sqlite3_sql(kept[i].q), sql) == 0) {
			kept[i].busy = true;
			return kept[i].q;
		}
	if (sqlite3_prepare_v3(e->db, sql, -1, i < KEPT ? SQLITE_PREPARE_PERSISTENT : 0, &q, NULL) != SQLITE_OK)
		die(e, sql);
	if (i < KEPT) {
		kept[i].q = q;
		kept[i].from = sql;
		kept[i].busy = true;
	}
	return q;
}

void db_end(sqlite3_stmt **q)
{
	int i;

	for (i = 0; i < KEPT && (!kept[i].q || kept[i].q != *q); i++)
		;
	if (i == KEPT || !*q) {
		sqlite3_finalize(*q);
		return;
	}
	sqlite3_reset(*q);
	sqlite3_clear_bindings(*q);
	kept[i].busy = false;
}

/* What only reads is one transaction as well, or each statement takes and leaves the file's locks, which costs as much as itself. */
static void tx_begin(struct engine *e, bool writes)
{
	if (!e->reading && sqlite3_exec(e->db, writes ? "BEGIN IMMEDIATE" : "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
		die(e, "BEGIN");
	e->reading = true;
	e->open |= writes;
}

static void tx_end(struct engine *e)
{
	if (e->reading && sqlite3_exec(e->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		die(e, "COMMIT");
	e->unsynced |= e->open;
	e->open = e->reading = false;
}

void db_commit(struct engine *e)
{
	if (e->open)
		tx_end(e);
}

void db_rest(struct engine *e)
{
	if (!e->open)
		tx_end(e);
}

/* Source: SQLite documentation, PRAGMA synchronous (FULL is this sync after each commit) and SQLITE_FCNTL_JOURNAL_POINTER. */
void db_sync(struct engine *e)
{
	sqlite3_file *log = NULL;

	if (!e->unsynced)
		return;
	if (sqlite3_file_control(e->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK || !log || !log->pMethods ||
	    log->pMethods->xSync(log, SQLITE_SYNC_NORMAL) != SQLITE_OK)
		die(e, "sync");
	e->unsynced = e->owed = false;
}

static sqlite3_stmt *bind(struct engine *e, const char *sql, const char *types, va_list ap)
{
	sqlite3_stmt *q = prepare(e, sql);
	int i;

	e->owed |= !e->told && !sqlite3_stmt_readonly(q);
	tx_begin(e, !sqlite3_stmt_readonly(q));
	for (i = 0; types[i]; i++) {
		int r = types[i] == 'i' ? sqlite3_bind_int64(q, i + 1, va_arg(ap, int64_t)) :
					  sqlite3_bind_text(q, i + 1, va_arg(ap, const char *), -1, SQLITE_TRANSIENT);

		if (r != SQLITE_OK)
			die(e, sql);
	}
	return q;
}

sqlite3_stmt *db_query(struct engine *e, const char *sql, const char *types, ...)
{
	sqlite3_stmt *q;
	va_list ap;

	va_start(ap, types);
	q = bind(e, sql, types, ap);
	va_end(ap);
	return q;
}

bool db_step(struct engine *e, sqlite3_stmt *q)
{
	int r = sqlite3_step(q);

	if (r != SQLITE_ROW && r != SQLITE_DONE)
		die(e, sqlite3_sql(q));
	return r == SQLITE_ROW;
}

int db_copy(struct engine *e, struct spe_error *err)
{
	const char *path = sqlite3_db_filename(e->db, "main"), *end = strrchr(path, '/');
	char *sql = sqlite3_mprintf("VACUUM INTO '%.*q/" DB_COPY "'", (int)(end - path), path); /* in no transaction */
	int r;

	tx_end(e);
	r = sql ? sqlite3_exec(e->db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;
	sqlite3_free(sql);
	if (r == SQLITE_FULL || r == SQLITE_IOERR || r == SQLITE_CANTOPEN) /* of the copy, as far as can be known: it is given up, and no more */
		return spe_fail(err, SPE_E_BUSY, "the database can't be copied: %s", sqlite3_errmsg(e->db));
	if (r != SQLITE_OK)
		die(e, "VACUUM INTO");
	return 0;
}

void db_exec(struct engine *e, const char *sql, const char *types, ...)
{
	auto_stmt sqlite3_stmt *q = NULL;
	va_list ap;

	va_start(ap, types);
	q = bind(e, sql, types, ap);
	va_end(ap);
	while (db_step(e, q))
		;
}

static void column(json_t *row, sqlite3_stmt *q, int i)
{
	bool whole = sqlite3_column_type(q, i) == SQLITE_INTEGER;
	const char *name = sqlite3_column_name(q, i), *text = whole ? NULL : (const char *)sqlite3_column_text(q, i);
	size_t n = strlen(name);
	char key[64];

	if (whole)
		json_object_set_new(row, name, json_integer(sqlite3_column_int64(q, i)));
	else if (n > 5 && n < sizeof(key) && strcmp(name + n - 5, "_json") == 0) {
		json_t *v = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;

		memcpy(key, name, n - 5);
		key[n - 5] = '\0';
		json_object_set_new(row, key, v ? v : json_null());
	} else
		json_object_set_new(row, name, text ? json_string(text) : json_null());
}

static json_t *row_of(sqlite3_stmt *q)
{
	json_t *row = json_object();
	int i;

	for (i = 0; i < sqlite3_column_count(q); i++)
		column(row, q, i);
	return row;
}

json_t *db_row(struct engine *e, const char *sql, const char *types, ...)
{
	auto_stmt sqlite3_stmt *q = NULL;
	va_list ap;

	va_start(ap, types);
	q = bind(e, sql, types, ap);
	va_end(ap);
	return db_step(e, q) ? row_of(q) : NULL;
}

json_t *db_items(struct engine *e, const char *sql, const char *types, ...)
{
	auto_stmt sqlite3_stmt *q = NULL;
	json_t *items = json_array();
	va_list ap;

	va_start(ap, types);
	q = bind(e, sql, types, ap);
	va_end(ap);
	while (db_step(e, q))
		json_array_append_new(items, row_of(q));
	return json_pack("{so}", "items", items);
}

int64_t db_number(struct engine *e, const char *sql, const char *types, ...)
{
	auto_stmt sqlite3_stmt *q = NULL;
	va_list ap;

	va_start(ap, types);
	q = bind(e, sql, types, ap);
	va_end(ap);
	return db_step(e, q) ? sqlite3_column_int64(q, 0) : 0;
}

uint32_t db_new_id(struct engine *e)
{
	char text[SPE_ID_TEXT];
	uint32_t id = 0;

	do {
		if (io_random(&id, sizeof(id)) < 0)
			spe_die("database", "no randomness");
		spe_id_text(text, id);
	} while (id == 0 || db_number(e, "SELECT count(*) FROM (SELECT id FROM job UNION ALL SELECT id FROM export "
					 "UNION ALL SELECT id FROM bundle) WHERE id=?", "s", text) > 0);
	return id;
}

void db_now(char text[24])
{
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(text, 24, "%Y-%m-%dT%H:%M:%SZ", &tm);
}
