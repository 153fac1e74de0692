/* t/unit/kept.c - evidence against the checkpoints that somebody kept: who hands it over has the gate's key, and chooses what it
 * says it follows. */
#include "t/tap.h"

#include <stdlib.h>

#include "spe-cli/kept.h"
#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/hex.h"
#include "sped/base/json.h"

static const uint8_t key[32] = { 7, 1, 7 }, other[32] = { 7, 1, 8 };
static struct spe_error err;

/* Three journals that begin with the same record: the second of "forged" is another. */
static const char first[] = "{\"seq\":1,\"actor\":\"cy\"}", second[] = "{\"seq\":2,\"actor\":\"bo\"}",
	forged[] = "{\"seq\":2,\"actor\":\"al\"}", third[] = "{\"seq\":3,\"actor\":\"di\"}";

static void hash(const char *line, uint8_t ret[MERKLE_HASH])
{
	merkle_leaf(line, strlen(line), ret);
}

/* The checkpoint of a journal of at most three lines. The caller's. */
static char *checkpoint(const uint8_t with[32], const char *const *lines, size_t count)
{
	char public[SSHKEY_TEXT_MAX], *line = NULL;
	struct checkpoint c = { .size = count, .hash = "00" };
	uint8_t leaf[MERKLE_HASH];
	size_t i;

	hash(lines[0], c.root);
	for (i = 1; i < count; i++) {
		hash(lines[i], leaf);
		merkle_join(c.root, leaf, c.root);
	}
	if (sshkey_public(with, public, &err) < 0 || checkpoint_origin(public, c.origin, &err) < 0 ||
		checkpoint_sign(with, &c, "2026-11-01T12:00:00Z", &line, &err) < 0)
		abort();
	return line;
}

static char *node_text(const char *line, char ret[SHA256_TEXT])
{
	uint8_t leaf[MERKLE_HASH];

	hash(line, leaf);
	hex_text(ret, leaf, sizeof(leaf));
	return ret;
}

/* One of both records of a journal of two, which goes on from its first: a line of evidence. */
static void evidence_add(struct buf *b, const uint8_t with[32], const char *line, bool of_first, int since)
{
	const char *const lines[] = { first, line };
	char public[SSHKEY_TEXT_MAX], node[2][SHA256_TEXT];
	auto_free char *now = checkpoint(with, lines, 2), *text = NULL;
	auto_json json_t *j = NULL;

	if (sshkey_public(with, public, &err) < 0)
		abort();
	j = json_pack("{s:s,s:s,s:s,s:[{s:i,s:s,s:[s]}],s:i,s:[s]}", "format", EVIDENCE_FORMAT, "gate", public, "checkpoint", now,
		"records", "seq", of_first ? 1 : 2, "line", of_first ? first : line, "path", node_text(of_first ? line : first, node[0]),
		"since", since, "consistency", node_text(line, node[1]));
	text = json_dumps(j, JSON_COMPACT);
	buf_fmt(b, "%s\n", text);
}

/* The checkpoints of the true journal with so many records, one digit each. */
static struct kept kept(const char *sizes)
{
	const char *const lines[] = { first, second, third };
	struct buf b = { 0 };
	struct kept k = { 0 };

	for (; *sizes; sizes++) {
		auto_free char *line = checkpoint(key, lines, (size_t)(*sizes - '0'));

		buf_fmt(&b, "%s\n", line);
	}
	is_int(kept_parse(b.p, b.len, "kept", &k, &err), 0, "what was kept is read");
	return k;
}

/* part: "" where it is verified */
static void takes(const struct buf *b, const struct kept *k, const char *part, const char *what)
{
	auto_json json_t *record = NULL;
	auto_free char *text = NULL;

	is_int(evidence_lines(b->p, b->len, NULL, k, &record, &err), 0, "evidence is read");
	text = json_dumps(record, 0);
	ok(json_flag(record, "verified") == (part[0] == '\0'), what);
	has_str(text, part, "says why");
}

static void held_against(const char *sizes, const char *line, bool of_first, int since, const char *part, const char *what)
{
	struct kept k = kept(sizes);
	auto_buf struct buf b = { 0 };

	evidence_add(&b, key, line, of_first, since);
	takes(&b, &k, part, what);
	kept_free(&k);
}

static void the_newest_that_was_kept_counts(void)
{
	held_against("1", second, false, 1, "", "what goes on from what was kept");
	held_against("1", second, false, 0, "how the journal of 1 records went on; ask sped for it anew", "what doesn't say so");
	held_against("12", second, false, 1, "", "the very journal that was kept");
	held_against("12", forged, false, 1, "it was rewritten", "another that goes on from an older one");
	held_against("21", forged, false, 1, "it was rewritten", "in whatever order they were kept");
	held_against("3", second, false, 1, "has more than the 2 records of the evidence; ask", "evidence from before all that was kept");
	held_against("13", forged, false, 1, "record 2 is not shown to be in the journal of 3 records", "one that is only in between");
	held_against("13", second, true, 1, "", "one that an older one has");
	held_against("", second, false, 1, "no checkpoint was kept", "nothing that was kept");
}

