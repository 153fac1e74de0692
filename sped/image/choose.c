/* image/choose.c - which image of the archive is meant, and of which layers it is made. Every text but index.json and
 * docker save's manifest.json is compared with the digest by which it is named. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"
#include "sped/image/image.h"

#define INDEX_DEPTH 3 /* an index of indexes */
#define ENV_MAX 64
#define ENV_BYTES 4096
#define ENV_ALL_BYTES 32768 /* it travels in a job's ticket with the command */

static const char *const index_types[] = { "application/vnd.oci.image.index.v1+json",
	"application/vnd.docker.distribution.manifest.list.v2+json", NULL };
static const char *const manifest_types[] = { "application/vnd.oci.image.manifest.v1+json",
	"application/vnd.docker.distribution.manifest.v2+json", NULL };
static const char *const config_types[] = { "application/vnd.oci.image.config.v1+json",
	"application/vnd.docker.container.image.v1+json", NULL };
static const struct {
	const char *type;
	enum packing packing;
} layer_types[] = {
	{ "application/vnd.oci.image.layer.v1.tar", PACKED_NOT },
	{ "application/vnd.oci.image.layer.v1.tar+gzip", PACKED_GZIP },
	{ "application/vnd.oci.image.layer.v1.tar+zstd", PACKED_ZSTD },
	{ "application/vnd.docker.image.rootfs.diff.tar", PACKED_NOT },
	{ "application/vnd.docker.image.rootfs.diff.tar.gzip", PACKED_GZIP },
};

static bool among(const char *const *list, const char *s)
{
	while (*list && strcmp(*list, s) != 0)
		list++;
	return *list;
}

static bool digest_hex(const char *s, char ret[SHA256_TEXT])
{
	if (strspn(s, "0123456789abcdef") != SHA256_TEXT - 1 || s[SHA256_TEXT - 1] != '\0')
		return false;
	memcpy(ret, s, SHA256_TEXT);
	return true;
}

static int want_digest(const char *s, const char *where, char ret[SHA256_TEXT], struct spe_error *e)
{
	if (strncmp(s, "sha256:", 7) == 0 && digest_hex(s + 7, ret))
		return 0;
	return spe_fail(e, SPE_E_INPUT, "%s is \"%.80s\"; sha256: and 64 hexadecimal digits are taken", where, s);
}

/* ---- descriptors (OCI image specification, descriptor.md) ---- */

struct descriptor {
	const char *type;
	char sha256[SHA256_TEXT], member[160];
	int64_t size;
};

static int descriptor_read(const json_t *o, const char *where, struct descriptor *ret, struct spe_error *e)
{
	const char *digest;
	json_int_t size;
	char at[80];

	TRY(json_want_string(o, where, "mediaType", 200, &ret->type, e));
	TRY(json_want_string(o, where, "digest", 200, &digest, e));
	TRY(json_want_int(o, where, "size", 0, INT64_MAX / 2, &size, e));
	snprintf(at, sizeof(at), "%s.digest", where);
	TRY(want_digest(digest, at, ret->sha256, e));
	ret->size = size;
	snprintf(ret->member, sizeof(ret->member), "blobs/sha256/%s", ret->sha256);
	return 0;
}

static int text_of(const struct outer *o, const struct descriptor *d, json_t **ret, struct spe_error *e)
{
	char sha256[SHA256_TEXT];

	return outer_json(o, d->member, d->sha256, d->size, ret, sha256, e);
}

/* ---- index: the one for this machine ---- */

struct pick {
	const struct outer *o;
	struct descriptor found;
	unsigned others;  /* of another digest, for the same machine */
	char seen[160];   /* what there is for other machines */
};

/* A descriptor that says no platform may be for any; its configuration says which then. */
static bool is_ours(struct pick *k, const json_t *descriptor)
{
	const json_t *platform = json_object_get(descriptor, "platform");
	const char *os = json_str(platform, "os"), *cpu = json_str(platform, "architecture"), *variant = json_str(platform, "variant");
	size_t n = strlen(k->seen);

	if (!json_is_object(platform))
		return true;
	if (strcmp(os, "linux") == 0 && strcmp(cpu, "amd64") == 0 && (!*variant || strcmp(variant, "v1") == 0))
		return true;
	if (strcmp(cpu, "unknown") != 0) /* such are signatures and the like */
		snprintf(k->seen + n, sizeof(k->seen) - n, "%s%.20s/%.20s%s%.10s", n ? ", " : "", os, cpu, *variant ? "/" : "", variant);
	return false;
}

