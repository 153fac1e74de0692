/* t/unit/c4gh.c - Crypt4GH containers: what is inside comes out, and everything else is refused with a sentence. */
#include "t/tap.h"

#include <openssl/crypto.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "spe/cleanup.h"
#include "spe/ticket.h"
#include "sped/base/json.h"
#include "sped/stage/stage.h"
#include "t/unit/c4gh.h"
#include "t/unit/helper.h"

static const uint8_t secret[C4GH_KEY] = { 3, 1, 4, 1, 5, 9, 2, 6 }, other[C4GH_KEY] = { 2, 7, 1, 8 }, writer[C4GH_KEY] = { 1, 6, 1, 8 },
		     data_key[C4GH_KEY] = { 0xd, 0xa }, data_key_2[C4GH_KEY] = { 0xd, 0xb };
static uint8_t reader[C4GH_KEY], stranger[C4GH_KEY];

struct got {
	int r;
	struct spe_error e;
	char *p;
	size_t len;
	char digest[SHA256_TEXT]; /* of what was seen */
};

static void seen(void *arg, const void *p, size_t n)
{
	EVP_DigestUpdate(arg, p, n);
}

static struct got unbox_with(const void *p, size_t n, const uint8_t *key, unsigned workers)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	auto_close int fd = helper_file(p, n);
	const struct c4gh_from from = { .fd = fd, .secret = key, .where = "holding h table t", .seen = seen, .arg = md, .workers = workers };
	struct c4gh *c = NULL;
	struct buf all = { 0 };
	struct got g = { 0 };
	uint8_t hash[SHA256_BYTES];
	const void *piece;
	size_t len;

	EVP_DigestInit_ex(md, EVP_sha256(), NULL);
	g.r = c4gh_open(&c, &from, &g.e);
	while (g.r == 0 && (g.r = c4gh_next(c, &piece, &len, &g.e)) > 0) {
		buf_add(&all, piece, len);
		g.r = 0;
	}
	c4gh_free(c);
	EVP_DigestFinal_ex(md, hash, NULL);
	EVP_MD_CTX_free(md);
	hex_text(g.digest, hash, SHA256_BYTES);
	buf_add(&all, "", 0);
	g.p = all.p;
	g.len = all.len;
	return g;
}

static struct got unbox(const struct buf *b, size_t n)
{
	return unbox_with(b->p, n, secret, 0);
}

static bool holds(const struct got *g, const char *p, size_t n)
{
	return g->r == 0 && g->len == n && (n == 0 || memcmp(g->p, p, n) == 0);
}

static char *noise(size_t n)
{
	char *p = malloc(n + 1);
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = (char)(i * 2654435761u >> 13);
	return p;
}

/* Written by libsodium, with the keys 01 02 .. 20 of the reader, 65 66 .. of the writer, c9 ca .. of the data. */
static const char foreign[] =
	"637279707434676801000000010000006c000000000000005714769d116bf76436ae74bc793d2c30ad1903c59ac5273805c7"
	"e2698b410c36000102030405060708090a0ba2e69e071b39171711d25e8baac609e9eb529493c7621c15dda9b9024348717a"
	"df9bfeb22479865e0180839e7cfcd3282d6c699e53156ba21415161718191a1b1c1d1e1f496cf4b4ad6470ee3cbe32998ddd"
	"9f7efa7c7af027b7076a26dcbbfde9918e582497954a9aa99e";

static void what_others_wrote_is_read(void)
{
	uint8_t box[sizeof(foreign) / 2], key[C4GH_KEY];
	unsigned byte, i;
	struct got g;

	for (i = 0; i < sizeof(box); i++)
		box[i] = sscanf(foreign + (size_t)2 * i, "%2x", &byte) == 1 ? (uint8_t)byte : 0;
	for (i = 0; i < C4GH_KEY; i++)
		key[i] = (uint8_t)(i + 1);
	g = unbox_with(box, sizeof(box), key, 0);
	ok(holds(&g, "pin,age\n131052-308T,70\n", 23), "a container that libsodium wrote");
	free(g.p);
}

