/* t/unit/psn.c - pseudonyms. The body that the self-check covers is the 26 characters behind the "p", without
 * it: only so does the published token come out. */
#include "spe/psn.h"

#include <stdlib.h>

#include "spe/err.h"
#include "sped/base/hex.h"
#include "t/tap.h"

#define TOKEN "p42dwzx6dtbdp2ekuo3q7at5spyd3wy"

static uint8_t mk[PSN_KEY], k_permit[PSN_KEY], k_check[PSN_KEY];

static void keys_are_derived(void)
{
	char text[SHA256_TEXT], long_id[300];
	uint8_t none[PSN_KEY];
	size_t i;

	for (i = 0; i < PSN_KEY; i++)
		mk[i] = (uint8_t)i;
	is_int(psn_permit_key(mk, "PERMIT-2026-001", k_permit), 0, "a permit's key");
	hex_text(text, k_permit, PSN_KEY);
	is_str(text, "fccb0084b3ecafa4a07e8a827b43625c22d0a627c4fc06249f66320585c95ffb",
		"is the published one");
	is_int(psn_check_key(mk, k_check), 0, "the check key");
	memset(long_id, 'x', sizeof(long_id) - 1);
	long_id[sizeof(long_id) - 1] = '\0';
	is_int(psn_permit_key(mk, long_id, none), -SPE_E_INPUT, "an endless permit id is refused");
}

static void the_published_token_comes_out(void)
{
	struct psn *p = NULL;
	char got[PSN_TOKEN + 1], long_value[600] = "";

	is_int(psn_new(&p, k_permit, k_check), 0, "a maker");
	is_int(psn_token(p, "fi", "131052-308T", 11, got), 0, "a token");
	is_str(got, TOKEN, "is the published one");
	psn_token(p, "fi", "131052A308T", 11, got);
	ok(strcmp(got, TOKEN) != 0, "another sign is another person");
	psn_token(p, "se", "131052-308T", 11, got);
	ok(strcmp(got, TOKEN) != 0, "another domain is another person");
	is_int(psn_token(p, "fi", long_value, sizeof(long_value), got), -SPE_E_INPUT,
		"600 bytes are refused");
	psn_free(p);
	psn_free(NULL);
}

/* The message that spe/psn.h describes: the token has the first half of its HMAC. */
static void the_published_hmac_comes_out(void)
{
	static const uint8_t message[] = { 0, 2, 'f', 'i', 0, 11, '1', '3', '1', '0', '5', '2', '-', '3', '0', '8', 'T' };
	uint8_t hash[SHA256_BYTES];
	char text[SHA256_TEXT];

	hmac_sha256(k_permit, PSN_KEY, message, sizeof(message), hash);
	hex_text(text, hash, sizeof(hash));
	is_str(text, "e6876cdfc39846fd115476e1f04fb27e841516affeab419d9f5b464f5877ec5f", "the HMAC of the message is the published one");
}

/* The short way through one compression and the long way through OpenSSL must meet. */
static void every_length_equals_hmac(void)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	struct psn *p = NULL;
	char got[PSN_TOKEN + 1], first;
	uint8_t message[512] = { 0, 1, 'x', 0, 0 }, hash[SHA256_BYTES];
	size_t n, wrong = 0, unknown = 0;

	psn_new(&p, k_permit, k_check);
	for (n = 0; n < 256; n++) {
		message[3] = (uint8_t)(n >> 8);
		message[4] = (uint8_t)n;
		memset(message + 5, 'v', n);
		hmac_sha256(k_permit, PSN_KEY, message, 5 + n, hash);
		first = alphabet[hash[0] >> 3];
		psn_token(p, "x", (const char *)message + 5, n, got);
		wrong += got[1] != first || got[2] != alphabet[(hash[0] & 7) << 2 | hash[1] >> 6] ||
			 got[26] != alphabet[(hash[15] & 7) << 2];
		unknown += !psn_is_token(k_check, got, PSN_TOKEN);
	}
	is_int((long long)wrong, 0, "values of 0 to 255 bytes give HMAC-SHA-256's characters");
	is_int((long long)unknown, 0, "and each token vouches for itself");
	psn_free(p);
}

