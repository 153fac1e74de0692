/* spe-cli/cmd_review.c - review list, show, open, approve, reject, return. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "spe-cli/commands.h"
#include "spe-cli/findings.h"
#include "spe-cli/sign.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/hex.h"
#include "sped/base/json.h"

#define TERMINAL_MAX ((size_t)16 << 20) /* more than a person reads; -o takes any size */

struct manifest {
	json_t *export; /* as sped's engine shows it */
	char *bytes;
	size_t len;
	json_t *read; /* the same */
	char sha256[SHA256_TEXT];
};

static void manifest_free(struct manifest *m)
{
	json_decref(m->export);
	free(m->bytes);
	json_decref(m->read);
}
#define auto_manifest __attribute__((cleanup(manifest_free)))

static int export_get(struct cli *c, const char *id, json_t **ret, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/exports/%s", id);

	return talk_get(c->talk, path, ret, e);
}

/* The purpose is the permit's; whoever may not see the workspace sees the export without it. */
static int purpose_add(struct cli *c, json_t *export, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/workspaces/%s", json_str(export, "workspace"));
	auto_json json_t *workspace = NULL;
	int r = talk_get(c->talk, path, &workspace, e);

	if (r == -SPE_E_NOT_AUTHORISED || r == -SPE_E_NOT_FOUND)
		return 0;
	if (r == 0)
		json_object_set(export, "purpose", json_object_get(workspace, "purpose"));
	return r;
}

/* --- what is risky, in one line --- */

struct risk {
	const char *verdict; /* the worst */
	size_t files, risky, findings;
	char rules[96]; /* of the worst files, the first ones found */
};

static void rule_note(struct risk *k, const char *rule)
{
	size_t used = strlen(k->rules), n = strlen(rule);
	const char *had = strstr(k->rules, rule);

	if (had && (had[n] == ',' || had[n] == '\0') && (had == k->rules || had[-1] == ' '))
		return;
	if (used + n + 8 < sizeof(k->rules))
		snprintf(k->rules + used, sizeof(k->rules) - used, "%s%s", used ? ", " : "", rule);
	else if (used > 0 && k->rules[used - 1] != '.')
		snprintf(k->rules + used, sizeof(k->rules) - used, ", ...");
}

static void risk_of(const json_t *export, struct risk *ret)
{
	static const char *const severities[] = { "block", "review" };
	const json_t *file, *f;
	size_t i, n, s;

	*ret = (struct risk){ .verdict = "pass" };
	json_array_foreach(json_object_get(export, "files"), i, file) {
		const char *verdict = json_str(file, "verdict");

		ret->files++;
		ret->risky += verdict_rank(verdict) > 0;
		if (verdict_rank(verdict) > verdict_rank(ret->verdict))
			ret->verdict = verdict;
	}
	for (s = 0; s < 2; s++)
		json_array_foreach(json_object_get(export, "files"), i, file)
			json_array_foreach(findings_of(file), n, f)
				if (strcmp(finding_severity(f), severities[s]) == 0) {
					ret->findings++;
					rule_note(ret, finding_rule(f));
				}
}

static void risk_text(const struct risk *k, char *ret, size_t room)
{
	if (k->risky == 0)
		snprintf(ret, room, "pass: %zu file%s", k->files, k->files == 1 ? "" : "s");
	else
		snprintf(ret, room, "%s: %zu of %zu files, %zu finding%s%s%s", k->verdict[0] ? k->verdict : "unchecked", k->risky, k->files,
			k->findings, k->findings == 1 ? "" : "s", k->rules[0] ? ": " : "", k->rules);
}

/* The list says nothing of findings; each export does. One that has gone in the meantime has no risk to show; of one that can't be
 * read it is why, and *bad is set: the others can. */
static int risk_add(struct cli *c, json_t *item, bool *bad, struct spe_error *e)
{
	auto_json json_t *export = NULL;
	struct risk k;
	char text[1024];
	int r;

	if (json_str(item, "risk")[0])
		return 0;
	r = export_get(c, json_str(item, "export"), &export, e);
	if (r == -SPE_E_NOT_FOUND || r == -SPE_E_NO_DAEMON)
		return r == -SPE_E_NOT_FOUND ? 0 : r;
	if (r < 0) {
		*bad = true;
		snprintf(text, sizeof(text), "unreadable: %.900s", e->text);
	} else {
		risk_of(export, &k);
		risk_text(&k, text, sizeof(text));
	}
	json_object_set_new(item, "risk", json_string(text));
	return 0;
}

