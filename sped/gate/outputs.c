/* gate/outputs.c - see outputs.h. */
#include "sped/gate/outputs.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const skip_names[SKIP_COUNT] = { "none", "link", "special", "name", "depth", "hardlink", "too-many",
	"too-large", "unreadable", "holes" };

const char *outputs_skip_name(enum outputs_skip s)
{
	return s < SKIP_COUNT ? skip_names[s] : "none";
}

bool outputs_name_ok(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	int depth;

	for (depth = 0; depth < OUTPUTS_DEPTH; depth++) {
		size_t n = strspn(name, letters);

		if (n == 0 || n > SPE_NAME_MAX || name[0] == '.' || name[0] == '_' || name[0] == '-')
			return false;
		if (name[n] != '/')
			return name[n] == '\0';
		name += n + 1;
	}
	return false;
}

static int bad(struct outputs *o, struct spe_error *e, const char *why)
{
	o->bad = true;
	return spe_fail(e, SPE_E_INPUT, "the captured outputs can't be read at byte %" PRIu64 ": %s", o->at, why);
}

/* The piece from o->at on; a read error counts as the end. */
static void piece_load(struct outputs *o)
{
	ssize_t n;

	o->piece_at = o->at;
	o->piece_len = 0;
	while (o->piece_len < OUTPUTS_PIECE) {
		n = pread(o->fd, o->piece + o->piece_len, OUTPUTS_PIECE - o->piece_len,
			(off_t)(o->at + o->piece_len));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		o->piece_len += (uint32_t)n;
	}
}

/* n bytes, at most a piece, valid until the next call; NULL where the stream has no more so many. */
static const uint8_t *bytes(struct outputs *o, uint32_t n)
{
	const uint8_t *p;

	if (n > OUTPUTS_PIECE || o->size - o->at < n)
		return NULL;
	if (o->at < o->piece_at || o->at - o->piece_at > o->piece_len ||
		o->piece_len - (uint32_t)(o->at - o->piece_at) < n)
		piece_load(o);
	if (o->piece_len - (uint32_t)(o->at - o->piece_at) < n)
		return NULL;
	p = o->piece + (o->at - o->piece_at);
	o->at += n;
	return p;
}

int outputs_open(struct outputs *o, int fd, uint64_t max_files, uint64_t max_bytes, struct spe_error *e)
{
	const uint8_t *magic;
	struct stat st;

	memset(o, 0, sizeof(*o));
	o->fd = fd;
	o->max_files = max_files;
	o->max_bytes = max_bytes;
	if (fstat(fd, &st) < 0 || st.st_size < 0)
		return bad(o, e, "there is no stream");
	o->size = (uint64_t)st.st_size;
	magic = bytes(o, sizeof(OUTPUTS_MAGIC));
	if (!magic || memcmp(magic, OUTPUTS_MAGIC, sizeof(OUTPUTS_MAGIC)) != 0)
		return bad(o, e, "it does not begin as a capture does");
	return 0;
}

static int file_next(struct outputs *o, const struct outputs_head *h, struct outputs_entry *ret, struct spe_error *e)
{
	const uint8_t *name;

	if (h->reason != SKIP_NONE || h->name_len == 0 || h->name_len > OUTPUTS_NAME_MAX)
		return bad(o, e, "a file's head is odd");
	name = bytes(o, h->name_len);
	if (!name)
		return bad(o, e, "it ends within a name");
	memcpy(ret->name, name, h->name_len);
	ret->name[h->name_len] = '\0';
	if (memchr(name, '\0', h->name_len) || !outputs_name_ok(ret->name))
		return bad(o, e, "a file has a name that is not taken");
	if (strcmp(o->last, ret->name) >= 0)
		return bad(o, e, "a file is there twice or out of order");
	if (++o->files > o->max_files)
		return bad(o, e, "it holds more files than were asked for");
	if (h->size > o->size - o->at)
		return bad(o, e, "it ends within a file");
	if (h->size > o->max_bytes - o->bytes)
		return bad(o, e, "it holds more bytes than were asked for");
	memcpy(o->last, ret->name, sizeof(o->last));
	ret->at = o->at;
	ret->size = h->size;
	o->bytes += h->size;
	o->at += h->size;
	return 1;
}

int outputs_next(struct outputs *o, struct outputs_entry *ret, struct spe_error *e)
{
	const uint8_t *p = o->bad ? NULL : bytes(o, sizeof(struct outputs_head));
	struct outputs_head h;

	if (!p)
		return bad(o, e, "it is cut off");
	memcpy(&h, p, sizeof(h));
	h.name_len = le32toh(h.name_len);
	h.size = le64toh(h.size);
	memset(ret, 0, sizeof(*ret));
	if (h.zero != 0)
		return bad(o, e, "an entry's head is odd");
	if (h.kind == 'F')
		return file_next(o, &h, ret, e);
	if (h.name_len != 0 || h.size != 0)
		return bad(o, e, "an entry's head is odd");
	if (h.kind == 'S' && h.reason > SKIP_NONE && h.reason < SKIP_COUNT) {
		ret->skipped = (enum outputs_skip)h.reason;
		return 1;
	}
	if (h.kind != 'E' || h.reason != SKIP_NONE)
		return bad(o, e, "an entry is of no known kind");
	return o->at == o->size ? 0 : bad(o, e, "something follows its end");
}
