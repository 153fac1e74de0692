/* image/image.h - an image as somebody built it to a runtime's tree: plain files, directories and links, whatever the image
 * had in mind.
 * Runs as: a uid of its own per runtime, no capabilities.   Hears: one ticket (spe/ticket.h), then nobody.
 * Touches: the archive it was given, one directory. Leaves alone: every other file, the network.
 * Nothing is written before the digest of what it came from is verified: each layer is read twice, first for its digests,
 * names and whiteouts, then for its files.
 * Sources: OCI image format specification 1.1 (image-layout, image-index, manifest, config, layer); Docker image
 * specification 1.2 for what docker save writes.
 *
 * main.c the ticket | unpack.c the steps | outer.c the archive as it came | choose.c index and manifest: which image, which
 * layers | layer.c one layer as a stream | entry.c one entry of a layer | names.c which names are taken | tree.c writing
 * beneath one directory | seal.c the digest of the tree, and its last modes */
#ifndef SPE_IMAGE_H
#define SPE_IMAGE_H
#include <archive.h>
#include <archive_entry.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "spe/err.h"
#include "spe/limits.h"
#include "sped/base/hex.h"
#include "sped/stage/task.h"

#define IMAGE_PATH 4096 /* with its NUL, as PATH_MAX */

/* One step after another: the first that fails ends it. */
#define TRY(x)                                                                                     \
	do {                                                                                       \
		int tried = (x);                                                                   \
		if (tried < 0)                                                                     \
			return tried;                                                              \
	} while (0)

/* ---- names.c: pure ---- */
/* name_clean - a path of an archive without the "./" before it and the slash behind; "" is the top itself. Returns NULL, or
 * what is wrong with it ("has a component \"..\""). */
const char *name_clean(const char *path, char ret[IMAGE_PATH]);
/* name_text_odd - of a link's text, which is kept as it is: NULL, or what is wrong with it. */
const char *name_text_odd(const char *text);
/* What the top of a runtime has of ours: nothing of an image goes there. */
enum place { PLACE_NONE, PLACE_OURS, PLACE_ETC, PLACE_ODD }; /* ETC: /etc itself; ODD: as ours but for case */
enum place name_place(const char *clean);
/* name_whiteout - where the last component says that something of lower layers is gone: 1: *ret_name is what; 2: all of its
 * directory; 0: it is an ordinary name; -1: a reserved name that means nothing here. */
int name_whiteout(const char *clean, const char **ret_name);
extern const char *const place_dirs[], *const place_files[]; /* both end with NULL */

/* ---- outer.c: the archive as it came ---- */
struct outer {
	int fd;
	json_t *members; /* {NAME:{"at":OFFSET,"size":N} or {"link":TEXT}} */
};
int outer_open(int fd, struct outer *ret, struct spe_error *e);
void outer_close(struct outer *o);
bool outer_has(const struct outer *o, const char *name);
/* outer_read - a member as a stream: the caller frees the archive, which stands at its data. */
int outer_read(const struct outer *o, const char *name, struct archive **ret, int64_t *ret_size, struct spe_error *e);
/* outer_text - a small member, compared with its digest and size; sha256 NULL, size -1: whatever they are. */
int outer_text(const struct outer *o, const char *name, const char *sha256, int64_t size, char **ret, size_t *ret_len,
	char ret_sha256[SHA256_TEXT], struct spe_error *e);
int outer_json(const struct outer *o, const char *name, const char *sha256, int64_t size, json_t **ret, char ret_sha256[SHA256_TEXT],
	struct spe_error *e);

/* ---- choose.c: which image ---- */
enum packing { PACKED_NOT, PACKED_GZIP, PACKED_ZSTD };
struct layer {
	char member[160];
	char sha256[SHA256_TEXT];  /* of the member; "": docker save gives none */
	char diff_id[SHA256_TEXT]; /* of the tar archive in it */
	int64_t size;              /* of the member; -1 */
	enum packing packing;
	unsigned number, of;
};
struct image {
	char digest[SHA256_TEXT];  /* of its manifest; of an archive of docker save its configuration, the image's id */
	struct layer layer[SPE_LAYERS_MAX];
	unsigned layers;
	json_t *env;               /* the caller's */
};
int image_choose(const struct outer *o, struct image *ret, struct spe_error *e);

/* ---- tree.c: writing beneath one directory ---- */
struct tree {
	int root;              /* borrowed */
	int dir;               /* the last parent, kept open, and its path */
	char path[IMAGE_PATH];
	uint64_t bytes, max_bytes, entries;
	uint64_t devices, fifos, sockets, setid, xattrs, places; /* dropped or stripped */
};
void tree_close(struct tree *t);
/* Each is of a clean name; parents are made where they are missing, and what was there is replaced, but a directory by one.
 * 0 or -errno: -ELOOP through a symbolic link, -ENOTDIR through a file. */
int tree_dir(struct tree *t, const char *path);
int tree_file(struct tree *t, const char *path, bool exec, int *ret_fd);
int tree_symlink(struct tree *t, const char *path, const char *text);
int tree_link(struct tree *t, const char *path, const char *target); /* -ENOENT: target is no file or link of the tree */
/* tree_remove - with all beneath; 0 also where there is none. */
int tree_remove(struct tree *t, const char *path);
int tree_empty(struct tree *t, const char *path);

/* ---- layer.c: one layer as a stream ---- */
typedef int layer_visit(void *arg, struct archive *a, struct archive_entry *entry, struct spe_error *e);
/* layer_read - each entry to visit, then the digests are compared: 0 where they are as they should be. */
int layer_read(const struct outer *o, const struct layer *l, uint64_t max_bytes, layer_visit *visit, void *arg, struct spe_error *e);

/* ---- entry.c ---- */
struct entry_task {
	struct tree *tree;
	const struct layer *layer;
};
layer_visit entry_scan;  /* names and whiteouts; writes nothing */
layer_visit entry_write; /* all else */

/* ---- seal.c ---- */
/* seal_places - what ours of the top is, empty, for mounting over. */
int seal_places(struct tree *t, struct spe_error *e);
/* seal_tree - directories become 0555; the digest: SHA-256 over every entry but the top, depth first and by bytes of the
 * name in each directory: a letter (d, f, x for a file that may be run, l), NUL, path, NUL; behind f and x the SHA-256 of
 * the content in hexadecimal and NUL, behind l the text and NUL. */
int seal_tree(int root, char ret[SHA256_TEXT], struct spe_error *e);

/* ---- unpack.c ---- */
/* image_unpack - from the archive in fd to the empty directory place, where "root" becomes the tree. */
int image_unpack(int fd, int place, uint64_t max_bytes, json_t **ret, struct spe_error *e);
int image_ticket(const struct task *t, json_t **ret); /* parse, run, and leave the result or error in *ret */
#endif