int cmd_review_list(struct cli *c, struct spe_error *e)
{
	static const struct show_column columns[] = {
		{ "export", "EXPORT" },
		{ "workspace", "WORKSPACE" },
		{ "requester", "REQUESTER" },
		{ "requested", "REQUESTED" },
		{ "needed", "NEEDED" },
		{ "comments", "COMMENTS" },
		{ "risk", "RISK" },
		{ NULL, NULL },
	};
	auto_json json_t *answer = NULL;
	bool bad = false;
	json_t *item;
	size_t i;
	int r = talk_get(c->talk, "/v1/reviews", &answer, e);

	json_array_foreach(r == 0 ? json_object_get(answer, "items") : NULL, i, item) {
		r = risk_add(c, item, &bad, e);
		if (r < 0)
			return r;
		if (!cli_json(c))
			show_as_time(item, "requested");
	}
	if (r < 0)
		return r;
	show_list(cli_json(c), json_object_get(answer, "items"), columns);
	if (json_flag(answer, "more"))
		show_note("these are the oldest %zu; more wait behind them", json_array_size(json_object_get(answer, "items")));
	return bad ? spe_code_exit(SPE_E_TAMPERED) : 0;
}

/* --- what is shown against what is signed --- */

static const json_t *file_find(const json_t *export, const char *name)
{
	const json_t *file;
	size_t i;

	json_array_foreach(json_object_get(export, "files"), i, file)
		if (strcmp(json_str(file, "name"), name) == 0)
			return file;
	return NULL;
}

/* Of a file shown by the export, or of the export: what both say must be the same. */
static bool same_text(const json_t *a, const json_t *b, const char *field)
{
	return strcmp(json_str(a, field), json_str(b, field)) == 0;
}

/* What people were shown is sped's engine's word, what they sign is the gate's: whoever has the engine must not show one and
 * have the other signed. */
static bool manifest_is_of(const json_t *manifest, const json_t *export)
{
	static const char *const fields[] = { "requester", "workspace", "job", "context", "revises" };
	const json_t *shown, *files = json_object_get(export, "files");
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!same_text(manifest, export, fields[i]))
			return false;
	if (json_array_size(files) != json_array_size(json_object_get(manifest, "files")))
		return false;
	json_array_foreach(files, i, shown) {
		const json_t *signed_one = file_find(manifest, json_str(shown, "name"));

		if (file_find(export, json_str(shown, "name")) != shown) /* one shown twice would hide another */
			return false;
		if (!signed_one || !same_text(signed_one, shown, "sha256") || !same_text(signed_one, shown, "verdict") ||
			!same_text(signed_one, shown, "description"))
			return false;
	}
	return true;
}

/* The exact bytes to sign, which must be those that m->export names, be about it, and name what it shows. */
static int manifest_read(struct cli *c, const char *id, struct manifest *m, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/exports/%s/manifest", id);
	int r = talk_bytes(c->talk, path, &m->bytes, &m->len, e);

	if (r == 0)
		r = json_parse(m->bytes, m->len, "the manifest", &m->read, e);
	if (r < 0)
		return r;
	if (sha256_text(m->bytes, m->len, m->sha256) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "no SHA-256");
	if (strcmp(m->sha256, json_str(m->export, "manifest_sha256")) != 0)
		return spe_fail(e, SPE_E_TAMPERED,
			"the manifest is not the one that export %s names; nothing was signed", id);
	if (strcmp(json_str(m->read, "export"), id) != 0)
		return spe_fail(e, SPE_E_TAMPERED,
			"the manifest is of another export than %s; nothing was signed", id);
	if (!manifest_is_of(m->read, m->export))
		return spe_fail(e, SPE_E_TAMPERED, "the manifest names other files, descriptions or people than export %s shows; nothing was signed", id);
	return 0;
}

static int manifest_get(struct cli *c, const char *id, struct manifest *m, struct spe_error *e)
{
	int r = export_get(c, id, &m->export, e);

	return r < 0 ? r : manifest_read(c, id, m, e);
}