static void every_size_comes_out_whole(void)
{
	static const size_t sizes[] = { 0, 1, C4GH_SEGMENT - 1, C4GH_SEGMENT, C4GH_SEGMENT + 1, 8 * C4GH_SEGMENT, 16 * C4GH_SEGMENT + 1,
		67 * C4GH_SEGMENT + 5, 64 * C4GH_SEGMENT };
	char what[80], digest[SHA256_TEXT];
	unsigned workers;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (workers = 0; workers < 4; workers++) {
			auto_free char *plain = noise(sizes[i]);
			auto_buf struct buf b = { 0 };
			struct got g;

			box_whole(&b, secret, plain, sizes[i]);
			g = unbox_with(b.p, b.len, secret, workers);
			snprintf(what, sizeof(what), "%zu bytes, with %u workers", sizes[i], workers);
			ok(holds(&g, plain, sizes[i]), what);
			sha256_text(b.p, b.len, digest);
			is_str(g.digest, digest, "all of the container was seen, in order");
			free(g.p);
		}
}

static void refused(const struct buf *b, const char *says, const char *what)
{
	struct got g = unbox(b, b->len);

	is_int(g.r, -SPE_E_INPUT, what);
	is_str(g.e.text, says, "its sentence");
	free(g.p);
}

static void one_of_many_recipients_reads(void)
{
	auto_buf struct buf b = { 0 }, c = { 0 };
	struct got g;
	int i;

	box_begin(&b, 1000);
	for (i = 0; i < 1000; i++)
		box_key_packet(&b, writer, i == 637 ? reader : stranger, data_key);
	box_segments(&b, data_key, "hello", 5);
	g = unbox(&b, b.len);
	ok(holds(&g, "hello", 5), "ours is one of a thousand packets");
	free(g.p);
	g = unbox_with(b.p, b.len, writer, 0);
	is_str(g.e.text, "holding h table t is encrypted for others: none of its 1000 header packets opens with this environment's key",
		"who is no recipient does not");
	has_str(g.e.remedy, "spe-cli holding key", "and is told which key is wanted");
	free(g.p);
	box_begin(&c, 1001);
	for (i = 0; i < 1001; i++)
		box_key_packet(&c, writer, reader, data_key);
	refused(&c, "holding h table t: the header of the Crypt4GH container has more than 1000 packets", "more are not looked at");
}

static void several_data_keys_are_tried(void)
{
	auto_free char *plain = noise(5 * C4GH_SEGMENT);
	auto_buf struct buf b = { 0 }, c = { 0 };
	struct got g;
	int i;

	box_begin(&b, 3);
	box_key_packet(&b, writer, reader, data_key);
	box_key_packet(&b, writer, reader, data_key_2);
	box_key_packet(&b, writer, reader, data_key);
	for (i = 0; i < 5; i++)
		box_segments(&b, i % 2 ? data_key_2 : data_key, plain + i * C4GH_SEGMENT, C4GH_SEGMENT);
	for (i = 0; i < 3; i++) {
		g = unbox_with(b.p, b.len, secret, (unsigned)i);
		ok(holds(&g, plain, 5 * C4GH_SEGMENT), "segments under two keys by turns");
		free(g.p);
	}
	box_begin(&c, 17);
	for (i = 0; i < 17; i++)
		box_key_packet(&c, writer, reader, (uint8_t[C4GH_KEY]){ (uint8_t)i });
	refused(&c, "holding h table t: the header of the Crypt4GH container has more than 16 data keys", "seventeen keys are too many");
}

/* ---- edit lists ---- */

#define EDITED (3 * C4GH_SEGMENT + 100)
static const struct list {
	const char *what;
	uint32_t n;
	uint64_t edit[6];
} lists[] = {
	{ "skip some, keep the rest", 1, { 10 } },
	{ "skip some, keep some, drop the rest", 2, { 10, 20 } },
	{ "skip, keep, skip, keep the rest", 3, { 5, 7, 100 } },
	{ "over the borders of segments", 4, { C4GH_SEGMENT - 1, 2, C4GH_SEGMENT - 2, C4GH_SEGMENT + 3 } },
	{ "nothing skipped", 1, { 0 } },
	{ "nothing kept", 2, { 0, 0 } },
	{ "zeros between", 6, { 0, 3, 0, 4, 0, 5 } },
	{ "an empty list", 0, { 0 } },
	{ "more than there is", 2, { 1, UINT64_MAX } },
	{ "all skipped", 1, { UINT64_MAX } },
};

