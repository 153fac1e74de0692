/* spe-cli/sums.c - see sums.h. */
#include "spe-cli/sums.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/hex.h"

#define FILE_MAX (1ull << 30) /* of SUMS: some six million files */
#define HEX 64

struct sums {
	char path[PATH_MAX];
	json_t *known;   /* by path, those that were not seen yet; NULL: they are written down */
	struct buf text;
	EVP_MD_CTX *md;
	char fault[400];
};

static int no_memory(struct spe_error *e)
{
	return spe_fail(e, SPE_E_INTERNAL, "out of memory");
}

int sums_new(struct sums **ret, struct spe_error *e)
{
	struct sums *s = calloc(1, sizeof(*s));

	if (!s || !(s->md = EVP_MD_CTX_new())) {
		free(s);
		return no_memory(e);
	}
	*ret = s;
	return 0;
}

void sums_free(struct sums *s)
{
	if (!s)
		return;
	json_decref(s->known);
	buf_free(&s->text);
	EVP_MD_CTX_free(s->md);
	free(s);
}

/* "HEX  PATH" of one line, cut up in place. */
static int line_take(struct sums *s, char *line, struct spe_error *e)
{
	if (strspn(line, "0123456789abcdef") != HEX || strncmp(line + HEX, "  ", 2) != 0 || line[HEX + 2] == '\0')
		return spe_fail(e, SPE_E_INPUT, "the keys' " SUMS " has a line that is no SHA-256 with a path");
	line[HEX] = '\0';
	return json_object_set_new_nocheck(s->known, line + HEX + 2, json_string(line)) < 0 ? no_memory(e) : 0;
}

static int lines_take(struct sums *s, char *text, struct spe_error *e)
{
	char *line, *next;
	int r = 0;

	s->known = json_object();
	for (line = text; r == 0 && line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		r = line_take(s, line, e);
	}
	return r;
}

int sums_read(int dir, struct sums **ret, struct spe_error *e)
{
	auto_close int fd = io_openat(dir, SUMS, O_RDONLY | O_NOFOLLOW, 0);
	auto_free char *text = NULL;
	struct sums *s = NULL;
	size_t len;
	int r;

	*ret = NULL;
	if (fd == -ENOENT) /* a backup of before there was one */
		return 0;
	r = fd < 0 ? fd : io_read_all(fd, FILE_MAX, &text, &len);
	if (r < 0)
		return spe_fail(e, SPE_E_INTERNAL, "can't read the keys' " SUMS ": %s", strerror(-r));
	if (strlen(text) != len)
		return spe_fail(e, SPE_E_INPUT, "the keys' " SUMS " has a byte that is in no line");
	r = sums_new(&s, e);
	if (r == 0)
		r = lines_take(s, text, e);
	if (r < 0)
		sums_free(s);
	else
		*ret = s;
	return r;
}

int sums_write(const struct sums *s, int dir, struct spe_error *e)
{
	int r = !s ? 0 : s->text.bad ? -ENOMEM : io_replace(dir, SUMS, s->text.p ? s->text.p : "", s->text.len, 0600);

	return r < 0 ? spe_fail(e, SPE_E_INTERNAL, "can't write " SUMS ": %s", strerror(-r)) : 0;
}

size_t sums_enter(struct sums *s, const char *name)
{
	const size_t n = s ? strlen(s->path) : 0;

	if (s)
		snprintf(s->path + n, sizeof(s->path) - n, "%s%s", n ? "/" : "", name);
	return n;
}

void sums_leave(struct sums *s, size_t before)
{
	if (s)
		s->path[before] = '\0';
}

int sums_begin(struct sums *s)
{
	return !s || EVP_DigestInit_ex(s->md, EVP_sha256(), NULL) == 1 ? 0 : -ENOMEM;
}

int sums_add(struct sums *s, const void *p, size_t len)
{
	return !s || EVP_DigestUpdate(s->md, p, len) == 1 ? 0 : -ENOMEM;
}

static int differs(struct sums *s, const char *how)
{
	snprintf(s->fault, sizeof(s->fault), "%.300s %s", s->path, how);
	spe_one_line(s->fault);
	return -EBADMSG;
}

static int compare(struct sums *s, const char *sha256)
{
	const char *want = json_string_value(json_object_get(s->known, s->path));

	if (!want)
		return differs(s, "was not there when the backup was made");
	if (strcmp(want, sha256) != 0)
		return differs(s, "is not the file that was backed up");
	json_object_del(s->known, s->path);
	return 0;
}

int sums_end(struct sums *s)
{
	uint8_t hash[SHA256_BYTES];
	char sha256[SHA256_TEXT];

	if (!s)
		return 0;
	if (EVP_DigestFinal_ex(s->md, hash, NULL) != 1)
		return -ENOMEM;
	hex_text(sha256, hash, sizeof(hash));
	if (strlen(s->path) + 1 == sizeof(s->path) || strpbrk(s->path, "\n\\")) /* none of sped's has such a name */
		return -EINVAL;
	if (s->known)
		return compare(s, sha256);
	buf_fmt(&s->text, "%s  %s\n", sha256, s->path);
	return s->text.bad ? -ENOMEM : 0;
}

static int changed(struct spe_error *e, const char *what)
{
	spe_fail(e, SPE_E_TAMPERED, "the backup was changed, by what " SUMS " in the keys' directory says: %s", what);
	spe_remedy(e, "take another copy of this backup, or its own keys; where it was made without --keys, remove " SUMS " from a copy of these");
	return -SPE_E_TAMPERED;
}

int sums_fault(const struct sums *s, struct spe_error *e)
{
	return s && s->fault[0] ? changed(e, s->fault) : 0;
}

int sums_all(const struct sums *s, struct spe_error *e)
{
	char what[400];

	if (!s || json_object_size(s->known) == 0)
		return 0;
	snprintf(what, sizeof(what), "%.300s is missing", json_object_iter_key(json_object_iter(s->known)));
	spe_one_line(what);
	return changed(e, what);
}
