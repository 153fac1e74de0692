/* spe-cli/ending.c - see ending.h. */
#include "spe-cli/ending.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"

/* The tree over the lines that were seen: per level the newest complete node. */
struct leaves {
	uint64_t count;
	uint8_t edge[64][MERKLE_HASH];
};

static int leaf_add(struct leaves *l, const void *p, size_t len)
{
	uint8_t node[MERKLE_HASH];
	unsigned level;
	int r = merkle_leaf(p, len, node);

	for (level = 0; r == 0 && (l->count >> level & 1); level++)
		r = merkle_join(l->edge[level], node, node);
	memcpy(l->edge[level], node, sizeof(node));
	l->count++;
	return r;
}

static int journal_read(FILE *f, struct leaves *ret)
{
	auto_free char *line = NULL;
	size_t room = 0;
	ssize_t n;
	int r = 0;

	while (r == 0 && (n = getline(&line, &room, f)) > 0)
		r = line[n - 1] == '\n' ? leaf_add(ret, line, (size_t)n - 1) : -EBADMSG;
	return r < 0 ? r : ferror(f) ? -EIO : 0;
}

static int file_of(int gate, const char *name, struct spe_error *e)
{
	int fd = io_openat(gate, name, O_RDONLY | O_NOFOLLOW, 0);

	if (fd < 0)
		spe_fail(e, SPE_E_INPUT, "the backup's gate/%s can't be read: %s", name, strerror(-fd));
	return fd;
}

static int leaves_of(int gate, struct leaves *ret, struct spe_error *e)
{
	int fd = file_of(gate, "journal/journal.jsonl", e), r;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

	if (!f) {
		spe_close_fd(&fd);
		return fd < 0 ? -SPE_E_INPUT : spe_fail(e, SPE_E_INTERNAL, "out of memory");
	}
	r = journal_read(f, ret);
	fclose(f);
	return r < 0 ? spe_fail(e, SPE_E_TAMPERED, "the backup's journal can't be read, or ends within a line: %s", strerror(-r)) : 0;
}

/* The last line with what is before it, and where it begins; NULL where there is none that is whole. */
static char *last_line(int fd, char text[2 * CHECKPOINT_MAX])
{
	const off_t size = lseek(fd, 0, SEEK_END), at = size < 2 * CHECKPOINT_MAX ? 0 : size - (2 * CHECKPOINT_MAX - 1);
	const ssize_t n = size < 0 ? -1 : pread(fd, text, (size_t)(size - at), at);
	char *newline;

	if (n <= 0 || n != size - at || text[n - 1] != '\n')
		return NULL;
	text[n - 1] = '\0';
	newline = strrchr(text, '\n');
	return newline ? newline + 1 : at == 0 ? text : NULL;
}

static int gate_key(int keys, char ret[SSHKEY_TEXT_MAX], struct spe_error *e)
{
	auto_close int fd = io_openat(keys, "keys/release.key", O_RDONLY | O_NOFOLLOW, 0);
	uint8_t key[33];
	int r;

	if (fd < 0 || read(fd, key, sizeof(key)) != 32)
		return spe_fail(e, SPE_E_INPUT, "keys/release.key is no key of the gate");
	r = sshkey_public(key, ret, e);
	OPENSSL_cleanse(key, sizeof(key));
	return r;
}

static int newest_of(int gate, int keys, struct checkpoint *ret, struct spe_error *e)
{
	auto_close int fd = file_of(gate, "journal/checkpoints.jsonl", e);
	char text[2 * CHECKPOINT_MAX], key[SSHKEY_TEXT_MAX], *line;

	if (fd < 0)
		return -SPE_E_INPUT;
	line = last_line(fd, text);
	if (!line)
		return spe_fail(e, SPE_E_TAMPERED, "the backup's journal has no checkpoint at its end, as each backup has");
	if (gate_key(keys, key, e) < 0)
		return -SPE_E_INPUT;
	return checkpoint_verify(line, strlen(line), key, ret, NULL) == 0 ? 0 :
		spe_fail(e, SPE_E_TAMPERED, "the checkpoint at the end of the backup's journal is not signed with keys/release.key");
}

int ending_verify(int gate, int keys, struct checkpoint *ret, struct spe_error *e)
{
	struct leaves leaves = { 0 };
	uint8_t root[MERKLE_HASH];
	int r = newest_of(gate, keys, ret, e);

	if (r == 0)
		r = leaves_of(gate, &leaves, e);
	if (r == 0 && leaves.count != ret->size)
		r = spe_fail(e, SPE_E_TAMPERED, "the backup's journal has %" PRIu64 " records; its signed checkpoint says %" PRIu64,
			leaves.count, ret->size);
	else if (r == 0 && (merkle_edge_root(leaves.edge, leaves.count, root) < 0 || memcmp(root, ret->root, sizeof(root)) != 0))
		r = spe_fail(e, SPE_E_TAMPERED, "the backup's journal is not the one of its signed checkpoint");
	if (r == -SPE_E_TAMPERED)
		spe_remedy(e, "it was changed, or the keys are another host's: take another copy of this backup, or its own keys");
	return r;
}
