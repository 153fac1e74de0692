/* t/unit/merkle.c - the tree against the definitions of RFC 9162, read off them word by word, and every proof of small
 * trees; any other proof is none. */
#include "t/tap.h"

#include <errno.h>
#include <string.h>

#include "spe/merkle.h"
#include "sped/base/hex.h"

#define LEAVES 70

static uint8_t leaf[LEAVES][MERKLE_HASH], node[2 * LEAVES][MERKLE_HASH];
static uint64_t nodes;

static int get(void *arg, unsigned level, uint64_t index, uint8_t ret[MERKLE_HASH])
{
	uint64_t at = merkle_position(level, index);

	if (at >= nodes)
		return -ENOENT;
	memcpy(ret, node[at], MERKLE_HASH);
	return 0;
}

/* MTH of section 2.1.1. */
static void mth(size_t from, size_t to, uint8_t ret[MERKLE_HASH])
{
	uint8_t left[MERKLE_HASH], right[MERKLE_HASH];
	size_t k = 1;

	if (to - from == 1) {
		memcpy(ret, leaf[from], MERKLE_HASH);
		return;
	}
	while (2 * k < to - from)
		k *= 2;
	mth(from, from + k, left);
	mth(from + k, to, right);
	merkle_join(left, right, ret);
}

/* As the gate stores them: each node as soon as its last leaf is there. */
static void store(size_t leaves)
{
	size_t i, level;

	for (i = 0; i < leaves; i++) {
		memcpy(node[nodes++], leaf[i], MERKLE_HASH);
		for (level = 1; (i + 1) % ((size_t)1 << level) == 0; level++)
			mth(i + 1 - ((size_t)1 << level), i + 1, node[nodes++]);
	}
}

/* Inputs and roots as Certificate Transparency's reference implementation gives them. */
static void known_roots(void)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *root;
	} known[] = {
		{ "", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
		{ "\0", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
		{ "\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
		{ "\x20\x21", 2, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
		{ "\x30\x31", 2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
		{ "\x40\x41\x42\x43", 4, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
		{ "\x50\x51\x52\x53\x54\x55\x56\x57", 8,
			"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
		{ "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16,
			"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" },
	};
	char text[SHA256_TEXT];
	uint8_t root[MERKLE_HASH];
	size_t i;

	for (i = 0; i < 8; i++)
		merkle_leaf(known[i].bytes, known[i].len, leaf[i]);
	store(8);
	for (i = 0; i < 8; i++) {
		is_int(merkle_root(get, NULL, i + 1, root), 0, "a root is made from stored nodes");
		hex_text(text, root, sizeof(root));
		is_str(text, known[i].root, "and is the known one");
	}
	is_int(merkle_root(get, NULL, 0, root), -EINVAL, "a tree of nothing has none here");
}

static size_t wrong_inclusions(size_t index, size_t size, struct merkle_proof *p, uint8_t root[MERKLE_HASH])
{
	size_t i, wrong = !merkle_included(leaf[index], index, size, p, root);

	for (i = 0; i < size; i++)
		wrong += i != index && merkle_included(leaf[i], index, size, p, root);
	for (i = 0; i < size + 2; i++)
		wrong += i != index && merkle_included(leaf[index], i, size, p, root);
	for (i = 0; i < p->count; i++) {
		p->node[i][i % MERKLE_HASH] ^= 1;
		wrong += merkle_included(leaf[index], index, size, p, root);
		p->node[i][i % MERKLE_HASH] ^= 1;
	}
	p->count++; /* whatever lies behind it */
	wrong += merkle_included(leaf[index], index, size, p, root);
	p->count--;
	if (p->count > 0) {
		p->count--;
		wrong += merkle_included(leaf[index], index, size, p, root);
	}
	return wrong;
}

static void every_leaf_is_proven(void)
{
	struct merkle_proof p = { 0 };
	uint8_t root[MERKLE_HASH], want[MERKLE_HASH];
	size_t size, i, wrong = 0, longest = 0;

	for (size = 1; size <= LEAVES; size++) {
		mth(0, size, want);
		wrong += merkle_root(get, NULL, size, root) != 0 || memcmp(root, want, sizeof(root)) != 0;
		for (i = 0; i < size; i++) {
			wrong += merkle_inclusion(get, NULL, i, size, &p) != 0;
			longest = p.count > longest ? p.count : longest;
			wrong += wrong_inclusions(i, size, &p, root);
		}
	}
	is_int((long long)wrong, 0, "each leaf of each tree is proven, and nothing else by its proof");
	is_int((long long)longest, 7, "in as many nodes as the tree is high");
	is_int(merkle_inclusion(get, NULL, 5, 5, &p), -EINVAL, "a leaf behind the end can't be asked for");
}

static size_t wrong_consistency(size_t first, size_t second, struct merkle_proof *p)
{
	uint8_t a[MERKLE_HASH], b[MERKLE_HASH];
	size_t i, wrong;

	mth(0, first, a);
	mth(0, second, b);
	wrong = !merkle_consistent(first, a, second, b, p);
	for (i = 0; i < p->count; i++) {
		p->node[i][i % MERKLE_HASH] ^= 1;
		wrong += merkle_consistent(first, a, second, b, p);
		p->node[i][i % MERKLE_HASH] ^= 1;
	}
	a[3] ^= 1;
	wrong += merkle_consistent(first, a, second, b, p);
	a[3] ^= 1;
	b[3] ^= 1;
	wrong += merkle_consistent(first, a, second, b, p);
	b[3] ^= 1;
	if (first != second) {
		wrong += merkle_consistent(second, b, first, a, p);
		wrong += merkle_consistent(0, a, second, b, p);
	}
	return wrong;
}

static void every_beginning_is_proven(void)
{
	struct merkle_proof p = { 0 };
	size_t first, second, wrong = 0;

	for (second = 1; second <= LEAVES; second++)
		for (first = 1; first <= second; first++) {
			wrong += merkle_consistency(get, NULL, first, second, &p) != 0;
			wrong += wrong_consistency(first, second, &p);
		}
	is_int((long long)wrong, 0, "each tree is proven to begin each later one, by its proof and no other");
	is_int(merkle_consistency(get, NULL, 3, 2, &p), -EINVAL, "not the other way round");
	is_int(merkle_consistency(get, NULL, 0, 2, &p), -EINVAL, "and nothing needs no proof");
}

/* A history with one other record has no proof that leads from the old root to the new one. */
static void a_rewritten_history_has_no_proof(void)
{
	struct merkle_proof p = { 0 };
	uint8_t old[MERKLE_HASH], new[MERKLE_HASH];

	mth(0, 21, old);
	leaf[4][0] ^= 1;
	nodes = 0;
	store(LEAVES);
	mth(0, 50, new);
	is_int(merkle_consistency(get, NULL, 21, 50, &p), 0, "whoever rewrote it can make one of its form");
	ok(!merkle_consistent(21, old, 50, new, &p), "which does not lead from the root that was seen");
}

int main(void)
{
	size_t i;

	known_roots();
	for (i = 8; i < LEAVES; i++)
		merkle_leaf(&i, sizeof(i), leaf[i]);
	nodes = 0;
	store(LEAVES);
	every_leaf_is_proven();
	every_beginning_is_proven();
	a_rewritten_history_has_no_proof();
	return tap_end();
}
