/* stage/persons.c - a set of persons, by their pseudonyms: who is in a cohort, who opted out. Eight bytes and some for each
 * of them, however many records they have. */
#include <stdlib.h>
#include <string.h>

#include "sped/stage/stage.h"

#define PERSONS_MAX (1u << 26) /* more than live in the Nordic and Baltic countries: 1 GiB */

struct persons {
	uint64_t *slot; /* 0: free */
	size_t room, count;
};

/* 64 of the pseudonym's 128 bits: of ten million persons and ten million asked for, five in a million chances that one is
 * taken for another. */
static uint64_t key_of(const char token[PSN_TOKEN])
{
	uint64_t key = 0;
	size_t i;

	for (i = 1; i <= 13; i++)
		key = key << 5 | (uint64_t)(token[i] >= 'a' ? token[i] - 'a' : token[i] - '2' + 26);
	return key ? key : 1;
}

int persons_new(struct persons **ret)
{
	struct persons *p = calloc(1, sizeof(*p));

	if (p) {
		p->room = 1024;
		p->slot = calloc(p->room, sizeof(*p->slot));
	}
	if (!p || !p->slot) {
		persons_free(p);
		return -SPE_E_INTERNAL;
	}
	*ret = p;
	return 0;
}

void persons_free(struct persons *p)
{
	if (!p)
		return;
	free(p->slot);
	free(p);
}

static uint64_t *slot_of(uint64_t *slot, size_t room, uint64_t key)
{
	size_t i = (size_t)key & (room - 1);

	while (slot[i] != 0 && slot[i] != key)
		i = (i + 1) & (room - 1);
	return &slot[i];
}

static bool grow(struct persons *p)
{
	uint64_t *slot = p->room < 2 * (size_t)PERSONS_MAX ? calloc(p->room * 2, sizeof(*slot)) : NULL;
	size_t i;

	if (!slot)
		return false;
	for (i = 0; i < p->room; i++)
		if (p->slot[i])
			*slot_of(slot, p->room * 2, p->slot[i]) = p->slot[i];
	free(p->slot);
	p->slot = slot;
	p->room *= 2;
	return true;
}

int persons_add(struct persons *p, const char token[PSN_TOKEN])
{
	const uint64_t key = key_of(token);
	uint64_t *slot = slot_of(p->slot, p->room, key);

	if (*slot)
		return 0;
	*slot = key;
	p->count++;
	return p->count * 4 < p->room * 3 || grow(p) ? 0 : -SPE_E_INTERNAL;
}

bool persons_have(const struct persons *p, const char token[PSN_TOKEN])
{
	return *slot_of(p->slot, p->room, key_of(token)) != 0;
}

size_t persons_count(const struct persons *p)
{
	return p->count;
}
