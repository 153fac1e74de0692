/* stage/persons.c - a set of persons, by their pseudonyms: who is in a cohort, who opted out. Eight bytes and some for each
 * of them, however many records they have. */
#include <stdlib.h>
#include <string.h>

#include "spe/limits.h"
#include "sped/stage/stage.h"

struct persons {
	uint64_t *slot; /* 0: free */
	size_t room, count;
};

static size_t held; /* bytes of all sets: beyond SPE_PERSONS_MAX there is no memory, which is said before the kernel kills us */

static uint64_t *slots_new(size_t room)
{
	uint64_t *slot = room * sizeof(*slot) <= SPE_PERSONS_MAX - held ? calloc(room, sizeof(*slot)) : NULL;

	if (slot)
		held += room * sizeof(*slot);
	return slot;
}

static void slots_free(uint64_t *slot, size_t room)
{
	if (slot)
		held -= room * sizeof(*slot);
	free(slot);
}

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
		p->slot = slots_new(p->room);
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
	slots_free(p->slot, p->room);
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
	uint64_t *slot = slots_new(p->room * 2);
	size_t i;

	if (!slot)
		return false;
	for (i = 0; i < p->room; i++)
		if (p->slot[i])
			*slot_of(slot, p->room * 2, p->slot[i]) = p->slot[i];
	slots_free(p->slot, p->room);
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
