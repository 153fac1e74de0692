/* stage/person.c - identity numbers to pseudonyms: one person, one token, in whatever notation and table. */
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spe/idnum.h"
#include "sped/stage/stage.h"

#define MEMO 64 /* tables are often sorted by person: the last number comes again */

struct person {
	struct psn *psn;
	int reference_year;
	char identifier[8];
	char last[MEMO];
	size_t last_len;
	char token[PSN_TOKEN + 1];
};

static enum idnum_kind kind_of(const char *identifier)
{
	int k;

	for (k = IDNUM_FI; k < IDNUM_COUNT; k++)
		if (strcmp(idnum_country((enum idnum_kind)k), identifier) == 0)
			return (enum idnum_kind)k;
	return IDNUM_NONE; /* nordic: told apart by form */
}

int person_new(struct person **ret, const uint8_t k_permit[PSN_KEY], const uint8_t k_check[PSN_KEY],
	int reference_year)
{
	struct person *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return -SPE_E_INTERNAL;
	p->reference_year = reference_year;
	r = psn_new(&p->psn, k_permit, k_check);
	if (r < 0) {
		person_free(p);
		return r;
	}
	*ret = p;
	return 0;
}

void person_free(struct person *p)
{
	if (!p)
		return;
	psn_free(p->psn);
	OPENSSL_cleanse(p, sizeof(*p));
	free(p);
}

static bool same_again(
	const struct person *p, const char *identifier, const char *number, size_t len)
{
	return len > 0 && len == p->last_len && memcmp(number, p->last, len) == 0 &&
	       strcmp(identifier, p->identifier) == 0;
}

static void remember(struct person *p, const char *identifier, const char *number, size_t len)
{
	p->last_len = 0;
	if (len > MEMO || strlen(identifier) >= sizeof(p->identifier))
		return;
	memcpy(p->last, number, len);
	memcpy(p->identifier, identifier, strlen(identifier) + 1);
	p->last_len = len;
}

const char *person_token(struct person *p, const char *identifier, const char *number, size_t len)
{
	char canonical[IDNUM_CANONICAL_MAX];
	enum idnum_kind k;
	int r;

	if (same_again(p, identifier, number, len))
		return p->token;
	k = idnum_canonical(kind_of(identifier), number, len, p->reference_year, canonical);
	if (k == IDNUM_NONE)
		return NULL;
	r = psn_token(p->psn, idnum_country(k), canonical, strlen(canonical), p->token);
	OPENSSL_cleanse(canonical, sizeof(canonical));
	remember(p, identifier, number, r < 0 ? 0 : len);
	return r < 0 ? NULL : p->token;
}

int person_nobody(struct person *p, uint32_t i, char ret[PSN_TOKEN + 1])
{
	char value[16];
	int n = snprintf(value, sizeof(value), "%u", i);

	return psn_token(p->psn, "nobody", value, (size_t)n, ret);
}

/* Thirteen characters of five bits each. */
int person_seed(struct person *p, const char *label, uint64_t *ret)
{
	char token[PSN_TOKEN + 1];
	int r = psn_token(p->psn, "seed", label, strlen(label), token);
	size_t i;

	for (i = 1; r == 0 && i <= 13; i++)
		*ret = *ret << 5 | (uint64_t)(token[i] >= 'a' ? token[i] - 'a' : token[i] - '2' + 26);
	OPENSSL_cleanse(token, sizeof(token));
	return r;
}

bool person_known(const char *identifier, const char *number, size_t len, int reference_year)
{
	char canonical[IDNUM_CANONICAL_MAX];
	enum idnum_kind k =
		idnum_canonical(kind_of(identifier), number, len, reference_year, canonical);

	OPENSSL_cleanse(canonical, sizeof(canonical));
	return k != IDNUM_NONE;
}
