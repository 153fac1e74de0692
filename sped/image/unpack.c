/* image/unpack.c - the steps from an archive to a tree, and the ticket that asks for them. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"
#include "sped/image/image.h"
#include "sped/stage/stage.h" /* wipe_tree */

static int layers_apply(const struct outer *o, const struct image *im, struct tree *t, struct spe_error *e)
{
	unsigned i;

	for (i = 0; i < im->layers; i++) {
		struct entry_task k = { t, &im->layer[i] };

		TRY(layer_read(o, k.layer, t->max_bytes, entry_scan, &k, e));
		TRY(layer_read(o, k.layer, t->max_bytes, entry_write, &k, e));
	}
	return seal_places(t, e);
}

static json_t *result(const struct image *im, const struct tree *t, const char *tree)
{
	char digest[SHA256_TEXT + 7];

	memcpy(digest, "sha256:", 7);
	memcpy(digest + 7, im->digest, SHA256_TEXT);
	return json_pack("{s:b,s:s,s:s,s:I,s:I,s:I,s:{s:I,s:I,s:I,s:I,s:I,s:I},s:O}", "ok", 1, "digest", digest, "tree", tree, "layers",
		(json_int_t)im->layers, "entries", (json_int_t)t->entries, "bytes", (json_int_t)t->bytes, "dropped", "devices",
		(json_int_t)t->devices, "fifos", (json_int_t)t->fifos, "sockets", (json_int_t)t->sockets, "setid", (json_int_t)t->setid, "xattrs",
		(json_int_t)t->xattrs, "places", (json_int_t)t->places, "env", im->env);
}

static int chosen_unpack(const struct outer *o, const struct image *im, int place, uint64_t max_bytes, json_t **ret, struct spe_error *e)
{
	auto_close int root = mkdirat(place, "root", 0755) < 0 ? -1 : io_openat(place, "root", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	struct tree t = { .root = root, .dir = -1, .max_bytes = max_bytes };
	char digest[SHA256_TEXT];
	int r = root < 0 ? spe_fail(e, SPE_E_INTERNAL, "the tree's directory can't be made: %s", strerror(errno)) : layers_apply(o, im, &t, e);

	tree_close(&t);
	TRY(r);
	TRY(seal_tree(root, digest, e));
	if (syncfs(place) < 0) /* before it gets its name */
		return spe_fail(e, SPE_E_INTERNAL, "the tree can't be written to the disk: %s", strerror(errno));
	*ret = result(im, &t, digest);
	return *ret ? 0 : spe_fail(e, SPE_E_INTERNAL, "out of memory");
}

int image_unpack(int fd, int place, uint64_t max_bytes, json_t **ret, struct spe_error *e)
{
	struct outer o;
	struct image im;
	uint64_t files;
	int r = outer_open(fd, &o, e);

	if (r < 0)
		return r;
	r = image_choose(&o, &im, e);
	if (r == 0) {
		r = chosen_unpack(&o, &im, place, max_bytes, ret, e);
		json_decref(im.env);
	}
	outer_close(&o);
	if (r < 0) /* the launcher removes the rest; the less that lies there until then, the better */
		wipe_tree(place, &files, NULL);
	return r;
}

static int ticket_run(const json_t *ticket, const struct task *t, json_t **ret, struct spe_error *e)
{
	static const char *const fields[] = { "kind", "input", "max_bytes", NULL };
	json_int_t max;

	TRY(json_only(ticket, "ticket", fields, e));
	if (strcmp(json_str(ticket, "kind"), "image") != 0 || !json_flag(ticket, "input") || t->input < 0)
		return spe_fail(e, SPE_E_INPUT, "ticket.kind must be image, with input");
	TRY(json_want_int(ticket, "ticket", "max_bytes", 1, INT64_MAX / 2, &max, e));
	return image_unpack(t->input, t->place, (uint64_t)max, ret, e);
}

int image_ticket(const struct task *t, json_t **ret)
{
	auto_json json_t *ticket = NULL;
	struct spe_error e = { 0 };
	int r = json_parse(t->text, t->len, "ticket", &ticket, &e);

	*ret = NULL;
	if (r == 0)
		r = ticket_run(ticket, t, ret, &e);
	if (r < 0)
		*ret = task_error(&e);
	return r;
}