static bool same(const json_t *shown, const char *field, const json_t *kept, const char *kept_field)
{
	const json_t *a = json_object_get(shown, field), *b = json_object_get(kept, kept_field);

	return json_is_null(a) || !a ? json_is_null(b) || !b : b && json_equal(a, b);
}

/* kept: of the gate's record, as findings.h has it. */
static bool finding_is(const json_t *shown, const json_t *kept)
{
	const json_t *where = json_object_get(kept, "where");

	return same(shown, "rule", kept, "id") && same(shown, "severity", kept, "outcome") && same(shown, "explanation", kept, "detail") &&
	       same_text(shown, kept, "fix") && json_int(shown, "line") == json_int(kept, "line") &&
	       json_int(shown, "column") == json_int(kept, "column") &&
	       json_int(shown, "row") == json_integer_value(json_array_get(where, 0)) &&
	       json_int(shown, "offset") == json_integer_value(where);
}

static bool file_is(const json_t *shown, const json_t *record)
{
	static const char *const fields[][2] = { { "name", "file" }, { "verdict", "verdict" }, { "class", "class" }, { "bytes", "bytes" }, { "bytes_out", "bytes_out" },
		{ "sha256", "sha256_out" }, { "sha256_in", "sha256_in" } };
	const json_t *checks = json_object_get(record, "checks"), *findings = json_object_get(shown, "findings"), *f;
	size_t i, n = 0;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!same(shown, fields[i][0], record, fields[i][1]))
			return false;
	json_array_foreach(checks, i, f)
		if (strcmp(json_str(f, "outcome"), "pass") != 0 && !finding_is(json_array_get(findings, n++), f))
			return false;
	return n == json_array_size(findings) && json_int(shown, "passed") == (json_int_t)(json_array_size(checks) - n);
}

/* The manifest names the gate's findings by their hash: they must be those that the export shows, each and no other. */
static int findings_check(struct cli *c, const char *id, const struct manifest *m, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/exports/%s/findings", id), *bytes = NULL;
	const json_t *files = json_object_get(m->export, "files"), *records;
	auto_json json_t *findings = NULL;
	char sha256[SHA256_TEXT];
	size_t len, i;
	int r = talk_bytes(c->talk, path, &bytes, &len, e);

	if (r == 0)
		r = json_parse(bytes, len, "the findings", &findings, e);
	if (r < 0)
		return r;
	if (sha256_text(bytes, len, sha256) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "no SHA-256");
	if (strcmp(sha256, json_str(m->read, "findings_sha256")) != 0)
		return spe_fail(e, SPE_E_TAMPERED, "the findings are not those that the manifest of export %s names; nothing was signed", id);
	records = json_object_get(findings, "files");
	for (i = 0; i < json_array_size(files) && file_is(json_array_get(files, i), json_array_get(records, i)); i++)
		;
	if (i < json_array_size(files) || i != json_array_size(records))
		return spe_fail(e, SPE_E_TAMPERED, "export %s does not show what the checks found; nothing was signed", id);
	return 0;
}

/* *ret_held: it is shown as it would be signed. Checkers alone may read that, once all is checked. */
static int shown_check(struct cli *c, const char *id, struct manifest *m, bool *ret_held, struct spe_error *e)
{
	int r = json_str(m->export, "manifest_sha256")[0] ? manifest_read(c, id, m, e) : -SPE_E_NOT_FOUND;

	if (r == 0)
		r = findings_check(c, id, m, e);
	*ret_held = r == 0;
	if (r != -SPE_E_NOT_AUTHORISED && r != -SPE_E_NOT_FOUND)
		return r;
	show_note("this is not held against the manifest, which checkers can read once there is one: don't decide by it");
	return 0;
}

/* --- one export --- */