static size_t edited(const struct list *l, const char *plain, char *ret)
{
	size_t i, n = 0;
	uint64_t left = l->n ? l->edit[0] : UINT64_MAX;
	uint32_t k = 0;

	for (i = 0; i < EDITED; i++) {
		while (left == 0) {
			k++;
			left = k < l->n ? l->edit[k] : UINT64_MAX;
		}
		if (k % 2 == 1)
			ret[n++] = plain[i];
		left--;
	}
	return n;
}

static void edit_lists_are_kept_to(void)
{
	auto_free char *plain = noise(EDITED), *want = malloc(EDITED);
	struct got g;
	size_t i, n;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		auto_buf struct buf b = { 0 };

		box_begin(&b, 2);
		box_edit_packet(&b, writer, reader, lists[i].edit, lists[i].n);
		box_key_packet(&b, writer, reader, data_key);
		box_segments(&b, data_key, plain, EDITED);
		n = edited(&lists[i], plain, want);
		g = unbox(&b, b.len);
		if (!ok(holds(&g, want, n), lists[i].what))
			printf("# %zu bytes, wanted %zu; %d\n", g.len, n, g.r);
		free(g.p);
	}
}

/* ---- headers that are refused ---- */

static void header_with(const void *packet, size_t n, const char *says, const char *what)
{
	auto_buf struct buf b = { 0 };

	box_begin(&b, 2);
	box_packet(&b, writer, reader, packet, n);
	box_key_packet(&b, writer, reader, data_key);
	refused(&b, says, what);
}

static void headers_are_understood_or_refused(void)
{
	static const uint8_t cipher[40] = { 0, 0, 0, 0, 1 }, kind[8] = { 2 }, cut_list[16] = { 1, 0, 0, 0, 2 };
	const uint64_t edit[] = { 1 };
	auto_buf struct buf b = { 0 }, c = { 0 }, d = { 0 }, f = { 0 };
	struct got g;

	header_with(cipher, sizeof(cipher), "holding h table t: the header of the Crypt4GH container names a cipher other than ChaCha20-Poly1305",
		"another cipher for the data");
	header_with(cipher, 39, "holding h table t: the header of the Crypt4GH container has a key that is cut", "a key of 31 bytes");
	header_with(kind, sizeof(kind), "holding h table t: the header of the Crypt4GH container has a packet of a kind that is not known",
		"a third kind of packet, which might mean that less is to be read");
	header_with(kind, 0, "holding h table t: the header of the Crypt4GH container has a packet of a kind that is not known", "an empty packet");
	header_with(cut_list, sizeof(cut_list), "holding h table t: the header of the Crypt4GH container has an edit list that is cut",
		"an edit list that promises more");
	box_begin(&b, 3);
	box_edit_packet(&b, writer, reader, edit, 1);
	box_edit_packet(&b, writer, reader, edit, 1);
	box_key_packet(&b, writer, reader, data_key);
	refused(&b, "holding h table t: the header of the Crypt4GH container has two edit lists", "two edit lists");
	box_begin(&c, 1);
	box_edit_packet(&c, writer, reader, edit, 1);
	refused(&c, "holding h table t: the header of the Crypt4GH container has no data key for this environment", "an edit list alone");
	box_begin(&d, 2);
	box_u32(&d, 108); /* method 7, and a key of small order */
	box_u32(&d, 7);
	buf_add(&d, foreign, 100);
	box_key_packet(&d, writer, reader, data_key);
	memset(d.p + d.len - 100, 0, 32);
	refused(&d, "holding h table t is encrypted for others: none of its 2 header packets opens with this environment's key",
		"methods that are not known, and keys that all would share, open nothing");
	box_begin(&f, 2);
	box_u32(&f, 108);
	box_u32(&f, 7);
	buf_add(&f, foreign, 100);
	box_key_packet(&f, writer, reader, data_key);
	box_segments(&f, data_key, "hello", 5);
	g = unbox(&f, f.len);
	ok(holds(&g, "hello", 5), "they are passed over");
	free(g.p);
}

