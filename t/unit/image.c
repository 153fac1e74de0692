/* t/unit/image.c - images to trees: which names are taken, and what writing beneath one directory does. */
#include "t/tap.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "spe/cleanup.h"
#include "sped/image/image.h"
#include "sped/stage/stage.h"
#include "t/unit/helper.h"

/* ---- names ---- */

static void name(const char *path, const char *clean, const char *odd, const char *what)
{
	char got[IMAGE_PATH] = "";
	const char *why = name_clean(path, got);

	is_str(why ? why : "", odd ? odd : "", what);
	if (!odd)
		is_str(got, clean, "  and cleaned");
}

static void names_of_an_archive_are_plain(void)
{
	char long_name[300], deep[300] = "";
	int i;

	memset(long_name, 'x', sizeof(long_name));
	long_name[256] = '\0';
	name("usr/bin/x", "usr/bin/x", NULL, "a plain name");
	name("./usr/bin/", "usr/bin", NULL, "what tar writes around it goes");
	name(".", "", NULL, "the top");
	name("./", "", NULL, "the top, as tar writes it");
	name("..x/.y/z..", "..x/.y/z..", NULL, "dots within names");
	name("Ff\xc3\xb3\xf0\x9f\x98\x80", "Ff\xc3\xb3\xf0\x9f\x98\x80", NULL, "UTF-8");
	name("", NULL, "is empty", "nothing");
	name("/etc", NULL, "is absolute", "from the root");
	name(".//etc", NULL, "has an empty component", "from the root, behind a dot");
	name("a//b", NULL, "has an empty component", "two slashes");
	name("a/b//", NULL, "has an empty component", "two at the end");
	name("././a", NULL, "has a component \".\"", "a second dot");
	name("a/.", NULL, "has a component \".\"", "a dot at the end");
	name("..", NULL, "has a component \"..\"", "up");
	name("a/../b", NULL, "has a component \"..\"", "up in the middle");
	name("a/b/../", NULL, "has a component \"..\"", "up at the end");
	name(long_name, NULL, "has a component of more than 255 bytes", "256 bytes");
	long_name[255] = '\0';
	name(long_name, long_name, NULL, "255 bytes");
	for (i = 0; i < 64; i++)
		strcat(deep, "d/");
	name(deep, "d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/"
		"d/d/d/d/d", NULL, "64 deep");
	strcat(deep, "x");
	name(deep, NULL, "is deeper than 64 directories", "65 deep");
	name("a\xff", NULL, "is not UTF-8", "a byte that is no character");
	name("a\xc0\xaf", NULL, "is not UTF-8", "a slash in two bytes");
	name("a\xed\xa0\x80", NULL, "is not UTF-8", "half a surrogate");
	name("a\xf4\x90\x80\x80", NULL, "is not UTF-8", "past the last character");
	name("a\xe2\x82", NULL, "is not UTF-8", "a character cut");
	name("a\nb", NULL, "has a control character", "a newline");
	name("a\x7f", NULL, "has a control character", "DEL");
	name("a\xc2\x9b", NULL, "has a control character", "CSI of one character");
}

static void places_are_ours(void)
{
	is_int(name_place("dev"), PLACE_OURS, "dev");
	is_int(name_place("dev/null"), PLACE_OURS, "and beneath");
	is_int(name_place("etc/passwd"), PLACE_OURS, "etc/passwd");
	is_int(name_place("etc/passwd/x"), PLACE_OURS, "and beneath, where it is a directory");
	is_int(name_place("etc/passwd-"), PLACE_NONE, "not its neighbour");
	is_int(name_place("etc/ssl/passwd"), PLACE_NONE, "nor one of the same name elsewhere");
	is_int(name_place("usr/dev"), PLACE_NONE, "nor a dev that is not at the top");
	is_int(name_place("device"), PLACE_NONE, "nor what begins so");
	is_int(name_place("etc"), PLACE_ETC, "etc");
	is_int(name_place("Dev/null"), PLACE_ODD, "as ours but for case");
	is_int(name_place("etc/HOSTS"), PLACE_ODD, "also in etc");
	is_int(name_place("eTc/hosts"), PLACE_ODD, "also etc itself");
	is_int(name_place(""), PLACE_NONE, "the top");
}