static void file_head(const json_t *file)
{
	const char *verdict = json_str(file, "verdict"), *class = json_str(file, "class");
	const json_t *in = json_object_get(file, "bytes"), *out = json_object_get(file, "bytes_out");
	size_t passed = findings_count(file, "pass");
	char size[SHOW_TEXT] = "", left[SHOW_TEXT] = "", rules[48] = "", before[512], after[256];

	if (!json_is_integer(in))
		in = json_object_get(file, "size");
	if (json_is_integer(in))
		show_bytes(json_integer_value(in), size);
	if (json_is_integer(out))
		show_bytes(json_integer_value(out), left);
	if (passed > 0)
		snprintf(rules, sizeof(rules), "; %zu rules passed", passed);
	snprintf(before, sizeof(before), "%.400s: ", json_str(file, "name"));
	snprintf(after, sizeof(after), "%s%s%s%s%s%s; %zu block, %zu review%s", class[0] ? ", " : "", class, size[0] ? ", " : "", size,
		left[0] ? ", leaves as " : "", left, findings_count(file, "block"), findings_count(file, "review"), rules);
	show_verdict(before, verdict[0] ? verdict : "unchecked", after);
}

static void file_review(const json_t *file)
{
	file_head(file);
	if (json_str(file, "description")[0])
		show_fold(4, "  \"%s\"", json_str(file, "description"));
	findings_groups(findings_of(file));
	show_fold(4, "  to decide: %s", findings_decide(json_str(file, "class"), json_str(file, "verdict")));
}

/* What has no verdict is as bad as it gets, and nothing passed: it comes first. */
static void files_review(const json_t *export)
{
	const json_t *file;
	size_t i;
	int rank;

	for (rank = 3; rank >= 0; rank--)
		json_array_foreach(json_object_get(export, "files"), i, file)
			if (verdict_rank(json_str(file, "verdict")) == rank)
				file_review(file);
}

static void risk_show(const json_t *export)
{
	struct risk k;
	char text[256];

	risk_of(export, &k);
	risk_text(&k, text, sizeof(text));
	show_verdict("risk: ", k.verdict[0] ? k.verdict : "unchecked", text + strcspn(text, ":"));
}

int cmd_review_show(struct cli *c, struct spe_error *e)
{
	static const struct show_column fields[] = {
		{ "export", "export" },
		{ "requester", "asked for by" },
		{ "requested", "asked for at" },
		{ "workspace", "workspace" },
		{ "purpose", "purpose" },
		{ "job", "job" },
		{ "revises", "revises" },
		{ "context", "context" },
		{ "state", "state" },
		{ "approvals", "approvals" },
		{ "needed", "needed" },
		{ "stale", "STALE" },
		{ "manifest_sha256", "manifest" },
		{ NULL, NULL },
	};
	auto_manifest struct manifest m = { 0 };
	bool held = false;
	int r = export_get(c, c->operand[0], &m.export, e);

	if (r == 0)
		r = shown_check(c, c->operand[0], &m, &held, e);
	if (r == 0)
		r = purpose_add(c, m.export, e);
	if (r < 0)
		return r;
	if (cli_json(c)) {
		show_json(m.export);
		return 0;
	}
	show_as_time(m.export, "requested");
	risk_show(m.export);
	show_fields(m.export, fields);
	files_review(m.export);
	export_said(m.export);
	if (held && strcmp(json_str(m.export, "state"), "pending") == 0)
		show_line("to approve what is shown here: spe-cli review approve %s --manifest %s", c->operand[0], m.sha256);
	return export_revised(c, m.export, e);
}

/* files/NAME: a name holds '/', which stays. */
static char *file_path(const char *id, const char *name)
{
	auto_buf struct buf b = { 0 };
	auto_free char *head = talk_path("/v1/exports/%s/files", id);

	if (!head)
		return NULL;
	buf_str(&b, head);
	while (*name) {
		char part[512];
		size_t n = strcspn(name, "/");
		auto_free char *encoded = NULL;

		snprintf(part, sizeof(part), "%.*s", (int)(n > 500 ? 500 : n), name);
		encoded = talk_path("/%s", part);
		buf_str(&b, encoded ? encoded : "");
		name += n + (name[n] == '/');
	}
	return b.bad ? NULL : spe_take_ptr(&b.p);
}

/* Each reading is asked for with the checker's key: who may read, the gate does not take from sped's engine. */
static int file_ask(struct cli *c, const char *id, const char *name, int fd, struct spe_error *e)
{
	auto_free char *path = file_path(id, name), *statement = NULL, *armor = NULL;
	auto_json json_t *j = NULL;
	time_t t = time(NULL);
	char text[24];
	struct tm tm;
	int r;

	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
	j = json_pack("{s:s,s:s,s:s,s:s,s:s}", "format", "spe-open-1", "export", id, "what", "file", "name", name, "time", text);
	statement = j ? json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
	if (!statement)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	r = sign_bytes(cli_value(c, "key"), "spe-open", statement, strlen(statement), &armor, e);
	return r < 0 ? r : talk_open(c->talk, path, json_pack("{s:s,s:s}", "statement", statement, "signature", armor), fd, e);
}

