/* trust/merkle.c - see spe/merkle.h. Numbers of sections are those of RFC 9162. */
#define OPENSSL_API_COMPAT 0x10100000L /* SHA256_Init: the EVP interface costs as much as hashing two nodes */
#include "spe/merkle.h"

#include <errno.h>
#include <openssl/sha.h>
#include <string.h>

#define LEAVES_MAX (UINT64_C(1) << 62) /* so that sums below do not wrap */

/* 2.1.1: a byte before the content keeps leaves and nodes apart. */
static int hash(uint8_t kind, const void *a, size_t a_len, const void *b, size_t b_len, uint8_t ret[MERKLE_HASH])
{
	SHA256_CTX c;

	return SHA256_Init(&c) == 1 && SHA256_Update(&c, &kind, 1) == 1 && SHA256_Update(&c, a, a_len) == 1 &&
			       SHA256_Update(&c, b, b_len) == 1 && SHA256_Final(ret, &c) == 1 ?
		       0 :
		       -ENOMEM;
}

int merkle_leaf(const void *p, size_t len, uint8_t ret[MERKLE_HASH])
{
	return hash(0, p, len, NULL, 0, ret);
}

int merkle_join(const uint8_t left[MERKLE_HASH], const uint8_t right[MERKLE_HASH], uint8_t ret[MERKLE_HASH])
{
	return hash(1, left, MERKLE_HASH, right, MERKLE_HASH, ret);
}

/* n leaves have n - popcount(n) complete nodes above them; a node comes after all those of its leaves but the last one's. */
uint64_t merkle_position(unsigned level, uint64_t index)
{
	uint64_t last = ((index + 1) << level) - 1;

	return 2 * last - (uint64_t)__builtin_popcountll(last) + level;
}

