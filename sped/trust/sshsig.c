/* trust/sshsig.c - see spe/sshsig.h.
 * Sources: OpenSSH's PROTOCOL.sshsig (armor, blob, what is signed) and PROTOCOL.u2f (sk- keys);
 * RFC 4253 section 6.6 (ssh-rsa), RFC 8332 (rsa-sha2), RFC 5656 section 3.1 (ecdsa), RFC 8709 (ed25519).
 * Strict: one spelling of every field, so that no changed bit of an armor passes. */
#include "spe/sshsig.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdio.h>
#include <string.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"

#define BEGIN_LINE "-----BEGIN SSH SIGNATURE-----\n"
#define END_LINE "-----END SSH SIGNATURE-----"
#define MAGIC "SSHSIG"
#define MAGIC_LEN 6
#define LINE_MAX_CHARS 76 /* ssh-keygen writes 70, PEM writers 64 or 76 */
#define LINE_CHARS 70
#define KEY_BLOB_MAX 3000 /* fits SSHKEY_TEXT_MAX as base64 */
#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192 /* beyond it one verification costs too long */
#define SK_USER_PRESENT 1 /* PROTOCOL.u2f: flags bit 0 */
#define KINDS                                                                                     \
	"ssh-ed25519, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, ssh-rsa (2048 to 8192 bits) and " \
	"OpenSSH's sk- kinds are taken"

enum family { FAMILY_ED25519, FAMILY_ECDSA, FAMILY_RSA };

static const struct kind {
	const char *name;
	enum family family;
	const char *curve; /* as SSH calls it */
	const char *group; /* as OpenSSL calls it */
	size_t point;      /* bytes of an uncompressed point */
	const EVP_MD *(*md)(void);
	bool sk;
} kinds[] = {
	{ "ssh-ed25519", FAMILY_ED25519, NULL, NULL, 0, NULL, false },
	{ "ecdsa-sha2-nistp256", FAMILY_ECDSA, "nistp256", "P-256", 65, EVP_sha256, false },
	{ "ecdsa-sha2-nistp384", FAMILY_ECDSA, "nistp384", "P-384", 97, EVP_sha384, false },
	{ "ssh-rsa", FAMILY_RSA, NULL, NULL, 0, NULL, false },
	{ "sk-ssh-ed25519@openssh.com", FAMILY_ED25519, NULL, NULL, 0, NULL, true },
	{ "sk-ecdsa-sha2-nistp256@openssh.com", FAMILY_ECDSA, "nistp256", "P-256", 65, EVP_sha256,
		true },
};

struct bytes {
	const uint8_t *p;
	size_t n;
};

struct sshkey {
	const struct kind *kind;
	struct bytes blob;        /* borrowed */
	struct bytes application; /* sk- alone */
	EVP_PKEY *pkey;
};

struct sshsig {
	uint8_t blob[SSHSIG_ARMOR_MAX];
	struct bytes key, ns, hash, signature;
};

static void sshkey_close(struct sshkey *k)
{
	EVP_PKEY_free(k->pkey);
	k->pkey = NULL;
}
#define auto_key __attribute__((cleanup(sshkey_close)))

static bool bytes_are(struct bytes b, const char *text)
{
	return b.p && b.n == strlen(text) && memcmp(b.p, text, b.n) == 0;
}

static struct bytes read_string(struct rd *r)
{
	struct bytes b = { 0 };

	b.p = rd_string32be(r, &b.n);
	if (!b.p)
		b.n = 0;
	return b;
}

/* A positive mpint in its only spelling (RFC 4251 section 5), without the sign's zero byte. */
static struct bytes read_mpint(struct rd *r)
{
	struct bytes b = read_string(r);

	if (b.n == 0 || b.p[0] & 0x80 || (b.p[0] == 0 && (b.n < 2 || !(b.p[1] & 0x80)))) {
		r->bad = true;
		return (struct bytes){ 0 };
	}
	if (b.p[0] == 0)
		b = (struct bytes){ b.p + 1, b.n - 1 };
	return b;
}

static bool is_base64(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '+' || c == '/';
}