/* More than are hashed at once, of all lengths that identity numbers may have. */
static void many_equal_one_by_one(void)
{
	static char value[200][64], token[200][PSN_TOKEN + 1];
	struct psn_ask ask[200];
	struct psn *p = NULL;
	char one[PSN_TOKEN + 1];
	size_t i, wrong = 0;

	psn_new(&p, k_permit, k_check);
	for (i = 0; i < 200; i++) {
		memset(value[i], '0' + (int)(i % 10), i % 57);
		ask[i] = (struct psn_ask){ i & 1 ? "se" : "nhs", value[i], i % 57, token[i] };
	}
	is_int(psn_tokens(p, ask, 200), 0, "two hundred at once");
	for (i = 0; i < 200; i++)
		wrong += psn_token(p, ask[i].domain, ask[i].value, ask[i].len, one) < 0 || strcmp(one, token[i]) != 0;
	is_int((long long)wrong, 0, "are what they are one by one");
	is_int(psn_tokens(p, ask, 0), 0, "none are none");
	ask[70].len = 60;
	is_int(psn_tokens(p, ask, 200), -SPE_E_INPUT, "one that is too long is refused");
	psn_free(p);
}

static void tokens_are_recognised(void)
{
	uint8_t other[PSN_KEY] = { 1 };
	char upper[] = "P42DWZX6DTBDP2EKUO3Q7AT5SPYD3WY";
	char near[] = "p42dwzx6dtbdp2ekuo3q7at5spyd3wz";

	ok(psn_is_token(k_check, TOKEN, PSN_TOKEN), "the token is one");
	ok(psn_is_token(k_check, upper, PSN_TOKEN), "in upper case too");
	ok(!psn_is_token(other, TOKEN, PSN_TOKEN), "not with another key");
	ok(!psn_is_token(k_check, near, PSN_TOKEN), "one letter off is none");
	ok(psn_is_grammar(near, PSN_TOKEN), "though it has the form");
	ok(!psn_is_token(k_check, TOKEN, PSN_TOKEN - 1), "thirty characters are none");
	ok(!psn_is_grammar("q42dwzx6dtbdp2ekuo3q7at5spyd3wy", PSN_TOKEN), "q begins none");
	ok(!psn_is_grammar("p42dwzx6dtbdp2ekuo3q7at5spyd3w1", PSN_TOKEN), "1 is in none");
}

/* RFC 4231, test cases 1 to 3: the HMAC under it all. */
static void rfc4231(void)
{
	static const struct {
		int key_byte;
		const char *key;
		size_t key_len;
		const char *text;
		const char *want;
	} cases[] = {
		{ 0x0b, NULL, 20, "Hi There",
			"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
		{ 0, "Jefe", 4, "what do ya want for nothing?",
			"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
		{ 0xaa, NULL, 20, NULL,
			"773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
	};
	char key[20], text[SHA256_TEXT], dd[50];
	uint8_t mac[SHA256_BYTES];
	size_t i;

	memset(dd, 0xdd, sizeof(dd));
	for (i = 0; i < 3; i++) {
		memset(key, cases[i].key_byte, sizeof(key));
		if (cases[i].key)
			memcpy(key, cases[i].key, cases[i].key_len);
		hmac_sha256(key, cases[i].key_len, cases[i].text ? cases[i].text : dd,
			cases[i].text ? strlen(cases[i].text) : sizeof(dd), mac);
		hex_text(text, mac, sizeof(mac));
		is_str(text, cases[i].want, "RFC 4231");
	}
}

int main(void)
{
	keys_are_derived();
	the_published_token_comes_out();
	the_published_hmac_comes_out();
	every_length_equals_hmac();
	many_equal_one_by_one();
	tokens_are_recognised();
	rfc4231();
	return tap_end();
}