static int pick_from(struct pick *k, const json_t *index, const char *where, int depth, struct spe_error *e);

static int pick_one(struct pick *k, const json_t *one, const char *where, int depth, struct spe_error *e)
{
	auto_json json_t *inner = NULL;
	struct descriptor d;

	TRY(descriptor_read(one, where, &d, e));
	if (among(index_types, d.type)) {
		if (depth == INDEX_DEPTH)
			return spe_fail(e, SPE_E_INPUT, "indexes are nested deeper than %d", INDEX_DEPTH);
		TRY(text_of(k->o, &d, &inner, e));
		return pick_from(k, inner, "index", depth + 1, e);
	}
	if (!among(manifest_types, d.type))
		return spe_fail(e, SPE_E_INPUT, "%s.mediaType is \"%.100s\"; an image's manifest or index is taken", where, d.type);
	if (!is_ours(k, one))
		return 0;
	if (k->found.size >= 0 && strcmp(k->found.sha256, d.sha256) != 0)
		k->others++;
	else
		k->found = d;
	k->found.type = NULL; /* belongs to the JSON */
	return 0;
}

static int pick_from(struct pick *k, const json_t *index, const char *where, int depth, struct spe_error *e)
{
	json_int_t version;
	json_t *list, *one;
	char at[60];
	size_t i;

	TRY(json_want_int(index, where, "schemaVersion", 2, 2, &version, e));
	TRY(json_want_array(index, where, "manifests", 1000, &list, e));
	json_array_foreach(list, i, one) {
		snprintf(at, sizeof(at), "%s.manifests[%zu]", where, i);
		if (!json_is_object(one))
			return spe_fail(e, SPE_E_INPUT, "%s must be an object", at);
		TRY(pick_one(k, one, at, depth, e));
	}
	return 0;
}

static int pick(const struct outer *o, struct descriptor *ret, struct spe_error *e)
{
	auto_json json_t *layout = NULL, *index = NULL;
	struct pick k = { .o = o, .found = { .size = -1 } };
	char sha256[SHA256_TEXT];

	TRY(outer_json(o, "oci-layout", NULL, -1, &layout, sha256, e));
	if (strcmp(json_str(layout, "imageLayoutVersion"), "1.0.0") != 0)
		return spe_fail(e, SPE_E_INPUT, "oci-layout.imageLayoutVersion is \"%.20s\"; 1.0.0 is taken",
			json_str(layout, "imageLayoutVersion"));
	TRY(outer_json(o, "index.json", NULL, -1, &index, sha256, e));
	TRY(pick_from(&k, index, "index", 1, e));
	if (k.found.size < 0)
		return spe_fail(e, SPE_E_INPUT, "the archive has no image for linux/amd64%s%s", *k.seen ? "; it has " : "", k.seen);
	if (k.others > 0) {
		spe_fail(e, SPE_E_INPUT, "the archive has %u images for linux/amd64", k.others + 1);
		spe_remedy(e, "save the one that is meant alone");
		return -SPE_E_INPUT;
	}
	*ret = k.found;
	return 0;
}

/* ---- configuration: layers' digests before compression, and the environment ---- */

static bool env_ours(const char *word, size_t name)
{
	static const char *const ours[] = { "HOME", "TMPDIR", "USER", "TZ", "R_PROFILE", NULL };
	size_t i;

	for (i = 0; ours[i]; i++)
		if (strlen(ours[i]) == name && memcmp(ours[i], word, name) == 0)
			return true;
	return strncmp(word, "SPE_", 4) == 0;
}

/* NAME=VALUE in plain text; what is not is left out, as are those that sped sets. */
static bool env_taken(const char *word)
{
	size_t name = strcspn(word, "="), i;

	for (i = 0; i < name; i++)
		if (!(isalpha((unsigned char)word[i]) || word[i] == '_' || (i > 0 && isdigit((unsigned char)word[i]))))
			return false;
	return name > 0 && word[name] == '=' && strlen(word) < ENV_BYTES && !name_text_odd(word) && !env_ours(word, name);
}

