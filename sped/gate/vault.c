/* gate/vault.c - captured outputs by the hash of their bytes, see room.h. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/gate/room.h"

#define INCOMING "vault.new"

/* Exactly len bytes, or -EBADMSG where the source has fewer; to nowhere where to is -1. */
static int copy(int from, uint64_t at, uint64_t len, int to, EVP_MD_CTX *hash)
{
	char piece[65536];

	while (len > 0) {
		size_t want = len < sizeof(piece) ? (size_t)len : sizeof(piece);
		ssize_t n = pread(from, piece, want, (off_t)at);
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EBADMSG;
		r = to < 0 ? 0 : io_write_all(to, piece, (size_t)n);
		if (r < 0)
			return r;
		if (EVP_DigestUpdate(hash, piece, (size_t)n) != 1)
			return -ENOMEM;
		at += (uint64_t)n;
		len -= (uint64_t)n;
	}
	return 0;
}

int copy_hashed(int from, uint64_t at, uint64_t len, int to, char ret_sha256[SHA256_TEXT])
{
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	uint8_t digest[SHA256_BYTES];
	int r = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1 ? 0 : -ENOMEM;

	if (r == 0)
		r = copy(from, at, len, to, hash);
	if (r == 0 && EVP_DigestFinal_ex(hash, digest, NULL) != 1)
		r = -ENOMEM;
	EVP_MD_CTX_free(hash);
	if (r == 0)
		hex_text(ret_sha256, digest, sizeof(digest));
	return r;
}

static unsigned place_of(const char *sha256)
{
	const char two[3] = { sha256[0], sha256[1], '\0' };

	return (unsigned)strtoul(two, NULL, 16);
}

static int place_open(struct gate *g, int vault, const char *sha256)
{
	const char two[3] = { sha256[0], sha256[1], '\0' };
	const bool made = mkdirat(vault, two, 0700) == 0;

	if (!made && errno != EEXIST)
		return -errno;
	g->vault_places &= !made;
	return io_openat(vault, two, O_RDONLY | O_DIRECTORY, 0);
}

