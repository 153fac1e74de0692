/* t/fuzz/said.c - what a checker wrote: it is as long as its head says or it is nothing, no part of it lies outside it, and
 * what is believed of it is the shape of a record; counts that are taken are a set. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "spe/counts.h"
#include "spe/verdict.h"
#include "sped/gate/room.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static char path[] = "/tmp/spe-fuzz.XXXXXX";
static int dir = -1;

static void place_remove(void)
{
	unlinkat(dir, "tmp/c", 0);
	unlinkat(dir, "tmp", AT_REMOVEDIR);
	rmdir(path);
}

/* A gate's directory, with the one place in it that counts go to. */
static int place(void)
{
	dir = mkdtemp(path) ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (dir < 0 || mkdirat(dir, "tmp", 0700) < 0)
		abort();
	atexit(place_remove);
	return dir;
}

static void counts_hold(const struct gate *g, int fd, const struct said *s)
{
	char sha256[SHA256_TEXT], found[SHA256_TEXT];
	auto_free struct count *list = calloc(s->counts ? (size_t)s->counts : 1, sizeof(*list));
	size_t bytes = (size_t)s->counts * sizeof(*list);

	if (counts_take(g, fd, s->counts_at, s->counts, "c", sha256, NULL) < 0)
		return;
	if (!list || pread(fd, list, bytes, (off_t)s->counts_at) != (ssize_t)bytes)
		abort();
	for (size_t i = 0; i < s->counts; i++)
		list[i].file = 0;
	if (counts_sort(list, (size_t)s->counts) != s->counts || sha256_text(list, bytes, found) < 0 || strcmp(found, sha256) != 0)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct gate g = { .dir = -1 };
	static int fd = -1;
	auto_json json_t *file = json_pack("{s:s}", "name", "a"), *policy = json_object();
	struct said s = { .record = NULL };
	char why[200];

	if (fd < 0) {
		fd = memfd_create("verdict", MFD_CLOEXEC);
		g.dir = place();
	}
	if (ftruncate(fd, 0) < 0 || pwrite(fd, data, len, 0) != (ssize_t)len)
		return 0;
	said_why(fd, why);
	if (strlen(why) >= sizeof(why))
		__builtin_trap();
	if (said_read(fd, &s, NULL) < 0)
		return 0;
	if (s.counts_at > len || s.rebuilt_at > len || s.rebuilt != len - s.rebuilt_at ||
		s.rebuilt_at - s.counts_at != s.counts * sizeof(struct count))
		__builtin_trap();
	if (!said_odd(&s, file, policy, 0) && !json_is_object(s.record))
		__builtin_trap();
	counts_hold(&g, fd, &s);
	json_decref(s.record);
	return 0;
}
