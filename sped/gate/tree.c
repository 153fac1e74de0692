/* gate/tree.c - the nodes of the journal's Merkle tree in a file of 32 bytes each, so that a proof costs as many reads as
 * the tree is high. All of it follows from the journal: it is never synced, made anew or compared whenever the journal is
 * read, and no proof is handed out that was not verified against a root that was signed: by one from the file a bit that changed
 * there would be proven too. See journal.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/gate/journal.h"

#define WAIT_NODES 2048u /* held back before they are written: 64 KiB; more where there is no room on the disk */

struct tree {
	int fd;                /* -1: none; nodes go nowhere */
	enum tree_how how;
	off_t there;           /* bytes that the file had */
	uint64_t leaves, written; /* written: nodes on file */
	uint64_t compared;     /* TREE_COMPARE: so many nodes at most */
	size_t waiting, room;
	bool differs;          /* TREE_COMPARE: the file is another */
	uint8_t (*wait)[MERKLE_HASH];
	uint8_t edge[64][MERKLE_HASH]; /* per level the newest complete node */
};

int tree_open(struct tree **ret, int fd, enum tree_how how)
{
	struct tree *t = calloc(1, sizeof(*t));
	struct stat st;

	if (!t)
		return -ENOMEM;
	t->fd = fd;
	t->how = how;
	if (fd >= 0 && fstat(fd, &st) < 0) {
		free(t);
		return -errno;
	}
	t->there = fd >= 0 ? st.st_size : 0;
	t->compared = UINT64_MAX;
	*ret = t;
	return 0;
}

void tree_compare(struct tree *t, const struct tree *with)
{
	t->compared = with->written;
}

void tree_free(struct tree *t)
{
	if (t)
		free(t->wait);
	free(t);
}

/* Is this what the file has at this place? */
static bool is_there(const struct tree *t, const void *p, size_t len, off_t at)
{
	uint8_t found[WAIT_NODES * MERKLE_HASH];
	size_t got = 0;

	if (t->there < at + (off_t)len)
		return false;
	while (got < len) {
		ssize_t n = pread(t->fd, found + got, len - got, at + (off_t)got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		got += (size_t)n;
	}
	return memcmp(found, p, len) == 0;
}

static int flush_some(struct tree *t, const uint8_t (*nodes)[MERKLE_HASH], size_t count)
{
	size_t len = count * MERKLE_HASH;
	off_t at = (off_t)(t->written * MERKLE_HASH);
	int r = 0;

	if (t->written + count > t->compared)
		len = t->written < t->compared ? (size_t)(t->compared - t->written) * MERKLE_HASH : 0;
	if (t->fd >= 0 && len > 0 && !is_there(t, nodes, len, at)) {
		if (t->how == TREE_COMPARE)
			t->differs = true;
		else
			r = io_write_at(t->fd, nodes, len, at);
	}
	if (r == 0)
		t->written += count;
	return r;
}

int tree_flush(struct tree *t)
{
	size_t done = 0;
	int r = 0;

	while (r == 0 && done < t->waiting) {
		const size_t count = t->waiting - done < WAIT_NODES ? t->waiting - done : WAIT_NODES;

		r = flush_some(t, (const uint8_t (*)[MERKLE_HASH])t->wait + done, count);
		done += r == 0 ? count : 0;
	}
	t->waiting -= done;
	if (t->waiting > 0 && done > 0)
		memmove(t->wait, t->wait + done, t->waiting * MERKLE_HASH);
	return r;
}

/* A file that can't be written now, on a full disk say, is no reason to keep no records: its nodes wait. */
static int node_add(struct tree *t, const uint8_t node[MERKLE_HASH])
{
	void *more;

	if (t->waiting > 0 && t->waiting % WAIT_NODES == 0)
		tree_flush(t);
	if (t->waiting == t->room) {
		more = reallocarray(t->wait, t->room + WAIT_NODES, MERKLE_HASH);
		if (!more)
			return -ENOMEM;
		t->wait = more;
		t->room += WAIT_NODES;
	}
	memcpy(t->wait[t->waiting++], node, MERKLE_HASH);
	return 0;
}

int tree_add(struct tree *t, const void *line, size_t len)
{
	uint8_t node[MERKLE_HASH];
	unsigned level;
	int r = merkle_leaf(line, len, node);

	if (r == 0)
		r = node_add(t, node);
	for (level = 0; r == 0 && (t->leaves >> level & 1); level++) {
		r = merkle_join(t->edge[level], node, node);
		if (r == 0)
			r = node_add(t, node);
	}
	if (r < 0)
		return r;
	memcpy(t->edge[level], node, sizeof(node));
	t->leaves++;
	return 0;
}

int tree_root(const struct tree *t, uint8_t ret[MERKLE_HASH])
{
	return merkle_edge_root(t->edge, t->leaves, ret);
}

static int node_get(void *arg, unsigned level, uint64_t index, uint8_t ret[MERKLE_HASH])
{
	struct tree *t = arg;
	uint64_t at = merkle_position(level, index);

	if (at >= t->written + t->waiting)
		return -ENOENT;
	if (at >= t->written) {
		memcpy(ret, t->wait[at - t->written], MERKLE_HASH);
		return 0;
	}
	return pread(t->fd, ret, MERKLE_HASH, (off_t)(at * MERKLE_HASH)) == MERKLE_HASH ? 0 : -EIO;
}

int tree_inclusion(struct tree *t, uint64_t index, uint64_t size, const uint8_t root[MERKLE_HASH], const void *line, size_t len,
	struct merkle_proof *ret)
{
	uint8_t leaf[MERKLE_HASH];
	int r = merkle_leaf(line, len, leaf);

	if (r == 0)
		r = merkle_inclusion(node_get, t, index, size, ret);
	return r < 0 ? r : merkle_included(leaf, index, size, ret, root) ? 0 : -EUCLEAN;
}

int tree_consistency(struct tree *t, uint64_t first, uint64_t size, const uint8_t root[MERKLE_HASH], struct merkle_proof *ret)
{
	uint8_t before[MERKLE_HASH];
	int r = merkle_consistency(node_get, t, first, size, ret);

	if (r == 0)
		r = merkle_root(node_get, t, first, before);
	return r < 0 ? r : merkle_consistent(first, before, size, root, ret) ? 0 : -EUCLEAN;
}

bool tree_differs(const struct tree *t)
{
	return t->differs;
}