/* The bytes into a memory file, and only those that the manifest names, which is what a decision signs. */
static int bytes_get(
	struct cli *c, const char *id, const char *name, int *ret_fd, struct spe_error *e)
{
	auto_close int fd = memfd_create("spe-review", MFD_CLOEXEC);
	auto_manifest struct manifest m = { 0 };
	char sha256[SHA256_TEXT];
	const json_t *file;
	int r = fd < 0 ? spe_fail(e, SPE_E_INTERNAL, "no memory file: %s", strerror(errno))
		       : manifest_get(c, id, &m, e);

	if (r < 0)
		return r;
	file = file_find(m.read, name);
	if (!file)
		return spe_fail(e, SPE_E_NOT_FOUND, "export %s has no file %s", id, name);
	r = file_ask(c, id, name, fd, e);
	if (r < 0)
		return r;
	if (sha256_fd_text(fd, sha256, NULL) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "the bytes can't be hashed");
	if (strcmp(sha256, json_str(file, "sha256")) != 0)
		return spe_fail(e, SPE_E_TAMPERED,
			"the bytes of %s are not those that the manifest of export %s names", name, id);
	show_note("%s has the sha256 %s that the manifest names, which itself has %s", name, sha256, m.sha256);
	*ret_fd = spe_take_fd(&fd);
	return 0;
}

static int copy(int from, int to, struct spe_error *e)
{
	char buf[65536];
	off_t at = 0;
	ssize_t n;
	int r = 0;

	while (r == 0 && (n = pread(from, buf, sizeof(buf), at)) > 0) {
		r = io_write_all(to, buf, (size_t)n);
		at += n;
	}
	return r < 0 ? spe_fail(e, SPE_E_INTERNAL, "the bytes can't be written: %s", strerror(-r))
		     : 0;
}

static int to_terminal(int fd, const char *name, struct spe_error *e)
{
	auto_free char *bytes = NULL;
	size_t len;

	if (io_read_at(fd, TERMINAL_MAX, &bytes, &len) < 0 || !show_is_text(bytes, len)) {
		spe_fail(e, SPE_E_INPUT, "%s is not text for a terminal", name);
		spe_remedy(e, "try: -o FILE, and a program for its kind");
		return -SPE_E_INPUT;
	}
	show_escape(bytes, len);
	return 0;
}

int cmd_review_open(struct cli *c, struct spe_error *e)
{
	const char *out = cli_value(c, "output");
	auto_close int from = -1;
	struct file_out to = FILE_OUT;
	int r = 0;

	if (out)
		r = file_begin(out, 0600, &to, e);
	if (r == 0)
		r = bytes_get(c, c->operand[0], c->operand[1], &from, e);
	if (r == 0 && !out && isatty(STDOUT_FILENO))
		return to_terminal(from, c->operand[1], e);
	if (r == 0)
		r = copy(from, out ? to.fd : STDOUT_FILENO, e);
	return file_end(&to, r, e);
}

static int decision_send(struct cli *c, json_t *decision, json_t **ret, struct spe_error *e)
{
	auto_free char *path = talk_path("/v1/exports/%s/decisions", c->operand[0]);

	return decision ? talk_post(c->talk, path, decision, ret, e)
			: spe_fail(e, SPE_E_INTERNAL, "out of memory");
}

static void decided(struct cli *c, const json_t *answer, const char *what)
{
	cmd_answer(c, answer, "export %s: you %s; it is %s with %lld of %lld approvals",
		c->operand[0], what, json_str(answer, "state"),
		(long long)json_int(answer, "approvals"), (long long)json_int(answer, "needed"));
	if (strcmp(json_str(answer, "state"), "approved") == 0)
		show_note("it could not be released at once; that is tried again every minute, and no decision is needed for it. "
			"If it stays so, tell an operator: sped's log says why");
}