/* The bits that padding leaves over must be zero: encoding again gives the same letters. */
static bool tail_is_canonical(const char *quad, const uint8_t *p, size_t n)
{
	char again[5];

	EVP_EncodeBlock((unsigned char *)again, p, (int)n);
	return memcmp(quad, again, 4) == 0;
}

/* RFC 4648 section 4, with padding and nothing else. out has room for 3 bytes per 4 letters. */
static bool decode_base64(const char *text, size_t len, uint8_t *out, size_t room, size_t *ret_len)
{
	size_t pad = 0, i;

	if (len < 4 || len % 4 != 0 || len / 4 * 3 > room)
		return false;
	while (pad < 2 && text[len - 1 - pad] == '=')
		pad++;
	for (i = 0; i < len - pad; i++)
		if (!is_base64(text[i]))
			return false;
	if (EVP_DecodeBlock(out, (const unsigned char *)text, (int)len) < 0)
		return false;
	*ret_len = len / 4 * 3 - pad;
	return tail_is_canonical(text + len - 4, out + len / 4 * 3 - 3, 3 - pad);
}

static EVP_PKEY *from_params(const char *type, OSSL_PARAM_BLD *bld)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *pkey = NULL;

	if (!params || !ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
		EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	return pkey;
}

static EVP_PKEY *ec_key(const struct kind *kind, struct bytes point)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY *pkey = NULL;

	if (bld &&
		OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, kind->group, 0) &&
		OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point.p, point.n))
		pkey = from_params("EC", bld);
	OSSL_PARAM_BLD_free(bld);
	return pkey;
}

static EVP_PKEY *rsa_key(struct bytes e, struct bytes n)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *be = BN_bin2bn(e.p, (int)e.n, NULL);
	BIGNUM *bn = BN_bin2bn(n.p, (int)n.n, NULL);
	int bits = bn ? BN_num_bits(bn) : 0;
	EVP_PKEY *pkey = NULL;

	if (bld && be && bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX && BN_is_odd(bn) &&
		BN_is_odd(be) && !BN_is_one(be) &&
		OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, be) &&
		OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, bn))
		pkey = from_params("RSA", bld);
	BN_free(be);
	BN_free(bn);
	OSSL_PARAM_BLD_free(bld);
	return pkey;
}

static EVP_PKEY *read_ed25519(struct rd *r, const struct kind *kind)
{
	struct bytes pk = read_string(r);

	return pk.n != 32 ? NULL : EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, pk.p, pk.n);
}

static EVP_PKEY *read_ecdsa(struct rd *r, const struct kind *kind)
{
	struct bytes curve = read_string(r);
	struct bytes point = read_string(r);

	if (!bytes_are(curve, kind->curve) || point.n != kind->point || point.p[0] != 4)
		return NULL;
	return ec_key(kind, point);
}

static EVP_PKEY *read_rsa(struct rd *r, const struct kind *kind)
{
	struct bytes e = read_mpint(r);
	struct bytes n = read_mpint(r);

	return e.n == 0 || e.n > 8 || n.n == 0 || n.n > RSA_BITS_MAX / 8 ? NULL : rsa_key(e, n);
}

static const struct kind *kind_named(struct bytes name)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (bytes_are(name, kinds[i].name))
			return &kinds[i];
	return NULL;
}

/* The public key's blob as a key that can verify; false where it is of no kind above. */
static bool key_open(struct bytes blob, struct sshkey *ret)
{
	static EVP_PKEY *(*const read_family[])(
		struct rd *, const struct kind *) = { [FAMILY_ED25519] = read_ed25519,
		[FAMILY_ECDSA] = read_ecdsa,
		[FAMILY_RSA] = read_rsa };
	struct rd r = { blob.p, blob.p + blob.n, false };
	struct sshkey k = { .blob = blob };

	if (blob.n > KEY_BLOB_MAX)
		return false;
	k.kind = kind_named(read_string(&r));
	if (!k.kind)
		return false;
	k.pkey = read_family[k.kind->family](&r, k.kind);
	if (k.kind->sk)
		k.application = read_string(&r);
	if (!k.pkey || r.bad || r.p != r.end) {
		sshkey_close(&k);
		return false;
	}
	*ret = k;
	return true;
}

