/* t/unit/sshsig.c - SSHSIG, made and verified, against OpenSSH's own ssh-keygen. */
#include "t/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/sshsig.h"
#include "sped/base/buf.h"

extern char **environ;

static const char text[] = "{\"format\":\"spe-permit-1\"}\n";
static const uint8_t secret[32] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

/* ---- files and programs ---- */

static void put(const char *name, const char *p, size_t n)
{
	auto_close int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || io_write_all(fd, p, n) < 0) {
		perror(name);
		exit(99);
	}
}

static char *get(const char *name)
{
	auto_close int fd = open(name, O_RDONLY | O_CLOEXEC);
	char *p = NULL;
	size_t n;

	if (fd < 0 || io_read_all(fd, 1 << 20, &p, &n) < 0) {
		perror(name);
		exit(99);
	}
	return p;
}

/* Exit status of argv with standard input from a file; output is dropped. */
static int run(const char *input, const char *const *argv)
{
	posix_spawn_file_actions_t acts;
	int status = -1, r;
	pid_t pid;

	posix_spawn_file_actions_init(&acts);
	posix_spawn_file_actions_addopen(&acts, 0, input, O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&acts, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&acts, 2, "/dev/null", O_WRONLY, 0);
	r = posix_spawnp(&pid, argv[0], &acts, NULL, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&acts);
	if (r != 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- their signatures, our verification ---- */

static const struct made {
	const char *type, *bits, *hash, *starts;
} made[] = {
	{ "ed25519", "256", "sha512", "ssh-ed25519 " },
	{ "ecdsa", "256", "sha256", "ecdsa-sha2-nistp256 " },
	{ "ecdsa", "384", "sha512", "ecdsa-sha2-nistp384 " },
	{ "rsa", "2048", "sha512", "ssh-rsa " },
	{ "rsa", "3072", "sha256", "ssh-rsa " },
};

static void make(const struct made *m, char **ret_key, char **ret_armor)
{
	const char *const keygen[] = { "ssh-keygen", "-q", "-t", m->type, "-b", m->bits, "-N", "", "-C",
		"a comment", "-f", "key", NULL };
	char option[32];
	const char *const sign[] = { "ssh-keygen", "-Y", "sign", "-f", "key", "-n", "spe-permit", "-O", option,
		"data", NULL };

	snprintf(option, sizeof(option), "hashalg=%s", m->hash);
	unlink("key");
	unlink("key.pub");
	unlink("data.sig");
	put("data", text, strlen(text));
	if (run("/dev/null", keygen) != 0 || run("/dev/null", sign) != 0) {
		fprintf(stderr, "ssh-keygen does not make a signature: install openssh-client\n");
		exit(99);
	}
	*ret_key = get("key.pub");
	*ret_armor = get("data.sig");
}

static size_t armor_bytes(const char *armor, uint8_t *out)
{
	char letters[SSHSIG_ARMOR_MAX];
	size_t n = 0, pad = 0;
	const char *p = strchr(armor, '\n');

	for (; *p && *p != '-'; p++)
		if (*p != '\n')
			letters[n++] = *p;
	pad = (letters[n - 1] == '=') + (size_t)(letters[n - 2] == '=');
	EVP_DecodeBlock(out, (const unsigned char *)letters, (int)n);
	return n / 4 * 3 - pad;
}

static size_t bytes_armor(const uint8_t *p, size_t n, char *out)
{
	static char letters[SSHSIG_ARMOR_MAX];
	size_t len = (size_t)EVP_EncodeBlock((unsigned char *)letters, p, (int)n), i;
	char *at = stpcpy(out, "-----BEGIN SSH SIGNATURE-----\n");

	for (i = 0; i < len; i += 70)
		at += sprintf(at, "%.70s\n", letters + i);
	at = stpcpy(at, "-----END SSH SIGNATURE-----\n");
	return (size_t)(at - out);
}

static int verify(const char *key, const char *armor, struct spe_error *e)
{
	return sshsig_verify(key, "spe-permit", text, strlen(text), armor, strlen(armor), e);
}

/* How many single changed bits of the signature still verify; and of the signed text. */
static int flips_that_pass(const char *key, const char *armor)
{
	uint8_t bytes[SSHSIG_ARMOR_MAX];
	char again[SSHSIG_ARMOR_MAX], changed[sizeof(text)];
	size_t n = armor_bytes(armor, bytes), bit, len;
	int passed = 0;

	for (bit = 0; bit < n * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		len = bytes_armor(bytes, n, again);
		passed += sshsig_verify(key, "spe-permit", text, strlen(text), again, len, NULL) == 0;
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (bit = 0; bit < strlen(text) * 8; bit++) {
		memcpy(changed, text, sizeof(text));
		changed[bit / 8] ^= (char)(1 << bit % 8);
		passed += sshsig_verify(key, "spe-permit", changed, strlen(text), armor, strlen(armor), NULL) == 0;
	}
	len = bytes_armor(bytes, n, again);
	return passed + (sshsig_verify(key, "spe-permit", text, strlen(text), again, len, NULL) != 0);
}

static void signatures_of_ssh_keygen_verify(void)
{
	char what[128], canonical[SSHKEY_TEXT_MAX], of[SSHKEY_TEXT_MAX];
	size_t i;

	for (i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		auto_free char *key = NULL, *armor = NULL;
		struct spe_error e = { 0 };

		make(&made[i], &key, &armor);
		snprintf(what, sizeof(what), "%s %s: the key is taken", made[i].type, made[i].bits);
		is_int(sshkey_check(key, canonical, NULL, &e), 0, what);
		ok(strncmp(canonical, made[i].starts, strlen(made[i].starts)) == 0 && !strchr(canonical, '\n'),
			"its type comes first, its comment is gone");
		is_int(verify(canonical, armor, &e), 0, "its signature verifies");
		is_int(sshsig_key_of(armor, strlen(armor), of, &e), 0, "the signature names its key");
		is_str(of, canonical, "which is this one");
		is_int(sshsig_verify(canonical, "spe-release", text, strlen(text), armor, strlen(armor), &e),
			-SPE_E_NOT_AUTHORISED, "another namespace is refused");
		has_str(e.text, "another purpose than spe-release", "and said");
		is_int(flips_that_pass(canonical, armor), 0, "no changed bit of signature or text passes");
	}
}

static void fingerprints_are_those_of_ssh_keygen(void)
{
	const char *const show[] = { "sh", "-c", "ssh-keygen -l -f key.pub >shown", NULL };
	auto_free char *key = NULL, *armor = NULL, *shown = NULL;
	char fingerprint[64];

	make(&made[0], &key, &armor);
	is_int(run("/dev/null", show), 0, "ssh-keygen shows a fingerprint");
	shown = get("shown");
	is_int(sshkey_check(key, NULL, fingerprint, NULL), 0, "we make one");
	has_str(shown, fingerprint, "they are the same");
}

/* ---- our signatures, their verification ---- */

static void ssh_keygen_verifies_ours(void)
{
	const char *const verify_it[] = { "ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "gate", "-n",
		"spe-release", "-s", "ours.sig", NULL };
	const char *const novalidate[] = { "ssh-keygen", "-Y", "check-novalidate", "-n", "spe-release", "-s",
		"ours.sig", NULL };
	const char *const wrong[] = { "ssh-keygen", "-Y", "check-novalidate", "-n", "spe-permit", "-s",
		"ours.sig", NULL };
	auto_free char *armor = NULL;
	char key[SSHKEY_TEXT_MAX], line[SSHKEY_TEXT_MAX + 16];

	is_int(sshkey_public(secret, key, NULL), 0, "a public key is made");
	is_int(sshsig_sign(secret, "spe-release", text, strlen(text), &armor, NULL), 0, "a signature is made");
	snprintf(line, sizeof(line), "gate %s\n", key);
	put("allowed", line, strlen(line));
	put("ours.sig", armor, strlen(armor));
	put("data", text, strlen(text));
	is_int(run("data", verify_it), 0, "ssh-keygen -Y verify takes it");
	is_int(run("data", novalidate), 0, "ssh-keygen -Y check-novalidate takes it");
	ok(run("data", wrong) > 0, "and not in another namespace");
	put("data", "other", 5);
	ok(run("data", verify_it) > 0, "nor over other bytes");
	is_int(sshsig_verify(key, "spe-release", text, strlen(text), armor, strlen(armor), NULL), 0,
		"and we verify it too");
}

static void another_key_is_named(void)
{
	const uint8_t other[32] = { 9 };
	auto_free char *armor = NULL;
	char key[SSHKEY_TEXT_MAX];
	struct spe_error e = { 0 };

	sshkey_public(other, key, NULL);
	sshsig_sign(secret, "spe-permit", text, strlen(text), &armor, NULL);
	is_int(verify(key, armor, &e), -SPE_E_NOT_AUTHORISED, "another key's signature is refused");
	has_str(e.text, "by another key, SHA256:", "and the key named");
}

static void an_empty_text_is_signed(void)
{
	auto_free char *armor = NULL;
	char key[SSHKEY_TEXT_MAX];

	sshkey_public(secret, key, NULL);
	is_int(sshsig_sign(secret, "spe-permit", "", 0, &armor, NULL), 0, "nothing can be signed");
	is_int(sshsig_verify(key, "spe-permit", "", 0, armor, strlen(armor), NULL), 0, "and verified");
}

/* ---- tokens: OpenSSH's PROTOCOL.u2f, with a key in memory instead of a token ---- */

static void add_string(struct buf *b, const void *p, size_t n)
{
	const uint8_t len[4] = { 0, 0, (uint8_t)(n >> 8), (uint8_t)n };

	buf_add(b, len, 4);
	buf_add(b, p, n);
}

static void add_text(struct buf *b, const char *s)
{
	add_string(b, s, strlen(s));
}

static void add_mpint(struct buf *b, const BIGNUM *n)
{
	uint8_t p[64] = { 0 };
	int len = BN_bn2bin(n, p + 1);

	if (p[1] & 0x80)
		add_string(b, p, (size_t)len + 1);
	else
		add_string(b, p + 1, (size_t)len);
}

static void token_sign(EVP_PKEY *pkey, bool ec, const uint8_t data[69], struct buf *ret)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t sig[256];
	const uint8_t *p = sig;
	size_t n = sizeof(sig);

	EVP_DigestSignInit(ctx, NULL, ec ? EVP_sha256() : NULL, NULL, pkey);
	EVP_DigestSign(ctx, sig, &n, data, 69);
	EVP_MD_CTX_free(ctx);
	if (!ec) {
		buf_add(ret, sig, n);
		return;
	}
	ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &p, (long)n);

	add_mpint(ret, ECDSA_SIG_get0_r(s));
	add_mpint(ret, ECDSA_SIG_get0_s(s));
	ECDSA_SIG_free(s);
}

static void token_key(EVP_PKEY *pkey, bool ec, struct buf *ret)
{
	uint8_t point[65];
	size_t n = sizeof(point);

	add_text(ret, ec ? "sk-ecdsa-sha2-nistp256@openssh.com" : "sk-ssh-ed25519@openssh.com");
	if (ec) {
		add_text(ret, "nistp256");
		EVP_PKEY_get_octet_string_param(pkey, "pub", point, sizeof(point), &n);
	} else {
		EVP_PKEY_get_raw_public_key(pkey, point, &n);
	}
	add_string(ret, point, n);
	add_text(ret, "ssh:");
}

static void token_data(uint8_t flags, uint8_t ret[69])
{
	auto_buf struct buf b = { 0 };
	uint8_t hash[64];

	EVP_Digest(text, strlen(text), hash, NULL, EVP_sha512(), NULL);
	buf_str(&b, "SSHSIG");
	add_text(&b, "spe-permit");
	add_text(&b, "");
	add_text(&b, "sha512");
	add_string(&b, hash, 64);
	EVP_Digest("ssh:", 4, ret, NULL, EVP_sha256(), NULL);
	memcpy(ret + 32, (const uint8_t[5]){ flags, 0, 0, 0, 7 }, 5);
	EVP_Digest(b.p, b.len, ret + 37, NULL, EVP_sha256(), NULL);
}

static void token_armor(EVP_PKEY *pkey, bool ec, uint8_t flags, char *ret_key, char *ret_armor)
{
	auto_buf struct buf key = { 0 }, raw = { 0 }, sig = { 0 }, blob = { 0 };
	const char *type = ec ? "sk-ecdsa-sha2-nistp256@openssh.com" : "sk-ssh-ed25519@openssh.com";
	uint8_t data[69];

	token_key(pkey, ec, &key);
	token_data(flags, data);
	token_sign(pkey, ec, data, &raw);
	add_text(&sig, type);
	add_string(&sig, raw.p, raw.len);
	buf_add(&sig, data + 32, 5);
	buf_add(&blob, "SSHSIG\0\0\0\1", 10);
	add_string(&blob, key.p, key.len);
	add_text(&blob, "spe-permit");
	add_text(&blob, "");
	add_text(&blob, "sha512");
	add_string(&blob, sig.p, sig.len);
	bytes_armor((const uint8_t *)blob.p, blob.len, ret_armor);
	ret_key = stpcpy(stpcpy(ret_key, type), " ");
	EVP_EncodeBlock((unsigned char *)ret_key, (const uint8_t *)key.p, (int)key.len);
}

static void tokens_need_a_touch(bool ec)
{
	EVP_PKEY *pkey = ec ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256") :
			      EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	char key[SSHKEY_TEXT_MAX], armor[SSHSIG_ARMOR_MAX];
	struct spe_error e = { 0 };

	token_armor(pkey, ec, 1, key, armor);
	is_int(sshkey_check(key, NULL, NULL, &e), 0, ec ? "an sk-ecdsa key is taken" : "an sk-ed25519 key is taken");
	is_int(verify(key, armor, &e), 0, "a touched token's signature verifies");
	is_int(flips_that_pass(key, armor), 0, "no changed bit of it passes, flags and counter among them");
	put("token.sig", armor, strlen(armor));
	put("data", text, strlen(text));
	is_int(run("data", (const char *const[]){ "ssh-keygen", "-Y", "check-novalidate", "-n", "spe-permit",
		"-s", "token.sig", NULL }), 0, "ssh-keygen takes the same signature");
	token_armor(pkey, ec, 5, key, armor);
	is_int(verify(key, armor, &e), 0, "touched and verified by PIN as well");
	token_armor(pkey, ec, 4, key, armor);
	is_int(verify(key, armor, &e), -SPE_E_NOT_AUTHORISED, "without a touch it is refused");
	has_str(e.text, "nobody touched the token", "and said");
	EVP_PKEY_free(pkey);
}

/* ---- what is not taken ---- */

static void odd_keys_are_refused(void)
{
	static const char *const odd[] = {
		"",
		"\n",
		"ssh-ed25519",
		"ssh-ed25519 ",
		"ssh-ed25519 AAAA",
		"ssh-ed25519 !!!!",
		"ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"ssh-dss AAAAB3NzaC1kc3MAAAAA",
		"ssh-ed25519-cert-v01@openssh.com AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"no-pty ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"ssh-ed25519  AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nsecond line",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA AAAA\x01",
	};
	size_t i;

	is_int(sshkey_check("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA me\n", NULL,
		NULL, NULL), 0, "a key with comment and newline is taken");
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct spe_error e = { 0 };
		bool refused = sshkey_check(odd[i], NULL, NULL, &e) == -SPE_E_INPUT && e.text[0];

		if (!ok(refused, "an odd key is refused"))
			printf("# \"%s\"\n", odd[i]);
	}
}

