/* stage/person.c - identity numbers to pseudonyms: one person, one token, in whatever notation and table. */
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spe/idnum.h"
#include "sped/stage/stage.h"

#define MEMO 64 /* tables are often sorted by person: the last number comes again */
#define BEFORE PERSON_MANY

/* Who somebody is. */
struct one {
	enum idnum_kind found; /* NONE: the number is none */
	char canonical[IDNUM_CANONICAL_MAX];
	char token[PSN_TOKEN + CSV_SLACK];
};

struct person {
	struct psn *psn;
	struct many *many;
	int reference_year;
	struct one one[PERSON_MANY + 1]; /* and whom the last number before these is of */
	struct psn_ask ask[PERSON_MANY];
	size_t asked;
	struct {
		size_t which, as;
	} again[PERSON_MANY]; /* who is somebody that was asked for already */
	size_t agains;
	enum idnum_kind kind; /* of the last one, as it was asked for, */
	char last[MEMO];      /* its number as it was spelt, and */
	size_t last_len;
	size_t last_one;
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
	if (many_new(&p->many) == 0 && (!psn_pairs_can() || many_is_quicker(p->many)))
		psn_many_with(p->psn, many_macs, p->many);
	*ret = p;
	return 0;
}

void person_free(struct person *p)
{
	if (!p)
		return;
	psn_free(p->psn);
	many_free(p->many);
	OPENSSL_cleanse(p, sizeof(*p));
	free(p);
}

void person_year(struct person *p, int reference_year)
{
	p->reference_year = reference_year;
	p->last_len = 0;
}

void person_shift_with(struct person *p, const uint8_t k_shift[PSN_KEY])
{
	psn_shift_with(p->psn, k_shift);
}

void person_ask(struct person *p, size_t i, enum idnum_kind k, const char *number, size_t len)
{
	struct one *const o = &p->one[i];

	if (len > 0 && len == p->last_len && k == p->kind && number[len - 1] == p->last[len - 1] && memcmp(number, p->last, len) == 0) {
		p->again[p->agains].which = i;
		p->again[p->agains++].as = p->last_one;
		return;
	}
	o->found = idnum_canonical(k, number, len, p->reference_year, o->canonical);
	if (o->found == IDNUM_NONE)
		return;
	p->ask[p->asked++] = (struct psn_ask){ .domain = idnum_country(o->found), .value = o->canonical, .ret_token = o->token };
	p->last_len = len < sizeof(p->last) ? len : 0;
	memcpy(p->last, number, p->last_len);
	p->kind = k;
	p->last_one = i;
}

int person_answer(struct person *p)
{
	size_t i;
	int r;

	for (i = 0; i < p->asked; i++) /* not as soon as they are written, which the processor would have to wait for */
		p->ask[i].len = strlen(p->ask[i].value);
	r = psn_tokens(p->psn, p->ask, p->asked);
	for (i = 0; i < p->agains; i++)
		p->one[p->again[i].which] = p->one[p->again[i].as];
	p->one[BEFORE] = p->one[p->last_one];
	p->last_one = BEFORE;
	p->asked = p->agains = 0;
	if (r < 0)
		p->last_len = 0;
	return r;
}

const char *person_answered(const struct person *p, size_t i)
{
	return p->one[i].found == IDNUM_NONE ? NULL : p->one[i].token;
}

const char *person_token(struct person *p, enum idnum_kind k, const char *number, size_t len)
{
	person_ask(p, 0, k, number, len);
	return person_answer(p) < 0 ? NULL : person_answered(p, 0);
}

int person_shift(struct person *p, size_t i, int *ret)
{
	const struct one *o = &p->one[i];

	return psn_shift(p->psn, idnum_country(o->found), o->canonical, strlen(o->canonical), ret);
}

int person_nobody(struct person *p, uint32_t i, size_t beside, char ret[PSN_TOKEN + 1])
{
	char value[40];
	int n = beside ? snprintf(value, sizeof(value), "%u %zu", i, beside) : snprintf(value, sizeof(value), "%u", i);

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

bool person_unnamed(const char *number, size_t len)
{
	return value_missing(DATA_NUMBER, number, len) || idnum_fault(IDNUM_NONE, number, len) == IDNUM_MISSING;
}

bool person_known(enum idnum_kind k, const char *number, size_t len, int reference_year)
{
	char canonical[IDNUM_CANONICAL_MAX];
	const bool known = idnum_canonical(k, number, len, reference_year, canonical) != IDNUM_NONE;

	OPENSSL_cleanse(canonical, sizeof(canonical));
	return known;
}