/* tmp/vault.new becomes vault/XX/SHA256, unless that is there. Both names are on disk with vault_sync. */
static int settle(struct gate *g, int vault, int tmp, const char *sha256)
{
	auto_close int dir = place_open(g, vault, sha256);
	struct stat st;

	if (dir < 0)
		return dir;
	g->vault_owed[place_of(sha256)] = true;
	if (fstatat(dir, sha256, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return unlinkat(tmp, INCOMING, 0) < 0 ? -errno : 0;
	return renameat(tmp, INCOMING, dir, sha256) < 0 ? -errno : 0;
}

/* What is there was on disk before it had its name. Whether the name was, in an earlier life, is known by a sync alone. 1, 0 or -errno. */
static int there(struct gate *g, int vault, const char *sha256)
{
	char path[SHA256_TEXT + 4];
	const unsigned n = place_of(sha256);
	struct stat st;

	snprintf(path, sizeof(path), "%.2s/%s", sha256, sha256);
	if (fstatat(vault, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	g->vault_owed[n] |= !g->vault_synced[n];
	return 1;
}

/* vault/XX may be of an earlier life that ended before its own name was synced: the first time in this one it is. */
static int places_sync(struct gate *g, struct spe_error *e)
{
	auto_close int vault = g->vault_places ? -1 : io_openat(g->dir, "vault", O_RDONLY | O_DIRECTORY, 0);

	if (!g->vault_places && (vault < 0 || fsync(vault) < 0))
		return gate_fail(e, "sync the vault", vault < 0 ? vault : -errno);
	g->vault_places = true;
	return 0;
}

int vault_sync(struct gate *g, struct spe_error *e)
{
	unsigned n;

	for (n = 0; n < 256; n++) {
		auto_close int dir = -1;
		char path[10];

		if (!g->vault_owed[n])
			continue;
		TRY(places_sync(g, e));
		g->vault_synced[n] = false;
		snprintf(path, sizeof(path), "vault/%02x", n);
		dir = io_openat(g->dir, path, O_RDONLY | O_DIRECTORY, 0);
		g->vault_owed[n] = dir != -ENOENT; /* what was in it is gone, which nothing that names it may not know */
		if (dir < 0 || fsync(dir) < 0)
			return gate_fail(e, "sync the vault", dir < 0 ? dir : -errno);
		g->vault_synced[n] = true;
		g->vault_owed[n] = false;
	}
	return 0;
}

int vault_put(struct gate *g, int fd, uint64_t at, uint64_t len, char ret_sha256[SHA256_TEXT], bool *ret_new, struct spe_error *e)
{
	auto_close int vault = io_openat(g->dir, "vault", O_RDONLY | O_DIRECTORY, 0);
	auto_close int tmp = io_openat(g->dir, "tmp", O_RDONLY | O_DIRECTORY, 0);
	auto_close int new = -1;
	bool counted;
	int r;

	if (vault < 0 || tmp < 0)
		return gate_fail(e, "open the vault", vault < 0 ? vault : tmp);
	r = copy_hashed(fd, at, len, -1, ret_sha256);
	counted = r == 0;
	if (counted)
		TRY(refs_add(g, ret_sha256, e));
	if (r == 0)
		r = there(g, vault, ret_sha256);
	if (ret_new)
		*ret_new = r == 0;
	if (r == 1)
		return 0;
	new = io_openat(tmp, INCOMING, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
	if (r == 0)
		r = new < 0 ? new : copy_hashed(fd, at, len, new, ret_sha256);
	if (r == 0 && fsync(new) < 0)
		r = -errno;
	if (r == 0)
		r = settle(g, vault, tmp, ret_sha256);
	if (r < 0 && counted)
		refs_less(g, ret_sha256);
	return r < 0 ? gate_fail(e, "put an output into the vault", r) : 0;
}

int vault_drop(struct gate *g, const char *sha256, struct spe_error *e)
{
	char two[3] = { sha256[0], sha256[1], '\0' };
	auto_close int vault = io_openat(g->dir, "vault", O_RDONLY | O_DIRECTORY, 0);
	auto_close int dir = vault < 0 ? vault : io_openat(vault, two, O_RDONLY | O_DIRECTORY, 0);

	if (dir == -ENOENT)
		return 0;
	if (dir < 0)
		return gate_fail(e, "open the vault", dir);
	if ((unlinkat(dir, sha256, 0) < 0 && errno != ENOENT) || fsync(dir) < 0)
		return gate_fail(e, "remove an output from the vault", -errno);
	return 0;
}

int vault_hash(int fd, uint64_t at, uint64_t len, char ret_sha256[SHA256_TEXT], struct spe_error *e)
{
	int r = copy_hashed(fd, at, len, -1, ret_sha256);

	return r < 0 ? gate_fail(e, "hash what a check wrote", r) : 0;
}

int vault_open(const struct gate *g, const char *sha256, const char *name, bool verify, struct spe_error *e)
{
	char path[STORE_PATH], found[SHA256_TEXT];
	auto_close int fd = -1;
	int r;

	snprintf(path, sizeof(path), "vault/%.2s/%s", sha256, sha256);
	fd = io_openat(g->dir, path, O_RDONLY | O_NOFOLLOW, 0);
	if (fd == -ENOENT)
		return spe_fail(e, SPE_E_TAMPERED, "%s is not in the vault any more: %s is missing", name, path);
	if (fd < 0)
		return gate_fail(e, "open an output in the vault", fd);
	r = verify ? sha256_fd_text(fd, found, NULL) : 0;
	if (r < 0)
		return gate_fail(e, "hash an output in the vault", r);
	if (verify && strcmp(found, sha256) != 0)
		return spe_fail(e, SPE_E_TAMPERED, "%s is not what was captured: %s has other bytes", name, path);
	return spe_take_fd(&fd);
}

size_t vault_check(const struct gate *g, const char *path, json_t *problems)
{
	const char *two = path + strlen("vault/"), *name = strrchr(path, '/') + 1;
	auto_close int fd = io_openat(g->dir, path, O_RDONLY | O_NOFOLLOW, 0);
	char found[SHA256_TEXT];

	if (fd == -ENOENT && strspn(name, "0123456789abcdef") == SHA256_TEXT - 1) /* it was removed since; a job or export that names it says so */
		return 0;
	if (fd < 0 || sha256_fd_text(fd, found, NULL) < 0)
		problem_add(problems, "%s can't be read", path);
	else if (strcmp(found, name) != 0)
		problem_add(problems, "%s has other bytes than its name says", path);
	else if (strncmp(name, two, 2) != 0 || two[2] != '/')
		problem_add(problems, "%s is not in its place", path);
	return 1;
}