/* --manifest: the one by which the files were read, perhaps elsewhere or on another day. */
static int wanted_check(const struct cli *c, const struct manifest *m, struct spe_error *e)
{
	const char *want = cli_value(c, "manifest");

	if (!want || strcmp(want, m->sha256) == 0)
		return 0;
	return spe_fail(e, SPE_E_TAMPERED, "the manifest of export %s has the sha256 %s, and --manifest names another; nothing was signed",
		c->operand[0], m->sha256);
}

/* What a rejection, a return or the comment of an approval signs: the manifest by its hash, and the comment. */
static char *statement_of(const struct manifest *m, const char *format, const char *comment)
{
	auto_json json_t *j = json_pack("{s:s,s:s,s:s}", "format", format, "manifest",
		m->sha256, "comment", comment);
	auto_free char *text = json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER);
	char *line = NULL;

	return text && asprintf(&line, "%s\n", text) >= 0 ? line : NULL;
}

/* The manifest's signature alone is what releases show: what is said with it has one of its own. */
static int comment_sign(struct cli *c, const struct manifest *m, const char *comment, char **ret, struct spe_error *e)
{
	auto_free char *statement = statement_of(m, "spe-approve-1", comment);

	if (!statement)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	show_note("signing the comment");
	return sign_bytes(cli_value(c, "key"), "spe-decision", statement, strlen(statement), ret, e);
}

/* Before the key is asked for: what is signed may not be what was shown on another day. */
static void signing_tell(const struct manifest *m)
{
	const json_t *file;
	size_t i;

	json_array_foreach(json_object_get(m->export, "files"), i, file)
		show_note("%s: %s, findings %zu: \"%s\"", json_str(file, "name"), json_str(file, "verdict"),
			json_array_size(json_object_get(file, "findings")), json_str(file, "description"));
	show_note("signing the manifest of export %s, sha256 %s", json_str(m->read, "export"), m->sha256);
}

int cmd_review_approve(struct cli *c, struct spe_error *e)
{
	const char *comment = cli_has(c, "comment") ? cli_value(c, "comment") : "";
	auto_manifest struct manifest m = { 0 };
	auto_json json_t *answer = NULL;
	auto_free char *armor = NULL, *said = NULL;
	int r = cmd_utf8(comment, "the comment", e);

	if (r == 0)
		r = manifest_get(c, c->operand[0], &m, e);
	if (r == 0)
		r = wanted_check(c, &m, e);
	if (r == 0)
		r = findings_check(c, c->operand[0], &m, e);
	if (r == 0) {
		signing_tell(&m);
		r = sign_bytes(cli_value(c, "key"), "spe-decision", m.bytes, m.len, &armor, e);
	}
	if (r == 0 && comment[0])
		r = comment_sign(c, &m, comment, &said, e);
	if (r == 0)
		r = decision_send(c,
			json_pack("{s:s,s:s,s:s,s:s*}", "verdict", "approve", "signature", armor,
				"comment", comment, "comment_signature", said),
			&answer, e);
	if (r == 0)
		decided(c, answer, "approved");
	return r;
}

/* verdict: reject or return; past: what the person did. */
static int send_back(struct cli *c, const char *verdict, const char *format, const char *past, struct spe_error *e)
{
	auto_manifest struct manifest m = { 0 };
	auto_free char *armor = NULL, *statement = NULL;
	auto_json json_t *answer = NULL;
	const char *comment;
	int r = cli_want(c, "comment", &comment, e);

	if (r == 0)
		r = cmd_utf8(comment, "the comment", e);
	if (r == 0)
		r = manifest_get(c, c->operand[0], &m, e);
	if (r < 0)
		return r;
	statement = statement_of(&m, format, comment);
	if (!statement)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	r = sign_bytes(
		cli_value(c, "key"), "spe-decision", statement, strlen(statement), &armor, e);
	if (r == 0)
		r = decision_send(c,
			json_pack("{s:s,s:s,s:s,s:s}", "verdict", verdict, "signature", armor,
				"comment", comment, "statement", statement),
			&answer, e);
	if (r == 0)
		decided(c, answer, past);
	return r;
}

int cmd_review_reject(struct cli *c, struct spe_error *e)
{
	return send_back(c, "reject", "spe-reject-1", "rejected", e);
}

int cmd_review_return(struct cli *c, struct spe_error *e)
{
	return send_back(c, "return", "spe-return-1", "returned", e);
}