static void small_rsa_keys_are_refused(void)
{
	const struct made small = { "rsa", "1024", "sha512", "ssh-rsa " };
	auto_free char *key = NULL, *armor = NULL;
	struct spe_error e = { 0 };

	make(&small, &key, &armor);
	is_int(sshkey_check(key, NULL, NULL, &e), -SPE_E_INPUT, "RSA of 1024 bits is refused");
	has_str(e.text, "2048 to 8192 bits", "and the bounds said");
}

/* Each change makes another armor of the same good signature. */
static void odd_armors_are_refused(void)
{
	static const struct odd {
		const char *what, *from, *to;
	} odd[] = {
		{ "no first line", "-----BEGIN SSH SIGNATURE-----\n", "" },
		{ "another first line", "BEGIN SSH", "BEGIN PGP" },
		{ "no last line", "-----END SSH SIGNATURE-----\n", "" },
		{ "words after it", "SIGNATURE-----\n", "SIGNATURE-----\nmore" },
		{ "an empty line", "U1NI", "\nU1NI" },
		{ "a blank", "U1NI", " U1NI" },
		{ "a carriage return", "U1NI", "\rU1NI" },
		{ "a letter outside base64", "U1NI", "U1N_" },
		{ "a cut", "U1NI", "U1N" },
	};
	auto_free char *armor = NULL;
	char key[SSHKEY_TEXT_MAX], changed[SSHSIG_ARMOR_MAX];
	struct spe_error e;
	size_t i;

	sshkey_public(secret, key, NULL);
	sshsig_sign(secret, "spe-permit", text, strlen(text), &armor, NULL);
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		const char *at = strstr(armor, odd[i].from);

		if (i == 3) /* the last line's, not the first's */
			at = strstr(strstr(armor, "-----END"), odd[i].from);
		snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - armor), armor, odd[i].to,
			at + strlen(odd[i].from));
		is_int(verify(key, changed, &e), -SPE_E_INPUT, odd[i].what);
	}
	is_int(verify(key, "", &e), -SPE_E_INPUT, "nothing at all");
	is_int(sshsig_verify(key, "spe-permit", text, strlen(text), armor, SSHSIG_ARMOR_MAX + 1, &e), -SPE_E_INPUT,
		"more than an armor may have");
}

int main(void)
{
	char dir[] = P_tmpdir "/spe-sshsig.XXXXXX";

	if (!mkdtemp(dir) || chdir(dir) < 0)
		return 99;
	signatures_of_ssh_keygen_verify();
	fingerprints_are_those_of_ssh_keygen();
	ssh_keygen_verifies_ours();
	another_key_is_named();
	an_empty_text_is_signed();
	tokens_need_a_touch(false);
	tokens_need_a_touch(true);
	odd_keys_are_refused();
	small_rsa_keys_are_refused();
	odd_armors_are_refused();
	run("/dev/null", (const char *const[]){ "rm", "-r", "--", dir, NULL });
	return tap_end();
}