/* What is behind the NUL would be read by who takes one line after another, and end that. */
static void a_line_has_no_nul(void)
{
	const char *const lines[] = { first };
	auto_free char *line = checkpoint(key, lines, 1);
	struct kept k = { 0 };
	struct buf b = { 0 };

	buf_fmt(&b, "%s\n%s", line, line);
	buf_add(&b, "\0}\n", 3);
	is_int(kept_parse(b.p, b.len, "kept", &k, &err), -SPE_E_INPUT, "a line that goes on behind a NUL is refused");
	has_str(err.text, "kept line 2: a NUL is in it", "and named");
	kept_free(&k);
}

static void a_line_that_was_cut_is_none(void)
{
	const char *const lines[] = { first, second };
	auto_free char *one = checkpoint(key, lines, 1), *two = checkpoint(key, lines, 2);
	struct kept k = { 0 };
	struct buf b = { 0 };

	buf_fmt(&b, "%s\n%.80s\n%s\n%.80s", one, one, two, one);
	is_int(kept_parse(b.p, b.len, "kept", &k, &err), 0, "lines that a full disk cut are left out");
	is_int((long long)k.count, 2, "of four two are checkpoints");
	is_int((long long)k.cut, 2, "and two are counted as none");
	ok(k.last_len == strlen(two) && memcmp(k.text + k.last, two, k.last_len) == 0, "of which the last is known");
	kept_free(&k);
	b = (struct buf){ 0 };
	buf_fmt(&b, "%s\n%.80s\n{}\n", one, one);
	is_int(kept_parse(b.p, b.len, "kept", &k, &err), -SPE_E_INPUT, "one that says something else is refused");
	has_str(err.text, "kept line 3: ", "by its place in the file");
	kept_free(&k);
}

/* A witness's file of three lines. */
static void three_lines(struct buf *b)
{
	const char *const lines[] = { first, second, third };
	size_t i;

	for (i = 1; i <= 3; i++) {
		auto_free char *line = checkpoint(key, lines, i);

		buf_fmt(b, "%s\n", line);
	}
}

/* As many as are read of it, or -1. */
static long long counted(const char *text, size_t len)
{
	struct kept k = { 0 };
	char *copy = malloc(len + 1);
	long long n;

	memcpy(copy, text, len);
	copy[len] = '\0';
	n = kept_parse(copy, len, "kept", &k, &err) < 0 ? -1 : (long long)k.count;
	kept_free(&k);
	return n;
}

static void a_line_that_was_changed_is_not_left_out(void)
{
	auto_buf struct buf b = { 0 };
	size_t at, missed = 0;
	long long n;
	int bit;

	three_lines(&b);
	is_int(counted(b.p, b.len), 3, "three lines are three checkpoints");
	for (at = 0; at < b.len; at++)
		for (bit = 0; bit < 8; bit++) {
			b.p[at] = (char)(b.p[at] ^ (1 << bit));
			n = counted(b.p, b.len);
			b.p[at] = (char)(b.p[at] ^ (1 << bit));
			missed += n != -1 && n != 3;
		}
	is_int((long long)missed, 0, "of which no bit can be another with fewer of them left");
}

/* Wherever a full disk cut the last line off: it counts once all that was signed is there, and nothing else goes with it. */
static void a_line_counts_once_its_signature_is_there(void)
{
	auto_buf struct buf b = { 0 };
	size_t at, signed_to, odd = 0;

	three_lines(&b);
	signed_to = b.len - strlen("\\n\"}\n");
	for (at = b.len / 3 * 2 + 100; at <= b.len; at++)
		odd += counted(b.p, at) != (at < signed_to ? 2 : 3);
	is_int((long long)odd, 0, "a last line that was cut off is one of three once its signature is there");
}

static void two_lines(const uint8_t with[32], const char *one, const char *two, bool of_first, const char *part, const char *what)
{
	auto_buf struct buf b = { 0 };

	evidence_add(&b, key, one, false, 1);
	evidence_add(&b, with, two, of_first, 1);
	takes(&b, NULL, part, what);
}

static void all_lines_are_of_one_journal(void)
{
	two_lines(key, second, second, true, "", "two records of one journal");
	two_lines(key, second, second, false, "", "one twice");
	two_lines(key, second, forged, true, "two checkpoints of 2 records are of different journals", "two journals of one size");
	two_lines(key, second, forged, false, "2 is there twice, with different content", "two records of one number");
	two_lines(other, second, second, false, "another journal than that of the lines before", "two gates");
}

int main(void)
{
	the_newest_that_was_kept_counts();
	a_line_has_no_nul();
	a_line_that_was_cut_is_none();
	a_line_that_was_changed_is_not_left_out();
	a_line_counts_once_its_signature_is_there();
	all_lines_are_of_one_journal();
	return tap_end();
}
