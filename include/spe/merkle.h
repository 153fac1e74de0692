/* spe/merkle.h - the Merkle tree of a log: hashes of leaves and nodes, proofs made from stored nodes, proofs verified.
 * Source: RFC 9162, section 2.1, with SHA-256. Pure: no files, no clock. */
#ifndef SPE_MERKLE_H
#define SPE_MERKLE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MERKLE_HASH 32
#define MERKLE_PATH_MAX 128 /* nodes of a proof in a tree of up to 2^63 leaves */

struct merkle_proof {
	size_t count;
	uint8_t node[MERKLE_PATH_MAX][MERKLE_HASH];
};
/* merkle_node_fn - the complete node over leaves index * 2^level and on. Returns 0 or -errno. */
typedef int merkle_node_fn(void *arg, unsigned level, uint64_t index, uint8_t ret[MERKLE_HASH]);

/* merkle_position - complete nodes lie one after another, each as soon as its last leaf is there: where this one does. */
uint64_t merkle_position(unsigned level, uint64_t index);
/* merkle_leaf, merkle_join - hashes of a leaf's bytes and of two nodes. Return 0 or -ENOMEM. */
int merkle_leaf(const void *p, size_t len, uint8_t ret[MERKLE_HASH]);
int merkle_join(const uint8_t left[MERKLE_HASH], const uint8_t right[MERKLE_HASH], uint8_t ret[MERKLE_HASH]);
/* merkle_edge_root - of leaves of which edge has, for each bit of their number, the newest complete node of that level (RFC 9162, section
 * 2.1.2). -ENOENT where there are none. */
int merkle_edge_root(const uint8_t edge[64][MERKLE_HASH], uint64_t leaves, uint8_t ret[MERKLE_HASH]);
/* merkle_root - of the first size leaves. */
int merkle_root(merkle_node_fn *get, void *arg, uint64_t size, uint8_t ret[MERKLE_HASH]);
/* merkle_inclusion - leaf index, from 0, is in the tree of size leaves. index < size. */
int merkle_inclusion(merkle_node_fn *get, void *arg, uint64_t index, uint64_t size, struct merkle_proof *ret);
/* merkle_consistency - the tree of first leaves is the beginning of that of second. 0 < first <= second. */
int merkle_consistency(merkle_node_fn *get, void *arg, uint64_t first, uint64_t second, struct merkle_proof *ret);
/* merkle_included, merkle_consistent - does the proof hold? */
bool merkle_included(const uint8_t leaf[MERKLE_HASH], uint64_t index, uint64_t size, const struct merkle_proof *p,
	const uint8_t root[MERKLE_HASH]);
bool merkle_consistent(uint64_t first, const uint8_t first_root[MERKLE_HASH], uint64_t second,
	const uint8_t second_root[MERKLE_HASH], const struct merkle_proof *p);
#endif