static void sizes_that_lie_are_refused(void)
{
	static const uint32_t sizes[] = { 0, 3, 7, 65537, 0x7fffffff, 0xffffffff };
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		auto_buf struct buf b = { 0 };

		box_begin(&b, 1);
		box_u32(&b, sizes[i]);
		box_u32(&b, 0);
		refused(&b, "holding h table t: the header of the Crypt4GH container has a packet of a size that can't be", "a packet's size");
	}
	for (i = 8; i < 12; i++) {
		auto_buf struct buf b = { 0 };

		box_whole(&b, secret, "x", 1);
		b.p[i]++;
		ok(!c4gh_is(b.p, b.len), "another version is none of ours");
		refused(&b, "holding h table t: the header of the Crypt4GH container does not begin as one of version 1", "and refused");
	}
}

/* ---- damage ---- */

static void cut_containers_are_refused(void)
{
	auto_buf struct buf b = { 0 };
	auto_free char *plain = noise(C4GH_SEGMENT + 50);
	size_t n, wrong = 0, header = 12 + 4 + 108;
	struct got g;

	box_whole(&b, secret, plain, C4GH_SEGMENT + 50);
	for (n = 12; n < b.len; n += n < header + 40 || n > header + C4GH_SEALED - 40 ? 1 : 5000) {
		const bool border = n == header || n == header + C4GH_SEALED;

		g = unbox(&b, n);
		wrong += border ? g.r != 0 : g.r != -SPE_E_INPUT;
		free(g.p);
	}
	is_int((long long)wrong, 0, "a cut anywhere but between segments is refused");
	g = unbox(&b, header + C4GH_SEALED + 20);
	is_str(g.e.text, "holding h table t: segment 2 of the Crypt4GH container is cut or damaged", "and placed");
	free(g.p);
	g = unbox(&b, 100);
	is_str(g.e.text, "holding h table t: the header of the Crypt4GH container is cut", "in the header too");
	free(g.p);
}

static void damaged_containers_are_refused(void)
{
	auto_buf struct buf b = { 0 };
	auto_free char *plain = noise(20 * C4GH_SEGMENT);
	size_t i, wrong = 0;
	unsigned workers;
	struct got g;

	box_whole(&b, secret, plain, 20 * C4GH_SEGMENT);
	for (i = 12; i < b.len; i += i < 300 ? 1 : 50021) {
		b.p[i] ^= 4;
		g = unbox(&b, b.len);
		wrong += g.r != -SPE_E_INPUT;
		free(g.p);
		b.p[i] ^= 4;
	}
	is_int((long long)wrong, 0, "a changed bit anywhere is refused");
	b.p[b.len - C4GH_SEALED - 5] ^= 1;
	for (workers = 0; workers < 3; workers++) {
		g = unbox_with(b.p, b.len, secret, workers);
		is_str(g.e.text, "holding h table t: segment 19 of the Crypt4GH container is cut or damaged", "and placed");
		ok(g.len == 18 * C4GH_SEGMENT || g.len == 16 * C4GH_SEGMENT, "what is before it was right");
		free(g.p);
	}
}

static void workers_end_when_nobody_reads_on(void)
{
	auto_free char *plain = noise(100 * C4GH_SEGMENT);
	auto_buf struct buf b = { 0 };
	struct spe_error e;
	struct c4gh *c;
	const void *p;
	size_t n;

	box_whole(&b, secret, plain, 100 * C4GH_SEGMENT);
	auto_close int fd = helper_file(b.p, b.len);
	const struct c4gh_from from = { .fd = fd, .secret = secret, .where = "t", .workers = 3 };

	is_int(c4gh_open(&c, &from, &e), 0, "three workers");
	is_int(c4gh_next(c, &p, &n, &e), 1, "one segment is read");
	c4gh_free(c);
	ok(true, "and the rest is let go");
}