static int env_read(const json_t *config, struct image *im, struct spe_error *e)
{
	const json_t *list = json_object_get(json_object_get(config, "config"), "Env");
	size_t i, sum = 0;

	im->env = json_array();
	if (!im->env)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	for (i = 0; i < json_array_size(list) && json_array_size(im->env) < ENV_MAX; i++) {
		const char *word = json_string_value(json_array_get(list, i));

		if (word && env_taken(word) && (sum += strlen(word) + 1) <= ENV_ALL_BYTES)
			json_array_append(im->env, json_array_get(list, i));
	}
	return 0;
}

static int config_read(const json_t *config, struct image *im, struct spe_error *e)
{
	const char *os = json_str(config, "os"), *cpu = json_str(config, "architecture");
	json_t *rootfs, *ids;
	char where[60];
	size_t i;

	if (strcmp(os, "linux") != 0 || strcmp(cpu, "amd64") != 0)
		return spe_fail(e, SPE_E_INPUT, "the image is for %.40s/%.40s; this host runs linux/amd64", *os ? os : "?", *cpu ? cpu : "?");
	TRY(json_want_object(config, "config", "rootfs", &rootfs, e));
	if (strcmp(json_str(rootfs, "type"), "layers") != 0)
		return spe_fail(e, SPE_E_INPUT, "config.rootfs.type is \"%.40s\"; layers is taken", json_str(rootfs, "type"));
	TRY(json_want_array(rootfs, "config.rootfs", "diff_ids", SPE_LAYERS_MAX, &ids, e));
	if (json_array_size(ids) != im->layers)
		return spe_fail(e, SPE_E_INPUT, "config.rootfs.diff_ids names %zu layers, the manifest %u", json_array_size(ids), im->layers);
	for (i = 0; i < im->layers; i++) {
		const char *id = json_string_value(json_array_get(ids, i));

		snprintf(where, sizeof(where), "config.rootfs.diff_ids[%zu]", i);
		TRY(want_digest(id ? id : "", where, im->layer[i].diff_id, e));
	}
	return env_read(config, im, e);
}

/* ---- manifest ---- */

static int layer_read_descriptor(const json_t *one, struct image *im, struct spe_error *e)
{
	struct layer *l = &im->layer[im->layers];
	struct descriptor d;
	char where[40];
	size_t i;

	snprintf(where, sizeof(where), "manifest.layers[%u]", im->layers);
	if (!json_is_object(one))
		return spe_fail(e, SPE_E_INPUT, "%s must be an object", where);
	TRY(descriptor_read(one, where, &d, e));
	for (i = 0; i < sizeof(layer_types) / sizeof(layer_types[0]) && strcmp(layer_types[i].type, d.type) != 0; i++)
		;
	if (i == sizeof(layer_types) / sizeof(layer_types[0]))
		return spe_fail(e, SPE_E_INPUT, "%s.mediaType is \"%.100s\"; tar archives, plain or by gzip or zstd, are taken", where, d.type);
	*l = (struct layer){ .size = d.size, .packing = layer_types[i].packing };
	memcpy(l->sha256, d.sha256, sizeof(l->sha256));
	memcpy(l->member, d.member, sizeof(l->member));
	im->layers++;
	return 0;
}

static int want_type(const json_t *o, const char *where, const char *const *types, struct spe_error *e)
{
	const char *type = json_str(o, "mediaType");

	return among(types, type) ? 0 : spe_fail(e, SPE_E_INPUT, "%s.mediaType \"%.100s\" is not taken", where, type);
}

static int oci_choose(const struct outer *o, struct image *im, struct spe_error *e)
{
	auto_json json_t *manifest = NULL, *config = NULL;
	struct descriptor d;
	json_t *one, *list;
	json_int_t version;
	size_t i;

	TRY(pick(o, &d, e));
	memcpy(im->digest, d.sha256, sizeof(im->digest));
	TRY(text_of(o, &d, &manifest, e));
	TRY(json_want_int(manifest, "manifest", "schemaVersion", 2, 2, &version, e));
	if (json_object_get(manifest, "mediaType"))
		TRY(want_type(manifest, "manifest", manifest_types, e));
	TRY(json_want_array(manifest, "manifest", "layers", SPE_LAYERS_MAX, &list, e));
	json_array_foreach(list, i, one)
		TRY(layer_read_descriptor(one, im, e));
	TRY(json_want_object(manifest, "manifest", "config", &one, e));
	TRY(want_type(one, "manifest.config", config_types, e));
	TRY(descriptor_read(one, "manifest.config", &d, e));
	TRY(text_of(o, &d, &config, e));
	return config_read(config, im, e);
}