static void whiteout(const char *clean, int kind, const char *gone)
{
	const char *got;

	is_int(name_whiteout(clean, &got), kind, clean);
	if (kind == 1)
		is_str(got, gone, "  of what");
}

static void whiteouts_are_names(void)
{
	whiteout("a/b", 0, NULL);
	whiteout("a/.whx", 0, NULL);
	whiteout("a/x.wh.y", 0, NULL);
	whiteout("a/.wh.b", 1, "b");
	whiteout(".wh.b", 1, "b");
	whiteout(".wh.b.wh.c", 1, "b.wh.c");
	whiteout("a/.wh..wh..opq", 2, NULL);
	whiteout(".wh..wh..opq", 2, NULL);
	whiteout("a/.wh.", -1, NULL);
	whiteout("a/.wh..", -1, NULL);
	whiteout("a/.wh...", -1, NULL);
	whiteout("a/.wh..wh.plnk", -1, NULL);
	whiteout(".wh.a/b", -1, NULL);
	whiteout("a/.wh.b/c", -1, NULL);
	whiteout(".wh.a/.wh.b", -1, NULL);
	whiteout("a/.wh.b/.wh.c", -1, NULL);
}

/* ---- trees ---- */

static struct tree tree_new(char path[64])
{
	return (struct tree){ .root = helper_dir(path), .dir = -1, .max_bytes = 1u << 20 };
}

static void tree_end(struct tree *t, const char *path)
{
	uint64_t files;

	tree_close(t);
	wipe_tree(t->root, &files, NULL);
	close(t->root);
	rmdir(path);
}

static int put(struct tree *t, const char *path, bool exec)
{
	auto_close int fd = -1;
	int r = tree_file(t, path, exec, &fd);

	return r < 0 ? r : io_write_all(fd, path, strlen(path));
}