/* ---- tables in containers ---- */

static const char csv[] = "pin,age\n131052-308T,70\n010594Y9032,32\n";
#define TABLE "{\"name\":\"person\",\"columns\":[{\"name\":\"pin\",\"datatype\":\"string\",\"identifier\":\"nordic\"}," \
	      "{\"name\":\"age\",\"datatype\":\"integer\"}]}"

struct taken {
	int status;
	json_t *json;
};

/* The program itself: an upload, a key or none, and what the description says is in it. */
static struct taken take_in(const void *p, size_t n, const uint8_t *key, const char *digest)
{
	json_t *table = json_loads(TABLE, 0, NULL);
	auto_json json_t *ticket = json_pack("{s:s,s:b,s:s,s:s,s:o}", "kind", "intake", "input", 1, "holding", "t2d", "table", "person",
		"description", table);
	auto_close int out = helper_file("", 0), in = helper_file(p, n);
	char hex[2 * C4GH_KEY + 1], path[64], command[160];
	struct taken t;
	int place;

	if (key) {
		hex_text(hex, key, C4GH_KEY);
		json_object_set_new(ticket, "c4gh", json_string(hex));
	}
	if (digest)
		json_object_set_new(table, "sha256", json_string(digest));
	place = helper_dir(path);
	auto_free char *text = json_dumps(ticket, 0);

	t.status = helper_run("spe-stage", text, out, in, (int[]){ -1, place }, 2);
	auto_free char *got = helper_read(out);

	t.json = json_loads(got, 0, NULL);
	close(place);
	snprintf(command, sizeof(command), "rm -r %s", path);
	if (system(command) != 0)
		exit(99);
	return t;
}

static void taken(const struct buf *b, const uint8_t *key, const char *digest, const char *says, const char *what)
{
	struct taken t = take_in(b->p, b->len, key, digest);

	is_int(t.status, says ? 1 : 0, what);
	if (says)
		is_str(json_str(json_object_get(t.json, "error"), "message"), says, "its sentence");
	else
		is_int(json_int(t.json, "rows"), 2, "with two rows");
	json_decref(t.json);
}

static void uploads_in_containers_are_taken_in(void)
{
	auto_buf struct buf b = { 0 }, plain = { 0 }, twice = { 0 };
	char digest[SHA256_TEXT], outer[SHA256_TEXT];

	box_whole(&b, secret, csv, strlen(csv));
	buf_str(&plain, csv);
	sha256_text(csv, strlen(csv), digest);
	sha256_text(b.p, b.len, outer);
	taken(&b, secret, digest, NULL, "a container");
	taken(&b, secret, NULL, "holding t2d table person is a Crypt4GH container, and the description does not say what is in it",
		"not without a digest of what is in it");
	taken(&b, secret, outer, "holding t2d table person is not what the description says: its SHA-256 differs",
		"the container's own digest is another thing");
	taken(&b, NULL, digest, "holding t2d table person is a Crypt4GH container, and there is no key for it here", "no key");
	taken(&b, other, digest, "holding t2d table person is encrypted for others: none of its 1 header packets opens with this environment's key",
		"another's key");
	taken(&plain, secret, digest, NULL, "a plain file that is what its description says");
	taken(&plain, secret, outer, "holding t2d table person is not what the description says: its SHA-256 differs", "and one that is not");
	box_whole(&twice, secret, b.p, b.len);
	sha256_text(b.p, b.len, digest);
	taken(&twice, secret, digest, "holding t2d table person line 1 column 10: a NUL byte is not text", "a container in a container is no table");
}