static void key_text(const struct sshkey *k, char ret[SSHKEY_TEXT_MAX])
{
	size_t n = strlen(k->kind->name);

	memcpy(ret, k->kind->name, n);
	ret[n] = ' ';
	EVP_EncodeBlock((unsigned char *)ret + n + 1, k->blob.p, (int)k->blob.n);
}

static bool key_fingerprint(const struct sshkey *k, char ret[64])
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned n;

	if (EVP_Digest(k->blob.p, k->blob.n, hash, &n, EVP_sha256(), NULL) != 1)
		return false;
	memcpy(ret, "SHA256:", 7);
	EVP_EncodeBlock((unsigned char *)ret + 7, hash, (int)n);
	ret[strcspn(ret, "=")] = '\0';
	return true;
}

/* "TYPE BASE64 [comment]" to the blob it carries; room has KEY_BLOB_MAX + 3 bytes. */
static bool key_blob(
	const char *text, uint8_t *room, struct bytes *ret_type, struct bytes *ret_blob)
{
	size_t all = strnlen(text, SSHKEY_TEXT_MAX), type, word;
	const char *p;

	if (all > 0 && all < SSHKEY_TEXT_MAX && text[all - 1] == '\n')
		all--;
	if (all == 0 || all == SSHKEY_TEXT_MAX)
		return false;
	for (p = text; p < text + all; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
	type = strcspn(text, " \n");
	if (type + 1 >= all)
		return false;
	word = strcspn(text + type + 1, " \n");
	*ret_type = (struct bytes){ (const uint8_t *)text, type };
	ret_blob->p = room;
	return decode_base64(text + type + 1, word, room, KEY_BLOB_MAX, &ret_blob->n);
}

/* *ret is the caller's to close, whatever comes back. */
static int key_parse(const char *text, uint8_t *room, struct sshkey *ret, struct spe_error *e)
{
	struct bytes type, blob;

	if (!key_blob(text, room, &type, &blob))
		return spe_fail(e, SPE_E_INPUT,
			"the key is not one line of TYPE BASE64 [comment], as in a file ending in .pub");
	if (!kind_named(type) || !key_open(blob, ret))
		return spe_fail(
			e, SPE_E_INPUT, "the key is of a kind or size that is not taken; " KINDS);
	if (!bytes_are(type, ret->kind->name))
		return spe_fail(e, SPE_E_INPUT, "the key's type differs from what its base64 says");
	return 0;
}

int sshkey_check(const char *text, char *ret_canonical, char *ret_fingerprint, struct spe_error *e)
{
	uint8_t room[KEY_BLOB_MAX + 3];
	auto_key struct sshkey k = { 0 };
	char fingerprint[64];
	int r = key_parse(text, room, &k, e);

	if (r < 0)
		return r;
	if (!key_fingerprint(&k, fingerprint))
		return spe_fail(e, SPE_E_INTERNAL, "SHA-256 is not to be had");
	if (ret_canonical)
		key_text(&k, ret_canonical);
	if (ret_fingerprint)
		memcpy(ret_fingerprint, fingerprint, sizeof(fingerprint));
	return 0;
}

/* The letters between the lines of an armor, joined; false where a line is too long or empty. */
static bool armor_letters(const char *body, size_t len, char *out, size_t *ret_len)
{
	size_t n = 0;

	while (len > 0) {
		const char *nl = memchr(body, '\n', len);
		size_t line = nl ? (size_t)(nl - body) : 0;

		if (line == 0 || line > LINE_MAX_CHARS)
			return false;
		memcpy(out + n, body, line);
		n += line;
		body += line + 1;
		len -= line + 1;
	}
	*ret_len = n;
	return true;
}

static bool armor_decode(const char *armor, size_t len, uint8_t *blob, size_t *ret_len)
{
	const size_t begin = strlen(BEGIN_LINE), end = strlen(END_LINE);
	char letters[SSHSIG_ARMOR_MAX];
	size_t n;

	if (len > SSHSIG_ARMOR_MAX || len < begin + end)
		return false;
	if (armor[len - 1] == '\n')
		len--;
	if (len < begin + end || memcmp(armor, BEGIN_LINE, begin) != 0 ||
		memcmp(armor + len - end, END_LINE, end) != 0)
		return false;
	return armor_letters(armor + begin, len - begin - end, letters, &n) &&
	       decode_base64(letters, n, blob, SSHSIG_ARMOR_MAX, ret_len);
}

static bool sig_parse(const char *armor, size_t len, struct sshsig *ret)
{
	struct rd r = { 0 };
	const uint8_t *magic;
	struct bytes reserved;
	size_t n;

	if (!armor_decode(armor, len, ret->blob, &n))
		return false;
	r = (struct rd){ ret->blob, ret->blob + n, false };
	magic = rd_bytes(&r, MAGIC_LEN);
	if (!magic || memcmp(magic, MAGIC, MAGIC_LEN) != 0 || rd_u32be(&r) != 1)
		return false;
	ret->key = read_string(&r);
	ret->ns = read_string(&r);
	reserved = read_string(&r);
	ret->hash = read_string(&r);
	ret->signature = read_string(&r);
	return !r.bad && r.p == r.end && reserved.n == 0 && ret->ns.n > 0;
}

static int sig_open(const char *armor, size_t len, struct sshsig *ret, struct sshkey *ret_key,
	struct spe_error *e)
{
	if (!sig_parse(armor, len, ret)) {
		spe_fail(e, SPE_E_INPUT, "the signature is not an SSH signature of version 1");
		spe_remedy(e, "sign with ssh-keygen -Y sign");
		return -SPE_E_INPUT;
	}
	if (!key_open(ret->key, ret_key))
		return spe_fail(e, SPE_E_INPUT,
			"the signature's key is of a kind that is not taken; " KINDS);
	return 0;
}

int sshsig_key_of(
	const char *armor, size_t armor_len, char ret_key[SSHKEY_TEXT_MAX], struct spe_error *e)
{
	auto_key struct sshkey k = { 0 };
	struct sshsig s;
	int r = sig_open(armor, armor_len, &s, &k, e);

	if (r == 0)
		key_text(&k, ret_key);
	return r;
}

static void put_string(struct buf *b, const void *p, size_t n)
{
	const uint8_t len[4] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8),
		(uint8_t)n };

	buf_add(b, len, sizeof(len));
	buf_add(b, p, n);
}