static mode_t kind_of(const struct tree *t, const char *path)
{
	struct stat st;

	return fstatat(t->root, path, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : st.st_mode & S_IFMT;
}

static void what_is_there_is_replaced(void)
{
	char path[64];
	struct tree t = tree_new(path);

	is_int(put(&t, "a/b/c", false), 0, "a file in directories that nobody made");
	is_int(tree_dir(&t, "a/b"), 0, "a directory that is there");
	is_int(kind_of(&t, "a/b/c"), S_IFREG, "keeps what it has");
	is_int(put(&t, "a/b", false), 0, "a file in its place");
	is_int(kind_of(&t, "a/b"), S_IFREG, "is one");
	is_int(tree_dir(&t, "a/b"), 0, "and a directory in that one's");
	is_int(kind_of(&t, "a/b"), S_IFDIR, "is one");
	is_int(tree_symlink(&t, "a/b", "/etc"), 0, "a link in its");
	is_int(tree_dir(&t, "a/b"), 0, "and again a directory: the link is not followed");
	is_int(kind_of(&t, "a/b"), S_IFDIR, "is one");
	is_int(tree_dir(&t, ""), 0, "the top is there");
	is_int(put(&t, "", false), -EISDIR, "and is no file");
	is_int(tree_symlink(&t, "", "x"), -EISDIR, "nor a link");
	tree_end(&t, path);
}

static void nothing_goes_through_a_link(void)
{
	char path[64], out[64];
	struct tree t = tree_new(path);
	auto_close int outside = helper_dir(out);

	is_int(tree_symlink(&t, "out", out), 0, "a link out");
	is_int(tree_symlink(&t, "up", "../../../../../../../.."), 0, "a link up");
	is_int(tree_symlink(&t, "here", "."), 0, "a link to where it is");
	is_int(put(&t, "out/x", false), -ELOOP, "no file through it");
	is_int(put(&t, "up/tmp/x", false), -ELOOP, "nor through one up");
	is_int(put(&t, "here/x", false), -ELOOP, "nor through one that leads nowhere else");
	is_int(put(&t, "here/y/z", false), -ELOOP, "nor further down");
	is_int(tree_dir(&t, "out/d"), -ELOOP, "no directory");
	is_int(tree_symlink(&t, "out/l", "x"), -ELOOP, "no link");
	is_int(put(&t, "f", false), 0, "a file");
	is_int(tree_link(&t, "out/h", "f"), -ELOOP, "no other name of one");
	is_int(tree_link(&t, "h", "here/f"), -ENOENT, "nor a name by way of one");
	is_int(tree_remove(&t, "out/x"), -ELOOP, "nothing is removed through it");
	is_int(tree_empty(&t, "out"), 0, "nor emptied");
	is_int(put(&t, "f/x", false), -ENOTDIR, "nor is a file a directory");
	is_int(unlinkat(outside, "x", 0), -1, "what it leads to is as it was");
	is_int(rmdir(out), 0, "empty");
	tree_end(&t, path);
}

static void hard_links_stay_within(void)
{
	char path[64];
	struct tree t = tree_new(path);
	struct stat st;

	put(&t, "d/a", true);
	is_int(tree_link(&t, "e/b", "d/a"), 0, "another name");
	is_int(fstatat(t.root, "e/b", &st, 0) == 0 ? (int)st.st_nlink : -1, 2, "of the same file");
	is_int(put(&t, "d/a", false), 0, "a new file under the first");
	is_int(fstatat(t.root, "e/b", &st, 0) == 0 ? (int)st.st_nlink : -1, 1, "leaves the other");
	is_int(tree_link(&t, "x", "d"), -ENOENT, "no name of a directory");
	is_int(tree_link(&t, "x", "no"), -ENOENT, "nor of nothing");
	is_int(tree_link(&t, "x", "d/no/no"), -ENOENT, "nor of nothing deeper down");
	is_int(tree_link(&t, "d", "d/a"), -ENOENT, "nor in the place of where it is");
	tree_end(&t, path);
}

static void the_digest_says_what_is_there(void)
{
	char path[64], a[SHA256_TEXT] = "", b[SHA256_TEXT] = "", c[SHA256_TEXT] = "";
	struct tree t = tree_new(path);

	is_int(seal_tree(t.root, a, NULL), 0, "of nothing");
	is_str(a, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "it is that of no bytes");
	fchmod(t.root, 0755);
	put(&t, "f", false);
	tree_symlink(&t, "l", "f");
	is_int(seal_tree(t.root, a, NULL), 0, "of a file and a link");
	/* printf 'f\0f\0%s\0l\0l\0f\0' $(printf f | sha256sum | cut -c1-64) | sha256sum */
	is_str(a, "1e5c45efed1c85b2b37ab37687c4c265395cc57ae1462749ea0cc797a528e83c", "as coreutils compute it");
	fchmod(t.root, 0755);
	put(&t, "f", true);
	seal_tree(t.root, b, NULL);
	ok(strcmp(a, b) != 0, "that it may be run is part of it");
	fchmod(t.root, 0755);
	tree_symlink(&t, "l", "g");
	seal_tree(t.root, c, NULL);
	ok(strcmp(b, c) != 0, "and where a link leads");
	fchmod(t.root, 0755);
	tree_end(&t, path);
}

int main(void)
{
	umask(0);
	names_of_an_archive_are_plain();
	places_are_ours();
	whiteouts_are_names();
	what_is_there_is_replaced();
	nothing_goes_through_a_link();
	hard_links_stay_within();
	the_digest_says_what_is_there();
	return tap_end();
}
