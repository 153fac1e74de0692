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
	enum idnum_kind kind; /* of the last one, as it was asked for, */
	char last[MEMO];      /* its number as it was spelt, and */
	size_t last_len;
	enum idnum_kind found; /* as it is */
	char canonical[IDNUM_CANONICAL_MAX];
	char token[PSN_TOKEN + 1];
};

enum idnum_kind person_kind(const char *identifier)
{
	int k;

	for (k = IDNUM_FI; k < IDNUM_COUNT; k++)
		if (strcmp(idnum_country((enum idnum_kind)k), identifier) == 0)
			return (enum idnum_kind)k;
	return IDNUM_NONE; /* nordic */
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

void person_shift_with(struct person *p, const uint8_t k_shift[PSN_KEY])
{
	psn_shift_with(p->psn, k_shift);
}

const char *person_token(struct person *p, enum idnum_kind k, const char *number, size_t len)
{
	if (len > 0 && len == p->last_len && k == p->kind && memcmp(number, p->last, len) == 0)
		return p->token;
	p->last_len = 0;
	p->found = idnum_canonical(k, number, len, p->reference_year, p->canonical);
	if (p->found == IDNUM_NONE ||
		psn_token(p->psn, idnum_country(p->found), p->canonical, strlen(p->canonical), p->token) < 0)
		return NULL;
	if (len <= MEMO) {
		memcpy(p->last, number, len);
		p->last_len = len;
		p->kind = k;
	}
	return p->token;
}

int person_shift(struct person *p, int *ret)
{
	return psn_shift(p->psn, idnum_country(p->found), p->canonical, strlen(p->canonical), ret);
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

bool person_known(enum idnum_kind k, const char *number, size_t len, int reference_year)
{
	char canonical[IDNUM_CANONICAL_MAX];
	const bool known = idnum_canonical(k, number, len, reference_year, canonical) != IDNUM_NONE;

	OPENSSL_cleanse(canonical, sizeof(canonical));
	return known;
}