/* 2.1.1: the largest power of two below n, n > 1. */
static uint64_t split(uint64_t n)
{
	return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

/* ---- from stored nodes ---- */

struct tree {
	merkle_node_fn *get;
	void *arg;
	struct merkle_proof *proof;
};

/* MTH(D[from:from + n]); from is a multiple of the power of two that n fills. */
static int range(const struct tree *t, uint64_t from, uint64_t n, uint8_t ret[MERKLE_HASH])
{
	uint8_t left[MERKLE_HASH], right[MERKLE_HASH];
	uint64_t k;
	int r;

	if ((n & (n - 1)) == 0) {
		unsigned level = (unsigned)__builtin_ctzll(n);

		return t->get(t->arg, level, from >> level, ret);
	}
	k = split(n);
	r = range(t, from, k, left);
	if (r == 0)
		r = range(t, from + k, n - k, right);
	return r < 0 ? r : merkle_join(left, right, ret);
}

static int take(const struct tree *t, uint64_t from, uint64_t n)
{
	if (t->proof->count == MERKLE_PATH_MAX)
		return -E2BIG;
	return range(t, from, n, t->proof->node[t->proof->count++]);
}

/* The complete nodes at the right edge, joined from the smallest on. */
int merkle_edge_root(const uint8_t edge[64][MERKLE_HASH], uint64_t leaves, uint8_t ret[MERKLE_HASH])
{
	bool begun = false;
	unsigned level;
	int r = 0;

	for (level = 0; r == 0 && level < 64; level++) {
		if (!(leaves >> level & 1))
			continue;
		if (begun)
			r = merkle_join(edge[level], ret, ret);
		else
			memcpy(ret, edge[level], MERKLE_HASH);
		begun = true;
	}
	return begun ? r : -ENOENT;
}

int merkle_root(merkle_node_fn *get, void *arg, uint64_t size, uint8_t ret[MERKLE_HASH])
{
	const struct tree t = { get, arg, NULL };

	return size == 0 || size > LEAVES_MAX ? -EINVAL : range(&t, 0, size, ret);
}

/* 2.1.3.1: PATH. */
static int path(const struct tree *t, uint64_t index, uint64_t from, uint64_t n)
{
	uint64_t k;
	int r;

	if (n == 1)
		return 0;
	k = split(n);
	if (index < k) {
		r = path(t, index, from, k);
		return r < 0 ? r : take(t, from + k, n - k);
	}
	r = path(t, index - k, from + k, n - k);
	return r < 0 ? r : take(t, from, k);
}

int merkle_inclusion(merkle_node_fn *get, void *arg, uint64_t index, uint64_t size, struct merkle_proof *ret)
{
	const struct tree t = { get, arg, ret };

	ret->count = 0;
	return index >= size || size > LEAVES_MAX ? -EINVAL : path(&t, index, 0, size);
}

/* 2.1.4.1: SUBPROOF. */
static int subproof(const struct tree *t, uint64_t m, uint64_t from, uint64_t n, bool known)
{
	uint64_t k;
	int r;

	if (m == n)
		return known ? 0 : take(t, from, n);
	k = split(n);
	if (m <= k) {
		r = subproof(t, m, from, k, known);
		return r < 0 ? r : take(t, from + k, n - k);
	}
	r = subproof(t, m - k, from + k, n - k, false);
	return r < 0 ? r : take(t, from, k);
}

int merkle_consistency(merkle_node_fn *get, void *arg, uint64_t first, uint64_t second, struct merkle_proof *ret)
{
	const struct tree t = { get, arg, ret };

	ret->count = 0;
	return first == 0 || first > second || second > LEAVES_MAX ? -EINVAL : subproof(&t, first, 0, second, true);
}

/* ---- verified ---- */

/* 2.1.3.2 */
bool merkle_included(const uint8_t leaf[MERKLE_HASH], uint64_t index, uint64_t size, const struct merkle_proof *p,
	const uint8_t root[MERKLE_HASH])
{
	uint64_t fn = index, sn = size - 1;
	uint8_t at[MERKLE_HASH];
	size_t i;

	if (index >= size)
		return false;
	memcpy(at, leaf, sizeof(at));
	for (i = 0; i < p->count; i++, fn >>= 1, sn >>= 1) {
		if (sn == 0)
			return false;
		if (!(fn & 1) && fn != sn) {
			if (merkle_join(at, p->node[i], at) < 0)
				return false;
			continue;
		}
		if (merkle_join(p->node[i], at, at) < 0)
			return false;
		while (!(fn & 1) && fn != 0) {
			fn >>= 1;
			sn >>= 1;
		}
	}
	return sn == 0 && memcmp(at, root, sizeof(at)) == 0;
}

/* The steps of 2.1.4.2 after the first node. */
static bool both(const struct merkle_proof *p, size_t i, uint64_t fn, uint64_t sn, uint8_t fr[MERKLE_HASH],
	uint8_t sr[MERKLE_HASH])
{
	for (; i < p->count; i++, fn >>= 1, sn >>= 1) {
		if (sn == 0)
			return false;
		if (!(fn & 1) && fn != sn) {
			if (merkle_join(sr, p->node[i], sr) < 0)
				return false;
			continue;
		}
		if (merkle_join(p->node[i], fr, fr) < 0 || merkle_join(p->node[i], sr, sr) < 0)
			return false;
		while (!(fn & 1) && fn != 0) {
			fn >>= 1;
			sn >>= 1;
		}
	}
	return sn == 0;
}

bool merkle_consistent(uint64_t first, const uint8_t first_root[MERKLE_HASH], uint64_t second,
	const uint8_t second_root[MERKLE_HASH], const struct merkle_proof *p)
{
	uint64_t fn = first - 1, sn = second - 1;
	uint8_t fr[MERKLE_HASH], sr[MERKLE_HASH];
	bool power = (first & (first - 1)) == 0;

	if (first == 0 || first > second)
		return false;
	if (first == second)
		return p->count == 0 && memcmp(first_root, second_root, MERKLE_HASH) == 0;
	if (!power && p->count == 0)
		return false;
	while (fn & 1) {
		fn >>= 1;
		sn >>= 1;
	}
	memcpy(fr, power ? first_root : p->node[0], sizeof(fr));
	memcpy(sr, fr, sizeof(sr));
	return both(p, power ? 0 : 1, fn, sn, fr, sr) && memcmp(fr, first_root, sizeof(fr)) == 0 &&
	       memcmp(sr, second_root, sizeof(sr)) == 0;
}