/* ---- docker save ---- */

/* "blobs/sha256/HEX", or "HEX.json" as before version 25: then it is what the content has to have. */
static bool name_digest(const char *name, char ret[SHA256_TEXT])
{
	const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
	char hex[SHA256_TEXT + 5];
	size_t n = strlen(last);

	if (n > 5 && strcmp(last + n - 5, ".json") == 0)
		n -= 5;
	if (n != SHA256_TEXT - 1)
		return false;
	memcpy(hex, last, n);
	hex[n] = '\0';
	return digest_hex(hex, ret);
}

static int docker_layers(const json_t *image, struct image *im, struct spe_error *e)
{
	json_t *list, *one;
	size_t i;

	TRY(json_want_array(image, "manifest.json[0]", "Layers", SPE_LAYERS_MAX, &list, e));
	json_array_foreach(list, i, one) {
		struct layer *l = &im->layer[im->layers];
		const char *name = json_string_value(one);

		*l = (struct layer){ .size = -1 };
		if (!name || json_string_length(one) >= sizeof(l->member))
			return spe_fail(e, SPE_E_INPUT, "manifest.json[0].Layers[%zu] must be a string of less than %zu bytes", i, sizeof(l->member));
		snprintf(l->member, sizeof(l->member), "%s", name);
		im->layers++;
	}
	return 0;
}

static int docker_list(const struct outer *o, json_t **ret, struct spe_error *e)
{
	auto_free char *text = NULL;
	auto_buf struct buf b = { 0 };
	auto_json json_t *wrapped = NULL;
	char sha256[SHA256_TEXT];
	json_t *list;
	size_t len;

	TRY(outer_text(o, "manifest.json", NULL, -1, &text, &len, sha256, e));
	buf_str(&b, "{\"images\":"); /* it is a list, and our reader wants an object */
	buf_add(&b, text, len);
	buf_str(&b, "}");
	if (b.bad)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	TRY(json_parse(b.p, b.len, "manifest.json", &wrapped, e));
	TRY(json_want_array(wrapped, "manifest.json", "images", 1000, &list, e));
	if (json_array_size(list) != 1 || !json_is_object(json_array_get(list, 0))) {
		spe_fail(e, SPE_E_INPUT, "manifest.json names %zu images; one is taken", json_array_size(list));
		spe_remedy(e, "save the one that is meant alone");
		return -SPE_E_INPUT;
	}
	*ret = json_incref(json_array_get(list, 0));
	return 0;
}

static int docker_choose(const struct outer *o, struct image *im, struct spe_error *e)
{
	auto_json json_t *image = NULL, *config = NULL;
	char named[SHA256_TEXT];
	const char *name;
	bool has;

	TRY(docker_list(o, &image, e));
	TRY(docker_layers(image, im, e));
	TRY(json_want_string(image, "manifest.json[0]", "Config", 150, &name, e));
	has = name_digest(name, named);
	TRY(outer_json(o, name, has ? named : NULL, -1, &config, im->digest, e));
	return config_read(config, im, e);
}

int image_choose(const struct outer *o, struct image *ret, struct spe_error *e)
{
	struct image im = { .env = NULL };
	unsigned i;
	int r = outer_has(o, "index.json") ? oci_choose(o, &im, e) : outer_has(o, "manifest.json") ? docker_choose(o, &im, e) :
		spe_fail(e, SPE_E_INPUT, "the archive is neither an OCI image layout (no index.json) nor one of docker save (no manifest.json)");

	for (i = 0; i < im.layers; i++) {
		im.layer[i].number = i + 1;
		im.layer[i].of = im.layers;
	}
	if (r == 0 && im.layers == 0)
		r = spe_fail(e, SPE_E_INPUT, "the image has no layers");
	if (r < 0)
		json_decref(im.env);
	else
		*ret = im;
	return r;
}