/* What the key signs: never the bytes, but namespace, hash name and hash. */
static bool signed_blob(
	const char *ns, const char *hash, const void *data, size_t len, struct buf *ret)
{
	const EVP_MD *md = strcmp(hash, "sha512") == 0 ? EVP_sha512() : EVP_sha256();
	uint8_t h[EVP_MAX_MD_SIZE];
	unsigned n;

	if (EVP_Digest(data, len, h, &n, md, NULL) != 1)
		return false;
	buf_add(ret, MAGIC, MAGIC_LEN);
	put_string(ret, ns, strlen(ns));
	put_string(ret, "", 0);
	put_string(ret, hash, strlen(hash));
	put_string(ret, h, n);
	return !ret->bad;
}

static bool verify_with(
	EVP_PKEY *pkey, const EVP_MD *md, struct bytes data, const uint8_t *sig, size_t n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx && EVP_DigestVerifyInit(ctx, NULL, md, NULL, pkey) == 1 &&
		    EVP_DigestVerify(ctx, sig, n, data.p, data.n) == 1;

	EVP_MD_CTX_free(ctx);
	return good;
}

/* SSH writes r and s as mpints, OpenSSL wants them as DER. */
static int ecdsa_der(struct bytes r, struct bytes s, uint8_t **ret_der)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *br = BN_bin2bn(r.p, (int)r.n, NULL), *bs = BN_bin2bn(s.p, (int)s.n, NULL);
	int n = -1;

	if (sig && br && bs && ECDSA_SIG_set0(sig, br, bs) == 1)
		n = i2d_ECDSA_SIG(sig, ret_der);
	else {
		BN_free(br);
		BN_free(bs);
	}
	ECDSA_SIG_free(sig);
	return n;
}

