/* image/seal.c - the last of a tree: places for what is mounted over it, read-only modes, and its digest. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/image/image.h"

int seal_places(struct tree *t, struct spe_error *e)
{
	int r = 0;
	size_t i;

	for (i = 0; place_dirs[i] && r == 0; i++)
		r = tree_dir(t, place_dirs[i]);
	for (i = 0; place_files[i] && r == 0; i++) {
		auto_close int fd = -1;

		r = tree_file(t, place_files[i], false, &fd);
	}
	return r < 0 ? spe_fail(e, SPE_E_INTERNAL, "the tree's own places can't be made: %s", strerror(-r)) : 0;
}

struct seal {
	EVP_MD_CTX *md;
	char path[IMAGE_PATH];
	char text[IMAGE_PATH]; /* of a link */
};

static int dir_seal(struct seal *s, int dir, size_t at);

static int add(struct seal *s, const char *text)
{
	return EVP_DigestUpdate(s->md, text, strlen(text) + 1) == 1 ? 0 : -ENOMEM;
}

static int file_seal(struct seal *s, int dir, const char *name)
{
	auto_close int fd = io_openat(dir, name, O_RDONLY | O_NOFOLLOW, 0);
	char sha256[SHA256_TEXT];
	int r = fd < 0 ? fd : sha256_fd_text(fd, sha256, NULL);

	return r < 0 ? r : add(s, sha256);
}

static int link_seal(struct seal *s, int dir, const char *name)
{
	ssize_t n = readlinkat(dir, name, s->text, sizeof(s->text) - 1);

	if (n < 0)
		return -errno;
	s->text[n] = '\0';
	return add(s, s->text);
}

static int entry_seal(struct seal *s, int dir, const char *name, size_t at)
{
	const size_t n = strlen(name);
	struct stat st;
	int r;

	if (at + n + 2 > sizeof(s->path))
		return -ENAMETOOLONG;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	memcpy(s->path + at, name, n + 1);
	r = add(s, S_ISDIR(st.st_mode) ? "d" : S_ISLNK(st.st_mode) ? "l" : st.st_mode & 0111 ? "x" : "f");
	if (r == 0)
		r = add(s, s->path);
	if (r < 0 || S_ISLNK(st.st_mode))
		return r < 0 ? r : link_seal(s, dir, name);
	if (!S_ISDIR(st.st_mode))
		return S_ISREG(st.st_mode) ? file_seal(s, dir, name) : -EBADMSG;
	auto_close int inside = io_openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

	if (inside < 0)
		return inside;
	memcpy(s->path + at + n, "/", 2);
	return dir_seal(s, inside, at + n + 1);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct names {
	char **name;
	size_t count, room;
};

static void names_free(struct names *n)
{
	while (n->count > 0)
		free(n->name[--n->count]);
	free(n->name);
}

static int names_add(struct names *n, const char *name)
{
	if (n->count == n->room) {
		size_t room = n->room ? n->room * 2 : 64;
		char **more = realloc(n->name, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		n->name = more;
		n->room = room;
	}
	n->name[n->count] = strdup(name);
	return n->name[n->count] ? (n->count++, 0) : -ENOMEM;
}

static int names_read(int dir, struct names *n)
{
	int fd = io_openat(dir, ".", O_RDONLY | O_DIRECTORY, 0), r = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!d) {
		spe_close_fd(&fd);
		return fd < 0 ? fd : -errno;
	}
	while (r == 0 && (errno = 0, entry = readdir(d)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			r = names_add(n, entry->d_name);
	if (r == 0)
		r = -errno;
	closedir(d);
	if (r == 0 && n->count > 0)
		qsort(n->name, n->count, sizeof(*n->name), by_bytes);
	return r;
}

static int dir_seal(struct seal *s, int dir, size_t at)
{
	__attribute__((cleanup(names_free))) struct names n = { 0 };
	int r = names_read(dir, &n);
	size_t i;

	for (i = 0; i < n.count && r == 0; i++)
		r = entry_seal(s, dir, n.name[i], at);
	return r < 0 ? r : fchmod(dir, 0555) < 0 ? -errno : 0;
}

int seal_tree(int root, char ret[SHA256_TEXT], struct spe_error *e)
{
	struct seal *s = calloc(1, sizeof(*s));
	uint8_t hash[EVP_MAX_MD_SIZE];
	int r = s && (s->md = EVP_MD_CTX_new()) && EVP_DigestInit_ex(s->md, EVP_sha256(), NULL) == 1 ? 0 : -ENOMEM;

	if (r == 0)
		r = dir_seal(s, root, 0);
	if (r == 0 && EVP_DigestFinal_ex(s->md, hash, NULL) != 1)
		r = -ENOMEM;
	if (r == 0)
		hex_text(ret, hash, SHA256_BYTES);
	if (s)
		EVP_MD_CTX_free(s->md);
	free(s);
	return r < 0 ? spe_fail(e, SPE_E_INTERNAL, "the tree can't be read again: %s", strerror(-r)) : 0;
}
