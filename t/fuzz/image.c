/* t/fuzz/image.c - whatever an archive holds, what is written lies beneath one directory and is plain: directories, files
 * and links, no bit of set-user-id; nothing beside it is touched; and what is refused is refused with a sentence. The first
 * byte chooses: a whole archive, or (1) a bare layer, plain or (2) by gzip or (4) zstd, whose digests are not asked for. */
#include <dirent.h>
#include <fcntl.h>
#include <locale.h>
#include <openssl/crypto.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"
#include "sped/image/image.h"
#include "sped/stage/stage.h"

#define MAX_BYTES (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int base = -1; /* has "canary", a file, and "place", a directory */

static void canary_put(int at)
{
	auto_close int fd = openat(at, "canary", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || io_write_all(fd, "canary", 6) < 0)
		abort();
}

static char path[] = "/dev/shm/spe-fuzz.XXXXXX";

static void clean_up(void)
{
	unlinkat(base, "canary", 0);
	unlinkat(base, "place", AT_REMOVEDIR);
	rmdir(path);
}

static void set_up(void)
{

	setlocale(LC_CTYPE, "C.UTF-8");
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	umask(0);
	if (!mkdtemp(path))
		abort();
	base = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (base < 0 || mkdirat(base, "place", 0755) < 0)
		abort();
	canary_put(base);
	atexit(clean_up);
}

static void check_dir(int dir, int depth)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fdopendir(fd);
	const struct dirent *entry;
	char clean[IMAGE_PATH];
	struct stat st;

	while (d && (entry = readdir(d))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || name_clean(entry->d_name, clean) || st.st_mode & 07000)
			__builtin_trap();
		if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
			__builtin_trap();
		if (S_ISDIR(st.st_mode)) {
			auto_close int inside = openat(dir, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

			if (inside < 0 || depth > (int)SPE_DEPTH_MAX + 2)
				__builtin_trap();
			check_dir(inside, depth + 1);
		}
	}
	closedir(d);
}

/* The canary is what it was, and has no neighbour but the place. */
static void check_beside(void)
{
	auto_close int fd = openat(base, "canary", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int again = openat(base, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), n = 0;
	DIR *d = fdopendir(again);
	char text[8] = "";
	struct stat st;

	while (d && readdir(d))
		n++;
	closedir(d);
	if (n != 4 || fd < 0 || read(fd, text, 7) != 6 || strcmp(text, "canary") != 0 || fstat(fd, &st) < 0 || st.st_nlink != 1)
		__builtin_trap();
}

static int file(const uint8_t *p, size_t n)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || io_write_all(fd, (const char *)p, n) < 0)
		abort();
	return fd;
}

static int whole(const uint8_t *p, size_t n, int place, struct spe_error *e)
{
	auto_close int in = file(p, n);
	auto_json json_t *result = NULL;
	int r = image_unpack(in, place, MAX_BYTES, &result, e);

	if (r == 0 && (json_int(result, "bytes") > MAX_BYTES || strncmp(json_str(result, "digest"), "sha256:", 7) != 0))
		__builtin_trap();
	return r;
}

/* The member "l" of an archive that is made around it. */
static int wrapped(const uint8_t *p, size_t n)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct archive *a = archive_write_new();
	struct archive_entry *entry = archive_entry_new();

	archive_write_set_format_ustar(a);
	archive_write_open_fd(a, fd);
	archive_entry_set_pathname(entry, "l");
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_size(entry, (la_int64_t)n);
	archive_write_header(a, entry);
	archive_write_data(a, p, n);
	archive_entry_free(entry);
	archive_write_close(a);
	archive_write_free(a);
	return fd;
}

static int bare(const uint8_t *p, size_t n, int place, enum packing packing, struct spe_error *e)
{
	auto_close int in = wrapped(p, n);
	struct tree t = { .root = place, .dir = -1, .max_bytes = MAX_BYTES };
	struct layer l = { .member = "l", .size = -1, .packing = packing, .number = 1, .of = 1 };
	struct entry_task k = { &t, &l };
	char digest[SHA256_TEXT];
	struct outer o;
	int r;

	if (outer_open(in, &o, e) < 0)
		abort();
	r = layer_read(&o, &l, MAX_BYTES, entry_scan, &k, e);
	if (r == 0)
		r = layer_read(&o, &l, MAX_BYTES, entry_write, &k, e);
	if (r == 0)
		r = seal_places(&t, e);
	if (r == 0)
		r = seal_tree(place, digest, e);
	tree_close(&t);
	outer_close(&o);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct spe_error e = { 0 };
	uint64_t files;
	int r;

	if (len < 1)
		return 0;
	if (base < 0)
		set_up();
	auto_close int place = openat(base, "place", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	r = data[0] & 1 ? bare(data + 1, len - 1, place, data[0] & 4 ? PACKED_ZSTD : data[0] & 2 ? PACKED_GZIP : PACKED_NOT, &e) :
			  whole(data + 1, len - 1, place, &e);
	if ((r < 0) != (e.text[0] != '\0'))
		__builtin_trap();
	check_dir(place, 0);
	check_beside();
	if (wipe_tree(place, &files, NULL) < 0)
		__builtin_trap();
	fchmod(place, 0755);
	return 0;
}