static bool verify_ecdsa(const struct sshkey *k, struct bytes sig, struct bytes data)
{
	struct rd rd = { sig.p, sig.p + sig.n, false };
	struct bytes r = read_mpint(&rd), s = read_mpint(&rd);
	const size_t most = (k->kind->point - 1) / 2;
	uint8_t *der = NULL;
	bool good;
	int n;

	if (rd.bad || rd.p != rd.end || r.n > most || s.n > most)
		return false;
	n = ecdsa_der(r, s, &der);
	good = n > 0 && verify_with(k->pkey, k->kind->md(), data, der, (size_t)n);
	OPENSSL_free(der);
	return good;
}

static bool verify_rsa(
	const struct sshkey *k, struct bytes name, struct bytes sig, struct bytes data)
{
	const EVP_MD *md = bytes_are(name, "rsa-sha2-512")   ? EVP_sha512()
			   : bytes_are(name, "rsa-sha2-256") ? EVP_sha256()
							     : NULL;

	return md && sig.n == (size_t)EVP_PKEY_get_size(k->pkey) &&
	       verify_with(k->pkey, md, data, sig.p, sig.n);
}

/* A token signs SHA256(application) flags counter SHA256(data), and says that somebody touched it. */
static bool token_blob(const struct sshkey *k, struct rd *r, struct bytes data, uint8_t ret[69])
{
	const uint8_t *flags_counter = rd_bytes(r, 5);

	if (!flags_counter || !(flags_counter[0] & SK_USER_PRESENT))
		return false;
	memcpy(ret + 32, flags_counter, 5);
	return EVP_Digest(k->application.p, k->application.n, ret, NULL, EVP_sha256(), NULL) == 1 &&
	       EVP_Digest(data.p, data.n, ret + 37, NULL, EVP_sha256(), NULL) == 1;
}

static bool signature_fits(const struct sshkey *k, struct bytes blob, struct bytes data)
{
	struct rd r = { blob.p, blob.p + blob.n, false };
	struct bytes name = read_string(&r), sig = read_string(&r);
	uint8_t token[69];

	if (r.bad || (k->kind->family != FAMILY_RSA && !bytes_are(name, k->kind->name)))
		return false;
	if (k->kind->sk) {
		if (!token_blob(k, &r, data, token))
			return false;
		data = (struct bytes){ token, sizeof(token) };
	}
	if (r.bad || r.p != r.end)
		return false;
	if (k->kind->family == FAMILY_RSA)
		return verify_rsa(k, name, sig, data);
	if (k->kind->family == FAMILY_ECDSA)
		return verify_ecdsa(k, sig, data);
	return sig.n == 64 && verify_with(k->pkey, NULL, data, sig.p, sig.n);
}

static int check_bytes(const struct sshsig *s, const struct sshkey *k, const char *ns,
	const void *data, size_t len, struct spe_error *e)
{
	auto_buf struct buf blob = { 0 };
	const char *hash = bytes_are(s->hash, "sha512")   ? "sha512"
			   : bytes_are(s->hash, "sha256") ? "sha256"
							  : NULL;

	if (!hash)
		return spe_fail(
			e, SPE_E_INPUT, "the signature's hash is neither sha256 nor sha512");
	if (!signed_blob(ns, hash, data, len, &blob))
		return spe_fail(e, SPE_E_INTERNAL, "there is no memory to verify a signature");
	if (!signature_fits(k, s->signature, (struct bytes){ (const uint8_t *)blob.p, blob.len }))
		return spe_fail(e, SPE_E_NOT_AUTHORISED,
			"the signature does not fit these bytes: they, or it, were changed%s",
			k->kind->sk ? ", or nobody touched the token" : "");
	return 0;
}

int sshsig_verify(const char *key, const char *ns, const void *data, size_t len, const char *armor,
	size_t armor_len, struct spe_error *e)
{
	uint8_t room[KEY_BLOB_MAX + 3];
	auto_key struct sshkey want = { 0 }, got = { 0 };
	char fingerprint[64];
	struct sshsig s;
	int r = key_parse(key, room, &want, e);

	if (r == 0)
		r = sig_open(armor, armor_len, &s, &got, e);
	if (r < 0)
		return r;
	if (want.blob.n != got.blob.n || memcmp(want.blob.p, got.blob.p, got.blob.n) != 0)
		return spe_fail(e, SPE_E_NOT_AUTHORISED, "the signature is by another key, %s",
			key_fingerprint(&got, fingerprint) ? fingerprint
							   : "which has no fingerprint");
	if (!bytes_are(s.ns, ns))
		return spe_fail(e, SPE_E_NOT_AUTHORISED,
			"the signature is for another purpose than %s: sign with ssh-keygen -Y sign -n %s",
			ns, ns);
	return check_bytes(&s, &got, ns, data, len, e);
}