/* What the format itself does not notice. */
static void missing_and_moved_segments_are_noticed(void)
{
	auto_buf struct buf text = { 0 }, b = { 0 }, cut = { 0 }, moved = { 0 };
	const size_t header = 12 + 4 + 108;
	char digest[SHA256_TEXT];
	int i;

	buf_str(&text, "\xef\xbb\xbf\"pin\",\"age\"\r\n"); /* sixteen bytes, as each record: no segment ends within one */
	for (i = 0; text.len + 16 < 3 * C4GH_SEGMENT; i++)
		buf_fmt(&text, "131052-308T,%03d\n", i % 1000);
	sha256_text(text.p, text.len, digest);
	box_whole(&b, secret, text.p, text.len);
	buf_add(&cut, b.p, header + (size_t)2 * C4GH_SEALED);
	buf_add(&moved, b.p, header);
	buf_add(&moved, b.p + header, (size_t)2 * C4GH_SEALED);
	buf_add(&moved, b.p + header + C4GH_SEALED, b.len - header - C4GH_SEALED);
	struct got g = unbox(&cut, cut.len);

	is_int(g.r, 0, "that segments are missing does not show in the container");
	free(g.p);
	struct taken t = take_in(cut.p, cut.len, secret, digest);

	is_int(t.status, 1, "but in the digest of what was in it");
	json_decref(t.json);
	taken(&moved, secret, digest, "holding t2d table person is not what the description says: its SHA-256 differs",
		"and so does one that came twice");
}

static void tables_in_containers_are_staged(void)
{
	auto_json json_t *d = json_loads(TABLE, 0, NULL), *v = json_loads("[\"age\"]", 0, NULL);
	static const uint8_t key[PSN_KEY] = { 1 };
	auto_buf struct buf b = { 0 };
	struct table_done done;
	struct spe_error e = { 0 };
	struct person *person;
	char digest[SHA256_TEXT];
	unsigned workers;

	if (person_new(&person, key, key, 2026) < 0)
		exit(99);
	box_whole(&b, secret, csv, strlen(csv));
	sha256_text(b.p, b.len, digest);
	for (workers = 0; workers < 2; workers++) {
		auto_close int in = helper_file(b.p, b.len), out = helper_file("", 0);
		const struct table_task t = { .where = "holding h table person", .description = d, .variables = v, .digest = digest,
			.person = person, .with = { .secret = secret, .workers = workers } };
		int r = table_stage(&t, in, out, &done, &e);
		auto_free char *got = helper_read(out);

		is_str(r < 0 ? e.text : got, "age\n70\n32\n", "what is staged is what was in it");
		json_decref(done.misfits);
	}
	person_free(person);
}

static void opaque_files_come_out_of_containers(void)
{
	const size_t n = 200000;
	auto_free char *content = malloc(n);
	auto_buf struct buf b = { 0 };
	struct opaque_done done;
	struct spe_error e = { 0 };
	char file[SHA256_TEXT], inside[SHA256_TEXT];
	const struct source_with keyed = { .secret = secret, .workers = 1 }, none = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		content[i] = (char)(i * 7);
	box_whole(&b, secret, content, n);
	sha256_text(b.p, b.len, file);
	sha256_text(content, n, inside);
	auto_close int in = helper_file(b.p, b.len), out = helper_file("", 0), cut = helper_file(b.p, b.len - 1);

	is_int(opaque_copy(in, out, "file f", &keyed, &done, &e), 0, "an opaque file in a container");
	auto_free char *got = helper_read(out);

	ok(done.boxed && done.bytes == n && memcmp(got, content, n) == 0, "comes out as it was");
	is_str(done.file, file, "the container's digest is told");
	is_str(done.content, inside, "and that of what was in it");
	opaque_copy(in, -1, "file f", &none, &done, &e);
	is_str(e.text, "file f is a Crypt4GH container, and there is no key for it here", "without a key it is refused");
	is_int(opaque_copy(cut, -1, "file f", &keyed, &done, &e), -SPE_E_INPUT, "so is one that is cut");
}

int main(void)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	box_public(secret, reader);
	box_public(other, stranger);
	what_others_wrote_is_read();
	every_size_comes_out_whole();
	one_of_many_recipients_reads();
	several_data_keys_are_tried();
	edit_lists_are_kept_to();
	headers_are_understood_or_refused();
	sizes_that_lie_are_refused();
	cut_containers_are_refused();
	damaged_containers_are_refused();
	workers_end_when_nobody_reads_on();
	uploads_in_containers_are_taken_in();
	missing_and_moved_segments_are_noticed();
	tables_in_containers_are_staged();
	opaque_files_come_out_of_containers();
	return tap_end();
}