static bool sign_ed25519(const uint8_t private_key[32], const struct buf *blob, uint8_t ret[64],
	uint8_t ret_public[32])
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, private_key, 32);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = 64, m = 32;
	bool good = pkey && ctx && EVP_PKEY_get_raw_public_key(pkey, ret_public, &m) == 1 &&
		    EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
		    EVP_DigestSign(ctx, ret, &n, (const uint8_t *)blob->p, blob->len) == 1;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return good && n == 64 && m == 32;
}

static void ed25519_blob(struct buf *b, const uint8_t *p, size_t n)
{
	put_string(b, "ssh-ed25519", 11);
	put_string(b, p, n);
}

static void put_nested(struct buf *b, const uint8_t *p, size_t n)
{
	auto_buf struct buf inner = { 0 };

	ed25519_blob(&inner, p, n);
	put_string(b, inner.p ? inner.p : "", inner.len);
	b->bad |= inner.bad;
}

static void put_armor(struct buf *b, const struct buf *blob)
{
	auto_free char *letters = malloc(blob->len / 3 * 4 + 8);
	size_t n, at;

	if (!letters || blob->bad) {
		b->bad = true;
		return;
	}
	n = (size_t)EVP_EncodeBlock(
		(unsigned char *)letters, (const uint8_t *)blob->p, (int)blob->len);
	buf_str(b, BEGIN_LINE);
	for (at = 0; at < n; at += LINE_CHARS) {
		buf_add(b, letters + at, n - at < LINE_CHARS ? n - at : LINE_CHARS);
		buf_str(b, "\n");
	}
	buf_str(b, END_LINE "\n");
}

int sshsig_sign(const uint8_t private_key[32], const char *ns, const void *data, size_t len,
	char **ret_armor, struct spe_error *e)
{
	auto_buf struct buf what = { 0 }, blob = { 0 }, armor = { 0 };
	uint8_t sig[64], public_key[32];

	if (!signed_blob(ns, "sha512", data, len, &what) ||
		!sign_ed25519(private_key, &what, sig, public_key))
		return spe_fail(e, SPE_E_INTERNAL, "a signature could not be made");
	buf_add(&blob, MAGIC "\0\0\0\1", MAGIC_LEN + 4);
	put_nested(&blob, public_key, sizeof(public_key));
	put_string(&blob, ns, strlen(ns));
	put_string(&blob, "", 0);
	put_string(&blob, "sha512", 6);
	put_nested(&blob, sig, sizeof(sig));
	put_armor(&armor, &blob);
	if (armor.bad || armor.len > SSHSIG_ARMOR_MAX)
		return spe_fail(e, SPE_E_INTERNAL, "there is no memory to write a signature");
	*ret_armor = spe_take_ptr(&armor.p);
	return 0;
}

int sshkey_public(const uint8_t private_key[32], char ret_key[SSHKEY_TEXT_MAX], struct spe_error *e)
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, private_key, 32);
	auto_buf struct buf blob = { 0 };
	uint8_t public_key[32];
	size_t n = sizeof(public_key);
	bool good = pkey && EVP_PKEY_get_raw_public_key(pkey, public_key, &n) == 1;

	EVP_PKEY_free(pkey);
	if (good)
		ed25519_blob(&blob, public_key, n);
	if (!good || blob.bad)
		return spe_fail(e, SPE_E_INTERNAL, "the public key could not be made");
	memcpy(ret_key, "ssh-ed25519 ", 12);
	EVP_EncodeBlock((unsigned char *)ret_key + 12, (const uint8_t *)blob.p, (int)blob.len);
	return 0;
}
